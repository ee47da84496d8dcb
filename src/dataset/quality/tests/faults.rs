//! Each fault alone in a shop that is healthy otherwise.

use super::*;
use crate::dataset::clean::{CleaningStep, EventTest, TextFix};
use crate::dataset::load::{FileFormat, OddRows, Oddities, RejectReason, Rejected, SourceReport};
use crate::dataset::quality::{FigureName, Severity};
use crate::dataset::schema::Role;

fn close(a: Option<f64>, b: f64) -> bool {
    a.is_some_and(|a| (a - b).abs() < 1e-9)
}

fn counts(finding: &Finding) -> (u64, u64) {
    (finding.count, finding.of)
}

fn source(role: Role, rows_read: u64, rejected: Vec<Rejected>) -> SourceReport {
    SourceReport {
        path: "log.csv".into(),
        role,
        format: FileFormat::Delimited,
        compression: None,
        delimiter: Some(','),
        encoding: None,
        columns: Vec::new(),
        mapping: Vec::new(),
        rows_read,
        rows_kept: rows_read - rejected.iter().map(|rejected| rejected.count).sum::<u64>(),
        rejected,
        event_words: Vec::new(),
    }
}

#[test]
fn rows_without_a_shopper_and_bad_rows_come_from_the_load_report() {
    let mut shop = healthy();
    let rejected = |reason, count| Rejected { reason, count, examples: Vec::new() };
    let reasons = vec![rejected(RejectReason::NoUser, 30), rejected(RejectReason::BadTime, 5)];
    shop.report.sources = vec![source(Role::Events, 100, reasons)];
    let missing = shop.only(FindingKind::MissingValues);
    assert_eq!(counts(&missing), (30, 100));
    assert_eq!(missing.severity, Severity::Serious);
    assert_eq!(missing.subject.unwrap().to_string(), "events.user");
    let bad = shop.only(FindingKind::RowsLeftOut);
    assert_eq!((counts(&bad), bad.severity), ((5, 100), Severity::Warning));
}

#[test]
fn cancellations_and_negative_quantities_come_from_the_load_report() {
    let mut shop = healthy();
    for event in shop.events.iter_mut().filter(|event| event.kind == EventKind::Purchase).skip(60) {
        event.kind = EventKind::Return;
    }
    let odd = |kept, left_out| OddRows { kept, left_out, examples: Vec::new() };
    shop.report.oddities = Oddities {
        cancellations: odd(4, 3),
        negative_quantities: odd(6, 2),
        negative_prices: odd(0, 2),
        ..Oddities::default()
    };
    shop.report.sources = vec![source(Role::Events, 2_000, Vec::new())];
    assert_eq!(counts(&shop.only(FindingKind::Cancellations)), (7, 2_000));
    let negative = shop.only(FindingKind::NegativeQuantities);
    assert_eq!(counts(&negative), (8, 2_000));
    assert_eq!(negative.repair.unwrap().step, CleaningStep::MergeReturns);
    let prices = shop.only(FindingKind::NegativePrices);
    assert_eq!(counts(&prices), (2, 2_000));
    assert_eq!(prices.repair, None, "what was left out cannot be dropped");
}

#[test]
fn missing_values_are_counted_where_others_have_one() {
    let mut shop = healthy();
    let mut purchases = shop.events.iter_mut().filter(|event| event.kind == EventKind::Purchase);
    purchases.by_ref().take(3).for_each(|event| event.price = None);
    purchases.take(2).for_each(|event| event.amount = None);
    shop.categories[0] = None;
    shop.attribute[5] = None;
    let report = shop.examine();
    let found: Vec<(String, u64, u64)> = report
        .of(FindingKind::MissingValues)
        .map(|finding| (finding.subject.as_ref().unwrap().to_string(), finding.count, finding.of))
        .collect();
    // Views have neither price nor quantity, so that they lack none.
    let mut found = found;
    found.sort();
    let expected = [
        ("catalog.category", 1, 25),
        ("events.price", 3, 160),
        ("events.quantity", 2, 160),
        ("users.region", 1, 20),
    ];
    assert_eq!(found, expected.map(|(subject, count, of)| (subject.to_owned(), count, of)));
}

#[test]
fn exact_duplicates_are_not_near_ones() {
    let mut shop = healthy();
    let n = shop.events.len() as u64;
    shop.events.extend_from_within(..3);
    shop.events.push(shop.events[0]);
    assert_eq!(counts(&shop.only(FindingKind::ExactDuplicates)), (4, n + 4));
    assert_eq!(shop.examine().of(FindingKind::NearDuplicates).count(), 0);
}

