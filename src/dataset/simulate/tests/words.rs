use std::collections::HashSet;

use super::super::catalogue::{SlotText, Slots, article_for};
use super::super::vocabulary::{ProductType, categories};
use super::*;

/// Every sentence that may be filled for a type.
fn sentences<'a>(words: &'a ProductType, more: &'a [String]) -> impl Iterator<Item = &'a String> {
    words.about.iter().chain(&words.praise).chain(&words.gripe).chain(more)
}

#[test]
fn every_word_list_is_complete_and_every_sentence_fills() {
    let categories = categories();
    let names: HashSet<&str> =
        categories.iter().flat_map(|of| &of.types).map(|words| words.name.as_str()).collect();
    assert_eq!(names.len(), categories.iter().map(|of| of.types.len()).sum::<usize>());
    for category in &categories {
        let known = |slug: &String| categories.iter().any(|other| other.slug == *slug);
        assert!(!category.near.is_empty() && category.near.iter().all(known));
        for words in &category.types {
            let name = &words.name;
            assert!(words.next.iter().all(|next| names.contains(next.as_str())), "{name}: next");
            assert!(!words.next.is_empty() && !words.queries.is_empty(), "{name}: next, queries");
            assert!(words.feature.len() >= 3 && words.uses.len() >= 2, "{name}: feature, use");
            let first = |options: &[_]| (!options.is_empty()).then_some(0);
            let slots = Slots {
                material: first(&words.material),
                size: first(&words.size),
                colour: first(&words.colour),
                features: [0, 1],
                uses: 0,
            };
            let text = SlotText::new(words, slots, "Brand");
            for sentence in sentences(words, &category.more) {
                let filled = text.fill(sentence);
                assert!(
                    filled.is_some_and(|text| text.ends_with('.') || text.ends_with('!')),
                    "{name}: {sentence}"
                );
            }
        }
    }
}

#[test]
fn each_category_has_its_picture() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/pictures");
    for slug in categories().iter().map(|category| category.slug.as_str()).chain(["other"]) {
        assert!(folder.join(format!("{slug}.png")).is_file(), "{slug}");
    }
}

#[test]
fn the_demo_catalogue_is_varied_and_titles_are_distinct() {
    let (shop, _) = demo();
    let titles: HashSet<&str> = shop.items.iter().map(|item| &*item.title).collect();
    assert_eq!(titles.len(), shop.items.len());
    assert!(titles.len() >= 500);
    let sold: HashSet<&str> =
        shop.items.iter().map(|item| shop.category_of(item.type_idx).slug.as_str()).collect();
    assert!(sold.len() >= 8);
    let seed = SimulateConfig::default().seed;
    for row in 0..shop.items.len() {
        let text = shop.description(row, seed);
        assert!((40..=320).contains(&text.len()) && !text.contains(['{', '#', '*']), "{text}");
    }
}

#[test]
fn titles_stay_distinct_far_beyond_the_word_lists() {
    let shop = Catalogue::generate(60_000, 365, 3, &Control::default()).expect("nobody cancels");
    let titles: HashSet<&str> = shop.items.iter().map(|item| &*item.title).collect();
    assert_eq!(titles.len(), 60_000);
}

#[test]
fn articles_go_by_sound() {
    let cases =
        [("aluminium", "an"), ("8-pack", "an"), ("20 W", "a"), ("one-piece", "a"), ("M", "an")];
    for (text, article) in cases {
        assert_eq!(article_for(text), article, "{text}");
    }
}
