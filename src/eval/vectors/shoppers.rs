//! Products by who met them.

use super::ItemVectors;
use crate::dataset::Interactions;
use crate::eval::protocol::DiversityBasis;
use crate::ids::ItemIdx;
use crate::model::counting::distinct_items;

/// The distinct shoppers of each product; the cosine is that of their 0/1 vectors.
#[derive(Debug)]
pub(super) struct ShopperVectors {
    /// Per product its shoppers, ascending.
    rows: Vec<Vec<u32>>,
    n_users: usize,
}

impl ShopperVectors {
    pub fn new(train: &Interactions, n_items: usize) -> Self {
        let mut rows = vec![Vec::new(); n_items];
        for (user, visits) in train.users() {
            for item in distinct_items(train, visits) {
                rows[item as usize].push(user.0);
            }
        }
        Self { rows, n_users: train.n_users() }
    }

    fn shoppers(&self, item: ItemIdx) -> &[u32] {
        self.rows.get(item.index()).map_or(&[], Vec::as_slice)
    }
}

/// What brings the 0/1 vector of so many shoppers to unit length.
fn scale(n_shoppers: usize) -> f64 {
    1.0 / (n_shoppers.max(1) as f64).sqrt()
}

impl ItemVectors for ShopperVectors {
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        let (a, b) = (self.shoppers(a), self.shoppers(b));
        (shared(a, b) as f64 * scale(a.len()) * scale(b.len())) as f32
    }

    /// One pass over the shoppers of each product: a cosine with all earlier products together is the
    /// product with the sum of their unit vectors. A much-met product would make pair by pair slow.
    fn cosines_with_earlier(&self, list: &[ItemIdx]) -> Vec<f64> {
        let mut sum = vec![0.0; self.n_users];
        let mut add = |&item: &ItemIdx| {
            let shoppers = self.shoppers(item);
            let scale = scale(shoppers.len());
            let mut product = 0.0;
            for &user in shoppers {
                let earlier = &mut sum[user as usize];
                product += *earlier;
                *earlier += scale;
            }
            product * scale
        };
        list.iter().map(&mut add).collect()
    }

    fn basis(&self) -> DiversityBasis {
        DiversityBasis::Shoppers
    }
}

fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut at_a, mut at_b, mut shared) = (0, 0, 0);
    while at_a < a.len() && at_b < b.len() {
        let (user_a, user_b) = (a[at_a], b[at_b]);
        shared += usize::from(user_a == user_b);
        at_a += usize::from(user_a <= user_b);
        at_b += usize::from(user_b <= user_a);
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::split::fixtures::{ring_shop, shop};

    #[test]
    fn products_are_alike_by_shared_shoppers() {
        let dataset =
            shop(&[("u", "a", 1), ("u", "b", 2), ("v", "a", 1), ("v", "c", 2), ("v", "a", 3)]);
        let vectors = ShopperVectors::new(&dataset.interactions, dataset.n_items() + 1);
        let cosine = |a, b| f64::from(vectors.cosine(ItemIdx(a), ItemIdx(b)));
        for (a, b, expected) in
            [(0, 0, 1.0), (0, 1, 0.5_f64.sqrt()), (1, 2, 0.0), (0, 3, 0.0), (0, 9, 0.0)]
        {
            assert!((cosine(a, b) - expected).abs() < 1e-6, "{a} {b}: {}", cosine(a, b));
            assert_eq!(cosine(b, a), cosine(a, b));
        }
    }

    #[test]
    fn all_earlier_products_at_once_are_the_sum_of_the_pairs() {
        let vectors = ShopperVectors::new(&ring_shop(50, 20, 7).interactions, 20);
        let list: Vec<ItemIdx> = [3, 4, 9, 0, 19, 5].map(ItemIdx).to_vec();
        for (at, sum) in vectors.cosines_with_earlier(&list).into_iter().enumerate() {
            let pairs = list[..at].iter().map(|&earlier| vectors.cosine(earlier, list[at]));
            assert!((sum - pairs.map(f64::from).sum::<f64>()).abs() < 1e-5, "position {at}");
        }
    }
}
