//! A value that is computed in the background, keeping the previous one so that nothing flickers.

use crate::jobs::JobTicket;

/// Idle, pending, ready or failed, each with the last good value if there was one.
#[derive(Clone)]
pub struct AsyncValue<T> {
    value: Option<T>,
    status: Status,
}

#[derive(Clone)]
enum Status {
    Idle,
    Pending(JobTicket),
    Ready,
    Failed(String),
}

impl<T> Default for AsyncValue<T> {
    fn default() -> Self {
        Self { value: None, status: Status::Idle }
    }
}

impl<T> AsyncValue<T> {
    /// The last good value, also while a newer one is computed or after that failed.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The job that computes a newer value.
    #[must_use]
    pub fn pending(&self) -> Option<&JobTicket> {
        match &self.status {
            Status::Pending(ticket) => Some(ticket),
            _ => None,
        }
    }

    /// Why the latest attempt gave nothing.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match &self.status {
            Status::Failed(message) => Some(message),
            _ => None,
        }
    }

    /// Whether nothing was ever asked for.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.status, Status::Idle)
    }

    /// A job was started; any earlier one is told to stop.
    pub(crate) fn start(&mut self, ticket: JobTicket) {
        if let Status::Pending(earlier) = &self.status {
            earlier.cancel();
        }
        self.status = Status::Pending(ticket);
    }

    /// Forget everything.
    pub(crate) fn clear(&mut self) {
        if let Status::Pending(earlier) = &self.status {
            earlier.cancel();
        }
        *self = Self::default();
    }

    /// A value that needed no job.
    pub(crate) fn set(&mut self, value: T) {
        self.value = Some(value);
        self.status = Status::Ready;
    }

    pub(crate) fn fail(&mut self, message: String) {
        self.status = Status::Failed(message);
    }

    /// The job was cancelled: back to what was there before.
    pub(crate) fn cancelled(&mut self) {
        self.status = if self.value.is_some() { Status::Ready } else { Status::Idle };
    }

    /// Whether `id` is the job that this value waits for; ends of replaced jobs are not.
    pub(crate) fn awaits(&self, id: crate::ids::JobId) -> bool {
        self.pending().is_some_and(|ticket| ticket.id == id)
    }
}
