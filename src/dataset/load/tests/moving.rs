//! Files that change or vanish while they are read, and reading that is stopped.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::control::CancelToken;
use crate::dataset::load::{FileProblem, WarningKind};

/// Does `act` when a stage is first reported.
fn at(stage: &'static str, act: impl Fn() + Send + Sync + 'static) -> Control {
    let is_done = AtomicBool::new(false);
    Control::new(CancelToken::default(), move |progress| {
        if progress.stage == stage && !is_done.swap(true, Ordering::SeqCst) {
            act();
        }
    })
}

/// The events of the small shop in a folder of their own, twice.
fn two_files(folder: &Path) -> LoadRequest {
    let files = ["first.csv", "second.csv"].map(|name| folder.join(name));
    for file in &files {
        fs::copy(fixture("shop/events.csv"), file).unwrap();
    }
    LoadRequest { events: files.to_vec(), ..LoadRequest::default() }
}

#[test]
fn a_file_that_vanishes_before_its_turn_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let request = two_files(folder.path());
    let second = request.events[1].clone();
    let control = at("stage-reading", move || fs::remove_file(&second).unwrap());
    match load(&request, &control) {
        Err(LoadError::File { problem: FileProblem::Missing, path, .. }) => {
            assert_eq!(path, request.events[1]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_vanishes_after_it_was_read_has_no_hash() {
    let folder = tempfile::tempdir().unwrap();
    let request = two_files(folder.path());
    let first = request.events[0].clone();
    let control = at("stage-assembling", move || fs::remove_file(&first).unwrap());
    let files = load(&request, &control).unwrap().report.provenance.files;
    assert_eq!((files[0].blake3.as_ref(), files[0].changed_while_read), (None, true));
    assert!(files[1].blake3.is_some() && !files[1].changed_while_read);
}

#[test]
fn a_file_that_grows_meanwhile_is_said_to_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let request = two_files(folder.path());
    let second = request.events[1].clone();
    let control = at("stage-assembling", move || {
        let mut file = OpenOptions::new().append(true).open(&second).unwrap();
        writeln!(file, "u1,p1,view,2024-03-09T10:00:00Z,,,").unwrap();
    });
    let report = load(&request, &control).unwrap().report;
    let files = &report.provenance.files;
    let changed: Vec<bool> = files.iter().map(|file| file.changed_while_read).collect();
    assert_eq!(changed, [false, true]);
    let warning = report.warnings.iter().find(|one| one.kind == WarningKind::ChangedFile).unwrap();
    assert!(warning.message.contains("second.csv") && warning.count == 1, "{warning:?}");
}

#[test]
fn a_file_that_is_cut_short_meanwhile_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let request = two_files(folder.path());
    let second = request.events[1].clone();
    let control = at("stage-reading", move || {
        let file = OpenOptions::new().write(true).open(&second).unwrap();
        let bytes = file.metadata().unwrap().len();
        file.set_len(bytes / 2).unwrap();
    });
    match load(&request, &control) {
        Err(LoadError::File { problem: FileProblem::ChangedMeanwhile, path, .. }) => {
            assert_eq!(path, request.events[1]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn reading_stops_at_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let request = two_files(folder.path());
    for stage in ["stage-reading", "stage-assembling", "stage-provenance"] {
        let token = CancelToken::default();
        let cancel = token.clone();
        let control = Control::new(token, move |progress| {
            if progress.stage == stage {
                cancel.cancel();
            }
        });
        let stopped = load(&request, &control);
        assert!(matches!(stopped, Err(LoadError::Cancelled(_))), "{stage}: {stopped:?}");
    }
}
