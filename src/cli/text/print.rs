//! Text tasks for people to read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::learn::interval;
use super::super::output;
use crate::eval::Estimate;
use crate::eval::text::{Figures, PairedTest, RobustnessReport, TextTaskReport};
use crate::model::EpochReport;
use crate::model::bert::tasks::TextDataReport;

/// Most classes that a table of confusions is printed of.
const MOST_CLASSES: usize = 12;

/// What happened to the rows; told before a long training begins.
pub(super) fn data(report: &TextDataReport) {
    output::note(&format!("{} of {} rows are used", report.rows_kept, report.rows_read));
    let broken = usize::try_from(report.broken_rows).unwrap_or(usize::MAX);
    counts(&[
        (report.without_text, "rows left out: no text"),
        (report.without_second, "rows left out: no second text"),
        (report.without_target, "rows left out: no label or rating"),
        (report.not_a_number, "rows left out: the rating is no number"),
        (broken, "rows left out: they could not be taken apart"),
        (report.repeated, "rows repeat an earlier text; they stay in one part with it"),
        (report.contradicting, "rows repeat an earlier text with another label or rating"),
    ]);
}

/// One line on an epoch.
pub(super) fn epoch(report: &EpochReport) -> String {
    let validation: Vec<String> =
        report.validation.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    let train = report.train_loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.4}"));
    let best = if report.is_best { "  best" } else { "" };
    format!(
        "epoch {}: training loss {train}; validation {}; {:.1} s{best}",
        report.epoch,
        if validation.is_empty() { "none".to_owned() } else { validation.join(", ") },
        report.secs
    )
}

/// The whole report.
pub(super) fn report(report: &TextTaskReport) {
    output::line(&format!(
        "split {}: learned from {} texts, chosen by {}, judged on {}; seed {}",
        report.task.split, report.train, report.validation, report.test, report.seed
    ));
    figures(report.models.iter().map(|judged| (judged.model.as_str(), &judged.figures.metrics)));
    for test in &report.paired {
        let right = format!("right where {} is wrong", test.against);
        paired(test, &right, "squared errors");
    }
    if let Some(figures) = report.models.first().map(|judged| &judged.figures) {
        calibration(figures);
        confusion(figures, report.outputs.labels());
    }
    by_label(report);
    report.robustness.iter().for_each(robustness);
}

/// Figures by name.
type Metrics = BTreeMap<String, Estimate>;

/// A row of each metric, a column of each model.
pub(super) fn figures<'a>(models: impl Iterator<Item = (&'a str, &'a Metrics)>) {
    let (names, models): (Vec<&str>, Vec<&Metrics>) = models.unzip();
    let Some(first) = models.first() else { return };
    let header: Vec<&str> = std::iter::once("metric").chain(names).collect();
    let row = |metric: &String| {
        let cells =
            models.iter().map(|of| of.get(metric).copied().map_or_else(String::new, interval));
        std::iter::once(metric.clone()).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = first.keys().map(row).collect();
    output::table(&header, &rows);
}

/// A model against another: `won` says what `McNemar`'s test counts, `of` what the randomisation test is of.
pub(super) fn paired(test: &PairedTest, won: &str, of: &str) {
    for (metric, found) in &test.differences {
        output::line(&format!(
            "{metric} against {}: {:+.4} [{:+.4}, {:+.4}] (paired)",
            test.against, found.difference, found.low, found.high
        ));
    }
    if let Some(mcnemar) = test.mcnemar {
        output::line(&format!(
            "{won}: {}, the other way round: {}, p = {:.4} (McNemar, exact)",
            mcnemar.only_first, mcnemar.only_second, mcnemar.p_value
        ));
    }
    if let Some(p_value) = test.p_value {
        output::line(&format!(
            "{of} against {}: p = {p_value:.4} (paired randomisation)",
            test.against
        ));
    }
}

/// How many rows were left out or are special, and why; nothing of what none is.
pub(super) fn counts(counts: &[(usize, &str)]) {
    for (count, what) in counts {
        if *count > 0 {
            output::note(&format!("{count} {what}"));
        }
    }
}

