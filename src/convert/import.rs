//! Lines of text to records, in parallel and in order.

use std::io::Read;

use super::chunks::{Chunk, Chunks};
use super::form::{Form, TextForm};
use super::lines::{Item, LineReader, not_a_record};
use crate::diag::Result;
use crate::record::{FrameNote, Origin};
use crate::sys::ordered;

/// Records made of lines, and what belongs around them.
#[derive(Clone, Debug, Default)]
pub struct Records {
    bytes: Vec<u8>,
    /// End of each in `bytes`.
    ends: Vec<usize>,
    /// What is around those, by position, whose line says so.
    around: Vec<(usize, Around)>,
}

/// What belongs around a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Around {
    /// What its record format gives it.
    Usual,
    /// These bytes.
    Frame(FrameNote),
    /// It is no record: bytes between records, or at an end of the file.
    NoRecord,
}

impl Records {
    /// Appends a record.
    pub(super) fn push(&mut self, bytes: &[u8], around: Around) {
        self.bytes.extend_from_slice(bytes);
        if around != Around::Usual {
            self.around.push((self.ends.len(), around));
        }
        self.ends.push(self.bytes.len());
    }

    /// The records in order.
    pub fn list(&self) -> impl Iterator<Item = (&[u8], &Around)> {
        let (mut start, mut noted) = (0, self.around.iter().peekable());
        self.ends.iter().enumerate().map(move |(index, end)| {
            let record = &self.bytes[start..*end];
            start = *end;
            let around = noted.next_if(|(at, _)| *at == index).map_or(&Around::Usual, |(_, around)| around);
            (record, around)
        })
    }

    /// Number of them.
    pub fn count(&self) -> usize {
        self.ends.len()
    }
}

/// Turns text into records. `put` takes them in order, `seen` hears of every piece (records and bytes of text).
pub fn import<R: Read + Send>(
    form: &Form,
    text: &TextForm,
    threads: usize,
    mut chunks: Chunks<R>,
    put: impl FnMut(Records) -> Result<()> + Send,
    seen: &(dyn Fn(u64, u64) + Sync),
) -> Result<()> {
    let mut first = chunks.next_chunk()?;
    let mut first_line = LineReader::new(form, text);
    if let (TextForm::Csv { .. }, Some(chunk)) = (text, &mut first) {
        take_header(form, &mut first_line, chunk)?;
    }
    let pattern = first_line.pattern().clone();
    let next = || match first.take() {
        Some(chunk) => Ok(Some(chunk)),
        None => chunks.next_chunk(),
    };
    let work = |chunk: Chunk| {
        let mut reader = LineReader::like(pattern.clone());
        let records = records(form, &mut reader, &chunk)?;
        seen(records.count() as u64, chunk.text.len() as u64);
        Ok(records)
    };
    ordered(threads, next, work, put)
}

/// Takes the header off the first piece.
fn take_header(form: &Form, reader: &mut LineReader<'_>, chunk: &mut Chunk) -> Result<()> {
    // Spreadsheets put a byte order mark in front.
    let mark = if chunk.text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let origin = Origin { dataset: &form.dataset, record: Some(1), offset: Some(0), above: None };
    let text = &chunk.text[mark..];
    let taken = reader.set_header(text).map_err(|fault| not_a_record(fault, text, origin))?;
    let lines = memchr::memchr_iter(b'\n', &text[..taken]).count() as u64;
    chunk.text.drain(..mark + taken);
    chunk.line += lines;
    chunk.offset += (mark + taken) as u64;
    Ok(())
}

fn records(form: &Form, reader: &mut LineReader<'_>, chunk: &Chunk) -> Result<Records> {
    let mut records = Records::default();
    let (mut at, mut line) = (0, chunk.line);
    let quoted = memchr::memchr(b'"', &chunk.text).is_some() && reader.pattern().has_header();
    while at < chunk.text.len() {
        let origin = Origin {
            dataset: &form.dataset,
            record: Some(line),
            offset: Some(chunk.offset + at as u64),
            above: None,
        };
        let rest = &chunk.text[at..];
        let taken = match reader.next(rest, origin)? {
            Item::End(taken) => taken,
            Item::Record(taken, record, around) => {
                records.push(record, around);
                taken
            }
        };
        // Only a row of CSV can go over several lines.
        line +=
            if taken > 0 && quoted { memchr::memchr_iter(b'\n', &rest[..taken]).count() as u64 } else { 1 };
        at += taken;
    }
    Ok(records)
}
