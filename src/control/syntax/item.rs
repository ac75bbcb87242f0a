//! The items that records are built of, in BUILD, OVERLAY, headers and trailers.

use super::field::{CardField, Format, Literal, Moment, Place};
use crate::diag::Span;
use crate::report::Statistic as StatisticKind;

/// One item.
#[derive(Clone, Debug)]
pub struct Item {
    /// `c:`, the column where it goes, from 1.
    pub column: Option<u32>,
    /// `p,m,H|F|D`: 2, 4 or 8; the item begins at the next such boundary, X'00' stand before it.
    pub align: Option<u8>,
    /// What goes there.
    pub value: Value,
    /// Where the cards say so.
    pub span: Span,
}

/// What an item puts.
#[derive(Clone, Debug)]
pub enum Value {
    /// Bytes as they are.
    Bytes(Place),
    /// `p` without length: the rest of the record.
    Rest {
        /// First byte, from 1.
        position: u32,
    },
    /// A constant, repetition already done: `nX`, `nZ`, `nC'..'`, `nX'..'`.
    Constant(Literal),
    /// A separator `n/`: the record ends, and n-1 blank ones follow (n at the start or end).
    Lines(u32),
    /// A column alone (`c:` with nothing behind it before a comma): fills with blanks up to it.
    Column,
    /// A number or year field, edited or converted.
    Edited {
        /// What is computed.
        number: Arithmetic,
        /// How it is shown; `None` is the default of the format (M0, or the four-digit year of Y2 formats).
        editing: Editing,
    },
    /// A two- or four-digit-year date field shown with separators: `p,m,Y2T(s)`, `p,m,Y2TP`.
    Year {
        /// The field.
        field: CardField,
        /// The character between the parts.
        separator: Option<u8>,
        /// `Y2xP`: a packed decimal number.
        packed: bool,
    },
    /// Date conversion and arithmetic.
    Date(Box<DateValue>),
    /// The run's date or time.
    Moment(Moment),
    /// SEQNUM.
    Sequence(SequenceNumber),
    /// CHANGE.
    Change(Box<Change>),
    /// TRAN, HEX.
    Translate {
        /// What is translated.
        from: Place,
        /// How.
        translation: Translation,
    },
    /// `p,HEX`, `p,TRAN=..`: the rest of a variable-length record.
    TranslateRest {
        /// First byte, from 1.
        position: u32,
        /// How.
        translation: Translation,
    },
    /// JFY and SQZ.
    Justify(Box<Justify>),
    /// PAGE, in headers and trailers.
    Page(Editing),
    /// COUNT, SUBCOUNT.
    Count {
        /// Since the start instead of in this section or page.
        running: bool,
        /// 15 instead of 8 digits.
        wide: bool,
        /// COUNT+n, COUNT-n.
        offset: i64,
        /// How it is shown.
        editing: Editing,
    },
    /// TOTAL, MIN, MAX, AVG and their SUB forms.
    Statistic(Statistic),
}

/// A number computed from fields and constants.
#[derive(Clone, Debug)]
pub enum Arithmetic {
    /// A field.
    Field(CardField),
    /// `+n`, `-n`.
    Constant(i128),
    /// Two of them.
    Binary(Operator, Box<Arithmetic>, Box<Arithmetic>, Span),
}

/// Operators, by precedence: MIN MAX before MUL DIV MOD before ADD SUB; the parser has applied it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// MIN.
    Min,
    /// MAX.
    Max,
    /// MUL.
    Mul,
    /// DIV.
    Div,
    /// MOD.
    Mod,
    /// ADD.
    Add,
    /// SUB.
    Sub,
}

/// How a number becomes bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editing {
    /// Mask, pattern or format.
    pub edit: Option<Edit>,
    /// LENGTH=n.
    pub length: Option<u32>,
    /// SIGNS=(lead+,lead-,trail+,trail-); `None` for those left out.
    pub signs: Option<[Option<u8>; 4]>,
}

/// Mask, pattern or format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// M0 to M26.
    Mask(u8),
    /// EDIT=(pattern), in the code page of the data; I, T and S select.
    Pattern(Vec<u8>),
    /// TO=format by its name in upper case: PD PDC PDF ZD ZDC ZDF BI FI FS CSF UFF SFF.
    To(String),
}

/// A date made of another.
#[derive(Clone, Debug)]
pub struct DateValue {
    /// Where it starts.
    pub base: DateOperand,
    /// What is done to it, in order.
    pub steps: Vec<DateStep>,
    /// How it is shown.
    pub output: DateOutput,
    /// The whole item.
    pub span: Span,
}

/// A date.
#[derive(Clone, Debug)]
pub enum DateOperand {
    /// A field with a Y2 or Y4 format (or a machine date).
    Field(CardField),
    /// The run's date.
    Moment(Moment),
    /// Y'..' or C'..' digits of a date in the format of the other operand.
    Constant(Vec<u8>, Format),
}

