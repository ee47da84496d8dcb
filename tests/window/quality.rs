//! The Quality view.

use std::io::Write as _;
use std::path::Path;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::dataset::quality::FindingKind;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::workbench::Command;

use super::{click, settle, shows, wait, window};

/// The small shop with two events twice and one row without a shopper.
fn faulty_shop(folder: &Path) -> Harness<'static, App> {
    let shop = crate::shop::write(folder);
    let events = shop.join("events.csv");
    let text = std::fs::read_to_string(&events).expect("the events were written");
    let first: Vec<&str> = text.lines().skip(1).take(2).collect();
    let mut file =
        std::fs::OpenOptions::new().append(true).open(&events).expect("the events can be opened");
    writeln!(file, "{}\n{}", first[0], first[1]).expect("the events can be written");
    writeln!(file, ",2025-03-02T09:00:00Z,view,P1,1,6.50").expect("the events can be written");
    drop(file);
    let mut window = window(folder);
    window.state_mut().workbench().send(Command::OpenFolder(shop));
    wait(&mut window, "the shop is open", |state| state.overview.value().is_some());
    assert!(window.state_mut().workbench().state().quality.is_idle(), "nobody wanted to see it");
    window.state_mut().show(ViewId::Quality);
    wait(&mut window, "the data were checked", |state| state.quality.value().is_some());
    window
}

fn pick(window: &mut Harness<'_, App>, finding: &str) {
    let row = window.query_all_by_label_contains(finding).next().expect("the finding is listed");
    row.click();
    settle(window);
}

#[test]
fn findings_are_listed_with_severity_in_words_and_explained() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = faulty_shop(folder.path());
    assert!(shows(&window, "Warning: Exact duplicates, 2"));
    assert!(shows(&window, "Warning: Missing: Shopper (Events), 1"));
    pick(&mut window, "Warning: Exact duplicates");
    assert!(window.query_by_role_and_label(Role::Heading, "Exact duplicates").is_some());
    assert!(shows(&window, "Equal to another event in shopper, product"));
    assert!(shows(&window, "Removes 2 events."));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn the_chart_can_be_read_as_a_table_and_examples_pick_the_shopper() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = faulty_shop(folder.path());
    pick(&mut window, "Warning: Exact duplicates");
    click(&mut window, "Menu of Where it shows");
    click(&mut window, "Show as a table");
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "Count").is_some());
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "Shopper").is_some());
}

#[test]
fn a_repair_is_added_to_the_recipe_and_the_finding_is_gone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = faulty_shop(folder.path());
    pick(&mut window, "Warning: Exact duplicates");
    window.get_by_label("Add to the cleaning recipe").click_accesskit();
    wait(&mut window, "the data were cleaned and checked again", |state| {
        let shop = state.shop.value().expect("an open shop");
        shop.cleaning.recipe.steps.len() == 1 && state.quality.value().is_some()
    });
    let state = window.state_mut().workbench().state();
    let report = state.quality.value().expect("a report");
    assert_eq!(report.of(FindingKind::ExactDuplicates).count(), 0);
    assert_eq!(report.of(FindingKind::MissingValues).count(), 1, "what was left out stays so");
    assert!(!shows(&window, "Warning: Exact duplicates"));
}
