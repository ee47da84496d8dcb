//! The Evaluation view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::dataset::split::{Phase, SplitSpec};
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::model::ModelConfig;
use shelfwise::model::bert::device::DeviceChoice;
use shelfwise::runs::RunStatus;
use shelfwise::workbench::{Command, TrainingRequest};

use super::{click, settle, shows, wait, window_with_shop};

fn train(window: &mut Harness<'_, App>) {
    let config = ModelConfig::by_name("item_knn").expect("the model is registered");
    let request = TrainingRequest {
        name: "neighbours".to_owned(),
        config,
        split: SplitSpec::default(),
        seed: 1,
        device: DeviceChoice::default(),
    };
    window.state_mut().workbench().send(Command::StartTraining(request));
    wait(window, "the run is finished", |state| {
        state.runs.first().is_some_and(|run| run.status == RunStatus::Finished)
    });
}

#[test]
fn without_a_run_the_page_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Evaluation);
    settle(&mut window);
    assert!(shows(&window, "No run yet"));
    click(&mut window, "Go to Training");
    assert_eq!(window.state().current_view(), ViewId::Training);
}

#[test]
fn a_run_is_judged_beside_the_baselines_with_interval_and_protocol() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    train(&mut window);
    window.state_mut().show(ViewId::Evaluation);
    settle(&mut window);
    window.get_by_role_and_label(Role::RadioButton, "Validation").click();
    settle(&mut window);
    click(&mut window, "Evaluate");
    wait(&mut window, "the run is judged on validation cases", |state| {
        state.evaluation.value().is_some_and(|table| table.phase == Phase::Validation)
    });
    for figure in ["Runs", "All metrics", "Protocol"] {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
    }
    assert!(shows(&window, "paired over shoppers"), "the verdict names its test");
    assert!(shows(&window, "Holm correction"), "the protocol is in full");
    let table = window.state_mut().workbench().state().evaluation.value().expect("a table").clone();
    for baseline in ["popularity", "markov"] {
        let is_there = table.rows.iter().any(|row| row.run.is_none() && row.model == baseline);
        assert!(is_there, "{baseline} is judged too");
    }
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}
