//! Comparisons of cards to those of [`Comparison`].

use std::cmp::Ordering;

use memchr::memmem::Finder;

use super::calculation::NumberField;
use super::compare::{Accepts, Comparison, DateSide, LAST, MIDDLE, Padding, Weighed};
use super::{MomentBytes, Setting, Shape, Spot, number, year_constant_key, year_moment_key};
use crate::control::message::{self, COMPARISON_FIELD, ILLEGAL_COMPARISON};
use crate::control::syntax::{
    CardField, Comparand, Format, Literal, LiteralKind, NumericTest, Relation, Test,
};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::CodePage;
use crate::key::{SortFormat, latin_order};

/// Compiles a comparison for records of a shape.
pub(super) fn compile(test: &Test, setting: &Setting, shape: Shape) -> Result<Comparison> {
    match test {
        Test::Compare { left, relation, right, span } => {
            let maker = Maker {
                left,
                spot: spot(left, shape)?,
                accepts: Accepts::of(*relation),
                setting,
                shape,
                span,
            };
            maker.compare(*relation, right)
        }
        Test::Substring { field, negated, constant, .. } => {
            let spot = spot(field, shape)?;
            Ok(if constant.len() <= spot.length() {
                let finder = Box::new(Finder::new(constant).into_owned());
                Comparison::Contains { spot, finder, negated: *negated }
            } else {
                Comparison::Contained { spot, text: constant.as_slice().into(), negated: *negated }
            })
        }
        Test::Bits { field, test, mask, .. } => {
            let spot = spot(field, shape)?;
            Ok(Comparison::Bits { spot, mask: fitted(mask, spot.length(), 0), test: *test })
        }
        Test::BitPattern { field, negated, care, bits, .. } => {
            let spot = spot(field, shape)?;
            // Bits behind the end of the pattern are zero and count.
            let care = fitted(care, spot.length(), 0xFF);
            Ok(Comparison::Pattern { spot, care, bits: fitted(bits, spot.length(), 0), negated: *negated })
        }
        Test::Content { field, negated, test, span } => {
            let spot = spot(field, shape)?;
            let classes = Box::new(classes(*test, field.format, setting.page, span)?);
            Ok(Comparison::Class { spot, classes, negated: *negated })
        }
    }
}

/// The place of a compare field.
fn spot(field: &CardField, shape: Shape) -> Result<Spot> {
    match Spot::anywhere(&field.place, &field.span)? {
        Spot::Record { end, .. } if end > shape.length && !shape.variable => Err(message::error(
            codes::CTL005,
            COMPARISON_FIELD,
            format!("the field ends at byte {end}, behind the end of the record, which has {}", shape.length),
        )
        .at(&field.span, "")),
        spot => Ok(spot),
    }
}

/// Bytes cut or filled to a length.
fn fitted(bytes: &[u8], length: usize, fill: u8) -> Box<[u8]> {
    let mut bytes = bytes[..bytes.len().min(length)].to_vec();
    bytes.resize(length, fill);
    bytes.into()
}

/// Makes comparisons of one field.
struct Maker<'a> {
    left: &'a CardField,
    spot: Spot,
    accepts: Accepts,
    setting: &'a Setting,
    shape: Shape,
    span: &'a Span,
}

/// What formats are compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Binary,
    Weighed,
    Number,
    Date,
    None,
}

fn kind(format: Format) -> Kind {
    match format {
        Format::Sort(sort) => match sort {
            SortFormat::Character => Kind::Text,
            SortFormat::Binary => Kind::Binary,
            SortFormat::Ascii | SortFormat::Alternate => Kind::Weighed,
            SortFormat::Date(_) => Kind::Date,
            SortFormat::HexFloat | SortFormat::IeeeFloat => Kind::None,
            _ => Kind::Number,
        },
        Format::Substring => Kind::Text,
        Format::Year4(_) | Format::MachineDate(..) | Format::MachineTime(..) => Kind::None,
    }
}

