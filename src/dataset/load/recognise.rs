//! Which column means what: by name, checked against a sample of the values, or as the user says.

use std::collections::HashSet;

use super::cell::OwnedCell;
use super::checks::{self, Check};
use super::error::FileProblem;
use super::report::{MappedColumn, MatchReason};
use super::synonyms::{self, Names};
use crate::dataset::event::EventKind;
use crate::dataset::schema::{ColumnChoice, ColumnMapping, Field, Role};

/// Rows looked at.
pub(super) const SAMPLED_ROWS: usize = 1000;

/// The columns of a file with the beginning of their values.
#[derive(Debug)]
pub(super) struct Sampled<'a> {
    /// All columns.
    pub columns: &'a [String],
    /// The first rows, a cell per column.
    pub rows: &'a [Vec<OwnedCell>],
}

/// Where a field's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// Position of a column.
    Column(usize),
    /// The number of the row.
    RowNumber,
    /// Always this kind of event.
    Always(EventKind),
}

/// One field that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The field.
    pub field: Field,
    /// Where its values come from.
    pub binding: Binding,
    /// How that was recognised.
    pub reason: MatchReason,
}

/// All fields that were found in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Recognised(pub Vec<Found>);

impl Recognised {
    /// Where a field comes from.
    pub(super) fn binding(&self, field: Field) -> Option<Binding> {
        self.0.iter().find(|found| found.field == field).map(|found| found.binding)
    }

    /// The position of a field's column.
    pub(super) fn column(&self, field: Field) -> Option<usize> {
        match self.binding(field) {
            Some(Binding::Column(column)) => Some(column),
            _ => None,
        }
    }

    /// The same for a report.
    pub(super) fn describe(&self, columns: &[String]) -> Vec<MappedColumn> {
        let column = |binding| match binding {
            Binding::Column(column) => columns[column].clone(),
            Binding::RowNumber => "#row".to_owned(),
            Binding::Always(kind) => format!("#{}", kind.name()),
        };
        let mapped = |found: &Found| MappedColumn {
            field: found.field,
            column: column(found.binding),
            reason: found.reason,
        };
        self.0.iter().map(mapped).collect()
    }
}

/// Recognises the columns of a file of this role. A correction that names a column which is not
/// there falls back to recognition; [`find_column`] tells whether any file has it.
///
/// `known` is what the format itself settles; only the user's word goes over it.
pub(super) fn recognise(
    sampled: &Sampled<'_>,
    role: Role,
    mapping: &ColumnMapping,
    known: &[(Field, Binding)],
) -> Recognised {
    let mut finder = Finder { sampled, role, taken: HashSet::new(), found: Vec::new() };
    let mut open = Vec::new();
    for &field in role.fields() {
        if !finder.take_choice(field, mapping.fields.get(&field)) {
            open.push(field);
        }
    }
    if !known.is_empty() {
        for &(field, binding) in known.iter().filter(|(field, _)| open.contains(field)) {
            finder.add(field, binding, MatchReason::Format);
        }
        open.clear();
    }
    for &field in &open {
        finder.take_by_name(field);
    }
    for field in [Field::Time, Field::Event] {
        let missing = !finder.found.iter().any(|found| found.field == field);
        if open.contains(&field) && missing {
            finder.take_by_values(field);
        }
    }
    finder.drop_review_title(&open);
    finder.title_from_type(&open);
    finder.found.sort_by_key(|found| role.fields().iter().position(|&field| field == found.field));
    Recognised(finder.found)
}

/// Checks that every field without which the role is useless was found.
pub(super) fn require(
    recognised: &Recognised,
    role: Role,
    columns: &[String],
) -> Result<(), FileProblem> {
    let missing = role.required().iter().find(|&&field| recognised.binding(field).is_none());
    missing.map_or(Ok(()), |&field| {
        Err(FileProblem::NoColumn { role, field, found: columns.to_vec() })
    })
}

/// The column that a user means: by its exact name, else by its name however spelt.
pub(super) fn find_column(columns: &[String], wanted: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column == wanted);
    exact.or_else(|| {
        let wanted = synonyms::normalise(wanted);
        columns.iter().position(|column| synonyms::normalise(column) == wanted)
    })
}

struct Finder<'a> {
    sampled: &'a Sampled<'a>,
    role: Role,
    taken: HashSet<usize>,
    found: Vec<Found>,
}

