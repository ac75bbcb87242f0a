//! Transactions by the block: looked at ahead, posted by one engine or by several that share them, and settled in their order.
//!
//! ```text
//!   Lookout (any thread)       rows of masters that nothing changes; the part that each transaction belongs to   -> Batch
//!   Engine, one for each part  finds rows ahead for a handful at a time, posts its own transactions              -> Outcome
//!   settle (in order)          what the outcomes hold, transaction by transaction, as if there had been one engine
//! ```

use std::sync::Arc;

use indexmap::IndexMap;

use super::action::Reason;
use super::engine::{Emit, Engine, Fate};
use super::foresee::{Scout, Sight};
use super::partition::Partition;
use super::program::Program;
use super::state::Current;
use super::table::{hash, touch};
use crate::diag::{Diagnostic, Result, codes};
use crate::expr::{FieldRef, Frame, SingleFrame};
use crate::record::{Block, Origin};
use crate::sys::hash::xxh3_64;

/// Transactions for which rows are found ahead at a time, or rows for which places are: what is brought near fits the caches.
pub(super) const AHEAD: usize = 48;

/// The transactions of a block, looked at.
pub struct Batch {
    block: Block,
    input: usize,
    /// What was foreseen, transaction by transaction.
    sights: Vec<Sight>,
    /// The part that each transaction belongs to; empty if there is but one.
    parts: Vec<u16>,
    /// Where each transaction comes from, if not from where the block does.
    places: Vec<Place>,
    /// Transactions before this block.
    pub before: u64,
}

/// Where a transaction comes from that is not where it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Transactions before it, of all inputs.
    pub ordinal: u64,
    /// Its number in its dataset, from 1.
    pub record: u64,
    /// Its file offset.
    pub offset: u64,
}

impl Batch {
    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.block.len()
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// The same transactions, each from a place of its own.
    #[must_use]
    pub fn placed(self, places: Vec<Place>) -> Self {
        Batch { places, ..self }
    }

    /// Its transactions, and where each comes from.
    pub fn into_parts(self) -> (Block, Vec<Place>) {
        (self.block, self.places)
    }

    fn origin<'a>(&'a self, index: usize, dataset: &'a str) -> Origin<'a> {
        match self.places.get(index) {
            Some(place) => {
                Origin { dataset, record: Some(place.record), offset: Some(place.offset), above: None }
            }
            None => self.block.origin(dataset, self.block.slot(index)),
        }
    }

    fn ordinal(&self, index: usize) -> u64 {
        self.places.get(index).map_or(self.before + index as u64, |place| place.ordinal)
    }
}

/// By which part of the transactions or master rows some record is one.
#[derive(Clone, Debug)]
pub struct Parting {
    fields: Vec<FieldRef>,
    parts: u16,
}

impl Parting {
    /// Transactions of a partition in so many parts.
    pub fn of_transactions(partition: &Partition, parts: u16) -> Self {
        Parting { fields: partition.fields.clone(), parts }
    }

    /// Rows of a master whose key has the values of the partition in these parts.
    pub fn of_rows(fields: Vec<FieldRef>, parts: u16) -> Self {
        Parting { fields, parts }
    }

    /// The part of each row of a block.
    pub fn of_block(&self, block: &Block, dataset: &str) -> Vec<u16> {
        self.hashes(block, dataset).into_iter().map(|hash| self.part(hash)).collect()
    }

    /// A hash of the values of each row of a block: the same for all that meet.
    pub fn hashes(&self, block: &Block, dataset: &str) -> Vec<u64> {
        let mut bytes = Vec::new();
        let rows = block.slots();
        let hash = |(slot, record)| {
            let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
            self.hash(&frame, &mut bytes)
        };
        rows.map(hash).collect()
    }

    /// A record whose values cannot be read finds no row anywhere; any hash will do.
    #[inline]
    fn hash<F: Frame + ?Sized>(&self, frame: &F, bytes: &mut Vec<u8>) -> u64 {
        bytes.clear();
        for field in &self.fields {
            if value(field, frame, bytes).is_err() {
                return 0;
            }
        }
        xxh3_64(bytes)
    }

    /// The high bits of the product: a share of the whole range of hashes.
    #[inline]
    fn part(&self, hash: u64) -> u16 {
        ((u128::from(hash) * u128::from(self.parts)) >> 64) as u16
    }
}

