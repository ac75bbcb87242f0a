//! A run as one JSON document.

use serde_json::{Value, json};

use super::page;
use crate::diag::{Class, Diagnostic, Result, Severity, to_json};
use crate::job::Plan;
use crate::run::Outcome;
use crate::run::paths::Paths;
use crate::sys::{Fs, Root, replace_unsynced};

/// The document in a run's folder.
pub const DOCUMENT_FILE: &str = "report.json";
/// The page in a run's folder.
pub const PAGE_FILE: &str = "report.html";

/// The document of a run.
pub fn document(plan: &Plan, outcome: &Outcome) -> Value {
    let mut document = outcome.report.to_json();
    document["job_file"] = json!(plan.job_file);
    document["description"] = json!(plan.description);
    document["params"] = plan.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    document["sources"] =
        plan.sources.iter().map(|source| json!({ "name": source.name, "sha256": source.sha256 })).collect();
    document["max_rc"] = json!(plan.max_rc);
    document["version"] = json!(env!("CARGO_PKG_VERSION"));
    document["exit_status"] = json!(outcome.status);
    document["error"] = outcome.error.as_ref().map(|error| to_json(error)).unwrap_or_default();
    document
}

/// Puts the document and its page into the run's folder, if the run got as far as to have one.
pub fn keep(fs: &dyn Fs, root: &Root, document: &Value) -> Result<()> {
    let run = document["run"].as_str().unwrap_or_default();
    let folder = Paths::of(root).run(run);
    if run.is_empty() || fs.meta(&folder).is_err() {
        return Ok(());
    }
    // A start that was refused says nothing of what the attempt before it did.
    if document["attempt"] == 0 && fs.meta(&folder.join(DOCUMENT_FILE)).is_ok() {
        return Ok(());
    }
    replace_unsynced(fs, &folder.join(DOCUMENT_FILE), format!("{document:#}\n").as_bytes())?;
    replace_unsynced(fs, &folder.join(PAGE_FILE), page(document)?.as_bytes())
}

/// A run is what it is, whether it can be told of or not.
pub(super) fn as_warning(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    error.severity = Severity::Warning;
    error
}

/// The return code of a run; one that an error ended has none.
pub(super) fn rc_of_run(document: &Value) -> Option<&Value> {
    let ended = document["exit_status"].as_u64().is_some_and(|status| status < Class::Usage as u64);
    Some(&document["rc"]).filter(|rc| ended && rc.is_number())
}

/// The return code of a step; one that was passed over or abended has none.
pub(super) fn rc_of_step(step: &Value) -> Option<&Value> {
    let ended = !matches!(step["status"].as_str(), Some("bypassed" | "abended"));
    Some(&step["rc"]).filter(|rc| ended && rc.is_number())
}
