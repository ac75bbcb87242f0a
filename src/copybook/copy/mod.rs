//! COPY and REPLACE: the text of the copybook with its members put in (Language Reference, "COPY statement",
//! "REPLACE statement").
//!
//! ```text
//!   card::clean -> [COPY: member -> card::clean -> its own COPYs -> REPLACING] -> REPLACE -> lexer
//! ```
//!
//! Everything works on the cleaned characters, so replaced text cannot run over column 72. REPLACING of an outer COPY
//! applies to what the inner ones brought; IBM's compiler allows only one REPLACING in such a chain.

mod program;
mod rewrite;
mod statement;
mod textword;

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Place, Result, Source, Span, codes};

use super::card::{self, Glyph, Lines};
use super::entry::shown;
use super::texts::Texts;
use program::SpecialNames;
use rewrite::{Replaced, Rewriter, TooMuch};
use statement::{CopyStatement, Cursor};

/// Most characters of a copybook with all its members.
pub(super) const MAX_TEXT: usize = 16 << 20;
/// Most COPY statements obeyed.
const MAX_COPIES: usize = 10_000;
/// Most members inside each other.
const MAX_DEPTH: usize = 40;

/// Where COPY finds its members.
pub trait CopyLibrary {
    /// The text of a member, or `None` if there is none of this name. `member` and `library` are as in the COPY
    /// statement: words in upper case, literals as written.
    ///
    /// # Errors
    /// The member is there and cannot be read, or is not text.
    fn find(&mut self, member: &str, library: Option<&str>) -> Result<Option<Arc<Source>>>;

    /// Where it looks, for the message that nothing was found.
    fn places(&self) -> Vec<String>;
}

/// A library without members.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLibrary;

impl CopyLibrary for NoLibrary {
    fn find(&mut self, _: &str, _: Option<&str>) -> Result<Option<Arc<Source>>> {
        Ok(None)
    }

    fn places(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The text of a copybook with all COPY and REPLACE statements obeyed.
pub(super) struct Expansion {
    /// The text.
    pub glyphs: Vec<Glyph>,
    /// What its places mean.
    pub texts: Texts,
    /// What was replaced, for messages.
    pub replaced: Vec<Replaced>,
    /// What the environment division says, if the text is a program.
    pub names: SpecialNames,
    /// A statement could not be obeyed, so that text is missing.
    pub broken: bool,
}

/// Notes beside messages about replaced text what stands there now.
pub(super) fn annotate(texts: &Texts, replaced: &[Replaced], diagnostics: &mut Diagnostics) {
    diagnostics.for_each_mut(|diagnostic| {
        let Place::Text { span, .. } = &diagnostic.place else { return };
        let Some(places) = texts.places(span) else { return };
        let touched = |one: &&Replaced| one.old.start < places.end && places.start < one.old.end;
        let Some(one) = replaced.iter().find(touched) else { return };
        let (old, new) = (texts.span(one.old.clone()), texts.span(one.new.clone()));
        let old = shown(old.text());
        diagnostic.notes.push(match shown(new.text()) {
            text if text.is_empty() => format!("`{old}` is taken out at {}", new.shown()),
            text => format!("`{old}` is replaced by `{text}` at {}", new.shown()),
        });
    });
}

/// Cleans the text of a copybook and obeys its COPY and REPLACE statements.
pub(super) fn expand(
    source: &Arc<Source>,
    lines: Lines,
    library: &mut dyn CopyLibrary,
    diagnostics: &mut Diagnostics,
) -> Expansion {
    let mut expander = Expander {
        texts: Texts::new(source),
        library,
        diagnostics,
        chain: Vec::new(),
        copies: 0,
        size: 0,
        rewriter: Rewriter::new(MAX_TEXT),
        names: SpecialNames::default(),
        stopped: false,
        broken: false,
    };
    let text = expander.text(source, 0, lines);
    let glyphs = if expander.stopped { text } else { expander.obey_replace(text) };
    let Expander { texts, rewriter, names, broken, .. } = expander;
    Expansion { glyphs, texts, replaced: rewriter.replaced, names, broken }
}

struct Expander<'a> {
    texts: Texts,
    library: &'a mut dyn CopyLibrary,
    diagnostics: &'a mut Diagnostics,
    /// The texts that are being read, from the outside inward.
    chain: Vec<Arc<Source>>,
    copies: usize,
    /// Characters taken in so far.
    size: usize,
    rewriter: Rewriter,
    names: SpecialNames,
    /// A limit was reached and reported.
    stopped: bool,
    /// Something was reported.
    broken: bool,
}

impl Expander<'_> {
    /// A text that begins at place `base`, with its members.
    fn text(&mut self, source: &Arc<Source>, base: usize, lines: Lines) -> Vec<Glyph> {
        self.size += source.text().len();
        let (mut glyphs, lines) = card::clean(source, lines, self.diagnostics);
        glyphs.iter_mut().for_each(|glyph| glyph.shift(base));
        if self.chain.is_empty() {
            (glyphs, self.names) = program::data_division(glyphs);
        }
        let words = textword::split(&glyphs);
        if !words.iter().any(|word| rewrite::is_word(&glyphs, *word, "COPY")) {
            return glyphs;
        }
        self.chain.push(Arc::clone(source));
        let (mut out, mut copied, mut at) = (Vec::with_capacity(glyphs.len()), 0, 0);
        while let Some(word) = words.get(at) {
            at += 1;
            if self.stopped || !rewrite::is_word(&glyphs, *word, "COPY") {
                continue;
            }
            out.extend_from_slice(&glyphs[copied..word.start]);
            let mut cursor = Cursor { glyphs: &glyphs, words: &words, texts: &self.texts, at };
            let statement = statement::copy(&mut cursor);
            if statement.is_err() {
                cursor.skip_statement();
            }
            at = cursor.at;
            copied = words.get(at.max(1) - 1).map_or(glyphs.len(), |last| last.end);
            match statement {
                Ok(statement) => {
                    let end = glyphs[copied - 1].end();
                    let span = self.texts.span(word_start(&glyphs, word.start)..end);
                    self.copy(statement, &span, lines, &mut out);
                }
                Err(error) => self.report(error),
            }
        }
        out.extend_from_slice(&glyphs[copied..]);
        self.chain.pop();
        out
    }

