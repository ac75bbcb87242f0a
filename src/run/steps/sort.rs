//! Sort, merge, copy, concatenate.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::StepContext;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::job::{SortInput, SortPlan, StepPlan};
use crate::key::{Key, KeyedBlock};
use crate::ops::Sum;
use crate::record::Block;
use crate::run::intake::{Intake, Taken, altered};
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::store::Store;
use crate::run::{places, sorts};
use crate::sort::{Combine, Deal, GroupSinks, Groups, MergeInput, Passing, SortReport, Sorter, merge_inputs};
use crate::sys::ordered_then;

/// Blocks of an input that may wait for a merge.
const QUEUE: usize = 2;

pub(super) fn run(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &SortPlan,
    observer: &dyn Observer,
) -> Result<()> {
    let mut leaving = Leaving::open(store, context, plan)?;
    let (records, fingerprint) = if plan.merge {
        merge(store, context, plan, observer, &mut leaving)?
    } else if plan.orders() {
        sort(store, context, plan, observer, &mut leaving)?
    } else {
        copy(store, context, plan, observer, &mut leaving)?
    };
    leaving.finish(store, context, plan, records, fingerprint)
}

/// Reads everything into a sorter and takes it back in order. What comes through a pipe leaves as it comes, as long as it is in
/// order. Answers records and their fingerprint.
fn sort(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &SortPlan,
    observer: &dyn Observer,
    leaving: &mut Leaving<'_>,
) -> Result<(u64, u64)> {
    let Some(planned) = context.sorts.first().cloned() else {
        return Err(Diagnostic::error(codes::RUN010, "a sort was not planned").hint("please report it"));
    };
    let mut passing = passes(store, plan)?.then(|| Passing::new(plan.groups()));
    let work = sorts::work_space(store, context.step, "sort");
    let mut sorter = Sorter::new(plan.key.clone(), planned.sizing, &work)?;
    for input in &plan.inputs {
        let prepare = sorter.preparer(&input.dataset);
        let (mut staging, step) = (store.beside(), context.step);
        let mut take = |keyed: KeyedBlock| {
            if let Some(so_far) = &mut passing {
                if so_far.takes(&keyed) {
                    leaving.pass(keyed)?;
                    return Ok(None);
                }
                let gone = so_far.report();
                passing = None;
                leaving.bring_back((&mut staging, step), &gone, &prepare, &mut sorter)?;
            }
            sorter.push(keyed)
        };
        read(store, context, input, observer, &prepare, &mut take, &run_deal)?;
    }
    let report = match passing {
        Some(all) => all.report(),
        None => sorter.finish(&mut |keyed| leaving.put(keyed))?,
    };
    let came = (report.records, report.fingerprint);
    context.report.sorts.push((planned.dataset, report));
    Ok(came)
}

/// True if records may leave before all have come: they come through a pipe, leave unchanged, and can be read again where they
/// went.
fn passes(store: &Store<'_>, plan: &SortPlan) -> Result<bool> {
    let out = store.dataset(&plan.out)?;
    let comes_back = out.format.comes_back_as_written() && !out.append && !places::is_dummy(out);
    // What is written twice would count twice.
    let unlimited = store.plan.flow.output.is_none() && store.plan.flow.temporary.is_none();
    let piped = plan.inputs.iter().all(|input| store.is_piped(&input.dataset));
    Ok(piped && comes_back && unlimited && plan.reformat.is_none())
}

fn run_deal(deal: Option<Deal>) {
    deal.into_iter().for_each(Deal::run);
}

/// Passes everything on as it comes.
fn copy(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &SortPlan,
    observer: &dyn Observer,
    leaving: &mut Leaving<'_>,
) -> Result<(u64, u64)> {
    let (mut records, mut fingerprint) = (0, 0u64);
    for input in &plan.inputs {
        let prepare = |block: Block| {
            let reformatted = plan.reformat.as_ref().map(|reformat| reformat.apply(&block, &input.dataset));
            let mut block = reformatted.transpose()?.unwrap_or(block);
            block.note_fingerprint();
            Ok(block)
        };
        let mut pass = |block: Block| {
            records += block.len() as u64;
            fingerprint = fingerprint.wrapping_add(block.fingerprint());
            leaving.out.block(block)
        };
        read(store, context, input, observer, &prepare, &mut pass, &|()| ())?;
    }
    Ok((records, fingerprint))
}

