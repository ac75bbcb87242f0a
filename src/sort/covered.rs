//! The part of an input that runs of an earlier attempt hold already.
//!
//! It is read again, since totals, filters and trailers want to see it, but it is only counted and hashed. Each run
//! remembers how much of the input had been read when it was finished, and the ordered hash of that; where the reading comes
//! by there, the hash must be the same. So a run is good for the records it was made of and no others, and blocks may be
//! divided in any way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diag::{Diagnostic, Result, codes};
use crate::record::{Block, OrderedHash};

/// The reading of an input whose first records may be in runs.
pub(super) struct Covered {
    /// How many are.
    records: u64,
    /// What runs remember of the input and has not been come by yet, in the order of the input.
    checkpoints: VecDeque<OrderedHash>,
    read: OrderedHash,
    /// True as long as blocks need no keys; for threads that make some.
    skipping: Arc<AtomicBool>,
}

impl Covered {
    /// Before the first record, of which so many are in runs that remember this.
    pub fn new(records: u64, checkpoints: impl Iterator<Item = OrderedHash>) -> Self {
        let skipping = Arc::new(AtomicBool::new(records > 0));
        let mut checkpoints: Vec<OrderedHash> = checkpoints.collect();
        // An attempt with less memory has finished runs earlier in the input than the attempt before it.
        checkpoints.sort_by_key(|checkpoint| checkpoint.records);
        Covered { records, checkpoints: checkpoints.into(), read: OrderedHash::default(), skipping }
    }

    /// What has been read so far.
    pub fn read(&self) -> OrderedHash {
        self.read
    }

    /// True as long as blocks need no keys.
    pub fn skipping(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.skipping)
    }

    /// Takes the next block; answers how many of its first records are in runs.
    pub fn take(&mut self, block: &Block) -> Result<usize> {
        let (from, length) = (self.read.records, block.len() as u64);
        while let Some(next) = self.checkpoints.front()
            && next.records <= from + length
        {
            let part = next.records.saturating_sub(from);
            let hash = match part == length {
                true => block.ordered_hash(),
                false => block.ordered_hash_of(0..part as usize),
            };
            if self.read.join(hash) != *next {
                return Err(other_records());
            }
            self.checkpoints.pop_front();
        }
        self.read = self.read.join(block.ordered_hash());
        if self.read.records >= self.records {
            self.skipping.store(false, Ordering::Relaxed);
        }
        Ok(self.records.saturating_sub(from).min(length) as usize)
    }

    /// The input has ended: all that runs remember must have come by.
    pub fn finish(&self) -> Result<()> {
        let whole = self.checkpoints.is_empty() && self.read.records >= self.records;
        if whole { Ok(()) } else { Err(other_records()) }
    }
}

fn other_records() -> Box<Diagnostic> {
    Diagnostic::error(
        codes::RUN047,
        "the records that a sort reads again are not those of which an earlier attempt has made runs",
    )
    .note("the runs are given up")
    .hint("find out who changes the input; run again to sort it from the start")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(bytes: &[u8]) -> Block {
        Block::fixed(bytes.to_vec(), 1, 1, 0)
    }

    fn hash(bytes: &[u8]) -> OrderedHash {
        block(bytes).ordered_hash()
    }

    /// Records in runs among the first ones, for blocks of each size; the error, if there is one.
    fn meet(covered: &mut Covered, bytes: &[u8], size: usize) -> Result<usize> {
        let mut sum = 0;
        for part in bytes.chunks(size) {
            let mut block = block(part);
            if size.is_multiple_of(2) {
                block.note_hashes();
            }
            sum += covered.take(&block)?;
        }
        covered.finish().map(|()| sum)
    }

    #[test]
    fn the_same_records_are_met_again_in_blocks_of_any_size() {
        let input = b"the quick brown fox jumps over the lazy dog";
        for size in 1..input.len() + 2 {
            let checkpoints = [&input[..9], &input[..31], &input[..20], &input[..20]].map(hash);
            let mut covered = Covered::new(17, checkpoints.into_iter());
            assert_eq!(meet(&mut covered, input, size).unwrap(), 17, "blocks of {size}");
            assert_eq!(covered.read(), hash(input));
            assert!(!covered.skipping().load(Ordering::Relaxed));
        }
    }

    #[test]
    fn other_records_are_noticed() {
        let input = b"the quick brown fox jumps over the lazy dog";
        let mut changed = *input;
        changed[3] = b'x';
        let mut swapped = *input;
        swapped.swap(0, 1);
        for other in [&changed[..], &swapped[..], &input[1..], &input[..30], &input[..5], b""] {
            for size in [1, 7, 8, 100] {
                let mut covered = Covered::new(17, [hash(&input[..20]), hash(&input[..31])].into_iter());
                let error = meet(&mut covered, other, size).unwrap_err();
                assert_eq!(error.code, codes::RUN047);
            }
        }
    }
}
