//! Scanning and masking all the texts of a shop.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::scan::{self, SensitiveKind};
use crate::control::{Cancelled, Control};
use crate::dataset::{Dataset, TextColumn};

/// Examples kept of each kind and place.
const MAX_EXAMPLES: usize = 5;
/// Distinct texts between two looks at the cancel flag.
const BLOCK: usize = 1 << 14;

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextPlace {
    /// Queries and reviews.
    Events,
    /// Product names.
    Titles,
    /// Product descriptions.
    Descriptions,
    /// A column of the users file.
    Attribute(String),
}

/// Finds of one kind in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFinding {
    /// Where.
    pub place: TextPlace,
    /// What.
    pub kind: SensitiveKind,
    /// Rows with at least one.
    pub rows: u64,
    /// A few finds, nearly all of each hidden.
    pub examples: Vec<String>,
    /// Whether they were replaced by what they are.
    pub masked: bool,
}

/// Scans all texts; with `mask`, what is found is replaced in the dataset.
pub(super) fn scan_texts(
    dataset: &mut Dataset,
    mask: bool,
    control: &Control,
) -> Result<Vec<TextFinding>, Cancelled> {
    let mut findings = Vec::new();
    let mut look =
        |place: TextPlace, column: &TextColumn| -> Result<Option<TextColumn>, Cancelled> {
            let found = scan_column(&place, column, mask, control)?;
            let changed = (mask && !found.is_empty()).then(|| {
                column.map(|text| Some(scan::masked(text).unwrap_or_else(|| text.to_owned())))
            });
            findings.extend(found);
            Ok(changed)
        };
    if let Some(texts) = look(TextPlace::Events, dataset.interactions.texts())? {
        dataset.interactions = std::mem::take(&mut dataset.interactions).with_texts(texts);
    }
    if let Some(texts) = look(TextPlace::Titles, &dataset.catalog.titles)? {
        dataset.catalog.titles = texts;
    }
    if let Some(texts) = look(TextPlace::Descriptions, &dataset.catalog.descriptions)? {
        dataset.catalog.descriptions = texts;
    }
    for attribute in &mut dataset.user_attributes {
        let place = TextPlace::Attribute(attribute.name.clone());
        if let Some(texts) = look(place, &attribute.values)? {
            attribute.values = texts;
        }
    }
    Ok(findings)
}

/// Finds in one distinct text: each kind at most once, with how it may be shown.
type TextFinds = Vec<(SensitiveKind, String)>;

fn scan_column(
    place: &TextPlace,
    column: &TextColumn,
    masked: bool,
    control: &Control,
) -> Result<Vec<TextFinding>, Cancelled> {
    let mut rows_of = vec![0_u64; column.pool().len()];
    for code in (0..column.len()).filter_map(|row| column.code(row)) {
        rows_of[code as usize] += 1;
    }
    let mut findings: Vec<TextFinding> = Vec::new();
    for (block, texts) in column.pool().chunks(BLOCK).enumerate() {
        control.check()?;
        let finds: Vec<TextFinds> = texts.par_iter().map(|text| finds_in(text)).collect();
        for (position, found) in finds.into_iter().enumerate() {
            let rows = rows_of[block * BLOCK + position];
            for (kind, example) in found {
                note(&mut findings, place, kind, rows, example, masked);
            }
        }
    }
    findings.sort_by_key(|finding| finding.kind);
    Ok(findings)
}

fn finds_in(text: &str) -> TextFinds {
    let mut finds = TextFinds::new();
    for find in scan::scan(text) {
        if !finds.iter().any(|(kind, _)| *kind == find.kind) {
            finds.push((find.kind, scan::hint(text, &find)));
        }
    }
    finds
}

fn note(
    findings: &mut Vec<TextFinding>,
    place: &TextPlace,
    kind: SensitiveKind,
    rows: u64,
    example: String,
    masked: bool,
) {
    let position = findings.iter().position(|finding| finding.kind == kind).unwrap_or_else(|| {
        let place = place.clone();
        findings.push(TextFinding { place, kind, rows: 0, examples: Vec::new(), masked });
        findings.len() - 1
    });
    let finding = &mut findings[position];
    finding.rows += rows;
    if finding.examples.len() < MAX_EXAMPLES {
        finding.examples.push(example);
    }
}
