//! A locked project: the store and models as their users meet them, and what lies on the disk.

use std::fs;
use std::path::Path;

use super::*;
use crate::control::Control;
use crate::dataset::clean::{CleaningStep, EventTest, Recipe};
use crate::dataset::event::EventKind;
use crate::dataset::load::{Loaded, guess_request, load};
use crate::dataset::project::{Project, ProjectError};
use crate::dataset::split::{Phase, Split};
use crate::eval::EvalReport;
use crate::eval::fixtures::report;
use crate::model::bert::device::DeviceChoice;
use crate::model::markov::MarkovConfig;
use crate::model::{FitContext, SilentObserver, fit, load as load_model};
use crate::vault::{Passphrase, VaultError, is_locked, keyring};

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".to_owned()).unwrap()
}

fn imported(folder: &Path) -> Loaded {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load/shop");
    let request = guess_request(&files).unwrap().request;
    let loaded = load(&request, &Control::default()).unwrap();
    Project::create(folder, &loaded, &Control::default()).unwrap();
    loaded
}

fn new_run(name: &str, loaded: &Loaded) -> NewRun {
    NewRun {
        name: name.to_owned(),
        work: Work::Recommender {
            config: Box::new(ModelConfig::Markov(MarkovConfig::default())),
            split: SplitSpec::default(),
        },
        seed: 1,
        revision: loaded.dataset.revision.clone(),
        device: "cpu".to_owned(),
    }
}

fn figures() -> EvalReport {
    report("markov", &[0.25, 0.5, 1.0])
}

fn epoch(number: u32) -> EpochReport {
    EpochReport {
        epoch: number,
        train_loss: Some(0.5),
        validation: [("ndcg@10".to_owned(), 0.25)].into(),
        secs: 1.5,
        is_best: true,
    }
}

fn finished(folder: &Path, name: &str, loaded: &Loaded) -> RunId {
    let store = RunStore::open(folder).unwrap();
    let lease = store.begin(&new_run(name, loaded)).unwrap();
    let id = lease.id().clone();
    store.record_epoch(&lease, &epoch(1)).unwrap();
    let split = Split::new(&loaded.dataset, &SplitSpec::default()).unwrap();
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let config = ModelConfig::Markov(MarkovConfig::default());
    let model = fit(&config, &loaded.dataset, &split, &context).unwrap();
    store.save_model(&lease, model.as_ref()).unwrap();
    store.end(lease, &RunOutcome::Finished, 2.0).unwrap();
    store.put_report(&id, &figures()).unwrap();
    id
}

fn texts_on_disk(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts_on_disk(&path));
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            found.push((path.display().to_string(), text));
        }
    }
    found
}

fn show_nothing(folder: &Path, id: &RunId) {
    for (path, text) in texts_on_disk(folder) {
        let path = path.strip_prefix(&folder.display().to_string()).unwrap_or(&path);
        for secret in ["SQLite", "markov", "secret run", "safetensors", "ndcg", "revision", &id.0] {
            assert!(!path.contains(secret), "{secret} in the path {path}");
            assert!(!text.contains(secret), "{secret} in {path}");
        }
    }
}

