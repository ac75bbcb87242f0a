//! Rows of CSV as values of records.

use csv_core::{ReadRecordResult, Reader};

use super::columns::{Columns, KIND, NOTES};
use super::json_quick::{spread, zeros};
use crate::codec::{Input, Node, Notes, Scalar, UnknownMember, parse_patch};
use crate::diag::nearest;

use super::json_in::LineFault;

/// Which column of the file each column of the layout is.
#[derive(Clone, Debug)]
pub struct Header {
    /// By column of the layout: the column of the file.
    fields: Vec<Option<usize>>,
    kind: Option<usize>,
    notes: [Option<usize>; 3],
    /// Columns of the file.
    count: usize,
    /// The file has every column of the layout.
    complete: bool,
}

impl Header {
    /// Matches the names of the first row with the columns of the layout. Every column must be known; not all need be there.
    pub fn new(columns: &Columns, row: &CsvRow) -> Result<Self, LineFault> {
        let known: Vec<&str> = columns.names(true).collect();
        let mut header = Header {
            fields: vec![None; columns.fields().len()],
            kind: None,
            notes: [None; 3],
            count: row.len(),
            complete: false,
        };
        let positions: std::collections::HashMap<&str, usize> =
            columns.fields().iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
        for at in 0..row.len() {
            let name = row.cell(at);
            let slot = if let Some(&field) = positions.get(name) {
                &mut header.fields[field]
            } else if name == KIND {
                &mut header.kind
            } else if let Some(note) = NOTES.iter().position(|note| *note == name) {
                &mut header.notes[note]
            } else if known.contains(&name) {
                // The key of a parent is not part of the record.
                continue;
            } else {
                let hint = nearest(name, known.iter().copied());
                let hint = hint.map_or(String::new(), |near| format!("; did you mean {near}?"));
                return Err(LineFault {
                    message: format!("no field has the name of column {name}{hint}"),
                    at: 0,
                });
            };
            if slot.replace(at).is_some() {
                return Err(LineFault { message: format!("column {name} is there twice"), at: 0 });
            }
        }
        header.complete = header.fields.iter().all(Option::is_some);
        Ok(header)
    }

    /// True if the file has every column of the layout.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// A row must have as many cells as the header.
    pub fn check_row(&self, row: &CsvRow) -> Result<(), LineFault> {
        if row.len() == self.count {
            return Ok(());
        }
        let message = format!("the row has {} cells, the header {}", row.len(), self.count);
        Err(LineFault { message, at: 0 })
    }

    /// What the column of the frame says.
    pub fn frame<'r>(&self, row: &'r CsvRow) -> Option<&'r str> {
        self.notes[2].map(|at| row.cell(at)).filter(|text| !text.is_empty())
    }
}

/// A row with the columns of its kind in place.
#[derive(Clone, Copy, Debug)]
pub struct CsvRecord<'a> {
    /// The header.
    pub header: &'a Header,
    /// The cells.
    pub row: &'a CsvRow,
}

impl CsvRecord<'_> {
    /// What the column of the kind says.
    pub fn kind(&self) -> Option<&str> {
        self.header.kind.map(|at| self.row.cell(at))
    }

    /// Takes the notes of the record.
    pub fn notes(&self, notes: &mut Notes, limit: usize) -> Result<(), LineFault> {
        notes.clear();
        let cell = |at: Option<usize>| at.map(|at| self.row.cell(at)).filter(|text| !text.is_empty());
        let bad = |message: &str| LineFault { message: message.to_owned(), at: 0 };
        if let Some(text) = cell(self.header.notes[0]) {
            let length = text.parse().ok().filter(|length| *length <= limit);
            notes.length = Some(length.ok_or_else(|| bad("_length is not the length of a record"))?);
        }
        for patch in cell(self.header.notes[1]).unwrap_or_default().split_ascii_whitespace() {
            let parsed = patch.strip_prefix('@').and_then(|patch| patch.split_once(':')).and_then(
                |(offset, bytes)| {
                    let offset: usize = offset.parse().ok()?;
                    Some((offset, parse_patch(bytes, limit.checked_sub(offset)?)?))
                },
            );
            let (offset, bytes) = parsed
                .ok_or_else(|| bad("_raw takes patches like @12:C1C2 or @12:00*20 with blanks between"))?;
            notes.patch(offset, &bytes);
        }
        notes.sort();
        Ok(())
    }

    /// The text in a column of the layout.
    #[inline]
    pub fn cell(&self, column: usize) -> &str {
        self.header.fields.get(column).copied().flatten().map_or("", |at| self.row.cell(at))
    }
}

