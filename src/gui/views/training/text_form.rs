//! What to learn from a file of texts.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{ComboBox, TextEdit, Ui};

use super::common_form::{CommonForm, Lack};
use super::model_settings::{
    DECAYS, TYPICAL_TOKENS, choice, grid, limit, number, own_share, precision, switch, trainable_ui,
};
use super::rate::RatePanel;
use super::sequence_settings::patience;
use super::text_source::{file_ui, presets_ui, split_ui};
use crate::dataset::load::ColumnLook;
use crate::eval::text::TextTask;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::gui::widgets::{section, segmented};
use crate::model::bert::config::Trainable;
use crate::model::bert::pretrained::Pooling;
use crate::model::bert::tasks::{
    Adversarial, ChooseBy, ClassLoss, ClassWeights, TargetColumn, TextSource, TextSplit,
    TextTaskConfig,
};
use crate::runs::{TEXT_TASK, TextTraining, Work};
use crate::workbench::TextFile;

/// The field that a file dialog answers.
const FILE: &str = "texts";
/// What usually stands between several labels.
const BAR: &str = "|";
/// Word vectors are pushed this way by the robust preset.
const ROBUST: Adversarial = Adversarial::Fgm;

/// A recipe to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preset {
    Quick,
    Thorough,
    Robust,
    FewTexts,
}

impl Preset {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Quick, "text-preset-quick"),
        (Self::Thorough, "text-preset-thorough"),
        (Self::Robust, "text-preset-robust"),
        (Self::FewTexts, "text-preset-few"),
    ];

    fn config(self) -> TextTaskConfig {
        let thorough = TextTaskConfig::default();
        match self {
            Self::Quick => TextTaskConfig {
                trainable: Trainable::TopLayers(2),
                epochs: 2,
                max_tokens: 96,
                encoder_learning_rate: 2e-4,
                ..thorough
            },
            Self::Thorough => thorough,
            Self::Robust => TextTaskConfig { adversarial: ROBUST, ..thorough },
            Self::FewTexts => TextTaskConfig {
                epochs: 20,
                batch_size: 16,
                max_tokens: 64,
                encoder_learning_rate: 2e-4,
                head_learning_rate: 2e-3,
                ..thorough
            },
        }
    }
}

/// What was filled in so far.
pub(super) struct TextForm {
    path: String,
    /// The file that the columns below were proposed for.
    proposed_for: Option<PathBuf>,
    texts: Vec<String>,
    second: Option<String>,
    target: Option<String>,
    is_rating: bool,
    /// What stands between several labels in a cell; empty where each cell is one label.
    separator: String,
    preset: Preset,
    config: TextTaskConfig,
    per_class: Option<usize>,
    robustness: bool,
    split: String,
}

impl Default for TextForm {
    fn default() -> Self {
        Self {
            path: String::new(),
            proposed_for: None,
            texts: Vec::new(),
            second: None,
            target: None,
            is_rating: false,
            separator: String::new(),
            preset: Preset::Quick,
            config: Preset::Quick.config(),
            per_class: None,
            robustness: false,
            split: "hash:80/10/10".to_owned(),
        }
    }
}

