//! Decimal digits sixteen at a time, in the bits of a word: what packed and zoned fields of the usual lengths are read and written
//! with.
//!
//! ```text
//!   1234.56 in six bytes of packed decimal    00 00 01 23 45 6C    word  0x0000_0123_456C    nibbles  0x1_2345_6
//! ```
//!
//! Only digits are understood here. Whoever finds none asks the codecs that know what is wrong with a byte.

/// A bit in each byte.
const BYTES: u64 = 0x0101_0101_0101_0101;

/// Up to eight bytes as a number, the first byte most significant.
#[inline]
pub fn word(bytes: &[u8]) -> Option<u64> {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) if bytes.len() <= 8 => {
            // Where the halves overlap they are the same bytes in the same place.
            let high = u64::from(u32::from_be_bytes(*first)) << (8 * (bytes.len() - 4));
            Some(high | u64::from(u32::from_be_bytes(*last)))
        }
        _ => match *bytes {
            [a, b, c] => Some(u64::from(a) << 16 | u64::from(b) << 8 | u64::from(c)),
            [a, b] => Some(u64::from(a) << 8 | u64::from(b)),
            [a] => Some(u64::from(a)),
            [] => Some(0),
            _ => None,
        },
    }
}

/// Writes up to sixteen bytes from two numbers, the last eight from the second; false, and nothing is written, if they are more.
#[inline]
pub fn put_two_words(bytes: &mut [u8], high: u64, low: u64) -> bool {
    let length = bytes.len();
    if length > 16 {
        return false;
    }
    if length <= 8 {
        put_word(bytes, low);
        return true;
    }
    if let Some(first) = bytes.first_chunk_mut::<8>() {
        // Where they overlap the second is written once more.
        *first = (high << (8 * (16 - length)) | low.checked_shr(8 * (length as u32 - 8)).unwrap_or(0))
            .to_be_bytes();
    }
    if let Some(last) = bytes.last_chunk_mut::<8>() {
        *last = low.to_be_bytes();
    }
    true
}

/// Writes the low-order bytes of a number into up to eight bytes.
#[inline]
pub fn put_word(bytes: &mut [u8], word: u64) {
    let length = bytes.len();
    if (4..=8).contains(&length) {
        let high = (word >> (8 * (length - 4))) as u32;
        if let Some(first) = bytes.first_chunk_mut::<4>() {
            *first = high.to_be_bytes();
        }
        if let Some(last) = bytes.last_chunk_mut::<4>() {
            *last = (word as u32).to_be_bytes();
        }
    } else {
        let mut rest = word;
        for byte in bytes.iter_mut().rev() {
            *byte = rest as u8;
            rest >>= 8;
        }
    }
}

/// The number that sixteen nibbles spell; `None` if one is no digit.
#[inline]
pub fn number(nibbles: u64) -> Option<u64> {
    // A nibble is above 9 if 8 is in it and 4 or 2 as well.
    if nibbles & (nibbles << 1 | nibbles << 2) & 0x8888_8888_8888_8888 != 0 {
        return None;
    }
    let pairs = (nibbles >> 4 & 0x0F0F_0F0F_0F0F_0F0F) * 10 + (nibbles & 0x0F0F_0F0F_0F0F_0F0F);
    let fours = (pairs >> 8 & 0x00FF_00FF_00FF_00FF) * 100 + (pairs & 0x00FF_00FF_00FF_00FF);
    let eights = (fours >> 16 & 0x0000_FFFF_0000_FFFF) * 10_000 + (fours & 0x0000_FFFF_0000_FFFF);
    Some((eights >> 32) * EIGHT_DIGITS + (eights & 0xFFFF_FFFF))
}

/// Digits of a field of no more than sixteen, a byte each, `zero` the byte of a zero; the last byte is taken to be `last`. `None`
/// if one is no digit, or if there is none.
#[inline]
pub fn digits(bytes: &[u8], last: u8, zero: u8) -> Option<u64> {
    let zeros = BYTES * u64::from(zero);
    // The first byte is the lowest one, so that what is moved out at the top is what follows.
    let (Some(first), Some(end)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) else {
        return few_digits(bytes, last, zero);
    };
    let low = (u64::from_le_bytes(*end) << 8 >> 8 | u64::from(last) << 56) ^ zeros;
    if bytes.len() == 8 {
        return eight_of(low);
    }
    let beyond = (8 * 16usize).checked_sub(8 * bytes.len())?;
    sixteen_of((u64::from_le_bytes(*first) ^ zeros) << beyond, low)
}

/// As [`digits`], of fewer than eight.
#[inline]
fn few_digits(bytes: &[u8], last: u8, zero: u8) -> Option<u64> {
    let beyond = 8 * (8 - bytes.len().clamp(1, 8));
    let found = word(bytes)? << beyond;
    let zeros = ((BYTES * u64::from(zero)) >> beyond) << beyond;
    let last = u64::from(last) << beyond;
    let low = ((found & !(0xFF << beyond) | last) ^ zeros).swap_bytes();
    (!bytes.is_empty() && no_digit(low) == 0).then(|| eight(low << beyond))
}

/// Nothing, if every byte is a digit without its zone.
#[inline]
fn no_digit(digits: u64) -> u64 {
    // What is no digit has a bit beyond the low four, or gets one when six is added.
    (digits | ((digits & (BYTES * 0x0F)) + BYTES * 6)) & (BYTES * 0xF0)
}

