//! What a run of ICETOOL is told, as a tree.

mod report;

pub use report::{
    BreakPart, Column, ColumnValue, Digits, Divisor, Formatting, Header, ListFormat, Mask, Report,
    StatisticLine, StatisticOf, Title, TitlePart,
};

use crate::control::syntax::CardField;
use crate::diag::Span;

/// A DD by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dd {
    /// Its name, in upper case.
    pub name: String,
    /// Where the cards say so.
    pub span: Span,
}

/// One operator statement.
#[derive(Clone, Debug)]
pub struct ToolStatement {
    /// What is to be done.
    pub operator: Operator,
    /// The operator word.
    pub span: Span,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Operator {
    /// MODE.
    Mode(Mode),
    /// DEFAULTS.
    Defaults {
        /// LIST.
        list: Dd,
    },
    /// COPY and SORT.
    Copy(Box<Copy>),
    /// MERGE.
    Merge(Box<Merge>),
    /// COUNT.
    Count(Box<Count>),
    /// DATASORT.
    DataSort(Box<DataSort>),
    /// DISPLAY.
    Display(Box<Display>),
    /// OCCUR.
    Occur(Box<Occur>),
    /// RANGE.
    Range(Box<Range>),
    /// RESIZE.
    Resize(Box<Resize>),
    /// SELECT.
    Select(Box<Select>),
    /// SPLICE.
    Splice(Box<Splice>),
    /// STATS.
    Stats(Box<Stats>),
    /// SUBSET.
    Subset(Box<Subset>),
    /// UNIQUE.
    Unique(Box<Unique>),
    /// VERIFY.
    Verify(Box<Verify>),
}

impl Operator {
    /// The DDs that it writes itself.
    pub fn outputs(&self) -> Vec<&Dd> {
        match self {
            Operator::Mode(_) | Operator::Range(_) | Operator::Stats(_) => Vec::new(),
            Operator::Unique(_) | Operator::Verify(_) => Vec::new(),
            Operator::Defaults { list } => vec![list],
            Operator::Copy(copy) => copy.to.iter().collect(),
            Operator::Merge(merge) => merge.to.iter().collect(),
            Operator::Count(count) => count.write.iter().collect(),
            Operator::DataSort(sort) => sort.to.iter().collect(),
            Operator::Display(display) => vec![&display.report.list],
            Operator::Occur(occur) => vec![&occur.report.list],
            Operator::Resize(resize) => resize.to.iter().collect(),
            Operator::Select(select) => select.to.iter().chain(&select.discard).collect(),
            Operator::Splice(splice) => splice.to.iter().collect(),
            Operator::Subset(subset) => subset.to.iter().chain(&subset.discard).collect(),
        }
    }

    /// The operator word.
    pub fn word(&self) -> &'static str {
        match self {
            Operator::Mode(_) => "MODE",
            Operator::Defaults { .. } => "DEFAULTS",
            Operator::Copy(copy) if copy.sort => "SORT",
            Operator::Copy(_) => "COPY",
            Operator::Merge(_) => "MERGE",
            Operator::Count(_) => "COUNT",
            Operator::DataSort(_) => "DATASORT",
            Operator::Display(_) => "DISPLAY",
            Operator::Occur(_) => "OCCUR",
            Operator::Range(_) => "RANGE",
            Operator::Resize(_) => "RESIZE",
            Operator::Select(_) => "SELECT",
            Operator::Splice(_) => "SPLICE",
            Operator::Stats(_) => "STATS",
            Operator::Subset(_) => "SUBSET",
            Operator::Unique(_) => "UNIQUE",
            Operator::Verify(_) => "VERIFY",
        }
    }
}

/// What becomes of the operators behind one that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are only checked.
    #[default]
    Stop,
    /// They run.
    Continue,
    /// Nothing runs, all is only checked.
    Scan,
}

impl Mode {
    /// As the listing names it.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Stop => "STOP",
            Mode::Continue => "CONTINUE",
            Mode::Scan => "SCAN",
        }
    }
}

