//! New encoders, pre-training and export as a script would use them.

use crate::command_line::Sandbox;

/// Sizes of an encoder that learns in a moment.
const TINY: [&str; 10] =
    ["--vocab-size", "120", "--layers", "1", "--hidden", "16", "--heads", "2", "--positions", "32"];

#[test]
fn an_encoder_is_made_pre_trained_embedded_with_and_exported() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let made = sandbox.json(&[&["new-model", "fresh", "--project", "project"][..], &TINY].concat());
    assert_eq!(made["config"]["hidden_size"], 16);
    let more = ["--epochs", "9", "--device", "cpu", "--max-tokens", "32", "--whole-words"];
    let more = [&more[..], &["--set", "epochs=1", "--set", "gradient_checkpointing=true"]].concat();
    let rates = sandbox
        .json(&[&["pretrain", "project", "--base", "fresh", "--find-rate"][..], &more].concat());
    assert!(rates["points"].as_array().is_some_and(|points| points.len() > 10), "{rates}");
    let arguments = ["pretrain", "project", "--out", "trained", "--base", "fresh"];
    let trained = sandbox.json(&[&arguments[..], &more].concat());
    assert!(trained["epochs"][1]["validation"]["perplexity"].as_f64().expect("judged") > 1.0);
    assert_eq!(trained["config"]["gradient_checkpointing"], true);
    assert!(!sandbox.path().join("trained/checkpoints").exists());
    let wrong = ["pretrain", "project", "--out", "other", "--base", "fresh", "--set", "epoch=1"];
    assert!(sandbox.failure(&wrong, 2).contains("epochs"), "it names the settings that there are");
    let again = sandbox.failure(&[&arguments[..], &more].concat(), 1);
    assert!(again.contains("holds a model already"), "{again}");
    std::fs::write(sandbox.path().join("texts.txt"), "red mug\nkettle\n").expect("written");
    sandbox.json(&["export-model", "trained", "copy"]);
    let vectors = |model: &str| sandbox.json(&["embed", model, "texts.txt"])["vectors"].clone();
    assert_eq!(vectors("trained"), vectors("copy"));
    assert_eq!(vectors("built-in").as_array().map(Vec::len), Some(2));
    let none = sandbox.failure(&["export-model", "latest", "other", "--project", "project"], 1);
    assert!(none.contains("no finished run of this project has an encoder"), "{none}");
    let nothing = sandbox.failure(&["export-model", "nowhere", "other"], 2);
    assert!(nothing.contains("built-in"), "{nothing}");
}
