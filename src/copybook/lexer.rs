//! Clean text to words, numbers, literals, PICTURE strings and separators.

use crate::diag::{Diagnostic, Diagnostics, Span, codes};

use super::card::Glyph;
use super::texts::Texts;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name.
    Word,
    /// A numeric literal or a level number.
    Number,
    /// `'text'`.
    Text,
    /// `X'C1'`.
    Hex,
    /// A literal of a kind that is not supported (national, floating point and so on).
    Other,
    /// A PICTURE character-string.
    Picture,
    /// The separator period.
    Period,
    /// A parenthesis.
    Parenthesis,
    /// Something already complained about.
    Bad,
    /// The end of the text.
    End,
}

/// A token. Words and pictures are in upper case; literals are without their marks.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// Its place in the texts.
    pub start: usize,
    /// One past its last place.
    pub end: usize,
    /// True for the first token of a line.
    pub first: bool,
}

/// Letters that may stand before a quotation mark.
pub(super) const PREFIXES: [&str; 10] = ["X", "N", "NX", "G", "Z", "U", "UX", "B", "BX", "H"];

/// Reads tokens one by one.
pub(super) struct Lexer<'a> {
    texts: &'a Texts,
    glyphs: Vec<Glyph>,
    at: usize,
    first: bool,
    /// The next token is a PICTURE string (an IS may come before).
    picture: bool,
    /// DECIMAL-POINT IS COMMA.
    decimal_comma: bool,
    /// What was found so far, by all stages.
    pub diagnostics: Diagnostics,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(
        texts: &'a Texts,
        glyphs: Vec<Glyph>,
        decimal_comma: bool,
        diagnostics: Diagnostics,
    ) -> Self {
        Lexer { texts, glyphs, at: 0, first: true, picture: false, decimal_comma, diagnostics }
    }

    /// The stretch of source of a token.
    pub(super) fn span(&self, token: &Token) -> Span {
        self.texts.span(token.start..token.end)
    }

    /// The next token; [`Kind::End`] again and again at the end.
    pub(super) fn next(&mut self) -> Token {
        self.skip_separators();
        let begin = self.at;
        let expects_picture = std::mem::take(&mut self.picture);
        let Some(c) = self.peek(0) else { return self.token(Kind::End, String::new(), begin) };
        let token = if c == '.' && self.is_separated(1) {
            self.at += 1;
            self.token(Kind::Period, ".".into(), begin)
        } else if expects_picture {
            self.picture_string(begin)
        } else {
            match c {
                '(' | ')' => {
                    self.at += 1;
                    self.token(Kind::Parenthesis, c.into(), begin)
                }
                '\'' | '"' => self.literal(Kind::Text, begin),
                '.' if self.is_crowded() => self.crowded_period(begin),
                _ => self.run(begin),
            }
        };
        self.first = false;
        token
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.glyphs.get(self.at + ahead).map(|glyph| glyph.c)
    }

    /// True if a blank or the end is so many characters ahead, so that `.`, `,` and `;` before it are separators.
    fn is_separated(&self, ahead: usize) -> bool {
        self.peek(ahead).is_none_or(char::is_whitespace)
    }

    /// True for a period that neither ends an entry properly nor begins a number such as `.5`.
    fn is_crowded(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|last| self.glyphs.get(last));
        let free = before.is_none_or(|glyph| glyph.c.is_whitespace() || matches!(glyph.c, '.' | ',' | ';'));
        !free || !self.peek(1).is_some_and(|next| next.is_ascii_digit())
    }

    fn skip_separators(&mut self) {
        while let Some(c) = self.peek(0) {
            match c {
                '\n' => self.first = true,
                ',' | ';' if self.is_separated(1) => {}
                c if c.is_whitespace() => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    fn token(&self, kind: Kind, text: String, begin: usize) -> Token {
        let end_of_text = self.glyphs.last().map_or(0, |glyph| glyph.end());
        let start = self.glyphs.get(begin).map_or(end_of_text, |glyph| glyph.start());
        let last = self.at.checked_sub(1).and_then(|last| self.glyphs.get(last));
        let end = last.map_or(start, |glyph| glyph.end()).max(start);
        Token { kind, text, start, end, first: self.first }
    }

    /// Everything up to a separator.
    fn take_run(&mut self, stop: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if c.is_whitespace() || stop(c) || (matches!(c, '.' | ',' | ';') && self.is_separated(1)) {
                break;
            }
            text.push(c.to_ascii_uppercase());
            self.at += 1;
        }
        text
    }

    fn picture_string(&mut self, begin: usize) -> Token {
        let text = self.take_run(|_| false);
        if text == "IS" {
            self.picture = true;
            return self.token(Kind::Word, text, begin);
        }
        self.token(Kind::Picture, text, begin)
    }

    /// A word, a number or the letters before a literal.
    fn run(&mut self, begin: usize) -> Token {
        let text = self.take_run(|c| matches!(c, '(' | ')' | '\'' | '"'));
        if text.is_empty() {
            // Only a separator character can have stopped the run at once.
            self.at += 1;
            return self.bad_character(begin, 0);
        }
        if let Some(number) = self.number(&text) {
            return self.token(Kind::Number, number, begin);
        }
        if is_floating(&text) {
            return self.token(Kind::Other, text, begin);
        }
        if matches!(self.peek(0), Some('\'' | '"')) && PREFIXES.contains(&text.as_str()) {
            let kind = if text == "X" { Kind::Hex } else { Kind::Other };
            return self.literal(kind, begin);
        }
        self.word(text, begin)
    }

    /// A numeric literal with a decimal point, whatever the program writes for one.
    fn number(&self, text: &str) -> Option<String> {
        let text = match self.decimal_comma {
            true if text.contains('.') => return None,
            true => text.replace(',', "."),
            false => text.to_owned(),
        };
        is_number(&text).then_some(text)
    }

    fn word(&mut self, mut text: String, begin: usize) -> Token {
        if let Some(period) = text.find('.') {
            if period == 0 {
                self.at = begin;
                return self.crowded_period(begin);
            }
            let length = text[..period].chars().count();
            text.truncate(period);
            self.at = begin + length;
        }
        let bad = text.chars().position(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
        if let Some(index) = bad {
            return self.bad_character(begin, index);
        }
        if text.starts_with('-') || text.ends_with('-') {
            return self.dangling_hyphen(begin, text.starts_with('-'));
        }
        self.picture = matches!(text.as_str(), "PIC" | "PICTURE");
        self.token(Kind::Word, text, begin)
    }

    /// From the opening mark; a doubled mark stands for itself.
    fn literal(&mut self, kind: Kind, begin: usize) -> Token {
        let open = self.at;
        let Some(quote) = self.peek(0) else { return self.token(Kind::Bad, String::new(), begin) };
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek(0).filter(|c| *c != '\n') {
            self.at += 1;
            if c == quote {
                if self.peek(0) != Some(quote) {
                    return self.token(kind, text, begin);
                }
                self.at += 1;
            }
            text.push(c);
        }
        self.open_literal(quote, open);
        self.token(Kind::Bad, text, begin)
    }

    fn glyph_span(&self, index: usize) -> Span {
        self.texts.span(self.glyphs.get(index).map_or(0..0, |glyph| glyph.start()..glyph.end()))
    }

    fn open_literal(&mut self, quote: char, open: usize) {
        let span = self.glyph_span(open);
        let hint =
            format!("end it with `{quote}` on the same line, or continue it with a hyphen in column 7");
        let error = Diagnostic::error(codes::CPY002, "this literal does not end on its line");
        self.diagnostics.push(error.at(&span, "begins here").hint(hint));
    }

    fn bad_character(&mut self, begin: usize, index: usize) -> Token {
        let span = self.glyph_span(begin + index);
        let c = self.glyphs.get(begin + index).map_or(' ', |glyph| glyph.c);
        let message = format!("`{}` cannot stand here in COBOL", c.escape_default());
        let hint = match c {
            ':' => {
                "words such as :TAG: are replaced where the member is copied; copy it with COPY ... REPLACING"
            }
            '=' => "pseudo-text stands in COPY and REPLACE statements only",
            _ => {
                "names take letters, digits and hyphens; other text must be a comment or a literal in quotes"
            }
        };
        self.diagnostics.push(Diagnostic::error(codes::CPY001, message).at(&span, "").hint(hint));
        self.token(Kind::Bad, String::new(), begin)
    }

    fn dangling_hyphen(&mut self, begin: usize, leading: bool) -> Token {
        let span = self.glyph_span(if leading { begin } else { self.at - 1 });
        let error = Diagnostic::error(codes::CPY001, "a word must not begin or end with a hyphen");
        let hint = "take the hyphen away, or join the word with the rest of it";
        self.diagnostics.push(error.at(&span, "").hint(hint));
        self.token(Kind::Bad, String::new(), begin)
    }

    /// A period with something right behind it still ends the entry.
    fn crowded_period(&mut self, begin: usize) -> Token {
        self.at += 1;
        let span = self.glyph_span(begin);
        let error = Diagnostic::error(codes::CPY008, "the period is not followed by a blank");
        self.diagnostics.push(error.at(&span, "").hint("put a blank after the period that ends the entry"));
        self.token(Kind::Period, ".".into(), begin)
    }
}

/// `[+-]digits[.digits]` or `[+-].digits`.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(decimals) && !decimals.is_empty() && digits.bytes().any(|b| b != b'.')
}

/// `1.5E3`.
fn is_floating(text: &str) -> bool {
    let exponent = |text: &str| is_number(text) && !text.contains('.');
    text.split_once('E')
        .is_some_and(|(mantissa, power)| mantissa.contains('.') && is_number(mantissa) && exponent(power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copybook::SourceFormat;
    use crate::copybook::card::{self, Lines};
    use crate::diag::Source;

    fn tokens(text: &str) -> (Vec<(Kind, String)>, Diagnostics) {
        let source = Source::new("t.cpy", text);
        let mut diagnostics = Diagnostics::new();
        let lines = Lines { format: SourceFormat::Free, ..Lines::default() };
        let (glyphs, _) = card::clean(&source, lines, &mut diagnostics);
        let texts = Texts::new(&source);
        let mut lexer = Lexer::new(&texts, glyphs, false, diagnostics);
        let mut all = Vec::new();
        loop {
            let token = lexer.next();
            if token.kind == Kind::End {
                return (all, lexer.diagnostics);
            }
            all.push((token.kind, token.text));
        }
    }

    fn texts(text: &str) -> Vec<String> {
        tokens(text).0.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn words_numbers_and_separators() {
        assert_eq!(
            texts("05 a-b, pic is s9(5)v99; value -1.50."),
            ["05", "A-B", "PIC", "IS", "S9(5)V99", "VALUE", "-1.50", "."]
        );
        assert_eq!(texts("PIC 99,99.99. VALUE .5."), ["PIC", "99,99.99", ".", "VALUE", ".5", "."]);
        assert_eq!(texts("VALUE'A''B'"), ["VALUE", "A'B"]);
    }

    #[test]
    fn literals() {
        let (all, _) = tokens("X'C1' \"a'b\" N'X' 1.5E3 'it''s *> no'");
        let kinds: Vec<Kind> = all.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [Kind::Hex, Kind::Text, Kind::Other, Kind::Other, Kind::Text]);
        assert_eq!(all[4].1, "it's *> no");
    }

    #[test]
    fn trouble_is_reported_at_its_character() {
        let cases = [
            ("01 A%B.", "CPY001", 5),
            ("VALUE 'abc", "CPY002", 7),
            ("01 A.05 B.", "CPY008", 5),
            ("A- B", "CPY001", 2),
        ];
        for (text, code, column) in cases {
            let (_, diagnostics) = tokens(text);
            let crate::diag::Place::Text { span, .. } = &diagnostics.list()[0].place else {
                panic!("{text}")
            };
            assert_eq!((diagnostics.list()[0].code.id(), span.position().1), (code, column), "{text}");
        }
    }
}
