//! Decimal numbers as text, fast: the inner loop of every conversion.

use crate::encoding::bcd::{self, Bcd};

/// Digits of the longest number: 39 of an i128, and as many zeros as a scale can add.
const LONGEST: usize = 40 + 128 + 4;

/// Two digits of every number below 100.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0u8; 2]; 100];
    let mut at = 0;
    while at < 100 {
        pairs[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    pairs
};

/// Appends `value / 10^scale`, with exactly `scale` decimals (zeros in front of the point if it is negative).
#[inline]
pub fn append_decimal(value: i128, scale: i16, out: &mut Vec<u8>) {
    match (i64::try_from(value), usize::try_from(scale)) {
        (Ok(value), Ok(decimals)) if decimals <= 18 => append_short(value, decimals, out),
        _ => append_long(value, scale, out),
    }
}

/// Appends a number with exactly so many decimals, at most 14, as [`append_decimal`] does.
#[inline]
pub(super) fn append_bcd(number: Bcd, decimals: usize, out: &mut Vec<u8>) {
    let found = 16 - number.digits.leading_zeros() as usize / 4;
    // At least one digit stands before the point.
    let count = found.max(decimals + 1);
    let digits = bcd::spread(number.digits) | u128::from_ne_bytes([b'0'; 16]);
    let (shown, length) = if decimals == 0 {
        (digits, count)
    } else {
        let fraction = 8 * decimals as u32;
        let mask = (1 << fraction) - 1;
        ((digits & !mask) << 8 | u128::from(b'.') << fraction | digits & mask, count + 1)
    };
    let start = out.len() + usize::from(number.negative);
    out.push(b'-');
    out.truncate(start);
    // Copied are always as many bytes, which is quicker than just those that count.
    out.extend_from_slice(&(shown << (8 * (16 - length))).to_be_bytes());
    out.truncate(start + length);
}

/// The digits of a number written as [`append_bcd`] writes it; none for others, and for what is no number.
#[inline]
pub(super) fn parse_bcd(text: &[u8], decimals: usize) -> Option<Bcd> {
    let (negative, shown) = match text {
        [b'-', shown @ ..] => (true, shown),
        shown => (false, shown),
    };
    if shown.is_empty() || shown.len() > 16 {
        return None;
    }
    let digits = if decimals == 0 {
        bcd::append(0, shown, b'0')?
    } else {
        let (whole, rest) = shown.split_at_checked(shown.len().checked_sub(decimals + 1)?)?;
        let [b'.', fraction @ ..] = rest else { return None };
        bcd::append(bcd::append(0, whole, b'0')?, fraction, b'0')?
    };
    Some(Bcd { digits, negative: negative && digits != 0 })
}

/// Nearly every number.
#[inline]
fn append_short(value: i64, decimals: usize, out: &mut Vec<u8>) {
    // 19 digits, a point and a sign; copied are always as many bytes, which is quicker than just those that count.
    const ROOM: usize = 24;
    let mut buffer = [b'0'; 2 * ROOM];
    let (mut at, mut rest) = (ROOM, value.unsigned_abs());
    if decimals > 0 {
        for _ in 0..decimals / 2 {
            at -= 2;
            buffer[at..at + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
            rest /= 100;
        }
        if decimals % 2 == 1 {
            at -= 1;
            buffer[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        at -= 1;
        buffer[at] = b'.';
    }
    at = put_digits(rest, at, &mut buffer);
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    let length = out.len() + ROOM - at;
    if let Some(copied) = buffer[at..].first_chunk::<ROOM>() {
        out.extend_from_slice(copied);
        out.truncate(length);
    }
}

fn append_long(value: i128, scale: i16, out: &mut Vec<u8>) {
    let mut buffer = [b'0'; LONGEST];
    let magnitude = value.unsigned_abs();
    let mut start = match u64::try_from(magnitude) {
        Ok(small) => put_digits(small, LONGEST, &mut buffer),
        Err(_) => put_wide(magnitude, &mut buffer),
    };
    let negative = value < 0;
    let decimals = usize::try_from(scale).unwrap_or(0);
    if negative {
        out.push(b'-');
    }
    if decimals == 0 {
        out.extend_from_slice(&buffer[start..]);
        if scale < 0 && value != 0 {
            out.extend(std::iter::repeat_n(b'0', usize::from(scale.unsigned_abs())));
        }
        return;
    }
    // At least one digit stands before the point.
    start = start.min(LONGEST - decimals - 1);
    let point = LONGEST - decimals;
    out.extend_from_slice(&buffer[start..point]);
    out.push(b'.');
    out.extend_from_slice(&buffer[point..]);
}

/// Writes digits that end at a place of the buffer and returns where they begin.
#[inline]
fn put_digits<const N: usize>(mut rest: u64, mut at: usize, buffer: &mut [u8; N]) -> usize {
    while rest >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if rest >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[rest as usize]);
    } else {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    at
}

fn put_wide(mut rest: u128, buffer: &mut [u8; LONGEST]) -> usize {
    let mut at = LONGEST;
    while rest > 0 {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    at
}

/// Why a text is not a number for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseFault {
    /// It is not a number.
    NotANumber,
    /// It has more decimals than the field.
    Decimals,
    /// It has more digits than fit.
    TooLarge,
}

/// Reads `[+-]digits[.digits][E[+-]digits]` as an integer at `scale`. Nothing is rounded: decimals that have no room must
/// be zeros.
#[inline]
pub fn parse_decimal(text: &[u8], scale: i16) -> Result<i128, ParseFault> {
    let (negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut value = 0u64;
    let mut decimals = 0i16;
    let mut point = false;
    if digits.is_empty() || digits.len() > 19 {
        return parse_slowly(digits, scale).map(|value| if negative { -value } else { value });
    }
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
            decimals += i16::from(point);
        } else if byte == b'.' && !point {
            point = true;
        } else {
            return parse_slowly(digits, scale).map(|value| if negative { -value } else { value });
        }
    }
    if digits.len() == usize::from(point) {
        return Err(ParseFault::NotANumber);
    }
    let value = rescale(i128::from(value), decimals, scale)?;
    Ok(if negative { -value } else { value })
}

/// As [`parse_decimal`], for numbers written as [`append_decimal`] writes them and of no more than 18 digits; none for others,
/// and for what is no number.
#[inline]
pub(super) fn parse_short(text: &[u8], scale: i8) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let value = match usize::try_from(scale).ok()? {
        0 => append_digits(0, digits)?,
        decimals => {
            let (whole, rest) = digits.split_at_checked(digits.len().checked_sub(decimals + 1)?)?;
            let [b'.', fraction @ ..] = rest else { return None };
            append_digits(append_digits(0, whole)?, fraction)?
        }
    };
    let value = i64::try_from(value).ok()?;
    Some(if negative { -value } else { value })
}

/// The number with more digits at its end, if they are digits.
#[inline]
fn append_digits(mut value: u64, digits: &[u8]) -> Option<u64> {
    let (fours, rest) = digits.as_chunks::<4>();
    let mut fault = 0;
    for four in fours {
        let word = u32::from_le_bytes(*four);
        // Digits are those bytes of which both these sums have the high-order half of a digit.
        fault |= (word ^ 0x3030_3030) & 0xF0F0_F0F0;
        fault |= (word.wrapping_add(0x0606_0606) ^ 0x3030_3030) & 0xF0F0_F0F0;
        // The first digit is in the low-order byte: pairs of digits first, then the pair of pairs.
        let low = word & 0x0F0F_0F0F;
        let pairs = (low * 10 + (low >> 8)) & 0x00FF_00FF;
        value = value * 10_000 + u64::from((pairs & 0xFF) * 100 + (pairs >> 16));
    }
    for &byte in rest {
        let digit = byte.wrapping_sub(b'0');
        fault |= u32::from(digit > 9);
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    (fault == 0).then_some(value)
}

#[inline]
fn rescale(value: i128, from: i16, to: i16) -> Result<i128, ParseFault> {
    if from == to || value == 0 {
        return Ok(value);
    }
    let power = crate::decimal::pow10(u32::from(from.abs_diff(to)));
    match (from < to, power) {
        (true, Some(power)) => value.checked_mul(power).ok_or(ParseFault::TooLarge),
        (true, None) => Err(ParseFault::TooLarge),
        (false, Some(power)) if value % power == 0 => Ok(value / power),
        (false, _) => Err(ParseFault::Decimals),
    }
}

/// Long numbers and numbers with an exponent.
#[cold]
fn parse_slowly(digits: &[u8], scale: i16) -> Result<i128, ParseFault> {
    let (mantissa, exponent) = match digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let exponent =
                std::str::from_utf8(&digits[at + 1..]).ok().and_then(|text| text.parse::<i16>().ok());
            (&digits[..at], exponent.filter(|exponent| exponent.abs() <= 400).ok_or(ParseFault::NotANumber)?)
        }
        None => (digits, 0),
    };
    let (mut value, mut decimals, mut point, mut any) = (0i128, 0i16, false, false);
    for &byte in mantissa {
        let digit = byte.wrapping_sub(b'0');
        match byte {
            b'0'..=b'9' => {
                any = true;
                // Behind the decimals there is room for only zeros may stand, and they must not overflow.
                if point && decimals >= scale.saturating_add(exponent).max(0) {
                    if digit == 0 {
                        continue;
                    }
                    return Err(ParseFault::Decimals);
                }
                value = value
                    .checked_mul(10)
                    .and_then(|value| value.checked_add(i128::from(digit)))
                    .ok_or(ParseFault::TooLarge)?;
                decimals = decimals.checked_add(i16::from(point)).ok_or(ParseFault::TooLarge)?;
            }
            b'.' if !point => point = true,
            _ => return Err(ParseFault::NotANumber),
        }
    }
    if !any {
        return Err(ParseFault::NotANumber);
    }
    rescale(value, decimals - exponent, scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Decimal;

    fn shown(value: i128, scale: i16) -> String {
        let mut out = Vec::new();
        append_decimal(value, scale, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// Against the plain formatter of decimals.
    #[test]
    fn as_the_decimal_shows_itself() {
        let values = [0, 1, 9, 10, 99, 100, 12_345, -5, -100, i128::from(u64::MAX), i128::MAX, i128::MIN + 1];
        for value in values {
            for scale in [-20, -1, 0, 1, 2, 5, 18, 37, 60] {
                let text = shown(value, scale);
                assert_eq!(text, Decimal::new(value, scale).to_string(), "{value} at {scale}");
                let back = parse_decimal(text.as_bytes(), scale);
                // A raised value may not fit the intermediate integer.
                assert!(back == Ok(value) || (scale < 0 && back == Err(ParseFault::TooLarge)), "{text}");
            }
        }
    }

    #[test]
    fn digits_as_text_and_back() {
        for value in [0i128, 1, 5, 10, 99, 100, 12_345, 1_234_567_890, 999_999_999_999_999] {
            for (negative, decimals) in (0..=14).flat_map(|decimals| [(false, decimals), (true, decimals)]) {
                let negative = negative && value > 0;
                let digits = u64::from_str_radix(&value.to_string(), 16).unwrap();
                let mut out = b"x".to_vec();
                append_bcd(Bcd { digits, negative }, decimals, &mut out);
                let text = String::from_utf8(out.split_off(1)).unwrap();
                assert_eq!(text, shown(if negative { -value } else { value }, decimals as i16));
                assert_eq!(parse_bcd(text.as_bytes(), decimals), Some(Bcd { digits, negative }), "{text}");
            }
        }
        assert_eq!(parse_bcd(b"-0.00", 2), Some(Bcd::default()));
        for text in
            ["", "-", ".", "1", "1.5", "1.234", "+1.25", "1,25", "1.2a", "x.25", "1e.25", "12345678901234.56"]
        {
            assert_eq!(parse_bcd(text.as_bytes(), 2), None, "{text}");
        }
    }

    /// What the quick way takes is what the other one makes of it.
    #[test]
    fn short_numbers_are_as_the_others() {
        let texts = [
            "0",
            "-0",
            "7",
            "-12.50",
            "123456789.01",
            "9999999999999999.99",
            "1.5",
            "12",
            ".25",
            "-.25",
            "1.",
            "",
        ];
        for text in texts.iter().copied().chain([
            "-",
            ".",
            "1.2.3",
            "+1.25",
            "1e2",
            "12a4",
            "1234:678",
            "/234",
            "99999999999999999999",
        ]) {
            for scale in [-1, 0, 1, 2, 5] {
                if let Some(value) = parse_short(text.as_bytes(), scale) {
                    assert_eq!(
                        parse_decimal(text.as_bytes(), scale.into()),
                        Ok(value.into()),
                        "{text} at {scale}"
                    );
                }
            }
        }
        assert_eq!(parse_short(b"-1234567890123.45", 2), Some(-123_456_789_012_345));
        for byte in 0..=255u8 {
            for at in 0..7 {
                let mut text = *b"1234567";
                text[at] = byte;
                let negative = at == 0 && byte == b'-';
                let taken = parse_short(&text, 0).is_some();
                assert_eq!(taken, byte.is_ascii_digit() || negative, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn numbers_are_never_rounded() {
        assert_eq!(parse_decimal(b"1.250", 2), Ok(125));
        assert_eq!(parse_decimal(b"+1.2", 2), Ok(120));
        assert_eq!(parse_decimal(b"1.255", 2), Err(ParseFault::Decimals));
        assert_eq!(parse_decimal(b"12e1", 0), Ok(120));
        assert_eq!(parse_decimal(b"1.25E1", 1), Ok(125));
        assert_eq!(parse_decimal(b"125e-2", 2), Ok(125));
        assert_eq!(parse_decimal(b"1200", -2), Ok(12));
        assert_eq!(parse_decimal(b"1.50000000000000000000000000000000000000000000000000", 1), Ok(15));
        for bad in [&b""[..], b"-", b".", b"1..2", b"1,2", b"abc", b"1e", b"e5", b"0x1", b" 1", b"--1"] {
            assert_eq!(parse_decimal(bad, 2), Err(ParseFault::NotANumber), "{bad:?}");
        }
        assert_eq!(parse_decimal(&[b'9'; 50], 0), Err(ParseFault::TooLarge));
    }
}
