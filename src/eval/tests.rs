//! Whole evaluations on small shops.

use super::*;
use crate::control::{CancelToken, Control};
use crate::dataset::Dataset;
use crate::dataset::split::fixtures::{ring_shop, shop};
use crate::dataset::split::{Phase, Repeats, Split, SplitSpec};
use crate::ids::{DatasetRevision, ItemIdx, UserIdx};
use crate::model::bert::device::DeviceChoice;
use crate::model::{
    FitContext, FittedModel, History, ModelConfig, ModelError, Reason, ScoreScale, SharedModel,
    SilentObserver, fit,
};

/// Scores every product by a fixed table.
struct Fixed(Vec<f32>);

impl FittedModel for Fixed {
    fn config(&self) -> ModelConfig {
        ModelConfig::Popularity
    }
    fn n_items(&self) -> usize {
        self.0.len()
    }
    fn score(&self, _: &History) -> Vec<f32> {
        self.0.clone()
    }
    fn explain(&self, _: &History, _: ItemIdx) -> Vec<Reason> {
        Vec::new()
    }
    fn save(&self, _: &std::path::Path) -> Result<(), ModelError> {
        Ok(())
    }
}

fn split(dataset: &Dataset) -> Split {
    Split::new(dataset, &SplitSpec::default()).unwrap()
}

fn fitted(name: &str, dataset: &Dataset, split: &Split) -> SharedModel {
    let control = Control::default();
    let context = FitContext {
        control: &control,
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::default(),
        seed: 1,
    };
    fit(&ModelConfig::by_name(name).unwrap(), dataset, split, &context).unwrap()
}

fn run(
    model: &dyn FittedModel,
    dataset: &Dataset,
    spec: &EvalSpec,
) -> Result<EvalReport, EvalError> {
    evaluate(model, dataset, &split(dataset), spec, &Control::default())
}

fn mean(report: &EvalReport, metric: &str) -> f64 {
    report.metrics[metric].mean
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    // Test targets: u → d with history a b c, v → a with history d c b; scores rank d c b a.
    let dataset = shop(&[
        ("u", "a", 1),
        ("u", "b", 2),
        ("u", "c", 3),
        ("u", "d", 4),
        ("v", "d", 1),
        ("v", "c", 2),
        ("v", "b", 3),
        ("v", "a", 4),
    ]);
    let model = Fixed(vec![1.0, 2.0, 3.0, 4.0]);
    let spec = EvalSpec { ks: vec![3, 1], ..EvalSpec::default() };
    let masked = run(&model, &dataset, &spec).unwrap();
    assert_eq!(mean(&masked, "hit_rate@1"), 1.0, "only the target is not in the history");
    assert_eq!(mean(&masked, "coverage@3"), 0.5);
    assert_eq!((masked.masked_targets, masked.targets, masked.n_users), (0, 2, 2));
    assert_eq!(masked.protocol.ks, [1, 3]);

    let open = run(&model, &dataset, &EvalSpec { mask_seen: false, ..spec }).unwrap();
    assert_eq!((mean(&open, "hit_rate@1"), mean(&open, "hit_rate@3")), (0.5, 0.5));
    assert_eq!(open.per_user["ndcg@3"], [1.0, 0.0]);
    assert_eq!(open.users, [UserIdx(0), UserIdx(1)]);
    assert_eq!((mean(&open, "coverage@1"), mean(&open, "coverage@3")), (0.25, 0.75));
    assert!((mean(&open, "precision@3") - 1.0 / 6.0).abs() < 1e-6);
    assert_eq!(open.metrics["gini@1"].low, None);
}

#[test]
fn a_masked_target_is_a_miss_and_is_counted() {
    let dataset = shop(&[
        ("u", "a", 1),
        ("u", "b", 2),
        ("u", "c", 3),
        ("u", "a", 4),
        ("v", "a", 1),
        ("v", "b", 2),
        ("v", "c", 3),
    ]);
    let model = Fixed(vec![3.0, 2.0, 1.0]);
    let masked = run(&model, &dataset, &EvalSpec::default()).unwrap();
    assert_eq!(masked.masked_targets, 1);
    assert_eq!(masked.per_user["hit_rate@5"], [0.0, 1.0]);
    let open =
        run(&model, &dataset, &EvalSpec { mask_seen: false, ..EvalSpec::default() }).unwrap();
    assert_eq!((open.masked_targets, &open.per_user["hit_rate@5"][..]), (0, &[1.0, 1.0][..]));
}

#[test]
fn a_model_that_ties_everything_hits_nothing() {
    let dataset = ring_shop(20, 40, 6);
    let report = run(&Fixed(vec![0.0; 40]), &dataset, &EvalSpec::default()).unwrap();
    assert_eq!(mean(&report, "hit_rate@20"), 0.0);
    let silent = run(&Fixed(vec![f32::NEG_INFINITY; 40]), &dataset, &EvalSpec::default()).unwrap();
    for (metric, estimate) in silent.metrics_in_order() {
        // Products that cannot be told apart are a coin toss; everything else is about a list.
        let expected = if metric.kind == MetricKind::Auc { 0.5 } else { 0.0 };
        assert_eq!(estimate.mean, expected, "{metric}: nothing is listed");
    }
}

