//! How exactly a training multiplies.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::composed::{operand, product};
use super::cpu;
use super::device::{DeviceChoice, SelectedDevice, guard, select};
use super::weights::values_of;
use crate::model::ModelError;

/// How exactly values are multiplied while a network learns. Weights, gradients and moments are kept, and sums
/// run, in 32 bits either way; a trained network is judged and used in full precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits, or 16 bits of mantissa from two brain floats where these are quicker.
    #[default]
    Full,
    /// 16-bit factors in the matrix products of layers. On a processor they are brain floats, 8 bits of
    /// mantissa (Kalamkar et al. 2019), which have the range of 32-bit floats, so that no gradient vanishes and
    /// no loss needs scaling. On a GPU they are half floats, 11 bits of mantissa (Micikevicius et al. 2018), and
    /// each gradient is scaled to their range.
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
    pub fn is_available(self, device: &SelectedDevice) -> bool {
        let has_it = if device.is_gpu { device.has_half_floats() } else { cpu::has_brain_floats() };
        self == Self::Full || has_it
    }

    /// The device that was asked for, if it can train so.
    ///
    /// # Errors
    /// As [`select`] and [`Self::check`].
    pub(super) fn device(self, choice: DeviceChoice) -> Result<SelectedDevice, ModelError> {
        let device = select(choice)?;
        self.check(&device)?;
        Ok(device)
    }

    /// That a device can train so, and that it multiplies as it says.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`] when it cannot, [`ModelError::Device`] when it fails.
    pub(super) fn check(self, device: &SelectedDevice) -> Result<(), ModelError> {
        if self == Self::Full {
            return Ok(());
        }
        if self.is_available(device)
            && (!device.is_gpu || guard(device, || Ok(multiplies(device)))?)
        {
            return Ok(());
        }
        Err(ModelError::UnusableData(format!(
            "precision is mixed, which {} cannot do: it takes a processor that multiplies brain floats \
             (AMX or AVX-512 BF16) or a GPU with half floats. Set precision to full, or choose another device",
            device.description
        )))
    }
}

/// Whether 16-bit products come out right: not every driver that offers them has them.
fn multiplies(device: &SelectedDevice) -> bool {
    let of = |values: [f32; 4]| {
        Tensor::<2>::from_data(TensorData::new(values.to_vec(), [2, 2]), device.device())
    };
    let left = operand(of([1.0, 2.0, 3.0, 4.0]), Precision::Mixed);
    values_of(product(left, of([0.5, -1.0, 2.0, 0.25]))) == [4.5, -0.5, 9.5, -2.0]
}
