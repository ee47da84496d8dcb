//! The workbench without a window: commands in, state out.

use std::path::Path;
use std::time::Duration;

use shelfwise::analysis::similarity::{SimilarityOptions, SimilaritySpec};
use shelfwise::analysis::table::{TableKind, TableQuery};
use shelfwise::analysis::transitions::TransitionOptions;
use shelfwise::dataset::split::{Phase, SplitSpec};
use shelfwise::eval::CaseLimit;
use shelfwise::ids::{ItemIdx, UserIdx};
use shelfwise::model::ModelConfig;
use shelfwise::model::bert::config::{BertConfig, Trainable};
use shelfwise::model::bert::device::DeviceChoice;
use shelfwise::runs::RunStatus;
use shelfwise::workbench::{
    Command, EvaluationRequest, ExportRequest, Folders, HistorySource, RecommendRequest, Severity,
    TrainingRequest, Workbench,
};

use crate::shop;

const PATIENCE: Duration = Duration::from_mins(1);

fn workbench(folder: &Path) -> Workbench {
    Workbench::headless(Folders::below(folder), DeviceChoice::Cpu)
}

fn send(workbench: &mut Workbench, command: Command) {
    workbench.send(command);
    assert!(workbench.settle(PATIENCE, |_| {}), "the work ended in time");
}

fn open(folder: &Path) -> Workbench {
    let files = shop::write(folder);
    let mut workbench = workbench(folder);
    send(&mut workbench, Command::OpenFolder(files));
    assert_eq!(workbench.state().shop.error(), None);
    workbench
}

fn train(config: ModelConfig) -> Command {
    Command::StartTraining(TrainingRequest {
        name: String::new(),
        config,
        split: SplitSpec::default(),
        seed: 1,
        device: DeviceChoice::Cpu,
    })
}

#[test]
fn a_folder_of_files_becomes_a_project_and_is_opened_from_it_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = open(folder.path());
    let opened = first.state().shop.value().expect("open");
    let project = opened.project.clone();
    assert!(project.starts_with(folder.path().join("projects")));
    assert_eq!(opened.dataset.n_users(), shop::N_USERS);
    let overview = first.state().overview.value().expect("computed after opening");
    assert_eq!(overview.users.len(), shop::N_USERS);
    assert_eq!(overview.items.len(), shop::N_ITEMS);

    let mut second = workbench(folder.path());
    send(&mut second, Command::OpenFolder(project));
    let again = second.state().shop.value().expect("open");
    assert_eq!(again.dataset.revision, opened.dataset.revision);
    let (before, after) = (&opened.dataset, &again.dataset);
    assert_eq!(after.interactions.len(), before.interactions.len());
    for row in 0..before.interactions.len() {
        assert_eq!(after.interactions.row(row), before.interactions.row(row));
        assert_eq!(after.interactions.user_of(row), before.interactions.user_of(row));
    }
    for item in (0..shop::N_ITEMS).map(ItemIdx::from_index) {
        assert_eq!(after.catalog.product(item), before.catalog.product(item));
    }
}

#[test]
fn a_failure_leaves_the_open_shop_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    let before = workbench.state().shop.value().expect("open").dataset.clone();
    send(&mut workbench, Command::OpenFolder(folder.path().join("nowhere")));
    let state = workbench.state();
    assert!(state.shop.error().is_some_and(|error| error.contains("nowhere")));
    let after = &state.shop.value().expect("still open").dataset;
    assert!(std::sync::Arc::ptr_eq(&before, after));
    assert!(state.notices.iter().any(|notice| notice.severity == Severity::Error));
}

#[test]
fn analyses_fill_the_state() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    send(&mut workbench, Command::SelectUser(Some(UserIdx(2))));
    send(&mut workbench, Command::ComputeTransitions(TransitionOptions::default()));
    send(
        &mut workbench,
        Command::ComputeSimilarity(SimilaritySpec::default(), SimilarityOptions::default()),
    );
    let state = workbench.state();
    assert_eq!(state.profile.value().map(|profile| profile.user), Some(UserIdx(2)));
    let chain = state.transitions.value().expect("transitions");
    let mass: f64 = chain.stationary.distribution.iter().sum();
    assert!((mass - 1.0).abs() < 1e-9);
    assert_eq!(state.similarity.value().expect("similarity").matrix.ids.len(), shop::N_ITEMS);
}

