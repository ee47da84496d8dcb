//! The module's own repeatable measurements, for `shelfwise bench`.

use std::path::Path;
use std::time::Instant;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::batch::Sequence;
use super::config::{BertConfig, Trainable};
use super::device::{DeviceChoice, SelectedDevice, guard, select};
use super::embedder::{Embedder, TextNetwork};
use super::finetune::bench::{ScanBench, StepBench};
use super::precision::Precision;
use super::pretrained::{Pretrained, builtin_model};
use crate::control::Control;
use crate::model::ModelError;

/// One measurement. Times are of the built-in encoder, wall clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timing {
    /// What was done each time.
    pub work: String,
    /// Where.
    pub device: String,
    /// Threads that the CPU engine may use.
    pub threads: usize,
    /// Texts or examples each time.
    pub batch: usize,
    /// Tokens per text; the mean where they differ.
    pub tokens: f64,
    /// Times measured, after one that was not.
    pub repeats: usize,
    /// Median seconds.
    pub median_secs: f64,
    /// 99th percentile of seconds; the longest when there are fewer than 100.
    pub p99_secs: f64,
    /// Texts or examples per second at the median.
    pub per_sec: f64,
    /// What the allocator of a GPU held, after up to eleven of the repeats at equal distances; empty on a CPU.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_memory: Vec<DeviceMemory>,
}

/// What the allocator of a GPU held at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DeviceMemory {
    /// Repeats done.
    pub repeats: usize,
    /// Bytes of tensors.
    pub in_use_bytes: u64,
    /// Bytes taken from the driver, those kept for the next tensors among them.
    pub reserved_bytes: u64,
}

/// Notes the memory of a device after each repeat.
#[derive(Default)]
struct MemoryNotes(Vec<DeviceMemory>);

impl MemoryNotes {
    fn note(&mut self, device: &SelectedDevice) {
        let Some(usage) = device.device().memory_pool_usage() else { return };
        self.0.push(DeviceMemory {
            repeats: self.0.len(),
            in_use_bytes: usage.bytes_in_use,
            reserved_bytes: usage.bytes_reserved,
        });
    }

    /// Those at equal distances, the first repeat that was measured and the last among them.
    fn spread(self) -> Vec<DeviceMemory> {
        let last = self.0.len().saturating_sub(1);
        let mut at: Vec<usize> = (0..=10).map(|part| (last * part / 10).max(1)).collect();
        at.dedup();
        at.into_iter().filter_map(|at| self.0.get(at).copied()).collect()
    }
}

/// Embed `batch` texts of `tokens` tokens each.
///
/// # Errors
/// [`ModelError`] of the device or the built-in model.
pub fn embed(
    batch: usize,
    tokens: usize,
    repeats: usize,
    device: DeviceChoice,
) -> Result<Timing, ModelError> {
    let (network, device) = network(&builtin_model()?, device)?;
    let texts = sequences(batch, tokens, network.config.vocab_size);
    let texts: Vec<&Sequence> = texts.iter().collect();
    let secs = times(repeats, || guard(&device, || Ok(network.embed_batch(&texts))).map(drop))?;
    Ok(timing("embed", &device, batch, tokens as f64, secs))
}

/// Embed texts as the product does, tokenising and batching by length included.
///
/// # Errors
/// [`ModelError`] of the device or the built-in model.
pub fn embed_texts(
    texts: &[String],
    repeats: usize,
    device: DeviceChoice,
) -> Result<Timing, ModelError> {
    let embedder = Embedder::open(None, device)?;
    let tokenizer = builtin_model()?.tokenizer;
    let lengths = tokenizer.texts(texts, super::embedder::MAX_TEXT_TOKENS);
    let tokens = lengths.iter().map(Vec::len).sum::<usize>() as f64 / texts.len().max(1) as f64;
    let secs = times(repeats, || embedder.embed(texts, &Control::default()).map(drop))?;
    Ok(timing("embed-texts", embedder.device(), texts.len(), tokens, secs))
}

/// One optimiser step: forward, backward and `AdamW`, on `batch` histories of `tokens` tokens, with 600
/// products to tell apart.
///
/// # Errors
/// [`ModelError`] of the device or the encoder.
pub fn train_step(
    step: &StepLoad<'_>,
    repeats: usize,
    device: DeviceChoice,
) -> Result<Timing, ModelError> {
    let base = Pretrained::open(step.encoder)?;
    let (network, device) = network(&base, device)?;
    let StepLoad { batch, tokens, trainable, precision, recompute, .. } = *step;
    precision.check(&device)?;
    let config = BertConfig {
        trainable,
        precision,
        gradient_checkpointing: recompute,
        ..BertConfig::default()
    };
    let vocabulary = base.config.vocab_size;
    let mut bench = StepBench::new(&config, network, sequences(batch, tokens, vocabulary), 600);
    let mut memory = MemoryNotes::default();
    let secs = times(repeats, || {
        bench.step()?;
        memory.note(&device);
        Ok(())
    })?;
    let mixed = if precision == Precision::Mixed { ", mixed" } else { "" };
    let again = if recompute { ", activations computed again" } else { "" };
    let work = format!("train-step {trainable}{mixed}{again}");
    let timing = timing(&work, &device, batch, tokens as f64, secs);
    Ok(Timing { device_memory: memory.spread(), ..timing })
}

