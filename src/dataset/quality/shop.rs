//! What every check is given, and loops over a whole shop that can be cancelled.

use std::ops::Range;

use rayon::prelude::*;

use super::QualityOptions;
use super::finding::{Example, Finding, FindingKind, MAX_EXAMPLES};
use super::report::{SkipReason, Skipped};
use crate::control::{Cancelled, Control};
use crate::dataset::load::{LoadReport, WarningKind};
use crate::dataset::{Dataset, Interactions};
use crate::ids::{ItemIdx, UserIdx};

/// Shoppers per chunk.
const USERS_PER_CHUNK: usize = 1 << 9;
/// Rows per chunk.
const ROWS_PER_CHUNK: usize = 1 << 17;
/// Longest example value, in characters.
const MAX_VALUE_CHARS: usize = 120;

/// A shop under examination.
#[derive(Clone, Copy)]
pub(super) struct Shop<'a> {
    pub dataset: &'a Dataset,
    pub report: &'a LoadReport,
    pub options: &'a QualityOptions,
    pub control: &'a Control,
}

/// What the checks have found so far.
#[derive(Default)]
pub(super) struct Found {
    pub findings: Vec<Finding>,
    pub skipped: Vec<Skipped>,
}

impl Found {
    pub(super) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Keep a finding if it counts anything.
    pub(super) fn push_if_any(&mut self, finding: Finding) {
        if finding.count > 0 {
            self.push(finding);
        }
    }

    pub(super) fn skip(&mut self, kinds: &[FindingKind], reason: SkipReason) {
        self.skipped.extend(kinds.iter().map(|&kind| Skipped { kind, reason }));
    }
}

impl<'a> Shop<'a> {
    pub(super) fn log(&self) -> &'a Interactions {
        &self.dataset.interactions
    }

    pub(super) fn n_events(&self) -> u64 {
        self.log().len() as u64
    }

    /// Whether the import's counts are those of this very dataset: cleaning makes another one.
    pub(super) fn report_is_current(&self) -> bool {
        self.report.n_events == self.n_events()
            && self.report.n_items == self.dataset.n_items() as u64
            && self.report.n_users == self.dataset.n_users() as u64
    }

    /// Whether the catalogue was made from the events, so that its prices are those.
    pub(super) fn has_derived_catalog(&self) -> bool {
        let mut warnings = self.report.warnings.iter();
        warnings.any(|warning| warning.kind == WarningKind::CatalogFromEvents)
    }

    /// `work` on shoppers in chunks, in parallel; results in the order of the shoppers.
    pub(super) fn per_users<T: Send>(
        &self,
        work: impl Fn(Range<usize>) -> T + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        self.chunks(self.dataset.n_users(), USERS_PER_CHUNK, work)
    }

    /// `work` on rows in chunks, in parallel; results in the order of the rows.
    pub(super) fn per_rows<T: Send>(
        &self,
        work: impl Fn(Range<usize>) -> T + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        self.chunks(self.log().len(), ROWS_PER_CHUNK, work)
    }

    /// `work` on `0..n` in chunks, in parallel; results in order.
    pub(super) fn chunks<T: Send>(
        &self,
        n: usize,
        size: usize,
        work: impl Fn(Range<usize>) -> T + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        let chunk = |index: usize| {
            self.control.check()?;
            Ok(work(index * size..n.min((index + 1) * size)))
        };
        (0..n.div_ceil(size)).into_par_iter().map(chunk).collect()
    }

    /// Events of every product. `[n_items]`
    pub(super) fn events_per_item(&self) -> Result<Vec<u64>, Cancelled> {
        let log = self.log();
        let mut counts = vec![0; self.dataset.n_items()];
        for from in (0..log.len()).step_by(ROWS_PER_CHUNK) {
            self.control.check()?;
            let rows = from..log.len().min(from + ROWS_PER_CHUNK);
            for item in rows.filter_map(|row| log.item(row)) {
                counts[item.index()] += 1;
            }
        }
        Ok(counts)
    }

    pub(super) fn user_id(&self, user: UserIdx) -> String {
        self.dataset.users.external(user.0).to_owned()
    }

    pub(super) fn item_id(&self, item: ItemIdx) -> String {
        self.dataset.items.external(item.0).to_owned()
    }

    /// An example that is an event.
    pub(super) fn event_example(&self, row: usize, value: impl ToString) -> Example {
        let log = self.log();
        Example {
            user: Some(self.user_id(log.user_of(row))),
            item: log.item(row).map(|item| self.item_id(item)),
            time_ms: self.dataset.has_times.then(|| log.time_ms(row)),
            line: None,
            value: shorten(&value.to_string()),
        }
    }

    /// An example that is a product.
    pub(super) fn item_example(&self, item: usize, value: impl ToString) -> Example {
        Example {
            item: Some(self.item_id(ItemIdx::from_index(item))),
            value: shorten(&value.to_string()),
            ..Example::default()
        }
    }

    /// An example that is a shopper.
    pub(super) fn user_example(&self, user: usize, value: impl ToString) -> Example {
        Example {
            user: Some(self.user_id(UserIdx::from_index(user))),
            value: shorten(&value.to_string()),
            ..Example::default()
        }
    }
}

/// The beginning of a text, on one line, invisible characters made visible.
pub(super) fn shorten(text: &str) -> String {
    let visible = |character: char| match character {
        '\n' | '\r' | '\t' => " ".to_owned(),
        character if character.is_control() => format!("\\u{{{:x}}}", u32::from(character)),
        character => character.to_string(),
    };
    let mut short: String = text.chars().take(MAX_VALUE_CHARS).map(visible).collect();
    if text.chars().nth(MAX_VALUE_CHARS).is_some() {
        short.push('…');
    }
    short
}

/// Counts something and keeps the first few positions of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub count: u64,
    pub first: Vec<usize>,
}

impl Tally {
    pub(super) fn add(&mut self, position: usize) {
        self.count += 1;
        if self.first.len() < MAX_EXAMPLES {
            self.first.push(position);
        }
    }

    /// Count what a later chunk found.
    pub(super) fn merge(&mut self, later: Self) {
        self.count += later.count;
        let room = MAX_EXAMPLES - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
    }

    /// The positions in `0..n` for which `is_counted` holds.
    pub(super) fn over(n: usize, mut is_counted: impl FnMut(usize) -> bool) -> Self {
        let mut tally = Self::default();
        (0..n).filter(|&position| is_counted(position)).for_each(|position| tally.add(position));
        tally
    }

    pub(super) fn examples(&self, example: impl FnMut(usize) -> Example) -> Vec<Example> {
        self.first.iter().copied().map(example).collect()
    }
}
