//! What the user chose for the program as a whole, kept between sessions.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::bert::device::DeviceChoice;

/// Colour scheme of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// Dark on light.
    Light,
    /// Light on dark.
    #[default]
    Dark,
}

/// Language of the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// The language of the system, English where it is none of ours.
    #[must_use]
    pub fn of_system() -> Self {
        match sys_locale::get_locale() {
            Some(locale) if locale.starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }
}

/// The saved session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Colour scheme.
    pub theme: ThemeChoice,
    /// Language.
    pub language: Language,
    /// Device for neural models.
    pub device: DeviceChoice,
    /// Whether ids of shoppers and rows as they are in the files are hidden on the screen.
    pub presenter: bool,
    /// Projects opened lately, newest first.
    pub recent: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            language: Language::of_system(),
            device: DeviceChoice::default(),
            presenter: false,
            recent: Vec::new(),
        }
    }
}

const FILE: &str = "settings.json";
const MAX_RECENT: usize = 8;

impl Settings {
    /// The saved settings in `folder`, or the defaults where there are none or they cannot be read:
    /// settings are a convenience and never keep the window from opening.
    #[must_use]
    pub fn load(folder: &Path) -> Self {
        let path = folder.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, path = %path.display(), "settings are unreadable; using defaults");
                Self::default()
            }),
            Err(_) => Self::default(),
        }
    }

    /// Save into `folder`, replacing the old file in one step.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn save(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let temporary = folder.join(format!("{FILE}.tmp"));
        std::fs::write(&temporary, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(temporary, folder.join(FILE))
    }

    /// Put a project at the head of the recent ones.
    pub fn remember(&mut self, project: &Path) {
        self.recent.retain(|known| known != project);
        self.recent.insert(0, project.to_path_buf());
        self.recent.truncate(MAX_RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_round_trip_and_rubbish_gives_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = Settings { theme: ThemeChoice::Light, ..Settings::default() };
        settings.remember(Path::new("a"));
        settings.remember(Path::new("b"));
        settings.remember(Path::new("a"));
        settings.save(folder.path()).expect("saved");
        assert_eq!(Settings::load(folder.path()), settings);
        assert_eq!(settings.recent, [PathBuf::from("a"), PathBuf::from("b")]);
        std::fs::write(folder.path().join(FILE), b"{").expect("written");
        assert_eq!(Settings::load(folder.path()), Settings::default());
    }
}
