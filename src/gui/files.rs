//! File dialogs and files to write, none of which may hold up a frame.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::background::Background;
use crate::workbench::{Command, write_whole};

/// What a file dialog was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    OpenFolder,
    PreviewFiles,
    ApplyRecipe,
    /// For a form, known by the name of its field.
    Field(&'static str),
}

/// What a figure can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Comma-separated values.
    Csv,
    /// A picture.
    Png,
    /// A recipe or settings.
    Toml,
    /// A drawing that can be scaled.
    Svg,
}

impl FileKind {
    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Png => "png",
            Self::Toml => "toml",
            Self::Svg => "svg",
        }
    }
}

/// Makes the bytes of a file; runs in the background.
pub type Content = Box<dyn FnOnce() -> std::io::Result<Vec<u8>> + Send>;

/// What to ask for once the user has chosen where a file goes.
type PathTaker = Box<dyn FnOnce(PathBuf) -> Command>;

/// What becomes of a path that was chosen for a file.
enum Destination {
    /// The file is made and written here.
    Content(Content),
    /// Somebody else writes it.
    Command(PathTaker),
}

/// How writing a file ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileOutcome {
    /// Written to this path.
    Saved(PathBuf),
    /// Not written, with the reason, path last.
    Failed(String),
    /// The desktop has no file dialogs to offer.
    NoDialog,
}

type Dialog<T> = Pin<Box<dyn Future<Output = T>>>;

/// Dialogs that are open and files that are being written.
#[derive(Default)]
pub struct FileRequests {
    pick: Option<(Purpose, Dialog<Vec<PathBuf>>)>,
    /// What was chosen for the field of a form.
    chosen: Option<(&'static str, Vec<PathBuf>)>,
    save: Option<(Dialog<Option<PathBuf>>, Destination)>,
    /// When the newest dialog was asked for.
    asked: Option<Instant>,
    writing: Background<FileOutcome>,
    outcome: Option<FileOutcome>,
}

/// Extensions of the files that can be imported; what is inside decides, not the name.
pub const DATA_EXTENSIONS: &[&str] = &[
    "csv", "tsv", "txt", "psv", "parquet", "arrow", "feather", "ipc", "jsonl", "ndjson", "json",
    "xlsx", "xlsb", "xls", "ods", "inter", "item", "user", "dat", "data", "gz", "zst",
];

/// A dialog that ends sooner was not ended by a person.
const TOO_SOON: Duration = Duration::from_millis(250);

impl FileRequests {
    /// Ask for a folder to open as a project or shop.
    pub fn open_folder(&mut self, title: &str) {
        let dialog = rfd::AsyncFileDialog::new().set_title(title).pick_folder();
        let paths = async move {
            dialog.await.map(|handle| handle.path().to_path_buf()).into_iter().collect()
        };
        self.wait_for(Purpose::OpenFolder, Box::pin(paths));
    }

    /// Ask for data files to look into.
    pub fn open_data_files(&mut self, title: &str, filter: &str) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(title)
            .add_filter(filter, DATA_EXTENSIONS)
            .pick_files();
        let paths = async move {
            let handles = dialog.await.unwrap_or_default();
            handles.iter().map(|handle| handle.path().to_path_buf()).collect()
        };
        self.wait_for(Purpose::PreviewFiles, Box::pin(paths));
    }

