//! Order-preserving encoding of keys.

use crate::copybook::{NumberShape, Usage};
use crate::decimal::{Decimal, Rounding, pow10};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::expr::{FieldRef, Frame, Operand};

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
        Usage::Zoned(_) | Usage::National(_) => u32::from(shape.digits),
        Usage::PackedUnsigned => u32::from(shape.digits) + u32::from(shape.digits % 2),
        Usage::Binary(_) => {
            let bits = shape.length() as u32 * 8 - u32::from(shape.signed);
            return 1i128.checked_shl(bits).filter(|limit| *limit > 0).unwrap_or(i128::MAX / 4);
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

/// Where a lookup takes a part of its key from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A field of a record in scope.
    Field(Box<FieldRef>),
    /// A constant, already encoded as the key wants it.
    Constant(Vec<u8>),
}

/// A key computed from other records in the encoding of an existing one, to look that one's records up.
#[derive(Clone, Debug)]
pub struct LookupKey {
    parts: Vec<(KeySource, Form)>,
}

impl Key {
    /// A lookup of this key by these values, one for each part. `spans` are their places.
    pub fn lookup(&self, values: Vec<Operand>, spans: &[Span]) -> Result<LookupKey> {
        let parts = self.parts.iter().zip(values).zip(spans);
        let parts =
            parts.map(|((part, value), span)| lookup_part(part, value, span)).collect::<Result<_>>()?;
        Ok(LookupKey { parts })
    }
}

impl LookupKey {
    /// Appends the encoded key; `false` if the values cannot be a key of these records at all (too long, too large).
    #[inline]
    pub fn encode<F: Frame + ?Sized>(&self, frame: &F, out: &mut Vec<u8>) -> Result<bool> {
        for (source, form) in &self.parts {
            let field = match source {
                KeySource::Field(field) => field,
                KeySource::Constant(bytes) => {
                    out.extend_from_slice(bytes);
                    continue;
                }
            };
            let possible = match (field.number(), *form) {
                (None, Form::Text { length }) => {
                    put_text(field.bytes(frame)?, length, field.format.page.space(), out)
                }
                (Some(shape), Form::Number { shape: own, bias, length, .. }) => {
                    let value = Decimal::new(field.integer(shape, frame)?, i16::from(shape.scale));
                    put_number(value, own, bias, length, out)
                }
                // Refused when compiled.
                _ => false,
            };
            if !possible {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn lookup_part(part: &KeyPart, value: Operand, span: &Span) -> Result<(KeySource, Form)> {
    let name = part.field.name();
    let refuse = || {
        Err(Diagnostic::error(codes::JOB015, format!("{} cannot be a value of the key {name}", span.text()))
            .at(span, format!("{name} is {}", part.field.format.layout.field(part.field.id).shape_text()))
            .hint("look numbers up by numbers, and text by text of the same code page"))
    };
    let mut constant = Vec::new();
    let possible = match (&value, part.form) {
        (Operand::Field(field), Form::Text { .. }) => {
            field.number().is_none() && field.format.page == part.field.format.page
        }
        (Operand::Field(field), Form::Number { .. }) => field.number().is_some(),
        (Operand::Text(text), Form::Text { length }) => {
            let page = part.field.format.page;
            page.encode(text).is_ok_and(|bytes| put_text(&bytes, length, page.space(), &mut constant))
        }
        (Operand::Number(number), Form::Number { shape, bias, length, .. }) => {
            put_number(*number, shape, bias, length, &mut constant)
        }
        _ => false,
    };
    match value {
        _ if !possible => refuse(),
        Operand::Field(field) => Ok((KeySource::Field(field), part.form)),
        _ => Ok((KeySource::Constant(constant), part.form)),
    }
}

/// Pads with blanks; a longer text fits only if the excess is blank.
#[inline]
fn put_text(bytes: &[u8], length: usize, blank: u8, out: &mut Vec<u8>) -> bool {
    let kept = bytes.len().min(length);
    let start = out.len();
    out.extend_from_slice(&bytes[..kept]);
    out.resize(start + length, blank);
    bytes[kept..].iter().all(|&byte| byte == blank)
}

#[inline]
fn put_number(value: Decimal, shape: NumberShape, bias: i128, length: usize, out: &mut Vec<u8>) -> bool {
    let Ok(scaled) = value.rescale(i16::from(shape.scale), Rounding::Prohibited) else { return false };
    let integer = scaled.coefficient();
    if integer <= -bias || integer >= bias {
        return false;
    }
    out.extend_from_slice(&(integer + bias).to_be_bytes()[16 - length..]);
    true
}
