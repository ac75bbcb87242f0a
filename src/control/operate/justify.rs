//! JFY and SQZ.

use super::Setting;
use crate::control::syntax::Justify;
use crate::diag::Result;

/// JFY or SQZ, compiled.
#[derive(Clone, Debug)]
pub struct JustifyProgram {
    length: usize,
}

impl JustifyProgram {
    /// Compiles an item.
    pub fn compile(justify: &Justify, setting: &Setting) -> Result<Self> {
        let _ = setting;
        Ok(JustifyProgram { length: justify.length.unwrap_or(justify.from.length()) as usize })
    }

    /// Bytes of the result.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Appends the result for the bytes of the field.
    pub fn put(&self, field: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(field);
    }
}
