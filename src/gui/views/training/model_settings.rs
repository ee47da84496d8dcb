//! The settings of each model as a form.

use egui::{ComboBox, DragValue, Ui, emath::Numeric};

use super::{base_model, history_settings, knowledge_settings, sequence_settings};
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::model::ModelConfig;
use crate::model::bert::config::{BertConfig, Decay, ProductVectors, Trainable};
use crate::model::bert::memory::{Load, count_weights, estimate};
use crate::model::bert::precision::Precision;
use crate::model::bert::pretrained::builtin_config;
use crate::model::bert::sequence::config::Objective;
use crate::model::item_knn::ItemKnnConfig;
use crate::model::markov::MarkovConfig;

/// The settings of one model, to change.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, config: &mut ModelConfig) {
    match config {
        ModelConfig::Popularity => drop(ui.label(cx.theme.weak(cx.tr("setting-none")))),
        ModelConfig::Markov(config) => markov_ui(ui, cx, config),
        ModelConfig::ItemKnn(config) => item_knn_ui(ui, cx, config),
        ModelConfig::Bert(config) => bert_ui(ui, cx, config),
        ModelConfig::Sasrec(config) => sequence_settings::show(ui, cx, config, Objective::Next),
        ModelConfig::Bert4rec(config) => {
            sequence_settings::show(ui, cx, config, Objective::Masked);
        }
    }
}

/// What is wrong with the settings, if anything.
pub(super) fn problem(config: &ModelConfig) -> Option<String> {
    match config {
        ModelConfig::Bert(config) => config.check().err(),
        ModelConfig::Sasrec(config) | ModelConfig::Bert4rec(config) => config.check().err(),
        _ => None,
    }
}

/// Tokens of one pass on a CPU where nobody has said otherwise.
pub(super) const TYPICAL_TOKENS: usize = 1_024;

pub(super) fn grid<R>(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui) -> R) {
    egui::Grid::new(id).num_columns(2).min_col_width(140.0).spacing([12.0, 6.0]).show(ui, add);
}

/// One setting: its name with an explanation on hover, and a number to drag or type.
pub(super) fn number<N: Numeric>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    speed: f64,
) {
    let name = cx.text.tr(key);
    let hint_key = format!("{key}-hint");
    let hint = cx.text.tr(&hint_key);
    ui.add(egui::Label::new(cx.theme.body(name)).truncate()).on_hover_text(hint);
    let decimals = if N::INTEGRAL { 0 } else { 6 };
    let drag = DragValue::new(value).range(range).speed(speed).max_decimals(decimals);
    ui.add_sized([110.0, 26.0], drag).accessible_name(name).on_hover_text(hint);
    ui.end_row();
}

/// A limit that may be absent.
pub(super) fn limit(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    value: &mut Option<usize>,
    preset: usize,
) {
    optional(ui, cx, key, (value, preset), (1..=10_000_000, 50.0), "setting-all");
}

/// A share that is the encoder's own where it is not set.
pub(super) fn own_share(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    value: &mut Option<f64>,
    preset: f64,
) {
    optional(ui, cx, key, (value, preset), (0.0..=0.9, 0.01), "setting-own");
}

/// A number that may be absent, which `absent` is the key of; `preset` is what it is when it is switched on.
fn optional<N: Numeric>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    (value, preset): (&mut Option<N>, N),
    (range, speed): (std::ops::RangeInclusive<N>, f64),
    absent: &'static str,
) {
    let name = cx.text.tr(key);
    let hint_key = format!("{key}-hint");
    ui.add(egui::Label::new(cx.theme.body(name)).truncate()).on_hover_text(cx.text.tr(&hint_key));
    ui.horizontal(|ui| {
        let mut is_set = value.is_some();
        if ui.checkbox(&mut is_set, "").accessible_name(name).changed() {
            *value = is_set.then_some(preset);
        }
        match value {
            Some(value) => drop(
                ui.add_sized([66.0, 26.0], DragValue::new(value).range(range).speed(speed))
                    .accessible_name(name),
            ),
            None => drop(ui.label(cx.theme.weak(cx.tr(absent)))),
        }
    });
    ui.end_row();
}

/// A setting that is on or off.
pub(super) fn switch(ui: &mut Ui, cx: &ViewContext<'_>, key: &str, value: &mut bool) {
    let name = cx.text.tr(key);
    let hint_key = format!("{key}-hint");
    let hint = cx.text.tr(&hint_key);
    ui.add(egui::Label::new(cx.theme.body(name)).truncate()).on_hover_text(hint);
    ui.checkbox(value, "").accessible_name(name).on_hover_text(hint);
    ui.end_row();
}

