//! Arithmetic of fields and constants.

use super::fault;
use super::{Parsed, Setting, Shape, Spot, YearProgram, machine_date, number};
use crate::control::message::{self, FORMAT};
use crate::control::syntax::{Arithmetic, CardField, Format, Operator};
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::encoding::BadNumber;
use crate::key::SortFormat;

/// The first number with more than 31 digits: results may not reach it.
const LIMIT: i128 = 10i128.pow(31);

/// A number to be computed for each record.
#[derive(Clone, Debug)]
pub struct Calculation {
    root: Node,
    digits: usize,
    /// Length of the BI or FI field that it is.
    binary: Option<usize>,
    /// How far its fields reach into the record.
    reach: usize,
}

/// A number field, ready to be read.
#[derive(Clone, Debug)]
pub(super) struct NumberField {
    pub spot: Spot,
    pub format: Format,
    ebcdic: bool,
    other: Option<Box<OtherNumber>>,
}

/// Numbers that are not in the bytes themselves.
#[derive(Clone, Debug)]
enum OtherNumber {
    /// A machine date or time.
    Machine(Setting),
    /// A date with a year of two or four digits: the digits it is shown with.
    Date(YearProgram),
}

#[derive(Clone, Debug)]
enum Node {
    Field(NumberField),
    Constant(i128),
    Binary(Operator, Box<(Node, Node)>, Span),
}

impl NumberField {
    /// A field whose bytes are a number.
    pub fn compile(field: &CardField, setting: &Setting, spot: Spot) -> Result<Self> {
        let format = field.format;
        let other = if machine_date::digits(format).is_some() {
            Some(OtherNumber::Machine(setting.clone()))
        } else if is_date(format) {
            Some(OtherNumber::Date(YearProgram::compile(field, None, false, setting)?))
        } else {
            None
        };
        if other.is_none() && number::digits(format, spot.length()).is_none() {
            return Err(message::error(codes::CTL011, FORMAT, "a field of this format is no number")
                .at(&field.span, "")
                .hint("numbers are BI, FI, PD, ZD, FS, UFF, SFF and the like"));
        }
        Ok(NumberField { spot, format, ebcdic: setting.page.is_ebcdic(), other: other.map(Box::new) })
    }

    /// Digits that it is shown with.
    pub fn digits(&self) -> usize {
        match self.other.as_deref() {
            Some(OtherNumber::Date(program)) => program.length(),
            _ => number::digits(self.format, self.spot.length()).unwrap_or(15),
        }
    }

    /// Its number. The record has all its bytes.
    #[inline]
    pub fn value(&self, record: &[u8], parsed: &Parsed) -> Result<i128> {
        let bytes = self.spot.bytes(record, parsed).unwrap_or_default();
        match number::value(bytes, self.format, self.ebcdic) {
            Ok(value) if self.other.is_none() => Ok(value),
            other => self.value_otherwise(bytes, other.err().unwrap_or(BadNumber::Digit(0))),
        }
    }

    fn value_otherwise(&self, bytes: &[u8], bad: BadNumber) -> Result<i128> {
        let value = match self.other.as_deref() {
            None => None,
            Some(OtherNumber::Machine(setting)) => machine_date::read(bytes, self.format, setting),
            Some(OtherNumber::Date(program)) => {
                let mut digits = Vec::with_capacity(program.length());
                program.put(bytes, &mut digits)?;
                number::value(&digits, Format::Sort(SortFormat::Zoned), self.ebcdic).ok()
            }
        };
        value.ok_or_else(|| fault::no_number(self, bytes, bad))
    }
}

impl Calculation {
    /// Computes on records of a shape; a field that they cannot have is an error.
    pub fn compile(arithmetic: &Arithmetic, setting: &Setting, shape: Shape) -> Result<Self> {
        let root = Node::compile(arithmetic, setting, shape)?;
        let (digits, binary) = match &root {
            Node::Field(field) => {
                let length = field.spot.length();
                (field.digits(), is_binary(field.format).then_some(length))
            }
            node => (if node.is_long() { 31 } else { 15 }, None),
        };
        let reach = root.reach();
        Ok(Calculation { root, digits, binary, reach })
    }

    /// Digits that the result is shown with: those of a field, else 15, or 31 if an operand has more than 15.
    pub fn digits(&self) -> usize {
        self.digits
    }

