//! Whole-library, command-line and window tests, in one binary so that the heavy libraries are
//! linked once.

mod architecture;
mod cleaning;
mod command_line;
mod encoders;
mod forms;
mod headless;
#[cfg(feature = "hub")]
mod hub;
#[cfg(unix)]
mod interrupt;
mod locking;
mod pair_task;
mod privacy;
mod quality;
mod shop;
mod text_task;

#[path = "../window/mod.rs"]
mod window;
