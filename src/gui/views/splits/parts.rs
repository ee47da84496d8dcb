//! The parts in figures.

use egui::{Color32, Ui};

use crate::dataset::split::{Part, PartCounts, SplitSummary};
use crate::gui::text::Text;
use crate::gui::theme::Theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{self, Bar, FigureSpec, StatTile, Table};

/// Key of a part in the message catalogue.
pub(super) const fn part_key(part: Part) -> &'static str {
    match part {
        Part::Train => "splits-part-train",
        Part::Validation => "splits-part-validation",
        Part::Test => "splits-part-test",
        Part::Context => "splits-part-context",
        Part::Unused => "splits-part-unused",
    }
}

/// Colour of a part, the same in every figure.
pub(super) const fn part_color(theme: &Theme, part: Part) -> Color32 {
    match part {
        Part::Train => theme.category(0),
        Part::Validation => theme.category(1),
        Part::Test => theme.category(3),
        Part::Context => theme.category(5),
        Part::Unused => theme.category(7),
    }
}

/// One tile per part.
pub(super) fn tiles_ui(ui: &mut Ui, cx: &ViewContext<'_>, summary: &SplitSummary) {
    let text = cx.text;
    let total: u64 = summary.parts.iter().map(|counts| counts.visits).sum();
    let values: Vec<(&str, String, String)> = summary
        .parts
        .iter()
        .map(|counts| {
            let share = text.percent(counts.visits as f64 / total.max(1) as f64, 1);
            let hint = match counts.part {
                Part::Validation => cases(text, &share, summary.validation_cases),
                Part::Test => cases(text, &share, summary.test_cases),
                _ => text.tr_with("splits-share", &[("share", share.into())]),
            };
            (text.tr(part_key(counts.part)), text.count(counts.visits), hint)
        })
        .collect();
    let tiles: Vec<StatTile<'_>> = values
        .iter()
        .map(|(label, value, hint)| StatTile { label, value, hint: Some(hint) })
        .collect();
    widgets::stat_row(ui, cx.theme, &tiles);
}

fn cases(text: &Text, share: &str, cases: u64) -> String {
    text.tr_with("splits-share-cases", &[("share", share.into()), ("cases", cases.into())])
}

/// Who and what is new in the parts that are predicted.
pub(super) fn parts_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, summary: &SplitSummary) {
    let text = cx.text;
    let spec = FigureSpec {
        id: "cold",
        title: text.tr("splits-cold"),
        hint: Some(text.tr("splits-cold-hint")),
        description: text.tr("splits-cold-hint"),
        file_name: "split-parts",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || table(text, summary),
        |ui, cx| {
            let bars: Vec<Bar> = summary
                .parts
                .iter()
                .filter(|counts| matches!(counts.part, Part::Validation | Part::Test))
                .flat_map(|counts| cold_bars(cx, counts))
                .collect();
            if bars.is_empty() {
                ui.label(cx.theme.weak(cx.tr("splits-no-cases")));
            }
            widgets::bar_list(ui, cx.theme, &bars, None);
        },
    );
}

fn cold_bars(cx: &ViewContext<'_>, counts: &PartCounts) -> [Bar; 3] {
    let part = cx.text.tr(part_key(counts.part));
    [
        ("splits-cold-users", counts.cold_users, counts.users),
        ("splits-cold-items", counts.cold_items, counts.items),
        ("splits-cold-visits", counts.cold_item_visits, counts.visits),
    ]
    .map(|(key, cold, all)| {
        let share = cold as f64 / all.max(1) as f64;
        Bar {
            label: cx.text.tr_with(key, &[("part", part.into())]),
            value: share,
            text: format!("{} · {}", cx.text.count(cold), cx.text.percent(share, 1)),
            color: Some(part_color(cx.theme, counts.part)),
            marker: None,
        }
    })
}

fn table(text: &Text, summary: &SplitSummary) -> Table {
    let columns = [
        "splits-col-part",
        "splits-col-visits",
        "splits-col-users",
        "splits-col-items",
        "splits-col-cold-users",
        "splits-col-cold-items",
        "splits-col-cold-visits",
    ];
    let row = |counts: &PartCounts| {
        let figures = [
            counts.visits,
            counts.users,
            counts.items,
            counts.cold_users,
            counts.cold_items,
            counts.cold_item_visits,
        ];
        std::iter::once(text.tr(part_key(counts.part)).to_owned())
            .chain(figures.map(|figure| figure.to_string()))
            .collect()
    };
    Table::from_rows(
        columns.map(|key| text.tr(key).to_owned()).to_vec(),
        summary.parts.iter().map(row).collect(),
    )
}
