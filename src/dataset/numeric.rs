//! Figures that the data layer and those above it need.

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

/// The Gini coefficient of values in ascending order: `Σ (2i − n − 1) x_i / (n Σ x_i)` with `i` from 1.
/// 0 where all are equal, `(n - 1) / n` where one has everything; `None` where all are 0.
pub(crate) fn gini(ascending: impl ExactSizeIterator<Item = f64> + Clone) -> Option<f64> {
    let n = ascending.len() as f64;
    let total: f64 = ascending.clone().sum();
    let weighted = |(position, x): (usize, f64)| (2.0 * (position + 1) as f64 - n - 1.0) * x;
    (total > 0.0).then(|| ascending.enumerate().map(weighted).sum::<f64>() / (n * total))
}
