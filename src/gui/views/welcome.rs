//! What is seen before a shop is open.

use std::path::{Path, PathBuf};

use egui::{
    Align, CornerRadius, Frame, Layout, Margin, Rect, Role, ScrollArea, Sense, TextEdit, Ui,
    WidgetInfo, vec2,
};

use crate::gui::files::DATA_EXTENSIONS;
use crate::gui::theme::{RADIUS, SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, callout, card, icon, progress_row};
use crate::workbench::{Command, Severity};

const WIDTH: f32 = 780.0;
/// Width of the button beside the path.
const OPEN_WIDTH: f32 = 84.0;
const TILE: egui::Vec2 = vec2(0.0, 128.0);

/// Sample shop, folder, files, typed path, recent projects.
#[derive(Default)]
pub struct Welcome {
    path: String,
}

impl Welcome {
    /// Paint the page.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = ((ui.available_width() - WIDTH) / 2.0).max(SPACE_XL);
            let top = ((ui.available_height() - 560.0) / 2.0).clamp(SPACE_XL, 120.0);
            ui.add_space(top);
            ui.horizontal_top(|ui| {
                ui.add_space(margin);
                ui.allocate_ui_with_layout(
                    vec2(WIDTH.min(ui.available_width() - margin), 0.0),
                    Layout::top_down(Align::Min),
                    |ui| {
                        self.content_ui(ui, cx);
                    },
                );
            });
            ui.add_space(SPACE_XL);
        });
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = cx.theme;
        ui.label(theme.title(cx.tr("welcome-title")));
        ui.label(theme.weak(cx.tr("welcome-tagline")));
        ui.add_space(SPACE_L);
        status_ui(ui, cx);
        tiles_ui(ui, cx);
        ui.add_space(SPACE_L);
        card(ui, theme, |ui| self.path_ui(ui, cx));
        ui.add_space(SPACE_S);
        recent_ui(ui, cx);
    }

    fn path_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let label = ui.label(cx.theme.weak(cx.tr("welcome-path-label")));
        let mut is_asked = false;
        ui.horizontal(|ui| {
            let padding = ui.spacing().button_padding.x;
            let field = TextEdit::singleline(&mut self.path)
                .hint_text(cx.tr("welcome-path-hint").to_owned())
                .desired_width(ui.available_width() - OPEN_WIDTH - SPACE_S - 2.0 * padding);
            let field = ui.add(field).labelled_by(label.id);
            is_asked |= field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let has_path = !self.path.trim().is_empty();
            let open = egui::Button::new(cx.tr("welcome-path-open"))
                .min_size(vec2(ui.available_width(), 0.0));
            is_asked |= ui.add_enabled(has_path, open).clicked();
        });
        ui.label(cx.theme.small(cx.tr("welcome-drop")));
        if is_asked && let Some(command) = command_for(&self.path) {
            cx.send(command);
        }
    }
}

/// A data file is looked into, anything else is opened as a folder.
fn command_for(typed: &str) -> Option<Command> {
    let typed = typed.trim().trim_matches('"');
    if typed.is_empty() {
        return None;
    }
    let path = PathBuf::from(typed);
    Some(if is_data_file(&path) {
        Command::PreviewFiles(vec![path])
    } else {
        Command::OpenFolder(path)
    })
}

fn is_data_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    DATA_EXTENSIONS
        .iter()
        .any(|extension| name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.')))
}

fn status_ui(ui: &mut Ui, cx: &ViewContext<'_>) {
    if let Some(ticket) = cx.state.shop.pending() {
        card(ui, cx.theme, |ui| progress_row(ui, cx.text, cx.theme, ticket));
        ui.add_space(SPACE_S);
    }
    if let Some(error) = cx.state.shop.error() {
        callout(ui, cx.theme, Severity::Error, error);
        ui.add_space(SPACE_S);
    }
}

