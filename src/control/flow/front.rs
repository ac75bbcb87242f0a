//! What is done with records before they are ordered: SKIPREC, INCLUDE or OMIT, STOPAFT, INREC.

use super::Shape;
use super::places::placed;
use crate::control::operate::{Parsed, Program, ProgramState, RecordTest, Setting, Usage};
use crate::control::syntax::{Condition, Deck};
use crate::diag::{Diagnostic, Result};
use crate::record::Block;

/// A condition that keeps records (`true`) or drops them.
pub(super) struct Filter {
    keep: bool,
    test: RecordTest,
    /// Conditions outside IFTHEN know no parsed fields.
    none: Parsed,
}

impl Filter {
    pub fn compile(filter: &(bool, Condition), setting: &Setting, shape: Shape) -> Result<Self> {
        let test = RecordTest::compile(&filter.1, setting, shape)?;
        Ok(Filter { keep: filter.0, test, none: Parsed::default() })
    }

    #[inline]
    pub fn keeps(&self, record: &[u8]) -> Result<bool> {
        Ok(self.test.holds(record, &self.none)? == self.keep)
    }
}

/// What is done with records before they are ordered. It is compiled once; threads share it.
pub(super) struct Front {
    skip: u64,
    filters: Vec<Filter>,
    stop_after: Option<u64>,
    inrec: Option<Program>,
    input: Shape,
    output: Shape,
}

/// A block as it was read, and how many records of the input come before it.
pub(super) struct Numbered {
    pub block: Block,
    pub before: u64,
}

/// A block on its way.
pub(super) enum Half {
    /// All is done that can be.
    Done(Block),
    /// What depends on the records before is left to be done, or all of it.
    Left(Numbered),
}

/// What depends on the records that came before.
pub(super) struct FrontState {
    inrec: Option<ProgramState>,
    accepted: u64,
    /// Records looked at.
    pub read: u64,
    /// True if no more records are wanted.
    pub stopped: bool,
}

impl Front {
    /// Without SKIPREC, as a merge has it.
    #[must_use]
    pub fn skipping_none(self) -> Self {
        Front { skip: 0, ..self }
    }

    /// Compiles what the deck says; `more` are conditions that come before those of the deck.
    pub fn compile(
        deck: &Deck,
        more: &[(bool, Condition)],
        stop_after: Option<u64>,
        setting: &Setting,
        input: Shape,
    ) -> Result<Self> {
        let filters = more.iter().chain(&deck.filter).map(|filter| Filter::compile(filter, setting, input));
        let filters = filters.collect::<Result<Vec<_>>>()?;
        let inrec = deck.inrec.as_ref().map(|inrec| Program::compile(inrec, setting, input, Usage::Inrec));
        let inrec = inrec.transpose()?;
        let output = inrec.as_ref().map_or(input, Program::output);
        Ok(Front { skip: deck.options.skip, filters, stop_after, inrec, input, output })
    }

    /// What the records are like that leave.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// True if something depends on the records before.
    pub fn is_in_order(&self) -> bool {
        self.stop_after.is_some() || self.inrec.as_ref().is_some_and(Program::is_stateful)
    }

    /// True if it may end before the input does.
    pub fn stops(&self) -> bool {
        self.stop_after.is_some()
    }

    pub fn state(&self) -> FrontState {
        FrontState {
            inrec: self.inrec.as_ref().map(Program::state),
            accepted: 0,
            read: 0,
            stopped: self.stop_after == Some(0),
        }
    }

    /// What can be done on any thread.
    pub fn side_by_side(&self, numbered: Numbered, dd: &str) -> Result<Half> {
        if self.stop_after.is_some() {
            return Ok(Half::Left(numbered));
        }
        if self.is_in_order() {
            // Records that are left out change nothing that INREC remembers.
            let block = self.filtered(numbered, dd)?;
            return Ok(Half::Left(Numbered { block, before: u64::MAX }));
        }
        if let Some(inrec) = &self.inrec {
            let mut state = inrec.state();
            return self.built(&numbered, dd, inrec, &mut state).map(Half::Done);
        }
        self.filtered(numbered, dd).map(Half::Done)
    }

