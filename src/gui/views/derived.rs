//! Values that a view derives from the domain state, made off the painting thread and only when
//! what they are made from has changed.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::gui::background::Background;

/// A derived value; the previous one stays until the next is there, so that nothing flickers.
pub struct Derived<T> {
    key: Option<u64>,
    value: Option<T>,
    next: Background<T>,
}

impl<T: Send + 'static> Default for Derived<T> {
    fn default() -> Self {
        Self { key: None, value: None, next: Background::default() }
    }
}

impl<T: Send + 'static> Derived<T> {
    /// Start `make` in the background if `key` is another than the last time, and take in what has
    /// been made. Call once a frame.
    pub fn update(
        &mut self,
        ctx: &egui::Context,
        key: impl Hash,
        make: impl FnOnce() -> T + Send + 'static,
    ) {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let key = hasher.finish();
        if self.key != Some(key) {
            self.key = Some(key);
            self.next.start(ctx, make);
        }
        if let Some(value) = self.next.poll() {
            self.value = Some(value);
        }
    }

    /// The latest value; it may still be that of the previous key.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    #[cfg(test)]
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.next.is_pending()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn settle(derived: &mut Derived<u32>, key: u32) -> Option<u32> {
        let ctx = egui::Context::default();
        let started = Instant::now();
        derived.update(&ctx, key, move || key * 10);
        while derived.is_pending() && started.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
            derived.update(&ctx, key, move || key * 10);
        }
        derived.value().copied()
    }

    #[test]
    fn a_value_is_made_anew_for_another_key_only() {
        let mut derived = Derived::default();
        assert_eq!(settle(&mut derived, 1), Some(10));
        derived.update(&egui::Context::default(), 1_u32, || unreachable!("the key is the same"));
        assert_eq!(settle(&mut derived, 2), Some(20));
    }
}