#[test]
fn near_duplicates_lie_within_five_seconds() {
    let mut shop = healthy();
    let (first, n) = (shop.events[0], shop.events.len() as u64);
    let later = |ms: i64| Event { time_ms: first.time_ms + ms, ..first };
    shop.events.extend([later(5_000), later(10_001)]);
    shop.events.push(Event { item: Some(9), ..later(1) });
    let near = shop.only(FindingKind::NearDuplicates);
    assert_eq!(counts(&near), (1, n + 3));
    assert_eq!(near.examples[0].user.as_deref(), Some("u0"));
    assert_eq!(shop.examine().of(FindingKind::ExactDuplicates).count(), 0);
    shop.has_times = false;
    assert_eq!(shop.examine().of(FindingKind::NearDuplicates).count(), 0);
}

#[test]
fn prices_and_quantities_that_cannot_be_are_counted() {
    let mut shop = healthy();
    let mut purchases = shop.events.iter_mut().filter(|event| event.kind == EventKind::Purchase);
    purchases.by_ref().take(2).for_each(|event| event.price = Some(-3.0));
    purchases.by_ref().take(3).for_each(|event| event.price = Some(0.0));
    purchases.take(4).for_each(|event| event.amount = Some(0.0));
    shop.prices[1] = -2.0;
    let n = shop.events.len() as u64;
    let report = shop.examine();
    let found: Vec<_> = report.of(FindingKind::NegativePrices).map(counts).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&(2, n)) && found.contains(&(1, 25)), "{found:?}");
    let zero = shop.only(FindingKind::ZeroPrices);
    assert_eq!(counts(&zero), (3, n));
    let step = CleaningStep::DropEvents { kinds: Vec::new(), when: EventTest::ZeroPrice };
    assert_eq!(zero.repair.unwrap().step, step);
    assert_eq!(counts(&shop.only(FindingKind::ZeroQuantities)), (4, n));
}

#[test]
fn ratings_keep_to_the_narrowest_scale_that_nearly_all_keep_to() {
    let mut shop = healthy();
    let rate = |row: u32, stars: f32| Event {
        amount: Some(stars),
        ..event(row % N_USERS, row % N_ITEMS, EventKind::Rating, START + i64::from(row) * 997_331)
    };
    shop.events.extend((0..300).map(|row| rate(row, 1.0 + (row % 5) as f32)));
    assert_eq!(shop.examine().of(FindingKind::RatingsOffScale).count(), 0);
    shop.events.extend([rate(300, 55.0), rate(301, 0.0)]);
    let off = shop.only(FindingKind::RatingsOffScale);
    assert_eq!(counts(&off), (2, 302));
    assert!(close(off.figure(FigureName::ScaleHigh), 5.0));
    let values: Vec<_> = off.examples.iter().map(|example| example.value.as_str()).collect();
    assert_eq!(values, ["55", "0"]);
}

#[test]
fn times_before_1990_and_in_the_future_are_told_apart() {
    let mut shop = healthy();
    let n = shop.events.len() as u64;
    for (position, time_ms) in [0, -DAY_MS, START + 102 * DAY_MS].into_iter().enumerate() {
        shop.events[position].time_ms = time_ms;
    }
    let times = shop.only(FindingKind::ImplausibleTimes);
    assert_eq!(counts(&times), (3, n));
    let json = serde_json::to_value(times.chart).unwrap();
    let bars = &json["bars"];
    assert_eq!(bars[1], serde_json::json!(["clock_zero", 1]));
    assert_eq!(bars[3], serde_json::json!(["future", 1]));
    let step = CleaningStep::DateWindow {
        from: Some("1990-01-01".to_owned()),
        to: Some("2020-04-11".to_owned()),
    };
    assert_eq!(times.repair.unwrap().step, step);
}

#[test]
fn midnights_are_dates_without_a_time() {
    let mut shop = healthy();
    let n = shop.events.len() as u64;
    let lost = shop.events.iter_mut().step_by(10).map(|event| {
        event.time_ms -= event.time_ms.rem_euclid(DAY_MS);
    });
    let lost = lost.count() as u64;
    let some = shop.only(FindingKind::MidnightTimes);
    assert_eq!((counts(&some), some.severity), ((lost, n), Severity::Warning));
    for event in &mut shop.events {
        event.time_ms -= event.time_ms.rem_euclid(DAY_MS);
    }
    let all = shop.only(FindingKind::MidnightTimes);
    assert_eq!((counts(&all), all.severity), ((n, n), Severity::Note));
}

