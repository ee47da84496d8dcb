//! Counts of numbers in bins of equal width.

use serde::Serialize;

use crate::analysis::numeric::{quantile_of_sorted, real_len};

/// Bins at most; more could not be told apart on a screen.
pub const MAX_BINS: usize = 120;

/// How the number of bins was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BinRule {
    /// Width `2 · IQR / n^(1/3)` (Freedman and Diaconis 1981).
    FreedmanDiaconis,
    /// `log2(n) + 1` bins (Sturges 1926), where half of the values or more are equal and the first rule
    /// has no width.
    Sturges,
    /// One bin for each whole number or each few of them.
    Whole,
    /// The first rule asked for more than [`MAX_BINS`].
    Capped,
    /// All values are equal.
    Single,
}

/// Counts of numbers in bins of equal width, or of equal ratio on a log scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// `[n_bins + 1]` ascending. A bin holds its lower edge; the last one its upper edge too.
    pub edges: Vec<f64>,
    /// `[n_bins]`
    pub counts: Vec<u64>,
    /// How the bins were chosen.
    pub rule: BinRule,
    /// Whether edges have equal ratios; values of 0 and below are then left out.
    pub is_log: bool,
    /// Values left out of a log scale.
    pub left_out: u64,
}

impl Histogram {
    /// Bins of equal width over ascending numbers; `is_whole` for counts, whose bins are centred on
    /// whole numbers. `None` without numbers.
    #[must_use]
    pub fn of_sorted(sorted: &[f64], is_whole: bool) -> Option<Self> {
        let (&first, &last) = (sorted.first()?, sorted.last()?);
        let (rule, edges) = if is_whole && last > first {
            (BinRule::Whole, whole_edges(sorted))
        } else {
            edges(first, last, bins(sorted, |value| value))
        };
        let counts = count(sorted, &edges);
        Some(Self { edges, counts, rule, is_log: false, left_out: 0 })
    }

    /// Bins of equal ratio over the ascending numbers above 0, chosen by the same rule on their
    /// logarithms. `None` without any.
    #[must_use]
    pub fn log_of_sorted(sorted: &[f64]) -> Option<Self> {
        let positive = &sorted[sorted.partition_point(|&value| value <= 0.0)..];
        let (first, last) = (positive.first()?.log10(), positive.last()?.log10());
        let (rule, logs) = edges(first, last, bins(positive, f64::log10));
        let mut edges: Vec<f64> = logs.iter().map(|log| 10.0_f64.powf(*log)).collect();
        // Rounding must not push the ends out of their bins.
        if let (Some(low), Some(&least)) = (edges.first_mut(), positive.first()) {
            *low = low.min(least);
        }
        if let (Some(high), Some(&most)) = (edges.last_mut(), positive.last()) {
            *high = high.max(most);
        }
        let counts = count(positive, &edges);
        let left_out = (sorted.len() - positive.len()) as u64;
        Some(Self { edges, counts, rule, is_log: true, left_out })
    }
}

/// The rule and the number of bins over ascending numbers on the scale of `scale`.
fn bins(sorted: &[f64], scale: impl Fn(f64) -> f64) -> (BinRule, usize) {
    let ends = sorted.first().zip(sorted.last()).map(|(&a, &b)| (scale(a), scale(b)));
    let Some((first, last)) = ends.filter(|(first, last)| last > first) else {
        return (BinRule::Single, 1);
    };
    let quantile = |q| scaled_quantile(sorted, q, &scale);
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) / real_len(sorted.len()).cbrt();
    let (rule, wanted) = if width > 0.0 {
        (BinRule::FreedmanDiaconis, ((last - first) / width).ceil())
    } else {
        (BinRule::Sturges, (real_len(sorted.len()).log2() + 1.0).ceil())
    };
    if wanted > real_len(MAX_BINS) {
        (BinRule::Capped, MAX_BINS)
    } else {
        (rule, (wanted as usize).max(1))
    }
}

/// The quantile of the scaled numbers, without scaling them all.
fn scaled_quantile(sorted: &[f64], q: f64, scale: impl Fn(f64) -> f64) -> f64 {
    let position = q * real_len(sorted.len() - 1);
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let ends = [scale(sorted[below]), scale(sorted[above])];
    quantile_of_sorted(&ends, position.fract()).unwrap_or(ends[0])
}

fn edges(first: f64, last: f64, (rule, n): (BinRule, usize)) -> (BinRule, Vec<f64>) {
    // One value gets a bin of width 1 around it, as in numpy.
    let (first, last) = if last > first { (first, last) } else { (first - 0.5, last + 0.5) };
    let width = (last - first) / real_len(n);
    let mut edges: Vec<f64> = (0..n).map(|bin| first + real_len(bin) * width).collect();
    edges.push(last);
    (rule, edges)
}

/// Bins of a whole width centred on whole numbers, by the same rule, at most [`MAX_BINS`].
fn whole_edges(sorted: &[f64]) -> Vec<f64> {
    let (first, last) = (sorted[0], sorted[sorted.len() - 1]);
    let (_, wanted) = bins(sorted, |value| value);
    let width = ((last - first + 1.0) / real_len(wanted)).ceil().max(1.0);
    let n = ((last - first + 1.0) / width).ceil() as usize;
    (0..=n).map(|edge| first - 0.5 + real_len(edge) * width).collect()
}

fn count(sorted: &[f64], edges: &[f64]) -> Vec<u64> {
    let n_bins = edges.len() - 1;
    let below: Vec<usize> = (0..=n_bins)
        .map(|edge| match edge {
            0 => 0,
            edge if edge == n_bins => sorted.len(),
            edge => sorted.partition_point(|&value| value < edges[edge]),
        })
        .collect();
    below.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect()
}
