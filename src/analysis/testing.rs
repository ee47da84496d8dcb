//! Small shops and golden values for the tests of this layer.

use serde_json::Value;

use crate::dataset::{Dataset, EventKind, InteractionsBuilder, NewInteraction, UserAttribute};
use crate::ids::{DatasetRevision, IdMap, ItemIdx, UserIdx};

/// What `scripts/golden/analysis.py` wrote.
pub(crate) fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/analysis/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the golden values are part of the project");
    serde_json::from_str(&text).expect("the golden values are JSON")
}

/// All numbers of a JSON value, row-major.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(entries) => entries.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

/// Fails where two lists differ by more than `tolerance`.
pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: number of values");
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        let difference = (found - expected).abs();
        assert!(difference <= tolerance, "{what}[{position}]: {found}, not {expected}");
    }
}

/// One event of a test shop: user, item, kind, time.
pub(crate) type Event = (u32, Option<u32>, EventKind, i64);

/// A shop with the given events; users and items are named `u0…` and `i0…`.
pub(crate) fn shop(n_users: u32, n_items: u32, events: &[Event]) -> Dataset {
    let mut log = InteractionsBuilder::default();
    for &(user, item, kind, time_ms) in events {
        log.push(&NewInteraction {
            user: UserIdx(user),
            item: item.map(ItemIdx),
            kind,
            time_ms,
            amount: None,
            price: None,
            text: None,
        });
    }
    Dataset {
        name: "test".into(),
        revision: DatasetRevision("r1".into()),
        users: IdMap::from_ids((0..n_users).map(|user| format!("u{user}"))),
        items: IdMap::from_ids((0..n_items).map(|item| format!("i{item}"))),
        interactions: log.finish(n_users as usize),
        has_times: true,
        ..Dataset::default()
    }
}

/// The shop of the golden values.
pub(crate) fn golden_shop() -> Dataset {
    let value = golden("shop");
    let texts =
        |name: &str| value[name].as_array().expect("a list").iter().map(Value::as_str).collect();
    let n_users = value["n_users"].as_u64().expect("a count");
    let mut log = InteractionsBuilder::default();
    for event in value["events"].as_array().expect("a list") {
        log.push(&read_event(event));
    }
    let n_items = value["titles"].as_array().map_or(0, Vec::len);
    let mut dataset =
        shop(u32::try_from(n_users).expect("few"), u32::try_from(n_items).expect("few"), &[]);
    dataset.interactions = log.finish(dataset.n_users());
    dataset.catalog.titles = texts("titles");
    dataset.catalog.categories = texts("categories");
    dataset.catalog.brands = texts("brands");
    dataset.catalog.prices =
        value["prices"].as_array().expect("a list").iter().map(float).collect();
    dataset.user_attributes.push(UserAttribute {
        name: "parity".into(),
        values: (0..n_users).map(|user| Some(if user % 2 == 0 { "even" } else { "odd" })).collect(),
    });
    dataset
}

fn read_event(event: &Value) -> NewInteraction<'_> {
    let small = |value: &Value| value.as_u64().map(|number| u32::try_from(number).expect("few"));
    let optional = |value: &Value| (!value.is_null()).then(|| float(value));
    NewInteraction {
        user: UserIdx(small(&event[0]).expect("a user")),
        item: small(&event[1]).map(ItemIdx),
        kind: event[2].as_str().and_then(EventKind::parse).expect("a kind"),
        time_ms: event[3].as_i64().expect("a time"),
        amount: optional(&event[4]),
        price: optional(&event[5]),
        text: event[6].as_str(),
    }
}

fn float(value: &Value) -> f32 {
    super::numeric::single(value.as_f64().expect("a number"))
}
