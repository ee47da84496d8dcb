//! Reports for tests.

use std::collections::BTreeMap;

use super::{DiversityBasis, Estimate, EvalReport, FittedOn, Metric, Protocol, Ranking, Ties};
use crate::dataset::Origin;
use crate::dataset::split::{Phase, SplitSpec};
use crate::ids::{DatasetRevision, UserIdx};

/// A report of `ndcg@10` with these values per case.
pub(crate) fn report(model: &str, values: &[f32]) -> EvalReport {
    let name = Metric::MAIN.to_string();
    let estimate = Estimate { mean: 0.5, low: Some(0.4), high: Some(0.6) };
    EvalReport {
        model: model.to_owned(),
        protocol: Protocol {
            dataset: "fixture".to_owned(),
            revision: DatasetRevision("r1".to_owned()),
            origin: Origin::Files,
            split: SplitSpec::default(),
            phase: Phase::Test,
            fitted_on: FittedOn::Train,
            mask_seen: true,
            ranking: Ranking::Full,
            ties: Ties::AgainstModel,
            ks: vec![10],
            n_items: 100,
            n_users: values.len(),
            n_cases: values.len(),
            seed: 5,
            resamples: 1000,
            diversity_over: DiversityBasis::CatalogText,
            device: None,
            leaks: Some(Vec::new()),
        },
        n_users: values.len(),
        metrics: BTreeMap::from([(name.clone(), estimate)]),
        masked_targets: 0,
        targets: values.len(),
        eval_secs: 0.1,
        users: (0..values.len()).map(UserIdx::from_index).collect(),
        per_user: BTreeMap::from([(name, values.to_vec())]),
    }
}
