//! An output being written: blocks go to a thread of its own that fits records into the dataset, frames and writes them.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::control::operate::Shape;
use crate::dataset::{DatasetFormat, WORD, Writer, Written};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::Block;
use crate::sys::WriteFile;

/// Blocks that may wait for the writer.
const QUEUE: usize = 4;

/// Bytes of a block that is made record by record.
const BLOCK: usize = 256 << 10;

/// What becomes of records that are not as long as the dataset has them: fixed ones are padded and cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// What fixed records are padded with.
    pub pad: u8,
    /// True if variable records that are too long are cut (VLLONG) instead of refused.
    pub cut: bool,
}

/// Gives the bytes of a file piece by piece; `None` at its end.
pub type Pieces = Box<dyn FnMut() -> Result<Option<Vec<u8>>> + Send>;

/// Where an output goes.
pub struct Target {
    /// The name of its DD.
    pub dd: String,
    /// The path, for messages.
    pub path: PathBuf,
    /// How its records lie.
    pub format: DatasetFormat,
    /// What its records are like.
    pub shape: Shape,
    /// What becomes of records of another length.
    pub fit: Fit,
    /// The file, open and empty; `None` if nothing is to be kept.
    pub file: Option<Box<dyn WriteFile>>,
    /// Bytes that are in the dataset already: a file to be copied first.
    pub before: Option<Pieces>,
}

/// What a finished output left.
pub struct Finished {
    /// What was written.
    pub written: Written,
    /// The file, not yet forced to the disk.
    pub file: Option<Box<dyn WriteFile>>,
}

/// An output being written.
pub struct Sink {
    dd: String,
    shape: Shape,
    blocks: Option<SyncSender<Block>>,
    thread: Option<JoinHandle<Result<Finished>>>,
    pending: Block,
    records: u64,
}

impl Sink {
    /// Starts writing.
    pub fn start(target: Target) -> Result<Sink> {
        let (blocks, receiver) = sync_channel(QUEUE);
        let (dd, shape) = (target.dd.clone(), target.shape);
        let thread = std::thread::Builder::new()
            .name(format!("write {dd}"))
            .spawn(move || write(target, &receiver))
            .map_err(|error| Diagnostic::error(codes::RUN004, format!("cannot start a thread: {error}")))?;
        let pending = Block::empty(None);
        Ok(Sink { dd, shape, blocks: Some(blocks), thread: Some(thread), pending, records: 0 })
    }

    /// The name of the DD.
    pub fn dd(&self) -> &str {
        &self.dd
    }

    /// What its records are like.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Records so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Writes a block; its records have their RDW if they are of variable length.
    pub fn block(&mut self, block: Block) -> Result<()> {
        self.flush()?;
        self.records += block.len() as u64;
        self.send(block)
    }

    /// Writes a record, with its RDW if it is of variable length.
    #[inline]
    pub fn record(&mut self, record: &[u8]) -> Result<()> {
        self.pending.push(record);
        self.records += 1;
        if self.pending.size() >= BLOCK { self.flush() } else { Ok(()) }
    }

    /// Ends writing; the file is complete, but not yet forced to the disk.
    pub fn finish(mut self) -> Result<(String, Finished)> {
        self.flush()?;
        drop(self.blocks.take());
        let finished = join(self.thread.take())?;
        Ok((std::mem::take(&mut self.dd), finished))
    }

    fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.pending, Block::with_capacity(None, BLOCK + BLOCK / 16));
        self.send(block)
    }

    fn send(&mut self, block: Block) -> Result<()> {
        let sent = self.blocks.as_ref().is_some_and(|blocks| blocks.send(block).is_ok());
        // The thread only stops listening when it has failed; its own error says why.
        if sent { Ok(()) } else { Err(self.failure()) }
    }

    fn failure(&mut self) -> Box<Diagnostic> {
        drop(self.blocks.take());
        match join(self.thread.take()) {
            Err(error) => error,
            Ok(_) => Diagnostic::error(codes::RUN010, "an output ended early").hint("please report it"),
        }
    }
}

fn write(target: Target, blocks: &Receiver<Block>) -> Result<Finished> {
    let Target { dd, path, format, shape, fit, file, before } = target;
    let Some(file) = file else {
        let records = blocks.iter().map(|block| block.len() as u64).sum();
        return Ok(Finished { written: Written { records, ..Written::default() }, file: None });
    };
    let mut writer = Writer::new(&dd, &path, format, file);
    if let Some(mut before) = before {
        while let Some(bytes) = before()? {
            writer.write_unframed(&bytes)?;
        }
    }
    let mut fitted = Vec::new();
    for block in blocks {
        if !shape.variable && block.fixed_length() == Some(shape.length) {
            writer.write(&block)?;
            continue;
        }
        for record in block.records() {
            match (shape.variable, record.get(WORD..)) {
                (true, Some(data)) if record.len() <= shape.length => writer.write_record(data)?,
                (true, Some(_)) if fit.cut => {
                    writer.write_record(&record[WORD..shape.length])?;
                }
                (true, _) => return Err(too_long(&dd, record, shape, writer.records())),
                (false, _) if record.len() == shape.length => writer.write_record(record)?,
                (false, _) => {
                    fitted.clear();
                    fitted.extend_from_slice(&record[..record.len().min(shape.length)]);
                    fitted.resize(shape.length, fit.pad);
                    writer.write_record(&fitted)?;
                }
            }
        }
    }
    let (written, file) = writer.finish()?;
    Ok(Finished { written, file: Some(file) })
}

fn too_long(dd: &str, record: &[u8], shape: Shape, before: u64) -> Box<Diagnostic> {
    let place = DataPlace {
        dataset: dd.to_owned(),
        record: Some(before + 1),
        bytes: record.to_vec(),
        ..DataPlace::default()
    };
    let (length, lrecl) = (record.len(), shape.length);
    Diagnostic::error(
        codes::CTL102,
        format!("a record of {length} bytes does not fit {dd}, whose LRECL is {lrecl}"),
    )
    .in_data(place)
    .hint("give the DD a larger lrecl; OPTION VLLONG cuts variable-length records instead")
}

fn join(thread: Option<JoinHandle<Result<Finished>>>) -> Result<Finished> {
    match thread.map(JoinHandle::join) {
        Some(Ok(result)) => result,
        _ => Err(Diagnostic::error(codes::RUN010, "a writing thread died")
            .hint("this is a defect of offhost; please report it")),
    }
}
