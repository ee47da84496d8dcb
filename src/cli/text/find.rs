//! Searching products or texts by the meaning of a query.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::super::encoders::open;
use super::super::session::Session;
use super::super::{CliError, output};
use super::{control, failed};
use crate::control::Control;
use crate::dataset::load::texts_of_table;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::pairs::{Searchable, product_texts};

/// Arguments of `find`.
#[derive(Debug, Clone, Args)]
#[command(group(clap::ArgGroup::new("collection").required(true).args(["project", "texts"])))]
pub struct FindArguments {
    /// A model's folder, a run of the project (id, name or latest), or built-in
    #[arg(value_name = "MODEL_OR_RUN")]
    pub model: String,
    /// What is asked
    #[arg(required = true, value_name = "QUERY")]
    pub queries: Vec<String>,
    /// Project whose products are searched
    #[arg(long)]
    pub project: Option<PathBuf>,
    /// Table whose rows are searched
    #[arg(long, value_name = "FILE")]
    pub texts: Option<PathBuf>,
    /// Columns of the table; those that hold texts by default
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…", requires = "texts")]
    pub columns: Vec<String>,
    /// Most to show for each query
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// File to keep the collection's vectors in; made by the first call, read by the next
    #[arg(long, value_name = "FILE.safetensors")]
    pub vectors: Option<PathBuf>,
    /// auto, gpu or cpu
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// What is searched.
struct Collection {
    /// Ids of products; empty for rows of a table.
    ids: Vec<String>,
    texts: Vec<String>,
}

/// `shelfwise find`
pub(in crate::cli) fn find(arguments: &FindArguments) -> Result<(), CliError> {
    let is_folder = Path::new(&arguments.model).is_dir();
    let project = arguments.project.as_deref();
    let model = open(&arguments.model, project.filter(|_| !is_folder))?;
    let control = control();
    let collection = match (project, &arguments.texts) {
        (Some(project), _) => of_project(project)?,
        (None, Some(file)) => {
            let rows = texts_of_table(file, &arguments.columns, &control)
                .map_err(|error| CliError::from_error(&error))?;
            let texts = rows.into_iter().map(|row| row.join(". ")).collect();
            Collection { ids: Vec::new(), texts }
        }
        (None, None) => return Err(CliError::usage("name a --project or a file of --texts")),
    };
    let Collection { ids, texts } = collection;
    let file = arguments.vectors.as_deref();
    let made = Searchable::new(&model, texts, arguments.device, file, &control);
    output::progress("");
    let search = made.map_err(|error| failed(&error))?;
    let mut answers = Vec::new();
    for query in &arguments.queries {
        answers.push(answer(query, &ids, &search, arguments.top)?);
    }
    let count = search.texts().len();
    if arguments.json {
        return output::json(&json!({"texts": count, "answers": answers}));
    }
    for answer in &answers {
        let query = answer["query"].as_str().unwrap_or_default();
        let ms = answer["ms"].as_f64().unwrap_or_default();
        output::line(&format!("{query}: of {count} texts in {ms:.1} ms"));
        for found in answer["found"].as_array().into_iter().flatten() {
            output::line(&format!("  {}", found_line(found)));
        }
    }
    Ok(())
}

fn answer(query: &str, ids: &[String], search: &Searchable, top: usize) -> Result<Value, CliError> {
    let started = Instant::now();
    let found = search.find(query, top, &Control::default()).map_err(|error| failed(&error))?;
    let ms = started.elapsed().as_secs_f64() * 1e3;
    let told = |&(at, cosine): &(usize, f32)| json!({"id": ids.get(at), "row": at + 1, "cosine": cosine, "text": search.texts()[at]});
    Ok(json!({"query": query, "ms": ms, "found": found.iter().map(told).collect::<Vec<_>>()}))
}

/// Products with a text.
fn of_project(project: &Path) -> Result<Collection, CliError> {
    let dataset = Session::open(project, DeviceChoice::Cpu)?.dataset()?;
    let (items, texts) = product_texts(&dataset);
    let ids = items.iter().map(|item| dataset.items.external(item.0).to_owned()).collect();
    Ok(Collection { ids, texts })
}

/// A found text with its score.
fn found_line(found: &Value) -> String {
    let id = found["id"].as_str().map_or_else(String::new, |id| format!("{id}  "));
    let score = found["cosine"].as_f64().unwrap_or_default();
    format!("{score:.3}  {id}{}", found["text"].as_str().unwrap_or_default())
}
