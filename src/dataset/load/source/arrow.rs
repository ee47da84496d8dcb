//! Arrow IPC files and streams through polars, a batch at a time: each batch becomes a small file of
//! its own in memory, with the schema and the dictionaries, so that no more than it is held.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use polars::prelude::*;

use super::arrow_messages::{self, CONTINUATION, Kind, MAGIC, Message};
use super::columns::{TypedColumn, read_groups};
use super::flatbuffer::Table;
use super::{ReadStats, Visitor, bytes};
use crate::control::Control;
use crate::dataset::load::careful::guarded;
use crate::dataset::load::cell::OwnedCell;
use crate::dataset::load::error::{FileProblem, Stop};

pub(super) use super::arrow_messages::is_arrow;

/// An Arrow file whose schema was read.
#[derive(Debug, Clone)]
pub(super) struct ArrowTable {
    /// Names as in the schema.
    pub columns: Vec<String>,
    messages: Vec<Message>,
}

impl ArrowTable {
    /// Reads the schema and the place of each batch.
    pub(super) fn open(path: &Path) -> Result<Self, FileProblem> {
        let mut file = bytes::open_file(path)?;
        let messages = arrow_messages::read(&file).map_err(FileProblem::DamagedArrow)?;
        let schema = excerpt(&mut file, &messages, None)?;
        let columns = guarded(|| {
            let schema = IpcReader::new(Cursor::new(schema)).schema()?;
            Ok::<_, PolarsError>(schema.iter_names().map(ToString::to_string).collect())
        });
        Ok(Self { columns: columns.map_err(FileProblem::DamagedArrow)?, messages })
    }

    fn batches(&self) -> impl Iterator<Item = (&Message, usize)> {
        self.messages.iter().filter_map(|message| match message.kind {
            Kind::Batch { rows } => Some((message, rows)),
            Kind::Schema | Kind::Dictionary => None,
        })
    }

    /// Hands every row to `visit`, with the cells of the wanted columns.
    pub(super) fn read(
        &self,
        path: &Path,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let mut file = bytes::open_file(path)?;
        let batches: Vec<_> = self.batches().collect();
        read_groups(&batches, control, visit, |batch, _, rows| {
            self.batch(&mut file, batch, rows, wanted)
        })
    }

    /// The first rows, all columns.
    pub(super) fn sample(
        &self,
        path: &Path,
        most: usize,
    ) -> Result<Vec<Vec<OwnedCell>>, FileProblem> {
        let wanted: Vec<usize> = (0..self.columns.len()).collect();
        let mut file = bytes::open_file(path)?;
        let mut sample = Vec::new();
        for (batch, rows) in self.batches() {
            if sample.len() >= most {
                break;
            }
            let columns = self.batch(&mut file, batch, rows, &wanted)?;
            let row = |row| columns.iter().map(|column| column.cell(row).into()).collect();
            sample.extend((0..rows.min(most - sample.len())).map(row));
        }
        Ok(sample)
    }

    fn batch(
        &self,
        file: &mut File,
        batch: &Message,
        rows: usize,
        wanted: &[usize],
    ) -> Result<Vec<TypedColumn>, FileProblem> {
        let bytes = excerpt(file, &self.messages, Some(batch))?;
        let names = wanted.iter().map(|&column| self.columns[column].clone()).collect();
        let columns = guarded(|| {
            let reader = IpcReader::new(Cursor::new(bytes)).with_columns(Some(names));
            let frame = reader.finish()?;
            wanted
                .iter()
                .map(|&column| TypedColumn::new(frame.column(&self.columns[column])?))
                .collect::<PolarsResult<Vec<_>>>()
        })
        .map_err(FileProblem::DamagedArrow)?;
        if columns.iter().any(|column| column.len() != rows) {
            return Err(FileProblem::DamagedArrow("rows are missing".to_owned()));
        }
        Ok(columns)
    }
}

