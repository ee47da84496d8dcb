//! What shoppers do: the one vocabulary that every shop's events are mapped to.

use serde::{Deserialize, Serialize};

/// A kind of interaction, from weakest to strongest interest where that can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum EventKind {
    /// A product page was opened.
    View,
    /// A query was typed; carries text and usually no product.
    Search,
    /// A product was put into the cart.
    Cart,
    /// A product was bought.
    Purchase,
    /// A product was reviewed, with stars, text or both.
    Review,
    /// A bought product was sent back.
    Return,
    /// A product was rated without a text.
    Rating,
}

impl EventKind {
    /// Every kind, in declaration order; `ALL[kind as usize] == kind`.
    pub const ALL: [Self; 7] = [
        Self::View,
        Self::Search,
        Self::Cart,
        Self::Purchase,
        Self::Review,
        Self::Return,
        Self::Rating,
    ];

    /// The name in files, on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Search => "search",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::Review => "review",
            Self::Return => "return",
            Self::Rating => "rating",
        }
    }

    /// The kind that a shop's own word stands for: `addtocart`, `pv`, `transaction`, …
    /// Case and surrounding space do not matter.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        Some(match word.as_str() {
            "view" | "views" | "pv" | "click" | "clicks" | "pageview" | "page_view" | "browse"
            | "impression" | "detail" | "product_view" | "productview" => Self::View,
            "search" | "query" | "searched" => Self::Search,
            "cart" | "carts" | "addtocart" | "add_to_cart" | "add-to-cart" | "basket" | "fav" => {
                Self::Cart
            }
            "purchase" | "purchases" | "buy" | "order" | "orders" | "transaction" | "bought"
            | "sale" | "checkout" => Self::Purchase,
            "review" | "reviews" | "comment" => Self::Review,
            "return" | "returns" | "refund" | "cancel" | "cancellation" => Self::Return,
            "rating" | "rate" | "stars" | "score" => Self::Rating,
            _ => return None,
        })
    }
}

/// How many events there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCounts([u64; EventKind::ALL.len()]);

impl EventCounts {
    /// Count one more event.
    pub fn add(&mut self, kind: EventKind) {
        self.0[kind as usize] += 1;
    }

    /// Add the counts of other events.
    pub fn merge(&mut self, other: Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// Events of one kind.
    #[must_use]
    pub fn get(&self, kind: EventKind) -> u64 {
        self.0[kind as usize]
    }

    /// Events of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The kinds that occur, with their counts.
    pub fn present(&self) -> impl Iterator<Item = (EventKind, u64)> + '_ {
        EventKind::ALL
            .into_iter()
            .map(|kind| (kind, self.get(kind)))
            .filter(|&(_, count)| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_its_own_name() {
        for (position, kind) in EventKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, position);
            assert_eq!(EventKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(EventKind::parse(" AddToCart "), Some(EventKind::Cart));
        assert_eq!(EventKind::parse("teleport"), None);
    }
}
