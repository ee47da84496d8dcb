//! The queue of one lane.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::JobKind;
use crate::control::CancelToken;

/// What a new job does to older ones of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// Takes their place: waiting ones leave the queue, a running one is cancelled.
    SameKind,
    /// Waits behind them.
    Nothing,
}

struct State<J> {
    waiting: VecDeque<(JobKind, CancelToken, J)>,
    running: Option<(JobKind, CancelToken)>,
    is_closed: bool,
}

/// A blocking queue that knows what runs.
pub(super) struct LaneQueue<J> {
    state: Mutex<State<J>>,
    changed: Condvar,
}

impl<J> Default for LaneQueue<J> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State { waiting: VecDeque::new(), running: None, is_closed: false }),
            changed: Condvar::new(),
        }
    }
}

impl<J> LaneQueue<J> {
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // No user code runs under the lock, so a poisoned state is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Append a job; gives back the waiting jobs that it replaced.
    pub(super) fn push(
        &self,
        kind: JobKind,
        cancel: CancelToken,
        job: J,
        replace: Replace,
    ) -> Vec<J> {
        let mut state = self.lock();
        let mut displaced = Vec::new();
        if replace == Replace::SameKind {
            if let Some((running, token)) = &state.running
                && *running == kind
            {
                token.cancel();
            }
            let waiting = std::mem::take(&mut state.waiting);
            for entry in waiting {
                if entry.0 == kind {
                    displaced.push(entry.2);
                } else {
                    state.waiting.push_back(entry);
                }
            }
        }
        state.waiting.push_back((kind, cancel, job));
        drop(state);
        self.changed.notify_one();
        displaced
    }

    /// The next job, waiting for one; `None` once the lane is closed.
    pub(super) fn next(&self) -> Option<J> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some((kind, cancel, job)) = state.waiting.pop_front() {
                state.running = Some((kind, cancel));
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The job taken last has ended.
    pub(super) fn finish_running(&self) {
        self.lock().running = None;
    }

    /// Cancel everything and let the worker end.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.waiting.clear();
        if let Some((_, token)) = &state.running {
            token.cancel();
        }
        drop(state);
        self.changed.notify_all();
    }
}
