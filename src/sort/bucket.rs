//! Records of one range of keys, in the order in which they came.
//!
//! A place is a number of 32 bits: the segment, then the record in it. Records do not move; what is ordered are places.

use std::cmp::Ordering;
use std::ops::Range;

use super::segment::Segment;
use crate::key::{KeyedBlock, Keys, Sequence};
use crate::record::Block;

/// Where a record is in a bucket.
pub(super) type Place = u32;

/// Bits of a place that say which record of the segment.
const RECORD_BITS: u32 = 18;

/// Records of a segment at most, and segments of a bucket.
const RECORDS_MAX: usize = 1 << RECORD_BITS;
const SEGMENTS_MAX: usize = 1 << (32 - RECORD_BITS);

/// Segments that may still come once a bucket counts as full: for the blocks that are under way to it.
const SEGMENTS_SPARE: usize = 1024;

/// A new segment has room for one in so many of the bytes that its bucket holds already, up to a limit: so a bucket that
/// becomes much larger than others does not run out of numbers for its segments.
const GROWTH: usize = 256;
const SEGMENT_BYTES_MAX: usize = 1 << 20;

/// Segments of records.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    pub segments: Vec<Segment>,
    records: usize,
    size: usize,
    /// True if a record has come whose key is lower than one before it.
    unordered: bool,
    sequence: Sequence,
}

/// Where new segments come from.
#[derive(Debug)]
pub(super) struct Supply {
    /// Bytes of a segment's records.
    pub segment_bytes: usize,
    /// Segments that have been used before.
    pub spare: Vec<Segment>,
}

impl Supply {
    /// An empty segment for at least so many bytes. Those that are too small are given up for it.
    fn take(&mut self, bytes: usize) -> Segment {
        let mut given_up = 0;
        while given_up < bytes
            && let Some(segment) = self.spare.pop()
        {
            if segment.capacity() >= bytes {
                return segment;
            }
            given_up += segment.capacity().max(1);
        }
        Segment::new(self.segment_bytes.max(bytes))
    }

    /// Takes back segments whose records have gone; not those that were blocks: where blocks come whole nobody would use them
    /// again, and they would pile up.
    pub fn give_back(&mut self, segments: impl Iterator<Item = Segment>) {
        let own =
            segments.filter(|segment| !segment.is_adopted() && segment.capacity() >= self.segment_bytes);
        self.spare.extend(own.map(|mut segment| {
            segment.clear();
            segment
        }));
    }
}

impl Bucket {
    /// Appends the records of a block.
    pub fn push_block(&mut self, keyed: KeyedBlock, supply: &mut Supply) {
        self.unordered |= !self.sequence.continues(&keyed.keys) || !keyed.keys.are_in_order();
        // A small block would waste a segment's number.
        let large = keyed.block.size() * 4 >= supply.segment_bytes.min(Block::SIZE);
        if !large || keyed.block.len() > RECORDS_MAX {
            return self.push_each(&keyed, supply);
        }
        match Segment::of_block(keyed) {
            Ok(segment) => {
                self.records += segment.len();
                self.size += segment.size();
                self.segments.push(segment);
            }
            Err(keyed) => self.push_each(&keyed, supply),
        }
    }

    fn push_each(&mut self, keyed: &KeyedBlock, supply: &mut Supply) {
        (0..keyed.keys.len()).for_each(|index| self.push(keyed, index, supply));
    }

    /// Appends records of a block, without looking at the order.
    #[inline]
    pub fn push_some(&mut self, keyed: &KeyedBlock, records: &[u32], supply: &mut Supply) {
        records.iter().for_each(|index| self.push(keyed, *index as usize, supply));
    }

    #[inline]
    fn push(&mut self, keyed: &KeyedBlock, index: usize, supply: &mut Supply) {
        let record = keyed.block.record(index);
        if !self.segments.last().is_some_and(|last| last.fits(record.len()) && last.len() < RECORDS_MAX) {
            let grown = (self.size / GROWTH).min(SEGMENT_BYTES_MAX);
            self.segments.push(supply.take(record.len().max(grown)));
        }
        if let Some(segment) = self.segments.last_mut() {
            segment.push(keyed, index, record);
        }
        self.records += 1;
        self.size += record.len();
    }

    /// An empty bucket for records that are pushed one by one, in no particular order.
    pub fn unordered() -> Self {
        Bucket { unordered: true, ..Bucket::default() }
    }

