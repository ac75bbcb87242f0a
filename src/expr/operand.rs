//! Resolved operands: fields with their place, and literals.

use std::ops::Range;
use std::sync::Arc;

use super::arithmetic::Arithmetic;
use super::function::TextFunction;
use super::meaning::Guard;
use super::scope::Frame;
use super::syntax::Figurative;
use crate::copybook::{FieldId, NumberShape, Shape};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::edited::TextMask;
use crate::encoding::{BadNumber, CodePage, FloatFormat, Window};
use crate::record::{LocateError, RecordFormat, locate, read_integer, read_word, window};

/// A field of a record in scope, with subscripts and reference modification resolved as far as they can be.
#[derive(Clone, Debug)]
pub struct FieldRef {
    /// Which record.
    pub slot: usize,
    /// Which field of its layout.
    pub id: FieldId,
    /// How the record's bytes are to be understood.
    pub format: RecordFormat,
    /// What the referenced bytes mean: text if there is a reference modification.
    pub shape: Shape,
    /// JUSTIFIED RIGHT.
    pub justified: bool,
    /// What is put between the characters that are moved to it, if it is alphanumeric-edited.
    pub(super) insertions: Option<Arc<TextMask>>,
    /// How the record stores COMP-1 and COMP-2.
    pub(super) float: FloatFormat,
    pub(super) place: Place,
    /// How its number is read and stored quickly, where that is possible.
    pub(super) window: Option<Window>,
    /// Where its number is left when it is computed, or taken from when it was: a place of [`Frame::recalled`].
    pub recalled: Option<usize>,
    /// What must hold of a record for the field to be read; nothing, if every record has it.
    pub(super) guard: Option<Box<Guard>>,
}

#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Known when compiled.
    Fixed(Range<usize>),
    /// Depends on the record.
    Computed {
        subscripts: Vec<Arithmetic>,
        /// Start from 1, and length.
        modification: Option<(Arithmetic, Option<Arithmetic>)>,
    },
}

impl Place {
    /// How a number in this place of every record is read quickly, if it is.
    pub(super) fn window(&self, shape: Shape, page: CodePage) -> Option<Window> {
        match (self, shape) {
            (Place::Fixed(range), Shape::Number(shape)) => window(shape, range, page),
            _ => None,
        }
    }
}

impl FieldRef {
    /// Where the bytes are in the record of this frame, to be written: whether its kind has the field is not asked, since a
    /// record that is being built has none yet.
    #[inline]
    pub fn range<F: Frame + ?Sized>(&self, frame: &F) -> Result<Range<usize>> {
        self.range_in(frame, frame.record(self.slot))
    }

