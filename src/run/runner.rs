//! A run from beginning to end.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::archiving::{keep_inputs, keep_outputs};
use super::generations;
use super::journal::Journal;
use super::observe::Observer;
use super::recover::{active_folder, journal_path, publishing_lock, recover, remove_mark, runs_folder};
use super::report::{PublishedFile, RunReport, StepReport};
use super::resources::{Resources, forecast};
use super::steps;
use super::store::{Store, is_new};
use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Result, to_json};
use crate::job::{Plan, Role, StepKind};
use crate::sort::WorkSpace;
use crate::sys::clock;
use crate::sys::{Fs, PathError, Root, STATE_FOLDER, limits, publish};

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was done, as far as it got.
    pub report: RunReport,
    /// What stopped it.
    pub error: Option<Box<Diagnostic>>,
}

/// Runs a plan. Nothing is published unless every step ends well and every identity holds.
pub fn run(fs: &dyn Fs, plan: &Plan, root: &Root, resources: &Resources, observer: &dyn Observer) -> Outcome {
    let mut report = RunReport {
        run: format!("{}.{}.{}", plan.job, clock::compact_timestamp(), limits::process_id()),
        job: plan.job.clone(),
        started: clock::timestamp(),
        business_date: plan.business_date.clone(),
        ..RunReport::default()
    };
    let error = execute(fs, plan, root, resources, observer, &mut report).err();
    report.elapsed = report.clock.elapsed();
    report.peak_memory = limits::peak_memory();
    Outcome { report, error }
}

fn execute(
    fs: &dyn Fs,
    plan: &Plan,
    root: &Root,
    resources: &Resources,
    observer: &dyn Observer,
    report: &mut RunReport,
) -> Result<()> {
    let state = root.path().join(STATE_FOLDER);
    recover(fs, root, &plan_targets(plan), observer)?;
    let folder = claim_folder(fs, &state, &mut report.run)?;
    let mut store = Store::new(fs, plan, resources, &report.run, &folder);
    let catalog = Catalog::new(fs, root);
    let checked = generations::check(catalog, plan).and_then(|()| store.preflight());
    if let Err(error) = checked.and_then(|()| check_work_space(&store)) {
        // Nothing has been done that a journal could tell.
        let _ = fs.remove_dir_all(&folder);
        return Err(error);
    }

    let Begun { mut journal, _lock, mark } = begin(fs, &state, plan, &store, &report.run)?;
    let archived = keep_inputs(fs, root, plan, &report.run);
    let done = archived
        .and_then(|kept| {
            run_steps(&mut store, plan, observer, &mut journal, report)?;
            kept.check_unchanged(fs)
        })
        .and_then(|()| publish_all(fs, root, &mut store, &mut journal, report));
    store.drop_temporaries();
    match &done {
        // What left a base goes now that nothing can be taken back; what cannot go yet is tried again by the next run.
        Ok(()) => {
            keep_outputs((fs, root), plan, &report.run, &store.publications_by_name(), observer);
            drop(catalog.sweep());
        }
        // After "prepared" the run can only go forward: the next one finishes it.
        Err(_) if report.published.is_empty() => {
            let error = done.as_ref().err().map(|error| to_json(error)).unwrap_or_default();
            // The error itself is what the user must see, not a second one from the journal.
            let _ = journal.append("failed", &json!({ "error": error, "rc": report.rc }), true);
            // Only now: a crash in between must not look like a run that had reached its commit point.
            store.discard_parts();
        }
        Err(_) => return done,
    }
    done.and(remove_mark(fs, &mark))
}

/// Stops before the first byte is read if the work files of a sort will not have room.
fn check_work_space(store: &Store<'_>) -> Result<()> {
    let sorts = forecast(store.plan, store.resources, &|name| store.size(name));
    let spills = sorts.into_iter().flatten().filter_map(|sort| sort.sizing.forecast());
    match spills.map(|forecast| forecast.spill_bytes).max() {
        None | Some(0) => Ok(()),
        Some(bytes) => {
            WorkSpace::new(store.fs, store.work_folders(), store.resources.compress).check_space(bytes)
        }
    }
}

/// The files that a run of this plan would publish.
fn plan_targets(plan: &Plan) -> Vec<PathBuf> {
    let outputs = plan.datasets.values().filter(|dataset| matches!(dataset.role, Role::Output(_)));
    outputs.filter_map(|dataset| dataset.path.clone()).collect()
}

