//! How much memory a training over product vectors needs, reading the products' texts before it included, estimated
//! before either.

use super::config::SequenceConfig;
use super::learner::{encoder_config, micro_tokens};
use crate::model::ModelError;
use crate::model::bert::config::Trainable;
use crate::model::bert::embedder::{BATCH_TOKENS, MAX_TEXT_TOKENS};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::finetune::judge::HELD_SCORES;
use crate::model::bert::memory::{
    self, Load, MemoryEstimate, WeightCount, count_weights, estimate as of_network, refuse,
};
use crate::model::bert::softmax::SoftmaxOver;

/// Bytes of a number.
const FLOAT: u64 = 4;

/// The catalogue, as far as memory goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Catalogue {
    /// Products with vectors of their own: those that training met.
    pub met: usize,
    /// Products that can be ranked.
    pub candidates: usize,
    /// Numbers that a product's text and facts are told in; 0 where they are not used.
    pub told: usize,
    /// What reading the products' texts takes, see [`reading_bytes`]; 0 where none is read.
    pub reading_bytes: u64,
}

/// What reading the texts of so many products with an encoder takes: its network, and the vectors that it makes.
#[must_use]
pub fn reading_bytes(encoder: &EncoderConfig, candidates: usize, is_gpu: bool) -> u64 {
    let longest = MAX_TEXT_TOKENS.min(encoder.max_position_embeddings);
    let network = memory::reading_bytes(encoder, BATCH_TOKENS, longest, is_gpu);
    network + bytes(candidates * encoder.hidden_size)
}

/// Arrays of scores that are there at a time: on a GPU two of them and their gradients; on a processor, where one
/// does and passes differ in size, those of before are kept for the next that fits.
const SCORE_ARRAYS: usize = 4;

/// Weights of the network, all of which learn: product vectors and biases, layers, the part from texts.
#[must_use]
pub fn weights(config: &SequenceConfig, catalogue: &Catalogue) -> WeightCount {
    let encoder = encoder_config(config, catalogue.met + 1);
    let all = count_weights(&encoder, Trainable::Full).all + beside(config, catalogue);
    WeightCount { all, learning: all }
}

/// Biases, and what makes vectors and biases of texts.
const fn beside(config: &SequenceConfig, catalogue: &Catalogue) -> usize {
    catalogue.met + (config.hidden_size + 1) * catalogue.told
}

/// What a training will need.
#[must_use]
pub fn estimate(config: &SequenceConfig, catalogue: &Catalogue, is_gpu: bool) -> MemoryEstimate {
    let &Catalogue { met, candidates, told, reading_bytes } = catalogue;
    let hidden = config.hidden_size;
    let tokens = micro_tokens(met, is_gpu).min(config.batch_size * config.max_items);
    let columns = columns(config, met);
    let network = of_network(&Load {
        encoder: &encoder_config(config, met + 1),
        trainable: Trainable::Full,
        head_weights: beside(config, catalogue),
        outputs: 0,
        micro_tokens: tokens,
        in_parts: false,
        longest: config.max_items,
        recomputes: false,
        is_gpu,
        choices: &[],
    });
    // The vectors of what is needed: own parts kept and not, told parts, both together, and their gradients.
    let needed = columns.max((config.batch_size * config.max_items).min(met));
    let table = needed * (6 * hidden + if columns < met { told } else { 0 });
    let scores = SCORE_ARRAYS * tokens * columns;
    // While it is judged: what products are told in, their vectors three times, and scores.
    let judged = candidates * (told + 3 * hidden) + HELD_SCORES.min(candidates * 128);
    let weights = weights(config, catalogue).all;
    let written = 2 * 3 * weights;
    MemoryEstimate {
        // What texts tell is there as it was read, and again on the device for those with own vectors.
        weights_bytes: network.weights_bytes + bytes(told * (candidates + met)),
        activations_bytes: network.activations_bytes + bytes(table + scores),
        copies_bytes: bytes(weights + judged.max(written)),
        reading_bytes,
        ..network
    }
}

const fn bytes(numbers: usize) -> u64 {
    numbers as u64 * FLOAT
}

