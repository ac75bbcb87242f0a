//! Writing a dataset: framing, counting, fingerprints.

use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::format::{DatasetFormat, Recfm};
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::record::Block;
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
    hash: Xxh3,
    written: Written,
}

impl Writer {
    /// Takes an open, empty file.
    pub fn new(dataset: &str, path: &Path, format: DatasetFormat, file: Box<dyn WriteFile>) -> Self {
        Writer {
            dataset: dataset.to_owned(),
            path: path.to_owned(),
            format,
            file,
            buffer: Vec::with_capacity(Block::SIZE + (1 << 16)),
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
            Some(bytes) if self.format.recfm == Recfm::Fixed => self.write_fixed(bytes),
            _ => block.records().try_for_each(|record| self.write_record(record)),
        }
    }

    /// Appends one record.
    pub fn write_record(&mut self, record: &[u8]) -> Result<()> {
        match self.format.recfm {
            Recfm::Fixed if record.len() != self.format.lrecl => return Err(self.wrong_length(record)),
            Recfm::Fixed => self.buffer.extend_from_slice(record),
            Recfm::Variable if record.len() > self.format.lrecl.min(65_531) => {
                return Err(self.wrong_length(record));
            }
            Recfm::Variable => {
                self.buffer.extend_from_slice(&((record.len() + 4) as u16).to_be_bytes());
                self.buffer.extend_from_slice(&[0, 0]);
                self.buffer.extend_from_slice(record);
            }
            Recfm::Text => {
                let blank = self.format.page.space();
                let length = record.iter().rposition(|&byte| byte != blank).map_or(0, |at| at + 1);
                self.buffer.extend_from_slice(&record[..length]);
                self.buffer.push(b'\n');
            }
        }
        self.written.records += 1;
        self.written.fingerprint = self.written.fingerprint.wrapping_add(xxh3_64(record));
        if self.buffer.len() >= Block::SIZE { self.flush() } else { Ok(()) }
    }

    /// Writes what is left. The file comes back open, for the caller to force it to the disk when that is due.
    pub fn finish(mut self) -> Result<(Written, Box<dyn WriteFile>)> {
        self.flush()?;
        self.written.hash = self.hash.digest128();
        Ok((self.written, self.file))
    }

    /// Whole records of the fixed length, end to end.
    fn write_fixed(&mut self, bytes: &[u8]) -> Result<()> {
        let lrecl = self.format.lrecl;
        if !bytes.len().is_multiple_of(lrecl) {
            return Err(self.wrong_length(bytes));
        }
        for record in bytes.chunks_exact(lrecl) {
            self.written.fingerprint = self.written.fingerprint.wrapping_add(xxh3_64(record));
        }
        self.written.records += (bytes.len() / lrecl) as u64;
        self.flush()?;
        self.put(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.put(&buffer);
        self.buffer = buffer;
        self.buffer.clear();
        result
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.written.bytes += bytes.len() as u64;
        self.file.write_all(bytes).path_error("write", &self.path)
    }

    fn wrong_length(&self, record: &[u8]) -> Box<Diagnostic> {
        let (length, lrecl) = (record.len(), self.format.lrecl);
        Diagnostic::error(
            codes::DAT005,
            format!("a record of {length} bytes does not fit dataset {} (LRECL {lrecl})", self.dataset),
        )
        .in_data(DataPlace {
            dataset: self.dataset.clone(),
            record: Some(self.written.records + 1),
            bytes: record.to_vec(),
            ..DataPlace::default()
        })
        .hint("check lrecl and the copybook of the output")
    }
}
