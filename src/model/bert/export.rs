//! An encoder as a folder that transformers and sentence-transformers load, with the same outputs.
//!
//! `config.json`, `model.safetensors` with Hugging Face's names, `tokenizer.json`, `vocab.txt` and their
//! settings make it a model of transformers (`AutoModel`, `BertModel`, or `BertForPreTraining` where the
//! heads of pre-training are there). `modules.json`, `1_Pooling` and `2_Normalize` make it one of
//! sentence-transformers. `scripts/check_export.py` compares the outputs.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Value, json};

use super::config::Trainable;
use super::deltas::{metadata, refuse_apart};
use super::embedder::MAX_TEXT_TOKENS;
use super::pretrained::{Pooling, Pretrained};
use super::tensors::{TensorFile, write_atomically};
use super::vocabulary::SPECIAL;
use crate::model::ModelError;
use crate::vault::files;

/// Files that say that a folder holds a model.
const MODEL_FILES: [&str; 3] = ["config.json", "model.safetensors", "pytorch_model.bin"];

/// Refuse a folder that holds a model already: exporting writes over nothing.
///
/// # Errors
/// [`ModelError::UnusableData`].
pub fn check_free(folder: &Path) -> Result<(), ModelError> {
    match MODEL_FILES.iter().find(|file| files::exists(&folder.join(file))) {
        None => Ok(()),
        Some(found) => Err(ModelError::UnusableData(format!(
            "the folder {} holds a model already (found {found}). Choose another folder, or remove what \
             is in it",
            folder.display()
        ))),
    }
}

/// Write a model into `folder`, which is made if it is not there. The configuration, by which a folder is
/// known to hold a model, comes last.
///
/// # Errors
/// [`ModelError::UnusableData`] when the folder holds a model already, or the model has adapters or a prompt,
/// for which a BERT of transformers has no place; [`ModelError::Io`].
pub fn export(model: &Pretrained, folder: &Path) -> Result<(), ModelError> {
    refuse_apart(model.apart, "exported")?;
    check_free(folder)?;
    let pooling = folder.join("1_Pooling");
    for folder in [folder, &pooling, &folder.join("2_Normalize")] {
        files::create_dir_all(folder).map_err(|source| ModelError::Io {
            action: "cannot make the model's folder",
            path: folder.to_owned(),
            source,
        })?;
    }
    weights(model).write(&folder.join("model.safetensors"), "cannot write the model's weights")?;
    let tokenizer = model.tokenizer.to_json();
    let settings = tokenizer_config(model, &tokenizer);
    write(&folder.join("tokenizer.json"), &tokenizer)?;
    write(&folder.join("vocab.txt"), &vocabulary(model))?;
    for (file, value) in [
        ("tokenizer_config.json", settings),
        ("special_tokens_map.json", special_tokens(model)),
        ("modules.json", modules()),
        ("sentence_bert_config.json", sentence_config(model)),
        ("1_Pooling/config.json", pooling_config(model)),
        ("config.json", config(model)),
    ] {
        let text = serde_json::to_string_pretty(&value).expect("settings are plain data");
        write(&folder.join(file), &(text + "\n"))?;
    }
    Ok(())
}

/// Write a model whose adapters or prompt stand beside its weights, so that it can be opened here.
///
/// # Errors
/// [`ModelError::UnusableData`] when the folder holds a model already, [`ModelError::Io`].
pub(super) fn save_apart(model: &Pretrained, folder: &Path) -> Result<(), ModelError> {
    check_free(folder)?;
    let pooling = folder.join("1_Pooling");
    files::create_dir_all(&pooling).map_err(|source| ModelError::Io {
        action: "cannot make the model's folder",
        path: pooling.clone(),
        source,
    })?;
    let metadata = metadata(model.apart.unwrap_or(Trainable::Full), None);
    let weights = TensorFile { tensors: model.weights.clone(), metadata };
    weights.write(&folder.join("model.safetensors"), "cannot write the model's weights")?;
    write(&folder.join("tokenizer.json"), &model.tokenizer.to_json())?;
    write(&pooling.join("config.json"), &pooling_config(model).to_string())?;
    write(&folder.join("config.json"), &config(model).to_string())
}

fn write(path: &Path, text: &str) -> Result<(), ModelError> {
    write_atomically(path, text.as_bytes()).map_err(|source| ModelError::Io {
        action: "cannot write a file of the model",
        path: path.to_owned(),
        source,
    })
}

/// Whether the heads of pre-training are there.
fn has_heads(model: &Pretrained) -> bool {
    model.weights.keys().any(|name| name.starts_with("cls.predictions."))
}

/// The weights under Hugging Face's names: those of `BertModel`, or with heads of `BertForPreTraining`.
fn weights(model: &Pretrained) -> TensorFile {
    let heads = has_heads(model);
    let name = |name: &String| match name.split('.').next() {
        // The decoder is the table of word embeddings and its bias has a name of its own.
        Some("cls") if name.contains(".decoder.") => None,
        Some("cls") => heads.then(|| name.clone()),
        Some("embeddings" | "encoder" | "pooler") if heads => Some(format!("bert.{name}")),
        Some("embeddings" | "encoder" | "pooler") => Some(name.clone()),
        _ => None,
    };
    let tensors: BTreeMap<_, _> = model
        .weights
        .iter()
        .filter_map(|(inside, tensor)| Some((name(inside)?, tensor.clone())))
        .collect();
    // transformers refuses a file that does not say this.
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    TensorFile { tensors, metadata }
}

