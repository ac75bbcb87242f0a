//! What transactions left, on its way back into their order.
//!
//! ```text
//!   transactions before it, 8 bytes | serial number, 4 bytes | output from 1, 4 bytes | record
//!                                                            | 0, reason, input, number in there | rejected transaction
//! ```

use std::sync::{Mutex, PoisonError};

use indexmap::IndexSet;

use super::divided::number;
use super::walk::Failure;
use crate::diag::{Diagnostic, Result, codes};
use crate::key::{Key, KeyedBlock};
use crate::post::{Emit, Reason, Tally};
use crate::record::Block;
use crate::run::line_room::{LEFT as HEAD, LEFT_KEY as KEY};
use crate::sort::{Sizing, SortReport, Sorter, WorkSpace};

/// Bytes before a rejected transaction.
const REJECT: usize = 4 + 4 + 8;

/// What all threads have left so far.
pub(super) struct Outcomes<'w> {
    sorter: Mutex<Sorter<'w>>,
    prepare: Box<dyn Fn(Block) -> Result<KeyedBlock> + Send + Sync>,
    reasons: Mutex<IndexSet<Reason>>,
    block_bytes: usize,
}

/// What one thread has left since it last handed something over.
pub(super) struct Leaving<'o, 'w> {
    outcomes: &'o Outcomes<'w>,
    block: Block,
    ordinal: u64,
    serial: u32,
    /// Transactions that were posted.
    pub posted: u64,
}

impl<'w> Outcomes<'w> {
    /// Nothing yet.
    pub fn new(work: &'w WorkSpace<'w>, sizing: Sizing, block_bytes: usize) -> Result<Self> {
        let mut sorter = Sorter::new(Key::of_bytes(KEY)?, sizing, work)?;
        let prepare = Box::new(sorter.preparer("what was posted"));
        Ok(Outcomes { sorter: Mutex::new(sorter), prepare, reasons: Mutex::default(), block_bytes })
    }

    /// A place for what one thread leaves.
    pub fn leaving(&self) -> Leaving<'_, 'w> {
        let block = Block::with_capacity(None, self.block_bytes);
        Leaving { outcomes: self, block, ordinal: u64::MAX, serial: 0, posted: 0 }
    }

    /// Gives everything away in the order of the transactions, up to the one that failed.
    pub fn settle(
        self,
        failure: Option<Failure>,
        tally: &mut Tally,
        emit: &mut (dyn FnMut(usize, &[u8]) -> Result<()> + Send),
        check: &mut (dyn FnMut(&Tally) -> Result<()> + Send),
    ) -> Result<SortReport> {
        let limit = failure.as_ref().map_or(u64::MAX, |failure| failure.ordinal);
        let reasons = self.reasons.into_inner().unwrap_or_else(PoisonError::into_inner);
        let sorter = self.sorter.into_inner().unwrap_or_else(PoisonError::into_inner);
        let report = sorter.finish(&mut |keyed| {
            for record in keyed.block.records().take_while(|record| number(record) < limit) {
                one(record, &reasons, tally, emit, check)?;
            }
            Ok(())
        })?;
        failure.map_or(Ok(report), |failure| Err(failure.error))
    }
}

/// Settles one record of the work file.
fn one(
    record: &[u8],
    reasons: &IndexSet<Reason>,
    tally: &mut Tally,
    emit: Emit<'_>,
    check: &mut (dyn FnMut(&Tally) -> Result<()> + Send),
) -> Result<()> {
    let (head, rest) = record.split_at(HEAD);
    if let Some(output) = small(&head[KEY..]).checked_sub(1) {
        return emit(output as usize, rest);
    }
    let (place, transaction) = rest.split_at(REJECT);
    let Some(reason) = reasons.get_index(small(place) as usize) else { return Err(unknown()) };
    tally.reject(reason, (small(&place[4..]) as usize, number(&place[8..])), transaction);
    check(tally)
}

impl Leaving<'_, '_> {
    /// Takes a record that a transaction emitted to an output.
    pub fn record(&mut self, ordinal: u64, output: usize, record: &[u8]) -> Result<()> {
        let head = self.head(ordinal, output as u32 + 1);
        self.block.push_joined(&head, record);
        self.pass_on_if_full()
    }

    /// Takes a rejected transaction: why, its input and number in there, its bytes.
    pub fn rejected(
        &mut self,
        ordinal: u64,
        reason: &Reason,
        place: (usize, u64),
        bytes: &[u8],
    ) -> Result<()> {
        let reason = {
            let mut reasons = self.outcomes.reasons.lock().unwrap_or_else(PoisonError::into_inner);
            match reasons.get_index_of(reason) {
                Some(known) => known,
                None => reasons.insert_full(reason.clone()).0,
            }
        };
        let mut head = self.head(ordinal, 0).to_vec();
        head.extend_from_slice(&(reason as u32).to_be_bytes());
        head.extend_from_slice(&(place.0 as u32).to_be_bytes());
        head.extend_from_slice(&place.1.to_be_bytes());
        self.block.push_joined(&head, bytes);
        self.pass_on_if_full()
    }

    fn head(&mut self, ordinal: u64, output: u32) -> [u8; HEAD] {
        self.serial = if self.ordinal == ordinal { self.serial + 1 } else { 0 };
        self.ordinal = ordinal;
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&ordinal.to_be_bytes());
        head[8..KEY].copy_from_slice(&self.serial.to_be_bytes());
        head[KEY..].copy_from_slice(&output.to_be_bytes());
        head
    }

    fn pass_on_if_full(&mut self) -> Result<()> {
        if self.block.size() < self.outcomes.block_bytes { Ok(()) } else { self.pass_on() }
    }

    /// Hands over what there is.
    pub fn pass_on(&mut self) -> Result<()> {
        let outcomes = self.outcomes;
        let empty = Block::with_capacity(None, outcomes.block_bytes);
        let keyed = (outcomes.prepare)(std::mem::replace(&mut self.block, empty))?;
        let mut sorter = outcomes.sorter.lock().unwrap_or_else(PoisonError::into_inner);
        let deal = sorter.push(keyed)?;
        drop(sorter);
        if let Some(deal) = deal {
            deal.run();
        }
        Ok(())
    }
}

#[inline]
fn small(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn unknown() -> Box<Diagnostic> {
    Diagnostic::error(codes::RUN010, "a reject without a reason").hint("please report it")
}
