//! Where the data come from and what was done to them.

use egui::{Grid, Label, Ui};

use crate::dataset::load::LoadReport;
use crate::dataset::privacy::scan::SensitiveKind;
use crate::dataset::privacy::{PrivacyOutcome, Provenance, SourceFile, TIME, TextPlace};
use crate::gui::view::ViewContext;
use crate::gui::views::import_assistant::{field_key, format_key};
use crate::gui::widgets::{Icon, Table, badge, callout, empty_state, section_with};
use crate::workbench::Severity;

pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, report: &LoadReport) {
    let provenance = &report.provenance;
    if provenance.files.is_empty() {
        let (title, hint) = (cx.tr("provenance-none"), cx.tr("provenance-none-hint"));
        empty_state(ui, cx.theme, Icon::File, title, hint, None);
        return;
    }
    import_ui(ui, cx, provenance);
    privacy_ui(ui, cx, &provenance.privacy);
    for file in &provenance.files {
        file_ui(ui, cx, file);
    }
}

/// A name and what stands for it, one pair a row.
fn facts_ui(ui: &mut Ui, cx: &ViewContext<'_>, id: &str, facts: &[(&str, String)]) {
    Grid::new(id).num_columns(2).spacing([24.0, 4.0]).show(ui, |ui| {
        for (name, value) in facts {
            let label = ui.label(cx.theme.weak(*name));
            ui.add(Label::new(cx.theme.mono(value.as_str())).wrap().selectable(true))
                .labelled_by(label.id);
            ui.end_row();
        }
    });
}

fn import_ui(ui: &mut Ui, cx: &ViewContext<'_>, provenance: &Provenance) {
    let text = cx.text;
    let facts = [
        (text.tr("provenance-imported-at"), provenance.imported_at.clone()),
        (text.tr("provenance-version"), format!("Shelfwise {}", provenance.program_version)),
        (text.tr("provenance-revision"), provenance.revision.0.clone()),
    ];
    let copy = |ui: &mut Ui| {
        if ui.button(text.tr("provenance-copy")).clicked() {
            ui.copy_text(files_table(cx, provenance).to_csv());
        }
    };
    let hint = text.tr("provenance-import-hint");
    section_with(ui, cx.theme, text.tr("provenance-import"), Some(hint), copy, |ui| {
        facts_ui(ui, cx, "import-facts", &facts);
    });
}

/// The files as a table for the clipboard.
fn files_table(cx: &ViewContext<'_>, provenance: &Provenance) -> Table {
    let columns = ["provenance-file", "provenance-size", "provenance-hash", "provenance-read-at"];
    let row = |file: &SourceFile| {
        vec![
            file.path.display().to_string(),
            file.size_bytes.map(|size| size.to_string()).unwrap_or_default(),
            file.blake3.clone().unwrap_or_default(),
            file.read_at.clone(),
        ]
    };
    Table::from_rows(
        columns.map(|key| cx.text.tr(key).to_owned()).to_vec(),
        provenance.files.iter().map(row).collect(),
    )
}

fn privacy_ui(ui: &mut Ui, cx: &ViewContext<'_>, outcome: &PrivacyOutcome) {
    let text = cx.text;
    let hint = text.tr("provenance-privacy-hint");
    section_with(
        ui,
        cx.theme,
        text.tr("provenance-privacy"),
        Some(hint),
        |_| {},
        |ui| {
            let mut facts = policy_facts(cx, outcome);
            facts.extend(group_facts(cx, outcome));
            let rest = if cx.state.is_locked { "provenance-locked" } else { "provenance-in-clear" };
            facts.push((text.tr("provenance-at-rest"), text.tr(rest).to_owned()));
            facts_ui(ui, cx, "privacy-facts", &facts);
            for finding in &outcome.texts {
                let place = match &finding.place {
                    TextPlace::Events => text.tr("privacy-place-events").to_owned(),
                    TextPlace::Titles => text.tr("privacy-place-titles").to_owned(),
                    TextPlace::Descriptions => text.tr("privacy-place-descriptions").to_owned(),
                    TextPlace::Attribute(column) => column.clone(),
                };
                let key = if finding.masked { "privacy-finding-masked" } else { "privacy-finding" };
                let words = [
                    ("kind", text.tr(kind_key(finding.kind)).into()),
                    ("rows", finding.rows.into()),
                    ("place", place.into()),
                    ("examples", finding.examples.join(", ").into()),
                ];
                let severity = if finding.masked { Severity::Info } else { Severity::Warning };
                callout(ui, cx.theme, severity, &text.tr_with(key, &words));
            }
        },
    );
}

