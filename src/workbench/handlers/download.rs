//! Encoders from the hub.

use std::path::PathBuf;
use std::sync::Arc;

use super::failed;
use crate::jobs::Lane;
use crate::model::bert::hub::{Download, HubModel, download, downloaded};
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::DownloadRequest;
use crate::workbench::{Severity, Workbench};

impl Workbench {
    pub(in crate::workbench) fn download_model(&mut self, request: DownloadRequest) {
        let models = self.folders.models.clone();
        let DownloadRequest { model, folder } = request;
        let folder = folder.unwrap_or_else(|| models.join(model.folder_name()));
        let ticket = self.submit(Lane::Download, answer::DOWNLOAD, move |control| {
            let found = download(&model, &folder, control).map_err(|error| failed(&error))?;
            Ok(Answer::Downloaded(Arc::new(found), downloaded(&models)))
        });
        self.state.download.start(ticket);
    }

    pub(in crate::workbench) fn cancel_download(&self) {
        if let Some(ticket) = self.state.download.pending() {
            ticket.cancel();
        }
    }

    pub(super) fn downloaded(
        &mut self,
        download: Arc<Download>,
        encoders: Vec<(HubModel, PathBuf)>,
    ) {
        let (model, folder) = (&download.model.model, download.folder.display());
        let detail = format!("{model}: {folder}");
        self.state.download.set(download);
        self.state.encoders = encoders;
        self.notify(Severity::Info, "notice-model-downloaded", detail);
    }
}
