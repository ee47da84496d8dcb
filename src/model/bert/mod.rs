//! A BERT encoder in Burn: text embeddings, and the recommender that is fine-tuned from it.
//!
//! Burn stays inside this module: no tensor or device of it appears in a public signature.

pub mod bench;
pub mod config;
pub mod device;
pub mod embedder;
pub mod encoder_config;
pub mod finetune;
pub mod pretrained;
pub mod tasks;
pub mod tokenizer;

mod batch;
mod cpu;
mod dropout;
mod network;
#[cfg(test)]
mod parity_tests;
mod tensors;
#[cfg(test)]
mod testing;
mod weights;

#[cfg(test)]
pub(crate) use testing::tiny_base;
