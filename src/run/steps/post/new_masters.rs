//! The new masters of a post step, written in the order of their keys.

use super::super::StepContext;
use crate::diag::Result;
use crate::job::PostPlan;
use crate::key::KeyedBlock;
use crate::post::{Engine, Master, in_order, memory_in_order};
use crate::record::Block;
use crate::run::output::Output;
use crate::run::store::Store;
use crate::sort::{Duplicates, GroupSinks, Groups, MEMORY_MIN, SortReport, Sorter, WorkSpace};
use crate::sys::ordered_all;

/// Writes the new masters, several at a time.
pub(super) fn write(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &PostPlan,
    engines: &[Engine],
) -> Result<()> {
    let mut writings = Vec::new();
    for (number, datasets) in plan.masters.iter().enumerate() {
        let Some(new) = &datasets.new else { continue };
        writings.push(Writing::open(store, context, (new, &datasets.dataset), engines, number)?);
    }
    let memory = room(store, context) / writings.len().max(1);
    let all = ordered_all(store.resources.threads, writings, |writing| writing.write(store, memory))?;
    all.into_iter()
        .try_for_each(|(writing, given)| written(store, context, writing.new, writing.output, given))
}

/// Writes one new master.
pub(super) fn write_one(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (new, dataset): (&str, &str),
    engines: &[Engine],
    number: usize,
) -> Result<()> {
    let writing = Writing::open(store, context, (new, dataset), engines, number)?;
    let (writing, given) = writing.write(store, room(store, context))?;
    written(store, context, writing.new, writing.output, given)
}

/// A new master that is being written.
struct Writing<'a> {
    /// The old master and the new one.
    dataset: &'a str,
    new: &'a str,
    /// Its rows, in as many parts as there are engines.
    masters: Vec<&'a Master>,
    output: Output,
}

impl<'a> Writing<'a> {
    fn open(
        store: &mut Store<'_>,
        context: &StepContext<'_>,
        (new, dataset): (&'a str, &'a str),
        engines: &'a [Engine],
        number: usize,
    ) -> Result<Self> {
        let output = store.create(new, &context.step.totals)?;
        Ok(Writing { dataset, new, masters: Engine::rows_of(engines, number), output })
    }

    fn write(mut self, store: &Store<'_>, memory: usize) -> Result<(Self, Given)> {
        let given = write_in_order(store, memory, self.dataset, &self.masters, &mut self.output)?;
        Ok((self, given))
    }
}

/// Bytes of memory beside the masters, to bring their rows in order.
pub(in crate::run::steps) fn room(store: &Store<'_>, context: &StepContext<'_>) -> usize {
    store.resources.memory_bytes().saturating_sub(context.masters).max(MEMORY_MIN)
}

/// Rows that were given to a new master.
pub(in crate::run::steps) struct Given {
    pub rows: u64,
    /// Of the rows before they were brought in order.
    pub fingerprint: u64,
    /// What the sort did, if they went through one.
    pub sort: Option<SortReport>,
}

/// Completes a new master, and checks that it has all rows.
pub(super) fn written(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    new: &str,
    output: Output,
    given: Given,
) -> Result<()> {
    let written = context.finish(store, output)?;
    context.check_identity("master rows", given.rows, written.records)?;
    context.check_identity("master row fingerprints", given.fingerprint, written.fingerprint)?;
    context.report.sorts.extend(given.sort.map(|sort| (new.to_owned(), sort)));
    Ok(())
}

/// Writes the rows of a master in the order of their keys, which no two may share: from where they lie in memory, or, if they may
/// have other keys now or there is no room for their order, through a sort in so many bytes of memory.
pub(in crate::run::steps) fn write_in_order(
    store: &Store<'_>,
    memory: usize,
    dataset: &str,
    masters: &[&Master],
    output: &mut Output,
) -> Result<Given> {
    let rows = masters.iter().map(|master| master.table().rows()).sum();
    let Some(master) = masters.first() else { return Ok(Given { rows, fingerprint: 0, sort: None }) };
    if !master.may_change_keys() && memory_in_order(masters) <= memory {
        let fingerprint = in_order(masters, store.resources.threads, &mut |row| output.record(row))?;
        return Ok(Given { rows, fingerprint, sort: None });
    }
    let bytes: usize = masters.iter().map(|master| master.table().size()).sum();
    let work = WorkSpace::new(store.fs, store.work_folders(), store.resources.compress);
    let mut new = NewMaster::new(store, dataset, master, (memory, Some(bytes as u64)), &work)?;
    masters.iter().try_for_each(|master| new.take(master))?;
    let sort = new.finish(master, output)?;
    Ok(Given { rows, fingerprint: sort.fingerprint, sort: Some(sort) })
}

/// Rows on their way into a new master, through a sort.
pub(super) struct NewMaster<'w> {
    sorter: Sorter<'w>,
    prepare: Box<dyn Fn(Block) -> Result<KeyedBlock> + Send + Sync>,
    block: Block,
    fixed_length: Option<usize>,
    block_bytes: usize,
}

impl<'w> NewMaster<'w> {
    /// No rows yet; so many bytes of memory for them, and so many bytes that will come, as far as known.
    pub fn new(
        store: &Store<'_>,
        dataset: &str,
        master: &Master,
        (memory, bytes): (usize, Option<u64>),
        work: &'w WorkSpace<'w>,
    ) -> Result<Self> {
        let format = &store.dataset(dataset)?.format;
        let sizing = store.resources.sort(memory, bytes, master.sort_key(), format);
        let mut sorter = Sorter::new(master.sort_key().clone(), sizing, work)?;
        let prepare = Box::new(sorter.preparer(dataset));
        let (fixed_length, block_bytes) = (format.fixed_length(), sizing.block_bytes());
        let block = Block::with_capacity(fixed_length, block_bytes);
        Ok(NewMaster { sorter, prepare, block, fixed_length, block_bytes })
    }

    /// Takes the rows that are left in a master.
    pub fn take(&mut self, master: &Master) -> Result<()> {
        master.drain(&mut |row| {
            self.block.push(row);
            if self.block.size() < self.block_bytes { Ok(()) } else { self.push() }
        })
    }

    fn push(&mut self) -> Result<()> {
        let empty = Block::with_capacity(self.fixed_length, self.block_bytes);
        let keyed = (self.prepare)(std::mem::replace(&mut self.block, empty))?;
        if let Some(deal) = self.sorter.push(keyed)? {
            deal.run();
        }
        Ok(())
    }

    /// Writes them in the order of their keys.
    pub fn finish(mut self, master: &Master, output: &mut Output) -> Result<SortReport> {
        self.push()?;
        let rule = if master.may_repeat_keys() { Duplicates::All } else { Duplicates::KeepFirst };
        let mut groups = Groups::new(rule, None);
        let mut out = |keyed: KeyedBlock| output.block(keyed.block);
        let mut twice =
            |keyed: KeyedBlock| Err(master.not_unique(keyed.block.records().next().unwrap_or_default()));
        let mut sinks = GroupSinks { out: &mut out, aside: &mut twice };
        let report = self.sorter.finish(&mut |keyed| groups.push(keyed, &mut sinks))?;
        groups.finish(self.fixed_length, &mut sinks)?;
        Ok(report)
    }
}