/// Where an operator takes its records from, and the deck that works on them.
#[derive(Clone, Debug)]
pub struct Input {
    /// FROM.
    pub from: Dd,
    /// USING: the four characters before CNTL.
    pub using: Option<Dd>,
}

/// COPY and SORT.
#[derive(Clone, Debug)]
pub struct Copy {
    /// SORT instead of COPY.
    pub sort: bool,
    /// FROM; `None` for JKFROM, where the deck's JOINKEYS say what is read.
    pub from: Option<Dd>,
    /// TO.
    pub to: Vec<Dd>,
    /// USING.
    pub using: Option<Dd>,
}

/// MERGE.
#[derive(Clone, Debug)]
pub struct Merge {
    /// FROM, in order.
    pub from: Vec<Dd>,
    /// TO.
    pub to: Vec<Dd>,
    /// USING.
    pub using: Dd,
}

/// A condition on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// HIGHER(x), NOTEMPTY.
    Higher(i128),
    /// LOWER(y).
    Lower(i128),
    /// HIGHER(x) LOWER(y).
    Between(i128, i128),
    /// EQUAL(v), EMPTY.
    Equal(i128),
    /// NOTEQUAL(w).
    NotEqual(i128),
}

impl Limit {
    /// True for a number that meets it.
    pub fn holds(self, value: i128) -> bool {
        match self {
            Limit::Higher(low) => value > low,
            Limit::Lower(high) => value < high,
            Limit::Between(low, high) => value > low && value < high,
            Limit::Equal(wanted) => value == wanted,
            Limit::NotEqual(other) => value != other,
        }
    }
}

/// COUNT.
#[derive(Clone, Debug)]
pub struct Count {
    /// What is read.
    pub input: Input,
    /// What sets the return code.
    pub limit: Option<Limit>,
    /// The return code it sets: 12, RC8, RC4.
    pub code: u8,
    /// ADD, or SUB if negative.
    pub add: i128,
    /// WRITE.
    pub write: Option<Dd>,
    /// TEXT, in the code page of the data.
    pub text: Vec<u8>,
    /// DIGITS.
    pub digits: Option<u32>,
    /// EDCOUNT.
    pub edit: Option<Formatting>,
    /// WIDTH.
    pub width: Option<u32>,
}

/// DATASORT.
#[derive(Clone, Debug)]
pub struct DataSort {
    /// FROM.
    pub from: Dd,
    /// TO.
    pub to: Vec<Dd>,
    /// USING.
    pub using: Dd,
    /// Records at the start that stay there.
    pub first: u64,
    /// Records at the end that stay there.
    pub last: u64,
}

/// DISPLAY.
#[derive(Clone, Debug)]
pub struct Display {
    /// What is read.
    pub input: Input,
    /// What is printed.
    pub report: Report,
    /// LIMIT: so many invalid numbers end the operation.
    pub limit: u64,
}

/// Which numbers of occurrences are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Occurrences {
    /// All.
    #[default]
    Any,
    /// ALLDUPS: more than one.
    AllDups,
    /// NODUPS: one.
    NoDups,
    /// HIGHER(x).
    Higher(u64),
    /// LOWER(y).
    Lower(u64),
    /// EQUAL(v).
    Equal(u64),
}

impl Occurrences {
    /// True for a value that occurs so often.
    pub fn holds(self, count: u64) -> bool {
        match self {
            Occurrences::Any => true,
            Occurrences::AllDups => count > 1,
            Occurrences::NoDups => count == 1,
            Occurrences::Higher(low) => count > low,
            Occurrences::Lower(high) => count < high,
            Occurrences::Equal(wanted) => count == wanted,
        }
    }
}

/// OCCUR.
#[derive(Clone, Debug)]
pub struct Occur {
    /// What is read.
    pub input: Input,
    /// What is printed.
    pub report: Report,
    /// Which values.
    pub occurrences: Occurrences,
    /// UZERO: +0 and -0 are the same value.
    pub unsigned_zero: bool,
}

/// What a key or a statistic is made of.
#[derive(Clone, Debug)]
pub enum OnField {
    /// `p,m,f`.
    Field(CardField),
    /// VLEN: the length of the record.
    Length(Span),
}

