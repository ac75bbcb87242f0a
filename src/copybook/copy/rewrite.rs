//! Replacing text words (Language Reference, "Comparison and replacement rules").
//!
//! The leftmost text word is compared with each operand in turn; where one fits, its text words are replaced and the
//! comparison goes on behind them, otherwise it goes on with the next word. Text put in is not looked at again.
//!
//! A replaced stretch keeps the place of what it replaces: messages point at the text of the member, and a note says
//! what stands there now and where that is written.

use std::ops::Range;

use crate::copybook::card::Glyph;
use crate::copybook::texts::Texts;
use crate::diag::Diagnostics;

use super::statement::{self, Cursor, Pair, Pattern, PatternWord};
use super::textword::{Kind, TextWord, split};

/// Most comparisons of text words in one copybook; a legitimate one needs a thousandth of them.
const MAX_WORK: u64 = 100_000_000;

/// A stretch that was replaced and where the new text is written.
pub(in crate::copybook) struct Replaced {
    /// The old text.
    pub old: Range<usize>,
    /// The new text.
    pub new: Range<usize>,
}

/// The replacing has outgrown its limits.
#[derive(Debug)]
pub(super) struct TooMuch;

/// Replaces text and keeps count.
pub(super) struct Rewriter {
    /// Everything that was replaced.
    pub replaced: Vec<Replaced>,
    /// Most glyphs of a text.
    pub size: usize,
    work: u64,
}

impl Rewriter {
    /// Texts may grow to `size` glyphs.
    pub(super) fn new(size: usize) -> Self {
        Rewriter { replaced: Vec::new(), size, work: 0 }
    }

    /// Applies the pairs of one COPY statement to the text of its member.
    pub(super) fn replace(&mut self, glyphs: &[Glyph], pairs: &mut [Pair]) -> Result<Vec<Glyph>, TooMuch> {
        let words = split(glyphs);
        let mut out = Output { glyphs, out: Vec::with_capacity(glyphs.len()), copied: 0 };
        let mut at = 0;
        while at < words.len() {
            at = self.step(&words, at, pairs, &mut out)?;
        }
        Ok(out.finish())
    }

    /// Obeys the REPLACE statements of the whole text, all COPY statements done.
    pub(super) fn obey(
        &mut self,
        glyphs: &[Glyph],
        texts: &Texts,
        diagnostics: &mut Diagnostics,
    ) -> Result<Vec<Glyph>, TooMuch> {
        let words = split(glyphs);
        let mut out = Output { glyphs, out: Vec::with_capacity(glyphs.len()), copied: 0 };
        let (mut at, mut pairs) = (0, Vec::new());
        while at < words.len() {
            if !is_word(glyphs, words[at], "REPLACE") {
                at = self.step(&words, at, &mut pairs, &mut out)?;
                continue;
            }
            let mut cursor = Cursor { glyphs, words: &words, texts, at: at + 1 };
            match statement::replace(&mut cursor) {
                Ok(new) => pairs = new,
                Err(error) => {
                    diagnostics.push(error);
                    cursor.skip_statement();
                }
            }
            let end = words.get(cursor.at.max(1) - 1).map_or(glyphs.len(), |word| word.end);
            out.skip(words[at].start, end);
            at = cursor.at;
        }
        Ok(out.finish())
    }

    /// Replaces at a text word, or passes it; returns the next one.
    fn step(
        &mut self,
        words: &[TextWord],
        at: usize,
        pairs: &mut [Pair],
        out: &mut Output,
    ) -> Result<usize, TooMuch> {
        for pair in pairs {
            let Some((glyphs, next)) = self.matching(out.glyphs, words, at, &pair.pattern) else { continue };
            pair.used = true;
            let old = out.put(glyphs, &pair.by);
            self.replaced.push(Replaced { old, new: pair.by_at.clone() });
            if out.out.len() > self.size {
                return Err(TooMuch);
            }
            return Ok(next);
        }
        if self.work > MAX_WORK { Err(TooMuch) } else { Ok(at + 1) }
    }

    /// The glyphs that fit the pattern from a text word on, and the text word behind them.
    fn matching(
        &mut self,
        glyphs: &[Glyph],
        words: &[TextWord],
        at: usize,
        pattern: &Pattern,
    ) -> Option<(Range<usize>, usize)> {
        self.work += 1;
        let first = words[at];
        let upper = |glyph: &Glyph| glyph.c.to_ascii_uppercase();
        match pattern {
            Pattern::Words(pattern) => self.sequence(glyphs, words, at, pattern),
            Pattern::Leading(part) if first.kind == Kind::Word => {
                let word = &glyphs[first.start..first.end];
                let fits = word.len() >= part.len() && word.iter().map(upper).zip(part).all(|(a, b)| a == *b);
                fits.then(|| (first.start..first.start + part.len(), at + 1))
            }
            Pattern::Trailing(part) if first.kind == Kind::Word => {
                let word = &glyphs[first.start..first.end];
                let tail = word.len().checked_sub(part.len())?;
                let fits = word[tail..].iter().map(upper).zip(part).all(|(a, b)| a == *b);
                fits.then(|| (first.start + tail..first.end, at + 1))
            }
            _ => None,
        }
    }

    fn sequence(
        &mut self,
        glyphs: &[Glyph],
        words: &[TextWord],
        begin: usize,
        pattern: &[PatternWord],
    ) -> Option<(Range<usize>, usize)> {
        let mut at = begin;
        for (index, wanted) in pattern.iter().enumerate() {
            self.work += 1;
            while index > 0 && words.get(at).is_some_and(|word| word.kind == Kind::Comma) {
                at += 1;
            }
            if !is_equal(glyphs, *words.get(at)?, wanted) {
                return None;
            }
            at += 1;
        }
        Some((words[begin].start..words[at - 1].end, at))
    }
}

/// Literals are compared as they are, everything else without regard to case.
fn is_equal(glyphs: &[Glyph], word: TextWord, wanted: &PatternWord) -> bool {
    let literal = word.kind == Kind::Literal;
    let text = glyphs[word.start..word.end].iter();
    word.kind == wanted.kind
        && text.len() == wanted.text.len()
        && text
            .zip(&wanted.text)
            .all(|(glyph, c)| if literal { glyph.c == *c } else { glyph.c.to_ascii_uppercase() == *c })
}

/// True for a keyword.
pub(super) fn is_word(glyphs: &[Glyph], word: TextWord, keyword: &str) -> bool {
    let text = &glyphs[word.start..word.end];
    word.kind == Kind::Word
        && text.len() == keyword.len()
        && text.iter().map(|glyph| glyph.c.to_ascii_uppercase()).eq(keyword.chars())
}

/// Text that is copied but for what is replaced.
struct Output<'a> {
    glyphs: &'a [Glyph],
    out: Vec<Glyph>,
    /// Glyphs before this one are done.
    copied: usize,
}

impl Output<'_> {
    /// Puts new text in the place of old glyphs and returns the place of these.
    fn put(&mut self, old: Range<usize>, by: &[Glyph]) -> Range<usize> {
        let start = self.glyphs[old.start].start();
        let end = self.glyphs[old.end - 1].end().max(start);
        self.skip(old.start, old.end);
        self.out.extend(by.iter().map(|glyph| glyph.moved(start..end)));
        start..end
    }

    /// Leaves glyphs out.
    fn skip(&mut self, start: usize, end: usize) {
        self.out.extend_from_slice(&self.glyphs[self.copied..start]);
        self.copied = end;
    }

    fn finish(mut self) -> Vec<Glyph> {
        self.out.extend_from_slice(&self.glyphs[self.copied..]);
        self.out
    }
}
