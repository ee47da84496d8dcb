//! Figures, paired tests and whole tasks on made-up texts.

use super::figures::RELIABILITY_BINS;
use super::*;
use crate::control::Control;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::tasks::{
    Adversarial, Outputs, Predictions, Target, TextData, TextDataReport, TextExample, TextInput,
    TextTaskConfig,
};
use crate::model::bert::tiny_base;
use crate::model::{FitContext, SilentObserver};

fn chances(of_second: &[f64]) -> Predictions {
    let values = of_second.iter().flat_map(|&chance| [1.0 - chance, chance]).collect();
    Predictions::Chances { classes: 2, values }
}

fn figures(truth: &[u32], told: &Predictions) -> Figures {
    Figures::new(Truth::Classes(truth), told, 1, &Control::default()).unwrap()
}

#[test]
fn calibration_compares_chances_with_what_came_true() {
    let told = chances(&[0.95, 0.95, 0.95, 0.95, 0.35, 0.35]);
    let found = figures(&[1, 1, 1, 0, 0, 1], &told);
    let calibration = found.calibration.unwrap();
    // Four texts at 0.95 of which 3 are right, two at 0.65 for the first class of which 1 is.
    let expected = (4.0 * (0.95 - 0.75) + 2.0 * (0.65 - 0.5)) / 6.0;
    assert!((calibration.expected_error - expected).abs() < 1e-9, "{calibration:?}");
    assert_eq!(calibration.bins.len(), RELIABILITY_BINS);
    assert_eq!((calibration.bins[9].texts, calibration.bins[6].texts), (4, 2));
    assert_eq!(found.confusion.unwrap(), [[1, 1], [1, 3]]);
    assert_eq!(found.metrics["ece"].low, None);
}

#[test]
fn the_exact_test_of_mcnemar_counts_tosses() {
    let p = |first, second| McNemar::new(first, second).p_value;
    // 2 · (1 + 10) / 2¹⁰, as scipy.stats.binomtest(1, 10) says.
    assert!((p(9, 1) - 22.0 / 1024.0).abs() < 1e-12);
    assert!((p(1, 9) - p(9, 1)).abs() < 1e-15);
    assert_eq!((p(0, 0), p(5, 5)), (1.0, 1.0));
    // Far beyond where 2^-n is a float: scipy.stats.binomtest(900, 2000).pvalue.
    assert!((p(900, 1100) / 8.457_089_54e-6 - 1.0).abs() < 1e-3, "{}", p(900, 1100));
}

#[test]
fn a_better_model_is_told_from_a_worse_one() {
    let truth: Vec<u32> = (0..200).map(|at| at % 2).collect();
    let told = |wrong_every: u32| {
        let chance = |at: u32| {
            let is_wrong = at.is_multiple_of(wrong_every);
            if (at % 2 == 1) == is_wrong { 0.2 } else { 0.8 }
        };
        chances(&(0..200).map(chance).collect::<Vec<_>>())
    };
    let (good, bad) = (told(20), told(4));
    let truth = Truth::Classes(&truth);
    let test = paired(truth, &good, &bad, "bad", 1, &Control::default()).unwrap();
    let accuracy = test.differences["accuracy"];
    assert!((accuracy.difference - 0.2).abs() < 1e-9 && accuracy.low > 0.1, "{accuracy:?}");
    assert!(test.differences["log_loss"].high < 0.0);
    let mcnemar = test.mcnemar.unwrap();
    assert_eq!((mcnemar.only_first, mcnemar.only_second), (40, 0));
    assert!(mcnemar.p_value < 1e-9 && test.p_value.is_none());
    let ratings = [1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 2.0, 3.0];
    let near = Predictions::Ratings(ratings.map(|rating| rating + 0.1).to_vec());
    let far = Predictions::Ratings(ratings.map(|rating| rating + 1.0).to_vec());
    let test =
        paired(Truth::Ratings(&ratings), &near, &far, "far", 1, &Control::default()).unwrap();
    assert!(test.p_value.unwrap() < 0.02 && test.differences["rmse"].high < 0.0);
}

fn data(n: usize) -> TextData {
    let example = |at: usize| {
        let (word, class) = if at.is_multiple_of(2) { ("lovely", 1) } else { ("terrible", 0) };
        TextExample {
            input: TextInput::from(format!("{word} dress number {}", at / 2).as_str()),
            target: Target::Class(class),
        }
    };
    TextData {
        examples: (0..n).map(example).collect(),
        outputs: Outputs::Classes { labels: vec!["no".into(), "yes".into()] },
        parts: None,
        report: TextDataReport::default(),
    }
}