/// Appends the value of a field: the same bytes for all fields that a lookup takes for equal.
#[inline]
fn value<F: Frame + ?Sized>(field: &FieldRef, frame: &F, out: &mut Vec<u8>) -> Result<()> {
    match field.number() {
        Some(shape) => {
            let (mut integer, mut scale) = (field.integer(shape, frame)?, i16::from(shape.scale));
            if let Ok(mut small) = i64::try_from(integer) {
                while small % 10 == 0 && small != 0 {
                    (small, scale) = (small / 10, scale - 1);
                }
                integer = i128::from(small);
            } else {
                while integer % 10 == 0 {
                    (integer, scale) = (integer / 10, scale - 1);
                }
            }
            out.extend_from_slice(&integer.to_le_bytes());
            out.extend_from_slice(&if integer == 0 { 0 } else { scale }.to_le_bytes());
        }
        None => {
            let (bytes, blank) = (field.bytes(frame)?, field.format.page.space());
            let length = bytes.iter().rposition(|byte| *byte != blank).map_or(0, |last| last + 1);
            out.extend_from_slice(&bytes[..length]);
            out.extend_from_slice(&(length as u32).to_le_bytes());
        }
    }
    Ok(())
}

/// Looks at transactions before their turn; on any thread.
pub struct Lookout {
    scout: Scout,
    parting: Option<Parting>,
}

impl Lookout {
    /// A lookout that says for each transaction which part it belongs to, if there are several.
    pub fn new(scout: Scout, parting: Option<Parting>) -> Self {
        Lookout { scout, parting: parting.filter(|parting| parting.parts > 1) }
    }

