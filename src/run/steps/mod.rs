//! One step: open its inputs and outputs, run its operator, account for every record.

mod balance;
mod balances;
mod control;
mod diff;
mod explain;
mod matching;
mod post;
mod program;
mod report;
mod sort;

pub(super) use explain::{Explained, explain};
pub(super) use program::above_max_rc;

use std::sync::mpsc::SyncSender;
use std::thread::ScopedJoinHandle;

use super::intake::Taken;
use super::observe::Observer;
use super::output::Content;
use super::output::Output;
use super::report::{StepReport, TotalReport, Way};
use super::resources::{PlannedSort, Room};
use super::store::Store;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::job::{Role, StepKind, StepPlan};
use crate::key::{KeyedBlock, Sequence};
use crate::ops::{TotalSpec, Totals};
use crate::record::Block;

/// Runs a step.
pub(super) fn run(store: &mut Store<'_>, step: &StepPlan, observer: &dyn Observer) -> Result<StepReport> {
    let bytes = step.kind.inputs().into_iter().filter_map(|name| store.size(name)).sum();
    observer.step_started(&step.name, step.kind.operator(), bytes);
    let Room { memory, sorts, holding, masters, left } = room(store, step);
    check_memory(store, step, masters)?;
    store.allowance = left.saturating_sub(store.piped);
    let mut context = StepContext {
        report: StepReport {
            step: step.name.clone(),
            operator: step.kind.operator().to_owned(),
            ..StepReport::default()
        },
        step,
        sorts,
        masters,
        memory,
    };
    match &step.kind {
        StepKind::Sort(plan) => sort::run(store, &mut context, plan, observer)?,
        StepKind::Control(plan) => control::run(store, &mut context, plan, observer)?,
        StepKind::Match(plan) => matching::run(store, &mut context, plan, observer)?,
        StepKind::Post(plan) => post::run(store, &mut context, plan, &holding, observer)?,
        StepKind::Report(plan) => report::run(store, &mut context, plan, observer)?,
        StepKind::Diff(plan) => diff::run(store, &mut context, plan, observer)?,
        StepKind::Run(plan) => program::run(store, &mut context, plan, observer)?,
        StepKind::Balance(plan) => balance::run(store, &mut context, plan)?,
    }
    Ok(context.report)
}

/// How a step lays itself out in the memory that it has.
pub(super) fn room(store: &Store<'_>, step: &StepPlan) -> Room {
    Room::of(store.plan, step, &store.resources, store.resources.memory_bytes(), &|name| store.size(name))
}

/// A limit that the job gives itself is one: what is known to need more does not begin.
fn check_memory(store: &Store<'_>, step: &StepPlan, needs: usize) -> Result<()> {
    let Some(limit) = store.plan.flow.memory else { return Ok(()) };
    if needs as u64 <= limit {
        return Ok(());
    }
    Err(Diagnostic::error(
        codes::RUN038,
        format!("the masters of step {} need {needs} bytes of memory, the job allows {limit}", step.name),
    )
    .note("they are held whole: `plan` says why")
    .hint("raise limits: memory"))
}

/// A step while it runs.
pub(super) struct StepContext<'a> {
    pub report: StepReport,
    pub step: &'a StepPlan,
    /// The sorts it does.
    pub sorts: Vec<PlannedSort>,
    /// Bytes of memory that masters take which it holds whole.
    pub masters: usize,
    /// Bytes of memory that it has, beside temporaries that other steps left there.
    pub memory: usize,
}

