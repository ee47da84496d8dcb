//! Locking the open project with a passphrase, unlocking it, and opening a locked one.

use std::path::{Path, PathBuf};

use super::failed;
use crate::control::Control;
use crate::jobs::{JobError, Lane};
use crate::runs::{lock_project, unlock_project};
use crate::vault::{self, Passphrase, keyring};
use crate::workbench::answer::{self, Answer};
use crate::workbench::state::LockingResult;
use crate::workbench::{Severity, Workbench};

impl Workbench {
    /// Whether a project has to wait for its passphrase, which is then asked for.
    pub(super) fn waits_for_passphrase(&mut self, project: &Path) -> bool {
        let is_closed = vault::is_locked(project) && !keyring::holds(project);
        if !is_closed || self.is_headless {
            return false;
        }
        self.state.locking.clear();
        self.state.passphrase_for = Some(project.to_owned());
        true
    }

    pub(in crate::workbench) fn give_passphrase(&mut self, passphrase: Passphrase) {
        let Some(project) = self.state.passphrase_for.clone() else { return };
        self.change_lock(move |_| {
            keyring::add(&project, &passphrase).map_err(|error| failed(&error))?;
            Ok(LockingResult::Opened(project))
        });
    }

    pub(in crate::workbench) fn dismiss_passphrase(&mut self) {
        self.state.passphrase_for = None;
        self.state.locking.clear();
    }

    pub(in crate::workbench) fn lock_project(&mut self, passphrase: Passphrase) {
        self.change_lock_of_open(move |project, control| {
            let locked = lock_project(project, &passphrase, control);
            locked.map(LockingResult::Locked).map_err(|error| failed(&error))
        });
    }

    pub(in crate::workbench) fn unlock_project(&mut self, passphrase: Passphrase) {
        self.change_lock_of_open(move |project, control| {
            let unlocked = unlock_project(project, &passphrase, control);
            unlocked.map(|()| LockingResult::Unlocked).map_err(|error| failed(&error))
        });
    }

    pub(in crate::workbench) fn change_passphrase(&mut self, old: Passphrase, new: Passphrase) {
        self.change_lock_of_open(move |project, _| {
            let changed = vault::change_passphrase(project, &old, &new);
            changed.map(|()| LockingResult::Changed).map_err(|error| failed(&error))
        });
    }

    fn change_lock_of_open(
        &mut self,
        change: impl FnOnce(&Path, &Control) -> Result<LockingResult, JobError> + Send + 'static,
    ) {
        let Some(shop) = self.state.shop.value() else {
            return self.notify(Severity::Warning, "notice-no-shop", "");
        };
        if self.is_training() {
            return self.notify(Severity::Warning, "notice-training-blocks-locking", "");
        }
        let project = shop.project.clone();
        self.change_lock(move |control| change(&project, control));
    }

    fn change_lock(
        &mut self,
        change: impl FnOnce(&Control) -> Result<LockingResult, JobError> + Send + 'static,
    ) {
        let ticket = self.submit(Lane::Analysis, answer::LOCK, move |control| {
            control.report("stage-passphrase", 0, 0);
            change(control).map(Answer::Locking)
        });
        self.state.locking.start(ticket);
    }

    pub(super) fn lock_changed(&mut self, result: LockingResult) {
        self.state.locking.set(result.clone());
        match result {
            LockingResult::Opened(project) => {
                self.dismiss_passphrase();
                self.open_folder(project);
            }
            LockingResult::Locked(locking) => {
                self.state.is_locked = true;
                let paths: Vec<String> =
                    locking.in_clear.iter().map(|path| path.display().to_string()).collect();
                if paths.is_empty() {
                    self.notify(Severity::Info, "notice-locked", "");
                } else {
                    self.notify(Severity::Warning, "notice-locked-but", paths.join(", "));
                }
            }
            LockingResult::Unlocked => {
                self.state.is_locked = false;
                self.notify(Severity::Info, "notice-unlocked", "");
            }
            LockingResult::Changed => {
                self.notify(Severity::Info, "notice-passphrase-changed", "");
            }
        }
    }

    /// Forget the key of the open project, unless it is the one of `next`.
    pub(super) fn forget_key(&mut self, next: Option<&PathBuf>) {
        if let Some(shop) = self.state.shop.value()
            && Some(&shop.project) != next
        {
            keyring::forget(&shop.project);
        }
    }
}
