//! What one shopper does over the whole log: sessions of searching, viewing, carting and buying,
//! then reviews, returns and repeat purchases.

mod buying;

use super::catalogue::{Catalogue, SlotText, TypeIdx};
use super::language;
use super::market::{Market, likeness};
use super::random::Random;
use super::shopper::Shopper;
use super::vocabulary::ProductType;
use crate::dataset::event::EventKind;

const DAY: i64 = 86_400;
/// Sessions by the hour of their start.
const HOURS: [f64; 24] = [
    0.5, 0.25, 0.12, 0.08, 0.08, 0.15, 0.5, 1.1, 1.5, 1.7, 1.9, 2.0, 2.3, 2.1, 1.9, 1.9, 2.0, 2.3,
    2.8, 3.4, 3.9, 3.7, 2.6, 1.3,
];

/// One row of `events.csv`.
#[derive(Debug, Clone)]
pub struct Event {
    /// Seconds after the start of 2025.
    pub seconds: i64,
    pub kind: EventKind,
    /// Row of the catalogue; `None` for a search.
    pub item: Option<u32>,
    /// Query or review text, else empty.
    pub text: String,
    /// 0 where none is given.
    pub quantity: u32,
    /// 0 where none is given.
    pub price_cents: u32,
    /// 0 where none is given.
    pub rating: u8,
}

/// Why a shopper comes back.
#[derive(Debug, Clone, Copy)]
enum Reason {
    Browse,
    /// Something is used up.
    Refill(u32),
    /// Something was left in the cart.
    Finish(u32),
}

/// Generate everything a shopper does, in order of time.
pub fn simulate(
    shop: &Catalogue,
    market: &Market,
    shopper: &Shopper,
    days: u32,
    seed: u64,
    random: &mut Random,
) -> Vec<Event> {
    let mut journey = Journey {
        shop,
        market,
        shopper,
        days,
        seed,
        random,
        events: Vec::new(),
        clock: 0,
        plan: Vec::new(),
        bought: Vec::new(),
        cart: Vec::new(),
        scratch: Vec::new(),
    };
    journey.run();
    in_order(journey.events, i64::from(days) * DAY)
}

/// Sorted by time, no two at once, nothing after the end of the log.
fn in_order(mut events: Vec<Event>, end: i64) -> Vec<Event> {
    events.sort_by_key(|event| event.seconds);
    let mut last = i64::MIN;
    for event in &mut events {
        event.seconds = event.seconds.max(last + 1);
        last = event.seconds;
    }
    events.retain(|event| event.seconds < end);
    events
}

struct Journey<'a> {
    shop: &'a Catalogue,
    market: &'a Market,
    shopper: &'a Shopper,
    days: u32,
    seed: u64,
    random: &'a mut Random,
    events: Vec<Event>,
    clock: i64,
    /// Visits to come, latest first.
    plan: Vec<(u32, Reason)>,
    /// Day and product of purchases.
    bought: Vec<(u32, u32)>,
    cart: Vec<u32>,
    scratch: Vec<u32>,
}

impl<'a> Journey<'a> {
    fn run(&mut self) {
        let first = self.shopper.member_since.max(0) as u32;
        for _ in 0..self.shopper.sessions {
            let day = self.market.day(first, self.random);
            self.plan_visit(day, Reason::Browse);
        }
        while let Some((day, reason)) = self.plan.pop() {
            self.visit(day, reason);
        }
    }

    fn plan_visit(&mut self, day: u32, reason: Reason) {
        if day < self.days {
            let at = self.plan.partition_point(|&(planned, _)| planned > day);
            self.plan.insert(at, (day, reason));
        }
    }

    fn visit(&mut self, day: u32, reason: Reason) {
        self.clock = self.start_of_session(day);
        match reason {
            Reason::Browse => {
                let length = 1 + self.geometric(0.19, 24);
                if let Some(first) = self.goal(day) {
                    self.search(first, 0.42);
                    self.browse(first, day, length);
                }
            }
            Reason::Refill(item) => {
                self.search(item, 0.2);
                self.view(item, day);
                if self.random.chance(0.8) {
                    self.put_into_cart(item, day);
                }
                self.side_trip(item, day);
            }
            Reason::Finish(item) => {
                self.view(item, day);
                self.cart.push(item);
                self.side_trip(item, day);
            }
        }
        self.check_out(day, matches!(reason, Reason::Browse));
    }

    /// After the errand, sometimes a look around.
    fn side_trip(&mut self, item: u32, day: u32) {
        if self.random.chance(0.45)
            && let Some(next) = self.complement(item, day)
        {
            let length = 1 + self.geometric(0.4, 8);
            self.browse(next, day, length);
        }
    }

    fn start_of_session(&mut self, day: u32) -> i64 {
        let hour = self.random.weighted(&HOURS).unwrap_or(19) as f64 + self.shopper.hour_shift;
        let within = (hour.rem_euclid(24.0) + self.random.unit()) * 3600.0;
        let planned = i64::from(day) * DAY + (within as i64).min(DAY - 1);
        planned.max(self.clock + 1800)
    }

    /// The product that a session begins with.
    fn goal(&mut self, day: u32) -> Option<u32> {
        let recent = self.bought.last().filter(|(bought, _)| bought + 45 >= day).copied();
        if let Some((_, item)) = recent
            && self.random.chance(0.4)
        {
            return self.complement(item, day);
        }
        if self.random.chance(0.07) {
            return self.anything(day);
        }
        let types = 0..self.shop.types.len() as TypeIdx;
        let type_idx = self.shopper.pick_type(types, self.market, day, self.random)?;
        self.choose(type_idx, None, day)
    }

