//! The encoder layer as one fused operation of the CPU engine, forward and backward.
//!
//! Burn's CPU engine runs a layer as some forty separate operations, several of them scalar; here one
//! pass over cache-sized blocks of whole sequences does it, without padding. Checked against the
//! composed operations in `fused::tests`.

pub(super) mod kernels;

mod adapter;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
mod backward;
mod brain;
mod buffer;
mod codes;
mod forward;
mod fused;
mod likelihood;
mod linear_likelihood;
mod matmul;
mod multiversion;
mod plan;
mod scores;
#[cfg(target_arch = "x86_64")]
mod tiles;
mod update;

pub(super) use codes::{Bounds, CodedRows};
pub(super) use fused::{LayerCache, LayerTensors, encoder_layer};
pub(super) use likelihood::negative_log_likelihood;
pub(super) use linear_likelihood::linear_likelihood;
pub(super) use matmul::has_brain_floats;
pub(super) use plan::{LayerDropout, LayerPlan};
pub(super) use scores::{score, scores, scores_of_all};
pub(super) use update::{AdamStep, adam_update, sum_of_squares};
