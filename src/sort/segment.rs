//! Records with their keys, end to end in large buffers that are used again.

use crate::key::{KeyedBlock, Keys};

/// Bytes of the prefix of a key.
const PREFIX: usize = size_of::<u128>();

/// A part of a chunk: as many records as its buffer holds.
#[derive(Debug)]
pub(super) struct Segment {
    bytes: Vec<u8>,
    prefixes: Vec<u128>,
    /// What lies behind the first 128 bits of each key.
    rests: Vec<u8>,
    rest_length: usize,
    records: usize,
    /// The length of every record, or where each ends.
    bounds: Bounds,
}

#[derive(Debug)]
enum Bounds {
    Fixed(usize),
    Ends(Vec<usize>),
}

impl Segment {
    /// An empty segment with room for so many bytes of records.
    pub fn new(capacity: usize) -> Segment {
        Segment {
            bytes: Vec::with_capacity(capacity),
            // Of shorter records fewer bytes fit: the segment is full when either buffer is.
            prefixes: Vec::with_capacity((capacity / 32).max(64)),
            rests: Vec::new(),
            rest_length: 0,
            records: 0,
            bounds: Bounds::Fixed(0),
        }
    }

    /// True if a block fits.
    pub fn fits(&self, keyed: &KeyedBlock) -> bool {
        let bytes: usize = match keyed.block.fixed_length() {
            Some(length) => length * keyed.block.len(),
            None => keyed.block.records().map(<[u8]>::len).sum(),
        };
        bytes <= self.bytes.capacity() - self.bytes.len()
            && keyed.block.len() <= self.prefixes.capacity() - self.prefixes.len()
    }

    /// Appends the records of a block that fits.
    pub fn push(&mut self, keyed: &KeyedBlock) {
        if self.records == 0 {
            self.rest_length = if keyed.keys.are_narrow() { 0 } else { keyed.keys.rest(0).len() };
            self.bounds = keyed.block.fixed_length().map_or_else(|| Bounds::Ends(Vec::new()), Bounds::Fixed);
        }
        self.loosen(keyed);
        match (keyed.block.contiguous(), &mut self.bounds) {
            (Some(bytes), Bounds::Fixed(_)) => self.bytes.extend_from_slice(bytes),
            (_, Bounds::Fixed(_)) => {
                keyed.block.records().for_each(|record| self.bytes.extend_from_slice(record));
            }
            (_, Bounds::Ends(ends)) => keyed.block.records().for_each(|record| {
                self.bytes.extend_from_slice(record);
                ends.push(self.bytes.len());
            }),
        }
        self.prefixes.extend_from_slice(keyed.keys.prefixes());
        if self.rest_length > 0 {
            (0..keyed.keys.len()).for_each(|index| self.rests.extend_from_slice(keyed.keys.rest(index)));
        }
        self.records += keyed.block.len();
    }

    /// Records of another length make all ends be kept.
    fn loosen(&mut self, keyed: &KeyedBlock) {
        if let Bounds::Fixed(length) = self.bounds
            && keyed.block.fixed_length() != Some(length)
        {
            self.bounds = Bounds::Ends((1..=self.records).map(|record| record * length).collect());
        }
    }

    /// Forgets its records; the memory stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.prefixes.clear();
        self.rests.clear();
        self.records = 0;
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records
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
            Bounds::Ends(ends) => &self.bytes[index.checked_sub(1).map_or(0, |before| ends[before])..ends[index]],
        }
    }

    /// The first 128 bits of a record's key.
    #[inline]
    pub fn prefix(&self, index: usize) -> u128 {
        self.prefixes[index]
    }

    /// The first 128 bits of each key.
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
    pub fn append_key(&self, index: usize, keys: &mut Keys) {
        keys.push_parts(self.prefix(index), self.rest(index));
    }
}

/// Bytes that the records of a block take in a segment: themselves, their keys, and a place for each in a list that may have
/// grown too far.
pub(super) fn memory_of(keyed: &KeyedBlock) -> usize {
    let records = keyed.block.len();
    let bytes = match keyed.block.fixed_length() {
        Some(length) => length * records,
        None => keyed.block.records().map(<[u8]>::len).sum::<usize>() + records * size_of::<usize>() * 2,
    };
    let rest = if keyed.keys.are_narrow() || records == 0 { 0 } else { keyed.keys.rest(0).len() };
    bytes + records * (PREFIX + rest + size_of::<super::chunk::Place>() * 2)
}
