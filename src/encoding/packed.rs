//! Packed decimal (COMP-3): two digits a byte, the sign in the last nibble.
//!
//! ```text
//!   S9(5)V99 COMP-3, value -12345.67      S9(4) COMP-3, value 12 (the first nibble is padding)
//!   | 12 | 34 | 56 | 7D |                 | 00 | 01 | 2C |
//! ```

use super::{BadNumber, nibble_is_negative, signed_value, words};

/// Two digits of a byte as a number 0-99, or 255 if a nibble is not a digit.
const PAIRS: [u8; 256] = {
    let mut pairs = [255u8; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte >> 4 < 10 && byte & 15 < 10 {
            pairs[byte] = (byte >> 4) as u8 * 10 + (byte & 15) as u8;
        }
        byte += 1;
    }
    pairs
};

/// The byte of two digits, by the number 0-99 that they are.
const PACKED: [u8; 100] = {
    let mut packed = [0u8; 100];
    let mut pair = 0;
    while pair < 100 {
        packed[pair] = (((pair / 10) << 4) | (pair % 10)) as u8;
        pair += 1;
    }
    packed
};

/// The integer in a packed field. The padding nibble of an even number of digits is read as a digit, as the hardware
/// does.
#[inline]
pub fn decode(bytes: &[u8], signed: bool) -> Result<i128, BadNumber> {
    match decode_word(bytes, signed) {
        Some(value) => Ok(i128::from(value)),
        None => decode_any(bytes, signed),
    }
}

/// The integer in a packed field of no more than 17 digits, if it is one.
#[inline]
pub fn decode_word(bytes: &[u8], signed: bool) -> Option<i64> {
    let (word, high) = match bytes {
        [first, rest @ ..] if bytes.len() == 9 => (words::word(rest)?, pair(*first, 0).ok()?),
        _ => (words::word(bytes)?, 0),
    };
    let negative = nibble_is_negative((word & 15) as u8)?;
    let magnitude = (words::number(word >> 4)? + u64::from(high) * 1_000_000_000_000_000) as i64;
    match (negative, signed) {
        (false, _) => Some(magnitude),
        (true, true) => Some(-magnitude),
        (true, false) => None,
    }
}

fn decode_any(bytes: &[u8], signed: bool) -> Result<i128, BadNumber> {
    let Some((&last, body)) = bytes.split_last() else { return Err(BadNumber::Sign(0)) };
    let sign_at = body.len();
    let mut value = 0i128;
    for (at, &byte) in body.iter().enumerate() {
        let pair = i128::from(pair(byte, at)?);
        value = value.checked_mul(100).and_then(|v| v.checked_add(pair)).ok_or(BadNumber::TooLong)?;
    }
    let magnitude = value.checked_mul(10).ok_or(BadNumber::TooLong)?;
    if last >> 4 > 9 {
        return Err(BadNumber::Digit(sign_at));
    }
    let magnitude = magnitude.checked_add(i128::from(last >> 4)).ok_or(BadNumber::TooLong)?;
    let negative = nibble_is_negative(last & 15).ok_or(BadNumber::Sign(sign_at))?;
    signed_value(magnitude, negative, signed)
}

/// The integer in a packed field of so many digits, and whether the field is canonical: exactly the bytes that
/// [`encode`] gives for it. Signs other than C and D (F if unsigned), minus zero and a padding nibble that is not zero
/// are read but not canonical.
#[inline]
pub fn decode_exact(bytes: &[u8], digits: u8, signed: bool) -> Result<(i128, bool), BadNumber> {
    let value = decode(bytes, signed)?;
    let sign = bytes.last().map_or(0, |last| last & 15);
    let preferred = sign == preferred_sign(value < 0, signed);
    Ok((value, preferred && (digits % 2 == 1 || bytes.first().is_some_and(|first| first >> 4 == 0))))
}

/// True if the field is a number of so many digits and exactly what [`encode`] writes for it.
#[inline]
pub fn is_canonical(bytes: &[u8], digits: u8, signed: bool) -> bool {
    decode_exact(bytes, digits, signed).is_ok_and(|(_, canonical)| canonical)
}

