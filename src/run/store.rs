//! Where each dataset of a run is at the moment: an input at its path, an output in its part, a temporary in the run's
//! folder; and what was written to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::addition::Addition;
use super::output::{Content, Output, Target as OutputTarget};
use super::places;
use super::recover::TEMPORARIES;
use super::resources::Resources;
use super::supply::{HeldDataset, Supply};
use crate::dataset::{Reader, Written};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan, Role, TotalPlan};
use crate::ops::Totals;
use crate::sys::publish::{self, Publication, Target};
use crate::sys::{Fs, PathError, WriteFile, io_diagnostic};

/// The datasets of one run.
pub(super) struct Store<'a> {
    pub fs: &'a dyn Fs,
    pub plan: &'a Plan,
    pub resources: &'a Resources,
    run: String,
    temporaries: PathBuf,
    written: BTreeMap<String, (PathBuf, Written)>,
    parts: Vec<(String, Publication)>,
    unsynced: Vec<(PathBuf, Box<dyn WriteFile>)>,
    /// Outputs that began as a copy of what was there.
    additions: BTreeMap<String, Addition>,
    /// Temporaries that are in memory.
    held: BTreeMap<String, HeldDataset>,
    /// How many steps will still read a dataset.
    readers: BTreeMap<String, usize>,
    /// Bytes of memory in which temporaries of the step at work may stay.
    pub allowance: usize,
    /// Control totals by name.
    pub totals: BTreeMap<String, Totals>,
}

impl<'a> Store<'a> {
    /// A store for the run of this name, whose folder is `run_folder`.
    pub fn new(
        fs: &'a dyn Fs,
        plan: &'a Plan,
        resources: &'a Resources,
        run: &str,
        run_folder: &Path,
    ) -> Self {
        let mut readers: BTreeMap<String, usize> = BTreeMap::new();
        for name in plan.steps.iter().flat_map(|step| step.kind.inputs()) {
            *readers.entry(name.to_owned()).or_default() += 1;
        }
        Store {
            fs,
            plan,
            resources,
            held: BTreeMap::new(),
            readers,
            allowance: 0,
            run: run.to_owned(),
            temporaries: run_folder.join(TEMPORARIES),
            written: BTreeMap::new(),
            parts: Vec::new(),
            unsynced: Vec::new(),
            additions: BTreeMap::new(),
            totals: BTreeMap::new(),
        }
    }

