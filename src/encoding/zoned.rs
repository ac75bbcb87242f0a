//! Zoned decimal (USAGE DISPLAY): a digit a byte, the sign in a zone or in a byte of its own.
//!
//! ```text
//!   S9(3), value -123                  sign in the zone of the last byte: D for minus, C for plus
//!   | F1 | F2 | D3 |
//!   S9(3) SIGN LEADING SEPARATE        | 60 | F1 | F2 | F3 |      X'60' is '-', X'4E' is '+'
//! ```
//!
//! Data that is not EBCDIC has no zones; its sign byte is one of the letters of [`Overpunch`].

use super::{BadNumber, ByteOrder, CodePage, nibble_is_negative, signed_value, words};

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

/// The bytes that carry digit and sign in data that is not EBCDIC. A plain digit is read as plus by all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overpunch {
    /// EBCDIC translated as text: `{` and `A` to `I` for plus, `}` and `J` to `R` for minus. The braces stand for
    /// X'C0' and X'D0'; translated through another page than 037 these are other characters.
    Ibm {
        /// Plus zero, ISO 8859-1.
        plus: u8,
        /// Minus zero, ISO 8859-1.
        minus: u8,
    },
    /// Micro Focus and GnuCOBOL (without `-fsign=EBCDIC`): plain digits for plus, `p` to `y` for minus.
    MicroFocus,
    /// CA-Realia: plain digits for plus, X'20' to X'29' for minus.
    Realia,
    /// Plain digits only; a field with its sign in a digit holds nothing negative.
    Strict,
}

impl Overpunch {
    /// Translated through page 037 or one that has the braces in the same places.
    pub const IBM: Overpunch = Overpunch::Ibm { plus: b'{', minus: b'}' };

    /// The letters of numbers that were translated as text from an EBCDIC page: in 273 `ä` and `ü` stand where 037
    /// has the braces. None if the page is not EBCDIC, or its characters for X'C0' and X'D0' are not in ISO 8859-1.
    pub fn translated(host: CodePage) -> Option<Self> {
        let letter = |byte| u8::try_from(host.char(byte)).ok().filter(|_| host.is_ebcdic());
        Some(Overpunch::Ibm { plus: letter(0xC0)?, minus: letter(0xD0)? })
    }

    /// Digit and sign of a byte that carries both.
    #[inline]
    fn read(self, byte: u8) -> Option<(u8, bool)> {
        if byte.is_ascii_digit() {
            return Some((byte - b'0', false));
        }
        match (self, byte) {
            (Overpunch::Ibm { .. }, b'A'..=b'I') => Some((byte - b'A' + 1, false)),
            (Overpunch::Ibm { .. }, b'J'..=b'R') => Some((byte - b'J' + 1, true)),
            (Overpunch::Ibm { plus, .. }, _) if byte == plus => Some((0, false)),
            (Overpunch::Ibm { minus, .. }, _) if byte == minus => Some((0, true)),
            (Overpunch::MicroFocus, b'p'..=b'y') => Some((byte - b'p', true)),
            (Overpunch::Realia, 0x20..=0x29) => Some((byte - 0x20, true)),
            _ => None,
        }
    }

    /// The byte that carries digit and sign.
    #[inline]
    fn write(self, digit: u8, negative: bool) -> u8 {
        match (self, digit, negative) {
            (Overpunch::Ibm { plus, .. }, 0, false) => plus,
            (Overpunch::Ibm { minus, .. }, 0, true) => minus,
            (Overpunch::Ibm { .. }, digit, false) => b'A' + digit - 1,
            (Overpunch::Ibm { .. }, digit, true) => b'J' + digit - 1,
            (Overpunch::MicroFocus, digit, true) => b'p' + digit,
            (Overpunch::Realia, digit, true) => 0x20 + digit,
            (_, digit, _) => b'0' + digit,
        }
    }
}

/// The integer in a zoned field.
#[inline]
pub fn decode(bytes: &[u8], sign: Sign, page: CodePage) -> Result<i128, BadNumber> {
    match decode_word(bytes, sign, page) {
        Some(value) => Ok(i128::from(value)),
        None => decode_any(bytes, sign, page),
    }
}

/// The integer in a field of no more than 16 digits, if it is one; none if the sign is in the first digit.
#[inline]
pub fn decode_word(bytes: &[u8], sign: Sign, page: CodePage) -> Option<i64> {
    let zero = page.zero();
    let plain = |digits: &[u8]| words::digits(digits, *digits.last()?, zero);
    let (magnitude, negative) = match sign {
        Sign::None => (plain(bytes)?, false),
        Sign::Trailing => {
            let (digit, negative) = sign_digit(*bytes.last()?, page)?;
            (words::digits(bytes, zero + digit, zero)?, negative)
        }
        Sign::TrailingSeparate => {
            let (last, body) = bytes.split_last()?;
            (plain(body)?, separate_sign(*last, page)?)
        }
        Sign::LeadingSeparate => {
            let (first, body) = bytes.split_first()?;
            (plain(body)?, separate_sign(*first, page)?)
        }
        Sign::Leading => return None,
    };
    Some(if negative { -(magnitude as i64) } else { magnitude as i64 })
}

