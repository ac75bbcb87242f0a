//! What has been added up of a group, a page or the whole report.

use super::sums::Sums;
use crate::diag::{Diagnostic, Result, codes};

/// Number of records, and sums of the columns that are totalled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Records.
    pub count: u64,
    /// One for each totalled column.
    pub sums: Vec<Sums>,
}

impl Tally {
    /// Of so many columns.
    pub fn new(columns: usize) -> Self {
        Tally { count: 0, sums: vec![Sums::default(); columns] }
    }

    /// Takes the values of a record.
    #[inline]
    pub fn add(&mut self, values: &[i128]) -> Result<()> {
        self.count += 1;
        let mut pairs = self.sums.iter_mut().zip(values);
        pairs.try_for_each(|(sums, value)| sums.add(*value)).ok_or_else(too_large)
    }

    /// Takes what another has added up.
    pub fn merge(&mut self, other: &Tally) -> Result<()> {
        self.count += other.count;
        let mut pairs = self.sums.iter_mut().zip(&other.sums);
        pairs.try_for_each(|(sums, other)| sums.merge(other)).ok_or_else(too_large)
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        self.count = 0;
        self.sums.fill(Sums::default());
    }
}

#[cold]
fn too_large() -> Box<Diagnostic> {
    Diagnostic::error(codes::RPT102, "a total has more than 38 digits")
        .hint("this is more than any report can show; check that the column is an amount")
}
