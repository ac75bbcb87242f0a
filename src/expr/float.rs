//! Comparisons with floating point: COMP-1, COMP-2 and external floating point.
//!
//! By value, as the mainframe does it: a short number is the long one with zeros behind it (Programming Guide, "Conversions
//! and precision"), and a decimal number becomes the nearest long one, stored as the float beside it is. So a COMP-2 item
//! that was set to 0.1 is equal to 0.1; a COMP-1 item is not, because it holds another number.

use std::cmp::Ordering;

use super::arithmetic::{Arithmetic, Fault};
use super::operand::FieldRef;
use super::scope::Frame;
use crate::copybook::{Edit, EditedShape, Shape};
use crate::decimal::Decimal;
use crate::diag::Diagnostic;
use crate::encoding::edited::FloatMask;
use crate::encoding::float::{self, Exact};
use crate::encoding::{BadNumber, FloatFormat};

/// One side of a comparison.
#[derive(Clone, Debug)]
pub enum FloatValue {
    /// A floating-point field.
    Field(Box<FieldRef>),
    /// A decimal number.
    Number(Box<Arithmetic>),
    /// A literal beyond what a decimal holds: sign, digits and power of ten.
    Literal(bool, u128, i32),
}

impl FloatValue {
    /// The value; decimal numbers are rounded to the long form of this format.
    fn exact<F: Frame + ?Sized>(&self, frame: &F, format: FloatFormat) -> Result<Exact, Box<Diagnostic>> {
        match self {
            FloatValue::Field(field) => read(field, frame),
            FloatValue::Number(number) => {
                let value = number.value(frame).map_err(Fault::into_comparison)?;
                nearest(value, format).map_err(|_| Fault::Size.into_comparison())
            }
            FloatValue::Literal(negative, digits, exponent) => {
                encoded(*negative, *digits, *exponent, format).map_err(|_| Fault::Size.into_comparison())
            }
        }
    }
}

/// The order of two values of which one at least is a float.
pub(super) fn compare<F: Frame + ?Sized>(
    left: &FloatValue,
    right: &FloatValue,
    format: FloatFormat,
    frame: &F,
) -> Result<Ordering, Box<Diagnostic>> {
    Ok(left.exact(frame, format)?.compare(right.exact(frame, format)?))
}

/// True for COMP-1, COMP-2 and external floating point.
pub(super) fn is_float(field: &FieldRef) -> bool {
    matches!(field.shape, Shape::Float(_) | Shape::Edited(EditedShape { exponent: true, .. }))
}

/// True if the bytes are a number of the field's form.
pub(super) fn is_number(field: &FieldRef, bytes: &[u8]) -> bool {
    value_of(field, bytes).is_ok()
}

/// The float as a decimal number: the shortest that is stored as the same float, so at most 9 digits of COMP-1 and 18 of
/// COMP-2, as many as the mainframe moves.
pub(super) fn decimal<F: Frame + ?Sized>(field: &FieldRef, frame: &F) -> Result<Decimal, Fault> {
    let bytes = field.bytes(frame)?;
    let (negative, digits, exponent) = match external(field) {
        Some(mask) => {
            let shown = mask.decode(bytes, field.format.page);
            let shown = shown.map_err(|fault| field.not_a_number(frame, bytes, fault))?;
            (shown.mantissa < 0, shown.mantissa.unsigned_abs(), shown.exponent)
        }
        None => {
            let number = float::decode(bytes, field.float);
            let number = number.map_err(|fault| field.not_a_number(frame, bytes, fault))?;
            (number.negative, u128::from(number.digits), number.exponent)
        }
    };
    let digits = i128::try_from(digits).map_err(|_| Fault::Size)?;
    let scale = i16::try_from(-exponent).map_err(|_| Fault::Size)?;
    Ok(Decimal::new(if negative { -digits } else { digits }, scale))
}

/// Stores a number in a floating-point field, rounded to what it holds.
pub(super) fn store(field: &FieldRef, value: Decimal, bytes: &mut [u8]) -> Result<(), Fault> {
    let (negative, digits) = (value.coefficient() < 0, value.coefficient().unsigned_abs());
    float::encode(negative, digits, -i32::from(value.scale()), field.float, bytes).map_err(|_| Fault::Size)
}

fn read<F: Frame + ?Sized>(field: &FieldRef, frame: &F) -> Result<Exact, Box<Diagnostic>> {
    let bytes = field.bytes(frame)?;
    value_of(field, bytes).map_err(|fault| field.not_a_number(frame, bytes, fault))
}

fn value_of(field: &FieldRef, bytes: &[u8]) -> Result<Exact, BadNumber> {
    match external(field) {
        None => Exact::read(bytes, field.float),
        Some(mask) => {
            let shown = mask.decode(bytes, field.format.page)?;
            encoded(shown.mantissa < 0, shown.mantissa.unsigned_abs(), shown.exponent, field.float)
        }
    }
}

fn external(field: &FieldRef) -> Option<FloatMask> {
    match &field.format.layout.field(field.id).edit {
        Some(Edit::Float(mask)) => Some(*mask),
        _ => None,
    }
}

fn nearest(value: Decimal, format: FloatFormat) -> Result<Exact, BadNumber> {
    let (negative, digits) = (value.coefficient() < 0, value.coefficient().unsigned_abs());
    encoded(negative, digits, -i32::from(value.scale()), format)
}

fn encoded(negative: bool, digits: u128, exponent: i32, format: FloatFormat) -> Result<Exact, BadNumber> {
    let mut long = [0; 8];
    float::encode(negative, digits, exponent, format, &mut long)?;
    Exact::read(&long, format)
}
