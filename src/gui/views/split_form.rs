//! How events are divided: the choice, and a split in words.

use egui::{ComboBox, DragValue, TextEdit, Ui};

use crate::dataset::Dataset;
use crate::dataset::split::{RatioBy, SplitStrategy};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;

/// Of the time span, so much is kept for validation and for test under a time split.
const VALIDATION_SHARE: f64 = 0.1;
const TEST_SHARE: f64 = 0.1;
/// Most events per part that can be held out of each shopper.
const MOST_LAST: u32 = 50;
const MOST_FOLDS: u32 = 20;

/// A family of splits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Family {
    #[default]
    Last,
    Time,
    Fold,
    Events,
    Users,
    Files,
}

impl Family {
    const ALL: [Self; 6] =
        [Self::Last, Self::Time, Self::Fold, Self::Events, Self::Users, Self::Files];

    const fn key(self) -> &'static str {
        match self {
            Self::Last => "split-last-one",
            Self::Time => "split-time",
            Self::Fold => "split-fold",
            Self::Events => "split-events",
            Self::Users => "split-users",
            Self::Files => "split-files",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Last => "split-last-one-hint",
            Self::Time => "split-time-hint",
            Self::Fold => "split-fold-hint",
            Self::Events => "split-events-hint",
            Self::Users => "split-users-hint",
            Self::Files => "split-files-hint",
        }
    }

    const fn needs_times(self) -> bool {
        matches!(self, Self::Time | Self::Fold)
    }
}

/// What was chosen so far; each family keeps its numbers while another one is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitDraft {
    family: Family,
    last: u32,
    fold: u32,
    folds: u32,
    /// Per cent that are not for test.
    share: u32,
    is_stratified: bool,
    seed: u64,
    files: String,
}

impl Default for SplitDraft {
    fn default() -> Self {
        Self {
            family: Family::default(),
            last: 1,
            fold: 5,
            folds: 5,
            share: 80,
            is_stratified: false,
            seed: 0,
            files: String::new(),
        }
    }
}

impl SplitDraft {
    /// The strategy; `None` while something is missing. Looks at all times where the split is by time,
    /// so ask when something was chosen and not in every frame.
    pub fn strategy(&self, dataset: &Dataset) -> Option<SplitStrategy> {
        let ratio = |by| SplitStrategy::Ratio {
            share: f64::from(self.share) / 100.0,
            by,
            stratified: self.is_stratified,
            seed: self.seed,
        };
        Some(match self.family {
            Family::Last if self.last == 1 => SplitStrategy::LastOne,
            Family::Last => SplitStrategy::LastN { n: self.last },
            Family::Time => {
                let (first, last) = dataset.interactions.span_ms().filter(|_| dataset.has_times)?;
                time_points(first, last)
            }
            Family::Fold if !dataset.has_times => return None,
            Family::Fold => SplitStrategy::Fold { fold: self.fold, folds: self.folds },
            Family::Events => ratio(RatioBy::Events),
            Family::Users => ratio(RatioBy::Users),
            Family::Files => {
                let files: Vec<_> = self
                    .files
                    .split(',')
                    .map(str::trim)
                    .filter(|file| !file.is_empty())
                    .map(Into::into)
                    .collect();
                if !(1..=3).contains(&files.len()) {
                    return None;
                }
                SplitStrategy::Files { files, fingerprint: String::new() }
            }
        })
    }

    /// Whether everything that the split needs is there.
    pub fn is_complete(&self, dataset: &Dataset) -> bool {
        match self.family {
            Family::Time | Family::Fold => dataset.has_times,
            Family::Files => !self.files.trim().is_empty(),
            Family::Last | Family::Events | Family::Users => true,
        }
    }

