//! Limited-memory BFGS (Liu and Nocedal 1989) for smooth convex functions.

use std::collections::VecDeque;

use crate::control::{Cancelled, Control};

/// Steps whose curvature is remembered.
const MEMORY: usize = 10;
const MAX_STEPS: usize = 1_000;
/// Share of the foretold decrease that a step must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Share of the slope that must be gone after a step (Wolfe).
const CURVATURE: f64 = 0.9;
const MAX_TRIALS: usize = 40;

/// The least point of `f` from `start`, to where no element of the gradient is above `tolerance`.
/// `f` puts the gradient into its second argument and gives the value.
///
/// # Errors
/// [`Cancelled`] on request, heard at every evaluation.
pub(super) fn minimise(
    mut f: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: Vec<f64>,
    tolerance: f64,
    control: &Control,
) -> Result<Vec<f64>, Cancelled> {
    let mut x = start;
    let mut gradient = vec![0.0; x.len()];
    let mut value = f(&x, &mut gradient);
    let mut memory: VecDeque<Pair> = VecDeque::new();
    for _ in 0..MAX_STEPS {
        control.check()?;
        if gradient.iter().all(|slope| slope.abs() <= tolerance) {
            break;
        }
        let mut direction = descent(&gradient, &memory);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            memory.clear();
            direction = gradient.iter().map(|value| -value).collect();
            slope = dot(&direction, &gradient);
        }
        let first = if memory.is_empty() { 1.0 / (-slope).sqrt().max(1.0) } else { 1.0 };
        let Some(step) = search(&mut f, &x, value, slope, &direction, first, control)? else {
            break;
        };
        let change: Vec<f64> = step.x.iter().zip(&x).map(|(new, old)| new - old).collect();
        let turn: Vec<f64> =
            step.gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&change, &turn);
        if curvature > 1e-300 {
            memory.push_back(Pair { change, turn, curvature });
            if memory.len() > MEMORY {
                memory.pop_front();
            }
        }
        (x, value, gradient) = (step.x, step.value, step.gradient);
    }
    Ok(x)
}

/// A step made and how it changed the gradient.
struct Pair {
    change: Vec<f64>,
    turn: Vec<f64>,
    curvature: f64,
}

struct Step {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// Minus the inverse Hessian, as far as it is known, times the gradient.
fn descent(gradient: &[f64], memory: &VecDeque<Pair>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let share = dot(&pair.change, &direction) / pair.curvature;
        add(&mut direction, -share, &pair.turn);
        shares.push(share);
    }
    if let Some(last) = memory.back() {
        let scale = last.curvature / dot(&last.turn, &last.turn);
        direction.iter_mut().for_each(|value| *value *= scale);
    }
    for (pair, share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = dot(&pair.turn, &direction) / pair.curvature;
        add(&mut direction, share - back, &pair.change);
    }
    direction
}

/// A step that fulfils the Wolfe conditions, by bisection; none when no step goes down any more.
fn search(
    f: &mut impl FnMut(&[f64], &mut [f64]) -> f64,
    x: &[f64],
    value: f64,
    slope: f64,
    direction: &[f64],
    first: f64,
    control: &Control,
) -> Result<Option<Step>, Cancelled> {
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, first);
    let mut best: Option<Step> = None;
    for _ in 0..MAX_TRIALS {
        control.check()?;
        let mut trial = x.to_vec();
        add(&mut trial, length, direction);
        let mut gradient = vec![0.0; x.len()];
        let found = f(&trial, &mut gradient);
        if found <= value + SUFFICIENT * length * slope {
            let slope_there = dot(&gradient, direction);
            best = Some(Step { x: trial, value: found, gradient });
            if slope_there >= CURVATURE * slope {
                break;
            }
            low = length;
        } else {
            high = length;
        }
        length = if high.is_finite() { f64::midpoint(low, high) } else { length * 2.0 };
    }
    Ok(best)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(target: &mut [f64], factor: f64, other: &[f64]) {
    for (target, other) in target.iter_mut().zip(other) {
        *target += factor * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_of_a_bowl_is_found() {
        let bowl = |x: &[f64], gradient: &mut [f64]| {
            let scales = [1.0, 50.0, 0.2];
            for ((slope, &x), scale) in gradient.iter_mut().zip(x).zip(scales) {
                *slope = 4.0 * scale * (x - scale).powi(3) + scale * (x - scale);
            }
            x.iter()
                .zip(scales)
                .map(|(x, scale)| scale * (x - scale).powi(4) + scale * (x - scale).powi(2) / 2.0)
                .sum()
        };
        let x = minimise(bowl, vec![0.0; 3], 1e-10, &Control::default()).expect("not cancelled");
        for (found, expected) in x.iter().zip([1.0, 50.0, 0.2]) {
            assert!((found - expected).abs() < 1e-8, "{x:?}");
        }
    }
}