impl TextForm {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        common: &mut CommonForm,
        rate: &mut RatePanel,
    ) {
        section(ui, cx.theme, cx.tr("text-form"), |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_S;
            ui.add(egui::Label::new(cx.theme.small(cx.tr("text-form-hint"))).wrap());
            file_ui(ui, cx, FILE, &mut self.path);
            let file = cx.state.text_columns.value().cloned();
            let mut swept = None;
            if let Some(file) = file {
                self.adopt(&file);
                self.columns_ui(ui, cx, &file);
                let work = self.training().map(|training| Work::Texts(Box::new(training)));
                swept = work.as_ref().ok().cloned();
                common.start_ui(ui, cx, work, "text-lacks-columns");
            }
            ui.separator();
            self.recipe_ui(ui, cx);
            if let Some(sweep) = common.rate_ui(ui, cx, rate, (TEXT_TASK, swept)) {
                self.config.encoder_learning_rate = sweep.encoder_rate;
                self.config.head_learning_rate = sweep.head_rate;
            }
            ui.separator();
            common.ui(ui, cx, true);
        });
    }

    /// Another file brings its own columns.
    fn adopt(&mut self, file: &Arc<TextFile>) {
        if self.proposed_for.as_ref() == Some(&file.path) {
            return;
        }
        self.proposed_for = Some(file.path.clone());
        self.path = file.path.display().to_string();
        self.texts.clone_from(&file.columns.texts);
        self.target.clone_from(&file.columns.target);
        self.second = None;
        self.is_rating = false;
        let target =
            file.columns.columns.iter().find(|look| Some(&look.name) == self.target.as_ref());
        let has_several =
            target.is_some_and(|look| look.examples.iter().any(|cell| cell.contains(BAR)));
        self.separator = if has_several { BAR.to_owned() } else { String::new() };
    }

    fn columns_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, file: &TextFile) {
        let columns = &file.columns.columns;
        ui.label(cx.theme.small(cx.tr("text-columns")));
        for look in columns.iter().filter(|look| !look.is_numeric) {
            let mut is_text = self.texts.contains(&look.name);
            let words = cx.tr_with(
                "text-column-words",
                &[
                    ("column", look.name.as_str().into()),
                    ("words", cx.text.number(look.words, 1).into()),
                ],
            );
            if ui.checkbox(&mut is_text, words).on_hover_text(examples(look)).changed() {
                self.texts.retain(|name| *name != look.name);
                if is_text {
                    self.texts.push(look.name.clone());
                    // In the order of the file, whatever was ticked first.
                    self.texts.sort_by_key(|name| columns.iter().position(|c| c.name == *name));
                }
            }
        }
        let label = cx.tr("text-second");
        let none = cx.tr("text-second-none");
        field(ui, cx.theme, label, |ui| {
            let combo = ComboBox::from_id_salt("second")
                .width(ui.available_width())
                .selected_text(self.second.as_deref().unwrap_or(none))
                .show_ui(ui, |ui| {
                    ui.selectable_value(&mut self.second, None, none);
                    for look in columns.iter().filter(|look| !look.is_numeric) {
                        let column = Some(look.name.clone());
                        ui.selectable_value(&mut self.second, column, &look.name);
                    }
                });
            combo.response.accessible_name(label);
        });
        self.target_ui(ui, cx, columns);
    }

    fn target_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, columns: &[ColumnLook]) {
        let label = cx.tr("text-target");
        field(ui, cx.theme, label, |ui| {
            let combo = ComboBox::from_id_salt("target")
                .width(ui.available_width())
                .selected_text(self.target.as_deref().unwrap_or(cx.tr("text-target-none")))
                .show_ui(ui, |ui| {
                    for look in columns.iter().filter(|look| look.distinct > 1) {
                        let words = cx.tr_with(
                            "text-column-values",
                            &[
                                ("column", look.name.as_str().into()),
                                ("values", look.distinct.into()),
                            ],
                        );
                        ui.selectable_value(&mut self.target, Some(look.name.clone()), words);
                    }
                });
            combo.response.accessible_name(label);
        });
        let chosen = columns.iter().find(|look| Some(&look.name) == self.target.as_ref());
        if chosen.is_some_and(|look| look.is_numeric) {
            let choices = [(false, cx.tr("text-as-labels")), (true, cx.tr("text-as-rating"))];
            segmented(ui, cx.theme, label, &mut self.is_rating, &choices);
        } else {
            self.is_rating = false;
        }
        if !self.is_rating {
            let label = cx.tr("text-separator");
            field(ui, cx.theme, label, |ui| {
                let edit = TextEdit::singleline(&mut self.separator)
                    .hint_text(cx.tr("text-separator-none").to_owned())
                    .desired_width(ui.available_width());
                ui.add(edit).accessible_name(label).on_hover_text(cx.tr("text-separator-hint"));
            });
        }
    }

    /// The training as filled in.
    fn training(&self) -> Result<TextTraining, Lack> {
        let target = self.target.clone().ok_or(Lack::Columns)?;
        let file = self.proposed_for.clone().ok_or(Lack::Columns)?;
        if self.texts.is_empty() || self.texts.contains(&target) {
            return Err(Lack::Columns);
        }
        self.config.check().map_err(Lack::Setting)?;
        let split: TextSplit = self.split.parse().map_err(Lack::Setting)?;
        let part = match &split {
            TextSplit::Column(name) => Some(name.clone()),
            _ => None,
        };
        let target = match self.separator.as_str() {
            _ if self.is_rating => TargetColumn::Rating(target),
            "" => TargetColumn::Label(target),
            separator => TargetColumn::Labels { column: target, separator: separator.to_owned() },
        };
        Ok(TextTraining {
            source: TextSource {
                files: vec![file],
                text: self.texts.clone(),
                second: self.second.clone(),
                target,
                part,
            },
            task: TextTask {
                config: self.config.clone(),
                split,
                per_class: self.per_class,
                robustness: self.robustness,
            },
        })
    }

    fn recipe_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if presets_ui(ui, cx, &mut self.preset, &Preset::ALL) {
            self.config = self.preset.config();
            self.per_class = (self.preset == Preset::FewTexts).then_some(5);
            self.robustness = self.preset == Preset::Robust;
        }
        grid(ui, "text-task", |ui| {
            number(ui, cx, "setting-epochs", &mut self.config.epochs, 1..=1_000, 0.1);
            number(ui, cx, "setting-batch-size", &mut self.config.batch_size, 1..=1_024, 0.5);
            number(ui, cx, "setting-text-tokens", &mut self.config.max_tokens, 8..=512, 1.0);
            limit(ui, cx, "setting-per-class", &mut self.per_class, 5);
        });
        let config = &mut self.config;
        trainable_ui(ui, cx, &mut config.trainable, &mut config.encoder_learning_rate);
        ui.checkbox(&mut self.robustness, cx.tr("text-robustness"))
            .on_hover_text(cx.tr("text-robustness-hint"));
        egui::CollapsingHeader::new(cx.tr("setting-more"))
            .id_salt("text-more")
            .show_unindented(ui, |ui| self.more_ui(ui, cx));
    }

    fn more_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        super::base_model::ui(ui, cx, &mut self.config.base_model);
        split_ui(ui, cx, &mut self.split);
        let config = &mut self.config;
        let adversarial = [
            (Adversarial::None, "adversarial-none"),
            (Adversarial::Fgm, "adversarial-fgm"),
            (Adversarial::Pgd, "adversarial-pgd"),
            (Adversarial::FreeLb, "adversarial-freelb"),
        ];
        choice(ui, cx, "setting-adversarial", &mut config.adversarial, &adversarial);
        let poolings = [(Pooling::Mean, "pooling-mean"), (Pooling::First, "pooling-first")];
        choice(ui, cx, "setting-pooling", &mut config.pooling, &poolings);
        let losses =
            [(ClassLoss::CrossEntropy, "loss-cross-entropy"), (ClassLoss::Binary, "loss-binary")];
        choice(ui, cx, "setting-class-loss", &mut config.class_loss, &losses);
        let weights =
            [(ClassWeights::None, "weights-none"), (ClassWeights::Balanced, "weights-balanced")];
        choice(ui, cx, "setting-class-weights", &mut config.class_weights, &weights);
        choice(ui, cx, "setting-rate-decay", &mut config.decay, &DECAYS);
        let choosers = [
            (ChooseBy::Auto, "choose-auto"),
            (ChooseBy::Loss, "choose-loss"),
            (ChooseBy::MacroF1, "choose-f1"),
        ];
        choice(ui, cx, "setting-choose-by", &mut config.choose_by, &choosers);
        grid(ui, "text-task-more", |ui| numbers_ui(ui, cx, config));
    }
}

