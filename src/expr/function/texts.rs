//! Functions that give a text.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Fault, field_of, undefined};
use crate::decimal::Rounding;
use crate::diag::{Diagnostic, codes};
use crate::encoding::CodePage;
use crate::expr::arithmetic::Arithmetic;
use crate::expr::condition::compare_padded;
use crate::expr::fields::See;
use crate::expr::operand::FieldRef;
use crate::expr::scope::Frame;

/// Text that a function is given: bytes of one code page.
#[derive(Clone, Debug)]
pub enum TextPart {
    /// The bytes of a field.
    Field(Box<FieldRef>),
    /// A literal in the code page.
    Literal(Vec<u8>),
    /// What another function gives.
    Function(Box<TextFunction>),
}

/// A call of a function that gives a text.
#[derive(Clone, Debug)]
pub struct TextFunction {
    pub(super) page: CodePage,
    pub(super) call: TextCall,
    /// Reference modification: start from 1, and length.
    pub(super) modification: Option<(Arithmetic, Option<Arithmetic>)>,
}

#[derive(Clone, Debug)]
pub(super) enum TextCall {
    /// Each byte becomes another one.
    Translate(TextPart, Box<[u8; 256]>),
    Reverse(TextPart),
    /// Without blanks at the beginning, and at the end.
    Trim(TextPart, bool, bool),
    Concatenate(Vec<TextPart>),
    /// What is replaced, and by what.
    Substitute(TextPart, Vec<(TextPart, TextPart)>),
    Char(Arithmetic),
    Extreme(Ordering, Vec<TextPart>),
}

impl TextPart {
    /// The bytes.
    pub fn bytes<'f, F: Frame + ?Sized>(&'f self, frame: &'f F) -> Result<Cow<'f, [u8]>, Fault> {
        match self {
            TextPart::Field(field) => Ok(Cow::Borrowed(field.bytes(frame)?)),
            TextPart::Literal(bytes) => Ok(Cow::Borrowed(bytes)),
            TextPart::Function(function) => Ok(Cow::Owned(function.value(frame)?)),
        }
    }

    /// The fields that are read.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match self {
            TextPart::Field(field) => field.reads(see),
            TextPart::Literal(_) => {}
            TextPart::Function(function) => function.reads(see),
        }
    }

    /// Bytes that it has in every record, if that is known.
    pub(in crate::expr) fn fixed_length(&self) -> Option<usize> {
        match self {
            TextPart::Field(field) => field.fixed_range().map(|range| range.len()),
            TextPart::Literal(bytes) => Some(bytes.len()),
            TextPart::Function(_) => None,
        }
    }

    /// The field, if it is one.
    pub(super) fn field(&self) -> Option<&FieldRef> {
        match self {
            TextPart::Field(field) => Some(field),
            _ => None,
        }
    }
}