    /// The bytes. An error if the record is of a kind that does not have the field, or shows another view there.
    #[inline]
    pub fn bytes<'f, F: Frame + ?Sized>(&self, frame: &'f F) -> Result<&'f [u8]> {
        match self.plain_bytes(frame) {
            Some(bytes) => Ok(bytes),
            None => self.any_bytes(frame),
        }
    }

    /// The bytes, if the field is in every record, at one place, and the record is long enough.
    #[inline]
    pub(super) fn plain_bytes<'f, F: Frame + ?Sized>(&self, frame: &'f F) -> Option<&'f [u8]> {
        match &self.place {
            Place::Fixed(range) if self.guard.is_none() => frame.record(self.slot).get(range.clone()),
            _ => None,
        }
    }

    #[inline(never)]
    fn any_bytes<'f, F: Frame + ?Sized>(&self, frame: &'f F) -> Result<&'f [u8]> {
        let record = match &self.guard {
            None => frame.record(self.slot),
            Some(guard) => guard.holder(frame.record(self.slot), frame.origin(self.slot), || {
                (self.format.clone(), self.id)
            })?,
        };
        let range = self.range_in(frame, record)?;
        Ok(&record[range])
    }

    #[inline]
    fn range_in<F: Frame + ?Sized>(&self, frame: &F, record: &[u8]) -> Result<Range<usize>> {
        match &self.place {
            Place::Fixed(range) if range.end <= record.len() => Ok(range.clone()),
            _ => self.any_range(frame, record),
        }
    }

    #[inline(never)]
    fn any_range<F: Frame + ?Sized>(&self, frame: &F, record: &[u8]) -> Result<Range<usize>> {
        match &self.place {
            Place::Fixed(range) => {
                let error = LocateError::BeyondRecord { field: self.id, end: range.end };
                Err(self.not_located(frame, error, record))
            }
            Place::Computed { subscripts, modification } => {
                self.computed_range((frame, record), subscripts, modification.as_ref())
            }
        }
    }

    /// The same field, never read from the record above: a key is made of the bytes of its own record.
    #[must_use]
    pub fn of_its_own_record(mut self) -> Self {
        if let Some(guard) = &mut self.guard {
            guard.key_of = None;
        }
        self
    }

    /// The integer that a numeric field's digits spell.
    #[inline]
    pub fn integer<F: Frame + ?Sized>(&self, shape: NumberShape, frame: &F) -> Result<i128> {
        match self.word(frame) {
            Some(integer) => Ok(i128::from(integer)),
            None => self.any_integer(shape, frame),
        }
    }

    /// The integer that its digits spell, if it is a number of a usual kind and every record has it in one place.
    #[inline]
    pub fn word<F: Frame + ?Sized>(&self, frame: &F) -> Option<i64> {
        if let Some(known) = self.recalled.and_then(|place| frame.recalled(place)) {
            return Some(known);
        }
        let quick = self.window.as_ref().and_then(|window| frame.number(self.slot, window));
        quick.or_else(|| self.any_word(frame))
    }

    /// The same without a window, or where the record is too short for it.
    #[inline(never)]
    fn any_word<F: Frame + ?Sized>(&self, frame: &F) -> Option<i64> {
        read_word(self.number()?, self.plain_bytes(frame)?, self.format.page)
    }

    /// True if it is a number of a usual kind and every record has it.
    #[inline]
    pub fn is_usual_number(&self) -> bool {
        self.window.is_some()
    }

    /// Which number it is of those in its record that are of a usual kind: its place and shape.
    pub fn window_id(&self) -> Option<u64> {
        self.window.as_ref().map(Window::id)
    }

    /// Stores an integer in a record as a number of a usual kind; false, and nothing is stored, if it is none or does not fit.
    #[inline]
    pub fn store_word(&self, record: &mut [u8], integer: i128) -> bool {
        match (&self.window, i64::try_from(integer)) {
            (Some(window), Ok(integer)) => window.store(record, integer),
            _ => false,
        }
    }

    /// What such a number is read as again.
    #[inline]
    pub fn word_stored(&self, integer: i128) -> Option<i64> {
        let integer = i64::try_from(integer).ok()?;
        Some(if self.number()?.signed { integer } else { integer.checked_abs()? })
    }

    #[inline(never)]
    fn any_integer<F: Frame + ?Sized>(&self, shape: NumberShape, frame: &F) -> Result<i128> {
        let bytes = self.bytes(frame)?;
        read_integer(shape, bytes, self.format.page).map_err(|fault| self.not_a_number(frame, bytes, fault))
    }

    /// The message for bytes of this field that are not a number.
    #[cold]
    pub fn not_a_number<F: Frame + ?Sized>(
        &self,
        frame: &F,
        bytes: &[u8],
        fault: BadNumber,
    ) -> Box<Diagnostic> {
        let start = self.range(frame).map_or(0, |range| range.start);
        frame.origin(self.slot).bad_number(&self.format, self.id, start, bytes, fault)
    }

    /// The number's shape, if the field is one.
    pub fn number(&self) -> Option<NumberShape> {
        match self.shape {
            Shape::Number(shape) => Some(shape),
            _ => None,
        }
    }

    /// The place, if it is the same in every record that has the field.
    pub fn fixed_range(&self) -> Option<Range<usize>> {
        match &self.place {
            Place::Fixed(range) => Some(range.clone()),
            Place::Computed { .. } => None,
        }
    }

    /// True if every record has the field, so that its bytes may be taken by [`FieldRef::fixed_range`] alone; for others
    /// only [`FieldRef::bytes`] and [`FieldRef::integer`] ask whether the record has it.
    pub fn is_in_every_record(&self) -> bool {
        self.guard.is_none()
    }

    /// The same field in another slot that holds records of the same layout.
    #[must_use]
    pub fn in_slot(self, slot: usize) -> Self {
        FieldRef { slot, ..self }
    }

    /// How the record stores COMP-1 and COMP-2.
    pub fn float_format(&self) -> FloatFormat {
        self.float
    }

    /// Name for messages.
    pub fn name(&self) -> &str {
        self.format.layout.field(self.id).display_name()
    }

    /// Bytes the field has when all tables are at their maximum.
    pub fn length_max(&self) -> usize {
        self.fixed_range().map_or(self.format.layout.field(self.id).length, |range| range.len())
    }

    #[cold]
    fn not_located<F: Frame + ?Sized>(
        &self,
        frame: &F,
        error: LocateError,
        record: &[u8],
    ) -> Box<Diagnostic> {
        frame.origin(self.slot).not_located(&self.format, error, record)
    }

    fn computed_range<F: Frame + ?Sized>(
        &self,
        (frame, record): (&F, &[u8]),
        subscripts: &[Arithmetic],
        modification: Option<&(Arithmetic, Option<Arithmetic>)>,
    ) -> Result<Range<usize>> {
        let values = subscripts.iter().map(|s| self.position(frame, s)).collect::<Result<Vec<u32>>>()?;
        let whole = locate(&self.format.layout, self.format.page, record, self.id, &values)
            .map_err(|error| self.not_located(frame, error, record))?;
        let Some((start, length)) = modification else { return Ok(whole) };
        let start = self.position(frame, start)? as usize;
        let length = match length {
            Some(length) => self.position(frame, length)? as usize,
            None => (whole.len() + 1).saturating_sub(start),
        };
        if start == 0 || length == 0 || start - 1 + length > whole.len() {
            let message =
                format!("({start}:{length}) does not lie inside {}, {} bytes", self.name(), whole.len());
            let place = frame.origin(self.slot).place(
                &self.format,
                Some(self.id),
                whole.start,
                &record[whole.clone()],
            );
            return Err(Diagnostic::error(codes::DAT013, message)
                .in_data(place)
                .hint("test the start and the length before they are used"));
        }
        Ok(whole.start + start - 1..whole.start + start - 1 + length)
    }

    /// A subscript, start or length at run time; what is no small whole number becomes 0, which is never valid.
    fn position<F: Frame + ?Sized>(&self, frame: &F, value: &Arithmetic) -> Result<u32> {
        let integer = value.scaled(frame, 0, crate::decimal::Rounding::Truncation);
        let integer = integer.map_err(|fault| fault.into_diagnostic(|| self.name().to_owned()))?;
        Ok(u32::try_from(integer).unwrap_or(0))
    }
}

/// A value that can be moved or compared.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A field.
    Field(Box<FieldRef>),
    /// A numeric literal.
    Number(Decimal),
    /// A nonnumeric literal.
    Text(String),
    /// A hexadecimal literal.
    Hex(Vec<u8>),
    /// A figurative constant.
    Figurative(Figurative),
    /// A computed number.
    Arithmetic(Box<Arithmetic>),
    /// Text that a function gives.
    Function(Box<TextFunction>),
}
