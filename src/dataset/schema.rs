//! What a column of a shop's file can mean, and how the user says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::event::EventKind;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A row per product.
    Catalog,
    /// A row per shopper.
    Users,
    /// A row per thing that a shopper did.
    Events,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Catalog, Self::Users, Self::Events];

    /// The name on the command line, in JSON and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Users => "users",
            Self::Events => "events",
        }
    }

    /// The fields that a file of this role can fill, the most important first.
    #[must_use]
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Catalog => &[
                Field::Item,
                Field::Title,
                Field::Description,
                Field::Category,
                Field::Brand,
                Field::Price,
                Field::Stock,
                Field::Picture,
            ],
            Self::Users => &[Field::User],
            Self::Events => &[
                Field::User,
                Field::Item,
                Field::Time,
                Field::Event,
                Field::Quantity,
                Field::Price,
                Field::Total,
                Field::Rating,
                Field::Query,
                Field::Review,
                Field::Order,
                Field::Title,
                Field::Category,
                Field::Brand,
            ],
        }
    }

    /// The fields without which no row of this role can be used.
    #[must_use]
    pub const fn required(self) -> &'static [Field] {
        match self {
            Self::Catalog => &[Field::Item],
            Self::Users => &[Field::User],
            Self::Events => &[Field::User, Field::Item],
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// External id of the shopper.
    User,
    /// External id of the product.
    Item,
    /// When it happened.
    Time,
    /// What was done, in the shop's own words.
    Event,
    /// How many units; negative for goods sent back.
    Quantity,
    /// Price of one unit.
    Price,
    /// Price of the whole line; the unit price is it over the quantity.
    Total,
    /// Stars.
    Rating,
    /// What was searched for.
    Query,
    /// Text of a review.
    Review,
    /// Order or invoice number; one that begins with C marks a cancellation.
    Order,
    /// Product name.
    Title,
    /// Longer product text.
    Description,
    /// Product category.
    Category,
    /// Product brand.
    Brand,
    /// Units in stock.
    Stock,
    /// Picture file or address.
    Picture,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 17] = [
        Self::User,
        Self::Item,
        Self::Time,
        Self::Event,
        Self::Quantity,
        Self::Price,
        Self::Total,
        Self::Rating,
        Self::Query,
        Self::Review,
        Self::Order,
        Self::Title,
        Self::Description,
        Self::Category,
        Self::Brand,
        Self::Stock,
        Self::Picture,
    ];

    /// The name on the command line, in JSON and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Item => "item",
            Self::Time => "time",
            Self::Event => "event",
            Self::Quantity => "quantity",
            Self::Price => "price",
            Self::Total => "total",
            Self::Rating => "rating",
            Self::Query => "query",
            Self::Review => "review",
            Self::Order => "order",
            Self::Title => "title",
            Self::Description => "description",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Stock => "stock",
            Self::Picture => "picture",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where the values of a field come from, as the user said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnChoice {
    /// From the column of this name.
    Column(String),
    /// From nowhere, whatever a column may be called: `#none`.
    Unused,
    /// The row's own number: every row is a shopper or a product of its own. `#row`, for `user` and
    /// `item` only.
    RowNumber,
    /// Every row is an event of this kind: `#view`, `#purchase`, … for `event` only.
    Always(EventKind),
}

/// The user's corrections for the files of one role; a field that is not named is recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnMapping {
    /// Where a field comes from.
    #[serde(default)]
    pub fields: BTreeMap<Field, ColumnChoice>,
    /// What the shop's own event words stand for, in lower case.
    #[serde(default)]
    pub event_words: BTreeMap<String, EventKind>,
}

/// The user's corrections for every role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mappings {
    /// For event files.
    #[serde(default)]
    pub events: ColumnMapping,
    /// For catalogue files.
    #[serde(default)]
    pub catalog: ColumnMapping,
    /// For user files.
    #[serde(default)]
    pub users: ColumnMapping,
    /// For single files by name, over those for their role.
    #[serde(default)]
    pub files: BTreeMap<String, ColumnMapping>,
}

