//! Intervals of proportions.

use serde::Serialize;

use super::real;

/// Standard normal quantile of 97.5 %.
const Z_95: f64 = 1.959_963_984_540_054;

/// An estimate with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The estimate itself.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's 95 % score interval of a proportion; `None` without trials. The mean is the plain
/// proportion.
///
/// `(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)`, Wilson 1927, Journal of the American
/// Statistical Association 22, 209-212. Example: 8 of 10 gives 0.8, 0.4902 to 0.9433.
#[must_use]
pub fn wilson(successes: u64, trials: u64) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let n = real(trials);
    let p = real(successes) / n;
    let z2 = Z_95 * Z_95;
    let centre = p + z2 / (2.0 * n);
    let spread = Z_95 * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    Some(Interval {
        mean: p,
        // Where nothing or all succeeded one end is the proportion itself, rounding aside.
        low: ((centre - spread) / scale).clamp(0.0, p),
        high: ((centre + spread) / scale).clamp(p, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_intervals_hold_the_proportion_and_stay_in_range() {
        for trials in 1..40 {
            for successes in 0..=trials {
                let interval = wilson(successes, trials).expect("there are trials");
                assert!(0.0 <= interval.low && interval.high <= 1.0);
                assert!(interval.low <= interval.mean && interval.mean <= interval.high);
            }
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn wilson_of_eight_in_ten() {
        let interval = wilson(8, 10).expect("there are trials");
        assert!((interval.low - 0.490_162_5).abs() < 1e-6, "{interval:?}");
        assert!((interval.high - 0.943_317_8).abs() < 1e-6, "{interval:?}");
    }
}
