//! The tail of the chi-square distribution.

use super::real_len;

const MAX_TERMS: usize = 100_000;
const PRECISION: f64 = 1e-15;

/// `P(X ≥ statistic)` for a chi-square variable with `degrees_of_freedom`: the upper regularised
/// incomplete gamma function `Q(df / 2, statistic / 2)`.
///
/// Example: 3.841459 with one degree of freedom gives 0.05. Without degrees of freedom it is 1.
#[must_use]
pub fn chi_square_tail(statistic: f64, degrees_of_freedom: usize) -> f64 {
    if degrees_of_freedom == 0 || statistic <= 0.0 {
        return 1.0;
    }
    upper_gamma(real_len(degrees_of_freedom) / 2.0, statistic / 2.0).clamp(0.0, 1.0)
}

/// `Q(a, x)` by series below `a + 1`, by Lentz's continued fraction above it (Numerical Recipes,
/// section 6.2).
fn upper_gamma(a: f64, x: f64) -> f64 {
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { 1.0 - scale * lower_series(a, x) } else { scale * upper_fraction(a, x) }
}

fn lower_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut denominator = a;
    for _ in 0..MAX_TERMS {
        denominator += 1.0;
        term *= x / denominator;
        sum += term;
        if term < sum * PRECISION {
            break;
        }
    }
    sum
}

fn upper_fraction(a: f64, x: f64) -> f64 {
    let guard = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / guard(b);
    let mut fraction = d;
    for step in 1..MAX_TERMS {
        let i = real_len(step);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / guard(numerator * d + b);
        c = guard(b + numerator / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < PRECISION {
            break;
        }
    }
    fraction
}

/// `ln Γ(z)` for `z > 0`: Stirling's series after lifting `z` above 10, where its error is below 1e-15.
fn ln_gamma(z: f64) -> f64 {
    let mut lifted = z;
    let mut correction = 0.0;
    while lifted < 10.0 {
        correction += lifted.ln();
        lifted += 1.0;
    }
    let inverse = 1.0 / lifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0))));
    (lifted - 0.5) * lifted.ln() - lifted + 0.5 * std::f64::consts::TAU.ln() + series - correction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_values_of_the_tables() {
        for (statistic, df, p) in [
            (3.841_458_820_694_124, 1, 0.05),
            (5.991_464_547_107_979, 2, 0.05),
            (18.307_038_053_275_146, 10, 0.05),
            (135.806_723_171_026_76, 100, 0.01),
        ] {
            let found = chi_square_tail(statistic, df);
            assert!((found - p).abs() < 1e-10, "{statistic} at {df}: {found}");
        }
    }

    #[test]
    fn the_tail_falls_and_has_its_ends() {
        assert!((chi_square_tail(0.0, 3) - 1.0).abs() < 1e-15);
        assert!((chi_square_tail(5.0, 0) - 1.0).abs() < 1e-15);
        assert!(chi_square_tail(1e6, 5) < 1e-300);
        let tails: Vec<f64> = (1..60).map(|x| chi_square_tail(f64::from(x), 7)).collect();
        assert!(tails.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