impl Finder<'_> {
    fn add(&mut self, field: Field, binding: Binding, reason: MatchReason) {
        if let Binding::Column(column) = binding {
            self.taken.insert(column);
        }
        self.found.push(Found { field, binding, reason });
    }

    /// Whether the user's choice settles the field.
    fn take_choice(&mut self, field: Field, choice: Option<&ColumnChoice>) -> bool {
        let binding = match choice {
            None => return false,
            Some(ColumnChoice::Unused) => return true,
            Some(ColumnChoice::RowNumber) => Binding::RowNumber,
            Some(ColumnChoice::Always(kind)) => Binding::Always(*kind),
            Some(ColumnChoice::Column(name)) => match find_column(self.sampled.columns, name) {
                Some(column) => Binding::Column(column),
                None => return false,
            },
        };
        self.add(field, binding, MatchReason::Chosen);
        true
    }

    fn take_by_name(&mut self, field: Field) {
        let names = synonyms::names(self.role, field);
        let best = (0..self.sampled.columns.len())
            .filter(|column| !self.taken.contains(column))
            .filter_map(|column| Some((self.name_score(&names, field, column)?, column)))
            // Of equal scores the first column wins.
            .rev()
            .max_by_key(|&((score, _), _)| score);
        if let Some(((_, reason), column)) = best {
            self.add(field, Binding::Column(column), reason);
        }
    }

    /// How well a column's name, and then its values, fit a field.
    fn name_score(
        &self,
        names: &Names,
        field: Field,
        column: usize,
    ) -> Option<(usize, MatchReason)> {
        let name = synonyms::normalise(&self.sampled.columns[column]);
        let rank = |list: &[&str]| list.iter().position(|&known| known == name);
        let (strong, weak) = (rank(names.strong), rank(names.weak));
        if strong.is_none() && weak.is_none() {
            return None;
        }
        let check = checks::check(self.sampled, field, column);
        let (fitting, sampled) = (check.fitting, check.sampled);
        if let Some(rank) = strong {
            return Some(match (sampled, check.passes()) {
                (0, _) => (1000 - rank, MatchReason::Name),
                (_, true) => (1000 - rank, MatchReason::NameAndValues { fitting, sampled }),
                (_, false) => (200 - rank, MatchReason::NameDespiteValues { fitting, sampled }),
            });
        }
        let rank = weak?;
        check.passes().then_some((500 - rank, MatchReason::NameAndValues { fitting, sampled }))
    }

    fn take_by_values(&mut self, field: Field) {
        let fits = |&column: &usize| {
            !self.taken.contains(&column)
                && (field != Field::Time || !checks::is_plain_number(self.sampled, column))
                && checks::check(self.sampled, field, column).is_whole()
        };
        if let Some(column) = (0..self.sampled.columns.len()).find(fits) {
            let Check { fitting, sampled } = checks::check(self.sampled, field, column);
            let reason = MatchReason::Values { fitting, sampled };
            self.add(field, Binding::Column(column), reason);
        }
    }

    /// In a file of reviews a bare title is the review's, not the product's.
    fn drop_review_title(&mut self, open: &[Field]) {
        let has_review = self.found.iter().any(|found| found.field == Field::Review);
        if self.role != Role::Events || !has_review || !open.contains(&Field::Title) {
            return;
        }
        let columns = self.sampled.columns;
        self.found.retain(|found| match found.binding {
            Binding::Column(column) if found.field == Field::Title => {
                synonyms::normalise(&columns[column]) != "title"
            }
            _ => true,
        });
    }

    /// A catalogue without names is still told apart by the finest kind of product that it has.
    fn title_from_type(&mut self, open: &[Field]) {
        let has = |field| self.found.iter().any(|found| found.field == field);
        if self.role != Role::Catalog || !open.contains(&Field::Title) || has(Field::Title) {
            return;
        }
        let columns = self.sampled.columns;
        let named = |name: &&str| {
            let column = columns.iter().position(|column| synonyms::normalise(column) == **name)?;
            (!self.taken.contains(&column)).then_some(column)
        };
        if let Some(column) = synonyms::FINE_KINDS.iter().find_map(named) {
            self.add(Field::Title, Binding::Column(column), MatchReason::Name);
        }
    }
}

