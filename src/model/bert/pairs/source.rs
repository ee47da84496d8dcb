//! Pairs of texts from columns of files, or from what a shop knows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::data::{Gathering, PairData};
use crate::control::Control;
use crate::dataset::load::{Rejected, TextValues, read_columns};
use crate::dataset::sessions::{DEFAULT_GAP_MINUTES, session_rows};
use crate::dataset::{Dataset, EventKind};
use crate::ids::ItemIdx;
use crate::model::ModelError;
use crate::model::bert::tasks::joined;

/// Longest pause between a search and what was found, milliseconds.
const GAP_MS: i64 = DEFAULT_GAP_MINUTES as i64 * 60_000;

/// What of a shop is paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShopPairs {
    /// Search queries, each with the texts of the products that its shopper met after it, before the next
    /// search and without a pause longer than a session's.
    Queries,
    /// Reviews, each with its product's text.
    Reviews,
    /// Titles of products, each with its description.
    Descriptions,
}

impl ShopPairs {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Queries, Self::Reviews, Self::Descriptions];

    /// Its name in settings and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queries => "queries",
            Self::Reviews => "reviews",
            Self::Descriptions => "descriptions",
        }
    }
}

/// Where pairs come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairSource {
    /// Columns of files.
    Files(PairFiles),
    /// The shop.
    Shop(ShopPairs),
}

/// Files and which of their columns hold what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairFiles {
    /// Files of any format that a shop can be loaded from.
    pub files: Vec<PathBuf>,
    /// Columns that together are the left text.
    pub left: Vec<String>,
    /// Columns that together are the right text.
    pub right: Vec<String>,
    /// The column that names the part of each row, where the split is given.
    pub part: Option<String>,
}

impl PairSource {
    /// Whether the shop is read.
    #[must_use]
    pub fn reads_shop(&self) -> bool {
        matches!(self, Self::Shop(_))
    }

    /// Reads the pairs; `dataset` is the shop where it is wanted. The texts of a shop are those of all
    /// times.
    ///
    /// # Errors
    /// [`ModelError::Texts`] when a file cannot be read or lacks a column, or on a request to stop;
    /// [`ModelError::UnusableData`] when a shop is wanted and there is none, or nothing is to be paired.
    pub fn read(
        &self,
        dataset: Option<&Dataset>,
        control: &Control,
    ) -> Result<PairData, ModelError> {
        let data = match (self, dataset) {
            (Self::Files(files), _) => files.read(control)?,
            (Self::Shop(pairs), Some(dataset)) => of_shop(*pairs, dataset, control)?,
            (Self::Shop(_), None) => {
                return Err(ModelError::UnusableData(
                    "pairs of a shop are wanted, and no shop is open; name a project".into(),
                ));
            }
        };
        if data.pairs.is_empty() {
            return Err(ModelError::UnusableData(match self {
                Self::Files(files) => format!(
                    "there is no pair of texts: none of {} rows has both {} and {}",
                    data.report.rows_read,
                    files.left.join(" + "),
                    files.right.join(" + ")
                ),
                Self::Shop(ShopPairs::Queries) => {
                    "there is no pair of texts: no search query of this shop leads to a product with a text. \
                     Import searches and a catalogue, or pair descriptions"
                        .into()
                }
                Self::Shop(pairs) => format!(
                    "there is no pair of texts: this shop has no {}. Import them, or name files",
                    pairs.name()
                ),
            }));
        }
        Ok(data)
    }
}

impl PairFiles {
    fn read(&self, control: &Control) -> Result<PairData, ModelError> {
        // A reader may be asked for each column once only.
        let names = self.left.iter().chain(&self.right).chain(&self.part).map(String::as_str);
        let distinct: Vec<&str> = names.collect::<BTreeSet<_>>().into_iter().collect();
        let found = read_columns(&self.files, &distinct, control)?;
        let column = |name: &String| -> &TextValues {
            &found.columns[distinct.binary_search(&name.as_str()).expect("it was asked for")]
        };
        let columns = |names: &[String]| names.iter().map(column).collect::<Vec<_>>();
        let (left, right) = (columns(&self.left), columns(&self.right));
        let part = self.part.as_ref().map(column);
        let text = |columns: &[&TextValues], row: usize| {
            joined(columns.iter().filter_map(|column| column[row].as_deref()))
        };
        let mut gathering = Gathering::default();
        for row in 0..found.lines.len() {
            let part = part.map(|column| column[row].as_deref().unwrap_or_default());
            gathering.row(text(&left, row).as_deref(), text(&right, row).as_deref(), part);
        }
        let broken = found.rejected.iter().map(|rejected: &Rejected| rejected.count).sum();
        Ok(gathering.finish(broken))
    }
}

fn of_shop(pairs: ShopPairs, dataset: &Dataset, control: &Control) -> Result<PairData, ModelError> {
    control.check()?;
    let mut gathering = Gathering::default();
    match pairs {
        ShopPairs::Queries => add_queries(dataset, &mut gathering),
        ShopPairs::Reviews => add_reviews(dataset, &mut gathering),
        ShopPairs::Descriptions => {
            for item in (0..dataset.n_items()).map(ItemIdx::from_index) {
                let product = dataset.catalog.product(item);
                gathering.row(product.title, product.description, None);
            }
        }
    }
    Ok(gathering.finish(0))
}

