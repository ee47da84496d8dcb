//! The passphrase of a project: asked for where a locked one is opened, given and taken away.

use std::path::PathBuf;

use egui::{Key, TextEdit, Ui};
use zeroize::Zeroize as _;

use crate::gui::theme::{SPACE_M, SPACE_S};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{callout, dialog, primary_button, progress_bar_row, segmented};
use crate::vault::Passphrase;
use crate::workbench::{Command, LockingResult, Severity};

const WIDTH: f32 = 440.0;
/// Fewer characters are easily tried out.
const FEW_CHARACTERS: usize = 12;

/// What is to be done with the open project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Aim {
    #[default]
    Lock,
    Change,
    Unlock,
}

/// The dialog and what was typed into it.
#[derive(Default)]
pub(super) struct LockDialog {
    is_open: bool,
    aim: Aim,
    typed: Typed,
    /// The project whose passphrase is asked for.
    asked_for: Option<PathBuf>,
    /// A change was asked for, so that its end closes the dialog.
    is_waiting: bool,
}

/// Wiped when it is of no use any more.
#[derive(Default)]
struct Typed {
    present: String,
    new: String,
    again: String,
}

impl Typed {
    fn wipe(&mut self) {
        self.present.zeroize();
        self.new.zeroize();
        self.again.zeroize();
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl LockDialog {
    /// Show it for the open project.
    pub(super) fn open(&mut self, is_locked: bool) {
        self.typed.wipe();
        self.is_open = true;
        self.is_waiting = false;
        self.aim = if is_locked { Aim::Change } else { Aim::Lock };
    }

    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut ViewContext<'_>) {
        if cx.state.passphrase_for.is_some() {
            self.is_open = false;
            return self.opening(ctx, cx);
        }
        self.asked_for = None;
        if self.is_open && cx.state.shop.value().is_some() {
            self.changing(ctx, cx);
        } else if self.is_open {
            self.close();
        }
    }

    fn close(&mut self) {
        *self = Self::default();
    }

    /// Asks for the passphrase of a project that is to be opened.
    fn opening(&mut self, ctx: &egui::Context, cx: &mut ViewContext<'_>) {
        let Some(project) = cx.state.passphrase_for.clone() else { return };
        // Once only: a window that is not in front gives it away again at once, frame by frame.
        let is_new = self.asked_for.replace(project.clone()).as_ref() != Some(&project);
        let modal = dialog(ctx, "open-locked", WIDTH, |ui| {
            ui.label(cx.theme.heading(cx.tr("lock-open-title")));
            ui.label(cx.theme.weak(project.display().to_string()));
            ui.add_space(SPACE_S);
            let field = field_ui(ui, cx, "lock-passphrase", &mut self.typed.present);
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if is_new {
                field.request_focus();
            }
            ui.add_space(SPACE_S);
            ui.label(cx.theme.small(cx.tr("lock-open-hint")));
            let answer = end_ui(ui, cx, "lock-open-confirm", !self.typed.present.is_empty());
            if is_entered { Some(true) } else { answer }
        });
        let answer = if modal.should_close() { Some(false) } else { modal.inner };
        match answer {
            Some(true) => {
                if let Some(passphrase) = Passphrase::new(self.typed.present.clone()) {
                    cx.send(Command::GivePassphrase(passphrase));
                    self.typed.wipe();
                }
            }
            Some(false) => {
                self.typed.wipe();
                cx.send(Command::DismissPassphrase);
            }
            None => {}
        }
    }

    /// Locks the open project, unlocks it or gives it another passphrase.
    fn changing(&mut self, ctx: &egui::Context, cx: &mut ViewContext<'_>) {
        if self.is_waiting && cx.state.locking.pending().is_none() {
            self.is_waiting = false;
            let has_changed =
                !matches!(cx.state.locking.value(), None | Some(LockingResult::Opened(_)));
            if has_changed && cx.state.locking.error().is_none() {
                return self.close();
            }
        }
        let modal = dialog(ctx, "lock", WIDTH, |ui| {
            ui.label(cx.theme.heading(cx.tr("lock-title")));
            ui.add_space(SPACE_S);
            if cx.state.is_locked {
                let choices =
                    [(Aim::Change, cx.tr("lock-change")), (Aim::Unlock, cx.tr("lock-unlock"))];
                segmented(ui, cx.theme, cx.tr("lock-title"), &mut self.aim, &choices);
                ui.add_space(SPACE_S);
            }
            self.fields_ui(ui, cx);
            let is_ready = self.command().is_some();
            end_ui(ui, cx, confirm_key(self.aim), is_ready)
        });
        let answer = if modal.should_close() { Some(false) } else { modal.inner };
        match answer {
            Some(true) => {
                if let Some(command) = self.command() {
                    cx.send(command);
                    self.is_waiting = true;
                    self.typed.wipe();
                }
            }
            Some(false) => self.close(),
            None => {}
        }
    }

    fn fields_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let typed = &mut self.typed;
        let hint = match self.aim {
            Aim::Lock => "lock-hint",
            Aim::Change => "lock-change-hint",
            Aim::Unlock => "lock-unlock-hint",
        };
        ui.add(egui::Label::new(cx.theme.weak(cx.tr(hint))).wrap());
        ui.add_space(SPACE_S);
        if self.aim != Aim::Lock {
            field_ui(ui, cx, "lock-passphrase", &mut typed.present);
        }
        if self.aim == Aim::Unlock {
            return;
        }
        field_ui(ui, cx, "lock-new", &mut typed.new);
        field_ui(ui, cx, "lock-again", &mut typed.again);
        if !typed.again.is_empty() && typed.new != typed.again {
            callout(ui, cx.theme, Severity::Warning, cx.tr("lock-differ"));
        } else if !typed.new.is_empty() && typed.new.chars().count() < FEW_CHARACTERS {
            callout(ui, cx.theme, Severity::Warning, cx.tr("lock-short"));
        }
        if self.aim == Aim::Lock {
            callout(ui, cx.theme, Severity::Warning, cx.tr("lock-forgotten"));
        }
    }

