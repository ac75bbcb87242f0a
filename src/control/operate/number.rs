//! Numbers in the bytes of a field.

use super::Setting;
use crate::control::syntax::Format;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::encoding::{BadNumber, binary};
use crate::key::SortFormat;

/// The number in a field; a field without one is a data exception that shows the bytes.
pub fn read(bytes: &[u8], format: Format, setting: &Setting) -> Result<i128> {
    value(bytes, format, setting.page.is_ebcdic()).map_err(|bad| exception(bytes, bad))
}

/// The number in a field, or what is wrong with it.
#[inline]
pub fn value(bytes: &[u8], format: Format, ebcdic: bool) -> std::result::Result<i128, BadNumber> {
    match format {
        Format::Sort(SortFormat::Binary) => binary::decode(bytes, false),
        Format::Sort(SortFormat::Fixed) => binary::decode(bytes, true),
        Format::Sort(format) => format.decimal(bytes, ebcdic),
        _ => Err(BadNumber::Length),
    }
}

/// The data exception (S0C7) of a field that holds no number.
pub fn exception(bytes: &[u8], bad: BadNumber) -> Box<Diagnostic> {
    Diagnostic::error(codes::DAT001, format!("a field holds no number: {bad}"))
        .in_data(DataPlace { bytes: bytes.to_vec(), ..DataPlace::default() })
        .note("this is a data exception, S0C7 on the mainframe")
        .hint("check the position and format of the field; blanks and X'00' are no decimal numbers")
}
