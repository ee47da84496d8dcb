//! Against numpy and scipy, and shoppers at the edge.

use serde_json::Value;

use super::*;
use crate::analysis::testing::{Event, assert_close, golden, golden_shop, numbers, shop};
use crate::analysis::{summarise_items, summarise_users};
use crate::control::{Cancelled, Control};
use crate::dataset::{EventKind, InteractionsBuilder, NewInteraction};
use crate::ids::ItemIdx;

const DAY: i64 = 86_400_000;

fn statistics(dataset: &Dataset) -> ShopStatistics {
    ShopStatistics::new(dataset, &Control::default()).expect("nobody cancels")
}

fn profile_of(dataset: &Dataset, user: u32) -> UserProfile {
    profile(dataset, &statistics(dataset), UserIdx(user))
}

fn golden_users() -> Vec<Value> {
    golden("profiles")["users"].as_array().expect("a list").clone()
}

#[test]
fn prices_sessions_and_rates_agree_with_numpy_and_scipy() {
    let dataset = golden_shop();
    let shop = statistics(&dataset);
    for (user, expected) in (0..).map(UserIdx).zip(golden_users()) {
        let found = profile(&dataset, &shop, user);
        assert_eq!(found.n_sessions.map(|n| n as u64), expected["n_sessions"].as_u64());
        let prices = found.price.map(|band| vec![band.low, band.median, band.high]);
        match (&expected["prices"], prices) {
            (Value::Null, found) => assert_eq!(found, None),
            (prices, found) => {
                assert_close(&found.expect("prices"), &numbers(prices), 1e-4, "prices");
            }
        }
        let rate = found.funnel.view_to_cart;
        let rate = rate.estimate.map(|interval| {
            let counts = [rate.successes, rate.trials].map(crate::analysis::numeric::real);
            vec![counts[0], counts[1], interval.mean, interval.low, interval.high]
        });
        match (&expected["view_to_cart"], rate) {
            (Value::Null, found) => assert_eq!(found, None),
            (rate, found) => assert_close(&found.expect("trials"), &numbers(rate), 1e-10, "rate"),
        }
    }
}

