//! What a shopper cares about: categories, brands, prices and words, each against the shop.

use std::sync::Arc;

use egui::{Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::analysis::profile::{PriceBand, PriceLabel, Share, UserProfile};
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_S, SPACE_XS};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{self, Bar, FigureSpec, Table};

const MAX_BARS: usize = 8;
const MAX_KEYWORDS: usize = 24;

/// Interest by category.
pub fn categories_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    shares_ui(ui, cx, "profiles-categories", &profile.categories);
}

/// Interest by brand.
pub fn brands_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    shares_ui(ui, cx, "profiles-brands", &profile.brands);
}

fn shares_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, title: &'static str, shares: &[Share]) {
    let text = cx.text;
    let spec = FigureSpec {
        id: title,
        title: text.tr(title),
        hint: Some(text.tr("profiles-shares-hint")),
        description: text.tr(title),
        file_name: title,
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || shares_table(text, shares),
        |ui, cx| {
            if shares.is_empty() {
                ui.label(cx.theme.weak(text.tr("profiles-unknown-here")));
                return;
            }
            let bars: Vec<Bar> =
                shares.iter().take(MAX_BARS).map(|share| share_bar(text, share)).collect();
            widgets::bar_list(ui, cx.theme, &bars, None);
            if shares.len() > MAX_BARS {
                let rest = [("n", (shares.len() - MAX_BARS).into())];
                ui.label(cx.theme.small(text.tr_with("profiles-more", &rest)));
            }
        },
    );
}

fn share_bar(text: &Text, share: &Share) -> Bar {
    let weight = text.percent(share.weight, 0);
    let shown = match share.lift {
        Some(lift) => format!("{weight} · {}×", text.number(lift, 1)),
        None => weight,
    };
    Bar {
        label: share.name.clone(),
        value: share.weight,
        text: shown,
        color: None,
        marker: Some(share.shop_weight),
    }
}

fn shares_table(text: &Text, shares: &[Share]) -> Table {
    let columns = [
        "profiles-col-name",
        "profiles-col-share",
        "profiles-col-shop",
        "profiles-col-lift",
        "profiles-col-events",
    ];
    let row = |share: &Share| {
        vec![
            share.name.clone(),
            format!("{:.4}", share.weight),
            format!("{:.4}", share.shop_weight),
            share.lift.map(|lift| format!("{lift:.2}")).unwrap_or_default(),
            share.count.to_string(),
        ]
    };
    Table::from_rows(
        columns.map(|key| text.tr(key).to_owned()).to_vec(),
        shares.iter().map(row).collect(),
    )
}

/// What the products cost, and where that stands in the shop.
pub fn price_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let text = cx.text;
    let spec = FigureSpec {
        id: "price",
        title: text.tr("profiles-price"),
        hint: None,
        description: text.tr("profiles-price"),
        file_name: "price-band",
    };
    let price = profile.price;
    widgets::figure(
        ui,
        cx,
        &spec,
        || price_table(text, price),
        |ui, cx| match &price {
            None => {
                ui.label(cx.theme.weak(text.tr("profiles-no-prices")));
            }
            Some(band) => band_ui(ui, cx, band),
        },
    );
}

fn band_ui(ui: &mut Ui, cx: &ViewContext<'_>, band: &PriceBand) {
    let (text, theme) = (cx.text, cx.theme);
    ui.horizontal_wrapped(|ui| {
        ui.label(theme.figure(text.money(band.median)));
        widgets::badge(ui, theme, theme.accent, text.tr(label_key(band.label)));
    });
    ui.label(theme.weak(text.tr_with(
        "profiles-price-range",
        &[
            ("low", text.money(band.low).into()),
            ("high", text.money(band.high).into()),
            ("n", band.count.into()),
        ],
    )));
    ui.add_space(SPACE_S);
    scale_ui(ui, cx, text.tr("profiles-price-in-shop"), band.shop_percentile);
    if let Some(share) = band.category_percentile {
        scale_ui(ui, cx, text.tr("profiles-price-in-category"), share);
    }
}

