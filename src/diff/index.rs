//! A list of all records that differ, for a page: key, numbers, and what differs, packed as it is made. The page holds the bytes of some
//! records; by this list all are found.
//!
//! A line for each record, then compressed: how many characters of the key are those of the key before (one character, from [`FROM`]
//! on), the rest of the key, a tab, by how much the number of ours is larger than the last one of ours, a tab, by how much the number of
//! theirs, less the last one of ours, is larger than the same the last time, a tab, which set of fields and causes. `-` stands for a record
//! that is not there. So lines of records that follow each other are the same but for their keys.

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::compare::Comparer;
use super::engine::Difference;
use super::tally::ClusterKey;
use super::written::key_text;

/// The character for a key that shares nothing with the one before.
const FROM: u32 = '0' as u32;
/// Characters that a key can share with the one before.
const SHARED_MOST: usize = 70;
/// Bytes that the packed list may have. Thirty million records whose keys follow each other fit, of keys by chance some two million.
const BYTES: usize = 8 << 20;
/// Bytes of lines that wait to be compressed.
const WAITING: usize = 1 << 16;
/// Sets of fields and causes that are told apart.
const SETS: usize = 1 << 16;

/// The list, as far as it has been made.
#[derive(Debug)]
pub struct Index {
    packer: DeflateEncoder<Vec<u8>>,
    /// Lines that wait to be compressed: many at once are compressed much faster.
    waiting: Vec<u8>,
    /// Columns of the key.
    key: Vec<u32>,
    sets: HashMap<Vec<ClusterKey>, usize>,
    last_key: String,
    last_left: i64,
    last_gap: i64,
    listed: u64,
    is_full: bool,
}

/// A list that is complete or full.
#[derive(Debug, Default)]
pub struct Packed {
    /// The compressed lines (raw deflate).
    pub lines: Vec<u8>,
    /// Lines.
    pub listed: u64,
    /// Fields and causes by the number of their set.
    pub sets: Vec<Vec<ClusterKey>>,
}

impl Index {
    /// A list of records that are known by these columns.
    pub fn new(key: Vec<u32>) -> Self {
        Index {
            packer: DeflateEncoder::new(Vec::new(), Compression::default()),
            waiting: Vec::new(),
            key,
            sets: HashMap::new(),
            last_key: String::new(),
            last_left: 0,
            last_gap: 0,
            listed: 0,
            is_full: false,
        }
    }

    /// Adds a difference that counts, unless the list is full: from then on none is added, so that a list always is the first so many.
    pub fn add(&mut self, difference: &Difference<'_>, comparer: &Comparer<'_>) -> std::io::Result<()> {
        if self.is_full {
            return Ok(());
        }
        let Some(set) = self.set(difference) else {
            self.is_full = true;
            return Ok(());
        };
        let key = key_text(comparer, &self.key, difference.left, difference.right)
            .replace(char::is_control, "\u{B7}");
        let (shared, rest) = rest_after(&self.last_key, &key);
        let (left, right) =
            (difference.left.map(|record| record.number), difference.right.map(|record| record.number));
        let own = left.map(|number| number as i64 - self.last_left);
        self.last_left = left.map_or(self.last_left, |number| number as i64);
        let gap = right.map(|number| number as i64 - self.last_left);
        let moved = gap.map(|gap| gap - self.last_gap);
        self.last_gap = gap.unwrap_or(self.last_gap);
        let number = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let head = char::from_u32(FROM + shared as u32).unwrap_or('0');
        writeln!(self.waiting, "{head}{rest}\t{}\t{}\t{set}", number(own), number(moved))?;
        self.last_key = key;
        self.listed += 1;
        if self.waiting.len() >= WAITING { self.pack() } else { Ok(()) }
    }

    fn pack(&mut self) -> std::io::Result<()> {
        self.packer.write_all(&self.waiting)?;
        self.waiting.clear();
        self.is_full = self.packer.get_ref().len() >= BYTES;
        Ok(())
    }

    /// The list.
    pub fn finish(mut self) -> std::io::Result<Packed> {
        self.pack()?;
        let lines = self.packer.finish()?;
        let mut sets = vec![Vec::new(); self.sets.len()];
        self.sets.into_iter().for_each(|(set, at)| sets[at] = set);
        Ok(Packed { lines, listed: self.listed, sets })
    }

    /// The number of the set of what differs; nothing if there are too many.
    fn set(&mut self, difference: &Difference<'_>) -> Option<usize> {
        let counting = difference.found.iter().filter(|found| found.rule.is_none());
        let mut set: Vec<ClusterKey> = counting.map(|found| (found.column, found.cause)).collect();
        set.sort_unstable();
        set.dedup();
        let next = self.sets.len();
        match self.sets.get(&set) {
            Some(at) => Some(*at),
            None if next < SETS => {
                self.sets.insert(set, next);
                Some(next)
            }
            None => None,
        }
    }
}

/// How many UTF-16 units (as JavaScript counts) both texts begin with, and the rest of the second.
fn rest_after<'k>(before: &str, key: &'k str) -> (usize, &'k str) {
    let (mut units, mut bytes) = (0, 0);
    for (a, b) in before.chars().zip(key.chars()) {
        if a != b || units + b.len_utf16() > SHARED_MOST {
            break;
        }
        units += b.len_utf16();
        bytes += b.len_utf8();
    }
    (units, &key[bytes..])
}

#[cfg(test)]
mod tests {
    use super::rest_after;

    #[test]
    fn keys_share_their_beginning() {
        assert_eq!(rest_after("", "AB"), (0, "AB"));
        assert_eq!(rest_after("ABC", "ABD"), (2, "D"));
        assert_eq!(rest_after("ABC", "ABC"), (3, ""));
        assert_eq!(rest_after("Ä\u{1F600}1", "Ä\u{1F600}2"), (3, "2"));
        let long = "7".repeat(100);
        assert_eq!(rest_after(&long, &long), (70, &long[70..]));
    }
}