    /// What is asked for, once enough is typed.
    fn command(&self) -> Option<Command> {
        let typed = &self.typed;
        let present = || Passphrase::new(typed.present.clone());
        let new = || {
            let new = Passphrase::new(typed.new.clone())?;
            (typed.new == typed.again).then_some(new)
        };
        match self.aim {
            Aim::Lock => new().map(Command::LockProject),
            Aim::Unlock => present().map(Command::UnlockProject),
            Aim::Change => Some(Command::ChangePassphrase { old: present()?, new: new()? }),
        }
    }
}

const fn confirm_key(aim: Aim) -> &'static str {
    match aim {
        Aim::Lock => "lock-confirm",
        Aim::Change => "lock-change-confirm",
        Aim::Unlock => "lock-unlock-confirm",
    }
}

/// A named field that does not show what is typed.
fn field_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    name: &'static str,
    text: &mut String,
) -> egui::Response {
    let label = ui.label(cx.theme.body(cx.tr(name)));
    let field = TextEdit::singleline(text).password(true).desired_width(WIDTH);
    ui.add(field).labelled_by(label.id)
}

/// How it goes, what went wrong last, and the buttons: yes, no, or nothing yet.
fn end_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    confirm: &'static str,
    is_ready: bool,
) -> Option<bool> {
    if let Some(error) = cx.state.locking.error() {
        ui.add_space(SPACE_S);
        callout(ui, cx.theme, Severity::Error, error);
    }
    ui.add_space(SPACE_M);
    if let Some(ticket) = cx.state.locking.pending() {
        progress_bar_row(ui, cx.text, cx.theme, ticket);
        return None;
    }
    ui.horizontal(|ui| {
        let yes = ui.add_enabled_ui(is_ready, |ui| primary_button(ui, cx.theme, cx.tr(confirm)));
        let is_yes = yes.inner.clicked();
        let is_no = ui.button(cx.tr("action-cancel")).clicked();
        if is_yes { Some(true) } else { is_no.then_some(false) }
    })
    .inner
}
