//! The messages of an Arrow IPC file or stream, checked before polars believes them: a damaged length
//! makes it ask for more memory than there is, which would end the whole program.
//!
//! A message is a mark of four bytes, a length, a flatbuffer and a body; the field numbers are those of
//! `Message.fbs` in the Apache Arrow format.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::compressed::is_bomb;
use super::flatbuffer::Table;

/// At the beginning and the end of a file.
pub(super) const MAGIC: &[u8; 6] = b"ARROW1";
/// Before the length of a message.
pub(super) const CONTINUATION: [u8; 4] = [0xff; 4];
/// Longest description of a batch that is believed.
const LONGEST_METADATA: u64 = 64 << 20;
/// Rows that may stand in a batch without taking any space.
const FREE_ROWS: u64 = 1 << 16;

/// What a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Schema,
    Dictionary,
    Batch { rows: usize },
}

/// One message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub kind: Kind,
    /// Version of the format, as the message says.
    pub version: i16,
    /// Where the description begins in the file.
    pub metadata_at: u64,
    /// Bytes of the description.
    pub metadata_bytes: u64,
    /// Bytes of the body, which follows.
    pub body_bytes: u64,
}

/// What is wrong.
pub(super) type Damage = String;

fn damage(problem: &str) -> Damage {
    problem.to_owned()
}

fn unreadable(error: io::Error) -> Damage {
    error.to_string()
}

/// Whether bytes begin an Arrow file or stream.
pub(super) fn is_arrow(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(&CONTINUATION) else {
        return bytes.starts_with(MAGIC);
    };
    // A stream begins with its schema.
    let kind = || Table::root(rest.get(4..)?)?.u8(1);
    kind() == Some(1)
}

/// Reads all messages of a file or stream without their bodies.
pub(super) fn read<R: Read + Seek>(file: R) -> Result<Vec<Message>, Damage> {
    let mut file = BufReader::new(file);
    let (mut at, end) = bounds(&mut file)?;
    let mut messages = Vec::new();
    while let Some(message) = next(&mut file, at, end)? {
        at = message.metadata_at + message.metadata_bytes + message.body_bytes;
        messages.push(message);
    }
    match messages.first() {
        Some(Message { kind: Kind::Schema, .. }) => Ok(messages),
        _ => Err(damage("it does not begin with a schema")),
    }
}

/// Where messages begin and end.
fn bounds<R: Read + Seek>(file: &mut R) -> Result<(u64, u64), Damage> {
    let size = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let mut magic = [0; 6];
    file.rewind().map_err(unreadable)?;
    if size < 8 || file.read_exact(&mut magic).is_err() || &magic != MAGIC {
        return Ok((0, size));
    }
    let mut tail = [0; 10];
    let tail_at = size.checked_sub(10).filter(|&at| at >= 8);
    let tail_at = tail_at.ok_or_else(|| damage("it ends after its first bytes"))?;
    file.seek(SeekFrom::Start(tail_at)).map_err(unreadable)?;
    file.read_exact(&mut tail).map_err(unreadable)?;
    let footer = i32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
    let end = u64::try_from(footer).ok().and_then(|footer| tail_at.checked_sub(footer));
    match end {
        Some(end) if tail.ends_with(MAGIC) && end >= 8 => Ok((8, end)),
        _ => Err(damage("its end is missing")),
    }
}

