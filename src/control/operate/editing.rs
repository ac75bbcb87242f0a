//! Numbers shown: masks M0 to M26, EDIT patterns with SIGNS, and the formats of TO=.
//!
//! A mask or pattern becomes a row of cells, from left to right:
//!
//! ```text
//!   M4 of 7 digits       S  I I , I I T . T T           the sign, then cells
//!   value -12345            . . . 1 2 3 . 4 5     ->    "   -123.45"
//! ```
//!
//! An I whose digit is a leading zero is blank, and so is what stands between it and the next digit; from the first T or
//! the first other digit on everything prints. A leading sign stands before the first character that prints. What
//! follows the last digit prints with negative numbers only (CR).

use super::Setting;
use super::convert::Target;
use super::spot::RECORD_MOST;
use crate::control::syntax::{Edit, Editing};
use crate::diag::Result;
use crate::encoding::CodePage;

/// Bytes that a number of so many digits takes when it is shown.
pub fn width(digits: usize, editing: &Editing) -> usize {
    Shown::new(digits, None, editing, CodePage::CP037).width()
}

/// Appends a number of so many digits as the editing shows it. What shows many numbers prepares a [`Shown`].
pub fn show(
    value: i128,
    digits: usize,
    editing: &Editing,
    setting: &Setting,
    out: &mut Vec<u8>,
) -> Result<()> {
    Shown::new(digits, None, editing, setting.page).put(value, out);
    Ok(())
}

/// A way to show numbers of so many digits.
#[derive(Clone, Debug)]
pub struct Shown(Way);

#[derive(Clone, Debug)]
enum Way {
    Pattern(Pattern),
    Format(Target),
}

impl Shown {
    /// What an editing means for numbers of so many digits. `binary` is the length of a BI or FI field.
    pub fn new(digits: usize, binary: Option<usize>, editing: &Editing, page: CodePage) -> Self {
        // A longer one is refused by those who know where it was said.
        let length = editing.length.map(|length| (length as usize).min(RECORD_MOST + 1));
        Shown(match &editing.edit {
            Some(Edit::To(name)) => Way::Format(Target::new(name, digits, binary, length, page)),
            Some(Edit::Pattern(pattern)) => Way::Pattern(Pattern::of(pattern, editing.signs, length, page)),
            Some(Edit::Mask(number)) => {
                Way::Pattern(Pattern::mask(*number, digits, editing.signs, length, page))
            }
            None => Way::Pattern(Pattern::mask(0, digits, editing.signs, length, page)),
        })
    }

    /// Bytes of each number.
    pub fn width(&self) -> usize {
        match &self.0 {
            Way::Pattern(pattern) => pattern.width,
            Way::Format(target) => target.length(),
        }
    }

    /// Appends a number. High-order digits that have no room are lost.
    #[inline]
    pub fn put(&self, value: i128, out: &mut Vec<u8>) {
        match &self.0 {
            Way::Pattern(pattern) => pattern.put(value, out),
            Way::Format(target) => target.put(value, out),
        }
    }
}

/// A place in a row of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// I.
    Insignificant,
    /// T.
    Significant,
    /// A character.
    Other(u8),
}

/// A sign before or behind the cells: for positive and for negative numbers.
type Sign = Option<[u8; 2]>;

/// A row of cells with its signs.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    cells: Vec<Cell>,
    selectors: usize,
    lead: Sign,
    trail: Sign,
    /// What follows the last digit.
    tail: Vec<u8>,
    width: usize,
    blank: u8,
    zero: u8,
}

/// What the masks are made of, as the manual's table has them.
struct Mask {
    /// Character between groups of three digits.
    group: Option<char>,
    /// Character before the last two digits.
    point: Option<char>,
    /// Leading zeros print.
    zeros: bool,
    lead: Option<&'static str>,
    trail: Option<&'static str>,
    tail: &'static str,
}

/// Masks of a fixed number of digits.
const FIXED: [&str; 4] = ["III-TTT-TTTT", "TTT-TT-TTTT", "IT:TT:TT", "IT/TT/TT"];

