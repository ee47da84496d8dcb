//! How much memory a training needs, estimated before it starts and held against what there is.

use serde::{Deserialize, Serialize};

use super::config::Trainable;
use super::encoder_config::EncoderConfig;
use crate::model::ModelError;

/// Bytes of a number.
const FLOAT: u64 = 4;

/// What a training is, as far as its memory goes.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Sizes of the encoder.
    pub encoder: &'a EncoderConfig,
    /// Which part learns.
    pub trainable: Trainable,
    /// Weights beside the encoder's, all of which learn.
    pub head_weights: usize,
    /// Outputs for each text.
    pub outputs: usize,
    /// Tokens of one forward and backward pass.
    pub micro_tokens: usize,
    /// Whether a batch may go through in several passes.
    pub in_parts: bool,
    /// Tokens of the longest text.
    pub longest: usize,
    /// Whether activations are computed again on the way back.
    pub recomputes: bool,
    /// Whether composed operations run, which keep more.
    pub is_gpu: bool,
    /// What could learn instead, the most first; what is suggested where memory is short.
    pub choices: &'a [Trainable],
}

/// What a fine-tuning could train instead.
pub const SMALLER: &[Trainable] =
    &[Trainable::TopLayers(2), Trainable::LowRank(8), Trainable::TopLayers(0)];

/// An estimate in bytes, by what needs them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryEstimate {
    /// The encoder and what learns beside it, laid out for products where that lasts.
    pub weights_bytes: u64,
    /// Gradients of what learns, of one pass and added up.
    pub gradients_bytes: u64,
    /// Both moments of `AdamW`.
    pub moments_bytes: u64,
    /// What the way back needs of the way forward, and what it makes.
    pub activations_bytes: u64,
    /// On the host: the weights as they were read, those of the best epoch, and what learned with its moments
    /// while a checkpoint of it is written, twice, as numbers and as the file's bytes.
    pub copies_bytes: u64,
    /// What reading texts with an encoder takes before anything learns, given back by then; of one on a GPU what lies
    /// on the host. 0 where nothing is read before.
    #[serde(default)]
    pub reading_bytes: u64,
    /// What the program held when the training was asked for: its own code, the shop, the devices looked for. 0 where
    /// the system does not say.
    #[serde(default)]
    pub program_bytes: u64,
}

impl MemoryEstimate {
    /// All that the program will hold at most.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.program_bytes + self.added_bytes()
    }

    /// What comes to what the program holds already: the larger one of reading and learning.
    #[must_use]
    pub fn added_bytes(&self) -> u64 {
        (self.device_bytes() + self.copies_bytes).max(self.reading_bytes)
    }

    /// What lies on the device.
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        self.weights_bytes + self.gradients_bytes + self.moments_bytes + self.activations_bytes
    }
}

/// Weights of an encoder with those of what learns beside its own, and how many of them learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightCount {
    /// All weights of the encoder.
    pub all: usize,
    /// Those of them that learn.
    pub learning: usize,
}

/// Numbers of weights, heads left out.
#[must_use]
pub fn count_weights(encoder: &EncoderConfig, trainable: Trainable) -> WeightCount {
    let (hidden, wide, layers) =
        (encoder.hidden_size, encoder.intermediate_size, encoder.num_hidden_layers);
    let tables = encoder.vocab_size + encoder.max_position_embeddings + encoder.type_vocab_size;
    let embeddings = (tables + 2) * hidden;
    let (biases, norms) = (5 * hidden + wide, 4 * hidden);
    let layer = 4 * hidden * hidden + 2 * hidden * wide + biases + norms;
    let adapter = |width| 2 * hidden * width + width + hidden;
    let (beside, learning) = match trainable {
        Trainable::Full => (0, embeddings + layers * layer),
        Trainable::TopLayers(top) => (0, top.min(layers) * layer),
        Trainable::Biases => (0, layers * (biases + norms)),
        Trainable::LowRank(rank) => same(layers * 2 * rank * 2 * hidden),
        Trainable::AdaLora(rank) => {
            let rank = super::peft::first_rank(rank);
            same(layers * rank * (4 * 2 * hidden + 2 * (hidden + wide) + 6))
        }
        Trainable::Houlsby(width) => {
            (layers * 2 * adapter(width), layers * (2 * adapter(width) + norms))
        }
        Trainable::Pfeiffer(width) => same(layers * adapter(width)),
        Trainable::Prompt(vectors) => same(vectors * hidden),
    };
    WeightCount { all: embeddings + layers * layer + beside, learning }
}

