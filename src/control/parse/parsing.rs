//! PARSE.

use super::parser::Parser;
use crate::control::syntax::{Pairing, ParseEnd, ParseField, ParseStart};
use crate::diag::{Result, codes};

/// Operands of a parsed field, for hints.
const OPERANDS: &[&str] = &[
    "FIXLEN", "ABSPOS", "ADDPOS", "SUBPOS", "STARTAFT", "STARTAT", "STARTNOT", "ENDBEFR", "ENDAT", "PAIR",
    "REPEAT",
];
/// Positions of a record.
const POSITION_MAX: u32 = 32_752;
/// Greatest number of a parsed field.
const NUMBER_MAX: u32 = 999;

impl Parser<'_> {
    /// Finds the lengths of the fields that any PARSE of the statement puts aside, since items may stand before it.
    pub(super) fn learn_parsed_fields(&mut self) {
        let text = self.cursor.text().as_str();
        if !text.contains("PARSE") {
            return;
        }
        let mut quoted = false;
        for (at, c) in text.char_indices() {
            quoted ^= c == '\'';
            let begins = !quoted && text[at..].starts_with("PARSE=(");
            if begins && !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
                let mut ahead = Parser::new(self.cursor.clone());
                ahead.cursor.go_to(at + "PARSE".len());
                // Mistakes are found when the operand itself is read.
                let _ = ahead.parse_fields();
                self.parsed.extend(ahead.parsed);
            }
        }
    }

    /// `=(%nn=(..),%=(..),..)`.
    pub(super) fn parse_fields(&mut self) -> Result<Vec<ParseField>> {
        self.cursor.equals()?;
        let mut fields = Vec::new();
        self.cursor.open()?;
        loop {
            fields.push(self.parse_field()?);
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(fields);
            }
        }
    }

    fn parse_field(&mut self) -> Result<ParseField> {
        let start = self.cursor.at();
        let number = self.parse_target()?;
        let mut field = ParseField {
            number,
            length: 0,
            absolute: None,
            add: 0,
            starts: Vec::new(),
            ends: Vec::new(),
            pair: Pairing::None,
            repeat: 1,
            span: self.cursor.span_from(start),
        };
        self.cursor.equals()?;
        self.cursor.open()?;
        loop {
            self.parse_operand(&mut field)?;
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        field.span = self.cursor.span_from(start);
        self.check_parse_field(&field);
        if let Some(first) = number {
            for index in 0..field.repeat.min(NUMBER_MAX + 1) {
                let number = u32::from(first) + index;
                self.parsed.insert(u16::try_from(number).unwrap_or(u16::MAX), field.length);
            }
        }
        Ok(field)
    }

    /// `%nn` or `%`, or a symbol for a parsed field.
    fn parse_target(&mut self) -> Result<Option<u16>> {
        use crate::control::deck::Symbol;
        if let Some(Symbol::Parsed { number, .. }) = self.cursor.peek_symbol() {
            self.cursor.symbol();
            return Ok(Some(*number));
        }
        if self.cursor.ahead().starts_with("%=") {
            self.cursor.skip(1);
            return Ok(None);
        }
        self.cursor.parsed_number().map(Some)
    }

    fn parse_operand(&mut self, field: &mut ParseField) -> Result<()> {
        let word = self.cursor.word()?;
        self.cursor.expect('=')?;
        let signed = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        match word.text.as_str() {
            "FIXLEN" => field.length = self.cursor.small("a length", 1..=POSITION_MAX)?,
            "ABSPOS" => field.absolute = Some(self.cursor.small("a position", 1..=POSITION_MAX)?),
            "ADDPOS" => field.add = signed(self.cursor.small("a number of bytes", 1..=POSITION_MAX)?),
            "SUBPOS" => field.add = -signed(self.cursor.small("a number of bytes", 1..=POSITION_MAX)?),
            "STARTAFT" => {
                let start = self.start("BLANKS", ParseStart::AfterBlanks, ParseStart::After)?;
                field.starts.push(start);
            }
            "STARTAT" if self.cursor.eat_word("NONBLANK") => field.starts.push(ParseStart::AtNonBlank),
            "STARTAT" => {
                let start = self.start("BLANKS", ParseStart::AtBlanks, ParseStart::At)?;
                field.starts.push(start);
            }
            "STARTNOT" => {
                self.choice(&[("BLANKS", ()), ("BLANK", ())])?;
                field.starts.push(ParseStart::AtNonBlank);
            }
            "ENDBEFR" => {
                let end = self.start("BLANKS", ParseEnd::BeforeBlanks, ParseEnd::Before)?;
                field.ends.push(end);
            }
            "ENDAT" => {
                let end = self.start("BLANKS", ParseEnd::AtBlanks, ParseEnd::At)?;
                field.ends.push(end);
            }
            "PAIR" => field.pair = self.pairing()?,
            "REPEAT" => field.repeat = self.cursor.small("a number of fields", 1..=NUMBER_MAX + 1)?,
            _ => return Err(self.unknown(&word, "a parsed field", self.operand, OPERANDS)),
        }
        Ok(())
    }

    /// A word, or a constant.
    fn start<T>(&mut self, word: &str, blanks: T, text: impl Fn(Vec<u8>) -> T) -> Result<T> {
        if self.cursor.peek_symbol().is_none() && self.cursor.eat_word(word) {
            return Ok(blanks);
        }
        self.some_bytes("text to find").map(text)
    }

    fn check_parse_field(&mut self, field: &ParseField) {
        let first = field.number.map_or(0, u32::from);
        let problem = if field.number.is_some() && field.length == 0 {
            "a parsed field needs its length, FIXLEN"
        } else if field.absolute.is_some() && field.add != 0 {
            "ABSPOS excludes ADDPOS and SUBPOS"
        } else if field.number.is_some() && first + field.repeat > NUMBER_MAX + 1 {
            "REPEAT counts beyond %999"
        } else {
            return;
        };
        self.problem(codes::CTL009, self.conflict, &field.span.clone(), problem, "not complete");
    }
}
