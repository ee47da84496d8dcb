//! From looking to buying, with intervals and the shop beside it.

use std::sync::Arc;

use egui::{Align2, FontId, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::analysis::profile::{Funnel, Rate, UserProfile};
use crate::dataset::EventKind;
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_S, Theme};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{self, FigureSpec, Table};

/// The figure.
pub fn funnel_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let text = cx.text;
    let spec = FigureSpec {
        id: "funnel",
        title: text.tr("profiles-funnel"),
        hint: Some(text.tr("profiles-funnel-hint")),
        description: text.tr("profiles-funnel-description"),
        file_name: "funnel",
    };
    let funnel = profile.funnel;
    widgets::figure(
        ui,
        cx,
        &spec,
        || table(text, &funnel),
        |ui, cx| {
            stages_ui(ui, cx, &funnel);
            ui.add_space(SPACE_S);
            for (key, rate) in rates(&funnel) {
                rate_ui(ui, cx, text.tr(key), rate);
            }
        },
    );
}

const fn rates(funnel: &Funnel) -> [(&'static str, &Rate); 4] {
    [
        ("profiles-view-to-cart", &funnel.view_to_cart),
        ("profiles-cart-to-purchase", &funnel.cart_to_purchase),
        ("profiles-view-to-purchase", &funnel.view_to_purchase),
        ("profiles-purchase-to-return", &funnel.purchase_to_return),
    ]
}

/// Three bars, each as long as its share of the longest.
fn stages_ui(ui: &mut Ui, cx: &ViewContext<'_>, funnel: &Funnel) {
    let theme = cx.theme;
    let stages = [
        ("profiles-viewed", funnel.viewed, EventKind::View),
        ("profiles-carted", funnel.carted, EventKind::Cart),
        ("profiles-purchased", funnel.purchased, EventKind::Purchase),
    ];
    let most = stages.iter().map(|stage| stage.1).max().unwrap_or(0).max(1);
    for (key, count, kind) in stages {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
        #[expect(clippy::cast_precision_loss, reason = "a length on the screen")]
        let width = rect.width() * count as f32 / most as f32;
        let bar = Rect::from_min_size(rect.min, vec2(width.max(3.0), rect.height()));
        ui.painter().rect_filled(rect, 4, theme.raised);
        ui.painter().rect_filled(bar, 4, theme.card.lerp_to_gamma(theme.event(kind), 0.45));
        let font = FontId::proportional(13.0);
        let label = cx.text.tr(key);
        ui.painter().text(
            rect.left_center() + vec2(8.0, 0.0),
            Align2::LEFT_CENTER,
            label,
            font.clone(),
            theme.text,
        );
        let figure = cx.text.count(count);
        ui.painter().text(
            rect.right_center() - vec2(8.0, 0.0),
            Align2::RIGHT_CENTER,
            &figure,
            font,
            theme.text,
        );
        response.on_hover_text(format!("{label}: {figure}"));
    }
}

/// One rate: the estimate with its interval as a bar, the shop's own as a tick.
fn rate_ui(ui: &mut Ui, cx: &ViewContext<'_>, label: &str, rate: &Rate) {
    let (text, theme) = (cx.text, cx.theme);
    let Some(estimate) = rate.estimate else { return };
    let shop = rate.shop.map_or_else(|| "–".to_owned(), |shop| text.percent(shop, 1));
    let tip = text.tr_with(
        "profiles-rate-tip",
        &[
            ("label", label.into()),
            ("mean", text.percent(estimate.mean, 1).into()),
            ("low", text.percent(estimate.low, 1).into()),
            ("high", text.percent(estimate.high, 1).into()),
            ("successes", rate.successes.into()),
            ("trials", rate.trials.into()),
            ("shop", shop.into()),
        ],
    );
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let font = FontId::proportional(12.5);
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, label, font.clone(), theme.text);
    ui.painter().text(
        rect.right_center(),
        Align2::RIGHT_CENTER,
        text.percent(estimate.mean, 0),
        font,
        theme.text,
    );
    let track = Rect::from_min_max(
        pos2(rect.left() + rect.width() * 0.42, rect.center().y - 3.0),
        pos2(rect.right() - 48.0, rect.center().y + 3.0),
    );
    interval_ui(ui, theme, track, [estimate.low, estimate.mean, estimate.high], rate.shop);
    response.on_hover_text(tip);
}

#[expect(clippy::cast_possible_truncation, reason = "positions on the screen")]
fn interval_ui(
    ui: &Ui,
    theme: &Theme,
    track: Rect,
    [low, mean, high]: [f64; 3],
    shop: Option<f64>,
) {
    let x = |share: f64| track.left() + track.width() * share.clamp(0.0, 1.0) as f32;
    let painter = ui.painter();
    painter.rect_filled(track, 3, theme.raised);
    let span = Rect::from_min_max(pos2(x(low), track.top()), pos2(x(high), track.bottom()));
    painter.rect_filled(span, 3, theme.card.lerp_to_gamma(theme.accent, 0.5));
    painter.circle_filled(pos2(x(mean), track.center().y), 4.5, theme.accent);
    if let Some(shop) = shop {
        painter.vline(x(shop), track.expand(4.0).y_range(), Stroke::new(2.0, theme.text));
    }
}

fn table(text: &Text, funnel: &Funnel) -> Table {
    let columns = [
        "profiles-col-step",
        "profiles-col-rate",
        "profiles-col-low",
        "profiles-col-high",
        "profiles-col-of",
        "profiles-col-shop",
    ];
    let row = |(key, rate): (&'static str, &Rate)| {
        let figure =
            |value: Option<f64>| value.map(|value| format!("{value:.4}")).unwrap_or_default();
        vec![
            text.tr(key).to_owned(),
            figure(rate.estimate.map(|estimate| estimate.mean)),
            figure(rate.estimate.map(|estimate| estimate.low)),
            figure(rate.estimate.map(|estimate| estimate.high)),
            format!("{}/{}", rate.successes, rate.trials),
            figure(rate.shop),
        ]
    };
    Table::from_rows(
        columns.map(|key| text.tr(key).to_owned()).to_vec(),
        rates(funnel).map(row).to_vec(),
    )
}