/// Places are columns of the layout.
impl Input for CsvRecord<'_> {
    fn member(&self, group: usize, node: &Node) -> Option<usize> {
        let first = group + node.column;
        // A column that the file does not have leaves the field as it is in an empty record.
        let single = node.columns() == 1 && node.most() == 1;
        (!single || self.header.fields.get(first).is_some_and(Option::is_some)).then_some(first)
    }

    fn has_value(&self, group: usize, node: &Node) -> bool {
        let first = group + node.column;
        (first..first + node.columns() * node.most()).any(|column| !self.cell(column).is_empty())
    }

    fn count(&self, _table: usize, _node: &Node) -> Option<usize> {
        None
    }

    fn element(&self, table: usize, node: &Node, index: usize) -> Option<usize> {
        Some(table + index * node.columns())
    }

    fn scalar(&self, place: usize) -> Scalar<'_> {
        Scalar::Text(self.cell(place))
    }

    fn check_group(&self, _group: usize, _nodes: &[Node], _known: usize) -> Result<(), UnknownMember> {
        Ok(())
    }
}

/// A parsed row, to be used again for the next one.
#[derive(Clone, Debug, Default)]
pub struct CsvRow {
    /// The cells end to end, as the parser leaves them.
    raw: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
    /// The cells, one after the other.
    text: String,
    /// Bytes between two of them.
    gap: usize,
}

impl CsvRow {
    /// Cells of the row.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The text of a cell; empty beyond the last one.
    #[inline]
    pub fn cell(&self, at: usize) -> &str {
        if at >= self.count {
            return "";
        }
        let start = if at == 0 { 0 } else { self.ends[at - 1] + self.gap };
        self.text.get(start..self.ends[at]).unwrap_or_default()
    }

    /// Reads the row at the start of `input`: the bytes it takes, or `None` at the end of the text.
    pub fn read(
        &mut self,
        (reader, delimiter): (&mut Reader, u8),
        input: &[u8],
    ) -> Result<Option<usize>, LineFault> {
        match self.read_plain(delimiter, input) {
            Some(taken) => Ok(Some(taken)),
            None => self.parse(reader, input),
        }
    }

    /// Reads a row without quotes: the cells are what stands between the delimiters. None, with nothing read, if the row
    /// is anything else.
    fn read_plain(&mut self, delimiter: u8, input: &[u8]) -> Option<usize> {
        let end = memchr::memchr(b'\n', input).filter(|end| *end > 0 && delimiter.is_ascii())?;
        let row = &input[..end];
        if memchr::memchr2(b'"', b'\r', row).is_some() {
            return None;
        }
        let text = std::str::from_utf8(row).ok()?;
        self.text.clear();
        self.text.push_str(text);
        self.ends.clear();
        let (words, rest) = row.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let mut found = zeros(u64::from_le_bytes(*word) ^ spread(delimiter));
            while found != 0 {
                self.ends.push(index * 8 + (found.trailing_zeros() / 8) as usize);
                found &= found - 1;
            }
        }
        let start = row.len() - rest.len();
        self.ends.extend((start..).zip(rest).filter(|(_, byte)| **byte == delimiter).map(|(at, _)| at));
        self.ends.push(row.len());
        (self.count, self.gap) = (self.ends.len(), 1);
        Some(end + 1)
    }

    fn parse(&mut self, reader: &mut Reader, input: &[u8]) -> Result<Option<usize>, LineFault> {
        let (mut taken, mut written, mut ends) = (0, 0, 0);
        self.raw.resize(self.raw.len().max(1 << 12), 0);
        self.ends.resize(self.ends.len().max(64), 0);
        loop {
            let (result, read, wrote, ended) =
                reader.read_record(&input[taken..], &mut self.raw[written..], &mut self.ends[ends..]);
            taken += read;
            written += wrote;
            ends += ended;
            match result {
                ReadRecordResult::InputEmpty if taken >= input.len() => {
                    // An empty input tells the reader that the text has ended.
                    let (result, ..) =
                        reader.read_record(&[], &mut self.raw[written..], &mut self.ends[ends..]);
                    match result {
                        ReadRecordResult::Record => {
                            ends += 1;
                            break;
                        }
                        _ if written == 0 && ends == 0 => return Ok(None),
                        _ => {}
                    }
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.raw.resize(self.raw.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        (self.count, self.gap) = (ends, 0);
        self.text.clear();
        match std::str::from_utf8(&self.raw[..self.ends[..ends].last().copied().unwrap_or(0)]) {
            Ok(text) => {
                self.text.push_str(text);
                Ok(Some(taken))
            }
            Err(error) => {
                Err(LineFault { message: "the row is not UTF-8".to_owned(), at: error.valid_up_to() })
            }
        }
    }
}
