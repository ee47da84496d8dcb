//! Loads the tiny files under `tests/fixtures/load`.

use std::path::{Path, PathBuf};

use super::{LoadError, LoadReport, LoadRequest, Loaded, RejectReason, WarningKind, load};
use crate::control::Control;
use crate::dataset::{Dataset, EventKind, Interaction};

mod formats;
mod hostile;
mod layouts;
mod meaning;
mod moving;
mod problems;

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load").join(name)
}

/// A request for one file of events.
fn events(name: &str, mapping: &str) -> LoadRequest {
    LoadRequest {
        events: vec![fixture(name)],
        mapping: mapping.parse().unwrap(),
        ..LoadRequest::default()
    }
}

fn load_events(name: &str, mapping: &str) -> Loaded {
    load(&events(name, mapping), &Control::default()).unwrap()
}

fn message(request: &LoadRequest) -> String {
    load(request, &Control::default()).unwrap_err().to_string()
}

/// Events of one shopper.
fn rows<'a>(dataset: &'a Dataset, user: &str) -> Vec<Interaction<'a>> {
    let user = dataset.user(user).unwrap();
    dataset.interactions.rows_of(user).map(|row| dataset.interactions.row(row)).collect()
}

/// Reason, count and lines of the examples, of the only source.
fn rejected(report: &LoadReport) -> Vec<(RejectReason, u64, Vec<u64>)> {
    let line = |rejected: &super::Rejected| rejected.examples.iter().map(|e| e.line).collect();
    let all = report.sources[0].rejected.iter();
    all.map(|rejected| (rejected.reason, rejected.count, line(rejected))).collect()
}

fn warned(report: &LoadReport, kind: WarningKind) -> Option<u64> {
    report.warnings.iter().find(|warning| warning.kind == kind).map(|warning| warning.count)
}
