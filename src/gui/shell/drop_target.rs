//! Files dragged into the window.

use std::path::PathBuf;

use egui::{Align2, Color32, FontId, Id, LayerId, Order};

use crate::gui::view::ViewContext;
use crate::workbench::Command;

/// A single folder is opened, files are looked into.
pub(super) fn take_files(ctx: &egui::Context, commands: &mut Vec<Command>) {
    let paths: Vec<PathBuf> = ctx.input(|input| {
        input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect()
    });
    commands.extend(command_for(paths));
}

fn command_for(mut paths: Vec<PathBuf>) -> Option<Command> {
    match paths.as_slice() {
        [] => None,
        [only] if only.is_dir() => paths.pop().map(Command::OpenFolder),
        _ => Some(Command::PreviewFiles(paths)),
    }
}

/// Say what a drop would do while files hover over the window.
pub(super) fn show(ctx: &egui::Context, cx: &ViewContext<'_>) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop-target")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0, shade(cx.theme.background));
    let inner = rect.shrink(24.0);
    painter.rect_stroke(
        inner,
        12,
        egui::Stroke::new(2.0, cx.theme.accent),
        egui::StrokeKind::Inside,
    );
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        cx.tr("drop-files"),
        FontId::proportional(22.0),
        cx.theme.text,
    );
}

fn shade(background: Color32) -> Color32 {
    background.gamma_multiply(0.88)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_opened_and_files_are_previewed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().to_path_buf();
        assert_eq!(command_for(vec![path.clone()]), Some(Command::OpenFolder(path.clone())));
        let file = path.join("events.csv");
        assert_eq!(command_for(vec![file.clone()]), Some(Command::PreviewFiles(vec![file])));
        assert_eq!(command_for(Vec::new()), None);
    }
}
