//! Messages at the bottom right: those of the workbench and those of the window itself.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use egui::{Align2, Area, CornerRadius, Frame, Id, Order, Ui, vec2};

use crate::gui::files::FileOutcome;
use crate::gui::theme::{RADIUS, SPACE_S, SPACE_XS};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, icon, icon_button, severity_look};
use crate::workbench::{Command, Severity};

/// Good news go away by themselves; warnings and errors stay until they are read.
const GOOD_NEWS: Duration = Duration::from_secs(6);
/// What can be taken back stays longer.
const UNDO: Duration = Duration::from_secs(20);
const MAX_SHOWN: usize = 4;
const WIDTH: f32 = 380.0;

/// Messages that concern the window alone.
#[derive(Default)]
pub(super) struct LocalNotices {
    file: Option<FileOutcome>,
    has_missing_fonts: bool,
    /// When each good news of the workbench was first shown.
    shown_since: HashMap<u64, Instant>,
    file_since: Option<Instant>,
}

impl LocalNotices {
    pub(super) fn file(&mut self, outcome: FileOutcome) {
        self.file = Some(outcome);
        self.file_since = Some(Instant::now());
    }

    pub(super) const fn missing_fonts(&mut self, is_missing: bool) {
        self.has_missing_fonts = is_missing;
    }

    /// Drop what was on the screen long enough; asks for a frame when the next one is due.
    fn expire(&mut self, ctx: &egui::Context, cx: &mut ViewContext<'_>) {
        let state = cx.state;
        for notice in state.notices.iter().filter(|notice| notice.severity == Severity::Info) {
            let since = *self.shown_since.entry(notice.id).or_insert_with(Instant::now);
            let time = if notice.undo.is_some() { UNDO } else { GOOD_NEWS };
            match time.checked_sub(since.elapsed()) {
                Some(left) => ctx.request_repaint_after(left),
                None => cx.send(Command::DismissNotice(notice.id)),
            }
        }
        self.shown_since.retain(|id, _| state.notices.iter().any(|notice| notice.id == *id));
        if let (Some(FileOutcome::Saved(_)), Some(since)) = (&self.file, self.file_since) {
            match GOOD_NEWS.checked_sub(since.elapsed()) {
                Some(left) => ctx.request_repaint_after(left),
                None => self.file = None,
            }
        }
    }
}

pub(super) fn show(ctx: &egui::Context, cx: &mut ViewContext<'_>, local: &mut LocalNotices) {
    local.expire(ctx, cx);
    let state = cx.state;
    if state.notices.is_empty() && local.file.is_none() && !local.has_missing_fonts {
        return;
    }
    Area::new(Id::unique("notices"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -42.0))
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            if local.has_missing_fonts {
                // Said in English too: without the fonts the other language cannot be read.
                local.has_missing_fonts =
                    notice_ui(ui, cx, Severity::Warning, MISSING_FONTS, "", false).is_none();
            }
            if let Some(outcome) = local.file.clone() {
                let (severity, key, detail) = match outcome {
                    FileOutcome::Saved(path) => {
                        (Severity::Info, "notice-file-saved", path.display().to_string())
                    }
                    FileOutcome::Failed(reason) => (Severity::Error, "notice-file-failed", reason),
                    FileOutcome::NoDialog => (
                        Severity::Warning,
                        "notice-no-dialog",
                        cx.tr("notice-no-dialog-hint").to_owned(),
                    ),
                };
                if notice_ui(ui, cx, severity, cx.text.tr(key), &detail, false).is_some() {
                    local.file = None;
                }
            }
            let skipped = state.notices.len().saturating_sub(MAX_SHOWN);
            for notice in &state.notices[skipped..] {
                let title = cx.text.tr(notice.key);
                let can_undo = notice.undo.is_some();
                let answer = notice_ui(ui, cx, notice.severity, title, &notice.detail, can_undo);
                if answer == Some(Answer::Undo) {
                    cx.commands.extend(notice.undo.clone());
                }
                if answer.is_some() {
                    cx.send(Command::DismissNotice(notice.id));
                }
            }
        });
}

/// Shown when Chinese was chosen and cannot be drawn, hence in English.
const MISSING_FONTS: &str = "No Chinese font was found on this system. Install one (Debian: fonts-noto-cjk) and start again.";

/// What the user made of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Dismiss,
    Undo,
}

fn notice_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    severity: Severity,
    title: &str,
    detail: &str,
    can_undo: bool,
) -> Option<Answer> {
    let theme = cx.theme;
    let (color, picture) = severity_look(theme, severity);
    let frame = Frame::new()
        .fill(theme.card)
        .stroke(egui::Stroke::new(1.0, theme.border.lerp_to_gamma(color, 0.5)))
        .corner_radius(CornerRadius::same(RADIUS))
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(12);
    let shown = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            icon(ui, picture, 18.0, color);
            let undone = ui.vertical(|ui| {
                ui.set_width(WIDTH - 100.0);
                ui.spacing_mut().item_spacing.y = SPACE_XS;
                ui.add(egui::Label::new(theme.body(title)).wrap());
                if !detail.is_empty() {
                    ui.add(egui::Label::new(theme.small(detail)).wrap().selectable(true));
                }
                can_undo && ui.button(cx.text.tr("action-undo")).clicked()
            });
            let is_read =
                icon_button(ui, theme, Icon::Close, cx.text.tr("action-dismiss")).clicked();
            if undone.inner { Some(Answer::Undo) } else { is_read.then_some(Answer::Dismiss) }
        })
        .inner
    });
    ui.add_space(SPACE_S);
    shown.inner
}
