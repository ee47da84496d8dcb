//! The simulated catalogue: products put together from the vocabulary.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::random::{Random, SHOP_STREAM};
use super::text::{fill, sentence_case, title_case};
use super::vocabulary::{Category, Choice, ProductType, categories};
use crate::control::{Cancelled, Control};

/// Position of a product type in [`Catalogue::types`].
pub type TypeIdx = u16;

/// One product with what shoppers see of it and what only the simulator knows.
#[derive(Debug, Clone)]
pub struct SimItem {
    /// Product type.
    pub type_idx: TypeIdx,
    /// Position in [`Catalogue::brands`].
    pub brand: u16,
    /// Bit set over the vocabulary's tags.
    pub tags: u16,
    /// List price in cents.
    pub price_cents: u32,
    /// Log of the price over what is typical for the type.
    pub price_level: f32,
    /// How good it is, around 0.
    pub quality: f32,
    /// Demand from everybody, around 1, heavily skewed.
    pub popularity: f32,
    /// First day in the shop.
    pub release_day: u32,
    /// Units in stock at the end of the log.
    pub stock: u16,
    /// Chosen options, for texts about it.
    pub slots: Slots,
    /// Product name, distinct within the shop.
    pub title: Box<str>,
}

/// Which option of the type each slot holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Slots {
    pub material: Option<u8>,
    pub size: Option<u8>,
    pub colour: Option<u8>,
    pub features: [u8; 2],
    pub uses: u8,
}

/// A product type together with its category.
#[derive(Debug, Clone)]
pub struct SimType {
    /// Position of its category in [`Catalogue::categories`].
    pub category: u8,
    /// How much it is in demand in this shop, around 1, heavily skewed.
    pub demand: f64,
    /// Its words.
    pub words: ProductType,
}

/// Everything the shop sells.
#[derive(Debug)]
pub struct Catalogue {
    pub categories: Vec<Category>,
    pub types: Vec<SimType>,
    pub brands: Vec<String>,
    pub items: Vec<SimItem>,
}

impl Catalogue {
    /// Make `n` distinct products under `seed`; `days` bounds when new ones arrive.
    pub fn generate(n: usize, days: u32, seed: u64, control: &Control) -> Result<Self, Cancelled> {
        let mut random = Random::new(seed, SHOP_STREAM);
        let mut shop = Self::empty(&mut random);
        let mut order: Vec<TypeIdx> =
            (0..n).map(|row| (row % shop.types.len()) as TypeIdx).collect();
        random.shuffle(&mut order);
        let mut titles = HashSet::with_capacity(n);
        shop.items.reserve_exact(n);
        for (row, type_idx) in order.into_iter().enumerate() {
            if row % 4096 == 0 {
                control.check()?;
            }
            let item = shop.make_item(type_idx, days, &mut random, &mut titles);
            shop.items.push(item);
        }
        Ok(shop)
    }

    fn empty(random: &mut Random) -> Self {
        let categories = categories();
        let mut types = Vec::new();
        for (category, words) in (0u8..).zip(&categories) {
            types.extend(words.types.iter().map(|words| {
                let demand = words.weight * f64::from(skewed(random));
                SimType { category, demand, words: words.clone() }
            }));
        }
        let mut brands: Vec<String> = Vec::new();
        let of_types = types.iter().flat_map(|sim_type| &sim_type.words.brands);
        for brand in categories.iter().flat_map(|category| &category.brands).chain(of_types) {
            if !brands.contains(&brand.text) {
                brands.push(brand.text.clone());
            }
        }
        Self { categories, types, brands, items: Vec::new() }
    }

    /// The category of a product type.
    pub fn category_of(&self, type_idx: TypeIdx) -> &Category {
        &self.categories[usize::from(self.types[usize::from(type_idx)].category)]
    }

