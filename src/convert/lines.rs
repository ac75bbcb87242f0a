//! Lines of text to records.

use std::sync::Arc;

use super::csv_in::{CsvRecord, CsvRow, Header};
use super::form::{Form, TextForm};
use super::import::Around;
use super::json_in::{JsonLine, LineFault};
use super::json_quick::{Skeleton, Values, string_end};
use crate::codec::{Encoder, Notes, Scalar};
use crate::dataset::RECORD_MAX;
use crate::diag::{DataPlace, Diagnostic, Result, codes, from_hex};
use crate::expr::RecordKind;
use crate::record::Origin;

/// Begins a `_frame` that belongs to no record: bytes between records, or at an end of the file.
pub(super) const BETWEEN: char = '=';

/// Begins a line of a file with several kinds of records.
const BEFORE_KIND: &[u8] = b"{\"_record\":\"";

/// What lines look like: all that is settled before the first one is read.
#[derive(Clone)]
pub(super) struct Pattern<'f> {
    form: &'f Form,
    text: &'f TextForm,
    encoder: Encoder<'f>,
    delimiter: u8,
    header: Option<Arc<Header>>,
    /// Of each kind of record whose fields all stand in the same places, if the text is JSON Lines.
    skeletons: Arc<Vec<Option<Skeleton>>>,
}

/// Reads one line after another as records.
pub struct LineReader<'f> {
    pattern: Pattern<'f>,
    json: JsonLine,
    csv: csv_core::Reader,
    row: CsvRow,
    /// The values of a line that is as its kind's skeleton says.
    values: Values,
    /// The kind, if the line in work is such a line.
    quick: Option<usize>,
    notes: Notes,
    between: Vec<u8>,
}

/// What is at the start of a text.
pub(super) enum Item<'a> {
    /// So many bytes without a record.
    End(usize),
    /// The bytes of the text, the record, and what belongs around it.
    Record(usize, &'a [u8], Around),
}

impl<'f> Pattern<'f> {
    fn new(form: &'f Form, text: &'f TextForm) -> Self {
        let encoder = Encoder::new(&form.tree, form.policy, form.natural);
        let (delimiter, skeletons) = match text {
            TextForm::Csv { style, .. } => (style.delimiter, Vec::new()),
            TextForm::Json { .. } => (b',', skeletons(form, &encoder)),
        };
        Pattern { form, text, encoder, delimiter, header: None, skeletons: Arc::new(skeletons) }
    }

    /// True if the text is CSV.
    pub fn has_header(&self) -> bool {
        self.header.is_some()
    }
}

/// A parser of CSV that has a row behind it, so that it takes a byte order mark for text. (A clone of one does not work.)
fn csv_parser(delimiter: u8) -> csv_core::Reader {
    let mut parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    parser.read_record(b"-\n", &mut [0; 8], &mut [0; 8]);
    parser
}

fn skeletons(form: &Form, encoder: &Encoder<'_>) -> Vec<Option<Skeleton>> {
    // Behind the kind of a record its members follow after a comma.
    let before: &[u8] = if form.kinds.is_single() { b"{" } else { b"" };
    let of_kind = |kind: &RecordKind| Skeleton::new(encoder.outline(kind.record)?, before);
    form.kinds.list().iter().map(of_kind).collect()
}

impl<'f> LineReader<'f> {
    /// A reader of lines in this form. CSV is taken to have the columns that it would be written with, until
    /// [`LineReader::set_header`] says otherwise.
    pub fn new(form: &'f Form, text: &'f TextForm) -> Self {
        let mut reader = LineReader::like(Pattern::new(form, text));
        if let TextForm::Csv { columns, style } = text {
            let mut header = Vec::new();
            super::csv_out::append_header(columns, *style, &mut header);
            // Names that we have just written are known.
            let _ = reader.set_header(&header);
        }
        reader
    }

