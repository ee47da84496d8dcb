//! Ctrl+C: what runs is stopped as the window would stop it; pressed again, the program ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// Exit status of a program that Ctrl+C ended, as shells have it: 128 and the number of the signal.
pub(super) const EXIT_STATUS: u8 = 130;

struct Flags {
    is_pressed: Arc<AtomicBool>,
    /// Whether the next press ends the program without any more work.
    ends_at_once: Arc<AtomicBool>,
}

static FLAGS: OnceLock<Flags> = OnceLock::new();

/// While this lives, the first Ctrl+C is only noted.
pub(super) struct Watch(&'static Flags);

impl Watch {
    pub(super) fn start() -> Self {
        let flags = FLAGS.get_or_init(register);
        flags.is_pressed.store(false, Ordering::SeqCst);
        flags.ends_at_once.store(false, Ordering::SeqCst);
        Self(flags)
    }

    /// Whether Ctrl+C was pressed since the watch began. From then on another one ends the program.
    pub(super) fn is_pressed(&self) -> bool {
        let is_pressed = self.0.is_pressed.load(Ordering::SeqCst);
        if is_pressed {
            self.0.ends_at_once.store(true, Ordering::SeqCst);
        }
        is_pressed
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.ends_at_once.store(true, Ordering::SeqCst);
    }
}

fn register() -> Flags {
    let flags = Flags { is_pressed: Arc::default(), ends_at_once: Arc::default() };
    let at_once = flag::register_conditional_default(SIGINT, flags.ends_at_once.clone());
    let noted = at_once.and_then(|_| flag::register(SIGINT, flags.is_pressed.clone()));
    if let Err(error) = noted {
        tracing::warn!(%error, "Ctrl+C ends the program without tidying up");
    }
    flags
}
