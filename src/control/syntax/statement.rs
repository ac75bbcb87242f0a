//! The statements of a deck.

use super::condition::Condition;
use super::field::{CardField, Place};
use super::outfil::OutFil;
use super::reform::Reform;
use crate::diag::{Diagnostic, Span};
use crate::key::SortFormat;

/// All statements of a deck, after DFSPARM and PARM have had their say.
#[derive(Clone, Debug, Default)]
pub struct Deck {
    /// SORT, MERGE or COPY.
    pub application: Application,
    /// What records are kept: `true` for INCLUDE, `false` for OMIT.
    pub filter: Option<(bool, Condition)>,
    /// INREC.
    pub inrec: Option<Reform>,
    /// SUM.
    pub sum: Option<SumStatement>,
    /// OUTREC.
    pub outrec: Option<Reform>,
    /// OUTFIL, in the order of the cards.
    pub outfils: Vec<OutFil>,
    /// JOINKEYS, JOIN, REFORMAT.
    pub join: Option<Box<Join>>,
    /// ALTSEQ CODE=: the weight of each byte.
    pub altseq: Option<Box<[u8; 256]>>,
    /// RECORD.
    pub record: RecordStatement,
    /// OPTION, and options on SORT, MERGE and JOINKEYS.
    pub options: Options,
    /// What is odd in the cards, but no error.
    pub warnings: Vec<Diagnostic>,
}

/// What is done with the records.
#[derive(Clone, Debug, Default)]
pub enum Application {
    /// SORT FIELDS=(..).
    Sort(Vec<SortField>),
    /// MERGE FIELDS=(..).
    Merge(Vec<SortField>),
    /// SORT/MERGE FIELDS=COPY, OPTION COPY.
    #[default]
    Copy,
}

/// A control field of SORT or MERGE.
#[derive(Clone, Debug)]
pub struct SortField {
    /// First byte, from 1.
    pub position: u32,
    /// First bit in it, 0 to 7 from the left.
    pub bit: u8,
    /// Whole bytes.
    pub length: u32,
    /// And bits.
    pub bits: u8,
    /// Format.
    pub format: SortFormat,
    /// D instead of A.
    pub descending: bool,
    /// Where the cards say so.
    pub span: Span,
}

/// SUM.
#[derive(Clone, Debug)]
pub struct SumStatement {
    /// The fields; none for FIELDS=NONE.
    pub fields: Vec<SumField>,
    /// XSUM: records that were summed away go to SORTXSUM.
    pub xsum: bool,
    /// Where the cards say so.
    pub span: Span,
}

/// A field of SUM.
#[derive(Clone, Debug)]
pub struct SumField(pub CardField);

/// JOINKEYS, JOIN and REFORMAT.
#[derive(Clone, Debug)]
pub struct Join {
    /// F1 and F2.
    pub sides: [JoinSide; 2],
    /// UNPAIRED,F1: records of F1 without a partner come too; and of F2.
    pub unpaired: [bool; 2],
    /// ONLY: paired ones do not come.
    pub only: bool,
    /// REFORMAT FIELDS.
    pub items: Option<Vec<JoinItem>>,
    /// FILL, blank by default.
    pub fill: Option<u8>,
    /// Where the cards say so.
    pub span: Span,
}

/// One JOINKEYS.
#[derive(Clone, Debug)]
pub struct JoinSide {
    /// DD of the input: SORTJNF1, SORTJNF2 or what F1=/F2= names.
    pub dd: String,
    /// The keys.
    pub keys: Vec<JoinKey>,
    /// SORTED.
    pub sorted: bool,
    /// NOSEQCK.
    pub unchecked: bool,
    /// INCLUDE/OMIT on the statement.
    pub filter: Option<(bool, Condition)>,
    /// STOPAFT=.
    pub stop_after: Option<u64>,
    /// TASKID=: the start of the name of its CNTL DD; JNF1, JNF2 by default.
    pub task: String,
    /// TYPE=V instead of F, if given.
    pub variable: Option<bool>,
    /// Where the cards say so.
    pub span: Span,
}

/// A key of a join.
#[derive(Clone, Debug)]
pub struct JoinKey {
    /// First byte, from 1.
    pub position: u32,
    /// Bytes.
    pub length: u32,
    /// D instead of A.
    pub descending: bool,
    /// Where the cards say so.
    pub span: Span,
}

/// An item of REFORMAT.
#[derive(Clone, Debug)]
pub enum JoinItem {
    /// `F1:p,m`.
    Field {
        /// 0 for F1, 1 for F2.
        side: usize,
        /// Where.
        place: Place,
        /// Where the cards say so.
        span: Span,
    },
    /// `F1:p`: the rest of a variable record.
    Rest {
        /// 0 for F1, 1 for F2.
        side: usize,
        /// First byte, from 1.
        position: u32,
        /// Where the cards say so.
        span: Span,
    },
    /// `?`: B, 1 or 2.
    Indicator,
}

/// RECORD.
#[derive(Clone, Debug, Default)]
pub struct RecordStatement {
    /// TYPE=.
    pub kind: Option<RecordType>,
    /// LENGTH=(L1,L2,L3).
    pub lengths: Vec<Option<u32>>,
}

/// TYPE of RECORD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// F, FB.
    Fixed,
    /// V, VB.
    Variable,
}

/// What options say. `None` is the default of the product.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// EQUALS (`true`) or NOEQUALS. We always keep the order of equal keys.
    pub equals: Option<bool>,
    /// SKIPREC.
    pub skip: u64,
    /// STOPAFT.
    pub stop_after: Option<u64>,
    /// Y2PAST, CENTWIN.
    pub window: Option<YearWindow>,
    /// VLSHRT.
    pub vlshrt: bool,
    /// VLSCMP.
    pub vlscmp: bool,
    /// VLLONG: too long variable records are cut.
    pub vllong: bool,
    /// NZDPRINT (`false`) or ZDPRINT.
    pub zdprint: Option<bool>,
    /// CHALT: CH keys follow ALTSEQ as well.
    pub chalt: bool,
    /// OVFLO=RC0/4/16.
    pub overflow: Option<Overflow>,
    /// PAD=RC0/4/16.
    pub pad: Option<Overflow>,
    /// TRUNC=RC0/4/16.
    pub trunc: Option<Overflow>,
    /// NULLOUT=RC0/4/16.
    pub null_out: Option<Overflow>,
    /// SORTIN=, SORTOUT= names of DDs; SORTDD= prefix.
    pub sortin: Option<String>,
    /// SORTOUT=.
    pub sortout: Option<String>,
    /// SORTDD=, four characters in place of SORT.
    pub prefix: Option<String>,
    /// SYNCSORT's VLTEST=n.
    pub vltest: Option<u8>,
    /// SYNCSORT's CMP=CLC (`true`) or CPD.
    pub compare_bytes: Option<bool>,
}

/// The return code of an event that is no error by itself; RC16 ends the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// RC0.
    Silent,
    /// RC4.
    Warn,
    /// RC16.
    Stop,
}

/// The century window of two-digit years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YearWindow {
    /// Y2PAST=yyyy: the first year.
    Fixed(u16),
    /// Y2PAST=n: the first year is so many before the run's.
    Sliding(u16),
}

/// Whose rules count where products differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// IBM DFSORT.
    #[default]
    Dfsort,
    /// Precisely Syncsort MFX.
    Syncsort,
}
