//! Findings in the user's language.

use crate::dataset::clean::CleaningStep;
use crate::dataset::quality::{
    BarLabel, BarWord, Effect, Figure, FigureName, Finding, FindingKind, Repair, Severity,
    SkipReason, Subject, Unit,
};
use crate::dataset::schema::Role;
use crate::gui::text::Text;
use crate::gui::views::common::event_key;
use crate::gui::views::data::reject_key;
use crate::gui::views::import_assistant::field_key;
use crate::workbench;

/// Keys of a kind's title and of its explanation.
const fn kind_keys(kind: FindingKind) -> (&'static str, &'static str) {
    match kind {
        FindingKind::RowsLeftOut => ("quality-rows-left-out", "quality-rows-left-out-why"),
        FindingKind::MissingValues => ("quality-missing-values", "quality-missing-values-why"),
        FindingKind::NegativePrices => ("quality-negative-prices", "quality-negative-prices-why"),
        FindingKind::ZeroPrices => ("quality-zero-prices", "quality-zero-prices-why"),
        FindingKind::ZeroQuantities => ("quality-zero-quantities", "quality-zero-quantities-why"),
        FindingKind::NegativeQuantities => {
            ("quality-negative-quantities", "quality-negative-quantities-why")
        }
        FindingKind::Cancellations => ("quality-cancellations", "quality-cancellations-why"),
        FindingKind::RatingsOffScale => {
            ("quality-ratings-off-scale", "quality-ratings-off-scale-why")
        }
        FindingKind::ImplausibleTimes => {
            ("quality-implausible-times", "quality-implausible-times-why")
        }
        FindingKind::ExactDuplicates => {
            ("quality-exact-duplicates", "quality-exact-duplicates-why")
        }
        FindingKind::NearDuplicates => ("quality-near-duplicates", "quality-near-duplicates-why"),
        FindingKind::IdCollisions => ("quality-id-collisions", "quality-id-collisions-why"),
        FindingKind::SharedTitles => ("quality-shared-titles", "quality-shared-titles-why"),
        FindingKind::OrphanEvents => ("quality-orphan-events", "quality-orphan-events-why"),
        FindingKind::ProductsWithoutEvents => {
            ("quality-products-without-events", "quality-products-without-events-why")
        }
        FindingKind::ShoppersWithoutEvents => {
            ("quality-shoppers-without-events", "quality-shoppers-without-events-why")
        }
        FindingKind::LeakingColumn => ("quality-leaking-column", "quality-leaking-column-why"),
        FindingKind::SuspectedBots => ("quality-suspected-bots", "quality-suspected-bots-why"),
        FindingKind::Returns => ("quality-returns", "quality-returns-why"),
        FindingKind::ReturnsWithoutPurchase => {
            ("quality-returns-without-purchase", "quality-returns-without-purchase-why")
        }
        FindingKind::Mojibake => ("quality-mojibake", "quality-mojibake-why"),
        FindingKind::Markup => ("quality-markup", "quality-markup-why"),
        FindingKind::ReplacementCharacters => {
            ("quality-replacement-characters", "quality-replacement-characters-why")
        }
        FindingKind::ControlCharacters => {
            ("quality-control-characters", "quality-control-characters-why")
        }
        FindingKind::MidnightTimes => ("quality-midnight-times", "quality-midnight-times-why"),
        FindingKind::EqualTimes => ("quality-equal-times", "quality-equal-times-why"),
        FindingKind::DaysWithoutEvents => {
            ("quality-days-without-events", "quality-days-without-events-why")
        }
        FindingKind::OutlyingValues => ("quality-outlying-values", "quality-outlying-values-why"),
        FindingKind::SkewedPopularity => {
            ("quality-skewed-popularity", "quality-skewed-popularity-why")
        }
        FindingKind::SparseLog => ("quality-sparse-log", "quality-sparse-log-why"),
        FindingKind::ShoppersWithOneEvent => {
            ("quality-shoppers-with-one-event", "quality-shoppers-with-one-event-why")
        }
        FindingKind::ProductsWithOneEvent => {
            ("quality-products-with-one-event", "quality-products-with-one-event-why")
        }
        FindingKind::LateProducts => ("quality-late-products", "quality-late-products-why"),
    }
}

