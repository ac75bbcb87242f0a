//! Pipes: a sort begins with the step that writes the temporary it reads, and takes the records in as they are written. Between
//! the jobs of z/OS, BatchPipes does that.
//!
//! ```text
//!   POST    |== transactions ==|= masters =|
//!                  | blocks        `----------------. what the sort did counts from here on, if it still is to run
//!   SORT    |== takes them in =|= gives them away ==|==
//! ```
//!
//! The bytes are the same, and so is what the journal says: a step that was begun ahead of its turn is decided on when its turn
//! comes, and what it did is dropped if it was not to run. Only what would have stayed in memory goes through a pipe, because a
//! temporary in a file is there for another attempt.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::resources::{Resources, sorts_of};
use super::store::OUTLIVES;
use crate::dataset::Written;
use crate::diag::{Diagnostic, Result, codes};
use crate::job::{Plan, Role, RunIf, StepKind, StepPlan};
use crate::record::Block;

/// Blocks that may wait for the reader.
const QUEUE: usize = 4;

/// Bytes of a variable record, so that more are expected than there are.
const SHORT: usize = 64;

/// A pipe that can be laid between two steps of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joint {
    /// The temporary dataset.
    pub dataset: String,
    /// Index of the step that writes it.
    pub writer: usize,
    /// Index of the step that reads it.
    pub reader: usize,
    /// Bytes that are expected, as far as known.
    pub bytes: u64,
    /// Bytes of memory that the reader may use.
    pub memory: usize,
}

/// A pipe that may be laid between two steps of a plan: how many bytes would go through it is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenJoint {
    /// The temporary dataset.
    pub dataset: String,
    /// Index of the step that writes it.
    pub writer: usize,
    /// Index of the step that reads it.
    pub reader: usize,
}

/// The pipe that the steps of a plan allow between this writer and one of its readers, if it is worth laying: what goes through
/// it is expected to fit into the memory that the writer leaves (`left`, asked only if a step could read so). `size` says how many
/// bytes a dataset has, as far as known.
pub(super) fn joint(
    plan: &Plan,
    writer: usize,
    resources: &Resources,
    left: &dyn Fn() -> usize,
    size: &dyn Fn(&str) -> Option<u64>,
) -> Option<Joint> {
    let step = plan.steps.get(writer)?;
    let read = allowed(plan, writer, resources);
    if read.is_empty() {
        return None;
    }
    // Others stay in memory beside it, and so does what outlives the reader.
    let memory = left() / temporaries(plan, step).len();
    let memory = memory - OUTLIVES.min(memory / 4);
    read.into_iter().find_map(|(dataset, reader)| {
        let bytes = expected(plan, step, dataset, size)?;
        let size = |name: &str| if name == dataset { Some(bytes) } else { size(name) };
        let sorts = sorts_of(plan, &plan.steps[reader], resources, memory, &size);
        let fits = bytes <= memory as u64 && sorts.iter().all(|sort| sort.sizing.stays_in_memory());
        fits.then(|| Joint { dataset: dataset.to_owned(), writer, reader, bytes, memory })
    })
}

/// The pipe that a run may lay between this writer and one of its readers once it knows the size that is not known by now.
pub(super) fn open_joint(
    plan: &Plan,
    writer: usize,
    resources: &Resources,
    size: &dyn Fn(&str) -> Option<u64>,
) -> Option<OpenJoint> {
    let step = plan.steps.get(writer)?;
    let mut read = allowed(plan, writer, resources).into_iter();
    let (dataset, reader) = read.find(|(dataset, _)| expected(plan, step, dataset, size).is_none())?;
    Some(OpenJoint { dataset: dataset.to_owned(), writer, reader })
}

/// The temporary datasets of a writer that a pipe may go through, whatever their size, and the reader of each.
fn allowed<'p>(plan: &'p Plan, writer: usize, resources: &Resources) -> Vec<(&'p str, usize)> {
    // COND of the job is asked after each step, so that none may begin before the one before it has ended.
    if plan.flow.cond.is_some() || !resources.pipes {
        return Vec::new();
    }
    let written = plan.steps.get(writer).map(|step| temporaries(plan, step)).unwrap_or_default();
    let read = written.into_iter().filter_map(|dataset| Some((dataset, only_reader(plan, writer, dataset)?)));
    read.collect()
}