impl Mappings {
    /// The corrections for one role.
    #[must_use]
    pub fn role(&self, role: Role) -> &ColumnMapping {
        match role {
            Role::Catalog => &self.catalog,
            Role::Users => &self.users,
            Role::Events => &self.events,
        }
    }

    /// The corrections for one file of a role.
    #[must_use]
    pub fn of_file(&self, role: Role, path: &Path) -> ColumnMapping {
        let mut mapping = self.role(role).clone();
        let own = path.file_name().and_then(|name| self.files.get(name.to_str()?));
        if let Some(own) = own {
            let fields = own.fields.iter().filter(|(field, _)| role.fields().contains(field));
            mapping.fields.extend(fields.map(|(&field, choice)| (field, choice.clone())));
            mapping.event_words.extend(own.event_words.clone());
        }
        mapping
    }

    /// The corrections for one role, to change.
    pub fn role_mut(&mut self, role: Role) -> &mut ColumnMapping {
        match role {
            Role::Catalog => &mut self.catalog,
            Role::Users => &mut self.users,
            Role::Events => &mut self.events,
        }
    }

    fn set(&mut self, role: Option<Role>, field: Field, choice: &ColumnChoice) {
        for role in Role::ALL.into_iter().filter(|&known| role.is_none_or(|role| role == known)) {
            if role.fields().contains(&field) {
                self.role_mut(role).fields.insert(field, choice.clone());
            }
        }
    }
}

/// A correction that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Not of the form `field=column`.
    #[error(
        "cannot read the column mapping {0:?}: it is not of the form field=column. \
         Write it like user=CustomerID,item=StockCode,time=InvoiceDate"
    )]
    Form(String),
    /// No such field.
    #[error(
        "cannot read the column mapping {entry:?}: there is no field {field:?}. \
         The fields are {known}"
    )]
    UnknownField {
        /// The whole entry.
        entry: String,
        /// What stands where a field should.
        field: String,
        /// The fields there are.
        known: String,
    },
    /// A value that the field cannot take.
    #[error("cannot read the column mapping {entry:?}: {problem}")]
    Value {
        /// The whole entry.
        entry: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// Reads `user=CustomerID,item=StockCode`. `catalog.title=Name` is for files of one role only,
/// `event:like=cart` says what a word in the event column stands for, `user=#row` makes every row
/// a shopper of its own, `event=#purchase` makes every row a purchase, and `price=#none` leaves a
/// field unread. `clicks.csv:user=visitor` is for one file only.
impl FromStr for Mappings {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut mappings = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            parse_entry(entry, &mut mappings)?;
        }
        Ok(mappings)
    }
}

fn parse_entry(entry: &str, mappings: &mut Mappings) -> Result<(), MappingError> {
    let (key, value) = match entry.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            (key.trim(), value.trim())
        }
        _ => return Err(MappingError::Form(entry.to_owned())),
    };
    if let Some((file, key)) = key.split_once(':')
        && file != "event"
    {
        let mapping = mappings.files.entry(file.to_owned()).or_default();
        return parse_file_entry(entry, key, value, mapping);
    }
    if let Some(word) = key.strip_prefix("event:") {
        let kind = parse_kind(entry, value)?;
        mappings.events.event_words.insert(word.trim().to_lowercase(), kind);
        return Ok(());
    }
    let (role, name) = match key.split_once('.') {
        Some((role, name)) => (Some(parse_role(entry, role)?), name),
        None => (None, key),
    };
    let field = parse_field(entry, name)?;
    mappings.set(role, field, &parse_choice(entry, field, value)?);
    Ok(())
}

fn parse_file_entry(
    entry: &str,
    key: &str,
    value: &str,
    mapping: &mut ColumnMapping,
) -> Result<(), MappingError> {
    if let Some(word) = key.strip_prefix("event:") {
        let kind = parse_kind(entry, value)?;
        mapping.event_words.insert(word.trim().to_lowercase(), kind);
    } else {
        let field = parse_field(entry, key)?;
        mapping.fields.insert(field, parse_choice(entry, field, value)?);
    }
    Ok(())
}

