//! What the shop's files hold: figures, the load report, and every row.

mod events;
mod overview;
mod products;
mod provenance;
mod report;
mod row_table;
mod shoppers;

use egui::Ui;

use crate::gui::theme::SPACE_S;
use crate::gui::view::{View, ViewContext};
use crate::gui::views::common;
use crate::gui::widgets::{page, page_fixed, segmented};
use crate::workbench::OpenShop;
use overview::OverviewTab;
use row_table::RowTable;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Overview,
    Events,
    Products,
    Shoppers,
    Report,
    Provenance,
}

/// The Data view.
#[derive(Default)]
pub struct DataView {
    tab: Tab,
    overview: OverviewTab,
    events: RowTable,
    products: RowTable,
    shoppers: RowTable,
}

impl View for DataView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let title = cx.tr("view-data");
        let state = cx.state;
        let mut tab = self.tab;
        let has_shop = state.shop.value().is_some();
        let trailing =
            |ui: &mut Ui, cx: &mut ViewContext<'_>| trailing_ui(ui, cx, has_shop, &mut tab);
        match self.tab {
            Tab::Overview | Tab::Report | Tab::Provenance => {
                page(ui, cx, title, None, trailing, |ui, cx| self.content_ui(ui, cx))
            }
            _ => page_fixed(ui, cx, title, None, trailing, |ui, cx| self.content_ui(ui, cx)),
        }
        self.tab = tab;
    }
}

fn trailing_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, has_shop: bool, tab: &mut Tab) {
    if ui.button(cx.tr("action-import-files")).clicked() {
        cx.files.open_data_files(cx.text.tr("action-import-files"), cx.text.tr("files-data"));
    }
    if !has_shop {
        return;
    }
    ui.add_space(SPACE_S);
    let choices = [
        (Tab::Overview, cx.tr("data-tab-overview")),
        (Tab::Events, cx.tr("data-tab-events")),
        (Tab::Products, cx.tr("data-tab-products")),
        (Tab::Shoppers, cx.tr("data-tab-shoppers")),
        (Tab::Report, cx.tr("data-tab-report")),
        (Tab::Provenance, cx.tr("data-tab-provenance")),
    ];
    segmented(ui, cx.theme, cx.tr("data-tabs"), tab, &choices);
}

impl DataView {
    fn content_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(shop) = common::open_shop(ui, cx) else { return };
        match self.tab {
            Tab::Overview => self.overview.ui(ui, cx, shop),
            Tab::Events => events::show(ui, cx, shop, &mut self.events),
            Tab::Products => self.products_ui(ui, cx, shop),
            Tab::Shoppers => self.shoppers_ui(ui, cx, shop),
            Tab::Report => report::show(ui, cx, &shop.report),
            Tab::Provenance => provenance::show(ui, cx, &shop.report),
        }
    }

    fn products_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop) {
        if let Some(overview) = common::overview(ui, cx) {
            products::show(ui, cx, shop, overview, &mut self.products);
        }
    }

    fn shoppers_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop) {
        if let Some(overview) = common::overview(ui, cx) {
            shoppers::show(ui, cx, shop, overview, &mut self.shoppers);
        }
    }
}