fn decode_any(bytes: &[u8], sign: Sign, page: CodePage) -> Result<i128, BadNumber> {
    match sign {
        Sign::None => {
            let (&last, body) = bytes.split_last().ok_or(BadNumber::Digit(0))?;
            let (digit, negative) = sign_digit(last, page).ok_or(BadNumber::Digit(body.len()))?;
            signed_value(append(digits(body, 0, page)?, digit)?, negative, false)
        }
        Sign::Trailing => {
            let (&last, body) = bytes.split_last().ok_or(BadNumber::Sign(0))?;
            let (digit, negative) = sign_digit(last, page).ok_or(BadNumber::Sign(body.len()))?;
            signed_value(append(digits(body, 0, page)?, digit)?, negative, true)
        }
        Sign::Leading => {
            let (&first, body) = bytes.split_first().ok_or(BadNumber::Sign(0))?;
            let (digit, negative) = sign_digit(first, page).ok_or(BadNumber::Sign(0))?;
            let low = digits(body, 1, page)?;
            if digit == 0 {
                return signed_value(low, negative, true);
            }
            let power = u32::try_from(body.len()).ok().and_then(crate::decimal::pow10);
            let high = power.and_then(|power| i128::from(digit).checked_mul(power));
            let magnitude = high.and_then(|high| high.checked_add(low)).ok_or(BadNumber::TooLong)?;
            signed_value(magnitude, negative, true)
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

/// The integer in a zoned field, and whether the field is canonical: exactly the bytes that [`encode`] gives for it.
/// Other signs, zones in an unsigned field and minus zero are read but not canonical.
#[inline]
pub fn decode_exact(bytes: &[u8], sign: Sign, page: CodePage) -> Result<(i128, bool), BadNumber> {
    let value = decode(bytes, sign, page)?;
    let negative = value < 0;
    // Digits of their own are checked by reading them; what is left is the byte with the sign.
    let at = if matches!(sign, Sign::Leading | Sign::LeadingSeparate) { bytes.first() } else { bytes.last() };
    let byte = at.copied().unwrap_or(0);
    let canonical = match sign {
        Sign::None => byte.wrapping_sub(page.zero()) <= 9,
        Sign::Trailing | Sign::Leading => {
            sign_digit(byte, page).is_some_and(|(digit, _)| byte == overpunch(digit, negative, page))
        }
        Sign::TrailingSeparate | Sign::LeadingSeparate => {
            byte == if negative { minus(page) } else { plus(page) }
        }
    };
    Ok((value, canonical))
}

/// True if the field is a number and exactly what [`encode`] writes for it.
#[inline]
pub fn is_canonical(bytes: &[u8], sign: Sign, page: CodePage) -> bool {
    decode_exact(bytes, sign, page).is_ok_and(|(_, canonical)| canonical)
}

/// True if a field with this sign can hold negative numbers: not without S, and not in a digit under
/// [`Overpunch::Strict`]. Writing a negative number elsewhere loses its sign.
#[inline]
pub fn has_minus(sign: Sign, page: CodePage) -> bool {
    match sign {
        Sign::None => false,
        Sign::Trailing | Sign::Leading => page.is_ebcdic() || page.overpunch() != Overpunch::Strict,
        Sign::TrailingSeparate | Sign::LeadingSeparate => true,
    }
}

/// Stores an integer; the field takes as many low-order digits as it holds, and an unsigned field the magnitude.
#[inline]
pub fn encode(value: i128, bytes: &mut [u8], sign: Sign, page: CodePage) {
    let negative = value < 0;
    let separate = || if negative { minus(page) } else { plus(page) };
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
                *last = separate();
                put_digits(magnitude, body, page);
            }
        }
        Sign::LeadingSeparate => {
            if let Some((first, body)) = bytes.split_first_mut() {
                *first = separate();
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
    page.overpunch().read(byte)
}

/// A byte that carries digit and sign as the byte of its digit alone; as it is, if it carries none.
pub fn without_sign(byte: u8, page: CodePage) -> u8 {
    sign_digit(byte, page).map_or(byte, |(digit, _)| page.zero() + digit)
}

/// A character that takes the place of the digit in a byte that carries digit and sign: the sign stays.
pub fn with_sign_of(carrier: u8, byte: u8, page: CodePage) -> u8 {
    match sign_digit(carrier, page) {
        Some(_) if page.is_ebcdic() => carrier & 0xF0 | byte & 0x0F,
        Some((_, negative)) if byte.is_ascii_digit() => page.overpunch().write(byte - b'0', negative),
        _ => byte,
    }
}

#[inline]
fn overpunch(digit: u8, negative: bool, page: CodePage) -> u8 {
    if page.is_ebcdic() {
        return digit | if negative { 0xD0 } else { 0xC0 };
    }
    page.overpunch().write(digit, negative)
}

/// `+`; every EBCDIC page has it in the same place.
#[inline]
fn plus(page: CodePage) -> u8 {
    if page.is_ebcdic() { 0x4E } else { b'+' }
}

/// `-`; every EBCDIC page has it in the same place.
#[inline]
fn minus(page: CodePage) -> u8 {
    if page.is_ebcdic() { 0x60 } else { b'-' }
}

#[inline]
fn separate_sign(byte: u8, page: CodePage) -> Option<bool> {
    if byte == plus(page) {
        Some(false)
    } else if byte == minus(page) {
        Some(true)
    } else {
        None
    }
}

#[inline]
fn put_digits(magnitude: u128, bytes: &mut [u8], page: CodePage) {
    let zero = page.zero();
    match u64::try_from(magnitude) {
        Ok(rest) if rest < words::LIMIT && bytes.len() <= 16 => {
            let zeros = u64::from_be_bytes([zero; 8]);
            let eight = |number: u64| words::spread(number as u32) | zeros;
            words::put_two_words(bytes, eight(rest / words::EIGHT_DIGITS), eight(rest % words::EIGHT_DIGITS));
        }
        Ok(mut rest) => {
            let (odd, pairs) = bytes.split_at_mut(bytes.len() % 2);
            for pair in pairs.as_chunks_mut::<2>().0.iter_mut().rev() {
                let two = (rest % 100) as u8;
                *pair = [zero + two / 10, zero + two % 10];
                rest /= 100;
            }
            odd.iter_mut().for_each(|byte| *byte = zero + (rest % 10) as u8);
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

/// The integer in a field of national digits (PIC 9 USAGE NATIONAL): UTF-16 code units `0` to `9`, a sign `+` or `-` in
/// a unit of its own (Language Reference, "SIGN clause": S with NATIONAL needs SEPARATE, so the other places of a sign
/// are refused). Positions in errors are bytes. What is read is canonical but for minus zero.
pub fn decode_national(bytes: &[u8], sign: Sign, order: ByteOrder) -> Result<i128, BadNumber> {
    let (units, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(BadNumber::Digit(bytes.len() - 1));
    }
    let (at, digits) = match (sign, units.len().checked_sub(1)) {
        (Sign::None, Some(_)) => (None, units),
        (Sign::LeadingSeparate, Some(_)) => (Some(0), &units[1..]),
        (Sign::TrailingSeparate, Some(last)) => (Some(last), &units[..last]),
        (Sign::None, None) => return Err(BadNumber::Digit(0)),
        _ => return Err(BadNumber::Sign(0)),
    };
    let negative = match at.map(|at| order.u16(units[at])) {
        None | Some(0x2B) => false,
        Some(0x2D) => true,
        Some(_) => return Err(BadNumber::Sign(at.unwrap_or(0) * 2)),
    };
    let first = usize::from(at == Some(0));
    let mut magnitude = 0;
    for (place, unit) in digits.iter().enumerate() {
        let digit = order.u16(*unit).wrapping_sub(0x30);
        let digit = u8::try_from(digit).ok().filter(|digit| *digit <= 9);
        magnitude = append(magnitude, digit.ok_or(BadNumber::Digit((first + place) * 2))?)?;
    }
    signed_value(magnitude, negative, sign != Sign::None)
}

/// Stores an integer as national digits: as many low-order digits as the field holds, an unsigned field the magnitude.
/// The field is left alone and the error says why if it is no whole number of code units or has its sign in a digit.
pub fn encode_national(value: i128, bytes: &mut [u8], sign: Sign, order: ByteOrder) -> Result<(), BadNumber> {
    let length = bytes.len();
    let (units, odd) = bytes.as_chunks_mut::<2>();
    if !odd.is_empty() || units.is_empty() {
        return Err(BadNumber::Digit(length.saturating_sub(1)));
    }
    let (signs, digits) = match sign {
        Sign::None => units.split_at_mut(0),
        Sign::LeadingSeparate => units.split_at_mut(1),
        Sign::TrailingSeparate => {
            let (digits, signs) = units.split_at_mut(units.len() - 1);
            (signs, digits)
        }
        Sign::Trailing | Sign::Leading => return Err(BadNumber::Sign(0)),
    };
    for unit in signs {
        *unit = order.bytes(if value < 0 { 0x2D } else { 0x2B });
    }
    let mut rest = value.unsigned_abs();
    for unit in digits.iter_mut().rev() {
        *unit = order.bytes(0x30 + (rest % 10) as u16);
        rest /= 10;
    }
    Ok(())
}

/// True if a field of national digits is a number and exactly what [`encode_national`] writes for it.
pub fn is_canonical_national(bytes: &[u8], sign: Sign, order: ByteOrder) -> bool {
    let minus = |at: Option<&[u8; 2]>| at.is_some_and(|unit| order.u16(*unit) == 0x2D);
    let (units, _) = bytes.as_chunks::<2>();
    decode_national(bytes, sign, order).is_ok_and(|value| match sign {
        Sign::LeadingSeparate => value != 0 || !minus(units.first()),
        Sign::TrailingSeparate => value != 0 || !minus(units.last()),
        _ => true,
    })
}

#[cfg(test)]
mod tests;
