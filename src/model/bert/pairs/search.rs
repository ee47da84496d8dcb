//! Searching a collection of texts by their vectors.

use std::collections::HashMap;
use std::path::Path;

use rayon::prelude::*;

use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::embedder::{Embedder, Embeddings};
use crate::model::bert::pretrained::{Pretrained, fingerprint};
use crate::model::bert::tensors::{HostTensor, TensorFile};
use crate::vault::files;

/// Numbers that are multiplied and added up side by side.
const LANES: usize = 16;
/// The tensor of a file of vectors.
const VECTORS: &str = "vectors";
/// What a file of vectors was made of.
const MADE_OF: &str = "shelfwise-made-of";

/// Scores of all rows of a collection for a query: cosines, since all vectors have length 1.
#[must_use]
pub fn cosines(query: &[f32], collection: &Embeddings) -> Vec<f32> {
    collection.values.chunks_exact(collection.dim).map(|row| dot(query, row)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

/// Places of the rows nearest to a query with their cosines, the nearest first, of equals the first.
#[must_use]
pub fn nearest(query: &[f32], collection: &Embeddings, most: usize) -> Vec<(usize, f32)> {
    let score = |row: (usize, &[f32])| (row.0, dot(query, row.1));
    let mut found: Vec<(usize, f32)> =
        collection.values.par_chunks_exact(collection.dim).enumerate().map(score).collect();
    let nearer = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if most > 0 && most < found.len() {
        found.select_nth_unstable_by(most - 1, nearer);
    }
    found.truncate(most);
    found.sort_unstable_by(nearer);
    found
}

/// Ranks, from 1, ascending and distinct, of what is right among all that was scored; what is of the same
/// score and not right comes first, so that ties count against the one who scored.
#[must_use]
pub fn ranks(scores: &[f32], right: &[u32]) -> Vec<usize> {
    let mut own: Vec<f32> = right.iter().map(|&at| scores[at as usize]).collect();
    own.sort_unstable_by(|a, b| b.total_cmp(a));
    let before = |(nth, score): (usize, &f32)| {
        let as_good = scores.iter().filter(|other| *other >= score).count();
        let right_as_good = own.iter().filter(|other| *other >= score).count();
        as_good - right_as_good + nth + 1
    };
    own.iter().enumerate().map(before).collect()
}

/// Vectors of a collection, from the file that an earlier call wrote where it is of the same model and
/// texts; else they are made, and written where a file is named.
///
/// # Errors
/// [`ModelError`]: cancelled, the device failed, the file cannot be read or written, or is none of vectors.
pub fn vectors_of(
    texts: &[String],
    (model, embedder): (&Pretrained, &Embedder),
    file: Option<&Path>,
    control: &Control,
) -> Result<Embeddings, ModelError> {
    let made_of = format!("{:016x} {:?}", of_all(texts, model.fingerprint), model.pooling);
    if let Some(path) = file.filter(|path| files::is_file(path)) {
        let mut found = TensorFile::read(path, "cannot read the vectors")?;
        let known = found.metadata.get(MADE_OF).ok_or_else(|| ModelError::BadFile {
            what: "this is no file of vectors, and it would be written over; name another one"
                .into(),
            path: path.to_owned(),
        })?;
        if *known == made_of
            && let Some(HostTensor { shape, values }) = found.tensors.remove(VECTORS)
            && shape.first() == Some(&texts.len())
        {
            return Ok(Embeddings { dim: shape[1], values });
        }
    }
    let made = embedder.embed(texts, control)?;
    if let Some(path) = file {
        let tensor = HostTensor { shape: vec![made.len(), made.dim], values: made.values.clone() };
        let file = TensorFile {
            tensors: [(VECTORS.to_owned(), tensor)].into(),
            metadata: HashMap::from([(MADE_OF.to_owned(), made_of)]),
        };
        file.write(path, "cannot write the vectors")?;
    }
    Ok(made)
}

fn of_all(texts: &[String], model: u64) -> u64 {
    let mut bytes = model.to_le_bytes().to_vec();
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    fingerprint(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::device::{DeviceChoice, select};
    use crate::model::bert::testing::tiny_model;

    #[test]
    fn ties_count_against_the_one_who_scored() {
        assert_eq!(ranks(&[0.5, 0.9, 0.5, 0.1], &[1]), [1]);
        assert_eq!(ranks(&[0.5, 0.9, 0.5, 0.1], &[0]), [3], "the other 0.5 comes first");
        assert_eq!(ranks(&[0.0; 4], &[2]), [4], "who scores all alike finds nothing");
        assert_eq!(ranks(&[0.5, 0.9, 0.5, 0.5], &[2, 0]), [3, 4]);
        assert_eq!(ranks(&[0.5, 0.9, 0.7, 0.1], &[3, 1]), [1, 4]);
    }

    #[test]
    fn the_nearest_come_first_and_of_equals_the_first() {
        let values = vec![1.0, 0.0, 0.0, 1.0, 0.6, 0.8, 1.0, 0.0];
        let collection = Embeddings { dim: 2, values };
        assert_eq!(nearest(&[1.0, 0.0], &collection, 3), [(0, 1.0), (3, 1.0), (2, 0.6)]);
        assert_eq!(nearest(&[1.0, 0.0], &collection, 9).len(), 4);
        assert!(nearest(&[1.0, 0.0], &collection, 0).is_empty());
        let wide: Vec<f32> = (0..50_u8).map(f32::from).collect();
        let collection = Embeddings { dim: 50, values: wide.clone() };
        assert_eq!(cosines(&wide, &collection), [wide.iter().map(|x| x * x).sum::<f32>()]);
    }

    #[test]
    fn vectors_are_made_once_and_again_for_other_texts() {
        let device = select(DeviceChoice::Cpu).expect("a processor");
        let (model, other) = (tiny_model(1), tiny_model(2));
        let embedder = Embedder::new(&model, &device).expect("it fits");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("vectors.safetensors");
        let texts = ["red mug", "blue lamp"].map(str::to_owned);
        let of = |texts: &[String], model| {
            let made = vectors_of(texts, (model, &embedder), Some(&file), &Control::default());
            made.expect("vectors")
        };
        let first = of(&texts, &model);
        // What is read is what was written: another value in the file shows.
        let mut written = TensorFile::read(&file, "").expect("a file");
        written.tensors.get_mut(VECTORS).expect("vectors").values[0] = 9.0;
        written.write(&file, "").expect("written");
        assert!((of(&texts, &model).values[0] - 9.0).abs() < 1e-6);
        assert_eq!(of(&texts, &other), first, "another model makes its own");
        assert_eq!(of(&texts[..1], &other).len(), 1, "other texts have others");
        std::fs::write(&file, b"\x02\0\0\0\0\0\0\0{}").expect("written");
        let foreign = vectors_of(&texts, (&model, &embedder), Some(&file), &Control::default());
        assert!(foreign.is_err(), "somebody else's file is not written over");
    }
}
