//! ZIP containers as far as workbooks need them: the list of parts, a part's bytes, and a count of
//! what all of them really unfold to.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
use std::path::Path;

use flate2::read::DeflateDecoder;

use super::sheet::damaged;
use crate::dataset::load::error::FileProblem;
use crate::dataset::load::source::bytes::open_file;

/// Unfolded bytes up to which any ratio is believed.
const HARMLESS_BYTES: u64 = 16 << 20;
/// Most unfolded bytes for one byte on disk; sheets reach 30.
const MOST_EXPANSION: u64 = 150;
/// The record at the end of a container, without its comment.
const END_BYTES: u64 = 22;
/// Parts of a container that are believed; workbooks have dozens.
const MOST_PARTS: usize = 1 << 14;

/// One part.
struct Part {
    name: String,
    is_deflated: bool,
    packed: u64,
    header_at: u64,
}

/// Whether bytes begin a container.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Whether a container holds the parts of a workbook.
pub(super) fn holds_workbook(path: &Path) -> bool {
    let Ok(mut file) = open_file(path) else { return false };
    let parts = parts(&mut file).unwrap_or_default();
    let known = ["workbook.xml", "workbook.bin", "content.xml"];
    parts.iter().any(|part| known.iter().any(|name| part.name.ends_with(name)))
}

/// Unfolds every part and counts; the names of the parts.
pub(super) fn check(path: &Path) -> Result<Vec<String>, FileProblem> {
    let mut file = open_file(path)?;
    let size = file.metadata().map_err(FileProblem::Unreadable)?.len();
    let parts = parts(&mut file).ok_or_else(|| damaged("its list of parts is damaged"))?;
    let mut unfolded: u64 = 0;
    let mut buffer = vec![0; 1 << 16];
    for part in &parts {
        let mut content = open_part(path, part).map_err(damaged)?;
        loop {
            // A damaged part is the reader's to complain of, if it needs that part.
            let count = content.read(&mut buffer).unwrap_or(0);
            if count == 0 {
                break;
            }
            unfolded += count as u64;
            if unfolded > HARMLESS_BYTES && unfolded / MOST_EXPANSION > size {
                return Err(FileProblem::UnfoldsTooFar { packed: size, unfolded });
            }
        }
    }
    Ok(parts.into_iter().map(|part| part.name).collect())
}

/// The bytes of the part of that name.
pub(super) fn open(path: &Path, name: &str) -> Result<Box<dyn Read>, FileProblem> {
    let mut file = open_file(path)?;
    let parts = parts(&mut file).unwrap_or_default();
    let part = parts.iter().find(|part| part.name == name);
    let part = part.ok_or_else(|| damaged(format!("it has no part {name}")))?;
    open_part(path, part).map_err(damaged)
}

fn open_part(path: &Path, part: &Part) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(part.header_at))?;
    let mut header = [0; 30];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let skipped = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
    file.seek(SeekFrom::Start(part.header_at + 30 + skipped))?;
    let packed: Take<BufReader<File>> = BufReader::new(file).take(part.packed);
    Ok(if part.is_deflated { Box::new(DeflateDecoder::new(packed)) } else { Box::new(packed) })
}

/// The list of parts at the end of a container.
fn parts(file: &mut File) -> Option<Vec<Part>> {
    let size = file.seek(SeekFrom::End(0)).ok()?;
    // A comment of up to 64 KiB may follow the last record.
    let tail_at = size.saturating_sub(END_BYTES + (1 << 16));
    let tail = bytes(file, tail_at, size - tail_at)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let end = tail.get(end..end + END_BYTES as usize)?;
    let count = usize::from(u16_at(end, 10)).min(MOST_PARTS);
    let list = bytes(file, u64::from(u32_at(end, 16)), u64::from(u32_at(end, 12)).min(size))?;
    let mut rest = list.as_slice();
    let mut parts = Vec::new();
    while parts.len() < count && rest.starts_with(b"PK\x01\x02") && rest.len() >= 46 {
        let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(rest, at)));
        let name = 46..46 + name;
        parts.push(Part {
            name: String::from_utf8_lossy(rest.get(name.clone())?).into_owned(),
            is_deflated: u16_at(rest, 10) == 8,
            packed: u64::from(u32_at(rest, 20)),
            header_at: u64::from(u32_at(rest, 42)),
        });
        rest = rest.get(name.end + extra + comment..)?;
    }
    Some(parts)
}

fn bytes(file: &mut File, at: u64, count: u64) -> Option<Vec<u8>> {
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The numbers of fixed places in records whose length was checked.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