impl TextFunction {
    /// The fields that are read.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        match &self.call {
            TextCall::Translate(text, _) | TextCall::Reverse(text) | TextCall::Trim(text, ..) => {
                text.reads(see)
            }
            TextCall::Concatenate(texts) | TextCall::Extreme(_, texts) => {
                texts.iter().for_each(|text| text.reads(see));
            }
            TextCall::Substitute(text, pairs) => {
                text.reads(see);
                pairs.iter().for_each(|(what, by)| {
                    what.reads(see);
                    by.reads(see);
                });
            }
            TextCall::Char(number) => number.reads(see),
        }
        if let Some((start, length)) = &self.modification {
            start.reads(see);
            length.iter().for_each(|length| length.reads(see));
        }
    }

    /// The code page of the text.
    pub fn page(&self) -> CodePage {
        self.page
    }

    /// The text. It may be empty.
    pub fn value<F: Frame + ?Sized>(&self, frame: &F) -> Result<Vec<u8>, Fault> {
        let mut text = self.call(frame)?;
        if let Some((start, length)) = &self.modification {
            let position = |value: &Arithmetic| {
                let value = value.scaled(frame, 0, Rounding::Truncation)?;
                Ok::<_, Fault>(usize::try_from(value).unwrap_or(0))
            };
            let start = position(start)?;
            let length = match length {
                Some(length) => position(length)?,
                None => (text.len() + 1).saturating_sub(start),
            };
            if start == 0 || length == 0 || start - 1 + length > text.len() {
                return Err(outside(start, length, text.len()));
            }
            text.truncate(start - 1 + length);
            text.drain(..start - 1);
        }
        Ok(text)
    }

    fn call<F: Frame + ?Sized>(&self, frame: &F) -> Result<Vec<u8>, Fault> {
        Ok(match &self.call {
            TextCall::Translate(text, table) => {
                text.bytes(frame)?.iter().map(|&byte| table[usize::from(byte)]).collect()
            }
            TextCall::Reverse(text) => text.bytes(frame)?.iter().rev().copied().collect(),
            TextCall::Trim(text, leading, trailing) => {
                trimmed(&text.bytes(frame)?, self.page.space(), *leading, *trailing).to_vec()
            }
            TextCall::Concatenate(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend_from_slice(&part.bytes(frame)?);
                }
                all
            }
            TextCall::Substitute(text, pairs) => substituted(text, pairs, frame)?,
            TextCall::Char(number) => {
                let value = number.value(frame)?;
                let byte = value.rescale(0, Rounding::Prohibited).ok().map(|whole| whole.coefficient() - 1);
                match byte.and_then(|byte| u8::try_from(byte).ok()) {
                    Some(byte) => vec![byte],
                    None => {
                        let what = format!("{value} is no position of a character, 1 to 256");
                        let hint = ("CHAR", "test the argument before");
                        return Err(undefined(hint, what, field_of(number), frame));
                    }
                }
            }
            TextCall::Extreme(order, parts) => extreme_text(*order, parts, self.page, frame)?.1.into_owned(),
        })
    }
}

/// The first text that no other exceeds in this direction, in the order of the code page, and where it stands.
pub(super) fn extreme_text<'f, F: Frame + ?Sized>(
    order: Ordering,
    parts: &'f [TextPart],
    page: CodePage,
    frame: &'f F,
) -> Result<(usize, Cow<'f, [u8]>), Fault> {
    let mut best: Option<(usize, Cow<'f, [u8]>)> = None;
    for (at, part) in parts.iter().enumerate() {
        let bytes = part.bytes(frame)?;
        if best.as_ref().is_none_or(|(_, known)| compare_padded(&bytes, known, page.space()) == order) {
            best = Some((at, bytes));
        }
    }
    Ok(best.unwrap_or_default())
}

#[cold]
fn outside(start: usize, length: usize, whole: usize) -> Fault {
    let message = format!("({start}:{length}) does not lie inside what the function gives, {whole} bytes");
    let error = Diagnostic::error(codes::DAT013, message);
    Fault::Data(error.hint("test FUNCTION LENGTH of it before"))
}

fn trimmed(mut text: &[u8], blank: u8, leading: bool, trailing: bool) -> &[u8] {
    while let ([first, rest @ ..], true) = (text, leading) {
        if *first != blank {
            break;
        }
        text = rest;
    }
    while let ([rest @ .., last], true) = (text, trailing) {
        if *last != blank {
            break;
        }
        text = rest;
    }
    text
}

/// From left to right, what the first fitting pair replaces; what was put in is not looked at again.
fn substituted<F: Frame + ?Sized>(
    text: &TextPart,
    pairs: &[(TextPart, TextPart)],
    frame: &F,
) -> Result<Vec<u8>, Fault> {
    let text = text.bytes(frame)?;
    let mut known = Vec::new();
    for (from, to) in pairs {
        known.push((from.bytes(frame)?, to.bytes(frame)?));
    }
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while at < text.len() {
        let fits =
            |(from, _): &&(Cow<'_, [u8]>, Cow<'_, [u8]>)| !from.is_empty() && text[at..].starts_with(from);
        match known.iter().find(fits) {
            Some((from, to)) => {
                out.extend_from_slice(to);
                at += from.len();
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    Ok(out)
}
