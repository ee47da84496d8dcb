//! Losses of classes and ratings, and what their outputs say.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::config::{ClassLoss, ClassWeights, TextTaskConfig};
use super::data::{Outputs, Predictions, Target};
use super::label_set::LabelSet;
use crate::model::bert::softmax::negative_log_likelihood;

/// What a text task's outputs are and how far off they may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(super) enum Loss {
    /// An output per class: `-w log softmax(outputs)[class]`.
    CrossEntropy {
        /// Weight of each class; none where all are 1.
        weights: Option<Vec<f32>>,
        /// Number of classes.
        classes: usize,
    },
    /// One output, the logit of the second class: its cross-entropy is that of a softmax over 0 and it.
    Binary {
        /// Weight of each class; none where all are 1.
        weights: Option<Vec<f32>>,
    },
    /// An output per label: the mean over the labels of the cross-entropy of its sigmoid, where what a label's texts
    /// say counts by its weight.
    Labels {
        /// Weight of each label; none where all are 1.
        weights: Option<Vec<f32>>,
        /// Number of labels.
        labels: usize,
    },
    /// One output: the squared error of the rating less `mean`, divided by `deviation`.
    Squared {
        /// Mean of the training ratings.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
    },
}

impl Loss {
    /// The loss for these outputs, with weights, mean and deviation taken from the training part.
    ///
    /// # Errors
    /// What cannot be learned, and why.
    pub fn new(
        config: &TextTaskConfig,
        outputs: &Outputs,
        targets: &[Target],
    ) -> Result<Self, String> {
        let labels = match outputs {
            Outputs::Rating => return Ok(standardised(targets)),
            Outputs::Labels { labels } => return of_labels(config, labels.len(), targets),
            Outputs::Classes { labels } => labels,
        };
        let classes = labels.len();
        if classes < 2 {
            return Err(format!(
                "there is nothing to tell apart: the label has {classes} value{}. Choose a column with two or more",
                labels.first().map(|label| format!(" ({label:?})")).unwrap_or_default()
            ));
        }
        let weights = match config.class_weights {
            ClassWeights::None => None,
            ClassWeights::Balanced => Some(balanced(classes, targets)),
        };
        match config.class_loss {
            ClassLoss::CrossEntropy => Ok(Self::CrossEntropy { weights, classes }),
            ClassLoss::Binary if classes == 2 => Ok(Self::Binary { weights }),
            ClassLoss::Binary => Err(format!(
                "the setting class_loss is binary, which is for two classes, and the label has {classes}. Take \
                 cross_entropy"
            )),
        }
    }

    /// Outputs of the network.
    pub fn outputs(&self) -> usize {
        match self {
            Self::CrossEntropy { classes: outputs, .. } | Self::Labels { labels: outputs, .. } => {
                *outputs
            }
            Self::Binary { .. } | Self::Squared { .. } => 1,
        }
    }

    /// Sum over texts, from outputs `[texts, outputs]`: nats, or squared standard deviations.
    pub fn sum(&self, outputs: Tensor<2>, targets: &[Target], is_gpu: bool) -> Tensor<1> {
        match self {
            Self::CrossEntropy { weights, .. } => {
                weighted(outputs, &classes_of(targets), weights.as_deref(), is_gpu)
            }
            Self::Binary { weights } => {
                let zeros = Tensor::zeros(outputs.dims(), &outputs.device().without_autodiff());
                let both = Tensor::cat(vec![zeros.autodiff(), outputs], 1);
                weighted(both, &classes_of(targets), weights.as_deref(), is_gpu)
            }
            Self::Labels { weights, labels } => {
                sigmoid_losses(outputs, targets, *labels, weights.as_deref()).sum() / *labels as f32
            }
            Self::Squared { .. } => {
                let wanted: Vec<f32> =
                    targets.iter().map(|&target| self.standard(target) as f32).collect();
                let wanted = TensorData::new(wanted, [targets.len(), 1]);
                let device = outputs.device().without_autodiff();
                (outputs - Tensor::from_data(wanted, &device)).square().sum()
            }
        }
    }

