//! Compiled conditions.

use std::cmp::Ordering;

use super::arithmetic::{Arithmetic, Fault};
use super::float::{self, FloatValue};
use super::function::TextFunction;
use super::operand::FieldRef;
use super::scope::Frame;
use super::syntax::{ClassName, Relation, SignName};
use crate::copybook::Shape;
use crate::decimal::Decimal;
use crate::diag::Result;
use crate::encoding::{CodePage, FloatFormat, words};
use crate::record::is_numeric;

/// A compiled condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Two numbers, by value.
    Numbers(Relation, Box<Arithmetic>, Box<Arithmetic>),
    /// Two numbers of which one at least is a float, by value; decimals become floats of this form.
    Floats(Relation, Box<FloatValue>, Box<FloatValue>, FloatFormat),
    /// Two texts in the collating order of their code page, the shorter padded with blanks.
    Texts(Relation, Box<TextValue>, Box<TextValue>, CodePage),
    /// A class test.
    Class(ClassName, Box<FieldRef>),
    /// A sign test.
    Sign(SignName, Box<Arithmetic>),
    /// The record is of the kind that this item names.
    Kind(Box<FieldRef>),
    /// The other way round.
    Not(Box<Condition>),
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
}

/// A text operand.
#[derive(Clone, Debug)]
pub enum TextValue {
    /// The bytes of a field.
    Field(Box<FieldRef>),
    /// A literal in the code page.
    Literal(Vec<u8>),
    /// A figurative constant: this pattern, as long as the other operand.
    Repeated(Vec<u8>),
    /// What a function gives.
    Function(Box<TextFunction>),
}

