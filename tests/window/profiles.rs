//! The Profiles view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;

use super::{click, settle, shows, wait, window_with_shop};

/// Tables are sorted off the frame path.
fn settle_tables(window: &mut Harness<'_, App>) {
    for _ in 0..10 {
        settle(window);
    }
}

fn pick_most_active(window: &mut Harness<'_, App>) {
    window.state_mut().show(ViewId::Profiles);
    settle_tables(window);
    let buttons: Vec<_> = window.query_all_by_role_and_label(Role::Button, "Most active").collect();
    buttons.first().expect("there is a short cut to the most active").click();
    drop(buttons);
    wait(window, "the profile is there", |state| state.profile.value().is_some());
}

#[test]
fn the_page_begins_with_the_most_active_shopper() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Profiles);
    wait(&mut window, "the profile is there", |state| state.profile.value().is_some());
    for figure in [
        "Timeline",
        "Categories",
        "Brands",
        "Price band",
        "Funnel",
        "Keywords",
        "Next step",
        "Latest events",
    ] {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
    }
    let state = window.state_mut().workbench().state();
    let (user, profile) = (state.selection.user, state.profile.value().expect("a profile"));
    assert_eq!(user, Some(profile.user), "the pick is shared");
    assert_eq!(profile.n_events, 8, "nobody did more");
}

#[test]
fn shoppers_are_searched_by_id() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Profiles);
    settle_tables(&mut window);
    let all = crate::shop::N_USERS;
    assert!(shows(&window, &format!("{all} of {all} shoppers")));
    window.get_by_role_and_label(Role::TextInput, "Search shoppers by id").focus();
    settle(&mut window);
    window.get_by_role_and_label(Role::TextInput, "Search shoppers by id").type_text("u17");
    settle_tables(&mut window);
    assert!(shows(&window, &format!("1 of {all} shoppers")));
    click(&mut window, "U17");
    wait(&mut window, "the profile is there", |state| state.profile.value().is_some());
    let state = window.state_mut().workbench().state();
    let shop = state.shop.value().expect("an open shop");
    assert_eq!(state.selection.user, shop.dataset.user("U17"));
}

#[test]
fn from_a_profile_one_gets_to_recommendations_and_to_shoppers_alike() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    pick_most_active(&mut window);
    let buttons: Vec<_> =
        window.query_all_by_role_and_label(Role::Button, "Find shoppers alike").collect();
    buttons.first().expect("there is a button for neighbours").click();
    drop(buttons);
    wait(&mut window, "the neighbours are there", |state| state.neighbours.value().is_some());
    let state = window.state_mut().workbench().state();
    let found = state.neighbours.value().expect("neighbours");
    assert_eq!(Some(found.request.idx), state.selection.user.map(|user| user.0));
    click(&mut window, "Recommend for this shopper");
    assert_eq!(window.state().current_view(), ViewId::Recommendations);
    wait(&mut window, "the lists are there", |state| state.recommendations.value().is_some());
}
