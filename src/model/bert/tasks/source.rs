//! A text task's texts, from columns of files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::data::{Outputs, Target, TextExample, TextInput};
use super::label_set::{MAX_LABELS, labels_in};
use crate::control::Control;
use crate::dataset::load::{LoadError, NamedColumns, Rejected, TextValues, read_columns};
use crate::model::ModelError;

/// Examples of a problem that are kept.
const EXAMPLES: usize = 5;

/// What is to be told of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetColumn {
    /// The column whose values are classes.
    Label(String),
    /// The column whose cells hold any number of labels. A cell with a separator alone says that there is none; an
    /// empty one says nothing.
    Labels {
        /// The column.
        column: String,
        /// What stands between two labels.
        separator: String,
    },
    /// The column of numbers.
    Rating(String),
}

/// Files and which of their columns hold what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSource {
    /// Files of any format that a shop can be loaded from.
    pub files: Vec<PathBuf>,
    /// Columns that together are the text.
    pub text: Vec<String>,
    /// The column of the second text of a pair.
    pub second: Option<String>,
    /// What is to be told.
    pub target: TargetColumn,
    /// The column that names the part of each row, where the split is given.
    pub part: Option<String>,
}

/// What happened to the rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextDataReport {
    /// Rows that could be taken apart.
    pub rows_read: usize,
    /// Rows that became texts of the task.
    pub rows_kept: usize,
    /// Rows left out for want of a text.
    pub without_text: usize,
    /// Rows left out for want of the second text of a pair.
    pub without_second: usize,
    /// Rows left out for want of a label or rating.
    pub without_target: usize,
    /// Rows left out because the rating is no number.
    pub not_a_number: usize,
    /// Such ratings.
    pub not_a_number_examples: Vec<String>,
    /// Rows that could not be taken apart.
    pub broken_rows: u64,
    /// Rows kept whose text, or pair, stands in an earlier row too.
    pub repeated: usize,
    /// Of those, rows whose label or rating is another one than in the first such row.
    pub contradicting: usize,
}

/// The texts of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TextData {
    /// In the order of the files.
    pub examples: Vec<TextExample>,
    /// What there is to tell.
    pub outputs: Outputs,
    /// What the part column says of each text, where there is one.
    pub parts: Option<Vec<String>>,
    /// What happened to the rows.
    pub report: TextDataReport,
}

impl TargetColumn {
    /// The name of the column.
    #[must_use]
    pub fn column(&self) -> &str {
        match self {
            Self::Label(column) | Self::Labels { column, .. } | Self::Rating(column) => column,
        }
    }
}

impl TextData {
    /// Whether there are as many labels as can be worked with.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`].
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match &self.outputs {
            Outputs::Labels { labels } if labels.len() > MAX_LABELS => {
                Err(ModelError::UnusableData(format!(
                    "the cells hold {} different labels, and at most {MAX_LABELS} can be told. Check the separator, or \
                     leave rare labels out",
                    labels.len()
                )))
            }
            _ => Ok(()),
        }
    }
}

impl TextSource {
    /// Reads the texts; rows without a text, a second text or a target are counted and left out.
    ///
    /// # Errors
    /// [`LoadError`] when a file cannot be read or lacks a column, or on a request to stop.
    pub fn read(&self, control: &Control) -> Result<TextData, LoadError> {
        let target = self.target.column();
        let mut wanted: Vec<&str> = self.text.iter().map(String::as_str).collect();
        wanted.extend(self.second.as_deref());
        wanted.push(target);
        wanted.extend(self.part.as_deref());
        // A reader may be asked for each column once only.
        let distinct: Vec<&str> =
            wanted.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let found = read_columns(&self.files, &distinct, control)?;
        Ok(self.assemble(&found, &|name: &str| {
            &found.columns[distinct.binary_search(&name).expect("it was asked for")]
        }))
    }

