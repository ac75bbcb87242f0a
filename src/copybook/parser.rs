//! Tokens to entries: level number, name, clauses, period.
//!
//! After an error the parser goes on at the next clause of the entry or, failing that, at the next entry.

use std::collections::VecDeque;

use crate::diag::{Code, Diagnostic, Diagnostics, Span, codes, nearest};

use super::card::Glyph;
use super::entry::{Entry, Name, QualifiedName, shown};
use super::lexer::{Kind, Lexer, Token};
use super::texts::Texts;
use super::{CopybookOptions, words};

/// Most entries of a copybook.
pub(super) const MAX_ENTRIES: usize = 2_000_000;
/// Longest data name of the Language Reference.
const MAX_NAME: usize = 30;
/// Longest data name read at all.
const MAX_NAME_READ: usize = 61;

/// The entries of a copybook and what was wrong with them.
pub(super) fn parse(
    texts: &Texts,
    glyphs: Vec<Glyph>,
    options: &CopybookOptions,
    diagnostics: Diagnostics,
) -> (Vec<Entry>, Diagnostics) {
    let lexer = Lexer::new(texts, glyphs, options.decimal_point_is_comma, diagnostics);
    let mut parser = Parser { texts, options, lexer, ahead: VecDeque::new(), last_end: 0 };
    let mut entries = Vec::new();
    loop {
        match parser.peek().kind {
            Kind::End => break,
            Kind::Period => drop(parser.next()),
            _ if entries.len() == MAX_ENTRIES => {
                parser.too_many();
                break;
            }
            _ => entries.extend(parser.entry()),
        }
    }
    (entries, parser.lexer.diagnostics)
}

