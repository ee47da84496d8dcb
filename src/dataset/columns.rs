//! Compact typed columns: interned text and categories.

use std::collections::HashMap;

const NONE: u32 = u32::MAX;

/// Optional text per row, each distinct text stored once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    codes: Vec<u32>,
    pool: Vec<Box<str>>,
}

impl TextColumn {
    /// The text of a row; `None` where the row has none or lies beyond the column.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = self.codes.get(row).copied().unwrap_or(NONE);
        (code != NONE).then(|| self.pool[code as usize].as_ref())
    }

    /// The same column with rows in the given order.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let code = |&row: &u32| self.codes.get(row as usize).copied().unwrap_or(NONE);
        Self { codes: rows.iter().map(code).collect(), pool: self.pool.clone() }
    }

    /// [`Self::take`] of a column that is of no use afterwards.
    #[must_use]
    pub(in crate::dataset) fn reordered(self, rows: &[u32]) -> Self {
        let code = |&row: &u32| self.codes.get(row as usize).copied().unwrap_or(NONE);
        Self { codes: rows.iter().map(code).collect(), pool: self.pool }
    }

    /// The same column without the texts that no row has.
    #[must_use]
    pub fn compact(mut self) -> Self {
        let mut numbers = vec![NONE; self.pool.len()];
        let mut used = Vec::new();
        for code in self.codes.iter_mut().filter(|code| **code != NONE) {
            let number = &mut numbers[*code as usize];
            if *number == NONE {
                *number = used.len() as u32;
                used.push(std::mem::take(&mut self.pool[*code as usize]));
            }
            *code = *number;
        }
        self.pool = used;
        self
    }

    /// The column with every distinct text changed; `None` leaves the row without text.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str) -> Option<String>) -> Self {
        let mut changed = TextColumnBuilder::default();
        for text in &self.pool {
            changed.push(change(text).as_deref());
        }
        let changed = changed.finish();
        let code = |&code: &u32| changed.codes.get(code as usize).copied().unwrap_or(NONE);
        Self { codes: self.codes.iter().map(code).collect(), pool: changed.pool }
    }

    /// Code of a row: equal text, equal code. `None` where the row has no text.
    #[must_use]
    pub fn code(&self, row: usize) -> Option<u32> {
        self.codes.get(row).copied().filter(|&code| code != NONE)
    }

    /// `[n_rows]` codes, `u32::MAX` where a row has no text.
    pub(in crate::dataset) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// A column of codes that stand for positions in `pool`, or for nothing.
    pub(in crate::dataset) const fn from_parts(codes: Vec<u32>, pool: Vec<Box<str>>) -> Self {
        Self { codes, pool }
    }

    /// The distinct texts in order of first appearance; a code is a position in it.
    #[must_use]
    pub fn pool(&self) -> &[Box<str>] {
        &self.pool
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Bytes that the column takes in memory.
    pub(in crate::dataset) fn size_bytes(&self) -> usize {
        let texts: usize = self.pool.iter().map(|text| text.len()).sum();
        size_of_val(&*self.codes) + size_of_val(&*self.pool) + texts
    }

    /// Whether no row has a text.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.pool.is_empty()
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for TextColumn {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(rows: I) -> Self {
        let mut builder = TextColumnBuilder::default();
        for row in rows {
            builder.push(row.as_ref().map(AsRef::as_ref));
        }
        builder.finish()
    }
}

/// Interns texts as they come.
#[derive(Debug, Default)]
pub struct TextColumnBuilder {
    codes: Vec<u32>,
    pool: Vec<Box<str>>,
    known: HashMap<Box<str>, u32>,
}

impl TextColumnBuilder {
    /// Append a row. Blank text counts as none.
    ///
    /// # Panics
    /// If there are more than 2³² distinct texts.
    pub fn push(&mut self, text: Option<&str>) {
        let code = match text.map(str::trim).filter(|text| !text.is_empty()) {
            None => NONE,
            Some(text) => match self.known.get(text) {
                Some(&code) => code,
                None => {
                    let code = u32::try_from(self.pool.len()).expect("texts fit 32 bits");
                    self.pool.push(text.into());
                    self.known.insert(text.into(), code);
                    code
                }
            },
        };
        self.codes.push(code);
    }

    /// Append a row after as many without text as it takes for it to have this number.
    pub(in crate::dataset) fn push_at(&mut self, row: usize, text: Option<&str>) {
        self.codes.resize(row, NONE);
        self.push(text);
    }

    /// Number of rows so far.
    #[must_use]
    pub(in crate::dataset) const fn len(&self) -> usize {
        self.codes.len()
    }

    /// The finished column.
    #[must_use]
    pub fn finish(self) -> TextColumn {
        TextColumn { codes: self.codes, pool: self.pool }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_code_and_blank_is_none() {
        let column: TextColumn = [Some("a"), None, Some(" a "), Some("")].into_iter().collect();
        assert_eq!(column.get(0), Some("a"));
        assert_eq!(column.code(0), column.code(2));
        assert_eq!((column.get(1), column.get(3), column.get(9)), (None, None, None));
        assert_eq!(column.take(&[2, 1]).get(0), Some("a"));
        assert!(column.take(&[1, 3]).compact().is_blank());
    }

    #[test]
    fn changed_texts_that_become_equal_share_a_code() {
        let column: TextColumn = [Some("37"), None, Some("31"), Some("x")].into_iter().collect();
        let bands = column.map(|text| text.starts_with('3').then(|| "30-39".to_owned()));
        assert_eq!((bands.get(0), bands.get(1), bands.get(3)), (Some("30-39"), None, None));
        assert_eq!(bands.code(0), bands.code(2));
        assert_eq!((bands.len(), bands.pool().len()), (4, 1));
    }
}
