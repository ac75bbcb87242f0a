//! What every operator must know of the run and of its records.

use jiff::civil::DateTime;

use crate::control::syntax::{Dialect, Options, YearWindow};
use crate::encoding::CodePage;

/// Settings of a pass that change the meaning of cards.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Code page of the data.
    pub page: CodePage,
    /// The run's date and time: never the system's unless the caller took it from there.
    pub clock: DateTime,
    /// First year of the century window of two-digit years.
    pub century: i16,
    /// Weights of bytes for AQ and TRAN=ALTSEQ.
    pub altseq: Option<Box<[u8; 256]>>,
    /// What a condition makes of a field that a variable-length record is too short for.
    pub short: Short,
    /// Positive zoned results get zone F (ZDPRINT) instead of C.
    pub zdprint: bool,
    /// Whose rules count.
    pub dialect: Dialect,
}

/// What a comparison makes of a field behind the end of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Short {
    /// An error.
    #[default]
    Fail,
    /// VLSHRT: the comparison does not hold.
    False,
    /// VLSCMP: missing bytes are X'00'.
    Pad,
}

/// Form and length of records at some point of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Variable length: bytes 1 to 4 are the RDW.
    pub variable: bool,
    /// Length of fixed records; greatest length of variable ones, RDW included.
    pub length: usize,
}

impl Setting {
    /// The settings that the options of a deck make. The window is sliding by 80 years if none is stated.
    pub fn new(page: CodePage, clock: DateTime, dialect: Dialect, options: &Options) -> Self {
        let century = match options.window {
            Some(YearWindow::Fixed(year)) => i16::try_from(year).unwrap_or(9900),
            Some(YearWindow::Sliding(back)) => clock.year() - i16::try_from(back).unwrap_or(100),
            None => clock.year() - 80,
        };
        let short = match (options.vlscmp, options.vlshrt) {
            (true, _) => Short::Pad,
            (_, true) => Short::False,
            _ => Short::Fail,
        };
        let zdprint = options.zdprint.unwrap_or(true);
        Setting { page, clock, century, altseq: None, short, zdprint, dialect }
    }
}