#[test]
fn a_chain_beats_popularity_where_there_is_one() {
    let dataset = ring_shop(200, 60, 12);
    let split = split(&dataset);
    let [markov, popularity] = ["markov", "popularity"].map(|name| {
        let model = fitted(name, &dataset, &split);
        evaluate(&*model, &dataset, &split, &EvalSpec::default(), &Control::default()).unwrap()
    });
    assert_eq!(beats(&markov, &popularity), Ok(Verdict::Better));
    assert_eq!(beats(&popularity, &markov), Ok(Verdict::Worse));
    let ndcg = markov.get(Metric::MAIN).unwrap();
    assert!(ndcg.low.unwrap() < ndcg.mean && ndcg.mean < ndcg.high.unwrap());
    assert!(mean(&markov, "coverage@10") > mean(&popularity, "coverage@10"));
    assert!(mean(&markov, "gini@10") < mean(&popularity, "gini@10"));
}

#[test]
fn a_report_does_not_depend_on_threads_and_a_sample_on_its_seed_alone() {
    let dataset = ring_shop(120, 30, 8);
    let split = split(&dataset);
    let model = fitted("item_knn", &dataset, &split);
    let run = |seed, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let spec = EvalSpec { max_users: Some(50), seed, ..EvalSpec::default() };
        let mut report = pool
            .install(|| evaluate(&*model, &dataset, &split, &spec, &Control::default()))
            .unwrap();
        report.eval_secs = 0.0;
        report
    };
    let report = run(3, 1);
    assert_eq!(report, run(3, 4));
    assert_ne!(report.users, run(4, 1).users);
    assert!(report.users.is_sorted() && report.users.len() == 50);
    assert!(report.protocol.is_sampled());
    assert_eq!(report.protocol.n_cases, 120);
}

#[test]
fn a_sparse_model_gets_the_report_of_its_dense_scores() {
    /// The same model, one score per product.
    struct OneByOne(SharedModel);
    impl FittedModel for OneByOne {
        fn config(&self) -> ModelConfig {
            self.0.config()
        }
        fn n_items(&self) -> usize {
            self.0.n_items()
        }
        fn score_scale(&self) -> ScoreScale {
            self.0.score_scale()
        }
        fn score(&self, history: &History) -> Vec<f32> {
            self.0.score(history)
        }
        fn explain(&self, history: &History, item: ItemIdx) -> Vec<Reason> {
            self.0.explain(history, item)
        }
        fn save(&self, folder: &std::path::Path) -> Result<(), ModelError> {
            self.0.save(folder)
        }
    }
    // A ring met by many, one met by few, so that held-out products are new, and several targets each.
    for (dataset, parts) in [
        (ring_shop(90, 40, 9), "last-one"),
        (ring_shop(12, 90, 6), "last-one"),
        (ring_shop(40, 35, 20), "ratio:0.6@2"),
    ] {
        let spec = SplitSpec::parse(parts, &dataset).unwrap();
        let split = Split::new(&dataset, &spec).unwrap();
        for name in ["popularity", "markov", "item_knn"] {
            let model = fitted(name, &dataset, &split);
            for mask_seen in [true, false] {
                let spec = EvalSpec { mask_seen, ..EvalSpec::default() };
                let run = |model: &dyn FittedModel| {
                    let report = evaluate(model, &dataset, &split, &spec, &Control::default());
                    EvalReport { eval_secs: 0.0, ..report.unwrap() }
                };
                assert_eq!(run(&*model), run(&OneByOne(model.clone())), "{name} on {parts}");
            }
        }
    }
}

