//! What readers of text share: the walk through a file, record by record.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::ReadStats;
use super::bytes::{self, Head};
use super::records::{Record, Records, Syntax};
use crate::control::Control;
use crate::dataset::load::error::{FileProblem, Stop};

/// Records between two looks at the cancel flag.
const RECORDS_PER_CHECK: u64 = 1024;

/// Takes one record: the record, its text, and what was met so far.
pub(super) type Taker<'t> =
    dyn FnMut(&Record<'_>, Cow<'_, str>, &mut ReadStats) -> Result<(), Stop> + 't;

/// Opens a file as records.
pub(super) fn open(path: &Path, head: &Head, syntax: Syntax) -> Result<Records, FileProblem> {
    let (stream, _) = bytes::text_stream(path, head)?;
    Records::new(stream, syntax).map_err(|error| head.problem(error))
}

/// Hands every record that is not blank to `take`, with its text.
pub(super) fn each(
    path: &Path,
    head: &Head,
    syntax: Syntax,
    control: &Control,
    take: &mut Taker<'_>,
) -> Result<ReadStats, Stop> {
    let (stream, bytes_read) = bytes::text_stream(path, head)?;
    let mut records = Records::new(stream, syntax).map_err(|error| head.problem(error))?;
    let mut stats = ReadStats::default();
    let mut seen = 0;
    while let Some(record) = records.next().map_err(|error| head.problem(error))? {
        if seen % RECORDS_PER_CHECK == 0 {
            control.check()?;
            control.report("stage-reading", bytes_read.load(Ordering::Relaxed), head.file_bytes);
        }
        seen += 1;
        let text = stats.decode(record.bytes);
        take(&record, text, &mut stats)?;
    }
    Ok(stats)
}

/// What ends a line of a text that begins like this.
pub(super) fn newline_of(sample: &str) -> u8 {
    if sample.contains('\n') { b'\n' } else { b'\r' }
}

/// The first lines of a text that are not blank; the last one is left out where it may be cut.
pub(super) fn first_lines(sample: &str, is_whole: bool, most: usize) -> Vec<&str> {
    let ends = |letter| letter == '\n' || letter == '\r';
    let whole = if is_whole { sample } else { &sample[..sample.rfind(ends).unwrap_or(0)] };
    whole.split(ends).filter(|line| !line.trim().is_empty()).take(most).collect()
}
