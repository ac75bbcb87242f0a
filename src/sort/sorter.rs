//! The external sorter: records in, records out in key order.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::bucket::Bucket;
use super::chunk::Chunk;
use super::dealing::Deal;
use super::gather::Gather;
use super::kept::{Keep, Kept};
use super::merge::{Merge, Source, out_of_order, partition_point};
use super::order::Ordered;
use super::proof::Proof;
use super::segment::memory_of;
use super::sizing::{MergeSizing, PIECE_MAX, Sizing, step};
use super::spill::{Checkpoint, Run, RunWriter, SpillFile, WorkSpace};
use crate::diag::{Diagnostic, Result, codes};
use crate::key::{Key, KeyedBlock, Keys, Sequence};
use crate::record::Block;
use crate::sys::clock::Stopwatch;
use crate::sys::ordered_streams;

/// Files that runs are spread over; more would be too many to have open.
const FILES: usize = 64;

/// What a sort did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SortReport {
    /// Records that came in.
    pub records: u64,
    /// Bytes of those records.
    pub bytes: u64,
    /// Sum of the hashes of the records that came in.
    pub fingerprint: u64,
    /// Records that went out.
    pub records_out: u64,
    /// True if the input was in order already.
    pub presorted: bool,
    /// True if records were given away as they came, so that none was held.
    pub passed: bool,
    /// Runs of an earlier attempt that were gone on with.
    pub taken_over: u64,
    /// Bytes of work files that those take.
    pub taken_bytes: u64,
    /// Runs written to work files, those of all levels.
    pub runs: u64,
    /// Bytes written to work files.
    pub spilled: u64,
    /// Levels of merges; 0 if all stayed in memory.
    pub merges: u64,
    /// Runs that the last merge took in, what was in memory included.
    pub fan_in: u64,
    /// Time from the first record to the last, writing of runs not included.
    pub reading: Duration,
    /// Time spent on writing and merging runs before the last merge.
    pub spilling: Duration,
    /// Time spent on giving the records away in order, whoever takes them included.
    pub emitting: Duration,
}

/// Takes sorted blocks.
pub type Put<'p> = &'p mut (dyn FnMut(KeyedBlock) -> Result<()> + Send);

/// Sorts records by a key; without one it passes them through in input order.
pub struct Sorter<'a> {
    key: Arc<Key>,
    sizing: Sizing,
    work: &'a WorkSpace<'a>,
    chunk: Chunk,
    runs: Vec<Run>,
    files: Vec<SpillFile>,
    fixed_length: Option<usize>,
    report: SortReport,
    sequence: Sequence,
    clock: Stopwatch,
    /// If runs are kept for another attempt.
    kept: Option<Kept<'a>>,
    /// The dataset whose blocks are coming.
    dataset: Arc<str>,
}

impl<'a> Sorter<'a> {
    /// A sorter by this key, with the runs that an earlier attempt has kept. Stops if it is clear that the work space will
    /// not do.
    pub fn new(key: Key, sizing: Sizing, work: &'a WorkSpace<'a>) -> Result<Self> {
        // Where no runs are going to be made there is nothing to keep, unless there are some.
        let keeps = |keep: &&Keep| !sizing.stays_in_memory() || work.fs().meta(&keep.manifest).is_ok();
        let (kept, runs, files) = match work.keep().filter(keeps) {
            Some(keep) => {
                let (kept, runs, files) = Kept::open(work, keep, sizing.threads)?;
                (Some(kept), runs, files)
            }
            None => (None, Vec::new(), Vec::new()),
        };
        if let Some(forecast) = sizing.forecast()
            && forecast.runs > 0
            && key.bits() > 0
        {
            let there: u64 = runs.iter().map(Run::stored).sum();
            work.check_space(forecast.spill_bytes.saturating_sub(there))?;
        }
        let taken_bytes = runs.iter().map(Run::stored).sum();
        let presorted = runs.last().is_none_or(|run| run.checkpoint.presorted);
        Ok(Sorter {
            key: Arc::new(key),
            sizing,
            work,
            chunk: new_chunk(&sizing),
            fixed_length: None,
            report: SortReport {
                presorted,
                taken_over: runs.len() as u64,
                taken_bytes,
                ..SortReport::default()
            },
            runs,
            files,
            sequence: Sequence::default(),
            clock: Stopwatch::start(),
            kept,
            dataset: Arc::from(""),
        })
    }

