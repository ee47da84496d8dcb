//! A split as it is asked for, and how it is written.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::dataset::event::EventKind;
use crate::dataset::load::format_ms;

/// Of what is not for test, the share that goes to validation, where a strategy does not say so.
pub const VALIDATION_SHARE: f64 = 0.1;

/// How events are divided. In all of them models are fitted on the training part alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SplitStrategy {
    /// Of each user with at least three events the last is test, the one before it validation, the
    /// rest train.
    LastOne,
    /// Of each user with at least `2n + 1` events the last `n` are test, the `n` before them
    /// validation, the rest train; `n = 1` divides as [`Self::LastOne`] does.
    LastN {
        /// Events per part, at least 1.
        n: u32,
    },
    /// Everything from `test_from_ms` on is test, the stretch before it from `validation_from_ms` on
    /// is validation. Nothing later than a phase's start is known to a model judged on it.
    TimePoint {
        /// Start of validation, milliseconds since 1970-01-01 UTC.
        validation_from_ms: i64,
        /// Start of test, milliseconds since 1970-01-01 UTC.
        test_from_ms: i64,
    },
    /// One fold of a rolling origin (Tashman 2000; Hyndman & Athanasopoulos 2021, 5.10). The events in
    /// order of time are cut into `folds + 1` blocks of equal size at the quantiles `j / (folds + 1)`;
    /// fold `i` is tested on block `i + 1` and knows what lies before it, of which the last tenth of
    /// the events is validation. What comes after the block is left out.
    Fold {
        /// Which fold, from 1.
        fold: u32,
        /// How many there are, at least 1.
        folds: u32,
    },
    /// Drawn at random: `round((1 - share) · n)` of `n` for test, a tenth of the others for validation.
    /// Drawn events may lie before those that are learned from: the future leaks by design.
    Ratio {
        /// Share that is not for test, within 0 and 1.
        share: f64,
        /// What is drawn.
        by: RatioBy,
        /// Draw within each class of activity (users of 1, 2–3, 4–7, 8–15, … events) alone, so that
        /// each is divided in the same ratio.
        stratified: bool,
        /// Seed of the draw.
        seed: u64,
    },
    /// The parts that files name.
    Files {
        /// One file with a column that names the part of each row, or one file per part: training and
        /// test, or training, validation and test.
        files: Vec<PathBuf>,
        /// Fingerprint of their content when the split was asked for.
        fingerprint: String,
    },
}

/// What a random split draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatioBy {
    /// Single events.
    Events,
    /// Users of at least two events. Nothing of a drawn user is learned from; the model is given the
    /// user's events but for the last fifth (rounded, at least one), which it is to predict ("strong
    /// generalisation", Marlin 2004; Liang et al. 2018).
    Users,
}

impl SplitStrategy {
    /// Whether the parts of each user follow one another in time, so that no history holds what came
    /// after the events to predict.
    #[must_use]
    pub const fn is_sequential(&self) -> bool {
        !matches!(self, Self::Files { .. } | Self::Ratio { by: RatioBy::Events, .. })
    }

    /// Whether the parts are divided at points in time that hold for everybody.
    #[must_use]
    pub const fn is_by_time(&self) -> bool {
        matches!(self, Self::TimePoint { .. } | Self::Fold { .. })
    }
}

/// The text that [`SplitSpec::parse`] reads back.
impl fmt::Display for SplitStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastOne => f.write_str("last-one"),
            Self::LastN { n } => write!(f, "last:{n}"),
            Self::TimePoint { validation_from_ms, test_from_ms } => {
                write!(f, "time:{},{}", format_ms(*validation_from_ms), format_ms(*test_from_ms))
            }
            Self::Fold { fold, folds } => write!(f, "fold:{fold}/{folds}"),
            Self::Ratio { share, by, stratified, seed } => {
                let name = ratio_name(*by, *stratified);
                write!(f, "{name}:{share}")?;
                if *seed == 0 { Ok(()) } else { write!(f, "@{seed}") }
            }
            Self::Files { files, .. } => {
                let names: Vec<String> =
                    files.iter().map(|file| file.display().to_string()).collect();
                write!(f, "file:{}", names.join(","))
            }
        }
    }
}

/// What stands before the colon of a random split.
pub(super) const fn ratio_name(by: RatioBy, stratified: bool) -> &'static str {
    match (by, stratified) {
        (RatioBy::Events, false) => "ratio",
        (RatioBy::Events, true) => "stratified",
        (RatioBy::Users, false) => "ratio-users",
        (RatioBy::Users, true) => "stratified-users",
    }
}

/// What becomes of a product that a user meets again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// Events in a row on one product are one visit, of the strongest kind among them.
    #[default]
    MergeConsecutive,
    /// Every event counts.
    Keep,
}

/// A split as it is asked for; part of every protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitSpec {
    /// How events are divided.
    pub strategy: SplitStrategy,
    /// The kinds that count; empty means every kind that names a product, but for returns.
    pub kinds: Vec<EventKind>,
    /// What becomes of repeated products.
    pub repeats: Repeats,
}

impl Default for SplitSpec {
    fn default() -> Self {
        SplitStrategy::LastOne.into()
    }
}

/// With the kinds that count by default, repeats merged.
impl From<SplitStrategy> for SplitSpec {
    fn from(strategy: SplitStrategy) -> Self {
        Self { strategy, kinds: Vec::new(), repeats: Repeats::default() }
    }
}

/// The strategy in its text form, and what departs from the default.
impl fmt::Display for SplitSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.strategy)?;
        if let SplitStrategy::Files { fingerprint, .. } = &self.strategy {
            write!(f, " (content {fingerprint})")?;
        }
        if !self.kinds.is_empty() {
            let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.name()).collect();
            write!(f, ", {} alone", kinds.join(" and "))?;
        }
        match self.repeats {
            Repeats::MergeConsecutive => Ok(()),
            Repeats::Keep => f.write_str(", repeats kept"),
        }
    }
}
