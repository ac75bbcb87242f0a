//! A tournament of lanes: which of K heads is the lowest, found again after each change with log K comparisons.
//!
//! ```text
//!              winner: lane 2
//!                 [0]            each inner node keeps the loser of the match played there;
//!              /       \         the winner of all stands above
//!            [1]       [3]
//!           /   \     /   \
//!          0     1   2     3     lanes
//! ```
//!
//! Heads are compared by their key, then by the number of their lane, so that equal keys leave in the order of the lanes. A
//! lane that has run dry is behind all others.

use std::cmp::Ordering;

/// What a lane has next: the first 128 bits of its key. `None` for a lane that has run dry.
pub(super) type Head = Option<u128>;

/// The tournament. `LaneId` is an index below the number of lanes.
#[derive(Debug)]
pub(super) struct LoserTree {
    heads: Vec<u128>,
    /// The lane's number, with the top bit set when it has run dry.
    ranks: Vec<u32>,
    /// Losers of the inner nodes from 1 on; the winner of all at 0.
    nodes: Vec<u32>,
}

const DRY: u32 = 1 << 31;

impl LoserTree {
    /// A tournament of these heads. `tie` orders two lanes whose heads are equal, by what lies behind 128 bits.
    pub fn new(heads: &[Head], tie: impl Fn(usize, usize) -> Ordering) -> Self {
        let lanes = heads.len();
        let ranks = heads.iter().enumerate().map(|(lane, head)| rank(lane, *head)).collect();
        let heads = heads.iter().map(|head| head.unwrap_or(u128::MAX)).collect();
        let mut tree = LoserTree { heads, ranks, nodes: vec![0; lanes.max(1)] };
        // Winners of all nodes from the leaves up; a leaf stands at its lane plus the number of lanes.
        let mut winners = vec![0u32; lanes * 2];
        for lane in 0..lanes {
            winners[lanes + lane] = lane as u32;
        }
        for node in (1..lanes).rev() {
            let (left, right) = (winners[node * 2], winners[node * 2 + 1]);
            let left_wins = tree.beats(left, right, &tie);
            winners[node] = if left_wins { left } else { right };
            tree.nodes[node] = if left_wins { right } else { left };
        }
        tree.nodes[0] = if lanes > 1 { winners[1] } else { 0 };
        tree
    }

    /// The lane with the lowest head; `None` when all have run dry.
    #[inline]
    pub fn winner(&self) -> Option<usize> {
        let lane = self.nodes[0] as usize;
        self.ranks.get(lane).filter(|rank| **rank & DRY == 0).map(|_| lane)
    }

    /// Gives the winning lane its next head and plays its matches again.
    #[inline]
    pub fn replace(&mut self, head: Head, tie: impl Fn(usize, usize) -> Ordering) {
        let mut lane = self.nodes[0];
        self.heads[lane as usize] = head.unwrap_or(u128::MAX);
        self.ranks[lane as usize] = rank(lane as usize, head);
        let mut node = (lane as usize + self.heads.len()) / 2;
        while node > 0 {
            let other = self.nodes[node];
            if self.beats(other, lane, &tie) {
                self.nodes[node] = lane;
                lane = other;
            }
            node /= 2;
        }
        self.nodes[0] = lane;
    }

    /// The lane that would win if the winner were not there; `None` if no other has a head.
    pub fn runner_up(&self, tie: impl Fn(usize, usize) -> Ordering) -> Option<usize> {
        let winner = self.nodes[0] as usize;
        let mut node = (winner + self.heads.len()) / 2;
        let mut best: Option<u32> = None;
        while node > 0 {
            let other = self.nodes[node];
            if best.is_none_or(|best| self.beats(other, best, &tie)) {
                best = Some(other);
            }
            node /= 2;
        }
        best.map(|lane| lane as usize).filter(|lane| self.ranks[*lane] & DRY == 0)
    }

