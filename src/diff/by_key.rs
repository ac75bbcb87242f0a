//! Pairing two sides that come in the order of their keys: the balanced line. Records of one key are paired in their order, equal
//! ones first, the others by likeness.

use std::cmp::Ordering;

use super::align::{Link, in_any_order};
use super::batch::{Batch, Numbered, Tag};
use super::canon::{Canon, likeness};
use super::intake::Feed;
use super::orphans::{Kinship, Orphans};
use super::side::Which;
use crate::key::{KeyedBlock, Keys};

/// Records of a key on one side that are looked at together; of more the rest is paired after them.
const TOGETHER: usize = 1 << 15;
/// Bytes of them.
const TOGETHER_BYTES: usize = 16 << 20;
/// Pairs that need not be looked at, after which a batch is passed on all the same.
const EQUAL: u64 = 1 << 16;

/// Pairs records by their keys.
pub(super) struct ByKey<'a> {
    left: Feed,
    right: Feed,
    canons: [Canon<'a>; 2],
    orphans: Orphans,
    /// True if records with the same bytes need not be looked at.
    bytes_decide: bool,
    /// True if the order of records with one key says nothing.
    orderless: bool,
    lefts: Group,
    rights: Group,
    ended: bool,
}

/// Records with one key.
#[derive(Default)]
struct Group {
    bytes: Vec<u8>,
    records: Vec<(u64, usize, usize)>,
}

impl Group {
    fn gather(&mut self, feed: &mut Feed, key: &Keys) {
        self.bytes.clear();
        self.records.clear();
        while feed.ready() && self.records.len() < TOGETHER && self.bytes.len() < TOGETHER_BYTES {
            let has_key = feed.at().is_some_and(|(keyed, at)| keyed.keys.compare(at, key, 0).is_eq());
            if !has_key {
                return;
            }
            let record = feed.current();
            let start = self.bytes.len();
            self.bytes.extend_from_slice(record.bytes);
            self.records.push((record.number, start, self.bytes.len()));
            feed.advance(1);
        }
    }

    fn get(&self, at: usize) -> Numbered<'_> {
        let (number, start, end) = self.records[at];
        Numbered { bytes: &self.bytes[start..end], number }
    }

    fn len(&self) -> usize {
        self.records.len()
    }
}

impl<'a> ByKey<'a> {
    /// A pairing of two feeds. With `orderless`, keys are all that counts of a record, and the order of those with the same key
    /// says nothing.
    pub fn new(
        (left, right): (Feed, Feed),
        canons: [Canon<'a>; 2],
        kinship: Kinship,
        bytes_decide: bool,
        orderless: bool,
    ) -> Self {
        ByKey {
            left,
            right,
            canons,
            orphans: Orphans::new(kinship),
            bytes_decide,
            orderless,
            lefts: Group::default(),
            rights: Group::default(),
            ended: false,
        }
    }

    /// The next pairs; `None` at the end.
    pub fn next_batch(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        while !self.ended && !batch.is_full() && batch.equal < EQUAL {
            self.ended = !self.step(&mut batch);
        }
        if self.ended && !batch.is_full() {
            self.orphans.release(&mut self.canons, &mut batch);
        }
        (!batch.is_empty()).then_some(batch)
    }

    fn step(&mut self, batch: &mut Batch) -> bool {
        let order = match (self.left.ready(), self.right.ready()) {
            (false, false) => return false,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) if self.skip_equal(batch) => return true,
            (true, true) => self.order(),
        };
        match order {
            Ordering::Less => {
                self.orphans.push(Which::Left, self.left.current(), batch);
                self.left.advance(1);
            }
            Ordering::Greater => {
                self.orphans.push(Which::Right, self.right.current(), batch);
                self.right.advance(1);
            }
            Ordering::Equal if is_single(self.left.at()) && is_single(self.right.at()) => {
                let (left, right) = (self.left.current(), self.right.current());
                if self.bytes_decide && left.bytes == right.bytes {
                    batch.equal += 1;
                } else {
                    batch.push(Some(left), Some(right), Tag::Plain);
                }
                self.left.advance(1);
                self.right.advance(1);
            }
            Ordering::Equal => self.group(batch),
        }
        true
    }

