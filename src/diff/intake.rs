//! Reading a side on a thread of its own: blocks are counted and keyed, sorted if need be, and sent to whoever pairs them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use super::batch::Numbered;
use super::keyer::{Keyer, carried, carrier_key, carriers, record_bytes};
use super::side::Side;
use super::totals::{SideTotals, Totaller};
use crate::diag::{Diagnostic, Result, codes};
use crate::key::{KeyedBlock, Sequence};
use crate::record::Block;
use crate::sort::{Deal, Sizing, Sorter, WorkSpace};
use crate::sys::{ordered, ordered_then};

/// Hears how reading goes: records and bytes that are done. It may be called from any thread.
pub type Seen<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// The message of a producer whose listener is gone, or whose input has to be sorted first: somebody else says what is to be done.
const OVER: &str = "the comparison is over";

/// A side on its way in.
pub(super) struct Intake<'a> {
    pub side: &'a Side,
    pub keyer: Keyer<'a>,
    /// How it is sorted, if it is not in order.
    pub sort: Option<(Sizing, &'a WorkSpace<'a>)>,
    pub totaller: Totaller<'a>,
    pub threads: usize,
    pub seen: Seen<'a>,
    /// Set if the input is not in the order of its keys and is not being sorted.
    pub unsorted: &'a AtomicBool,
}