#[inline]
pub(super) fn preferred_sign(negative: bool, signed: bool) -> u8 {
    match (signed, negative) {
        (false, _) => 0xF,
        (true, false) => 0xC,
        (true, true) => 0xD,
    }
}

#[inline]
fn pair(byte: u8, at: usize) -> Result<u8, BadNumber> {
    match PAIRS[usize::from(byte)] {
        255 => Err(BadNumber::Digit(at)),
        pair => Ok(pair),
    }
}

/// Stores an integer; the field takes as many low-order digits as it holds, and an unsigned field the magnitude.
/// The caller has checked that nothing is lost, or wants it lost.
#[inline]
pub fn encode(value: i128, bytes: &mut [u8], signed: bool) {
    match u64::try_from(value.unsigned_abs()) {
        Ok(magnitude) if magnitude < words::LIMIT => encode_word(magnitude, value < 0, bytes, signed),
        _ => encode_any(value, bytes, signed),
    }
}

/// Stores a number of no more than sixteen digits, as [`encode`] does.
#[inline]
pub fn encode_word(magnitude: u64, negative: bool, bytes: &mut [u8], signed: bool) {
    let sign = preferred_sign(negative, signed);
    let nibbles = words::nibbles(magnitude);
    match bytes {
        // The sixteenth digit is beyond the word.
        [high @ .., _, _, _, _, _, _, _, _] if !high.is_empty() => {
            let length = high.len();
            high.fill(0);
            high[length - 1] = (nibbles >> 60) as u8;
            words::put_word(&mut bytes[length..], nibbles << 4 | u64::from(sign));
        }
        _ => words::put_word(bytes, nibbles << 4 | u64::from(sign)),
    }
}

fn encode_any(value: i128, bytes: &mut [u8], signed: bool) {
    let sign = preferred_sign(value < 0, signed);
    let magnitude = value.unsigned_abs();
    let Some((last, body)) = bytes.split_last_mut() else { return };
    match u64::try_from(magnitude) {
        Ok(mut small) => {
            *last = (((small % 10) as u8) << 4) | sign;
            small /= 10;
            for byte in body.iter_mut().rev() {
                *byte = PACKED[(small % 100) as usize];
                small /= 100;
            }
        }
        Err(_) => {
            let mut rest = magnitude;
            *last = (((rest % 10) as u8) << 4) | sign;
            rest /= 10;
            for byte in body.iter_mut().rev() {
                *byte = PACKED[(rest % 100) as usize];
                rest /= 100;
            }
        }
    }
}

/// The integer in a packed field without a sign nibble (COMP-6 of Micro Focus, RM and GnuCOBOL): (digits + 1) / 2 bytes.
/// The padding nibble of an odd number of digits is read as a digit.
#[inline]
pub fn decode_unsigned(bytes: &[u8]) -> Result<i128, BadNumber> {
    let mut value = 0i128;
    for (at, &byte) in bytes.iter().enumerate() {
        let pair = i128::from(pair(byte, at)?);
        value = value.checked_mul(100).and_then(|v| v.checked_add(pair)).ok_or(BadNumber::TooLong)?;
    }
    Ok(value)
}

/// The integer in a field of so many digits without a sign nibble, and whether the field is canonical: its padding
/// nibble, if the number of digits is odd, is zero.
#[inline]
pub fn decode_unsigned_exact(bytes: &[u8], digits: u8) -> Result<(i128, bool), BadNumber> {
    let value = decode_unsigned(bytes)?;
    Ok((value, digits.is_multiple_of(2) || bytes.first().is_some_and(|first| first >> 4 == 0)))
}

/// Stores the magnitude of an integer without a sign nibble; as many low-order digits as the field holds.
#[inline]
pub fn encode_unsigned(value: i128, bytes: &mut [u8]) {
    let mut rest = value.unsigned_abs();
    for byte in bytes.iter_mut().rev() {
        let pair = (rest % 100) as u8;
        *byte = ((pair / 10) << 4) | (pair % 10);
        rest /= 100;
    }
}

#[cfg(test)]
mod tests;
