//! What runs that are over have left behind, and is no longer wanted: their pages and reports, and what the archive kept of them.
//!
//! The journal and the frozen plan of a run are never removed: they are what refuses to do the same work twice, what says which run
//! made a file, and what catalog and replay refer to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::listing::{RunState, RunSummary, list_runs};
use super::locks::owner;
use super::paths::Paths;
use super::watch::{DOCUMENT_FILE, PAGE_FILE};
use crate::archive::{Archive, Pruned};
use crate::catalog::Catalog;
use crate::diag::Result;
use crate::sys::{Fs, PathError, Root, clock};

/// Of which runs nothing but the record stays; those of which all that is given is true.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice {
    /// Runs of which nothing was heard for this many days.
    pub older_than: Option<u32>,
    /// All but this many runs of each job, the latest ones.
    pub keep: Option<usize>,
}

/// What was removed, or would be.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// The runs that had something to remove.
    pub runs: Vec<String>,
    /// Files in their folders, and the bytes of them.
    pub files: (usize, u64),
    /// What was removed of the archive.
    pub archive: Pruned,
    /// Runs that the choice means and that keep what they have, with the reason.
    pub spared: Vec<(String, &'static str)>,
}

/// Removes what the runs that are meant have left, but for their records. Runs that are not over, and runs of which the catalog has
/// a generation, keep everything.
///
/// # Errors
/// Of the file system, and if catalog or archive cannot be read.
pub fn prune_runs(fs: &dyn Fs, root: &Root, choice: &Choice, dry_run: bool) -> Result<Removed> {
    let paths = Paths::of(root);
    let named = named_by_the_catalog(fs, root)?;
    let (mut removed, mut meant, mut locks) = (Removed::default(), BTreeSet::new(), Vec::new());
    for summary in chosen(list_runs(fs, root), choice) {
        let run = summary.run;
        let lock = paths.lock(&run);
        if !matches!(summary.state, RunState::Complete | RunState::Abandoned) {
            removed.spared.push((run, "it is not over"));
        } else if named.contains(&run) {
            removed.spared.push((run, "the catalog has a generation of it"));
        } else if let Some(lock) =
            fs.lock_as(&lock, false, &owner("offhost runs prune")).path_error("lock", &lock)?
        {
            locks.push(lock);
            meant.insert(run);
        } else {
            removed.spared.push((run, "somebody works on it"));
        }
    }
    let archive = Archive::new(fs, root);
    removed.archive = archive.prune(&|run, _| meant.contains(run), clock::nanoseconds(), dry_run)?;
    for run in meant {
        let files = left_by(fs, &paths, &run);
        for (path, bytes) in &files {
            removed.files = (removed.files.0 + 1, removed.files.1 + bytes);
            if !dry_run {
                fs.remove(path).path_error("remove", path)?;
            }
        }
        if !files.is_empty() || removed.archive.runs.contains(&run) {
            removed.runs.push(run);
        }
    }
    Ok(removed)
}

/// The runs that are meant; `all` has the latest first.
fn chosen(all: Vec<RunSummary>, choice: &Choice) -> impl Iterator<Item = RunSummary> {
    let before = choice.older_than.map(clock::days_ago);
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let keep = choice.keep;
    all.into_iter().filter(move |run| {
        let newer = seen.entry(run.history.job.clone()).or_default();
        *newer += 1;
        before.as_ref().is_none_or(|before| run.history.last < *before)
            && keep.is_none_or(|keep| *newer > keep)
    })
}

/// Runs of which the catalog has a generation.
fn named_by_the_catalog(fs: &dyn Fs, root: &Root) -> Result<BTreeSet<String>> {
    let bases = Catalog::new(fs, root).read()?.bases;
    Ok(bases
        .into_values()
        .flat_map(|base| base.generations)
        .filter_map(|generation| generation.run)
        .collect())
}

/// The files of a run that is over which are no part of its record, with their bytes.
fn left_by(fs: &dyn Fs, paths: &Paths, run: &str) -> Vec<(PathBuf, u64)> {
    let folder = paths.run(run);
    let mut found = [PAGE_FILE, DOCUMENT_FILE].map(|name| folder.join(name)).to_vec();
    for below in [paths.kept(run), paths.temporaries(run)] {
        found.extend(fs.list(&below).unwrap_or_default());
    }
    let size = |path: PathBuf| is_file(fs, &path).map(|bytes| (path, bytes));
    found.into_iter().filter_map(size).collect()
}

fn is_file(fs: &dyn Fs, path: &Path) -> Option<u64> {
    fs.meta(path).ok().filter(|meta| meta.is_file).map(|meta| meta.length)
}
