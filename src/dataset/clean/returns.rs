//! Returns merged into the purchases that they undo.

use std::collections::HashMap;

use super::outcome::CleaningExample;
use super::work::{Refusal, Work, event_example};
use crate::control::Cancelled;
use crate::dataset::Interactions;
use crate::dataset::event::EventKind;
use crate::ids::UserIdx;

/// Earlier purchases of one product by one shopper that are not cancelled yet, oldest first.
#[derive(Default)]
struct Open {
    rows: Vec<usize>,
    /// Rows by the bits of the quantity they had when they were noted, for exact matches; a row
    /// may have less by now.
    by_quantity: HashMap<u64, Vec<usize>>,
}

pub(super) fn merge_returns(work: &mut Work<'_>) -> Result<(), Refusal> {
    let left = quantities_left(work)?;
    let n_users = work.dataset.n_users();
    for user in (0..n_users).map(UserIdx::from_index) {
        for row in work.dataset.interactions.rows_of(user) {
            work.check(row)?;
            let (before, after) = (quantity(&work.dataset.interactions, row), left[row]);
            if after > 0.0 && after < before {
                work.changed(|dataset| CleaningExample {
                    before: Some(before.to_string()),
                    after: Some(after.to_string()),
                    ..event_example(dataset, user, row)
                });
            }
        }
    }
    let log = &mut work.dataset.interactions;
    let mut used = vec![false; log.len()];
    for row in 0..log.len() {
        let (before, after) = (quantity(log, row), left[row]);
        if after < before {
            used[row] = after <= 0.0;
            if after > 0.0 {
                log.amounts_mut()[row] = after as f32;
            }
        }
    }
    work.remove_events(|_, _, row| used[row])?;
    Ok(())
}

/// The quantity that each row keeps; what the rows of other kinds hold is left as it is.
fn quantities_left(work: &Work<'_>) -> Result<Vec<f64>, Cancelled> {
    let log = &work.dataset.interactions;
    let mut left: Vec<f64> = (0..log.len()).map(|row| quantity(log, row)).collect();
    let mut open: HashMap<u32, Open> = HashMap::new();
    for (_, rows) in log.users() {
        open.clear();
        for row in rows {
            work.check(row)?;
            let Some(item) = log.item(row) else { continue };
            match log.kind(row) {
                EventKind::Purchase if left[row] > 0.0 => {
                    let open = open.entry(item.0).or_default();
                    open.rows.push(row);
                    open.by_quantity.entry(left[row].to_bits()).or_default().push(row);
                }
                EventKind::Return => {
                    if let Some(open) = open.get_mut(&item.0) {
                        cancel(open, &mut left, row);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(left)
}

/// Lets the return in `row` use up open purchases.
fn cancel(open: &mut Open, left: &mut [f64], row: usize) {
    if let Some(same) = open.by_quantity.get_mut(&left[row].to_bits()) {
        while let Some(purchase) = same.pop() {
            // A row that was used in part since it was noted no longer has this quantity.
            if left[purchase].to_bits() == left[row].to_bits() {
                left[purchase] = 0.0;
                left[row] = 0.0;
                return;
            }
        }
    }
    while left[row] > 0.0 {
        let Some(&purchase) = open.rows.last() else { return };
        let used = left[purchase].min(left[row]);
        left[purchase] -= used;
        left[row] -= used;
        if left[purchase] <= 0.0 {
            open.rows.pop();
        } else {
            open.by_quantity.entry(left[purchase].to_bits()).or_default().push(purchase);
        }
    }
}

fn quantity(log: &Interactions, row: usize) -> f64 {
    f64::from(log.row(row).amount.unwrap_or(1.0)).abs()
}
