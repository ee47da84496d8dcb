//! Steps and their parameters in words.

use crate::dataset::clean::{
    Bound, CleaningStep, EventTest, Field, FillWith, ScaleMethod, TextFix,
};
use crate::dataset::event::EventKind;
use crate::gui::text::Text;
use crate::gui::views::common::event_key;

/// Key of a step's title.
pub(super) const fn step_key(step: &CleaningStep) -> &'static str {
    match step {
        CleaningStep::DropEvents { .. } => "cleaning-drop-events",
        CleaningStep::DeduplicateEvents { .. } => "cleaning-deduplicate",
        CleaningStep::FillMissing { .. } => "cleaning-fill",
        CleaningStep::Clip { .. } => "cleaning-clip",
        CleaningStep::NormaliseText { .. } => "cleaning-normalise",
        CleaningStep::MergeReturns => "cleaning-merge-returns",
        CleaningStep::DropBots { .. } => "cleaning-drop-bots",
        CleaningStep::KCore { .. } => "cleaning-k-core",
        CleaningStep::MinimumCounts { .. } => "cleaning-minimum",
        CleaningStep::DateWindow { .. } => "cleaning-dates",
        CleaningStep::Scale { .. } => "cleaning-scale",
        CleaningStep::DropUnusedProducts => "cleaning-drop-unused",
    }
}

/// Key of what a step does, in a sentence.
pub(super) const fn hint_key(step: &CleaningStep) -> &'static str {
    match step {
        CleaningStep::DropEvents { .. } => "cleaning-drop-events-hint",
        CleaningStep::DeduplicateEvents { .. } => "cleaning-deduplicate-hint",
        CleaningStep::FillMissing { .. } => "cleaning-fill-hint",
        CleaningStep::Clip { .. } => "cleaning-clip-hint",
        CleaningStep::NormaliseText { .. } => "cleaning-normalise-hint",
        CleaningStep::MergeReturns => "cleaning-merge-returns-hint",
        CleaningStep::DropBots { .. } => "cleaning-drop-bots-hint",
        CleaningStep::KCore { .. } => "cleaning-k-core-hint",
        CleaningStep::MinimumCounts { .. } => "cleaning-minimum-hint",
        CleaningStep::DateWindow { .. } => "cleaning-dates-hint",
        CleaningStep::Scale { .. } => "cleaning-scale-hint",
        CleaningStep::DropUnusedProducts => "cleaning-drop-unused-hint",
    }
}

/// Key of a test.
pub(super) const fn test_key(test: EventTest) -> &'static str {
    match test {
        EventTest::Any => "cleaning-when-any",
        EventTest::NegativePrice => "cleaning-when-negative-price",
        EventTest::ZeroPrice => "cleaning-when-zero-price",
        EventTest::MissingPrice => "cleaning-when-missing-price",
        EventTest::NegativeQuantity => "cleaning-when-negative-quantity",
        EventTest::ZeroQuantity => "cleaning-when-zero-quantity",
        EventTest::MissingQuantity => "cleaning-when-missing-quantity",
        EventTest::MissingStars => "cleaning-when-missing-stars",
        EventTest::MissingText => "cleaning-when-missing-text",
        EventTest::MissingItem => "cleaning-when-missing-item",
        EventTest::NotInCatalogue => "cleaning-when-not-in-catalogue",
    }
}

/// Key of a field.
pub(super) const fn field_key(field: Field) -> &'static str {
    match field {
        Field::Price => "cleaning-field-price",
        Field::Quantity => "cleaning-field-quantity",
        Field::Stars => "cleaning-field-stars",
        Field::Text => "cleaning-field-text",
        Field::ListPrice => "cleaning-field-list-price",
        Field::Stock => "cleaning-field-stock",
        Field::Title => "cleaning-field-title",
        Field::Description => "cleaning-field-description",
        Field::Category => "cleaning-field-category",
        Field::Brand => "cleaning-field-brand",
    }
}

/// Key of a repair.
pub(super) const fn fix_key(fix: TextFix) -> &'static str {
    match fix {
        TextFix::RepairMojibake => "cleaning-fix-mojibake",
        TextFix::StripHtml => "cleaning-fix-html",
        TextFix::Nfkc => "cleaning-fix-nfkc",
        TextFix::FoldCase => "cleaning-fix-case",
        TextFix::TrimPunctuation => "cleaning-fix-punctuation",
        TextFix::CollapseWhitespace => "cleaning-fix-whitespace",
    }
}

