//! The program itself: simulate a shop, look at devices, measure.

use serde_json::json;

use super::arguments::{BenchArguments, JsonArguments, SimulateArguments};
use super::{CliError, output};
use crate::control::Control;
use crate::dataset::simulate::{SimulateConfig, simulate_to_folder};
use crate::model::bert::bench;
use crate::model::bert::config::Trainable;
use crate::model::bert::device::{self, DeviceChoice};
use crate::model::bert::precision::Precision;
use crate::workbench::Folders;

/// `shelfwise simulate`
pub(super) fn simulate(arguments: &SimulateArguments) -> Result<(), CliError> {
    let mut config = SimulateConfig::default();
    config.users = arguments.users.unwrap_or(config.users);
    config.items = arguments.items.unwrap_or(config.items);
    config.days = arguments.days.unwrap_or(config.days);
    config.seed = arguments.seed.unwrap_or(config.seed);
    let control = Control::new(crate::control::CancelToken::default(), |progress| {
        output::progress(&format!("shoppers {}/{}", progress.done, progress.total));
    });
    let summary = simulate_to_folder(&config, &arguments.out, &control)
        .map_err(|error| CliError::from_error(&error))?;
    output::progress("");
    if arguments.json {
        return output::json(&summary);
    }
    output::line(&format!(
        "simulated {} shoppers, {} products, {} events into {}",
        summary.users,
        summary.items,
        summary.events,
        arguments.out.display()
    ));
    Ok(())
}

/// `shelfwise doctor`
pub(super) fn doctor(arguments: &JsonArguments) -> Result<(), CliError> {
    let devices = device::enumerate();
    let chosen =
        device::select(DeviceChoice::Auto).map_err(|error| CliError::from_error(&error))?;
    let folders = Folders::of_system();
    let mut warnings = chosen.warnings.clone();
    if !chosen.is_gpu {
        warnings.push("no hardware GPU can be used; models train and run on the CPU".to_owned());
    }
    if cfg!(target_os = "linux") && !has_chinese_font() {
        warnings.push(
            "no font with Chinese glyphs was found; install fonts-noto-cjk to use the window in Chinese"
                .to_owned(),
        );
    }
    if arguments.json {
        return output::json(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "devices": devices,
            "chosen": chosen.description,
            "warnings": warnings,
            "folders": {"config": folders.config, "projects": folders.projects},
        }));
    }
    output::line(&format!("shelfwise {}", env!("CARGO_PKG_VERSION")));
    for device in &devices {
        let software = if device.is_software { ", software: never taken by itself" } else { "" };
        let mixed = if device.mixed { ", mixed precision" } else { "" };
        output::line(&format!("device: {} ({}{mixed}{software})", device.name, device.backend));
    }
    output::line(&format!("will be used: {}", chosen.description));
    output::line(&format!("settings: {}", folders.config.display()));
    output::line(&format!("projects: {}", folders.projects.display()));
    for warning in warnings {
        output::line(&format!("warning: {warning}"));
    }
    Ok(())
}

/// Whether one of the usual folders holds a font that names Chinese, Japanese and Korean.
fn has_chinese_font() -> bool {
    let home = std::env::var_os("HOME").map(std::path::PathBuf::from);
    let user = home.map(|home| home.join(".local/share/fonts"));
    let folders = ["/usr/share/fonts", "/usr/local/share/fonts"].map(std::path::PathBuf::from);
    folders.into_iter().chain(user).any(|folder| holds_cjk(&folder, 4))
}

fn holds_cjk(folder: &std::path::Path, depth: usize) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        let names_chinese =
            ["cjk", "wqy", "droidsansfallback", "sourcehan", "simsun", "notosanssc"];
        names_chinese.iter().any(|part| name.contains(part))
            || (depth > 0 && entry.path().is_dir() && holds_cjk(&entry.path(), depth - 1))
    })
}

/// What can be measured without the window.
const BENCHES: &str = "embed, train-step, recommend, open or fuzz (frames opens the window)";

/// What learns in `bench train-step`.
const LEARNING: [Trainable; 8] = [
    Trainable::Full,
    Trainable::TopLayers(2),
    Trainable::LowRank(8),
    Trainable::AdaLora(8),
    Trainable::Houlsby(32),
    Trainable::Pfeiffer(32),
    Trainable::Biases,
    Trainable::Prompt(20),
];

/// What `bench train-step` measures: every way of learning or the one that is asked for, at the precision that is
/// asked for; otherwise in full precision, and all weights in mixed precision where the device has it.
fn ways(arguments: &BenchArguments) -> Vec<(Trainable, Precision)> {
    let parts = arguments.trainable.map_or_else(|| LEARNING.to_vec(), |part| vec![part]);
    if let Some(precision) = arguments.precision {
        return parts.into_iter().map(|part| (part, precision)).collect();
    }
    let has_mixed =
        device::select(arguments.device).is_ok_and(|device| Precision::Mixed.is_available(&device));
    let mixed = has_mixed && parts.contains(&Trainable::Full);
    let full = parts.into_iter().map(|part| (part, Precision::Full));
    full.chain(mixed.then_some((Trainable::Full, Precision::Mixed))).collect()
}

/// Products that `bench recommend` ranks.
const BENCH_ITEMS: usize = 100_000;

/// `shelfwise bench`
pub(super) fn bench(arguments: &BenchArguments) -> Result<(), CliError> {
    if arguments.what == "fuzz" {
        return super::bench_fuzz::fuzz(arguments);
    }
    let (repeat, device) = (arguments.repeat.max(1), arguments.device);
    if arguments.what == "open" {
        return super::bench_open::open(&arguments.project, repeat, arguments.json);
    }
    let timings = match arguments.what.as_str() {
        "embed" => [32, 64, 128]
            .into_iter()
            .map(|tokens| bench::embed(arguments.batch.unwrap_or(32), tokens, repeat, device))
            .collect::<Result<Vec<_>, _>>(),
        "train-step" => {
            let batch = arguments.batch.unwrap_or(16);
            ways(arguments)
                .into_iter()
                .map(|(trainable, precision)| {
                    let step = bench::StepLoad {
                        encoder: arguments.base.as_deref(),
                        batch,
                        tokens: arguments.tokens.max(1),
                        trainable,
                        precision,
                        recompute: arguments.recompute,
                    };
                    bench::train_step(&step, repeat, device)
                })
                .collect()
        }
        "recommend" => bench::recommend(BENCH_ITEMS, 32, repeat, device).map(Vec::from),
        other => {
            return Err(CliError::usage(format!(
                "there is no measurement {other:?}; choose {BENCHES}"
            )));
        }
    };
    let timings = timings.map_err(|error| CliError::from_error(&error))?;
    if arguments.json {
        return output::json(&json!({"timings": timings}));
    }
    let rows: Vec<Vec<String>> = timings
        .iter()
        .map(|one| {
            vec![
                one.work.clone(),
                one.batch.to_string(),
                format!("{:.0}", one.tokens),
                format!("{:.2}", one.median_secs * 1000.0),
                format!("{:.2}", one.p99_secs * 1000.0),
                format!("{:.1}", one.per_sec),
            ]
        })
        .collect();
    output::table(&["work", "batch", "tokens", "median ms", "p99 ms", "per second"], &rows);
    Ok(())
}