    /// A function that prepares blocks of a dataset, whose name appears in messages; it may run on any thread. Only blocks of
    /// the dataset that was named last may be pushed.
    pub fn preparer(
        &mut self,
        dataset: &str,
    ) -> impl Fn(Block) -> Result<KeyedBlock> + Send + Sync + 'static {
        self.dataset = Arc::from(dataset);
        let (key, dataset, noting) = (Arc::clone(&self.key), Arc::clone(&self.dataset), self.noting());
        let skipping = self.kept.as_ref().map(|kept| kept.covered.skipping());
        move |mut block| {
            noting(&mut block);
            // What is in a run already needs no key; `push` makes those that are missing behind it.
            let keys = match &skipping {
                Some(skipping) if skipping.load(Ordering::Relaxed) => Keys::default(),
                _ => key.of_block(&block, &dataset)?,
            };
            Ok(KeyedBlock { block, keys })
        }
    }

    /// A function that notes what must be known of a block that somebody prepares himself; it may run on any thread.
    pub fn noting(&self) -> impl Fn(&mut Block) + Send + Sync + 'static {
        let keeps = self.kept.is_some();
        move |block| if keeps { block.note_hashes() } else { block.note_fingerprint() }
    }

    /// Takes a prepared block; blocks must come in input order. What is answered must be [run](Deal::run) on some thread;
    /// other blocks may be pushed meanwhile.
    pub fn push(&mut self, keyed: KeyedBlock) -> Result<Option<Deal>> {
        if keyed.block.is_empty() {
            return Ok(None);
        }
        self.count(&keyed.block);
        let Some(keyed) = self.beyond_kept(keyed)? else { return Ok(None) };
        let presorted = self.report.presorted && keyed.keys.are_in_order();
        self.report.presorted = self.sequence.continues(&keyed.keys) && presorted;
        let full = self.chunk.memory() + memory_of(&keyed) > self.sizing.room() || self.chunk.is_full();
        if full && self.chunk.memory() > 0 {
            let front = self.chunk.split_front(self.sizing.run_memory());
            self.spill(front)?;
        }
        Ok(self.chunk.push(keyed))
    }

    fn count(&mut self, block: &Block) {
        let length = block.fixed_length();
        let first = self.report.records == 0;
        self.fixed_length =
            if first { length } else { self.fixed_length.filter(|_| length == self.fixed_length) };
        self.report.records += block.len() as u64;
        self.report.bytes += block.size() as u64;
        self.report.fingerprint = self.report.fingerprint.wrapping_add(block.fingerprint());
    }

    /// What of a block is in no run of an earlier attempt, with its keys.
    fn beyond_kept(&mut self, mut keyed: KeyedBlock) -> Result<Option<KeyedBlock>> {
        let Some(kept) = &mut self.kept else { return Ok(Some(keyed)) };
        let (covered, records) = (kept.covered.take(&keyed.block)?, keyed.block.len());
        if covered == records {
            return Ok(None);
        }
        if keyed.keys.len() < records {
            keyed.keys = self.key.of_block(&keyed.block, &self.dataset)?;
        }
        Ok(Some(if covered > 0 { keyed.part(covered..records) } else { keyed }))
    }

    /// Orders what was pushed and gives it away, block by block. An error if other records leave than came.
    pub fn finish(self, put: Put<'_>) -> Result<SortReport> {
        self.give_away(Proof::Here, put)
    }

    /// As `finish`, but only order and number are checked. Whoever takes the records must hold the fingerprint of what he
    /// has made of them against that of the report.
    pub fn finish_unproven(self, put: Put<'_>) -> Result<SortReport> {
        self.give_away(Proof::Elsewhere, put)
    }

    fn give_away(mut self, proof: Proof, put: Put<'_>) -> Result<SortReport> {
        if let Some(kept) = &self.kept {
            kept.covered.finish()?;
        }
        self.report.reading = self.clock.elapsed().saturating_sub(self.report.spilling);
        if !self.runs.is_empty() {
            return self.merge_runs(proof, put);
        }
        let chunk = self.take_chunk();
        let check = Check::new(proof, put);
        self.timed_emit(check, |put| chunk.give_away(proof, put))
    }

    /// Number of records that came in so far, and the sum of their hashes.
    pub fn taken(&self) -> (u64, u64) {
        (self.report.records, self.report.fingerprint)
    }

    /// What it sorts by.
    pub(super) fn key(&self) -> Arc<Key> {
        Arc::clone(&self.key)
    }

    /// As `finish`, into a run in a file of its own.
    pub(super) fn finish_as_run(
        self,
        see: &mut (dyn FnMut(&KeyedBlock) -> Result<()> + Send),
    ) -> Result<(SortReport, Run)> {
        let work = self.work;
        let mut file = work.file(Some(self.report.bytes), None)?;
        let mut writer = RunWriter::new(work, &mut file, PIECE_MAX, self.fixed_length);
        let report = self.finish(&mut |keyed| {
            see(&keyed)?;
            writer.put(&keyed)
        })?;
        Ok((report, writer.finish()?))
    }

    /// Orders blocks and writes them as a run.
    fn spill(&mut self, chunk: Chunk) -> Result<()> {
        let clock = Stopwatch::start();
        let mut run = self.write_run(|put| chunk.emit(Proof::Elsewhere, put))?;
        if let Some(kept) = &mut self.kept {
            run.checkpoint = Checkpoint { read: kept.covered.read(), presorted: self.report.presorted };
            kept.note(self.runs.len(), 0, &run)?;
        }
        self.runs.push(run);
        self.chunk.recycle(chunk);
        self.report.spilling += clock.elapsed();
        Ok(())
    }

    /// Writes what `emit` gives away as a run.
    fn write_run(&mut self, emit: impl FnOnce(Put<'_>) -> Result<()>) -> Result<Run> {
        if self.files.len() < FILES {
            let bytes = self.sizing.forecast().map(|forecast| forecast.spill_bytes);
            self.files.push(self.work.file(bytes, self.kept.as_mut())?);
        }
        let last = self.files.len() - 1;
        let turn = if last + 1 < FILES { last } else { self.report.runs as usize % FILES };
        let mut writer =
            RunWriter::new(self.work, &mut self.files[turn], self.sizing.piece_bytes(), self.fixed_length);
        let mut sequence = Sequence::default();
        emit(&mut |keyed| {
            if sequence.continues(&keyed.keys) { writer.put(&keyed) } else { Err(out_of_order()) }
        })?;
        let run = writer.finish()?;
        self.report.runs += 1;
        self.report.spilled += run.stored();
        Ok(run)
    }

    fn take_chunk(&mut self) -> Chunk {
        let mut chunk = std::mem::replace(&mut self.chunk, Chunk::new(None, self.sizing.block_bytes(), 1, 1));
        chunk.complete();
        chunk
    }

    fn merge_runs(mut self, proof: Proof, put: Put<'_>) -> Result<SortReport> {
        let (piece, room) = (piece_bytes(&self.sizing, &self.runs), self.sizing.room());
        // What is left in memory stays there if the merge has room beside it.
        let lanes = (self.runs.len() + 1) * self.sizing.held(piece as u64) as usize;
        while self.chunk.memory() > 0 && self.chunk.memory_in_order() + lanes.min(room / 2) > room {
            let front = self.chunk.split_front(self.sizing.run_memory().min(room / 2));
            self.spill(front)?;
        }
        let mut chunk = self.take_chunk();
        chunk.shrink();
        let sizing = self.reduce(&chunk)?;
        let clock = Stopwatch::start();
        let held = chunk.order()?;
        self.report.spilling += clock.elapsed();
        self.report.merges += 1;
        self.report.fan_in = self.runs.len() as u64 + u64::from(chunk.records() > 0);
        let runs = std::mem::take(&mut self.runs);
        let lanes = Lanes {
            key: &self.key.clone(),
            runs: &runs,
            held: &held,
            block_bytes: chunk.block_bytes(),
            fixed_length: self.fixed_length,
            proof,
        };
        let check = Check::new(proof, put);
        self.timed_emit(check, |put| lanes.merge(sizing, put))
    }

    /// Merges runs on disk until one merge can take in all that are left.
    fn reduce(&mut self, chunk: &Chunk) -> Result<MergeSizing> {
        loop {
            let piece = piece_bytes(&self.sizing, &self.runs);
            let described: usize = self.runs.iter().map(Run::memory).sum();
            let sizing = self.sizing.merge(self.runs.len(), piece, chunk.memory_in_order() + described);
            if self.runs.len() <= sizing.fan_in {
                return Ok(sizing);
            }
            let clock = Stopwatch::start();
            let step = step(self.runs.len(), sizing.fan_in);
            // The runs keep the files they are in; those of this level get new ones, so that old ones can go.
            self.files.clear();
            let mut rest = std::mem::take(&mut self.runs).into_iter();
            for _ in 0..step.groups {
                let group: Vec<Run> = rest.by_ref().take(step.width).collect();
                let merged = self.merge_group(&group)?;
                self.runs.push(merged);
                if let Some(kept) = &mut self.kept {
                    kept.release(self.runs.iter().chain(rest.as_slice()), &self.files);
                }
            }
            self.runs.extend(rest);
            self.report.merges += 1;
            self.report.spilling += clock.elapsed();
        }
    }

    fn merge_group(&mut self, group: &[Run]) -> Result<Run> {
        let (key, block_bytes, fixed_length) =
            (Arc::clone(&self.key), self.sizing.block_bytes(), self.fixed_length);
        let lanes =
            Lanes { key: &key, runs: group, held: &[], block_bytes, fixed_length, proof: Proof::Elsewhere };
        let sizing = self.sizing.merge(group.len(), piece_bytes(&self.sizing, group), 0);
        let mut run = self.write_run(|put| lanes.merge(sizing, put))?;
        if let (Some(kept), Some(last)) = (&mut self.kept, group.last()) {
            run.checkpoint = last.checkpoint;
            kept.note(self.runs.len(), group.len(), &run)?;
        }
        Ok(run)
    }

    /// Gives records away, and accounts for them.
    fn timed_emit(
        mut self,
        mut check: Check<'_>,
        emit: impl FnOnce(Put<'_>) -> Result<()>,
    ) -> Result<SortReport> {
        let clock = Stopwatch::start();
        emit(&mut |keyed| check.put(keyed))?;
        self.report.emitting = clock.elapsed();
        self.report.records_out = check.records;
        let same = check.fingerprint.is_none_or(|fingerprint| fingerprint == self.report.fingerprint);
        if self.report.records != check.records || !same {
            return Err(lost(self.report.records, check.records));
        }
        Ok(self.report)
    }
}

/// Bytes of a piece of a run: those of an attempt with more memory may be larger than ours.
fn piece_bytes(sizing: &Sizing, runs: &[Run]) -> usize {
    runs.iter().map(|run| run.piece_bytes).fold(sizing.piece_bytes(), usize::max)
}

/// Checks order and number of what leaves, and its content where that is proven here.
struct Check<'p> {
    put: Put<'p>,
    sequence: Sequence,
    records: u64,
    fingerprint: Option<u64>,
}

