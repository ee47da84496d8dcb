//! Keyboard shortcuts as data.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::gui::view::{VIEWS, ViewId};

/// What the shell can be told to do by key, palette or menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Open or close the palette.
    Palette,
    /// Go to a view.
    View(ViewId),
    /// Ask for a project folder.
    OpenFolder,
    /// Ask for files to import.
    ImportFiles,
    /// Light or dark.
    ToggleTheme,
    /// English or Chinese.
    ToggleLanguage,
    /// Open the sample shop.
    OpenSample,
    /// Back to the welcome screen.
    CloseProject,
    /// Lock the open project with a passphrase, or change that.
    Lock,
    /// Stop the training that runs.
    CancelTraining,
    /// Hide ids and rows, or show them.
    TogglePresenter,
    /// Back from a larger or smaller window content. egui's own Ctrl+0 for it shows the tenth view here.
    ResetZoom,
}

impl Action {
    /// All actions, views first.
    pub fn all() -> impl Iterator<Item = Self> {
        let views = VIEWS.iter().map(|entry| Self::View(entry.id));
        views.chain([
            Self::Palette,
            Self::OpenFolder,
            Self::ImportFiles,
            Self::OpenSample,
            Self::CloseProject,
            Self::Lock,
            Self::CancelTraining,
            Self::ToggleTheme,
            Self::ToggleLanguage,
            Self::TogglePresenter,
            Self::ResetZoom,
        ])
    }

    /// Key of its name in the message catalogue.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Palette => "action-palette",
            Self::View(view) => view.entry().title,
            Self::OpenFolder => "action-open-folder",
            Self::ImportFiles => "action-import-files",
            Self::ToggleTheme => "action-toggle-theme",
            Self::ToggleLanguage => "action-toggle-language",
            Self::OpenSample => "action-open-sample",
            Self::CloseProject => "action-close-project",
            Self::Lock => "action-lock",
            Self::CancelTraining => "action-cancel-training",
            Self::TogglePresenter => "action-toggle-presenter",
            Self::ResetZoom => "action-reset-zoom",
        }
    }

    /// Its keys.
    #[must_use]
    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        const DIGITS: [Key; 10] = [
            Key::Num1,
            Key::Num2,
            Key::Num3,
            Key::Num4,
            Key::Num5,
            Key::Num6,
            Key::Num7,
            Key::Num8,
            Key::Num9,
            Key::Num0,
        ];
        let key = match self {
            Self::Palette => Key::K,
            Self::View(view) => *DIGITS.get(VIEWS.iter().position(|entry| entry.id == view)?)?,
            Self::OpenFolder => Key::O,
            Self::ImportFiles => Key::I,
            Self::ToggleTheme => Key::T,
            Self::ToggleLanguage => Key::L,
            Self::CloseProject => Key::W,
            Self::TogglePresenter => Key::P,
            Self::OpenSample | Self::Lock | Self::CancelTraining | Self::ResetZoom => return None,
        };
        Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
    }
}

/// The actions whose keys were pressed in this frame.
pub(super) fn pressed(ctx: &egui::Context) -> Vec<Action> {
    Action::all()
        .filter(|action| {
            action
                .shortcut()
                .is_some_and(|shortcut| ctx.input_mut(|input| input.consume_shortcut(&shortcut)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn no_two_actions_share_a_shortcut() {
        let mut taken = HashMap::new();
        for action in Action::all() {
            if let Some(shortcut) = action.shortcut() {
                let before = taken.insert((shortcut.modifiers, shortcut.logical_key), action);
                assert_eq!(before, None, "{action:?} has the keys of {before:?}");
            }
        }
        for entry in VIEWS.iter().take(10) {
            assert!(Action::View(entry.id).shortcut().is_some(), "{} has no keys", entry.name);
        }
    }
}
