//! Cleaning without a window: commands and the command line.

use std::path::Path;
use std::time::Duration;

use shelfwise::dataset::EventKind;
use shelfwise::dataset::clean::{CleaningStep, EventTest, Recipe};
use shelfwise::model::ModelConfig;
use shelfwise::model::bert::device::DeviceChoice;
use shelfwise::workbench::{Command, Folders, TrainingRequest, Workbench};

use crate::command_line::Sandbox;
use crate::shop;

const PATIENCE: Duration = Duration::from_mins(1);

fn send(workbench: &mut Workbench, command: Command) {
    workbench.send(command);
    assert!(workbench.settle(PATIENCE, |_| {}), "the work ended in time");
}

fn open(folder: &Path) -> Workbench {
    let files = shop::write(folder);
    let mut workbench = Workbench::headless(Folders::below(folder), DeviceChoice::Cpu);
    send(&mut workbench, Command::OpenFolder(files));
    workbench
}

fn without_views() -> Recipe {
    let kinds = vec![EventKind::View];
    Recipe::default().with(CleaningStep::DropEvents { kinds, when: EventTest::Any })
}

fn events(workbench: &Workbench) -> usize {
    workbench.state().shop.value().expect("an open shop").dataset.interactions.len()
}

#[test]
fn a_recipe_is_applied_extended_and_taken_back_while_runs_and_selection_stay() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    let all = events(&workbench);
    let user = workbench.state().shop.value().expect("open").dataset.user("U7");
    send(&mut workbench, Command::SelectUser(user));
    send(
        &mut workbench,
        Command::StartTraining(TrainingRequest {
            name: "on all".to_owned(),
            config: ModelConfig::by_name("popularity").expect("a model"),
            split: shelfwise::dataset::split::SplitSpec::default(),
            seed: 1,
            device: DeviceChoice::Cpu,
        }),
    );
    send(&mut workbench, Command::ApplyRecipe(without_views()));
    let state = workbench.state();
    assert_eq!(state.cleaning.error(), None);
    let shop = state.shop.value().expect("open");
    assert_eq!(shop.dataset.interactions.counts().get(EventKind::View), 0);
    assert_eq!(shop.cleaning.original.events, all as u64);
    assert_eq!(shop.cleaning.outcomes[0].after.events, events(&workbench) as u64);
    assert_eq!(state.selection.user, shop.dataset.user("U7"), "the same shopper stays picked");
    assert_eq!(state.profile.value().map(|profile| Some(profile.user)), Some(state.selection.user));
    assert_eq!(state.runs.len(), 1);
    assert_ne!(state.runs[0].revision, shop.dataset.revision);
    let overview = state.overview.value().expect("counted again");
    assert_eq!(overview.description.events, events(&workbench) as u64);

    let window = CleaningStep::KCore { users: 2, items: 2 };
    send(&mut workbench, Command::AddCleaningSteps(vec![window.clone()]));
    let recipe = workbench.state().shop.value().expect("open").cleaning.recipe.clone();
    assert_eq!(recipe, without_views().with(window));
    let project = workbench.state().shop.value().expect("open").project.clone();
    send(&mut workbench, Command::CloseProject);
    send(&mut workbench, Command::OpenFolder(project));
    assert_eq!(workbench.state().shop.value().expect("open").cleaning.recipe, recipe);
    send(&mut workbench, Command::ApplyRecipe(Recipe::default()));
    assert_eq!(events(&workbench), all);
}

#[test]
fn a_recipe_that_cannot_be_carried_out_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut workbench = open(folder.path());
    let all = events(&workbench);
    let impossible = Recipe::default().with(CleaningStep::KCore { users: 1_000, items: 1 });
    send(&mut workbench, Command::ApplyRecipe(impossible));
    let error = workbench.state().cleaning.error().expect("a reason").to_owned();
    assert!(error.contains("step 1 (k_core) would leave none"), "{error}");
    assert_eq!(events(&workbench), all);
    assert_eq!(
        workbench.state().notices.last().map(|notice| notice.key),
        Some("notice-cleaning-failed")
    );
    send(&mut workbench, Command::ApplyRecipeFile(folder.path().join("nowhere.toml")));
    assert!(workbench.state().cleaning.error().is_some_and(|error| error.contains("nowhere.toml")));
}

#[test]
fn the_command_line_cleans_undoes_saves_and_replays() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let all = sandbox.json(&["describe", "project"])["events"].clone();
    let plain = sandbox.json(&["clean", "project"]);
    assert_eq!((&plain["now"]["events"], &plain["steps"]), (&all, &serde_json::json!([])));
    let cleaned = sandbox.json(&[
        "clean",
        "project",
        "--step",
        "drop_events",
        "kinds=view",
        "--step",
        "k_core",
        "users=3",
        "items=2",
        "--save",
        "recipe.toml",
    ]);
    assert_eq!(cleaned["original"]["events"], all);
    let steps = cleaned["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0]["step"]["step"], "drop_events");
    assert_eq!(steps[0]["after"], steps[1]["before"]);
    assert!(steps[0]["after"]["events"].as_u64() < steps[0]["before"]["events"].as_u64());
    assert_eq!(sandbox.json(&["describe", "project"])["events"], cleaned["now"]["events"]);
    let undone = sandbox.json(&["clean", "project", "--undo"]);
    assert_eq!(undone["steps"].as_array().map(Vec::len), Some(1));
    let replayed = sandbox.json(&["clean", "project", "--recipe", "recipe.toml"]);
    assert_eq!(replayed["revision"], cleaned["revision"], "the same steps give the same data");
    let restored = sandbox.json(&["clean", "project", "--recipe", "none"]);
    assert_eq!(restored["revision"], plain["revision"]);
    let imported = sandbox.json(&[
        "import",
        "other",
        "--events",
        "shop/events.csv",
        "--catalog",
        "shop/catalog.csv",
        "--clean",
        "recipe.toml",
    ]);
    assert_eq!(imported["events"], cleaned["now"]["events"]);
}

#[test]
fn wrong_recipes_are_named_and_nothing_is_done() {
    let sandbox = Sandbox::new();
    sandbox.imported();
    let step = sandbox.failure(&["clean", "project", "--step", "teleport"], 2);
    assert!(step.contains("teleport") && step.contains("merge_returns"), "{step}");
    let nothing = sandbox.failure(&["clean", "project", "--undo"], 1);
    assert!(nothing.contains("no step to take back"), "{nothing}");
    let empty = sandbox.failure(&["clean", "project", "--step", "k_core users=99 items=1"], 1);
    assert!(empty.contains("would leave none"), "{empty}");
    std::fs::write(sandbox.path().join("bad.toml"), "version = 9").expect("written");
    let newer = sandbox.failure(&["clean", "project", "--recipe", "bad.toml"], 1);
    assert!(newer.contains("newer version"), "{newer}");
    let import = ["import", "late", "--events", "shop/events.csv", "--clean", "bad.toml"];
    sandbox.failure(&import, 1);
    assert!(!sandbox.path().join("late").exists(), "the recipe is read before the files");
}
