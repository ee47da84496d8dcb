//! What an import does for privacy, as it is typed, and what came of it.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{CliError, output};
use crate::dataset::privacy::{PrivacyOutcome, PrivacyPolicy, PrivacyRequest, TextPlace};
use crate::dataset::project::Project;
use crate::workbench::Folders;

/// What is done for privacy at an import.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Privacy")]
pub struct PrivacyArguments {
    /// Replace shopper ids by a keyed hash; the key is kept apart from the project
    #[arg(long)]
    pub pseudonymise: bool,
    /// Key to use; by default the project's own, or a new one
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Leave a column out; may be repeated
    #[arg(long = "drop-column", value_name = "NAME")]
    pub drop_columns: Vec<String>,
    /// Make a column coarser, such as age=bands:10, postcode=prefix:2 or time=week
    #[arg(long, value_name = "COLUMN=RULE,…", value_delimiter = ',')]
    pub generalise: Vec<String>,
    /// Replace e-mail addresses, phone, card and account numbers in texts by what they are
    #[arg(long)]
    pub mask_text: bool,
    /// Do not show groups of fewer shoppers
    #[arg(long, value_name = "K")]
    pub min_group_size: Option<u32>,
    /// Read all of this from a TOML file; options go over it
    #[arg(long, value_name = "FILE.toml")]
    pub privacy: Option<PathBuf>,
}

/// Arguments of `pseudonym`.
#[derive(Debug, Clone, Args)]
pub struct PseudonymArguments {
    /// Project folder
    pub project: PathBuf,
    /// Ids as in the shop's files
    #[arg(long = "id", required = true)]
    pub ids: Vec<String>,
    /// The project's key, where it is not among this computer's keys
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// The request that the arguments make.
pub(super) fn request(arguments: &PrivacyArguments) -> Result<PrivacyRequest, CliError> {
    let mut policy = match &arguments.privacy {
        None => PrivacyPolicy::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                CliError::failed(format!(
                    "cannot read the privacy policy: {error}. File: {}",
                    path.display()
                ))
            })?;
            let of_file = |error| CliError::usage(format!("{error}. File: {}", path.display()));
            PrivacyPolicy::from_toml(&text).map_err(of_file)?
        }
    };
    policy.pseudonymise |= arguments.pseudonymise;
    policy.mask_text |= arguments.mask_text;
    policy.drop_columns.extend(arguments.drop_columns.iter().cloned());
    for rule in &arguments.generalise {
        policy.add_rule(rule).map_err(|error| CliError::usage(format!("--generalise: {error}")))?;
    }
    policy.min_group_size = arguments.min_group_size.unwrap_or(policy.min_group_size);
    if arguments.key.is_some() && !policy.pseudonymise {
        return Err(CliError::usage("--key is for pseudonyms; give --pseudonymise too"));
    }
    Ok(PrivacyRequest { policy, key_file: arguments.key.clone(), key: None })
}

/// Says what was done, as far as anything was.
pub(super) fn print_outcome(outcome: &PrivacyOutcome) {
    if let Some(fingerprint) = &outcome.key_fingerprint {
        output::line(&format!("shoppers have pseudonyms, made with the key {fingerprint}"));
    }
    for column in &outcome.policy.drop_columns {
        output::line(&format!("left out: column {column}"));
    }
    for column in &outcome.generalised {
        output::line(&format!(
            "made coarser: {} by {}, {} values instead of {}, {} shoppers left without one",
            column.column, column.rule, column.values_after, column.values_before, column.left_out
        ));
    }
    if let Some(period) = outcome.policy.generalise.get(crate::dataset::privacy::TIME) {
        output::line(&format!("made coarser: times to the {period}"));
    }
    for finding in outcome.texts.iter().filter(|finding| finding.masked) {
        let place = match &finding.place {
            TextPlace::Events => "queries and reviews",
            TextPlace::Titles => "product names",
            TextPlace::Descriptions => "product descriptions",
            TextPlace::Attribute(column) => column.as_str(),
        };
        output::line(&format!(
            "masked: {} in {} rows of {place}",
            finding.kind.name(),
            finding.rows
        ));
    }
    if let Some(groups) = &outcome.groups {
        output::line(&format!(
            "groups: {} of {} combinations of attributes are shared by fewer than {} shoppers ({} \
             shoppers; the rarest by {})",
            groups.combinations_below,
            groups.combinations,
            groups.min_group_size,
            groups.shoppers_below,
            groups.smallest
        ));
    }
}

/// `shelfwise pseudonym`
pub(super) fn pseudonym(arguments: &PseudonymArguments) -> Result<(), CliError> {
    let known = Project::key_fingerprint(&arguments.project).ok_or_else(|| {
        CliError::failed(format!(
            "this is no project with pseudonyms; its shoppers have the ids of its files. Folder: {}",
            arguments.project.display()
        ))
    })?;
    let key = Folders::of_system()
        .keys()
        .find(arguments.key.as_deref(), Some(&known))
        .map_err(|error| CliError::from_error(&error))?;
    let ids = &arguments.ids;
    if arguments.json {
        let pseudonyms: Vec<_> =
            ids.iter().map(|id| json!({"id": id, "pseudonym": key.pseudonym(id)})).collect();
        return output::json(&json!({"pseudonyms": pseudonyms, "key_fingerprint": known}));
    }
    for id in ids {
        output::line(&format!("{id}  {}", key.pseudonym(id)));
    }
    Ok(())
}
