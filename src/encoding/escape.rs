//! Escapes: private-use characters of plane 16 that stand for bytes without a character, so that every byte string can
//! be shown as text and written back unchanged. Text that holds none of them went through a code page as it is.
//!
//! | characters | stand for |
//! |---|---|
//! | U+10F800 to U+10F8FF | one byte, X'00' to X'FF' |
//! | U+10F000 to U+10F7FF | one UTF-16 code unit X'D800' to X'DFFF' that is half of no pair |
//! | U+10F90F | nothing: here double-byte text ends without its shift-in |

/// The escape of byte X'00'; the others follow it.
const BYTE: u32 = 0x10_F800;

/// The escape of the lone surrogate X'D800'; the others follow it.
const UNIT: u32 = 0x10_F000;

/// Ends double-byte text without a byte: the shift-in that should be there is missing.
pub(super) const NO_SHIFT_IN: char = '\u{10F90F}';

/// The character that stands for a byte without a character.
#[inline]
pub(super) const fn of_byte(byte: u8) -> char {
    match char::from_u32(BYTE + byte as u32) {
        Some(escape) => escape,
        None => char::REPLACEMENT_CHARACTER,
    }
}

/// The byte that a character stands for.
#[inline]
pub(super) fn byte_of(character: char) -> Option<u8> {
    u32::from(character).checked_sub(BYTE).and_then(|byte| u8::try_from(byte).ok())
}

/// The character that stands for half a UTF-16 pair.
pub(super) fn of_unit(unit: u16) -> char {
    char::from_u32(UNIT + u32::from(unit & 0x7FF)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The UTF-16 code unit that a character stands for.
pub(super) fn unit_of(character: char) -> Option<u16> {
    let unit = u32::from(character).checked_sub(UNIT).filter(|unit| *unit < 0x800)?;
    u16::try_from(unit + 0xD800).ok()
}

/// True for a character that stands for bytes instead of being text: a reader may want to count or mark them.
pub fn is_escape(character: char) -> bool {
    matches!(u32::from(character), 0x10_F000..=0x10_F8FF) || character == NO_SHIFT_IN
}
