//! How a shop would be divided, before anything is trained on it.

use std::sync::Arc;

use super::failed;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::sessions::session_statistics;
use crate::dataset::split::{Split, Timeline, leaks};
use crate::jobs::{JobError, Lane};
use crate::workbench::Workbench;
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::SplitRequest;
use crate::workbench::state::SplitOverview;

impl Workbench {
    pub(in crate::workbench) fn compute_split(&mut self, request: SplitRequest) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let ticket = self.submit(Lane::Analysis, answer::SPLIT, move |control| {
            Ok(Answer::Divided(Arc::new(overview(&dataset, request, control)?)))
        });
        self.state.split.start(ticket);
    }
}

fn overview(
    dataset: &Dataset,
    request: SplitRequest,
    control: &Control,
) -> Result<SplitOverview, JobError> {
    let stage = |done| {
        control.report("stage-splitting", done, 4);
        control.check()
    };
    stage(0)?;
    let spec = request.spec.clone().settled().map_err(|error| failed(&error))?;
    let split = Split::new(dataset, &spec).map_err(|error| failed(&error))?;
    stage(1)?;
    let (summary, timeline) =
        (split.summary(), dataset.has_times.then(|| Timeline::of(&split)).flatten());
    stage(2)?;
    let leaks = leaks(dataset, &split);
    stage(3)?;
    let sessions = session_statistics(dataset, request.gap_minutes);
    let revision = dataset.revision.clone();
    Ok(SplitOverview { request, revision, spec, summary, timeline, leaks, sessions })
}
