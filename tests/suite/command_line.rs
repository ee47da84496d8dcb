//! The binary as a script would use it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::shop;

/// A folder of its own to run the program in.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Run the program with its own home, so that nothing of the user's is read or written.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shelfwise"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("XDG_DATA_HOME", self.path().join("data"))
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env_remove("SHELFWISE_LOG");
        command
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        serde_json::from_slice(&output.stdout).expect("standard output is one JSON document")
    }

    pub fn failure(&self, arguments: &[&str], status: i32) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "a failure prints nothing on standard output");
        assert!(!stderr.contains("panicked"), "{stderr}");
        stderr
    }

    pub fn imported(&self) {
        shop::write(self.path());
        let description = self.json(&[
            "import",
            "project",
            "--events",
            "shop/events.csv",
            "--catalog",
            "shop/catalog.csv",
        ]);
        assert_eq!(description["users"], shop::N_USERS);
        assert_eq!(description["items"], shop::N_ITEMS);
    }
}

#[test]
fn tables_are_filtered_sorted_and_counted() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let condition = "category in (tea, Cycling) and price >= 10 and not title ~ \"light\"";
    let arguments = ["table", "project", "products", "--where", condition];
    let more = ["--sort", "category,-price", "--columns", "id,price,title", "--limit", "2"];
    let found = sandbox.json(&[&arguments[..], &more].concat());
    assert_eq!((&found["n_rows"], &found["n_found"]), (&12.into(), &6.into()));
    let rows = found["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0], serde_json::json!({"id": "P10", "price": 15.5, "title": "Bike pump"}));
    let csv = sandbox.run(&["table", "project", "events", "--search", "u3 tent", "--csv"]);
    let text = String::from_utf8_lossy(&csv.stdout).into_owned();
    assert!(text.starts_with("time,shopper,event,product,title,"), "{text}");
    assert!(text.lines().skip(1).all(|line| line.contains(",U3,") && line.contains("tent")));
    let counted = sandbox.json(&["table", "project", "shoppers", "--stats", "--columns", "events"]);
    assert_eq!(counted["columns"][0]["rows"], shop::N_USERS);
    assert_eq!(counted["columns"][0]["numbers"]["max"], 8.0);
    let wrong = sandbox.failure(&["table", "project", "events", "--where", "price >"], 2);
    assert!(wrong.contains("at character 8, expected a value, found the end"), "{wrong}");
    let unknown = sandbox.failure(&["table", "project", "events", "--where", "colour = 1"], 1);
    assert!(unknown.contains("there is no column colour"), "{unknown}");
    sandbox.failure(&["table", "project", "people"], 2);
}

#[test]
fn a_shop_goes_from_files_to_recommendations() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let description = sandbox.json(&["describe", "project"]);
    let by_type = description["events_by_type"].as_object().expect("events by type");
    let total: u64 = by_type.values().filter_map(Value::as_u64).sum();
    assert_eq!(description["events"], total);
    for key in ["first_event", "last_event", "rejected_rows", "warnings"] {
        assert!(description.get(key).is_some(), "{key}");
    }

    let fitted = sandbox.json(&["fit", "project", "--model", "markov", "--name", "chain"]);
    let run = fitted["run"].as_str().expect("a run id").to_owned();
    assert!(fitted["fit_secs"].as_f64().is_some());

    let judged = sandbox.json(&["evaluate", "project", "--run", &run, "--k", "3,5"]);
    let ndcg = &judged["metrics"]["ndcg@5"];
    assert!(ndcg["low"].as_f64() <= ndcg["mean"].as_f64());
    assert!(ndcg["mean"].as_f64() <= ndcg["high"].as_f64());
    assert_eq!(judged["protocol"]["ranking"], "full");
    let baselines: Vec<_> = judged["baselines"]
        .as_array()
        .expect("baselines")
        .iter()
        .map(|one| &one["model"])
        .collect();
    assert!(baselines.iter().any(|model| *model == "popularity"));

    let list = sandbox.json(&[
        "recommend",
        "project",
        "--run",
        &run,
        "--user",
        "U3",
        "--k",
        "4",
        "--explain",
    ]);
    let items = list["items"].as_array().expect("items");
    assert!(!items.is_empty() && items.len() <= 4);
    assert_eq!(items[0]["rank"], 1);
    assert!(items[0]["why"].as_array().is_some_and(|why| !why.is_empty()));
    assert!(list["latency_ms"].as_f64().is_some());
    let by_history = sandbox.json(&["recommend", "project", "--run", &run, "--history", "P0,P1"]);
    let ids: Vec<_> =
        by_history["items"].as_array().expect("items").iter().map(|one| &one["id"]).collect();
    assert!(!ids.iter().any(|id| *id == "P0" || *id == "P1"), "seen products are left out");
}

