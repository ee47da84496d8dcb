//! The window: eframe glue, the shell around the views, the views, and what they are built from.
//!
//! Views read [`crate::workbench::State`] and send [`crate::workbench::Command`]s; nothing here
//! changes the domain state in another way, waits for work, or reads and writes files in a frame.

mod app;
mod background;
mod bench;
mod files;
mod fonts;
mod launch;
mod pictures;
mod screenshot;
pub mod shell;
pub mod text;
pub mod theme;
pub mod view;
#[cfg(test)]
mod view_states;
mod views;
pub mod widgets;

pub use app::{App, Rendering};
pub use bench::{FrameBench, FrameTimes, measure_frames};
pub use launch::{GuiError, RunOptions, run};
pub use screenshot::{ScreenshotOptions, screenshot};
