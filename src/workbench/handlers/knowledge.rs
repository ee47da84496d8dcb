//! What the catalogue knows, learned as a graph to be looked at.

use std::sync::Arc;

use super::failed;
use crate::jobs::Lane;
use crate::model::knowledge::Knowledge;
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::{KnowledgeRequest, KnownRequest};
use crate::workbench::state::{KnowledgeResult, KnownResult};
use crate::workbench::{Severity, Workbench};

impl Workbench {
    pub(in crate::workbench) fn learn_knowledge(&mut self, request: KnowledgeRequest) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let ticket = self.submit(Lane::Analysis, answer::KNOWLEDGE, move |control| {
            let KnowledgeRequest { config, seed } = &request;
            let (known, report) = Knowledge::looked_into(config, &dataset, *seed, control)
                .map_err(|error| failed(&error))?;
            Ok(Answer::Knowledge(Arc::new(KnowledgeResult { request, known, report })))
        });
        self.state.knowledge.start(ticket);
    }

    /// Look at a product in the graph that was learned last, or a notice that there is none.
    pub(in crate::workbench) fn look_at_known(&mut self, request: KnownRequest) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let Some(learned) = self.state.knowledge.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-knowledge", "");
            return;
        };
        let ticket = self.submit(Lane::Analysis, answer::KNOWN, move |control| {
            let config = &learned.request.config;
            let asked = (request.item, request.k);
            let product = learned.known.product(config, &dataset, asked, control);
            let product = product.map_err(|error| failed(&error))?;
            Ok(Answer::KnownProduct(Arc::new(KnownResult { request, product })))
        });
        self.state.known_product.start(ticket);
    }
}
