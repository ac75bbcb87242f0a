//! Control totals of a side, taken as it is read: records, bytes, hash totals, the sum of every number field. And a sample of what its
//! fields hold, so that one can say what is special about the records that differ.

use std::collections::BTreeMap;

use super::batch::Numbered;
use super::compare::Comparer;
use super::fields::{Cell, Fields};
use super::side::Which;
use super::tally::Common;
use crate::codec::Leaf;
use crate::decimal::Decimal;
use crate::record::Block;
use crate::sys::hash::xxh3_64;

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

/// A field that is summed, at its place.
#[derive(Clone, Copy, Debug)]
struct Summed<'f> {
    column: usize,
    leaf: &'f Leaf,
    cell: Cell,
}

/// Takes the totals of blocks of one side.
#[derive(Clone, Debug)]
pub(super) struct Totaller<'a> {
    pub comparer: &'a Comparer<'a>,
    pub which: Which,
    /// One in so many records is a sample, a power of two: bits that its number must not have.
    mask: u64,
    /// By kind: the fields that are summed, where they are at the same places in every record.
    summed: Vec<Vec<Summed<'a>>>,
}

impl<'a> Totaller<'a> {
    /// For a side.
    pub fn new(comparer: &'a Comparer<'a>, which: Which) -> Self {
        let side = comparer.side(which);
        let record = side.format.fixed_length().unwrap_or(side.format.lrecl.min(200)).max(1) as u64;
        let every = (side.bytes.unwrap_or(0) / record / SAMPLE).max(1).next_power_of_two();
        let of_kind = |kind: usize| {
            let cells = comparer.fields.cells_of_kind(which, kind).unwrap_or_default();
            summed(comparer.fields, which, cells).collect()
        };
        let summed = (0..side.form.kinds.list().len()).map(of_kind).collect();
        Totaller { comparer, which, mask: every - 1, summed }
    }

    /// The totals of a block.
    pub fn of_block(&self, block: &Block) -> SideTotals {
        let fields = self.comparer.fields;
        let mut totals = SideTotals { records: block.len() as u64, ..SideTotals::default() };
        let mut running = vec![Running::default(); fields.columns.len()];
        for (slot, bytes) in block.slots() {
            let record = Numbered { bytes, number: block.number(slot) };
            totals.bytes += bytes.len() as u64;
            let hash = xxh3_64(bytes);
            totals.hash = totals.hash.wrapping_add(hash);
            totals.ordered_hash = totals.ordered_hash.wrapping_add(placed(hash, record.number));
            let is_sample = record.number & self.mask == 0;
            let kind = self.comparer.kind(self.which, record).unwrap_or(usize::MAX);
            match fields.still(self.which, kind, bytes).zip(self.summed.get(kind)) {
                Some((cells, summed)) => {
                    summed.iter().for_each(|one| running[one.column].add(one.leaf, one.cell.of(bytes)));
                    if is_sample {
                        totals.sample.note(fields, self.which, record, cells);
                    }
                }
                None => {
                    // What cannot be read has no totals; the comparison itself says so.
                    let cells = self.comparer.cells(self.which, record).unwrap_or_default();
                    let summed = summed(fields, self.which, &cells);
                    summed.for_each(|one| running[one.column].add(one.leaf, one.cell.of(bytes)));
                    if is_sample {
                        totals.sample.note(fields, self.which, record, &cells);
                    }
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
}

/// The fields among cells that are summed.
fn summed<'f>(fields: &'f Fields, which: Which, cells: &[Cell]) -> impl Iterator<Item = Summed<'f>> {
    cells.iter().filter_map(move |cell| {
        let column = fields.columns.get(cell.column as usize).filter(|column| column.summed)?;
        let leaf = column.leaves[which.index()].as_ref()?;
        Some(Summed { column: cell.column as usize, leaf, cell: *cell })
    })
}

impl Running {
    #[inline]
    fn add(&mut self, leaf: &Leaf, bytes: &[u8]) {
        match leaf.fixed_point(bytes) {
            Ok(number) => {
                self.numbers += 1;
                match self.sum.checked_add(number.value) {
                    Some(sum) => self.sum = sum,
                    None => self.overflow = true,
                }
            }
            Err(_) => self.bad += 1,
        }
    }
}

/// The hash of a record at its place: other ones for the same record elsewhere (the finalizer of MurmurHash3).
#[inline]
fn placed(hash: u64, number: u64) -> u64 {
    let mut mixed = hash ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ mixed >> 33).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed = (mixed ^ mixed >> 33).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    mixed ^ mixed >> 33
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
