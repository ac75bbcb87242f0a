//! Reading operands: `KEYWORD`, `KEYWORD(..)`, separated by blanks.

use crate::control::deck::{Cursor, Head, HeadPlace, Word};
use crate::control::message;
use crate::control::parse::NamedFormat;
use crate::control::syntax::{CardField, Format, Place};
use crate::control::tool::familiar;
use crate::control::tool::syntax::{Dd, OnField};
use crate::diag::{Code, Diagnostic, Result, Span, codes, nearest};
use crate::key::SortFormat;

/// Reads the operands of a statement.
pub(super) struct Operands<'a> {
    pub(super) cursor: Cursor<'a>,
    /// The operator word.
    pub(super) operator: &'a str,
    /// Where it stands.
    pub(super) span: Span,
}

/// Formats of fields that an operator takes, and their greatest lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Formats {
    /// Numbers: STATS, RANGE.
    Numbers,
    /// Numbers and characters: keys.
    Keys,
    /// Numbers, characters, dates: columns.
    Columns,
    /// PD and ZD: VERIFY.
    Decimal,
}

impl<'a> Operands<'a> {
    /// The next keyword; `None` at the end of the statement.
    pub(super) fn next(&mut self) -> Result<Option<Word>> {
        self.cursor.blanks();
        if self.cursor.at_end() {
            return Ok(None);
        }
        Ok(Some(self.cursor.word()?))
    }

    /// `(`, perhaps behind blanks.
    pub(super) fn open(&mut self) -> Result<()> {
        self.cursor.blanks();
        self.cursor.expect('(')?;
        self.cursor.blanks();
        Ok(())
    }

    /// `)`.
    pub(super) fn close(&mut self) -> Result<()> {
        self.cursor.blanks();
        if self.cursor.eat(')') { Ok(()) } else { Err(self.cursor.expected("',' or ')'")) }
    }

    /// `,`, perhaps between blanks.
    pub(super) fn comma(&mut self) -> bool {
        self.cursor.blanks();
        let found = self.cursor.comma();
        self.cursor.blanks();
        found
    }

    /// True if `(` comes next.
    pub(super) fn opens(&self) -> bool {
        self.cursor.ahead().trim_start_matches([' ', '\t']).starts_with('(')
    }

