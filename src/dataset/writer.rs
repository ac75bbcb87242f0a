//! Writing a dataset: framing, counting, fingerprints.

use std::path::{Path, PathBuf};

use memchr::{memchr, memchr3, memmem};

use super::format::{BLOCK_MAX, DatasetFormat, LineEnd, Recfm};
use super::framer::Framer;
use super::word::WORD;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::{Block, FrameNote, Length, Origin, RecordStart};
use crate::sys::cost::HASHING;
use crate::sys::hash::{HASHED_AT_ONCE, Xxh3, xxh3_64};
use crate::sys::{PathError, WriteFile};

/// What a finished dataset contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Records.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Hash of the file's bytes (XXH3, 128 bits).
    pub hash: u128,
    /// Sum of the hashes of all records, whatever their order: equal before and after a sort.
    pub fingerprint: u64,
}

/// A dataset open for writing. Nothing is published here: the file is a part that somebody else renames.
pub struct Writer {
    dataset: String,
    path: PathBuf,
    format: DatasetFormat,
    file: Box<dyn WriteFile>,
    buffer: Vec<u8>,
    framer: Framer,
    note: FrameNote,
    /// Where in the buffer the descriptor word of the block in work is.
    open_block: Option<usize>,
    /// A record of U was shorter than a piece, so that none may follow it.
    short_piece: bool,
    hash: Xxh3,
    written: Written,
}

impl Writer {
    /// Takes an open, empty file.
    pub fn new(dataset: &str, path: &Path, format: DatasetFormat, file: Box<dyn WriteFile>) -> Self {
        Writer {
            dataset: dataset.to_owned(),
            path: path.to_owned(),
            framer: Framer::new(format.clone()),
            format,
            file,
            buffer: Vec::with_capacity(Block::SIZE + (1 << 16)),
            note: FrameNote::default(),
            open_block: None,
            short_piece: false,
            hash: Xxh3::new(),
            written: Written::default(),
        }
    }

    /// Records so far.
    pub fn records(&self) -> u64 {
        self.written.records
    }

    /// Appends every record of a block.
    pub fn write(&mut self, block: &Block) -> Result<()> {
        match block.contiguous() {
            Some(bytes) if self.format.is_plain_fixed() => self.write_fixed(bytes, block.fingerprint()),
            _ => block.records().try_for_each(|record| self.write_record(record)),
        }
    }

    /// Appends one record in the frame that its format gives it.
    pub fn write_record(&mut self, record: &[u8]) -> Result<()> {
        let content = self.checked(record)?;
        let framing = &self.format.framing;
        match self.format.recfm {
            Recfm::Fixed if framing.bdw.is_none() && framing.header.is_none() => {
                self.buffer.extend_from_slice(content);
            }
            Recfm::Variable if framing.bdw.is_none() => match framing.rdw.of_record(content.len()) {
                Some(word) => {
                    self.buffer.extend_from_slice(&word);
                    self.buffer.extend_from_slice(content);
                }
                None => return Err(self.wrong_length(record)),
            },
            _ => {
                let mut note = std::mem::take(&mut self.note);
                if self.framer.next(content.len(), &mut note).is_none() {
                    return Err(self.wrong_length(record));
                }
                self.put_framed(content, &note);
                self.note = note;
            }
        }
        self.count(record)
    }

    /// Appends one record in a frame that was read with it. If the record has another length now, the frame is that of
    /// another record: it gets the usual one, and the answer is false. A block descriptor word in the frame begins a
    /// block; it is kept if it states what the block turns out to have.
    pub fn write_framed(&mut self, record: &[u8], frame: &FrameNote) -> Result<bool> {
        if frame.data_length() != record.len() {
            return self.write_record(record).map(|()| false);
        }
        self.framer.follow(frame);
        self.put_framed(record, frame);
        self.count(record).map(|()| true)
    }

