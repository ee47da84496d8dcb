//! Broken text: mojibake, markup, letters that were lost, invisible characters.

use encoding_rs::WINDOWS_1252;

use super::finding::{BarLabel, Example, Finding, FindingKind, Subject, Unit, share};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop};
use super::thresholds::by_share;
use crate::control::Cancelled;
use crate::dataset::TextColumn;
use crate::dataset::clean::{self, TextFix};
use crate::dataset::html::has_html;
use crate::dataset::schema::{Field, Role};

/// Something that can be wrong with a text, and whether it is.
type Defect = (FindingKind, fn(&str) -> bool);

/// What can be wrong with a text, each a bit of a mask.
const DEFECTS: [Defect; 4] = [
    (FindingKind::Mojibake, is_mojibake),
    (FindingKind::Markup, has_html),
    (FindingKind::ReplacementCharacters, has_replacement),
    (FindingKind::ControlCharacters, has_control),
];
/// Texts per chunk.
const CHUNK: usize = 1 << 13;

/// Where a column's rows are.
#[derive(Clone, Copy)]
enum Rows {
    Items,
    Users,
    Events,
}

struct Column<'a> {
    subject: Subject,
    /// How cleaning calls it, where it can repair it.
    cleaned: Option<clean::Field>,
    texts: &'a TextColumn,
    rows: Rows,
}

/// Defects of one column.
struct Judged {
    counts: [u64; DEFECTS.len()],
    examples: [Vec<Example>; DEFECTS.len()],
    texts: u64,
}

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let columns: Vec<Column<'_>> =
        columns(shop).into_iter().filter(|column| !column.texts.is_blank()).collect();
    if columns.is_empty() {
        found.skip(&DEFECTS.map(|(kind, _)| kind), SkipReason::NoSuchColumn);
        return Ok(());
    }
    let mut judged = Vec::new();
    for column in &columns {
        judged.push(judge(shop, column)?);
    }
    let of: u64 = judged.iter().map(|column| column.texts).sum();
    for (defect, (kind, _)) in DEFECTS.into_iter().enumerate() {
        let broken: Vec<(&Column<'_>, u64)> = columns
            .iter()
            .zip(&judged)
            .map(|(column, judged)| (column, judged.counts[defect]))
            .filter(|&(_, count)| count > 0)
            .collect();
        let count = broken.iter().map(|&(_, count)| count).sum();
        let examples = judged.iter().flat_map(|column| column.examples[defect].iter().cloned());
        let bars = broken
            .iter()
            .map(|&(column, count)| (BarLabel::Subject(column.subject.clone()), count));
        let mut finding =
            Finding::new(kind, by_share(share(count, of), 0.001, 2.0), Unit::Values, count, of)
                .with_examples(examples.collect())
                .with_bars(bars);
        finding.repair = repair(kind, &broken);
        found.push_if_any(finding);
    }
    Ok(())
}

fn columns<'a>(shop: &Shop<'a>) -> Vec<Column<'a>> {
    let catalog = &shop.dataset.catalog;
    let of_catalog = |field, cleaned, texts| Column {
        subject: Subject::Field(Role::Catalog, field),
        cleaned: Some(cleaned),
        texts,
        rows: Rows::Items,
    };
    let mut columns = vec![
        of_catalog(Field::Title, clean::Field::Title, &catalog.titles),
        of_catalog(Field::Description, clean::Field::Description, &catalog.descriptions),
        of_catalog(Field::Category, clean::Field::Category, &catalog.categories),
        of_catalog(Field::Brand, clean::Field::Brand, &catalog.brands),
        Column {
            subject: Subject::Field(Role::Events, Field::Review),
            cleaned: Some(clean::Field::Text),
            texts: shop.log().texts(),
            rows: Rows::Events,
        },
    ];
    columns.extend(shop.dataset.user_attributes.iter().map(|attribute| Column {
        subject: Subject::Attribute(attribute.name.clone()),
        cleaned: None,
        texts: &attribute.values,
        rows: Rows::Users,
    }));
    columns
}

