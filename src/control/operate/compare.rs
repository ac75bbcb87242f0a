//! One comparison of a condition.

use std::cmp::Ordering;

use memchr::memmem::Finder;

use super::calculation::NumberField;
use super::comparing::compile;
use super::fault;
use super::{Parsed, Setting, Shape, Spot, year_key};
use crate::control::syntax::{BitTest, CardField, Relation, Test};
use crate::diag::Result;

/// A comparison that takes its bytes without asking: the record has them all.
#[derive(Clone, Debug)]
pub(super) enum Comparison {
    /// It always comes out so, if the record has the field.
    Constant(bool, Spot),
    /// At most eight bytes of the record against a constant, as a number.
    Word {
        start: usize,
        length: usize,
        constant: u64,
        accepts: Accepts,
    },
    /// Bytes against a constant of the same length.
    Bytes {
        spot: Spot,
        constant: Box<[u8]>,
        accepts: Accepts,
    },
    /// Two fields, the shorter padded.
    Fields {
        left: Spot,
        right: Spot,
        padding: Padding,
        accepts: Accepts,
    },
    /// Two fields, or a field and a constant that the table has gone over already.
    Weighed {
        left: Spot,
        right: Weighed,
        table: Box<[u8; 256]>,
        blank: u8,
        accepts: Accepts,
    },
    /// A number against a constant.
    Number {
        left: NumberField,
        right: i128,
        accepts: Accepts,
    },
    /// Two numbers.
    Numbers {
        left: Box<NumberField>,
        right: Box<NumberField>,
        accepts: Accepts,
    },
    /// A text in a field; or the field in a longer text.
    Contains {
        spot: Spot,
        finder: Box<Finder<'static>>,
        negated: bool,
    },
    Contained {
        spot: Spot,
        text: Box<[u8]>,
        negated: bool,
    },
    /// Bits of a mask.
    Bits {
        spot: Spot,
        mask: Box<[u8]>,
        test: BitTest,
    },
    /// Bits that count, and their values.
    Pattern {
        spot: Spot,
        care: Box<[u8]>,
        bits: Box<[u8]>,
        negated: bool,
    },
    /// Bytes of a class: a bit for those in the middle, one for the last.
    Class {
        spot: Spot,
        classes: Box<[u8; 256]>,
        negated: bool,
    },
    /// Dates with a two-digit year.
    Date {
        left: Box<(CardField, Spot)>,
        right: Box<DateSide>,
        setting: Box<Setting>,
        accepts: Accepts,
    },
}

/// What a weighed field is compared with.
#[derive(Clone, Debug)]
pub(super) enum Weighed {
    Constant(Box<[u8]>),
    Field(Spot),
}

/// What a date is compared with.
#[derive(Clone, Debug)]
pub(super) enum DateSide {
    Key(i128),
    Field(CardField, Spot),
}

/// How the shorter of two fields is made as long as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// With this byte at the end.
    Behind(u8),
    /// With X'00' at the start.
    Before,
}

/// In a class of bytes: in the middle of a field.
pub(super) const MIDDLE: u8 = 1;
/// In a class of bytes: at the end of a field.
pub(super) const LAST: u8 = 2;

/// The outcomes of a comparison that make it hold: a bit for less, equal and greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepts(u8);

impl Accepts {
    /// Those of a relation.
    pub fn of(relation: Relation) -> Self {
        Accepts(match relation {
            Relation::Lt => 0b001,
            Relation::Eq => 0b010,
            Relation::Le => 0b011,
            Relation::Gt => 0b100,
            Relation::Ne => 0b101,
            Relation::Ge => 0b110,
        })
    }

    /// True if the outcome is one of them.
    #[inline]
    pub fn has(self, ordering: Ordering) -> bool {
        self.0 >> (ordering as i8 + 1) & 1 == 1
    }
}

impl Comparison {
    /// Compiles a comparison for records of a shape.
    pub fn compile(test: &Test, setting: &Setting, shape: Shape) -> Result<Self> {
        compile(test, setting, shape)
    }

    /// Bytes that a record must have.
    pub fn reach(&self) -> usize {
        match self {
            Comparison::Word { start, length, .. } => start + length,
            Comparison::Constant(_, spot)
            | Comparison::Bytes { spot, .. }
            | Comparison::Contains { spot, .. }
            | Comparison::Contained { spot, .. }
            | Comparison::Bits { spot, .. }
            | Comparison::Pattern { spot, .. }
            | Comparison::Class { spot, .. } => spot.reach(),
            Comparison::Fields { left, right, .. } => left.reach().max(right.reach()),
            Comparison::Weighed { left, right, .. } => match right {
                Weighed::Constant(_) => left.reach(),
                Weighed::Field(right) => left.reach().max(right.reach()),
            },
            Comparison::Number { left, .. } => left.spot.reach(),
            Comparison::Numbers { left, right, .. } => left.spot.reach().max(right.spot.reach()),
            Comparison::Date { left, right, .. } => match &**right {
                DateSide::Key(_) => left.1.reach(),
                DateSide::Field(_, right) => left.1.reach().max(right.reach()),
            },
        }
    }

