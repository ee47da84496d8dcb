//! Where a training stands, on disk: written as a whole or not at all.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::bert::tensors::{HostTensor, TensorFile};
use crate::model::{EpochReport, ModelError};
use crate::vault::files;

const FILE: &str = "checkpoint.safetensors";
const BEST_FILE: &str = "best.safetensors";
const FORMAT: u32 = 1;

/// Everything about a training but its tensors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// Optimiser steps done.
    pub step: u64,
    /// Epochs done and judged.
    pub epochs_done: u32,
    /// Batches done of the epoch under way.
    pub batches_done: usize,
    /// Sum of the step losses of the epoch under way, as bits so that it reads back exactly.
    pub loss_bits: u64,
    /// Seconds of training so far.
    pub secs: f64,
    /// Seconds of the epoch under way.
    pub epoch_secs: f64,
    /// Epochs judged so far, 0 first.
    pub reports: Vec<EpochReport>,
    /// The best of them.
    pub best_epoch: u32,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    fingerprint: String,
    standing: Standing,
}

/// A training as read back.
pub(super) struct Checkpoint {
    pub standing: Standing,
    pub weights: BTreeMap<String, HostTensor>,
    pub optimiser: BTreeMap<String, HostTensor>,
    pub best: BTreeMap<String, HostTensor>,
}

/// The folder that holds a training's checkpoint, bound to one configuration, seed and data.
#[derive(Debug, Clone)]
pub(super) struct CheckpointFolder {
    folder: PathBuf,
    fingerprint: String,
}

impl CheckpointFolder {
    /// Make the folder if it is not there.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    fn new(folder: &Path, fingerprint: String) -> Result<Self, ModelError> {
        files::create_dir_all(folder).map_err(|source| ModelError::Io {
            action: "cannot make the folder for checkpoints",
            path: folder.to_owned(),
            source,
        })?;
        Ok(Self { folder: folder.to_owned(), fingerprint })
    }

    /// The folder for a training of this identity, if one is wanted.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn wanted(
        folder: Option<&Path>,
        identity: impl FnOnce() -> String,
    ) -> Result<Option<Self>, ModelError> {
        folder.map(|folder| Self::new(folder, identity())).transpose()
    }

    /// The file that [`Self::save`] writes.
    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// The checkpoint of this very training; `None`, with a line in the log, when there is none, or one
    /// of another configuration, seed or data, or a damaged one.
    pub fn load(&self) -> Option<Checkpoint> {
        let path = self.file();
        if !files::exists(&path) {
            return None;
        }
        match self.read(&path) {
            Ok(checkpoint) => Some(checkpoint),
            Err(reason) => {
                tracing::warn!("training starts anew: {reason}");
                None
            }
        }
    }

    fn read(&self, path: &Path) -> Result<Checkpoint, ModelError> {
        let bad = |what: &str| ModelError::BadFile { what: what.to_owned(), path: path.to_owned() };
        let file = TensorFile::read(path, "cannot read the checkpoint")?;
        let header = file
            .metadata
            .get("training")
            .ok_or_else(|| bad("this is no checkpoint of a training"))?;
        let header: Header =
            serde_json::from_str(header).map_err(|error| bad(&error.to_string()))?;
        if header.format != FORMAT {
            return Err(bad("the checkpoint was written by another version"));
        }
        if header.fingerprint != self.fingerprint {
            return Err(bad("the checkpoint is of another configuration, seed, device or data"));
        }
        let best = TensorFile::read(&self.folder.join(BEST_FILE), "cannot read the best epoch")?;
        let (mut weights, mut optimiser) = (BTreeMap::new(), BTreeMap::new());
        for (name, tensor) in file.tensors {
            match name.strip_prefix("weight.") {
                Some(name) => weights.insert(name.to_owned(), tensor),
                None => optimiser.insert(name, tensor),
            };
        }
        Ok(Checkpoint { standing: header.standing, weights, optimiser, best: best.tensors })
    }

    /// Write where a training stands.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn save(
        &self,
        standing: &Standing,
        weights: BTreeMap<String, HostTensor>,
        optimiser: BTreeMap<String, HostTensor>,
    ) -> Result<(), ModelError> {
        let header = Header {
            format: FORMAT,
            fingerprint: self.fingerprint.clone(),
            standing: standing.clone(),
        };
        let header = serde_json::to_string(&header).expect("a header is plain data");
        let weights = weights.into_iter().map(|(name, tensor)| (format!("weight.{name}"), tensor));
        let file = TensorFile {
            tensors: weights.chain(optimiser).collect(),
            metadata: HashMap::from([("training".to_owned(), header)]),
        };
        file.write(&self.file(), "cannot write the checkpoint")
    }

    /// Write the weights of the best epoch; done before [`Self::save`] tells of that epoch.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn save_best(&self, weights: &BTreeMap<String, HostTensor>) -> Result<(), ModelError> {
        let file = TensorFile { tensors: weights.clone(), metadata: HashMap::new() };
        file.write(&self.folder.join(BEST_FILE), "cannot write the best epoch")
    }
}