fn task(base: &std::path::Path) -> TextTask {
    TextTask {
        config: TextTaskConfig {
            base_model: Some(base.to_owned()),
            epochs: 2,
            batch_size: 16,
            encoder_learning_rate: 2e-3,
            head_learning_rate: 2e-2,
            adversarial: Adversarial::Fgm,
            adversarial_radius: 0.2,
            ..TextTaskConfig::default()
        },
        split: "hash:60/10/30".parse().unwrap(),
        per_class: None,
        robustness: true,
    }
}

fn context(control: &Control) -> FitContext<'_> {
    FitContext {
        control,
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    }
}

#[test]
fn a_task_is_judged_beside_its_baselines_and_on_disturbed_texts() {
    let folder = tempfile::tempdir().unwrap();
    tiny_base(3, folder.path()).unwrap();
    let (data, task, control) = (data(160), task(folder.path()), Control::default());
    let (model, report) = run(&task, &data, &context(&control)).unwrap();
    let names: Vec<&str> = report.models.iter().map(|judged| judged.model.as_str()).collect();
    assert_eq!(names, ["bert", "tfidf", "majority"]);
    assert_eq!(report.train + report.validation + report.test, 160);
    let accuracy = report.metric("accuracy");
    assert!(accuracy["bert"] > 0.9 && accuracy["tfidf"] > 0.9, "{accuracy:?}");
    assert!((report.figures("majority").unwrap().get("auc").unwrap().mean - 0.5).abs() < 1e-9);
    assert_eq!(report.paired.len(), 2);
    let judged: Vec<(&str, usize)> =
        report.robustness.iter().map(|one| (one.model.as_str(), one.rows.len())).collect();
    assert_eq!(judged, [("bert, fgm", 6), ("bert, plain", 6), ("tfidf", 5)]);
    let synonyms = &report.robustness[2].rows[2];
    assert_eq!(synonyms.disturbance, Some(Disturbance::Synonyms));
    assert_eq!(synonyms.changed, report.test);
    assert!(synonyms.metrics["accuracy"].mean < 0.9, "unknown words tell nothing");
    assert_eq!(model.training().epochs.len(), 2);
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["models"][0]["metrics"]["accuracy"]["mean"].is_number());
}

#[test]
fn several_labels_are_judged_beside_words_and_their_shares() {
    let folder = tempfile::tempdir().unwrap();
    tiny_base(3, folder.path()).unwrap();
    let mut data = data(120);
    data.outputs =
        Outputs::Labels { labels: ["lovely", "even", "text"].map(str::to_owned).to_vec() };
    for (at, example) in data.examples.iter_mut().enumerate() {
        let labels = [(0, at.is_multiple_of(2)), (1, at % 4 < 2), (2, true)];
        let set = labels.into_iter().filter(|(_, is_true)| *is_true).map(|(label, _)| label);
        example.target = Target::Labels(set.collect());
    }
    let control = Control::default();
    let config =
        TextTaskConfig { adversarial: Adversarial::None, epochs: 4, ..task(folder.path()).config };
    let task = TextTask { config, ..task(folder.path()) };
    let (_, report) = run(&task, &data, &context(&control)).unwrap();
    let names: Vec<&str> = report.models.iter().map(|judged| judged.model.as_str()).collect();
    assert_eq!(names, ["bert", "tfidf", "prior"]);
    let (f1, auc) = (report.metric("micro_f1"), report.metric("auc"));
    assert!(f1["bert"] > f1["prior"] && f1["tfidf"] > f1["prior"], "{f1:?}");
    assert!((auc["prior"] - 0.5).abs() < 1e-9, "{auc:?}");
    let tables = report.label_tables();
    assert_eq!(tables.iter().map(|(model, _)| *model).collect::<Vec<_>>(), ["bert", "tfidf"]);
    for (_, labels) in tables {
        assert_eq!(labels.len(), report.outputs.labels().len());
        assert!(labels.iter().all(|label| label.support <= report.test));
    }
    assert!(report.paired.iter().all(|test| test.mcnemar.is_some()));
    let disturbed = &report.robustness[0].rows;
    assert_eq!((disturbed[0].flipped, disturbed.len()), (None, 6));
    assert!(disturbed.iter().skip(1).all(|row| row.flipped.is_some()));
}

#[test]
fn every_text_is_judged_once_in_cross_validation() {
    let folder = tempfile::tempdir().unwrap();
    tiny_base(3, folder.path()).unwrap();
    let (data, control) = (data(60), Control::default());
    let task = TextTask { per_class: Some(8), robustness: false, ..task(folder.path()) };
    let report = cross_validate(&task, &data, 3, &context(&control)).unwrap();
    assert_eq!((report.test, report.train, report.validation), (60, 48, 0));
    assert_eq!((report.training.len(), report.baseline_strengths.len()), (3, 3));
    control.cancel_token().cancel();
    assert!(run(&task, &data, &context(&control)).is_err());
}
