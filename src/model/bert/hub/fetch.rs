//! A download from its first request to the model in its place.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;

use super::client::{Answer, Hub, watched};
use super::digest::{Digest, Expected};
use super::listing::Wanted;
use super::{
    DOWNLOADING, Download, Downloaded, DownloadedFile, HubError, HubModel, LARGEST, ORIGIN,
};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::pretrained::Pretrained;

/// Held by whoever writes into the folder that is not in its place yet.
const LOCK: &str = ".lock";

/// Downloads a model into `folder`, on a runtime of its own that starts no worker.
///
/// # Errors
/// [`HubError`].
pub(super) fn download(
    hub: &Hub,
    model: &HubModel,
    folder: &Path,
    control: &Control,
) -> Result<Download, HubError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(disk("cannot begin a download", folder, 0))?;
    let result = runtime.block_on(run(hub, model, folder, control));
    // Otherwise a name that is still being looked up would be waited for.
    runtime.shutdown_background();
    result
}

/// [`download`] on a runtime that is there.
pub(super) async fn run(
    hub: &Hub,
    model: &HubModel,
    folder: &Path,
    control: &Control,
) -> Result<Download, HubError> {
    let folder = std::path::absolute(folder).map_err(disk("cannot use the folder", folder, 0))?;
    control.report("stage-asking-hub", 0, 0);
    let client = hub.client()?;
    let listing = hub.listing(&client, model, control).await?;
    if let Some(known) = Downloaded::of_folder(&folder)
        && known.model == *model
        && known.commit == listing.sha
    {
        return Ok(Download { folder, model: known, was_there: true });
    }
    check_free(&folder)?;
    if listing.is_gated() && hub.token.is_none() {
        return Err(hub.gated(model));
    }
    let wanted = listing.wanted(model)?;
    let sizes: Option<Vec<u64>> = wanted.iter().map(|file| file.bytes).collect();
    let total = sizes.map_or(0, |sizes| sizes.iter().sum());
    let part = Part::begin(&folder, total)?;
    let mut fetcher = Fetcher { hub, client, model, commit: &listing.sha, control, done: 0, total };
    let mut files = Vec::new();
    for file in &wanted {
        files.push(fetcher.fetch(file, &part.folder).await?);
        if files.len() == 1 {
            check_kind(model, &part.folder.join(&file.name))?;
        }
    }
    control.report("stage-checking-model", 0, 0);
    check_model(model, &part.folder)?;
    control.check()?;
    let origin = Downloaded {
        model: model.clone(),
        commit: listing.sha.clone(),
        endpoint: hub.endpoint.to_string(),
        license: listing.license(),
        files,
    };
    part.finish(&folder, &origin)?;
    Ok(Download { folder, model: origin, was_there: false })
}

fn disk<'a>(
    action: &'static str,
    path: &'a Path,
    bytes: u64,
) -> impl Fn(io::Error) -> HubError + 'a {
    move |source| match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            HubError::DiskFull { bytes, folder: path.to_owned() }
        }
        _ => HubError::Io { action, path: path.to_owned(), source },
    }
}

/// Nothing is written over.
fn check_free(folder: &Path) -> Result<(), HubError> {
    let taken = |found: String| Err(HubError::Taken { found, folder: folder.to_owned() });
    match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(disk("cannot read the folder", folder, 0)(error)),
        Ok(mut entries) => match (entries.next(), Downloaded::of_folder(folder)) {
            (None, _) => Ok(()),
            (_, Some(other)) => {
                let commit = other.commit.get(..7).unwrap_or_default();
                taken(format!("{} as it was at commit {commit}", other.model))
            }
            (_, None) => taken("other files".to_owned()),
        },
    }
}

