//! `shelfwise clean`: the recipe of a project, changed and shown.

use std::path::Path;

use serde_json::{Value, json};

use super::arguments::CleanArguments;
use super::session::{Session, ready};
use super::{CliError, output};
use crate::dataset::clean::{CleaningExample, CleaningStep, Counts, Recipe, StepOutcome};
use crate::model::bert::device::DeviceChoice;
use crate::workbench::{Cleaning, Command};

/// What stands for the recipe without steps in the place of a file.
const NONE: &str = "none";

/// `shelfwise clean`
pub(super) fn clean(arguments: &CleanArguments) -> Result<(), CliError> {
    let steps = read_steps(&arguments.step)?;
    let replacing = arguments.recipe.as_deref().map(read_recipe).transpose()?;
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    let present = &session.shop()?.cleaning.recipe;
    if arguments.undo && present.steps.is_empty() {
        return Err(CliError::failed(
            "there is no step to take back; the data are as they were imported",
        ));
    }
    let is_changed = arguments.undo || replacing.is_some() || !steps.is_empty();
    let recipe = if arguments.undo {
        present.without_last()
    } else {
        steps
            .into_iter()
            .fold(replacing.unwrap_or_else(|| present.clone()), |recipe, step| recipe.with(step))
    };
    if is_changed {
        session.run(Command::ApplyRecipe(recipe))?;
    }
    let cleaning = ready(&session.state().cleaning)?;
    if let Some(path) = &arguments.save {
        save(&cleaning.recipe, path)?;
    }
    show(&session, cleaning, arguments.json)
}

/// The recipe in a file.
pub(super) fn read_recipe(path: &Path) -> Result<Recipe, CliError> {
    if path == Path::new(NONE) {
        return Ok(Recipe::default());
    }
    Recipe::read(path).map_err(|error| CliError::from_error(&error))
}

/// A word without `=` begins a step, as does one that starts with `step=`; those with `=` belong to
/// the step before them.
fn read_steps(words: &[String]) -> Result<Vec<CleaningStep>, CliError> {
    let begins = |word: &str| {
        let first = word.split_whitespace().next().unwrap_or(word);
        !first.contains('=') || first.starts_with("step=")
    };
    let mut steps: Vec<Vec<&str>> = Vec::new();
    for word in words {
        match steps.last_mut() {
            Some(step) if !begins(word) => step.push(word),
            _ => steps.push(vec![word]),
        }
    }
    let read = |words: &Vec<&str>| {
        CleaningStep::parse(words).map_err(|error| CliError::usage(format!("--step: {error}")))
    };
    steps.iter().map(read).collect()
}

fn save(recipe: &Recipe, path: &Path) -> Result<(), CliError> {
    let text = recipe.to_toml().map_err(|error| CliError::from_error(&error))?;
    std::fs::write(path, text).map_err(|error| {
        CliError::failed(format!(
            "cannot write the cleaning recipe: {error}. File: {}",
            path.display()
        ))
    })
}

fn show(session: &Session, cleaning: &Cleaning, as_json: bool) -> Result<(), CliError> {
    let dataset = session.dataset()?;
    let now = Counts::of(&dataset);
    if as_json {
        return output::json(&json!({
            "recipe": cleaning.recipe,
            "original": cleaning.original,
            "original_revision": cleaning.original_revision,
            "now": now,
            "revision": dataset.revision,
            "steps": cleaning.outcomes,
        }));
    }
    output::line(&format!("imported: {}", described(cleaning.original)));
    for (position, outcome) in (1..).zip(&cleaning.outcomes) {
        print_outcome(position, outcome)?;
    }
    let what = if cleaning.outcomes.is_empty() { "not cleaned" } else { "cleaned" };
    output::line(&format!("{what}: {}, revision {}", described(now), dataset.revision));
    Ok(())
}

fn print_outcome(position: usize, outcome: &StepOutcome) -> Result<(), CliError> {
    output::line(&format!("{position}. {}", in_words(&outcome.step)?));
    let (before, after) = (outcome.before, outcome.after);
    for (what, before, after) in [
        ("events", before.events, after.events),
        ("shoppers", before.users, after.users),
        ("products", before.items, after.items),
    ] {
        if before != after {
            output::line(&format!("   {before} -> {after} {what}"));
        }
    }
    if outcome.changed_values > 0 {
        output::line(&format!("   {} values changed", outcome.changed_values));
    } else if before == after {
        output::line("   nothing to do");
    }
    for example in &outcome.examples {
        output::line(&format!("   such as {}", described_example(example)));
    }
    Ok(())
}

fn described(counts: Counts) -> String {
    format!("{} shoppers, {} products, {} events", counts.users, counts.items, counts.events)
}

/// The step as it would be typed.
fn in_words(step: &CleaningStep) -> Result<String, CliError> {
    let value = serde_json::to_value(step).map_err(|error| CliError::from_error(&error))?;
    let mut words = vec![step.name().to_owned()];
    let parameters = value.as_object().into_iter().flatten().filter(|(key, _)| *key != "step");
    words.extend(parameters.map(|(key, value)| format!("{key}={}", typed(value))));
    Ok(words.join(" "))
}

fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(typed).collect::<Vec<_>>().join(","),
        Value::Object(object) => match object.iter().next() {
            Some((key, share)) if key == "quantile" => {
                // Shares come from decimals; what binary numbers add behind them is no news.
                let percent = share.as_f64().unwrap_or_default() * 100.0;
                format!("{}%", (percent * 1e9).round() / 1e9)
            }
            Some((key, value)) => format!("{key}:{}", typed(value)),
            None => String::new(),
        },
        value => value.to_string(),
    }
}

fn described_example(example: &CleaningExample) -> String {
    let parts = [
        example.user.as_ref().map(|user| format!("shopper {user}")),
        example.kind.map(|kind| kind.name().to_owned()),
        example.item.as_ref().map(|item| format!("product {item}")),
        example.time_ms.map(crate::dataset::load::format_ms),
        example.before.clone(),
        example.after.as_ref().map(|after| format!("-> {after}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_apart_and_shown_as_they_are_typed() {
        let typed = ["merge_returns", "clip", "field=price", "high=99%", "k_core users=2 items=3"];
        let words: Vec<String> = typed.map(str::to_owned).into();
        let steps = read_steps(&words).unwrap();
        let shown: Vec<String> = steps.iter().map(|step| in_words(step).unwrap()).collect();
        let expected = ["merge_returns", "clip field=price high=99%", "k_core items=3 users=2"];
        assert_eq!(shown, expected);
        for (step, words) in steps.iter().zip(&shown) {
            assert_eq!(CleaningStep::parse(&[words]).unwrap(), *step);
        }
        let error = read_steps(&["field=price".to_owned()]).unwrap_err();
        assert_eq!(error.cause, crate::cli::Cause::Usage);
    }
}