    fn make_item(
        &self,
        type_idx: TypeIdx,
        days: u32,
        random: &mut Random,
        titles: &mut HashSet<Box<str>>,
    ) -> SimItem {
        let words = &self.types[usize::from(type_idx)].words;
        let category = self.category_of(type_idx);
        let brands = if words.brands.is_empty() { &category.brands } else { &words.brands };
        let (brand, slots, title) = loop_until_new(titles, |attempt| {
            let brand = random.pick(brands);
            let slots = choose_slots(words, random);
            let title = make_title(category, words, brand, slots, attempt, random);
            (brand, slots, title)
        });
        let chosen = chosen_options(words, slots);
        let spread = random.normal() * 0.09;
        let factor: f64 = brand.factor * chosen.iter().map(|choice| choice.factor).product::<f64>();
        let tags = chosen.iter().fold(brand.tags, |tags, choice| tags | choice.tags);
        let price = words.price * factor * (1.0 + spread);
        let new = random.chance(0.12);
        SimItem {
            type_idx,
            brand: self.brand_idx(&brand.text),
            tags,
            price_cents: charm_price(price),
            price_level: (factor * (1.0 + spread)).ln() as f32,
            quality: (random.normal() * 0.5) as f32,
            popularity: skewed(random),
            release_day: if new { random.below(days as usize * 4 / 5 + 1) as u32 } else { 0 },
            stock: stock(random),
            slots,
            title,
        }
    }

    fn brand_idx(&self, name: &str) -> u16 {
        let position = self.brands.iter().position(|brand| brand == name);
        position.expect("brands were collected from the same vocabulary") as u16
    }

    /// Description of a product: two or three sentences, the same at every call.
    pub fn description(&self, row: usize, seed: u64) -> String {
        let item = &self.items[row];
        let words = &self.types[usize::from(item.type_idx)].words;
        let mut random = Random::new(seed, SHOP_STREAM + 1 + row as u64);
        let about = random.pick_text(&words.about);
        let more = random.pick_text(&self.category_of(item.type_idx).more);
        let slots = SlotText::new(words, item.slots, &self.brands[usize::from(item.brand)]);
        let mut text = slots.fill(about).expect("a type's sentences use its own slots");
        text.push(' ');
        text.push_str(&slots.fill(more).expect("features and uses are always there"));
        text
    }
}

/// Pick until the title is new; what a pick gets is how often it failed before.
fn loop_until_new<'a>(
    titles: &mut HashSet<Box<str>>,
    mut pick: impl FnMut(u32) -> (&'a Choice, Slots, String),
) -> (&'a Choice, Slots, Box<str>) {
    let mut attempt = 0;
    loop {
        let (brand, slots, title) = pick(attempt);
        let title: Box<str> = title.into();
        if titles.insert(title.clone()) {
            return (brand, slots, title);
        }
        attempt += 1;
    }
}

fn choose_slots(words: &ProductType, random: &mut Random) -> Slots {
    let mut one =
        |options: &[Choice]| (!options.is_empty()).then(|| random.below(options.len()) as u8);
    let (material, size, colour) = (one(&words.material), one(&words.size), one(&words.colour));
    let first = random.below(words.feature.len());
    let second = (first + 1 + random.below(words.feature.len() - 1)) % words.feature.len();
    let features = [first as u8, second as u8];
    Slots { material, size, colour, features, uses: random.below(words.uses.len()) as u8 }
}

fn chosen_options(words: &ProductType, slots: Slots) -> Vec<&Choice> {
    let mut chosen = Vec::with_capacity(6);
    chosen.extend(slots.material.map(|slot| &words.material[usize::from(slot)]));
    chosen.extend(slots.size.map(|slot| &words.size[usize::from(slot)]));
    chosen.extend(slots.colour.map(|slot| &words.colour[usize::from(slot)]));
    chosen.extend(slots.features.map(|slot| &words.feature[usize::from(slot)]));
    chosen.push(&words.uses[usize::from(slots.uses)]);
    chosen
}

/// After this many duplicates a model number is added to the title.
const PATIENCE: u32 = 12;

fn make_title(
    category: &Category,
    words: &ProductType,
    brand: &Choice,
    slots: Slots,
    attempt: u32,
    random: &mut Random,
) -> String {
    let series = random.pick_text(&category.series);
    let name = title_case(&words.name);
    let text = SlotText::new(words, slots, &brand.text);
    let cased = |slot: Option<&str>| slot.map(title_case);
    let (material, size, colour) = (cased(text.material), cased(text.size), cased(text.colour));
    let value = |slot: &str| match slot {
        "brand" => Some(brand.text.as_str()),
        "series" => Some(series),
        "name" => Some(name.as_str()),
        "material" => material.as_deref(),
        "size" => size.as_deref(),
        "colour" => colour.as_deref(),
        _ => None,
    };
    let mut title = loop {
        if let Some(title) = fill(random.pick_text(&category.titles), value) {
            break title;
        }
    };
    if attempt >= PATIENCE {
        let number = 100 + random.below(900 * (attempt - PATIENCE + 1) as usize);
        let _ = write!(title, ", Model {number}");
    }
    title
}

