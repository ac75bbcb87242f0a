//! Lines of text to records.

use super::csv_in::{CsvRecord, CsvRow, Header};
use super::form::{Form, TextForm};
use super::import::Around;
use super::json_in::{JsonLine, LineFault};
use crate::codec::{Encoder, Notes};
use crate::dataset::RECORD_MAX;
use crate::diag::{DataPlace, Diagnostic, Result, codes, from_hex};
use crate::record::Origin;

/// Begins a `_frame` that belongs to no record: bytes between records, or at an end of the file.
pub(super) const BETWEEN: char = '=';

/// Reads one line after another as records.
pub struct LineReader<'f> {
    form: &'f Form,
    text: &'f TextForm,
    encoder: Encoder<'f>,
    json: JsonLine,
    row: CsvRow,
    csv: csv_core::Reader,
    header: Option<Header>,
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

impl<'f> LineReader<'f> {
    /// A reader of lines in this form. CSV is taken to have the columns that it would be written with, until
    /// [`LineReader::set_header`] says otherwise.
    pub fn new(form: &'f Form, text: &'f TextForm) -> Self {
        let delimiter = match text {
            TextForm::Csv { style, .. } => style.delimiter,
            TextForm::Json { .. } => b',',
        };
        let mut reader = LineReader {
            form,
            text,
            encoder: Encoder::new(&form.tree, form.policy, form.natural),
            json: JsonLine::default(),
            row: CsvRow::default(),
            csv: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            header: None,
            notes: Notes::default(),
            between: Vec::new(),
        };
        if let TextForm::Csv { columns, style } = text {
            let mut header = Vec::new();
            super::csv_out::append_header(columns, *style, &mut header);
            // Names that we have just written are known.
            let _ = reader.set_header(&header);
        }
        reader
    }

    /// Takes the first row of a CSV file; returns its length in bytes.
    pub fn set_header(&mut self, row: &[u8]) -> std::result::Result<usize, LineFault> {
        let TextForm::Csv { columns, .. } = self.text else { return Ok(0) };
        let taken = self.row.read(&mut self.csv, row)?.unwrap_or(0);
        self.header = Some(Header::new(columns, &self.row)?);
        Ok(taken)
    }

    /// The header that is in force.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Uses a header that another reader has understood.
    pub fn use_header(&mut self, header: Option<Header>) {
        self.header = header;
    }

    /// The bytes of the record that a line describes.
    pub fn record(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        match self.text {
            TextForm::Json { .. } => self.json_record(line, origin),
            TextForm::Csv { .. } => {
                self.row.read(&mut self.csv, line).map_err(|fault| not_a_record(fault, line, origin))?;
                self.csv_record(line, origin)
            }
        }
    }

    fn json_record(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        let bad = |fault| not_a_record(fault, line, origin);
        self.json.parse(line).map_err(bad)?;
        self.json_parsed(line, origin)
    }

    fn json_parsed(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        let bad = |fault| not_a_record(fault, line, origin);
        self.json.notes(&mut self.notes).map_err(bad)?;
        let kind = kind_of(self.form, self.json.beside("_record")).map_err(bad)?;
        let record = self.form.kinds.list()[kind].record;
        self.encoder.record(record, &self.json, JsonLine::RECORD, &self.notes, origin)
    }

    fn csv_record(&mut self, line: &[u8], origin: Origin<'_>) -> Result<&[u8]> {
        let bad = |fault| not_a_record(fault, line, origin);
        let (TextForm::Csv { columns, .. }, Some(header)) = (self.text, &self.header) else { return Ok(&[]) };
        header.check_row(&self.row).map_err(bad)?;
        let row = CsvRecord { header, row: &self.row };
        row.notes(&mut self.notes, RECORD_MAX).map_err(bad)?;
        let kind = kind_of(self.form, row.kind()).map_err(bad)?;
        self.encoder.record(columns.record(kind), &row, columns.first(kind), &self.notes, origin)
    }

    /// The record that the line (or row) at the start of `text` describes.
    pub(super) fn next(&mut self, text: &[u8], origin: Origin<'_>) -> Result<Item<'_>> {
        let bad = |fault| not_a_record(fault, text, origin);
        let (taken, frame) = match self.text {
            TextForm::Json { .. } => {
                let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
                let taken = text.len().min(end + 1);
                if text[..end].iter().all(u8::is_ascii_whitespace) {
                    return Ok(Item::End(taken));
                }
                self.json.parse(&text[..end]).map_err(bad)?;
                (taken, self.json.beside("_frame").map(str::to_owned))
            }
            TextForm::Csv { .. } => {
                let Some(taken) = self.row.read(&mut self.csv, text).map_err(bad)? else {
                    return Ok(Item::End(text.len()));
                };
                (taken, self.header.as_ref().and_then(|header| header.frame(&self.row)).map(str::to_owned))
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
        let record = match self.text {
            TextForm::Json { .. } => self.json_parsed(line, origin)?,
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
