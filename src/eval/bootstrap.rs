//! Percentile bootstrap over cases (Efron & Tibshirani 1993, chapter 13).

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use crate::control::{Cancelled, Control};

/// Resamples behind each interval.
pub const RESAMPLES: usize = 1000;
/// Values added up in f32 before they go on in f64: enough for the adds to be vectorised.
const BLOCK: usize = 64;

/// The random numbers of one resample, whatever thread draws it.
pub(super) fn stream(seed: u64, resample: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(resample as u64);
    rng
}

/// 95 % intervals of the means of several series over the same cases, `(low, high)` per series. Cases
/// are drawn once per resample and used for every series.
///
/// Series must have one length; empty series give `(0, 0)`.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn intervals(
    series: &[&[f32]],
    seed: u64,
    control: &Control,
) -> Result<Vec<(f64, f64)>, Cancelled> {
    let n_cases = series.first().map_or(0, |values| values.len());
    if n_cases == 0 {
        return Ok(vec![(0.0, 0.0); series.len()]);
    }
    let one = |resample: usize| {
        control.check()?;
        let weights = draw(n_cases, &mut stream(seed, resample));
        Ok(series.iter().map(|values| weighted_mean(values, &weights)).collect())
    };
    let means: Vec<Vec<f64>> = (0..RESAMPLES).into_par_iter().map(one).collect::<Result<_, _>>()?;
    let interval = |at: usize| percentile_interval(means.iter().map(|means| means[at]).collect());
    Ok((0..series.len()).map(interval).collect())
}

/// How often each case is drawn when as many are drawn as there are, with replacement.
pub(super) fn draw(n_cases: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut weights = vec![0.0; n_cases];
    let n = u32::try_from(n_cases).expect("case counts fit 32 bits");
    for _ in 0..n_cases {
        weights[rng.random_range(0..n) as usize] += 1.0;
    }
    weights
}

fn weighted_mean(values: &[f32], weights: &[f32]) -> f64 {
    let block = |(values, weights): (&[f32], &[f32])| {
        f64::from(values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>())
    };
    values.chunks(BLOCK).zip(weights.chunks(BLOCK)).map(block).sum::<f64>() / values.len() as f64
}

/// The 2.5 % and 97.5 % percentiles of resampled means.
pub(super) fn percentile_interval(mut means: Vec<f64>) -> (f64, f64) {
    means.sort_by(f64::total_cmp);
    let tail = means.len() / 40;
    (means[tail], means[means.len() - 1 - tail])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_that_of_the_normal_approximation() {
        let values: Vec<f32> =
            (0..2000).map(|case| if case % 10 == 0 { 1.0 } else { 0.0 }).collect();
        let [(low, high)] = intervals(&[&values], 7, &Control::default()).unwrap()[..] else {
            panic!("one")
        };
        let half_width = 1.96 * (0.1 * 0.9 / values.len() as f64).sqrt();
        assert!((low - (0.1 - half_width)).abs() < 0.003, "{low}");
        assert!((high - (0.1 + half_width)).abs() < 0.003, "{high}");
    }

    #[test]
    fn intervals_depend_on_the_seed_and_not_on_threads() {
        let values: Vec<f32> = (0..100_u8).map(|case| f32::from(case % 7)).collect();
        let run = |seed, threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| intervals(&[&values, &values], seed, &Control::default()).unwrap())
        };
        assert_eq!(run(1, 1), run(1, 3));
        assert_ne!(run(1, 1), run(2, 1));
        assert_eq!(run(1, 1)[0], run(1, 1)[1]);
    }

    #[test]
    fn nothing_has_no_width_and_cancel_is_heard() {
        let control = Control::default();
        assert_eq!(intervals(&[&[], &[]], 1, &control), Ok(vec![(0.0, 0.0); 2]));
        control.cancel_token().cancel();
        assert_eq!(intervals(&[&[1.0]], 1, &control), Err(Cancelled));
    }
}
