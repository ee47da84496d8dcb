//! Is there any memory at all?

use super::{OrderTest, StateId, TransitionMatrix};
use crate::analysis::numeric::{chi_square_tail, real_len};

/// Expected counts below this make the chi-square approximation rough (Cochran's rule).
const SMALL_EXPECTATION: f64 = 5.0;

impl TransitionMatrix {
    /// Tests first order against zero order, see [`OrderTest`]. `None` where there is nothing to test:
    /// fewer than two states on either side, or self transitions not counted, since an empty diagonal
    /// alone would look like memory.
    #[must_use]
    pub fn order_test(&self) -> Option<OrderTest> {
        if !self.options.self_transitions {
            return None;
        }
        let inner = |state: &usize| !matches!(self.ids[*state], StateId::Start | StateId::Exit);
        let states: Vec<usize> = (0..self.len()).filter(inner).collect();
        let count = |from: usize, to: usize| self.counts[from * self.len() + to];
        let sum = |cells: &mut dyn Iterator<Item = f64>| -> f64 { cells.sum() };
        let row_total = |&from: &usize| (from, sum(&mut states.iter().map(|&to| count(from, to))));
        let column_total = |&to: &usize| (to, sum(&mut states.iter().map(|&from| count(from, to))));
        let filled = |&(_, total): &(usize, f64)| total > 0.0;
        let rows: Vec<(usize, f64)> = states.iter().map(row_total).filter(filled).collect();
        let columns: Vec<(usize, f64)> = states.iter().map(column_total).filter(filled).collect();
        if rows.len() < 2 || columns.len() < 2 {
            return None;
        }
        Some(independence(&rows, &columns, count))
    }
}

fn independence(
    rows: &[(usize, f64)],
    columns: &[(usize, f64)],
    count: impl Fn(usize, usize) -> f64,
) -> OrderTest {
    let total: f64 = rows.iter().map(|&(_, sum)| sum).sum();
    let mut chi_square = 0.0;
    let mut sparse = 0;
    for &(from, row_sum) in rows {
        for &(to, column_sum) in columns {
            let expected = row_sum * column_sum / total;
            chi_square += (count(from, to) - expected).powi(2) / expected;
            sparse += usize::from(expected < SMALL_EXPECTATION);
        }
    }
    let degrees_of_freedom = (rows.len() - 1) * (columns.len() - 1);
    let smaller = real_len(rows.len().min(columns.len()) - 1);
    OrderTest {
        chi_square,
        degrees_of_freedom,
        p_value: chi_square_tail(chi_square, degrees_of_freedom),
        cramers_v: (chi_square / (total * smaller)).sqrt().min(1.0),
        sparse_cells: real_len(sparse) / real_len(rows.len() * columns.len()),
    }
}
