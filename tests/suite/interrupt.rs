//! Ctrl+C in the middle of a training.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command_line::Sandbox;

/// Longer than any machine takes to begin or to stop.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn a_training_that_is_interrupted_is_kept_as_cancelled() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let endless = ["--set", "epochs=100000", "--set", "patience=null", "--set", "hidden_size=8"];
    let arguments = [&["fit", "project", "--model", "sasrec"], &endless[..]].concat();
    let mut command = sandbox.command(&arguments);
    let mut training =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let runs = sandbox.path().join("project/runs");
    let began = Instant::now();
    // A run has a folder once its training has begun.
    while std::fs::read_dir(&runs).map_or(0, Iterator::count) == 0 {
        assert!(began.elapsed() < PATIENCE, "no run after {PATIENCE:?}");
        assert!(training.try_wait().expect("its state is known").is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pressed = Command::new("kill").args(["-INT", &training.id().to_string()]).status();
    assert!(pressed.expect("kill is there").success());
    let output = training.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("interrupted"), "{told}");
    let kept = sandbox.json(&["runs", "project"]);
    assert_eq!(kept["runs"][0]["status"], "cancelled", "{kept}");
}