/// What a step to measure is.
#[derive(Debug, Clone, Copy)]
pub struct StepLoad<'a> {
    /// Folder of the encoder; `None` for the built-in one.
    pub encoder: Option<&'a Path>,
    /// Texts.
    pub batch: usize,
    /// Tokens of each.
    pub tokens: usize,
    /// What learns.
    pub trainable: Trainable,
    /// How exactly layers multiply.
    pub precision: Precision,
    /// Whether activations are computed again on the way back.
    pub recompute: bool,
}

/// Score `n_items` products for one shopper: reading the history's text, and `φᵀ z` with the best ten.
///
/// # Errors
/// [`ModelError`] of the device or the built-in model.
pub fn recommend(
    n_items: usize,
    tokens: usize,
    repeats: usize,
    device: DeviceChoice,
) -> Result<[Timing; 2], ModelError> {
    let (network, device) = network(&builtin_model()?, device)?;
    let texts = sequences(repeats + 1, tokens, network.config.vocab_size);
    let mut next = texts.iter();
    let read = times(repeats, || {
        let text = next.next().expect("a text per time");
        guard(&device, || Ok(network.embed_batch(&[text]))).map(drop)
    })?;
    let scan = ScanBench::new(n_items, network.config.hidden_size);
    let rank = times(repeats, || {
        scan.top_ten();
        Ok(())
    })?;
    let rank =
        timing(&format!("score {n_items} products, best ten"), &device, 1, tokens as f64, rank);
    Ok([timing("read one history", &device, 1, tokens as f64, read), rank])
}

fn network(
    base: &Pretrained,
    choice: DeviceChoice,
) -> Result<(TextNetwork, SelectedDevice), ModelError> {
    let device = select(choice)?;
    let network = TextNetwork {
        encoder: guard(&device, || base.encoder(device.device()))?,
        config: base.config.clone(),
        device: device.clone(),
    };
    Ok((network, device))
}

/// Texts of random word pieces, ordinary ones where the vocabulary has so many; the same each time.
fn sequences(count: usize, tokens: usize, vocabulary: usize) -> Vec<Sequence> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let last = u32::try_from(vocabulary).unwrap_or(u32::MAX).min(20_000);
    let pieces = if last > 2_000 { 1_000 } else { last / 2 }..last;
    (0..count)
        .map(|_| {
            let text = (0..tokens).map(|_| rng.random_range(pieces.clone()));
            Sequence::mean_pooled(text.collect())
        })
        .collect()
}

/// Seconds of each run after a first that is not counted, ascending.
fn times(
    repeats: usize,
    mut work: impl FnMut() -> Result<(), ModelError>,
) -> Result<Vec<f64>, ModelError> {
    work()?;
    let mut secs = Vec::with_capacity(repeats);
    for _ in 0..repeats.max(1) {
        let start = Instant::now();
        work()?;
        secs.push(start.elapsed().as_secs_f64());
    }
    secs.sort_by(f64::total_cmp);
    Ok(secs)
}

fn timing(
    work: &str,
    device: &SelectedDevice,
    batch: usize,
    tokens: f64,
    secs: Vec<f64>,
) -> Timing {
    let median_secs = secs[secs.len() / 2];
    Timing {
        work: work.to_owned(),
        device: device.description.clone(),
        threads: rayon::current_num_threads(),
        batch,
        tokens,
        repeats: secs.len(),
        median_secs,
        p99_secs: secs[(secs.len() * 99 / 100).min(secs.len() - 1)],
        per_sec: batch as f64 / median_secs,
        device_memory: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_are_of_what_they_say() {
        let timing = embed(2, 8, 2, DeviceChoice::Cpu).expect("measured");
        assert_eq!((timing.batch, timing.repeats), (2, 2));
        assert!(timing.median_secs > 0.0 && timing.p99_secs >= timing.median_secs);
        let load = StepLoad {
            encoder: None,
            batch: 2,
            tokens: 8,
            trainable: Trainable::TopLayers(1),
            precision: Precision::Full,
            recompute: true,
        };
        let step = train_step(&load, 1, DeviceChoice::Cpu).expect("measured");
        assert!(step.work.contains("top_layers:1, activations") && step.per_sec > 0.0);
        assert!(step.device_memory.is_empty(), "that of a GPU is meant");
        let [read, rank] = recommend(1_000, 8, 2, DeviceChoice::Cpu).expect("measured");
        assert!(read.median_secs > 0.0 && rank.work.contains("1000 products"));
    }

    #[test]
    fn memory_is_told_at_equal_distances() {
        let held = |repeats: usize| DeviceMemory {
            repeats,
            in_use_bytes: repeats as u64,
            reserved_bytes: 9,
        };
        let at = |count: usize| -> Vec<usize> {
            let notes = MemoryNotes((0..count).map(held).collect());
            notes.spread().into_iter().map(|one| one.repeats).collect()
        };
        assert_eq!(at(501), [1, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500]);
        assert_eq!((at(0), at(2), at(4)), (vec![], vec![1], vec![1, 2, 3]));
    }
}
