//! Splits that files give.

use std::path::Path;

use super::*;

/// Milliseconds of 2025-01-01.
const DAY: i64 = 1_735_689_600_000;

fn dataset() -> Dataset {
    let day = 86_400_000;
    shop(&[
        ("u1", "a", DAY),
        ("u1", "b", DAY + day),
        ("u1", "c", DAY + 2 * day),
        ("u2", "a", DAY),
        ("u2", "c", DAY + day),
        ("u2", "d", DAY + 3 * day),
    ])
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn divided(files: &[String], dataset: &Dataset) -> Result<Split, SplitError> {
    let text = format!("file:{}", files.join(","));
    Split::new(dataset, &SplitSpec::parse(&text, dataset)?)
}

const TRAIN: &str =
    "user_id,item_id,timestamp\nu1,a,2025-01-01\nu1,b,2025-01-02\nu2,a,2025-01-01\n";
const TEST: &str = "user_id,item_id,timestamp\nu1,c,2025-01-03\nu2,d,2025-01-04\nu9,a,2025-01-01\n";

#[test]
fn events_go_where_their_file_says() {
    let (folder, dataset) = (tempfile::tempdir().unwrap(), dataset());
    let files = [write(folder.path(), "train.csv", TRAIN), write(folder.path(), "test.csv", TEST)];
    let split = divided(&files, &dataset).unwrap();
    assert_eq!(split.train.len(), 3);
    assert_eq!(split.unmatched_rows, 1, "u9 is no shopper of this shop");
    let relevant: Vec<Vec<String>> =
        split.test.iter().map(|case| ids(&dataset, &case.relevant)).collect();
    assert_eq!(relevant, [["c"], ["d"]]);
    let known = split.known(Phase::Test);
    assert_eq!(items(&dataset, known, split.test[1].history.clone()), ["a"]);
    let unused = split.parts.iter().filter(|&&part| part == Part::Unused).count();
    assert_eq!(unused, 1, "u2 c stands in no file");
    assert!(leaks(&dataset, &split).iter().all(|leak| leak.is_by_design));
}

#[test]
fn a_column_names_the_part_of_each_row() {
    let (folder, dataset) = (tempfile::tempdir().unwrap(), dataset());
    let text = "user_id,item_id,timestamp,part\n\
        u1,a,2025-01-01,train\nu1,b,2025-01-02,validation\nu1,c,2025-01-03,test\n\
        u2,a,2025-01-01,train\nu2,c,2025-01-02,train\nu2,d,2025-01-04,test\n";
    let split = divided(&[write(folder.path(), "parts.csv", text)], &dataset).unwrap();
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (3, 1, 2));
    assert_eq!(
        items(&dataset, split.known(Phase::Test), split.test[0].history.clone()),
        ["a", "b"]
    );
}

#[test]
fn a_list_of_shoppers_divides_by_shopper() {
    let (folder, dataset) = (tempfile::tempdir().unwrap(), dataset());
    let files = [
        write(folder.path(), "train.txt", "user_id\nu1\n"),
        write(folder.path(), "test.txt", "user_id\nu2\n"),
    ];
    let split = divided(&files, &dataset).unwrap();
    assert_eq!((split.train.len(), split.unmatched_rows), (3, 0));
    assert_eq!(split.cold(Phase::Test).users, [dataset.user("u2").unwrap()]);
}

#[test]
fn files_that_do_not_fit_are_refused_with_what_to_do() {
    let (folder, dataset) = (tempfile::tempdir().unwrap(), dataset());
    let train = write(folder.path(), "train.csv", TRAIN);
    let other = write(
        folder.path(),
        "other.csv",
        "user_id,item_id,timestamp\nx,y,2025-01-01\nx,z,2025-01-02\n",
    );
    let message = |files: &[String]| divided(files, &dataset).unwrap_err().to_string();
    assert!(message(&[train.clone(), other]).contains("none of its 2 rows"));
    assert!(message(std::slice::from_ref(&train)).contains("add a column \"part\""));
    assert!(message(&[train.clone(), "/nowhere/test.csv".to_owned()]).contains("test.csv"));
    assert!(matches!(divided(&[], &dataset), Err(SplitError::OutOfRange { .. })));
}

#[test]
fn files_that_changed_since_are_noticed() {
    let (folder, dataset) = (tempfile::tempdir().unwrap(), dataset());
    let files = [write(folder.path(), "train.csv", TRAIN), write(folder.path(), "test.csv", TEST)];
    let spec = SplitSpec::parse(&format!("file:{}", files.join(",")), &dataset).unwrap();
    let open = SplitSpec::from(SplitStrategy::Files {
        files: files.iter().map(Into::into).collect(),
        fingerprint: String::new(),
    });
    assert_eq!(open.settled().unwrap(), spec, "what a form leaves open is filled in");
    write(folder.path(), "test.csv", "user_id,item_id,timestamp\nu1,c,2025-01-03\n");
    assert!(matches!(Split::new(&dataset, &spec), Err(SplitError::FilesChanged { .. })));
}
