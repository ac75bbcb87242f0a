//! The bytes that a date is shown as.

use jiff::Unit;
use jiff::civil::{Date, Weekday};

use super::super::moment::{calendar_part, ordinal_part};
use super::reading::Special;
use crate::control::syntax::DateOutput;
use crate::encoding::{CodePage, packed};

/// How a date is shown, compiled.
#[derive(Clone, Debug)]
pub enum Written {
    /// Parts by their letters with a separator; D is a day of the month or (`ordinal`) of the year.
    Parts {
        /// M, D, Y, 4.
        letters: Vec<u8>,
        /// True if D is the day of the year.
        ordinal: bool,
        /// What stands between them.
        separator: Option<u8>,
    },
    /// Digits of parts as a packed decimal number.
    Packed {
        /// M, D, Y, 4.
        letters: Vec<u8>,
        /// True if D is the day of the year.
        ordinal: bool,
    },
    /// The name of the day, cut or padded to so many characters.
    DayName(usize),
    /// 1 for Sunday to 7.
    DayNumber,
    /// Week of the year, two digits.
    Week {
        /// ISO 8601 instead of weeks from 1 January.
        iso: bool,
    },
    /// Years, months and days to the run's date.
    Age {
        /// Its letters.
        form: AgeForm,
        /// The run's date.
        today: Date,
    },
    /// Days from another date, a sign and seven digits.
    Difference,
}

/// How an age is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgeForm {
    /// yyyymmdd.
    Full,
    /// yyyymm.
    Months,
    /// yyyyddd.
    Days,
}

impl Written {
    /// Compiles an output.
    pub fn of(output: &DateOutput, today: Date) -> Self {
        match output {
            DateOutput::Convert { ordinal, four, letter, separator } => {
                let year = if *four { b'4' } else { b'Y' };
                let rest: &[u8] = if *ordinal { b"D" } else { b"MD" };
                let last = matches!(letter, b'W' | b'X' | b'Y');
                let letters = if last { [rest, &[year]].concat() } else { [&[year], rest].concat() };
                if matches!(letter, b'T' | b'W') {
                    Written::Parts { letters, ordinal: *ordinal, separator: *separator }
                } else {
                    Written::Packed { letters, ordinal: *ordinal }
                }
            }
            DateOutput::Weekday(1) => Written::DayNumber,
            DateOutput::Weekday(length) => Written::DayName(usize::from(*length)),
            DateOutput::WeekNumber { iso } => Written::Week { iso: *iso },
            DateOutput::Difference(_) => Written::Difference,
            DateOutput::Age(letters) => {
                let form = match letters.as_str() {
                    "YM" => AgeForm::Months,
                    "YD" => AgeForm::Days,
                    _ => AgeForm::Full,
                };
                Written::Age { form, today }
            }
            DateOutput::Parts(letters, separator) => {
                Written::Parts { letters: letters.clone(), ordinal: false, separator: *separator }
            }
        }
    }

    /// Bytes.
    pub fn length(&self) -> usize {
        match self {
            Written::Parts { letters, ordinal, separator } => {
                let between = if separator.is_some() { letters.len().saturating_sub(1) } else { 0 };
                digits(letters, *ordinal) + between
            }
            Written::Packed { letters, ordinal } => digits(letters, *ordinal) / 2 + 1,
            Written::DayName(length) => *length,
            Written::DayNumber => 1,
            Written::Week { .. } => 2,
            Written::Age { form: AgeForm::Full, .. } | Written::Difference => 8,
            Written::Age { form: AgeForm::Months, .. } => 6,
            Written::Age { form: AgeForm::Days, .. } => 7,
        }
    }

    /// Appends a date; asterisks if it cannot be shown so.
    pub fn date(&self, date: Date, page: CodePage, out: &mut Vec<u8>) {
        let shown = match self {
            Written::Parts { letters, ordinal, separator } => {
                for (index, letter) in letters.iter().enumerate() {
                    if index > 0 {
                        out.extend(*separator);
                    }
                    append(&part(*letter, *ordinal, date), page, out);
                }
                return;
            }
            Written::Packed { letters, ordinal } => {
                let text: String = letters.iter().map(|letter| part(*letter, *ordinal, date)).collect();
                let number = text.bytes().fold(0, |number, c| number * 10 + i128::from(c & 15));
                let start = out.len();
                out.resize(start + self.length(), 0);
                packed::encode(number, &mut out[start..], true);
                return;
            }
            Written::DayName(length) => {
                let name = day_name(date.weekday());
                format!("{name:<length$.length$}")
            }
            Written::DayNumber => date.weekday().to_sunday_one_offset().to_string(),
            Written::Week { iso: true } => format!("{:02}", date.iso_week_date().week()),
            Written::Week { iso: false } => format!("{:02}", week_of_year(date)),
            Written::Age { form, today } => match age(date, *today, *form) {
                Some(text) => text,
                None => return self.invalid(page, out),
            },
            Written::Difference => return self.invalid(page, out),
        };
        append(&shown, page, out);
    }

