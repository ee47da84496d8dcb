//! Linear models with an L2 penalty: logistic regression and ridge regression.

use rayon::prelude::*;

use super::lbfgs::minimise;
use super::sparse::SparseRows;
use crate::control::{Cancelled, Control};

/// Largest element of the mean loss's gradient at which fitting ends.
const TOLERANCE: f64 = 1e-7;

/// What is to be foretold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LinearTarget<'a> {
    /// One of `n` classes each.
    Classes {
        /// The class of each row, below `n`.
        of: &'a [u32],
        /// Number of classes.
        n: usize,
    },
    /// Any of `n` labels each, told one by one against the rest.
    Marks {
        /// Whether a row has a label, `[rows, n]`, row-major.
        of: &'a [bool],
        /// Number of labels.
        n: usize,
    },
    /// A number each.
    Values(&'a [f64]),
}

/// The loss of one row as a function of its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Two classes: the output is the logit of the second.
    Logistic,
    /// Several labels: the logit of each.
    Sigmoids,
    /// Several classes: an output for each.
    Softmax,
    /// A number: half the squared error.
    Identity,
}

/// Weights of words and what they are put through.
#[derive(Debug, Clone)]
pub struct LinearModel {
    link: Link,
    outputs: usize,
    /// `[columns, outputs]`.
    weights: Vec<f64>,
    intercepts: Vec<f64>,
}

impl LinearModel {
    /// The minimum of `C · Σ loss + ½‖W‖²`, intercepts free of the penalty: scikit-learn's
    /// `LogisticRegression(C=strength)`, in a `OneVsRestClassifier` for several labels, and `Ridge(alpha=1/strength)`
    /// for numbers.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    pub fn fit(
        rows: &SparseRows,
        target: LinearTarget<'_>,
        strength: f64,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        let by_column = rows.transposed();
        match target {
            LinearTarget::Marks { of, n } => {
                Self::one_by_one((rows, &by_column), of, n, strength, control)
            }
            _ => Self::fit_whole((rows, &by_column), target, strength, control),
        }
    }

    /// A model for each label, which is what one for all of them comes to, in less memory.
    fn one_by_one(
        rows: (&SparseRows, &SparseRows),
        of: &[bool],
        n: usize,
        strength: f64,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        let mut weights = vec![0.0; rows.0.width() * n];
        let mut intercepts = Vec::with_capacity(n);
        for label in 0..n {
            control.report("stage-fitting-baseline", label as u64, n as u64);
            let classes: Vec<u32> =
                of.iter().skip(label).step_by(n).map(|&has| u32::from(has)).collect();
            let target = LinearTarget::Classes { of: &classes, n: 2 };
            let one = Self::fit_whole(rows, target, strength, control)?;
            let places = weights.iter_mut().skip(label).step_by(n);
            places.zip(one.weights).for_each(|(place, weight)| *place = weight);
            intercepts.extend(one.intercepts);
        }
        Ok(Self { link: Link::Sigmoids, outputs: n, weights, intercepts })
    }

    fn fit_whole(
        (rows, by_column): (&SparseRows, &SparseRows),
        target: LinearTarget<'_>,
        strength: f64,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        let (link, outputs) = match target {
            LinearTarget::Classes { n: 2, .. } => (Link::Logistic, 1),
            LinearTarget::Classes { n, .. } => (Link::Softmax, n),
            LinearTarget::Marks { n, .. } => (Link::Sigmoids, n),
            LinearTarget::Values(_) => (Link::Identity, 1),
        };
        let n = rows.len().max(1) as f64;
        let penalty = 1.0 / (strength * n);
        let n_weights = rows.width() * outputs;
        let objective = |x: &[f64], gradient: &mut [f64]| {
            let (weights, intercepts) = x.split_at(n_weights);
            let mut errors = with_intercepts(rows.times(weights, outputs), intercepts);
            let loss: f64 = link.losses(&mut errors, target, outputs).iter().sum();
            let (of_weights, of_intercepts) = gradient.split_at_mut(n_weights);
            of_weights.copy_from_slice(&by_column.times(&errors, outputs));
            let slope = |(slope, weight): (&mut f64, &f64)| *slope = *slope / n + penalty * weight;
            of_weights.iter_mut().zip(weights).for_each(slope);
            for (output, slope) in of_intercepts.iter_mut().enumerate() {
                *slope = errors.iter().skip(output).step_by(outputs).sum::<f64>() / n;
            }
            loss / n + penalty / 2.0 * weights.iter().map(|weight| weight * weight).sum::<f64>()
        };
        let mut start = vec![0.0; n_weights + outputs];
        if let LinearTarget::Values(values) = target {
            start[n_weights] = values.iter().sum::<f64>() / n;
        }
        let mut weights = minimise(objective, start, TOLERANCE, control)?;
        let intercepts = weights.split_off(n_weights);
        Ok(Self { link, outputs, weights, intercepts })
    }

    /// Chances of all classes or labels, `[rows, classes]`, or numbers, `[rows]`.
    #[must_use]
    pub fn predict(&self, rows: &SparseRows) -> Vec<f64> {
        let mut out = self.outputs(rows);
        match self.link {
            Link::Identity => out,
            Link::Logistic => {
                let chance = |logit: f64| 1.0 / (1.0 + (-logit).exp());
                out.into_iter().flat_map(|logit| [chance(-logit), chance(logit)]).collect()
            }
            Link::Sigmoids => {
                out.iter_mut().for_each(|logit| *logit = 1.0 / (1.0 + (-*logit).exp()));
                out
            }
            Link::Softmax => {
                out.par_chunks_mut(self.outputs).for_each(|row| {
                    softmax(row);
                });
                out
            }
        }
    }

    /// Mean loss, nats, or half the mean squared error.
    #[must_use]
    pub fn loss(&self, rows: &SparseRows, target: LinearTarget<'_>) -> f64 {
        let mut out = self.outputs(rows);
        let losses = self.link.losses(&mut out, target, self.outputs);
        losses.iter().sum::<f64>() / losses.len().max(1) as f64
    }

    /// The weight of a column in an output.
    #[must_use]
    pub fn weight(&self, column: usize, output: usize) -> f64 {
        self.weights[column * self.outputs + output]
    }

    /// What is added to each output.
    #[must_use]
    pub fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    fn outputs(&self, rows: &SparseRows) -> Vec<f64> {
        with_intercepts(rows.times(&self.weights, self.outputs), &self.intercepts)
    }
}

