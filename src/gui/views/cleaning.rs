//! Cleaning: a list of steps, what each one did, and the way back to the original.

mod card;
mod draft;
mod form;
mod presets;
mod words;

use egui::{Button, Popup, Ui};

use crate::dataset::clean::{CleaningStep, Counts, Recipe};
use crate::gui::files::FileKind;
use crate::gui::theme::SPACE_S;
use crate::gui::view::{View, ViewContext};
use crate::gui::views::common;
use crate::gui::widgets::{
    AsyncAction, Icon, async_frame, empty_state, icon, icon_button, page, primary_button, section,
};
use crate::workbench::{Command, OpenShop};
use card::Place;
use draft::{Change, Draft};

/// The Cleaning view.
#[derive(Default)]
pub struct CleaningView {
    draft: Draft,
    /// The step whose parameters are shown.
    open: Option<u64>,
    /// The cleaning that the list was last made to follow, and the project it belongs to.
    followed: Option<(usize, std::path::PathBuf)>,
}

impl View for CleaningView {
    /// The way back through the list leads across the data that each list made.
    fn outlives_data(&self) -> bool {
        true
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let (title, hint) = (cx.tr("view-cleaning"), cx.tr("cleaning-hint"));
        let state = cx.state;
        let shop = state.shop.value();
        if let Some(shop) = shop {
            self.follow(shop);
        }
        let buttons = shop.map(|shop| Buttons::of(cx, shop, &self.draft));
        let mut header = None;
        page(
            ui,
            cx,
            title,
            Some(hint),
            |ui, cx| header = buttons.and_then(|buttons| header_ui(ui, cx, buttons)),
            |ui, cx| self.content_ui(ui, cx),
        );
        if let (Some(action), Some(shop)) = (header, shop) {
            self.act(cx, shop, action);
        }
    }
}

/// What the buttons in the title row do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Undo,
    Redo,
    Load,
    Save,
    Apply,
}

/// Which of them can be pressed.
#[derive(Clone, Copy)]
struct Buttons {
    is_busy: bool,
    is_new: bool,
    can_save: bool,
    can_undo: bool,
    can_redo: bool,
}

impl Buttons {
    fn of(cx: &ViewContext<'_>, shop: &OpenShop, draft: &Draft) -> Self {
        Self {
            is_busy: cx.state.cleaning.pending().is_some(),
            is_new: !draft.is(&shop.cleaning.recipe),
            can_save: draft.steps().iter().any(|step| step.is_on),
            can_undo: draft.can_undo(),
            can_redo: draft.can_redo(),
        }
    }
}

fn header_ui(ui: &mut Ui, cx: &ViewContext<'_>, buttons: Buttons) -> Option<Action> {
    let Buttons { is_busy, is_new, can_save, can_undo, can_redo } = buttons;
    let mut action = None;
    ui.add_enabled_ui(is_new && !is_busy, |ui| {
        if primary_button(ui, cx.theme, cx.text.tr("cleaning-apply")).clicked() {
            action = Some(Action::Apply);
        }
    });
    ui.add_space(SPACE_S);
    for (key, is_enabled, choice) in
        [("cleaning-save", can_save, Action::Save), ("cleaning-load", !is_busy, Action::Load)]
    {
        if ui.add_enabled(is_enabled, Button::new(cx.text.tr(key))).clicked() {
            action = Some(choice);
        }
    }
    for (key, picture, is_enabled, choice) in [
        ("cleaning-redo", Icon::Redo, can_redo, Action::Redo),
        ("cleaning-undo", Icon::Undo, can_undo, Action::Undo),
    ] {
        ui.add_enabled_ui(is_enabled && !is_busy, |ui| {
            if icon_button(ui, cx.theme, picture, cx.text.tr(key)).clicked() {
                action = Some(choice);
            }
        });
    }
    action
}

impl CleaningView {
    /// Show the recipe that was carried out, unless that is the one before still.
    fn follow(&mut self, shop: &OpenShop) {
        let present = common::identity(&shop.cleaning);
        match &self.followed {
            Some((followed, _)) if *followed == present => return,
            Some((_, project)) if *project == shop.project => {
                self.draft.follow(&shop.cleaning.recipe);
            }
            _ => self.draft.restart(&shop.cleaning.recipe),
        }
        self.followed = Some((present, shop.project.clone()));
    }

