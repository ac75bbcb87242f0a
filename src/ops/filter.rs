//! INCLUDE and OMIT.

use crate::diag::Result;
use crate::expr::{Condition, SingleFrame};
use crate::record::Block;

/// Keeps the records that a condition chooses.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only records for which this holds.
    pub include: Option<Condition>,
    /// And none for which this holds.
    pub omit: Option<Condition>,
}

impl Filter {
    /// True if everything passes.
    pub fn is_open(&self) -> bool {
        self.include.is_none() && self.omit.is_none()
    }

    /// Drops records from a block and returns how many.
    pub fn apply(&self, block: &mut Block, dataset: &str) -> Result<u64> {
        if self.is_open() {
            return Ok(0);
        }
        let before = block.len();
        block.retain(dataset, |origin, record| self.keeps(&SingleFrame { record, origin }))?;
        Ok((before - block.len()) as u64)
    }

    fn keeps(&self, frame: &SingleFrame<'_>) -> Result<bool> {
        let included = self.include.as_ref().map_or(Ok(true), |condition| condition.holds(frame))?;
        Ok(included && !self.omit.as_ref().map_or(Ok(false), |condition| condition.holds(frame))?)
    }
}
