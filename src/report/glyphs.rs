//! Characters of records as a report shows them.

use crate::encoding::CodePage;

/// What stands for a character that cannot be printed.
const DOT: char = '.';

/// Bytes of the records' code page to those of a listing. In the same code page they stay what they are; in another one, a
/// character that it does not have, or that no printer shows, becomes a dot.
#[derive(Clone, Debug)]
pub struct Glyphs {
    /// Code page of the listing.
    pub page: CodePage,
    table: Option<Box<[u8; 256]>>,
    lost: Box<[bool; 256]>,
}

impl Glyphs {
    /// From a code page to another.
    pub fn new(from: CodePage, to: CodePage) -> Self {
        let dot = to.byte(DOT).unwrap_or(to.space());
        let same = from == to;
        let shown = |byte: u8| Some(from.char(byte)).filter(|c| printable(*c)).and_then(|c| to.byte(c));
        let table: [u8; 256] = std::array::from_fn(|byte| shown(byte as u8).unwrap_or(dot));
        let lost: [bool; 256] = std::array::from_fn(|byte| !same && shown(byte as u8).is_none());
        Glyphs { page: to, table: (!same).then(|| Box::new(table)), lost: Box::new(lost) }
    }

    /// Puts bytes at the beginning of a place that has room for them; answers how many became dots.
    #[inline]
    pub fn put(&self, bytes: &[u8], place: &mut [u8]) -> u64 {
        match &self.table {
            None => place[..bytes.len()].copy_from_slice(bytes),
            Some(table) => {
                let mut lost = 0;
                for (to, byte) in place.iter_mut().zip(bytes) {
                    *to = table[usize::from(*byte)];
                    lost += u64::from(self.lost[usize::from(*byte)]);
                }
                return lost;
            }
        }
        0
    }
}

/// Appends bytes as readable text without trailing blanks; answers how many became dots.
pub fn readable(bytes: &[u8], page: CodePage, out: &mut String) -> u64 {
    let mut lost = 0;
    out.extend(page.decode(trimmed(bytes, page)).chars().map(|character| {
        let shown = printable(character);
        lost += u64::from(!shown);
        if shown { character } else { DOT }
    }));
    lost
}

/// Bytes without blanks at the end.
#[inline]
pub fn trimmed(bytes: &[u8], page: CodePage) -> &[u8] {
    let blank = page.space();
    let end = bytes.iter().rposition(|byte| *byte != blank).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// False for control characters and for bytes that the page has no character for.
fn printable(character: char) -> bool {
    !character.is_control() && !crate::encoding::is_escape(character)
}