impl Intake<'_> {
    /// Reads everything and sends it. `None` if nobody listens any more, or if the input turned out to need a sort.
    pub fn produce(&self, sender: &SyncSender<KeyedBlock>) -> Result<Option<SideTotals>> {
        let totals = match self.sort {
            Some((sizing, work)) => self.sorted(sizing, work, sender),
            None => self.as_it_is(sender),
        };
        match totals {
            Ok(totals) => Ok(Some(totals)),
            Err(error) if error.message == OVER => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn as_it_is(&self, sender: &SyncSender<KeyedBlock>) -> Result<SideTotals> {
        let mut blocks = (self.side.open)()?;
        let mut totals = SideTotals::default();
        let mut sequence = Sequence::default();
        let is_keyed = !matches!(self.keyer, Keyer::None);
        let work = |block: Block| {
            let totals = self.totaller.of_block(&block);
            let keys = self.keyer.of_block(&block, &self.side.name)?;
            let in_order = !is_keyed || keys.are_in_order();
            Ok((KeyedBlock { block, keys }, totals, in_order))
        };
        let put = |(keyed, part, in_order): (KeyedBlock, SideTotals, bool)| {
            if is_keyed && !(in_order && sequence.continues(&keyed.keys)) {
                self.unsorted.store(true, Ordering::Relaxed);
                return Err(over());
            }
            (self.seen)(part.records, part.bytes);
            totals.merge(part);
            sender.send(keyed).map_err(|_| over())
        };
        ordered(self.threads, &mut blocks, work, put)?;
        Ok(totals)
    }

    fn sorted(
        &self,
        sizing: Sizing,
        work: &WorkSpace<'_>,
        sender: &SyncSender<KeyedBlock>,
    ) -> Result<SideTotals> {
        let mut blocks = (self.side.open)()?;
        let mut totals = SideTotals::default();
        let key_length = self.keyer.length();
        let mut sorter = Sorter::new(carrier_key(key_length)?, sizing, work)?;
        let prepare = |block: Block| {
            let totals = self.totaller.of_block(&block);
            let keys = self.keyer.of_block(&block, &self.side.name)?;
            let mut carriers = carriers(&block, &keys, key_length);
            carriers.note_fingerprint();
            // The key of a carrier is its first bytes, which are these keys: they need not be made again.
            Ok((KeyedBlock { block: carriers, keys }, totals))
        };
        // Half of the way is reading, the other half leaving in order.
        let put = |(keyed, part): (KeyedBlock, SideTotals)| {
            (self.seen)(part.records, part.bytes / 2);
            totals.merge(part);
            sorter.push(keyed)
        };
        let deal = |deal: Option<Deal>| {
            deal.into_iter().for_each(Deal::run);
            Ok(())
        };
        ordered_then(self.threads, &mut blocks, prepare, put, deal)?;
        sorter.finish(&mut |keyed| {
            (self.seen)(0, record_bytes(&keyed.block, key_length) / 2);
            sender.send(keyed).map_err(|_| over())
        })?;
        Ok(totals)
    }
}

fn over() -> Box<Diagnostic> {
    Diagnostic::error(codes::DIF002, OVER)
}

/// The records of a side, one after the other.
pub(super) struct Feed {
    blocks: Receiver<KeyedBlock>,
    /// Bytes of keys in carriers; `None` if records come as they are.
    carried: Option<usize>,
    current: Option<KeyedBlock>,
    index: usize,
    /// Records that have gone by.
    pub passed: u64,
}

impl Feed {
    /// The records that come from a producer.
    pub fn new(blocks: Receiver<KeyedBlock>, carried: Option<usize>) -> Self {
        Feed { blocks, carried, current: None, index: 0, passed: 0 }
    }

    /// Makes the next record the current one's successor available; false at the end.
    #[inline]
    pub fn ready(&mut self) -> bool {
        loop {
            match &self.current {
                Some(current) if self.index < current.block.len() => return true,
                _ => match self.blocks.recv() {
                    Ok(next) => (self.current, self.index) = (Some(next), 0),
                    Err(_) => {
                        self.current = None;
                        return false;
                    }
                },
            }
        }
    }

    /// The current block and the place in it, once [`Feed::ready`] has said that there is one.
    #[inline]
    pub fn at(&self) -> Option<(&KeyedBlock, usize)> {
        self.current.as_ref().map(|current| (current, self.index))
    }

    /// A record of the current block.
    #[inline]
    pub fn record(&self, index: usize) -> Numbered<'_> {
        let Some(current) = &self.current else { return Numbered { bytes: &[], number: 0 } };
        let slot = current.block.slot(index);
        match self.carried {
            Some(key_length) => carried(current.block.at(slot), key_length),
            None => Numbered { bytes: current.block.at(slot), number: current.block.number(slot) },
        }
    }

    /// The current record.
    #[inline]
    pub fn current(&self) -> Numbered<'_> {
        self.record(self.index)
    }

    /// The record so many behind the current one, in the same block.
    pub fn ahead(&self, records: usize) -> Numbered<'_> {
        self.record(self.index + records)
    }

    /// Goes on by some records of the current block.
    #[inline]
    pub fn advance(&mut self, records: usize) {
        self.index += records;
        self.passed += records as u64;
    }

    /// The number of records from the current ones on that are the same bytes on both sides, as far as both blocks go; 0 if their
    /// records do not lie end to end.
    pub fn same_as(&self, other: &Feed) -> usize {
        match (self.stretch(), other.stretch()) {
            (Some((a, length)), Some((b, theirs))) if length == theirs => equal_records(a, b, length),
            _ => 0,
        }
    }

    /// What is left of the current block, if its records lie end to end as they are: their bytes and their length.
    fn stretch(&self) -> Option<(&[u8], usize)> {
        let current = self.current.as_ref().filter(|_| self.carried.is_none())?;
        let length = current.block.fixed_length()?;
        let bytes = current.block.contiguous()?;
        Some((&bytes[self.index * length..], length))
    }
}

/// The number of records at the start that are the same.
fn equal_records(a: &[u8], b: &[u8], length: usize) -> usize {
    let records = a.len().min(b.len()) / length;
    // A large step first: comparing much at once is what processors do best.
    let mut at = 0;
    for step in [1024, 64, 8, 1] {
        let bytes = step * length;
        while at + step <= records
            && a[at * length..at * length + bytes] == b[at * length..at * length + bytes]
        {
            at += step;
        }
    }
    at
}
