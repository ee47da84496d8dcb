//! What shoppers type and write: search queries and reviews.

use super::catalogue::SlotText;
use super::random::Random;
use super::vocabulary::ProductType;

/// A query that a shopper types who is after such a product.
pub fn query(
    words: &ProductType,
    product: &SlotText<'_>,
    typos: f64,
    random: &mut Random,
) -> String {
    let mut text = random.pick_text(&words.queries).to_lowercase();
    let detail = match random.unit() {
        0.0..0.14 => Some(product.brand),
        0.14..0.26 => product.material,
        0.26..0.32 => product.colour,
        0.32..0.38 => Some(random.pick_text(&["cheap", "best", "good", "new"])),
        _ => None,
    };
    if let Some(detail) = detail.map(str::to_lowercase).filter(|detail| !text.contains(detail)) {
        text = format!("{detail} {text}");
    } else if random.chance(0.06) && text.len() < 16 {
        text = format!("{text} for {}", product.uses.to_lowercase());
    }
    if random.chance(typos) { misspell(&text, random) } else { text }
}

/// One slip of the finger in one of the longer words.
fn misspell(text: &str, random: &mut Random) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let long: Vec<usize> = (0..words.len())
        .filter(|&at| words[at].len() >= 5 && words[at].bytes().all(|b| b.is_ascii_lowercase()))
        .collect();
    if !long.is_empty() {
        let word = &mut words[*random.pick(&long)];
        let at = 1 + random.below(word.len() - 2);
        let letter = char::from(word.as_bytes()[at]);
        match random.below(3) {
            0 => drop(word.remove(at)),
            1 => word.insert(at, letter),
            _ => {
                word.remove(at);
                word.insert(at - 1, letter);
            }
        }
    }
    words.join(" ")
}

const OPEN_GOOD: [&str; 12] = [
    "Very happy with {this} {name}.",
    "Exactly what I was looking for.",
    "Does what it promises.",
    "Great {name}.",
    "I was sceptical at first, but no longer.",
    "Good value for money.",
    "Arrived quickly and well packed.",
    "Would buy again.",
    "A pleasant surprise.",
    "Good quality from {brand}, as always.",
    "My first order from {brand}, and not the last.",
    "Recommended by a friend, rightly so.",
];
const DETAIL_GOOD: [&str; 7] = [
    "Just right for {use}.",
    "What won me over: {feature}.",
    "I especially like this: {feature}.",
    "I would recommend {them} for {use}.",
    "With {feature} and {feature2}, what more could you want?",
    "The description was accurate, including {feature}.",
    "Perfect for {use}.",
];
const CLOSE_GOOD: [&str; 8] = [
    "Five stars.",
    "Thumbs up.",
    "Worth every penny.",
    "Already ordered for a friend.",
    "Happy to recommend.",
    "Can only recommend.",
    "No complaints.",
    "Will order here again.",
];
const CLOSE_FINE: [&str; 8] = [
    "Otherwise all good.",
    "A small deduction for the price.",
    "Four stars, because nothing is perfect.",
    "All in all a good buy.",
    "Would choose it again, I think.",
    "Nearly perfect.",
    "Delivery took a little long.",
    "Good, just not outstanding.",
];
const CLOSE_MIXED: [&str; 8] = [
    "It is okay, no more.",
    "Decent, but not great.",
    "Three stars from me.",
    "I had hoped for a bit more.",
    "Fine for the price, I suppose.",
    "Not sure that I would buy again.",
    "A mixed picture.",
    "I will keep using it for now.",
];
const OPEN_BAD: [&str; 9] = [
    "Disappointed.",
    "Not what I expected.",
    "I wanted to like {this} {name}.",
    "Sadly not for me.",
    "Poor quality for the price.",
    "I expected more from {brand}.",
    "The photos promise more than you get.",
    "Would not buy again.",
    "Not for {use}, whatever the description says.",
];
const CLOSE_BAD: [&str; 8] = [
    "Sent back.",
    "Customer service was friendly, at least.",
    "Save your money.",
    "Looking for an alternative now.",
    "A pity.",
    "Never again.",
    "I asked for a refund.",
    "One star is generous.",
];

/// The text of a review that goes with a rating of 1 to 5.
pub fn review(
    words: &ProductType,
    product: &SlotText<'_>,
    rating: u8,
    random: &mut Random,
) -> String {
    let mut parts: Vec<String> = Vec::with_capacity(4);
    let mut add = |pattern: &str| parts.extend(product.fill(pattern));
    if rating >= 4 {
        if random.chance(0.5) {
            add(random.pick_text(&OPEN_GOOD));
        }
        add(random.pick_text(&words.praise));
        if random.chance(0.45) {
            add(random.pick_text(&DETAIL_GOOD));
        }
        if random.chance(0.35) {
            add(if rating == 5 {
                random.pick_text(&CLOSE_GOOD)
            } else {
                random.pick_text(&CLOSE_FINE)
            });
        }
    } else if rating == 3 {
        let praise = random.pick_text(&words.praise);
        add(praise);
        add(fitting_gripe(words, praise, random));
        add(random.pick_text(&CLOSE_MIXED));
    } else {
        if random.chance(0.6) {
            add(random.pick_text(&OPEN_BAD));
        }
        add(random.pick_text(&words.gripe));
        if random.chance(0.5) {
            let last = if rating == 1 { CLOSE_BAD.len() } else { CLOSE_BAD.len() - 2 };
            add(random.pick_text(&CLOSE_BAD[..last]));
        }
    }
    parts.join(" ")
}

/// A complaint about something else than what was just praised.
fn fitting_gripe<'a>(words: &'a ProductType, praise: &str, random: &mut Random) -> &'a str {
    let praised: Vec<String> = stems(praise).collect();
    let fitting: Vec<&str> = words
        .gripe
        .iter()
        .map(String::as_str)
        .filter(|gripe| !stems(gripe).any(|stem| praised.contains(&stem)))
        .collect();
    if fitting.is_empty() {
        random.pick_text(&words.gripe)
    } else {
        fitting[random.below(fitting.len())]
    }
}

/// The first four letters of the longer words, in lower case.
fn stems(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphabetic())
        .filter(|word| word.len() >= 4)
        .map(|word| word.chars().take(4).collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_changes_one_word_a_little() {
        let mut random = Random::new(1, 1);
        let mut changed = 0;
        for _ in 0..50 {
            let typed = misspell("red running shoes", &mut random);
            assert!(typed.starts_with("red "));
            assert!((16..=18).contains(&typed.len()));
            changed += usize::from(typed != "red running shoes");
        }
        assert!(changed > 40);
    }
}