impl<'p> Check<'p> {
    fn new(proof: Proof, put: Put<'p>) -> Self {
        let fingerprint = (proof == Proof::Here).then_some(0);
        Check { put, sequence: Sequence::default(), records: 0, fingerprint }
    }

    fn put(&mut self, keyed: KeyedBlock) -> Result<()> {
        if !self.sequence.continues(&keyed.keys) {
            return Err(out_of_order());
        }
        self.records += keyed.block.len() as u64;
        if let Some(sum) = &mut self.fingerprint {
            *sum = sum.wrapping_add(keyed.block.fingerprint());
        }
        (self.put)(keyed)
    }
}

fn lost(came: u64, left: u64) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::RUN012,
        format!("records were lost, doubled or altered inside a sort: {came} in, {left} out, or their bytes differ"),
    )
    .hint("a disk or memory is damaged, or this is a defect of offhost; nothing was published")
}

/// An empty chunk. One that is to be split when it is full is not dealt out to buckets.
fn new_chunk(sizing: &Sizing) -> Chunk {
    let room = sizing.room();
    let expected = sizing.expected.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(room);
    let whole = sizing.held(expected as u64) <= room as u64 || sizing.run_memory() == room;
    Chunk::new(
        whole.then_some(expected.min(room)),
        sizing.block_bytes(),
        sizing.segment_bytes(),
        sizing.threads,
    )
}