impl Mask {
    /// A mask by its number; M6 to M9 are patterns of their own.
    #[rustfmt::skip]
    fn numbered(number: u8) -> Mask {
        let (group, point, zeros, lead, trail, tail) = match number {
            1  => (None,       None,      true,  None,       Some(" -"), ""),
            2  => (Some(','),  Some('.'), false, None,       Some(" -"), ""),
            3  => (Some(','),  Some('.'), false, None,       None,       "CR"),
            4  => (Some(','),  Some('.'), false, Some("+-"), None,       ""),
            5  => (Some(','),  Some('.'), false, Some(" ("), Some(" )"), ""),
            10 => (None,       None,      false, None,       None,       ""),
            11 => (None,       None,      true,  None,       None,       ""),
            12 => (Some(','),  None,      false, Some(" -"), None,       ""),
            13 => (Some('.'),  None,      false, Some(" -"), None,       ""),
            14 => (Some(' '),  None,      false, Some(" ("), Some(" )"), ""),
            15 => (Some(' '),  None,      false, None,       Some(" -"), ""),
            16 => (Some(' '),  None,      false, Some(" -"), None,       ""),
            17 => (Some('\''), None,      false, Some(" -"), None,       ""),
            18 => (Some(','),  Some('.'), false, Some(" -"), None,       ""),
            19 => (Some('.'),  Some(','), false, Some(" -"), None,       ""),
            20 => (Some(' '),  Some(','), false, Some(" ("), Some(" )"), ""),
            21 => (Some(' '),  Some(','), false, None,       Some(" -"), ""),
            22 => (Some(' '),  Some(','), false, Some(" -"), None,       ""),
            23 => (Some('\''), Some('.'), false, Some(" -"), None,       ""),
            24 => (Some('\''), Some(','), false, Some(" -"), None,       ""),
            25 => (None,       None,      false, Some(" -"), None,       ""),
            26 => (None,       None,      true,  Some("+-"), None,       ""),
            _  => (None,       None,      false, None,       Some(" -"), ""),
        };
        Mask { group, point, zeros, lead, trail, tail }
    }

    /// Bytes that the manual gives the mask for so many digits.
    fn width(&self, digits: usize) -> usize {
        let separators = match (self.group, self.point) {
            (None, _) => 0,
            (Some(_), Some(_)) => digits / 3,
            (Some(_), None) => digits.saturating_sub(1) / 3,
        };
        let signs = usize::from(self.lead.is_some()) + usize::from(self.trail.is_some()) + self.tail.len();
        // M3 to M5 count the sign of the left and of the right alike.
        digits + separators + signs
    }

    /// Digits and what stands between them.
    fn cells(&self, digits: usize, byte: impl Fn(char) -> u8) -> Vec<Cell> {
        let decimals = if self.point.is_some() { 2 } else { 0 };
        let count = digits.max(decimals + 1);
        let mut cells = Vec::with_capacity(count + count / 3 + 1);
        for left in (0..count).rev() {
            // `left` digits follow this one.
            let prints = self.zeros || left <= decimals;
            cells.push(if prints { Cell::Significant } else { Cell::Insignificant });
            match (self.point, self.group) {
                (Some(point), _) if left == decimals => cells.push(Cell::Other(byte(point))),
                (_, Some(group)) if left > decimals && (left - decimals).is_multiple_of(3) => {
                    cells.push(Cell::Other(byte(group)));
                }
                _ => {}
            }
        }
        cells
    }
}

impl Pattern {
    /// A mask for numbers of so many digits.
    pub fn mask(
        number: u8,
        digits: usize,
        signs: Option<[Option<u8>; 4]>,
        length: Option<usize>,
        page: CodePage,
    ) -> Self {
        let byte = |c: char| page.byte(c).unwrap_or(page.space());
        let given = signs.unwrap_or_default();
        if let 6..=9 = number {
            let text: Vec<u8> = FIXED[usize::from(number) - 6].chars().map(byte).collect();
            return Pattern::of(&text, signs, length, page);
        }
        let mask = Mask::numbered(number);
        let sign = |usual: Option<&str>, plus: Option<u8>, minus: Option<u8>| -> Sign {
            let mut usual = usual?.chars().map(byte);
            let blank = page.space();
            let (up, down) = (usual.next().unwrap_or(blank), usual.next().unwrap_or(blank));
            Some([plus.unwrap_or(up), minus.unwrap_or(down)])
        };
        let cells = mask.cells(digits, byte);
        Pattern {
            selectors: selectors(&cells),
            cells,
            lead: sign(mask.lead, given[0], given[1]),
            trail: sign(mask.trail, given[2], given[3]),
            tail: mask.tail.chars().map(byte).collect(),
            width: length.unwrap_or_else(|| mask.width(digits)),
            blank: page.space(),
            zero: page.zero(),
        }
    }

