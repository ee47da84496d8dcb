//! Ranking metrics of one case, from the ranks of its targets.
//!
//! A target is relevant or not (linear gain of 0 or 1). Definitions as in Järvelin & Kekäläinen 2002
//! (NDCG) and Manning, Raghavan & Schütze 2008 (precision, recall, MAP, MRR).

use std::fmt;
use std::str::FromStr;

/// A family of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricKind {
    /// Share of cases with a target among the first k.
    HitRate,
    /// Share of the targets that are among the first k.
    Recall,
    /// Share of the first k that are targets: hits / k, also where fewer than k are listed.
    Precision,
    /// Discounted gain, `Σ 1 / log2(rank + 1)`, over the most that could be reached at k.
    Ndcg,
    /// 1 / rank of the first hit, 0 beyond k.
    Mrr,
    /// Mean of the precision at each hit, over min(targets, k).
    Map,
    /// Share of the pairs of a target and another unseen product in which the target has the higher
    /// score, equal scores counting half: the area under the ROC curve of each shopper (Rendle et al.
    /// 2009), mean over the shopper's targets.
    Auc,
    /// Mean of `-ln p(target)`, nats, where the model gives unseen products probabilities.
    LogLoss,
    /// Distinct products in all lists / products in the catalogue.
    Coverage,
    /// Mean of `-log2(share of shoppers who met the product in training)` over a list.
    Novelty,
    /// Mean cosine distance of the pairs in a list.
    Diversity,
    /// Hits that popularity would not have given: `Σ max(p(r) − q(i), 0) / k` over hits, where a rank
    /// `r` of `n` products weighs `p(r) = (n + 1 − r) / n`, and `q(i)` is the same of the product's rank
    /// by shoppers in training (equal numbers share a rank; 0 for a product that nobody met). After
    /// Ge, Delgado-Battenfeld & Jannach 2010, in the form of `RecTools`.
    Serendipity,
    /// Inequality of how often each product of the catalogue is listed: 0 equal, 1 only one product.
    Gini,
}

impl MetricKind {
    /// Every family, in reading order.
    pub const ALL: [Self; 13] = [
        Self::HitRate,
        Self::Recall,
        Self::Precision,
        Self::Ndcg,
        Self::Mrr,
        Self::Map,
        Self::Auc,
        Self::LogLoss,
        Self::Coverage,
        Self::Novelty,
        Self::Diversity,
        Self::Serendipity,
        Self::Gini,
    ];

    /// The families that say how well targets are hit by a list.
    pub const ACCURACY: [Self; 6] =
        [Self::HitRate, Self::Recall, Self::Precision, Self::Ndcg, Self::Mrr, Self::Map];

    /// The name before the `@`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HitRate => "hit_rate",
            Self::Recall => "recall",
            Self::Precision => "precision",
            Self::Ndcg => "ndcg",
            Self::Mrr => "mrr",
            Self::Map => "map",
            Self::Auc => "auc",
            Self::LogLoss => "log_loss",
            Self::Coverage => "coverage",
            Self::Novelty => "novelty",
            Self::Diversity => "diversity",
            Self::Serendipity => "serendipity",
            Self::Gini => "gini",
        }
    }

    /// Whether more is better; a loss and an unequal exposure are worse the higher they are.
    #[must_use]
    pub const fn higher_is_better(self) -> bool {
        !matches!(self, Self::Gini | Self::LogLoss)
    }

    /// Whether it depends on the length of the list.
    #[must_use]
    pub const fn is_at_k(self) -> bool {
        !matches!(self, Self::Auc | Self::LogLoss)
    }

    /// Whether each case has a value of its own, so that intervals and paired tests exist.
    #[must_use]
    pub const fn is_per_user(self) -> bool {
        !matches!(self, Self::Coverage | Self::Gini)
    }
}

/// A metric at a list length; prints as `ndcg@10`, or as `auc` where there is no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Metric {
    /// Which family.
    pub kind: MetricKind,
    /// Length of the list; 0 for a family that knows none.
    pub k: usize,
}

impl Metric {
    /// The metric by which models are chosen and judged.
    pub const MAIN: Self = Self { kind: MetricKind::Ndcg, k: 10 };

    /// A family at `k`, or by itself where it knows no lists.
    #[must_use]
    pub const fn new(kind: MetricKind, k: usize) -> Self {
        Self { kind, k: if kind.is_at_k() { k } else { 0 } }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.kind.is_at_k() { write!(f, "@{}", self.k) } else { Ok(()) }
    }
}

