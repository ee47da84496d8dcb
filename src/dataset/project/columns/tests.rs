//! Columns give back what was written, and notice what was changed.

use std::fs;
use std::path::Path;

use super::*;
use crate::control::Control;
use crate::dataset::load::{guess_request, load, revision_of};
use crate::dataset::project::ProjectError;
use crate::dataset::{Dataset, EventKind, InteractionsBuilder, NewInteraction};
use crate::ids::{DatasetRevision, IdMap, ItemIdx, UserIdx};
use write::ColumnWriter;

/// Columns alone, whose bits are as given.
fn written(folder: &Path, values: &[u64]) -> Result<Vec<u64>, ProjectError> {
    let control = Control::default();
    let mut out = ColumnWriter::create(folder, &control)?;
    out.numbers("n", values, |value| value)?;
    out.finish("r", Vec::new())?;
    read::ColumnReader::open(folder, &control)?.numbers("n", values.len(), 0, Some)
}

#[test]
fn numbers_of_every_width_come_back_over_several_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let rows = BLOCK_ROWS as u64 * 2 + 3;
    for width in 0..=8_u32 {
        let most = if width == 8 { u64::MAX } else { (1_u64 << (8 * width)) - 1 };
        let base = if width == 8 { 0 } else { 77 };
        // A spread over the whole width, both ends among them.
        let step = (most / rows.max(1)).max(1);
        let value = |row: u64| base + if row + 1 == rows { most } else { most.min(row * step) };
        let values: Vec<u64> = (0..rows).map(value).collect();
        assert_eq!(written(folder.path(), &values).unwrap(), values, "{width}");
        let bytes = fs::metadata(columns_path(folder.path())).unwrap().len();
        assert_eq!(bytes, rows * u64::from(width), "{width}");
    }
    assert_eq!(written(folder.path(), &[]).unwrap(), Vec::<u64>::new());
}

fn shop() -> Dataset {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load/shop");
    let request = guess_request(&folder).unwrap().request;
    load(&request, &Control::default()).unwrap().dataset
}

/// What odd shops have: no product, no user without events, negative and far times, no texts.
fn odd_shop() -> Dataset {
    let mut log = InteractionsBuilder::default();
    for (user, kind, time_ms) in [
        (2, EventKind::Search, -5),
        (2, EventKind::Rating, i64::MAX),
        (0, EventKind::View, i64::MIN),
    ] {
        log.push(&NewInteraction {
            user: UserIdx(user),
            item: None,
            kind,
            time_ms,
            amount: Some(-0.0),
            price: None,
            text: Some("größer"),
        });
    }
    let mut shop = Dataset {
        users: IdMap::from_ids(["ü", "", "v"]),
        interactions: log.finish(3),
        ..Dataset::default()
    };
    shop.revision = revision_of(&shop);
    shop
}

/// Columns in which every row is the same, over more than a block.
fn one_of_a_kind() -> Dataset {
    let mut log = InteractionsBuilder::default();
    for _ in 0..=BLOCK_ROWS {
        log.push(&NewInteraction {
            user: UserIdx(0),
            item: Some(ItemIdx(0)),
            kind: EventKind::Purchase,
            time_ms: 7,
            amount: None,
            price: Some(1.5),
            text: None,
        });
    }
    let mut shop = Dataset {
        users: IdMap::from_ids(["u"]),
        items: IdMap::from_ids(["p"]),
        interactions: log.finish(1),
        ..Dataset::default()
    };
    shop.revision = revision_of(&shop);
    shop
}

fn read_back(folder: &Path, revision: &DatasetRevision) -> Result<Dataset, ProjectError> {
    read_shop(folder, &revision.0, &EventKind::ALL, &Control::default())
}

#[test]
fn a_shop_comes_back_to_the_last_bit() {
    let empty = Dataset { revision: revision_of(&Dataset::default()), ..Dataset::default() };
    for shop in [shop(), odd_shop(), one_of_a_kind(), empty] {
        let folder = tempfile::tempdir().unwrap();
        write_shop(folder.path(), &shop, &Control::default()).unwrap();
        let read = read_back(folder.path(), &shop.revision).unwrap();
        let read = Dataset { has_times: shop.has_times, ..read };
        assert_eq!(revision_of(&read), shop.revision);
        assert_eq!(read.user_attributes, shop.user_attributes);
        let log = &read.interactions;
        assert_eq!(log.times_ms(), shop.interactions.times_ms());
        assert_eq!(log.user_offsets(), shop.interactions.user_offsets());
        assert_eq!(read.users.iter().collect::<Vec<_>>(), shop.users.iter().collect::<Vec<_>>());
        for (idx, id) in shop.items.iter().enumerate() {
            assert_eq!(read.item(id), Some(ItemIdx::from_index(idx)));
        }
    }
}

#[test]
fn every_changed_byte_and_every_cut_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop();
    write_shop(folder.path(), &shop, &Control::default()).unwrap();
    for path in [columns_path(folder.path()), directory_path(folder.path())] {
        let good = fs::read(&path).unwrap();
        // Of the long list every third byte.
        let step = if good.len() > 4096 { 3 } else { 1 };
        for at in (0..good.len()).step_by(step) {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&path, &bad).unwrap();
            let read = read_back(folder.path(), &shop.revision);
            assert!(matches!(read, Err(ProjectError::Damaged { .. })), "{}: {at}", path.display());
        }
        for length in (0..good.len()).step_by(11 * step) {
            fs::write(&path, &good[..length]).unwrap();
            let read = read_back(folder.path(), &shop.revision);
            assert!(matches!(read, Err(ProjectError::Damaged { .. })), "{}", path.display());
        }
        fs::write(&path, &good).unwrap();
    }
    let other = DatasetRevision("another".into());
    let message = read_back(folder.path(), &other).unwrap_err().to_string();
    assert!(message.contains("not those that were imported"), "{message}");
    assert!(read_back(folder.path(), &shop.revision).is_ok());
}

#[test]
fn a_list_that_claims_too_much_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shop = shop();
    write_shop(folder.path(), &shop, &Control::default()).unwrap();
    let path = directory_path(folder.path());
    let sealed: Sealed = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let good = sealed.open().unwrap();
    for position in 0..good.sections.len() {
        // More rows than the file has; and so many that no memory holds them.
        for (rows, width) in [(u64::MAX, 0), (u64::MAX, 8), (1 << 40, 0), (1 << 40, 4), (3, 200)] {
            let mut claimed = good.clone();
            (claimed.sections[position].rows, claimed.sections[position].width) = (rows, width);
            let sealed = Sealed::new(claimed).unwrap();
            fs::write(&path, serde_json::to_vec(&sealed).unwrap()).unwrap();
            assert!(
                read_back(folder.path(), &shop.revision).is_err(),
                "{position}: {rows} {width}"
            );
        }
    }
}

#[test]
fn a_stop_is_heard_while_writing_and_reading() {
    let folder = tempfile::tempdir().unwrap();
    let control = Control::default();
    write_shop(folder.path(), &shop(), &control).unwrap();
    control.cancel_token().cancel();
    let kinds = &EventKind::ALL;
    let read = read_shop(folder.path(), &shop().revision.0, kinds, &control);
    assert!(matches!(read, Err(ProjectError::Cancelled(_))));
    assert!(matches!(
        write_shop(folder.path(), &shop(), &control),
        Err(ProjectError::Cancelled(_))
    ));
}