const fn same(count: usize) -> (usize, usize) {
    (count, count)
}

/// What a training will need.
#[must_use]
pub fn estimate(load: &Load<'_>) -> MemoryEstimate {
    let count = count_weights(load.encoder, load.trainable);
    let learning = (count.learning + load.head_weights) as u64;
    let all = (count.all + load.head_weights) as u64;
    // Layers are kept laid out for products beside their weights, those that learn after being judged.
    let laid_out = if load.is_gpu { 0 } else { matrices(load.encoder) };
    MemoryEstimate {
        weights_bytes: (all + laid_out) * FLOAT,
        gradients_bytes: 2 * learning * FLOAT,
        moments_bytes: 2 * learning * FLOAT,
        activations_bytes: activations(load) * FLOAT,
        copies_bytes: (count.all as u64 + learning + 2 * 3 * learning) * FLOAT,
        ..MemoryEstimate::default()
    }
}

/// What an encoder takes that does nothing but read: its weights as they were stored and as they were read, those on
/// the device, laid out for products too, and one pass of `tokens`.
#[must_use]
pub fn reading_bytes(encoder: &EncoderConfig, tokens: usize, longest: usize, is_gpu: bool) -> u64 {
    let network = estimate(&Load {
        encoder,
        trainable: Trainable::TopLayers(0),
        head_weights: 0,
        outputs: 0,
        micro_tokens: tokens,
        in_parts: false,
        longest,
        recomputes: false,
        is_gpu,
        choices: &[],
    });
    // Stored weights take half as much as those read, or as much.
    let stored = network.copies_bytes / 2;
    stored + network.copies_bytes + if is_gpu { 0 } else { network.device_bytes() }
}

/// Numbers in the matrices of all layers.
fn matrices(encoder: &EncoderConfig) -> u64 {
    let (hidden, wide) = (encoder.hidden_size, encoder.intermediate_size);
    (encoder.num_hidden_layers * (4 * hidden * hidden + 2 * hidden * wide)) as u64
}

/// Numbers kept or made in one forward and backward pass.
fn activations(load: &Load<'_>) -> u64 {
    let encoder = load.encoder;
    let (hidden, wide) = (encoder.hidden_size, encoder.intermediate_size);
    let longest = load.longest + load.trainable.prompt_len();
    // Texts of a pass are of about the same length.
    let texts = load.micro_tokens.div_ceil(load.longest.max(1)).max(1);
    let tokens = texts * longest;
    let bottleneck = match load.trainable {
        Trainable::Houlsby(width) => 2 * (hidden + 2 * width),
        Trainable::Pfeiffer(width) => hidden + 2 * width,
        _ => 0,
    };
    let attention = encoder.num_attention_heads * longest;
    let layers = match load.trainable {
        Trainable::TopLayers(top) => top.min(encoder.num_hidden_layers),
        _ => encoder.num_hidden_layers,
    };
    // Input, queries, keys, values, context, two norms, the middle, and both sides of GELU.
    let fused = 9 * hidden + 2 * wide + attention + bottleneck;
    // Composed operations keep both sides of each, and the masks of dropout.
    let kept = if load.is_gpu { 2 * fused + 2 * hidden + 2 * attention } else { fused };
    // What one layer's way back makes, and a layer through which no gradient goes.
    let passing = 7 * hidden + 2 * wide + attention + bottleneck;
    let in_layers = if load.recomputes { layers * 2 * hidden + kept } else { layers * kept };
    // Dense gradients of one layer's matrices, where they only pass on to smaller ones.
    let matrices = 4 * hidden * hidden + 2 * hidden * wide;
    (tokens * (in_layers + passing + 6 * hidden) + 4 * texts * load.outputs + 2 * matrices) as u64
}

