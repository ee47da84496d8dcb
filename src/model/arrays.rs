//! Named arrays of a counting model in one safetensors file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::ModelError;
use super::counting::SparseRows;
use crate::vault::files;

const FILE: &str = "model.safetensors";
const FORMAT_KEY: &str = "shelfwise";
const FORMAT_VERSION: u32 = 1;

/// Collects arrays and writes them.
#[derive(Default)]
pub(super) struct ArrayWriter {
    arrays: Vec<(&'static str, Dtype, Vec<u8>)>,
}

impl ArrayWriter {
    /// Add an array of whole numbers.
    pub fn counts(mut self, name: &'static str, values: &[u32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.arrays.push((name, Dtype::U32, bytes));
        self
    }

    /// Add an array of numbers.
    pub fn numbers(mut self, name: &'static str, values: &[f32]) -> Self {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.arrays.push((name, Dtype::F32, bytes));
        self
    }

    /// Add a sparse matrix as `offsets`, `columns` and `values`.
    pub fn rows(self, rows: &SparseRows) -> Self {
        self.counts("offsets", &rows.offsets)
            .counts("columns", &rows.columns)
            .numbers("values", &rows.values)
    }

    /// Write the file of `model` into `folder`.
    pub fn write(self, folder: &Path, model: &str) -> Result<(), ModelError> {
        let path = folder.join(FILE);
        let views = self.arrays.iter().map(|(name, dtype, bytes)| {
            let view = TensorView::new(*dtype, vec![bytes.len() / 4], bytes).expect(
                "a flat array of 4-byte elements has the shape that was worked out from it",
            );
            (*name, view)
        });
        let metadata = HashMap::from([(FORMAT_KEY.to_owned(), format_name(model))]);
        let bytes = safetensors::serialize(views, Some(metadata))
            .expect("flat arrays of distinct names can be serialised");
        files::write(&path, &bytes).map_err(|source| ModelError::Io {
            action: "cannot write the model",
            path,
            source,
        })
    }
}

fn format_name(model: &str) -> String {
    format!("{model}/{FORMAT_VERSION}")
}

/// The arrays of one file.
pub(super) struct ArrayReader {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl ArrayReader {
    /// Open the file of `model` in `folder`.
    pub fn open(folder: &Path, model: &str) -> Result<Self, ModelError> {
        let path = folder.join(FILE);
        let bytes = files::read(&path).map_err(|source| ModelError::Io {
            action: "cannot read the model",
            path: path.clone(),
            source,
        })?;
        let reader = Self { path, bytes };
        let (_, header) = SafeTensors::read_metadata(&reader.bytes).map_err(|error| {
            reader.bad(format!("this is no readable safetensors file ({error})"))
        })?;
        let found = header.metadata().as_ref().and_then(|pairs| pairs.get(FORMAT_KEY)).cloned();
        let expected = format_name(model);
        if found.as_ref() != Some(&expected) {
            let found = found.unwrap_or_else(|| "a foreign safetensors file".to_owned());
            return Err(reader.bad(format!("found {found}, expected {expected}")));
        }
        Ok(reader)
    }

    /// An array of whole numbers.
    pub fn counts(&self, name: &str) -> Result<Vec<u32>, ModelError> {
        self.elements(name, Dtype::U32, u32::from_le_bytes)
    }

    /// An array of numbers.
    pub fn numbers(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        self.elements(name, Dtype::F32, f32::from_le_bytes)
    }

    /// A square sparse matrix over `n_items` products.
    pub fn rows(&self, n_items: usize) -> Result<SparseRows, ModelError> {
        let rows = SparseRows {
            offsets: self.counts("offsets")?,
            columns: self.counts("columns")?,
            values: self.numbers("values")?,
        };
        if rows.n_rows() != n_items || !rows.is_sound(n_items) {
            return Err(self.bad(format!("the matrix does not fit {n_items} products")));
        }
        Ok(rows)
    }

    fn elements<T>(
        &self,
        name: &str,
        dtype: Dtype,
        read: fn([u8; 4]) -> T,
    ) -> Result<Vec<T>, ModelError> {
        let tensors = SafeTensors::deserialize(&self.bytes)
            .map_err(|error| self.bad(format!("the file is damaged ({error})")))?;
        let tensor =
            tensors.tensor(name).map_err(|_| self.bad(format!("there is no array \"{name}\"")))?;
        if tensor.dtype() != dtype {
            return Err(
                self.bad(format!("array \"{name}\" is {:?}, expected {dtype:?}", tensor.dtype()))
            );
        }
        Ok(tensor.data().as_chunks::<4>().0.iter().map(|&bytes| read(bytes)).collect())
    }

    fn bad(&self, what: String) -> ModelError {
        ModelError::BadFile { what, path: self.path.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn arrays_come_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let rows = SparseRows::from_pairs(vec![(0, 1), (1, 0), (1, 0)], 2);
        ArrayWriter::default()
            .rows(&rows)
            .counts("shoppers", &[7, 9])
            .write(folder.path(), "m")
            .unwrap();
        let reader = ArrayReader::open(folder.path(), "m").unwrap();
        assert_eq!(reader.counts("shoppers").unwrap(), [7, 9]);
        assert_eq!(reader.rows(2).unwrap(), rows);
        assert!(matches!(reader.rows(3), Err(ModelError::BadFile { .. })));
        assert!(matches!(reader.numbers("shoppers"), Err(ModelError::BadFile { .. })));
        assert!(matches!(reader.counts("absent"), Err(ModelError::BadFile { .. })));
    }

    #[test]
    fn missing_foreign_and_damaged_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(ArrayReader::open(folder.path(), "m"), Err(ModelError::Io { .. })));
        ArrayWriter::default().counts("a", &[1, 2, 3]).write(folder.path(), "other").unwrap();
        let error = ArrayReader::open(folder.path(), "m").err().unwrap().to_string();
        assert!(error.starts_with("found other/1, expected m/1"), "{error}");
        let path = folder.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        for length in [0, 4, 20, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            let opened =
                ArrayReader::open(folder.path(), "other").and_then(|reader| reader.counts("a"));
            assert!(matches!(opened, Err(ModelError::BadFile { .. })), "{length} bytes");
        }
    }
}
