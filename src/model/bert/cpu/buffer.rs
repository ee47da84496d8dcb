//! Working memory that goes back to a store when it is dropped.
//!
//! A layer needs a dozen arrays of megabytes for each block. Asking the system for each costs its clearing
//! twice, once by the system and once here: a tenth of the time of a forward pass.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Arrays kept for later; more than these are given back to the system.
const KEPT: usize = 256;

static STORE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// An array of floats.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<f32>);

impl Buffer {
    /// An array whose values are whatever earlier use left behind.
    pub fn stale(len: usize) -> Self {
        let mut values = take(len);
        values.truncate(len);
        values.resize(len, 0.0);
        Self(values)
    }

    /// An array of zeros.
    pub fn zeros(len: usize) -> Self {
        let mut values = take(len);
        values.clear();
        values.resize(len, 0.0);
        Self(values)
    }

    /// A copy.
    pub fn copy_of(values: &[f32]) -> Self {
        let mut copy = take(values.len());
        copy.clear();
        copy.extend_from_slice(values);
        Self(copy)
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

/// The smallest kept array with room for `len` values, or else a new one.
fn take(len: usize) -> Vec<f32> {
    let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
    let fitting = store.iter().enumerate().filter(|(_, kept)| kept.capacity() >= len);
    // A small array must not use up a large one.
    let fitting = fitting.filter(|(_, kept)| kept.capacity() <= 2 * len + 1_024);
    match fitting.min_by_key(|(_, kept)| kept.capacity()).map(|(at, _)| at) {
        Some(at) => store.swap_remove(at),
        None => Vec::with_capacity(len),
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let values = std::mem::take(&mut self.0);
        if values.capacity() > 0 {
            let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
            if store.len() >= KEPT {
                // Sizes change with the work; let go of what was given back longest ago.
                store.swap_remove(0);
            }
            store.push(values);
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_have_the_length_and_values_asked_for() {
        let mut first = Buffer::zeros(5_000);
        first.fill(7.0);
        drop(first);
        assert_eq!(Buffer::stale(4_000).len(), 4_000);
        assert!(Buffer::zeros(4_500).iter().all(|&value| value == 0.0));
        assert_eq!(*Buffer::copy_of(&[1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(Buffer::stale(6_000).len(), 6_000);
    }
}
