//! Cleaning a small shop: what is left is counted by hand.

mod brute_force;
mod golden;

use super::*;
use crate::dataset::load::revision_of;
use crate::dataset::{
    Catalog, EventKind, InteractionsBuilder, NewInteraction, TextColumn, UserAttribute,
};
use crate::ids::{IdMap, ItemIdx, UserIdx};

pub(super) struct Event {
    pub user: u32,
    pub item: Option<u32>,
    pub kind: EventKind,
    pub secs: i64,
    pub amount: Option<f32>,
    pub price: Option<f32>,
    pub text: Option<&'static str>,
}

impl Event {
    pub(super) fn new(user: u32, item: u32, kind: EventKind, secs: i64) -> Self {
        Self { user, item: Some(item), kind, secs, amount: None, price: None, text: None }
    }

    fn of(self, amount: f32, price: f32) -> Self {
        Self { amount: Some(amount), price: Some(price), ..self }
    }
}

pub(super) fn shop(n_users: u32, n_items: u32, events: &[Event]) -> Dataset {
    let mut log = InteractionsBuilder::default();
    for event in events {
        log.push(&NewInteraction {
            user: UserIdx(event.user),
            item: event.item.map(ItemIdx),
            kind: event.kind,
            time_ms: event.secs * 1_000,
            amount: event.amount,
            price: event.price,
            text: event.text,
        });
    }
    let mut dataset = Dataset {
        name: "shop".to_owned(),
        users: IdMap::from_ids((0..n_users).map(|user| format!("u{user}"))),
        items: IdMap::from_ids((0..n_items).map(|item| format!("p{item}"))),
        interactions: log.finish(n_users as usize),
        has_times: true,
        ..Dataset::default()
    };
    dataset.revision = revision_of(&dataset);
    dataset
}

/// Two purchases, a return, views, a search and a review; product 3 is in no event, product 2 is
/// not in the catalogue, user 2 never acted.
fn small_shop() -> Dataset {
    use EventKind::{Purchase, Return, Review, Search, View};
    let mut search = Event::new(1, 0, Search, 50);
    search.item = None;
    search.text = Some("  <b>Red</b> MUG ");
    let mut review = Event::new(1, 1, Review, 60);
    review.text = Some("CafÃ©");
    let events = [
        Event::new(0, 0, View, 0),
        Event::new(0, 0, View, 30),
        Event::new(0, 0, View, 30),
        Event::new(0, 1, Purchase, 40).of(5.0, 2.0),
        Event::new(0, 1, Purchase, 45).of(3.0, 2.5),
        Event::new(0, 1, Return, 90).of(4.0, 2.0),
        search,
        review,
        Event::new(1, 2, Purchase, 70).of(1.0, 0.0),
        Event::new(1, 1, Purchase, 80).of(2.0, -1.0),
    ];
    let mut dataset = shop(3, 4, &events);
    let texts = |texts: [Option<&str>; 4]| -> TextColumn { texts.into_iter().collect() };
    dataset.catalog = Catalog {
        titles: texts([Some("Mug"), Some("Red  pot"), None, Some("Lid")]),
        brands: texts([Some("A"), Some("B"), None, Some("B")]),
        prices: vec![1.0, f32::NAN, f32::NAN, 4.0],
        ..Catalog::default()
    };
    let attribute = [Some("north"), Some("south"), Some("west")].into_iter().collect();
    dataset.user_attributes = vec![UserAttribute { name: "region".to_owned(), values: attribute }];
    dataset.revision = revision_of(&dataset);
    dataset
}

pub(super) fn recipe(steps: impl IntoIterator<Item = CleaningStep>) -> Recipe {
    Recipe { steps: steps.into_iter().collect(), ..Recipe::default() }
}

/// The only outcome of one step, and what it left.
pub(super) fn clean(dataset: &Dataset, step: CleaningStep) -> (Dataset, StepOutcome) {
    let mut cleaned = apply(dataset, &recipe([step]), &Control::default()).unwrap();
    (cleaned.dataset, cleaned.outcomes.remove(0))
}

fn refused(dataset: &Dataset, step: CleaningStep) -> String {
    apply(dataset, &recipe([step]), &Control::default()).unwrap_err().to_string()
}

