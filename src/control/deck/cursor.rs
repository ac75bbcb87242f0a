//! Reading a text from left to right.

use std::ops::Range;

use super::constant::Constant;
use super::symbols::{Symbol, Symbols};
use super::text::Text;
use crate::control::message::{self, Familiar};
use crate::control::syntax::Dialect;
use crate::diag::{Code, Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;

/// What a reader of cards must know.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Code page of constants.
    pub page: CodePage,
    /// Whose spellings are accepted.
    pub dialect: Dialect,
    /// What names mean.
    pub symbols: Option<&'a Symbols>,
}

/// A keyword with its place.
#[derive(Clone, Debug)]
pub struct Word {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// The start of a field: `p`, `p,m`, `%nn`, or a symbol for any of them.
#[derive(Clone, Debug)]
pub struct Head {
    /// Where its bytes are.
    pub place: HeadPlace,
    /// The format that its symbol has.
    pub format: Option<String>,
    /// Where the cards say so.
    pub span: Span,
}

/// Where the bytes of a [`Head`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadPlace {
    /// Of the record.
    Record {
        /// First byte, from 1.
        position: u32,
        /// First bit in it, from `p.b`.
        bit: u8,
        /// Whole bytes and further bits; `None` for `p` alone.
        length: Option<(u32, u8)>,
    },
    /// Put aside by PARSE.
    Parsed(u16),
}

/// Positions and lengths that a record can have.
const POSITION_MAX: u64 = 32_767;

/// Reads a text.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a Text,
    at: usize,
    reading: Reading<'a>,
    /// What an operator knows most mistakes of this statement by.
    familiar: Familiar,
    depth: u32,
}

/// Parentheses that may be open at a time.
const DEPTH_MAX: u32 = 100;

impl<'a> Cursor<'a> {
    /// At the start of a text.
    pub fn new(text: &'a Text, reading: Reading<'a>) -> Self {
        Cursor { text, at: 0, reading, familiar: message::SYNTAX_ERROR, depth: 0 }
    }

    /// Sets the message that an operator knows most mistakes of this statement by.
    #[must_use]
    pub fn known_as(mut self, familiar: Familiar) -> Self {
        self.familiar = familiar;
        self
    }

    /// The same for what follows; returns what it was.
    pub fn set_familiar(&mut self, familiar: Familiar) -> Familiar {
        std::mem::replace(&mut self.familiar, familiar)
    }