#[test]
fn analyses_answer_with_their_stable_keys() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let chain = sandbox.json(&["transitions", "project", "--order", "2"]);
    let states = chain["states"].as_array().expect("states").len();
    for row in chain["matrix"].as_array().expect("rows") {
        let cells: Vec<f64> =
            row.as_array().expect("cells").iter().filter_map(Value::as_f64).collect();
        assert_eq!(cells.len(), states);
        assert!((cells.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    let near = sandbox.json(&["similar", "project", "--item", "P0", "--k", "3"]);
    assert!(near["neighbours"].as_array().is_some_and(|list| list.len() <= 3 && !list.is_empty()));
    let profile = sandbox.json(&["profile", "project", "--user", "U1"]);
    assert_eq!(profile["id"], "U1");
    assert!(profile["n_events"].as_u64() > Some(0));
    let devices = sandbox.json(&["doctor"]);
    assert!(devices["devices"].as_array().is_some_and(|list| !list.is_empty()));
    assert!(devices["chosen"].is_string() && devices["warnings"].is_array());
}

#[test]
fn histories_are_changed_and_negatives_drawn_by_settings() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let small = ["use_text=false", "epochs=1", "hidden_size=16", "loss=sampled:4"];
    let fit = |more: &[&str]| {
        let settings = small.iter().chain(more).flat_map(|setting| ["--set", setting]);
        let what = ["fit", "project", "--model", "sasrec", "--device", "cpu"];
        sandbox.json(&what.into_iter().chain(settings).collect::<Vec<_>>())
    };
    let loss = |run: &Value| run["epochs"][1]["train_loss"].to_string();
    let plain = loss(&fit(&[]));
    for way in ["item_crop=0.9", "item_reorder=0.9", "negatives=uniform", "negatives=hard:3"] {
        assert_ne!(loss(&fit(&[way])), plain, "{way}");
    }
    let what = ["fit", "project", "--model", "sasrec", "--set", "negatives=hard:3"];
    let message = sandbox.failure(&what, 1);
    assert!(message.contains("sampled:N"), "{message}");
    let what = ["fit", "project", "--model", "bert", "--set", "negatives=harder"];
    assert!(sandbox.failure(&what, 2).contains("hard:N"));
}

#[test]
fn failures_are_one_clear_message() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let missing = sandbox.failure(&["import", "other", "--events", "nowhere.csv"], 1);
    assert!(missing.contains("nowhere.csv"), "{missing}");
    assert!(!sandbox.path().join("other").join("project.json").exists());
    let nobody = sandbox.failure(&["profile", "project", "--user", "Nobody"], 1);
    assert!(nobody.contains("Nobody"), "{nobody}");
    let model = sandbox.failure(&["fit", "project", "--model", "oracle"], 2);
    assert!(model.contains("popularity") && model.contains("bert"), "{model}");
    let setting =
        sandbox.failure(&["fit", "project", "--model", "markov", "--set", "colour=red"], 2);
    assert!(setting.contains("colour"), "{setting}");
    let run = sandbox.failure(&["evaluate", "project", "--run", "no-such-run"], 1);
    assert!(run.contains("no-such-run"), "{run}");
    let word = sandbox.failure(&["frobnicate"], 2);
    assert!(word.contains("frobnicate") && word.contains("--help"), "{word}");
    sandbox.failure(&["import", "project"], 2);
}

