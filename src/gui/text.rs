//! Words, numbers and dates in the user's language.
//!
//! Messages are Fluent files under `assets/i18n`, one per area and language. Those without
//! parameters are formatted once, so that [`Text::tr`] costs a look-up per frame and no more.

mod calendar;
mod format;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

pub use calendar::time_marks;
pub use fluent_bundle::FluentValue as Value;

use crate::workbench::settings::Language;

macro_rules! area {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../assets/i18n/en/", $name, ".ftl")),
            include_str!(concat!("../../assets/i18n/zh/", $name, ".ftl")),
        )
    };
}

/// The areas of the message catalogue: name, English, Chinese.
pub const AREAS: &[(&str, &str, &str)] = &[
    area!("shell"),
    area!("core"),
    area!("widgets"),
    area!("welcome"),
    area!("import"),
    area!("formats"),
    area!("data"),
    area!("quality"),
    area!("cleaning"),
    area!("tables"),
    area!("privacy"),
    area!("lock"),
    area!("profiles"),
    area!("transitions"),
    area!("similarity"),
    area!("splits"),
    area!("training"),
    area!("texts"),
    area!("knowledge"),
    area!("recommendations"),
    area!("evaluation"),
];

/// The message catalogue in one language.
pub struct Text {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    plain: HashMap<String, String>,
    /// Keys that were asked for and are not there; a defect, told of once each.
    missing: RefCell<BTreeSet<String>>,
}

impl Text {
    /// The catalogue in `language`.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let locale = match language {
            Language::En => "en",
            Language::Zh => "zh-CN",
        };
        // Without a language the rules for plurals are missing, but every text is still there.
        let locale: LanguageIdentifier = locale.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![locale]);
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(format::grouped));
        let mut keys = Vec::new();
        for (area, english, chinese) in AREAS {
            let source = match language {
                Language::En => english,
                Language::Zh => chinese,
            };
            keys.extend(message_keys(source));
            if let Err(errors) = bundle.add_resource(parse(area, source)) {
                tracing::error!(?errors, area, "the message catalogue defines a key twice");
            }
        }
        let plain = keys.into_iter().filter_map(|key| format_plain(&bundle, key)).collect();
        Self { language, bundle, plain, missing: RefCell::default() }
    }

    /// Which language this is.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The text for `key`; the key itself where the catalogue has none, which a test rules out for
    /// all keys in the sources.
    #[must_use]
    pub fn tr<'a>(&'a self, key: &'a str) -> &'a str {
        match self.plain.get(key) {
            Some(text) => text,
            None => {
                self.report_missing(key);
                key
            }
        }
    }

    fn report_missing(&self, key: &str) {
        if self.missing.borrow_mut().insert(key.to_owned()) {
            tracing::error!(key, language = ?self.language, "the message catalogue lacks a text");
        }
    }

    /// Keys that were asked for in vain so far.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        self.missing.borrow().iter().cloned().collect()
    }

    /// Whether the catalogue has this key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// The text for `key` with values filled in. Numbers are grouped as the language does; text that
    /// was formatted before (dates, shares) is passed as a string.
    #[must_use]
    pub fn tr_with(&self, key: &str, args: &[(&'static str, Value<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            self.report_missing(key);
            return key.to_owned();
        };
        let args: FluentArgs<'_> = args.iter().cloned().collect();
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        if !errors.is_empty() {
            self.report_missing(key);
        }
        text
    }
}

fn parse(area: &str, source: &str) -> FluentResource {
    FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, errors)| {
        tracing::error!(?errors, area, "the message catalogue has a syntax error");
        resource
    })
}

/// The keys that a catalogue file defines: what stands before ` =` at the start of a line.
pub fn message_keys(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim_end();
        (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
            .then_some(key)
    })
}

/// Key and text of a message that needs no values; those that do are formatted when asked for.
fn format_plain(bundle: &FluentBundle<FluentResource>, key: &str) -> Option<(String, String)> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
    errors.is_empty().then(|| (key.to_owned(), text))
}

#[cfg(test)]
mod tests;
