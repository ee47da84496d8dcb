//! There is something to learn, and not everything to learn.

use std::collections::HashMap;

use super::*;
use crate::dataset::event::EventKind;

/// Products in order of first view, per shopper.
fn first_views(journeys: &[Vec<Event>]) -> Vec<Vec<usize>> {
    let of_one = |events: &Vec<Event>| {
        let mut seen = Vec::new();
        for event in events {
            if let Some(item) = event.item.map(|item| item as usize)
                && !seen.contains(&item)
            {
                seen.push(item);
            }
        }
        seen
    };
    journeys.iter().map(of_one).filter(|seen| seen.len() >= 3).collect()
}

/// Share of shoppers whose last product is among the ten best by `score`, seen ones left out.
fn hit_rate(histories: &[Vec<usize>], n: usize, score: impl Fn(usize, usize) -> f64) -> f64 {
    let hits = histories.iter().filter(|history| {
        let (&target, seen) = history.split_last().expect("three or more");
        let last = seen[seen.len() - 1];
        let of_target = score(last, target);
        let better = (0..n).filter(|item| {
            *item != target && !seen.contains(item) && score(last, *item) >= of_target
        });
        better.count() < 10
    });
    hits.count() as f64 / histories.len() as f64
}

#[test]
fn order_tells_much_more_than_popularity_but_not_everything() {
    let (shop, journeys) = demo();
    let histories = first_views(&journeys);
    let n = shop.items.len();
    let mut popular = vec![0.0; n];
    let mut steps: HashMap<(usize, usize), f64> = HashMap::new();
    for history in &histories {
        let train = &history[..history.len() - 1];
        for &item in train {
            popular[item] += 1.0;
        }
        for pair in train.windows(2) {
            *steps.entry((pair[0], pair[1])).or_default() += 1.0;
        }
    }
    let by_popularity = hit_rate(&histories, n, |_, item| popular[item]);
    let by_markov = hit_rate(&histories, n, |last, item| {
        steps.get(&(last, item)).copied().unwrap_or(0.0) + 1e-6 * popular[item]
    });
    assert!(by_popularity > 0.03 && by_popularity < 0.2, "popularity {by_popularity}");
    assert!(by_markov > 2.0 * by_popularity, "markov {by_markov}, popularity {by_popularity}");
    assert!(by_markov < 0.7, "markov {by_markov}");
}

#[test]
fn what_goes_together_is_seen_together() {
    let (shop, journeys) = demo();
    let type_of = |item: u32| shop.items[item as usize].type_idx;
    let mut after = vec![0.0; shop.types.len()];
    let (mut pairs, mut complements) = (0.0, 0.0);
    let mut expected = 0.0;
    let views = |events: &[Event]| -> Vec<(i64, u32)> {
        events
            .iter()
            .filter(|event| event.kind == EventKind::View)
            .filter_map(|event| Some((event.seconds, event.item?)))
            .collect()
    };
    let steps: Vec<(u16, u16)> = journeys
        .iter()
        .flat_map(|events| {
            let views = views(events);
            views
                .windows(2)
                .filter(|pair| pair[1].0 - pair[0].0 < 600)
                .map(|pair| (type_of(pair[0].1), type_of(pair[1].1)))
                .collect::<Vec<_>>()
        })
        .collect();
    for &(_, next) in &steps {
        after[usize::from(next)] += 1.0;
    }
    let goes_with = |from: u16| -> Vec<usize> {
        let wanted = &shop.types[usize::from(from)].words.next;
        (0..shop.types.len()).filter(|&at| wanted.contains(&shop.types[at].words.name)).collect()
    };
    for &(from, next) in &steps {
        let with = goes_with(from);
        pairs += 1.0;
        complements += f64::from(u8::from(with.contains(&usize::from(next))));
        expected += with.iter().map(|&at| after[at]).sum::<f64>() / steps.len() as f64;
    }
    let lift = (complements / pairs) / (expected / pairs);
    assert!(lift > 1.5, "lift {lift}");
}

#[test]
fn demand_is_skewed() {
    let (shop, journeys) = demo();
    let mut counts = vec![0.0; shop.items.len()];
    for event in journeys.iter().flatten() {
        if let Some(item) = event.item {
            counts[item as usize] += 1.0;
        }
    }
    counts.sort_by(f64::total_cmp);
    let gini = crate::dataset::numeric::gini(counts.into_iter()).unwrap();
    assert!((0.35..0.75).contains(&gini), "gini {gini}");
}

#[test]
fn seasons_and_repeat_purchases_are_there() {
    let (shop, journeys) = demo();
    let words = |item: u32| &shop.types[usize::from(shop.items[item as usize].type_idx)].words;
    let (mut summer, mut winter, mut again, mut bought) = (0, 0, 0, 0);
    for events in &journeys {
        let mut basket: Vec<u32> = Vec::new();
        for event in events {
            let (Some(item), day) = (event.item, event.seconds / 86_400) else { continue };
            if event.kind == EventKind::View
                && words(item).season == super::super::vocabulary::Season::Summer
            {
                summer += i32::from((150..240).contains(&day));
                winter += i32::from(!(50..330).contains(&day));
            }
            if event.kind == EventKind::Purchase && words(item).repeat > 0 {
                bought += 1;
                again += i32::from(basket.contains(&item));
                basket.push(item);
            }
        }
    }
    assert!(2 * summer > 3 * winter, "summer {summer}, winter {winter}");
    assert!(again * 5 > bought, "{again} of {bought} bought again");
}

#[test]
fn a_log_makes_sense_row_by_row() {
    let (shop, journeys) = demo();
    for events in &journeys {
        assert!(!events.is_empty());
        assert!(events.windows(2).all(|pair| pair[0].seconds < pair[1].seconds));
        let mut bought = Vec::new();
        for event in events {
            assert_eq!(event.kind == EventKind::Search, event.item.is_none());
            let Some(item) = event.item else { continue };
            match event.kind {
                EventKind::Purchase => bought.push(item),
                EventKind::Review | EventKind::Return => assert!(bought.contains(&item)),
                _ => {
                    let day = event.seconds / 86_400;
                    assert!(i64::from(shop.items[item as usize].release_day) <= day);
                }
            }
            assert_eq!(event.kind == EventKind::Review, event.rating > 0);
        }
    }
}
