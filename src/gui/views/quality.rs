//! What is wrong with the data: findings by severity, each with its explanation, chart, examples and
//! repair.

mod chart;
mod detail;
mod list;
mod words;

use std::sync::{Arc, Weak};

use egui::Ui;

use crate::dataset::Dataset;
use crate::dataset::quality::{Finding, FindingKind, QualityReport, Severity, Subject};
use crate::gui::theme::SPACE_S;
use crate::gui::view::{View, ViewContext};
use crate::gui::views::common;
use crate::gui::widgets::{
    AsyncAction, Icon, StatTile, async_frame, empty_state, page, section, stat_row,
};
use crate::workbench::{Command, OpenShop};
use chart::ChartPoints;

/// Width of the list of findings.
const LIST_SHARE: f32 = 0.42;

/// The Quality view.
#[derive(Default)]
pub struct QualityView {
    /// The finding that is looked at; the first where there is none such.
    picked: Option<(FindingKind, Option<Subject>)>,
    points: ChartPoints,
    /// The data that were asked about by themselves, so that a cancelled look is not taken again.
    asked: Weak<Dataset>,
}

impl View for QualityView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let title = cx.tr("view-quality");
        page(ui, cx, title, None, trailing_ui, |ui, cx| self.content_ui(ui, cx));
    }
}

fn trailing_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let quality = &cx.state.quality;
    if quality.value().is_some()
        && quality.pending().is_none()
        && ui.button(cx.tr("quality-again")).clicked()
    {
        cx.send(Command::ExamineQuality);
    }
}

impl QualityView {
    fn content_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(shop) = common::open_shop(ui, cx) else { return };
        let state = cx.state;
        self.ask_once(cx, shop);
        let action = async_frame(ui, cx, &state.quality, idle_ui, |ui, cx, report| {
            self.report_ui(ui, cx, shop, report);
        });
        if action == AsyncAction::Retry {
            cx.send(Command::ExamineQuality);
        }
    }

    /// The data are looked through when somebody wants to see what is wrong with them.
    fn ask_once(&mut self, cx: &mut ViewContext<'_>, shop: &OpenShop) {
        let present = Arc::downgrade(&shop.dataset);
        if cx.state.quality.is_idle() && !self.asked.ptr_eq(&present) {
            self.asked = present;
            cx.send(Command::ExamineQuality);
        }
    }

    fn report_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        report: &Arc<QualityReport>,
    ) {
        tiles_ui(ui, cx, report);
        if report.findings.is_empty() {
            let (title, hint) = (cx.tr("quality-all-clear"), cx.tr("quality-all-clear-hint"));
            empty_state(ui, cx.theme, Icon::Check, title, hint, None);
        } else {
            let picked = self.position(report);
            common::split(ui, LIST_SHARE, |left, right| {
                if let Some(clicked) = list::show(left, cx, &report.findings, picked) {
                    self.picked = Some(name_of(&report.findings[clicked]));
                }
                self.points.update(common::identity(report), picked, &report.findings[picked]);
                detail::show(right, cx, shop, &report.findings[picked], &self.points);
            });
        }
        checked_ui(ui, cx, report);
    }

    /// Where the finding that is looked at stands in this report.
    fn position(&self, report: &QualityReport) -> usize {
        let is_picked = |finding: &Finding| self.picked.as_ref() == Some(&name_of(finding));
        report.findings.iter().position(is_picked).unwrap_or(0)
    }
}

/// What tells a finding from the others of its report.
fn name_of(finding: &Finding) -> (FindingKind, Option<Subject>) {
    (finding.kind, finding.subject.clone())
}

fn idle_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let (title, hint, action) =
        (cx.tr("quality-idle"), cx.tr("quality-idle-hint"), cx.tr("quality-examine"));
    if empty_state(ui, cx.theme, Icon::Search, title, hint, Some(action)) {
        cx.send(Command::ExamineQuality);
    }
}

fn tiles_ui(ui: &mut Ui, cx: &ViewContext<'_>, report: &QualityReport) {
    let made = report.clear.len() + kinds_found(report);
    let of = cx.tr_with("quality-tile-of", &[("checks", made.into())]);
    let values = [
        ("quality-tile-serious", report.count(Severity::Serious), None),
        ("quality-tile-warnings", report.count(Severity::Warning), None),
        ("quality-tile-notes", report.count(Severity::Note), None),
        ("quality-tile-clear", report.clear.len(), Some(of)),
    ]
    .map(|(key, count, hint)| (cx.text.tr(key), cx.text.count(count), hint));
    let tiles: Vec<StatTile<'_>> = values
        .iter()
        .map(|(label, value, hint)| StatTile { label, value, hint: hint.as_deref() })
        .collect();
    stat_row(ui, cx.theme, &tiles);
    ui.add_space(SPACE_S / 2.0);
}

fn kinds_found(report: &QualityReport) -> usize {
    let is_found = |kind: &&FindingKind| report.of(**kind).next().is_some();
    FindingKind::ALL.iter().filter(is_found).count()
}

/// What was looked for in vain, and what could not be looked for.
fn checked_ui(ui: &mut Ui, cx: &ViewContext<'_>, report: &QualityReport) {
    section(ui, cx.theme, cx.text.tr("quality-checked"), |ui| {
        if !report.clear.is_empty() {
            let kinds: Vec<String> =
                report.clear.iter().map(|&kind| words::kind_title(cx.text, kind)).collect();
            let clear = cx.tr_with("quality-clear", &[("kinds", kinds.join(" · ").into())]);
            ui.add(egui::Label::new(cx.theme.weak(clear)).wrap());
        }
        for skipped in &report.skipped {
            let words = [
                ("kind", words::kind_title(cx.text, skipped.kind).into()),
                ("reason", cx.text.tr(words::skip_key(skipped.reason)).into()),
            ];
            let skipped = cx.tr_with("quality-skipped", &words);
            ui.add(egui::Label::new(cx.theme.weak(skipped)).wrap());
        }
    });
}