#[test]
fn the_json_has_the_stable_keys() {
    let dataset = ring_shop(30, 20, 6);
    let report =
        run(&Fixed((0..20_u8).map(f32::from).collect()), &dataset, &EvalSpec::default()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    for key in ["model", "protocol", "n_users", "metrics"] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert!(json["metrics"]["ndcg@10"]["low"].is_number());
    assert!(json["metrics"]["coverage@10"]["low"].is_null());
    assert_eq!(json["protocol"]["ranking"], "full");
    assert_eq!(json["protocol"]["fitted_on"], "train");
    assert_eq!(json["protocol"]["origin"], "files");
    assert_eq!(json["protocol"]["split"]["strategy"]["kind"], "last_one");
    let mut back: EvalReport = serde_json::from_value(json).unwrap();
    (back.users, back.per_user) = (report.users.clone(), report.per_user.clone());
    assert_eq!(back, report);
}

#[test]
fn what_cannot_be_judged_is_refused() {
    let dataset = ring_shop(20, 10, 6);
    let model = Fixed(vec![0.0; 10]);
    for ks in [vec![], vec![0, 5]] {
        let spec = EvalSpec { ks, ..EvalSpec::default() };
        assert!(matches!(run(&model, &dataset, &spec), Err(EvalError::BadLengths(_))));
    }
    let other = run(&Fixed(vec![0.0; 9]), &dataset, &EvalSpec::default());
    assert!(matches!(other, Err(EvalError::OtherCatalogue { model: 9, dataset: 10 })));
    let mut foreign = split(&dataset);
    foreign.revision = DatasetRevision("other".to_owned());
    let other = evaluate(&model, &dataset, &foreign, &EvalSpec::default(), &Control::default());
    assert!(matches!(other, Err(EvalError::OtherData { .. })));
    let short = shop(&[("u", "a", 1), ("u", "b", 2)]);
    let error = run(&Fixed(vec![0.0; 2]), &short, &EvalSpec::default()).unwrap_err();
    assert!(error.to_string().contains("no test case"), "{error}");
}

#[test]
fn an_evaluation_stops_in_the_middle() {
    let dataset = ring_shop(600, 10, 5);
    let token = CancelToken::default();
    let cancel = token.clone();
    let control = Control::new(token, move |_| cancel.cancel());
    let result =
        evaluate(&Fixed(vec![0.0; 10]), &dataset, &split(&dataset), &EvalSpec::default(), &control);
    assert!(matches!(result, Err(EvalError::Cancelled(_))));
}

#[test]
fn validation_and_repeats_can_be_judged_too() {
    let dataset = ring_shop(50, 20, 6);
    let spec = SplitSpec { repeats: Repeats::Keep, ..SplitSpec::default() };
    let split = Split::new(&dataset, &spec).unwrap();
    let model = fitted("markov", &dataset, &split);
    let spec = EvalSpec { phase: Phase::Validation, ..EvalSpec::default() };
    let report = evaluate(&*model, &dataset, &split, &spec, &Control::default()).unwrap();
    assert_eq!(report.protocol.phase, Phase::Validation);
    assert!(mean(&report, "ndcg@10") > 0.0);
}

#[test]
fn every_report_says_what_leaks() {
    let dataset = ring_shop(40, 20, 8);
    let sound = run(&Fixed(vec![0.0; 20]), &dataset, &EvalSpec::default()).unwrap();
    assert!(sound.protocol.leaks.is_some());
    assert_eq!(sound.protocol.defects().count(), 0);
    let mut leaky = split(&dataset);
    leaky.train = leaky.visits.clone();
    let model = Fixed(vec![0.0; 20]);
    let report =
        evaluate(&model, &dataset, &leaky, &EvalSpec::default(), &Control::default()).unwrap();
    assert!(report.protocol.defects().count() > 0);
    let mut json = serde_json::to_value(&report).unwrap();
    json["protocol"].as_object_mut().unwrap().remove("leaks");
    let old: EvalReport = serde_json::from_value(json).unwrap();
    assert_eq!(old.protocol.leaks, None, "a report from before the check is still read");
}

#[test]
fn a_loss_is_told_of_models_with_probabilities_alone() {
    let dataset = ring_shop(80, 20, 8);
    let split = split(&dataset);
    let report = |name| {
        let model = fitted(name, &dataset, &split);
        evaluate(&*model, &dataset, &split, &EvalSpec::default(), &Control::default()).unwrap()
    };
    let (markov, popularity, neighbours) =
        (report("markov"), report("popularity"), report("item_knn"));
    assert!(mean(&markov, "log_loss") < mean(&popularity, "log_loss"), "a chain is there to learn");
    assert!(!neighbours.metrics.contains_key("log_loss"), "cosines are no probabilities");
    assert!(mean(&neighbours, "auc") > 0.5 && mean(&markov, "auc") > mean(&popularity, "auc"));
    assert!(mean(&markov, "serendipity@10") > mean(&popularity, "serendipity@10"));
    assert!(mean(&markov, "serendipity@10") <= mean(&markov, "precision@10"));
}

#[test]
fn random_splits_are_judged_on_what_is_known_alone() {
    /// Scores what stands in the history, so that a held-out event in it would be hit.
    struct Echo(usize);
    impl FittedModel for Echo {
        fn config(&self) -> ModelConfig {
            ModelConfig::Popularity
        }
        fn n_items(&self) -> usize {
            self.0
        }
        fn score(&self, history: &History) -> Vec<f32> {
            let mut scores = vec![f32::NEG_INFINITY; self.0];
            history.events.iter().for_each(|event| scores[event.item.index()] = 1.0);
            scores
        }
        fn explain(&self, _: &History, _: ItemIdx) -> Vec<Reason> {
            Vec::new()
        }
        fn save(&self, _: &std::path::Path) -> Result<(), ModelError> {
            Ok(())
        }
    }
    // Ten steps forward on a ring of sixty: nobody meets a product twice.
    let dataset = ring_shop(60, 60, 10);
    let spec = SplitSpec::parse("ratio:0.8@2", &dataset).unwrap();
    let split = Split::new(&dataset, &spec).unwrap();
    let spec = EvalSpec { mask_seen: false, ..EvalSpec::default() };
    let report = evaluate(&Echo(60), &dataset, &split, &spec, &Control::default()).unwrap();
    assert_eq!(mean(&report, "hit_rate@20"), 0.0);
}
