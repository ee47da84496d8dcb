//! Each file opened, its columns recognised, and everything settled that has to be known before
//! its rows are read.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::LoadRequest;
use super::cell::{Cell, GoodRow, OwnedCell, Row};
use super::error::{FileProblem, LoadError, Stop};
use super::number::NumberReader;
use super::recognise::{self, Binding, Recognised, SAMPLED_ROWS, Sampled};
use super::source::Source;
use super::timestamp::{self, DateOrder, Evidence, TimeReader};
use crate::control::{Cancelled, Control};
use crate::dataset::privacy::{self, PrivacyError, PrivacyPolicy};
use crate::dataset::schema::{ColumnChoice, Field, Role};

/// A file that is ready to be read.
#[derive(Debug)]
pub(super) struct Plan {
    /// The file.
    pub source: Source,
    /// What it holds.
    pub role: Role,
    /// What its columns mean.
    pub recognised: Recognised,
    /// How its times are written; `None` where it has none.
    pub times: Option<TimePlan>,
    /// How its numbers are written.
    pub numbers: NumberReader,
    /// The columns that are read, and where each field stands among them.
    pub layout: Layout,
}

/// How the times of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimePlan {
    /// How to read them.
    pub reader: TimeReader,
    /// Dates could be month first or day first and nothing tells which.
    pub ambiguous: bool,
}

/// The columns that are read.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// Positions in the file.
    pub wanted: Vec<usize>,
    positions: [Option<usize>; Field::ALL.len()],
}

impl Layout {
    fn new(recognised: &Recognised, role: Role, n_columns: usize, dropped: &[usize]) -> Self {
        let mut layout = Self::default();
        for field in Field::ALL {
            if let Some(column) = recognised.column(field) {
                let known = layout.wanted.iter().position(|&wanted| wanted == column);
                layout.positions[field as usize] = Some(known.unwrap_or(layout.wanted.len()));
                if known.is_none() {
                    layout.wanted.push(column);
                }
            }
        }
        if role == Role::Users {
            // All else that is said of a shopper is an attribute.
            let id = layout.wanted.first().copied();
            let is_kept = |&column: &usize| Some(column) != id && !dropped.contains(&column);
            layout.wanted.extend((0..n_columns).filter(is_kept));
        }
        layout
    }

    /// Whether a field has a column.
    pub(super) fn has(&self, field: Field) -> bool {
        self.positions[field as usize].is_some()
    }

    /// The value of a field in a row.
    pub(super) fn cell<'a>(&self, row: &GoodRow<'a>, field: Field) -> Cell<'a> {
        self.positions[field as usize].map_or(Cell::Missing, |position| row.cells[position])
    }
}

/// Opens every file of a request, in the order in which they are read: catalogue, users, events.
pub(super) fn plan(request: &LoadRequest, control: &Control) -> Result<Vec<Plan>, LoadError> {
    let mut opened = Vec::new();
    for (role, paths) in files(request) {
        for path in paths {
            control.check()?;
            opened.push(open(path, role, request)?);
        }
    }
    check_choices(request, &opened)?;
    check_policy(&request.privacy.policy, &opened)?;
    let mut plans = Vec::new();
    for opened in opened {
        let (path, role) = (opened.source.path.clone(), opened.role);
        plans.push(settle(opened, control).map_err(|stop| load_error(stop, role, &path))?);
    }
    check_times_agree(&plans)?;
    Ok(plans)
}

fn files(request: &LoadRequest) -> [(Role, &[PathBuf]); 3] {
    [
        (Role::Catalog, &request.catalog),
        (Role::Users, &request.users),
        (Role::Events, &request.events),
    ]
}

/// A file with its columns recognised as well as can be.
struct Opened {
    source: Source,
    role: Role,
    sample: Vec<Vec<OwnedCell>>,
    recognised: Recognised,
    /// Columns that the privacy policy leaves out.
    dropped: Vec<usize>,
}

