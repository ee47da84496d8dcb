//! What stands around the views: navigation rail, top bar, status bar, notices, palette, and the
//! place where files are dropped.

mod drop_target;
mod lock_dialog;
mod notices;
mod palette;
mod rail;
pub mod shortcuts;
mod status_bar;
mod top_bar;

use egui::{CentralPanel, Frame, Panel, Ui};

use super::app::Rendering;
use super::files::FileRequests;
use super::fonts;
use super::text::Text;
use super::theme::Theme;
use super::view::{VIEWS, View, ViewContext, ViewId};
use super::views::import_assistant::ImportAssistant;
use super::views::welcome::Welcome;
use crate::workbench::settings::{Language, Settings, ThemeChoice};
use crate::workbench::{Command, State};
use lock_dialog::LockDialog;
use notices::LocalNotices;
use palette::Palette;
use shortcuts::Action;
pub(in crate::gui) use status_bar::device_key;

/// Everything of the window but the workbench.
pub struct Shell {
    rendering: Rendering,
    text: Text,
    applied_theme: Option<ThemeChoice>,
    checked_fonts: bool,
    current: ViewId,
    /// Made when first shown; dropped when the shop changes, since their filters belong to it.
    views: Vec<Option<Box<dyn View>>>,
    shown_shop: Option<String>,
    welcome: Welcome,
    assistant: ImportAssistant,
    palette: Palette,
    lock: LockDialog,
    files: FileRequests,
    notices: LocalNotices,
}

impl Shell {
    /// A shell that shows the first view.
    #[must_use]
    pub fn new(rendering: Rendering) -> Self {
        Self {
            rendering,
            text: Text::new(Language::En),
            applied_theme: None,
            checked_fonts: false,
            current: ViewId::default(),
            views: VIEWS.iter().map(|_| None).collect(),
            shown_shop: None,
            welcome: Welcome::default(),
            assistant: ImportAssistant::default(),
            palette: Palette::default(),
            lock: LockDialog::default(),
            files: FileRequests::default(),
            notices: LocalNotices::default(),
        }
    }

    /// Go to a view.
    pub fn show(&mut self, view: ViewId) {
        self.current = view;
    }

    /// Which view is shown.
    #[must_use]
    pub const fn current_view(&self) -> ViewId {
        self.current
    }

    /// Look after open file dialogs and files being written.
    pub fn poll(&mut self, ctx: &egui::Context, commands: &mut Vec<Command>) {
        self.files.poll(ctx, commands);
        if let Some(outcome) = self.files.take_outcome() {
            self.notices.file(outcome);
        }
    }

    /// Paint one frame; what was asked for in it.
    pub fn ui(&mut self, ui: &mut Ui, state: &State) -> Vec<Command> {
        let mut commands = Vec::new();
        self.apply_settings(ui.ctx(), &state.settings);
        self.forget_other_shop(state);
        let mut navigate = None;
        let theme = Theme::of(state.settings.theme);
        drop_target::take_files(ui.ctx(), &mut commands);
        for action in shortcuts::pressed(ui.ctx()) {
            self.act(action, ui.ctx(), state, &mut commands, &mut navigate);
        }
        // Taken out for the frame, so that the context can borrow the rest.
        let Self {
            text,
            files,
            palette,
            lock,
            notices,
            rendering,
            welcome,
            assistant,
            views,
            current,
            ..
        } = self;
        let mut cx = ViewContext {
            state,
            commands: &mut commands,
            text,
            theme,
            navigate: &mut navigate,
            files,
        };
        Panel::top("top-bar").exact_size(52.0).resizable(false).frame(bar_frame(theme)).show(
            ui,
            |ui| {
                top_bar::show(ui, &mut cx, palette, lock);
            },
        );
        Panel::bottom("status-bar").exact_size(30.0).resizable(false).frame(bar_frame(theme)).show(
            ui,
            |ui| {
                status_bar::show(ui, &mut cx, rendering);
            },
        );
        let is_open = state.shop.value().is_some();
        if is_open {
            Panel::left("rail")
                .exact_size(rail::WIDTH)
                .resizable(false)
                .frame(rail_frame(theme))
                .show(ui, |ui| {
                    rail::show(ui, &mut cx, *current);
                });
        }
        CentralPanel::no_frame().frame(Frame::new().fill(theme.background)).show(ui, |ui| {
            if !state.proposal.is_idle() {
                assistant.ui(ui, &mut cx);
            } else if is_open {
                view_of(views, *current).ui(ui, &mut cx);
            } else {
                welcome.ui(ui, &mut cx);
            }
        });
        let actions = palette.show(ui.ctx(), &mut cx);
        lock.show(ui.ctx(), &mut cx);
        notices::show(ui.ctx(), &mut cx, notices);
        drop_target::show(ui.ctx(), &cx);
        for action in actions {
            self.act(action, ui.ctx(), state, &mut commands, &mut navigate);
        }
        if let Some(view) = navigate {
            self.current = view;
            ui.ctx().request_repaint();
        }
        commands
    }

