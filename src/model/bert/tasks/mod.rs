//! Fine-tuning an encoder to tell labels or ratings of texts and text pairs.
//!
//! The tokens' last hidden states become one vector, their mean or that of `[CLS]`; dropout and a dense
//! layer make the outputs of it: a softmax over classes, one sigmoid, one for each of several labels, or a rating in
//! standard deviations
//! (Devlin et al. 2018). Trained with `AdamW`, warm-up and decay, layer-wise learning rates (Howard and Ruder
//! 2018) and, where asked for, on pushed word vectors; the best epoch by a validation metric is kept.

mod augment;
mod config;
mod data;
mod fitted;
#[cfg(test)]
mod golden_tests;
mod head;
mod judge;
mod label_set;
mod learner;
mod loss;
mod push;
mod source;
mod split;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod training;

use std::path::Path;

use rayon::prelude::*;

use self::augment::Augmenter;
pub use self::config::{Adversarial, ChooseBy, ClassLoss, ClassWeights, TextTaskConfig};
pub use self::data::{GIVEN_ABOVE, Outputs, Predictions, Target, TextExample, TextInput, ranked};
pub use self::fitted::{Noise, TextModel};
pub use self::label_set::{LabelSet, MAX_LABELS};
use self::learner::TaskLearner;
use self::loss::Loss;
pub(in crate::model::bert) use self::source::joined;
pub use self::source::{TargetColumn, TextData, TextDataReport, TextSource};
pub use self::split::{TextParts, TextSplit};
pub use self::store::is_text_model;
pub use self::table::{TextTable, ToldTable};
use self::training::{Read, TaskTraining};
use super::batch::Sequence;
use super::checkpoint::CheckpointFolder;
pub use super::config::Decay;
use super::deltas::{finished, refuse_apart, room};
use super::device::{DeviceChoice, SelectedDevice, guard};
use super::embedder::TextNetwork;
use super::finetune::{TrainingResult, training_result};
use super::memory::{self, Load, MemoryEstimate, count_weights};
pub use super::pretrained::Pooling;
use super::pretrained::{Pretrained, fingerprint};
use super::rate_finder::{RateSweep, sweep};
use super::tokenizer::TextTokenizer;
use crate::model::{FitContext, ModelError};

/// Validation texts that are told of after each epoch.
const SHOWN: usize = 5;

/// Fine-tune an encoder on `train`; the best epoch on `validation` is kept, the last where that is empty.
///
/// Stopped, it leaves a checkpoint where `context.checkpoints` says; called again with the same
/// configuration, seed, device and texts it goes on from there and gives the very result of an unbroken
/// training.
///
/// # Errors
/// [`ModelError`]: cancelled, settings or texts that cannot be used, a device or file that failed, a
/// loss that diverged.
pub fn fit(
    config: &TextTaskConfig,
    outputs: &Outputs,
    train: &[TextExample],
    validation: &[TextExample],
    context: &FitContext<'_>,
) -> Result<TextModel, ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    context.control.check()?;
    context.control.report("stage-loading-model", 0, 0);
    let base = Pretrained::open(config.base_model.as_deref())?;
    fit_from(&base, config, outputs, train, validation, context)
}

/// A model that was saved into `folder`, on a device.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model,
/// [`ModelError::Device`] when there is no such device.
pub fn load(folder: &Path, device: DeviceChoice) -> Result<TextModel, ModelError> {
    store::load(folder, device)
}

/// [`fit`] from an encoder that is already in memory.
fn fit_from(
    base: &Pretrained,
    config: &TextTaskConfig,
    outputs: &Outputs,
    train: &[TextExample],
    validation: &[TextExample],
    context: &FitContext<'_>,
) -> Result<TextModel, ModelError> {
    let run = |training: TaskTraining<'_>, ready: Ready| {
        let folder = CheckpointFolder::wanted(context.checkpoints, || {
            let parts = [training.train, training.validation];
            identity(base, config, outputs, parts, context.seed, &ready.device)
        })?;
        let examples = training.train.sequences.len();
        let (learner, standing) = training.run(ready.learner, folder)?;
        let told = training_result(base, &ready.device, context.seed, examples, standing);
        let weights = Some(count_weights(&base.config, config.trainable));
        let result = TrainingResult { memory: Some(ready.memory), weights, ..told };
        let (encoder, head, loss) = learner.into_parts();
        let (encoder, changes) = guard(&ready.device, || Ok(finished(encoder)))?;
        Ok(TextModel {
            config: config.clone(),
            outputs: outputs.clone(),
            reader: ready.reader,
            network: TextNetwork { encoder, config: base.config.clone(), device: ready.device },
            head,
            loss,
            result,
            of_builtin: config.base_model.is_none().then_some((base.fingerprint, changes)),
        })
    };
    with_training(base, config, outputs, [train, validation], context, run)
}

/// Find a learning rate for these settings by a short sweep. Nothing is kept of it.
///
/// # Errors
/// As [`fit`].
pub fn find_rate(
    config: &TextTaskConfig,
    outputs: &Outputs,
    train: &[TextExample],
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    context.control.report("stage-loading-model", 0, 0);
    let base = Pretrained::open(config.base_model.as_deref())?;
    let run = |training: TaskTraining<'_>, mut ready: Ready| {
        let peaks = [config.encoder_learning_rate, config.head_learning_rate];
        sweep(&training, &mut ready.learner, peaks, context)
    };
    with_training(&base, config, outputs, [train, &[]], context, run)
}