    /// Finds before the first step what would fail later: inputs that are missing or of the wrong size, outputs that
    /// exist or cannot be made.
    pub fn preflight(&self) -> Result<()> {
        for dataset in self.plan.datasets.values() {
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
        Ok(())
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

    /// Opens a dataset for reading, wherever it is by now.
    pub fn open(&mut self, name: &str) -> Result<Supply> {
        let left = self.readers.get_mut(name).map_or(0, |readers| {
            *readers = readers.saturating_sub(1);
            *readers
        });
        if left == 0
            && let Some(held) = self.held.remove(name)
        {
            return Ok(held.take());
        }
        if let Some(held) = self.held.get(name) {
            return Ok(Supply::Shared(std::sync::Arc::clone(&held.blocks), 0));
        }
        let dataset = self.dataset(name)?;
        if let Some(supply) = places::supply(self.fs, dataset, self.block_bytes())? {
            return Ok(supply);
        }
        let path = self.path(name)?;
        let reader = Reader::open(self.fs, name, &path, dataset.format.clone())?;
        Ok(Supply::File(Box::new(reader.in_blocks_of(self.block_bytes()))))
    }

    /// As `open`, for one that is going to be opened again in the same step.
    pub fn open_again(&mut self, name: &str) -> Result<Supply> {
        if let Some(readers) = self.readers.get_mut(name) {
            *readers += 1;
        }
        self.open(name)
    }

    /// Keeps a dataset for one who will read it again in a later step.
    pub fn keep(&mut self, name: &str) {
        *self.readers.entry(name.to_owned()).or_default() += 1;
    }

    /// Bytes of a dataset, as far as known.
    pub fn size(&self, name: &str) -> Option<u64> {
        if let Some(size) = self.plan.datasets.get(name).and_then(|dataset| places::size(self.fs, dataset)) {
            return Some(size);
        }
        match self.written(name) {
            Some(written) => Some(written.bytes),
            None => self.path(name).ok().and_then(|path| self.fs.meta(&path).ok()).map(|meta| meta.length),
        }
    }

    /// Bytes of memory that temporaries take.
    pub fn held_memory(&self) -> usize {
        self.held.values().map(|held| held.memory).sum()
    }

    /// Bytes of a block on its way.
    pub fn block_bytes(&self) -> usize {
        crate::sort::block_bytes(self.resources.memory_bytes())
    }

    /// Folders for work files.
    pub fn work_folders(&self) -> Vec<PathBuf> {
        match self.resources.work_folders.as_slice() {
            [] => vec![self.temporaries.clone()],
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
        match (self.written.get(name), &self.dataset(name)?.path) {
            (Some((path, _)), _) | (None, Some(path)) => Ok(path.clone()),
            (None, None) => Err(lost(name)),
        }
    }

    /// What a step of this run wrote to a dataset: all that is in it, with what was there before.
    pub fn written(&self, name: &str) -> Option<Written> {
        self.written.get(name).map(|(_, written)| *written)
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
            block_bytes: self.block_bytes(),
        };
        Output::start(target, totals)
    }

    /// The file that a dataset is written to: its part, or a file of the run if it is temporary.
    pub fn stage(&mut self, name: &str) -> Result<(PathBuf, Box<dyn WriteFile>)> {
        let dataset = self.dataset(name)?;
        let staged = match (&dataset.path, dataset.role) {
            (Some(target), Role::Output(disposition)) => {
                let (part, mut file) = publish::stage(self.fs, target, &self.run)?;
                let content = (0, String::new());
                let publication =
                    Publication { part: part.clone(), target: target.clone(), disposition, content };
                self.parts.push((name.to_owned(), publication));
                if dataset.append && self.fs.meta(target).is_ok() {
                    let (addition, added) = Addition::begin(self.fs, dataset, target, &part, file)?;
                    self.additions.insert(name.to_owned(), addition);
                    file = added;
                }
                (part, file)
            }
            _ => {
                self.fs.create_dir_all(&self.temporaries).path_error("make the folder", &self.temporaries)?;
                // No name has a full stop, so that a dummy's file is that of no temporary.
                let file_name = name.strip_prefix('@').map_or(format!("{name}.dummy"), str::to_owned);
                let path = self.temporaries.join(file_name);
                let file = self.fs.create_new(&path).map_err(|error| io_diagnostic("make", &path, &error))?;
                (path, file)
            }
        };
        Ok(staged)
    }

    /// Takes back what `stage` has made, so that the dataset can be staged anew.
    pub fn unstage(&mut self, name: &str, path: &Path) -> Result<()> {
        self.parts.retain(|(part, _)| part != name);
        self.additions.remove(name);
        self.fs.remove(path).path_error("remove", path)
    }

    /// Notes that a dataset is complete. The file of one that will be published stays open until it is synced.
    pub fn complete(&mut self, name: &str, path: PathBuf, written: Written, content: Content) {
        if self.plan.datasets.get(name).is_some_and(places::is_dummy) {
            return;
        }
        // What was there before is part of the dataset that is published and read from now on.
        let written = self.additions.get(name).map_or(written, |addition| addition.whole(written));
        match content {
            Content::File(file) => {
                if let Some((_, publication)) = self.parts.iter_mut().find(|(part, _)| part == name) {
                    publication.content = (written.bytes, publish::content_hash(written.hash));
                    self.unsynced.push((path.clone(), file));
                }
            }
            // Nobody would come for what no step reads.
            Content::Memory(blocks) if self.readers.get(name).is_some_and(|readers| *readers > 0) => {
                let memory = blocks.iter().map(crate::record::Block::memory).sum();
                self.allowance = self.allowance.saturating_sub(memory);
                self.held
                    .insert(name.to_owned(), HeldDataset { blocks: std::sync::Arc::new(blocks), memory });
            }
            Content::Memory(_) => {}
        }
        self.written.insert(name.to_owned(), (path, written));
    }

    /// Forces all parts to the disk, side by side: the disk orders their writes better than we could.
    pub fn sync_parts(&mut self) -> Result<()> {
        let files = std::mem::take(&mut self.unsynced);
        std::thread::scope(|scope| {
            let syncs: Vec<_> = files
                .into_iter()
                .map(|(path, mut file)| scope.spawn(move || file.sync().path_error("sync", &path)))
                .collect();
            syncs.into_iter().try_for_each(|sync| sync.join().unwrap_or_else(|_| Err(died())))
        })
    }

    /// The parts to be published, in the order in which they were made.
    pub fn publications(&self) -> Vec<Publication> {
        self.parts.iter().map(|(_, publication)| publication.clone()).collect()
    }

    /// The parts to be published by the names of their datasets.
    pub fn publications_by_name(&self) -> Vec<(String, Publication)> {
        self.parts.clone()
    }

    /// Names of the published datasets, with what was written to each.
    pub fn published(&self) -> impl Iterator<Item = (&str, &Publication, Written)> {
        self.parts
            .iter()
            .map(|(name, publication)| (name.as_str(), publication, self.written(name).unwrap_or_default()))
    }

    /// Where every output's part will be, whether it exists yet or not.
    pub fn planned_parts(&self) -> Vec<PathBuf> {
        let outputs = self.plan.datasets.values().filter(|dataset| matches!(dataset.role, Role::Output(_)));
        outputs
            .filter_map(|dataset| dataset.path.as_deref())
            .map(|path| publish::part_of(path, &self.run))
            .collect()
    }

    /// Deletes all parts.
    pub fn discard_parts(&self) {
        publish::discard(self.fs, self.parts.iter().map(|(_, publication)| publication.part.as_path()));
    }

    /// Deletes the temporary datasets.
    pub fn drop_temporaries(&self) {
        // Nothing depends on them any more; what cannot be removed only takes space.
        let _ = self.fs.remove_dir_all(&self.temporaries);
    }

    /// Checks again, just before publishing, that no `new` output has appeared meanwhile.
    pub fn check_targets(&self) -> Result<()> {
        self.additions.values().try_for_each(|addition| addition.check_unchanged(self.fs))?;
        self.parts.iter().try_for_each(|(name, publication)| {
            publish::check_target(self.fs, name, &publication.target, publication.disposition)
        })
    }
}

/// True for outputs that must not exist.
pub(super) fn is_new(publication: &Publication) -> bool {
    publication.disposition == Target::New
}

fn died() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a syncing thread died")
        .hint("this is a defect of offhost; please report it")
}

fn lost(name: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, format!("dataset {name} is read before it is written"))
        .hint("this is a defect of offhost; please report it")
}
