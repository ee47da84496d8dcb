//! Tables without a line of names: how that is noticed, and the names where the layout is known.

use std::path::Path;

use crate::dataset::load::synonyms;

/// Seconds since 1970 from which a number may be a time: 1973.
const EARLIEST_SECONDS: f64 = 1e8;

const RATINGS: &[&str] = &["user_id", "item_id", "rating", "timestamp"];
const MOVIES: &[&str] = &["item_id", "title", "genres"];
const PEOPLE: &[&str] = &["user_id", "gender", "age", "occupation", "zip_code"];
const TAGS: &[&str] = &["user_id", "item_id", "tag", "timestamp"];
const PEOPLE_100K: &[&str] = &["user_id", "age", "gender", "occupation", "zip_code"];
/// `u.item` of `MovieLens` 100K; a genre a column follows.
const MOVIES_100K: &[&str] =
    &["item_id", "title", "release_date", "video_release_date", "imdb_url"];

/// The names of a `MovieLens` file's columns, by its name, else by its width and first values.
pub(super) fn movielens(path: &Path, records: &[Vec<String>]) -> Option<Vec<String>> {
    let width = records.first()?.len();
    let known = match file_name(path).as_str() {
        "u.data" | "ua.base" | "ua.test" | "ub.base" | "ub.test" | "ratings.dat" => RATINGS,
        "u.item" => MOVIES_100K,
        "u.user" => PEOPLE_100K,
        "movies.dat" => MOVIES,
        "users.dat" => PEOPLE,
        "tags.dat" => TAGS,
        _ if is_ratings(records) => RATINGS,
        _ if width == MOVIES.len() => MOVIES,
        _ if width == PEOPLE.len() => PEOPLE,
        _ => return None,
    };
    (width >= known.len()).then(|| padded(known, width))
}

/// Whether a file's name is one of those.
pub(super) fn is_movielens_name(path: &Path) -> bool {
    const NAMES: [&str; 12] = [
        "u.data",
        "u.item",
        "u.user",
        "u1.base",
        "u1.test",
        "ua.base",
        "ua.test",
        "ub.base",
        "ub.test",
        "ratings.dat",
        "movies.dat",
        "users.dat",
    ];
    NAMES.contains(&file_name(path).as_str())
}

/// The names of a table without names: known ones for ratings, else numbers.
pub(super) fn names(records: &[Vec<String>]) -> Vec<String> {
    let width = records.first().map_or(0, Vec::len);
    if is_ratings(records) { padded(RATINGS, width) } else { padded(&[], width) }
}

/// The known names, and numbers for the rest.
fn padded(known: &[&str], width: usize) -> Vec<String> {
    let known = known.iter().map(|&name| name.to_owned());
    let rest = (known.len()..width).map(|column| format!("column {}", column + 1));
    known.chain(rest).collect()
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst"));
    bare.unwrap_or(&name).to_owned()
}

/// Shopper, product, one to five stars, seconds since 1970, and nothing else.
pub(super) fn is_ratings(records: &[Vec<String>]) -> bool {
    let stars = |value: f64| (0.5..=5.0).contains(&value) && (value * 2.0).fract() == 0.0;
    let fits = |record: &Vec<String>| {
        let number = |column: usize| record[column].trim().parse::<f64>().ok();
        record.len() == RATINGS.len()
            && number(2).is_some_and(stars)
            && number(3).is_some_and(|seconds| seconds >= EARLIEST_SECONDS)
    };
    !records.is_empty() && records.iter().all(fits)
}

