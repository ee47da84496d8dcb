//! `shelfwise bench open`: how long a project takes to be there.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::session::ready;
use super::{CliError, output};
use crate::model::bert::device::DeviceChoice;
use crate::workbench::{Command, Folders, Workbench};

/// Opens a project `repeats` times: seconds until its data are there to be seen, and until they are
/// counted for the overview.
pub(super) fn open(project: &Path, repeats: usize, as_json: bool) -> Result<(), CliError> {
    let mut opened = Vec::new();
    let mut counted = Vec::new();
    let (mut events, mut columns_bytes) = (0, 0);
    for _ in 0..repeats {
        let started = Instant::now();
        let mut workbench = Workbench::headless(Folders::of_system(), DeviceChoice::Cpu);
        workbench.send(Command::OpenFolder(project.to_path_buf()));
        while workbench.state().shop.pending().is_some() {
            workbench.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
        let dataset = &ready(&workbench.state().shop)?.dataset;
        (events, columns_bytes) = (dataset.interactions.len(), dataset.size_bytes());
        opened.push(started.elapsed().as_secs_f64());
        workbench.settle(Duration::MAX, |_| {});
        ready(&workbench.state().overview)?;
        counted.push(started.elapsed().as_secs_f64());
    }
    let (opened, counted) = (median(opened), median(counted));
    if as_json {
        return output::json(&json!({
            "events": events, "columns_bytes": columns_bytes, "repeats": repeats,
            "open_secs": opened, "overview_secs": counted,
        }));
    }
    let megabytes = columns_bytes / 1_000_000;
    output::line(&format!("{events} events, {megabytes} MB of columns, median of {repeats}"));
    output::line(&format!("data there     {opened:.3} s"));
    output::line(&format!("overview there {counted:.3} s"));
    Ok(())
}

fn median(mut secs: Vec<f64>) -> f64 {
    secs.sort_by(f64::total_cmp);
    secs[secs.len() / 2]
}
