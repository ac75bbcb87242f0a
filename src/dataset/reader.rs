//! Reading a dataset in blocks of whole records.

use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::format::{DatasetFormat, LineEnd};
use super::split::{Splitter, Stretch};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::{Block, buffer};
use crate::sys::{Fs, Meta, PathError, ReadFile};

/// A dataset open for reading.
pub struct Reader {
    dataset: String,
    path: PathBuf,
    file: Box<dyn ReadFile>,
    opened: Meta,
    splitter: Splitter,
    /// Where the records end: the size of the file less its tail.
    body_end: u64,
    /// Bytes read but not yet part of a block: the torn end of the last buffer.
    rest: Vec<u8>,
    /// File offset of the first byte of `rest`.
    offset: u64,
    next_number: u64,
    skipped: u64,
    block_bytes: usize,
}

impl Reader {
    /// Opens a dataset. A file whose size cannot be right, because it is not a multiple of the record length or is
    /// shorter than what is to be skipped, is refused here, before any record is read.
    pub fn open(fs: &dyn Fs, dataset: &str, path: &Path, format: DatasetFormat) -> Result<Reader> {
        let file = fs.open(path).path_error(&format!("read dataset {dataset} at"), path)?;
        Self::of_file(file, dataset, path, format)
    }

    /// As [`Reader::open`], for a file that is open already, at its start.
    pub fn of_file(
        file: Box<dyn ReadFile>,
        dataset: &str,
        path: &Path,
        format: DatasetFormat,
    ) -> Result<Reader> {
        let opened = file.meta().path_error("read", path)?;
        let (head, tail) = (format.framing.skip_head, format.framing.skip_tail);
        let Some(body) = opened.length.checked_sub(head).and_then(|left| left.checked_sub(tail)) else {
            return Err(too_short(dataset, path, opened.length, head, tail));
        };
        if format.is_plain_fixed() && !body.is_multiple_of(format.lrecl as u64) {
            return Err(not_a_multiple(dataset, path, body, head, format.lrecl as u64));
        }
        Ok(Reader {
            dataset: dataset.to_owned(),
            path: path.to_owned(),
            file,
            opened,
            splitter: Splitter::new(format),
            body_end: head + body,
            rest: Vec::new(),
            offset: 0,
            next_number: 1,
            skipped: 0,
            block_bytes: Block::SIZE,
        })
    }

    /// Reads in blocks of about so many bytes instead of [`Block::SIZE`].
    #[must_use]
    pub fn in_blocks_of(self, block_bytes: usize) -> Self {
        Reader { block_bytes, ..self }
    }

    /// Size of the file in bytes.
    pub fn file_size(&self) -> u64 {
        self.opened.length
    }

    /// Bytes delivered so far.
    pub fn bytes_read(&self) -> u64 {
        self.offset
    }

    /// Name of the dataset.
    pub fn dataset(&self) -> &str {
        &self.dataset
    }

    /// Records left out so far because their header does not mark them as ones to keep. They are not numbered; their
    /// bytes are in the frames.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// What ended the first line, once it has been read with `line-end: auto`.
    pub fn line_end(&self) -> Option<LineEnd> {
        self.splitter.line_end
    }

    /// Passes over records at the start of the file without reading them, where their places can be told: those of plain F.
    /// All of them, or none. Of a file with fewer records all are passed over.
    pub fn pass_over(&mut self, records: u64) -> Result<()> {
        let format = &self.splitter.format;
        if self.next_number > 1 || !format.is_plain_fixed() {
            return Ok(());
        }
        let (lrecl, start) = (format.lrecl as u64, format.framing.skip_head);
        let passed = records.min((self.body_end - start) / lrecl.max(1));
        if passed > 0 {
            let to = start + passed * lrecl;
            self.file.seek(to).path_error("read", &self.path)?;
            (self.offset, self.next_number) = (to, passed + 1);
        }
        Ok(())
    }

