//! Weights in a file that `torch.save` wrote: `pytorch_model.bin`.
//!
//! Since `PyTorch` 1.6 such a file is an uncompressed zip archive of a pickle and of one entry per
//! storage; before, it was several pickles followed by the storages. Both are read, from memory, without
//! running anything: see [`pickle`]. All sizes are checked against the file's own size before anything
//! is set aside for them.

mod pickle;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::ops::Range;
use std::path::Path;

use half::{bf16, f16};
use zip::{CompressionMethod, ZipArchive};

use self::pickle::{Element, Storage, TensorView};
use super::tensors::{HostTensor, TensorFile};
use crate::model::ModelError;

/// The number that files from before `PyTorch` 1.6 begin with.
const OLD_MAGIC: i128 = 0x1950_a86a_20f9_469c_fc6c;
/// Their version.
const OLD_VERSION: i128 = 1001;

/// Most entries of an archive.
const MAX_ENTRIES: usize = 100_000;

/// Read a file that lies in memory; `path` is for messages.
///
/// # Errors
/// [`ModelError::BadFile`] when it is damaged, foreign, or asks for more than a state dict needs.
pub(super) fn parse(bytes: &[u8], path: &Path) -> Result<TensorFile, ModelError> {
    let is_zip = bytes.starts_with(b"PK\x03\x04");
    let read = if is_zip { read_archive(bytes) } else { read_old(bytes) };
    read.map(|tensors| TensorFile { tensors, metadata: HashMap::new() }).map_err(|what| {
        ModelError::BadFile {
            what: format!("this is no file of weights that PyTorch saved: {what}"),
            path: path.to_owned(),
        }
    })
}

type Tensors = BTreeMap<String, HostTensor>;

fn read_archive(bytes: &[u8]) -> Result<Tensors, String> {
    let entries = entries(bytes)?;
    let (name, pickle) = entries
        .iter()
        .find(|(name, _)| *name == "data.pkl" || name.ends_with("/data.pkl"))
        .ok_or("there is no data.pkl in the archive")?;
    let folder = name.strip_suffix("data.pkl").unwrap_or_default();
    if let Some(order) = entries.get(&format!("{folder}byteorder"))
        && &bytes[order.clone()] == b"big"
    {
        return Err("its numbers are in big-endian order".to_owned());
    }
    let told = pickle::read(&bytes[pickle.clone()])?;
    collect(&told.tensors, bytes.len(), |storage| {
        let entry = entries.get(&format!("{folder}data/{}", storage.key));
        entry.map(|range| &bytes[range.clone()])
    })
}

/// Where each uncompressed entry's bytes lie.
fn entries(bytes: &[u8]) -> Result<BTreeMap<String, Range<usize>>, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| format!("the archive is damaged or cut off ({error})"))?;
    if archive.len() > MAX_ENTRIES {
        return Err(format!("the archive has {} entries", archive.len()));
    }
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let damaged = |error: zip::result::ZipError| format!("an entry is damaged ({error})");
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err("its entries are compressed, which PyTorch never does".to_owned());
        }
        let range = entry.data_start().and_then(|start| {
            let start = usize::try_from(start).ok()?;
            let end = start.checked_add(usize::try_from(entry.size()).ok()?)?;
            (end <= bytes.len()).then_some(start..end)
        });
        let range = range.ok_or("an entry reaches beyond the end of the file")?;
        found.insert(entry.name().map_err(damaged)?.into_owned(), range);
    }
    Ok(found)
}

/// Magic number, version, system, state dict, keys of the storages; then each storage after its length.
fn read_old(bytes: &[u8]) -> Result<Tensors, String> {
    let mut rest = bytes;
    let mut next = || {
        let told = pickle::read(rest)?;
        rest = &rest[told.length..];
        Ok::<_, String>(told)
    };
    let header = [next()?.number, next()?.number];
    if header != [Some(OLD_MAGIC), Some(OLD_VERSION)] {
        return Err("it does not begin as such files do".to_owned());
    }
    next()?;
    let told = next()?;
    let keys = next()?.texts;
    let mut storages: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for key in &keys {
        let broken = || format!("the storage {key:?} breaks off");
        let element = told.storages.get(key).ok_or("a storage is of unknown type")?.element;
        let (length, after) = rest.split_first_chunk::<8>().ok_or_else(broken)?;
        let count = usize::try_from(i64::from_le_bytes(*length)).map_err(|_| broken())?;
        let size = count.checked_mul(element.size()).ok_or_else(broken)?;
        let (data, after) = after.split_at_checked(size).ok_or_else(broken)?;
        storages.insert(key, data);
        rest = after;
    }
    collect(&told.tensors, bytes.len(), |storage| storages.get(storage.key.as_str()).copied())
}

/// The tensors of floats, each from its storage.
fn collect<'a>(
    views: &BTreeMap<String, TensorView>,
    file_size: usize,
    bytes_of: impl Fn(&Storage) -> Option<&'a [u8]>,
) -> Result<Tensors, String> {
    let mut tensors = Tensors::new();
    // Tied weights stand in a file once and under two names; nothing honest holds more than this.
    let mut room = file_size;
    for (name, view) in views {
        if matches!(view.storage.element, Element::Other(_)) {
            continue;
        }
        let bytes = bytes_of(&view.storage).ok_or_else(|| format!("{name} has no values"))?;
        let count = checked_count(view, bytes.len())
            .ok_or_else(|| format!("{name} reaches beyond its values"))?;
        room = room.checked_sub(count).ok_or("its tensors are larger than the file")?;
        tensors.insert(
            name.clone(),
            HostTensor { shape: view.shape.clone(), values: gather(view, bytes, count) },
        );
    }
    Ok(tensors)
}

/// Elements of a view, if all of them lie within `bytes` and are no more than those that do.
fn checked_count(view: &TensorView, bytes: usize) -> Option<usize> {
    let available = bytes / view.storage.element.size();
    if view.shape.len() != view.strides.len() || view.storage.count > available {
        return None;
    }
    let count = view.shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))?;
    if count == 0 {
        return Some(0);
    }
    let last =
        view.shape.iter().zip(&view.strides).try_fold(view.offset, |last, (&size, &stride)| {
            last.checked_add((size - 1).checked_mul(stride)?)
        })?;
    (last < available && count <= available).then_some(count)
}

/// The values of a view, row-major; [`checked_count`] has looked at it.
fn gather(view: &TensorView, bytes: &[u8], count: usize) -> Vec<f32> {
    let element = view.storage.element;
    let mut index = vec![0; view.shape.len()];
    let mut at = view.offset;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        values.push(value(element, &bytes[at * element.size()..]));
        for place in (0..index.len()).rev() {
            index[place] += 1;
            at += view.strides[place];
            if index[place] < view.shape[place] {
                break;
            }
            at -= index[place] * view.strides[place];
            index[place] = 0;
        }
    }
    values
}

/// The first value in `bytes`; whole numbers are left out before.
fn value(element: Element, bytes: &[u8]) -> f32 {
    let read = match element {
        Element::F64 => bytes.first_chunk().map(|bytes| f64::from_le_bytes(*bytes) as f32),
        Element::F32 => bytes.first_chunk().map(|bytes| f32::from_le_bytes(*bytes)),
        Element::F16 => bytes.first_chunk().map(|bytes| f16::from_le_bytes(*bytes).to_f32()),
        Element::Bf16 => bytes.first_chunk().map(|bytes| bf16::from_le_bytes(*bytes).to_f32()),
        Element::Other(_) => None,
    };
    read.unwrap_or(f32::NAN)
}
