//! Many records in one buffer: the unit in which data flows.

use std::ops::Range;
use std::sync::Arc;

use super::buffer::Buffer;
use super::frame::{Frame, Pieces};
use super::ordered::OrderedHash;
use super::view::{Above, Origin};
use crate::sys::cost::HASHING;
use crate::sys::hash::xxh3_64;

/// A buffer of whole records.
///
/// Records keep their bytes where they were read; dropping some of them (a filter) only notes which ones are left, so
/// the number and the file offset of every remaining record are still known when it has to be complained about.
#[derive(Clone, Debug)]
pub struct Block {
    bytes: Buffer,
    bounds: Bounds,
    frames: Frames,
    kept: Option<Vec<u32>>,
    /// For each slot the records above it in a hierarchy; empty if nobody asked.
    above: Vec<Arc<Above>>,
    first_number: u64,
    file_offset: u64,
    /// If they have been noted and nothing has changed since.
    noted: Option<Box<Noted>>,
}

/// Hashes of the records left.
#[derive(Clone, Copy, Debug)]
struct Noted {
    fingerprint: u64,
    ordered: Option<OrderedHash>,
}

#[derive(Clone, Debug)]
enum Bounds {
    /// Every record has this length.
    Fixed(usize),
    /// Start and end of each record in the buffer.
    Spans(Vec<(u32, u32)>),
}

/// Where the frame of each record is: the bytes of the file that are not data.
#[derive(Clone, Debug)]
enum Frames {
    /// In the buffer, before the data, back to the record before.
    Before,
    /// In the buffer, around the data; each reaches to this end.
    Around(Vec<u32>),
    /// In a buffer that holds the file's bytes apart from the records.
    Apart(Box<Apart>),
}

/// The file's bytes for records that do not lie in the file as they are: assembled from segments, or padded.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    /// The bytes of the file.
    pub raw: Vec<u8>,
    /// Start and end of each piece of data in `raw`.
    pub pieces: Vec<(u32, u32)>,
    /// For each record: pieces up to and with its last one, and the end of its frame in `raw`.
    pub ends: Vec<(u32, u32)>,
}

impl Block {
    /// The size readers aim at.
    pub const SIZE: usize = 1 << 20;

    /// A block of fixed-length records from a buffer of whole ones. `first_number` is the number of the first record
    /// (from 1) and `file_offset` its place in the file.
    pub fn fixed(bytes: Vec<u8>, length: usize, first_number: u64, file_offset: u64) -> Self {
        debug_assert!(length > 0 && bytes.len().is_multiple_of(length));
        Self::new(bytes, Bounds::Fixed(length.max(1)), Frames::Before, first_number, file_offset)
    }

    /// A block of records at the given places of a buffer.
    pub fn spans(bytes: Vec<u8>, spans: Vec<(u32, u32)>, first_number: u64, file_offset: u64) -> Self {
        Self::new(bytes, Bounds::Spans(spans), Frames::Before, first_number, file_offset)
    }

    /// As `spans`, where the frame of each record goes on behind its data, to the end given for it.
    pub fn framed(
        bytes: Vec<u8>,
        spans: Vec<(u32, u32)>,
        ends: Vec<u32>,
        first_number: u64,
        file_offset: u64,
    ) -> Self {
        debug_assert_eq!(spans.len(), ends.len());
        Self::new(bytes, Bounds::Spans(spans), Frames::Around(ends), first_number, file_offset)
    }

    /// A block of records that lie otherwise in the file: end to end in `bytes`, each of `fixed_length` or else as long
    /// as its pieces.
    pub fn apart(
        bytes: Vec<u8>,
        fixed_length: Option<usize>,
        apart: Apart,
        first_number: u64,
        file_offset: u64,
    ) -> Self {
        let bounds = match fixed_length {
            Some(length) => Bounds::Fixed(length.max(1)),
            None => Bounds::Spans(end_to_end(&apart)),
        };
        Self::new(bytes, bounds, Frames::Apart(Box::new(apart)), first_number, file_offset)
    }