    fn assemble<'a>(
        &self,
        found: &NamedColumns,
        column: &dyn Fn(&str) -> &'a TextValues,
    ) -> TextData {
        let target = self.target.column();
        let texts: Vec<&TextValues> = self.text.iter().map(|name| column(name)).collect();
        let second = self.second.as_deref().map(column);
        let part = self.part.as_deref().map(column);
        let mut report = TextDataReport {
            rows_read: found.lines.len(),
            broken_rows: found.rejected.iter().map(|rejected: &Rejected| rejected.count).sum(),
            ..TextDataReport::default()
        };
        let (mut inputs, mut told, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..found.lines.len() {
            let Some(text) = joined(texts.iter().filter_map(|column| column[row].as_deref()))
            else {
                report.without_text += 1;
                continue;
            };
            let other = second.map(|column| column[row].clone());
            if other == Some(None) {
                report.without_second += 1;
                continue;
            }
            let Some(value) = &column(target)[row] else {
                report.without_target += 1;
                continue;
            };
            if matches!(self.target, TargetColumn::Rating(_)) && rating(value).is_none() {
                report.not_a_number += 1;
                if report.not_a_number_examples.len() < EXAMPLES {
                    report.not_a_number_examples.push(value.clone());
                }
                continue;
            }
            inputs.push(TextInput { text, second: other.flatten() });
            told.push(value.as_str());
            parts.extend(part.map(|column| column[row].clone().unwrap_or_default()));
        }
        let (outputs, targets) = self.targets(&told);
        let examples: Vec<TextExample> = inputs
            .into_iter()
            .zip(targets)
            .map(|(input, target)| TextExample { input, target })
            .collect();
        report.rows_kept = examples.len();
        count_repeats(&examples, &mut report);
        TextData { examples, outputs, parts: part.map(|_| parts), report }
    }

    fn targets(&self, told: &[&str]) -> (Outputs, Vec<Target>) {
        if let TargetColumn::Rating(_) = self.target {
            let ratings = told.iter().filter_map(|value| rating(value));
            return (Outputs::Rating, ratings.map(Target::Rating).collect());
        }
        if let TargetColumn::Labels { separator, .. } = &self.target {
            let (labels, index) = in_order(told.iter().flat_map(|cell| labels_in(cell, separator)));
            let place = |label: &str| index[label] as usize;
            let set = |cell: &str| labels_in(cell, separator).map(place).collect();
            let targets = told.iter().map(|cell| Target::Labels(set(cell))).collect();
            return (Outputs::Labels { labels }, targets);
        }
        let (labels, index) = in_order(told.iter().copied());
        let targets = told.iter().map(|value| Target::Class(index[value])).collect();
        (Outputs::Classes { labels }, targets)
    }
}

