//! Which rows fit and in which order.

use super::*;

fn found(table: TableKind, typed: &str) -> Vec<u32> {
    rows(&shop(), &query(table, typed, &[]))
}

#[test]
fn events_are_filtered_by_their_own_columns_and_their_products() {
    let find = |typed| found(TableKind::Events, typed);
    for (typed, expected) in [
        ("event = view", vec![0, 2, 4]),
        ("event in (Purchase, cart)", vec![1, 5]),
        ("price = 9.99", vec![0, 1]),
        ("price > 9.99", vec![2]),
        ("price <= 9.99", vec![0, 1, 4, 5]),
        ("price != 9.99", vec![2, 4, 5]),
        ("not price = 9.99", vec![2, 3, 4, 5, 6]),
        ("price is missing", vec![3, 6]),
        ("amount is not missing", vec![1, 5, 6]),
        ("shopper = U10 and event != search", vec![4, 5]),
        ("product = p2 or category = kitchen", vec![2, 4, 5, 6]),
        ("title ~ LAMP and price < 15", vec![0, 1]),
        ("title !~ red", vec![2, 4, 5, 6]),
        ("title is missing", vec![3]),
        ("any ~ red", vec![0, 1, 3]),
        ("any !~ red", vec![2, 4, 5, 6]),
        ("time = 2024-01-05", vec![0, 1, 4, 5]),
        ("time != 2024-01-05", vec![2, 3, 6]),
        ("time < 2024-01-05", vec![3]),
        ("time > 2024-01-05", vec![2, 6]),
        ("time >= 2024-01-05 01:00 and time <= 2024-01-05T02:00", vec![1, 4, 5]),
        ("time in (2024-01-04, 2024-01-06)", vec![2, 3, 6]),
        ("(event = view or event = cart) and not (price >= 20)", vec![0, 4, 5]),
        ("amount not in (1, 2)", vec![6]),
    ] {
        assert_eq!(find(typed), expected, "{typed}");
    }
}

#[test]
fn words_are_found_in_any_text_column() {
    assert_eq!(found(TableKind::Events, "red lamp"), [0, 1, 3]);
    assert_eq!(found(TableKind::Events, "\"lamp red\""), Vec::<u32>::new());
    assert_eq!(found(TableKind::Events, "lamp u1 view"), [0, 2]);
    assert_eq!(found(TableKind::Products, "HOME blue"), [1]);
    assert_eq!(found(TableKind::Shoppers, "30-39"), [0]);
    let mut named = query(TableKind::Events, "购买", &[]);
    assert_eq!(rows(&shop(), &named), Vec::<u32>::new());
    named.kind_names = EventKind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    named.kind_names[EventKind::Purchase as usize] = "购买".into();
    assert_eq!(rows(&shop(), &named), [1]);
}

#[test]
fn products_and_shoppers_have_figures_and_attributes() {
    assert_eq!(found(TableKind::Products, "events >= 2 and purchases = 0"), [1, 2]);
    assert_eq!(found(TableKind::Products, "conversion > 50%"), [0]);
    assert_eq!(found(TableKind::Products, "price is missing or last < 2024-01-05"), [3]);
    assert_eq!(found(TableKind::Shoppers, "spend > 19.9 and top_category = home"), [0]);
    assert_eq!(found(TableKind::Shoppers, "`age band` is missing or `Age Band` = 40-49"), [1, 2]);
}

#[test]
fn rows_are_sorted_by_several_keys_with_missing_ones_last() {
    let sorted = |table, sort: &[&str]| rows(&shop(), &query(table, "", sort));
    assert_eq!(sorted(TableKind::Events, &["price"]), [4, 5, 0, 1, 2, 3, 6]);
    assert_eq!(sorted(TableKind::Events, &["-price"]), [2, 0, 1, 4, 5, 3, 6]);
    assert_eq!(sorted(TableKind::Events, &["time"]), [3, 0, 1, 4, 5, 2, 6]);
    assert_eq!(sorted(TableKind::Events, &["event", "-time"]), [5, 1, 6, 3, 2, 4, 0]);
    assert_eq!(sorted(TableKind::Products, &["id"]), [0, 1, 3, 2], "P3 before p10");
    assert_eq!(sorted(TableKind::Products, &["-title"]), [0, 2, 1, 3]);
    assert_eq!(sorted(TableKind::Products, &["category", "-price"]), [1, 0, 2, 3]);
    assert_eq!(sorted(TableKind::Shoppers, &["id"]), [0, 2, 1]);
    assert_eq!(sorted(TableKind::Shoppers, &["-spend", "id"]), [0, 2, 1]);
    let filtered = query(TableKind::Events, "event = view", &["-price"]);
    assert_eq!(rows(&shop(), &filtered), [2, 0, 4]);
}

