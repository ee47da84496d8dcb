//! The clusters as a table.

use std::sync::Arc;

use egui::{Sense, Ui, vec2};

use super::ordered::{Cluster, Ordered};
use super::select;
use crate::gui::theme::ROW_HEIGHT;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{self, TableSpec};

const COLUMNS: [(&str, f32, bool); 5] = [
    ("similarity-col-cluster", 80.0, false),
    ("similarity-col-size", 70.0, true),
    ("similarity-col-cohesion", 130.0, true),
    ("similarity-col-category", 220.0, false),
    ("similarity-col-typical", 0.0, false),
];

/// The table; a click picks the most typical member.
pub fn clusters_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, ordered: &Arc<Ordered>) {
    let text = cx.text;
    let hint = match ordered.result.matrix.silhouette {
        Some(silhouette) => text.tr_with(
            "similarity-silhouette",
            &[("value", text.number(f64::from(silhouette), 2).into())],
        ),
        None => text.tr("similarity-no-silhouette").to_owned(),
    };
    widgets::section_with(
        ui,
        cx.theme,
        text.tr("similarity-cluster-list"),
        Some(&hint),
        |_| {},
        |ui| {
            let columns = common::table_columns(text, &COLUMNS, false);
            #[expect(clippy::cast_precision_loss, reason = "at most ten rows")]
            let height = ROW_HEIGHT * (ordered.clusters.len().min(10) as f32 + 1.6);
            let picked = cx.state.selection.item.map(|item| item.0);
            let place = picked.and_then(|item| ordered.place_of(item));
            let selected = place.map(|place| ordered.cluster_at(place));
            let spec = TableSpec {
                id: "clusters",
                columns: &columns,
                n_rows: ordered.clusters.len(),
                selected,
                height: Some(height),
            };
            let response =
                widgets::data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
                    cell_ui(ui, cx, ordered, row, column);
                });
            let typical =
                response.clicked.and_then(|row| ordered.clusters[row].typical.first().copied());
            if let Some(idx) = typical {
                select(cx, ordered.result.matrix.spec.subject, idx);
            }
        },
    );
}

fn cell_ui(ui: &mut Ui, cx: &ViewContext<'_>, ordered: &Ordered, row: usize, column: usize) {
    let cluster = &ordered.clusters[row];
    if column == 0 {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
        ui.painter().rect_filled(rect, 2, cx.theme.category(row));
    }
    widgets::text_cell(ui, &cell(cx, ordered, cluster, row, column));
}

fn cell(
    cx: &ViewContext<'_>,
    ordered: &Ordered,
    cluster: &Cluster,
    row: usize,
    column: usize,
) -> String {
    let text = cx.text;
    match column {
        0 => text.count(row + 1),
        1 => text.count(cluster.places.len()),
        2 => cluster.cohesion.map_or_else(|| "–".to_owned(), |cohesion| text.number(cohesion, 2)),
        3 => cluster.category.as_ref().map_or_else(String::new, |(name, share)| {
            format!("{name} ({})", text.percent(*share, 0))
        }),
        _ => {
            let name = |&idx: &u32| ordered.place_of(idx).map(|place| ordered.label_at(place));
            cluster.typical.iter().filter_map(name).collect::<Vec<_>>().join(" · ")
        }
    }
}
