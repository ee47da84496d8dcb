//! A search that was trained, tried in the Training view.

use std::path::{Path, PathBuf};

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use shelfwise::control::Control;
use shelfwise::eval::pairs::PairTask;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::model::bert::device::DeviceChoice;
use shelfwise::model::bert::export::export;
use shelfwise::model::bert::pairs::{PairConfig, PairFiles, PairSource};
use shelfwise::model::bert::scratch::{NewEncoder, new_encoder};
use shelfwise::runs::{PairTraining, RunStatus, Work};
use shelfwise::workbench::{Command, TextTrainingRequest};

use super::{choose, click, settle, shows, wait, window_with_shop};

/// Questions and answers, and an encoder that learns of them in no time.
fn write(folder: &Path) -> (PathBuf, PathBuf) {
    let answers: Vec<String> =
        (0..60).map(|row| format!("the answer to the question of number {row}")).collect();
    let rows: Vec<String> =
        answers.iter().enumerate().map(|(row, answer)| format!("ask {row},{answer}")).collect();
    let (file, base) = (folder.join("pairs.csv"), folder.join("fresh"));
    std::fs::write(&file, format!("ask,answer\n{}\n", rows.join("\n"))).expect("written");
    let new = NewEncoder {
        vocab_size: 200,
        layers: 1,
        hidden_size: 16,
        heads: 2,
        max_tokens: 32,
        ..NewEncoder::default()
    };
    let encoder = new_encoder(&new, &answers, &Control::default()).expect("an encoder");
    export(&encoder, &base).expect("saved");
    (file, base)
}

fn training(folder: &Path) -> TextTrainingRequest {
    let (file, base) = write(folder);
    let source = PairSource::Files(PairFiles {
        files: vec![file],
        left: vec!["ask".to_owned()],
        right: vec!["answer".to_owned()],
        part: None,
    });
    let config = PairConfig { base_model: Some(base), epochs: 1, ..PairConfig::default() };
    let split = "hash:60/20/20".parse().expect("a split");
    TextTrainingRequest {
        name: "questions".to_owned(),
        work: Work::Pairs(Box::new(PairTraining { source, task: PairTask { config, split } })),
        seed: 1,
        device: DeviceChoice::Cpu,
    }
}

/// A window that shows a finished training on pairs.
fn window_with_search(folder: &Path) -> Harness<'static, App> {
    let mut window = window_with_shop(folder);
    window.state_mut().workbench().send(Command::SetDevice(DeviceChoice::Cpu));
    window.state_mut().show(ViewId::Training);
    window.state_mut().workbench().send(Command::StartTextTraining(training(folder)));
    wait(&mut window, "the run is finished", |state| {
        state.text_runs.first().is_some_and(|run| run.status == RunStatus::Finished)
            && state.result.value().is_some()
    });
    window
}

fn query(window: &mut Harness<'_, App>, text: &str) {
    let field = "What to search for";
    window.get_by_role_and_label(Role::TextInput, field).scroll_to_me();
    settle(window);
    window.get_by_role_and_label(Role::TextInput, field).focus();
    settle(window);
    window.get_by_role_and_label(Role::TextInput, field).type_text(text);
    settle(window);
    window.get_by_role_and_label(Role::Button, "Find").scroll_to_me();
    settle(window);
    click(window, "Find");
}

#[test]
fn a_trained_search_is_tried_on_the_texts_of_its_pairs_and_on_products() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_search(folder.path());
    assert!(window.query_by_role_and_label(Role::Heading, "Try a search").is_some());
    assert!(shows(&window, "Type a query to see the ten nearest texts"), "nothing is found yet");
    let button = window.get_by_role_and_label(Role::Button, "Find");
    assert!(button.accesskit_node().is_disabled(), "nothing is asked yet");
    query(&mut window, "the answer to the question of number 7");
    wait(&mut window, "texts are found", |state| state.found.value().is_some());
    assert!(shows(&window, "the nearest of 60 texts"));
    for title in ["Rank", "Score", "Text"] {
        assert!(window.query_all_by_label(title).next().is_some(), "{title}");
    }
    assert!(shows(&window, "1.000"), "its own text is nearest");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());

    click(&mut window, "This shop’s products");
    click(&mut window, "Find");
    wait(&mut window, "products are found", |state| {
        state.found.value().is_some_and(|found| found.found[0].item.is_some())
    });
    assert!(shows(&window, "the nearest of 12 texts"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn texts_of_a_file_are_hidden_in_presenter_mode() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_search(folder.path());
    query(&mut window, "ask 7");
    wait(&mut window, "texts are found", |state| state.found.value().is_some());
    assert!(shows(&window, "the answer to the question of number"));
    window.state_mut().workbench().send(Command::SetPresenterMode(true));
    settle(&mut window);
    assert!(!shows(&window, "the answer to the question of number"));
}

#[test]
fn a_lost_file_of_pairs_is_told_of_and_the_search_goes_on_once_it_is_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_search(folder.path());
    let (file, aside) = (folder.path().join("pairs.csv"), folder.path().join("aside.csv"));
    std::fs::rename(&file, &aside).expect("moved");
    query(&mut window, "ask 7");
    wait(&mut window, "it failed", |state| state.found.error().is_some());
    assert!(shows(&window, "pairs.csv"), "the file is named");
    std::fs::rename(&aside, &file).expect("moved back");
    click(&mut window, "Find");
    wait(&mut window, "texts are found", |state| state.found.value().is_some());
    assert!(shows(&window, "the nearest of 60 texts"));
}

#[test]
fn a_learning_rate_of_a_search_is_looked_for_and_used() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    click(&mut window, "Search");
    choose(&mut window, "Pairs", "Two columns of a file");
    let find = window.get_by_role_and_label(Role::Button, "Find a learning rate");
    assert!(find.accesskit_node().is_disabled(), "there is nothing to learn from yet");
    let request = training(folder.path());
    let file = folder.path().join("pairs.csv");
    window.state_mut().workbench().send(Command::LookAtTexts(file));
    wait(&mut window, "the columns are there", |state| state.text_columns.value().is_some());
    window.get_by_role_and_label(Role::Button, "Find a learning rate").scroll_to_me();
    settle(&mut window);
    click(&mut window, "Find a learning rate");
    // With the built-in model it takes a while; the tiny one gives a curve at once.
    let ticket = window.state_mut().workbench().state().rate_sweep.pending().cloned();
    ticket.expect("it is looked for").cancel();
    wait(&mut window, "it has ended", |state| state.rate_sweep.pending().is_none());
    window.state_mut().workbench().send(Command::FindTextRate(request));
    wait(&mut window, "a rate is found", |state| state.rate_sweep.value().is_some());
    assert!(shows(&window, "Loss by learning rate"));
    let rate = window.state_mut().workbench().state().rate_sweep.value().expect("one").encoder_rate;
    let button = format!("Use {rate:.1e}");
    window.get_by_label(&button).scroll_to_me();
    settle(&mut window);
    click(&mut window, &button);
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    window.get_by_label("Text task").scroll_to_me();
    settle(&mut window);
    click(&mut window, "Text task");
    assert!(!shows(&window, "Loss by learning rate"), "the curve is of the search");
}
