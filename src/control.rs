//! What long work takes as a parameter: a way to be cancelled and a way to report progress.
//! No threads here; the jobs layer owns those.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Flags shared by whoever started the work and the work itself: to stop it, and to have it wait.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    cancelled: AtomicBool,
    paused: Mutex<bool>,
    changed: Condvar,
}

impl CancelToken {
    /// Ask the work to stop at its next check, even while it waits.
    pub fn cancel(&self) {
        // Whoever waits holds the lock from looking at the flags until it sleeps, so it hears of this.
        let _paused = self.paused();
        self.0.cancelled.store(true, Ordering::Relaxed);
        self.0.changed.notify_all();
    }

    /// Whether somebody asked for a stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Ask the work to wait where it can, or to go on. Work that never looks does not wait.
    pub fn pause(&self, wanted: bool) {
        *self.paused() = wanted;
        self.0.changed.notify_all();
    }

    /// Whether the work was asked to wait.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        *self.paused()
    }

    /// Sleeps until the work may go on or has to stop.
    fn wait(&self) {
        let mut paused = self.paused();
        while *paused && !self.is_cancelled() {
            paused = self.0.changed.wait(paused).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn paused(&self) -> MutexGuard<'_, bool> {
        self.0.paused.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Whether the work was asked to wait. Work that can wait for long leaves what it has in a safe place, then
    /// calls [`Self::wait_while_paused`].
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.cancel.is_paused()
    }

    /// Sleeps for as long as the work is asked to wait.
    ///
    /// # Errors
    /// [`Cancelled`] once a stop was asked for.
    pub fn wait_while_paused(&self) -> Result<(), Cancelled> {
        self.cancel.wait();
        self.check()
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
    fn paused_work_waits_until_it_may_go_on_or_has_to_stop() {
        let control = Control::default();
        assert_eq!(control.wait_while_paused(), Ok(()), "nobody asked it to wait");
        for (end, ends_well) in [(false, true), (true, false)] {
            control.cancel_token().pause(true);
            assert!(control.is_paused());
            let (waiting, answer) = std::sync::mpsc::channel();
            rayon::scope(|scope| {
                scope.spawn(|_| waiting.send(control.wait_while_paused()).expect("heard"));
                // The other thread may or may not sleep by now; both are right.
                if end {
                    control.cancel_token().cancel();
                } else {
                    control.cancel_token().pause(false);
                }
            });
            assert_eq!(answer.recv().expect("it woke up").is_ok(), ends_well);
        }
    }

    #[test]
    fn an_unknown_total_has_no_fraction() {
        assert_eq!(Progress::default().fraction(), None);
        let half = Progress { stage: "s", done: 1, total: 2 };
        assert_eq!(half.fraction(), Some(0.5));
    }
}
