//! Fields, literals and moments.

use crate::diag::Span;
use crate::key::SortFormat;

/// Where bytes are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `p,m` of the record.
    Record {
        /// First byte, from 1 as coded.
        position: u32,
        /// Bytes.
        length: u32,
    },
    /// `%nn`: what a PARSE put aside. `length` is that of its FIXLEN.
    Parsed {
        /// Its number, 0 to 999.
        number: u16,
        /// Bytes.
        length: u32,
    },
}

impl Place {
    /// Bytes.
    pub fn length(&self) -> u32 {
        match self {
            Place::Record { length, .. } | Place::Parsed { length, .. } => *length,
        }
    }
}

/// A field with its format.
#[derive(Clone, Debug)]
pub struct CardField {
    /// Where it is.
    pub place: Place,
    /// What its bytes mean.
    pub format: Format,
    /// Where the cards say so.
    pub span: Span,
}

/// What bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A format of the sorter: CH, ZD, PD, BI, FI, FS and the others, two-digit-year dates included.
    Sort(SortFormat),
    /// A date with a four-digit year: Y4T, Y4U, Y4V, Y4W, Y4X, Y4Y; named by its last letter.
    Year4(u8),
    /// SS: the field is searched for a text.
    Substring,
    /// DC1-3, DE1-3 (TOD date), DT1-3 (SMF date): family letter pair and its number.
    MachineDate([u8; 2], u8),
    /// TC1-4, TE1-4 (TOD time), TM1-4 (SMF time): family letter pair and its number.
    MachineTime([u8; 2], u8),
}

/// Constant bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The bytes, in the code page of the data.
    pub bytes: Vec<u8>,
    /// How they were written, which decides how they are padded in a comparison.
    pub kind: LiteralKind,
}

/// How constant bytes were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    /// `C'..'`, also repeated: padded with blanks.
    Character,
    /// `X'..'`, also repeated: padded with X'00'.
    Hex,
}

/// The run's date or time as a constant, in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Which digits in which order.
    pub form: MomentForm,
    /// Days (months for DATE2) to add; negative to subtract.
    pub offset: i32,
}

/// How the run's date or time is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MomentForm {
    /// DATE1 yyyymmdd, DATE2 yyyymm, DATE3 yyyyddd; with a separator `DATE1(c)`; `packed` is `DATE1P`.
    Date {
        /// 1, 2 or 3.
        number: u8,
        /// The character between the parts.
        separator: Option<u8>,
        /// A packed decimal number instead of text.
        packed: bool,
    },
    /// DATE4: yyyy-mm-dd-hh.mm.ss.
    Stamp,
    /// DATE5: yyyy-mm-dd-hh.mm.ss.nnnnnn.
    LongStamp,
    /// TIME1 hhmmss, TIME2 hhmm, TIME3 hh; with a separator; packed.
    Time {
        /// 1, 2 or 3.
        number: u8,
        /// The character between the parts.
        separator: Option<u8>,
        /// A packed decimal number instead of text.
        packed: bool,
    },
    /// DATE=(abcd) and DATENS=(abc), also plain DATE: letters of `MDY4` (4 is a four-digit year) in order. DATE alone is
    /// `M D Y` with `/`.
    Parts {
        /// The letters, each M, D, Y or 4.
        letters: Vec<u8>,
        /// The character between the parts.
        separator: Option<u8>,
    },
    /// YDDD=(abc), YDDDNS=(ab): `D` stands for the day of the year, Y or 4 for the year.
    Ordinal {
        /// The letters, each D, Y or 4.
        letters: Vec<u8>,
        /// The character between the parts.
        separator: Option<u8>,
    },
    /// TIME=(abc), TIMENS=(ab), also plain TIME: hours of 24 or of 12 with am/pm.
    Clock {
        /// 12-hour form, followed by ` am` or ` pm`.
        twelve: bool,
        /// The character between the parts.
        separator: Option<u8>,
    },
}
