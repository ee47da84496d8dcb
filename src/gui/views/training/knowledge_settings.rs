//! What a recommender takes from the catalogue beside behaviour.

use std::path::PathBuf;

use egui::{TextEdit, Ui};

use super::model_settings::{choice, grid, number};
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::model::knowledge::CategoryShape;
use crate::model::knowledge::config::{
    Distance, KnowledgeConfig, KnowledgeUse, MOST_BANDS, MOST_DIM,
};

/// The fields that a file dialog answers.
const RULES: &str = "knowledge-rules";
const ATTRIBUTES: &str = "knowledge-attributes";

/// Whether the catalogue's facts take part, and how they are read and learned.
pub(super) fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, config: &mut KnowledgeConfig) {
    let uses = [
        (KnowledgeUse::None, "knowledge-none"),
        (KnowledgeUse::Text, "knowledge-text"),
        (KnowledgeUse::Graph, "knowledge-graph"),
        (KnowledgeUse::Both, "knowledge-both"),
    ];
    choice(ui, cx, "setting-knowledge", &mut config.used, &uses);
    let hint = match config.used {
        KnowledgeUse::None => "knowledge-none-hint",
        KnowledgeUse::Text => "knowledge-text-hint",
        KnowledgeUse::Graph => "knowledge-graph-hint",
        KnowledgeUse::Both => "knowledge-both-hint",
    };
    ui.add(egui::Label::new(cx.theme.small(cx.tr(hint))).wrap());
    if config.used == KnowledgeUse::None {
        return;
    }
    attributes(ui, cx, config);
    file(ui, cx, "setting-rules", RULES, &mut config.rules);
    categories(ui, cx, &mut config.categories);
    grid(ui, "knowledge-bands", |ui| {
        number(ui, cx, "setting-price-bands", &mut config.price_bands, 0..=MOST_BANDS, 0.1);
    });
    if config.used.is_graph() {
        graph(ui, cx, config);
    }
}

/// Which columns a product's text holds.
pub(super) fn product_text(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut KnowledgeConfig) {
    let parts = &mut config.product_text;
    let tells_facts = config.used.is_text();
    field(ui, cx.theme, cx.tr("setting-product-text"), |ui| {
        let row = ui.horizontal_wrapped(|ui| {
            for (part, key, is_told) in [
                (&mut parts.title, "product-text-title", false),
                (&mut parts.category, "product-text-category", tells_facts),
                (&mut parts.brand, "product-text-brand", tells_facts),
                (&mut parts.description, "product-text-description", false),
            ] {
                // Facts in words tell category and brand anyway.
                ui.add_enabled_ui(!is_told, |ui| ui.checkbox(part, cx.tr(key)));
            }
        });
        row.response.on_hover_text(cx.tr("setting-product-text-hint"));
    });
}

/// A file that may be absent: typed or chosen. `key` begins the keys of its texts, `chosen` is the field that a
/// file dialog answers.
fn file(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    key: &str,
    chosen: &'static str,
    path: &mut Option<PathBuf>,
) {
    if let Some(file) = cx.files.take_chosen(chosen).and_then(|mut paths| paths.pop()) {
        *path = Some(file);
    }
    let [none, hint, choose] = ["none", "hint", "choose"].map(|end| format!("{key}-{end}"));
    let label = cx.text.tr(key);
    let mut typed = path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    field(ui, cx.theme, label, |ui| {
        let edit = TextEdit::singleline(&mut typed)
            .hint_text(cx.text.tr(&none).to_owned())
            .desired_width(ui.available_width());
        let edit = ui.add(edit).accessible_name(label).on_hover_text(cx.text.tr(&hint));
        if edit.changed() {
            *path = (!typed.trim().is_empty()).then(|| typed.trim().into());
        }
    });
    if ui.button(cx.text.tr(&choose)).clicked() {
        cx.files.choose_file(chosen, cx.text.tr(&choose));
    }
}

