//! A product a line and its units sold in a column per period, turned into a sale per product and
//! period. Nobody knows who bought, so one shopper stands for all.

use std::path::Path;

use super::bytes::Head;
use super::delimited::Delimited;
use super::layout::{self, PeriodColumns};
use super::{ReadStats, Visitor};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, Row};
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::format::FileFormat;
use crate::dataset::load::recognise::Binding;
use crate::dataset::schema::{Field, Role};

/// Stands for everybody who bought.
const EVERYBODY: &str = "all shoppers";

/// A table of units by product and period.
#[derive(Debug, Clone)]
pub(super) struct Periods {
    /// Names of the columns that it is turned into.
    pub columns: Vec<String>,
    table: Delimited,
    found: PeriodColumns,
}

impl Periods {
    /// Finds the product and the periods.
    pub(super) fn sniff(path: &Path, head: &Head) -> Result<Self, FileProblem> {
        let table = Delimited::sniff(path, head, FileFormat::Periods)?;
        let found = layout::periods(&table.columns)
            .ok_or_else(|| FileProblem::NoPeriods { found: table.columns.clone() })?;
        let item = table.columns[found.item].clone();
        let columns = ["shopper", &item, "period", "units"].map(str::to_owned);
        Ok(Self { columns: columns.to_vec(), table, found })
    }

    /// What stands between values.
    pub(super) fn delimiter(&self) -> Option<char> {
        self.table.delimiter()
    }

    /// What the columns mean in a file of this role.
    pub(super) fn known(role: Role) -> Vec<(Field, Binding)> {
        let fields: &[(Field, usize)] = match role {
            Role::Events => {
                &[(Field::User, 0), (Field::Item, 1), (Field::Time, 2), (Field::Quantity, 3)]
            }
            Role::Catalog | Role::Users => &[],
        };
        fields.iter().map(|&(field, column)| (field, Binding::Column(column))).collect()
    }

    /// Hands a row per product and period with sales to `visit`.
    pub(super) fn read(
        &self,
        path: &Path,
        head: &Head,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let columns: Vec<usize> =
            std::iter::once(self.found.item).chain(self.found.periods.clone()).collect();
        let mut rows = 0;
        let stats = self.table.read(path, head, &columns, control, &mut |row| {
            let row = match row {
                Row::Bad { .. } => {
                    rows += 1;
                    return visit(row);
                }
                Row::Good(row) => row,
            };
            for (number, &units) in (self.found.first..).zip(&row.cells[1..]) {
                if is_nothing(units) {
                    continue;
                }
                rows += 1;
                let all = [Cell::Text(EVERYBODY), row.cells[0], Cell::Int(number), units];
                let cells: Vec<Cell<'_>> = wanted.iter().map(|&column| all[column]).collect();
                visit(Row::Good(GoodRow { line: row.line, cells: &cells, raw: row.raw }))?;
            }
            Ok(())
        })?;
        Ok(ReadStats { rows, ..stats })
    }
}

/// No sale in that period.
fn is_nothing(units: Cell<'_>) -> bool {
    units.text().is_none_or(|text| text.parse::<f64>().is_ok_and(|number| number == 0.0))
}
