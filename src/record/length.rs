//! How long a record is when nothing around it says so: rules that look at the record itself.

use std::collections::BTreeMap;
use std::ops::Range;

use super::locate::{LocateError, actual_length};
use super::number::read_integer;
use super::view::{Origin, RecordFormat};
use crate::copybook::{FieldId, Shape, Usage};
use crate::diag::{DataPlace, Diagnostic, Result, codes};

/// A record about to be measured.
#[derive(Clone, Copy, Debug)]
pub struct RecordStart<'a> {
    /// Where it is, for messages and for rules by position.
    pub origin: Origin<'a>,
    /// The bytes from its start, as many as have been read; never none.
    pub bytes: &'a [u8],
    /// True if the file has no bytes behind these.
    pub at_end: bool,
}

/// What a rule finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// The record has this many bytes.
    Known(usize),
    /// So many bytes from its start must be seen to know: more than there were. Not said at the end of the file.
    NeedAtLeast(usize),
}

/// A rule for the length of a record.
pub trait RecordLength: Send + Sync + std::fmt::Debug {
    /// The length of the record that begins here. An error names the record, the field and its bytes.
    fn length(&self, record: RecordStart<'_>) -> Result<Length>;
}

/// The length is a number in a field that lies at a fixed place, and something added to it: 4, say, if it does not count
/// a header of 4 bytes.
#[derive(Clone, Debug)]
pub struct FieldLength {
    field: FixedField,
    adjust: i64,
}

/// The length depends on the text of a field: the record type.
#[derive(Clone, Debug)]
pub struct FieldMap {
    field: FixedField,
    lengths: BTreeMap<String, usize>,
}

/// A record ends where its copybook and the counters in it say (OCCURS DEPENDING ON without headers).
#[derive(Clone, Debug)]
pub struct ComputedLength {
    /// The copybook and its code page.
    pub format: RecordFormat,
}

/// The first or the last record of a file is of a length of its own: a header, a trailer.
#[derive(Debug)]
pub struct PositionLength<R> {
    /// Bytes of the first record, if it differs.
    pub first: Option<usize>,
    /// Bytes of the last record, if it differs.
    pub last: Option<usize>,
    /// The rule for all others.
    pub otherwise: R,
}

/// A field at the same place in every record.
#[derive(Clone, Debug)]
struct FixedField {
    format: RecordFormat,
    id: FieldId,
    place: Range<usize>,
}

impl FieldLength {
    /// Takes a field by name. An error is a sentence about the field.
    pub fn new(format: &RecordFormat, name: &str, adjust: i64) -> std::result::Result<Self, String> {
        let field = FixedField::new(format, name)?;
        match format.layout.field(field.id).number() {
            Some(shape) if shape.scale <= 0 => Ok(FieldLength { field, adjust }),
            Some(_) => Err(format!("{name} has decimals, a length has none")),
            None => Err(format!("{name} is not a number")),
        }
    }
}

impl FieldMap {
    /// Takes a field by name, and the length for each text of it, blanks around it left out.
    pub fn new(
        format: &RecordFormat,
        name: &str,
        lengths: impl IntoIterator<Item = (String, usize)>,
    ) -> std::result::Result<Self, String> {
        let lengths = lengths.into_iter().map(|(text, length)| (text.trim().to_owned(), length)).collect();
        Ok(FieldMap { field: FixedField::new(format, name)?, lengths })
    }
}

impl RecordLength for FieldLength {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        let bytes = match self.field.bytes(record)? {
            Ok(bytes) => bytes,
            Err(need) => return Ok(need),
        };
        let format = &self.field.format;
        let Some(shape) = format.layout.field(self.field.id).number() else {
            return Err(self.field.error(record, bytes, "is not a number"));
        };
        let value = read_integer(shape, bytes, format.page)
            .map_err(|fault| self.field.error(record, bytes, &format!("is not a number: {fault}")))?;
        let scaled = 10i128.checked_pow(u32::from(shape.scale.unsigned_abs()));
        let total =
            scaled.and_then(|ten| value.checked_mul(ten)).and_then(|v| v.checked_add(self.adjust.into()));
        match total.and_then(|total| usize::try_from(total).ok()) {
            Some(length) => Ok(Length::Known(length)),
            None => {
                let adjust = self.adjust;
                Err(self.field.error(
                    record,
                    bytes,
                    &format!("is {value}; with {adjust:+} that is no length"),
                ))
            }
        }
    }
}

