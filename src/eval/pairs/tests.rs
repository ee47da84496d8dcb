//! Searches judged on pairs whose outcome is known.

use super::figures::{FoundFigures, beside, values};
use super::*;
use crate::control::Control;
use crate::model::bert::config::Trainable;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::pairs::{PairConfig, PairData, PairFiles, PairSource};
use crate::model::bert::tasks::TextSplit;
use crate::model::bert::tiny_base;
use crate::model::{FitContext, SilentObserver};

/// Questions whose answers share one rare word with them; a part column where there is one.
fn read(rows: &[(String, String, &str)]) -> PairData {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("t.csv");
    let lines: Vec<String> =
        rows.iter().map(|(left, right, part)| format!("{left},{right},{part}")).collect();
    std::fs::write(&file, format!("ask,answer,part\n{}\n", lines.join("\n"))).expect("written");
    let files = PairFiles {
        files: vec![file],
        left: vec!["ask".into()],
        right: vec!["answer".into()],
        part: Some("part".into()),
    };
    PairSource::Files(files).read(None, &Control::default()).expect("pairs")
}

fn questions() -> PairData {
    let words = ["mug", "lamp", "chair", "shoe", "dress", "table", "clock", "book"];
    let row = |at: usize| {
        let part = if at < 40 { "train" } else { "test" };
        let (word, other) = (words[at % 8], words[at / 8 % 8]);
        (format!("{word} or {other}"), format!("this {word} goes with a {other} number{at}"), part)
    };
    read(&(0..64).map(row).collect::<Vec<_>>())
}

#[test]
fn a_search_is_judged_over_the_whole_collection_beside_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    tiny_base(3, folder.path()).expect("written");
    let config = PairConfig {
        base_model: Some(folder.path().to_owned()),
        trainable: Trainable::TopLayers(2),
        epochs: 6,
        batch_size: 16,
        learning_rate: 1e-2,
        dropout: Some(0.0),
        ..PairConfig::default()
    };
    let task = PairTask { config, split: TextSplit::Column("part".into()) };
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let data = questions();
    let (_, report) = run(&task, &data, &context).expect("judged");
    assert_eq!((report.queries, report.collection, report.test), (24, 64, 24));
    assert_eq!(report.leaks, PairLeaks::default());
    let names: Vec<&str> = report.models.iter().map(|one| one.model.as_str()).collect();
    assert_eq!(names, ["bert", "untrained", "bm25", "tfidf_cosine", "popularity"]);
    let mrr = |model: &str| {
        report.figures(model).and_then(|found| found.get("mrr@10")).expect("a figure").mean
    };
    assert!(mrr("bert") > mrr("untrained"), "{:?}", report.models);
    assert!(mrr("bm25") > 0.5 && mrr("tfidf_cosine") > 0.5, "{:?}", report.models);
    // The answers of the test part were never met: all are tied at 0, and ties count against.
    assert!(mrr("popularity") < 1e-9);
    let against: Vec<&str> = report.paired.iter().map(|one| one.against.as_str()).collect();
    assert_eq!(against, names[1..]);
    let difference = report.paired[3].differences["mrr@10"].difference;
    assert!((difference - mrr("bert")).abs() < 1e-6);
    let json = serde_json::to_string(&report).expect("plain data");
    let read = serde_json::from_str::<PairReport>(&json).expect("its own JSON");
    assert_eq!((&read.task, read.leaks, read.models.len()), (&task, report.leaks, 5));
    assert!(!json.contains("-0.0,"), "nothing is less than nothing: {json}");
}

#[test]
fn what_the_parts_share_is_said_and_does_not_count() {
    let row = |left: &str, right: &str, part| (left.to_owned(), right.to_owned(), part);
    let data = read(&[
        row("mug", "a", "train"),
        row("lamp", "b", "train"),
        row("mug", "c", "test"),
        row("chair", "b", "test"),
    ]);
    let parts = data.divide(&TextSplit::Column("part".into())).expect("divided");
    let leaks = PairLeaks::of(&data, &parts);
    assert_eq!((leaks.lefts_in_training, leaks.rights_in_training), (1, 1));
    let queries = Queries::of(&data, &parts);
    assert_eq!((queries.lefts.as_slice(), queries.len()), (&[0, 2][..], 2));
    assert_eq!(queries.known, [vec![0], vec![]]);
    // The answer of the training part scores higher and is neither right nor wrong.
    let scores = |query: usize| [[0.9, 0.1, 0.5], [0.9, 0.5, 0.7]][query].to_vec();
    let found = values(&queries, scores, &Control::default()).expect("values");
    assert_eq!(found[0], [1.0, 0.0]);
    assert_eq!(found[2], [1.0, 1.0 / 3.0]);
}

#[test]
fn two_searches_are_compared_query_by_query() {
    let control = Control::default();
    let rows: Vec<(String, String, &str)> = (0..40)
        .map(|at| (format!("q{at}"), format!("a{at}"), if at < 4 { "train" } else { "test" }))
        .collect();
    let data = read(&rows);
    let parts = data.divide(&TextSplit::Column("part".into())).expect("divided");
    let queries = Queries::of(&data, &parts);
    let hits = |share: usize| {
        let right = queries.right.clone();
        move |query: usize| {
            let mut scores = vec![0.5; 40];
            let score = if query.is_multiple_of(share) { 1.0 } else { 0.0 };
            scores[right[query][0] as usize] = score;
            scores
        }
    };
    let often = values(&queries, hits(1), &control).expect("values");
    let seldom = values(&queries, hits(3), &control).expect("values");
    let test = beside(&often, &seldom, "seldom", 1, &control).expect("compared");
    let first = test.differences["recall@1"];
    assert!((first.difference - 2.0 / 3.0).abs() < 1e-6);
    assert!(first.low > 0.4 && first.high < 0.9, "{first:?}");
    assert_eq!(test.mcnemar.map(|found| (found.only_first, found.only_second)), Some((24, 0)));
    assert!(test.p_value.is_some_and(|p_value| p_value < 0.001));
    let same = beside(&often, &often, "itself", 1, &control).expect("compared");
    assert!(same.p_value.is_some_and(|p_value| p_value > 0.99));
    let figures = FoundFigures::new("often", &often, 1, &control).expect("figures");
    assert_eq!(figures.get("recall@10").map(|found| found.mean), Some(1.0));
}
