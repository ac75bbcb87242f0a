//! Control totals of a side, taken as it is read: records, bytes, hash totals, the sum of every number field. And a sample of what its
//! fields hold, so that one can say what is special about the records that differ.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::batch::Numbered;
use super::compare::Comparer;
use super::fields::Cell;
use super::side::Which;
use super::tally::Common;
use crate::decimal::Decimal;
use crate::record::Block;

/// Records that a sample is to have about.
const SAMPLE: u64 = 1 << 16;

/// The totals of a side.
#[derive(Clone, Debug, Default)]
pub struct SideTotals {
    /// Records.
    pub records: u64,
    /// Bytes of those records.
    pub bytes: u64,
    /// Sum of the hashes of the records: the same for the same records in any order.
    pub hash: u64,
    /// As `hash`, where the place of every record counts too.
    pub ordered_hash: u64,
    /// Sums by column.
    pub sums: BTreeMap<u32, Sum>,
    /// What fields hold, in every so many records.
    pub sample: Common,
}

/// The sum of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Sum of the numbers; `None` once it has too many digits.
    pub sum: Option<Decimal>,
    /// Numbers added up.
    pub numbers: u64,
    /// Fields that are no number.
    pub bad: u64,
}

/// The sum of one column while a block is added up.
#[derive(Clone, Copy, Default)]
struct Running {
    sum: i128,
    numbers: u64,
    bad: u64,
    overflow: bool,
}

/// Takes the totals of blocks of one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totaller<'a> {
    pub comparer: &'a Comparer<'a>,
    pub which: Which,
    /// One in so many records is a sample.
    every: u64,
}

impl<'a> Totaller<'a> {
    /// For a side.
    pub fn new(comparer: &'a Comparer<'a>, which: Which) -> Self {
        let side = comparer.side(which);
        let record = side.format.fixed_length().unwrap_or(side.format.lrecl.min(200)).max(1) as u64;
        let every = (side.bytes.unwrap_or(0) / record / SAMPLE).max(1);
        Totaller { comparer, which, every }
    }

    /// The totals of a block.
    pub fn of_block(&self, block: &Block) -> SideTotals {
        let fields = self.comparer.fields;
        let mut totals = SideTotals { records: block.len() as u64, ..SideTotals::default() };
        let mut running = vec![Running::default(); fields.columns.len()];
        for (slot, bytes) in block.slots() {
            let record = Numbered { bytes, number: block.number(slot) };
            totals.bytes += bytes.len() as u64;
            totals.hash = totals.hash.wrapping_add(xxh3_64(bytes));
            totals.ordered_hash = totals.ordered_hash.wrapping_add(xxh3_64_with_seed(bytes, record.number));
            let is_sample = record.number.is_multiple_of(self.every);
            match self.comparer.still(self.which, record) {
                Some(cells) => self.record(record, cells, is_sample, &mut running, &mut totals),
                None => {
                    // What cannot be read has no totals; the comparison itself says so.
                    let cells = self.comparer.cells(self.which, record).unwrap_or_default();
                    self.record(record, &cells, is_sample, &mut running, &mut totals);
                }
            }
        }
        for (at, running) in running.into_iter().enumerate() {
            let scale = fields.columns[at].scale(self.which);
            let (Some(scale), true) = (scale, running.numbers + running.bad > 0) else { continue };
            let sum = (!running.overflow).then(|| Decimal::new(running.sum, scale));
            totals.sums.insert(at as u32, Sum { sum, numbers: running.numbers, bad: running.bad });
        }
        totals
    }

    #[inline]
    fn record(
        &self,
        record: Numbered<'_>,
        cells: &[Cell],
        is_sample: bool,
        running: &mut [Running],
        totals: &mut SideTotals,
    ) {
        for cell in cells {
            let column = &self.comparer.fields.columns[cell.column as usize];
            let Some(leaf) = column.leaves[self.which.index()].as_ref().filter(|_| column.summed) else {
                continue;
            };
            let running = &mut running[cell.column as usize];
            match leaf.fixed_point(cell.of(record.bytes)) {
                Ok(number) => {
                    running.numbers += 1;
                    match running.sum.checked_add(number.value) {
                        Some(sum) => running.sum = sum,
                        None => running.overflow = true,
                    }
                }
                Err(_) => running.bad += 1,
            }
        }
        if is_sample {
            totals.sample.note(self.comparer.fields, self.which, record, cells);
        }
    }
}

impl SideTotals {
    /// Adds those of a later block.
    pub fn merge(&mut self, other: SideTotals) {
        self.records += other.records;
        self.bytes += other.bytes;
        self.hash = self.hash.wrapping_add(other.hash);
        self.ordered_hash = self.ordered_hash.wrapping_add(other.ordered_hash);
        for (column, sum) in other.sums {
            match self.sums.get_mut(&column) {
                None => {
                    self.sums.insert(column, sum);
                }
                Some(own) => {
                    own.sum = own.sum.zip(sum.sum).and_then(|(a, b)| a.checked_add(b).ok());
                    own.numbers += sum.numbers;
                    own.bad += sum.bad;
                }
            }
        }
        self.sample.merge(other.sample);
    }
}
