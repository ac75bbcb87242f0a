//! OUTFIL.

use super::condition::Condition;
use super::field::Place;
use super::item::Item;
use super::reform::Reform;
use crate::diag::Span;

/// One OUTFIL statement.
#[derive(Clone, Debug)]
pub struct OutFil {
    /// Names of the DDs it writes, from FNAMES and FILES; SORTOUT if it names none.
    pub files: Vec<String>,
    /// Which records it takes.
    pub selection: Selection,
    /// STARTREC=n, from 1.
    pub start: u64,
    /// ENDREC=n.
    pub end: Option<u64>,
    /// SAMPLE=n or (n,m): m records of every n.
    pub sample: Option<(u64, u64)>,
    /// ACCEPT=n: at most so many.
    pub accept: Option<u64>,
    /// BUILD, OVERLAY, FINDREP, IFTHEN.
    pub reform: Option<Reform>,
    /// VTOF, FTOV.
    pub convert: Convert,
    /// VLFILL=byte: for missing bytes of short records.
    pub fill: Option<u8>,
    /// VLTRIM=byte: such bytes at the end of variable records go.
    pub trim: Option<u8>,
    /// VLTRAIL=string: appended to variable records.
    pub append: Vec<u8>,
    /// REPEAT=n.
    pub repeat: u64,
    /// SPLIT, SPLITBY, SPLIT1R.
    pub split: Option<Split>,
    /// HEADER1, HEADER2, TRAILER1, TRAILER2.
    pub header1: Option<Vec<Item>>,
    /// At the top of each page.
    pub header2: Option<Vec<Item>>,
    /// At the end of the report.
    pub trailer1: Option<Vec<Item>>,
    /// At the end of each page.
    pub trailer2: Option<Vec<Item>>,
    /// SECTIONS.
    pub sections: Vec<Section>,
    /// LINES.
    pub lines: Option<LineLimit>,
    /// NODETAIL.
    pub no_detail: bool,
    /// REMOVECC.
    pub remove_control: bool,
    /// BLKCCH1, BLKCCH2, BLKCCT1: a blank instead of the page control of the first line.
    pub blank_control: [bool; 3],
    /// IFTRAIL.
    pub trailer_record: Option<Box<TrailerRecord>>,
    /// NULLOFL=RC0, RC4, RC16.
    pub null_code: Option<u8>,
    /// Where the cards say so.
    pub span: Span,
}

/// Which records an OUTFIL takes.
#[derive(Clone, Debug, Default)]
pub enum Selection {
    /// All.
    #[default]
    All,
    /// INCLUDE=.
    Include(Condition),
    /// OMIT=.
    Omit(Condition),
    /// SAVE: what no other OUTFIL took.
    Save,
}

/// Conversion between fixed and variable length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Convert {
    /// As the input.
    #[default]
    Keep,
    /// VTOF, CONVERT.
    ToFixed,
    /// FTOV.
    ToVariable,
}

/// How records are dealt to the files of an OUTFIL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// SPLIT (1) and SPLITBY=n: n to each in turn, round after round.
    Rotate(u64),
    /// SPLIT1R=n: one round, the rest to the last.
    OneRound(u64),
}

/// LINES.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineLimit {
    /// LINES=n: lines a page, one-byte ANSI control characters.
    Lines(u32),
    /// LINES=ANSI: the records bring their own control characters.
    Ansi,
    /// LINES=(ANSI,n).
    AnsiLines(u32),
}

/// One section of SECTIONS.
#[derive(Clone, Debug)]
pub struct Section {
    /// A change of these bytes breaks.
    pub key: Place,
    /// SKIP=.
    pub skip: SectionSkip,
    /// PAGEHEAD: HEADER3 at the top of each page as well.
    pub page_head: bool,
    /// HEADER3.
    pub header: Option<Vec<Item>>,
    /// TRAILER3.
    pub trailer: Option<Vec<Item>>,
}

/// What follows a section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SectionSkip {
    /// Nothing.
    #[default]
    None,
    /// SKIP=P: a new page.
    Page,
    /// SKIP=nL: n blank lines.
    Lines(u32),
}

/// IFTRAIL.
#[derive(Clone, Debug)]
pub struct TrailerRecord {
    /// HD=YES: the first record is a header, not counted.
    pub header: bool,
    /// TRLID=(condition).
    pub identify: Condition,
    /// TRLUPD=(items) with counts and totals.
    pub update: Vec<Item>,
    /// Where the cards say so.
    pub span: Span,
}
