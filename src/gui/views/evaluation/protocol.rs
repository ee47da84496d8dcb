//! How the figures were measured, in full.

use egui::{Grid, Ui};

use super::runs::split_text;
use crate::dataset::Origin;
use crate::dataset::split::Phase;
use crate::eval::protocol::{DiversityBasis, FittedOn, Protocol, Ranking, Ties};
use crate::gui::text::{Text, Value};
use crate::gui::theme::{SPACE_L, SPACE_XS};
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::views::splits::leak_words;
use crate::gui::widgets;
use crate::workbench::EvaluationTable;

/// The card.
pub fn protocol_ui(ui: &mut Ui, cx: &ViewContext<'_>, table: &EvaluationTable) {
    let Some(own) = table.rows.first() else { return };
    let (text, theme) = (cx.text, cx.theme);
    let report = &own.report;
    let mut lines = lines(text, &report.protocol);
    lines.push((
        text.tr("evaluation-p-masked"),
        text.tr_with(
            "evaluation-p-masked-value",
            &[("masked", report.masked_targets.into()), ("targets", report.targets.into())],
        ),
    ));
    lines.push((text.tr("evaluation-p-secs"), text.secs(report.eval_secs)));
    widgets::section_with(
        ui,
        theme,
        text.tr("evaluation-protocol"),
        Some(text.tr("evaluation-protocol-hint")),
        |_| {},
        |ui| {
            let fit = common::columns_that_fit(ui, 400.0, 2);
            let per_column = lines.len().div_ceil(fit);
            common::columns(ui, fit, |columns| {
                for ((column, chunk), index) in
                    columns.iter_mut().zip(lines.chunks(per_column)).zip(0..)
                {
                    Grid::new(("protocol", index))
                        .num_columns(2)
                        .spacing([SPACE_L, SPACE_XS + 2.0])
                        .show(column, |ui: &mut Ui| {
                            for (label, value) in chunk {
                                ui.label(theme.weak(*label));
                                ui.add(egui::Label::new(theme.body(value.as_str())).wrap());
                                ui.end_row();
                            }
                        });
                }
            });
        },
    );
}

fn case_counts(protocol: &Protocol) -> [(&'static str, Value<'static>); 2] {
    [("n", protocol.n_users.into()), ("all", protocol.n_cases.into())]
}

/// How many cases were judged: a number, or a number of how many.
pub fn cases_words(text: &Text, protocol: &Protocol) -> String {
    if protocol.is_sampled() {
        return text.tr_with("evaluation-cases-sampled", &case_counts(protocol));
    }
    text.count(protocol.n_users)
}

/// The title of a figure, which says so where only a part of the cases was judged.
pub(super) fn titled(text: &Text, title: &str, protocol: Option<&Protocol>) -> String {
    match protocol.filter(|protocol| protocol.is_sampled()) {
        Some(protocol) => {
            let cases = cases_words(text, protocol);
            text.tr_with(
                "evaluation-title-sampled",
                &[("title", title.into()), ("cases", cases.into())],
            )
        }
        None => title.to_owned(),
    }
}

type Line<'a> = (&'a str, String);

fn lines<'a>(text: &'a Text, protocol: &Protocol) -> Vec<Line<'a>> {
    let word = |key: &'static str| text.tr(key).to_owned();
    let ks: Vec<String> = protocol.ks.iter().map(ToString::to_string).collect();
    let origin = match protocol.origin {
        Origin::Simulated => format!("{} ({})", protocol.dataset, text.tr("common-simulated")),
        Origin::Files => protocol.dataset.clone(),
    };
    let key =
        if protocol.is_sampled() { "evaluation-p-cases-sampled" } else { "evaluation-p-cases-all" };
    let cases = text.tr_with(key, &case_counts(protocol));
    vec![
        (text.tr("evaluation-p-dataset"), origin),
        (text.tr("evaluation-p-revision"), protocol.revision.to_string()),
        (text.tr("evaluation-p-split"), split_text(text, &protocol.split)),
        (text.tr("evaluation-phase"), word(phase_key(protocol.phase))),
        (text.tr("evaluation-p-fitted"), word(fitted_key(protocol.fitted_on))),
        (text.tr("evaluation-p-ranking"), word(ranking_key(protocol.ranking))),
        (text.tr("evaluation-p-items"), text.count(protocol.n_items)),
        (
            text.tr("evaluation-p-seen"),
            word(if protocol.mask_seen {
                "evaluation-p-seen-masked"
            } else {
                "evaluation-p-seen-kept"
            }),
        ),
        (text.tr("evaluation-p-ties"), word(ties_key(protocol.ties))),
        (text.tr("evaluation-p-ks"), ks.join(", ")),
        (text.tr("evaluation-p-cases"), cases),
        (text.tr("evaluation-p-seed"), protocol.seed.to_string()),
        (
            text.tr("evaluation-p-interval"),
            text.tr_with("evaluation-p-interval-value", &[("n", protocol.resamples.into())]),
        ),
        (text.tr("evaluation-p-test"), word("evaluation-p-test-value")),
        (text.tr("evaluation-p-diversity"), word(diversity_key(protocol.diversity_over))),
        (text.tr("evaluation-p-leaks"), leak_line(text, protocol)),
        (text.tr("evaluation-p-device"), protocol.device.clone().unwrap_or_else(|| "–".to_owned())),
    ]
}

/// What the leak check found.
fn leak_line(text: &Text, protocol: &Protocol) -> String {
    let Some(leaks) = &protocol.leaks else {
        return text.tr("evaluation-p-leaks-unchecked").to_owned();
    };
    if leaks.is_empty() {
        return text.tr("evaluation-p-leaks-none").to_owned();
    }
    let defects = protocol.defects().map(|leak| leak_words(text, leak));
    let meant = leaks.iter().filter(|leak| leak.is_by_design).map(|leak| {
        text.tr_with("evaluation-p-leaks-meant", &[("leak", leak_words(text, leak).into())])
    });
    defects.chain(meant).collect::<Vec<_>>().join(" ")
}

const fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Test => "evaluation-test",
        Phase::Validation => "evaluation-validation",
    }
}

const fn fitted_key(fitted: FittedOn) -> &'static str {
    match fitted {
        FittedOn::Train => "evaluation-p-fitted-train",
    }
}

const fn ranking_key(ranking: Ranking) -> &'static str {
    match ranking {
        Ranking::Full => "evaluation-p-ranking-full",
    }
}

const fn ties_key(ties: Ties) -> &'static str {
    match ties {
        Ties::AgainstModel => "evaluation-p-ties-against",
    }
}

const fn diversity_key(basis: DiversityBasis) -> &'static str {
    match basis {
        DiversityBasis::CatalogText => "evaluation-p-diversity-text",
        DiversityBasis::Shoppers => "evaluation-p-diversity-shoppers",
        DiversityBasis::Embeddings => "evaluation-p-diversity-embeddings",
    }
}
