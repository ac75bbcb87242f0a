//! Reformatting: BUILD, OVERLAY, FINDREP, PARSE, IFTHEN.

use super::condition::Condition;
use super::field::Place;
use super::item::Item;
use crate::diag::Span;

/// What INREC, OUTREC or an OUTFIL does to records.
#[derive(Clone, Debug)]
pub enum Reform {
    /// One thing to every record.
    Action(Box<Action>),
    /// IFTHEN clauses in the order of the cards, and IFOUTLEN.
    IfThen {
        /// The clauses.
        clauses: Vec<Clause>,
        /// IFOUTLEN=n.
        length: Option<u32>,
    },
}

/// One way to change a record; PARSE= may stand before the others.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// PARSE=(..), in order.
    pub parse: Vec<ParseField>,
    /// FIELDS=, BUILD=, OUTREC=.
    pub build: Option<Vec<Item>>,
    /// OVERLAY=.
    pub overlay: Option<Vec<Item>>,
    /// FINDREP=.
    pub find: Option<FindReplace>,
}

/// An IFTHEN clause.
#[derive(Clone, Debug)]
pub struct Clause {
    /// When it applies.
    pub when: When,
    /// HIT=NEXT.
    pub hit_next: bool,
    /// What it does (nothing for WHEN=GROUP).
    pub action: Action,
    /// Where the cards say so.
    pub span: Span,
}

/// When a clause applies.
#[derive(Clone, Debug)]
pub enum When {
    /// WHEN=INIT: always, first.
    Init,
    /// WHEN=GROUP.
    Group(Box<Group>),
    /// WHEN=(condition).
    Condition(Condition),
    /// WHEN=ANY: if a condition clause before it (since the ANY before) held.
    Any,
    /// WHEN=NONE: if no condition held.
    None,
}

/// WHEN=GROUP.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// BEGIN=(..).
    pub begin: Option<Condition>,
    /// END=(..).
    pub end: Option<Condition>,
    /// RECORDS=n.
    pub records: Option<u64>,
    /// KEYBEGIN=(p,m).
    pub key: Option<Place>,
    /// PUSH=(..).
    pub push: Vec<Push>,
}

/// An item of PUSH.
#[derive(Clone, Debug)]
pub struct Push {
    /// The column it goes to, from 1.
    pub column: u32,
    /// What.
    pub what: PushWhat,
    /// Where the cards say so.
    pub span: Span,
}

/// What PUSH puts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushWhat {
    /// Bytes of the first record of the group.
    Field(Place),
    /// ID=n: the number of the group, n zoned digits.
    Id(u32),
    /// SEQ=n: the number of the record in the group, n zoned digits.
    Sequence(u32),
}

/// FINDREP.
#[derive(Clone, Debug)]
pub struct FindReplace {
    /// What is searched (in order of preference) and what it becomes; IN with OUT, or INOUT.
    pub pairs: Vec<Replacement>,
    /// STARTPOS=, from 1.
    pub start: Option<u32>,
    /// ENDPOS=.
    pub end: Option<u32>,
    /// DO=n: replace at most so often.
    pub limit: Option<u32>,
    /// MAXLEN=n: greatest length of the record.
    pub max_length: Option<u32>,
    /// OVERRUN=TRUNC instead of ERROR.
    pub truncate: bool,
    /// SHIFT=NO instead of YES.
    pub fixed_columns: bool,
    /// Where the cards say so.
    pub span: Span,
}

/// Bytes and what they become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// What is searched.
    pub find: Vec<u8>,
    /// What it becomes; may be empty.
    pub replace: Vec<u8>,
}

/// `%nn=(..)`, or `%=(..)` which puts nothing aside.
#[derive(Clone, Debug)]
pub struct ParseField {
    /// Its number; `None` for `%`.
    pub number: Option<u16>,
    /// FIXLEN=m.
    pub length: u32,
    /// ABSPOS=p: start here, from 1.
    pub absolute: Option<u32>,
    /// ADDPOS=x or SUBPOS=y (negative).
    pub add: i32,
    /// STARTAFT, STARTAT, STARTAFT=BLANKS, STARTNOT.
    pub starts: Vec<ParseStart>,
    /// ENDBEFR, ENDAT, …; in order of coding.
    pub ends: Vec<ParseEnd>,
    /// PAIR=APOST / QUOTE.
    pub pair: super::item::Pairing,
    /// REPEAT=v: so many fields in a row, numbered on.
    pub repeat: u32,
    /// Where the cards say so.
    pub span: Span,
}

/// Where a parsed field starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseStart {
    /// STARTAFT=string.
    After(Vec<u8>),
    /// STARTAT=string.
    At(Vec<u8>),
    /// STARTAFT=BLANKS: behind the next blanks.
    AfterBlanks,
    /// STARTAT=BLANKS.
    AtBlanks,
    /// STARTAT=NONBLANK / STARTNOT=BLANKS: at the next byte that is no blank.
    AtNonBlank,
}

/// Where a parsed field ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseEnd {
    /// ENDBEFR=string.
    Before(Vec<u8>),
    /// ENDAT=string.
    At(Vec<u8>),
    /// ENDBEFR=BLANKS.
    BeforeBlanks,
    /// ENDAT=BLANKS.
    AtBlanks,
}
