//! Cleaning: a list of steps that makes a new dataset of an existing one. The original is never
//! changed.

mod step;

pub use step::{
    Bound, CleaningStep, EventTest, Field, FieldKind, FillWith, RECIPE_VERSION, Recipe,
    ScaleMethod, TextFix,
};
