//! Items of BUILD, OVERLAY, headers and trailers.

mod arithmetic;
mod change;
mod date;
mod editing;
mod justify;
mod report;
mod sequence;

use super::format::{NamedFormat, Use};
use super::parser::{Parser, symbol_format};
use crate::control::deck::{Constant, Head, HeadPlace, Symbol};
use crate::control::message;
use crate::control::syntax::{
    Arithmetic, CardField, Format, Item, Literal, LiteralKind, Place, Translation, Value,
};
use crate::diag::{Result, codes};
use crate::key::SortFormat;

/// Columns that a record can have.
const COLUMN_MAX: u32 = 32_752;
/// Blank lines that `n/` can ask for.
const LINES_MAX: u64 = 4095;

/// Where items stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// BUILD, FIELDS of INREC and OUTREC.
    Build,
    /// OVERLAY.
    Overlay,
    /// BUILD, OUTREC of OUTFIL: records may end inside.
    OutFil,
    /// HEADERn.
    Header,
    /// TRAILERn.
    Trailer,
    /// TRLUPD of IFTRAIL.
    TrailerUpdate,
}

impl Items {
    fn has_lines(self) -> bool {
        matches!(self, Items::OutFil | Items::Header | Items::Trailer)
    }
}

impl Parser<'_> {
    /// `=(item,item,..)`.
    pub fn items(&mut self, place: Items) -> Result<Vec<Item>> {
        let familiar = self.cursor.set_familiar(message::REFORMATTING_FIELD);
        self.cursor.equals()?;
        let mut items: Vec<Item> = Vec::new();
        self.cursor.open()?;
        loop {
            items.push(self.item(place)?);
            if self.cursor.comma() {
                continue;
            }
            let ends_line = matches!(items.last(), Some(Item { value: Value::Lines(_), .. }));
            if self.cursor.peek() == Some(')') || !ends_line {
                break;
            }
        }
        self.cursor.close()?;
        self.cursor.set_familiar(familiar);
        self.check_rest(&items);
        Ok(items)
    }

    /// The rest of a record can only be followed by the end of the record.
    fn check_rest(&mut self, items: &[Item]) {
        for pair in items.windows(2) {
            let [first, second] = pair else { continue };
            let rest = matches!(first.value, Value::Rest { .. } | Value::TranslateRest { .. });
            if rest && !matches!(second.value, Value::Lines(_)) {
                let message =
                    "a position without a length is the rest of the record, which must be the last item";
                self.problem(
                    codes::CTL005,
                    message::REFORMATTING_FIELD,
                    &first.span,
                    message,
                    "how many bytes?",
                );
            }
        }
    }

    fn item(&mut self, place: Items) -> Result<Item> {
        let start = self.cursor.at();
        let column = self.column()?;
        if column.is_some() && matches!(self.cursor.peek(), Some(',' | ';' | ')') | None) {
            return Ok(Item {
                column,
                align: None,
                value: Value::Column,
                span: self.cursor.span_from(start),
            });
        }
        let (value, align) = self.value(place)?;
        Ok(Item { column, align, value, span: self.cursor.span_from(start) })
    }

    /// `c:`, also with a symbol for a field or number.
    pub(in crate::control::parse) fn column(&mut self) -> Result<Option<u32>> {
        let start = self.cursor.at();
        let mut ahead = self.cursor.clone();
        if let Some(symbol) = ahead.symbol() {
            if !ahead.eat(':') {
                return Ok(None);
            }
            let column = match symbol {
                Symbol::Field { position, .. } => *position,
                Symbol::Constant(Constant::Number { value, .. }) => u32::try_from(*value).unwrap_or(0),
                _ => 0,
            };
            self.cursor = ahead;
            return self.in_columns(start, u64::from(column)).map(Some);
        }
        let digits = ahead.ahead().bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || !ahead.ahead()[digits..].starts_with(':') {
            return Ok(None);
        }
        let column = self.cursor.digits()?;
        self.cursor.eat(':');
        self.in_columns(start, column).map(Some)
    }

    fn in_columns(&self, start: usize, column: u64) -> Result<u32> {
        match u32::try_from(column) {
            Ok(column) if (1..=COLUMN_MAX).contains(&column) => Ok(column),
            _ => Err(self.cursor.wrong(
                start,
                format!("a column is 1 to {COLUMN_MAX}"),
                "no column of a record",
            )),
        }
    }

    fn value(&mut self, place: Items) -> Result<(Value, Option<u8>)> {
        if let Some(value) = self.filler(place)? {
            return Ok((value, None));
        }
        if let Some(value) = self.constant_value()? {
            return Ok((value, None));
        }
        if let Some(moment) = self.moment()? {
            return Ok((self.dated_moment(moment)?, None));
        }
        if let Some(moment) = self.shown_moment()? {
            return Ok((Value::Moment(moment), None));
        }
        if self.cursor.name_ahead() == "SEQNUM" {
            return Ok((self.sequence_number()?, None));
        }
        if let Some(value) = self.report_value(place)? {
            return Ok((value, None));
        }
        if self.at_arithmetic() {
            let first = self.arithmetic_operand()?;
            return Ok((self.computed(first)?, None));
        }
        let start = self.cursor.at();
        match self.cursor.head()? {
            Some(head) => self.field_value(start, &head),
            None => Err(self.cursor.expected("an item")),
        }
    }

    /// True before a sign, a parenthesis, or a symbol for a number with a sign.
    fn at_arithmetic(&self) -> bool {
        matches!(self.cursor.peek(), Some('(' | '+' | '-'))
            || matches!(
                self.cursor.peek_symbol(),
                Some(Symbol::Constant(Constant::Number { signed: true, .. }))
            )
    }

    /// `nX`, `nZ`, `n/`.
    fn filler(&mut self, place: Items) -> Result<Option<Value>> {
        let start = self.cursor.at();
        let mut ahead = self.cursor.clone();
        let digits = ahead.ahead().bytes().take_while(u8::is_ascii_digit).count();
        ahead.skip(digits);
        let blank = self.cursor.reading().page.space();
        let filler = match ahead.name_ahead() {
            "X" if !ahead.ahead().starts_with("X'") => Some((blank, LiteralKind::Character)),
            "Z" if !ahead.ahead().starts_with("Z'") => Some((0, LiteralKind::Hex)),
            _ => None,
        };
        if let Some((byte, kind)) = filler
            && (digits > 0 || self.cursor.peek_symbol().is_none())
        {
            let count = if digits == 0 { 1 } else { self.cursor.factor()? };
            self.cursor.skip(1);
            let bytes = vec![byte; usize::try_from(count).unwrap_or(0)];
            return Ok(Some(Value::Constant(Literal { bytes, kind })));
        }
        if ahead.peek() != Some('/') {
            return Ok(None);
        }
        let mut lines = if digits == 0 { 1 } else { self.cursor.digits()? };
        self.cursor.eat('/');
        while digits == 0 && self.cursor.eat('/') {
            lines += 1;
        }
        if !place.has_lines() {
            return Err(self.cursor.wrong(
                start,
                "a record ends only in items of OUTFIL",
                "not possible here",
            ));
        }
        match u32::try_from(lines) {
            Ok(lines) if (1..=LINES_MAX).contains(&u64::from(lines)) => Ok(Some(Value::Lines(lines))),
            _ => Err(self.cursor.wrong(start, format!("n/ is 1 to {LINES_MAX}"), "out of range")),
        }
    }

    fn constant_value(&mut self) -> Result<Option<Value>> {
        let start = self.cursor.at();
        let Some(literal) = self.cursor.literal()? else { return Ok(None) };
        if literal.bytes.is_empty() {
            return Err(self.cursor.wrong(start, "an empty constant puts nothing", "empty"));
        }
        Ok(Some(Value::Constant(literal)))
    }

    /// What follows a field decides what becomes of it.
    fn field_value(&mut self, start: usize, head: &Head) -> Result<(Value, Option<u8>)> {
        if let HeadPlace::Record { position, bit: 0, length: None } = head.place {
            return Ok((self.rest(position)?, None));
        }
        let place = self.place(head)?;
        let mut ahead = self.cursor.clone();
        if !ahead.comma() {
            return Ok((Value::Bytes(place), None));
        }
        let before = self.cursor.clone();
        self.cursor = ahead;
        let word = self.cursor.name_ahead();
        if let Some(align) = [("H", 2), ("F", 4), ("D", 8)].iter().find(|(name, _)| *name == word) {
            self.cursor.skip(1);
            return Ok((Value::Bytes(place), Some(align.1)));
        }
        if let Some(value) = self.bytes_value(start, &place, word)? {
            return Ok((value, None));
        }
        if let Some(format) = self.item_format(head, word) {
            let known = self.cursor.at() > before.at() + 1;
            if let Some(value) = self.formatted(head, place.clone(), &format, known)? {
                return Ok((value, None));
            }
        }
        self.cursor = before;
        Ok((Value::Bytes(place), None))
    }

    /// The rest of a record, as it is or translated.
    fn rest(&mut self, position: u32) -> Result<Value> {
        let mut ahead = self.cursor.clone();
        let word = if ahead.comma() { ahead.name_ahead() } else { "" };
        if !matches!(word, "HEX" | "TRAN") {
            return Ok(Value::Rest { position });
        }
        ahead.skip(word.len());
        self.cursor = ahead;
        let translation = if word == "HEX" {
            Translation::Hex
        } else {
            self.cursor.expect('=')?;
            self.translation()?
        };
        Ok(Value::TranslateRest { position, translation })
    }

    /// HEX, TRAN, CHANGE, JFY, SQZ.
    fn bytes_value(&mut self, start: usize, place: &Place, word: &str) -> Result<Option<Value>> {
        match word {
            "HEX" => {
                self.cursor.skip(3);
                Ok(Some(Value::Translate { from: place.clone(), translation: Translation::Hex }))
            }
            "TRAN" => {
                self.cursor.skip(4);
                self.cursor.expect('=')?;
                Ok(Some(Value::Translate { from: place.clone(), translation: self.translation()? }))
            }
            "CHANGE" => {
                self.cursor.skip(6);
                self.change(start, place.clone()).map(Some)
            }
            "JFY" | "SQZ" => {
                self.cursor.skip(3);
                self.justify(place.clone(), word == "SQZ").map(Some)
            }
            _ => Ok(None),
        }
    }

    fn translation(&mut self) -> Result<Translation> {
        self.choice(&[
            ("LTOU", Translation::Upper),
            ("UTOL", Translation::Lower),
            ("ALTSEQ", Translation::AltSeq),
            ("ETOA", Translation::ToAscii),
            ("ATOE", Translation::ToEbcdic),
            ("HEX", Translation::Hex),
            ("UNHEX", Translation::Unhex),
            ("BIT", Translation::Bit),
            ("UNBIT", Translation::Unbit),
        ])
    }

    /// The format of an item: written, or that of its symbol. A format that is written is taken, with the comma behind
    /// it if there is one. Of a symbol the names that only results have are results.
    fn item_format(&mut self, head: &Head, word: &str) -> Option<NamedFormat> {
        let printable = word.strip_suffix('P').filter(|year| year.len() == 3 && year.starts_with("Y2"));
        if let Some(format) = NamedFormat::named(word).or_else(|| printable.and_then(NamedFormat::named)) {
            self.cursor.skip(format.name.len());
            return Some(format);
        }
        symbol_format(head)
    }

    /// A field with a format, whose name (or the comma, if a symbol has it) was just taken. `None` if only a symbol gives
    /// the format and nothing that follows needs it.
    fn formatted(
        &mut self,
        head: &Head,
        place: Place,
        format: &NamedFormat,
        written: bool,
    ) -> Result<Option<Value>> {
        if let Format::Sort(SortFormat::Date(_)) | Format::Year4(_) = format.format {
            return self.dated(head, place, format, written);
        }
        if let Format::MachineDate(..) | Format::MachineTime(..) = format.format {
            return self.machine_dated(head, place, format, written);
        }
        if !written {
            if !self.at_operator() && !self.at_editing() {
                return Ok(None);
            }
            self.cursor.go_to(self.cursor.at() - 1);
        }
        let field = self.edited_field(head, place, format)?;
        self.computed(Arithmetic::Field(field)).map(Some)
    }

    fn edited_field(&mut self, head: &Head, place: Place, format: &NamedFormat) -> Result<CardField> {
        if let Some(reason) = format.refuses(place.length(), Use::Edited) {
            self.problem(
                codes::CTL011,
                message::REFORMATTING_FIELD,
                &head.span,
                reason,
                "length and format do not go together",
            );
        }
        Ok(CardField { place, format: format.format, span: head.span.clone() })
    }
}
