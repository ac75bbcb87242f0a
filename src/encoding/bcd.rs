//! Decimal numbers of up to 15 digits without arithmetic: a nibble a digit, in packed and zoned fields and as text.
//!
//! ```text
//!   text  -12.50    zoned  F1 F2 F5 D0    packed  00 12 50 ... 0D        digits  0x1250, negative
//! ```
//!
//! Only what [`packed::encode`](super::packed::encode) and [`zoned::encode`](super::zoned::encode) write is understood here; for
//! everything else the answer is none, and those who know more are asked.

/// Most digits.
pub const MOST: u8 = 15;

/// The zone of a digit in EBCDIC.
const ZONE: u8 = 0xF0;

/// A decimal number, zero never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bcd {
    /// A nibble a digit, the last digit in the low-order nibble.
    pub digits: u64,
    /// It is below zero.
    pub negative: bool,
}

/// Digits and behind them more, which have a byte each in this zone: together no more than 16.
#[inline]
pub fn append(mut digits: u64, bytes: &[u8], zone: u8) -> Option<u64> {
    let zones = u32::from_le_bytes([zone; 4]);
    let mut fault = 0;
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        let word = u32::from_be_bytes(*four) ^ zones;
        // A nibble above 9 gets into the zone with 6 more.
        fault |= (word | (word.wrapping_add(0x0606_0606))) & 0xF0F0_F0F0;
        let pairs = (word | word >> 4) & 0x00FF_00FF;
        digits = digits << 16 | u64::from((pairs | pairs >> 8) & 0xFFFF);
    }
    for byte in rest {
        let digit = byte ^ zone;
        fault |= u32::from(digit > 9);
        digits = digits << 4 | u64::from(digit & 15);
    }
    (fault == 0).then_some(digits)
}

/// Sixteen digits, a byte each without a zone, the first one in the high-order byte.
#[inline]
pub fn spread(digits: u64) -> u128 {
    let half = |half: u64| {
        let fours = (half | half << 16) & 0x0000_FFFF_0000_FFFF;
        let pairs = (fours | fours << 8) & 0x00FF_00FF_00FF_00FF;
        (pairs | pairs << 4) & 0x0F0F_0F0F_0F0F_0F0F
    };
    u128::from(half(digits >> 32)) << 64 | u128::from(half(digits & 0xFFFF_FFFF))
}

/// The number in a packed field of so many digits (no more than [`MOST`]), if it is written as it would be.
#[inline]
pub fn read_packed(bytes: &[u8], digits: u8, signed: bool) -> Option<Bcd> {
    let (last, body) = bytes.split_last()?;
    let mut found = 0u64;
    for byte in body {
        found = found << 8 | u64::from(*byte);
    }
    found = found << 4 | u64::from(last >> 4);
    let negative = signed && last & 15 == 0xD;
    let plain = last & 15 == if signed { 0xC } else { 0xF };
    // A nibble is above 9 if 8 is in it and 4 or 2 as well.
    let wrong = found & (found << 1 | found << 2) & 0x8888_8888_8888_8888;
    let fits = body.len() < 8 && found >> (4 * u32::from(digits)) == 0;
    let sound = wrong == 0 && fits && (plain || (negative && found != 0));
    sound.then_some(Bcd { digits: found, negative })
}

/// The number in an EBCDIC zoned field of no more than [`MOST`] digits, its sign in the last one, if it is written as it
/// would be.
#[inline]
pub fn read_zoned(bytes: &[u8], signed: bool) -> Option<Bcd> {
    let (&last, body) = bytes.split_last()?;
    let zone = if signed { 0xC0 } else { ZONE };
    let negative = signed && last & 0xF0 == 0xD0;
    let digit = last ^ if negative { 0xD0 } else { zone };
    let digits = append(0, body, ZONE)? << 4 | u64::from(digit & 15);
    (digit <= 9 && body.len() < usize::from(MOST) && !(negative && digits == 0))
        .then_some(Bcd { digits, negative })
}

/// Writes a number into a packed field of so many digits (no more than [`MOST`]); false if it has no room there.
#[inline]
pub fn write_packed(number: Bcd, bytes: &mut [u8], digits: u8, signed: bool) -> bool {
    if number.digits >> (4 * u32::from(digits)) != 0 || (number.negative && !signed) || bytes.len() > 8 {
        return false;
    }
    let sign = match (signed, number.negative) {
        (false, _) => 0xF,
        (true, false) => 0xC,
        (true, true) => 0xD,
    };
    let mut rest = number.digits << 4 | sign;
    for byte in bytes.iter_mut().rev() {
        *byte = rest as u8;
        rest >>= 8;
    }
    true
}

