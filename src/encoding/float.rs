//! Floating-point fields: COMP-1 (4 bytes) and COMP-2 (8 bytes), hexadecimal as on z/OS or IEEE 754.
//!
//! ```text
//!   X'43142EFC'    sign 0, exponent X'43', fraction X'142EFC'    0.142EFC (hex) x 16^(X'43' - 64) = 322.9365
//! ```
//!
//! A hexadecimal number is (-1)^s x 0.fraction x 16^(exponent - 64) with 24 or 56 bits of fraction; it is normalised if
//! the first hexadecimal digit of the fraction is not zero (Principles of Operation, "Hexadecimal floating point").
//! A field is read as the shortest decimal number that is written as the same bytes; nothing passes through the
//! machine's own floating point unless the format is IEEE.

use std::cmp::Ordering;
use std::io::Write;

use super::wide::Wide;
use super::{BadNumber, ByteOrder};

/// How a floating-point field is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FloatFormat {
    /// Hexadecimal, as on z/OS.
    #[default]
    IbmHex,
    /// Hexadecimal with the bytes reversed.
    IbmHexLittle,
    /// IEEE 754 binary, sign first.
    IeeeBig,
    /// IEEE 754 binary with the bytes reversed.
    IeeeLittle,
}

/// A number read from a floating-point field: digits x 10^exponent, without trailing zeros in the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// True below zero; zero is never negative.
    pub negative: bool,
    /// At most 18 digits.
    pub digits: u64,
    /// Power of ten of the last digit.
    pub exponent: i32,
    /// True if writing the number gives the same bytes; not so for minus zero, for a hexadecimal zero with an exponent
    /// and for a hexadecimal number that is not normalised.
    pub canonical: bool,
}

/// The very number in a floating-point field, mantissa x 2^exponent: what comparisons go by.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

impl Exact {
    /// The number in a field of 4 or 8 bytes; infinities and NaNs are [`BadNumber::NotFinite`].
    pub fn read(bytes: &[u8], format: FloatFormat) -> Result<Exact, BadNumber> {
        let (word, long) = word_of(bytes, format)?;
        if format.is_ibm() {
            let fraction_bits = if long { 56 } else { 24 };
            return Ok(Exact {
                negative: word >> (fraction_bits + 7) & 1 == 1,
                mantissa: word & ((1 << fraction_bits) - 1),
                exponent: 4 * ((word >> fraction_bits & 0x7F) as i32 - 64) - fraction_bits,
            });
        }
        // Only the low half of a short one has bits; every short number is a long one.
        let number = if long { f64::from_bits(word) } else { f64::from(f32::from_bits(word as u32)) };
        if !number.is_finite() {
            return Err(BadNumber::NotFinite);
        }
        let (bits, fraction) = (number.to_bits(), number.to_bits() & ((1 << 52) - 1));
        let (mantissa, exponent) = match (bits >> 52 & 0x7FF) as i32 {
            0 => (fraction, -1074),
            biased => (fraction | 1 << 52, biased - 1075),
        };
        Ok(Exact { negative: bits >> 63 == 1, mantissa, exponent })
    }

    /// The order of the values; zero has no sign.
    pub fn compare(self, other: Exact) -> Ordering {
        let sign = |number: Exact| match (number.mantissa, number.negative) {
            (0, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            1 => self.magnitude().cmp(&other.magnitude()),
            -1 => other.magnitude().cmp(&self.magnitude()),
            _ => Ordering::Equal,
        })
    }

    /// Where the highest bit stands, and all bits from there on.
    fn magnitude(self) -> (i32, u64) {
        let zeros = self.mantissa.leading_zeros();
        (self.exponent - zeros as i32, self.mantissa << zeros)
    }
}

/// Digits that a decimal number may have when it is written.
const DIGITS: usize = 38;

/// A decimal number beyond 10 to this power is beyond every hexadecimal one; below 10 to minus this power it is zero.
const RANGE: i64 = 80;

impl FloatFormat {
    /// The words of options, the default first.
    pub const WORDS: [(&str, FloatFormat); 4] = [
        ("ibm-hex", FloatFormat::IbmHex),
        ("ibm-hex-le", FloatFormat::IbmHexLittle),
        ("ieee-be", FloatFormat::IeeeBig),
        ("ieee-le", FloatFormat::IeeeLittle),
    ];

    fn is_ibm(self) -> bool {
        matches!(self, FloatFormat::IbmHex | FloatFormat::IbmHexLittle)
    }

    fn order(self) -> ByteOrder {
        match self {
            FloatFormat::IbmHex | FloatFormat::IeeeBig => ByteOrder::Big,
            FloatFormat::IbmHexLittle | FloatFormat::IeeeLittle => ByteOrder::Little,
        }
    }
}

