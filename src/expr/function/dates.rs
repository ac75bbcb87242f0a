//! Dates as COBOL's functions have them: `YYYYMMDD`, `YYYYDDD`, and days counted from 1 January 1601, which is day 1.

use jiff::civil::Date;

use crate::calendar::{days_after, plus_days};

/// The day before day 1 (Language Reference, "INTEGER-OF-DATE").
const DAY_ZERO: Date = Date::constant(1600, 12, 31);
/// A date amid those there are, from which all of them can be counted, and its day number.
const MIDDLE: (Date, i128) = (Date::constant(1970, 1, 1), 134_775);
/// Day number of 31 December 9999.
const LAST_DAY: i128 = 3_067_671;
/// First and last year that dates have.
pub(super) const YEARS: std::ops::RangeInclusive<i128> = 1601..=9999;

/// The date that `YYYYMMDD` is.
pub(super) fn of_yyyymmdd(number: i128) -> Option<Date> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    if !YEARS.contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A date as `YYYYMMDD`.
pub(super) fn yyyymmdd(date: Date) -> i128 {
    i128::from(date.year()) * 10_000 + i128::from(date.month()) * 100 + i128::from(date.day())
}

/// The date that `YYYYDDD` is.
pub(super) fn of_yyyyddd(number: i128) -> Option<Date> {
    let (year, day) = (number / 1000, number % 1000);
    if !YEARS.contains(&year) || day == 0 {
        return None;
    }
    let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
    let date = plus_days(first, i64::try_from(day - 1).ok()?)?;
    (date.year() == first.year()).then_some(date)
}

/// A date as `YYYYDDD`.
pub(super) fn yyyyddd(date: Date) -> i128 {
    i128::from(date.year()) * 1000 + i128::from(date.day_of_year())
}

/// The number of a date's day.
pub(super) fn day_number(date: Date) -> i128 {
    i128::from(days_after(DAY_ZERO, date))
}

/// The date with this day number.
pub(super) fn of_day_number(day: i128) -> Option<Date> {
    let within = (1..=LAST_DAY).contains(&day);
    plus_days(MIDDLE.0, i64::try_from(day - MIDDLE.1).ok().filter(|_| within)?)
}

/// What is wrong with `YYYYMMDD`: 0 nothing, 1 the year, 2 the month, 3 the day (Language Reference, "TEST-DATE-YYYYMMDD").
pub(super) fn test_yyyymmdd(number: i128) -> i128 {
    if !YEARS.contains(&(number / 10_000)) {
        1
    } else if !(1..=12).contains(&(number / 100 % 100)) {
        2
    } else if of_yyyymmdd(number).is_none() {
        3
    } else {
        0
    }
}

/// What is wrong with `YYYYDDD`: 0 nothing, 1 the year, 2 the day.
pub(super) fn test_yyyyddd(number: i128) -> i128 {
    if !YEARS.contains(&(number / 1000)) {
        1
    } else if of_yyyyddd(number).is_none() {
        2
    } else {
        0
    }
}

/// The year with four digits of one with two, in the hundred years that end `window` years after `from` (Language Reference,
/// "YEAR-TO-YYYY").
pub(super) fn windowed(year: i128, window: i128, from: i128) -> Option<i128> {
    let last = from.checked_add(window)?;
    let sensible = (0..=99).contains(&year) && YEARS.contains(&from) && (1700..=9999).contains(&last);
    if !sensible {
        return None;
    }
    let century = if last % 100 >= year { last / 100 } else { last / 100 - 1 };
    Some(century * 100 + year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1601() {
        // Examples of the Language Reference.
        for (date, day) in
            [(16_010_101, 1), (20_000_101, 145_732), (99_991_231, LAST_DAY), (19_950_215, 143_951)]
        {
            assert_eq!(of_yyyymmdd(date).map(day_number), Some(day), "{date}");
            assert_eq!(of_day_number(day).map(yyyymmdd), Some(date));
        }
        assert_eq!(of_day_number(0), None);
        assert_eq!(of_day_number(LAST_DAY + 1), None);
        assert_eq!(of_yyyymmdd(16_001_231), None);
        assert_eq!(of_yyyymmdd(20_260_229), None);
        assert_eq!(of_yyyyddd(2_024_366).map(yyyymmdd), Some(20_241_231));
        assert_eq!(of_yyyyddd(2_026_366), None);
        assert_eq!(of_yyyyddd(2_026_000), None);
        assert_eq!(of_yyyymmdd(-20_260_101), None);
    }

    #[test]
    fn windows_end_after_the_year() {
        // The manual's example: 4 with a window of 23 in 1995 is 2004; with -15 it is 1904.
        assert_eq!(windowed(4, 23, 1995), Some(2004));
        assert_eq!(windowed(4, -15, 1995), Some(1904));
        assert_eq!(windowed(98, 23, 2008), Some(1998));
        assert_eq!(windowed(100, 50, 2026), None);
        assert_eq!(windowed(-1, 50, 2026), None);
    }
}
