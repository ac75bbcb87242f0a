//! What a run may use of the machine, and how its sorts lay themselves out in it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::holding::Holding;
use super::pipe::{Joint, OpenJoint, joint, open_joint};
use crate::dataset::DatasetFormat;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, StepKind, StepPlan};
use crate::key::Key;
use crate::sort::{MEMORY_MIN, Sizing, block_bytes};
use crate::sys::limits;

/// Threads, memory and work space of a run. What is published does not depend on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Threads that work.
    pub threads: usize,
    /// Bytes of memory for records, whatever is done with them: blocks on their way, sorts, temporaries, masters. Masters that
    /// no balanced line can take are held whole, whatever this says.
    pub memory: u64,
    /// Bytes of memory that masters may take before a balanced line takes them; all the memory if not given.
    pub masters: Option<u64>,
    /// Folders for what does not fit into memory; the run's own folder if there is none.
    pub work_folders: Vec<PathBuf>,
    /// True if work files are compressed.
    pub compress: bool,
    /// True if a sort may begin with the step that writes what it reads.
    pub pipes: bool,
    /// Runs that one merge takes in at most; derived from the memory if not given.
    pub fan_in: Option<usize>,
}

impl Default for Resources {
    /// What the machine or its control group allows.
    fn default() -> Self {
        Resources {
            threads: limits::threads(),
            memory: limits::memory().max(MEMORY_MIN as u64),
            masters: None,
            work_folders: Vec::new(),
            compress: false,
            pipes: true,
            fan_in: None,
        }
    }
}

impl Resources {
    /// The memory as a number of bytes that can be addressed.
    pub fn memory_bytes(&self) -> usize {
        usize::try_from(self.memory).unwrap_or(usize::MAX / 4).max(MEMORY_MIN)
    }

    /// The resources as far as the job takes them.
    ///
    /// # Errors
    /// `JOB040`, if it allows itself less memory than any run needs.
    pub fn within(&self, plan: &Plan) -> Result<Resources> {
        let memory = match plan.flow.memory {
            Some(limit) if limit < MEMORY_MIN as u64 => return Err(too_little(limit, plan)),
            limit => limit.map_or(self.memory, |limit| limit.min(self.memory)),
        };
        Ok(Resources { memory, ..self.clone() })
    }

    /// The sort of a step that has so much memory, if its records are ordered.
    pub(super) fn sort(
        &self,
        memory: usize,
        expected: Option<u64>,
        key: &Key,
        format: &DatasetFormat,
    ) -> Sizing {
        // Of variable records many are short; taking them for short errs on the safe side.
        let record = format.fixed_length().unwrap_or(format.lrecl.min(64));
        Sizing { memory, threads: self.threads, expected, record, key: key.length(), fan_in: self.fan_in }
    }
}

fn too_little(limit: u64, plan: &Plan) -> Box<Diagnostic> {
    Diagnostic::error(codes::JOB040, format!("the job allows itself {limit} bytes of memory"))
        .in_file(&plan.job_file)
        .hint(format!("raise limits: memory; a run needs at least {}K", MEMORY_MIN >> 10))
}

/// A sort that a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSort {
    /// The dataset whose records are sorted; the first if there are several.
    pub dataset: String,
    /// How it lays itself out.
    pub sizing: Sizing,
}

/// The sorts of a step that has so much memory. `size` says how many bytes a dataset has at most, as far as known.
pub(super) fn sorts_of(
    plan: &Plan,
    step: &StepPlan,
    resources: &Resources,
    memory: usize,
    size: &dyn Fn(&str) -> Option<u64>,
) -> Vec<PlannedSort> {
    let sort = |dataset: &str, memory: usize, expected: Option<u64>, key: &Key| {
        let format = &plan.datasets.get(dataset)?.format;
        Some(PlannedSort {
            dataset: dataset.to_owned(),
            sizing: resources.sort(memory, expected, key, format),
        })
    };
    match &step.kind {
        StepKind::Sort(plan) if plan.orders() => {
            let expected = plan.inputs.iter().map(|input| size(&input.dataset)).sum();
            plan.inputs
                .first()
                .and_then(|input| sort(&input.dataset, memory, expected, &plan.key))
                .into_iter()
                .collect()
        }
        StepKind::Match(plan) => {
            let sides = [(&plan.left, plan.sort.0), (&plan.right, plan.sort.1)];
            let sorting = sides.iter().filter(|(_, sorts)| *sorts).count();
            // Blocks of a side that is in order already need little.
            let share = if sorting == 2 { memory / 2 } else { memory / 4 * 3 };
            let sorting = sides.into_iter().filter(|(_, sorts)| *sorts);
            sorting.filter_map(|((dataset, key), _)| sort(dataset, share, size(dataset), key)).collect()
        }
        _ => Vec::new(),
    }
}

