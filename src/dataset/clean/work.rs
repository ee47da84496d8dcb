//! A dataset while it is cleaned, and the ways in which steps change it.

use super::outcome::{CleaningExample, Counts, MAX_CLEANING_EXAMPLES, StepOutcome};
use super::step::{CleaningStep, Field};
use crate::control::{Cancelled, Control};
use crate::dataset::Dataset;
use crate::dataset::event::EventKind;
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// Rows between two looks at the cancel flag.
const CHECK_EVERY: usize = 1 << 16;

/// Why a step was not carried out.
pub(super) enum Refusal {
    /// It asks for something that cannot be.
    Invalid(String),
    /// Cancelled on request.
    Cancelled(Cancelled),
}

impl From<Cancelled> for Refusal {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl From<String> for Refusal {
    fn from(problem: String) -> Self {
        Self::Invalid(problem)
    }
}

/// The dataset with what the present step did to it so far.
pub(super) struct Work<'a> {
    /// The data.
    pub dataset: Dataset,
    control: &'a Control,
    changed_values: u64,
    examples: Vec<CleaningExample>,
}

impl<'a> Work<'a> {
    pub(super) fn new(dataset: Dataset, control: &'a Control) -> Self {
        Self { dataset, control, changed_values: 0, examples: Vec::new() }
    }

    /// What the step did; the next one starts with nothing noted.
    pub(super) fn outcome(&mut self, step: &CleaningStep, before: Counts) -> StepOutcome {
        StepOutcome {
            step: step.clone(),
            before,
            after: Counts::of(&self.dataset),
            changed_values: std::mem::take(&mut self.changed_values),
            examples: std::mem::take(&mut self.examples),
        }
    }

    /// Call for every row; looks at the cancel flag once in a while.
    pub(super) fn check(&self, row: usize) -> Result<(), Cancelled> {
        if row.is_multiple_of(CHECK_EVERY) { self.control.check() } else { Ok(()) }
    }

    /// Data without real times cannot be asked about seconds and days.
    pub(super) fn need_times(&self) -> Result<(), Refusal> {
        if self.dataset.has_times {
            return Ok(());
        }
        Err("the data have no real times. Leave the step out".to_owned().into())
    }

    /// Count a changed value and keep it as an example while there is room.
    pub(super) fn changed(&mut self, example: impl FnOnce(&Dataset) -> CleaningExample) {
        self.changed_values += 1;
        self.note(example);
    }

    /// Keep an example while there is room.
    pub(super) fn note(&mut self, example: impl FnOnce(&Dataset) -> CleaningExample) {
        if self.examples.len() < MAX_CLEANING_EXAMPLES {
            self.examples.push(example(&self.dataset));
        }
    }

    /// Removes the events for which `is_removed` holds, and the shoppers who lose their last one.
    /// `is_removed` is asked once per row, in order.
    pub(super) fn remove_events(
        &mut self,
        mut is_removed: impl FnMut(&Dataset, UserIdx, usize) -> bool,
    ) -> Result<(), Cancelled> {
        let mut removed = vec![false; self.dataset.interactions.len()];
        let mut keeps_user = vec![true; self.dataset.n_users()];
        for user in 0..self.dataset.n_users() {
            let user = UserIdx::from_index(user);
            let rows = self.dataset.interactions.rows_of(user);
            let before = rows.len();
            let mut left = before;
            for row in rows {
                self.check(row)?;
                if is_removed(&self.dataset, user, row) {
                    removed[row] = true;
                    left -= 1;
                    self.note(|dataset| removed_event(dataset, user, row));
                }
            }
            keeps_user[user.index()] = left > 0 || before == 0;
        }
        self.drop_rows(&removed)?;
        self.keep_users(&keeps_user)
    }

    fn drop_rows(&mut self, removed: &[bool]) -> Result<(), Cancelled> {
        self.control.check()?;
        if removed.contains(&true) {
            let log = &self.dataset.interactions;
            self.dataset.interactions = log.filter(|_, row| !removed[row]);
        }
        self.control.check()
    }

