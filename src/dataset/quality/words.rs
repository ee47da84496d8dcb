//! Findings as English sentences, for the command line and JSON.

use super::finding::{FigureName, Finding, FindingKind};

/// The finding as one sentence.
#[expect(clippy::too_many_lines, reason = "a table of sentences")]
pub(super) fn sentence(finding: &Finding) -> String {
    let (count, of) = (finding.count, finding.of);
    let unit = finding.unit.name();
    let subject = finding.subject.as_ref().map(ToString::to_string).unwrap_or_default();
    let figure = |name| finding.figure(name).unwrap_or_default();
    let kept = || {
        let (kept, left_out) = (figure(FigureName::Kept), figure(FigureName::LeftOut));
        format!("{kept} of them are in the data, {left_out} were left out")
    };
    match finding.kind {
        FindingKind::RowsLeftOut => format!("{count} of {of} rows were left out: {subject}"),
        FindingKind::MissingValues => format!("{count} of {of} {unit} have no {subject}"),
        FindingKind::NegativePrices => {
            format!("{count} of {of} {unit} have a price below 0{}", in_parts(finding))
        }
        FindingKind::ZeroPrices => {
            format!("{count} of {of} {unit} have a price of 0{}", in_parts(finding))
        }
        FindingKind::ZeroQuantities => {
            format!("{count} of {of} {unit} have a quantity of 0 or less{}", in_parts(finding))
        }
        FindingKind::NegativeQuantities => {
            format!(
                "{count} of {of} rows have a negative quantity and are read as returns; {}",
                kept()
            )
        }
        FindingKind::Cancellations => {
            format!("{count} of {of} rows cancel an invoice and are read as returns; {}", kept())
        }
        FindingKind::RatingsOffScale => format!(
            "{count} of {of} ratings lie off the scale from {} to {}",
            figure(FigureName::ScaleLow),
            figure(FigureName::ScaleHigh)
        ),
        FindingKind::ImplausibleTimes => {
            format!("{count} of {of} events have a time before 1990 or in the future")
        }
        FindingKind::ExactDuplicates => {
            format!("{count} of {of} events equal another one in everything")
        }
        FindingKind::NearDuplicates => format!(
            "{count} of {of} events repeat the same shopper, product and kind within 5 seconds"
        ),
        FindingKind::IdCollisions => format!(
            "{count} of {of} ids of {unit} differ from another only by case, space or leading \
             zeros; they would be {}",
            figure(FigureName::DistinctIds)
        ),
        FindingKind::SharedTitles => format!(
            "{count} of {of} products share {} titles with others",
            figure(FigureName::DistinctIds)
        ),
        FindingKind::OrphanEvents => format!(
            "{count} of {of} events concern {} products that the catalogue lacks",
            figure(FigureName::Products)
        ),
        FindingKind::ProductsWithoutEvents | FindingKind::ShoppersWithoutEvents => {
            format!("{count} of {of} {unit} have no event")
        }
        FindingKind::LeakingColumn => format!(
            "{subject} tells {:.1} % of what there is to know about who or what buys",
            100.0 * figure(FigureName::Information)
        ),
        FindingKind::SuspectedBots => format!(
            "{count} of {of} shoppers behave like programs; {} events are theirs",
            figure(FigureName::Events)
        ),
        FindingKind::Returns => format!("{count} of {of} purchases and returns are returns"),
        FindingKind::ReturnsWithoutPurchase => {
            format!("{count} of {of} returns have no purchase of the product before them")
        }
        FindingKind::Mojibake => format!("{count} of {of} texts were decoded wrongly"),
        FindingKind::Markup => format!("{count} of {of} texts hold HTML tags or entities"),
        FindingKind::ReplacementCharacters => {
            format!("{count} of {of} texts have lost letters (U+FFFD)")
        }
        FindingKind::ControlCharacters => {
            format!("{count} of {of} texts hold invisible control characters")
        }
        FindingKind::MidnightTimes => {
            format!("{count} of {of} events are exactly at midnight: dates without a time")
        }
        FindingKind::EqualTimes => {
            format!("{count} of {of} events are at the moment of the shopper's previous one")
        }
        FindingKind::DaysWithoutEvents => format!(
            "{count} of {of} days have no event; the longest gap is {} days",
            figure(FigureName::LongestGap)
        ),
        FindingKind::OutlyingValues => format!(
            "{count} of {of} values of {subject} lie far from the median {} (robust z over 3.5); \
             {} lie beyond the fences {} and {}",
            round(figure(FigureName::Median)),
            figure(FigureName::BeyondFences),
            round(figure(FigureName::LowFence)),
            round(figure(FigureName::HighFence))
        ),
        FindingKind::SkewedPopularity => format!(
            "the most popular tenth of products has {:.1} % of the events (Gini {:.3})",
            100.0 * figure(FigureName::TopTenth),
            figure(FigureName::Gini)
        ),
        FindingKind::SparseLog => format!(
            "{count} of {of} pairs of shopper and product have met ({:.4} %)",
            100.0 * figure(FigureName::Density)
        ),
        FindingKind::ShoppersWithOneEvent | FindingKind::ProductsWithOneEvent => {
            format!("{count} of {of} {unit} have a single event")
        }
        FindingKind::LateProducts => {
            format!("{count} of {of} products are first met in the last tenth of the time")
        }
    }
}

/// Where rows were left out, how many of each.
fn in_parts(finding: &Finding) -> String {
    match (finding.figure(FigureName::Kept), finding.figure(FigureName::LeftOut)) {
        (Some(kept), Some(left_out)) if left_out > 0.0 => {
            format!("; {kept} of them are in the data, {left_out} were left out for other reasons")
        }
        _ => String::new(),
    }
}

/// Four decimals at most, without zeros at the end.
fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
