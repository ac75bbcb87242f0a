//! Tokens to data description entries, clause by clause (Language Reference, "Data division: data description entry").
//!
//! After an error the rest of the entry is skipped, so that each mistake is reported once and the next entry is read.

use super::layout::Literal;
use super::layout::SignPlace;
use super::lexer::{Kind, Token};
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Diagnostics, Result, Span, codes};

/// A word with its place.
pub(super) type Name = (String, Span);

/// One entry as written.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub level: u8,
    pub level_span: Span,
    pub name: Option<Name>,
    pub redefines: Option<Name>,
    pub picture: Option<Name>,
    pub usage: Option<UsageWord>,
    pub sign: Option<SignPlace>,
    pub occurs: Option<OccursClause>,
    pub values: Vec<ValueItem>,
    pub justified: bool,
    pub blank_when_zero: bool,
    pub sync: Option<Span>,
    pub renames: Option<(QualifiedName, Option<QualifiedName>)>,
}

/// USAGE as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsageWord {
    Display,
    Packed,
    Binary,
    Native,
}

/// OCCURS as written.
#[derive(Clone, Debug)]
pub(super) struct OccursClause {
    pub min: u32,
    pub max: u32,
    pub depending_on: Option<QualifiedName>,
    pub span: Span,
}

/// A name with OF or IN.
#[derive(Clone, Debug)]
pub(super) struct QualifiedName {
    pub name: String,
    pub qualifiers: Vec<String>,
    pub span: Span,
}

/// A value or a range of values.
#[derive(Clone, Debug)]
pub(super) struct ValueItem {
    pub low: Literal,
    pub high: Option<Literal>,
    pub span: Span,
}

/// Most entries of a copybook.
const ENTRIES_MAX: usize = 65_536;

/// Reads all entries.
pub(super) fn entries(tokens: &[Token], found: &mut Diagnostics) -> Vec<Entry> {
    let mut parser = Parser { tokens, at: 0, found };
    let mut entries = Vec::new();
    while parser.at < tokens.len() {
        if entries.len() == ENTRIES_MAX {
            let error =
                Diagnostic::error(codes::CPY022, format!("the copybook has more than {ENTRIES_MAX} entries"));
            parser.found.push(error.at(&tokens[parser.at].span, "").hint("split it"));
            break;
        }
        match parser.entry() {
            Ok(entry) => entries.extend(entry),
            Err(error) => {
                parser.found.push(error);
                parser.skip_entry();
            }
        }
    }
    entries
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    found: &'a mut Diagnostics,
}

