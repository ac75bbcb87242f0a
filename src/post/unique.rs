//! An alternate key of a master that no two rows may share (VSAM: an alternate index with UNIQUEKEY).
//!
//! A row gets its value field by field, so that two rows may well share one for a while. What counts is how a transaction leaves
//! its rows: then those that it touched are held against the others.

use std::cell::RefCell;

use super::index::Index;
use super::table::hash;

/// Two rows with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clash {
    /// The one that stands behind the other in the order of the file.
    pub row: u32,
    pub other: u32,
}

/// Rows by a key that must be unique.
pub(super) struct Unique {
    /// Bytes of a value.
    length: usize,
    /// The encoded value of each row when it was last put in its place, end to end.
    values: Vec<u8>,
    /// Whether a row is in its place; one that is gone is in none.
    placed: Vec<bool>,
    index: Index,
    /// Rows that may share their value with another.
    unchecked: Vec<u32>,
}

impl Unique {
    pub fn new(length: usize) -> Self {
        let (values, placed, unchecked) = (Vec::new(), Vec::new(), Vec::new());
        Unique { length, values, placed, index: Index::with_capacity(0), unchecked }
    }

    /// Forgets rows from this one on.
    pub fn truncate(&mut self, rows: u32) {
        self.unchecked.retain(|row| *row < rows);
        for row in rows..self.placed.len() as u32 {
            self.take_out(row);
        }
        self.placed.truncate(rows as usize);
        self.values.truncate(rows as usize * self.length);
    }

    /// The rows with a value, in order, once all are in their places.
    pub fn rows(&self, value: &[u8]) -> Vec<u32> {
        let found = RefCell::new(Vec::new());
        self.index.find(hash(value), |row| {
            if self.value(row) == value {
                found.borrow_mut().push(row);
            }
            false
        });
        let mut rows = found.into_inner();
        rows.sort_unstable();
        rows
    }

    /// Two rows with one value, of which at least one was touched since this was last asked: of all such pairs the one whose
    /// later row comes first. All rows are in their places.
    pub fn clash(&mut self) -> Option<Clash> {
        let mut first: Option<Clash> = None;
        let mut unchecked = std::mem::take(&mut self.unchecked);
        for row in unchecked.drain(..).filter(|row| self.is_placed(*row)) {
            if let [one, two, ..] = self.rows(self.value(row))[..] {
                let clash = Clash { row: two, other: one };
                first = Some(first.map_or(clash, |first| first.min(clash)));
            }
        }
        self.unchecked = unchecked;
        first
    }

    /// Puts a row where its value belongs, to be held against the others.
    pub fn place(&mut self, row: u32, value: &[u8]) {
        self.unchecked.push(row);
        let at = row as usize;
        if self.placed.len() <= at {
            self.placed.resize(at + 1, false);
            self.values.resize((at + 1) * self.length, 0);
        }
        if self.placed[at] && self.value(row) == value {
            return;
        }
        self.take_out(row);
        self.values[at * self.length..(at + 1) * self.length].copy_from_slice(value);
        self.placed[at] = true;
        self.index.insert(hash(value), row);
    }

    /// A row that is gone is in no place.
    pub fn take_out(&mut self, row: u32) {
        if self.is_placed(row) {
            self.placed[row as usize] = false;
            self.index.remove(hash(self.value(row)), row);
        }
    }

    fn is_placed(&self, row: u32) -> bool {
        self.placed.get(row as usize).copied().unwrap_or(false)
    }

    #[inline]
    fn value(&self, row: u32) -> &[u8] {
        &self.values[row as usize * self.length..(row as usize + 1) * self.length]
    }
}
