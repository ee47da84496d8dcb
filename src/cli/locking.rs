//! Locking a project with a passphrase, unlocking it, another passphrase.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::arguments::ProjectArguments;
use super::encoders::control;
use super::passphrase::{NEW_VARIABLE, VARIABLE, new, present};
use super::{CliError, output};
use crate::dataset::project::is_project;
use crate::runs::{LockError, lock_project, unlock_project};
use crate::vault;

/// Arguments of `change-passphrase`.
#[derive(Debug, Clone, Args)]
pub struct ChangePassphraseArguments {
    /// Project folder
    pub project: PathBuf,
    /// File that holds the new passphrase; else `SHELFWISE_NEW_PASSPHRASE`, or it is asked for
    #[arg(long, value_name = "FILE")]
    pub new_passphrase_file: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// `shelfwise lock`
pub(super) fn lock(arguments: &ProjectArguments, file: Option<&Path>) -> Result<(), CliError> {
    let project = &arguments.project;
    let failed = |error: LockError| CliError::from_error(&error);
    check(project)?;
    if vault::is_locked(project) {
        return Err(failed(vault::VaultError::AlreadyLocked { folder: project.clone() }.into()));
    }
    let passphrase = new(file, VARIABLE, "--passphrase-file")?;
    let started = Instant::now();
    let locking = lock_project(project, &passphrase, &control()).map_err(failed)?;
    output::progress("");
    let secs = started.elapsed().as_secs_f64();
    if arguments.json {
        return output::json(&json!({
            "locked": true, "files": locking.files, "bytes": locking.bytes,
            "in_clear": locking.in_clear, "secs": secs,
        }));
    }
    output::line(&format!(
        "locked: {} files, {} bytes, in {secs:.1} s",
        locking.files, locking.bytes
    ));
    for path in &locking.in_clear {
        output::note(&format!("left in clear: {}", path.display()));
    }
    output::note("whoever forgets the passphrase loses the project: nobody can recover it");
    Ok(())
}

/// `shelfwise unlock`
pub(super) fn unlock(arguments: &ProjectArguments, file: Option<&Path>) -> Result<(), CliError> {
    let project = &arguments.project;
    check_locked(project)?;
    let passphrase = present(project, file)?;
    unlock_project(project, &passphrase, &control())
        .map_err(|error| CliError::from_error(&error))?;
    output::progress("");
    if arguments.json {
        return output::json(&json!({"locked": false}));
    }
    output::line("unlocked: the project lies in clear again");
    Ok(())
}

/// `shelfwise change-passphrase`
pub(super) fn change_passphrase(
    arguments: &ChangePassphraseArguments,
    file: Option<&Path>,
) -> Result<(), CliError> {
    let project = &arguments.project;
    check_locked(project)?;
    let old = present(project, file)?;
    let new_file = arguments.new_passphrase_file.as_deref();
    let new = new(new_file, NEW_VARIABLE, "--new-passphrase-file")?;
    vault::change_passphrase(project, &old, &new).map_err(|error| CliError::from_error(&error))?;
    if arguments.json {
        return output::json(&json!({"locked": true}));
    }
    output::line("the project has another passphrase");
    output::note("a copy of the project made before still opens with the old one");
    Ok(())
}

fn check(project: &Path) -> Result<(), CliError> {
    if is_project(project) {
        return Ok(());
    }
    let folder = project.display();
    Err(CliError::failed(format!("there is no project.json in the folder. Folder: {folder}")))
}

fn check_locked(project: &Path) -> Result<(), CliError> {
    check(project)?;
    if vault::is_locked(project) {
        return Ok(());
    }
    let error = vault::VaultError::NotLocked { folder: project.to_owned() };
    Err(CliError::from_error(&error))
}
