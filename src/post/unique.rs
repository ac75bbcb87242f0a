//! An alternate key of a master that no two rows may share (VSAM: an alternate index with UNIQUEKEY).
//!
//! A row gets its value field by field, so that two rows may well share one for a while. What counts is how a transaction leaves
//! its rows: then those that it touched are held against the others.

use std::cell::RefCell;

use xxhash_rust::xxh3::xxh3_64;

use super::index::Index;
use crate::diag::Result;
use crate::expr::SingleFrame;
use crate::key::Key;
use crate::record::Origin;

/// Two rows with one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clash {
    /// The one that stands behind the other in the order of the file.
    pub row: u32,
    pub other: u32,
}

/// Rows by a key that must be unique.
pub(super) struct Unique {
    key: Key,
    length: usize,
    /// The encoded value of each row when it was last put in its place, end to end.
    values: Vec<u8>,
    /// Whether a row is in its place; one that is gone is in none.
    placed: Vec<bool>,
    index: Index,
    /// Rows that are new or may have another value by now.
    changed: Vec<u32>,
    /// Rows that may share their value with another.
    unchecked: Vec<u32>,
}

impl Unique {
    pub fn new(key: Key) -> Self {
        let (length, index) = (key.length(), Index::with_capacity(0));
        let (values, placed, changed, unchecked) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Unique { key, length, values, placed, index, changed, unchecked }
    }

    /// Notes that a row is new, goes, comes back or may change.
    #[inline]
    pub fn touch(&mut self, row: u32) {
        if self.changed.last() != Some(&row) {
            self.changed.push(row);
        }
    }

    /// Forgets rows from this one on.
    pub fn truncate(&mut self, rows: u32) {
        self.changed.retain(|row| *row < rows);
        self.unchecked.retain(|row| *row < rows);
        for row in rows..self.placed.len() as u32 {
            self.take_out(row);
        }
        self.placed.truncate(rows as usize);
        self.values.truncate(rows as usize * self.length);
    }

    /// True if every row is in its place.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.changed.is_empty()
    }

    /// Puts the rows that are new or have changed in their places. `bytes` gives those of a row, unless it is gone.
    pub fn settle<'b>(&mut self, origin: Origin<'_>, bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Result<()> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let mut value = Vec::with_capacity(self.length);
        let mut changed = std::mem::take(&mut self.changed);
        for row in changed.drain(..) {
            match bytes(row) {
                Some(record) => {
                    value.clear();
                    self.key.encode(&SingleFrame { record, origin }, &mut value)?;
                    self.place(row, &value);
                    self.unchecked.push(row);
                }
                None => self.take_out(row),
            }
        }
        self.changed = changed;
        Ok(())
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

    fn place(&mut self, row: u32, value: &[u8]) {
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

    fn take_out(&mut self, row: u32) {
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

#[inline]
fn hash(value: &[u8]) -> u32 {
    (xxh3_64(value) >> 32) as u32
}
