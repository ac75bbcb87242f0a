//! Records in memory, and their order.
//!
//! ```text
//!   sample     the first blocks, as they came; their keys divide all keys into ranges
//!   buckets    [..30] [30..57] [57..81] [81..]    records of later blocks are copied to the bucket of their range
//!   order      one bucket at a time on every thread: places in order               (order)
//!   gather     its records into new blocks, which leave in order while the next bucket is ordered
//! ```
//!
//! A bucket is about as large as a processor's cache, so that gathering its records in key order does not wait for memory:
//! the one pass that does, writing records to many buckets, is one that processors do well. Input that looks as if it were
//! in order, or nearly, stays in one bucket. A bucket that has become too large, because the first blocks were not like the
//! others, is partitioned again when its turn comes.
//!
//! Equal keys are in one bucket and stay in input order, so every sort is stable.

use std::sync::Arc;

use super::bucket::{Bucket, Supply};
use super::dealing::{Deal, Dealing};
use super::gather::Gather;
use super::order::{Ordered, order};
use super::partition::{Part, partition, whole};
use super::proof::Proof;
use super::segment::{Segment, memory_of};
use super::splitters::{SAMPLES, Splitters};
use crate::diag::Result;
use crate::key::KeyedBlock;
use crate::sys::{ordered, ordered_all, ordered_streams};

/// Records fewer than this need no buckets: they fit a cache as they are.
const BUCKETED_BYTES: usize = 24 << 20;

/// Buckets at most: each needs a line of cache and a page while records are written to it.
const BUCKETS_MAX: usize = 1024;

/// A bucket whose size is more than this many times the usual one is partitioned.
const OVERSIZE: usize = 4;

/// Records that came in order, one in so many at least, look like an input that was in order once.
const NEARLY: usize = 20;

/// Keyed records.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The records as they came, or all buckets once dealing has ended.
    buckets: Vec<Bucket>,
    dealing: Option<Arc<Dealing>>,
    supply: Supply,
    memory: usize,
    /// Records taken, those that are still being dealt out included.
    taken: usize,
    /// Bytes of records that are expected, if they are to be dealt out to buckets.
    bucketed: Option<usize>,
    block_bytes: usize,
    threads: usize,
    descents: Descents,
}

/// How often a key of the sample is lower than one before it.
#[derive(Debug, Default)]
struct Descents {
    /// The one right before it.
    near: usize,
    /// The one a quarter of a block before it: none if records lie where they belong but for their neighbours.
    far: usize,
}

impl Descents {
    fn count(&mut self, keys: &[u128]) {
        let descents = |distance: usize| {
            keys.iter().zip(&keys[distance.min(keys.len())..]).filter(|(before, key)| before > key).count()
        };
        self.near += descents(1);
        self.far += descents((keys.len() / 4).max(1));
    }

    /// True if so many records look as if they had been in order once, or were in order of the leading part of the key:
    /// gathered from where they lie they are near each other.
    fn are_few(&self, records: usize) -> bool {
        self.near.min(self.far) * NEARLY < records
    }
}

impl Chunk {
    /// An empty chunk that is worked on by so many threads. `expected` is how many bytes of records it is going to hold;
    /// they are dealt out to buckets if they are many. Leave it out for a chunk that is to be split later.
    pub fn new(expected: Option<usize>, block_bytes: usize, segment_bytes: usize, threads: usize) -> Self {
        Chunk {
            buckets: vec![Bucket::default()],
            dealing: None,
            supply: Supply { segment_bytes, spare: Vec::new() },
            memory: 0,
            taken: 0,
            bucketed: expected.filter(|bytes| *bytes >= BUCKETED_BYTES),
            block_bytes,
            threads,
            descents: Descents::default(),
        }
    }

    /// Takes a block. What is left to be done with it can be done on any thread, while other blocks are taken.
    #[must_use]
    pub fn push(&mut self, keyed: KeyedBlock) -> Option<Deal> {
        self.memory += memory_of(&keyed);
        self.taken += keyed.block.len();
        if let Some(dealing) = &self.dealing {
            return Some(dealing.admit(keyed));
        }
        if self.bucketed.is_some() {
            self.descents.count(keyed.keys.prefixes());
        }
        self.buckets[0].push_block(keyed, &mut self.supply);
        let expected = self.bucketed?;
        let bucket = &self.buckets[0];
        // A sixteenth is a fair sample, and soon enough.
        if bucket.size() * 16 >= expected {
            if self.descents.are_few(bucket.records()) {
                self.bucketed = None;
            } else {
                self.deal_out(expected);
            }
        }
        None
    }

    /// Divides what has come so far into buckets, and goes on with them.
    fn deal_out(&mut self, expected: usize) {
        let first = std::mem::take(&mut self.buckets[0]);
        let ranges = (expected / self.block_bytes).clamp(1, BUCKETS_MAX);
        let every = (first.records() / (ranges * SAMPLES)).max(1);
        let keys = first.segments.iter().flat_map(|segment| segment.prefixes().iter().copied());
        let splitters = Splitters::of_sample(keys.step_by(every).collect(), ranges);
        let dealing = Arc::new(self.new_dealing(splitters, expected, Vec::new()));
        let gather = Gather::new(&first, self.block_bytes, Proof::Elsewhere);
        for (segment, range) in first.stretches(self.block_bytes) {
            dealing.admit(gather.stretch(segment, range)).run();
        }
        self.dealing = Some(dealing);
    }

    fn new_dealing(&self, splitters: Splitters, expected: usize, spare: Vec<Segment>) -> Dealing {
        // Half of the last segment of every lane is empty, so small ones save memory.
        let segment_bytes = (expected / splitters.ranges() / 32).clamp(8 << 10, 32 << 10);
        Dealing::new(splitters, self.threads * 2, segment_bytes, spare)
    }

