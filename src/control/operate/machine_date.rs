//! Dates and times as machines keep them: TOD clock, SMF records.

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Span};

use super::Setting;
use crate::control::syntax::Format;
use crate::encoding::packed;

/// Hundredths of a second that a day has.
const HUNDREDTHS: u64 = 8_640_000;
/// Microseconds after which a 64-bit TOD clock begins again.
const EPOCH: u64 = 1 << 52;

/// Digits of the number that a machine date or time is read as; `None` for other formats.
pub fn digits(format: Format) -> Option<usize> {
    match format {
        Format::MachineDate(_, 1) | Format::MachineTime(_, 4) => Some(8),
        Format::MachineDate(_, 2) | Format::MachineTime(_, 1) => Some(6),
        Format::MachineDate(_, 3) => Some(7),
        Format::MachineTime(_, 2) => Some(4),
        Format::MachineTime(_, 3) => Some(2),
        _ => None,
    }
}

/// A machine date or time as a number: yyyymmdd, yyyymm, yyyyddd; hhmmss, hhmm, hh, hhmmssxx. `None` if the bytes are no
/// such date. TOD values are shown as they are, in UTC without leap seconds.
pub fn read(bytes: &[u8], format: Format, _: &Setting) -> Option<i128> {
    match format {
        Format::MachineDate([b'D', b'T'], _) if bytes.iter().all(|byte| *byte == 0) => Some(0),
        Format::MachineDate([b'D', b'T'], form) => Some(date_number(smf_date(bytes)?, form)),
        Format::MachineDate([_, b'C'], form) => Some(date_number(tod(bytes)?.0, form)),
        Format::MachineDate(_, form) => Some(date_number(extended_tod(bytes)?.0, form)),
        Format::MachineTime([b'T', b'M'], form) => {
            let hundredths = bytes.iter().try_fold(0u64, |number, byte| {
                number.checked_mul(256).map(|number| number + u64::from(*byte))
            })?;
            (hundredths <= HUNDREDTHS).then(|| time_number(hundredths, form))
        }
        Format::MachineTime([_, b'C'], form) => Some(time_number(hundredths(tod(bytes)?.1), form)),
        Format::MachineTime(_, form) => Some(time_number(hundredths(extended_tod(bytes)?.1), form)),
        _ => None,
    }
}

/// `0cyydddF`: c hundreds of years after 1900.
fn smf_date(bytes: &[u8]) -> Option<Date> {
    let number = packed::decode(bytes, true).ok()?;
    let year = i16::try_from(number / 1000).ok()?.checked_add(1900)?;
    let day = i16::try_from(number % 1000).ok()?;
    Date::new(year, 1, 1).ok()?.with().day_of_year(day).build().ok()
}

/// STCK: bit 51 is a microsecond.
fn tod(bytes: &[u8]) -> Option<(Date, Time)> {
    let clock = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
    moment(clock >> 12)
}

/// STCKE: a byte that counts epochs, then the TOD clock.
fn extended_tod(bytes: &[u8]) -> Option<(Date, Time)> {
    let clock = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
    let epoch = clock >> 56;
    moment(epoch * EPOCH + ((clock & (u64::MAX >> 8)) >> 4))
}

fn moment(microseconds: u64) -> Option<(Date, Time)> {
    let passed = SignedDuration::from_micros(i64::try_from(microseconds).ok()?);
    let start = date(1900, 1, 1).at(0, 0, 0, 0);
    let moment = start.checked_add(passed).ok()?;
    Some((moment.date(), moment.time()))
}

fn hundredths(time: Time) -> u64 {
    let span: Span = time - Time::midnight();
    let micros = span.total(jiff::Unit::Microsecond).unwrap_or(0.0);
    // A day has fewer microseconds than a float has exact integers.
    (micros / 10_000.0) as u64
}

fn date_number(date: Date, form: u8) -> i128 {
    let (year, month, day) = (i128::from(date.year()), i128::from(date.month()), i128::from(date.day()));
    match form {
        1 => year * 10_000 + month * 100 + day,
        2 => year * 100 + month,
        _ => year * 1000 + i128::from(date.day_of_year()),
    }
}

fn time_number(hundredths: u64, form: u8) -> i128 {
    let (seconds, rest) = (hundredths / 100, hundredths % 100);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    i128::from(match form {
        1 => hour * 10_000 + minute * 100 + second,
        2 => hour * 100 + minute,
        3 => hour,
        _ => hour * 1_000_000 + minute * 10_000 + second * 100 + rest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::syntax::{Dialect, Options};

    fn value(bytes: &[u8], format: Format) -> Option<i128> {
        let clock = date(2026, 3, 21).at(0, 0, 0, 0);
        let setting = Setting::new("cp037".parse().unwrap(), clock, Dialect::Dfsort, &Options::default());
        read(bytes, format, &setting)
    }

    #[test]
    fn machine_dates_and_times_are_numbers() {
        let (dates, times) = (Format::MachineDate, Format::MachineTime);
        // The TOD clock of 2000-01-01 00:00:00 is X'B361183F48000000', an hour of it X'D693A4000'.
        let tod = 0xB361_183F_4800_0000u64;
        let later = (tod + 3600 * 4_096_000_000 + 61 * 4_096_000_000).to_be_bytes();
        let mut extended = [0; 16];
        extended[1..9].copy_from_slice(&later);
        let smf = [0x01, 0x26, 0x08, 0x0F];
        let hundredths = 4_321_009u32.to_be_bytes();
        let cases: [(&[u8], Format, Option<i128>); 15] = [
            (&smf, dates(*b"DT", 1), Some(20_260_321)),
            (&smf, dates(*b"DT", 2), Some(202_603)),
            (&smf, dates(*b"DT", 3), Some(2_026_080)),
            (&[0, 0x99, 0x36, 0x6F], dates(*b"DT", 1), None),
            (&[0; 4], dates(*b"DT", 1), Some(0)),
            (&hundredths, times(*b"TM", 1), Some(120_010)),
            (&hundredths, times(*b"TM", 2), Some(1200)),
            (&hundredths, times(*b"TM", 3), Some(12)),
            (&hundredths, times(*b"TM", 4), Some(12_001_009)),
            (&[0xFF; 4], times(*b"TM", 1), None),
            (&later, dates(*b"DC", 1), Some(20_000_101)),
            (&later, times(*b"TC", 1), Some(10_101)),
            (&extended[..8], dates(*b"DE", 3), Some(2_000_001)),
            (&extended, times(*b"TE", 4), Some(1_010_100)),
            (&later, Format::Substring, None),
        ];
        for (bytes, format, expected) in cases {
            assert_eq!(value(bytes, format), expected, "{format:?} {bytes:X?}");
            assert_eq!(digits(format).is_some(), format != Format::Substring);
        }
    }
}