#[test]
fn moments_shared_are_counted_from_the_second_event_on() {
    let mut shop = healthy();
    let n = shop.events.len() as u64;
    for pair in shop.events.chunks_mut(2) {
        if let [first, second] = pair
            && first.user == second.user
        {
            second.time_ms = first.time_ms;
        }
    }
    let equal = shop.only(FindingKind::EqualTimes);
    assert_eq!(equal.of, n);
    assert!(equal.count > n / 3 && equal.count <= n / 2, "{}", equal.count);
}

#[test]
fn gaps_are_days_between_the_first_and_the_last() {
    let mut shop = healthy();
    let day = |event: &Event| (event.time_ms - START).div_euclid(DAY_MS);
    shop.events.retain(|event| !(10..18).contains(&day(event)) && day(event) != 30);
    let gaps = shop.only(FindingKind::DaysWithoutEvents);
    assert_eq!((counts(&gaps), gaps.severity), ((9, 40), Severity::Warning));
    assert!(close(gaps.figure(FigureName::LongestGap), 8.0));
    assert_eq!(gaps.examples[0].value, "2020-01-11 – 2020-01-18 (8)");
    assert_eq!(gaps.examples[1].value, "2020-01-31");
}

#[test]
fn outlying_prices_are_found_farthest_first() {
    let mut shop = healthy();
    let mut purchases = shop.events.iter_mut().filter(|event| event.kind == EventKind::Purchase);
    purchases.next().unwrap().price = Some(500.0);
    purchases.next().unwrap().price = Some(90_000.0);
    let far = shop.only(FindingKind::OutlyingValues);
    assert_eq!((counts(&far), far.severity), ((2, 160), Severity::Warning));
    assert_eq!(far.examples[0].value, "90000");
    assert!(close(far.figure(FigureName::BeyondFences), 2.0));
}

#[test]
fn broken_texts_are_told_apart() {
    let mut shop = healthy();
    for (item, title) in [(0, "CafÃ© mug"), (1, "<b>mug</b>"), (2, "mug\u{fffd}"), (3, "mug\u{1}")]
    {
        shop.titles[item] = Some(title.to_owned());
    }
    let texts = u64::from(2 * N_ITEMS + N_USERS);
    let mojibake = shop.only(FindingKind::Mojibake);
    assert_eq!(counts(&mojibake), (1, texts));
    match mojibake.repair.unwrap().step {
        CleaningStep::NormaliseText { fixes, .. } => assert_eq!(fixes, [TextFix::RepairMojibake]),
        other => panic!("{other:?}"),
    }
    for kind in
        [FindingKind::Markup, FindingKind::ReplacementCharacters, FindingKind::ControlCharacters]
    {
        assert_eq!(counts(&shop.only(kind)), (1, texts), "{kind:?}");
    }
}

#[test]
fn orphans_are_products_that_no_catalogue_file_lists() {
    let mut shop = healthy();
    let n = shop.events.len() as u64;
    shop.report = LoadReport {
        sources: vec![source(Role::Catalog, 23, Vec::new())],
        n_users: u64::from(N_USERS),
        n_items: u64::from(N_ITEMS),
        n_events: n,
        items_without_catalog: 2,
        ..LoadReport::default()
    };
    let expected = shop.events.iter().filter(|event| event.item >= Some(23)).count() as u64;
    let orphans = shop.only(FindingKind::OrphanEvents);
    assert_eq!(counts(&orphans), (expected, n));
    assert!(close(orphans.figure(FigureName::Products), 2.0));
    assert_eq!(orphans.repair, None, "something is known of these products");
}

#[test]
fn products_and_shoppers_without_events_are_counted() {
    let mut shop = healthy();
    shop.items.extend(["q1", "q2"].map(str::to_owned));
    shop.titles.extend([Some("Idle".to_owned()), Some("Still idle".to_owned())]);
    shop.categories.extend([Some("garden"); 2]);
    shop.prices.extend([11.0; 2]);
    shop.users.push("quiet".to_owned());
    shop.attribute.push(Some("north"));
    let products = shop.only(FindingKind::ProductsWithoutEvents);
    assert_eq!(counts(&products), (2, 27));
    assert_eq!(products.repair.unwrap().step, CleaningStep::DropUnusedProducts);
    assert_eq!(counts(&shop.only(FindingKind::ShoppersWithoutEvents)), (1, 21));
}

