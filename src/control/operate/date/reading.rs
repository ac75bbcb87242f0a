//! The bytes of a date field.

use jiff::civil::Date;

use super::super::Setting;
use crate::control::syntax::Format;
use crate::key::{DateDigits, SortFormat};

/// Digits that a date field can have: mmddccyy, or a packed field of eight bytes.
const DIGITS_MAX: usize = 16;

/// How a date lies in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateLayout {
    /// How the digits are stored.
    pub digits: DateDigits,
    /// True if the year stands last.
    pub year_last: bool,
    /// Digits of the year.
    pub year: usize,
    /// Code page: its blank.
    pub blank: u8,
    /// First year of the century window.
    pub century: i16,
}

/// What a date field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading<T> {
    /// A date.
    Real(T),
    /// All bytes or digits are the same, and mean that there is no date.
    Special(Special),
    /// Bytes that are no date.
    Invalid,
}

/// Special indicators, in the order in which they collate; real dates are between zeros and nines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Special {
    /// X'00'.
    BinaryZeros,
    /// Blanks.
    Blanks,
    /// Digits 0.
    Zeros,
    /// Digits 9.
    Nines,
    /// X'FF'.
    BinaryOnes,
}

/// The digits of a field, at most sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits {
    digits: [u8; DIGITS_MAX],
    length: usize,
}

impl Digits {
    fn new() -> Self {
        Digits { digits: [0; DIGITS_MAX], length: 0 }
    }

    fn push(&mut self, digit: u8) -> bool {
        match self.digits.get_mut(self.length) {
            Some(slot) if digit <= 9 => *slot = digit,
            _ => return false,
        }
        self.length += 1;
        true
    }

    /// The digits.
    pub fn all(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

/// Year of four digits and the rest, as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The year.
    pub year: u32,
    /// Digits that are no year: mmdd, ddd, mm, a quarter; or none.
    pub rest: Digits,
}

impl DateLayout {
    /// The layout of a format, if it has dates.
    pub fn of(format: Format, setting: &Setting) -> Option<Self> {
        let (digits, year_last, year) = match format {
            Format::Sort(SortFormat::Date(form)) => (form.digits, form.year_last, 2),
            Format::Year4(letter) => {
                let digits = match letter {
                    b'T' | b'W' => DateDigits::Character,
                    b'U' | b'X' => DateDigits::Packed,
                    _ => DateDigits::PackedPadded,
                };
                (digits, matches!(letter, b'W' | b'X' | b'Y'), 4)
            }
            _ => return None,
        };
        Some(DateLayout { digits, year_last, year, blank: setting.page.space(), century: setting.century })
    }

    /// Digits of a field of so many bytes.
    pub fn digit_count(&self, bytes: usize) -> usize {
        match self.digits {
            DateDigits::Character | DateDigits::Zoned => bytes,
            DateDigits::Packed => (bytes * 2).saturating_sub(1),
            DateDigits::PackedPadded => (bytes * 2).saturating_sub(2),
            DateDigits::PackedUnsigned => bytes * 2,
            DateDigits::Binary => 2,
        }
    }

    /// The parts of the date in a field.
    pub fn parts(&self, bytes: &[u8]) -> Reading<Parts> {
        let all = |byte: u8| !bytes.is_empty() && bytes.iter().all(|other| *other == byte);
        if self.digits == DateDigits::Character {
            match () {
                () if all(0) => return Reading::Special(Special::BinaryZeros),
                () if all(self.blank) => return Reading::Special(Special::Blanks),
                () if all(0xFF) => return Reading::Special(Special::BinaryOnes),
                () => {}
            }
        }
        let Some(digits) = self.read_digits(bytes) else { return Reading::Invalid };
        self.split(&digits)
    }

