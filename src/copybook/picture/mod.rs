//! PICTURE character-strings (Language Reference, "PICTURE clause").

mod edited;

use std::sync::Arc;

use super::CopybookOptions;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::edited::{EditMask, FloatMask, TextCell, TextMask};

/// Longest character-string as written.
const MAX_WRITTEN: usize = 50;
/// Largest repeat count; a record cannot be longer.
const MAX_REPEAT: u64 = 2_147_483_647;

/// What a PICTURE describes, USAGE and SIGN left aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// So many characters.
    Text(u64),
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
    /// A numeric-edited number; length, digits, scale and sign are the mask's.
    Edited(Arc<EditMask>),
    /// External floating point.
    ExternalFloat(FloatMask),
    /// Characters with insertions.
    TextEdited(Arc<TextMask>),
    /// So many national characters.
    National(u64),
    /// National characters with insertions.
    NationalEdited(Arc<TextMask>),
    /// So many DBCS characters.
    Dbcs(u64),
    /// So many UTF-8 characters.
    Utf8(u64),
}

/// A run of one symbol; `CR` and `DB` are the symbols `C` and `D`.
#[derive(Clone, Copy, Debug)]
struct Run {
    symbol: char,
    count: u64,
    at: usize,
}

/// Reads a character-string, in upper case.
pub(super) fn parse(text: &str, span: &Span, options: &CopybookOptions) -> Result<Picture> {
    let reader = Reader { text, span, options };
    if text.chars().count() > MAX_WRITTEN {
        return Err(reader
            .error(0, text.len(), format!("a PICTURE takes at most {MAX_WRITTEN} characters"))
            .hint("write repeated symbols with a count, such as X(80)"));
    }
    let runs = reader.runs()?;
    let has = |symbols: &str| runs.iter().any(|run| symbols.contains(run.symbol));
    match () {
        _ if has("N") => reader.national(&runs),
        _ if has("GU") => reader.wide(&runs),
        _ if has("XA") => reader.text_picture(&runs),
        _ if has("E") => edited::floating(&reader, &runs).map(Picture::ExternalFloat),
        _ if runs.iter().any(|run| !"9SVP".contains(run.symbol)) => {
            edited::number(&reader, &runs).map(|mask| Picture::Edited(Arc::new(mask)))
        }
        () => reader.number(&runs),
    }
}

struct Reader<'a> {
    text: &'a str,
    span: &'a Span,
    options: &'a CopybookOptions,
}

