//! The masters of a post step: read into tables, divided where transactions are; and written in the order of their keys.

use std::sync::Arc;

use super::super::StepContext;
use crate::diag::Result;
use crate::expr::FieldRef;
use crate::job::PostPlan;
use crate::key::{Key, KeyedBlock};
use crate::post::{Engine, Master, MasterSpec, Parting, Partition, Program, Table};
use crate::record::Block;
use crate::run::intake::{Intake, Taken};
use crate::run::observe::Observer;
use crate::run::output::Output;
use crate::run::store::Store;
use crate::sort::{Duplicates, GroupSinks, Groups, MEMORY_MIN, SortReport, Sorter, WorkSpace};
use crate::sys::ordered_all;

/// Parts at most: engines that work side by side.
pub(super) const PARTS_MAX: usize = 64;

/// How the transactions of a step, and the rows of its masters, are divided among engines.
pub(in crate::run::steps) struct Division {
    pub partition: Option<Partition>,
    pub parts: u16,
}

impl Division {
    /// The division among so many threads; one part if transactions can meet in ways that a partition does not see.
    pub fn of(program: &Program, threads: usize) -> Self {
        let partition = Partition::of(program).ok().filter(|_| threads > 1);
        let parts = if partition.is_some() { threads.min(PARTS_MAX) as u16 } else { 1 };
        Division { partition, parts }
    }

    /// One part that has it all.
    pub fn whole() -> Self {
        Division { partition: None, parts: 1 }
    }

    /// The parts of a master's key by which its rows are divided; `None` if all engines share them.
    fn of_master(&self, master: usize) -> Option<&[usize]> {
        self.partition.as_ref().and_then(|partition| partition.masters[master].as_deref())
    }
}

/// Masters that were read.
pub(in crate::run::steps) struct Loaded {
    pub masters: Vec<Rows>,
    pub parts: u16,
}

/// The rows of a master.
pub(in crate::run::steps) enum Rows {
    /// Of a master that nothing changes.
    Shared(Arc<Table>),
    /// A table for each part, and the rows that were read for all of them.
    Divided(Vec<Table>, u64),
}

impl Loaded {
    /// The tables that nothing changes.
    pub fn shared(&self) -> Vec<Option<Arc<Table>>> {
        let of = |rows: &Rows| match rows {
            Rows::Shared(table) => Some(Arc::clone(table)),
            Rows::Divided(..) => None,
        };
        self.masters.iter().map(of).collect()
    }

    /// An engine for each part.
    pub fn engines(self, plan: &PostPlan) -> Result<Vec<Engine>> {
        self.parts().into_iter().map(|masters| Engine::new(Arc::clone(&plan.program), masters)).collect()
    }

    /// The masters of the first part: all rows, if there is no other.
    pub fn first(self) -> Vec<Master> {
        self.parts().into_iter().next().unwrap_or_default()
    }

    /// The masters of each part.
    fn parts(self) -> Vec<Vec<Master>> {
        let mut parts: Vec<Vec<Master>> = (0..self.parts).map(|_| Vec::new()).collect();
        for rows in self.masters {
            match rows {
                Rows::Shared(table) => {
                    parts.iter_mut().for_each(|part| part.push(Master::shared(Arc::clone(&table))));
                }
                Rows::Divided(tables, read) => {
                    parts
                        .iter_mut()
                        .zip(tables)
                        .for_each(|(part, table)| part.push(Master::part(table, read)));
                }
            }
        }
        parts
    }
}

/// Reads the masters, several at a time.
pub(in crate::run::steps) fn load(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    plan: &PostPlan,
    division: &Division,
    observer: &dyn Observer,
) -> Result<Loaded> {
    let mut readings = Vec::new();
    for number in 0..plan.masters.len() {
        readings.push(Reading::open(store, context, (plan, number), division, observer)?);
    }
    let read = ordered_all(store.resources.threads, readings, Reading::read)?;
    let mut masters = Vec::new();
    for ((tables, taken), changed) in read.into_iter().zip(plan.program.changed_masters()) {
        context.taken(store, taken);
        masters.push(Rows::of(tables, changed));
    }
    Ok(Loaded { masters, parts: division.parts })
}

/// Reads a master whole.
pub(super) fn load_one(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    (plan, number): (&PostPlan, usize),
    observer: &dyn Observer,
) -> Result<Rows> {
    let whole = Division::whole();
    let (tables, taken) = Reading::open(store, context, (plan, number), &whole, observer)?.read()?;
    context.taken(store, taken);
    Ok(Rows::of(tables, plan.program.changed_masters()[number]))
}

impl Rows {
    fn of(mut tables: Vec<Table>, changed: bool) -> Rows {
        match tables.pop() {
            Some(table) if !changed => Rows::Shared(Arc::new(table)),
            last => {
                tables.extend(last);
                let read = tables.iter().map(Table::loaded).sum();
                Rows::Divided(tables, read)
            }
        }
    }
}