/// Merges inputs that are in order, each read on a thread of its own.
fn merge(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &SortPlan,
    observer: &dyn Observer,
    leaving: &mut Leaving<'_>,
) -> Result<(u64, u64)> {
    let mut intakes = Vec::new();
    for input in &plan.inputs {
        intakes.push((input, Intake::open(store, &input.dataset, &context.step.totals, observer)?));
    }
    let block_bytes = store.block_bytes();
    let fixed_length = store.dataset(&plan.out)?.format.fixed_length().filter(|_| plan.reformat.is_none());
    let (merged, read) = std::thread::scope(|scope| {
        let (mut inputs, mut threads): (Vec<MergeInput<'_>>, Vec<_>) = (Vec::new(), Vec::new());
        for (input, intake) in intakes {
            let (sender, blocks): (SyncSender<KeyedBlock>, Receiver<KeyedBlock>) = sync_channel(QUEUE);
            threads.push(scope.spawn(move || produce(intake, input, &plan.key, &sender)));
            inputs.push(Box::new(move || Ok(blocks.recv().ok())));
        }
        let merged = merge_inputs(inputs, block_bytes, fixed_length, &mut |keyed| leaving.put(keyed));
        let read: Vec<_> = threads.into_iter().map(super::joined).collect();
        (merged, read)
    });
    let (mut records, mut fingerprint) = (0, 0u64);
    let mut ends = Vec::new();
    for end in read {
        // An input that failed ended its blocks early, so its error explains whatever the merge made of them.
        ends.push(end?);
    }
    merged?;
    for end in ends.into_iter().flatten() {
        records += end.records;
        fingerprint = fingerprint.wrapping_add(end.fingerprint);
        context.report.dropped += end.omitted;
        context.taken(store, end.taken);
    }
    Ok((records, fingerprint))
}

/// What came of an input of a merge.
struct End {
    taken: Taken,
    omitted: u64,
    records: u64,
    fingerprint: u64,
}

/// Sends the blocks of an input with their keys. `None` if nobody listens any more.
fn produce(
    intake: Intake<'_>,
    input: &SortInput,
    key: &Key,
    sender: &SyncSender<KeyedBlock>,
) -> Result<Option<End>> {
    let (mut omitted, mut records, mut fingerprint) = (0, 0, 0u64);
    let mut sequence = super::OrderCheck::new(
        &input.dataset,
        "remove merge: true from the sort, so that its inputs are sorted",
    );
    let prepare = |mut block: Block| {
        let omitted = input.filter.apply(&mut block, &input.dataset)?;
        block.note_fingerprint();
        Ok((omitted, KeyedBlock::new(block, key, &input.dataset)?))
    };
    let taken = intake.read(&prepare, &mut |(left_out, keyed): (u64, KeyedBlock)| {
        omitted += left_out;
        records += keyed.block.len() as u64;
        fingerprint = fingerprint.wrapping_add(keyed.block.fingerprint());
        sequence.check(&keyed)?;
        super::send(sender, keyed)
    });
    let taken = super::unless_unheard(taken)?;
    Ok(taken.map(|taken| End { taken, omitted, records, fingerprint }))
}

/// Reads one input through its filter.
fn read<T: Send, A: Send>(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    input: &SortInput,
    observer: &dyn Observer,
    prepare: &(dyn Fn(Block) -> Result<T> + Sync),
    consume: &mut (dyn FnMut(T) -> Result<A> + Send),
    after: &(dyn Fn(A) + Sync),
) -> Result<()> {
    let intake = Intake::open(store, &input.dataset, &context.step.totals, observer)?;
    let filter_and_prepare = |mut block: Block| {
        let omitted = input.filter.apply(&mut block, &input.dataset)?;
        Ok((omitted, prepare(block)?))
    };
    let mut omitted_in_all = 0;
    let mut count_and_consume = |(omitted, prepared)| {
        omitted_in_all += omitted;
        consume(prepared)
    };
    let taken = intake.read_then(&filter_and_prepare, &mut count_and_consume, after)?;
    context.report.dropped += omitted_in_all;
    context.taken(store, taken);
    Ok(())
}

/// Where records go when they leave, and what happens to them on the way.
struct Leaving<'p> {
    plan: &'p SortPlan,
    dataset: String,
    out: Output,
    aside: Option<Output>,
    groups: Groups,
    summed: std::sync::Arc<std::sync::atomic::AtomicU64>,
    /// Fingerprint of records that were dropped or are in an output in another shape.
    gone: u64,
    left: (u64, u64),
}

