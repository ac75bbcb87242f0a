//! A posting step of the past once more, without publishing anything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Asked;
use super::lineage::{Place, search_blocks};
use crate::dataset::Reader;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{DatasetPlan, Plan, PostPlan, Role, StepKind, StepPlan};
use crate::post::Trace;
use crate::record::Block;
use crate::run::guard::{Guard, GuardedFs, Limits};
use crate::run::observe::Silent;
use crate::run::resources::Resources;
use crate::run::scratch::ScratchFolder;
use crate::run::steps::{self, Explained};
use crate::run::store::Store;
use crate::sys::{Fs, Stop};

/// Where temporary datasets are made again; gone afterwards.
pub(super) struct Scratch<'a> {
    fs: GuardedFs<'a>,
    folder: ScratchFolder<'a>,
}

impl<'a> Scratch<'a> {
    /// Nothing is made before something is written.
    pub fn new(asked: &Asked<'a>) -> Self {
        let folder = ScratchFolder::new(asked.fs, asked.root, "why");
        let temporaries = folder.path().to_owned();
        let guard = Guard::new(Stop::default(), Limits::default(), BTreeSet::new(), temporaries);
        Scratch { fs: GuardedFs::new(asked.fs, &guard), folder }
    }
}

/// What is to be said of the datasets that were read again.
#[derive(Clone, Debug, Default)]
pub(super) struct Remarks {
    unhashed: BTreeSet<String>,
    archived: BTreeSet<String>,
}

impl Remarks {
    /// In words.
    pub fn into_notes(self) -> Vec<String> {
        let names = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        let mut notes = Vec::new();
        if !self.unhashed.is_empty() {
            notes.push(format!(
                "the journal has no hash of {}: only what is written again can show that it is what the run read",
                names(self.unhashed)
            ));
        }
        if !self.archived.is_empty() {
            let which = names(self.archived);
            notes.push(format!("taken from the archive, as the file has changed since: {which}"));
        }
        notes
    }
}

/// Steps of a plan that are done again for datasets that they wrote, and the plan with every dataset where its bytes are now.
pub(super) struct Again {
    plan: Plan,
    before: Vec<StepPlan>,
    datasets: Vec<String>,
}

impl Again {
    /// What is needed to read some datasets. Those that the run published and that are still there are taken as they are; steps that
    /// wrote others are done again. An error that names every input that is not what the run read.
    pub fn new(asked: &Asked<'_>, datasets: &[&str]) -> Result<Self> {
        let Asked { past, taken, .. } = *asked;
        let mut plan = asked.plan.clone();
        let mut wanted: Vec<String> = datasets.iter().map(|name| (*name).to_owned()).collect();
        let (mut before, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut changed = Vec::new();
        let writers: BTreeMap<String, usize> = plan
            .steps
            .iter()
            .enumerate()
            .flat_map(|(at, step)| step.kind.outputs().into_iter().map(move |name| (name.to_owned(), at)))
            .collect();
        while let Some(name) = wanted.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let Some(dataset) = plan.datasets.get_mut(&name) else { continue };
            match writers.get(&name) {
                Some(writer) => match taken.published_by(past, &name) {
                    Some(path) => (dataset.path, dataset.role) = (Some(path), Role::Input),
                    None => {
                        before.insert(*writer);
                        wanted.extend(plan.steps[*writer].kind.inputs().into_iter().map(str::to_owned));
                    }
                },
                None => {
                    if !as_read(asked, dataset) {
                        changed.push(name);
                    }
                }
            }
        }
        let program = |at: &usize| {
            matches!(plan.steps[*at].kind, StepKind::Run(_)).then(|| plan.steps[*at].name.clone())
        };
        if let Some(step) = before.iter().find_map(program) {
            let message =
                format!("what step {step} wrote is gone, and its program is not run again for an answer");
            return Err(Diagnostic::error(codes::WHY002, message)
                .hint("publish what it writes, so that the bytes of the run are still there"));
        }
        if !changed.is_empty() {
            changed.sort();
            let hint = "put the files back as they were, or explain a run whose inputs are still there";
            return Err(past.changed(&changed, "inputs", hint));
        }
        for dataset in plan.datasets.values_mut().filter(|dataset| matches!(dataset.role, Role::Output(_))) {
            (dataset.path, dataset.role) = (None, Role::Temporary);
        }
        let before = before.into_iter().map(|at| plan.steps[at].clone()).collect();
        Ok(Again { plan, before, datasets: datasets.iter().map(|name| (*name).to_owned()).collect() })
    }