    /// True if it holds for a record, which has all bytes.
    #[inline]
    pub fn holds(&self, record: &[u8], parsed: &Parsed) -> Result<bool> {
        Ok(match self {
            Comparison::Word { start, length, constant, accepts } => {
                accepts.has(word(record, *start, *length).cmp(constant))
            }
            Comparison::Bytes { spot, constant, accepts } => {
                accepts.has(bytes(spot, record, parsed).cmp(constant))
            }
            Comparison::Number { left, right, accepts } => {
                accepts.has(left.value(record, parsed)?.cmp(right))
            }
            Comparison::Constant(outcome, _) => *outcome,
            other => other.holds_otherwise(record, parsed)?,
        })
    }

    fn holds_otherwise(&self, record: &[u8], parsed: &Parsed) -> Result<bool> {
        Ok(match self {
            Comparison::Fields { left, right, padding, accepts } => {
                accepts.has(padded(bytes(left, record, parsed), bytes(right, record, parsed), *padding))
            }
            Comparison::Weighed { left, right, table, blank, accepts } => {
                let left = bytes(left, record, parsed);
                accepts.has(match right {
                    Weighed::Constant(right) => weigh(left, table).cmp(right.iter().copied()),
                    Weighed::Field(right) => {
                        let right = bytes(right, record, parsed);
                        let length = left.len().max(right.len());
                        let fill = table[usize::from(*blank)];
                        let (left, right) = (weigh(left, table), weigh(right, table));
                        let whole = |side: &mut dyn Iterator<Item = u8>| {
                            side.chain(std::iter::repeat(fill)).take(length).collect::<Vec<u8>>()
                        };
                        let (mut left, mut right) = (left, right);
                        whole(&mut left).cmp(&whole(&mut right))
                    }
                })
            }
            Comparison::Numbers { left, right, accepts } => {
                accepts.has(left.value(record, parsed)?.cmp(&right.value(record, parsed)?))
            }
            Comparison::Contains { spot, finder, negated } => {
                finder.find(bytes(spot, record, parsed)).is_some() != *negated
            }
            Comparison::Contained { spot, text, negated } => {
                memchr::memmem::find(text, bytes(spot, record, parsed)).is_some() != *negated
            }
            Comparison::Bits { spot, mask, test } => bits_are(bytes(spot, record, parsed), mask, *test),
            Comparison::Pattern { spot, care, bits, negated } => {
                let field = bytes(spot, record, parsed);
                let same =
                    field.iter().zip(care).zip(bits).all(|((byte, care), bits)| byte & care == bits & care);
                same != *negated
            }
            Comparison::Class { spot, classes, negated } => {
                is_of_class(bytes(spot, record, parsed), classes) != *negated
            }
            Comparison::Date { left, right, setting, accepts } => {
                let key = |field: &CardField, spot: &Spot| {
                    let bytes = bytes(spot, record, parsed);
                    year_key(field, bytes, setting).ok_or_else(|| fault::no_date(spot, field.format, bytes))
                };
                let right = match &**right {
                    DateSide::Key(key) => *key,
                    DateSide::Field(field, spot) => key(field, spot)?,
                };
                accepts.has(key(&left.0, &left.1)?.cmp(&right))
            }
            _ => false,
        })
    }
}

#[inline]
fn bytes<'a>(spot: &Spot, record: &'a [u8], parsed: &'a Parsed) -> &'a [u8] {
    spot.bytes(record, parsed).unwrap_or_default()
}

/// At most eight bytes as a number.
#[inline]
fn word(record: &[u8], start: usize, length: usize) -> u64 {
    let unused = 64 - 8 * length as u32;
    match record.get(start..start + 8).and_then(|eight| eight.first_chunk::<8>()) {
        Some(eight) => u64::from_be_bytes(*eight) >> unused,
        None => {
            let bytes = record.get(start..start + length).unwrap_or_default();
            bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
        }
    }
}

/// Compares fields of which the shorter is padded.
fn padded(left: &[u8], right: &[u8], padding: Padding) -> Ordering {
    match padding {
        Padding::Behind(fill) => {
            let common = left.len().min(right.len());
            let rest =
                |side: &[u8]| side[common..].iter().map(|byte| byte.cmp(&fill)).find(|order| order.is_ne());
            left[..common]
                .cmp(&right[..common])
                .then_with(|| rest(left).unwrap_or(Ordering::Equal))
                .then_with(|| rest(right).map_or(Ordering::Equal, Ordering::reverse))
        }
        Padding::Before => {
            let value = |side: &'_ [u8]| side.iter().position(|byte| *byte != 0).unwrap_or(side.len());
            let (left, right) = (&left[value(left)..], &right[value(right)..]);
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        }
    }
}

fn weigh<'a>(bytes: &'a [u8], table: &'a [u8; 256]) -> impl Iterator<Item = u8> + 'a {
    bytes.iter().map(|byte| table[usize::from(*byte)])
}

fn bits_are(field: &[u8], mask: &[u8], test: BitTest) -> bool {
    let (mut all, mut none) = (true, true);
    for (byte, mask) in field.iter().zip(mask) {
        all = all && byte & mask == *mask;
        none = none && byte & mask == 0;
    }
    match test {
        BitTest::All => all,
        BitTest::Some => !all && !none,
        BitTest::None => none,
        BitTest::NotAll => !all,
        BitTest::NotSome => all || none,
        BitTest::NotNone => !none,
    }
}

fn is_of_class(field: &[u8], classes: &[u8; 256]) -> bool {
    let Some((last, body)) = field.split_last() else { return false };
    body.iter().all(|byte| classes[usize::from(*byte)] & MIDDLE != 0)
        && classes[usize::from(*last)] & LAST != 0
}