/// A master that is being read.
struct Reading<'a> {
    dataset: &'a str,
    key: &'a Key,
    /// By what its rows are divided among its tables.
    parting: Option<Parting>,
    tables: Vec<Table>,
    intake: Intake<'a>,
}

impl<'a> Reading<'a> {
    fn open<'s: 'a>(
        store: &mut Store<'s>,
        context: &StepContext<'_>,
        (plan, number): (&'a PostPlan, usize),
        division: &Division,
        observer: &'a dyn Observer,
    ) -> Result<Self> {
        let (spec, dataset) = (&plan.program.masters[number], &plan.masters[number].dataset);
        let format = &plan.program.scope.slot(spec.slot).format;
        let by = division.of_master(number);
        let parts = if by.is_some() { division.parts } else { 1 };
        let parting = by.map(|by| Parting::of_rows(key_fields(spec, by), parts));
        let bytes = store.size(dataset).and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
        let room = bytes / usize::from(parts);
        let tables = (0..parts).map(|_| Table::new(spec.clone(), format.clone(), room)).collect();
        let intake = Intake::open(store, dataset, &context.step.totals, observer)?;
        Ok(Reading { dataset, key: &spec.key, parting, tables, intake })
    }

    fn read(self) -> Result<(Vec<Table>, Taken)> {
        let Reading { dataset, key, parting, mut tables, intake } = self;
        let prepare = |block: Block| {
            let of_rows = parting.as_ref().map(|parting| parting.of_block(&block, dataset));
            Ok((KeyedBlock::new(block, key, dataset)?, of_rows))
        };
        let taken = intake.read(&prepare, &mut |(keyed, of_rows): (KeyedBlock, Option<Vec<u16>>)| {
            let load = |(table, part): (&mut Table, u16)| {
                table.load(&keyed, |row| of_rows.as_ref().is_none_or(|of_rows| of_rows[row] == part)).err()
            };
            // Whatever the number of parts, the first of the rows that are wrong is the one to be told of.
            match tables.iter_mut().zip(0u16..).filter_map(load).min_by_key(|error| error.record()) {
                Some(error) => Err(error),
                None => Ok(()),
            }
        })?;
        tables.iter_mut().try_for_each(Table::settle)?;
        Ok((tables, taken))
    }
}

/// The fields of these parts of a master's key.
pub(super) fn key_fields(spec: &MasterSpec, parts: &[usize]) -> Vec<FieldRef> {
    parts.iter().map(|part| spec.key.parts()[*part].field.clone()).collect()
}

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
    let sorted = ordered_all(store.resources.threads, writings, |writing| writing.write(store, memory))?;
    sorted.into_iter().try_for_each(|(writing, sorted)| writing.finish(store, context, sorted))
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
    let (writing, sorted) = writing.write(store, room(store, context))?;
    writing.finish(store, context, sorted)
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

    fn write(mut self, store: &Store<'_>, memory: usize) -> Result<(Self, SortReport)> {
        let sorted = write_in_order(store, memory, self.dataset, &self.masters, &mut self.output)?;
        Ok((self, sorted))
    }

    fn finish(self, store: &mut Store<'_>, context: &mut StepContext<'_>, sorted: SortReport) -> Result<()> {
        let rows = self.masters.iter().map(|master| master.table().rows()).sum();
        written(store, context, self.new, self.output, (sorted, rows))
    }
}

/// Bytes of memory beside the masters, to sort their rows in.
pub(in crate::run::steps) fn room(store: &Store<'_>, context: &StepContext<'_>) -> usize {
    store.resources.memory_bytes().saturating_sub(context.masters).max(MEMORY_MIN)
}

/// Completes a new master, and checks that it has all rows.
pub(super) fn written(
    store: &mut Store<'_>,
    context: &mut StepContext<'_>,
    new: &str,
    output: Output,
    (sorted, rows): (SortReport, u64),
) -> Result<()> {
    let written = context.finish(store, output)?;
    context.check_identity("master rows", rows, written.records)?;
    context.check_identity("master row fingerprints", sorted.fingerprint, written.fingerprint)?;
    context.report.sorts.push((new.to_owned(), sorted));
    Ok(())
}

/// Writes the rows of a master in the order of their keys, which no two may share; sorted in so many bytes of memory.
pub(in crate::run::steps) fn write_in_order(
    store: &Store<'_>,
    memory: usize,
    dataset: &str,
    masters: &[&Master],
    output: &mut Output,
) -> Result<SortReport> {
    let Some(master) = masters.first() else { return Ok(SortReport::default()) };
    let bytes: usize = masters.iter().map(|master| master.table().size()).sum();
    let work = WorkSpace::new(store.fs, store.work_folders(), store.resources.compress);
    let mut rows = NewMaster::new(store, dataset, master, (memory, Some(bytes as u64)), &work)?;
    masters.iter().try_for_each(|master| rows.take(master))?;
    rows.finish(master, output)
}

/// Rows on their way into a new master.
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
