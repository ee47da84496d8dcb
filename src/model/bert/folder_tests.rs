//! Folders as they are met in the wild, against transformers. Made by `scripts/golden/bert_folders.py`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use burn::tensor::Device;
use serde::Deserialize;

use super::batch::{Batch, Layout, Sequence};
use super::device::DeviceChoice;
use super::embedder::Embedder;
use super::export::export;
use super::network::LayerShape;
use super::pretrained::{Pooling, Pretrained};
use super::weights::values_of;
use crate::control::Control;

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    hidden: Vec<f32>,
    vector: Vec<f32>,
}

#[derive(Deserialize)]
struct Expected {
    rows: Vec<Row>,
}

/// The folder of golden models.
pub(super) fn folder(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/bert/folders")).join(name)
}

fn expected() -> BTreeMap<String, Expected> {
    let text = include_str!("../../../tests/golden/bert/folders/expected.json");
    serde_json::from_str(text).expect("the golden file")
}

fn assert_near(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let difference = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max);
    assert!(difference < 1e-4, "{what}: differs by {difference}");
}

/// Ids, hidden states of both layouts and vectors of a model.
fn check(name: &str, model: &Pretrained, rows: &[Row]) {
    let device = Device::flex();
    let encoder = model.encoder(&device).expect("all weights are there");
    for row in rows {
        let ids = model.tokenizer.text(&row.text, 64);
        assert_eq!(ids, row.ids, "{name}: ids of {:?}", row.text);
        let sequence = Sequence::mean_pooled(ids.clone());
        for layout in [Layout::Packed, Layout::Padded] {
            let batch = Batch::new(&[&sequence], layout, &device);
            let hidden = encoder.forward(None, &batch, LayerShape::of(&model.config), 0, None);
            let mut found = values_of(hidden);
            found.truncate(ids.len() * model.config.hidden_size);
            assert_near(&format!("{name}, {layout:?}: {:?}", row.text), &found, &row.hidden);
        }
    }
    let device = super::device::select(DeviceChoice::Cpu).expect("the CPU");
    let embedder = Embedder::new(model, &device).expect("an embedder");
    let texts: Vec<String> = rows.iter().map(|row| row.text.clone()).collect();
    let found = embedder.embed(&texts, &Control::default()).expect("embedded");
    for (index, row) in rows.iter().enumerate() {
        assert_near(&format!("{name}: vector of {:?}", row.text), found.row(index), &row.vector);
    }
}

#[test]
fn folders_of_every_layout_give_the_outputs_of_the_reference() {
    let expected = expected();
    assert_eq!(expected.len(), 4);
    for (name, expected) in &expected {
        let model = Pretrained::open(Some(&folder(name))).expect("it opens");
        assert_eq!(model.pooling == Pooling::First, name == "doubles");
        check(name, &model, &expected.rows);
    }
}

#[test]
fn an_exported_folder_gives_them_too() {
    let place = tempfile::tempdir().expect("a folder");
    for (name, expected) in &expected() {
        let model = Pretrained::open(Some(&folder(name))).expect("it opens");
        let copy = place.path().join(name);
        export(&model, &copy).expect("exported");
        check(name, &Pretrained::open(Some(&copy)).expect("it opens again"), &expected.rows);
    }
}
