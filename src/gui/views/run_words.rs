//! How runs, metrics and devices are worded, the same on every page.

use egui::{Color32, Ui};

use crate::gui::text::Text;
use crate::gui::theme::Theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets;
use crate::model::EpochReport;
use crate::runs::{Run, RunStatus};

/// The metric of validation that a recommender's epochs are chosen by.
const RANKING: &str = "ndcg@10";
/// The same of all that is trained.
const MAIN_METRICS: [&str; 6] =
    [RANKING, "mrr@10", "accuracy", "micro_f1", "rmse", "masked_accuracy"];

/// The metric of validation that these epochs are judged by first of all.
#[must_use]
pub fn main_metric(epochs: &[EpochReport]) -> &'static str {
    let is_there = |name: &&str| epochs.iter().any(|epoch| epoch.validation.contains_key(*name));
    MAIN_METRICS.into_iter().find(is_there).unwrap_or(RANKING)
}

/// The status of a run in its colour, with the error that ended it on hover.
pub fn status_badge(ui: &mut Ui, cx: &ViewContext<'_>, run: &Run) {
    let words = cx.text.tr(status_key(run.status));
    let badge = widgets::badge(ui, cx.theme, status_color(cx.theme, run.status), words);
    if let Some(error) = &run.error {
        badge.on_hover_text(error);
    }
}

const fn status_key(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Training => "run-training",
        RunStatus::Finished => "run-finished",
        RunStatus::Cancelled => "run-cancelled",
        RunStatus::Failed => "run-failed",
        RunStatus::Interrupted => "run-interrupted",
    }
}

const fn status_color(theme: &Theme, status: RunStatus) -> Color32 {
    match status {
        RunStatus::Training => theme.accent,
        RunStatus::Finished => theme.good,
        RunStatus::Cancelled => theme.weak_text,
        RunStatus::Failed => theme.bad,
        RunStatus::Interrupted => theme.warning,
    }
}

/// `ndcg@10` of a recommender's best epoch on the validation cases: that of the weights that were kept.
#[must_use]
pub fn best_validation(run: &Run) -> Option<f32> {
    let best = run.epochs.iter().rev().find(|epoch| epoch.is_best).or(run.epochs.last())?;
    best.validation.get(RANKING).copied()
}

/// A metric such as `hit_rate@10` as people write it; the name itself where the catalogue has none.
#[must_use]
pub fn metric_label(text: &Text, name: &str) -> String {
    let (kind, k) = name.split_once('@').map_or((name, None), |(kind, k)| (kind, Some(k)));
    let key = format!("metric-{}", kind.replace('_', "-"));
    if !text.has(&key) {
        return name.to_owned();
    }
    let label = text.tr_with(&key, &[]);
    k.map_or_else(|| label.clone(), |k| format!("{label}@{k}"))
}

/// A device as it was written down by a run or found at start: the layers below say `cpu` and
/// `CPU, 2 threads`, whatever the window's language.
#[must_use]
pub fn device_label(text: &Text, device: &str) -> String {
    if device == "cpu" {
        return text.tr("device-cpu").to_owned();
    }
    let threads = device.strip_prefix("CPU, ").and_then(|rest| rest.strip_suffix(" threads"));
    match threads.and_then(|threads| threads.parse::<u32>().ok()) {
        Some(threads) => {
            text.tr_with("device-cpu-threads", &[("threads", f64::from(threads).into())])
        }
        None => device.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::MetricKind;
    use crate::workbench::settings::Language;

    #[test]
    fn every_metric_has_a_name_in_both_languages() {
        for language in [Language::En, Language::Zh] {
            let text = Text::new(language);
            for kind in MetricKind::ALL {
                let name = format!("{}@10", kind.name());
                assert_ne!(metric_label(&text, &name), name, "{language:?}");
            }
        }
        let text = Text::new(Language::En);
        assert_eq!(metric_label(&text, "hit_rate@10"), "Hit rate@10");
        assert_eq!(metric_label(&text, "ndcg@20"), "NDCG@20");
        assert_eq!(metric_label(&text, "luck@3"), "luck@3");
    }

    #[test]
    fn devices_are_worded_in_the_windows_language() {
        let text = Text::new(Language::Zh);
        assert_eq!(device_label(&text, "CPU, 2 threads"), "CPU，2 线程");
        assert_eq!(device_label(&text, "NVIDIA H100 (Vulkan)"), "NVIDIA H100 (Vulkan)");
        assert_eq!(device_label(&Text::new(Language::En), "cpu"), "CPU");
    }

    #[test]
    fn the_description_of_the_cpu_is_one_that_is_understood() {
        let device =
            crate::model::bert::device::select(crate::model::bert::device::DeviceChoice::Cpu)
                .expect("there is always a CPU");
        let text = Text::new(Language::Zh);
        assert_ne!(device_label(&text, &device.description), device.description);
    }
}
