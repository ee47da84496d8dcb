//! Rows of a table, and what its columns hold.

use serde_json::{Map, Value as Json, json};

use super::arguments::TableArguments;
use super::session::{Session, ready};
use super::{CliError, output};
use crate::analysis::table::expression::{Expression, search_words};
use crate::analysis::table::{
    Column, ColumnKind, ColumnProfile, NumberSummary, Rows, SortKey, TableKind, TableQuery,
    TableView, TopValue, write_csv,
};
use crate::control::Control;
use crate::dataset::load::format_ms;
use crate::model::bert::device::DeviceChoice;
use crate::workbench::{ColumnRequest, Command};

/// Rows printed when nothing is said about it.
const DEFAULT_LIMIT: usize = 20;

/// `shelfwise table`
pub(super) fn table(arguments: &TableArguments) -> Result<(), CliError> {
    let query = query(arguments)?;
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    let columns = columns(&session, query.table, &arguments.columns)?;
    session.run(Command::QueryTable(query.clone()))?;
    if arguments.stats {
        return show_statistics(&mut session, &query, &columns, arguments.json);
    }
    let result = ready(&session.state().table)?;
    let rows = limited(&result.rows, arguments);
    with_view(&session, query.table, |view| {
        if arguments.csv {
            let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
            return write_csv(view, &columns, &rows, &mut stdout, &Control::default())
                .or_else(closed_pipe_is_fine);
        }
        let shown: Vec<&Column<'_>> = columns.iter().map(|&column| &view.columns[column]).collect();
        if arguments.json {
            return output::json(&document(view, &query, &shown, &rows, result.rows.len()));
        }
        let header: Vec<&str> = shown.iter().map(|column| column.name).collect();
        let cells = |row| shown.iter().map(|column| cell(column, row)).collect();
        output::table(&header, &rows.iter().map(cells).collect::<Vec<_>>());
        output::note(&format!("{} of {} rows", result.rows.len(), view.n_rows));
        Ok(())
    })
}

fn query(arguments: &TableArguments) -> Result<TableQuery, CliError> {
    let table = TableKind::parse(&arguments.table).ok_or_else(|| {
        CliError::usage(format!(
            "there is no table {:?}; choose events, products or shoppers",
            arguments.table
        ))
    })?;
    let condition = arguments.condition.as_deref().map(Expression::parse).transpose();
    Ok(TableQuery {
        condition: condition.map_err(|error| CliError::usage(format!("--where: {error}")))?,
        words: arguments.search.as_deref().map(search_words).unwrap_or_default(),
        sort: arguments.sort.iter().map(|key| SortKey::parse(key)).collect(),
        ..TableQuery::whole(table)
    })
}

fn with_view<T>(
    session: &Session,
    table: TableKind,
    act: impl FnOnce(&TableView<'_>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let dataset = session.dataset()?;
    let overview = ready(&session.state().overview)?;
    act(&TableView::new(table, &dataset, &overview.items, &overview.users))
}

fn columns(session: &Session, table: TableKind, names: &[String]) -> Result<Vec<usize>, CliError> {
    with_view(session, table, |view| {
        if names.is_empty() {
            let is_shown = |&column: &usize| !view.columns[column].is_blank();
            return Ok((0..view.columns.len()).filter(is_shown).collect());
        }
        let position = |name: &String| {
            view.position(name).ok_or_else(|| {
                CliError::usage(format!(
                    "--columns: there is no column {name:?}; choose among {}",
                    view.column_names()
                ))
            })
        };
        names.iter().map(position).collect()
    })
}

fn limited(rows: &Rows, arguments: &TableArguments) -> Rows {
    let default = if arguments.csv { usize::MAX } else { DEFAULT_LIMIT };
    let limit = arguments.limit.unwrap_or(default);
    match rows {
        Rows::All(n) => Rows::All(limit.min(*n)),
        Rows::Picked(rows) => Rows::Picked(rows.iter().copied().take(limit).collect()),
    }
}

fn closed_pipe_is_fine(error: std::io::Error) -> Result<(), CliError> {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(CliError::failed(format!("cannot write the rows: {error}"))),
    }
}

/// Texts are cut to what fits a terminal; `--json` and `--csv` give all of them.
fn cell(column: &Column<'_>, row: u32) -> String {
    const LONGEST: usize = 40;
    let text = column.plain(row).unwrap_or_default();
    if text.chars().count() <= LONGEST {
        return text.into_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn document(
    view: &TableView<'_>,
    query: &TableQuery,
    columns: &[&Column<'_>],
    rows: &Rows,
    n_found: usize,
) -> Json {
    let object = |row: u32| -> Map<String, Json> {
        columns.iter().map(|column| (column.name.to_owned(), json_cell(column, row))).collect()
    };
    let described: Vec<Json> =
        columns.iter().map(|column| json!({"name": column.name, "kind": column.kind})).collect();
    json!({
        "table": query.table,
        "n_rows": view.n_rows,
        "n_found": n_found,
        "columns": described,
        "rows": rows.iter().map(object).collect::<Vec<_>>(),
    })
}

fn json_cell(column: &Column<'_>, row: u32) -> Json {
    let Some(text) = column.plain(row) else { return Json::Null };
    if column.kind.is_text() || column.kind == ColumnKind::Time {
        return Json::String(text.into_owned());
    }
    // Written as a number of the column's own precision, read back as such.
    text.parse().ok().and_then(serde_json::Number::from_f64).map_or(Json::Null, |number| {
        match number.as_f64() {
            Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => json!(value as i64),
            _ => Json::Number(number),
        }
    })
}

fn show_statistics(
    session: &mut Session,
    query: &TableQuery,
    columns: &[usize],
    as_json: bool,
) -> Result<(), CliError> {
    ready(&session.state().table)?;
    let names: Vec<String> = with_view(session, query.table, |view| {
        Ok(columns.iter().map(|&column| view.columns[column].name.to_owned()).collect())
    })?;
    let mut profiles = Vec::new();
    for column in names {
        session.run(Command::ProfileColumn(ColumnRequest { query: query.clone(), column }))?;
        profiles.push(ready(&session.state().column)?.profile.clone());
    }
    if as_json {
        return output::json(&json!({"table": query.table, "columns": profiles}));
    }
    let header = ["column", "missing", "distinct", "least", "median", "mean", "most", "top value"];
    output::table(&header, &profiles.iter().map(statistics_row).collect::<Vec<_>>());
    output::note(&format!("{} rows", profiles.first().map_or(0, |profile| profile.rows)));
    Ok(())
}

fn statistics_row(profile: &ColumnProfile) -> Vec<String> {
    let figure = |pick: fn(&NumberSummary) -> f64| {
        profile.numbers.as_ref().map_or_else(String::new, |n| number(profile.kind, pick(n)))
    };
    let top = |top: &TopValue| {
        let value = top.text.clone().or_else(|| top.number.map(|n| number(profile.kind, n)));
        format!("{} ({})", value.unwrap_or_default(), top.count)
    };
    vec![
        profile.column.clone(),
        profile.missing.to_string(),
        profile.distinct.to_string(),
        figure(|n| n.min),
        figure(|n| n.median),
        figure(|n| n.mean),
        figure(|n| n.max),
        profile.top.first().map(top).unwrap_or_default(),
    ]
}

fn number(kind: ColumnKind, value: f64) -> String {
    match kind {
        ColumnKind::Time => format_ms(value.round() as i64),
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        _ => format!("{value:.3}"),
    }
}
