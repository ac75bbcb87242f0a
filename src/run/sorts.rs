//! Finished runs of sorts whose step has not ended: another attempt goes on with them.
//!
//! ```text
//!   sorts/STEP/NAME.jsonl   the manifest of a sort; beside it its work files, unless there are work folders
//! ```
//!
//! Runs are of use as long as the frozen plan is the same, which has the texts of the job, its parameters and the stamps of
//! its inputs, and as long as the step reads the same from other steps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::paths::{Paths, SORTS, name_of};
use super::resources::PlannedSort;
use super::start::names;
use super::store::Store;
use crate::control::flow::Sorts;
use crate::diag::{Class, Diagnostic, Result, codes};
use crate::job::StepPlan;
use crate::sort::{SortReport, WorkSpace, give_up, kept_runs};
use crate::sys::{Fs, sha256};

/// The work space of one of a step's sorts, whose runs are kept if the run can be gone on with.
pub(super) fn work_space<'a>(store: &Store<'a>, step: &StepPlan, name: &str) -> WorkSpace<'a> {
    work_space_at(store, step, name, "")
}

/// The sorts of a deck of control cards, whose runs are kept in the same way.
pub(super) struct DeckSorts<'a> {
    store: Store<'a>,
    step: &'a StepPlan,
    /// The date and time that the cards see.
    clock: String,
    done: Mutex<Vec<(String, SortReport)>>,
}

impl<'a> DeckSorts<'a> {
    pub fn new(store: &Store<'a>, step: &'a StepPlan, clock: String) -> Self {
        DeckSorts { store: store.for_step(store.resources.memory), step, clock, done: Mutex::default() }
    }

    /// What they did, by the DDs whose records they took.
    pub fn into_done(self) -> Vec<(String, SortReport)> {
        let mut done = self.done.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The sides of a join end in any order.
        done.sort_by(|one, other| one.0.cmp(&other.0));
        done
    }
}

impl Sorts for DeckSorts<'_> {
    fn space(&self, name: &str) -> WorkSpace<'_> {
        work_space_at(&self.store, self.step, name, &self.clock)
    }

    fn done(&self, dd: &str, report: SortReport) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((dd.to_owned(), report));
    }
}

/// `clock` is what the sort sees of date and time: records that were made at another one are others.
fn work_space_at<'a>(store: &Store<'a>, step: &StepPlan, name: &str, clock: &str) -> WorkSpace<'a> {
    let compress = store.resources.compress;
    let Some(plan) = &store.frozen else {
        return WorkSpace::new(store.fs, store.work_folders(), compress);
    };
    let folder = of_step(&store.run_folder().join(SORTS), &step.name);
    let folders = match store.resources.work_folders.as_slice() {
        [] => vec![folder.clone()],
        folders => folders.to_vec(),
    };
    let what = identity(store, plan, step, (name, clock));
    WorkSpace::new(store.fs, folders, compress).keeping(folder.join(format!("{name}.jsonl")), what)
}

/// What a sort must be for its runs to be of use.
fn identity(store: &Store<'_>, plan: &str, step: &StepPlan, (name, clock): (&str, &str)) -> String {
    let mut text = format!("{plan}\n{}\n{}\n{name}\n{clock}\n", env!("CARGO_PKG_VERSION"), step.name);
    for input in step.kind.inputs() {
        if let Some(written) = store.written(input) {
            text.push_str(&format!("{input} {} {:016x}\n", written.records, written.fingerprint));
        }
    }
    sha256(text.as_bytes())
}

/// Finished runs of a step's sorts that another attempt can go on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeptRuns {
    /// How many.
    pub runs: u64,
    /// Bytes of work files that they take.
    pub bytes: u64,
}

/// What the sorts of a run's steps can go on with, by step.
pub(super) fn kept_by(fs: &dyn Fs, paths: &Paths, run: &str) -> BTreeMap<String, KeptRuns> {
    let folders = fs.list(&paths.sorts(run)).unwrap_or_default();
    let kept = folders.iter().map(|folder| (name_of(folder), kept_in(fs, folder)));
    kept.filter(|(_, kept)| kept.bytes > 0).collect()
}

