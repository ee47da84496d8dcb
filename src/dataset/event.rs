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

    /// The kind that a shop's own word stands for: `addtocart`, `pv`, `transaction`, `4 stars`, …
    /// Case, space and punctuation do not matter.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        if stars_of(word).is_some() {
            return Some(Self::Rating);
        }
        let word: String = word
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let is_one_of = |words: &[&str]| words.contains(&word.as_str());
        VOCABULARY.iter().find(|(_, words)| is_one_of(words)).map(|&(kind, _)| kind)
    }
}

/// The words of shops, trackers and public data sets, in lower case without punctuation.
const VOCABULARY: [(EventKind, &[&str]); 7] = [
    (
        EventKind::View,
        &[
            "view",
            "views",
            "viewed",
            "pv",
            "click",
            "clicks",
            "clicked",
            "pageview",
            "pageviews",
            "browse",
            "browsed",
            "impression",
            "impressions",
            "detail",
            "details",
            "detailview",
            "productview",
            "productviewed",
            "viewproduct",
            "viewitem",
            "itemview",
            "itempage",
            "viewcontent",
            "visit",
            "open",
            "点击",
            "浏览",
            "查看",
            "曝光",
        ],
    ),
    (
        EventKind::Search,
        &["search", "searches", "searched", "query", "queries", "searchquery", "搜索", "查询"],
    ),
    (
        EventKind::Cart,
        &[
            "cart",
            "carts",
            "addtocart",
            "addcart",
            "cartadd",
            "addedtocart",
            "productadded",
            "addtobasket",
            "basket",
            "addtobag",
            "bag",
            "fav",
            "favs",
            "favorite",
            "favourite",
            "wishlist",
            "addtowishlist",
            "collect",
            "加购",
            "加购物车",
            "购物车",
            "收藏",
        ],
    ),
    (
        EventKind::Purchase,
        &[
            "purchase",
            "purchases",
            "purchased",
            "buy",
            "buys",
            "bought",
            "order",
            "orders",
            "ordered",
            "ordercompleted",
            "transaction",
            "transactions",
            "sale",
            "sales",
            "sold",
            "checkout",
            "pay",
            "paid",
            "payment",
            "conversion",
            "购买",
            "下单",
            "支付",
            "成交",
        ],
    ),
    (EventKind::Review, &["review", "reviews", "reviewed", "comment", "comments", "评论", "评价"]),
    (
        EventKind::Return,
        &[
            "return",
            "returns",
            "returned",
            "refund",
            "refunds",
            "refunded",
            "cancel",
            "cancelled",
            "canceled",
            "cancellation",
            "chargeback",
            "退货",
            "退款",
            "取消",
        ],
    ),
    (
        EventKind::Rating,
        &["rating", "ratings", "rate", "rated", "star", "stars", "score", "评分", "打分"],
    ),
];

/// The stars of a word such as `4 stars`, `5-star` or `★★★`.
#[must_use]
pub fn stars_of(word: &str) -> Option<f32> {
    let word = word.trim();
    let drawn = word.chars().filter(|&letter| letter == '★').count();
    if (1..=5).contains(&drawn) && word.chars().all(|letter| matches!(letter, '★' | '☆')) {
        return Some(drawn as f32);
    }
    let lower = word.to_lowercase();
    let number = ["stars", "star", "星"].iter().find_map(|unit| lower.strip_suffix(unit))?;
    let stars = number.trim_end_matches([' ', '-', '_']).parse::<f32>().ok()?;
    (0.5..=5.0).contains(&stars).then_some(stars)
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

    #[test]
    fn the_words_of_shops_are_known_however_they_are_written() {
        for (word, kind) in [
            ("pv", EventKind::View),
            ("add_to_cart", EventKind::Cart),
            ("Add To Cart", EventKind::Cart),
            ("fav", EventKind::Cart),
            ("Transaction", EventKind::Purchase),
            ("refund", EventKind::Return),
            ("购买", EventKind::Purchase),
            ("4 stars", EventKind::Rating),
            ("★★★☆☆", EventKind::Rating),
        ] {
            assert_eq!(EventKind::parse(word), Some(kind), "{word}");
        }
        assert_eq!(stars_of("5-Star"), Some(5.0));
        assert_eq!(stars_of("★★★☆☆"), Some(3.0));
        assert_eq!((stars_of("9 stars"), stars_of("stars"), stars_of("")), (None, None, None));
    }

    #[test]
    fn a_word_stands_for_one_kind_only() {
        let mut seen = std::collections::HashSet::new();
        for word in VOCABULARY.iter().flat_map(|(_, words)| words.iter()) {
            assert!(seen.insert(word), "{word}");
        }
    }
}
