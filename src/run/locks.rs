//! Locks of datasets: all of a run, taken before its first step in the order of their names, so that no two runs can wait for
//! each other. Reading shares a dataset, writing does not.
//!
//! A lock is one of the kernel's on a file of `.offhost/locks/`: whoever dies has no lock any more. Who has it is written in
//! the file, for those who wait.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::guard::check_signals;
use super::observe::Observer;
use super::paths::Paths;
use super::settle::{publishing_lock, settle_all};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, Role};
use crate::sys::clock::{self, Stopwatch};
use crate::sys::{Fs, PathError, Root, Stop, limits, sha256};

/// How often a lock that somebody else has is tried again.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

/// Whoever changes a lock lets go of it for a moment, so that one look is not enough to say that somebody has it.
pub(super) const LOOKS: usize = 3;

/// The locks of a run, held as long as this lives.
pub(super) struct Locks {
    _held: Vec<Box<dyn Send>>,
}

/// A file that a run uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockPlan {
    /// As the root shows it.
    pub file: String,
    /// True if nobody else may use it meanwhile.
    pub exclusive: bool,
}

/// What a plan locks, in the order in which it does.
pub fn locks_of(plan: &Plan, root: &Root) -> Vec<LockPlan> {
    let mut files: BTreeMap<String, bool> = BTreeMap::new();
    let mut lock = |path: &Path, exclusive: bool| *files.entry(root.display(path)).or_default() |= exclusive;
    for dataset in plan.datasets.values() {
        let exclusive = matches!(dataset.role, Role::Output(_));
        dataset.files().for_each(|path| lock(path, exclusive));
        // Nobody enters a generation while somebody counts them.
        let bases = dataset.generations().filter_map(|one| plan.generations.base(&one.base));
        bases.for_each(|base| lock(&root.path().join(&base.folder), exclusive));
    }
    if let Some(path) = &plan.flow.manifest {
        lock(path, true);
    }
    files.into_iter().map(|(file, exclusive)| LockPlan { file, exclusive }).collect()
}

/// Takes every lock of a plan. `wait` is how long for; for ever if it is not given.
pub(super) fn take(
    (fs, paths, root): (&dyn Fs, &Paths, &Root),
    plan: &Plan,
    run: &str,
    wait: Option<Duration>,
    (stop, observer): (&Stop, &dyn Observer),
) -> Result<Locks> {
    let said = paths.waiting(run);
    let taken =
        take_all((fs, paths), &locks_of(plan, root), (&owner(run), Some(&said)), wait, (stop, observer));
    if fs.meta(&said).is_ok() {
        let _ = fs.remove(&said);
    }
    taken
}

/// What a run that is at work waits for, as it says itself; nothing if it does not wait.
pub(super) fn waits_for(fs: &dyn Fs, paths: &Paths, run: &str, owner: &str) -> Option<String> {
    let mut text = String::new();
    fs.open(&paths.waiting(run)).and_then(|mut file| file.read_to_string(&mut text)).ok()?;
    let (who, what) = text.split_once('\n')?;
    // A process that was killed may have left it.
    let process = |owner: &str| owner.split(" since ").next().map(str::to_owned);
    (process(who) == process(owner)).then(|| what.trim_end().to_owned())
}

/// Notes what is waited for. It is for those who look; nothing depends on it.
fn say(fs: &dyn Fs, path: &Path, owner: &str, what: &str) {
    let _ = fs.remove(path);
    let _ = fs.create_new(path).and_then(|mut file| file.write_all(format!("{owner}\n{what}\n").as_bytes()));
}

/// The generations of some bases and all publishing, for somebody who changes the catalog by hand.
pub struct Hold {
    _locks: Locks,
    _publishing: Option<Box<dyn Send>>,
}