    /// Waits until every block that was taken has been dealt out. Nothing can be pushed any more.
    pub fn complete(&mut self) {
        if let Some(dealing) = self.dealing.take() {
            let (buckets, spare) = dealing.take();
            self.buckets = buckets;
            self.supply.spare.extend(spare);
        }
    }

    /// True if no more blocks can be named.
    pub fn is_full(&self) -> bool {
        self.buckets.iter().any(Bucket::is_full)
            || self.dealing.as_ref().is_some_and(|dealing| dealing.is_full())
    }

    /// Takes records off the front, of at least so many bytes of memory if there are as many; all of them from a chunk
    /// that is divided into buckets.
    pub fn split_front(&mut self, memory: usize) -> Chunk {
        let segment_bytes = self.supply.segment_bytes;
        let mut rest = Chunk::new(self.bucketed, self.block_bytes, segment_bytes, self.threads);
        if let Some(dealing) = &self.dealing {
            // What comes next is likely to be like what came before.
            let splitters = dealing.splitters().clone();
            self.complete();
            let spare = std::mem::take(&mut self.supply.spare);
            let expected = self.bucketed.unwrap_or_default();
            rest.dealing = Some(Arc::new(rest.new_dealing(splitters, expected, spare)));
            return std::mem::replace(self, rest);
        }
        rest.supply.spare = std::mem::take(&mut self.supply.spare);
        let mut back = std::mem::take(&mut self.buckets[0]);
        let all = back.size().max(1) as u128;
        let size = (all * memory as u128).div_ceil(self.memory.max(1) as u128);
        self.buckets[0] = back.split_front(usize::try_from(size).unwrap_or(usize::MAX));
        rest.memory = (self.memory as u128 * back.size() as u128 / all) as usize;
        rest.buckets[0] = back;
        self.memory -= rest.memory;
        rest.taken = rest.records();
        self.taken -= rest.taken;
        std::mem::replace(self, rest)
    }

    /// Takes back the memory of records that have gone.
    pub fn recycle(&mut self, gone: Chunk) {
        let mut supply = gone.supply;
        supply.give_back(gone.buckets.into_iter().flat_map(|bucket| bucket.segments));
        match &self.dealing {
            Some(dealing) => dealing.give(supply.spare),
            None => self.supply.spare.extend(supply.spare),
        }
    }

    /// Gives memory back that holds no records.
    pub fn shrink(&mut self) {
        self.supply.spare = Vec::new();
    }

    /// Number of records.
    pub fn records(&self) -> usize {
        self.buckets.iter().map(Bucket::records).sum()
    }

    /// Bytes of memory taken, the lists of places included.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// Bytes of memory that will be taken once all is ordered at the same time, as [`Chunk::order`] does.
    pub fn memory_in_order(&self) -> usize {
        self.memory + self.taken * Ordered::MEMORY_EACH
    }

    /// Gives the records away in order, in blocks of about the size given.
    pub fn emit(&self, proof: Proof, put: impl FnMut(KeyedBlock) -> Result<()> + Send) -> Result<()> {
        let (threads, block_bytes) = (self.threads, self.block_bytes);
        if let [bucket] = self.buckets.as_slice()
            && bucket.is_ordered()
        {
            let gather = Gather::new(bucket, block_bytes, proof);
            let mut stretches = bucket.stretches(block_bytes).into_iter();
            let work = |(segment, range)| Ok(gather.stretch(segment, range));
            return ordered(threads, || Ok(stretches.next()), work, put);
        }
        let mut parts = self.parts();
        ordered_streams(
            threads,
            2,
            || Ok(parts.next()),
            |(bucket, part): (&Bucket, Part), turn| {
                let ordered = order(bucket, part);
                Gather::new(bucket, block_bytes, proof).blocks(&ordered, &mut |keyed| turn.put(keyed))
            },
            put,
        )
    }

    /// As [`Chunk::emit`], for the last time: blocks that came in order leave as they came, and their memory with them.
    pub fn give_away(mut self, proof: Proof, put: impl FnMut(KeyedBlock) -> Result<()> + Send) -> Result<()> {
        let as_they_came = match self.buckets.as_slice() {
            [bucket] => bucket.is_ordered() && bucket.segments.iter().all(Segment::is_adopted),
            _ => false,
        };
        if !as_they_came {
            return self.emit(proof, put);
        }
        let segments = std::mem::take(&mut self.buckets[0].segments);
        let mut blocks = segments.into_iter();
        ordered(self.threads, || Ok(blocks.next()), |segment: Segment| Ok(segment.into_block(proof)), put)
    }

    /// The places of all records in order, bucket by bucket, for those who want the records bit by bit.
    pub fn order(&self) -> Result<Vec<(&Bucket, Ordered)>> {
        ordered_all(self.threads, self.parts(), |(bucket, part)| Ok((bucket, order(bucket, part))))
    }

    /// Bytes of a block of what is given away.
    pub fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// What is ordered at once: a bucket, or the parts of one that is too large.
    fn parts(&self) -> impl Iterator<Item = (&Bucket, Part)> + Send {
        let (threads, block_bytes) = (self.threads, self.block_bytes);
        let filled = self.buckets.iter().filter(|bucket| bucket.records() > 0);
        filled.flat_map(move |bucket| {
            let parts = if self.buckets.len() > 1 && bucket.size() <= block_bytes * OVERSIZE {
                vec![whole(bucket)]
            } else {
                partition(bucket, threads, block_bytes)
            };
            parts.into_iter().map(move |part| (bucket, part))
        })
    }
}