/// How a step lays itself out in the memory that it has.
pub(super) struct Room {
    /// Bytes of memory.
    pub memory: usize,
    /// Its sorts.
    pub sorts: Vec<PlannedSort>,
    /// How it has its masters.
    pub holding: Holding,
    /// Bytes of masters that are held whole.
    pub masters: usize,
    /// Bytes that are left for temporaries.
    pub left: usize,
}

impl Room {
    /// The room of a step that has so much memory. `size` says how many bytes a dataset has, as far as known.
    pub fn of(
        plan: &Plan,
        step: &StepPlan,
        resources: &Resources,
        memory: usize,
        size: &dyn Fn(&str) -> Option<u64>,
    ) -> Room {
        let sorts = sorts_of(plan, step, resources, memory, size);
        let holding = Holding::of(plan, step, resources, memory, size);
        let masters = usize::try_from(holding.held).unwrap_or(usize::MAX);
        let sorting: usize = sorts.iter().map(|sort| sort.sizing.need()).sum();
        let under_way = block_bytes(resources.memory_bytes()) * (resources.threads * 4 + 6);
        let left = memory.saturating_sub(sorting).saturating_sub(under_way).saturating_sub(masters);
        // A balanced line works in all of the memory, so that temporaries have little of it.
        let left = if holding.line().is_some() { left.min(memory / 8) } else { left };
        Room { memory, sorts, holding, masters, left }
    }
}

/// What a plan is going to need, as far as it can be foretold from the sizes of its inputs: a step's records are taken to be
/// as many as come in.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// The sorts of each step.
    pub sorts: Vec<Vec<PlannedSort>>,
    /// How each step has its masters.
    pub masters: Vec<Holding>,
    /// Pipes that will be laid, if the steps run one after the other.
    pub pipes: Vec<Joint>,
    /// Pipes that may be laid: the run knows how large their datasets become.
    pub open_pipes: Vec<OpenJoint>,
    /// Bytes of the datasets that are written; those of which nothing is known are missing.
    pub sizes: BTreeMap<String, u64>,
}

/// Foretells what a plan is going to need. `size` says how many bytes a dataset has, as far as known.
pub fn forecast(plan: &Plan, resources: &Resources, size: &dyn Fn(&str) -> Option<u64>) -> Forecast {
    let mut all = Forecast::default();
    for (number, step) in plan.steps.iter().enumerate() {
        let known = &all.sizes;
        let size_of = |name: &str| known.get(name).copied().or_else(|| size(name));
        let room = Room::of(plan, step, resources, resources.memory_bytes(), &size_of);
        // Who reads through a pipe has begun before it could lay one.
        if all.pipes.iter().all(|pipe| pipe.reader != number) {
            match joint(plan, number, resources, &|| room.left, &size_of) {
                Some(pipe) => all.pipes.push(pipe),
                None => all.open_pipes.extend(open_joint(plan, number, resources, &size_of)),
            }
        }
        let written: Vec<(String, u64)> = match &step.kind {
            StepKind::Sort(sort) => {
                let bytes: Option<u64> = sort.inputs.iter().map(|input| size_of(&input.dataset)).sum();
                step.kind.outputs().into_iter().filter_map(|name| Some((name.to_owned(), bytes?))).collect()
            }
            StepKind::Match(matching) => {
                let sides =
                    [(&matching.left_only, &matching.left.0), (&matching.left_paired, &matching.left.0)];
                let others =
                    [(&matching.right_only, &matching.right.0), (&matching.right_paired, &matching.right.0)];
                let pairs = sides.into_iter().chain(others);
                pairs.filter_map(|(name, from)| Some((name.clone()?, size_of(from)?))).collect()
            }
            _ => Vec::new(),
        };
        all.sorts.push(room.sorts);
        all.masters.push(room.holding);
        all.sizes.extend(written);
    }
    all
}