/// How exactly layers multiply while they learn. It can be switched off wherever it was switched on.
pub(super) fn precision(ui: &mut Ui, cx: &ViewContext<'_>, precision: &mut Precision) {
    let mut is_mixed = *precision == Precision::Mixed;
    let has_it = cx.state.devices.iter().any(|device| device.usable && device.mixed);
    let name = cx.tr("setting-mixed");
    let hint = cx.tr(if has_it { "setting-mixed-hint" } else { "setting-mixed-missing" });
    ui.add(egui::Label::new(cx.theme.body(name)).truncate()).on_hover_text(hint);
    ui.add_enabled_ui(has_it || is_mixed, |ui| {
        ui.checkbox(&mut is_mixed, "").accessible_name(name).on_hover_text(hint);
    });
    *precision = if is_mixed { Precision::Mixed } else { Precision::Full };
    ui.end_row();
}

/// One of a few named choices, with an explanation on hover where there is one.
pub(super) fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &'static str,
    value: &mut T,
    choices: &[(T, &'static str)],
) {
    let (label, hint) = (cx.text.tr(key), format!("{key}-hint"));
    let chosen = choices.iter().find(|(choice, _)| choice == value);
    let response = field(ui, cx.theme, label, |ui| {
        let combo = ComboBox::from_id_salt(key)
            .width(ui.available_width())
            .selected_text(chosen.map_or("", |(_, key)| cx.text.tr(key)))
            .show_ui(ui, |ui| {
                for (choice, key) in choices {
                    ui.selectable_value(value, *choice, cx.text.tr(key));
                }
            });
        combo.response.accessible_name(label)
    });
    if cx.text.has(&hint) {
        response.on_hover_text(cx.text.tr(&hint));
    }
}

fn markov_ui(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut MarkovConfig) {
    grid(ui, "markov", |ui| {
        number(ui, cx, "setting-markov-window", &mut config.window, 1..=1_000, 0.2);
        number(ui, cx, "setting-decay", &mut config.decay, 0.0..=1.0, 0.01);
        number(ui, cx, "setting-smoothing", &mut config.smoothing, 0.0..=1_000.0, 0.05);
    });
}

fn item_knn_ui(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut ItemKnnConfig) {
    grid(ui, "item-knn", |ui| {
        number(ui, cx, "setting-neighbours", &mut config.neighbours, 1..=10_000, 1.0);
        number(ui, cx, "setting-shrinkage", &mut config.shrinkage, 0.0..=10_000.0, 0.1);
        number(ui, cx, "setting-decay", &mut config.decay, 0.0..=1.0, 0.01);
    });
}

fn bert_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, config: &mut BertConfig) {
    grid(ui, "bert", |ui| {
        number(ui, cx, "setting-epochs", &mut config.epochs, 0..=1_000, 0.1);
        number(ui, cx, "setting-batch-size", &mut config.batch_size, 1..=1_024, 0.5);
        number(ui, cx, "setting-history-items", &mut config.history_items, 1..=64, 0.1);
        limit(ui, cx, "setting-max-examples", &mut config.max_examples, 4_000);
    });
    trainable_ui(ui, cx, &mut config.trainable, &mut config.encoder_learning_rate);
    counts_ui(ui, cx, config);
    let vectors = [
        (ProductVectors::Learned, "product-vectors-learned"),
        (ProductVectors::Text, "product-vectors-text"),
    ];
    choice(ui, cx, "setting-product-vectors", &mut config.product_vectors, &vectors);
    knowledge_settings::ui(ui, cx, &mut config.knowledge);
    egui::CollapsingHeader::new(cx.tr("setting-more")).id_salt("bert-more").show_unindented(
        ui,
        |ui| {
            base_model::ui(ui, cx, &mut config.base_model);
            knowledge_settings::product_text(ui, cx, &mut config.knowledge);
            sequence_settings::loss(ui, cx, &mut config.loss, &mut config.negatives);
            grid(ui, "bert-more", |ui| bert_more_ui(ui, cx, config));
        },
    );
}

