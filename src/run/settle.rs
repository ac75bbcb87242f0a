//! Tidying up after runs that died: one that had reached its commit point is finished; of any other what its finished steps
//! have written is kept for the next attempt, and the rest is removed.
//!
//! A run marks itself under `.offhost/active/` while it lives and holds its lock. A mark whose lock nobody has belongs to a
//! run that was killed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::generations;
use super::history::{End, History, OutputEntry, StepEntry};
use super::journal::{Chain, Journal, read_journal};
use super::known::Known;
use super::locks::{PAUSE, owner, owners};
use super::observe::Observer;
use super::paths::{Paths, name_of};
use super::sorts;
use super::watch::keep_recovered;
use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::clock::Stopwatch;
use crate::sys::publish;
use crate::sys::{Fs, PathError, Root};

/// How long to wait for somebody who finishes a run whose files are wanted: renames and syncs, no work.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks at the lock of a run before somebody is said to work on it, a second in all: whoever looks how it stands has it for a
/// moment, and whoever tidies up behind a run that died for some renames and syncs.
const LOOKS_AT_RUN: usize = 20;

/// Publishing below one root is done by one run at a time, so that a set of outputs is never mixed with another's, and so
/// that what is checked just before the commit still holds at the commit.
pub(super) fn publishing_lock(fs: &dyn Fs, paths: &Paths) -> Result<Option<Box<dyn Send>>> {
    let path = paths.publish_lock();
    fs.lock(&path, true).path_error("lock", &path)
}

/// Finishes or tidies every run that died. One that cannot be finished, or that somebody else is at, stops only jobs that use
/// the same files; for others it is a note.
pub(super) fn recover(fs: &dyn Fs, paths: &Paths, files: &[PathBuf], observer: &dyn Observer) -> Result<()> {
    for mark in fs.list(&paths.active()).unwrap_or_default() {
        let run = name_of(&mark);
        match recover_run(fs, paths, &run, files, observer) {
            Ok(()) => {}
            Err(error) if shares_files(fs, paths, &run, files) => return Err(error),
            Err(error) => {
                observer.note(&format!("a run that died cannot be finished: {}", error.message));
            }
        }
    }
    Ok(())
}

/// Finishes or tidies every run that died, before a job is resolved: what such a run entered in the catalog is `(0)` then.
/// Whoever runs the job is told of what could not be done.
pub fn settle_all(fs: &dyn Fs, root: &Root, observer: &dyn Observer) -> Result<()> {
    recover(fs, &Paths::of(root), &[], observer)
}

/// True if the run was publishing any of these files.
fn shares_files(fs: &dyn Fs, paths: &Paths, run: &str, files: &[PathBuf]) -> bool {
    let Ok(chain) = read_journal(fs, &paths.journal(run)) else { return false };
    let prepared = History::of(&chain.entries).prepared;
    prepared.is_some_and(|prepared| prepared.files.iter().any(|file| files.contains(&file.target)))
}

fn recover_run(
    fs: &dyn Fs,
    paths: &Paths,
    run: &str,
    files: &[PathBuf],
    observer: &dyn Observer,
) -> Result<()> {
    let path = paths.lock(run);
    if fs.meta(&paths.run(run)).is_err() {
        return remove_mark(fs, &paths.mark(run));
    }
    let owner = owner("a run that tidies up");
    let clock = Stopwatch::start();
    loop {
        if let Some(_lock) = fs.lock_as(&path, false, &owner).path_error("lock", &path)? {
            return settle(fs, paths, run, observer).map(|_| ());
        }
        // Alive, or somebody else tidies up. What it was publishing is not to be touched before that is done.
        if !shares_files(fs, paths, run, files) {
            return Ok(());
        }
        if clock.elapsed() > PATIENCE {
            return Err(busy(run, &owners(fs, &path)));
        }
        std::thread::sleep(PAUSE);
    }
}

/// A run at rest: nothing of it is half done any more.
pub(super) struct Settled {
    pub chain: Chain,
    pub history: History,
}