#[test]
fn a_project_of_a_newer_version_is_refused_and_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let file = sandbox.path().join("project/project.json");
    let text = std::fs::read_to_string(&file).expect("the project file");
    let mut project: Value = serde_json::from_str(&text).expect("JSON");
    project["format_version"] = 999.into();
    let newer = project.to_string();
    std::fs::write(&file, &newer).expect("written");
    let message = sandbox.failure(&["describe", "project"], 1);
    assert!(message.contains("newer") || message.contains("999"), "{message}");
    assert_eq!(std::fs::read_to_string(&file).expect("still there"), newer);
}

#[test]
fn a_simulated_shop_can_be_opened_as_it_is() {
    let sandbox = Sandbox::new();
    let summary = sandbox.json(&[
        "simulate", "--out", "toy", "--users", "40", "--items", "60", "--days", "60", "--seed", "7",
    ]);
    let description = sandbox.json(&["describe", "toy"]);
    assert_eq!(description["events"], summary["events"]);
    assert_eq!(description["rejected_rows"], 0);
}

#[test]
fn runs_are_compared_in_pairs() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    for (model, split) in [("markov", "last:2"), ("item_knn", "last:2"), ("popularity", "last-one")]
    {
        sandbox.json(&["fit", "project", "--model", model, "--name", model, "--split", split]);
    }
    let compared = sandbox.json(&["compare", "project", "markov", "item_knn", "--per-user"]);
    let [first, second] = &compared["runs"].as_array().expect("runs")[..] else {
        panic!("two runs")
    };
    assert_eq!(first["protocol"]["leaks"][0]["is_by_design"], true);
    let users = first["per_user"]["users"].as_array().expect("users").len();
    let values = second["per_user"]["values"]["ndcg@10"].as_array().expect("values").len();
    assert_eq!(Some(users as u64), first["n_users"].as_u64());
    assert_eq!(users, values);
    let pairs = compared["pairs"].as_array().expect("pairs");
    let ndcg = pairs.iter().find(|pair| pair["metric"] == "ndcg@10").expect("a pair in ndcg@10");
    assert_eq!((&ndcg["a"], &ndcg["b"]), (&first["run"], &second["run"]));
    assert!(ndcg["low"].as_f64() <= ndcg["difference"].as_f64());
    assert!(ndcg["p_value"].as_f64() <= ndcg["p_holm"].as_f64());
    assert!(pairs.iter().any(|pair| pair["metric"] == "auc"));
    let mixed = sandbox.json(&["compare", "project", "markov", "popularity", "--k", "5"]);
    assert_eq!(mixed["pairs"].as_array().map(Vec::len), Some(0), "another split is not tested");
    let reason = mixed["mismatches"][0]["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.contains("last:2") && reason.contains("last-one"), "{reason}");
    sandbox.failure(&["compare", "project", "markov"], 2);
}

#[test]
fn splits_and_sessions_are_told_on_the_command_line() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let half_hour = sandbox.json(&["describe", "project"]);
    let day = sandbox.json(&["describe", "project", "--session-gap", "1440"]);
    let sessions = |description: &Value| description["sessions"]["sessions"].as_u64();
    assert!(sessions(&half_hour) > sessions(&day), "a longer pause makes fewer sessions");
    assert!(half_hour["sessions"]["conversion"].as_f64().is_some());
    for split in ["fold:3/3", "ratio:0.8@3", "ratio-users:0.8", "stratified:0.8", "time:0.75"] {
        let fitted = sandbox.json(&["fit", "project", "--model", "popularity", "--split", split]);
        assert!(fitted["test"]["n_users"].as_u64() > Some(0), "{split}");
    }
    let message =
        sandbox.failure(&["fit", "project", "--model", "popularity", "--split", "half"], 2);
    assert!(message.contains("ratio:0.8") && message.contains("fold:2/5"), "{message}");
}
