//! The command line: the same work as the window, for scripts, tests and servers.
//!
//! Every subcommand takes `--json` (one document on standard output, nothing else; progress on
//! standard error) and exits 0 on success, 1 on failure with one clear message, 2 on wrong usage.

mod arguments;
mod bench_fuzz;
mod bench_open;
mod clean;
mod compare;
mod download;
mod encoders;
mod explore;
mod interrupt;
mod knowledge;
mod learn;
mod locking;
mod output;
mod passphrase;
mod pretrain;
mod privacy;
mod quality;
mod session;
mod system;
mod table;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub use arguments::{Arguments, BenchArguments, ScreenshotArguments, Subcommand};

/// A message for the user and the exit status that goes with it.
#[derive(Debug)]
pub struct CliError {
    /// What failed, what was found, what to do.
    pub message: String,
    /// What it is the fault of.
    pub cause: Cause,
}

/// Whom or what a command that gave no result failed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The work itself.
    Work,
    /// It was asked for in a way that cannot work.
    Usage,
    /// Somebody pressed Ctrl+C.
    Interrupt,
}

impl CliError {
    fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: Cause::Work }
    }

    fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: Cause::Usage }
    }

    fn interrupted(message: impl Into<String>) -> Self {
        Self { message: message.into(), cause: Cause::Interrupt }
    }

    fn from_error(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::failed(crate::jobs::error_chain(error))
    }
}

/// Open the locked project that a command is about, by the passphrase that was given for it or that is
/// asked for at a terminal.
///
/// # Errors
/// The exit status, after the message was printed.
pub fn open_locked(project: &Path, file: Option<&Path>) -> Result<(), ExitCode> {
    passphrase::open_locked(project, file).map_err(|error| complain(&error))
}

fn complain(error: &CliError) -> ExitCode {
    output::complain(&error.message);
    ExitCode::from(match error.cause {
        Cause::Work => 1,
        Cause::Usage => 2,
        Cause::Interrupt => interrupt::EXIT_STATUS,
    })
}

/// Carry out a subcommand and say how it ended. The passphrase of a locked project is in
/// `passphrase_file`, or in the environment, or is asked for at a terminal.
#[must_use]
pub fn run(subcommand: Subcommand, passphrase_file: Option<PathBuf>) -> ExitCode {
    let work = || dispatch(subcommand, passphrase_file.as_deref());
    let result = std::panic::catch_unwind(work).unwrap_or_else(|payload| {
        let message = crate::jobs::panic_message(payload.as_ref());
        Err(CliError::failed(format!("internal error: {message}. Please report it")))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn dispatch(subcommand: Subcommand, passphrase: Option<&Path>) -> Result<(), CliError> {
    if let Some(project) = subcommand.opens() {
        passphrase::open_locked(project, passphrase)?;
    }
    match subcommand {
        Subcommand::Lock(arguments) => locking::lock(&arguments, passphrase),
        Subcommand::Unlock(arguments) => locking::unlock(&arguments, passphrase),
        Subcommand::ChangePassphrase(arguments) => {
            locking::change_passphrase(&arguments, passphrase)
        }
        Subcommand::Import(arguments) => explore::import(&arguments),
        Subcommand::Clean(arguments) => clean::clean(&arguments),
        Subcommand::Describe(arguments) => explore::describe(&arguments),
        Subcommand::Quality(arguments) => quality::quality(&arguments),
        Subcommand::Pseudonym(arguments) => privacy::pseudonym(&arguments),
        Subcommand::Profile(arguments) => explore::profile(&arguments),
        Subcommand::Transitions(arguments) => explore::transitions(&arguments),
        Subcommand::Table(arguments) => table::table(&arguments),
        Subcommand::Similar(arguments) => explore::similar(&arguments),
        Subcommand::Knowledge(arguments) => knowledge::knowledge(&arguments),
        Subcommand::Fit(arguments) => learn::fit(&arguments),
        Subcommand::Evaluate(arguments) => learn::evaluate(&arguments),
        Subcommand::Compare(arguments) => compare::compare(&arguments),
        Subcommand::Recommend(arguments) => learn::recommend(&arguments),
        Subcommand::Runs(arguments) => learn::runs(&arguments),
        Subcommand::NewModel(arguments) => encoders::new_model(&arguments),
        Subcommand::Pretrain(arguments) => pretrain::pretrain_model(&arguments),
        Subcommand::DownloadModel(arguments) => download::download_model(&arguments),
        Subcommand::ExportModel(arguments) => encoders::export_model(&arguments),
        Subcommand::Embed(arguments) => encoders::embed(&arguments),
        Subcommand::TextTask(arguments) => text::text_task(&arguments),
        Subcommand::Classify(arguments) => text::classify(&arguments),
        Subcommand::PairTask(arguments) => text::pair_task(&arguments),
        Subcommand::Find(arguments) => text::find(&arguments),
        Subcommand::Simulate(arguments) => system::simulate(&arguments),
        Subcommand::Doctor(arguments) => system::doctor(&arguments),
        Subcommand::Bench(arguments) => system::bench(&arguments),
        // The window is above this layer's reach; `main` takes this one before coming here.
        Subcommand::Screenshot(_) => Err(CliError::usage("screenshot needs the window")),
    }
}
