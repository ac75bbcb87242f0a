//! An output of a step: blocks go to a thread that adds up totals, frames and writes. A temporary dataset stays in memory as
//! long as it fits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::dataset::{DatasetFormat, Recfm, Writer, Written};
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
        let thread = std::thread::Builder::new()
            .name(format!("write {dataset}"))
            .spawn(move || write(target, &specs, &receiver))
            .map_err(|error| Diagnostic::error(codes::RUN004, format!("cannot start a thread: {error}")))?;
        Ok(Output {
            dataset,
            path,
            blocks: Some(sender),
            thread: Some(thread),
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
    pub fn finish(mut self) -> Result<(PathBuf, Finished)> {
        self.flush()?;
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
            Ok(_) => Diagnostic::error(codes::RUN010, "an output ended early").hint("please report it"),
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

fn write(target: Target, specs: &[Arc<TotalSpec>], blocks: &Receiver<Block>) -> Result<Finished> {
    let mut totals: Vec<Totals> = specs.iter().map(|_| Totals::default()).collect();
    let Target { dataset, path, format, file, allowance, .. } = target;
    let mut held =
        Some(Holding::new(&format, allowance)).filter(|_| allowance > 0 && Holding::takes(&format));
    let mut writer = Writer::new(&dataset, &path, format, file);
    for mut block in blocks {
        // Sums jump from record to record; they wait for memory unless the whole block has just been gone through.
        let mut add_up = |block: &Block| {
            let mut each = specs.iter().zip(&mut totals);
            each.try_for_each(|(spec, total)| spec.merge(total, spec.of_block(block, &dataset)?))
        };
        let Some(holding) = &mut held else {
            writer.write(&block)?;
            add_up(&block)?;
            continue;
        };
        block.note_fingerprint();
        add_up(&block)?;
        if let Some(block) = holding.push(block) {
            let blocks = std::mem::take(&mut holding.blocks);
            held = None;
            blocks.iter().chain([&block]).try_for_each(|block| writer.write(block))?;
        }
    }
    let totals = specs.iter().cloned().zip(totals).collect();
    if let Some(Holding { blocks, written, .. }) = held {
        return Ok(Finished { written, content: Content::Memory(blocks), totals });
    }
    let (written, file) = writer.finish()?;
    Ok(Finished { written, content: Content::File(file), totals })
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
    /// True if records come back from a file of this format just as they were written, so that memory can take its place.
    fn takes(format: &DatasetFormat) -> bool {
        format.is_plain_fixed() || format.recfm == Recfm::Variable && format.framing.bdw.is_none()
    }

    fn new(format: &DatasetFormat, allowance: usize) -> Self {
        let lengths = format.fixed_length().map_or(0..=format.lrecl, |length| length..=length);
        Holding { blocks: Vec::new(), memory: 0, allowance, lengths, written: Written::default() }
    }

    /// Takes a block, or gives it back if it does not fit: neither into memory nor, as the writer will say, the format.
    fn push(&mut self, block: Block) -> Option<Block> {
        let fits = block.records().all(|record| self.lengths.contains(&record.len()));
        if !fits || self.memory + block.memory() > self.allowance {
            return Some(block);
        }
        let block = block.numbered_from(self.written.records + 1);
        self.written.records += block.len() as u64;
        self.written.bytes += block.size() as u64;
        self.written.fingerprint = self.written.fingerprint.wrapping_add(block.fingerprint());
        self.memory += block.memory();
        self.blocks.push(block);
        None
    }
}

fn join(thread: Option<JoinHandle<Result<Finished>>>) -> Result<Finished> {
    let joined = thread.map(JoinHandle::join);
    match joined {
        Some(Ok(result)) => result,
        _ => Err(Diagnostic::error(codes::RUN010, "a writing thread died")
            .hint("this is a defect of offhost; please report it")),
    }
}
