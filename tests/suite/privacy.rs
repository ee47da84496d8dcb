//! Privacy on the command line: what is asked for at an import is kept, and said.

use std::path::{Path, PathBuf};

use crate::command_line::Sandbox;

const USERS: &str = "customer,age,email\n\
    klara.muster,34,klara@example.org\n\
    jonas.beispiel,37,jonas@example.org\n\
    li.wei,52,li@example.org\n";
const EVENTS: &str = "customer,item,time,event,review\n\
    klara.muster,P1,2024-05-06T10:00:00Z,view,\n\
    klara.muster,P2,2024-05-08T10:00:00Z,review,write to klara@example.org\n\
    jonas.beispiel,P1,2024-05-07T10:00:00Z,purchase,\n\
    li.wei,P1,2024-05-15T10:00:00Z,teleport,\n\
    li.wei,P2,2024-05-15T10:00:00Z,view,\n";
const MAP: &str = "user=customer,item=item";

fn import<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let base =
        ["import", "project", "--events", "events.csv", "--users", "users.csv", "--map", MAP];
    [base.as_slice(), more].concat()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path().join("users.csv"), USERS).expect("written");
    std::fs::write(sandbox.path().join("events.csv"), EVENTS).expect("written");
    sandbox
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_policy_is_kept_and_told_and_later_imports_join_up() {
    let sandbox = sandbox();
    let policy = "pseudonymise = true\nmask_text = true\ndrop_columns = [\"email\"]\n\
        min_group_size = 2\n[generalise]\nage = \"bands:10\"\n";
    std::fs::write(sandbox.path().join("privacy.toml"), policy).expect("written");
    let arguments = import(&["--privacy", "privacy.toml", "--generalise", "time=week"]);
    let first = sandbox.json(&arguments);
    let provenance = &first["provenance"];
    assert_eq!(provenance["files"].as_array().map(Vec::len), Some(2));
    for key in ["path", "size_bytes", "blake3", "read_at", "mapping", "format", "role"] {
        assert!(!provenance["files"][0][key].is_null(), "{key}");
    }
    assert_eq!(provenance["revision"], first["revision"]);
    assert_eq!(provenance["privacy"]["policy"]["generalise"]["time"], "week");
    assert_eq!(provenance["privacy"]["groups"]["smallest"], 1);
    assert_eq!(first["first_event"], "2024-05-06T00:00:00Z");
    assert_eq!(first["user_attributes"], serde_json::json!(["age"]));
    for file in files(&sandbox.path().join("project")) {
        let bytes = std::fs::read(&file).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["klara", "muster", "beispiel", "li.wei", "example.org"] {
            assert!(!text.contains(secret), "{secret} in {}", file.display());
        }
    }
    let names = sandbox.json(&["pseudonym", "project", "--id", "klara.muster"]);
    let klara = names["pseudonyms"][0]["pseudonym"].as_str().expect("a pseudonym");
    assert_eq!(sandbox.json(&["profile", "project", "--user", klara])["n_events"], 2);
    let again = sandbox.json(&arguments);
    assert_eq!(again["revision"], first["revision"], "the same key, the same data");
    let described = sandbox.json(&["describe", "project"]);
    assert_eq!(described["provenance"]["privacy"], provenance["privacy"]);
    let segment = ["transitions", "project", "--segment", "age=50-59"];
    let refused = sandbox.failure(&segment, 1);
    assert!(refused.contains("fewer than 2 shoppers"), "{refused}");
}

#[test]
fn a_missing_key_matters_only_where_it_is_needed() {
    let sandbox = sandbox();
    let pseudonymise = import(&["--pseudonymise"]);
    let first = sandbox.json(&pseudonymise);
    let clear = sandbox.failure(&import(&[]), 1);
    assert!(clear.contains("--pseudonymise"), "{clear}");
    let keys = files(sandbox.path())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "key"));
    let keys: Vec<PathBuf> = keys.collect();
    assert_eq!(keys.len(), 1, "one key, kept outside the project");
    assert!(!keys[0].starts_with(sandbox.path().join("project")));
    let aside = sandbox.path().join("aside");
    std::fs::rename(&keys[0], &aside).expect("moved");
    assert_eq!(sandbox.json(&["describe", "project"])["revision"], first["revision"]);
    let missing = sandbox.failure(&pseudonymise, 1);
    assert!(missing.contains("is not there") && missing.contains(".key"), "{missing}");
    let given = sandbox.json(&import(&["--pseudonymise", "--key", "aside"]));
    assert_eq!(given["revision"], first["revision"]);
}

#[test]
fn a_wrong_policy_is_refused_before_anything_is_read() {
    let sandbox = sandbox();
    for (arguments, status, part) in [
        (vec!["--generalise", "age=years"], 2, "bands:N"),
        (vec!["--key", "some.key"], 2, "--pseudonymise"),
        (vec!["--drop-column", "emial"], 1, "emial"),
        (vec!["--privacy", "nowhere.toml"], 1, "nowhere.toml"),
    ] {
        let message = sandbox.failure(&import(&arguments), status);
        assert!(message.contains(part), "{message}");
        assert!(!sandbox.path().join("project").exists());
    }
}
