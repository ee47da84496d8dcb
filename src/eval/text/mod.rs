//! Judging text tasks: figures with intervals, calibration, paired tests against simple models, and how
//! much of it is left when texts are disturbed.

pub mod disturb;
pub mod figures;
#[cfg(test)]
mod golden_tests;
mod labels;
pub mod paired;
pub mod robustness;
pub mod task;
#[cfg(test)]
mod tests;

pub use disturb::Disturbance;
pub use figures::{Calibration, Figures, ReliabilityBin, Truth};
pub use labels::LabelFigures;
pub use paired::{Difference, McNemar, PairedTest, paired};
pub use robustness::{DisturbedFigures, RobustnessReport};
pub use task::{Judged, TextTask, TextTaskReport, cross_validate, find_rate, run};
