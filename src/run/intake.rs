//! Reading an input of a step: blocks are counted, added up and prepared on several threads, and arrive in order. At the end
//! the input must be what it claims: its trailer, and what an earlier step wrote.

use std::sync::Arc;

use super::observe::Observer;
use super::store::Store;
use super::supply::Supply;
use crate::dataset::Written;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::expr::Lineage;
use crate::job::{DatasetPlan, TotalPlan};
use crate::ops::{Segment, TotalSpec, Totals, TrailerCheck};
use crate::record::Block;
use crate::sys::ordered_then;

/// An input about to be read.
pub(super) struct Intake<'a> {
    dataset: &'a DatasetPlan,
    supply: Supply,
    specs: Vec<Arc<TotalSpec>>,
    expected: Option<Written>,
    threads: usize,
    observer: &'a dyn Observer,
}

/// What was read.
pub(super) struct Taken {
    pub dataset: String,
    pub records: u64,
    pub bytes: u64,
    pub totals: Vec<(Arc<TotalSpec>, Totals)>,
}

/// What the parallel part finds out about a block.
struct Scan {
    records: u64,
    bytes: u64,
    fingerprint: u64,
    totals: Vec<Totals>,
    segments: Vec<Segment>,
}

impl<'a> Intake<'a> {
    /// Opens an input. Of `totals` those over this dataset are taken.
    pub fn open<'s: 'a>(
        store: &mut Store<'s>,
        name: &str,
        totals: &[TotalPlan],
        observer: &'a dyn Observer,
    ) -> Result<Self> {
        let specs =
            totals.iter().filter(|total| total.over == name).map(|total| Arc::clone(&total.spec)).collect();
        let (dataset, expected, threads) =
            (store.dataset(name)?, store.written(name), store.resources.threads);
        Ok(Intake { dataset, supply: store.open(name)?, specs, expected, threads, observer })
    }

    /// Reads to the end: `prepare` runs on any thread, `consume` in order on one at a time.
    pub fn read<T: Send>(
        self,
        prepare: &(dyn Fn(Block) -> Result<T> + Sync),
        consume: &mut (dyn FnMut(T) -> Result<()> + Send),
    ) -> Result<Taken> {
        self.read_then(prepare, consume, &|()| ())
    }

    /// As `read`; `after` does what `consume` leaves to be done, on any thread while others consume.
    pub fn read_then<T: Send, A: Send>(
        self,
        prepare: &(dyn Fn(Block) -> Result<T> + Sync),
        consume: &mut (dyn FnMut(T) -> Result<A> + Send),
        after: &(dyn Fn(A) + Sync),
    ) -> Result<Taken> {
        let Intake { dataset, mut supply, specs, expected, threads, observer } = self;
        let mut taken = Gathering::new(dataset, &specs);
        let checked = expected.is_some() || matches!(supply, Supply::Pipe(_));
        let work = |mut block: Block| -> Result<(Scan, T)> {
            // Hashed once, for all who will ask for it.
            if checked {
                block.note_fingerprint();
            }
            let scan = scan(dataset, &specs, &block, checked)?;
            Ok((scan, prepare(block)?))
        };
        let put = |(scan, prepared): (Scan, T)| {
            observer.progress(scan.records, scan.bytes);
            taken.push(scan)?;
            consume(prepared)
        };
        let mut lineage = Lineage::default();
        let next = || {
            let block = supply.next_block()?;
            // What a record knows of its parents depends on all records before it.
            let follow = |mut block: Block| {
                dataset.meaning.follow(&mut lineage, &mut block, &dataset.name)?;
                Ok(block)
            };
            block.map(follow).transpose()
        };
        ordered_then(threads, next, work, put, |left| {
            after(left);
            Ok(())
        })?;
        taken.finish(expected.or(supply.written_at_end()))
    }
}

/// What has been read so far.
struct Gathering<'a> {
    dataset: &'a DatasetPlan,
    specs: &'a [Arc<TotalSpec>],
    records: u64,
    bytes: u64,
    fingerprint: u64,
    totals: Vec<Totals>,
    trailer: Option<TrailerCheck<'a>>,
}

impl<'a> Gathering<'a> {
    fn new(dataset: &'a DatasetPlan, specs: &'a [Arc<TotalSpec>]) -> Self {
        let totals = specs.iter().map(|_| Totals::default()).collect();
        let trailer = dataset.trailer.as_ref().map(TrailerCheck::new);
        Gathering { dataset, specs, records: 0, bytes: 0, fingerprint: 0, totals, trailer }
    }

    fn push(&mut self, scan: Scan) -> Result<()> {
        self.records += scan.records;
        self.bytes += scan.bytes;
        self.fingerprint = self.fingerprint.wrapping_add(scan.fingerprint);
        for ((spec, total), part) in self.specs.iter().zip(&mut self.totals).zip(scan.totals) {
            spec.merge(total, part)?;
        }
        match &mut self.trailer {
            Some(trailer) => trailer.push(scan.segments, &self.dataset.name),
            None => Ok(()),
        }
    }

    fn finish(self, expected: Option<Written>) -> Result<Taken> {
        let name = &self.dataset.name;
        if let Some(trailer) = &self.trailer {
            trailer.finish(name)?;
        }
        if self.records < self.dataset.min_records {
            return Err(too_few(name, self.records, self.dataset.min_records));
        }
        if let Some(written) = expected
            && (written.records, written.fingerprint) != (self.records, self.fingerprint)
        {
            return Err(altered(name, written.records, self.records));
        }
        let totals = self.specs.iter().cloned().zip(self.totals).collect();
        Ok(Taken { dataset: name.clone(), records: self.records, bytes: self.bytes, totals })
    }
}

fn scan(dataset: &DatasetPlan, specs: &[Arc<TotalSpec>], block: &Block, expected: bool) -> Result<Scan> {
    let name = &dataset.name;
    dataset.meaning.check_block(block, name)?;
    let totals = specs.iter().map(|spec| spec.of_block(block, name)).collect::<Result<_>>()?;
    let segments = match &dataset.trailer {
        Some(trailer) => trailer.scan(block, name)?,
        None => Vec::new(),
    };
    let fingerprint = if expected { block.fingerprint() } else { 0 };
    Ok(Scan { records: block.len() as u64, bytes: block.size() as u64, fingerprint, totals, segments })
}

fn too_few(name: &str, records: u64, min: u64) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::RUN007,
        format!("dataset {name} has {records} records, at least {min} are expected"),
    )
    .in_data(DataPlace { dataset: name.to_owned(), ..DataPlace::default() })
    .hint("the file is incomplete or empty; ask its sender for it, or lower min-records")
}

/// The message for a dataset in which there is something else than was written to it.
pub(super) fn altered(name: &str, written: u64, read: u64) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::RUN012,
        format!("dataset {name} is not what was written: {written} records then, {read} now"),
    )
    .in_data(DataPlace { dataset: name.to_owned(), ..DataPlace::default() })
    .note("counts or record hashes differ between the step that wrote it and the step that read it")
    .hint("a disk or another program changed the file; run again")
}
