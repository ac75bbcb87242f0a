//! Years of two digits: shown with four, as numbers, and compared.

use super::super::moment::MomentBytes;
use super::super::{Setting, number};
use super::reading::{DateLayout, Parts, Reading, Special};
use crate::control::message::{self, REFORMATTING_FIELD};
use crate::control::syntax::{CardField, Format, Moment, MomentForm};
use crate::diag::{Result, codes};
use crate::encoding::{BadNumber, CodePage, packed};
use crate::key::DateDigits;

/// Bits of the number of a date below the kind of what the field holds.
const KIND_SHIFT: u32 = 64;

/// A year or date with two digits shown with four (`p,m,Y2T(s)`, `p,m,Y2TP`), compiled.
#[derive(Clone, Debug)]
pub struct YearProgram {
    layout: DateLayout,
    separator: Option<u8>,
    packed: bool,
    digits: usize,
    page: CodePage,
}

impl YearProgram {
    /// Compiles the parts of a [`crate::control::syntax::Value::Year`].
    pub fn compile(
        field: &CardField,
        separator: Option<u8>,
        packed: bool,
        setting: &Setting,
    ) -> Result<Self> {
        let layout = DateLayout::of(field.format, setting).ok_or_else(|| {
            message::error(codes::CTL011, REFORMATTING_FIELD, "this format has no year").at(&field.span, "")
        })?;
        let digits = layout.digit_count(field.place.length() as usize);
        if digits < layout.year {
            let message = "a field of this length has no year";
            return Err(
                message::error(codes::CTL005, REFORMATTING_FIELD, message).at(&field.span, "too short")
            );
        }
        Ok(YearProgram { layout, separator, packed, digits: digits - layout.year + 4, page: setting.page })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        match (self.packed, self.layout.digits) {
            (true, DateDigits::PackedUnsigned) => self.digits.div_ceil(2),
            (true, _) => self.digits / 2 + 1,
            (false, _) => self.digits + self.separator.map_or(0, |_| self.parts().len() - 1),
        }
    }

    /// Lengths of the parts of the result: year, month, day.
    fn parts(&self) -> &'static [usize] {
        match (self.layout.year_last, self.digits) {
            (_, 4) => &[4],
            (false, 5) => &[4, 1],
            (false, 6) => &[4, 2],
            (false, 7) => &[4, 3],
            (false, _) => &[4, 2, 2],
            (true, 5) => &[1, 4],
            (true, 6) => &[2, 4],
            (true, 7) => &[3, 4],
            (true, _) => &[2, 2, 4],
        }
    }

    /// Appends the result for the bytes of the field. Bytes that are no digits are a data exception.
    pub fn put(&self, field: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self.layout.parts(field) {
            Reading::Real(parts) => {
                let digits = whole(&parts, self.layout.year_last);
                if self.packed {
                    self.pack(digits, out);
                } else {
                    let text = format!("{digits:0width$}", width = self.digits);
                    self.spread(|index| self.page.zero() + (text.as_bytes()[index] & 15), text.len(), out);
                }
            }
            Reading::Special(special) if self.packed => {
                let digit = if special < Special::Nines { 0 } else { 9 };
                self.pack((0..self.digits).fold(0, |number, _| number * 10 + digit), out);
            }
            Reading::Special(special) => {
                let byte = special.byte(self.page);
                self.spread(|_| byte, self.digits, out);
            }
            Reading::Invalid => return Err(number::exception(field, BadNumber::Digit(0))),
        }
        Ok(())
    }

    fn pack(&self, digits: i128, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + self.length(), 0);
        if self.layout.digits == DateDigits::PackedUnsigned {
            packed::encode_unsigned(digits, &mut out[start..]);
        } else {
            packed::encode(digits, &mut out[start..], true);
        }
    }

    /// Appends `count` bytes with separators between the parts.
    fn spread(&self, byte: impl Fn(usize) -> u8, count: usize, out: &mut Vec<u8>) {
        let mut next = self.parts().iter().scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        let mut boundary = next.next();
        for index in 0..count {
            if boundary == Some(index) {
                out.extend(self.separator);
                boundary = next.next();
            }
            out.push(byte(index));
        }
    }
}

