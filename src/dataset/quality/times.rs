//! Clocks and calendars: times that cannot be, dates without a time, moments shared, days missing.

use super::finding::{
    BarLabel, BarWord, Chart, Example, FigureName, Finding, FindingKind, Severity, Unit, share,
};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop, Tally};
use super::thresholds::{
    EQUAL_TIMES_SHARE, FIRST_YEAR, FUTURE_TOLERANCE_MS, GAP_EVENTS_PER_DAY, LONG_GAP_DAYS,
    MIDNIGHT_EXCESS, MIDNIGHT_SHARE, by_share,
};
use crate::control::Cancelled;
use crate::dataset::calendar::{DAY_MS, civil_from_days, days_from_civil};
use crate::ids::UserIdx;

const HOUR_MS: i64 = 3_600_000;
/// Steps that clocks of files have, the coarsest first.
const CLOCK_STEPS_MS: [i64; 4] = [HOUR_MS, 60_000, 1_000, 1];
/// Points in a series at most.
const MOST_STEPS: usize = 400;
/// Share of times that must keep to a step for it to be the clock's.
const STEP_SHARE: f64 = 0.99;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let kinds = [
        FindingKind::ImplausibleTimes,
        FindingKind::MidnightTimes,
        FindingKind::EqualTimes,
        FindingKind::DaysWithoutEvents,
    ];
    if !shop.dataset.has_times {
        found.skip(&kinds, SkipReason::NoTimes);
        return Ok(());
    }
    if shop.log().is_empty() {
        found.skip(&kinds, SkipReason::NoEvents);
        return Ok(());
    }
    let range = Plausible::of(shop);
    let clock = Clock::look(shop, range)?;
    implausible(shop, found, range, &clock);
    midnights(shop, found, &clock);
    equal_times(shop, found)?;
    days(shop, found, range)
}

/// Times that are believed, both ends included.
#[derive(Clone, Copy)]
pub(super) struct Plausible {
    first_ms: i64,
    last_ms: i64,
}

impl Plausible {
    pub(super) fn of(shop: &Shop<'_>) -> Self {
        let first_day = days_from_civil(FIRST_YEAR, 1, 1).unwrap_or_default();
        let last_ms = shop.options.now_ms.saturating_add(FUTURE_TOLERANCE_MS);
        Self { first_ms: first_day * DAY_MS, last_ms }
    }

    pub(super) fn holds(self, time_ms: i64) -> bool {
        (self.first_ms..=self.last_ms).contains(&time_ms)
    }
}

/// What one pass over the times counts.
#[derive(Default)]
struct Clock {
    at_zero: u64,
    before: u64,
    future: u64,
    implausible: Tally,
    midnight: Tally,
    hours: [u64; 24],
    /// Times off midnight that are whole multiples of each step.
    on_step: [u64; CLOCK_STEPS_MS.len()],
    off_midnight: u64,
}

impl Clock {
    fn look(shop: &Shop<'_>, range: Plausible) -> Result<Self, Cancelled> {
        let log = shop.log();
        let mut all = Self::default();
        for chunk in shop.per_rows(|rows| {
            let mut clock = Self::default();
            rows.for_each(|row| clock.add(range, row, log.time_ms(row)));
            clock
        })? {
            all.merge(chunk);
        }
        Ok(all)
    }

    fn add(&mut self, range: Plausible, row: usize, time_ms: i64) {
        if !range.holds(time_ms) {
            self.implausible.add(row);
            let group = if (0..DAY_MS).contains(&time_ms) {
                &mut self.at_zero
            } else if time_ms < range.first_ms {
                &mut self.before
            } else {
                &mut self.future
            };
            *group += 1;
            return;
        }
        let of_day = time_ms.rem_euclid(DAY_MS);
        self.hours[(of_day / HOUR_MS) as usize] += 1;
        if of_day == 0 {
            self.midnight.add(row);
            return;
        }
        self.off_midnight += 1;
        for (count, step) in self.on_step.iter_mut().zip(CLOCK_STEPS_MS) {
            *count += u64::from(of_day % step == 0);
        }
    }

