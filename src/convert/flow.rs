//! Conversions from file to file.

use std::path::{Path, PathBuf};

use super::chunks::Chunks;
use super::export::{Running, Summary, Wanted, export};
use super::form::TextForm;
use super::import::{Around, Records, import};
use super::options::Readable;
use crate::dataset::{DatasetFormat, Reader, Writer, Written};
use crate::diag::{Diagnostic, Result, codes};
use crate::sys::hash::Xxh3;
use crate::sys::{Fs, PathError, ReadFile, WriteFile};

/// A file that is written, and what has been written so far.
pub struct Output {
    /// Its path, for messages.
    pub path: PathBuf,
    /// The file, open and empty.
    pub file: Box<dyn WriteFile>,
}

/// Hears how a conversion goes: records and bytes of the input that are done. It may be called from any thread.
pub type Seen<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// What came of a conversion.
pub struct Converted {
    /// What was found and written.
    pub summary: Summary,
    /// Size and hash of the output.
    pub written: Written,
    /// The output, still open, for the caller to force to the disk when that is due.
    pub file: Box<dyn WriteFile>,
    /// With verification: whether the text gives the whole file back.
    pub proven: Option<bool>,
}

/// Records to text. `running.verify` proves that the text gives the file back: all of it if all is wanted.
pub fn data_to_text(
    fs: &dyn Fs,
    input: &Path,
    readable: &Readable,
    (text, wanted, running): (&TextForm, &Wanted, &Running),
    output: Output,
    seen: Seen<'_>,
) -> Result<Converted> {
    let Readable { form, format } = readable;
    let mut reader = Reader::open(fs, &form.dataset, input, format.clone())?;
    let whole = running.framing.is_some();
    let mut out = Hashed { output, hash: Xxh3::new(), bytes: 0 };
    let mut proof = running.verify.then(|| Proof::new(&form.dataset, format.clone()));
    let next = || if whole { reader.next_frames() } else { reader.next_block() };
    let put = |lines: &[u8], rebuilt: Records| {
        out.put(lines)?;
        proof.as_mut().map_or(Ok(()), |proof| proof.put(rebuilt))
    };
    let summary = export(form, text, wanted, running, next, put, seen)?;
    let proven = match proof {
        Some(proof) if whole => Some(proof.finish()? == hash_of(fs, input)? && summary.mismatches.1 == 0),
        Some(_) => Some(summary.mismatches.1 == 0),
        None => None,
    };
    let written = Written {
        records: summary.written,
        bytes: out.bytes,
        hash: out.hash.digest128(),
        ..Written::default()
    };
    Ok(Converted { summary, written, file: out.output.file, proven })
}

/// Text to records in a format.
pub fn text_to_data(
    fs: &dyn Fs,
    input: &Path,
    readable: &Readable,
    (text, threads): (&TextForm, usize),
    output: Output,
    seen: Seen<'_>,
) -> Result<Converted> {
    let file = fs.open(input).path_error("read", input)?;
    let quoted = matches!(text, TextForm::Csv { .. });
    let chunks = Chunks::new(file, &input.display().to_string(), quoted);
    let mut target = Target::new(&readable.form.dataset, readable.format.clone(), output);
    import(&readable.form, text, threads, chunks, |records| target.put(records), seen)?;
    target.finish()
}

/// Records to records of another format: their values, in the code page of the other.
pub fn data_to_data(
    fs: &dyn Fs,
    input: &Path,
    (from, to): (&Readable, &Readable),
    (wanted, running): (&Wanted, &Running),
    output: Output,
    seen: Seen<'_>,
) -> Result<Converted> {
    let mut reader = Reader::open(fs, &from.form.dataset, input, from.format.clone())?;
    let mut target = Target::new(&to.form.dataset, to.format.clone(), output);
    let text = TextForm::Json { notes: false };
    let next = || reader.next_block();
    let put = |lines: &[u8], _| {
        let chunks = Chunks::new(lines, "values", false);
        import(&to.form, &text, 1, chunks, |records| target.put(records), &|_, _| {})
    };
    let running = Running { verify: false, framing: None, ..running.clone() };
    let summary = export(&from.form, &text, wanted, &running, next, put, seen)?;
    let converted = target.finish()?;
    Ok(Converted { summary, ..converted })
}

