//! How long frames take while the machine is busy.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use egui::ViewportCommand;

use super::app::App;
use super::launch::{GuiError, TemporarySettings, native_options, open_window};
use super::view::ViewId;
use crate::workbench::{Command, Folders, TrainingRequest};

/// What to measure.
#[derive(Debug, Clone)]
pub struct FrameBench {
    /// Project, or folder with a shop's files.
    pub project: PathBuf,
    /// Name of the view to look at.
    pub view: String,
    /// A training to run meanwhile; it is cancelled at the end.
    pub training: Option<TrainingRequest>,
    /// Seconds to measure, from the first step of the training on.
    pub secs: f64,
    /// Size of the window in points.
    pub size: [f32; 2],
    /// Where projects are kept.
    pub folders: Folders,
}

/// What was measured: time from frame to frame, painting included, without waiting for the screen.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FrameTimes {
    /// From the start of the measurement, before there is a window, to its first frame, milliseconds.
    pub first_frame_ms: f64,
    /// The same to the first frame in which the shop is there, milliseconds.
    pub shop_frame_ms: f64,
    /// Frames measured.
    pub frames: usize,
    /// Half of the frames took at most this, milliseconds.
    pub p50_ms: f64,
    /// 95 % of the frames took at most this, milliseconds.
    pub p95_ms: f64,
    /// The slowest frame, milliseconds.
    pub max_ms: f64,
    /// The adapter that painted.
    pub adapter: String,
    /// Whether the CPU painted.
    pub is_software: bool,
    /// Optimiser steps that the training did meanwhile.
    pub training_steps: u64,
}

/// Open the window and paint frames as fast as they go for the time asked for.
///
/// # Errors
/// [`GuiError`]: no such view, no window, a project that cannot be opened.
pub fn measure_frames(options: &FrameBench) -> Result<FrameTimes, GuiError> {
    let view = super::screenshot::view_by_name(&options.view)?;
    let opened = Instant::now();
    let outcome: Slot = Arc::default();
    let settings = TemporarySettings::new();
    let native = unthrottled(options.size);
    open_window(native, |cc, rendering| {
        let adapter = rendering.clone();
        let mut app = App::new(
            cc,
            rendering,
            settings.folders(&options.folders),
            Some(options.project.clone()),
        );
        app.show(view);
        Box::new(Stopwatch {
            app,
            view,
            training: options.training.clone(),
            length: Duration::from_secs_f64(options.secs),
            opening: Opening { began: opened, first: None, shop: None, had_shop: false },
            started: None,
            last: None,
            frames_ms: Vec::new(),
            adapter: (adapter.adapter, adapter.is_software),
            outcome: outcome.clone(),
            is_finished: false,
        })
    })?;
    let taken = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    taken.ok_or(GuiError::Closed("frames were measured"))?.map_err(GuiError::Project)
}

/// Frames as fast as they go, not as fast as the screen shows them.
fn unthrottled(size: [f32; 2]) -> eframe::NativeOptions {
    let mut native = native_options(size);
    native.glow_options.vsync = false;
    native.wgpu_options.surface.present_mode = eframe::wgpu::PresentMode::AutoNoVsync;
    native
}

type Slot = Arc<Mutex<Option<Result<FrameTimes, String>>>>;

/// When the window and the shop in it were first seen.
struct Opening {
    began: Instant,
    first: Option<Duration>,
    shop: Option<Duration>,
    /// Whether the frame before had the shop.
    had_shop: bool,
}

impl Opening {
    /// To be told in each frame; the frame before is on the screen by then.
    fn note(&mut self, frames_before: bool, has_shop: bool) {
        let passed = self.began.elapsed();
        if frames_before {
            self.first.get_or_insert(passed);
        }
        if self.had_shop {
            self.shop.get_or_insert(passed);
        }
        self.had_shop = has_shop;
    }
}

struct Stopwatch {
    app: App,
    opening: Opening,
    view: ViewId,
    training: Option<TrainingRequest>,
    length: Duration,
    started: Option<Instant>,
    last: Option<Instant>,
    frames_ms: Vec<f64>,
    adapter: (String, bool),
    outcome: Slot,
    is_finished: bool,
}

impl Stopwatch {
    fn steps(&mut self) -> Option<u64> {
        let training = self.app.workbench().state().training.as_ref()?;
        training.log.snapshot().latest.map(|step| step.step)
    }

    /// Whether the shop is open and what is to run meanwhile runs.
    fn is_ready(&mut self) -> bool {
        if self.app.workbench().state().overview.value().is_none() {
            return false;
        }
        if let Some(training) = self.training.take() {
            self.app.workbench().send(Command::StartTraining(training));
        }
        self.app.workbench().state().training.is_none() || self.steps().is_some()
    }

    fn finish(&mut self, ctx: &egui::Context, result: Result<FrameTimes, String>) {
        self.is_finished = true;
        self.app.workbench().send(Command::CancelTraining);
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    fn problem(&mut self) -> Option<String> {
        let state = self.app.workbench().state();
        let training = state.training.as_ref().and_then(|training| training.error.clone());
        state.shop.error().map(ToOwned::to_owned).or(training)
    }

    fn step(&mut self, ctx: &egui::Context) {
        if self.is_finished {
            return; // a frame or two are still painted while the window closes
        }
        ctx.request_repaint();
        if let Some(problem) = self.problem() {
            return self.finish(ctx, Err(problem));
        }
        let has_shop = self.app.workbench().state().shop.value().is_some();
        self.opening.note(self.last.is_some(), has_shop);
        let now = Instant::now();
        match (self.started, self.last.replace(now)) {
            (None, _) => {
                if self.is_ready() {
                    self.app.show(self.view);
                    self.started = Some(now);
                }
            }
            (Some(started), Some(last)) => {
                self.frames_ms.push((now - last).as_secs_f64() * 1_000.0);
                if started.elapsed() >= self.length {
                    let times = self.summary();
                    self.finish(ctx, Ok(times));
                }
            }
            (Some(_), None) => {}
        }
    }

    fn summary(&mut self) -> FrameTimes {
        let mut sorted = std::mem::take(&mut self.frames_ms);
        sorted.sort_unstable_by(f64::total_cmp);
        let ms = |passed: Option<Duration>| passed.unwrap_or_default().as_secs_f64() * 1_000.0;
        FrameTimes {
            first_frame_ms: ms(self.opening.first),
            shop_frame_ms: ms(self.opening.shop),
            frames: sorted.len(),
            p50_ms: quantile(&sorted, 50),
            p95_ms: quantile(&sorted, 95),
            max_ms: sorted.last().copied().unwrap_or_default(),
            adapter: self.adapter.0.clone(),
            is_software: self.adapter.1,
            training_steps: self.steps().unwrap_or_default(),
        }
    }
}

/// The smallest value that so many percent do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

impl eframe::App for Stopwatch {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.app.update(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.app.paint(ui);
        self.step(ui.ctx());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let times: Vec<f64> = (1..=20).map(f64::from).collect();
        assert!((quantile(&times, 50) - 10.0).abs() < 1e-9);
        assert!((quantile(&times, 95) - 19.0).abs() < 1e-9);
        assert!(quantile(&[], 95).abs() < 1e-9);
    }
}
