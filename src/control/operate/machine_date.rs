//! Dates and times as machines keep them: TOD clock, SMF records.

use super::Setting;
use crate::control::syntax::Format;

/// Digits of the number that a machine date or time is read as; `None` for other formats.
pub fn digits(format: Format) -> Option<usize> {
    let _ = format;
    None
}

/// A machine date or time as a number such as yyyymmdd or hhmmss; `None` if the bytes are no such date.
pub fn read(bytes: &[u8], format: Format, setting: &Setting) -> Option<i128> {
    let _ = (bytes, format, setting);
    None
}
