//! What is to be left out, made coarser or masked when a shop is imported.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::PrivacyError;

/// Name under which the time of events is generalised.
pub const TIME: &str = "time";

/// What an import does for privacy. As TOML:
///
/// ```text
/// pseudonymise = true
/// drop_columns = ["email", "street"]
/// mask_text = true
/// min_group_size = 5
///
/// [generalise]
/// age = "bands:10"
/// postcode = "prefix:2"
/// time = "week"
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyPolicy {
    /// Shopper ids are replaced by a keyed hash.
    pub pseudonymise: bool,
    /// Columns that are not read, whatever file has them.
    pub drop_columns: Vec<String>,
    /// Columns of the users file, or [`TIME`] for the time of events, made coarser.
    pub generalise: BTreeMap<String, Generalisation>,
    /// Addresses and numbers of people found in texts are replaced by what they are.
    pub mask_text: bool,
    /// Groups of fewer shoppers are not shown; 0 shows all.
    pub min_group_size: u32,
}

/// How values are made coarser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Generalisation {
    /// Numbers become bands of this width: `bands:10` makes 37 into `30-39`.
    Bands(u32),
    /// The first characters stay: `prefix:2` makes 10115 into `10*`.
    Prefix(u32),
    /// Times are put back to the begin of a period, UTC.
    Time(Period),
}

/// Lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A day.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

impl PrivacyPolicy {
    /// Reads a policy from TOML.
    ///
    /// # Errors
    /// [`PrivacyError::Policy`] if it is no such TOML or a rule makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, PrivacyError> {
        let policy: Self = toml::from_str(text)
            .map_err(|error| PrivacyError::Policy(error.to_string().trim_end().to_owned()))?;
        policy.generalise.iter().try_for_each(|(column, &rule)| check_rule(column, rule))?;
        Ok(policy)
    }

    /// Adds a rule written as `COLUMN=RULE`.
    ///
    /// # Errors
    /// [`PrivacyError::Policy`] if it is not of that form or the rule makes no sense.
    pub fn add_rule(&mut self, text: &str) -> Result<(), PrivacyError> {
        let (column, rule) = text
            .split_once('=')
            .map(|(column, rule)| (column.trim(), rule.trim()))
            .filter(|(column, _)| !column.is_empty())
            .ok_or_else(|| {
                PrivacyError::Policy(format!("{text:?} is not of the form COLUMN=RULE"))
            })?;
        let rule = rule.parse().map_err(PrivacyError::Policy)?;
        check_rule(column, rule)?;
        self.generalise.insert(column.to_owned(), rule);
        Ok(())
    }

    /// Whether anything is changed, so that what stood in the files must not be shown afterwards.
    #[must_use]
    pub fn hides_values(&self) -> bool {
        self.pseudonymise
            || self.mask_text
            || !self.drop_columns.is_empty()
            || !self.generalise.is_empty()
    }

    /// Whether a column is left out. Case and surrounding space do not count, as in `--map`.
    #[must_use]
    pub fn drops(&self, column: &str) -> bool {
        self.drop_columns.iter().any(|dropped| is_same_column(dropped, column))
    }

    /// The rule for a column of the users file.
    #[must_use]
    pub fn rule_for(&self, column: &str) -> Option<Generalisation> {
        let mut rules = self.generalise.iter();
        rules.find(|(name, _)| is_same_column(name, column)).map(|(_, &rule)| rule)
    }

    /// How coarse the times of events are made.
    #[must_use]
    pub fn time_period(&self) -> Option<Period> {
        match self.generalise.get(TIME) {
            Some(Generalisation::Time(period)) => Some(*period),
            _ => None,
        }
    }
}

/// Whether two names mean one column.
pub(in crate::dataset) fn is_same_column(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn check_rule(column: &str, rule: Generalisation) -> Result<(), PrivacyError> {
    let is_time_rule = matches!(rule, Generalisation::Time(_));
    match (column == TIME, is_time_rule) {
        (true, false) => Err(PrivacyError::Policy(format!(
            "{TIME}={rule} makes no sense; times become a day, week, month or year"
        ))),
        (false, true) => Err(PrivacyError::Policy(format!(
            "{column}={rule} is for the time of events only; shorten dates of shoppers with \
             prefix:N"
        ))),
        _ => Ok(()),
    }
}

impl FromStr for Generalisation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let period = match text {
            "day" => Some(Period::Day),
            "week" => Some(Period::Week),
            "month" => Some(Period::Month),
            "year" => Some(Period::Year),
            _ => None,
        };
        if let Some(period) = period {
            return Ok(Self::Time(period));
        }
        let number = |rest: &str| rest.parse().ok().filter(|&number: &u32| number > 0);
        let rule = text.split_once(':').and_then(|(name, rest)| match name {
            "bands" => number(rest).map(Self::Bands),
            "prefix" => number(rest).map(Self::Prefix),
            _ => None,
        });
        rule.ok_or_else(|| {
            format!(
                "there is no rule {text:?}; the rules are bands:N and prefix:N with N from 1, and \
                 day, week, month and year for the time"
            )
        })
    }
}

impl fmt::Display for Generalisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bands(width) => write!(f, "bands:{width}"),
            Self::Prefix(length) => write!(f, "prefix:{length}"),
            Self::Time(Period::Day) => f.write_str("day"),
            Self::Time(Period::Week) => f.write_str("week"),
            Self::Time(Period::Month) => f.write_str("month"),
            Self::Time(Period::Year) => f.write_str("year"),
        }
    }
}

impl TryFrom<String> for Generalisation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Generalisation> for String {
    fn from(rule: Generalisation) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_from_toml_and_kept_as_json() {
        let policy = PrivacyPolicy::from_toml(
            "pseudonymise = true\ndrop_columns = [\"Email\"]\nmin_group_size = 5\n\
             [generalise]\nage = \"bands:10\"\npostcode = \"prefix:2\"\ntime = \"week\"\n",
        )
        .unwrap();
        assert!(policy.drops(" email") && !policy.drops("e-mail"));
        assert_eq!(policy.rule_for("AGE"), Some(Generalisation::Bands(10)));
        assert_eq!(policy.time_period(), Some(Period::Week));
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<PrivacyPolicy>(&json).unwrap(), policy);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for (text, part) in [
            ("[generalise]\nage = \"bands:0\"", "bands:N"),
            ("[generalise]\nage = \"week\"", "prefix:N"),
            ("[generalise]\ntime = \"bands:2\"", "week"),
            ("drop_colums = []", "drop_columns"),
        ] {
            let message = PrivacyPolicy::from_toml(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let mut policy = PrivacyPolicy::default();
        assert!(policy.add_rule("age").is_err() && policy.add_rule("=day").is_err());
        assert!(!policy.hides_values());
        policy.add_rule("age = bands:5").unwrap();
        assert!(policy.hides_values());
        assert_eq!(policy.rule_for("age"), Some(Generalisation::Bands(5)));
    }
}
