//! SORT and MERGE.

use super::format::{NamedFormat, Use};
use super::option::Change;
use super::parser::{Parser, symbol_format};
use crate::control::deck::HeadPlace;
use crate::control::message;
use crate::control::syntax::{Application, Format, SortField};
use crate::diag::{Diagnostic, Result, Span, codes};

/// Operands, for hints.
const OPERANDS: &[&str] = &[
    "FIELDS", "FORMAT", "EQUALS", "NOEQUALS", "SKIPREC", "STOPAFT", "FILSZ", "SIZE", "FILES", "DYNALLOC",
    "CKPT",
];

/// What SORT or MERGE says.
#[derive(Clone, Debug)]
pub struct SortStatement {
    /// The application.
    pub application: Application,
    /// Options on the statement.
    pub changes: Vec<Change>,
}

/// A control field whose format may be that of FORMAT=.
struct Key {
    field: SortField,
    written: Option<NamedFormat>,
    symbol: Option<NamedFormat>,
}

impl Parser<'_> {
    /// SORT or MERGE.
    pub fn sort_statement(&mut self, merge: bool, operation: &Span) -> Result<SortStatement> {
        let name = if merge { "MERGE" } else { "SORT" };
        let mut keys: Option<Option<Vec<Key>>> = None;
        let mut format = None;
        let mut changes = Vec::new();
        self.operands(|parser, word| match word.text.as_str() {
            "FIELDS" => {
                let fields = parser.sort_fields()?;
                parser.once(&mut keys, fields, &word, message::DUPLICATE_OPERAND)
            }
            "FORMAT" => {
                let value = parser.format_value()?;
                parser.once(&mut format, value, &word, message::DUPLICATE_OPERAND)
            }
            _ if parser.option(&word, &mut changes)? => Ok(()),
            _ => Err(parser.unknown(&word, name, message::SORT_OPERAND, OPERANDS)),
        })?;
        let application = match keys {
            None => return Err(missing_fields(name, operation)),
            Some(None) => Application::Copy,
            Some(Some(keys)) => {
                let fields =
                    keys.into_iter().map(|key| self.sort_key(key, format.as_ref())).collect::<Result<_>>()?;
                if merge { Application::Merge(fields) } else { Application::Sort(fields) }
            }
        };
        Ok(SortStatement { application, changes })
    }

    /// `=(..)`, `=COPY`, `=(COPY)`: `None` is a copy.
    fn sort_fields(&mut self) -> Result<Option<Vec<Key>>> {
        self.cursor.equals()?;
        if self.cursor.eat_word("COPY") || self.cursor.eat_text("(COPY)") {
            return Ok(None);
        }
        let mut keys = Vec::new();
        self.cursor.open()?;
        loop {
            keys.push(self.sort_field()?);
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(Some(keys));
            }
        }
    }

    /// `p,m,f,s` or `p,m,s`.
    fn sort_field(&mut self) -> Result<Key> {
        let familiar = self.cursor.set_familiar(message::FIELDS_VALUE);
        let start = self.cursor.at();
        let head = self.cursor.head()?.ok_or_else(|| self.cursor.expected("a control field"))?;
        let HeadPlace::Record { position, bit, length: Some((length, bits)) } = head.place else {
            return Err(self.field_error(
                &head.span,
                "a control field needs a position and a length",
                "how many bytes?",
            ));
        };
        let (written, symbol) = (self.written_format(), symbol_format(&head));
        self.cursor.expect_comma()?;
        let descending = self.sort_order(written.is_some() || symbol.is_some())?;
        self.cursor.set_familiar(familiar);
        let field = SortField {
            position,
            bit,
            length,
            bits,
            format: crate::key::SortFormat::Binary,
            descending,
            span: self.cursor.span_from(start),
        };
        Ok(Key { field, written, symbol })
    }

    fn sort_order(&mut self, has_format: bool) -> Result<bool> {
        let word = self.cursor.word_ahead();
        match word {
            "A" | "D" => {
                self.cursor.skip(1);
                Ok(word == "D")
            }
            "E" => {
                Err(self.unsupported("control fields of order E need an E61 exit", "exits are not supported"))
            }
            _ if !has_format && !word.is_empty() => Err(self.no_format(self.cursor.at(), word)),
            _ => {
                let error = self.cursor.expected("A or D");
                Err(error.hint("each control field ends with A for ascending or D for descending order"))
            }
        }
    }

    fn sort_key(&mut self, key: Key, default: Option<&NamedFormat>) -> Result<SortField> {
        let mut field = key.field;
        let Some(format) = key.written.as_ref().or(default).or(key.symbol.as_ref()) else {
            return Err(self.missing_format(&field.span));
        };
        let Format::Sort(sorted) = format.format else {
            let message = format!("records cannot be sorted by format {}", format.name);
            return Err(
                message::error(codes::CTL011, message::FORMAT, message).at(&field.span, "no format of a key")
            );
        };
        field.format = sorted;
        let by_bits = field.bit > 0 || field.bits > 0;
        if by_bits && format.name != "BI" {
            let message = format!("a field of format {} begins and ends with a byte", format.name);
            self.problem(codes::CTL005, message::DISPLACEMENT, &field.span, message, "only BI has bits");
        } else if !by_bits && let Some(reason) = format.refuses(field.length, Use::Key) {
            self.problem(codes::CTL011, message::DISPLACEMENT, &field.span, reason, "not possible");
        }
        Ok(field)
    }

    /// Something of the product that this one does not have.
    pub fn unsupported(&self, message: &str, label: &str) -> Box<Diagnostic> {
        let at = self.cursor.at();
        Diagnostic::error(codes::CTL006, message).at(&self.cursor.span(at..at + 1), label)
    }
}

fn missing_fields(name: &str, operation: &Span) -> Box<Diagnostic> {
    message::error(codes::CTL009, message::MISSING_FIELDS, format!("{name} has no FIELDS operand"))
        .at(operation, "which fields?")
        .hint(format!("write {name} FIELDS=(p,m,f,s,...) or {name} FIELDS=COPY; the first operand stands on the first card"))
}
