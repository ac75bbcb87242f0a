//! Records with their keys, end to end in buffers that are used again.

use super::proof::Proof;
use crate::key::{KeyedBlock, Keys};
use crate::record::Block;

/// Bytes of the prefix of a key.
const PREFIX: usize = size_of::<u128>();

/// As many records as its buffer holds.
#[derive(Debug)]
pub(super) struct Segment {
    bytes: Vec<u8>,
    prefixes: Vec<u128>,
    /// What lies behind the first 128 bits of each key.
    rests: Vec<u8>,
    rest_length: usize,
    bounds: Bounds,
    /// True if its buffer came with a block.
    adopted: bool,
}

/// The length of every record, or where each ends.
#[derive(Debug)]
enum Bounds {
    Fixed(usize),
    Ends(Vec<u32>),
}

impl Segment {
    /// An empty segment with room for so many bytes of records.
    pub fn new(capacity: usize) -> Segment {
        Segment {
            bytes: Vec::with_capacity(capacity),
            prefixes: Vec::new(),
            rests: Vec::new(),
            rest_length: 0,
            bounds: Bounds::Fixed(0),
            adopted: false,
        }
    }

    /// A segment that is a block whose records lie end to end, without copying it. The block comes back if it is none.
    pub fn of_block(keyed: KeyedBlock) -> Result<Segment, Box<KeyedBlock>> {
        let Some(length) = keyed.block.fixed_length().filter(|_| keyed.block.contiguous().is_some()) else {
            return Err(Box::new(keyed));
        };
        let (prefixes, rests, rest_length) = keyed.keys.into_parts();
        let bytes = keyed.block.into_buffer();
        Ok(Segment { bytes, prefixes, rests, rest_length, bounds: Bounds::Fixed(length), adopted: true })
    }

    /// Its records as a block, without copying them. If they are hashed, then anew: that tells if bytes have changed meanwhile.
    pub fn into_block(self, proof: Proof) -> KeyedBlock {
        let mut block = match self.bounds {
            Bounds::Fixed(length) => Block::fixed(self.bytes, length, 1, 0),
            Bounds::Ends(ends) => {
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let spans = starts.zip(ends.iter().copied()).collect();
                Block::spans(self.bytes, spans, 1, 0)
            }
        };
        proof.seal(&mut block);
        KeyedBlock { block, keys: Keys::of_parts(self.prefixes, self.rests, self.rest_length) }
    }

    /// True if it is the buffer of a block, and not one that will be filled again.
    pub fn is_adopted(&self) -> bool {
        self.adopted
    }

    /// Bytes of records that it can hold.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// True if a record of so many bytes fits.
    #[inline]
    pub fn fits(&self, bytes: usize) -> bool {
        bytes <= self.bytes.capacity() - self.bytes.len()
    }

    /// Appends a record that fits: that at this place of its block.
    #[inline]
    pub fn push(&mut self, keyed: &KeyedBlock, index: usize, record: &[u8]) {
        if self.prefixes.is_empty() {
            self.begin(keyed, record.len());
        }
        self.bytes.extend_from_slice(record);
        match &mut self.bounds {
            Bounds::Fixed(length) if *length == record.len() => {}
            Bounds::Fixed(length) => {
                // A record of another length makes all ends be kept.
                let mut ends: Vec<u32> =
                    (1..=self.prefixes.len()).map(|record| (record * *length) as u32).collect();
                ends.push(self.bytes.len() as u32);
                self.bounds = Bounds::Ends(ends);
            }
            Bounds::Ends(ends) => ends.push(self.bytes.len() as u32),
        }
        self.prefixes.push(keyed.keys.prefixes()[index]);
        if self.rest_length > 0 {
            self.rests.extend_from_slice(keyed.keys.rest(index));
        }
    }

    fn begin(&mut self, keyed: &KeyedBlock, length: usize) {
        self.rest_length = keyed.keys.rest(0).len();
        let typical = keyed.block.fixed_length().unwrap_or(64).max(1);
        self.prefixes.reserve(self.bytes.capacity() / typical);
        self.bounds = match keyed.block.fixed_length() {
            Some(_) if length > 0 => Bounds::Fixed(length),
            _ => Bounds::Ends(Vec::with_capacity(self.bytes.capacity() / typical)),
        };
    }

    /// Forgets its records; the memory stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.prefixes.clear();
        self.rests.clear();
    }

    /// Number of records.
    #[inline]
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Bytes of the records.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The length of every record, if they all have one.
    pub fn fixed_length(&self) -> Option<usize> {
        match self.bounds {
            Bounds::Fixed(length) => Some(length),
            Bounds::Ends(_) => None,
        }
    }

    /// A record.
    #[inline]
    pub fn record(&self, index: usize) -> &[u8] {
        match &self.bounds {
            Bounds::Fixed(length) => &self.bytes[index * length..(index + 1) * length],
            Bounds::Ends(ends) => {
                let start = index.checked_sub(1).map_or(0, |before| ends[before]);
                &self.bytes[start as usize..ends[index] as usize]
            }
        }
    }

    /// The first 128 bits of each key.
    #[inline]
    pub fn prefixes(&self) -> &[u128] {
        &self.prefixes
    }

    /// What lies behind the first 128 bits of a record's key.
    #[inline]
    pub fn rest(&self, index: usize) -> &[u8] {
        &self.rests[index * self.rest_length..(index + 1) * self.rest_length]
    }

    /// True if the first 128 bits are all of a key.
    #[inline]
    pub fn is_narrow(&self) -> bool {
        self.rest_length == 0
    }

    /// No keys, of the width of this segment's.
    pub fn no_keys(&self, capacity: usize) -> Keys {
        Keys::with_capacity(capacity, PREFIX + self.rest_length)
    }

    /// Appends a key to others of the same width.
    #[inline]
    pub fn append_key(&self, index: usize, keys: &mut Keys) {
        keys.push_parts(self.prefixes[index], self.rest(index));
    }
}

/// Bytes that the records of a block take in segments: themselves, their keys, and a place for each in a list.
pub(super) fn memory_of(keyed: &KeyedBlock) -> usize {
    let records = keyed.block.len();
    if records == 0 {
        return 0;
    }
    let (bytes, place) = match keyed.block.fixed_length() {
        Some(length) => (length * records, size_of::<u32>()),
        None => (keyed.block.records().map(<[u8]>::len).sum::<usize>(), size_of::<u32>() * 2),
    };
    bytes + records * (PREFIX + keyed.keys.rest(0).len() + place)
}
