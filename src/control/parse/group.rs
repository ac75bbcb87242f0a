//! WHEN=GROUP.

use super::parser::Parser;
use crate::control::deck::Word;
use crate::control::syntax::{Condition, Group, Place, Push, PushWhat};
use crate::diag::Result;

/// Records of a group.
const RECORDS_MAX: u64 = 100_000_000;
/// Digits of ID and SEQ.
const DIGITS_MAX: u32 = 15;

/// Operands of a clause that belong to WHEN=GROUP.
#[derive(Default)]
pub(super) struct GroupOperands {
    begin: Option<Condition>,
    end: Option<Condition>,
    records: Option<u64>,
    key: Option<Place>,
    push: Option<Vec<Push>>,
}

impl GroupOperands {
    /// Reads an operand if it is one of them.
    pub(super) fn read(&mut self, parser: &mut Parser<'_>, word: &Word) -> Result<bool> {
        match word.text.as_str() {
            "BEGIN" => {
                parser.cursor.equals()?;
                let condition = parser.condition_in_parentheses(None)?;
                parser.once(&mut self.begin, condition, word, parser.conflict)?;
            }
            "END" => {
                parser.cursor.equals()?;
                let condition = parser.condition_in_parentheses(None)?;
                parser.once(&mut self.end, condition, word, parser.conflict)?;
            }
            "RECORDS" => {
                parser.cursor.equals()?;
                let records = parser.cursor.number_in("the number of records of a group", 1..=RECORDS_MAX)?;
                parser.once(&mut self.records, records, word, parser.conflict)?;
            }
            "KEYBEGIN" => {
                parser.cursor.equals()?;
                let key = parser.bytes_in_parentheses()?;
                parser.once(&mut self.key, key, word, parser.conflict)?;
            }
            "PUSH" => {
                let push = parser.pushes()?;
                parser.once(&mut self.push, push, word, parser.conflict)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// True if there is any of them.
    pub(super) fn is_used(&self) -> bool {
        self.begin.is_some()
            || self.end.is_some()
            || self.records.is_some()
            || self.key.is_some()
            || self.push.is_some()
    }

    /// What is wrong with them together.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let bounded =
            self.begin.is_some() || self.end.is_some() || self.records.is_some() || self.key.is_some();
        if !bounded {
            return Some("WHEN=GROUP needs BEGIN, END, KEYBEGIN or RECORDS");
        }
        if self.push.is_none() {
            return Some("WHEN=GROUP needs PUSH");
        }
        None
    }

    /// The group.
    pub(super) fn finish(self) -> Group {
        Group {
            begin: self.begin,
            end: self.end,
            records: self.records,
            key: self.key,
            push: self.push.unwrap_or_default(),
        }
    }
}

impl Parser<'_> {
    /// `=(c:p,m,c:ID=n,c:SEQ=n,..)`.
    fn pushes(&mut self) -> Result<Vec<Push>> {
        self.cursor.equals()?;
        let mut pushes = Vec::new();
        let mut next = 1u32;
        self.cursor.open()?;
        loop {
            let start = self.cursor.at();
            let column = self.column()?.unwrap_or(next);
            let what = self.push_what()?;
            let length = match &what {
                PushWhat::Field(place) => place.length(),
                PushWhat::Id(digits) | PushWhat::Sequence(digits) => *digits,
            };
            next = column.saturating_add(length);
            pushes.push(Push { column, what, span: self.cursor.span_from(start) });
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(pushes);
            }
        }
    }

    fn push_what(&mut self) -> Result<PushWhat> {
        let word = self.cursor.word_ahead();
        if !matches!(word, "ID" | "SEQ") || self.cursor.peek_symbol().is_some() {
            return Ok(PushWhat::Field(self.bytes()?.0));
        }
        self.cursor.skip(word.len());
        self.cursor.expect('=')?;
        let digits = self.cursor.small("a number of digits", 1..=DIGITS_MAX)?;
        Ok(if word == "ID" { PushWhat::Id(digits) } else { PushWhat::Sequence(digits) })
    }
}