    /// Appends bytes that belong to no record: the head of a file, what was skipped, its tail.
    pub fn write_unframed(&mut self, bytes: &[u8]) -> Result<()> {
        if !bytes.is_empty() {
            self.close_block();
            self.buffer.extend_from_slice(bytes);
        }
        self.flush_if_full()
    }

    /// Appends a block with all that was around its records when it was read. Lines that were padded are written as they
    /// were.
    pub fn write_as_read(&mut self, block: &Block) -> Result<()> {
        for (slot, _) in block.slots() {
            let frame = block.frame(slot);
            let note = FrameNote::from(&frame);
            let data: Vec<&[u8]> = frame.parts().map(|(_, data)| data).collect();
            match data.as_slice() {
                [one] => self.write_framed(one, &note)?,
                pieces => self.write_framed(&pieces.concat(), &note)?,
            };
        }
        self.write_unframed(block.tail())
    }

    /// Writes what is left. The file comes back open, for the caller to force it to the disk when that is due.
    pub fn finish(mut self) -> Result<(Written, Box<dyn WriteFile>)> {
        self.close_block();
        self.flush(self.buffer.len())?;
        self.file.flush().path_error("write", &self.path)?;
        self.written.hash = self.hash.digest128();
        Ok((self.written, self.file))
    }

    /// Whole records of the fixed length, end to end.
    fn write_fixed(&mut self, bytes: &[u8], fingerprint: u64) -> Result<()> {
        let lrecl = self.format.lrecl;
        if !bytes.len().is_multiple_of(lrecl) {
            return Err(self.wrong_length(bytes));
        }
        self.written.fingerprint = self.written.fingerprint.wrapping_add(fingerprint);
        self.written.records += (bytes.len() / lrecl) as u64;
        self.flush(self.buffer.len())?;
        self.put(bytes)
    }

