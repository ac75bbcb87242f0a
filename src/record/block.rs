//! Many records in one buffer: the unit in which data flows.

use xxhash_rust::xxh3::xxh3_64;

use super::view::Origin;

/// A buffer of whole records.
///
/// Records keep their bytes where they were read; dropping some of them (a filter) only notes which ones are left, so
/// the number and the file offset of every remaining record are still known when it has to be complained about.
#[derive(Clone, Debug)]
pub struct Block {
    bytes: Vec<u8>,
    bounds: Bounds,
    kept: Option<Vec<u32>>,
    first_number: u64,
    file_offset: u64,
}

#[derive(Clone, Debug)]
enum Bounds {
    /// Every record has this length.
    Fixed(usize),
    /// Start and end of each record in the buffer.
    Spans(Vec<(u32, u32)>),
}

impl Block {
    /// The size readers aim at.
    pub const SIZE: usize = 1 << 20;

    /// A block of fixed-length records from a buffer of whole ones. `first_number` is the number of the first record
    /// (from 1) and `file_offset` its place in the file.
    pub fn fixed(bytes: Vec<u8>, length: usize, first_number: u64, file_offset: u64) -> Self {
        debug_assert!(length > 0 && bytes.len().is_multiple_of(length));
        Block { bytes, bounds: Bounds::Fixed(length.max(1)), kept: None, first_number, file_offset }
    }

    /// A block of records at the given places of a buffer.
    pub fn spans(bytes: Vec<u8>, spans: Vec<(u32, u32)>, first_number: u64, file_offset: u64) -> Self {
        Block { bytes, bounds: Bounds::Spans(spans), kept: None, first_number, file_offset }
    }

    /// An empty block to push records into; `fixed_length` if they all have one.
    pub fn empty(fixed_length: Option<usize>) -> Self {
        Self::with_capacity(fixed_length, 0)
    }

    /// An empty block with room for this many bytes.
    pub fn with_capacity(fixed_length: Option<usize>, capacity: usize) -> Self {
        let bounds = fixed_length
            .filter(|length| *length > 0)
            .map_or_else(|| Bounds::Spans(Vec::new()), Bounds::Fixed);
        Block { bytes: Vec::with_capacity(capacity), bounds, kept: None, first_number: 1, file_offset: 0 }
    }

    /// Appends a record. In a fixed-length block it must have that length.
    #[inline]
    pub fn push(&mut self, record: &[u8]) {
        if let Bounds::Spans(spans) = &mut self.bounds {
            let start = self.bytes.len() as u32;
            spans.push((start, start + record.len() as u32));
        } else {
            debug_assert!(matches!(self.bounds, Bounds::Fixed(length) if length == record.len()));
        }
        self.bytes.extend_from_slice(record);
    }

    /// Number of records left.
    #[inline]
    pub fn len(&self) -> usize {
        self.kept.as_ref().map_or_else(|| self.len_read(), Vec::len)
    }

    /// True if no record is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the buffer.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The records left, in order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.at(self.slot(index)))
    }

    /// The records left with their slots.
    pub fn slots(&self) -> impl Iterator<Item = (u32, &[u8])> {
        (0..self.len()).map(|index| {
            let slot = self.slot(index);
            (slot, self.at(slot))
        })
    }

    /// The record in a slot, kept or not.
    #[inline]
    pub fn at(&self, slot: u32) -> &[u8] {
        let slot = slot as usize;
        match &self.bounds {
            Bounds::Fixed(length) => &self.bytes[slot * length..(slot + 1) * length],
            Bounds::Spans(spans) => {
                let (start, end) = spans[slot];
                &self.bytes[start as usize..end as usize]
            }
        }
    }

    /// Number of the record in a slot, from 1, as counted in its dataset.
    pub fn number(&self, slot: u32) -> u64 {
        self.first_number + u64::from(slot)
    }

    /// File offset of the record in a slot. For variable records this is the first byte after its descriptor word.
    pub fn offset(&self, slot: u32) -> u64 {
        let start = match &self.bounds {
            Bounds::Fixed(length) => slot as usize * length,
            Bounds::Spans(spans) => spans.get(slot as usize).map_or(0, |span| span.0 as usize),
        };
        self.file_offset + start as u64
    }

    /// Where the record in a slot comes from, for messages about it.
    pub fn origin<'a>(&self, dataset: &'a str, slot: u32) -> Origin<'a> {
        Origin { dataset, record: Some(self.number(slot)), offset: Some(self.offset(slot)) }
    }

    /// Keeps the records of a dataset for which `keep` holds. Stops at the first error.
    pub fn retain<E>(
        &mut self,
        dataset: &str,
        mut keep: impl FnMut(Origin<'_>, &[u8]) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut kept = Vec::with_capacity(self.len());
        for (slot, record) in self.slots() {
            if keep(self.origin(dataset, slot), record)? {
                kept.push(slot);
            }
        }
        if kept.len() < self.len_read() {
            self.kept = Some(kept);
        }
        Ok(())
    }

    /// Sum of the hashes of the records left: the same for any order of them, another if one is lost, doubled or altered.
    pub fn fingerprint(&self) -> u64 {
        self.records().fold(0, |sum, record| sum.wrapping_add(xxh3_64(record)))
    }

    /// The whole buffer, if every record of it is left and they lie end to end.
    pub fn contiguous(&self) -> Option<&[u8]> {
        match (&self.bounds, &self.kept) {
            (Bounds::Fixed(_), None) => Some(&self.bytes),
            _ => None,
        }
    }

    #[inline]
    fn slot(&self, index: usize) -> u32 {
        self.kept.as_ref().map_or(index as u32, |kept| kept[index])
    }

    fn len_read(&self) -> usize {
        match &self.bounds {
            Bounds::Fixed(length) => self.bytes.len() / length,
            Bounds::Spans(spans) => spans.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filtered_records_keep_number_and_offset() {
        let mut block = Block::fixed(b"aabbccdd".to_vec(), 2, 101, 200);
        block.retain("T", |_, record| Ok::<_, ()>(record != b"bb")).unwrap();
        block.retain("T", |_, record| Ok::<_, ()>(record != b"cc")).unwrap();
        let left: Vec<_> =
            block.slots().map(|(slot, r)| (block.number(slot), block.offset(slot), r.to_vec())).collect();
        assert_eq!(left, [(101, 200, b"aa".to_vec()), (104, 206, b"dd".to_vec())]);
        assert!(block.contiguous().is_none());
    }

    #[test]
    fn variable_records_may_be_empty() {
        let mut block = Block::empty(None);
        for record in [b"abc".as_slice(), b"", b"d"] {
            block.push(record);
        }
        assert_eq!(block.records().collect::<Vec<_>>(), [b"abc".as_slice(), b"", b"d"]);
    }
}