    fn merge(&mut self, later: Self) {
        self.at_zero += later.at_zero;
        self.before += later.before;
        self.future += later.future;
        self.implausible.merge(later.implausible);
        self.midnight.merge(later.midnight);
        self.off_midnight += later.off_midnight;
        let hours = self.hours.iter_mut().zip(later.hours);
        let steps = self.on_step.iter_mut().zip(later.on_step);
        hours.chain(steps).for_each(|(total, count)| *total += count);
    }

    /// The coarsest step that nearly all times off midnight keep to.
    fn step_ms(&self) -> i64 {
        let keeps = |&on_step: &u64| share(on_step, self.off_midnight) >= STEP_SHARE;
        self.on_step.iter().position(keeps).map_or(1, |position| CLOCK_STEPS_MS[position])
    }
}

fn implausible(shop: &Shop<'_>, found: &mut Found, range: Plausible, clock: &Clock) {
    let (tally, of) = (&clock.implausible, shop.n_events());
    let bars = [
        (BarWord::Plausible, of - tally.count),
        (BarWord::ClockZero, clock.at_zero),
        (BarWord::BeforeFirstYear, clock.before),
        (BarWord::Future, clock.future),
    ];
    let mut finding = Finding::new(
        FindingKind::ImplausibleTimes,
        by_share(share(tally.count, of), 0.0, 0.01),
        Unit::Events,
        tally.count,
        of,
    )
    .with_examples(tally.examples(|row| {
        shop.event_example(row, crate::dataset::load::format_ms(shop.log().time_ms(row)))
    }))
    .with_bars(bars.map(|(word, count)| (BarLabel::Word(word), count)));
    // A window that would leave nothing is no repair.
    if tally.count < of {
        let (from, to) = (date(range.first_ms), date(range.last_ms));
        finding = finding.with_repair(Repair::date_window(from, to, tally.count));
    }
    found.push_if_any(finding);
}

fn date(time_ms: i64) -> String {
    let (year, month, day) = civil_from_days(time_ms.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}-{day:02}")
}

fn midnights(shop: &Shop<'_>, found: &mut Found, clock: &Clock) {
    let (count, of) = (clock.midnight.count, clock.midnight.count + clock.off_midnight);
    let by_chance = clock.step_ms() as f64 / DAY_MS as f64;
    let part = share(count, of);
    if part < MIDNIGHT_SHARE || part < MIDNIGHT_EXCESS * by_chance {
        return;
    }
    // All alike are dates; some among times are times that were lost.
    let severity = if count == of { Severity::Note } else { Severity::Warning };
    found.push(
        Finding::new(FindingKind::MidnightTimes, severity, Unit::Events, count, of)
            .with_examples(
                clock.midnight.examples(|row| shop.event_example(row, shop.log().kind(row).name())),
            )
            .with_chart(Chart::Histogram { low: 0.0, width: 1.0, counts: clock.hours.to_vec() }),
    );
}

fn equal_times(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let log = shop.log();
    let mut all = Tally::default();
    let mut sizes = [0_u64; 6];
    for (tally, chunk_sizes) in shop.per_users(|users| {
        let (mut tally, mut sizes) = (Tally::default(), [0_u64; 6]);
        for user in users {
            let mut length = 0;
            let rows = log.rows_of(UserIdx::from_index(user));
            for row in rows.clone() {
                if row > rows.start && log.time_ms(row) == log.time_ms(row - 1) {
                    tally.add(row);
                    length += 1;
                } else {
                    count_moment(&mut sizes, length);
                    length = 1;
                }
            }
            count_moment(&mut sizes, length);
        }
        (tally, sizes)
    })? {
        all.merge(tally);
        sizes.iter_mut().zip(chunk_sizes).for_each(|(total, count)| *total += count);
    }
    if share(all.count, shop.n_events()) < EQUAL_TIMES_SHARE {
        return Ok(());
    }
    let labels = ["1", "2", "3–5", "6–10", "11–50", "> 50"];
    found.push(
        Finding::new(
            FindingKind::EqualTimes,
            Severity::Note,
            Unit::Events,
            all.count,
            shop.n_events(),
        )
        .with_examples(all.examples(|row| shop.event_example(row, log.kind(row).name())))
        .with_bars(labels.map(|label| BarLabel::Plain(label.to_owned())).into_iter().zip(sizes)),
    );
    Ok(())
}

