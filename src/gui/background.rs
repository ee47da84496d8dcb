//! Small work for one widget off the frame path: colouring a matrix, sorting rows, encoding a picture.
//! Work that a user waits for, cancels or reads a result of belongs to the jobs layer instead.

use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// The latest piece of work of one widget; an older one that is still on its way is forgotten.
pub struct Background<T> {
    waiting: Option<Receiver<T>>,
}

impl<T> Default for Background<T> {
    fn default() -> Self {
        Self { waiting: None }
    }
}

impl<T: Send + 'static> Background<T> {
    /// Start `work` on the pool that data-parallel loops share; the window is woken when it is done.
    pub fn start(&mut self, ctx: &egui::Context, work: impl FnOnce() -> T + Send + 'static) {
        let (sender, receiver) = bounded(1);
        let ctx = ctx.clone();
        rayon::spawn(move || {
            // A panic here would end the process, so it is caught; the widget keeps what it had.
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
                Ok(value) => drop(sender.send(value)),
                Err(_) => tracing::error!("work for a widget panicked"),
            }
            ctx.request_repaint();
        });
        self.waiting = Some(receiver);
    }

    /// The result, once.
    pub fn poll(&mut self) -> Option<T> {
        match self.waiting.as_ref()?.try_recv() {
            Ok(value) => {
                self.waiting = None;
                Some(value)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.waiting = None;
                None
            }
        }
    }

    /// Whether a result is on its way.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.waiting.is_some()
    }
}