    fn apply_settings(&mut self, ctx: &egui::Context, settings: &Settings) {
        if self.applied_theme != Some(settings.theme) {
            Theme::of(settings.theme).apply(ctx);
            self.applied_theme = Some(settings.theme);
        }
        if self.text.language() != settings.language {
            self.text = Text::new(settings.language);
            self.checked_fonts = false;
        }
        if !self.checked_fonts {
            self.checked_fonts = true;
            let is_missing = settings.language == Language::Zh && !fonts::has_chinese(ctx);
            self.notices.missing_fonts(is_missing);
        }
    }

    fn forget_other_shop(&mut self, state: &State) {
        let shop = state
            .shop
            .value()
            .map(|shop| format!("{} {}", shop.project.display(), shop.dataset.revision));
        // What views and palette have found holds names of shoppers, which presenter mode changes.
        let shop = shop.map(|shop| format!("{shop} {}", state.settings.presenter));
        if shop != self.shown_shop {
            self.shown_shop = shop;
            for view in &mut self.views {
                view.take_if(|view| !view.outlives_data());
            }
            self.palette.forget();
        }
    }

    fn act(
        &mut self,
        action: Action,
        ctx: &egui::Context,
        state: &State,
        commands: &mut Vec<Command>,
        navigate: &mut Option<ViewId>,
    ) {
        match action {
            Action::Palette => self.palette.toggle(),
            Action::View(view) => *navigate = Some(view),
            Action::OpenFolder => self.files.open_folder(self.text.tr("action-open-folder")),
            Action::ImportFiles => {
                self.files.open_data_files(
                    self.text.tr("action-import-files"),
                    self.text.tr("files-data"),
                );
            }
            Action::ToggleTheme => {
                commands.push(Command::SetTheme(other_theme(state.settings.theme)))
            }
            Action::ToggleLanguage => {
                commands.push(Command::SetLanguage(other_language(state.settings.language)))
            }
            Action::OpenSample => commands.push(Command::OpenSample),
            Action::Lock => self.lock.open(state.is_locked),
            Action::CloseProject => commands.push(Command::CloseProject),
            Action::CancelTraining => commands.push(Command::CancelTraining),
            Action::TogglePresenter => {
                commands.push(Command::SetPresenterMode(!state.settings.presenter));
            }
            Action::ResetZoom => ctx.set_zoom_factor(1.0),
        }
    }
}

fn view_of(views: &mut [Option<Box<dyn View>>], id: ViewId) -> &mut dyn View {
    let position = VIEWS.iter().position(|entry| entry.id == id).unwrap_or_default();
    views[position].get_or_insert_with(|| (VIEWS[position].make)()).as_mut()
}

const fn other_theme(theme: ThemeChoice) -> ThemeChoice {
    match theme {
        ThemeChoice::Light => ThemeChoice::Dark,
        ThemeChoice::Dark => ThemeChoice::Light,
    }
}

const fn other_language(language: Language) -> Language {
    match language {
        Language::En => Language::Zh,
        Language::Zh => Language::En,
    }
}

fn bar_frame(theme: &Theme) -> Frame {
    Frame::new().fill(theme.panel).inner_margin(egui::Margin::symmetric(16, 0))
}

fn rail_frame(theme: &Theme) -> Frame {
    Frame::new().fill(theme.panel).inner_margin(egui::Margin::symmetric(10, 12))
}
