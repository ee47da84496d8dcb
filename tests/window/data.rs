//! The Data view and the import assistant.

use std::fmt::Write as _;
use std::path::Path;

use egui_kittest::kittest::Queryable as _;
use shelfwise::workbench::Command;

use super::{click, settle, shows, wait, window, window_with_shop};

#[test]
fn the_overview_counts_what_the_files_hold() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    settle(&mut window);
    assert!(window.query_by_label(&format!("Shoppers: {}", crate::shop::N_USERS)).is_some());
    assert!(window.query_by_label(&format!("Products: {}", crate::shop::N_ITEMS)).is_some());
    for figure in ["Event mix", "Events over time", "Categories", "Top products"] {
        assert!(window.query_by_role_and_label(egui::Role::Heading, figure).is_some(), "{figure}");
    }
}

#[test]
fn a_figure_can_be_read_as_a_table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    click(&mut window, "Menu of Categories");
    click(&mut window, "Show as a table");
    assert!(window.query_by_role_and_label(egui::Role::ColumnHeader, "Name").is_some());
}

fn write_odd_files(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("log.csv");
    let mut text = "who;thing;moment;deed\n".to_owned();
    for row in 0..20 {
        writeln!(text, "a{};b{};2025-01-{:02} 10:00:00;view", row % 5, row % 7, row + 1)
            .expect("strings grow");
    }
    std::fs::write(&path, text).expect("the file can be written");
    path
}

#[test]
fn the_assistant_takes_corrections_and_imports() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = write_odd_files(folder.path());
    let mut window = window(folder.path());
    window.state_mut().workbench().send(Command::PreviewFiles(vec![path]));
    wait(&mut window, "the preview is there", |state| state.proposal.value().is_some());
    assert!(shows(&window, "log.csv"));
    window.get_by_role_and_label(egui::Role::RadioButton, "Events").click();
    settle(&mut window);
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    // No name says who the shopper or what the product is; the user does.
    for (field, column) in [("Column for Shopper", "who"), ("Column for Product", "thing")] {
        window.get_by_label_contains(field).click();
        settle(&mut window);
        window.get_by_role_and_label(egui::Role::Button, column).click();
        settle(&mut window);
    }
    click(&mut window, "Import");
    wait(&mut window, "the shop is open", |state| state.overview.value().is_some());
    let state = window.state_mut().workbench().state();
    let shop = state.shop.value().expect("an open shop");
    assert_eq!((shop.dataset.n_users(), shop.dataset.n_items()), (5, 7));
    wait(&mut window, "the assistant is gone", |state| state.proposal.is_idle());
}
