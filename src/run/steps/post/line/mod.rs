//! A balanced line: transactions against masters that do not fit into the memory.
//!
//! ```text
//!   masters       each sorted by the hash of what keeps transactions together, then by its key       -> a work file each
//!   transactions  sorted by the same hash, then in their order                                       -> a work file
//!   line          all files from front to back, side by side: the rows of a hash into tables,
//!                 then its transactions against them; full tables are emptied between two hashes     -> rows of new masters
//!   settle        what transactions left, sorted back into their order: records to the outputs, rejects counted
//! ```
//!
//! The partition of the program proves that transactions of different values never meet, so what is posted does not depend on
//! the order of the values; a hash of them is as good as they are, and has one length. Each thread walks a range of the hashes
//! with an engine of its own. The first transaction that fails, in the order of transactions, is the one that ends the run:
//! those before it are posted wherever they stand in the line, and what they left decides whether something ended it sooner.

mod divided;
mod outcomes;
mod transactions;
mod walk;

use std::sync::Arc;

use super::masters::{Loaded, Rows, load_one};
use super::new_masters::{Given, write_one, written};
use super::{StepContext, settled};
use crate::diag::Result;
use crate::job::PostPlan;
use crate::post::{Lookout, Parting, Partition, Scout, Table, Tally};
use crate::run::intake::Intake;
use crate::run::line_room::{self, LEFT_KEY};
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::steps::balances::Balancing;
use crate::run::store::Store;
use crate::sort::{MEMORY_MIN, WorkSpace};
use divided::Divided;
use outcomes::Outcomes;
use transactions::Sorted;
use walk::{Drain, Line};

/// What the walk is called where progress is shown.
const STAGE: &str = "balanced line";

/// Posts in a balanced line.
pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (plan, partition): (&PostPlan, &Partition),
    (mut outputs, intakes): (Vec<Output>, Vec<Intake<'_>>),
    observer: &dyn Observer,
) -> Result<()> {
    context.report.masters = Some(told(plan, partition));
    let work = WorkSpace::new(store.fs, store.work_folders(), store.resources.compress);
    let memory = context.memory.saturating_sub(context.masters).max(MEMORY_MIN);
    let threads = store.resources.threads.clamp(1, super::masters::PARTS_MAX);
    let mut balancing = Balancing::new(&plan.program);
    let (loaded, mut masters) =
        load(store, context, (plan, partition), (&work, memory), &mut balancing, observer)?;
    let scout = Scout::new(Arc::clone(&plan.program), loaded.shared());
    let lookout = Lookout::new(scout, None);
    let mut engines = loaded.engines(plan)?;
    let wrong = masters.iter_mut().map(|master| master.as_mut().and_then(|master| master.wrong.take()));
    balancing.begin_with(&engines, wrong.collect())?;
    super::start(&mut engines, &mut outputs)?;

    let parting = Parting::of_transactions(partition, 1);
    let sorted = transactions::sort(store, context, (plan, intakes), (&lookout, &parting), (&work, memory))?;
    let Sorted { file, begun: transactions, failure } = sorted;

    let share = line_room::share(memory);
    let sizing = line_room::unknown(&store.resources, share, LEFT_KEY);
    let outcomes = Outcomes::new(&work, sizing, store.block_bytes())?;
    let drain = Drain::new(store, (plan, &masters), &engines, balancing, (&work, share))?;
    let window = store.resources.masters.map_or(share, |bytes| bytes as usize) / threads;
    let line = Line::new(
        (plan, store.guard(), observer),
        &lookout,
        (&masters, &file),
        (outcomes, drain),
        window,
        failure,
    );
    observer.stage_started(&context.step.name, STAGE, transactions);
    line.walk(&mut engines)?;
    let (outcomes, drain, failure, posted) = line.into_parts();
    let mut tally = settle(context, plan, (outcomes, failure), &mut outputs)?;
    tally.posted = posted;

    if let Some(first) = engines.first_mut() {
        first.end(transactions, &mut |output, bytes| outputs[output].record(bytes))?;
    }
    let Drain { mut balancing, news, changes, wrong, rows } = drain;
    balancing.end(&engines, wrong)?;
    context.report.inputs.rotate_right(plan.inputs.len());
    for output in outputs {
        context.finish(store, output)?;
    }
    for (number, new) in news.into_iter().enumerate() {
        let Some(name) = &plan.masters[number].new else { continue };
        let dataset = &plan.masters[number].dataset;
        match (new, engines.first()) {
            (Some(new), Some(engine)) => {
                let mut output = store.create(name, &context.step.totals)?;
                let sort = new.finish(&engine.masters()[number], &mut output)?;
                let (rows, fingerprint) = (rows[number], sort.fingerprint);
                written(store, context, name, output, Given { rows, fingerprint, sort: Some(sort) })?;
            }
            _ => write_one(store, context, (name, dataset), &engines, number)?,
        }
    }
    settled(store, context, (plan, transactions), &tally, &engines, &changes)?;
    context.report.totals.extend(balancing.totals());
    Ok(())
}

/// What the report says.
fn told(plan: &PostPlan, partition: &Partition) -> String {
    let masters = plan.program.masters.iter().zip(&partition.masters);
    let names: Vec<&str> =
        masters.filter(|(_, divided)| divided.is_some()).map(|(spec, _)| spec.name.as_str()).collect();
    format!("balanced line: transactions and {} sorted by {}", names.join(", "), partition.names().join(", "))
}

/// Reads the masters: those that are divided into work files, the others into tables.
fn load(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (plan, partition): (&PostPlan, &Partition),
    (work, memory): (&WorkSpace<'_>, usize),
    balancing: &mut Balancing,
    observer: &dyn Observer,
) -> Result<(Loaded, Vec<Option<Divided>>)> {
    let parts = store.resources.threads.clamp(1, super::masters::PARTS_MAX) as u16;
    let (mut rows, mut masters) = (Vec::new(), Vec::new());
    for (number, spec) in plan.program.masters.iter().enumerate() {
        let Some(by) = &partition.masters[number] else {
            rows.push(load_one(store, context, (plan, number), observer)?);
            masters.push(None);
            continue;
        };
        let divided = divided::sort(store, context, (plan, number, by), (work, memory), balancing, observer)?;
        let format = &plan.program.scope.slot(spec.slot).format;
        let empty = || Table::new(spec.clone(), format.clone(), 0);
        rows.push(Rows::Divided((0..parts).map(|_| empty()).collect(), divided.rows));
        masters.push(Some(divided));
    }
    Ok((Loaded { masters: rows, parts }, masters))
}

/// Gives away what the transactions left, in their order, up to the one that failed.
fn settle(
    context: &mut StepContext<'_>,
    plan: &PostPlan,
    (outcomes, failure): (Outcomes<'_>, Option<walk::Failure>),
    outputs: &mut [Output],
) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut emit = |output: usize, bytes: &[u8]| outputs[output].record(bytes);
    let report = outcomes.settle(failure, &mut tally, &mut emit, &mut |tally| {
        super::check_rejects(plan.rejects.as_ref(), tally)
    })?;
    context.report.sorts.push(("what was posted".to_owned(), report));
    Ok(tally)
}

/// Where a thread begins and ends in the hashes.
type Range = (Option<u128>, Option<u128>);

/// The hashes in so many ranges of one size; none is in two.
fn ranges(count: usize) -> Vec<Range> {
    let bound = |at: usize| u128::from(u64::MAX / count as u64 * at as u64) << 64;
    (0..count).map(|at| ((at > 0).then(|| bound(at)), (at + 1 < count).then(|| bound(at + 1)))).collect()
}
