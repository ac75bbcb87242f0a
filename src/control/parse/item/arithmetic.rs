//! Numbers computed from fields and constants.

use super::super::format::NamedFormat;
use super::super::parser::Parser;
use crate::control::message;
use crate::control::syntax::{Arithmetic, CardField, Operator, Value};
use crate::diag::{Result, codes};

/// Operators of one expression; each nests the tree one level deeper.
const CHAIN_MAX: usize = 500;

const OPERATORS: [(&str, Operator); 7] = [
    ("MIN", Operator::Min),
    ("MAX", Operator::Max),
    ("MUL", Operator::Mul),
    ("DIV", Operator::Div),
    ("MOD", Operator::Mod),
    ("ADD", Operator::Add),
    ("SUB", Operator::Sub),
];

/// Tight operators first.
fn precedence(operator: Operator) -> u8 {
    match operator {
        Operator::Min | Operator::Max => 3,
        Operator::Mul | Operator::Div | Operator::Mod => 2,
        Operator::Add | Operator::Sub => 1,
    }
}

impl Parser<'_> {
    /// True before an operator.
    pub(super) fn at_operator(&self) -> bool {
        let word = self.cursor.name_ahead();
        OPERATORS.iter().any(|(name, _)| *name == word)
    }

    /// A number that begins with an operand, and how it is shown.
    pub(super) fn computed(&mut self, first: Arithmetic) -> Result<Value> {
        let number = self.operators(first)?;
        let editing = self.editing()?;
        Ok(Value::Edited { number, editing })
    }

    /// `,operator,operand` as often as it comes.
    fn operators(&mut self, first: Arithmetic) -> Result<Arithmetic> {
        let start = self.cursor.at();
        let mut operands = vec![first];
        let mut operators: Vec<Operator> = Vec::new();
        let mut count = 0;
        while let Some(operator) = self.operator() {
            while let Some(before) = operators.last().copied()
                && precedence(before) >= precedence(operator)
            {
                operators.pop();
                self.reduce(&mut operands, before, start);
            }
            operators.push(operator);
            self.cursor.expect_comma()?;
            operands.push(self.arithmetic_operand()?);
            count += 1;
            if count > CHAIN_MAX {
                return Err(self.cursor.wrong(start, "an expression has too many operators", "too long"));
            }
        }
        while let Some(operator) = operators.pop() {
            self.reduce(&mut operands, operator, start);
        }
        operands.pop().ok_or_else(|| self.cursor.expected("a number"))
    }

    fn reduce(&self, operands: &mut Vec<Arithmetic>, operator: Operator, start: usize) {
        if let (Some(right), Some(left)) = (operands.pop(), operands.pop()) {
            let span = self.cursor.span_from(start);
            operands.push(Arithmetic::Binary(operator, Box::new(left), Box::new(right), span));
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        let mut ahead = self.cursor.clone();
        if !ahead.comma() {
            return None;
        }
        let word = ahead.name_ahead();
        let (name, operator) = OPERATORS.iter().find(|(name, _)| *name == word)?;
        ahead.skip(name.len());
        self.cursor = ahead;
        Some(*operator)
    }

    /// `p,m,f`, `+n`, `-n`, `(..)`.
    pub(super) fn arithmetic_operand(&mut self) -> Result<Arithmetic> {
        if self.cursor.peek() == Some('(') {
            self.cursor.open()?;
            let first = self.arithmetic_operand()?;
            let number = self.operators(first)?;
            self.cursor.close()?;
            return Ok(number);
        }
        let start = self.cursor.at();
        if self.at_arithmetic()
            && let Some((value, _)) = self.cursor.decimal()?
        {
            return Ok(Arithmetic::Constant(value));
        }
        self.cursor.go_to(start);
        self.number_field().map(Arithmetic::Field)
    }

    /// `p,m,f` of a number.
    pub(super) fn number_field(&mut self) -> Result<CardField> {
        let head = self.cursor.head()?.ok_or_else(|| {
            let error = self.cursor.expected("a field or a constant with a sign");
            error.note(message::REFORMATTING_FIELD.shown())
        })?;
        let format = self.format_behind(&head).ok_or_else(|| self.missing_format(&head.span))?;
        let place = self.place(&head)?;
        let field = self.edited_field(&head, place, &format)?;
        if !is_number(&format) {
            let message = format!("format {} has no numbers to compute with", format.name);
            self.problem(codes::CTL011, message::REFORMATTING_FIELD, &head.span, message, "no number");
        }
        Ok(field)
    }
}

fn is_number(format: &NamedFormat) -> bool {
    use crate::control::syntax::Format;
    use crate::key::SortFormat;
    matches!(
        format.format,
        Format::Sort(
            SortFormat::Binary
                | SortFormat::Fixed
                | SortFormat::Packed
                | SortFormat::PackedMiddle
                | SortFormat::Zoned
                | SortFormat::LeadingOverpunch
                | SortFormat::LeadingSeparate
                | SortFormat::TrailingSeparate
                | SortFormat::FloatingSign
                | SortFormat::UnsignedFree
                | SortFormat::SignedFree
        )
    )
}