fn numbers_ui(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut TextTaskConfig) {
    number(ui, cx, "setting-encoder-rate", &mut config.encoder_learning_rate, 1e-7..=1.0, 1e-6);
    number(ui, cx, "setting-head-rate", &mut config.head_learning_rate, 1e-6..=1.0, 1e-5);
    number(ui, cx, "setting-layer-decay", &mut config.layer_decay, 0.01..=1.0, 0.01);
    number(ui, cx, "setting-warmup", &mut config.warmup_share, 0.0..=0.99, 0.01);
    number(ui, cx, "setting-weight-decay", &mut config.weight_decay, 0.0..=1.0, 0.001);
    number(ui, cx, "setting-clip", &mut config.clip_norm, 0.01..=1_000.0, 0.01);
    number(ui, cx, "setting-head-dropout", &mut config.head_dropout, 0.0..=0.9, 0.01);
    own_share(ui, cx, "setting-own-dropout", &mut config.dropout, 0.1);
    number(ui, cx, "setting-token-drop", &mut config.token_drop, 0.0..=0.9, 0.01);
    number(ui, cx, "setting-synonym-swap", &mut config.synonym_swap, 0.0..=0.9, 0.01);
    number(ui, cx, "setting-span-crop", &mut config.span_crop, 0.1..=1.0, 0.01);
    if config.adversarial != Adversarial::None {
        number(ui, cx, "setting-push", &mut config.adversarial_radius, 0.01..=100.0, 0.01);
    }
    if matches!(config.adversarial, Adversarial::Pgd | Adversarial::FreeLb) {
        number(ui, cx, "setting-push-step", &mut config.adversarial_step_size, 0.01..=100.0, 0.01);
        number(ui, cx, "setting-push-steps", &mut config.adversarial_steps, 1..=20, 0.1);
    }
    if config.adversarial == Adversarial::FreeLb {
        number(ui, cx, "setting-push-start", &mut config.adversarial_start, 0.0..=100.0, 0.01);
    }
    patience(ui, cx, &mut config.patience);
    limit(ui, cx, "setting-micro-batch", &mut config.micro_batch_tokens, TYPICAL_TOKENS);
    switch(ui, cx, "setting-recompute", &mut config.gradient_checkpointing);
    precision(ui, cx, &mut config.precision);
    number(ui, cx, "setting-checkpoint-secs", &mut config.checkpoint_secs, 1..=3_600, 1.0);
}

fn examples(look: &ColumnLook) -> String {
    look.examples.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_worked_with_and_the_form_says_what_it_lacks() {
        for (preset, _) in Preset::ALL {
            assert_eq!(preset.config().check(), Ok(()), "{preset:?}");
        }
        let mut form = TextForm::default();
        assert!(matches!(form.training(), Err(Lack::Columns)));
        form.proposed_for = Some("t.csv".into());
        form.texts = vec!["body".to_owned()];
        form.target = Some("body".to_owned());
        assert!(matches!(form.training(), Err(Lack::Columns)), "a text does not tell itself");
        form.target = Some("stars".to_owned());
        form.is_rating = true;
        let training = form.training().unwrap_or_else(|_| panic!("it is complete"));
        assert_eq!(training.source.target, TargetColumn::Rating("stars".to_owned()));
        form.split = "nonsense".to_owned();
        assert!(matches!(form.training(), Err(Lack::Setting(_))));
    }
}
