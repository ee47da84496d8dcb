//! Polars on files that may be damaged, which can make it panic.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::prelude::*;

use super::parquet_check::{Chunk, pages_fit};

/// Calls of [`guarded`] that are under way.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

/// Whether damaged files are being dealt with right now, so that a panic is caught here and told as
/// an error. A panic hook asks this to keep such a panic off the screen.
#[must_use]
pub fn catches_panics() -> bool {
    GUARDED.load(Ordering::Relaxed) > 0
}

/// Runs polars; an error or a panic becomes a line of text.
///
/// # Errors
/// What went wrong, in the reader's words where it has any.
pub(in crate::dataset) fn guarded<T, E: std::fmt::Display>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, String> {
    GUARDED.fetch_add(1, Ordering::Relaxed);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.fetch_sub(1, Ordering::Relaxed);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string().lines().next().unwrap_or_default().to_owned()),
        Err(_) => Err("its parts contradict each other".to_owned()),
    }
}

/// Opens a Parquet file and checks its structure; the reader and the rows of each row group.
///
/// # Errors
/// What is damaged, in words.
pub(in crate::dataset) fn open_parquet(
    file: File,
) -> Result<(ParquetReader<File>, Vec<usize>), String> {
    let again = file.try_clone().map_err(|error| error.to_string())?;
    let mut reader = ParquetReader::new(file);
    let (groups, chunks) = guarded(|| structure(&mut reader))?;
    if pages_fit(again, &chunks) {
        Ok((reader, groups))
    } else {
        Err("a page is not what the footer says".to_owned())
    }
}

fn structure(reader: &mut ParquetReader<File>) -> PolarsResult<(Vec<usize>, Vec<Chunk>)> {
    let (mut groups, mut chunks) = (Vec::new(), Vec::new());
    for group in &reader.get_metadata()?.row_groups {
        groups.push(group.num_rows());
        for column in group.parquet_columns() {
            chunks.push(Chunk { bytes: column.byte_range(), values: column.num_values() });
        }
    }
    Ok((groups, chunks))
}