impl StepContext<'_> {
    /// Accounts for an input that was read.
    pub fn taken(&mut self, store: &mut Store<'_>, taken: Taken) {
        self.report.inputs.push((taken.dataset.clone(), taken.records));
        self.report.bytes += taken.bytes;
        self.keep_totals(store, &taken.dataset, taken.totals.into_iter());
    }

    /// Completes an output and accounts for it; returns its records.
    pub fn finish(&mut self, store: &mut Store<'_>, mut output: Output) -> Result<crate::dataset::Written> {
        let dataset = output.dataset.clone();
        let (path, finished) = output.finish()?;
        self.report.outputs.push((dataset.clone(), finished.written.records));
        self.report.bytes += finished.written.bytes;
        if store.dataset(&dataset)?.role == Role::Temporary {
            let way = match finished.content {
                _ if store.is_piped(&dataset) => Way::Pipe,
                Content::Memory(_) => Way::Memory,
                _ => Way::File,
            };
            self.report.temporaries.push((dataset.clone(), way));
        }
        store.complete(&dataset, path, finished.written, finished.content);
        self.keep_totals(store, &dataset, finished.totals.into_iter());
        Ok(finished.written)
    }

    fn keep_totals(
        &mut self,
        store: &mut Store<'_>,
        over: &str,
        totals: impl Iterator<Item = (std::sync::Arc<TotalSpec>, Totals)>,
    ) {
        for (spec, totals) in totals {
            store.keep_total(&spec.name, totals.clone());
            let sum_of = spec.sum_text.clone();
            self.report.totals.push(TotalReport {
                name: spec.name.clone(),
                over: over.to_owned(),
                sum_of,
                totals,
            });
        }
    }

    /// Stops the run if records were lost, doubled or altered inside the step.
    pub fn check_identity(&self, what: &str, came_in: u64, went_out: u64) -> Result<()> {
        if came_in == went_out {
            return Ok(());
        }
        Err(Diagnostic::error(
            codes::RUN012,
            format!("step {}: {what} differ: {came_in} in, {went_out} out", self.step.name),
        )
        .hint("this is a defect of offhost; nothing of this step was published, please report it"))
    }
}

/// The message of a producer whose listener is gone; the listener's own error is the one to report.
const UNHEARD: &str = "the merge has ended";

/// Sends a block to whoever merges.
fn send(sender: &SyncSender<KeyedBlock>, block: KeyedBlock) -> Result<()> {
    sender.send(block).map_err(|_| Diagnostic::error(codes::RUN010, UNHEARD))
}

/// `None` if the only trouble is that nobody listens any more.
fn unless_unheard<T>(done: Result<T>) -> Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.message == UNHEARD => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a reading thread answered.
fn joined<T>(thread: ScopedJoinHandle<'_, Result<Option<T>>>) -> Result<Option<T>> {
    thread.join().unwrap_or_else(|_| {
        Err(Diagnostic::error(codes::RUN010, "a reading thread died")
            .hint("this is a defect of offhost; please report it"))
    })
}

/// Checks that an input is in the order of its keys.
struct OrderCheck<'a> {
    dataset: &'a str,
    hint: &'a str,
    sequence: Sequence,
}

impl<'a> OrderCheck<'a> {
    fn new(dataset: &'a str, hint: &'a str) -> Self {
        OrderCheck { dataset, hint, sequence: Sequence::default() }
    }

    /// Takes the next block.
    fn check(&mut self, keyed: &KeyedBlock) -> Result<()> {
        let keys = &keyed.keys;
        if !self.sequence.continues(keys) {
            return Err(self.out_of_order(&keyed.block, 0));
        }
        match (1..keys.len()).find(|index| keys.compare(index - 1, keys, *index).is_gt()) {
            Some(index) => Err(self.out_of_order(&keyed.block, index)),
            None => Ok(()),
        }
    }

    fn out_of_order(&self, block: &Block, index: usize) -> Box<Diagnostic> {
        let slot = block.slot(index);
        Diagnostic::error(codes::DAT007, format!("dataset {} is not in the order of its keys", self.dataset))
            .in_data(DataPlace {
                dataset: self.dataset.to_owned(),
                record: Some(block.number(slot)),
                offset: Some(block.offset(slot)),
                bytes: block.record(index).to_vec(),
                ..DataPlace::default()
            })
            .note("shown is the first record with a lower key than the one before it")
            .hint(self.hint)
    }
}