    /// What it must know.
    pub fn reading(&self) -> Reading<'a> {
        self.reading
    }

    /// The text that is read.
    pub fn text(&self) -> &'a Text {
        self.text
    }

    /// Bytes read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes back (or forward) to a place that [`Cursor::at`] gave.
    pub fn go_to(&mut self, at: usize) {
        self.at = at.min(self.text.as_str().len());
    }

    /// What is left.
    pub fn ahead(&self) -> &'a str {
        &self.text.as_str()[self.at..]
    }

    /// True if nothing is left.
    pub fn at_end(&self) -> bool {
        self.ahead().is_empty()
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.ahead().chars().next()
    }

    /// Takes so many bytes.
    pub fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.text.as_str().len());
    }

    /// Takes blanks, which only ICETOOL statements have.
    pub fn blanks(&mut self) -> bool {
        let length = self.ahead().len() - self.ahead().trim_start_matches([' ', '\t']).len();
        self.skip(length);
        length > 0
    }

    /// Takes a character if it is the next one.
    pub fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// Takes a comma; a semicolon is one as well.
    pub fn comma(&mut self) -> bool {
        self.eat(',') || self.eat(';')
    }

    /// Takes a text if it comes next.
    pub fn eat_text(&mut self, text: &str) -> bool {
        let found = self.ahead().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes a keyword if it is the next whole word.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word_ahead() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes a character that must come.
    pub fn expect(&mut self, c: char) -> Result<()> {
        if self.eat(c) { Ok(()) } else { Err(self.expected(&format!("'{c}'"))) }
    }

    /// Takes a comma that must come.
    pub fn expect_comma(&mut self) -> Result<()> {
        if self.comma() { Ok(()) } else { Err(self.expected("a comma")) }
    }

    /// The letters and digits that come next.
    pub fn word_ahead(&self) -> &'a str {
        let rest = self.ahead();
        let length =
            rest.bytes().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, b'$' | b'#' | b'@'));
        &rest[..length.count()]
    }

    /// The name that comes next, with the characters that symbols have.
    pub fn name_ahead(&self) -> &'a str {
        let rest = self.ahead();
        &rest[..Symbols::name_length(rest)]
    }

    /// Takes a keyword or name.
    pub fn word(&mut self) -> Result<Word> {
        let word = self.word_ahead();
        if word.is_empty() {
            return Err(self.expected("a word"));
        }
        let start = self.at;
        self.skip(word.len());
        Ok(Word { text: word.to_owned(), span: self.span_from(start) })
    }

    /// Takes what stands between a keyword and its value: `=`, or nothing before a parenthesis.
    pub fn equals(&mut self) -> Result<()> {
        if self.eat('=') || self.peek() == Some('(') { Ok(()) } else { Err(self.expected("'='")) }
    }

    /// Takes `(`, and counts how many are open.
    pub fn open(&mut self) -> Result<()> {
        if self.depth >= DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} parentheses are open");
            return Err(self.wrong(self.at, message, "nested too deeply"));
        }
        self.expect('(')?;
        self.depth += 1;
        Ok(())
    }

    /// Takes `)`.
    pub fn close(&mut self) -> Result<()> {
        if !self.eat(')') {
            return Err(self.expected("',' or ')'"));
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// `(a,b,..)`: calls for each element.
    pub fn list(&mut self, mut element: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.open()?;
        loop {
            element(self)?;
            if !self.comma() {
                return self.close();
            }
        }
    }

    /// Digits as a number.
    pub fn digits(&mut self) -> Result<u64> {
        let start = self.at;
        let rest = self.ahead();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return Err(self.expected("a number"));
        }
        self.skip(length);
        rest[..length].parse().map_err(|_| self.wrong(start, "a number has too many digits", "too large"))
    }

    /// A number without sign, or a symbol for one.
    pub fn number(&mut self) -> Result<u64> {
        let start = self.at;
        if let Some((value, _)) = self.symbol_number() {
            return u64::try_from(value)
                .map_err(|_| self.wrong(start, "a number that may not be negative", "negative"));
        }
        self.eat('+');
        self.digits()
    }

    /// A number in a range; `what` names it in messages.
    pub fn number_in(&mut self, what: &str, range: std::ops::RangeInclusive<u64>) -> Result<u64> {
        let start = self.at;
        let number = self.number()?;
        if range.contains(&number) {
            return Ok(number);
        }
        let message = format!("{what} is {} to {}, not {number}", range.start(), range.end());
        Err(self.wrong(start, message, "out of range"))
    }

    /// The same, for what is at most 32 bits.
    pub fn small(&mut self, what: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32> {
        let number = self.number_in(what, u64::from(*range.start())..=u64::from(*range.end()))?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// `n`, `+n`, `-n` with up to 31 digits, or a symbol for one; and whether a sign was written.
    pub fn decimal(&mut self) -> Result<Option<(i128, bool)>> {
        if let Some(number) = self.symbol_number() {
            return Ok(Some(number));
        }
        let start = self.at;
        let rest = self.ahead();
        let signed = rest.starts_with(['+', '-']);
        let length = rest[usize::from(signed)..].bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return Ok(None);
        }
        self.skip(usize::from(signed) + length);
        let digits = rest[usize::from(signed)..usize::from(signed) + length].trim_start_matches('0');
        if digits.len() > 31 {
            return Err(self.wrong(start, "a decimal constant has up to 31 digits", "too many digits"));
        }
        let value: i128 = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(0) };
        Ok(Some((if rest.starts_with('-') { -value } else { value }, signed)))
    }

    /// The symbol that comes next, and the length of its name.
    fn symbol_ahead(&self) -> Option<(&'a Symbol, usize)> {
        let symbols = self.reading.symbols?;
        let rest = self.ahead();
        let length = Symbols::name_length(rest);
        if length == 0 || rest[length..].starts_with('\'') {
            return None;
        }
        symbols.get(&rest[..length]).map(|symbol| (symbol, length))
    }

    /// The symbol that comes next, without taking it.
    pub fn peek_symbol(&self) -> Option<&'a Symbol> {
        self.symbol_ahead().map(|(symbol, _)| symbol)
    }

    /// Takes a symbol.
    pub fn symbol(&mut self) -> Option<&'a Symbol> {
        let (symbol, length) = self.symbol_ahead()?;
        self.skip(length);
        Some(symbol)
    }

    /// Takes a symbol that stands for a constant of the kind that `choose` takes.
    pub fn symbol_constant<T>(&mut self, choose: impl Fn(&'a Constant) -> Option<T>) -> Option<T> {
        let (symbol, length) = self.symbol_ahead()?;
        let Symbol::Constant(constant) = symbol else { return None };
        let chosen = choose(constant)?;
        self.skip(length);
        Some(chosen)
    }

    /// Takes a symbol that stands for a number; and whether that has a sign.
    fn symbol_number(&mut self) -> Option<(i128, bool)> {
        self.symbol_constant(|constant| match constant {
            Constant::Number { value, signed } => Some((*value, *signed)),
            _ => None,
        })
    }

    /// `p`, `p,m`, `p.b,m.b`, `%nn` or a symbol for a field; nothing is taken if none comes.
    pub fn head(&mut self) -> Result<Option<Head>> {
        let start = self.at;
        if let Some((Symbol::Field { position, length, format }, taken)) = self.symbol_ahead() {
            self.skip(taken);
            let length = match length {
                Some(length) => Some((*length, 0)),
                None => self.length_behind_comma()?,
            };
            let place = HeadPlace::Record { position: *position, bit: 0, length };
            return Ok(Some(Head { place, format: format.clone(), span: self.span_from(start) }));
        }
        if let Some((Symbol::Parsed { number, format }, taken)) = self.symbol_ahead() {
            self.skip(taken);
            let place = HeadPlace::Parsed(*number);
            return Ok(Some(Head { place, format: format.clone(), span: self.span_from(start) }));
        }
        if let Some((Symbol::Constant(Constant::Number { value, signed: false }), taken)) =
            self.symbol_ahead()
        {
            self.skip(taken);
            let position = u32::try_from(*value).ok().filter(|p| (1..=POSITION_MAX).contains(&u64::from(*p)));
            let Some(position) = position else {
                return Err(self.wrong(
                    start,
                    "a symbol that stands for no position of a record",
                    "no field",
                ));
            };
            let place = HeadPlace::Record { position, bit: 0, length: self.length_behind_comma()? };
            return Ok(Some(Head { place, format: None, span: self.span_from(start) }));
        }
        if self.peek() == Some('%') {
            let number = self.parsed_number()?;
            return Ok(Some(Head {
                place: HeadPlace::Parsed(number),
                format: None,
                span: self.span_from(start),
            }));
        }
        if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Ok(None);
        }
        let position = self.position()?;
        let bit = self.bit()?.unwrap_or(0);
        let length = self.length_behind_comma()?;
        let place = HeadPlace::Record { position, bit, length };
        Ok(Some(Head { place, format: None, span: self.span_from(start) }))
    }

    /// `%nn`.
    pub fn parsed_number(&mut self) -> Result<u16> {
        let start = self.at;
        self.expect('%')?;
        let length = self.ahead().bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 || length > 3 {
            return Err(self.wrong(start, "a parsed field is named %0 to %999", "not a parsed field"));
        }
        Ok(u16::try_from(self.digits()?).unwrap_or(0))
    }

    /// What wrong positions and lengths are known as: fields of conditions and items have messages of their own.
    fn of_numbers(&self) -> Familiar {
        match self.familiar {
            message::COMPARISON_FIELD | message::REFORMATTING_FIELD => self.familiar,
            _ => message::DISPLACEMENT,
        }
    }

    /// A position in a record, from 1.
    pub fn position(&mut self) -> Result<u32> {
        let familiar = self.set_familiar(self.of_numbers());
        let start = self.at;
        let position = self.digits();
        let result = position.and_then(|position| match u32::try_from(position) {
            Ok(place) if (1..=POSITION_MAX).contains(&position) => Ok(place),
            _ => Err(self.wrong(
                start,
                format!("a position is 1 to {POSITION_MAX}"),
                "no position of a record",
            )),
        });
        self.familiar = familiar;
        result
    }

    /// `.b` of a position or length.
    fn bit(&mut self) -> Result<Option<u8>> {
        if !self.eat('.') {
            return Ok(None);
        }
        let start = self.at;
        match self.digits()? {
            bit @ 0..=7 => Ok(u8::try_from(bit).ok()),
            _ => Err(self.wrong(start, "bits of a byte are numbered 0 to 7", "no such bit")),
        }
    }

    /// `,m` if it comes; what follows decides, since a number can begin an item of its own.
    fn length_behind_comma(&mut self) -> Result<Option<(u32, u8)>> {
        let rest = self.ahead();
        let Some(rest) = rest.strip_prefix([',', ';']) else { return Ok(None) };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let behind = rest[digits..].chars().next();
        if digits == 0 || !matches!(behind, None | Some(',' | ';' | ')' | '.' | ' ')) {
            return Ok(None);
        }
        self.skip(1);
        let familiar = self.set_familiar(self.of_numbers());
        let start = self.at;
        let length = self.digits()?;
        let bits = self.bit()?.unwrap_or(0);
        let length = match u32::try_from(length) {
            Ok(bytes) if length <= POSITION_MAX && (length > 0 || bits > 0) => bytes,
            _ => {
                return Err(self.wrong(
                    start,
                    format!("a length is 1 to {POSITION_MAX}"),
                    "no length of a field",
                ));
            }
        };
        self.familiar = familiar;
        Ok(Some((length, bits)))
    }

    /// Where a stretch came from.
    pub fn span(&self, range: Range<usize>) -> Span {
        self.text.span(range)
    }

    /// From a place that was read to here.
    pub fn span_from(&self, start: usize) -> Span {
        self.text.span(start..self.at)
    }

    /// An error at what was read since `start` (or at what comes, if nothing was).
    pub fn wrong(&self, start: usize, message: impl Into<String>, label: &str) -> Box<Diagnostic> {
        self.wrong_code(codes::CTL005, start, message, label)
    }

    /// The same with a code of its own.
    pub fn wrong_code(
        &self,
        code: Code,
        start: usize,
        message: impl Into<String>,
        label: &str,
    ) -> Box<Diagnostic> {
        message::error(code, self.familiar, message).at(&self.stretch(start), label)
    }

    /// An error with a familiar message of its own.
    pub fn known_error(
        &self,
        start: usize,
        code: Code,
        familiar: Familiar,
        message: impl Into<String>,
        label: &str,
    ) -> Box<Diagnostic> {
        message::error(code, familiar, message).at(&self.stretch(start), label)
    }

    /// An error at what comes: something else was expected.
    pub fn expected(&self, what: &str) -> Box<Diagnostic> {
        let (found, label) = match self.peek() {
            None => ("the end of the statement".to_owned(), format!("{what} is missing")),
            Some(_) => {
                let found: String = self.found().escape_debug().collect();
                (format!("'{found}'"), format!("expected {what}"))
            }
        };
        // A word of another kind is a mistake of its statement; what is missing or is punctuation, of the syntax.
        let word = !self.word_ahead().is_empty();
        let familiar = if word { self.familiar } else { message::SYNTAX_ERROR };
        message::error(codes::CTL004, familiar, format!("{what} was expected, not {found}"))
            .at(&self.stretch(self.at), label)
    }

    /// What comes next, as messages show it.
    fn found(&self) -> &'a str {
        let word = self.word_ahead();
        let rest = self.ahead();
        if !word.is_empty() {
            return &word[..word.len().min(30)];
        }
        &rest[..rest.chars().next().map_or(0, char::len_utf8)]
    }

    fn stretch(&self, start: usize) -> Span {
        let end = if self.at > start { self.at } else { start + self.found().len().max(1) };
        self.text.span(start..end)
    }
}
