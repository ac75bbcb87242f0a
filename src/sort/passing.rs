//! Records that need no sort: they come in order, and are given away as they come.

use super::sorter::SortReport;
use crate::key::{KeyedBlock, Sequence};
use crate::sys::clock::Stopwatch;

/// Watches over records that are given away before all have come. Once a block does not continue their order, what has gone
/// must be brought back and sorted with the rest.
pub struct Passing {
    /// True if equal keys must not pass: somebody has to look at them.
    distinct: bool,
    sequence: Sequence,
    report: SortReport,
    clock: Stopwatch,
}

impl Passing {
    /// Nothing has come yet. With `distinct`, records with equal keys are out of order too.
    pub fn new(distinct: bool) -> Self {
        let report = SortReport { presorted: true, passed: true, ..SortReport::default() };
        Passing { distinct, sequence: Sequence::default(), report, clock: Stopwatch::start() }
    }

    /// True if a block continues the order, so that it can be given away; then it is counted.
    #[must_use]
    pub fn takes(&mut self, keyed: &KeyedBlock) -> bool {
        let (keys, block) = (&keyed.keys, &keyed.block);
        let passes = match self.distinct {
            true => self.sequence.rises(keys) && keys.rise(),
            false => self.sequence.continues(keys) && keys.are_in_order(),
        };
        if passes {
            self.report.records += block.len() as u64;
            self.report.bytes += block.size() as u64;
            self.report.fingerprint = self.report.fingerprint.wrapping_add(block.fingerprint());
        }
        passes
    }

    /// What has gone so far.
    pub fn report(&self) -> SortReport {
        let mut report = self.report.clone();
        report.records_out = report.records;
        report.reading = self.clock.elapsed();
        report
    }
}
