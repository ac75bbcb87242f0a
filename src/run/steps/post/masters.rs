//! The masters of a post step, read into tables, divided where transactions are.

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
use crate::run::store::Store;
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
        // No part is exactly as large as the others; memory that is not used takes none.
        let room = if parts > 1 { bytes / usize::from(parts) / 8 * 9 } else { bytes };
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
