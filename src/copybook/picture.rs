//! PICTURE character-strings of text and numbers.

use crate::diag::{Diagnostic, Result, Span, codes};

/// Longest character-string as written.
const MAX_WRITTEN: usize = 50;
/// Largest repeat count; a record cannot be longer.
const MAX_REPEAT: u64 = 2_147_483_647;

/// What a PICTURE describes, USAGE and SIGN left aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// So many characters.
    Text(u64),
    /// So many national characters.
    National(u64),
    /// So many double-byte characters.
    Dbcs(u64),
    /// So many UTF-8 characters.
    Utf8(u64),
    /// A number.
    Number {
        /// Digit positions without P.
        digits: u64,
        /// P positions.
        scaling: u64,
        /// Decimals; negative for P on the right.
        scale: i64,
        /// S is there.
        signed: bool,
    },
}

/// A run of one symbol.
#[derive(Clone, Copy, Debug)]
struct Run {
    symbol: u8,
    count: u64,
    at: usize,
}

/// Reads a character-string, in upper case.
pub(super) fn parse(text: &str, span: &Span) -> Result<Picture> {
    let reader = Reader { text, span };
    if text.chars().count() > MAX_WRITTEN {
        return Err(reader
            .error(0, text.len(), format!("a PICTURE takes at most {MAX_WRITTEN} characters"))
            .hint("write repeated symbols with a count, such as X(80)"));
    }
    let runs = reader.runs()?;
    if runs.iter().any(|run| matches!(run.symbol, b'X' | b'A')) {
        return reader.text_picture(&runs);
    }
    let wide =
        [(b'N', Picture::National as fn(u64) -> Picture), (b'G', Picture::Dbcs), (b'U', Picture::Utf8)];
    for (symbol, picture) in wide {
        if let Some(at) = runs.iter().position(|run| run.symbol == symbol) {
            return reader.only(&runs, at).map(picture);
        }
    }
    reader.number(&runs)
}

struct Reader<'a> {
    text: &'a str,
    span: &'a Span,
}

impl Reader<'_> {
    /// Points at a part of the string; at all of it if it was continued over lines.
    fn error(&self, at: usize, length: usize, message: impl Into<String>) -> Box<Diagnostic> {
        let whole = self.span.range().len() == self.text.len();
        let span = if whole { self.span.slice(at..at + length) } else { self.span.clone() };
        Diagnostic::error(codes::CPY009, message).at(&span, "")
    }

    fn runs(&self) -> Result<Vec<Run>> {
        let bytes = self.text.as_bytes();
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while let Some(&symbol) = bytes.get(at) {
            self.check_symbol(symbol, at)?;
            let (count, next) = self.count(at + 1)?;
            match runs.last_mut().filter(|run| run.symbol == symbol) {
                Some(run) => run.count += count,
                None => runs.push(Run { symbol, count, at }),
            }
            at = next;
        }
        Ok(runs)
    }

    fn check_symbol(&self, symbol: u8, at: usize) -> Result<()> {
        let rest = &self.text[at..];
        let problem = match symbol {
            b'X' | b'A' | b'9' | b'S' | b'V' | b'P' | b'N' | b'G' | b'U' => return Ok(()),
            _ if rest.starts_with("CR") || rest.starts_with("DB") => return Err(self.edited(at, 2)),
            b'Z' | b'*' | b'+' | b'-' | b'$' | b',' | b'.' | b'B' | b'0' | b'/' | b'E' => {
                return Err(self.edited(at, 1));
            }
            b'(' => "a count in parentheses must follow a symbol".to_owned(),
            b')' => "this parenthesis was not opened".to_owned(),
            _ => {
                let c = rest.chars().next().unwrap_or(' ');
                format!("`{}` is not a PICTURE symbol", c.escape_default())
            }
        };
        let width = rest.chars().next().map_or(1, char::len_utf8);
        Err(self
            .error(at, width, problem)
            .hint("a PICTURE is made of X, A, N, G, U, 9, S, V and P with counts such as X(5)"))
    }

    fn edited(&self, at: usize, length: usize) -> Box<Diagnostic> {
        let symbol = &self.text[at..at + length];
        self.error(at, length, format!("`{symbol}` makes this an edited PICTURE, which is not supported"))
            .hint("describe the bytes as PIC X of the same length")
    }

    /// The positions of a picture that has one symbol only.
    fn only(&self, runs: &[Run], at: usize) -> Result<u64> {
        let symbol = runs[at].symbol;
        match runs.iter().find(|run| run.symbol != symbol) {
            Some(other) => {
                let (symbol, other_symbol) = (char::from(symbol), char::from(other.symbol));
                let message = format!("`{other_symbol}` cannot stand with `{symbol}`");
                Err(self.error(other.at, 1, message).hint("make the PICTURE of one of them only"))
            }
            None => Ok(total(runs, symbol)),
        }
    }

    /// The count after a symbol and where it ends.
    fn count(&self, open: usize) -> Result<(u64, usize)> {
        let Some(inside) = self.text.get(open..).and_then(|rest| rest.strip_prefix('(')) else {
            return Ok((1, open));
        };
        let hint = "write the count as a whole number, such as X(5)";
        let Some(length) = inside.find(')') else {
            return Err(self.error(open, 1, "this parenthesis is not closed").hint(hint));
        };
        let digits = &inside[..length];
        let count =
            if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse::<u64>().ok() } else { None };
        match count {
            Some(count @ 1..=MAX_REPEAT) => Ok((count, open + length + 2)),
            _ => {
                let message = format!("`({digits})` is not a count from 1 to {MAX_REPEAT}");
                Err(self.error(open, length + 2, message).hint(hint))
            }
        }
    }

    fn text_picture(&self, runs: &[Run]) -> Result<Picture> {
        if let Some(run) =
            runs.iter().find(|run| matches!(run.symbol, b'S' | b'V' | b'P' | b'N' | b'G' | b'U'))
        {
            let symbol = char::from(run.symbol);
            let message = format!("`{symbol}` cannot stand with X or A");
            return Err(self.error(run.at, 1, message).hint("use X for text or 9 for numbers"));
        }
        Ok(Picture::Text(runs.iter().map(|run| run.count).sum()))
    }

    fn number(&self, runs: &[Run]) -> Result<Picture> {
        let signed = runs.first().is_some_and(|run| run.symbol == b'S');
        let body = if signed { &runs[1..] } else { runs };
        if let Some(run) = body.iter().find(|run| run.symbol == b'S') {
            return Err(self
                .error(run.at, 1, "`S` must be the first symbol")
                .hint("move the S to the front"));
        }
        if signed && runs[0].count > 1 {
            return Err(self.error(runs[0].at, 1, "`S` may stand only once").hint("write one S"));
        }
        let digits = total(body, b'9');
        if digits == 0 {
            let message = "this PICTURE has no character position";
            return Err(self.error(0, self.text.len(), message).hint("add at least one 9 or X"));
        }
        self.check_points(body)?;
        let (scaling, scale) = self.scale(body, digits)?;
        Ok(Picture::Number { digits, scaling, scale, signed })
    }

    fn check_points(&self, body: &[Run]) -> Result<()> {
        let mut points = body.iter().filter(|run| run.symbol == b'V');
        let doubled = points.next().filter(|run| run.count > 1).or_else(|| points.next());
        match doubled {
            Some(run) => Err(self.error(run.at, 1, "`V` may stand only once").hint("keep one V")),
            None => Ok(()),
        }
    }

    /// P stands in one string at the left or the right end; a V beside it changes nothing.
    fn scale(&self, body: &[Run], digits: u64) -> Result<(u64, i64)> {
        let symbols: Vec<u8> = body.iter().map(|run| run.symbol).collect();
        let scaling = total(body, b'P');
        let scale = match symbols.as_slice() {
            [b'9'] | [b'9', b'V'] => 0,
            [b'V', b'9'] => signed_count(digits),
            [b'9', b'V', b'9'] => signed_count(body[2].count),
            [b'P', b'9'] | [b'V', b'P', b'9'] => signed_count(digits.saturating_add(scaling)),
            [b'9', b'P'] | [b'9', b'P', b'V'] => -signed_count(scaling),
            _ => {
                let at = body.iter().find(|run| run.symbol == b'P').map_or(0, |run| run.at);
                let message = "`P` must stand at one end of the PICTURE, beside V only";
                return Err(self.error(at, 1, message).hint("write it like 9(3)PPP or VPP99"));
            }
        };
        Ok((scaling, scale))
    }
}