fn size(counts: Counts) -> [u64; 3] {
    [counts.events, counts.users, counts.items]
}

fn drop_events(kinds: &[EventKind], when: EventTest) -> CleaningStep {
    CleaningStep::DropEvents { kinds: kinds.to_vec(), when }
}

#[test]
fn no_step_changes_nothing() {
    let shop = small_shop();
    let cleaned = apply(&shop, &Recipe::default(), &Control::default()).unwrap();
    assert_eq!(cleaned.dataset.revision, shop.revision);
    let same = recipe([CleaningStep::DateWindow { from: Some("1960-01-01".into()), to: None }]);
    let cleaned = apply(&shop, &same, &Control::default()).unwrap();
    assert_eq!(cleaned.dataset.revision, shop.revision);
    assert!(cleaned.outcomes[0].examples.is_empty());
}

#[test]
fn events_are_dropped_by_kind_and_value() {
    use EventTest::*;
    let shop = small_shop();
    assert_eq!(size(Counts::of(&shop)), [10, 3, 4]);
    for (kinds, when, events) in [
        (&[EventKind::View][..], Any, 7),
        (&[], ZeroPrice, 9),
        (&[], NegativePrice, 9),
        (&[EventKind::View], NegativePrice, 10),
        (&[], NegativeQuantity, 10),
        (&[], MissingItem, 9),
        (&[], MissingPrice, 6),
        (&[], MissingQuantity, 10),
        (&[], MissingStars, 9),
        (&[], NotInCatalogue, 9),
    ] {
        let (cleaned, outcome) = clean(&shop, drop_events(kinds, when));
        assert_eq!(outcome.after.events, events, "{kinds:?} {when:?}");
        assert_eq!(cleaned.interactions.len() as u64, events);
        // Products stay, and so do shoppers without any event before.
        assert_eq!((outcome.after.items, outcome.after.users), (4, 3));
    }
    let (_, outcome) = clean(&shop, drop_events(&[], NegativePrice));
    let example = &outcome.examples[0];
    assert_eq!((example.user.as_deref(), example.item.as_deref()), (Some("u1"), Some("p1")));
    assert_eq!(example.before.as_deref(), Some("quantity 2, price -1"));
    assert!(refused(&shop, drop_events(&[], Any)).contains("would drop every event"));
}

#[test]
fn shoppers_go_with_their_last_event() {
    let shop = small_shop();
    let kinds = [EventKind::Search, EventKind::Review, EventKind::Purchase];
    let (cleaned, outcome) = clean(&shop, drop_events(&kinds, EventTest::Any));
    assert_eq!(size(outcome.after), [4, 2, 4]);
    assert_eq!(cleaned.users.iter().collect::<Vec<_>>(), ["u0", "u2"]);
    assert_eq!(cleaned.user_attributes[0].values.get(1), Some("west"));
    assert_eq!(cleaned.interactions.rows_of(UserIdx(0)), 0..4);
    assert_eq!(outcome.examples.len(), MAX_CLEANING_EXAMPLES);
    let all = drop_events(&EventKind::ALL, EventTest::Any);
    assert!(refused(&shop, all).contains("step 1 (drop_events) would leave none of 10 events"));
}

#[test]
fn repetitions_within_the_window_go() {
    let small = small_shop();
    let duplicates = |window_secs, exact| CleaningStep::DeduplicateEvents { window_secs, exact };
    for (window_secs, exact, events) in
        [(0.0, false, 9), (29.9, false, 8), (30.0, false, 7), (30.0, true, 8)]
    {
        let (_, outcome) = clean(&small, duplicates(window_secs, exact));
        assert_eq!(outcome.after.events, events, "{window_secs} {exact}");
    }
    // A chain of repetitions is counted from the last one kept.
    let chain = [0, 20, 40, 60].map(|secs| Event::new(0, 0, EventKind::View, secs));
    let (cleaned, _) = clean(&shop(1, 1, &chain), duplicates(30.0, false));
    assert_eq!(cleaned.interactions.time_ms(1), 40_000);
    assert!(refused(&small, duplicates(f64::NAN, false)).contains("0 or more"));
    let mut timeless = small;
    timeless.has_times = false;
    assert!(refused(&timeless, duplicates(1.0, false)).contains("no real times"));
    let (_, outcome) = clean(&timeless, duplicates(0.0, false));
    assert_eq!(outcome.after.events, 7);
}

