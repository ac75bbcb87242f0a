//! Code pages: bytes to characters and back.
//!
//! Every byte string has exactly one text, and that text has exactly these bytes: what has no character in the page is
//! shown as an escape, a private-use character (see [`is_escape`](super::is_escape)), and written back from it. So
//! `encode(decode(bytes))` is `bytes` for any bytes, in every page.

mod mixed;
mod name;
mod pages;
mod table;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use super::escape;
use super::zoned::Overpunch;
use table::Table;

/// A code page with its options: how line ends are read (EBCDIC) and how signs are written (other pages).
///
/// Names as in `cp037`, `ibm-1047`, `273`, `latin-1`; options follow after commas: `cp1047,swaplfnl`,
/// `latin-1,microfocus` (see [`FromStr`](std::str::FromStr)).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CodePage {
    /// Number in `pages::EBCDIC`; its length is ISO 8859-1.
    index: u8,
    swap: bool,
    overpunch: Overpunch,
}

/// What is known of a page before it is used.
struct Entry {
    /// The name the job file uses.
    name: &'static str,
    /// Countries and languages.
    about: &'static str,
    /// Where the table comes from.
    source: &'static str,
    /// Place of the single bytes in `pages.bin`.
    single: usize,
    /// Place of the pairs.
    double: Option<usize>,
}

const EBCDIC: usize = pages::EBCDIC.len();
const NAMES: [&str; EBCDIC + 1] = {
    let mut names = [LATIN1_NAME; EBCDIC + 1];
    let mut at = 0;
    while at < EBCDIC {
        names[at] = pages::EBCDIC[at].name;
        at += 1;
    }
    names
};
const LATIN1_NAME: &str = "latin-1";

/// Each page's tables as they are and with X'15' and X'25' exchanged, unpacked when first used.
static TABLES: [OnceLock<Box<Table>>; 2 * (EBCDIC + 1)] = [const { OnceLock::new() }; 2 * (EBCDIC + 1)];

impl CodePage {
    /// EBCDIC USA, Canada and others.
    pub const CP037: CodePage = CodePage::named("cp037");
    /// EBCDIC International.
    pub const CP500: CodePage = CodePage::named("cp500");
    /// EBCDIC of z/OS UNIX.
    pub const CP1047: CodePage = CodePage::named("cp1047");
    /// EBCDIC USA with the euro sign.
    pub const CP1140: CodePage = CodePage::named("cp1140");
    /// ISO 8859-1, for text files off the host; digits and letters are ASCII.
    pub const LATIN1: CodePage = CodePage::named(LATIN1_NAME);

