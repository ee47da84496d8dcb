//! Words that say nothing about a product. Small on purpose: what is merely frequent in one shop is
//! handled by its inverse document frequency.

/// English function words as [`super::for_each_token`] yields them; ascending.
const ENGLISH: [&str; 121] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "arent", "as", "at",
    "be", "been", "before", "being", "between", "both", "but", "by", "can", "cannot", "cant",
    "could", "did", "do", "does", "doesnt", "doing", "dont", "each", "every", "few", "for", "from",
    "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if",
    "im", "in", "into", "is", "isnt", "it", "its", "ive", "just", "me", "more", "most", "my", "no",
    "nor", "not", "of", "off", "on", "once", "one", "only", "or", "other", "our", "ours", "out",
    "over", "own", "per", "same", "she", "should", "so", "some", "such", "than", "that", "the",
    "their", "theirs", "them", "then", "there", "these", "they", "this", "those", "to", "too",
    "under", "until", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which",
    "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours",
];

/// Chinese function words: particles, and pairs that are words of their own.
const CHINESE: [&str; 36] = [
    "一个", "一种", "与", "为", "也", "了", "以及", "们", "但", "你", "和", "在", "它", "对", "就",
    "并", "很", "您", "我", "我们", "或", "或者", "是", "有", "此", "的", "等", "而", "被", "让",
    "这", "这个", "那", "那个", "都", "非常",
];

/// Particles that never belong to the word beside them: a pair that holds one is no word.
const PARTICLES: [char; 3] = ['的', '了', '们'];

/// Whether a lower-cased token is a function word of English or Chinese.
#[must_use]
pub fn is_stop_word(token: &str) -> bool {
    if token.is_ascii() {
        return ENGLISH.binary_search(&token).is_ok();
    }
    CHINESE.contains(&token) || token.contains(PARTICLES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_list_is_sorted_for_the_search() {
        assert!(ENGLISH.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ENGLISH.iter().all(|word| is_stop_word(word)));
    }

    #[test]
    fn pairs_with_a_particle_are_no_words() {
        assert!(is_stop_word("的包") && is_stop_word("我们") && is_stop_word("以及"));
        assert!(!is_stop_word("和服") && !is_stop_word("手机"));
    }
}
