//! How the files were read: rows, columns, what was left out and why.

use egui::Ui;

use crate::dataset::load::{
    EventWord, LoadReport, RejectReason, Rejected, SourceReport, WarningKind,
};
use crate::dataset::schema::Role;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::event_key;
use crate::gui::views::import_assistant::{field_key, format_key, reason_words};
use crate::gui::views::names::hidden_rows_ui;
use crate::gui::widgets::{Icon, StatTile, badge, callout, empty_state, section_with, stat_row};
use crate::workbench::Severity;

pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, report: &LoadReport) {
    if report.sources.is_empty() {
        let (title, hint) = (cx.tr("report-none"), cx.tr("report-none-hint"));
        empty_state(ui, cx.theme, Icon::File, title, hint, None);
        return;
    }
    let (read, rejected) = (report.rows_read(), report.rows_rejected());
    let tiles = [
        (cx.tr("report-files"), cx.text.count(report.sources.len())),
        (cx.tr("report-rows-read"), cx.text.count(read)),
        (cx.tr("report-rows-kept"), cx.text.count(read - rejected.min(read))),
        (cx.tr("report-rows-rejected"), cx.text.count(rejected)),
    ];
    let tiles: Vec<_> =
        tiles.iter().map(|(label, value)| StatTile { label, value, hint: None }).collect();
    stat_row(ui, cx.theme, &tiles);
    warnings_ui(ui, cx, report, usize::MAX);
    for source in &report.sources {
        source_ui(ui, cx, source);
    }
}

/// What the user should know about the import, in words, each with at most so many examples.
pub(super) fn warnings_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    report: &LoadReport,
    most_examples: usize,
) {
    for warning in &report.warnings {
        let mut text = cx.tr_with(warning_key(warning.kind), &[("count", warning.count.into())]);
        if !warning.examples.is_empty() && !cx.state.settings.presenter {
            let shown = &warning.examples[..warning.examples.len().min(most_examples)];
            let examples = shown.join(" · ");
            text = format!(
                "{text} {}",
                cx.tr_with("report-examples", &[("examples", examples.into())])
            );
        }
        callout(ui, cx.theme, Severity::Warning, &text);
    }
}

fn source_ui(ui: &mut Ui, cx: &ViewContext<'_>, source: &SourceReport) {
    let name =
        source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = source.path.display().to_string();
    section_with(
        ui,
        cx.theme,
        &name,
        Some(&path),
        |ui| {
            badge(ui, cx.theme, cx.theme.accent, cx.tr(role_key(source.role)));
            badge(ui, cx.theme, cx.theme.weak_text, &layout_words(cx, source));
        },
        |ui| {
            let words = [
                ("read", source.rows_read.into()),
                ("kept", source.rows_kept.into()),
                ("rejected", source.rows_rejected().into()),
            ];
            ui.label(cx.theme.body(cx.tr_with("report-counts", &words)));
            for word in &source.event_words {
                ui.label(cx.theme.body(word_words(cx, word)));
            }
            for rejected in &source.rejected {
                rejected_ui(ui, cx, rejected);
            }
            ui.add_space(SPACE_S);
            ui.push_id(&path, |ui| mapping_ui(ui, cx, source));
        },
    );
}

fn layout_words(cx: &ViewContext<'_>, source: &SourceReport) -> String {
    let mut parts = vec![cx.tr(format_key(source.format)).to_owned()];
    if let Some(delimiter) = source.delimiter {
        parts.push(if delimiter == '\t' {
            cx.tr("delimiter-tab").to_owned()
        } else {
            format!("“{delimiter}”")
        });
    }
    parts.extend(source.encoding.clone());
    parts.extend(source.compression.map(|compression| compression.name().to_owned()));
    parts.join(" · ")
}

