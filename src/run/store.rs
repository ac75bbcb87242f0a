//! Where each dataset of a run is at the moment: an input at its path, an output in its part, a temporary in the run's
//! folder; and what was written to it.
//!
//! What is known is shared by all steps; each step has a store of its own with its share of memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::addition::Addition;
use super::guard::{Guard, GuardedFs};
use super::output::{Content, Output, Target as OutputTarget};
use super::pipe::{self, Sink, Source};
use super::places;
use super::publish::MANIFEST;
use super::resources::Resources;
use super::supply::{HeldDataset, Supply};
use crate::dataset::{Reader, Written};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan, Role, StepPlan, TotalPlan};
use crate::ops::Totals;
use crate::record::Block;
use crate::sys::publish::{self, Publication, Target};
use crate::sys::{Fs, PathError, WriteFile, io_diagnostic};

/// A temporary in memory of at most so many bytes outlives the step that reads it last until that step has ended well, so
/// that a failure does not cost the work of the step that wrote it.
pub(super) const OUTLIVES: usize = 16 << 20;

/// The datasets of one run, as one of its steps sees them.
pub(super) struct Store<'a> {
    pub fs: &'a GuardedFs<'a>,
    pub plan: &'a Plan,
    /// What the step may use.
    pub resources: Resources,
    /// SHA-256 of the frozen plan, if this is a run that can be gone on with.
    pub frozen: Option<Arc<str>>,
    run: Arc<str>,
    temporaries: Arc<Path>,
    shared: Arc<Mutex<Shared>>,
    /// Bytes of memory in which temporaries of the step at work may stay.
    pub allowance: usize,
    /// Bytes of the step's memory that a step has which reads from it through a pipe.
    pub piped: usize,
}

/// What is known of the datasets of a run.
#[derive(Default)]
struct Shared {
    written: BTreeMap<String, (PathBuf, Written)>,
    parts: Vec<(String, Publication)>,
    unsynced: Vec<(PathBuf, Box<dyn WriteFile>)>,
    /// Outputs that began as a copy of what was there.
    additions: BTreeMap<String, Addition>,
    /// Temporaries that are in memory.
    held: BTreeMap<String, HeldDataset>,
    /// How many steps will still read a dataset.
    readers: BTreeMap<String, usize>,
    /// Control totals by name.
    totals: BTreeMap<String, Totals>,
    /// Temporaries that never were in a file.
    in_memory: BTreeSet<String>,
    /// Pipes that temporaries go through.
    pipes: BTreeMap<String, Pipe>,
}

/// An end of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipeEnd {
    /// Where blocks go in.
    Writer,
    /// Where they come out.
    Reader,
}

/// A pipe whose ends are still to be taken.
struct Pipe {
    sink: Option<Sink>,
    source: Option<Source>,
    /// Bytes that are expected.
    bytes: u64,
}

impl<'a> Store<'a> {
    /// A store for the run of this name, whose temporary datasets are in a folder.
    pub fn new(
        fs: &'a GuardedFs<'a>,
        plan: &'a Plan,
        resources: &Resources,
        run: &str,
        temporaries: PathBuf,
    ) -> Self {
        let mut shared = Shared::default();
        for name in plan.steps.iter().flat_map(|step| step.kind.inputs()) {
            *shared.readers.entry(name.to_owned()).or_default() += 1;
        }
        Store {
            fs,
            plan,
            resources: resources.clone(),
            frozen: None,
            run: run.into(),
            temporaries: temporaries.into(),
            shared: Arc::new(Mutex::new(shared)),
            allowance: 0,
            piped: 0,
        }
    }

