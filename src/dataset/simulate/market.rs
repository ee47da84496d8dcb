//! What all shoppers meet alike: which products there are of a type, what goes with what, seasons.

use super::catalogue::{Catalogue, SimItem, TypeIdx};
use super::random::{Random, SHOP_STREAM};
use super::vocabulary::Season;
use crate::control::{Cancelled, Control};

/// Streams of the market's own random numbers, far from those of descriptions.
const PARTNER_STREAM: u64 = SHOP_STREAM + (1 << 62);
/// How many products of a type are weighed at most when one is chosen.
pub const CANDIDATES: usize = 32;
/// Days in a season table.
const YEAR: u32 = 365;

/// The products of one type.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Rows of the catalogue.
    pub items: Vec<u32>,
    /// Running sums of their popularity.
    pub sums: Vec<f64>,
    /// Types that go with this one, most likely first.
    pub next: Vec<TypeIdx>,
}

/// The shop as every shopper finds it.
#[derive(Debug)]
pub struct Market {
    pub shelves: Vec<Shelf>,
    /// Types of each category.
    pub category_types: Vec<Vec<TypeIdx>>,
    /// Per item, for each of its type's `next`: the two products that go with it best.
    partners: Vec<[[u32; 2]; MAX_NEXT]>,
    /// Running sums of popularity over the whole catalogue.
    all_sums: Vec<f64>,
    /// Running sums of how busy each day is.
    day_sums: Vec<f64>,
    season: Vec<[f32; YEAR as usize]>,
}

/// How many next types of a product are used.
pub const MAX_NEXT: usize = 4;
const NO_ITEM: u32 = u32::MAX;

impl Market {
    /// Index a catalogue.
    pub fn new(
        shop: &Catalogue,
        days: u32,
        seed: u64,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        let shelves = shelves(shop);
        let mut category_types = vec![Vec::new(); shop.categories.len()];
        for (type_idx, sim_type) in (0..).zip(&shop.types) {
            if !shelves[usize::from(type_idx)].items.is_empty() {
                category_types[usize::from(sim_type.category)].push(type_idx);
            }
        }
        let partners = partners(shop, &shelves, seed, control)?;
        let popularity = shop
            .items
            .iter()
            .map(|item| f64::from(item.popularity) * shop.types[usize::from(item.type_idx)].demand);
        let season = shop.types.iter().map(|of| season_table(of.words.season)).collect();
        Ok(Self {
            all_sums: running(popularity),
            day_sums: running((0..days).map(day_weight)),
            shelves,
            category_types,
            partners,
            season,
        })
    }

    /// How much a type is in demand on a day, around 1.
    pub fn season(&self, type_idx: TypeIdx, day: u32) -> f64 {
        f64::from(self.season[usize::from(type_idx)][(day % YEAR) as usize])
    }

    /// The products that go with `item` among the `slot`-th of its type's next types.
    pub fn partners(&self, item: u32, slot: usize) -> impl Iterator<Item = u32> + '_ {
        self.partners[item as usize][slot].into_iter().filter(|&partner| partner != NO_ITEM)
    }

    /// Any product, by popularity alone.
    pub fn any_item(&self, random: &mut Random) -> u32 {
        random.cumulative(&self.all_sums).unwrap_or(0) as u32
    }

    /// A day from `first` on, busy days more often.
    pub fn day(&self, first: u32, random: &mut Random) -> u32 {
        let base = if first == 0 { 0.0 } else { self.day_sums[first as usize - 1] };
        let total = self.day_sums[self.day_sums.len() - 1];
        let at = base + random.unit() * (total - base);
        let day = self.day_sums.partition_point(|&sum| sum <= at);
        (day as u32).clamp(first, self.day_sums.len() as u32 - 1)
    }

    /// Up to [`CANDIDATES`] products of a type: all of them, or the more popular ones more often.
    pub fn candidates(&self, type_idx: TypeIdx, random: &mut Random, out: &mut Vec<u32>) -> bool {
        out.clear();
        let shelf = &self.shelves[usize::from(type_idx)];
        if shelf.items.len() <= CANDIDATES {
            out.extend_from_slice(&shelf.items);
            return true;
        }
        for _ in 0..CANDIDATES {
            out.extend(random.cumulative(&shelf.sums).map(|at| shelf.items[at]));
        }
        false
    }
}

