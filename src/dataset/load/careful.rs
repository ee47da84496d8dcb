//! Polars on files that may be damaged, which can make it panic.

use std::any::Any;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars::io::mmap::MmapBytesReader;
use polars::prelude::*;

/// Runs polars; an error or a panic becomes a line of text.
///
/// # Errors
/// What went wrong, in the reader's words.
pub(in crate::dataset) fn guarded<T, E: std::fmt::Display>(
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, String> {
    let problem = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic_text(&*panic),
    };
    Err(problem.lines().next().unwrap_or_default().to_owned())
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the reader gave up").to_owned()
}

/// Rows of each row group of a Parquet file.
pub(in crate::dataset) fn rows_of_groups<R: MmapBytesReader + Read + Seek>(
    reader: &mut ParquetReader<R>,
) -> PolarsResult<Vec<usize>> {
    let mut rows = Vec::new();
    for group in &reader.get_metadata()?.row_groups {
        rows.push(group.num_rows());
    }
    Ok(rows)
}
