//! Records in memory, and their order.
//!
//! ```text
//!   segments    [S0 S1 S2 ...]        records and keys as they came, end to end; they do not move
//!   partition   places by range of keys, found from a sample; a part is about a block of output
//!   order       one part at a time on every thread: places in order
//!   gather      the records of a part into new blocks, which leave in order while the next part is ordered
//! ```
//!
//! A place is a number of 32 bits: the segment, then the record in it. Places of a part are in input order to begin with, and
//! equal keys stay in it, so every sort is stable.

use std::cmp::Ordering;
use std::ops::Range;

use super::order::{Ordered, order};
use super::partition::{Part, partition};
use super::segment::{Segment, memory_of};
use crate::diag::Result;
use crate::key::{KeyedBlock, Keys, Sequence};
use crate::record::Block;
use crate::sys::ordered_streams;

/// Where a record is in a chunk.
pub(super) type Place = u32;

/// Bits of a place that say which record of the segment.
const RECORD_BITS: u32 = 22;

/// Records of a segment at most, and segments of a chunk.
const RECORDS_MAX: usize = 1 << RECORD_BITS;
const SEGMENTS_MAX: usize = 1 << (32 - RECORD_BITS);

/// Keyed records in input order.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub segments: Vec<Segment>,
    records: usize,
    memory: usize,
    unordered: bool,
    sequence: Sequence,
}

impl Chunk {
    /// Appends a block, in a new segment of so many bytes where it does not fit into the last one. Segments that have been
    /// used before are taken first.
    pub fn push(&mut self, keyed: &KeyedBlock, segment_bytes: usize, spare: &mut Vec<Segment>) {
        if self.needs_segment(keyed) {
            let used = spare.pop().filter(|segment| segment.fits(keyed));
            self.segments.push(match used {
                Some(segment) => segment,
                None => Segment::new(segment_bytes.max(memory_of(keyed))),
            });
        }
        self.unordered |= !self.sequence.continues(&keyed.keys) || !keyed.keys.are_in_order();
        self.records += keyed.block.len();
        self.memory += memory_of(keyed);
        if let Some(segment) = self.segments.last_mut() {
            segment.push(keyed);
        }
    }

    /// True if no place could name the records of one more block.
    pub fn is_full(&self, keyed: &KeyedBlock) -> bool {
        self.segments.len() >= SEGMENTS_MAX && self.needs_segment(keyed)
    }

    fn needs_segment(&self, keyed: &KeyedBlock) -> bool {
        let last = self.segments.last();
        last.is_none_or(|last| !last.fits(keyed) || last.len() + keyed.block.len() > RECORDS_MAX)
    }

