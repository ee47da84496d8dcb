//! From the cart to the door and back: purchases, prices, reviews, returns, refills.

use super::super::language;
use super::super::random::mix;
use super::{DAY, Event, Journey, Reason};
use crate::dataset::event::EventKind;

impl Journey<'_> {
    /// Buy what is in the cart, or leave it; `may_return` lets it wait for another day.
    pub(super) fn check_out(&mut self, day: u32, may_return: bool) {
        for item in std::mem::take(&mut self.cart) {
            if self.random.chance(0.62) {
                self.buy(item, day);
            } else if may_return && self.random.chance(0.25) {
                let later = day + self.random.between(1, 4) as u32;
                self.plan_visit(later, Reason::Finish(item));
            }
        }
    }

    fn buy(&mut self, item: u32, day: u32) {
        let repeat = self.texts(item).0.repeat;
        let several = if repeat > 0 { 0.3 } else { 0.06 };
        let quantity = 1 + self.geometric_from(several, 4);
        let price = self.price(item, day);
        self.push(EventKind::Purchase, Some(item), String::new(), quantity, price);
        self.clock += self.random.between(20, 90);
        self.bought.push((day, item));
        self.after_purchase(item, price);
        if repeat > 0 && self.random.chance(0.6) {
            let factor = 0.75 + 0.6 * self.random.unit();
            let lasts = f64::from(repeat * quantity) * factor;
            self.plan_visit(day + lasts as u32 + 1, Reason::Refill(item));
        }
    }

    /// A review and a return, days later.
    fn after_purchase(&mut self, item: u32, price: u32) {
        let sold = &self.shop.items[item as usize];
        let liking = self.shopper.liking(sold).clamp(-2.0, 2.0);
        let opinion = 3.95
            + self.shopper.generosity
            + 0.9 * f64::from(sold.quality)
            + 0.2 * liking
            + 0.85 * self.random.normal();
        let rating = opinion.round().clamp(1.0, 5.0) as u8;
        if self.random.chance(self.shopper.reviews) {
            let delay = self.random.between(2 * DAY, 24 * DAY);
            let (words, product) = self.texts(item);
            let text = language::review(words, &product, rating, self.random);
            self.push_after(delay, EventKind::Review, item, text, 0, rating);
        }
        let unhappy = [0.3, 0.18, 0.06, 0.03, 0.02][usize::from(rating - 1)];
        let keeps = if self.texts(item).0.repeat > 0 { 0.2 } else { 1.0 };
        if self.random.chance(unhappy * keeps) {
            let delay = self.random.between(3 * DAY, 20 * DAY);
            self.push_after(delay, EventKind::Return, item, String::new(), price, 0);
        }
    }

    fn push_after(
        &mut self,
        delay: i64,
        kind: EventKind,
        item: u32,
        text: String,
        price_cents: u32,
        rating: u8,
    ) {
        let quantity = u32::from(kind == EventKind::Return);
        let seconds = self.clock + delay;
        let item = Some(item);
        self.events.push(Event { seconds, kind, item, text, quantity, price_cents, rating });
    }

    pub(super) fn price(&self, item: u32, day: u32) -> u32 {
        self.shop.items[item as usize].price_cents * (100 - self.discount(item, day)) / 100
    }

    /// Per cent off: a few products every week, more of them in the last week of November.
    pub(super) fn discount(&self, item: u32, day: u32) -> u32 {
        let week = u64::from(day / 7);
        let drawn = mix(mix(self.seed, u64::from(item)), week) % 1000;
        let share = if (327..334).contains(&(day % 365)) { 250 } else { 45 };
        if drawn < share { [10, 15, 20, 25][(drawn % 4) as usize] } else { 0 }
    }
}
