//! The picture of the split.

use egui::Ui;

use super::parts::{part_color, part_key};
use super::stacked::{Layer, StackedBars};
use crate::dataset::calendar::DAY_MS;
use crate::dataset::describe::Bucket;
use crate::dataset::split::{Part, Timeline};
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{self, FigureSpec, Table};
use crate::workbench::SplitOverview;

const HEIGHT: f32 = 240.0;

/// The stacked bars, or why there are none.
pub(super) fn timeline_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, overview: &SplitOverview) {
    let text = cx.text;
    let title = text.tr("splits-timeline");
    let Some(timeline) = &overview.timeline else {
        widgets::section(ui, cx.theme, title, |ui| {
            ui.label(cx.theme.weak(text.tr("splits-no-times")));
        });
        return;
    };
    let hint = match timeline.bucket {
        Bucket::Day => "splits-timeline-daily",
        Bucket::Week => "splits-timeline-weekly",
    };
    let description =
        text.tr_with("splits-timeline-description", &[("n", timeline.starts_ms.len().into())]);
    let spec = FigureSpec {
        id: "timeline",
        title,
        hint: Some(text.tr(hint)),
        description: &description,
        file_name: "split-timeline",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || table(text, timeline),
        |ui, cx| {
            let layers: Vec<Layer<'_>> = shown(overview)
                .map(|part| Layer {
                    name: cx.text.tr(part_key(part)),
                    color: part_color(cx.theme, part),
                    values: timeline.of_part(part),
                })
                .collect();
            let bars = StackedBars {
                height: HEIGHT,
                starts_ms: &timeline.starts_ms,
                step_ms: timeline.bucket.days() * DAY_MS,
                layers: &layers,
            };
            bars.show(ui, cx, &description);
        },
    );
}

/// The parts that hold anything.
fn shown(overview: &SplitOverview) -> impl Iterator<Item = Part> + '_ {
    overview.summary.parts.iter().map(|counts| counts.part)
}

fn table(text: &Text, timeline: &Timeline) -> Table {
    let mut columns = vec![text.tr("splits-col-from").to_owned()];
    columns.extend(Part::ALL.iter().map(|&part| text.tr(part_key(part)).to_owned()));
    let rows = timeline.starts_ms.iter().enumerate().map(|(step, &start)| {
        let counts = timeline.by_part.iter().map(|counts| counts[step].to_string());
        std::iter::once(text.date(start)).chain(counts).collect()
    });
    Table::from_rows(columns, rows.collect())
}