/// The number in a field of 4 or 8 bytes. IEEE infinities and NaNs are [`BadNumber::NotFinite`].
pub fn decode(bytes: &[u8], format: FloatFormat) -> Result<Float, BadNumber> {
    let (word, long) = word_of(bytes, format)?;
    match (format.is_ibm(), long) {
        (true, _) => Ok(decode_hex(word, if long { 56 } else { 24 })),
        (false, true) => decode_ieee(f64::from_bits(word)),
        // Only the low half has bits.
        (false, false) => decode_ieee(f32::from_bits(word as u32)),
    }
}

/// The bits of a field, and true for a long one.
fn word_of(bytes: &[u8], format: FloatFormat) -> Result<(u64, bool), BadNumber> {
    let long = match bytes.len() {
        4 => false,
        8 => true,
        _ => return Err(BadNumber::Length),
    };
    let word = match format.order() {
        ByteOrder::Big => bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        ByteOrder::Little => bytes.iter().rfold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    Ok((word, long))
}

/// Appends the number in a field as decimal text: plain (`-322.9365`) if its point stands within 6 places before and 21
/// places after its first digit, else with an exponent (`1.5E-70`). Says whether the field is canonical.
pub fn append_decimal(bytes: &[u8], format: FloatFormat, out: &mut Vec<u8>) -> Result<bool, BadNumber> {
    let float = decode(bytes, format)?;
    float.append(out);
    Ok(float.canonical)
}

/// Stores the number of a decimal text: `-12.5`, `1.5E+3`, `.5`. The nearest number that the format has: hexadecimal
/// ones are normalised and rounded half up, IEEE ones half to even; what is too small becomes zero.
///
/// Errors: `Digit` with the place in the text that is not understood, `TooLong` for more than 38 digits, `Overflow`,
/// `Length`. The field is left alone then.
pub fn parse(text: &str, format: FloatFormat, bytes: &mut [u8]) -> Result<(), BadNumber> {
    let (negative, digits, exponent) = read_decimal(text)?;
    encode(negative, digits, exponent, format, bytes)
}

/// Stores digits x 10^exponent; rules and errors as in [`parse`].
pub fn encode(
    negative: bool,
    digits: u128,
    exponent: i32,
    format: FloatFormat,
    bytes: &mut [u8],
) -> Result<(), BadNumber> {
    let fraction_bits = match bytes.len() {
        4 => 24,
        8 => 56,
        _ => return Err(BadNumber::Length),
    };
    let word = if digits == 0 {
        0
    } else if format.is_ibm() {
        encode_hex(digits, exponent, fraction_bits)? | u64::from(negative) << (fraction_bits + 7)
    } else {
        encode_ieee(digits, exponent, bytes.len() == 8)? | u64::from(negative) << (bytes.len() * 8 - 1)
    };
    // A word without bits but the sign is a number that was too small.
    let word = if word << (64 - bytes.len() * 8 + 1) == 0 { 0 } else { word };
    let whole = word.to_be_bytes();
    bytes.copy_from_slice(&whole[8 - bytes.len()..]);
    if format.order() == ByteOrder::Little {
        bytes.reverse();
    }
    Ok(())
}

impl Float {
    const fn zero(canonical: bool) -> Self {
        Float { negative: false, digits: 0, exponent: 0, canonical }
    }

    /// Appends the number as decimal text; see [`append_decimal`].
    pub fn append(&self, out: &mut Vec<u8>) {
        let digits = Ascii::new(self.digits);
        let digits = digits.get();
        if self.negative {
            out.push(b'-');
        }
        // How many digits stand before the point.
        let point = digits.len() as i32 + self.exponent;
        let zeros = |count: i32, out: &mut Vec<u8>| out.resize(out.len() + count.max(0) as usize, b'0');
        match point {
            1..=21 => {
                let (whole, rest) = digits.split_at(digits.len().min(point as usize));
                out.extend_from_slice(whole);
                zeros(self.exponent, out);
                if !rest.is_empty() {
                    out.push(b'.');
                    out.extend_from_slice(rest);
                }
            }
            -5..=0 => {
                out.extend_from_slice(b"0.");
                zeros(-point, out);
                out.extend_from_slice(digits);
            }
            _ => {
                let (first, rest) = digits.split_at(1);
                out.extend_from_slice(first);
                if !rest.is_empty() {
                    out.push(b'.');
                    out.extend_from_slice(rest);
                }
                out.extend_from_slice(if point > 0 { b"E+" } else { b"E-" });
                out.extend_from_slice(Ascii::new(u64::from((point - 1).unsigned_abs())).get());
            }
        }
    }
}

/// A number's decimal digits, without allocation.
struct Ascii([u8; 20], usize);

impl Ascii {
    fn new(mut number: u64) -> Self {
        let (mut digits, mut start) = ([b'0'; 20], 20);
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Ascii(digits, start);
            }
        }
    }

    fn get(&self) -> &[u8] {
        &self.0[self.1..]
    }
}

