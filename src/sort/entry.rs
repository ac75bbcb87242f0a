//! Sort entries: the leading bytes of a key as machine words, and the place of its record.

use std::cmp::Ordering;

/// A record to be ordered: `N` words of key, compared as one big-endian number, then the place in input order, which
/// makes every sort stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry<const N: usize> {
    pub key: [u64; N],
    pub at: Place,
}

/// Block number and slot, in input order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

impl Place {
    pub fn new(block: usize, slot: u32) -> Self {
        Place(((block as u64) << 32) | u64::from(slot))
    }

    pub fn block(self) -> usize {
        (self.0 >> 32) as usize
    }

    pub fn slot(self) -> u32 {
        self.0 as u32
    }
}

/// The first `8 * N` bytes of an encoded key as words, zeros behind a shorter one.
pub(super) fn words<const N: usize>(key: &[u8]) -> [u64; N] {
    let mut words = [0; N];
    for (word, bytes) in words.iter_mut().zip(key.chunks(8)) {
        let mut eight = [0; 8];
        eight[..bytes.len()].copy_from_slice(bytes);
        *word = u64::from_be_bytes(eight);
    }
    words
}

/// Order by the words, then by whatever decides between equal words, then by place.
pub(super) fn order_by<const N: usize>(
    a: &Entry<N>,
    b: &Entry<N>,
    rest: &(dyn Fn(Place, Place) -> Ordering + Sync),
) -> Ordering {
    a.key.cmp(&b.key).then_with(|| rest(a.at, b.at)).then(a.at.cmp(&b.at))
}
