//! The graph, and the lists beside it: where a state leads, and where the chain spends its time.

use std::sync::Arc;

use egui::{Slider, Ui};

use super::chain::Chain;
use super::graph::{GraphResponse, Hit};
use super::options::GraphOptions;
use crate::analysis::transitions::GraphLayout;
use crate::gui::text::Text;
use crate::gui::theme::SPACE_M;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{self, Bar, FigureSpec, Table};

/// Height of the graph's own controls, so that it ends where the matrix beside it does.
const CONTROLS_HEIGHT: f32 = 40.0;
const MAX_BARS: usize = 12;

/// The graph with its threshold and layout.
pub fn graph_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    chain: &Arc<Chain>,
    height: f32,
    options: &mut GraphOptions,
    selected: &mut Option<usize>,
) {
    let text = cx.text;
    let description = text.tr_with(
        "transitions-graph-description",
        &[("states", chain.graph.nodes.len().into()), ("arrows", chain.graph.edges.len().into())],
    );
    let spec = FigureSpec {
        id: "transition-graph",
        title: text.tr("transitions-graph"),
        hint: Some(text.tr("transitions-graph-hint")),
        description: &description,
        file_name: "transition-graph",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || edge_table(text, chain),
        |ui, cx| {
            graph_options_ui(ui, cx, options);
            let answer =
                chain.graph.show(ui, cx.theme, height - CONTROLS_HEIGHT, *selected, &description);
            tooltip(cx, chain, &answer);
            if let Some(state) = answer.clicked {
                *selected = Some(state);
            }
        },
    );
}

fn graph_options_ui(ui: &mut Ui, cx: &ViewContext<'_>, options: &mut GraphOptions) {
    let text = cx.text;
    ui.horizontal_wrapped(|ui| {
        let layouts = [
            (GraphLayout::Circular, text.tr("transitions-layout-circular")),
            (GraphLayout::Force, text.tr("transitions-layout-force")),
        ];
        widgets::segmented(
            ui,
            cx.theme,
            text.tr("transitions-layout"),
            &mut options.layout,
            &layouts,
        );
        ui.add_space(SPACE_M);
        let slider = Slider::new(&mut options.threshold_percent, 0..=60)
            .suffix("%")
            .text(text.tr("transitions-threshold"));
        ui.add(slider);
    });
}

fn tooltip(cx: &ViewContext<'_>, chain: &Chain, answer: &GraphResponse) {
    let text = cx.text;
    match answer.hovered {
        Some(Hit::Node(state)) => {
            answer.response.clone().on_hover_ui_at_pointer(|ui| {
                ui.label(cx.theme.body(chain.labels[state].as_str()).strong());
                ui.label(text.tr_with(
                    "transitions-node-tip",
                    &[
                        ("share", text.percent(chain.mass(state), 1).into()),
                        ("visits", chain.result.matrix.visits[state].into()),
                    ],
                ));
            });
        }
        Some(Hit::Edge(edge)) => {
            let edge = chain.graph.edges[edge];
            let tip = text.tr_with(
                "transitions-edge-tip",
                &[
                    ("from", chain.labels[edge.from].as_str().into()),
                    ("to", chain.labels[edge.to].as_str().into()),
                    ("probability", text.percent(edge.probability, 1).into()),
                    ("count", edge.count.into()),
                ],
            );
            answer.response.clone().on_hover_text_at_pointer(tip);
        }
        None => {}
    }
}

fn edge_table(text: &Text, chain: &Arc<Chain>) -> Table {
    let columns =
        ["transitions-from", "transitions-to", "transitions-probability", "transitions-count"]
            .map(|key| text.tr(key).to_owned())
            .to_vec();
    let chain = chain.clone();
    Table::new(columns, chain.graph.edges.len(), move |row, column| {
        let edge = chain.graph.edges[row];
        match column {
            0 => chain.labels[edge.from].clone(),
            1 => chain.labels[edge.to].clone(),
            2 => format!("{:.4}", edge.probability),
            _ => format!("{:.0}", edge.count),
        }
    })
}