#[test]
fn an_audience_cannot_reach_who_somebody_is() {
    let shop = shop();
    for (kind, hidden) in [(TableKind::Events, "shopper"), (TableKind::Shoppers, "id")] {
        let view = shop.view(kind).for_audience();
        assert_eq!(view.position(hidden), None);
        let query = query(kind, &format!("{hidden} = u1"), &[]);
        assert!(run_query(&view, &query, &Control::default()).is_err());
        let searched = TableQuery { words: vec!["u10".into()], ..TableQuery::whole(kind) };
        let found = run_query(&view, &searched, &Control::default());
        assert_eq!(found, Ok(Rows::Picked(Vec::new())));
    }
}

#[test]
fn what_cannot_be_answered_is_said() {
    let shop = shop();
    let view = shop.view(TableKind::Products);
    let error = run_query(&view, &query(TableKind::Products, "", &["colour"]), &Control::default());
    let message = error.expect_err("there is no such column").to_string();
    assert!(message.contains("\"colour\"") && message.contains("title"), "{message}");
    let stopped = Control::default();
    stopped.cancel_token().cancel();
    let result = run_query(&view, &query(TableKind::Products, "price > 1", &[]), &stopped);
    assert_eq!(result, Err(TableError::Cancelled(crate::control::Cancelled)));
}

#[test]
fn csv_is_quoted_and_runs_nothing_in_a_spreadsheet() {
    let shop = shop();
    let view = shop.view(TableKind::Events);
    let columns: Vec<usize> =
        ["time", "price", "text"].iter().filter_map(|name| view.position(name)).collect();
    let mut out = Vec::new();
    let rows = Rows::Picked(vec![6, 0]);
    write_csv(&view, &columns, &rows, &mut out, &Control::default()).expect("memory is writable");
    assert_eq!(
        String::from_utf8(out).expect("UTF-8"),
        "time,price,text\r\n2024-01-06T06:00:00Z,,\"'=cmd, \"\"good\"\"\"\r\n2024-01-05T00:00:00Z,9.99,\r\n"
    );
}

#[test]
fn a_condition_with_a_written_number_finds_the_rows_that_hold_it() {
    let shop = shop();
    for table in TableKind::ALL {
        let view = shop.view(table);
        for column in view.columns.iter().filter(|column| !column.kind.is_text()) {
            let profile =
                profile_column(&view, column.name, &Rows::All(view.n_rows), &Control::default())
                    .expect("there is such a column");
            for top in &profile.top {
                let number = top.number.expect("a number");
                let typed = format!("{} = {}", column.name, column.written(number));
                assert_eq!(found(table, &typed).len() as u64, top.count, "{table:?}: {typed}");
            }
        }
    }
}

/// Asks for a stop when the first bytes come.
struct Stopping(Control, usize);

impl std::io::Write for Stopping {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.cancel_token().cancel();
        self.1 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn writing_rows_tells_how_far_it_is_and_stops() {
    let shop = shop();
    let view = shop.view(TableKind::Events);
    // One event over and over.
    let rows = Rows::Picked(vec![0; 100_000]);
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = told.clone();
    let control = Control::new(crate::control::CancelToken::default(), move |progress| {
        sink.lock().unwrap().push((progress.done, progress.total));
    });
    let mut whole = Vec::new();
    write_csv(&view, &[0], &rows, &mut whole, &control).unwrap();
    assert_eq!(whole.split(|&byte| byte == b'\n').count(), 100_002);
    let told: Vec<_> = told.lock().unwrap().clone();
    assert!(told.len() > 3 && told.is_sorted() && told.iter().all(|&(_, total)| total == 100_000));
    let mut stopping = Stopping(control.clone(), 0);
    let stopped = write_csv(&view, &[0], &rows, &mut stopping, &control).unwrap_err();
    assert_eq!(stopped.to_string(), "cancelled");
    assert!(stopping.1 < whole.len() / 2);
}
