//! What is done with trainings on pairs besides training: searches that are tried, learning rates that are looked for.

use std::path::Path;

use super::text_tests::{PATIENCE, pairs, pretraining, text_task, workbench};
use super::{
    Command, EncoderExport, Folders, SearchRequest, SearchResult, SearchedTexts,
    TextTrainingRequest, Workbench,
};
use crate::control::Control;
use crate::ids::{ItemIdx, RunId};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::embedder::Embedder;
use crate::model::bert::pairs::{PairFiles, PairSource, ShopPairs};
use crate::runs::{RunStore, TEXT_PAIRS, TEXT_TASK, Work};

/// The same on questions and answers of a file.
fn of_file(folder: &Path) -> TextTrainingRequest {
    let file = folder.join("pairs.csv");
    let rows: Vec<String> =
        (0..30).map(|row| format!("ask {row},answer to the question of number {row}")).collect();
    std::fs::write(&file, format!("ask,answer\n{}\n", rows.join("\n"))).expect("written");
    let mut request = pairs(folder, ShopPairs::Descriptions);
    if let Work::Pairs(training) = &mut request.work {
        training.source = PairSource::Files(PairFiles {
            files: vec![file],
            left: vec!["ask".to_owned()],
            right: vec!["answer".to_owned()],
            part: None,
        });
    }
    request
}

/// Another session of the program.
fn reopened(folder: &Path) -> Workbench {
    let mut workbench = Workbench::headless(Folders::below(folder), DeviceChoice::Cpu);
    workbench.send(Command::OpenFolder(folder.join("shop")));
    assert!(workbench.settle(PATIENCE, |_| ()));
    workbench
}

fn ask(workbench: &mut Workbench, run: &RunId, query: &str, texts: SearchedTexts) {
    let request = SearchRequest { run: run.clone(), query: query.to_owned(), texts };
    workbench.send(Command::SearchTexts(request));
    assert!(workbench.settle(PATIENCE, |_| ()));
}

fn found(workbench: &Workbench) -> &SearchResult {
    let state = workbench.state();
    state.found.value().unwrap_or_else(|| panic!("{:?}", state.found.error()))
}

#[test]
fn products_and_the_texts_of_pairs_are_searched_by_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::StartTextTraining(pairs(folder.path(), ShopPairs::Descriptions)));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let run = workbench.state().text_runs[0].id.clone();
    let mut workbench = reopened(folder.path());
    let dataset = workbench.state().shop.value().expect("a shop").dataset.clone();
    let (item, of_item) = (ItemIdx(3), dataset.catalog.text(ItemIdx(3)));
    ask(&mut workbench, &run, &of_item, SearchedTexts::Products);
    let result = found(&workbench);
    let best = &result.found[0];
    assert_eq!((best.item, best.text.as_str()), (Some(item), of_item.as_str()));
    assert!((best.score - 1.0).abs() < 1e-5, "{best:?}");
    assert!(result.found.is_sorted_by(|a, b| a.score >= b.score) && result.found.len() <= 10);
    assert!(!result.has_changed && result.searched == dataset.n_items());

    let description = dataset.catalog.product(item).description.expect("a description").to_owned();
    ask(&mut workbench, &run, &description, SearchedTexts::Pairs);
    let result = found(&workbench);
    assert_eq!((result.found[0].item, result.found[0].text.as_str()), (None, &*description));
    assert!(!result.has_changed && result.request.texts == SearchedTexts::Pairs);
}

#[test]
fn the_encoder_of_a_run_is_exported_into_a_folder_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::StartTextTraining(pairs(folder.path(), ShopPairs::Descriptions)));
    workbench.send(Command::StartTextTraining(text_task(folder.path(), 1)));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let of = |model: &str| {
        let runs = &workbench.state().text_runs;
        runs.iter().find(|run| run.model == model).expect("a run").clone()
    };
    let (search, task) = (of(TEXT_PAIRS), of(TEXT_TASK));
    assert!(search.has_encoder() && !task.has_encoder());
    let mut export = |run: &RunId| {
        let into = folder.path().join("out");
        workbench.send(Command::ExportEncoder(EncoderExport { run: run.clone(), into }));
        assert!(workbench.settle(PATIENCE, |_| ()));
        let exported = &workbench.state().exported_encoder;
        exported
            .value()
            .cloned()
            .filter(|_| exported.error().is_none())
            .ok_or_else(|| exported.error().expect("why not").to_owned())
    };
    let written = export(&search.id).expect("exported");
    let store = RunStore::open(&folder.path().join("shop")).expect("the runs");
    let vectors = |folder: &Path| {
        let embedder = Embedder::open(Some(folder), DeviceChoice::Cpu).expect("it opens");
        let texts = ["a red mug".to_owned(), "something else".to_owned()];
        embedder.embed(&texts, &Control::default()).expect("vectors")
    };
    assert_eq!(vectors(&written), vectors(&store.model_folder(&search.id)));
    assert!(export(&search.id).expect_err("taken").contains("holds a model already"));
    assert!(export(&task.id).expect_err("no encoder").contains("has no encoder to export"));
}

#[test]
fn texts_that_changed_or_went_since_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::StartTextTraining(of_file(folder.path())));
    workbench.send(Command::StartTextTraining(pretraining(folder.path(), 1)));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let [other, run] = &workbench.state().text_runs[..] else { panic!("two runs") };
    let (other, run) = (other.id.clone(), run.id.clone());
    let search = |workbench: &mut Workbench| ask(workbench, &run, "ask 3", SearchedTexts::Pairs);
    search(&mut workbench);
    assert_eq!((found(&workbench).searched, found(&workbench).has_changed), (30, false));

    let file = folder.path().join("pairs.csv");
    let table = std::fs::read_to_string(&file).expect("a table");
    std::fs::write(&file, format!("{table}one more,another answer\n")).expect("written");
    let mut workbench = reopened(folder.path());
    search(&mut workbench);
    assert_eq!((found(&workbench).searched, found(&workbench).has_changed), (31, true));

    std::fs::remove_file(&file).expect("removed");
    let mut workbench = reopened(folder.path());
    search(&mut workbench);
    let error = workbench.state().found.error().expect("it is gone").to_owned();
    assert!(error.contains("pairs.csv"), "{error}");
    ask(&mut workbench, &other, "ask 3", SearchedTexts::Products);
    let error = workbench.state().found.error().expect("it is a pre-training").to_owned();
    assert!(error.contains("is no search"), "{error}");
}

#[test]
fn learning_rates_are_looked_for_and_no_run_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    for request in [
        pairs(folder.path(), ShopPairs::Descriptions),
        text_task(folder.path(), 1),
        pretraining(folder.path(), 1),
    ] {
        workbench.send(Command::FindTextRate(request));
        assert!(workbench.settle(PATIENCE, |_| ()));
        let sweep = &workbench.state().rate_sweep;
        let found = sweep.value().unwrap_or_else(|| panic!("{:?}", sweep.error()));
        assert!(found.points.len() > 10 && found.encoder_rate < 1.0, "{found:?}");
    }
    assert!(workbench.state().text_runs.is_empty());
}
