//! Alternate keys of a master: rows that share a value, in the order in which they were read and made.
//!
//! Where the key must be unique, [`Unique`] keeps them. Where it need not be, they stand in chains: a row that gets another value is put in its new place when somebody next looks by this key; in its old place it stays and is
//! passed over, because its value no longer agrees.

use hashbrown::HashMap;

use super::program::AlternateSpec;
use super::unique::{Clash, Unique};
use crate::diag::Result;
use crate::expr::SingleFrame;
use crate::key::Key;
use crate::record::Origin;

/// No further entry.
const NONE: u32 = u32::MAX;

/// Rows by an alternate key.
pub(super) enum Alternate {
    Shared(Chains),
    Unique(Unique),
}

impl Alternate {
    pub fn new(spec: &AlternateSpec) -> Self {
        match spec.unique {
            Some(_) => Alternate::Unique(Unique::new(spec.key.clone())),
            None => Alternate::Shared(Chains::new(spec.key.clone())),
        }
    }

    /// Notes that a row is new or may change.
    #[inline]
    pub fn touch(&mut self, row: u32) {
        match self {
            Alternate::Shared(chains) => chains.touch(row),
            Alternate::Unique(unique) => unique.touch(row),
        }
    }

    /// Notes that a row goes or comes back.
    pub fn turn(&mut self, row: u32) {
        match self {
            // Who looks along a chain asks of each row whether it is there.
            Alternate::Shared(_) => {}
            Alternate::Unique(unique) => unique.touch(row),
        }
    }

    /// Forgets rows from this one on.
    pub fn truncate(&mut self, rows: u32) {
        match self {
            Alternate::Shared(chains) => chains.truncate(rows),
            Alternate::Unique(unique) => unique.truncate(rows),
        }
    }

    /// True if every row is in its place.
    #[inline]
    pub fn is_settled(&self) -> bool {
        match self {
            Alternate::Shared(chains) => chains.is_settled(),
            Alternate::Unique(unique) => unique.is_settled(),
        }
    }

    /// Puts the rows that are new or have changed in their places. `bytes` gives those of a row, unless it is gone; `origin` says
    /// where they come from, if one of them cannot be read.
    pub fn settle<'b>(&mut self, origin: Origin<'_>, bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Result<()> {
        match self {
            Alternate::Shared(chains) => chains.settle(origin, bytes),
            Alternate::Unique(unique) => unique.settle(origin, bytes),
        }
    }

    /// The rows with a value, in order, once all are in their places.
    pub fn rows<'b>(&self, value: &[u8], bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Vec<u32> {
        match self {
            Alternate::Shared(chains) => chains.rows(value, bytes),
            Alternate::Unique(unique) => unique.rows(value),
        }
    }

    /// Two rows with one value that must not have it, of which one was touched since this was last asked. All rows are in their
    /// places.
    pub fn clash(&mut self) -> Option<Clash> {
        match self {
            Alternate::Shared(_) => None,
            Alternate::Unique(unique) => unique.clash(),
        }
    }
}

/// Rows by a key that need not be unique.
pub(super) struct Chains {
    key: Key,
    /// The value of each row when it was last put in its place; of rows that never were, nothing.
    values: Vec<Box<[u8]>>,
    /// First and last entry of each value.
    chains: HashMap<Box<[u8]>, (u32, u32)>,
    entries: Vec<Entry>,
    /// Rows that are new or may have another value by now.
    changed: Vec<u32>,
}

struct Entry {
    row: u32,
    next: u32,
}

impl Chains {
    fn new(key: Key) -> Self {
        let (values, entries, changed) = (Vec::new(), Vec::new(), Vec::new());
        Chains { key, values, chains: HashMap::new(), entries, changed }
    }

    /// Notes that a row is new or may change.
    #[inline]
    fn touch(&mut self, row: u32) {
        if self.changed.last() != Some(&row) {
            self.changed.push(row);
        }
    }

    /// Forgets rows from this one on.
    fn truncate(&mut self, rows: u32) {
        self.changed.retain(|row| *row < rows);
        if self.values.len() > rows as usize {
            // Their entries must not be taken for those of rows to come: everything is placed anew.
            self.values.clear();
            self.chains.clear();
            self.entries.clear();
            self.changed = (0..rows).collect();
        }
    }

    /// True if every row is in its place.
    #[inline]
    fn is_settled(&self) -> bool {
        self.changed.is_empty()
    }

    /// Puts the rows that are new or have changed in their places. `bytes` gives those of a row, unless it is gone.
    fn settle<'b>(&mut self, origin: Origin<'_>, bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Result<()> {
        for row in std::mem::take(&mut self.changed) {
            if let Some(record) = bytes(row) {
                self.place(row, record, origin)?;
            }
        }
        Ok(())
    }

    /// The rows with a value, in order, once all are in their places.
    fn rows<'b>(&self, value: &[u8], bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Vec<u32> {
        let mut rows = Vec::new();
        let mut next = self.chains.get(value).map_or(NONE, |chain| chain.0);
        while let Some(entry) = self.entries.get(next as usize) {
            let agrees = self.values.get(entry.row as usize).is_some_and(|own| **own == *value);
            if agrees && bytes(entry.row).is_some() {
                rows.push(entry.row);
            }
            next = entry.next;
        }
        // A row that got the value late, or got it back, has its place behind others, or two.
        if !rows.is_sorted_by(|a, b| a < b) {
            rows.sort_unstable();
            rows.dedup();
        }
        rows
    }

    /// Puts a row in the chain of its value, unless it is there.
    fn place(&mut self, row: u32, record: &[u8], origin: Origin<'_>) -> Result<()> {
        let mut value = Vec::with_capacity(self.key.length());
        self.key.encode(&SingleFrame { record, origin }, &mut value)?;
        let at = row as usize;
        if self.values.len() <= at {
            self.values.resize(at + 1, Box::default());
        }
        if *self.values[at] == *value {
            return Ok(());
        }
        let entry = self.entries.len() as u32;
        self.entries.push(Entry { row, next: NONE });
        let value = value.into_boxed_slice();
        self.values[at] = value.clone();
        let chain = self.chains.entry(value).or_insert((entry, entry));
        if chain.1 != entry {
            self.entries[chain.1 as usize].next = entry;
            chain.1 = entry;
        }
        Ok(())
    }
}
