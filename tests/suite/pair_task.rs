//! Encoders for search from the command line.

use std::fmt::Write as _;

use crate::command_line::Sandbox;

const TINY: [&str; 10] =
    ["--vocab-size", "200", "--layers", "1", "--hidden", "16", "--heads", "2", "--positions", "32"];

/// Questions, and answers that share a word with them.
fn write_pairs(sandbox: &Sandbox) {
    let mut table = "ask,answer\n".to_owned();
    let things = ["dress", "mug", "lamp", "chair", "shoe"];
    for at in 0..60_usize {
        let thing = things[at % 5];
        writeln!(table, "where is {thing} {at},the {thing} of number {at} is on its way")
            .expect("a string takes all");
    }
    table.push_str(",nobody asked\nno answer,\n");
    std::fs::write(sandbox.path().join("pairs.csv"), table).expect("written");
}

#[test]
fn a_search_is_learned_judged_saved_exported_and_asked() {
    let sandbox = Sandbox::new();
    write_pairs(&sandbox);
    sandbox.imported();
    sandbox.json(&[&["new-model", "fresh", "--texts", "pairs.csv"][..], &TINY].concat());
    let what = ["pair-task", "pairs.csv", "--left", "ask", "--right", "answer", "--base", "fresh"];
    let how = ["--out", "found", "--epochs", "2", "--split", "hash:60/20/20", "--device", "cpu"];
    let report = sandbox.json(&[&what[..], &how].concat());
    let data = &report["data"];
    assert_eq!((&data["rows_read"], &data["pairs"]), (&62.into(), &60.into()));
    assert_eq!((&data["without_left"], &data["without_right"]), (&1.into(), &1.into()));
    let found = &report["report"];
    assert_eq!(
        (&found["collection"], &found["leaks"]["lefts_in_training"]),
        (&60.into(), &0.into())
    );
    let models: Vec<&str> = found["models"]
        .as_array()
        .expect("models")
        .iter()
        .filter_map(|one| one["model"].as_str())
        .collect();
    assert_eq!(models, ["bert", "untrained", "bm25", "tfidf_cosine", "popularity"]);
    assert!(found["models"][2]["metrics"]["mrr@10"]["low"].as_f64().is_some());
    assert!(sandbox.path().join("found/modules.json").is_file(), "sentence-transformers reads it");
    assert!(!sandbox.path().join("found/checkpoints").exists(), "a finished training needs none");
    let again = sandbox.failure(&[&what[..], &how].concat(), 1);
    assert!(again.contains("holds a model already"), "{again}");
    sandbox.json(&["export-model", "found", "copy"]);
    let ask = |model: &str, more: &[&str]| {
        let what = ["find", model, "the mug of number 1 is on its way", "--top", "3"];
        sandbox.json(&[&what[..], more].concat())["answers"][0]["found"].clone()
    };
    let texts = ["--texts", "pairs.csv", "--columns", "answer", "--vectors", "kept.safetensors"];
    let first = ask("found", &texts);
    assert_eq!(first.as_array().map(Vec::len), Some(3));
    assert!(first[0]["cosine"].as_f64() > Some(0.999), "its own text is nearest: {first}");
    assert!(sandbox.path().join("kept.safetensors").is_file());
    assert_eq!(first, ask("copy", &texts), "and again from the vectors that were kept");
    let products = ask("built-in", &["--project", "project"]);
    assert!(products[0]["id"].as_str().is_some(), "products have ids: {products}");
}

#[test]
fn a_learning_rate_is_found_and_nothing_kept() {
    let sandbox = Sandbox::new();
    write_pairs(&sandbox);
    sandbox.json(&[&["new-model", "fresh", "--texts", "pairs.csv"][..], &TINY].concat());
    let what = ["pair-task", "pairs.csv", "--left", "ask", "--right", "answer", "--base", "fresh"];
    let how = ["--find-rate", "--device", "cpu", "--set", "batch_size=8"];
    let sweep = sandbox.json(&[&what[..], &how].concat());
    let points = sweep["points"].as_array().expect("points");
    assert!(points.len() > 10, "{sweep}");
    let rate = sweep["encoder_rate"].as_f64().expect("a rate");
    assert!(rate > 1e-9 && rate < 1.0, "{rate}");
    let both = sandbox.failure(&[&what[..], &["--find-rate", "--out", "found"]].concat(), 2);
    assert!(both.contains("--out"), "{both}");
    let mixed = sandbox.failure(&[&what[..], &["--set", "precision=half"]].concat(), 2);
    assert!(mixed.contains("precision") || mixed.contains("mixed"), "{mixed}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let sandbox = Sandbox::new();
    write_pairs(&sandbox);
    let failure = |more: &[&str], status| {
        sandbox.failure(&[&["pair-task", "pairs.csv"][..], more].concat(), status)
    };
    assert!(failure(&["--left", "ask"], 2).contains("--right"));
    let unknown = failure(&["--left", "ask", "--right", "reply"], 1);
    assert!(unknown.contains("\"reply\"") && unknown.contains("\"answer\""), "{unknown}");
    let columns = ["--left", "ask", "--right", "answer"];
    let alone = failure(&[&columns[..], &["--set", "batch_size=1"]].concat(), 2);
    assert!(alone.contains("batch_size is 1"), "{alone}");
    let nothing = sandbox.failure(&["find", "built-in", "a mug"], 2);
    assert!(nothing.contains("--project") && nothing.contains("--texts"), "{nothing}");
    sandbox.imported();
    let kinds = sandbox.failure(&["pair-task", "--project", "project", "--pairs", "prices"], 2);
    assert!(kinds.contains("descriptions"), "{kinds}");
}
