//! Pages with double bytes: single bytes, and pairs between shift-out X'0E' and shift-in X'0F'.
//!
//! Text with characters of both kinds is written with the fewest shifts: shift-out before the first character of two
//! bytes, shift-in after the last. Bytes that are shifted in any other way (a shift too many, one missing, nothing
//! between the shifts) are read with escapes where the writer would not have put these shifts:
//!
//! * An escape is written as its byte and nothing else. A shift that is escaped still shifts.
//! * A shift-out is shown only if no character of two bytes follows it; a shift-in only if neither a character of one
//!   byte nor the end follows it.
//! * Text that ends inside double bytes is shown with U+10F90F at its end.

use super::table::Table;
use crate::encoding::escape::{self, NO_SHIFT_IN};

pub(super) const SHIFT_OUT: u8 = 0x0E;
pub(super) const SHIFT_IN: u8 = 0x0F;

/// Writes the UTF-8 text of one byte string; knows what `encode` makes of what has been written.
struct Reader<'a> {
    table: &'a Table,
    out: &'a mut Vec<u8>,
    /// A shift that has been read and not yet shown.
    shift: Option<u8>,
    /// The last character, if one that follows could make a sequence with it.
    last: Option<char>,
}

impl Reader<'_> {
    fn push(&mut self, character: char) {
        self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Shows a byte that is no character, and the shift before it.
    fn escape(&mut self, byte: u8) {
        self.show_shift();
        self.push(escape::of_byte(byte));
        self.last = None;
    }

    fn show_shift(&mut self) {
        if let Some(shift) = self.shift.take() {
            self.push(escape::of_byte(shift));
            self.last = None;
        }
    }

    /// A shift byte: what it does to the shift before it is to show that.
    fn shift(&mut self, byte: u8) {
        self.show_shift();
        self.shift = Some(byte);
    }

    /// A byte outside double bytes.
    fn single(&mut self, byte: u8) {
        let character = self.table.chars[usize::from(byte)];
        if escape::byte_of(character).is_some() || self.joins(character) {
            return self.escape(byte);
        }
        // The writer shifts in by itself before such a character.
        self.settle(SHIFT_IN);
        self.push(character);
        self.last = Some(character);
    }

    /// A pair of bytes inside double bytes.
    fn pair(&mut self, lead: u8, trail: u8) {
        match self.table.pair(lead, trail) {
            Some((first, second)) if !self.joins(first) => {
                self.settle(SHIFT_OUT);
                self.push(first);
                if let Some(second) = second {
                    self.push(second);
                }
                self.last = second.is_none().then_some(first);
            }
            _ => {
                self.escape(lead);
                self.escape(trail);
            }
        }
    }

    /// Forgets a shift that the writer makes by itself; shows another one.
    fn settle(&mut self, by_itself: u8) {
        if self.shift == Some(by_itself) {
            self.shift = None;
        }
        self.show_shift();
    }

    /// True if the writer would take the last character and this one for one sequence.
    fn joins(&self, character: char) -> bool {
        self.last.is_some_and(|last| self.table.sequence(last, character).is_some())
    }
}

/// Appends mixed bytes as UTF-8.
pub(super) fn decode(table: &Table, bytes: &[u8], out: &mut Vec<u8>) {
    let mut reader = Reader { table, out, shift: None, last: None };
    let (mut rest, mut double) = (bytes, false);
    loop {
        rest = match *rest {
            [byte @ (SHIFT_OUT | SHIFT_IN), ref rest @ ..] => {
                let redundant = double == (byte == SHIFT_OUT);
                if redundant {
                    reader.escape(byte);
                } else {
                    reader.shift(byte);
                }
                double = byte == SHIFT_OUT;
                rest
            }
            [lead, trail, ref rest @ ..] if double && !matches!(trail, SHIFT_OUT | SHIFT_IN) => {
                reader.pair(lead, trail);
                rest
            }
            [byte, ref rest @ ..] if double => {
                reader.escape(byte);
                rest
            }
            [byte, ref rest @ ..] => {
                reader.single(byte);
                rest
            }
            [] => break,
        };
    }
    if double {
        reader.show_shift();
        reader.push(NO_SHIFT_IN);
    }
}

/// Appends the bytes of a text, or says which is the first character that the page does not have.
pub(super) fn encode(table: &Table, text: &str, out: &mut Vec<u8>) -> Result<(), char> {
    let mut double = false;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match next_code(table, character, &mut rest) {
            Some(Code::Single(byte)) => {
                if std::mem::take(&mut double) {
                    out.push(SHIFT_IN);
                }
                out.push(byte);
            }
            Some(Code::Pair(pair)) => {
                if !std::mem::replace(&mut double, true) {
                    out.push(SHIFT_OUT);
                }
                out.extend_from_slice(&pair);
            }
            Some(Code::Raw(byte)) => {
                out.push(byte);
                double = byte == SHIFT_OUT || (double && byte != SHIFT_IN);
            }
            None if character == NO_SHIFT_IN => double = false,
            None => return Err(character),
        }
    }
    if double {
        out.push(SHIFT_IN);
    }
    Ok(())
}

/// Appends pairs without shifts as UTF-8.
pub(super) fn decode_pairs(table: &Table, bytes: &[u8], out: &mut Vec<u8>) {
    let mut reader = Reader { table, out, shift: None, last: None };
    let (pairs, odd) = bytes.as_chunks::<2>();
    for &[lead, trail] in pairs {
        reader.pair(lead, trail);
    }
    if let [byte] = odd {
        reader.escape(*byte);
    }
}

/// Appends the pairs of a text, or says which is the first character that the page does not have as a pair.
pub(super) fn encode_pairs(table: &Table, text: &str, out: &mut Vec<u8>) -> Result<(), char> {
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match next_code(table, character, &mut rest) {
            Some(Code::Pair(pair)) => out.extend_from_slice(&pair),
            Some(Code::Raw(byte)) => out.push(byte),
            Some(Code::Single(_)) | None => return Err(character),
        }
    }
    Ok(())
}

/// What a character is written as.
enum Code {
    Single(u8),
    Pair([u8; 2]),
    /// The byte of an escape.
    Raw(u8),
}

/// The code of a character, together with the next one if the page has them as a sequence.
fn next_code(table: &Table, character: char, rest: &mut std::str::Chars<'_>) -> Option<Code> {
    let joined = rest.clone().next().and_then(|second| table.sequence(character, second));
    if let Some(pair) = joined {
        rest.next();
        return Some(Code::Pair(pair.to_be_bytes()));
    }
    match table.code(character) {
        Some(code) => Some(match u8::try_from(code) {
            Ok(byte) => Code::Single(byte),
            Err(_) => Code::Pair(code.to_be_bytes()),
        }),
        None => escape::byte_of(character).map(Code::Raw),
    }
}
