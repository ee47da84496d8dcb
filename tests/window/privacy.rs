//! Presenter mode and provenance.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::workbench::Command;

use super::{settle, shows, wait, window_with_shop};

#[test]
fn presenter_mode_shows_no_ids_and_no_rows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Profiles);
    wait(&mut window, "the profile is there", |state| state.profile.value().is_some());
    for _ in 0..10 {
        settle(&mut window);
    }
    assert!(shows(&window, "U17") && !shows(&window, "Shopper 18"));
    window.state_mut().workbench().send(Command::SetPresenterMode(true));
    for _ in 0..10 {
        settle(&mut window);
    }
    assert!(shows(&window, "Presenter mode"), "the status bar says so");
    assert!(shows(&window, "Shopper 18") && !shows(&window, "U17"));
    assert!(shows(&window, "Hidden in presenter mode"), "the latest events are rows");
    window.state_mut().show(ViewId::Data);
    settle(&mut window);
    tab(&mut window, "Events");
    assert!(shows(&window, "Hidden in presenter mode"));
}

#[test]
fn the_provenance_page_names_files_and_hashes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Data);
    settle(&mut window);
    tab(&mut window, "Provenance");
    let events = std::fs::read(folder.path().join("shop/events.csv")).expect("the file");
    assert!(shows(&window, "events.csv") && shows(&window, "catalog.csv"));
    assert!(shows(&window, &format!("{} bytes", grouped(events.len()))));
    assert!(shows(&window, "as in the files"));
}

fn tab(window: &mut Harness<'_, App>, name: &str) {
    window.get_by_role_and_label(egui::Role::RadioButton, name).click();
    settle(window);
}

/// As the window writes whole numbers in English.
fn grouped(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}
