//! The window, driven as a user drives it: widgets are found by role and name.

mod cleaning;
mod data;
mod evaluation;
mod locking;
mod privacy;
mod profiles;
mod quality;
mod recommendations;
mod search;
mod shell;
mod similarity;
mod splits;
mod tables;
mod training;
mod transitions;

use std::path::Path;
use std::time::{Duration, Instant};

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::{App, Rendering};
use shelfwise::workbench::{Command, Folders, State};

const PATIENCE: Duration = Duration::from_mins(2);

/// A window of the smallest common size, with its settings and projects below `folder`.
fn window(folder: &Path) -> Harness<'static, App> {
    sized_window(folder, [1280.0, 800.0])
}

fn sized_window(folder: &Path, size: [f32; 2]) -> Harness<'static, App> {
    let folders = Folders::below(folder);
    // Hardware differs between machines; what the window says about it is not tested here.
    let rendering = Rendering { adapter: "none".to_owned(), is_software: true };
    Harness::builder()
        .with_size(size)
        .with_max_steps(32)
        .allow_missing_glyphs()
        .build_eframe(move |cc| App::in_context(&cc.egui_ctx, rendering, folders, None))
}

/// Paint frames until `is_done` holds.
fn wait(window: &mut Harness<'_, App>, what: &str, is_done: impl Fn(&State) -> bool) {
    let started = Instant::now();
    while !is_done(window.state_mut().workbench().state()) {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    settle(window);
}

/// A few frames, so that what was just computed is painted and popups have opened or closed.
fn settle(window: &mut Harness<'_, App>) {
    for _ in 0..6 {
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A window with the small shop open.
fn window_with_shop(folder: &Path) -> Harness<'static, App> {
    let mut window = window(folder);
    open_shop(&mut window, folder);
    window
}

fn open_shop(window: &mut Harness<'_, App>, folder: &Path) {
    let shop = crate::shop::write(folder);
    window.state_mut().workbench().send(Command::OpenFolder(shop));
    wait(window, "the shop is open", |state| state.overview.value().is_some());
}

/// Click the widget with this name and let the click take effect.
fn click(window: &mut Harness<'_, App>, name: &str) {
    window.get_by_label(name).click();
    settle(window);
}

/// Open a box of choices, wherever on the page it is, and take one. A choice that is named elsewhere too is the
/// one painted last.
fn choose(window: &mut Harness<'_, App>, combo: &str, name: &str) {
    window.get_by_role_and_label(Role::ComboBox, combo).scroll_to_me();
    settle(window);
    window.get_by_role_and_label(Role::ComboBox, combo).click();
    settle(window);
    let choices: Vec<_> = window.query_all_by_label(name).collect();
    choices.last().unwrap_or_else(|| panic!("{name} is offered")).click();
    drop(choices);
    settle(window);
}

fn shows(window: &Harness<'_, App>, name: &str) -> bool {
    window.query_all_by_label_contains(name).next().is_some()
}
