//! The run's date and time as constants.

use jiff::civil::{Date, Time};
use jiff::{Span, ToSpan};

use super::Setting;
use crate::control::syntax::{Moment, MomentForm};
use crate::diag::{Diagnostic, Result, codes};
use crate::encoding::packed;

/// The bytes of a moment.
pub struct MomentBytes;

impl MomentBytes {
    /// The run's date or time in a form, in the code page of the data; packed forms as packed decimal.
    pub fn of(moment: &Moment, setting: &Setting) -> Result<Vec<u8>> {
        let text = text(moment, setting)?;
        let packed = matches!(
            moment.form,
            MomentForm::Date { packed: true, .. } | MomentForm::Time { packed: true, .. }
        );
        if packed {
            let digits: Vec<u8> = text.iter().map(|piece| piece.digit()).collect();
            let mut bytes = vec![0; digits.len() / 2 + 1];
            packed::encode(number(&digits), &mut bytes, true);
            return Ok(bytes);
        }
        Ok(text.iter().map(|piece| piece.byte(setting)).collect())
    }

    /// Its digits as a number, for comparison with numeric fields: DATE1P is +yyyymmdd.
    pub fn number(moment: &Moment, setting: &Setting) -> Result<i128> {
        let digits: Vec<u8> = text(moment, setting)?
            .iter()
            .filter(|piece| matches!(piece, Piece::Text(byte) if byte.is_ascii_digit()))
            .map(|piece| piece.digit())
            .collect();
        Ok(number(&digits))
    }

    /// The date that the offset of a moment leads to.
    pub(super) fn date(moment: &Moment, setting: &Setting) -> Result<Date> {
        let today = setting.clock.date();
        let span = match moment.form {
            MomentForm::Date { number: 2, .. } => Span::new().months(moment.offset),
            _ => moment.offset.days(),
        };
        today.checked_add(span).map_err(|_| {
            let message = format!("{} days or months from {today} there is no date", moment.offset);
            Diagnostic::error(codes::CTL005, message).hint("dates end with the year 9999")
        })
    }
}

/// One byte of a moment.
#[derive(Clone, Copy)]
enum Piece {
    /// A character of ASCII.
    Text(u8),
    /// A separator, in the code page of the data.
    Separator(u8),
}

impl Piece {
    fn digit(self) -> u8 {
        match self {
            Piece::Text(byte) | Piece::Separator(byte) => byte & 15,
        }
    }

    fn byte(self, setting: &Setting) -> u8 {
        match self {
            Piece::Separator(byte) => byte,
            Piece::Text(byte) => setting.page.byte(char::from(byte)).unwrap_or(byte),
        }
    }
}

fn number(digits: &[u8]) -> i128 {
    digits.iter().take(37).fold(0, |number, digit| number * 10 + i128::from(*digit))
}

fn text(moment: &Moment, setting: &Setting) -> Result<Vec<Piece>> {
    let date = MomentBytes::date(moment, setting)?;
    let time = setting.clock.time();
    let (parts, separator): (Vec<String>, Option<u8>) = match &moment.form {
        MomentForm::Date { number, separator, .. } => (date_parts(*number, date), *separator),
        MomentForm::Time { number, separator, .. } => (time_parts(*number, time), *separator),
        MomentForm::Stamp => (vec![stamp(date, time)], None),
        MomentForm::LongStamp => {
            (vec![format!("{}.{:06}", stamp(date, time), time.subsec_nanosecond() / 1000)], None)
        }
        MomentForm::Parts { letters, separator } => {
            (letters.iter().map(|letter| calendar_part(*letter, date)).collect(), *separator)
        }
        MomentForm::Ordinal { letters, separator } => {
            (letters.iter().map(|letter| ordinal_part(*letter, date)).collect(), *separator)
        }
        MomentForm::Clock { twelve, separator } => return Ok(clock(*twelve, *separator, time)),
    };
    Ok(joined(&parts, separator))
}

fn joined(parts: &[String], separator: Option<u8>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            pieces.extend(separator.map(Piece::Separator));
        }
        pieces.extend(part.bytes().map(Piece::Text));
    }
    pieces
}

/// DATE1 is yyyymmdd, DATE2 yyyymm, DATE3 yyyyddd.
fn date_parts(number: u8, date: Date) -> Vec<String> {
    match number {
        1 => vec![year(date), two(date.month()), two(date.day())],
        2 => vec![year(date), two(date.month())],
        _ => vec![year(date), ordinal_part(b'D', date)],
    }
}

/// TIME1 is hhmmss, TIME2 hhmm, TIME3 hh.
fn time_parts(number: u8, time: Time) -> Vec<String> {
    let mut parts = vec![two(time.hour()), two(time.minute()), two(time.second())];
    parts.truncate(usize::from(4 - number.clamp(1, 3)));
    parts
}

fn stamp(date: Date, time: Time) -> String {
    format!("{}-{}-{}-{}", year(date), two(date.month()), two(date.day()), time_parts(1, time).join("."))
}

fn clock(twelve: bool, separator: Option<u8>, time: Time) -> Vec<Piece> {
    let mut parts = time_parts(1, time);
    if twelve {
        parts[0] = two((time.hour() + 11) % 12 + 1);
    }
    let mut pieces = joined(&parts, separator);
    if twelve {
        let half = if time.hour() < 12 { b" am" } else { b" pm" };
        pieces.extend(half.iter().map(|byte| Piece::Text(*byte)));
    }
    pieces
}

/// A part of a calendar date by its letter: M, D, Y, or 4 for a year of four digits.
pub(super) fn calendar_part(letter: u8, date: Date) -> String {
    match letter {
        b'M' => two(date.month()),
        b'D' => two(date.day()),
        b'4' => year(date),
        _ => short_year(date),
    }
}