/// What a training starts from.
struct Ready {
    learner: TaskLearner,
    reader: Reader,
    device: SelectedDevice,
    memory: MemoryEstimate,
}

/// Gets everything ready for a training on the first of two parts and has `run` do it.
fn with_training<T>(
    base: &Pretrained,
    config: &TextTaskConfig,
    outputs: &Outputs,
    [train, validation]: [&[TextExample]; 2],
    context: &FitContext<'_>,
    run: impl FnOnce(TaskTraining<'_>, Ready) -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    refuse_apart(base.apart, "trained further")?;
    if train.is_empty() {
        return Err(ModelError::UnusableData(
            "there is no training text; name columns that are filled, or another split".into(),
        ));
    }
    let device = config.precision.device(context.device)?;
    let reader = Reader::new(config, base)?;
    let shown: Vec<(TextExample, Sequence)> = validation
        .iter()
        .step_by((validation.len() / SHOWN).max(1))
        .take(SHOWN)
        .map(|example| (example.clone(), reader.sequence(&example.input)))
        .collect();
    let (train, validation) = (reader.read(train), reader.read(validation));
    let loss = Loss::new(config, outputs, &train.targets).map_err(ModelError::UnusableData)?;
    let load = load_of(config, base, loss.outputs(), &train, device.is_gpu);
    let memory = memory::check(&load, memory::available_bytes())?;
    let encoder = guard(&device, || base.encoder(device.device()))?;
    let learner = TaskLearner::new(config, &base.config, encoder, loss, &device, context.seed);
    let training = TaskTraining {
        config,
        outputs,
        context,
        train: &train,
        validation: &validation,
        shown: &shown,
        augmenter: Augmenter::new(config, &reader.tokenizer),
    };
    run(training, Ready { learner, reader, device, memory })
}

/// A training as far as its memory goes.
fn load_of<'a>(
    config: &TextTaskConfig,
    base: &'a Pretrained,
    outputs: usize,
    train: &Read,
    is_gpu: bool,
) -> Load<'a> {
    let longest = train.sequences.iter().map(Sequence::len).max().unwrap_or(1);
    Load {
        encoder: &base.config,
        trainable: config.trainable,
        head_weights: outputs * (base.config.hidden_size + 1),
        outputs,
        micro_tokens: learner::micro_tokens(config, is_gpu).min(config.batch_size * longest),
        in_parts: true,
        longest,
        recomputes: config.gradient_checkpointing,
        is_gpu,
        choices: memory::SMALLER,
    }
}

/// From texts to what the encoder reads.
#[derive(Debug, Clone)]
struct Reader {
    tokenizer: TextTokenizer,
    max_tokens: usize,
    pooling: Pooling,
}

impl Reader {
    fn new(config: &TextTaskConfig, base: &Pretrained) -> Result<Self, ModelError> {
        Ok(Self {
            tokenizer: base.tokenizer.clone(),
            max_tokens: config.max_tokens.min(room(config.trainable, &base.config)?),
            pooling: config.pooling,
        })
    }

    fn sequence(&self, input: &TextInput) -> Sequence {
        let (ids, second) = match &input.second {
            None => (self.tokenizer.text(&input.text, self.max_tokens), None),
            Some(other) => {
                let (ids, second) = self.tokenizer.pair(&input.text, other, self.max_tokens);
                (ids, Some(second))
            }
        };
        match self.pooling {
            Pooling::First => Sequence::first_pooled(ids, second),
            Pooling::Mean => Sequence { second, ..Sequence::mean_pooled(ids) },
        }
    }

    fn sequences<'a>(
        &self,
        inputs: impl IndexedParallelIterator<Item = &'a TextInput>,
    ) -> Vec<Sequence> {
        inputs.map(|input| self.sequence(input)).collect()
    }

    fn read(&self, examples: &[TextExample]) -> Read {
        Read {
            sequences: self.sequences(examples.par_iter().map(|example| &example.input)),
            targets: examples.iter().map(|example| example.target).collect(),
        }
    }
}

/// What a checkpoint must have been written for to be gone on from.
fn identity(
    base: &Pretrained,
    config: &TextTaskConfig,
    outputs: &Outputs,
    parts: [&Read; 2],
    seed: u64,
    device: &SelectedDevice,
) -> String {
    let config = TextTaskConfig { checkpoint_secs: 0, ..config.clone() };
    let mut bytes = Vec::new();
    for part in parts {
        for (sequence, target) in part.sequences.iter().zip(&part.targets) {
            bytes.extend(sequence.ids.iter().flat_map(|id| id.to_le_bytes()));
            match target {
                Target::Class(class) => bytes.extend(u64::from(*class).to_le_bytes()),
                Target::Labels(labels) => bytes.extend(labels.bytes()),
                Target::Rating(rating) => bytes.extend(rating.to_le_bytes()),
            }
        }
        bytes.extend_from_slice(&u64::MAX.to_le_bytes());
    }
    let parts = serde_json::json!({
        "config": config,
        "outputs": outputs,
        "base": base.fingerprint,
        "texts": fingerprint(&bytes),
        "seed": seed,
        "device": device.description,
    });
    format!("{:016x}", fingerprint(parts.to_string().as_bytes()))
}