/// Writes a number into an EBCDIC zoned field of no more than [`MOST`] digits, its sign into the last one; false if it
/// has no room there.
#[inline]
pub fn write_zoned(number: Bcd, bytes: &mut [u8], signed: bool) -> bool {
    let most = usize::from(MOST);
    if bytes.len() > most || number.digits >> (4 * bytes.len()) != 0 || (number.negative && !signed) {
        return false;
    }
    let mut rest = number.digits;
    for byte in bytes.iter_mut().rev() {
        *byte = ZONE | (rest & 15) as u8;
        rest >>= 4;
    }
    if let Some(last) = bytes.last_mut().filter(|_| signed) {
        *last = *last & 15 | if number.negative { 0xD0 } else { 0xC0 };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::zoned::Sign;
    use crate::encoding::{CodePage, packed, zoned};

    fn value(number: Bcd) -> i128 {
        let magnitude: i128 = format!("{:x}", number.digits).parse().unwrap();
        if number.negative { -magnitude } else { magnitude }
    }

    /// All three-byte packed and two-byte zoned fields against the codecs that know every form.
    #[test]
    fn understood_is_what_is_written() {
        for signed in [true, false] {
            for word in 0..1u32 << 24 {
                let bytes = &word.to_be_bytes()[1..];
                let digits = 4 + (word % 2) as u8;
                let known = packed::decode_exact(bytes, digits, signed).ok().filter(|(_, exact)| *exact);
                assert_eq!(read_packed(bytes, digits, signed).map(value), known.map(|(value, _)| value));
            }
            let sign = if signed { Sign::Trailing } else { Sign::None };
            for word in 0..=u16::MAX {
                let bytes = word.to_be_bytes();
                let known =
                    zoned::decode_exact(&bytes, sign, CodePage::CP037).ok().filter(|(_, exact)| *exact);
                assert_eq!(
                    read_zoned(&bytes, signed).map(value),
                    known.map(|(value, _)| value),
                    "{word:04X}"
                );
            }
        }
    }

    /// Every length, with a byte that is no digit in every place.
    #[test]
    fn long_fields() {
        for length in 1..=20usize {
            let mut bytes: Vec<u8> = (0..length).map(|at| 0xF0 | (at % 10) as u8).collect();
            let known = zoned::decode(&bytes, Sign::None, CodePage::CP037).ok().filter(|_| length <= 15);
            assert_eq!(read_zoned(&bytes, false).map(value), known);
            for at in 0..length {
                for bad in [0x40, 0xFA, 0xE1, 0x71, 0xFF, 0x00] {
                    let good = std::mem::replace(&mut bytes[at], bad);
                    assert_eq!(read_zoned(&bytes, false), None);
                    bytes[at] = good;
                }
            }
            for at in 0..2 * length {
                for bad in [0x9, 0xA, 0xC, 0xF] {
                    let mut packed = vec![0x11; length];
                    packed[length - 1] = 0x1D;
                    packed[at / 2] =
                        packed[at / 2] & 0xF0u8.rotate_left(at as u32 % 2 * 4) | bad << (at % 2 * 4);
                    let digits = (2 * length - 1) as u8;
                    let known = packed::decode_exact(&packed, digits, true)
                        .ok()
                        .filter(|(_, exact)| *exact && length <= 8);
                    let read = if digits <= MOST { read_packed(&packed, digits, true) } else { None };
                    assert_eq!(read.map(value), known.map(|(value, _)| value), "{packed:02X?}");
                }
            }
        }
    }

    #[test]
    fn written_as_the_codecs_write() {
        let numbers = [0u64, 1, 9, 10, 99, 100, 12_345, 123_456_789, 999_999_999_999_999];
        for number in numbers {
            for negative in [false, true] {
                let bcd = Bcd {
                    digits: u64::from_str_radix(&number.to_string(), 16).unwrap(),
                    negative: negative && number > 0,
                };
                for (digits, signed) in (1..=MOST).flat_map(|digits| [(digits, false), (digits, true)]) {
                    let fits = i128::from(number) < 10i128.pow(digits.into()) && (signed || !bcd.negative);
                    let (mut ours, mut theirs) =
                        (vec![0; usize::from(digits / 2 + 1)], vec![0; usize::from(digits / 2 + 1)]);
                    assert_eq!(write_packed(bcd, &mut ours, digits, signed), fits);
                    packed::encode(value(bcd), &mut theirs, signed);
                    assert!(!fits || ours == theirs);
                    let sign = if signed { Sign::Trailing } else { Sign::None };
                    let (mut ours, mut theirs) = (vec![0; digits.into()], vec![0; digits.into()]);
                    assert_eq!(write_zoned(bcd, &mut ours, signed), fits);
                    zoned::encode(value(bcd), &mut theirs, sign, CodePage::CP037);
                    assert!(!fits || ours == theirs);
                }
            }
        }
        assert_eq!(spread(0x1234_5678_9012_3456), 0x0102_0304_0506_0708_0900_0102_0304_0506);
    }
}
