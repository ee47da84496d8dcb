//! What the graph of knowledge adds to both vectors, of products that learn their own and of those that take theirs
//! from texts.

use std::path::Path;

use super::tests::{config, history, outcome, towers};
use super::*;
use crate::control::Control;
use crate::ids::ItemIdx;
use crate::model::bert::batch::Sequence;
use crate::model::bert::columns::Columns;
use crate::model::bert::course::Learner as _;
use crate::model::bert::device::select;
use crate::model::bert::network::Dropout;
use crate::model::bert::optimiser::NamedGrads;
use crate::model::bert::testing::{At, Watcher, shop_with_new_products, tiny_model};
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse};
use crate::model::{FittedModel, ModelError, SilentObserver, TrainingObserver};

const BOTH: [ProductVectors; 2] = [ProductVectors::Learned, ProductVectors::Text];

/// A training whose base model is not built in, so that the file of a model holds all of it.
fn settings(vectors: ProductVectors, used: KnowledgeUse) -> BertConfig {
    let base = match vectors {
        ProductVectors::Learned => BertConfig { epochs: 6, ..config(Trainable::TopLayers(1)) },
        ProductVectors::Text => towers(),
    };
    let knowledge = KnowledgeConfig {
        used,
        dim: 8,
        product_text: "title".parse().expect("parts"),
        ..KnowledgeConfig::default()
    };
    BertConfig { knowledge, base_model: Some("elsewhere".into()), ..base }
}

/// A shop without titles: nothing but facts tells of what kind a product is.
fn train(
    config: &BertConfig,
    folder: Option<&Path>,
    control: &Control,
    observer: &dyn TrainingObserver,
) -> Result<BertRecommender, ModelError> {
    let (mut dataset, split) = shop_with_new_products(48);
    let kinds = ["Mugs", "Lamps", "Chairs", "Shoes"];
    let kind = |item: usize| if item < 24 { item / 6 } else { item - 24 };
    dataset.catalog = crate::dataset::Catalog {
        categories: (0..dataset.n_items())
            .map(|item| Some(format!("All > {}", kinds[kind(item)])))
            .collect(),
        ..Default::default()
    };
    let checkpoints = folder;
    let context = FitContext { control, observer, checkpoints, device: DeviceChoice::Cpu, seed: 2 };
    fit_from(&tiny_model(11), config, &dataset, &split, &context)
}

fn plain(vectors: ProductVectors, used: KnowledgeUse) -> BertRecommender {
    train(&settings(vectors, used), None, &Control::default(), &SilentObserver).expect("trained")
}