/// The word for a severity, and its look.
pub(super) const fn severity_of(severity: Severity) -> (&'static str, workbench::Severity) {
    match severity {
        Severity::Serious => ("quality-serious", workbench::Severity::Error),
        Severity::Warning => ("quality-warning", workbench::Severity::Warning),
        Severity::Note => ("quality-note", workbench::Severity::Info),
    }
}

/// What a finding is called.
pub(super) fn title(text: &Text, finding: &Finding) -> String {
    let subject = finding.subject.as_ref().map(|subject| subject_words(text, subject));
    let subject = subject.unwrap_or_default();
    text.tr_with(kind_keys(finding.kind).0, &[("subject", subject.into())])
}

/// What a kind of finding is called, whatever it concerns.
pub(super) fn kind_title(text: &Text, kind: FindingKind) -> String {
    let title = text.tr_with(kind_keys(kind).0, &[("subject", "".into())]);
    title.trim_end_matches([':', '：', ' ']).to_owned()
}

/// What a finding means and by which rule it was found.
pub(super) fn explanation(text: &Text, kind: FindingKind) -> String {
    text.tr_with(kind_keys(kind).1, &[])
}

/// How many of how many.
pub(super) fn count(text: &Text, finding: &Finding) -> String {
    text.tr_with(
        "quality-count",
        &[
            ("count", finding.count.into()),
            ("of", finding.of.into()),
            ("unit", text.tr(unit_key(finding.unit)).into()),
            ("share", text.percent(finding.share, 2).into()),
        ],
    )
}

const fn unit_key(unit: Unit) -> &'static str {
    match unit {
        Unit::Rows => "quality-unit-rows",
        Unit::Events => "quality-unit-events",
        Unit::Users => "quality-unit-users",
        Unit::Items => "quality-unit-items",
        Unit::Values => "quality-unit-values",
        Unit::Days => "quality-unit-days",
    }
}

fn subject_words(text: &Text, subject: &Subject) -> String {
    let field = |name: &str, role: &'static str| {
        text.tr_with(
            "quality-subject-field",
            &[("field", name.to_owned().into()), ("role", text.tr(role).into())],
        )
    };
    match subject {
        Subject::Field(role, name) => field(text.tr(field_key(*name)), role_key(*role)),
        Subject::Attribute(name) => field(name, role_key(Role::Users)),
        Subject::Users => text.tr("quality-subject-users").to_owned(),
        Subject::Items => text.tr("quality-subject-items").to_owned(),
        Subject::Reason(reason) => text.tr(reject_key(*reason)).to_owned(),
    }
}

const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Events => "role-events",
        Role::Catalog => "role-catalog",
        Role::Users => "role-users",
    }
}

/// What a bar stands for.
pub(super) fn bar_label(text: &Text, label: &BarLabel) -> String {
    match label {
        BarLabel::Kind(kind) => text.tr(event_key(*kind)).to_owned(),
        BarLabel::Subject(subject) => subject_words(text, subject),
        BarLabel::Plain(plain) => plain.clone(),
        BarLabel::Word(word) => text.tr(word_key(*word)).to_owned(),
    }
}

const fn word_key(word: BarWord) -> &'static str {
    match word {
        BarWord::Present => "quality-word-present",
        BarWord::Missing => "quality-word-missing",
        BarWord::Kept => "quality-word-kept",
        BarWord::LeftOut => "quality-word-left-out",
        BarWord::ClockZero => "quality-word-clock-zero",
        BarWord::BeforeFirstYear => "quality-word-before",
        BarWord::Future => "quality-word-future",
        BarWord::Plausible => "quality-word-plausible",
        BarWord::Pace => "quality-word-pace",
        BarWord::Volume => "quality-word-volume",
        BarWord::Hours => "quality-word-hours",
        BarWord::Breadth => "quality-word-breadth",
        BarWord::Matched => "quality-word-matched",
        BarWord::Unmatched => "quality-word-unmatched",
    }
}

