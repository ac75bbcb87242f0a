//! Alternate keys of a master: rows that share a value, in the order in which they were read and made.
//!
//! A row is put where its value belongs when somebody next looks by this key. Where the key must be unique, [`Unique`] keeps the
//! rows. Where it need not be, they stand in chains: a row that gets another value stays in its old place too and is passed over
//! there, because its value no longer agrees.

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
pub(super) struct Alternate {
    key: Key,
    rows: Rows,
    /// Rows that are new, went, came back, or may have another value by now.
    changed: Vec<u32>,
}

enum Rows {
    Shared(Chains),
    Unique(Unique),
}

impl Alternate {
    pub fn new(spec: &AlternateSpec) -> Self {
        let rows = match spec.unique {
            Some(_) => Rows::Unique(Unique::new(spec.key.length())),
            None => Rows::Shared(Chains::default()),
        };
        Alternate { key: spec.key.clone(), rows, changed: Vec::new() }
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
        match &mut self.rows {
            Rows::Shared(chains) => chains.truncate(rows),
            Rows::Unique(unique) => unique.truncate(rows),
        }
    }

    /// True if every row is in its place.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.changed.is_empty()
    }

    /// Puts the rows that are new or have changed in their places. `bytes` gives those of a row, unless it is gone; `origin` says
    /// where they come from, if one of them cannot be read.
    pub fn settle<'b>(&mut self, origin: Origin<'_>, bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Result<()> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let mut value = Vec::with_capacity(self.key.length());
        let mut changed = std::mem::take(&mut self.changed);
        for row in changed.drain(..) {
            let record = bytes(row);
            value.clear();
            if let Some(record) = record {
                self.key.encode(&SingleFrame { record, origin }, &mut value)?;
            }
            match (&mut self.rows, record) {
                (Rows::Shared(chains), Some(_)) => chains.place(row, &value),
                (Rows::Unique(unique), Some(_)) => unique.place(row, &value),
                // Looking along a chain passes over rows that are gone.
                (Rows::Shared(_), None) => {}
                (Rows::Unique(unique), None) => unique.take_out(row),
            }
        }
        self.changed = changed;
        Ok(())
    }

    /// The rows with a value, in order, once all are in their places.
    pub fn rows<'b>(&self, value: &[u8], bytes: impl Fn(u32) -> Option<&'b [u8]>) -> Vec<u32> {
        match &self.rows {
            Rows::Shared(chains) => chains.rows(value, bytes),
            Rows::Unique(unique) => unique.rows(value),
        }
    }

    /// Two rows with one value that must not have it, of which one was touched since this was last asked. All rows are in their
    /// places.
    pub fn clash(&mut self) -> Option<Clash> {
        match &mut self.rows {
            Rows::Shared(_) => None,
            Rows::Unique(unique) => unique.clash(),
        }
    }
}

/// Rows by a key that need not be unique.
#[derive(Default)]
struct Chains {
    /// The value of each row when it was last put in its place; of rows that never were, nothing.
    values: Vec<Box<[u8]>>,
    /// For each of these rows how many entries there were before it had one.
    born: Vec<u32>,
    /// First and last entry of each value.
    chains: HashMap<Box<[u8]>, (u32, u32)>,
    entries: Vec<Entry>,
}

struct Entry {
    row: u32,
    next: u32,
}

