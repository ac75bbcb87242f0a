//! What stands on the right of a comparison, and what may stand there.

use super::condition::Right;
use super::format::{NamedFormat, Use};
use super::parser::Parser;
use crate::control::deck::{Constant, Cursor, Symbol, Text};
use crate::control::message;
use crate::control::syntax::{Comparand, Format, Moment, MomentForm};
use crate::diag::{Result, Span, codes};
use crate::key::SortFormat;

/// Formats of a kind can be compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Bytes,
    Decimal,
    Fixed,
    Signed,
    Overpunched,
    AsciiSigned,
    PackedMiddle,
    Alternate,
    Ascii,
    Year,
}

impl Kind {
    fn of(format: &NamedFormat) -> Option<Kind> {
        let Format::Sort(sort) = format.format else { return None };
        Some(match (format.name.as_str(), sort) {
            ("ASL" | "AST", _) => Kind::AsciiSigned,
            ("CTO" | "OT" | "CLO" | "OL", _) => Kind::Overpunched,
            (_, SortFormat::Character | SortFormat::Binary) => Kind::Bytes,
            (_, SortFormat::Zoned | SortFormat::Packed) => Kind::Decimal,
            (_, SortFormat::Fixed) => Kind::Fixed,
            (_, SortFormat::PackedMiddle) => Kind::PackedMiddle,
            (_, SortFormat::Alternate) => Kind::Alternate,
            (_, SortFormat::Ascii) => Kind::Ascii,
            (_, SortFormat::Date(_)) => Kind::Year,
            (_, SortFormat::HexFloat | SortFormat::IeeeFloat) => return None,
            _ => Kind::Signed,
        })
    }
}