impl Reader<'_> {
    /// Points at a part of the string; at all of it if it was continued over lines.
    fn error(&self, at: usize, length: usize, message: impl Into<String>) -> Box<Diagnostic> {
        let whole = self.span.range().len() == self.text.len();
        let span = if whole { self.span.slice(at..at + length) } else { self.span.clone() };
        Diagnostic::error(codes::CPY009, message).at(&span, "")
    }

    /// Points at a symbol.
    fn error_at(&self, run: &Run, message: impl Into<String>) -> Box<Diagnostic> {
        let width = if matches!(run.symbol, 'C' | 'D') { 2 } else { run.symbol.len_utf8() };
        self.error(run.at, width, message)
    }

    fn runs(&self) -> Result<Vec<Run>> {
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while let Some(first) = self.text[at..].chars().next() {
            let width = self.symbol_width(first, at)?;
            let (count, next) = self.count(at + width)?;
            match runs.last_mut().filter(|run| run.symbol == first) {
                Some(run) => run.count += count,
                None => runs.push(Run { symbol: first, count, at }),
            }
            at = next;
        }
        Ok(runs)
    }

    /// Bytes of a symbol that there is.
    fn symbol_width(&self, symbol: char, at: usize) -> Result<usize> {
        let rest = &self.text[at..];
        let problem = match symbol {
            _ if self.currency(symbol).is_some() => return Ok(symbol.len_utf8()),
            'C' | 'D' if rest.starts_with("CR") || rest.starts_with("DB") => return Ok(2),
            'X' | 'A' | '9' | 'S' | 'V' | 'P' | 'N' | 'G' | 'U' | 'E' => return Ok(1),
            'Z' | '*' | '+' | '-' | ',' | '.' | 'B' | '0' | '/' => return Ok(1),
            '(' => "a count in parentheses must follow a symbol".to_owned(),
            ')' => "this parenthesis was not opened".to_owned(),
            _ => format!("`{}` is not a PICTURE symbol", symbol.escape_default()),
        };
        let hint = "a PICTURE is made of symbols such as X, 9, S, V or Z with counts such as X(5); \
                    a currency symbol other than $ must be given as an option";
        Err(self.error(at, symbol.len_utf8(), problem).hint(hint))
    }

    /// What a currency symbol stands for.
    fn currency(&self, symbol: char) -> Option<&str> {
        let known = self.options.currency.iter().find(|one| one.symbol == symbol);
        let dollar = self.options.currency.is_empty() && symbol == '$';
        known.map(|one| one.sign.as_str()).or(dollar.then_some("$"))
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
        if let Some(run) = runs.iter().find(|run| matches!(run.symbol, 'S' | 'V' | 'P')) {
            let message = format!("`{}` is for numbers and cannot stand with X or A", run.symbol);
            return Err(self.error(run.at, 1, message).hint("use X for text or 9 for numbers"));
        }
        match self.text_mask(runs, "XA9")? {
            Some(mask) => Ok(Picture::TextEdited(Arc::new(mask))),
            None => Ok(Picture::Text(total_of(runs))),
        }
    }

    fn national(&self, runs: &[Run]) -> Result<Picture> {
        match self.text_mask(runs, "N")? {
            Some(mask) => Ok(Picture::NationalEdited(Arc::new(mask))),
            None => Ok(Picture::National(total_of(runs))),
        }
    }

    /// G with B, which is a blank of two bytes as G is, or U alone.
    fn wide(&self, runs: &[Run]) -> Result<Picture> {
        let symbol = if runs.iter().any(|run| run.symbol == 'G') { 'G' } else { 'U' };
        let fits = |run: &&Run| run.symbol == symbol || (symbol == 'G' && run.symbol == 'B');
        match runs.iter().find(|run| !fits(run)) {
            Some(run) => Err(self.foreign(run, symbol)),
            None if symbol == 'G' => Ok(Picture::Dbcs(total_of(runs))),
            None => Ok(Picture::Utf8(total_of(runs))),
        }
    }

    /// The mask of characters with insertions; `None` if there are no insertions.
    fn text_mask(&self, runs: &[Run], data: &str) -> Result<Option<TextMask>> {
        let mut cells = Vec::with_capacity(runs.len());
        let mut edited = false;
        for run in runs {
            // Counts are below 2^31 each.
            let count = usize::try_from(run.count).unwrap_or(usize::MAX);
            let insertion = match run.symbol {
                'B' => ' ',
                '0' | '/' => run.symbol,
                symbol if data.contains(symbol) => {
                    cells.push(TextCell::Data(count));
                    continue;
                }
                _ => return Err(self.foreign(run, data.chars().next().unwrap_or('X'))),
            };
            edited = true;
            cells.push(TextCell::Insert(insertion, count));
        }
        Ok(edited.then(|| TextMask::new(cells, data == "N")))
    }

    fn foreign(&self, run: &Run, with: char) -> Box<Diagnostic> {
        let symbol = match run.symbol {
            'C' => "CR".to_owned(),
            'D' => "DB".to_owned(),
            symbol => symbol.to_string(),
        };
        let hint = match with {
            'U' => "a PICTURE with U has no other symbol",
            'G' => "a PICTURE with G may have B beside it",
            'N' => "a PICTURE with N may have B, 0 and / beside it",
            _ => "a PICTURE with X or A may have 9, B, 0 and / beside it",
        };
        self.error_at(run, format!("`{symbol}` cannot stand with {with}")).hint(hint)
    }

    fn number(&self, runs: &[Run]) -> Result<Picture> {
        let signed = runs.first().is_some_and(|run| run.symbol == 'S');
        let body = if signed { &runs[1..] } else { runs };
        if let Some(run) = body.iter().find(|run| run.symbol == 'S') {
            return Err(self
                .error(run.at, 1, "`S` must be the first symbol")
                .hint("move the S to the front"));
        }
        if signed && runs[0].count > 1 {
            return Err(self.error(runs[0].at, 1, "`S` may stand only once").hint("write one S"));
        }
        let digits = total(body, '9');
        if digits == 0 {
            let message = "this PICTURE has no character position";
            return Err(self.error(0, self.text.len(), message).hint("add at least one 9 or X"));
        }
        self.check_points(body)?;
        let (scaling, scale) = self.scale(body, digits)?;
        Ok(Picture::Number { digits, scaling, scale, signed })
    }

    fn check_points(&self, body: &[Run]) -> Result<()> {
        let mut points = body.iter().filter(|run| run.symbol == 'V');
        let doubled = points.next().filter(|run| run.count > 1).or_else(|| points.next());
        match doubled {
            Some(run) => Err(self.error(run.at, 1, "`V` may stand only once").hint("keep one V")),
            None => Ok(()),
        }
    }

    /// P stands in one string at the left or the right end; a V beside it changes nothing.
    fn scale(&self, body: &[Run], digits: u64) -> Result<(u64, i64)> {
        let symbols: Vec<char> = body.iter().map(|run| run.symbol).collect();
        let scaling = total(body, 'P');
        let scale = match symbols.as_slice() {
            ['9'] | ['9', 'V'] => 0,
            ['V', '9'] => signed_count(digits),
            ['9', 'V', '9'] => signed_count(body[2].count),
            ['P', '9'] | ['V', 'P', '9'] => signed_count(digits.saturating_add(scaling)),
            ['9', 'P'] | ['9', 'P', 'V'] => -signed_count(scaling),
            _ => {
                let at = body.iter().find(|run| run.symbol == 'P').map_or(0, |run| run.at);
                let message = "`P` must stand at one end of the PICTURE, beside V only";
                return Err(self.error(at, 1, message).hint("write it like 9(3)PPP or VPP99"));
            }
        };
        Ok((scaling, scale))
    }
}

fn total(runs: &[Run], symbol: char) -> u64 {
    runs.iter().filter(|run| run.symbol == symbol).map(|run| run.count).sum()
}

/// Positions of all symbols.
fn total_of(runs: &[Run]) -> u64 {
    runs.iter().map(|run| run.count).sum()
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
        parse(text, &Span::new(&source, 0..text.len()), &CopybookOptions::default())
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
            ("N(5)", Picture::National(5)),
            ("G(5)BG", Picture::Dbcs(7)),
            ("U(5)", Picture::Utf8(5)),
            (
                "XXBX/0",
                Picture::TextEdited(Arc::new(TextMask::new(
                    vec![
                        TextCell::Data(2),
                        TextCell::Insert(' ', 1),
                        TextCell::Data(1),
                        TextCell::Insert('/', 1),
                        TextCell::Insert('0', 1),
                    ],
                    false,
                ))),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_symbol() {
        let cases = [
            ("N(5)X", 5),
            ("G(5)N", 1),
            ("G(5)9", 5),
            ("UB", 2),
            ("X(5),X", 5),
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