/// What the slots of one product read as.
#[derive(Debug, Clone, Copy)]
pub struct SlotText<'a> {
    words: &'a ProductType,
    pub brand: &'a str,
    pub material: Option<&'a str>,
    pub size: Option<&'a str>,
    pub colour: Option<&'a str>,
    pub features: [&'a str; 2],
    pub uses: &'a str,
}

impl<'a> SlotText<'a> {
    pub fn new(words: &'a ProductType, slots: Slots, brand: &'a str) -> Self {
        let at = |options: &'a [Choice], slot: Option<u8>| {
            slot.map(|slot| options[usize::from(slot)].text.as_str())
        };
        Self {
            words,
            brand,
            material: at(&words.material, slots.material),
            size: at(&words.size, slots.size),
            colour: at(&words.colour, slots.colour),
            features: slots.features.map(|slot| words.feature[usize::from(slot)].text.as_str()),
            uses: &words.uses[usize::from(slots.uses)].text,
        }
    }

    /// Fill a sentence pattern; a slot with an upper-case first letter begins a sentence, a slot
    /// with `a_` before it brings its article.
    pub fn fill(&self, pattern: &str) -> Option<String> {
        let owned: Vec<(&str, String)> = slots_in(pattern)
            .map(|slot| self.value(slot).map(|value| (slot, value)))
            .collect::<Option<_>>()?;
        fill(pattern, |slot| {
            owned.iter().find(|(known, _)| *known == slot).map(|(_, value)| value.as_str())
        })
    }

    fn value(&self, slot: &str) -> Option<String> {
        let lower = slot.to_lowercase();
        let (article, bare) = match lower.strip_prefix("a_") {
            Some(bare) => (true, bare),
            None => (false, lower.as_str()),
        };
        let mut text = self.plain(bare)?.to_owned();
        if article {
            text = format!("{} {text}", article_for(&text));
        }
        Some(if slot.starts_with(char::is_uppercase) { sentence_case(&text) } else { text })
    }

    fn plain(&self, slot: &str) -> Option<&'a str> {
        let by_number = |one: &'static str, many: &'static str| {
            Some(if self.words.plural { many } else { one })
        };
        match slot {
            "name" => Some(&self.words.name),
            "brand" => Some(self.brand),
            "material" => self.material,
            "size" => self.size,
            "colour" => self.colour,
            "feature" => Some(self.features[0]),
            "feature2" => Some(self.features[1]),
            "use" => Some(self.uses),
            "it" => by_number("it", "they"),
            "its" => by_number("its", "their"),
            "them" => by_number("it", "them"),
            "this" => by_number("this", "these"),
            "is" => by_number("is", "are"),
            "was" => by_number("was", "were"),
            "has" => by_number("has", "have"),
            "s" => by_number("s", ""),
            _ => None,
        }
    }
}

fn slots_in(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(slot, _)| slot))
}

/// `a` or `an`, by sound: `an 8-pack`, `an 11-piece`, `an unbleached`, `a USB`, `a one-piece`.
pub fn article_for(text: &str) -> &'static str {
    let consonant_sound = ["one", "USB", "uni", "use"];
    let vowel_sound = ["8", "11-", "18", "M-", "S-", "XL", "SPF", "XPE", "HDMI"];
    let first = text.chars().next().unwrap_or('x').to_ascii_lowercase();
    let vowel =
        "aeiou".contains(first) && !consonant_sound.iter().any(|word| text.starts_with(word));
    let single = matches!(text, "M" | "L" | "S" | "XL");
    if vowel || single || vowel_sound.iter().any(|word| text.starts_with(word)) {
        "an"
    } else {
        "a"
    }
}

/// Prices as shops write them: 8.49, 24.99, 129.00.
fn charm_price(price: f64) -> u32 {
    let whole = price.max(1.0).floor() as u32;
    let rest = price - price.floor();
    match whole {
        0..20 => whole * 100 + if rest < 0.5 { 49 } else { 99 },
        20..100 => whole * 100 + if rest < 0.25 { 50 } else { 99 },
        _ => (whole / 10 * 10 + 9) * 100,
    }
}

/// Heavy-tailed demand: most products sell little, few sell a lot.
fn skewed(random: &mut Random) -> f32 {
    (0.25 / (random.unit() + 0.03)) as f32
}

fn stock(random: &mut Random) -> u16 {
    if random.chance(0.04) { 0 } else { (random.unit() * random.unit() * 240.0) as u16 + 1 }
}
