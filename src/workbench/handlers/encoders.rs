//! Encoders of finished trainings, written for other programs.

use std::path::PathBuf;
use std::sync::Arc;

use super::failed;
use crate::jobs::Lane;
use crate::model::bert::export::{check_free, export};
use crate::runs::RunStore;
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::EncoderExport;
use crate::workbench::{Severity, Workbench};

impl Workbench {
    pub(in crate::workbench) fn export_encoder(&mut self, request: EncoderExport) {
        let Some(shop) = self.shop_or_notice() else { return };
        let ticket = self.submit(Lane::Export, answer::EXPORT_ENCODER, move |control| {
            let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
            let run = store.get(&request.run).map_err(|error| failed(&error))?;
            let folder = request.into.join(folder_name(&run.name));
            check_free(&folder).map_err(|error| failed(&error))?;
            let encoder = store.encoder(&run).map_err(|error| failed(&error))?;
            control.check().map_err(|error| failed(&error))?;
            export(&encoder, &folder).map_err(|error| failed(&error))?;
            Ok(Answer::EncoderExported(Arc::new(folder)))
        });
        self.state.exported_encoder.start(ticket);
    }

    pub(super) fn encoder_exported(&mut self, folder: Arc<PathBuf>) {
        self.notify(Severity::Info, "notice-encoder-exported", folder.display().to_string());
        self.state.exported_encoder.set(folder);
    }
}

/// A name that every file system takes.
fn folder_name(run: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    run.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_a_plain_name() {
        assert_eq!(folder_name("text pairs 1"), "text_pairs_1");
        assert_eq!(folder_name("../Größe: 红"), "___Größe__红");
    }
}