    fn new(bytes: Vec<u8>, bounds: Bounds, frames: Frames, first_number: u64, file_offset: u64) -> Self {
        let above = Vec::new();
        Block {
            bytes: Buffer::from(bytes),
            bounds,
            frames,
            kept: None,
            above,
            first_number,
            file_offset,
            noted: None,
        }
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
        Self::new(Buffer::take(capacity), bounds, Frames::Before, 1, 0)
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
        self.noted = None;
    }

    /// Appends a record that lies in two pieces, to a block of records of any length.
    #[inline]
    pub fn push_joined(&mut self, front: &[u8], back: &[u8]) {
        if let Bounds::Spans(spans) = &mut self.bounds {
            let start = self.bytes.len() as u32;
            spans.push((start, start + (front.len() + back.len()) as u32));
        }
        self.bytes.extend_from_slice(front);
        self.bytes.extend_from_slice(back);
        self.noted = None;
    }

    /// The same records with the word before each as part of it, if each has there what `word` says for its length. Gives
    /// the block back as it is if not. Frames of the result mean nothing.
    #[expect(clippy::result_large_err, reason = "the block itself is given back")]
    pub fn with_words(mut self, word: impl Fn(usize) -> Option<[u8; 4]>) -> std::result::Result<Self, Self> {
        let lies_before = |bytes: &[u8], &(start, end): &(u32, u32)| {
            let (start, length) = (start as usize, (end - start) as usize);
            let before = start.checked_sub(4).and_then(|from| bytes.get(from..start));
            before.is_some_and(|before| word(length).is_some_and(|word| word == before))
        };
        match (&mut self.bounds, &self.frames) {
            (Bounds::Spans(spans), Frames::Before)
                if spans.iter().all(|span| lies_before(&self.bytes, span)) =>
            {
                spans.iter_mut().for_each(|span| span.0 -= 4);
                self.noted = None;
                Ok(self)
            }
            _ => Err(self),
        }
    }