    /// What has to be done in the order of the input.
    pub fn in_order(&self, state: &mut FrontState, half: Half, dd: &str) -> Result<Block> {
        let numbered = match half {
            Half::Done(block) => return Ok(block),
            Half::Left(numbered) => numbered,
        };
        if self.stop_after.is_some() {
            return self.until_stop(state, &numbered, dd);
        }
        let Some((inrec, state)) = self.inrec.as_ref().zip(state.inrec.as_mut()) else {
            return Ok(numbered.block);
        };
        let mut built = self.empty(numbered.block.len());
        for record in numbered.block.records() {
            inrec
                .run(state, record, &mut |record| {
                    built.push(record);
                    Ok(())
                })
                .map_err(|error| placed(error, dd, None, record))?;
        }
        Ok(built)
    }

    /// Records one by one, so that nothing is done with those behind the last wanted one.
    fn until_stop(&self, state: &mut FrontState, numbered: &Numbered, dd: &str) -> Result<Block> {
        let stop_after = self.stop_after.unwrap_or(u64::MAX);
        let mut built = self.empty(numbered.block.len());
        for (index, record) in numbered.block.records().enumerate() {
            if state.accepted == stop_after {
                state.stopped = true;
                break;
            }
            let number = numbered.before + index as u64 + 1;
            state.read += 1;
            if !self.keeps(number, record, dd)? {
                continue;
            }
            state.accepted += 1;
            match (&self.inrec, &mut state.inrec) {
                (Some(inrec), Some(program)) => inrec
                    .run(program, record, &mut |record| {
                        built.push(record);
                        Ok(())
                    })
                    .map_err(|error| placed(error, dd, Some(number), record))?,
                _ => built.push(record),
            }
        }
        state.stopped |= state.accepted == stop_after;
        Ok(built)
    }

    #[inline]
    fn keeps(&self, number: u64, record: &[u8], dd: &str) -> Result<bool> {
        if number <= self.skip {
            return Ok(false);
        }
        for filter in &self.filters {
            match filter.keeps(record) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) => return Err(placed(error, dd, Some(number), record)),
            }
        }
        Ok(true)
    }

    /// The records that stay, as they are.
    fn filtered(&self, numbered: Numbered, dd: &str) -> Result<Block> {
        let Numbered { block, before } = numbered;
        if self.filters.is_empty() && before >= self.skip {
            return Ok(block);
        }
        let mut kept: Option<Block> = None;
        let mut start = 0;
        for (index, record) in block.records().enumerate() {
            if self.keeps(before + index as u64 + 1, record, dd)? {
                continue;
            }
            kept.get_or_insert_with(|| self.room(&block)).push_range(&block, start..index);
            start = index + 1;
        }
        match kept {
            None => Ok(block),
            Some(mut kept) => {
                kept.push_range(&block, start..block.len());
                Ok(kept)
            }
        }
    }

    /// The records that stay, after INREC.
    fn built(
        &self,
        numbered: &Numbered,
        dd: &str,
        inrec: &Program,
        state: &mut ProgramState,
    ) -> Result<Block> {
        let mut built = self.empty(numbered.block.len());
        let mut put = |record: &[u8]| -> std::result::Result<(), Box<Diagnostic>> {
            built.push(record);
            Ok(())
        };
        for (index, record) in numbered.block.records().enumerate() {
            let number = numbered.before + index as u64 + 1;
            if self.keeps(number, record, dd)? {
                inrec
                    .run(state, record, &mut put)
                    .map_err(|error| placed(error, dd, Some(number), record))?;
            }
        }
        Ok(built)
    }

    /// An empty block for so many records that leave.
    fn empty(&self, records: usize) -> Block {
        block_for(self.output, records)
    }

    /// An empty block for records of another as they are.
    fn room(&self, block: &Block) -> Block {
        Block::with_capacity((!self.input.variable).then_some(self.input.length), block.size())
    }
}

/// An empty block with room for records of a shape.
pub(super) fn block_for(shape: Shape, records: usize) -> Block {
    if shape.variable {
        Block::with_capacity(None, records * shape.length.min(128))
    } else {
        Block::with_capacity(Some(shape.length), records * shape.length)
    }
}