fn temporaries<'p>(plan: &Plan, step: &'p StepPlan) -> Vec<&'p str> {
    step.kind.outputs().into_iter().filter(|name| is_temporary(plan, name)).collect()
}

fn is_temporary(plan: &Plan, name: &str) -> bool {
    plan.datasets.get(name).is_some_and(|dataset| dataset.role == Role::Temporary)
}

/// The sort that reads this dataset and nothing else, if no other step does, and if it can be known that it will run when all
/// goes well.
fn only_reader(plan: &Plan, writer: usize, dataset: &str) -> Option<usize> {
    if !matches!(plan.steps[writer].kind, StepKind::Sort(_) | StepKind::Match(_) | StepKind::Post(_)) {
        return None;
    }
    if !plan.datasets.get(dataset)?.format.comes_back_as_written() {
        return None;
    }
    let mut readers = (0..plan.steps.len()).filter(|at| plan.steps[*at].kind.inputs().contains(&dataset));
    let (reader, None) = (readers.next()?, readers.next()) else { return None };
    let step = &plan.steps[reader];
    let alone = matches!(&step.kind, StepKind::Sort(sort) if !sort.merge && sort.inputs.len() == 1);
    let unconditional = !step.flow.is_conditional() && step.flow.run_if == RunIf::Ok;
    // What else it waits for has ended before the writer begins.
    let next = step.flow.after.contains(&writer) && step.flow.after.iter().all(|other| *other <= writer);
    (alone && unconditional && next).then_some(reader)
}

/// Bytes that a step is going to write, if a record comes of every record that goes through it.
fn expected(plan: &Plan, step: &StepPlan, dataset: &str, size: &dyn Fn(&str) -> Option<u64>) -> Option<u64> {
    let inputs: Vec<&str> = match &step.kind {
        StepKind::Post(post) => post.inputs.iter().map(String::as_str).collect(),
        kind => kind.inputs(),
    };
    let length = |name: &str, longest: usize| {
        let format = &plan.datasets.get(name)?.format;
        Some(format.fixed_length().unwrap_or(format.lrecl.min(longest)).max(1) as u64)
    };
    let out = length(dataset, usize::MAX)?;
    // Of variable records many are short.
    let records = |input: &str| Some(size(input)?.div_ceil(length(input, SHORT)?));
    inputs.into_iter().map(|input| Some(records(input)?.saturating_mul(out))).sum()
}

/// What goes through.
enum Passing {
    Block(Block),
    /// It was written to its end.
    End(Written),
}

/// Lays a pipe.
pub(super) fn lay() -> (Sink, Source) {
    let (sender, receiver) = sync_channel(QUEUE);
    (Sink { sender: Some(sender) }, Source { receiver, written: None })
}

/// Where the writer puts blocks.
pub(super) struct Sink {
    sender: Option<SyncSender<Passing>>,
}

impl Sink {
    /// Hands a block on. A reader that has failed takes no more; the writer goes on as if it had not.
    pub fn put(&mut self, block: Block) {
        self.send(Passing::Block(block));
    }

    /// Says that this was all.
    pub fn end(mut self, written: Written) {
        self.send(Passing::End(written));
    }

    fn send(&mut self, passing: Passing) {
        if self.sender.as_ref().is_some_and(|sender| sender.send(passing).is_err()) {
            self.sender = None;
        }
    }
}

/// Where the reader finds them.
pub(super) struct Source {
    receiver: Receiver<Passing>,
    written: Option<Written>,
}

impl Source {
    /// The next block; `None` once everything has come.
    ///
    /// # Errors
    /// If the writer ended before its dataset did; its own error is the one that counts.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        if self.written.is_some() {
            return Ok(None);
        }
        match self.receiver.recv() {
            Ok(Passing::Block(block)) => Ok(Some(block)),
            Ok(Passing::End(written)) => {
                self.written = Some(written);
                Ok(None)
            }
            Err(_) => {
                Err(Diagnostic::error(codes::RUN010, "the step that writes the input has not ended well")
                    .hint("this is a defect of offhost; please report it"))
            }
        }
    }

    /// What was written, once everything has come.
    pub fn written(&self) -> Option<Written> {
        self.written
    }
}
