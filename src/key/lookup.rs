//! Keys computed from other records in the encoding of an existing key, to look that one's records up.

use super::bits::{BitSink, Narrow, Noted, Wide};
use super::encode::Key;
use super::part::{Form, KeyPart};
use crate::decimal::{Decimal, Rounding};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::expr::{FieldRef, Frame, Operand};

/// A key of values that stand elsewhere.
#[derive(Clone, Debug)]
pub struct LookupKey {
    parts: Vec<(Source, KeyPart)>,
    bits: u32,
}

/// Where a lookup takes a part of its key from.
#[derive(Clone, Debug)]
enum Source {
    /// A field of a record in scope.
    Field(Box<FieldRef>),
    /// A constant, already as the key wants it.
    Constant(Noted),
}

impl Key {
    /// A lookup of this key by these values, one for each part. `spans` are their places.
    pub fn lookup(&self, values: Vec<Operand>, spans: &[Span]) -> Result<LookupKey> {
        let parts = self.parts().iter().zip(values).zip(spans);
        let parts =
            parts.map(|((part, value), span)| lookup_part(part, value, span)).collect::<Result<_>>()?;
        Ok(LookupKey { parts, bits: self.bits() })
    }
}

impl LookupKey {
    /// The fields that the values are taken from, one for each part; `None` for a constant.
    pub fn sources(&self) -> impl ExactSizeIterator<Item = Option<&FieldRef>> {
        self.parts.iter().map(|(source, _)| match source {
            Source::Field(field) => Some(&**field),
            Source::Constant(_) => None,
        })
    }

    /// The lookup by the first so many parts alone.
    #[must_use]
    pub fn leading(&self, parts: usize) -> LookupKey {
        let parts = self.parts[..parts.min(self.parts.len())].to_vec();
        let bits = parts.iter().map(|(_, part)| part.width()).sum();
        LookupKey { parts, bits }
    }

    /// Appends the encoded key; `false` if the values cannot be a key of these records at all (too long, too large).
    #[inline]
    pub fn encode<F: Frame + ?Sized>(&self, frame: &F, out: &mut Vec<u8>) -> Result<bool> {
        if self.bits > u128::BITS {
            let mut sink = Wide::new(out);
            let possible = self.put(frame, &mut sink)?;
            sink.finish();
            return Ok(possible);
        }
        let mut sink = Narrow::default();
        let possible = self.put(frame, &mut sink)?;
        out.extend_from_slice(&sink.aligned(self.bits).to_be_bytes()[..self.bits.div_ceil(8) as usize]);
        Ok(possible)
    }

    fn put<F: Frame + ?Sized>(&self, frame: &F, sink: &mut impl BitSink) -> Result<bool> {
        for (source, part) in &self.parts {
            let field = match source {
                Source::Field(field) => field,
                Source::Constant(noted) => {
                    noted.replay(sink);
                    continue;
                }
            };
            let possible = match (field.number(), &part.form) {
                (None, Form::Text { length, .. }) => {
                    put_text(field.bytes(frame)?, *length, field.format.page.space(), sink)
                }
                (Some(shape), Form::Number { shape: own, bias, .. }) => {
                    match field.word(frame).filter(|_| shape.scale == own.scale) {
                        Some(word) => put_integer(i128::from(word), *bias, part, sink),
                        None => {
                            let integer = field.integer(shape, frame)?;
                            put_number(Decimal::new(integer, i16::from(shape.scale)), part, sink)
                        }
                    }
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

fn lookup_part(part: &KeyPart, value: Operand, span: &Span) -> Result<(Source, KeyPart)> {
    let name = part.field.name();
    let refuse = || {
        Err(Diagnostic::error(codes::JOB015, format!("{} cannot be a value of the key {name}", span.text()))
            .at(span, format!("{name} is {}", part.field.format.layout.field(part.field.id).shape_text()))
            .hint("look numbers up by numbers, and text by text of the same code page"))
    };
    let mut constant = Noted::default();
    let possible = match (&value, &part.form) {
        (Operand::Field(field), Form::Text { .. }) => {
            field.number().is_none() && field.format.page == part.field.format.page
        }
        (Operand::Field(field), Form::Number { .. }) => field.number().is_some(),
        (Operand::Text(text), Form::Text { length, .. }) => {
            let page = part.field.format.page;
            page.encode(text).is_ok_and(|bytes| put_text(&bytes, *length, page.space(), &mut constant))
        }
        (Operand::Number(number), Form::Number { .. }) => put_number(*number, part, &mut constant),
        _ => false,
    };
    match value {
        _ if !possible => refuse(),
        Operand::Field(field) => Ok((Source::Field(field), part.clone())),
        _ => Ok((Source::Constant(constant), part.clone())),
    }
}

/// Pads with blanks; a longer text fits only if the excess is blank.
#[inline]
fn put_text(bytes: &[u8], length: usize, blank: u8, sink: &mut impl BitSink) -> bool {
    let kept = bytes.len().min(length);
    sink.put_bytes(&bytes[..kept], None, 0);
    (kept..length).for_each(|_| sink.put_bytes(&[blank], None, 0));
    bytes[kept..].iter().all(|&byte| byte == blank)
}

/// Puts a number at the scale of the part's field, if it can be one of its values.
#[inline]
fn put_number(value: Decimal, part: &KeyPart, sink: &mut impl BitSink) -> bool {
    let Form::Number { shape, bias, .. } = part.form else { return false };
    let Ok(scaled) = value.rescale(i16::from(shape.scale), Rounding::Prohibited) else { return false };
    put_integer(scaled.coefficient(), bias, part, sink)
}

/// Puts an integer at the scale of the part's field, if it can be one of its values.
#[inline]
fn put_integer(integer: i128, bias: i128, part: &KeyPart, sink: &mut impl BitSink) -> bool {
    let Some(biased) = integer.checked_add(bias).and_then(|biased| u128::try_from(biased).ok()) else {
        return false;
    };
    if biased.checked_shr(part.bits).unwrap_or(0) != 0 {
        return false;
    }
    part.put_value(biased, sink);
    true
}
