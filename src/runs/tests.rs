//! The store as its users meet it, crashes and damaged files included.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::dataset::split::Phase;
use crate::eval::fixtures::report;
use crate::model::ModelConfig;
use crate::model::bert::device::DeviceChoice;
use crate::model::markov::MarkovConfig;

/// Set for the child process that a test kills: the project folder to train in.
const CHILD: &str = "SHELFWISE_TEST_TRAIN_IN";

fn new_run(name: &str) -> NewRun {
    NewRun {
        name: name.to_owned(),
        work: Work::Recommender {
            config: Box::new(ModelConfig::Markov(MarkovConfig {
                window: 3,
                ..MarkovConfig::default()
            })),
            split: SplitSpec::default(),
        },
        seed: u64::MAX - 1,
        revision: DatasetRevision("r1".to_owned()),
        device: "cpu".to_owned(),
    }
}

fn epoch(number: u32, loss: f32) -> EpochReport {
    EpochReport {
        epoch: number,
        train_loss: Some(loss),
        validation: BTreeMap::from([("ndcg@10".to_owned(), 0.25)]),
        secs: 1.5,
        is_best: number == 1,
    }
}

fn finished(store: &RunStore, name: &str) -> RunId {
    let lease = store.begin(&new_run(name)).unwrap();
    let id = lease.id().clone();
    store.end(lease, &RunOutcome::Finished, 2.0).unwrap();
    id
}

#[test]
fn a_run_comes_back_as_it_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let lease = store.begin(&new_run("first")).unwrap();
    let id = lease.id().clone();
    assert_eq!(store.get(&id).unwrap().status, RunStatus::Training);
    store.record_epoch(&lease, &epoch(1, 2.0)).unwrap();
    store.record_epoch(&lease, &epoch(2, 9.0)).unwrap();
    store.record_epoch(&lease, &epoch(2, 1.0)).unwrap();
    store.end(lease, &RunOutcome::Finished, 3.5).unwrap();
    drop(store);

    let run = RunStore::open(folder.path()).unwrap().get(&id).unwrap();
    let new = new_run("first");
    assert_eq!(run.work().unwrap(), new.work);
    assert_eq!(
        (&run.name, run.seed, &run.revision, &run.split),
        (&new.name, new.seed, &new.revision, &SplitSpec::default())
    );
    assert_eq!((run.status, run.fit_secs, run.error.as_deref()), (RunStatus::Finished, 3.5, None));
    assert_eq!(run.epochs, [epoch(1, 2.0), epoch(2, 1.0)]);
    let json = serde_json::to_value(&run).unwrap();
    assert_eq!((&json["status"], &json["config"]["window"]), (&"finished".into(), &3.into()));
}

#[test]
fn runs_are_listed_newest_first_and_found_by_id_name_or_latest() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let ids: Vec<RunId> = ["a", "b", "b", "c"].map(|name| finished(&store, name)).to_vec();
    assert!(ids.is_sorted_by(|a, b| a < b));
    let listed: Vec<RunId> = store.list().unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(listed, ids.iter().rev().cloned().collect::<Vec<_>>());
    let resolved = |text: &str| store.resolve(text).map(|run| run.id);
    assert_eq!(resolved(&ids[0].0).unwrap(), ids[0]);
    assert_eq!(resolved("b").unwrap(), ids[2], "the newest of the name");
    assert_eq!(resolved("latest").unwrap(), ids[3]);
    for text in ["", "2", "nothing"] {
        assert!(matches!(resolved(text), Err(RunStoreError::NoSuchRun(_))), "{text}");
    }
    store.rename(&ids[0], "better name").unwrap();
    assert_eq!(store.get(&ids[0]).unwrap().name, "better name");
    assert!(matches!(store.rename(&RunId("x".into()), "y"), Err(RunStoreError::NoSuchRun(_))));
}

#[test]
fn failed_and_cancelled_runs_can_be_resumed_and_finished_ones_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let lease = store.begin(&new_run("a")).unwrap();
    let id = lease.id().clone();
    assert!(matches!(store.resume(&id), Err(RunStoreError::Busy(_))));
    store.end(lease, &RunOutcome::Failed("the device is gone".to_owned()), 1.0).unwrap();
    let run = store.get(&id).unwrap();
    assert_eq!((run.status, run.error.as_deref()), (RunStatus::Failed, Some("the device is gone")));
    assert!(run.status.is_resumable());

    let lease = store.resume(&id).unwrap();
    assert_eq!(
        (store.get(&id).unwrap().status, store.get(&id).unwrap().error),
        (RunStatus::Training, None)
    );
    store.end(lease, &RunOutcome::Cancelled, 2.0).unwrap();
    let lease = store.resume(&id).unwrap();
    store.end(lease, &RunOutcome::Finished, 4.0).unwrap();
    assert_eq!(store.get(&id).unwrap().fit_secs, 7.0, "seconds add up");
    assert!(matches!(store.resume(&id), Err(RunStoreError::AlreadyFinished(_))));
    assert!(matches!(store.resume(&RunId("x".into())), Err(RunStoreError::NoSuchRun(_))));
}

