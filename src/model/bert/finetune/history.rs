//! A shopper's history as a text: `viewed red mug ; bought blue teapot`, newest first, so that what is
//! cut off at the end is the oldest.

use std::path::Path;

use crate::dataset::EventKind;
use crate::ids::ItemIdx;
use crate::model::ModelError;
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::BertConfig;
use crate::model::bert::tensors::{HostTensor, TensorFile};
use crate::model::bert::tokenizer::TextTokenizer;
use crate::model::knowledge::ProductTexts;

/// The word before a product, by [`EventKind`] in declaration order.
const WORDS: [&str; EventKind::ALL.len()] =
    ["viewed", "searched", "cart", "bought", "reviewed", "returned", "rated"];

/// What stands between two products.
const SEPARATOR: &str = ";";

/// One thing that a shopper did, as the text tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Told {
    /// The product.
    pub item: ItemIdx,
    /// What was done with it.
    pub kind: EventKind,
}

/// Makes texts of histories. Holds the word pieces of every title, so that nothing is tokenised twice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HistoryReader {
    pieces: Vec<u32>,
    /// `[n_items + 1]`: pieces of item `i` are `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    words: Vec<Vec<u32>>,
    separator: Vec<u32>,
    cls: u32,
    sep: u32,
    limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Limits {
    items: usize,
    tokens: usize,
    decay: f32,
}

impl Limits {
    fn of(config: &BertConfig, longest: usize) -> Self {
        Self {
            items: config.history_items,
            tokens: config.max_tokens.min(longest),
            decay: config.recency_decay,
        }
    }
}

impl HistoryReader {
    /// Read the titles of a shop, with what is known in words behind them where texts tell it; a product
    /// without a title is called `item <id>`. `longest` is the longest text of the encoder, tokens.
    pub fn new(
        config: &BertConfig,
        texts: &ProductTexts<'_>,
        tokenizer: &TextTokenizer,
        longest: usize,
    ) -> Self {
        let mut pieces = Vec::new();
        let mut starts = vec![0];
        for item in 0..texts.dataset().n_items() {
            let title = tokenizer.pieces(&texts.label(ItemIdx::from_index(item)));
            pieces.extend(title.into_iter().take(config.title_tokens));
            starts.push(pieces.len());
        }
        Self {
            pieces,
            starts,
            words: WORDS.iter().map(|word| tokenizer.pieces(word)).collect(),
            separator: tokenizer.pieces(SEPARATOR),
            cls: tokenizer.cls(),
            sep: tokenizer.sep(),
            limits: Limits::of(config, longest),
        }
    }

    /// Number of products it knows.
    pub fn n_items(&self) -> usize {
        self.starts.len() - 1
    }

    /// Newest products of a history that a text tells of.
    pub fn history_items(&self) -> usize {
        self.limits.items
    }

    /// Weight of the product that is `age` products older than the newest, before normalisation.
    pub fn weight(&self, age: usize) -> f32 {
        self.limits.decay.powi(i32::try_from(age).unwrap_or(i32::MAX))
    }

    /// The text of a history given newest first. A product's weight in the pooled vector is spread evenly
    /// over its tokens; an empty history pools its special tokens.
    pub fn text(&self, newest_first: impl IntoIterator<Item = Told>) -> Sequence {
        let mut ids = vec![self.cls];
        let mut pooling = vec![0.0];
        let room = self.limits.tokens - 1;
        for (age, told) in newest_first.into_iter().take(self.limits.items).enumerate() {
            let separator = if age > 0 { self.separator.as_slice() } else { &[] };
            let word = &self.words[told.kind as usize];
            let title =
                &self.pieces[self.starts[told.item.index()]..self.starts[told.item.index() + 1]];
            if ids.len() + separator.len() + word.len() + title.len().min(1) > room {
                break;
            }
            let start = ids.len();
            for part in [separator, word, title] {
                ids.extend_from_slice(part);
            }
            ids.truncate(room);
            let share = self.weight(age) / (ids.len() - start) as f32;
            pooling.resize(ids.len(), share);
        }
        ids.push(self.sep);
        pooling.push(0.0);
        normalise(&mut pooling);
        Sequence { ids, pooling, second: None }
    }

    /// Add what [`Self::restore`] needs to a file.
    pub fn store(&self, file: &mut TensorFile) {
        let lengths: Vec<f32> =
            self.starts.windows(2).map(|pair| (pair[1] - pair[0]) as f32).collect();
        let mut special = vec![self.cls as f32, self.sep as f32, self.separator.len() as f32];
        special.extend(self.words.iter().map(|word| word.len() as f32));
        let words = self.separator.iter().chain(self.words.iter().flatten());
        special.extend(words.map(|&piece| piece as f32));
        let pieces = self.pieces.iter().map(|&piece| piece as f32).collect();
        for (name, values) in
            [("titles.lengths", lengths), ("titles.pieces", pieces), ("titles.special", special)]
        {
            let tensor = HostTensor { shape: vec![values.len()], values };
            file.tensors.insert(name.into(), tensor);
        }
    }

