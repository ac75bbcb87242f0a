//! An output with `disp: mod`: a copy of what is there, and the new records behind it. Nothing is ever written into the
//! old file itself; the copy replaces it when the run is published.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::dataset::{DatasetFormat, Reader, Recfm, Written};
use crate::diag::{Diagnostic, Result, codes};
use crate::job::DatasetPlan;
use crate::sys::hash::Xxh3;
use crate::sys::{Fs, Meta, PathError, WriteFile};

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

/// What is known of an output that began as a copy.
pub(super) struct Addition {
    dataset: String,
    target: PathBuf,
    /// The old file when it was copied.
    copied: Meta,
    /// What was in it: records, bytes, and the hash of these.
    before: Written,
    /// Size and hash of the part so far.
    tally: Arc<Mutex<Tally>>,
}

struct Tally {
    hash: Xxh3,
    bytes: u64,
}

impl Addition {
    /// Copies the old file into the part, after its records have been read and counted, and returns the part to write on.
    pub fn begin(
        fs: &dyn Fs,
        dataset: &DatasetPlan,
        target: &Path,
        part: &Path,
        file: Box<dyn WriteFile>,
    ) -> Result<(Addition, Box<dyn WriteFile>)> {
        let copied = fs.meta(target).path_error("read", target)?;
        let mut before = count(fs, dataset, target)?;
        let tally = Arc::new(Mutex::new(Tally { hash: Xxh3::new(), bytes: 0 }));
        let mut file = Tallied { file, tally: Arc::clone(&tally) };
        (before.bytes, before.hash) = copy(fs, target, part, &mut file, &dataset.format)?;
        let addition =
            Addition { dataset: dataset.name.clone(), target: target.to_owned(), copied, before, tally };
        addition.check_unchanged(fs)?;
        Ok((addition, Box::new(file)))
    }

    /// What is in the part now that the new records have been written.
    pub fn whole(&self, new: Written) -> Written {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        Written {
            records: self.before.records + new.records,
            bytes: tally.bytes,
            hash: tally.hash.digest128(),
            fingerprint: self.before.fingerprint.wrapping_add(new.fingerprint),
        }
    }

    /// What was in the old file.
    pub fn before(&self) -> Written {
        self.before
    }

    /// The file that is replaced must still be the one that was copied; else what was added to it meanwhile would be lost.
    pub fn check_unchanged(&self, fs: &dyn Fs) -> Result<()> {
        let now = fs.meta(&self.target).path_error("read", &self.target)?;
        if now == self.copied {
            return Ok(());
        }
        Err(changed(&self.dataset, &self.target))
    }
}

/// The error of a dataset whose file is not the one that was copied.
pub(super) fn changed(dataset: &str, target: &Path) -> Box<Diagnostic> {
    let message = format!("dataset {dataset} changed since it was copied to be added to");
    Diagnostic::error(codes::DAT016, message)
        .in_file(target.display().to_string())
        .hint("let the program that writes it finish first, and run again with --accept-changes: it is added to as it is then")
}

/// Counts the records of the old file; one that has not the format of the dataset is refused.
fn count(fs: &dyn Fs, dataset: &DatasetPlan, target: &Path) -> Result<Written> {
    let mut reader = Reader::open(fs, &dataset.name, target, dataset.format.clone())?;
    let mut before = Written::default();
    while let Some(block) = reader.next_block()? {
        before.records += block.len() as u64;
        before.fingerprint = before.fingerprint.wrapping_add(block.fingerprint());
    }
    Ok(before)
}

/// Copies the old file; returns its bytes and their hash.
fn copy(
    fs: &dyn Fs,
    from: &Path,
    part: &Path,
    to: &mut Tallied,
    format: &DatasetFormat,
) -> Result<(u64, u128)> {
    let mut old = fs.open(from).path_error("read", from)?;
    let (mut buffer, mut last) = (Vec::with_capacity(PIECE), Vec::new());
    loop {
        buffer.clear();
        if old.read_into(&mut buffer, PIECE).path_error("read", from)? == 0 {
            break;
        }
        to.write_all(&buffer).path_error("write", part)?;
        last = buffer[buffer.len().saturating_sub(2)..].to_vec();
    }
    let copied = to.so_far();
    // A last line without its end would become one line with the first new record.
    let end = format.framing.lines.end.bytes(format.page);
    if format.recfm == Recfm::Text && !last.is_empty() && !last.ends_with(end) {
        to.write_all(end).path_error("write", part)?;
    }
    Ok(copied)
}

/// A file that notes what passes.
struct Tallied {
    file: Box<dyn WriteFile>,
    tally: Arc<Mutex<Tally>>,
}

impl Tallied {
    /// Bytes that have passed, and their hash.
    fn so_far(&self) -> (u64, u128) {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        (tally.bytes, tally.hash.digest128())
    }
}

impl Write for Tallied {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.hash.update(&bytes[..count]);
        tally.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl WriteFile for Tallied {
    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}
