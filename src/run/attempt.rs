//! One attempt at a run: what it begins with, and what it leaves behind.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::archiving::KeptInputs;
use super::frozen::{FrozenPlan, Stamp};
use super::generations;
use super::guard::Guard;
use super::history::{History, InputEntry, OutputEntry, StepEntry};
use super::identity::Identity;
use super::journal::{Journal, read_journal};
use super::known::{InputHash, Known, contradicted, hash_first, plan_hashes};
use super::observe::Observer;
use super::output::{Content, Output, Target};
use super::paths::Paths;
use super::report::{RunReport, StepReport, StepStatus};
use super::resume::{Resumption, resume};
use super::schedule::as_entry;
use super::settle::{drop_work, keep_only, remove_mark, tidy};
use super::sorts;
use super::start::{Claim, Start};
use super::store::Store;
use crate::diag::{Diagnostic, Result};
use crate::job::{DatasetPlan, Plan};
use crate::sys::publish::{Publication, part_of};
use crate::sys::{Fs, PathError, Root, limits};

/// A run while a process works on it.
pub(super) struct Attempt {
    pub run: String,
    pub paths: Paths,
    pub root: Root,
    pub journal: Journal,
    /// SHA-256 of the frozen plan in force.
    pub plan: Option<String>,
    /// Steps that earlier attempts have done.
    pub kept: BTreeMap<String, StepEntry>,
    /// Datasets that are visible already.
    pub visible: BTreeSet<String>,
    /// What was at the path of each file when the run began.
    pub found: BTreeMap<PathBuf, Stamp>,
    /// Files that finished steps have read.
    pub inputs: Vec<InputEntry>,
    /// What files must have in them that steps are going to read, as far as it is known.
    pub hashes: BTreeMap<PathBuf, InputHash>,
    /// Bases in which the run has entered generations.
    pub entered: BTreeSet<String>,
    /// True once something may be on its way to its target, so that the run can only go forward.
    pub publishing: bool,
}

impl Attempt {
    /// Begins an attempt: everything is resolved and on the disk before the first step. `check` finds what would fail later.
    pub fn begin<'a>(
        (fs, paths, root): (&dyn Fs, &Paths, &Root),
        plan: &'a Plan,
        claim: &Claim,
        start: &Start,
        (store, observer): (&Store<'a>, &dyn Observer),
        check: &dyn Fn(&BTreeSet<String>) -> Result<()>,
    ) -> Result<Attempt> {
        let (run, history) = (claim.run.clone(), claim.history());
        let mut planned = Beginning::of((fs, paths, root), plan, claim, start)?;
        let visible: BTreeSet<String> =
            history.visible.iter().filter(|name| planned.is_kept(name)).cloned().collect();
        planned.drop_sorts(fs, paths, claim)?;
        check(&visible)?;
        if start.hash_first || plan.flow.hash_first {
            planned.is_new |= hash_first(store.fs, &mut planned.frozen, observer)? > 0;
        }
        planned.resumption.notes.iter().for_each(|note| observer.note(note));

        keep_only(fs, paths, &run, planned.resumption.kept.values());
        let hash = match planned.is_new {
            true => Some(planned.frozen.propose(fs, &paths.plan(&run))?),
            false => None,
        };
        let (active, mark) = (paths.active(), paths.mark(&run));
        fs.create_dir_all(&active).path_error("make the folder", &active)?;
        remove_mark(fs, &mark)?;
        fs.create_new(&mark).path_error("make", &mark)?;
        let mut journal = Journal::open(fs, &paths.journal(&run), &claim.settled.chain)?;
        // A run whose journal went with the machine would be begun again, and what it had published would be posted twice.
        for folder in paths.folders_of(&run, claim.is_fresh()) {
            fs.sync_dir(&folder).path_error("sync the folder", &folder)?;
        }
        let event = if claim.is_fresh() { "started" } else { "attempt" };
        let hash = hash.or_else(|| history.plan.clone());
        journal.append(event, &planned.entry(plan, &run, history, start, hash.as_deref()), true)?;
        if planned.is_new {
            FrozenPlan::adopt(fs, &paths.plan(&run));
        }
        restore(store, plan, &planned.resumption, &visible);
        let kept = std::mem::take(&mut planned.resumption.kept);
        let inputs: Vec<InputEntry> = kept.values().flat_map(|step| step.inputs.clone()).collect();
        let hashes = hashes(&run, &planned.frozen, &inputs);
        Ok(Attempt {
            run,
            paths: paths.clone(),
            root: root.clone(),
            journal,
            plan: hash,
            kept,
            visible,
            found: planned.frozen.found(),
            hashes,
            inputs,
            entered: history.entered.clone(),
            publishing: false,
        })
    }

