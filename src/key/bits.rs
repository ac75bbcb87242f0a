//! Bits put one behind the other, most significant first.

/// Takes the parts of an encoded key, most significant first.
pub(super) trait BitSink {
    /// Appends the low `bits` bits of a value, which has no others; at most 128.
    fn put(&mut self, value: u128, bits: u32);

    /// Appends bytes, each through a collating table if there is one, complemented if `complement` is all ones.
    #[inline]
    fn put_bytes(&mut self, bytes: &[u8], table: Option<&[u8; 256]>, complement: u64) {
        for chunk in bytes.chunks(8) {
            let mut eight = [0; 8];
            let part = &mut eight[8 - chunk.len()..];
            match table {
                None => part.copy_from_slice(chunk),
                Some(table) => {
                    part.iter_mut().zip(chunk).for_each(|(to, from)| *to = table[usize::from(*from)])
                }
            }
            let bits = chunk.len() as u32 * 8;
            let value = u64::from_be_bytes(eight) ^ complement;
            self.put(u128::from(value & (u64::MAX >> (64 - bits))), bits);
        }
    }
}

/// Up to 128 bits in a register.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Narrow(u128);

impl Narrow {
    /// The bits moved to the left, of `bits` in all.
    #[inline]
    pub fn aligned(self, bits: u32) -> u128 {
        self.0.checked_shl(128 - bits).unwrap_or(0)
    }
}

impl BitSink for Narrow {
    #[inline]
    fn put(&mut self, value: u128, bits: u32) {
        // Only the first part can have all 128 bits, and there is nothing before it.
        self.0 = self.0.checked_shl(bits).unwrap_or(0) | value;
    }
}

/// Any number of bits in a buffer of bytes.
#[derive(Debug)]
pub(super) struct Wide<'a> {
    out: &'a mut Vec<u8>,
    pending: u64,
    /// Bits of `pending`, fewer than 8 between two parts.
    used: u32,
}

impl<'a> Wide<'a> {
    /// Appends to a buffer.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Wide { out, pending: 0, used: 0 }
    }

    /// Fills the last byte with zeros.
    pub fn finish(self) {
        if self.used > 0 {
            self.out.push((self.pending << (8 - self.used)) as u8);
        }
    }

    #[inline]
    fn put_some(&mut self, value: u64, bits: u32) {
        self.pending = self.pending << bits | value;
        self.used += bits;
        while self.used >= 8 {
            self.used -= 8;
            self.out.push((self.pending >> self.used) as u8);
        }
    }
}

impl BitSink for Wide<'_> {
    #[inline]
    fn put(&mut self, value: u128, bits: u32) {
        let mut left = bits;
        while left > 48 {
            left -= 48;
            self.put_some((value >> left) as u64 & (u64::MAX >> 16), 48);
        }
        self.put_some(value as u64 & (u64::MAX >> 16), left);
    }

    #[inline]
    fn put_bytes(&mut self, bytes: &[u8], table: Option<&[u8; 256]>, complement: u64) {
        if self.used > 0 {
            for byte in bytes {
                let byte = table.map_or(*byte, |table| table[usize::from(*byte)]);
                self.put_some(u64::from(byte ^ complement as u8), 8);
            }
            return;
        }
        let start = self.out.len();
        self.out.extend_from_slice(bytes);
        if let Some(table) = table {
            self.out[start..].iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
        }
        if complement != 0 {
            self.out[start..].iter_mut().for_each(|byte| *byte = !*byte);
        }
    }
}

/// Notes what is put, to be put again later.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted(Vec<(u128, u32)>);

impl Noted {
    /// Puts everything again.
    #[inline]
    pub fn replay(&self, sink: &mut impl BitSink) {
        self.0.iter().for_each(|&(value, bits)| sink.put(value, bits));
    }
}

impl BitSink for Noted {
    fn put(&mut self, value: u128, bits: u32) {
        self.0.push((value, bits));
    }
}

/// The low `bits` bits set; at most 128.
#[inline]
pub(super) fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shr(128 - bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sinks_make_the_same_bits() {
        let parts: [(u128, u32); 6] =
            [(5, 3), (0x1_0000_0001, 33), (0, 1), (0xAB, 8), (0x7FFF_FFFF, 31), (1, 2)];
        let (mut narrow, mut bytes) = (Narrow::default(), Vec::new());
        let mut wide = Wide::new(&mut bytes);
        parts.iter().for_each(|&(value, bits)| {
            narrow.put(value, bits);
            wide.put(value, bits);
        });
        wide.put_bytes(b"abc", None, 0);
        wide.finish();
        narrow.put_bytes(b"abc", None, 0);
        let bits = 78 + 24;
        let aligned = narrow.aligned(bits).to_be_bytes();
        assert_eq!(bytes, aligned[..bits.div_ceil(8) as usize]);
        assert!(aligned[bytes.len()..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn ends_of_the_range() {
        let mut whole = Narrow::default();
        whole.put(u128::MAX, 128);
        assert_eq!((whole.aligned(128), Narrow::default().aligned(0)), (u128::MAX, 0));
        assert_eq!((mask(0), mask(1), mask(128)), (0, 1, u128::MAX));
        let mut bytes = Vec::new();
        let mut wide = Wide::new(&mut bytes);
        wide.put(u128::MAX - 1, 128);
        wide.put_bytes(b"\x01\x02", None, u64::MAX);
        wide.finish();
        assert_eq!(bytes, [(u128::MAX - 1).to_be_bytes().as_slice(), &[0xFE, 0xFD]].concat());
    }
}