fn judge(shop: &Shop<'_>, column: &Column<'_>) -> Result<Judged, Cancelled> {
    let pool = column.texts.pool();
    let masks = shop.chunks(pool.len(), CHUNK, |texts| -> Vec<u8> {
        texts.map(|code| defects_of(&pool[code])).collect()
    })?;
    let masks = masks.concat();
    let mut judged = Judged { counts: [0; 4], examples: Default::default(), texts: 0 };
    for row in 0..column.texts.len() {
        if row % (1 << 20) == 0 {
            shop.control.check()?;
        }
        let Some(code) = column.texts.code(row) else { continue };
        judged.texts += 1;
        let mask = masks[code as usize];
        if mask == 0 {
            continue;
        }
        for defect in (0..DEFECTS.len()).filter(|defect| mask & (1 << defect) != 0) {
            judged.counts[defect] += 1;
            if judged.examples[defect].len() < super::MAX_EXAMPLES {
                let text = column.texts.get(row).unwrap_or_default();
                judged.examples[defect].push(match column.rows {
                    Rows::Items => shop.item_example(row, text),
                    Rows::Users => shop.user_example(row, text),
                    Rows::Events => shop.event_example(row, text),
                });
            }
        }
    }
    Ok(judged)
}

fn repair(kind: FindingKind, broken: &[(&Column<'_>, u64)]) -> Option<Repair> {
    let fix = match kind {
        FindingKind::Mojibake => TextFix::RepairMojibake,
        FindingKind::Markup => TextFix::StripHtml,
        // What was lost is lost, and no repair removes invisible characters.
        _ => return None,
    };
    let repaired = || broken.iter().filter_map(|&(column, count)| Some((column.cleaned?, count)));
    let count = repaired().map(|(_, count)| count).sum();
    (count > 0)
        .then(|| Repair::texts(repaired().map(|(field, _)| field).collect(), vec![fix], count))
}

fn defects_of(text: &str) -> u8 {
    DEFECTS
        .iter()
        .enumerate()
        .filter(|(_, (_, is_broken))| is_broken(text))
        .fold(0, |mask, (defect, _)| mask | 1 << defect)
}

/// Whether the text has letters that are UTF-8 once written in Windows-1252, as `Ã©` is `é`. Texts
/// in other scripts cannot be written so, and `é` alone is no UTF-8.
pub(super) fn is_mojibake(text: &str) -> bool {
    !text.is_ascii()
        && text.split(|character: char| character.is_ascii()).any(|run| {
            if run.chars().nth(1).is_none() {
                return false;
            }
            let (bytes, _, is_lossy) = WINDOWS_1252.encode(run);
            !is_lossy && std::str::from_utf8(&bytes).is_ok()
        })
}

fn has_replacement(text: &str) -> bool {
    text.contains('\u{fffd}')
}

fn has_control(text: &str) -> bool {
    text.chars().any(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_decoded_wrongly_are_told_from_letters() {
        for broken in ["CafÃ©", "itâ€™s", "Ã¼ber", "naÃ¯ve and more", "å¸½"] {
            assert!(is_mojibake(broken), "{broken}");
        }
        for fine in ["Café", "it’s", "über", "帽子", "Ökö-Çay", "", "plain", "£5 – €6", "½ €"]
        {
            assert!(!is_mojibake(fine), "{fine}");
        }
    }

    #[test]
    fn markup_is_told_from_comparisons_and_names() {
        for markup in [
            "a<br>b",
            "<b>x</b>",
            "<p class='x'>",
            "x &amp; y",
            "&#39;",
            "&#x27;",
            "<!-- x",
            "<br/>",
        ] {
            assert!(has_html(markup), "{markup}");
        }
        for fine in
            ["a < b > c", "Marks & Spencer; London", "<3", "1<2", "R&D;", "&#;", "x <y", "&"]
        {
            assert!(!has_html(fine), "{fine}");
        }
    }

    #[test]
    fn lost_and_invisible_characters_are_seen() {
        assert_eq!(defects_of("a\u{fffd}"), 0b0100);
        assert_eq!(defects_of("a\u{7}"), 0b1000);
        assert_eq!(defects_of("line\nline\ttab"), 0);
    }
}
