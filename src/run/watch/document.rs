//! A run as one JSON document.

use serde_json::{Value, json};

use super::page;
use crate::diag::{Class, Diagnostic, Result, Severity, to_json};
use crate::job::Plan;
use crate::run::paths::Paths;
use crate::run::{
    FrozenPlan, History, Outcome, PublishedFile, RunDetails, RunReport, StepReport, StepStatus, show_run,
};
use crate::sys::{Fs, Root, read_whole, replace_unsynced};

/// The document in a run's folder.
pub const DOCUMENT_FILE: &str = "report.json";
/// The page in a run's folder.
pub const PAGE_FILE: &str = "report.html";

/// Largest document that is read.
const DOCUMENT_MAX: u64 = 1 << 28;

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

/// The document of a run that has committed and whose process was gone before it could tell of it, from its journal and its frozen
/// plan; what only the process knew is not in it.
fn recovered(root: &Root, details: RunDetails) -> Value {
    let RunDetails { summary, steps, plan, .. } = details;
    let (history, ended) = (summary.history, |step: &StepReport| step.start + step.elapsed);
    let here = steps.iter().filter(|step| step.status != StepStatus::Kept);
    let mut report = RunReport {
        run: summary.run,
        job: history.job.clone(),
        started: history.started.clone(),
        rc: history.rc,
        attempt: history.attempts,
        elapsed: here.map(ended).max().unwrap_or_default(),
        steps,
        ..RunReport::default()
    };
    history.steps.values().for_each(|step| report.note_inputs(root, &step.inputs));
    let mut document = match &plan {
        Some(plan) => {
            let hashes = plan.datasets.values().flat_map(|dataset| dataset.hashes.clone());
            report.note_known(root, &hashes.filter(|(_, hash)| hash.xxh3.is_some()).collect());
            report.business_date.clone_from(&plan.business_date);
            report.published = published(root, plan, &history);
            of_plan(report.to_json(), plan)
        }
        None => report.to_json(),
    };
    let within = plan.is_none_or(|plan| history.rc <= plan.max_rc);
    document["exit_status"] = json!(if within { 0 } else { history.rc.min(63) });
    document["error"] = Value::Null;
    document["recovered"] = json!(true);
    document
}

fn of_plan(mut document: Value, plan: &FrozenPlan) -> Value {
    // A frozen plan knows the job file by its path.
    let own = plan.job_path.display().to_string();
    let name = |name: &String| if *name == own { plan.job_file.clone() } else { name.clone() };
    document["job_file"] = json!(plan.job_file);
    document["params"] = plan.settings().into_iter().map(|(name, value)| (name, json!(value))).collect();
    document["sources"] = plan
        .sources
        .iter()
        .map(|source| json!({ "name": name(&source.name), "sha256": source.sha256 }))
        .collect();
    document["max_rc"] = json!(plan.max_rc);
    document["version"] = json!(plan.version);
    document
}

fn published(root: &Root, plan: &FrozenPlan, history: &History) -> Vec<PublishedFile> {
    let outputs = history.steps.values().flat_map(|step| &step.outputs);
    let files = outputs.filter_map(|output| {
        let dataset = plan.datasets.get(&output.dataset).filter(|dataset| dataset.role == "output")?;
        Some(PublishedFile::of(root, output, dataset.path.as_deref()?))
    });
    files.collect()
}

/// Puts document and page of such a run into its folder, unless it told of itself.
pub(in crate::run) fn keep_recovered(fs: &dyn Fs, root: &Root, run: &str) -> Result<()> {
    let details = show_run(fs, root, run)?;
    let there = read_whole(fs, &Paths::of(root).run(run).join(DOCUMENT_FILE), DOCUMENT_MAX)?;
    let there: Value = serde_json::from_slice(&there.unwrap_or_default()).unwrap_or_default();
    let told = there["attempt"].as_u64() == Some(details.summary.history.attempts);
    // The document of an attempt that failed is not that of its end.
    if told && there["error"].is_null() {
        return Ok(());
    }
    keep(fs, root, &recovered(root, details))
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
