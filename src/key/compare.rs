//! The slow, obvious comparator.

use std::cmp::Ordering;

use super::encode::Key;
use super::format::SortFormat;
use super::part::{Form, InvalidKeys, KeyPart, Order, latin_order};
use super::special;
use crate::copybook::Shape;
use crate::decimal::Decimal;
use crate::diag::Result;
use crate::encoding::{FloatFormat, float};
use crate::expr::Frame;
use crate::record::read_number;

/// Order of two records by a key: part by part, numbers as decimals, floats as what they print, text as bytes.
pub fn compare<F: Frame + ?Sized>(key: &Key, a: &F, b: &F) -> Result<Ordering> {
    for part in key.parts() {
        let order = compare_part(part, part.field.bytes(a)?, part.field.bytes(b)?);
        let order = if part.order == Order::Descending { order.reverse() } else { order };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

/// What a part is compared as.
#[derive(Debug)]
enum Value {
    Text(Vec<u8>),
    Number(Decimal),
    /// Sign, exponent of the first digit, digits: all of one sign in ascending order of magnitude.
    Float(i8, i32, u64),
    Date(u128),
}

fn compare_part(part: &KeyPart, a: &[u8], b: &[u8]) -> Ordering {
    match (value(part, a), value(part, b)) {
        (Some(a), Some(b)) => compare_values(&a, &b),
        (None, None) => a.cmp(b),
        (None, Some(_)) if part.invalid() == InvalidKeys::Highest => Ordering::Greater,
        (Some(_), None) if part.invalid() == InvalidKeys::Highest => Ordering::Less,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
    }
}

fn compare_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Float(x, p, m), Value::Float(y, q, n)) => x.cmp(y).then_with(|| {
            let order = (p, m).cmp(&(q, n));
            if *x < 0 { order.reverse() } else { order }
        }),
        _ => Ordering::Equal,
    }
}

fn value(part: &KeyPart, bytes: &[u8]) -> Option<Value> {
    let page = part.field.format.page;
    match (part.format(), part.field.shape) {
        (None, Shape::Number(shape)) => read_number(shape, bytes, page).ok().map(Value::Number),
        (None, Shape::Float(_)) => float_value(bytes, part.field.float_format()),
        (Some(SortFormat::IeeeFloat), _) => float_value(bytes, FloatFormat::IeeeBig),
        (Some(SortFormat::HexFloat), _) => {
            // A longer fraction of zeros changes no value, and the reader knows two lengths.
            let mut whole = bytes.to_vec();
            whole.resize(if bytes.len() <= 4 { 4 } else { 8 }, 0);
            float_value(&whole, FloatFormat::IbmHex)
        }
        (Some(SortFormat::Ascii), _) => {
            let table = latin_order(page);
            Some(Value::Text(bytes.iter().map(|byte| table[usize::from(*byte)]).collect()))
        }
        (Some(SortFormat::Alternate), _) => match &part.form {
            Form::Text { table: Some(table), .. } => {
                Some(Value::Text(bytes.iter().map(|byte| table[usize::from(*byte)]).collect()))
            }
            _ => None,
        },
        (Some(SortFormat::Fixed), _) => {
            let mut turned = bytes.to_vec();
            turned.iter_mut().take(1).for_each(|byte| *byte ^= 0x80);
            Some(Value::Text(turned))
        }
        (Some(SortFormat::Binary), _) => Some(Value::Text(bits_of(part, bytes))),
        (Some(SortFormat::Date(form)), _) => match part.form {
            Form::Date { century, .. } => {
                special::date(bytes, form, century, page.is_ebcdic()).ok().map(Value::Date)
            }
            _ => None,
        },
        (Some(format), _) if format.digits(bytes.len()).is_some() => {
            format.decimal(bytes, page.is_ebcdic()).ok().map(|number| Value::Number(Decimal::new(number, 0)))
        }
        _ => Some(Value::Text(bytes.to_vec())),
    }
}

/// The bits of a part, a byte each.
fn bits_of(part: &KeyPart, bytes: &[u8]) -> Vec<u8> {
    let (first, count) = match part.form {
        Form::Bits { first, .. } => (first as usize, part.bits as usize),
        _ => (0, bytes.len() * 8),
    };
    (first..first + count).map(|bit| bytes[bit / 8] >> (7 - bit % 8) & 1).collect()
}

fn float_value(bytes: &[u8], format: FloatFormat) -> Option<Value> {
    let number = match float::decode(bytes, format) {
        Ok(number) => number,
        // Infinities are in order, what is no number is not.
        Err(_) => return infinity(bytes, format),
    };
    if number.digits == 0 {
        return Some(Value::Float(0, 0, 0));
    }
    // Eighteen digits for all, so that they compare as numbers.
    let length = number.digits.ilog10() as i32 + 1;
    let digits = number.digits * 10u64.pow(18u32.saturating_sub(length as u32));
    Some(Value::Float(if number.negative { -1 } else { 1 }, number.exponent + length, digits))
}

fn infinity(bytes: &[u8], format: FloatFormat) -> Option<Value> {
    let mut bytes = bytes.to_vec();
    if format == FloatFormat::IeeeLittle {
        bytes.reverse();
    }
    let value = match bytes.len() {
        4 => f64::from(f32::from_be_bytes(bytes.as_slice().try_into().ok()?)),
        _ => f64::from_be_bytes(bytes.as_slice().try_into().ok()?),
    };
    value.is_infinite().then_some(Value::Float(if value < 0.0 { -1 } else { 1 }, i32::MAX, 0))
}
