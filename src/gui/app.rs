//! The glue between eframe, the workbench and the shell.

use std::path::PathBuf;

use super::fonts;
use super::shell::Shell;
use super::view::ViewId;
use crate::workbench::{Command, Folders, Workbench};

/// What paints the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendering {
    /// The adapter's name.
    pub adapter: String,
    /// Whether the CPU imitates a graphics card.
    pub is_software: bool,
}

impl Rendering {
    pub(super) fn of(cc: &eframe::CreationContext<'_>) -> Self {
        if let Some(state) = &cc.wgpu_render_state {
            let info = state.adapter.get_info();
            let is_software = info.device_type == eframe::wgpu::DeviceType::Cpu;
            return Self { adapter: info.name, is_software };
        }
        let Some(gl) = &cc.gl else { return Self::default() };
        use eframe::glow::HasContext as _;
        // SAFETY: the context is current while the window is being created, and reading a string has
        // no precondition beyond that.
        #[expect(unsafe_code, reason = "glow marks every call of OpenGL unsafe")]
        let adapter = unsafe { gl.get_parameter_string(eframe::glow::RENDERER) };
        let lower = adapter.to_lowercase();
        let is_software =
            ["llvmpipe", "softpipe", "swrast", "software"].iter().any(|name| lower.contains(name));
        Self { adapter, is_software }
    }
}

/// The application in its window.
pub struct App {
    workbench: Workbench,
    shell: Shell,
}

impl App {
    /// Start the workbench and open `project` if there is one.
    #[must_use]
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        rendering: Rendering,
        folders: Folders,
        project: Option<PathBuf>,
    ) -> Self {
        fonts::use_system_fonts(&cc.egui_ctx);
        Self::in_context(&cc.egui_ctx, rendering, folders, project)
    }

    /// The same without a window system, for tests.
    #[must_use]
    pub fn in_context(
        ctx: &egui::Context,
        rendering: Rendering,
        folders: Folders,
        project: Option<PathBuf>,
    ) -> Self {
        egui_extras::install_image_loaders(ctx);
        fonts::install(ctx);
        let waker = ctx.clone();
        let mut workbench = Workbench::new(folders, move || waker.request_repaint());
        if let Some(project) = project {
            workbench.send(Command::OpenFolder(project));
        }
        Self { workbench, shell: Shell::new(rendering) }
    }

    /// The workbench behind the window.
    pub fn workbench(&mut self) -> &mut Workbench {
        &mut self.workbench
    }

    /// Show a view, as a click on the navigation rail does.
    pub fn show(&mut self, view: ViewId) {
        self.shell.show(view);
    }

    /// Which view is shown.
    #[must_use]
    pub fn current_view(&self) -> ViewId {
        self.shell.current_view()
    }

    /// Take in what jobs and dialogs have answered. Never blocks.
    pub fn update(&mut self, ctx: &egui::Context) {
        self.workbench.poll();
        let mut commands = Vec::new();
        self.shell.poll(ctx, &mut commands);
        self.send(commands);
    }

    /// Paint one frame and carry out what was asked for in it.
    pub fn paint(&mut self, ui: &mut egui::Ui) {
        let commands = self.shell.ui(ui, self.workbench.state());
        let has_commands = !commands.is_empty();
        self.send(commands);
        if has_commands {
            // What the commands changed at once is seen in the next frame.
            ui.ctx().request_repaint();
        }
    }

    fn send(&mut self, commands: Vec<Command>) {
        for command in commands {
            self.workbench.send(command);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.update(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.paint(ui);
    }
}