    /// Appends records of another block, which are as this block takes them.
    pub fn push_range(&mut self, other: &Block, range: Range<usize>) {
        match (&self.bounds, &other.bounds, &other.kept) {
            (Bounds::Fixed(length), Bounds::Fixed(same), None) if length == same => {
                self.bytes.extend_from_slice(&other.bytes[range.start * length..range.end * length]);
                self.noted = None;
            }
            _ => range.for_each(|index| self.push(other.record(index))),
        }
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

    /// Bytes of memory taken, as far as it grows with the records.
    pub fn memory(&self) -> usize {
        let bounds = match &self.bounds {
            Bounds::Fixed(_) => 0,
            Bounds::Spans(spans) => spans.capacity() * size_of::<(u32, u32)>(),
        };
        let frames = match &self.frames {
            Frames::Before => 0,
            Frames::Around(ends) => ends.capacity() * size_of::<u32>(),
            Frames::Apart(apart) => {
                apart.raw.capacity()
                    + (apart.pieces.capacity() + apart.ends.capacity()) * size_of::<(u32, u32)>()
            }
        };
        let kept = self.kept.as_ref().map_or(0, |kept| kept.capacity() * size_of::<u32>());
        self.bytes.capacity() + bounds + frames + kept
    }

    /// The record left at this place among those left.
    #[inline]
    pub fn record(&self, index: usize) -> &[u8] {
        self.at(self.slot(index))
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

    /// The same block where its first record has this number in its dataset.
    #[must_use]
    pub fn numbered_from(self, first_number: u64) -> Block {
        let file_offset = match self.bounds {
            Bounds::Fixed(length) => (first_number - 1) * length as u64,
            Bounds::Spans(_) => self.file_offset,
        };
        Block { first_number, file_offset, ..self }
    }

    /// Number of the record in a slot, from 1, as counted in its dataset.
    pub fn number(&self, slot: u32) -> u64 {
        self.first_number + u64::from(slot)
    }

    /// File offset of the record in a slot. For variable records this is the first byte after its descriptor word.
    pub fn offset(&self, slot: u32) -> u64 {
        let start = match (&self.frames, &self.bounds) {
            (Frames::Apart(apart), _) => apart.pieces_of(slot).first().map_or(0, |piece| piece.0 as usize),
            (_, Bounds::Fixed(length)) => slot as usize * length,
            (_, Bounds::Spans(spans)) => spans.get(slot as usize).map_or(0, |span| span.0 as usize),
        };
        self.file_offset + start as u64
    }

    /// What lies in the file around the record in a slot, kept or not.
    pub fn frame(&self, slot: u32) -> Frame<'_> {
        let start = slot.checked_sub(1).map_or(0, |before| self.frame_end(before));
        let end = self.frame_end(slot);
        match (&self.frames, &self.bounds) {
            (Frames::Apart(apart), _) => {
                Frame::new(&apart.raw, start, end, Pieces::Many(apart.pieces_of(slot)))
            }
            (_, Bounds::Fixed(_)) => {
                Frame::new(&self.bytes, start, end, Pieces::One((start as u32, end as u32)))
            }
            (_, Bounds::Spans(spans)) => {
                Frame::new(&self.bytes, start, end, Pieces::One(spans[slot as usize]))
            }
        }
    }

    /// The bytes of the file behind the last record's frame: the end of the file, or what was skipped before a record
    /// of the next block. All of the block, if no record was found in it.
    pub fn tail(&self) -> &[u8] {
        let raw = match &self.frames {
            Frames::Apart(apart) => &apart.raw,
            _ => &self.bytes,
        };
        let end = (self.len_read() as u32).checked_sub(1).map_or(0, |last| self.frame_end(last));
        &raw[end..]
    }

    /// Where the frame of a record ends in the bytes of the file.
    fn frame_end(&self, slot: u32) -> usize {
        match (&self.frames, &self.bounds) {
            (Frames::Apart(apart), _) => apart.ends[slot as usize].1 as usize,
            (Frames::Around(ends), _) => ends[slot as usize] as usize,
            (Frames::Before, Bounds::Fixed(length)) => (slot as usize + 1) * length,
            (Frames::Before, Bounds::Spans(spans)) => spans[slot as usize].1 as usize,
        }
    }

    /// Where the record in a slot comes from, for messages about it.
    pub fn origin<'a>(&'a self, dataset: &'a str, slot: u32) -> Origin<'a> {
        let above = self.above.get(slot as usize).map(AsRef::as_ref);
        Origin { dataset, record: Some(self.number(slot)), offset: Some(self.offset(slot)), above }
    }

    /// Notes for every record read, in order, the records above it in a hierarchy.
    pub fn set_above(&mut self, above: Vec<Arc<Above>>) {
        self.above = above;
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
        if kept.len() < self.len() {
            self.kept = Some(kept);
            self.noted = None;
        }
        Ok(())
    }

    /// Sum of the hashes of the records left: the same for any order of them, another if one is lost, doubled or altered.
    pub fn fingerprint(&self) -> u64 {
        match &self.noted {
            Some(noted) => noted.fingerprint,
            None => fingerprint_of(self.records()),
        }
    }

    /// Computes the fingerprint now, while the records are at hand, for all who will ask for it.
    pub fn note_fingerprint(&mut self) {
        if self.noted.is_none() {
            self.noted = Some(Box::new(Noted { fingerprint: self.fingerprint(), ordered: None }));
        }
    }

    /// Hash of the records left that knows their order.
    pub fn ordered_hash(&self) -> OrderedHash {
        let noted = self.noted.as_ref().and_then(|noted| noted.ordered);
        noted.unwrap_or_else(|| self.ordered_hash_of(0..self.len()))
    }

    /// The same of those at these places among them.
    pub fn ordered_hash_of(&self, range: Range<usize>) -> OrderedHash {
        let mut hash = OrderedHash::default();
        HASHING.of(|| range.for_each(|index| hash.push(xxh3_64(self.record(index)))));
        hash
    }

    /// As `note_fingerprint`, with the hash that knows the order.
    pub fn note_hashes(&mut self) {
        let (mut sum, mut ordered) = (0u64, OrderedHash::default());
        HASHING.of(|| {
            for record in self.records() {
                let hash = xxh3_64(record);
                sum = sum.wrapping_add(hash);
                ordered.push(hash);
            }
        });
        self.noted = Some(Box::new(Noted { fingerprint: sum, ordered: Some(ordered) }));
    }

    /// The buffer of a block, to be filled anew or kept.
    pub fn into_buffer(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes)
    }

