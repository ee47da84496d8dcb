//! A fingerprint of a dataset's content: equal content, equal fingerprint, on every machine.

use blake3::Hasher;

use crate::dataset::Dataset;
use crate::dataset::columns::TextColumn;
use crate::dataset::interactions::Interactions;
use crate::ids::{DatasetRevision, IdMap};

/// Digits of the fingerprint that are kept: 128 bits.
const HEX_DIGITS: usize = 32;

/// The fingerprint of everything that a model or a figure can depend on: ids in their order,
/// catalogue, attributes and events. The shop's name and origin do not count.
#[must_use]
pub fn revision_of(dataset: &Dataset) -> DatasetRevision {
    let mut hash = Fingerprint { hasher: Hasher::new(), gathered: Vec::new() };
    hash.text("shelfwise dataset 1");
    hash.ids(&dataset.users);
    hash.ids(&dataset.items);
    let catalog = &dataset.catalog;
    for column in [
        &catalog.titles,
        &catalog.descriptions,
        &catalog.categories,
        &catalog.brands,
        &catalog.pictures,
    ] {
        hash.column(column, dataset.n_items());
    }
    hash.numbers(&catalog.prices);
    hash.numbers(&catalog.stock);
    hash.count(dataset.user_attributes.len());
    for attribute in &dataset.user_attributes {
        hash.text(&attribute.name);
        hash.column(&attribute.values, dataset.n_users());
    }
    hash.count(usize::from(dataset.has_times));
    hash.interactions(&dataset.interactions);
    hash.finish()
}

/// Gathers small pieces before they are hashed: the hash works best on long ones.
struct Fingerprint {
    hasher: Hasher,
    gathered: Vec<u8>,
}

impl Fingerprint {
    const GATHERED_BYTES: usize = 1 << 16;

    fn bytes(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= Self::GATHERED_BYTES {
            self.hasher.update(&self.gathered);
            self.gathered.clear();
        }
    }

    fn finish(mut self) -> DatasetRevision {
        self.hasher.update(&self.gathered);
        let hex = self.hasher.finalize().to_hex();
        DatasetRevision(hex[..HEX_DIGITS].to_owned())
    }

    fn count(&mut self, count: usize) {
        self.bytes(&(count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    fn ids(&mut self, ids: &IdMap) {
        self.count(ids.len());
        for id in ids.iter() {
            self.text(id);
        }
    }

    fn numbers(&mut self, values: &[f32]) {
        self.count(values.len());
        for value in values {
            // All missing numbers are one.
            let bits = if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
            self.bytes(&bits.to_le_bytes());
        }
    }

    /// Texts in order of first appearance by row, then a number for each row: codes themselves
    /// depend on how the column was made.
    fn column(&mut self, column: &TextColumn, rows: usize) {
        self.count(rows);
        let mut renumbered = vec![0_u32; column.pool().len()];
        let mut next = 1;
        for row in 0..rows {
            let number = column.code(row).map_or(0, |code| {
                let number = &mut renumbered[code as usize];
                if *number == 0 {
                    *number = next;
                    next += 1;
                    self.text(&column.pool()[code as usize]);
                }
                *number
            });
            self.bytes(&number.to_le_bytes());
        }
    }

    fn interactions(&mut self, log: &Interactions) {
        self.count(log.n_users());
        self.count(log.len());
        for (_, rows) in log.users() {
            self.count(rows.len());
        }
        for row in 0..log.len() {
            let event = log.row(row);
            let mut bytes = [0; 21];
            bytes[..4].copy_from_slice(&event.item.map_or(u32::MAX, |item| item.0).to_le_bytes());
            bytes[4] = event.kind as u8;
            bytes[5..13].copy_from_slice(&event.time_ms.to_le_bytes());
            let bits = |value: Option<f32>| value.map_or(f32::NAN.to_bits(), f32::to_bits);
            bytes[13..17].copy_from_slice(&bits(event.amount).to_le_bytes());
            bytes[17..].copy_from_slice(&bits(event.price).to_le_bytes());
            self.bytes(&bytes);
        }
        self.column(log.texts(), log.len());
    }
}
