//! Blocks of records in memory, and the order of their records.
//!
//! ```text
//!   blocks      [B0 B1 B2 ...]        as they came, with their keys; records do not move
//!   partition   places by range of keys, found from a sample; a part is about a block of output
//!   order       one part at a time on every thread: places in order
//!   gather      the records of a part into new blocks, which leave in order while the next part is ordered
//! ```
//!
//! A place is a number of 32 bits: the block, then the record in it. Places of a part are in input order to begin with, and
//! equal keys stay in it, so every sort is stable.

use std::cmp::Ordering;

use super::order::{Ordered, order};
use super::partition::{Part, partition};
use crate::diag::Result;
use crate::key::{KeyedBlock, Keys};
use crate::record::Block;
use crate::sys::ordered_streams;

/// Where a record is in a chunk.
pub(super) type Place = u32;

/// Blocks of keyed records, in input order.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub blocks: Vec<KeyedBlock>,
    /// Bits of a place that say which record of the block.
    slot_bits: u32,
    records: usize,
    memory: usize,
    unordered: bool,
}

impl Chunk {
    /// Appends a block.
    pub fn push(&mut self, keyed: KeyedBlock) {
        if keyed.block.is_empty() {
            return;
        }
        self.unordered |= !self.continues(&keyed) || !keyed.keys.are_in_order();
        self.records += keyed.block.len();
        self.memory += memory_of(&keyed);
        self.slot_bits = self.slot_bits.max(bits_for(keyed.block.len()));
        self.blocks.push(keyed);
    }

    /// True if a place could not name a record of one more block of this size.
    pub fn is_full(&self, keyed: &KeyedBlock) -> bool {
        let slot_bits = self.slot_bits.max(bits_for(keyed.block.len()));
        self.blocks.len() as u64 >= 1 << (32 - slot_bits)
    }

    /// Takes blocks off the front, of at least so many bytes of memory if there are as many.
    pub fn split_front(&mut self, memory: usize) -> Chunk {
        let (mut front, mut back) = (Chunk::default(), Chunk::default());
        for keyed in std::mem::take(&mut self.blocks) {
            if back.blocks.is_empty() && front.memory < memory { &mut front } else { &mut back }.push(keyed);
        }
        *self = back;
        front
    }

    /// Number of records.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Bytes of memory taken, those that ordering will take included.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// True if the records are in order as they are.
    pub fn is_ordered(&self) -> bool {
        !self.unordered
    }

    /// Gives the records away in order, in blocks of about `block_bytes`.
    pub fn emit(
        self,
        threads: usize,
        block_bytes: usize,
        mut put: impl FnMut(KeyedBlock) -> Result<()> + Send,
    ) -> Result<()> {
        if self.is_ordered() {
            return self.blocks.into_iter().try_for_each(put);
        }
        let mut parts = partition(&self, threads, block_bytes).into_iter();
        let gather = Gather { chunk: &self, block_bytes };
        ordered_streams(
            threads,
            2,
            || Ok(parts.next()),
            |part: Part, turn| gather.blocks(&order(&self, part), &mut |keyed| turn.put(keyed)),
            |keyed| put(keyed),
        )
    }

    /// The places of all records in order, for those who want the records bit by bit.
    pub fn order(&self, threads: usize, block_bytes: usize) -> Result<Vec<Ordered>> {
        let mut parts = partition(self, threads, block_bytes).into_iter();
        let mut all = Vec::new();
        ordered_streams(
            threads,
            2,
            || Ok(parts.next()),
            |part: Part, turn| turn.put(order(self, part)),
            |ordered| {
                all.push(ordered);
                Ok(())
            },
        )?;
        Ok(all)
    }

    /// A record.
    #[inline]
    pub fn record(&self, place: Place) -> &[u8] {
        let (block, index) = self.split(place);
        self.blocks[block].block.record(index)
    }

