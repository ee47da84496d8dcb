//! Writing the shop: block after block of shoppers, in order, whatever the number of threads.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::catalogue::Catalogue;
use super::folder::{Target, io_error};
use super::market::Market;
use super::random::Random;
use super::sessions::{self, Event};
use super::shopper::{AGE_BANDS, Shopper};
use super::text::{csv_field, date, money, timestamp};
use super::{SimulateConfig, SimulateError, SimulateSummary};
use crate::control::Control;
use crate::dataset::event::EventKind;

/// Events of each kind, by `EventKind as usize`.
type Counts = [u64; EventKind::ALL.len()];

/// Shoppers that one task generates at a time; bounds the memory with the number of threads.
const BLOCK: usize = 256;

/// Simulate and write; see [`super::simulate_to_folder`].
pub fn shop(
    config: &SimulateConfig,
    out: &Path,
    control: &Control,
) -> Result<SimulateSummary, SimulateError> {
    check_ranges(config)?;
    let target = Target::open(out)?;
    let catalogue = Catalogue::generate(config.items, config.days, config.seed, control)?;
    let market = Market::new(&catalogue, config.days, config.seed, control)?;
    target.write("catalog.csv", |file| write_catalogue(file, &catalogue, config.seed))?;
    let counts = write_shoppers(config, &catalogue, &market, &target, control)?;
    target.write("shop.json", |file| write_manifest(file, config))?;
    target.publish()?;
    Ok(summary(config, &counts))
}

fn check_ranges(config: &SimulateConfig) -> Result<(), SimulateError> {
    let ranges = [
        ("the number of users", config.users as u64, 1, 100_000_000),
        ("the number of items", config.items as u64, 10, 5_000_000),
        ("the number of days", u64::from(config.days), 1, 3650),
    ];
    for (what, found, low, high) in ranges {
        if !(low..=high).contains(&found) {
            return Err(SimulateError::OutOfRange { what, low, high, found });
        }
    }
    Ok(())
}

fn summary(config: &SimulateConfig, counts: &Counts) -> SimulateSummary {
    let by_type: BTreeMap<String, u64> = EventKind::ALL
        .into_iter()
        .map(|kind| (kind.name().to_owned(), counts[kind as usize]))
        .filter(|&(_, count)| count > 0)
        .collect();
    SimulateSummary {
        users: config.users as u64,
        items: config.items as u64,
        events: counts.iter().sum(),
        events_by_type: by_type,
    }
}

fn write_manifest(file: &mut impl Write, config: &SimulateConfig) -> io::Result<()> {
    let SimulateConfig { users, items, days, seed } = config;
    writeln!(file, "{{")?;
    writeln!(file, "  \"name\": \"Demo shop\",")?;
    writeln!(file, "  \"origin\": \"simulated\",")?;
    writeln!(file, "  \"seed\": {seed},")?;
    writeln!(file, "  \"users\": {users},")?;
    writeln!(file, "  \"items\": {items},")?;
    writeln!(file, "  \"days\": {days}")?;
    writeln!(file, "}}")
}

fn write_catalogue(file: &mut impl Write, shop: &Catalogue, seed: u64) -> io::Result<()> {
    file.write_all(b"item_id,title,description,category,brand,price,stock,picture\n")?;
    let width = id_width(shop.items.len(), 5);
    let mut line = Vec::new();
    for (row, item) in shop.items.iter().enumerate() {
        let category = shop.category_of(item.type_idx);
        line.clear();
        write!(line, "P{:0width$},", row + 1)?;
        for text in [&*item.title, &shop.description(row, seed), &category.name] {
            csv_field(&mut line, text);
            line.push(b',');
        }
        csv_field(&mut line, &shop.brands[usize::from(item.brand)]);
        let price = money(item.price_cents);
        writeln!(line, ",{price},{},{}.png", item.stock, category.slug)?;
        file.write_all(&line)?;
    }
    Ok(())
}

fn id_width(count: usize, least: usize) -> usize {
    count.to_string().len().max(least)
}

/// Bytes of one block of shoppers.
struct Block {
    users: Vec<u8>,
    events: Vec<u8>,
    counts: Counts,
}

fn write_shoppers(
    config: &SimulateConfig,
    shop: &Catalogue,
    market: &Market,
    target: &Target,
    control: &Control,
) -> Result<Counts, SimulateError> {
    let mut users = target.create("users.csv")?;
    let mut events = target.create("events.csv")?;
    let users_error = |source| io_error(source, &target.path("users.csv"));
    let events_error = |source| io_error(source, &target.path("events.csv"));
    users.write_all(b"user_id,age_band,city,member_since\n").map_err(users_error)?;
    let header = b"user_id,timestamp,event,item_id,query,quantity,price,rating,review_text\n";
    events.write_all(header).map_err(events_error)?;
    let mut counts = Counts::default();
    let blocks = config.users.div_ceil(BLOCK);
    let at_once = rayon::current_num_threads() * 2;
    for first in (0..blocks).step_by(at_once) {
        let wave: Vec<Block> = (first..blocks.min(first + at_once))
            .into_par_iter()
            .map(|block| make_block(config, shop, market, block, control))
            .collect::<Result<_, _>>()?;
        for block in wave {
            users.write_all(&block.users).map_err(users_error)?;
            events.write_all(&block.events).map_err(events_error)?;
            for (total, of_block) in counts.iter_mut().zip(block.counts) {
                *total += of_block;
            }
        }
        let done = config.users.min((first + at_once) * BLOCK);
        control.report("stage-simulating", done as u64, config.users as u64);
    }
    users.flush().map_err(users_error)?;
    events.flush().map_err(events_error)?;
    Ok(counts)
}

fn make_block(
    config: &SimulateConfig,
    shop: &Catalogue,
    market: &Market,
    block: usize,
    control: &Control,
) -> Result<Block, SimulateError> {
    let mut made = Block { users: Vec::new(), events: Vec::new(), counts: Counts::default() };
    let (user_width, item_width) = (id_width(config.users, 6), id_width(config.items, 5));
    for user in block * BLOCK..config.users.min((block + 1) * BLOCK) {
        control.check()?;
        let mut random = Random::new(config.seed, user as u64);
        let shopper = Shopper::draw(shop, market, config.days, &mut random);
        let id = format!("U{:0user_width$}", user + 1);
        let since = date(shopper.member_since);
        let line = format!("{id},{},{},{since}\n", AGE_BANDS[shopper.age], shopper.city);
        made.users.extend_from_slice(line.as_bytes());
        for event in
            sessions::simulate(shop, market, &shopper, config.days, config.seed, &mut random)
        {
            made.counts[event.kind as usize] += 1;
            write_event(&mut made.events, &id, &event, item_width);
        }
    }
    Ok(made)
}

fn write_event(out: &mut Vec<u8>, user: &str, event: &Event, item_width: usize) {
    let item = event.item.map_or_else(String::new, |row| format!("P{:0item_width$}", row + 1));
    let start = format!("{user},{},{},{item},", timestamp(event.seconds), event.kind.name());
    out.extend_from_slice(start.as_bytes());
    let (query, review) = match event.kind {
        EventKind::Search => (event.text.as_str(), ""),
        _ => ("", event.text.as_str()),
    };
    csv_field(out, query);
    let number = |value: u32| if value == 0 { String::new() } else { value.to_string() };
    let price = if event.price_cents == 0 { String::new() } else { money(event.price_cents) };
    let (quantity, rating) = (number(event.quantity), number(u32::from(event.rating)));
    out.extend_from_slice(format!(",{quantity},{price},{rating},").as_bytes());
    csv_field(out, review);
    out.push(b'\n');
}