impl Parser<'_> {
    /// A constant, a field, the run's date.
    pub(super) fn comparand(&mut self, left: &NamedFormat, default: Option<&NamedFormat>) -> Result<Right> {
        if let Some(constant) = self.constant_comparand()? {
            return Ok(Right::Constant(constant));
        }
        if let Some(moment) = self.moment()? {
            return Ok(Right::Constant(Comparand::Moment(moment)));
        }
        if self.is_number() {
            return self.number();
        }
        if let Some(head) = self.cursor.head()? {
            let format = self.format_of(&head, default.or(Some(left)))?;
            let field = self.field(&head, &format, Use::Comparison, message::COMPARISON_FIELD)?;
            return Ok(Right::Field(field, format));
        }
        self.number()
    }

    /// True before digits without a length behind them.
    fn is_number(&self) -> bool {
        let rest = self.cursor.ahead();
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let length = behind
            .strip_prefix([',', ';'])
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        behind.len() < rest.len() && !length
    }

    fn number(&mut self) -> Result<Right> {
        match self.cursor.decimal()? {
            Some((value, _)) => Ok(Right::Constant(Comparand::Number(value))),
            None => Err(self.cursor.expected("a constant or a field")),
        }
    }

    fn constant_comparand(&mut self) -> Result<Option<Comparand>> {
        if let Some(Symbol::Constant(Constant::Number { .. })) = self.cursor.peek_symbol() {
            return Ok(self.cursor.decimal()?.map(|(value, _)| Comparand::Number(value)));
        }
        if let Some(literal) = self.cursor.literal()? {
            return Ok(Some(Comparand::Literal(literal)));
        }
        if let Some(Symbol::Constant(Constant::Year(text))) = self.cursor.peek_symbol() {
            let start = self.cursor.at();
            self.cursor.symbol();
            return self.year_symbol(start, text).map(Some);
        }
        if self.cursor.ahead().starts_with("Y'") {
            self.cursor.skip(1);
            return self.year().map(Some);
        }
        if self.cursor.ahead().starts_with("P'") {
            return self.packed_constant().map(Some);
        }
        Ok(None)
    }

    /// A year constant that a symbol stands for.
    fn year_symbol(&mut self, start: usize, text: &str) -> Result<Comparand> {
        let whole = Text::in_place_of(&self.cursor.span_from(start), text);
        let mut parser = Parser::new(Cursor::new(&whole, self.cursor.reading()));
        parser.year()
    }

    /// Behind the Y: `'yyx..'`, `'DATE1'+n`.
    fn year(&mut self) -> Result<Comparand> {
        let start = self.cursor.at();
        let text = self.cursor.quoted()?;
        let number = match text.as_str() {
            "DATE1" => 1,
            "DATE2" => 2,
            "DATE3" => 3,
            "BLANKS" | "ZEROS" | "NINES" | "LOW" | "HIGH" => return Ok(Comparand::Year(text)),
            digits if (1..=6).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit()) => {
                return Ok(Comparand::Year(text));
            }
            _ => {
                let message =
                    "a year constant is digits of a date, LOW, BLANKS, ZEROS, NINES, HIGH or DATE1 to DATE3";
                let error = self.cursor.wrong_code(codes::CTL003, start, message, "none of these");
                return Err(error.hint("write, for example, Y'0405' or Y'DATE1'-30"));
            }
        };
        let offset = self.offset()?;
        Ok(Comparand::YearMoment(Moment {
            form: MomentForm::Date { number, separator: None, packed: false },
            offset,
        }))
    }

    /// `P'..'`.
    fn packed_constant(&mut self) -> Result<Comparand> {
        let start = self.cursor.at();
        self.cursor.skip(1);
        let text = self.cursor.quoted()?;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        let valid = (1..=31).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
        match digits.parse::<i128>() {
            Ok(value) if valid => Ok(Comparand::Number(if text.starts_with('-') { -value } else { value })),
            _ => Err(self.cursor.wrong_code(
                codes::CTL003,
                start,
                "a packed constant is up to 31 digits with a sign",
                "no number",
            )),
        }
    }

    /// Whether such a field and such a value can be compared.
    pub(super) fn check_comparison(&mut self, format: &NamedFormat, right: &Right, span: &Span) {
        let Some(kind) = Kind::of(format) else { return };
        let problem = match right {
            Right::Field(_, other) => match Kind::of(other) {
                Some(other_kind) if other_kind == kind => None,
                _ => Some(format!(
                    "a field of format {} cannot be compared with one of format {}",
                    format.name, other.name
                )),
            },
            Right::Constant(constant) => constant_problem(kind, format, constant),
        };
        if let Some(message) = problem {
            self.problem(codes::CTL012, message::ILLEGAL_COMPARISON, span, message, "not comparable");
        }
    }
}

/// Why a constant does not suit a field.
fn constant_problem(kind: Kind, format: &NamedFormat, constant: &Comparand) -> Option<String> {
    let numeric = !matches!(kind, Kind::Bytes | Kind::Alternate | Kind::Ascii | Kind::Year);
    let binary = format.format == Format::Sort(SortFormat::Binary);
    let (suits, what) = match constant {
        Comparand::Literal(_) => (
            !numeric && kind != Kind::Year || kind == Kind::PackedMiddle,
            "a character or hexadecimal constant",
        ),
        Comparand::Number(value) => (numeric || binary && *value >= 0, "a decimal constant"),
        Comparand::Moment(moment) if is_packed(moment) => (numeric || binary, "a packed date or time"),
        Comparand::Moment(_) => (!numeric && kind != Kind::Year, "a date or time of characters"),
        Comparand::Year(_) | Comparand::YearMoment(_) => (kind == Kind::Year, "a year constant"),
        Comparand::Field(_) => (true, ""),
    };
    (!suits).then(|| format!("a field of format {} cannot be compared with {what}", format.name))
}

fn is_packed(moment: &Moment) -> bool {
    matches!(moment.form, MomentForm::Date { packed: true, .. } | MomentForm::Time { packed: true, .. })
}
