//! Readers under fire: files changed at random, for tests and for `shelfwise bench fuzz`.
//!
//! Whatever the bytes, a reader gives an error or data within bounds: it neither panics nor hangs. Runs
//! are a function of reader, good files and seed.

mod damage;
mod pack;

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{FileFormat, FormatChoice, Formats, LoadRequest, Loaded, load};
use crate::control::Control;
use damage::{damage, noise};
use pack::{Packing, pack, pack_parts, unpack_parts};

/// Longest that a small file may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most products and shoppers that can come of a small file.
const MOST_IDS: usize = 1 << 20;

/// A reader and good files for it, below the folder of good files.
#[derive(Debug, Clone, Copy)]
pub struct FuzzReader {
    /// What it is called.
    pub name: &'static str,
    format: FileFormat,
    /// Packed anew after the content was changed, so that damage reaches what is inside.
    packing: Option<Packing>,
    files: &'static [&'static str],
}

const fn reader(
    name: &'static str,
    format: FileFormat,
    files: &'static [&'static str],
) -> FuzzReader {
    FuzzReader { name, format, packing: None, files }
}

const fn packed(
    name: &'static str,
    format: FileFormat,
    packing: Packing,
    files: &'static [&'static str],
) -> FuzzReader {
    FuzzReader { name, format, packing: Some(packing), files }
}

/// Every reader.
pub const FUZZ_READERS: [FuzzReader; 18] = [
    reader(
        "csv",
        FileFormat::Delimited,
        &["shop/events.csv", "shop/catalog.csv", "utf16.csv", "latin1.csv", "layouts/chinese.csv"],
    ),
    reader("tsv", FileFormat::Delimited, &["events.tsv", "events_pipe.txt"]),
    reader("parquet", FileFormat::Parquet, &["shop.parquet"]),
    reader(
        "arrow",
        FileFormat::Arrow,
        &["layouts/events.arrow", "layouts/events.arrows", "layouts/events.feather"],
    ),
    reader("jsonl", FileFormat::JsonLines, &["events.jsonl", "sessions.jsonl", "catalog.jsonl"]),
    reader(
        "json",
        FileFormat::Json,
        &["layouts/sessions.json", "layouts/wrapped.json", "array.json"],
    ),
    reader(
        "excel",
        FileFormat::Excel,
        &["layouts/orders.xlsx", "layouts/orders.xls", "layouts/orders.ods", "layouts/orders.xlsb"],
    ),
    packed(
        "excel_parts",
        FileFormat::Excel,
        Packing::Parts,
        &["layouts/orders.xlsx", "layouts/orders.ods", "layouts/orders.xlsb"],
    ),
    reader("recbole", FileFormat::RecBole, &["layouts/shop.inter", "layouts/shop.item"]),
    reader("movielens", FileFormat::MovieLens, &["layouts/ratings.dat", "layouts/u.data"]),
    reader("sequence", FileFormat::Sequence, &["layouts/sequence.txt"]),
    reader("pairs", FileFormat::Pairs, &["layouts/pairs.txt"]),
    reader("baskets", FileFormat::Baskets, &["layouts/baskets.csv"]),
    reader(
        "amazon",
        FileFormat::Amazon,
        &["layouts/amazon_2014.json", "layouts/amazon_2023.jsonl"],
    ),
    reader("lines", FileFormat::Lines, &["layouts/reviews.txt", "layouts/descriptions.txt"]),
    reader("periods", FileFormat::Periods, &["layouts/weekly.csv"]),
    packed("gzip", FileFormat::Delimited, Packing::Gzip, &["shop/events.csv", "events.jsonl"]),
    packed("zstd", FileFormat::Delimited, Packing::Zstd, &["shop/events.csv", "events.jsonl"]),
];

impl FuzzReader {
    /// The reader of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        FUZZ_READERS.into_iter().find(|reader| reader.name == name)
    }
}

/// A file that a reader did not cope with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuzzFinding {
    /// What happened.
    pub what: String,
    /// The bytes that did it.
    pub bytes: Vec<u8>,
}