    /// Passes over records that are the same on both sides, up to where a key begins of which not all are known to be; false if
    /// there are none.
    fn skip_equal(&mut self, batch: &mut Batch) -> bool {
        if !self.bytes_decide {
            return false;
        }
        let equal = self.left.same_as(&self.right);
        if equal < 2 {
            // One alone costs less where keys are compared anyway.
            return false;
        }
        let whole = whole_keys(self.left.at(), equal).min(whole_keys(self.right.at(), equal));
        self.left.advance(whole);
        self.right.advance(whole);
        batch.equal += whole as u64;
        whole > 0
    }

    #[inline]
    fn order(&self) -> Ordering {
        match (self.left.at(), self.right.at()) {
            (Some((left, i)), Some((right, j))) => left.keys.compare(i, &right.keys, j),
            (left, right) => right.is_some().cmp(&left.is_some()),
        }
    }

    fn group(&mut self, batch: &mut Batch) {
        let Some((keyed, at)) = self.left.at() else { return };
        let mut key = keyed.keys.empty_alike();
        key.push_from(&keyed.keys, at);
        self.lefts.gather(&mut self.left, &key);
        self.rights.gather(&mut self.right, &key);
        let (lefts, rights) = (&self.lefts, &self.rights);
        let both = lefts.len().min(rights.len());
        let same = |at: usize| lefts.get(at).bytes == rights.get(at).bytes;
        if self.bytes_decide && lefts.len() == rights.len() && (0..both).all(same) {
            batch.equal += both as u64;
            return;
        }
        if (lefts.len(), rights.len()) == (1, 1) {
            batch.push(Some(lefts.get(0)), Some(rights.get(0)), Tag::Plain);
            return;
        }
        self.link(batch);
    }

    fn link(&mut self, batch: &mut Batch) {
        let (lefts, rights) = (&self.lefts, &self.rights);
        let [left, right] = &mut self.canons;
        let hashes = |canon: &mut Canon<'_>, group: &Group| -> Vec<u128> {
            (0..group.len()).map(|at| canon.hash(group.get(at))).collect()
        };
        let (ours, theirs) = (hashes(left, lefts), hashes(right, rights));
        let mut alike =
            |i: usize, j: usize| likeness(&left.signature(lefts.get(i)), &right.signature(rights.get(j)));
        for link in in_any_order(&ours, &theirs, &mut alike) {
            match link {
                Link::Pair(i, j) => batch.push(Some(lefts.get(i)), Some(rights.get(j)), Tag::Plain),
                Link::Moved(i, j) => {
                    let tag = if self.orderless { Tag::Plain } else { Tag::OrderOfEqualKeys };
                    batch.push(Some(lefts.get(i)), Some(rights.get(j)), tag);
                }
                Link::Left(at, true) => batch.push_alone(Which::Left, lefts.get(at), Tag::Duplicate),
                Link::Right(at, true) => batch.push_alone(Which::Right, rights.get(at), Tag::Duplicate),
                Link::Left(at, false) => self.orphans.push(Which::Left, lefts.get(at), batch),
                Link::Right(at, false) => self.orphans.push(Which::Right, rights.get(at), batch),
            }
        }
    }
}

/// How many of so many records from here on have keys that no record behind them has.
fn whole_keys(at: Option<(&KeyedBlock, usize)>, records: usize) -> usize {
    let Some((keyed, at)) = at else { return 0 };
    let last = at + records - 1;
    let begins = |index: &usize| *index == at || keyed.keys.compare(index - 1, &keyed.keys, *index).is_ne();
    let is_last = last + 1 < keyed.block.len() && keyed.keys.compare(last, &keyed.keys, last + 1).is_ne();
    if is_last { records } else { (at..=last).rev().find(begins).map_or(0, |index| index - at) }
}

/// True if the next record of the block has another key; false if that cannot be seen.
#[inline]
fn is_single(at: Option<(&KeyedBlock, usize)>) -> bool {
    at.is_some_and(|(keyed, at)| {
        at + 1 < keyed.block.len() && keyed.keys.compare(at, &keyed.keys, at + 1).is_ne()
    })
}
