//! XXH3: how records, files and pieces of work files are known again. No secret keeps anybody from making two texts with the
//! same hash; where that matters there is SHA-256.
//!
//! The instructions are those that the processor has, found out at run time.

pub use offhost_file_hash::Xxh3;
use twox_hash::{XxHash3_64, XxHash3_128};

/// Bytes of a file that are hashed at a time: as many as stay in a cache after whoever read or wrote them.
pub const HASHED_AT_ONCE: usize = 256 << 10;

/// The 64-bit hash of bytes, with seed 0.
#[inline]
pub fn xxh3_64(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// The 128-bit hash of bytes, with seed 0.
pub fn xxh3_128(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::chance;

    /// Hashes are in journals, catalogs and archives: they must stay what they were.
    #[test]
    fn hashes_are_those_of_another_implementation_of_xxh3() {
        let mut below = chance::below(5);
        let bytes: Vec<u8> = (0..70_000).map(|_| below(256) as u8).collect();
        let lengths = (0..1100).chain([4095, 4096, 65_537, 70_000]);
        for length in lengths {
            let bytes = &bytes[..length];
            assert_eq!(xxh3_64(bytes), xxhash_rust::xxh3::xxh3_64(bytes), "{length} bytes");
            assert_eq!(xxh3_128(bytes), xxhash_rust::xxh3::xxh3_128(bytes), "{length} bytes");
            let mut hash = Xxh3::new();
            let mut rest = bytes;
            while !rest.is_empty() {
                let (front, back) = rest.split_at(rest.len().min(1 + below(700) as usize));
                hash.update(front);
                rest = back;
            }
            assert_eq!(hash.digest128(), xxh3_128(bytes), "{length} bytes in pieces");
        }
    }
}
