//! Zoned decimal (USAGE DISPLAY): a digit a byte, the sign in a zone or in a byte of its own.
//!
//! ```text
//!   S9(3), value -123                  sign in the zone of the last byte: D for minus, C for plus
//!   | F1 | F2 | D3 |
//!   S9(3) SIGN LEADING SEPARATE        | 60 | F1 | F2 | F3 |      X'60' is '-', X'4E' is '+'
//! ```
//!
//! Text that was translated to ASCII has `{ABCDEFGHI` for plus 0-9 and `}JKLMNOPQR` for minus 0-9 in the sign byte.

use super::{BadNumber, CodePage, nibble_is_negative, signed_value};

/// Where the sign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// No S in the PICTURE.
    None,
    /// In the zone of the last byte.
    Trailing,
    /// In the zone of the first byte.
    Leading,
    /// `+` or `-` after the digits.
    TrailingSeparate,
    /// `+` or `-` before the digits.
    LeadingSeparate,
}

/// The integer in a zoned field.
#[inline]
pub fn decode(bytes: &[u8], sign: Sign, page: CodePage) -> Result<i128, BadNumber> {
    match sign {
        Sign::None => match bytes.split_last() {
            Some((&last, body)) => {
                let (digit, negative) = sign_digit(last, page).ok_or(BadNumber::Digit(body.len()))?;
                signed_value(append(digits(body, 0, page)?, digit)?, negative, false)
            }
            None => Err(BadNumber::Digit(0)),
        },
        Sign::Trailing => {
            let (&last, body) = bytes.split_last().ok_or(BadNumber::Sign(0))?;
            let (digit, negative) = sign_digit(last, page).ok_or(BadNumber::Sign(body.len()))?;
            signed_value(append(digits(body, 0, page)?, digit)?, negative, true)
        }
        Sign::Leading => {
            let (&first, body) = bytes.split_first().ok_or(BadNumber::Sign(0))?;
            let (digit, negative) = sign_digit(first, page).ok_or(BadNumber::Sign(0))?;
            let low = digits(body, 1, page)?;
            let power =
                u32::try_from(body.len()).ok().and_then(crate::decimal::pow10).ok_or(BadNumber::TooLong)?;
            let high = i128::from(digit).checked_mul(power).ok_or(BadNumber::TooLong)?;
            signed_value(high.checked_add(low).ok_or(BadNumber::TooLong)?, negative, true)
        }
        Sign::TrailingSeparate => {
            let (&last, body) = bytes.split_last().ok_or(BadNumber::Sign(0))?;
            let negative = separate_sign(last, page).ok_or(BadNumber::Sign(body.len()))?;
            signed_value(digits(body, 0, page)?, negative, true)
        }
        Sign::LeadingSeparate => {
            let (&first, body) = bytes.split_first().ok_or(BadNumber::Sign(0))?;
            let negative = separate_sign(first, page).ok_or(BadNumber::Sign(0))?;
            signed_value(digits(body, 1, page)?, negative, true)
        }
    }
}

/// Stores an integer; the field takes as many low-order digits as it holds, and an unsigned field the magnitude.
#[inline]
pub fn encode(value: i128, bytes: &mut [u8], sign: Sign, page: CodePage) {
    let negative = value < 0;
    let separate = page.byte(if negative { '-' } else { '+' }).unwrap_or(0);
    let magnitude = value.unsigned_abs();
    match sign {
        Sign::None => put_digits(magnitude, bytes, page),
        Sign::Trailing => {
            put_digits(magnitude, bytes, page);
            if let Some(last) = bytes.last_mut() {
                *last = overpunch(*last & 15, negative, page);
            }
        }
        Sign::Leading => {
            put_digits(magnitude, bytes, page);
            if let Some(first) = bytes.first_mut() {
                *first = overpunch(*first & 15, negative, page);
            }
        }
        Sign::TrailingSeparate => {
            if let Some((last, body)) = bytes.split_last_mut() {
                *last = separate;
                put_digits(magnitude, body, page);
            }
        }
        Sign::LeadingSeparate => {
            if let Some((first, body)) = bytes.split_first_mut() {
                *first = separate;
                put_digits(magnitude, body, page);
            }
        }
    }
}

/// Plain digits as an integer; `base` is the position of the first byte in the field, for messages.
#[inline]
fn digits(bytes: &[u8], base: usize, page: CodePage) -> Result<i128, BadNumber> {
    let zero = page.zero();
    let mut value = 0u64;
    if bytes.len() <= 18 {
        for (at, &byte) in bytes.iter().enumerate() {
            let digit = byte.wrapping_sub(zero);
            if digit > 9 {
                return Err(BadNumber::Digit(base + at));
            }
            value = value * 10 + u64::from(digit);
        }
        return Ok(i128::from(value));
    }
    let mut value = 0i128;
    for (at, &byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(zero);
        if digit > 9 {
            return Err(BadNumber::Digit(base + at));
        }
        value = append(value, digit)?;
    }
    Ok(value)
}

