//! The report as a whole.

use super::*;
use crate::dataset::quality::{MAX_EXAMPLES, Severity, SkipReason};

#[test]
fn a_healthy_shop_has_no_finding_and_says_what_was_looked_for() {
    let report = healthy().examine();
    assert_eq!(kinds(&report), []);
    let skipped: Vec<_> = report.skipped.iter().map(|skipped| skipped.kind).collect();
    assert_eq!(
        skipped,
        [FindingKind::RatingsOffScale, FindingKind::OrphanEvents, FindingKind::LeakingColumn]
    );
    assert_eq!(report.clear.len() + skipped.len(), FindingKind::ALL.len());
}

#[test]
fn an_empty_shop_is_examined_without_a_finding() {
    let options = QualityOptions { now_ms: START };
    let report =
        examine(&Dataset::default(), &LoadReport::default(), &options, &Control::default())
            .unwrap();
    assert_eq!(kinds(&report), []);
    assert!(report.skipped.iter().any(|skipped| skipped.reason == SkipReason::NoTimes));
}

#[test]
fn the_most_severe_comes_first_and_examples_are_few() {
    let mut shop = healthy();
    shop.titles[3] = None;
    for event in shop.events.iter_mut().filter(|event| event.kind == EventKind::Purchase) {
        event.price = Some(-1.0);
    }
    let report = shop.examine();
    let severities: Vec<_> = report.findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
    assert_eq!(report.findings[0].kind, FindingKind::NegativePrices);
    assert_eq!(report.count(Severity::Serious), 1);
    assert_eq!(report.findings[0].examples.len(), MAX_EXAMPLES);
    assert!(report.findings.iter().all(|finding| !finding.message.is_empty()));
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let mut shop = healthy();
    shop.events.extend_from_within(..40);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| shop.examine())
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn a_cancelled_examination_stops() {
    let control = Control::default();
    control.cancel_token().cancel();
    let options = QualityOptions { now_ms: START };
    let shop = healthy();
    assert!(examine(&shop.dataset(), &shop.report, &options, &control).is_err());
}

#[test]
fn the_json_has_stable_keys() {
    let mut shop = healthy();
    shop.titles[3] = None;
    let json = serde_json::to_value(shop.examine()).unwrap();
    let finding = &json["findings"][0];
    assert_eq!(finding["kind"], "missing_values");
    assert_eq!(finding["subject"], "catalog.title");
    assert_eq!((&finding["count"], &finding["of"]), (&1.into(), &25.into()));
    assert_eq!(finding["examples"][0]["item"], "p3");
    assert_eq!(finding["chart"]["bars"][1], serde_json::json!(["missing", 1]));
    assert!(finding["repair"].is_null() && json["clear"].is_array());
}