/// Key of a scale.
pub(super) const fn method_key(method: ScaleMethod) -> &'static str {
    match method {
        ScaleMethod::Standard => "cleaning-scale-standard",
        ScaleMethod::Robust => "cleaning-scale-robust",
        ScaleMethod::MinMax => "cleaning-scale-min-max",
        ScaleMethod::Log1p => "cleaning-scale-log1p",
    }
}

/// The parameters of a step on one line; empty where it has none.
pub(super) fn summary(text: &Text, step: &CleaningStep) -> String {
    match step {
        CleaningStep::DropEvents { kinds, when } => drop_summary(text, kinds, *when),
        CleaningStep::DeduplicateEvents { window_secs, exact } => {
            let key = if *exact { "cleaning-window-exact" } else { "cleaning-window-loose" };
            text.tr_with(key, &[("secs", text.number(*window_secs, 0).into())])
        }
        CleaningStep::FillMissing { field, with } => {
            format!("{} ← {}", text.tr(field_key(*field)), fill_label(text, with))
        }
        CleaningStep::Clip { field, low, high } => {
            let (low, high) = (bound_label(text, *low), bound_label(text, *high));
            format!("{}: {low} … {high}", text.tr(field_key(*field)))
        }
        CleaningStep::NormaliseText { fields, fixes } => {
            let fields = listed(text, fields.iter().map(|&field| field_key(field)));
            format!("{fields}: {}", listed(text, fixes.iter().map(|&fix| fix_key(fix))))
        }
        CleaningStep::DropBots { max_events_per_minute, max_events_per_day } => {
            let limit = |key: &str, limit: &Option<u32>| {
                limit.map(|limit| text.tr_with(key, &[("limit", limit.into())]))
            };
            let limits = [
                limit("cleaning-per-minute", max_events_per_minute),
                limit("cleaning-per-day", max_events_per_day),
            ];
            limits.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        CleaningStep::KCore { users, items } => counts_summary(text, *users, *items),
        CleaningStep::MinimumCounts { per_user, per_item } => {
            counts_summary(text, *per_user, *per_item)
        }
        CleaningStep::DateWindow { from, to } => {
            let open = |end: &Option<String>| end.clone().unwrap_or_else(|| "…".to_owned());
            format!("{} – {}", open(from), open(to))
        }
        CleaningStep::Scale { field, method } => {
            format!("{}: {}", text.tr(field_key(*field)), text.tr(method_key(*method)))
        }
        CleaningStep::MergeReturns | CleaningStep::DropUnusedProducts => String::new(),
    }
}

fn drop_summary(text: &Text, kinds: &[EventKind], when: EventTest) -> String {
    let kinds = match kinds {
        [] => text.tr("cleaning-all-kinds").to_owned(),
        kinds => listed(text, kinds.iter().map(|&kind| event_key(kind))),
    };
    match when {
        EventTest::Any => kinds,
        when => format!("{kinds}: {}", text.tr(test_key(when))),
    }
}

fn counts_summary(text: &Text, users: u32, items: u32) -> String {
    text.tr_with("cleaning-counts", &[("users", users.into()), ("items", items.into())])
}

/// What fills in for a missing value.
pub(super) fn fill_label(text: &Text, with: &FillWith) -> String {
    match with {
        FillWith::Median => text.tr("cleaning-with-median").to_owned(),
        FillWith::Mode => text.tr("cleaning-with-mode").to_owned(),
        FillWith::ProductMedian => text.tr("cleaning-with-product-median").to_owned(),
        FillWith::Number(number) => number.to_string(),
        FillWith::Text(constant) => format!("“{constant}”"),
    }
}

fn bound_label(text: &Text, bound: Option<Bound>) -> String {
    match bound {
        None => String::new(),
        Some(Bound::Value(value)) => value.to_string(),
        Some(Bound::Quantile { quantile }) => {
            let share = text.percent(quantile, 1);
            text.tr_with("cleaning-quantile-of", &[("share", share.into())])
        }
    }
}

fn listed(text: &Text, keys: impl Iterator<Item = &'static str>) -> String {
    keys.map(|key| text.tr(key)).collect::<Vec<_>>().join(text.tr("cleaning-list-separator"))
}
