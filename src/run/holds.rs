//! What is written down about the archive: which runs must not lose what they have, who said so, and what was removed by whom.
//! `.offhost/archive/journal.jsonl` is a journal like those of runs: append-only, each line with the hash of the one before it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::journal::{Chain, Journal, read_journal};
use super::locks::owner;
use crate::archive::{Archive, Pruned};
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::{Fs, Root};

/// The runs that are held, with the reason.
///
/// # Errors
/// `RUN035` if the journal of the archive is not what was written.
pub fn holds(fs: &dyn Fs, root: &Root) -> Result<BTreeMap<String, String>> {
    let mut held = BTreeMap::new();
    for entry in chain(fs, root)?.entries {
        let text = |name: &str| entry.data[name].as_str().unwrap_or_default().to_owned();
        match entry.event.as_str() {
            "held" => drop(held.insert(text("run"), text("reason"))),
            "released" => drop(held.remove(&text("run"))),
            _ => {}
        }
    }
    Ok(held)
}

/// Sees to it that a run keeps what it has, whatever policies and people say, until it is released.
///
/// # Errors
/// Of the file system, and if the journal of the archive cannot be read.
pub fn hold(fs: &dyn Fs, root: &Root, run: &str, reason: &str) -> Result<()> {
    let _locked = Archive::new(fs, root).locked()?;
    append(fs, root, "held", &json!({ "run": run, "reason": reason, "by": owner("offhost archive hold") }))
}

/// Lets go of a run that was held.
///
/// # Errors
/// `ARC008` if it is not held; as [`hold`].
pub fn release(fs: &dyn Fs, root: &Root, run: &str, reason: &str) -> Result<()> {
    let _locked = Archive::new(fs, root).locked()?;
    if !holds(fs, root)?.contains_key(run) {
        return Err(Diagnostic::error(codes::ARC008, format!("run {run} is not held"))
            .hint("offhost archive list shows which runs are"));
    }
    append(
        fs,
        root,
        "released",
        &json!({ "run": run, "reason": reason, "by": owner("offhost archive release") }),
    )
}

/// Writes down what is about to be removed. Whoever asks has the lock of the archive.
pub(super) fn record_pruning(fs: &dyn Fs, root: &Root, by: &str, pruned: &Pruned) -> Result<()> {
    // Somebody may have held one of them since it was decided that they go.
    let held = holds(fs, root)?;
    if let Some(run) = pruned.runs.iter().find(|run| held.contains_key(*run)) {
        return Err(Diagnostic::error(codes::ARC008, format!("run {run} was held meanwhile"))
            .note("nothing was removed")
            .hint("try again; it keeps what it has then"));
    }
    let data = json!({ "by": by, "process": owner("offhost"), "archive": as_json(pruned) });
    append(fs, root, "pruned", &data)
}

/// What a pruning removed.
pub fn as_json(pruned: &Pruned) -> Value {
    json!({ "runs": pruned.runs, "contents": pruned.contents, "bytes": pruned.bytes })
}

fn append(fs: &dyn Fs, root: &Root, event: &str, data: &Value) -> Result<()> {
    let chain = chain(fs, root)?;
    Journal::open(fs, &path(fs, root), &chain)?.append(event, data, true)
}

fn chain(fs: &dyn Fs, root: &Root) -> Result<Chain> {
    let path = path(fs, root);
    match fs.meta(&path) {
        // Nobody is released because a file cannot be looked at for a moment.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Chain::default()),
        _ => read_journal(fs, &path),
    }
}

fn path(fs: &dyn Fs, root: &Root) -> PathBuf {
    Archive::new(fs, root).folder().join("journal.jsonl")
}
