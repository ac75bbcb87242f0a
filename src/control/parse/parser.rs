//! What the readers of all statements share.

use std::collections::HashMap;

use super::format::{NamedFormat, Use};
use crate::control::deck::{Cursor, Head, HeadPlace, Word};
use crate::control::message::{self, Familiar};
use crate::control::syntax::{CardField, Dialect, Place};
use crate::diag::{Code, Diagnostic, Diagnostics, Result, Span, codes, nearest};

/// Reads one statement.
pub struct Parser<'a> {
    /// Where it is.
    pub cursor: Cursor<'a>,
    /// Mistakes after which reading could go on.
    pub problems: Diagnostics,
    /// Lengths of the fields that PARSE of this statement puts aside.
    pub parsed: HashMap<u16, u32>,
    /// What an operator knows mistakes in its operands by.
    pub operand: Familiar,
    /// The same for operands that are missing, twice there or exclude each other.
    pub conflict: Familiar,
}

impl<'a> Parser<'a> {
    /// Begins with a cursor.
    pub fn new(cursor: Cursor<'a>) -> Self {
        Parser {
            cursor,
            problems: Diagnostics::new(),
            parsed: HashMap::new(),
            operand: message::OPERAND_DEFINER,
            conflict: message::SYNTAX_ERROR,
        }
    }

    /// True if spellings of Syncsort are accepted.
    pub fn is_syncsort(&self) -> bool {
        self.cursor.reading().dialect == Dialect::Syncsort
    }

    /// Notes a mistake and goes on.
    pub fn problem(
        &mut self,
        code: Code,
        familiar: Familiar,
        span: &Span,
        message: impl Into<String>,
        label: &str,
    ) {
        self.problems.push(message::error(code, familiar, message).at(span, label));
    }

    /// `operand,operand,..` up to the end: calls with each keyword behind which the cursor stands.
    pub fn operands(&mut self, mut operand: impl FnMut(&mut Self, Word) -> Result<()>) -> Result<()> {
        if self.cursor.at_end() {
            return Ok(());
        }
        loop {
            let word = self.cursor.word()?;
            operand(self, word)?;
            if self.cursor.at_end() {
                return Ok(());
            }
            if !self.cursor.comma() {
                return Err(self.cursor.expected("a comma or a blank"));
            }
        }
    }