    /// `(one)`.
    pub(super) fn one<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.open()?;
        let value = read(self)?;
        self.close()?;
        Ok(value)
    }

    /// `(a,b,..)`.
    pub(super) fn list(&mut self, mut read: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.open()?;
        loop {
            read(self)?;
            if !self.comma() {
                return self.close();
            }
        }
    }

    /// `(n)` in a range.
    pub(super) fn number(&mut self, what: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32> {
        self.one(|this| this.cursor.small(what, range))
    }

    /// `(n)` that may be large.
    pub(super) fn count(&mut self, what: &str, least: u64) -> Result<u64> {
        self.one(|this| this.cursor.number_in(what, least..=999_999_999_999_999))
    }

    /// `(n)`, `(+n)`, `(-n)`.
    pub(super) fn signed(&mut self) -> Result<i128> {
        self.one(|this| match this.cursor.decimal()? {
            Some((value, _)) => Ok(value),
            None => Err(this.cursor.expected("a number")),
        })
    }

    /// A name of up to eight characters.
    pub(super) fn dd(&mut self) -> Result<Dd> {
        let word = self.cursor.word()?;
        let valid = word.text.len() <= 8 && !word.text.starts_with(|c: char| c.is_ascii_digit());
        if !valid {
            return Err(self.error(
                codes::CTL005,
                &word.span,
                "a DD has a name of up to eight characters",
                "no name of a DD",
            ));
        }
        Ok(Dd { name: word.text.to_ascii_uppercase(), span: word.span })
    }

    /// `(dd,..)`, appended.
    pub(super) fn dds(&mut self, names: &mut Vec<Dd>, most: usize) -> Result<()> {
        self.list(|this| {
            let dd = this.dd()?;
            if names.len() == most {
                let message = format!("more than {most} names of DDs");
                return Err(this.error(codes::CTL005, &dd.span, &message, "too many"));
            }
            names.push(dd);
            Ok(())
        })
    }

    /// `(xxxx)`: four characters that begin the name of a CNTL DD.
    pub(super) fn using(&mut self) -> Result<Dd> {
        let dd = self.one(Self::dd)?;
        if dd.name.len() != 4 {
            let error =
                self.error(codes::CTL005, &dd.span, "USING has four characters", "not four characters");
            return Err(error.hint("USING(CTL1) reads the DD CTL1CNTL"));
        }
        Ok(dd)
    }

    /// `'text'` or a symbol for one, in the code page of the data.
    pub(super) fn text(&mut self, most: usize) -> Result<Vec<u8>> {
        let start = self.cursor.at();
        let Some(literal) = self.cursor.literal()? else {
            return Err(self.cursor.expected("a text in apostrophes"));
        };
        if literal.bytes.is_empty() || literal.bytes.len() > most {
            let message = format!("a text has 1 to {most} characters here, not {}", literal.bytes.len());
            return Err(self.cursor.wrong(start, message, "this text"));
        }
        Ok(literal.bytes)
    }

    /// `p,m,f` behind an open parenthesis, or a symbol for it.
    pub(super) fn field(&mut self, formats: Formats) -> Result<CardField> {
        let head = self.head()?;
        let name = self.format_name(&head)?;
        self.field_of(&head, &name, formats)
    }

    /// `p,m` or a symbol.
    pub(super) fn head(&mut self) -> Result<Head> {
        match self.cursor.head()? {
            Some(head) => Ok(head),
            None => Err(self.cursor.expected("a field")),
        }
    }

    /// `,f`, or the format of the symbol.
    pub(super) fn format_name(&mut self, head: &Head) -> Result<String> {
        let mut ahead = self.cursor.clone();
        ahead.blanks();
        if ahead.comma() {
            ahead.blanks();
            let word = ahead.word_ahead();
            if is_format(word) {
                ahead.skip(word.len());
                self.cursor = ahead;
                return Ok(word.to_owned());
            }
            if head.format.is_none() {
                let label = if word.is_empty() { "which format?" } else { "no data format" };
                let start = ahead.at();
                let message = "a field has no data format that is known here";
                return Err(ahead.known_error(start, codes::CTL011, familiar::KEYWORD, message, label));
            }
        }
        match &head.format {
            Some(format) => Ok(format.clone()),
            None => Err(self.error(codes::CTL011, &head.span, "a field has no data format", "which format?")),
        }
    }

    /// The field of a position, length and format, checked.
    pub(super) fn field_of(&self, head: &Head, name: &str, formats: Formats) -> Result<CardField> {
        let (position, length) = self.place(head)?;
        let lengths = lengths(name, formats);
        let named = NamedFormat::named(name);
        let (Some((least, most)), Some(named)) = (lengths, named) else {
            let message = format!("the format {name} is not possible with {}", self.operator);
            return Err(self.error(codes::CTL011, &head.span, &message, "this field"));
        };
        if length < least || length > most {
            let message = format!("a field of format {name} has {least} to {most} bytes here, not {length}");
            return Err(self.error(codes::CTL011, &head.span, &message, "this field"));
        }
        Ok(CardField {
            place: Place::Record { position, length },
            format: named.format,
            span: head.span.clone(),
        })
    }

    /// Position and length of whole bytes.
    pub(super) fn place(&self, head: &Head) -> Result<(u32, u32)> {
        match head.place {
            HeadPlace::Record { position, bit: 0, length: Some((length, 0)) } => Ok((position, length)),
            HeadPlace::Record { length: None, .. } => {
                Err(self.error(codes::CTL005, &head.span, "a field has no length", "how many bytes?"))
            }
            _ => Err(self.error(
                codes::CTL005,
                &head.span,
                "a field is bytes of the record here",
                "not possible here",
            )),
        }
    }

    /// `(p,m,f)` or `(VLEN)`.
    pub(super) fn on(&mut self, formats: Formats) -> Result<OnField> {
        self.one(|this| {
            let start = this.cursor.at();
            if this.cursor.eat_word("VLEN") {
                return Ok(OnField::Length(this.cursor.span_from(start)));
            }
            this.field(formats).map(OnField::Field)
        })
    }

    /// An error at a place of the cards.
    pub(super) fn error(&self, code: Code, span: &Span, message: &str, label: &str) -> Box<Diagnostic> {
        message::error(code, familiar::KEYWORD, message).at(span, label)
    }

    /// A keyword that the operator does not have.
    pub(super) fn unknown(&self, word: &Word, known: &[&'static str]) -> Box<Diagnostic> {
        let message = format!("{} has no operand {}", self.operator, word.text);
        let error = self.error(codes::CTL007, &word.span, &message, "not known here");
        match nearest(&word.text, known.iter().copied()) {
            Some(name) => error.hint(format!("did you mean {name}?")),
            None => error.hint(format!("it has {}", known.join(", "))),
        }
    }

    /// Sets what an operand says; an error if it has been said.
    pub(super) fn once<T>(&self, slot: &mut Option<T>, value: T, word: &Word) -> Result<()> {
        if slot.is_some() {
            let message = format!("{} is given twice, or beside another that excludes it", word.text);
            return Err(self.error(codes::CTL008, &word.span, &message, "again"));
        }
        *slot = Some(value);
        Ok(())
    }

    /// What an operand said that the operator needs.
    pub(super) fn needed<T>(&self, value: Option<T>, name: &str) -> Result<T> {
        match value {
            Some(value) => Ok(value),
            None => Err(self.missing(name)),
        }
    }

    /// An operand that the operator needs.
    pub(super) fn missing(&self, name: &str) -> Box<Diagnostic> {
        message::error(codes::CTL009, familiar::MISSING, format!("{} needs {name}", self.operator))
            .at(&self.span, format!("{name} is missing"))
    }

    /// Operands that do not go together.
    pub(super) fn conflict(&self, message: &str) -> Box<Diagnostic> {
        self.error(codes::CTL010, &self.span, message, "this statement")
    }
}

/// True for a word that is a format of an ICETOOL field.
fn is_format(word: &str) -> bool {
    word == "HEX" || NamedFormat::named(word).is_some()
}

/// Least and greatest length of a field of a format.
fn lengths(name: &str, formats: Formats) -> Option<(u32, u32)> {
    let decimal = match name {
        "PD" => Some((1, 16)),
        "ZD" => Some((1, 31)),
        _ => None,
    };
    if formats == Formats::Decimal || decimal.is_some() {
        return decimal;
    }
    match name {
        "BI" if formats == Formats::Keys => Some((1, 4000)),
        "BI" | "FI" => Some((1, 8)),
        "CSF" | "FS" => Some((1, 32)),
        "UFF" | "SFF" => Some((1, 44)),
        "CSL" | "LS" | "CST" | "TS" if formats == Formats::Keys => Some((2, 32)),
        "CTO" | "OT" | "CLO" | "OL" if formats == Formats::Keys => Some((1, 32)),
        "CH" if formats != Formats::Numbers => Some((1, 4000)),
        _ if formats == Formats::Columns => machine_lengths(name),
        _ => None,
    }
}

/// Lengths of dates and times of the machine.
fn machine_lengths(name: &str) -> Option<(u32, u32)> {
    match NamedFormat::named(name)?.format {
        Format::MachineDate([b'D', b'T'], _) | Format::MachineTime([b'T', b'M'], _) => Some((4, 4)),
        Format::MachineDate(..) | Format::MachineTime(..) => Some((8, 8)),
        _ => None,
    }
}

/// True for a field of characters.
pub(in crate::control::tool) fn is_text(format: Format) -> bool {
    format == Format::Sort(SortFormat::Character)
}