impl<'p> Leaving<'p> {
    fn open(store: &mut Store<'_>, context: &StepContext<'_>, plan: &'p SortPlan) -> Result<Leaving<'p>> {
        let out = store.create(&plan.out, &context.step.totals)?;
        let aside = match &plan.duplicates_to {
            Some(to) => Some(store.create(to, &context.step.totals)?),
            None => None,
        };
        let summed = std::sync::Arc::default();
        let combine = plan.sum.clone().map(|sum| -> Box<dyn Combine> {
            Box::new(Summing { sum, overflows: std::sync::Arc::clone(&summed) })
        });
        let groups = Groups::new(plan.duplicates, combine);
        let dataset = plan.inputs.first().map(|input| input.dataset.clone()).unwrap_or_default();
        Ok(Leaving { plan, dataset, out, aside, groups, summed, gone: 0, left: (0, 0) })
    }

    /// Lets records leave before all have come; nobody has to look at their keys.
    fn pass(&mut self, keyed: KeyedBlock) -> Result<()> {
        self.through_groups(|_, sinks| (sinks.out)(keyed))
    }

    /// Brings what has left into a sorter, because the rest is not in the same order, and begins anew.
    fn bring_back<P: Fn(Block) -> Result<KeyedBlock> + Sync>(
        &mut self,
        (store, step): (&mut Store<'_>, &StepPlan),
        gone: &SortReport,
        prepare: &P,
        sorter: &mut Sorter<'_>,
    ) -> Result<()> {
        if gone.records == 0 {
            return Ok(());
        }
        let (path, finished) = self.out.finish()?;
        let mut supply = store.open_unfinished(&self.plan.out, &path, finished.content)?;
        let push = |keyed| sorter.push(keyed);
        let run = |deal| {
            run_deal(deal);
            Ok(())
        };
        ordered_then(store.resources.threads, || supply.next_block(), prepare, push, run)?;
        if sorter.taken() != (gone.records, gone.fingerprint) {
            return Err(altered(&self.plan.out, gone.records, sorter.taken().0));
        }
        drop(supply);
        store.unstage(&self.plan.out, &path)?;
        self.out = store.create(&self.plan.out, &step.totals)?;
        self.left = (0, 0);
        Ok(())
    }

    /// Takes the next records in order.
    fn put(&mut self, keyed: KeyedBlock) -> Result<()> {
        self.through_groups(|groups, sinks| groups.push(keyed, sinks))
    }

    fn through_groups(
        &mut self,
        act: impl FnOnce(&mut Groups, &mut GroupSinks<'_>) -> Result<()>,
    ) -> Result<()> {
        let Leaving { plan, dataset, out, aside, groups, gone, left, .. } = self;
        let mut write_out = |keyed: KeyedBlock| {
            left.0 += keyed.block.len() as u64;
            left.1 = left.1.wrapping_add(keyed.block.fingerprint());
            match &plan.reformat {
                None => out.block(keyed.block),
                Some(reformat) => out.block(reformat.apply(&keyed.block, dataset)?),
            }
        };
        let mut write_aside = |keyed: KeyedBlock| match aside {
            _ if plan.unique => Err(not_unique(dataset, &keyed.block)),
            Some(aside) => aside.block(keyed.block),
            None => {
                *gone = gone.wrapping_add(keyed.block.fingerprint());
                Ok(())
            }
        };
        act(groups, &mut GroupSinks { out: &mut write_out, aside: &mut write_aside })
    }

    /// Completes the outputs and checks that what came in has gone somewhere.
    fn finish(
        mut self,
        store: &mut Store<'_>,
        context: &mut StepContext<'_>,
        plan: &SortPlan,
        records: u64,
        fingerprint: u64,
    ) -> Result<()> {
        let fixed_length = store.dataset(&self.dataset)?.format.fixed_length();
        self.through_groups(|groups, sinks| groups.finish(fixed_length, sinks))?;
        let (dropped, gone, left) = (self.groups.dropped(), self.gone, self.left);
        let written = context.finish(store, self.out)?;
        let aside = self.aside.map(|output| context.finish(store, output)).transpose()?;
        if aside.is_none() {
            context.report.dropped += dropped;
        }
        let overflows = self.summed.load(std::sync::atomic::Ordering::Relaxed);
        if overflows > 0 {
            context.report.details.push(("sums that did not fit".to_owned(), overflows));
        }
        let aside_records = aside.map_or(dropped, |aside| aside.records);
        context.check_identity("record counts", records, written.records + aside_records)?;
        if plan.sum.is_some() {
            // Records that took in others have other bytes now.
            return Ok(());
        }
        let written_fingerprint = if plan.orders() || plan.merge { left.1 } else { written.fingerprint };
        if plan.reformat.is_none() {
            context.check_identity(
                "fingerprints of written records",
                written_fingerprint,
                written.fingerprint,
            )?;
        }
        let out = written_fingerprint.wrapping_add(aside.map_or(gone, |aside| aside.fingerprint));
        context.check_identity("record fingerprints", fingerprint, out)
    }
}

/// SUM as the sorter's groups take it.
struct Summing {
    sum: Sum,
    overflows: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Combine for Summing {
    fn combine(&mut self, first: &mut [u8], second: &[u8]) -> Result<bool> {
        let added = self.sum.add(first, second)?;
        self.overflows.store(self.sum.overflows(), std::sync::atomic::Ordering::Relaxed);
        Ok(added)
    }
}

fn not_unique(dataset: &str, block: &Block) -> Box<Diagnostic> {
    let bytes = block.records().next().map(<[u8]>::to_vec).unwrap_or_default();
    Diagnostic::error(
        codes::DAT008,
        format!("{dataset} has more than one record with the same key, which must be unique"),
    )
    .in_data(DataPlace { dataset: dataset.to_owned(), bytes, ..DataPlace::default() })
    .note("shown is the second record of the first such key")
    .hint("remove the duplicate from the input, or keep first or last")
}
