//! How the shop would be divided for training and judgement, along the timeline, with what leaks and
//! what shoppers do in one go.

mod leaks;
mod parts;
mod sessions;
mod stacked;
mod timeline;

pub(in crate::gui) use leaks::leak_words;

use std::sync::Arc;

use egui::{DragValue, Ui};

use super::common::{self, field};
use super::split_form::{SplitDraft, strategy_words};
use crate::dataset::Dataset;
use crate::dataset::sessions::DEFAULT_GAP_MINUTES;
use crate::dataset::split::{Repeats, SplitSpec};
use crate::gui::theme::{SPACE_L, SPACE_M, SPACE_S};
use crate::gui::view::{View, ViewContext};
use crate::gui::widgets::{self, AsyncAction, Icon};
use crate::ids::DatasetRevision;
use crate::workbench::{Command, Severity, SplitOverview, SplitRequest};

/// The page on splits.
pub struct SplitsView {
    draft: SplitDraft,
    repeats: Repeats,
    gap_minutes: u32,
    /// What was asked last, so that nothing is asked twice or again after a cancel.
    asked: Option<(DatasetRevision, SplitDraft, Repeats, u32)>,
}

impl Default for SplitsView {
    fn default() -> Self {
        Self {
            draft: SplitDraft::default(),
            repeats: Repeats::default(),
            gap_minutes: DEFAULT_GAP_MINUTES,
            asked: None,
        }
    }
}

impl View for SplitsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let (title, hint) = (cx.tr("view-splits"), cx.tr("splits-hint"));
        let trailing = |ui: &mut Ui, cx: &mut ViewContext<'_>| {
            if let Some(shop) = cx.state.shop.value() {
                common::simulated_note(ui, cx, &shop.dataset);
            }
        };
        widgets::page(ui, cx, title, Some(hint), trailing, |ui, cx| {
            let Some(shop) = common::open_shop(ui, cx) else { return };
            self.shop_ui(ui, cx, &shop.dataset);
        });
    }
}

impl SplitsView {
    fn shop_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        if dataset.interactions.is_empty() {
            let (title, hint) = (cx.tr("splits-no-events"), cx.tr("splits-no-events-hint"));
            widgets::empty_state(ui, cx.theme, Icon::Split, title, hint, None);
            return;
        }
        widgets::card(ui, cx.theme, |ui| self.options_ui(ui, cx, dataset));
        ui.add_space(SPACE_M);
        self.ask(ui, cx, dataset);
        let state = cx.state;
        let mut wants = false;
        let idle = |ui: &mut Ui, cx: &mut ViewContext<'_>| wants = idle_ui(ui, cx);
        let action = widgets::async_frame(ui, cx, &state.split, idle, overview_ui);
        if wants || action == AsyncAction::Retry {
            self.send(cx, dataset);
        }
    }

    fn options_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, dataset: &Dataset) {
        common::split(ui, 0.6, |left, right| {
            left.spacing_mut().item_spacing.y = SPACE_S;
            self.draft.ui(left, cx, dataset.has_times);
            right.horizontal_top(|ui| {
                ui.add_space(SPACE_L);
                ui.vertical(|ui| {
                    let label = cx.tr("splits-gap");
                    field(ui, cx.theme, label, |ui| {
                        let minutes = DragValue::new(&mut self.gap_minutes).range(1..=1_440);
                        ui.add_enabled(dataset.has_times, minutes).accessible_name(label)
                    });
                    ui.add_space(SPACE_S);
                    let mut merges = self.repeats == Repeats::MergeConsecutive;
                    ui.checkbox(&mut merges, cx.tr("split-merge"))
                        .on_hover_text(cx.tr("split-merge-hint"));
                    self.repeats = if merges { Repeats::MergeConsecutive } else { Repeats::Keep };
                });
            });
        });
    }

    /// Ask once per set of options, and not while a number is being dragged or a path typed.
    fn ask(&mut self, ui: &Ui, cx: &mut ViewContext<'_>, dataset: &Dataset) {
        let is_asked = self.asked.as_ref().is_some_and(|(revision, draft, repeats, gap)| {
            *revision == dataset.revision
                && *draft == self.draft
                && *repeats == self.repeats
                && *gap == self.gap_minutes
        });
        let is_busy = ui.input(|input| input.pointer.any_down()) || ui.ctx().text_edit_focused();
        if !is_asked && !is_busy && self.draft.is_complete(dataset) {
            self.send(cx, dataset);
        }
    }

    fn send(&mut self, cx: &mut ViewContext<'_>, dataset: &Dataset) {
        self.asked =
            Some((dataset.revision.clone(), self.draft.clone(), self.repeats, self.gap_minutes));
        let Some(strategy) = self.draft.strategy(dataset) else { return };
        let spec = SplitSpec { repeats: self.repeats, ..SplitSpec::from(strategy) };
        cx.send(Command::ComputeSplit(SplitRequest { spec, gap_minutes: self.gap_minutes }));
    }
}

fn overview_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, overview: &Arc<SplitOverview>) {
    ui.label(cx.theme.body(strategy_words(cx.text, &overview.spec.strategy)).strong());
    ui.add_space(SPACE_S);
    if overview.summary.unmatched_rows > 0 {
        let rows = [("rows", overview.summary.unmatched_rows.into())];
        let message = cx.tr_with("splits-unmatched", &rows);
        widgets::callout(ui, cx.theme, Severity::Warning, &message);
        ui.add_space(SPACE_S);
    }
    parts::tiles_ui(ui, cx, &overview.summary);
    ui.add_space(SPACE_M);
    timeline::timeline_ui(ui, cx, overview);
    ui.add_space(SPACE_M);
    if common::columns_that_fit(ui, 420.0, 2) == 1 {
        parts::parts_ui(ui, cx, &overview.summary);
        ui.add_space(SPACE_M);
        leaks::leaks_ui(ui, cx, &overview.leaks);
    } else {
        common::split(ui, 0.55, |left, right| {
            parts::parts_ui(left, cx, &overview.summary);
            leaks::leaks_ui(right, cx, &overview.leaks);
        });
    }
    ui.add_space(SPACE_M);
    sessions::sessions_ui(ui, cx, overview.sessions.as_ref());
}

/// After a cancel. True when the split is wanted after all.
fn idle_ui(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    let (title, hint) = (cx.tr("splits-idle"), cx.tr("splits-idle-hint"));
    widgets::empty_state(ui, cx.theme, Icon::Split, title, hint, Some(cx.tr("common-compute")))
}
