//! Projects on disk: whole or not at all.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FORMAT_VERSION, MANIFEST, Project, ProjectError, Writing, is_project, store};
use crate::control::{CancelToken, Control};
use crate::dataset::clean::{CleaningStep, Recipe};
use crate::dataset::event::EventKind;
use crate::dataset::load::{Loaded, guess_request, load};

fn shop(files: &str) -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load").join(files);
    let request = guess_request(&folder).unwrap().request;
    load(&request, &Control::default()).unwrap()
}

/// Another import of the same folder.
fn without_users() -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load/shop");
    let mut request = guess_request(&folder).unwrap().request;
    request.users.clear();
    load(&request, &Control::default()).unwrap()
}

fn data_folders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let names = entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(store::DATA_PREFIX)).collect();
    names.sort();
    names
}

fn open_error(folder: &Path) -> ProjectError {
    Project::open(folder, &Control::default()).unwrap_err()
}

#[test]
fn a_project_gives_back_what_was_imported() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("my shop");
    assert!(!is_project(&folder));
    let loaded = shop("shop");
    let created = Project::create(&folder, &loaded, &Control::default()).unwrap();
    assert!(is_project(&folder));
    let (opened, dataset, report) = Project::open(&folder, &Control::default()).unwrap();
    assert_eq!(opened, created);
    assert_eq!(report, loaded.report);
    let original = &loaded.dataset;
    assert_eq!(dataset.revision, original.revision);
    assert_eq!((&dataset.name, dataset.origin), (&original.name, original.origin));
    assert_eq!(dataset.interactions.len(), original.interactions.len());
    let events = |shop: &crate::dataset::Dataset| -> Vec<String> {
        let log = &shop.interactions;
        (0..log.len()).map(|row| format!("{:?} {:?}", log.user_of(row), log.row(row))).collect()
    };
    assert_eq!(events(&dataset), events(original));
    for (item, _) in original.items.iter().enumerate() {
        let item = crate::ids::ItemIdx::from_index(item);
        assert_eq!(dataset.catalog.product(item), original.catalog.product(item));
    }
    assert_eq!(dataset.user_attributes, original.user_attributes);
    assert_eq!(opened.manifest().sources.len(), 3);
}

#[test]
fn a_new_import_replaces_data_and_keeps_runs() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let first = Project::create(folder, &shop("shop"), &Control::default()).unwrap();
    fs::write(first.runs_db(), b"runs").unwrap();
    fs::create_dir(first.runs_dir()).unwrap();
    fs::write(first.runs_dir().join("model.bin"), b"model").unwrap();
    let second = Project::create(folder, &without_users(), &Control::default()).unwrap();
    assert_ne!(first.manifest().revision, second.manifest().revision);
    assert_eq!(data_folders(folder), [second.manifest().data.clone()]);
    assert_eq!(fs::read(second.runs_db()).unwrap(), b"runs");
    assert_eq!(fs::read(second.runs_dir().join("model.bin")).unwrap(), b"model");
    // The same data again go into a folder of their own, too.
    let third = Project::create(folder, &without_users(), &Control::default()).unwrap();
    assert_eq!(second.manifest().revision, third.manifest().revision);
    assert!(Project::open(folder, &Control::default()).is_ok());
}

#[test]
fn an_interrupted_import_leaves_the_previous_state() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let first = Project::create(folder, &shop("shop"), &Control::default()).unwrap();
    // Killed while writing: a folder of data, half a table and a new manifest, no rename.
    let data = store::new_data_folder(folder, "0123456789abcdef").unwrap();
    fs::write(data.join("shop.columns"), b"half").unwrap();
    fs::write(folder.join("project.json.new"), b"{").unwrap();
    let strange = ["data-backup-2", "data-0123", "data-0123456789abcdef-1"];
    strange.iter().for_each(|name| fs::create_dir(folder.join(name)).unwrap());
    // While somebody writes, the folder may be the one that is written.
    let writing = Writing::begin(folder).unwrap();
    Project::open(folder, &Control::default()).unwrap();
    assert!(data.is_dir());
    drop(writing);
    let (opened, dataset, _) = Project::open(folder, &Control::default()).unwrap();
    assert_eq!(opened, first);
    assert_eq!(dataset.n_users(), 4);
    assert!(!data.exists(), "opening clears up");
    for name in strange {
        fs::remove_dir(folder.join(name)).expect("what is named otherwise is not ours");
    }
    let data = store::new_data_folder(folder, "0123456789abcdef").unwrap();
    let next = Project::create(folder, &without_users(), &Control::default()).unwrap();
    assert_eq!(data_folders(folder), [next.manifest().data.clone()]);
    assert!(!data.exists(), "so does the next import");
    assert!(!folder.join("project.json.new").exists());
}