fn tiles_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let width = (ui.available_width() - 2.0 * SPACE_M) / 3.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_M;
        if tile_ui(ui, cx, width, Icon::Play, "welcome-sample", "welcome-sample-hint", true) {
            cx.send(Command::OpenSample);
        }
        if tile_ui(ui, cx, width, Icon::Folder, "welcome-folder", "welcome-folder-hint", false) {
            cx.files.open_folder(cx.text.tr("action-open-folder"));
        }
        if tile_ui(ui, cx, width, Icon::Upload, "welcome-import", "welcome-import-hint", false) {
            cx.files.open_data_files(cx.text.tr("action-import-files"), cx.text.tr("files-data"));
        }
    });
}

fn tile_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    width: f32,
    picture: Icon,
    title: &str,
    hint: &str,
    is_primary: bool,
) -> bool {
    let theme = cx.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(width, TILE.y), Sense::click());
    let (fill, ink, weak) = if is_primary {
        (theme.accent, theme.on_accent, theme.on_accent)
    } else {
        (theme.card, theme.text, theme.weak_text)
    };
    let fill = if response.hovered() { fill.lerp_to_gamma(theme.text, 0.07) } else { fill };
    let stroke =
        if response.has_focus() { egui::Stroke::new(2.0, theme.text) } else { theme.hairline() };
    ui.painter().rect(rect, RADIUS, fill, stroke, egui::StrokeKind::Inside);
    let inner = rect.shrink(SPACE_L);
    picture.paint(ui.painter(), Rect::from_min_size(inner.min, vec2(24.0, 24.0)), ink);
    let title = cx.text.tr(title);
    let painter = ui.painter();
    let heading =
        painter.layout(title.to_owned(), egui::FontId::proportional(16.0), ink, inner.width());
    let words = painter.layout(
        cx.text.tr(hint).to_owned(),
        egui::FontId::proportional(12.5),
        weak,
        inner.width(),
    );
    let y = inner.top() + 34.0;
    let below = y + heading.size().y + SPACE_XS;
    painter.galley(egui::pos2(inner.left(), y), heading, ink);
    painter.galley(egui::pos2(inner.left(), below), words, weak);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, title));
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn recent_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let state = cx.state;
    if state.settings.recent.is_empty() {
        return;
    }
    ui.label(cx.theme.weak(cx.tr("welcome-recent")));
    for project in &state.settings.recent {
        let name =
            project.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if recent_row(ui, cx, &name, &project.display().to_string()) {
            cx.send(Command::OpenFolder(project.clone()));
        }
    }
}

fn recent_row(ui: &mut Ui, cx: &ViewContext<'_>, name: &str, path: &str) -> bool {
    let theme = cx.theme;
    let frame = Frame::new()
        .fill(theme.card)
        .stroke(theme.hairline())
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::symmetric(14, 8));
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            icon(ui, Icon::Folder, 16.0, theme.weak_text);
            ui.label(theme.body(name));
            ui.add(egui::Label::new(theme.small(path)).truncate());
        });
    });
    let response = shown.response.interact(Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() || response.has_focus() {
        let stroke = egui::Stroke::new(1.0, theme.accent);
        ui.painter().rect_stroke(response.rect, RADIUS, stroke, egui::StrokeKind::Inside);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_files_are_previewed_and_folders_opened() {
        assert_eq!(command_for("  "), None);
        assert_eq!(
            command_for("/shop/Events.CSV"),
            Some(Command::PreviewFiles(vec!["/shop/Events.CSV".into()]))
        );
        assert_eq!(
            command_for("\"/a b/x.csv.gz\""),
            Some(Command::PreviewFiles(vec!["/a b/x.csv.gz".into()]))
        );
        assert_eq!(command_for("/shop"), Some(Command::OpenFolder("/shop".into())));
        assert_eq!(command_for("/shop.d/csv"), Some(Command::OpenFolder("/shop.d/csv".into())));
    }
}
