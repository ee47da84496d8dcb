//! The tables of the Data view and the distributions.

use std::path::Path;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::App;

use super::{click, settle, shows, wait, window_with_shop};
use crate::shop::{N_ITEMS, N_USERS};

const BOX: &str = "Search or condition";

fn at(folder: &Path, tab: &str) -> Harness<'static, App> {
    let mut window = window_with_shop(folder);
    show_tab(&mut window, tab);
    window
}

fn show_tab(window: &mut Harness<'_, App>, tab: &str) {
    window.get_by_role_and_label(Role::RadioButton, tab).click();
    settle(window);
}

fn type_in(window: &mut Harness<'_, App>, text: &str) {
    window.get_by_role_and_label(Role::TextInput, BOX).focus();
    settle(window);
    window.get_by_role_and_label(Role::TextInput, BOX).type_text(text);
    settle(window);
    wait(window, "the rows are there", |state| state.table.pending().is_none());
}

fn header<'a>(window: &'a Harness<'_, App>, name: &'a str) -> egui_kittest::Node<'a> {
    window.get_by_role_and_label(Role::ColumnHeader, name)
}

fn click_header(window: &mut Harness<'_, App>, name: &str, modifiers: egui::Modifiers) {
    header(window, name).click_modifiers(modifiers);
    settle(window);
    wait(window, "the rows are sorted", |state| state.table.pending().is_none());
}

fn top(window: &Harness<'_, App>, name: &str) -> f32 {
    window.get_by_label(name).rect().top()
}

#[test]
fn words_are_searched_and_conditions_filter() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = at(folder.path(), "Products");
    assert!(shows(&window, &format!("{N_ITEMS} rows")));
    type_in(&mut window, "cycling");
    assert!(shows(&window, &format!("4 of {N_ITEMS} rows")));
    assert!(shows(&window, "Bike pump") && !shows(&window, "Ceramic teapot"));
    show_tab(&mut window, "Events");
    type_in(&mut window, "event = purchase and price > 1e6");
    assert!(shows(&window, "0 of "), "nothing is that dear");
    assert!(shows(&window, "No row fits"));
    show_tab(&mut window, "Products");
    wait(&mut window, "the rows come back", |state| state.table.pending().is_none());
    assert!(shows(&window, &format!("4 of {N_ITEMS} rows")));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn what_is_wrong_with_a_condition_is_said_where_it_stands() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = at(folder.path(), "Shoppers");
    type_in(&mut window, "events >");
    assert!(shows(&window, "Character 9: a value is missing at the end"));
    assert!(shows(&window, &format!("{N_USERS} rows")), "the rows stay");
    type_in(&mut window, " 7");
    assert!(!shows(&window, "Character"));
    assert!(shows(&window, &format!("of {N_USERS} rows")));
}

#[test]
fn headers_sort_by_one_column_and_with_shift_by_more() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = at(folder.path(), "Products");
    click_header(&mut window, "Price", egui::Modifiers::NONE);
    assert!(top(&window, "Rear light") < top(&window, "Two-person tent"), "the dearest first");
    click_header(&mut window, "Category", egui::Modifiers::NONE);
    click_header(&mut window, "Price", egui::Modifiers::SHIFT);
    // Camping, Cycling, Tea; within each the dearest first.
    let order = ["Trekking poles", "Two-person tent", "Rear light", "Road bike helmet"];
    assert!(order.is_sorted_by(|a, b| top(&window, a) < top(&window, b)), "{order:?}");
    click(&mut window, "Original order");
    assert!(top(&window, "Two-person tent") < top(&window, "Rear light"));
}

#[test]
fn a_column_is_looked_into_and_columns_are_chosen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = at(folder.path(), "Products");
    header(&window, "Category").click_secondary();
    settle(&mut window);
    click(&mut window, "Column statistics");
    wait(&mut window, "the column is counted", |state| state.column.value().is_some());
    assert!(shows(&window, "Different values"));
    // Each of the three categories has a third of the products; a click leaves its rows.
    window.get_by_label("Tea: 4 · 33.3\u{a0}%").click();
    settle(&mut window);
    wait(&mut window, "the rows are there", |state| state.table.pending().is_none());
    assert!(shows(&window, &format!("4 of {N_ITEMS} rows")));
    assert!(shows(&window, "Ceramic teapot") && !shows(&window, "Bike pump"));
    click(&mut window, "Columns");
    window.get_by_role_and_label(Role::CheckBox, "Views").click();
    settle(&mut window);
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "Views").is_some());
}

#[test]
fn the_keys_move_through_the_rows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = at(folder.path(), "Products");
    click(&mut window, "Two-person tent");
    settle(&mut window);
    for _ in 0..2 {
        window.key_press(egui::Key::ArrowDown);
        settle(&mut window);
    }
    window.key_press(egui::Key::Enter);
    settle(&mut window);
    let state = window.state_mut().workbench().state();
    let shop = state.shop.value().expect("an open shop");
    let first = shop.dataset.item("P0").expect("the tent").0;
    assert_eq!(state.selection.item.map(|item| item.0), Some(first + 2), "two rows below");
}

#[test]
fn distributions_are_drawn_with_their_tables() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = at(folder.path(), "Distributions");
    wait(&mut window, "activity is measured", |state| state.activity.value().is_some());
    wait(&mut window, "the column is counted", |state| state.column.value().is_some());
    for figure in ["Distribution of Price", "Events per shopper by rank", "Time between events"] {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
        assert!(window.query_all_by_role_and_label(Role::Image, figure).next().is_some());
    }
    click(&mut window, "Menu of Distribution of Price");
    click(&mut window, "Show as a table");
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "Up to").is_some());
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}
