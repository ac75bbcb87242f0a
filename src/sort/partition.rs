//! Places of a chunk by range of keys, so that every range can be ordered and gathered on its own.

use super::chunk::{Chunk, Place, place};

/// Records of one range of keys. The lists follow each other in input order.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub lists: Vec<Vec<Place>>,
    /// True if all keys are equal, so that input order is their order.
    pub equal: bool,
}

/// Ranges that records are dealt out to at most; more would not fit a processor's caches.
const RANGES: usize = 2048;

/// Samples for each range: enough to keep the ranges even.
const SAMPLES: usize = 24;

/// Deals a chunk's records out to parts of about `part_bytes`, in the order of their keys.
pub(super) fn partition(chunk: &Chunk, threads: usize, part_bytes: usize) -> Vec<Part> {
    let ranges = (chunk.size() / part_bytes.max(1)).clamp(1, RANGES).min(chunk.records() / 64 + 1);
    let splitters = Splitters::new(chunk, ranges);
    let per_thread = chunk.records().div_ceil(threads.max(1)).max(1);
    let dealt: Vec<Vec<Vec<Place>>> = std::thread::scope(|scope| {
        let deal = |thread: usize| {
            let splitters = &splitters;
            move || deal(chunk, splitters, thread * per_thread..(thread + 1) * per_thread)
        };
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(deal(thread))).collect();
        let mut dealt = vec![deal(0)()];
        dealt.extend(others.into_iter().map(|other| match other.join() {
            Ok(lists) => lists,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        dealt
    });
    let mut parts: Vec<Part> = Vec::new();
    parts.resize_with(splitters.parts(), Part::default);
    for lists in dealt {
        for (part, list) in parts.iter_mut().zip(lists) {
            part.lists.extend(Some(list).filter(|list| !list.is_empty()));
        }
    }
    for (number, part) in parts.iter_mut().enumerate() {
        part.equal = splitters.is_equal(number) && chunk.is_narrow();
    }
    parts.retain(|part| !part.lists.is_empty());
    parts
}

/// Deals out the records with these numbers, counted from the first of the chunk.
fn deal(chunk: &Chunk, splitters: &Splitters, records: std::ops::Range<usize>) -> Vec<Vec<Place>> {
    let mut lists: Vec<Vec<Place>> = vec![Vec::new(); splitters.parts()];
    let mut before = 0;
    for (number, segment) in chunk.segments.iter().enumerate() {
        let first = records.start.saturating_sub(before).min(segment.len());
        let end = records.end.saturating_sub(before).min(segment.len());
        for (index, &prefix) in segment.prefixes().iter().enumerate().take(end).skip(first) {
            lists[splitters.part_of(prefix)].push(place(number, index));
        }
        before += segment.len();
    }
    lists
}

/// Keys between ranges. A key that the sample has often gets a part of its own.
///
/// ```text
///   splitters     s1        s2 (often)        s3
///   parts      0      2        3      4          6      odd: equal to a splitter; even: between two
/// ```
struct Splitters {
    keys: Vec<u128>,
    often: Vec<bool>,
    /// How many splitters lie below each of equal steps between the lowest and the highest, so that few are compared.
    steps: Vec<u16>,
    shift: u32,
}

const STEPS: usize = 4096;

impl Splitters {
    fn new(chunk: &Chunk, ranges: usize) -> Self {
        let mut sample = sample(chunk, ranges * SAMPLES);
        sample.sort_unstable();
        let (mut keys, mut often) = (Vec::new(), Vec::new());
        for range in 1..ranges.min(sample.len()) {
            let key = sample[range * sample.len() / ranges];
            match keys.last() {
                Some(last) if *last == key => {
                    if let Some(often) = often.last_mut() {
                        *often = true;
                    }
                }
                _ => {
                    keys.push(key);
                    often.push(false);
                }
            }
        }
        Splitters::with_steps(keys, often)
    }

    fn with_steps(keys: Vec<u128>, often: Vec<bool>) -> Self {
        let span = keys.last().copied().unwrap_or(0) - keys.first().copied().unwrap_or(0);
        let shift = (128 - span.leading_zeros()).saturating_sub(STEPS.ilog2());
        let first = keys.first().copied().unwrap_or(0);
        let below = |step: usize| keys.partition_point(|key| (key - first) >> shift < step as u128) as u16;
        let steps = (0..=STEPS + 1).map(below).collect();
        Splitters { keys, often, steps, shift }
    }

    fn parts(&self) -> usize {
        self.keys.len() * 2 + 1
    }

    fn is_equal(&self, part: usize) -> bool {
        part % 2 == 1
    }

    /// The part of a key: twice the number of splitters that are not above it, one less for a key that is a splitter and
    /// has a part of its own.
    #[inline]
    fn part_of(&self, key: u128) -> usize {
        let Some(first) = self.keys.first() else { return 0 };
        let Some(distance) = key.checked_sub(*first) else { return 0 };
        let step = (distance >> self.shift).min(STEPS as u128) as usize;
        let (low, high) = (usize::from(self.steps[step]), usize::from(self.steps[step + 1]));
        let high = if step == STEPS { self.keys.len() } else { high };
        let above = low + self.keys[low..high].partition_point(|splitter| *splitter <= key);
        match above.checked_sub(1) {
            Some(last) if self.often[last] && self.keys[last] == key => above * 2 - 1,
            _ => above * 2,
        }
    }
}

/// Keys of records at even distances.
fn sample(chunk: &Chunk, wanted: usize) -> Vec<u128> {
    let every = (chunk.records() / wanted.max(1)).max(1);
    let all = chunk.segments.iter().flat_map(|segment| segment.prefixes().iter().copied());
    all.skip(every / 2).step_by(every).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_where_its_neighbours_go() {
        for (keys, often) in [
            (vec![], vec![]),
            (vec![5], vec![true]),
            (vec![5, 9, 1000, 1001], vec![false, true, false, true]),
            (vec![0, u128::MAX], vec![false, true]),
            ((0..2000).map(|n: u128| n * n * n << 60).collect(), vec![false; 2000]),
        ] {
            let splitters = Splitters::with_steps(keys.clone(), often.clone());
            let around = keys.iter().flat_map(|key| [key.saturating_sub(1), *key, key.saturating_add(1)]);
            for key in around.chain([0, 7, 500, u128::MAX / 3, u128::MAX]) {
                let above = keys.iter().filter(|splitter| **splitter <= key).count();
                let own = above > 0 && often[above - 1] && keys[above - 1] == key;
                assert_eq!(splitters.part_of(key), above * 2 - usize::from(own), "{key} among {keys:?}");
            }
        }
    }
}
