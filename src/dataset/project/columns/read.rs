//! Columns out of a file, blocks in parallel.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::super::error::ProjectError;
use super::super::store::io_error;
use super::{BLOCK_ROWS, Directory, Sealed, Section, columns_path, directory_path, hash};
use crate::control::Control;
use crate::vault::files;

/// Bytes behind a block, so that eight can be taken from wherever an offset begins.
const PADDING: usize = 8;

/// Reads sections by name.
pub(super) struct ColumnReader<'a> {
    path: PathBuf,
    /// Bytes that the file has.
    len: u64,
    directory: Directory,
    control: &'a Control,
}

impl<'a> ColumnReader<'a> {
    pub(super) fn open(data: &Path, control: &'a Control) -> Result<Self, ProjectError> {
        let (path, listed) = (columns_path(data), directory_path(data));
        let json = files::read(&listed).map_err(io_error("read", &listed))?;
        let sealed: Option<Sealed> = serde_json::from_slice(&json).ok();
        let directory = sealed.and_then(Sealed::open).ok_or_else(|| ProjectError::Damaged {
            problem: "the list of columns is not as it was written".to_owned(),
            path: listed,
        })?;
        let len = match files::open(&path).and_then(|file| file.size()) {
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(&path, "the columns are missing"));
            }
            Err(error) => return Err(io_error("read", &path)(error)),
        };
        Ok(Self { path, len, directory, control })
    }

    pub(super) fn revision(&self) -> &str {
        &self.directory.revision
    }

    pub(super) fn attributes(&self) -> &[String] {
        &self.directory.attributes
    }

    /// Rows of a column that takes room for each, so that no list can claim more than the file holds.
    pub(super) fn anchor(&self, name: &str) -> Result<usize, ProjectError> {
        let section = self.section(name)?;
        if section.rows > 0 && section.width == 0 {
            return Err(self.contradiction(name));
        }
        self.check_room(section)?;
        usize::try_from(section.rows).map_err(|_| self.contradiction(name))
    }

    /// Rows of a column that has at most so many.
    pub(super) fn rows(&self, name: &str, most: usize) -> Result<usize, ProjectError> {
        let rows = usize::try_from(self.section(name)?.rows).ok();
        rows.filter(|&rows| rows <= most).ok_or_else(|| self.contradiction(name))
    }

    /// Whether a column of `rows` numbers holds nothing but these bits.
    pub(super) fn repeats(&self, name: &str, rows: usize, bits: u64) -> Result<bool, ProjectError> {
        let section = self.section(name)?;
        if section.rows != rows as u64 {
            return Err(self.contradiction(name));
        }
        Ok(section.width == 0 && (section.base == bits || rows == 0))
    }

    /// A column of `rows` numbers; `value` makes them of what was written, or says that it cannot be.
    pub(super) fn numbers<T: Copy + Send>(
        &self,
        name: &str,
        rows: usize,
        blank: T,
        value: impl Fn(u64) -> Option<T> + Sync,
    ) -> Result<Vec<T>, ProjectError> {
        self.control.check()?;
        let section = self.section(name)?;
        if section.rows != rows as u64 {
            return Err(self.contradiction(name));
        }
        if section.width == 0 {
            let constant = if rows == 0 { Some(blank) } else { value(section.base) };
            return constant.map(|value| vec![value; rows]).ok_or_else(|| self.contradiction(name));
        }
        self.check_room(section)?;
        let mut values = vec![blank; rows];
        let width = usize::from(section.width);
        self.blocks(section, &mut values, |bytes, values| {
            let base = section.base;
            match width {
                1 => decode::<1, T>(bytes, base, &value, values),
                2 => decode::<2, T>(bytes, base, &value, values),
                3 => decode::<3, T>(bytes, base, &value, values),
                4 => decode::<4, T>(bytes, base, &value, values),
                5 => decode::<5, T>(bytes, base, &value, values),
                6 => decode::<6, T>(bytes, base, &value, values),
                7 => decode::<7, T>(bytes, base, &value, values),
                _ => decode::<8, T>(bytes, base, &value, values),
            }
        })?;
        Ok(values)
    }

    /// Texts as they were given to be written: all of them, and where each ends.
    pub(super) fn texts(&self, name: &str) -> Result<(String, Vec<u64>), ProjectError> {
        let (text, ends) = (format!("{name}.text"), format!("{name}.ends"));
        let section = self.section(&text)?;
        let mut bytes = vec![0; self.anchor(&text)?];
        self.blocks(section, &mut bytes, |read, bytes| {
            bytes.copy_from_slice(&read[..bytes.len()]);
            true
        })?;
        let whole = String::from_utf8(bytes).map_err(|_| self.contradiction(&text))?;
        let ends = self.numbers(&ends, self.anchor(&ends)?, 0, Some)?;
        let fits = ends.last().copied().unwrap_or(0) == whole.len() as u64
            && ends.is_sorted()
            && ends.iter().all(|&end| whole.is_char_boundary(end as usize));
        if fits { Ok((whole, ends)) } else { Err(self.contradiction(name)) }
    }

    /// Reads the blocks of a section and lets `take` put each where it belongs; behind the bytes that it
    /// is given there are [`PADDING`] more.
    fn blocks<T: Send>(
        &self,
        section: &Section,
        values: &mut [T],
        take: impl Fn(&[u8], &mut [T]) -> bool + Sync,
    ) -> Result<(), ProjectError> {
        let width = u64::from(section.width);
        let blocks = values.par_chunks_mut(BLOCK_ROWS).zip(&section.blocks).enumerate();
        blocks.try_for_each_init(
            || (files::open(&self.path), Vec::new()),
            |(file, bytes), (block, (values, expected))| {
                self.control.check()?;
                let length = values.len() * width as usize;
                bytes.resize(length + PADDING, 0);
                let at = section.at + (block * BLOCK_ROWS) as u64 * width;
                read_at(file, at, &mut bytes[..length]).map_err(io_error("read", &self.path))?;
                if hash(&bytes[..length]) == *expected && take(bytes, values) {
                    Ok(())
                } else {
                    Err(damaged(&self.path, &format!("{} is not as it was written", section.name)))
                }
            },
        )
    }

    /// Whether the file is as long as the section says, and is hashed throughout.
    fn check_room(&self, section: &Section) -> Result<(), ProjectError> {
        let width = u64::from(section.width);
        let end = section.rows.checked_mul(width).and_then(|bytes| bytes.checked_add(section.at));
        let fits = width <= 8
            && end.is_some_and(|end| end <= self.len)
            && section.blocks.len() as u64 == section.rows.div_ceil(BLOCK_ROWS as u64);
        if fits { Ok(()) } else { Err(self.contradiction(&section.name)) }
    }

    fn section(&self, name: &str) -> Result<&Section, ProjectError> {
        let found = self.directory.sections.iter().find(|section| section.name == name);
        found.ok_or_else(|| damaged(&self.path, &format!("there is no column {name}")))
    }

    pub(super) fn contradiction(&self, name: &str) -> ProjectError {
        damaged(&self.path, &format!("{name} contradicts the other columns"))
    }
}

fn read_at(file: &mut io::Result<files::Reader>, at: u64, bytes: &mut [u8]) -> io::Result<()> {
    match file {
        Ok(file) => file.read_exact_at(at, bytes),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}

/// Whether every number was one that can be; behind the last offset there is [`PADDING`].
#[inline(always)]
fn decode<const WIDTH: usize, T>(
    bytes: &[u8],
    base: u64,
    value: &impl Fn(u64) -> Option<T>,
    values: &mut [T],
) -> bool {
    // Eight bytes are taken at once and those of the next offsets masked out.
    let mask = u64::MAX >> (u64::BITS as usize - 8 * WIDTH);
    for (whole, place) in bytes.array_windows::<8>().step_by(WIDTH).zip(values) {
        let offset = u64::from_le_bytes(*whole) & mask;
        match value(offset.wrapping_add(base)) {
            Some(value) => *place = value,
            None => return false,
        }
    }
    true
}

fn damaged(path: &Path, problem: &str) -> ProjectError {
    ProjectError::Damaged { problem: problem.to_owned(), path: path.to_owned() }
}
