//! Every format and encoding gives the same shop.

use super::*;
use crate::dataset::load::{Compression, FileFormat, guess_request, preview};
use crate::dataset::schema::Role;

/// 2024-03-01T10:00:00Z.
const TEN: i64 = 1_709_287_200_000;

#[test]
fn a_shop_of_three_files_is_loaded_whole() {
    let guess = guess_request(&fixture("shop")).unwrap();
    assert_eq!(guess.request.name, "Tiny shop");
    assert_eq!(guess.request.origin, crate::dataset::Origin::Simulated);
    assert_eq!(guess.ignored.len(), 1, "{:?}", guess.ignored);
    let Loaded { dataset, report } = load(&guess.request, &Control::default()).unwrap();
    assert_eq!((dataset.n_users(), dataset.n_items(), report.n_events), (4, 4, 6));
    let users: Vec<&str> = dataset.users.iter().collect();
    assert_eq!(users, ["u1", "u2", "u4", "u3"]);
    assert_eq!(dataset.items.iter().collect::<Vec<_>>(), ["p1", "p2", "p3", "p9"]);
    let mug = dataset.catalog.product(dataset.item("p2").unwrap());
    assert_eq!((mug.title, mug.description), (Some("Mug"), Some("Blue, large")));
    assert_eq!((mug.price, mug.stock, mug.picture), (Some(6.0), Some(0.0), Some("mug.svg")));
    assert_eq!(dataset.user_attributes[1].name, "city");
    assert_eq!(dataset.user_attributes[1].values.get(0), Some("Köln"));
    let first = rows(&dataset, "u1");
    assert_eq!((first[0].kind, first[0].time_ms), (EventKind::View, TEN));
    assert_eq!(
        (first[2].kind, first[2].amount, first[2].price),
        (EventKind::Purchase, Some(2.0), Some(4.5))
    );
    let search = rows(&dataset, "u2")[0];
    assert_eq!((search.item, search.text), (None, Some("blue \"mug\", large")));
    assert!(dataset.has_times && report.has_times);
    assert_eq!((report.events_without_catalog, report.items_without_catalog), (1, 1));
    assert_eq!(warned(&report, WarningKind::UnknownProducts), Some(1));
    assert_eq!(warned(&report, WarningKind::UnknownUsers), Some(1));
    assert_eq!(dataset.revision.0.len(), 32);
}

#[test]
fn events_and_catalogues_stand_on_their_own() {
    let alone = load_events("shop/events.csv", "");
    assert!(alone.dataset.catalog.is_blank());
    assert_eq!(warned(&alone.report, WarningKind::UnknownProducts), None);
    let request =
        LoadRequest { catalog: vec![fixture("shop/catalog.csv")], ..LoadRequest::default() };
    let catalog = load(&request, &Control::default()).unwrap();
    assert_eq!((catalog.dataset.n_items(), catalog.dataset.n_users()), (3, 0));
    assert!(catalog.dataset.interactions.is_empty() && !catalog.dataset.has_times);
    assert_eq!(message(&LoadRequest::default()).split('.').count(), 2);
}

#[test]
fn tabs_and_gzip_give_what_commas_give() {
    let plain = load_events("shop/events.csv", "");
    let gzip = load_events("events.csv.gz", "");
    assert_eq!(gzip.dataset.revision, plain.dataset.revision);
    assert_eq!(gzip.report.sources[0].compression, Some(Compression::Gzip));
    let tabs = load_events("events.tsv", "");
    assert_eq!(tabs.report.sources[0].delimiter, Some('\t'));
    assert_eq!(tabs.report.n_events, 6);
    assert_eq!(rows(&tabs.dataset, "u2")[0].text, Some("blue mug"));
}

#[test]
fn bars_semicolons_and_decimal_commas_are_understood() {
    let bars = load_events("events_pipe.txt", "");
    assert_eq!(bars.report.sources[0].delimiter, Some('|'));
    assert_eq!(rows(&bars.dataset, "8")[0].time_ms, 1_500_000_001_500);
    assert_eq!(rows(&bars.dataset, "7")[0].kind, EventKind::View);
    let semicolons = load_events("events_semicolon.csv", "");
    let bought = rows(&semicolons.dataset, "k1");
    // The 13th decides that the day comes first, also for the 3rd of April.
    assert_eq!(bought[0].time_ms, 1_712_134_800_000);
    assert_eq!((bought[0].kind, bought[0].price), (EventKind::Return, Some(1234.5)));
    assert_eq!((bought[1].kind, bought[1].price), (EventKind::Purchase, Some(2.5)));
    assert_eq!(warned(&semicolons.report, WarningKind::AmbiguousDates), None);
}

