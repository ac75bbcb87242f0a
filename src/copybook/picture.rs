//! The PICTURE character-string (Language Reference, "PICTURE clause").

use crate::diag::{Diagnostic, Result, Span, codes};

/// What a PICTURE describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// X, A, or a mixture: so many characters.
    Text { length: usize },
    /// 9, S, V, P.
    Number { digits: u8, scale: i8, signed: bool },
}

/// Most characters of a PICTURE as written.
const WRITTEN_MAX: usize = 50;
/// Most digits (ARITH(EXTEND)).
const DIGITS_MAX: u64 = 31;
/// Longest text item; the record limit is checked later.
const TEXT_MAX: u64 = i32::MAX as u64;

/// Reads a PICTURE in upper case.
pub(super) fn parse(text: &str, span: &Span) -> Result<Picture> {
    if text.chars().count() > WRITTEN_MAX {
        return refuse(
            span,
            0..text.len(),
            format!("the PICTURE is longer than {WRITTEN_MAX} characters"),
            "use repeat counts: X(20)",
        );
    }
    let symbols = symbols(text, span)?;
    if symbols.iter().any(|symbol| matches!(symbol.symbol, 'X' | 'A')) {
        return text_picture(&symbols, span);
    }
    number_picture(&symbols, span)
}

/// A symbol, how often it stands, and where.
struct Symbol {
    symbol: char,
    count: u64,
    place: std::ops::Range<usize>,
}

fn symbols(text: &str, span: &Span) -> Result<Vec<Symbol>> {
    let bytes = text.as_bytes();
    let mut symbols = Vec::new();
    let mut at = 0;
    while let Some(symbol) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        at += symbol.len_utf8();
        let mut count = 1;
        if bytes.get(at) == Some(&b'(') {
            let close = text[at..].find(')').map(|length| at + length);
            let digits = close.map(|close| &text[at + 1..close]).unwrap_or_default();
            let Some(number) = digits.parse::<u64>().ok().filter(|n| (1..=TEXT_MAX).contains(n)) else {
                let end = close.map_or(text.len(), |close| close + 1);
                return refuse(
                    span,
                    at..end,
                    "a repeat count is a number from 1 in parentheses".to_owned(),
                    "write, for example, X(20)",
                );
            };
            count = number;
            at = close.map_or(text.len(), |close| close + 1);
        }
        match symbol {
            'X' | 'A' | '9' | 'S' | 'V' | 'P' => symbols.push(Symbol { symbol, count, place: start..at }),
            'Z' | '*' | '+' | '-' | 'C' | 'D' | 'R' | '$' | ',' | '.' | '/' | 'B' | '0' => {
                let message = format!("the editing symbol {symbol} is not supported in a PICTURE yet");
                return refuse(span, start..at, message, "describe the field as PIC X of the same length");
            }
            'N' | 'G' | 'U' | 'E' => {
                let message = format!(
                    "the symbol {symbol} (national, DBCS, UTF-8 or floating) is not supported in a PICTURE yet"
                );
                return refuse(
                    span,
                    start..at,
                    message,
                    "describe the field as PIC X of the same length in bytes",
                );
            }
            other => {
                let message = format!("'{other}' is not a PICTURE symbol");
                return refuse(
                    span,
                    start..at,
                    message,
                    "a PICTURE consists of X A 9 S V P and repeat counts",
                );
            }
        }
    }
    if symbols.is_empty() {
        return refuse(
            span,
            0..text.len(),
            "the PICTURE is empty".to_owned(),
            "write, for example, PIC X(20)",
        );
    }
    Ok(symbols)
}

fn text_picture(symbols: &[Symbol], span: &Span) -> Result<Picture> {
    if let Some(wrong) = symbols.iter().find(|symbol| !matches!(symbol.symbol, 'X' | 'A' | '9')) {
        let message = format!("{} cannot stand together with X or A", wrong.symbol);
        return refuse(span, wrong.place.clone(), message, "a PICTURE describes either text or a number");
    }
    match symbols.iter().try_fold(0u64, |sum, symbol| sum.checked_add(symbol.count)) {
        Some(length) if length <= TEXT_MAX => Ok(Picture::Text { length: length as usize }),
        _ => refuse(span, 0..span.text().len(), "the item is too long".to_owned(), "split it"),
    }
}

