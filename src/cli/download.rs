//! Encoders from the hub.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::session::{Session, ready};
use super::{CliError, output};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::hub::{Download, HubModel, resolve};
use crate::workbench::{Command, DownloadRequest, Folders};

/// Arguments of `download-model`.
#[derive(Debug, Clone, Args)]
pub struct DownloadModelArguments {
    /// owner/name, or owner/name@revision, of a BERT on the Hugging Face hub
    #[arg(value_name = "OWNER/NAME")]
    pub model: String,
    /// Folder to write; the program's own folder of models by default, where it is found by its name
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// The folder of a model that may be meant by the name that it has on the hub.
///
/// # Errors
/// It has such a name and is not there.
pub(super) fn model_folder(name: &Path) -> Result<PathBuf, CliError> {
    let folder = resolve(name, &Folders::of_system().models);
    let is_name = || name.to_str().is_some_and(|name| name.parse::<HubModel>().is_ok());
    if folder.is_dir() || !is_name() {
        return Ok(folder);
    }
    Err(CliError::usage(format!(
        "there is no folder {0}; if a model of the hub is meant, fetch it first: shelfwise download-model {0}",
        name.display()
    )))
}

/// `shelfwise download-model`
pub(super) fn download_model(arguments: &DownloadModelArguments) -> Result<(), CliError> {
    let model: HubModel =
        arguments.model.parse().map_err(|error| CliError::usage(format!("{error}")))?;
    let mut session = Session::start(DeviceChoice::Cpu);
    let request = DownloadRequest { model, folder: arguments.out.clone() };
    session.run(Command::DownloadModel(request))?;
    let found = ready(&session.state().download)?;
    if arguments.json {
        return output::json(&json!({
            "folder": found.folder,
            "was_there": found.was_there,
            "bytes": found.model.bytes(),
            "origin": found.model,
        }));
    }
    output::line(&told(found));
    match &arguments.out {
        Some(folder) => output::line(&format!("use it with --set base_model={}", folder.display())),
        None => output::line(&format!("use it with --set base_model={}", found.model.model)),
    }
    Ok(())
}

fn told(found: &Download) -> String {
    let model = &found.model;
    let license = model.license.as_deref().unwrap_or("none named");
    let size = model.bytes() as f64 / 1e6;
    let done = if found.was_there { "is there already" } else { "was downloaded" };
    format!(
        "{} {done}: {size:.1} MB, commit {}, licence {license}, in {}",
        model.model,
        model.commit.get(..7).unwrap_or_default(),
        found.folder.display()
    )
}