impl Chains {
    /// Forgets rows from this one on.
    fn truncate(&mut self, rows: u32) {
        if rows == 0 {
            self.values.clear();
            self.born.clear();
            self.chains.clear();
            self.entries.clear();
        }
        if self.values.len() > rows as usize {
            // Their entries must not be taken for those of rows to come.
            let born = self.born[rows as usize] as usize;
            let theirs = self.entries[born..].iter_mut().filter(|entry| entry.row >= rows);
            theirs.for_each(|entry| entry.row = NONE);
            self.values.truncate(rows as usize);
            self.born.truncate(rows as usize);
        }
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
    fn place(&mut self, row: u32, value: &[u8]) {
        let at = row as usize;
        if self.values.len() <= at {
            self.values.resize(at + 1, Box::default());
            self.born.resize(at + 1, self.entries.len() as u32);
        }
        if *self.values[at] == *value {
            return;
        }
        let entry = self.entries.len() as u32;
        self.entries.push(Entry { row, next: NONE });
        let value: Box<[u8]> = value.into();
        self.values[at] = value.clone();
        let chain = self.chains.entry(value).or_insert((entry, entry));
        if chain.1 != entry {
            self.entries[chain.1 as usize].next = entry;
            chain.1 = entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::program::Taken;
    use super::*;
    use crate::sys::chance;

    /// Rows of two bytes as a plain list, and whether they are there.
    #[derive(Default)]
    struct Plain(Vec<([u8; 2], bool)>);

    impl Plain {
        fn bytes(&self, row: u32) -> Option<&[u8]> {
            self.0.get(row as usize).filter(|(_, there)| *there).map(|(bytes, _)| bytes.as_slice())
        }

        fn rows(&self, value: [u8; 2]) -> Vec<u32> {
            (0..self.0.len() as u32).filter(|row| self.bytes(*row) == Some(&value)).collect()
        }

        fn clash(&self) -> Option<Clash> {
            (0..self.0.len() as u32).find_map(|row| {
                let other = *self.rows(self.0[row as usize].0).first().filter(|other| **other < row)?;
                self.bytes(row).map(|_| Clash { row, other })
            })
        }
    }

    /// Rows are made, changed, taken away, brought back and forgotten by chance, few values over many rows; and from time to time
    /// somebody looks, or holds them against each other.
    #[test]
    fn rows_are_found_as_in_a_plain_list() {
        let mut chance = chance::below(11);
        let mut below = |limit: usize| chance(limit as u64) as usize;
        for round in 0..400 {
            let unique = (round % 2 == 1).then_some(Taken::Stop);
            let (is_unique, key) = (unique.is_some(), Key::of_bytes(2).unwrap());
            let mut alternate = Alternate::new(&AlternateSpec { name: "A".into(), key, unique });
            let (mut plain, mut clashed) = (Plain::default(), 0);
            for _ in 0..300 {
                let value = [0xC1 + below(3) as u8, 0xF0 + below(4) as u8];
                let count = plain.0.len();
                let row = below(count.max(1));
                match below(8) {
                    0 | 1 => {
                        plain.0.push((value, true));
                        alternate.touch(count as u32);
                    }
                    2 | 3 if count > 0 => {
                        plain.0[row].0 = value;
                        alternate.touch(row as u32);
                    }
                    4 if count > 0 => {
                        plain.0[row].1 = !plain.0[row].1;
                        alternate.touch(row as u32);
                    }
                    5 => {
                        let left = if below(40) == 0 { 0 } else { count.saturating_sub(below(3)) };
                        plain.0.truncate(left);
                        alternate.truncate(left as u32);
                    }
                    6 => {
                        alternate.settle(Origin::default(), |row| plain.bytes(row)).unwrap();
                        assert_eq!(alternate.rows(&value, |row| plain.bytes(row)), plain.rows(value));
                    }
                    _ => {
                        alternate.settle(Origin::default(), |row| plain.bytes(row)).unwrap();
                        let wanted = plain.clash().filter(|_| is_unique);
                        assert_eq!(alternate.clash(), wanted);
                        // Whoever is told of two takes one of them back.
                        if let Some(Clash { row, .. }) = wanted {
                            clashed += 1;
                            plain.0[row as usize].1 = false;
                            alternate.touch(row);
                            while let Some(Clash { row, .. }) = plain.clash() {
                                plain.0[row as usize].1 = false;
                                alternate.touch(row);
                            }
                        }
                    }
                }
            }
            assert!(!is_unique || clashed > 0);
        }
    }
}
