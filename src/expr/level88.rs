//! Condition names (level 88): what their values ask of a field.

use super::arithmetic::{Arithmetic, Term};
use super::compile::encode_literal;
use super::condition::{Condition, TextValue};
use super::float::{self, FloatValue};
use super::meaning::Meaning;
use super::operand::{FieldRef, Place};
use super::syntax::Relation;
use crate::copybook::{self, ConditionValue, Literal, NumberShape, Usage};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::record::RecordFormat;

/// A condition name (level 88) as a test of the bytes of its item alone: they stand as the record of slot 0, wherever in a
/// record they were found. `format` has the code page of the item. An error if a value cannot be compared with.
pub fn condition_of_item(
    format: &RecordFormat,
    meaning: &Meaning,
    condition: &copybook::Condition,
) -> Result<Condition> {
    let field = format.layout.field(condition.field);
    let field = FieldRef {
        slot: 0,
        id: condition.field,
        shape: field.shape,
        justified: field.justified,
        insertions: None,
        float: meaning.float(condition.field),
        place: Place::Fixed(0..field.length),
        window: None,
        recalled: None,
        guard: None,
        format: format.clone(),
    };
    let tests = condition.values.iter().map(|value| condition_value(&field, value, &condition.span));
    Ok(Condition::Any(tests.collect::<Result<_>>()?))
}

/// A condition-name value as a comparison with its field.
pub(super) fn condition_value(field: &FieldRef, value: &ConditionValue, span: &Span) -> Result<Condition> {
    let compare = |relation: Relation, literal: &Literal| -> Result<Condition> {
        let constant = |number: Decimal| {
            let shape = field.number().unwrap_or(ANY_NUMBER);
            let left = Arithmetic::new(Term::Field(Box::new(field.clone()), shape), 0);
            let right = Arithmetic::new(Term::Constant(number), 0);
            Condition::Numbers(relation, Box::new(left), Box::new(right))
        };
        if float::is_float(field) {
            return float_condition(field, relation, literal, span);
        }
        match (field.number(), literal) {
            (Some(_), Literal::Number(number)) => Ok(constant(*number)),
            (Some(_), Literal::Zeros) => Ok(constant(Decimal::ZERO)),
            _ => {
                let page = field.format.page;
                let literal = match literal {
                    Literal::Text(text) => TextValue::Literal(encode_literal(text, page, span)?),
                    Literal::ZeroEnded(text) => {
                        let mut bytes = encode_literal(text, page, span)?;
                        bytes.push(0x00);
                        TextValue::Literal(bytes)
                    }
                    Literal::Classed(..) | Literal::Float { .. } => {
                        let message =
                            "this condition compares with a literal that records cannot be compared with yet";
                        return Err(Diagnostic::error(codes::EXP006, message)
                            .at(span, "")
                            .hint("compare the field itself with text or a number"));
                    }
                    Literal::Number(number) => {
                        TextValue::Literal(encode_literal(&number.to_string(), page, span)?)
                    }
                    Literal::Hex(bytes) => TextValue::Literal(bytes.clone()),
                    Literal::Spaces => TextValue::Repeated(vec![page.space()]),
                    Literal::Zeros => TextValue::Repeated(vec![page.zero()]),
                    Literal::LowValues | Literal::Null => TextValue::Repeated(vec![0x00]),
                    Literal::HighValues => TextValue::Repeated(vec![0xFF]),
                    Literal::Quotes => TextValue::Repeated(encode_literal("\"", page, span)?),
                    Literal::All(text) => TextValue::Repeated(encode_literal(text, page, span)?),
                };
                Ok(Condition::Texts(
                    relation,
                    Box::new(TextValue::Field(Box::new(field.clone()))),
                    Box::new(literal),
                    page,
                ))
            }
        }
    };
    match &value.high {
        None => compare(Relation::Equal, &value.low),
        Some(high) => Ok(Condition::All(vec![
            compare(Relation::GreaterOrEqual, &value.low)?,
            compare(Relation::LessOrEqual, high)?,
        ])),
    }
}

/// A float's condition-name value as a comparison.
fn float_condition(
    field: &FieldRef,
    relation: Relation,
    literal: &Literal,
    span: &Span,
) -> Result<Condition> {
    let number = |number: Decimal, exponent: i32| {
        let digits = number.coefficient();
        FloatValue::Literal(digits < 0, digits.unsigned_abs(), exponent - i32::from(number.scale()))
    };
    let value = match literal {
        Literal::Number(value) => number(*value, 0),
        Literal::Float { mantissa, exponent } => number(*mantissa, i32::from(*exponent)),
        Literal::Zeros => number(Decimal::ZERO, 0),
        _ => {
            let message = format!("{} is a floating-point number, its condition has a text", field.name());
            return Err(Diagnostic::error(codes::EXP006, message)
                .at(span, "")
                .hint("give the condition name a numeric VALUE"));
        }
    };
    let own = Box::new(FloatValue::Field(Box::new(field.clone())));
    Ok(Condition::Floats(relation, own, Box::new(value), field.float))
}

/// Never used: a numeric comparison is only built for numeric fields.
const ANY_NUMBER: NumberShape = NumberShape { digits: 1, scale: 0, signed: false, usage: Usage::Packed };