/// Memory that new work can take without swapping, bytes; `None` where the system does not say.
#[must_use]
pub fn available_bytes() -> Option<u64> {
    parse_meminfo(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse_meminfo(text: &str) -> Option<u64> {
    bytes_after(text, "MemAvailable:")
}

/// Resident memory of this program, bytes; `None` where the system does not say.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    bytes_after(&std::fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// The number behind a name at the start of a line, given in kibibytes.
fn bytes_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

/// Refuse a training that does not fit into `available` bytes, and say what would.
///
/// # Errors
/// [`ModelError::UnusableData`].
pub fn check(load: &Load<'_>, available: Option<u64>) -> Result<MemoryEstimate, ModelError> {
    refuse(estimate(load), load.is_gpu, available, |available| suggestion(load, available))
}

/// [`check`] of an estimate, with what to say where it does not fit. What the program holds already is not free any
/// more, and comes to the estimate for the record alone.
pub(super) fn refuse(
    needed: MemoryEstimate,
    is_gpu: bool,
    available: Option<u64>,
    suggestion: impl FnOnce(u64) -> String,
) -> Result<MemoryEstimate, ModelError> {
    // What a GPU has of its own cannot be asked for; that of the host is needed for copies alone.
    let here =
        if is_gpu { needed.copies_bytes.max(needed.reading_bytes) } else { needed.added_bytes() };
    let reading = match needed.reading_bytes {
        0 => String::new(),
        bytes => format!("; before it, to read texts, {}", gigabytes(bytes)),
    };
    match available.filter(|&available| here > available) {
        None => Ok(MemoryEstimate { program_bytes: resident_bytes().unwrap_or(0), ..needed }),
        Some(available) => Err(ModelError::UnusableData(format!(
            "the training needs about {} of memory ({} weights, {} gradients, {} moments, {} activations, {} \
             copies{reading}) and {} are free. {}",
            gigabytes(here),
            gigabytes(needed.weights_bytes),
            gigabytes(needed.gradients_bytes),
            gigabytes(needed.moments_bytes),
            gigabytes(needed.activations_bytes),
            gigabytes(needed.copies_bytes),
            gigabytes(available),
            suggestion(available)
        ))),
    }
}

/// The first change that would make it fit.
fn suggestion(load: &Load<'_>, available: u64) -> String {
    let fits = |load: Load<'_>| estimate(&load).added_bytes() <= available;
    let smaller = (load.micro_tokens / 4).max(load.longest);
    let fewer = if load.in_parts {
        format!("micro_batch_tokens to {smaller}")
    } else {
        "batch_size to a quarter of what it is".to_owned()
    };
    if fits(Load { micro_tokens: smaller, ..*load }) {
        return format!("Set {fewer}");
    }
    if fits(Load { recomputes: true, micro_tokens: smaller, ..*load }) {
        return format!("Set gradient_checkpointing to true and {fewer}");
    }
    for &trainable in load.choices {
        if fits(Load { trainable, recomputes: true, micro_tokens: smaller, ..*load }) {
            return format!("Set trainable to {trainable} and {fewer}");
        }
    }
    "Close other programs, or choose a smaller encoder".to_owned()
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::network::Encoder;
    use crate::model::bert::testing::tiny_config;
    use crate::model::bert::weights::collect;
    use burn::tensor::Device;

    fn load(encoder: &EncoderConfig, trainable: Trainable) -> Load<'_> {
        Load {
            encoder,
            trainable,
            head_weights: 100,
            outputs: 5,
            micro_tokens: 1_024,
            in_parts: true,
            longest: 32,
            recomputes: false,
            is_gpu: false,
            choices: SMALLER,
        }
    }

    #[test]
    fn counts_are_those_of_the_network() {
        let config = tiny_config();
        for trainable in [
            Trainable::Full,
            Trainable::TopLayers(0),
            Trainable::TopLayers(1),
            Trainable::Biases,
            Trainable::LowRank(3),
            Trainable::AdaLora(3),
            Trainable::Houlsby(5),
            Trainable::Pfeiffer(5),
            Trainable::Prompt(7),
        ] {
            let (below, above) = crate::model::bert::learning::divide(
                Encoder::blank(&config, &Device::flex()),
                trainable,
                0,
            );
            let count = |encoder: &Encoder, is_counted: &dyn Fn(&str) -> bool| -> usize {
                let weights = collect(encoder, |path| format!("encoder.{path}"));
                let counted = weights.iter().filter(|(path, _)| is_counted(path));
                counted.map(|(_, tensor)| tensor.values.len()).sum()
            };
            let all = count(&below, &|_| true) + count(&above, &|_| true);
            let learning = count(&above, &|path| trainable.learns(path));
            assert_eq!(
                count_weights(&config, trainable),
                WeightCount { all, learning },
                "{trainable}"
            );
        }
    }

    #[test]
    fn less_memory_is_needed_where_less_learns_or_is_kept() {
        let config = tiny_config();
        let total = |load: Load<'_>| estimate(&load).total_bytes();
        let full = load(&config, Trainable::Full);
        assert!(total(load(&config, Trainable::LowRank(2))) < total(full));
        assert!(total(load(&config, Trainable::TopLayers(1))) < total(full));
        assert!(total(Load { recomputes: true, ..full }) < total(full));
        assert!(total(Load { micro_tokens: 256, ..full }) < total(full));
        let on_gpu = Load { is_gpu: true, ..full };
        let activations = |load: Load<'_>| estimate(&load).activations_bytes;
        assert!(activations(on_gpu) > activations(full));
        assert!(activations(Load { recomputes: true, ..on_gpu }) < activations(on_gpu));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let config = tiny_config();
        let full = load(&config, Trainable::Full);
        let needed = check(&full, None).expect("nothing is known").added_bytes();
        assert!(check(&full, Some(needed)).is_ok());
        let said = |available| check(&full, Some(available)).expect_err("too little").to_string();
        assert!(said(needed - 1).contains("Set micro_batch_tokens to 256"), "{}", said(needed - 1));
        assert!(said(needed / 3).contains("trainable to"), "{}", said(needed / 3));
        assert!(said(1_000).contains("smaller encoder"));
        let whole = Load { in_parts: false, ..full };
        let said = check(&whole, Some(needed - 1)).expect_err("too little").to_string();
        assert!(said.contains("Set batch_size to a quarter"), "{said}");
    }

    #[test]
    fn free_memory_is_read_from_the_system() {
        let text = "MemTotal:       24 kB\nMemAvailable:   1234 kB\n";
        assert_eq!(parse_meminfo(text), Some(1_234 * 1_024));
        assert_eq!(parse_meminfo("nothing"), None);
    }

    #[test]
    fn the_larger_phase_and_what_the_program_holds_make_the_total() {
        let config = tiny_config();
        let [host, gpu] = [false, true].map(|is_gpu| reading_bytes(&config, 512, 64, is_gpu));
        let weights = 4 * count_weights(&config, Trainable::Full).all as u64;
        assert!(gpu == weights + weights / 2 && host > 2 * weights + weights / 2);
        let learning = estimate(&load(&config, Trainable::Full));
        let small = MemoryEstimate { reading_bytes: 1, program_bytes: 7, ..learning };
        assert_eq!(small.total_bytes(), learning.total_bytes() + 7);
        let reading_bytes = 3 * learning.total_bytes();
        let large = MemoryEstimate { reading_bytes, ..small };
        assert_eq!(large.total_bytes(), reading_bytes + 7);
        let refused = refuse(large, false, Some(reading_bytes - 1), |_| String::new());
        assert!(refused.expect_err("too little").to_string().contains("to read texts"));
        assert!(refuse(large, false, Some(reading_bytes), |_| String::new()).is_ok());
    }
}
