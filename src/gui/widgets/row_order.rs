//! In which order a table shows its rows.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::gui::background::Background;

/// An index vector, sorted and filtered off the frame path whenever its key changes. While a new
/// one is on its way the old one stays.
#[derive(Default)]
pub struct RowOrder {
    key: Option<u64>,
    rows: Vec<u32>,
    next: Background<Vec<u32>>,
}

impl RowOrder {
    /// Make sure that the order belongs to `key`: data revision, sort and filter.
    pub fn update(
        &mut self,
        ctx: &egui::Context,
        key: impl Hash,
        make: impl FnOnce() -> Vec<u32> + Send + 'static,
    ) {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let key = hasher.finish();
        if self.key != Some(key) {
            self.key = Some(key);
            self.next.start(ctx, make);
        }
        if let Some(rows) = self.next.poll() {
            self.rows = rows;
        }
    }

    /// Row numbers in the order to show.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether a new order is on its way.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.next.is_pending()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(order: &mut RowOrder, ctx: &egui::Context, key: u32) {
        for _ in 0..2_000 {
            order.update(ctx, key, || unreachable!("the key is the same"));
            if !order.is_pending() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    #[test]
    fn the_order_is_made_once_per_key() {
        let ctx = egui::Context::default();
        let mut order = RowOrder::default();
        order.update(&ctx, 1, || vec![2, 0, 1]);
        wait(&mut order, &ctx, 1);
        assert_eq!(order.rows(), [2, 0, 1]);
        order.update(&ctx, 2, || vec![7]);
        wait(&mut order, &ctx, 2);
        assert_eq!(order.rows(), [7]);
    }
}
