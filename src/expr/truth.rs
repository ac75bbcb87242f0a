//! SET condition-name TO TRUE: the first value of the condition goes to its field; TO FALSE: the literal of WHEN SET TO FALSE
//! (Language Reference, "SET statement", format 4).

use super::compile::Compiler;
use super::movement::{Move, Source, pattern};
use super::operand::{FieldRef, Operand};
use super::syntax::Figurative;
use crate::copybook::{ConditionValue, Literal};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;
use crate::record::Overflow;

impl Compiler<'_> {
    /// The move that makes a condition name true, or false.
    pub fn truth(&self, text: &Span, truth: bool) -> Result<Move> {
        let (to, condition) = self.condition_field(text)?;
        let name = text.text();
        let refuse =
            |what: String, hint: &str| Err(Diagnostic::error(codes::EXP004, what).at(text, "").hint(hint));
        let value = match truth {
            true => condition.values.first().map(|value| &value.low),
            false => condition.when_false.as_ref(),
        };
        let Some(value) = value else {
            let message = format!("{name} does not say what makes it false");
            return refuse(message, "add WHEN SET TO FALSE IS literal to it, or move a value to its field");
        };
        if !truth && condition.values.iter().any(|range| covers(range, value)) {
            let message = format!("{name} would be true with the value that makes it false");
            return refuse(message, "give WHEN SET TO FALSE a literal that is none of its values");
        }
        let Some(from) = source(&to, value) else {
            let which = if truth { "the first value of" } else { "the literal WHEN SET TO FALSE of" };
            return refuse(format!("{which} {name} cannot be moved"), "move a value to its field");
        };
        // The literal goes there by the rules of VALUE, which know neither JUSTIFIED nor editing (Language Reference, "SET
        // statement", format 4, and "VALUE clause").
        let to = FieldRef { justified: false, insertions: None, ..to };
        Ok(Move::new(from, to, Overflow::Error))
    }
}

/// True if a literal is one of the values: equal to it as written, or a number of the range.
fn covers(range: &ConditionValue, literal: &Literal) -> bool {
    let number = |literal: &Literal| match literal {
        Literal::Number(number) => Some(*number),
        Literal::Zeros => Some(Decimal::ZERO),
        _ => None,
    };
    match (number(&range.low), range.high.as_ref().map(number), number(literal)) {
        (Some(low), None, Some(literal)) => low == literal,
        (Some(low), Some(Some(high)), Some(literal)) => low <= literal && literal <= high,
        _ => range.low == *literal || range.high.as_ref() == Some(literal),
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