fn next<R: Read + Seek>(
    file: &mut BufReader<R>,
    at: u64,
    end: u64,
) -> Result<Option<Message>, Damage> {
    if at + 4 > end {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
    let mut word = [0; 4];
    let mut prefix = 4;
    file.read_exact(&mut word).map_err(unreadable)?;
    if word == CONTINUATION {
        if at + 8 > end {
            return Ok(None);
        }
        file.read_exact(&mut word).map_err(unreadable)?;
        prefix = 8;
    }
    let metadata_bytes = u64::from(u32::from_le_bytes(word));
    if metadata_bytes == 0 {
        return Ok(None);
    }
    let metadata_at = at + prefix;
    if metadata_bytes > LONGEST_METADATA || metadata_at + metadata_bytes > end {
        return Err(damage("a message is longer than the file"));
    }
    let metadata = bytes(file, metadata_at, metadata_bytes)?;
    let body_at = metadata_at + metadata_bytes;
    let message = describe(&metadata, metadata_at, end - body_at)
        .ok_or_else(|| damage("a message cannot be read"))?;
    let batch = match message.kind {
        Kind::Schema => None,
        Kind::Dictionary => Table::root(&metadata).and_then(|root| root.table(2)?.table(1)),
        Kind::Batch { .. } => Table::root(&metadata).and_then(|root| root.table(2)),
    };
    if let Some(batch) = batch {
        check_batch(file, &batch, body_at, message.body_bytes)?;
    }
    Ok(Some(message))
}

/// Some bytes of a file, which has to have them.
pub(super) fn bytes<R: Read + Seek>(file: &mut R, at: u64, count: u64) -> Result<Vec<u8>, Damage> {
    file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 == count { Ok(bytes) } else { Err(damage("it has become shorter")) }
}

fn describe(metadata: &[u8], metadata_at: u64, most_body: u64) -> Option<Message> {
    let root = Table::root(metadata)?;
    let body_bytes = u64::try_from(root.i64(3).unwrap_or(0)).ok()?;
    if body_bytes > most_body {
        return None;
    }
    let header = root.table(2)?;
    let kind = match root.u8(1)? {
        1 => Kind::Schema,
        2 => {
            header.table(1)?;
            Kind::Dictionary
        }
        3 => Kind::Batch { rows: usize::try_from(header.i64(0).unwrap_or(0)).ok()? },
        _ => return None,
    };
    let version = root.i16(0).unwrap_or(0);
    let metadata_bytes = metadata.len() as u64;
    Some(Message { kind, version, metadata_at, metadata_bytes, body_bytes })
}

/// Buffers have to lie in the body, unfold to a believable size, and have room for the rows.
fn check_batch<R: Read + Seek>(
    file: &mut BufReader<R>,
    batch: &Table<'_>,
    body_at: u64,
    body_bytes: u64,
) -> Result<(), Damage> {
    let broken = || damage("a batch is not what its description says");
    let is_compressed = batch.table(3).is_some();
    let mut unfolded: u64 = 0;
    for buffer in batch.structs(2, 16) {
        let at = u64::try_from(word(buffer, 0)).map_err(|_| broken())?;
        let length = u64::try_from(word(buffer, 8)).map_err(|_| broken())?;
        if at.checked_add(length).is_none_or(|end| end > body_bytes) {
            return Err(broken());
        }
        let size = if is_compressed && length > 0 {
            if length < 8 {
                return Err(broken());
            }
            let size = bytes(file, body_at + at, 8)?;
            match word(&size, 0) {
                -1 => length - 8,
                size => u64::try_from(size).map_err(|_| broken())?,
            }
        } else {
            length
        };
        unfolded = unfolded.checked_add(size).ok_or_else(broken)?;
    }
    if is_bomb(body_bytes, unfolded) {
        return Err(damage("a batch unfolds beyond all measure"));
    }
    // Every row takes a bit at least.
    let most_rows = unfolded.saturating_mul(8).saturating_add(FREE_ROWS);
    let nodes = batch.structs(1, 16).map(|node| word(node, 0));
    for length in nodes.chain(batch.i64(0)) {
        if !u64::try_from(length).is_ok_and(|length| length <= most_rows) {
            return Err(broken());
        }
    }
    Ok(())
}

fn word(bytes: &[u8], at: usize) -> i64 {
    let word = bytes.get(at..at + 8).and_then(|word| word.try_into().ok());
    word.map_or(0, i64::from_le_bytes)
}
