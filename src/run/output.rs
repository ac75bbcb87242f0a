//! An output of a step: blocks go to a thread that adds up totals, frames and writes. A temporary dataset stays in memory as
//! long as it fits, or goes through a pipe to the step that reads it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::pipe::Sink;
use super::store::OUTLIVES;
use crate::dataset::{DatasetFormat, Writer, Written};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::TotalPlan;
use crate::ops::{TotalSpec, Totals};
use crate::record::Block;
use crate::sys::WriteFile;

/// Blocks that may wait for the writer.
const QUEUE: usize = 4;

/// A dataset being written.
pub(super) struct Output {
    pub dataset: String,
    path: PathBuf,
    blocks: Option<SyncSender<Block>>,
    thread: Option<JoinHandle<Result<Finished>>>,
    /// True once everything has been given to the thread.
    complete: Arc<AtomicBool>,
    pending: Block,
    fixed_length: Option<usize>,
    block_bytes: usize,
}

/// Where and how a dataset is written.
pub(super) struct Target {
    pub dataset: String,
    pub path: PathBuf,
    pub format: DatasetFormat,
    pub file: Box<dyn WriteFile>,
    /// Bytes of memory in which records may stay instead of going to the file.
    pub allowance: usize,
    /// Where blocks go instead, as they come.
    pub pipe: Option<Sink>,
    /// Bytes of a block.
    pub block_bytes: usize,
}

/// What the writing thread returns.
pub(super) struct Finished {
    pub written: Written,
    pub content: Content,
    /// Totals in the order in which the step declares those over this dataset.
    pub totals: Vec<(Arc<TotalSpec>, Totals)>,
}

/// Where the records are.
pub(super) enum Content {
    /// In the file, open and not yet forced to the disk.
    File(Box<dyn WriteFile>),
    /// In memory; the file is empty.
    Memory(Vec<Block>),
    /// They went through a pipe, and were too many to be kept beside it; the file is empty.
    Passed,
}

impl Output {
    /// Starts writing. Of `totals` those over this dataset are taken.
    pub fn start(target: Target, totals: &[TotalPlan]) -> Result<Output> {
        let specs: Vec<Arc<TotalSpec>> = totals
            .iter()
            .filter(|total| total.over == target.dataset)
            .map(|total| Arc::clone(&total.spec))
            .collect();
        let (sender, receiver) = sync_channel(QUEUE);
        let (dataset, path, block_bytes) = (target.dataset.clone(), target.path.clone(), target.block_bytes);
        let fixed_length = target.format.fixed_length();
        let complete = Arc::new(AtomicBool::new(false));
        let given = Arc::clone(&complete);
        let thread = std::thread::Builder::new()
            .name(format!("write {dataset}"))
            .spawn(move || write(target, &specs, &receiver, &given))
            .map_err(|error| Diagnostic::error(codes::RUN004, format!("cannot start a thread: {error}")))?;
        Ok(Output {
            dataset,
            path,
            blocks: Some(sender),
            thread: Some(thread),
            complete,
            pending: Block::empty(fixed_length),
            fixed_length,
            block_bytes,
        })
    }

    /// Writes a block.
    pub fn block(&mut self, block: Block) -> Result<()> {
        let sent = self.blocks.as_ref().is_some_and(|blocks| blocks.send(block).is_ok());
        // The thread only stops listening when it has failed; its own error says why.
        if sent { Ok(()) } else { Err(self.failure()) }
    }

    /// Writes a record.
    #[inline]
    pub fn record(&mut self, record: &[u8]) -> Result<()> {
        if self.fixed_length.is_some_and(|length| length != record.len()) {
            return Err(self.wrong_length(record.len()));
        }
        self.pending.push(record);
        if self.pending.size() >= self.block_bytes { self.flush() } else { Ok(()) }
    }

    /// Ends writing; the file is complete, but not yet forced to the disk.
    pub fn finish(&mut self) -> Result<(PathBuf, Finished)> {
        self.flush()?;
        self.complete.store(true, Ordering::Release);
        drop(self.blocks.take());
        let finished = join(self.thread.take())?;
        Ok((std::mem::take(&mut self.path), finished))
    }

    fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let capacity = self.block_bytes + self.block_bytes / 16;
        let block = std::mem::replace(&mut self.pending, Block::with_capacity(self.fixed_length, capacity));
        self.block(block)
    }

    fn failure(&mut self) -> Box<Diagnostic> {
        drop(self.blocks.take());
        match join(self.thread.take()) {
            Err(error) => error,
            Ok(_) => bug("an output ended early"),
        }
    }

    fn wrong_length(&self, length: usize) -> Box<Diagnostic> {
        let lrecl = self.fixed_length.unwrap_or_default();
        Diagnostic::error(
            codes::DAT005,
            format!("a record of {length} bytes does not fit dataset {} (LRECL {lrecl})", self.dataset),
        )
        .hint("check lrecl and the copybook of the output")
    }
}

fn write(
    mut target: Target,
    specs: &[Arc<TotalSpec>],
    blocks: &Receiver<Block>,
    complete: &AtomicBool,
) -> Result<Finished> {
    let totals = specs.iter().map(|_| Totals::default()).collect();
    let sums = Sums { dataset: target.dataset.clone(), specs, totals };
    match target.pipe.take() {
        Some(pipe) => hand_on(target, sums, blocks, (pipe, complete)),
        None => hold_or_write(target, sums, blocks),
    }
}

