//! The Training view.

use egui::Role;
use egui_kittest::Harness;
#[cfg(feature = "hub")]
use egui_kittest::kittest::NodeT as _;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::App;
use shelfwise::gui::view::ViewId;
use shelfwise::ids::ItemIdx;
use shelfwise::model::ModelConfig;
use shelfwise::model::bert::config::Trainable;
use shelfwise::runs::{RunStatus, Work};
use shelfwise::workbench::Command;

use super::{choose, click, settle, shows, wait, window_with_shop};

fn train(window: &mut Harness<'_, App>) {
    window.state_mut().show(ViewId::Training);
    settle(window);
    choose(window, "Model", "Markov chain");
    click(window, "Start training");
    wait(window, "the run is finished", |state| {
        state.runs.first().is_some_and(|run| run.status == RunStatus::Finished)
    });
}

#[test]
fn a_training_started_here_ends_with_a_verdict_against_popularity() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    train(&mut window);
    assert!(window.query_by_role_and_label(Role::Heading, "Result").is_some());
    assert!(shows(&window, "95 % interval"), "the verdict has an interval");
    assert!(shows(&window, "markov 1"), "the run is listed");
    click(&mut window, "Open evaluation");
    assert_eq!(window.state().current_view(), ViewId::Evaluation);
}

#[test]
fn a_recommender_can_be_started_while_another_one_trains() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    click(&mut window, "Start training");
    choose(&mut window, "Model", "Markov chain");
    click(&mut window, "Start training");
    let waiting = window.state_mut().workbench().state().queue.len();
    assert_eq!(waiting, 1, "the second one waits for the first");
    window.state_mut().workbench().send(Command::CancelTraining);
    wait(&mut window, "the second one is finished", |state| {
        state.queue.is_empty()
            && state.runs.iter().any(|run| run.status == RunStatus::Finished)
            && state.training.as_ref().is_some_and(|training| training.ticket.is_none())
    });
}

#[test]
fn a_run_can_be_renamed_and_deleted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    train(&mut window);
    click(&mut window, "Delete");
    wait(&mut window, "the run is gone", |state| state.runs.is_empty());
    click(&mut window, "Undo");
    wait(&mut window, "the run is back", |state| state.runs.len() == 1);
    click(&mut window, "Delete");
    wait(&mut window, "the run is gone again", |state| state.runs.is_empty());
}

#[test]
fn the_form_offers_every_model_with_its_settings() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    for (model, setting) in [
        ("Markov chain", "Latest products used"),
        ("Item neighbours", "Neighbours"),
        ("BERT, fine-tuned", "Batch size"),
        ("Popularity", "This model has no settings."),
    ] {
        choose(&mut window, "Model", model);
        assert!(shows(&window, setting), "{model} has {setting:?}");
        assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    }
}

