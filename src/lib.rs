//! Shelfwise: an analyst workbench for e-commerce search and recommendation.
//!
//! Layers, each using only those before it:
//!
//! | layer | what it holds |
//! |---|---|
//! | [`ids`], [`control`] | typed indices; cancel and progress |
//! | [`vault`] | files of a project, encrypted where it is locked with a passphrase |
//! | [`dataset`] | a shop's catalogue and behaviour log; reading, splitting, simulating, storing |
//! | [`analysis`] | profiles, transitions, similarity |
//! | [`model`] | recommenders: baselines and BERT |
//! | [`eval`] | metrics, protocols, intervals, paired tests |
//! | [`runs`] | the run store of a project |
//! | [`jobs`] | background lanes with progress, cancel and caught panics |
//! | [`workbench`] | the headless application: state and commands |
//! | [`gui`], [`cli`] | the window and the command line over it |

pub mod analysis;
pub mod cli;
pub mod control;
pub mod dataset;
pub mod eval;
pub mod gui;
pub mod ids;
pub mod jobs;
pub mod model;
pub mod runs;
pub mod vault;
pub mod workbench;
