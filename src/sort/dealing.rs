//! Records dealt out to buckets by many threads at once, each bucket in input order.
//!
//! ```text
//!   lane 0   buckets 0 .. 127      block 7 is being dealt here,
//!   lane 1   buckets 128 .. 255    block 6 here,
//!   lane 2   buckets 256 .. 383    block 5 here
//! ```
//!
//! Blocks get their numbers one by one when they are admitted. Then the thread that brought a block goes with it from lane to
//! lane; in each lane blocks take turns by their numbers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::bucket::{Bucket, Supply};
use super::segment::Segment;
use super::splitters::Splitters;
use crate::key::KeyedBlock;

/// Buckets behind lanes.
#[derive(Debug)]
pub(super) struct Dealing {
    splitters: Splitters,
    lanes: Vec<Lane>,
    buckets_per_lane: usize,
    admitted: Mutex<u64>,
    /// True once a bucket has no room for many more segments.
    full: AtomicBool,
}

#[derive(Debug)]
struct Lane {
    state: Mutex<LaneState>,
    turned: Condvar,
}

#[derive(Debug)]
struct LaneState {
    /// The number of the next block.
    turn: u64,
    buckets: Vec<Bucket>,
    supply: Supply,
}

impl Dealing {
    /// Empty buckets for the ranges of these splitters. `spare` are segments that have been used before.
    pub fn new(splitters: Splitters, lanes: usize, segment_bytes: usize, spare: Vec<Segment>) -> Self {
        let lanes = lanes.clamp(1, splitters.ranges());
        let buckets_per_lane = splitters.ranges().div_ceil(lanes);
        let per_lane = spare.len().div_ceil(lanes);
        let mut spare = spare.into_iter();
        let lane = |number: usize| {
            let first = number * buckets_per_lane;
            let mut buckets = Vec::new();
            let count = splitters.ranges().saturating_sub(first).min(buckets_per_lane);
            buckets.resize_with(count, Bucket::unordered);
            let supply = Supply { segment_bytes, spare: spare.by_ref().take(per_lane).collect() };
            Lane { state: Mutex::new(LaneState { turn: 0, buckets, supply }), turned: Condvar::new() }
        };
        let lanes = (0..lanes).map(lane).collect();
        Dealing { splitters, lanes, buckets_per_lane, admitted: Mutex::new(0), full: AtomicBool::new(false) }
    }

    /// The splitters between buckets.
    pub fn splitters(&self) -> &Splitters {
        &self.splitters
    }

    /// True if no more blocks should be admitted.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Gives a block its number. It must be [run](Deal::run), on whatever thread.
    pub fn admit(self: &Arc<Self>, keyed: KeyedBlock) -> Deal {
        let mut admitted = lock(&self.admitted);
        let number = *admitted;
        *admitted += 1;
        Deal { dealing: Arc::clone(self), number, keyed: Some(keyed) }
    }

    /// Takes segments to be used again.
    pub fn give(&self, spare: Vec<Segment>) {
        let per_lane = spare.len().div_ceil(self.lanes.len());
        let mut spare = spare.into_iter();
        for lane in &self.lanes {
            lock(&lane.state).supply.spare.extend(spare.by_ref().take(per_lane));
        }
    }

    /// Waits until all admitted blocks have been dealt out, and takes the buckets and the memory not in use.
    pub fn take(&self) -> (Vec<Bucket>, Vec<Segment>) {
        let admitted = *lock(&self.admitted);
        let (mut buckets, mut spare) = (Vec::new(), Vec::new());
        for lane in &self.lanes {
            let mut state = lane.wait_for(admitted);
            buckets.append(&mut state.buckets);
            spare.append(&mut state.supply.spare);
        }
        (buckets, spare)
    }
}

impl Lane {
    fn wait_for(&self, number: u64) -> MutexGuard<'_, LaneState> {
        let mut state = lock(&self.state);
        while state.turn != number {
            state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }
}

/// A block that has its number and is to be dealt out.
pub struct Deal {
    dealing: Arc<Dealing>,
    number: u64,
    keyed: Option<KeyedBlock>,
}

impl Deal {
    /// Copies the records to their buckets.
    pub fn run(mut self) {
        if let Some(keyed) = self.keyed.take() {
            self.visit_lanes(&keyed);
        }
    }

    fn visit_lanes(&self, keyed: &KeyedBlock) {
        let Dealing { splitters, lanes, buckets_per_lane, full, .. } = &*self.dealing;
        let grouped = Grouped::new(splitters, keyed.keys.prefixes());
        for (number, lane) in lanes.iter().enumerate() {
            let mut state = lane.wait_for(self.number);
            let LaneState { buckets, supply, .. } = &mut *state;
            for (bucket, range) in buckets.iter_mut().zip(number * buckets_per_lane..) {
                bucket.push_some(keyed, grouped.of_range(range), supply);
                if bucket.is_full() {
                    full.store(true, Ordering::Relaxed);
                }
            }
            state.turn += 1;
            lane.turned.notify_all();
        }
    }
}

/// The records of a block by range, those of each range in the order in which they came. So each bucket is visited once for
/// a block, not once for a record.
struct Grouped {
    /// Records, range by range.
    records: Vec<u32>,
    /// Where the records of each range begin, and where those of the last end.
    starts: Vec<u32>,
}

impl Grouped {
    fn new(splitters: &Splitters, keys: &[u128]) -> Self {
        let ranges: Vec<u16> = keys.iter().map(|key| splitters.range_of(*key) as u16).collect();
        let mut starts = vec![0u32; splitters.ranges() + 1];
        ranges.iter().for_each(|range| starts[usize::from(*range) + 1] += 1);
        for range in 1..starts.len() {
            starts[range] += starts[range - 1];
        }
        let (mut next, mut records) = (starts.clone(), vec![0; keys.len()]);
        for (record, range) in ranges.iter().enumerate() {
            let place = &mut next[usize::from(*range)];
            records[*place as usize] = record as u32;
            *place += 1;
        }
        Grouped { records, starts }
    }

    fn of_range(&self, range: usize) -> &[u32] {
        &self.records[self.starts[range] as usize..self.starts[range + 1] as usize]
    }
}

impl Drop for Deal {
    fn drop(&mut self) {
        // A block that is not dealt out because its thread died must not hold up those behind it; that its records are
        // missing is found when they are counted.
        if self.keyed.take().is_some() {
            for lane in &self.dealing.lanes {
                let mut state = lane.wait_for(self.number);
                state.turn += 1;
                lane.turned.notify_all();
            }
        }
    }
}

/// A lock that another thread died with is still good: whoever started it passes its panic on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
