//! Shoppers that behave like programs: too fast, around the clock, or through the whole catalogue.
//!
//! Views, searches and carts count. The lines of one order share a moment, and ratings are often
//! written in bulk, so that neither says anything about the pace of a person.

use super::finding::{BarLabel, BarWord, FigureName, Finding, FindingKind, Unit, share};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop};
use super::statistics::Robust;
use super::thresholds::{BOT_BREADTH, BOT_HOURS, BOT_PER_DAY, BOT_PER_MINUTE, BOT_Z, by_share};
use crate::control::Cancelled;
use crate::dataset::Interactions;
use crate::dataset::calendar::DAY_MS;
use crate::dataset::event::EventKind;
use crate::ids::UserIdx;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// The busiest moments of one shopper.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    user: u32,
    /// Views, searches and carts in all.
    acts: u32,
    /// Most of them within 60 seconds.
    per_minute: u32,
    /// Most of them on a day in UTC.
    per_day: u32,
    /// Most different products among them on a day in UTC.
    breadth: u32,
    /// Most different hours with any of them on a day in UTC.
    hours: u32,
    /// Most events of any kind within 60 seconds.
    all_per_minute: u32,
    /// Most events of any kind within 24 hours.
    all_per_day: u32,
}

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let kind = [FindingKind::SuspectedBots];
    if !shop.dataset.has_times {
        found.skip(&kind, SkipReason::NoTimes);
        return Ok(());
    }
    let log = shop.log();
    let paces = shop.per_users(|users| {
        let mut scratch = Scratch::default();
        users.map(|user| scratch.pace(log, UserIdx::from_index(user))).collect::<Vec<_>>()
    })?;
    let paces = paces.concat();
    if paces.iter().all(|pace| pace.acts == 0) {
        found.skip(&kind, SkipReason::NoSuchColumn);
        return Ok(());
    }
    let signs = Signs::among(&paces);
    let mut suspects: Vec<Pace> =
        paces.iter().copied().filter(|&pace| signs.of(pace) != [false; 4]).collect();
    suspects.sort_by_key(|pace| (std::cmp::Reverse(pace.acts), pace.user));
    found.push_if_any(finding(shop, &signs, &paces, &suspects));
    Ok(())
}

fn finding(shop: &Shop<'_>, signs: &Signs, paces: &[Pace], suspects: &[Pace]) -> Finding {
    let of = paces.iter().filter(|pace| pace.acts > 0).count() as u64;
    let count = suspects.len() as u64;
    let events: u64 = suspects.iter().map(|pace| log_len(shop, *pace)).sum();
    let words = [BarWord::Pace, BarWord::Volume, BarWord::Hours, BarWord::Breadth];
    let with_sign =
        |sign: usize| suspects.iter().filter(|&&pace| signs.of(pace)[sign]).count() as u64;
    let bars = words.into_iter().enumerate();
    let mut finding = Finding::new(
        FindingKind::SuspectedBots,
        // What they did weighs more than how many they are.
        by_share(share(events, shop.n_events()), 0.0, 0.05),
        Unit::Users,
        count,
        of,
    )
    .with_figure(FigureName::Events, events as f64)
    .with_examples(
        suspects
            .iter()
            .take(super::MAX_EXAMPLES)
            .map(|pace| {
                let Pace { per_minute, per_day, breadth, hours, .. } = pace;
                let value = format!("{per_minute}/min, {per_day}/d, {breadth} ids/d, {hours} h/d");
                shop.user_example(pace.user as usize, value)
            })
            .collect(),
    )
    .with_bars(bars.map(|(sign, word)| (BarLabel::Word(word), with_sign(sign))));
    finding.repair = repair(signs, paces, suspects);
    finding
}

fn log_len(shop: &Shop<'_>, pace: Pace) -> u64 {
    shop.log().rows_of(UserIdx(pace.user)).len() as u64
}

