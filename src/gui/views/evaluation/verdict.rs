//! What the paired differences say, in sentences.

use std::sync::Arc;

use egui::Ui;

use crate::dataset::Origin;
use crate::eval::{Metric, PairedDifference, Verdict, holm};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::{common, run_words};
use crate::gui::widgets;
use crate::workbench::settings::Language;
use crate::workbench::{EvaluationTable, Severity};

/// The run against one baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Duel {
    /// What the baseline is called.
    pub baseline: String,
    /// The run above the baseline.
    pub difference: PairedDifference,
    /// p-value corrected for all baselines being looked at (Holm).
    pub corrected_p: f64,
    /// What the interval says.
    pub verdict: Verdict,
    /// The same as a sentence.
    pub sentence: String,
}

/// What a table says; made when the table or the language changes.
#[derive(Default)]
pub struct Told {
    made_for: Option<(usize, Language)>,
    /// Against each baseline.
    pub duels: Vec<Duel>,
    /// Why the rows should not be put side by side, if so.
    pub mismatch: Option<String>,
    is_simulated: bool,
}

impl Told {
    /// Make sure that this belongs to `table`.
    pub fn update(&mut self, text: &Text, table: &Arc<EvaluationTable>) {
        let key = Some((common::identity(table), text.language()));
        if self.made_for == key {
            return;
        }
        *self = Self {
            made_for: key,
            duels: duels(text, table),
            mismatch: mismatch(text, table),
            is_simulated: table
                .rows
                .iter()
                .any(|row| row.report.protocol.origin == Origin::Simulated),
        };
    }
}

fn duels(text: &Text, table: &EvaluationTable) -> Vec<Duel> {
    // In the order of the table's rows, which begins with the simplest rule.
    let against: Vec<(&str, PairedDifference)> = table
        .rows
        .iter()
        .filter(|row| row.run.is_none())
        .filter_map(|row| Some((row.model, *table.differences.get(row.model)?)))
        .collect();
    let p_values: Vec<f64> = against.iter().map(|(_, difference)| difference.p_value).collect();
    let run = table.rows.first().map_or("", |row| row.label.as_str());
    let duel = |((name, difference), corrected_p)| {
        Duel::new(text, table, run, name, difference, corrected_p)
    };
    against.into_iter().zip(holm(&p_values)).map(duel).collect()
}

impl Duel {
    fn new(
        text: &Text,
        table: &EvaluationTable,
        run: &str,
        name: &str,
        difference: PairedDifference,
        corrected_p: f64,
    ) -> Self {
        let kind = table.metric.parse::<Metric>().map_or(Metric::MAIN.kind, |metric| metric.kind);
        let baseline = common::model_label(text, name);
        let verdict = difference.verdict(kind);
        let words = [
            ("run", run.into()),
            ("baseline", baseline.as_str().into()),
            ("difference", signed(text, difference.difference).into()),
            ("metric", run_words::metric_label(text, &table.metric).into()),
            ("low", signed(text, difference.low).into()),
            ("high", signed(text, difference.high).into()),
            ("p", p_text(text, corrected_p).into()),
        ];
        let sentence = text.tr_with(verdict_key(verdict), &words);
        Self { baseline, difference, corrected_p, verdict, sentence }
    }
}

/// The first row that was measured differently from the run, in words.
fn mismatch(text: &Text, table: &EvaluationTable) -> Option<String> {
    let (own, others) = table.rows.split_first()?;
    others.iter().find_map(|row| {
        let (what, a, b) = own.report.protocol.difference(&row.report.protocol)?;
        Some(text.tr_with(
            "evaluation-mismatch",
            &[
                ("model", common::model_label(text, row.model).into()),
                ("what", what.into()),
                ("a", a.into()),
                ("b", b.into()),
            ],
        ))
    })
}

const fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "evaluation-beats",
        Verdict::Worse => "evaluation-loses",
        Verdict::Undecided => "evaluation-undecided",
    }
}

/// A number with its sign.
pub fn signed(text: &Text, value: f64) -> String {
    let number = text.number(value, 4);
    if value > 0.0 { format!("+{number}") } else { number }
}

fn p_text(text: &Text, p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {}", text.number(p, 3)) }
}

/// The sentences, one box each; what does not beat a baseline is said as plainly as what does.
pub fn verdict_ui(ui: &mut Ui, cx: &ViewContext<'_>, told: &Told) {
    let (text, theme) = (cx.text, cx.theme);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = SPACE_S;
        if let Some(mismatch) = &told.mismatch {
            widgets::callout(ui, theme, Severity::Warning, mismatch);
        }
        for duel in &told.duels {
            let severity =
                if duel.verdict == Verdict::Better { Severity::Info } else { Severity::Warning };
            widgets::callout(ui, theme, severity, &duel.sentence);
        }
        if told.duels.is_empty() {
            widgets::callout(ui, theme, Severity::Warning, text.tr("evaluation-no-differences"));
        }
        if told.is_simulated {
            ui.label(theme.small(text.tr("common-simulated-hint")));
        }
    });
}
