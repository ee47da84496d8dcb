//! Project name, search, theme and language.

use egui::{Align, Button, Layout, Role, Ui, WidgetInfo, vec2};

use super::palette::Palette;
use super::shortcuts::Action;
use crate::dataset::Origin;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, badge, icon, icon_button};
use crate::workbench::Command;
use crate::workbench::settings::{Language, ThemeChoice};

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, palette: &mut Palette) {
    ui.allocate_ui_with_layout(ui.available_size(), Layout::right_to_left(Align::Center), |ui| {
        settings_ui(ui, cx);
        ui.add_space(SPACE_S);
        search_ui(ui, cx, palette);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| project_ui(ui, cx));
    });
}

fn project_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let theme = cx.theme;
    icon(ui, Icon::Shop, 20.0, theme.accent);
    let Some(shop) = cx.state.shop.value() else {
        ui.label(theme.heading("Shelfwise"));
        return;
    };
    ui.add(egui::Label::new(theme.heading(shop.dataset.name.as_str())).truncate())
        .on_hover_text(shop.project.display().to_string());
    if shop.dataset.origin == Origin::Simulated {
        badge(ui, theme, theme.warning, cx.tr("shop-simulated"))
            .on_hover_text(cx.tr("shop-simulated-hint"));
    }
    if icon_button(ui, theme, Icon::Close, cx.tr("action-close-project")).clicked() {
        cx.send(Command::CloseProject);
    }
}

fn search_ui(ui: &mut Ui, cx: &ViewContext<'_>, palette: &mut Palette) {
    let keys = Action::Palette
        .shortcut()
        .map(|shortcut| ui.ctx().format_shortcut(&shortcut))
        .unwrap_or_default();
    let hint = cx.tr("palette-open");
    let button = Button::new(cx.theme.weak(format!("      {hint}")))
        .right_text(cx.theme.small(keys))
        .min_size(vec2(280.0, 32.0));
    let response = ui.add(button);
    Icon::Search.paint(
        ui.painter(),
        crate::gui::widgets::left_icon_rect(response.rect, 8.0, 15.0),
        cx.theme.weak_text,
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, hint));
    if response.clicked() {
        palette.toggle();
    }
}

fn settings_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let settings = &cx.state.settings;
    let (picture, theme) = match settings.theme {
        ThemeChoice::Dark => (Icon::Sun, ThemeChoice::Light),
        ThemeChoice::Light => (Icon::Moon, ThemeChoice::Dark),
    };
    if icon_button(ui, cx.theme, picture, cx.tr("action-toggle-theme")).clicked() {
        cx.send(Command::SetTheme(theme));
    }
    let (name, language) = match settings.language {
        Language::En => ("language-zh", Language::Zh),
        Language::Zh => ("language-en", Language::En),
    };
    let button = ui.add(Button::new(cx.theme.weak(cx.tr(name))).frame_when_inactive(false));
    if button.on_hover_text(cx.tr("action-toggle-language")).clicked() {
        cx.send(Command::SetLanguage(language));
    }
}