    /// The same datasets for a step that may use so many bytes of memory.
    pub fn for_step(&self, memory: u64) -> Store<'a> {
        Store {
            fs: self.fs,
            plan: self.plan,
            resources: Resources { memory, ..self.resources.clone() },
            frozen: self.frozen.clone(),
            run: Arc::clone(&self.run),
            temporaries: Arc::clone(&self.temporaries),
            shared: Arc::clone(&self.shared),
            allowance: 0,
            piped: 0,
        }
    }

    /// The same for one who stages and opens datasets beside the step at work.
    pub fn beside(&self) -> Store<'a> {
        Store { allowance: self.allowance, ..self.for_step(self.resources.memory) }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // A thread that died while it noted something has ended the run anyway.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who watches the run.
    pub fn guard(&self) -> &Guard {
        self.fs.guard()
    }

    /// Finds before the first step what would fail later: inputs that are missing or of the wrong size, outputs that
    /// exist or cannot be made. Datasets in `done` are published already.
    pub fn preflight(&self, done: &BTreeSet<String>) -> Result<()> {
        for dataset in self.plan.datasets.values().filter(|dataset| !done.contains(&dataset.name)) {
            let Some(path) = &dataset.path else {
                places::check_pieces(self.fs, dataset)?;
                continue;
            };
            match dataset.role {
                Role::Input => {
                    Reader::open(self.fs, &dataset.name, path, dataset.format.clone())?;
                }
                Role::Output(target) => {
                    publish::check_target(self.fs, &dataset.name, path, target)?;
                    if dataset.must_exist && self.fs.meta(path).is_err() {
                        return Err(Diagnostic::error(
                            codes::RUN001,
                            format!("output {} has disp: old but does not exist", dataset.name),
                        )
                        .in_file(path.display().to_string())
                        .hint("declare it with disp: new or disp: replace"));
                    }
                }
                Role::Temporary => {}
            }
        }
        match &self.plan.flow.manifest {
            Some(path) => publish::check_target(self.fs, MANIFEST, path, Target::Replace),
            None => Ok(()),
        }
    }

    /// A dataset of the plan.
    pub fn dataset(&self, name: &str) -> Result<&'a DatasetPlan> {
        self.plan.datasets.get(name).ok_or_else(|| {
            Diagnostic::error(codes::RUN010, format!("the plan lacks dataset {name}"))
                .hint("this is a defect of offhost; please report it")
        })
    }

    /// Name of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Lays a pipe for a temporary dataset of which so many bytes are expected.
    pub fn lay_pipe(&self, name: &str, bytes: u64) {
        let (sink, source) = pipe::lay();
        let pipe = Pipe { sink: Some(sink), source: Some(source), bytes };
        self.shared().pipes.insert(name.to_owned(), pipe);
    }

    /// Takes back an end of a pipe if the step did not take it that has ended. Who waits at the other end sees that nobody will come.
    pub fn close_pipe(&self, name: &str, end: PipeEnd) {
        let mut shared = self.shared();
        let Some(pipe) = shared.pipes.get_mut(name) else { return };
        match end {
            PipeEnd::Writer => pipe.sink = None,
            PipeEnd::Reader => pipe.source = None,
        }
    }

    /// Takes back what writers have not taken of any pipe.
    pub fn close_pipes(&self) {
        self.shared().pipes.values_mut().for_each(|pipe| pipe.sink = None);
    }

    /// True if a dataset comes through a pipe.
    pub fn is_piped(&self, name: &str) -> bool {
        self.shared().pipes.contains_key(name)
    }

    /// Opens a dataset for reading, wherever it is by now.
    pub fn open(&mut self, name: &str) -> Result<Supply> {
        if let Some(source) = self.shared().take_source(name) {
            return Ok(Supply::Pipe(source));
        }
        if let Some(supply) = self.shared().open_held(name) {
            return Ok(supply);
        }
        let dataset = self.dataset(name)?;
        if let Some(supply) = places::supply(self.fs, dataset, self.block_bytes())? {
            return Ok(supply);
        }
        self.open_file(name, &self.path(name)?)
    }

    fn open_file(&self, name: &str, path: &Path) -> Result<Supply> {
        let reader = Reader::open(self.fs, name, path, self.dataset(name)?.format.clone())?;
        Ok(Supply::File(Box::new(reader.in_blocks_of(self.block_bytes()))))
    }

    /// As `open`, for one that is going to be opened again in the same step.
    pub fn open_again(&mut self, name: &str) -> Result<Supply> {
        if let Some(readers) = self.shared().readers.get_mut(name) {
            *readers += 1;
        }
        self.open(name)
    }

    /// Opens what has been written to a dataset so far, whose writer will begin anew.
    pub fn open_unfinished(&self, name: &str, path: &Path, content: Content) -> Result<Supply> {
        match content {
            Content::Memory(blocks) => Ok(Supply::Last(blocks.into_iter())),
            Content::Passed => Err(lost(name)),
            Content::File(file) => {
                drop(file);
                self.open_file(name, path)
            }
        }
    }

    /// Keeps a dataset for one who will read it again in a later step.
    pub fn keep(&mut self, name: &str) {
        *self.shared().readers.entry(name.to_owned()).or_default() += 1;
    }

    /// Bytes of a dataset, as far as known.
    pub fn size(&self, name: &str) -> Option<u64> {
        if let Some(size) = self.plan.datasets.get(name).and_then(|dataset| places::size(self.fs, dataset)) {
            return Some(size);
        }
        let expected = self.shared().pipes.get(name).map(|pipe| pipe.bytes);
        match self.written(name).map(|written| written.bytes).or(expected) {
            Some(bytes) => Some(bytes),
            None => self.path(name).ok().and_then(|path| self.fs.meta(&path).ok()).map(|meta| meta.length),
        }
    }

    /// Bytes of memory that temporaries take.
    pub fn held_memory(&self) -> usize {
        self.shared().held.values().map(|held| held.memory).sum()
    }

    /// Bytes of a block on its way.
    pub fn block_bytes(&self) -> usize {
        crate::sort::block_bytes(self.resources.memory_bytes())
    }

    /// Folders for work files.
    pub fn work_folders(&self) -> Vec<PathBuf> {
        match self.resources.work_folders.as_slice() {
            [] => vec![self.temporaries.to_path_buf()],
            folders => folders.to_vec(),
        }
    }

    /// The folder of the run.
    pub fn run_folder(&self) -> &Path {
        self.temporaries.parent().unwrap_or(&self.temporaries)
    }

    /// A folder for one step alone; no temporary dataset has its name.
    pub fn step_folder(&self, step: &str) -> PathBuf {
        self.temporaries.join(format!(".{step}"))
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let written = self.shared().written.get(name).map(|(path, _)| path.clone());
        written.or(self.dataset(name)?.path.clone()).ok_or_else(|| lost(name))
    }

    /// What a step of this run wrote to a dataset: all that is in it, with what was there before.
    pub fn written(&self, name: &str) -> Option<Written> {
        self.shared().written.get(name).map(|(_, written)| *written)
    }

    /// What a step of this run wrote, and where it is unless it stayed in memory.
    pub fn place(&self, name: &str) -> Option<(PathBuf, Written, bool)> {
        let shared = self.shared();
        let (path, written) = shared.written.get(name)?;
        Some((path.clone(), *written, shared.in_memory.contains(name)))
    }

    /// What was in the old file of a dataset that a step of this attempt has added to.
    pub fn before(&self, name: &str) -> Option<Written> {
        self.shared().additions.get(name).map(Addition::before)
    }

    /// Notes a control total.
    pub fn keep_total(&self, name: &str, totals: Totals) {
        self.shared().totals.insert(name.to_owned(), totals);
    }

    /// All control totals so far.
    pub fn totals(&self) -> BTreeMap<String, Totals> {
        self.shared().totals.clone()
    }

    /// Opens a dataset for writing.
    pub fn create(&mut self, name: &str, totals: &[TotalPlan]) -> Result<Output> {
        let dataset = self.dataset(name)?;
        let (path, file) = self.stage(name)?;
        let target = OutputTarget {
            dataset: name.to_owned(),
            path,
            format: dataset.format.clone(),
            file,
            allowance: if dataset.role == Role::Temporary { self.allowance } else { 0 },
            pipe: self.shared().pipes.get_mut(name).and_then(|pipe| pipe.sink.take()),
            block_bytes: self.block_bytes(),
        };
        Output::start(target, totals)
    }

    /// The file that a dataset is written to: its part, or a file of the run if it is temporary.
    pub fn stage(&mut self, name: &str) -> Result<(PathBuf, Box<dyn WriteFile>)> {
        let dataset = self.dataset(name)?;
        let staged = match (&dataset.path, dataset.role) {
            (Some(target), Role::Output(disposition)) => {
                // What an attempt of this run that died has left; nobody else uses this name.
                let _ = self.fs.remove(&publish::part_of(target, &self.run));
                let (part, mut file) = publish::stage(self.fs, target, &self.run)?;
                let content = (0, String::new());
                let publication =
                    Publication { part: part.clone(), target: target.clone(), disposition, content };
                self.shared().parts.push((name.to_owned(), publication));
                if dataset.append && self.fs.meta(target).is_ok() {
                    let (addition, added) = Addition::begin(self.fs, dataset, target, &part, file)?;
                    self.shared().additions.insert(name.to_owned(), addition);
                    file = added;
                }
                (part, file)
            }
            _ => {
                self.fs.create_dir_all(&self.temporaries).path_error("make the folder", &self.temporaries)?;
                // No name has a full stop, so that a dummy's file is that of no temporary.
                let file_name = name.strip_prefix('@').map_or(format!("{name}.dummy"), str::to_owned);
                let path = self.temporaries.join(file_name);
                let _ = self.fs.remove(&path);
                let file = self.fs.create_new(&path).map_err(|error| io_diagnostic("make", &path, &error))?;
                (path, file)
            }
        };
        Ok(staged)
    }

    /// Takes back what `stage` has made, so that the dataset can be staged anew.
    pub fn unstage(&mut self, name: &str, path: &Path) -> Result<()> {
        let mut shared = self.shared();
        shared.parts.retain(|(part, _)| part != name);
        shared.additions.remove(name);
        drop(shared);
        self.fs.remove(path).path_error("remove", path)
    }

    /// Notes that a dataset is complete. The file of one that will be published stays open until it is synced.
    pub fn complete(&mut self, name: &str, path: PathBuf, written: Written, content: Content) {
        if self.plan.datasets.get(name).is_some_and(places::is_dummy) {
            return;
        }
        let mut shared = self.shared();
        // What was there before is part of the dataset that is published and read from now on.
        let written = shared.additions.get(name).map_or(written, |addition| addition.whole(written));
        let read =
            shared.readers.get(name).is_some_and(|readers| *readers > 0) || shared.pipes.contains_key(name);
        let mut memory = 0;
        match content {
            Content::File(file) => {
                if let Some((_, publication)) = shared.parts.iter_mut().find(|(part, _)| part == name) {
                    publication.content = (written.bytes, publish::content_hash(written.hash));
                    shared.unsynced.push((path.clone(), file));
                }
            }
            Content::Memory(blocks) => {
                shared.in_memory.insert(name.to_owned());
                // Nobody would come for what no step reads.
                if read {
                    memory = blocks.iter().map(Block::memory).sum();
                    shared.held.insert(name.to_owned(), HeldDataset { blocks: Arc::new(blocks), memory });
                }
            }
            Content::Passed => drop(shared.in_memory.insert(name.to_owned())),
        }
        shared.written.insert(name.to_owned(), (path, written));
        drop(shared);
        self.allowance = self.allowance.saturating_sub(memory);
    }

    /// Takes over what an earlier attempt wrote: from a file that will be published, or one that only steps read.
    pub fn restore(&self, name: &str, path: PathBuf, written: Written, publication: Option<Publication>) {
        let mut shared = self.shared();
        shared.parts.extend(publication.map(|publication| (name.to_owned(), publication)));
        shared.written.insert(name.to_owned(), (path, written));
    }

    /// Drops what a step wrote that was not to run.
    pub fn drop_outputs(&self, step: &StepPlan) {
        let mut shared = self.shared();
        for name in step.kind.outputs() {
            let part = shared.parts.iter().position(|(part, _)| part == name);
            let part = part.map(|at| shared.parts.remove(at).1.part);
            shared.unsynced.retain(|(path, _)| Some(path) != part.as_ref());
            shared.additions.remove(name);
            shared.held.remove(name);
            shared.in_memory.remove(name);
            let written = shared.written.remove(name).map(|(path, _)| path);
            // A file that cannot be removed is one that the end of the run tidies up.
            part.or(written).into_iter().for_each(|path| drop(self.fs.unguarded().remove(&path)));
        }
        step.totals.iter().for_each(|total| drop(shared.totals.remove(&total.spec.name)));
    }

    /// Nobody will read these datasets for a step that has ended well, or will never run.
    pub fn release(&self, inputs: &[&str], ran: bool) {
        let mut shared = self.shared();
        for name in inputs {
            if !ran {
                shared.one_reader_less(name);
            }
            if shared.readers.get(*name) == Some(&0) {
                shared.held.remove(*name);
            }
        }
    }

    /// The blocks of temporaries that are in memory.
    pub fn held(&self) -> Vec<(String, Arc<Vec<Block>>)> {
        let shared = self.shared();
        shared.held.iter().map(|(name, held)| (name.clone(), Arc::clone(&held.blocks))).collect()
    }

    /// Forces all parts to the disk, side by side: the disk orders their writes better than we could.
    pub fn sync_parts(&self) -> Result<()> {
        let files = std::mem::take(&mut self.shared().unsynced);
        std::thread::scope(|scope| {
            let syncs: Vec<_> = files
                .into_iter()
                .map(|(path, mut file)| scope.spawn(move || file.sync().path_error("sync", &path)))
                .collect();
            syncs.into_iter().try_for_each(|sync| sync.join().unwrap_or_else(|_| Err(died())))
        })
    }

    /// The parts of these datasets, with what is in them, in the order in which they were made.
    pub fn publications(&self, outputs: &BTreeSet<&str>) -> Vec<(String, Publication, Written)> {
        let shared = self.shared();
        let wanted = shared.parts.iter().filter(|(name, _)| outputs.contains(name.as_str()));
        let with_counts = wanted.map(|(name, publication)| {
            let written = shared.written.get(name).map(|(_, written)| *written).unwrap_or_default();
            (name.clone(), publication.clone(), written)
        });
        with_counts.collect()
    }

    /// Notes that these datasets are at their targets now.
    pub fn published(&self, datasets: &[String]) {
        let mut shared = self.shared();
        for name in datasets {
            let Some(at) = shared.parts.iter().position(|(part, _)| part == name) else { continue };
            let (_, publication) = shared.parts.remove(at);
            if let Some((path, _)) = shared.written.get_mut(name) {
                *path = publication.target;
            }
        }
    }

    /// Checks again, just before publishing, that no `new` output has appeared meanwhile.
    pub fn check_targets(&self, files: &[(String, Publication, Written)]) -> Result<()> {
        let shared = self.shared();
        files.iter().try_for_each(|(name, publication, _)| {
            shared.additions.get(name).map_or(Ok(()), |addition| addition.check_unchanged(self.fs))?;
            publish::check_target(self.fs, name, &publication.target, publication.disposition)
        })
    }
}

impl Shared {
    /// The end of a pipe from which a dataset comes.
    fn take_source(&mut self, name: &str) -> Option<Source> {
        let source = self.pipes.get_mut(name)?.source.take()?;
        self.one_reader_less(name);
        Some(source)
    }

    /// One of the readers of a dataset needs it no more; answers how many are left.
    fn one_reader_less(&mut self, name: &str) -> usize {
        self.readers.get_mut(name).map_or(0, |readers| {
            *readers = readers.saturating_sub(1);
            *readers
        })
    }

    /// The blocks of a dataset in memory, for one more reader.
    fn open_held(&mut self, name: &str) -> Option<Supply> {
        let left = self.one_reader_less(name);
        if left == 0 && self.held.get(name).is_some_and(|held| held.memory > OUTLIVES) {
            return self.held.remove(name).map(HeldDataset::take);
        }
        self.held.get(name).map(|held| Supply::Shared(Arc::clone(&held.blocks), 0))
    }
}

fn died() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a syncing thread died")
        .hint("this is a defect of offhost; please report it")
}

fn lost(name: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, format!("dataset {name} is read before it is written"))
        .hint("this is a defect of offhost; please report it")
}