    /// The first 128 bits of a record's key.
    #[inline]
    pub fn prefix(&self, place: Place) -> u128 {
        let (block, index) = self.split(place);
        self.blocks[block].keys.prefixes()[index]
    }

    /// True if the first 128 bits are all of a key.
    pub fn is_narrow(&self) -> bool {
        self.blocks.first().is_none_or(|keyed| keyed.keys.are_narrow())
    }

    /// Order of two keys whose first 128 bits are equal.
    pub fn compare_rest(&self, a: Place, b: Place) -> Ordering {
        let ((x, i), (y, j)) = (self.split(a), self.split(b));
        self.blocks[x].keys.rest(i).cmp(self.blocks[y].keys.rest(j))
    }

    /// The place of a record.
    #[inline]
    pub fn place(&self, block: usize, index: usize) -> Place {
        (block << self.slot_bits | index) as Place
    }

    #[inline]
    fn split(&self, place: Place) -> (usize, usize) {
        ((place >> self.slot_bits) as usize, (place & ((1 << self.slot_bits) - 1)) as usize)
    }

    fn continues(&self, keyed: &KeyedBlock) -> bool {
        self.blocks.last().is_none_or(|last| last.keys.compare(last.keys.len() - 1, &keyed.keys, 0).is_le())
    }

    /// The length of every record, if they all have one.
    fn fixed_length(&self) -> Option<usize> {
        let length = self.blocks.first()?.block.fixed_length();
        length.filter(|_| self.blocks.iter().all(|keyed| keyed.block.fixed_length() == length))
    }
}

/// Bytes that a block takes in a chunk: itself, and a place for each record in a list that may have grown too far.
pub(super) fn memory_of(keyed: &KeyedBlock) -> usize {
    keyed.memory() + keyed.block.len() * size_of::<Place>() * 2
}

fn bits_for(records: usize) -> u32 {
    usize::BITS - records.saturating_sub(1).leading_zeros()
}

/// Copies records of a chunk into new blocks.
pub(super) struct Gather<'a> {
    pub chunk: &'a Chunk,
    pub block_bytes: usize,
}

impl Gather<'_> {
    /// The records of these places, block by block.
    pub fn blocks(&self, ordered: &Ordered, put: &mut dyn FnMut(KeyedBlock) -> Result<()>) -> Result<()> {
        let fixed_length = self.chunk.fixed_length();
        let mut from = 0;
        while from < ordered.places.len() {
            let (keyed, to) = self.block(ordered, from, fixed_length);
            put(keyed)?;
            from = to;
        }
        Ok(())
    }

    /// One block from a place of the list on, and where it ends.
    pub fn block(&self, ordered: &Ordered, from: usize, fixed_length: Option<usize>) -> (KeyedBlock, usize) {
        let places = &ordered.places[from..];
        let count = match fixed_length {
            Some(length) => (self.block_bytes / length).clamp(1, places.len()),
            None => {
                let mut size = 0;
                let fits = |place: &&Place| {
                    size += self.chunk.record(**place).len();
                    size <= self.block_bytes
                };
                places.iter().take_while(fits).count().max(1)
            }
        };
        let capacity = fixed_length.map_or(self.block_bytes, |length| length * count);
        let mut block = Block::with_capacity(fixed_length, capacity);
        for place in &places[..count] {
            block.push(self.chunk.record(*place));
        }
        block.note_fingerprint();
        (KeyedBlock { block, keys: self.keys(ordered, from..from + count) }, from + count)
    }

    fn keys(&self, ordered: &Ordered, range: std::ops::Range<usize>) -> Keys {
        if self.chunk.is_narrow() {
            return Keys::narrow(ordered.prefixes[range].to_vec());
        }
        let mut keys: Option<Keys> = None;
        for place in &ordered.places[range] {
            let (block, index) = self.chunk.split(*place);
            let from = &self.chunk.blocks[block].keys;
            keys.get_or_insert_with(|| from.empty_alike()).push_from(from, index);
        }
        keys.unwrap_or_default()
    }
}
