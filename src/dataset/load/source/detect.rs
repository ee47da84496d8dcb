//! What a file is, by its first bytes and, where they say nothing, by its name.

use std::collections::HashMap;
use std::path::Path;

use super::bytes::Head;
use super::delimited::{find_delimiter, sample_records};
use super::records::Syntax;
use super::{arrow, json, layout, text, workbook};
use crate::dataset::load::error::FileProblem;
use crate::dataset::load::format::FileFormat;
use crate::dataset::load::synonyms;

/// Lines looked at.
const SNIFFED: usize = 200;

/// Finds out how a file is laid out.
pub(super) fn detect(path: &Path, head: &Head) -> Result<FileFormat, FileProblem> {
    let bytes = &head.bytes;
    if let Some(format) = by_magic(path, head)? {
        return Ok(format);
    }
    if bytes.is_empty() {
        return Err(FileProblem::Empty);
    }
    if has_ending(path, &["parquet"]) {
        let problem = "it does not begin with PAR1".to_owned();
        return Err(FileProblem::DamagedParquet(problem));
    }
    if let Some(looks_like) = foreign(head) {
        return Err(FileProblem::NotATable { looks_like });
    }
    let sample = head.text();
    let sample = sample.trim_start();
    if sample.is_empty() {
        return Err(FileProblem::Empty);
    }
    if let Some(format) = json::detect(path, sample) {
        return Ok(format);
    }
    Ok(of_text(path, sample, head.is_whole()))
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| endings.contains(&ending.as_str()))
}

fn by_magic(path: &Path, head: &Head) -> Result<Option<FileFormat>, FileProblem> {
    let bytes = &head.bytes;
    let found = if bytes.starts_with(b"PAR1") {
        Some((FileFormat::Parquet, "a Parquet file inside a compressed one"))
    } else if arrow::is_arrow(bytes) {
        Some((FileFormat::Arrow, "an Arrow file inside a compressed one"))
    } else if workbook::is_workbook(path, bytes) {
        Some((FileFormat::Excel, "a workbook inside a compressed file"))
    } else {
        None
    };
    match found {
        Some((_, looks_like)) if head.compression.is_some() => {
            Err(FileProblem::NotATable { looks_like })
        }
        found => Ok(found.map(|(format, _)| format)),
    }
}

/// What a file is that is no table in text, if that can be told.
fn foreign(head: &Head) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 11] = [
        (b"PK\x03\x04", "a ZIP archive or Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"%PDF", "a PDF document"),
        (b"SQLite format 3", "an SQLite database"),
        (b"BZh", "a file compressed with bzip2"),
        (b"\xfd7zXZ", "a file compressed with xz"),
        (b"\x1f\x8b", "a file compressed twice"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
    ];
    if head.encoding.is_some() {
        return None;
    }
    let known = KNOWN.iter().find(|(magic, _)| head.bytes.starts_with(magic));
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c);
    let strange = head.bytes.iter().filter(control).count();
    known.map(|&(_, name)| name).or_else(|| {
        (head.bytes.contains(&0) || strange * 20 > head.bytes.len()).then_some("binary data")
    })
}

/// The layout of a text that is no JSON.
fn of_text(path: &Path, sample: &str, is_whole: bool) -> FileFormat {
    let lines = text::first_lines(sample, is_whole, SNIFFED);
    if lines.first().is_some_and(|line| is_typed_header(line)) {
        return FileFormat::RecBole;
    }
    if layout::is_movielens_name(path) || is_double_colon(&lines) {
        return FileFormat::MovieLens;
    }
    if let Some(format) = of_numbers(&lines) {
        return format;
    }
    let newline = text::newline_of(sample);
    let delimiter = find_delimiter(sample, newline, is_whole);
    let syntax = Syntax { delimiter: Some(delimiter), doubled: false, newline };
    let records = sample_records(sample, syntax, is_whole);
    let Some(first) = records.first() else { return FileFormat::Delimited };
    if layout::periods(first).is_some() {
        FileFormat::Periods
    } else if are_baskets(&records) {
        FileFormat::Baskets
    } else if delimiter == b'\t' && layout::is_ratings(&records) {
        FileFormat::MovieLens
    } else {
        FileFormat::Delimited
    }
}