fn decode_hex(word: u64, fraction_bits: u32) -> Float {
    let negative = word >> (fraction_bits + 7) & 1 == 1;
    let exponent = (word >> fraction_bits & 0x7F) as i32;
    let fraction = word & ((1 << fraction_bits) - 1);
    if fraction == 0 {
        return Float::zero(word == 0);
    }
    let missing = (fraction.leading_zeros() - (64 - fraction_bits)) & !3;
    let power = 4 * (exponent - 64) - (fraction_bits + missing) as i32;
    let (digits, exponent) = shortest(fraction << missing, power, fraction_bits);
    Float { negative, digits, exponent, canonical: missing == 0 }
}

/// The shortest decimal number that is rounded half up to fraction x 2^power, and of these the nearest.
///
/// Digits are generated from the exact quotient v = rest / unit until what is left is within the interval of the
/// numbers that are written as v (Steele and White, "How to print floating-point numbers accurately", 1990). All
/// numbers stay below 512 bits: |power| <= 364, so that 10^92 and 60 bits of fraction are the most that meet.
fn shortest(fraction: u64, power: i32, fraction_bits: u32) -> (u64, i32) {
    // Below the first fraction of an exponent the numbers lie 16 times closer.
    let first = fraction == 1 << (fraction_bits - 4);
    // In units of 1/32 of the last bit: half a bit above (not itself in the interval) and below (in the interval).
    let (mut above, mut below) = (Wide::new(16), Wide::new(if first { 1 } else { 16 }));
    let mut rest = Wide::new(u128::from(fraction) << 5);
    let mut unit = Wide::new(1);
    match u32::try_from(power - 5) {
        Ok(up) => {
            [&mut rest, &mut above, &mut below].into_iter().for_each(|part| *part = part.shifted_left(up))
        }
        Err(_) => unit = unit.shifted_left((5 - power).unsigned_abs()),
    }
    // The point before the first digit: scaled so that v plus half a bit is at most 1 and more than 1/10.
    let magnitude = power + (64 - fraction.leading_zeros()) as i32;
    let mut exponent = (magnitude * 30103).div_euclid(100_000);
    if exponent >= 0 {
        unit = unit.times_power_of_ten(exponent.unsigned_abs());
    } else {
        for part in [&mut rest, &mut above, &mut below] {
            *part = part.times_power_of_ten(exponent.unsigned_abs());
        }
    }
    while rest.plus(&above) > unit {
        unit = unit.times(10);
        exponent += 1;
    }
    let mut digits = 0;
    loop {
        let (digit, left) = rest.times(10).divided_by(&unit);
        (rest, above, below) = (left, above.times(10), below.times(10));
        exponent -= 1;
        let low = rest <= below;
        let high = rest.plus(&above) > unit;
        digits = digits * 10 + digit;
        if low || high {
            let up = high && (!low || rest.times(2) >= unit);
            return trimmed(digits + u64::from(up), exponent);
        }
    }
}

/// Without zeros at the end; a leading zero of the estimate has vanished by itself.
fn trimmed(mut digits: u64, mut exponent: i32) -> (u64, i32) {
    while digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
        exponent += 1;
    }
    (digits, exponent)
}

/// Exponent and fraction of the hexadecimal number next to digits x 10^exponent, rounded half up; zero if it is smaller
/// than every normalised number.
fn encode_hex(digits: u128, exponent: i32, fraction_bits: u32) -> Result<u64, BadNumber> {
    let magnitude = i64::from(exponent) + i64::from(digits.ilog10()) + 1;
    if magnitude > RANGE {
        return Err(BadNumber::Overflow);
    }
    if magnitude < -RANGE {
        return Ok(0);
    }
    // Both stay below 512 bits: at most 38 digits, so 10^118 (392 bits) and the 60 bits of a shifted quotient.
    let (mut above, mut below) = (Wide::new(digits), Wide::new(1));
    match u32::try_from(exponent) {
        Ok(up) => above = above.times_power_of_ten(up),
        Err(_) => below = below.times_power_of_ten(exponent.unsigned_abs()),
    }
    // 16^hex is the least power of 16 above the number.
    let mut hex = (above.bits() as i32 - below.bits() as i32).div_euclid(4);
    let scaled = |hex: i32| match u32::try_from(4 * hex) {
        Ok(up) => (above, below.shifted_left(up)),
        Err(_) => (above.shifted_left((4 * hex).unsigned_abs()), below),
    };
    while scaled(hex).0 >= scaled(hex).1 {
        hex += 1;
    }
    let (above, below) = scaled(hex);
    let (mut fraction, rest) = above.shifted_left(fraction_bits).divided_by(&below);
    fraction += u64::from(rest.times(2) >= below);
    if fraction >> fraction_bits != 0 {
        fraction >>= 4;
        hex += 1;
    }
    match u64::try_from(hex + 64) {
        Ok(characteristic) if characteristic < 128 => Ok(characteristic << fraction_bits | fraction),
        Ok(_) => Err(BadNumber::Overflow),
        Err(_) => Ok(0),
    }
}

