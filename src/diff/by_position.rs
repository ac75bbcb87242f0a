//! Pairing two sides in their order: record by record as long as they are equal; where they are not, a window of both is aligned, so
//! that one record more or less does not make all behind it differ.

use std::collections::HashMap;

use super::align::{Link, anchors, in_order};
use super::batch::{Batch, Numbered, Tag};
use super::canon::{Canon, likeness};
use super::intake::Feed;
use super::orphans::{Kinship, Orphans};
use super::side::Which;

/// Records of a window, tried in turn until there is something to hold on to.
const WINDOWS: [usize; 4] = [64, 512, 4096, 16_384];
/// Bytes of a window at most.
const WINDOW_BYTES: usize = 16 << 20;
/// Pairs that need not be looked at, after which a batch is passed on all the same.
const EQUAL: u64 = 1 << 16;

/// Pairs records by their places.
pub(super) struct ByPosition<'a> {
    feeds: [Feed; 2],
    canons: [Canon<'a>; 2],
    orphans: Orphans,
    bytes_decide: bool,
    windows: [Window; 2],
    /// Records of the windows without a partner, and whether there is another one like it.
    lonely: Vec<(Which, usize, bool)>,
    /// Hashes of the records right before the windows, or before what comes next.
    before: [Option<u128>; 2],
    /// Position in [`WINDOWS`].
    size: usize,
    ended: bool,
}

/// Records of one side that are ahead of what has been paired.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    records: Vec<(u64, usize, usize)>,
    hashes: Vec<u128>,
    /// Records at the front that are paired already.
    gone: usize,
    at_end: bool,
}

impl Window {
    fn len(&self) -> usize {
        self.records.len() - self.gone
    }

    fn get(&self, at: usize) -> Numbered<'_> {
        let (number, start, end) = self.records[self.gone + at];
        Numbered { bytes: &self.bytes[start..end], number }
    }

    fn hashes(&self) -> &[u128] {
        &self.hashes[self.gone..]
    }

    /// Drops what is paired, and fills up to so many records.
    fn fill(&mut self, feed: &mut Feed, canon: &mut Canon<'_>, size: usize) {
        if self.gone > 0 {
            let start = self.records.get(self.gone).map_or(self.bytes.len(), |record| record.1);
            self.bytes.drain(..start);
            self.records.drain(..self.gone);
            self.hashes.drain(..self.gone);
            self.records
                .iter_mut()
                .for_each(|record| (record.1, record.2) = (record.1 - start, record.2 - start));
            self.gone = 0;
        }
        while self.records.len() < size && self.bytes.len() < WINDOW_BYTES {
            if !feed.ready() {
                self.at_end = true;
                return;
            }
            let record = feed.current();
            let start = self.bytes.len();
            self.hashes.push(canon.hash(record));
            self.bytes.extend_from_slice(record.bytes);
            self.records.push((record.number, start, self.bytes.len()));
            feed.advance(1);
        }
    }
}