#[test]
fn a_training_ends_with_a_judgement_beside_the_baselines() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    send(&mut workbench, train(ModelConfig::by_name("markov").expect("registered")));
    let state = workbench.state();
    let run = &state.runs[0];
    assert_eq!(run.status, RunStatus::Finished);
    assert_eq!(state.selection.run.as_ref(), Some(&run.id));
    let table = state.evaluation.value().expect("judged");
    assert_eq!(table.run, run.id);
    let models: Vec<_> = table.rows.iter().map(|row| row.model).collect();
    assert_eq!(models, ["markov", "popularity", "markov", "item_knn"]);
    let own = &table.differences["markov"];
    assert!(own.difference.abs() < 1e-12, "a model does not beat itself");

    let run = run.id.clone();
    send(
        &mut workbench,
        Command::Recommend(RecommendRequest {
            run: Some(run.clone()),
            source: HistorySource::Items(vec![ItemIdx(0), ItemIdx(1)]),
            k: 5,
            filter_viewed: true,
        }),
    );
    let set = workbench.state().recommendations.value().expect("lists").clone();
    assert_eq!(set.lists.len(), 4);
    assert_eq!(set.lists[0].items, set.lists[2].items, "the same chain from both sides");
    for list in &set.lists {
        assert!(list.items.iter().all(|one| one.item.0 > 1), "seen products are left out");
    }

    send(
        &mut workbench,
        Command::Evaluate(EvaluationRequest {
            run: run.clone(),
            ks: vec![3],
            phase: Phase::Validation,
            mask_seen: false,
            cases: CaseLimit::AtMost(5),
        }),
    );
    let table = workbench.state().evaluation.value().expect("judged again").clone();
    assert_eq!(table.phase, Phase::Validation);
    assert_eq!(table.metric, "ndcg@3");
    for row in &table.rows {
        assert_eq!(row.report.protocol.n_users, 5, "the run and what it is held against");
        assert!(row.report.protocol.is_sampled());
    }

    send(&mut workbench, Command::RenameRun(run.clone(), "chain".to_owned()));
    assert_eq!(workbench.state().runs[0].name, "chain");
    send(&mut workbench, Command::DeleteRun(run.clone()));
    assert!(workbench.state().runs.is_empty());
    assert_eq!(workbench.state().selection.run, None);
    let notice = workbench.state().notices.last().expect("it is told");
    let undo = notice.undo.clone().expect("it can be taken back");
    send(&mut workbench, undo);
    assert_eq!(workbench.state().runs[0].name, "chain");
    assert_eq!(workbench.state().selection.run, Some(run));
}

#[test]
fn only_one_training_runs_at_a_time_and_it_can_be_cancelled() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    let bert = ModelConfig::by_name("bert").expect("registered");
    workbench.send(train(bert.clone()));
    workbench.send(train(bert));
    assert_eq!(workbench.state().runs.len(), 2);
    let [waiting] = workbench.state().queue.as_slice() else { panic!("the second one waits") };
    let waiting = waiting.run.clone();
    workbench.send(Command::CancelQueued(waiting));
    std::thread::sleep(Duration::from_millis(300));
    let asked = std::time::Instant::now();
    workbench.send(Command::CancelTraining);
    assert!(workbench.settle(PATIENCE, |_| {}));
    // The promise is a second; a loaded test machine gets some grace.
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    let statuses: Vec<RunStatus> = workbench.state().runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatus::Cancelled; 2]);
}

/// Whether the training has come to where it waits.
fn is_paused(workbench: &Workbench) -> bool {
    let ticket = workbench.state().training.as_ref().and_then(|training| training.ticket.as_ref());
    let progress = ticket.expect("it is not over").progress();
    progress.is_some_and(|(progress, _)| progress.stage == "stage-paused")
}

#[test]
fn a_paused_training_waits_and_goes_on_or_ends_when_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    let config = ModelConfig::Bert(BertConfig {
        trainable: Trainable::TopLayers(0),
        epochs: 1,
        warm_start_epochs: 0,
        max_validation_cases: Some(4),
        ..BertConfig::default()
    });
    for goes_on in [true, false] {
        workbench.send(train(config.clone()));
        workbench.send(Command::PauseTraining(true));
        while !is_paused(&workbench) {
            assert!(!workbench.settle(Duration::from_millis(50), |_| {}), "it waits");
        }
        workbench.send(if goes_on {
            Command::PauseTraining(false)
        } else {
            Command::CancelTraining
        });
        assert!(workbench.settle(PATIENCE, |_| {}));
        let runs = &workbench.state().runs;
        let is_status = |status| runs.iter().filter(|run| run.status == status).count();
        assert_eq!(is_status(RunStatus::Finished), 1);
        assert_eq!(is_status(RunStatus::Cancelled), usize::from(!goes_on));
    }
}

#[test]
fn rows_are_exported_as_a_job_and_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    let out = folder.path().join("out");
    std::fs::create_dir(&out).expect("a folder for the file");
    let export = |path: &Path| {
        Command::ExportTable(ExportRequest {
            query: TableQuery::whole(TableKind::Products),
            columns: vec!["id".to_owned(), "price".to_owned(), "no such".to_owned()],
            path: path.to_path_buf(),
        })
    };
    let path = out.join("products.csv");
    send(&mut workbench, export(&path));
    let written = std::fs::read_to_string(&path).expect("the file is there");
    assert!(written.starts_with("id,price\r\n"), "{written}");
    assert_eq!(written.lines().count(), shop::N_ITEMS + 1);
    let result = workbench.state().export.value().expect("the result of the export");
    assert_eq!(result.rows, shop::N_ITEMS as u64);
    // Stopped at whatever moment: the file as it was, and nothing beside it.
    workbench.send(export(&path));
    send(&mut workbench, Command::CancelExport);
    assert_eq!(std::fs::read_to_string(&path).expect("it is still there"), written);
    assert_eq!(std::fs::read_dir(&out).expect("the folder").count(), 1);
    send(&mut workbench, export(&out.join("missing").join("products.csv")));
    let error = workbench.state().export.error().expect("there is no such folder");
    assert!(error.contains("products.csv"), "{error}");
}
