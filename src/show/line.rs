//! A record as lines of cells.

use std::ops::Range;

use crate::codec::BadClass;
use crate::copybook::FieldId;
use crate::diag::Diagnostic;
use crate::encoding::BadNumber;

/// A record as it is shown.
#[derive(Debug)]
pub struct Shown<'r> {
    /// Number in its file, from 1.
    pub number: u64,
    /// File offset of its first byte.
    pub offset: u64,
    /// Its kind, if the file has several.
    pub kind: Option<&'r str>,
    /// Position of its 01 level in the tree; `None` if it is of no kind.
    pub record: Option<usize>,
    /// Its bytes.
    pub bytes: &'r [u8],
    /// Groups and fields in the order of the copybook; last the bytes that no field describes.
    pub lines: Vec<Line>,
    /// Bytes that its fields have behind the end of the record.
    pub short_by: usize,
    /// Why it could not be read to its end, or why it is not known whether it is wanted.
    pub faults: Vec<Box<Diagnostic>>,
}

/// A line: a group, a field, or bytes without a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The item; `None` for bytes without a field.
    pub item: Option<FieldId>,
    /// Which occurrence of each table around it, outermost first, its own included.
    pub subscripts: Vec<u32>,
    /// Groups around it, the record not counted.
    pub depth: usize,
    /// Data name with its subscripts: `AMOUNT(3)`.
    pub label: String,
    /// Its bytes in the record. Of a group whose place is not known: none.
    pub range: Range<usize>,
    /// What the bytes say.
    pub value: Value,
    /// Condition names (level 88) that hold.
    pub names: Vec<String>,
    /// The item whose storage it shares.
    pub redefines: Option<String>,
    /// True if another view of the same storage counts, and in this one the bytes are no number.
    pub other_view: bool,
}

/// What the bytes of an item say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A group: its members say it.
    Group,
    /// Characters, fit for a terminal, without the blanks at their end.
    Text(String),
    /// A text that the end of the record cuts short: what is there, and the bytes that should be.
    Cut(String, usize),
    /// A number; `true` if storing it gives other bytes (another sign nibble).
    Number(String, bool),
    /// Bytes that are no number, and why.
    Bad(BadClass, BadNumber),
    /// Bytes without a value: an address, slack, what is behind the last field.
    Bytes,
    /// A field that begins before the end of the record or behind it and has no value for that reason.
    Missing,
    /// A table without occurrences, and the most it can have.
    Empty(usize),
}

impl Value {
    /// True for what stands on the right of its column.
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Number(..) | Value::Bad(..))
    }
}

impl Line {
    /// Its bytes in a record.
    pub fn bytes<'r>(&self, record: &'r [u8]) -> &'r [u8] {
        record.get(self.range.clone()).unwrap_or_default()
    }

    /// Why its bytes are no number, in a word or two.
    pub fn reason(&self) -> Option<String> {
        match self.value {
            Value::Bad(BadClass::Blank, _) => Some("blanks".to_owned()),
            Value::Bad(BadClass::Low, _) => Some("low values".to_owned()),
            Value::Bad(BadClass::High, _) => Some("high values".to_owned()),
            Value::Bad(BadClass::Invalid, fault) => Some(fault.to_string()),
            _ => None,
        }
    }
}