/// What a merge takes in: runs on disk in input order, and behind them what is in memory.
struct Lanes<'l> {
    key: &'l Key,
    runs: &'l [Run],
    /// What stayed in memory, in order.
    held: &'l [(&'l Bucket, Ordered)],
    block_bytes: usize,
    fixed_length: Option<usize>,
    proof: Proof,
}

impl Lanes<'_> {
    /// Gives all records away in order; ranges of keys are merged side by side where memory allows.
    fn merge(&self, sizing: MergeSizing, put: Put<'_>) -> Result<()> {
        let mut bounds = if sizing.threads > 1 { self.bounds(sizing.range_bytes) } else { Vec::new() };
        bounds.push(u128::MAX);
        let last = bounds.len() - 1;
        let mut low = None;
        let mut ranges = bounds
            .into_iter()
            .enumerate()
            .map(|(number, bound)| {
                let high = (number < last).then_some(bound);
                (std::mem::replace(&mut low, high), high)
            })
            .peekable();
        let ahead = sizing.range_bytes / self.block_bytes + 2;
        ordered_streams(
            sizing.threads,
            ahead,
            || {
                let range = ranges.next();
                // While this range is merged the disk can fetch the next one.
                if let Some((low, high)) = ranges.peek() {
                    self.runs.iter().for_each(|run| run.prefetch(*low, *high));
                }
                Ok(range)
            },
            |(low, high), turn| {
                let sources = self.sources(low, high);
                let merge = Merge::new(sources, self.block_bytes, self.fixed_length, self.proof);
                merge.run(&mut |keyed| turn.put(keyed))
            },
            put,
        )
    }

    /// Keys that divide everything into ranges of about so many bytes.
    fn bounds(&self, range_bytes: usize) -> Vec<u128> {
        let mut firsts: Vec<u128> = self.runs.iter().flat_map(Run::firsts).collect();
        let pieces = firsts.len().max(1);
        let records: u64 = self.runs.iter().map(|run| run.records).sum();
        let record = self.fixed_length.unwrap_or(256) as u64;
        let every = (range_bytes as u64 * pieces as u64 / (records * record).max(1)).max(1) as usize;
        firsts.sort_unstable();
        let mut bounds: Vec<u128> = firsts.into_iter().skip(every).step_by(every).collect();
        bounds.dedup();
        bounds
    }

    fn sources(&self, low: Option<u128>, high: Option<u128>) -> Vec<Source<'_>> {
        let mut sources: Vec<Source<'_>> = Vec::with_capacity(self.runs.len() + 1);
        for run in self.runs {
            let mut pieces = run.pieces(low, high);
            sources.push(Box::new(move || {
                let Some(number) = pieces.next() else { return Ok(None) };
                let keyed = run.read(number, self.key)?;
                let range = within(keyed.keys.prefixes(), low, high);
                Ok(Some((keyed, range)))
            }));
        }
        if !self.held.is_empty() {
            sources.push(self.held_source(low, high));
        }
        sources
    }

    /// The records of a range of keys that stayed in memory, copied block by block.
    fn held_source(&self, low: Option<u128>, high: Option<u128>) -> Source<'_> {
        let block_bytes = self.block_bytes;
        let mut spans = self.held.iter().map(move |(bucket, part)| {
            (Gather::new(bucket, block_bytes, Proof::Elsewhere), part, within(&part.prefixes, low, high))
        });
        let mut current: Option<(Gather<'_>, &Ordered, std::ops::Range<usize>)> = None;
        Box::new(move || {
            loop {
                if let Some((gather, part, range)) = &mut current
                    && range.start < range.end
                {
                    let (keyed, to) = gather.block(part, range.start);
                    let count = keyed.keys.len().min(range.end - range.start);
                    range.start = to.min(range.end);
                    return Ok(Some((keyed, 0..count)));
                }
                current = spans.next();
                if current.is_none() {
                    return Ok(None);
                }
            }
        })
    }
}

/// The ascending keys that are in a range: from `low` on, below `high`.
fn within(keys: &[u128], low: Option<u128>, high: Option<u128>) -> std::ops::Range<usize> {
    let below = |bound: u128| partition_point(0..keys.len(), |index| keys[index] < bound);
    let start = low.map_or(0, below);
    let end = high.map_or(keys.len(), below);
    start..end.max(start)
}
