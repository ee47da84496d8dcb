//! What the page shows of a chain, made off the painting thread when the chain or an option changes.

use std::sync::Arc;

use super::graph::{Graph, MAX_EDGES, Node};
use super::options::GraphOptions;
use crate::analysis::transitions::StateId;
use crate::dataset::EventKind;
use crate::gui::text::Text;
use crate::gui::views::common;
use crate::workbench::TransitionResult;

/// Words for states that have no name in the data.
pub struct Wording {
    events: [String; EventKind::ALL.len()],
    no_category: String,
    other: String,
    start: String,
    exit: String,
}

impl Wording {
    /// The words in the user's language.
    pub fn of(text: &Text) -> Self {
        let word = |id| common::state_label(text, id, "");
        Self {
            events: EventKind::ALL.map(|kind| word(StateId::Event(kind))),
            no_category: word(StateId::NoCategory),
            other: word(StateId::Other),
            start: word(StateId::Start),
            exit: word(StateId::Exit),
        }
    }

    fn label(&self, id: StateId, name: &str) -> String {
        match id {
            StateId::Event(kind) => self.events[kind as usize].clone(),
            StateId::NoCategory => self.no_category.clone(),
            StateId::Other => self.other.clone(),
            StateId::Start => self.start.clone(),
            StateId::Exit => self.exit.clone(),
            StateId::Category(_) | StateId::Item(_) => name.to_owned(),
        }
    }
}

/// One cell of a row, best first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// State entered.
    pub to: usize,
    /// Probability of being there after the chosen number of steps.
    pub probability: f64,
    /// Transitions observed in one step.
    pub count: f64,
}

/// A chain with all that is drawn of it.
pub struct Chain {
    /// As the analysis gave it.
    pub result: Arc<TransitionResult>,
    /// `[n]` names on the screen.
    pub labels: Vec<String>,
    /// How many steps `probabilities` looks ahead.
    pub steps: usize,
    /// `[n][n]` row-major probabilities after `steps` steps.
    pub probabilities: Vec<f64>,
    /// The largest of them.
    pub largest: f64,
    /// `[n]` states by long-run share, largest first.
    pub by_mass: Vec<usize>,
    /// `[n]` where each state leads, likeliest first.
    pub outgoing: Vec<Vec<Step>>,
    /// `[n]` sums of the rows of counts.
    pub left_counts: Vec<f64>,
    /// Visits of all states.
    pub all_visits: u64,
    /// Bits of surprise per step.
    pub entropy_bits: f64,
    /// What the graph draws.
    pub graph: Graph,
}

impl Chain {
    /// Everything that is drawn of `result`, looking `steps` ahead.
    pub fn new(
        result: Arc<TransitionResult>,
        words: &Wording,
        steps: usize,
        graph: GraphOptions,
    ) -> Self {
        let matrix = &result.matrix;
        let n = matrix.len();
        let labels: Vec<String> = matrix
            .ids
            .iter()
            .zip(&matrix.states)
            .map(|(&id, name)| words.label(id, name))
            .collect();
        let probabilities = matrix.n_step(u32::try_from(steps).unwrap_or(1));
        let largest = probabilities.iter().copied().fold(0.0, f64::max);
        let mass = &result.stationary.distribution;
        let mut by_mass: Vec<usize> = (0..n).collect();
        by_mass.sort_by(|&a, &b| mass[b].total_cmp(&mass[a]).then(a.cmp(&b)));
        let outgoing = outgoing(n, &probabilities, &matrix.counts);
        let left_counts = matrix.counts.chunks(n.max(1)).map(|row| row.iter().sum()).collect();
        let graph = graph_of(&result, &labels, graph);
        let entropy_bits = matrix.entropy_rate();
        let all_visits = matrix.visits.iter().sum();
        Self {
            labels,
            steps,
            probabilities,
            largest,
            by_mass,
            outgoing,
            left_counts,
            all_visits,
            entropy_bits,
            graph,
            result,
        }
    }

    /// Number of states.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Probability of being in `to` after the chosen number of steps from `from`.
    pub fn probability(&self, from: usize, to: usize) -> f64 {
        self.probabilities[from * self.len() + to]
    }

    /// Observed one-step transitions.
    pub fn count(&self, from: usize, to: usize) -> f64 {
        self.result.matrix.counts[from * self.len() + to]
    }

    /// Long-run share of a state.
    pub fn mass(&self, state: usize) -> f64 {
        self.result.stationary.distribution[state]
    }

    /// Share of all observed visits that went to a state.
    #[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
    pub fn observed_share(&self, state: usize) -> f64 {
        self.result.matrix.visits[state] as f64 / self.all_visits.max(1) as f64
    }
}

/// Where each state leads, likeliest first; states that cannot be reached left out.
fn outgoing(n: usize, probabilities: &[f64], counts: &[f64]) -> Vec<Vec<Step>> {
    let of_state = |from: usize| {
        let row = from * n;
        let step = |to| Step { to, probability: probabilities[row + to], count: counts[row + to] };
        let mut steps: Vec<Step> = (0..n).map(step).filter(|step| step.probability > 0.0).collect();
        steps.sort_by(|a, b| b.probability.total_cmp(&a.probability).then(a.to.cmp(&b.to)));
        steps
    };
    (0..n).map(of_state).collect()
}

fn graph_of(result: &TransitionResult, labels: &[String], options: GraphOptions) -> Graph {
    let matrix = &result.matrix;
    let positions = matrix.layout(options.layout);
    #[expect(clippy::cast_possible_truncation, reason = "a radius in pixels")]
    let node = |(state, label): (usize, &String)| Node {
        label: label.clone(),
        at: positions[state],
        mass: result.stationary.distribution[state] as f32,
    };
    Graph {
        nodes: labels.iter().enumerate().map(node).collect(),
        edges: matrix.strongest_edges(f64::from(options.threshold_percent) / 100.0, MAX_EDGES),
        layout: options.layout,
    }
}