/// The table of attributes and which of its columns count.
fn attributes(ui: &mut Ui, cx: &mut ViewContext<'_>, config: &mut KnowledgeConfig) {
    file(ui, cx, "setting-attributes", ATTRIBUTES, &mut config.attributes);
    if config.attributes.is_none() {
        return;
    }
    let label = cx.tr("setting-attribute-columns");
    // What is being typed may end in a comma, which the names themselves do not keep.
    let id = ui.scope_id().with("attribute-columns");
    let kept = ui.data(|data| data.get_temp::<String>(id));
    let same = |text: &String| text.parse() == Ok(config.attribute_columns.clone());
    let mut typed = kept.filter(same).unwrap_or_else(|| config.attribute_columns.to_string());
    field(ui, cx.theme, label, |ui| {
        let edit = TextEdit::singleline(&mut typed)
            .hint_text(cx.tr("setting-attribute-columns-none").to_owned())
            .desired_width(ui.available_width());
        let hint = cx.tr("setting-attribute-columns-hint");
        let edit = ui.add(edit).accessible_name(label).on_hover_text(hint);
        if edit.changed() {
            let Ok(columns) = typed.parse();
            config.attribute_columns = columns;
            ui.data_mut(|data| data.insert_temp(id, typed.clone()));
        }
    });
}

/// How categories are read, and what separates their parts.
fn categories(ui: &mut Ui, cx: &ViewContext<'_>, shape: &mut CategoryShape) {
    let shapes = [
        (Kind::Auto, "categories-auto"),
        (Kind::Path, "categories-path"),
        (Kind::Tags, "categories-tags"),
        (Kind::Whole, "categories-whole"),
    ];
    let mut kind = Kind::of(shape);
    choice(ui, cx, "setting-categories", &mut kind, &shapes);
    if kind != Kind::of(shape) {
        *shape = kind.of_separator(separator(shape));
    }
    if let CategoryShape::Path(separator) | CategoryShape::Tags(separator) = shape {
        let label = cx.tr("setting-separator");
        field(ui, cx.theme, label, |ui| {
            ui.add(TextEdit::singleline(separator).desired_width(60.0)).accessible_name(label)
        });
    }
}

/// What separates the parts of a category, or the first that comes to mind.
fn separator(shape: &CategoryShape) -> String {
    match shape {
        CategoryShape::Path(separator) | CategoryShape::Tags(separator) => separator.clone(),
        CategoryShape::Auto | CategoryShape::Whole => ">".to_owned(),
    }
}

/// A [`CategoryShape`] without its separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Auto,
    Whole,
    Path,
    Tags,
}

impl Kind {
    const fn of(shape: &CategoryShape) -> Self {
        match shape {
            CategoryShape::Auto => Self::Auto,
            CategoryShape::Whole => Self::Whole,
            CategoryShape::Path(_) => Self::Path,
            CategoryShape::Tags(_) => Self::Tags,
        }
    }

    fn of_separator(self, separator: String) -> CategoryShape {
        match self {
            Self::Auto => CategoryShape::Auto,
            Self::Whole => CategoryShape::Whole,
            Self::Path => CategoryShape::Path(separator),
            Self::Tags => CategoryShape::Tags(separator),
        }
    }
}

/// How the vectors of the graph are learned.
fn graph(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut KnowledgeConfig) {
    let distances = [(Distance::L2, "distance-l2"), (Distance::L1, "distance-l1")];
    choice(ui, cx, "setting-knowledge-distance", &mut config.distance, &distances);
    grid(ui, "knowledge-graph", |ui| {
        number(ui, cx, "setting-knowledge-dim", &mut config.dim, 1..=MOST_DIM, 1.0);
        number(ui, cx, "setting-knowledge-epochs", &mut config.epochs, 0..=10_000, 1.0);
        number(ui, cx, "setting-knowledge-margin", &mut config.margin, 0.01..=100.0, 0.01);
        number(ui, cx, "setting-knowledge-rate", &mut config.rate, 1e-4..=10.0, 0.005);
    });
}
