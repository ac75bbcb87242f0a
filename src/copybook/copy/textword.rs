//! Text words: what COPY and REPLACE compare (Language Reference, glossary, "text word").
//!
//! A separator is a text word of its own, parentheses everywhere, even inside a PICTURE; a literal is one with its
//! marks; so is any other run of characters between separators. Spaces are no text words, and a separator comma or
//! semicolon counts as a space unless it is all that is looked for. Because a colon is a separator, `:TAG:-CODE` is
//! four text words, and the first three can be replaced.

use crate::copybook::card::Glyph;
use crate::copybook::lexer::PREFIXES;

/// What a text word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A COBOL word, a number, part of a PICTURE.
    Word,
    /// A literal with its marks and what stands before them.
    Literal,
    /// `(`, `)` or `:`.
    Mark,
    /// The separator period.
    Period,
    /// A separator comma or semicolon.
    Comma,
    /// `==`.
    Delimiter,
}

/// A text word: its glyphs are `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextWord {
    /// What it is.
    pub kind: Kind,
    /// Index of the first glyph.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// All text words, in order.
pub(super) fn split(glyphs: &[Glyph]) -> Vec<TextWord> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(glyph) = glyphs.get(at) {
        if glyph.c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, end) = word(glyphs, at);
        words.push(TextWord { kind, start: at, end });
        at = end;
    }
    words
}

/// The word in upper case, for comparing with a keyword.
pub(super) fn text(glyphs: &[Glyph], word: TextWord) -> String {
    glyphs[word.start..word.end].iter().map(|glyph| glyph.c.to_ascii_uppercase()).collect()
}

fn word(glyphs: &[Glyph], at: usize) -> (Kind, usize) {
    match glyphs[at].c {
        '(' | ')' | ':' => (Kind::Mark, at + 1),
        '=' if is_delimiter(glyphs, at) => (Kind::Delimiter, at + 2),
        '.' if ends_before(glyphs, at + 1) => (Kind::Period, at + 1),
        ',' | ';' if ends_before(glyphs, at + 1) => (Kind::Comma, at + 1),
        '\'' | '"' => (Kind::Literal, literal(glyphs, at)),
        _ => run(glyphs, at),
    }
}

fn is_delimiter(glyphs: &[Glyph], at: usize) -> bool {
    glyphs.get(at).is_some_and(|glyph| glyph.c == '=')
        && glyphs.get(at + 1).is_some_and(|glyph| glyph.c == '=')
}

/// True if a space, a pseudo-text delimiter or the end follows, so that the point before it is a separator.
fn ends_before(glyphs: &[Glyph], at: usize) -> bool {
    glyphs.get(at).is_none_or(|glyph| glyph.c.is_whitespace()) || is_delimiter(glyphs, at)
}

/// One past the closing mark, or the end of the line of a literal that does not end.
fn literal(glyphs: &[Glyph], open: usize) -> usize {
    let quote = glyphs[open].c;
    let mut at = open + 1;
    while let Some(glyph) = glyphs.get(at).filter(|glyph| glyph.c != '\n') {
        at += 1;
        if glyph.c == quote {
            if glyphs.get(at).is_none_or(|next| next.c != quote) {
                break;
            }
            at += 1;
        }
    }
    at
}

fn run(glyphs: &[Glyph], begin: usize) -> (Kind, usize) {
    let mut at = begin + 1;
    while let Some(glyph) = glyphs.get(at) {
        match glyph.c {
            '(' | ')' | ':' => break,
            '.' | ',' | ';' if ends_before(glyphs, at + 1) => break,
            '\'' | '"' if is_prefix(&glyphs[begin..at]) => return (Kind::Literal, literal(glyphs, at)),
            '\'' | '"' => break,
            c if c.is_whitespace() || is_delimiter(glyphs, at) => break,
            _ => at += 1,
        }
    }
    (Kind::Word, at)
}

/// True for the letters that may stand before the mark of a literal.
fn is_prefix(glyphs: &[Glyph]) -> bool {
    glyphs.len() <= 2
        && PREFIXES
            .contains(&glyphs.iter().map(|glyph| glyph.c.to_ascii_uppercase()).collect::<String>().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let glyphs: Vec<Glyph> = text.char_indices().map(|(at, c)| Glyph::new(c, at)).collect();
        let shown = |word: &TextWord| glyphs[word.start..word.end].iter().map(|glyph| glyph.c).collect();
        split(&glyphs).iter().map(shown).collect()
    }

    #[test]
    fn separators_end_words() {
        assert_eq!(
            words("05 :TAG:-A, PIC S9(:D:)V99."),
            ["05", ":", "TAG", ":", "-A", ",", "PIC", "S9", "(", ":", "D", ":", ")", "V99", "."]
        );
        assert_eq!(words("==A.== BY ==ZZ,ZZ9.99=="), ["==", "A", ".", "==", "BY", "==", "ZZ,ZZ9.99", "=="]);
        assert_eq!(words("X'41' 'it''s' A'B'"), ["X'41'", "'it''s'", "A", "'B'"]);
        assert_eq!(words("'open\n05"), ["'open", "05"]);
    }
}