#[test]
fn category_shares_agree_with_the_script_and_sum_to_one() {
    let dataset = golden_shop();
    let shop = statistics(&dataset);
    for (user, expected) in (0..).map(UserIdx).zip(golden_users()) {
        let found = profile(&dataset, &shop, user);
        let positive = |share: &&Share| share.weight > 0.0;
        for share in found.categories.iter().filter(positive) {
            let weight = expected["categories"][&share.name].as_f64().expect("the script has it");
            assert_close(&[share.weight], &[weight], 1e-9, &share.name);
            let lift = share.lift.expect("the shop has it too");
            assert!((lift * share.shop_weight - share.weight).abs() < 1e-12);
        }
        for shares in [&found.categories, &found.brands] {
            let sum: f64 = shares.iter().map(|share| share.weight).sum();
            assert!(shares.is_empty() || (sum - 1.0).abs() < 1e-9);
            assert!(shares.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        }
    }
    assert!((shop.categories.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn recency_and_spend_agree_with_the_script() {
    let dataset = golden_shop();
    let shop = statistics(&dataset);
    let summaries = summarise_users(&dataset, &Control::default()).expect("nobody cancels");
    let mut best = 0.0_f64;
    for ((user, expected), summary) in (0..).map(UserIdx).zip(golden_users()).zip(&summaries) {
        let rfm = profile(&dataset, &shop, user).rfm;
        let recency = rfm.and_then(|rfm| rfm.recency_days);
        assert_eq!(recency.is_some(), expected["recency_days"].is_number());
        if let Some(days) = recency {
            assert_close(&[days], &numbers(&expected["recency_days"]), 1e-9, "recency");
        }
        let spend = expected["spend"].as_f64().expect("a number");
        assert_close(
            &[summary.spend, rfm.map_or(0.0, |rfm| rfm.monetary)],
            &[spend; 2],
            1e-3,
            "spend",
        );
        for rank in rfm
            .iter()
            .flat_map(|rfm| [Some(rfm.frequency_rank), Some(rfm.monetary_rank), rfm.recency_rank])
        {
            let rank = rank.expect("the shop has times");
            assert!((0.0..=1.0).contains(&rank));
            best = best.max(rank);
        }
    }
    assert!(best > 0.95, "somebody leads");
}

#[test]
fn counts_timeline_and_recent_rows_cover_the_history() {
    let dataset = golden_shop();
    let shop = statistics(&dataset);
    for (user, rows) in dataset.interactions.users() {
        let found = profile(&dataset, &shop, user);
        assert_eq!((found.n_events, found.counts.total()), (rows.len(), rows.len() as u64));
        let in_buckets: u64 =
            found.timeline.buckets.iter().map(|bucket| bucket.counts.total()).sum();
        assert_eq!(in_buckets, rows.len() as u64);
        assert!(found.timeline.buckets.windows(2).all(|pair| pair[0].start_ms < pair[1].start_ms));
        assert_eq!(found.recent.len(), rows.len().min(MAX_RECENT));
        assert_eq!(found.recent.first().copied(), rows.clone().next_back());
        assert!(found.next_steps.iter().map(|step| step.probability).sum::<f64>() <= 1.0 + 1e-9);
        assert!(found.keywords.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
    }
}

#[test]
fn the_next_step_follows_the_last_event() {
    let dataset = golden_shop();
    let shop = statistics(&dataset);
    let found = profile(&dataset, &shop, UserIdx(0));
    let chain = shop.behaviour.as_ref().expect("there are events");
    let last = dataset.interactions.rows_of(UserIdx(0)).last().expect("there are events");
    let from =
        chain.states.iter().position(|state| state == dataset.interactions.kind(last).name());
    let likeliest = chain.row(from.expect("it occurs")).iter().copied().fold(0.0, f64::max);
    assert_close(&[found.next_steps[0].probability], &[likeliest], 1e-15, "next step");
    assert!(!found.next_categories.is_empty());
}

#[test]
fn keywords_are_rare_words_of_what_was_met() {
    let mut dataset =
        shop(1, 3, &[(0, Some(0), EventKind::Purchase, 0), (0, Some(1), EventKind::View, 1)]);
    dataset.catalog.titles =
        [Some("The red kettle"), Some("A red 500 pan"), Some("red hat")].into_iter().collect();
    let words: Vec<String> =
        profile_of(&dataset, 0).keywords.into_iter().map(|keyword| keyword.word).collect();
    assert_eq!(words, ["kettle", "red", "pan"]);
}

#[test]
fn queries_are_keywords_too() {
    let mut log = InteractionsBuilder::default();
    log.push(&NewInteraction {
        user: UserIdx(0),
        item: None,
        kind: EventKind::Search,
        time_ms: 0,
        amount: None,
        price: None,
        text: Some("蓝牙耳机 for running"),
    });
    let mut dataset = shop(1, 0, &[]);
    dataset.interactions = log.finish(1);
    let found = profile_of(&dataset, 0);
    let words: Vec<&str> = found.keywords.iter().map(|keyword| keyword.word.as_str()).collect();
    assert_eq!(words, ["running", "牙耳", "耳机", "蓝牙"]);
    assert!(found.categories.is_empty() && found.price.is_none() && found.funnel.viewed == 0);
}

#[test]
fn a_dear_category_makes_no_premium_shopper() {
    let mut dataset =
        shop(2, 6, &[(0, Some(3), EventKind::View, 0), (1, Some(2), EventKind::View, 0)]);
    dataset.catalog.categories =
        ["pens", "pens", "pens", "desks", "desks", "desks"].map(Some).into_iter().collect();
    dataset.catalog.prices = vec![1.0, 2.0, 3.0, 100.0, 200.0, 300.0];
    let (desk, pen) = (profile_of(&dataset, 0).price, profile_of(&dataset, 1).price);
    let (desk, pen) = (desk.expect("a price"), pen.expect("a price"));
    assert_eq!((desk.label, pen.label), (PriceLabel::Budget, PriceLabel::Premium));
    assert!(desk.shop_percentile > pen.shop_percentile);
}

#[test]
fn a_funnel_counts_products_not_events() {
    let views = [EventKind::View; 3].map(|kind| (0, Some(0), kind, 0));
    let mut events: Vec<Event> = views.to_vec();
    events.extend([
        (0, Some(1), EventKind::View, 1),
        (0, Some(0), EventKind::Cart, 2),
        (0, Some(2), EventKind::Purchase, 3),
    ]);
    let funnel = profile_of(&shop(1, 3, &events), 0).funnel;
    assert_eq!((funnel.viewed, funnel.carted, funnel.purchased), (2, 1, 1));
    assert_eq!((funnel.view_to_cart.successes, funnel.cart_to_purchase.successes), (1, 0));
    assert_eq!(funnel.view_to_cart.shop, Some(0.5));
    assert_eq!(funnel.purchase_to_return.trials, 1);
}

#[test]
fn a_shopper_without_events_has_an_empty_profile() {
    let dataset = shop(2, 1, &[(0, Some(0), EventKind::View, DAY)]);
    for user in [1, 99] {
        let found = profile_of(&dataset, user);
        assert_eq!((found.n_events, found.first_ms, found.n_sessions), (0, None, Some(0)));
        assert!(
            found.timeline.buckets.is_empty()
                && found.recent.is_empty()
                && found.next_steps.is_empty()
        );
        assert!(found.rfm.is_none() && found.price.is_none() && found.keywords.is_empty());
    }
    let empty = shop(0, 0, &[]);
    assert_eq!(statistics(&empty).span_ms, None);
    assert_eq!(profile_of(&empty, 0).n_events, 0);
    assert_eq!(summarise_users(&empty, &Control::default()), Ok(vec![]));
    assert_eq!(summarise_items(&empty, &Control::default()), Ok(vec![]));
}

#[test]
fn without_times_nothing_is_said_about_them() {
    let mut dataset =
        shop(1, 1, &[(0, Some(0), EventKind::View, 0), (0, Some(0), EventKind::View, 1)]);
    dataset.has_times = false;
    let found = profile_of(&dataset, 0);
    assert_eq!((found.n_sessions, found.timeline.unit), (None, TimelineUnit::Order));
    let rfm = found.rfm.expect("events count where nobody buys");
    assert_eq!((rfm.basis, rfm.frequency, rfm.recency_days), (RfmBasis::Events, 2, None));
}

#[test]
fn summaries_add_up_to_the_log() {
    let dataset = golden_shop();
    let (users, items) = (
        summarise_users(&dataset, &Control::default()).expect("nobody cancels"),
        summarise_items(&dataset, &Control::default()).expect("nobody cancels"),
    );
    let counts = dataset.interactions.counts();
    assert_eq!((users.len(), items.len()), (dataset.n_users(), dataset.n_items()));
    assert_eq!(users.iter().map(|user| user.events).sum::<u64>(), counts.total());
    assert_eq!(
        users.iter().map(|user| user.purchases).sum::<u64>(),
        counts.get(EventKind::Purchase)
    );
    assert_eq!(
        items.iter().map(|item| item.purchases).sum::<u64>(),
        counts.get(EventKind::Purchase)
    );
    let met: u64 = users.iter().map(|user| user.items).sum();
    assert_eq!(items.iter().map(|item| item.users).sum::<u64>(), met);
    let revenue: f64 = items.iter().map(|item| item.revenue).sum();
    assert_close(&[users.iter().map(|user| user.spend).sum()], &[revenue], 1e-6, "revenue");
    assert!(
        items.iter().filter_map(|item| item.mean_stars).all(|stars| (1.0..=5.0).contains(&stars))
    );
    let shop = statistics(&dataset);
    let users_of = |item: ItemIdx| u64::from(shop.item_users[item.index()]);
    assert!(items.iter().all(|item| item.users == users_of(item.item)));
}

#[test]
fn a_stop_is_obeyed() {
    let control = Control::default();
    control.cancel_token().cancel();
    let dataset = golden_shop();
    assert_eq!(ShopStatistics::new(&dataset, &control).map(|_| ()), Err(Cancelled));
    assert_eq!(summarise_users(&dataset, &control), Err(Cancelled));
    assert_eq!(summarise_items(&dataset, &control), Err(Cancelled));
}
