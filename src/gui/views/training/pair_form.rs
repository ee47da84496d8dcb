//! What to learn searching from.

use std::path::PathBuf;

use egui::{ComboBox, Ui};

use super::common_form::{CommonForm, Lack};
use super::model_settings::{
    DECAYS, TYPICAL_TOKENS, choice, grid, limit, number, own_share, precision, switch, trainable_ui,
};
use super::rate::RatePanel;
use super::sequence_settings::patience;
use super::text_source::{file_ui, presets_ui, split_ui};
use crate::dataset::load::ColumnLook;
use crate::eval::pairs::PairTask;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::gui::widgets::section;
use crate::model::bert::config::Trainable;
use crate::model::bert::pairs::{PairConfig, PairFiles, PairSource, ShopPairs};
use crate::model::bert::tasks::TextSplit;
use crate::runs::{PairTraining, TEXT_PAIRS, Work};
use crate::workbench::TextFile;

/// The field that a file dialog answers.
const FILE: &str = "pairs";

/// A recipe to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preset {
    Quick,
    Thorough,
    Large,
}

impl Preset {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Quick, "pairs-preset-quick"),
        (Self::Thorough, "pairs-preset-thorough"),
        (Self::Large, "pairs-preset-large"),
    ];

    fn config(self) -> PairConfig {
        let thorough = PairConfig::default();
        match self {
            Self::Quick => PairConfig {
                trainable: Trainable::TopLayers(2),
                epochs: 2,
                max_tokens: 64,
                learning_rate: 2e-4,
                ..thorough
            },
            Self::Thorough => thorough,
            Self::Large => PairConfig { batch_size: 128, symmetric: true, ..thorough },
        }
    }
}

/// What was filled in so far.
pub(super) struct PairForm {
    /// What of the shop is paired; a file's columns where there is none.
    shop: Option<ShopPairs>,
    path: String,
    /// The file that the columns below are of.
    file: Option<PathBuf>,
    left: Option<String>,
    right: Option<String>,
    preset: Preset,
    config: PairConfig,
    split: String,
}

impl Default for PairForm {
    fn default() -> Self {
        Self {
            shop: Some(ShopPairs::Queries),
            path: String::new(),
            file: None,
            left: None,
            right: None,
            preset: Preset::Quick,
            config: Preset::Quick.config(),
            split: "hash:80/10/10".to_owned(),
        }
    }
}