fn open(path: &Path, role: Role, request: &LoadRequest) -> Result<Opened, LoadError> {
    let problem = |problem| file_error(problem, role, path);
    let source = Source::open(path, &request.formats.of(path, role)).map_err(problem)?;
    let sample = source.sample(SAMPLED_ROWS).map_err(problem)?;
    let sampled = Sampled { columns: source.columns(), rows: &sample };
    let mapping = request.mapping.of_file(role, path);
    let mut recognised = recognise::recognise(&sampled, role, &mapping, &source.known(role));
    let names = source.columns().iter().enumerate();
    let dropped: Vec<usize> = names
        .filter(|(_, name)| request.privacy.policy.drops(name))
        .map(|(column, _)| column)
        .collect();
    recognised.0.retain(
        |found| !matches!(found.binding, Binding::Column(column) if dropped.contains(&column)),
    );
    Ok(Opened { source, role, sample, recognised, dropped })
}

/// A column that the privacy policy names has to be there: a slip of the pen must not let it through.
fn check_policy(policy: &PrivacyPolicy, opened: &[Opened]) -> Result<(), LoadError> {
    let is_in = |file: &Opened, name: &str| {
        file.source.columns().iter().any(|column| privacy::is_same_column(column, name))
    };
    for column in &policy.drop_columns {
        if !opened.iter().any(|file| is_in(file, column)) {
            let column = column.clone();
            return Err(PrivacyError::NoSuchColumn { action: "drop", column }.into());
        }
    }
    for column in policy.generalise.keys().filter(|column| *column != privacy::TIME) {
        if !opened.iter().any(|file| is_in(file, column)) {
            let column = column.clone();
            return Err(PrivacyError::NoSuchColumn { action: "generalise", column }.into());
        }
        let is_attribute = |file: &Opened| {
            let id = file.recognised.column(Field::User);
            let id = id.map(|column| file.source.columns()[column].as_str());
            file.role == Role::Users
                && is_in(file, column)
                && !id.is_some_and(|id| privacy::is_same_column(id, column))
        };
        if !opened.iter().any(is_attribute) {
            return Err(PrivacyError::NoAttribute(column.clone()).into());
        }
    }
    Ok(())
}

/// A column that the user names has to be in one file at least.
fn check_choices(request: &LoadRequest, opened: &[Opened]) -> Result<(), LoadError> {
    for file in opened {
        let path = &file.source.path;
        let name = path.file_name().and_then(|name| name.to_str());
        let own = name.and_then(|name| request.mapping.files.get(name));
        for (&field, choice) in own.into_iter().flat_map(|own| &own.fields) {
            let ColumnChoice::Column(column) = choice else { continue };
            if recognise::find_column(file.source.columns(), column).is_none() {
                let found = file.source.columns().to_vec();
                let problem = FileProblem::NoSuchColumn { field, column: column.clone(), found };
                return Err(file_error(problem, file.role, path));
            }
        }
    }
    for role in Role::ALL {
        for (&field, choice) in &request.mapping.role(role).fields {
            let ColumnChoice::Column(name) = choice else { continue };
            let is_choice =
                |other: Role| request.mapping.role(other).fields.get(&field) == Some(choice);
            let mut concerned = opened.iter().filter(|file| is_choice(file.role)).peekable();
            let Some(first) = concerned.peek().copied() else { continue };
            let has = |file: &Opened| recognise::find_column(file.source.columns(), name).is_some();
            if !concerned.any(has) {
                let best = opened.iter().rfind(|file| is_choice(file.role)).unwrap_or(first);
                let found = best.source.columns().to_vec();
                let problem = FileProblem::NoSuchColumn { field, column: name.clone(), found };
                return Err(file_error(problem, best.role, &best.source.path));
            }
        }
    }
    Ok(())
}

fn settle(opened: Opened, control: &Control) -> Result<Plan, Stop> {
    let Opened { source, role, sample, recognised, dropped } = opened;
    if sample.is_empty() && is_without_rows(&source, control)? {
        return Err(FileProblem::HeaderOnly { columns: source.columns().to_vec() }.into());
    }
    recognise::require(&recognised, role, source.columns())?;
    let times = match recognised.column(Field::Time) {
        Some(column) => Some(plan_times(&source, &sample, column, control)?),
        None => None,
    };
    let layout = Layout::new(&recognised, role, source.columns().len(), &dropped);
    let numbers = NumberReader { decimal_comma: source.delimiter() == Some(';') };
    Ok(Plan { source, role, recognised, times, numbers, layout })
}

