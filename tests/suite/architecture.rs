//! The dependency rules of the crate, held against its sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lowest first; a layer may use itself and those before it. Layers on one rank may not use each
/// other, but for `model` and `search`, which share a rank on purpose.
const RANKS: &[&[&str]] = &[
    &["ids", "control", "vault"],
    &["dataset"],
    &["analysis"],
    &["model", "search"],
    &["eval"],
    &["runs"],
    &["jobs"],
    &["workbench"],
    &["gui", "cli"],
];

struct Source {
    /// Relative to `src`, with forward slashes.
    path: String,
    layer: String,
    /// Without comments, strings kept.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files.into_iter().map(|file| read(&root, &file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let relative = file.strip_prefix(root).expect("below src");
    let path = relative.to_string_lossy().replace('\\', "/");
    let layer = path.split(['/', '.']).next().unwrap_or_default().to_owned();
    let text = std::fs::read_to_string(file).expect("sources are UTF-8");
    Source { path, layer, code: strip_comments(&text) }
}

/// Drops line comments. A `//` inside a string literal only shortens that line, which can hide a
/// breach on it but never invents one.
fn strip_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn rank_of(layer: &str) -> Option<usize> {
    RANKS.iter().position(|names| names.contains(&layer))
}

/// Layers that a source names through `crate::`, single or in braces.
fn used_layers(code: &str) -> Vec<String> {
    let mut layers = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let end = group.find("};").unwrap_or(group.len());
            layers.extend(group[..end].split(',').map(first_word));
        } else {
            layers.push(first_word(rest));
        }
    }
    layers
}

fn first_word(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether `code` uses the external crate `name` by path.
fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    })
}

fn breaches_of_layers(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources {
        let Some(rank) = rank_of(&source.layer) else { continue };
        for used in used_layers(&source.code) {
            let Some(used_rank) = rank_of(&used) else { continue };
            let is_same = used == source.layer;
            let shares_rank = used_rank == rank && ["model", "search"].contains(&used.as_str());
            let both_lowest = used_rank == 0 && rank == 0;
            if !is_same && !shares_rank && !both_lowest && used_rank >= rank {
                breaches.push(format!("{} uses {used}", source.path));
            }
        }
    }
    breaches
}

fn breaches_of_crate(sources: &[Source], names: &[&str], allowed: &[&str]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !allowed.iter().any(|prefix| source.path.starts_with(prefix)))
        .filter(|source| names.iter().any(|name| uses_crate(&source.code, name)))
        .map(|source| source.path.clone())
        .collect()
}

fn breaches_of_text(sources: &[Source], needles: &[&str], allowed: &[&str]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !allowed.iter().any(|prefix| source.path.starts_with(prefix)))
        .filter(|source| needles.iter().any(|needle| source.code.contains(needle)))
        .map(|source| source.path.clone())
        .collect()
}

/// String literals given straight to widgets that show text; the product's name is the same everywhere.
fn literal_labels(sources: &[Source]) -> Vec<String> {
    const CALLS: &[&str] = &[
        ".label(\"",
        ".button(\"",
        ".heading(\"",
        ".small(\"",
        ".strong(\"",
        ".weak(\"",
        ".on_hover_text(\"",
        ".selectable_label(",
        ".checkbox(&mut",
        "RichText::new(\"",
        "Button::new(\"",
        ".hint_text(\"",
        ".small_button(\"",
    ];
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("gui/")) {
        for call in CALLS.iter().filter(|call| call.ends_with('"')) {
            for (at, _) in source.code.match_indices(call) {
                let literal: String =
                    source.code[at + call.len()..].chars().take_while(|&c| c != '"').collect();
                if literal != "Shelfwise"
                    && literal.chars().filter(|c| c.is_alphabetic()).count() > 1
                {
                    found.push(format!("{}: {literal}", source.path));
                }
            }
        }
    }
    found
}

const COLOUR_LITERALS: &[&str] = &[
    "from_rgb(",
    "from_rgba",
    "from_gray(",
    "from_black_alpha(",
    "from_white_alpha(",
    "hex_color!",
    "Color32::RED",
    "Color32::WHITE",
    "Color32::BLACK",
    "Color32::GRAY",
    "Color32::GREEN",
    "Color32::BLUE",
    "Color32::YELLOW",
    "Color32::DARK_",
    "Color32::LIGHT_",
];

#[test]
fn layers_depend_downwards_only() {
    assert_eq!(breaches_of_layers(&sources()), Vec::<String>::new());
}

#[test]
fn every_source_belongs_to_a_layer() {
    let strays: Vec<String> = sources()
        .into_iter()
        .filter(|source| rank_of(&source.layer).is_none())
        .map(|source| source.path)
        .filter(|path| !["lib.rs", "main.rs"].contains(&path.as_str()))
        .collect();
    assert_eq!(strays, Vec::<String>::new());
}