fn kept_in(fs: &dyn Fs, folder: &Path) -> KeptRuns {
    let kept = manifests(fs, folder).into_iter().map(|manifest| kept_runs(fs, &manifest));
    kept.fold(KeptRuns::default(), |all, (runs, bytes)| KeptRuns {
        runs: all.runs + runs,
        bytes: all.bytes + bytes,
    })
}

/// Stops if the work files of the sorts, or those of a balanced line of so many bytes, will not have the room that they need beyond
/// what they have taken already.
pub(super) fn check_space(
    store: &Store<'_>,
    paths: &Paths,
    (sorts, line): (impl Iterator<Item = (String, Vec<PlannedSort>)>, u64),
) -> Result<()> {
    let kept = kept_by(store.fs, paths, store.run());
    let needs = sorts.flat_map(|(step, sorts)| {
        let there = kept.get(&step).map_or(0, |kept| kept.bytes);
        let spills = sorts.into_iter().filter_map(|sort| sort.sizing.forecast());
        spills.map(move |forecast| forecast.spill_bytes.saturating_sub(there))
    });
    let Some(bytes) = needs.max().max(Some(line)).filter(|bytes| *bytes > 0) else { return Ok(()) };
    let work = WorkSpace::new(store.fs, store.work_folders(), store.resources.compress);
    work.check_space(bytes).map_err(|error| {
        let others = names(store.fs, paths).into_iter().filter(|run| run != store.run());
        let others = others
            .map(|run| (kept_by(store.fs, paths, &run).values().map(|kept| kept.bytes).sum::<u64>(), run));
        others.filter(|(bytes, _)| *bytes > 0).fold(error, |error, (bytes, run)| {
            error.note(format!(
                "run {run}, which has not ended, keeps {bytes} bytes of sorted records to be gone on with"
            ))
        })
    })
}

/// Gives up what the sorts of a step have kept.
pub(super) fn drop_step(fs: &dyn Fs, paths: &Paths, run: &str, step: &str) {
    drop_folder(fs, &of_step(&paths.sorts(run), step));
}

/// Gives up what holds no finished run.
pub(super) fn drop_empty(fs: &dyn Fs, paths: &Paths, run: &str) {
    drop_all(fs, paths, run, &|step| kept_in(fs, &of_step(&paths.sorts(run), step)).bytes > 0);
}

/// Gives up what the sorts of all steps have kept, but for those that `keeps` names.
pub(super) fn drop_all(fs: &dyn Fs, paths: &Paths, run: &str, keeps: &dyn Fn(&str) -> bool) {
    for folder in fs.list(&paths.sorts(run)).unwrap_or_default() {
        if !keeps(&name_of(&folder)) {
            drop_folder(fs, &folder);
        }
    }
    if fs.list(&paths.sorts(run)).is_ok_and(|left| left.is_empty()) {
        let _ = fs.remove_dir_all(&paths.sorts(run));
    }
}

fn drop_folder(fs: &dyn Fs, folder: &Path) {
    let manifests = manifests(fs, folder);
    manifests.iter().for_each(|manifest| give_up(fs, manifest));
    // A manifest that is left knows files that could not be removed.
    let left = manifests.iter().any(|manifest| fs.meta(manifest).is_ok());
    if !left && fs.meta(folder).is_ok() {
        let _ = fs.remove_dir_all(folder);
    }
}

fn manifests(fs: &dyn Fs, folder: &Path) -> Vec<PathBuf> {
    let files = fs.list(folder).unwrap_or_default();
    files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect()
}

fn of_step(sorts: &Path, step: &str) -> PathBuf {
    sorts.join(step)
}

/// True if what an attempt that ended with this error has kept is of no use to the next one: it takes the room that was
/// missing, is damaged, or belongs to other data.
pub(super) fn spoils(error: &Diagnostic) -> bool {
    let spoiling = [Class::NoSpace, Class::OutOfBalance, Class::InputsChanged, Class::Bug];
    error.code == codes::RUN016 || spoiling.contains(&error.code.class())
}
