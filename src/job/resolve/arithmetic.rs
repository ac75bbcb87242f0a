//! Actions of rules that compute: COMPUTE, ADD, SUBTRACT, MULTIPLY, DIVIDE.

use super::super::file::{OneOrMany, Str};
use super::super::rules_file::{ActionShape, OnSizeErrorShape, RoundedShape, SizeErrorShape};
use super::super::text::Text;
use super::rules::RuleCompiler;
use crate::decimal::Rounding;
use crate::diag::{Span, codes};
use crate::expr::{FieldRef, Receiver};
use crate::post::{Action, OnSizeError};

/// Receivers, and the two operands between which the sign of the verb stands. Without GIVING the first one is the receiver itself.
struct Formula<'s> {
    receivers: &'s [Str],
    first: Option<&'s Str>,
    sign: char,
    second: &'s Str,
}

impl RuleCompiler<'_> {
    /// One of the verbs that compute.
    pub(super) fn computation(&mut self, shape: &ActionShape, span: &Span) -> Option<Vec<Action>> {
        if let Some(target) = &shape.compute {
            return self.compute(shape, target, span).map(|action| vec![action]);
        }
        let formula = self.formula(shape, span)?;
        if formula.receivers.len() != 1 && matches!(shape.on_size_error, Some(OnSizeErrorShape::Actions(_))) {
            let message = "actions on a size error need one receiver, to be done once";
            return self.complain(codes::RUL004, message, span, "write one action for each receiver");
        }
        // Checked by themselves first, so that errors point at them and not at what is made of them.
        for operand in formula.first.into_iter().chain([formula.second]) {
            let text = self.texts.text(operand);
            self.found.take(self.compiler.arithmetic(&text.span, 0))?;
        }
        let second = self.texts.text(formula.second).span;
        let mut actions = Vec::new();
        for receiver in formula.receivers {
            let target = self.receiver(receiver)?;
            let first = formula.first.unwrap_or(receiver);
            let (first, sign) = (self.texts.text(first).span, format!(") {} (", formula.sign));
            let pieces =
                [("(", &first), (first.text(), &first), (sign.as_str(), &second), (second.text(), &second)];
            let text = self.texts.made(&[&pieces[..], &[(")", &second)]].concat());
            let remainder = match &shape.remainder {
                None => None,
                Some(remainder) => Some(self.remainder(&formula, (remainder, &target), span)?),
            };
            actions.extend(self.store(shape, target, &text, remainder, span)?);
        }
        Some(actions)
    }

    /// COBOL's forms: ADD a TO b, ADD a TO b GIVING c, MULTIPLY a BY b, DIVIDE a INTO b, DIVIDE a BY b GIVING c and so on.
    fn formula<'s>(&mut self, shape: &'s ActionShape, span: &Span) -> Option<Formula<'s>> {
        let by = shape.by.as_ref().map(std::slice::from_ref);
        let list = |many: &'s Option<OneOrMany>| many.as_ref().map(OneOrMany::list);
        let (value, others, sign, word) = match (&shape.add, &shape.subtract, &shape.multiply, &shape.divide)
        {
            (Some(value), ..) => (value, list(&shape.to), '+', "to"),
            (_, Some(value), ..) => (value, list(&shape.from), '-', "from"),
            (_, _, Some(value), _) => (value, by, '*', "by"),
            (.., Some(value)) if by.is_some() => (value, by, '/', "by"),
            (.., Some(value)) => (value, list(&shape.into), '/', "into"),
            _ => return None,
        };
        let divides_by = shape.divide.is_some() && by.is_some();
        if divides_by && (shape.into.is_some() || shape.giving.is_none()) {
            let message = "a division by a value needs giving:, and no into:";
            let hint = "write { divide: A, by: B, giving: C } or { divide: A, into: B }";
            return self.complain(codes::RUL004, message, span, hint);
        }
        let Some(others) = others else {
            let message = format!("the action needs {word}: FIELD");
            return self.complain(codes::RUL004, &message, span, "name the receiving field");
        };
        let Some(giving) = list(&shape.giving) else {
            return Some(Formula { receivers: others, first: None, sign, second: value });
        };
        let [other] = others else {
            let message = format!("with giving: there is one value under {word}:");
            return self.complain(
                codes::RUL004,
                &message,
                span,
                "put what else is needed into the expression",
            );
        };
        let (first, second) = if divides_by { (value, other) } else { (other, value) };
        Some(Formula { receivers: giving, first: Some(first), sign, second })
    }

    fn compute(&mut self, shape: &ActionShape, target: &Str, span: &Span) -> Option<Action> {
        let Some(is) = &shape.is else {
            return self.complain(
                codes::RUL004,
                "compute needs is: EXPRESSION",
                span,
                "write { compute: FIELD, is: A + B }",
            );
        };
        let target = self.receiver(target)?;
        let text = self.texts.text(is);
        self.store(shape, target, &text, None, span)?.pop()
    }

    /// What a division leaves: the dividend less the divisor times the quotient, cut to the decimals of its receiver (Language
    /// Reference, "REMAINDER phrase").
    fn remainder(
        &mut self,
        formula: &Formula<'_>,
        (remainder, quotient): (&Str, &FieldRef),
        span: &Span,
    ) -> Option<(FieldRef, Text)> {
        let (Some(dividend), [_]) = (formula.first, formula.receivers) else {
            let message = "a remainder belongs to one quotient under giving:";
            return self.complain(
                codes::RUL004,
                message,
                span,
                "write { divide: A, by: B, giving: Q, remainder: R }",
            );
        };
        let [dividend, divisor] = [dividend, formula.second].map(|operand| self.texts.text(operand).span);
        for operand in [&dividend, &divisor] {
            let same = |field: FieldRef| (field.slot, field.id) == (quotient.slot, quotient.id);
            if self.compiler.field(operand).is_ok_and(same) {
                let message = format!("{} is still needed for the remainder", quotient.name());
                let hint = "give the quotient to another field";
                return self.complain(codes::RUL004, &message, operand, hint);
            }
        }
        let scale = quotient.as_receiver().map_or(0, |number| number.scale());
        let (up, down) = (power_of_ten(scale), power_of_ten(-scale));
        let scaled = format!(") * {up} / (");
        let product = format!(")) * {down} * (");
        let text = self.texts.made(&[
            ("(", &dividend),
            (dividend.text(), &dividend),
            (") - FUNCTION INTEGER-PART ((", &dividend),
            (dividend.text(), &dividend),
            (scaled.as_str(), &divisor),
            (divisor.text(), &divisor),
            (product.as_str(), &divisor),
            (divisor.text(), &divisor),
            (")", &divisor),
        ]);
        Some((self.receiver(remainder)?, text))
    }

    /// Stores an expression, and then the remainder unless there was a size error.
    fn store(
        &mut self,
        shape: &ActionShape,
        target: FieldRef,
        value: &Text,
        remainder: Option<(FieldRef, Text)>,
        span: &Span,
    ) -> Option<Vec<Action>> {
        let number = self.number(&target, span)?;
        let rounding = shape.rounded.map_or(Rounding::Truncation, rounding);
        // With ROUNDED one more decimal is carried (Programming Guide, "Intermediate results").
        let decimals = number.scale() + i16::from(rounding != Rounding::Truncation);
        let value = self.found.take(self.compiler.arithmetic(&value.span, decimals))?;
        let remainder = match remainder {
            None => None,
            Some((target, text)) => Some(self.store_remainder(shape, target, &text, span)?),
        };
        let known = match &shape.on_size_error {
            None => SizeErrorShape::Stop,
            Some(OnSizeErrorShape::Known(known)) => *known,
            Some(OnSizeErrorShape::Actions(actions)) => {
                let actions = self.actions(actions);
                // With a remainder it is the one that is stored last which says that there was no size error.
                let otherwise = match remainder {
                    Some(remainder) => vec![remainder],
                    None => self.no_size_error(shape),
                };
                let size_error = OnSizeError::Do { actions, otherwise };
                return Some(vec![Action::Compute { target, shape: number, value, rounding, size_error }]);
            }
        };
        if shape.not_on_size_error.is_some() {
            let message = "not-on-size-error needs a list of actions under on-size-error";
            return self.complain(codes::RUL004, message, span, "an empty list will do: on-size-error: []");
        }
        let size_error = self.size_error(shape, known, span)?;
        let compute = Action::Compute { target, shape: number, value, rounding, size_error };
        Some(std::iter::once(compute).chain(remainder).collect())
    }

    fn store_remainder(
        &mut self,
        shape: &ActionShape,
        target: FieldRef,
        text: &Text,
        span: &Span,
    ) -> Option<Action> {
        let number = self.number(&target, span)?;
        let value = self.found.take(self.compiler.arithmetic(&text.span, number.scale()))?;
        let size_error = match &shape.on_size_error {
            None => OnSizeError::Stop,
            Some(OnSizeErrorShape::Known(known)) => self.size_error(shape, *known, span)?,
            Some(OnSizeErrorShape::Actions(actions)) => {
                OnSizeError::Do { actions: self.actions(actions), otherwise: self.no_size_error(shape) }
            }
        };
        let rounding = Rounding::Truncation;
        Some(Action::Compute { target, shape: number, value, rounding, size_error })
    }

    fn no_size_error(&mut self, shape: &ActionShape) -> Vec<Action> {
        self.actions(shape.not_on_size_error.as_deref().unwrap_or_default())
    }

    /// How a field takes results.
    fn number(&mut self, target: &FieldRef, span: &Span) -> Option<Receiver> {
        let number = target.as_receiver();
        if number.is_none() {
            let message = format!("{} is not a number", target.name());
            let hint = "compute numeric or numeric-edited fields; move text";
            return self.complain(codes::EXP004, &message, span, hint);
        }
        number
    }

    fn size_error(&mut self, shape: &ActionShape, known: SizeErrorShape, span: &Span) -> Option<OnSizeError> {
        Some(match known {
            SizeErrorShape::Stop => OnSizeError::Stop,
            SizeErrorShape::Truncate => OnSizeError::Truncate,
            SizeErrorShape::Reject => OnSizeError::Reject(self.reason(shape, span)?),
        })
    }
}

/// 10 ** `exponent` as a literal.
fn power_of_ten(exponent: i16) -> String {
    let zeros = usize::from(exponent.unsigned_abs());
    match exponent {
        0.. => format!("1{}", "0".repeat(zeros)),
        _ => format!("0.{}1", "0".repeat(zeros - 1)),
    }
}

pub(super) fn rounding(shape: RoundedShape) -> Rounding {
    match shape {
        RoundedShape::Truncation => Rounding::Truncation,
        RoundedShape::NearestAwayFromZero => Rounding::NearestAwayFromZero,
        RoundedShape::NearestEven => Rounding::NearestEven,
        RoundedShape::NearestTowardZero => Rounding::NearestTowardZero,
        RoundedShape::AwayFromZero => Rounding::AwayFromZero,
        RoundedShape::TowardGreater => Rounding::TowardGreater,
        RoundedShape::TowardLesser => Rounding::TowardLesser,
        RoundedShape::Prohibited => Rounding::Prohibited,
    }
}
