//! Small networks and shops for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::encoder_config::EncoderConfig;
use super::network::Encoder;
use super::pretrained::{Pretrained, builtin_model};
use super::tensors::{HostTensor, TensorFile};
use super::weights::{checkpoint_name, collect};
use crate::control::Control;
use crate::dataset::split::{Holdout, Part, Split, SplitSpec};
use crate::dataset::{
    Catalog, Dataset, EventKind, InteractionsBuilder, NewInteraction, TextColumn,
};
use crate::ids::{DatasetRevision, IdMap, ItemIdx, UserIdx};
use crate::model::{EpochReport, StepReport, TrainingObserver};

/// Two narrow layers over the built-in vocabulary.
pub(super) fn tiny_config() -> EncoderConfig {
    EncoderConfig {
        vocab_size: 30_522,
        hidden_size: 16,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 32,
        max_position_embeddings: 64,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        hidden_dropout_prob: 0.1,
        attention_probs_dropout_prob: 0.1,
        hidden_act: "gelu".into(),
        position_embedding_type: "absolute".into(),
    }
}

/// Random weights of an encoder, by checkpoint name.
pub(super) fn random_weights(config: &EncoderConfig, seed: u64) -> BTreeMap<String, HostTensor> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = collect(&Encoder::blank(config, &Device::flex()), checkpoint_name);
    for (name, tensor) in &mut weights {
        let centre = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        for value in &mut tensor.values {
            *value = centre + rng.random_range(-0.3..0.3);
        }
    }
    weights
}

/// A tiny encoder with random weights and the built-in tokenizer.
pub(super) fn tiny_model(seed: u64) -> Pretrained {
    let config = tiny_config();
    Pretrained {
        name: "tiny".into(),
        weights: random_weights(&config, seed),
        fingerprint: seed,
        config,
        ..builtin_model().expect("the built-in model")
    }
}

/// [`tiny_model`] as a folder that can be opened.
pub(crate) fn tiny_base(seed: u64, folder: &std::path::Path) -> std::io::Result<()> {
    let model = tiny_model(seed);
    let mut config = serde_json::to_value(&model.config)?;
    config["model_type"] = "bert".into();
    std::fs::write(folder.join("config.json"), config.to_string())?;
    let tokenizer = model.tokenizer.to_json();
    std::fs::write(folder.join("tokenizer.json"), tokenizer)?;
    let weights = TensorFile { tensors: model.weights, ..TensorFile::default() };
    weights
        .write(&folder.join("model.safetensors"), "cannot write the weights")
        .map_err(std::io::Error::other)
}

const COLOURS: [&str; 6] = ["red", "blue", "green", "black", "white", "yellow"];
const THINGS: [&str; 4] = ["mug", "lamp", "garden chair", "running shoe"];

/// A shop where what comes next depends on the newest product: `n_users` shoppers walk round the colours
/// of one thing. The last visit of each is test, the one before it validation.
pub(super) fn ring_shop(n_users: usize) -> (Dataset, Split) {
    let n_items = COLOURS.len() * THINGS.len();
    let title = |item: usize| format!("{} {}", COLOURS[item % 6], THINGS[item / 6]);
    let mut builder = InteractionsBuilder::default();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for user in 0..n_users {
        let (thing, mut colour) = (user % 4, rng.random_range(0..6));
        for visit in 0..rng.random_range(6..10) {
            colour = if rng.random_bool(0.9) { (colour + 1) % 6 } else { rng.random_range(0..6) };
            builder.push(&NewInteraction {
                user: UserIdx::from_index(user),
                item: Some(ItemIdx::from_index(thing * 6 + colour)),
                kind: if visit % 4 == 3 { EventKind::Purchase } else { EventKind::View },
                time_ms: visit,
                amount: None,
                price: None,
                text: None,
            });
        }
    }
    let interactions = builder.finish(n_users);
    let dataset = Dataset {
        revision: DatasetRevision(format!("ring-{n_users}")),
        users: IdMap::from_ids((0..n_users).map(|user| format!("u{user}"))),
        items: IdMap::from_ids((0..n_items).map(|item| format!("i{item}"))),
        catalog: Catalog {
            titles: (0..n_items).map(|item| Some(title(item))).collect::<TextColumn>(),
            ..Catalog::default()
        },
        interactions: interactions.clone(),
        ..Dataset::default()
    };
    (dataset.clone(), last_one(&dataset))
}

/// [`ring_shop`] with a purple one of each thing that nobody has met, products 24 to 27.
pub(super) fn shop_with_new_products(n_users: usize) -> (Dataset, Split) {
    let (mut dataset, split) = ring_shop(n_users);
    let met = dataset.catalog.titles.clone();
    let known = (0..dataset.n_items()).map(|item| met.get(item).map(str::to_owned));
    let new = THINGS.map(|thing| Some(format!("purple {thing}")));
    let titles: TextColumn = known.chain(new).collect();
    dataset.items = IdMap::from_ids((0..titles.len()).map(|item| format!("i{item}")));
    dataset.catalog = Catalog { titles, ..Catalog::default() };
    (dataset, split)
}

fn last_one(dataset: &Dataset) -> Split {
    let visits = Arc::new(dataset.interactions.clone());
    let holdouts = |back: usize| -> Vec<Holdout> {
        visits
            .users()
            .map(|(user, rows)| Holdout {
                user,
                history: rows.start..rows.end - back,
                relevant: visits.item(rows.end - back).into_iter().collect(),
            })
            .collect()
    };
    let train = visits.filter(|user, row| row + 2 < visits.rows_of(user).end);
    let part = |row| match visits.rows_of(visits.user_of(row)).end - row {
        1 => Part::Test,
        2 => Part::Validation,
        _ => Part::Train,
    };
    Split {
        spec: SplitSpec::default(),
        revision: dataset.revision.clone(),
        train: Arc::new(train),
        validation: holdouts(2),
        test: holdouts(1),
        parts: (0..visits.len()).map(part).collect(),
        histories: [visits.clone(), visits.clone()],
        unmatched_rows: 0,
        visits,
    }
}

/// What to do when a step has been done.
pub(super) enum At {
    Nothing,
    Cancel(u64, Control),
    Pause(u64, Control),
    Panic(u64),
}

/// Notes losses and gradient norms, and breaks a training off where it is told to.
pub(super) struct Watcher {
    at: At,
    losses: Mutex<Vec<(f32, f32)>>,
}

impl Watcher {
    pub fn new(at: At) -> Self {
        Self { at, losses: Mutex::new(Vec::new()) }
    }

    /// Loss and gradient norm of each step so far.
    pub fn losses(&self) -> Vec<(f32, f32)> {
        self.losses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TrainingObserver for Watcher {
    fn step(&self, report: StepReport) {
        self.losses.lock().expect("no panic holds it").push((report.loss, report.gradient_norm));
        match &self.at {
            At::Cancel(step, control) if report.step == *step => control.cancel_token().cancel(),
            At::Pause(step, control) if report.step == *step => control.cancel_token().pause(true),
            At::Panic(step) => assert_ne!(report.step, *step, "the machine stops here"),
            _ => {}
        }
    }

    fn epoch(&self, _: &EpochReport) {}
}
