//! Sums of hexadecimal floating point numbers, as the machine makes them: with a guard digit, cut off, normalised.
//!
//! z/Architecture Principles of Operation, "Hexadecimal-floating-point instructions", ADD NORMALIZED.

/// Hexadecimal digits of the longest fraction, the guard digit included.
const DIGITS: usize = 29;

/// The sum of two numbers of one length (4, 8 or 16 bytes; others as the next longer one), or `None` if its exponent is
/// too large.
pub(super) fn add(a: &[u8], b: &[u8]) -> Option<[u8; 16]> {
    let (a, b) = (Number::of(a), Number::of(b));
    let digits = a.digits;
    let (large, small) = if a.characteristic >= b.characteristic { (a, b) } else { (b, a) };
    let shift = (large.characteristic - small.characteristic) as u32;
    // A guard digit to the right of the fraction.
    let kept =
        |fraction: u128, shift: u32| if shift as usize > DIGITS { 0 } else { fraction << 4 >> (4 * shift) };
    let (x, y) = (kept(large.fraction, 0), kept(small.fraction, shift));
    let (mut fraction, negative) = match (large.negative == small.negative, x >= y) {
        (true, _) => (x + y, large.negative),
        (false, true) => (x - y, large.negative),
        (false, false) => (y - x, small.negative),
    };
    let mut characteristic = large.characteristic;
    let top = digits + 1;
    if fraction == 0 {
        return Some([0; 16]);
    }
    while fraction >> (4 * top) != 0 {
        fraction >>= 4;
        characteristic += 1;
    }
    while fraction >> (4 * (top - 1)) == 0 {
        fraction <<= 4;
        characteristic -= 1;
    }
    let fraction = fraction >> 4;
    match characteristic {
        128.. => None,
        // Underflow becomes a true zero.
        ..0 => Some([0; 16]),
        _ => Some(Number { negative, characteristic, fraction, digits }.bytes()),
    }
}

struct Number {
    negative: bool,
    characteristic: i32,
    fraction: u128,
    /// Digits of the fraction.
    digits: usize,
}

impl Number {
    fn of(bytes: &[u8]) -> Self {
        let first = bytes.first().copied().unwrap_or(0);
        let digits = match bytes.len() {
            0..=4 => 6,
            5..=8 => 14,
            _ => 28,
        };
        let mut fraction = 0u128;
        for at in 0..digits / 2 {
            // The second half of an extended number has a sign and a characteristic of its own.
            let index = if at < 7 { 1 + at } else { 2 + at };
            fraction = fraction << 8 | u128::from(bytes.get(index).copied().unwrap_or(0));
        }
        Number { negative: first & 0x80 != 0, characteristic: i32::from(first & 0x7F), fraction, digits }
    }

    fn bytes(&self) -> [u8; 16] {
        let mut out = [0; 16];
        let sign = if self.negative { 0x80 } else { 0 };
        out[0] = sign | self.characteristic as u8;
        for at in 0..self.digits / 2 {
            let shift = 8 * (self.digits / 2 - 1 - at);
            out[if at < 7 { 1 + at } else { 2 + at }] = (self.fraction >> shift) as u8;
        }
        if self.digits > 14 {
            out[8] = sign | (self.characteristic - 14).rem_euclid(128) as u8;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::add;

    #[test]
    fn sums() {
        // 1 + 0.5, 1 - 1, 1 + 15 (a digit more), 1 - 0.5 (normalised), a small one that is cut off.
        let one = [0x41, 0x10, 0, 0];
        assert_eq!(add(&one, &[0x40, 0x80, 0, 0]).unwrap()[..4], [0x41, 0x18, 0, 0]);
        assert_eq!(add(&one, &[0xC1, 0x10, 0, 0]).unwrap()[..4], [0; 4]);
        assert_eq!(add(&one, &[0x41, 0xF0, 0, 0]).unwrap()[..4], [0x42, 0x10, 0, 0]);
        assert_eq!(add(&one, &[0xC0, 0x80, 0, 0]).unwrap()[..4], [0x40, 0x80, 0, 0]);
        assert_eq!(add(&one, &[0x30, 0xF0, 0, 0]).unwrap()[..4], one);
        assert_eq!(add(&[0x7F, 0xF0, 0, 0], &[0x7F, 0xF0, 0, 0]), None);
        let long = add(&[0x41, 0x10, 0, 0, 0, 0, 0, 0], &[0x41, 0x10, 0, 0, 0, 0, 0, 1]).unwrap();
        assert_eq!(long[..8], [0x41, 0x20, 0, 0, 0, 0, 0, 1]);
    }
}