/// The state of the parser; the clauses are in the module `clause`.
pub(super) struct Parser<'a> {
    texts: &'a Texts,
    /// How to read the copybook.
    pub(super) options: &'a CopybookOptions,
    lexer: Lexer<'a>,
    ahead: VecDeque<Token>,
    /// Where the last token taken ended.
    last_end: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&mut self) -> &Token {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&mut self, index: usize) -> &Token {
        while self.ahead.len() <= index {
            let token = self.lexer.next();
            self.ahead.push_back(token);
        }
        &self.ahead[index]
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.ahead.pop_front().unwrap_or_else(|| self.lexer.next());
        self.last_end = token.end;
        token
    }

    pub(super) fn span(&self, token: &Token) -> Span {
        self.lexer.span(token)
    }

    pub(super) fn span_from(&self, start: usize) -> Span {
        self.texts.span(start..self.last_end)
    }

    pub(super) fn peek_is(&mut self, words: &[&str]) -> bool {
        let token = self.peek();
        token.kind == Kind::Word && words.contains(&token.text.as_str())
    }

    /// Takes the next token if it is one of these words.
    pub(super) fn accept(&mut self, words: &[&str]) -> bool {
        let found = self.peek_is(words);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn report(&mut self, diagnostic: Box<Diagnostic>) {
        self.lexer.diagnostics.push(diagnostic);
    }

    pub(super) fn error(&mut self, code: Code, message: String, span: &Span, hint: impl Into<String>) {
        self.report(Diagnostic::error(code, message).at(span, "").hint(hint));
    }

    /// Complains that the operand of a clause is missing at the next token.
    pub(super) fn lacks(&mut self, clause: &str, wanted: &str) {
        if self.peek().kind == Kind::Bad {
            return;
        }
        let token = self.peek().clone();
        let span = self.span(&token);
        self.error(codes::CPY007, format!("{clause} lacks {wanted}"), &span, format!("put {wanted} here"));
    }

    fn too_many(&mut self) {
        let token = self.peek().clone();
        let span = self.span(&token);
        let message = format!("the copybook has more than {MAX_ENTRIES} entries");
        self.error(codes::CPY022, message, &span, "split it, and read only the records that are needed");
    }

    /// One entry up to its period; `None` if there is no level number to hang it on.
    fn entry(&mut self) -> Option<Entry> {
        let level_token = self.next();
        let Some(level) = self.level(&level_token) else {
            self.skip_entry();
            return None;
        };
        let (name, broken) = self.name_of_entry();
        let name_end = if name.is_some() { self.last_end } else { level_token.end };
        let mut entry = Entry::new(level, name, self.texts.span(level_token.start..name_end));
        entry.broken = broken;
        while self.at_clause(&mut entry) {
            self.clause(&mut entry);
        }
        self.check_clauses(&mut entry);
        Some(entry)
    }

    fn level(&mut self, token: &Token) -> Option<u8> {
        let span = self.span(token);
        if token.kind == Kind::Number && token.text.bytes().all(|b| b.is_ascii_digit()) {
            let level = if token.text.len() <= 2 { token.text.parse().ok() } else { None };
            if let Some(level) = level.filter(|level| words::is_level(*level)) {
                return Some(level);
            }
            let message = format!("`{}` is not a level number", shown(&token.text));
            self.error(codes::CPY004, message, &span, "level numbers are 01 to 49, 66, 77 and 88");
        } else if token.kind != Kind::Bad {
            let message =
                format!("an entry must begin with a level number, not with `{}`", shown(span.text()));
            let hint = "a copybook holds data descriptions only, such as `01 RECORD.` or `05 FIELD PIC X.`";
            self.error(codes::CPY003, message, &span, hint);
        }
        None
    }

    /// To the end of something that is no entry.
    fn skip_entry(&mut self) {
        loop {
            if self.at_level_number() && self.peek().first {
                return;
            }
            match self.next().kind {
                Kind::Period | Kind::End => return,
                _ => {}
            }
        }
    }

    /// True if the next token could be the level number of an entry.
    pub(super) fn at_level_number(&mut self) -> bool {
        let token = self.peek();
        let level = token.kind == Kind::Number
            && token.text.len() <= 2
            && token.text.parse().is_ok_and(words::is_level);
        level && matches!(self.peek_at(1).kind, Kind::Word | Kind::Period)
    }

    /// The name, if there is one, and whether something stands in its place.
    fn name_of_entry(&mut self) -> (Option<String>, bool) {
        let kind = self.peek().kind;
        match kind {
            Kind::Bad => {
                self.next();
                (None, true)
            }
            Kind::Word if self.peek_is(&["FILLER"]) => {
                self.next();
                (None, false)
            }
            Kind::Word if words::begins_clause(&self.peek().text) && !self.is_reserved_name() => {
                (None, false)
            }
            Kind::Word => {
                let name = self.take_name();
                self.warn_of_reserved(&name);
                (Some(name.value), false)
            }
            _ => (None, false),
        }
    }

    /// True if a word that begins a clause can only be a name, because its operand is missing.
    fn is_reserved_name(&mut self) -> bool {
        let word = self.peek().text.clone();
        let (kind, next) = {
            let token = self.peek_at(1);
            (token.kind, token.text.clone())
        };
        let picture = kind == Kind::Word && matches!(next.as_str(), "PIC" | "PICTURE");
        if words::needs_operand(&word) {
            picture || kind == Kind::Period
        } else {
            picture && words::takes_no_picture(&word)
        }
    }

    /// Some compilers reserve words that others let stand as names.
    fn warn_of_reserved(&mut self, name: &Name) {
        if words::is_reserved(&name.value) {
            let message = format!("`{}` is a reserved word of COBOL", shown(&name.value));
            let warning = Diagnostic::warning(codes::CPY023, message).at(&name.span, "");
            self.report(warning.hint("it is read as a name; choose another if a compiler is to read it"));
        }
    }

    fn take_name(&mut self) -> Name {
        let token = self.next();
        let span = self.span(&token);
        let mut text = token.text;
        let message = || format!("the name `{}` is longer than {MAX_NAME} characters", shown(span.text()));
        if text.len() > MAX_NAME_READ {
            self.error(codes::CPY022, message(), &span, "shorten the name");
            text.truncate(MAX_NAME_READ);
        } else if text.len() > MAX_NAME {
            self.report(Diagnostic::warning(codes::CPY023, message()).at(&span, "").hint("shorten the name"));
        }
        Name { value: text, span }
    }

    /// A name that is an operand.
    pub(super) fn operand_name(&mut self, clause: &str, wanted: &str) -> Option<Name> {
        if self.peek().kind != Kind::Word || words::begins_clause(&self.peek().text) {
            self.lacks(clause, wanted);
            return None;
        }
        Some(self.take_name())
    }

    /// `name [OF name]...`
    pub(super) fn qualified_name(&mut self, clause: &str, wanted: &str) -> Option<QualifiedName> {
        let name = self.operand_name(clause, wanted)?;
        let mut qualifiers = Vec::new();
        while self.accept(&["OF", "IN"]) {
            qualifiers.push(self.operand_name("the qualification", "the name of a group")?.value);
        }
        Some(QualifiedName { name, qualifiers })
    }

    /// True if a clause follows; takes the period, or complains that there is none.
    fn at_clause(&mut self, entry: &mut Entry) -> bool {
        loop {
            let kind = self.peek().kind;
            match kind {
                Kind::Period => {
                    self.next();
                    return false;
                }
                Kind::Word => return true,
                Kind::Number if self.at_level_number() => return self.no_period(entry),
                Kind::End => return self.no_period(entry),
                _ => self.not_a_clause(entry),
            }
        }
    }

    fn no_period(&mut self, entry: &Entry) -> bool {
        let span = self.texts.span(self.last_end..self.last_end);
        let message = format!("the entry of `{}` does not end with a period", entry.shown());
        self.error(codes::CPY008, message, &span, "put a period here");
        false
    }

    fn not_a_clause(&mut self, entry: &mut Entry) {
        entry.broken = true;
        let token = self.next();
        if token.kind != Kind::Bad {
            let span = self.span(&token);
            let message = format!("`{}` is not a clause of a data description", shown(span.text()));
            self.error(
                codes::CPY005,
                message,
                &span,
                "take it away, or end the entry before it with a period",
            );
        }
        self.skip_to_clause();
    }

    /// A word that begins no clause.
    pub(super) fn unknown_word(&mut self, entry: &mut Entry, token: &Token) {
        entry.broken = true;
        let span = self.span(token);
        let word = shown(&token.text);
        if let Some(clause) = words::unsupported_clause(&token.text) {
            let hint = "put plain PICTURE and USAGE clauses in its place";
            self.error(codes::CPY005, format!("{clause} is not supported"), &span, hint);
        } else {
            let short = token.text.len() <= MAX_NAME;
            let hint = match nearest(&token.text, words::CLAUSES).filter(|_| short) {
                Some(clause) => format!("did you mean {clause}?"),
                None => "check the spelling, or end the entry before it with a period".to_owned(),
            };
            self.error(codes::CPY005, format!("`{word}` is not a clause of a data description"), &span, hint);
        }
        self.skip_to_clause();
    }

    /// On to something that makes sense inside or after an entry.
    pub(super) fn skip_to_clause(&mut self) {
        loop {
            let level = self.at_level_number();
            let token = self.peek();
            let stop = match token.kind {
                Kind::Period | Kind::End => true,
                Kind::Number => level && token.first,
                Kind::Word => words::begins_clause(&token.text),
                _ => false,
            };
            if stop {
                return;
            }
            self.next();
        }
    }
}
