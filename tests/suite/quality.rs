//! The quality report on the command line.

use crate::command_line::Sandbox;

#[test]
fn the_report_is_json_and_part_of_the_description() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let report = sandbox.json(&["quality", "project"]);
    for key in ["revision", "findings", "clear", "skipped"] {
        assert!(report.get(key).is_some(), "{key}");
    }
    let description = sandbox.json(&["describe", "project"]);
    assert_eq!(description["quality"], report);
    assert!(description["warnings"].is_array(), "what was there before stays");
    sandbox.failure(&["quality", "no-such-project"], 1);
}