/// A configuration of another kind of network is told before its weights are fetched.
fn check_kind(model: &HubModel, path: &Path) -> Result<(), HubError> {
    let text = fs::read(path).map_err(disk("cannot read the configuration", path, 0))?;
    let config: Value = serde_json::from_slice(&text).unwrap_or_default();
    if let Some(found) = config["model_type"].as_str().filter(|found| *found != "bert") {
        return Err(HubError::NotBert { model: model.clone(), found: found.to_owned() });
    }
    let read = EncoderConfig::from_json(&text, path);
    read.map(|_| ()).map_err(|error| HubError::unusable(model, &error))
}

/// What was downloaded opens, and fills the network that it describes.
fn check_model(model: &HubModel, folder: &Path) -> Result<(), HubError> {
    let opened = || -> Result<(), ModelError> {
        Pretrained::open(Some(folder))?.encoder(&Device::flex()).map(|_| ())
    };
    opened().map_err(|error| HubError::unusable(model, &error))
}

/// The folder that a model is put together in, beside its place. Taken away again unless it was finished.
struct Part {
    folder: PathBuf,
    lock: Option<File>,
}

impl Part {
    /// For a model of so many bytes.
    fn begin(place: &Path, bytes: u64) -> Result<Self, HubError> {
        let Some(name) = place.file_name() else {
            let source = io::Error::new(ErrorKind::InvalidInput, "it has no name");
            return Err(disk("cannot use the folder", place, bytes)(source));
        };
        let folder = place.with_file_name(format!(".{}.part", name.to_string_lossy()));
        let failed = |action| disk(action, &folder, bytes);
        fs::create_dir_all(&folder).map_err(failed("cannot make the folder"))?;
        let path = folder.join(LOCK);
        let lock = File::create(&path).map_err(failed("cannot write into the folder"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(HubError::Busy { folder: place.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(failed("cannot lock the folder")(error)),
        }
        let part = Self { folder: folder.clone(), lock: Some(lock) };
        // What a program that was killed left behind.
        for entry in fs::read_dir(&folder).map_err(failed("cannot read the folder"))?.flatten() {
            let path = entry.path();
            let gone = match path.is_dir() {
                true => fs::remove_dir_all(&path),
                false if path.ends_with(LOCK) => Ok(()),
                false => fs::remove_file(&path),
            };
            gone.map_err(failed("cannot clear the folder"))?;
        }
        Ok(part)
    }

    /// Puts the model in its place.
    fn finish(mut self, place: &Path, origin: &Downloaded) -> Result<(), HubError> {
        let failed = |action| disk(action, place, origin.bytes());
        let text = serde_json::to_vec_pretty(origin).expect("plain data");
        fs::write(self.folder.join(ORIGIN), text).map_err(failed("cannot write the model"))?;
        // Some systems rename no folder of which a file is open.
        drop(self.lock.take());
        fs::remove_file(self.folder.join(LOCK)).map_err(failed("cannot write the model"))?;
        if place.is_dir() {
            // It is empty, or this fails.
            fs::remove_dir(place).map_err(failed("cannot put the model in its place"))?;
        }
        fs::rename(&self.folder, place).map_err(failed("cannot put the model in its place"))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        drop(self.lock.take());
        if self.folder.is_dir()
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, folder = %self.folder.display(), "part of a download stays behind");
        }
    }
}

/// Fetches the files of one commit.
struct Fetcher<'a> {
    hub: &'a Hub,
    client: Client,
    model: &'a HubModel,
    commit: &'a str,
    control: &'a Control,
    /// Bytes of all files so far.
    done: u64,
    /// Bytes in all; 0 when unknown.
    total: u64,
}

/// A file as it comes.
struct Incoming {
    path: PathBuf,
    file: File,
    digest: Digest,
    received: u64,
    bytes: Option<u64>,
    expected: Option<Expected>,
}