fn config(model: &Pretrained) -> Value {
    let mut config = serde_json::to_value(&model.config).expect("sizes are plain data");
    let architecture = if has_heads(model) { "BertForPreTraining" } else { "BertModel" };
    for (key, value) in [
        ("architectures", json!([architecture])),
        ("model_type", json!("bert")),
        ("initializer_range", json!(0.02)),
        ("pad_token_id", json!(model.tokenizer.id_of("[PAD]").unwrap_or(0))),
        ("torch_dtype", json!("float32")),
    ] {
        config[key] = value;
    }
    config
}

/// One word a line, at the line of its id. Lines of ids without a word say so, as Devlin's files do.
fn vocabulary(model: &Pretrained) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (id, word) in model.tokenizer.words() {
        for unused in lines.len()..id as usize {
            lines.push(format!("[unused-{unused}]"));
        }
        lines.push(word);
    }
    lines.join("\n") + "\n"
}

/// Longest text that sentence-transformers is told to embed: as many tokens as are embedded here.
fn longest_text(model: &Pretrained) -> usize {
    MAX_TEXT_TOKENS.min(model.config.max_position_embeddings)
}

fn special_tokens(model: &Pretrained) -> Value {
    let names = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"];
    names
        .into_iter()
        .zip(SPECIAL)
        .filter(|(_, token)| model.tokenizer.id_of(token).is_some())
        .map(|(name, token)| (name.to_owned(), json!(token)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn tokenizer_config(model: &Pretrained, tokenizer: &str) -> Value {
    let parsed: Value = serde_json::from_str(tokenizer).unwrap_or_default();
    let normalizer = &parsed["normalizer"];
    let mut settings = special_tokens(model);
    settings["model_max_length"] = json!(model.config.max_position_embeddings);
    if normalizer["type"] == "BertNormalizer" {
        settings["tokenizer_class"] = json!("BertTokenizer");
        settings["do_lower_case"] = normalizer["lowercase"].clone();
        settings["strip_accents"] = normalizer["strip_accents"].clone();
        settings["tokenize_chinese_chars"] = normalizer["handle_chinese_chars"].clone();
    } else {
        settings["tokenizer_class"] = json!("PreTrainedTokenizerFast");
    }
    settings
}

fn modules() -> Value {
    let module = |index: usize, path: &str, name: &str| {
        json!({
            "idx": index,
            "name": index.to_string(),
            "path": path,
            "type": format!("sentence_transformers.models.{name}"),
        })
    };
    json!([
        module(0, "", "Transformer"),
        module(1, "1_Pooling", "Pooling"),
        module(2, "2_Normalize", "Normalize"),
    ])
}

fn sentence_config(model: &Pretrained) -> Value {
    json!({"max_seq_length": longest_text(model), "do_lower_case": false})
}

fn pooling_config(model: &Pretrained) -> Value {
    json!({
        "word_embedding_dimension": model.config.hidden_size,
        "pooling_mode_cls_token": model.pooling == Pooling::First,
        "pooling_mode_mean_tokens": model.pooling == Pooling::Mean,
        "pooling_mode_max_tokens": false,
        "pooling_mode_mean_sqrt_len_tokens": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;
    use crate::model::bert::device::DeviceChoice;
    use crate::model::bert::embedder::Embedder;
    use crate::model::bert::testing::tiny_model;

    fn embed(folder: &Path) -> Vec<f32> {
        let texts = ["Red mug", "a blue [MASK] kettle", "红色陶瓷杯"].map(String::from);
        let embedder = Embedder::open(Some(folder), DeviceChoice::Cpu).expect("it opens");
        embedder.embed(&texts, &Control::default()).expect("embedded").values
    }

    #[test]
    fn an_exported_model_opens_with_the_same_outputs() {
        let folder = tempfile::tempdir().expect("a folder");
        let (first, second) = (folder.path().join("a"), folder.path().join("b"));
        export(&Pretrained { pooling: Pooling::First, ..tiny_model(3) }, &first).expect("exported");
        let opened = Pretrained::open(Some(&first)).expect("opened");
        assert_eq!((opened.pooling, &opened.weights), (Pooling::First, &tiny_model(3).weights));
        export(&opened, &second).expect("exported again");
        assert_eq!(embed(&first), embed(&second));
        for file in ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"] {
            let read = |folder: &Path| std::fs::read(folder.join(file)).expect("a file");
            assert_eq!(read(&first), read(&second), "{file}");
        }
        // The vocabulary alone makes the same tokenizer.
        std::fs::remove_file(second.join("tokenizer.json")).expect("removed");
        assert_eq!(embed(&first), embed(&second));
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.json"), "mine").expect("written");
        let error =
            export(&tiny_model(3), folder.path()).expect_err("a model is there").to_string();
        assert!(error.contains("holds a model already"), "{error}");
        assert_eq!(std::fs::read(folder.path().join("config.json")).expect("still there"), b"mine");
    }
}
