//! Which products a sampled softmax draws to stand against the right ones: all alike, by popularity, or the
//! hardest of a larger pool.

use std::fmt;
use std::str::FromStr;

use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::rules::{Rule, stored_as_text};
use super::softmax::SoftmaxOver;
use super::weights::values_of;

/// How the products of a sample are chosen.
///
/// As text `uniform`, `popularity`, `popularity:0.5` or `hard:4`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Negatives {
    /// With a probability in proportion to `share^power` of what is asked for; a power of 0 draws all alike.
    Popularity(f64),
    /// So many times as many are drawn by `popularity`, and those kept that the network as it stands takes for
    /// most likely (after Zhang et al. 2013, who call it dynamic negative sampling).
    Hard(usize),
}

/// The power of `popularity`, as word2vec draws its words.
pub const USUAL_POWER: f64 = 0.75;

/// Largest pool of hard ones, in samples.
pub const LARGEST_POOL: usize = 64;

impl Default for Negatives {
    fn default() -> Self {
        Self::Popularity(USUAL_POWER)
    }
}

impl Negatives {
    /// The power of a product's share that it is drawn by.
    pub(super) const fn power(self) -> f64 {
        match self {
            Self::Popularity(power) => power,
            Self::Hard(_) => USUAL_POWER,
        }
    }

    /// Samples in what is drawn.
    pub(super) const fn pool(self) -> usize {
        match self {
            Self::Popularity(_) => 1,
            Self::Hard(samples) => samples,
        }
    }

    /// What they have to keep beside a loss.
    pub(super) fn rule(self, loss: SoftmaxOver) -> Rule {
        let is_drawn = matches!(loss, SoftmaxOver::Sampled(_));
        (
            is_drawn || self == Self::default(),
            "negatives",
            self.to_string(),
            "left out unless loss is sampled:N, for else nothing is drawn",
        )
    }
}

impl fmt::Display for Negatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Popularity(power) if *power == 0.0 => f.write_str("uniform"),
            Self::Popularity(power) if *power == USUAL_POWER => f.write_str("popularity"),
            Self::Popularity(power) => write!(f, "popularity:{power}"),
            Self::Hard(samples) => write!(f, "hard:{samples}"),
        }
    }
}

impl FromStr for Negatives {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let after = |name: &str| text.strip_prefix(name)?.strip_prefix(':').map(str::trim);
        let power =
            || after("popularity")?.parse().ok().filter(|power| (0.0..=2.0).contains(power));
        let pool = || after("hard")?.parse().ok().filter(|pool| (2..=LARGEST_POOL).contains(pool));
        match text {
            "uniform" => Some(Self::Popularity(0.0)),
            "popularity" => Some(Self::default()),
            _ => power().map(Self::Popularity).or_else(|| pool().map(Self::Hard)),
        }
        .ok_or_else(|| {
            format!(
                "cannot read {text:?} as how negatives are drawn; write uniform, popularity, popularity:POWER \
                 with a power from 0 to 2, or hard:N with a pool of 2 to {LARGEST_POOL} samples"
            )
        })
    }
}

stored_as_text!(Negatives);

/// How hard each column is: the probability that it has in all rows together, `Σ softmax(z φᵀ + b + c)`, `c` being
/// the correction for how likely it was to be drawn. `z` is `[rows, width]`, `phi` `[columns, width]`, `bias`
/// `[columns]`; no gradient goes through it.
pub(super) fn hardness(
    z: Tensor<2>,
    phi: Tensor<2>,
    bias: Tensor<1>,
    correction: &[f32],
) -> Vec<f32> {
    let data = TensorData::new(correction.to_vec(), [correction.len()]);
    let corrected = bias.clone() + Tensor::from_data(data, &bias.device());
    let scores = z.matmul(phi.transpose()) + corrected.unsqueeze();
    values_of(softmax(scores, 1).sum_dim(0))
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn negatives_read_back_from_their_text() {
        let all = [0.0, 0.5, 0.75, 1.0].map(Negatives::Popularity);
        for negatives in all.into_iter().chain([Negatives::Hard(4)]) {
            assert_eq!(negatives.to_string().parse(), Ok(negatives));
        }
        assert_eq!("uniform".parse(), Ok(Negatives::Popularity(0.0)));
        assert_eq!("popularity".parse(), Ok(Negatives::default()));
        for wrong in ["hard", "hard:1", "hard:65", "popularity:-1", "popularity:nan", "harder:4"] {
            assert!(wrong.parse::<Negatives>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_chosen_where_nothing_is_drawn() {
        let holds = |negatives: Negatives, loss| negatives.rule(loss).0;
        for loss in [SoftmaxOver::Full, SoftmaxOver::InBatch, SoftmaxOver::Auto] {
            assert!(holds(Negatives::default(), loss));
            assert!(!holds(Negatives::Hard(4), loss));
        }
        assert!(holds(Negatives::Hard(4), SoftmaxOver::Sampled(10)));
    }

    #[test]
    fn what_is_likely_after_many_rows_is_hard() {
        let device = Device::flex();
        let matrix = |values: Vec<f32>, rows: usize| {
            let width = values.len() / rows;
            Tensor::<2>::from_data(TensorData::new(values, [rows, width]), &device)
        };
        let z = matrix(vec![1.0, 0.0, 0.0, 1.0, 1.0, 0.0], 3);
        let phi = matrix(vec![2.0, 0.0, 0.0, 2.0, -1.0, -1.0], 3);
        let bias = Tensor::<1>::zeros([3], &device);
        let found = hardness(z.clone(), phi.clone(), bias.clone(), &[0.0; 3]);
        // Rows give e², 1, e⁻¹ and 1, e², e⁻¹ and e², 1, e⁻¹, each divided by its sum.
        let (large, sum) = (1.0_f32.exp().powi(2), 1.0_f32.exp().powi(2) + 1.0 + (-1.0_f32).exp());
        let expected =
            [(2.0 * large + 1.0) / sum, (large + 2.0) / sum, 3.0 * (-1.0_f32).exp() / sum];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}");
        let rare = hardness(z, phi, bias, &[0.0, 0.0, 5.0]);
        assert!(rare[2] > rare[0], "one of many that were not drawn stands for them: {rare:?}");
    }
}