    /// Removes shoppers with all that they did.
    pub(super) fn keep_users(&mut self, keeps: &[bool]) -> Result<(), Cancelled> {
        self.control.check()?;
        if !keeps.contains(&false) {
            return Ok(());
        }
        let dataset = &mut self.dataset;
        let log = dataset.interactions.filter(|user, _| keeps[user.index()]);
        dataset.interactions = log.without_users(keeps);
        dataset.users = kept_ids(&dataset.users, keeps);
        let rows = kept_rows(keeps);
        for attribute in &mut dataset.user_attributes {
            attribute.values = attribute.values.take(&rows).compact();
        }
        self.control.check()
    }

    /// Removes products with the events that name them; shoppers stay.
    pub(super) fn keep_items(&mut self, keeps: &[bool]) -> Result<(), Cancelled> {
        self.control.check()?;
        if !keeps.contains(&false) {
            return Ok(());
        }
        let dataset = &mut self.dataset;
        let mut log = dataset
            .interactions
            .filter(|_, row| dataset.interactions.item(row).is_none_or(|item| keeps[item.index()]));
        log.renumber_items(keeps);
        dataset.interactions = log;
        dataset.items = kept_ids(&dataset.items, keeps);
        dataset.catalog = dataset.catalog.take(&kept_rows(keeps));
        self.control.check()
    }
}

fn kept_ids(ids: &IdMap, keeps: &[bool]) -> IdMap {
    IdMap::from_ids(ids.iter().zip(keeps).filter(|&(_, &keeps)| keeps).map(|(id, _)| id))
}

fn kept_rows(keeps: &[bool]) -> Vec<u32> {
    (0..).zip(keeps).filter(|&(_, &keeps)| keeps).map(|(row, _)| row).collect()
}

/// Which rows of the log a field of events has its values in.
pub(super) fn has_field(kind: EventKind, field: Field) -> bool {
    match field {
        Field::Price => kind != EventKind::Search,
        Field::Quantity => {
            matches!(kind, EventKind::Cart | EventKind::Purchase | EventKind::Return)
        }
        Field::Stars => matches!(kind, EventKind::Review | EventKind::Rating),
        Field::Text => matches!(kind, EventKind::Search | EventKind::Review),
        _ => false,
    }
}

/// A removed event as an example.
pub(super) fn removed_event(dataset: &Dataset, user: UserIdx, row: usize) -> CleaningExample {
    let event = dataset.interactions.row(row);
    let amount = if has_field(event.kind, Field::Stars) { "stars" } else { "quantity" };
    let parts = [
        event.amount.map(|value| format!("{amount} {value}")),
        event.price.map(|value| format!("price {value}")),
        event.text.map(shortened),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let before = (!parts.is_empty()).then(|| parts.join(", "));
    CleaningExample { before, ..event_example(dataset, user, row) }
}

/// Who did what when, without values.
pub(super) fn event_example(dataset: &Dataset, user: UserIdx, row: usize) -> CleaningExample {
    let log = &dataset.interactions;
    CleaningExample {
        user: Some(dataset.users.external(user.0).to_owned()),
        item: log.item(row).map(|item| dataset.items.external(item.0).to_owned()),
        kind: Some(log.kind(row)),
        time_ms: dataset.has_times.then(|| log.time_ms(row)),
        before: None,
        after: None,
    }
}

/// A product, without values.
pub(super) fn item_example(dataset: &Dataset, item: ItemIdx) -> CleaningExample {
    let item = Some(dataset.items.external(item.0).to_owned());
    CleaningExample { item, ..CleaningExample::default() }
}

/// A shopper, without values.
pub(super) fn user_example(dataset: &Dataset, user: UserIdx) -> CleaningExample {
    let user = Some(dataset.users.external(user.0).to_owned());
    CleaningExample { user, ..CleaningExample::default() }
}

/// The beginning of a text that may be long.
pub(super) fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 120;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