/// What a file seems to hold, by the fields that are found when it is taken for each role.
pub(super) fn guess_role(sampled: &Sampled<'_>) -> Role {
    let mapping = ColumnMapping::default();
    let events = recognise(sampled, Role::Events, &mapping, &[]);
    let has = |field| events.column(field).is_some();
    if has(Field::Item) && (has(Field::User) || has(Field::Event) || has(Field::Review)) {
        return Role::Events;
    }
    let catalog = recognise(sampled, Role::Catalog, &mapping, &[]);
    let about_products = [Field::Title, Field::Price, Field::Category, Field::Brand, Field::Stock]
        .into_iter()
        .filter(|&field| catalog.column(field).is_some())
        .count();
    let strong_item = has(Field::Item);
    if catalog.column(Field::Item).is_some() && (strong_item || about_products >= 2) {
        return Role::Catalog;
    }
    if has(Field::User) { Role::Users } else { Role::Catalog }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recognises a table given as text; values are separated by `|`.
    fn fields(role: Role, table: &str, mapping: &str) -> Vec<(Field, String)> {
        let mut lines = table.lines().map(|line| line.split('|').map(str::to_owned));
        let columns: Vec<String> = lines.next().unwrap().collect();
        let rows: Vec<Vec<OwnedCell>> =
            lines.map(|row| row.map(OwnedCell::Text).collect()).collect();
        let sampled = Sampled { columns: &columns, rows: &rows };
        let mappings: crate::dataset::schema::Mappings = mapping.parse().unwrap();
        let recognised = recognise(&sampled, role, mappings.role(role), &[]);
        recognised.describe(&columns).into_iter().map(|m| (m.field, m.column)).collect()
    }

    fn named(found: &[(Field, String)]) -> Vec<(Field, &str)> {
        found.iter().map(|(field, column)| (*field, column.as_str())).collect()
    }

    #[test]
    fn a_retailers_invoice_lines_are_recognised() {
        let found = fields(
            Role::Events,
            "InvoiceNo|StockCode|Description|Quantity|InvoiceDate|UnitPrice|CustomerID|Country\n\
             536365|85123A|HEART HOLDER|6|2010-12-01 08:26:00|2.55|17850|United Kingdom",
            "",
        );
        assert_eq!(
            named(&found),
            [
                (Field::User, "CustomerID"),
                (Field::Item, "StockCode"),
                (Field::Time, "InvoiceDate"),
                (Field::Quantity, "Quantity"),
                (Field::Price, "UnitPrice"),
                (Field::Order, "InvoiceNo"),
                (Field::Title, "Description"),
            ]
        );
    }

    #[test]
    fn a_user_id_is_preferred_to_a_session() {
        let found = fields(Role::Events, "session_id|visitorid|itemid|ts\ns1|v1|i1|1500000000", "");
        assert_eq!(found[0], (Field::User, "visitorid".to_owned()));
    }

    #[test]
    fn a_weak_name_needs_values_that_agree() {
        let event = |value: &str| {
            let table = format!("user|item|type\nu|i|{value}");
            named(&fields(Role::Events, &table, "")).contains(&(Field::Event, "type"))
        };
        assert!(event("clicks"));
        assert!(!event("electronics"));
    }

    #[test]
    fn columns_with_unknown_names_are_known_by_their_values() {
        let found = fields(
            Role::Events,
            "user|item|wann|was\nu|i|2020-01-02 10:00|view\nu|j|2020-01-03|cart",
            "",
        );
        assert!(found.contains(&(Field::Time, "wann".to_owned())));
        assert!(found.contains(&(Field::Event, "was".to_owned())));
        let ids = fields(Role::Events, "user|item|number\nu|i|1500000000", "");
        assert!(!named(&ids).iter().any(|(field, _)| *field == Field::Time));
    }

    #[test]
    fn the_user_has_the_last_word() {
        let table = "user_id|kunde|item|price\nu|k|i|2";
        let found = fields(Role::Events, table, "user=Kunde,price=#none,event=#cart");
        assert_eq!(
            named(&found),
            [(Field::User, "kunde"), (Field::Item, "item"), (Field::Event, "#cart")]
        );
    }

    #[test]
    fn the_title_of_a_review_is_not_the_product() {
        let found = fields(
            Role::Events,
            "user|Clothing ID|Title|Review Text|Rating|Department Name\nu|767|Nice|Love it|5|Tops",
            "",
        );
        assert_eq!(
            named(&found),
            [
                (Field::User, "user"),
                (Field::Item, "Clothing ID"),
                (Field::Rating, "Rating"),
                (Field::Review, "Review Text"),
                (Field::Category, "Department Name"),
            ]
        );
    }

    #[test]
    fn a_catalogue_has_a_title_and_a_description() {
        let table = "id|name|description|category|brand|price|current_stock|image\n\
                     p1|Cup|A cup of clay|kitchen|Ö|2,50|7|cup.png";
        let found = fields(Role::Catalog, table, "");
        assert_eq!(found.len(), 8);
        assert_eq!(found[1], (Field::Title, "name".to_owned()));
        let only = fields(Role::Catalog, "StockCode|Description\n1|HEART", "");
        assert_eq!(only[1], (Field::Title, "Description".to_owned()));
    }

    #[test]
    fn the_finest_kind_of_product_stands_in_for_a_name() {
        let table = "product_id|department|product_category|product_type\n1|GROCERY|ICE|ICE CREAM";
        assert_eq!(
            named(&fields(Role::Catalog, table, "")),
            [
                (Field::Item, "product_id"),
                (Field::Title, "product_type"),
                (Field::Category, "product_category"),
            ]
        );
    }

    #[test]
    fn the_role_is_guessed_from_the_columns() {
        let role = |table: &str| {
            let mut lines = table.lines().map(|line| line.split('|').map(str::to_owned));
            let columns: Vec<String> = lines.next().unwrap().collect();
            let rows: Vec<Vec<OwnedCell>> =
                lines.map(|row| row.map(OwnedCell::Text).collect()).collect();
            guess_role(&Sampled { columns: &columns, rows: &rows })
        };
        assert_eq!(role("user_id|item_id|event|timestamp\n1|2|view|1500000000"), Role::Events);
        assert_eq!(role("id|name|price\np1|Cup|2"), Role::Catalog);
        assert_eq!(role("product_id|colour\np1|red"), Role::Catalog);
        assert_eq!(role("household_id|age|income\n1|19-24|35-49K"), Role::Users);
        assert_eq!(role("a|b\n1|2"), Role::Catalog);
    }
}
