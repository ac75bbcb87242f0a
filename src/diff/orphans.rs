//! Records without a partner, kept to see at the end whether two of them belong together: a record that moved, or one that was
//! changed in what it is paired by.

use std::collections::{HashMap, HashSet, VecDeque};

use super::batch::{Batch, Numbered, Tag};
use super::canon::{Canon, likeness};
use super::side::Which;
use crate::sys::hash::xxh3_128;

/// Records of a side that are kept; more are taken to be alone.
const KEPT: usize = 1 << 16;
/// Bytes of a side that are kept.
const KEPT_BYTES: usize = 32 << 20;
/// Fields with the same value in more records than this do not make two of them candidates.
const COMMON: usize = 32;
/// The share of fields in which two records must agree to be taken for one that was changed.
const LIKELY: f32 = 0.6;

/// Which orphans belong together.
#[derive(Clone, Debug)]
pub(super) enum Kinship {
    /// The same records: they have moved.
    Same,
    /// Records that differ in these columns alone, those of the key.
    SameButKey(HashSet<u32>),
    /// Records most of whose fields are the same.
    Alike,
}

/// Positions of a left and a right record, as far as there are any, and what is known of them.
type Settled = (Option<usize>, Option<usize>, Tag);

/// Records of one side.
#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    records: Vec<(u64, std::ops::Range<usize>)>,
}

impl Held {
    fn get(&self, at: usize) -> Numbered<'_> {
        let (number, range) = &self.records[at];
        Numbered { bytes: &self.bytes[range.clone()], number: *number }
    }
}

/// Orphans of both sides.
#[derive(Debug)]
pub(super) struct Orphans {
    kinship: Kinship,
    held: [Held; 2],
    settled: Option<VecDeque<Settled>>,
}

impl Orphans {
    /// None yet.
    pub fn new(kinship: Kinship) -> Self {
        Orphans { kinship, held: [Held::default(), Held::default()], settled: None }
    }

    /// Takes a record; if there is no more room, it goes into the batch as one that is alone.
    pub fn push(&mut self, which: Which, record: Numbered<'_>, batch: &mut Batch) {
        let held = &mut self.held[which.index()];
        if held.records.len() >= KEPT || held.bytes.len() + record.bytes.len() > KEPT_BYTES {
            batch.push_alone(which, record, Tag::Plain);
            return;
        }
        let start = held.bytes.len();
        held.bytes.extend_from_slice(record.bytes);
        held.records.push((record.number, start..held.bytes.len()));
    }

    /// At the end: puts orphans into the batch until it is full. False when there are no more.
    pub fn release(&mut self, canons: &mut [Canon<'_>; 2], batch: &mut Batch) -> bool {
        if self.settled.is_none() {
            let settled = self.settle(canons);
            self.settled = Some(settled);
        }
        let Some(settled) = &mut self.settled else { return false };
        while !batch.is_full() {
            let Some((left, right, tag)) = settled.pop_front() else { return false };
            let (left, right) = (left.map(|at| self.held[0].get(at)), right.map(|at| self.held[1].get(at)));
            batch.push(left, right, tag);
        }
        !settled.is_empty()
    }

    fn settle(&self, canons: &mut [Canon<'_>; 2]) -> VecDeque<Settled> {
        let (lefts, rights) = (self.held[0].records.len(), self.held[1].records.len());
        let pairs = if lefts == 0 || rights == 0 {
            Vec::new()
        } else {
            match &self.kinship {
                Kinship::Same => self.same(canons, |canon, record| canon.hash(record)),
                Kinship::SameButKey(keys) => self.same(canons, |canon, record| {
                    let signature = canon.signature(record);
                    let mut bytes = Vec::new();
                    for (column, path, hash) in signature.into_iter().filter(|part| !keys.contains(&part.0)) {
                        bytes.extend_from_slice(&column.to_be_bytes());
                        bytes.extend_from_slice(&path.to_be_bytes());
                        bytes.extend_from_slice(&hash.to_be_bytes());
                    }
                    xxh3_128(&bytes)
                }),
                Kinship::Alike => self.alike(canons),
            }
        };
        let tag = if matches!(self.kinship, Kinship::Same) { Tag::Moved } else { Tag::Likely };
        let partner: HashMap<usize, usize> = pairs.iter().copied().collect();
        let taken: HashSet<usize> = pairs.iter().map(|(_, right)| *right).collect();
        let of_left = (0..lefts).map(|at| match partner.get(&at) {
            Some(right) => (Some(at), Some(*right), tag),
            None => (Some(at), None, Tag::Plain),
        });
        let of_right = (0..rights).filter(|at| !taken.contains(at)).map(|at| (None, Some(at), Tag::Plain));
        of_left.chain(of_right).collect()
    }

    /// Pairs of orphans with the same hash, in their order.
    fn same(
        &self,
        canons: &mut [Canon<'_>; 2],
        hash: impl Fn(&mut Canon<'_>, Numbered<'_>) -> u128,
    ) -> Vec<(usize, usize)> {
        let [left, right] = canons;
        let mut waiting: HashMap<u128, VecDeque<usize>> = HashMap::new();
        for at in 0..self.held[1].records.len() {
            waiting.entry(hash(right, self.held[1].get(at))).or_default().push_back(at);
        }
        let lefts = 0..self.held[0].records.len();
        let partner = |at: usize| {
            let found = waiting.get_mut(&hash(left, self.held[0].get(at)))?.pop_front()?;
            Some((at, found))
        };
        lefts.filter_map(partner).collect()
    }

    /// Pairs of orphans that agree in most fields, the most alike first.
    fn alike(&self, canons: &mut [Canon<'_>; 2]) -> Vec<(usize, usize)> {
        let [left, right] = canons;
        let signatures = |canon: &mut Canon<'_>, held: &Held| -> Vec<Vec<(u32, u64, u64)>> {
            (0..held.records.len()).map(|at| canon.signature(held.get(at))).collect()
        };
        let (ours, theirs) = (signatures(left, &self.held[0]), signatures(right, &self.held[1]));
        let mut by_value: HashMap<(u32, u64, u64), Vec<usize>> = HashMap::new();
        for (at, signature) in theirs.iter().enumerate() {
            signature.iter().for_each(|part| by_value.entry(*part).or_default().push(at));
        }
        let mut weighed: Vec<(f32, usize, usize)> = Vec::new();
        for (at, signature) in ours.iter().enumerate() {
            let rare =
                signature.iter().filter_map(|part| by_value.get(part)).filter(|list| list.len() <= COMMON);
            let candidates: HashSet<usize> = rare.flatten().copied().collect();
            let weigh = |other: usize| (likeness(signature, &theirs[other]), at, other);
            weighed.extend(candidates.into_iter().map(weigh).filter(|(alike, ..)| *alike >= LIKELY));
        }
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let (mut taken_left, mut taken_right) = (vec![false; ours.len()], vec![false; theirs.len()]);
        weighed.retain(|(_, i, j)| {
            let free = !taken_left[*i] && !taken_right[*j];
            if free {
                (taken_left[*i], taken_right[*j]) = (true, true);
            }
            free
        });
        weighed.into_iter().map(|(_, i, j)| (i, j)).collect()
    }
}
