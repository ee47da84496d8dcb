//! The whole report.

use serde::Serialize;

use super::finding::{Finding, FindingKind, Severity};
use crate::ids::DatasetRevision;

/// Why a check could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// The data have no times.
    NoTimes,
    /// There are no events.
    NoEvents,
    /// There is no catalogue, or nothing in it.
    NoCatalog,
    /// The data have no such column.
    NoSuchColumn,
    /// There is too little to tell.
    TooFew,
}

/// A check that could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What it would have looked for.
    pub kind: FindingKind,
    /// Why not.
    pub reason: SkipReason,
}

/// What is wrong with a dataset, and what was looked for in vain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityReport {
    /// Fingerprint of the data.
    pub revision: DatasetRevision,
    /// The findings, the most severe first.
    pub findings: Vec<Finding>,
    /// Kinds that were looked for and not found.
    pub clear: Vec<FindingKind>,
    /// Checks that could not be made.
    pub skipped: Vec<Skipped>,
}

impl QualityReport {
    /// Puts findings in order and says what was not found.
    pub(super) fn new(
        revision: DatasetRevision,
        mut findings: Vec<Finding>,
        mut skipped: Vec<Skipped>,
    ) -> Self {
        findings.sort_by(|a, b| {
            b.severity.cmp(&a.severity).then(a.kind.cmp(&b.kind)).then(b.share.total_cmp(&a.share))
        });
        let is_found = |kind: FindingKind| findings.iter().any(|finding| finding.kind == kind);
        skipped.retain(|skipped| !is_found(skipped.kind));
        skipped.sort_by_key(|skipped| skipped.kind);
        skipped.dedup_by_key(|skipped| skipped.kind);
        let is_skipped = |kind: FindingKind| skipped.iter().any(|skipped| skipped.kind == kind);
        let clear = FindingKind::ALL.iter().copied();
        let clear = clear.filter(|&kind| !is_found(kind) && !is_skipped(kind)).collect();
        Self { revision, findings, clear, skipped }
    }

    /// Findings of one severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The findings of a kind.
    pub fn of(&self, kind: FindingKind) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.kind == kind)
    }
}
