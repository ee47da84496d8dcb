//! What shoppers are called on the screen: by their id, or in presenter mode by a number that gives
//! nothing away. Every view asks here; a test holds them to it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use egui::Ui;

use crate::dataset::Dataset;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, LabelOf, empty_state};

/// Names shoppers. Small enough to be made in each frame and handed to background work.
#[derive(Debug, Clone, Default)]
pub struct ShopperNames {
    /// The name in presenter mode, with `#` where the number stands.
    pattern: Option<Arc<str>>,
}

impl ShopperNames {
    /// The names as the user wants them now.
    #[must_use]
    pub fn new(cx: &ViewContext<'_>) -> Self {
        let is_hidden = cx.state.settings.presenter;
        Self { pattern: is_hidden.then(|| cx.tr("presenter-shopper").into()) }
    }

    /// What to call a shopper. In presenter mode the number is the position in the data, so that a
    /// shopper keeps it while the data stay the same.
    #[must_use]
    pub fn name<'a>(&self, dataset: &'a Dataset, user: u32) -> Cow<'a, str> {
        match &self.pattern {
            None => Cow::Borrowed(dataset.users.external(user)),
            Some(pattern) => Cow::Owned(pattern.replace('#', &(u64::from(user) + 1).to_string())),
        }
    }

    /// The order of two shoppers by what they are called.
    #[must_use]
    pub fn compare(&self, dataset: &Dataset, a: u32, b: u32) -> Ordering {
        match &self.pattern {
            None => dataset.users.external(a).cmp(dataset.users.external(b)),
            Some(_) => a.cmp(&b),
        }
    }
}

/// What to call one shopper.
#[must_use]
pub fn shopper_name<'a>(cx: &ViewContext<'_>, dataset: &'a Dataset, user: u32) -> Cow<'a, str> {
    ShopperNames::new(cx).name(dataset, user)
}

/// What a shopper picker shows: the name.
#[must_use]
pub fn shopper_labels(cx: &ViewContext<'_>, dataset: &Arc<Dataset>) -> LabelOf {
    let (names, dataset) = (ShopperNames::new(cx), dataset.clone());
    Arc::new(move |user| (names.name(&dataset, user).into_owned(), String::new()))
}

/// In presenter mode, says that rows are hidden here. Whether it did, so that nothing else is shown.
pub fn hidden_rows_ui(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    let is_hidden = cx.state.settings.presenter;
    if is_hidden {
        let (title, hint) = (cx.tr("presenter-hidden"), cx.tr("presenter-hidden-hint"));
        empty_state(ui, cx.theme, Icon::Person, title, hint, None);
    }
    is_hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IdMap;

    #[test]
    fn presenter_names_are_stable_numbers_and_sort_as_such() {
        let dataset = Dataset {
            users: IdMap::from_ids((0..12).map(|n| format!("z{}", 11 - n))),
            ..Dataset::default()
        };
        let presenter = ShopperNames { pattern: Some("Shopper #".into()) };
        assert_eq!(presenter.name(&dataset, 9), "Shopper 10");
        assert_eq!(presenter.compare(&dataset, 1, 9), Ordering::Less);
        let clear = ShopperNames::default();
        assert_eq!(clear.name(&dataset, 9), "z2");
        assert_eq!(clear.compare(&dataset, 1, 9), Ordering::Less);
        assert_eq!(clear.compare(&dataset, 10, 9), Ordering::Less);
    }

    /// A view that asks the dataset itself would show ids to an audience.
    #[test]
    fn no_view_asks_for_ids_by_itself() {
        let mut askers = Vec::new();
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gui")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("src is readable") {
                let path = entry.expect("src is readable").path();
                if path.is_dir() {
                    folders.push(path);
                } else if std::fs::read_to_string(&path)
                    .expect("sources are UTF-8")
                    .contains(concat!("users", ".external("))
                {
                    askers.push(path);
                }
            }
        }
        assert!(
            matches!(askers.as_slice(), [only] if only.ends_with("views/names.rs")),
            "{askers:?}"
        );
    }
}
