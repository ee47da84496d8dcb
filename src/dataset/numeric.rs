//! Figures that several parts of the data layer need.

/// The quantile with linear interpolation (Hyndman and Fan's type 7, the default of numpy), in
/// linear time; values are left in another order. `None` without values.
///
/// With the values ascending from `x[0]`, it lies at position `q (n - 1)`.
pub(super) fn quantile<T: Copy + Into<f64>>(values: &mut [T], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let ascending = |a: &T, b: &T| (*a).into().total_cmp(&(*b).into());
    let (_, &mut at, above) = values.select_nth_unstable_by(below, ascending);
    let next = above.iter().copied().min_by(ascending).unwrap_or(at);
    let weight = position - position.floor();
    Some(at.into() + (next.into() - at.into()) * weight)
}