#[test]
fn a_locked_project_works_as_one_in_clear_and_shows_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let loaded = imported(folder);
    let before = finished(folder, "secret run", &loaded);
    let locking = lock_project(folder, &passphrase(), &Control::default()).unwrap();
    assert_eq!(locking.in_clear, Vec::<std::path::PathBuf>::new());
    show_nothing(folder, &before);
    // What is there is read.
    let (project, dataset, _) = Project::open(folder, &Control::default()).unwrap();
    assert_eq!(dataset.revision, loaded.dataset.revision);
    assert_eq!(project.manifest().revision, loaded.dataset.revision);
    let store = RunStore::open(folder).unwrap();
    let run = store.get(&before).unwrap();
    assert_eq!((run.name.as_str(), run.status), ("secret run", RunStatus::Finished));
    assert_eq!(run.epochs, [epoch(1)]);
    assert_eq!(store.report(&before, Phase::Test).unwrap(), Some(figures()));
    let config = run.model_config().unwrap();
    load_model(&config, &store.model_folder(&before), DeviceChoice::Cpu).unwrap();
    // New things are written, by one store and seen by another.
    let after = finished(folder, "secret run 2", &loaded);
    assert_eq!(store.list().unwrap().len(), 2);
    store.rename(&before, "secret run 1").unwrap();
    let recipe = Recipe::default()
        .with(CleaningStep::DropEvents { kinds: vec![EventKind::View], when: EventTest::Any });
    let cleaned = Project::clean(folder, &recipe, &Control::default()).unwrap();
    show_nothing(folder, &after);
    // Closed, nothing can be had or written.
    keyring::forget(folder);
    let closed = Project::open(folder, &Control::default()).unwrap_err();
    assert!(matches!(closed, ProjectError::Locked { .. }), "{closed}");
    let closed = Project::create(folder, &loaded, &Control::default()).unwrap_err();
    assert!(matches!(closed, ProjectError::Locked { .. }), "{closed}");
    assert!(matches!(RunStore::open(folder), Err(RunStoreError::Locked(_))));
    assert_eq!(Project::key_fingerprint(folder), None);
    // Open again.
    keyring::add(folder, &passphrase()).unwrap();
    let (_, dataset, _) = Project::open(folder, &Control::default()).unwrap();
    assert_eq!(dataset.revision, cleaned.dataset.revision);
    let store = RunStore::open(folder).unwrap();
    assert_eq!(store.resolve("secret run 1").unwrap().id, before);
    store.delete(&after).unwrap();
    store.empty_bin(std::time::Duration::ZERO).unwrap();
    drop(store);
    // In clear again.
    unlock_project(folder, &passphrase(), &Control::default()).unwrap();
    assert!(!is_locked(folder));
    let (_, dataset, _) = Project::open(folder, &Control::default()).unwrap();
    assert_eq!(dataset.revision, cleaned.dataset.revision);
    let store = RunStore::open(folder).unwrap();
    let runs = store.list().unwrap();
    assert_eq!(runs.iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["secret run 1"]);
    assert_eq!(store.report(&before, Phase::Test).unwrap(), Some(figures()));
    load_model(&config, &store.model_folder(&before), DeviceChoice::Cpu).unwrap();
    let names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!names.iter().any(|name| name == "vault" || name == "key.age"), "{names:?}");
}

#[test]
fn a_project_in_training_is_not_locked_or_unlocked() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let loaded = imported(folder);
    let store = RunStore::open(folder).unwrap();
    let lease = store.begin(&new_run("busy", &loaded)).unwrap();
    let refused = lock_project(folder, &passphrase(), &Control::default()).unwrap_err();
    assert!(matches!(refused, LockError::Runs(RunStoreError::Busy(_))), "{refused}");
    assert!(!is_locked(folder) && !folder.join("vault").exists());
    store.end(lease, &RunOutcome::Cancelled, 1.0).unwrap();
    lock_project(folder, &passphrase(), &Control::default()).unwrap();
    let store = RunStore::open(folder).unwrap();
    let id = store.list().unwrap()[0].id.clone();
    let lease = store.resume(&id).unwrap();
    let refused = unlock_project(folder, &passphrase(), &Control::default()).unwrap_err();
    assert!(matches!(refused, LockError::Runs(RunStoreError::Busy(_))), "{refused}");
    assert!(is_locked(folder));
    // Dropped without an end, as by a killed process.
    drop(lease);
    assert_eq!(store.get(&id).unwrap().status, RunStatus::Interrupted);
    keyring::forget(folder);
}

#[test]
fn a_project_that_nothing_was_trained_in_is_locked_too() {
    let temp = tempfile::tempdir().unwrap();
    let loaded = imported(temp.path());
    lock_project(temp.path(), &passphrase(), &Control::default()).unwrap();
    assert_eq!(RunStore::open(temp.path()).unwrap().list().unwrap(), []);
    finished(temp.path(), "first", &loaded);
    let wrong = Passphrase::new("other".to_owned()).unwrap();
    let refused = unlock_project(temp.path(), &wrong, &Control::default()).unwrap_err();
    assert!(matches!(refused, LockError::Vault(VaultError::WrongPassphrase { .. })), "{refused}");
    unlock_project(temp.path(), &passphrase(), &Control::default()).unwrap();
    assert_eq!(RunStore::open(temp.path()).unwrap().list().unwrap().len(), 1);
}

#[test]
fn damaged_content_is_no_database() {
    let temp = tempfile::tempdir().unwrap();
    let loaded = imported(temp.path());
    finished(temp.path(), "first", &loaded);
    let content = database::content_of(&temp.path().join("runs.sqlite")).unwrap().unwrap();
    let read = |bytes: &[u8]| {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        dump::read(bytes, &mut connection)
    };
    read(&content).unwrap();
    for end in [0, 5, 20, 40, content.len() / 2, content.len() - 1] {
        assert!(read(&content[..end]).is_err(), "{end} bytes of {}", content.len());
    }
    assert!(read(&[content.as_slice(), b"x"].concat()).is_err());
    let mut newer = content.clone();
    newer[16] = 99;
    assert!(matches!(read(&newer), Err(dump::DumpError::Newer(99))));
}
