//! Looking for what is wrong with the data.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::failed;
use crate::dataset::quality::{QualityOptions, examine};
use crate::jobs::Lane;
use crate::workbench::Workbench;
use crate::workbench::answer::{self, Answer};

impl Workbench {
    /// Start to examine the open shop, if there is one.
    pub(in crate::workbench) fn examine_quality(&mut self) {
        let Some(shop) = self.state.shop.value() else { return };
        let (dataset, report) = (shop.dataset.clone(), shop.report.clone());
        let options = QualityOptions { now_ms: now_ms() };
        let ticket = self.submit(Lane::Examination, answer::QUALITY, move |control| {
            let report = examine(&dataset, &report, &options, control);
            Ok(Answer::Examined(Arc::new(report.map_err(|error| failed(&error))?)))
        });
        self.state.quality.start(ticket);
    }
}

/// The present moment by the system's clock.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
