//! Pictures of the real window, for documents and for looking at what changed.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use egui::{ColorImage, ScreenshotCallback, ViewportCommand};

use super::app::App;
use super::launch::{GuiError, native_options, open_window};
use super::view::{VIEWS, ViewId};
use super::widgets::encode_png;
use crate::workbench::settings::{Language, ThemeChoice};
use crate::workbench::{Command, Folders};

/// A picture of one view.
#[derive(Debug, Clone)]
pub struct ScreenshotOptions {
    /// Project, or folder with a shop's files; the welcome screen where there is none.
    pub project: Option<PathBuf>,
    /// Name of the view.
    pub view: String,
    /// PNG file to write.
    pub out: PathBuf,
    /// Size of the window in points.
    pub size: [f32; 2],
    /// Colour scheme.
    pub theme: ThemeChoice,
    /// Language.
    pub language: Language,
    /// Where projects are kept. Settings are read and written elsewhere, so the user's stay as they are.
    pub folders: Folders,
}

/// Frames without pending work before the picture is taken: views ask for their data in the first
/// ones, and textures and sort orders arrive in the next.
const CALM_FRAMES: u32 = 12;

/// Open the window, wait until the view has all its data, take the picture and close.
///
/// # Errors
/// [`GuiError`]: no such view, no window, a project that cannot be opened, a file that cannot be written.
pub fn screenshot(options: &ScreenshotOptions) -> Result<(), GuiError> {
    let view = view_by_name(&options.view)?;
    let picture: Slot = Arc::default();
    let settings = super::launch::TemporarySettings::new();
    let native = native_options(options.size);
    open_window(native, |cc, rendering| {
        let mut app =
            App::new(cc, rendering, settings.folders(&options.folders), options.project.clone());
        app.workbench().send(Command::SetTheme(options.theme));
        app.workbench().send(Command::SetLanguage(options.language));
        app.show(view);
        Box::new(Photographer {
            app,
            has_project: options.project.is_some(),
            calm: 0,
            is_taken: false,
            picture: picture.clone(),
        })
    })?;
    let result = picture.get().ok_or(GuiError::Closed("the picture was taken"))?;
    let image = result.as_ref().map_err(|problem| GuiError::Project(problem.clone()))?;
    let write = || std::fs::write(&options.out, encode_png(image)?);
    write().map_err(|source| GuiError::Write { source, path: options.out.clone() })
}

/// The view with this name.
pub(super) fn view_by_name(name: &str) -> Result<ViewId, GuiError> {
    ViewId::by_name(name).ok_or_else(|| GuiError::UnknownView {
        found: name.to_owned(),
        known: VIEWS.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", "),
    })
}

/// The picture, or why there is none.
type Slot = Arc<OnceLock<Result<Arc<ColorImage>, String>>>;

struct Photographer {
    app: App,
    has_project: bool,
    calm: u32,
    is_taken: bool,
    picture: Slot,
}

impl Photographer {
    fn is_settled(&mut self) -> bool {
        let workbench = self.app.workbench();
        let is_open = !self.has_project || workbench.state().overview.value().is_some();
        is_open && workbench.pending().is_empty()
    }

    fn problem(&mut self) -> Option<String> {
        self.app.workbench().state().shop.error().map(ToOwned::to_owned)
    }

    fn step(&mut self, ctx: &egui::Context) {
        if self.picture.get().is_some() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
            return;
        }
        if let Some(problem) = self.problem() {
            // Only one result is ever set.
            let _ = self.picture.set(Err(problem));
        }
        self.calm = if self.is_settled() { self.calm + 1 } else { 0 };
        if self.calm >= CALM_FRAMES && !self.is_taken {
            self.is_taken = true;
            let (slot, ctx_again) = (self.picture.clone(), ctx.clone());
            let callback = ScreenshotCallback::new(move |image| {
                let _ = slot.set(Ok(image));
                ctx_again.request_repaint();
            });
            ctx.send_viewport_cmd(ViewportCommand::Screenshot(callback));
        }
        ctx.request_repaint_after(std::time::Duration::from_millis(30));
    }
}

impl eframe::App for Photographer {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.app.update(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.app.paint(ui);
        self.step(ui.ctx());
    }

    /// Nobody points at anything: wherever the pointer happens to rest, a picture shows no hovered
    /// button and no tooltip.
    fn raw_input_hook(&mut self, _: &egui::Context, input: &mut egui::RawInput) {
        input.events.retain(|event| !is_of_pointer(event));
    }
}

const fn is_of_pointer(event: &egui::Event) -> bool {
    use egui::Event;
    matches!(
        event,
        Event::PointerMoved(_)
            | Event::PointerButton { .. }
            | Event::MouseMoved(_)
            | Event::MouseWheel { .. }
            | Event::Touch { .. }
    )
}

#[cfg(test)]
mod tests {
    use egui::{Event, pos2};

    use super::*;

    #[test]
    fn the_pointer_is_no_part_of_a_picture() {
        assert!(is_of_pointer(&Event::PointerMoved(pos2(3.0, 4.0))));
        assert!(!is_of_pointer(&Event::PointerGone));
        assert!(!is_of_pointer(&Event::WindowFocused(true)));
    }
}
