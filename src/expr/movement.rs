//! MOVE: a value into a field, with COBOL's conversions (Language Reference, "MOVE statement", elementary moves).

use std::ops::Range;
use std::sync::Arc;

use super::arithmetic::Fault;
use super::compile::{edit_mask, takes_number};
use super::float;
use super::function::TextFunction;
use super::operand::{FieldRef, Operand};
use super::receiver::Receiver;
use super::scope::{Frame, SingleFrame};
use super::syntax::Figurative;
use crate::copybook::{NumberShape, Shape};
use crate::decimal::{Decimal, Rounding};
use crate::diag::{Diagnostic, codes};
use crate::encoding::edited::EditMask;
use crate::encoding::{CodePage, zoned};
use crate::record::{Origin, Overflow, store_integer, store_number};

/// A compiled MOVE. It is run in two halves, so that the source may lie in the record that is changed.
#[derive(Clone, Debug)]
pub struct Move {
    pub(super) from: Source,
    /// The receiving field.
    pub to: FieldRef,
    pub(super) overflow: Overflow,
    /// How it is done in the usual case, if it is such a move.
    quick: Option<Quick>,
}

/// A move whose places are known, and which nearly always goes without a fault. Whatever is unusual about a record is left to
/// [`Move::prepare`], which alone knows what is wrong with it.
#[derive(Clone, Debug)]
pub enum Quick {
    /// These bytes, as many as the receiver has.
    Put(Box<[u8]>),
    /// The first bytes of a field into text, and blanks behind them.
    Text {
        /// The record of the field.
        slot: usize,
        /// Its bytes that are moved.
        range: Range<usize>,
        /// The blank.
        blank: u8,
    },
    /// A number into a numeric field.
    Number(Operand, NumberShape),
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A number into a numeric field.
    Number(Operand),
    /// The digits of an integer field into text.
    Digits(FieldRef, NumberShape),
    /// Digits held as text into a numeric field.
    TextDigits(FieldRef),
    /// The number that a numeric-edited field shows: the move takes the editing away.
    Edited(FieldRef, Arc<EditMask>),
    /// A floating-point number, rounded to the receiver's decimals.
    Float(FieldRef),
    /// Bytes into text, padded or cut.
    Bytes(FieldRef),
    /// A literal already in the receiver's code page.
    Literal(Vec<u8>),
    /// A pattern that fills the receiver.
    Repeated(Vec<u8>),
    /// Text that a function gives.
    Function(Box<TextFunction>),
}

impl Move {
    /// A move from this source to this field.
    pub(super) fn new(from: Source, to: FieldRef, overflow: Overflow) -> Self {
        let mut movement = Move { from, to, overflow, quick: None };
        movement.quick = movement.find_quick();
        movement
    }

    fn find_quick(&self) -> Option<Quick> {
        let place = self.to.fixed_range()?;
        match (&self.from, self.to.shape) {
            (Source::Literal(_) | Source::Repeated(_) | Source::Number(Operand::Number(_)), _) => {
                let record = vec![0; place.end];
                let (mut bytes, frame) =
                    (Vec::new(), SingleFrame { record: &record, origin: Origin::default() });
                self.prepare(&frame, &mut bytes).ok()?;
                Some(Quick::Put(bytes.into()))
            }
            (Source::Bytes(from), _)
                if !self.to.justified && self.to.insertions.is_none() && from.is_in_every_record() =>
            {
                let range = from.fixed_range()?;
                let range = range.start..range.start + range.len().min(place.len());
                Some(Quick::Text { slot: from.slot, range, blank: self.to.format.page.space() })
            }
            (Source::Number(operand), Shape::Number(shape)) => Some(Quick::Number(operand.clone(), shape)),
            _ => None,
        }
    }

    /// How the move is done in the usual case, and the place of the receiver.
    #[inline]
    pub fn quick(&self) -> Option<(&Quick, Range<usize>)> {
        Some((self.quick.as_ref()?, self.to.fixed_range()?))
    }

    /// The field whose number it moves in the usual case.
    pub fn quick_field(&mut self) -> Option<&mut FieldRef> {
        match &mut self.quick {
            Some(Quick::Number(Operand::Field(field), _)) => Some(field),
            _ => None,
        }
    }

