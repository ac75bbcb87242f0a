//! What the runs of a root have come to, read from their journals and locks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::frozen::FrozenPlan;
use super::history::{End, History};
use super::journal::{JournalEntry, read_journal};
use super::locks::owners;
use super::paths::Paths;
use super::report::{StepReport, StepStatus};
use super::sorts;
use super::start::{Unfinished, names, unknown};
use crate::diag::Result;
use crate::sys::{Fs, PathError, Root};

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// A process works on it; this is what the process says of itself.
    Running(String),
    /// Its process is gone without a word.
    Died,
    /// It ended with an error.
    Failed,
    /// Somebody ended it.
    Cancelled,
    /// Another run was begun in its place.
    Abandoned,
    /// Everything is done and published.
    Complete,
    /// Its journal is not what was written.
    Unreadable,
}

/// A run in one line.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// Its name.
    pub run: String,
    /// How it stands.
    pub state: RunState,
    /// What its journal says.
    pub history: History,
    /// What stopped it, if something did.
    pub message: Option<String>,
}

/// A run with its steps.
#[derive(Clone, Debug)]
pub struct RunDetails {
    /// In one line.
    pub summary: RunSummary,
    /// The step at work or ended last of each name, in the order of the plan; those that have not been looked at are missing.
    pub steps: Vec<StepReport>,
    /// Steps that are still to be looked at.
    pub left: Vec<String>,
    /// Bytes of sorted records that sorts of unfinished steps go on with, by step.
    pub kept_sorts: BTreeMap<String, u64>,
    /// Its frozen plan, if it can be read.
    pub plan: Option<FrozenPlan>,
    /// Its journal.
    pub entries: Vec<JournalEntry>,
}

impl RunState {
    /// As tables write it.
    pub fn name(&self) -> &'static str {
        match self {
            RunState::Running(_) => "running",
            RunState::Died => "died",
            RunState::Failed => "failed",
            RunState::Cancelled => "cancelled",
            RunState::Abandoned => "abandoned",
            RunState::Complete => "complete",
            RunState::Unreadable => "unreadable",
        }
    }

    /// True if the run is to be gone on with.
    pub fn is_open(&self) -> bool {
        !matches!(self, RunState::Complete | RunState::Abandoned)
    }
}

impl RunSummary {
    /// The run as JSON.
    pub fn to_json(&self) -> Value {
        let history = &self.history;
        json!({
            "run": self.run,
            "job": history.job,
            "date": history.date,
            "state": self.state.name(),
            "process": match &self.state { RunState::Running(owner) => Some(owner), _ => None },
            "attempts": history.attempts,
            "rc": history.rc,
            "started": history.started,
            "last": history.last,
            "message": self.message,
        })
    }
}

impl RunDetails {
    /// The run and its steps as JSON.
    pub fn to_json(&self) -> Value {
        let mut document = self.summary.to_json();
        document["steps"] = self.steps.iter().map(StepReport::to_json).collect();
        document["left"] = json!(self.left);
        document["kept_sorts"] = json!(self.kept_sorts);
        document["plan"] = json!(self.plan);
        document
    }
}

/// All runs of a root, the latest first.
pub fn list_runs(fs: &dyn Fs, root: &Root) -> Vec<RunSummary> {
    let paths = Paths::of(root);
    let runs = names(fs, &paths).into_iter().filter(|run| fs.meta(&paths.journal(run)).is_ok());
    let mut all: Vec<RunSummary> = runs.map(|run| summary(fs, &paths, run).0).collect();
    all.sort_by(|a, b| (&b.history.started, &b.run).cmp(&(&a.history.started, &a.run)));
    all
}

/// One run with its steps.
pub fn show_run(fs: &dyn Fs, root: &Root, run: &str) -> Result<RunDetails> {
    let paths = Paths::of(root);
    if fs.meta(&paths.journal(run)).is_err() {
        return Err(unknown(run));
    }
    let (summary, entries) = summary(fs, &paths, run.to_owned());
    let entries = entries?;
    let plan = FrozenPlan::read(fs, &paths.plan(run), summary.history.plan.as_deref()).ok();
    let mut steps: Vec<StepReport> = Vec::new();
    for entry in &entries {
        match entry.event.as_str() {
            "step" => {
                let report = StepReport::from(&entry.data);
                steps.retain(|other| other.step != report.step);
                steps.push(report);
            }
            // A new attempt takes over what it keeps, and nothing else.
            "started" | "attempt" => {
                let kept: Vec<&str> =
                    entry.data["kept"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                steps.retain(|step| kept.contains(&step.step.as_str()));
                let ran = steps.iter_mut().filter(|step| step.status == StepStatus::Ended);
                ran.for_each(|step| step.status = StepStatus::Kept);
            }
            _ => {}
        }
    }
    let order: Vec<String> = plan.iter().flat_map(|plan| &plan.steps).map(|step| step.step.clone()).collect();
    steps.sort_by_key(|step| order.iter().position(|name| *name == step.step));
    let left = order.into_iter().filter(|name| steps.iter().all(|step| step.step != *name)).collect();
    let kept_sorts = sorts::kept_by(fs, &paths, run);
    Ok(RunDetails { summary, steps, left, kept_sorts, plan, entries })
}

fn summary(fs: &dyn Fs, paths: &Paths, run: String) -> (RunSummary, Result<Vec<JournalEntry>>) {
    let entries = read_journal(fs, &paths.journal(&run)).map(|chain| chain.entries);
    let history = History::of(entries.as_deref().unwrap_or_default());
    let (state, message) = match (&entries, &history.end) {
        (Err(error), _) => (RunState::Unreadable, Some(error.message.clone())),
        (_, Some(End::Committed)) => (RunState::Complete, None),
        (_, Some(End::Abandoned)) => (RunState::Abandoned, None),
        (_, Some(End::Cancelled)) => (RunState::Cancelled, None),
        (_, Some(End::Died)) => (RunState::Died, None),
        (_, Some(End::Failed(code, message))) => (RunState::Failed, Some(format!("{code}: {message}"))),
        (_, None) => match who_works(fs, paths, &run) {
            Ok(Some(owner)) => (RunState::Running(owner), None),
            _ => (RunState::Died, None),
        },
    };
    (RunSummary { run, state, history, message }, entries)
}

/// Who holds the lock of a run. Whoever looks shares it for a moment, which nobody notices who tries twice.
fn who_works(fs: &dyn Fs, paths: &Paths, run: &str) -> Result<Option<String>> {
    let path = paths.lock(run);
    let lock = fs.lock(&path, false).path_error("lock", &path)?;
    Ok(lock.is_none().then(|| owners(fs, &path)))
}

/// A run that was begun, for whoever goes on with it.
pub fn begun(fs: &dyn Fs, root: &Root, run: &str) -> Result<Unfinished> {
    let paths = Paths::of(root);
    if fs.meta(&paths.journal(run)).is_err() {
        return Err(unknown(run));
    }
    let history = super::start::history_of(fs, &paths, run)?;
    Unfinished::of(fs, &paths, run.to_owned(), &history)
}
