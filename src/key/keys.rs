//! The encoded keys of many records.

use std::cmp::Ordering;

use super::encode::Key;
use crate::diag::Result;
use crate::record::Block;

/// Encoded keys of one width, record by record: the first 128 bits as a number, the rest as bytes.
///
/// Most keys fit into the number, so that a comparison is one of numbers; the rest is looked at only where the numbers are
/// equal.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    prefixes: Vec<u128>,
    rests: Vec<u8>,
    rest_length: usize,
}

impl Keys {
    /// Room for this many keys of so many bytes.
    pub fn with_capacity(keys: usize, length: usize) -> Self {
        let rest_length = length.saturating_sub(16);
        let rests = Vec::with_capacity(keys * rest_length);
        Keys { prefixes: Vec::with_capacity(keys), rests, rest_length }
    }

    /// Keys that are all within their first 128 bits.
    pub fn narrow(prefixes: Vec<u128>) -> Self {
        Keys { prefixes, rests: Vec::new(), rest_length: 0 }
    }

    /// No keys, of the same width.
    #[must_use]
    pub fn empty_alike(&self) -> Self {
        Keys { prefixes: Vec::new(), rests: Vec::new(), rest_length: self.rest_length }
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// The first 128 bits of each key.
    #[inline]
    pub fn prefixes(&self) -> &[u128] {
        &self.prefixes
    }

    /// What lies behind the first 128 bits of a key.
    #[inline]
    pub fn rest(&self, index: usize) -> &[u8] {
        &self.rests[index * self.rest_length..(index + 1) * self.rest_length]
    }

    /// Appends a key as bytes: the first so many of it, which are all it has.
    #[inline]
    pub fn write(&self, index: usize, length: usize, out: &mut Vec<u8>) {
        let prefix = self.prefixes[index].to_be_bytes();
        out.extend_from_slice(&prefix[..length.min(prefix.len())]);
        out.extend_from_slice(self.rest(index));
    }

    /// True if the first 128 bits are all of a key.
    #[inline]
    pub fn are_narrow(&self) -> bool {
        self.rest_length == 0
    }

    /// Order of a key and one of other keys of the same width.
    #[inline]
    pub fn compare(&self, index: usize, others: &Keys, other: usize) -> Ordering {
        let order = self.prefixes[index].cmp(&others.prefixes[other]);
        if self.rest_length == 0 {
            order
        } else {
            order.then_with(|| self.rest(index).cmp(others.rest(other)))
        }
    }

    /// True if no key is lower than the one before it.
    pub fn are_in_order(&self) -> bool {
        match self.rest_length {
            0 => self.prefixes.is_sorted(),
            _ => (1..self.len()).all(|index| self.compare(index - 1, self, index).is_le()),
        }
    }

    /// True if every key is higher than the one before it.
    pub fn rise(&self) -> bool {
        match self.rest_length {
            0 => self.prefixes.is_sorted_by(|one, next| one < next),
            _ => (1..self.len()).all(|index| self.compare(index - 1, self, index).is_lt()),
        }
    }

    /// The first 128 bits of each key, and what lies behind them, all of one length.
    pub fn into_parts(self) -> (Vec<u128>, Vec<u8>, usize) {
        (self.prefixes, self.rests, self.rest_length)
    }

    /// Keys of such parts.
    pub fn of_parts(prefixes: Vec<u128>, rests: Vec<u8>, rest_length: usize) -> Self {
        Keys { prefixes, rests, rest_length }
    }

    /// Bytes of memory taken.
    pub fn memory(&self) -> usize {
        self.prefixes.capacity() * size_of::<u128>() + self.rests.capacity()
    }

    /// Appends a key of other keys of the same width.
    #[inline]
    pub fn push_from(&mut self, others: &Keys, index: usize) {
        self.prefixes.push(others.prefixes[index]);
        self.rests.extend_from_slice(others.rest(index));
    }

    /// Appends a key in its two parts.
    #[inline]
    pub fn push_parts(&mut self, prefix: u128, rest: &[u8]) {
        self.prefixes.push(prefix);
        self.rests.extend_from_slice(rest);
    }

    /// Appends keys of other keys of the same width.
    pub fn extend_from(&mut self, others: &Keys, range: std::ops::Range<usize>) {
        self.prefixes.extend_from_slice(&others.prefixes[range.clone()]);
        let rests = range.start * self.rest_length..range.end * self.rest_length;
        self.rests.extend_from_slice(&others.rests[rests]);
    }

    /// Appends a key of no more than 128 bits.
    #[inline]
    pub(super) fn push_narrow(&mut self, prefix: u128) {
        self.prefixes.push(prefix);
    }

    /// Appends keys without any bits.
    pub(super) fn push_empty(&mut self, keys: usize) {
        self.prefixes.resize(self.prefixes.len() + keys, 0);
    }

    /// Appends a key of more than 16 bytes.
    pub(super) fn push_wide(&mut self, bytes: &[u8]) {
        if let Some((prefix, rest)) = bytes.split_first_chunk::<16>() {
            self.prefixes.push(u128::from_be_bytes(*prefix));
            self.rests.extend_from_slice(rest);
        }
    }
}

/// The two parts of an encoded key: its first 16 bytes as a number of the same order, zeros behind a shorter one, and the others.
#[inline]
pub fn parts_of(key: &[u8]) -> (u128, &[u8]) {
    let mut first = [0; size_of::<u128>()];
    let (head, rest) = key.split_at(key.len().min(first.len()));
    first[..head.len()].copy_from_slice(head);
    (u128::from_be_bytes(first), rest)
}

/// A block with the encoded keys of its records.
#[derive(Clone, Debug)]
pub struct KeyedBlock {
    /// The records.
    pub block: Block,
    /// Their keys.
    pub keys: Keys,
}

impl KeyedBlock {
    /// Encodes the keys of a block of a dataset; may run on any thread.
    pub fn new(block: Block, key: &Key, dataset: &str) -> Result<Self> {
        let keys = key.of_block(&block, dataset)?;
        Ok(KeyedBlock { block, keys })
    }

    /// The records at these places and their keys, copied. Where they come from is not known any more.
    #[must_use]
    pub fn part(&self, range: std::ops::Range<usize>) -> KeyedBlock {
        let mut block = Block::empty(self.block.fixed_length());
        block.push_range(&self.block, range.clone());
        let mut keys = self.keys.empty_alike();
        keys.extend_from(&self.keys, range);
        KeyedBlock { block, keys }
    }

    /// Bytes of memory taken.
    pub fn memory(&self) -> usize {
        self.block.memory() + self.keys.memory()
    }
}

/// The last key of what has gone by, to see whether the next block continues in order.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    last: Option<Keys>,
}

impl Sequence {
    /// Takes the keys of the next block. False if its first key is lower than the last one of the blocks before.
    #[must_use]
    pub fn continues(&mut self, keys: &Keys) -> bool {
        self.step(keys).is_le()
    }

    /// Takes the keys of the next block. True if its first key is higher than the last one of the blocks before.
    #[must_use]
    pub fn rises(&mut self, keys: &Keys) -> bool {
        self.step(keys).is_lt()
    }

    /// How the last key compares with the first one of the next block.
    fn step(&mut self, keys: &Keys) -> Ordering {
        let Some(end) = keys.len().checked_sub(1) else { return Ordering::Less };
        let step = self.last.as_ref().map_or(Ordering::Less, |last| last.compare(0, keys, 0));
        let mut last = keys.empty_alike();
        last.push_from(keys, end);
        self.last = Some(last);
        step
    }
}