/// Products that the loss of one batch goes over, at most.
fn columns(config: &SequenceConfig, met: usize) -> usize {
    let targets = config.batch_size * config.max_items;
    match config.loss.of(met) {
        SoftmaxOver::Full | SoftmaxOver::Auto => met,
        SoftmaxOver::InBatch => targets.min(met),
        SoftmaxOver::Sampled(drawn) => (drawn * config.negatives.pool() + targets).min(met),
    }
}

/// Refuse a training that does not fit into `available` bytes, and say what would.
///
/// # Errors
/// [`ModelError::UnusableData`].
pub(super) fn check(
    config: &SequenceConfig,
    catalogue: &Catalogue,
    is_gpu: bool,
    available: Option<u64>,
) -> Result<MemoryEstimate, ModelError> {
    let needed = estimate(config, catalogue, is_gpu);
    refuse(needed, is_gpu, available, |available| suggestion(config, catalogue, available))
}

/// The first change that would make it fit.
fn suggestion(config: &SequenceConfig, catalogue: &Catalogue, available: u64) -> String {
    let fits = |config: &SequenceConfig, catalogue: &Catalogue| {
        estimate(config, catalogue, false).added_bytes() <= available
    };
    let narrow = SequenceConfig {
        hidden_size: (config.hidden_size / 2).next_multiple_of(config.heads),
        ..config.clone()
    };
    let told = format!("hidden_size to {}", narrow.hidden_size);
    if fits(&narrow, catalogue) {
        return format!("Set {told}");
    }
    let silent = Catalogue { told: 0, reading_bytes: 0, ..*catalogue };
    if catalogue.told > 0 && fits(config, &silent) {
        return "Set use_text to false and knowledge to none".to_owned();
    }
    if catalogue.told > 0 && fits(&narrow, &silent) {
        return format!("Set use_text to false, knowledge to none and {told}");
    }
    "Close other programs, or leave out products that few have met, when the data are cleaned"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: Catalogue =
        Catalogue { met: 40_000, candidates: 50_000, told: 384, reading_bytes: 100_000_000 };
    const SILENT: Catalogue = Catalogue { told: 0, reading_bytes: 0, ..SHOP };

    #[test]
    fn products_texts_and_width_are_what_costs() {
        let config = SequenceConfig::default();
        let total = |config: &SequenceConfig, shop: &Catalogue| {
            estimate(config, shop, false).total_bytes() as f64
        };
        let all = total(&config, &SHOP);
        assert!(total(&config, &SILENT) < 0.7 * all);
        assert!(total(&SequenceConfig { hidden_size: 32, ..config.clone() }, &SHOP) < 0.9 * all);
        let many = Catalogue { met: 400_000, candidates: 500_000, ..SHOP };
        assert!(total(&config, &many) > 5.0 * all);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let config = SequenceConfig::default();
        let needed = check(&config, &SHOP, false, None).expect("nothing is known").added_bytes();
        assert!(check(&config, &SHOP, false, Some(needed)).is_ok());
        let said = |available| {
            let refused = check(&config, &SHOP, false, Some(available));
            refused.expect_err("too little").to_string()
        };
        assert!(said(needed - 1).contains("Set hidden_size to 32"), "{}", said(needed - 1));
        let without = estimate(&config, &SILENT, false).total_bytes();
        assert!(said(without).contains("Set use_text to false"), "{}", said(without));
        assert!(said(1_000).contains("leave out products"));
    }

    /// Of a small shop, reading its texts with the built-in encoder takes more than the training.
    #[test]
    fn reading_texts_counts_where_it_takes_most() {
        let config = SequenceConfig::default();
        let small = Catalogue { met: 1_500, candidates: 1_600, ..SILENT };
        let encoder = crate::model::bert::pretrained::builtin_config();
        let reading_bytes = reading_bytes(encoder, small.candidates, false);
        let told = Catalogue { told: encoder.hidden_size, reading_bytes, ..small };
        let total = |shop: &Catalogue| estimate(&config, shop, false).total_bytes();
        assert!(total(&small) < reading_bytes && total(&told) == reading_bytes);
        let refused = check(&config, &told, false, Some(total(&small)));
        let said = refused.expect_err("the encoder does not fit").to_string();
        assert!(said.contains("to read texts") && said.contains("Set use_text to false"), "{said}");
    }
}