    /// An operand that the statement does not have.
    pub fn unknown(
        &self,
        word: &Word,
        statement: &str,
        familiar: Familiar,
        known: &[&'static str],
    ) -> Box<Diagnostic> {
        let message = format!("{statement} has no operand {}", word.text);
        let error = message::error(codes::CTL007, familiar, message).at(&word.span, "not known here");
        if super::STATEMENTS.contains(&word.text.as_str()) {
            return error.hint("a comma at the end of the card before continues its statement; remove it");
        }
        match nearest(&word.text, known.iter().copied()) {
            Some(name) => error.hint(format!("did you mean {name}?")),
            None => error.hint(format!("it has {}", known.join(", "))),
        }
    }

    /// An operand that was given before.
    pub fn twice(&self, word: &Word, familiar: Familiar) -> Box<Diagnostic> {
        message::error(codes::CTL008, familiar, format!("{} is given twice", word.text))
            .at(&word.span, "again")
    }

    /// Sets what an operand says; an error if it has been said.
    pub fn once<T>(&self, slot: &mut Option<T>, value: T, word: &Word, familiar: Familiar) -> Result<()> {
        if slot.is_some() {
            return Err(self.twice(word, familiar));
        }
        *slot = Some(value);
        Ok(())
    }

    /// The name of a format that comes next, if one does. Nothing is taken.
    pub fn format_ahead(&self) -> Option<NamedFormat> {
        NamedFormat::named(self.cursor.name_ahead())
    }

    /// `,f`, if it comes.
    pub fn written_format(&mut self) -> Option<NamedFormat> {
        let mut ahead = self.cursor.clone();
        if !ahead.comma() {
            return None;
        }
        let format = NamedFormat::named(ahead.name_ahead())?;
        ahead.skip(format.name.len());
        self.cursor = ahead;
        Some(format)
    }

    /// `,f`, if it comes; else the format of the symbol.
    pub fn format_behind(&mut self, head: &Head) -> Option<NamedFormat> {
        self.written_format().or_else(|| symbol_format(head))
    }

    /// A format that must come, by the keyword FORMAT.
    pub fn format_value(&mut self) -> Result<NamedFormat> {
        self.cursor.equals()?;
        let start = self.cursor.at();
        let parenthesis = self.cursor.eat('(');
        let word = self.cursor.word()?;
        let format = NamedFormat::named(&word.text).ok_or_else(|| self.no_format(start, &word.text))?;
        if parenthesis {
            self.cursor.expect(')')?;
        }
        Ok(format)
    }

    /// A word that is no format.
    pub fn no_format(&self, start: usize, word: &str) -> Box<Diagnostic> {
        let message = format!("{word} is no data format");
        let error = self.cursor.known_error(start, codes::CTL011, message::FORMAT, message, "no format");
        match nearest(word, crate::key::SortFormat::names()) {
            Some(name) => error.hint(format!("did you mean {name}?")),
            None => error,
        }
    }

    /// A format that is missing behind a field.
    pub fn missing_format(&self, span: &Span) -> Box<Diagnostic> {
        message::error(codes::CTL011, message::FORMAT, "a field has no data format")
            .at(span, "which format?")
            .hint("write it behind the length, as in 1,5,CH, or once for all fields as FORMAT=CH")
    }

    /// The bytes of a field that needs whole bytes and a length.
    pub fn place(&mut self, head: &Head) -> Result<Place> {
        match head.place {
            HeadPlace::Record { position, bit: 0, length: Some((length, 0)) } => {
                Ok(Place::Record { position, length })
            }
            HeadPlace::Record { length: None, .. } => {
                Err(self.field_error(&head.span, "a field has no length", "how many bytes?"))
            }
            HeadPlace::Record { .. } => Err(self.field_error(
                &head.span,
                "a field begins and ends with a byte here",
                "bits are not possible",
            )),
            HeadPlace::Parsed(number) => match self.parsed.get(&number) {
                Some(length) => Ok(Place::Parsed { number, length: *length }),
                None => {
                    let message = format!("%{number:02} is not put aside by a PARSE of this statement");
                    Err(self.field_error(&head.span, &message, "not known"))
                }
            },
        }
    }

    /// An error of a field.
    pub fn field_error(&self, span: &Span, message: &str, label: &str) -> Box<Diagnostic> {
        message::error(codes::CTL005, message::DISPLACEMENT, message).at(span, label)
    }

    /// `p,m` (or `%nn`, or a symbol) that must come.
    pub fn bytes(&mut self) -> Result<(Place, Span)> {
        let head = self.cursor.head()?.ok_or_else(|| self.cursor.expected("a field"))?;
        let place = self.place(&head)?;
        Ok((place, head.span))
    }

    /// `(p,m)`, the parentheses may be missing.
    pub fn bytes_in_parentheses(&mut self) -> Result<Place> {
        let parenthesis = self.cursor.eat('(');
        let (place, _) = self.bytes()?;
        if parenthesis {
            self.cursor.expect(')')?;
        }
        Ok(place)
    }

    /// A field with its format, which is checked for its use.
    pub fn field(
        &mut self,
        head: &Head,
        format: &NamedFormat,
        place: Use,
        familiar: Familiar,
    ) -> Result<CardField> {
        let bytes = self.place(head)?;
        if let Some(reason) = format.refuses(bytes.length(), place) {
            self.problem(codes::CTL011, familiar, &head.span, reason, "length and format do not go together");
        }
        Ok(CardField { place: bytes, format: format.format, span: head.span.clone() })
    }

    /// `YES` or `NO`.
    pub fn yes_or_no(&mut self) -> Result<bool> {
        self.choice(&[("YES", true), ("NO", false)])
    }

    /// One of several words.
    pub fn choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T> {
        let word = self.cursor.word_ahead();
        match choices.iter().find(|(name, _)| *name == word) {
            Some((name, value)) => {
                self.cursor.skip(name.len());
                Ok(*value)
            }
            None => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                Err(self.cursor.expected(&names.join(" or ")))
            }
        }
    }

    /// Skips the value of an operand that means nothing here: `=x`, `=(..)`, `(..)`.
    pub fn skip_value(&mut self) -> Result<()> {
        let equals = self.cursor.eat('=');
        if self.cursor.peek() != Some('(') {
            let rest = self.cursor.ahead();
            let length = rest.find([',', ';', '(', ')']).unwrap_or(rest.len());
            if length == 0 && equals {
                return Err(self.cursor.expected("a value"));
            }
            self.cursor.skip(if equals { length } else { 0 });
            return Ok(());
        }
        let mut depth = 0u32;
        let rest = self.cursor.ahead();
        for (at, c) in rest.char_indices() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                self.cursor.skip(at + 1);
                return Ok(());
            }
        }
        self.cursor.skip(rest.len());
        Err(self.cursor.expected("')'"))
    }
}

/// The format of the symbol that a field was written as.
pub(super) fn symbol_format(head: &Head) -> Option<NamedFormat> {
    head.format.as_deref().and_then(NamedFormat::named)
}
