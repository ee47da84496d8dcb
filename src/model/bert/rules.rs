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
