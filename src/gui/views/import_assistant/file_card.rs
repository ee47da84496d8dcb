//! One file of the proposal: what it holds, which column means what, its first rows.

use egui::{ComboBox, Ui};

use super::draft::Draft;
use super::layout;
use crate::dataset::EventKind;
use crate::dataset::load::{FileFormat, MatchReason, Preview};
use crate::dataset::schema::{ColumnChoice, Field, Role};
use crate::gui::theme::{SPACE_S, SPACE_XL};
use crate::gui::view::ViewContext;
use crate::gui::views::common::event_key;
use crate::gui::views::names::hidden_rows_ui;
use crate::gui::widgets::{
    TableColumn, TableSpec, badge, callout, section_with, segmented, text_cell, wide_table,
};
use crate::workbench::Severity;

const MAPPING_WIDTH: f32 = 430.0;
const PREVIEW_HEIGHT: f32 = 270.0;

pub(super) fn show(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    draft: &mut Draft,
    index: usize,
    preview: &Preview,
) {
    let name = preview
        .path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let path = preview.path.display().to_string();
    ui.push_id(index, |ui| {
        let mut role = draft.roles[index];
        let mut format = draft.formats[index];
        section_with(
            ui,
            cx.theme,
            &name,
            Some(&path),
            |ui| {
                let choices = [
                    (Some(Role::Events), cx.tr("role-events")),
                    (Some(Role::Catalog), cx.tr("role-catalog")),
                    (Some(Role::Users), cx.tr("role-users")),
                    (None, cx.tr("role-none")),
                ];
                let label = cx.tr_with("import-role", &[("file", name.as_str().into())]);
                segmented(ui, cx.theme, &label, &mut role, &choices);
                layout::format_ui(ui, cx, &mut format, preview.format, &name);
                badge(ui, cx.theme, cx.theme.accent, &layout_words(cx, preview));
            },
            |ui| {
                if let Some(role) = draft.roles[index] {
                    columns_ui(ui, cx, draft, index, preview, role);
                } else {
                    ui.label(cx.theme.weak(cx.tr("import-left-out")));
                }
            },
        );
        draft.roles[index] = role;
        draft.formats[index] = format;
    });
}

fn layout_words(cx: &ViewContext<'_>, preview: &Preview) -> String {
    let format = cx.tr(format_key(preview.format));
    let delimiter = preview.delimiter.map(|delimiter| match delimiter {
        '\t' => cx.tr("delimiter-tab").to_owned(),
        other => format!("“{other}”"),
    });
    let parts = [Some(format.to_owned()), delimiter, preview.encoding.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Key of a file format in the message catalogue.
pub(in crate::gui::views) const fn format_key(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Delimited => "format-delimited",
        FileFormat::JsonLines => "format-json-lines",
        FileFormat::Parquet => "format-parquet",
        FileFormat::Arrow => "format-arrow",
        FileFormat::Json => "format-json",
        FileFormat::Excel => "format-excel",
        FileFormat::RecBole => "format-recbole",
        FileFormat::MovieLens => "format-movielens",
        FileFormat::Sequence => "format-sequence",
        FileFormat::Pairs => "format-pairs",
        FileFormat::Baskets => "format-baskets",
        FileFormat::Amazon => "format-amazon",
        FileFormat::Lines => "format-lines",
        FileFormat::Periods => "format-periods",
    }
}

fn columns_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    draft: &mut Draft,
    index: usize,
    preview: &Preview,
    role: Role,
) {
    let missing: Vec<&str> =
        draft.missing(index).into_iter().map(|field| cx.text.tr(field_key(field))).collect();
    if !missing.is_empty() {
        let text = cx.tr_with("import-missing", &[("fields", missing.join(", ").into())]);
        callout(ui, cx.theme, Severity::Warning, &text);
        ui.add_space(SPACE_S);
    }
    ui.horizontal_top(|ui| {
        ui.allocate_ui(egui::vec2(MAPPING_WIDTH, 0.0), |ui| {
            ui.set_width(MAPPING_WIDTH);
            ui.vertical(|ui| {
                mapping_ui(ui, cx, draft, index, preview, role);
                if role == Role::Events {
                    layout::words_ui(ui, cx, draft, preview);
                }
            });
        });
        ui.add_space(SPACE_XL);
        ui.vertical(|ui| rows_ui(ui, cx, preview));
    });
}