impl Fetcher<'_> {
    /// One file into a folder, held against its hash.
    async fn fetch(&mut self, wanted: &Wanted, folder: &Path) -> Result<DownloadedFile, HubError> {
        let path = folder.join(&wanted.name);
        let failed = |action| disk(action, folder, self.total);
        if let Some(inner) = path.parent() {
            fs::create_dir_all(inner).map_err(failed("cannot make the folder"))?;
        }
        let mut incoming = Incoming {
            file: File::create(&path).map_err(failed("cannot write the model"))?,
            path,
            digest: Digest::new(wanted.bytes),
            received: 0,
            bytes: wanted.bytes,
            expected: wanted.expected.clone(),
        };
        let url = self.hub.file_address(self.model, self.commit, &wanted.name);
        let mut tries = self.hub.patience.tries;
        while let Some(broken) = self.go_on(&url, wanted, &mut incoming).await? {
            tries = tries.saturating_sub(1);
            if tries == 0 {
                return Err(broken);
            }
            watched(self.control, tokio::time::sleep(self.hub.patience.pause)).await?;
        }
        incoming.finish(wanted, self.total)
    }

    /// Fetches what of a file is not there yet; how the connection broke off, if it did.
    async fn go_on(
        &mut self,
        url: &Url,
        wanted: &Wanted,
        incoming: &mut Incoming,
    ) -> Result<Option<HubError>, HubError> {
        let (hub, control) = (self.hub, self.control);
        let asked = hub.get(&self.client, url.clone(), incoming.received, control).await;
        let Answer { mut response, expected, bytes } = match asked {
            Ok(answer) => answer,
            // Once some of it has come, the hub can be reached; it may be so again.
            Err(error @ (HubError::Unreachable { .. } | HubError::TimedOut { .. }))
                if incoming.received > 0 =>
            {
                return Ok(Some(error));
            }
            Err(error) => return Err(error),
        };
        if !response.status().is_success() {
            return Err(hub.refused(self.model, &response, Some(&wanted.name)));
        }
        if incoming.received == 0 || response.status() != StatusCode::PARTIAL_CONTENT {
            self.done -= incoming.received;
            let bytes = wanted.bytes.or(bytes).or_else(|| response.content_length());
            let begun = incoming.begin(bytes, expected);
            begun.map_err(disk("cannot write the model", &incoming.path, self.total))?;
        }
        loop {
            match watched(control, response.chunk()).await? {
                Ok(Some(piece)) => {
                    let written = incoming.take(&piece);
                    written.map_err(disk("cannot write the model", &incoming.path, self.total))?;
                    self.done += piece.len() as u64;
                    if self.done > LARGEST {
                        let model = self.model.clone();
                        return Err(HubError::TooLarge { model, bytes: self.done });
                    }
                    control.report(DOWNLOADING, self.done, self.total);
                }
                Ok(None) => return Ok(None),
                Err(error) if error.is_timeout() => return Ok(Some(hub.failed(&error, url))),
                Err(_) => {
                    return Ok(Some(HubError::Cut {
                        host: hub.host(),
                        file: wanted.name.clone(),
                        received: incoming.received,
                    }));
                }
            }
        }
    }
}

impl Incoming {
    /// From its first byte on, whatever came before.
    fn begin(&mut self, bytes: Option<u64>, expected: Option<Expected>) -> io::Result<()> {
        self.file = File::create(&self.path)?;
        self.received = 0;
        self.bytes = bytes;
        self.digest = Digest::new(bytes);
        self.expected = self.expected.take().or(expected);
        Ok(())
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.digest.update(piece);
        self.received += piece.len() as u64;
        Ok(())
    }

    fn finish(self, wanted: &Wanted, total: u64) -> Result<DownloadedFile, HubError> {
        let damaged = |found: String, expected: String| HubError::Damaged {
            file: wanted.name.clone(),
            found,
            expected,
        };
        self.file.sync_all().map_err(disk("cannot write the model", &self.path, total))?;
        let sha256 = self.digest.finish(self.expected.as_ref());
        let sha256 = sha256.map_err(|[found, expected]| damaged(found, expected))?;
        match self.bytes {
            Some(bytes) if bytes != self.received => {
                Err(damaged(format!("{} bytes", self.received), format!("{bytes} bytes")))
            }
            _ => Ok(DownloadedFile { name: wanted.name.clone(), bytes: self.received, sha256 }),
        }
    }
}