/// Where a message stands in an excerpt.
struct Block {
    at: usize,
    metadata_bytes: usize,
    body_bytes: u64,
}

/// A file with the schema, and if a batch is given, that and all dictionaries.
fn excerpt(
    file: &mut File,
    messages: &[Message],
    batch: Option<&Message>,
) -> Result<Vec<u8>, FileProblem> {
    let mut read =
        |at, count| arrow_messages::bytes(file, at, count).map_err(FileProblem::DamagedArrow);
    let is_dictionary = |message: &&Message| message.kind == Kind::Dictionary && batch.is_some();
    let mut out = [&MAGIC[..], &[0, 0]].concat();
    let (mut dictionaries, mut batches) = (Vec::new(), Vec::new());
    for message in messages.iter().filter(is_dictionary).chain(batch) {
        let at = out.len();
        out.extend(CONTINUATION);
        out.extend((message.metadata_bytes as u32).to_le_bytes());
        let whole = message.metadata_bytes + message.body_bytes;
        out.extend(read(message.metadata_at, whole)?);
        let metadata_bytes = message.metadata_bytes as usize + 8;
        let block = Block { at, metadata_bytes, body_bytes: message.body_bytes };
        let is_batch = matches!(message.kind, Kind::Batch { .. });
        (if is_batch { &mut batches } else { &mut dictionaries }).push(block);
        pad(&mut out);
    }
    let schema = &messages[0];
    let metadata = read(schema.metadata_at, schema.metadata_bytes)?;
    out.extend(CONTINUATION);
    out.extend([0; 4]);
    let footer = footer(schema.version, &metadata, &dictionaries, &batches)
        .ok_or_else(|| FileProblem::DamagedArrow("its schema cannot be read".to_owned()))?;
    out.extend(&footer);
    out.extend((footer.len() as u32).to_le_bytes());
    out.extend(MAGIC);
    Ok(out)
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
}

/// The flatbuffer at the end of a file: version, schema, and where dictionaries and batches stand.
/// The message with the schema is taken in as it is; offsets inside it are relative.
fn footer(
    version: i16,
    schema: &[u8],
    dictionaries: &[Block],
    batches: &[Block],
) -> Option<Vec<u8>> {
    /// Where the table begins, after the offset to it and its table of offsets.
    const TABLE: u32 = 16;
    let schema_at = Table::root(schema)?.table(2)?.at;
    let mut out = Vec::new();
    out.extend(TABLE.to_le_bytes());
    // Sizes of the table of offsets and of the table; version, schema, dictionaries, batches.
    for number in [12_u16, 20, 4, 8, 12, 16] {
        out.extend(number.to_le_bytes());
    }
    out.extend(12_i32.to_le_bytes());
    out.extend(version.to_le_bytes());
    out.extend([0; 2]);
    // Three offsets, each from its own place, filled in below.
    let places = [out.len(), out.len() + 4, out.len() + 8];
    out.extend([0; 12]);
    let dictionaries_at = blocks(&mut out, dictionaries);
    let batches_at = blocks(&mut out, batches);
    pad(&mut out);
    let schema_at = out.len() + schema_at;
    out.extend(schema);
    pad(&mut out);
    for (place, target) in places.into_iter().zip([schema_at, dictionaries_at, batches_at]) {
        let offset = u32::try_from(target - place).ok()?;
        out[place..place + 4].copy_from_slice(&offset.to_le_bytes());
    }
    Some(out)
}

/// Appends a list of places, the places themselves at a multiple of eight bytes.
fn blocks(out: &mut Vec<u8>, blocks: &[Block]) -> usize {
    out.resize((out.len() + 4).next_multiple_of(8) - 4, 0);
    let at = out.len();
    out.extend((blocks.len() as u32).to_le_bytes());
    for block in blocks {
        out.extend((block.at as u64).to_le_bytes());
        out.extend((block.metadata_bytes as u64).to_le_bytes());
        out.extend(block.body_bytes.to_le_bytes());
    }
    at
}
