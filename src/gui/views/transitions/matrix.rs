//! The matrix of probabilities as a heatmap.

use std::sync::Arc;

use egui::Ui;

use super::chain::Chain;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{ColorScale, FigureSpec, Heatmap, HeatmapSource};

impl HeatmapSource for Chain {
    fn n_rows(&self) -> usize {
        self.len()
    }

    fn n_cols(&self) -> usize {
        self.len()
    }

    #[expect(clippy::cast_possible_truncation, reason = "a shade needs no 53 bits")]
    fn value(&self, row: usize, col: usize) -> f32 {
        self.probability(row, col) as f32
    }

    fn row_label(&self, row: usize) -> String {
        self.labels[row].clone()
    }

    fn col_label(&self, col: usize) -> String {
        self.labels[col].clone()
    }
}

/// The heatmap with what the pointed cell says; a click picks the row's state.
pub fn matrix_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    heatmap: &mut Heatmap,
    chain: &Arc<Chain>,
    selected: &mut Option<usize>,
) {
    let text = cx.text;
    let steps = [("steps", chain.steps.into())];
    let hint = text.tr_with("transitions-matrix-hint", &steps);
    let description = text.tr_with(
        "transitions-matrix-description",
        &[("states", chain.len().into()), ("steps", chain.steps.into())],
    );
    let spec = FigureSpec {
        id: "transition-matrix",
        title: text.tr("transitions-matrix"),
        hint: Some(&hint),
        description: &description,
        file_name: "transitions",
    };
    #[expect(clippy::cast_possible_truncation, reason = "a shade needs no 53 bits")]
    let scale = ColorScale::Sequential { min: 0.0, max: chain.largest.max(1e-6) as f32 };
    let format = |value: f32| text.percent(f64::from(value), 1);
    let source: Arc<dyn HeatmapSource> = chain.clone();
    let key = common::identity(chain) as u64;
    let answer = heatmap.show(ui, cx, &spec, &source, key, scale, &format);
    if let Some((row, _)) = answer.clicked {
        *selected = Some(row);
    }
    ui.label(cx.theme.small(cell_text(cx, chain, answer.hovered)));
}

/// What one cell says: probability after n steps, and the counts behind one step.
fn cell_text(cx: &ViewContext<'_>, chain: &Chain, cell: Option<(usize, usize)>) -> String {
    let text = cx.text;
    let Some((from, to)) = cell.filter(|&(from, to)| from < chain.len() && to < chain.len()) else {
        return text.tr("transitions-matrix-point").to_owned();
    };
    text.tr_with(
        "transitions-cell",
        &[
            ("from", chain.labels[from].as_str().into()),
            ("to", chain.labels[to].as_str().into()),
            ("probability", text.percent(chain.probability(from, to), 2).into()),
            ("steps", chain.steps.into()),
            ("count", chain.count(from, to).into()),
            ("left", chain.left_counts[from].into()),
        ],
    )
}