    /// The store of another run of these steps, with their outputs in it.
    pub fn store<'s>(&'s self, resources: &Resources, scratch: &'s Scratch<'_>) -> Result<Store<'s>> {
        let mut store =
            Store::new(&scratch.fs, &self.plan, resources, "why", scratch.folder.path().to_owned());
        self.datasets.iter().for_each(|name| store.keep(name));
        for step in &self.before {
            steps::run(&mut store, step, &Silent)?;
        }
        Ok(store)
    }
}

/// Posts once more with somebody who writes down.
pub(super) fn post(store: &mut Store<'_>, step: &StepPlan, trace: Box<Trace>) -> Result<Explained> {
    let StepKind::Post(post) = &step.kind else {
        return Err(Diagnostic::error(codes::RUN010, "the step does not post").hint("please report it"));
    };
    let post: &PostPlan = post;
    for name in step.kind.inputs() {
        store.keep(name);
    }
    steps::explain(store, step, post, trace)
}

/// Has an input read from where its bytes are now; false if they are nowhere.
fn as_read(asked: &Asked<'_>, dataset: &mut DatasetPlan) -> bool {
    let Asked { past, taken, .. } = *asked;
    let name = dataset.name.clone();
    dataset.files_mut().all(|path| {
        let Some((_, hash)) = past.read_of(&name, path) else {
            asked.remarks.borrow_mut().unhashed.insert(name.clone());
            return true;
        };
        let Some(found) = taken.read_by(&past.run, path, hash) else { return false };
        if found != *path {
            asked.remarks.borrow_mut().archived.insert(name.clone());
            *path = found;
        }
        true
    })
}

/// A record of a dataset: of its file, or of a temporary one that is made again.
pub(super) fn record_of(asked: &Asked<'_>, name: &str, number: u64) -> Result<Place> {
    let Asked { fs, plan, past, taken, .. } = *asked;
    let dataset = plan.datasets.get(name).ok_or_else(|| super::find::not_posted(plan, name))?;
    let path = match dataset.role {
        Role::Input => dataset.path.clone(),
        Role::Output(_) => taken.published_by(past, name),
        Role::Temporary => None,
    };
    let found = match path {
        Some(path) => in_file(fs, dataset, &path, number)?,
        None => made_again(asked, name, number)?,
    };
    found.ok_or_else(|| {
        let message = format!("{name} has no record {number}");
        Diagnostic::error(codes::WHY004, message)
            .hint("records count from 1; offhost cat --count counts them")
    })
}

fn in_file(fs: &dyn Fs, dataset: &DatasetPlan, path: &Path, number: u64) -> Result<Option<Place>> {
    let mut reader = Reader::open(fs, &dataset.name, path, dataset.format.clone())?;
    reader.pass_over(number - 1)?;
    while let Some(block) = reader.next_block()? {
        if let Some((slot, record)) = block.slots().find(|(slot, _)| block.number(*slot) == number) {
            let (offset, bytes) = (Some(block.offset(slot)), record.to_vec());
            return Ok(Some(Place { dataset: dataset.name.clone(), record: number, offset, bytes }));
        }
    }
    Ok(None)
}

/// A record of a dataset that is gone, by doing the steps that made it again.
fn made_again(asked: &Asked<'_>, name: &str, number: u64) -> Result<Option<Place>> {
    let scratch = Scratch::new(asked);
    let again = Again::new(asked, &[name])?;
    let mut store = again.store(asked.resources, &scratch)?;
    let found = search_blocks(&mut store, name, &|block: &mut Block| {
        Ok(block.slots().map(|(slot, _)| slot).filter(|slot| block.number(*slot) == number).collect())
    })?;
    Ok(found.into_iter().next())
}