#[test]
fn reports_come_back_with_the_values_per_shopper() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let id = finished(&store, "a");
    assert_eq!(store.report(&id, Phase::Test).unwrap(), None);
    store.put_report(&id, &report("x", &[0.5; 7])).unwrap();
    let newer = report("x", &[0.0, 1.0, 0.63]);
    store.put_report(&id, &newer).unwrap();
    assert_eq!(store.report(&id, Phase::Test).unwrap(), Some(newer.clone()));
    assert_eq!(store.report(&id, Phase::Validation).unwrap(), None);
    let summaries = store.summaries(Phase::Test).unwrap();
    assert_eq!(summaries[&id].metrics, newer.metrics);
    assert!(summaries[&id].per_user.is_empty());
    assert!(matches!(
        store.put_report(&RunId("x".into()), &newer),
        Err(RunStoreError::NoSuchRun(_))
    ));
}

#[test]
fn deleting_removes_everything_of_one_run_and_nothing_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let (id, other) = (finished(&store, "a"), finished(&store, "b"));
    for id in [&id, &other] {
        store.put_report(id, &report("x", &[0.5])).unwrap();
        fs::write(store.checkpoints_folder(id).unwrap().join("step"), "1").unwrap();
    }
    store.delete(&id).unwrap();
    store.empty_bin(Duration::ZERO).unwrap();
    assert!(matches!(store.get(&id), Err(RunStoreError::NoSuchRun(_))));
    assert!(matches!(store.restore(&id), Err(RunStoreError::NoSuchRun(_))));
    assert_eq!(store.report(&id, Phase::Test).unwrap(), None);
    assert!(!folder.path().join("runs").join(&id.0).exists());
    assert!(store.report(&other, Phase::Test).unwrap().is_some());
    assert!(store.checkpoints_folder(&other).unwrap().join("step").exists());
    let lease = store.resume_for_test(&other);
    assert!(matches!(store.delete(&other), Err(RunStoreError::Busy(_))));
    drop(lease);
}

#[test]
fn a_deleted_run_comes_back_whole_until_the_bin_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let (id, other) = (finished(&store, "a"), finished(&store, "b"));
    store.put_report(&id, &report("x", &[0.5])).unwrap();
    let before = store.get(&id).unwrap();
    assert!(matches!(store.restore(&id), Err(RunStoreError::NoSuchRun(_))), "it is not in the bin");

    store.delete(&id).unwrap();
    assert!(matches!(store.get(&id), Err(RunStoreError::NoSuchRun(_))));
    assert!(matches!(store.delete(&id), Err(RunStoreError::NoSuchRun(_))));
    assert!(store.resolve("a").is_err());
    assert_eq!(store.list().unwrap().len(), 1);
    store.empty_bin(Duration::from_hours(1)).unwrap();

    store.restore(&id).unwrap();
    assert_eq!(store.get(&id).unwrap(), before);
    assert!(store.report(&id, Phase::Test).unwrap().is_some());
    assert_eq!(store.list().unwrap().iter().map(|run| &run.id).collect::<Vec<_>>(), [&other, &id]);
}

#[test]
fn a_store_without_a_bin_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let id = finished(&RunStore::open(folder.path()).unwrap(), "a");
    let connection = rusqlite::Connection::open(folder.path().join("runs.sqlite")).unwrap();
    connection
        .execute_batch("ALTER TABLE runs DROP COLUMN deleted_ms; PRAGMA user_version = 1;")
        .unwrap();
    drop(connection);
    let store = RunStore::open(folder.path()).unwrap();
    assert_eq!(store.get(&id).unwrap().name, "a");
    store.delete(&id).unwrap();
    store.restore(&id).unwrap();
}

impl RunStore {
    /// The lease of a run, whatever its status.
    fn resume_for_test(&self, id: &RunId) -> RunLease {
        let folder = self.model_folder(id).parent().unwrap().to_owned();
        RunLease::take(id, &folder).unwrap()
    }
}

#[test]
fn a_model_is_saved_whole_and_replaces_the_one_before() {
    use crate::control::Control;
    use crate::dataset::split::{Split, fixtures::ring_shop};
    use crate::model::{FitContext, History, SilentObserver, fit, load};

    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let lease = store.begin(&new_run("a")).unwrap();
    let control = Control::default();
    let context = FitContext {
        control: &control,
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::default(),
        seed: 1,
    };
    for length in [5, 8] {
        let dataset = ring_shop(20, 10, length);
        let split = Split::new(&dataset, &SplitSpec::default()).unwrap();
        let config = ModelConfig::Markov(MarkovConfig { window: 3, ..MarkovConfig::default() });
        let model = fit(&config, &dataset, &split, &context).unwrap();
        // What a killed process may leave behind.
        fs::create_dir_all(store.model_folder(lease.id()).with_extension("partial")).unwrap();
        store.save_model(&lease, &*model).unwrap();
        let loaded =
            load(&config, &store.model_folder(lease.id()), DeviceChoice::default()).unwrap();
        assert_eq!(loaded.score(&History::default()), model.score(&History::default()));
    }
    let names = fs::read_dir(store.model_folder(lease.id()).parent().unwrap()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["lock", "model"]);
}

