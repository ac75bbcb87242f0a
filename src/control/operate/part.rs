//! Items, compiled.

use super::{Parsed, Setting, Shape};
use crate::control::syntax::Value;
use crate::diag::{Result, Span};

/// One item, compiled: appends its bytes.
#[derive(Clone, Debug)]
pub struct Part {
    length: Option<usize>,
}

/// What items remember from record to record: counters of SEQNUM.
#[derive(Clone, Debug, Default)]
pub struct PartState {}

impl Part {
    /// Compiles a value for records of a shape. The span is that of its item.
    pub fn compile(value: &Value, span: &Span, setting: &Setting, shape: Shape) -> Result<Self> {
        let _ = (value, span, setting, shape);
        Ok(Part { length: Some(0) })
    }

    /// What it remembers, at the start.
    pub fn state(&self) -> PartState {
        PartState::default()
    }

    /// Bytes it appends; `None` for the rest of a variable-length record.
    pub fn length(&self) -> Option<usize> {
        self.length
    }

    /// Appends its bytes for a record.
    pub fn put(
        &self,
        state: &mut PartState,
        record: &[u8],
        parsed: &Parsed,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let _ = (state, record, parsed, out);
        Ok(())
    }
}
