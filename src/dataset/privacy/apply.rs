//! A policy applied to a shop that was read and is not yet stored.

use super::generalise::{generalise, period_start};
use super::groups::group_report;
use super::texts::scan_texts;
use super::{GeneralisedColumn, PrivacyError, PrivacyOutcome, PrivacyRequest};
use crate::control::Control;
use crate::dataset::load::{LoadError, LoadReport};
use crate::dataset::{Dataset, UserAttribute};

/// What stands in a report in place of a row.
const HIDDEN: &str = "(hidden)";

/// Changes the dataset as the policy says, and tells what was done. Dropped columns were not read.
///
/// # Errors
/// [`PrivacyError`] if pseudonyms cannot be made; cancelled.
pub(in crate::dataset) fn apply(
    request: &PrivacyRequest,
    dataset: &mut Dataset,
    control: &Control,
) -> Result<PrivacyOutcome, LoadError> {
    let policy = &request.policy;
    control.report("stage-privacy", 0, 0);
    if policy.pseudonymise {
        let key = request.key.as_ref().ok_or(PrivacyError::NoKey)?;
        dataset.users = key.pseudonyms(&dataset.users)?;
    }
    control.check()?;
    let mut generalised = Vec::new();
    for attribute in &mut dataset.user_attributes {
        if let Some(rule) = policy.rule_for(&attribute.name) {
            generalised.push(generalise_attribute(attribute, rule));
        }
    }
    if let Some(period) = policy.time_period().filter(|_| dataset.has_times) {
        let log = std::mem::take(&mut dataset.interactions);
        dataset.interactions = log.with_times(|time_ms| period_start(period, time_ms));
    }
    let texts = scan_texts(dataset, policy.mask_text, control)?;
    dataset.min_group_size = policy.min_group_size;
    let has_groups = policy.min_group_size > 1 && !dataset.user_attributes.is_empty();
    Ok(PrivacyOutcome {
        policy: policy.clone(),
        key_fingerprint: request
            .key
            .as_ref()
            .filter(|_| policy.pseudonymise)
            .map(|key| key.fingerprint()),
        generalised,
        texts,
        groups: has_groups.then(|| group_report(dataset, policy.min_group_size)),
    })
}

fn generalise_attribute(
    attribute: &mut UserAttribute,
    rule: super::Generalisation,
) -> GeneralisedColumn {
    let before = &attribute.values;
    let after = before.map(|text| generalise(rule, text));
    let is_lost = |row: &usize| before.code(*row).is_some() && after.code(*row).is_none();
    let column = GeneralisedColumn {
        column: attribute.name.clone(),
        rule,
        values_before: before.pool().len() as u64,
        values_after: after.pool().len() as u64,
        left_out: (0..before.len()).filter(is_lost).count() as u64,
    };
    attribute.values = after;
    column
}

/// Takes what stood in the files out of a report; where it stood stays.
pub(in crate::dataset) fn redact(report: &mut LoadReport) {
    let rejected = report.sources.iter_mut().flat_map(|source| &mut source.rejected);
    for example in rejected.flat_map(|rejected| &mut rejected.examples) {
        HIDDEN.clone_into(&mut example.text);
    }
    for warning in &mut report.warnings {
        warning.examples.clear();
    }
}