#[test]
fn a_lease_that_is_dropped_leaves_an_interrupted_run() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let lease = store.begin(&new_run("a")).unwrap();
    let id = lease.id().clone();
    drop(lease);
    assert_eq!(store.list().unwrap()[0].status, RunStatus::Interrupted);
    let lease = store.resume(&id).unwrap();
    assert_eq!(store.get(&id).unwrap().status, RunStatus::Training);
    store.end(lease, &RunOutcome::Finished, 1.0).unwrap();
    assert_eq!(store.get(&id).unwrap().status, RunStatus::Finished);
}

/// Runs only as the child of the test below.
#[test]
fn child_that_trains_until_it_is_killed() {
    let Ok(folder) = std::env::var(CHILD) else {
        return;
    };
    let store = RunStore::open(Path::new(&folder)).unwrap();
    let lease = store.begin(&new_run("child")).unwrap();
    store.record_epoch(&lease, &epoch(1, 2.0)).unwrap();
    std::thread::sleep(Duration::from_secs(50));
}

#[test]
fn a_run_of_another_process_is_training_while_it_lives_and_interrupted_once_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let store = RunStore::open(folder.path()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "runs::tests::child_that_trains_until_it_is_killed"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let run = loop {
        match store.list().unwrap().pop() {
            Some(run) if !run.epochs.is_empty() => break run,
            _ => assert!(started.elapsed() < Duration::from_secs(30), "the child never began"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(run.status, RunStatus::Training);
    assert!(matches!(store.resume(&run.id), Err(RunStoreError::Busy(_))));
    child.kill().unwrap();
    child.wait().unwrap();
    let found = store.get(&run.id).unwrap();
    assert_eq!((found.status, found.epochs.len()), (RunStatus::Interrupted, 1));
    assert!(store.resume(&run.id).is_ok());
}

#[test]
fn two_stores_of_one_project_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) =
        (RunStore::open(folder.path()).unwrap(), RunStore::open(folder.path()).unwrap());
    let ids = [finished(&one, "a"), finished(&two, "b"), finished(&one, "c")];
    assert!(ids.is_sorted());
    assert_eq!(one.list().unwrap(), two.list().unwrap());
    assert_eq!(two.list().unwrap().len(), 3);
}

fn refused(folder: &Path) -> RunStoreError {
    let path = folder.join("runs.sqlite");
    let before = fs::read(&path).unwrap();
    let error = RunStore::open(folder).expect_err("refused");
    assert_eq!(fs::read(&path).unwrap(), before, "the file is left as it is");
    assert!(error.to_string().contains("runs.sqlite"), "{error}");
    error
}

#[test]
fn damaged_foreign_and_newer_files_are_refused_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    fs::write(&path, "this is no database, but it is longer than a hundred bytes ".repeat(40))
        .unwrap();
    assert!(matches!(refused(folder.path()), RunStoreError::Corrupt { .. }));

    fs::remove_file(&path).unwrap();
    finished(&RunStore::open(folder.path()).unwrap(), "a");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(folder.path()), RunStoreError::Corrupt { .. }));

    fs::write(&path, &whole).unwrap();
    let set = |pragma: &str, value: i64| {
        rusqlite::Connection::open(&path).unwrap().pragma_update(None, pragma, value).unwrap();
    };
    set("user_version", 99);
    let newer = refused(folder.path());
    assert!(matches!(newer, RunStoreError::Newer { found: 99, supported: 2, .. }));
    assert!(newer.to_string().contains("update Shelfwise"), "{newer}");
    set("user_version", 1);
    set("application_id", 7);
    assert!(refused(folder.path()).to_string().contains("another program"));
}

#[test]
fn a_missing_folder_and_an_unknown_model_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let missing = RunStore::open(&folder.path().join("nowhere")).unwrap_err();
    assert!(matches!(missing, RunStoreError::Database { .. }), "{missing}");

    let store = RunStore::open(folder.path()).unwrap();
    let id = finished(&store, "a");
    let connection = rusqlite::Connection::open(folder.path().join("runs.sqlite")).unwrap();
    connection
        .execute("UPDATE runs SET model = 'oracle', config = '{\"model\":\"oracle\"}'", [])
        .unwrap();
    let run = store.get(&id).unwrap();
    assert!(matches!(run.model_config(), Err(RunStoreError::UnknownModel { .. })));
    connection.execute("UPDATE runs SET split = 'nonsense'", []).unwrap();
    assert!(store.list().is_err());
}