    /// Stores what a quick move of a number gives; false, and nothing is stored, if it does not fit.
    #[inline]
    pub fn store_quick(
        &self,
        shape: NumberShape,
        value: Decimal,
        record: &mut [u8],
        place: Range<usize>,
    ) -> bool {
        let (page, scale) = (self.to.format.page, i16::from(shape.scale));
        let value = match value.scale() == scale {
            true => Ok(value),
            false => value.rescale(scale, Rounding::Truncation),
        };
        let Ok(integer) = value.map(Decimal::coefficient) else { return false };
        if self.to.store_word(record, integer) {
            return true;
        }
        let bytes = record.get_mut(place);
        bytes.is_some_and(|bytes| store_integer(shape, bytes, page, integer, self.overflow).is_ok())
    }

    /// Produces the receiver's new bytes in `scratch`, as long as the receiver is in this frame.
    pub fn prepare<F: Frame + ?Sized>(
        &self,
        frame: &F,
        scratch: &mut Vec<u8>,
    ) -> Result<std::ops::Range<usize>, Fault> {
        let range = self.to.range(frame)?;
        scratch.clear();
        match &self.from {
            Source::Number(operand) => {
                let value = number(operand, frame)?;
                scratch.resize(range.len(), 0);
                self.store(scratch, value)?;
            }
            Source::TextDigits(field) => {
                let bytes = field.bytes(frame)?;
                let integer =
                    zoned::decode(bytes, zoned::Sign::None, field.format.page).map_err(|fault| {
                        let range = field.range(frame).unwrap_or_default();
                        frame.origin(field.slot).bad_number(
                            &field.format,
                            field.id,
                            range.start,
                            bytes,
                            fault,
                        )
                    })?;
                scratch.resize(range.len(), 0);
                self.store(scratch, Decimal::from(integer))?;
            }
            Source::Edited(field, mask) => {
                let bytes = field.bytes(frame)?;
                let shown = mask.decode(bytes, field.format.page);
                let integer = shown.map_err(|fault| field.not_a_number(frame, bytes, fault))?;
                scratch.resize(range.len(), 0);
                self.store(scratch, Decimal::new(integer, i16::from(mask.scale())))?;
            }
            Source::Float(field) => {
                let value = float::decimal(field, frame)?;
                // A float is rounded where other numbers are cut (Programming Guide, "Conversions and precision").
                let rounded = value.rescale(self.decimals(), Rounding::NearestAwayFromZero);
                scratch.resize(range.len(), 0);
                self.store(scratch, rounded.map_err(|_| Fault::Size)?)?;
            }
            Source::Digits(field, shape) => {
                let integer = field.integer(*shape, frame)?.unsigned_abs();
                let mut digits = format!("{integer:0width$}", width = usize::from(shape.digits));
                // The zeros that P stands for are digits of the value.
                digits.extend(std::iter::repeat_n('0', usize::from((-shape.scale).max(0).unsigned_abs())));
                let zero = self.to.format.page.zero();
                let bytes: Vec<u8> = digits.bytes().map(|digit| zero + (digit - b'0')).collect();
                put(scratch, &bytes, range.len(), &self.to);
            }
            Source::Bytes(field) => put(scratch, field.bytes(frame)?, range.len(), &self.to),
            Source::Literal(literal) => put(scratch, literal, range.len(), &self.to),
            Source::Function(function) => put(scratch, &function.value(frame)?, range.len(), &self.to),
            Source::Repeated(pattern) => {
                scratch.extend(pattern.iter().cycle().take(range.len()));
                if self.to.insertions.is_some() {
                    let filled = std::mem::take(scratch);
                    put(scratch, &filled, range.len(), &self.to);
                }
            }
        }
        Ok(range)
    }

    fn store(&self, bytes: &mut [u8], value: Decimal) -> Result<(), Fault> {
        store(&self.to, self.overflow, bytes, value)
    }

    /// Decimals of the receiver.
    fn decimals(&self) -> i16 {
        match self.to.shape {
            Shape::Number(shape) => i16::from(shape.scale),
            _ => edit_mask(&self.to).map_or(0, |mask| i16::from(mask.scale())),
        }
    }
}