/// Changes good files of one reader and reads them.
pub struct Fuzzer {
    reader: FuzzReader,
    good: Vec<Vec<u8>>,
    random: ChaCha8Rng,
    path: PathBuf,
}

impl Fuzzer {
    /// Reads the good files below `corpus`; damaged ones are written into `folder`, one at a time.
    ///
    /// # Errors
    /// A good file that cannot be read.
    pub fn new(reader: FuzzReader, corpus: &Path, folder: &Path, seed: u64) -> io::Result<Self> {
        let read = |name: &&str| {
            let path = corpus.join(name);
            fs::read(&path).map_err(|error| {
                io::Error::new(error.kind(), format!("{error}. File: {}", path.display()))
            })
        };
        let good = reader.files.iter().map(read).collect::<io::Result<_>>()?;
        let path = folder.join(format!("damaged-{}", reader.name));
        Ok(Self { reader, good, random: ChaCha8Rng::seed_from_u64(seed), path })
    }

    /// Reads one more damaged file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn step(&mut self) -> io::Result<Option<FuzzFinding>> {
        let bytes = self.damaged()?;
        fs::write(&self.path, &bytes)?;
        let request = self.request();
        let mut started = Instant::now();
        let attempt = || catch_unwind(AssertUnwindSafe(|| load(&request, &Control::default())));
        let mut outcome = attempt();
        if started.elapsed() > PATIENCE {
            // Other programs may have had the processor; what is slow by itself is so again.
            started = Instant::now();
            outcome = attempt();
        }
        let what = match outcome {
            Err(_) => Some("a panic".to_owned()),
            Ok(_) if started.elapsed() > PATIENCE => {
                Some(format!("{:.1} s", started.elapsed().as_secs_f64()))
            }
            Ok(Ok(Loaded { dataset, .. }))
                if dataset.n_items().max(dataset.n_users()) > MOST_IDS =>
            {
                Some(format!("{} products", dataset.n_items()))
            }
            Ok(_) => None,
        };
        Ok(what.map(|what| FuzzFinding { what, bytes }))
    }

    fn damaged(&mut self) -> io::Result<Vec<u8>> {
        let random = &mut self.random;
        if random.random_range(0..12) == 0 {
            return Ok(noise(random));
        }
        let mut bytes = self.good[random.random_range(0..self.good.len())].clone();
        let other = &self.good[random.random_range(0..self.good.len())];
        let Some(packing) = self.reader.packing else {
            damage(&mut bytes, other, random);
            return Ok(bytes);
        };
        if packing == Packing::Parts {
            let mut parts = unpack_parts(&bytes)?;
            for _ in 0..random.random_range(1..=2) {
                let other = parts[random.random_range(0..parts.len())].content.clone();
                let part = random.random_range(0..parts.len());
                damage(&mut parts[part].content, &other, random);
            }
            return pack_parts(&parts);
        }
        if random.random_bool(0.5) {
            damage(&mut bytes, other, random);
        }
        let mut packed = pack(&bytes, packing)?;
        if random.random_bool(0.7) {
            damage(&mut packed, other, random);
        }
        Ok(packed)
    }

    /// As events or products, the format named or found out, the columns recognised or named.
    fn request(&mut self) -> LoadRequest {
        let random = &mut self.random;
        let mut formats = Formats::default();
        let format = random.random_bool(0.5).then_some(self.reader.format);
        formats.files.insert(self.path.clone(), FormatChoice { format, sheet: None });
        let mut request = LoadRequest { formats, ..LoadRequest::default() };
        if random.random_bool(0.5)
            && let Ok(by_hand) = "user=#row,item=#row".parse()
        {
            request.mapping = by_hand;
        }
        let role = random.random_range(0..5);
        let files = vec![self.path.clone()];
        match role {
            0 => (request.catalog, request.users) = (files.clone(), files),
            1 => request.catalog = files,
            _ => request.events = files,
        }
        request
    }
}

impl Drop for Fuzzer {
    fn drop(&mut self) {
        // There may be none yet.
        let _ = fs::remove_file(&self.path);
    }
}
