//! Rows that the import left out or read as something else. The import has counted them; here they
//! only become findings.

use std::collections::BTreeMap;

use super::finding::{BarLabel, BarWord, Example, FigureName, Finding, FindingKind, Subject, Unit};
use super::repair::Repair;
use super::shop::{Found, Shop};
use super::thresholds::by_share;
use crate::control::Cancelled;
use crate::dataset::event::EventKind;
use crate::dataset::load::{self, OddRows, RejectReason};
use crate::dataset::schema::{Field, Role};

/// Share of rows left out that is serious.
const SERIOUS_SHARE: f64 = 0.2;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    shop.control.check()?;
    rejected(shop, found);
    turned_into_returns(shop, found);
    Ok(())
}

#[derive(Default)]
struct LeftOut {
    count: u64,
    examples: Vec<Example>,
}

fn rejected(shop: &Shop<'_>, found: &mut Found) {
    let mut rows_of: BTreeMap<Role, u64> = BTreeMap::new();
    let mut left_out: BTreeMap<(Role, RejectReason), LeftOut> = BTreeMap::new();
    for source in &shop.report.sources {
        *rows_of.entry(source.role).or_default() += source.rows_read;
        for rejected in &source.rejected {
            let entry = left_out.entry((source.role, rejected.reason)).or_default();
            entry.count += rejected.count;
            entry.examples.extend(rejected.examples.iter().map(line_example));
        }
    }
    for ((role, reason), LeftOut { count, examples }) in left_out {
        let of = rows_of[&role];
        let (kind, subject) = match reason {
            RejectReason::NoUser => (FindingKind::MissingValues, Subject::Field(role, Field::User)),
            RejectReason::NoItem => (FindingKind::MissingValues, Subject::Field(role, Field::Item)),
            RejectReason::NoTime => (FindingKind::MissingValues, Subject::Field(role, Field::Time)),
            other => (FindingKind::RowsLeftOut, Subject::Reason(other)),
        };
        let severity = by_share(super::finding::share(count, of), 0.0, SERIOUS_SHARE);
        let bars = [(BarWord::Kept, of - count.min(of)), (BarWord::LeftOut, count)];
        found.push_if_any(
            Finding::new(kind, severity, Unit::Rows, count, of)
                .about(subject)
                .with_examples(examples)
                .with_bars(bars.map(|(word, count)| (BarLabel::Word(word), count))),
        );
    }
}

fn line_example(example: &load::Example) -> Example {
    Example {
        line: Some(example.line),
        value: super::shop::shorten(&example.text),
        ..Example::default()
    }
}

/// Rows of event files.
fn event_rows(shop: &Shop<'_>) -> u64 {
    let sources = shop.report.sources.iter().filter(|source| source.role == Role::Events);
    sources.map(|source| source.rows_read).sum()
}

/// Cancellations and negative quantities, which the import turns into returns.
fn turned_into_returns(shop: &Shop<'_>, found: &mut Found) {
    let oddities = &shop.report.oddities;
    let returns = shop.log().counts().get(EventKind::Return);
    for (kind, rows) in [
        (FindingKind::Cancellations, &oddities.cancellations),
        (FindingKind::NegativeQuantities, &oddities.negative_quantities),
    ] {
        // After returns were cleaned away, what was kept at the import is there no longer.
        let kept = rows.kept.min(returns);
        let mut finding = odd_rows(shop, kind, rows, kept);
        if kept > 0 {
            finding = finding.with_repair(Repair::merge_returns(kept));
        }
        found.push_if_any(finding);
    }
}

fn odd_rows(shop: &Shop<'_>, kind: FindingKind, rows: &OddRows, kept: u64) -> Finding {
    let count = kept + rows.left_out;
    let of = event_rows(shop).max(count);
    let severity = by_share(super::finding::share(count, of), 0.1, 0.5);
    let bars = [(BarWord::Kept, kept), (BarWord::LeftOut, rows.left_out)];
    Finding::new(kind, severity, Unit::Rows, count, of)
        .with_figure(FigureName::Kept, kept as f64)
        .with_figure(FigureName::LeftOut, rows.left_out as f64)
        .with_examples(rows.examples.iter().map(line_example).collect())
        .with_bars(bars.map(|(word, count)| (BarLabel::Word(word), count)))
}
