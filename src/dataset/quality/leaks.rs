//! Columns that nearly tell what a model is to predict: whether a shopper has bought, whether a
//! product was bought. Such a column was probably written after the fact.

use std::collections::HashMap;

use super::finding::{
    BarLabel, Example, FigureName, Finding, FindingKind, Severity, Subject, Unit,
};
use super::report::SkipReason;
use super::shop::{Found, Shop};
use super::statistics::information_share;
use super::thresholds::{LEAK_INFORMATION, LEAK_ROWS, LEAK_ROWS_PER_CLASS, LEAK_ROWS_PER_VALUE};
use crate::control::Cancelled;
use crate::dataset::TextColumn;
use crate::dataset::event::EventKind;
use crate::dataset::numeric::quantile;
use crate::dataset::schema::{Field, Role};

/// A numeric column is cut at its deciles.
const BINS: usize = 10;
/// Bars in the chart.
const MOST_BARS: usize = 12;

/// A column as codes per row; rows without a value have a code of their own, as emptiness can leak.
struct Coded {
    subject: Subject,
    codes: Vec<u32>,
    labels: Vec<String>,
}

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let (buyers, bought) = targets(shop)?;
    let mut judged = 0;
    for (target, unit) in [(&buyers, Unit::Users), (&bought, Unit::Items)] {
        if !has_both(target) {
            continue;
        }
        let columns = match unit {
            Unit::Users => of_shoppers(shop),
            _ => of_products(shop),
        };
        for column in &columns {
            shop.control.check()?;
            if let Some(counts) = table(column, target) {
                judged += 1;
                found.findings.extend(judge(column, &counts, unit));
            }
        }
    }
    if judged == 0 {
        found.skip(&[FindingKind::LeakingColumn], SkipReason::TooFew);
    }
    Ok(())
}

/// Whether each shopper has bought, whether each product was bought.
fn targets(shop: &Shop<'_>) -> Result<(Vec<bool>, Vec<bool>), Cancelled> {
    let log = shop.log();
    let mut buyers = vec![false; shop.dataset.n_users()];
    let mut bought = vec![false; shop.dataset.n_items()];
    for (user, rows) in log.users() {
        if user.0 % 4096 == 0 {
            shop.control.check()?;
        }
        for row in rows.filter(|&row| log.kind(row) == EventKind::Purchase) {
            buyers[user.index()] = true;
            if let Some(item) = log.item(row) {
                bought[item.index()] = true;
            }
        }
    }
    Ok((buyers, bought))
}

fn has_both(target: &[bool]) -> bool {
    let yes = target.iter().filter(|&&yes| yes).count();
    yes.min(target.len() - yes) >= LEAK_ROWS_PER_CLASS
}

fn of_shoppers(shop: &Shop<'_>) -> Vec<Coded> {
    let n = shop.dataset.n_users();
    let attributes = shop.dataset.user_attributes.iter();
    attributes
        .map(|attribute| of_texts(Subject::Attribute(attribute.name.clone()), &attribute.values, n))
        .collect()
}

fn of_products(shop: &Shop<'_>) -> Vec<Coded> {
    let (catalog, n) = (&shop.dataset.catalog, shop.dataset.n_items());
    let mut columns: Vec<Coded> =
        [(Field::Category, &catalog.categories), (Field::Brand, &catalog.brands)]
            .into_iter()
            .filter(|(_, column)| !column.is_blank())
            .map(|(field, column)| of_texts(Subject::Field(Role::Catalog, field), column, n))
            .collect();
    // A price that comes from the events is there for what was bought only, and no column.
    let has_files = shop.report.sources.iter().any(|source| source.role == Role::Catalog);
    let numbers = [(Field::Price, &catalog.prices), (Field::Stock, &catalog.stock)];
    for (field, values) in numbers.into_iter().filter(|_| has_files) {
        columns.extend(of_numbers(Subject::Field(Role::Catalog, field), values, n));
    }
    columns
}

fn of_texts(subject: Subject, column: &TextColumn, n: usize) -> Coded {
    let missing = column.pool().len() as u32;
    let codes = (0..n).map(|row| column.code(row).unwrap_or(missing)).collect();
    let labels = column.pool().iter().map(ToString::to_string).chain(["–".to_owned()]).collect();
    Coded { subject, codes, labels }
}

fn of_numbers(subject: Subject, values: &[f32], n: usize) -> Option<Coded> {
    let mut known: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let mut cuts = Vec::new();
    for bin in 1..BINS {
        cuts.push(quantile(&mut known, bin as f64 / BINS as f64)?);
    }
    cuts.dedup();
    let bin = |value: f32| cuts.partition_point(|&cut| cut < f64::from(value)) as u32;
    let missing = cuts.len() as u32 + 1;
    let code = |row: usize| match values.get(row) {
        Some(&value) if value.is_finite() => bin(value),
        _ => missing,
    };
    let mut labels: Vec<String> = cuts.iter().map(|cut| format!("≤ {cut:.2}")).collect();
    labels.extend([cuts.last().map(|cut| format!("> {cut:.2}"))?, "–".to_owned()]);
    Some(Coded { subject, codes: (0..n).map(code).collect(), labels })
}

/// Counts of (no, yes) for each value that occurs; `None` where there are too few rows to judge by.
fn table(column: &Coded, target: &[bool]) -> Option<Vec<(u32, [u64; 2])>> {
    if target.len() < LEAK_ROWS {
        return None;
    }
    let most_values = target.len() / LEAK_ROWS_PER_VALUE;
    let mut counts: HashMap<u32, [u64; 2]> = HashMap::new();
    for (&code, &yes) in column.codes.iter().zip(target) {
        counts.entry(code).or_default()[usize::from(yes)] += 1;
        if counts.len() > most_values {
            return None;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|&(code, _)| code);
    Some(counts)
}

fn judge(column: &Coded, counts: &[(u32, [u64; 2])], unit: Unit) -> Option<Finding> {
    let cells: Vec<[u64; 2]> = counts.iter().map(|&(_, cell)| cell).collect();
    let information = information_share(&cells).filter(|&share| share >= LEAK_INFORMATION)?;
    let rows: u64 = cells.iter().flatten().sum();
    // Rows whose answer their value's majority gives.
    let told: u64 = cells.iter().map(|cell| cell[0].max(cell[1])).sum();
    let label = |code: u32| column.labels[code as usize].clone();
    let mut ordered = counts.to_vec();
    ordered.sort_by_key(|&(code, cell)| (std::cmp::Reverse(cell[0] + cell[1]), code));
    let example = |&(code, [no, yes]): &(u32, [u64; 2])| Example {
        value: format!("{}: {yes} / {}", label(code), no + yes),
        ..Example::default()
    };
    Some(
        Finding::new(FindingKind::LeakingColumn, Severity::Serious, unit, told, rows)
            .about(column.subject.clone())
            .with_figure(FigureName::Information, information)
            .with_figure(FigureName::InformationRows, rows as f64)
            .with_examples(ordered.iter().take(super::MAX_EXAMPLES).map(example).collect())
            .with_bars(
                ordered
                    .iter()
                    .take(MOST_BARS)
                    .map(|&(code, cell)| (BarLabel::Plain(label(code)), cell[1])),
            ),
    )
}