    /// True if soon no place could name the records of one more block.
    pub fn is_full(&self) -> bool {
        self.segments.len() + SEGMENTS_SPARE > SEGMENTS_MAX
    }

    /// Takes segments off the front, with at least so many bytes of records if there are as many.
    pub fn split_front(&mut self, size: usize) -> Bucket {
        let mut taken = 0;
        let enough = |segment: &Segment| {
            taken += segment.size();
            taken >= size
        };
        let count = self.segments.iter().position(enough).map_or(self.segments.len(), |last| last + 1);
        let rest = self.segments.split_off(count);
        let mut front = std::mem::take(self);
        for segment in rest {
            self.records += segment.len();
            self.size += segment.size();
            self.segments.push(segment);
        }
        // What was in order stays so in both parts.
        self.unordered = front.unordered;
        if self.records > 0 {
            self.sequence = std::mem::take(&mut front.sequence);
        }
        front.records -= self.records;
        front.size -= self.size;
        front
    }

    /// Number of records.
    pub fn records(&self) -> usize {
        self.records
    }

    /// Bytes of the records.
    pub fn size(&self) -> usize {
        self.size
    }

    /// True if the records are in order as they are.
    pub fn is_ordered(&self) -> bool {
        !self.unordered
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
        self.segments[segment].prefixes()[index]
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

    /// The places of all records, in the order in which they came.
    pub fn places(&self) -> Vec<Place> {
        let segments = self.segments.iter().enumerate();
        segments
            .flat_map(|(number, segment)| (0..segment.len()).map(move |index| place(number, index)))
            .collect()
    }

    /// Appends the key of a record.
    pub fn append_key(&self, place: Place, keys: &mut Keys) {
        let (segment, index) = split(place);
        self.segments[segment].append_key(index, keys);
    }

    /// No keys, of the width of this bucket's.
    pub fn no_keys(&self, capacity: usize) -> Keys {
        self.segments.first().map(|segment| segment.no_keys(capacity)).unwrap_or_default()
    }

    /// Stretches of records in the order in which they came, each about so many bytes.
    pub fn stretches(&self, bytes: usize) -> Vec<(usize, Range<usize>)> {
        let mut stretches = Vec::new();
        for (number, segment) in self.segments.iter().enumerate() {
            let typical = (segment.size() / segment.len().max(1)).max(1);
            let count = (bytes / typical).max(1);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A bucket that nobody expected to become so large still tells all its records apart.
    #[test]
    fn segments_grow_with_their_bucket() {
        let mut supply = Supply { segment_bytes: 40, spare: Vec::new() };
        let mut bucket = Bucket::unordered();
        let records = SEGMENTS_MAX as u128 + 20_000;
        for key in 0..records {
            let mut block = Block::with_capacity(Some(16), 16);
            block.push(&key.to_be_bytes());
            bucket.push_some(&KeyedBlock { block, keys: Keys::narrow(vec![key]) }, &[0], &mut supply);
        }
        assert!(!bucket.is_full());
        assert!(bucket.places().into_iter().map(|place| bucket.prefix(place)).eq(0..records));
        assert!(
            bucket
                .places()
                .into_iter()
                .zip(0..)
                .all(|(place, key)| *bucket.record(place) == u128::to_be_bytes(key))
        );
    }

    /// Memory of small segments is not kept beside the larger ones that are needed now.
    #[test]
    fn small_segments_are_given_up_for_larger_ones() {
        let spare = (0..10).map(|_| Segment::new(100)).collect();
        let mut supply = Supply { segment_bytes: 100, spare };
        assert_eq!(supply.take(350).capacity(), 350);
        assert_eq!(supply.spare.len(), 6);
        assert_eq!(supply.take(100).capacity(), 100);
        assert_eq!(supply.spare.len(), 5);
    }

    /// Blocks that are larger than a segment are taken whole; their memory goes when their records do.
    #[test]
    fn blocks_do_not_pile_up() {
        let mut supply = Supply { segment_bytes: 1 << 10, spare: Vec::new() };
        for _ in 0..20 {
            let mut block = Block::with_capacity(Some(100), 4 << 10);
            (0..40).for_each(|byte| block.push(&[byte; 100]));
            let mut bucket = Bucket::default();
            bucket.push_block(KeyedBlock { block, keys: Keys::narrow((0..40).collect()) }, &mut supply);
            assert_eq!(bucket.records(), 40);
            supply.give_back(bucket.segments.into_iter());
            assert_eq!(supply.spare.len(), 0);
        }
    }
}