/// Keeps blocks as long as they fit; then all of them go to the file.
fn hold_or_write(target: Target, mut sums: Sums<'_>, blocks: &Receiver<Block>) -> Result<Finished> {
    let Target { dataset, path, format, file, allowance, .. } = target;
    let mut held =
        Some(Holding::new(&format, allowance)).filter(|_| allowance > 0 && format.comes_back_as_written());
    let mut writer = Writer::new(&dataset, &path, format, file);
    for mut block in blocks {
        let Some(holding) = &mut held else {
            writer.write(&block)?;
            // Sums jump from record to record; they wait for memory unless the whole block has just been gone through.
            sums.add(&block)?;
            continue;
        };
        block.note_fingerprint();
        sums.add(&block)?;
        if let Some(block) = holding.push(block) {
            let blocks = std::mem::take(&mut holding.blocks);
            held = None;
            blocks.iter().chain([&block]).try_for_each(|block| writer.write(block))?;
        }
    }
    let totals = sums.into_pairs();
    if let Some(Holding { blocks, written, .. }) = held {
        return Ok(Finished { written, content: Content::Memory(blocks), totals });
    }
    let (written, file) = writer.finish()?;
    Ok(Finished { written, content: Content::File(file), totals })
}

/// Hands blocks on as they come. As many as may outlive their reader stay in memory beside.
fn hand_on(
    target: Target,
    mut sums: Sums<'_>,
    blocks: &Receiver<Block>,
    (mut pipe, complete): (Sink, &AtomicBool),
) -> Result<Finished> {
    let Target { dataset, path, format, file, allowance, .. } = target;
    let (mut holding, mut whole) = (Holding::new(&format, OUTLIVES.min(allowance)), true);
    for mut block in blocks {
        block.note_fingerprint();
        sums.add(&block)?;
        if !holding.fits(&block) {
            // The writer knows how to say so.
            Writer::new(&dataset, &path, format, file).write(&block)?;
            return Err(bug("a block fits nowhere"));
        }
        let block = holding.count(block);
        whole &= holding.has_room(&block);
        if whole {
            holding.hold(block.clone());
        } else {
            holding.blocks = Vec::new();
        }
        pipe.put(block);
    }
    // Whoever gave up on the output has dropped it; the reader must not take what came for all.
    if complete.load(Ordering::Acquire) {
        pipe.end(holding.written);
    }
    let content = if whole { Content::Memory(holding.blocks) } else { Content::Passed };
    Ok(Finished { written: holding.written, content, totals: sums.into_pairs() })
}

/// Control totals over what is written.
struct Sums<'s> {
    dataset: String,
    specs: &'s [Arc<TotalSpec>],
    totals: Vec<Totals>,
}

impl Sums<'_> {
    fn add(&mut self, block: &Block) -> Result<()> {
        let mut each = self.specs.iter().zip(&mut self.totals);
        each.try_for_each(|(spec, total)| spec.merge(total, spec.of_block(block, &self.dataset)?))
    }

    fn into_pairs(self) -> Vec<(Arc<TotalSpec>, Totals)> {
        self.specs.iter().cloned().zip(self.totals).collect()
    }
}

/// Records that stay in memory instead of being written.
struct Holding {
    blocks: Vec<Block>,
    memory: usize,
    allowance: usize,
    lengths: std::ops::RangeInclusive<usize>,
    written: Written,
}

impl Holding {
    fn new(format: &DatasetFormat, allowance: usize) -> Self {
        let lengths = format.fixed_length().map_or(0..=format.lrecl, |length| length..=length);
        Holding { blocks: Vec::new(), memory: 0, allowance, lengths, written: Written::default() }
    }

    /// Takes a block, or gives it back if it does not fit: neither into memory nor, as the writer will say, the format.
    fn push(&mut self, block: Block) -> Option<Block> {
        if !self.fits(&block) || !self.has_room(&block) {
            return Some(block);
        }
        let block = self.count(block);
        self.hold(block);
        None
    }

    /// True if its records have the lengths of the format.
    fn fits(&self, block: &Block) -> bool {
        block.records().all(|record| self.lengths.contains(&record.len()))
    }

    fn has_room(&self, block: &Block) -> bool {
        self.memory + block.memory() <= self.allowance
    }

    fn hold(&mut self, block: Block) {
        self.memory += block.memory();
        self.blocks.push(block);
    }

    /// Numbers and counts a block.
    fn count(&mut self, block: Block) -> Block {
        let block = block.numbered_from(self.written.records + 1);
        self.written.records += block.len() as u64;
        self.written.bytes += block.size() as u64;
        self.written.fingerprint = self.written.fingerprint.wrapping_add(block.fingerprint());
        block
    }
}

fn bug(what: &str) -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, what).hint("this is a defect of offhost; please report it")
}

fn join(thread: Option<JoinHandle<Result<Finished>>>) -> Result<Finished> {
    let joined = thread.map(JoinHandle::join);
    match joined {
        Some(Ok(result)) => result,
        _ => Err(bug("a writing thread died")),
    }
}
