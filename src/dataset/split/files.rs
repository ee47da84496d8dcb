//! Parts that files name.
//!
//! Files of events are read as any other events are, and matched with the shop's by shopper, product
//! and, where both have times, time. Files of one column are lists of shoppers.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use super::{Part, SplitError};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::load::{LoadRequest, load, preview};
use crate::ids::UserIdx;

/// Names of the column that says where a row goes.
const PART_COLUMNS: [&str; 6] = ["part", "split", "set", "subset", "phase", "fold"];
/// Names of the parts.
const PART_NAMES: [(&str, Part); 10] = [
    ("train", Part::Train),
    ("training", Part::Train),
    ("validation", Part::Validation),
    ("valid", Part::Validation),
    ("val", Part::Validation),
    ("dev", Part::Validation),
    ("test", Part::Test),
    ("testing", Part::Test),
    ("none", Part::Unused),
    ("unused", Part::Unused),
];

fn part_named(name: &str) -> Option<Part> {
    let name = name.trim().to_ascii_lowercase();
    PART_NAMES.iter().find(|(known, _)| *known == name).map(|&(_, part)| part)
}

/// The files of `file:A,B`, in full, with the fingerprint of their content.
pub(super) fn given(list: &str) -> Result<(Vec<PathBuf>, String), SplitError> {
    let files: Vec<PathBuf> = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| std::path::absolute(name).unwrap_or_else(|_| name.into()))
        .collect();
    if !(1..=3).contains(&files.len()) {
        return Err(SplitError::OutOfRange {
            what: "the number of files of a split",
            found: files.len().to_string(),
            wanted: "1 (with a column that names the part), 2 (training, test) or 3 (training, \
                     validation, test)",
        });
    }
    let fingerprint = fingerprint(&files)?;
    Ok((files, fingerprint))
}

pub(super) fn fingerprint(files: &[PathBuf]) -> Result<String, SplitError> {
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let opened = std::fs::File::open(file).map_err(|error| unusable(file, &error))?;
        let mut counted = std::io::BufReader::new(opened);
        let bytes = std::io::copy(&mut counted, &mut hasher).map_err(|e| unusable(file, &e))?;
        hasher.update(&bytes.to_le_bytes());
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

fn unusable(file: &Path, problem: &dyn std::fmt::Display) -> SplitError {
    SplitError::File { file: file.display().to_string(), problem: problem.to_string() }
}

/// Shopper, product and time of an event, in the shop's indices; the time is 0 where it is not
/// compared.
type EventKey = (u32, u32, i64);

/// What files say of a dataset's events.
pub(super) struct GivenParts {
    /// The part of each row of the log; [`Part::Unused`] where no file names it. `[log.len()]`
    pub parts: Vec<Part>,
    /// Rows of the files that are no event of the shop.
    pub unmatched_rows: u64,
}

/// What was read before it is matched.
struct Named<'d> {
    dataset: &'d Dataset,
    users: HashMap<UserIdx, Part>,
    /// The parts that are left for the events of a key, in the order of the files.
    events: HashMap<EventKey, VecDeque<Part>>,
    by_time: bool,
    unmatched_rows: u64,
}

impl GivenParts {
    /// Reads the files and matches them with the events of `dataset`.
    pub fn read(files: &[PathBuf], known: &str, dataset: &Dataset) -> Result<Self, SplitError> {
        if fingerprint(files)? != known {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            return Err(SplitError::FilesChanged { files: names.join(", ") });
        }
        let mut named = Named {
            dataset,
            users: HashMap::new(),
            events: HashMap::new(),
            by_time: dataset.has_times,
            unmatched_rows: 0,
        };
        let parts: &[Option<Part>] = match files.len() {
            1 => &[None],
            2 => &[Some(Part::Train), Some(Part::Test)],
            _ => &[Some(Part::Train), Some(Part::Validation), Some(Part::Test)],
        };
        for (file, &part) in files.iter().zip(parts) {
            named.read_file(file, part)?;
        }
        Ok(named.matched())
    }
}