    /// Appends the days between two dates.
    pub fn difference(&self, date: Date, other: Date, page: CodePage, out: &mut Vec<u8>) {
        let days = other.until(date).map(|span| span.get_days()).unwrap_or(0);
        append(&format!("{}{:07}", if days < 0 { '-' } else { '+' }, days.unsigned_abs()), page, out);
    }

    /// Appends what a special indicator becomes: itself, as long as the output; separators stay.
    pub fn special(&self, special: Special, page: CodePage, out: &mut Vec<u8>) {
        let byte = special.byte(page);
        match self {
            Written::Difference => self.invalid(page, out),
            Written::Packed { letters, ordinal } => {
                let start = out.len();
                out.resize(start + self.length(), 0);
                special.pack(digits(letters, *ordinal), &mut out[start..]);
            }
            Written::Parts { letters, ordinal, separator } => {
                for (index, letter) in letters.iter().enumerate() {
                    if index > 0 {
                        out.extend(*separator);
                    }
                    out.extend(std::iter::repeat_n(byte, digits(&[*letter], *ordinal)));
                }
            }
            _ => out.extend(std::iter::repeat_n(byte, self.length())),
        }
    }

    /// Appends asterisks.
    pub fn invalid(&self, page: CodePage, out: &mut Vec<u8>) {
        let asterisk = page.byte('*').unwrap_or(b'*');
        out.extend(std::iter::repeat_n(asterisk, self.length()));
    }
}

impl Special {
    /// The byte that stands for it in text.
    pub fn byte(self, page: CodePage) -> u8 {
        match self {
            Special::BinaryZeros => 0,
            Special::Blanks => page.space(),
            Special::Zeros => page.zero(),
            Special::Nines => page.zero() + 9,
            Special::BinaryOnes => 0xFF,
        }
    }

    /// The digits that stand for it in a packed decimal number.
    pub fn pack(self, digits: usize, bytes: &mut [u8]) {
        let digit = if self < Special::Nines { 0 } else { 9 };
        packed::encode((0..digits).fold(0, |number, _| number * 10 + digit), bytes, true);
    }
}

fn digits(letters: &[u8], ordinal: bool) -> usize {
    let digits_of = |letter: &u8| match letter {
        b'4' => 4,
        b'D' if ordinal => 3,
        _ => 2,
    };
    letters.iter().map(digits_of).sum()
}

fn part(letter: u8, ordinal: bool, date: Date) -> String {
    if ordinal { ordinal_part(letter, date) } else { calendar_part(letter, date) }
}

fn append(text: &str, page: CodePage, out: &mut Vec<u8>) {
    out.extend(text.chars().map(|c| page.byte(c).unwrap_or(0)));
}

fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Sunday => "SUNDAY",
        Weekday::Monday => "MONDAY",
        Weekday::Tuesday => "TUESDAY",
        Weekday::Wednesday => "WEDNESDAY",
        Weekday::Thursday => "THURSDAY",
        Weekday::Friday => "FRIDAY",
        Weekday::Saturday => "SATURDAY",
    }
}

/// The first week has 1 January, weeks begin on Sunday.
fn week_of_year(date: Date) -> i16 {
    let before = i16::from(date.first_of_year().weekday().to_sunday_zero_offset());
    (date.day_of_year() - 1 + before) / 7 + 1
}

/// Time from a date to the run's; none for a date that is still to come.
fn age(date: Date, today: Date, form: AgeForm) -> Option<String> {
    if date > today {
        return None;
    }
    let span = date.until((Unit::Year, today)).ok()?;
    let (years, months) = (span.get_years(), span.get_months());
    Some(match form {
        AgeForm::Full => format!("{years:04}{months:02}{:02}", span.get_days()),
        AgeForm::Months => format!("{years:04}{months:02}"),
        AgeForm::Days => {
            let birthday = date.checked_add(jiff::Span::new().try_years(years).ok()?).ok()?;
            let days = birthday.until(today).ok()?.get_days();
            format!("{years:04}{days:03}")
        }
    })
}
