//! What the shop's files hold: figures, the load report, every row, and how values are distributed.

mod charts;
mod distributions;
mod explorer;
mod overview;
mod provenance;
mod report;
mod values;

use egui::Ui;

use crate::analysis::table::TableKind;
use crate::gui::theme::SPACE_S;
use crate::gui::view::{View, ViewContext};
use crate::gui::views::common;
use crate::gui::widgets::{page, page_fixed, segmented};
use crate::workbench::OpenShop;
use distributions::Distributions;
use explorer::Explorer;
use overview::OverviewTab;
pub(in crate::gui::views) use report::reject_key;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Overview,
    Events,
    Products,
    Shoppers,
    Distributions,
    Report,
    Provenance,
}

/// The Data view.
pub struct DataView {
    tab: Tab,
    overview: OverviewTab,
    events: Explorer,
    products: Explorer,
    shoppers: Explorer,
    distributions: Distributions,
    /// Whose rows these are: what was typed and sorted belongs to one shop.
    revision: String,
}

impl Default for DataView {
    fn default() -> Self {
        Self {
            tab: Tab::default(),
            overview: OverviewTab::default(),
            events: Explorer::new(TableKind::Events),
            products: Explorer::new(TableKind::Products),
            shoppers: Explorer::new(TableKind::Shoppers),
            distributions: Distributions::default(),
            revision: String::new(),
        }
    }
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
            Tab::Overview | Tab::Distributions | Tab::Report | Tab::Provenance => {
                page(ui, cx, title, None, trailing, |ui, cx| self.content_ui(ui, cx))
            }
            _ => page_fixed(ui, cx, title, None, trailing, |ui, cx| self.content_ui(ui, cx)),
        }
        if self.tab != tab {
            self.tab = tab;
            self.came_into_sight();
        }
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
        (Tab::Distributions, cx.tr("data-tab-distributions")),
        (Tab::Report, cx.tr("data-tab-report")),
        (Tab::Provenance, cx.tr("data-tab-provenance")),
    ];
    segmented(ui, cx.theme, cx.tr("data-tabs"), tab, &choices);
}

impl DataView {
    fn content_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(shop) = common::open_shop(ui, cx) else { return };
        self.follow(shop);
        match self.tab {
            Tab::Overview => self.overview.ui(ui, cx, shop),
            Tab::Report => report::show(ui, cx, &shop.report),
            Tab::Events | Tab::Products | Tab::Shoppers | Tab::Distributions => {
                let Some(overview) = common::overview(ui, cx) else { return };
                match self.tab {
                    Tab::Events => self.events.ui(ui, cx, shop, overview),
                    Tab::Products => self.products.ui(ui, cx, shop, overview),
                    Tab::Shoppers => self.shoppers.ui(ui, cx, shop, overview),
                    _ => self.distributions.ui(ui, cx, shop, overview),
                }
            }
            Tab::Provenance => provenance::show(ui, cx, &shop.report),
        }
    }

    /// The tables share one result, which the part shown before may have taken.
    fn came_into_sight(&mut self) {
        for explorer in [&mut self.events, &mut self.products, &mut self.shoppers] {
            explorer.came_into_sight();
        }
        self.distributions.came_into_sight();
    }

    /// With another shop, begin anew but for the part that is shown.
    fn follow(&mut self, shop: &OpenShop) {
        let revision = &shop.dataset.revision.0;
        if self.revision != *revision {
            let tab = self.tab;
            *self = Self { tab, revision: revision.clone(), ..Self::default() };
        }
    }
}