    /// A reader of lines that look like those of another one.
    pub(super) fn like(pattern: Pattern<'f>) -> Self {
        LineReader {
            csv: csv_parser(pattern.delimiter),
            pattern,
            json: JsonLine::default(),
            row: CsvRow::default(),
            values: Values::default(),
            quick: None,
            notes: Notes::default(),
            between: Vec::new(),
        }
    }

    /// A reader that gives every line to a parser and every record to a walk over the tree.
    #[cfg(test)]
    pub(super) fn without_shortcuts(mut self) -> Self {
        self.pattern.skeletons = Arc::default();
        self.pattern.encoder = self.pattern.encoder.without_outlines();
        // Rows are split at a delimiter of ASCII only.
        self.pattern.delimiter = u8::MAX;
        self
    }

    /// What its lines look like.
    pub(super) fn pattern(&self) -> &Pattern<'f> {
        &self.pattern
    }

    /// Takes the first row of a CSV file; returns its length in bytes.
    pub fn set_header(&mut self, row: &[u8]) -> std::result::Result<usize, LineFault> {
        let TextForm::Csv { columns, .. } = self.pattern.text else { return Ok(0) };
        let taken = self.read_row(row)?.unwrap_or(0);
        self.pattern.header = Some(Arc::new(Header::new(columns, &self.row)?));
        Ok(taken)
    }

    /// The bytes of the record that a line describes.
    pub fn record(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        let bad = |fault| not_a_record(fault, line, origin);
        match self.pattern.text {
            TextForm::Json { .. } => {
                self.read_json(line).map_err(bad)?;
                self.json_record(line, origin)
            }
            TextForm::Csv { .. } => {
                self.read_row(line).map_err(bad)?;
                self.csv_record(line, origin)
            }
        }
    }

    fn read_row(&mut self, text: &[u8]) -> std::result::Result<Option<usize>, LineFault> {
        self.row.read((&mut self.csv, self.pattern.delimiter), text)
    }

    fn read_json(&mut self, line: &[u8]) -> std::result::Result<(), LineFault> {
        self.quick = self.read_quickly(line);
        if self.quick.is_none() { self.json.parse(line) } else { Ok(()) }
    }

    /// The kind of record of a line that is as the skeleton of its kind says.
    fn read_quickly(&mut self, line: &[u8]) -> Option<usize> {
        let kinds = &self.pattern.form.kinds;
        let (kind, at) = if kinds.is_single() {
            (0, 0)
        } else {
            let start = line.starts_with(BEFORE_KIND).then_some(BEFORE_KIND.len())?;
            let end = string_end(line, start)?;
            (kinds.named(std::str::from_utf8(&line[start..end]).ok()?)?, end + 1)
        };
        let skeleton = self.pattern.skeletons.get(kind)?.as_ref()?;
        let behind = skeleton.find(line, at, &mut self.values)?;
        let understood = std::str::from_utf8(line).is_ok() && self.json.parse_beside(&line[behind..]);
        understood.then_some(kind)
    }

    /// The record of the line that was read last.
    fn json_record(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        let bad = |fault| not_a_record(fault, line, origin);
        self.json.notes(&mut self.notes).map_err(bad)?;
        let Pattern { form, encoder, .. } = &mut self.pattern;
        match self.quick {
            Some(kind) if self.notes.length.is_none() => {
                let (text, values) = (std::str::from_utf8(line).unwrap_or_default(), &self.values);
                let value = |index: usize| values.scalar(text, index);
                return encoder.straight(form.kinds.list()[kind].record, value, &self.notes, origin);
            }
            // The record does not have the usual length, and its end decides how the values are taken.
            Some(_) => self.json.parse(line).map_err(bad)?,
            None => {}
        }
        let kind = kind_of(form, self.json.beside("_record")).map_err(bad)?;
        let record = form.kinds.list()[kind].record;
        encoder.record(record, &self.json, JsonLine::RECORD, &self.notes, origin)
    }

    fn csv_record(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        let bad = |fault| not_a_record(fault, line, origin);
        let Pattern { form, text, encoder, header, .. } = &mut self.pattern;
        let (TextForm::Csv { columns, .. }, Some(header)) = (text, header) else { return Ok(&[]) };
        header.check_row(&self.row).map_err(bad)?;
        let row = CsvRecord { header, row: &self.row };
        row.notes(&mut self.notes, RECORD_MAX).map_err(bad)?;
        let kind = kind_of(form, row.kind()).map_err(bad)?;
        let (record, first) = (columns.record(kind), columns.first(kind));
        if header.is_complete() && self.notes.length.is_none() && encoder.outline(record).is_some() {
            let value = |index: usize| Scalar::Text(row.cell(first + index));
            return encoder.straight(record, value, &self.notes, origin);
        }
        encoder.record(record, &row, first, &self.notes, origin)
    }

    /// The record that the line (or row) at the start of `text` describes.
    pub(super) fn next(&mut self, text: &[u8], origin: Origin<'_>) -> Result<Item<'_>> {
        let bad = |fault| not_a_record(fault, text, origin);
        let (taken, frame) = match self.pattern.text {
            TextForm::Json { .. } => {
                let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
                let taken = text.len().min(end + 1);
                if text[..end].iter().all(u8::is_ascii_whitespace) {
                    return Ok(Item::End(taken));
                }
                self.read_json(&text[..end]).map_err(bad)?;
                (taken, self.json.beside("_frame").map(str::to_owned))
            }
            TextForm::Csv { .. } => {
                let Some(taken) = self.read_row(text).map_err(bad)? else {
                    return Ok(Item::End(text.len()));
                };
                (
                    taken,
                    self.pattern
                        .header
                        .as_ref()
                        .and_then(|header| header.frame(&self.row))
                        .map(str::to_owned),
                )
            }
        };
        let around = match frame.as_deref() {
            None => Around::Usual,
            Some(frame) => match frame.strip_prefix(BETWEEN) {
                Some(digits) => {
                    let bytes =
                        from_hex(digits).ok_or_else(|| bad(bad_frame("its digits are not hexadecimal")))?;
                    self.between = bytes;
                    return Ok(Item::Record(taken, &self.between, Around::NoRecord));
                }
                None => Around::Frame(frame.parse().map_err(|why: String| bad(bad_frame(&why)))?),
            },
        };
        let line = &text[..taken];
        let record = match self.pattern.text {
            TextForm::Json { .. } => self.json_record(line, origin)?,
            TextForm::Csv { .. } => self.csv_record(line, origin)?,
        };
        Ok(Item::Record(taken, record, around))
    }
}

