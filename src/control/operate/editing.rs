//! Numbers shown with masks and patterns.

use super::Setting;
use crate::control::syntax::Editing;
use crate::diag::Result;

/// Bytes that a number of so many digits takes when it is shown.
pub fn width(digits: usize, editing: &Editing) -> usize {
    editing.length.map_or(digits + 1, |length| length as usize)
}

/// Appends a number of so many digits as the editing shows it.
pub fn show(
    value: i128,
    digits: usize,
    editing: &Editing,
    setting: &Setting,
    out: &mut Vec<u8>,
) -> Result<()> {
    let text = format!("{value:>width$}", width = width(digits, editing));
    out.extend(text.chars().map(|c| setting.page.byte(c).unwrap_or(0)));
    Ok(())
}