fn number_picture(symbols: &[Symbol], span: &Span) -> Result<Picture> {
    let (mut digits, mut decimals, mut left_p, mut right_p) = (0u64, 0u64, 0u64, 0u64);
    let (mut signed, mut point) = (false, false);
    for (index, Symbol { symbol, count, place }) in symbols.iter().enumerate() {
        let wrong = |message: &str, hint: &str| refuse(span, place.clone(), message.to_owned(), hint);
        match symbol {
            'S' if index > 0 || *count > 1 => {
                return wrong("S stands once, at the beginning", "write, for example, S9(5)");
            }
            'S' => signed = true,
            'V' if point || *count > 1 => return wrong("a PICTURE has one decimal point", "remove one V"),
            'V' => point = true,
            '9' if right_p > 0 => {
                return wrong("digits cannot stand behind P", "P stands at one end of the digits");
            }
            '9' => {
                digits = digits.saturating_add(*count);
                decimals = decimals.saturating_add(if point || left_p > 0 { *count } else { 0 });
            }
            _ if digits == 0 => left_p = left_p.saturating_add(*count),
            _ if point && decimals > 0 => {
                return wrong("P cannot stand behind decimals", "P stands at one end of the digits");
            }
            _ => right_p = right_p.saturating_add(*count),
        }
    }
    let whole = 0..span.text().len();
    if digits == 0 {
        return refuse(span, whole, "the PICTURE has no digit".to_owned(), "add at least one 9");
    }
    if digits > DIGITS_MAX || left_p + right_p > DIGITS_MAX {
        let error = Diagnostic::error(
            codes::CPY012,
            format!("the PICTURE has {digits} digits, at most {DIGITS_MAX} are possible"),
        );
        return Err(error.at(span, "").hint("a number has up to 31 digits (ARITH(EXTEND)), P not counted"));
    }
    let scale = if right_p > 0 { -(right_p as i8) } else { (decimals + left_p) as i8 };
    Ok(Picture::Number { digits: digits as u8, scale, signed })
}

fn refuse<T>(span: &Span, place: std::ops::Range<usize>, message: String, hint: &str) -> Result<T> {
    Err(Diagnostic::error(codes::CPY009, message).at(&span.slice(place), "").hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    fn read(text: &str) -> Result<Picture> {
        let source = Source::new("p", text);
        parse(text, &Span::new(&source, 0..text.len()))
    }

    #[test]
    fn known_pictures() {
        let number = |digits, scale, signed| Picture::Number { digits, scale, signed };
        for (text, expected) in [
            ("X", Picture::Text { length: 1 }),
            ("X(20)", Picture::Text { length: 20 }),
            ("XXA(3)9", Picture::Text { length: 6 }),
            ("9(5)", number(5, 0, false)),
            ("S9(5)V99", number(7, 2, true)),
            ("99V9(2)", number(4, 2, false)),
            ("SV9", number(1, 1, true)),
            ("9(3)PPP", number(3, -3, false)),
            ("S9(3)P(2)V", number(3, -2, true)),
            ("VPP99", number(2, 4, false)),
            ("PP99", number(2, 4, false)),
            ("9V", number(1, 0, false)),
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_point_at_the_symbol() {
        for (text, column, words) in [
            ("9(5", 2, "repeat count"),
            ("9()", 2, "repeat count"),
            ("9(0)", 2, "repeat count"),
            ("9(99999999999999999999)", 2, "repeat count"),
            ("9S", 2, "S stands once"),
            ("9V9V9", 4, "one decimal point"),
            ("9P9", 3, "behind P"),
            ("9V9P", 4, "behind decimals"),
            ("XV9", 2, "cannot stand together"),
            ("ZZ9.99", 1, "editing symbol"),
            ("N(5)", 1, "not supported"),
            ("Q", 1, "not a PICTURE symbol"),
            ("9(32)", 1, "at most 31"),
            ("SV", 1, "no digit"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(words), "{text}: {}", error.message);
            let crate::diag::Place::Text { span, .. } = &error.place else { panic!("{text}: no place") };
            assert_eq!(span.position(), (1, column), "{text}");
        }
        assert!(read(&"X".repeat(51)).is_err());
    }
}
