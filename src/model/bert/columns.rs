//! The products that the softmax of one batch goes over, drawn and corrected for how likely each was to be
//! among them.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::negatives::Negatives;
use super::softmax::SoftmaxOver;

/// How often each product is drawn: by a power of its share for samples, and by the share itself for what a
/// batch leads to.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    over: SoftmaxOver,
    negatives: Negatives,
    shares: Vec<f64>,
    /// Running sums of the probabilities of being drawn.
    running: Vec<f64>,
    /// The products that a full softmax goes over; `None` is all.
    known: Option<Vec<u32>>,
}

/// The products of one batch's softmax.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    /// Positions in the catalogue, ascending; `None` is all.
    pub items: Option<Vec<u32>>,
    /// Added to their scores: `-log` of how likely each was to be among them (Bengio and Senécal 2008). A row's
    /// own product, which is always among them, goes without.
    pub correction: Vec<f32>,
    /// The column of each example's product.
    pub targets: Vec<u32>,
}

impl Choice {
    /// From how often each product is a target.
    pub fn new(over: SoftmaxOver, negatives: Negatives, counts: &[u32]) -> Self {
        let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let shares: Vec<f64> =
            counts.iter().map(|&count| f64::from(count) / total.max(1.0)).collect();
        let mut sum = 0.0;
        let running = shares
            .iter()
            .map(|share| {
                sum += share.powf(negatives.power());
                sum
            })
            .collect();
        Self { over: over.of(counts.len()), negatives, shares, running, known: None }
    }

    /// The same without the products that nobody has met: never the right answer, they could only be pushed away,
    /// as if that said something of them.
    pub fn of_met(mut self, visits: &[u32]) -> Self {
        let is_unmet = |&item: &usize| visits[item] == 0;
        if !(0..visits.len()).any(|item| is_unmet(&item)) {
            return self;
        }
        let mut sum = 0.0;
        for (item, share) in self.shares.iter().enumerate() {
            sum += if visits[item] > 0 { share.powf(self.negatives.power()) } else { 0.0 };
            self.running[item] = sum;
        }
        self.known = Some(
            (0..visits.len()).filter(|item| !is_unmet(item)).map(|item| item as u32).collect(),
        );
        self
    }

    /// How many of the drawn columns are to be kept, the hardest; `None` keeps all.
    pub fn hardest(&self) -> Option<usize> {
        match self.over {
            SoftmaxOver::Sampled(drawn) if self.negatives.pool() > 1 => Some(drawn),
            _ => None,
        }
    }

    /// Number of products that can be targets.
    pub fn n_items(&self) -> usize {
        self.shares.len()
    }

    /// The columns of a batch that leads to `targets`, of hard ones the pool: a function of targets, seed and
    /// step alone.
    pub fn columns(&self, targets: &[u32], seed: u64, step: u64) -> Columns {
        let drawn = match self.over {
            SoftmaxOver::Full | SoftmaxOver::Auto => return self.all(targets),
            SoftmaxOver::InBatch => 0,
            SoftmaxOver::Sampled(drawn) => drawn * self.negatives.pool(),
        };
        let mut items: BTreeSet<u32> = targets.iter().copied().collect();
        let total = self.running.last().copied().unwrap_or_default();
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ step.rotate_left(32));
        items.extend((0..drawn).map(|_| {
            let at = rng.random::<f64>() * total;
            self.running.partition_point(|&sum| sum <= at).min(self.running.len() - 1) as u32
        }));
        let items: Vec<u32> = items.into_iter().collect();
        let correction = items
            .iter()
            .map(|&item| {
                let share = self.shares[item as usize];
                let missed = |probability: f64, times: usize| {
                    (1.0 - probability).powi(i32::try_from(times).unwrap_or(i32::MAX))
                };
                let absent = missed(share, targets.len())
                    * missed(share.powf(self.negatives.power()) / total.max(1e-12), drawn);
                -(1.0 - absent).max(1e-9).ln() as f32
            })
            .collect();
        let column = |target: &u32| items.binary_search(target).expect("a target is a column");
        let targets = targets.iter().map(|target| column(target) as u32).collect();
        Columns { items: Some(items), correction, targets }
    }

    /// Every product, or every one that was met; nothing is left to chance, so nothing is corrected.
    fn all(&self, targets: &[u32]) -> Columns {
        let Some(known) = &self.known else {
            return Columns { items: None, correction: Vec::new(), targets: targets.to_vec() };
        };
        let column = |target: &u32| known.binary_search(target).expect("a target was met") as u32;
        Columns {
            items: Some(known.clone()),
            correction: vec![0.0; known.len()],
            targets: targets.iter().map(column).collect(),
        }
    }
}

