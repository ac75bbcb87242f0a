//! The clauses of an entry.

use crate::diag::{Span, codes};

use super::entry::{
    Entry, OccursClause, PictureClause, RenamesClause, SignClause, Spanned, UsageWord, ValueRange,
};
use super::layout::Literal;
use super::lexer::{Kind, Token};
use super::parser::Parser;
use super::picture;
use super::values;
use super::words::{self, UsageMeaning};

impl Parser<'_> {
    /// One clause, of which the first word is next.
    pub(super) fn clause(&mut self, entry: &mut Entry) {
        let token = self.next();
        let word = token.text.as_str();
        match word {
            _ if token.kind != Kind::Word => {}
            "PIC" | "PICTURE" => self.picture(entry, &token),
            "USAGE" => {
                self.accept(&["IS"]);
                self.usage_word(entry, &token);
            }
            "SIGN" => {
                self.accept(&["IS"]);
                self.sign(entry, &token);
            }
            "OCCURS" => self.occurs(entry, &token),
            "REDEFINES" => self.redefines(entry, &token),
            "RENAMES" => self.renames(entry, &token),
            "VALUE" | "VALUES" => self.value(entry, &token),
            "BLANK" => self.blank(entry, &token),
            "GROUP-USAGE" => self.group_usage(entry, &token),
            "BYTE-LENGTH" => self.byte_length(entry, &token),
            "GLOBAL" | "VOLATILE" | "ALIGNED" => {}
            "EXTERNAL" => self.external(),
            "DATE" if self.peek_is(&["FORMAT"]) => self.date_format(),
            "IS" if self.peek_is(&["EXTERNAL", "GLOBAL"]) => {}
            _ => self.word_clause(entry, &token),
        }
    }

    /// Clauses that are a single word, or begin with an optional one left out.
    fn word_clause(&mut self, entry: &mut Entry, token: &Token) {
        let span = self.span(token);
        match token.text.as_str() {
            "LEADING" | "TRAILING" => self.sign_place(entry, token, token),
            "JUST" | "JUSTIFIED" => {
                self.accept(&["RIGHT"]);
                self.put(&mut entry.justified, span.clone(), &span, "JUSTIFIED");
            }
            "SYNC" | "SYNCHRONIZED" => {
                self.accept(&["LEFT", "RIGHT"]);
                self.put(&mut entry.sync, span.clone(), &span, "SYNCHRONIZED");
            }
            word if words::usage(word).is_some() => self.usage(entry, token),
            _ => self.unknown_word(entry, token),
        }
    }

    /// Stores a clause unless it is there already.
    fn put<T>(&mut self, slot: &mut Option<T>, value: T, span: &Span, clause: &str) {
        if slot.is_none() {
            *slot = Some(value);
            return;
        }
        let message = format!("{clause} is given twice in one entry");
        self.error(codes::CPY006, message, span, "keep one of them");
    }

    fn picture(&mut self, entry: &mut Entry, clause: &Token) {
        self.accept(&["IS"]);
        if self.peek().kind != Kind::Picture {
            entry.broken = true;
            return self.lacks("PICTURE", "a character-string");
        }
        let token = self.next();
        let span = self.span(&token);
        let meaning = picture::parse(&token.text, &span, self.options);
        let meaning = self.keep(meaning);
        let written = PictureClause { text: token.text, meaning };
        let at = self.span(clause);
        self.put(&mut entry.picture, Spanned { value: written, span }, &at, "PICTURE");
    }

    /// Keeps a value or reports its error.
    fn keep<T>(&mut self, result: crate::diag::Result<T>) -> Option<T> {
        result.map_err(|error| self.report(error)).ok()
    }

    fn usage_word(&mut self, entry: &mut Entry, clause: &Token) {
        let token = self.peek().clone();
        if token.kind == Kind::Word && words::usage(&token.text).is_some() {
            self.next();
            return self.usage(entry, &token);
        }
        entry.broken = true;
        if token.kind == Kind::Word && !words::begins_clause(&token.text) {
            self.next();
            let span = self.span(&token);
            let message = format!("`{}` is not a USAGE", super::entry::shown(&token.text));
            let hint = "use DISPLAY, COMP, COMP-3, COMP-4, COMP-5, BINARY or PACKED-DECIMAL";
            return self.error(codes::CPY005, message, &span, hint);
        }
        self.lacks(&clause.text, "a word such as DISPLAY, COMP or COMP-3");
    }

    fn usage(&mut self, entry: &mut Entry, token: &Token) {
        let span = self.span(token);
        match words::usage(&token.text) {
            Some(UsageMeaning::Known(value)) => {
                let value = self.usage_operand(value);
                self.put(&mut entry.usage, Spanned { value, span: span.clone() }, &span, "USAGE");
            }
            _ => {
                entry.broken = true;
                let message = format!("USAGE {} is not supported", token.text);
                let hint = "describe the bytes as PIC X of their number";
                self.error(codes::CPY005, message, &span, hint);
            }
        }
    }

    /// What may follow the word of a USAGE.
    fn usage_operand(&mut self, usage: UsageWord) -> UsageWord {
        match usage {
            UsageWord::Integer { length, .. } => {
                let unsigned = self.accept(&["UNSIGNED"]);
                if !unsigned {
                    self.accept(&["SIGNED"]);
                }
                UsageWord::Integer { length, signed: !unsigned }
            }
            UsageWord::ObjectReference => {
                self.accept(&["REFERENCE"]);
                if self.accept(&["FACTORY"]) {
                    self.accept(&["OF"]);
                }
                let token = self.peek();
                if token.kind == Kind::Word && !words::begins_clause(&token.text) {
                    self.next();
                }
                self.accept(&["ONLY"]);
                usage
            }
            other => other,
        }
    }

    fn group_usage(&mut self, entry: &mut Entry, clause: &Token) {
        self.accept(&["IS"]);
        let token = self.peek().clone();
        let span = self.span(&token);
        let value = match (token.kind, words::usage(&token.text)) {
            (Kind::Word, Some(UsageMeaning::Known(value @ (UsageWord::National | UsageWord::Utf8)))) => value,
            _ => {
                entry.broken = true;
                return self.lacks("GROUP-USAGE", "NATIONAL or UTF-8");
            }
        };
        self.next();
        let at = self.span(clause);
        self.put(&mut entry.group_usage, Spanned { value, span }, &at, "GROUP-USAGE");
    }

    fn byte_length(&mut self, entry: &mut Entry, clause: &Token) {
        self.accept(&["IS"]);
        let token = self.peek().clone();
        let length = token.text.parse().ok().filter(|length| token.kind == Kind::Number && *length > 0);
        let Some(value) = length else {
            entry.broken = true;
            return self.lacks("BYTE-LENGTH", "a number of bytes");
        };
        self.next();
        let span = self.span_from(clause.start);
        self.put(&mut entry.byte_length, Spanned { value, span: span.clone() }, &span, "BYTE-LENGTH");
    }

    /// EXTERNAL [AS literal] says where the storage is, not what is in it.
    fn external(&mut self) {
        if self.accept(&["AS"]) && self.peek().kind == Kind::Text {
            self.next();
        }
    }

    /// DATE FORMAT IS pattern: for windowed dates of older compilers.
    fn date_format(&mut self) {
        self.accept(&["FORMAT"]);
        self.accept(&["IS"]);
        let token = self.peek();
        if token.kind == Kind::Word && !words::begins_clause(&token.text) {
            self.next();
            // A pattern such as YY(4) or X(3) has its count in parentheses.
            while matches!(self.peek().kind, Kind::Parenthesis | Kind::Number) {
                self.next();
            }
        }
    }

    fn sign(&mut self, entry: &mut Entry, clause: &Token) {
        if !self.peek_is(&["LEADING", "TRAILING"]) {
            entry.broken = true;
            return self.lacks("SIGN", "LEADING or TRAILING");
        }
        let place = self.next();
        self.sign_place(entry, clause, &place);
    }

    fn sign_place(&mut self, entry: &mut Entry, clause: &Token, place: &Token) {
        let separate = self.accept(&["SEPARATE"]);
        if separate {
            self.accept(&["CHARACTER"]);
        }
        let value = SignClause { leading: place.text == "LEADING", separate };
        let span = self.span_from(clause.start);
        self.put(&mut entry.sign, Spanned { value, span: span.clone() }, &span, "SIGN");
    }

    fn blank(&mut self, entry: &mut Entry, clause: &Token) {
        self.accept(&["WHEN"]);
        if !self.accept(&["ZERO", "ZEROS", "ZEROES"]) {
            return self.lacks("BLANK WHEN", "ZERO");
        }
        let span = self.span_from(clause.start);
        self.put(&mut entry.blank_when_zero, span.clone(), &span, "BLANK WHEN ZERO");
    }

    fn redefines(&mut self, entry: &mut Entry, clause: &Token) {
        let Some(name) = self.operand_name("REDEFINES", "the name of the item before") else {
            entry.broken = true;
            return;
        };
        let span = self.span(clause);
        self.put(&mut entry.redefines, name, &span, "REDEFINES");
    }

    fn renames(&mut self, entry: &mut Entry, clause: &Token) {
        let Some(from) = self.qualified_name("RENAMES", "the name of an item") else {
            entry.broken = true;
            return;
        };
        let mut thru = None;
        if self.accept(&["THRU", "THROUGH"]) {
            thru = self.qualified_name("THRU", "the name of the last item");
            entry.broken |= thru.is_none();
        }
        let span = self.span_from(clause.start);
        let value = RenamesClause { from, thru };
        self.put(&mut entry.renames, Spanned { value, span: span.clone() }, &span, "RENAMES");
    }

    fn occurs(&mut self, entry: &mut Entry, clause: &Token) {
        let Some((first, first_span)) = self.table_size() else {
            entry.broken = true;
            self.accept(&["TIMES"]);
            return;
        };
        let mut upper = None;
        if self.accept(&["TO"]) {
            upper = self.table_size();
            entry.broken |= upper.is_none();
        }
        self.accept(&["TIMES"]);
        let to_span = self.span_from(clause.start);
        let mut table = OccursClause { min: first, max: first, depending_on: None, keys: Vec::new() };
        if let Some((max, _)) = upper {
            table.max = max;
        }
        self.table_phrases(entry, &mut table);
        if upper.is_none() && table.depending_on.is_some() {
            table.min = 1;
        }
        let top_span = upper.map_or(first_span, |(_, span)| span);
        self.check_table(entry, &table, &top_span, &to_span);
        self.put(&mut entry.occurs, Spanned { value: table, span: to_span.clone() }, &to_span, "OCCURS");
    }

    /// A number of occurrences.
    fn table_size(&mut self) -> Option<(u32, Span)> {
        let token = self.peek().clone();
        let span = self.span(&token);
        if token.kind == Kind::Number {
            self.next();
            if let (true, Ok(size)) = (token.text.bytes().all(|b| b.is_ascii_digit()), token.text.parse()) {
                return Some((size, span));
            }
            let message = format!("`{}` is not a number of occurrences", super::entry::shown(&token.text));
            self.error(codes::CPY015, message, &span, "use a whole number without a sign");
        } else if token.kind == Kind::Word && matches!(token.text.as_str(), "UNBOUNDED" | "DYNAMIC") {
            self.next();
            let message = format!("OCCURS {} is not supported", token.text);
            self.error(codes::CPY015, message, &span, "give the table a largest number of occurrences");
        } else {
            self.lacks("OCCURS", "a number of occurrences");
        }
        None
    }

    /// DEPENDING ON, KEY and INDEXED BY, in any order.
    fn table_phrases(&mut self, entry: &mut Entry, table: &mut OccursClause) {
        loop {
            if self.accept(&["DEPENDING"]) {
                self.accept(&["ON"]);
                match self.qualified_name("DEPENDING ON", "the name of the counter") {
                    Some(name) => table.depending_on = Some(name),
                    None => entry.broken = true,
                }
            } else if self.accept(&["ASCENDING"]) {
                self.keys(entry, table, false);
            } else if self.accept(&["DESCENDING"]) {
                self.keys(entry, table, true);
            } else if self.accept(&["INDEXED"]) {
                self.accept(&["BY"]);
                self.names("INDEXED BY", "the name of an index");
            } else {
                return;
            }
        }
    }

    /// The names of a KEY phrase.
    fn keys(&mut self, entry: &mut Entry, table: &mut OccursClause, descending: bool) {
        self.accept(&["KEY"]);
        self.accept(&["IS"]);
        let before = table.keys.len();
        while self.peek().kind == Kind::Word && !words::ends_names(&self.peek().text) {
            match self.qualified_name("KEY", "the name of a key") {
                Some(name) => table.keys.push((name, descending)),
                None => entry.broken = true,
            }
            if entry.broken {
                return;
            }
        }
        if table.keys.len() == before {
            self.lacks("KEY", "the name of a key");
        }
    }

    /// Names that have no effect on the layout.
    fn names(&mut self, clause: &str, wanted: &str) {
        let mut any = false;
        while self.peek().kind == Kind::Word && !words::ends_names(&self.peek().text) {
            self.next();
            any = true;
        }
        if !any {
            self.lacks(clause, wanted);
        }
    }

    fn check_table(&mut self, entry: &mut Entry, table: &OccursClause, top: &Span, clause: &Span) {
        if entry.broken {
            return;
        }
        if table.max == 0 {
            let hint = "give it at least one occurrence";
            self.error(codes::CPY015, "a table must have room for one occurrence".into(), top, hint);
        } else if table.min > table.max {
            let message = format!("the smallest size {} is above the largest {}", table.min, table.max);
            self.error(codes::CPY015, message, top, "write the smaller number first");
        } else if table.min < table.max && table.depending_on.is_none() {
            let message = "OCCURS with TO needs DEPENDING ON".to_owned();
            self.error(codes::CPY016, message, clause, "add DEPENDING ON and the counter, or take TO away");
        } else {
            return;
        }
        entry.broken = true;
    }

    fn value(&mut self, entry: &mut Entry, clause: &Token) {
        self.accept(&["IS", "ARE"]);
        let mut values = Vec::new();
        loop {
            match self.value_range() {
                Some(Some(range)) => values.push(range),
                _ => entry.broken = true,
            }
            if entry.level != 88 || !self.at_literal() {
                break;
            }
        }
        entry.when_false = self.false_phrase();
        let span = self.span(clause);
        self.put(&mut entry.value, Spanned { value: values, span: span.clone() }, &span, "VALUE");
    }

    /// `None` if no literal stands here; `Some(None)` for one that is wrong in itself.
    fn value_range(&mut self) -> Option<Option<ValueRange>> {
        let low = self.literal("VALUE")?;
        let mut high = None;
        if self.accept(&["THRU", "THROUGH"]) {
            high = Some(self.literal("THRU")?);
        }
        let range = match (low, high) {
            (Some(low), None) => Some(ValueRange { low, high: None }),
            (Some(low), Some(Some(high))) => Some(ValueRange { low, high: Some(high) }),
            _ => None,
        };
        Some(range)
    }

    /// `WHEN SET TO FALSE IS literal`: what SET moves.
    fn false_phrase(&mut self) -> Option<Spanned<Literal>> {
        if self.accept(&["WHEN"]) {
            self.accept(&["SET"]);
            self.accept(&["TO"]);
        }
        if !self.accept(&["FALSE"]) {
            return None;
        }
        self.accept(&["IS"]);
        self.literal("FALSE").flatten()
    }

    /// True if a literal follows that is not the level number of the next entry.
    fn at_literal(&mut self) -> bool {
        let token = self.peek();
        let first = token.first;
        match token.kind {
            Kind::Text | Kind::Hex | Kind::Other => true,
            Kind::Word => token.text == "ALL" || words::figurative(&token.text).is_some(),
            Kind::Number => !(first && self.at_level_number() && self.name_follows()),
            _ => false,
        }
    }

    /// True if the token after the next is a word that cannot go on a list of values.
    fn name_follows(&mut self) -> bool {
        let token = self.peek_at(1);
        let goes_on = matches!(token.text.as_str(), "THRU" | "THROUGH" | "ALL" | "WHEN" | "FALSE");
        token.kind == Kind::Word && !goes_on && words::figurative(&token.text).is_none()
    }

    /// `None` if no literal stands here; `Some(None)` for one that is wrong in itself.
    fn literal(&mut self, clause: &str) -> Option<Option<Spanned<Literal>>> {
        let token = self.peek().clone();
        let span = self.span(&token);
        let literal = match token.kind {
            Kind::Text | Kind::Hex | Kind::Number | Kind::Other => values::literal(&token, &span),
            Kind::Word if token.text == "ALL" => {
                self.next();
                return self.all_literal(token.start);
            }
            _ => match words::figurative(&token.text).filter(|_| token.kind == Kind::Word) {
                Some(constant) => Ok(constant),
                None => {
                    self.lacks(clause, "a literal");
                    return None;
                }
            },
        };
        self.next();
        Some(self.keep(literal).map(|value| Spanned { value, span }))
    }

    /// ALL before a figurative constant means nothing.
    fn all_literal(&mut self, start: usize) -> Option<Option<Spanned<Literal>>> {
        if self.peek_is(&["ALL"]) {
            self.lacks("ALL", "a literal");
            return None;
        }
        let inner = self.literal("ALL")?;
        let span = self.span_from(start);
        let Some(inner) = inner else { return Some(None) };
        let value = match inner.value {
            Literal::Text(text) | Literal::Classed(_, text) => Literal::All(text),
            Literal::Hex(_) | Literal::Number(_) | Literal::Float { .. } | Literal::ZeroEnded(_) => {
                let message = "ALL takes a literal in quotes or a figurative constant".to_owned();
                self.error(codes::CPY005, message, &span, "write it like ALL '*'");
                return Some(None);
            }
            constant => constant,
        };
        Some(Some(Spanned { value, span }))
    }

    /// Clauses that the level of the entry does not take, and what it cannot do without.
    pub(super) fn check_clauses(&mut self, entry: &mut Entry) {
        match entry.level {
            66 => self.check_only(entry, "RENAMES"),
            88 => self.check_only(entry, "VALUE"),
            _ => {
                if let Some(renames) = entry.renames.take() {
                    let message = "RENAMES is for level 66".to_owned();
                    self.error(codes::CPY006, message, &renames.span, "give the entry the level number 66");
                    entry.broken = true;
                }
            }
        }
        if let (88, None, false) = (entry.level, &entry.name, entry.broken) {
            let span = entry.span.clone();
            self.error(codes::CPY019, "a condition needs a name".into(), &span, "put a name after 88");
        }
        let missing = match entry.level {
            66 => entry.renames.is_none(),
            88 => entry.value.is_none(),
            _ => false,
        };
        if missing && !entry.broken {
            let clause = if entry.level == 66 { "RENAMES" } else { "VALUE" };
            let code = if entry.level == 66 { codes::CPY018 } else { codes::CPY019 };
            let message = format!("level {} entry `{}` has no {clause}", entry.level, entry.shown());
            let span = entry.span.clone();
            self.error(code, message, &span, format!("add {clause}"));
            entry.broken = true;
        }
    }

    /// Complains about every clause but the one that the level takes.
    fn check_only(&mut self, entry: &mut Entry, only: &str) {
        let others: [(&str, Option<Span>); 11] = [
            ("PICTURE", entry.picture.take().map(|c| c.span)),
            ("USAGE", entry.usage.take().map(|c: Spanned<UsageWord>| c.span)),
            ("GROUP-USAGE", entry.group_usage.take().map(|c| c.span)),
            ("BYTE-LENGTH", entry.byte_length.take().map(|c| c.span)),
            ("SIGN", entry.sign.take().map(|c| c.span)),
            ("OCCURS", entry.occurs.take().map(|c| c.span)),
            ("REDEFINES", entry.redefines.take().map(|c| c.span)),
            ("JUSTIFIED", entry.justified.take()),
            ("BLANK WHEN ZERO", entry.blank_when_zero.take()),
            ("SYNCHRONIZED", entry.sync.take()),
            match only {
                "VALUE" => ("RENAMES", entry.renames.take().map(|c| c.span)),
                _ => ("VALUE", entry.value.take().map(|c| c.span)),
            },
        ];
        for (clause, span) in others {
            if let Some(span) = span {
                entry.broken = true;
                let message = format!("{clause} cannot stand in an entry of level {}", entry.level);
                self.error(
                    codes::CPY006,
                    message,
                    &span,
                    format!("take it away; level {} has {only} only", entry.level),
                );
            }
        }
    }
}
