//! How exactly a training multiplies.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cpu;
use super::device::SelectedDevice;
use crate::model::ModelError;

/// How exactly values are multiplied while a network learns. Weights, gradients and moments are kept, and sums
/// run, in 32 bits either way; a trained network is judged and used in full precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits, or 16 bits of mantissa from two brain floats where these are quicker.
    #[default]
    Full,
    /// Brain floats, 8 bits of mantissa, in the matrix products of layers (Kalamkar et al. 2019). They have
    /// the range of 32-bit floats, so that no gradient vanishes and no loss needs scaling.
    Mixed,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Mixed => "mixed",
        })
    }
}

impl FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "full" => Ok(Self::Full),
            "mixed" => Ok(Self::Mixed),
            _ => Err(format!("cannot read {text:?} as a precision; write full or mixed")),
        }
    }
}

impl Precision {
    /// Whether a device can train so.
    #[must_use]
    pub fn is_available(self, on_gpu: bool) -> bool {
        self == Self::Full || (!on_gpu && cpu::has_brain_floats())
    }

    /// That a device can train so.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`] when it cannot.
    pub(super) fn check(self, device: &SelectedDevice) -> Result<(), ModelError> {
        if self.is_available(device.is_gpu) {
            return Ok(());
        }
        Err(ModelError::UnusableData(format!(
            "precision is mixed, which {} cannot do: it takes a processor with a unit for 16-bit matrices (AMX). \
             Set precision to full, or choose another device",
            device.description
        )))
    }
}