    /// Loss of each text, unweighted, from outputs on the host.
    pub fn each(&self, outputs: &[f32], targets: &[Target]) -> Vec<f64> {
        if let Self::Squared { .. } = self {
            let error =
                |(&out, &target): (&f32, &Target)| (f64::from(out) - self.standard(target)).powi(2);
            return outputs.iter().zip(targets).map(error).collect();
        }
        if let Self::Labels { labels, .. } = self {
            let one = |(row, &target): (&[f32], &Target)| {
                let set = labels_of(target);
                let loss = |(label, &logit): (usize, &f32)| {
                    let logit = f64::from(if set.contains(label) { -logit } else { logit });
                    logit.max(0.0) + (-logit.abs()).exp().ln_1p()
                };
                row.iter().enumerate().map(loss).sum::<f64>() / *labels as f64
            };
            return outputs.chunks(*labels).zip(targets).map(one).collect();
        }
        let predictions = self.predictions(outputs);
        let Predictions::Chances { classes, values } = predictions else { return Vec::new() };
        let chance = |(row, class): (&[f64], u32)| -row[class as usize].max(f64::EPSILON).ln();
        values.chunks(classes).zip(classes_of(targets)).map(chance).collect()
    }

    /// What outputs on the host say.
    pub fn predictions(&self, outputs: &[f32]) -> Predictions {
        match self {
            Self::CrossEntropy { classes, .. } => Predictions::Chances {
                classes: *classes,
                values: outputs.chunks(*classes).flat_map(softmax).collect(),
            },
            Self::Binary { .. } => Predictions::Chances {
                classes: 2,
                values: outputs.iter().flat_map(|&logit| softmax(&[0.0, logit])).collect(),
            },
            Self::Labels { labels, .. } => {
                let chance = |&logit: &f32| 1.0 / (1.0 + (-f64::from(logit)).exp());
                Predictions::Marks { labels: *labels, values: outputs.iter().map(chance).collect() }
            }
            Self::Squared { mean, deviation } => Predictions::Ratings(
                outputs.iter().map(|&out| f64::from(out) * deviation + mean).collect(),
            ),
        }
    }

    fn standard(&self, target: Target) -> f64 {
        match (self, target) {
            (Self::Squared { mean, deviation }, Target::Rating(rating)) => {
                (rating - mean) / deviation
            }
            _ => 0.0,
        }
    }
}

/// Indices of the targets' classes.
pub(super) fn classes_of(targets: &[Target]) -> Vec<u32> {
    let class = |target: &Target| match target {
        Target::Class(class) => *class,
        Target::Labels(_) | Target::Rating(_) => 0,
    };
    targets.iter().map(class).collect()
}

/// The labels of a target.
pub(super) fn labels_of(target: Target) -> LabelSet {
    match target {
        Target::Labels(labels) => labels,
        Target::Class(_) | Target::Rating(_) => LabelSet::default(),
    }
}

/// The loss of several labels. Balanced, the texts with a label count the same in sum as those without it:
/// `n without / n with`, as the `pos_weight` of `PyTorch`.
fn of_labels(config: &TextTaskConfig, labels: usize, targets: &[Target]) -> Result<Loss, String> {
    if labels == 0 {
        return Err(
            "there is nothing to tell: no cell holds a label. Check the separator".to_owned()
        );
    }
    let weight = |label: usize| {
        let with = targets.iter().filter(|&&target| labels_of(target).contains(label)).count();
        if with > 0 { (targets.len() - with) as f32 / with as f32 } else { 1.0 }
    };
    let weights = match config.class_weights {
        ClassWeights::None => None,
        ClassWeights::Balanced => Some((0..labels).map(weight).collect()),
    };
    Ok(Loss::Labels { weights, labels })
}

/// `-w y log σ(z) - (1 - y) log(1 - σ(z))`, `[texts, labels]`, exact for logits of any size.
fn sigmoid_losses(
    logits: Tensor<2>,
    targets: &[Target],
    labels: usize,
    weights: Option<&[f32]>,
) -> Tensor<2> {
    let mut with = vec![0.0_f32; targets.len() * labels];
    let mut without = vec![1.0_f32; targets.len() * labels];
    for (row, &target) in targets.iter().enumerate() {
        for label in labels_of(target).labels() {
            with[row * labels + label] = weights.map_or(1.0, |weights| weights[label]);
            without[row * labels + label] = 0.0;
        }
    }
    let device = logits.device().without_autodiff();
    let [with, without] = [with, without].map(|values| {
        Tensor::<2>::from_data(TensorData::new(values, [targets.len(), labels]), &device)
    });
    // -ln(1 - σ(z)) = ln(1 + e^z) = m + ln(e^-m + e^(z-m)) with m = max(z, 0), and -ln σ(z) is that less z.
    let most = relu(logits.clone());
    let rest = most.clone().neg().exp() + (logits.clone() - most.clone()).exp();
    let of_others = most + rest.log();
    (of_others.clone() - logits) * with + of_others * without
}

