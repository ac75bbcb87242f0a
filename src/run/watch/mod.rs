//! What a run tells those who were not there: a page for people, figures for a collector, alerts.
//!
//! ```text
//!   Outcome -> document -> report.json, report.html   in the run's folder
//!                      \-> metrics                    for a Prometheus textfile collector
//!                       \-> alerts                    to webhooks, if the job wants them
//! ```
//!
//! The document is the one that `offhost run --json` prints. Nothing here changes what a run did: what cannot be told is a
//! note to the operator and no failure of the run.

mod alerts;
mod document;
mod late;
mod metrics;
mod page;

use std::path::Path;

use serde_json::Value;

use crate::diag::Diagnostics;
use crate::job::Plan;
use crate::sys::{Fs, Root};

pub use alerts::{Alert, Event, Sent, due, payload, send, trial};
pub(super) use document::keep_recovered;
pub use document::{DOCUMENT_FILE, PAGE_FILE, document, keep};
pub use late::watch_clock;
pub use metrics::{metrics, write_metrics};
pub use page::page;

/// Tells of a run that has ended: keeps its document and page, writes the figures into `collector` if there is one, sends the
/// alerts that it gives cause for. What could not be told is returned, as warnings.
pub fn tell(
    fs: &dyn Fs,
    root: &Root,
    plan: &Plan,
    document: &Value,
    collector: Option<&Path>,
) -> Diagnostics {
    let mut untold = Diagnostics::default();
    let _ = untold.take(keep(fs, root, document).map_err(document::as_warning));
    if let Some(folder) = collector {
        let _ = untold.take(write_metrics(fs, folder, document).map_err(document::as_warning));
    }
    let sent = due(&plan.alerts, document)
        .into_iter()
        .map(|alert| send(fs, root, &alert, &payload(alert.event, document)));
    sent.filter_map(|sent| sent.error).for_each(|error| untold.push(error));
    untold
}
