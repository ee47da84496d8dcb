//! Looking around: profiles, transitions, similarity, devices.

use std::sync::Arc;

use super::failed;
use crate::analysis::profile::profile;
use crate::analysis::similarity::{SimilarityOptions, SimilaritySpec, similarity_matrix};
use crate::analysis::transitions::{TransitionOptions, transitions};
use crate::dataset::Dataset;
use crate::ids::UserIdx;
use crate::jobs::{JobError, Lane};
use crate::model::bert::device;
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::NeighbourRequest;
use crate::workbench::state::{NeighbourResult, SimilarityResult, TransitionResult};
use crate::workbench::{Severity, Workbench};

/// Shoppers, products or words that neighbours must have in common.
const MIN_COMMON: u32 = 1;

impl Workbench {
    /// The open shop's data, or a notice that there is none.
    pub(super) fn dataset_or_notice(&mut self) -> Option<Arc<Dataset>> {
        let dataset = self.state.shop.value().map(|shop| shop.dataset.clone());
        if dataset.is_none() {
            self.notify(Severity::Warning, "notice-no-shop", "");
        }
        dataset
    }

    pub(in crate::workbench) fn select_user(&mut self, user: Option<UserIdx>) {
        self.state.selection.user = user;
        self.profile_selected();
    }

    /// Compute the picked shopper's profile, unless it is there or the overview is still missing.
    pub(super) fn profile_selected(&mut self) {
        let (Some(user), Some(shop), Some(overview)) =
            (self.state.selection.user, self.state.shop.value(), self.state.overview.value())
        else {
            return;
        };
        let is_there = self.state.profile.value().is_some_and(|profile| profile.user == user);
        if is_there && self.state.profile.pending().is_none() {
            return;
        }
        let (dataset, overview) = (shop.dataset.clone(), overview.clone());
        let ticket = self.submit(Lane::Analysis, answer::PROFILE, move |_| {
            let profile = profile(&dataset, &overview.statistics, user);
            Ok(Answer::Profile(Arc::new(profile)))
        });
        self.state.profile.start(ticket);
    }

    pub(in crate::workbench) fn compute_transitions(&mut self, options: TransitionOptions) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let ticket = self.submit(Lane::Analysis, answer::TRANSITIONS, move |control| {
            let matrix =
                transitions(&dataset, &options, control).map_err(|error| failed(&error))?;
            let stationary = matrix.stationary();
            let order_test = matrix.order_test();
            let result = TransitionResult { matrix, stationary, order_test };
            Ok(Answer::Transitions(Arc::new(result)))
        });
        self.state.transitions.start(ticket);
    }

    pub(in crate::workbench) fn compute_similarity(
        &mut self,
        spec: SimilaritySpec,
        options: SimilarityOptions,
    ) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let caches = self.caches.clone();
        let ticket = self.submit(Lane::Analysis, answer::SIMILARITY, move |control| {
            let index = caches.similarity_index(&dataset, spec, control)?;
            let matrix = similarity_matrix(&dataset, &index, &options, control)
                .map_err(|error| failed(&error))?;
            Ok(Answer::Similarity(Arc::new(SimilarityResult { options, matrix })))
        });
        self.state.similarity.start(ticket);
    }

    pub(in crate::workbench) fn find_neighbours(&mut self, request: NeighbourRequest) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        let caches = self.caches.clone();
        let ticket = self.submit(Lane::Analysis, answer::NEIGHBOURS, move |control| {
            let index = caches.similarity_index(&dataset, request.spec, control)?;
            let neighbours = index
                .neighbours(request.idx, request.k, MIN_COMMON)
                .map_err(|error| failed(&error))?;
            Ok(Answer::Neighbours(Arc::new(NeighbourResult { request, neighbours })))
        });
        self.state.neighbours.start(ticket);
    }

    /// Find the devices and what the user's choice comes to.
    pub(in crate::workbench) fn look_for_devices(&mut self) {
        let choice = self.state.settings.device;
        // Opening a driver can take seconds, so it waits in the lane that blocks no looking around.
        self.submit(Lane::Training, answer::DEVICES, move |_| -> Result<Answer, JobError> {
            let devices = device::enumerate();
            let summary = device::select(choice)
                .map(|selected| selected.description)
                .map_err(|error| error.to_string());
            Ok(Answer::Devices(devices, summary))
        });
    }
}