impl RecordLength for FieldMap {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        let bytes = match self.field.bytes(record)? {
            Ok(bytes) => bytes,
            Err(need) => return Ok(need),
        };
        let text = self.field.text(record, bytes)?;
        match self.lengths.get(&text) {
            Some(&length) => Ok(Length::Known(length)),
            None => {
                let known: Vec<&str> = self.lengths.keys().map(String::as_str).collect();
                let error = self.field.error(record, bytes, &format!("is '{text}', which has no length"));
                Err(error.note(format!("lengths are known for {}", known.join(", "))))
            }
        }
    }
}

impl RecordLength for ComputedLength {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        match actual_length(&self.format.layout, self.format.page, record.bytes) {
            Ok(length) => Ok(Length::Known(length)),
            Err(LocateError::BeyondRecord { end, .. }) if !record.at_end => Ok(Length::NeedAtLeast(end)),
            Err(error) => Err(record
                .origin
                .not_located(&self.format, error, shown(record.bytes))
                .hint("correct the record: without its length the records behind it cannot be found")),
        }
    }
}

impl<R: RecordLength> RecordLength for PositionLength<R> {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        if let (Some(first), Some(1)) = (self.first, record.origin.record) {
            return Ok(Length::Known(first));
        }
        match self.last {
            // Only the end of the file tells the last record from another one.
            Some(last) if !record.at_end && record.bytes.len() <= last => Ok(Length::NeedAtLeast(last + 1)),
            Some(last) if record.at_end && record.bytes.len() == last => Ok(Length::Known(last)),
            _ => self.otherwise.length(record),
        }
    }
}

impl RecordLength for std::sync::Arc<dyn RecordLength> {
    fn length(&self, record: RecordStart<'_>) -> Result<Length> {
        self.as_ref().length(record)
    }
}

/// All records have one length; for [`PositionLength`].
impl RecordLength for usize {
    fn length(&self, _: RecordStart<'_>) -> Result<Length> {
        Ok(Length::Known(*self))
    }
}

impl FixedField {
    fn new(format: &RecordFormat, name: &str) -> std::result::Result<Self, String> {
        let id = format.layout.find(name, &[]).map_err(|error| match error {
            crate::copybook::NameError::Unknown => match format.layout.nearest_name(name) {
                Some(nearest) => format!("the copybook has no field {name}; did you mean {nearest}?"),
                None => format!("the copybook has no field {name}"),
            },
            crate::copybook::NameError::Ambiguous { paths } => {
                format!("{name} means more than one field: {}", paths.join("; "))
            }
        })?;
        let field = format.layout.field(id);
        if field.moving || !field.dims.is_empty() {
            return Err(format!("{name} does not lie at the same place in every record"));
        }
        let place = field.offset..field.offset + field.length;
        Ok(FixedField { format: format.clone(), id, place })
    }

    /// The bytes of the field, or how many bytes of the record must be seen.
    fn bytes<'a>(&self, record: RecordStart<'a>) -> Result<std::result::Result<&'a [u8], Length>> {
        match record.bytes.get(self.place.clone()) {
            Some(bytes) => Ok(Ok(bytes)),
            None if !record.at_end => Ok(Err(Length::NeedAtLeast(self.place.end))),
            None => {
                let error = LocateError::BeyondRecord { field: self.id, end: self.place.end };
                Err(record.origin.not_located(&self.format, error, record.bytes))
            }
        }
    }

    /// The field as text, blanks around it left out; a packed or binary number as its digits.
    fn text(&self, record: RecordStart<'_>, bytes: &[u8]) -> Result<String> {
        let page = self.format.page;
        match self.format.layout.field(self.id).shape {
            Shape::Number(shape) if !matches!(shape.usage, Usage::Zoned(_)) => {
                read_integer(shape, bytes, page)
                    .map(|value| value.to_string())
                    .map_err(|fault| self.error(record, bytes, &format!("is not a number: {fault}")))
            }
            _ => Ok(page.decode(bytes).trim().to_owned()),
        }
    }

    fn error(&self, record: RecordStart<'_>, bytes: &[u8], what: &str) -> Box<Diagnostic> {
        let name = self.format.layout.field(self.id).display_name();
        let place: DataPlace = record.origin.place(&self.format, Some(self.id), self.place.start, bytes);
        Diagnostic::error(codes::DAT004, format!("the length of the record is not known: {name} {what}"))
            .in_data(place)
            .hint("the record before it may have been measured wrongly: check the rule for the length")
    }
}

/// As many bytes as a message should hold.
fn shown(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(64)]
}
