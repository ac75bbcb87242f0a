//! An output of a step: blocks go to a thread that adds up totals, frames and writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

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
    pending: Block,
    fixed_length: Option<usize>,
}

/// What the writing thread returns.
pub(super) struct Finished {
    pub written: Written,
    /// The file, open and not yet forced to the disk.
    pub file: Box<dyn WriteFile>,
    /// Totals in the order in which the step declares those over this dataset.
    pub totals: Vec<(Arc<TotalSpec>, Totals)>,
}

impl Output {
    /// Starts writing. Of `totals` those over this dataset are taken.
    pub fn start(
        dataset: &str,
        path: PathBuf,
        writer: Writer,
        format: &DatasetFormat,
        totals: &[TotalPlan],
    ) -> Result<Output> {
        let specs: Vec<Arc<TotalSpec>> = totals
            .iter()
            .filter(|total| total.over == dataset)
            .map(|total| Arc::clone(&total.spec))
            .collect();
        let (sender, receiver) = sync_channel(QUEUE);
        let name = dataset.to_owned();
        let thread = std::thread::Builder::new()
            .name(format!("write {dataset}"))
            .spawn(move || write(&name, writer, &specs, &receiver))
            .map_err(|error| Diagnostic::error(codes::RUN004, format!("cannot start a thread: {error}")))?;
        Ok(Output {
            dataset: dataset.to_owned(),
            path,
            blocks: Some(sender),
            thread: Some(thread),
            pending: Block::empty(format.fixed_length()),
            fixed_length: format.fixed_length(),
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
        if self.pending.size() >= Block::SIZE { self.flush() } else { Ok(()) }
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
        let capacity = Block::SIZE + (1 << 16);
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

fn write(
    dataset: &str,
    mut writer: Writer,
    specs: &[Arc<TotalSpec>],
    blocks: &Receiver<Block>,
) -> Result<Finished> {
    let mut totals: Vec<Totals> = specs.iter().map(|_| Totals::default()).collect();
    for block in blocks {
        for (spec, total) in specs.iter().zip(&mut totals) {
            spec.merge(total, spec.of_block(&block, dataset)?)?;
        }
        writer.write(&block)?;
    }
    let (written, file) = writer.finish()?;
    Ok(Finished { written, file, totals: specs.iter().cloned().zip(totals).collect() })
}

fn join(thread: Option<JoinHandle<Result<Finished>>>) -> Result<Finished> {
    let joined = thread.map(JoinHandle::join);
    match joined {
        Some(Ok(result)) => result,
        _ => Err(Diagnostic::error(codes::RUN010, "a writing thread died")
            .hint("this is a defect of offhost; please report it")),
    }
}
