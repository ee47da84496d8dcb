//! Tables against a small shop, whose answers are written down, and against numpy.

mod figures;
mod queries;
mod size;

use super::*;
use crate::analysis::summary::{ItemSummary, UserSummary, summarise_items, summarise_users};
use crate::control::Control;
use crate::dataset::{Dataset, EventKind, InteractionsBuilder, NewInteraction, UserAttribute};
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// 2024-01-05T00:00:00Z.
const DAY: i64 = 1_704_412_800_000;
const HOUR: i64 = 3_600_000;

/// Shopper, product, kind, time, price, amount, text.
type Row = (u32, Option<u32>, EventKind, i64, Option<f32>, Option<f32>, Option<&'static str>);

struct Shop {
    dataset: Dataset,
    items: Vec<ItemSummary>,
    users: Vec<UserSummary>,
}

impl Shop {
    fn view(&self, kind: TableKind) -> TableView<'_> {
        TableView::new(kind, &self.dataset, &self.items, &self.users)
    }
}

/// Three shoppers, four products, seven events.
fn shop() -> Shop {
    let mut log = InteractionsBuilder::default();
    use EventKind::{Cart, Purchase, Review, Search, View};
    let rows: [Row; 7] = [
        (0, Some(0), View, DAY, None, Some(9.99), None),
        (0, Some(0), Purchase, DAY + HOUR, Some(2.0), Some(9.99), None),
        (0, Some(1), View, DAY + 24 * HOUR, None, Some(20.0), None),
        (1, None, Search, DAY - 1, None, None, Some("Red LAMP")),
        (1, Some(2), View, DAY + 2 * HOUR, None, Some(5.0), None),
        (1, Some(2), Cart, DAY + 2 * HOUR, Some(1.0), Some(5.0), None),
        (2, Some(1), Review, DAY + 30 * HOUR, Some(4.0), None, Some("=cmd, \"good\"")),
    ];
    for (user, item, kind, time_ms, amount, price, text) in rows {
        let (user, item) = (UserIdx(user), item.map(ItemIdx));
        log.push(&NewInteraction { user, item, kind, time_ms, amount, price, text });
    }
    let mut dataset = Dataset {
        users: IdMap::from_ids(["u1", "u10", "u2"]),
        items: IdMap::from_ids(["p1", "p2", "p10", "P3"]),
        interactions: log.finish(3),
        has_times: true,
        ..Dataset::default()
    };
    dataset.catalog.titles =
        [Some("Red lamp"), Some("blue Lamp"), Some("Kettle"), None].into_iter().collect();
    dataset.catalog.categories =
        [Some("Home"), Some("Home"), Some("Kitchen"), None].into_iter().collect();
    dataset.catalog.prices = vec![9.99, 20.0, 5.0, f32::NAN];
    dataset.user_attributes.push(UserAttribute {
        name: "age band".into(),
        values: [Some("30-39"), None, Some("40-49")].into_iter().collect(),
    });
    let control = Control::default();
    let items = summarise_items(&dataset, &control).expect("nobody cancels");
    let users = summarise_users(&dataset, &control).expect("nobody cancels");
    Shop { dataset, items, users }
}

fn query(table: TableKind, typed: &str, sort: &[&str]) -> TableQuery {
    let typed = expression::Typed::read(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
    let sort = sort.iter().map(|key| SortKey::parse(key)).collect();
    TableQuery { sort, ..TableQuery::whole(table).with_typed(typed) }
}

fn rows(shop: &Shop, query: &TableQuery) -> Vec<u32> {
    let rows = run_query(&shop.view(query.table), query, &Control::default());
    rows.expect("the query is right").iter().collect()
}
