//! The little numerical mathematics that the analyses share.

mod chi_square;
mod interval;
mod linear;
mod quantile;

pub use chi_square::chi_square_tail;
pub use interval::{Interval, wilson};
pub use linear::solve;
pub use quantile::{quantile_of_sorted, rank_in_sorted};

/// A count as a number to calculate with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of events stay far below 2^53")]
pub const fn real(count: u64) -> f64 {
    count as f64
}

/// A length as a number to calculate with.
#[must_use]
pub const fn real_len(length: usize) -> f64 {
    real(length as u64)
}

/// A figure for a texture or a long column, where seven digits are enough.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
pub const fn single(value: f64) -> f32 {
    value as f32
}