fn is_without_rows(source: &Source, control: &Control) -> Result<bool, Stop> {
    match source.read(&[], control, &mut |_| Err(Stop::Enough)) {
        Ok(stats) => Ok(stats.rows == 0),
        Err(Stop::Enough) => Ok(false),
        Err(stop) => Err(stop),
    }
}

fn plan_times(
    source: &Source,
    sample: &[Vec<OwnedCell>],
    column: usize,
    control: &Control,
) -> Result<TimePlan, Stop> {
    let mut cells = sample.iter().map(|row| row[column].as_cell());
    let mut present = cells.by_ref().filter(|cell| cell.text().is_some()).peekable();
    let ordinal = present.peek().is_some() && present.all(timestamp::is_ordinal);
    if ordinal {
        let reader = TimeReader { ordinal, ..TimeReader::default() };
        return Ok(TimePlan { reader, ambiguous: false });
    }
    let year_last = sample.iter().any(|row| evidence(row[column].as_cell()).is_some());
    let found = if year_last { find_order(source, column, control)? } else { None };
    let reader = TimeReader { order: found.unwrap_or_default(), ordinal };
    Ok(TimePlan { reader, ambiguous: year_last && found.is_none() })
}

fn evidence(cell: Cell<'_>) -> Option<Evidence> {
    match cell {
        Cell::Text(text) => timestamp::order_evidence(text),
        _ => None,
    }
}

/// Reads on until a date tells whether the month or the day comes first.
fn find_order(
    source: &Source,
    column: usize,
    control: &Control,
) -> Result<Option<DateOrder>, Stop> {
    let mut order = None;
    let outcome = source.read(&[column], control, &mut |row| {
        if let Row::Good(row) = row {
            order = match evidence(row.cells[0]) {
                Some(Evidence::DayFirst) => Some(DateOrder::DayFirst),
                Some(Evidence::MonthFirst) => Some(DateOrder::MonthFirst),
                Some(Evidence::Either) | None => None,
            };
        }
        if order.is_some() { Err(Stop::Enough) } else { Ok(()) }
    });
    match outcome {
        Ok(_) | Err(Stop::Enough) => Ok(order),
        Err(stop) => Err(stop),
    }
}

/// Rows with and without real times cannot be put in one order.
fn check_times_agree(plans: &[Plan]) -> Result<(), LoadError> {
    let rank = |plan: &Plan| match plan.times {
        Some(TimePlan { reader: TimeReader { ordinal: false, .. }, .. }) => 2,
        Some(_) => 1,
        None => 0,
    };
    let events = || plans.iter().filter(|plan| plan.role == Role::Events);
    let best = events().map(rank).max().unwrap_or(0);
    match events().find(|plan| rank(plan) < best) {
        None => Ok(()),
        Some(plan) => Err(file_error(FileProblem::TimesDisagree, plan.role, &plan.source.path)),
    }
}

impl Plan {
    /// The product's id; with `#row` every row is a product.
    pub(super) fn item_id<'a>(&self, row: &GoodRow<'a>, row_number: u64) -> Option<Cow<'a, str>> {
        if self.recognised.binding(Field::Item) == Some(Binding::RowNumber) {
            return Some(Cow::Owned(format!("row-{row_number}")));
        }
        self.layout.cell(row, Field::Item).text()
    }

    /// Where the shopper's id comes from.
    pub(super) fn numbers_rows(&self) -> bool {
        self.recognised.binding(Field::User) == Some(Binding::RowNumber)
    }
}

pub(super) fn file_error(problem: FileProblem, role: Role, path: &Path) -> LoadError {
    LoadError::File { what: Some(role.name()), path: path.to_owned(), problem }
}

pub(super) fn load_error(stop: Stop, role: Role, path: &Path) -> LoadError {
    match stop {
        Stop::Problem(problem) => file_error(problem, role, path),
        Stop::Cancelled(cancelled) => cancelled.into(),
        // Only readers that look at a beginning stop early, and they deal with it themselves.
        Stop::Enough => Cancelled.into(),
    }
}