    fn browse(&mut self, first: u32, day: u32, length: u32) {
        let mut current = first;
        for step in 0..length {
            self.view(current, day);
            let carted = self.random.chance(self.cart_chance(current, day));
            if carted {
                self.put_into_cart(current, day);
            }
            if step + 1 < length {
                match self.next_item(current, carted, day) {
                    Some(next) => current = next,
                    None => break,
                }
            }
        }
    }

    fn next_item(&mut self, current: u32, carted: bool, day: u32) -> Option<u32> {
        let moves = if carted { [0.08, 0.64, 0.1, 0.1] } else { [0.34, 0.3, 0.14, 0.1] };
        let type_idx = self.shop.items[current as usize].type_idx;
        let mut at = self.random.unit();
        for (kind, share) in moves.into_iter().enumerate() {
            if at < share {
                return match kind {
                    0 => self.choose(type_idx, Some(current), day),
                    1 => self.complement(current, day),
                    2 => self.same_category(current, day),
                    _ => self.goal(day),
                }
                .or_else(|| self.goal(day));
            }
            at -= share;
        }
        self.anything(day)
    }

    /// What everybody buys, whatever the shopper's interests.
    fn anything(&mut self, day: u32) -> Option<u32> {
        let item = self.market.any_item(self.random);
        self.released(Some(item), day)
    }

    fn same_category(&mut self, current: u32, day: u32) -> Option<u32> {
        let type_idx = self.shop.items[current as usize].type_idx;
        let category = self.shop.types[usize::from(type_idx)].category;
        let types = self.market.category_types[usize::from(category)].iter().copied();
        let other = types.filter(|&other| other != type_idx);
        let next = self.shopper.pick_type(other, self.market, day, self.random)?;
        self.choose(next, Some(current), day)
    }

    /// A product that goes with `item`.
    fn complement(&mut self, item: u32, day: u32) -> Option<u32> {
        let type_idx = self.shop.items[item as usize].type_idx;
        let next = &self.market.shelves[usize::from(type_idx)].next;
        let slot = self.random.weighted(&[1.0, 0.6, 0.4, 0.3][..next.len()])?;
        if self.random.chance(0.62) {
            let rank = usize::from(self.random.chance(0.35));
            let partner = self.market.partners(item, slot).nth(rank);
            if let Some(partner) = self.released(partner, day) {
                return Some(partner);
            }
        }
        self.choose(next[slot], Some(item), day)
    }

    /// A product of a type by liking and popularity, leaning towards one that is `like` another.
    fn choose(&mut self, type_idx: TypeIdx, like: Option<u32>, day: u32) -> Option<u32> {
        let mut found = std::mem::take(&mut self.scratch);
        let all = self.market.candidates(type_idx, self.random, &mut found);
        found.retain(|&row| Some(row) != like && self.shop.items[row as usize].release_day <= day);
        let weights: Vec<f64> = found
            .iter()
            .map(|&row| {
                let item = &self.shop.items[row as usize];
                let popular = if all { f64::from(item.popularity) } else { 1.0 };
                let near =
                    like.map_or(0.0, |like| 0.8 * likeness(&self.shop.items[like as usize], item));
                popular * (0.9 * self.shopper.liking(item) + near).exp()
            })
            .collect();
        let chosen = self.random.weighted(&weights).map(|at| found[at]);
        self.scratch = found;
        chosen
    }

    fn released(&self, item: Option<u32>, day: u32) -> Option<u32> {
        item.filter(|&item| self.shop.items[item as usize].release_day <= day)
    }

    fn cart_chance(&self, item: u32, day: u32) -> f64 {
        let liking = self.shopper.liking(&self.shop.items[item as usize]).clamp(-3.0, 3.0);
        let bargain = if self.discount(item, day) > 0 { 0.5 } else { 0.0 };
        logistic(-1.95 + 0.75 * liking + bargain)
    }

    fn search(&mut self, item: u32, chance: f64) {
        if self.random.chance(chance) {
            let (words, product) = self.texts(item);
            let text = language::query(words, &product, self.shopper.typos, self.random);
            self.push(EventKind::Search, None, text, 0, 0);
            self.clock += self.random.between(4, 40);
        }
    }

    fn view(&mut self, item: u32, day: u32) {
        let price = self.price(item, day);
        self.push(EventKind::View, Some(item), String::new(), 0, price);
        self.clock += self.random.between(12, 150);
    }

    fn put_into_cart(&mut self, item: u32, day: u32) {
        let price = self.price(item, day);
        self.push(EventKind::Cart, Some(item), String::new(), 1, price);
        self.clock += self.random.between(5, 45);
        if !self.cart.contains(&item) {
            self.cart.push(item);
        }
    }

    fn push(
        &mut self,
        kind: EventKind,
        item: Option<u32>,
        text: String,
        quantity: u32,
        price_cents: u32,
    ) {
        let seconds = self.clock;
        self.events.push(Event { seconds, kind, item, text, quantity, price_cents, rating: 0 });
    }

    fn texts(&self, item: u32) -> (&'a ProductType, SlotText<'a>) {
        let shop = self.shop;
        let sold = &shop.items[item as usize];
        let words = &shop.types[usize::from(sold.type_idx)].words;
        (words, SlotText::new(words, sold.slots, &shop.brands[usize::from(sold.brand)]))
    }

    /// Successes before the first stop, where each step stops with probability `stop`.
    fn geometric(&mut self, stop: f64, most: u32) -> u32 {
        self.geometric_from(1.0 - stop, most)
    }

    fn geometric_from(&mut self, go_on: f64, most: u32) -> u32 {
        let mut count = 0;
        while count < most && self.random.chance(go_on) {
            count += 1;
        }
        count
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
