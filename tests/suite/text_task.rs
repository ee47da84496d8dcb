//! Text tasks from the command line.

use std::fmt::Write as _;

use crate::command_line::Sandbox;

fn write_reviews(sandbox: &Sandbox) {
    let mut table = "title,body,recommended\n".to_owned();
    let things = ["dress", "mug", "lamp", "chair", "shoe"];
    for at in 0..60_usize {
        let (title, body, label) = if at.is_multiple_of(2) {
            ("Lovely", "beautiful and soft, I wear it all the time", "yes")
        } else {
            ("Terrible", "ugly and it fell apart, sent it back", "no")
        };
        writeln!(table, "{title},\"the {} number {at}: {body}\",{label}", things[at % 5])
            .expect("a string takes all");
    }
    table.push_str(",,yes\nNice,good,\n");
    std::fs::write(sandbox.path().join("reviews.csv"), table).expect("written");
}

const SHORT: [&str; 10] = [
    "--set",
    "trainable=head",
    "--set",
    "head_learning_rate=0.02",
    "--set",
    "max_tokens=24",
    "--set",
    "batch_size=8",
    "--epochs",
    "3",
];

#[test]
fn a_label_is_learned_saved_and_applied() {
    let sandbox = Sandbox::new();
    write_reviews(&sandbox);
    let what = ["text-task", "reviews.csv", "--text", "title,body", "--label", "recommended"];
    let how = ["--split", "hash:60/20/20", "--out", "model"];
    let report = sandbox.json(&[&what[..], &how, &SHORT].concat());
    let data = &report["data"];
    assert_eq!((&data["rows_read"], &data["rows_kept"]), (&62.into(), &60.into()));
    assert_eq!((&data["without_text"], &data["without_target"]), (&1.into(), &1.into()));
    let models = report["report"]["models"].as_array().expect("models");
    assert_eq!((models.len(), &models[0]["model"]), (3, &"bert".into()));
    assert!(models[0]["metrics"]["accuracy"]["mean"].as_f64() > Some(0.9), "{models:?}");
    assert!(sandbox.path().join("model/report.json").is_file());
    assert!(!sandbox.path().join("model/checkpoints").exists(), "a finished training needs none");
    let texts = ["so soft and lovely", "it fell apart"];
    let told = sandbox.json(&[&["classify", "model"][..], &texts].concat());
    assert_eq!(told["predictions"][0]["label"], "yes");
    assert_eq!(told["predictions"][1]["label"], "no");
    let printed = sandbox.run(&["classify", "model", "so soft and lovely"]);
    assert!(String::from_utf8_lossy(&printed.stdout).starts_with("yes 0."));
}

