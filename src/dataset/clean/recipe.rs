//! Recipes as files and steps as words of a command line.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::error::CleanError;
use super::step::{CleaningStep, RECIPE_VERSION, Recipe};

/// Keys of steps that hold lists.
const LISTS: [&str; 3] = ["kinds", "fields", "fixes"];
/// Keys of steps that hold texts, whatever they look like.
const TEXTS: [&str; 2] = ["from", "to"];

impl Recipe {
    /// The recipe with one step more at its end.
    #[must_use]
    pub fn with(&self, step: CleaningStep) -> Self {
        let mut longer = self.clone();
        longer.steps.push(step);
        longer
    }

    /// The recipe without its last step.
    #[must_use]
    pub fn without_last(&self) -> Self {
        let mut shorter = self.clone();
        shorter.steps.pop();
        shorter
    }

    /// Reads a recipe: TOML, or JSON where it starts with a brace.
    ///
    /// # Errors
    /// [`CleanError::Unreadable`] or [`CleanError::Newer`].
    pub fn parse(text: &str) -> Result<Self, CleanError> {
        let unreadable = |problem: String| CleanError::Unreadable(problem);
        let value: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?
        } else {
            toml::from_str(text).map_err(|error| unreadable(error.to_string()))?
        };
        // The version comes first: a newer recipe may have steps that are not known here.
        match value.get("version").and_then(Value::as_u64) {
            Some(found) if found > u64::from(RECIPE_VERSION) => Err(CleanError::Newer { found }),
            _ => serde_json::from_value(value).map_err(|error| {
                unreadable(format!("{error}. Known steps: {}", CleaningStep::NAMES.join(", ")))
            }),
        }
    }

    /// Reads a recipe from a file.
    ///
    /// # Errors
    /// [`CleanError::Io`], [`CleanError::Unreadable`] or [`CleanError::Newer`].
    pub fn read(path: &Path) -> Result<Self, CleanError> {
        let io = |source| CleanError::Io { action: "read", source, path: path.to_owned() };
        Self::parse(&std::fs::read_to_string(path).map_err(io)?)
    }

    /// The recipe as TOML, as [`Self::parse`] reads it.
    ///
    /// # Errors
    /// [`CleanError::Unreadable`] where a number cannot be written.
    pub fn to_toml(&self) -> Result<String, CleanError> {
        toml::to_string(self).map_err(|error| CleanError::Unreadable(error.to_string()))
    }
}

impl CleaningStep {
    /// Reads a step from words such as `clip field=price high=99%`: the step's name, then its
    /// parameters. Lists take commas, a bound with a percent sign is a quantile, and
    /// `with=number:3` or `with=text:none` fill in a constant.
    ///
    /// # Errors
    /// [`CleanError::Unreadable`] where there is no such step or parameter.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Self, CleanError> {
        let written = words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
        // One word may be the whole step; several are taken as they are, with their spaces.
        let words: Vec<&str> = match words {
            [whole] => whole.as_ref().split_whitespace().collect(),
            words => words.iter().map(AsRef::as_ref).collect(),
        };
        let mut object = Map::new();
        for word in words {
            match word.split_once('=') {
                Some((key, value)) => object.insert(key.to_owned(), parameter(key, value)),
                None => object.insert("step".to_owned(), json!(word)),
            };
        }
        serde_json::from_value(Value::Object(object)).map_err(|error| {
            let known = CleaningStep::NAMES.join(", ");
            CleanError::Unreadable(format!("{error} in {written:?}. Known steps: {known}"))
        })
    }
}

fn parameter(key: &str, value: &str) -> Value {
    if LISTS.contains(&key) {
        return value.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    }
    if TEXTS.contains(&key) {
        return json!(value);
    }
    if let Some(share) = value.strip_suffix('%').and_then(|share| share.parse::<f64>().ok()) {
        return json!({ "quantile": share / 100.0 });
    }
    if key == "with"
        && let Some((what, constant)) = value.split_once(':')
    {
        let constant = if what == "text" { json!(constant) } else { plain(constant) };
        return json!({ what: constant });
    }
    plain(value)
}

