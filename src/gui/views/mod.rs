//! One file per view, and the two pages that stand in for views while no shop is open or files wait
//! to be imported.

pub mod cleaning;
pub mod common;
pub mod data;
mod derived;
pub mod import_assistant;
pub mod names;
pub mod training;
pub mod welcome;

pub mod evaluation;
pub mod profiles;
pub mod quality;
pub mod recommendations;
pub(in crate::gui) mod run_words;
pub mod similarity;
pub mod split_form;
pub mod splits;
pub mod transitions;
