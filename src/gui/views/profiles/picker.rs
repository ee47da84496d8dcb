//! The list of all shoppers, searched and sorted off the painting thread.

use std::sync::Arc;

use egui::{TextEdit, Ui};

use crate::analysis::summary::UserSummary;
use crate::dataset::Dataset;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::views::names::{ShopperNames, shopper_name};
use crate::gui::widgets::{self, RowOrder, Sort, TableColumn, TableSpec};
use crate::ids::{DatasetRevision, UserIdx};
use crate::workbench::{Command, Overview};

/// Search, sorting and the order of rows that follows from both.
pub struct Picker {
    query: String,
    sort: Option<Sort>,
    order: RowOrder,
    place: Place,
}

/// Where the picked shopper stands in the list, kept so that it is not looked for in each frame.
#[derive(Default, PartialEq)]
struct Place {
    /// What the row was found for: the shopper, and the list by its address and length.
    found_for: Option<(UserIdx, usize, usize)>,
    row: Option<usize>,
}

const EVENTS: usize = 1;
const PURCHASES: usize = 2;
const SPEND: usize = 3;
const LAST: usize = 4;

impl Default for Picker {
    fn default() -> Self {
        Self {
            query: String::new(),
            sort: Some(Sort { column: EVENTS, descending: true }),
            order: RowOrder::default(),
            place: Place::default(),
        }
    }
}

impl Picker {
    /// The search box, two short cuts and the list.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        let text = cx.text;
        let search = TextEdit::singleline(&mut self.query)
            .hint_text(text.tr("profiles-search"))
            .desired_width(f32::INFINITY);
        ui.add(search).accessible_name(text.tr("profiles-search"));
        ui.horizontal(|ui| {
            if ui.button(text.tr("profiles-random")).clicked() {
                pick_random(ui, cx, dataset);
            }
            if ui.button(text.tr("profiles-most-active")).clicked() {
                pick_most_active(cx);
            }
        });
        ui.add_space(SPACE_S);
        let Some(overview) = common::overview(ui, cx) else { return };
        self.update_order(ui, &ShopperNames::new(cx), dataset, overview);
        let shown = self.order.rows().len();
        let count = [("shown", shown.into()), ("all", overview.users.len().into())];
        ui.label(cx.theme.small(text.tr_with("profiles-shown", &count)));
        self.table_ui(ui, cx, dataset, overview);
    }

    fn update_order(
        &mut self,
        ui: &Ui,
        names: &ShopperNames,
        dataset: &Arc<Dataset>,
        overview: &Arc<Overview>,
    ) {
        let key = (common::identity(overview), &self.query, self.sort);
        let (dataset, overview) = (dataset.clone(), overview.clone());
        let (query, sort) = (self.query.clone(), self.sort);
        let names = names.clone();
        let work = move || order(&dataset, &names, &overview.users, &query, sort);
        self.order.update(ui.ctx(), key, work);
    }

    fn table_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Dataset,
        overview: &Overview,
    ) {
        let (text, picked) = (cx.text, cx.state.selection.user);
        let is_wide = ui.available_width() > 400.0;
        let mut columns = vec![
            column(text.tr("profiles-col-shopper"), 0.0, false),
            column(text.tr("profiles-col-events"), 74.0, true),
            column(text.tr("profiles-col-purchases"), 58.0, true),
        ];
        // Which figure each shown column stands for; narrow lists drop the spending.
        let mut kinds = vec![0, EVENTS, PURCHASES];
        if is_wide {
            columns.push(column(text.tr("profiles-col-spend"), 70.0, true));
            kinds.push(SPEND);
        }
        if dataset.has_times {
            columns.push(column(text.tr("profiles-col-last"), 70.0, true));
            kinds.push(LAST);
        }
        let selected = self.place.find(picked, self.order.rows());
        let rows = self.order.rows();
        let spec = TableSpec {
            id: "shoppers",
            columns: &columns,
            n_rows: rows.len(),
            selected,
            height: None,
        };
        let mut sort = self.sort.and_then(|sort| shown_sort(sort, &kinds));
        let response = widgets::data_table(ui, cx.theme, &spec, &mut sort, |ui, row, column| {
            // Right after another shop was opened the order may still be that of the one before.
            if let Some(summary) = overview.users.get(rows[row] as usize) {
                widgets::text_cell(ui, &cell(cx, dataset, summary, kinds[column]));
            }
        });
        if let Some(row) = response.clicked {
            cx.send(Command::SelectUser(Some(UserIdx(rows[row]))));
        }
        if response.sort_changed {
            self.sort = sort.map(|sort| Sort { column: kinds[sort.column], ..sort });
        }
    }
}

impl Place {
    fn find(&mut self, picked: Option<UserIdx>, rows: &[u32]) -> Option<usize> {
        let key = picked.map(|user| (user, rows.as_ptr().addr(), rows.len()));
        if self.found_for != key {
            self.found_for = key;
            self.row = picked.and_then(|user| rows.iter().position(|&row| row == user.0));
        }
        self.row
    }
}