#[test]
fn returns_are_held_against_earlier_purchases() {
    let mut shop = healthy();
    let bought = *shop.events.iter().find(|event| event.kind == EventKind::Purchase).unwrap();
    let give_back = |event: Event, after: i64| Event {
        kind: EventKind::Return,
        time_ms: event.time_ms + after,
        ..event
    };
    shop.events.push(give_back(bought, 2 * DAY_MS));
    shop.events.push(give_back(bought, -MINUTE));
    assert_eq!(counts(&shop.only(FindingKind::Returns)), (2, 162));
    assert_eq!(counts(&shop.only(FindingKind::ReturnsWithoutPurchase)), (1, 2));
}

#[test]
fn programs_are_told_from_people_by_pace_and_hours() {
    let mut shop = healthy();
    let at = START + 3 * DAY_MS + 9 * 60 * MINUTE;
    // 60 views within a minute; and one an hour for 20 hours.
    shop.events
        .extend((0..60).map(|n| event(2, n % N_ITEMS, EventKind::View, at + i64::from(n) * 999)));
    let day = START + 5 * DAY_MS;
    shop.events.extend(
        (0..20).map(|n| event(4, n, EventKind::View, day + i64::from(n) * 60 * MINUTE + 777)),
    );
    let bots = shop.only(FindingKind::SuspectedBots);
    assert_eq!(counts(&bots), (2, u64::from(N_USERS)));
    assert_eq!(bots.examples[0].user.as_deref(), Some("u2"));
    let json = serde_json::to_value(bots.chart).unwrap();
    assert_eq!(json["bars"][0], serde_json::json!(["events_per_minute", 1]));
    assert_eq!(json["bars"][2], serde_json::json!(["hours_per_day", 1]));
    let step =
        CleaningStep::DropBots { max_events_per_minute: Some(59), max_events_per_day: Some(499) };
    let repair = bots.repair.unwrap();
    assert_eq!((repair.step, repair.amount), (step, 1));
}

#[test]
fn programs_are_told_from_people_by_the_volume_of_a_day() {
    // A day of two views is usual; on one day shopper 2 views as much as no other, but slowly, within
    // nineteen hours and among few products.
    let views = |per_hour: u32| {
        let mut shop = healthy();
        let day = START + 50 * DAY_MS + 777;
        shop.events.extend((0..19 * per_hour).map(|n| {
            let pause = 60 * MINUTE / i64::from(per_hour);
            event(2, n % N_ITEMS, EventKind::View, day + i64::from(n) * pause)
        }));
        shop
    };
    // 19 × 26 = 494 and 19 × 27 = 513 views, on either side of 500.
    assert_eq!(views(26).examine().of(FindingKind::SuspectedBots).count(), 0);
    let bots = views(27).only(FindingKind::SuspectedBots);
    assert_eq!(counts(&bots), (1, u64::from(N_USERS)));
    assert_eq!(bots.examples[0].user.as_deref(), Some("u2"));
    let json = serde_json::to_value(bots.chart).unwrap();
    let signs: Vec<_> = (0..4).map(|sign| json["bars"][sign][1].clone()).collect();
    assert_eq!(signs, [0, 1, 0, 0], "volume alone: {json}");
    let step =
        CleaningStep::DropBots { max_events_per_minute: Some(59), max_events_per_day: Some(499) };
    assert_eq!(bots.repair.map(|repair| (repair.step, repair.amount)), Some((step, 1)));
}

#[test]
fn programs_are_told_from_people_by_the_breadth_of_a_day() {
    // So many different products on one day, slowly and within ten hours.
    let crawl = |products: u32| {
        let mut shop = healthy();
        let day = START + 50 * DAY_MS + 777;
        for product in N_ITEMS..products {
            shop.items.push(format!("p{product}"));
            shop.titles.push(Some(format!("Bowl no. {product}")));
            shop.prices.push(10.0);
            shop.categories.push(Some("kitchen"));
        }
        shop.events.extend(
            (0..products).map(|n| event(2, n, EventKind::View, day + i64::from(n) * 2 * MINUTE)),
        );
        shop
    };
    assert_eq!(crawl(299).examine().of(FindingKind::SuspectedBots).count(), 0);
    let bots = crawl(300).only(FindingKind::SuspectedBots);
    assert_eq!(counts(&bots), (1, u64::from(N_USERS)));
    let json = serde_json::to_value(bots.chart).unwrap();
    let signs: Vec<_> = (0..4).map(|sign| json["bars"][sign][1].clone()).collect();
    assert_eq!(signs, [0, 0, 0, 1], "breadth alone: {json}");
    assert!(bots.repair.is_none(), "no limit on events finds it alone");
}

