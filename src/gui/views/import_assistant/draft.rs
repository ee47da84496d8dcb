//! What the user has decided so far about files to import.

use std::path::{Path, PathBuf};

use super::privacy::PrivacyDraft;
use crate::dataset::Origin;
use crate::dataset::load::{LoadRequest, MappedColumn, Preview};
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
    files: Vec<FileColumns>,
}

/// What the preview found, kept to judge the choices.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileColumns {
    path: PathBuf,
    role: Role,
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
            origin: Origin::Files,
            privacy: self.privacy.request(),
        };
        (PathBuf::from(self.project.trim()), request)
    }
}

impl FileColumns {
    fn of(preview: &Preview) -> Self {
        Self { path: preview.path.clone(), role: preview.role, recognised: preview.mapping.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::load::{FileFormat, MatchReason};

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
