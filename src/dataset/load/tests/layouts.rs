//! Every layout of files, by a small made-up shop under `layouts/`, with exact counts.

use super::*;
use crate::dataset::load::{FileFormat, Formats, guess_request, preview};
use crate::dataset::schema::{Field, Role};

/// 2024-03-01T10:30:00Z.
const HALF_PAST_TEN: i64 = 1_709_289_000_000;

fn layout(name: &str) -> PathBuf {
    fixture("layouts").join(name)
}

fn request(name: &str, mapping: &str, format: &str) -> LoadRequest {
    let mut formats = Formats::default();
    if !format.is_empty() {
        formats.add(format).unwrap();
    }
    LoadRequest {
        events: vec![layout(name)],
        mapping: mapping.parse().unwrap(),
        formats,
        ..LoadRequest::default()
    }
}

fn load_layout(name: &str) -> Loaded {
    loaded(&request(name, "", ""))
}

fn loaded(request: &LoadRequest) -> Loaded {
    load(request, &Control::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn catalog(names: &[&str], mapping: &str) -> Loaded {
    loaded(&LoadRequest {
        catalog: names.iter().map(|name| layout(name)).collect(),
        mapping: mapping.parse().unwrap(),
        ..LoadRequest::default()
    })
}

/// Format, shoppers, products and events.
fn counts(loaded: &Loaded) -> (FileFormat, u64, u64, u64) {
    let report = &loaded.report;
    (report.sources[0].format, report.n_users, report.n_items, report.n_events)
}

#[test]
fn files_of_ratings_are_one_shop_in_every_layout() {
    for (name, format) in [
        ("ratings.dat", FileFormat::MovieLens),
        ("u.data", FileFormat::MovieLens),
        ("shop.inter", FileFormat::RecBole),
    ] {
        let loaded = load_layout(name);
        assert_eq!(counts(&loaded), (format, 2, 2, 3), "{name}");
        let rated = rows(&loaded.dataset, "1");
        assert_eq!((rated[1].kind, rated[1].amount), (EventKind::Rating, Some(3.5)), "{name}");
        assert_eq!(rated[0].time_ms, 978_300_760_000, "{name}");
    }
    let plain = load_layout("ratings_only.csv");
    assert_eq!(counts(&plain), (FileFormat::Delimited, 2, 2, 3));
    assert_eq!(rows(&plain.dataset, "A2")[0].amount, Some(5.0));
}

#[test]
fn catalogues_and_shoppers_of_research_sets_are_read() {
    let films = catalog(&["movies.dat"], "").dataset.catalog;
    assert_eq!(films.titles.get(0), Some("Tin: A Story (1995)"));
    assert_eq!(films.titles.get(1), Some("\"Quoted\" Tea"));
    assert_eq!(films.categories.get(0), Some("Drama|Comedy"));
    let atomic = catalog(&["shop.item"], "").dataset.catalog;
    assert_eq!(
        (atomic.titles.get(0), atomic.categories.get(1)),
        (Some("Tin Story"), Some("Drama"))
    );
    for (name, age) in [("u.user", "age"), ("shop.user", "age:token")] {
        let mut request = request("u.data", "", "");
        request.users.push(layout(name));
        let attributes = loaded(&request).dataset.user_attributes;
        assert_eq!((attributes[0].name.as_str(), attributes[0].values.get(1)), (age, Some("53")));
    }
}

#[test]
fn a_table_without_names_is_mapped_by_position() {
    let text = message(&request("nameless.csv", "", ""));
    assert!(text.contains("--map user=column1,item=column2"), "{text}");
    let mapping = "user=column1,item=column2,time=column3,quantity=column4";
    let loaded = loaded(&request("nameless.csv", mapping, ""));
    assert_eq!(counts(&loaded), (FileFormat::Delimited, 2, 1, 2));
    assert_eq!(rows(&loaded.dataset, "u2")[0].amount, Some(4.0));
}

#[test]
fn sequences_and_pairs_keep_their_order() {
    let sequences = load_layout("sequence.txt");
    assert_eq!(counts(&sequences), (FileFormat::Sequence, 3, 4, 9));
    let dataset = &sequences.dataset;
    let items = |user| -> Vec<&str> {
        let item = |row: &Interaction<'_>| dataset.items.external(row.item.unwrap().0);
        rows(dataset, user).iter().map(item).collect()
    };
    assert_eq!(items("3"), ["8", "5", "6", "7"]);
    assert!(!dataset.has_times);
    assert_eq!(counts(&load_layout("pairs.txt")), (FileFormat::Pairs, 2, 3, 5));
}

#[test]
fn baskets_are_purchases_of_a_shopper_each() {
    let baskets = load_layout("baskets.csv");
    assert_eq!(counts(&baskets), (FileFormat::Baskets, 9, 4, 18));
    let bought = rows(&baskets.dataset, "basket-3");
    assert_eq!((bought.len(), bought[0].kind), (3, EventKind::Purchase));
    let tea = baskets.dataset.item("tea (green)").unwrap();
    assert_eq!(baskets.dataset.catalog.product(tea).title, Some("tea (green)"));
}

#[test]
fn texts_are_aligned_by_line() {
    let mut request = request("reviews.txt", "", "lines");
    request.catalog.push(layout("descriptions.txt"));
    let Loaded { dataset, report } = loaded(&request);
    assert_eq!((report.n_users, report.n_items, report.n_events), (3, 4, 3));
    let cup = dataset.catalog.product(dataset.item("1").unwrap());
    assert_eq!((cup.title, cup.description), (Some("A red cup"), Some("A red cup. It holds tea.")));
    // A blank line is a line: the fourth review is of the fourth product, and the third of none.
    assert_eq!(rows(&dataset, "row-3")[0].item, dataset.item("4"));
    assert_eq!(rows(&dataset, "row-3")[0].text, Some("Strong, and light"));
    assert_eq!(report.events_without_catalog, 1);
}

#[test]
fn units_by_week_are_sales_to_everybody() {
    let weekly = load_layout("weekly.csv");
    assert_eq!(counts(&weekly), (FileFormat::Periods, 1, 2, 6));
    assert_eq!(weekly.report.events_by_type[&EventKind::Purchase], 6);
    let sold = rows(&weekly.dataset, "all shoppers");
    assert_eq!((sold[5].time_ms, sold.iter().filter_map(|row| row.amount).sum()), (3, 44.0_f32));
}

#[test]
fn amazons_reviews_of_any_year_are_read() {
    let reviews = load_layout("amazon_2014.json");
    assert_eq!(counts(&reviews), (FileFormat::Amazon, 2, 1, 2));
    let first = rows(&reviews.dataset, "R1")[0];
    assert_eq!((first.kind, first.amount), (EventKind::Review, Some(4.0)));
    assert_eq!((first.text, first.time_ms), (Some("Fine cup."), 1_369_699_200_000));
    assert_eq!(rows(&reviews.dataset, "R2")[0].kind, EventKind::Rating);
    let newer = load_layout("amazon_2023.jsonl");
    assert_eq!(counts(&newer), (FileFormat::Amazon, 1, 1, 1));
    let review = rows(&newer.dataset, "AG1")[0];
    assert_eq!((review.text, review.time_ms), (Some("Holds tea"), 1_588_687_728_923));
    assert_eq!(newer.dataset.items.external(0), "B09", "the product, not its variant");
}

#[test]
fn json_documents_are_unrolled_and_unwrapped() {
    let sessions = load_layout("sessions.json");
    assert_eq!(counts(&sessions), (FileFormat::Json, 2, 2, 3));
    assert_eq!(rows(&sessions.dataset, "7")[1].kind, EventKind::Purchase);
    let products = catalog(&["wrapped.json"], "");
    assert_eq!(products.dataset.n_items(), 2);
    assert_eq!(products.dataset.catalog.titles.get(1), Some("Mug"));
    assert!(products.report.sources[0].columns.contains(&"size.cm".to_owned()));
    let array = load_events("array.json", "");
    assert_eq!(counts(&array), (FileFormat::Json, 1, 1, 1));
}

#[test]
fn workbooks_give_one_shop_in_every_format() {
    for name in ["orders.xlsx", "orders.xls", "orders.ods", "orders.xlsb"] {
        let orders = load_layout(name);
        assert_eq!(counts(&orders), (FileFormat::Excel, 2, 2, 2), "{name}");
        let bought = rows(&orders.dataset, "17850")[0];
        assert_eq!(bought.time_ms, HALF_PAST_TEN, "{name}");
        assert_eq!((bought.kind, bought.price), (EventKind::Purchase, Some(2.55)), "{name}");
        assert_eq!(rows(&orders.dataset, "17851")[0].kind, EventKind::Return, "{name}");
    }
    assert_eq!(load_layout("orders.xlsx").report.sources[0].columns[0], "CustomerID");
    let sheet = loaded(&request("orders.xlsx", "", "excel:More"));
    assert_eq!(sheet.report.n_events, 1);
    let text = message(&request("orders.xlsx", "", "excel:Notes"));
    assert!(text.contains("no sheet \"Notes\" with rows (the sheets are \"Notes\""), "{text}");
}

#[test]
fn arrow_is_read_as_file_and_stream_and_compressed() {
    for name in ["events.arrow", "events.arrows", "events.feather"] {
        let events = load_layout(name);
        assert_eq!(counts(&events), (FileFormat::Arrow, 2, 2, 3), "{name}");
        let bought = rows(&events.dataset, "u1");
        assert_eq!((bought[1].kind, bought[1].time_ms), (EventKind::Purchase, HALF_PAST_TEN));
    }
}

#[test]
fn zstd_and_chinese_encodings_are_read() {
    let packed = load_layout("events.csv.zst");
    assert_eq!(counts(&packed), (FileFormat::Delimited, 2, 1, 2));
    assert_eq!(packed.report.sources[0].compression.map(|kind| kind.name()), Some("zstd"));
    let chinese = load_layout("chinese.csv");
    assert_eq!(counts(&chinese), (FileFormat::Delimited, 2, 2, 2));
    assert_eq!(chinese.report.sources[0].encoding.as_deref(), Some("gb18030"));
    assert_eq!(rows(&chinese.dataset, "甲")[0].kind, EventKind::Purchase);
    assert_eq!(chinese.dataset.catalog.titles.get(1), Some("蓝色水壶"));
}

#[test]
fn event_words_are_reported_and_corrected() {
    let Loaded { report, .. } = loaded(&request("words.csv", "", ""));
    let words = &report.sources[0].event_words;
    let tap = words.iter().find(|word| word.word == "tap").unwrap();
    assert_eq!((tap.kind, tap.count, words.len()), (None, 1, 6));
    assert_eq!(report.n_events, 5);
    let Loaded { dataset, report } = loaded(&request("words.csv", "event:tap=view", ""));
    assert_eq!((report.n_events, report.events_by_type[&EventKind::View]), (6, 3));
    let stars = rows(&dataset, "u2")[0];
    assert_eq!((stars.kind, stars.amount), (EventKind::Rating, Some(4.0)));
    let seen = preview(&layout("words.csv")).unwrap();
    assert_eq!(
        seen.event_words,
        loaded(&request("words.csv", "", "")).report.sources[0].event_words
    );
}

#[test]
fn several_sources_have_mappings_of_their_own() {
    let mut request = request("words.csv", "clicks.csv:user=visitor,clicks.csv:item=thing", "");
    request.events.push(layout("clicks.csv"));
    let report = loaded(&request).report;
    assert_eq!((report.sources[1].rows_kept, report.n_events, report.n_users), (2, 7, 4));
    request.mapping = "clicks.csv:user=nobody,clicks.csv:item=thing".parse().unwrap();
    assert!(message(&request).contains("the column \"nobody\", chosen for user, is not there"));
}

#[test]
fn of_catalogue_parts_the_first_wins_and_later_ones_fill() {
    let Loaded { dataset, report } = catalog(&["parts_a.csv", "parts_b.csv"], "");
    let [cup, mug] = [0, 1].map(|item| dataset.catalog.product(crate::ids::ItemIdx(item)));
    assert_eq!((cup.title, cup.brand, cup.price), (Some("Cup"), Some("Terra"), Some(2.0)));
    assert_eq!((mug.price, dataset.n_items()), (Some(3.0), 3));
    assert_eq!(warned(&report, WarningKind::CatalogConflicts), Some(1));
    let told = report.warnings.iter().find(|w| w.kind == WarningKind::CatalogConflicts).unwrap();
    assert_eq!(told.examples, ["p1: title (line 2)"]);
    assert!(told.message.contains("the first file was kept"));
}

#[test]
fn a_table_of_texts_is_a_catalogue_by_row() {
    let request = LoadRequest { catalog: vec![layout("utterances.csv")], ..LoadRequest::default() };
    assert!(message(&request).contains("--map item=#row"), "{}", message(&request));
    let Loaded { dataset, .. } = catalog(&["utterances.csv"], "item=#row");
    let first = dataset.catalog.product(dataset.item("row-1").unwrap());
    assert_eq!((first.title, first.category), (Some("where is my order"), Some("ORDER")));
    assert_eq!(first.description, Some("Let me look"));
}

#[test]
fn previews_tell_format_and_what_it_settles() {
    let seen = preview(&layout("baskets.csv")).unwrap();
    assert_eq!((seen.format, seen.role), (FileFormat::Baskets, Role::Events));
    let item = seen.mapping.iter().find(|mapped| mapped.field == Field::Item).unwrap();
    assert_eq!(item.reason.to_string(), "by the file's format");
    assert_eq!(preview(&layout("movies.dat")).unwrap().role, Role::Catalog);
    assert_eq!(preview(&layout("weekly.csv")).unwrap().role, Role::Events);
}

#[test]
fn a_folder_of_research_files_is_a_shop() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["ratings.dat", "movies.dat"] {
        std::fs::copy(layout(name), folder.path().join(name)).unwrap();
    }
    let guess = guess_request(folder.path()).unwrap();
    let report = loaded(&guess.request).report;
    assert_eq!((report.n_users, report.n_items, report.n_events), (2, 2, 3));
    assert_eq!(report.events_without_catalog, 0);
}
