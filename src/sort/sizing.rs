//! How a sort lays itself out in the memory it is given, before it reads a byte.
//!
//! ```text
//!   memory  = blocks under way (read, prepared, gathered, written) + room
//!   room    = records with their keys and places                      while reading
//!           = a piece of every run for every thread, and their output  while merging
//! ```

/// The least memory that a sort can work in.
pub const MEMORY_MIN: usize = 1 << 20;

/// Runs that one merge takes in at most: beyond that the tournament costs more than another level.
const FAN_IN_MAX: usize = 512;

/// One in so many bytes of memory is taken by what nobody counts: what buffers have more than they need, and what the
/// allocator keeps.
const UNSEEN: usize = 16;

/// Bounds of a piece of a run, in bytes.
const PIECE: (usize, usize) = (16 << 10, PIECE_MAX);
pub(super) const PIECE_MAX: usize = 128 << 10;

/// A range of keys that one thread merges has about so many times the bytes of the pieces it holds: at both of its ends
/// pieces are read that belong to the neighbour too.
const RANGE_PIECES: usize = 8;

/// What a sort has and what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizing {
    /// Bytes of memory for everything.
    pub memory: usize,
    /// Threads.
    pub threads: usize,
    /// Bytes of the records that will come, as far as known; never fewer than there are.
    pub expected: Option<u64>,
    /// Bytes of a typical record.
    pub record: usize,
    /// Bytes of an encoded key.
    pub key: usize,
    /// Runs that one merge may take in; derived from the memory if not given.
    pub fan_in: Option<usize>,
}

impl Sizing {
    /// Bytes of a block of records on its way.
    pub fn block_bytes(&self) -> usize {
        block_bytes(self.memory)
    }

    /// Bytes for records that are held, with their keys and places.
    pub fn room(&self) -> usize {
        let under_way = self.block_bytes() * (self.threads * 4 + 6) + self.memory / UNSEEN;
        self.memory.saturating_sub(under_way).max(self.memory / 2)
    }

    /// Bytes of memory that the sort is going to take: all it has, unless less will do.
    pub fn need(&self) -> usize {
        let under_way = self.memory - self.room().min(self.memory);
        match self.expected {
            Some(bytes) if self.held(bytes) <= self.room() as u64 => self.held(bytes) as usize + under_way,
            _ => self.memory,
        }
    }

    /// Bytes of a segment of held records.
    pub(super) fn segment_bytes(&self) -> usize {
        let whole = self.expected.map_or(self.room(), |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        (self.room().min(whole) / 16).clamp(1 << 16, 64 << 20)
    }

    /// Bytes that so many bytes of records take when they are held.
    pub fn held(&self, bytes: u64) -> u64 {
        let record = self.record.max(1) as u64;
        let extra = (self.key.max(16) + 8) as u64;
        bytes.saturating_add(bytes / record * extra)
    }

    /// Bytes of held records that become a run when there is no more room. If only little is too much, only that
    /// much is written; otherwise all that is held.
    pub fn run_memory(&self) -> usize {
        let room = self.room();
        match self.expected.map(|bytes| self.held(bytes)) {
            // The merge needs a share of the room.
            Some(held) if held < room as u64 * 2 => {
                let overflow = held as usize - (room.min(held as usize)) + room / 4;
                overflow.clamp(room / 8, room)
            }
            _ => room,
        }
    }

    /// Runs that are expected.
    pub fn runs(&self) -> usize {
        match self.expected.map(|bytes| self.held(bytes)) {
            Some(held) => {
                usize::try_from(held.div_ceil(self.run_memory().max(1) as u64)).unwrap_or(usize::MAX)
            }
            None => 64,
        }
        .max(2)
    }

    /// Bytes of a piece of a run: so small that a merge of all runs fits, on all threads if possible.
    pub fn piece_bytes(&self) -> usize {
        let runs = self.runs().min(FAN_IN_MAX);
        // Bytes of records that the room holds, their keys not counted.
        let room = (self.room() as u128 * (1 << 20) / u128::from(self.held(1 << 20))) as usize;
        let parallel = room / (self.threads * runs * (RANGE_PIECES + 2));
        let piece = if parallel >= PIECE.0 * 2 { parallel } else { room / (runs * 3 / 2) };
        piece.clamp(PIECE.0, PIECE.1)
    }

    /// A merge of so many runs in pieces of so many bytes, when `taken` bytes of the room are not to be had.
    pub(super) fn merge(&self, runs: usize, piece_bytes: usize, taken: usize) -> MergeSizing {
        let room = self.room().saturating_sub(taken);
        let lane = self.held(piece_bytes as u64) as usize;
        let fan_in = self.fan_in.unwrap_or(room / lane.max(1)).clamp(2, FAN_IN_MAX);
        let range_bytes = runs * piece_bytes * RANGE_PIECES;
        let threads =
            (room / (runs * lane + self.held(range_bytes as u64) as usize).max(1)).min(self.threads).max(1);
        MergeSizing { fan_in, threads, range_bytes }
    }

    /// True if what is expected is known and fits into memory.
    pub fn stays_in_memory(&self) -> bool {
        self.expected.is_some_and(|bytes| self.held(bytes) <= self.room() as u64)
    }

    /// What will happen, if what comes is what is expected.
    pub fn forecast(&self) -> Option<Forecast> {
        let bytes = self.expected?;
        if self.stays_in_memory() {
            return Some(Forecast { bytes, runs: 0, merges: 0, fan_in: 0, spill_bytes: 0 });
        }
        let runs = self.runs();
        let fan_in = self.merge(runs.min(FAN_IN_MAX), self.piece_bytes(), 0).fan_in;
        let (mut left, mut merges, mut spill) = (runs, 1, bytes);
        while left > fan_in {
            let step = step(left, fan_in);
            spill = spill.saturating_add(bytes / left as u64 * step.runs() as u64);
            left -= step.runs() - step.groups;
            merges += 1;
        }
        Some(Forecast { bytes, runs, merges, fan_in: fan_in.min(runs), spill_bytes: spill })
    }
}

/// Bytes of a block of records under this much memory.
pub fn block_bytes(memory: usize) -> usize {
    (memory / 64).clamp(16 << 10, 1 << 20)
}

/// How a merge is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MergeSizing {
    /// Runs that one merge takes in.
    pub fan_in: usize,
    /// Threads that merge a range of keys each.
    pub threads: usize,
    /// Bytes of such a range.
    pub range_bytes: usize,
}