    /// Looks at the transactions of a block.
    pub fn look(&self, block: Block, input: usize, dataset: &str) -> Batch {
        let (mut sights, mut parts, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        let mut view = self.scout.view();
        let count = block.len();
        for first in (0..count).step_by(AHEAD) {
            let some = first..count.min(first + AHEAD);
            let current = |index: usize| {
                let slot = block.slot(index);
                Current::new(block.at(slot), Some(input), block.origin(dataset, slot))
            };
            self.scout.look(some.clone().map(current), &mut view, &mut sights);
            match &self.parting {
                Some(parting) if parting.fields.is_empty() => {
                    parts.extend(some.map(|index| (index * usize::from(parting.parts) / count) as u16));
                }
                Some(parting) => parts.extend(some.map(|index| {
                    let rows = self.scout.rows(current(index), index, &sights, &mut view);
                    parting.part(parting.hash(&rows, &mut bytes))
                })),
                None => {}
            }
        }
        Batch { block, input, sights, parts, places: Vec::new(), before: 0 }
    }

    /// A hash of what keeps each transaction of a block with those that it meets.
    pub fn hashes(&self, block: &Block, input: usize, dataset: &str, parting: &Parting) -> Vec<u64> {
        let (mut sights, mut bytes, mut view) = (Vec::new(), Vec::new(), self.scout.view());
        let current = |index: usize| {
            let slot = block.slot(index);
            Current::new(block.at(slot), Some(input), block.origin(dataset, slot))
        };
        self.scout.look((0..block.len()).map(current), &mut view, &mut sights);
        let hash =
            |index| parting.hash(&self.scout.rows(current(index), index, &sights, &mut view), &mut bytes);
        (0..block.len()).map(hash).collect()
    }
}

/// What an engine made of its transactions of a batch.
#[derive(Default)]
pub struct Outcome {
    fates: Vec<Fated>,
    /// Emitted records: output, and end in `bytes`.
    emitted: Vec<(usize, usize)>,
    bytes: Vec<u8>,
    /// What ended it, at the transaction behind the last fate.
    failed: Option<Box<Diagnostic>>,
}

struct Fated {
    index: u32,
    /// Records emitted up to and with this transaction.
    emitted: u32,
    /// Behind a pointer, since most have none.
    reason: Option<Box<Reason>>,
}

/// What is left of a transaction.
pub enum Left<'o> {
    /// A record emitted to the output of this number.
    Record(usize, &'o [u8]),
    /// It was posted.
    Posted,
    /// It was rejected.
    Rejected(&'o Reason),
}

impl Outcome {
    /// What is left of each transaction, whose index in the batch is given, in order.
    pub fn each(&self, see: &mut dyn FnMut(usize, Left<'_>) -> Result<()>) -> Result<()> {
        let (mut record, mut start) = (0, 0);
        for fated in &self.fates {
            let index = fated.index as usize;
            for (output, end) in &self.emitted[record..fated.emitted as usize] {
                see(index, Left::Record(*output, &self.bytes[start..*end]))?;
                start = *end;
            }
            record = fated.emitted as usize;
            see(index, fated.reason.as_deref().map_or(Left::Posted, Left::Rejected))?;
        }
        Ok(())
    }

    /// What ended the posting of a batch of one part, and the index of the transaction at which it did.
    pub fn take_failure(&mut self) -> Option<(usize, Box<Diagnostic>)> {
        self.failed.take().map(|error| (self.fates.len(), error))
    }

    fn clear(&mut self) {
        self.fates.clear();
        self.emitted.clear();
        self.bytes.clear();
        self.failed = None;
    }
}

impl Engine {
    /// Posts the transactions of a batch that belong to a part. After an error nothing more is posted.
    pub fn post_batch(&mut self, batch: &Batch, part: u16, dataset: &str, outcome: &mut Outcome) {
        outcome.clear();
        self.swap_emitted(outcome);
        self.state.keeps_emitted = true;
        outcome.failed = self.post_part(batch, part, dataset, &mut outcome.fates).err();
        self.state.keeps_emitted = false;
        self.swap_emitted(outcome);
    }

    /// What is emitted goes straight to where the outcome has it.
    fn swap_emitted(&mut self, outcome: &mut Outcome) {
        std::mem::swap(&mut self.state.emitted, &mut outcome.emitted);
        std::mem::swap(&mut self.state.emitted_bytes, &mut outcome.bytes);
    }

    fn post_part(&mut self, batch: &Batch, part: u16, dataset: &str, fates: &mut Vec<Fated>) -> Result<()> {
        let program = Arc::clone(&self.program);
        let own = |index: &u32| batch.parts.get(*index as usize).is_none_or(|of| *of == part);
        let indexes: Vec<u32> = (0..batch.len() as u32).filter(own).collect();
        for some in indexes.chunks(AHEAD) {
            let sights = self.look_ahead(&program, batch, dataset, some);
            let each = program.foreseen.len();
            for (place, index) in some.iter().enumerate() {
                self.ahead.clear();
                self.ahead.extend_from_slice(&sights[place * each..(place + 1) * each]);
                fates.push(self.post_one(&program, batch, dataset, *index)?);
            }
            self.ahead.clear();
            self.sights = sights;
        }
        Ok(())
    }

    fn post_one(&mut self, program: &Program, batch: &Batch, dataset: &str, index: u32) -> Result<Fated> {
        let (record, origin) = (batch.block.record(index as usize), batch.origin(index as usize, dataset));
        self.transactions = batch.ordinal(index as usize);
        let current = Current::new(record, Some(batch.input), origin);
        let fate = self.post_by(program, &current, &mut |_, _| Ok(()))?;
        let reason = if fate == Fate::Rejected { self.rejection.take().map(Box::new) } else { None };
        Ok(Fated { index, emitted: self.state.emitted.len() as u32, reason })
    }

    /// Completes what was foreseen for some transactions by the rows of masters that change, and brings all these rows near.
    fn look_ahead(&mut self, program: &Program, batch: &Batch, dataset: &str, some: &[u32]) -> Vec<Sight> {
        let each = program.foreseen.len();
        let mut sights = std::mem::take(&mut self.sights);
        sights.clear();
        for index in some {
            let start = *index as usize * each;
            sights.extend_from_slice(&batch.sights[start..start + each]);
        }
        // Another thread had them last.
        let near = some.iter().fold(0, |sum, index| sum ^ touch(batch.block.record(*index as usize)));
        std::hint::black_box(near);
        let mut keys = std::mem::take(&mut self.keys);
        for (number, foreseen) in program.foreseen.iter().enumerate() {
            let own = !self.state.masters[foreseen.master].is_shared();
            if own {
                keys.clear();
                for (place, index) in some.iter().enumerate() {
                    let at = place * each;
                    let known = foreseen.is_known(&sights[at..at + each]);
                    let mut possible = false;
                    if known {
                        for from in &foreseen.from {
                            let row = sights[at + from].row();
                            self.state.masters[program.foreseen[*from].master].set_current(row);
                        }
                        let (index, input) = (*index as usize, Some(batch.input));
                        let record = batch.block.record(index);
                        let current = Current::new(record, input, batch.origin(index, dataset));
                        possible = keys.put(|key| foreseen.key.encode(&self.view(&current), key));
                    }
                    if !possible {
                        keys.skip();
                    }
                }
            }
            let table = self.state.masters[foreseen.master].table();
            if own {
                table.find_all(&keys, |place, sight| sights[place * each + number] = sight);
            } else {
                table.touch(sights[number..].iter().step_by(each.max(1)).filter_map(|sight| sight.row()));
            }
        }
        self.keys = keys;
        sights
    }
}

/// Keys one behind the other, some of them not there.
#[derive(Default)]
pub(super) struct KeyList {
    bytes: Vec<u8>,
    /// Start and end of each, and its hash.
    places: Vec<Option<(u32, u32, u32)>>,
}

impl KeyList {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }

    /// Adds a key, if `make` makes one.
    pub(super) fn put(&mut self, make: impl FnOnce(&mut Vec<u8>) -> Result<bool>) -> bool {
        let start = self.bytes.len();
        let made = matches!(make(&mut self.bytes), Ok(true));
        if made {
            let hash = hash(&self.bytes[start..]);
            self.places.push(Some((start as u32, self.bytes.len() as u32, hash)));
        } else {
            self.bytes.truncate(start);
        }
        made
    }

    pub(super) fn skip(&mut self) {
        self.places.push(None);
    }

    /// The keys that are there: the place among all, the hash, the key.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, u32, &[u8])> {
        let there = self.places.iter().enumerate().filter_map(|(at, place)| Some((at, (*place)?)));
        there.map(|(at, (start, end, hash))| (at, hash, &self.bytes[start as usize..end as usize]))
    }
}

/// Rejected transactions of one reason that are kept to be shown.
const SAMPLES: usize = 3;
/// Reasons of which some are.
const SAMPLED_REASONS: usize = 100;

/// A transaction that was rejected, to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Why.
    pub reason: Reason,
    /// Which input of the step it comes from.
    pub input: usize,
    /// Its number in there, from 1.
    pub number: u64,
    /// Its bytes.
    pub bytes: Box<[u8]>,
}