impl Named<'_> {
    /// `part` is that of the whole file; `None` where a column names it.
    fn read_file(&mut self, file: &Path, part: Option<Part>) -> Result<(), SplitError> {
        let columns = preview(file).map(|preview| preview.columns).unwrap_or_default();
        let before = self.unmatched_rows;
        let rows = if columns.len() < if part.is_some() { 2 } else { 3 } {
            self.read_users(file, part)?
        } else {
            self.read_events(file, part, &columns)?
        };
        if self.unmatched_rows - before == rows {
            return Err(unusable(
                file,
                &format!(
                    "none of its {rows} rows is a shopper or an event of this shop; check that it was \
                     made from the same data"
                ),
            ));
        }
        Ok(())
    }

    /// A shopper a line, followed by the part where the file has no part of its own. A first line that
    /// names columns matches no shopper and is not counted.
    fn read_users(&mut self, file: &Path, part: Option<Part>) -> Result<u64, SplitError> {
        let text = std::fs::read_to_string(file).map_err(|error| unusable(file, &error))?;
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        let mut rows = 0;
        for (number, line) in lines {
            let (id, name) = match part {
                Some(_) => (line, None),
                None => line
                    .rsplit_once([',', ';', '\t'])
                    .map_or((line, None), |(id, name)| (id, Some(name))),
            };
            let user = self.dataset.user(id.trim().trim_matches('"'));
            if user.is_none() && number == 0 {
                continue;
            }
            rows += 1;
            let name = name.unwrap_or_default();
            let Some(part) = part.or_else(|| part_named(name)) else {
                return Err(no_part(file, number + 1, name));
            };
            match user {
                Some(user) => drop(self.users.insert(user, part)),
                None => self.unmatched_rows += 1,
            }
        }
        Ok(rows)
    }

    fn read_events(
        &mut self,
        file: &Path,
        part: Option<Part>,
        columns: &[String],
    ) -> Result<u64, SplitError> {
        let mapping = match part {
            Some(_) => String::new(),
            // The one text that an event can have is that of a review.
            None => format!("event=#review,review={}", part_column(file, columns)?),
        };
        let request = LoadRequest {
            events: vec![file.to_path_buf()],
            mapping: mapping.parse().map_err(|error| unusable(file, &error))?,
            ..LoadRequest::default()
        };
        let loaded = load(&request, &Control::default()).map_err(|error| unusable(file, &error))?;
        let theirs = &loaded.dataset;
        self.by_time &= theirs.has_times;
        let log = &theirs.interactions;
        for (user, rows) in log.users() {
            let ours = self.dataset.user(theirs.users.external(user.0));
            for row in rows {
                let name = log.texts().get(row).unwrap_or_default();
                let part =
                    part.or_else(|| part_named(name)).ok_or_else(|| no_part(file, row + 1, name));
                let item =
                    log.item(row).and_then(|item| self.dataset.item(theirs.items.external(item.0)));
                match ours.zip(item) {
                    Some((user, item)) => {
                        let key = (user.0, item.0, log.time_ms(row));
                        self.events.entry(key).or_default().push_back(part?);
                    }
                    None => self.unmatched_rows += 1,
                }
            }
        }
        Ok(log.len() as u64)
    }

    fn matched(mut self) -> GivenParts {
        if !self.by_time {
            self.forget_times();
        }
        let log = &self.dataset.interactions;
        let mut parts = vec![Part::Unused; log.len()];
        for (user, rows) in log.users() {
            for row in rows {
                let Some(item) = log.item(row) else { continue };
                let time = if self.by_time { log.time_ms(row) } else { 0 };
                let queue = self.events.get_mut(&(user.0, item.0, time));
                let of_event = queue.and_then(VecDeque::pop_front);
                parts[row] =
                    of_event.or_else(|| self.users.get(&user).copied()).unwrap_or(Part::Unused);
            }
        }
        let left: usize = self.events.values().map(VecDeque::len).sum();
        GivenParts { parts, unmatched_rows: self.unmatched_rows + left as u64 }
    }

    /// Where one side has no times, events of a shopper on a product are matched in their order.
    fn forget_times(&mut self) {
        let mut timed: Vec<(EventKey, VecDeque<Part>)> = self.events.drain().collect();
        timed.sort_by_key(|(key, _)| *key);
        for ((user, item, _), parts) in timed {
            self.events.entry((user, item, 0)).or_default().extend(parts);
        }
    }
}

fn part_column<'c>(file: &Path, columns: &'c [String]) -> Result<&'c str, SplitError> {
    let is_part =
        |column: &&String| PART_COLUMNS.contains(&column.trim().to_ascii_lowercase().as_str());
    columns.iter().find(is_part).map(String::as_str).ok_or_else(|| {
        unusable(
            file,
            &format!(
                "no column names the part of a row (found {}); add a column \"part\" with train, \
                 validation or test, or give two files, training first",
                columns.join(", ")
            ),
        )
    })
}

fn no_part(file: &Path, row: usize, found: &str) -> SplitError {
    unusable(
        file,
        &format!("row {row} names the part {found:?}; write train, validation, test or unused"),
    )
}
