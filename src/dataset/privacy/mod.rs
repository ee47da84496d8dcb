//! Privacy: what is left out, made coarser, masked or given another name before a shop is stored, and
//! the record of it.
//!
//! A policy is applied between reading and storing, so that what it takes away never reaches a project
//! folder, a log or a report. The files themselves stay as they are.

mod apply;
mod error;
mod export;
mod generalise;
mod groups;
mod key;
mod policy;
mod provenance;
pub mod scan;
#[cfg(test)]
mod tests;
mod texts;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(in crate::dataset) use apply::{apply, redact};
pub use error::PrivacyError;
pub use export::csv_field;
pub use groups::{ColumnGroups, GroupReport, SmallGroups, group_report};
pub use key::{KeyStore, PseudonymKey};
pub(in crate::dataset) use policy::is_same_column;
pub use policy::{Generalisation, Period, PrivacyPolicy, TIME};
pub(in crate::dataset) use provenance::Witness;
pub use provenance::{Provenance, SourceFile};
pub use texts::{TextFinding, TextPlace};

/// What an import is to do for privacy, and the key where it needs one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivacyRequest {
    /// What to do.
    pub policy: PrivacyPolicy,
    /// A key file to use; without one, the project's key or a new one.
    pub key_file: Option<PathBuf>,
    /// The key, once it was found.
    pub key: Option<PseudonymKey>,
}

/// What was done for privacy. Without a policy, only the finds in texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PrivacyOutcome {
    /// What was asked for.
    pub policy: PrivacyPolicy,
    /// Fingerprint of the key that pseudonyms were made with.
    pub key_fingerprint: Option<String>,
    /// Columns made coarser.
    pub generalised: Vec<GeneralisedColumn>,
    /// What was found in texts.
    pub texts: Vec<TextFinding>,
    /// Small groups, where a smallest size was asked for.
    pub groups: Option<GroupReport>,
}

/// One column made coarser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneralisedColumn {
    /// The column.
    pub column: String,
    /// How.
    pub rule: Generalisation,
    /// Distinct values before.
    pub values_before: u64,
    /// Distinct values after.
    pub values_after: u64,
    /// Shoppers whose value the rule could not read; they are left without one.
    pub left_out: u64,
}