#[test]
fn egui_stays_in_the_window() {
    let names = ["egui", "eframe", "egui_plot", "egui_extras"];
    assert_eq!(breaches_of_crate(&sources(), &names, &["gui/", "main.rs"]), Vec::<String>::new());
}

#[test]
fn polars_stays_with_the_data() {
    assert_eq!(
        breaches_of_crate(&sources(), &["polars"], &["dataset/", "runs/"]),
        Vec::<String>::new()
    );
}

#[test]
fn burn_stays_in_the_models() {
    let names = ["burn", "burn_wgpu", "cubecl"];
    assert_eq!(breaches_of_crate(&sources(), &names, &["model/"]), Vec::<String>::new());
}

#[test]
fn threads_start_in_jobs_only() {
    let needles = ["thread::spawn", "thread::Builder", "thread::scope"];
    assert_eq!(breaches_of_text(&sources(), &needles, &["jobs/"]), Vec::<String>::new());
}

/// What speaks to a network, or waits for one.
const NETWORK: &[&str] =
    &["reqwest::", "tokio::", "hyper::", "std::net::", "TcpStream", "UdpSocket", "ToSocketAddrs"];

#[test]
fn only_the_hub_speaks_to_the_network_and_starts_no_thread_for_it() {
    let hub = ["model/bert/hub/"];
    assert_eq!(breaches_of_text(&sources(), NETWORK, &hub), Vec::<String>::new());
    let threads = ["new_multi_thread", "spawn_blocking", "reqwest::blocking"];
    assert_eq!(breaches_of_text(&sources(), &threads, &[]), Vec::<String>::new());
}

#[test]
fn colours_are_named_in_the_theme_only() {
    let gui: Vec<Source> =
        sources().into_iter().filter(|source| source.path.starts_with("gui/")).collect();
    assert_eq!(breaches_of_text(&gui, COLOUR_LITERALS, &["gui/theme"]), Vec::<String>::new());
}

#[test]
fn views_take_their_text_from_the_catalogue() {
    assert_eq!(literal_labels(&sources()), Vec::<String>::new());
}

#[test]
fn the_lock_file_holds_one_egui_and_one_wgpu() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"))
        .expect("the lock file is committed");
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for name in lock.lines().filter_map(|line| line.strip_prefix("name = ")) {
        *versions.entry(name.trim_matches('"')).or_default() += 1;
    }
    for name in ["egui", "eframe", "wgpu", "burn", "polars"] {
        assert_eq!(versions.get(name), Some(&1), "{name}");
    }
}

/// Sources that write lines of CSV, or offer a file of it, without what keeps formulas out.
fn open_csv(sources: &[Source]) -> Vec<String> {
    const WRITES: &[&str] = &["push(',')", "push(b',')", "FileKind::Csv"];
    const SAFE: &[&str] = &["csv_field(", ".to_csv()", "Command::ExportTable"];
    // Commas between thousands, and the kinds of files by name.
    const OTHERS: &[&str] = &["gui/text/format.rs", "gui/files.rs"];
    sources
        .iter()
        .filter(|source| !OTHERS.contains(&source.path.as_str()))
        .filter(|source| WRITES.iter().any(|sign| source.code.contains(sign)))
        .filter(|source| !SAFE.iter().any(|sign| source.code.contains(sign)))
        .map(|source| source.path.clone())
        .collect()
}

#[test]
fn csv_holds_no_formulas_wherever_it_is_written() {
    assert_eq!(open_csv(&sources()), Vec::<String>::new());
}

/// The checks above must be able to fail.
#[test]
fn a_breach_is_found() {
    let source = |path: &str, code: &str| Source {
        path: path.to_owned(),
        layer: path.split(['/', '.']).next().unwrap_or_default().to_owned(),
        code: strip_comments(code),
    };
    let upward = source("dataset/a.rs", "use crate::{ids::X, gui::Window};");
    assert_eq!(breaches_of_layers(&[upward]), ["dataset/a.rs uses gui"]);
    let sideways = source("cli/a.rs", "use crate::gui::run;");
    assert_eq!(breaches_of_layers(&[sideways]).len(), 1);
    let fine = source("eval/a.rs", "use crate::model::History; // crate::gui::X");
    assert!(breaches_of_layers(&[fine]).is_empty());
    let painter = source("workbench/a.rs", "use egui::Ui;");
    assert_eq!(breaches_of_crate(&[painter], &["egui"], &["gui/"]), ["workbench/a.rs"]);
    let label = source("gui/a.rs", "ui.label(\"Hello\");");
    assert_eq!(literal_labels(&[label]), ["gui/a.rs: Hello"]);
    let caller = source("runs/a.rs", "let found = reqwest::get(address);");
    assert_eq!(breaches_of_text(&[caller], NETWORK, &["model/bert/hub/"]), ["runs/a.rs"]);
    let csv = source("gui/a.rs", "cx.files.save(name, FileKind::Csv, text);");
    assert_eq!(open_csv(&[csv]), ["gui/a.rs"]);
}