    /// Takes segments off the front, of at least so many bytes of memory if there are as many.
    pub fn split_front(&mut self, memory: usize) -> Chunk {
        let per_segment = self.memory / self.segments.len().max(1);
        let count = memory.div_ceil(per_segment.max(1)).clamp(1, self.segments.len());
        let rest = self.segments.split_off(count);
        let mut front = std::mem::replace(self, Chunk { segments: rest, ..Chunk::default() });
        self.records = self.segments.iter().map(Segment::len).sum();
        self.memory = front.memory / front.records.max(1) * self.records;
        // What was in order stays so in both parts.
        self.unordered = front.unordered;
        if self.records > 0 {
            self.sequence = std::mem::take(&mut front.sequence);
        }
        front.records -= self.records;
        front.memory -= self.memory;
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

    /// Bytes of the records.
    pub fn size(&self) -> usize {
        self.segments.iter().map(Segment::size).sum()
    }

    /// True if the records are in order as they are.
    pub fn is_ordered(&self) -> bool {
        !self.unordered
    }

    /// Gives the records away in order, in blocks of about `block_bytes`.
    pub fn emit(
        &self,
        threads: usize,
        block_bytes: usize,
        put: impl FnMut(KeyedBlock) -> Result<()> + Send,
    ) -> Result<()> {
        let gather = Gather { chunk: self, block_bytes, fixed_length: self.fixed_length() };
        if self.is_ordered() {
            let mut stretches = self.stretches(block_bytes).into_iter();
            let work = |(segment, range)| Ok(gather.stretch(segment, range));
            return crate::sys::ordered(threads, || Ok(stretches.next()), work, put);
        }
        let mut parts = partition(self, threads, block_bytes).into_iter();
        ordered_streams(
            threads,
            2,
            || Ok(parts.next()),
            |part: Part, turn| gather.blocks(&order(self, part), &mut |keyed| turn.put(keyed)),
            put,
        )
    }

    /// The places of all records in order, for those who want the records bit by bit.
    pub fn order(&self, threads: usize, block_bytes: usize) -> Result<Vec<Ordered>> {
        let mut parts = partition(self, threads, block_bytes).into_iter();
        let mut all = Vec::new();
        let put = |ordered| {
            all.push(ordered);
            Ok(())
        };
        crate::sys::ordered(threads, || Ok(parts.next()), |part: Part| Ok(order(self, part)), put)?;
        Ok(all)
    }

    /// A record.
    #[inline]
    pub fn record(&self, place: Place) -> &[u8] {
        let (segment, index) = split(place);
        self.segments[segment].record(index)
    }

    /// The first 128 bits of a record's key.
    #[inline]
    pub fn prefix(&self, place: Place) -> u128 {
        let (segment, index) = split(place);
        self.segments[segment].prefix(index)
    }

    /// True if the first 128 bits are all of a key.
    pub fn is_narrow(&self) -> bool {
        self.segments.first().is_none_or(Segment::is_narrow)
    }

    /// Order of two keys whose first 128 bits are equal.
    pub fn compare_rest(&self, a: Place, b: Place) -> Ordering {
        let ((x, i), (y, j)) = (split(a), split(b));
        self.segments[x].rest(i).cmp(self.segments[y].rest(j))
    }

    /// The length of every record, if they all have one.
    pub fn fixed_length(&self) -> Option<usize> {
        let length = self.segments.first()?.fixed_length();
        length.filter(|_| self.segments.iter().all(|segment| segment.fixed_length() == length))
    }

    /// Stretches of records in input order, each about a block.
    fn stretches(&self, block_bytes: usize) -> Vec<(usize, Range<usize>)> {
        let mut stretches = Vec::new();
        for (number, segment) in self.segments.iter().enumerate() {
            let typical = (segment.size() / segment.len().max(1)).max(1);
            let count = (block_bytes / typical).max(1);
            let starts = (0..segment.len()).step_by(count);
            stretches.extend(starts.map(|start| (number, start..(start + count).min(segment.len()))));
        }
        stretches
    }
}

/// The place of a record.
#[inline]
pub(super) fn place(segment: usize, index: usize) -> Place {
    (segment << RECORD_BITS | index) as Place
}

#[inline]
fn split(place: Place) -> (usize, usize) {
    ((place >> RECORD_BITS) as usize, place as usize & (RECORDS_MAX - 1))
}

/// Copies records of a chunk into new blocks.
pub(super) struct Gather<'a> {
    pub chunk: &'a Chunk,
    pub block_bytes: usize,
    /// The length of every record, if they all have one.
    pub fixed_length: Option<usize>,
}

impl Gather<'_> {
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
        let count = match self.fixed_length {
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
        let capacity = self.fixed_length.map_or(self.block_bytes, |length| length * count);
        let mut block = Block::with_capacity(self.fixed_length, capacity);
        for place in &places[..count] {
            block.push(self.chunk.record(*place));
        }
        block.note_fingerprint();
        (KeyedBlock { block, keys: self.keys(ordered, from..from + count) }, from + count)
    }

    fn keys(&self, ordered: &Ordered, range: Range<usize>) -> Keys {
        if self.chunk.is_narrow() {
            return Keys::narrow(ordered.prefixes[range].to_vec());
        }
        let mut keys = self.chunk.segments[0].no_keys(range.len());
        for place in &ordered.places[range] {
            let (segment, index) = split(*place);
            self.chunk.segments[segment].append_key(index, &mut keys);
        }
        keys
    }

    /// Records as they lie.
    fn stretch(&self, segment: usize, range: Range<usize>) -> KeyedBlock {
        let segment = &self.chunk.segments[segment];
        let mut block = Block::with_capacity(self.fixed_length, self.block_bytes);
        let mut keys = segment.no_keys(range.len());
        for index in range {
            block.push(segment.record(index));
            segment.append_key(index, &mut keys);
        }
        block.note_fingerprint();
        KeyedBlock { block, keys }
    }
}
