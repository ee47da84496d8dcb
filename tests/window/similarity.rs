//! The Similarity view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::analysis::similarity::{Measure, Subject};
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::ids::ItemIdx;
use shelfwise::workbench::Command;

use super::{settle, shows, wait, window_with_shop};

fn open(window: &mut Harness<'_, App>) {
    window.state_mut().show(ViewId::Similarity);
    wait(window, "the matrix is computed", |state| state.similarity.value().is_some());
    settle(window);
    settle(window);
}

#[test]
fn products_are_compared_on_the_first_visit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    for figure in ["Similarity matrix", "Nearest", "Clusters"] {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
    }
    assert!(shows(&window, "Heatmap of the similarity of 12 rows"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn a_product_picked_elsewhere_has_its_neighbours_here() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().workbench().send(Command::SelectItem(Some(ItemIdx(0))));
    open(&mut window);
    wait(&mut window, "neighbours are there", |state| state.neighbours.value().is_some());
    let state = window.state_mut().workbench().state();
    assert_eq!(state.neighbours.value().expect("neighbours").request.idx, 0);
}

#[test]
fn shoppers_and_other_measures_are_computed_when_they_are_chosen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    window.get_by_role_and_label(Role::RadioButton, "Shoppers").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::RadioButton, "Jaccard").click();
    settle(&mut window);
    wait(&mut window, "shoppers are compared", |state| {
        state.similarity.value().is_some_and(|result| {
            let spec = result.matrix.spec;
            spec.subject == Subject::Users && spec.measure == Measure::Jaccard
        })
    });
}
