//! Parse arguments, set up logging, open the window or run a subcommand.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use shelfwise::cli::{self, Arguments, Subcommand};
use shelfwise::dataset::load::catches_panics;
use shelfwise::dataset::split::SplitSpec;
use shelfwise::gui;
use shelfwise::model::ModelConfig;
use shelfwise::model::bert::config::BertConfig;
use shelfwise::workbench::{Folders, TrainingRequest};

/// Training allocates and frees large tensors all the time; an allocator that keeps its pages makes
/// a step a good deal faster than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_logging();
    log_panics();
    let passphrase_file = arguments.passphrase_file.as_deref();
    match arguments.subcommand {
        None if arguments.project.as_ref().is_some_and(|project| !project.is_dir()) => {
            let project = arguments.project.unwrap_or_default();
            eprintln!(
                "error: there is no folder {} to open, and no subcommand of that name. \
                 See shelfwise --help",
                project.display()
            );
            ExitCode::from(2)
        }
        None => window(|| {
            // Without a passphrase at hand the window asks for it.
            if let (Some(project), Some(_)) = (&arguments.project, passphrase_file)
                && cli::open_locked(project, passphrase_file).is_err()
            {
                tracing::warn!("the passphrase file does not open the project");
            }
            let options =
                gui::RunOptions { project: arguments.project, folders: Folders::of_system() };
            gui::run(&options)
        }),
        Some(Subcommand::Screenshot(arguments)) => {
            with_project(&arguments.project, passphrase_file, || screenshot(&arguments))
        }
        Some(Subcommand::Bench(arguments)) if arguments.what == "frames" => {
            with_project(&arguments.project, passphrase_file, || frames(&arguments))
        }
        Some(subcommand) => cli::run(subcommand, arguments.passphrase_file),
    }
}

/// Opens the project where it is locked, and goes on if that worked.
fn with_project(
    project: &Path,
    passphrase_file: Option<&Path>,
    work: impl FnOnce() -> ExitCode,
) -> ExitCode {
    match cli::open_locked(project, passphrase_file) {
        Ok(()) => work(),
        Err(status) => status,
    }
}

/// Log to standard error what `SHELFWISE_LOG` asks for, warnings by default.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SHELFWISE_LOG")
        .unwrap_or_else(|_| "error,shelfwise=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// Panics are caught where work runs and told as errors there; here they only leave a trace with
/// their place. A reader that is known to panic on damaged files leaves none.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        if !catches_panics() {
            tracing::error!(%panic, "a part of the program failed");
        }
    }));
}

fn window<E: std::error::Error>(open: impl FnOnce() -> Result<(), E>) -> ExitCode {
    match open() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn screenshot(arguments: &cli::ScreenshotArguments) -> ExitCode {
    let (Some(size), Some(theme), Some(language)) =
        (arguments.parsed_size(), arguments.parsed_theme(), arguments.parsed_language())
    else {
        eprintln!(
            "error: a size is written like 1280x800, a theme is dark or light, a language en or zh"
        );
        return ExitCode::from(2);
    };
    let options = gui::ScreenshotOptions {
        project: Some(arguments.project.clone()),
        view: arguments.view.clone(),
        out: arguments.out.clone(),
        size,
        theme,
        language,
        folders: Folders::of_system(),
    };
    window(|| gui::screenshot(&options))
}

/// Paint frames while BERT trains, and say how long they took.
fn frames(arguments: &cli::BenchArguments) -> ExitCode {
    let training = TrainingRequest {
        name: String::new(),
        config: ModelConfig::Bert(BertConfig::default()),
        split: SplitSpec::default(),
        seed: 0,
        device: arguments.device,
    };
    if !arguments.calm {
        eprintln!(
            "BERT is trained in the window meanwhile, and frames count from its first step on: minutes from \
             now where there are many products. --calm measures without a training"
        );
    }
    let options = gui::FrameBench {
        project: arguments.project.clone(),
        view: arguments.view.clone(),
        training: (!arguments.calm).then_some(training),
        secs: arguments.secs,
        size: [1280.0, 800.0],
        folders: Folders::of_system(),
    };
    window(|| {
        let times = gui::measure_frames(&options)?;
        match serde_json::to_string_pretty(&times) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("error: {error}"),
        }
        Ok::<(), gui::GuiError>(())
    })
}