fn shelves(shop: &Catalogue) -> Vec<Shelf> {
    let mut shelves: Vec<Shelf> = shop.types.iter().map(|_| Shelf::default()).collect();
    for (row, item) in (0u32..).zip(&shop.items) {
        shelves[usize::from(item.type_idx)].items.push(row);
    }
    for (shelf, sim_type) in shelves.iter_mut().zip(&shop.types) {
        shelf.sums =
            running(shelf.items.iter().map(|&row| f64::from(shop.items[row as usize].popularity)));
        shelf.next = sim_type
            .words
            .next
            .iter()
            .take(MAX_NEXT)
            .filter_map(|name| shop.types.iter().position(|other| other.words.name == *name))
            .map(|position| position as TypeIdx)
            .collect();
    }
    shelves
}

fn partners(
    shop: &Catalogue,
    shelves: &[Shelf],
    seed: u64,
    control: &Control,
) -> Result<Vec<[[u32; 2]; MAX_NEXT]>, Cancelled> {
    let mut random = Random::new(seed, PARTNER_STREAM);
    let mut all = Vec::with_capacity(shop.items.len());
    for (row, item) in shop.items.iter().enumerate() {
        if row % 4096 == 0 {
            control.check()?;
        }
        let mut of_item = [[NO_ITEM; 2]; MAX_NEXT];
        let next = &shelves[usize::from(item.type_idx)].next;
        for (best, &type_idx) in of_item.iter_mut().zip(next) {
            *best = best_partners(shop, item, &shelves[usize::from(type_idx)], &mut random);
        }
        all.push(of_item);
    }
    Ok(all)
}

fn best_partners(shop: &Catalogue, item: &SimItem, shelf: &Shelf, random: &mut Random) -> [u32; 2] {
    let mut scored: Vec<(f64, u32)> = Vec::with_capacity(CANDIDATES);
    let few = shelf.items.len() <= CANDIDATES;
    for position in 0..shelf.items.len().min(CANDIDATES) {
        let at = if few { position } else { random.cumulative(&shelf.sums).unwrap_or(0) };
        let row = shelf.items[at];
        let other = &shop.items[row as usize];
        let score = likeness(item, other)
            + 0.4 * f64::from(other.popularity.ln())
            + 0.5 * f64::from(other.quality)
            + 0.6 * random.normal();
        scored.push((score, row));
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.dedup_by_key(|entry| entry.1);
    let at = |rank: usize| scored.get(rank).map_or(NO_ITEM, |entry| entry.1);
    [at(0), at(1)]
}

/// How alike two products are in brand, taste and price level.
pub fn likeness(a: &SimItem, b: &SimItem) -> f64 {
    let same_brand = if a.brand == b.brand { 0.8 } else { 0.0 };
    let shared = f64::from((a.tags & b.tags).count_ones());
    let apart = f64::from((a.price_level - b.price_level).abs());
    same_brand + 0.45 * shared - 0.8 * apart
}

/// Running sums of some weights.
pub fn running(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    weights
        .scan(0.0, |total, weight| {
            *total += weight;
            Some(*total)
        })
        .collect()
}

/// More on weekends and towards Christmas. 1 January 2025 was a Wednesday.
fn day_weight(day: u32) -> f64 {
    let week = [1.0, 0.98, 0.95, 1.15, 1.25, 1.0, 0.97][(day % 7) as usize];
    week * (1.0 + 0.9 * bump(day, 336.0, 18.0))
}

fn season_table(season: Season) -> [f32; YEAR as usize] {
    let (peak, width, base, height) = match season {
        Season::None => return [1.0; YEAR as usize],
        Season::Spring => (110.0, 32.0, 0.5, 2.2),
        Season::Summer => (190.0, 38.0, 0.4, 2.2),
        Season::Autumn => (285.0, 34.0, 0.5, 2.2),
        Season::Winter => (15.0, 40.0, 0.4, 2.2),
        Season::Christmas => (342.0, 20.0, 0.7, 3.2),
        Season::School => (238.0, 20.0, 0.7, 2.6),
    };
    std::array::from_fn(|day| (base + height * bump(day as u32, peak, width)) as f32)
}

/// A bell over the year, 1 at its peak, that wraps at new year.
fn bump(day: u32, peak: f64, width: f64) -> f64 {
    let apart = (f64::from(day % YEAR) - peak).abs();
    let apart = apart.min(f64::from(YEAR) - apart) / width;
    (-0.5 * apart * apart).exp()
}
