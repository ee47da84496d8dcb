//! The frame around every figure: title, menu, table twin, accessible name.

mod svg;

use std::sync::{Arc, OnceLock};

use egui::epaint::ClippedShape;
use egui::{
    ColorImage, Id, Popup, Rect, Role, ScreenshotCallback, Ui, ViewportCommand, WidgetInfo,
};

use super::card::{card, heading, title_row};
use super::data_table::{TableColumn, TableSpec, text_cell, wide_table};
use super::icon::{Icon, icon_button};
use super::table::Table;
use crate::gui::files::FileKind;
use crate::gui::theme::SPACE_XS;
use crate::gui::view::ViewContext;

/// How a figure is named.
#[derive(Debug, Clone, Copy)]
pub struct FigureSpec<'a> {
    /// Unique in the view.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// What to know about it, under the title.
    pub hint: Option<&'a str>,
    /// What it shows, for those who do not see it.
    pub description: &'a str,
    /// Suggested name of exported files, without extension.
    pub file_name: &'a str,
}

#[derive(Debug, Clone, Copy, Default)]
struct FigureState {
    is_table: bool,
    /// A picture was asked for; it is taken in the next frame, when the menu is gone.
    wants_picture: bool,
    /// Whether it is made of shapes alone; found out while the menu is open.
    is_vector: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MenuChoice {
    CopyCsv,
    SaveCsv,
    SavePng,
    SaveSvg,
    ToggleTable,
}

/// The menu of a figure in one frame.
#[derive(Debug, Clone, Copy, Default)]
struct Menu {
    is_open: bool,
    choice: Option<MenuChoice>,
}

/// A card with a figure in it. `table` gives its content as rows and columns and is called only when
/// that is asked for. `None` while the figure is shown as a table.
pub fn figure<R>(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    spec: &FigureSpec<'_>,
    table: impl Fn() -> Table,
    draw: impl FnOnce(&mut Ui, &mut ViewContext<'_>) -> R,
) -> Option<R> {
    let id = ui.make_persistent_id(("figure", spec.id));
    let mut state: FigureState = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let outer = ui.scope(|ui| {
        card(ui, cx.theme, |ui| {
            let menu = title_ui(ui, cx, spec, state);
            ui.add_space(SPACE_XS);
            if let Some(choice) = menu.choice {
                act(ui, cx, spec, &table, choice, &mut state);
            }
            if state.is_table {
                twin_ui(ui, cx, id, &table());
                return None;
            }
            let before = n_shapes(ui);
            let inner = ui.scope(|ui| draw(ui, cx));
            if menu.is_open {
                let shapes = shapes_since(ui, before);
                state.is_vector = svg::is_vector(&shapes);
                if menu.choice == Some(MenuChoice::SaveSvg) {
                    save_svg(ui, cx, spec, inner.response.rect, shapes);
                }
            }
            name_figure(ui, id, inner.response.rect, spec);
            Some(inner.inner)
        })
    });
    if state.wants_picture && !Popup::is_any_open(ui.ctx()) {
        state.wants_picture = false;
        save_picture(ui, cx, spec.file_name, outer.response.rect);
    }
    ui.data_mut(|data| data.insert_temp(id, state));
    outer.inner
}

/// Painted shapes are invisible to screen readers and to tests; this node is not.
fn name_figure(ui: &Ui, id: Id, rect: Rect, spec: &FigureSpec<'_>) {
    let response = ui.interact(rect, id.with("name"), egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spec.description));
}

fn title_ui(ui: &mut Ui, cx: &ViewContext<'_>, spec: &FigureSpec<'_>, state: FigureState) -> Menu {
    let mut menu = Menu::default();
    title_row(
        ui,
        |ui| {
            heading(ui, cx.theme.heading(spec.title), spec.title);
        },
        |ui| menu = menu_ui(ui, cx, spec.title, state),
    );
    if let Some(hint) = spec.hint {
        ui.label(cx.theme.small(hint));
    }
    menu
}

fn menu_ui(ui: &mut Ui, cx: &ViewContext<'_>, title: &str, state: FigureState) -> Menu {
    let label = cx.tr_with("figure-menu", &[("figure", title.into())]);
    let button = icon_button(ui, cx.theme, Icon::More, &label);
    let twin = if state.is_table { "figure-show-chart" } else { "figure-show-table" };
    let entries = [
        (twin, MenuChoice::ToggleTable),
        ("figure-copy-csv", MenuChoice::CopyCsv),
        ("figure-save-csv", MenuChoice::SaveCsv),
        ("figure-save-png", MenuChoice::SavePng),
        ("figure-save-svg", MenuChoice::SaveSvg),
    ];
    // A heatmap is a raster, and a table is none of both.
    let is_offered = |choice| choice != MenuChoice::SaveSvg || (state.is_vector && !state.is_table);
    let shown = Popup::menu(&button).show(|ui| {
        entries
            .into_iter()
            .filter(|&(_, choice)| is_offered(choice))
            .filter(|&(key, _)| ui.button(cx.text.tr(key)).clicked())
            .map(|(_, choice)| choice)
            .last()
    });
    Menu { is_open: shown.is_some(), choice: shown.and_then(|shown| shown.inner) }
}

fn act(
    ui: &Ui,
    cx: &mut ViewContext<'_>,
    spec: &FigureSpec<'_>,
    table: &impl Fn() -> Table,
    choice: MenuChoice,
    state: &mut FigureState,
) {
    match choice {
        MenuChoice::CopyCsv => ui.copy_text(table().to_csv()),
        MenuChoice::SaveCsv => {
            let table = table();
            cx.files.save(
                spec.file_name,
                FileKind::Csv,
                Box::new(move || Ok(table.to_csv().into_bytes())),
            );
        }
        MenuChoice::SavePng => state.wants_picture = true,
        // Written once this frame's shapes are there.
        MenuChoice::SaveSvg => {}
        MenuChoice::ToggleTable => state.is_table = !state.is_table,
    }
}

const TWIN_HEIGHT: f32 = 280.0;
/// Each cell is a widget, so a table twin has a limit; the CSV has none.
const TWIN_COLUMNS: usize = 48;
const FIRST_WIDTH: f32 = 180.0;
const WIDTH: f32 = 110.0;

fn twin_ui(ui: &mut Ui, cx: &ViewContext<'_>, id: Id, table: &Table) {
    let width = |column: usize| if column == 0 { FIRST_WIDTH } else { WIDTH };
    let columns: Vec<TableColumn<'_>> = table
        .columns
        .iter()
        .take(TWIN_COLUMNS)
        .enumerate()
        .map(|(column, title)| TableColumn {
            title,
            width: width(column),
            is_numeric: column > 0 && table.n_rows > 0 && is_number(&table.cell(0, column)),
            is_sortable: false,
        })
        .collect();
    if columns.len() < table.columns.len() {
        let counts = [("shown", columns.len().into()), ("all", table.columns.len().into())];
        ui.label(cx.theme.small(cx.tr_with("figure-table-first", &counts)));
    }
    let spec = TableSpec {
        id: "twin",
        columns: &columns,
        n_rows: table.n_rows,
        selected: None,
        height: Some(TWIN_HEIGHT),
    };
    ui.push_id(id, |ui| {
        wide_table(ui, cx.theme, &spec, |ui, row, column| text_cell(ui, &table.cell(row, column)));
    });
}

/// Whether a cell holds a number as the window or a file writes it.
fn is_number(cell: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_digit() || "+-−–.,%e\u{a0} ".contains(letter);
    cell.chars().all(is_part) && cell.chars().any(|letter| letter.is_ascii_digit())
}

/// Take a picture of this part of the window and ask where to put it.
fn save_picture(ui: &Ui, cx: &mut ViewContext<'_>, file_name: &str, rect: Rect) {
    let taken: Arc<OnceLock<ColorImage>> = Arc::default();
    let rect = rect.intersect(ui.ctx().content_rect());
    let (slot, scale) = (taken.clone(), ui.ctx().pixels_per_point());
    let callback = ScreenshotCallback::new(move |image| {
        // The first picture counts; there is one per request.
        let _ = slot.set(image.region(&rect, Some(scale)));
    });
    ui.ctx().send_viewport_cmd(ViewportCommand::Screenshot(callback));
    let content = move || match taken.get() {
        Some(image) => encode_png(image),
        None => Err(std::io::Error::other("the window gave no picture; try again")),
    };
    cx.files.save(file_name, FileKind::Png, Box::new(content));
}

/// Shapes painted in this layer so far.
fn n_shapes(ui: &Ui) -> usize {
    ui.ctx().graphics(|layers| layers.get(ui.layer_id()).map_or(0, |list| list.next_idx().0))
}

fn shapes_since(ui: &Ui, before: usize) -> Vec<ClippedShape> {
    ui.ctx().graphics(|layers| {
        let list = layers.get(ui.layer_id());
        list.map(|list| list.all_entries().skip(before).cloned().collect()).unwrap_or_default()
    })
}

/// Ask where to put the figure as vectors.
fn save_svg(
    ui: &Ui,
    cx: &mut ViewContext<'_>,
    spec: &FigureSpec<'_>,
    area: Rect,
    shapes: Vec<ClippedShape>,
) {
    let (title, description) = (spec.title.to_owned(), spec.description.to_owned());
    let viewport = ui.clip_rect();
    let (background, ink) = (cx.theme.card, cx.theme.text);
    let content = move || {
        let sheet = svg::Sheet {
            title: &title,
            description: &description,
            area,
            viewport,
            background,
            ink,
        };
        Ok(svg::document(&sheet, &shapes).into_bytes())
    };
    cx.files.save(spec.file_name, FileKind::Svg, Box::new(content));
}

/// A picture as the bytes of a PNG file.
///
/// # Errors
/// When the picture is empty.
pub(in crate::gui) fn encode_png(image: &ColorImage) -> std::io::Result<Vec<u8>> {
    let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let pixels: Vec<u8> =
        image.pixels.iter().flat_map(|pixel| pixel.to_opaque().to_srgba_unmultiplied()).collect();
    let picture = image::RgbaImage::from_raw(width, height, pixels)
        .ok_or_else(|| std::io::Error::other("the picture has no pixels"))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).map_err(std::io::Error::other)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn numbers_are_told_from_words() {
        for number in ["12", "1,234.5", "−0.25", "12.3\u{a0}%", "1.5e-3"] {
            assert!(is_number(number), "{number}");
        }
        for words in ["", "–", "2 × 200 ml", "2025-01-01 12:00", "e"] {
            assert!(!is_number(words), "{words}");
        }
    }
}