/// Sees to it that no run reads, writes or enters generations in these folders as long as the answer lives; what runs that died
/// have left half done is finished first.
///
/// # Errors
/// `RUN036` at once if a run is at work with one of them.
pub fn hold_bases(fs: &dyn Fs, root: &Root, folders: &[String], observer: &dyn Observer) -> Result<Hold> {
    let paths = Paths::of(root);
    settle_all(fs, root, observer)?;
    let mut wanted: Vec<LockPlan> =
        folders.iter().map(|folder| LockPlan { file: folder.clone(), exclusive: true }).collect();
    wanted.sort_by(|one, other| one.file.cmp(&other.file));
    let owner = owner("offhost catalog");
    let locks =
        take_all((fs, &paths), &wanted, (&owner, None), Some(Duration::ZERO), (&Stop::default(), observer))?;
    // One of those that had them may have died meanwhile.
    settle_all(fs, root, observer)?;
    Ok(Hold { _locks: locks, _publishing: publishing_lock(fs, &paths)? })
}

fn take_all(
    (fs, paths): (&dyn Fs, &Paths),
    all: &[LockPlan],
    (owner, said): (&str, Option<&Path>),
    wait: Option<Duration>,
    (stop, observer): (&Stop, &dyn Observer),
) -> Result<Locks> {
    let folder = paths.locks();
    fs.create_dir_all(&folder).path_error("make the folder", &folder)?;
    let clock = Stopwatch::start();
    let mut held = Vec::new();
    for wanted in all {
        let path = folder.join(file_name(&wanted.file));
        let mut looks = 0;
        let lock = loop {
            check_signals(stop)?;
            if let Some(lock) = fs.lock_as(&path, !wanted.exclusive, owner).path_error("lock", &path)? {
                break lock;
            }
            looks += 1;
            if looks >= LOOKS && wait.is_some_and(|wait| clock.elapsed() >= wait) {
                return Err(taken(fs, wanted, &path, clock.elapsed()));
            }
            if looks == LOOKS {
                let owners = owners(fs, &path);
                let what = format!("waiting for {}, which {owners} has", wanted.file);
                observer.note(&what);
                said.iter().for_each(|path| say(fs, path, owner, &what));
            }
            std::thread::sleep(PAUSE);
        };
        held.push(lock);
    }
    Ok(Locks { _held: held })
}

/// Who works here, as others read it in a lock.
pub(super) fn owner(run: &str) -> String {
    format!(
        "run {run} (process {} on {} since {})",
        limits::process_id(),
        limits::host_name(),
        clock::timestamp()
    )
}

/// Who has a lock, as far as the file says.
pub(super) fn owners(fs: &dyn Fs, path: &Path) -> String {
    let mut text = String::new();
    let read = fs.open(path).and_then(|mut file| file.read_to_string(&mut text));
    match text.lines().last() {
        Some(line) if read.is_ok() => line.to_owned(),
        _ => "another run".to_owned(),
    }
}

fn taken(fs: &dyn Fs, wanted: &LockPlan, path: &Path, waited: Duration) -> Box<Diagnostic> {
    let how = if wanted.exclusive { "is used" } else { "is written" };
    Diagnostic::error(codes::RUN036, format!("dataset {} {how} by another run", wanted.file))
        .in_file(&wanted.file)
        .note(format!("{} has it; waited {:.1} s", owners(fs, path), waited.as_secs_f64()))
        .hint("try again when that run has ended, or wait longer with --wait")
}

/// A file name that no other path has.
pub(super) fn file_name(file: &str) -> PathBuf {
    /// What file systems take, with room for the hash.
    const LONGEST: usize = 180;
    let escaped = file.replace('%', "%25").replace('/', "%2F");
    if escaped.len() <= LONGEST {
        return escaped.into();
    }
    let end = (0..=LONGEST).rev().find(|end| escaped.is_char_boundary(*end)).unwrap_or(0);
    format!("{}%{}", &escaped[..end], &sha256(file.as_bytes())[..16]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_have_names_of_their_own() {
        let long = "x/".repeat(400);
        let names: Vec<PathBuf> = ["a/b", "a%2Fb", "a%b", &long, &format!("{long}y")].map(file_name).into();
        let each: std::collections::BTreeSet<&PathBuf> = names.iter().collect();
        assert_eq!(each.len(), names.len(), "{names:?}");
        assert!(names.iter().all(|name| name.as_os_str().len() < 255 && name.components().count() == 1));
    }
}