fn standardised(targets: &[Target]) -> Loss {
    let ratings = || {
        targets.iter().filter_map(|target| match target {
            Target::Rating(rating) => Some(*rating),
            Target::Class(_) | Target::Labels(_) => None,
        })
    };
    let n = ratings().count().max(1) as f64;
    let mean = ratings().sum::<f64>() / n;
    let deviation = (ratings().map(|rating| (rating - mean).powi(2)).sum::<f64>() / n).sqrt();
    Loss::Squared { mean, deviation: if deviation > 0.0 { deviation } else { 1.0 } }
}

/// `n / (classes · n of the class)`; 0 for a class without a text.
fn balanced(classes: usize, targets: &[Target]) -> Vec<f32> {
    let mut counts = vec![0_u32; classes];
    classes_of(targets).into_iter().for_each(|class| counts[class as usize] += 1);
    let whole = targets.len() as f32 / classes as f32;
    counts.into_iter().map(|count| if count > 0 { whole / count as f32 } else { 0.0 }).collect()
}

fn weighted(logits: Tensor<2>, of: &[u32], weights: Option<&[f32]>, is_gpu: bool) -> Tensor<1> {
    let Some(weights) = weights else { return negative_log_likelihood(logits, of, is_gpu) };
    let classes = weights.len();
    let mut shares = vec![0.0; of.len() * classes];
    for (row, &class) in of.iter().enumerate() {
        shares[row * classes + class as usize] = -weights[class as usize];
    }
    let device = logits.device().without_autodiff();
    let shares = Tensor::from_data(TensorData::new(shares, [of.len(), classes]), &device);
    (log_softmax(logits, 1) * shares).sum()
}

