//! Welcome screen, navigation, palette, language and theme.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use shelfwise::gui::view::{VIEWS, ViewId};
use shelfwise::workbench::Command;
use shelfwise::workbench::settings::{Language, ThemeChoice};

use super::{click, open_shop, settle, shows, sized_window, wait, window, window_with_shop};

#[test]
fn the_welcome_screen_opens_what_is_typed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = crate::shop::write(folder.path());
    let mut window = window(folder.path());
    settle(&mut window);
    for name in ["Open the sample shop", "Open a folder", "Import files"] {
        assert!(window.query_by_label(name).is_some(), "the welcome screen offers {name:?}");
    }
    window.get_by_label("Or type a path").focus();
    settle(&mut window);
    window.get_by_label("Or type a path").type_text(&shop.display().to_string());
    settle(&mut window);
    click(&mut window, "Open");
    wait(&mut window, "the shop is open", |state| state.overview.value().is_some());
    assert!(
        window.query_by_role_and_label(egui::Role::Tab, "Data").is_some(),
        "the rail names the Data view"
    );
}

#[test]
fn a_folder_that_is_not_there_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    let missing = folder.path().join("nowhere");
    window.state_mut().workbench().send(Command::OpenFolder(missing));
    wait(&mut window, "the failure is known", |state| state.shop.error().is_some());
    assert!(shows(&window, "The shop could not be opened"));
    let state = window.state_mut().workbench().state();
    assert!(state.shop.value().is_some(), "the open shop stays open");
}

#[test]
fn every_view_is_reached_by_click_and_by_key_and_every_control_has_a_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    let keys =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8];
    for (entry, key) in VIEWS.iter().zip(keys) {
        window.key_press_modifiers(Modifiers::COMMAND, key);
        settle(&mut window);
        assert_eq!(window.state().current_view(), entry.id);
        assert_eq!(window.unnamed_widgets(), Vec::<String>::new(), "in {}", entry.name);
    }
    window.get_by_role_and_label(egui::Role::Tab, "Profiles").click();
    settle(&mut window);
    assert_eq!(window.state().current_view(), ViewId::Profiles);
}

#[test]
fn the_palette_finds_views_and_products() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window_with_shop(folder.path());
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut window);
    window.event(egui::Event::Text("evalu".to_owned()));
    settle(&mut window);
    window.key_press(Key::Enter);
    settle(&mut window);
    assert_eq!(window.state().current_view(), ViewId::Evaluation);

    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut window);
    window.event(egui::Event::Text("teapot".to_owned()));
    for _ in 0..10 {
        settle(&mut window);
    }
    window.key_press(Key::Enter);
    settle(&mut window);
    let state = window.state_mut().workbench().state();
    let item = state.selection.item.expect("a product is picked");
    let shop = state.shop.value().expect("an open shop");
    assert_eq!(shop.dataset.item_label(item), "Ceramic teapot");
    assert_eq!(window.state().current_view(), ViewId::Similarity);
}

#[test]
fn language_and_theme_change_at_once_and_are_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window(folder.path());
    window.state_mut().workbench().send(Command::SetLanguage(Language::En));
    open_shop(&mut window, folder.path());
    click(&mut window, "中文");
    assert!(window.query_by_role_and_label(egui::Role::Tab, "数据").is_some());
    let before = window.state_mut().workbench().state().settings.theme;
    window.key_press_modifiers(Modifiers::COMMAND, Key::T);
    settle(&mut window);
    let after = window.state_mut().workbench().state().settings.theme;
    assert_ne!(before, after);
    assert_eq!(window.ctx.theme() == egui::Theme::Dark, after == ThemeChoice::Dark);
    drop(window);
    let mut again = super::window(folder.path());
    settle(&mut again);
    let settings = &again.state_mut().workbench().state().settings;
    assert_eq!((settings.language, settings.theme), (Language::Zh, after));
    assert_eq!(settings.recent.len(), 1, "the project is remembered");
}

#[test]
fn all_views_paint_in_small_and_large_windows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for size in [[1024.0, 640.0], [1920.0, 1080.0]] {
        let mut window = sized_window(folder.path(), size);
        open_shop(&mut window, folder.path());
        for entry in VIEWS {
            window.state_mut().show(entry.id);
            settle(&mut window);
            let title = window
                .query_all_by_role_and_label(egui::Role::Heading, entry_title(entry.name))
                .next();
            let rect = title.unwrap_or_else(|| panic!("{} has its title", entry.name)).rect();
            assert!(
                rect.right() <= size[0] && rect.bottom() <= size[1],
                "{} is cut off",
                entry.name
            );
        }
    }
}

fn entry_title(name: &str) -> &'static str {
    match name {
        "data" => "Data",
        "quality" => "Quality",
        "cleaning" => "Cleaning",
        "splits" => "Splits",
        "profiles" => "Profiles",
        "transitions" => "Transitions",
        "similarity" => "Similarity",
        "training" => "Training",
        "recommendations" => "Recommendations",
        _ => "Evaluation",
    }
}

#[test]
fn notices_go_when_they_are_dismissed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut window = window(folder.path());
    window.state_mut().workbench().send(Command::OpenFolder(folder.path().join("nowhere")));
    wait(&mut window, "the failure is known", |state| !state.notices.is_empty());
    let dismiss: Vec<_> = window.query_all_by_label("Dismiss").collect();
    assert!(!dismiss.is_empty());
    dismiss[0].click();
    drop(dismiss);
    settle(&mut window);
    wait(&mut window, "the notice is gone", |state| state.notices.is_empty());
}