#[test]
fn returns_cancel_the_purchases_before_them() {
    let shop = small_shop();
    // 4 came back: the latest purchase of 3 is used up, one of the earlier 5 as well.
    let (cleaned, outcome) = clean(&shop, CleaningStep::MergeReturns);
    assert_eq!((outcome.after.events, outcome.changed_values), (8, 1));
    let kept = cleaned.interactions.row(3);
    assert_eq!((kept.kind, kept.amount, kept.time_ms), (EventKind::Purchase, Some(4.0), 40_000));
    let changed = &outcome.examples[0];
    assert_eq!((changed.before.as_deref(), changed.after.as_deref()), (Some("5"), Some("4")));
}

#[test]
fn an_exact_match_comes_first_and_a_rest_stays() {
    use EventKind::{Purchase, Return};
    let bought = |item, secs, amount| Event::new(0, item, Purchase, secs).of(amount, 1.0);
    let returned = |item, secs, amount| Event::new(0, item, Return, secs).of(amount, 1.0);
    let events = [
        returned(0, 0, 1.0), // nothing bought yet: stays
        bought(0, 1, 10.0),  // cancelled by the exact return
        bought(0, 2, 4.0),   // used up by the return of 6, which keeps 2
        returned(0, 3, 10.0),
        returned(0, 4, 6.0),
        bought(1, 5, 2.0),             // another product
        Event::new(0, 2, Purchase, 6), // no quantity: 1
        Event::new(0, 2, Return, 7),
    ];
    let (cleaned, outcome) = clean(&shop(1, 3, &events), CleaningStep::MergeReturns);
    let log = &cleaned.interactions;
    let left: Vec<_> = (0..log.len()).map(|row| (log.kind(row), log.row(row).amount)).collect();
    assert_eq!(left, [(Return, Some(1.0)), (Return, Some(2.0)), (Purchase, Some(2.0))]);
    assert_eq!(outcome.changed_values, 1);
}

#[test]
fn bots_are_found_by_their_busiest_minute_or_day() {
    // User 0: 4 events within 59.999 s; user 1: 4 events within exactly 60 s; user 2: 5 in a day.
    let mut events = Vec::new();
    for (user, gap) in [(0, 19), (1, 20), (2, 18_000)] {
        let n = if user == 2 { 5 } else { 4 };
        events.extend((0..n).map(|i| Event::new(user, 0, EventKind::View, i * gap)));
    }
    let shop = shop(3, 1, &events);
    let bots = |max_events_per_minute, max_events_per_day| CleaningStep::DropBots {
        max_events_per_minute,
        max_events_per_day,
    };
    let left = |step| clean(&shop, step).0.users.iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(left(bots(Some(3), None)), ["u1", "u2"]);
    assert_eq!(left(bots(None, Some(4))), ["u0", "u1"]);
    assert_eq!(left(bots(Some(3), Some(4))), ["u1"]);
    assert!(refused(&shop, bots(None, None)).contains("names no limit"));
}

#[test]
fn days_are_kept_whole() {
    const DAY: i64 = 86_400;
    let events = [0, DAY - 1, DAY, 2 * DAY].map(|secs| Event::new(0, 0, EventKind::View, secs));
    let shop = shop(1, 1, &events);
    let window = |from: Option<&str>, to: Option<&str>| CleaningStep::DateWindow {
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
    };
    for (from, to, events) in [
        (Some("1970-01-02"), None, 2),
        (None, Some("1970-01-01"), 2),
        (Some("1970-01-01T12:00"), Some("1970-01-02"), 2),
        (Some("1970-01-02"), Some("1970-01-02"), 1),
        (None, Some("1970-01-02T00:00:00"), 3),
    ] {
        let outcome = clean(&shop, window(from, to)).1;
        assert_eq!(outcome.after.events, events, "{from:?} {to:?}");
    }
    assert!(refused(&shop, window(None, None)).contains("names no date"));
    assert!(refused(&shop, window(Some("soon"), None)).contains("\"soon\" is no date"));
    let swapped = window(Some("1970-01-03"), Some("1970-01-01"));
    assert!(refused(&shop, swapped).contains("Swap them"));
}

