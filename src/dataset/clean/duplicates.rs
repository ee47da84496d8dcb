//! Repeated events.

use std::collections::HashMap;

use super::work::{Refusal, Work};
use crate::dataset::Interactions;
use crate::ids::UserIdx;

/// What has to be equal for an event to be a repetition.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    /// `u32::MAX` where no product is named.
    item: u32,
    kind: u8,
    /// The query of a search; the text of any event where repetitions have to be exact.
    text: Option<u32>,
    /// Bits of amount and price where repetitions have to be exact.
    numbers: [u32; 2],
}

pub(super) fn deduplicate_events(
    work: &mut Work<'_>,
    window_secs: f64,
    exact: bool,
) -> Result<(), Refusal> {
    if !(window_secs.is_finite() && window_secs >= 0.0) {
        return Err(format!("window_secs is {window_secs}; it must be 0 or more").into());
    }
    if window_secs > 0.0 {
        work.need_times()?;
    }
    let window_ms = if work.dataset.has_times { (window_secs * 1_000.0) as i64 } else { i64::MAX };
    let mut kept: HashMap<Key, i64> = HashMap::new();
    let mut present = UserIdx(u32::MAX);
    work.remove_events(|dataset, user, row| {
        if user != present {
            kept.clear();
            present = user;
        }
        let log = &dataset.interactions;
        let time_ms = log.time_ms(row);
        let key = key_of(log, row, exact);
        let is_repeated =
            kept.get(&key).is_some_and(|&last| time_ms.saturating_sub(last) <= window_ms);
        if !is_repeated {
            kept.insert(key, time_ms);
        }
        is_repeated
    })?;
    Ok(())
}

fn key_of(log: &Interactions, row: usize, exact: bool) -> Key {
    let event = log.row(row);
    let bits = |value: Option<f32>| value.map_or(u32::MAX, f32::to_bits);
    Key {
        item: event.item.map_or(u32::MAX, |item| item.0),
        kind: event.kind as u8,
        text: if exact || event.item.is_none() { log.texts().code(row) } else { None },
        numbers: if exact { [bits(event.amount), bits(event.price)] } else { [0; 2] },
    }
}
