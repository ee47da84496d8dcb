//! Text tasks and pre-trainings as runs of a project, from the queue to a told text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Command, Folders, State, TellRequest, TextTrainingRequest, Workbench};
use crate::dataset::load::LoadRequest;
use crate::eval::pairs::PairTask;
use crate::eval::text::TextTask;
use crate::ids::RunId;
use crate::model::bert::config::Trainable;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::pairs::{PairConfig, PairSource, ShopPairs};
use crate::model::bert::pretrain::{CorpusSource, PretrainConfig, PretrainPlan, StartFrom};
use crate::model::bert::pretrained::Pretrained;
use crate::model::bert::tasks::{TargetColumn, TextInput, TextSource, TextSplit, TextTaskConfig};
use crate::model::bert::tiny_base;
use crate::runs::{
    PRETRAINING, PairTraining, RunStatus, TEXT_PAIRS, TEXT_TASK, TextOutcome, TextTraining, Work,
    model_folder,
};

pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// A workbench with the small shop open.
pub(super) fn workbench(folder: &Path) -> Workbench {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/window");
    let request = LoadRequest {
        name: "Corner shop".to_owned(),
        events: vec![root.join("events.csv")],
        catalog: vec![root.join("catalog.csv")],
        ..LoadRequest::default()
    };
    let mut workbench = Workbench::headless(Folders::below(folder), DeviceChoice::Cpu);
    workbench.send(Command::Import { project: folder.join("shop"), request });
    assert!(workbench.settle(PATIENCE, |_| ()));
    workbench
}

/// Texts that are told by one word.
fn write_texts(folder: &Path) -> PathBuf {
    let mut table = "opinion,body\n".to_owned();
    for row in 0..60 {
        let (opinion, word) = if row % 2 == 0 { ("good", "soft") } else { ("bad", "broken") };
        writeln!(table, "{opinion},a {word} thing of number {row}").expect("a text grows");
    }
    let path = folder.join("texts.csv");
    std::fs::write(&path, table).expect("written");
    path
}

fn base(folder: &Path) -> PathBuf {
    let base = folder.join("tiny");
    std::fs::create_dir_all(&base).expect("a folder");
    tiny_base(3, &base).expect("written");
    base
}

pub(super) fn text_task(folder: &Path, epochs: u32) -> TextTrainingRequest {
    let config = TextTaskConfig {
        base_model: Some(base(folder)),
        trainable: Trainable::Full,
        epochs,
        max_tokens: 16,
        encoder_learning_rate: 1e-2,
        head_learning_rate: 1e-2,
        ..TextTaskConfig::default()
    };
    TextTrainingRequest {
        name: String::new(),
        work: Work::Texts(Box::new(TextTraining {
            source: TextSource {
                files: vec![write_texts(folder)],
                text: vec!["body".to_owned()],
                second: None,
                target: TargetColumn::Label("opinion".to_owned()),
                part: None,
            },
            task: TextTask {
                config,
                split: "hash".parse::<TextSplit>().expect("a split"),
                per_class: None,
                robustness: false,
            },
        })),
        seed: 1,
        device: DeviceChoice::Cpu,
    }
}

pub(super) fn pretraining(folder: &Path, epochs: u32) -> TextTrainingRequest {
    let plan = PretrainPlan {
        texts: CorpusSource { shop: true, ..CorpusSource::default() },
        start: StartFrom::Folder(base(folder)),
        config: PretrainConfig { epochs, max_tokens: 16, ..PretrainConfig::default() },
    };
    TextTrainingRequest {
        name: "words".to_owned(),
        work: Work::Pretraining(Box::new(plan)),
        seed: 1,
        device: DeviceChoice::Cpu,
    }
}

pub(super) fn pairs(folder: &Path, source: ShopPairs) -> TextTrainingRequest {
    let config = PairConfig {
        base_model: Some(base(folder)),
        epochs: 2,
        batch_size: 4,
        max_tokens: 16,
        ..PairConfig::default()
    };
    let split = "hash:60/20/20@1".parse::<TextSplit>().expect("a split");
    let task = PairTask { config, split };
    TextTrainingRequest {
        name: String::new(),
        work: Work::Pairs(Box::new(PairTraining { source: PairSource::Shop(source), task })),
        seed: 1,
        device: DeviceChoice::Cpu,
    }
}

fn status(state: &State, run: &RunId) -> RunStatus {
    state.text_runs.iter().find(|known| known.id == *run).expect("a run").status
}

