//! Opening the window with the renderer that this machine can use.

use std::path::PathBuf;

use eframe::{NativeOptions, Renderer};

use super::app::{App, Rendering};
use crate::jobs::loops_give_way;
use crate::model::bert::device;
use crate::workbench::Folders;

/// How the window is to open.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Project, or folder with a shop's files; the welcome screen where there is none.
    pub project: Option<PathBuf>,
    /// Where settings and projects are kept.
    pub folders: Folders,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum GuiError {
    /// Neither renderer could open a window.
    #[error(
        "cannot open a window: {0}. A graphical session (X11, Wayland, Windows or macOS) is needed; \
         without one, use the subcommands, see shelfwise --help"
    )]
    Window(String),
    /// The view named on the command line does not exist.
    #[error("there is no view {found:?}; the views are {known}")]
    UnknownView {
        /// What was asked for.
        found: String,
        /// All names.
        known: String,
    },
    /// The project could not be shown.
    #[error("{0}")]
    Project(String),
    /// A picture could not be written.
    #[error("cannot write the picture: {source}. File: {}", path.display())]
    Write {
        /// The system's answer.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The window closed before its work was done.
    #[error("the window closed before {0}")]
    Closed(&'static str),
}

/// Open the window and stay in it until it is closed.
///
/// # Errors
/// [`GuiError::Window`] when no renderer can open one.
pub fn run(options: &RunOptions) -> Result<(), GuiError> {
    open_window(native_options([1280.0, 800.0]), |cc, rendering| {
        Box::new(App::new(cc, rendering, options.folders.clone(), options.project.clone()))
    })
}

/// The window's properties.
pub(super) fn native_options(size: [f32; 2]) -> NativeOptions {
    NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Shelfwise")
            .with_app_id("shelfwise")
            .with_inner_size(size)
            .with_min_inner_size([1024.0, 640.0])
            .with_icon(super::pictures::app_icon())
            .with_drag_and_drop(true),
        // See `fonts::use_system_fonts`.
        system_font_fallback: false,
        ..NativeOptions::default()
    }
}

/// Open a window with the better renderer, and with the other one where that fails.
pub(super) fn open_window(
    options: NativeOptions,
    make: impl Fn(&eframe::CreationContext<'_>, Rendering) -> Box<dyn eframe::App>,
) -> Result<(), GuiError> {
    loops_give_way();
    let mut problems = Vec::new();
    for renderer in renderers() {
        let options = NativeOptions {
            renderer,
            // Against bands in gradients, which the window hardly has; in software OpenGL it is a good part of
            // what a frame costs.
            dithering: renderer != Renderer::Glow,
            ..options.clone()
        };
        let opened = eframe::run_native(
            "Shelfwise",
            options,
            Box::new(|cc| Ok(make(cc, Rendering::of(cc)))),
        );
        match opened {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, ?renderer, "this renderer cannot open a window");
                problems.push(error.to_string());
            }
        }
    }
    Err(GuiError::Window(problems.join("; ")))
}

/// wgpu first where a hardware adapter exists; without one, software OpenGL starts faster.
fn renderers() -> [Renderer; 2] {
    let has_hardware =
        device::enumerate().iter().any(|device| device.usable && device.backend != "cpu");
    if has_hardware { [Renderer::Wgpu, Renderer::Glow] } else { [Renderer::Glow, Renderer::Wgpu] }
}

/// Settings that are thrown away, so that pictures and measurements leave the user's as they are.
pub(super) struct TemporarySettings(PathBuf);

impl TemporarySettings {
    pub(super) fn new() -> Self {
        Self(std::env::temp_dir().join(format!("shelfwise-{}", std::process::id())))
    }

    pub(super) fn folders(&self, folders: &Folders) -> Folders {
        Folders { config: self.0.clone(), ..folders.clone() }
    }
}

impl Drop for TemporarySettings {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %self.0.display(), "a temporary folder stays behind");
        }
    }
}
