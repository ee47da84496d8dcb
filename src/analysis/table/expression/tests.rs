use super::*;
use crate::analysis::table::{ColumnKind, TableView};
use crate::analysis::testing::shop;

fn parsed(source: &str) -> Expression {
    Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The structure alone: names, signs and values in Polish notation.
fn shape(expression: &Expression) -> String {
    let all = |name: &str, parts: &[Expression]| {
        format!("({name} {})", parts.iter().map(shape).collect::<Vec<_>>().join(" "))
    };
    match expression {
        Expression::And(parts) => all("and", parts),
        Expression::Or(parts) => all("or", parts),
        Expression::Not(inner) => format!("(not {})", shape(inner)),
        Expression::Compare { column, operator, value } => {
            format!("{}{}{}", column.text, operator.sign(), value.text)
        }
        Expression::In { column, values, is_negated } => {
            let values: Vec<&str> = values.iter().map(|value| value.text.as_str()).collect();
            format!("{}{}[{}]", column.text, if *is_negated { "∉" } else { "∈" }, values.join("|"))
        }
        Expression::Missing { column, is_negated } => {
            format!("{}{}", column.text, if *is_negated { "!" } else { "?" })
        }
    }
}

#[test]
fn conditions_bind_as_they_are_read() {
    for (source, expected) in [
        ("price > 10", "price>10"),
        ("a = 1 or b = 2 and c = 3", "(or a=1 (and b=2 c=3))"),
        ("(a = 1 or b = 2) and not c = 3", "(and (or a=1 b=2) (not c=3))"),
        ("not (a==1)", "(not a=1)"),
        ("a<>1 AND b !~ x", "(and a!=1 b!~x)"),
        ("title ~ \"red, or \"\"blue\"\"\"", "title~red, or \"blue\""),
        ("title ~ 'kid''s'", "title~kid's"),
        ("`age band` in (30-39, '40 up')", "age band∈[30-39|40 up]"),
        ("event not in (view)", "event∉[view]"),
        ("brand is missing or brand is not missing", "(or brand? brand!)"),
        ("time >= 2024-01-05 10:30 and a<=-3.5", "(and time>=2024-01-05T10:30 a<=-3.5)"),
        ("and1=or2", "and1=or2"),
        ("类别 = “鞋”", "类别=鞋"),
    ] {
        assert_eq!(shape(&parsed(source)), expected, "{source}");
    }
}

#[test]
fn errors_say_where_and_what_was_expected() {
    for (source, at, message) in [
        ("price >", 7, "at character 8, expected a value, found the end"),
        (
            "price 10",
            6,
            "at character 7, expected a comparison such as =, >, ~, in or is missing, found 10",
        ),
        ("price > 10 title", 11, "at character 12, expected and, or or the end, found title"),
        ("(price > 10", 11, "at character 12, expected and, or or ), found the end"),
        ("price > 10 and", 14, "at character 15, expected the name of a column, found the end"),
        ("a in 3", 5, "at character 6, expected (, found 3"),
        ("a in (3 4)", 8, "at character 9, expected , or ), found 4"),
        ("a is odd", 5, "at character 6, expected missing or not missing, found odd"),
        ("a not 3", 6, "at character 7, expected in, found 3"),
        ("titlé = \"red", 8, "at character 9, a quote is never closed"),
        ("a ! 3", 2, "at character 3, ! is no sign of comparison"),
        ("and = 3", 0, "at character 1, expected the name of a column, found and"),
        ("", 0, "at character 1, expected the name of a column, found the end"),
    ] {
        let error = Expression::parse(source).expect_err(source);
        assert_eq!((error.at, error.to_string().as_str()), (at, message), "{source}");
    }
}

#[test]
fn depth_is_limited_so_that_no_text_exhausts_the_stack() {
    let source = format!("{}a=1", "(".repeat(100_000));
    assert_eq!(Expression::parse(&source).map_err(|error| error.problem), Err(Problem::TooDeep));
    let wide = vec!["a=1"; 10_000].join(" or ");
    assert!(Expression::parse(&wide).is_ok());
}

#[test]
fn columns_and_values_are_checked_against_the_table() {
    let dataset = shop(1, 1, &[]);
    let view = TableView::events(&dataset);
    let check =
        |source: &str| parsed(source).check(&view).map_err(|error| (error.at, error.problem));
    for source in
        ["PRICE > 1e3", "amount in (1, 2_000, 5%)", "any ~ lamp", "time = 2024", "event=view"]
    {
        assert_eq!(check(source), Ok(()), "{source}");
    }
    assert!(matches!(check("colour = red"), Err((0, Problem::UnknownColumn { .. }))));
    for (source, at) in [("price = cheap", 8), ("price = inf", 8), ("amount = 1 or time > May", 21)]
    {
        assert_eq!(check_at(&view, source), Some(at), "{source}");
    }
    assert!(matches!(
        check("time > soon"),
        Err((7, Problem::WrongValue { kind: ColumnKind::Time, .. }))
    ));
    assert!(matches!(check("title > red"), Err((0, Problem::WrongOperator { sign: ">", .. }))));
    assert!(matches!(check("price ~ 1"), Err((0, Problem::WrongOperator { sign: "~", .. }))));
}

fn check_at(view: &TableView<'_>, source: &str) -> Option<usize> {
    Expression::parse(source).and_then(|expression| expression.check(view)).err().map(|e| e.at)
}

#[test]
fn one_box_takes_words_and_conditions() {
    let words = |source: &str| match Typed::read(source) {
        Ok(Typed::Search(words)) => words,
        other => panic!("{source}: {other:?}"),
    };
    assert_eq!(words("red lamp"), ["red", "lamp"]);
    assert_eq!(words("\"red lamp\" in box"), ["red lamp", "in", "box"]);
    assert_eq!(words("12\" pan"), ["12\"", "pan"]);
    assert_eq!(words("R&B is great!"), ["R&B", "is", "great", "!"]);
    assert_eq!(Typed::read("  "), Ok(Typed::Nothing));
    for source in ["price > 3", "a in (1)", "brand is missing", "brand is not missing", "a = \"x"] {
        assert!(!matches!(Typed::read(source), Ok(Typed::Search(_))), "{source}");
    }
}
