//! What the user has decided so far about files to import.

use std::path::{Path, PathBuf};

use super::privacy::PrivacyDraft;
use crate::dataset::Origin;
use crate::dataset::load::{FileFormat, FormatChoice, Formats, LoadRequest, MappedColumn, Preview};
use crate::dataset::schema::{ColumnChoice, Field, Mappings, Role};
use crate::workbench::ImportProposal;

/// Choices over the proposal; what is not chosen is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    /// Name of the shop.
    pub(super) name: String,
    /// Project folder as typed.
    pub(super) project: String,
    /// What each file holds; `None` leaves it out.
    pub(super) roles: Vec<Option<Role>>,
    /// Corrections by role.
    pub(super) mapping: Mappings,
    /// What is done for privacy.
    pub(super) privacy: PrivacyDraft,
    /// How each file is laid out; `None` leaves it as it was found.
    pub(super) formats: Vec<Option<FileFormat>>,
    /// The layouts that the proposal was last asked for with.
    asked: Vec<Option<FileFormat>>,
    files: Vec<FileColumns>,
}

/// What the preview found, kept to judge the choices.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileColumns {
    path: PathBuf,
    role: Role,
    format: FileFormat,
    recognised: Vec<MappedColumn>,
}

impl Draft {
    pub(super) fn new(proposal: &ImportProposal) -> Self {
        let files: Vec<FileColumns> = proposal.previews.iter().map(FileColumns::of).collect();
        let folder =
            files.first().and_then(|file| file.path.parent()).unwrap_or_else(|| Path::new("."));
        let name = folder
            .file_name()
            .map_or_else(|| "shop".to_owned(), |name| name.to_string_lossy().into_owned());
        Self {
            project: folder.join(format!("{name}-shelfwise")).display().to_string(),
            formats: vec![None; files.len()],
            asked: vec![None; files.len()],
            roles: files.iter().map(|file| Some(file.role)).collect(),
            mapping: Mappings::default(),
            privacy: PrivacyDraft::default(),
            name,
            files,
        }
    }

    /// Whether these are choices over the same files.
    pub(super) fn is_of(&self, proposal: &ImportProposal) -> bool {
        self.files.len() == proposal.previews.len()
            && self
                .files
                .iter()
                .zip(&proposal.previews)
                .all(|(file, preview)| file.path == preview.path)
    }

    /// Takes over what a file turned out to be once it was read in another layout; choices of its
    /// columns no longer mean anything then.
    pub(super) fn follow(&mut self, proposal: &ImportProposal) {
        for (index, preview) in proposal.previews.iter().enumerate() {
            if self.files[index].format != preview.format {
                self.mapping.role_mut(self.files[index].role).fields.clear();
                self.files[index] = FileColumns::of(preview);
                self.roles[index] = Some(preview.role);
            }
        }
    }

    /// The layouts as they are to be asked for, if the user has just chosen another one.
    pub(super) fn reformatted(&mut self) -> Option<(Vec<PathBuf>, Formats)> {
        if self.asked == self.formats {
            return None;
        }
        self.asked.clone_from(&self.formats);
        Some((self.files.iter().map(|file| file.path.clone()).collect(), self.formats()))
    }

    fn formats(&self) -> Formats {
        let chosen = self.files.iter().zip(&self.formats);
        let files = chosen.filter_map(|(file, format)| {
            let choice = FormatChoice { format: Some((*format)?), sheet: None };
            Some((file.path.clone(), choice))
        });
        Formats { files: files.collect(), ..Formats::default() }
    }

    /// Where a field of a file comes from: what was chosen, else what was recognised.
    pub(super) fn column(&self, file: usize, field: Field) -> Option<&str> {
        let role = self.roles[file]?;
        match self.mapping.role(role).fields.get(&field) {
            Some(ColumnChoice::Column(column)) => Some(column),
            Some(ColumnChoice::Unused) => None,
            Some(ColumnChoice::RowNumber) => Some("#row"),
            Some(ColumnChoice::Always(kind)) => Some(kind.name()),
            None => self.recognised(file, field).map(|found| found.column.as_str()),
        }
    }

    /// What the preview recognised, where the file still has the role that was recognised for.
    pub(super) fn recognised(&self, file: usize, field: Field) -> Option<&MappedColumn> {
        let columns = &self.files[file];
        if self.roles[file] != Some(columns.role) {
            return None;
        }
        columns.recognised.iter().find(|found| found.field == field)
    }

