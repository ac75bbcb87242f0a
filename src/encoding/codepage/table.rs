//! The tables of a code page, unpacked from `pages.bin` when the page is first used.
//!
//! `pages.bin` (all numbers big-endian) holds, where `pages.rs` says:
//!
//! ```text
//! single bytes   256 x u16 character (FFFF: none) | n, n x u8 byte that is only read
//!                | n, n x (u24 character that is only written, u8 byte)
//! byte pairs     256 x u16 row of each lead byte (FFFF: none) | n, n x (u24, u24) long characters
//!                | n, n x u16 pair that is only read | n, n x (u24 character that is only written, u16 pair)
//! rows           191 x u16 character of the trail bytes 40 to FE (D800 + i: the i-th long character)
//! ```

use std::collections::HashMap;

use super::pages;
use crate::encoding::escape;

static DATA: &[u8] = include_bytes!("pages.bin");

/// Marks a character or code that does not exist; no pair ends in X'FF'.
const NONE: u16 = u16::MAX;

/// Trail bytes are X'40' to X'FE'.
const TRAILS: std::ops::RangeInclusive<u8> = 0x40..=0xFE;
const ROW: usize = 191;

/// The first value of a row that stands for a long character.
const LONG: u16 = 0xD800;

/// A character as UTF-8: four bytes, of which `length` count.
#[derive(Clone, Copy)]
pub(super) struct Utf8 {
    pub bytes: [u8; 4],
    pub length: u8,
}

/// One code page, ready for use in both directions.
pub(super) struct Table {
    /// The character of each byte; an escape for a byte that has none, or whose character is written as another byte.
    pub chars: [char; 256],
    /// The same as UTF-8.
    pub utf8: [Utf8; 256],
    /// The ASCII character of a byte, or X'80'.
    pub ascii: [u8; 256],
    /// The byte of an ASCII character, or a number above 255; so for all bytes of UTF-8 that are not ASCII.
    pub from_ascii: [u16; 256],
    codes: Codes,
    /// Where the rows of the lead bytes stand in `DATA`; none for a single-byte page.
    rows: Option<Box<[u16; 256]>>,
    /// Characters beyond U+FFFF and sequences of two characters, by their number in the rows.
    long: Vec<(char, Option<char>)>,
    /// Pairs that are only read; they are shown as escapes.
    only_read: Vec<u16>,
    /// The pair of each sequence of two characters.
    sequences: HashMap<(char, char), u16>,
}

/// The code of each character: below X'100' one byte, above it a pair.
struct Codes {
    /// For each high-order byte of a character below U+10000 the number of its block, from 1; block 0 is empty.
    blocks_of: [u8; 256],
    blocks: Vec<[u16; 256]>,
    beyond: HashMap<char, u16>,
}

impl Codes {
    fn new() -> Self {
        Codes { blocks_of: [0; 256], blocks: vec![[NONE; 256]], beyond: HashMap::new() }
    }

    fn insert(&mut self, character: char, code: u16) {
        let Ok(low) = u16::try_from(u32::from(character)) else {
            self.beyond.insert(character, code);
            return;
        };
        let [high, low] = low.to_be_bytes();
        let block = &mut self.blocks_of[usize::from(high)];
        if *block == 0 {
            // 256 blocks cannot come together: the surrogates have none.
            *block = u8::try_from(self.blocks.len()).unwrap_or(0);
            self.blocks.push([NONE; 256]);
        }
        self.blocks[usize::from(*block)][usize::from(low)] = code;
    }

    #[inline]
    fn get(&self, character: char) -> Option<u16> {
        let code = match u16::try_from(u32::from(character)) {
            Ok(low) => {
                let [high, low] = low.to_be_bytes();
                self.blocks[usize::from(self.blocks_of[usize::from(high)])][usize::from(low)]
            }
            Err(_) => self.beyond.get(&character).copied().unwrap_or(NONE),
        };
        (code != NONE).then_some(code)
    }
}