fn bert_more_ui(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut BertConfig) {
    number(ui, cx, "setting-encoder-rate", &mut config.encoder_learning_rate, 1e-7..=1.0, 1e-6);
    number(ui, cx, "setting-head-rate", &mut config.head_learning_rate, 1e-6..=1.0, 1e-5);
    number(ui, cx, "setting-layer-decay", &mut config.layer_decay, 0.01..=1.0, 0.01);
    number(ui, cx, "setting-warmup", &mut config.warmup_share, 0.0..=0.99, 0.01);
    decay_ui(ui, cx, &mut config.decay);
    number(ui, cx, "setting-weight-decay", &mut config.weight_decay, 0.0..=1.0, 0.001);
    number(ui, cx, "setting-clip", &mut config.clip_norm, 0.01..=1_000.0, 0.01);
    number(ui, cx, "setting-warm-start", &mut config.warm_start_epochs, 0..=100, 0.1);
    number(ui, cx, "setting-recency", &mut config.recency_decay, 0.01..=1.0, 0.01);
    number(ui, cx, "setting-logit-scale", &mut config.logit_scale, 0.1..=1_000.0, 0.1);
    number(ui, cx, "setting-max-tokens", &mut config.max_tokens, 8..=512, 1.0);
    number(ui, cx, "setting-title-tokens", &mut config.title_tokens, 1..=128, 0.2);
    limit(ui, cx, "setting-examples-per-user", &mut config.max_examples_per_user, 20);
    let changes = [
        ("setting-item-crop", &mut config.item_crop, &mut config.item_crop_share),
        ("setting-item-mask", &mut config.item_mask, &mut config.item_mask_share),
        ("setting-item-reorder", &mut config.item_reorder, &mut config.item_reorder_share),
    ];
    history_settings::ways(ui, cx, changes);
    switch(ui, cx, "setting-new-products", &mut config.new_products_only);
    let are_texts = config.product_vectors == ProductVectors::Text;
    if are_texts {
        switch(ui, cx, "setting-learn-texts", &mut config.learn_from_texts);
    }
    // Batches with products as texts go through at once; a limit that was set before can be taken away.
    if !are_texts || config.micro_batch_tokens.is_some() {
        limit(ui, cx, "setting-micro-batch", &mut config.micro_batch_tokens, TYPICAL_TOKENS);
    }
    limit(ui, cx, "setting-validation-cases", &mut config.max_validation_cases, 1_000);
    own_share(ui, cx, "setting-own-dropout", &mut config.dropout, 0.1);
    switch(ui, cx, "setting-recompute", &mut config.gradient_checkpointing);
    precision(ui, cx, &mut config.precision);
    number(ui, cx, "setting-checkpoint-secs", &mut config.checkpoint_secs, 1..=3_600, 1.0);
}

/// How the learning rate falls after the warm-up, each with the key of its name.
pub(super) const DECAYS: [(Decay, &str); 3] = [
    (Decay::Linear, "decay-linear"),
    (Decay::Cosine, "decay-cosine"),
    (Decay::Constant, "decay-constant"),
];

/// One of [`DECAYS`], in a grid.
pub(super) fn decay_ui(ui: &mut Ui, cx: &ViewContext<'_>, decay: &mut Decay) {
    let chosen = DECAYS.iter().find(|(known, _)| known == decay);
    let name = cx.tr("setting-rate-decay");
    let hint = cx.tr("setting-rate-decay-hint");
    ui.add(egui::Label::new(cx.theme.body(name)).truncate()).on_hover_text(hint);
    ComboBox::from_id_salt("rate-decay")
        .width(110.0)
        .selected_text(chosen.map_or("", |(_, key)| cx.tr(key)))
        .show_ui(ui, |ui| {
            for (choice, key) in DECAYS {
                ui.selectable_value(decay, choice, cx.tr(key));
            }
        })
        .response
        .accessible_name(name);
    ui.end_row();
}

