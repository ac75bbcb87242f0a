//! A run from beginning to end.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::archiving::{keep_inputs, keep_outputs, let_go};
use super::attempt::{Attempt, kept_reports};
use super::generations;
use super::guard::{Guard, GuardedFs, Limits};
use super::history::{End, History, OutputEntry};
use super::locks;
use super::observe::Observer;
use super::paths::Paths;
use super::publish::publish_all;
use super::report::{PublishedFile, RunReport};
use super::resources::{Resources, forecast};
use super::schedule::run_steps;
use super::settle::recover;
use super::sorts;
use super::start::{Claim, Start, claim};
use super::store::Store;
use crate::catalog::Catalog;
use crate::diag::{Class, Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan};
use crate::sys::{Fs, Root, clock, cost, limits};

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// What was done, as far as it got.
    pub report: RunReport,
    /// What stopped it.
    pub error: Option<Box<Diagnostic>>,
    /// The exit status.
    pub status: u8,
}

/// Runs a plan as a plain `offhost run` does.
pub fn run(fs: &dyn Fs, plan: &Plan, root: &Root, resources: &Resources, observer: &dyn Observer) -> Outcome {
    start(fs, plan, root, &Start { resources: resources.clone(), ..Start::default() }, observer)
}

/// Runs a plan, or goes on with a run of it. Nothing is published unless every step ends well and every identity holds; if
/// the job publishes step by step, nothing of a step that does not.
pub fn start(fs: &dyn Fs, plan: &Plan, root: &Root, start: &Start, observer: &dyn Observer) -> Outcome {
    let mut report = RunReport {
        job: plan.job.clone(),
        started: clock::timestamp(),
        business_date: plan.business_date.clone(),
        ..RunReport::default()
    };
    let due = plan.flow.late_after.map(|time| clock::time_until(time, clock::local()));
    let error = execute(fs, plan, root, start, observer, &mut report).err();
    report.steps.sort_by_key(|step| plan.steps.iter().position(|other| other.name == step.step));
    report.elapsed = report.clock.elapsed();
    report.peak_memory = limits::peak_memory();
    report.processor = cost::processor_time();
    (report.hashing, report.journal) = (cost::HASHING.so_far(), cost::JOURNAL.so_far());
    report.late = due.is_some_and(|due| report.elapsed >= due);
    let status = match &error {
        Some(error) if error.code.class() == Class::ReturnCode => report.rc.clamp(1, 63),
        Some(error) => error.code.class().exit_status(),
        None if report.rc <= plan.max_rc => 0,
        None => report.rc.min(63),
    };
    Outcome { report, error, status }
}

fn execute(
    fs: &dyn Fs,
    plan: &Plan,
    root: &Root,
    start: &Start,
    observer: &dyn Observer,
    report: &mut RunReport,
) -> Result<()> {
    let paths = Paths::of(root);
    let resources = start.resources.within(plan)?;
    let claim = claim((fs, &paths), plan, start, observer)?;
    report.run.clone_from(&claim.run);
    if claim.history().end == Some(End::Committed) {
        // It had died while publishing; that was all that was left to do.
        replay(plan, root, claim.history(), report);
        keep_outputs((fs, root), plan, &claim.run, &report.published, observer);
        report.archive = let_go(fs, root, plan, observer);
        return claim.told(fs, &paths);
    }
    let wait = start.wait.or(plan.flow.wait);
    let _locks = locks::take((fs, &paths, root), plan, &claim.run, wait, (&start.stop, observer))?;
    // Whoever had them may have died while publishing. From here on nobody publishes any of these files.
    recover(fs, &paths, &files_of(plan), observer)?;

    let guard = guard(plan, start, &paths, &claim);
    let guarded = GuardedFs::new(fs, &guard);
    let mut store = Store::new(&guarded, plan, &resources, &claim.run, paths.temporaries(&claim.run));
    let entered = &claim.history().entered;
    let current = generations::check(Catalog::new(fs, root), plan, entered);
    report.outdated = claim.is_fresh() && current.as_ref().is_err_and(|error| error.code == codes::CAT004);
    current.map_err(|error| if claim.is_fresh() { error } else { outdated(error) })?;
    let check = |visible: &BTreeSet<String>| {
        store.preflight(visible)?;
        check_work_space(&store, &paths)
    };
    let mut attempt = Attempt::begin((fs, &paths, root), plan, &claim, start, (&store, observer), &check)?;
    store.frozen = attempt.plan.as_deref().map(Into::into);
    report.attempt = claim.history().attempts + 1;
    report.steps = kept_reports(plan, &attempt.kept);
    report.rc = report.steps.iter().map(|step| step.rc).max().unwrap_or_default();
    attempt.kept.values().for_each(|step| report.note_inputs(root, &step.inputs));
    let outputs = attempt.kept.values().flat_map(|step| &step.outputs);
    report.published =
        published_before(plan, root, outputs.filter(|output| attempt.visible.contains(&output.dataset)));

    let done = keep_inputs((fs, root, &paths), plan, &claim.run).and_then(|kept| {
        attempt.note_archived(&kept)?;
        run_steps(&store, plan, start.jobs, &mut attempt, report, observer)?;
        guard.check()?;
        kept.check_unchanged(fs, &targets_of(plan, &attempt.visible))?;
        publish_all(fs, &store, &mut attempt, report)
    });
    report.note_known(root, &attempt.hashes);
    match &done {
        Ok(()) => {
            let is_tidy = attempt.complete(fs);
            keep_outputs((fs, root), plan, &claim.run, &report.published, observer);
            report.archive = let_go(fs, root, plan, observer);
            // Whoever finds the mark removes what is left, and tells of the run if that was not done.
            if is_tidy {
                attempt.close(fs);
            }
        }
        // Behind the commit point the run can only go forward: whoever starts it next finishes it.
        Err(_) if report.committing => {}
        Err(error) => attempt.fail(fs, &store, error, report, &guard),
    }
    done
}