/// Moments by the number of events at them.
fn count_moment(sizes: &mut [u64; 6], length: u64) {
    let class = match length {
        0 => return,
        1 => 0,
        2 => 1,
        3..=5 => 2,
        6..=10 => 3,
        11..=50 => 4,
        _ => 5,
    };
    sizes[class] += 1;
}

fn days(shop: &Shop<'_>, found: &mut Found, range: Plausible) -> Result<(), Cancelled> {
    let log = shop.log();
    let kind = FindingKind::DaysWithoutEvents;
    let day_of = |row: usize| log.time_ms(row).div_euclid(DAY_MS);
    let mut span: Option<(i64, i64)> = None;
    let spans = shop.per_rows(|rows| {
        let days = rows.filter(|&row| range.holds(log.time_ms(row))).map(day_of);
        days.fold(None, |span, day| Some(widened(span, (day, day))))
    })?;
    for chunk in spans.into_iter().flatten() {
        span = Some(widened(span, chunk));
    }
    let Some((first, last)) = span else {
        found.skip(&[kind], SkipReason::TooFew);
        return Ok(());
    };
    // The range of plausible times bounds this to a few ten thousand days.
    let mut per_day = vec![0_u64; (last - first + 1) as usize];
    for (row, time_ms) in (0..log.len()).map(|row| (row, log.time_ms(row))) {
        if row % (1 << 20) == 0 {
            shop.control.check()?;
        }
        if range.holds(time_ms) {
            per_day[(time_ms.div_euclid(DAY_MS) - first) as usize] += 1;
        }
    }
    let events: u64 = per_day.iter().sum();
    if (events as f64) < GAP_EVENTS_PER_DAY * per_day.len() as f64 {
        found.skip(&[kind], SkipReason::TooFew);
        return Ok(());
    }
    found.push_if_any(gap_finding(&per_day, first));
    Ok(())
}

fn widened(span: Option<(i64, i64)>, by: (i64, i64)) -> (i64, i64) {
    span.map_or(by, |(first, last)| (first.min(by.0), last.max(by.1)))
}

fn gap_finding(per_day: &[u64], first: i64) -> Finding {
    let mut gaps = gaps(per_day);
    let count: i64 = gaps.iter().map(|&(_, length)| length).sum();
    gaps.sort_by_key(|&(start, length)| (std::cmp::Reverse(length), start));
    let longest = gaps.first().map_or(0, |&(_, length)| length);
    let severity = if longest >= LONG_GAP_DAYS { Severity::Warning } else { Severity::Note };
    let example = |&(start, length): &(i64, i64)| {
        let from = (first + start) * DAY_MS;
        let until = date(from + (length - 1) * DAY_MS);
        let value = match length {
            1 => date(from),
            _ => format!("{} – {until} ({length})", date(from)),
        };
        Example { value, ..Example::default() }
    };
    Finding::new(
        FindingKind::DaysWithoutEvents,
        severity,
        Unit::Days,
        count.unsigned_abs(),
        per_day.len() as u64,
    )
    .with_figure(FigureName::LongestGap, longest as f64)
    .with_examples(gaps.iter().take(super::MAX_EXAMPLES).map(example).collect())
    .with_chart(series(per_day, first))
}

/// Runs of days without events: first day, counted from the span's first, and length.
fn gaps(per_day: &[u64]) -> Vec<(i64, i64)> {
    let mut gaps: Vec<(i64, i64)> = Vec::new();
    for day in (0..per_day.len()).filter(|&day| per_day[day] == 0) {
        let day = day as i64;
        match gaps.last_mut() {
            Some((start, length)) if *start + *length == day => *length += 1,
            _ => gaps.push((day, 1)),
        }
    }
    gaps
}

fn series(per_day: &[u64], first: i64) -> Chart {
    let step = per_day.len().div_ceil(MOST_STEPS);
    let starts = (0..per_day.len()).step_by(step);
    Chart::Series {
        starts_ms: starts.map(|day| (first + day as i64) * DAY_MS).collect(),
        counts: per_day.chunks(step).map(|days| days.iter().sum()).collect(),
    }
}
