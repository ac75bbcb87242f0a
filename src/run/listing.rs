//! What the runs of a root have come to, read from their journals and locks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::frozen::FrozenPlan;
use super::history::{End, History};
use super::journal::{JournalEntry, read_journal};
use super::locks::{owners, waits_for};
use super::paths::Paths;
use super::report::{StepReport, StepStatus};
use super::settle::check_not_lost;
use super::sorts::{self, KeptRuns};
use super::start::{Unfinished, names, unknown};
use super::watch::{DOCUMENT_FILE, PAGE_FILE};
use super::why::past::run_of_path;
use crate::diag::{Result, codes};
use crate::sys::{Fs, PathError, Root};

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// A process works on it; this is what the process says of itself.
    Running(String),
    /// A process has begun it, and waits for a dataset that another run has; this is what it says of itself, and of that.
    Waiting(String, String),
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
    /// The error that stopped it, with its place and hint, as `diag::to_json` writes it.
    pub error: Option<Value>,
    /// Its page and its report, as far as it has them, as the root shows them.
    pub files: [Option<String>; 2],
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
    /// What sorts of unfinished steps go on with, by step.
    pub kept_sorts: BTreeMap<String, KeptRuns>,
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
            RunState::Waiting(..) => "waiting",
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
    /// Its return code; a run that was ended by anything else than that, or has not ended, has none.
    pub fn rc(&self) -> Option<u8> {
        let ended = match &self.history.end {
            Some(End::Committed) => true,
            Some(End::Failed(code, _)) => {
                [codes::RUN043, codes::PGM007].iter().any(|known| code == known.id())
            }
            _ => false,
        };
        ended.then_some(self.history.rc)
    }

    /// The run as JSON.
    pub fn to_json(&self) -> Value {
        let history = &self.history;
        json!({
            "run": self.run,
            "job": history.job,
            "date": history.date,
            "state": self.state.name(),
            "process": match &self.state {
                RunState::Running(owner) | RunState::Waiting(owner, _) => Some(owner),
                _ => None,
            },
            "waits": match &self.state { RunState::Waiting(_, what) => Some(what), _ => None },
            "attempts": history.attempts,
            "rc": self.rc(),
            "started": history.started,
            "last": history.last,
            "message": self.message,
            "error": self.error,
            "page": self.files[0],
            "report": self.files[1],
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
    let runs = names(fs, &paths).into_iter().filter(|run| is_there(fs, &paths, run));
    let mut all: Vec<RunSummary> = runs.map(|run| summary(fs, &paths, run).0).collect();
    // What has not begun yet is the latest of all.
    all.sort_by_key(|run| {
        std::cmp::Reverse((run.history.started.is_empty(), run.history.started.clone(), run.run.clone()))
    });
    all
}

/// The run that is meant by its name or folder, by the name of its job (the latest one), by `last` (the latest of all) or `last:JOB`.
///
/// # Errors
/// `RUN040` if there is none.
pub fn named(fs: &dyn Fs, root: &Root, name: &str) -> Result<String> {
    let paths = Paths::of(root);
    let exact = run_of_path(name);
    if is_there(fs, &paths, &exact) {
        return Ok(exact);
    }
    let job = name.strip_prefix("last:").unwrap_or(name);
    let is_meant = |run: &RunSummary| name == "last" || run.history.job == job;
    list_runs(fs, root).into_iter().find(is_meant).map(|found| found.run).ok_or_else(|| unknown(name))
}

/// True if a run has begun: it has a journal, or a plan whose journal is gone.
fn has_begun(fs: &dyn Fs, paths: &Paths, run: &str) -> bool {
    fs.meta(&paths.journal(run)).is_ok() || fs.meta(&paths.plan(run)).is_ok()
}

/// True if a run has begun, or waits for its datasets.
fn is_there(fs: &dyn Fs, paths: &Paths, run: &str) -> bool {
    let waits = || matches!(who_works(fs, paths, run), Ok(Some(owner)) if waits_for(fs, paths, run, &owner).is_some());
    has_begun(fs, paths, run) || fs.meta(&paths.waiting(run)).is_ok() && waits()
}

/// One run with its steps.
pub fn show_run(fs: &dyn Fs, root: &Root, run: &str) -> Result<RunDetails> {
    let paths = Paths::of(root);
    let run = &named(fs, root, run)?;
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

/// How a run stands; `None` if nothing is known of it.
pub(super) fn state_of(fs: &dyn Fs, paths: &Paths, run: &str) -> Option<RunState> {
    match fs.meta(&paths.journal(run)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Some(RunState::Unreadable),
        _ => has_begun(fs, paths, run).then(|| summary(fs, paths, run.to_owned()).0.state),
    }
}

fn summary(fs: &dyn Fs, paths: &Paths, run: String) -> (RunSummary, Result<Vec<JournalEntry>>) {
    let journal = paths.journal(&run);
    let entries = match fs.meta(&journal) {
        Ok(_) => read_journal(fs, &journal).map(|chain| chain.entries),
        Err(_) => Ok(Vec::new()),
    };
    let mut history = History::of(entries.as_deref().unwrap_or_default());
    let entries = entries.and_then(|entries| check_not_lost(fs, paths, &run, &history).map(|()| entries));
    if history.job.is_empty() {
        history.job = run.split('.').next().unwrap_or_default().to_owned();
    }
    let (state, message) = match (&entries, &history.end) {
        (Err(error), _) => (RunState::Unreadable, Some(error.message.clone())),
        (_, Some(End::Committed)) => (RunState::Complete, None),
        (_, Some(End::Abandoned)) => (RunState::Abandoned, None),
        (_, Some(End::Cancelled)) => (RunState::Cancelled, None),
        (_, Some(End::Died)) => (RunState::Died, None),
        (_, Some(End::Failed(code, message))) => (RunState::Failed, Some(format!("{code}: {message}"))),
        (_, None) => match who_works(fs, paths, &run) {
            Ok(Some(owner)) => match waits_for(fs, paths, &run, &owner) {
                Some(what) => (RunState::Waiting(owner, what), None),
                None => (RunState::Running(owner), None),
            },
            _ => (RunState::Died, None),
        },
    };
    let last = entries.iter().flatten().next_back();
    let error = last.map(|entry| entry.data["error"].clone()).filter(|error| !error.is_null());
    let shown = |name: &str| {
        let path = paths.run(&run).join(name);
        fs.meta(&path).is_ok().then(|| paths.root().display(&path))
    };
    let files = [PAGE_FILE, DOCUMENT_FILE].map(shown);
    (RunSummary { run, state, history, message, error, files }, entries)
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
    let run = &named(fs, root, run)?;
    if fs.meta(&paths.journal(run)).is_err() {
        return Err(unknown(run));
    }
    let history = super::start::history_of(fs, &paths, run)?;
    Unfinished::of(fs, &paths, run.to_owned(), &history)
}
