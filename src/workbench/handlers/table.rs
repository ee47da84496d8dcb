//! Tables: rows that fit, what a column holds, how uneven activity is.

use std::path::Path;
use std::sync::Arc;

use super::failed;
use crate::analysis::summary::{ItemSummary, UserSummary, summarise_items, summarise_users};
use crate::analysis::table::{
    Rows, TableKind, TableQuery, TableView, activity, profile_column, run_query, write_csv,
};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::jobs::{JobError, Lane};
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::{ColumnRequest, ExportRequest};
use crate::workbench::state::{ColumnResult, ExportResult, Overview, TableResult};
use crate::workbench::{Severity, Workbench, write_whole};

impl Workbench {
    pub(in crate::workbench) fn query_table(&mut self, query: TableQuery) {
        let Some(source) = self.table_source() else { return };
        let ticket = self.submit(Lane::Analysis, answer::TABLE, move |control| {
            let rows = source.rows(&query, control)?;
            Ok(Answer::Rows(Arc::new(TableResult { query, rows: Arc::new(rows) })))
        });
        self.state.table.start(ticket);
    }

    pub(in crate::workbench) fn profile_column(&mut self, request: ColumnRequest) {
        let Some(source) = self.table_source() else { return };
        let known = self.state.table.value();
        let known = known.filter(|known| known.query.has_same_rows(&request.query));
        let known = known.map(|known| known.rows.clone());
        let ticket = self.submit(Lane::Analysis, answer::COLUMN, move |control| {
            let rows = match known {
                Some(rows) => rows,
                // The order of the rows changes nothing here and would only cost time.
                None => {
                    let unsorted = TableQuery { sort: Vec::new(), ..request.query.clone() };
                    Arc::new(source.rows(&unsorted, control)?)
                }
            };
            let profile = source.with_view(request.query.table, control, |view| {
                profile_column(view, &request.column, &rows, control)
                    .map_err(|error| failed(&error))
            })?;
            Ok(Answer::Column(Arc::new(ColumnResult { request, profile })))
        });
        self.state.column.start(ticket);
    }

    pub(in crate::workbench) fn compute_activity(&mut self) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let ticket = self.submit(Lane::Analysis, answer::ACTIVITY, move |control| {
            Ok(Answer::Activity(Arc::new(activity(&dataset, control)?)))
        });
        self.state.activity.start(ticket);
    }

    pub(in crate::workbench) fn export_table(&mut self, request: ExportRequest) {
        let Some(source) = self.table_source() else { return };
        let known = self.state.table.value().filter(|known| known.query == request.query);
        let known = known.map(|known| known.rows.clone());
        let ticket = self.submit(Lane::Export, answer::EXPORT, move |control| {
            let rows = match known {
                Some(rows) => rows,
                None => Arc::new(source.rows(&request.query, control)?),
            };
            source.with_view(request.query.table, control, |view| {
                let named = request.columns.iter().filter_map(|name| view.position(name));
                let columns: Vec<usize> = named.collect();
                write_whole(&request.path, |out| write_csv(view, &columns, &rows, out, control))
                    .map_err(|error| not_written(&error, &request.path))
            })?;
            let rows = rows.len() as u64;
            Ok(Answer::Exported(Arc::new(ExportResult { request, rows })))
        });
        self.state.export.start(ticket);
    }

    pub(in crate::workbench) fn cancel_export(&self) {
        if let Some(ticket) = self.state.export.pending() {
            ticket.cancel();
        }
    }

    pub(super) fn exported(&mut self, result: Arc<ExportResult>) {
        let path = result.request.path.display().to_string();
        self.state.export.set(result);
        self.notify(Severity::Info, "notice-file-saved", path);
    }

    fn table_source(&mut self) -> Option<Source> {
        let dataset = self.dataset_or_notice()?;
        let is_for_audience = self.state.settings.presenter;
        Some(Source { dataset, overview: self.state.overview.value().cloned(), is_for_audience })
    }
}

pub(super) fn not_written(error: &std::io::Error, path: &Path) -> JobError {
    match failed(error) {
        JobError::Failed(reason) => JobError::Failed(format!("{reason}. File: {}", path.display())),
        cancelled @ JobError::Cancelled => cancelled,
    }
}

/// What tables are made from.
struct Source {
    dataset: Arc<Dataset>,
    /// Still missing when a table is asked for right after opening.
    overview: Option<Arc<Overview>>,
    /// Whether nobody is to be told who a shopper is.
    is_for_audience: bool,
}

impl Source {
    fn rows(&self, query: &TableQuery, control: &Control) -> Result<Rows, JobError> {
        self.with_view(query.table, control, |view| {
            run_query(view, query, control).map_err(|error| failed(&error))
        })
    }

    fn with_view<T>(
        &self,
        kind: TableKind,
        control: &Control,
        act: impl FnOnce(&TableView<'_>) -> Result<T, JobError>,
    ) -> Result<T, JobError> {
        let shown = |view: TableView<'_>| {
            act(&if self.is_for_audience { view.for_audience() } else { view })
        };
        if let Some(overview) = &self.overview {
            return shown(TableView::new(kind, &self.dataset, &overview.items, &overview.users));
        }
        let (mut items, mut users): (Vec<ItemSummary>, Vec<UserSummary>) = Default::default();
        match kind {
            TableKind::Events => {}
            TableKind::Products => items = summarise_items(&self.dataset, control)?,
            TableKind::Shoppers => users = summarise_users(&self.dataset, control)?,
        }
        shown(TableView::new(kind, &self.dataset, &items, &users))
    }
}
