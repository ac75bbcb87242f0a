//! Conditions of INCLUDE, OMIT, OUTFIL and IFTHEN.

use super::field::{CardField, Literal, Moment};
use crate::diag::Span;

/// What decides on a record.
#[derive(Clone, Debug)]
pub enum Condition {
    /// COND=ALL.
    All,
    /// COND=NONE.
    Nothing,
    /// One comparison.
    Test(Box<Test>),
    /// All of them hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
}

/// A comparison.
#[derive(Clone, Debug)]
pub enum Test {
    /// A field against something.
    Compare {
        /// The field on the left; for a constant or parsed field on the left see its place.
        left: CardField,
        /// How they must stand.
        relation: Relation,
        /// What stands on the right.
        right: Comparand,
        /// The whole comparison.
        span: Span,
    },
    /// `p,m,SS,EQ|NE,C'..'`: the shorter is searched for in the longer.
    Substring {
        /// The field.
        field: CardField,
        /// `true` for NE.
        negated: bool,
        /// The text, commas and all.
        constant: Vec<u8>,
        /// The whole comparison.
        span: Span,
    },
    /// `p,m,BI,ALL,B'..'|X'..'`: bits chosen by a mask.
    Bits {
        /// The field.
        field: CardField,
        /// Which of the chosen bits must be on.
        test: BitTest,
        /// The mask, of any length.
        mask: Vec<u8>,
        /// The whole comparison.
        span: Span,
    },
    /// `p,m,BI,EQ|NE,B'..1.0'`: a period accepts either bit. Bytes of bits that count, and their values.
    BitPattern {
        /// The field.
        field: CardField,
        /// `true` for NE.
        negated: bool,
        /// One for every bit that counts.
        care: Vec<u8>,
        /// Its value.
        bits: Vec<u8>,
        /// The whole comparison.
        span: Span,
    },
    /// `p,m,ZD,EQ,NUM` and the alphanumeric tests.
    Content {
        /// The field.
        field: CardField,
        /// `true` for NE.
        negated: bool,
        /// What it must hold.
        test: NumericTest,
        /// The whole comparison.
        span: Span,
    },
}

/// How two values must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

/// What stands on the right of a comparison.
#[derive(Clone, Debug)]
pub enum Comparand {
    /// Another field.
    Field(CardField),
    /// Constant bytes.
    Literal(Literal),
    /// A decimal constant; also of P'..' and the packed moments once resolved.
    Number(i128),
    /// The run's date or time as text, or as a number if packed.
    Moment(Moment),
    /// `Y'yymmdd'`: digits of a date as the two-digit-year format of the left field has them, or its special indicators
    /// (BLANKS, ZEROS, NINES, LOW, HIGH words as written).
    Year(String),
    /// `Y'DATE1'` with an offset in days or months.
    YearMoment(Moment),
}

/// What a field must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumericTest {
    /// NUM: digits in the field's format (FS, ZD, PD).
    Number,
    /// UC: uppercase letters A-Z.
    Upper,
    /// LC: lowercase letters.
    Lower,
    /// MC: letters of either case.
    Mixed,
    /// UN: uppercase letters and digits.
    UpperDigits,
    /// LN: lowercase letters and digits.
    LowerDigits,
    /// MN: letters of either case and digits.
    MixedDigits,
}

/// Which of the chosen bits must be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitTest {
    /// ALL, BO.
    All,
    /// SOME, BM: at least one, but not all.
    Some,
    /// NONE, BZ.
    None,
    /// NOTALL, BNO.
    NotAll,
    /// NOTSOME, BNM: all or none.
    NotSome,
    /// NOTNONE, BNZ.
    NotNone,
}
