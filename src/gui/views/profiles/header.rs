//! Who it is: id, attributes, and the figures that sum the shopper up.

use egui::Ui;

use crate::analysis::profile::{Rfm, RfmBasis, UserProfile};
use crate::analysis::similarity::{SimilaritySpec, Subject};
use crate::dataset::{Dataset, EventKind};
use crate::gui::theme::SPACE_M;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::{common, names};
use crate::gui::widgets::{self, StatTile};
use crate::workbench::{Command, NeighbourRequest};

/// The name card with what can be done from here.
pub fn header_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, profile: &UserProfile) {
    let (text, theme) = (cx.text, cx.theme);
    widgets::card(ui, theme, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_M;
            ui.label(theme.title(names::shopper_name(cx, dataset, profile.user.0)));
            if widgets::primary_button(ui, theme, text.tr("profiles-recommend")).clicked() {
                cx.go(ViewId::Recommendations);
            }
            if ui.button(text.tr("profiles-find-alike")).clicked() {
                cx.send(Command::FindNeighbours(alike_request(profile)));
            }
        });
        ui.label(theme.weak(span_text(cx, profile)));
        attributes_ui(ui, cx, dataset, profile);
    });
}

/// What the users file says, but not what too few others share.
fn attributes_ui(ui: &mut Ui, cx: &ViewContext<'_>, dataset: &Dataset, profile: &UserProfile) {
    let theme = cx.theme;
    let Some(overview) = cx.state.overview.value() else { return };
    let row = profile.user.index();
    let is_shown = |column: usize| {
        let code = dataset.user_attributes[column].values.code(row);
        code.is_some_and(|code| overview.small_groups.is_shown(column, code))
    };
    ui.horizontal_wrapped(|ui| {
        for (column, attribute) in dataset.user_attributes.iter().enumerate() {
            let Some(value) = attribute.values.get(row) else { continue };
            let name = attribute.name.as_str();
            if is_shown(column) {
                widgets::badge(ui, theme, theme.category(7), &format!("{name}: {value}"));
            } else {
                let hidden = cx.tr_with("privacy-small-group", &[("column", name.into())]);
                let hint = [("k", dataset.min_group_size.into())];
                widgets::badge(ui, theme, theme.weak_text, &hidden)
                    .on_hover_text(cx.tr_with("privacy-small-group-hint", &hint));
            }
        }
    });
}

/// What is asked for when shoppers like this one are wanted.
pub fn alike_request(profile: &UserProfile) -> NeighbourRequest {
    let spec = SimilaritySpec { subject: Subject::Users, ..SimilaritySpec::default() };
    NeighbourRequest { spec, idx: profile.user.0, k: common::NEIGHBOURS }
}

fn span_text(cx: &ViewContext<'_>, profile: &UserProfile) -> String {
    let text = cx.text;
    match (profile.first_ms, profile.last_ms, profile.n_sessions) {
        (Some(first), Some(last), Some(_)) => text.tr_with(
            "profiles-span",
            &[("first", text.date(first).into()), ("last", text.date(last).into())],
        ),
        _ => text.tr("profiles-no-times").to_owned(),
    }
}

/// The row of tiles.
pub fn tiles_ui(ui: &mut Ui, cx: &ViewContext<'_>, profile: &UserProfile) {
    let text = cx.text;
    let sessions = |n: usize| text.tr_with("profiles-in-sessions", &[("n", n.into())]);
    let hint = profile.n_sessions.map(sessions);
    let mut tiles = vec![(text.tr("profiles-tile-events"), text.count(profile.n_events), hint)];
    if let Some(rfm) = &profile.rfm {
        tiles.extend(rfm_tiles(cx, profile, rfm));
    }
    let tiles: Vec<StatTile<'_>> = tiles
        .iter()
        .map(|(label, value, hint)| StatTile { label, value, hint: hint.as_deref() })
        .collect();
    widgets::stat_row(ui, cx.theme, &tiles);
}

type Tile<'a> = (&'a str, String, Option<String>);

fn rfm_tiles<'a>(cx: &ViewContext<'a>, profile: &UserProfile, rfm: &Rfm) -> Vec<Tile<'a>> {
    let text = cx.text;
    // Rounded down: nobody is above all customers, being one of them.
    let rank = |key: &str, rank: f64| {
        let share = text.percent((rank * 100.0).floor() / 100.0, 0);
        Some(text.tr_with(key, &[("share", share.into())]))
    };
    let mut tiles = Vec::new();
    if let Some(days) = rfm.recency_days {
        let value = text.tr_with("profiles-days", &[("days", days.round().into())]);
        let hint = rfm.recency_rank.and_then(|share| rank("profiles-recency-rank", share));
        tiles.push((text.tr("profiles-tile-recency"), value, hint));
    }
    let frequency = match rfm.basis {
        RfmBasis::Purchases => "profiles-tile-frequency",
        RfmBasis::Events => "profiles-tile-frequency-events",
    };
    tiles.push((
        text.tr(frequency),
        text.count(rfm.frequency),
        rank("profiles-frequency-rank", rfm.frequency_rank),
    ));
    if rfm.monetary > 0.0 || profile.counts.get(EventKind::Purchase) > 0 {
        tiles.push((
            text.tr("profiles-tile-monetary"),
            text.money(rfm.monetary),
            rank("profiles-monetary-rank", rfm.monetary_rank),
        ));
    }
    tiles
}