    /// The names of all pages, as the job file writes them, without options.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().copied()
    }

    /// Every page, without options.
    pub fn all() -> impl Iterator<Item = CodePage> {
        (0u8..).take(EBCDIC + 1).map(CodePage::at)
    }

    /// The name the job file uses, without options; `Display` shows these too.
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.index)).copied().unwrap_or(LATIN1_NAME)
    }

    /// Countries and languages, as in "Germany, Austria".
    pub fn description(self) -> &'static str {
        self.entry().map_or("ISO 8859-1: text off the host, ASCII and Western Europe", |entry| entry.about)
    }

    /// Where the page's table comes from, as in "ICU 72.1, ibm-273_P100-1995".
    pub fn source(self) -> &'static str {
        self.entry().map_or("Unicode", |entry| entry.source)
    }

    /// The same page with the characters of X'15' and X'25' exchanged, as z/OS UNIX text and FTP want it: X'15' is
    /// the line feed U+000A then and X'25' the next line U+0085 (ICU: `,swaplfnl`). Only EBCDIC pages have them.
    pub fn with_line_ends_swapped(self, swap: bool) -> Self {
        CodePage { swap: swap && self.is_ebcdic(), ..self }
    }

    /// The same page with other sign letters in zoned numbers; EBCDIC pages have zones and take no notice.
    pub fn with_overpunch(self, overpunch: Overpunch) -> Self {
        if self.is_ebcdic() { self } else { CodePage { overpunch, ..self } }
    }

    /// The sign letters of zoned numbers, where they are not zones.
    #[inline]
    pub fn overpunch(self) -> Overpunch {
        self.overpunch
    }

    /// The character of a byte; an escape if the page has none for it. In a page with double bytes this is the
    /// single-byte part, in which shift-out and shift-in have no character.
    #[inline]
    pub fn char(self, byte: u8) -> char {
        self.table().chars[usize::from(byte)]
    }

    /// The byte of a character, if the page has it as a single byte; of an escape, its byte.
    #[inline]
    pub fn byte(self, character: char) -> Option<u8> {
        match self.table().code(character) {
            Some(code) => u8::try_from(code).ok(),
            None => escape::byte_of(character),
        }
    }

    /// For every byte that of another character, where the page has that as a single byte; else the byte itself.
    pub fn translation(self, turn: impl Fn(char) -> char) -> [u8; 256] {
        std::array::from_fn(|byte| self.byte(turn(self.char(byte as u8))).unwrap_or(byte as u8))
    }

    /// Bytes as text.
    pub fn decode(self, bytes: &[u8]) -> String {
        let mut text = Vec::new();
        self.append_utf8(bytes, &mut text);
        into_string(text)
    }

    /// Text as bytes, or the first character that the page does not have.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, char> {
        let mut bytes = Vec::with_capacity(text.len());
        self.append_bytes(text, &mut bytes)?;
        Ok(bytes)
    }

    /// Appends bytes as UTF-8; what is appended is valid UTF-8 by itself.
    pub fn append_utf8(self, bytes: &[u8], out: &mut Vec<u8>) {
        let table = self.table();
        if table.is_double() && bytes.iter().any(|byte| matches!(*byte, mixed::SHIFT_OUT | mixed::SHIFT_IN)) {
            return mixed::decode(table, bytes, out);
        }
        out.reserve(bytes.len());
        for chunk in bytes.chunks(CHUNK) {
            let (mut ascii, mut all) = ([0u8; CHUNK], 0);
            for (to, byte) in ascii.iter_mut().zip(chunk) {
                *to = table.ascii[usize::from(*byte)];
                all |= *to;
            }
            if all < 0x80 {
                out.extend_from_slice(&ascii[..chunk.len()]);
            } else {
                append_characters(table, chunk, out);
            }
        }
    }

    /// Writes text that is all ASCII as its bytes, one for each character; false, with the bytes undefined, if it is not, or if
    /// the page lacks one of the characters. The quick way for fields.
    #[inline]
    pub fn encode_ascii(self, text: &[u8], bytes: &mut [u8]) -> bool {
        let table = self.table();
        let mut all = 0;
        for (to, byte) in bytes.iter_mut().zip(text) {
            let code = table.from_ascii[usize::from(*byte)];
            *to = code as u8;
            all |= code;
        }
        all <= 0xFF && bytes.len() == text.len()
    }

    /// Appends text as bytes, or says which is the first character that the page does not have; then some of the text
    /// may have been appended.
    pub fn append_bytes(self, text: &str, out: &mut Vec<u8>) -> Result<(), char> {
        let table = self.table();
        if table.is_double() {
            return mixed::encode(table, text, out);
        }
        out.reserve(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = append_ascii(table, rest.as_bytes(), out);
            let mut others = rest[ascii..].chars();
            // Enough characters one by one to make the next try worth while.
            for character in others.by_ref().take(4 * CHUNK) {
                let code = table.code(character).and_then(|code| u8::try_from(code).ok());
                out.push(code.or_else(|| escape::byte_of(character)).ok_or(character)?);
            }
            rest = others.as_str();
        }
        Ok(())
    }

    /// A field of double-byte characters without shifts (PIC G, USAGE DISPLAY-1) as text. A pair without a character
    /// is shown as two escapes, an odd last byte as one; so are all bytes if the page has no pairs.
    pub fn decode_dbcs(self, bytes: &[u8]) -> String {
        let mut text = Vec::with_capacity(bytes.len() * 2);
        mixed::decode_pairs(self.table(), bytes, &mut text);
        into_string(text)
    }

    /// Text as double-byte characters without shifts, or the first character that the page does not have as a pair.
    pub fn encode_dbcs(self, text: &str) -> Result<Vec<u8>, char> {
        let mut bytes = Vec::with_capacity(text.len());
        mixed::encode_pairs(self.table(), text, &mut bytes)?;
        Ok(bytes)
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
        usize::from(self.index) < EBCDIC
    }

    /// True for a page with double-byte characters between shift-out X'0E' and shift-in X'0F'.
    pub fn is_double_byte(self) -> bool {
        self.entry().is_some_and(|entry| entry.double.is_some())
    }

    const fn at(index: u8) -> Self {
        CodePage { index, swap: false, overpunch: Overpunch::IBM }
    }

    /// The page of this name, for constants; the tests hold the names to the list.
    const fn named(name: &str) -> Self {
        let mut index = 0;
        while index < EBCDIC && !same(NAMES[index], name) {
            index += 1;
        }
        CodePage::at(index as u8)
    }

    fn entry(self) -> Option<&'static Entry> {
        pages::EBCDIC.get(usize::from(self.index))
    }

    #[inline]
    fn table(self) -> &'static Table {
        let slot = 2 * usize::from(self.index) + usize::from(self.swap);
        TABLES[slot].get_or_init(|| {
            Box::new(match self.entry() {
                Some(entry) => Table::unpack(entry.single, entry.double, self.swap),
                None => Table::latin1(),
            })
        })
    }
}

impl Default for CodePage {
    fn default() -> Self {
        CodePage::CP037
    }
}

/// Bytes that are looked up before one decision about them.
const CHUNK: usize = 64;

/// Appends single bytes as UTF-8, at most a chunk.
#[inline]
fn append_characters(table: &Table, bytes: &[u8], out: &mut Vec<u8>) {
    let mut buffer = [0u8; 4 * CHUNK];
    let mut end = 0;
    for &byte in bytes {
        let utf8 = table.utf8[usize::from(byte)];
        // Four bytes are written whatever the length; the next character overwrites what does not count.
        buffer[end..end + 4].copy_from_slice(&utf8.bytes);
        end += usize::from(utf8.length);
    }
    out.extend_from_slice(&buffer[..end]);
}

/// Appends as many chunks as hold nothing but ASCII characters of the page; gives their length.
#[inline]
fn append_ascii(table: &Table, text: &[u8], out: &mut Vec<u8>) -> usize {
    let mut length = 0;
    for chunk in text.chunks(CHUNK) {
        let (mut bytes, mut all) = ([0u8; CHUNK], 0);
        for (to, byte) in bytes.iter_mut().zip(chunk) {
            let code = table.from_ascii[usize::from(*byte)];
            *to = code as u8;
            all |= code;
        }
        if all > 0xFF {
            break;
        }
        out.extend_from_slice(&bytes[..chunk.len()]);
        length += chunk.len();
    }
    length
}

/// UTF-8 that was put together from whole characters.
fn into_string(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
