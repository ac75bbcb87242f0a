//! Order-preserving encoding of keys.

use crate::copybook::{NumberShape, Usage};
use crate::decimal::pow10;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::expr::{FieldRef, Frame};

/// Direction of a key part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// A field to order by.
#[derive(Clone, Debug)]
pub struct KeyPart {
    /// The field.
    pub field: FieldRef,
    /// The direction.
    pub order: Order,
    form: Form,
}

/// How a part becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Text in the order of its code page, padded with blanks to this length.
    Text { length: usize },
    /// A number: the integer times `factor`, plus `bias`, in `length` bytes.
    Number { shape: NumberShape, factor: i128, bias: i128, length: usize },
}

/// An ordered list of key parts.
#[derive(Clone, Debug, Default)]
pub struct Key {
    parts: Vec<KeyPart>,
    length: usize,
}

impl KeyPart {
    /// A part ordered by the field's own type: numbers by value, text by its bytes.
    pub fn new(field: FieldRef, order: Order) -> Self {
        let form = match field.number() {
            None => Form::Text { length: field.length_max() },
            Some(shape) => number_form(shape, i16::from(shape.scale), integer_limit(shape)),
        };
        KeyPart { field, order, form }
    }

    /// Bytes of the encoded part.
    fn length(&self) -> usize {
        match self.form {
            Form::Text { length } | Form::Number { length, .. } => length,
        }
    }
}

impl Key {
    /// A key of these parts.
    pub fn new(parts: Vec<KeyPart>) -> Self {
        let length = parts.iter().map(KeyPart::length).sum();
        Key { parts, length }
    }

    /// Two keys over different records whose encodings can be compared with each other: corresponding parts are both
    /// numbers (compared by value) or both text (compared after padding). `spans` are the places of the left parts.
    pub fn pair(left: Vec<FieldRef>, right: Vec<FieldRef>, spans: &[Span]) -> Result<(Key, Key)> {
        let mut keys = (Vec::new(), Vec::new());
        for ((a, b), span) in left.into_iter().zip(right).zip(spans) {
            let (left_form, right_form) = common_form(&a, &b, span)?;
            keys.0.push(KeyPart { field: a, order: Order::Ascending, form: left_form });
            keys.1.push(KeyPart { field: b, order: Order::Ascending, form: right_form });
        }
        Ok((Key::new(keys.0), Key::new(keys.1)))
    }

    /// The parts, most significant first.
    pub fn parts(&self) -> &[KeyPart] {
        &self.parts
    }

    /// Bytes of an encoded key; the same for every record.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Appends the encoded key of the record in this frame.
    #[inline]
    pub fn encode<F: Frame + ?Sized>(&self, frame: &F, out: &mut Vec<u8>) -> Result<()> {
        for part in &self.parts {
            let start = out.len();
            match part.form {
                Form::Text { length } => {
                    let bytes = part.field.bytes(frame)?;
                    out.extend_from_slice(&bytes[..bytes.len().min(length)]);
                    out.resize(start + length, part.field.format.page.space());
                }
                Form::Number { shape, factor, bias, length } => {
                    let integer = part.field.integer(shape, frame)?;
                    let biased = integer * factor + bias;
                    out.extend_from_slice(&biased.to_be_bytes()[16 - length..]);
                }
            }
            if part.order == Order::Descending {
                out[start..].iter_mut().for_each(|byte| *byte = !*byte);
            }
        }
        Ok(())
    }
}

/// One more than the largest integer that the bytes of a field can spell.
fn integer_limit(shape: NumberShape) -> i128 {
    let digits = match shape.usage {
        // An even number of digits leaves a nibble that is read as a digit.
        Usage::Packed => u32::from(shape.digits) | 1,
        Usage::Zoned(_) => u32::from(shape.digits),
        Usage::Binary | Usage::Native => {
            let bits = shape.length() as u32 * 8 - u32::from(shape.signed);
            return 1i128 << bits;
        }
    };
    pow10(digits).unwrap_or(i128::MAX / 4)
}

/// The form of a number compared at `scale`, its integers below `limit` in magnitude.
fn number_form(shape: NumberShape, scale: i16, limit: i128) -> Form {
    let raise = u32::try_from(scale - i16::from(shape.scale)).unwrap_or(0);
    let factor = pow10(raise).unwrap_or(1);
    // Unsigned fields cannot be negative, but a common form may be shared with a signed one.
    let bias = limit;
    let bits = 128 - (limit * 2).leading_zeros() as usize;
    Form::Number { shape, factor, bias, length: bits.div_ceil(8) }
}

fn common_form(a: &FieldRef, b: &FieldRef, span: &Span) -> Result<(Form, Form)> {
    let refuse = |why: String| {
        Err(Diagnostic::error(codes::JOB015, why)
            .at(span, format!("{} against {}", a.name(), b.name()))
            .hint("match numbers with numbers and text with text of the same code page"))
    };
    match (a.number(), b.number()) {
        (None, None) if a.format.page != b.format.page => {
            refuse(format!("{} and {} are in different code pages", a.name(), b.name()))
        }
        (None, None) => {
            let form = Form::Text { length: a.length_max().max(b.length_max()) };
            Ok((form, form))
        }
        (Some(x), Some(y)) => {
            let scale = i16::from(x.scale.max(y.scale));
            let raised = |shape: NumberShape| {
                let raise = u32::try_from(scale - i16::from(shape.scale)).ok()?;
                integer_limit(shape).checked_mul(pow10(raise)?).filter(|limit| *limit < i128::MAX / 4)
            };
            match (raised(x), raised(y)) {
                (Some(p), Some(q)) => {
                    let limit = p.max(q);
                    Ok((number_form(x, scale, limit), number_form(y, scale, limit)))
                }
                _ => refuse(format!("{} and {} together have more than 37 digits", a.name(), b.name())),
            }
        }
        (Some(_), None) => refuse(format!("{} is a number, {} is text", a.name(), b.name())),
        (None, Some(_)) => refuse(format!("{} is text, {} is a number", a.name(), b.name())),
    }
}
