//! Steps that judge shoppers and products by how many events they have.

use super::outcome::CleaningExample;
use super::work::{Refusal, Work, item_example, user_example};
use crate::control::Cancelled;
use crate::dataset::Interactions;
use crate::ids::{ItemIdx, UserIdx};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = crate::dataset::calendar::DAY_MS;

pub(super) fn drop_bots(
    work: &mut Work<'_>,
    per_minute: Option<u32>,
    per_day: Option<u32>,
) -> Result<(), Refusal> {
    work.need_times()?;
    let limits: Vec<(i64, usize)> = [(MINUTE_MS, per_minute), (DAY_MS, per_day)]
        .into_iter()
        .filter_map(|(span, most)| Some((span, most? as usize)))
        .collect();
    if limits.is_empty() {
        let problem = "it names no limit. Give max_events_per_minute or max_events_per_day";
        return Err(problem.to_owned().into());
    }
    let mut keeps = vec![true; work.dataset.n_users()];
    for (user, keeps) in keeps.iter_mut().enumerate() {
        let rows = work.dataset.interactions.rows_of(UserIdx::from_index(user));
        work.check(user)?;
        *keeps = limits
            .iter()
            .all(|&(span, most)| busiest(&work.dataset.interactions, rows.clone(), span) <= most);
    }
    note_users(work, &keeps);
    work.keep_users(&keeps)?;
    Ok(())
}

/// The most rows within any `span_ms` milliseconds; rows ascend in time.
fn busiest(log: &Interactions, rows: std::ops::Range<usize>, span_ms: i64) -> usize {
    let mut first = rows.start;
    let mut most = 0;
    for row in rows {
        while log.time_ms(row).saturating_sub(log.time_ms(first)) >= span_ms {
            first += 1;
        }
        most = most.max(row - first + 1);
    }
    most
}

/// Events with a product, by shopper and by product.
struct Degrees {
    users: Vec<u32>,
    items: Vec<u32>,
}

impl Degrees {
    fn of(work: &Work<'_>) -> Result<Self, Cancelled> {
        let dataset = &work.dataset;
        let mut degrees =
            Self { users: vec![0; dataset.n_users()], items: vec![0; dataset.n_items()] };
        for (user, rows) in dataset.interactions.users() {
            for row in rows {
                work.check(row)?;
                if let Some(item) = dataset.interactions.item(row) {
                    degrees.users[user.index()] += 1;
                    degrees.items[item.index()] += 1;
                }
            }
        }
        Ok(degrees)
    }
}

pub(super) fn minimum_counts(
    work: &mut Work<'_>,
    per_user: u32,
    per_item: u32,
) -> Result<(), Refusal> {
    let degrees = Degrees::of(work)?;
    let keeps_user: Vec<bool> = degrees.users.iter().map(|&count| count >= per_user).collect();
    let keeps_item: Vec<bool> = degrees.items.iter().map(|&count| count >= per_item).collect();
    keep(work, keeps_user, &keeps_item)
}

pub(super) fn k_core(work: &mut Work<'_>, users: u32, items: u32) -> Result<(), Refusal> {
    let (keeps_user, keeps_item) = peel(work, users, items)?;
    keep(work, keeps_user, &keeps_item)
}

