//! The Recommendations view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::ids::UserIdx;
use shelfwise::workbench::{Command, HistorySource};

use super::{click, settle, shows, wait, window_with_shop};

fn open_for_shopper(window: &mut Harness<'_, App>) {
    window.state_mut().workbench().send(Command::SelectUser(Some(UserIdx(3))));
    window.state_mut().show(ViewId::Recommendations);
    wait(window, "the lists are there", |state| state.recommendations.value().is_some());
}

#[test]
fn without_a_run_the_baselines_answer_with_reasons_and_latency() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open_for_shopper(&mut window);
    assert!(shows(&window, "No run is finished yet"));
    assert!(shows(&window, "by number of shoppers"), "popularity gives its reason");
    assert!(shows(&window, "ms"), "the latency is shown");
    let set =
        window.state_mut().workbench().state().recommendations.value().expect("lists").clone();
    for baseline in ["popularity", "markov"] {
        assert!(set.lists.iter().any(|list| list.run.is_none() && list.model == baseline));
    }
    assert_eq!(set.source, HistorySource::User(UserIdx(3)));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn a_click_picks_a_product_everywhere_and_it_can_start_a_history() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open_for_shopper(&mut window);
    let set =
        window.state_mut().workbench().state().recommendations.value().expect("lists").clone();
    let item = set.lists[0].items[0].item;
    let title = {
        let state = window.state_mut().workbench().state();
        state.shop.value().expect("an open shop").dataset.item_label(item).to_owned()
    };
    let cards: Vec<_> = window.query_all_by_role_and_label(Role::Button, &title).collect();
    cards.last().expect("the product has a card").click();
    drop(cards);
    settle(&mut window);
    assert_eq!(window.state_mut().workbench().state().selection.item, Some(item));
    click(&mut window, "Add to history");
    wait(&mut window, "the history by hand is answered", |state| {
        state
            .recommendations
            .value()
            .is_some_and(|set| set.source == HistorySource::Items(vec![item]))
    });
    click(&mut window, "Take out");
    assert!(shows(&window, "Put a history together"));
}