/// Year and rest in the order of the field, as one number.
fn whole(parts: &Parts, year_last: bool) -> i128 {
    let parts = Parts { year: parts.year % 10_000, ..*parts };
    if year_last {
        i128::from(super::reading::number(parts.rest.all())) * 10_000 + i128::from(parts.year)
    } else {
        parts.number()
    }
}

/// Digits of the number that a date field is edited as (its year with four); `None` for other formats.
pub fn date_digits(format: Format, length: usize, setting: &Setting) -> Option<usize> {
    let layout = DateLayout::of(format, setting)?;
    Some((layout.digit_count(length) + 4).saturating_sub(layout.year))
}

/// The number that a date field is edited as: its digits, the year with four of them. Special indicators are zeros or nines.
pub fn date_number(field: &[u8], format: Format, setting: &Setting) -> Result<i128> {
    let layout = DateLayout::of(format, setting);
    let digits = date_digits(format, field.len(), setting).unwrap_or(0);
    match layout.map(|layout| (layout.parts(field), layout)) {
        Some((Reading::Real(parts), layout)) => Ok(whole(&parts, layout.year_last)),
        Some((Reading::Special(special), _)) if special < Special::Nines => Ok(0),
        Some((Reading::Special(_), _)) => Ok((0..digits).fold(0, |number, _| number * 10 + 9)),
        _ => Err(number::exception(field, BadNumber::Digit(0))),
    }
}

/// What a date field is compared by: a number that grows with the date in the century window, special indicators apart.
/// `None` if the bytes are no date.
pub fn year_key(field: &CardField, bytes: &[u8], setting: &Setting) -> Option<i128> {
    reading_key(DateLayout::of(field.format, setting)?.parts(bytes))
}

/// The same of a `Y'..'` constant as written (digits, or BLANKS, ZEROS, NINES, LOW, HIGH); `None` if it does not suit
/// the field.
pub fn year_constant_key(field: &CardField, text: &str, setting: &Setting) -> Option<i128> {
    let layout = DateLayout::of(field.format, setting)?;
    let special = match text {
        "LOW" => Special::BinaryZeros,
        "BLANKS" => Special::Blanks,
        "ZEROS" => Special::Zeros,
        "NINES" => Special::Nines,
        "HIGH" => Special::BinaryOnes,
        digits => {
            let suits = digits.len() == layout.digit_count(field.place.length() as usize);
            let digits = DateLayout::digits_of(digits).filter(|_| suits)?;
            // The year of a constant stands first whatever the format of the field.
            return reading_key(DateLayout { year_last: false, ..layout }.split(&digits));
        }
    };
    reading_key(Reading::Special(special))
}

/// The same of `Y'DATE1'` and its like.
pub fn year_moment_key(field: &CardField, moment: &Moment, setting: &Setting) -> Option<i128> {
    let layout = DateLayout::of(field.format, setting)?;
    let date = MomentBytes::date(moment, setting).ok()?;
    let year = i128::from(date.year());
    let (rest, digits) = match moment.form {
        MomentForm::Date { number: 1, .. } => (i128::from(date.month()) * 100 + i128::from(date.day()), 4),
        MomentForm::Date { number: 2, .. } => (i128::from(date.month()), 2),
        MomentForm::Date { number: 3, .. } => (i128::from(date.day_of_year()), 3),
        _ => return None,
    };
    let suits = layout.digit_count(field.place.length() as usize) == digits + layout.year;
    let number = year * 10i128.pow(u32::try_from(digits).ok()?) + rest;
    suits.then_some(real_key(number))
}

fn reading_key(reading: Reading<Parts>) -> Option<i128> {
    match reading {
        Reading::Real(parts) => Some(real_key(parts.number())),
        Reading::Special(special) => Some(match special {
            Special::BinaryZeros => 0,
            Special::Blanks => 1 << KIND_SHIFT,
            Special::Zeros => 2 << KIND_SHIFT,
            Special::Nines => 4 << KIND_SHIFT,
            Special::BinaryOnes => 5 << KIND_SHIFT,
        }),
        Reading::Invalid => None,
    }
}

fn real_key(number: i128) -> i128 {
    (3 << KIND_SHIFT) + number
}
