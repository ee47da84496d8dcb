//! One shopper: who, when, what, how much, and what is likely to come next.

mod alike;
mod funnel;
mod header;
mod interests;
mod next;
mod picker;
mod recent;
mod timeline;

use std::sync::Arc;

use egui::{Frame, Panel, Ui};

use self::picker::Picker;
pub(super) use self::picker::{offer_shopper, pick_most_active};
use super::common;
use crate::analysis::profile::UserProfile;
use crate::dataset::Dataset;
use crate::gui::theme::SPACE_M;
use crate::gui::view::{View, ViewContext};
use crate::gui::widgets::{self, AsyncAction, Icon};
use crate::ids::DatasetRevision;
use crate::workbench::Command;

/// The page on shoppers.
#[derive(Default)]
pub struct ProfilesView {
    picker: Picker,
    /// The shop in which the most active shopper was picked for a start.
    offered: Option<DatasetRevision>,
}

impl View for ProfilesView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(shop) = common::open_shop(ui, cx) else { return };
        offer_shopper(cx, &shop.dataset, &mut self.offered);
        let width = (ui.available_width() * 0.27).clamp(330.0, 460.0);
        let frame = Frame::new().fill(cx.theme.panel).inner_margin(SPACE_M);
        Panel::left("profiles-picker").frame(frame).resizable(false).exact_size(width).show(
            ui,
            |ui| {
                self.picker.show(ui, cx, &shop.dataset);
            },
        );
        let (title, hint) = (cx.tr("view-profiles"), cx.tr("profiles-hint"));
        widgets::page(
            ui,
            cx,
            title,
            Some(hint),
            |_, _| {},
            |ui, cx| profile_page_ui(ui, cx, &shop.dataset),
        );
    }
}

fn profile_page_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
    let state = cx.state;
    let Some(user) = state.selection.user else {
        let (title, hint) = (cx.tr("profiles-pick"), cx.tr("profiles-pick-hint"));
        if widgets::empty_state(
            ui,
            cx.theme,
            Icon::Person,
            title,
            hint,
            Some(cx.tr("profiles-most-active")),
        ) {
            pick_most_active(cx);
        }
        return;
    };
    let mut wants = false;
    let idle = |ui: &mut Ui, cx: &mut ViewContext<'_>| wants = stopped_ui(ui, cx);
    let action = widgets::async_frame(ui, cx, &state.profile, idle, |ui, cx, profile| {
        profile_ui(ui, cx, dataset, profile);
    });
    if wants || action == AsyncAction::Retry {
        cx.send(Command::SelectUser(Some(user)));
    }
}

/// After a cancel. While the shop as a whole is still being counted the profile waits for that, and
/// the list on the left says so. True when the profile is wanted after all.
fn stopped_ui(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    if cx.state.overview.value().is_none() {
        return false;
    }
    let (title, hint) = (cx.tr("profiles-stopped"), cx.tr("profiles-stopped-hint"));
    widgets::empty_state(ui, cx.theme, Icon::Person, title, hint, Some(cx.tr("common-compute")))
}

fn profile_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Arc<Dataset>,
    profile: &Arc<UserProfile>,
) {
    header::header_ui(ui, cx, dataset, profile);
    if profile.n_events == 0 {
        let (title, hint) = (cx.tr("profiles-no-events"), cx.tr("profiles-no-events-hint"));
        widgets::empty_state(ui, cx.theme, Icon::Clock, title, hint, None);
        return;
    }
    header::tiles_ui(ui, cx, profile);
    timeline::timeline_ui(ui, cx, profile);
    cards_ui(ui, cx, profile);
    recent::recent_ui(ui, cx, dataset, profile);
}

/// The cards in as many columns as fit, each where the column is shortest by design.
fn cards_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let fit = common::columns_that_fit(ui, 330.0, 3);
    let cards: [fn(&mut Ui, &mut ViewContext<'_>, &Arc<UserProfile>); 7] = [
        interests::categories_ui,
        funnel::funnel_ui,
        interests::brands_ui,
        next::next_ui,
        interests::price_ui,
        interests::keywords_ui,
        alike::alike_ui,
    ];
    let places: [usize; 7] = match fit {
        1 => [0; 7],
        2 => [0, 1, 0, 1, 0, 1, 1],
        _ => [0, 1, 2, 1, 2, 0, 2],
    };
    common::columns(ui, fit, |columns| {
        for (card, place) in cards.into_iter().zip(places) {
            card(&mut columns[place], cx, profile);
        }
    });
}
