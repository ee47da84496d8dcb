//! Every kind of bad input: a message that says what, where and what to do, never a panic.

use super::*;
use crate::dataset::load::{FileProblem, guess_request};

/// Loads a file of events that cannot be loaded.
fn problem(name: &str) -> FileProblem {
    match load(&events(name, ""), &Control::default()) {
        Err(LoadError::File { problem, .. }) => problem,
        other => panic!("{name}: {other:?}"),
    }
}

/// Every message names its file, last, and says what to do.
fn assert_message(name: &str, parts: &[&str]) {
    let text = message(&events(name, ""));
    assert!(text.starts_with("cannot load events: "), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    assert!(text.ends_with(name), "{text}");
}

#[test]
fn files_that_are_not_there_or_are_folders() {
    assert_message("nowhere.csv", &["there is no such file", "Check the name"]);
    assert_message("shop", &["this is a folder", "Choose a file in it"]);
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.csv");
    std::fs::write(&path, "user,item\nu,i\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o0)).unwrap();
    // Root may read everything.
    if std::fs::File::open(&path).is_err() {
        let request = LoadRequest { events: vec![path], ..LoadRequest::default() };
        assert!(message(&request).contains("the file cannot be read"));
    }
}

#[test]
fn files_without_rows() {
    assert!(matches!(problem("empty.csv"), FileProblem::Empty));
    assert!(matches!(problem("blank.csv"), FileProblem::Empty));
    assert_message("header_only.csv", &["column names (\"user_id\", \"item_id\"", "no rows"]);
}

#[test]
fn files_that_are_no_tables() {
    assert_message("binary.csv", &["this is binary data", "Export it as CSV"]);
    assert_message("workbook.csv", &["a ZIP archive or Excel workbook"]);
    assert_message("not_objects.jsonl", &["nothing in it is a JSON object", "line 1"]);
}

#[test]
fn damaged_files() {
    assert_message("damaged.csv.gz", &["gzip data are damaged"]);
    assert_message("cut.parquet", &["Parquet file is damaged or cut short"]);
    assert_message("broken.parquet", &["Parquet file is damaged or cut short"]);
    assert_message("not.parquet", &["does not begin with PAR1"]);
}

#[test]
fn parquet_with_any_byte_changed_is_an_error_or_data_but_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.parquet");
    let good = std::fs::read(fixture("shop.parquet")).unwrap();
    for position in (0..good.len()).step_by(37) {
        let mut bytes = good.clone();
        bytes[position] ^= 0xff;
        std::fs::write(&path, bytes).unwrap();
        let request = LoadRequest { events: vec![path.clone()], ..LoadRequest::default() };
        let _ = load(&request, &Control::default());
    }
}

#[test]
fn columns_that_are_not_there() {
    assert_message(
        "no_user.csv",
        &[
            "there is no column for \"user\" (found \"who\", \"item_id\", \"event\")",
            "Choose one under Data > Columns or with --map user=…",
        ],
    );
    assert_message("wrong_delimiter.csv", &["only one column was found", "comma, tab, semicolon"]);
    assert_message("no_header.csv", &["the first line has to hold the names"]);
    let text = message(&events("shop/events.csv", "item=SKU"));
    assert!(text.contains("the column \"SKU\", chosen for item, is not there"), "{text}");
}

#[test]
fn a_choice_needs_one_file_that_has_it() {
    let mut request = guess_request(&fixture("shop")).unwrap().request;
    request.mapping = "item=product_id".parse().unwrap();
    assert!(load(&request, &Control::default()).is_ok(), "the catalogue has it");
    request.mapping = "events.item=product_id".parse().unwrap();
    assert!(message(&request).contains("chosen for item, is not there (found \"user_id\""));
}

#[test]
fn rows_that_do_not_fit_are_counted_with_line_and_text() {
    let Loaded { report, .. } = load_events("ragged.csv", "");
    let source = &report.sources[0];
    assert_eq!((source.rows_read, source.rows_kept), (6, 3));
    assert_eq!(
        rejected(&report),
        [(RejectReason::RaggedRow, 2, vec![3, 4]), (RejectReason::UnclosedQuote, 1, vec![6])]
    );
    assert_eq!(source.rejected[0].examples[0].text, "u1,p2,view");
    assert_eq!(warned(&report, WarningKind::RejectedRows), Some(3));
}

#[test]
fn bad_values_are_counted_by_reason_and_leave_no_trace() {
    let Loaded { dataset, report } = load_events("bad_rows.csv", "");
    assert_eq!(
        rejected(&report),
        [
            (RejectReason::NoUser, 2, vec![3, 4]),
            (RejectReason::NoItem, 1, vec![5]),
            (RejectReason::NoTime, 1, vec![7]),
            (RejectReason::BadTime, 1, vec![6]),
            (RejectReason::BadNumber, 1, vec![9]),
            (RejectReason::UnknownEvent, 1, vec![8]),
        ]
    );
    assert_eq!((report.rows_read(), report.rows_rejected(), report.n_events), (8, 7, 1));
    assert_eq!((dataset.n_users(), dataset.n_items()), (1, 1));
}

#[test]
fn a_file_of_bad_dates_only_is_an_error() {
    assert_message(
        "all_bad.csv",
        &["none of its 2 rows could be used", "a time that cannot be read", "line 2: u1,p1,soon"],
    );
}

#[test]
fn malformed_json_lines_are_counted() {
    let Loaded { report, .. } = load_events("malformed.jsonl", "");
    assert_eq!(rejected(&report), [(RejectReason::BadJson, 2, vec![2, 3])]);
    assert_eq!((report.rows_read(), report.n_events), (4, 2));
}

#[test]
fn of_products_with_one_id_the_first_is_kept() {
    let request =
        LoadRequest { catalog: vec![fixture("duplicate_ids.csv")], ..LoadRequest::default() };
    let Loaded { dataset, report } = load(&request, &Control::default()).unwrap();
    assert_eq!(rejected(&report), [(RejectReason::DuplicateId, 1, vec![3])]);
    assert_eq!(dataset.catalog.titles.get(0), Some("Cup"));
    assert_eq!(warned(&report, WarningKind::UnreadableNumbers), Some(1));
}

#[test]
fn files_with_and_without_times_are_not_mixed() {
    let mut request = events("shop/events.csv", "");
    request.events.push(fixture("no_times.csv"));
    let text = message(&request);
    assert!(text.contains("no column for \"time\"") && text.ends_with("no_times.csv"), "{text}");
}

#[test]
fn folders_that_hold_no_shop() {
    let message = |path: &Path| guess_request(path).unwrap_err().to_string();
    let empty = tempfile::tempdir().unwrap();
    assert!(message(empty.path()).contains("no file in it looks like events or a catalogue"));
    assert!(message(&empty.path().join("x")).contains("it does not exist"));
    assert!(message(&fixture("retail.csv")).contains("it is a file"));
    std::fs::write(empty.path().join("shop.json"), "{").unwrap();
    assert!(message(empty.path()).contains("shop.json is damaged"));
}

#[test]
fn a_report_survives_json() {
    let report = load_events("bad_rows.csv", "").report;
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<LoadReport>(&text).unwrap(), report);
}