/// `user_id:token<TAB>item_id:token<TAB>…`
fn is_typed_header(line: &str) -> bool {
    let typed = |name: &str| {
        let kind = name.trim().rsplit_once(':').map(|(_, kind)| kind);
        kind.is_some_and(|kind| matches!(kind, "token" | "token_seq" | "float" | "float_seq"))
    };
    line.split('\t').all(typed)
}

fn is_double_colon(lines: &[&str]) -> bool {
    let width = |line: &str| line.matches("::").count();
    lines.first().is_some_and(|first| width(first) >= 2)
        && lines.iter().all(|line| width(line) == width(lines[0]))
}

/// Lines of whole numbers only: two a line are a shopper and a product; more, or now more and now
/// fewer, with spaces between, are a shopper and its products.
fn of_numbers(lines: &[&str]) -> Option<FileFormat> {
    if lines.len() < 2 {
        return None;
    }
    let is_id = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let separators = [' ', '\t', ','];
    let separator = separators.into_iter().find(|&letter| lines[0].trim().contains(letter))?;
    let mut widths = Vec::new();
    for line in lines {
        let words: Vec<&str> =
            line.trim().split(separator).map(str::trim).filter(|word| !word.is_empty()).collect();
        if words.len() < 2 || !words.iter().all(|word| is_id(word)) {
            return None;
        }
        widths.push(words.len());
    }
    if widths.iter().all(|&width| width == 2) {
        Some(FileFormat::Pairs)
    } else {
        (separator == ' ').then_some(FileFormat::Sequence)
    }
}

/// Baskets have no header, no common width, and the same few products over and over.
fn are_baskets(records: &[Vec<String>]) -> bool {
    const FEWEST: usize = 8;
    if records.len() < FEWEST || records[0].iter().any(|name| synonyms::is_known(name)) {
        return false;
    }
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for record in records {
        *widths.entry(record.len()).or_default() += 1;
    }
    let commonest = widths.values().copied().max().unwrap_or(0);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let cells = records.iter().flatten().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    for cell in cells {
        *counts.entry(cell).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let longest = counts.keys().map(|cell| cell.len()).max().unwrap_or(0);
    let again = records[0].iter().filter(|cell| counts.get(cell.trim()).copied() > Some(1)).count();
    widths.len() >= 3
        && commonest * 10 < records.len() * 7
        && counts.len() * 10 < total * 7
        && longest <= 80
        && again * 2 >= records[0].len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> FileFormat {
        of_text(Path::new(name), text, true)
    }

    #[test]
    fn text_is_known_by_what_its_lines_hold() {
        assert_eq!(of("a", "user_id:token\titem_id:token\n1\t2\n"), FileFormat::RecBole);
        assert_eq!(of("a", "1::2::5::978300760\n1::3::4::978300761\n"), FileFormat::MovieLens);
        assert_eq!(of("a", "1\t2\t5\t978300760\n1\t3\t4\t978300761\n"), FileFormat::MovieLens);
        assert_eq!(of("u.user", "1|24|M|x|85711\n"), FileFormat::MovieLens);
        assert_eq!(of("a", "1 1 2 3\n2 6\n"), FileFormat::Sequence);
        assert_eq!(of("a", "1 1\n1 2\n2 7\n"), FileFormat::Pairs);
        assert_eq!(of("a", "1,1\n1,2\n2,7\n"), FileFormat::Pairs);
        assert_eq!(
            of("a", "item_id,week 1,week 2,week 3,week 4\np,1,2,3,4\n"),
            FileFormat::Periods
        );
        assert_eq!(of("a", "user,item\n1,2\n"), FileFormat::Delimited);
        assert_eq!(of("a", "a sentence, or two\nof words\n"), FileFormat::Delimited);
    }

    #[test]
    fn baskets_repeat_their_products_and_vary_in_width() {
        let baskets = "milk,bread\nmilk\nbread,tea,milk\nsoda\nmilk,soda\ntea\nbread,milk,tea,soda\nsoda,tea\nmilk,tea\n";
        assert_eq!(of("a", baskets), FileFormat::Baskets);
        let named = format!("item,item 2\n{baskets}");
        assert_eq!(of("a", &named), FileFormat::Delimited, "a header");
        let texts = "one,two\nthree\nfour,five,six\nseven\neight,nine\nten\nx,y,z,w\nq,r\n";
        assert_eq!(of("a", texts), FileFormat::Delimited, "nothing comes twice");
    }
}
