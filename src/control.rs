//! What long work takes as a parameter: a way to be cancelled and a way to report progress.
//! No threads here; the jobs layer owns those.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A cancel flag shared by whoever started the work and the work itself.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Ask the work to stop at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for a stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The work was cancelled on request; nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// How far some work has come. A latest value: an older one may be dropped unread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Key of the stage in the message catalogue, such as `stage-reading`.
    pub stage: &'static str,
    /// Units finished so far.
    pub done: u64,
    /// Units in all; 0 when unknown.
    pub total: u64,
}

impl Progress {
    /// The finished fraction in `0..=1`, if the total is known.
    #[must_use]
    pub fn fraction(&self) -> Option<f32> {
        (self.total > 0).then(|| (self.done as f32 / self.total as f32).clamp(0.0, 1.0))
    }
}

type Sink = Arc<dyn Fn(Progress) + Send + Sync>;

/// Cancel and progress together, as long work receives them.
#[derive(Clone, Default)]
pub struct Control {
    cancel: CancelToken,
    sink: Option<Sink>,
}

impl Control {
    /// A control over `cancel` whose progress goes to `sink`.
    pub fn new(cancel: CancelToken, sink: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { cancel, sink: Some(Arc::new(sink)) }
    }

    /// The same stop without progress, for parts of the work that run beside the one that reports.
    #[must_use]
    pub fn silent(&self) -> Self {
        Self { cancel: self.cancel.clone(), sink: None }
    }

    /// The token that stops this work.
    #[must_use]
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// Call per batch, per block of rows, per chunk of users: stops are acknowledged within a second.
    ///
    /// # Errors
    /// [`Cancelled`] once a stop was asked for.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancel.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Report how far the work has come.
    pub fn report(&self, stage: &'static str, done: u64, total: u64) {
        if let Some(sink) = &self.sink {
            sink(Progress { stage, done, total });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_control_refuses_to_go_on() {
        let control = Control::default();
        assert_eq!(control.check(), Ok(()));
        control.cancel_token().cancel();
        assert_eq!(control.check(), Err(Cancelled));
    }

    #[test]
    fn an_unknown_total_has_no_fraction() {
        assert_eq!(Progress::default().fraction(), None);
        let half = Progress { stage: "s", done: 1, total: 2 };
        assert_eq!(half.fraction(), Some(0.5));
    }
}