    /// Sorts digits that stand as in the field into year and rest.
    pub fn split(&self, digits: &Digits) -> Reading<Parts> {
        let digits = digits.all();
        // Years alone have no special indicators of digits: 00 and 99 are years.
        if digits.len() > self.year && digits.iter().all(|digit| *digit == 0) {
            return Reading::Special(Special::Zeros);
        }
        if digits.len() > self.year && digits.iter().all(|digit| *digit == 9) {
            return Reading::Special(Special::Nines);
        }
        let at = if self.year_last { digits.len().checked_sub(self.year) } else { Some(self.year) };
        let Some((first, last)) = at.and_then(|at| digits.split_at_checked(at)) else {
            return Reading::Invalid;
        };
        let (year, others) = if self.year_last { (last, first) } else { (first, last) };
        let mut rest = Digits::new();
        for digit in others {
            rest.push(*digit);
        }
        let year = if self.year == 2 { self.in_window(number(year)) } else { number(year) };
        Reading::Real(Parts { year, rest })
    }

    /// The digits of a text of digits.
    pub fn digits_of(text: &str) -> Option<Digits> {
        let mut digits = Digits::new();
        text.bytes().all(|c| c.is_ascii_digit() && digits.push(c - b'0')).then_some(digits)
    }

    fn read_digits(&self, bytes: &[u8]) -> Option<Digits> {
        let mut digits = Digits::new();
        let nibbles = |bytes: &[u8], digits: &mut Digits, skipped: usize, dropped: usize| {
            let all = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
            let count = (bytes.len() * 2).checked_sub(dropped + skipped)?;
            all.skip(skipped).take(count).all(|digit| digits.push(digit)).then_some(())
        };
        match self.digits {
            // The zones do not count, so that a sign in the last byte does not either.
            DateDigits::Character | DateDigits::Zoned => {
                bytes.iter().all(|byte| digits.push(byte & 15)).then_some(())
            }
            DateDigits::PackedUnsigned => nibbles(bytes, &mut digits, 0, 0),
            DateDigits::Packed => nibbles(bytes, &mut digits, 0, 1),
            DateDigits::PackedPadded => nibbles(bytes, &mut digits, 1, 1),
            DateDigits::Binary => match *bytes {
                [year @ 0..=99] => (digits.push(year / 10) && digits.push(year % 10)).then_some(()),
                _ => None,
            },
        }?;
        Some(digits)
    }

    /// The year that two digits mean in the century window.
    fn in_window(&self, year: u32) -> u32 {
        let first = u32::try_from(self.century).unwrap_or(0);
        let same = first / 100 * 100 + year;
        if same < first { same + 100 } else { same }
    }

    /// The date in a field that has month and day, or the day of the year.
    pub fn date(&self, bytes: &[u8]) -> Reading<Date> {
        match self.parts(bytes) {
            Reading::Real(parts) => parts.date().map_or(Reading::Invalid, Reading::Real),
            Reading::Special(special) => Reading::Special(special),
            Reading::Invalid => Reading::Invalid,
        }
    }
}

impl Parts {
    fn date(&self) -> Option<Date> {
        let year = i16::try_from(self.year).ok()?;
        match *self.rest.all() {
            [m1, m2, d1, d2] => calendar(year, m1 * 10 + m2, d1 * 10 + d2),
            [d1, d2, d3] => ordinal(year, u16::from(d1) * 100 + u16::from(d2) * 10 + u16::from(d3)),
            _ => None,
        }
    }

    /// A number that grows with the date.
    pub fn number(&self) -> i128 {
        let rest = self.rest.all();
        i128::from(self.year) * 10i128.pow(u32::try_from(rest.len()).unwrap_or(0)) + i128::from(number(rest))
    }
}

/// A date of the calendar; dates begin with the year 1.
pub fn calendar(year: i16, month: u8, day: u8) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(year, month, day).ok().filter(|date| date.year() >= 1)
}

/// A day of a year, from 1.
pub fn ordinal(year: i16, day: u16) -> Option<Date> {
    let first = calendar(year, 1, 1)?;
    let day = i16::try_from(day).ok()?;
    first.with().day_of_year(day).build().ok()
}

/// Digits as a number; there are at most nine.
pub fn number(digits: &[u8]) -> u32 {
    digits.iter().take(9).fold(0, |number, digit| number * 10 + u32::from(*digit))
}