/// Name and value of a figure.
pub(super) fn figure(text: &Text, figure: Figure) -> (String, String) {
    let Figure { name, value } = figure;
    let words = match name {
        FigureName::Gini => text.number(value, 3),
        FigureName::TopTenth | FigureName::Information => text.percent(value, 1),
        FigureName::Density => text.percent(value, 4),
        _ if value.fract() == 0.0 => text.number(value, 0),
        _ => text.number(value, 2),
    };
    (text.tr(figure_key(name)).to_owned(), words)
}

const fn figure_key(name: FigureName) -> &'static str {
    match name {
        FigureName::Kept => "quality-figure-kept",
        FigureName::LeftOut => "quality-figure-left-out",
        FigureName::Median => "quality-figure-median",
        FigureName::MedianDeviation => "quality-figure-median-deviation",
        FigureName::LargestZ => "quality-figure-largest-z",
        FigureName::LowFence => "quality-figure-low-fence",
        FigureName::HighFence => "quality-figure-high-fence",
        FigureName::BeyondFences => "quality-figure-beyond-fences",
        FigureName::ScaleLow => "quality-figure-scale-low",
        FigureName::ScaleHigh => "quality-figure-scale-high",
        FigureName::Products => "quality-figure-products",
        FigureName::DistinctIds => "quality-figure-distinct-ids",
        FigureName::LongestGap => "quality-figure-longest-gap",
        FigureName::Information => "quality-figure-information",
        FigureName::InformationRows => "quality-figure-information-rows",
        FigureName::Gini => "quality-figure-gini",
        FigureName::TopTenth => "quality-figure-top-tenth",
        FigureName::Density => "quality-figure-density",
        FigureName::Events => "quality-figure-events",
    }
}

/// What a repair does.
pub(super) const fn repair_key(step: &CleaningStep) -> &'static str {
    match step {
        CleaningStep::DropEvents { .. } => "quality-repair-drop-events",
        CleaningStep::DeduplicateEvents { .. } => "quality-repair-deduplicate",
        CleaningStep::FillMissing { .. } => "quality-repair-fill",
        CleaningStep::Clip { .. } => "quality-repair-clip",
        CleaningStep::NormaliseText { .. } => "quality-repair-texts",
        CleaningStep::MergeReturns => "quality-repair-returns",
        CleaningStep::DropBots { .. } => "quality-repair-bots",
        CleaningStep::MinimumCounts { .. } => "quality-repair-minimum",
        CleaningStep::DateWindow { .. } => "quality-repair-dates",
        CleaningStep::DropUnusedProducts => "quality-repair-unused",
        _ => "quality-repair-other",
    }
}

/// What comes of a repair.
pub(super) fn effect(text: &Text, repair: &Repair) -> String {
    let key = match repair.effect {
        Effect::RemovesEvents => "quality-effect-events",
        Effect::RemovesUsers => "quality-effect-users",
        Effect::RemovesItems => "quality-effect-items",
        Effect::ChangesValues => "quality-effect-values",
    };
    let effect = text.tr_with(key, &[("n", repair.amount.into())]);
    if repair.is_estimate {
        return format!("{effect} {}", text.tr("quality-effect-estimate"));
    }
    effect
}

/// Why a check could not be made.
pub(super) const fn skip_key(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NoTimes => "quality-skip-times",
        SkipReason::NoEvents => "quality-skip-events",
        SkipReason::NoCatalog => "quality-skip-catalog",
        SkipReason::NoSuchColumn => "quality-skip-column",
        SkipReason::TooFew => "quality-skip-few",
    }
}
