//! CHANGE.

use super::fault::place;
use super::spot::RECORD_MOST;
use super::{Parsed, Setting, Shape, Spot};
use crate::control::syntax::{Change, ChangeOutput, Literal, LiteralKind};
use crate::diag::{Diagnostic, Result, Span, codes};

/// CHANGE, compiled.
#[derive(Clone, Debug)]
pub(super) struct ChangeTable {
    from: Spot,
    length: usize,
    entries: Vec<(Search, Output)>,
    otherwise: Option<Output>,
    span: Span,
}

/// What is searched.
#[derive(Clone, Debug)]
enum Search {
    /// These bytes; the shorter of field and constant is padded.
    Bytes(Box<[u8]>, u8),
    /// Bits that count, and their values.
    Bits(Box<[u8]>, Box<[u8]>),
}

/// What it becomes.
#[derive(Clone, Debug)]
enum Output {
    Bytes(Box<[u8]>),
    Field(Spot, u8),
}

impl ChangeTable {
    /// Compiles it for records of a shape.
    pub fn compile(change: &Change, setting: &Setting, shape: Shape) -> Result<Self> {
        let length = (change.length as usize).min(RECORD_MOST + 1);
        let fill = |literal: &Literal| {
            if literal.kind == LiteralKind::Character { setting.page.space() } else { 0 }
        };
        let output = |output: &ChangeOutput| -> Result<Output> {
            Ok(match output {
                ChangeOutput::Constant(literal) => {
                    let mut bytes = literal.bytes.clone();
                    bytes.resize(length, fill(literal));
                    Output::Bytes(bytes.into())
                }
                ChangeOutput::Place(place) => {
                    Output::Field(Spot::compile(place, shape, &change.span)?, setting.page.space())
                }
            })
        };
        let mut entries = Vec::with_capacity(change.pairs.len());
        for ((literal, care), result) in &change.pairs {
            let search = match care {
                Some(care) => Search::Bits(care.as_slice().into(), literal.bytes.as_slice().into()),
                None => Search::Bytes(literal.bytes.as_slice().into(), fill(literal)),
            };
            entries.push((search, output(result)?));
        }
        Ok(ChangeTable {
            from: Spot::compile(&change.from, shape, &change.span)?,
            length,
            entries,
            otherwise: change.otherwise.as_ref().map(output).transpose()?,
            span: change.span.clone(),
        })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Bytes that a record must have.
    pub fn reach(&self) -> usize {
        let outputs = self.entries.iter().map(|(_, output)| output).chain(&self.otherwise);
        let reach = outputs.map(|output| match output {
            Output::Bytes(_) => 0,
            Output::Field(spot, _) => spot.reach(),
        });
        reach.fold(self.from.reach(), usize::max)
    }

    /// Appends what the field becomes.
    pub fn put(&self, record: &[u8], parsed: &Parsed, out: &mut Vec<u8>) -> Result<()> {
        let field = self.from.bytes(record, parsed).unwrap_or_default();
        let found = self.entries.iter().find(|(search, _)| search.matches(field)).map(|(_, output)| output);
        match found.or(self.otherwise.as_ref()) {
            Some(Output::Bytes(bytes)) => out.extend_from_slice(bytes),
            Some(Output::Field(spot, blank)) => {
                let bytes = spot.bytes(record, parsed).unwrap_or_default();
                let kept = bytes.len().min(self.length);
                out.extend_from_slice(&bytes[..kept]);
                out.resize(out.len() + self.length - kept, *blank);
            }
            None => return Err(self.no_match(field)),
        }
        Ok(())
    }

    #[cold]
    fn no_match(&self, field: &[u8]) -> Box<Diagnostic> {
        Diagnostic::error(codes::CTL120, "CHANGE has no constant for the field")
            .in_data(place(&self.from, None, field))
            .note(format!("the item is at {}", self.span.shown()))
            .hint("say with NOMATCH what becomes of other values")
    }
}

impl Search {
    #[inline]
    fn matches(&self, field: &[u8]) -> bool {
        match self {
            Search::Bytes(constant, fill) => {
                let common = field.len().min(constant.len());
                field[..common] == constant[..common]
                    && field[common..].iter().chain(&constant[common..]).all(|byte| byte == fill)
            }
            Search::Bits(care, bits) => {
                field.iter().zip(care).zip(bits).all(|((byte, care), bits)| byte & care == bits & care)
            }
        }
    }
}