#[test]
fn several_labels_are_learned_and_told_of_every_row_of_a_table() {
    let sandbox = Sandbox::new();
    write_reviews(&sandbox);
    let path = sandbox.path().join("reviews.csv");
    let table = std::fs::read_to_string(&path).expect("written");
    let table = table.replace(",yes\n", ",praise|review\n").replace(",no\n", ",review\n");
    std::fs::write(&path, table).expect("written");
    let what = ["text-task", "reviews.csv", "--text", "title,body", "--label", "recommended"];
    let how = ["--label-separator", "|", "--split", "hash:60/20/20", "--out", "model"];
    let report = sandbox.json(&[&what[..], &how, &SHORT].concat());
    assert_eq!(report["report"]["outputs"]["labels"], serde_json::json!(["praise", "review"]));
    let models = report["report"]["models"].as_array().expect("models");
    assert_eq!(models[2]["model"], "prior");
    assert!(models[0]["metrics"]["micro_f1"]["mean"].as_f64() > Some(0.9), "{models:?}");
    let labels = models[1]["by_label"].as_array().expect("each label");
    assert!(labels.len() == 2 && labels[0]["f1"].as_f64() > Some(0.5), "{labels:?}");
    // Every text is a review, so nothing can be said of how such texts stand above others.
    assert_eq!(
        (&labels[1]["support"], &labels[1]["auc"]),
        (&labels[1]["given"], &serde_json::Value::Null)
    );
    let printed = sandbox.run(&["classify", "model", "it fell apart"]);
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.starts_with("review 0.") && !printed.contains("praise"), "{printed}");
    let new = "id,title,body\n1,Lovely,so soft\n=2,,\n3,Terrible,it fell apart\n";
    std::fs::write(sandbox.path().join("new.csv"), new).expect("written");
    let all = ["classify", "model", "--file", "new.csv", "--text", "title,body", "--keep", "id"];
    let told = sandbox.json(&[&all[..], &["--out", "told.csv"]].concat());
    assert_eq!((&told["rows"], &told["told"]), (&3.into(), &2.into()));
    let csv = std::fs::read_to_string(sandbox.path().join("told.csv")).expect("written");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "id,title,body,labels,chance of praise,chance of review");
    assert!(lines[1].starts_with("1,Lovely,so soft,review|praise,0."), "{csv}");
    assert_eq!(lines[2], "'=2,,,,,");
    assert!(!sandbox.path().join("told.csv.part").exists());
    let rows = sandbox.json(&all);
    assert_eq!(rows["predictions"][2]["labels"][0]["label"], "review");
    assert_eq!(rows["predictions"][1]["columns"]["id"], "=2");
    let lacks = sandbox.failure(&["classify", "model", "--file", "new.csv", "--text", "texts"], 1);
    assert!(lacks.contains("\"texts\"") && lacks.contains("\"body\""), "{lacks}");
    sandbox.failure(&["classify", "model", "--file", "new.csv"], 2);
}

#[test]
fn a_learning_rate_is_found_and_nothing_kept() {
    let sandbox = Sandbox::new();
    write_reviews(&sandbox);
    let what = ["text-task", "reviews.csv", "--text", "title,body", "--label", "recommended"];
    let how = ["--find-rate", "--set", "trainable=houlsby:4", "--set", "batch_size=2"];
    let sweep = sandbox.json(&[&what[..], &how, &["--set", "max_tokens=8"]].concat());
    let points = sweep["points"].as_array().expect("points");
    assert!(points.len() > 10, "{sweep}");
    let rate = sweep["encoder_rate"].as_f64().expect("a rate");
    assert!(rate > 1e-9 && rate < 1.0, "{rate}");
    assert!(sweep["head_rate"].as_f64() > Some(rate), "in the proportion of the settings");
}

#[test]
fn what_cannot_be_done_is_said() {
    let sandbox = Sandbox::new();
    write_reviews(&sandbox);
    let failure = |more: &[&str], status| {
        let what = ["text-task", "reviews.csv", "--text", "title,body"];
        sandbox.failure(&[&what[..], more].concat(), status)
    };
    assert!(failure(&[], 2).contains("--label"));
    let unknown = failure(&["--label", "liked"], 1);
    assert!(unknown.contains("\"liked\"") && unknown.contains("\"recommended\""), "{unknown}");
    let method = failure(&["--label", "recommended", "--adversarial", "mixup"], 2);
    assert!(method.contains("none, fgm, pgd or freelb"), "{method}");
    let setting = failure(&["--label", "recommended", "--set", "colour=red"], 2);
    assert!(setting.contains("no setting \"colour\""), "{setting}");
    let rating = failure(&["--rating", "recommended"], 1);
    assert!(rating.contains("leaves 0 to learn from"), "{rating}");
    std::fs::create_dir(sandbox.path().join("other")).expect("a folder");
    std::fs::write(sandbox.path().join("other/model.safetensors"), "").expect("written");
    let foreign = failure(&["--label", "recommended", "--out", "other"], 1);
    assert!(foreign.contains("no text task"), "{foreign}");
    let nothing = sandbox.failure(&["classify", "other", "a text"], 1);
    assert!(nothing.contains("text_task.json"), "{nothing}");
}
