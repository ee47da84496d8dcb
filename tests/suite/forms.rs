//! Every setting of a training can be reached from its form.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use shelfwise::model::bert::config::BertConfig;
use shelfwise::model::bert::pairs::PairConfig;
use shelfwise::model::bert::pretrain::PretrainConfig;
use shelfwise::model::bert::sequence::config::SequenceConfig;
use shelfwise::model::bert::tasks::TextTaskConfig;

/// Settings that none of the forms' files has a field for.
fn missing(config: impl Serialize, forms: &[&str]) -> BTreeSet<String> {
    let value = serde_json::to_value(config).expect("a config is plain data");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gui/views/training");
    let form = |name: &&str| std::fs::read_to_string(folder.join(format!("{name}.rs")));
    let text: String = forms.iter().map(|name| form(name).expect("a form's file")).collect();
    let settings = value.as_object().expect("settings by name").keys();
    let is_missing = |setting: &&String| {
        let field = format!("config.{setting}");
        let mut ends = text.match_indices(&field).map(|(at, _)| &text[at + field.len()..]);
        !ends.any(|rest| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()))
    };
    settings.filter(is_missing).cloned().collect()
}

#[test]
fn every_setting_of_a_training_has_a_field_in_its_form() {
    let none = BTreeSet::new();
    // Those of knowledge stand side by side with the others in the file, and have a form of their own.
    let knowledge = |found: BTreeSet<String>| -> BTreeSet<String> {
        found.into_iter().filter(|setting| !is_of_knowledge(setting)).collect()
    };
    let bert = missing(BertConfig::default(), &["model_settings", "history_settings"]);
    assert_eq!(knowledge(bert), none, "the recommender");
    let sequence = missing(SequenceConfig::default(), &["sequence_settings", "history_settings"]);
    assert_eq!(knowledge(sequence), none, "sequence models");
    assert_eq!(missing(TextTaskConfig::default(), &["text_form"]), none, "text tasks");
    assert_eq!(missing(PairConfig::default(), &["pair_form"]), none, "pairs");
    assert_eq!(missing(PretrainConfig::default(), &["pretrain_form"]), none, "pre-training");
    assert!(missing(BertConfig::default(), &["queue"]).len() > 20, "the search itself finds gaps");
}

fn is_of_knowledge(setting: &str) -> bool {
    setting.starts_with("knowledge") || setting == "product_text"
}
