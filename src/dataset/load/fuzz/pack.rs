//! Packing damaged content again, so that the damage gets past the wrapping.

use std::io::{self, Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// What content is packed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    /// A zip archive of which single parts are damaged, as workbooks are.
    Parts,
}

/// One part of an archive.
pub(super) struct Part {
    name: String,
    pub content: Vec<u8>,
}

pub(super) fn pack(bytes: &[u8], packing: Packing) -> io::Result<Vec<u8>> {
    match packing {
        Packing::Gzip => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(bytes)?;
            out.finish()
        }
        Packing::Zstd => zstd::stream::encode_all(bytes, 1),
        Packing::Parts => pack_parts(&unpack_parts(bytes)?),
    }
}

pub(super) fn unpack_parts(archive: &[u8]) -> io::Result<Vec<Part>> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    let mut parts = Vec::new();
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number)?;
        let name = entry.name()?.into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        parts.push(Part { name, content });
    }
    Ok(parts)
}

pub(super) fn pack_parts(parts: &[Part]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for part in parts {
        archive.start_file(part.name.as_str(), stored)?;
        archive.write_all(&part.content)?;
    }
    Ok(archive.finish()?.into_inner())
}