/// The cleaning step knows limits on events of all kinds only: they are set so that nobody who is
/// not suspected is removed. `None` where no suspect lies beyond them.
fn repair(signs: &Signs, paces: &[Pace], suspects: &[Pace]) -> Option<Repair> {
    let others = || paces.iter().filter(|&&pace| signs.of(pace) == [false; 4]);
    let per_minute = others().map(|pace| pace.all_per_minute).max().unwrap_or(0);
    let per_minute = per_minute.max(BOT_PER_MINUTE as u32 - 1);
    let per_day = others().map(|pace| pace.all_per_day).max().unwrap_or(0);
    let per_day = per_day.max(BOT_PER_DAY as u32 - 1);
    let is_removed = |pace: &&Pace| pace.all_per_minute > per_minute || pace.all_per_day > per_day;
    let removed = suspects.iter().filter(is_removed).count() as u64;
    (removed > 0).then(|| Repair::drop_bots(per_minute, per_day, removed))
}

/// What is suspicious among these shoppers.
struct Signs {
    per_day: Option<Robust>,
    breadth: Option<Robust>,
}

impl Signs {
    fn among(paces: &[Pace]) -> Self {
        let robust = |figure: fn(&Pace) -> u32| {
            let active = paces.iter().filter(|pace| pace.acts > 0);
            Robust::of(&mut active.map(|pace| figure(pace) as f32).collect::<Vec<_>>())
        };
        Self { per_day: robust(|pace| pace.per_day), breadth: robust(|pace| pace.breadth) }
    }

    /// Pace, volume, hours, breadth.
    fn of(&self, pace: Pace) -> [bool; 4] {
        let is_far = |robust: &Option<Robust>, figure: u32, least: usize| {
            figure as usize >= least
                && robust.is_some_and(|robust| robust.z(f64::from(figure)) > BOT_Z)
        };
        [
            pace.per_minute as usize >= BOT_PER_MINUTE,
            is_far(&self.per_day, pace.per_day, BOT_PER_DAY),
            pace.hours >= BOT_HOURS,
            is_far(&self.breadth, pace.breadth, BOT_BREADTH),
        ]
    }
}

/// Reused from shopper to shopper.
#[derive(Default)]
struct Scratch {
    all: Vec<i64>,
    acts: Vec<i64>,
    items: Vec<u32>,
}

impl Scratch {
    fn pace(&mut self, log: &Interactions, user: UserIdx) -> Pace {
        let is_act = |row: &usize| {
            matches!(log.kind(*row), EventKind::View | EventKind::Search | EventKind::Cart)
        };
        let rows = log.rows_of(user);
        self.all.clear();
        self.all.extend(rows.clone().map(|row| log.time_ms(row)));
        self.acts.clear();
        self.acts.extend(rows.clone().filter(is_act).map(|row| log.time_ms(row)));
        let mut pace = Pace {
            user: user.0,
            acts: self.acts.len() as u32,
            per_minute: most_within(&self.acts, MINUTE_MS),
            all_per_minute: most_within(&self.all, MINUTE_MS),
            all_per_day: most_within(&self.all, DAY_MS),
            ..Pace::default()
        };
        let mut day = None;
        let mut per_day = 0;
        let mut hours = 0_u32;
        for row in rows.filter(is_act) {
            let time_ms = log.time_ms(row);
            if day != Some(time_ms.div_euclid(DAY_MS)) {
                pace.breadth = pace.breadth.max(self.distinct_items());
                (day, per_day, hours) = (Some(time_ms.div_euclid(DAY_MS)), 0, 0);
            }
            per_day += 1;
            hours |= 1 << (time_ms.rem_euclid(DAY_MS) / HOUR_MS);
            self.items.extend(log.item(row).map(|item| item.0));
            pace.per_day = pace.per_day.max(per_day);
            pace.hours = pace.hours.max(hours.count_ones());
        }
        pace.breadth = pace.breadth.max(self.distinct_items());
        pace
    }

    /// Different products since the last call.
    fn distinct_items(&mut self) -> u32 {
        self.items.sort_unstable();
        self.items.dedup();
        let distinct = self.items.len() as u32;
        self.items.clear();
        distinct
    }
}

/// The most ascending times within a window, its end excluded.
fn most_within(times: &[i64], window_ms: i64) -> u32 {
    let (mut from, mut most) = (0, 0);
    for (until, &time) in times.iter().enumerate() {
        while time.saturating_sub(times[from]) >= window_ms {
            from += 1;
        }
        most = most.max(until + 1 - from);
    }
    most as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_excludes_its_end() {
        assert_eq!(most_within(&[], 60), 0);
        assert_eq!(most_within(&[0, 10, 59, 60, 61], 60), 4);
        assert_eq!(most_within(&[0, 0, 0, 100], 60), 3);
    }
}
