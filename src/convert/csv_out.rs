//! Records as rows of CSV: a column for every field, and for every occurrence of a table.

use super::columns::Columns;
use crate::codec::{Decoder, Leaf, Node, Policy, Seen, Sink, append_hex, append_patch};
use crate::diag::Result;
use crate::record::Origin;

/// Writes values as the cells of a row.
pub struct CsvSink<'o> {
    out: &'o mut Vec<u8>,
    delimiter: u8,
}

/// How rows look and what is in them besides fields.
#[derive(Clone, Copy, Debug)]
pub struct CsvStyle {
    /// Between cells.
    pub delimiter: u8,
    /// Whether `_length`, `_raw` and `_frame` columns say what the values do not.
    pub notes: bool,
}

impl Default for CsvStyle {
    fn default() -> Self {
        CsvStyle { delimiter: b',', notes: false }
    }
}

/// Appends the names of the columns.
pub fn append_header(columns: &Columns, style: CsvStyle, out: &mut Vec<u8>) {
    let start = out.len();
    for name in columns.names(style.notes) {
        append_cell(name.as_bytes(), style.delimiter, out);
        out.push(style.delimiter);
    }
    end_row(start, out);
}

/// What stands beside the fields of a record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// The cells of its parents' keys.
    pub parents: &'a [u8],
    /// The bytes around it in the file, if they are not what the record format gives.
    pub frame: Option<&'a str>,
}

/// Appends a record of a kind as a row.
pub fn append_record(
    decoder: &mut Decoder<'_>,
    columns: &Columns,
    (kind, bytes, origin): (usize, &[u8], Origin<'_>),
    around: Around<'_>,
    style: CsvStyle,
    out: &mut Vec<u8>,
) -> Result<()> {
    let start = out.len();
    if let Some(name) = columns.kind_name(kind) {
        append_cell(name.as_bytes(), style.delimiter, out);
        out.push(style.delimiter);
    }
    out.extend_from_slice(around.parents);
    let (before, after) = columns.around(kind);
    append_empty(before, style.delimiter, out);
    let mut sink = CsvSink { out, delimiter: style.delimiter };
    decoder.record(columns.record(kind), bytes, origin, &mut sink)?;
    append_empty(after, style.delimiter, out);
    if style.notes {
        append_notes(decoder, around.frame, style.delimiter, out);
    }
    end_row(start, out);
    Ok(())
}

fn append_notes(decoder: &Decoder<'_>, frame: Option<&str>, delimiter: u8, out: &mut Vec<u8>) {
    if let Some(length) = decoder.notes.length {
        out.extend_from_slice(length.to_string().as_bytes());
    }
    out.push(delimiter);
    for (index, (offset, bytes)) in decoder.notes.patches().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(format!("@{offset}:").as_bytes());
        append_patch(bytes, out);
    }
    out.push(delimiter);
    out.extend_from_slice(frame.unwrap_or_default().as_bytes());
    out.push(delimiter);
}

/// The delimiter after the last cell becomes the end of the row. A row of one empty cell must not look like an empty line.
fn end_row(start: usize, out: &mut Vec<u8>) {
    out.pop();
    if out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.push(b'\n');
}

fn append_empty(cells: usize, delimiter: u8, out: &mut Vec<u8>) {
    out.extend(std::iter::repeat_n(delimiter, cells));
}

impl Sink for CsvSink<'_> {
    fn open(&mut self, _node: &Node) {}

    fn close(&mut self, _node: &Node) {}

    fn open_table(&mut self, _node: &Node) {}

    fn close_table(&mut self, node: &Node, count: usize) {
        append_empty((node.most() - count.min(node.most())) * node.columns(), self.delimiter, self.out);
    }

    #[inline]
    fn value(&mut self, _node: &Node, leaf: &Leaf, bytes: &[u8]) -> Seen {
        let start = self.out.len();
        let seen = leaf.append(bytes, self.out);
        if matches!(seen, Seen::Bad(..)) {
            self.out.truncate(start);
            return seen;
        }
        if leaf.is_text() {
            quote_from(start, self.delimiter, self.out);
        }
        self.out.push(self.delimiter);
        seen
    }

    fn bad(&mut self, _node: &Node, _leaf: &Leaf, bytes: &[u8], instead: Policy) {
        match instead {
            Policy::Zero => self.out.push(b'0'),
            Policy::Raw => append_hex(bytes, self.out),
            Policy::Null | Policy::Error => {}
        }
        self.out.push(self.delimiter);
    }

    fn absent(&mut self, node: &Node, occurrences: usize) {
        append_empty(node.columns() * occurrences, self.delimiter, self.out);
    }
}

/// Appends a cell, in quotes if it needs them.
pub fn append_cell(text: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text);
    quote_from(start, delimiter, out);
}

/// Puts what was appended since `start` in quotes if it needs them.
#[inline]
fn quote_from(start: usize, delimiter: u8, out: &mut Vec<u8>) {
    let needs = |&byte: &u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    if out[start..].iter().any(needs) {
        quote_slowly(start, out);
    }
}

#[cold]
fn quote_slowly(start: usize, out: &mut Vec<u8>) {
    let text = out.split_off(start);
    out.push(b'"');
    for byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}
