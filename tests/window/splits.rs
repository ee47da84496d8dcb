//! The Splits view, and runs compared in the Evaluation view.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::dataset::split::{Part, SplitSpec, SplitStrategy};
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::model::ModelConfig;
use shelfwise::model::bert::device::DeviceChoice;
use shelfwise::runs::RunStatus;
use shelfwise::workbench::{Command, TrainingRequest};

use super::{choose, click, settle, shows, wait, window_with_shop};

fn open(window: &mut Harness<'_, App>) {
    window.state_mut().show(ViewId::Splits);
    wait(window, "the shop is divided", |state| state.split.value().is_some());
    settle(window);
}

#[test]
fn the_shop_is_divided_on_the_first_visit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    for figure in ["Parts over time", "Cold shoppers and products", "Leak check", "Sessions"] {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
    }
    assert!(shows(&window, "Stacked bars of the visits"));
    assert!(shows(&window, "No defect"), "what comes with the kind of split is told from defects");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn another_way_of_dividing_is_computed_when_it_is_chosen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    open(&mut window);
    choose(&mut window, "How events are divided", "By time");
    wait(&mut window, "the shop is divided by time", |state| {
        let strategy = state.split.value().map(|split| &split.spec.strategy);
        matches!(strategy, Some(SplitStrategy::TimePoint { .. }))
    });
    assert!(shows(&window, "Nothing leaks"));
    choose(&mut window, "How events are divided", "Random shoppers");
    wait(&mut window, "shoppers are drawn", |state| {
        let parts = state.split.value().map(|split| &split.summary.parts);
        parts.is_some_and(|parts| parts.iter().any(|counts| counts.part == Part::Context))
    });
    assert!(shows(&window, "Given history"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

fn train(window: &mut Harness<'_, App>, model: &str, strategy: SplitStrategy) {
    let before = window.state_mut().workbench().state().runs.len();
    let request = TrainingRequest {
        name: format!("{model} {before}"),
        config: ModelConfig::by_name(model).expect("the model is registered"),
        split: SplitSpec::from(strategy),
        seed: 1,
        device: DeviceChoice::default(),
    };
    window.state_mut().workbench().send(Command::StartTraining(request));
    wait(window, "the run is finished", |state| {
        state.runs.len() > before && state.runs[0].status == RunStatus::Finished
    });
}

#[test]
fn marked_runs_are_compared_and_a_different_split_is_not_tested() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    train(&mut window, "markov", SplitStrategy::LastOne);
    train(&mut window, "item_knn", SplitStrategy::LastOne);
    train(&mut window, "popularity", SplitStrategy::LastN { n: 2 });
    window.state_mut().show(ViewId::Evaluation);
    settle(&mut window);
    assert!(!shows(&window, "Compare 2 runs"), "nothing is marked yet");
    for run in ["markov 0", "item_knn 1", "popularity 2"] {
        click(&mut window, &format!("Compare “{run}”"));
    }
    click(&mut window, "Compare 3 runs");
    wait(&mut window, "the runs are compared", |state| state.comparison.value().is_some());
    let state = window.state_mut().workbench().state();
    let comparison = state.comparison.value().expect("a comparison").clone();
    assert!(comparison.comparison.pairs.iter().all(|pair| (pair.a, pair.b) == (1, 2)));
    assert_eq!(comparison.comparison.mismatches.len(), 2);
    for figure in ["Runs side by side", "Differences between runs"] {
        assert!(window.query_by_role_and_label(Role::Heading, figure).is_some(), "{figure}");
    }
    assert!(shows(&window, "stand side by side untested"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}
