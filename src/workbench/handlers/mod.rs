//! What commands do and what answers change, one file per part of the work.

mod clean;
mod compare;
mod data;
mod download;
mod encoders;
mod explore;
mod knowledge;
mod locking;
mod quality;
mod rates;
mod recommend;
mod search;
mod splits;
mod table;
mod texts;
mod training;
mod training_job;

pub use data::project_of;

use super::answer::{self, Answer};
use super::{AsyncValue, Severity, State, Workbench};
use crate::ids::JobId;
use crate::jobs::{JobEnded, JobError, JobKind, Outcome};

/// Take in the end of a job.
pub(super) fn take_in(workbench: &mut Workbench, end: JobEnded<Answer>) {
    let JobEnded { id, kind, outcome, .. } = end;
    if kind == answer::TRAIN {
        return workbench.training_ended(id, outcome);
    }
    // An answer to a question that was asked again since is of no use to anybody.
    if kind != answer::DEVICES && !awaits(&workbench.state, kind, id) {
        return;
    }
    match outcome {
        Outcome::Finished(answer) => workbench.answered(answer),
        Outcome::Cancelled => settle(&mut workbench.state, kind, Settled::Cancelled),
        Outcome::Failed(message) => {
            settle(&mut workbench.state, kind, Settled::Failed(message.clone()));
            workbench.notify(Severity::Error, failure_key(kind), message);
        }
        Outcome::Panicked(message) => {
            settle(&mut workbench.state, kind, Settled::Failed(message.clone()));
            workbench.notify(Severity::Error, "notice-panicked", message);
        }
    }
}

enum Settled {
    Cancelled,
    Failed(String),
}

/// Does `$act` with the value that jobs of a kind compute: the one place that knows which is which.
macro_rules! with_value {
    ($(@$mutable:tt)? $state:expr, $kind:expr, $value:ident => $act:expr, $otherwise:expr) => {
        match $kind {
            answer::OPEN => {
                let $value = &$($mutable)? $state.shop;
                $act
            }
            answer::LOCK => {
                let $value = &$($mutable)? $state.locking;
                $act
            }
            answer::CLEAN => {
                let $value = &$($mutable)? $state.cleaning;
                $act
            }
            answer::OVERVIEW => {
                let $value = &$($mutable)? $state.overview;
                $act
            }
            answer::QUALITY => {
                let $value = &$($mutable)? $state.quality;
                $act
            }
            answer::PREVIEW => {
                let $value = &$($mutable)? $state.proposal;
                $act
            }
            answer::PROFILE => {
                let $value = &$($mutable)? $state.profile;
                $act
            }
            answer::TRANSITIONS => {
                let $value = &$($mutable)? $state.transitions;
                $act
            }
            answer::SIMILARITY => {
                let $value = &$($mutable)? $state.similarity;
                $act
            }
            answer::NEIGHBOURS => {
                let $value = &$($mutable)? $state.neighbours;
                $act
            }
            answer::TABLE => {
                let $value = &$($mutable)? $state.table;
                $act
            }
            answer::COLUMN => {
                let $value = &$($mutable)? $state.column;
                $act
            }
            answer::EXPORT => {
                let $value = &$($mutable)? $state.export;
                $act
            }
            answer::EXPORT_ENCODER => {
                let $value = &$($mutable)? $state.exported_encoder;
                $act
            }
            answer::CLASSIFY => {
                let $value = &$($mutable)? $state.classified;
                $act
            }
            answer::DOWNLOAD => {
                let $value = &$($mutable)? $state.download;
                $act
            }
            answer::ACTIVITY => {
                let $value = &$($mutable)? $state.activity;
                $act
            }
            answer::RECOMMEND => {
                let $value = &$($mutable)? $state.recommendations;
                $act
            }
            answer::EVALUATE => {
                let $value = &$($mutable)? $state.evaluation;
                $act
            }
            answer::SPLIT => {
                let $value = &$($mutable)? $state.split;
                $act
            }
            answer::COMPARE => {
                let $value = &$($mutable)? $state.comparison;
                $act
            }
            answer::TEXT_COLUMNS => {
                let $value = &$($mutable)? $state.text_columns;
                $act
            }
            answer::RESULT => {
                let $value = &$($mutable)? $state.result;
                $act
            }
            answer::TELL => {
                let $value = &$($mutable)? $state.told;
                $act
            }
            answer::SEARCH => {
                let $value = &$($mutable)? $state.found;
                $act
            }
            answer::FIND_RATE => {
                let $value = &$($mutable)? $state.rate_sweep;
                $act
            }
            answer::KNOWLEDGE => {
                let $value = &$($mutable)? $state.knowledge;
                $act
            }
            answer::KNOWN => {
                let $value = &$($mutable)? $state.known_product;
                $act
            }
            _ => $otherwise,
        }
    };
}