/// Makes the run's folder and an empty journal in it. Two runs may begin in the same second under the same process
/// number (in two containers, say); the one that finds the journal there takes another name.
fn claim_folder(fs: &dyn Fs, state: &Path, run: &mut String) -> Result<PathBuf> {
    let name = run.clone();
    for attempt in 1.. {
        let folder = runs_folder(state).join(&*run);
        fs.create_dir_all(&folder).path_error("make the folder", &folder)?;
        let journal = journal_path(state, run);
        match fs.create_new(&journal) {
            Ok(_) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                *run = format!("{name}.{attempt}")
            }
            Err(error) => return Err(crate::sys::io_diagnostic("make", &journal, &error)),
        }
    }
    Ok(runs_folder(state).join(&*run))
}

/// A run that has begun.
struct Begun {
    journal: Journal,
    /// Held as long as the run lives.
    _lock: Option<Box<dyn Send>>,
    mark: PathBuf,
}

/// Opens the run's journal and makes its mark; the journal is locked as long as the run lives.
fn begin(fs: &dyn Fs, state: &Path, plan: &Plan, store: &Store<'_>, run: &str) -> Result<Begun> {
    let active = active_folder(state);
    fs.create_dir_all(&active).path_error("make the folder", &active)?;
    let path = journal_path(state, run);
    let lock = fs.lock(&path, false).path_error("lock", &path)?;
    let mut journal = Journal::open(fs, &path, 0, String::new())?;
    journal.append("started", &started(plan, store), true)?;
    let mark = active.join(run);
    fs.create_new(&mark).path_error("make", &mark)?;
    Ok(Begun { journal, _lock: lock, mark })
}

fn started(plan: &Plan, store: &Store<'_>) -> Value {
    let sources: Vec<Value> =
        plan.sources.iter().map(|s| json!({ "name": s.name, "path": s.path, "sha256": s.sha256 })).collect();
    let params: serde_json::Map<String, Value> =
        plan.params.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    json!({
        "job": plan.job,
        "job_file": plan.job_file,
        "business_date": plan.business_date,
        "params": params,
        "given": plan.given.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
        "sources": sources,
        "view": plan.generations,
        "parts": store.planned_parts(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn run_steps(
    store: &mut Store<'_>,
    plan: &Plan,
    observer: &dyn Observer,
    journal: &mut Journal,
    report: &mut RunReport,
) -> Result<()> {
    for step in &plan.steps {
        let start = report.clock.elapsed();
        let mut done: StepReport = steps::run(store, step, observer)?;
        (done.start, done.elapsed) = (start, report.clock.elapsed().saturating_sub(start));
        journal.append("step", &done.to_json(), false)?;
        observer.step_finished(&done);
        report.rc = report.rc.max(done.rc);
        let above = match &step.kind {
            StepKind::Run(program) => steps::above_max_rc(program, plan.max_rc, done.rc, &done.listing),
            _ => None,
        };
        report.steps.push(done);
        above.map_or(Ok(()), Err)?;
    }
    Ok(())
}

fn published_files(store: &Store<'_>, root: &Root) -> Vec<PublishedFile> {
    let each = store.published().map(|(name, file, written)| PublishedFile {
        dataset: name.to_owned(),
        path: root.display(&file.target),
        records: written.records,
        bytes: file.content.0,
        hash: file.content.1.clone(),
    });
    each.collect()
}

fn publish_all(
    fs: &dyn Fs,
    root: &Root,
    store: &mut Store<'_>,
    journal: &mut Journal,
    report: &mut RunReport,
) -> Result<()> {
    store.sync_parts()?;
    let _publishing = publishing_lock(fs, &root.path().join(STATE_FOLDER))?;
    store.check_targets()?;
    let catalog = Catalog::new(fs, root);
    catalog.check_current(&store.plan.generations)?;
    let entries = generations::entries(store, &report.run);
    let files = store.publications();
    if files.is_empty() {
        return journal.append("committed", &json!({ "rc": report.rc }), true);
    }
    let counts: Vec<Value> = store
        .published()
        .map(|(name, publication, written)| {
            json!({ "dataset": name, "records": written.records, "new": is_new(publication) })
        })
        .collect();
    let prepared = json!({ "files": files, "datasets": counts, "generations": entries, "rc": report.rc });
    journal.append("prepared", &prepared, true)?;
    report.published = published_files(store, root);
    publish::commit(fs, &files)?;
    catalog.enter(&entries)?;
    journal.append("committed", &json!({ "rc": report.rc }), true)
}