    fn report(&mut self, error: Box<Diagnostic>) {
        self.broken = true;
        self.diagnostics.push(error);
    }

    /// Puts a member in.
    fn copy(&mut self, mut statement: CopyStatement, span: &Span, lines: Lines, out: &mut Vec<Glyph>) {
        self.copies += 1;
        let member = match self.member(&statement, span) {
            Ok(member) => member,
            Err(error) => return self.report(error),
        };
        let newline = |at: &[Glyph]| at.last().map(|last| Glyph::line_end(last.end()));
        let member = member.copied(span.clone());
        let base = self.texts.add(&member);
        let mut text = self.text(&member, base, lines);
        if !statement.pairs.is_empty() {
            match self.rewriter.replace(&text, &mut statement.pairs) {
                Ok(replaced) => text = replaced,
                Err(TooMuch) => return self.too_large(span),
            }
            self.warn_of_unused(&statement);
        }
        out.extend(text);
        // The text behind the statement begins as on a new line.
        out.extend(newline(out));
    }

    fn member(&mut self, statement: &CopyStatement, span: &Span) -> Result<Arc<Source>> {
        if self.copies > MAX_COPIES || self.size > MAX_TEXT {
            self.stopped = true;
            return Err(self.limit(span));
        }
        let library = statement.library.as_deref();
        let found = self.library.find(&statement.member, library).map_err(|error| error.at(span, ""))?;
        let Some(source) = found else { return Err(self.not_found(statement, span)) };
        if self.chain.iter().any(|outer| outer.name() == source.name()) {
            return Err(self.cycle(&source, span));
        }
        if self.chain.len() >= MAX_DEPTH {
            self.stopped = true;
            let message = format!("COPY statements are nested more than {MAX_DEPTH} deep");
            let error = Diagnostic::error(codes::CPY022, message).at(span, "");
            return Err(error.hint("check whether these members copy each other under many names"));
        }
        Ok(source)
    }

    fn limit(&self, span: &Span) -> Box<Diagnostic> {
        let message = format!(
            "the copybook and its members have more than {MAX_TEXT} characters or {MAX_COPIES} COPY statements"
        );
        let hint = "check whether members copy each other over and over";
        Diagnostic::error(codes::CPY022, message).at(span, "the one too many").hint(hint)
    }

    fn too_large(&mut self, span: &Span) {
        self.stopped = true;
        let message =
            format!("replacing makes the text larger than {MAX_TEXT} characters, or takes too long");
        let error = Diagnostic::error(codes::CPY022, message).at(span, "");
        self.report(error.hint("replace less text, or replace it in the member itself"));
    }

    fn not_found(&self, statement: &CopyStatement, span: &Span) -> Box<Diagnostic> {
        let member = shown(&statement.member);
        let of = statement.library.as_deref().map(|name| format!(" of library {}", shown(name)));
        let message = format!("there is no member {member}{}", of.unwrap_or_default());
        let mut error = Diagnostic::error(codes::CPY031, message).at(span, "");
        for place in self.library.places() {
            error = error.note(format!("looked in {place}"));
        }
        error.hint("put the member beside the copybook, or name the folder that holds it")
    }

    fn cycle(&self, source: &Arc<Source>, span: &Span) -> Box<Diagnostic> {
        let inside = self.chain.iter().map(|outer| outer.name()).skip_while(|name| *name != source.name());
        let chain: Vec<&str> = inside.chain([source.name()]).collect();
        Diagnostic::error(codes::CPY032, format!("the member {} copies itself", source.name()))
            .at(span, "")
            .note(format!("the chain is {}", chain.join(" -> ")))
            .hint("take this COPY statement away, or name another member")
    }

    /// An operand that finds nothing is often a tag that the member does not have.
    fn warn_of_unused(&mut self, statement: &CopyStatement) {
        for pair in statement.pairs.iter().filter(|pair| !pair.used) {
            let span = self.texts.span(pair.pattern_at.clone());
            let message = format!("`{}` is not in member {}", shown(span.text()), shown(&statement.member));
            let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "replaces nothing");
            self.diagnostics
                .push(warning.hint("check the spelling; LEADING or TRAILING replace parts of words"));
        }
    }

    fn obey_replace(&mut self, glyphs: Vec<Glyph>) -> Vec<Glyph> {
        let errors = self.diagnostics.error_count();
        match self.rewriter.obey(&glyphs, &self.texts, self.diagnostics) {
            Ok(replaced) => {
                self.broken |= self.diagnostics.error_count() > errors;
                replaced
            }
            Err(TooMuch) => {
                let span = self.texts.span(0..0);
                self.too_large(&span);
                glyphs
            }
        }
    }
}

fn word_start(glyphs: &[Glyph], index: usize) -> usize {
    glyphs.get(index).map_or(0, |glyph| glyph.start())
}