/// As [`calendar_part`], but D is the day of the year.
pub(super) fn ordinal_part(letter: u8, date: Date) -> String {
    match letter {
        b'D' => format!("{:03}", date.day_of_year()),
        b'4' => year(date),
        _ => short_year(date),
    }
}

fn year(date: Date) -> String {
    format!("{:04}", date.year())
}

fn short_year(date: Date) -> String {
    format!("{:02}", date.year().rem_euclid(100))
}

fn two(number: i8) -> String {
    format!("{number:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::syntax::{Dialect, Options};
    use crate::encoding::CodePage;
    use jiff::civil::date;

    fn setting(page: &str, clock: jiff::civil::DateTime) -> Setting {
        Setting::new(page.parse::<CodePage>().unwrap(), clock, Dialect::Dfsort, &Options::default())
    }

    fn shown(form: MomentForm, offset: i32) -> String {
        let clock = date(2026, 3, 31).at(20, 5, 9, 123_456_789);
        let setting = setting("cp037", clock);
        let slash = |form: MomentForm| form;
        let bytes = MomentBytes::of(&Moment { form: slash(form), offset }, &setting).unwrap();
        setting.page.decode(&bytes)
    }

    fn dash() -> Option<u8> {
        Some(0x60)
    }

    #[test]
    fn dates_and_times_have_the_forms_of_the_cards() {
        let date = |number, separator| MomentForm::Date { number, separator, packed: false };
        let time = |number, separator| MomentForm::Time { number, separator, packed: false };
        let parts = |letters: &[u8], separator| MomentForm::Parts { letters: letters.to_vec(), separator };
        let ordinal =
            |letters: &[u8], separator| MomentForm::Ordinal { letters: letters.to_vec(), separator };
        let clock = |twelve, separator| MomentForm::Clock { twelve, separator };
        let cases = [
            (date(1, None), 0, "20260331"),
            (date(1, dash()), 0, "2026-03-31"),
            (date(1, None), 1, "20260401"),
            (date(1, None), -90, "20251231"),
            (date(2, None), 0, "202603"),
            (date(2, dash()), -1, "2026-02"),
            (date(2, None), 12, "202703"),
            (date(3, None), 0, "2026090"),
            (date(3, dash()), -90, "2025-365"),
            (time(1, None), 0, "200509"),
            (time(1, dash()), 0, "20-05-09"),
            (time(2, dash()), 0, "20-05"),
            (time(3, dash()), 0, "20"),
            (MomentForm::Stamp, 0, "2026-03-31-20.05.09"),
            (MomentForm::LongStamp, 0, "2026-03-31-20.05.09.123456"),
            (parts(b"MDY", Some(0x61)), 0, "03/31/26"),
            (parts(b"4MD", dash()), 0, "2026-03-31"),
            (parts(b"DMY", None), 0, "310326"),
            (parts(b"MD4", None), 0, "03312026"),
            (ordinal(b"D4", dash()), 0, "090-2026"),
            (ordinal(b"YD", None), 0, "26090"),
            (clock(false, Some(0x7A)), 0, "20:05:09"),
            (clock(true, Some(0x7A)), 0, "08:05:09 pm"),
            (clock(true, None), 0, "080509 pm"),
            (clock(false, None), 0, "200509"),
        ];
        for (form, offset, expected) in cases {
            assert_eq!(shown(form.clone(), offset), expected, "{form:?} {offset}");
        }
    }

    #[test]
    fn twelve_hours_begin_with_twelve() {
        let twelve = Moment { form: MomentForm::Clock { twelve: true, separator: Some(b':') }, offset: 0 };
        for (hour, expected) in
            [(0, "12:00:00 am"), (11, "11:00:00 am"), (12, "12:00:00 pm"), (23, "11:00:00 pm")]
        {
            let setting = setting("latin1", date(2026, 1, 1).at(hour, 0, 0, 0));
            assert_eq!(MomentBytes::of(&twelve, &setting).unwrap(), expected.as_bytes());
        }
    }

    #[test]
    fn packed_moments_are_positive_packed_numbers() {
        let setting = setting("cp037", date(2026, 3, 31).at(3, 15, 0, 0));
        let date = |number, offset| Moment {
            form: MomentForm::Date { number, separator: None, packed: true },
            offset,
        };
        let time =
            |number| Moment { form: MomentForm::Time { number, separator: None, packed: true }, offset: 0 };
        let cases: [(Moment, &[u8], i128); 6] = [
            (date(1, 0), &[0x02, 0x02, 0x60, 0x33, 0x1C], 20_260_331),
            (date(2, -1), &[0x02, 0x02, 0x60, 0x2C], 202_602),
            (date(3, 0), &[0x20, 0x26, 0x09, 0x0C], 2_026_090),
            (time(1), &[0x00, 0x31, 0x50, 0x0C], 31_500),
            (time(2), &[0x00, 0x31, 0x5C], 315),
            (time(3), &[0x00, 0x3C], 3),
        ];
        for (moment, bytes, number) in cases {
            assert_eq!(MomentBytes::of(&moment, &setting).unwrap(), bytes);
            assert_eq!(MomentBytes::number(&moment, &setting).unwrap(), number);
        }
    }

    #[test]
    fn a_date_behind_the_last_is_an_error() {
        let setting = setting("cp037", date(9999, 12, 31).at(0, 0, 0, 0));
        let form = MomentForm::Date { number: 1, separator: None, packed: false };
        assert!(MomentBytes::of(&Moment { form, offset: 1 }, &setting).is_err());
    }
}
