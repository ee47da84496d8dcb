//! Which states a chain has, and which of them a row is in.

use super::segment::RowFilter;
use super::{StateId, StateSpace, TransitionOptions};
use crate::control::{Cancelled, Control};
use crate::dataset::{Dataset, EventKind};
use crate::ids::ItemIdx;

/// Users between two looks at the cancel flag.
pub(super) const CHUNK: usize = 4096;

const ABSENT: u32 = u32::MAX;

/// The states of a chain: those that stand for themselves by frequency, then the collective and the
/// boundary ones.
pub(super) struct States {
    pub(super) ids: Vec<StateId>,
    /// Position in `ids` by raw code.
    position: Vec<u32>,
    space: StateSpace,
    pub(super) start: Option<usize>,
    pub(super) exit: Option<usize>,
}

impl States {
    pub(super) fn collect(
        dataset: &Dataset,
        options: &TransitionOptions,
        filter: &RowFilter,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        let visits = raw_visits(dataset, options.states, filter, control)?;
        let mut chosen: Vec<usize> = (0..visits.len()).filter(|&code| visits[code] > 0).collect();
        chosen.sort_by_key(|&code| (std::cmp::Reverse(visits[code]), code));
        let rest = chosen.split_off(options.max_states.min(chosen.len()));
        if options.states == StateSpace::Event {
            chosen.sort_unstable();
        }
        Ok(Self::arrange(dataset, options, visits.len(), &chosen, &rest))
    }

    fn arrange(
        dataset: &Dataset,
        options: &TransitionOptions,
        n_codes: usize,
        chosen: &[usize],
        rest: &[usize],
    ) -> Self {
        let mut ids = Vec::with_capacity(chosen.len() + 3);
        let mut position = vec![ABSENT; n_codes];
        let bounded = options.boundaries && !chosen.is_empty();
        if bounded {
            ids.push(StateId::Start);
        }
        for &code in chosen {
            position[code] = small(ids.len());
            ids.push(state_of(dataset, options.states, code));
        }
        for &code in rest {
            position[code] = small(ids.len());
        }
        if !rest.is_empty() {
            ids.push(StateId::Other);
        }
        if bounded {
            ids.push(StateId::Exit);
        }
        Self {
            start: bounded.then_some(0),
            exit: bounded.then(|| ids.len() - 1),
            ids,
            position,
            space: options.states,
        }
    }

    /// Number of states.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether no row of the segment has a state.
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The state that a row is in; `None` for one without, such as a search between categories.
    pub(super) fn of_row(&self, dataset: &Dataset, row: usize) -> Option<usize> {
        let position = self.position[raw_code(dataset, self.space, row)?];
        (position != ABSENT).then_some(position as usize)
    }
}

/// The state's name in the data.
pub(super) fn name_of(dataset: &Dataset, id: StateId) -> String {
    match id {
        StateId::Event(kind) => kind.name().to_owned(),
        StateId::Category(code) => dataset.catalog.categories.pool()[code as usize].to_string(),
        StateId::NoCategory => "(none)".to_owned(),
        StateId::Item(item) => dataset.item_label(item).to_owned(),
        StateId::Other => "other".to_owned(),
        StateId::Start => "start".to_owned(),
        StateId::Exit => "exit".to_owned(),
    }
}

fn raw_visits(
    dataset: &Dataset,
    space: StateSpace,
    filter: &RowFilter,
    control: &Control,
) -> Result<Vec<u64>, Cancelled> {
    let mut visits = vec![0_u64; n_codes(dataset, space)];
    for (user, rows) in dataset.interactions.users() {
        if user.index() % CHUNK == 0 {
            control.check()?;
        }
        if !filter.has_user(dataset, user) {
            continue;
        }
        for row in rows.filter(|&row| filter.has_row(dataset, row)) {
            if let Some(code) = raw_code(dataset, space, row) {
                visits[code] += 1;
            }
        }
    }
    Ok(visits)
}

/// Number of raw codes; the last one of categories stands for products without one.
fn n_codes(dataset: &Dataset, space: StateSpace) -> usize {
    match space {
        StateSpace::Event => EventKind::ALL.len(),
        StateSpace::Category => dataset.catalog.categories.pool().len() + 1,
        StateSpace::Item => dataset.n_items(),
    }
}

fn raw_code(dataset: &Dataset, space: StateSpace, row: usize) -> Option<usize> {
    let log = &dataset.interactions;
    if space == StateSpace::Event {
        return Some(log.kind(row) as usize);
    }
    let item = log.item(row)?;
    if space == StateSpace::Item {
        return Some(item.index());
    }
    let categories = &dataset.catalog.categories;
    let code = categories.code(item.index());
    Some(code.map_or(categories.pool().len(), |code| code as usize))
}

fn state_of(dataset: &Dataset, space: StateSpace, code: usize) -> StateId {
    match space {
        StateSpace::Event => StateId::Event(EventKind::ALL[code]),
        StateSpace::Category if code == dataset.catalog.categories.pool().len() => {
            StateId::NoCategory
        }
        StateSpace::Category => StateId::Category(small(code)),
        StateSpace::Item => StateId::Item(ItemIdx::from_index(code)),
    }
}

fn small(code: usize) -> u32 {
    u32::try_from(code).expect("entity counts fit 32 bits")
}
