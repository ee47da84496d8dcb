//! What several views word or check in the same way.

use std::sync::Arc;

use egui::{Align, ComboBox, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use crate::analysis::transitions::StateId;
use crate::dataset::{Dataset, EventKind, Origin};
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_L, SPACE_M, SPACE_S, Theme};
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::widgets::{self, AsyncAction, Icon, TableColumn};
use crate::ids::ItemIdx;
use crate::model::Reason;
use crate::runs::{Run, RunStatus};
use crate::workbench::{Command, OpenShop, Overview};

/// The open shop; without one, says so and how to open one.
pub fn open_shop<'a>(ui: &mut Ui, cx: &mut ViewContext<'a>) -> Option<&'a OpenShop> {
    let state = cx.state;
    if let Some(shop) = state.shop.value() {
        return Some(shop);
    }
    let action = widgets::async_frame(ui, cx, &state.shop, no_shop_ui, |_, _, _| {});
    if action == AsyncAction::Retry {
        cx.go(ViewId::Data);
    }
    None
}

/// The page of a view that is about the open shop: its frame, and what to do while none is open.
/// `keys` are those of title and hint.
pub fn shop_page<'a>(
    ui: &mut Ui,
    cx: &mut ViewContext<'a>,
    keys: (&'a str, &'a str),
    trailing: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
    add: impl FnOnce(&mut Ui, &mut ViewContext<'_>, &OpenShop),
) {
    let (title, hint) = (cx.tr(keys.0), cx.tr(keys.1));
    widgets::page(ui, cx, title, Some(hint), trailing, |ui, cx| {
        if let Some(shop) = open_shop(ui, cx) {
            add(ui, cx, shop);
        }
    });
}

fn no_shop_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let (title, hint, action) =
        (cx.tr("common-no-shop"), cx.tr("common-no-shop-hint"), cx.tr("common-go-data"));
    if widgets::empty_state(ui, cx.theme, Icon::Database, title, hint, Some(action)) {
        cx.go(ViewId::Data);
    }
}

/// The figures of the shop as a whole; while they are computed, says so.
pub fn overview<'a>(ui: &mut Ui, cx: &mut ViewContext<'a>) -> Option<&'a Arc<Overview>> {
    let state = cx.state;
    if state.overview.value().is_none() {
        widgets::async_frame(ui, cx, &state.overview, |_, _| {}, |_, _, _| {});
    }
    state.overview.value()
}

/// A note that accuracy on simulated data proves nothing; nothing for a real shop.
pub fn simulated_note(ui: &mut Ui, cx: &ViewContext<'_>, dataset: &Dataset) {
    if dataset.origin == Origin::Simulated {
        widgets::badge(ui, cx.theme, cx.theme.warning, cx.tr("common-simulated"))
            .on_hover_text(cx.tr("common-simulated-hint"));
    }
}

/// Chooses among the finished runs; the choice is seen everywhere.
pub fn run_picker(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    id: &str,
    width: f32,
    selected_text: &str,
    chosen: Option<&Run>,
) {
    let mut picked = None;
    ComboBox::from_id_salt(id).width(width).truncate().selected_text(selected_text).show_ui(
        ui,
        |ui| {
            for run in cx.state.runs.iter().filter(|run| run.status == RunStatus::Finished) {
                let is_chosen = chosen.is_some_and(|chosen| chosen.id == run.id);
                let label = format!("{} · {}", run.name, model_label(cx.text, &run.model));
                if ui.selectable_label(is_chosen, label).clicked() {
                    picked = Some(run.id.clone());
                }
            }
        },
    );
    if picked.is_some() {
        cx.send(Command::SelectRun(picked));
    }
}

/// Table columns from their keys in the message catalogue, widths and whether they hold numbers.
#[must_use]
pub fn table_columns<'a>(
    text: &'a Text,
    columns: &[(&'static str, f32, bool)],
    is_sortable: bool,
) -> Vec<TableColumn<'a>> {
    columns
        .iter()
        .map(|&(key, width, is_numeric)| TableColumn {
            title: text.tr(key),
            width,
            is_numeric,
            is_sortable,
        })
        .collect()
}

/// Key of a kind of event in the message catalogue.
#[must_use]
pub const fn event_key(kind: EventKind) -> &'static str {
    match kind {
        EventKind::View => "event-view",
        EventKind::Search => "event-search",
        EventKind::Cart => "event-cart",
        EventKind::Purchase => "event-purchase",
        EventKind::Review => "event-review",
        EventKind::Return => "event-return",
        EventKind::Rating => "event-rating",
    }
}

/// What to call a state of a Markov chain; `name` is its name in the data.
#[must_use]
pub fn state_label(text: &Text, id: StateId, name: &str) -> String {
    match id {
        StateId::Event(kind) => text.tr(event_key(kind)).to_owned(),
        StateId::NoCategory => text.tr("common-state-no-category").to_owned(),
        StateId::Other => text.tr("common-state-other").to_owned(),
        StateId::Start => text.tr("common-state-start").to_owned(),
        StateId::Exit => text.tr("common-state-exit").to_owned(),
        StateId::Category(_) | StateId::Item(_) => name.to_owned(),
    }
}

/// What to call a model on the screen; the name itself where the catalogue has none.
#[must_use]
pub fn model_label(text: &Text, name: &str) -> String {
    let key = format!("model-{name}");
    if text.has(&key) { text.tr_with(&key, &[]) } else { name.to_owned() }
}