    /// The next block with records, or `None` at the end.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        while let Some(block) = self.next_frames()? {
            if !block.is_empty() {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    /// The next block, also one without records: the head and the tail of the file, and what was skipped. The frames,
    /// the data and [`Block::tail`] of all blocks are the file, byte for byte. `None` at the end.
    pub fn next_frames(&mut self) -> Result<Option<Block>> {
        let head = self.splitter.format.framing.skip_head;
        if self.offset < head {
            return self.unframed(head).map(Some);
        }
        if self.offset < self.body_end {
            let plain = self.splitter.format.is_plain_fixed();
            let block = if plain { self.fixed_block()? } else { self.split_block()? };
            self.next_number += block.len() as u64;
            return Ok(Some(block));
        }
        if self.offset < self.opened.length {
            return self.unframed(self.opened.length).map(Some);
        }
        self.check_unchanged()?;
        Ok(None)
    }

    /// Bytes that are no records.
    fn unframed(&mut self, end: u64) -> Result<Block> {
        let bytes = self.fill(self.block_bytes, end)?;
        let block = Block::spans(bytes, Vec::new(), self.next_number, self.offset);
        self.offset += block.size() as u64;
        Ok(block)
    }

    fn fixed_block(&mut self) -> Result<Block> {
        let lrecl = self.splitter.format.lrecl;
        let bytes = self.fill((self.block_bytes / lrecl).max(1) * lrecl, self.body_end)?;
        let block = Block::fixed(bytes, lrecl, self.next_number, self.offset);
        self.offset += block.size() as u64;
        Ok(block)
    }

    fn split_block(&mut self) -> Result<Block> {
        loop {
            let mut bytes = self.fill(self.block_bytes, self.body_end)?;
            let at_end = self.offset + bytes.len() as u64 == self.body_end;
            let fault = Fault {
                dataset: &self.dataset,
                path: &self.path,
                offset: self.offset,
                number: self.next_number,
            };
            let found = self.splitter.split(Stretch { bytes: &bytes, at_end, fault })?;
            if found.used == 0 {
                if at_end {
                    return Err(fault.torn(0, 0, &bytes));
                }
                // The record is longer than what has been read of it.
                self.rest = bytes;
                continue;
            }
            self.rest.clear();
            self.rest.extend_from_slice(&bytes[found.used..]);
            bytes.truncate(found.used);
            self.skipped += found.skipped;
            let offset = self.offset;
            self.offset += found.used as u64;
            return Ok(found.block(bytes, self.splitter.format.fixed_length(), self.next_number, offset));
        }
    }

    /// The rest of the last buffer and as much from the file as makes `size` bytes, but not beyond `end`. If the rest
    /// alone is that long, as much again is read, so that a long record is not walked too often.
    fn fill(&mut self, size: usize, end: u64) -> Result<Vec<u8>> {
        let have = self.rest.len();
        let left = usize::try_from(end - self.offset).unwrap_or(usize::MAX).saturating_sub(have);
        let wanted = match size.checked_sub(have) {
            None | Some(0) => have,
            Some(wanted) if have == 0 => wanted,
            Some(wanted) => wanted.max(1 << 16),
        };
        let enough = have + wanted.min(left);
        let mut bytes = buffer(enough);
        bytes.append(&mut self.rest);
        while bytes.len() < enough {
            let left = enough - bytes.len();
            if self.file.read_into(&mut bytes, left).path_error("read", &self.path)? == 0 {
                return Err(self.changed());
            }
        }
        Ok(bytes)
    }

    /// A file that somebody writes to while we read it would give a mixture of old and new.
    fn check_unchanged(&mut self) -> Result<()> {
        let more = self.file.read_into(&mut Vec::new(), 1).path_error("read", &self.path)?;
        let now = self.file.meta().path_error("read", &self.path)?;
        if more == 0 && (now.length, now.modified) == (self.opened.length, self.opened.modified) {
            return Ok(());
        }
        Err(self.changed())
    }

    fn changed(&self) -> Box<Diagnostic> {
        Diagnostic::error(codes::DAT016, format!("dataset {} changed while it was read", self.dataset))
            .in_file(self.path.display().to_string())
            .hint("let the program that writes it finish first")
    }
}

fn too_short(dataset: &str, path: &Path, size: u64, head: u64, tail: u64) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::DAT002,
        format!("{dataset} has {size} bytes, fewer than the {head} and {tail} to skip at its head and tail"),
    )
    .in_data(DataPlace { dataset: dataset.to_owned(), ..DataPlace::default() })
    .note(format!("file {}", path.display()))
    .hint("check skip-head and skip-tail")
}

fn not_a_multiple(dataset: &str, path: &Path, size: u64, head: u64, lrecl: u64) -> Box<Diagnostic> {
    let (whole, left) = (size / lrecl, size % lrecl);
    Diagnostic::error(
        codes::DAT002,
        format!("the size of {dataset}, {size} bytes, is not a multiple of LRECL {lrecl}"),
    )
    .in_data(DataPlace {
        dataset: dataset.to_owned(),
        record: Some(whole + 1),
        offset: Some(head + whole * lrecl),
        ..DataPlace::default()
    })
    .note(format!("file {}: {whole} records and {left} bytes left over", path.display()))
    .hint("check lrecl and the copybook; a text transfer adds line ends, a cut transfer loses bytes")
}
