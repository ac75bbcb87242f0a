//! Bytes and their meaning: code pages, UTF-16 and UTF-8 text, and the storage forms of numbers. No schema, no I/O, no
//! allocation in the number codecs.
//!
//! Text is lossless: every byte string has one text, and that text these bytes (see [`is_escape`]).
//!
//! A number here is the integer that the digits spell; its scale is the business of the PICTURE. Reading accepts every
//! sign the hardware accepts, writing produces the preferred one (Principles of Operation, "Decimal instructions"):
//! C and D for signed, F for unsigned fields.

pub mod bcd;
pub mod binary;
mod codepage;
pub mod edited;
mod escape;
pub mod float;
pub mod packed;
pub mod unicode;
mod wide;
mod window;
pub mod words;
pub mod zoned;

pub use binary::ByteOrder;
pub use codepage::CodePage;
pub use escape::is_escape;
pub use float::FloatFormat;
pub use window::Window;
pub use zoned::Overpunch;

/// Bytes that are not a number in the form they should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNumber {
    /// A nibble or character that is no digit, at this byte of the field (from 0; messages count from 1, as COBOL does).
    Digit(usize),
    /// A sign that is not one, at this byte.
    Sign(usize),
    /// A negative sign in a field without S in its PICTURE.
    NegativeUnsigned,
    /// More than 38 digits, or an unsigned binary number beyond 127 bits.
    TooLong,
    /// A floating-point field that holds infinity or no number.
    NotFinite,
    /// A number too large for the floating-point format.
    Overflow,
    /// A floating-point field of another length than 4 or 8.
    Length,
}

impl std::fmt::Display for BadNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BadNumber::Digit(at) => write!(f, "byte {} of the field is not a digit", at + 1),
            BadNumber::Sign(at) => write!(f, "byte {} of the field has no valid sign", at + 1),
            BadNumber::NegativeUnsigned => f.write_str("the field is unsigned but holds a negative sign"),
            BadNumber::TooLong => f.write_str("the field has more than 38 digits"),
            BadNumber::NotFinite => f.write_str("the field holds infinity or no number"),
            BadNumber::Overflow => f.write_str("the number is too large for the floating-point field"),
            BadNumber::Length => f.write_str("a floating-point field has 4 or 8 bytes"),
        }
    }
}

/// The sign that a nibble means: A, C, E, F plus, B, D minus (Principles of Operation, "Decimal-operand data").
#[inline]
fn nibble_is_negative(nibble: u8) -> Option<bool> {
    match nibble {
        0xA | 0xC | 0xE | 0xF => Some(false),
        0xB | 0xD => Some(true),
        _ => None,
    }
}

/// Applies a sign to a magnitude under the rule for unsigned fields.
#[inline]
fn signed_value(magnitude: i128, negative: bool, signed: bool) -> Result<i128, BadNumber> {
    match (negative, signed) {
        (false, _) => Ok(magnitude),
        (true, true) => Ok(-magnitude),
        (true, false) => Err(BadNumber::NegativeUnsigned),
    }
}