/// Finishes or tidies a run whose lock the caller has. One that ended as it should is left alone.
pub(super) fn settle(fs: &dyn Fs, paths: &Paths, run: &str, observer: &dyn Observer) -> Result<Settled> {
    let (path, mark) = (paths.journal(run), paths.mark(run));
    let chain = match fs.meta(&path) {
        Ok(_) => read_journal(fs, &path).map_err(|error| {
            error.note(format!("of run {run}; its outputs are to be looked after by hand"))
        })?,
        Err(_) => Chain::default(),
    };
    let history = History::of(&chain.entries);
    check_not_lost(fs, paths, run, &history)?;
    if history.attempts == 0 || history.end.is_some() {
        if fs.meta(&mark).is_ok() && history.end == Some(End::Committed) {
            drop_work(fs, paths, run);
            tell(fs, paths, run, observer);
        }
        remove_mark(fs, &mark)?;
        return Ok(Settled { chain, history });
    }
    if history.unclear {
        return Err(Diagnostic::error(
            codes::RUN035,
            format!("the journal of run {run} cannot be understood"),
        )
        .in_file(path.display().to_string())
        .hint("it was written by another version of offhost; finish the run with that one"));
    }
    let mut journal = Journal::open(fs, &path, &chain)?;
    let finished = match &history.prepared {
        Some(_) => finish(fs, paths, run, &mut journal, &history, observer)?,
        None => false,
    };
    if finished {
        tell(fs, paths, run, observer);
    } else {
        tidy(fs, paths, run, &history);
        journal.append("died", &json!({ "recovered": true }), true)?;
        observer.note(&format!("run {run} had died; its unfinished outputs were removed"));
    }
    remove_mark(fs, &mark)?;
    let chain = read_journal(fs, &path)?;
    let history = History::of(&chain.entries);
    Ok(Settled { chain, history })
}

/// Tells of a run that has committed, if its process could not.
fn tell(fs: &dyn Fs, paths: &Paths, run: &str, observer: &dyn Observer) {
    if let Err(error) = keep_recovered(fs, paths.root(), run) {
        observer.note(&format!("run {run} has no report of its end: {}", error.message));
    }
}

/// What a run has published is known from its journal alone.
///
/// # Errors
/// `RUN035`, if the journal knows of no attempt although there was one.
pub(super) fn check_not_lost(fs: &dyn Fs, paths: &Paths, run: &str, history: &History) -> Result<()> {
    // A plan gets its name when the journal has told of it.
    if history.attempts > 0 || fs.meta(&paths.plan(run)).is_err() {
        return Ok(());
    }
    Err(Diagnostic::error(
        codes::RUN035,
        format!("the journal of run {run} is gone or empty, and the run had begun"),
    )
    .in_file(paths.journal(run).display().to_string())
    .note("nobody knows what it has published")
    .hint("look after its outputs by hand; put the journal back, or begin anew with --rerun"))
}

/// Goes on with publishing. True if that was the end of the run.
fn finish(
    fs: &dyn Fs,
    paths: &Paths,
    run: &str,
    journal: &mut Journal,
    history: &History,
    observer: &dyn Observer,
) -> Result<bool> {
    let Some(prepared) = &history.prepared else { return Ok(false) };
    let _publishing = publishing_lock(fs, paths)?;
    publish::commit(fs, &prepared.files).map_err(|error| {
        error.note(format!("run {run} died while publishing; offhost runs abandon {run} gives it up"))
    })?;
    Catalog::new(fs, paths.root()).enter(&prepared.generations)?;
    observer.note(&format!("run {run} had died while publishing; its outputs are complete now"));
    Known::new(fs, paths).published(run, &prepared.files);
    let files: Vec<_> = prepared.datasets.iter().map(|name| json!({ "dataset": name })).collect();
    match &prepared.step {
        Some(step) => {
            let data = json!({ "step": step, "published": files, "recovered": true });
            journal.append("published", &data, true)?;
            Ok(false)
        }
        None => {
            journal.append("committed", &json!({ "rc": history.rc, "recovered": true }), true)?;
            drop_work(fs, paths, run);
            generations::sweep(fs, paths.root());
            Ok(true)
        }
    }
}