const fn column(title: &str, width: f32, is_numeric: bool) -> TableColumn<'_> {
    TableColumn { title, width, is_numeric, is_sortable: true }
}

fn shown_sort(sort: Sort, kinds: &[usize]) -> Option<Sort> {
    let column = kinds.iter().position(|&kind| kind == sort.column)?;
    Some(Sort { column, ..sort })
}

fn cell(cx: &ViewContext<'_>, dataset: &Dataset, summary: &UserSummary, kind: usize) -> String {
    match kind {
        EVENTS => cx.text.count(summary.events),
        PURCHASES => cx.text.count(summary.purchases),
        SPEND => cx.text.number(summary.spend, 0),
        LAST => summary.last_ms.map(|last| cx.text.short_date(last)).unwrap_or_default(),
        _ => shopper_name(cx, dataset, summary.user.0).into_owned(),
    }
}

/// Row numbers of the shoppers whose name holds the query, in the order asked for; ties by first
/// appearance.
fn order(
    dataset: &Dataset,
    names: &ShopperNames,
    users: &[UserSummary],
    query: &str,
    sort: Option<Sort>,
) -> Vec<u32> {
    let query = query.trim().to_lowercase();
    let name = |row: u32| names.name(dataset, row);
    let mut rows: Vec<u32> = users
        .iter()
        .map(|summary| summary.user.0)
        .filter(|&row| query.is_empty() || name(row).to_lowercase().contains(&query))
        .collect();
    let Some(sort) = sort else { return rows };
    rows.sort_by(|&a, &b| {
        let (one, other) = (&users[a as usize], &users[b as usize]);
        let ascending = match sort.column {
            EVENTS => one.events.cmp(&other.events),
            PURCHASES => one.purchases.cmp(&other.purchases),
            SPEND => one.spend.total_cmp(&other.spend),
            LAST => one.last_ms.cmp(&other.last_ms),
            _ => names.compare(dataset, a, b),
        };
        let wanted = if sort.descending { ascending.reverse() } else { ascending };
        wanted.then(a.cmp(&b))
    });
    rows
}

/// Pick the most active shopper where nobody is picked, once per shop, so that pages about one
/// shopper begin with something to look at.
pub fn offer_shopper(
    cx: &mut ViewContext<'_>,
    dataset: &Dataset,
    offered: &mut Option<DatasetRevision>,
) {
    let is_due = cx.state.selection.user.is_none() && offered.as_ref() != Some(&dataset.revision);
    if is_due && cx.state.overview.value().is_some() {
        *offered = Some(dataset.revision.clone());
        pick_most_active(cx);
    }
}

/// Pick the shopper with the most events.
pub fn pick_most_active(cx: &mut ViewContext<'_>) {
    let Some(overview) = cx.state.overview.value() else { return };
    let most = overview
        .users
        .iter()
        .max_by_key(|summary| (summary.events, std::cmp::Reverse(summary.user)));
    if let Some(summary) = most {
        cx.send(Command::SelectUser(Some(summary.user)));
    }
}

/// Pick some shopper; the moment of the click is the dice.
fn pick_random(ui: &Ui, cx: &mut ViewContext<'_>, dataset: &Dataset) {
    let n = dataset.n_users() as u64;
    if n == 0 {
        return;
    }
    let dice = ui.input(|input| input.time.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let user = UserIdx::from_index(usize::try_from(dice % n).unwrap_or(0));
    cx.send(Command::SelectUser(Some(user)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IdMap;

    fn summary(user: u32, events: u64) -> UserSummary {
        UserSummary {
            user: UserIdx(user),
            events,
            purchases: 0,
            items: 0,
            first_ms: None,
            last_ms: None,
            top_category: None,
            spend: 0.0,
        }
    }

    #[test]
    fn shoppers_are_found_by_a_part_of_their_id_and_sorted() {
        let dataset =
            Dataset { users: IdMap::from_ids(["Anna", "bob", "HANNAH"]), ..Dataset::default() };
        let users = [summary(0, 3), summary(1, 9), summary(2, 5)];
        let by_events = Some(Sort { column: EVENTS, descending: true });
        let order = |query, sort| order(&dataset, &ShopperNames::default(), &users, query, sort);
        assert_eq!(order("", by_events), [1, 2, 0]);
        assert_eq!(order(" ann", by_events), [2, 0]);
        assert_eq!(order("", Some(Sort { column: 0, descending: false })), [0, 2, 1]);
    }

    #[test]
    fn the_picked_row_is_found_again_after_sorting() {
        let mut place = Place::default();
        assert_eq!(place.find(Some(UserIdx(7)), &[3, 7]), Some(1));
        assert_eq!(place.find(Some(UserIdx(7)), &[7, 3, 1]), Some(0));
        assert_eq!(place.find(None, &[7]), None);
    }
}
