//! Robust statistics, the Gini coefficient and mutual information.

use super::thresholds::{FENCE_RANGES, OUTLYING_Z};
use crate::dataset::numeric::quantile;

/// Makes the median absolute deviation of a normal distribution its standard deviation.
const Z_OF_MEDIAN_DEVIATION: f64 = 0.6745;
/// The same for the mean absolute deviation, `sqrt(π / 2)`.
const MEAN_DEVIATION_SCALE: f64 = 1.253_314;

/// Middle and spread of numbers that outliers do not move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Robust {
    pub median: f64,
    /// Median absolute deviation from the median.
    pub median_deviation: f64,
    /// What a robust z is multiplied with: `median_deviation / 0.6745`, where that is 0
    /// `1.253314 * mean absolute deviation`, 0 where all values are equal.
    pub scale: f64,
    /// First quartile less 1.5 interquartile ranges.
    pub low_fence: f64,
    /// Third quartile and 1.5 interquartile ranges.
    pub high_fence: f64,
}

impl Robust {
    /// Of the values, which are left in another order. Linear time. `None` without values.
    ///
    /// `z = 0.6745 (x - median) / MAD` (Iglewicz and Hoaglin, "How to Detect and Handle Outliers",
    /// 1993); where more than half of the values are equal, so that MAD = 0,
    /// `z = (x - median) / (1.253314 meanAD)`.
    pub(super) fn of(values: &mut [f32]) -> Option<Self> {
        let low = quantile(values, 0.25)?;
        let median = quantile(values, 0.5)?;
        let high = quantile(values, 0.75)?;
        let mut sum = 0.0;
        for value in values.iter_mut() {
            let deviation = (f64::from(*value) - median).abs();
            sum += deviation;
            *value = deviation as f32;
        }
        let median_deviation = quantile(values, 0.5)?;
        let scale = if median_deviation > 0.0 {
            median_deviation / Z_OF_MEDIAN_DEVIATION
        } else {
            MEAN_DEVIATION_SCALE * sum / values.len() as f64
        };
        let reach = FENCE_RANGES * (high - low);
        Some(Self {
            median,
            median_deviation,
            scale,
            low_fence: low - reach,
            high_fence: high + reach,
        })
    }

    /// Robust z of a value; 0 where all values are equal.
    pub(super) fn z(&self, value: f64) -> f64 {
        if self.scale > 0.0 { (value - self.median) / self.scale } else { 0.0 }
    }

    /// Whether the robust z is beyond 3.5.
    pub(super) fn is_outlying(&self, value: f64) -> bool {
        self.z(value).abs() > OUTLYING_Z
    }

    /// Whether the value lies beyond the fences.
    pub(super) fn is_beyond_fences(&self, value: f64) -> bool {
        value < self.low_fence || value > self.high_fence
    }
}

/// How much of a yes-or-no target a column tells: `I(column; target) / H(target)` from counts of
/// (no, yes) per distinct value, in `0..=1`. `None` where the target is always the same.
pub(super) fn information_share(counts: &[[u64; 2]]) -> Option<f64> {
    let total: u64 = counts.iter().flatten().sum();
    let column = |class: usize| counts.iter().map(|count| count[class]).sum::<u64>();
    let classes = [column(0), column(1)];
    let entropy = entropy(&classes, total);
    if entropy <= 0.0 {
        return None;
    }
    let left: f64 = counts
        .iter()
        .map(|count| {
            let of_value = count[0] + count[1];
            of_value as f64 / total as f64 * self::entropy(count, of_value)
        })
        .sum();
    Some(((entropy - left) / entropy).clamp(0.0, 1.0))
}

fn entropy(counts: &[u64], total: u64) -> f64 {
    let part = |&count: &u64| {
        if count == 0 {
            return 0.0;
        }
        let share = count as f64 / total as f64;
        -share * share.ln()
    };
    counts.iter().map(part).sum()
}
