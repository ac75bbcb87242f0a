//! INREC, OUTREC and the reformatting of OUTFIL, compiled.

use super::{Setting, Shape};
use crate::control::syntax::{Convert, Reform};
use crate::diag::Result;

/// Whose records are reformatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// INREC.
    Inrec,
    /// OUTREC.
    Outrec,
    /// OUTFIL.
    OutFil {
        /// VTOF, FTOV.
        convert: Convert,
        /// VLFILL.
        fill: Option<u8>,
    },
}

/// What is done to every record.
#[derive(Clone, Debug)]
pub struct Program {
    output: Shape,
}

/// What a program remembers from record to record, and its buffers.
#[derive(Clone, Debug, Default)]
pub struct ProgramState {}

impl Program {
    /// Compiles what a statement does to records of a shape.
    pub fn compile(reform: &Reform, setting: &Setting, shape: Shape, usage: Usage) -> Result<Self> {
        let _ = (reform, setting, usage);
        Ok(Program { output: shape })
    }

    /// What its records are like.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// True if what becomes of a record depends on those before: SEQNUM, WHEN=GROUP.
    pub fn is_stateful(&self) -> bool {
        false
    }

    /// What it remembers, at the start.
    pub fn state(&self) -> ProgramState {
        ProgramState::default()
    }

    /// Gives what becomes of a record: one record, or several if it has separators.
    pub fn run(
        &self,
        state: &mut ProgramState,
        record: &[u8],
        put: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let _ = state;
        put(record)
    }
}
