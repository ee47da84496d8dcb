//! Values that an import turns into something else or loses with the rows that it leaves out.

use serde::{Deserialize, Serialize};

use super::report::{Example, MAX_EXAMPLES};

/// Rows of one oddity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddRows {
    /// Rows that went into the dataset.
    pub kept: u64,
    /// Rows left out, for whatever reason.
    pub left_out: u64,
    /// The first few, at most [`MAX_EXAMPLES`].
    pub examples: Vec<Example>,
}

impl OddRows {
    /// All rows.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.kept + self.left_out
    }

    fn add(&mut self, is_kept: bool, line: u64, text: &mut dyn FnMut() -> String) {
        *(if is_kept { &mut self.kept } else { &mut self.left_out }) += 1;
        if self.examples.len() < MAX_EXAMPLES {
            self.examples.push(Example { line, text: text() });
        }
    }
}

/// What event rows held that the dataset no longer shows: a negative quantity becomes a return, and
/// of a row that is left out nothing remains.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Oddities {
    /// Invoice numbers that cancel another one, such as C536379.
    pub cancellations: OddRows,
    /// Quantities below 0.
    pub negative_quantities: OddRows,
    /// Quantities of 0.
    pub zero_quantities: OddRows,
    /// Prices below 0.
    pub negative_prices: OddRows,
    /// Prices of 0.
    pub zero_prices: OddRows,
}

/// What is odd about one row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OddRow {
    /// Whether its invoice cancels another one.
    pub is_cancellation: bool,
    /// Its quantity.
    pub quantity: Option<f32>,
    /// Its price.
    pub price: Option<f32>,
}

impl Oddities {
    /// Count one row; `text` is only asked for while examples are short.
    pub(super) fn add(
        &mut self,
        row: OddRow,
        is_kept: bool,
        line: u64,
        mut text: impl FnMut() -> String,
    ) {
        let is = |value: Option<f32>, test: fn(f32) -> bool| value.is_some_and(test);
        let oddities = [
            (row.is_cancellation, &mut self.cancellations),
            (is(row.quantity, |quantity| quantity < 0.0), &mut self.negative_quantities),
            (is(row.quantity, |quantity| quantity == 0.0), &mut self.zero_quantities),
            (is(row.price, |price| price < 0.0), &mut self.negative_prices),
            (is(row.price, |price| price == 0.0), &mut self.zero_prices),
        ];
        for (_, rows) in oddities.into_iter().filter(|&(is_odd, _)| is_odd) {
            rows.add(is_kept, line, &mut text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_whether_they_are_kept_or_not() {
        let mut oddities = Oddities::default();
        let odd = OddRow { is_cancellation: true, quantity: Some(-1.0), price: Some(0.0) };
        oddities.add(odd, true, 2, || "kept".to_owned());
        oddities.add(OddRow { price: Some(-5.0), ..odd }, false, 3, || "left out".to_owned());
        oddities.add(OddRow { quantity: Some(2.0), ..OddRow::default() }, true, 4, String::new);
        assert_eq!((oddities.cancellations.kept, oddities.cancellations.left_out), (1, 1));
        assert_eq!(oddities.negative_quantities.total(), 2);
        assert_eq!((oddities.zero_prices.total(), oddities.negative_prices.total()), (1, 1));
        assert_eq!(oddities.negative_prices.examples[0].line, 3);
        assert_eq!(oddities.zero_quantities, OddRows::default());
    }
}
