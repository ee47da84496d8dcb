//! Cleaning: another recipe for the open shop's data.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::data::runs_of;
use super::failed;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::clean::{CleaningStep, Counts, Recipe, StepOutcome};
use crate::dataset::project::{CleanedProject, Project, ProjectError};
use crate::ids::{ItemIdx, UserIdx};
use crate::jobs::{JobError, Lane};
use crate::runs::Run;
use crate::workbench::answer::{self, Answer};
use crate::workbench::state::{Cleaning, OpenShop};
use crate::workbench::{Severity, Workbench};

impl Workbench {
    pub(in crate::workbench) fn apply_recipe(&mut self, recipe: Recipe) {
        self.clean(move |_| Ok(recipe));
    }

    pub(in crate::workbench) fn apply_recipe_file(&mut self, path: PathBuf) {
        self.clean(move |_| Recipe::read(&path).map_err(|error| failed(&error)));
    }

    /// Add steps to the present recipe and carry it out.
    pub(in crate::workbench) fn add_cleaning_steps(&mut self, steps: Vec<CleaningStep>) {
        let Some(shop) = self.state.shop.value() else {
            return self.notify(Severity::Warning, "notice-no-shop", "");
        };
        let recipe =
            steps.into_iter().fold(shop.cleaning.recipe.clone(), |recipe, step| recipe.with(step));
        self.apply_recipe(recipe);
    }

    fn clean(
        &mut self,
        recipe: impl FnOnce(&Control) -> Result<Recipe, JobError> + Send + 'static,
    ) {
        let Some(shop) = self.state.shop.value() else {
            return self.notify(Severity::Warning, "notice-no-shop", "");
        };
        if self.is_training() {
            return self.notify(Severity::Warning, "notice-training-blocks-cleaning", "");
        }
        let project = shop.project.clone();
        let ticket = self.submit(Lane::Analysis, answer::CLEAN, move |control| {
            let recipe = recipe(control)?;
            let shop = clean_project(&project, &recipe, control)?;
            let runs = runs_of(&project)?;
            Ok(Answer::Cleaned(shop, runs))
        });
        self.state.cleaning.start(ticket);
    }

    /// The cleaned data take the place of the ones before. What is picked stays picked where it is
    /// still there.
    pub(super) fn cleaned(&mut self, shop: OpenShop, runs: Vec<Run>) {
        let picked = self.state.selection.clone();
        let before = self.state.shop.value().map(|shop| shop.dataset.clone());
        let after = shop.dataset.clone();
        self.adopt(shop, runs);
        self.state.selection.run = picked.run.or(self.state.selection.run.take());
        if let Some(before) = before {
            self.state.selection.item =
                picked.item.and_then(|item| same_item(&before, &after, item));
            self.select_user(picked.user.and_then(|user| same_user(&before, &after, user)));
        }
    }
}

fn same_user(before: &Dataset, after: &Dataset, user: UserIdx) -> Option<UserIdx> {
    after.user(before.users.external(user.0))
}

fn same_item(before: &Dataset, after: &Dataset, item: ItemIdx) -> Option<ItemIdx> {
    after.item(before.items.external(item.0))
}

fn clean_project(folder: &Path, recipe: &Recipe, control: &Control) -> Result<OpenShop, JobError> {
    let cleaned = Project::clean(folder, recipe, control).map_err(|error| failed(&error))?;
    let CleanedProject { project, dataset, report, outcomes } = cleaned;
    Ok(OpenShop {
        project: folder.to_path_buf(),
        cleaning: Arc::new(cleaning_with(&project, &dataset, outcomes)),
        dataset: Arc::new(dataset),
        report: Arc::new(report),
    })
}

/// How the data of a project came out of the imported ones.
pub(super) fn cleaning_of(project: &Project, dataset: &Dataset) -> Result<Cleaning, ProjectError> {
    Ok(cleaning_with(project, dataset, project.cleaning_outcomes()?))
}

fn cleaning_with(project: &Project, dataset: &Dataset, outcomes: Vec<StepOutcome>) -> Cleaning {
    match &project.manifest().cleaning {
        None => Cleaning {
            recipe: Recipe::default(),
            original: Counts::of(dataset),
            original_revision: dataset.revision.clone(),
            outcomes,
        },
        Some(record) => Cleaning {
            recipe: record.recipe.clone(),
            original: record.original_counts,
            original_revision: record.original_revision.clone(),
            outcomes,
        },
    }
}
