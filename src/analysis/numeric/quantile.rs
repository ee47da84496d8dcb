//! Quantiles and ranks over sorted values.

use super::real_len;

/// The quantile `q` in `0..=1` of ascending values, with linear interpolation between the two nearest
/// (Hyndman and Fan's type 7, the default of numpy). `None` without values.
///
/// Example: the quantile 0.9 of 1, 2, 3 is 2.8.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the position lies within the slice"
)]
pub fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * real_len(last);
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let weight = position - position.floor();
    Some(sorted[below] + (sorted[above] - sorted[below]) * weight)
}

/// The share of ascending values that lie below `value`, those equal to it counting half. `None`
/// without values.
///
/// Example: 2 among 1, 2, 3 has the rank 0.5.
#[must_use]
pub fn rank_in_sorted(sorted: &[f64], value: f64) -> Option<f64> {
    if sorted.is_empty() {
        return None;
    }
    let below = sorted.partition_point(|&other| other < value);
    let not_above = sorted.partition_point(|&other| other <= value);
    Some((real_len(below) + real_len(not_above)) / (2.0 * real_len(sorted.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let values = [1.0, 2.0, 3.0];
        let at = |q| quantile_of_sorted(&values, q).expect("there are values");
        assert!((at(0.9) - 2.8).abs() < 1e-12);
        assert!((at(0.0) - 1.0).abs() < 1e-12 && (at(1.0) - 3.0).abs() < 1e-12);
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(rank_in_sorted(&[1.0, 2.0, 2.0, 5.0], 2.0), Some(0.5));
        assert_eq!(rank_in_sorted(&[1.0, 2.0], 9.0), Some(1.0));
        assert_eq!(rank_in_sorted(&[], 9.0), None);
    }
}