#[test]
fn missing_numbers_are_filled() {
    let shop = small_shop();
    let fill = |field, with| CleaningStep::FillMissing { field, with };
    let prices = |shop: &Dataset| -> Vec<Option<f32>> {
        (0..shop.n_items()).map(|i| shop.catalog.product(ItemIdx::from_index(i)).price).collect()
    };
    for (with, expected, changed) in [
        (FillWith::Median, [1.0, 2.5, 2.5, 4.0], 2),
        (FillWith::Mode, [1.0, 1.0, 1.0, 4.0], 2),
        (FillWith::Number(7.5), [1.0, 7.5, 7.5, 4.0], 2),
        // The events of product 1 cost 2, 2.5, 2 and -1, those of product 2 nothing.
        (FillWith::ProductMedian, [1.0, 2.0, 0.0, 4.0], 2),
    ] {
        let (cleaned, outcome) = clean(&shop, fill(Field::ListPrice, with.clone()));
        assert_eq!(prices(&cleaned), expected.map(Some), "{with:?}");
        assert_eq!(outcome.changed_values, changed);
    }
    // Views have a price, but searches have none; nothing has a quantity to fill.
    let (cleaned, outcome) = clean(&shop, fill(Field::Price, FillWith::Median));
    assert_eq!(outcome.changed_values, 4);
    assert_eq!(cleaned.interactions.row(0).price, Some(2.0));
    assert_eq!(clean(&shop, fill(Field::Quantity, FillWith::Median)).1.changed_values, 0);
    let (_, outcome) = clean(&shop, fill(Field::Stock, FillWith::Median));
    assert_eq!(outcome.changed_values, 0, "no stock is known, so it has no median");
    let wrong = fill(Field::Price, FillWith::Text("x".to_owned()));
    assert!(refused(&shop, wrong).contains("price holds numbers"));
    let wrong = fill(Field::Stock, FillWith::ProductMedian);
    assert!(refused(&shop, wrong).contains("no median by product"));
}

#[test]
fn missing_texts_are_filled() {
    let shop = small_shop();
    let fill = |field, with| CleaningStep::FillMissing { field, with };
    let (cleaned, outcome) = clean(&shop, fill(Field::Brand, FillWith::Mode));
    assert_eq!((cleaned.catalog.brands.get(2), outcome.changed_values), (Some("B"), 1));
    let none = FillWith::Text("none".to_owned());
    let (cleaned, outcome) = clean(&shop, fill(Field::Category, none.clone()));
    assert_eq!((cleaned.catalog.categories.get(3), outcome.changed_values), (Some("none"), 4));
    // Only searches and reviews can have a text, and both have one.
    assert_eq!(clean(&shop, fill(Field::Text, none)).1.changed_values, 0);
    assert!(refused(&shop, fill(Field::Brand, FillWith::Median)).contains("brand holds texts"));
}

#[test]
fn numbers_are_clipped_to_bounds_that_make_sense() {
    let shop = small_shop();
    let clip = |field, low, high| CleaningStep::Clip { field, low, high };
    let (cleaned, outcome) =
        clean(&shop, clip(Field::Price, Some(Bound::Value(0.0)), Some(Bound::Value(2.0))));
    assert_eq!(outcome.changed_values, 2);
    assert_eq!(cleaned.interactions.row(9).price, Some(0.0));
    assert_eq!(cleaned.interactions.row(4).price, Some(2.0));
    let half = Bound::Quantile { quantile: 0.5 };
    let (_, outcome) = clean(&shop, clip(Field::Quantity, Some(half), Some(half)));
    assert_eq!(outcome.changed_values, 4, "all but the median of 1, 2, 3, 4, 5");
    for (step, problem) in [
        (clip(Field::Price, None, None), "names no bound"),
        (clip(Field::Title, Some(half), None), "title holds texts"),
        (clip(Field::Price, Some(Bound::Value(2.0)), Some(Bound::Value(1.0))), "Swap them"),
        (clip(Field::Price, Some(Bound::Quantile { quantile: 1.5 }), None), "between 0 and 1"),
        (clip(Field::Price, Some(Bound::Value(f64::NAN)), None), "must be a number"),
    ] {
        let message = refused(&shop, step);
        assert!(message.contains(problem), "{message}");
    }
}

