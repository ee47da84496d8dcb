//! Long work gives way to the window.

use thread_priority::{ThreadPriority, set_current_thread_priority};

/// Far below normal on the scale of 0 to 99 that every system maps to its own: niceness 15 on Linux. Frames
/// are short and rare; what they leave over is nearly everything.
const BELOW_NORMAL: u8 = 10;

/// Let other threads of the program go before the current one, where the system has such a thing.
pub(super) fn give_way() {
    let Ok(priority) = BELOW_NORMAL.try_into() else { return };
    if let Err(error) = set_current_thread_priority(ThreadPriority::Crossplatform(priority)) {
        tracing::debug!(?error, "long work runs at normal priority");
    }
}

/// Data-parallel loops give way to the thread that paints, which without a graphics card needs the same
/// processor. To be called before the first such loop; later it changes nothing.
pub fn loops_give_way() {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| give_way());
    if let Err(error) = pool.build_global() {
        tracing::debug!(%error, "data-parallel loops run at normal priority");
    }
}