/// What can learn, each with the key of its name; `current` keeps its size.
fn trainable_choices(current: Trainable) -> [(Trainable, &'static str); 9] {
    use Trainable::{AdaLora, Houlsby, LowRank, Pfeiffer, Prompt, TopLayers};
    let mut choices = [
        (TopLayers(0), "trainable-head"),
        (TopLayers(2), "trainable-top"),
        (LowRank(8), "trainable-lora"),
        (AdaLora(8), "trainable-adalora"),
        (Houlsby(32), "trainable-houlsby"),
        (Pfeiffer(32), "trainable-pfeiffer"),
        (Trainable::Biases, "trainable-biases"),
        (Prompt(20), "trainable-prompt"),
        (Trainable::Full, "trainable-full"),
    ];
    let key = trainable_key(current);
    for (choice, _) in choices.iter_mut().filter(|(_, known)| *known == key) {
        *choice = current;
    }
    choices
}

const fn trainable_key(trainable: Trainable) -> &'static str {
    match trainable {
        Trainable::TopLayers(0) => "trainable-head",
        Trainable::TopLayers(_) => "trainable-top",
        Trainable::LowRank(_) => "trainable-lora",
        Trainable::AdaLora(_) => "trainable-adalora",
        Trainable::Houlsby(_) => "trainable-houlsby",
        Trainable::Pfeiffer(_) => "trainable-pfeiffer",
        Trainable::Biases => "trainable-biases",
        Trainable::Prompt(_) => "trainable-prompt",
        Trainable::Full => "trainable-full",
    }
}

/// What of the encoder learns. Another choice brings the learning rate that is usual for it.
pub(super) fn trainable_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    trainable: &mut Trainable,
    rate: &mut f64,
) {
    let before = trainable_key(*trainable);
    let label = ui
        .label(cx.theme.small(cx.tr("setting-trainable")))
        .on_hover_text(cx.tr("setting-trainable-hint"));
    ComboBox::from_id_salt("trainable")
        .width(ui.available_width())
        .selected_text(cx.tr(trainable_key(*trainable)))
        .show_ui(ui, |ui| {
            for (choice, key) in trainable_choices(*trainable) {
                ui.selectable_value(trainable, choice, cx.tr(key))
                    .on_hover_text(cx.text.tr(&format!("{key}-hint")));
            }
        })
        .response
        .labelled_by(label.id);
    let key = trainable_key(*trainable);
    if key != before {
        *rate = trainable.usual_rate();
    }
    let hint = cx.text.tr(&format!("{key}-hint")).to_owned();
    let usual = format!("{:e}", trainable.usual_rate());
    let usual = cx.tr_with("trainable-usual-rate", &[("rate", usual.into())]);
    let hint = if *trainable == Trainable::TopLayers(0) { hint } else { format!("{hint} {usual}") };
    ui.add(egui::Label::new(cx.theme.small(hint)).wrap());
    grid(ui, "trainable-size", |ui| {
        let (key, size, most) = match trainable {
            Trainable::TopLayers(layers) if *layers > 0 => ("setting-layers", layers, 48),
            Trainable::LowRank(rank) => ("setting-rank", rank, 256),
            Trainable::AdaLora(rank) => ("setting-mean-rank", rank, 256),
            Trainable::Houlsby(width) | Trainable::Pfeiffer(width) => {
                ("setting-width", width, 1_024)
            }
            Trainable::Prompt(vectors) => ("setting-vectors", vectors, 256),
            _ => return,
        };
        number(ui, cx, key, size, 1..=most, 0.05);
    });
}

/// How much learns and what memory that takes, where the encoder's sizes are at hand.
fn counts_ui(ui: &mut Ui, cx: &ViewContext<'_>, config: &BertConfig) {
    if config.base_model.is_some() {
        return;
    }
    let encoder = builtin_config();
    let count = count_weights(encoder, config.trainable);
    let micro_tokens = match config.product_vectors {
        ProductVectors::Learned => {
            let of_a_batch = config.batch_size * config.max_tokens;
            config.micro_batch_tokens.unwrap_or(TYPICAL_TOKENS).min(of_a_batch)
        }
        ProductVectors::Text => {
            let products = cx.state.shop.value().map_or(0, |shop| shop.dataset.n_items());
            config.tower_tokens(products, config.max_tokens)
        }
    };
    let needed = estimate(&Load {
        encoder,
        trainable: config.trainable,
        head_weights: 0,
        outputs: 0,
        micro_tokens,
        in_parts: true,
        longest: config.max_tokens,
        recomputes: config.gradient_checkpointing,
        is_gpu: false,
        choices: &[],
    });
    let text = cx.tr_with(
        "trainable-count",
        &[
            ("learning", cx.text.count(count.learning).into()),
            ("all", cx.text.count(count.all).into()),
            ("memory", cx.text.number(needed.total_bytes() as f64 / 1e9, 2).into()),
        ],
    );
    let label = egui::Label::new(cx.theme.small(&text)).wrap();
    ui.add(label).on_hover_text(cx.tr("trainable-count-hint"));
}