    /// An EDIT pattern.
    pub fn of(pattern: &[u8], signs: Option<[Option<u8>; 4]>, length: Option<usize>, page: CodePage) -> Self {
        let byte = |c: char| page.byte(c).unwrap_or(page.space());
        let (insignificant, significant, sign) = (byte('I'), byte('T'), byte('S'));
        let given = signs.unwrap_or_default();
        let pair = |plus: usize| {
            let blank = page.space();
            [given[plus].unwrap_or(blank), given[plus + 1].unwrap_or(blank)]
        };
        let mut text = pattern;
        let lead = text.strip_prefix(&[sign]).map(|rest| {
            text = rest;
            pair(0)
        });
        let trail = text.strip_suffix(&[sign]).map(|rest| {
            text = rest;
            pair(2)
        });
        let end = text.iter().rposition(|byte| *byte == insignificant || *byte == significant);
        let (row, tail) = text.split_at(end.map_or(0, |last| last + 1));
        let cells: Vec<Cell> = row
            .iter()
            .map(|byte| match *byte {
                byte if byte == insignificant => Cell::Insignificant,
                byte if byte == significant => Cell::Significant,
                byte => Cell::Other(byte),
            })
            .collect();
        Pattern {
            selectors: selectors(&cells),
            cells,
            lead,
            trail,
            tail: tail.to_vec(),
            width: length.unwrap_or(pattern.len()),
            blank: page.space(),
            zero: page.zero(),
        }
    }

    /// Appends a number.
    pub fn put(&self, value: i128, out: &mut Vec<u8>) {
        let start = out.len();
        let natural = usize::from(self.lead.is_some())
            + self.cells.len()
            + self.tail.len()
            + usize::from(self.trail.is_some());
        out.resize(start + self.width.saturating_sub(natural), self.blank);
        let first = out.len();
        let mut prints = None;
        if self.lead.is_some() {
            out.push(self.blank);
        }
        self.put_cells(value.unsigned_abs(), &mut prints, out);
        let negative = usize::from(value < 0);
        if let (Some(signs), Some(at)) = (self.lead, prints) {
            out[at.max(first + 1) - 1] = signs[negative];
        }
        match negative {
            0 => out.resize(out.len() + self.tail.len(), self.blank),
            _ => out.extend_from_slice(&self.tail),
        }
        if let Some(signs) = self.trail {
            out.push(signs[negative]);
        }
        let surplus = (out.len() - start).saturating_sub(self.width);
        if surplus > 0 {
            out.drain(start..start + surplus);
        }
    }

    /// Appends the cells and notes where the first character stands that prints.
    fn put_cells(&self, magnitude: u128, prints: &mut Option<usize>, out: &mut Vec<u8>) {
        let mut digits = [0u8; 48];
        let row = &mut digits[..self.selectors.min(48)];
        spell(magnitude, row);
        let zeros = std::iter::repeat_n(&0, self.selectors - row.len());
        let (mut row, mut significant, mut begun) = (zeros.chain(row.iter()), false, false);
        for cell in &self.cells {
            let byte = match *cell {
                Cell::Other(byte) if significant || !begun => byte,
                Cell::Other(_) => self.blank,
                selector => {
                    begun = true;
                    let digit = row.next().copied().unwrap_or(0);
                    significant = significant || digit != 0 || selector == Cell::Significant;
                    if significant { self.zero | digit } else { self.blank }
                }
            };
            if prints.is_none() && byte != self.blank {
                *prints = Some(out.len());
            }
            out.push(byte);
        }
    }
}

fn selectors(cells: &[Cell]) -> usize {
    cells.iter().filter(|cell| !matches!(cell, Cell::Other(_))).count()
}

/// The last digits of a number, one a byte without zone, as many as there is room for.
#[inline]
pub(super) fn spell(magnitude: u128, digits: &mut [u8]) {
    let mut places = digits.iter_mut().rev();
    let mut high = magnitude;
    // In pieces of what 64 bits hold: 128-bit division is slow.
    loop {
        let (mut piece, last) = match u64::try_from(high) {
            Ok(small) => (small, true),
            Err(_) => {
                let piece = (high % 1_000_000_000_000_000_000) as u64;
                high /= 1_000_000_000_000_000_000;
                (piece, false)
            }
        };
        let count = if last { usize::MAX } else { 18 };
        for _ in 0..count {
            let Some(place) = places.next() else { return };
            *place = (piece % 10) as u8;
            piece /= 10;
            if last && piece == 0 {
                places.for_each(|place| *place = 0);
                return;
            }
        }
    }
}