    /// The fields, each under the other.
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, has_times: bool) {
        let label = cx.tr("training-split");
        field(ui, cx.theme, label, |ui| {
            let combo = ComboBox::from_id_salt("split-family")
                .width(ui.available_width())
                .selected_text(cx.text.tr(self.family.key()))
                .show_ui(ui, |ui| {
                    for family in Family::ALL {
                        ui.add_enabled_ui(has_times || !family.needs_times(), |ui| {
                            let name = cx.text.tr(family.key());
                            ui.selectable_value(&mut self.family, family, name);
                        });
                    }
                });
            combo.response.accessible_name(label);
        });
        ui.add(egui::Label::new(cx.theme.small(cx.text.tr(self.family.hint()))).wrap());
        self.numbers_ui(ui, cx);
    }

    fn numbers_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_S;
            match self.family {
                Family::Last => number(ui, cx, "split-n", &mut self.last, 1..=MOST_LAST),
                Family::Fold => {
                    number(ui, cx, "split-folds", &mut self.folds, 1..=MOST_FOLDS);
                    self.fold = self.fold.min(self.folds);
                    number(ui, cx, "split-fold-number", &mut self.fold, 1..=self.folds);
                }
                Family::Events | Family::Users => {
                    number(ui, cx, "split-share", &mut self.share, 10..=99);
                    let label = cx.tr("split-seed");
                    field(ui, cx.theme, label, |ui| {
                        ui.add(DragValue::new(&mut self.seed)).accessible_name(label)
                    });
                }
                Family::Files => {
                    let label = cx.tr("split-paths");
                    field(ui, cx.theme, label, |ui| {
                        let edit = TextEdit::singleline(&mut self.files)
                            .hint_text(cx.tr("split-paths-hint").to_owned())
                            .desired_width(ui.available_width());
                        ui.add(edit).accessible_name(label)
                    });
                }
                Family::Time => {}
            }
        });
        if matches!(self.family, Family::Events | Family::Users) {
            ui.checkbox(&mut self.is_stratified, cx.tr("split-stratified"))
                .on_hover_text(cx.tr("split-stratified-hint"));
        }
    }
}

fn number(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &'static str,
    value: &mut u32,
    range: std::ops::RangeInclusive<u32>,
) {
    let label = cx.text.tr(key);
    field(ui, cx.theme, label, |ui| {
        ui.add(DragValue::new(value).range(range).speed(0.1)).accessible_name(label)
    });
}

/// Starts of validation and test at fixed shares of the span.
fn time_points(first: i64, last: i64) -> SplitStrategy {
    let span = (last - first) as f64;
    let from_end = |share: f64| last - (span * share) as i64;
    SplitStrategy::TimePoint {
        validation_from_ms: from_end(VALIDATION_SHARE + TEST_SHARE),
        test_from_ms: from_end(TEST_SHARE),
    }
}

/// A way of dividing in words.
pub fn strategy_words(text: &Text, strategy: &SplitStrategy) -> String {
    match strategy {
        SplitStrategy::LastOne => text.tr("evaluation-split-last").to_owned(),
        SplitStrategy::LastN { n } => text.tr_with("split-words-last", &[("n", (*n).into())]),
        SplitStrategy::TimePoint { validation_from_ms, test_from_ms } => text.tr_with(
            "evaluation-split-time",
            &[
                ("validation", text.date(*validation_from_ms).into()),
                ("test", text.date(*test_from_ms).into()),
            ],
        ),
        SplitStrategy::Fold { fold, folds } => text
            .tr_with("split-words-fold", &[("fold", (*fold).into()), ("folds", (*folds).into())]),
        SplitStrategy::Ratio { share, by, stratified, seed } => {
            let key = match (by, stratified) {
                (RatioBy::Events, false) => "split-words-events",
                (RatioBy::Events, true) => "split-words-events-stratified",
                (RatioBy::Users, false) => "split-words-users",
                (RatioBy::Users, true) => "split-words-users-stratified",
            };
            let share = text.percent(1.0 - share, 0);
            text.tr_with(key, &[("share", share.into()), ("seed", seed.to_string().into())])
        }
        SplitStrategy::Files { files, .. } => {
            let names: Vec<String> = files
                .iter()
                .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
                .collect();
            text.tr_with("split-words-files", &[("files", names.join(", ").into())])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_split_keeps_the_last_fifth() {
        let SplitStrategy::TimePoint { validation_from_ms, test_from_ms } = time_points(0, 1_000)
        else {
            panic!("a time split");
        };
        assert_eq!((validation_from_ms, test_from_ms), (800, 900));
    }

    #[test]
    fn every_family_becomes_a_strategy_or_says_what_it_lacks() {
        let timeless = Dataset::default();
        for family in Family::ALL {
            let draft = SplitDraft { family, ..SplitDraft::default() };
            let lacks = family.needs_times() || family == Family::Files;
            assert_eq!(draft.strategy(&timeless).is_none(), lacks, "{family:?}");
            assert_eq!(draft.is_complete(&timeless), !lacks, "{family:?}");
        }
        let draft = SplitDraft { family: Family::Last, last: 3, ..SplitDraft::default() };
        assert_eq!(draft.strategy(&timeless), Some(SplitStrategy::LastN { n: 3 }));
    }
}
