//! What to pre-train an encoder on, and from what.

use std::path::PathBuf;

use egui::Ui;

use super::common_form::{CommonForm, Lack};
use super::model_settings::{
    TYPICAL_TOKENS, decay_ui, grid, limit, number, own_share, precision, switch,
};
use super::rate::RatePanel;
use super::sequence_settings::patience;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, icon_button, section, segmented};
use crate::model::bert::pretrain::{CorpusSource, PretrainConfig, PretrainPlan, StartFrom};
use crate::model::bert::scratch::NewEncoder;
use crate::runs::{PRETRAINING, Work};

/// The field that a file dialog answers.
const FILES: &str = "corpus";

/// What was filled in so far.
pub(super) struct PretrainForm {
    texts: CorpusSource,
    is_new: bool,
    base: Option<PathBuf>,
    new: NewEncoder,
    config: PretrainConfig,
}

impl Default for PretrainForm {
    fn default() -> Self {
        Self {
            texts: CorpusSource { shop: true, ..CorpusSource::default() },
            is_new: false,
            base: None,
            new: NewEncoder::default(),
            config: PretrainConfig::default(),
        }
    }
}

impl PretrainForm {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        common: &mut CommonForm,
        rate: &mut RatePanel,
    ) {
        section(ui, cx.theme, cx.tr("pretrain-form"), |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_S;
            ui.add(egui::Label::new(cx.theme.small(cx.tr("pretrain-form-hint"))).wrap());
            self.texts_ui(ui, cx);
            let work = self.work();
            let swept = (PRETRAINING, work.as_ref().ok().cloned());
            common.start_ui(ui, cx, work, "pretrain-lacks-texts");
            ui.separator();
            self.encoder_ui(ui, cx);
            ui.separator();
            self.settings_ui(ui, cx);
            if let Some(sweep) = common.rate_ui(ui, cx, rate, swept) {
                self.config.learning_rate = sweep.encoder_rate;
            }
            ui.separator();
            common.ui(ui, cx, true);
        });
    }

    fn texts_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        self.texts.files.extend(cx.files.take_chosen(FILES).unwrap_or_default());
        ui.checkbox(&mut self.texts.shop, cx.tr("pretrain-shop-texts"));
        let mut removed = None;
        for (place, file) in self.texts.files.iter().enumerate() {
            ui.horizontal(|ui| {
                if icon_button(ui, cx.theme, Icon::Trash, cx.tr("pretrain-drop-file")).clicked() {
                    removed = Some(place);
                }
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
                ui.add(egui::Label::new(name.unwrap_or_default()).truncate())
                    .on_hover_text(file.display().to_string());
            });
        }
        if let Some(place) = removed {
            self.texts.files.remove(place);
        }
        if ui.button(cx.tr("pretrain-add-files")).clicked() {
            let title = cx.text.tr("pretrain-add-files");
            cx.files.choose_files(FILES, title, cx.text.tr("files-data"));
        }
    }

    fn plan(&self) -> PretrainPlan {
        let start = match (&self.base, self.is_new) {
            (_, true) => StartFrom::New(self.new.clone()),
            (Some(folder), false) => StartFrom::Folder(folder.clone()),
            (None, false) => StartFrom::BuiltIn,
        };
        PretrainPlan { texts: self.texts.clone(), start, config: self.config.clone() }
    }

    fn work(&self) -> Result<Work, Lack> {
        if self.texts.is_empty() {
            return Err(Lack::Columns);
        }
        let plan = self.plan();
        plan.check().map_err(Lack::Setting)?;
        Ok(Work::Pretraining(Box::new(plan)))
    }

    fn encoder_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let choices = [(false, cx.tr("pretrain-continue")), (true, cx.tr("pretrain-new"))];
        segmented(ui, cx.theme, cx.tr("pretrain-start"), &mut self.is_new, &choices);
        if !self.is_new {
            ui.add(egui::Label::new(cx.theme.small(cx.tr("pretrain-continue-hint"))).wrap());
            return super::base_model::ui(ui, cx, &mut self.base);
        }
        ui.add(egui::Label::new(cx.theme.small(cx.tr("pretrain-new-hint"))).wrap());
        let new = &mut self.new;
        grid(ui, "new-encoder", |ui| {
            number(ui, cx, "setting-vocabulary", &mut new.vocab_size, 200..=100_000, 100.0);
            number(ui, cx, "setting-encoder-layers", &mut new.layers, 1..=24, 0.05);
            number(ui, cx, "setting-hidden", &mut new.hidden_size, 16..=1_024, 8.0);
            number(ui, cx, "setting-heads", &mut new.heads, 1..=16, 0.05);
            number(ui, cx, "setting-positions", &mut new.max_tokens, 16..=512, 8.0);
            let mut is_cased = !new.casing.lower_case;
            switch(ui, cx, "setting-cased", &mut is_cased);
            new.casing.lower_case = !is_cased;
        });
    }

    fn settings_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let config = &mut self.config;
        grid(ui, "pretrain", |ui| {
            number(ui, cx, "setting-epochs", &mut config.epochs, 1..=1_000, 0.1);
            patience(ui, cx, &mut config.patience);
            number(ui, cx, "setting-batch-size", &mut config.batch_size, 1..=1_024, 0.5);
            number(ui, cx, "setting-text-tokens", &mut config.max_tokens, 8..=512, 1.0);
            number(ui, cx, "setting-mask-share", &mut config.mask_share, 0.01..=0.8, 0.01);
            switch(ui, cx, "setting-whole-words", &mut config.whole_words);
            switch(ui, cx, "setting-next-sentence", &mut config.next_sentence);
            limit(ui, cx, "setting-max-examples", &mut config.max_examples, 10_000);
            number(ui, cx, "setting-encoder-rate", &mut config.learning_rate, 1e-7..=1.0, 1e-6);
            number(ui, cx, "setting-warmup", &mut config.warmup_share, 0.0..=0.99, 0.01);
            decay_ui(ui, cx, &mut config.decay);
            number(ui, cx, "setting-weight-decay", &mut config.weight_decay, 0.0..=1.0, 0.001);
            number(ui, cx, "setting-held-out", &mut config.validation_share, 0.0..=0.5, 0.01);
        });
        egui::CollapsingHeader::new(cx.tr("setting-more"))
            .id_salt("pretrain-more")
            .show_unindented(ui, |ui| {
                grid(ui, "pretrain-more", |ui| more(ui, cx, config));
            });
    }
}

fn more(ui: &mut Ui, cx: &ViewContext<'_>, config: &mut PretrainConfig) {
    number(ui, cx, "setting-clip", &mut config.clip_norm, 0.01..=1_000.0, 0.01);
    own_share(ui, cx, "setting-own-dropout", &mut config.dropout, 0.1);
    limit(ui, cx, "setting-held-out-examples", &mut config.max_validation_examples, 500);
    limit(ui, cx, "setting-micro-batch", &mut config.micro_batch_tokens, TYPICAL_TOKENS);
    switch(ui, cx, "setting-recompute", &mut config.gradient_checkpointing);
    precision(ui, cx, &mut config.precision);
    number(ui, cx, "setting-checkpoint-secs", &mut config.checkpoint_secs, 1..=3_600, 1.0);
}
