//! Keys whose order is that of neither their bytes nor one integer: floating point, and dates with a century window.

use super::format::{DateDigits, DateForm, Reading};
use crate::encoding::BadNumber;

/// Bits of an encoded hexadecimal float of so many bytes: sign, exponent of the normalised number, fraction.
pub(super) fn hex_float_bits(length: usize) -> u32 {
    1 + 8 + (length as u32 - 1) * 8
}

/// Hexadecimal floating point as a number that grows with its value.
///
/// ```text
///   -0.5   C0 80 00 00     0 | complement of exponent and fraction
///    0.5   40 80 00 00     1 | 4E (exponent 64 + 14) | 80 00 00
/// ```
///
/// A number is normalised first (Principles of Operation, "Hexadecimal floating point"): the exponent may fall below
/// zero, so it is kept 14 higher. Zeros of either sign and any exponent are equal.
pub(super) fn hex_float(bytes: &[u8], reversed: bool) -> u128 {
    let bits = hex_float_bits(bytes.len());
    let fraction_bits = bits - 9;
    let word = word(bytes, reversed);
    let negative = word >> (fraction_bits + 7) == 1;
    let (mut exponent, mut fraction) =
        ((word >> fraction_bits & 0x7F) + 14, word & ((1 << fraction_bits) - 1));
    if fraction == 0 {
        return 1 << (bits - 1);
    }
    while fraction >> (fraction_bits - 4) == 0 {
        fraction <<= 4;
        exponent -= 1;
    }
    with_sign(exponent << fraction_bits | fraction, negative, bits)
}

/// IEEE 754 floating point as a number that grows with its value; zeros of either sign are equal. NaN is no number.
pub(super) fn ieee_float(bytes: &[u8], reversed: bool) -> Reading<u128> {
    let bits = bytes.len() as u32 * 8;
    let word = word(bytes, reversed);
    let magnitude = word & ((1 << (bits - 1)) - 1);
    let infinity: u128 = if bytes.len() == 4 { 0x7F80_0000 } else { 0x7FF0_0000_0000_0000 };
    if magnitude > infinity {
        return Err(BadNumber::NotFinite);
    }
    let negative = word >> (bits - 1) == 1 && magnitude != 0;
    Ok(with_sign(magnitude, negative, bits))
}

/// The bits of a field of at most 16 bytes.
fn word(bytes: &[u8], reversed: bool) -> u128 {
    let append = |word: u128, byte: &u8| word << 8 | u128::from(*byte);
    if reversed { bytes.iter().rfold(0, append) } else { bytes.iter().fold(0, append) }
}

fn with_sign(magnitude: u128, negative: bool, bits: u32) -> u128 {
    let top = 1 << (bits - 1);
    if negative { (top - 1) ^ magnitude } else { top | magnitude }
}

/// Bits of an encoded date: what it is, then year of four digits and up to five more.
pub(super) const DATE_BITS: u32 = 3 + 30;

/// What the bytes of a date are, in the order in which a sort puts them (DFSORT Application Programming Guide, "Year
/// formats": special indicators).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    BinaryZeros,
    Blanks,
    Zeros,
    Date,
    Nines,
    BinaryOnes,
}

/// A date as a number that grows with it. `century` is the first year of the window of a hundred years.
pub(super) fn date(bytes: &[u8], form: DateForm, century: u16, ebcdic: bool) -> Reading<u128> {
    let (kind, number) = read_date(bytes, form, century, ebcdic)?;
    Ok((kind as u128) << 30 | u128::from(number))
}

fn read_date(bytes: &[u8], form: DateForm, century: u16, ebcdic: bool) -> Reading<(Kind, u32)> {
    let all = |byte: u8| bytes.iter().all(|other| *other == byte);
    if form.digits == DateDigits::Character {
        match () {
            () if all(0) => return Ok((Kind::BinaryZeros, 0)),
            () if all(if ebcdic { 0x40 } else { b' ' }) => return Ok((Kind::Blanks, 0)),
            () if all(0xFF) => return Ok((Kind::BinaryOnes, 0)),
            () => {}
        }
    }
    let digits = date_digits(bytes, form.digits)?;
    // Years alone have no such indicators: 00 and 99 are years.
    if digits.len() > 2 && digits.iter().all(|digit| *digit == 0) {
        return Ok((Kind::Zeros, 0));
    }
    if digits.len() > 2 && digits.iter().all(|digit| *digit == 9) {
        return Ok((Kind::Nines, 0));
    }
    let number = |digits: &[u8]| digits.iter().fold(0u32, |number, digit| number * 10 + u32::from(*digit));
    let at = if form.year_last { digits.len() - 2 } else { 2 };
    let (first, last) = digits.split_at(at);
    let (year, rest) = if form.year_last { (last, first) } else { (first, last) };
    let year = in_window(number(year), century);
    Ok((Kind::Date, year * 10u32.pow(rest.len() as u32) + number(rest)))
}