/// Records to records of the same bytes in another record format.
pub fn reframe(
    fs: &dyn Fs,
    input: &Path,
    (from, to): (&Readable, &DatasetFormat),
    wanted: &Wanted,
    output: Output,
    seen: Seen<'_>,
) -> Result<Converted> {
    let mut reader = Reader::open(fs, &from.form.dataset, input, from.format.clone())?;
    let mut writer = Writer::new(&from.form.dataset, &output.path, to.clone(), output.file);
    let mut summary = Summary::default();
    while let Some(block) = reader.next_block()? {
        for (slot, record) in block.slots() {
            let origin = block.origin(&from.form.dataset, slot);
            if wanted.has(block.number(slot), record, origin)? {
                writer.write_record(record)?;
            }
        }
        summary.records += block.len() as u64;
        seen(block.len() as u64, block.size() as u64);
    }
    let (written, file) = writer.finish()?;
    summary.written = written.records;
    Ok(Converted { summary, written, file, proven: None })
}

/// The number of records that are wanted.
pub fn count(
    fs: &dyn Fs,
    (dataset, input): (&str, &Path),
    format: &DatasetFormat,
    wanted: &Wanted,
) -> Result<u64> {
    let mut reader = Reader::open(fs, dataset, input, format.clone())?;
    let mut count = 0;
    while let Some(block) = reader.next_block()? {
        if wanted.is_all() {
            count += block.len() as u64;
            continue;
        }
        for (slot, record) in block.slots() {
            count += u64::from(wanted.has(block.number(slot), record, block.origin(dataset, slot))?);
        }
    }
    Ok(count)
}

/// A text that is written.
struct Hashed {
    output: Output,
    hash: Xxh3,
    bytes: u64,
}

impl Hashed {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.output.file.write_all(bytes).path_error("write", &self.output.path)
    }
}

/// A dataset that is written.
struct Target {
    writer: Writer,
    records: u64,
}

impl Target {
    fn new(dataset: &str, format: DatasetFormat, output: Output) -> Self {
        Target { writer: Writer::new(dataset, &output.path, format, output.file), records: 0 }
    }

    fn put(&mut self, records: Records) -> Result<()> {
        for (record, around) in records.list() {
            match around {
                Around::Usual => self.writer.write_record(record)?,
                Around::NoRecord => {
                    self.writer.write_unframed(record)?;
                    continue;
                }
                // A record whose length was edited gets the usual frame.
                Around::Frame(frame) => drop(self.writer.write_framed(record, frame)?),
            }
            self.records += 1;
        }
        Ok(())
    }

    fn finish(self) -> Result<Converted> {
        let (written, file) = self.writer.finish()?;
        let summary = Summary { records: self.records, written: self.records, ..Summary::default() };
        Ok(Converted { summary, written, file, proven: None })
    }
}

/// Puts a file together again to see whether it is the same.
struct Proof(Target);

impl Proof {
    fn new(dataset: &str, format: DatasetFormat) -> Self {
        let output = Output { path: PathBuf::from("the file encoded again"), file: Box::new(Nowhere) };
        Proof(Target::new(dataset, format, output))
    }

    fn put(&mut self, records: Records) -> Result<()> {
        self.0.put(records)
    }

    fn finish(self) -> Result<u128> {
        self.0.finish().map(|converted| converted.written.hash)
    }
}

struct Nowhere;

impl std::io::Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl WriteFile for Nowhere {
    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hash_of(fs: &dyn Fs, path: &Path) -> Result<u128> {
    let mut file: Box<dyn ReadFile> = fs.open(path).path_error("read", path)?;
    let (mut hash, mut buffer) = (Xxh3::new(), Vec::with_capacity(1 << 20));
    while file.read_into(&mut buffer, 1 << 20).path_error("read", path)? > 0 {
        hash.update(&buffer);
        buffer.clear();
    }
    Ok(hash.digest128())
}

/// The message for a conversion whose text does not give the file back.
pub fn not_proven(summary: &Summary, dataset: &str) -> Box<Diagnostic> {
    let message = match summary.mismatches.1 {
        0 => format!("every record of {dataset} comes back, but not what is around them"),
        count => format!("{count} records of {dataset} do not come back from their values"),
    };
    let mut error = Diagnostic::error(codes::DAT021, message);
    for mismatch in &summary.mismatches.0 {
        error = error.note(format!(
            "record {}, file offset {}: {}",
            mismatch.record, mismatch.offset, mismatch.reason
        ));
    }
    error.hint("with notes (JSON Lines, or --notes in CSV) everything comes back")
}
