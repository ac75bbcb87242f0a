//! The values of two fields, and whether they are the same.

use crate::codec::{BadClass, Leaf, Seen};
use crate::decimal::Decimal;

/// What the bytes of a field say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A fixed-point number.
    Number(Decimal),
    /// A floating-point number.
    Float(f64),
    /// Characters, without the blanks that pad them.
    Text(String),
    /// Bytes that are no number in a numeric field.
    Bad(BadClass),
}

impl Value {
    /// The value of a field's bytes.
    pub fn of(leaf: &Leaf, bytes: &[u8]) -> Value {
        if leaf.precision().is_some() {
            let scale = leaf.precision().map_or(0, |(_, scale)| scale);
            return match leaf.fixed_point(bytes) {
                Ok(number) => Value::Number(Decimal::new(number.value, scale)),
                Err((class, _)) => Value::Bad(class),
            };
        }
        let mut text = Vec::new();
        match leaf.append(bytes, &mut text) {
            Seen::Bad(class, _) => Value::Bad(class),
            Seen::Canonical | Seen::Odd => {
                let text = String::from_utf8_lossy(&text).into_owned();
                match text.parse() {
                    Ok(float) if leaf.is_float() => Value::Float(float),
                    _ => Value::Text(text),
                }
            }
        }
    }

    /// True if both say the same. A number and the text of that number do.
    pub fn is(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b || a.is_nan() && b.is_nan(),
            (Value::Bad(a), Value::Bad(b)) => a == b && *a != BadClass::Invalid,
            (Value::Number(number), Value::Text(text)) | (Value::Text(text), Value::Number(number)) => {
                text.trim().parse::<Decimal>().is_ok_and(|parsed| parsed == *number)
            }
            (Value::Number(number), Value::Float(float)) | (Value::Float(float), Value::Number(number)) => {
                number.to_string().parse::<f64>().is_ok_and(|parsed| parsed == *float)
            }
            _ => false,
        }
    }

    /// The number, if it is a fixed-point one.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// As people read it; bytes without a value in hexadecimal.
    pub fn shown(&self, bytes: &[u8]) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Float(float) => float.to_string(),
            Value::Text(text) => text.clone(),
            Value::Bad(_) => {
                let mut hex = Vec::new();
                crate::codec::append_hex(bytes, &mut hex);
                String::from_utf8_lossy(&hex).into_owned()
            }
        }
    }
}

/// The left number less the right one, exactly; `None` if that has too many digits or a side is no number.
pub fn delta(left: &Value, right: &Value) -> Option<Decimal> {
    let negated = right.number()?.checked_neg().ok()?;
    left.number()?.checked_add(negated).ok()
}
