//! The list of steps as it is being put together, with a way back.

use crate::dataset::clean::{CleaningStep, Recipe};

/// States of the list that can be gone back to.
const MAX_PAST: usize = 100;

/// One step of the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DraftStep {
    /// What is to be done.
    pub step: CleaningStep,
    /// Whether it is part of the recipe at present.
    pub is_on: bool,
    /// Tells steps apart while they are moved and changed.
    pub id: u64,
}

/// What can be done to the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// Put a step at the end.
    Add(CleaningStep),
    /// Put a step in another position.
    Move { from: usize, to: usize },
    /// Take a step out.
    Remove(usize),
    /// Let a step take part or not.
    Switch(usize, bool),
    /// Other parameters for a step.
    Edit(usize, CleaningStep),
}

/// The list and its earlier and later states.
#[derive(Debug, Default)]
pub(super) struct Draft {
    steps: Vec<DraftStep>,
    past: Vec<Vec<DraftStep>>,
    future: Vec<Vec<DraftStep>>,
    /// The step whose parameters the latest change set: typing a number is one change.
    editing: Option<u64>,
    next_id: u64,
}

impl Draft {
    pub(super) fn steps(&self) -> &[DraftStep] {
        &self.steps
    }

    /// The recipe of the steps that take part.
    pub(super) fn recipe(&self) -> Recipe {
        let taking_part = self.steps.iter().filter(|step| step.is_on);
        Recipe { steps: taking_part.map(|step| step.step.clone()).collect(), ..Recipe::default() }
    }

    /// Whether the steps that take part are those of a recipe.
    pub(super) fn is(&self, recipe: &Recipe) -> bool {
        let taking_part = self.steps.iter().filter(|step| step.is_on).map(|step| &step.step);
        taking_part.eq(&recipe.steps)
    }

    /// Take over a recipe that was carried out; steps that are switched off stay where they are if
    /// the others are the same.
    pub(super) fn follow(&mut self, recipe: &Recipe) {
        if self.is(recipe) {
            return;
        }
        self.remember();
        self.steps.clear();
        for step in &recipe.steps {
            self.push(step.clone());
        }
    }

    /// Forget the list and the way back: another shop was opened.
    pub(super) fn restart(&mut self, recipe: &Recipe) {
        *self = Self { next_id: self.next_id, ..Self::default() };
        for step in &recipe.steps {
            self.push(step.clone());
        }
    }

    fn push(&mut self, step: CleaningStep) {
        self.steps.push(DraftStep { step, is_on: true, id: self.next_id });
        self.next_id += 1;
    }

    fn remember(&mut self) {
        self.past.push(self.steps.clone());
        if self.past.len() > MAX_PAST {
            self.past.remove(0);
        }
        self.future.clear();
        self.editing = None;
    }

    pub(super) fn change(&mut self, change: Change) {
        match change {
            Change::Add(step) => {
                self.remember();
                self.push(step);
            }
            Change::Move { from, to } if from < self.steps.len() && from != to => {
                self.remember();
                let step = self.steps.remove(from);
                self.steps.insert(to.min(self.steps.len()), step);
            }
            Change::Remove(index) if index < self.steps.len() => {
                self.remember();
                self.steps.remove(index);
            }
            Change::Switch(index, is_on) if index < self.steps.len() => {
                self.remember();
                self.steps[index].is_on = is_on;
            }
            Change::Edit(index, step) if index < self.steps.len() => {
                let id = self.steps[index].id;
                if self.editing != Some(id) {
                    self.remember();
                    self.editing = Some(id);
                }
                self.steps[index].step = step;
            }
            // A step that is not there any more, or is there already.
            _ => {}
        }
    }

    pub(super) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    pub(super) fn undo(&mut self) {
        if let Some(steps) = self.past.pop() {
            self.future.push(std::mem::replace(&mut self.steps, steps));
            self.editing = None;
        }
    }

    pub(super) fn redo(&mut self) {
        if let Some(steps) = self.future.pop() {
            self.past.push(std::mem::replace(&mut self.steps, steps));
            self.editing = None;
        }
    }

    /// For each step the position of its outcome: that of the steps which take part, as long as
    /// they are those of the recipe that was carried out.
    pub(super) fn outcome_positions(&self, applied: &Recipe) -> Vec<Option<usize>> {
        let mut position = 0;
        let mut agrees = true;
        self.steps
            .iter()
            .map(|step| {
                agrees &= !step.is_on || applied.steps.get(position) == Some(&step.step);
                let outcome = (step.is_on && agrees).then_some(position);
                position += usize::from(step.is_on);
                outcome
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(users: u32) -> CleaningStep {
        CleaningStep::KCore { users, items: 1 }
    }

    fn users(draft: &Draft) -> Vec<u32> {
        let users = |step: &DraftStep| match step.step {
            CleaningStep::KCore { users, .. } => users,
            _ => 0,
        };
        draft.steps().iter().map(users).collect()
    }

    fn draft(steps: impl IntoIterator<Item = u32>) -> Draft {
        let mut draft = Draft::default();
        steps.into_iter().for_each(|users| draft.change(Change::Add(core(users))));
        draft
    }

    #[test]
    fn every_change_can_be_undone_and_redone() {
        let mut draft = draft([1, 2, 3]);
        draft.change(Change::Move { from: 0, to: 2 });
        assert_eq!(users(&draft), [2, 3, 1]);
        draft.change(Change::Remove(1));
        draft.change(Change::Switch(0, false));
        assert_eq!(draft.recipe().steps, [core(1)]);
        for _ in 0..3 {
            draft.undo();
        }
        assert_eq!(users(&draft), [1, 2, 3]);
        for _ in 0..3 {
            draft.redo();
        }
        assert_eq!(draft.recipe().steps, [core(1)]);
        assert!(draft.can_undo() && !draft.can_redo());
        draft.change(Change::Remove(7));
        draft.change(Change::Move { from: 1, to: 1 });
        draft.undo();
        assert_eq!(draft.recipe().steps, [core(2), core(1)], "what changed nothing is no change");
    }

    #[test]
    fn typing_into_one_step_is_one_change() {
        let mut draft = draft([1, 2]);
        for users in [10, 11, 12] {
            draft.change(Change::Edit(0, core(users)));
        }
        draft.change(Change::Edit(1, core(20)));
        draft.undo();
        assert_eq!(users(&draft), [12, 2]);
        draft.undo();
        assert_eq!(users(&draft), [1, 2]);
    }

    #[test]
    fn outcomes_belong_to_steps_up_to_the_first_difference() {
        let mut draft = draft([1, 2, 3]);
        let applied = draft.recipe();
        draft.change(Change::Switch(1, false));
        assert_eq!(draft.outcome_positions(&applied), [Some(0), None, None]);
        draft.change(Change::Switch(1, true));
        assert_eq!(draft.outcome_positions(&applied), [Some(0), Some(1), Some(2)]);
        let shorter = Recipe { steps: vec![core(1), core(3)], ..Recipe::default() };
        draft.change(Change::Switch(1, false));
        assert_eq!(draft.outcome_positions(&shorter), [Some(0), None, Some(1)]);
        draft.follow(&shorter);
        assert_eq!(draft.steps().len(), 3, "what is switched off stays");
        draft.follow(&Recipe::default());
        assert!(draft.steps().is_empty());
        draft.undo();
        assert_eq!(draft.steps().len(), 3);
    }
}