impl Parser<'_> {
    fn entry(&mut self) -> Result<Option<Entry>> {
        let first = self.tokens[self.at].clone();
        if first.kind == Kind::Period {
            self.at += 1;
            return Ok(None);
        }
        let level = self.level(&first)?;
        self.at += 1;
        let mut entry = Entry {
            level,
            level_span: first.span,
            name: None,
            redefines: None,
            picture: None,
            usage: None,
            sign: None,
            occurs: None,
            values: Vec::new(),
            justified: false,
            blank_when_zero: false,
            sync: None,
            renames: None,
        };
        entry.name = self.data_name(level)?;
        loop {
            let Some(token) = self.peek().cloned() else {
                return self.unended(entry);
            };
            match token.kind {
                Kind::Period => {
                    self.at += 1;
                    return Ok(Some(entry));
                }
                Kind::Word(_) if token.begins_line && self.looks_like_entry() => return self.unended(entry),
                Kind::Word(word) => self.clause(&word, &token.span, &mut entry)?,
                Kind::Text(_) | Kind::Hex(_) => {
                    let error = Diagnostic::error(codes::CPY005, "a literal does not belong here");
                    return Err(error.at(&token.span, "").hint("a literal follows VALUE"));
                }
            }
        }
    }

    /// The entry is kept: only its period is missing.
    fn unended(&mut self, entry: Entry) -> Result<Option<Entry>> {
        let last = &self.tokens[self.at - 1].span;
        let end = last.slice(last.text().len()..last.text().len());
        let error = Diagnostic::error(codes::CPY008, "the entry does not end with a period");
        self.found.push(error.at(&end, "a period is missing").hint("end every entry with a period"));
        Ok(Some(entry))
    }

    fn level(&mut self, token: &Token) -> Result<u8> {
        let Some(word) = token.word() else {
            return Err(not_a_level(&token.span));
        };
        if matches!(word, "COPY" | "REPLACE" | "EXEC" | "FD" | "SD" | "PROCEDURE") {
            let error =
                Diagnostic::error(codes::CPY005, format!("{word} is not supported in a copybook yet"));
            return Err(error.at(&token.span, "").hint("write the data description entries out"));
        }
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_a_level(&token.span));
        }
        match word.parse::<u32>() {
            Ok(level @ (1..=49 | 66 | 77 | 88)) => Ok(level as u8),
            _ => Err(Diagnostic::error(codes::CPY004, format!("{word} is not a level number"))
                .at(&token.span, "")
                .hint("levels are 01 to 49 for items, 66 RENAMES, 77, and 88 for condition names")),
        }
    }

    /// The data name, if the next word is not a clause.
    fn data_name(&mut self, level: u8) -> Result<Option<Name>> {
        let Some(token) = self.peek().cloned() else { return Ok(None) };
        let Some(word) = token.word() else { return Ok(None) };
        if word == "FILLER" {
            self.at += 1;
            return Ok(None);
        }
        if is_clause(word) && !(level == 88) {
            return Ok(None);
        }
        if !is_cobol_word(word) {
            let error = Diagnostic::error(codes::CPY001, format!("{word} is not a COBOL name"));
            return Err(error
                .at(&token.span, "")
                .hint("a name has letters, digits and inner hyphens, and at least one letter"));
        }
        self.at += 1;
        Ok(Some((word.to_owned(), token.span)))
    }

    fn clause(&mut self, word: &str, span: &Span, entry: &mut Entry) -> Result<()> {
        self.at += 1;
        match word {
            "REDEFINES" => {
                let name = self.name_operand("REDEFINES")?;
                once(&mut entry.redefines, name, span)
            }
            "RENAMES" => {
                let first = self.qualified_name("RENAMES")?;
                let through = self.take_any(&["THRU", "THROUGH"]);
                let last = if through { Some(self.qualified_name("THRU")?) } else { None };
                once(&mut entry.renames, (first, last), span)
            }
            "PIC" | "PICTURE" => {
                self.take_any(&["IS"]);
                let picture = self.picture_operand()?;
                once(&mut entry.picture, picture, span)
            }
            "USAGE" => {
                self.take_any(&["IS"]);
                let (word, place) = self.name_operand("USAGE")?;
                once(&mut entry.usage, usage(&word, &place)?, span)
            }
            "SIGN" => {
                self.take_any(&["IS"]);
                let (word, place) = self.name_operand("SIGN")?;
                let sign = self.sign(&word, &place)?;
                once(&mut entry.sign, sign, span)
            }
            "LEADING" | "TRAILING" => {
                let sign = self.sign(word, span)?;
                once(&mut entry.sign, sign, span)
            }
            "OCCURS" => {
                let occurs = self.occurs(span)?;
                once(&mut entry.occurs, occurs, span)
            }
            "VALUE" | "VALUES" => self.values(span, entry),
            "JUST" | "JUSTIFIED" => {
                self.take_any(&["RIGHT"]);
                entry.justified = true;
                Ok(())
            }
            "BLANK" => {
                self.take_any(&["WHEN"]);
                if !self.take_any(&["ZERO", "ZEROS", "ZEROES"]) {
                    return Err(self.lacks("BLANK WHEN", "ZERO"));
                }
                entry.blank_when_zero = true;
                Ok(())
            }
            "SYNC" | "SYNCHRONIZED" => {
                self.take_any(&["LEFT", "RIGHT"]);
                entry.sync = Some(span.clone());
                Ok(())
            }
            "EXTERNAL" | "GLOBAL" => {
                self.take_any(&["IS"]);
                Ok(())
            }
            "IS" if self.peek().and_then(Token::word).is_some_and(|w| w == "EXTERNAL" || w == "GLOBAL") => {
                self.at += 1;
                Ok(())
            }
            _ => once(&mut entry.usage, usage(word, span)?, span),
        }
    }

    fn picture_operand(&mut self) -> Result<Name> {
        match self.peek().cloned() {
            Some(Token { kind: Kind::Word(word), span, .. }) => {
                self.at += 1;
                Ok((word, span))
            }
            _ => Err(self.lacks("PICTURE", "a character-string such as X(20)")),
        }
    }

    fn sign(&mut self, word: &str, place: &Span) -> Result<SignPlace> {
        let separate = self.take_any(&["SEPARATE"]);
        if separate {
            self.take_any(&["CHARACTER"]);
        }
        match (word, separate) {
            ("LEADING", false) => Ok(SignPlace::Leading),
            ("TRAILING", false) => Ok(SignPlace::Trailing),
            ("LEADING", true) => Ok(SignPlace::LeadingSeparate),
            ("TRAILING", true) => Ok(SignPlace::TrailingSeparate),
            _ => Err(Diagnostic::error(codes::CPY007, "SIGN needs LEADING or TRAILING")
                .at(place, "")
                .hint("write, for example, SIGN LEADING SEPARATE")),
        }
    }

    fn occurs(&mut self, span: &Span) -> Result<OccursClause> {
        let first = self.count()?;
        let max = if self.take_any(&["TO"]) { Some(self.count()?) } else { None };
        self.take_any(&["TIMES"]);
        let mut depending_on = None;
        loop {
            if self.take_any(&["DEPENDING"]) {
                self.take_any(&["ON"]);
                depending_on = Some(self.qualified_name("DEPENDING ON")?);
            } else if self.take_any(&["ASCENDING", "DESCENDING"]) {
                self.take_any(&["KEY"]);
                self.take_any(&["IS"]);
                self.names();
            } else if self.take_any(&["INDEXED"]) {
                self.take_any(&["BY"]);
                self.names();
            } else {
                break;
            }
        }
        let end = &self.tokens[self.at - 1].span;
        let span = span.to(end);
        match (max, &depending_on) {
            (Some(_), None) => Err(Diagnostic::error(codes::CPY015, "OCCURS ... TO needs DEPENDING ON")
                .at(&span, "")
                .hint("name the field that holds the number of entries, or give one number")),
            (Some(max), _) if max < first || max == 0 => {
                Err(Diagnostic::error(codes::CPY015, format!("the table has {first} to {max} entries"))
                    .at(&span, "")
                    .hint("the second number must not be below the first"))
            }
            (None, None) if first == 0 => {
                Err(Diagnostic::error(codes::CPY015, "a table has at least one entry")
                    .at(&span, "")
                    .hint("write OCCURS 1 or more"))
            }
            (Some(max), _) => Ok(OccursClause { min: first, max, depending_on, span }),
            // IBM implies a minimum of 1 where only the maximum of a variable table is given.
            (None, Some(_)) => Ok(OccursClause { min: 1, max: first.max(1), depending_on, span }),
            (None, None) => Ok(OccursClause { min: first, max: first, depending_on, span }),
        }
    }

    fn count(&mut self) -> Result<u32> {
        let number = self.peek().and_then(Token::word).and_then(|word| word.parse::<u32>().ok());
        match number {
            Some(number) => {
                self.at += 1;
                Ok(number)
            }
            None => Err(self.lacks("OCCURS", "a number of entries")),
        }
    }

    fn values(&mut self, span: &Span, entry: &mut Entry) -> Result<()> {
        self.take_any(&["IS", "ARE"]);
        if !entry.values.is_empty() {
            return Err(twice(span));
        }
        while let Some((low, start)) = self.literal()? {
            let through = self.take_any(&["THRU", "THROUGH"]);
            let high = if through {
                Some(self.literal()?.ok_or_else(|| self.lacks("THRU", "a literal"))?)
            } else {
                None
            };
            let span = high.as_ref().map_or(start.clone(), |(_, end)| start.to(end));
            entry.values.push(ValueItem { low, high: high.map(|(literal, _)| literal), span });
        }
        if entry.values.is_empty() { Err(self.lacks("VALUE", "a literal")) } else { Ok(()) }
    }

    /// The literal that comes next, if one does.
    fn literal(&mut self) -> Result<Option<(Literal, Span)>> {
        let Some(token) = self.peek().cloned() else { return Ok(None) };
        let literal = match &token.kind {
            Kind::Text(text) => Literal::Text(text.clone()),
            Kind::Hex(bytes) => Literal::Hex(bytes.clone()),
            Kind::Period => return Ok(None),
            Kind::Word(word) => match word.as_str() {
                "SPACE" | "SPACES" => Literal::Spaces,
                "ZERO" | "ZEROS" | "ZEROES" => Literal::Zeros,
                "LOW-VALUE" | "LOW-VALUES" => Literal::LowValues,
                "HIGH-VALUE" | "HIGH-VALUES" => Literal::HighValues,
                "QUOTE" | "QUOTES" => Literal::Quotes,
                "ALL" => return self.all_literal(&token.span).map(Some),
                word => match word.parse::<Decimal>() {
                    Ok(number) => Literal::Number(number),
                    Err(_) => return Ok(None),
                },
            },
        };
        self.at += 1;
        Ok(Some((literal, token.span)))
    }

    fn all_literal(&mut self, span: &Span) -> Result<(Literal, Span)> {
        self.at += 1;
        match self.literal()? {
            Some((Literal::Text(text), end)) if !text.is_empty() => Ok((Literal::All(text), span.to(&end))),
            // ALL before a figurative constant changes nothing.
            Some((
                literal @ (Literal::Spaces | Literal::Zeros | Literal::LowValues | Literal::HighValues),
                end,
            )) => Ok((literal, span.to(&end))),
            _ => Err(self.lacks("ALL", "a literal in quotes")),
        }
    }

    fn qualified_name(&mut self, clause: &str) -> Result<QualifiedName> {
        let (name, mut span) = self.name_operand(clause)?;
        let mut qualifiers = Vec::new();
        while self.take_any(&["OF", "IN"]) {
            let (qualifier, end) = self.name_operand("OF")?;
            span = span.to(&end);
            qualifiers.push(qualifier);
        }
        Ok(QualifiedName { name, qualifiers, span })
    }

    fn name_operand(&mut self, clause: &str) -> Result<Name> {
        match self.peek().cloned() {
            Some(Token { kind: Kind::Word(word), span, .. }) => {
                self.at += 1;
                Ok((word, span))
            }
            _ => Err(self.lacks(clause, "a name")),
        }
    }

    /// Names of keys or indexes, which take no storage.
    fn names(&mut self) {
        while self.peek().and_then(Token::word).is_some_and(|word| !is_clause(word)) {
            self.at += 1;
        }
    }

    fn lacks(&self, clause: &str, what: &str) -> Box<Diagnostic> {
        let place = self.tokens.get(self.at).or(self.tokens.last()).map(|token| token.span.clone());
        let error = Diagnostic::error(codes::CPY007, format!("{clause} needs {what}"))
            .hint(format!("write {what} after {clause}"));
        match place {
            Some(span) => error.at(&span, ""),
            None => error,
        }
    }

    fn take_any(&mut self, words: &[&str]) -> bool {
        let taken = self.peek().and_then(Token::word).is_some_and(|word| words.contains(&word));
        self.at += usize::from(taken);
        taken
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// A number at the beginning of a line followed by a name or clause: a new entry, after a forgotten period.
    fn looks_like_entry(&self) -> bool {
        let word = |at: usize| self.tokens.get(at).and_then(Token::word);
        let level = word(self.at)
            .and_then(|w| w.parse::<u32>().ok())
            .is_some_and(|n| matches!(n, 1..=49 | 66 | 77 | 88));
        level && word(self.at + 1).is_some_and(|next| is_cobol_word(next))
    }

    /// Skips to the end of an entry that has an error.
    fn skip_entry(&mut self) {
        let start = self.at;
        while let Some(token) = self.tokens.get(self.at) {
            if token.kind == Kind::Period {
                self.at += 1;
                return;
            }
            if self.at > start && token.begins_line && self.looks_like_entry() {
                return;
            }
            self.at += 1;
        }
    }
}