fn mapping_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    draft: &mut Draft,
    index: usize,
    preview: &Preview,
    role: Role,
) {
    egui::Grid::new("mapping").num_columns(3).spacing([12.0, 6.0]).show(ui, |ui| {
        for &field in role.fields() {
            let is_required = role.required().contains(&field);
            let name = cx.tr(field_key(field));
            let label = if is_required { format!("{name} *") } else { name.to_owned() };
            ui.label(cx.theme.body(label));
            choice_ui(ui, cx, draft, index, preview, role, field);
            let reason = match draft.mapping.role(role).fields.get(&field) {
                Some(_) => cx.tr("match-chosen").to_owned(),
                None => draft
                    .recognised(index, field)
                    .map(|found| reason_words(cx, found.reason))
                    .unwrap_or_default(),
            };
            ui.add(egui::Label::new(cx.theme.small(reason)).truncate());
            ui.end_row();
        }
    });
}

fn choice_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    draft: &mut Draft,
    index: usize,
    preview: &Preview,
    role: Role,
    field: Field,
) {
    let shown = draft.column(index, field).map(|column| column_words(cx, column));
    let shown = shown.unwrap_or_else(|| cx.tr(draft.default_key(index, role, field)).to_owned());
    let before = draft.mapping.role(role).fields.get(&field).cloned();
    let mut choice = before.clone();
    let combo = ComboBox::from_id_salt(field.name())
        .width(150.0)
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            ui.selectable_value(&mut choice, None, cx.tr("column-auto"));
            ui.selectable_value(&mut choice, Some(ColumnChoice::Unused), cx.tr("column-none"));
            if matches!(field, Field::User | Field::Item) {
                ui.selectable_value(
                    &mut choice,
                    Some(ColumnChoice::RowNumber),
                    cx.tr("column-row"),
                );
            }
            if field == Field::Event {
                for kind in EventKind::ALL {
                    let words = cx
                        .tr_with("column-always", &[("event", cx.text.tr(event_key(kind)).into())]);
                    ui.selectable_value(&mut choice, Some(ColumnChoice::Always(kind)), words);
                }
            }
            ui.separator();
            for column in &preview.columns {
                ui.selectable_value(
                    &mut choice,
                    Some(ColumnChoice::Column(column.clone())),
                    column,
                );
            }
        });
    let label = cx.tr_with("import-column-for", &[("field", cx.tr(field_key(field)).into())]);
    combo.response.accessible_name(label);
    if choice != before {
        let fields = &mut draft.mapping.role_mut(role).fields;
        match choice {
            Some(choice) => drop(fields.insert(field, choice)),
            None => drop(fields.remove(&field)),
        }
    }
}

fn column_words(cx: &ViewContext<'_>, column: &str) -> String {
    match column {
        "#row" => cx.tr("column-row").to_owned(),
        other => other.to_owned(),
    }
}

fn rows_ui(ui: &mut Ui, cx: &ViewContext<'_>, preview: &Preview) {
    if hidden_rows_ui(ui, cx) {
        return;
    }
    let columns: Vec<TableColumn<'_>> = preview
        .columns
        .iter()
        .map(|title| TableColumn { title, width: 110.0, is_numeric: false, is_sortable: false })
        .collect();
    let spec = TableSpec {
        id: "rows",
        columns: &columns,
        n_rows: preview.rows.len(),
        selected: None,
        height: Some(PREVIEW_HEIGHT),
    };
    wide_table(ui, cx.theme, &spec, |ui, row, column| {
        text_cell(ui, preview.rows[row].get(column).map_or("", String::as_str));
    });
}

/// How a column was recognised, in words.
pub(in crate::gui::views) fn reason_words(cx: &ViewContext<'_>, reason: MatchReason) -> String {
    let (key, counts) = match reason {
        MatchReason::Chosen => ("match-chosen", None),
        MatchReason::Format => ("match-format", None),
        MatchReason::Name => ("match-name", None),
        MatchReason::NameAndValues { fitting, sampled } => {
            ("match-name-and-values", Some((fitting, sampled)))
        }
        MatchReason::NameDespiteValues { fitting, sampled } => {
            ("match-name-despite-values", Some((fitting, sampled)))
        }
        MatchReason::Values { fitting, sampled } => ("match-values", Some((fitting, sampled))),
    };
    match counts {
        None => cx.text.tr(key).to_owned(),
        Some((fitting, sampled)) => {
            cx.tr_with(key, &[("fitting", fitting.into()), ("sampled", sampled.into())])
        }
    }
}

/// Key of a field in the message catalogue.
pub(in crate::gui::views) const fn field_key(field: Field) -> &'static str {
    match field {
        Field::User => "field-user",
        Field::Item => "field-item",
        Field::Time => "field-time",
        Field::Event => "field-event",
        Field::Quantity => "field-quantity",
        Field::Price => "field-price",
        Field::Total => "field-total",
        Field::Rating => "field-rating",
        Field::Query => "field-query",
        Field::Review => "field-review",
        Field::Order => "field-order",
        Field::Title => "field-title",
        Field::Description => "field-description",
        Field::Category => "field-category",
        Field::Brand => "field-brand",
        Field::Stock => "field-stock",
        Field::Picture => "field-picture",
    }
}