/// A reason as a sentence.
#[must_use]
pub fn reason_sentence(text: &Text, dataset: &Dataset, reason: &Reason) -> String {
    let about = |key: &str, item, figure: String| {
        let title = dataset.item_label(item).to_owned();
        text.tr_with(key, &[("title", title.into()), ("figure", figure.into())])
    };
    match *reason {
        Reason::Popular { rank } => {
            text.tr_with("common-reason-popular", &[("rank", f64::from(rank).into())])
        }
        Reason::FollowedFrom { item, probability } => {
            about("common-reason-followed", item, text.percent(f64::from(probability), 1))
        }
        Reason::MetTogether { item, cosine } => {
            about("common-reason-together", item, text.number(f64::from(cosine), 2))
        }
        Reason::TextNear { item, cosine } => {
            about("common-reason-text", item, text.number(f64::from(cosine), 2))
        }
    }
}

/// A card whose fields stand side by side, on as many rows as the window needs.
pub fn form_card<R>(ui: &mut Ui, theme: &Theme, add: impl FnOnce(&mut Ui) -> R) -> R {
    widgets::card(ui, theme, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(SPACE_L, SPACE_S);
            add(ui)
        })
        .inner
    })
}

/// A field of a form: a label above its control, which is also the control's accessible name.
///
/// How wide it is shows only once it is painted, so a wrapping row goes by the width it had before.
pub fn field<R>(ui: &mut Ui, theme: &Theme, label: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.scope_id().with(("field", label));
    let before: Option<f32> = ui.data(|data| data.get_temp(id));
    let is_wrapping = ui.layout().main_wrap && ui.layout().is_horizontal();
    let is_first = ui.cursor().left() <= ui.max_rect().left() + 1.0;
    if is_wrapping
        && !is_first
        && before.is_some_and(|width| width > ui.available_size_before_wrap().x + 0.5)
    {
        ui.end_row();
    }
    let shown = ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE_S, 4.0);
        let label = ui.label(theme.small(label));
        ui.label_inputs_by(label.id, control)
    });
    let width = shown.response.rect.width();
    if is_wrapping && before.is_none_or(|before| (before - width).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx().request_discard("a field of a form was measured");
    }
    shown.inner
}

/// How many columns of at least `min_width` fit, from 1 to `most`.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive ratio"
)]
pub fn columns_that_fit(ui: &Ui, min_width: f32, most: usize) -> usize {
    let fit = ((ui.available_width() + SPACE_S) / (min_width + SPACE_S)).max(1.0) as usize;
    fit.clamp(1, most)
}

/// Identity of a shared value, to notice that another one has come.
#[must_use]
pub fn identity<T>(value: &Arc<T>) -> usize {
    Arc::as_ptr(value).cast::<()>() as usize
}

/// Between columns.
const GAP: f32 = SPACE_M;

/// Neighbours asked for at once.
pub const NEIGHBOURS: usize = 15;

/// Two columns of unequal width side by side.
pub fn split<R>(ui: &mut Ui, left_share: f32, add: impl FnOnce(&mut Ui, &mut Ui) -> R) -> R {
    side_by_side(ui, &[left_share, 1.0 - left_share], |columns| {
        let (left, right) = columns.split_at_mut(1);
        add(&mut left[0], &mut right[0])
    })
}

/// Columns of equal width whose texts, unlike those of [`Ui::columns`], are not justified.
#[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
pub fn columns<R>(ui: &mut Ui, n: usize, add: impl FnOnce(&mut [Ui]) -> R) -> R {
    let n = n.max(1);
    side_by_side(ui, &vec![1.0 / n as f32; n], add)
}

#[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
fn side_by_side<R>(ui: &mut Ui, shares: &[f32], add: impl FnOnce(&mut [Ui]) -> R) -> R {
    let (corner, available, bottom) =
        (ui.cursor().min, ui.available_width(), ui.max_rect().bottom());
    let room = available - GAP * (shares.len().saturating_sub(1)) as f32;
    let mut left = corner.x;
    let mut children: Vec<Ui> = Vec::with_capacity(shares.len());
    for share in shares {
        let width = room * share;
        let rect =
            Rect::from_min_max(pos2(left, corner.y), pos2(left + width, bottom.max(corner.y)));
        let layout = Layout::top_down(Align::Min);
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
        child.set_width(width);
        children.push(child);
        left += width + GAP;
    }
    let result = add(&mut children);
    let height = children.iter().map(|child| child.min_rect().height()).fold(0.0, f32::max);
    ui.advance_cursor_after_rect(Rect::from_min_size(corner, vec2(available, height)));
    result
}

/// Price, brand and category of a product on one line, as far as they are known.
#[must_use]
pub fn product_line(text: &Text, dataset: &Dataset, item: ItemIdx) -> String {
    let product = dataset.catalog.product(item);
    let price = product.price.map(|price| text.money(f64::from(price)));
    // The price first: where the line is cut off, it is the part that would be missed.
    let parts = [price, product.brand.map(str::to_owned), product.category.map(str::to_owned)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What a product picker shows: title, and category with id.
#[must_use]
pub fn product_labels(
    dataset: &Arc<Dataset>,
) -> Arc<dyn Fn(u32) -> (String, String) + Send + Sync> {
    let dataset = dataset.clone();
    Arc::new(move |item| {
        let detail = dataset
            .catalog
            .categories
            .get(item as usize)
            .unwrap_or_else(|| dataset.items.external(item));
        (dataset.item_label(ItemIdx(item)).to_owned(), detail.to_owned())
    })
}