fn not_a_level(span: &Span) -> Box<Diagnostic> {
    Diagnostic::error(codes::CPY003, "an entry begins with a level number")
        .at(span, "not a level number")
        .hint("write, for example, 05 FIELD-NAME PIC X(10).")
}

fn once<T>(slot: &mut Option<T>, value: T, span: &Span) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice(span)),
    }
}

fn twice(span: &Span) -> Box<Diagnostic> {
    Diagnostic::error(
        codes::CPY006,
        format!("{} is given twice, or two clauses exclude each other", span.text()),
    )
    .at(span, "second one")
    .hint("keep one of them")
}

fn usage(word: &str, span: &Span) -> Result<UsageWord> {
    let unsupported = |what: &str| {
        Err(Diagnostic::error(codes::CPY005, format!("{what} is not supported yet"))
            .at(span, "")
            .hint("describe the field as PIC X of the same length"))
    };
    match word {
        "DISPLAY" => Ok(UsageWord::Display),
        "COMP-3" | "COMPUTATIONAL-3" | "PACKED-DECIMAL" => Ok(UsageWord::Packed),
        "COMP" | "COMPUTATIONAL" | "COMP-4" | "COMPUTATIONAL-4" | "BINARY" => Ok(UsageWord::Binary),
        "COMP-5" | "COMPUTATIONAL-5" => Ok(UsageWord::Native),
        "COMP-1" | "COMPUTATIONAL-1" | "COMP-2" | "COMPUTATIONAL-2" | "COMP-6" | "COMP-X" | "INDEX"
        | "POINTER" | "NATIONAL" | "DISPLAY-1" | "UTF-8" | "PROCEDURE-POINTER" | "FUNCTION-POINTER"
        | "OBJECT" => unsupported(&format!("USAGE {word}")),
        "GROUP-USAGE" | "DATE" | "VOLATILE" | "DYNAMIC" | "ANY" | "TYPE" | "TYPEDEF" => {
            unsupported(&format!("the clause {word}"))
        }
        _ => {
            let error = Diagnostic::error(
                codes::CPY005,
                format!("{word} is not a clause of a data description entry"),
            )
            .at(span, "");
            Err(match crate::diag::nearest(word, CLAUSES.iter().copied()) {
                Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                None => error.hint("clauses are PIC, USAGE, OCCURS, REDEFINES, VALUE, SIGN and their kin"),
            })
        }
    }
}