fn calibration(figures: &Figures) {
    let Some(calibration) = &figures.calibration else { return };
    let rows: Vec<Vec<String>> = calibration
        .bins
        .iter()
        .filter(|bin| bin.texts > 0)
        .map(|bin| {
            vec![
                format!("{:.1} to {:.1}", bin.low, bin.high),
                bin.texts.to_string(),
                format!("{:.3}", bin.confidence),
                format!("{:.3}", bin.accuracy),
            ]
        })
        .collect();
    output::table(&["chance", "texts", "mean chance", "right"], &rows);
}

fn confusion(figures: &Figures, labels: &[String]) {
    let Some(confusion) = figures.confusion.as_ref().filter(|rows| rows.len() <= MOST_CLASSES)
    else {
        return;
    };
    let mut header = vec!["true \\ named"];
    header.extend(labels.iter().map(String::as_str));
    let rows: Vec<Vec<String>> = labels
        .iter()
        .zip(confusion)
        .map(|(label, counts)| {
            std::iter::once(label.clone()).chain(counts.iter().map(u64::to_string)).collect()
        })
        .collect();
    output::table(&header, &rows);
}

/// Each label by itself, of the encoder and of the one-vs-rest model of words.
fn by_label(report: &TextTaskReport) {
    let models = report.label_tables();
    let mut rows = Vec::new();
    for (at, label) in report.outputs.labels().iter().enumerate() {
        for (model, labels) in &models {
            let Some(of) = labels.get(at) else { continue };
            let figures = [of.precision, of.recall, of.f1, of.auc];
            let told = |value: Option<f64>| value.map_or("-".to_owned(), |it| format!("{it:.4}"));
            let names = [label.clone(), (*model).to_owned()];
            let counts = [of.support, of.given].map(|count| count.to_string());
            rows.push(names.into_iter().chain(counts).chain(figures.map(told)).collect::<Vec<_>>());
        }
    }
    if rows.is_empty() {
        return;
    }
    let header = ["label", "model", "support", "given", "precision", "recall", "F1", "AUC"];
    output::table(&header, &rows);
    if rows.iter().flatten().any(|cell| cell == "-") {
        output::line(
            "-: not defined, since no text judged has the label, all have it (AUC), or it was never given (precision)",
        );
    }
}

fn robustness(report: &RobustnessReport) {
    let Some(plain) = report.rows.first() else { return };
    let metrics: Vec<&str> = plain.metrics.keys().map(String::as_str).collect();
    let mut header = vec![report.model.as_str(), "changed", "flipped"];
    header.extend(&metrics);
    let rows: Vec<Vec<String>> = report
        .rows
        .iter()
        .map(|row| {
            let name = row.disturbance.map_or("as they are", |kind| kind.name());
            let flipped = row.flipped.map_or_else(String::new, |share| format!("{share:.4}"));
            let cells = metrics.iter().map(|&metric| format!("{:.4}", row.metrics[metric].mean));
            [name.to_owned(), row.changed.to_string(), flipped].into_iter().chain(cells).collect()
        })
        .collect();
    output::table(&header, &rows);
}

/// What is said of one text.
pub(super) fn prediction(told: &Value) {
    let text = told["text"].as_str().unwrap_or_default();
    if let Some(rating) = told["rating"].as_f64() {
        return output::line(&format!("{rating:.3}  {text}"));
    }
    let chances = |of: &Value| -> Vec<String> {
        let one = |one: &Value| {
            let label = one["label"].as_str().unwrap_or_default();
            format!("{label} {:.3}", one["chance"].as_f64().unwrap_or_default())
        };
        of.as_array().into_iter().flatten().map(one).collect()
    };
    let words = match chances(&told["labels"]) {
        given if !given.is_empty() => given.join(", "),
        _ if told["labels"].is_array() => {
            let likeliest = chances(&told["chances"]);
            format!("none (likeliest: {})", likeliest.first().map_or("-", String::as_str))
        }
        _ => chances(&told["chances"]).join(", "),
    };
    output::line(&format!("{words}  {text}"));
}
