//! The hash of a file (XXH3, 128 bits, seed 0), of bytes that come piece by piece.
//!
//! It is a crate of its own because the streaming code of `twox-hash` is generic, so that it is compiled with whoever calls it:
//! in some builds of offhost its state stayed in memory, and hashing took three times as long. Here nothing stands beside it.

use twox_hash::xxhash3_128::Hasher;

/// The 128-bit hash of bytes that come bit by bit.
#[derive(Clone, Default)]
pub struct Xxh3(Hasher);

impl Xxh3 {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// The hash of all bytes so far.
    #[inline(never)]
    pub fn digest128(&self) -> u128 {
        self.0.finish_128()
    }
}
