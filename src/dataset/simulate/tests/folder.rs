use std::fs;
use std::path::Path;
use std::sync::Mutex;

use super::super::SimulateError;
use super::*;
use crate::control::CancelToken;

const FILES: [&str; 4] = ["catalog.csv", "events.csv", "users.csv", "shop.json"];

fn simulate(config: &SimulateConfig, folder: &Path) -> Result<SimulateSummary, SimulateError> {
    simulate_to_folder(config, folder, &Control::default())
}

#[test]
fn the_committed_demo_shop_is_what_the_default_gives() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/demo_shop");
    let fresh = tempfile::tempdir().expect("a temporary folder");
    let folder = fresh.path().join("demo");
    let summary = simulate(&SimulateConfig::default(), &folder).expect("the shop is written");
    for name in FILES {
        let (ours, theirs) = (fs::read(folder.join(name)), fs::read(committed.join(name)));
        let same = ours.expect("just written") == theirs.expect("committed");
        assert!(same, "{name} differs: run `shelfwise simulate --out sample_data/demo_shop`");
    }
    assert!(summary.users >= 1500 && summary.items >= 500);
    let kinds: Vec<&str> = summary.events_by_type.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["cart", "purchase", "return", "review", "search", "view"]);
    let rows = fs::read_to_string(folder.join("events.csv")).expect("text").lines().count();
    assert_eq!(summary.events, rows as u64 - 1);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let bytes = [1, 3].map(|threads| {
        let folder = place.path().join(threads.to_string());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| simulate(&small(), &folder)).expect("the shop is written");
        FILES.map(|name| fs::read(folder.join(name)).expect("just written"))
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn another_seed_gives_another_shop() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let events = [5, 6].map(|seed| {
        let folder = place.path().join(seed.to_string());
        simulate(&SimulateConfig { seed, ..small() }, &folder).expect("the shop is written");
        fs::read(folder.join("events.csv")).expect("just written")
    });
    assert!(events[0] != events[1]);
}

#[test]
fn a_folder_with_anything_else_in_it_is_refused_and_untouched() {
    let place = tempfile::tempdir().expect("a temporary folder");
    fs::write(place.path().join("events.csv"), "mine").expect("written");
    let refused = simulate(&small(), place.path());
    assert!(
        matches!(&refused, Err(SimulateError::FolderInUse { found, .. }) if found == "events.csv")
    );
    assert_eq!(fs::read(place.path().join("events.csv")).expect("still there"), b"mine");
    let message = refused.expect_err("refused").to_string();
    assert!(message.contains("Choose an empty or new folder"), "{message}");
}

#[test]
fn an_older_simulated_shop_is_replaced_unless_something_was_added() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let folder = place.path().join("shop");
    simulate(&small(), &folder).expect("the shop is written");
    simulate(&SimulateConfig { seed: 6, ..small() }, &folder).expect("the shop is replaced");
    let manifest = fs::read_to_string(folder.join("shop.json")).expect("just written");
    assert!(manifest.contains("\"seed\": 6"), "{manifest}");
    fs::write(folder.join("notes.txt"), "mine").expect("written");
    assert!(matches!(simulate(&small(), &folder), Err(SimulateError::FolderInUse { .. })));
    let names = fs::read_dir(place.path()).expect("readable").count();
    assert_eq!(names, 1, "no temporary folder is left");
}

#[test]
fn a_cancelled_simulation_leaves_nothing_behind() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    let control = Control::new(cancel, move |_| stop.cancel());
    let many = SimulateConfig { users: 100_000, ..small() };
    let outcome = simulate_to_folder(&many, &place.path().join("shop"), &control);
    assert!(matches!(outcome, Err(SimulateError::Cancelled(_))));
    assert_eq!(fs::read_dir(place.path()).expect("readable").count(), 0);
}

#[test]
fn progress_rises_to_the_number_of_shoppers() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let seen = std::sync::Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let control = Control::new(CancelToken::default(), move |progress| {
        sink.lock().expect("not poisoned").push((progress.done, progress.total));
    });
    simulate_to_folder(&small(), &place.path().join("shop"), &control).expect("written");
    let seen = seen.lock().expect("not poisoned");
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&(700, 700)));
}

#[test]
fn numbers_out_of_range_are_named() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let none = SimulateConfig { users: 0, ..small() };
    let message = simulate(&none, &place.path().join("x")).expect_err("refused").to_string();
    assert!(message.contains("number of users") && message.contains("found 0"), "{message}");
}