#[test]
fn a_text_task_is_a_run_with_a_result_and_a_model_to_try() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::LookAtTexts(write_texts(folder.path())));
    workbench.send(Command::StartTextTraining(text_task(folder.path(), 24)));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let state = workbench.state();
    let file = state.text_columns.value().expect("columns");
    assert_eq!((file.columns.texts.len(), file.columns.target.as_deref()), (1, Some("opinion")));
    assert!(state.runs.is_empty(), "no recommender was trained");
    let run = state.text_runs[0].clone();
    assert_eq!((run.model.as_str(), run.status), (TEXT_TASK, RunStatus::Finished), "{run:?}");
    assert_eq!(run.name, "text task 1");
    let training = state.training.as_ref().expect("it was the last one");
    let snapshot = training.log.snapshot();
    assert!(snapshot.samples.is_some_and(|(epoch, samples)| epoch == 24 && !samples.is_empty()));
    let TextOutcome::Task(first) = &state.result.value().expect("a result").outcome else {
        panic!("it is a text task");
    };
    assert!(first.report.metric("accuracy")["bert"] > 0.8, "{:?}", first.report.models);

    // Another session reads the same, and asks the model.
    let first = first.clone();
    let run = run.id;
    let mut workbench = Workbench::headless(Folders::below(folder.path()), DeviceChoice::Cpu);
    workbench.send(Command::OpenFolder(folder.path().join("shop")));
    assert!(workbench.settle(PATIENCE, |_| ()));
    workbench.send(Command::ReadResult(run.clone()));
    let input = TextInput { text: "a broken thing of number 7".to_owned(), second: None };
    workbench.send(Command::TellText(TellRequest { run, input }));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let state = workbench.state();
    let again = &state.result.value().expect("a result").outcome;
    assert_eq!(*again, TextOutcome::Task(first));
    let told = state.told.value().expect("a told text");
    assert_eq!(told.guesses[0].0, "bad", "{:?}", told.guesses);
}

#[test]
fn a_training_on_pairs_is_a_run_with_a_result_and_an_encoder() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::StartTextTraining(pairs(folder.path(), ShopPairs::Descriptions)));
    workbench.send(Command::StartTextTraining(pairs(folder.path(), ShopPairs::Queries)));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let state = workbench.state();
    assert!(state.runs.is_empty(), "no recommender was trained");
    let [without_queries, run] = &state.text_runs[..] else { panic!("two runs") };
    assert_eq!((run.model.as_str(), run.status), (TEXT_PAIRS, RunStatus::Finished), "{run:?}");
    assert_eq!((run.name.as_str(), run.epochs.len()), ("text pairs 1", 3));
    assert_eq!(without_queries.status, RunStatus::Failed);
    let error = without_queries.error.as_deref().unwrap_or_default();
    assert!(error.contains("no search query"), "{error}");
    let TextOutcome::Pairs(result) = &state.result.value().expect("a result").outcome else {
        panic!("it is a training on pairs");
    };
    assert_eq!(result.report.collection, result.data.rights);
    assert!(result.report.queries > 0 && result.report.models.len() == 5);
    let (result, run) = (result.clone(), run.id.clone());
    let project = state.shop.value().expect("a shop").project.clone();
    Pretrained::open(Some(&model_folder(&project, &run))).expect("an encoder to start from");

    let mut workbench = Workbench::headless(Folders::below(folder.path()), DeviceChoice::Cpu);
    workbench.send(Command::OpenFolder(folder.path().join("shop")));
    assert!(workbench.settle(PATIENCE, |_| ()));
    workbench.send(Command::ReadResult(run));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let again = &workbench.state().result.value().expect("a result").outcome;
    let TextOutcome::Pairs(again) = again else { panic!("it is a training on pairs") };
    assert_eq!((&again.source, &again.data), (&result.source, &result.data));
    assert_eq!(again.report.task, result.report.task);
}

#[test]
fn trainings_wait_for_each_other_and_one_that_is_taken_out_can_be_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::StartTextTraining(text_task(folder.path(), 2)));
    workbench.send(Command::StartTextTraining(pretraining(folder.path(), 1)));
    workbench.send(Command::StartTextTraining(pretraining(folder.path(), 2)));
    let queue = &workbench.state().queue;
    assert_eq!(queue.len(), 2);
    let (second, third) = (queue[0].run.clone(), queue[1].run.clone());
    workbench.send(Command::DeleteRun(third.clone()));
    assert_eq!(workbench.state().text_runs.len(), 3, "a waiting run is not deleted");
    workbench.send(Command::CancelQueued(third.clone()));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let state = workbench.state();
    assert!(state.queue.is_empty());
    assert_eq!(status(state, &third), RunStatus::Cancelled);
    assert_eq!(status(state, &second), RunStatus::Finished, "{:?}", state.notices);
    let result = state.result.value().expect("the result of the last one");
    assert!(matches!(&result.outcome, TextOutcome::Pretraining(found) if found.documents > 5));
    workbench.send(Command::ResumeTraining(third.clone()));
    assert!(workbench.settle(PATIENCE, |_| ()));
    assert_eq!(status(workbench.state(), &third), RunStatus::Finished);
    let models: Vec<&str> =
        workbench.state().text_runs.iter().map(|run| run.model.as_str()).collect();
    assert_eq!(models, [PRETRAINING, PRETRAINING, TEXT_TASK]);
}

#[test]
fn a_file_that_is_no_table_and_a_run_that_is_not_there_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::LookAtTexts(folder.path().join("missing.csv")));
    workbench.send(Command::ReadResult(RunId("20000101-000000-000".to_owned())));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let state = workbench.state();
    assert!(state.text_columns.error().is_some_and(|error| error.contains("missing.csv")));
    assert!(state.result.error().is_some_and(|error| error.contains("report")));
}
