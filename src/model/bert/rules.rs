//! What settings have to keep.

/// Whether it is kept, which setting it is of, what was found, and what is allowed.
pub(in crate::model) type Rule = (bool, &'static str, String, &'static str);

/// Whether settings keep their rules; `what` they are, such as `the BERT setting`.
///
/// # Errors
/// The first setting that cannot be worked with, what was found and what is allowed.
pub(in crate::model) fn kept(
    what: &str,
    rules: impl IntoIterator<Item = Rule>,
) -> Result<(), String> {
    match rules.into_iter().find(|(holds, ..)| !holds) {
        None => Ok(()),
        Some((_, setting, found, allowed)) => {
            Err(format!("{what} {setting} is {found}; it must be {allowed}"))
        }
    }
}

/// At least so many.
pub(in crate::model) fn at_least(
    setting: &'static str,
    value: usize,
    least: usize,
    allowed: &'static str,
) -> Rule {
    (value >= least, setting, value.to_string(), allowed)
}

/// Where there is a limit it is not 0.
pub(in crate::model) fn no_zero(setting: &'static str, value: Option<usize>) -> Rule {
    (value != Some(0), setting, value.unwrap_or_default().to_string(), "1 or more")
}

/// Above 0.
pub(in crate::model) fn positive(setting: &'static str, value: f64) -> Rule {
    (value > 0.0 && value.is_finite(), setting, value.to_string(), "a positive number")
}

/// Not below 0.
pub(in crate::model) fn not_negative(setting: &'static str, value: f64) -> Rule {
    (value >= 0.0 && value.is_finite(), setting, value.to_string(), "0 or more")
}

/// A part that is never the whole.
pub(in crate::model) fn share(setting: &'static str, value: f64) -> Rule {
    ((0.0..1.0).contains(&value), setting, value.to_string(), "from 0 to below 1")
}

/// What something is multiplied with, that never grows by it and never vanishes.
pub(in crate::model) fn factor(setting: &'static str, value: f64) -> Rule {
    (value > 0.0 && value <= 1.0, setting, value.to_string(), "above 0 and at most 1")
}

/// How a type that has a text of its own is stored as that text.
macro_rules! stored_as_text {
    ($type:ty) => {
        impl TryFrom<String> for $type {
            type Error = <$type as std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    };
}

pub(in crate::model) use stored_as_text;
