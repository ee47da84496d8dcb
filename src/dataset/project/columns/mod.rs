//! A shop as plain columns of numbers and text, read back as they lie in memory: nothing is parsed,
//! sorted or looked up at opening.
//!
//! ```text
//! shop.columns   sections one after another, each the blocks of one column
//! columns.json   where each section stands and how it is written, with a hash for each block
//! ```
//!
//! A column of numbers is written as `base + offset`, the offset in as few bytes (little-endian, 0 to 8)
//! as the largest one needs, so that a constant column takes no room. Blocks are read, checked and put
//! in their place independently of each other.

mod read;
mod shop;
#[cfg(test)]
mod tests;
mod write;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub(super) use shop::{read_shop, write_shop};

use crate::vault::files;

/// Rows of a section that are hashed together.
const BLOCK_ROWS: usize = 1 << 18;
/// Digits of a block's hash that are kept: 128 bits.
const HEX_DIGITS: usize = 32;

const COLUMNS: &str = "shop.columns";
const DIRECTORY: &str = "columns.json";

/// Whether a folder of data holds columns; older ones hold tables.
pub(super) fn has_columns(data: &Path) -> bool {
    files::is_file(&directory_path(data))
}

fn directory_path(data: &Path) -> PathBuf {
    data.join(DIRECTORY)
}

fn columns_path(data: &Path) -> PathBuf {
    data.join(COLUMNS)
}

/// What stands in a folder of columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Directory {
    /// Fingerprint of the shop, as the manifest has it.
    revision: String,
    /// Names of what is known of shoppers; their columns go by position.
    attributes: Vec<String>,
    sections: Vec<Section>,
}

/// One column of numbers, or the bytes of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Section {
    name: String,
    rows: u64,
    /// Added to every offset, modulo 2⁶⁴.
    base: u64,
    /// Bytes of an offset, 0 to 8.
    width: u8,
    /// Where its first block begins.
    at: u64,
    /// Hash of each block.
    blocks: Vec<String>,
}

/// A directory with a hash of itself: a number changed in it would change a whole column.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    seal: String,
    directory: Directory,
}

impl Sealed {
    fn new(directory: Directory) -> serde_json::Result<Self> {
        Ok(Self { seal: hash(&serde_json::to_vec(&directory)?), directory })
    }

    fn open(self) -> Option<Directory> {
        let bytes = serde_json::to_vec(&self.directory).ok()?;
        (hash(&bytes) == self.seal).then_some(self.directory)
    }
}

fn hash(bytes: &[u8]) -> String {
    let mut hex = blake3::hash(bytes).to_hex().to_string();
    hex.truncate(HEX_DIGITS);
    hex
}
