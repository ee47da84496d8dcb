//! The k-core against its definition: the union of all sets of shoppers and products in which
//! nobody has too few events within the set.

use super::{Event, recipe, shop};
use crate::control::Control;
use crate::dataset::clean::{CleaningStep, apply};
use crate::dataset::event::EventKind;

const USERS: u32 = 5;
const ITEMS: u32 = 5;

/// A linear congruential generator (Knuth, MMIX); its upper bits are good enough for test data.
fn draw(state: &mut u64, below: u64) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) % below) as u32
}

/// Whom the k-core keeps, as bits.
fn by_definition(pairs: &[(u32, u32)], min_user: usize, min_item: usize) -> (u32, u32) {
    let mut core = (0, 0);
    for set in 0..1_u32 << (USERS + ITEMS) {
        let (users, items) = (set >> ITEMS, set & ((1 << ITEMS) - 1));
        let inside: Vec<_> = pairs
            .iter()
            .filter(|(user, item)| users >> user & 1 == 1 && items >> item & 1 == 1)
            .collect();
        let holds = (0..USERS)
            .filter(|user| users >> user & 1 == 1)
            .all(|user| inside.iter().filter(|pair| pair.0 == user).count() >= min_user)
            && (0..ITEMS)
                .filter(|item| items >> item & 1 == 1)
                .all(|item| inside.iter().filter(|pair| pair.1 == item).count() >= min_item);
        if holds {
            core = (core.0 | users, core.1 | items);
        }
    }
    core
}

#[test]
fn the_k_core_is_the_largest_set_in_which_nobody_has_too_few() {
    let mut state = 1;
    let (mut emptied, mut trimmed) = (0, 0);
    for round in 0..60 {
        let n_events = 6 + draw(&mut state, 20);
        let pairs: Vec<(u32, u32)> = (0..n_events)
            .map(|_| (draw(&mut state, u64::from(USERS)), draw(&mut state, u64::from(ITEMS))))
            .collect();
        let (min_user, min_item) = (1 + draw(&mut state, 4), 1 + draw(&mut state, 4));
        let events: Vec<Event> = pairs
            .iter()
            .enumerate()
            .map(|(time, &(user, item))| Event::new(user, item, EventKind::View, time as i64))
            .collect();
        let shop = shop(USERS, ITEMS, &events);
        let (users, items) = by_definition(&pairs, min_user as usize, min_item as usize);
        let step = CleaningStep::KCore { users: min_user, items: min_item };
        let cleaned = apply(&shop, &recipe([step]), &Control::default());
        if users == 0 {
            assert!(cleaned.is_err(), "round {round}");
            emptied += 1;
            continue;
        }
        let cleaned = cleaned.unwrap().dataset;
        let kept = |mark: char, bits: u32| -> Vec<String> {
            (0..5).filter(|index| bits >> index & 1 == 1).map(|i| format!("{mark}{i}")).collect()
        };
        assert_eq!(cleaned.users.iter().collect::<Vec<_>>(), kept('u', users), "round {round}");
        assert_eq!(cleaned.items.iter().collect::<Vec<_>>(), kept('p', items), "round {round}");
        trimmed += usize::from(cleaned.interactions.len() < shop.interactions.len());
    }
    assert!(emptied > 5 && trimmed > 5, "the cases are of all kinds: {emptied}, {trimmed}");
}
