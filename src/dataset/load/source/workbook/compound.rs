//! Compound files, the containers of .xls workbooks: sectors chained by a table, as in \[MS-CFB\]. Only
//! as much as it takes to find the stream with the sheets.

use std::io::Read;
use std::path::Path;

use crate::dataset::load::source::bytes::open_file;

const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// Largest workbook of this old format that is believed: it has at most 65,536 rows a sheet.
const LARGEST: u64 = 512 << 20;
/// Sector numbers from here on are marks.
const LAST_SECTOR: u32 = 0xffff_fffa;
const ENTRY_BYTES: usize = 128;

/// Whether bytes begin a compound file.
pub(super) fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The stream that holds the sheets.
pub(super) fn workbook_stream(path: &Path) -> Result<Vec<u8>, String> {
    let file = open_file(path).map_err(|problem| problem.to_string())?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("it is larger than any workbook of this format".to_owned());
    }
    let container = Container::new(&bytes).ok_or("it is no whole compound file")?;
    if !container.chains_end() {
        return Err("its sectors follow each other in circles".to_owned());
    }
    container.workbook().ok_or_else(|| "it holds no sheets".to_owned())
}

/// What is known of a sector's chain.
#[derive(Clone, Copy)]
enum Walked {
    Not,
    Now,
    ToTheEnd,
}

struct Container<'a> {
    bytes: &'a [u8],
    sector_bytes: usize,
    /// The sector that follows each sector.
    next: Vec<u32>,
}

impl<'a> Container<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let sector_bytes = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut container = Self { bytes, sector_bytes, next: Vec::new() };
        // Sectors of the table: the first 109 are named in the header, others in a chain.
        let mut tables: Vec<u32> = (0..109).filter_map(|n| u32_at(bytes, 76 + 4 * n)).collect();
        let mut more = u32_at(bytes, 68)?;
        let most = bytes.len() / sector_bytes + 1;
        while more < LAST_SECTOR && tables.len() < most {
            let sector = container.sector(more)?;
            let names = sector_bytes / 4 - 1;
            tables.extend((0..names).filter_map(|n| u32_at(sector, 4 * n)));
            more = u32_at(sector, 4 * names)?;
        }
        for table in tables.into_iter().filter(|&table| table < LAST_SECTOR).take(most) {
            let Some(sector) = container.sector(table) else { continue };
            let numbers = (0..sector.len() / 4).filter_map(|n| u32_at(sector, 4 * n));
            let numbers: Vec<u32> = numbers.collect();
            container.next.extend(numbers);
        }
        Some(container)
    }

    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        // The header takes the place of one sector.
        let start = (number as usize).checked_add(1)?.checked_mul(self.sector_bytes)?;
        let end = start.checked_add(self.sector_bytes)?.min(self.bytes.len());
        self.bytes.get(start..end)
    }

    /// The bytes of a chain of sectors; a chain that runs in circles ends after all sectors.
    fn chain(&self, first: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut number = first;
        for _ in 0..=self.bytes.len() / self.sector_bytes {
            let Some(sector) = self.sector(number) else { break };
            bytes.extend_from_slice(sector);
            match self.next.get(number as usize) {
                Some(&next) if next < LAST_SECTOR => number = next,
                _ => break,
            }
        }
        bytes
    }

    /// Whether the chains that a reader follows come to an end: it would gather what runs in circles until
    /// there is no memory left.
    fn chains_end(&self) -> bool {
        let mut ends = vec![Walked::Not; self.next.len()];
        let header = [48, 60].map(|at| u32_at(self.bytes, at));
        if !header.into_iter().flatten().all(|first| self.ends(first, &mut ends)) {
            return false;
        }
        let directory = u32_at(self.bytes, 48).map(|first| self.chain(first)).unwrap_or_default();
        let mut streams =
            directory.chunks_exact(ENTRY_BYTES).filter_map(|entry| u32_at(entry, 116));
        streams.all(|first| self.ends(first, &mut ends))
    }

    fn ends(&self, first: u32, walked: &mut [Walked]) -> bool {
        let mut number = first;
        while let Some(place) = walked.get_mut(number as usize) {
            match place {
                Walked::ToTheEnd => break,
                Walked::Now => return false,
                Walked::Not => *place = Walked::Now,
            }
            number = self.next[number as usize];
        }
        number = first;
        while let Some(place @ Walked::Now) = walked.get_mut(number as usize) {
            *place = Walked::ToTheEnd;
            number = self.next[number as usize];
        }
        true
    }

    fn workbook(&self) -> Option<Vec<u8>> {
        let directory = self.chain(u32_at(self.bytes, 48)?);
        let entries = || directory.chunks_exact(ENTRY_BYTES);
        let entry = entries().find(|entry| {
            let name = name_of(entry);
            name.eq_ignore_ascii_case("workbook") || name.eq_ignore_ascii_case("book")
        })?;
        let (first, size) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
        if size >= u32_at(self.bytes, 56)? as usize {
            let mut stream = self.chain(first);
            stream.truncate(size);
            return Some(stream);
        }
        // Small streams lie in sectors of 64 bytes inside the stream of the first entry.
        let small = self.chain(u32_at(entries().next()?, 116)?);
        let table = self.chain(u32_at(self.bytes, 60)?);
        let mut stream = Vec::new();
        let mut number = first;
        while stream.len() < size {
            let at = (number as usize).checked_mul(64)?;
            stream.extend_from_slice(small.get(at..(at + 64).min(small.len()))?);
            number = u32_at(&table, (number as usize).checked_mul(4)?)?;
            if number >= LAST_SECTOR {
                break;
            }
        }
        stream.truncate(size);
        Some(stream)
    }
}

fn name_of(entry: &[u8]) -> String {
    let units = entry[..64].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units.take_while(|&unit| unit != 0)).flatten().collect()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}
