//! A healthy shop is silent; each fault that is put into it is found with its exact count.

mod faults;
mod golden;
mod report;

use super::{Finding, FindingKind, QualityOptions, QualityReport, examine};
use crate::control::Control;
use crate::dataset::calendar::DAY_MS;
use crate::dataset::event::EventKind;
use crate::dataset::load::LoadReport;
use crate::dataset::{
    Catalog, Dataset, InteractionsBuilder, NewInteraction, TextColumn, UserAttribute,
};
use crate::ids::{IdMap, ItemIdx, UserIdx};

pub(super) const N_USERS: u32 = 20;
pub(super) const N_ITEMS: u32 = 25;
pub(super) const N_DAYS: i64 = 40;
/// 2020-01-01T00:00:00Z.
pub(super) const START: i64 = 1_577_836_800_000;
pub(super) const MINUTE: i64 = 60_000;

/// One event of the shop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub user: u32,
    pub item: Option<u32>,
    pub kind: EventKind,
    pub time_ms: i64,
    pub amount: Option<f32>,
    pub price: Option<f32>,
    pub text: Option<&'static str>,
}

/// A shop that faults are put into.
#[derive(Debug, Clone)]
pub(super) struct TestShop {
    pub users: Vec<String>,
    pub items: Vec<String>,
    pub events: Vec<Event>,
    pub titles: Vec<Option<String>>,
    pub prices: Vec<f32>,
    pub categories: Vec<Option<&'static str>>,
    pub attribute: Vec<Option<&'static str>>,
    pub has_times: bool,
    pub report: LoadReport,
}

pub(super) fn event(user: u32, item: u32, kind: EventKind, time_ms: i64) -> Event {
    Event { user, item: Some(item), kind, time_ms, amount: None, price: None, text: None }
}

pub(super) fn purchase(user: u32, item: u32, time_ms: i64) -> Event {
    Event {
        amount: Some(1.0 + (user % 3) as f32),
        price: Some(10.0 + item as f32),
        ..event(user, item, EventKind::Purchase, time_ms)
    }
}

/// Every shopper views two products a day and buys every fifth day; all products alike.
pub(super) fn healthy() -> TestShop {
    let mut events = Vec::new();
    for (user, day) in (0..N_USERS).flat_map(|user| (0..N_DAYS).map(move |day| (user, day))) {
        let moment = START + day * DAY_MS + i64::from(9 * 60 + user * 7) * MINUTE + 1_234;
        let item = (user * 7 + day as u32 * 2) % N_ITEMS;
        let next = (item + 1) % N_ITEMS;
        events.push(event(user, item, EventKind::View, moment));
        events.push(event(user, next, EventKind::View, moment + 3 * MINUTE + 17));
        if (day + i64::from(user)) % 5 == 0 {
            events.push(purchase(user, item, moment + 5 * MINUTE + 31));
        }
    }
    TestShop {
        users: (0..N_USERS).map(|user| format!("u{user}")).collect(),
        items: (0..N_ITEMS).map(|item| format!("p{item}")).collect(),
        events,
        titles: (0..N_ITEMS).map(|item| Some(format!("Café mug no. {item}"))).collect(),
        prices: (0..N_ITEMS).map(|item| 10.0 + item as f32).collect(),
        categories: (0..N_ITEMS)
            .map(|item| Some(["kitchen", "garden"][item as usize % 2]))
            .collect(),
        attribute: (0..N_USERS).map(|user| Some(["north", "south"][user as usize % 2])).collect(),
        has_times: true,
        report: LoadReport::default(),
    }
}

impl TestShop {
    pub(super) fn dataset(&self) -> Dataset {
        let mut log = InteractionsBuilder::default();
        for event in &self.events {
            log.push(&NewInteraction {
                user: UserIdx(event.user),
                item: event.item.map(ItemIdx),
                kind: event.kind,
                time_ms: event.time_ms,
                amount: event.amount,
                price: event.price,
                text: event.text,
            });
        }
        let texts = |column: &[Option<&str>]| column.iter().copied().collect::<TextColumn>();
        Dataset {
            users: IdMap::from_ids(&self.users),
            items: IdMap::from_ids(&self.items),
            catalog: Catalog {
                titles: self.titles.iter().map(Option::as_deref).collect(),
                categories: texts(&self.categories),
                prices: self.prices.clone(),
                ..Catalog::default()
            },
            user_attributes: vec![UserAttribute {
                name: "region".to_owned(),
                values: texts(&self.attribute),
            }],
            interactions: log.finish(self.users.len()),
            has_times: self.has_times,
            ..Dataset::default()
        }
    }

    pub(super) fn examine(&self) -> QualityReport {
        let options = QualityOptions { now_ms: START + 100 * DAY_MS };
        examine(&self.dataset(), &self.report, &options, &Control::default()).unwrap()
    }

    /// The only finding of a kind.
    pub(super) fn only(&self, kind: FindingKind) -> Finding {
        let report = self.examine();
        let found: Vec<_> = report.of(kind).cloned().collect();
        assert_eq!(found.len(), 1, "{kind:?} among {:?}", kinds(&report));
        found.into_iter().next().unwrap()
    }
}

pub(super) fn kinds(report: &QualityReport) -> Vec<FindingKind> {
    report.findings.iter().map(|finding| finding.kind).collect()
}
