//! One linear system.

/// Solves `A x = b` by Gaussian elimination with row pivoting. `matrix` is `[n][n]` row-major, `rhs`
/// is `[n]`; `None` if the matrix is singular to working precision.
#[must_use]
pub fn solve(mut matrix: Vec<f64>, mut rhs: Vec<f64>) -> Option<Vec<f64>> {
    let n = rhs.len();
    for column in 0..n {
        let pivot = pivot_row(&matrix, n, column)?;
        if pivot != column {
            for k in 0..n {
                matrix.swap(pivot * n + k, column * n + k);
            }
            rhs.swap(pivot, column);
        }
        eliminate_below(&mut matrix, &mut rhs, column);
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| matrix[row * n + k] * rhs[k]).sum();
        rhs[row] = (rhs[row] - known) / matrix[row * n + row];
    }
    Some(rhs)
}

fn pivot_row(matrix: &[f64], n: usize, column: usize) -> Option<usize> {
    let size = |row: usize| matrix[row * n + column].abs();
    let best = (column..n).max_by(|&a, &b| size(a).total_cmp(&size(b)).then(b.cmp(&a)))?;
    (size(best) > 1e-13).then_some(best)
}

fn eliminate_below(matrix: &mut [f64], rhs: &mut [f64], column: usize) {
    let n = rhs.len();
    let (above, below) = matrix.split_at_mut((column + 1) * n);
    let pivot_row = &above[column * n..];
    for (offset, row) in below.chunks_exact_mut(n).enumerate() {
        let factor = row[column] / pivot_row[column];
        if factor != 0.0 {
            for (cell, pivot) in row[column..].iter_mut().zip(&pivot_row[column..]) {
                *cell -= factor * pivot;
            }
            rhs[column + 1 + offset] -= factor * rhs[column];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_with_a_zero_on_the_diagonal() {
        let x = solve(vec![0.0, 2.0, 3.0, 1.0], vec![4.0, 5.0]).expect("regular");
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_singular_matrix_has_no_solution() {
        assert_eq!(solve(vec![1.0, 2.0, 2.0, 4.0], vec![1.0, 2.0]), None);
        assert_eq!(solve(Vec::new(), Vec::new()), Some(Vec::new()));
    }
}