impl Maker<'_> {
    fn compare(&self, relation: Relation, right: &Comparand) -> Result<Comparison> {
        match (kind(self.left.format), right) {
            (Kind::None, _) => Err(self.illegal("fields of this format are not compared")),
            (_, Comparand::Field(right)) => self.with_field(right),
            (Kind::Text | Kind::Binary, Comparand::Literal(literal)) => {
                Ok(self.with_bytes(self.adjusted(literal)))
            }
            (Kind::Weighed, Comparand::Literal(literal)) => {
                let table = self.table()?;
                let right = self.adjusted(literal).iter().map(|byte| table[usize::from(*byte)]).collect();
                Ok(self.weighed(Weighed::Constant(right), table))
            }
            (Kind::Number, Comparand::Literal(literal))
                if self.left.format == Format::Sort(SortFormat::PackedMiddle) =>
            {
                self.with_number(self.middle_digits(literal)?)
            }
            (Kind::Binary, Comparand::Number(number)) => Ok(self.with_binary(relation, *number)),
            (Kind::Number | Kind::Text, Comparand::Number(number)) => self.with_number(*number),
            (Kind::Number | Kind::Binary | Kind::Text | Kind::Weighed, Comparand::Moment(moment)) => {
                if matches!(kind(self.left.format), Kind::Number) {
                    return self.with_number(MomentBytes::number(moment, self.setting)?);
                }
                let text =
                    Literal { bytes: MomentBytes::of(moment, self.setting)?, kind: LiteralKind::Character };
                self.compare(relation, &Comparand::Literal(text))
            }
            (Kind::Date, Comparand::Year(text)) => self.with_date(
                year_constant_key(self.left, text, self.setting),
                "the constant does not suit the field",
            ),
            (Kind::Date, Comparand::YearMoment(moment)) => self.with_date(
                year_moment_key(self.left, moment, self.setting),
                "the date does not suit the field",
            ),
            _ => Err(self.illegal("such a constant does not go with the format of the field")),
        }
    }

    fn illegal(&self, what: &str) -> Box<Diagnostic> {
        message::error(codes::CTL012, ILLEGAL_COMPARISON, what)
            .at(self.span, "")
            .hint("numbers go with numbers, C'..' and X'..' with CH and BI, Y'..' with Y2 fields")
    }

    /// A constant as long as the field: texts with blanks, hexadecimal ones with X'00' behind.
    fn adjusted(&self, literal: &Literal) -> Box<[u8]> {
        let fill = if literal.kind == LiteralKind::Character { self.setting.page.space() } else { 0 };
        fitted(&literal.bytes, self.spot.length(), fill)
    }

    /// The number that a hexadecimal constant spells for a PD0 field: X'12' is 12.
    fn middle_digits(&self, literal: &Literal) -> Result<i128> {
        let nibbles = literal.bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        let spelled = nibbles
            .take(31)
            .try_fold(0_i128, |number, digit| (digit < 10).then(|| number * 10 + i128::from(digit)));
        match spelled {
            Some(number) if literal.kind == LiteralKind::Hex => Ok(number),
            _ => Err(self.illegal("a PD0 field is compared with X'..' of decimal digits")),
        }
    }

    fn with_bytes(&self, constant: Box<[u8]>) -> Comparison {
        let (spot, accepts) = (self.spot, self.accepts);
        match spot {
            Spot::Record { start, .. } if (1..=8).contains(&constant.len()) => {
                let word = constant.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
                Comparison::Word { start, length: constant.len(), constant: word, accepts }
            }
            _ => Comparison::Bytes { spot, constant, accepts },
        }
    }

    /// An unsigned binary field against a number.
    fn with_binary(&self, relation: Relation, number: i128) -> Comparison {
        let length = self.spot.length();
        let all = number.to_be_bytes();
        let used = all.iter().position(|byte| *byte != 0).unwrap_or(all.len());
        if number < 0 {
            return Comparison::Constant(Accepts::of(relation).has(Ordering::Greater), self.spot);
        }
        if all.len() - used > length {
            return Comparison::Constant(Accepts::of(relation).has(Ordering::Less), self.spot);
        }
        let mut constant = vec![0; length.saturating_sub(all.len())];
        constant.extend_from_slice(&all[all.len().saturating_sub(length)..]);
        self.with_bytes(constant.into())
    }

    fn with_number(&self, right: i128) -> Result<Comparison> {
        let left = NumberField::compile(self.left, self.setting, self.spot)?;
        Ok(Comparison::Number { left, right, accepts: self.accepts })
    }

    fn with_date(&self, key: Option<i128>, otherwise: &str) -> Result<Comparison> {
        let key = key.ok_or_else(|| self.illegal(otherwise))?;
        Ok(self.date(DateSide::Key(key)))
    }

    fn date(&self, right: DateSide) -> Comparison {
        Comparison::Date {
            left: Box::new((self.left.clone(), self.spot)),
            right: Box::new(right),
            setting: Box::new(self.setting.clone()),
            accepts: self.accepts,
        }
    }

    fn with_field(&self, right: &CardField) -> Result<Comparison> {
        let other = spot(right, self.shape)?;
        match (kind(self.left.format), kind(right.format)) {
            (Kind::Binary, Kind::Binary) => Ok(self.fields(other, Padding::Before)),
            (Kind::Text | Kind::Binary, Kind::Text | Kind::Binary) => {
                Ok(self.fields(other, Padding::Behind(self.setting.page.space())))
            }
            (Kind::Weighed, Kind::Weighed) if self.left.format == right.format => {
                Ok(self.weighed(Weighed::Field(other), self.table()?))
            }
            (Kind::Number, Kind::Number) => Ok(Comparison::Numbers {
                left: Box::new(NumberField::compile(self.left, self.setting, self.spot)?),
                right: Box::new(NumberField::compile(right, self.setting, other)?),
                accepts: self.accepts,
            }),
            (Kind::Date, Kind::Date) => Ok(self.date(DateSide::Field(right.clone(), other))),
            _ => Err(self.illegal("fields of these formats do not go together")),
        }
    }

    fn fields(&self, right: Spot, padding: Padding) -> Comparison {
        Comparison::Fields { left: self.spot, right, padding, accepts: self.accepts }
    }

    fn weighed(&self, right: Weighed, table: Box<[u8; 256]>) -> Comparison {
        let blank = self.setting.page.space();
        Comparison::Weighed { left: self.spot, right, table, blank, accepts: self.accepts }
    }

    /// The weights of bytes in AC and AQ.
    fn table(&self) -> Result<Box<[u8; 256]>> {
        if self.left.format == Format::Sort(SortFormat::Ascii) {
            return Ok(Box::new(latin_order(self.setting.page)));
        }
        let identity = || {
            let mut table = [0; 256];
            (0u8..=255).for_each(|byte| table[usize::from(byte)] = byte);
            Box::new(table)
        };
        Ok(self.setting.altseq.clone().unwrap_or_else(identity))
    }
}