/// What IEEE numbers of both lengths have in common here.
trait Ieee: Copy + std::fmt::LowerExp {
    fn finite(self) -> bool;
    fn is_positive_zero(self) -> bool;
    fn negative(self) -> bool;
}

impl Ieee for f32 {
    fn finite(self) -> bool {
        self.is_finite()
    }
    fn is_positive_zero(self) -> bool {
        self.to_bits() == 0
    }
    fn negative(self) -> bool {
        self < 0.0
    }
}

impl Ieee for f64 {
    fn finite(self) -> bool {
        self.is_finite()
    }
    fn is_positive_zero(self) -> bool {
        self.to_bits() == 0
    }
    fn negative(self) -> bool {
        self < 0.0
    }
}

/// The standard library prints the shortest digits that read back; here they are taken apart.
fn decode_ieee(number: impl Ieee) -> Result<Float, BadNumber> {
    if !number.finite() {
        return Err(BadNumber::NotFinite);
    }
    let mut buffer = [0u8; 40];
    let mut rest = &mut buffer[..];
    // 17 digits, two signs, a point and an exponent fit.
    write!(rest, "{number:e}").map_err(|_| BadNumber::TooLong)?;
    let length = 40 - rest.len();
    let text = std::str::from_utf8(&buffer[..length]).map_err(|_| BadNumber::TooLong)?;
    let (_, digits, exponent) = read_decimal(text)?;
    if digits == 0 {
        return Ok(Float::zero(number.is_positive_zero()));
    }
    let digits = u64::try_from(digits).map_err(|_| BadNumber::TooLong)?;
    let (digits, exponent) = trimmed(digits, exponent);
    Ok(Float { negative: number.negative(), digits, exponent, canonical: true })
}

/// The bits of the IEEE number next to digits x 10^exponent, half to even.
fn encode_ieee(digits: u128, exponent: i32, long: bool) -> Result<u64, BadNumber> {
    let mut buffer = [0u8; 64];
    let mut rest = &mut buffer[..];
    write!(rest, "{digits}e{exponent}").map_err(|_| BadNumber::TooLong)?;
    let length = 64 - rest.len();
    let text = std::str::from_utf8(&buffer[..length]).map_err(|_| BadNumber::TooLong)?;
    if long {
        let number: f64 = text.parse().map_err(|_| BadNumber::TooLong)?;
        if number.is_finite() { Ok(number.to_bits()) } else { Err(BadNumber::Overflow) }
    } else {
        let number: f32 = text.parse().map_err(|_| BadNumber::TooLong)?;
        if number.is_finite() { Ok(u64::from(number.to_bits())) } else { Err(BadNumber::Overflow) }
    }
}

/// Sign, digits and exponent of a decimal text; zeros at both ends of the digits do not count.
fn read_decimal(text: &str) -> Result<(bool, u128, i32), BadNumber> {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let negative = bytes.first() == Some(&b'-');
    let (mut digits, mut count, mut zeros, mut exponent) = (0u128, 0, 0u32, 0i32);
    let (mut any, mut point) = (false, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                any = true;
                exponent = exponent.saturating_sub(i32::from(point));
                if byte == b'0' {
                    // Zeros count when a digit follows them.
                    zeros = zeros.saturating_add(1);
                } else {
                    let step = if count == 0 { 1 } else { zeros as usize + 1 };
                    count += step;
                    if count > DIGITS {
                        return Err(BadNumber::TooLong);
                    }
                    digits = digits * 10u128.pow(step as u32) + u128::from(byte - b'0');
                    zeros = 0;
                }
            }
            b'.' if !point => point = true,
            _ => break,
        }
        at += 1;
    }
    if !any {
        return Err(BadNumber::Digit(at));
    }
    exponent = exponent.saturating_add_unsigned(zeros);
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        let own = text.get(at..).unwrap_or_default();
        let plain = own.strip_prefix(['+', '-']).unwrap_or(own);
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadNumber::Digit(at));
        }
        // So large an exponent is out of every range.
        let far = if own.starts_with('-') { -1_000_000 } else { 1_000_000 };
        exponent =
            exponent.saturating_add(own.parse().map_or(far, |own: i32| own.clamp(-1_000_000, 1_000_000)));
        at = bytes.len();
    }
    if at < bytes.len() { Err(BadNumber::Digit(at)) } else { Ok((negative, digits, exponent)) }
}

#[cfg(test)]
mod tests;