/// Reads numbers one after the other; beyond the end there are zeros, which the tests would find.
struct Cursor(&'static [u8]);

impl Cursor {
    fn number(&mut self, length: usize) -> u32 {
        let (head, rest) = self.0.split_at_checked(length).unwrap_or((&[], &[]));
        self.0 = rest;
        head.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    fn u16(&mut self) -> u16 {
        self.number(2) as u16
    }

    fn u8(&mut self) -> u8 {
        self.number(1) as u8
    }

    fn character(&mut self) -> char {
        char::from_u32(self.number(3)).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// A count and as many items.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.u16()).map(|_| item(self)).collect()
    }
}

impl Table {
    /// Unpacks a page; `swap` exchanges the characters of X'15' and X'25'.
    pub fn unpack(single: usize, double: Option<usize>, swap: bool) -> Self {
        let mut cursor = Cursor(DATA.get(single..).unwrap_or(&[]));
        let mut cells = [NONE; 256];
        cells.fill_with(|| cursor.u16());
        if swap {
            cells.swap(0x15, 0x25);
        }
        let only_read = cursor.list(Cursor::u8);
        let mut codes = Codes::new();
        for (byte, &cell) in (0..=255u8).zip(&cells) {
            if let Some(character) = character(cell).filter(|_| !only_read.contains(&byte)) {
                codes.insert(character, u16::from(byte));
            }
        }
        for (character, byte) in cursor.list(|cursor| (cursor.character(), cursor.u8())) {
            codes.insert(character, u16::from(byte));
        }
        let mut table = Table::from_codes(codes, |byte| character(cells[usize::from(byte)]));
        if let Some(start) = double {
            table.unpack_double(start);
            table.set_chars(|byte| character(cells[usize::from(byte)]));
        }
        table
    }

    /// ISO 8859-1: every byte is the character of its number.
    pub fn latin1() -> Self {
        let mut codes = Codes::new();
        for byte in 0..=255u8 {
            codes.insert(char::from(byte), u16::from(byte));
        }
        Table::from_codes(codes, |byte| Some(char::from(byte)))
    }

    fn from_codes(codes: Codes, character: impl Fn(u8) -> Option<char>) -> Self {
        let mut table = Table {
            chars: ['\0'; 256],
            utf8: [Utf8 { bytes: [0; 4], length: 0 }; 256],
            ascii: [0x80; 256],
            from_ascii: [NONE; 256],
            codes,
            rows: None,
            long: Vec::new(),
            only_read: Vec::new(),
            sequences: HashMap::new(),
        };
        table.set_chars(character);
        table
    }

    /// Fills what is shown for each byte: its character if that is written as this byte again, else an escape.
    fn set_chars(&mut self, character: impl Fn(u8) -> Option<char>) {
        for byte in 0..=255u8 {
            let at = usize::from(byte);
            let shown = character(byte)
                .filter(|character| self.codes.get(*character) == Some(u16::from(byte)))
                .unwrap_or(escape::of_byte(byte));
            self.chars[at] = shown;
            let utf8 = &mut self.utf8[at];
            utf8.length = shown.encode_utf8(&mut utf8.bytes).len() as u8;
            self.ascii[at] = u8::try_from(shown).ok().filter(u8::is_ascii).unwrap_or(0x80);
        }
        for (ascii, code) in (0..128u8).zip(&mut self.from_ascii) {
            *code = self.codes.get(char::from(ascii)).unwrap_or(NONE);
        }
    }

    fn unpack_double(&mut self, start: usize) {
        let mut cursor = Cursor(DATA.get(start..).unwrap_or(&[]));
        let mut rows = Box::new([NONE; 256]);
        rows.fill_with(|| cursor.u16());
        self.rows = Some(rows);
        self.long = cursor.list(|cursor| {
            let first = cursor.character();
            (first, Some(cursor.character()).filter(|second| *second != '\0'))
        });
        self.only_read = cursor.list(Cursor::u16);
        for lead in TRAILS {
            for trail in TRAILS {
                let code = u16::from_be_bytes([lead, trail]);
                match self.pair(lead, trail) {
                    Some((first, Some(second))) => {
                        self.sequences.insert((first, second), code);
                    }
                    Some((character, None)) => self.codes.insert(character, code),
                    None => {}
                }
            }
        }
        for (character, code) in cursor.list(|cursor| (cursor.character(), cursor.u16())) {
            self.codes.insert(character, code);
        }
    }

    /// True for a page with pairs of bytes between shift-out and shift-in.
    #[inline]
    pub fn is_double(&self) -> bool {
        self.rows.is_some()
    }

    /// The code of a character: below X'100' one byte, above it a pair. Escapes are not asked for here.
    #[inline]
    pub fn code(&self, character: char) -> Option<u16> {
        self.codes.get(character)
    }

    /// The pair of two characters that together are one of the page.
    #[inline]
    pub fn sequence(&self, first: char, second: char) -> Option<u16> {
        if self.sequences.is_empty() { None } else { self.sequences.get(&(first, second)).copied() }
    }

    /// The one or two characters of a pair of bytes; none if it has no character or one that is written otherwise.
    pub fn pair(&self, lead: u8, trail: u8) -> Option<(char, Option<char>)> {
        let only_read = || self.only_read.binary_search(&u16::from_be_bytes([lead, trail])).is_ok();
        self.readable(lead, trail).filter(|_| !only_read())
    }

    /// The one or two characters of a pair of bytes, also if they are written otherwise.
    pub fn readable(&self, lead: u8, trail: u8) -> Option<(char, Option<char>)> {
        let row = *self.rows.as_ref()?.get(usize::from(lead))?;
        if row == NONE || !TRAILS.contains(&trail) {
            return None;
        }
        let at = pages::ROWS + 2 * (usize::from(row) * ROW + usize::from(trail - TRAILS.start()));
        let cell = u16::from_be_bytes([*DATA.get(at)?, *DATA.get(at + 1)?]);
        match (cell, character(cell)) {
            (NONE, _) => None,
            (_, Some(character)) => Some((character, None)),
            (_, None) => self.long.get(usize::from(cell - LONG)).copied(),
        }
    }
}

/// The character of a table cell, if it is one.
fn character(cell: u16) -> Option<char> {
    if cell == NONE { None } else { char::from_u32(u32::from(cell)) }
}