/// Whether the first record is one of values: a number stands in it above a column of numbers, no
/// word stands above one, and none of it is a known name.
pub(super) fn is_headerless(records: &[Vec<String>]) -> bool {
    let [first, rest @ ..] = records else { return false };
    if rest.is_empty() || first.iter().any(|name| synonyms::is_known(name)) {
        return false;
    }
    let mut has_number = false;
    for (column, cell) in first.iter().enumerate() {
        let values = || rest.iter().filter_map(|record| record.get(column)).map(|cell| cell.trim());
        let mut present = values().filter(|cell| !cell.is_empty()).peekable();
        if present.peek().is_none() || !present.all(is_number) {
            continue;
        }
        if !is_number(cell.trim()) {
            return false;
        }
        has_number = true;
    }
    has_number
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Columns of units sold, one per week or other period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PeriodColumns {
    /// Position of the product.
    pub item: usize,
    /// Positions of the periods, in order.
    pub periods: std::ops::Range<usize>,
    /// Number of the first period.
    pub first: i64,
}

/// Finds the longest run of columns such as `W0`, `W1`, `W2`, … beside a product.
pub(super) fn periods(columns: &[String]) -> Option<PeriodColumns> {
    const FEWEST: usize = 4;
    let is_item = |name: &&String| synonyms::is_item(name);
    let item = columns.iter().position(|name| is_item(&name))?;
    if columns.iter().any(|name| synonyms::is_user(name)) {
        return None;
    }
    let numbered: Vec<_> = columns.iter().map(|name| period_number(name)).collect();
    let mut best: Option<PeriodColumns> = None;
    let mut start = 0;
    while start < numbered.len() {
        let mut end = start + 1;
        if let Some((word, first)) = &numbered[start] {
            let follows = |at: usize| {
                let expected = first.checked_add((at - start) as i64);
                numbered[at].as_ref().is_some_and(|(w, n)| w == word && Some(*n) == expected)
            };
            while end < numbered.len() && follows(end) {
                end += 1;
            }
            let longest = best.as_ref().map_or(FEWEST - 1, |best| best.periods.len());
            if end - start > longest {
                best = Some(PeriodColumns { item, periods: start..end, first: *first });
            }
        }
        start = end;
    }
    best
}

fn period_number(name: &str) -> Option<(String, i64)> {
    const WORDS: [&str; 9] = ["w", "wk", "week", "d", "day", "m", "month", "period", "周"];
    let name = name.trim().to_lowercase();
    let digits = name.find(|letter: char| letter.is_ascii_digit())?;
    let word = name[..digits].trim_end_matches([' ', '_', '-', '.']);
    let number = name[digits..].parse().ok()?;
    WORDS.contains(&word).then(|| (word.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Vec<Vec<String>> {
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_first_line_of_values_is_no_header() {
        assert!(is_headerless(&table("1176,6768,view\n1176,6769,cart")));
        assert!(!is_headerless(&table("user,item\n1,2")));
        assert!(!is_headerless(&table("who,what,4\n1,2,3\n1,2,3")), "words above numbers");
        assert!(!is_headerless(&table("a,b\nc,d")), "nothing tells");
        assert!(!is_headerless(&table("1,2")), "a single line");
    }

    #[test]
    fn ratings_are_known_by_their_values() {
        let ratings = table("A1,B0,5.0,1369699200\nA2,B0,3,1369699201");
        assert_eq!(names(&ratings), RATINGS);
        assert_eq!(
            names(&table("1,2,9,1369699200")),
            ["column 1", "column 2", "column 3", "column 4"]
        );
    }

    #[test]
    fn movielens_files_are_known_by_name_or_width() {
        let of = |name: &str, text: &str| movielens(Path::new(name), &table(text));
        assert_eq!(of("x/u.user", "1,24,M,technician,85711").unwrap()[1], "age");
        assert_eq!(of("u.item.gz", "1,T,d,v,u,0,1").unwrap()[5..], ["column 6", "column 7"]);
        assert_eq!(of("films.dat", "1,Toy Story,Animation").unwrap(), MOVIES);
        assert_eq!(of("stars.dat", "1,1193,5,978300760").unwrap(), RATINGS);
        assert_eq!(of("u.item", "1,T"), None);
    }

    #[test]
    fn numbered_columns_beside_a_product_are_periods() {
        let columns = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let found = periods(&columns("Product_Code,W0,W1,W2,W3,MIN,Normalized 0,Normalized 1"));
        assert_eq!(found, Some(PeriodColumns { item: 0, periods: 1..5, first: 0 }));
        assert_eq!(periods(&columns("product,W0,W1,W3,W4")), None, "a gap");
        assert_eq!(
            periods(&columns("user,product,W0,W1,W2,W3")),
            None,
            "not of the shop as a whole"
        );
        assert_eq!(periods(&columns("W0,W1,W2,W3")), None, "no product");
    }
}
