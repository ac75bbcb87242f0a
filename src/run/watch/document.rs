//! A run as one JSON document.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::page;
use crate::diag::{Diagnostic, Result, Severity, to_json};
use crate::job::Plan;
use crate::run::Outcome;
use crate::run::paths::Paths;
use crate::sys::{Fs, PathError, Root};

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
    replace(fs, &folder.join(DOCUMENT_FILE), format!("{document:#}\n").as_bytes())?;
    replace(fs, &folder.join(PAGE_FILE), page(document)?.as_bytes())
}

/// Writes a file that readers see whole: the old one or the new one. It is not forced to the disk, because it can be made
/// again from the journal.
pub(super) fn replace(fs: &dyn Fs, path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}.part", crate::sys::limits::process_id()));
    let written = fs.create_new(&part).and_then(|mut file| file.write_all(bytes).and_then(|()| file.flush()));
    let done =
        written.path_error("write", &part).and_then(|()| fs.rename(&part, path).path_error("replace", path));
    if done.is_err() {
        let _ = fs.remove(&part);
    }
    done
}

/// A run is what it is, whether it can be told of or not.
pub(super) fn as_warning(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    error.severity = Severity::Warning;
    error
}
