//! Locked projects on the command line: nothing in clear, a passphrase for every command, clear messages.

use std::path::{Path, PathBuf};

use crate::command_line::Sandbox;

const FILE: [&str; 2] = ["--passphrase-file", "secret"];

fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &FILE].concat()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.imported();
    std::fs::write(sandbox.path().join("secret"), "correct horse battery\n").expect("written");
    sandbox
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_project_is_locked_worked_with_and_unlocked() {
    let sandbox = sandbox();
    let before = sandbox.json(&["describe", "project"]);
    let locked = sandbox.json(&with(&["lock", "project"]));
    assert_eq!((&locked["locked"], &locked["in_clear"]), (&true.into(), &serde_json::json!([])));
    let refused = sandbox.failure(&["describe", "project"], 1);
    assert!(refused.contains("is locked with a passphrase"), "{refused}");
    assert!(refused.contains("--passphrase-file") && refused.contains("SHELFWISE_PASSPHRASE"));
    assert_eq!(sandbox.json(&with(&["describe", "project"])), before);
    let run = sandbox.json(&with(&["fit", "project", "--model", "markov", "--name", "hidden run"]));
    let judged = sandbox.json(&with(&["evaluate", "project"]));
    assert_eq!(judged["run"], run["run"]);
    for path in files(&sandbox.path().join("project")) {
        let name = path.strip_prefix(sandbox.path()).expect("below").display().to_string();
        let bytes = std::fs::read(&path).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["teapot", "Camping", "hidden run", "markov", "SQLite", "data-", "runs"] {
            assert!(!name.contains(secret) && !text.contains(secret), "{secret} in {name}");
        }
    }
    let unlocked = sandbox.json(&with(&["unlock", "project"]));
    assert_eq!(unlocked["locked"], false);
    assert_eq!(sandbox.json(&["describe", "project"]), before);
    assert_eq!(sandbox.json(&["runs", "project"])["runs"][0]["name"], "hidden run");
    let again = sandbox.failure(&with(&["unlock", "project"]), 1);
    assert!(again.contains("not locked"), "{again}");
}

#[test]
fn wrong_missing_and_new_passphrases_are_told() {
    let sandbox = sandbox();
    let write = |name: &str, text: &str| {
        std::fs::write(sandbox.path().join(name), text).expect("written");
    };
    write("other", "another passphrase");
    write("empty", "\n");
    let none = sandbox.failure(&["lock", "project"], 2);
    assert!(none.contains("a passphrase is needed"), "{none}");
    let empty = sandbox.failure(&["lock", "project", "--passphrase-file", "empty"], 1);
    assert!(empty.contains("holds no passphrase"), "{empty}");
    sandbox.json(&with(&["lock", "project"]));
    let wrong = sandbox.failure(&["describe", "project", "--passphrase-file", "other"], 1);
    assert!(wrong.contains("the passphrase is wrong"), "{wrong}");
    let new = ["--new-passphrase-file", "other"];
    sandbox.json(&[with(&["change-passphrase", "project"]).as_slice(), &new].concat());
    let old = sandbox.failure(&with(&["describe", "project"]), 1);
    assert!(old.contains("the passphrase is wrong"), "{old}");
    let missing = sandbox.failure(&["describe", "project", "--passphrase-file", "nowhere"], 1);
    assert!(missing.contains("cannot read the passphrase"), "{missing}");
    sandbox.json(&["describe", "project", "--passphrase-file", "other"]);
}
