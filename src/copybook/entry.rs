//! A data description entry as written: its level, name and clauses, nothing resolved.

use crate::diag::Span;

use super::layout::{FloatWidth, Literal};
use super::picture::Picture;

/// Something and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A name in upper case.
pub(super) type Name = Spanned<String>;

/// `name OF qualifier OF qualifier`.
#[derive(Clone, Debug)]
pub(super) struct QualifiedName {
    /// The name itself.
    pub name: Name,
    /// The qualifiers, from the inside outward.
    pub qualifiers: Vec<String>,
}

/// USAGE without SIGN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsageWord {
    /// DISPLAY.
    Display,
    /// COMP-3.
    Packed,
    /// COMP-6, and COMP-3U of Cobrix.
    PackedUnsigned,
    /// COMP, COMP-4, BINARY; COMP-0 of older compilers.
    Binary,
    /// COMP-5.
    Native,
    /// COMP-9 of Cobrix: COMP with the low byte first.
    LittleEndian,
    /// COMP-X: as few bytes as needed, high byte first.
    BytesBig,
    /// COMP-N: the same in the order of the machine.
    BytesNative,
    /// BINARY-CHAR, BINARY-SHORT, BINARY-LONG and BINARY-DOUBLE.
    Integer {
        /// Bytes.
        length: u8,
        /// Not UNSIGNED.
        signed: bool,
    },
    /// COMP-1 and COMP-2.
    Float(FloatWidth),
    /// NATIONAL.
    National,
    /// DISPLAY-1.
    Dbcs,
    /// UTF-8.
    Utf8,
    /// INDEX.
    Index,
    /// POINTER.
    Pointer,
    /// POINTER-32.
    Pointer32,
    /// PROCEDURE-POINTER.
    ProcedurePointer,
    /// FUNCTION-POINTER.
    FunctionPointer,
    /// OBJECT REFERENCE.
    ObjectReference,
}

impl UsageWord {
    /// The word that a record map shows.
    pub(super) fn name(self) -> &'static str {
        match self {
            UsageWord::Display => "DISPLAY",
            UsageWord::Packed => "COMP-3",
            UsageWord::PackedUnsigned => "COMP-6",
            UsageWord::Binary => "COMP",
            UsageWord::Native => "COMP-5",
            UsageWord::LittleEndian => "COMP-9",
            UsageWord::BytesBig => "COMP-X",
            UsageWord::BytesNative => "COMP-N",
            UsageWord::Integer { length: 1, .. } => "BINARY-CHAR",
            UsageWord::Integer { length: 2, .. } => "BINARY-SHORT",
            UsageWord::Integer { length: 4, .. } => "BINARY-LONG",
            UsageWord::Integer { .. } => "BINARY-DOUBLE",
            UsageWord::Float(FloatWidth::Short) => "COMP-1",
            UsageWord::Float(FloatWidth::Long) => "COMP-2",
            UsageWord::National => "NATIONAL",
            UsageWord::Dbcs => "DISPLAY-1",
            UsageWord::Utf8 => "UTF-8",
            UsageWord::Index => "INDEX",
            UsageWord::Pointer => "POINTER",
            UsageWord::Pointer32 => "POINTER-32",
            UsageWord::ProcedurePointer => "PROCEDURE-POINTER",
            UsageWord::FunctionPointer => "FUNCTION-POINTER",
            UsageWord::ObjectReference => "OBJECT REFERENCE",
        }
    }

    /// True for those that describe an item without a PICTURE.
    pub(super) fn stands_alone(self) -> bool {
        use UsageWord::{
            Float, FunctionPointer, Index, Integer, ObjectReference, Pointer, Pointer32, ProcedurePointer,
        };
        matches!(
            self,
            Float(_)
                | Integer { .. }
                | Index
                | Pointer
                | Pointer32
                | ProcedurePointer
                | FunctionPointer
                | ObjectReference
        )
    }
}

/// SIGN LEADING or TRAILING, SEPARATE or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignClause {
    /// LEADING.
    pub leading: bool,
    /// SEPARATE.
    pub separate: bool,
}

/// OCCURS.
#[derive(Clone, Debug)]
pub(super) struct OccursClause {
    /// Fewest.
    pub min: u32,
    /// Most.
    pub max: u32,
    /// The counter.
    pub depending_on: Option<QualifiedName>,
    /// Names in KEY phrases, the major key first; true if DESCENDING.
    pub keys: Vec<(QualifiedName, bool)>,
}

/// One value of VALUE, or a range.
#[derive(Clone, Debug)]
pub(super) struct ValueRange {
    /// The value or the low end.
    pub low: Spanned<Literal>,
    /// The high end.
    pub high: Option<Spanned<Literal>>,
}

/// RENAMES.
#[derive(Clone, Debug)]
pub(super) struct RenamesClause {
    /// The first item.
    pub from: QualifiedName,
    /// The last item after THRU.
    pub thru: Option<QualifiedName>,
}

/// A PICTURE as written and what it describes; `None` if it is not valid.
#[derive(Clone, Debug)]
pub(super) struct PictureClause {
    /// As written, in upper case.
    pub text: String,
    /// Its meaning.
    pub meaning: Option<Picture>,
}

/// An entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Level number.
    pub level: u8,
    /// Data or condition name; `None` for FILLER.
    pub name: Option<String>,
    /// From the level number to the name.
    pub span: Span,
    /// True if something in it was already complained about, so that what is missing may be a consequence.
    pub broken: bool,
    /// PICTURE.
    pub picture: Option<Spanned<PictureClause>>,
    /// USAGE.
    pub usage: Option<Spanned<UsageWord>>,
    /// GROUP-USAGE.
    pub group_usage: Option<Spanned<UsageWord>>,
    /// BYTE-LENGTH of a PIC U.
    pub byte_length: Option<Spanned<u64>>,
    /// SIGN.
    pub sign: Option<Spanned<SignClause>>,
    /// OCCURS.
    pub occurs: Option<Spanned<OccursClause>>,
    /// REDEFINES.
    pub redefines: Option<Name>,
    /// RENAMES.
    pub renames: Option<Spanned<RenamesClause>>,
    /// VALUE.
    pub value: Option<Spanned<Vec<ValueRange>>>,
    /// The literal of WHEN SET TO FALSE.
    pub when_false: Option<Spanned<Literal>>,
    /// JUSTIFIED.
    pub justified: Option<Span>,
    /// BLANK WHEN ZERO.
    pub blank_when_zero: Option<Span>,
    /// SYNCHRONIZED.
    pub sync: Option<Span>,
}

impl Entry {
    /// An entry without clauses.
    pub(super) fn new(level: u8, name: Option<String>, span: Span) -> Self {
        Entry {
            level,
            name,
            span,
            broken: false,
            picture: None,
            usage: None,
            group_usage: None,
            byte_length: None,
            sign: None,
            occurs: None,
            redefines: None,
            renames: None,
            value: None,
            when_false: None,
            justified: None,
            blank_when_zero: None,
            sync: None,
        }
    }

    /// The name for messages.
    pub(super) fn shown(&self) -> String {
        self.name.as_deref().map_or_else(|| "FILLER".to_owned(), shown)
    }
}

/// A name or word for a message, cut if it is absurdly long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
