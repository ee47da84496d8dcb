//! Who a shopper is: lasting tastes, what they are after and how that drifts, habits.

use super::catalogue::{Catalogue, SimItem, TypeIdx};
use super::market::Market;
use super::random::{Random, leaning, mix};
use super::vocabulary::TAGS;

/// Age bands of `users.csv`.
pub const AGE_BANDS: [&str; 6] = ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"];
const AGE_WEIGHTS: [f64; 6] = [0.14, 0.26, 0.23, 0.17, 0.12, 0.08];
/// Invented towns and their share of shoppers.
const CITIES: [(&str, f64); 14] = [
    ("Northhaven", 0.19),
    ("Eastbrook", 0.14),
    ("Port Alder", 0.12),
    ("Millford", 0.10),
    ("Kingsmoor", 0.08),
    ("Lakemont", 0.07),
    ("Silverton Bay", 0.06),
    ("Ashdale", 0.05),
    ("Westmere", 0.05),
    ("Copperfield", 0.04),
    ("Highgarth", 0.04),
    ("Stonebridge", 0.03),
    ("Willowby", 0.02),
    ("Fernhollow", 0.01),
];

/// One shopper. Everything follows from `(seed, number)`.
#[derive(Debug)]
pub struct Shopper {
    pub age: usize,
    pub city: &'static str,
    /// Day of joining; negative before the log begins.
    pub member_since: i64,
    /// Sessions planned over the whole log.
    pub sessions: u32,
    /// Probability that a purchase is reviewed.
    pub reviews: f64,
    /// How generous the ratings are.
    pub generosity: f64,
    /// Probability of a typing error in a query.
    pub typos: f64,
    /// Hours added to the daily rhythm: early or late people.
    pub hour_shift: f64,
    /// Interest per type before and after the change.
    early: Vec<f32>,
    late: Vec<f32>,
    change_day: u32,
    tags: [f64; TAGS.len()],
    price_level: f64,
    strictness: f64,
    brand_seed: u64,
}

impl Shopper {
    /// Draw a shopper.
    pub fn draw(shop: &Catalogue, market: &Market, days: u32, random: &mut Random) -> Self {
        let age = random.weighted(&AGE_WEIGHTS).unwrap_or(1);
        let city = CITIES[random.weighted(&CITIES.map(|(_, share)| share)).unwrap_or(0)].0;
        let mut favourites = favourites(shop, age, random);
        let own: Vec<f64> = shop.types.iter().map(|_| 0.75 * random.normal()).collect();
        let early = interests(shop, market, &favourites, &own);
        if random.chance(0.65) {
            let fresh = drifted(shop, age, &favourites, random);
            favourites[0] = fresh;
        }
        let late = interests(shop, market, &favourites, &own);
        Self {
            age,
            city,
            member_since: member_since(days, random),
            sessions: session_count(random),
            reviews: 0.12 + 0.75 * random.unit() * random.unit(),
            generosity: 0.35 * random.normal(),
            typos: 0.02 + 0.14 * random.unit() * random.unit(),
            hour_shift: 1.8 * random.normal(),
            early,
            late,
            change_day: (f64::from(days) * (0.2 + 0.6 * random.unit())) as u32,
            tags: std::array::from_fn(|_| 0.75 * random.normal()),
            price_level: 0.28 * random.normal(),
            strictness: 1.2 + 2.4 * random.unit(),
            brand_seed: (random.unit() * 9e15) as u64,
        }
    }

    /// Interest in a type on a day, seasons left out. Turns over about two months.
    fn interest(&self, type_idx: TypeIdx, day: u32) -> f64 {
        let since = (f64::from(day) - f64::from(self.change_day)) / 60.0 + 0.5;
        let turned = since.clamp(0.0, 1.0);
        let (early, late) = (self.early[usize::from(type_idx)], self.late[usize::from(type_idx)]);
        f64::from(early) * (1.0 - turned) + f64::from(late) * turned
    }

    /// A type to look for on a day, among `types`.
    pub fn pick_type(
        &self,
        types: impl Iterator<Item = TypeIdx>,
        market: &Market,
        day: u32,
        random: &mut Random,
    ) -> Option<TypeIdx> {
        let types: Vec<TypeIdx> = types.collect();
        let weights: Vec<f64> = types
            .iter()
            .map(|&type_idx| self.interest(type_idx, day) * market.season(type_idx, day))
            .collect();
        random.weighted(&weights).map(|position| types[position])
    }

    /// How well a product suits this shopper, around 0: tags, brand, price, quality.
    pub fn liking(&self, item: &SimItem) -> f64 {
        let tags: f64 = (0..TAGS.len())
            .filter(|&tag| item.tags & (1 << tag) != 0)
            .map(|tag| self.tags[tag])
            .sum();
        let brand = leaning(self.brand_seed, mix(7, u64::from(item.brand)));
        let apart = f64::from(item.price_level) - self.price_level;
        let price = -0.5 * self.strictness * (apart / 0.5) * (apart / 0.5);
        tags + brand + price.max(-4.0) + 0.6 * f64::from(item.quality)
    }
}

/// One to three categories, later ones often near the first.
fn favourites(shop: &Catalogue, age: usize, random: &mut Random) -> Vec<usize> {
    let weights: Vec<f64> = shop.categories.iter().map(|category| category.ages[age]).collect();
    let mut chosen = vec![random.weighted(&weights).unwrap_or(0)];
    for chance in [0.8, 0.45] {
        if random.chance(chance) {
            let next = neighbour(shop, chosen[0], random)
                .filter(|_| random.unit() < 0.6)
                .or_else(|| random.weighted(&weights));
            chosen.extend(next.filter(|next| !chosen.contains(next)));
        }
    }
    chosen
}

fn neighbour(shop: &Catalogue, category: usize, random: &mut Random) -> Option<usize> {
    let slug = random.pick(&shop.categories[category].near);
    shop.categories.iter().position(|other| other.slug == *slug)
}

/// The category that the first favourite gives way to.
fn drifted(shop: &Catalogue, age: usize, old: &[usize], random: &mut Random) -> usize {
    let weights: Vec<f64> = (0..shop.categories.len())
        .map(|at| if old.contains(&at) { 0.0 } else { shop.categories[at].ages[age] })
        .collect();
    random.weighted(&weights).unwrap_or(old[0])
}

fn interests(shop: &Catalogue, market: &Market, favourites: &[usize], own: &[f64]) -> Vec<f32> {
    let strength = |category: u8| {
        let rank = favourites.iter().position(|&favourite| favourite == usize::from(category));
        [3.3, 2.6, 2.1].get(rank.unwrap_or(9)).copied().unwrap_or(0.0)
    };
    shop.types
        .iter()
        .zip(own)
        .zip(&market.shelves)
        .map(|((sim_type, own), shelf)| {
            if shelf.items.is_empty() {
                return 0.0;
            }
            ((strength(sim_type.category) + own).exp() * sim_type.demand) as f32
        })
        .collect()
}

fn member_since(days: u32, random: &mut Random) -> i64 {
    if random.chance(0.6) {
        -random.between(1, 1400)
    } else {
        (f64::from(days) * 0.85 * random.unit()) as i64
    }
}

/// Mostly a handful of sessions, for a few shoppers many.
fn session_count(random: &mut Random) -> u32 {
    let drawn = (1.55 + 0.75 * random.normal()).exp();
    (drawn as u32).clamp(1, 60)
}
