//! What the user should know after an import, though it did not stop it.

use super::calendar::format_ms;
use super::plan::Plan;
use super::products::Products;
use super::report::{LoadReport, MAX_EXAMPLES, SourceReport, Warning, WarningKind};
use super::source::ReadStats;
use crate::dataset::Dataset;
use crate::dataset::interactions::Interactions;
use crate::dataset::privacy::scan::SensitiveKind;
use crate::dataset::privacy::{Provenance, TextFinding};
use crate::dataset::schema::{Field, Role};
use crate::ids::UserIdx;

/// What the catalogue and users files list; ids from there on are known from events only.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// Products in catalogue files; `None` without such a file.
    pub catalog_items: Option<usize>,
    /// Shoppers in users files; `None` without such a file.
    pub listed_users: Option<usize>,
}

/// Findings about one file.
pub(super) fn of_source(
    plan: &Plan,
    source: &SourceReport,
    stats: &ReadStats,
    warnings: &mut Vec<Warning>,
) {
    let name = source.path.file_name().unwrap_or(source.path.as_os_str()).to_string_lossy();
    let rejected = source.rows_rejected();
    if rejected > 0 {
        let reason = |rejected: &super::Rejected| {
            format!("{} × {}", rejected.count, rejected.reason.describe())
        };
        let reasons: Vec<String> = source.rejected.iter().map(reason).collect();
        warnings.push(Warning {
            kind: WarningKind::RejectedRows,
            count: rejected,
            message: format!(
                "{rejected} of {} rows of {name} were left out: {}",
                source.rows_read,
                reasons.join(", ")
            ),
            examples: examples_of(source),
        });
    }
    if stats.fallback_rows > 0 {
        warnings.push(encoding(&name, stats));
    }
    if plan.role == Role::Events {
        warnings.extend(of_times(plan, &name, source.rows_kept));
    }
}

fn examples_of(source: &SourceReport) -> Vec<String> {
    let all = source.rejected.iter().flat_map(|rejected| &rejected.examples);
    all.take(MAX_EXAMPLES)
        .map(|example| format!("line {}: {}", example.line, example.text))
        .collect()
}

fn encoding(name: &str, stats: &ReadStats) -> Warning {
    let mixed = if stats.utf8_rows > 0 {
        format!("; {} other rows are UTF-8, so the file mixes encodings", stats.utf8_rows)
    } else {
        String::new()
    };
    Warning {
        kind: WarningKind::Encoding,
        count: stats.fallback_rows,
        message: format!(
            "{} rows of {name} are not UTF-8 and were read as Windows-1252 (Latin-1){mixed}. Look \
             at the examples; if letters are wrong, save the file as UTF-8",
            stats.fallback_rows
        ),
        examples: stats.fallback_examples.clone(),
    }
}

fn of_times(plan: &Plan, name: &str, rows: u64) -> Option<Warning> {
    let column = plan.recognised.column(Field::Time).map(|column| &plan.source.columns()[column]);
    let warning =
        |kind, message| Some(Warning { kind, count: rows, message, examples: Vec::new() });
    match (plan.times, column) {
        (Some(times), Some(column)) if times.reader.ordinal => warning(
            WarningKind::NoTimes,
            format!(
                "the values of {column:?} in {name} are running numbers, not times; they only put \
                 the events in order"
            ),
        ),
        (Some(times), Some(column)) if times.ambiguous => warning(
            WarningKind::AmbiguousDates,
            format!(
                "dates in {column:?} of {name} could be month first or day first and no row tells \
                 which; they were read month first"
            ),
        ),
        (None, _) => warning(
            WarningKind::NoTimes,
            format!("{name} has no column for the time; events keep the order of the file"),
        ),
        _ => None,
    }
}

/// Findings about the catalogue's numbers.
pub(super) fn of_products(products: &Products, warnings: &mut Vec<Warning>) {
    if products.unreadable > 0 {
        warnings.push(Warning {
            kind: WarningKind::UnreadableNumbers,
            count: products.unreadable,
            message: format!(
                "{} prices or stock figures of the catalogue are not numbers; those products were \
                 kept without them",
                products.unreadable
            ),
            examples: products.unreadable_examples.clone(),
        });
    }
}

/// Says that texts seem to hold what identifies people, unless it was masked.
pub(super) fn of_texts(texts: &[TextFinding], warnings: &mut Vec<Warning>) {
    let open: Vec<&TextFinding> = texts.iter().filter(|finding| !finding.masked).collect();
    if open.is_empty() {
        return;
    }
    let kinds = SensitiveKind::ALL.into_iter().filter_map(|kind| {
        let rows = open.iter().filter(|finding| finding.kind == kind).map(|finding| finding.rows);
        Some((kind, rows.sum::<u64>())).filter(|(_, rows)| *rows > 0)
    });
    let words: Vec<String> =
        kinds.map(|(kind, rows)| format!("{rows} × {}", kind.name())).collect();
    warnings.push(Warning {
        kind: WarningKind::PersonalData,
        count: open.iter().map(|finding| finding.rows).sum(),
        message: format!(
            "texts seem to hold what identifies people ({}); they were kept. Import with --mask-text \
             to replace it",
            words.join(", ")
        ),
        examples: open
            .iter()
            .flat_map(|finding| &finding.examples)
            .take(MAX_EXAMPLES)
            .cloned()
            .collect(),
    });
}

