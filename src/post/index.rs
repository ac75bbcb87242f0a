//! Rows by the hash of their key: eight bytes a row, probed one after the other, so that a look costs one line of the memory.

use crate::sys::Expanse;

/// Rows by 32 bits of a hash. Whoever looks says which of the rows with the same bits is the one.
#[derive(Default)]
pub(super) struct Index {
    /// The hash above, the row from 1 below; 0 where there is none. As many as a power of two, a quarter of them free.
    slots: Expanse,
    rows: usize,
    /// Hashes are cut to a place in `slots` by this shift.
    shift: u32,
}

/// Slots of the smallest index.
const SLOTS_MIN: usize = 16;
/// Bytes of a slot.
const SLOT: usize = size_of::<u64>();

impl Index {
    /// Bytes that a row takes at most.
    pub const BYTES: usize = 24;

    /// An index with room for so many rows.
    pub fn with_capacity(rows: usize) -> Self {
        let mut index = Index::default();
        index.resize(rows);
        index
    }

    /// Brings the slot of a hash near, and answers the row that is probably the one.
    #[inline]
    pub fn touch(&self, hash: u32) -> Option<u32> {
        let slot = self.slot(self.home(hash))?;
        (tag(slot) == hash).then(|| row(slot)).flatten()
    }

    /// Brings the slots of many hashes near: none waits for what another says.
    #[inline]
    pub fn touch_all(&self, hashes: impl Iterator<Item = u32>) {
        std::hint::black_box(hashes.fold(0, |sum, hash| sum ^ self.touch(hash).unwrap_or(0)));
    }

    /// The row with this hash that `is_it`.
    #[inline]
    pub fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            let slot = self.slot(at)?;
            let row = row(slot)?;
            if tag(slot) == hash && is_it(row) {
                return Some(row);
            }
            at = (at + 1) & self.mask();
        }
    }

    /// Adds a row, which is not there yet.
    pub fn insert(&mut self, hash: u32, row: u32) {
        if (self.rows + 1) * 4 > self.count() * 3 {
            self.resize(self.rows * 2);
        }
        self.rows += 1;
        self.put((u64::from(hash) << 32) | (u64::from(row) + 1));
    }

    /// Removes a row.
    pub fn remove(&mut self, hash: u32, gone: u32) {
        let mask = self.mask();
        let mut hole = self.home(hash);
        while let Some(slot) = self.slot(hole) {
            match row(slot) {
                Some(row) if row == gone => break,
                Some(_) => hole = (hole + 1) & mask,
                None => return,
            }
        }
        self.rows -= 1;
        // Those behind it that would be looked for in the hole move up.
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let Some(slot) = self.slot(at).filter(|slot| *slot != 0) else { break };
            let home = self.home(tag(slot));
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.set(hole, slot);
                hole = at;
            }
        }
        self.set(hole, 0);
    }

    /// Removes all rows.
    pub fn clear(&mut self) {
        self.slots.fill(0);
        self.rows = 0;
    }

    fn resize(&mut self, rows: usize) {
        let slots = (rows + rows / 2).next_power_of_two().max(SLOTS_MIN);
        let before = std::mem::replace(&mut self.slots, Expanse::zeroed(slots * SLOT));
        self.shift = 64 - slots.trailing_zeros();
        let slots = before.as_chunks().0.iter().map(|bytes| u64::from_ne_bytes(*bytes));
        slots.filter(|slot| *slot != 0).for_each(|slot| self.put(slot));
    }

    fn put(&mut self, slot: u64) {
        let mut at = self.home(tag(slot));
        while self.slot(at).is_some_and(|slot| slot != 0) {
            at = (at + 1) & self.mask();
        }
        self.set(at, slot);
    }

    /// Number of slots.
    #[inline]
    fn count(&self) -> usize {
        self.slots.len() / SLOT
    }

    #[inline]
    fn mask(&self) -> usize {
        self.count().wrapping_sub(1)
    }

    #[inline]
    fn slot(&self, at: usize) -> Option<u64> {
        Some(u64::from_ne_bytes(*self.slots.get(at * SLOT..)?.first_chunk()?))
    }

    #[inline]
    fn set(&mut self, at: usize, slot: u64) {
        self.slots[at * SLOT..][..SLOT].copy_from_slice(&slot.to_ne_bytes());
    }

    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) << 32) >> self.shift) as usize
    }
}

#[inline]
fn tag(slot: u64) -> u32 {
    (slot >> 32) as u32
}

#[inline]
fn row(slot: u64) -> Option<u32> {
    (slot as u32).checked_sub(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sys::chance;

    /// Rows come and go by chance, many with one hash or one at the end of the slots, as in a map.
    #[test]
    fn rows_that_come_and_go_are_found_as_in_a_map() {
        let (mut next, mut known, mut index) = (chance::words(7), BTreeMap::new(), Index::with_capacity(3));
        for _ in 0..200_000 {
            let chance = next();
            let row = (chance >> 40) as u32 % 600;
            let hash = if row.is_multiple_of(3) { u32::MAX - row % 7 } else { row.wrapping_mul(0x9E37_79B9) };
            match known.remove(&row) {
                Some(hash) if chance >> 20 & 1 == 0 => index.remove(hash, row),
                Some(hash) => {
                    known.insert(row, hash);
                }
                None => {
                    index.insert(hash, row);
                    known.insert(row, hash);
                }
            }
            assert_eq!(index.find(hash, |other| other == row), known.get(&row).map(|_| row));
        }
        assert!((0..600u32).all(|row| {
            let hash = if row.is_multiple_of(3) { u32::MAX - row % 7 } else { row.wrapping_mul(0x9E37_79B9) };
            index.find(hash, |other| other == row).is_some() == known.contains_key(&row)
        }));
        index.clear();
        assert_eq!(index.find(u32::MAX, |_| true), None);
        assert_eq!(Index::default().find(1, |_| true), None);
    }
}