/// What a word of the event column was read as.
fn word_words(cx: &ViewContext<'_>, word: &EventWord) -> String {
    let (text, count) = (word.word.as_str().into(), word.count.into());
    match word.kind {
        Some(kind) => {
            let event = cx.text.tr(event_key(kind)).into();
            cx.tr_with("report-word", &[("word", text), ("event", event), ("count", count)])
        }
        None => cx.tr_with("report-word-unknown", &[("word", text), ("count", count)]),
    }
}

fn rejected_ui(ui: &mut Ui, cx: &ViewContext<'_>, rejected: &Rejected) {
    let reason = cx.text.tr(reject_key(rejected.reason));
    let title = cx
        .tr_with("report-rejected", &[("count", rejected.count.into()), ("reason", reason.into())]);
    egui::CollapsingHeader::new(cx.theme.body(title))
        .id_salt((rejected.reason as u8, rejected.count))
        .show(ui, |ui| {
            if hidden_rows_ui(ui, cx) {
                return;
            }
            egui::Grid::new("examples").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
                for example in &rejected.examples {
                    ui.label(
                        cx.theme.small(cx.tr_with("report-line", &[("line", example.line.into())])),
                    );
                    ui.add(
                        egui::Label::new(cx.theme.mono(example.text.as_str()))
                            .truncate()
                            .selectable(true),
                    );
                    ui.end_row();
                }
            });
        });
}

fn mapping_ui(ui: &mut Ui, cx: &ViewContext<'_>, source: &SourceReport) {
    egui::Grid::new("mapping").num_columns(3).spacing([24.0, 4.0]).striped(false).show(ui, |ui| {
        for title in ["report-col-field", "report-col-column", "report-col-reason"] {
            ui.label(cx.theme.small(cx.text.tr(title)));
        }
        ui.end_row();
        for mapped in &source.mapping {
            ui.label(cx.theme.body(cx.text.tr(field_key(mapped.field))));
            ui.label(cx.theme.mono(mapped.column.as_str()));
            ui.label(cx.theme.weak(reason_words(cx, mapped.reason)));
            ui.end_row();
        }
    });
    let is_used = |column: &&String| source.mapping.iter().any(|mapped| mapped.column == **column);
    let unused: Vec<&str> =
        source.columns.iter().filter(|column| !is_used(column)).map(String::as_str).collect();
    if !unused.is_empty() {
        let words = cx.tr_with("report-unused", &[("columns", unused.join(", ").into())]);
        ui.add(egui::Label::new(cx.theme.small(words)).wrap());
    }
}

const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Events => "role-events",
        Role::Catalog => "role-catalog",
        Role::Users => "role-users",
    }
}

pub(in crate::gui::views) const fn reject_key(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::RaggedRow => "reject-ragged-row",
        RejectReason::UnclosedQuote => "reject-unclosed-quote",
        RejectReason::BadJson => "reject-bad-json",
        RejectReason::NoUser => "reject-no-user",
        RejectReason::NoItem => "reject-no-item",
        RejectReason::NoTime => "reject-no-time",
        RejectReason::BadTime => "reject-bad-time",
        RejectReason::BadNumber => "reject-bad-number",
        RejectReason::UnknownEvent => "reject-unknown-event",
        RejectReason::DuplicateId => "reject-duplicate-id",
    }
}

const fn warning_key(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::RejectedRows => "warning-rejected-rows",
        WarningKind::UnknownProducts => "warning-unknown-products",
        WarningKind::UnknownUsers => "warning-unknown-users",
        WarningKind::DuplicateEvents => "warning-duplicate-events",
        WarningKind::Encoding => "warning-encoding",
        WarningKind::AmbiguousDates => "warning-ambiguous-dates",
        WarningKind::NoTimes => "warning-no-times",
        WarningKind::UnreadableNumbers => "warning-unreadable-numbers",
        WarningKind::CatalogFromEvents => "warning-catalog-from-events",
        WarningKind::PersonalData => "warning-personal-data",
        WarningKind::CatalogConflicts => "warning-catalog-conflicts",
        WarningKind::ChangedFile => "warning-changed-file",
    }
}