    /// Read back what [`Self::store`] wrote.
    ///
    /// # Errors
    /// [`ModelError::BadFile`].
    pub fn restore(
        config: &BertConfig,
        file: &TensorFile,
        longest: usize,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let bad = || ModelError::BadFile {
            what: "the product titles in this model are damaged; train it again".into(),
            path: path.to_owned(),
        };
        let numbers = |name: &str| -> Result<Vec<u32>, ModelError> {
            let tensor = file.tensors.get(name).ok_or_else(bad)?;
            Ok(tensor.values.iter().map(|&value| value as u32).collect())
        };
        let (lengths, pieces, special) =
            (numbers("titles.lengths")?, numbers("titles.pieces")?, numbers("titles.special")?);
        let mut starts = vec![0];
        for length in lengths {
            starts.push(starts[starts.len() - 1] + length as usize);
        }
        let (header, mut rest) = special.split_at_checked(3 + WORDS.len()).ok_or_else(bad)?;
        let mut take = |length: u32| {
            let (head, tail) = rest.split_at_checked(length as usize).ok_or_else(bad)?;
            rest = tail;
            Ok::<_, ModelError>(head.to_vec())
        };
        let separator = take(header[2])?;
        let words = header[3..].iter().map(|&length| take(length)).collect::<Result<_, _>>()?;
        if starts.last() != Some(&pieces.len()) {
            return Err(bad());
        }
        Ok(Self {
            pieces,
            starts,
            words,
            separator,
            cls: header[0],
            sep: header[1],
            limits: Limits::of(config, longest),
        })
    }
}

/// Make weights add up to 1; all alike where there is none.
fn normalise(weights: &mut [f32]) {
    let total: f32 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= total);
    } else {
        weights.fill(1.0 / weights.len() as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Catalog, Dataset, TextColumn};
    use crate::ids::IdMap;
    use crate::model::bert::pretrained::builtin_model;
    use crate::model::knowledge::config::TextParts;

    fn shop() -> Dataset {
        Dataset {
            items: IdMap::from_ids(["m1", "t2", "x3"]),
            catalog: Catalog {
                titles: [Some("Red mug"), Some("Blue teapot"), None]
                    .into_iter()
                    .collect::<TextColumn>(),
                ..Catalog::default()
            },
            ..Dataset::default()
        }
    }

    fn told(item: u32, kind: EventKind) -> Told {
        Told { item: ItemIdx(item), kind }
    }

    fn reader(config: &BertConfig) -> (HistoryReader, TextTokenizer) {
        let tokenizer = builtin_model().expect("the built-in model").tokenizer;
        let dataset = shop();
        let texts = ProductTexts::new(&dataset, TextParts::default(), None);
        (HistoryReader::new(config, &texts, &tokenizer, 512), tokenizer)
    }

    #[test]
    fn a_text_is_what_the_tokenizer_makes_of_its_wording() {
        let (reader, tokenizer) = reader(&BertConfig::default());
        let text = reader.text([
            told(0, EventKind::View),
            told(1, EventKind::Purchase),
            told(2, EventKind::Cart),
        ]);
        let wording = "viewed Red mug ; bought Blue teapot ; cart item x3";
        assert_eq!(text.ids, tokenizer.text(wording, 512));
        assert!((text.pooling.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(text.pooling[1] > text.pooling[5], "the newest product weighs most");
    }

    #[test]
    fn the_oldest_is_cut_off() {
        let config = BertConfig { max_tokens: 8, history_items: 9, ..BertConfig::default() };
        let (reader, tokenizer) = reader(&config);
        let text = reader.text([
            told(0, EventKind::View),
            told(1, EventKind::View),
            told(0, EventKind::View),
        ]);
        assert_eq!(text.ids, tokenizer.text("viewed Red mug ; viewed Blue", 512));
        let empty = reader.text([]);
        assert_eq!((empty.ids.len(), empty.pooling), (2, vec![0.5, 0.5]));
    }

    #[test]
    fn a_reader_survives_its_file() {
        let config = BertConfig::default();
        let (reader, _) = reader(&config);
        let mut file = TensorFile::default();
        reader.store(&mut file);
        let path = Path::new("model.safetensors");
        assert_eq!(HistoryReader::restore(&config, &file, 512, path).expect("read"), reader);
        file.tensors.remove("titles.pieces");
        assert!(HistoryReader::restore(&config, &file, 512, path).is_err());
    }
}