impl PairForm {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        common: &mut CommonForm,
        rate: &mut RatePanel,
    ) {
        section(ui, cx.theme, cx.tr("pairs-form"), |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_S;
            ui.add(egui::Label::new(cx.theme.small(cx.tr("pairs-form-hint"))).wrap());
            self.source_ui(ui, cx);
            let work = self.training().map(|training| Work::Pairs(Box::new(training)));
            let swept = (TEXT_PAIRS, work.as_ref().ok().cloned());
            common.start_ui(ui, cx, work, "pairs-lacks-columns");
            ui.separator();
            self.recipe_ui(ui, cx);
            if let Some(sweep) = common.rate_ui(ui, cx, rate, swept) {
                self.config.learning_rate = sweep.encoder_rate;
            }
            ui.separator();
            common.ui(ui, cx, true);
        });
    }

    fn source_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let sources = [
            (Some(ShopPairs::Queries), "pairs-queries"),
            (Some(ShopPairs::Reviews), "pairs-reviews"),
            (Some(ShopPairs::Descriptions), "pairs-descriptions"),
            (None, "pairs-file"),
        ];
        choice(ui, cx, "pairs-source", &mut self.shop, &sources);
        if self.shop.is_some() {
            return;
        }
        file_ui(ui, cx, FILE, &mut self.path);
        if let Some(file) = cx.state.text_columns.value().cloned() {
            self.adopt(&file);
            let columns = &file.columns.columns;
            column_ui(ui, cx, "pairs-left", &mut self.left, columns);
            column_ui(ui, cx, "pairs-right", &mut self.right, columns);
        }
    }

    /// Another file brings its own columns; the two with the most words are proposed, the shorter one left.
    fn adopt(&mut self, file: &TextFile) {
        if self.file.as_ref() == Some(&file.path) {
            return;
        }
        self.file = Some(file.path.clone());
        self.path = file.path.display().to_string();
        let mut looks: Vec<&ColumnLook> =
            file.columns.columns.iter().filter(|look| !look.is_numeric).collect();
        looks.sort_by(|a, b| b.words.total_cmp(&a.words));
        let name = |at: usize| looks.get(at).map(|look| look.name.clone());
        (self.left, self.right) = (name(1), name(0));
    }

    /// The training as filled in.
    fn training(&self) -> Result<PairTraining, Lack> {
        self.config.check().map_err(Lack::Setting)?;
        let split: TextSplit = self.split.parse().map_err(Lack::Setting)?;
        let source = match self.shop {
            Some(pairs) => PairSource::Shop(pairs),
            None => PairSource::Files(self.files(&split).ok_or(Lack::Columns)?),
        };
        Ok(PairTraining { source, task: PairTask { config: self.config.clone(), split } })
    }

    fn files(&self, split: &TextSplit) -> Option<PairFiles> {
        let (left, right) = (self.left.clone()?, self.right.clone()?);
        let part = match split {
            TextSplit::Column(name) => Some(name.clone()),
            _ => None,
        };
        let file = self.file.clone()?;
        (left != right).then(|| PairFiles {
            files: vec![file],
            left: vec![left],
            right: vec![right],
            part,
        })
    }

    fn recipe_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if presets_ui(ui, cx, &mut self.preset, &Preset::ALL) {
            let base_model = self.config.base_model.take();
            self.config = PairConfig { base_model, ..self.preset.config() };
        }
        grid(ui, "pairs", |ui| {
            let config = &mut self.config;
            number(ui, cx, "setting-epochs", &mut config.epochs, 1..=1_000, 0.1);
            number(ui, cx, "setting-batch-size", &mut config.batch_size, 2..=4_096, 0.5);
            number(ui, cx, "setting-text-tokens", &mut config.max_tokens, 8..=512, 1.0);
        });
        let config = &mut self.config;
        trainable_ui(ui, cx, &mut config.trainable, &mut config.learning_rate);
        egui::CollapsingHeader::new(cx.tr("setting-more"))
            .id_salt("pairs-more")
            .show_unindented(ui, |ui| self.more_ui(ui, cx));
    }

    fn more_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        super::base_model::ui(ui, cx, &mut self.config.base_model);
        split_ui(ui, cx, &mut self.split);
        let config = &mut self.config;
        choice(ui, cx, "setting-rate-decay", &mut config.decay, &DECAYS);
        grid(ui, "pairs-more", |ui| {
            number(ui, cx, "setting-pair-scale", &mut config.scale, 1.0..=200.0, 0.5);
            switch(ui, cx, "setting-pair-both", &mut config.symmetric);
            limit(ui, cx, "setting-pair-validation", &mut config.max_validation_pairs, 500);
            number(ui, cx, "setting-encoder-rate", &mut config.learning_rate, 1e-7..=1.0, 1e-6);
            number(ui, cx, "setting-layer-decay", &mut config.layer_decay, 0.01..=1.0, 0.01);
            number(ui, cx, "setting-warmup", &mut config.warmup_share, 0.0..=0.99, 0.01);
            number(ui, cx, "setting-weight-decay", &mut config.weight_decay, 0.0..=1.0, 0.001);
            number(ui, cx, "setting-clip", &mut config.clip_norm, 0.01..=1_000.0, 0.01);
            own_share(ui, cx, "setting-own-dropout", &mut config.dropout, 0.1);
            patience(ui, cx, &mut config.patience);
            limit(ui, cx, "setting-micro-batch", &mut config.micro_batch_tokens, TYPICAL_TOKENS);
            switch(ui, cx, "setting-recompute", &mut config.gradient_checkpointing);
            precision(ui, cx, &mut config.precision);
            number(ui, cx, "setting-checkpoint-secs", &mut config.checkpoint_secs, 1..=3_600, 1.0);
        });
    }
}

fn column_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &'static str,
    column: &mut Option<String>,
    columns: &[ColumnLook],
) {
    let label = cx.tr(key);
    field(ui, cx.theme, label, |ui| {
        let combo = ComboBox::from_id_salt(key)
            .width(ui.available_width())
            .selected_text(column.as_deref().unwrap_or(cx.tr("text-target-none")))
            .show_ui(ui, |ui| {
                for look in columns.iter().filter(|look| !look.is_numeric) {
                    ui.selectable_value(column, Some(look.name.clone()), &look.name)
                        .on_hover_text(look.examples.join("\n"));
                }
            });
        combo.response.accessible_name(label);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_worked_with_and_the_form_says_what_it_lacks() {
        for (preset, _) in Preset::ALL {
            assert_eq!(preset.config().check(), Ok(()), "{preset:?}");
        }
        let mut form = PairForm::default();
        let training = form.training().unwrap_or_else(|_| panic!("the shop is enough"));
        assert_eq!(training.source, PairSource::Shop(ShopPairs::Queries));
        form.shop = None;
        assert!(matches!(form.training(), Err(Lack::Columns)));
        form.file = Some("t.csv".into());
        (form.left, form.right) = (Some("ask".to_owned()), Some("ask".to_owned()));
        assert!(matches!(form.training(), Err(Lack::Columns)), "a text does not find itself");
        form.right = Some("answer".to_owned());
        form.split = "column:part".to_owned();
        let training = form.training().unwrap_or_else(|_| panic!("it is complete"));
        let PairSource::Files(files) = training.source else { panic!("files are read") };
        assert_eq!((files.right[0].as_str(), files.part.as_deref()), ("answer", Some("part")));
        form.config.batch_size = 1;
        assert!(matches!(form.training(), Err(Lack::Setting(_))));
    }
}