/// Date arithmetic.
#[derive(Clone, Debug)]
pub enum DateStep {
    /// ADDDAYS, SUBDAYS, ADDMONS, SUBMONS, ADDYEARS, SUBYEARS.
    Add {
        /// `true` for SUB.
        subtract: bool,
        /// What is added.
        unit: DateUnit,
        /// How many.
        amount: Arithmetic,
    },
    /// NEXTDday and PREVDday.
    Weekday {
        /// Forward instead of back.
        next: bool,
        /// The day.
        day: Weekday,
    },
    /// LASTDAYW, LASTDAYM, LASTDAYQ, LASTDAYY.
    LastDay(DateUnit),
}

/// Units of date arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateUnit {
    /// Days.
    Days,
    /// Weeks, Sunday to Saturday; LASTDAYW is the Friday of DFSORT's week.
    Weeks,
    /// Months.
    Months,
    /// Quarters.
    Quarters,
    /// Years.
    Years,
}

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

/// How a date is shown.
#[derive(Clone, Debug)]
pub enum DateOutput {
    /// TOGREG=Yxx(s) or TOJUL=Yxx(s).
    Convert {
        /// TOJUL instead of TOGREG.
        ordinal: bool,
        /// Four-digit year instead of two.
        four: bool,
        /// T, U, V, W, X or Y: text or packed, year first or last.
        letter: u8,
        /// The character between the parts.
        separator: Option<u8>,
    },
    /// WEEKDAY=CHAR3 (3), CHAR9 (9), DIGIT1 (1).
    Weekday(u8),
    /// WEEKNUM=ISO (`true`) or USA.
    WeekNumber {
        /// ISO 8601 instead of weeks from 1 January.
        iso: bool,
    },
    /// DATEDIFF: days from the other date to this one, a sign and seven digits.
    Difference(DateOperand),
    /// AGE=YMD, YM, YD: time from this date to the run's (letters as written).
    Age(String),
    /// DT=(abcd) and DTNS=(abc) of machine dates: letters M, D, Y, 4 in order; the separator.
    Parts(Vec<u8>, Option<u8>),
}

/// SEQNUM.
#[derive(Clone, Debug)]
pub struct SequenceNumber {
    /// Bytes.
    pub length: u32,
    /// BI, FI, PD, ZD, CSF/FS.
    pub format: Format,
    /// START=, 1 by default.
    pub start: i128,
    /// INCR=, 1 by default.
    pub increment: i128,
    /// RESTART=(p,m).
    pub restart: Option<Place>,
}

/// CHANGE.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is looked up.
    pub from: Place,
    /// Bytes of the result.
    pub length: u32,
    /// Search constants with what they become.
    pub pairs: Vec<(ChangeSearch, ChangeOutput)>,
    /// NOMATCH.
    pub otherwise: Option<ChangeOutput>,
    /// The whole item.
    pub span: Span,
}

/// What CHANGE searches: a constant, or bits that count and their values.
pub type ChangeSearch = (Literal, Option<Vec<u8>>);

/// What CHANGE puts.
#[derive(Clone, Debug)]
pub enum ChangeOutput {
    /// A constant.
    Constant(Literal),
    /// Bytes of the record.
    Place(Place),
}

/// Translations of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translation {
    /// TRAN=LTOU.
    Upper,
    /// TRAN=UTOL.
    Lower,
    /// TRAN=ALTSEQ.
    AltSeq,
    /// TRAN=ETOA.
    ToAscii,
    /// TRAN=ATOE.
    ToEbcdic,
    /// HEX, TRAN=HEX.
    Hex,
    /// TRAN=UNHEX.
    Unhex,
    /// TRAN=BIT.
    Bit,
    /// TRAN=UNBIT.
    Unbit,
}

/// JFY and SQZ.
#[derive(Clone, Debug)]
pub struct Justify {
    /// The field.
    pub from: Place,
    /// SQZ instead of JFY: inner blanks go as well.
    pub squeeze: bool,
    /// LEFT or RIGHT.
    pub shift: Shift,
    /// LENGTH=n; the field's by default.
    pub length: Option<u32>,
    /// Characters taken for blanks first (PREBLANK).
    pub preblank: Vec<u8>,
    /// LEAD.
    pub lead: Vec<u8>,
    /// MID, of SQZ.
    pub mid: Vec<u8>,
    /// TRAIL.
    pub trail: Vec<u8>,
    /// PAIR, of SQZ.
    pub pair: Pairing,
}

/// Where text goes in its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// Quotes that protect what is between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// None.
    #[default]
    None,
    /// PAIR=APOST.
    Apostrophe,
    /// PAIR=QUOTE.
    Quote,
}

/// A total and the like.
#[derive(Clone, Debug)]
pub struct Statistic {
    /// Which.
    pub kind: StatisticKind,
    /// Since the start instead of in this section or page (SUB forms).
    pub running: bool,
    /// Of which numbers.
    pub field: CardField,
    /// How it is shown.
    pub editing: Editing,
}