/// What became of the transactions so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Transactions posted.
    pub posted: u64,
    /// Transactions rejected.
    pub rejected: u64,
    /// Rejects by code, in order of first occurrence.
    pub reasons: IndexMap<Reason, u64>,
    /// The first rejected transactions of each reason, as far as there are not too many reasons.
    pub samples: Vec<Sample>,
}

impl Tally {
    /// Settles a batch from the outcomes of all parts: what was emitted leaves in the order of the transactions, and the first
    /// of them that failed, or was one reject too many, ends it.
    pub fn settle(
        &mut self,
        batch: &Batch,
        outcomes: &mut [Outcome],
        emit: Emit<'_>,
        check: &mut dyn FnMut(&Tally) -> Result<()>,
    ) -> Result<()> {
        let mut next = vec![(0usize, 0usize, 0usize); outcomes.len()];
        for index in 0..batch.len() {
            let part = usize::from(batch.parts.get(index).copied().unwrap_or(0));
            let (outcome, (fate, record, start)) = (&mut outcomes[part], &mut next[part]);
            let Some(fated) = outcome.fates.get(*fate).filter(|fated| fated.index as usize == index) else {
                return Err(outcome.failed.take().unwrap_or_else(unsettled));
            };
            *fate += 1;
            for (output, end) in &outcome.emitted[*record..fated.emitted as usize] {
                emit(*output, &outcome.bytes[*start..*end])?;
                *start = *end;
            }
            *record = fated.emitted as usize;
            match &fated.reason {
                None => self.posted += 1,
                Some(reason) => {
                    let place = (batch.input, batch.block.number(batch.block.slot(index)));
                    self.reject(reason, place, batch.block.record(index));
                    check(self)?;
                }
            }
        }
        Ok(())
    }

    /// Counts a rejected transaction: why, from which input, its number in there, its bytes.
    pub fn reject(&mut self, reason: &Reason, (input, number): (usize, u64), bytes: &[u8]) {
        self.rejected += 1;
        let count = match self.reasons.get_mut(reason) {
            Some(count) => count,
            None => self.reasons.entry(reason.clone()).or_insert(0),
        };
        *count += 1;
        if *count <= SAMPLES as u64 && self.samples.len() < SAMPLES * SAMPLED_REASONS {
            self.samples.push(Sample { reason: reason.clone(), input, number, bytes: bytes.into() });
        }
    }
}

fn unsettled() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a transaction was not posted").hint("please report it")
}
