//! The Cleaning view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::dataset::EventKind;
use shelfwise::dataset::clean::{CleaningStep, EventTest};
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::workbench::Command;

use super::{click, settle, shows, wait, window_with_shop};

fn cleaning_of(folder: &std::path::Path) -> Harness<'static, App> {
    let mut window = window_with_shop(folder);
    window.state_mut().show(ViewId::Cleaning);
    settle(&mut window);
    window
}

fn add(window: &mut Harness<'_, App>, step: &str) {
    click(window, "Add a step…");
    let entries: Vec<_> = window.query_all_by_role_and_label(Role::Button, step).collect();
    entries.last().expect("the menu has the step").click();
    drop(entries);
    settle(window);
}

fn apply(window: &mut Harness<'_, App>, steps: usize) {
    click(window, "Apply");
    wait_for_steps(window, steps);
}

fn wait_for_steps(window: &mut Harness<'_, App>, steps: usize) {
    wait(window, "the data are cleaned", |state| {
        let shop = state.shop.value().expect("an open shop");
        let is_done = state.cleaning.pending().is_none() && state.overview.pending().is_none();
        shop.cleaning.recipe.steps.len() == steps && is_done
    });
}

fn events(window: &mut Harness<'_, App>) -> usize {
    let state = window.state_mut().workbench().state();
    state.shop.value().expect("an open shop").dataset.interactions.len()
}

#[test]
fn an_uncleaned_shop_gets_suggestions_and_a_promise() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = cleaning_of(folder.path());
    assert!(shows(&window, "The data are as they were imported"));
    assert!(shows(&window, "The imported data are kept as they are"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    click(&mut window, "Add: Remove duplicates");
    assert!(shows(&window, "1. Remove duplicates"));
    assert!(shows(&window, "Not applied yet"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn steps_are_added_applied_and_undone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = cleaning_of(folder.path());
    let all = events(&mut window);
    add(&mut window, "Minimum counts");
    add(&mut window, "Drop events");
    assert!(shows(&window, "2. Drop events"));
    // The form of the new step is open: views are to go, whatever their price.
    window.get_by_role_and_label(Role::CheckBox, "View").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::ComboBox, "When").click();
    settle(&mut window);
    click(&mut window, "always");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    apply(&mut window, 2);
    let left = events(&mut window);
    assert!(left < all);
    assert!(shows(&window, &format!("Events: {all} → {left}")));
    assert!(!shows(&window, "Not applied yet"));
    // What was carried out is taken back at once: first the parameters, then the step.
    click(&mut window, "Undo");
    wait(&mut window, "the parameters are as before", |state| {
        let shop = state.shop.value().expect("an open shop");
        shop.dataset.interactions.len() == all && state.cleaning.pending().is_none()
    });
    wait_for_steps(&mut window, 2);
    click(&mut window, "Undo");
    wait_for_steps(&mut window, 1);
    click(&mut window, "Redo");
    wait_for_steps(&mut window, 2);
    assert!(shows(&window, "2. Drop events"));
}

#[test]
fn steps_are_moved_switched_off_and_removed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = cleaning_of(folder.path());
    add(&mut window, "Remove duplicates");
    add(&mut window, "k-core");
    click(&mut window, "Move step 2, k-core, up");
    assert!(shows(&window, "1. k-core") && shows(&window, "2. Remove duplicates"));
    click(&mut window, "Step 1, k-core, takes part");
    assert!(shows(&window, "Switched off"));
    apply(&mut window, 1);
    assert!(shows(&window, "1. k-core"), "what is switched off stays in the list");
    click(&mut window, "Remove step 2, Remove duplicates");
    assert!(!shows(&window, "2. Remove duplicates"));
    click(&mut window, "Back to the imported data");
    wait_for_steps(&mut window, 0);
}

#[test]
fn a_step_is_dragged_to_another_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = cleaning_of(folder.path());
    add(&mut window, "Remove duplicates");
    add(&mut window, "Remove unused products");
    let from = window.get_by_label("Drag step 2, Remove unused products, to another place");
    let from = from.rect().center();
    let to = window.get_by_label("Drag step 1, Remove duplicates, to another place");
    let to = to.rect().center();
    window.drag_at(from);
    settle(&mut window);
    window.hover_at(to);
    settle(&mut window);
    window.drop_at(to);
    settle(&mut window);
    assert!(shows(&window, "1. Remove unused products"));
}

#[test]
fn what_fails_is_said_and_what_others_add_is_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = cleaning_of(folder.path());
    let none_left = CleaningStep::KCore { users: 1_000, items: 1 };
    window.state_mut().workbench().send(Command::AddCleaningSteps(vec![none_left]));
    wait(&mut window, "the failure is known", |state| state.cleaning.error().is_some());
    assert!(shows(&window, "would leave none of"));
    let views = CleaningStep::DropEvents { kinds: vec![EventKind::View], when: EventTest::Any };
    window.state_mut().workbench().send(Command::AddCleaningSteps(vec![views]));
    wait_for_steps(&mut window, 1);
    assert!(shows(&window, "1. Drop events"));
    click(&mut window, "Examples");
}
