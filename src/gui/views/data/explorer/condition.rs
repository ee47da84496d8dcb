//! The one box for conditions and words to search for.

use egui::{TextEdit, Ui};

use crate::analysis::table::expression::{Expected, ExpressionError, Problem, Typed};
use crate::analysis::table::{ColumnKind, TableKind, TableView};
use crate::gui::text::Text;
use crate::gui::view::ViewContext;

const WIDTH: f32 = 420.0;

/// What stands in the box and what it means.
#[derive(Default)]
pub(super) struct Condition {
    source: String,
    /// The last that made sense.
    typed: Typed,
    error: Option<ExpressionError>,
}

impl Condition {
    pub(super) const fn typed(&self) -> &Typed {
        &self.typed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.typed == Typed::Nothing
    }

    /// Put another text into the box.
    pub(super) fn set(&mut self, source: String, view: &TableView<'_>) {
        self.source = source;
        let read = Typed::read(&self.source).and_then(|typed| match &typed {
            Typed::Condition(condition) => condition.check(view).map(|()| typed),
            _ => Ok(typed),
        });
        match read {
            Ok(typed) => (self.typed, self.error) = (typed, None),
            Err(error) => self.error = Some(error),
        }
    }

    /// Leave only rows that also fulfil this.
    pub(super) fn narrow(&mut self, condition: &str, view: &TableView<'_>) {
        let source = match &self.typed {
            Typed::Condition(_) if self.error.is_none() => {
                format!("({}) and {condition}", self.source.trim())
            }
            _ => condition.to_owned(),
        };
        self.set(source, view);
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, view: &TableView<'_>) {
        let mut source = self.source.clone();
        let hint = cx.tr("table-condition");
        let width = WIDTH.min(ui.available_width() * 0.45);
        let field = ui.add(
            TextEdit::singleline(&mut source)
                .hint_text(cx.tr("table-condition-hint").to_owned())
                .desired_width(width),
        );
        if field.changed() {
            self.set(source, view);
        }
        field.accessible_name(hint);
    }

    /// What is wrong with what stands in the box, in the user's language.
    pub(super) fn message(&self, text: &Text) -> Option<String> {
        let error = self.error.as_ref()?;
        let what = problem_words(text, &error.problem);
        let at = [("position", (error.at + 1).into()), ("problem", what.into())];
        Some(text.tr_with("table-error", &at))
    }
}

fn problem_words(text: &Text, problem: &Problem) -> String {
    match problem {
        Problem::Unexpected { found, expected } => {
            let expected = text.tr(expected_key(*expected)).to_owned();
            let key = if found.is_empty() { "table-error-ended" } else { "table-error-unexpected" };
            let args = [("expected", expected.into()), ("found", found.clone().into())];
            text.tr_with(key, if found.is_empty() { &args[..1] } else { &args })
        }
        Problem::Unclosed => text.tr("table-error-unclosed").to_owned(),
        Problem::UnknownSign { found } => {
            text.tr_with("table-error-sign", &[("found", found.clone().into())])
        }
        Problem::TooDeep => text.tr("table-error-deep").to_owned(),
        Problem::UnknownColumn { name, known } => text.tr_with(
            "table-error-column",
            &[("name", name.clone().into()), ("known", known.clone().into())],
        ),
        Problem::WrongOperator { column, kind, sign } => {
            let key = if kind.is_text() { "table-error-text" } else { "table-error-numbers" };
            text.tr_with(key, &[("column", column.clone().into()), ("sign", (*sign).into())])
        }
        Problem::WrongValue { column, kind, found } => {
            let key = match kind {
                ColumnKind::Time => "table-error-date",
                _ => "table-error-number",
            };
            text.tr_with(key, &[("column", column.clone().into()), ("found", found.clone().into())])
        }
    }
}

const fn expected_key(expected: Expected) -> &'static str {
    match expected {
        Expected::Column => "table-expected-column",
        Expected::Operator => "table-expected-operator",
        Expected::Value => "table-expected-value",
        Expected::Open => "table-expected-open",
        Expected::CommaOrClose => "table-expected-comma",
        Expected::Missing => "table-expected-missing",
        Expected::In => "table-expected-in",
        Expected::AndOrClose => "table-expected-close",
        Expected::AndOrEnd => "table-expected-end",
    }
}

/// Conditions to begin with; the language of conditions is the same in every language.
pub(super) const fn examples(kind: TableKind) -> &'static [&'static str] {
    match kind {
        TableKind::Events => &[
            "event = purchase and price > 10",
            "event in (cart, purchase) and time >= 2024-01-05",
            "title ~ \"red\" and not brand is missing",
            "any ~ lamp and amount > 1",
        ],
        TableKind::Products => &[
            "price > 10 and title ~ \"red\"",
            "views >= 20 and conversion < 2%",
            "stock = 0 and events > 0",
            "brand is missing or price is missing",
        ],
        TableKind::Shoppers => &[
            "purchases >= 2 and spend > 100",
            "events > 50 and purchases = 0",
            "first >= 2024-01 and last < 2024-03-15",
            "not top_category is missing",
        ],
    }
}

/// A text as a value of a condition.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A name as it stands in a condition.
pub(super) fn named(column: &str) -> String {
    let is_plain = column.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain { column.to_owned() } else { format!("`{}`", column.replace('`', "``")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;
    use crate::workbench::settings::Language;

    #[test]
    fn examples_make_sense() {
        let dataset = Dataset { has_times: true, ..Dataset::default() };
        for kind in TableKind::ALL {
            let view = TableView::new(kind, &dataset, &[], &[]);
            for example in examples(kind) {
                let mut condition = Condition::default();
                condition.set((*example).to_owned(), &view);
                assert_eq!(condition.message(&Text::new(Language::En)), None, "{example}");
                assert!(matches!(condition.typed(), Typed::Condition(_)), "{example}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_both_languages_and_the_last_sense_stays() {
        let dataset = Dataset::default();
        let view = TableView::events(&dataset);
        for language in [Language::En, Language::Zh] {
            let text = Text::new(language);
            for source in [
                "price >",
                "price 3 >",
                "(price > 3",
                "price > 3 4",
                "price in 3 >",
                "price in (3 4) >",
                "price is odd > 3",
                "price not 3 >",
                "= 3",
                "title = \"x",
                "price ! 3 > 4",
                "colour = 1",
                "title > 3",
                "price ~ 3",
                "price > cheap",
            ] {
                let mut condition = Condition::default();
                condition.set("price > 3".into(), &view);
                condition.set(source.into(), &view);
                let message = condition.message(&text);
                assert!(message.is_some_and(|message| !message.contains("table-")), "{source}");
                assert!(matches!(condition.typed(), Typed::Condition(_)));
            }
            assert_eq!(text.missing(), Vec::<String>::new());
        }
    }

    #[test]
    fn a_condition_is_narrowed() {
        let dataset = Dataset::default();
        let view = TableView::events(&dataset);
        let mut condition = Condition::default();
        condition.set("red lamp".into(), &view);
        condition.narrow(&format!("{} = {}", named("brand"), quoted("5\" x")), &view);
        assert_eq!(condition.source, "brand = \"5\"\" x\"");
        condition.narrow("price > 3 or price < 1", &view);
        assert!(condition.source.starts_with("(brand = "));
        assert_eq!(condition.message(&Text::new(Language::En)), None);
        assert_eq!(named("age band"), "`age band`");
    }
}