    /// Takes note of what is in the files that the archive has kept: they have just been read.
    ///
    /// # Errors
    /// `RUN048` if something else was known of one.
    pub fn note_archived(&mut self, kept: &KeptInputs) -> Result<()> {
        for (name, file, hash) in kept.hashes() {
            if let Some(error) = self.contradicted(name, file, hash.xxh3.as_deref().unwrap_or_default()) {
                return Err(error);
            }
            self.hashes.entry(file.to_owned()).or_insert_with(|| hash.clone());
        }
        Ok(())
    }

    /// The error of a file in which there is something else than was known of it.
    fn contradicted(&self, dataset: &str, file: &Path, read: &str) -> Option<Box<Diagnostic>> {
        let known = self.hashes.get(file)?;
        (known.xxh3.as_deref() != Some(read)).then(|| contradicted(dataset, file, known, read))
    }

    /// The error of a file of an input that was read and is not what was known of it. One that this run itself has replaced
    /// is no input any more.
    pub fn contradiction(
        &self,
        dataset: &DatasetPlan,
        plan: &Plan,
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> Option<Box<Diagnostic>> {
        let own = |file: &Path| {
            let mut visible = self.visible.iter().filter_map(|name| plan.datasets.get(name)?.path.as_deref());
            visible.any(|path| path == file)
        };
        let mut files = dataset.files().filter(|file| !own(file));
        files.find_map(|file| self.contradicted(&dataset.name, file, &read(file)?))
    }

    /// Everything is done and published. What is left to be tidied takes space and nothing else; the next run does it if this
    /// one cannot, which is answered with false.
    pub fn complete(&self, fs: &dyn Fs) -> bool {
        let is_gone = drop_work(fs, &self.paths, &self.run);
        Known::new(fs, &self.paths).read(&self.run, &self.inputs);
        generations::sweep(fs, &self.root);
        is_gone
    }

    /// Nobody has to look after the run any more.
    pub fn close(&self, fs: &dyn Fs) {
        let _ = remove_mark(fs, &self.paths.mark(&self.run));
    }

    /// Says how the attempt failed, and keeps what the next one can build on.
    pub fn fail(
        &mut self,
        fs: &dyn Fs,
        store: &Store<'_>,
        error: &Diagnostic,
        report: &mut RunReport,
        guard: &Guard,
    ) {
        // The error itself is what the user must see, so that nothing here may put another one in its place.
        let event = if guard.cancelled() { "cancelled" } else { "failed" };
        let entry = as_entry(error, report);
        let said = |attempt: &mut Attempt| attempt.journal.append(event, &entry, true).is_ok();
        // What may have reached its commit point stays until the journal says that it has not. Otherwise work is removed
        // first, because it may be what fills the disk.
        if self.publishing && !said(self) {
            return;
        }
        if sorts::spoils(error) {
            sorts::drop_all(fs, &self.paths, &self.run, &|_| false);
        }
        report.kept_sorts = sorts::kept_by(fs, &self.paths, &self.run);
        self.keep_held(fs, store);
        if let Ok(chain) = read_journal(fs, &self.paths.journal(&self.run)) {
            tidy(fs, &self.paths, &self.run, &History::of(&chain.entries));
        }
        Known::new(fs, &self.paths).read(&self.run, &self.inputs);
        if self.publishing || said(self) {
            let _ = remove_mark(fs, &self.paths.mark(&self.run));
        }
    }

    /// Writes temporary datasets that are in memory to files, so that the steps that made them need not run again.
    fn keep_held(&mut self, fs: &dyn Fs, store: &Store<'_>) {
        let kept: Vec<OutputEntry> = store
            .held()
            .into_iter()
            .filter_map(|(name, blocks)| self.keep_blocks(fs, store, &name, &blocks))
            .collect();
        if !kept.is_empty() {
            let _ = self.journal.append("kept", &json!({ "outputs": kept }), false);
        }
    }

    /// `None` if there is no room: then the step runs again.
    fn keep_blocks(
        &self,
        fs: &dyn Fs,
        store: &Store<'_>,
        name: &str,
        blocks: &[crate::record::Block],
    ) -> Option<OutputEntry> {
        let folder = self.paths.kept(&self.run);
        fs.create_dir_all(&folder).ok()?;
        let path = folder.join(name);
        let _ = fs.remove(&path);
        let written = (|| -> Result<_> {
            let target = Target {
                dataset: name.to_owned(),
                path: path.clone(),
                format: store.dataset(name)?.format.clone(),
                file: fs.create_large(&path).path_error("make", &path)?,
                allowance: 0,
                pipe: None,
                block_bytes: store.block_bytes(),
            };
            let mut output = Output::start(target, &[])?;
            blocks.iter().try_for_each(|block| output.block(block.clone()))?;
            let (_, finished) = output.finish()?;
            if let Content::File(file) = finished.content {
                drop(file);
            }
            Ok(finished.written)
        })();
        match written {
            Ok(written) => Some(OutputEntry::of(name, path, &written, false)),
            Err(_) => {
                let _ = fs.remove(&path);
                None
            }
        }
    }
}

/// What an attempt is about to do.
struct Beginning {
    resumption: Resumption,
    /// The plan in force.
    frozen: FrozenPlan,
    /// True if it is to be frozen; else it is the one that is there.
    is_new: bool,
    date: String,
}

impl Beginning {
    fn of(
        (fs, paths, root): (&dyn Fs, &Paths, &Root),
        plan: &Plan,
        claim: &Claim,
        start: &Start,
    ) -> Result<Beginning> {
        let (run, history) = (&claim.run, claim.history());
        let date = if claim.is_fresh() { Identity::of(plan).date } else { history.date.clone() };
        let known = Known::new(fs, paths);
        let mut now = FrozenPlan::of(fs, plan, root, run, &date);
        if claim.is_fresh() {
            plan_hashes(Some(known), &mut now, None);
            return Ok(Beginning { resumption: Resumption::default(), frozen: now, is_new: true, date });
        }
        let then = FrozenPlan::read(fs, &paths.plan(run), history.plan.as_deref())?;
        let mut resumption = resume((fs, paths, run), plan, history, (&then, &now), start)?;
        // What was read instead of what was known is meant: then what was known is not.
        if start.accept_changes && history.contradicted() {
            plan_hashes(None, &mut now, None);
            if history.is_blank() {
                resumption.accepted.push("inputs that are not what their hashes say".to_owned());
            }
        } else {
            plan_hashes(Some(known), &mut now, Some(&then));
        }
        let is_new = history.is_blank() || !resumption.accepted.is_empty();
        Ok(Beginning { resumption, frozen: if is_new { now } else { then }, is_new, date })
    }