    /// Key of what stands where no column is known: with another role than the one recognised, the
    /// import still has to look.
    pub(super) fn default_key(&self, file: usize, role: Role, field: Field) -> &'static str {
        let is_chosen = self.mapping.role(role).fields.contains_key(&field);
        if is_chosen || self.files[file].role == role { "column-none" } else { "column-auto" }
    }

    /// Required fields of a file that nothing fills. With another role than the one recognised
    /// nothing is known before the import, so nothing is missing.
    pub(super) fn missing(&self, file: usize) -> Vec<Field> {
        match self.roles[file] {
            Some(role) if role == self.files[file].role => {
                let is_missing = |field: &&Field| self.column(file, **field).is_none();
                role.required().iter().filter(is_missing).copied().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Key of what keeps the files from being imported.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let has = |role| self.roles.contains(&Some(role));
        if !has(Role::Events) && !has(Role::Catalog) {
            return Some("import-problem-nothing");
        }
        if (0..self.roles.len()).any(|file| !self.missing(file).is_empty()) {
            return Some("import-problem-columns");
        }
        if self.privacy.policy().is_err() {
            return Some("import-problem-privacy");
        }
        self.project.trim().is_empty().then_some("import-problem-folder")
    }

    /// The import as it is asked for.
    pub(super) fn request(&self) -> (PathBuf, LoadRequest) {
        let of = |role: Role| -> Vec<PathBuf> {
            let with_role =
                self.files.iter().zip(&self.roles).filter(|(_, chosen)| **chosen == Some(role));
            with_role.map(|(file, _)| file.path.clone()).collect()
        };
        let request = LoadRequest {
            name: self.name.trim().to_owned(),
            events: of(Role::Events),
            catalog: of(Role::Catalog),
            users: of(Role::Users),
            mapping: self.mapping.clone(),
            formats: self.formats(),
            origin: Origin::Files,
            privacy: self.privacy.request(),
        };
        (PathBuf::from(self.project.trim()), request)
    }
}

impl FileColumns {
    fn of(preview: &Preview) -> Self {
        Self {
            path: preview.path.clone(),
            role: preview.role,
            format: preview.format,
            recognised: preview.mapping.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::load::MatchReason;

    fn proposal() -> ImportProposal {
        let found = |field, column: &str| MappedColumn {
            field,
            column: column.to_owned(),
            reason: MatchReason::Name,
        };
        ImportProposal {
            previews: vec![Preview {
                path: "/shop/events.csv".into(),
                format: FileFormat::Delimited,
                delimiter: Some(','),
                encoding: None,
                columns: vec!["who".to_owned(), "what".to_owned()],
                rows: Vec::new(),
                role: Role::Events,
                mapping: vec![found(Field::User, "who")],
                event_words: Vec::new(),
            }],
        }
    }

    #[test]
    fn a_missing_column_blocks_until_it_is_chosen() {
        let mut draft = Draft::new(&proposal());
        assert_eq!(draft.name, "shop");
        assert_eq!(draft.missing(0), [Field::Item]);
        assert_eq!(draft.problem(), Some("import-problem-columns"));
        let choice = ColumnChoice::Column("what".to_owned());
        draft.mapping.role_mut(Role::Events).fields.insert(Field::Item, choice);
        assert_eq!(draft.problem(), None);
        let (project, request) = draft.request();
        assert_eq!(project, Path::new("/shop").join("shop-shelfwise"));
        assert_eq!(request.events, [PathBuf::from("/shop/events.csv")]);
        assert!(request.mapping.events.fields.contains_key(&Field::Item));
    }

    #[test]
    fn another_layout_is_asked_for_once_and_followed() {
        let mut draft = Draft::new(&proposal());
        assert_eq!(draft.reformatted(), None);
        draft.formats[0] = Some(FileFormat::Pairs);
        let (files, formats) = draft.reformatted().unwrap();
        assert_eq!(formats.of(&files[0], Role::Events).format, Some(FileFormat::Pairs));
        assert_eq!(draft.reformatted(), None);
        let mut found = proposal();
        found.previews[0].format = FileFormat::Pairs;
        found.previews[0].mapping.clear();
        draft.follow(&found);
        assert_eq!(draft.missing(0), [Field::User, Field::Item]);
        assert_eq!(draft.request().1.formats, formats);
    }

    #[test]
    fn leaving_out_every_file_is_a_problem() {
        let mut draft = Draft::new(&proposal());
        draft.roles[0] = None;
        assert_eq!(draft.problem(), Some("import-problem-nothing"));
        assert_eq!(draft.default_key(0, Role::Events, Field::Time), "column-none");
        assert_eq!(draft.default_key(0, Role::Catalog, Field::Title), "column-auto");
        draft.roles[0] = Some(Role::Users);
        assert_eq!(draft.problem(), Some("import-problem-nothing"));
    }
}