/// The text names no metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no metric \"{0}\"; metrics are written such as ndcg@10")]
pub struct UnknownMetric(pub String);

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownMetric(text.to_owned());
        let (name, k) = text.split_once('@').map_or((text, None), |(name, k)| (name, Some(k)));
        let kind = MetricKind::ALL.into_iter().find(|kind| kind.name() == name);
        match (kind.ok_or_else(unknown)?, k) {
            (kind, None) if !kind.is_at_k() => Ok(Self { kind, k: 0 }),
            (kind, Some(k)) if kind.is_at_k() => {
                let k = k.parse().ok().filter(|&k| k > 0);
                Ok(Self { kind, k: k.ok_or_else(unknown)? })
            }
            _ => Err(unknown()),
        }
    }
}

/// Where the targets of one case came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// Ranks of the targets that were listed, from 1, ascending and distinct.
    pub ranks: Vec<usize>,
    /// All targets, those that were not listed included; at least 1.
    pub n_targets: usize,
}

impl Hits {
    /// The value of an accuracy metric at `k ≥ 1`; `None` for a family that is not about targets.
    ///
    /// Example: two targets at ranks 1 and 4, three in all, k = 5: recall 2/3, precision 2/5, MRR 1,
    /// MAP (1/1 + 2/4) / 3, NDCG (1/log2 2 + 1/log2 5) / (1/log2 2 + 1/log2 3 + 1/log2 4).
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<f32> {
        let k = metric.k;
        let hits = &self.ranks[..self.ranks.partition_point(|&rank| rank <= k)];
        let n_hits = real(hits.len());
        let value = match metric.kind {
            MetricKind::HitRate => f64::from(!hits.is_empty()),
            MetricKind::Recall => n_hits / real(self.n_targets),
            MetricKind::Precision => n_hits / real(k),
            MetricKind::Ndcg => gain(hits.iter().copied()) / gain(1..=self.n_targets.min(k)),
            MetricKind::Mrr => hits.first().map_or(0.0, |&rank| 1.0 / real(rank)),
            MetricKind::Map => precisions(hits) / real(self.n_targets.min(k)),
            MetricKind::Auc
            | MetricKind::LogLoss
            | MetricKind::Coverage
            | MetricKind::Novelty
            | MetricKind::Diversity
            | MetricKind::Serendipity
            | MetricKind::Gini => {
                return None;
            }
        };
        Some(value as f32)
    }
}

fn gain(ranks: impl Iterator<Item = usize>) -> f64 {
    total(ranks.map(|rank| 1.0 / (real(rank) + 1.0).log2()))
}

fn precisions(ranks: &[usize]) -> f64 {
    total((1..).zip(ranks).map(|(nth, &rank)| real(nth) / real(rank)))
}

/// The sum, of nothing a zero without the sign that `sum` gives it.
pub(super) fn total(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

/// Mean; of nothing 0.
pub(super) fn mean(values: &[f32]) -> f64 {
    total(values.iter().copied().map(f64::from)) / real(values.len().max(1))
}

fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_found_is_a_zero_without_a_sign() {
        let none = Hits { ranks: Vec::new(), n_targets: 2 };
        for kind in [MetricKind::Ndcg, MetricKind::Map, MetricKind::Mrr, MetricKind::Recall] {
            let value = none.value(Metric::new(kind, 10)).expect("about targets");
            assert_eq!(value.to_bits(), 0, "{kind:?}");
        }
    }

    #[test]
    fn metrics_print_and_read_back() {
        for kind in MetricKind::ALL {
            let metric = Metric::new(kind, 10);
            assert_eq!(metric.to_string().parse(), Ok(metric));
        }
        for text in ["ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "gain@10", "@10", "auc@10"] {
            assert_eq!(text.parse::<Metric>(), Err(UnknownMetric(text.to_owned())));
        }
    }

    #[test]
    fn the_documented_example_holds() {
        let hits = Hits { ranks: vec![1, 4], n_targets: 3 };
        let value = |kind| f64::from(hits.value(Metric { kind, k: 5 }).unwrap());
        let ideal = 1.0 + 1.0 / 3.0_f64.log2() + 0.5;
        for (kind, expected) in [
            (MetricKind::HitRate, 1.0),
            (MetricKind::Recall, 2.0 / 3.0),
            (MetricKind::Precision, 0.4),
            (MetricKind::Mrr, 1.0),
            (MetricKind::Map, 0.5),
            (MetricKind::Ndcg, (1.0 + 1.0 / 5.0_f64.log2()) / ideal),
        ] {
            assert!((value(kind) - expected).abs() < 1e-6, "{kind:?}");
        }
        assert_eq!(hits.value(Metric { kind: MetricKind::Gini, k: 5 }), None);
    }
}
