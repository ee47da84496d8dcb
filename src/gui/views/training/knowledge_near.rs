//! A product's nearest by the graph of the catalogue's facts, and what they share.

use std::sync::{Arc, Weak};

use egui::{Button, CollapsingHeader, Label, Ui, vec2};

use super::knowledge_facts::{relation_words, sentence};
use crate::dataset::Dataset;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{AsyncAction, LabelOf, SearchPicker, async_frame};
use crate::ids::ItemIdx;
use crate::model::knowledge::{KnownProduct, NearProduct, Relation, Shared};
use crate::workbench::{Command, KnowledgeResult, KnownRequest, OpenShop};

/// Products shown.
const NEAREST: usize = 10;

/// The picker, and what was asked for last.
#[derive(Default)]
pub(super) struct NearPanel {
    picker: SearchPicker,
    /// In which graph, and of which product.
    asked: Option<(Weak<KnowledgeResult>, ItemIdx)>,
}

impl NearPanel {
    /// The product that is picked everywhere, or a way to pick one, and its nearest.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        result: &Arc<KnowledgeResult>,
    ) {
        let header = CollapsingHeader::new(cx.tr("catalogue-near")).id_salt("catalogue-near");
        header.default_open(true).show_unindented(ui, |ui| {
            let dataset = &shop.dataset;
            let picked = cx.state.selection.item.filter(|item| item.index() < dataset.n_items());
            self.picker_ui(ui, cx, dataset, picked);
            match picked {
                None => {
                    ui.add(Label::new(cx.theme.weak(cx.tr("catalogue-pick-first"))).wrap());
                }
                Some(item) => self.product_ui(ui, cx, dataset, result, item),
            }
        });
    }

    fn picker_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Arc<Dataset>,
        picked: Option<ItemIdx>,
    ) {
        let (label, hint) = (cx.tr("catalogue-pick"), cx.tr("catalogue-pick-hint"));
        let none = cx.tr("catalogue-pick-none");
        let current = picked.map_or(none, |item| dataset.item_label(item));
        let n = u32::try_from(dataset.n_items()).unwrap_or(u32::MAX);
        let labels = labels(dataset);
        let picker = &mut self.picker;
        let chosen = picker.show(ui, cx, "catalogue-picker", label, hint, current, n, labels);
        if let Some(item) = chosen {
            cx.send(Command::SelectItem(Some(ItemIdx(item))));
        }
    }

    fn product_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Dataset,
        result: &Arc<KnowledgeResult>,
        item: ItemIdx,
    ) {
        let is_asked = self.asked.as_ref().is_some_and(|(graph, of)| {
            *of == item && std::ptr::eq(graph.as_ptr(), Arc::as_ptr(result))
        });
        if !is_asked {
            self.asked = Some((Arc::downgrade(result), item));
            cx.send(Command::LookAtKnown(KnownRequest { item, k: NEAREST }));
        }
        let state = cx.state;
        let idle = |_: &mut Ui, _: &mut ViewContext<'_>| {};
        let action = async_frame(ui, cx, &state.known_product, idle, |ui, cx, known| {
            if known.request.item == item {
                known_ui(ui, cx, dataset, &known.product);
            }
        });
        if action == AsyncAction::Retry {
            self.asked = None;
        }
    }
}

/// Title and id of each product, both of which can be typed.
fn labels(dataset: &Arc<Dataset>) -> LabelOf {
    let dataset = dataset.clone();
    Arc::new(move |item| {
        let id = dataset.items.external(item).to_owned();
        (dataset.item_label(ItemIdx(item)).to_owned(), id)
    })
}

fn known_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, product: &KnownProduct) {
    if !product.is_known {
        ui.add(Label::new(cx.theme.weak(cx.tr("catalogue-unknown-product"))).wrap());
        return;
    }
    ui.add(Label::new(cx.theme.small(product.text.as_str())).wrap());
    for near in &product.near {
        ui.push_id(near.item.0, |ui| near_ui(ui, cx, dataset, near));
    }
}

/// One neighbour; a click picks it everywhere.
fn near_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, near: &NearProduct) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let cosine = cx.text.number(f64::from(near.cosine), 2);
    let cosine = cx.tr_with("catalogue-cosine", &[("cosine", cosine.into())]);
    let button = Button::new(cx.theme.body(dataset.item_label(near.item)))
        .right_text(cx.theme.small(cosine))
        .frame_when_inactive(false)
        .truncate()
        .min_size(vec2(ui.available_width(), 24.0));
    if ui.add(button).clicked() {
        cx.send(Command::SelectItem(Some(near.item)));
    }
    let shared: Vec<String> = near.shared.iter().map(|one| shared_words(cx, one)).collect();
    let words = match shared.as_slice() {
        [] => cx.tr("catalogue-shared-nothing").to_owned(),
        shared => shared.join(" · "),
    };
    ui.add(Label::new(cx.theme.small(words)).wrap());
}

/// What two products have in common, in a few words.
fn shared_words(cx: &ViewContext<'_>, shared: &Shared) -> String {
    match shared {
        Shared::To(relation, entity) => to_words(cx, relation, entity),
        Shared::From(relation, entity) => {
            let relation = relation_words(cx, relation);
            let words = [("entity", entity.as_str().into()), ("relation", relation.into())];
            cx.tr_with("catalogue-shared-from", &words)
        }
        Shared::Below(category) => {
            cx.tr_with("catalogue-shared-below", &[("entity", category.as_str().into())])
        }
        Shared::Direct(fact) => sentence(cx, fact),
    }
}

fn to_words(cx: &ViewContext<'_>, relation: &Relation, entity: &str) -> String {
    let entity = ("entity", entity.into());
    match relation {
        Relation::Category => cx.tr_with("catalogue-shared-category", &[entity]),
        Relation::ParentCategory => cx.tr_with("catalogue-shared-parent", &[entity]),
        Relation::Brand => cx.tr_with("catalogue-shared-brand", &[entity]),
        Relation::PriceBand => cx.tr_with("catalogue-shared-price", &[entity]),
        Relation::Attribute(name) => {
            let attribute = ("attribute", name.as_str().into());
            cx.tr_with("catalogue-shared-attribute", &[attribute, entity])
        }
        Relation::Other(words) => {
            let relation = ("relation", words.as_str().into());
            cx.tr_with("catalogue-shared-to", &[relation, entity])
        }
    }
}