    /// Ask for a cleaning recipe to carry out.
    pub fn open_recipe(&mut self, title: &str, filter: &str) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(title)
            .add_filter(filter, &["toml", "json"])
            .pick_file();
        let paths = async move {
            dialog.await.map(|handle| handle.path().to_path_buf()).into_iter().collect()
        };
        self.wait_for(Purpose::ApplyRecipe, Box::pin(paths));
    }

    /// Ask for data files on behalf of a form; [`Self::take_chosen`] has the answer.
    pub fn choose_files(&mut self, field: &'static str, title: &str, filter: &str) {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(title)
            .add_filter(filter, DATA_EXTENSIONS)
            .pick_files();
        let paths = async move {
            let handles = dialog.await.unwrap_or_default();
            handles.iter().map(|handle| handle.path().to_path_buf()).collect()
        };
        self.wait_for(Purpose::Field(field), Box::pin(paths));
    }

    /// Ask for one file of any kind on behalf of a form; [`Self::take_chosen`] has the answer.
    pub fn choose_file(&mut self, field: &'static str, title: &str) {
        let dialog = rfd::AsyncFileDialog::new().set_title(title).pick_file();
        let paths = async move {
            dialog.await.map(|handle| handle.path().to_path_buf()).into_iter().collect()
        };
        self.wait_for(Purpose::Field(field), Box::pin(paths));
    }

    /// Ask for a folder on behalf of a form; [`Self::take_chosen`] has the answer.
    pub fn choose_folder(&mut self, field: &'static str, title: &str) {
        let dialog = rfd::AsyncFileDialog::new().set_title(title).pick_folder();
        let paths = async move {
            dialog.await.map(|handle| handle.path().to_path_buf()).into_iter().collect()
        };
        self.wait_for(Purpose::Field(field), Box::pin(paths));
    }

    /// What was chosen for a field of a form, once.
    pub fn take_chosen(&mut self, field: &str) -> Option<Vec<PathBuf>> {
        self.chosen.take_if(|(chosen, _)| *chosen == field).map(|(_, paths)| paths)
    }

    fn wait_for(&mut self, purpose: Purpose, dialog: Dialog<Vec<PathBuf>>) {
        self.pick = Some((purpose, dialog));
        self.asked = Some(Instant::now());
    }

    /// A dialog came back with nothing: cancelled, unless no person can have been that quick.
    fn came_back_empty(&mut self) {
        let took = self.asked.take().map_or(Duration::MAX, |asked| asked.elapsed());
        self.outcome = no_dialog(took).or(self.outcome.take());
    }

    /// Ask where to write a file, then make and write it in the background. For files that are made in
    /// a blink; others are jobs, see [`Self::save_by`].
    pub fn save(&mut self, file_name: &str, kind: FileKind, content: Content) {
        self.ask(file_name, kind, Destination::Content(content));
    }

    /// Ask where to write a file, then let the workbench do it.
    pub fn save_by(
        &mut self,
        file_name: &str,
        kind: FileKind,
        command: impl FnOnce(PathBuf) -> Command + 'static,
    ) {
        self.ask(file_name, kind, Destination::Command(Box::new(command)));
    }

    fn ask(&mut self, file_name: &str, kind: FileKind, destination: Destination) {
        let extension = kind.extension();
        let dialog = rfd::AsyncFileDialog::new()
            .add_filter(extension.to_uppercase(), &[extension])
            .set_file_name(format!("{file_name}.{extension}"))
            .save_file();
        let path = async move { dialog.await.map(|handle| handle.path().to_path_buf()) };
        self.save = Some((Box::pin(path), destination));
        self.asked = Some(Instant::now());
    }

    /// Look after open dialogs; called once a frame before painting.
    pub(super) fn poll(&mut self, ctx: &egui::Context, commands: &mut Vec<Command>) {
        let waker = Waker::from(Arc::new(Repaint(ctx.clone())));
        let mut task = Context::from_waker(&waker);
        if let Some((purpose, mut dialog)) = self.pick.take() {
            match dialog.as_mut().poll(&mut task) {
                Poll::Pending => self.pick = Some((purpose, dialog)),
                Poll::Ready(paths) if paths.is_empty() => self.came_back_empty(),
                Poll::Ready(paths) => match purpose {
                    Purpose::Field(field) => self.chosen = Some((field, paths)),
                    _ => commands.extend(picked(purpose, paths)),
                },
            }
        }
        if let Some((mut dialog, destination)) = self.save.take() {
            match (dialog.as_mut().poll(&mut task), destination) {
                (Poll::Pending, destination) => self.save = Some((dialog, destination)),
                (Poll::Ready(None), _) => self.came_back_empty(),
                (Poll::Ready(Some(path)), Destination::Command(command)) => {
                    commands.push(command(path));
                }
                (Poll::Ready(Some(path)), Destination::Content(content)) => {
                    self.writing.start(ctx, move || write(&path, content));
                }
            }
        }
        if let Some(outcome) = self.writing.poll() {
            self.outcome = Some(outcome);
        }
    }

    /// How the last file ended, once.
    pub(super) fn take_outcome(&mut self) -> Option<FileOutcome> {
        self.outcome.take()
    }
}

/// What an empty answer after `took` means.
fn no_dialog(took: Duration) -> Option<FileOutcome> {
    (took < TOO_SOON).then_some(FileOutcome::NoDialog)
}

fn picked(purpose: Purpose, mut paths: Vec<PathBuf>) -> Option<Command> {
    match purpose {
        Purpose::OpenFolder => paths.pop().map(Command::OpenFolder),
        Purpose::ApplyRecipe => paths.pop().map(Command::ApplyRecipeFile),
        Purpose::Field(_) => None,
        Purpose::PreviewFiles => (!paths.is_empty()).then_some(Command::PreviewFiles(paths)),
    }
}

fn write(path: &Path, content: Content) -> FileOutcome {
    match write_whole(path, |out| out.write_all(&content()?)) {
        Ok(()) => FileOutcome::Saved(path.to_path_buf()),
        Err(error) => FileOutcome::Failed(format!("{error}. File: {}", path.display())),
    }
}

struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_written_says_which() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let one = || -> Content { Box::new(|| Ok(b"1".to_vec())) };
        let outcome = write(&folder.path().join("missing").join("a.csv"), one());
        assert!(matches!(outcome, FileOutcome::Failed(message) if message.contains("a.csv")));
        let path = folder.path().join("a.csv");
        assert_eq!(write(&path, one()), FileOutcome::Saved(path.clone()));
        assert_eq!(std::fs::read(&path).expect("the file is there"), b"1");
    }

    #[test]
    fn a_dialog_that_never_showed_is_told() {
        assert_eq!(no_dialog(Duration::from_millis(3)), Some(FileOutcome::NoDialog));
        assert_eq!(no_dialog(Duration::from_secs(1)), None);
        let mut requests = FileRequests::default();
        requests.wait_for(Purpose::OpenFolder, Box::pin(std::future::ready(Vec::new())));
        requests.poll(&egui::Context::default(), &mut Vec::new());
        assert_eq!(requests.take_outcome(), Some(FileOutcome::NoDialog));
    }

    #[test]
    fn no_choice_is_no_command() {
        assert_eq!(picked(Purpose::OpenFolder, Vec::new()), None);
        assert_eq!(picked(Purpose::PreviewFiles, Vec::new()), None);
        assert_eq!(
            picked(Purpose::OpenFolder, vec!["a".into()]),
            Some(Command::OpenFolder("a".into()))
        );
    }
}
