//! Progress kept as a latest value, and what is estimated from it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::control::Progress;

const WAKE_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Latest {
    started: Option<Instant>,
    last_wake: Option<Instant>,
    progress: Progress,
}

/// The latest progress of one job.
#[derive(Default)]
pub(super) struct LatestProgress(Mutex<Latest>);

impl LatestProgress {
    fn with<R>(&self, act: impl FnOnce(&mut Latest) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn start(&self) {
        self.with(|latest| latest.started = Some(Instant::now()));
    }

    /// Keep `progress`; says whether it is time to wake the window.
    pub(super) fn write(&self, progress: Progress) -> bool {
        self.with(|latest| {
            latest.progress = progress;
            let is_due = latest.last_wake.is_none_or(|wake| wake.elapsed() >= WAKE_INTERVAL);
            if is_due {
                latest.last_wake = Some(Instant::now());
            }
            is_due
        })
    }

    pub(super) fn read(&self) -> Option<(Progress, Duration)> {
        self.with(|latest| {
            let started = latest.started?;
            Some((latest.progress.clone(), started.elapsed()))
        })
    }
}

/// Rate and time left, from progress and the time since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateMeter {
    /// Units per second; 0 before the first unit.
    pub units_per_sec: f64,
    /// Estimated time left; `None` while unknown.
    pub left: Option<Duration>,
}

impl RateMeter {
    /// Estimate from the mean rate so far.
    #[must_use]
    pub fn estimate(progress: &Progress, elapsed: Duration) -> Self {
        let secs = elapsed.as_secs_f64();
        if progress.done == 0 || secs <= 0.0 {
            return Self { units_per_sec: 0.0, left: None };
        }
        let units_per_sec = progress.done as f64 / secs;
        let left = (progress.total >= progress.done)
            .then(|| (progress.total - progress.done) as f64 / units_per_sec)
            .and_then(|secs| Duration::try_from_secs_f64(secs).ok());
        Self { units_per_sec, left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_mean_rate() {
        let progress = Progress { stage: "s", done: 25, total: 100 };
        let meter = RateMeter::estimate(&progress, Duration::from_secs(5));
        assert!((meter.units_per_sec - 5.0).abs() < 1e-9);
        assert_eq!(meter.left, Some(Duration::from_secs(15)));
        let unknown = Progress { stage: "s", done: 0, total: 100 };
        assert_eq!(RateMeter::estimate(&unknown, Duration::from_secs(5)).left, None);
    }

    #[test]
    fn the_window_is_woken_at_most_ten_times_a_second() {
        let latest = LatestProgress::default();
        let wakes = (0..1000).filter(|_| latest.write(Progress::default())).count();
        assert!(wakes <= 3, "{wakes} wakes at once");
    }
}
