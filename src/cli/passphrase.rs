//! Where the passphrase of a locked project comes from: a file, the environment, or somebody at a
//! terminal. Never an argument, which others on the computer can read.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::CliError;
use crate::vault::{Passphrase, is_locked, keyring};
use crate::workbench::{Folders, project_of};

/// Holds the passphrase where no file is named.
pub(super) const VARIABLE: &str = "SHELFWISE_PASSPHRASE";
/// Holds the new passphrase of `change-passphrase` where no file is named.
pub(super) const NEW_VARIABLE: &str = "SHELFWISE_NEW_PASSPHRASE";

/// Opens the project that a command is about, where it is locked.
pub(super) fn open_locked(project: &Path, file: Option<&Path>) -> Result<(), CliError> {
    let project = project_of(project, &Folders::of_system());
    if !is_locked(&project) || keyring::holds(&project) {
        return Ok(());
    }
    let passphrase = present(&project, file)?;
    keyring::add(&project, &passphrase).map_err(|error| CliError::from_error(&error))
}

/// The passphrase that a project has.
pub(super) fn present(project: &Path, file: Option<&Path>) -> Result<Passphrase, CliError> {
    if let Some(given) = given(file, VARIABLE)? {
        return Ok(given);
    }
    let asked = ask(&format!("Passphrase of {}: ", project.display()))?;
    asked.ok_or_else(|| {
        CliError::failed(format!(
            "the project is locked with a passphrase. Give it by --passphrase-file FILE or in {VARIABLE}. \
             Folder: {}",
            project.display()
        ))
    })
}

/// A passphrase that a project is to have; at a terminal it is asked for twice.
pub(super) fn new(
    file: Option<&Path>,
    variable: &str,
    option: &str,
) -> Result<Passphrase, CliError> {
    if let Some(given) = given(file, variable)? {
        return Ok(given);
    }
    let Some(first) = ask("New passphrase: ")? else {
        return Err(CliError::usage(format!(
            "a passphrase is needed: give it by {option} FILE or in {variable}"
        )));
    };
    if ask("The same again: ")?.as_ref() == Some(&first) {
        Ok(first)
    } else {
        Err(CliError::failed("the two passphrases are not the same; nothing was changed"))
    }
}

fn given(file: Option<&Path>, variable: &str) -> Result<Option<Passphrase>, CliError> {
    if let Some(file) = file {
        return Passphrase::from_file(file).map(Some).map_err(|error| {
            let file = file.display();
            CliError::failed(format!("cannot read the passphrase: {error}. File: {file}"))
        });
    }
    match std::env::var(variable) {
        Ok(text) => Ok(Passphrase::new(text)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(CliError::failed(format!("{variable}: {error}"))),
    }
}

/// Asks at the terminal without showing what is typed; `None` where there is none.
///
/// The shell that is asked to do it puts the terminal right again, also when it is interrupted.
fn ask(question: &str) -> Result<Option<Passphrase>, CliError> {
    const SCRIPT: &str = "saved=$(stty -g </dev/tty) || exit 1\n\
        trap 'stty \"$saved\" </dev/tty; echo >/dev/tty; exit 130' INT TERM HUP\n\
        stty -echo </dev/tty\n\
        printf '%s' \"$1\" >/dev/tty\n\
        IFS= read -r typed </dev/tty\n\
        stty \"$saved\" </dev/tty\n\
        echo >/dev/tty\n\
        printf '%s' \"$typed\"";
    if !cfg!(unix) || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "sh", question]).stdin(Stdio::null()).stderr(Stdio::null());
    let typed = shell.output().map_err(|error| CliError::from_error(&error))?;
    if !typed.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8(typed.stdout)
        .map_err(|_| CliError::failed("the passphrase is not UTF-8 text"))?;
    match Passphrase::new(text) {
        Some(passphrase) => Ok(Some(passphrase)),
        None => Err(CliError::failed("no passphrase was typed; nothing was changed")),
    }
}
