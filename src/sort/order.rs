//! The order of the records of one part.
//!
//! Keys of a part lie close together, so the bits in which they can differ are few. They are packed into a word of 64 bits
//! with the number of the entry behind them, and the words are sorted:
//!
//! ```text
//!   key - lowest key of the part, its leading bits     | number of the entry
//!   ------------------- 64 bits in all ---------------------------------------
//! ```
//!
//! If all bits have room the words decide everything, equal keys included, which stay in input order by their numbers. If
//! not, runs of words with equal leading bits are ordered by the whole keys.

use super::bucket::{Bucket, Place};
use super::partition::Part;

/// Places in order, with the first 128 bits of their keys.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    pub places: Vec<Place>,
    pub prefixes: Vec<u128>,
}

impl Ordered {
    /// Bytes of memory for each record.
    pub const MEMORY_EACH: usize = size_of::<Place>() + size_of::<u128>();
}

/// A part with fewer than one descent in so many records is nearly in order, which the stable sort of the standard library
/// makes use of.
const NEARLY: usize = 20;

/// Orders a part.
pub(super) fn order(bucket: &Bucket, part: Part) -> Ordered {
    let places: Vec<Place> = match <[Vec<Place>; 1]>::try_from(part.lists) {
        Ok([list]) => list,
        Err(lists) => lists.concat(),
    };
    let prefixes: Vec<u128> = places.iter().map(|place| bucket.prefix(*place)).collect();
    let entries = Ordered { places, prefixes };
    let descents = if part.equal { 0 } else { descents(bucket, &entries) };
    if descents == 0 {
        return entries;
    }
    let words = sorted_words(bucket, &entries, descents * NEARLY < entries.places.len());
    let mask = (1u64 << entry_bits(entries.places.len())) - 1;
    let numbers = words.iter().map(|word| (word & mask) as usize);
    Ordered {
        places: numbers.clone().map(|number| entries.places[number]).collect(),
        prefixes: numbers.map(|number| entries.prefixes[number]).collect(),
    }
}

/// How often an entry is lower than the one before it.
fn descents(bucket: &Bucket, entries: &Ordered) -> usize {
    let pairs = entries.prefixes.windows(2);
    if bucket.is_narrow() {
        return pairs.filter(|pair| pair[0] > pair[1]).count();
    }
    let rest = |at: usize| bucket.compare_rest(entries.places[at], entries.places[at + 1]);
    pairs.enumerate().filter(|(at, pair)| pair[0].cmp(&pair[1]).then_with(|| rest(*at)).is_gt()).count()
}

/// Bits for the number of an entry.
fn entry_bits(entries: usize) -> u32 {
    usize::BITS - entries.saturating_sub(1).leading_zeros()
}

fn sorted_words(bucket: &Bucket, entries: &Ordered, nearly: bool) -> Vec<u64> {
    let (lowest, highest) =
        entries.prefixes.iter().fold((u128::MAX, 0), |(low, high), key| (low.min(*key), high.max(*key)));
    let number_bits = entry_bits(entries.places.len());
    let span = 128 - (highest - lowest).leading_zeros();
    let shift = span.saturating_sub(64 - number_bits);
    let word =
        |(number, key): (usize, &u128)| ((key - lowest) >> shift << number_bits) as u64 | number as u64;
    let mut words: Vec<u64> = entries.prefixes.iter().enumerate().map(word).collect();
    if nearly {
        words.sort();
    } else {
        words.sort_unstable();
    }
    if shift > 0 || !bucket.is_narrow() {
        order_ties(bucket, entries, &mut words, number_bits);
    }
    words
}

/// Orders runs of words with equal leading bits by the whole keys, then by input order.
fn order_ties(bucket: &Bucket, entries: &Ordered, words: &mut [u64], number_bits: u32) {
    let mask = (1u64 << number_bits) - 1;
    let compare = |a: &u64, b: &u64| {
        let (i, j) = ((a & mask) as usize, (b & mask) as usize);
        let prefixes = entries.prefixes[i].cmp(&entries.prefixes[j]);
        let rest = || {
            if bucket.is_narrow() {
                std::cmp::Ordering::Equal
            } else {
                bucket.compare_rest(entries.places[i], entries.places[j])
            }
        };
        prefixes.then_with(rest).then(i.cmp(&j))
    };
    for run in words.chunk_by_mut(|a, b| a >> number_bits == b >> number_bits) {
        if run.len() > 1 {
            run.sort_unstable_by(compare);
        }
    }
}