#[inline]
fn append(value: i128, digit: u8) -> Result<i128, BadNumber> {
    match i64::try_from(value) {
        Ok(small) => Ok(i128::from(small) * 10 + i128::from(digit)),
        Err(_) => {
            value.checked_mul(10).and_then(|v| v.checked_add(i128::from(digit))).ok_or(BadNumber::TooLong)
        }
    }
}

/// Digit and sign of a byte that carries both.
#[inline]
fn sign_digit(byte: u8, page: CodePage) -> Option<(u8, bool)> {
    if page.is_ebcdic() {
        let digit = byte & 15;
        return if digit > 9 {
            None
        } else {
            nibble_is_negative(byte >> 4).map(|negative| (digit, negative))
        };
    }
    match byte {
        b'0'..=b'9' => Some((byte - b'0', false)),
        b'{' => Some((0, false)),
        b'A'..=b'I' => Some((byte - b'A' + 1, false)),
        b'}' => Some((0, true)),
        b'J'..=b'R' => Some((byte - b'J' + 1, true)),
        _ => None,
    }
}

#[inline]
fn overpunch(digit: u8, negative: bool, page: CodePage) -> u8 {
    if page.is_ebcdic() {
        return digit | if negative { 0xD0 } else { 0xC0 };
    }
    match (digit, negative) {
        (0, false) => b'{',
        (0, true) => b'}',
        (digit, false) => b'A' + digit - 1,
        (digit, true) => b'J' + digit - 1,
    }
}

#[inline]
fn separate_sign(byte: u8, page: CodePage) -> Option<bool> {
    match page.char(byte) {
        '+' => Some(false),
        '-' => Some(true),
        _ => None,
    }
}

#[inline]
fn put_digits(magnitude: u128, bytes: &mut [u8], page: CodePage) {
    let zero = page.zero();
    match u64::try_from(magnitude) {
        Ok(mut rest) => {
            for byte in bytes.iter_mut().rev() {
                *byte = zero + (rest % 10) as u8;
                rest /= 10;
            }
        }
        Err(_) => {
            let mut rest = magnitude;
            for byte in bytes.iter_mut().rev() {
                *byte = zero + (rest % 10) as u8;
                rest /= 10;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: CodePage = CodePage::Cp037;

    #[test]
    fn known_values() {
        assert_eq!(decode(&[0xF1, 0xF2, 0xD3], Sign::Trailing, PAGE), Ok(-123));
        assert_eq!(decode(&[0xF1, 0xF2, 0xC3], Sign::Trailing, PAGE), Ok(123));
        assert_eq!(decode(&[0xF1, 0xF2, 0xF3], Sign::Trailing, PAGE), Ok(123));
        assert_eq!(decode(&[0xD1, 0xF2, 0xF3], Sign::Leading, PAGE), Ok(-123));
        assert_eq!(decode(&[0x60, 0xF1, 0xF2], Sign::LeadingSeparate, PAGE), Ok(-12));
        assert_eq!(decode(&[0xF1, 0xF2, 0x4E], Sign::TrailingSeparate, PAGE), Ok(12));
        assert_eq!(decode(b"12L", Sign::Trailing, CodePage::Latin1), Ok(-123));
        assert_eq!(decode(&[0xF1, 0x40], Sign::None, PAGE), Err(BadNumber::Digit(1)));
        assert_eq!(decode(&[0x40, 0xF1], Sign::None, PAGE), Err(BadNumber::Digit(0)));
        assert_eq!(decode(&[0xF1, 0xD1], Sign::None, PAGE), Err(BadNumber::NegativeUnsigned));
        assert_eq!(decode(&[0xF1, 0xC1], Sign::None, PAGE), Ok(11));
    }

    /// All two-byte values against digit-by-digit reading.
    #[test]
    fn all_two_byte_fields() {
        for word in 0..=u16::MAX {
            let [a, b] = word.to_be_bytes();
            let valid = (0xF0..=0xF9).contains(&a) && b & 15 <= 9 && b >> 4 >= 10;
            let value = i128::from(a & 15) * 10 + i128::from(b & 15);
            let expected = valid.then_some(if matches!(b >> 4, 0xB | 0xD) { -value } else { value });
            assert_eq!(decode(&[a, b], Sign::Trailing, PAGE).ok(), expected, "X'{word:04X}'");
        }
    }

    #[test]
    fn all_forms_there_and_back() {
        let forms = [Sign::Trailing, Sign::Leading, Sign::TrailingSeparate, Sign::LeadingSeparate];
        for page in [PAGE, CodePage::Latin1] {
            for sign in forms {
                for value in [0i128, 1, -1, 98_765, -90_000] {
                    let mut bytes = [0u8; 6];
                    encode(value, &mut bytes, sign, page);
                    assert_eq!(decode(&bytes, sign, page), Ok(value), "{value} {sign:?}");
                }
            }
            let mut long = [0u8; 31];
            encode(-(10i128.pow(31) - 1), &mut long, Sign::Trailing, page);
            assert_eq!(decode(&long, Sign::Trailing, page), Ok(-(10i128.pow(31) - 1)));
        }
    }
}
