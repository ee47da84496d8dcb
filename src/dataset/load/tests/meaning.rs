//! What rows are taken to mean where the file does not say it outright.

use super::*;
use crate::dataset::load::{MatchReason, preview_as};
use crate::dataset::schema::{Field, Mappings, Role};

#[test]
fn invoice_lines_are_purchases_returns_and_a_catalogue() {
    let Loaded { dataset, report } = load_events("retail.csv", "");
    assert_eq!((report.n_users, report.n_items, report.n_events), (3, 2, 6));
    assert_eq!(rejected(&report), [(RejectReason::NoUser, 1, vec![6])]);
    assert_eq!(report.events_by_type[&EventKind::Purchase], 5);
    let last = rows(&dataset, "17850")[2];
    assert_eq!((last.kind, last.amount, last.price), (EventKind::Return, Some(1.0), Some(2.55)));
    let heart = dataset.catalog.product(dataset.item("85123A").unwrap());
    // The name that occurs most and the median of 2.55, 2.95 and 2.55; a price of 0 is none.
    assert_eq!((heart.title, heart.price), (Some("WHITE HEART"), Some(2.55)));
    assert_eq!(warned(&report, WarningKind::CatalogFromEvents), Some(2));
    assert_eq!(
        (report.duplicate_events, warned(&report, WarningKind::DuplicateEvents)),
        (1, Some(1))
    );
    // The 13th of December decides the order of the others.
    assert_eq!(rows(&dataset, "17850")[0].time_ms, 1_291_191_960_000);
    assert_eq!(warned(&report, WarningKind::AmbiguousDates), None);
}

#[test]
fn reviews_without_an_author_can_be_loaded_row_by_row() {
    let request = events("reviews.csv", "");
    assert!(message(&request).contains("--map user=#row"), "{}", message(&request));
    let Loaded { dataset, report } = load_events("reviews.csv", "user=#row");
    assert_eq!((report.n_users, report.n_items), (2, 2));
    let first = rows(&dataset, "row-1")[0];
    assert_eq!((first.kind, first.amount), (EventKind::Review, Some(4.0)));
    assert_eq!(first.text, Some("Wonderful,\nreally"));
    assert_eq!(rows(&dataset, "row-2")[0].kind, EventKind::Rating);
    assert_eq!(dataset.catalog.categories.get(1), Some("Dresses"));
    assert!(dataset.catalog.is_blank(), "the title of a review is not the product's");
}

#[test]
fn without_times_the_order_of_the_file_counts() {
    let Loaded { dataset, report } = load_events("no_times.csv", "");
    assert!(!dataset.has_times && !report.has_times);
    assert_eq!(warned(&report, WarningKind::NoTimes), Some(2));
    let items: Vec<u32> = rows(&dataset, "u").iter().map(|row| row.item.unwrap().0).collect();
    assert_eq!(items, [0, 1]);
    assert_eq!(dataset.items.external(0), "b");
    let steps = load_events("steps.csv", "");
    assert!(!steps.dataset.has_times);
    assert_eq!(rows(&steps.dataset, "u")[1].time_ms, 2);
}

#[test]
fn ambiguous_dates_are_said_to_be_so() {
    let Loaded { dataset, report } = load_events("ambiguous_dates.csv", "");
    assert_eq!(warned(&report, WarningKind::AmbiguousDates), Some(2));
    // The 4th of March.
    assert_eq!(rows(&dataset, "u")[0].time_ms, 1_709_510_400_000);
}

#[test]
fn the_users_words_and_columns_count() {
    let mapping = "event:teleport=cart,time=#none";
    let Loaded { dataset, report } = load_events("bad_rows.csv", mapping);
    assert_eq!(report.events_by_type[&EventKind::Cart], 1);
    assert!(!dataset.has_times);
    let report = load_events("no_user.csv", "user=who").report;
    let mapped = &report.sources[0].mapping[0];
    assert_eq!((mapped.field, mapped.column.as_str()), (Field::User, "who"));
    assert_eq!(mapped.reason, MatchReason::Chosen);
    let always = load_events("shop/test_events.csv", "event=#purchase");
    assert_eq!(always.report.events_by_type[&EventKind::Purchase], 1);
}

#[test]
fn a_preview_follows_the_users_corrections() {
    let mappings: Mappings = "user=who".parse().unwrap();
    let seen = preview_as(&fixture("no_user.csv"), Role::Events, &mappings.events).unwrap();
    assert_eq!(seen.mapping[0].column, "who");
    assert_eq!(seen.mapping[0].reason.to_string(), "chosen by you");
}

#[test]
fn equal_files_give_an_equal_revision_and_others_another() {
    let revision = |name: &str, mapping: &str| load_events(name, mapping).dataset.revision;
    assert_eq!(revision("retail.csv", ""), revision("retail.csv", ""));
    assert_ne!(revision("retail.csv", ""), revision("retail.csv", "price=#none"));
    assert_ne!(revision("latin1.csv", ""), revision("shop/events.csv", ""));
    // The fingerprint is part of stored protocols, so it must not change by accident.
    assert_eq!(revision("no_times.csv", "").0, "a2a2b7b9dd7008c59222b798818f2554");
}
