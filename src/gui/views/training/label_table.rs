//! How well each of several labels is told.

use egui::{Label, Ui};

use super::text_result::model_words;
use crate::eval::text::{LabelFigures, TextTaskReport};
use crate::gui::text::Text;
use crate::gui::theme::{ROW_HEIGHT, SPACE_S};
use crate::gui::view::ViewContext;
use crate::gui::views::run_words::metric_label;
use crate::gui::widgets::{TableColumn, TableSpec, data_table, section, text_cell};

const MIN_WIDTH: f32 = 70.0;
const MAX_HEIGHT: f32 = 320.0;

/// Columns that hold words: label and model.
const WORDS: usize = 2;

/// A row for each label and model, made as it is shown: there may be hundreds.
pub(super) fn ui(ui: &mut Ui, cx: &ViewContext<'_>, report: &TextTaskReport) {
    let tables = report.label_tables();
    let models = tables.iter().map(|(model, labels)| (model_words(cx, model), *labels)).collect();
    let rows = Rows { text: cx.text, labels: report.outputs.labels(), models };
    if rows.len() == 0 {
        return;
    }
    let titles = titles(cx);
    let width = (ui.available_width() / titles.len() as f32).max(MIN_WIDTH) - SPACE_S;
    let columns: Vec<TableColumn<'_>> = titles
        .iter()
        .enumerate()
        .map(|(place, title)| TableColumn {
            title,
            width,
            is_numeric: place >= WORDS,
            is_sortable: false,
        })
        .collect();
    let spec = TableSpec {
        id: "by-label",
        columns: &columns,
        n_rows: rows.len(),
        selected: None,
        height: Some(((rows.len() as f32 + 1.4) * ROW_HEIGHT).min(MAX_HEIGHT)),
    };
    section(ui, cx.theme, cx.tr("text-by-label"), |ui| {
        data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
            text_cell(ui, &rows.cell(row, column));
        });
        ui.add(Label::new(cx.theme.small(cx.tr("text-by-label-hint"))).wrap());
    });
}

fn titles(cx: &ViewContext<'_>) -> Vec<String> {
    let own = ["text-label", "runs-col-model", "text-label-support", "text-label-given"];
    let figures = ["precision", "recall", "f1", "auc"];
    let own = own.iter().map(|key| cx.tr(key).to_owned());
    own.chain(figures.iter().map(|name| metric_label(cx.text, name))).collect()
}

/// What the table is made of.
struct Rows<'a> {
    text: &'a Text,
    labels: &'a [String],
    /// Names of the models with their figures, label by label.
    models: Vec<(String, &'a [LabelFigures])>,
}

impl Rows<'_> {
    fn len(&self) -> usize {
        self.labels.len() * self.models.len()
    }

    fn cell(&self, row: usize, column: usize) -> String {
        let (label, model) = (row / self.models.len(), row % self.models.len());
        let (name, figures) = &self.models[model];
        let Some(of) = figures.get(label) else { return String::new() };
        match column {
            0 => self.labels[label].clone(),
            1 => name.clone(),
            2 => self.text.count(of.support),
            3 => self.text.count(of.given),
            4 => self.figure(of.precision),
            5 => self.figure(of.recall),
            6 => self.figure(of.f1),
            _ => self.figure(of.auc),
        }
    }

    fn figure(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| self.text.number(value, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::settings::Language;

    #[test]
    fn rows_go_by_label_and_what_is_not_defined_is_no_zero() {
        let figures = |support, f1| LabelFigures {
            support,
            given: 2,
            precision: f1,
            recall: f1,
            f1,
            auc: None,
        };
        let (first, second) =
            ([figures(4, Some(0.0)), figures(0, None)], [figures(4, Some(0.5)); 2]);
        let labels = ["warm", "gift"].map(str::to_owned);
        let models = vec![("BERT".to_owned(), &first[..]), ("words".to_owned(), &second[..])];
        let text = Text::new(Language::En);
        let rows = Rows { text: &text, labels: &labels, models };
        let row = |row| (0..8).map(|column| rows.cell(row, column)).collect::<Vec<_>>();
        assert_eq!(rows.len(), 4);
        assert_eq!(row(0), ["warm", "BERT", "4", "2", "0.000", "0.000", "0.000", "–"]);
        assert_eq!(row(1)[..2], ["warm", "words"]);
        assert_eq!(row(2), ["gift", "BERT", "0", "2", "–", "–", "–", "–"]);
    }
}