fn parse_role(entry: &str, name: &str) -> Result<Role, MappingError> {
    Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| MappingError::Value {
        entry: entry.to_owned(),
        problem: format!("{name:?} is neither catalog nor users nor events"),
    })
}

fn parse_field(entry: &str, name: &str) -> Result<Field, MappingError> {
    Field::ALL.into_iter().find(|field| field.name() == name).ok_or_else(|| {
        MappingError::UnknownField {
            entry: entry.to_owned(),
            field: name.to_owned(),
            known: Field::ALL.map(Field::name).join(", "),
        }
    })
}

fn parse_choice(entry: &str, field: Field, value: &str) -> Result<ColumnChoice, MappingError> {
    let Some(special) = value.strip_prefix('#') else {
        return Ok(ColumnChoice::Column(value.to_owned()));
    };
    match (special, field) {
        ("none", _) => Ok(ColumnChoice::Unused),
        ("row", Field::User | Field::Item) => Ok(ColumnChoice::RowNumber),
        (kind, Field::Event) => parse_kind(entry, kind).map(ColumnChoice::Always),
        _ => Err(MappingError::Value {
            entry: entry.to_owned(),
            problem: format!("{value} does not fit {field}; give a column name, or #none"),
        }),
    }
}

fn parse_kind(entry: &str, word: &str) -> Result<EventKind, MappingError> {
    EventKind::parse(word).ok_or_else(|| MappingError::Value {
        entry: entry.to_owned(),
        problem: format!(
            "{word:?} is not an event kind; the kinds are {}",
            EventKind::ALL.map(EventKind::name).join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_a_role_reaches_every_role_that_has_the_field() {
        let mappings: Mappings = "item=SKU, user=Kunde".parse().unwrap();
        let sku = Some(&ColumnChoice::Column("SKU".to_owned()));
        assert_eq!(mappings.events.fields.get(&Field::Item), sku);
        assert_eq!(mappings.catalog.fields.get(&Field::Item), sku);
        assert_eq!(mappings.users.fields.get(&Field::Item), None);
        assert!(mappings.users.fields.contains_key(&Field::User));
    }

    #[test]
    fn roles_words_and_special_values_are_understood() {
        let mappings: Mappings =
            "catalog.title=Name,event:Like=cart,user=#row,price=#none".parse().unwrap();
        assert!(!mappings.events.fields.contains_key(&Field::Title));
        assert_eq!(mappings.events.event_words["like"], EventKind::Cart);
        assert_eq!(mappings.events.fields[&Field::User], ColumnChoice::RowNumber);
        assert_eq!(mappings.catalog.fields[&Field::Price], ColumnChoice::Unused);
        let always: Mappings = "event=#purchase".parse().unwrap();
        assert_eq!(always.events.fields[&Field::Event], ColumnChoice::Always(EventKind::Purchase));
    }

    #[test]
    fn a_file_can_have_corrections_of_its_own() {
        let mappings: Mappings =
            "user=u,clicks.csv:user=visitor,clicks.csv:event:tap=view".parse().unwrap();
        let own = mappings.of_file(Role::Events, Path::new("x/clicks.csv"));
        assert_eq!(own.fields[&Field::User], ColumnChoice::Column("visitor".to_owned()));
        assert_eq!(own.event_words["tap"], EventKind::View);
        let other = mappings.of_file(Role::Events, Path::new("orders.csv"));
        assert_eq!(other.fields[&Field::User], ColumnChoice::Column("u".to_owned()));
        assert!(other.event_words.is_empty());
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        for (text, part) in [
            ("user", "form field=column"),
            ("user=", "form field=column"),
            ("shopper=a", "there is no field \"shopper\""),
            ("shop.user=a", "neither catalog nor users nor events"),
            ("price=#row", "#row does not fit price"),
            ("event=#dance", "not an event kind"),
        ] {
            let message = text.parse::<Mappings>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