/// The bytes that pass a test.
fn classes(test: NumericTest, format: Format, page: CodePage, span: &Span) -> Result<[u8; 256]> {
    let mut classes = [0u8; 256];
    if test == NumericTest::Number {
        digits(format, page, &mut classes, span)?;
        return Ok(classes);
    }
    for byte in 0..=255u8 {
        let c = page.char(byte);
        let (upper, lower, digit) = (c.is_ascii_uppercase(), c.is_ascii_lowercase(), c.is_ascii_digit());
        let passes = match test {
            NumericTest::Number => digit,
            NumericTest::Upper => upper,
            NumericTest::Lower => lower,
            NumericTest::Mixed => upper || lower,
            NumericTest::UpperDigits => upper || digit,
            NumericTest::LowerDigits => lower || digit,
            NumericTest::MixedDigits => upper || lower || digit,
        };
        if passes {
            classes[usize::from(byte)] = MIDDLE | LAST;
        }
    }
    Ok(classes)
}

/// NUM: printable digits in FS, digits with zones F but for a sign C, D or F in ZD, digits and such a sign in PD.
fn digits(format: Format, page: CodePage, classes: &mut [u8; 256], span: &Span) -> Result<()> {
    let zone = page.zero();
    for byte in 0..=255u8 {
        let (high, low) = (byte >> 4, byte & 15);
        let plain = byte & 0xF0 == zone && low < 10;
        let (middle, last) = match format {
            Format::Sort(SortFormat::Packed) => {
                (high < 10 && low < 10, high < 10 && matches!(low, 0xC | 0xD | 0xF))
            }
            Format::Sort(SortFormat::Zoned) if page.is_ebcdic() => {
                (plain, low < 10 && matches!(high, 0xC | 0xD | 0xF))
            }
            Format::Sort(SortFormat::Zoned) => (plain, number::value(&[byte], format, false).is_ok()),
            Format::Sort(SortFormat::FloatingSign | SortFormat::Character | SortFormat::Binary) => {
                (plain, plain)
            }
            _ => {
                return Err(message::error(
                    codes::CTL012,
                    ILLEGAL_COMPARISON,
                    "NUM tests fields of FS, ZD or PD",
                )
                .at(span, ""));
            }
        };
        classes[usize::from(byte)] = (u8::from(middle) * MIDDLE) | (u8::from(last) * LAST);
    }
    Ok(())
}
