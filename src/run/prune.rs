//! What runs that are over have left behind, and is no longer wanted: their pages and reports, what the archive kept of them, and the
//! roots in which they were done again.
//!
//! The journal and the frozen plan of a run are never removed: they are what refuses to do the same work twice, what says which run
//! made a file, and what catalog and replay refer to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::holds::{holds, record_pruning};
use super::known::Known;
use super::listing::{RunState, RunSummary, list_runs, state_of};
use super::locks::owner;
use super::paths::{Paths, name_of};
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

/// Who says which runs keep what they have.
#[derive(Clone, Debug)]
pub enum By {
    /// Whoever asks.
    Choice(Choice),
    /// The policy of the root.
    Policy(Retention),
}

/// What was removed, or would be.
#[derive(Clone, Debug, Default)]
pub struct Removed {
    /// The runs that had something to remove, with the files in their folders.
    pub runs: Vec<(String, Size)>,
    /// What was removed of the archive.
    pub archive: Pruned,
    /// The roots in which runs were done again, as the root shows them.
    pub replays: Vec<(String, Size)>,
    /// Runs that the choice means, or that have something, and that keep what they have, with the reason.
    pub spared: Vec<(String, String)>,
}

/// How much something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Files.
    pub files: usize,
    /// Bytes of them.
    pub bytes: u64,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Size) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Size>>(all: I) -> Size {
        all.fold(Size::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

/// Removes what the runs that are meant have left, but for their records, and the roots below `.offhost/replay` that are meant by the
/// same choice. Runs that are not over or held, and runs of which the catalog
/// has a generation, keep everything.
///
/// # Errors
/// Of the file system, and if catalog or archive cannot be read.
pub fn prune_runs(fs: &dyn Fs, root: &Root, by: &By, dry_run: bool) -> Result<Removed> {
    let (archive, paths) = (Archive::new(fs, root), Paths::of(root));
    let has_something = |run: &String| !left_by(fs, &paths, run).is_empty() || archive.kept_at(run).is_some();
    let (meant, mut spared) = by.meant(list_runs(fs, root).into_iter().map(Aged::of).collect());
    spared.retain(|(run, _)| has_something(run));
    let going = Going::of(fs, root, meant)?;
    spared.extend(going.spared.iter().cloned());
    let archive = going.prune(fs, root, &by.name(), dry_run)?;
    let mut removed = Removed { archive, spared, ..Removed::default() };
    for run in going.runs {
        let files = left_by(fs, &Paths::of(root), &run);
        if !dry_run {
            files.iter().try_for_each(|(path, _)| fs.remove(path).path_error("remove", path))?;
        }
        if !files.is_empty() || removed.archive.runs.contains(&run) {
            let bytes = files.iter().map(|(_, bytes)| bytes).sum();
            removed.runs.push((run, Size { files: files.len(), bytes }));
        }
    }
    prune_replays(fs, root, by, dry_run, &mut removed)?;
    if !dry_run {
        Known::new(fs, &Paths::of(root)).sweep();
    }
    Ok(removed)
}

/// A root made for a replay that is younger may be one in which the run has not begun yet.
const BEING_MADE: Duration = Duration::from_secs(24 * 3600);

/// Removes roots in which runs were done again; their age is that of the replay, their order is by the job of the run.
fn prune_replays(fs: &dyn Fs, root: &Root, by: &By, dry_run: bool, removed: &mut Removed) -> Result<()> {
    let (mut all, mut busy) = (Vec::new(), BTreeSet::new());
    for place in fs.list(&Paths::of(root).replays()).unwrap_or_default() {
        let (Ok(meta), Ok(inside)) = (fs.meta(&place), Root::new(&place)) else { continue };
        let runs = list_runs(fs, &inside);
        let made = clock::timestamp_of(meta.modified);
        let is_young = || clock::age_of(&made).is_none_or(|age| age < BEING_MADE);
        let is_busy = |run: &RunSummary| matches!(run.state, RunState::Running(_) | RunState::Waiting(..));
        if if runs.is_empty() { is_young() } else { runs.iter().any(is_busy) } {
            busy.insert(name_of(&place));
        }
        let time = runs.into_iter().map(|run| run.history.last).max().unwrap_or(made);
        all.push(Aged { time, job: job_of(&name_of(&place)), name: name_of(&place), well: true });
    }
    all.sort_by(|one, other| (&other.time, &other.name).cmp(&(&one.time, &one.name)));
    let (meant, stays) = by.meant(all);
    let folder = Paths::of(root).replays();
    let shown = |name: &str| root.display(&folder.join(name));
    removed.spared.extend(stays.into_iter().map(|(name, why)| (shown(&name), why)));
    for name in meant {
        if busy.contains(&name) {
            removed.spared.push((shown(&name), "somebody works on it".to_owned()));
            continue;
        }
        let place = folder.join(&name);
        removed.replays.push((shown(&name), size_below(fs, &place)));
        if !dry_run {
            fs.remove_dir_all(&place).path_error("remove the folder", &place)?;
        }
    }
    Ok(())
}

/// The files below a folder.
fn size_below(fs: &dyn Fs, folder: &Path) -> Size {
    let inside = fs.list(folder).unwrap_or_default().into_iter();
    let one = |path: PathBuf| match is_file(fs, &path) {
        Some(bytes) => Size { files: 1, bytes },
        None => size_below(fs, &path),
    };
    inside.map(one).sum()
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
    let meant = by_choice(all, choice, |(_, run)| job_of(run), |(time, _)| time);
    let going = Going::of(fs, root, meant.map(|(_, run)| run).collect())?;
    let pruned = going.prune(fs, root, "offhost archive prune", dry_run)?;
    Ok(Removed { archive: pruned, spared: going.spared, ..Removed::default() })
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

/// Something that a run left, with what decides whether it stays.
struct Aged {
    name: String,
    job: String,
    /// When it was last heard of, as journals have it.
    time: String,
    /// True if it ended well.
    well: bool,
}

impl Aged {
    fn of(run: RunSummary) -> Aged {
        let well = run.state == RunState::Complete;
        Aged { name: run.run, job: run.history.job, time: run.history.last, well }
    }
}

impl By {
    /// The names that are meant, and those that stay with the reason, if reasons are given; `all` has the latest first.
    fn meant(&self, all: Vec<Aged>) -> (Vec<String>, Vec<(String, String)>) {
        let retention = match self {
            By::Choice(choice) => {
                let meant = by_choice(all, choice, |one| one.job.clone(), |one| &one.time);
                return (meant.map(|one| one.name).collect(), Vec::new());
            }
            By::Policy(retention) => retention,
        };
        let well: BTreeSet<String> = all.iter().filter(|one| one.well).map(|one| one.name.clone()).collect();
        let at = |one: &Aged| clock::nanoseconds_of(&one.time).unwrap_or_default();
        let all = all.iter().map(|one| Archived::of(&one.name, at(one))).collect();
        let verdicts = judge(retention, all, clock::today(), &|name: &str| well.contains(name));
        let meant = going(&verdicts).into_iter().collect();
        let stays = verdicts.into_iter().filter_map(|one| Some((one.run, one.stays?)));
        (meant, stays.collect())
    }

    /// As the journal of the archive has it.
    fn name(&self) -> String {
        match self {
            By::Choice(_) => "offhost runs prune".to_owned(),
            By::Policy(_) => format!("the policy in {POLICY_FILE}"),
        }
    }
}

/// The job of a run by its name.
fn job_of(run: &str) -> String {
    run.split('.').next().unwrap_or(run).to_owned()
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
