//! What kind of chain it is, in sentences.

use egui::Ui;

use super::chain::Chain;
use crate::analysis::transitions::{OrderTest, StateId, StationaryKind};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets;
use crate::workbench::Severity;

/// Share of sparse cells above which a chi-square p-value is rough (Cochran's rule).
const SPARSE: f64 = 0.2;

/// The card of notes.
pub fn notes_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, chain: &Chain) {
    let (text, theme) = (cx.text, cx.theme);
    widgets::section(ui, theme, text.tr("transitions-notes"), |ui| {
        ui.spacing_mut().item_spacing.y = SPACE_S;
        for sentence in sentences(text, chain) {
            ui.add(egui::Label::new(theme.body(sentence)).wrap());
        }
        let test = chain.result.order_test.as_ref();
        match test {
            Some(test) => {
                ui.add(egui::Label::new(theme.body(order_sentence(text, test))).wrap());
                if test.sparse_cells > SPARSE {
                    let share = text.percent(test.sparse_cells, 0).into();
                    widgets::callout(
                        ui,
                        theme,
                        Severity::Warning,
                        &text.tr_with("transitions-sparse", &[("share", share)]),
                    );
                }
            }
            None => {
                ui.label(theme.weak(text.tr("transitions-no-order-test")));
            }
        }
    });
}

fn sentences(text: &Text, chain: &Chain) -> Vec<String> {
    let (matrix, limit) = (&chain.result.matrix, &chain.result.stationary);
    let counted: f64 = chain.left_counts.iter().sum();
    let mut sentences = vec![
        text.tr_with(
            "transitions-note-size",
            &[
                ("states", chain.len().into()),
                ("steps", counted.into()),
                ("chains", matrix.n_chains.into()),
            ],
        ),
        text.tr(kind_key(limit.kind)).to_owned(),
    ];
    if limit.period > 1 {
        sentences.push(text.tr_with("transitions-note-period", &[("period", limit.period.into())]));
    }
    if limit.closed_classes > 1 {
        sentences.push(
            text.tr_with("transitions-note-classes", &[("classes", limit.closed_classes.into())]),
        );
    }
    if limit.transient_states > 0 {
        sentences.push(
            text.tr_with(
                "transitions-note-transient",
                &[("states", limit.transient_states.into())],
            ),
        );
    }
    // That nothing follows an exit goes without saying.
    let dead_ends = matrix.absorbing.iter().filter(|&&state| matrix.ids[state] != StateId::Exit);
    let dead_ends = dead_ends.count();
    if dead_ends > 0 {
        sentences.push(text.tr_with("transitions-note-absorbing", &[("states", dead_ends.into())]));
    }
    let bits = text.number(chain.entropy_bits, 2);
    sentences.push(text.tr_with("transitions-note-entropy", &[("bits", bits.into())]));
    sentences
}

const fn kind_key(kind: StationaryKind) -> &'static str {
    match kind {
        StationaryKind::Unique => "transitions-note-unique",
        StationaryKind::PeriodicAverage => "transitions-note-periodic",
        StationaryKind::FromObservedStart => "transitions-note-from-start",
        StationaryKind::Restarted => "transitions-note-restarted",
    }
}

fn order_sentence(text: &Text, test: &OrderTest) -> String {
    let key = if test.p_value < 0.05 { "transitions-order-yes" } else { "transitions-order-no" };
    text.tr_with(
        key,
        &[
            ("v", text.number(test.cramers_v, 2).into()),
            ("chi", text.number(test.chi_square, 0).into()),
            ("df", test.degrees_of_freedom.into()),
            ("p", p_value(text, test.p_value).into()),
        ],
    )
}

fn p_value(text: &Text, p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {}", text.number(p, 3)) }
}
