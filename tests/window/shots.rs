//! scratch
use super::{settle, click, window_with_shop, window, wait};
use egui_kittest::kittest::Queryable as _;
use shelfwise::workbench::Command;
fn shot(w: &mut egui_kittest::Harness<'_, shelfwise::gui::App>, name: &str) { settle(w); settle(w); w.render().unwrap().save(format!("/tmp/gui1shots/k_{name}.png")).unwrap(); }
#[test]
fn shots() {
    if std::env::var("GUI1_SHOTS").is_err() { return; }
    let folder = tempfile::tempdir().unwrap();
    let demo = std::path::PathBuf::from("/tmp/gui1demo");
    let mut w = window(folder.path());
    shot(&mut w, "welcome");
    w.state_mut().workbench().send(Command::OpenFolder(demo.clone()));
    wait(&mut w, "open", |s| s.overview.value().is_some());
    for tab in ["Events", "Products", "Shoppers", "Load report"] {
        w.get_by_role_and_label(egui::Role::RadioButton, tab).click();
        for _ in 0..5 { settle(&mut w); }
        shot(&mut w, &tab.replace(' ', "_"));
    }
    w.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    settle(&mut w);
    w.event(egui::Event::Text("tent".to_owned()));
    for _ in 0..5 { settle(&mut w); }
    shot(&mut w, "palette");
    w.key_press(egui::Key::Escape);
    settle(&mut w);
    w.state_mut().workbench().send(Command::OpenFolder("/nowhere/at/all".into()));
    wait(&mut w, "fail", |s| s.shop.error().is_some());
    shot(&mut w, "notice");
    w.state_mut().workbench().send(Command::PreviewFiles(vec![demo.join("events.csv"), demo.join("catalog.csv")]));
    wait(&mut w, "preview", |s| s.proposal.value().is_some());
    shot(&mut w, "import");
    w.state_mut().workbench().send(Command::DismissPreview);
    settle(&mut w);
    w.state_mut().show(shelfwise::gui::view::ViewId::Data);
    settle(&mut w);
    w.get_by_role_and_label(egui::Role::RadioButton, "Overview").click();
    settle(&mut w);
    click(&mut w, "Menu of Events over time");
    shot(&mut w, "menu");
    click(&mut w, "Show as a table");
    shot(&mut w, "twin");
    let _ = window_with_shop;
}