impl<'a> ByPosition<'a> {
    /// A pairing of two feeds.
    pub fn new((left, right): (Feed, Feed), canons: [Canon<'a>; 2], bytes_decide: bool) -> Self {
        ByPosition {
            feeds: [left, right],
            canons,
            orphans: Orphans::new(Kinship::Same),
            bytes_decide,
            windows: [Window::default(), Window::default()],
            lonely: Vec::new(),
            before: [None, None],
            size: 0,
            ended: false,
        }
    }

    /// The next pairs; `None` at the end.
    pub fn next_batch(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        while !self.ended && !batch.is_full() && batch.equal < EQUAL {
            if self.windows.iter().all(|window| window.len() == 0) && self.skip_equal(&mut batch) {
                continue;
            }
            self.ended = !self.align(&mut batch);
        }
        if self.ended && !batch.is_full() {
            self.orphans.release(&mut self.canons, &mut batch);
        }
        (!batch.is_empty()).then_some(batch)
    }

    /// Passes over records with equal bytes; false if there are none.
    fn skip_equal(&mut self, batch: &mut Batch) -> bool {
        let [left, right] = &mut self.feeds;
        if !self.bytes_decide || !left.ready() || !right.ready() {
            return false;
        }
        let equal = left.same_as(right).max(usize::from(left.current().bytes == right.current().bytes));
        if let Some(last) = equal.checked_sub(1) {
            self.before =
                [Some(self.canons[0].hash(left.ahead(last))), Some(self.canons[1].hash(right.ahead(last)))];
        }
        left.advance(equal);
        right.advance(equal);
        batch.equal += equal as u64;
        equal > 0
    }

    /// Aligns a window. False at the end of both sides.
    fn align(&mut self, batch: &mut Batch) -> bool {
        loop {
            let size = WINDOWS[self.size];
            for which in [0, 1] {
                self.windows[which].fill(&mut self.feeds[which], &mut self.canons[which], size);
            }
            let (lefts, rights) = (self.windows[0].len(), self.windows[1].len());
            if lefts == 0 && rights == 0 {
                return false;
            }
            let hashes = self.windows.each_ref().map(|window| window.hashes().to_vec());
            let at_end = self.windows.iter().all(|window| window.at_end);
            // To the last record that is surely the same on both sides all can be aligned without seeing more.
            let last = anchors(&hashes[0], &hashes[1]).pop();
            if let Some((a, b)) = last {
                self.size = 0;
                let until = if at_end { (lefts, rights) } else { (a + 1, b + 1) };
                self.link(&hashes, until, batch);
                return true;
            }
            if lefts.min(rights) >= WINDOWS[0]
                && self.size > 0
                && let Some(column) = self.of_column()
                && let Some((a, b)) = anchors(&column[0], &column[1]).pop()
            {
                let until = if at_end { (lefts, rights) } else { (a + 1, b + 1) };
                self.link(&column, until, batch);
                return true;
            }
            if self.size + 1 < WINDOWS.len() && !(at_end && self.size > 0) {
                self.size += 1;
                continue;
            }
            let both = lefts.min(rights);
            let one_ended = self.windows.iter().any(|window| window.at_end);
            self.link(&hashes, if one_ended { (lefts, rights) } else { (both, both) }, batch);
            return true;
        }
    }

    /// Where no record is the same on both sides: the values of the field that tells most records apart and has the most of them on
    /// both sides, so that it can be held on to instead.
    fn of_column(&mut self) -> Option<[Vec<u128>; 2]> {
        let mut values: [HashMap<(u32, u64), HashMap<u64, usize>>; 2] = [HashMap::new(), HashMap::new()];
        let mut signatures = [Vec::new(), Vec::new()];
        for which in [0, 1] {
            for at in 0..self.windows[which].len() {
                let signature = self.canons[which].signature(self.windows[which].get(at));
                for (column, path, hash) in &signature {
                    *values[which].entry((*column, *path)).or_default().entry(*hash).or_default() += 1;
                }
                signatures[which].push(signature);
            }
        }
        let [left, right] = &values;
        let shared = |(column, values): (&(u32, u64), &HashMap<u64, usize>)| {
            let theirs = right.get(column)?;
            let once = values.iter().filter(|(hash, count)| **count == 1 && theirs.get(*hash) == Some(&1));
            Some((once.count(), std::cmp::Reverse(*column)))
        };
        let (once, std::cmp::Reverse(column)) = left.iter().filter_map(shared).max()?;
        if once * 4 < self.windows[0].len().min(self.windows[1].len()) {
            return None;
        }
        let of = |signature: &Vec<(u32, u64, u64)>| {
            let part = signature.iter().find(|part| (part.0, part.1) == column);
            part.map_or(0, |part| u128::from(part.2))
        };
        Some(signatures.map(|list| list.iter().map(of).collect()))
    }

    /// Links what is before `until`, holding on to what has the same hash.
    fn link(&mut self, hashes: &[Vec<u128>; 2], (lefts, rights): (usize, usize), batch: &mut Batch) {
        let [left, right] = &self.windows;
        let [ours, theirs] = &mut self.canons;
        let mut alike =
            |i: usize, j: usize| likeness(&ours.signature(left.get(i)), &theirs.signature(right.get(j)));
        for link in in_order(&hashes[0][..lefts], &hashes[1][..rights], &mut alike) {
            match link {
                Link::Pair(i, j) | Link::Moved(i, j) => {
                    let (a, b) = (left.get(i), right.get(j));
                    if self.bytes_decide && a.bytes == b.bytes {
                        batch.equal += 1;
                    } else {
                        batch.push(Some(a), Some(b), Tag::Plain);
                    }
                }
                Link::Left(at, twice) => self.lonely.push((Which::Left, at, twice)),
                Link::Right(at, twice) => self.lonely.push((Which::Right, at, twice)),
            }
        }
        for (which, at, twice) in self.lonely.drain(..) {
            let (window, before) = (&self.windows[which.index()], self.before[which.index()]);
            if twice || before == Some(window.hashes()[at]) {
                batch.push_alone(which, window.get(at), Tag::Duplicate);
            } else {
                self.orphans.push(which, window.get(at), batch);
            }
        }
        for (which, gone) in [lefts, rights].into_iter().enumerate() {
            if let Some(last) = gone.checked_sub(1) {
                self.before[which] = Some(self.windows[which].hashes()[last]);
            }
            self.windows[which].gone += gone;
        }
    }
}