    /// Bytes of the BI or FI field that it is, if it is nothing else.
    pub fn binary(&self) -> Option<usize> {
        self.binary
    }

    /// How far its fields reach into the record.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// The number for a record, which must have all the fields.
    #[inline]
    pub fn value(&self, record: &[u8], parsed: &Parsed) -> Result<i128> {
        self.root.value(record, parsed)
    }
}

impl Node {
    fn compile(arithmetic: &Arithmetic, setting: &Setting, shape: Shape) -> Result<Self> {
        Ok(match arithmetic {
            Arithmetic::Field(field) => {
                let spot = Spot::compile(&field.place, shape, &field.span)?;
                check_length(field, spot)?;
                Node::Field(NumberField::compile(field, setting, spot)?)
            }
            Arithmetic::Constant(number) => Node::Constant(*number),
            Arithmetic::Binary(operator, left, right, at) => {
                let left = Node::compile(left, setting, shape)?;
                let right = Node::compile(right, setting, shape)?;
                Node::Binary(*operator, Box::new((left, right)), at.clone())
            }
        })
    }

    /// True if it takes results to 31 digits (DFSORT Application Programming Guide, arithmetic expressions).
    fn is_long(&self) -> bool {
        match self {
            Node::Field(field) if is_binary(field.format) => field.spot.length() > 4,
            Node::Field(field) => field.digits() > 15,
            Node::Constant(number) => number.unsigned_abs() >= 10u128.pow(15),
            Node::Binary(_, operands, _) => operands.0.is_long() || operands.1.is_long(),
        }
    }

    fn reach(&self) -> usize {
        match self {
            Node::Field(field) => field.spot.reach(),
            Node::Constant(_) => 0,
            Node::Binary(_, operands, _) => operands.0.reach().max(operands.1.reach()),
        }
    }

    fn value(&self, record: &[u8], parsed: &Parsed) -> Result<i128> {
        match self {
            Node::Field(field) => field.value(record, parsed),
            Node::Constant(number) => Ok(*number),
            Node::Binary(operator, operands, span) => {
                let left = operands.0.value(record, parsed)?;
                let right = operands.1.value(record, parsed)?;
                combine(*operator, left, right).map_err(|why| beyond(why, left, right, span))
            }
        }
    }
}

/// True for dates with a year of two or four digits.
pub(super) fn is_date(format: Format) -> bool {
    matches!(format, Format::Sort(SortFormat::Date(_)) | Format::Year4(_))
}

fn is_binary(format: Format) -> bool {
    matches!(format, Format::Sort(SortFormat::Binary | SortFormat::Fixed))
}

/// Numbers that are computed with or shown have no more than 31 digits; those that are compared may be longer.
fn check_length(field: &CardField, spot: Spot) -> Result<()> {
    match number::refuses(field.format, spot.length()) {
        None => Ok(()),
        Some(why) => {
            Err(message::error(codes::CTL005, FORMAT, format!("{} is no number here: {why}", spot.shown()))
                .at(&field.span, ""))
        }
    }
}

/// Why a result does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoResult {
    DividedByZero,
    TooLarge,
}

fn combine(operator: Operator, left: i128, right: i128) -> std::result::Result<i128, NoResult> {
    let result = match operator {
        Operator::Min => Some(left.min(right)),
        Operator::Max => Some(left.max(right)),
        Operator::Mul => left.checked_mul(right),
        Operator::Div | Operator::Mod if right == 0 => return Err(NoResult::DividedByZero),
        Operator::Div => left.checked_div(right),
        Operator::Mod => left.checked_rem(right),
        Operator::Add => left.checked_add(right),
        Operator::Sub => left.checked_sub(right),
    };
    result.filter(|result| *result > -LIMIT && *result < LIMIT).ok_or(NoResult::TooLarge)
}

#[cold]
fn beyond(why: NoResult, left: i128, right: i128, span: &Span) -> Box<Diagnostic> {
    match why {
        NoResult::DividedByZero => Diagnostic::error(codes::DAT014, format!("{left} is divided by zero"))
            .at(span, "")
            .hint("keep such records out, or replace zero by IFTHEN before"),
        NoResult::TooLarge => Diagnostic::error(
            codes::DAT009,
            format!("the result for {left} and {right} has more than 31 digits"),
        )
        .at(span, ""),
    }
}
