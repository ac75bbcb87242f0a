//! Words, literals and periods of a copybook.

use super::card::CleanText;
use crate::diag::{Diagnostic, Diagnostics, Span, codes};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A word, number or PICTURE string, in upper case.
    Word(String),
    /// A literal in quotes.
    Text(String),
    /// `X'..'`.
    Hex(Vec<u8>),
    /// The period that ends an entry.
    Period,
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
    /// True for the first token of a line: where a missing period is noticed.
    pub begins_line: bool,
}

impl Token {
    /// The word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// Cuts clean text into tokens.
pub(super) fn tokens(text: &CleanText, found: &mut Diagnostics) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, found, tokens: Vec::new(), line: 0 };
    while lexer.at < text.characters.len() {
        lexer.token();
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a CleanText,
    at: usize,
    found: &'a mut Diagnostics,
    tokens: Vec<Token>,
    /// Index of the next line start.
    line: usize,
}

impl Lexer<'_> {
    fn token(&mut self) {
        let start = self.at;
        match self.text.characters[start] {
            c if c.is_whitespace() => self.at += 1,
            ',' | ';' => self.at += 1,
            '.' if self.ends_word(start + 1) => {
                self.at += 1;
                self.push(Kind::Period, start);
            }
            '\'' | '"' => {
                if let Some(value) = self.quoted(start) {
                    self.push(Kind::Text(value), start);
                }
            }
            'X' | 'x' if self.quote_at(start + 1) => {
                self.at += 1;
                if let Some(digits) = self.quoted(start) {
                    self.hex(start, &digits);
                }
            }
            _ => self.word(start),
        }
    }

    /// A word runs to the next blank or quote; a period, comma or semicolon before a blank is not part of it.
    fn word(&mut self, start: usize) {
        let characters = &self.text.characters;
        let mut end = start;
        while characters.get(end).is_some_and(|c| !c.is_whitespace() && *c != '\'' && *c != '"') {
            if matches!(characters[end], '.' | ',' | ';') && self.ends_word(end + 1) {
                break;
            }
            end += 1;
        }
        self.at = end.max(start + 1);
        let word: String = characters[start..self.at].iter().collect::<String>().to_ascii_uppercase();
        if let Some(bad) = word.chars().find(|c| c.is_control() || *c == '\u{FFFD}') {
            let span = self.text.span(start, self.at);
            self.found.push(
                Diagnostic::error(
                    codes::CPY001,
                    format!("the character '{}' does not belong here", bad.escape_default()),
                )
                .at(&span, "")
                .hint("check that the file is text: an EBCDIC member must be translated first"),
            );
            return;
        }
        self.push(Kind::Word(word), start);
    }

    fn hex(&mut self, start: usize, digits: &str) {
        let pairs = digits.len() % 2 == 0 && digits.is_ascii();
        let bytes: Option<Vec<u8>> = pairs
            .then(|| {
                (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).ok()).collect()
            })
            .flatten();
        match bytes {
            Some(bytes) => self.push(Kind::Hex(bytes), start),
            None => self.found.push(
                Diagnostic::error(codes::CPY002, "a hexadecimal literal is pairs of digits 0-9 and A-F")
                    .at(&self.text.span(start, self.at), "")
                    .hint("write, for example, X'00FF'"),
            ),
        }
    }

    /// A literal whose quote stands at the current place; a doubled quote stands for one.
    fn quoted(&mut self, start: usize) -> Option<String> {
        let quote = self.text.characters[self.at];
        let mut value = String::new();
        let mut at = self.at + 1;
        while let Some(&character) = self.text.characters.get(at) {
            if character != quote {
                value.push(character);
            } else if self.text.characters.get(at + 1) == Some(&quote) {
                value.push(quote);
                at += 1;
            } else {
                self.at = at + 1;
                return Some(value);
            }
            at += 1;
        }
        // What follows is inside the literal; going on behind the quote finds more errors than giving up.
        self.at += 1;
        self.found.push(
            Diagnostic::error(codes::CPY002, "the literal does not end")
                .at(&self.text.span(start, self.at), "begins here")
                .hint(format!(
                    "add a closing {quote}; a literal that runs on needs - in column 7 of the next line"
                )),
        );
        None
    }

    fn quote_at(&self, at: usize) -> bool {
        matches!(self.text.characters.get(at), Some('\'' | '"'))
    }

    fn ends_word(&self, at: usize) -> bool {
        self.text.characters.get(at).is_none_or(|c| c.is_whitespace())
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let mut begins_line = false;
        while self.text.line_starts.get(self.line).is_some_and(|line| *line as usize <= start) {
            begins_line = true;
            self.line += 1;
        }
        self.tokens.push(Token { kind, span: self.text.span(start, self.at), begins_line });
    }
}
