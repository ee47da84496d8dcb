//! A BERT encoder in Burn: text embeddings, and the recommender that is fine-tuned from it.
//!
//! Burn stays inside this module: no tensor or device of it appears in a public signature.

pub mod bench;
pub mod config;
pub mod device;
pub mod embedder;
pub mod encoder_config;
pub mod export;
pub mod finetune;
pub mod hub;
pub mod negatives;
pub mod pairs;
pub mod pretrain;
pub mod pretrained;
pub(in crate::model) mod rules;
pub mod scratch;
pub mod sequence;
pub mod softmax;
pub mod tasks;
pub mod tokenizer;
pub mod vocabulary;

mod batch;
mod checkpoint;
mod columns;
mod composed;
mod course;
mod cpu;
mod deltas;
mod dropout;
#[cfg(test)]
mod folder_tests;
mod histories;
mod learning;
pub mod memory;
mod network;
mod optimiser;
#[cfg(test)]
mod parity_tests;
mod peft;
pub mod precision;
pub mod rate_finder;
mod tensors;
#[cfg(test)]
mod testing;
mod torch_file;
mod weights;

#[cfg(test)]
pub(crate) use testing::tiny_base;
