//! How uneven activity is: events per shopper and per product by rank, and the time between events.

use serde::Serialize;

use super::histogram::Histogram;
use super::pieces::sort_pieces;
use super::statistics::NumberSummary;
use crate::analysis::numeric::{real, real_len};
use crate::control::{Cancelled, Control};
use crate::dataset::Dataset;
use crate::dataset::numeric::gini;

/// Points of a curve at most: as many as a chart can show.
const MAX_POINTS: usize = 240;
/// Users between two looks at the cancel flag.
const CHUNK: usize = 1 << 14;

/// How uneven activity is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Activity {
    /// Events per shopper with any.
    pub per_shopper: Option<Concentration>,
    /// Events per product with any.
    pub per_product: Option<Concentration>,
    /// Times between one event and the next of a shopper; `None` without times or pairs.
    pub gaps: Option<Gaps>,
}

/// Counts by rank and how few hold how much.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Concentration {
    /// How many have any.
    pub n: u64,
    /// Rank and count at ranks of about equal ratio, rank 1 and the last one among them.
    pub points: Vec<RankPoint>,
    /// Share of all events that the first hundredth has (at least one of them).
    pub top_1_percent: f64,
    /// Share of all events that the first tenth has.
    pub top_10_percent: f64,
    /// Gini coefficient of the counts: 0 where all are equal, near 1 where one has all.
    pub gini: f64,
    /// Figures of the counts.
    pub summary: NumberSummary,
}

/// One point of a rank–frequency curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RankPoint {
    /// From 1, the most active first.
    pub rank: u64,
    /// Events.
    pub count: u64,
}

/// Times between neighbouring events of one shopper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gaps {
    /// Pairs of neighbouring events.
    pub n: u64,
    /// Pairs at the same moment, which a log scale leaves out.
    pub zeros: u64,
    /// Figures in seconds, those of zero included.
    pub summary_secs: NumberSummary,
    /// Seconds on a log scale; `None` where every pair is at the same moment.
    pub histogram_secs: Option<Histogram>,
}

/// Measures how uneven activity is.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn activity(dataset: &Dataset, control: &Control) -> Result<Activity, Cancelled> {
    let log = &dataset.interactions;
    control.report("stage-distributions", 0, 0);
    let per_shopper = log.users().map(|(_, rows)| rows.len() as u64).collect();
    let mut per_product = vec![0_u64; dataset.n_items()];
    for (position, &item) in log.item_codes().iter().enumerate() {
        if position % (1 << 20) == 0 {
            control.check()?;
        }
        if let Some(count) = per_product.get_mut(item as usize) {
            *count += 1;
        }
    }
    Ok(Activity {
        per_shopper: concentration(per_shopper, control)?,
        per_product: concentration(per_product, control)?,
        gaps: if dataset.has_times { gaps(dataset, control)? } else { None },
    })
}

fn concentration(
    mut counts: Vec<u64>,
    control: &Control,
) -> Result<Option<Concentration>, Cancelled> {
    counts.retain(|&count| count > 0);
    sort_pieces(&mut counts, u64::cmp, control)?;
    let ascending: Vec<f64> = counts.iter().map(|&count| real(count)).collect();
    let Some(summary) = NumberSummary::of_sorted(&ascending) else { return Ok(None) };
    let n = counts.len();
    let share_of_first = |first: usize| {
        let first = first.max(1);
        ascending[n - first..].iter().sum::<f64>() / summary.sum
    };
    let point = |rank: usize| RankPoint { rank: rank as u64, count: counts[n - rank] };
    Ok(Some(Concentration {
        n: n as u64,
        points: ranks(n).into_iter().map(point).collect(),
        top_1_percent: share_of_first(n / 100),
        top_10_percent: share_of_first(n / 10),
        gini: gini(ascending.iter().copied()).unwrap_or(0.0),
        summary,
    }))
}

/// Ranks from 1 to `n` of about equal ratio.
fn ranks(n: usize) -> Vec<usize> {
    let last = real_len(n).ln();
    let step = |point: usize| (last * real_len(point) / real_len(MAX_POINTS - 1)).exp().round();
    let mut ranks: Vec<usize> =
        (0..MAX_POINTS).map(|point| (step(point) as usize).clamp(1, n)).collect();
    ranks.dedup();
    ranks
}

fn gaps(dataset: &Dataset, control: &Control) -> Result<Option<Gaps>, Cancelled> {
    let log = &dataset.interactions;
    let times = log.times_ms();
    let mut secs = Vec::with_capacity(log.len());
    for (user, rows) in log.users() {
        if user.index() % CHUNK == 0 {
            control.check()?;
        }
        secs.extend(times[rows].windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1_000.0));
    }
    sort_pieces(&mut secs, f64::total_cmp, control)?;
    let zeros = secs.partition_point(|&secs| secs <= 0.0) as u64;
    Ok(NumberSummary::of_sorted(&secs).map(|summary_secs| Gaps {
        n: secs.len() as u64,
        zeros,
        summary_secs,
        histogram_secs: Histogram::log_of_sorted(&secs),
    }))
}
