//! Many rows: results are the same at every number of threads, and blocks join without a seam.

use super::*;

const N: u32 = 300_000;

/// Events of a few hundred shoppers whose figures follow a formula.
fn large() -> Dataset {
    let mut log = InteractionsBuilder::default();
    for row in 0..N {
        log.push(&NewInteraction {
            user: UserIdx(row % 701),
            item: (row % 11 != 0).then_some(ItemIdx(row % 97)),
            kind: EventKind::ALL[(row % 5) as usize],
            time_ms: DAY + i64::from(row.wrapping_mul(2_654_435_761) % 1_000_000) * 1_000,
            amount: None,
            price: (row % 7 != 0).then_some((row % 1_013) as f32 / 4.0),
            text: None,
        });
    }
    Dataset {
        users: IdMap::from_ids((0..701).map(|user| format!("u{user}"))),
        items: IdMap::from_ids((0..97).map(|item| format!("p{item}"))),
        interactions: log.finish(701),
        has_times: true,
        ..Dataset::default()
    }
}

#[test]
fn blocks_join_and_threads_change_nothing() {
    let dataset = large();
    let view = TableView::events(&dataset);
    let query = query(
        TableKind::Events,
        "(price >= 100 and price < 200 or product = p13) and shopper != u5",
        &["event", "-price", "time"],
    );
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let run = || run_query(&view, &query, &Control::default()).expect("the query is right");
        pool.expect("a pool starts").install(run)
    };
    let found = run(1);
    assert_eq!(found, run(3));
    let log = &dataset.interactions;
    let keep = |&row: &u32| {
        let event = log.row(row as usize);
        let price = event.price.is_some_and(|price| (100.0..200.0).contains(&price));
        (price || event.item == Some(ItemIdx(13))) && log.user_of(row as usize) != UserIdx(5)
    };
    let mut expected: Vec<u32> = (0..N).filter(keep).collect();
    // Missing prices come last, the greatest first.
    let price = |row: u32| log.row(row as usize).price.map_or(f32::NEG_INFINITY, |price| price);
    expected.sort_by(|&a, &b| {
        let kind = |row: u32| log.kind(row as usize).name();
        let time = |row: u32| log.time_ms(row as usize);
        kind(a).cmp(kind(b)).then(price(b).total_cmp(&price(a))).then(time(a).cmp(&time(b)))
    });
    assert!(expected.len() > 20_000);
    assert_eq!(found, Rows::Picked(expected));
}

#[test]
fn statistics_of_all_rows_and_of_picked_ones_agree() {
    let dataset = large();
    let view = TableView::events(&dataset);
    let picked = Rows::Picked((0..N).rev().collect());
    for column in ["shopper", "product", "price", "time", "event"] {
        let of = |rows: &Rows| profile_column(&view, column, rows, &Control::default());
        assert_eq!(of(&Rows::All(N as usize)), of(&picked), "{column}");
    }
}