/// Where the picked state leads.
pub fn outgoing_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    chain: &Arc<Chain>,
    selected: &mut Option<usize>,
) {
    let text = cx.text;
    let Some(from) = *selected else { return };
    let title =
        text.tr_with("transitions-outgoing", &[("state", chain.labels[from].as_str().into())]);
    let hint = text.tr_with(
        "transitions-outgoing-hint",
        &[("steps", chain.steps.into()), ("left", chain.left_counts[from].into())],
    );
    let spec = FigureSpec {
        id: "transition-outgoing",
        title: &title,
        hint: Some(&hint),
        description: &title,
        file_name: "outgoing",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || outgoing_table(text, chain, from),
        |ui, cx| {
            let steps = &chain.outgoing[from];
            let bars: Vec<Bar> = steps
                .iter()
                .take(MAX_BARS)
                .map(|step| Bar {
                    label: chain.labels[step.to].clone(),
                    value: step.probability,
                    text: text.tr_with(
                        "transitions-bar",
                        &[
                            ("share", text.percent(step.probability, 1).into()),
                            ("count", step.count.into()),
                        ],
                    ),
                    color: None,
                    marker: None,
                })
                .collect();
            if let Some(bar) = widgets::bar_list(ui, cx.theme, &bars, None) {
                *selected = Some(steps[bar].to);
            }
            more_ui(ui, cx, steps.len());
        },
    );
}

fn more_ui(ui: &mut Ui, cx: &ViewContext<'_>, n: usize) {
    if n > MAX_BARS {
        let rest = (n - MAX_BARS).into();
        ui.label(cx.theme.small(cx.tr_with("transitions-more", &[("n", rest)])));
    }
}

fn outgoing_table(text: &Text, chain: &Chain, from: usize) -> Table {
    let columns = ["transitions-to", "transitions-probability", "transitions-count"];
    let row = |step: &super::chain::Step| {
        vec![
            chain.labels[step.to].clone(),
            format!("{:.4}", step.probability),
            format!("{:.0}", step.count),
        ]
    };
    let rows = chain.outgoing[from].iter().map(row).collect();
    Table::from_rows(columns.map(|key| text.tr(key).to_owned()).to_vec(), rows)
}

/// Where the chain spends its time in the long run; a tick marks the share observed.
pub fn stationary_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    chain: &Arc<Chain>,
    selected: &mut Option<usize>,
) {
    let text = cx.text;
    let spec = FigureSpec {
        id: "transition-stationary",
        title: text.tr("transitions-stationary"),
        hint: Some(text.tr("transitions-stationary-hint")),
        description: text.tr("transitions-stationary"),
        file_name: "stationary",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || stationary_table(text, chain),
        |ui, cx| {
            let shown = &chain.by_mass[..chain.len().min(MAX_BARS)];
            let bars: Vec<Bar> = shown
                .iter()
                .map(|&state| Bar {
                    label: chain.labels[state].clone(),
                    value: chain.mass(state),
                    text: text.percent(chain.mass(state), 1),
                    color: None,
                    marker: Some(chain.observed_share(state)),
                })
                .collect();
            let picked = shown.iter().position(|&state| Some(state) == *selected);
            if let Some(bar) = widgets::bar_list(ui, cx.theme, &bars, picked) {
                *selected = Some(shown[bar]);
            }
            more_ui(ui, cx, chain.len());
        },
    );
}

fn stationary_table(text: &Text, chain: &Arc<Chain>) -> Table {
    let columns =
        ["transitions-state", "transitions-long-run", "transitions-observed", "transitions-visits"]
            .map(|key| text.tr(key).to_owned())
            .to_vec();
    let chain = chain.clone();
    Table::new(columns, chain.len(), move |row, column| {
        let state = chain.by_mass[row];
        match column {
            0 => chain.labels[state].clone(),
            1 => format!("{:.4}", chain.mass(state)),
            2 => format!("{:.4}", chain.observed_share(state)),
            _ => chain.result.matrix.visits[state].to_string(),
        }
    })
}
