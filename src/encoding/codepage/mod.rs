//! Single-byte code pages: bytes to characters and back.

mod tables;

use std::str::FromStr;

/// A single-byte code page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodePage {
    /// EBCDIC USA, Canada and others.
    #[default]
    Cp037,
    /// EBCDIC International.
    Cp500,
    /// EBCDIC USA with the euro sign.
    Cp1140,
    /// ISO 8859-1, for text files off the host; digits and letters are ASCII.
    Latin1,
}

impl CodePage {
    /// Every page, with the name the job file uses.
    pub const ALL: [(&'static str, CodePage); 4] = [
        ("cp037", CodePage::Cp037),
        ("cp500", CodePage::Cp500),
        ("cp1140", CodePage::Cp1140),
        ("latin-1", CodePage::Latin1),
    ];

    /// The name the job file uses.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, page)| *page == self).map_or("", |(name, _)| name)
    }

    /// The character of a byte; every byte has one.
    #[inline]
    pub fn char(self, byte: u8) -> char {
        char::from_u32(u32::from(self.table()[usize::from(byte)])).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The byte of a character, if the page has it.
    #[inline]
    pub fn byte(self, character: char) -> Option<u8> {
        let code = u16::try_from(u32::from(character)).ok()?;
        match self.inverse().get(usize::from(code)) {
            Some(&ABSENT) => None,
            Some(&byte) => u8::try_from(byte).ok(),
            // Few characters of these pages lie beyond the first 256; the euro sign is one.
            None => self.table().iter().position(|&c| c == code).and_then(|at| u8::try_from(at).ok()),
        }
    }

    /// Bytes as text.
    pub fn decode(self, bytes: &[u8]) -> String {
        bytes.iter().map(|&byte| self.char(byte)).collect()
    }

    /// Text as bytes, or the first character that the page does not have.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        text.chars().map(|c| self.byte(c).ok_or(c)).collect()
    }

    /// The blank.
    #[inline]
    pub fn space(self) -> u8 {
        if self.is_ebcdic() { 0x40 } else { 0x20 }
    }

    /// The digit 0; the others follow it.
    #[inline]
    pub fn zero(self) -> u8 {
        if self.is_ebcdic() { 0xF0 } else { 0x30 }
    }

    /// True for the EBCDIC pages: signs of zoned numbers are zones there, letters in the others.
    #[inline]
    pub fn is_ebcdic(self) -> bool {
        self != CodePage::Latin1
    }

    fn inverse(self) -> &'static [u16; 256] {
        static INVERSES: [[u16; 256]; 4] = [
            invert(&tables::CP037),
            invert(&tables::CP500),
            invert(&tables::CP1140),
            invert(&tables::LATIN1),
        ];
        &INVERSES[self as usize]
    }

    fn table(self) -> &'static [u16; 256] {
        match self {
            CodePage::Cp037 => &tables::CP037,
            CodePage::Cp500 => &tables::CP500,
            CodePage::Cp1140 => &tables::CP1140,
            CodePage::Latin1 => &tables::LATIN1,
        }
    }
}

/// Marks a character that a page does not have.
const ABSENT: u16 = u16::MAX;

/// The byte of each of the first 256 Unicode characters.
const fn invert(table: &[u16; 256]) -> [u16; 256] {
    let mut inverse = [ABSENT; 256];
    let mut byte = 0;
    while byte < 256 {
        if table[byte] < 256 {
            inverse[table[byte] as usize] = byte as u16;
        }
        byte += 1;
    }
    inverse
}

impl FromStr for CodePage {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let name = name.to_ascii_lowercase();
        let wanted = match name.as_str() {
            "ascii" | "iso-8859-1" | "latin1" => "latin-1",
            other => other,
        };
        Self::ALL.iter().find(|(known, _)| *known == wanted).map(|(_, page)| *page).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_every_page_comes_back() {
        for (name, page) in CodePage::ALL {
            for byte in 0..=255u8 {
                assert_eq!(page.byte(page.char(byte)), Some(byte), "{name} X'{byte:02X}'");
            }
            assert_eq!(name.parse(), Ok(page));
        }
    }

    /// IBM character data: the invariant letters, digits and the places that differ between 037 and 500.
    #[test]
    fn known_places() {
        assert_eq!(CodePage::Cp037.encode("AZaz09 ").unwrap(), [0xC1, 0xE9, 0x81, 0xA9, 0xF0, 0xF9, 0x40]);
        assert_eq!(CodePage::Cp037.byte('['), Some(0xBA));
        assert_eq!(CodePage::Cp500.byte('['), Some(0x4A));
        assert_eq!(CodePage::Cp1140.byte('€'), Some(0x9F));
        assert_eq!(CodePage::Cp037.encode("a€"), Err('€'));
    }
}
