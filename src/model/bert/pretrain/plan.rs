//! A pre-training as it is asked for: which texts, which encoder to start from, which settings.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Corpus, PretrainConfig, PretrainResult, find_rate, pretrain};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::load::texts_of_table;
use crate::model::bert::pretrained::Pretrained;
use crate::model::bert::rate_finder::RateSweep;
use crate::model::bert::scratch::{NewEncoder, new_encoder};
use crate::model::{FitContext, ModelError};

/// Where the texts come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CorpusSource {
    /// Whether the shop's catalogue, reviews and queries are among them.
    pub shop: bool,
    /// Files: `.txt` with one document on each line, or documents set apart by blank lines; or tables
    /// with one document in each row.
    pub files: Vec<PathBuf>,
    /// Columns of the tables; those that hold texts where none is named.
    pub columns: Vec<String>,
}

/// What a pre-training starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartFrom {
    /// The built-in encoder.
    BuiltIn,
    /// An encoder in a folder.
    Folder(PathBuf),
    /// A new one, with a vocabulary learned from the texts.
    New(NewEncoder),
}

/// A pre-training as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainPlan {
    /// Where the texts come from.
    pub texts: CorpusSource,
    /// What it starts from.
    pub start: StartFrom,
    /// Its settings.
    pub config: PretrainConfig,
}

impl CorpusSource {
    /// Whether nothing is named to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.shop && self.files.is_empty()
    }

    /// Reads the texts; `dataset` is the shop where its texts are wanted.
    ///
    /// # Errors
    /// [`ModelError::Texts`] or [`ModelError::Io`] when a file cannot be read, or on a request to stop.
    pub fn read(&self, dataset: Option<&Dataset>, control: &Control) -> Result<Corpus, ModelError> {
        let mut corpus = Corpus::default();
        if let Some(dataset) = dataset.filter(|_| self.shop) {
            corpus.add_shop(dataset);
        }
        for file in &self.files {
            if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt")) {
                corpus.add_text(&plain_text(file)?);
                continue;
            }
            let rows = texts_of_table(file, &self.columns, control)?;
            rows.iter().for_each(|row| corpus.add_document(row.iter().map(String::as_str)));
        }
        Ok(corpus)
    }
}

fn plain_text(file: &Path) -> Result<String, ModelError> {
    let bytes = std::fs::read(file).map_err(|source| ModelError::Io {
        action: "cannot read the texts",
        path: file.to_owned(),
        source,
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl StartFrom {
    /// The encoder. A new one takes its vocabulary from the corpus.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, a folder without such an encoder, sizes that do not fit together.
    pub fn open(&self, corpus: &Corpus, control: &Control) -> Result<Pretrained, ModelError> {
        control.report("stage-loading-model", 0, 0);
        match self {
            Self::BuiltIn => Pretrained::open(None),
            Self::Folder(folder) => Pretrained::open(Some(folder)),
            Self::New(new) => new_encoder(new, &corpus.sentences(), control),
        }
    }
}

impl PretrainPlan {
    /// What cannot be worked with, if anything.
    ///
    /// # Errors
    /// What is missing, or the first setting that cannot be worked with.
    pub fn check(&self) -> Result<(), String> {
        if self.texts.is_empty() {
            return Err(
                "there is nothing to pre-train on: take the shop's texts, or name files".into()
            );
        }
        self.config.check()
    }

    /// Reads the texts and pre-trains, from the checkpoint of an earlier call if there is one.
    ///
    /// # Errors
    /// As [`CorpusSource::read`], [`StartFrom::open`] and [`pretrain`].
    pub fn run(
        &self,
        dataset: Option<&Dataset>,
        context: &FitContext<'_>,
    ) -> Result<(Pretrained, PretrainResult), ModelError> {
        let (base, corpus) = self.open(dataset, context.control)?;
        pretrain(&base, &corpus, &self.config, context)
    }

    /// Reads the texts and finds a learning rate by a short sweep. Nothing is kept of it.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn find_rate(
        &self,
        dataset: Option<&Dataset>,
        context: &FitContext<'_>,
    ) -> Result<RateSweep, ModelError> {
        let (base, corpus) = self.open(dataset, context.control)?;
        find_rate(&base, &corpus, &self.config, context)
    }

    fn open(
        &self,
        dataset: Option<&Dataset>,
        control: &Control,
    ) -> Result<(Pretrained, Corpus), ModelError> {
        control.report("stage-reading", 0, 0);
        let corpus = self.texts.read(dataset, control)?;
        let base = self.start.open(&corpus, control)?;
        Ok((base, corpus))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_json_and_says_what_it_lacks() {
        let plan = PretrainPlan {
            texts: CorpusSource { shop: true, ..CorpusSource::default() },
            start: StartFrom::New(NewEncoder::default()),
            config: PretrainConfig::default(),
        };
        assert_eq!(plan.check(), Ok(()));
        let json = serde_json::to_string(&plan).expect("plain data");
        assert_eq!(serde_json::from_str::<PretrainPlan>(&json).expect("its own JSON"), plan);
        let empty = PretrainPlan { texts: CorpusSource::default(), ..plan };
        assert!(empty.check().expect_err("no texts").contains("nothing to pre-train on"));
    }

    #[test]
    fn texts_come_from_plain_files_and_tables() {
        let folder = tempfile::tempdir().expect("a folder");
        let (plain, table) = (folder.path().join("a.txt"), folder.path().join("b.csv"));
        std::fs::write(&plain, "a red mug\na blue pot\n").expect("written");
        std::fs::write(&table, "id,body\n1,a very green cup\n2,the old kettle\n").expect("written");
        let source = CorpusSource { files: vec![plain, table], ..CorpusSource::default() };
        let corpus = source.read(None, &Control::default()).expect("read");
        let expected = ["a red mug", "a blue pot", "a very green cup", "the old kettle"];
        assert_eq!(corpus.sentences(), expected);
        let missing = CorpusSource { files: vec![folder.path().join("c.txt")], ..source };
        let error = missing.read(None, &Control::default()).expect_err("no such file").to_string();
        assert!(error.contains("cannot read the texts") && error.contains("c.txt"), "{error}");
    }
}