impl Condition {
    /// True if the condition holds for the records of this frame.
    pub fn holds<F: Frame + ?Sized>(&self, frame: &F) -> Result<bool> {
        match self {
            Condition::Numbers(relation, left, right) => {
                let order = left.compare(right, frame).map_err(Fault::into_comparison)?;
                Ok(relation.holds(order))
            }
            Condition::Floats(relation, left, right, format) => {
                Ok(relation.holds(float::compare(left, right, *format, frame)?))
            }
            Condition::Texts(relation, left, right, page) => {
                Ok(relation.holds(compare_texts(left, right, *page, frame)?))
            }
            Condition::Class(class, field) => class_holds(*class, field, frame),
            Condition::Sign(sign, value) => {
                let order = number(value, frame)?.cmp(&Decimal::ZERO);
                Ok(match sign {
                    SignName::Positive => order.is_gt(),
                    SignName::Negative => order.is_lt(),
                    SignName::Zero => order.is_eq(),
                })
            }
            Condition::Kind(item) => match &item.guard {
                Some(guard) => guard.is_kind(frame.record(item.slot), frame.origin(item.slot)),
                None => Ok(true),
            },
            Condition::Not(inner) => Ok(!inner.holds(frame)?),
            Condition::All(parts) => {
                for part in parts {
                    if !part.holds(frame)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Any(parts) => {
                for part in parts {
                    if part.holds(frame)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

#[inline]
fn number<F: Frame + ?Sized>(value: &Arithmetic, frame: &F) -> Result<Decimal> {
    value.value(frame).map_err(Fault::into_comparison)
}

fn compare_texts<F: Frame + ?Sized>(
    left: &TextValue,
    right: &TextValue,
    page: CodePage,
    frame: &F,
) -> Result<Ordering> {
    match (left, right) {
        (TextValue::Function(function), right) => {
            let left = TextValue::Literal(function.value(frame).map_err(Fault::into_comparison)?);
            compare_texts(&left, right, page, frame)
        }
        (left, TextValue::Function(_)) => Ok(compare_texts(right, left, page, frame)?.reverse()),
        (TextValue::Repeated(a), TextValue::Repeated(b)) => Ok(a.cmp(b)),
        (TextValue::Repeated(pattern), text) => Ok(compare_pattern(plain(text, frame)?, pattern).reverse()),
        (text, TextValue::Repeated(pattern)) => Ok(compare_pattern(plain(text, frame)?, pattern)),
        (a, b) => Ok(compare_padded(plain(a, frame)?, plain(b, frame)?, page.space())),
    }
}

#[inline]
fn plain<'v, F: Frame + ?Sized>(value: &'v TextValue, frame: &'v F) -> Result<&'v [u8]> {
    match value {
        TextValue::Field(field) => field.bytes(frame),
        TextValue::Literal(bytes) | TextValue::Repeated(bytes) => Ok(bytes),
        // Computed before it comes here.
        TextValue::Function(_) => Ok(&[]),
    }
}

/// Byte order of two texts, the shorter one padded with blanks on the right.
#[inline]
pub(super) fn compare_padded(a: &[u8], b: &[u8], blank: u8) -> Ordering {
    if a.len() == b.len() {
        // Up to eight bytes are compared as numbers.
        return match (words::word(a), words::word(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.cmp(b),
        };
    }
    let common = a.len().min(b.len());
    a[..common].cmp(&b[..common]).then_with(|| {
        let tail = |rest: &[u8]| rest.iter().map(|byte| byte.cmp(&blank)).find(|order| order.is_ne());
        tail(&a[common..]).or_else(|| tail(&b[common..]).map(Ordering::reverse)).unwrap_or(Ordering::Equal)
    })
}

fn compare_pattern(bytes: &[u8], pattern: &[u8]) -> Ordering {
    bytes.iter().cmp(pattern.iter().cycle().take(bytes.len()))
}

fn class_holds<F: Frame + ?Sized>(class: ClassName, field: &FieldRef, frame: &F) -> Result<bool> {
    let bytes = field.bytes(frame)?;
    let page = field.format.page;
    Ok(match (class, field.shape) {
        (ClassName::Numeric, Shape::Number(shape)) => is_numeric(shape, bytes, page),
        (ClassName::Numeric, _) if float::is_float(field) => float::is_number(field, bytes),
        (ClassName::Numeric, _) => bytes.iter().all(|byte| byte.wrapping_sub(page.zero()) <= 9),
        (ClassName::Alphabetic, _) => letters(bytes, page, char::is_ascii_alphabetic),
        (ClassName::AlphabeticLower, _) => letters(bytes, page, char::is_ascii_lowercase),
        (ClassName::AlphabeticUpper, _) => letters(bytes, page, char::is_ascii_uppercase),
    })
}

/// True if there is nothing but such letters and blanks.
fn letters(bytes: &[u8], page: CodePage, is_one: impl Fn(&char) -> bool) -> bool {
    bytes.iter().all(|&byte| byte == page.space() || is_one(&page.char(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::chance;

    #[test]
    fn padding_compares_with_blanks_not_with_nothing() {
        let blank = 0x40;
        assert_eq!(compare_padded(b"\xC1", b"\xC1\x40\x40", blank), Ordering::Equal);
        assert_eq!(compare_padded(b"\xC1", b"\xC1\x00", blank), Ordering::Greater);
        assert_eq!(compare_padded(b"\xC1\xF0", b"\xC1", blank), Ordering::Greater);
        assert_eq!(compare_padded(b"", b"", blank), Ordering::Equal);
    }

    #[test]
    fn texts_of_one_length_compare_as_bytes_do() {
        let mut below = chance::below(3);
        for _ in 0..20_000 {
            let length = below(11) as usize;
            let text = |below: &mut dyn FnMut(u64) -> u64| -> Vec<u8> {
                (0..length).map(|_| [0x00, 0x40, 0xC1, 0xFF][below(4) as usize]).collect()
            };
            let (a, b) = (text(&mut below), text(&mut below));
            assert_eq!(compare_padded(&a, &b, 0x40), a.cmp(&b), "{a:02X?} {b:02X?}");
        }
    }
}
