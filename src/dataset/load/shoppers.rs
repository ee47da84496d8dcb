//! Shoppers: what a users file says about them, every column an attribute.

use std::collections::HashSet;

use super::cell::{GoodRow, Row};
use super::error::Stop;
use super::plan::Plan;
use super::report::{RejectCounter, RejectReason};
use super::source::ReadStats;
use super::sparse::SparseText;
use crate::control::Control;
use crate::dataset::UserAttribute;
use crate::dataset::schema::Field;
use crate::ids::IdMap;

/// What is known of shoppers while it is read.
#[derive(Debug, Default)]
pub(super) struct Shoppers {
    attributes: Vec<(String, SparseText)>,
}

impl Shoppers {
    /// Reads one users file. A shopper of an earlier file is completed, not replaced.
    pub(super) fn read(
        &mut self,
        plan: &Plan,
        users: &mut IdMap,
        rejected: &mut RejectCounter,
        control: &Control,
    ) -> Result<ReadStats, Stop> {
        let targets = self.targets(plan);
        let mut in_file = HashSet::new();
        let mut finder = UserFinder::default();
        let mut row_number = 0_u64;
        plan.source.read(&plan.layout.wanted, control, &mut |row| {
            row_number += 1;
            let row = match row {
                Row::Good(row) => row,
                Row::Bad { line, reason, text } => {
                    rejected.add(reason, line, || text.into_owned());
                    return Ok(());
                }
            };
            let Some(user) = finder.find(plan, &row, row_number, users) else {
                rejected.add(RejectReason::NoUser, row.line, || row.example());
                return Ok(());
            };
            if in_file.insert(user) {
                self.add(&targets, &row, user);
            } else {
                rejected.add(RejectReason::DuplicateId, row.line, || row.example());
            }
            Ok(())
        })
    }

    /// The attribute that each column read belongs to; the id is none.
    fn targets(&mut self, plan: &Plan) -> Vec<Option<usize>> {
        let id = plan.recognised.column(Field::User);
        let columns = plan.source.columns();
        let wanted = plan.layout.wanted.iter();
        wanted.map(|&column| (Some(column) != id).then(|| self.target(&columns[column]))).collect()
    }

    fn target(&mut self, name: &str) -> usize {
        let known = self.attributes.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.attributes.push((name.to_owned(), SparseText::default()));
            self.attributes.len() - 1
        })
    }

    fn add(&mut self, targets: &[Option<usize>], row: &GoodRow<'_>, user: u32) {
        for (cell, target) in row.cells.iter().zip(targets) {
            if let (Some(text), Some(target)) = (cell.text(), target) {
                self.attributes[*target].1.fill(user, &text);
            }
        }
    }

    /// The attributes of this many shoppers.
    pub(super) fn finish(self, n_users: usize) -> Vec<UserAttribute> {
        let attribute = |(name, values): (String, SparseText)| UserAttribute {
            name,
            values: values.finish(n_users),
        };
        self.attributes.into_iter().map(attribute).collect()
    }
}

/// Gives rows their shopper. Logs are often grouped by shopper, so the last one is remembered.
#[derive(Debug, Default)]
pub(super) struct UserFinder {
    last: Option<(String, u32)>,
}

impl UserFinder {
    /// The shopper of a row, if it names one; with `#row` every row is one.
    pub(super) fn find(
        &mut self,
        plan: &Plan,
        row: &GoodRow<'_>,
        row_number: u64,
        users: &mut IdMap,
    ) -> Option<u32> {
        if plan.numbers_rows() {
            return Some(users.insert(&format!("row-{row_number}")));
        }
        let id = plan.layout.cell(row, Field::User).text()?;
        if let Some((last, user)) = &self.last
            && *last == *id
        {
            return Some(*user);
        }
        let user = users.insert(&id);
        self.last = Some((id.into_owned(), user));
        Some(user)
    }
}
