//! What runs that are over have left behind, and is no longer wanted: their pages and reports, and what the archive kept of them.
//!
//! The journal and the frozen plan of a run are never removed: they are what refuses to do the same work twice, what says which run
//! made a file, and what catalog and replay refer to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::holds::{holds, record_pruning};
use super::known::Known;
use super::listing::{RunState, RunSummary, list_runs, state_of};
use super::locks::owner;
use super::paths::Paths;
use super::retention::{Archived, Judged, going, judge};
use super::watch::{DOCUMENT_FILE, PAGE_FILE};
use crate::archive::{Archive, Pruned, Record};
use crate::catalog::Catalog;
use crate::diag::Result;
use crate::job::{POLICY_FILE, Retention};
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
    pub spared: Vec<(String, String)>,
}

/// Removes what the runs that are meant have left, but for their records. Runs that are not over or held, and runs of which the catalog
/// has a generation, keep everything.
///
/// # Errors
/// Of the file system, and if catalog or archive cannot be read.
pub fn prune_runs(fs: &dyn Fs, root: &Root, choice: &Choice, dry_run: bool) -> Result<Removed> {
    let meant = chosen(list_runs(fs, root), choice).map(|summary| summary.run).collect();
    let going = Going::of(fs, root, meant)?;
    let mut removed =
        Removed { archive: going.prune(fs, root, "offhost runs prune", dry_run)?, ..Removed::default() };
    for run in going.runs {
        let files = left_by(fs, &Paths::of(root), &run);
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
    removed.spared = going.spared;
    if !dry_run {
        Known::new(fs, &Paths::of(root)).sweep();
    }
    Ok(removed)
}

/// Removes what the runs that are meant kept in the archive; age and order are those of what they kept. Spared are the same as by
/// [`prune_runs`].
///
/// # Errors
/// Of the file system, and if catalog or archive cannot be read.
pub fn prune_archive(fs: &dyn Fs, root: &Root, choice: &Choice, dry_run: bool) -> Result<Removed> {
    let archive = Archive::new(fs, root);
    let mut all = Vec::new();
    for run in archive.runs() {
        let time = archive.kept(&run)?.last().map(|one| one.time.clone()).unwrap_or_default();
        all.push((time, run));
    }
    all.sort_by(|one, other| other.cmp(one));
    let job_of = |run: &str| run.split('.').next().unwrap_or(run).to_owned();
    let meant = by_choice(all, choice, |(_, run)| job_of(run), |(time, _)| time);
    let going = Going::of(fs, root, meant.map(|(_, run)| run).collect())?;
    let pruned = going.prune(fs, root, "offhost archive prune", dry_run)?;
    Ok(Removed { runs: pruned.runs.clone(), archive: pruned, spared: going.spared, ..Removed::default() })
}

/// What the policy of a root did, or would do.
#[derive(Clone, Debug, Default)]
pub struct ByPolicy {
    /// Of each run that kept something.
    pub verdicts: Vec<Judged>,
    /// What went, or would go.
    pub pruned: Pruned,
}

/// A removal reads the lists of all runs, so that one behind a run of a job waits until it lets go of one in so many runs of the
/// archive: what each run pays is in proportion to what goes.
const SHARE: usize = 32;

/// Removes what the policy of the root has no reason to keep: of all jobs, or of one, as soon as that is worth it. Nothing happens if it
/// says nothing.
///
/// # Errors
/// `PGM002` if the policy is not valid; of the file system, and if catalog or archive cannot be read.
pub fn prune_by_policy(
    fs: &dyn Fs,
    root: &Root,
    job: Option<&str>,
    dry_run: bool,
) -> Result<Option<ByPolicy>> {
    let Some(retention) = Retention::of(fs, root)? else { return Ok(None) };
    let (archive, paths) = (Archive::new(fs, root), Paths::of(root));
    let runs = archive.runs().into_iter().filter_map(|run| Some(Archived::of(&run, archive.kept_at(&run)?)));
    let runs = runs.filter(|run| job.is_none_or(|job| run.job == job)).collect();
    let unread = RefCell::new(BTreeSet::new());
    let ended_well = |run: &str| {
        let state = state_of(fs, &paths, run);
        if state == Some(RunState::Unreadable) {
            unread.borrow_mut().insert(run.to_owned());
        }
        state == Some(RunState::Complete)
    };
    let mut verdicts = judge(&retention, runs, clock::today(), &ended_well);
    // One that cannot be read has no claim against others, and others none against it.
    let unread = unread.into_inner();
    for verdict in verdicts.iter_mut().filter(|one| one.stays.is_none() && unread.contains(&one.run)) {
        verdict.stays = Some("its journal cannot be read".to_owned());
    }
    let meant = going(&verdicts);
    // Nearly every run ends here.
    if meant.is_empty() && job.is_some() {
        return Ok(Some(ByPolicy { verdicts, pruned: Pruned::default() }));
    }
    let going = Going::of(fs, root, meant.into_iter().collect())?;
    let is_little = going.runs.is_empty() || going.runs.len() * SHARE < archive.runs().len();
    if job.is_some() && is_little {
        return Ok(Some(ByPolicy { verdicts, pruned: Pruned::default() }));
    }
    for (run, why) in &going.spared {
        let verdict = verdicts.iter_mut().find(|verdict| verdict.run == *run);
        verdict.into_iter().for_each(|verdict| verdict.stays = Some(why.clone()));
    }
    let pruned = going.prune(fs, root, &format!("the policy in {POLICY_FILE}"), dry_run)?;
    Ok(Some(ByPolicy { verdicts, pruned }))
}

/// Runs that nothing speaks for, and nobody works on.
struct Going {
    runs: BTreeSet<String>,
    spared: Vec<(String, String)>,
    _locks: Vec<Box<dyn Send>>,
}

impl Going {
    fn of(fs: &dyn Fs, root: &Root, meant: Vec<String>) -> Result<Going> {
        let paths = Paths::of(root);
        let (named, held) = (named_by_the_catalog(fs, root)?, holds(fs, root)?);
        let mut going = Going { runs: BTreeSet::new(), spared: Vec::new(), _locks: Vec::new() };
        for run in meant {
            let over = matches!(
                state_of(fs, &paths, &run),
                // Of a run without a record nobody can go on with anything.
                None | Some(RunState::Complete | RunState::Abandoned)
            );
            let spared = match () {
                () if held.contains_key(&run) => Some(format!("it is held: {}", held[&run])),
                () if !over => Some("it is not over".to_owned()),
                () if named.contains(&run) => Some("the catalog has a generation of it".to_owned()),
                () if fs.meta(&paths.run(&run)).is_err() => None,
                () => {
                    let (path, owner) = (paths.lock(&run), owner("offhost prune"));
                    let lock = fs.lock_as(&path, false, &owner).path_error("lock", &path)?;
                    let taken = lock.is_none().then(|| "somebody works on it".to_owned());
                    going._locks.extend(lock);
                    taken
                }
            };
            match spared {
                Some(why) => going.spared.push((run, why)),
                None => {
                    going.runs.insert(run);
                }
            }
        }
        Ok(going)
    }

    fn prune(&self, fs: &dyn Fs, root: &Root, by: &str, dry_run: bool) -> Result<Pruned> {
        let archive = Archive::new(fs, root);
        // An archive that nobody uses is not begun by looking at it.
        if archive.runs().is_empty() && archive.size().0 == 0 {
            return Ok(Pruned::default());
        }
        let record = |pruned: &Pruned| record_pruning(fs, root, by, pruned);
        let record: Option<Record<'_>> = if dry_run { None } else { Some(&record) };
        archive.prune(&|run, _| self.runs.contains(run), clock::nanoseconds(), record)
    }
}

/// The runs that are meant; `all` has the latest first.
fn chosen(all: Vec<RunSummary>, choice: &Choice) -> impl Iterator<Item = RunSummary> {
    by_choice(all, choice, |run| run.history.job.clone(), |run| &run.history.last)
}

/// What a choice means of things with a job and a time; `all` has the latest first.
fn by_choice<T>(
    all: Vec<T>,
    choice: &Choice,
    job: impl Fn(&T) -> String,
    time: impl Fn(&T) -> &String,
) -> impl Iterator<Item = T> {
    let before = choice.older_than.map(clock::days_ago);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let keep = choice.keep;
    all.into_iter().filter(move |one| {
        let newer = seen.entry(job(one)).or_default();
        *newer += 1;
        before.as_ref().is_none_or(|before| time(one) < before) && keep.is_none_or(|keep| *newer > keep)
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
