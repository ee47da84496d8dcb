//! Files of texts, what came of trainings on them, and texts told by their models.

use std::path::PathBuf;
use std::sync::Arc;

use super::failed;
use super::table::not_written;
use crate::control::Control;
use crate::dataset::load::text_columns;
use crate::ids::RunId;
use crate::jobs::{JobError, Lane};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::tasks::{self, Predictions, TextModel, ranked};
use crate::runs::RunStore;
use crate::workbench::answer::{self, Answer};
use crate::workbench::caches::Caches;
use crate::workbench::command::{ClassifyRequest, TellRequest};
use crate::workbench::state::{OpenShop, RunResult, TextFile, ToldText};
use crate::workbench::{Severity, Workbench, write_whole};

/// Labels shown of a text.
const GUESSES: usize = 5;

impl Workbench {
    pub(in crate::workbench) fn look_at_texts(&mut self, path: PathBuf) {
        let ticket = self.submit(Lane::Analysis, answer::TEXT_COLUMNS, move |_| {
            let columns = text_columns(&path).map_err(|error| failed(&error))?;
            Ok(Answer::TextColumns(Arc::new(TextFile { path, columns })))
        });
        self.state.text_columns.start(ticket);
    }

    pub(in crate::workbench) fn read_result(&mut self, run: &RunId) {
        let Some(shop) = self.shop_or_notice() else { return };
        let run = run.clone();
        let ticket = self.submit(Lane::Analysis, answer::RESULT, move |_| {
            let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
            let outcome = store.outcome(&run).map_err(|error| failed(&error))?;
            Ok(Answer::Result(Arc::new(RunResult { run, outcome })))
        });
        self.state.result.start(ticket);
    }

    pub(in crate::workbench) fn tell_text(&mut self, request: TellRequest) {
        let Some(shop) = self.shop_or_notice() else { return };
        let caches = self.caches.clone();
        let ticket = self.submit(Lane::Analysis, answer::TELL, move |control| {
            let model = text_model(&shop, &caches, &request.run)?;
            let guesses = guesses(&model, &request, control)?;
            Ok(Answer::Told(Arc::new(ToldText { request, guesses })))
        });
        self.state.told.start(ticket);
    }

    pub(in crate::workbench) fn classify_table(&mut self, request: ClassifyRequest) {
        let ticket = self.submit(Lane::Export, answer::CLASSIFY, move |control| {
            control.report("stage-loading-model", 0, 0);
            let model =
                tasks::load(&request.model, request.device).map_err(|error| failed(&error))?;
            let told = request.table.tell(&model, control).map_err(|error| failed(&error))?;
            if let Some(path) = &request.path {
                write_whole(path, |out| told.write_csv(out, control))
                    .map_err(|error| not_written(&error, path))?;
            }
            Ok(Answer::Classified(Arc::new(told)))
        });
        self.state.classified.start(ticket);
    }

    pub(super) fn shop_or_notice(&mut self) -> Option<OpenShop> {
        let shop = self.state.shop.value().cloned();
        if shop.is_none() {
            self.notify(Severity::Warning, "notice-no-shop", "");
        }
        shop
    }
}

fn text_model(shop: &OpenShop, caches: &Caches, run: &RunId) -> Result<Arc<TextModel>, JobError> {
    caches.text_model(run, || {
        let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
        // One text at a time is told sooner than a GPU starts.
        tasks::load(&store.model_folder(run), DeviceChoice::Cpu).map_err(|error| failed(&error))
    })
}

fn guesses(
    model: &TextModel,
    request: &TellRequest,
    control: &Control,
) -> Result<Vec<(String, Option<f32>)>, JobError> {
    let told = model
        .predict(std::slice::from_ref(&request.input), control)
        .map_err(|error| failed(&error))?;
    Ok(match told {
        Predictions::Ratings(ratings) => {
            ratings.iter().map(|rating| (format!("{rating:.2}"), None)).collect()
        }
        Predictions::Chances { values, .. } | Predictions::Marks { values, .. } => {
            let likeliest = ranked(&values, model.outputs().labels(), GUESSES);
            let shown = |(label, chance): (&str, f64)| (label.to_owned(), Some(chance as f32));
            likeliest.into_iter().map(shown).collect()
        }
    })
}
