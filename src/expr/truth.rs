//! SET condition-name TO TRUE: the first value of the condition goes to its field (Language Reference, "SET statement", format 4).

use super::compile::Compiler;
use super::movement::{Move, Source, pattern};
use super::operand::{FieldRef, Operand};
use super::syntax::Figurative;
use crate::copybook::Literal;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;
use crate::record::Overflow;

impl Compiler<'_> {
    /// The move that makes a condition name true.
    pub fn truth(&self, text: &Span) -> Result<Move> {
        let (to, value) = self.condition_field(text)?;
        let Some(from) = source(&to, &value) else {
            return Err(Diagnostic::error(
                codes::EXP004,
                format!("the first value of {} cannot be moved", text.text()),
            )
            .at(text, "")
            .hint("move a value to its field"));
        };
        Ok(Move { from, to, overflow: Overflow::Error })
    }
}

fn source(to: &FieldRef, value: &Literal) -> Option<Source> {
    let page = to.format.page;
    if to.number().is_some() {
        return match value {
            Literal::Number(number) => Some(Source::Number(Operand::Number(*number))),
            Literal::Zeros => Some(Source::Number(Operand::Number(Decimal::ZERO))),
            _ => None,
        };
    }
    match value {
        Literal::Text(text) => page.encode(text).ok().map(Source::Literal),
        Literal::Number(number) => page.encode(&number.to_string()).ok().map(Source::Literal),
        Literal::Hex(bytes) => Some(Source::Literal(bytes.clone())),
        Literal::Spaces => pattern(&Figurative::Spaces, page).map(Source::Repeated),
        Literal::Zeros => pattern(&Figurative::Zeros, page).map(Source::Repeated),
        Literal::LowValues => pattern(&Figurative::LowValues, page).map(Source::Repeated),
        Literal::HighValues => pattern(&Figurative::HighValues, page).map(Source::Repeated),
        Literal::Quotes => pattern(&Figurative::Quotes, page).map(Source::Repeated),
        Literal::All(text) => pattern(&Figurative::All(text.clone()), page).map(Source::Repeated),
        Literal::Classed(..) | Literal::ZeroEnded(_) | Literal::Float { .. } | Literal::Null => None,
    }
}

/// The bytes that a figurative constant repeats; `None` if the code page lacks its character.
pub fn figurative_bytes(figurative: &Figurative, page: CodePage) -> Option<Vec<u8>> {
    pattern(figurative, page)
}