#[test]
fn texts_are_repaired_and_equal_ones_fall_together() {
    let mut shop = small_shop();
    shop.catalog.categories =
        [Some("Tea "), Some("TEA"), Some("tea!"), Some("pots")].into_iter().collect();
    let step = CleaningStep::NormaliseText {
        fields: vec![Field::Category, Field::Text, Field::Title],
        fixes: TextFix::ALL.into(),
    };
    let (cleaned, outcome) = clean(&shop, step);
    let categories = &cleaned.catalog.categories;
    assert_eq!(categories.pool(), ["tea".into(), "pots".into()]);
    assert_eq!(categories.code(0), categories.code(2));
    assert_eq!(cleaned.interactions.row(6).text, Some("red mug"));
    assert_eq!(cleaned.interactions.row(7).text, Some("café"));
    assert_eq!(cleaned.catalog.titles.get(1), Some("red pot"));
    // Three categories (blank ends are gone already), two texts, three titles.
    assert_eq!(outcome.changed_values, 3 + 2 + 3);
    let numbers =
        CleaningStep::NormaliseText { fields: vec![Field::Price], fixes: vec![TextFix::Nfkc] };
    assert!(refused(&shop, numbers).contains("price holds numbers"));
}

#[test]
fn products_without_events_go_with_their_catalogue_rows() {
    let (cleaned, outcome) = clean(&small_shop(), CleaningStep::DropUnusedProducts);
    assert_eq!(size(outcome.after), [10, 3, 3]);
    assert_eq!(cleaned.item("p3"), None);
    assert_eq!(cleaned.catalog.titles.len(), 3);
    assert_eq!(outcome.examples[0].before.as_deref(), Some("Lid"));
    // An empty column and a full one keep their form.
    let only_unknown = drop_events(&[], EventTest::MissingPrice);
    let steps = [only_unknown, CleaningStep::DropUnusedProducts];
    let cleaned = apply(&small_shop(), &recipe(steps), &Control::default()).unwrap().dataset;
    assert_eq!(cleaned.items.iter().collect::<Vec<_>>(), ["p1", "p2"]);
    assert!(cleaned.catalog.prices.is_empty(), "no known price is left");
    assert_eq!(cleaned.catalog.brands.pool(), ["B".into()]);
}

#[test]
fn minimum_counts_look_once() {
    let shop = small_shop();
    let step = CleaningStep::MinimumCounts { per_user: 1, per_item: 2 };
    let (cleaned, outcome) = clean(&shop, step);
    // User 2 never acted; products 2 and 3 have one event and none.
    assert_eq!(size(outcome.after), [9, 2, 2]);
    assert_eq!(cleaned.items.iter().collect::<Vec<_>>(), ["p0", "p1"]);
    assert_eq!(cleaned.interactions.counts().get(EventKind::Search), 1, "searches count not");
}

#[test]
fn steps_follow_each_other_and_say_where_they_failed() {
    let shop = small_shop();
    let steps = [
        CleaningStep::MergeReturns,
        drop_events(&[EventKind::View], EventTest::Any),
        CleaningStep::KCore { users: 100, items: 1 },
    ];
    let outcomes =
        apply(&shop, &recipe(steps[..2].to_vec()), &Control::default()).unwrap().outcomes;
    assert_eq!(outcomes[1].before, outcomes[0].after);
    assert_eq!(outcomes[1].step, steps[1]);
    let message = apply(&shop, &recipe(steps), &Control::default()).unwrap_err().to_string();
    assert!(message.contains("step 3 (k_core) would leave none of 5 events"), "{message}");
}

#[test]
fn a_stop_is_obeyed_and_a_newer_recipe_refused() {
    let control = Control::default();
    control.cancel_token().cancel();
    let stopped = apply(&small_shop(), &recipe([CleaningStep::MergeReturns]), &control);
    assert!(matches!(stopped, Err(CleanError::Cancelled(_))));
    let newer = Recipe { version: RECIPE_VERSION + 1, ..Recipe::default() };
    let refused = apply(&small_shop(), &newer, &Control::default());
    assert!(matches!(refused, Err(CleanError::Newer { found: 2 })));
}