fn bad_frame(why: &str) -> LineFault {
    LineFault { message: format!("_frame cannot be understood: {why}"), at: 0 }
}

fn kind_of(form: &Form, name: Option<&str>) -> std::result::Result<usize, LineFault> {
    if form.kinds.is_single() {
        return Ok(0);
    }
    let fault = |message: String| LineFault { message, at: 0 };
    match name {
        Some(name) => {
            form.kinds.named(name).ok_or_else(|| fault(format!("there is no kind of record {name}")))
        }
        None => Err(fault("there are several kinds of records, and _record does not say which".to_owned())),
    }
}

/// The message for a line that is no record.
pub(super) fn not_a_record(fault: LineFault, line: &[u8], origin: Origin<'_>) -> Box<Diagnostic> {
    let around = &line[fault.at.min(line.len()).saturating_sub(20)..line.len().min(fault.at + 20)];
    let text = String::from_utf8_lossy(around).replace(char::is_control, " ");
    Diagnostic::error(codes::DAT020, format!("the line is no record: {}", fault.message))
        .in_data(DataPlace {
            dataset: origin.dataset.to_owned(),
            record: origin.record,
            offset: origin.offset.map(|offset| offset + fault.at as u64),
            ..DataPlace::default()
        })
        .note(format!("near: {text}"))
        .hint("correct the line; a line is what convert writes for a record")
}