    /// Gives up what sorts of earlier attempts have kept for steps that are done, or done anew, or under another plan.
    fn drop_sorts(&self, fs: &dyn Fs, paths: &Paths, claim: &Claim) -> Result<()> {
        let same = match self.is_new {
            true => Some(self.frozen.text(&paths.plan(&claim.run))?.1) == claim.history().plan,
            false => true,
        };
        let Resumption { kept, again, .. } = &self.resumption;
        let unfinished = |step: &str| same && !kept.contains_key(step) && !again.contains(step);
        sorts::drop_all(fs, paths, &claim.run, &unfinished);
        Ok(())
    }

    fn is_kept(&self, dataset: &str) -> bool {
        self.resumption.kept.values().any(|step| step.outputs.iter().any(|output| output.dataset == dataset))
    }

    /// The first line of the attempt.
    fn entry(&self, plan: &Plan, run: &str, history: &History, start: &Start, hash: Option<&str>) -> Value {
        let params: serde_json::Map<String, Value> =
            plan.params.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let sources: Vec<Value> = plan
            .sources
            .iter()
            .map(|source| json!({ "name": source.name, "path": source.path, "sha256": source.sha256 }))
            .collect();
        json!({
            "attempt": history.attempts + 1,
            "job": plan.job,
            "job_file": plan.job_file,
            "job_path": plan.job_path,
            "date": self.date,
            "date_given": start.date_given,
            "business_date": plan.business_date,
            "params": params,
            "given": plan.given.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
            "sources": sources,
            "view": plan.generations,
            "parts": planned_parts(plan, run),
            "plan": hash,
            "kept": self.resumption.kept.keys().collect::<Vec<_>>(),
            "from": start.from,
            "accepted": self.resumption.accepted,
            "version": env!("CARGO_PKG_VERSION"),
            "process": limits::process_id(),
            "host": limits::host_name(),
        })
    }
}

/// What files must have in them: what the plan knows, and what steps that are kept have read.
fn hashes(run: &str, plan: &FrozenPlan, read: &[InputEntry]) -> BTreeMap<PathBuf, InputHash> {
    let read = read
        .iter()
        .filter_map(|file| Some((file.path.clone(), InputHash::read_by(run, file.hash.as_deref()?))));
    let planned = plan.datasets.values().flat_map(|dataset| dataset.hashes.clone());
    read.chain(planned.filter(|(_, hash)| hash.xxh3.is_some())).collect()
}

/// Where every output's part will be, whether it exists yet or not.
fn planned_parts(plan: &Plan, run: &str) -> Vec<PathBuf> {
    plan.targets().map(|path| part_of(path, run)).collect()
}

/// Takes over what earlier attempts have done.
fn restore(store: &Store<'_>, plan: &Plan, resumption: &Resumption, visible: &BTreeSet<String>) {
    for entry in resumption.kept.values() {
        for total in StepReport::from(&entry.report).totals {
            store.keep_total(&total.name, total.totals);
        }
        for output in &entry.outputs {
            let Some(path) = resumption.places.get(&output.dataset) else { continue };
            let Some(dataset) = plan.datasets.get(&output.dataset) else { continue };
            let publication = match (&dataset.path, dataset.role) {
                (Some(target), crate::job::Role::Output(disposition))
                    if !visible.contains(&output.dataset) =>
                {
                    let content = (output.bytes, output.hash.clone());
                    Some(Publication { part: path.clone(), target: target.clone(), disposition, content })
                }
                _ => None,
            };
            store.restore(&output.dataset, path.clone(), output.written(), publication);
        }
    }
}

/// Reports of the steps that are kept, in the order of the plan.
pub(super) fn kept_reports(plan: &Plan, kept: &BTreeMap<String, StepEntry>) -> Vec<StepReport> {
    let entries = plan.steps.iter().filter_map(|step| kept.get(&step.name));
    entries
        .map(|entry| {
            let report = StepReport::from(&entry.report);
            let status = if report.status == StepStatus::Bypassed { report.status } else { StepStatus::Kept };
            StepReport { status, ..report }
        })
        .collect()
}
