//! Record formats.

use crate::encoding::CodePage;

/// How records lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recfm {
    /// F, FB: all of LRECL bytes, end to end. Blocking is not visible in a transferred file.
    Fixed,
    /// V, VB: each after a record descriptor word of 4 bytes, whose first two are the length, these 4 included,
    /// big-endian, and whose last two are zero (DFSMS Using Data Sets, "Record descriptor word").
    Variable,
    /// Lines that end with X'0A' (or CR LF); shorter ones are padded with blanks to LRECL (line sequential).
    Text,
}

impl Recfm {
    /// The format that the job file's word means.
    pub fn parse(word: &str) -> Option<Recfm> {
        match word.to_ascii_uppercase().as_str() {
            "F" | "FB" => Some(Recfm::Fixed),
            "V" | "VB" => Some(Recfm::Variable),
            "TEXT" => Some(Recfm::Text),
            _ => None,
        }
    }

    /// The word that reports show.
    pub fn name(self) -> &'static str {
        match self {
            Recfm::Fixed => "FB",
            Recfm::Variable => "VB",
            Recfm::Text => "text",
        }
    }
}

/// Everything framing needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetFormat {
    /// Record format.
    pub recfm: Recfm,
    /// Logical record length in bytes: exact for F, the longest data part (without the descriptor word) for V, the
    /// length lines are padded to for text.
    pub lrecl: usize,
    /// Code page, for the blank that pads lines.
    pub page: CodePage,
}

impl DatasetFormat {
    /// The length of every record, if they all have one.
    pub fn fixed_length(&self) -> Option<usize> {
        (self.recfm != Recfm::Variable).then_some(self.lrecl)
    }
}
