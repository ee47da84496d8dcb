//! The Transitions view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::analysis::transitions::StateSpace;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;

use super::{click, settle, shows, wait, window_with_shop};

fn open(window: &mut Harness<'_, App>) {
    window.state_mut().show(ViewId::Transitions);
    wait(window, "the chain is counted", |state| state.transitions.value().is_some());
    settle(window);
    settle(window);
}

#[test]
fn the_chain_is_counted_on_the_first_visit_and_drawn_in_every_way() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    for figure in
        ["Transition matrix", "Transition graph", "Long-run distribution", "About this chain"]
    {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
    }
    let states =
        window.state_mut().workbench().state().transitions.value().expect("a chain").matrix.len();
    assert_eq!(states, 5, "views, carts, purchases, start and exit");
    assert!(shows(&window, "Graph of 5 states"), "the graph has a name");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn other_states_are_counted_when_they_are_chosen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    window.get_by_role_and_label(Role::RadioButton, "Categories").click();
    settle(&mut window);
    wait(&mut window, "categories are counted", |state| {
        state
            .transitions
            .value()
            .is_some_and(|result| result.matrix.options.states == StateSpace::Category)
    });
    settle(&mut window);
    assert!(shows(&window, "Camping"));
}

#[test]
fn the_matrix_can_be_read_as_a_table() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    click(&mut window, "Menu of Transition matrix");
    click(&mut window, "Show as a table");
    assert!(window.query_by_role_and_label(Role::ColumnHeader, "View").is_some());
}