fn total(runs: &[Run], symbol: u8) -> u64 {
    runs.iter().filter(|run| run.symbol == symbol).map(|run| run.count).sum()
}

fn signed_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Place, Source};

    fn read(text: &str) -> Result<Picture> {
        let source = Source::new("t", text);
        parse(text, &Span::new(&source, 0..text.len()))
    }

    #[test]
    fn sizes_and_scales() {
        let number = |digits, scaling, scale, signed| Picture::Number { digits, scaling, scale, signed };
        let cases = [
            ("X", Picture::Text(1)),
            ("X(10)XX", Picture::Text(12)),
            ("A(3)9(2)X", Picture::Text(6)),
            ("9(5)V9(2)", number(7, 0, 2, false)),
            ("S9(07)V99", number(9, 0, 2, true)),
            ("SV9(4)", number(4, 0, 4, true)),
            ("9(3)PPP", number(3, 3, -3, false)),
            ("9PV", number(1, 1, -1, false)),
            ("VPP99", number(2, 2, 4, false)),
            ("SPP99", number(2, 2, 4, true)),
            ("99V", number(2, 0, 0, false)),
            ("N(5)N", Picture::National(6)),
            ("G(3)", Picture::Dbcs(3)),
            ("UU", Picture::Utf8(2)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_symbol() {
        let cases = [
            ("ZZ9", 1),
            ("9(3).99", 5),
            ("S9(3)CR", 6),
            ("NX", 1),
            ("N9", 2),
            ("UG", 1),
            ("X(5", 2),
            ("X()", 2),
            ("X(0)", 2),
            ("9Q9", 2),
            ("(5)", 1),
            ("9S9", 2),
            ("9V9V9", 4),
            ("9P9", 2),
            ("PP", 1),
            ("XV9", 2),
            ("X(99999999999999999999)", 2),
            ("SS9", 1),
            ("P9P", 1),
            ("X)", 2),
            ("X(5é)", 2),
        ];
        for (text, column) in cases {
            let error = read(text).expect_err(text);
            let Place::Text { span, .. } = &error.place else { panic!("{text}") };
            assert_eq!((error.code, span.position().1), (codes::CPY009, column), "{text}: {}", error.message);
            assert!(error.hint.is_some());
        }
        assert!(read(&"X".repeat(50)).is_ok() && read(&"X".repeat(51)).is_err());
    }
}