const CLAUSES: [&str; 52] = [
    "REDEFINES",
    "RENAMES",
    "PIC",
    "PICTURE",
    "USAGE",
    "SIGN",
    "LEADING",
    "TRAILING",
    "OCCURS",
    "VALUE",
    "VALUES",
    "JUST",
    "JUSTIFIED",
    "BLANK",
    "SYNC",
    "SYNCHRONIZED",
    "EXTERNAL",
    "GLOBAL",
    "IS",
    "DISPLAY",
    "COMP",
    "COMP-1",
    "COMP-2",
    "COMP-3",
    "COMP-4",
    "COMP-5",
    "COMPUTATIONAL",
    "COMPUTATIONAL-1",
    "COMPUTATIONAL-2",
    "COMPUTATIONAL-3",
    "COMPUTATIONAL-4",
    "COMPUTATIONAL-5",
    "PACKED-DECIMAL",
    "BINARY",
    "INDEX",
    "POINTER",
    "NATIONAL",
    "DISPLAY-1",
    "PROCEDURE-POINTER",
    "FUNCTION-POINTER",
    "GROUP-USAGE",
    "ASCENDING",
    "DESCENDING",
    "INDEXED",
    "DEPENDING",
    "TIMES",
    "TO",
    "ON",
    "COMP-6",
    "COMP-X",
    "UTF-8",
    "SEPARATE",
];

fn is_clause(word: &str) -> bool {
    CLAUSES.contains(&word)
}

fn is_cobol_word(word: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == ':';
    word.chars().all(good)
        && word.chars().any(|c| c.is_ascii_alphabetic())
        && !word.starts_with('-')
        && !word.ends_with('-')
}