/// One level of merges before the last: the first `groups` times `width` runs become `groups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub groups: usize,
    pub width: usize,
}

impl Step {
    /// Runs that are merged.
    pub fn runs(self) -> usize {
        self.groups * self.width
    }
}

/// The merges that bring `runs` down to `fan_in` or near it with as little copying as can be.
pub(super) fn step(runs: usize, fan_in: usize) -> Step {
    let excess = runs.saturating_sub(fan_in);
    // A merge of `width` runs leaves `width - 1` fewer.
    let groups = excess.div_ceil(fan_in - 1).clamp(1, (runs / fan_in).max(1));
    let width = (excess.div_ceil(groups) + 1).min(fan_in).min(runs);
    Step { groups, width }
}

/// What a sort expects to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Bytes of records.
    pub bytes: u64,
    /// Runs written to work files; 0 if everything stays in memory.
    pub runs: usize,
    /// Levels of merges.
    pub merges: usize,
    /// Runs that the last merge takes in.
    pub fan_in: usize,
    /// Bytes written to work files, all levels together.
    pub spill_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizing(memory: usize, expected: u64) -> Sizing {
        Sizing { memory, threads: 2, expected: Some(expected), record: 100, key: 10, fan_in: None }
    }

    #[test]
    fn what_fits_stays_in_memory() {
        let fits = sizing(2 << 30, 1_000_000_000).forecast().unwrap();
        assert_eq!((fits.runs, fits.merges, fits.spill_bytes), (0, 0, 0));
        let spills = sizing(128 << 20, 1_000_000_000).forecast().unwrap();
        assert!((8..20).contains(&spills.runs) && spills.merges == 1, "{spills:?}");
        assert_eq!(spills.spill_bytes, 1_000_000_000);
        assert!(sizing(1 << 20, 1_000_000_000).forecast().unwrap().merges > 1);
    }

    #[test]
    fn a_little_too_much_spills_a_little() {
        let sort = sizing(128 << 20, 100_000_000);
        assert!(sort.held(100_000_000) > sort.room() as u64);
        assert!(sort.run_memory() < sort.room() / 2, "{} of {}", sort.run_memory(), sort.room());
    }

    #[test]
    fn every_level_ends() {
        for fan_in in 2..40 {
            for runs in 2..500 {
                let (mut left, mut levels) = (runs, 0);
                while left > fan_in {
                    let step = step(left, fan_in);
                    assert!(
                        step.width >= 2 && step.width <= fan_in && step.runs() <= left,
                        "{step:?} of {left}"
                    );
                    left -= step.runs() - step.groups;
                    levels += 1;
                }
                assert!(levels <= 9, "{runs} runs, fan-in {fan_in}: {levels} levels");
            }
        }
    }

    #[test]
    fn merges_stay_within_the_room() {
        for memory in [1 << 20, 16 << 20, 128 << 20, 1 << 30] {
            let sort = sizing(memory, 10_000_000_000);
            let (runs, piece) = (sort.runs(), sort.piece_bytes());
            let merge = sort.merge(runs, piece, 0);
            let lanes = runs.min(merge.fan_in) * sort.held(piece as u64) as usize;
            assert!(lanes <= sort.room(), "{memory}: {lanes} of {}", sort.room());
        }
    }
}
