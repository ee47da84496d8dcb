//! Every registered view in every state it can be in: no data, loading, failed and full.
//!
//! The test iterates the registry, so a new view is tested the moment that it is registered.

use std::path::Path;
use std::time::Duration;

use super::files::FileRequests;
use super::text::Text;
use super::theme::Theme;
use super::view::{VIEWS, ViewContext};
use crate::analysis::similarity::{SimilarityOptions, SimilaritySpec};
use crate::analysis::table::{TableKind, TableQuery};
use crate::analysis::transitions::TransitionOptions;
use crate::dataset::load::LoadRequest;
use crate::dataset::split::{Phase, SplitSpec};
use crate::eval::CaseLimit;
use crate::ids::{ItemIdx, UserIdx};
use crate::jobs::{JobError, JobKind, JobTicket, Jobs, Lane};
use crate::model::ModelConfig;
use crate::model::bert::device::DeviceChoice;
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse};
use crate::workbench::settings::{Language, ThemeChoice};
use crate::workbench::{
    ColumnRequest, Command, ComparisonRequest, EvaluationRequest, Folders, HistorySource,
    KnowledgeRequest, KnownRequest, RecommendRequest, SplitRequest, State, TrainingRequest,
    Workbench,
};

const FRAMES: usize = 4;
const PATIENCE: Duration = Duration::from_mins(1);

/// Paint every view a few frames in both languages and themes; texts that are missing.
fn paint_all(state: &State) -> Vec<String> {
    let mut missing = Vec::new();
    for language in [Language::En, Language::Zh] {
        let text = Text::new(language);
        for theme in [ThemeChoice::Light, ThemeChoice::Dark] {
            let ctx = egui::Context::default();
            Theme::of(theme).apply(&ctx);
            for entry in VIEWS {
                let mut view = (entry.make)();
                for _ in 0..FRAMES {
                    paint(&ctx, state, &text, Theme::of(theme), view.as_mut());
                }
            }
        }
        missing.extend(text.missing());
    }
    missing
}

fn paint(
    ctx: &egui::Context,
    state: &State,
    text: &Text,
    theme: &Theme,
    view: &mut dyn super::view::View,
) {
    let size = egui::vec2(1_092.0, 718.0);
    let input = egui::RawInput {
        screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
        ..egui::RawInput::default()
    };
    let output = ctx.run_ui(input, |ui| {
        let (mut commands, mut navigate, mut files) = (Vec::new(), None, FileRequests::default());
        let mut cx = ViewContext {
            state,
            commands: &mut commands,
            text,
            theme,
            navigate: &mut navigate,
            files: &mut files,
        };
        view.ui(ui, &mut cx);
    });
    output.drop_without_applying_deltas();
    // Textures and sort orders are made in the background between frames.
    std::thread::sleep(Duration::from_millis(3));
}

fn assert_all_texts(state: &State) {
    assert_eq!(paint_all(state), Vec::<String>::new(), "texts that the catalogue lacks");
}

const EVENTS: &str = "tests/fixtures/window/events.csv";
const CATALOG: &str = "tests/fixtures/window/catalog.csv";

/// A small shop with everything computed.
fn full(folder: &Path) -> Workbench {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let request = LoadRequest {
        name: "Corner shop".to_owned(),
        events: vec![root.join(EVENTS)],
        catalog: vec![root.join(CATALOG)],
        ..LoadRequest::default()
    };
    let mut workbench = Workbench::headless(Folders::below(folder), DeviceChoice::Cpu);
    settle(&mut workbench, [Command::Import { project: folder.join("shop"), request }]);
    assert!(workbench.state().shop.value().is_some(), "{:?}", workbench.state().shop.error());
    settle(
        &mut workbench,
        [
            Command::SelectUser(Some(UserIdx(0))),
            Command::SelectItem(Some(ItemIdx(0))),
            Command::ComputeTransitions(TransitionOptions::default()),
            Command::ComputeSimilarity(SimilaritySpec::default(), SimilarityOptions::default()),
            Command::ExamineQuality,
            Command::ComputeSplit(SplitRequest { spec: SplitSpec::default(), gap_minutes: 30 }),
            Command::QueryTable(TableQuery::whole(TableKind::Events)),
            Command::ProfileColumn(ColumnRequest {
                query: TableQuery::whole(TableKind::Products),
                column: "price".to_owned(),
            }),
            Command::ComputeActivity,
            Command::LearnKnowledge(knowledge()),
            Command::StartTraining(training()),
        ],
    );
    let known = KnownRequest { item: ItemIdx(0), k: 5 };
    settle(&mut workbench, [Command::LookAtKnown(known)]);
    let run = workbench.state().runs.first().expect("the training left a run").id.clone();
    settle(
        &mut workbench,
        [
            Command::SelectRun(Some(run.clone())),
            Command::Recommend(RecommendRequest {
                run: Some(run.clone()),
                source: HistorySource::User(UserIdx(0)),
                k: 5,
                filter_viewed: true,
            }),
            Command::CompareRuns(ComparisonRequest {
                runs: vec![run.clone(), run.clone()],
                k: 10,
                phase: Phase::Test,
                mask_seen: true,
                cases: CaseLimit::Auto,
            }),
            Command::Evaluate(EvaluationRequest {
                run,
                ks: vec![5, 10],
                phase: Phase::Test,
                mask_seen: true,
                cases: CaseLimit::Auto,
            }),
        ],
    );
    workbench
}

