//! The COPY and REPLACE statements (Language Reference, "Compiler-directing statements").

use std::ops::Range;

use crate::copybook::card::Glyph;
use crate::copybook::entry::shown;
use crate::copybook::texts::Texts;
use crate::diag::{Diagnostic, Result, Span, codes};

use super::textword::{Kind, TextWord, text};

/// `COPY member [OF library] [SUPPRESS] [REPLACING ...].`
pub(super) struct CopyStatement {
    /// The member, as a word in upper case or as the literal says.
    pub member: String,
    /// The library.
    pub library: Option<String>,
    /// REPLACING.
    pub pairs: Vec<Pair>,
}

/// What is looked for and what comes in its place.
pub(super) struct Pair {
    /// What is looked for.
    pub pattern: Pattern,
    /// What comes in its place.
    pub by: Vec<Glyph>,
    /// Places of what is looked for, as written.
    pub pattern_at: Range<usize>,
    /// Places of what comes instead, as written.
    pub by_at: Range<usize>,
    /// True once something was found.
    pub used: bool,
}

/// What is looked for.
#[derive(Debug)]
pub(super) enum Pattern {
    /// Text words one after the other.
    Words(Vec<PatternWord>),
    /// The beginning of a word, in upper case.
    Leading(Vec<char>),
    /// The end of a word, in upper case.
    Trailing(Vec<char>),
}

/// A text word that is looked for; in upper case unless it is a literal.
#[derive(Debug)]
pub(super) struct PatternWord {
    /// What it is.
    pub kind: Kind,
    /// Its characters.
    pub text: Vec<char>,
}

/// REPLACE: new pairs, or none for REPLACE OFF.
pub(super) fn replace(cursor: &mut Cursor) -> Result<Vec<Pair>> {
    cursor.accept(&["LAST"]);
    if cursor.accept(&["OFF"]) {
        cursor.period("REPLACE")?;
        return Ok(Vec::new());
    }
    cursor.accept(&["ALSO"]);
    let pairs = cursor.pairs("REPLACE", true)?;
    cursor.period("REPLACE")?;
    Ok(pairs)
}

/// What follows the word COPY.
pub(super) fn copy(cursor: &mut Cursor) -> Result<CopyStatement> {
    let member = cursor.text_name("COPY", "the name of a member")?;
    let mut library = None;
    if cursor.accept(&["OF", "IN"]) {
        library = Some(cursor.text_name("OF", "the name of a library")?);
    }
    if cursor.accept(&["SUPPRESS"]) {
        cursor.accept(&["PRINTING"]);
    }
    let mut pairs = Vec::new();
    if cursor.accept(&["REPLACING"]) {
        pairs = cursor.pairs("REPLACING", false)?;
    }
    cursor.period("COPY")?;
    Ok(CopyStatement { member, library, pairs })
}

/// Walks over the text words of a statement.
pub(super) struct Cursor<'a> {
    /// The text words are of these glyphs.
    pub glyphs: &'a [Glyph],
    /// All text words of the text.
    pub words: &'a [TextWord],
    /// For messages.
    pub texts: &'a Texts,
    /// Index of the next text word.
    pub at: usize,
}

