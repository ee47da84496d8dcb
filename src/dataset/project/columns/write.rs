//! Columns into a file, block after block.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::super::error::ProjectError;
use super::super::store::{io_error, write_file};
use super::{BLOCK_ROWS, Directory, Sealed, Section, columns_path, directory_path, hash};
use crate::control::Control;
use crate::vault::files;

/// Writes sections and remembers where they stand.
pub(super) struct ColumnWriter<'a> {
    data: PathBuf,
    path: PathBuf,
    file: files::Writer,
    at: u64,
    sections: Vec<Section>,
    control: &'a Control,
}

impl<'a> ColumnWriter<'a> {
    pub(super) fn create(data: &Path, control: &'a Control) -> Result<Self, ProjectError> {
        let path = columns_path(data);
        let file = files::create(&path).map_err(io_error("write", &path))?;
        Ok(Self { data: data.to_owned(), path, file, at: 0, sections: Vec::new(), control })
    }

    /// A column of numbers, given as what `bits` makes of each value.
    pub(super) fn numbers<T: Copy>(
        &mut self,
        name: &str,
        values: &[T],
        bits: impl Fn(T) -> u64,
    ) -> Result<(), ProjectError> {
        self.numbers_of(name, values, 0, bits)
    }

    /// The same with room for each row even where all are equal, so that the file shows how many there
    /// are.
    pub(super) fn anchor<T: Copy>(
        &mut self,
        name: &str,
        values: &[T],
        bits: impl Fn(T) -> u64,
    ) -> Result<(), ProjectError> {
        self.numbers_of(name, values, 1, bits)
    }

    /// A column in which every row is the same.
    pub(super) fn repeated(&mut self, name: &str, rows: usize, bits: u64) {
        let section = self.begin(name, rows, if rows == 0 { 0 } else { bits }, 0);
        self.sections.push(section);
    }

    fn numbers_of<T: Copy>(
        &mut self,
        name: &str,
        values: &[T],
        least_width: usize,
        bits: impl Fn(T) -> u64,
    ) -> Result<(), ProjectError> {
        let (mut low, mut high) = (u64::MAX, 0);
        for &value in values {
            let value = bits(value);
            (low, high) = (low.min(value), high.max(value));
        }
        let base = if values.is_empty() { 0 } else { low };
        let largest = high.saturating_sub(base);
        let width = (u64::BITS - largest.leading_zeros()).div_ceil(8) as usize;
        let width = width.max(least_width);
        let mut bytes = Vec::with_capacity(BLOCK_ROWS.min(values.len()) * width);
        let blocks = values.chunks(BLOCK_ROWS).filter(|_| width > 0);
        let section = self.begin(name, values.len(), base, width as u8);
        self.sections.push(section);
        for block in blocks {
            bytes.clear();
            for &value in block {
                let offset = bits(value).wrapping_sub(base).to_le_bytes();
                bytes.extend_from_slice(&offset[..width]);
            }
            self.block(&bytes)?;
        }
        Ok(())
    }

    /// Texts: the bytes of all one after another, and where each ends.
    pub(super) fn texts<'t>(
        &mut self,
        name: &str,
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<(), ProjectError> {
        let mut ends = Vec::new();
        let mut end = 0;
        let mut bytes = Vec::with_capacity(BLOCK_ROWS);
        let section = self.begin(&format!("{name}.text"), 0, 0, 1);
        self.sections.push(section);
        for text in texts {
            end += text.len() as u64;
            ends.push(end);
            bytes.extend_from_slice(text.as_bytes());
            while bytes.len() >= BLOCK_ROWS {
                self.block(&bytes[..BLOCK_ROWS])?;
                bytes.drain(..BLOCK_ROWS);
            }
        }
        if !bytes.is_empty() {
            self.block(&bytes)?;
        }
        if let Some(section) = self.sections.last_mut() {
            section.rows = end;
        }
        self.anchor(&format!("{name}.ends"), &ends, |end| end)
    }

    fn begin(&self, name: &str, rows: usize, base: u64, width: u8) -> Section {
        let rows = rows as u64;
        Section { name: name.to_owned(), rows, base, width, at: self.at, blocks: Vec::new() }
    }

    fn block(&mut self, bytes: &[u8]) -> Result<(), ProjectError> {
        self.control.check()?;
        self.file.write_all(bytes).map_err(io_error("write", &self.path))?;
        self.at += bytes.len() as u64;
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(hash(bytes));
        }
        Ok(())
    }

    /// Waits until all is on the disk; only then is there a directory, without which a folder holds no
    /// columns.
    pub(super) fn finish(
        self,
        revision: &str,
        attributes: Vec<String>,
    ) -> Result<(), ProjectError> {
        let path = &self.path;
        self.file.finish().map_err(io_error("write", path))?;
        let revision = revision.to_owned();
        let sealed = Sealed::new(Directory { revision, attributes, sections: self.sections });
        let json = sealed.and_then(|sealed| serde_json::to_vec(&sealed));
        let json = json.map_err(|error| io_error("write", path)(error.into()))?;
        write_file(&directory_path(&self.data), &json)
    }
}
