//! Places of a bucket by range of keys, so that every range can be ordered and gathered on its own.

use super::bucket::{Bucket, Place, place};
use super::splitters::{SAMPLES, Splitters};

/// Records of one range of keys. The lists follow each other in the order in which records came.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub lists: Vec<Vec<Place>>,
    /// True if all keys are equal, so that the order in which they came is their order.
    pub equal: bool,
}

/// Ranges that records are dealt out to at most; more would not fit a processor's caches.
const RANGES: usize = 2048;

/// All records of a bucket as one part.
pub(super) fn whole(bucket: &Bucket) -> Part {
    Part { lists: vec![bucket.places()], equal: false }
}

/// Deals a bucket's records out to parts of about `part_bytes`, in the order of their keys.
pub(super) fn partition(bucket: &Bucket, threads: usize, part_bytes: usize) -> Vec<Part> {
    let ranges = (bucket.size() / part_bytes.max(1)).clamp(1, RANGES).min(bucket.records() / 64 + 1);
    if ranges == 1 {
        return vec![whole(bucket)];
    }
    let every = (bucket.records() / (ranges * SAMPLES)).max(1);
    let keys = bucket.segments.iter().flat_map(|segment| segment.prefixes().iter().copied());
    let splitters = Splitters::of_sample(keys.skip(every / 2).step_by(every).collect(), ranges);
    let mut parts: Vec<Part> = Vec::new();
    parts.resize_with(splitters.ranges() * 2, Part::default);
    for lists in deal_on(threads, bucket, &splitters) {
        for (part, list) in parts.iter_mut().zip(lists) {
            part.lists.extend(Some(list).filter(|list| !list.is_empty()));
        }
    }
    let typical = (bucket.size() / bucket.records().max(1)).max(1);
    let parts = parts.into_iter().enumerate().flat_map(|(number, part)| match is_equal(number) {
        // Equal keys need no order, so they can be given away bit by bit.
        true if bucket.is_narrow() => in_pieces(part, (part_bytes / typical).max(1)),
        _ => vec![part],
    });
    parts.filter(|part| !part.lists.is_empty()).collect()
}

/// Each range has two parts: records whose key is the splitter before it, if that one is met often, then the others.
fn part_of(splitters: &Splitters, key: u128) -> usize {
    let range = splitters.range_of(key);
    range * 2 + usize::from(!splitters.is_often(range, key))
}

fn is_equal(part: usize) -> bool {
    part.is_multiple_of(2)
}

fn in_pieces(part: Part, records: usize) -> Vec<Part> {
    let pieces = part.lists.iter().flat_map(|list| list.chunks(records));
    pieces.map(|piece| Part { lists: vec![piece.to_vec()], equal: true }).collect()
}

/// The lists of all parts, from each thread one set, in the order in which records came.
fn deal_on(threads: usize, bucket: &Bucket, splitters: &Splitters) -> Vec<Vec<Vec<Place>>> {
    let per_thread = bucket.records().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let deal =
            |thread: usize| move || deal(bucket, splitters, thread * per_thread..(thread + 1) * per_thread);
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(deal(thread))).collect();
        let mut dealt = vec![deal(0)()];
        dealt.extend(others.into_iter().map(|other| match other.join() {
            Ok(lists) => lists,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        dealt
    })
}

/// Deals out the records with these numbers, counted from the first of the bucket.
fn deal(bucket: &Bucket, splitters: &Splitters, records: std::ops::Range<usize>) -> Vec<Vec<Place>> {
    let mut lists: Vec<Vec<Place>> = vec![Vec::new(); splitters.ranges() * 2];
    let mut before = 0;
    for (number, segment) in bucket.segments.iter().enumerate() {
        let first = records.start.saturating_sub(before).min(segment.len());
        let end = records.end.saturating_sub(before).min(segment.len());
        for (index, &key) in segment.prefixes().iter().enumerate().take(end).skip(first) {
            lists[part_of(splitters, key)].push(place(number, index));
        }
        before += segment.len();
    }
    lists
}
