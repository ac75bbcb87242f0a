//! Tidying up after runs that died: a run that had reached its commit point is finished, any other is taken back.
//!
//! A run marks itself under `.offhost/active/` while it lives and holds the lock of its journal. A mark whose journal
//! nobody locks belongs to a run that was killed.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::generations;
use super::journal::{Journal, read_journal};
use super::observe::Observer;
use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::publish::{self, Publication};
use crate::sys::{Fs, PathError, Root, STATE_FOLDER};

/// Where runs are kept below the root.
pub(super) fn runs_folder(state: &Path) -> PathBuf {
    state.join("runs")
}

/// Where living runs are marked.
pub(super) fn active_folder(state: &Path) -> PathBuf {
    state.join("active")
}

/// The folder of a run's temporary datasets, in the run's folder.
pub(super) const TEMPORARIES: &str = "tmp";

/// The journal of a run.
pub(super) fn journal_path(state: &Path, run: &str) -> PathBuf {
    runs_folder(state).join(run).join("journal.jsonl")
}

/// Publishing below one root is done by one run at a time, so that a set of outputs is never mixed with another's, and so
/// that what is checked just before the commit still holds at the commit.
pub(super) fn publishing_lock(fs: &dyn Fs, state: &Path) -> Result<Option<Box<dyn Send>>> {
    let path = state.join("publish.lock");
    fs.lock(&path, true).path_error("lock", &path)
}

/// Finishes or takes back every run that died. One that cannot be finished stops only jobs that write the same files;
/// for others it is a note.
pub(super) fn recover(fs: &dyn Fs, root: &Root, targets: &[PathBuf], observer: &dyn Observer) -> Result<()> {
    let state = root.path().join(STATE_FOLDER);
    let marks = fs.list(&active_folder(&state)).unwrap_or_default();
    for mark in marks {
        if let Err(error) = recover_run(fs, root, &mark, observer) {
            if shares_targets(fs, &state, &mark, targets) {
                return Err(error);
            }
            observer.note(&format!("a run that died cannot be finished: {}", error.message));
        }
    }
    Ok(())
}

/// True if the run of a mark was publishing any of these files.
fn shares_targets(fs: &dyn Fs, state: &Path, mark: &Path, targets: &[PathBuf]) -> bool {
    let run = mark.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Ok((entries, _)) = read_journal(fs, &journal_path(state, &run)) else { return false };
    let prepared = entries.iter().rev().find(|entry| entry.event == "prepared");
    let files = prepared
        .and_then(|entry| serde_json::from_value::<Vec<Publication>>(entry.data["files"].clone()).ok());
    files.unwrap_or_default().iter().any(|file| targets.contains(&file.target))
}

/// Finishes or takes back every run that died, before a job is resolved: what it entered in the catalog is `(0)` then. Whoever
/// runs the job is told of what could not be done.
pub fn settle(fs: &dyn Fs, root: &Root, observer: &dyn Observer) -> Result<()> {
    recover(fs, root, &[], observer)
}

fn recover_run(fs: &dyn Fs, root: &Root, mark: &Path, observer: &dyn Observer) -> Result<()> {
    let state = &root.path().join(STATE_FOLDER);
    let run = mark.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = journal_path(state, &run);
    if fs.meta(&path).is_err() {
        return remove_mark(fs, mark);
    }
    let Some(_lock) = fs.lock(&path, false).path_error("lock", &path)? else { return Ok(()) };
    let (entries, last_hash) = read_journal(fs, &path).map_err(|error| {
        error
            .note(format!("run {run} died; remove {} once you have looked after its outputs", mark.display()))
    })?;
    // Nobody will read its temporary datasets again; what cannot be removed only takes space.
    let _ = fs.remove_dir_all(&runs_folder(state).join(&run).join(TEMPORARIES));
    let mut journal = Journal::open(fs, &path, entries.len() as u64, last_hash)?;
    let find = |event: &str| entries.iter().rev().find(|entry| entry.event == event);
    if find("committed").is_none() && find("failed").is_none() {
        match find("prepared") {
            Some(prepared) => {
                let files: Vec<Publication> = serde_json::from_value(prepared.data["files"].clone())
                    .map_err(|error| {
                        Diagnostic::error(
                            codes::RUN010,
                            format!("the journal of run {run} cannot be understood: {error}"),
                        )
                        .in_file(path.display().to_string())
                        .hint("it was written by another version of offhost; finish the run with that one")
                    })?;
                let _publishing = publishing_lock(fs, state)?;
                publish::commit(fs, &files).map_err(|error| {
                    error.note(format!(
                        "run {run} died while publishing; to give it up, remove {}",
                        mark.display()
                    ))
                })?;
                let catalog = Catalog::new(fs, root);
                catalog.enter(&generations::of_journal(&prepared.data))?;
                journal.append("committed", &json!({ "recovered": true }), true)?;
                // What cannot go yet is tried again by the next run.
                drop(catalog.sweep());
                observer.note(&format!("run {run} had died while publishing; its outputs are complete now"));
            }
            None => {
                let parts = entries.first().map(|started| started.data["parts"].clone()).unwrap_or_default();
                let parts: Vec<PathBuf> = serde_json::from_value(parts).unwrap_or_default();
                publish::discard(fs, parts.iter().map(PathBuf::as_path));
                journal.append(
                    "failed",
                    &json!({ "recovered": true, "message": "the run died before it could publish" }),
                    true,
                )?;
                observer.note(&format!("run {run} had died; its unfinished outputs were removed"));
            }
        }
    }
    remove_mark(fs, mark)
}

/// Removes a mark; its run, or another recovery, may have done so meanwhile.
pub(super) fn remove_mark(fs: &dyn Fs, mark: &Path) -> Result<()> {
    match fs.remove(mark) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.path_error("remove", mark),
    }
}