fn store(to: &FieldRef, overflow: Overflow, bytes: &mut [u8], value: Decimal) -> Result<(), Fault> {
    let page = to.format.page;
    match to.shape {
        Shape::Number(shape) if value.scale() == i16::from(shape.scale) => {
            store_integer(shape, bytes, page, value.coefficient(), overflow).map_err(|_| Fault::Size)
        }
        Shape::Number(shape) => {
            store_number(shape, bytes, page, value, Rounding::Truncation, overflow).map_err(|_| Fault::Size)
        }
        Shape::Float(_) => float::store(to, value, bytes),
        _ => edit(to, overflow, bytes, value),
    }
}

/// Shows a number in a numeric-edited field.
fn edit(to: &FieldRef, overflow: Overflow, bytes: &mut [u8], value: Decimal) -> Result<(), Fault> {
    let Some(mask) = edit_mask(to) else { return Ok(()) };
    let integer = value.rescale(i16::from(mask.scale()), Rounding::Truncation).map_err(|_| Fault::Size)?;
    Receiver::Edited(mask).store(bytes, to.format.page, integer.coefficient(), overflow)
}

impl FieldRef {
    /// MOVE of text that no field holds: the new bytes of this field in `scratch`. Where numbers are stored the text must be
    /// digits; an empty one is zero.
    pub fn prepare_text<F: Frame + ?Sized>(
        &self,
        text: &[u8],
        overflow: Overflow,
        frame: &F,
        scratch: &mut Vec<u8>,
    ) -> Result<std::ops::Range<usize>, Fault> {
        let range = self.range(frame)?;
        scratch.clear();
        if !takes_number(self) {
            put(scratch, text, range.len(), self);
            return Ok(range);
        }
        let page = self.format.page;
        let value = match text {
            [] => 0,
            digits => {
                zoned::decode(digits, zoned::Sign::None, page).map_err(|_| self.no_digits(digits, page))?
            }
        };
        scratch.resize(range.len(), 0);
        store(self, overflow, scratch, Decimal::from(value))?;
        Ok(range)
    }

    #[cold]
    fn no_digits(&self, text: &[u8], page: CodePage) -> Fault {
        let shown = page.decode(&text[..text.len().min(40)]);
        let message = format!("'{shown}' cannot be moved to {}, which takes digits", self.name());
        let error = Diagnostic::error(codes::DAT024, message);
        Fault::Data(error.hint("move it to a PIC X field, and read it with FUNCTION NUMVAL"))
    }
}

impl Operand {
    /// The number that is moved.
    #[inline]
    pub fn number<F: Frame + ?Sized>(&self, frame: &F) -> Result<Decimal, Fault> {
        number(self, frame)
    }
}

#[inline]
fn number<F: Frame + ?Sized>(operand: &Operand, frame: &F) -> Result<Decimal, Fault> {
    match operand {
        Operand::Field(field) => match field.shape {
            Shape::Number(shape) => Ok(Decimal::new(field.integer(shape, frame)?, i16::from(shape.scale))),
            _ => Ok(Decimal::ZERO),
        },
        Operand::Number(number) => Ok(*number),
        Operand::Arithmetic(arithmetic) => arithmetic.value(frame),
        Operand::Text(_) | Operand::Hex(_) | Operand::Figurative(_) | Operand::Function(_) => {
            Ok(Decimal::ZERO)
        }
    }
}

/// Bytes into a text field: padded with blanks or cut on the right, or on the left if JUSTIFIED; edited, if it is
/// alphanumeric-edited.
fn put(scratch: &mut Vec<u8>, bytes: &[u8], length: usize, to: &FieldRef) {
    let blank = to.format.page.space();
    if let Some(mask) = &to.insertions {
        scratch.resize(length, blank);
        return mask.encode(bytes, scratch, to.format.page);
    }
    let kept = bytes.len().min(length);
    if to.justified {
        scratch.resize(length - kept, blank);
        scratch.extend_from_slice(&bytes[bytes.len() - kept..]);
    } else {
        scratch.extend_from_slice(&bytes[..kept]);
        scratch.resize(length, blank);
    }
}

/// The bytes that a figurative constant repeats.
pub(super) fn pattern(figurative: &Figurative, page: CodePage) -> Option<Vec<u8>> {
    Some(match figurative {
        Figurative::Spaces => vec![page.space()],
        Figurative::Zeros => vec![page.zero()],
        Figurative::LowValues => vec![0x00],
        Figurative::HighValues => vec![0xFF],
        Figurative::Quotes => vec![page.byte('"')?],
        Figurative::All(text) => page.encode(text).ok()?,
    })
}