fn policy_facts<'a>(cx: &ViewContext<'a>, outcome: &PrivacyOutcome) -> Vec<(&'a str, String)> {
    let (text, policy) = (cx.text, &outcome.policy);
    let none = || text.tr("provenance-nothing").to_owned();
    let ids = match &outcome.key_fingerprint {
        Some(key) => text.tr_with("provenance-pseudonyms", &[("key", key.as_str().into())]),
        None => text.tr("provenance-clear-ids").to_owned(),
    };
    let dropped = policy.drop_columns.join(", ");
    let mut coarser: Vec<String> = outcome
        .generalised
        .iter()
        .map(|one| {
            let words = [
                ("column", one.column.as_str().into()),
                ("rule", one.rule.to_string().into()),
                ("before", one.values_before.into()),
                ("after", one.values_after.into()),
            ];
            text.tr_with("provenance-coarser-column", &words)
        })
        .collect();
    coarser.extend(policy.generalise.get(TIME).map(|rule| format!("{TIME} → {rule}")));
    vec![
        (text.tr("provenance-ids"), ids),
        (text.tr("provenance-dropped"), if dropped.is_empty() { none() } else { dropped }),
        (
            text.tr("provenance-coarser"),
            if coarser.is_empty() { none() } else { coarser.join("; ") },
        ),
    ]
}

fn group_facts<'a>(cx: &ViewContext<'a>, outcome: &PrivacyOutcome) -> Option<(&'a str, String)> {
    let groups = outcome.groups.as_ref()?;
    let words = [
        ("k", groups.min_group_size.into()),
        ("below", groups.combinations_below.into()),
        ("all", groups.combinations.into()),
        ("shoppers", groups.shoppers_below.into()),
        ("smallest", groups.smallest.into()),
    ];
    Some((cx.tr("provenance-groups"), cx.tr_with("provenance-groups-words", &words)))
}

fn file_ui(ui: &mut Ui, cx: &ViewContext<'_>, file: &SourceFile) {
    let (text, path) = (cx.text, file.path.display().to_string());
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let unknown = || text.tr("provenance-unknown").to_owned();
    let bytes = |size: u64| text.tr_with("provenance-bytes", &[("bytes", size.into())]);
    let column = |mapped: &crate::dataset::load::MappedColumn| {
        format!("{} ← {}", text.tr(field_key(mapped.field)), mapped.column)
    };
    let rows = [("read", file.rows_read.into()), ("kept", file.rows_kept.into())];
    let facts = [
        (text.tr("provenance-size"), file.size_bytes.map_or_else(unknown, bytes)),
        (text.tr("provenance-hash"), file.blake3.clone().unwrap_or_else(unknown)),
        (text.tr("provenance-modified"), file.modified.clone().unwrap_or_else(unknown)),
        (text.tr("provenance-read-at"), file.read_at.clone()),
        (text.tr("provenance-rows"), text.tr_with("provenance-rows-words", &rows)),
        (
            text.tr("provenance-mapping"),
            file.mapping.iter().map(column).collect::<Vec<_>>().join("; "),
        ),
    ];
    let badges = |ui: &mut Ui| badge(ui, cx.theme, cx.theme.accent, cx.tr(format_key(file.format)));
    section_with(
        ui,
        cx.theme,
        &name,
        Some(&path),
        |ui| drop(badges(ui)),
        |ui| {
            facts_ui(ui, cx, &path, &facts);
            if file.changed_while_read {
                callout(ui, cx.theme, Severity::Warning, text.tr("provenance-changed"));
            }
        },
    );
}

const fn kind_key(kind: SensitiveKind) -> &'static str {
    match kind {
        SensitiveKind::Email => "privacy-kind-email",
        SensitiveKind::Phone => "privacy-kind-phone",
        SensitiveKind::Card => "privacy-kind-card",
        SensitiveKind::Iban => "privacy-kind-iban",
    }
}