/// Every file that a run reads or publishes.
fn files_of(plan: &Plan) -> Vec<PathBuf> {
    let files = plan.datasets.values().flat_map(DatasetPlan::files).chain(plan.targets());
    files.map(ToOwned::to_owned).collect()
}

/// The files of these datasets.
fn targets_of(plan: &Plan, datasets: &BTreeSet<String>) -> Vec<PathBuf> {
    datasets.iter().filter_map(|name| plan.datasets.get(name)?.path.clone()).collect()
}

/// What watches over the steps.
fn guard(plan: &Plan, start: &Start, paths: &Paths, claim: &Claim) -> std::sync::Arc<Guard> {
    let limits = Limits { time: plan.flow.time, temporary: plan.flow.temporary, output: plan.flow.output };
    let inputs = plan.datasets.values().filter(|dataset| dataset.role == crate::job::Role::Input);
    let inputs = inputs.flat_map(|dataset| dataset.files()).map(ToOwned::to_owned).collect();
    Guard::new(start.stop.clone(), limits, inputs, paths.temporaries(&claim.run))
}

/// The error of a run that is gone on with: its plan stays what it was, so that trying again later does not help.
fn outdated(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    if error.code == codes::CAT004 {
        error.code = codes::RUN032;
    }
    error.hint("add --accept-changes to count generations from what is there now, or --rerun to begin anew")
}

/// Stops before the first byte is read if the work files of a sort or of a balanced line will not have room.
fn check_work_space(store: &Store<'_>, paths: &Paths) -> Result<()> {
    let forecast = forecast(store.plan, &store.resources, &|name| store.size(name));
    let steps = store.plan.steps.iter().map(|step| step.name.clone());
    let lines = forecast.masters.iter().map(|holding| holding.work.least).max().unwrap_or_default();
    sorts::check_space(store, paths, (steps.zip(forecast.sorts), lines))
}

/// The report of a run that was complete but for its publishing.
fn replay(plan: &Plan, root: &Root, history: &History, report: &mut RunReport) {
    report.attempt = history.attempts;
    report.steps = kept_reports(plan, &history.steps);
    report.rc = history.rc;
    history.steps.values().for_each(|step| report.note_inputs(root, &step.inputs));
    let outputs = history.steps.values().flat_map(|step| &step.outputs);
    report.published = published_before(plan, root, outputs);
}

/// Outputs that earlier attempts have made visible.
fn published_before<'h>(
    plan: &Plan,
    root: &Root,
    outputs: impl Iterator<Item = &'h OutputEntry>,
) -> Vec<PublishedFile> {
    let files = outputs.filter_map(|output| {
        Some(PublishedFile::of(root, output, plan.datasets.get(&output.dataset)?.path.as_deref()?))
    });
    files.collect()
}
