//! Binary numbers (COMP, COMP-4, COMP-5): two's complement of 1 to 16 bytes.

use super::{BadNumber, words};

/// Order of the bytes of a binary number, a floating-point number or a UTF-16 code unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// Most significant byte first, as on z/OS.
    #[default]
    Big,
    /// Least significant byte first.
    Little,
}

impl ByteOrder {
    /// The UTF-16 code unit, or other 16-bit number, of two bytes.
    #[inline]
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Big => u16::from_be_bytes(bytes),
            ByteOrder::Little => u16::from_le_bytes(bytes),
        }
    }

    /// The two bytes of a 16-bit number.
    #[inline]
    pub fn bytes(self, number: u16) -> [u8; 2] {
        match self {
            ByteOrder::Big => number.to_be_bytes(),
            ByteOrder::Little => number.to_le_bytes(),
        }
    }
}

/// The integer in a binary field of up to 16 bytes, most significant byte first. An unsigned number beyond 127 bits, or
/// a longer field, is [`BadNumber::TooLong`]. Every readable field is canonical.
#[inline]
pub fn decode(bytes: &[u8], signed: bool) -> Result<i128, BadNumber> {
    if let Some(word) = small(bytes) {
        let unused = 64 - bytes.len() as u32 * 8;
        // Moved up and down again the sign fills the bytes that the field does not have.
        return Ok(if signed { i128::from((word << unused) as i64 >> unused) } else { i128::from(word) });
    }
    let top = bytes.first().is_some_and(|first| first & 0x80 != 0);
    if bytes.len() > 16 || (bytes.len() == 16 && top && !signed) {
        return Err(BadNumber::TooLong);
    }
    let mut value = if signed && top { -1i128 } else { 0 };
    for &byte in bytes {
        value = (value << 8) | i128::from(byte);
    }
    Ok(value)
}

/// The bits of a field of the usual lengths.
#[inline]
fn small(bytes: &[u8]) -> Option<u64> {
    match *bytes {
        [a, b] => Some(u64::from(u16::from_be_bytes([a, b]))),
        [a, b, c, d] => Some(u64::from(u32::from_be_bytes([a, b, c, d]))),
        [a, b, c, d, e, f, g, h] => Some(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

/// Stores the low-order bytes of an integer.
#[inline]
pub fn encode(value: i128, bytes: &mut [u8]) {
    if bytes.len() <= 8 {
        return words::put_word(bytes, value as u64);
    }
    let all = value.to_be_bytes();
    let length = bytes.len().min(all.len());
    let start = bytes.len() - length;
    bytes[start..].copy_from_slice(&all[all.len() - length..]);
}

/// The integer in a binary field of either byte order; see [`decode`].
#[inline]
pub fn decode_order(bytes: &[u8], signed: bool, order: ByteOrder) -> Result<i128, BadNumber> {
    match order {
        ByteOrder::Big => decode(bytes, signed),
        ByteOrder::Little => {
            let mut reversed = [0u8; 16];
            let reversed = reversed.get_mut(..bytes.len()).ok_or(BadNumber::TooLong)?;
            for (to, from) in reversed.iter_mut().zip(bytes.iter().rev()) {
                *to = *from;
            }
            decode(reversed, signed)
        }
    }
}

/// Stores the low-order bytes of an integer in either byte order.
#[inline]
pub fn encode_order(value: i128, bytes: &mut [u8], order: ByteOrder) {
    encode(value, bytes);
    if order == ByteOrder::Little {
        bytes.reverse();
    }
}

/// Smallest and largest integer that a binary field of this length holds; 16 unsigned bytes hold more than is ever
/// computed with and give the largest `i128`.
pub fn range(length: usize, signed: bool) -> (i128, i128) {
    let bits = u32::try_from(length.min(16) * 8).unwrap_or(128);
    // A signed field has one bit less, and 16 unsigned bytes as many as an i128.
    let magnitude_bits = if signed { bits.saturating_sub(1) } else { bits.min(127) };
    let high = i128::MAX >> (127 - magnitude_bits);
    (if signed { -high - 1 } else { 0 }, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_two_byte_fields() {
        for word in 0..=u16::MAX {
            for order in [ByteOrder::Big, ByteOrder::Little] {
                let bytes = order.bytes(word);
                assert_eq!(decode_order(&bytes, false, order), Ok(i128::from(word)));
                assert_eq!(decode_order(&bytes, true, order), Ok(i128::from(word as i16)));
                let mut back = [0u8; 2];
                encode_order(i128::from(word as i16), &mut back, order);
                assert_eq!(back, bytes);
                assert_eq!(order.u16(bytes), word);
            }
        }
        assert_eq!(decode(&(-5i64).to_be_bytes(), true), Ok(-5));
    }

    /// Every length against the machine's own numbers.
    #[test]
    fn all_lengths_and_their_ends() {
        for length in 1..=16usize {
            for signed in [true, false] {
                let (low, high) = range(length, signed);
                for value in [low, low + 1, 0, 1, high - 1, high] {
                    for order in [ByteOrder::Big, ByteOrder::Little] {
                        let mut bytes = vec![0xAA; length];
                        encode_order(value, &mut bytes, order);
                        assert_eq!(decode_order(&bytes, signed, order), Ok(value), "{length} {signed}");
                        let mut whole = value.to_le_bytes()[..length].to_vec();
                        if order == ByteOrder::Big {
                            whole.reverse();
                        }
                        assert_eq!(bytes, whole);
                    }
                }
            }
        }
        assert_eq!(range(1, true), (-128, 127));
        assert_eq!(range(2, true), (-32768, 32767));
        assert_eq!(range(8, false), (0, i128::from(u64::MAX)));
        assert_eq!(range(15, false), (0, (1 << 120) - 1));
        assert_eq!(range(16, true), (i128::MIN, i128::MAX));
        assert_eq!(range(16, false), (0, i128::MAX));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert_eq!(decode(&[0xFF; 16], false), Err(BadNumber::TooLong));
        assert_eq!(decode_order(&[0xFF; 16], false, ByteOrder::Little), Err(BadNumber::TooLong));
        assert_eq!(decode(&[0xFF; 16], true), Ok(-1));
        assert_eq!(decode(&[0; 17], true), Err(BadNumber::TooLong));
        assert_eq!(decode_order(&[0; 17], true, ByteOrder::Little), Err(BadNumber::TooLong));
        let mut top = [0xFF; 16];
        top[0] = 0x7F;
        assert_eq!(decode(&top, false), Ok(i128::MAX));
    }
}
