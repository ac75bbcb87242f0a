//! Binary numbers (COMP, COMP-4, COMP-5): two's complement of 1 to 16 bytes.

/// Order of the bytes of a binary number, a floating-point number or a UTF-16 code unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// Most significant byte first, as on z/OS.
    #[default]
    Big,
    /// Least significant byte first.
    Little,
}

/// The integer in a binary field of up to 16 bytes.
#[inline]
pub fn decode(bytes: &[u8], signed: bool) -> i128 {
    let mut value = match bytes.first() {
        Some(first) if signed && first & 0x80 != 0 => -1i128,
        _ => 0,
    };
    for &byte in bytes {
        value = (value << 8) | i128::from(byte);
    }
    value
}

/// Stores the low-order bytes of an integer.
#[inline]
pub fn encode(value: i128, bytes: &mut [u8]) {
    let all = value.to_be_bytes();
    let length = bytes.len().min(all.len());
    let start = bytes.len() - length;
    bytes[start..].copy_from_slice(&all[all.len() - length..]);
}

/// The integer in a binary field of either byte order.
#[inline]
pub fn decode_order(bytes: &[u8], signed: bool, order: ByteOrder) -> i128 {
    match order {
        ByteOrder::Big => decode(bytes, signed),
        ByteOrder::Little => {
            let mut reversed = [0u8; 16];
            let length = bytes.len().min(16);
            for (to, from) in reversed.iter_mut().zip(bytes[..length].iter().rev()) {
                *to = *from;
            }
            decode(&reversed[..length], signed)
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

/// Smallest and largest integer that a binary field of this length holds.
pub fn range(length: usize, signed: bool) -> (i128, i128) {
    let bits = u32::try_from(length.min(15) * 8).unwrap_or(120);
    if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_two_byte_fields() {
        for word in 0..=u16::MAX {
            let bytes = word.to_be_bytes();
            assert_eq!(decode(&bytes, false), i128::from(word));
            assert_eq!(decode(&bytes, true), i128::from(word as i16));
            let mut back = [0u8; 2];
            encode(i128::from(word as i16), &mut back);
            assert_eq!(back, bytes);
        }
        assert_eq!(range(2, true), (-32768, 32767));
        assert_eq!(range(8, false), (0, i128::from(u64::MAX)));
        assert_eq!(decode(&(-5i64).to_be_bytes(), true), -5);
    }
}