fn softmax(logits: &[f32]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut row: Vec<f64> = logits.iter().map(|&logit| f64::from(logit - top).exp()).collect();
    let total: f64 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= total);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::weights::values_of;
    use burn::tensor::Device;

    const CLASSES: [Target; 3] = [Target::Class(1), Target::Class(0), Target::Class(1)];

    fn outputs(n: usize) -> Outputs {
        Outputs::Classes { labels: (0..n).map(|label| label.to_string()).collect() }
    }

    /// Loss and gradient of outputs `[3, width]`.
    fn run(loss: &Loss, values: &[f32], targets: &[Target]) -> (f32, Vec<f32>) {
        let data = TensorData::new(values.to_vec(), [3, values.len() / 3]);
        let out = Tensor::<2>::from_data(data, &Device::flex()).autodiff().require_grad();
        let sum = loss.sum(out.clone(), targets, false);
        let mut grads = sum.clone().backward();
        let grad = out.grad_remove(&mut grads).expect("a gradient");
        (values_of(sum.inner())[0], values_of(grad))
    }

    #[test]
    fn one_sigmoid_is_a_softmax_of_two() {
        let two = Loss::new(&TextTaskConfig::default(), &outputs(2), &CLASSES).expect("two");
        let config = TextTaskConfig { class_loss: ClassLoss::Binary, ..Default::default() };
        let one = Loss::new(&config, &outputs(2), &CLASSES).expect("two classes");
        assert_eq!((two.outputs(), one.outputs()), (2, 1));
        let (of_two, _) = run(&two, &[0.0, 0.3, 0.0, -2.0, 0.0, 5.0], &CLASSES);
        let (of_one, grad) = run(&one, &[0.3, -2.0, 5.0], &CLASSES);
        assert!((of_two - of_one).abs() < 1e-6);
        for ((grad, logit), truth) in grad.iter().zip([0.3_f32, -2.0, 5.0]).zip([1.0, 0.0, 1.0]) {
            assert!((grad - (1.0 / (1.0 + (-logit).exp()) - truth)).abs() < 1e-6);
        }
        assert!(Loss::new(&config, &outputs(3), &CLASSES).is_err());
        assert!(Loss::new(&config, &outputs(1), &CLASSES).is_err());
    }

    #[test]
    fn a_balanced_loss_gives_every_class_the_same_weight() {
        let config = TextTaskConfig { class_weights: ClassWeights::Balanced, ..Default::default() };
        let loss = Loss::new(&config, &outputs(2), &CLASSES).expect("two");
        let (sum, grad) = run(&loss, &[0.0; 6], &CLASSES);
        assert!((sum - 3.0 * 2.0_f32.ln()).abs() < 1e-5, "{sum}");
        assert!((grad[3] - 0.75).abs() < 1e-5 && (grad[1] + 0.375).abs() < 1e-5, "{grad:?}");
        let plain = loss.each(&[0.0; 6], &CLASSES);
        assert!(plain.iter().all(|loss| (loss - 2.0_f64.ln()).abs() < 1e-9));
    }

    /// By hand, from `-ln σ(z)` and `σ(z) - y`.
    #[test]
    fn each_label_is_learned_for_itself() {
        let sets: [&[usize]; 3] = [&[0], &[0, 1], &[]];
        let targets = sets.map(|set| Target::Labels(set.iter().copied().collect()));
        let outputs = Outputs::Labels { labels: vec!["a".into(), "b".into()] };
        let loss = Loss::new(&TextTaskConfig::default(), &outputs, &targets).expect("two labels");
        let logits = [2.0, -1.0, 0.5, 0.5, -3.0, 40.0];
        let (sum, grad) = run(&loss, &logits, &targets);
        let own = |z: f32| (1.0 + (-z).exp()).ln();
        let expected =
            [own(2.0) + own(1.0), 2.0 * own(0.5), own(3.0) + 40.0].map(|loss| loss / 2.0);
        assert!((sum - expected.iter().sum::<f32>()).abs() < 1e-4, "{sum} {expected:?}");
        for (found, wanted) in loss.each(&logits, &targets).iter().zip(expected) {
            assert!((found - f64::from(wanted)).abs() < 1e-5);
        }
        let sigmoid = |z: f32| 1.0 / (1.0 + (-z).exp());
        for (at, (grad, logit)) in grad.iter().zip(logits).enumerate() {
            let truth = f32::from(sets[at / 2].contains(&(at % 2)));
            assert!((grad - (sigmoid(logit) - truth) / 2.0).abs() < 1e-5, "{at}: {grad}");
        }
        let Predictions::Marks { labels: 2, values } = loss.predictions(&logits) else {
            panic!("labels were learned")
        };
        assert!((values[0] - 0.880_797).abs() < 1e-6 && values[5] > 0.999);
        let config = TextTaskConfig { class_weights: ClassWeights::Balanced, ..Default::default() };
        let balanced = Loss::new(&config, &outputs, &targets).expect("two labels");
        assert_eq!(balanced, Loss::Labels { weights: Some(vec![0.5, 2.0]), labels: 2 });
        let (_, grad) = run(&balanced, &[0.0; 6], &targets);
        assert!((grad[0] + 0.125).abs() < 1e-6, "also where the logit is 0: {grad:?}");
        for label in 0..2 {
            let sum: f32 = grad.iter().skip(label).step_by(2).sum();
            assert!(sum.abs() < 1e-6, "texts with and without a label pull alike: {grad:?}");
        }
        assert!(Loss::new(&config, &Outputs::Labels { labels: Vec::new() }, &targets).is_err());
    }

    #[test]
    fn ratings_are_learned_in_standard_deviations() {
        let targets = [1.0, 3.0, 5.0].map(Target::Rating);
        let loss = Loss::new(&TextTaskConfig::default(), &Outputs::Rating, &targets).expect("any");
        let (sum, grad) = run(&loss, &[0.0, 0.0, 0.0], &targets);
        assert!((sum - 3.0).abs() < 1e-5 && grad[0] > 0.0 && grad[2] < 0.0, "{sum} {grad:?}");
        assert_eq!(loss.predictions(&[0.0]), Predictions::Ratings(vec![3.0]));
    }
}