/// RANGE.
#[derive(Clone, Debug)]
pub struct Range {
    /// What is read.
    pub input: Input,
    /// ON.
    pub on: OnField,
    /// Which values count.
    pub limit: Limit,
}

/// RESIZE.
#[derive(Clone, Debug)]
pub struct Resize {
    /// What is read.
    pub input: Input,
    /// TO.
    pub to: Vec<Dd>,
    /// TOLEN.
    pub length: u32,
}

/// Which records of a key SELECT takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// ALLDUPS, NODUPS, HIGHER, LOWER, EQUAL: all of a key that occurs so often.
    All(Occurrences),
    /// FIRST(n) or, of duplicates only, FIRSTDUP(n).
    First(u64, Occurrences),
    /// LAST(n) or, of duplicates only, LASTDUP(n).
    Last(u64, Occurrences),
}

/// SELECT.
#[derive(Clone, Debug)]
pub struct Select {
    /// What is read.
    pub input: Input,
    /// TO.
    pub to: Vec<Dd>,
    /// DISCARD.
    pub discard: Option<Dd>,
    /// ON.
    pub on: Vec<OnField>,
    /// Which records are taken.
    pub choice: Choice,
    /// UZERO: +0 and -0 are the same value.
    pub unsigned_zero: bool,
}

/// How SPLICE joins the records of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joining {
    /// The first with the last.
    #[default]
    Last,
    /// WITHALL: the first with each of the others, a record each.
    All,
    /// WITHANY: the first with whatever others have that is not blank.
    Any,
    /// WITHEACH: the first with a WITH field of the second, the next of the third and so on.
    Each,
}

/// The length of a spliced variable-length record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpliceLength {
    /// That of the base record.
    #[default]
    Base,
    /// VLENMAX: the greater one.
    Greatest,
    /// VLENOVLY: that of the overlay record.
    Overlay,
}

/// SPLICE.
#[derive(Clone, Debug)]
pub struct Splice {
    /// What is read.
    pub input: Input,
    /// TO.
    pub to: Vec<Dd>,
    /// ON.
    pub on: Vec<OnField>,
    /// WITH: positions (from 1) and lengths.
    pub with: Vec<(u32, u32)>,
    /// How.
    pub joining: Joining,
    /// KEEPNODUPS: records without a partner come too.
    pub keep_single: bool,
    /// KEEPBASE: base records come unspliced too.
    pub keep_base: bool,
    /// Which length spliced records have.
    pub length: SpliceLength,
    /// UZERO: +0 and -0 are the same value.
    pub unsigned_zero: bool,
}

/// STATS.
#[derive(Clone, Debug)]
pub struct Stats {
    /// What is read.
    pub input: Input,
    /// ON.
    pub on: Vec<OnField>,
}

/// Which records SUBSET names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// HEADER, FIRST(n).
    First(u64),
    /// TRAILER, LAST(n).
    Last(u64),
    /// RRN(x,y), from 1; `None` for `*`, the last record.
    Range(Option<u64>, Option<u64>),
}

/// SUBSET.
#[derive(Clone, Debug)]
pub struct Subset {
    /// What is read.
    pub input: Input,
    /// TO.
    pub to: Vec<Dd>,
    /// DISCARD.
    pub discard: Option<Dd>,
    /// KEEP instead of REMOVE.
    pub keep: bool,
    /// OUTPUT instead of INPUT: records are counted behind the deck of USING.
    pub output: bool,
    /// Which records.
    pub rows: Vec<Rows>,
}

/// UNIQUE.
#[derive(Clone, Debug)]
pub struct Unique {
    /// What is read.
    pub input: Input,
    /// ON.
    pub on: OnField,
    /// UZERO: +0 and -0 are the same value.
    pub unsigned_zero: bool,
}

/// VERIFY.
#[derive(Clone, Debug)]
pub struct Verify {
    /// What is read.
    pub input: Input,
    /// ON.
    pub on: Vec<CardField>,
    /// NOSIGN: signs are not checked.
    pub no_sign: bool,
    /// LIMIT: so many invalid numbers end the operation.
    pub limit: u64,
}
