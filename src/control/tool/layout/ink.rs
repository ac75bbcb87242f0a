//! Characters of reports in the code page of the data.

use crate::encoding::CodePage;

/// Turns ASCII characters into bytes of a code page.
#[derive(Clone, Debug)]
pub(in crate::control::tool) struct Ink {
    bytes: [u8; 128],
}

impl Ink {
    /// Of a code page.
    pub(in crate::control::tool) fn new(page: CodePage) -> Self {
        let mut bytes = [page.space(); 128];
        for (code, byte) in (0u8..).zip(&mut bytes) {
            *byte = page.byte(char::from(code)).unwrap_or(page.space());
        }
        Ink { bytes }
    }

    /// The byte of a character.
    pub(in crate::control::tool) fn of(&self, c: u8) -> u8 {
        self.bytes[usize::from(c & 0x7F)]
    }

    /// A blank.
    pub(in crate::control::tool) fn blank(&self) -> u8 {
        self.of(b' ')
    }

    /// Appends a text.
    pub(in crate::control::tool) fn put(&self, text: &str, out: &mut Vec<u8>) {
        out.extend(text.bytes().map(|c| self.of(c)));
    }
}