impl Columns {
    /// The products that the batch leads to and the `count` hardest of the others, of equally hard ones the
    /// first. They keep the correction for being drawn into the pool: what is left of its softmax lacks only
    /// the least likely terms, so that the loss is the pool's from a little below.
    ///
    /// # Panics
    /// If these are not the columns of a sample, or have no `hardness` each.
    pub fn hardest(self, hardness: &[f32], count: usize) -> Self {
        let items = self.items.expect("a sample");
        assert_eq!(items.len(), hardness.len(), "a hardness of each column");
        let wanted: BTreeSet<u32> = self.targets.iter().copied().collect();
        let mut drawn: Vec<usize> =
            (0..items.len()).filter(|&column| !wanted.contains(&(column as u32))).collect();
        drawn.sort_by(|&a, &b| hardness[b].total_cmp(&hardness[a]).then(a.cmp(&b)));
        drawn.truncate(count);
        drawn.extend(wanted.iter().map(|&column| column as usize));
        drawn.sort_unstable();
        let column = |target: &u32| drawn.binary_search(&(*target as usize)).expect("it is kept");
        Self {
            correction: drawn.iter().map(|&column| self.correction[column]).collect(),
            targets: self.targets.iter().map(|target| column(target) as u32).collect(),
            items: Some(drawn.iter().map(|&column| items[column]).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::model::bert::negatives::hardness;
    use crate::model::bert::softmax::softmax_loss;
    use crate::model::bert::weights::values_of;

    const COUNTS: [u32; 6] = [50, 20, 10, 10, 5, 5];

    fn six(over: SoftmaxOver) -> Choice {
        Choice::new(over, Negatives::default(), &COUNTS)
    }

    #[test]
    fn columns_hold_every_target_once() {
        let choice = six(SoftmaxOver::InBatch);
        let columns = choice.columns(&[4, 1, 4], 7, 0);
        assert_eq!(columns.items, Some(vec![1, 4]));
        assert_eq!(columns.targets, [1, 0, 1]);
        // 1 - (1 - 0.05)³
        assert!((columns.correction[1] + 0.142_625_f32.ln()).abs() < 1e-5);
        let sampled = six(SoftmaxOver::Sampled(2));
        assert_eq!(sampled.columns(&[5], 7, 3), sampled.columns(&[5], 7, 3));
        let differ =
            (0..20).any(|step| sampled.columns(&[5], 7, step) != sampled.columns(&[5], 7, 3));
        assert!(differ, "each step draws anew");
        assert_eq!(six(SoftmaxOver::Full).columns(&[3], 0, 0).items, None);
    }

    #[test]
    fn products_that_nobody_met_stand_in_no_softmax() {
        let visits = [50, 0, 10, 10, 5, 5];
        let counts = [50, 0, 10, 10, 5, 5];
        let full = Choice::new(SoftmaxOver::Full, Negatives::default(), &counts).of_met(&visits);
        let columns = full.columns(&[2, 5], 0, 0);
        assert_eq!(columns.items, Some(vec![0, 2, 3, 4, 5]));
        assert_eq!((columns.targets, columns.correction), (vec![1, 4], vec![0.0; 5]));
        let uniform = Choice::new(SoftmaxOver::Sampled(40), Negatives::Popularity(0.0), &counts);
        let drawn = |choice: &Choice| choice.columns(&[2], 3, 1).items.expect("a sample").len();
        assert_eq!((drawn(&uniform), drawn(&uniform.clone().of_met(&visits))), (6, 5));
        let all_met = six(SoftmaxOver::Full).of_met(&COUNTS);
        assert_eq!(all_met.columns(&[3], 0, 0).items, None);
    }

    /// Sixty products, some met often, a shopper's vector, and what the loss of the first target is over columns.
    fn loss_of(columns: &Columns, counts: &[u32]) -> f32 {
        let device = Device::flex();
        let matrix = |rows: usize, pace: f32| {
            let values: Vec<f32> = (0..rows * 4).map(|at| (at as f32 * pace).sin()).collect();
            Tensor::<2>::from_data(TensorData::new(values, [rows, 4]), &device)
        };
        let bias: Vec<f32> = counts.iter().map(|&count| (count as f32).ln()).collect();
        let bias = Tensor::<1>::from_data(TensorData::new(bias, [60]), &device);
        let (z, phi) = (matrix(1, 0.9), matrix(60, 0.31));
        values_of(softmax_loss(z, phi, bias, columns, &columns.targets[..1], false).inner())[0]
    }

    fn sixty() -> Vec<u32> {
        (0..60).map(|item| 1 + 400 / (item + 1)).collect()
    }

    const WAYS: [Negatives; 4] = [
        Negatives::Popularity(0.0),
        Negatives::Popularity(0.75),
        Negatives::Popularity(1.0),
        Negatives::Hard(2),
    ];

    /// Averaged over draws, a corrected sample gives what the softmax over everything gives, however it is
    /// drawn; an uncorrected one does not.
    #[test]
    fn a_corrected_sample_stands_for_all_products() {
        let counts = sixty();
        let full = Choice::new(SoftmaxOver::Full, Negatives::default(), &counts);
        let full = loss_of(&full.columns(&[17], 0, 0), &counts);
        for negatives in &WAYS[..3] {
            let sampled = Choice::new(SoftmaxOver::Sampled(10), *negatives, &counts);
            // Batches lead to products by their shares.
            let batches = Choice::new(SoftmaxOver::Sampled(1), Negatives::Popularity(1.0), &counts);
            let mean = |corrected: bool| {
                let draw = |step| {
                    let others = (1..16).map(|at| batches.columns(&[], at, step).items);
                    let others = others.flat_map(|drawn| drawn.expect("a sample"));
                    let targets: Vec<u32> = [17].into_iter().chain(others).collect();
                    let mut columns = sampled.columns(&targets, 90, step);
                    if !corrected {
                        columns.correction.fill(0.0);
                    }
                    loss_of(&columns, &counts)
                };
                (0..400).map(draw).sum::<f32>() / 400.0
            };
            let (with, without) = (mean(true), mean(false));
            assert!((with - full).abs() < 0.08, "{negatives}: {with} against {full}");
            assert!((without - full).abs() > 0.3, "{negatives}: {without} against {full}");
        }
    }

    /// Products are drawn as often as said, and the correction is how often they were among the columns.
    #[test]
    fn products_come_up_as_often_as_the_correction_says() {
        let counts = sixty();
        let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        for negatives in WAYS {
            let choice = Choice::new(SoftmaxOver::Sampled(1), negatives, &counts);
            // A target that is never drawn otherwise leaves the draws alone to be counted.
            let mut seen = vec![0_u32; 60];
            let mut said = vec![0.0; 60];
            for step in 0..20_000 {
                let columns = choice.columns(&[59], 1, step);
                let items = columns.items.expect("a sample");
                for (item, correction) in items.into_iter().zip(columns.correction) {
                    seen[item as usize] += 1;
                    said[item as usize] = f64::from((-correction).exp());
                }
            }
            let powers: Vec<f64> = counts
                .iter()
                .map(|&count| (f64::from(count) / total).powf(negatives.power()))
                .collect();
            let sum: f64 = powers.iter().sum();
            for item in 0..59 {
                let times = 1 + i32::from(negatives == Negatives::Hard(2));
                let drawn = 1.0 - (1.0 - powers[item] / sum).powi(times);
                let (found, room) =
                    (f64::from(seen[item]) / 20_000.0, 5.0 * (drawn / 20_000.0).sqrt());
                assert!((found - drawn).abs() < room, "{negatives}, {item}: {found} for {drawn}");
                // The batch leads to a product by its share.
                let among = 1.0 - (1.0 - drawn) * (1.0 - f64::from(counts[item]) / total);
                assert!((said[item] - among).abs() < 1e-5, "{negatives}, {item}: {}", said[item]);
            }
        }
    }

    #[test]
    fn the_hardest_of_a_pool_stay_with_all_targets_and_their_corrections() {
        let counts = sixty();
        let choice = Choice::new(SoftmaxOver::Sampled(10), Negatives::Hard(3), &counts);
        assert_eq!(choice.hardest(), Some(10));
        assert_eq!(Choice::new(SoftmaxOver::Full, Negatives::Hard(3), &counts).hardest(), None);
        let pool = choice.columns(&[4, 40, 4], 2, 0);
        let items = pool.items.clone().expect("a sample");
        assert!(items.len() > 13, "{items:?}");
        let hardness: Vec<f32> = items.iter().map(|&item| (item as f32 * 1.7).sin()).collect();
        let kept = pool.clone().hardest(&hardness, 10);
        let left = kept.items.clone().expect("a sample");
        assert_eq!(left.len(), 12);
        assert!(left.is_sorted());
        assert_eq!(
            kept.targets.iter().map(|&at| left[at as usize]).collect::<Vec<_>>(),
            [4, 40, 4]
        );
        let of = |item: &u32| items.binary_search(item).expect("of the pool");
        for (item, correction) in left.iter().zip(&kept.correction) {
            assert_eq!(pool.correction[of(item)], *correction);
        }
        let (mut least, mut most) = (f32::INFINITY, f32::NEG_INFINITY);
        for item in items.iter().filter(|item| ![4, 40].contains(*item)) {
            let value = hardness[of(item)];
            if left.contains(item) { least = least.min(value) } else { most = most.max(value) }
        }
        assert!(least > most, "{least} is kept and {most} is not");
    }

    /// A pool that lacks its least likely gives nearly the loss of the whole, and never more; so many drawn at
    /// random, which are not corrected for it, do not.
    #[test]
    fn the_hardest_have_most_of_the_loss_of_their_pool() {
        let counts = sixty();
        let choice = Choice::new(SoftmaxOver::Sampled(8), Negatives::Hard(4), &counts);
        for step in 0..20 {
            let pool = choice.columns(&[17], 5, step);
            let whole = loss_of(&pool, &counts);
            let device = Device::flex();
            let row = |item: u32| -> Vec<f32> {
                (0..4).map(|at| ((item * 4 + at) as f32 * 0.31).sin()).collect()
            };
            let items = pool.items.clone().expect("a sample");
            let phi: Vec<f32> = items.iter().flat_map(|&item| row(item)).collect();
            let bias = items.iter().map(|&item| (counts[item as usize] as f32).ln()).collect();
            let z: Vec<f32> = (0..4).map(|at| (at as f32 * 0.9).sin()).collect();
            let hardness = hardness(
                Tensor::from_data(TensorData::new(z, [1, 4]), &device),
                Tensor::from_data(TensorData::new(phi, [items.len(), 4]), &device),
                Tensor::from_data(TensorData::new::<f32, _>(bias, [items.len()]), &device),
                &pool.correction,
            );
            let easy: Vec<f32> = hardness.iter().map(|hardness| -hardness).collect();
            let hard = loss_of(&pool.clone().hardest(&hardness, 8), &counts);
            let easy = loss_of(&pool.hardest(&easy, 8), &counts);
            assert!(hard <= whole + 1e-5 && hard > easy, "{easy} {hard} {whole}");
            assert!(whole - hard < 0.5 * (whole - easy), "{easy} {hard} {whole}");
        }
    }
}
