//! Merging sorted lanes into one.
//!
//! A lane is a row of blocks in order: a run on disk, records in memory, or a dataset that is in order already. The lowest
//! head of all lanes leaves next; of equal keys the lane with the lower number is first, which is the input order.
//!
//! A lane that wins again and again is given a stretch: all its records that are not above the head of the runner-up leave
//! at once. So sorted inputs cost little more than copying.

use std::cmp::Ordering;
use std::ops::Range;

use super::loser_tree::LoserTree;
use super::proof::Proof;
use crate::diag::{Diagnostic, Result, codes};
use crate::key::{KeyedBlock, Keys};
use crate::record::Block;

/// Gives the blocks of a lane one by one, with the records in them that count.
pub(super) type Source<'a> = Box<dyn FnMut() -> Result<Option<(KeyedBlock, Range<usize>)>> + Send + 'a>;

/// Wins in a row after which a lane is looked at for a stretch.
const STREAK: u32 = 8;

/// Lanes being merged.
pub(super) struct Merge<'a> {
    lanes: Vec<Lane<'a>>,
    /// Bytes of an output block.
    block_bytes: usize,
    fixed_length: Option<usize>,
    proof: Proof,
    out: Block,
    keys: Keys,
}

struct Lane<'a> {
    source: Source<'a>,
    keyed: KeyedBlock,
    /// The next record of the block, and where those that count end.
    at: usize,
    end: usize,
}

impl Lane<'_> {
    fn head(&self) -> Option<u128> {
        (self.at < self.end).then(|| self.keyed.keys.prefixes()[self.at])
    }

    /// Reads on if the block is used up.
    fn refill(&mut self) -> Result<()> {
        while self.at == self.end {
            // Its memory is what the next one is read into.
            self.keyed = empty();
            match (self.source)()? {
                Some((keyed, range)) => {
                    (self.at, self.end) = (range.start, range.end);
                    self.keyed = keyed;
                }
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

fn empty() -> KeyedBlock {
    KeyedBlock { block: Block::empty(None), keys: Keys::default() }
}

impl<'a> Merge<'a> {
    /// A merge of these lanes, in their order.
    pub fn new(
        sources: Vec<Source<'a>>,
        block_bytes: usize,
        fixed_length: Option<usize>,
        proof: Proof,
    ) -> Self {
        let lane = |source| Lane { source, keyed: empty(), at: 0, end: 0 };
        let lanes = sources.into_iter().map(lane).collect();
        let out = Block::with_capacity(fixed_length, block_bytes);
        Merge { lanes, block_bytes, fixed_length, proof, out, keys: Keys::default() }
    }

    /// Gives all records away in order, block by block.
    pub fn run(mut self, put: &mut dyn FnMut(KeyedBlock) -> Result<()>) -> Result<()> {
        for lane in &mut self.lanes {
            lane.refill()?;
        }
        let alike = self.lanes.iter().find(|lane| lane.head().is_some());
        self.keys = alike.map(|lane| lane.keyed.keys.empty_alike()).unwrap_or_default();
        let heads: Vec<Option<u128>> = self.lanes.iter().map(Lane::head).collect();
        let mut tree = LoserTree::new(&heads, |a, b| tie(&self.lanes, a, b));
        let (mut last, mut streak) = (usize::MAX, 0);
        while let Some(winner) = tree.winner() {
            streak = if winner == last { streak + 1 } else { 0 };
            last = winner;
            let count = if streak >= STREAK { self.stretch(&tree, winner) } else { 1 };
            self.take(winner, count)?;
            if self.out.size() >= self.block_bytes {
                self.give(put)?;
            }
            self.lanes[winner].refill()?;
            tree.replace(self.lanes[winner].head(), |a, b| tie(&self.lanes, a, b));
        }
        self.give(put)
    }

    /// How many records of the winner leave before the runner-up's head does.
    fn stretch(&self, tree: &LoserTree, winner: usize) -> usize {
        let lane = &self.lanes[winner];
        let all = lane.end - lane.at;
        let count = match tree.runner_up(|a, b| tie(&self.lanes, a, b)) {
            None => all,
            Some(other) => {
                let rival = &self.lanes[other];
                let leaves_first = |index: usize| {
                    let order = lane.keyed.keys.compare(index, &rival.keyed.keys, rival.at);
                    order.is_lt() || order.is_eq() && winner < other
                };
                partition_point(lane.at..lane.end, leaves_first) - lane.at
            }
        };
        // Not more than an output block holds.
        let size = self.fixed_length.unwrap_or(256).max(1);
        count.min(self.block_bytes / size).max(1)
    }

    /// Moves records of a lane to the output.
    fn take(&mut self, winner: usize, count: usize) -> Result<()> {
        let lane = &mut self.lanes[winner];
        let range = lane.at..lane.at + count;
        if let Some(before) = self.keys.len().checked_sub(1)
            && self.keys.compare(before, &lane.keyed.keys, lane.at).is_gt()
        {
            return Err(out_of_order());
        }
        if count == 1 {
            self.out.push(lane.keyed.block.record(lane.at));
            self.keys.push_from(&lane.keyed.keys, lane.at);
        } else {
            self.out.push_range(&lane.keyed.block, range.clone());
            self.keys.extend_from(&lane.keyed.keys, range);
        }
        lane.at += count;
        Ok(())
    }

    fn give(&mut self, put: &mut dyn FnMut(KeyedBlock) -> Result<()>) -> Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let next = Block::with_capacity(self.fixed_length, self.block_bytes + self.fixed_length.unwrap_or(0));
        let mut block = std::mem::replace(&mut self.out, next);
        let alike = self.keys.empty_alike();
        let keys = std::mem::replace(&mut self.keys, alike);
        self.proof.seal(&mut block);
        put(KeyedBlock { block, keys })
    }
}

/// Order of the heads of two lanes, looked at as a whole.
#[inline]
fn tie(lanes: &[Lane<'_>], a: usize, b: usize) -> Ordering {
    let (a, b) = (&lanes[a], &lanes[b]);
    if a.keyed.keys.are_narrow() {
        return Ordering::Equal;
    }
    a.keyed.keys.rest(a.at).cmp(b.keyed.keys.rest(b.at))
}

/// The first index of a range for which `holds` no longer holds, if it holds for none behind.
pub(super) fn partition_point(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// A check that never fails unless the sort itself is wrong.
pub(super) fn out_of_order() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "records left the sort out of order")
        .hint("this is a defect of offhost; nothing was published, please report it")
}