/// Removes whoever has too few until nobody has. The order does not matter: what is left is the
/// largest set in which nobody has too few (Batagelj and Zaveršnik, 2003). Each event is looked at
/// twice.
fn peel(
    work: &Work<'_>,
    min_user: u32,
    min_item: u32,
) -> Result<(Vec<bool>, Vec<bool>), Cancelled> {
    let log = &work.dataset.interactions;
    let Degrees { mut users, mut items } = Degrees::of(work)?;
    let rows_by_item = ByItem::of(work, &items)?;
    let mut keeps_user: Vec<bool> = users.iter().map(|&count| count >= min_user).collect();
    let mut keeps_item: Vec<bool> = items.iter().map(|&count| count >= min_item).collect();
    let mut gone_users = failing(&keeps_user);
    let mut gone_items = failing(&keeps_item);
    let mut looked_at = 0;
    while !(gone_users.is_empty() && gone_items.is_empty()) {
        while let Some(user) = gone_users.pop() {
            for row in log.rows_of(UserIdx(user)) {
                looked_at += 1;
                work.check(looked_at)?;
                let Some(item) = log.item(row).map(ItemIdx::index) else { continue };
                items[item] = items[item].saturating_sub(1);
                if keeps_item[item] && items[item] < min_item {
                    keeps_item[item] = false;
                    gone_items.push(item as u32);
                }
            }
        }
        while let Some(item) = gone_items.pop() {
            for &user in rows_by_item.users_of(item) {
                looked_at += 1;
                work.check(looked_at)?;
                let user = user as usize;
                users[user] = users[user].saturating_sub(1);
                if keeps_user[user] && users[user] < min_user {
                    keeps_user[user] = false;
                    gone_users.push(user as u32);
                }
            }
        }
    }
    Ok((keeps_user, keeps_item))
}

fn failing(keeps: &[bool]) -> Vec<u32> {
    (0..).zip(keeps).filter(|&(_, &keeps)| !keeps).map(|(index, _)| index).collect()
}

/// Whose events name each product, an entry per event.
struct ByItem {
    offsets: Vec<usize>,
    users: Vec<u32>,
}

impl ByItem {
    fn of(work: &Work<'_>, counts: &[u32]) -> Result<Self, Cancelled> {
        let mut offsets = vec![0; counts.len() + 1];
        for (item, &count) in counts.iter().enumerate() {
            offsets[item + 1] = offsets[item] + count as usize;
        }
        let mut next = offsets.clone();
        let mut users = vec![0; offsets[counts.len()]];
        let log = &work.dataset.interactions;
        for (user, rows) in log.users() {
            for row in rows {
                work.check(row)?;
                if let Some(item) = log.item(row) {
                    users[next[item.index()]] = user.0;
                    next[item.index()] += 1;
                }
            }
        }
        Ok(Self { offsets, users })
    }

    fn users_of(&self, item: u32) -> &[u32] {
        let item = item as usize;
        &self.users[self.offsets[item]..self.offsets[item + 1]]
    }
}

pub(super) fn drop_unused_products(work: &mut Work<'_>) -> Result<(), Refusal> {
    let used: Vec<bool> = Degrees::of(work)?.items.iter().map(|&count| count > 0).collect();
    note_items(work, &used);
    work.keep_items(&used)?;
    Ok(())
}

/// Removes shoppers and products with their events, and then the shoppers whose last event went
/// with a product.
fn keep(
    work: &mut Work<'_>,
    mut keeps_user: Vec<bool>,
    keeps_item: &[bool],
) -> Result<(), Refusal> {
    note_users(work, &keeps_user);
    note_items(work, keeps_item);
    let log = &work.dataset.interactions;
    for (user, rows) in log.users() {
        let is_left = |row| log.item(row).is_none_or(|item| keeps_item[item.index()]);
        if !rows.is_empty() && !rows.clone().any(is_left) {
            keeps_user[user.index()] = false;
        }
    }
    work.keep_users(&keeps_user)?;
    work.keep_items(keeps_item)?;
    Ok(())
}

fn note_users(work: &mut Work<'_>, keeps: &[bool]) {
    for user in failing(keeps).into_iter().take(super::MAX_CLEANING_EXAMPLES) {
        let user = UserIdx(user);
        let events = work.dataset.interactions.rows_of(user).len();
        work.note(|dataset| CleaningExample {
            before: Some(format!("{events} events")),
            ..user_example(dataset, user)
        });
    }
}

fn note_items(work: &mut Work<'_>, keeps: &[bool]) {
    for item in failing(keeps).into_iter().take(super::MAX_CLEANING_EXAMPLES) {
        work.note(|dataset| {
            let item = ItemIdx(item);
            let title = dataset.catalog.titles.get(item.index()).map(super::work::shortened);
            CleaningExample { before: title, ..item_example(dataset, item) }
        });
    }
}
