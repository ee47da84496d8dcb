//! The passphrase of a project: locking, opening again, unlocking.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::App;
use shelfwise::vault::is_locked;
use shelfwise::workbench::settings::Language;
use shelfwise::workbench::{Command, LockingResult};

use super::{click, settle, shows, wait, window_with_shop};

const PASSPHRASE: &str = "correct horse battery";

fn type_into(window: &mut Harness<'_, App>, field: &str, text: &str) {
    window.get_by_role_and_label(Role::PasswordInput, field).focus();
    settle(window);
    window.get_by_role_and_label(Role::PasswordInput, field).type_text(text);
    settle(window);
}

/// Click the button of the dialog, which is painted last: what lies behind may have one of that name.
fn press(window: &mut Harness<'_, App>, name: &str) {
    let button = window.get_all_by_role_and_label(Role::Button, name).next_back();
    button.expect("a button").click();
    settle(window);
}

#[test]
fn a_project_is_locked_opened_and_unlocked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    let shop = window.state_mut().workbench().state().shop.value().expect("open").clone();
    click(&mut window, "Lock the project with a passphrase");
    assert!(shows(&window, "Nobody can recover a forgotten passphrase"));
    type_into(&mut window, "New passphrase", "correct");
    assert!(shows(&window, "Short passphrases can be tried out"));
    type_into(&mut window, "The same again", "horse");
    assert!(shows(&window, "The two are not the same"));
    press(&mut window, "Cancel");
    assert!(!shows(&window, "Passphrase of the project"));
    click(&mut window, "Lock the project with a passphrase");
    type_into(&mut window, "New passphrase", PASSPHRASE);
    type_into(&mut window, "The same again", PASSPHRASE);
    assert!(!shows(&window, "The two are not the same"));
    press(&mut window, "Lock");
    wait(&mut window, "it is locked", |state| state.is_locked);
    assert!(is_locked(&shop.project));
    assert!(shows(&window, "Locked") && !shows(&window, "Passphrase of the project"));
    // Closed and opened again, a wrong passphrase first.
    window.state_mut().workbench().send(Command::CloseProject);
    settle(&mut window);
    window.state_mut().workbench().send(Command::OpenFolder(shop.project.clone()));
    settle(&mut window);
    assert!(shows(&window, "This project is locked"));
    type_into(&mut window, "Passphrase", "wrong");
    press(&mut window, "Open");
    wait(&mut window, "it is refused", |state| state.locking.error().is_some());
    assert!(shows(&window, "the passphrase is wrong"));
    window.state_mut().workbench().send(Command::SetLanguage(Language::Zh));
    settle(&mut window);
    assert!(shows(&window, "该项目已锁定"));
    window.state_mut().workbench().send(Command::SetLanguage(Language::En));
    settle(&mut window);
    type_into(&mut window, "Passphrase", PASSPHRASE);
    press(&mut window, "Open");
    wait(&mut window, "it is open", |state| state.overview.value().is_some());
    assert!(!shows(&window, "This project is locked") && shows(&window, "Locked"));
    // Unlocked for good.
    click(&mut window, "Locked");
    window.get_by_role_and_label(Role::RadioButton, "Unlock").click();
    settle(&mut window);
    type_into(&mut window, "Passphrase", PASSPHRASE);
    press(&mut window, "Unlock and decrypt");
    wait(&mut window, "it is unlocked", |state| {
        matches!(state.locking.value(), Some(LockingResult::Unlocked))
    });
    assert!(!is_locked(&shop.project));
    assert!(!shows(&window, "Passphrase of the project"));
}

#[test]
fn a_locked_project_stays_closed_when_nobody_knows_its_passphrase() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    let project = folder.path().join("locked");
    std::fs::create_dir(&project).expect("made");
    std::fs::write(project.join("project.json"), "{\"format_version\":4,\"locked\":true}")
        .expect("written");
    window.state_mut().workbench().send(Command::OpenFolder(project));
    settle(&mut window);
    assert!(shows(&window, "This project is locked"));
    assert_eq!(window.unnamed_widgets(), Vec::<String>::new());
    press(&mut window, "Cancel");
    assert!(!shows(&window, "This project is locked"));
    let state = window.state_mut().workbench().state();
    assert!(state.shop.value().is_some() && state.passphrase_for.is_none());
}
