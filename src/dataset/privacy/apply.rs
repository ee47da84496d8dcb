//! A policy applied to a shop that was read and is not yet stored.

use serde_json::Value;

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

/// Takes what stood in the files out of a report, wherever it gives examples; where it stood stays.
///
/// # Errors
/// [`PrivacyError::Report`] if the report cannot be taken apart; then nothing may be stored.
pub(in crate::dataset) fn redact(report: &mut LoadReport) -> Result<(), PrivacyError> {
    let failed = |error: serde_json::Error| PrivacyError::Report(error.to_string());
    let mut parts = serde_json::to_value(&*report).map_err(failed)?;
    hide_examples(&mut parts);
    *report = serde_json::from_value(parts).map_err(failed)?;
    Ok(())
}

/// Examples are texts, or lines of a file with the text that stands there. Whatever a report gives
/// examples of, also in times to come, is found by that name.
fn hide_examples(part: &mut Value) {
    match part {
        Value::Array(parts) => parts.iter_mut().for_each(hide_examples),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Array(examples) if name == "examples" => hide(examples),
                    other => hide_examples(other),
                }
            }
        }
        _ => {}
    }
}

fn hide(examples: &mut Vec<Value>) {
    examples.retain(Value::is_object);
    for example in examples {
        if let Some(text) = example.get_mut("text") {
            *text = HIDDEN.into();
        }
    }
}
