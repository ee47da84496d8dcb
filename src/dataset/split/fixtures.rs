//! Small shops for tests.

use crate::dataset::{Dataset, EventKind, InteractionsBuilder, NewInteraction, TextColumn};
use crate::ids::{DatasetRevision, IdMap, ItemIdx, UserIdx};

/// A shop of views `(user, item, time_ms)`.
pub(crate) fn shop(rows: &[(&str, &str, i64)]) -> Dataset {
    let rows: Vec<_> =
        rows.iter().map(|&(user, item, time_ms)| (user, item, EventKind::View, time_ms)).collect();
    shop_of_kinds(&rows)
}

/// A shop of events `(user, item, kind, time_ms)`; an empty item is none.
pub(crate) fn shop_of_kinds(rows: &[(&str, &str, EventKind, i64)]) -> Dataset {
    let (mut users, mut items) = (IdMap::default(), IdMap::default());
    let mut builder = InteractionsBuilder::default();
    for &(user, item, kind, time_ms) in rows {
        builder.push(&NewInteraction {
            user: UserIdx(users.insert(user)),
            item: (!item.is_empty()).then(|| ItemIdx(items.insert(item))),
            kind,
            time_ms,
            amount: None,
            price: None,
            text: None,
        });
    }
    Dataset {
        name: "fixture".to_owned(),
        revision: DatasetRevision(format!("fixture-{}", rows.len())),
        interactions: builder.finish(users.len()),
        users,
        items,
        has_times: true,
        ..Dataset::default()
    }
}

/// A shop where shopper `u` walks the ring of `n_items` products from product `u` on, now and then
/// jumping: transitions can be learned, popularity says little. Titles name the product's fifth.
pub(crate) fn ring_shop(n_users: u32, n_items: u32, length: u32) -> Dataset {
    let mut builder = InteractionsBuilder::default();
    for user in 0..n_users {
        let mut item = user * 7 % n_items;
        for step in 0..length {
            builder.push(&NewInteraction {
                user: UserIdx(user),
                item: Some(ItemIdx(item)),
                kind: EventKind::View,
                time_ms: i64::from(step) * 1000 + i64::from(user),
                amount: None,
                price: None,
                text: None,
            });
            let jump = if (user + step) % 5 == 0 { 3 + user % 4 } else { 1 };
            item = (item + jump) % n_items;
        }
    }
    let mut dataset = Dataset {
        name: "ring".to_owned(),
        revision: DatasetRevision(format!("ring-{n_users}-{n_items}-{length}")),
        users: IdMap::from_ids((0..n_users).map(|user| format!("u{user}"))),
        items: IdMap::from_ids((0..n_items).map(|item| format!("i{item}"))),
        interactions: builder.finish(n_users as usize),
        has_times: true,
        ..Dataset::default()
    };
    dataset.catalog.titles = (0..n_items)
        .map(|item| Some(format!("product {item} of fifth {}", item * 5 / n_items)))
        .collect::<TextColumn>();
    dataset
}
