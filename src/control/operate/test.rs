//! Conditions, compiled to a row of comparisons with jumps.
//!
//! ```text
//!   (A AND B) OR C          0: A   holds -> 1, else -> 2
//!                           1: B   holds -> accept, else -> 2
//!                           2: C   holds -> accept, else -> reject
//! ```
//!
//! A record that is too short for one of the fields is seen to before the first comparison, so that comparisons take
//! bytes without asking: the rule holds for a condition as a whole (DFSORT Application Programming Guide, "INCLUDE",
//! example 4).

use std::cell::RefCell;

use super::compare::Comparison;
use super::fault;
use super::{Parsed, Setting, Shape, Short};
use crate::control::syntax::Condition;
use crate::diag::Result;

/// A jump to here ends with "holds".
const ACCEPT: u32 = u32::MAX;
/// A jump to here ends with "does not hold".
const REJECT: u32 = u32::MAX - 1;

/// A condition that decides on records of a shape.
#[derive(Clone, Debug)]
pub struct RecordTest {
    steps: Vec<Step>,
    start: u32,
    /// Bytes that a record must have for all fields.
    reach: usize,
    missing: Missing,
}

/// A comparison and where to go from it.
#[derive(Clone, Debug)]
struct Step {
    comparison: Comparison,
    yes: u32,
    no: u32,
}

/// What becomes of records that are too short for a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Fail,
    False,
    Filled(u8),
}

thread_local! {
    /// A short record with what it lacks.
    static PADDED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl RecordTest {
    /// Compiles a condition; missing bytes of short records are as the settings say.
    pub fn compile(condition: &Condition, setting: &Setting, shape: Shape) -> Result<Self> {
        let missing = match setting.short {
            Short::Fail => Missing::Fail,
            Short::False => Missing::False,
            Short::Pad => Missing::Filled(0),
        };
        RecordTest::compile_with(condition, setting, shape, missing)
    }

    /// As [`RecordTest::compile`], but missing bytes are blanks, as IFTHEN has them.
    pub fn compile_padded(condition: &Condition, setting: &Setting, shape: Shape) -> Result<Self> {
        RecordTest::compile_with(condition, setting, shape, Missing::Filled(setting.page.space()))
    }

    fn compile_with(
        condition: &Condition,
        setting: &Setting,
        shape: Shape,
        missing: Missing,
    ) -> Result<Self> {
        let mut test = RecordTest { steps: Vec::new(), start: 0, reach: 0, missing };
        test.start = test.add(condition, ACCEPT, REJECT, setting, shape)?;
        test.reach = test.steps.iter().map(|step| step.comparison.reach()).max().unwrap_or(0);
        Ok(test)
    }

    /// Adds the steps of a condition, the last one first, and gives the step to begin with.
    fn add(
        &mut self,
        condition: &Condition,
        yes: u32,
        no: u32,
        setting: &Setting,
        shape: Shape,
    ) -> Result<u32> {
        match condition {
            Condition::All => Ok(yes),
            Condition::Nothing => Ok(no),
            Condition::Test(test) => {
                let comparison = Comparison::compile(test, setting, shape)?;
                self.steps.push(Step { comparison, yes, no });
                Ok(self.steps.len() as u32 - 1)
            }
            Condition::And(parts) => {
                parts.iter().rev().try_fold(yes, |next, part| self.add(part, next, no, setting, shape))
            }
            Condition::Or(parts) => {
                parts.iter().rev().try_fold(no, |next, part| self.add(part, yes, next, setting, shape))
            }
        }
    }

    /// True if the condition holds for the record. `parsed` are the values that a PARSE put aside, none for INCLUDE.
    #[inline]
    pub fn holds(&self, record: &[u8], parsed: &Parsed) -> Result<bool> {
        if record.len() < self.reach {
            return self.holds_for_short(record, parsed);
        }
        self.decide(record, parsed)
    }

    #[inline]
    fn decide(&self, record: &[u8], parsed: &Parsed) -> Result<bool> {
        let mut at = self.start;
        while let Some(step) = self.steps.get(at as usize) {
            at = if step.comparison.holds(record, parsed)? { step.yes } else { step.no };
        }
        Ok(at == ACCEPT)
    }

    fn holds_for_short(&self, record: &[u8], parsed: &Parsed) -> Result<bool> {
        match self.missing {
            Missing::Fail => Err(fault::too_short(record, self.reach, "the condition")),
            Missing::False => Ok(false),
            Missing::Filled(byte) => PADDED.with_borrow_mut(|padded| {
                padded.clear();
                padded.extend_from_slice(record);
                padded.resize(self.reach, byte);
                self.decide(padded, parsed)
            }),
        }
    }
}
