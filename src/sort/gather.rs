//! Records of a bucket copied into new blocks.

use std::ops::Range;

use super::bucket::{Bucket, Place};
use super::order::Ordered;
use super::proof::Proof;
use crate::diag::Result;
use crate::key::{KeyedBlock, Keys};
use crate::record::Block;

/// Copies records of a bucket.
pub(super) struct Gather<'a> {
    bucket: &'a Bucket,
    block_bytes: usize,
    /// The length of every record, if they all have one.
    fixed_length: Option<usize>,
    proof: Proof,
}

impl<'a> Gather<'a> {
    /// Into blocks of about so many bytes.
    pub fn new(bucket: &'a Bucket, block_bytes: usize, proof: Proof) -> Self {
        Gather { bucket, block_bytes, fixed_length: bucket.fixed_length(), proof }
    }

    /// The records of these places, block by block.
    pub fn blocks(&self, ordered: &Ordered, put: &mut dyn FnMut(KeyedBlock) -> Result<()>) -> Result<()> {
        let mut from = 0;
        while from < ordered.places.len() {
            let (keyed, to) = self.block(ordered, from);
            put(keyed)?;
            from = to;
        }
        Ok(())
    }

    /// One block from a place of the list on, and where it ends.
    pub fn block(&self, ordered: &Ordered, from: usize) -> (KeyedBlock, usize) {
        let places = &ordered.places[from..];
        let count = self.count(places);
        let capacity = self.fixed_length.map_or(self.block_bytes, |length| length * count);
        let mut block = Block::with_capacity(self.fixed_length, capacity);
        for place in &places[..count] {
            block.push(self.bucket.record(*place));
        }
        self.proof.seal(&mut block);
        (KeyedBlock { block, keys: self.keys(ordered, from..from + count) }, from + count)
    }

    /// Records as they came.
    pub fn stretch(&self, segment: usize, range: Range<usize>) -> KeyedBlock {
        let segment = &self.bucket.segments[segment];
        let mut block = Block::with_capacity(self.fixed_length, self.block_bytes);
        let mut keys = segment.no_keys(range.len());
        for index in range {
            block.push(segment.record(index));
            segment.append_key(index, &mut keys);
        }
        self.proof.seal(&mut block);
        KeyedBlock { block, keys }
    }

    /// How many of these places fill a block; a little more, if otherwise hardly anything were left for the next.
    fn count(&self, places: &[Place]) -> usize {
        let room = self.block_bytes + self.block_bytes / 4;
        match self.fixed_length {
            Some(length) if places.len() * length <= room => places.len(),
            Some(length) => (self.block_bytes / length).clamp(1, places.len()),
            None => {
                let mut size = 0;
                let fits = |place: &&Place| {
                    size += self.bucket.record(**place).len();
                    size <= self.block_bytes
                };
                places.iter().take_while(fits).count().max(1)
            }
        }
    }

    fn keys(&self, ordered: &Ordered, range: Range<usize>) -> Keys {
        if self.bucket.is_narrow() {
            return Keys::narrow(ordered.prefixes[range].to_vec());
        }
        let mut keys = self.bucket.no_keys(range.len());
        ordered.places[range].iter().for_each(|place| self.bucket.append_key(*place, &mut keys));
        keys
    }
}