#[test]
fn json_lines_are_flattened_and_sessions_unrolled() {
    let flat = load_events("events.jsonl", "");
    assert_eq!(flat.report.sources[0].columns, ["user.id", "sku", "type", "ts", "qty"]);
    let bought = rows(&flat.dataset, "u2")[0];
    assert_eq!((bought.kind, bought.amount), (EventKind::Purchase, Some(3.0)));
    let sessions = load_events("sessions.jsonl", "");
    assert_eq!((sessions.report.n_users, sessions.report.n_events), (2, 3));
    assert_eq!(rows(&sessions.dataset, "0")[1].kind, EventKind::Cart);
    let request = LoadRequest { catalog: vec![fixture("catalog.jsonl")], ..LoadRequest::default() };
    let catalog = load(&request, &Control::default()).unwrap().dataset.catalog;
    assert_eq!(catalog.categories.get(0), Some("home, light"));
    assert_eq!(catalog.prices[0].to_bits(), 1299.0_f32.to_bits());
}

#[test]
fn parquet_types_are_read_as_they_are() {
    let Loaded { dataset, report } = load_events("shop.parquet", "");
    assert_eq!(report.sources[0].format, FileFormat::Parquet);
    assert_eq!(rejected(&report), [(RejectReason::NoUser, 1, vec![3])]);
    assert_eq!(dataset.items.iter().collect::<Vec<_>>(), ["9223372036854775809", "5"]);
    let bought = rows(&dataset, "1");
    assert_eq!((bought[0].time_ms, bought[0].price), (TEN, Some(1.5)));
    assert_eq!((bought[1].kind, bought[1].price), (EventKind::Return, Some(2.5)));
    assert_eq!(rows(&dataset, "2")[0].price, Some(2.5));
    assert_eq!(dataset.catalog.categories.get(1), Some("B"));
}

#[test]
fn typed_headers_of_atomic_files_are_recognised() {
    let Loaded { dataset, report } = load_events("atomic.inter", "");
    assert_eq!(report.sources[0].mapping[0].column, "user_id:token");
    let rating = rows(&dataset, "186")[0];
    assert_eq!((rating.kind, rating.amount), (EventKind::Rating, Some(4.0)));
    assert_eq!(rating.time_ms, 891_717_742_000);
}

#[test]
fn encodings_are_told_apart_and_said() {
    for (name, encoding) in [
        ("utf8_bom.csv", "UTF-8"),
        ("utf16.csv", "UTF-16LE"),
        ("utf16be_no_bom.csv", "UTF-16BE"),
        ("latin1.csv", "windows-1252"),
        ("mixed_encoding.csv", "windows-1252"),
    ] {
        let Loaded { dataset, report } = load_events(name, "");
        assert_eq!(report.sources[0].encoding.as_deref(), Some(encoding), "{name}");
        assert_eq!(rows(&dataset, "u2")[0].text, Some("Größe €5"), "{name}");
        let fallback = warned(&report, WarningKind::Encoding);
        assert_eq!(fallback, (encoding == "windows-1252").then_some(2), "{name}");
        if name.starts_with("mixed") {
            assert_eq!(rows(&dataset, "u3")[0].text, Some("Łódź"));
        }
    }
    assert_eq!(load_events("old_mac.csv", "").report.n_events, 2);
}

#[test]
fn a_preview_shows_columns_rows_role_and_mapping() {
    let seen = preview(&fixture("shop/catalog.csv")).unwrap();
    assert_eq!((seen.role, seen.columns.len(), seen.rows.len()), (Role::Catalog, 8, 3));
    assert_eq!(seen.rows[1][2], "Blue, large");
    assert_eq!(seen.mapping.len(), 8);
    assert_eq!(preview(&fixture("shop/users.csv")).unwrap().role, Role::Users);
    assert_eq!(preview(&fixture("shop.parquet")).unwrap().role, Role::Events);
    let latin = preview(&fixture("latin1.csv")).unwrap();
    assert_eq!(latin.encoding.as_deref(), Some("windows-1252"));
    assert_eq!(latin.rows[1][3], "café crème");
    assert_eq!(preview(&fixture("header_only.csv")).unwrap().rows.len(), 0);
}

#[test]
fn a_cancelled_load_stops() {
    let control = Control::default();
    control.cancel_token().cancel();
    let outcome = load(&events("shop/events.csv", ""), &control);
    assert!(matches!(outcome, Err(LoadError::Cancelled(_))));
}
