//! CHANGE and NOMATCH.

use super::super::condition::bit_bytes;
use super::super::parser::Parser;
use crate::control::message;
use crate::control::syntax::{Change, ChangeOutput, ChangeSearch, Literal, LiteralKind, Place, Value};
use crate::diag::{Result, codes};

impl Parser<'_> {
    /// `=(v,find,set,..)[,NOMATCH=(set)]` behind CHANGE.
    pub(super) fn change(&mut self, start: usize, from: Place) -> Result<Value> {
        self.cursor.equals()?;
        self.cursor.open()?;
        let length = self.cursor.small("the length of the result of CHANGE", 1..=64)?;
        let mut pairs = Vec::new();
        while self.cursor.comma() {
            let search = self.change_search(&from)?;
            self.cursor.expect_comma()?;
            pairs.push((search, self.change_output(length)?));
        }
        self.cursor.close()?;
        if pairs.is_empty() {
            return Err(self.cursor.wrong(start, "CHANGE has nothing to look for", "no constants"));
        }
        let mut ahead = self.cursor.clone();
        let mut otherwise = None;
        if ahead.comma() && ahead.eat_text("NOMATCH") {
            self.cursor = ahead;
            self.cursor.equals()?;
            let parenthesis = self.cursor.eat('(');
            otherwise = Some(self.change_output(length)?);
            if parenthesis {
                self.cursor.expect(')')?;
            }
        }
        let span = self.cursor.span_from(start);
        Ok(Value::Change(Box::new(Change { from, length, pairs, otherwise, span })))
    }

    /// A constant, or bits that count and their values.
    fn change_search(&mut self, from: &Place) -> Result<ChangeSearch> {
        let start = self.cursor.at();
        if let Some(literal) = self.cursor.literal()? {
            if literal.bytes.is_empty() || literal.bytes.len() > 64 {
                return Err(self.cursor.wrong(
                    start,
                    "a search constant of CHANGE has 1 to 64 bytes",
                    "too short or too long",
                ));
            }
            return Ok((literal, None));
        }
        let Some(bits) = self.cursor.bits()? else {
            return Err(self.cursor.expected("a constant to look for"));
        };
        if bits.len() != 8 || from.length() != 1 {
            let message = "CHANGE looks for bits in fields of one byte";
            self.problem(
                codes::CTL005,
                message::REFORMATTING_FIELD,
                &self.cursor.span_from(start),
                message,
                "eight bits of one byte",
            );
        }
        let literal = Literal { bytes: bit_bytes(&bits, '1'), kind: LiteralKind::Hex };
        Ok((literal, Some(bit_bytes(&bits.replace('0', "1"), '1'))))
    }

    /// A constant or a field.
    fn change_output(&mut self, length: u32) -> Result<ChangeOutput> {
        let start = self.cursor.at();
        if let Some(literal) = self.cursor.literal()? {
            if literal.bytes.len() > length as usize {
                let message = format!("CHANGE puts {length} bytes, the constant has {}", literal.bytes.len());
                self.problem(
                    codes::CTL005,
                    message::REFORMATTING_FIELD,
                    &self.cursor.span_from(start),
                    message,
                    "too long",
                );
            }
            return Ok(ChangeOutput::Constant(literal));
        }
        let (place, _) = self.bytes()?;
        Ok(ChangeOutput::Place(place))
    }
}