/// Keeps what finished steps have written and is not visible yet, in the run's folder, and removes all other parts and
/// temporary datasets of the run.
pub(super) fn tidy(fs: &dyn Fs, paths: &Paths, run: &str, history: &History) {
    let kept = paths.kept(run);
    let finished = history.steps.values().filter(|step| !step.outcome.failed() && !step.after_failure);
    let hidden =
        finished.flat_map(|step| &step.outputs).filter(|output| !history.visible.contains(&output.dataset));
    for output in hidden.filter(|output| !output.held && !output.path.starts_with(&kept)) {
        // Where the names of the run's folder and of the target are on different disks, the step will be run again.
        let made =
            fs.create_dir_all(&kept).and_then(|()| fs.rename(&output.path, &kept.join(&output.dataset)));
        drop(made);
    }
    sorts::drop_empty(fs, paths, run);
    publish::discard(fs, history.parts.iter().map(PathBuf::as_path));
    // Nobody will read them; what cannot be removed only takes space.
    let _ = fs.remove_dir_all(&paths.temporaries(run));
}

/// Where an output of a finished step is by now.
pub(super) fn whereabouts(fs: &dyn Fs, paths: &Paths, run: &str, output: &OutputEntry) -> Option<PathBuf> {
    let kept = paths.kept(run).join(&output.dataset);
    [kept, output.path.clone()].into_iter().find(|path| fs.meta(path).is_ok())
}

/// Removes what was kept of steps other than these.
pub(super) fn keep_only<'a>(
    fs: &dyn Fs,
    paths: &Paths,
    run: &str,
    steps: impl Iterator<Item = &'a StepEntry>,
) {
    let wanted: Vec<&str> =
        steps.flat_map(|step| &step.outputs).map(|output| output.dataset.as_str()).collect();
    for path in fs.list(&paths.kept(run)).unwrap_or_default() {
        if !wanted.contains(&name_of(&path).as_str()) {
            let _ = fs.remove(&path);
        }
    }
}

/// Removes what a run that is complete needs no more; false if something is left.
pub(super) fn drop_work(fs: &dyn Fs, paths: &Paths, run: &str) -> bool {
    sorts::drop_all(fs, paths, run, &|_| false);
    let gone = |folder: PathBuf| match fs.remove_dir_all(&folder) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(()) => true,
    };
    [paths.temporaries(run), paths.kept(run)].map(gone) == [true, true]
}

/// Gives a run up: another one is begun in its place. `reason` is what the journal says.
pub(super) fn abandon(fs: &dyn Fs, paths: &Paths, run: &str, settled: &Settled, reason: &str) -> Result<()> {
    if settled.history.attempts == 0 || matches!(settled.history.end, Some(End::Committed | End::Abandoned)) {
        return Ok(());
    }
    let mut journal = Journal::open(fs, &paths.journal(run), &settled.chain)?;
    journal.append("abandoned", &json!({ "reason": reason }), true)?;
    drop_work(fs, paths, run);
    Ok(())
}

/// Removes a mark; its run, or another recovery, may have done so meanwhile.
pub(super) fn remove_mark(fs: &dyn Fs, mark: &Path) -> Result<()> {
    match fs.remove(mark) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.path_error("remove", mark),
    }
}

/// Takes the lock of a run, whose folder is there.
///
/// # Errors
/// `RUN014` if somebody works on it.
pub(super) fn hold_run(fs: &dyn Fs, paths: &Paths, run: &str) -> Result<Box<dyn Send>> {
    let path = paths.lock(run);
    for _ in 0..LOOKS_AT_RUN {
        if let Some(lock) = fs.lock_as(&path, false, &owner(run)).path_error("lock", &path)? {
            return Ok(lock);
        }
        std::thread::sleep(PAUSE);
    }
    Err(busy(run, &owners(fs, &path)))
}

/// The error of a run that somebody works on.
fn busy(run: &str, owners: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN014, format!("run {run} is being worked on"))
        .note(format!("by {owners}"))
        .hint("wait until it has ended; offhost status tells how far it is")
}
