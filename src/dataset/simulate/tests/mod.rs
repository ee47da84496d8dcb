//! The demo shop as committed, what it promises about itself, and how a folder is written.

mod folder;
mod signal;
mod words;

use super::catalogue::Catalogue;
use super::market::Market;
use super::random::Random;
use super::sessions::{self, Event};
use super::shopper::Shopper;
use super::{SimulateConfig, SimulateSummary, simulate_to_folder};
use crate::control::Control;

/// The demo shop in memory: catalogue, and each shopper's events in order.
fn demo() -> (Catalogue, Vec<Vec<Event>>) {
    let SimulateConfig { users, items, days, seed } = SimulateConfig::default();
    let control = Control::default();
    let shop = Catalogue::generate(items, days, seed, &control).expect("nobody cancels");
    let market = Market::new(&shop, days, seed, &control).expect("nobody cancels");
    let journeys = (0..users as u64)
        .map(|user| {
            let mut random = Random::new(seed, user);
            let shopper = Shopper::draw(&shop, &market, days, &mut random);
            sessions::simulate(&shop, &market, &shopper, days, seed, &mut random)
        })
        .collect();
    (shop, journeys)
}

fn small() -> SimulateConfig {
    SimulateConfig { users: 700, items: 200, days: 60, seed: 5 }
}