#[test]
fn a_large_order_is_no_program() {
    let mut shop = healthy();
    let at = START + 3 * DAY_MS + 777;
    shop.events.extend((0..N_ITEMS).cycle().take(500).map(|item| purchase(2, item, at)));
    assert_eq!(shop.examine().of(FindingKind::SuspectedBots).count(), 0);
}

#[test]
fn ids_that_differ_by_case_and_zeros_collide() {
    let mut shop = healthy();
    shop.items[1] = "P0".to_owned();
    shop.users[2] = " 0U1".to_owned();
    shop.users[3] = "00u1 ".to_owned();
    let report = shop.examine();
    let found: Vec<_> = report.of(FindingKind::IdCollisions).map(counts).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&(2, 25)) && found.contains(&(3, 20)), "{found:?}");
}

#[test]
fn titles_shared_by_products_are_counted() {
    let mut shop = healthy();
    shop.titles[1] = shop.titles[0].clone();
    shop.titles[2] = shop.titles[0].clone();
    let shared = shop.only(FindingKind::SharedTitles);
    assert_eq!(counts(&shared), (3, 25));
    assert!(close(shared.figure(FigureName::DistinctIds), 1.0));
}

#[test]
fn a_column_that_tells_who_buys_leaks_and_a_weak_one_does_not() {
    let mut shop = healthy();
    // 200 shoppers, of whom every fourth buys.
    shop.users = (0..200).map(|user| format!("u{user}")).collect();
    shop.events = (0..200_u32)
        .flat_map(|user| {
            let at = START + i64::from(user) * 7 * MINUTE;
            let view = event(user, user % N_ITEMS, EventKind::View, at);
            let buy = purchase(user, user % N_ITEMS, at + 2 * MINUTE);
            std::iter::once(view).chain((user % 4 == 0).then_some(buy))
        })
        .collect();
    shop.attribute = (0..200).map(|user| Some(["a", "b"][user % 2])).collect();
    assert_eq!(shop.examine().of(FindingKind::LeakingColumn).count(), 0);
    shop.attribute = (0..200).map(|user| (user % 4 == 0).then_some("gold card")).collect();
    let leak = shop.only(FindingKind::LeakingColumn);
    assert_eq!((counts(&leak), leak.severity), ((200, 200), Severity::Serious));
    assert!(close(leak.figure(FigureName::Information), 1.0));
    assert_eq!(leak.subject.unwrap().to_string(), "users.region");
}

#[test]
fn skewed_popularity_is_the_share_of_the_top_tenth() {
    let mut shop = healthy();
    shop.events.extend(
        (0..20_000_u32)
            .map(|n| event(n % N_USERS, 0, EventKind::View, START + i64::from(n) * 100_003 + 7)),
    );
    let skew = shop.only(FindingKind::SkewedPopularity);
    let of_first = shop.events.iter().filter(|event| event.item == Some(0)).count() as u64;
    assert!(skew.count > of_first && skew.of == shop.events.len() as u64, "{skew:?}");
    assert!(skew.figure(FigureName::Gini).unwrap() > 0.85);
}

#[test]
fn a_sparse_log_is_said_to_be_so() {
    let mut shop = healthy();
    shop.items = (0..20_000).map(|item| format!("p{item}")).collect();
    shop.titles = vec![None; 20_000];
    shop.categories = vec![Some("garden"); 20_000];
    shop.prices = vec![11.0; 20_000];
    shop.events.truncate(200);
    let sparse = shop.only(FindingKind::SparseLog);
    assert_eq!(sparse.of, 400_000);
    assert!(sparse.count <= 200 && sparse.share < 1e-3);
}

#[test]
fn cold_shoppers_and_products_are_counted() {
    let mut shop = healthy();
    for extra in 0..5_u32 {
        shop.users.push(format!("new{extra}"));
        shop.attribute.push(Some("north"));
        shop.items.push(format!("fresh{extra}"));
        shop.titles.push(Some(format!("Fresh {extra}")));
        shop.categories.push(Some("garden"));
        shop.prices.push(12.0);
        let at = START + (N_DAYS - 1) * DAY_MS + i64::from(extra) * 11 * MINUTE + 10 * 60 * MINUTE;
        shop.events.push(event(N_USERS + extra, N_ITEMS + extra, EventKind::View, at));
    }
    assert_eq!(counts(&shop.only(FindingKind::ShoppersWithOneEvent)), (5, 25));
    assert_eq!(counts(&shop.only(FindingKind::ProductsWithOneEvent)), (5, 30));
    let late = shop.only(FindingKind::LateProducts);
    assert_eq!((counts(&late), late.severity), ((5, 30), Severity::Note));
}
