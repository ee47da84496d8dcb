//! The settings of the transformers over product vectors, and of the loss that they share with BERT.

use egui::Ui;

use super::history_settings::{negatives, ways};
use super::model_settings::{choice, decay_ui, grid, limit, number, precision, switch};
use super::{base_model, knowledge_settings};
use crate::gui::view::ViewContext;
use crate::model::bert::negatives::Negatives;
use crate::model::bert::pretrained::builtin_config;
use crate::model::bert::sequence::config::{LONGEST, Objective, SequenceConfig};
use crate::model::bert::sequence::memory::{Catalogue, estimate, reading_bytes, weights};
use crate::model::bert::softmax::{AUTO_SAMPLE, SoftmaxOver};

/// The settings of one of them, to change.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    config: &mut SequenceConfig,
    objective: Objective,
) {
    grid(ui, "sequence", |ui| {
        number(ui, cx, "setting-epochs", &mut config.epochs, 1..=10_000, 0.2);
        patience(ui, cx, &mut config.patience);
        number(ui, cx, "setting-sequence-batch", &mut config.batch_size, 1..=8_192, 1.0);
        number(ui, cx, "setting-max-items", &mut config.max_items, 2..=LONGEST, 0.5);
        number(ui, cx, "setting-hidden-size", &mut config.hidden_size, 4..=1_024, 4.0);
        switch(ui, cx, "setting-use-text", &mut config.use_text);
    });
    counts_ui(ui, cx, config);
    knowledge_settings::ui(ui, cx, &mut config.knowledge);
    egui::CollapsingHeader::new(cx.tr("setting-more")).id_salt("sequence-more").show_unindented(
        ui,
        |ui| {
            if config.use_text {
                base_model::ui(ui, cx, &mut config.base_model);
                knowledge_settings::product_text(ui, cx, &mut config.knowledge);
            }
            loss(ui, cx, &mut config.loss, &mut config.negatives);
            grid(ui, "sequence-more", |ui| {
                if objective == Objective::Masked {
                    number(
                        ui,
                        cx,
                        "setting-sequence-mask",
                        &mut config.mask_share,
                        0.01..=0.95,
                        0.01,
                    );
                    number(ui, cx, "setting-last-share", &mut config.last_share, 0.0..=1.0, 0.01);
                }
                if config.use_text || config.knowledge.used.is_graph() {
                    let share = &mut config.text_only_share;
                    number(ui, cx, "setting-text-only", share, 0.0..=0.95, 0.01);
                }
                let changes = [
                    ("setting-item-crop", &mut config.item_crop, &mut config.item_crop_share),
                    ("setting-item-mask", &mut config.item_mask, &mut config.item_mask_share),
                    (
                        "setting-item-reorder",
                        &mut config.item_reorder,
                        &mut config.item_reorder_share,
                    ),
                ];
                ways(ui, cx, changes);
                more(ui, cx, config);
            });
        },
    );
}

/// How much learns at most and what memory that takes, where the sizes are at hand.
fn counts_ui(ui: &mut Ui, cx: &ViewContext<'_>, config: &SequenceConfig) {
    let Some(shop) = cx.state.shop.value() else { return };
    if config.use_text && config.base_model.is_some() || config.check().is_err() {
        return;
    }
    let n_items = shop.dataset.n_items();
    let of_texts = if config.use_text { builtin_config().hidden_size } else { 0 };
    let of_facts = if config.knowledge.used.is_graph() { config.knowledge.dim } else { 0 };
    // What the split will hold out is not known here, so all products count as met.
    let catalogue = Catalogue {
        met: n_items,
        candidates: n_items,
        told: of_texts + of_facts,
        reading_bytes: match of_texts {
            0 => 0,
            _ => reading_bytes(builtin_config(), n_items, false),
        },
    };
    let needed = estimate(config, &catalogue, false).added_bytes();
    let text = cx.tr_with(
        "sequence-count",
        &[
            ("weights", cx.text.count(weights(config, &catalogue).all).into()),
            ("products", cx.text.count(n_items * (config.hidden_size + 1)).into()),
            ("memory", cx.text.number(needed as f64 / 1e9, 2).into()),
        ],
    );
    let label = egui::Label::new(cx.theme.small(&text)).wrap();
    ui.add(label).on_hover_text(cx.tr("trainable-count-hint"));
}

fn more(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut SequenceConfig) {
    number(ui, cx, "setting-sequence-layers", &mut config.layers, 1..=24, 0.05);
    number(ui, cx, "setting-sequence-heads", &mut config.heads, 1..=32, 0.05);
    number(ui, cx, "setting-dropout", &mut config.dropout, 0.0..=0.9, 0.01);
    number(ui, cx, "setting-learning-rate", &mut config.learning_rate, 1e-6..=1.0, 1e-5);
    number(ui, cx, "setting-warmup", &mut config.warmup_share, 0.0..=0.99, 0.01);
    decay_ui(ui, cx, &mut config.decay);
    number(ui, cx, "setting-weight-decay", &mut config.weight_decay, 0.0..=1.0, 0.001);
    number(ui, cx, "setting-clip", &mut config.clip_norm, 0.01..=1_000.0, 0.01);
    switch(ui, cx, "setting-new-products", &mut config.new_products_only);
    limit(ui, cx, "setting-validation-cases", &mut config.max_validation_cases, 2_000);
    precision(ui, cx, &mut config.precision);
    number(ui, cx, "setting-checkpoint-secs", &mut config.checkpoint_secs, 1..=3_600, 1.0);
}

pub(super) fn patience(ui: &mut Ui, cx: &ViewContext<'_>, patience: &mut Option<u32>) {
    let mut wanted = patience.map(|epochs| epochs as usize);
    limit(ui, cx, "setting-patience", &mut wanted, 5);
    *patience = wanted.map(|epochs| u32::try_from(epochs).unwrap_or(u32::MAX));
}

/// Which products stand against the right one.
pub(super) fn loss(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    loss: &mut SoftmaxOver,
    drawn_by: &mut Negatives,
) {
    let drawn = if let SoftmaxOver::Sampled(drawn) = loss { *drawn } else { AUTO_SAMPLE };
    let choices = [
        (SoftmaxOver::Auto, "loss-auto"),
        (SoftmaxOver::Full, "loss-full"),
        (SoftmaxOver::Sampled(drawn), "loss-sampled"),
        (SoftmaxOver::InBatch, "loss-in-batch"),
    ];
    choice(ui, cx, "setting-loss", loss, &choices);
    if let SoftmaxOver::Sampled(drawn) = loss {
        grid(ui, "loss-size", |ui| {
            number(ui, cx, "setting-loss-sample", drawn, 1..=1_000_000, 10.0);
        });
        negatives(ui, cx, drawn_by);
    } else {
        *drawn_by = Negatives::default();
    }
}
