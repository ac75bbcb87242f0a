//! Reading a file as far as it is looked at.

use std::ops::ControlFlow;
use std::path::Path;

use super::line::{Line, Shown, Value};
use super::names::Names;
use super::sink::LineSink;
use crate::codec::Decoder;
use crate::convert::{Form, Readable, Wanted};
use crate::copybook::FieldId;
use crate::dataset::{DatasetFormat, Reader};
use crate::diag::Result;
use crate::expr::Standing;
use crate::record::Origin;
use crate::sys::Fs;

/// What was found in the records that were shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records shown.
    pub shown: u64,
    /// Records with a number that is none.
    pub with_bad: u64,
    /// Numbers that are none, by field in the order in which they were first seen.
    pub bad: Vec<(FieldId, u64)>,
    /// Records that could not be read to their end, or are of no kind.
    pub unread: u64,
}

/// Hears of every record that is wanted; `Break` ends the reading.
pub type Seen<'a> = &'a mut dyn FnMut(&Shown<'_>) -> Result<ControlFlow<()>>;

/// Makes records into lines.
#[derive(Debug)]
pub struct Shower<'f> {
    form: &'f Form,
    names: Names,
}

impl<'f> Shower<'f> {
    /// For the records of a form. Its policy for bytes that are no number must not be `Error` for any class, or records end
    /// where the first such number stands.
    pub fn new(form: &'f Form) -> Self {
        Shower { form, names: Names::new(form) }
    }

    /// The lines of a record that stands there in its file. What is wrong with it is in them, or in its faults.
    pub fn record<'r>(
        &'r self,
        decoder: &mut Decoder<'_>,
        bytes: &'r [u8],
        (number, offset, standing): (u64, u64, Standing),
    ) -> Shown<'r> {
        let form = self.form;
        let origin =
            Origin { dataset: &form.dataset, record: Some(number), offset: Some(offset), above: None };
        let mut shown = Shown {
            number,
            offset,
            kind: None,
            record: None,
            bytes,
            lines: Vec::new(),
            short_by: 0,
            faults: Vec::new(),
        };
        let layout = &form.tree.format.layout;
        let mut sink = LineSink::new(layout, &self.names, bytes, origin);
        let reach = match form.kinds.of(bytes, standing, origin) {
            Ok(kind) => {
                let kind = &form.kinds.list()[kind];
                shown.kind = Some(kind.name.as_str()).filter(|_| !form.kinds.is_single());
                shown.record = Some(kind.record);
                decoder.measure(kind.record, bytes, origin, &mut sink)
            }
            Err(fault) => Err(fault),
        };
        shown.lines = std::mem::take(&mut sink.lines);
        let reach = reach.unwrap_or_else(|fault| {
            shown.faults.push(fault);
            let fields = shown.lines.iter().filter(|line| line.value != Value::Group);
            fields.map(|line| line.range.end).max().unwrap_or(0)
        });
        shown.short_by = reach.saturating_sub(bytes.len());
        if reach < bytes.len() {
            shown.lines.push(loose(reach, bytes.len()));
        }
        shown
    }
}

/// Bytes that no field describes.
fn loose(start: usize, end: usize) -> Line {
    Line {
        item: None,
        subscripts: Vec::new(),
        depth: 0,
        label: "(no field)".to_owned(),
        range: start..end,
        value: Value::Bytes,
        names: Vec::new(),
        redefines: None,
        other_view: false,
    }
}

/// Shows the records of a file that are wanted. One of which that cannot be known, because a number in the condition is
/// none, is shown with that fault. Errors are those of opening the file and of its record format.
pub fn read(
    fs: &dyn Fs,
    input: &Path,
    readable: &Readable,
    wanted: &Wanted,
    seen: Seen<'_>,
) -> Result<Tally> {
    let form = &readable.form;
    let shower = Shower::new(form);
    let mut decoder = Decoder::new(&form.tree, form.policy, form.natural);
    let mut tally = Tally::default();
    let reader = Reader::open(fs, &form.dataset, input, readable.format.clone())?;
    walk(reader, wanted, form.kinds.looks_ahead(), |place, record| {
        let origin =
            Origin { dataset: &form.dataset, record: Some(place.0), offset: Some(place.1), above: None };
        let doubt = match wanted.has(place.0, record, origin) {
            Ok(false) => return Ok(ControlFlow::Continue(())),
            Ok(true) => None,
            Err(fault) => Some(fault),
        };
        let mut shown = shower.record(&mut decoder, record, place);
        tally.add(&shown);
        shown.faults.extend(doubt);
        seen(&shown)
    })?;
    Ok(tally)
}

/// Shows the records of a file without a copybook: they have bytes and no lines. A condition cannot be had.
pub fn read_bytes(
    fs: &dyn Fs,
    (dataset, input): (&str, &Path),
    format: &DatasetFormat,
    wanted: &Wanted,
    seen: Seen<'_>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let reader = Reader::open(fs, dataset, input, format.clone())?;
    walk(reader, wanted, false, |(number, offset, _), bytes| {
        let origin = Origin { dataset, record: Some(number), offset: Some(offset), above: None };
        if !wanted.has(number, bytes, origin)? {
            return Ok(ControlFlow::Continue(()));
        }
        tally.shown += 1;
        let (lines, faults) = (Vec::new(), Vec::new());
        seen(&Shown { number, offset, kind: None, record: None, bytes, lines, short_by: 0, faults })
    })?;
    Ok(tally)
}

impl Tally {
    fn add(&mut self, shown: &Shown<'_>) {
        self.shown += 1;
        self.unread += u64::from(!shown.faults.is_empty());
        let is_bad = |line: &&Line| matches!(line.value, Value::Bad(..)) && !line.other_view;
        let mut bad = shown.lines.iter().filter(is_bad).filter_map(|line| line.item).peekable();
        self.with_bad += u64::from(bad.peek().is_some());
        for item in bad {
            match self.bad.iter_mut().find(|(known, _)| *known == item) {
                Some((_, count)) => *count += 1,
                None => self.bad.push((item, 1)),
            }
        }
    }
}

/// Number, file offset and standing of a record.
type Stand = (u64, u64, Standing);

/// Gives every record behind those to be skipped, up to the last that can be wanted or until told to stop.
fn walk(
    mut reader: Reader,
    wanted: &Wanted,
    looks_ahead: bool,
    mut each: impl FnMut(Stand, &[u8]) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let beyond = wanted.take.map(|take| wanted.skip.saturating_add(take));
    if beyond == Some(wanted.skip) {
        return Ok(());
    }
    reader.pass_over(wanted.skip)?;
    let mut block = reader.next_block()?;
    while let Some(current) = block {
        let next = if looks_ahead { reader.next_block()? } else { None };
        let is_last_block = looks_ahead && next.is_none();
        for (slot, record) in current.slots() {
            let number = current.number(slot);
            let last = is_last_block && slot as usize + 1 == current.len();
            let standing = Standing { first: number == 1, last };
            let stop = each((number, current.offset(slot), standing), record)?.is_break();
            if stop || beyond.is_some_and(|beyond| number >= beyond) {
                return Ok(());
            }
        }
        block = if looks_ahead { next } else { reader.next_block()? };
    }
    Ok(())
}