impl Link {
    /// The loss of each row; its outputs become the loss's gradient in them.
    fn losses(self, out: &mut [f64], target: LinearTarget<'_>, outputs: usize) -> Vec<f64> {
        let one = |(row, out): (usize, &mut [f64])| match (self, target) {
            (Self::Identity, LinearTarget::Values(values)) => {
                out[0] -= values[row];
                out[0] * out[0] / 2.0
            }
            (Self::Logistic, LinearTarget::Classes { of, .. }) => {
                let (logit, truth) = (out[0], f64::from(of[row]));
                out[0] = 1.0 / (1.0 + (-logit).exp()) - truth;
                logit.max(0.0) - logit * truth + (-logit.abs()).exp().ln_1p()
            }
            (Self::Sigmoids, LinearTarget::Marks { of, n }) => {
                let mut loss = 0.0;
                for (label, out) in out.iter_mut().enumerate() {
                    let (logit, truth) = (*out, f64::from(u8::from(of[row * n + label])));
                    *out = 1.0 / (1.0 + (-logit).exp()) - truth;
                    loss += logit.max(0.0) - logit * truth + (-logit.abs()).exp().ln_1p();
                }
                loss
            }
            (Self::Softmax, LinearTarget::Classes { of, .. }) => {
                let truth = of[row] as usize;
                let logit = out[truth];
                let log_sum = softmax(out);
                out[truth] -= 1.0;
                log_sum - logit
            }
            _ => 0.0,
        };
        out.par_chunks_mut(outputs).enumerate().map(one).collect()
    }
}

/// Logits become chances; the logarithm of the sum of their exponentials comes back.
fn softmax(row: &mut [f64]) -> f64 {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|value| *value = (*value - top).exp());
    let total: f64 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= total);
    top + total.ln()
}

fn with_intercepts(mut out: Vec<f64>, intercepts: &[f64]) -> Vec<f64> {
    for row in out.chunks_exact_mut(intercepts.len()) {
        for (value, intercept) in row.iter_mut().zip(intercepts) {
            *value += intercept;
        }
    }
    out
}