/// The year that two digits mean in the window that begins with the year `century`.
fn in_window(year: u32, century: u16) -> u32 {
    let first = u32::from(century);
    let same = first / 100 * 100 + year;
    if same < first { same + 100 } else { same }
}

fn date_digits(bytes: &[u8], form: DateDigits) -> Reading<Vec<u8>> {
    let nibbles = |bytes: &[u8]| bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<u8>>();
    let digits = match form {
        DateDigits::Character | DateDigits::Zoned => bytes.iter().map(|byte| byte & 15).collect(),
        DateDigits::PackedUnsigned => nibbles(bytes),
        DateDigits::Binary => match bytes.first() {
            Some(year @ 0..=99) => vec![year / 10, year % 10],
            _ => return Err(BadNumber::Digit(0)),
        },
        DateDigits::Packed | DateDigits::PackedPadded => {
            let all = nibbles(bytes);
            let first = usize::from(form == DateDigits::PackedPadded);
            all[first..all.len() - 1].to_vec()
        }
    };
    match digits.iter().position(|digit| *digit > 9) {
        Some(at) => Err(BadNumber::Digit(at)),
        None => Ok(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARACTER: DateForm = DateForm { digits: DateDigits::Character, year_last: false };

    #[test]
    fn hexadecimal_floats_are_ordered_by_value() {
        // -1, -0.5, zeros, the smallest, 1/16 unnormalised twice, 0.5, 1, the largest.
        let ascending: [&[[u8; 4]]; 8] = [
            &[[0xC1, 0x10, 0, 0]],
            &[[0xC0, 0x80, 0, 0]],
            &[[0, 0, 0, 0], [0x80, 0, 0, 0], [0x45, 0, 0, 0]],
            &[[0, 0, 0, 1]],
            &[[0x40, 0x10, 0, 0], [0x41, 0x01, 0, 0], [0x45, 0, 0, 0x01]],
            &[[0x40, 0x80, 0, 0], [0x41, 0x08, 0, 0]],
            &[[0x41, 0x10, 0, 0]],
            &[[0x7F, 0xFF, 0xFF, 0xFF]],
        ];
        let values: Vec<u128> = ascending.iter().map(|same| hex_float(&same[0], false)).collect();
        assert!(values.is_sorted_by(|a, b| a < b), "{values:X?}");
        for same in ascending {
            assert!(same.iter().all(|one| hex_float(one, false) == hex_float(&same[0], false)), "{same:X?}");
        }
    }

    #[test]
    fn ieee_floats_are_ordered_by_value() {
        let values = [f64::NEG_INFINITY, -1e300, -1.0, -1e-310, 0.0, 1e-310, 0.5, 2.0, f64::INFINITY];
        let keys: Vec<u128> =
            values.iter().map(|value| ieee_float(&value.to_be_bytes(), false).unwrap()).collect();
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert_eq!(ieee_float(&(-0.0f32).to_be_bytes(), false), ieee_float(&0.0f32.to_le_bytes(), true));
        assert_eq!(ieee_float(&f32::NAN.to_be_bytes(), false), Err(BadNumber::NotFinite));
    }

    #[test]
    fn two_digits_mean_a_year_of_the_window() {
        assert_eq!((in_window(50, 1950), in_window(49, 1950), in_window(0, 1900)), (1950, 2049, 1900));
        let packed = DateForm { digits: DateDigits::PackedPadded, year_last: true };
        // 0mmddyy: 15 March 2026.
        assert_eq!(read_date(&[0x00, 0x31, 0x52, 0x6C], packed, 1980, true), Ok((Kind::Date, 20260315)));
        let years = DateForm { digits: DateDigits::Zoned, year_last: false };
        assert_eq!(read_date(&[0xF0, 0xF0], years, 1980, true), Ok((Kind::Date, 2000)));
        let binary = DateForm { digits: DateDigits::Binary, year_last: false };
        assert_eq!(read_date(&[99], binary, 1980, true), Ok((Kind::Date, 1999)));
        assert!(read_date(&[100], binary, 1980, true).is_err());
    }

    #[test]
    fn special_indicators_collate_apart() {
        let in_order: [[u8; 6]; 6] =
            [[0; 6], [0x40; 6], [0xF0; 6], [0xF9, 0xF8, 0xF0, 0xF1, 0xF3, 0xF1], [0xF9; 6], [0xFF; 6]];
        let keys: Vec<u128> =
            in_order.iter().map(|bytes| date(bytes, CHARACTER, 1950, true).unwrap()).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert!(date(&[0xF9, 0xFA, 0xF0], CHARACTER, 1950, true).is_err());
    }
}