    /// The length of every record, if the block is one of fixed-length records.
    pub fn fixed_length(&self) -> Option<usize> {
        match self.bounds {
            Bounds::Fixed(length) => Some(length),
            Bounds::Spans(_) => None,
        }
    }

    /// The whole buffer, if every record of it is left and they lie end to end.
    pub fn contiguous(&self) -> Option<&[u8]> {
        match (&self.bounds, &self.kept) {
            (Bounds::Fixed(_), None) => Some(&self.bytes),
            _ => None,
        }
    }

    /// The slot of the record at this place among those left.
    #[inline]
    pub fn slot(&self, index: usize) -> u32 {
        self.kept.as_ref().map_or(index as u32, |kept| kept[index])
    }

    fn len_read(&self) -> usize {
        match &self.bounds {
            Bounds::Fixed(length) => self.bytes.len() / length,
            Bounds::Spans(spans) => spans.len(),
        }
    }
}

impl Apart {
    fn pieces_of(&self, slot: u32) -> &[(u32, u32)] {
        let first = slot.checked_sub(1).map_or(0, |before| self.ends[before as usize].0 as usize);
        &self.pieces[first..self.ends[slot as usize].0 as usize]
    }
}

/// Start and end of each record when the pieces of all are laid end to end.
fn end_to_end(apart: &Apart) -> Vec<(u32, u32)> {
    let mut at = 0;
    let span = |slot| {
        let start = at;
        at += apart.pieces_of(slot).iter().map(|(start, end)| end - start).sum::<u32>();
        (start, at)
    };
    (0..apart.ends.len() as u32).map(span).collect()
}

/// Sum of the hashes of records: the same for any order of them, another if one is lost, doubled or altered.
pub fn fingerprint_of<'r>(records: impl Iterator<Item = &'r [u8]>) -> u64 {
    HASHING.of(|| records.fold(0u64, |sum, record| sum.wrapping_add(xxh3_64(record))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of the file, put together from frames and data.
    fn rebuilt(block: &Block) -> Vec<u8> {
        let mut file = Vec::new();
        for slot in 0..block.len_read() as u32 {
            let frame = block.frame(slot);
            frame.parts().for_each(|(bytes, data)| file.extend([bytes, data].concat()));
            file.extend(frame.after());
        }
        file.extend(block.tail());
        file
    }

    #[test]
    fn frames_and_data_are_the_file() {
        let lines = Block::framed(b"ab\n\ncd\n\x1A".to_vec(), vec![(0, 2), (4, 6)], vec![3, 7], 1, 0);
        assert_eq!(rebuilt(&lines), b"ab\n\ncd\n\x1A");
        assert_eq!(lines.frame(1).parts().next().unwrap(), (&b"\n"[..], &b"cd"[..]));
        assert_eq!((lines.frame(1).after(), lines.tail()), (&b"\n"[..], &b"\x1A"[..]));
        let words = Block::spans(b"<1>a<2>bc".to_vec(), vec![(3, 4), (7, 9)], 1, 0);
        assert_eq!(rebuilt(&words), b"<1>a<2>bc");
        let raw = b"<1>a<2>bc<3>d!".to_vec();
        let apart = Apart { raw, pieces: vec![(3, 4), (7, 9), (12, 13)], ends: vec![(2, 9), (3, 13)] };
        let segments = Block::apart(b"abcd".to_vec(), None, apart, 1, 100);
        assert_eq!(segments.records().collect::<Vec<_>>(), [&b"abc"[..], &b"d"[..]]);
        assert_eq!((segments.offset(1), rebuilt(&segments)), (112, b"<1>a<2>bc<3>d!".to_vec()));
        assert_eq!(rebuilt(&Block::fixed(b"aabb".to_vec(), 2, 1, 0)), b"aabb");
        assert_eq!(Block::spans(b"head".to_vec(), Vec::new(), 1, 0).tail(), b"head");
    }

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
