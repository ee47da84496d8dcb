//! What shoppers like this one do next.

use std::ops::Range;

use super::{NextStep, ShopStatistics};
use crate::analysis::transitions::{StateId, TransitionMatrix};
use crate::dataset::Dataset;

const MAX_STEPS: usize = 8;

/// Kinds of event after the shopper's last kind, leaving among them.
pub(super) fn next_steps(
    dataset: &Dataset,
    shop: &ShopStatistics,
    rows: Range<usize>,
) -> Vec<NextStep> {
    let last = rows.last().map(|row| StateId::Event(dataset.interactions.kind(row)));
    likeliest(shop.behaviour.as_ref(), last)
}

/// Categories after the one of the shopper's last product.
pub(super) fn next_categories(
    dataset: &Dataset,
    shop: &ShopStatistics,
    mut rows: Range<usize>,
) -> Vec<NextStep> {
    let item = rows.by_ref().rev().find_map(|row| dataset.interactions.item(row));
    let code = item.and_then(|item| dataset.catalog.categories.code(item.index()));
    let chain = shop.category_moves.as_ref();
    let rare = code.filter(|&code| {
        chain.is_some_and(|chain| chain.position(StateId::Category(code)).is_none())
    });
    likeliest(chain, rare.map(|_| StateId::Other).or(code.map(StateId::Category)))
}

fn likeliest(chain: Option<&TransitionMatrix>, last: Option<StateId>) -> Vec<NextStep> {
    let position = last.and_then(|id| chain?.position(id));
    let Some((chain, from)) = chain.zip(position) else {
        return Vec::new();
    };
    // A state that nobody was seen to leave tells nothing about what comes next.
    if chain.absorbing.contains(&from) {
        return Vec::new();
    }
    let step = |(to, &probability): (usize, &f64)| NextStep {
        id: chain.ids[to],
        state: chain.states[to].clone(),
        probability,
    };
    let mut steps: Vec<NextStep> = chain.row(from).iter().enumerate().map(step).collect();
    steps.retain(|step| step.probability > 0.0);
    steps.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    steps.truncate(MAX_STEPS);
    steps
}