#[test]
fn a_failed_or_cancelled_import_changes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let first = Project::create(folder, &shop("shop"), &Control::default()).unwrap();
    // The rename cannot be prepared: a folder stands where the new manifest would.
    fs::create_dir(folder.join("project.json.new")).unwrap();
    let failed = Project::create(folder, &without_users(), &Control::default());
    assert!(matches!(failed, Err(ProjectError::Io { .. })));
    let cancelled = Control::default();
    cancelled.cancel_token().cancel();
    let stopped = Project::create(folder, &without_users(), &cancelled);
    assert!(matches!(stopped, Err(ProjectError::Cancelled(_))));
    assert_eq!(data_folders(folder), [first.manifest().data.clone()]);
    assert_eq!(Project::open(folder, &Control::default()).unwrap().0, first);
}

#[test]
fn a_newer_project_is_neither_read_nor_written_over() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let text = format!("{{\"format_version\": {}, \"shape\": \"unknown\"}}", FORMAT_VERSION + 1);
    fs::write(folder.join(MANIFEST), &text).unwrap();
    let message = open_error(folder).to_string();
    let found = format!("written by a newer version (format {}", FORMAT_VERSION + 1);
    assert!(message.contains(&found), "{message}");
    assert!(message.contains("Update the program"), "{message}");
    let written = Project::create(folder, &shop("shop"), &Control::default());
    assert!(matches!(written, Err(ProjectError::Newer { .. })));
    assert_eq!(fs::read_to_string(folder.join(MANIFEST)).unwrap(), text);
}

#[test]
fn damage_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    assert!(matches!(open_error(folder), ProjectError::NotAProject { .. }));
    let project = Project::create(folder, &shop("shop"), &Control::default()).unwrap();
    let data = folder.join(&project.manifest().data);
    let columns = data.join("shop.columns");
    let good = fs::read(&columns).unwrap();
    fs::write(&columns, &good[..good.len() / 2]).unwrap();
    assert!(open_error(folder).to_string().contains("contradicts the other columns"));
    fs::remove_file(&columns).unwrap();
    assert!(open_error(folder).to_string().contains("the columns are missing"));
    // Columns of another import do not go with this manifest.
    let other = tempfile::tempdir().unwrap();
    let other_project =
        Project::create(other.path(), &without_users(), &Control::default()).unwrap();
    for name in ["shop.columns", "columns.json"] {
        let foreign = other.path().join(&other_project.manifest().data).join(name);
        fs::copy(foreign, data.join(name)).unwrap();
    }
    assert!(open_error(folder).to_string().contains("not those that were imported"));
    fs::write(folder.join(MANIFEST), b"{\"format_version\": 1}").unwrap();
    assert!(open_error(folder).to_string().contains("project.json cannot be read"));
    fs::write(folder.join(MANIFEST), b"nonsense").unwrap();
    assert!(open_error(folder).to_string().contains("Import the files again"));
}

/// A project that an older version of the program wrote.
fn older(format: u64, folder: &Path) {
    let stored = format!("tests/fixtures/project/format-{format}");
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join(stored), folder);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn projects_of_older_formats_are_read() {
    let temp = tempfile::tempdir().unwrap();
    let imported = shop("shop").dataset;
    for (format, views) in [(1, imported.interactions.counts().get(EventKind::View)), (2, 0)] {
        let folder = temp.path().join(format.to_string());
        older(format, &folder);
        let (project, dataset, _) = Project::open(&folder, &Control::default()).unwrap();
        assert_eq!(project.manifest().format_version, format);
        assert_eq!(dataset.interactions.counts().get(EventKind::View), views);
        assert_eq!(dataset.revision == imported.revision, format == 1);
        // Cleaned anew, the imported data stay in their tables beside the columns.
        let recipe = Recipe::default().with(CleaningStep::DropUnusedProducts);
        Project::clean(&folder, &recipe, &Control::default()).unwrap();
        assert_eq!(data_folders(&folder).len(), 2);
        let restored = Project::clean(&folder, &Recipe::default(), &Control::default()).unwrap();
        assert_eq!(restored.dataset.revision, imported.revision);
        let (project, dataset, _) = Project::open(&folder, &Control::default()).unwrap();
        assert_eq!(project.manifest().format_version, FORMAT_VERSION);
        assert_eq!(dataset.revision, imported.revision);
    }
}

