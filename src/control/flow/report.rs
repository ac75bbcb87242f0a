//! Reports of an OUTFIL, where it has one.

use super::Shape;
use crate::control::operate::Setting;
use crate::control::syntax::OutFil;
use crate::diag::Result;

/// Makes a report of records.
pub(super) struct Reporting {
    output: Shape,
}

/// A report under way.
pub(super) struct ReportingState {}

impl Reporting {
    /// The report of an OUTFIL, if it is one.
    pub fn compile(outfil: &OutFil, setting: &Setting, input: Shape, made: Shape) -> Result<Option<Self>> {
        let _ = (outfil, setting, input, made);
        Ok(None)
    }

    /// What the lines are like.
    pub fn output(&self) -> Shape {
        self.output
    }

    pub fn state(&self) -> ReportingState {
        ReportingState {}
    }

    pub fn record(
        &self,
        state: &mut ReportingState,
        raw: &[u8],
        built: &[Vec<u8>],
        put: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let _ = (state, raw);
        built.iter().try_for_each(|record| put(record))
    }

    pub fn finish(&self, state: ReportingState, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let _ = (state, put);
        Ok(())
    }
}