fn awaits(state: &State, kind: JobKind, id: JobId) -> bool {
    with_value!(state, kind, value => value.awaits(id), false)
}

fn settle(state: &mut State, kind: JobKind, settled: Settled) {
    fn apply<T>(value: &mut AsyncValue<T>, settled: Settled) {
        match settled {
            Settled::Cancelled => value.cancelled(),
            Settled::Failed(message) => value.fail(message),
        }
    }
    with_value!(@mut state, kind, value => apply(value, settled), ());
}

fn failure_key(kind: JobKind) -> &'static str {
    match kind {
        answer::OPEN => "notice-open-failed",
        answer::LOCK => "notice-locking-failed",
        answer::CLEAN => "notice-cleaning-failed",
        answer::PREVIEW => "notice-preview-failed",
        answer::EVALUATE | answer::COMPARE => "notice-evaluation-failed",
        answer::FIND_RATE => "notice-training-failed",
        answer::EXPORT => "notice-file-failed",
        answer::DOWNLOAD => "notice-download-failed",
        answer::RECOMMEND => "notice-recommendation-failed",
        _ => "notice-analysis-failed",
    }
}

/// The error of a layer below as the end of a job; cancelled where it says so.
pub(super) fn failed(error: &(dyn std::error::Error + 'static)) -> JobError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<crate::control::Cancelled>() {
            return JobError::Cancelled;
        }
        cause = error.source();
    }
    if error.to_string() == crate::control::Cancelled.to_string() {
        return JobError::Cancelled;
    }
    JobError::from_error(error)
}

impl Workbench {
    fn answered(&mut self, answer: Answer) {
        let state = &mut self.state;
        match answer {
            Answer::Opened(shop, runs) => self.opened(shop, runs),
            Answer::Locking(result) => self.lock_changed(result),
            Answer::Cleaned(shop, runs) => self.cleaned(shop, runs),
            Answer::Overview(overview) => {
                state.overview.set(overview);
                self.profile_selected();
            }
            Answer::Examined(report) => state.quality.set(report),
            Answer::Previewed(proposal) => state.proposal.set(proposal),
            Answer::Profile(profile) => state.profile.set(profile),
            Answer::Transitions(result) => state.transitions.set(result),
            Answer::Similarity(result) => state.similarity.set(result),
            Answer::RateFound(sweep) => state.rate_sweep.set(sweep),
            Answer::Knowledge(result) => {
                // A product that was looked at lies elsewhere in another graph.
                state.known_product.clear();
                state.knowledge.set(result);
            }
            Answer::KnownProduct(result) => state.known_product.set(result),
            Answer::Neighbours(result) => state.neighbours.set(result),
            Answer::Rows(result) => state.table.set(result),
            Answer::Column(result) => state.column.set(result),
            Answer::Activity(activity) => state.activity.set(activity),
            Answer::Exported(result) => self.exported(result),
            Answer::EncoderExported(folder) => self.encoder_exported(folder),
            Answer::Classified(table) => state.classified.set(table),
            Answer::Downloaded(download, encoders) => self.downloaded(download, encoders),
            Answer::Recommended(set) => state.recommendations.set(set),
            Answer::Divided(overview) => state.split.set(overview),
            Answer::Compared(comparison) => state.comparison.set(comparison),
            Answer::Evaluated(table) | Answer::Trained(table) => state.evaluation.set(table),
            Answer::LearnedTexts(result) | Answer::Result(result) => state.result.set(result),
            Answer::TextColumns(file) => state.text_columns.set(file),
            Answer::Told(told) => state.told.set(told),
            Answer::Found(result) => state.found.set(result),
            Answer::Devices(devices, summary) => {
                state.devices = devices;
                if let Err(problem) = &summary {
                    let problem = problem.clone();
                    state.device_summary = Some(summary);
                    self.notify(Severity::Warning, "notice-device", problem);
                } else {
                    state.device_summary = Some(summary);
                }
            }
        }
    }
}