fn knowledge() -> KnowledgeRequest {
    let config = KnowledgeConfig { used: KnowledgeUse::Graph, ..KnowledgeConfig::default() };
    KnowledgeRequest { config, seed: 1 }
}

fn training() -> TrainingRequest {
    TrainingRequest {
        name: "first".to_owned(),
        config: ModelConfig::by_name("markov").expect("Markov is a model"),
        split: SplitSpec::default(),
        seed: 1,
        device: DeviceChoice::Cpu,
    }
}

fn settle(workbench: &mut Workbench, commands: impl IntoIterator<Item = Command>) {
    for command in commands {
        workbench.send(command);
    }
    assert!(workbench.settle(PATIENCE, |_| ()), "the small shop is computed in time");
}

/// A job that runs until it is told to stop.
fn endless(jobs: &Jobs<()>) -> JobTicket {
    jobs.submit(Lane::Analysis, JobKind("job-open"), |control| {
        loop {
            control.check().map_err(|_| JobError::Cancelled)?;
            control.report("stage-reading", 1, 2);
            std::thread::sleep(Duration::from_millis(1));
        }
    })
}

/// Start the same job for every value of a state.
fn make_pending(state: &mut State, ticket: &JobTicket) {
    state.cleaning.start(ticket.clone());
    state.overview.start(ticket.clone());
    state.quality.start(ticket.clone());
    state.profile.start(ticket.clone());
    state.transitions.start(ticket.clone());
    state.similarity.start(ticket.clone());
    state.neighbours.start(ticket.clone());
    state.table.start(ticket.clone());
    state.column.start(ticket.clone());
    state.activity.start(ticket.clone());
    state.export.start(ticket.clone());
    state.download.start(ticket.clone());
    state.recommendations.start(ticket.clone());
    state.evaluation.start(ticket.clone());
    state.split.start(ticket.clone());
    state.comparison.start(ticket.clone());
    state.text_columns.start(ticket.clone());
    state.result.start(ticket.clone());
    state.told.start(ticket.clone());
    state.knowledge.start(ticket.clone());
    state.known_product.start(ticket.clone());
    state.found.start(ticket.clone());
}

fn make_failed(state: &mut State) {
    let failure = || "cannot do it: found nothing. Try again. File: /shop/a.csv".to_owned();
    state.cleaning.fail(failure());
    state.overview.fail(failure());
    state.quality.fail(failure());
    state.profile.fail(failure());
    state.transitions.fail(failure());
    state.similarity.fail(failure());
    state.neighbours.fail(failure());
    state.table.fail(failure());
    state.column.fail(failure());
    state.activity.fail(failure());
    state.export.fail(failure());
    state.download.fail(failure());
    state.recommendations.fail(failure());
    state.evaluation.fail(failure());
    state.split.fail(failure());
    state.comparison.fail(failure());
    state.text_columns.fail(failure());
    state.result.fail(failure());
    state.told.fail(failure());
    state.knowledge.fail(failure());
    state.known_product.fail(failure());
    state.found.fail(failure());
}

/// The shop alone, nothing computed from it.
fn with_shop(workbench: &Workbench) -> State {
    let mut state = State::default();
    state.shop.set(workbench.state().shop.value().expect("an open shop").clone());
    state
}

#[test]
fn views_say_what_to_do_when_no_shop_is_open() {
    assert_all_texts(&State::default());
    let mut failed = State::default();
    failed.shop.fail("cannot open the shop. Folder: /shop".to_owned());
    make_failed(&mut failed);
    assert_all_texts(&failed);
}

#[test]
fn views_show_progress_while_anything_is_computed() {
    let jobs = Jobs::start(|| {});
    let ticket = endless(&jobs);
    let mut opening = State::default();
    opening.shop.start(ticket.clone());
    assert_all_texts(&opening);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workbench = full(folder.path());
    let mut computing = with_shop(&workbench);
    assert_all_texts(&computing);
    make_pending(&mut computing, &ticket);
    assert_all_texts(&computing);
    ticket.cancel();
}

#[test]
fn views_show_failures_and_what_was_there_before() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workbench = full(folder.path());
    let mut failed = with_shop(&workbench);
    make_failed(&mut failed);
    assert_all_texts(&failed);
}

#[test]
fn views_paint_a_whole_shop_with_all_results() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let workbench = full(folder.path());
    let state = workbench.state();
    for (what, is_there) in [
        ("overview", state.overview.value().is_some()),
        ("quality", state.quality.value().is_some()),
        ("profile", state.profile.value().is_some()),
        ("transitions", state.transitions.value().is_some()),
        ("similarity", state.similarity.value().is_some()),
        ("table", state.table.value().is_some()),
        ("column", state.column.value().is_some()),
        ("activity", state.activity.value().is_some()),
        ("knowledge", state.knowledge.value().is_some()),
        ("known product", state.known_product.value().is_some()),
        ("recommendations", state.recommendations.value().is_some()),
        ("evaluation", state.evaluation.value().is_some()),
        ("split", state.split.value().is_some()),
        ("comparison", state.comparison.value().is_some()),
    ] {
        assert!(is_there, "{what} was not computed");
    }
    assert_all_texts(state);
}

#[test]
fn every_view_is_registered_once_under_a_name_of_its_own() {
    for (position, entry) in VIEWS.iter().enumerate() {
        assert_eq!(super::view::ViewId::by_name(entry.name), Some(entry.id));
        assert_eq!(entry.id.entry().name, entry.name);
        assert!(
            VIEWS[..position]
                .iter()
                .all(|other| other.id != entry.id && other.title != entry.title)
        );
    }
}