impl Cursor<'_> {
    /// Goes on behind the period of a statement that is not valid.
    pub(super) fn skip_statement(&mut self) {
        while let Some(word) = self.words.get(self.at) {
            self.at += 1;
            if word.kind == Kind::Period {
                return;
            }
        }
    }

    fn peek(&self) -> Option<TextWord> {
        self.words.get(self.at).copied()
    }

    fn next_is(&self, keywords: &[&str]) -> bool {
        self.peek().is_some_and(|word| {
            word.kind == Kind::Word && keywords.contains(&text(self.glyphs, word).as_str())
        })
    }

    fn accept(&mut self, keywords: &[&str]) -> bool {
        let found = self.next_is(keywords);
        self.at += usize::from(found);
        found
    }

    /// Places of some glyphs.
    fn places(&self, glyphs: Range<usize>) -> Range<usize> {
        let start = self.glyphs.get(glyphs.start).map(|glyph| glyph.start());
        let end = glyphs.end.checked_sub(1).and_then(|last| self.glyphs.get(last)).map(|glyph| glyph.end());
        let start = start.or(end).unwrap_or(0);
        start..end.unwrap_or(start).max(start)
    }

    fn span(&self, word: TextWord) -> Span {
        self.texts.span(self.places(word.start..word.end))
    }

    /// The next text word, or the end of the last one.
    fn here(&self) -> Span {
        match (self.peek(), self.at.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(word), _) => self.span(word),
            (None, Some(last)) => {
                let end = self.places(last.start..last.end).end;
                self.texts.span(end..end)
            }
            (None, None) => self.texts.span(0..0),
        }
    }

    fn lacks(&self, phrase: &str, wanted: &str) -> Box<Diagnostic> {
        Diagnostic::error(codes::CPY030, format!("{phrase} lacks {wanted}"))
            .at(&self.here(), "")
            .hint(format!("put {wanted} here"))
    }

    fn period(&mut self, statement: &str) -> Result<()> {
        while self.peek().is_some_and(|word| word.kind == Kind::Comma) {
            self.at += 1;
        }
        match self.peek() {
            Some(word) if word.kind == Kind::Period => {
                self.at += 1;
                Ok(())
            }
            Some(word) => {
                let found = shown(self.span(word).text());
                let message = format!("`{found}` cannot stand in a {statement} statement");
                Err(Diagnostic::error(codes::CPY030, message).at(&self.span(word), "").hint(format!(
                    "the {statement} statement ends with a period; put one before this, or take it away"
                )))
            }
            None => Err(self.lacks(&format!("the {statement} statement"), "a period at its end")),
        }
    }

    /// A word or a literal that names a member or a library.
    fn text_name(&mut self, phrase: &str, wanted: &str) -> Result<String> {
        let word = self.peek().filter(|word| matches!(word.kind, Kind::Word | Kind::Literal));
        let reserved = self.next_is(&["OF", "IN", "SUPPRESS", "REPLACING"]);
        let Some(word) = word.filter(|_| !reserved) else { return Err(self.lacks(phrase, wanted)) };
        self.at += 1;
        if word.kind == Kind::Word {
            return Ok(text(self.glyphs, word));
        }
        let glyphs = &self.glyphs[word.start..word.end];
        let name: String = glyphs.iter().map(|glyph| glyph.c).filter(|c| !matches!(c, '\'' | '"')).collect();
        if name.trim().is_empty() {
            let error = Diagnostic::error(codes::CPY030, format!("{wanted} is empty"));
            return Err(error.at(&self.span(word), "").hint("write the name between the quotation marks"));
        }
        Ok(name.trim().to_owned())
    }

    fn pairs(&mut self, phrase: &str, pseudo_text_only: bool) -> Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        loop {
            let more = self.peek().is_some_and(|word| word.kind != Kind::Period);
            match more {
                true => pairs.push(self.pair(phrase, pseudo_text_only)?),
                false if pairs.is_empty() => return Err(self.lacks(phrase, "the text to be replaced")),
                false => return Ok(pairs),
            }
            while self.peek().is_some_and(|word| word.kind == Kind::Comma) {
                self.at += 1;
            }
        }
    }

    fn pair(&mut self, phrase: &str, pseudo_text_only: bool) -> Result<Pair> {
        let begin = self.here();
        let partial = if self.accept(&["LEADING"]) {
            Some(true)
        } else if self.accept(&["TRAILING"]) {
            Some(false)
        } else {
            None
        };
        let pseudo_text_only = pseudo_text_only || partial.is_some();
        let from = self.operand(phrase, "the text to be replaced", pseudo_text_only)?;
        let pattern = self.pattern(&from, partial)?;
        if !self.accept(&["BY"]) {
            return Err(self.lacks(&format!("`{}`", shown(begin.text())), "BY and the text in its place"));
        }
        let by = self.operand("BY", "the text in its place", pseudo_text_only)?;
        if partial.is_some() && self.inside(&by).len() > 1 {
            return Err(self.partial_is_one_word(&by));
        }
        Ok(Pair {
            pattern,
            by: self.glyphs[by.clone()].to_vec(),
            pattern_at: self.places(from),
            by_at: self.places(by),
            used: false,
        })
    }

    /// The glyphs of pseudo-text, a literal, a word or an identifier.
    fn operand(&mut self, phrase: &str, wanted: &str, pseudo_text_only: bool) -> Result<Range<usize>> {
        let Some(first) = self.peek().filter(|word| word.kind != Kind::Period) else {
            return Err(self.lacks(phrase, wanted));
        };
        if first.kind == Kind::Delimiter {
            return self.pseudo_text(first);
        }
        if pseudo_text_only {
            return Err(self.lacks(phrase, "pseudo-text such as ==TEXT=="));
        }
        self.at += 1;
        let mut end = first.end;
        if first.kind == Kind::Word {
            end = self.rest_of_identifier(end);
        }
        Ok(first.start..end)
    }

    /// `OF name`, `IN name` and parentheses after a name.
    fn rest_of_identifier(&mut self, mut end: usize) -> usize {
        while self.next_is(&["OF", "IN"]) && self.words.get(self.at + 1).is_some_and(|w| w.kind == Kind::Word)
        {
            end = self.words[self.at + 1].end;
            self.at += 2;
        }
        while self.peek().is_some_and(|word| self.glyphs[word.start].c == '(') {
            while let Some(word) = self.peek().filter(|word| word.kind != Kind::Period) {
                self.at += 1;
                end = word.end;
                if self.glyphs[word.start].c == ')' {
                    break;
                }
            }
            if self.peek().is_none_or(|word| word.kind == Kind::Period) {
                break;
            }
        }
        end
    }

    /// What stands between two delimiters, blanks at both ends left out.
    fn pseudo_text(&mut self, open: TextWord) -> Result<Range<usize>> {
        self.at += 1;
        let first = self.at;
        while let Some(word) = self.peek() {
            self.at += 1;
            if word.kind == Kind::Delimiter {
                let inside = &self.words[first..self.at - 1];
                let (start, end) = (inside.first().map(|w| w.start), inside.last().map(|w| w.end));
                return Ok(start.unwrap_or(word.start)..end.unwrap_or(word.start));
            }
            if self.glyphs[word.start..word.end].iter().map(|g| g.c.to_ascii_uppercase()).eq("COPY".chars()) {
                let error = Diagnostic::error(codes::CPY030, "pseudo-text must not hold a COPY statement");
                return Err(error.at(&self.span(word), "").hint("copy the member outside the pseudo-text"));
            }
        }
        let error = Diagnostic::error(codes::CPY030, "this pseudo-text does not end");
        Err(error.at(&self.span(open), "begins here").hint("end it with =="))
    }

    /// The text words of an operand.
    fn inside(&self, operand: &Range<usize>) -> &[TextWord] {
        let from = self.words.partition_point(|word| word.start < operand.start);
        let to = self.words.partition_point(|word| word.start < operand.end);
        &self.words[from..to.max(from)]
    }

    fn pattern(&self, operand: &Range<usize>, partial: Option<bool>) -> Result<Pattern> {
        let words = self.inside(operand);
        if words.is_empty() {
            let places = self.glyphs.get(operand.start).map_or(0..0, |glyph| glyph.start()..glyph.end() + 1);
            let message = "there is nothing between the delimiters to look for";
            return Err(Diagnostic::error(codes::CPY030, message).at(&self.texts.span(places), "").hint(
                "write the text to be replaced between the first == and ==; only the second may be empty",
            ));
        }
        if let Some(leading) = partial {
            let [word] = words else { return Err(self.partial_is_one_word(operand)) };
            if word.kind != Kind::Word {
                return Err(self.partial_is_one_word(operand));
            }
            let text: Vec<char> = text(self.glyphs, *word).chars().collect();
            return Ok(if leading { Pattern::Leading(text) } else { Pattern::Trailing(text) });
        }
        // A separator comma is a space, unless it is all that is looked for.
        let alone = words.len() == 1;
        let words = words.iter().filter(|word| alone || word.kind != Kind::Comma);
        Ok(Pattern::Words(words.map(|word| self.pattern_word(*word)).collect()))
    }

    fn pattern_word(&self, word: TextWord) -> PatternWord {
        let glyphs = self.glyphs[word.start..word.end].iter();
        let literal = word.kind == Kind::Literal;
        let text = glyphs.map(|glyph| if literal { glyph.c } else { glyph.c.to_ascii_uppercase() }).collect();
        PatternWord { kind: word.kind, text }
    }

    fn partial_is_one_word(&self, operand: &Range<usize>) -> Box<Diagnostic> {
        let span = self.texts.span(self.places(operand.clone()));
        Diagnostic::error(codes::CPY030, "LEADING and TRAILING take a part of one word, not more")
            .at(&span, "")
            .hint("write one part of a word between the delimiters, or leave LEADING and TRAILING out")
    }
}
