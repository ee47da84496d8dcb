//! Project name, search, theme and language.

use egui::{Align, Button, Layout, Role, Ui, WidgetInfo, vec2};

use super::lock_dialog::LockDialog;
use super::palette::Palette;
use super::shortcuts::Action;
use crate::dataset::Origin;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, badge, icon, icon_button};
use crate::workbench::Command;
use crate::workbench::settings::{Language, ThemeChoice};

pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    palette: &mut Palette,
    lock: &mut LockDialog,
) {
    // Painted from left to right, since that is the order in which the Tab key goes; how wide the
    // right end is was found out in the frame before.
    let id = ui.scope_id().with("right-end");
    let before: Option<f32> = ui.data(|data| data.get_temp(id));
    let size = ui.available_size();
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let left = vec2(size.x - before.unwrap_or_default() - SPACE_S, size.y);
        ui.allocate_ui_with_layout(left, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(left.x);
            project_ui(ui, cx, lock);
        });
        let right = ui.horizontal(|ui| {
            search_ui(ui, cx, palette);
            ui.add_space(SPACE_S);
            settings_ui(ui, cx);
        });
        let width = right.response.rect.width();
        if before.is_none_or(|before| (before - width).abs() > 0.5) {
            ui.data_mut(|data| data.insert_temp(id, width));
            ui.ctx().request_discard("the right end of the top bar was measured");
        }
    });
}

fn project_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, lock: &mut LockDialog) {
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
    lock_ui(ui, cx, lock);
    if icon_button(ui, theme, Icon::Close, cx.tr("action-close-project")).clicked() {
        cx.send(Command::CloseProject);
    }
}

fn lock_ui(ui: &mut Ui, cx: &ViewContext<'_>, lock: &mut LockDialog) {
    let is_locked = cx.state.is_locked;
    let button = if is_locked {
        let words = cx.theme.small(cx.tr("lock-is-locked"));
        ui.add(Button::new(words)).on_hover_text(cx.tr("lock-is-locked-hint"))
    } else {
        icon_button(ui, cx.theme, Icon::Lock, cx.tr("action-lock"))
    };
    if button.clicked() {
        lock.open(is_locked);
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
    let (name, language) = match settings.language {
        Language::En => ("language-zh", Language::Zh),
        Language::Zh => ("language-en", Language::En),
    };
    let button = ui.add(Button::new(cx.theme.weak(cx.tr(name))).frame_when_inactive(false));
    if button.on_hover_text(cx.tr("action-toggle-language")).clicked() {
        cx.send(Command::SetLanguage(language));
    }
    if icon_button(ui, cx.theme, picture, cx.tr("action-toggle-theme")).clicked() {
        cx.send(Command::SetTheme(theme));
    }
}