/// Products of a shop that have a text, with it: what a search for products looks through.
#[must_use]
pub fn product_texts(dataset: &Dataset) -> (Vec<ItemIdx>, Vec<String>) {
    let items = (0..dataset.n_items()).map(ItemIdx::from_index);
    items
        .map(|item| (item, dataset.catalog.text(item)))
        .filter(|(_, text)| !text.is_empty())
        .unzip()
}

fn add_queries(dataset: &Dataset, gathering: &mut Gathering) {
    let log = &dataset.interactions;
    for (_, rows) in log.users() {
        for session in session_rows(log, rows, GAP_MS) {
            let mut query = None;
            for row in session.map(|row| log.row(row)) {
                if row.kind == EventKind::Search {
                    query = row.text;
                }
                if let (Some(query), Some(item)) = (query, row.item) {
                    let text = dataset.catalog.text(item);
                    gathering.row(Some(query), Some(&text), None);
                }
            }
        }
    }
}

fn add_reviews(dataset: &Dataset, gathering: &mut Gathering) {
    let log = &dataset.interactions;
    for row in (0..log.len()).map(|row| log.row(row)) {
        if let (EventKind::Review, Some(item)) = (row.kind, row.item) {
            gathering.row(row.text, Some(&dataset.catalog.text(item)), None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Catalog, InteractionsBuilder, NewInteraction, TextColumn};
    use crate::ids::{IdMap, UserIdx};

    const MINUTE: i64 = 60_000;

    fn shop() -> Dataset {
        let mut builder = InteractionsBuilder::default();
        let mut push = |user: usize, minute: i64, kind, item: Option<u32>, text| {
            builder.push(&NewInteraction {
                user: UserIdx::from_index(user),
                item: item.map(ItemIdx),
                kind,
                time_ms: minute * MINUTE,
                amount: None,
                price: None,
                text,
            });
        };
        push(0, 0, EventKind::View, Some(2), None);
        push(0, 1, EventKind::Search, None, Some("red mug"));
        push(0, 2, EventKind::View, Some(0), None);
        push(0, 3, EventKind::Cart, Some(0), None);
        push(0, 4, EventKind::Search, None, Some("lamp"));
        push(0, 5, EventKind::View, Some(1), None);
        push(0, 80, EventKind::View, Some(2), None);
        push(1, 0, EventKind::View, Some(0), None);
        push(1, 1, EventKind::Review, Some(1), Some("it shines"));
        push(1, 2, EventKind::Review, Some(3), Some("no text of this one"));
        let titles = ["Mug", "Lamp", "Chair"].map(|title| Some(title.to_owned()));
        let descriptions = [Some("a red one".to_owned()), None, Some("to sit on".to_owned())];
        Dataset {
            users: IdMap::from_ids(["u0", "u1"].map(str::to_owned)),
            items: IdMap::from_ids(["m", "l", "c", "x"].map(str::to_owned)),
            catalog: Catalog {
                titles: titles.into_iter().collect::<TextColumn>(),
                descriptions: descriptions.into_iter().collect::<TextColumn>(),
                ..Catalog::default()
            },
            interactions: builder.finish(2),
            ..Dataset::default()
        }
    }

    fn texts(pairs: ShopPairs) -> Vec<(String, String)> {
        let shop = shop();
        let data = PairSource::Shop(pairs).read(Some(&shop), &Control::default()).expect("pairs");
        let text = |pair: &super::super::data::Pair| {
            (data.lefts[pair.left as usize].clone(), data.rights[pair.right as usize].clone())
        };
        data.pairs.iter().map(text).collect()
    }

    #[test]
    fn a_query_belongs_to_what_was_met_before_the_next_one_and_within_the_session() {
        let pair = |left: &str, right: &str| (left.to_owned(), right.to_owned());
        assert_eq!(
            texts(ShopPairs::Queries),
            [pair("red mug", "Mug. a red one"), pair("lamp", "Lamp")]
        );
        assert_eq!(texts(ShopPairs::Reviews), [pair("it shines", "Lamp")]);
        assert_eq!(
            texts(ShopPairs::Descriptions),
            [pair("Mug", "a red one"), pair("Chair", "to sit on")]
        );
    }

    #[test]
    fn columns_become_pairs_and_what_is_missing_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("t.csv");
        let table = "ask,title,body,part\nmug,Mug,red,train\n,Lamp,,train\nlamp,Lamp,,test\n";
        std::fs::write(&file, table).expect("written");
        let columns = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let files = PairFiles {
            files: vec![file],
            left: columns(&["ask"]),
            right: columns(&["title", "body"]),
            part: Some("part".into()),
        };
        let source = PairSource::Files(files.clone());
        let data = source.read(None, &Control::default()).expect("read");
        assert_eq!(data.rights, ["Mug. red", "Lamp"]);
        assert_eq!(data.parts.as_deref(), Some(&["train", "test"].map(str::to_owned)[..]));
        assert_eq!((data.report.rows_read, data.report.without_left), (3, 1));
        let json = serde_json::to_string(&source).expect("plain data");
        assert_eq!(serde_json::from_str::<PairSource>(&json).expect("its own JSON"), source);
        let missing = PairFiles { left: columns(&["query"]), ..files };
        let error = PairSource::Files(missing).read(None, &Control::default());
        assert!(error.expect_err("no such column").to_string().contains("\"query\""));
        let nothing = PairSource::Shop(ShopPairs::Queries);
        let error = nothing.read(Some(&Dataset::default()), &Control::default());
        assert!(error.expect_err("no searches").to_string().contains("no search query"));
        assert!(nothing.read(None, &Control::default()).is_err());
    }
}