/// Says which files are no longer what was read.
pub(super) fn of_changes(provenance: &Provenance, warnings: &mut Vec<Warning>) {
    let changed: Vec<String> = (provenance.files.iter())
        .filter(|file| file.changed_while_read)
        .map(|file| file.path.display().to_string())
        .collect();
    if changed.is_empty() {
        return;
    }
    warnings.push(Warning {
        kind: WarningKind::ChangedFile,
        count: changed.len() as u64,
        message: format!(
            "{} changed while the import ran; rows written to it since then are not in the data. \
             Import again once it is complete",
            changed.join(", ")
        ),
        examples: changed.into_iter().take(MAX_EXAMPLES).collect(),
    });
}

/// Says what several catalogue files disagree on.
pub(super) fn of_conflicts(products: &Products, warnings: &mut Vec<Warning>) {
    if products.conflicts > 0 {
        warnings.push(Warning {
            kind: WarningKind::CatalogConflicts,
            count: products.conflicts,
            message: format!(
                "{} values differ between catalogue files; the first file was kept, later ones only \
                 fill what it leaves open",
                products.conflicts
            ),
            examples: products.conflict_examples.clone(),
        });
    }
}

/// Says that product texts come from the events.
pub(super) fn of_derived_catalog(titled: u64, warnings: &mut Vec<Warning>) {
    if titled > 0 {
        warnings.push(Warning {
            kind: WarningKind::CatalogFromEvents,
            count: titled,
            message: format!(
                "no catalogue was given; {titled} products take their most frequent name and median \
                 price from the events"
            ),
            examples: Vec::new(),
        });
    }
}

/// Counts and findings about the finished dataset.
pub(super) fn of_dataset(dataset: &Dataset, coverage: &Coverage, report: &mut LoadReport) {
    let log = &dataset.interactions;
    report.n_users = dataset.n_users() as u64;
    report.n_items = dataset.n_items() as u64;
    report.n_events = log.len() as u64;
    report.events_by_type = log.counts().present().collect();
    report.has_times = dataset.has_times;
    if log.is_empty() {
        return;
    }
    if let Some(known) = coverage.catalog_items {
        let outside = |row| log.item(row).is_some_and(|item| item.index() >= known);
        report.events_without_catalog = (0..log.len()).filter(|&row| outside(row)).count() as u64;
        report.items_without_catalog = (dataset.n_items() - known) as u64;
        report.warnings.extend(unknown_products(dataset, known, report.events_without_catalog));
    }
    if let Some(known) = coverage.listed_users {
        report.warnings.extend(unknown_users(dataset, known));
    }
    if dataset.has_times {
        let (count, examples) = duplicates(dataset);
        report.duplicate_events = count;
        report.warnings.extend(duplicate_warning(count, examples));
    }
}

fn unknown_products(dataset: &Dataset, known: usize, events: u64) -> Option<Warning> {
    let unknown = dataset.n_items() - known;
    (unknown > 0).then(|| Warning {
        kind: WarningKind::UnknownProducts,
        count: events,
        message: format!(
            "{events} events concern {unknown} products that the catalogue lacks; they were kept, \
             without text"
        ),
        examples: dataset.items.iter().skip(known).take(MAX_EXAMPLES).map(str::to_owned).collect(),
    })
}

fn unknown_users(dataset: &Dataset, known: usize) -> Option<Warning> {
    let unknown = dataset.n_users() - known;
    (unknown > 0).then(|| Warning {
        kind: WarningKind::UnknownUsers,
        count: unknown as u64,
        message: format!("{unknown} shoppers occur in events but not in the users file; kept"),
        examples: dataset.users.iter().skip(known).take(MAX_EXAMPLES).map(str::to_owned).collect(),
    })
}

fn duplicate_warning(count: u64, examples: Vec<String>) -> Option<Warning> {
    (count > 0).then(|| Warning {
        kind: WarningKind::DuplicateEvents,
        count,
        message: format!(
            "{count} events equal another one in shopper, product, kind, time, amount, price and \
             text; they were kept"
        ),
        examples,
    })
}

/// Rows that equal an earlier one of the same shopper, and a few of them in words.
fn duplicates(dataset: &Dataset) -> (u64, Vec<String>) {
    let log = &dataset.interactions;
    let (mut count, mut examples) = (0, Vec::new());
    let mut run = Vec::new();
    for (user, rows) in log.users() {
        let mut from = rows.start;
        while from < rows.end {
            let time = log.time_ms(from);
            let length = (from..rows.end).take_while(|&row| log.time_ms(row) == time).count();
            run.clear();
            run.extend((from..from + length).map(|row| (row_key(log, row), row)));
            run.sort_unstable();
            for pair in run.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
                count += 1;
                if examples.len() < MAX_EXAMPLES {
                    examples.push(describe_row(dataset, user, pair[1].1));
                }
            }
            from += length;
        }
    }
    (count, examples)
}

type RowKey = (u32, u8, u32, u32, u32);

/// All that a row says beside its shopper and time.
fn row_key(log: &Interactions, row: usize) -> RowKey {
    let event = log.row(row);
    let bits = |value: Option<f32>| value.map_or(u32::MAX, f32::to_bits);
    (
        event.item.map_or(u32::MAX, |item| item.0),
        event.kind as u8,
        bits(event.amount),
        bits(event.price),
        log.texts().code(row).unwrap_or(u32::MAX),
    )
}

fn describe_row(dataset: &Dataset, user: UserIdx, row: usize) -> String {
    let event = dataset.interactions.row(row);
    let item = event.item.map_or("no product", |item| dataset.items.external(item.0));
    format!(
        "{}: {} {item}, {}",
        dataset.users.external(user.0),
        event.kind.name(),
        format_ms(event.time_ms)
    )
}
