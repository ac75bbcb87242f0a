//! A layout with the code page its bytes are in.

use std::sync::Arc;

use super::locate::LocateError;
use crate::copybook::{FieldId, Layout};
use crate::diag::{DataPlace, Diagnostic, codes};
use crate::encoding::{BadNumber, CodePage};

/// How the bytes of a record are to be understood.
#[derive(Clone, Debug)]
pub struct RecordFormat {
    /// The record map.
    pub layout: Arc<Layout>,
    /// The code page of its text and zoned numbers.
    pub page: CodePage,
}

/// The last records above one in a hierarchy of segments, by the position of their kind.
#[derive(Clone, Debug, Default)]
pub struct Above(Vec<Option<Arc<[u8]>>>);

impl Above {
    /// The bytes of the last record of a kind, if one came before.
    pub fn record(&self, kind: usize) -> Option<&[u8]> {
        self.0.get(kind)?.as_deref()
    }

    /// Notes a record that others may be children of.
    pub fn remember(&mut self, kind: usize, record: &[u8]) {
        self.0.resize(self.0.len().max(kind + 1), None);
        self.0[kind] = Some(record.into());
    }

    /// Forgets the last record of a kind.
    pub fn forget(&mut self, kind: usize) {
        if let Some(record) = self.0.get_mut(kind) {
            *record = None;
        }
    }
}

/// Which record of which dataset an error is about, and what is known of the records above it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// Name of the dataset.
    pub dataset: &'a str,
    /// Number of the record, from 1.
    pub record: Option<u64>,
    /// File offset of the record.
    pub offset: Option<u64>,
    /// The records above it, where a file is read in the order of its hierarchy.
    pub above: Option<&'a Above>,
}

impl Origin<'_> {
    /// The place of the record as a whole in a data message.
    pub fn of_record(&self, bytes: &[u8]) -> DataPlace {
        DataPlace {
            dataset: self.dataset.to_owned(),
            record: self.record,
            offset: self.offset,
            bytes: bytes.to_vec(),
            ..DataPlace::default()
        }
    }

    /// The place of a field (or of the record as a whole) in a data message.
    pub fn place(
        &self,
        format: &RecordFormat,
        field: Option<FieldId>,
        offset: usize,
        bytes: &[u8],
    ) -> DataPlace {
        let described = field.map(|id| format.layout.field(id));
        DataPlace {
            dataset: self.dataset.to_owned(),
            record: self.record,
            offset: self.offset,
            field: field.map(|id| format.layout.path(id)),
            extent: field.map(|_| (offset, bytes.len())),
            shape: described.map(crate::copybook::Field::shape_text),
            bytes: bytes.to_vec(),
        }
    }

    /// The message for bytes that are not a number.
    pub fn bad_number(
        &self,
        format: &RecordFormat,
        field: FieldId,
        offset: usize,
        bytes: &[u8],
        fault: BadNumber,
    ) -> Box<Diagnostic> {
        let name = format.layout.field(field).display_name();
        Diagnostic::error(codes::DAT001, format!("{name} is not a valid number: {fault}"))
            .in_data(self.place(format, Some(field), offset, bytes))
            .note(likely_cause(bytes, format.page))
            .hint("correct the record, or keep it out with include/omit")
    }

    /// The message for a field that is not inside its record.
    pub fn not_located(&self, format: &RecordFormat, error: LocateError, record: &[u8]) -> Box<Diagnostic> {
        match error {
            LocateError::BeyondRecord { field, end } => {
                let name = format.layout.field(field).display_name();
                let length = record.len();
                Diagnostic::error(
                    codes::DAT005,
                    format!("the record has {length} bytes, too few for {name}, which ends at byte {end}"),
                )
                .in_data(self.place(format, None, 0, record))
                .hint("check that the copybook and the record format belong to this file")
            }
            LocateError::BadCounter { counter, offset, length, fault } => {
                let bytes = record.get(offset..offset + length).unwrap_or_default();
                let name = format.layout.field(counter).display_name();
                Diagnostic::error(codes::DAT006, format!("the table counter {name} is not a number: {fault}"))
                    .in_data(self.place(format, Some(counter), offset, bytes))
                    .hint("correct the record, or keep it out with include/omit")
            }
            LocateError::CounterRange { counter, value, max } => {
                let name = format.layout.field(counter).display_name();
                Diagnostic::error(
                    codes::DAT006,
                    format!("the table counter {name} is {value}, but the table has at most {max} entries"),
                )
                .in_data(self.place(format, None, 0, record))
                .hint("correct the record, or keep it out with include/omit")
            }
            LocateError::Subscript { field, value, max } => {
                let name = format.layout.field(field).display_name();
                Diagnostic::error(codes::DAT013, format!("subscript {value} of {name} is outside 1 to {max}"))
                    .in_data(self.place(format, None, 0, record))
                    .hint("test the subscript before it is used")
            }
        }
    }
}

/// A sentence that names what such bytes usually are.
fn likely_cause(bytes: &[u8], page: CodePage) -> String {
    let all = |byte: u8| !bytes.is_empty() && bytes.iter().all(|&b| b == byte);
    if all(page.space()) {
        "the field is all blanks".to_owned()
    } else if all(0x00) {
        "the field is all LOW-VALUES (binary zeros)".to_owned()
    } else if all(0xFF) {
        "the field is all HIGH-VALUES".to_owned()
    } else if bytes.iter().all(|b| (0x20..0x7F).contains(b)) && page.is_ebcdic() {
        "the bytes look like ASCII: the file may have been translated in transfer".to_owned()
    } else {
        format!("as text the bytes read '{}'", page.decode(bytes).replace(char::is_control, "."))
    }
}