/// The number of eight digits, a byte each without a zone, the first one in the low-order byte: neighbours are joined to pairs, and
/// these, each by its power, to the whole.
#[inline]
fn eight(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits * 10 + (digits >> 8);
    let first = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let second = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    first.wrapping_add(second) >> 32
}

/// The number of eight digits, a byte each without a zone, the first one in the low-order byte, if that is what they are.
#[inline]
pub fn eight_of(digits: u64) -> Option<u64> {
    (no_digit(digits) == 0).then(|| eight(digits))
}

/// The number of sixteen such digits, the first eight of them and the last.
#[inline]
pub fn sixteen_of(first: u64, last: u64) -> Option<u64> {
    // Most numbers are small, and processors learn which way they go.
    (no_digit(first) | no_digit(last) == 0)
        .then(|| if first == 0 { eight(last) } else { eight(first) * EIGHT_DIGITS + eight(last) })
}

/// Numbers of one and two digits side by side, from one of up to eight: `spread` apart within sixteen bits.
#[inline]
fn apart(number: u32, spread: u64) -> u64 {
    let fours = u64::from(number / 10_000) << 32 | u64::from(number % 10_000);
    let hundreds = (fours * 5243) >> 19 & 0x0000_007F_0000_007F;
    let pairs = fours + hundreds * (0x1_0000 - 100);
    let tens = (pairs * 103) >> 10 & 0x000F_000F_000F_000F;
    pairs + tens * (spread - 10)
}

/// Eight digits, a byte each without a zone, of a number below 100,000,000.
#[inline]
pub fn spread(number: u32) -> u64 {
    apart(number, 0x100)
}

/// Sixteen nibbles of a number below 10,000,000,000,000,000.
#[inline]
pub fn nibbles(number: u64) -> u64 {
    let eight = |number: u32| {
        let pairs = apart(number, 0x10);
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
        (fours | fours >> 16) & 0xFFFF_FFFF
    };
    if number < EIGHT_DIGITS {
        return eight(number as u32);
    }
    eight((number / EIGHT_DIGITS) as u32) << 32 | eight((number % EIGHT_DIGITS) as u32)
}

/// The first number that eight digits do not hold.
pub const EIGHT_DIGITS: u64 = 100_000_000;

/// The first number that sixteen digits do not hold.
pub const LIMIT: u64 = 10_000_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::chance;

    /// Every number of four digits in each place of sixteen, and some by chance, there and back against their text.
    #[test]
    fn numbers_are_their_digits() {
        let mut next = chance::words(7);
        let four = (0..10_000u64).flat_map(|n| [n, n * 10_000, n * 100_000_000, n * 1_000_000_000_000]);
        let others = (0..20_000).map(|_| (next() >> 8) % LIMIT);
        for value in four.chain(others).chain([LIMIT - 1]) {
            let text = format!("{value:016}");
            assert_eq!(nibbles(value), u64::from_str_radix(&text, 16).unwrap());
            assert_eq!(number(nibbles(value)), Some(value));
            let bytes = text.as_bytes();
            let (high, low) = ((value / 100_000_000) as u32, (value % 100_000_000) as u32);
            let ascii = |number| (spread(number) | (BYTES * u64::from(b'0'))).to_be_bytes();
            assert_eq!((&bytes[..8], &bytes[8..]), (&ascii(high)[..], &ascii(low)[..]));
            for length in 1..=16 {
                let some = &bytes[16 - length..];
                let expected = value % 10u64.pow(length as u32);
                assert_eq!(digits(some, bytes[15], b'0'), Some(expected), "{text} {length}");
                assert_eq!(digits(some, b'7', b'0'), Some(expected / 10 * 10 + 7), "{text} {length}");
            }
        }
    }

    #[test]
    fn what_is_no_digit_is_seen_in_every_place() {
        for place in 0..16 {
            for nibble in 0..16u64 {
                assert_eq!(number(nibble << (4 * place)).is_some(), nibble < 10, "{place} {nibble}");
            }
        }
        for length in 1..=16 {
            for place in 0..length {
                for byte in 0..=255u8 {
                    let mut bytes = [0xF9u8; 16];
                    bytes[place] = byte;
                    let bytes = &bytes[..length];
                    let known = digits(bytes, bytes[length - 1], 0xF0);
                    assert_eq!(known.is_some(), (0xF0..=0xF9).contains(&byte), "{length} {place} {byte:02X}");
                }
            }
        }
        assert_eq!(digits(&[], 0xF0, 0xF0), None);
        assert_eq!(digits(&[0xF0; 17], 0xF0, 0xF0), None);
    }

    #[test]
    fn words_go_in_and_out_of_any_length() {
        let value = 0x1122_3344_5566_7788u64;
        for length in 0..=8 {
            let mut bytes = [0u8; 8];
            put_word(&mut bytes[..length], value);
            assert_eq!(bytes[..length], value.to_be_bytes()[8 - length..]);
            assert_eq!(
                word(&bytes[..length]),
                Some(if length == 8 { value } else { value & ((1 << (8 * length)) - 1) })
            );
        }
        assert_eq!(word(&[0; 9]), None);
        let (high, low) = (0x1122_3344_5566_7788u64, 0x99AA_BBCC_DDEE_FF00u64);
        let all = [high.to_be_bytes(), low.to_be_bytes()].concat();
        for length in 0..=16 {
            let mut bytes = [0u8; 16];
            assert!(put_two_words(&mut bytes[..length], high, low));
            assert_eq!(bytes[..length], all[16 - length..], "{length}");
        }
        assert!(!put_two_words(&mut [0; 17], 0, 0));
    }
}
