//! A record without a copybook: its bytes in hexadecimal digits and as characters.

use super::down::head;
use super::ink::{Ink, Screen};
use super::line::Shown;
use super::plain::is_shown;
use crate::codec::append_hex_digits;
use crate::encoding::CodePage;

/// Bytes a line, and bytes between two blanks.
const LINE: usize = 16;
const GROUP: usize = 4;

/// Appends a record: its head, and for every 16 bytes their offset in the record, their digits, and their characters in the
/// code page, with a point for what is no printable one.
pub fn dump(shown: &Shown<'_>, page: CodePage, screen: Screen, out: &mut String) {
    head(shown, screen, out);
    for (index, bytes) in shown.bytes.chunks(LINE).enumerate() {
        let mut digits = Vec::with_capacity(3 * LINE);
        for (at, group) in bytes.chunks(GROUP).enumerate() {
            digits.extend_from_slice(if at == 0 { b"" } else { b" " });
            append_hex_digits(group, &mut digits);
        }
        let digits = String::from_utf8_lossy(&digits);
        let characters = bytes.iter().map(|&byte| page.char(byte));
        let text: String =
            characters.map(|character| if is_shown(character) { character } else { '.' }).collect();
        screen.put(out, Ink::Dim, &format!("  {:06X}", index * LINE));
        out.push_str(&format!("  {digits:35}  "));
        screen.put(out, Ink::Name, &format!("|{text}|"));
        out.push('\n');
    }
}