#[test]
fn another_choice_of_what_learns_brings_its_learning_rate() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    choose(&mut window, "What learns", "Low-rank changes (LoRA)");
    assert!(shows(&window, "Usual learning rate 1e-3"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    click(&mut window, "Start training");
    let workbench = window.state_mut().workbench();
    let training = workbench.state().training.as_ref().expect("it has begun");
    let Work::Recommender { config, .. } = &training.work else { panic!("{:?}", training.work) };
    let ModelConfig::Bert(config) = config.as_ref() else { panic!("{config:?}") };
    assert_eq!(config.trainable, Trainable::LowRank(8));
    assert!((config.encoder_learning_rate - 1e-3).abs() < 1e-12);
    workbench.send(Command::CancelTraining);
    wait(&mut window, "it has ended", |state| {
        state.training.as_ref().is_some_and(|training| training.ticket.is_none())
    });
}

#[test]
fn histories_and_negatives_are_set_in_the_form() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    choose(&mut window, "Model", "Sequence, next product (SASRec)");
    click(&mut window, "More settings");
    settle(&mut window);
    for setting in ["Crop", "Hide", "Reorder"] {
        assert!(shows(&window, setting), "{setting}");
    }
    assert!(!shows(&window, "Drawn"), "nothing is drawn of a whole catalogue");
    choose(&mut window, "Loss over", "A sample");
    choose(&mut window, "Drawn", "The hardest of a pool");
    assert!(shows(&window, "Samples in the pool"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

/// Click a widget further down the page.
fn click_below(window: &mut Harness<'_, App>, name: &str) {
    window.get_by_label(name).scroll_to_me();
    settle(window);
    click(window, name);
}

#[test]
fn what_the_catalogue_knows_is_learned_and_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = folder.path().join("rules.txt");
    std::fs::write(&rules, "P0 goes_with P1\nbrand:\"Brand 0\" like category:Tea")
        .expect("written");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    choose(&mut window, "Model", "Popularity");
    assert!(!shows(&window, "What the catalogue knows"), "it takes nothing from the catalogue");
    choose(&mut window, "Model", "Sequence, next product (SASRec)");
    assert!(shows(&window, "Trainings leave this knowledge out"));
    choose(&mut window, "Catalogue knowledge", "As a graph");
    assert!(!shows(&window, "Trainings leave this knowledge out"));
    click_below(&mut window, "Learn the facts");
    wait(&mut window, "the graph is there", |state| state.knowledge.value().is_some());
    for words in ["12 of 12 products", "Category: 12", "whose two ends", "Choose a product"] {
        assert!(shows(&window, words), "{words}");
    }
    assert!(window.query_by_role_and_label(Role::ComboBox, "Product: Choose a product").is_some());
    click_below(&mut window, "Examples of facts");
    assert!(shows(&window, "Two-person tent is in Camping"));
    window.state_mut().workbench().send(Command::SelectItem(Some(ItemIdx(0))));
    wait(&mut window, "its neighbours are there", |state| state.known_product.value().is_some());
    assert!(shows(&window, "category Camping"), "what the nearest share");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());

    let learned =
        window.state_mut().workbench().state().knowledge.value().expect("a graph").clone();
    let mut request = learned.request.clone();
    request.config.rules = Some(rules.clone());
    window.state_mut().workbench().send(Command::LearnKnowledge(request.clone()));
    wait(&mut window, "the rules are read", |state| {
        state.knowledge.value().is_some_and(|learned| learned.request == request)
    });
    assert!(shows(&window, "Learned with other settings"), "the form has no rules");
    assert!(shows(&window, "Your rules") && shows(&window, "2 lines, 2 of them new facts"));
    std::fs::remove_file(&rules).expect("removed");
    window.state_mut().workbench().send(Command::LearnKnowledge(request));
    wait(&mut window, "the rules are missed", |state| state.knowledge.error().is_some());
    assert!(shows(&window, "cannot read the rules"));
    assert!(shows(&window, "Your rules"), "what was learned before stays");
    click_below(&mut window, "Try again");
    wait(&mut window, "it is learned as the form says", |state| state.knowledge.error().is_none());
}

#[test]
fn a_text_task_is_filled_in_from_a_file_and_waits_for_its_turn() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = |row: u32| {
        let (opinion, word) =
            if row.is_multiple_of(2) { ("good", "soft") } else { ("bad", "broken") };
        format!("{opinion},a {word} thing of number {row}")
    };
    let table: Vec<String> = (0..60).map(row).collect();
    let table = format!("opinion,body\n{}\n", table.join("\n"));
    let file = folder.path().join("texts.csv");
    std::fs::write(&file, table).expect("written");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    click(&mut window, "Text task");
    assert!(window.query_by_label("Start training").is_none(), "nothing can be started yet");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    window.state_mut().workbench().send(Command::LookAtTexts(file));
    wait(&mut window, "the columns are there", |state| state.text_columns.value().is_some());
    assert!(shows(&window, "body (6.0 words)"), "the column of texts is offered");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    click(&mut window, "Start training");
    click(&mut window, "Start training");
    assert!(shows(&window, "Waiting"), "the second one waits");
    click(&mut window, "Take out of the queue");
    window.state_mut().workbench().send(Command::CancelTraining);
    wait(&mut window, "both have ended", |state| {
        state.queue.is_empty()
            && state.training.as_ref().is_some_and(|training| training.ticket.is_none())
    });
    assert!(shows(&window, "text task 1"), "the run is listed");
}

#[test]
fn a_language_training_starts_from_an_encoder_or_a_new_one() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    click(&mut window, "Language");
    assert!(shows(&window, "This shop’s catalogue, reviews and searches"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    click(&mut window, "A new one");
    assert!(shows(&window, "Attention heads"), "its sizes are asked for");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[cfg(feature = "hub")]
#[test]
fn a_language_model_of_the_hub_is_asked_for_by_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    click(&mut window, "Language");
    assert!(!shows(&window, "Name on the hub"));
    click(&mut window, "Download from the hub…");
    assert!(shows(&window, "Nothing of your shop leaves this computer"));
    window.get_by_label("Name on the hub").focus();
    settle(&mut window);
    window.get_by_label("Name on the hub").type_text("bert");
    settle(&mut window);
    assert!(
        window.get_by_label("Download").accesskit_node().is_disabled(),
        "no model has such a name"
    );
    window.get_by_label("Name on the hub").type_text("/base");
    settle(&mut window);
    assert!(!window.get_by_label("Download").accesskit_node().is_disabled());
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn a_search_is_trained_from_the_shop_or_two_columns_of_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = |row: u32| format!("ask {row},a long answer to the question of number {row}");
    let table: Vec<String> = (0..60).map(row).collect();
    let file = folder.path().join("pairs.csv");
    std::fs::write(&file, format!("ask,answer\n{}\n", table.join("\n"))).expect("written");
    let mut window = window_with_shop(folder.path());
    window.state_mut().show(ViewId::Training);
    settle(&mut window);
    click(&mut window, "Search");
    assert!(shows(&window, "Learn to find the right text for another one"));
    click(&mut window, "Large batches");
    assert!(shows(&window, "128 pairs stand against each other"), "the recipe is explained");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    choose(&mut window, "Pairs", "Two columns of a file");
    assert!(shows(&window, "Choose a file and two of its columns."));
    window.state_mut().workbench().send(Command::LookAtTexts(file));
    wait(&mut window, "the columns are there", |state| state.text_columns.value().is_some());
    assert!(!shows(&window, "Choose a file and two of its columns."), "both are proposed");
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    click(&mut window, "Start training");
    window.state_mut().workbench().send(Command::CancelTraining);
    wait(&mut window, "it has ended", |state| {
        state.training.as_ref().is_some_and(|training| training.ticket.is_none())
    });
    assert!(shows(&window, "text pairs 1"), "the run is listed");
}