    #[inline]
    fn beats(&self, a: u32, b: u32, tie: &impl Fn(usize, usize) -> Ordering) -> bool {
        let (a, b) = (a as usize, b as usize);
        let order = self.heads[a].cmp(&self.heads[b]);
        if order.is_ne() {
            return order.is_lt();
        }
        let (x, y) = (self.ranks[a], self.ranks[b]);
        // Only lanes with a head have something behind it.
        if (x | y) & DRY == 0 { tie(a, b).then(x.cmp(&y)).is_lt() } else { x < y }
    }
}

fn rank(lane: usize, head: Head) -> u32 {
    lane as u32 | if head.is_none() { DRY } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Merges lanes of keys and returns (key, lane) in the order in which they leave.
    fn merge(lanes: &[Vec<u128>]) -> Vec<(u128, usize)> {
        let mut next = vec![0; lanes.len()];
        let heads: Vec<Head> = lanes.iter().map(|lane| lane.first().copied()).collect();
        let mut tree = LoserTree::new(&heads, |_, _| Ordering::Equal);
        let mut out = Vec::new();
        while let Some(lane) = tree.winner() {
            let key = lanes[lane][next[lane]];
            let others = (0..lanes.len()).filter(|other| *other != lane);
            let second =
                others.filter_map(|other| lanes[other].get(next[other]).map(|key| (*key, other))).min();
            assert_eq!(tree.runner_up(|_, _| Ordering::Equal), second.map(|(_, lane)| lane));
            out.push((key, lane));
            next[lane] += 1;
            tree.replace(lanes[lane].get(next[lane]).copied(), |_, _| Ordering::Equal);
        }
        out
    }

    fn check(lanes: &[Vec<u128>]) {
        let mut expected: Vec<(u128, usize)> = lanes
            .iter()
            .enumerate()
            .flat_map(|(lane, keys)| keys.iter().map(move |key| (*key, lane)))
            .collect();
        expected.sort();
        assert_eq!(merge(lanes), expected, "{lanes:?}");
    }

    /// Every ascending lane of at most three keys of 0, 1 and the highest there is.
    fn small_lanes() -> Vec<Vec<u128>> {
        let keys = [0, 1, u128::MAX];
        let mut lanes = vec![vec![]];
        for a in 0..3 {
            lanes.push(vec![keys[a]]);
            for b in a..3 {
                lanes.push(vec![keys[a], keys[b]]);
                lanes.extend((b..3).map(|c| vec![keys[a], keys[b], keys[c]]));
            }
        }
        lanes
    }

    #[test]
    fn up_to_three_small_lanes_exhaustively() {
        let lanes = small_lanes();
        assert_eq!(lanes.len(), 20);
        for a in &lanes {
            check(std::slice::from_ref(a));
            for b in &lanes {
                check(&[a.clone(), b.clone()]);
                for c in &lanes {
                    check(&[a.clone(), b.clone(), c.clone()]);
                }
            }
        }
    }

    #[test]
    fn four_small_lanes_exhaustively() {
        let lanes = small_lanes();
        for code in 0..lanes.len().pow(4) {
            let lane = |place: u32| lanes[code / lanes.len().pow(place) % lanes.len()].clone();
            check(&[lane(0), lane(1), lane(2), lane(3)]);
        }
    }

    #[test]
    fn many_lanes() {
        for count in 5..70u64 {
            let lanes: Vec<Vec<u128>> = (0..count)
                .map(|lane| {
                    let mut keys: Vec<u128> =
                        (0..lane % 11).map(|n| u128::from((lane * 7919 + n * 104_729) % 97)).collect();
                    keys.sort_unstable();
                    keys
                })
                .collect();
            check(&lanes);
        }
        assert_eq!(LoserTree::new(&[], |_, _| Ordering::Equal).winner(), None);
    }

    #[test]
    fn equal_heads_are_decided_by_what_lies_behind_them() {
        let behind = [2, 1, 2, 0];
        let tie = |a: usize, b: usize| behind[a].cmp(&behind[b]);
        let mut tree = LoserTree::new(&[Some(5); 4], tie);
        let mut out = Vec::new();
        while let Some(lane) = tree.winner() {
            out.push(lane);
            tree.replace(None, tie);
        }
        assert_eq!(out, [3, 1, 0, 2]);
    }
}