    /// The bytes of a record that are written, if its format can hold it and will give it back.
    fn checked<'r>(&mut self, record: &'r [u8]) -> Result<&'r [u8]> {
        let lrecl = self.format.lrecl;
        match self.format.recfm {
            Recfm::Fixed if self.format.framing.length.is_some() => self.check_measured(record)?,
            Recfm::Fixed if self.format.fixed_length().is_some_and(|length| length != record.len()) => {
                return Err(self.wrong_length(record));
            }
            Recfm::Text => return self.line(record),
            _ if record.len() > lrecl => return Err(self.wrong_length(record)),
            Recfm::Undefined => {
                let blocks = self.format.framing.bdw.is_some();
                if record.is_empty() || self.short_piece {
                    return Err(self.wrong_length(record));
                }
                self.short_piece = !blocks && record.len() < lrecl;
            }
            Recfm::Fixed | Recfm::Variable | Recfm::Spanned => {}
        }
        Ok(record)
    }

    /// A record whose length is found by a rule must be one of which the rule says the length that it has.
    fn check_measured(&self, record: &[u8]) -> Result<()> {
        let Some(rule) = &self.format.framing.length else { return Ok(()) };
        let number = self.written.records + 1;
        let origin = Origin { dataset: &self.dataset, record: Some(number), offset: None, above: None };
        if record.is_empty() || record.len() > self.format.lrecl {
            return Err(self.wrong_length(record));
        }
        match rule.length(RecordStart { origin, bytes: record, at_end: true })? {
            Length::Known(length) if length == record.len() => Ok(()),
            Length::Known(length) | Length::NeedAtLeast(length) => Err(self
                .wrong_length(record)
                .note(format!("by the rule for its length it should have {length} bytes"))),
        }
    }

    /// The line of a record: without its trailing blanks if it is padded.
    fn line<'r>(&self, record: &'r [u8]) -> Result<&'r [u8]> {
        let (lines, page) = (self.format.framing.lines, self.format.page);
        let line = if lines.padded {
            let last = record.iter().rposition(|&byte| byte != page.space());
            &record[..last.map_or(0, |at| at + 1)]
        } else {
            record
        };
        let ends = match lines.end {
            LineEnd::Auto if page.is_ebcdic() => memchr3(0x15, 0x25, b'\n', line).is_some(),
            LineEnd::Auto => memchr(b'\n', line).is_some() || line.ends_with(b"\r"),
            LineEnd::CrLf => memmem::find(line, b"\r\n").is_some(),
            end => memchr(end.bytes(page)[0], line).is_some(),
        };
        let why = match (ends, line.is_empty() && lines.skip_empty) {
            (true, _) => "it contains a line end",
            (_, true) => "it is empty, and empty lines are skipped when read",
            _ if line.len() > self.format.lrecl => return Err(self.wrong_length(line)),
            _ => return Ok(line),
        };
        Err(Diagnostic::error(codes::DAT017, format!("a record of {} cannot be a line: {why}", self.dataset))
            .in_data(self.place(line))
            .hint("write it with another record format, or another line-end"))
    }

    fn put_framed(&mut self, record: &[u8], note: &FrameNote) {
        let mut at = 0;
        for (frame, data) in note.parts() {
            if self.framer.block_word(frame).is_some() {
                self.close_block();
                self.open_block = Some(self.buffer.len());
            }
            self.buffer.extend_from_slice(frame);
            self.buffer.extend_from_slice(&record[at..at + data]);
            at += data;
        }
        self.buffer.extend_from_slice(note.after());
    }

    /// Ends the block in work: its descriptor word states what it has.
    fn close_block(&mut self) {
        let (Some(start), Some(bdw)) = (self.open_block.take(), self.format.framing.bdw) else { return };
        let content = self.buffer.len() - start - WORD;
        if let Some(word) = self.buffer[start..].first_chunk_mut::<WORD>()
            && bdw.block(*word) != Some(content)
        {
            *word = bdw.of_block(content);
        }
    }

    fn count(&mut self, record: &[u8]) -> Result<()> {
        self.written.records += 1;
        self.written.fingerprint = self.written.fingerprint.wrapping_add(xxh3_64(record));
        self.flush_if_full()
    }

    fn flush_if_full(&mut self) -> Result<()> {
        if self.buffer.len() < Block::SIZE {
            return Ok(());
        }
        if self.open_block.is_some_and(|start| self.buffer.len() - start > BLOCK_MAX) {
            return Err(self.long_block());
        }
        // A block stays until its length is known.
        self.flush(self.open_block.unwrap_or(self.buffer.len()))
    }

    fn flush(&mut self, length: usize) -> Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.put(&buffer[..length]);
        buffer.drain(..length);
        self.open_block = self.open_block.map(|start| start - length);
        self.buffer = buffer;
        result
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        // Writing copies the bytes, after which they are in the cache for the hash.
        for piece in bytes.chunks(HASHED_AT_ONCE) {
            self.file.write_all(piece).path_error("write", &self.path)?;
            HASHING.of(|| self.hash.update(piece));
        }
        self.written.bytes += bytes.len() as u64;
        Ok(())
    }

    fn place(&self, record: &[u8]) -> DataPlace {
        DataPlace {
            dataset: self.dataset.clone(),
            record: Some(self.written.records + 1),
            bytes: record.to_vec(),
            ..DataPlace::default()
        }
    }

    fn wrong_length(&self, record: &[u8]) -> Box<Diagnostic> {
        let (length, lrecl) = (record.len(), self.format.lrecl);
        Diagnostic::error(
            codes::DAT005,
            format!("a record of {length} bytes does not fit dataset {} (LRECL {lrecl})", self.dataset),
        )
        .in_data(self.place(record))
        .hint("check lrecl and the copybook of the output")
    }

    fn long_block(&self) -> Box<Diagnostic> {
        Diagnostic::error(
            codes::DAT005,
            format!("a block of {} has more than {BLOCK_MAX} bytes", self.dataset),
        )
        .in_data(self.place(&[]))
        .hint("the frames given with the records begin no new block; leave them out")
    }
}