    fn act(&mut self, cx: &mut ViewContext<'_>, shop: &OpenShop, action: Action) {
        match action {
            Action::Undo | Action::Redo => {
                // What was carried out is taken back at once; what was only planned is not.
                let was_applied = self.draft.is(&shop.cleaning.recipe);
                if action == Action::Undo {
                    self.draft.undo()
                } else {
                    self.draft.redo()
                }
                if was_applied && !self.draft.is(&shop.cleaning.recipe) {
                    cx.send(Command::ApplyRecipe(self.draft.recipe()));
                }
            }
            Action::Load => {
                let (title, filter) = (cx.tr("cleaning-load"), cx.tr("cleaning-recipe-files"));
                cx.files.open_recipe(title, filter);
            }
            Action::Save => save(cx, &self.draft.recipe()),
            Action::Apply => cx.send(Command::ApplyRecipe(self.draft.recipe())),
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(shop) = common::open_shop(ui, cx) else { return };
        let state = cx.state;
        let retry = async_frame(ui, cx, &state.cleaning, |_, _| {}, |_, _, _| {});
        if retry == AsyncAction::Retry {
            cx.send(Command::ApplyRecipe(self.draft.recipe()));
        }
        original_ui(ui, cx, shop);
        if self.draft.steps().is_empty() {
            let (title, hint) = (cx.tr("cleaning-empty"), cx.tr("cleaning-empty-hint"));
            empty_state(ui, cx.theme, Icon::Broom, title, hint, None);
            self.suggestions_ui(ui, cx, shop);
        } else {
            self.steps_ui(ui, cx, shop);
        }
        self.add_ui(ui, cx);
    }

    fn steps_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, shop: &OpenShop) {
        let outcomes = self.draft.outcome_positions(&shop.cleaning.recipe);
        let n = self.draft.steps().len();
        let mut change = None;
        for (index, step) in self.draft.steps().iter().enumerate() {
            let outcome = outcomes[index].and_then(|position| shop.cleaning.outcomes.get(position));
            let place = Place { index, n, outcome, is_open: self.open == Some(step.id) };
            let answer = ui.push_id(step.id, |ui| card::show(ui, cx, step, &place)).inner;
            if answer.toggled {
                self.open = (!place.is_open).then_some(step.id);
            }
            change = change.or(answer.change);
        }
        if let Some(change) = change {
            self.draft.change(change);
        }
    }

    fn suggestions_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, shop: &OpenShop) {
        let overview = cx.state.overview.value().map(AsRef::as_ref);
        section(ui, cx.theme, cx.text.tr("cleaning-suggestions"), |ui| {
            for step in presets::suggested(shop, overview) {
                ui.horizontal(|ui| {
                    let title = cx.text.tr(words::step_key(&step));
                    let name = cx.text.tr_with("cleaning-add-named", &[("step", title.into())]);
                    if icon_button(ui, cx.theme, Icon::Plus, &name).clicked() {
                        self.add(step.clone());
                    }
                    ui.label(cx.theme.body(title));
                    let hint = cx.theme.small(cx.text.tr(words::hint_key(&step)));
                    ui.add(egui::Label::new(hint).truncate());
                });
            }
        });
    }

    fn add_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let button = ui.button(cx.text.tr("cleaning-add"));
        let mut picked = None;
        Popup::menu(&button).show(|ui| {
            for step in presets::all() {
                let hint = cx.text.tr(words::hint_key(&step));
                let entry = ui.button(cx.text.tr(words::step_key(&step))).on_hover_text(hint);
                if entry.clicked() {
                    picked = Some(step);
                }
            }
        });
        if let Some(step) = picked {
            self.add(step);
        }
    }

    /// A new step shows its parameters, as they are rarely right for every shop.
    fn add(&mut self, step: CleaningStep) {
        self.draft.change(Change::Add(step));
        self.open = self.draft.steps().last().map(|step| step.id);
    }
}

/// What was imported, what is left of it, and that the former is kept.
fn original_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop) {
    let text = cx.text;
    let is_busy = cx.state.cleaning.pending().is_some();
    let is_cleaned = !shop.cleaning.recipe.steps.is_empty();
    section(ui, cx.theme, text.tr("cleaning-total"), |ui| {
        card::counts_ui(ui, cx, shop.cleaning.original, Counts::of(&shop.dataset));
        ui.horizontal_wrapped(|ui| {
            icon(ui, Icon::Check, 16.0, cx.theme.good);
            ui.label(cx.theme.weak(text.tr("cleaning-original-kept")));
            let restore = Button::new(text.tr("cleaning-restore"));
            if is_cleaned && ui.add_enabled(!is_busy, restore).clicked() {
                cx.send(Command::ApplyRecipe(Recipe::default()));
            }
        });
    });
}

fn save(cx: &mut ViewContext<'_>, recipe: &Recipe) {
    let recipe = recipe.clone();
    let content = move || recipe.to_toml().map(String::into_bytes).map_err(std::io::Error::other);
    cx.files.save("cleaning", FileKind::Toml, Box::new(content));
}
