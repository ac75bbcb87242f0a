//! Words, numbers, literals and signs of an expression.

use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes, from_hex};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A COBOL word in upper case. `NAME.sum`, the form of control totals, is one word.
    Word(String),
    Number(Decimal),
    Text(String),
    Hex(Vec<u8>),
    Symbol(&'static str),
    End,
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 14] = ["**", "<=", ">=", "<>", "=", "<", ">", "(", ")", "+", "-", "*", "/", ":"];

/// Cuts the text of a span into tokens; the last one is [`Kind::End`].
pub(super) fn tokens(text: &Span) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let source = text.text();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let Some(first) = rest.chars().next() else { break };
        if first.is_whitespace() || first == ',' || first == ';' {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(text, at, rest, first)?;
        tokens.push(Token { kind, span: text.slice(at..at + length) });
        at += length;
    }
    tokens.push(Token { kind: Kind::End, span: text.slice(source.len()..source.len()) });
    Ok(tokens)
}

fn token(text: &Span, at: usize, rest: &str, first: char) -> Result<(Kind, usize)> {
    if first == '\'' || first == '"' {
        let (value, length) = quoted(text, at, rest)?;
        return Ok((Kind::Text(value), length));
    }
    if (first == 'X' || first == 'x') && rest[1..].starts_with(['\'', '"']) {
        let (value, length) = quoted(text, at + 1, &rest[1..])?;
        return Ok((Kind::Hex(hex_bytes(text, at, &value, length + 1)?), length + 1));
    }
    if first.is_ascii_alphanumeric() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
    {
        let length = word_length(rest);
        let word = &rest[..length];
        if let Ok(number) = word.parse::<Decimal>() {
            return Ok((Kind::Number(number), length));
        }
        return Ok((Kind::Word(word.to_ascii_uppercase()), length));
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((Kind::Symbol(symbol), symbol.len())),
        None => {
            Err(Diagnostic::error(codes::EXP001, format!("'{}' has no meaning here", first.escape_default()))
                .at(&text.slice(at..at + first.len_utf8()), "unexpected character")
                .hint("texts stand in quotes; words consist of letters, digits and hyphens"))
        }
    }
}

/// Letters, digits, inner hyphens and underscores; a period only between two such characters.
fn word_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let inner_period = *byte == b'.' && bytes.get(length + 1).is_some_and(u8::is_ascii_alphanumeric);
        if !is_word(byte) && !inner_period {
            break;
        }
        length += 1;
    }
    rest[..length].trim_end_matches('-').len().max(1)
}

/// A quoted literal and its length with the quotes; a doubled quote stands for one.
fn quoted(text: &Span, at: usize, rest: &str) -> Result<(String, usize)> {
    let quote = rest.chars().next().unwrap_or('\'');
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character != quote {
            value.push(character);
        } else if characters.peek().is_some_and(|(_, next)| *next == quote) {
            value.push(quote);
            characters.next();
        } else {
            return Ok((value, index + 1));
        }
    }
    Err(Diagnostic::error(codes::EXP001, "a literal does not end")
        .at(&text.slice(at..at + rest.len()), "starts here")
        .hint(format!("add a closing {quote}")))
}

fn hex_bytes(text: &Span, at: usize, digits: &str, length: usize) -> Result<Vec<u8>> {
    let bad = || {
        Diagnostic::error(codes::EXP006, "a hexadecimal literal is pairs of digits 0-9 and A-F")
            .at(&text.slice(at..at + length), "not hexadecimal")
            .hint("write, for example, X'00FF'")
    };
    from_hex(digits).ok_or_else(bad)
}