/// Distinct labels, numbers in their own order and words in that of the alphabet, and the place of each.
fn in_order<'a>(told: impl Iterator<Item = &'a str>) -> (Vec<String>, BTreeMap<&'a str, u32>) {
    let distinct: HashSet<&str> = told.collect();
    let mut labels: Vec<&str> = distinct.into_iter().collect();
    labels.sort_by(|a, b| match (rating(a), rating(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then(a.cmp(b)),
        _ => a.cmp(b),
    });
    let index = labels.iter().copied().zip(0..).collect();
    (labels.into_iter().map(str::to_owned).collect(), index)
}

fn rating(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Texts one after another, a full stop between where none stands; `None` where there is none.
pub(in crate::model::bert) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut whole = String::new();
    for text in texts {
        if !whole.is_empty() {
            let ends = whole.ends_with(['.', '!', '?', '。', '！', '？', ':', ';', ',']);
            whole.push_str(if ends { " " } else { ". " });
        }
        whole.push_str(text);
    }
    (!whole.is_empty()).then_some(whole)
}

fn count_repeats(examples: &[TextExample], report: &mut TextDataReport) {
    let mut first = std::collections::HashMap::new();
    for example in examples {
        let known = *first.entry(&example.input).or_insert(example.target);
        report.contradicting += usize::from(known != example.target);
    }
    report.repeated = examples.len() - first.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, source: impl Fn(TextSource) -> TextSource) -> TextData {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("t.csv");
        std::fs::write(&file, text).expect("written");
        let label = TargetColumn::Label("label".into());
        let plain = TextSource {
            files: vec![file],
            text: vec!["title".into(), "body".into()],
            second: None,
            target: label,
            part: None,
        };
        source(plain).read(&Control::default()).expect("read")
    }

    const TABLE: &str = "title,body,label,part\nGood,very soft,10,train\n,only a body,9,train\n,,9,test\n\
        Bad!,itchy,,test\nGood,very soft,2,test\n";

    #[test]
    fn columns_become_texts_and_nothing_is_dropped_in_silence() {
        let data = read(TABLE, |source| source);
        let texts: Vec<&str> =
            data.examples.iter().map(|example| example.input.text.as_str()).collect();
        assert_eq!(texts, ["Good. very soft", "only a body", "Good. very soft"]);
        assert_eq!(data.outputs.labels(), ["2", "9", "10"], "numbers in their own order");
        assert_eq!(data.examples[0].target, Target::Class(2));
        let report = &data.report;
        assert_eq!((report.rows_read, report.rows_kept), (5, 3));
        assert_eq!((report.without_text, report.without_target), (1, 1));
        assert_eq!((report.repeated, report.contradicting), (1, 1));
        assert_eq!(data.parts, None);
    }

    #[test]
    fn cells_with_several_labels_become_sets() {
        let table =
            "title,body,label\na,b,red|warm\nc,d,blue\ne,f,|\ng,h,\ni,j,warm | blue | warm\n";
        let labels = || TargetColumn::Labels { column: "label".into(), separator: "|".into() };
        let data = read(table, |source| TextSource { target: labels(), ..source });
        assert_eq!(
            data.outputs,
            Outputs::Labels { labels: ["blue", "red", "warm"].map(str::to_owned).to_vec() }
        );
        let of = |target| match target {
            Target::Labels(set) => set.labels().collect::<Vec<_>>(),
            _ => panic!("labels were asked for"),
        };
        let found: Vec<Vec<usize>> = data.examples.iter().map(|one| of(one.target)).collect();
        assert_eq!(found, [vec![1, 2], vec![0], vec![], vec![0, 2]]);
        assert_eq!((data.report.without_target, data.check().is_ok()), (1, true));
        let rows: Vec<String> = (0..300).map(|row| format!("t,{row},{row}|x\n")).collect();
        let table = format!("title,body,label\n{}", rows.concat());
        let many = read(&table, |source| TextSource { target: labels(), ..source });
        let error = many.check().expect_err("too many").to_string();
        assert!(error.contains("301 different labels, and at most 256"), "{error}");
    }

    #[test]
    fn ratings_and_pairs_are_read_from_their_columns() {
        let data = read(TABLE, |source| TextSource {
            text: vec!["body".into()],
            second: Some("title".into()),
            target: TargetColumn::Rating("label".into()),
            part: Some("part".into()),
            ..source
        });
        assert_eq!(data.outputs, Outputs::Rating);
        assert_eq!(data.examples[0].target, Target::Rating(10.0));
        assert_eq!(data.examples[0].input.second.as_deref(), Some("Good"));
        assert_eq!(data.parts.expect("a part column"), ["train", "test"]);
        assert_eq!((data.report.without_second, data.report.without_text), (1, 1));
        let table = "title,body,label\na,b,much\na,b,3\n";
        let target = || TargetColumn::Rating("label".into());
        let report = read(table, |source| TextSource { target: target(), ..source }).report;
        assert_eq!((report.not_a_number, report.not_a_number_examples), (1, vec!["much".into()]));
    }
}