#[test]
fn damaged_tables_of_older_formats_are_named() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    older(1, folder);
    let project = Project::open(folder, &Control::default()).unwrap().0;
    let events = folder.join(&project.manifest().data).join("events.parquet");
    let good = fs::read(&events).unwrap();
    fs::write(&events, &good[..good.len() / 2]).unwrap();
    assert!(open_error(folder).to_string().contains("a table cannot be read"));
    fs::remove_file(&events).unwrap();
    assert!(open_error(folder).to_string().contains("a table is missing"));
}

/// A stop that comes when so much of the saving was told.
fn stopping_at(report: usize) -> Control {
    let token = CancelToken::default();
    let (cancel, told) = (token.clone(), AtomicUsize::new(0));
    Control::new(token, move |progress| {
        if progress.stage == "stage-saving" && told.fetch_add(1, Ordering::SeqCst) == report {
            cancel.cancel();
        }
    })
}

#[test]
fn a_stop_in_mid_import_leaves_nothing_behind() {
    let temp = tempfile::tempdir().unwrap();
    let fresh = temp.path().join("fresh");
    let kept = temp.path().join("kept");
    let first = Project::create(&kept, &shop("shop"), &Control::default()).unwrap();
    for report in 0..6 {
        let stopped = Project::create(&fresh, &without_users(), &stopping_at(report));
        assert!(matches!(stopped, Err(ProjectError::Cancelled(_))), "{report}: {stopped:?}");
        assert!(!fresh.exists(), "{report}");
        let stopped = Project::create(&kept, &without_users(), &stopping_at(report));
        assert!(matches!(stopped, Err(ProjectError::Cancelled(_))), "{report}");
        assert_eq!(fs::read_dir(&kept).unwrap().count(), 3, "{report}: manifest, lock and data");
        assert_eq!(Project::open(&kept, &Control::default()).unwrap().0, first);
    }
}

#[test]
fn a_program_killed_at_any_moment_of_an_import_leaves_the_old_project() {
    let temp = tempfile::tempdir().unwrap();
    let whole = temp.path().join("whole");
    let next = Project::create(&whole, &without_users(), &Control::default()).unwrap();
    let written = whole.join(&next.manifest().data);
    let columns = fs::read(written.join("shop.columns")).unwrap();
    // In the order in which an import writes them; of the last one there is a part.
    let steps = ["shop.columns", "columns.json", "report.json"];
    for n_files in 0..=steps.len() {
        for part in [0, columns.len() / 2, usize::MAX] {
            let folder = temp.path().join(format!("killed-{n_files}-{part}"));
            let first = Project::create(&folder, &shop("shop"), &Control::default()).unwrap();
            let data = store::new_data_folder(&folder, &next.manifest().revision.0).unwrap();
            for (position, name) in steps[..n_files].iter().enumerate() {
                let bytes = fs::read(written.join(name)).unwrap();
                let is_last = position + 1 == n_files;
                let length = if is_last { part.min(bytes.len()) } else { bytes.len() };
                fs::write(data.join(name), &bytes[..length]).unwrap();
            }
            if n_files == steps.len() {
                let manifest = fs::read(whole.join(MANIFEST)).unwrap();
                let length = part.min(manifest.len());
                fs::write(folder.join("project.json.new"), &manifest[..length]).unwrap();
            }
            let (opened, dataset, _) = Project::open(&folder, &Control::default()).unwrap();
            assert_eq!((opened, dataset.n_users()), (first, 4), "{n_files} files, {part} bytes");
            // The next import works and clears up.
            let again = Project::create(&folder, &without_users(), &Control::default()).unwrap();
            assert_eq!(data_folders(&folder), [again.manifest().data.clone()]);
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
        }
    }
}