/// A share of cheaper products as a mark on a track from the cheapest to the dearest.
#[expect(clippy::cast_possible_truncation, reason = "a position on the screen")]
fn scale_ui(ui: &mut Ui, cx: &ViewContext<'_>, label: &str, share: f64) {
    let theme = cx.theme;
    let value = cx.text.percent(share, 0);
    ui.horizontal(|ui| {
        ui.label(theme.small(label));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(theme.small(value.as_str()))
        });
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    let track = Rect::from_center_size(rect.center(), vec2(rect.width(), 6.0));
    ui.painter().rect_filled(track, 3, theme.raised);
    for third in [1.0 / 3.0, 2.0 / 3.0] {
        let x = track.left() + track.width() * third;
        ui.painter().vline(x, track.y_range(), Stroke::new(1.0, theme.weak_text));
    }
    let x = track.left() + track.width() * share.clamp(0.0, 1.0) as f32;
    ui.painter().circle(pos2(x, rect.center().y), 6.0, theme.accent, Stroke::new(2.0, theme.card));
    response.on_hover_text(format!("{label}: {value}"));
    ui.add_space(SPACE_XS);
}

const fn label_key(label: PriceLabel) -> &'static str {
    match label {
        PriceLabel::Budget => "profiles-price-budget",
        PriceLabel::Mid => "profiles-price-mid",
        PriceLabel::Premium => "profiles-price-premium",
    }
}

fn price_table(text: &Text, price: Option<PriceBand>) -> Table {
    let rows = price.map_or_else(Vec::new, |band| {
        let category =
            band.category_percentile.map(|share| format!("{share:.4}")).unwrap_or_default();
        vec![
            vec![text.tr("profiles-price-low").to_owned(), format!("{:.2}", band.low)],
            vec![text.tr("profiles-price-median").to_owned(), format!("{:.2}", band.median)],
            vec![text.tr("profiles-price-high").to_owned(), format!("{:.2}", band.high)],
            vec![
                text.tr("profiles-price-in-shop").to_owned(),
                format!("{:.4}", band.shop_percentile),
            ],
            vec![text.tr("profiles-price-in-category").to_owned(), category],
        ]
    });
    Table::from_rows(
        ["profiles-col-name", "profiles-col-value"].map(|key| text.tr(key).to_owned()).to_vec(),
        rows,
    )
}

/// Words that stand out.
pub fn keywords_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let text = cx.text;
    let spec = FigureSpec {
        id: "keywords",
        title: text.tr("profiles-keywords"),
        hint: Some(text.tr("profiles-keywords-hint")),
        description: text.tr("profiles-keywords"),
        file_name: "keywords",
    };
    let table = || {
        let row = |keyword: &crate::analysis::profile::Keyword| {
            vec![keyword.word.clone(), format!("{:.3}", keyword.weight)]
        };
        let columns =
            ["profiles-col-word", "profiles-col-weight"].map(|key| text.tr(key).to_owned());
        Table::from_rows(columns.to_vec(), profile.keywords.iter().map(row).collect())
    };
    widgets::figure(ui, cx, &spec, table, |ui, cx| {
        if profile.keywords.is_empty() {
            ui.label(cx.theme.weak(text.tr("profiles-no-keywords")));
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(SPACE_XS + 2.0, SPACE_XS + 2.0);
            for keyword in profile.keywords.iter().take(MAX_KEYWORDS) {
                #[expect(clippy::cast_possible_truncation, reason = "a shade")]
                let strength = 0.25 + 0.75 * keyword.weight as f32;
                let color =
                    cx.theme.raised.lerp_to_gamma(cx.theme.accent, strength.clamp(0.0, 1.0));
                widgets::badge(ui, cx.theme, color, &keyword.word)
                    .on_hover_text(text.number(keyword.weight, 2));
            }
        });
    });
}
