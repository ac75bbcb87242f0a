//! What pairing finds: records beside each other that have to be looked at, and how many need not be.

use std::ops::Range;

use super::side::Which;

/// A record and its number in its dataset, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its number.
    pub number: u64,
}

/// What is known of an entry beside its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Nothing.
    Plain,
    /// The same record at another place of the file.
    Moved,
    /// The same record at another place among those of its key.
    OrderOfEqualKeys,
    /// A record without a partner of which there is another one with a partner.
    Duplicate,
    /// Two records without partners that look like one that was changed: they are counted as unpaired.
    Likely,
}

/// Records beside each other.
#[derive(Clone, Debug)]
pub struct Entry {
    left: Option<(u64, Range<usize>)>,
    right: Option<(u64, Range<usize>)>,
    /// What else is known.
    pub tag: Tag,
}

/// Records to be looked at, in the order of pairing.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Pairs beside them whose bytes are equal.
    pub equal: u64,
}

/// Bytes of a batch that make it full.
const FULL: usize = 1 << 19;

impl Batch {
    /// Appends an entry.
    pub fn push(&mut self, left: Option<Numbered<'_>>, right: Option<Numbered<'_>>, tag: Tag) {
        let mut put = |record: Option<Numbered<'_>>| {
            record.map(|record| {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(record.bytes);
                (record.number, start..self.bytes.len())
            })
        };
        let (left, right) = (put(left), put(right));
        self.entries.push(Entry { left, right, tag });
    }

    /// Appends a record without a partner.
    pub fn push_alone(&mut self, which: Which, record: Numbered<'_>, tag: Tag) {
        match which {
            Which::Left => self.push(Some(record), None, tag),
            Which::Right => self.push(None, Some(record), tag),
        }
    }

    /// True if it is time to pass it on.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// True if nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.equal == 0
    }

    /// The entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The records of an entry.
    pub fn records(&self, entry: &Entry) -> (Option<Numbered<'_>>, Option<Numbered<'_>>) {
        let of = |place: &Option<(u64, Range<usize>)>| {
            place
                .as_ref()
                .map(|(number, range)| Numbered { bytes: &self.bytes[range.clone()], number: *number })
        };
        (of(&entry.left), of(&entry.right))
    }
}
