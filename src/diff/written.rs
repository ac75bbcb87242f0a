//! Differences that are written as they are found: all of them as CSV, and the records that differ as datasets.

use std::path::Path;

use super::batch::Numbered;
use super::compare::{Comparer, Found};
use super::engine::{Difference, Sink};
use super::fields::subscripts;
use super::side::Which;
use super::tally::column_name;
use super::value::Value;
use crate::codec::append_hex_digits;
use crate::convert::{Output, append_cell};
use crate::dataset::{DatasetFormat, Writer, Written};
use crate::diag::Result;
use crate::sys::hash::Xxh3;
use crate::sys::{PathError, WriteFile};

/// The columns of the CSV.
const HEADER: &str =
    "left_record,right_record,key,field,cause,left,right,difference,rule,left_bytes,right_bytes\n";

/// Bytes that wait to be written.
const WAITING: usize = 1 << 18;

/// Writes every difference as a row of CSV, what rules excuse among them.
pub struct CsvSink {
    output: Output,
    hash: Xxh3,
    waiting: Vec<u8>,
    written: Written,
    key: Vec<u32>,
}

impl CsvSink {
    /// CSV that goes to an output; `key` are the columns that say which record it is.
    pub fn new(output: Output, key: Vec<u32>) -> Self {
        let waiting = HEADER.as_bytes().to_vec();
        CsvSink { output, hash: Xxh3::new(), waiting, written: Written::default(), key }
    }

    /// Writes what is left; gives size and hash, and the file.
    pub fn finish(mut self) -> Result<(Written, Box<dyn WriteFile>)> {
        self.flush()?;
        self.written.hash = self.hash.digest128();
        Ok((self.written, self.output.file))
    }

    fn flush(&mut self) -> Result<()> {
        self.hash.update(&self.waiting);
        self.written.bytes += self.waiting.len() as u64;
        self.output.file.write_all(&self.waiting).path_error("write", &self.output.path)?;
        self.waiting.clear();
        Ok(())
    }
}

impl Sink for CsvSink {
    fn put(&mut self, difference: Difference<'_>, comparer: &Comparer<'_>) -> Result<()> {
        let key = key_text(comparer, &self.key, difference.left, difference.right);
        for found in difference.found {
            let number =
                |record: Option<Numbered<'_>>| record.map_or_else(String::new, |r| r.number.to_string());
            let (left, right) = values(comparer, found, difference.left, difference.right);
            let rule = found.rule.and_then(|rule| comparer.rules.list.get(rule as usize));
            let cells = [
                number(difference.left),
                number(difference.right),
                key.clone(),
                format!("{}{}", column_name(comparer.fields, found.column), subscripts(found.path)),
                found.cause.name().to_owned(),
                left,
                right,
                found.delta.map(|delta| delta.to_string()).unwrap_or_default(),
                rule.map(|rule| rule.name.clone()).unwrap_or_default(),
                hex(difference.left, found.left),
                hex(difference.right, found.right),
            ];
            for (at, cell) in cells.iter().enumerate() {
                if at > 0 {
                    self.waiting.push(b',');
                }
                append_cell(cell.as_bytes(), b',', &mut self.waiting);
            }
            self.waiting.push(b'\n');
            self.written.records += 1;
        }
        if self.waiting.len() >= WAITING { self.flush() } else { Ok(()) }
    }
}

fn hex(record: Option<Numbered<'_>>, (start, end): (u32, u32)) -> String {
    let bytes = record.and_then(|record| record.bytes.get(start as usize..end as usize)).unwrap_or_default();
    let mut digits = Vec::new();
    append_hex_digits(bytes, &mut digits);
    String::from_utf8_lossy(&digits).into_owned()
}

/// What a difference says on both sides; nothing for a record as a whole.
pub(super) fn values(
    comparer: &Comparer<'_>,
    found: &Found,
    left: Option<Numbered<'_>>,
    right: Option<Numbered<'_>>,
) -> (String, String) {
    let Some(column) = comparer.fields.columns.get(found.column as usize) else { return Default::default() };
    let shown = |which: Which, record: Option<Numbered<'_>>, range: (u32, u32)| {
        let leaf = column.leaves[which.index()].as_ref()?;
        let bytes = record?.bytes.get(range.0 as usize..range.1 as usize)?;
        Some(Value::of(leaf, bytes).shown(bytes))
    };
    let left = shown(Which::Left, left, found.left).unwrap_or_default();
    (left, shown(Which::Right, right, found.right).unwrap_or_default())
}

/// The values of the key of a record: `CUST-NO 4711, INV-NO 42`.
pub(super) fn key_text(
    comparer: &Comparer<'_>,
    key: &[u32],
    left: Option<Numbered<'_>>,
    right: Option<Numbered<'_>>,
) -> String {
    let (which, record) = match (left, right) {
        (Some(record), _) => (Which::Left, record),
        (None, Some(record)) => (Which::Right, record),
        (None, None) => return String::new(),
    };
    if key.is_empty() {
        return String::new();
    }
    let cells = comparer.cells(which, record).unwrap_or_default();
    let of_column = |column: &u32| {
        let cell = cells.iter().find(|cell| cell.column == *column)?;
        let column = &comparer.fields.columns[*column as usize];
        let bytes = cell.of(record.bytes);
        let value = Value::of(column.leaves[which.index()].as_ref()?, bytes);
        Some(format!("{} {}", column.name, value.shown(bytes).trim()))
    };
    key.iter().filter_map(of_column).collect::<Vec<_>>().join(", ")
}

/// Writes the records of one side that differ, as they are, in the format of their side.
pub struct RecordSink {
    which: Which,
    writer: Writer,
}

impl RecordSink {
    /// Records of a side that go to an output of this name and format.
    pub fn new(name: &str, format: DatasetFormat, which: Which, output: Output) -> Self {
        let path: &Path = &output.path;
        RecordSink { which, writer: Writer::new(name, path, format, output.file) }
    }

    /// Writes what is left; gives size and hash, and the file.
    pub fn finish(self) -> Result<(Written, Box<dyn WriteFile>)> {
        self.writer.finish()
    }
}

impl Sink for RecordSink {
    fn put(&mut self, difference: Difference<'_>, _: &Comparer<'_>) -> Result<()> {
        let record = if self.which == Which::Left { difference.left } else { difference.right };
        match record.filter(|_| difference.counts()) {
            Some(record) => self.writer.write_record(record.bytes),
            None => Ok(()),
        }
    }
}
