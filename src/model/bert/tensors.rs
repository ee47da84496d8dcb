//! Named 32-bit tensors in a safetensors file: read whatever float type it holds, write atomically.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::de::DeserializeOwned;

use crate::model::ModelError;
use crate::vault::files;

/// Under this name a recommender's file holds what it is, as JSON.
pub(super) const HEADER: &str = "shelfwise";

/// One tensor on the host.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HostTensor {
    /// Size of each dimension.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// Tensors by name, with free text beside them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TensorFile {
    /// Tensors by name.
    pub tensors: BTreeMap<String, HostTensor>,
    /// What else the file says.
    pub metadata: HashMap<String, String>,
}

impl TensorFile {
    /// Read a file that lies on disk.
    ///
    /// # Errors
    /// [`ModelError::Io`] when it cannot be read, [`ModelError::BadFile`] when it is damaged or foreign.
    pub fn read(path: &Path, action: &'static str) -> Result<Self, ModelError> {
        let bytes = files::read(path).map_err(|source| ModelError::Io {
            action,
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes, path)
    }

    /// What a recommender wrote beside its tensors, by [`HEADER`].
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when there is none, or another one.
    pub fn header<H: DeserializeOwned>(&self, path: &Path) -> Result<H, ModelError> {
        let bad = |what: String| ModelError::BadFile { what, path: path.to_owned() };
        let header = self
            .metadata
            .get(HEADER)
            .ok_or_else(|| bad("this is not a recommender that was fitted here".into()))?;
        serde_json::from_str(header)
            .map_err(|error| bad(format!("the model's header is damaged: {error}")))
    }

    /// Read a file that lies in memory; `path` is for messages.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when it is damaged or foreign.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ModelError> {
        let bad = |what: String| ModelError::BadFile { what, path: path.to_owned() };
        let damaged = |error: safetensors::SafeTensorError| {
            bad(format!(
                "this is not a whole safetensors file ({error}; {} bytes). Copy or download it again",
                bytes.len()
            ))
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            let values = floats(view.dtype(), view.data()).ok_or_else(|| {
                bad(format!(
                    "the tensor {name} has the type {:?}; only F64, F32, F16 and BF16 can be read",
                    view.dtype()
                ))
            });
            // Old checkpoints carry integer buffers such as `embeddings.position_ids`; nobody asks for them.
            let is_buffer =
                matches!(view.dtype(), Dtype::I64 | Dtype::I32 | Dtype::BOOL | Dtype::U8);
            if is_buffer {
                continue;
            }
            let shape = view.shape().to_vec();
            tensors.insert(name.to_owned(), HostTensor { shape, values: values? });
        }
        Ok(Self { tensors, metadata: header.metadata().clone().unwrap_or_default() })
    }

    /// Write to `path` so that it holds either the old file or the whole new one, whenever the
    /// machine stops.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn write(&self, path: &Path, action: &'static str) -> Result<(), ModelError> {
        let io = |source: std::io::Error| ModelError::Io { action, path: path.to_owned(), source };
        let bytes = safetensors::serialize(&self.tensors, Some(self.metadata.clone()))
            .map_err(|error| io(std::io::Error::other(error)))?;
        write_atomically(path, &bytes).map_err(io)
    }
}

/// Temporary file, flush to disk, rename.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("partial");
    files::write(&temporary, bytes)?;
    files::rename(&temporary, path)?;
    path.parent().into_iter().for_each(files::sync_folder);
    Ok(())
}

impl View for &HostTensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn data_len(&self) -> usize {
        self.values.len() * size_of::<f32>()
    }
}

fn floats(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    let pairs = || bytes.as_chunks::<2>().0.iter().copied();
    match dtype {
        Dtype::F32 => Some(bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect()),
        Dtype::F64 => Some(doubles(bytes)),
        Dtype::F16 => Some(pairs().map(|pair| f16::from_le_bytes(pair).to_f32()).collect()),
        Dtype::BF16 => Some(pairs().map(|pair| bf16::from_le_bytes(pair).to_f32()).collect()),
        _ => None,
    }
}

fn doubles(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> TensorFile {
        let tensor = HostTensor { shape: vec![2, 1], values: vec![1.5, -0.25] };
        TensorFile {
            tensors: BTreeMap::from([("a.b".to_owned(), tensor)]),
            metadata: HashMap::from([("note".to_owned(), "x".to_owned())]),
        }
    }

    #[test]
    fn a_file_reads_back_as_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.safetensors");
        sample().write(&path, "cannot write").expect("written");
        assert_eq!(TensorFile::read(&path, "cannot read").expect("read"), sample());
        assert!(!path.with_extension("partial").exists());
    }

    #[test]
    fn damaged_and_missing_files_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.safetensors");
        let missing = TensorFile::read(&path, "cannot read the weights").expect_err("no file");
        assert!(missing.to_string().contains("cannot read the weights"), "{missing}");
        sample().write(&path, "cannot write").expect("written");
        let bytes = std::fs::read(&path).expect("bytes");
        for cut in [0, 4, 20, bytes.len() - 3] {
            let error = TensorFile::parse(&bytes[..cut], &path).expect_err("cut off");
            assert!(error.to_string().contains("not a whole safetensors file"), "{error}");
        }
        assert!(TensorFile::parse(b"PK\x03\x04 a zip archive, not weights", &path).is_err());
    }

    #[test]
    fn floats_of_other_widths_are_read() {
        let half = f16::from_f32(0.1).to_le_bytes();
        assert_eq!(floats(Dtype::F16, &half), Some(vec![f16::from_f32(0.1).to_f32()]));
        let brain = bf16::from_f32(3.0).to_le_bytes();
        assert_eq!(floats(Dtype::BF16, &brain), Some(vec![3.0]));
        assert_eq!(floats(Dtype::F64, &0.5_f64.to_le_bytes()), Some(vec![0.5]));
        assert_eq!(floats(Dtype::I64, &[0; 8]), None);
    }
}
