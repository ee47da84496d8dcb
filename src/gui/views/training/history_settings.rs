//! How histories are changed before a recommender learns from them, and how products are drawn to tell from.

use egui::Ui;

use super::model_settings::{choice, grid, number};
use crate::gui::view::ViewContext;
use crate::model::bert::negatives::{LARGEST_POOL, Negatives, USUAL_POWER};

/// One way of changing a history: the key of its name, how likely it is, and the share that it is about.
pub(super) type Way<'a> = (&'static str, &'a mut f64, &'a mut f64);

/// Rows of a grid; a share is asked for where it matters.
pub(super) fn ways(ui: &mut Ui, cx: &ViewContext<'_>, ways: [Way<'_>; 3]) {
    for (key, chance, share) in ways {
        number(ui, cx, key, chance, 0.0..=1.0, 0.01);
        if *chance > 0.0 {
            number(ui, cx, &format!("{key}-share"), share, 0.05..=0.95, 0.01);
        }
    }
}

/// How the products of a sample are chosen.
pub(super) fn negatives(ui: &mut Ui, cx: &ViewContext<'_>, negatives: &mut Negatives) {
    let power = match negatives {
        Negatives::Popularity(power) if *power > 0.0 => *power,
        _ => USUAL_POWER,
    };
    let pool = if let Negatives::Hard(samples) = negatives { *samples } else { 4 };
    let choices = [
        (Negatives::Popularity(0.0), "negatives-uniform"),
        (Negatives::Popularity(power), "negatives-popularity"),
        (Negatives::Hard(pool), "negatives-hard"),
    ];
    choice(ui, cx, "setting-negatives", negatives, &choices);
    grid(ui, "negatives-size", |ui| match negatives {
        Negatives::Popularity(power) if *power > 0.0 => {
            number(ui, cx, "setting-negatives-power", power, 0.05..=2.0, 0.01);
        }
        Negatives::Popularity(_) => {}
        Negatives::Hard(samples) => {
            number(ui, cx, "setting-negatives-pool", samples, 2..=LARGEST_POOL, 0.1);
        }
    });
}