/// A number or truth value where it looks like one, else the text.
fn plain(value: &str) -> Value {
    let number =
        value.parse::<u64>().map(Value::from).or_else(|_| value.parse::<f64>().map(Value::from));
    match (number, value) {
        (Ok(number), _) => number,
        (_, "true") => json!(true),
        (_, "false") => json!(false),
        _ => json!(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::step::{Bound, EventTest, Field, FillWith, ScaleMethod, TextFix};
    use super::*;
    use crate::dataset::event::EventKind;

    /// One of each step, with every kind of parameter.
    fn all() -> Recipe {
        let steps = vec![
            CleaningStep::DropEvents {
                kinds: vec![EventKind::Purchase],
                when: EventTest::ZeroPrice,
            },
            CleaningStep::DeduplicateEvents { window_secs: 1.5, exact: true },
            CleaningStep::FillMissing { field: Field::Price, with: FillWith::Median },
            CleaningStep::FillMissing { field: Field::Stock, with: FillWith::Number(3.0) },
            CleaningStep::FillMissing {
                field: Field::Brand,
                with: FillWith::Text("no brand".to_owned()),
            },
            CleaningStep::Clip {
                field: Field::Price,
                low: Some(Bound::Value(0.5)),
                high: Some(Bound::Quantile { quantile: 0.99 }),
            },
            CleaningStep::NormaliseText {
                fields: vec![Field::Title, Field::Text],
                fixes: vec![TextFix::Nfkc, TextFix::StripHtml],
            },
            CleaningStep::MergeReturns,
            CleaningStep::DropBots { max_events_per_minute: Some(60), max_events_per_day: None },
            CleaningStep::KCore { users: 5, items: 5 },
            CleaningStep::MinimumCounts { per_user: 2, per_item: 0 },
            CleaningStep::DateWindow { from: Some("2011-01-01".to_owned()), to: None },
            CleaningStep::Scale { field: Field::ListPrice, method: ScaleMethod::Log1p },
            CleaningStep::DropUnusedProducts,
        ];
        Recipe { name: "all".to_owned(), steps, ..Recipe::default() }
    }

    #[test]
    fn recipes_survive_toml_and_json() {
        let recipe = all();
        for name in CleaningStep::NAMES {
            assert!(recipe.steps.iter().any(|step| step.name() == name), "{name}");
        }
        assert_eq!(Recipe::parse(&recipe.to_toml().unwrap()).unwrap(), recipe);
        assert_eq!(Recipe::parse(&serde_json::to_string(&recipe).unwrap()).unwrap(), recipe);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recipe.toml");
        std::fs::write(&path, recipe.to_toml().unwrap()).unwrap();
        assert_eq!(Recipe::read(&path).unwrap(), recipe);
        let missing = Recipe::read(&folder.path().join("none.toml")).unwrap_err().to_string();
        assert!(missing.contains("cannot read the cleaning recipe") && missing.contains("none"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let newer = Recipe::parse("version = 2\n[[steps]]\nstep = \"teleport\"").unwrap_err();
        assert!(matches!(newer, CleanError::Newer { found: 2 }), "{newer}");
        for (text, found) in [
            ("[[steps]]\nstep = \"teleport\"", "teleport"),
            ("[[steps]]\nstep = \"clip\"\nfield = \"price\"\nhihg = 3", "hihg"),
            ("{\"steps\": 3}", "expected a sequence"),
            ("nonsense", "cannot read the cleaning recipe"),
        ] {
            let message = Recipe::parse(text).unwrap_err().to_string();
            assert!(message.contains(found), "{message}");
        }
    }

    #[test]
    fn steps_are_read_from_words() {
        let words = [
            "drop_events kinds=purchase when=zero_price",
            "deduplicate_events window_secs=1.5 exact=true",
            "fill_missing field=price with=median",
            "fill_missing field=stock with=number:3",
            "",
            "clip field=price low=0.5 high=99%",
            "normalise_text fields=title,text fixes=nfkc,strip_html",
            "merge_returns",
            "drop_bots max_events_per_minute=60",
            "step=k_core users=5 items=5",
            "minimum_counts per_user=2",
            "date_window from=2011-01-01",
            "scale field=list_price method=log1p",
            "drop_unused_products",
        ];
        for (words, step) in
            words.into_iter().zip(all().steps).filter(|(words, _)| !words.is_empty())
        {
            assert_eq!(CleaningStep::parse(&[words]).unwrap(), step, "{words}");
            let split: Vec<&str> = words.split(' ').collect();
            assert_eq!(CleaningStep::parse(&split).unwrap(), step, "{words}");
        }
        let constant = CleaningStep::parse(&["fill_missing", "field=brand", "with=text:no brand"]);
        let with = FillWith::Text("no brand".to_owned());
        assert_eq!(constant.unwrap(), CleaningStep::FillMissing { field: Field::Brand, with });
        for wrong in ["teleport", "clip field=colour", "k_core users=5", "clip field=price hihg=3"]
        {
            let message = CleaningStep::parse(&[wrong]).unwrap_err().to_string();
            assert!(message.contains("Known steps: drop_events"), "{message}");
        }
    }
}