#[test]
fn what_is_known_of_products_joins_both_vectors() {
    for vectors in BOTH {
        let model = plain(vectors, KnowledgeUse::Graph);
        for thing in 0..4 {
            let met = [thing * 6, thing * 6 + 1, thing * 6 + 2];
            let new = model.recommend(&history(&met), &|item| item.0 < 24, 4);
            assert_eq!(new[0].item, ItemIdx(24 + thing), "{vectors:?}: {new:?}");
        }
        let facts = model.facts.as_ref().expect("learned");
        assert!(facts.len() == 28 * 16 && facts.iter().any(|value| value.abs() > 0.01));
        let one = model.score(&history(&[3, 4]));
        let all = model.score_batch(&[history(&[3, 4])], &Control::default()).expect("scored");
        assert!(one.iter().zip(&all[0]).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}

#[test]
fn without_the_graph_a_product_that_nobody_has_met_is_not_ranked_by_it() {
    for vectors in BOTH {
        let none = plain(vectors, KnowledgeUse::None);
        assert!(none.facts.is_none() && none.score(&history(&[0]))[24] == f32::NEG_INFINITY);
        let told = plain(vectors, KnowledgeUse::Text);
        assert!(told.facts.is_none() && told.score(&history(&[0]))[24].is_finite());
        let length = |model: &BertRecommender| model.text(&history(&[0])).ids.len();
        assert!(length(&told) > length(&none), "a history tells the facts too");
    }
}

/// Lists, reasons and the figures of the training.
#[test]
fn a_saved_model_with_knowledge_gives_the_same_lists() {
    for vectors in BOTH {
        let model = plain(vectors, KnowledgeUse::Both);
        let folder = tempfile::tempdir().expect("a folder");
        model.save(folder.path()).expect("saved");
        let loaded =
            load(&model.config, folder.path(), DeviceChoice::Cpu).expect("loaded of its own file");
        assert_eq!(outcome(&loaded), outcome(&model), "{vectors:?}");
        assert_eq!(loaded.facts, model.facts);
        for met in [&[0_u32][..], &[3, 4], &[20, 25, 1]] {
            let history = history(met);
            let list = |model: &BertRecommender| model.recommend(&history, &|item| item.0 == 0, 28);
            assert_eq!((list(&loaded), list(&model).len()), (list(&model), 27));
            let reasons = |model: &BertRecommender| model.explain(&history, ItemIdx(24));
            assert_eq!(reasons(&loaded), reasons(&model));
        }
        assert!(!model.explain(&history(&[0]), ItemIdx(24)).is_empty(), "of the same kind");
    }
}

#[test]
fn a_stopped_training_with_knowledge_goes_on_to_the_same_result() {
    for vectors in BOTH {
        let config = BertConfig { epochs: 2, ..settings(vectors, KnowledgeUse::Both) };
        let control = Control::default();
        let unbroken = train(&config, None, &control, &SilentObserver).expect("trained");
        let folder = tempfile::tempdir().expect("a folder");
        let observer = Watcher::new(At::Cancel(5, control.clone()));
        let stopped = train(&config, Some(folder.path()), &control, &observer);
        assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
        let rest = Watcher::new(At::Nothing);
        let resumed = train(&config, Some(folder.path()), &Control::default(), &rest);
        let resumed = resumed.expect("resumed");
        assert_eq!(outcome(&resumed), outcome(&unbroken), "{vectors:?}");
        assert_eq!(resumed.facts, unbroken.facts);
        assert_eq!(rest.losses().len() as u64, unbroken.training().steps - 5);
    }
}

const DIM: usize = 3;
const TEXTS: u32 = 6;

/// Two towers with facts that have a say, in fused or in composed operations.
fn learner(is_gpu: bool) -> Learner {
    let mut device = select(DeviceChoice::Cpu).expect("a processor");
    device.is_gpu = is_gpu;
    let base = tiny_model(11);
    let encoder = base.encoder(device.device()).expect("an encoder");
    let network = TextNetwork { encoder, config: base.config, device };
    let values = (0..TEXTS as usize * DIM).map(|at| (at as f32 * 1.3).sin()).collect();
    let facts = Facts { dim: DIM, values };
    let products = Products::Texts((0..TEXTS).map(|item| text(item, 2)).collect());
    let counts = [1; TEXTS as usize];
    let mut learner = Learner::new(&towers(), network, products, Some(&facts), &counts, 1);
    shift(&mut learner, "facts.", 0.3);
    learner
}

fn text(number: u32, more: u32) -> Sequence {
    let ids = (0..3 + more * (number % 3)).map(|place| 1_000 + number * 91 + place * 17);
    Sequence::mean_pooled(ids.collect())
}

/// The course of [`shift`], place by place.
fn direction(place: usize) -> f32 {
    (place as f32 * 0.7).cos()
}

/// Moves the weights below a path.
fn shift(learner: &mut Learner, below: &str, by: f32) {
    let mut weights = learner.learning().weights();
    for (_, tensor) in weights.iter_mut().filter(|(path, _)| path.starts_with(below)) {
        let values = tensor.values.iter_mut().enumerate();
        values.for_each(|(place, value)| *value += by * direction(place));
    }
    learner.learning_mut().set_weights(&weights, Path::new("test")).expect("its own weights");
}

/// The loss of three histories against four products, and its gradients by path.
fn loss(learner: &Learner) -> (f32, std::collections::BTreeMap<String, Vec<f32>>) {
    let texts = [text(7, 3), text(8, 3), text(9, 3)];
    let known = [[0.4, -0.2, 0.9], [0.0, 0.0, 0.0], [-0.7, 0.5, 0.1]];
    let columns = Columns {
        items: Some(vec![0, 2, 3, 5]),
        correction: vec![-0.3, -0.5, -0.2, -0.9],
        targets: vec![1, 3, 0],
    };
    let dropout = Dropout { seed: 3, step: 1, hidden: 0.1, attention: 0.1 };
    let known: Vec<&[f32]> = known.iter().map(<[f32; 3]>::as_slice).collect();
    let texts: Vec<&Sequence> = texts.iter().collect();
    let loss = learner.tower_loss(&texts, &known, &columns, &columns.targets, dropout);
    let mut grads = NamedGrads::default();
    let value = values_of(loss.clone().inner())[0];
    grads.add(&learner.learning().network, loss.backward());
    (value, grads.values())
}

/// What runs on a GPU, run on the processor: the same loss and the same gradients.
#[test]
fn composed_operations_have_the_same_gradients() {
    let (fused, composed) = (loss(&learner(false)), loss(&learner(true)));
    assert!((fused.0 - composed.0).abs() < 1e-3, "{} and {}", fused.0, composed.0);
    assert_eq!(fused.1.len(), composed.1.len());
    assert!(fused.1.contains_key("facts.product") && fused.1.contains_key("facts.history"));
    for (path, grad) in &fused.1 {
        let size = grad.iter().fold(1e-2_f32, |top, value| top.max(value.abs()));
        for (a, b) in grad.iter().zip(&composed.1[path]) {
            assert!((a - b).abs() < 2e-3 * size, "{path}: {a} and {b}, largest {size}");
        }
    }
}

/// The gradients of both projections are what the loss changes by.
#[test]
fn gradients_of_facts_are_slopes_of_the_loss() {
    const STEP: f32 = 1e-2;
    let here = loss(&learner(true)).1;
    for path in ["facts.product", "facts.history"] {
        let at = |by| {
            let mut learner = learner(true);
            shift(&mut learner, path, by);
            loss(&learner).0
        };
        let slope = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let told: f32 =
            here[path].iter().enumerate().map(|(place, grad)| grad * direction(place)).sum();
        assert!(told.abs() > 0.01, "{path}: {told} shows nothing");
        assert!((slope - told).abs() < 0.01 * told.abs().max(1.0), "{path}: {slope} and {told}");
    }
}
