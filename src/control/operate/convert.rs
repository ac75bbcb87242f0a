//! Numbers stored: the formats of TO=, SEQNUM and PUSH.

use super::editing::{Pattern, spell};
use super::spot::RECORD_MOST;
use crate::encoding::{CodePage, packed};

/// A format that numbers are stored in, with its length.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// PD, PDC: C or D for signs; PDF: F or D.
    Packed { length: usize, plus: u8 },
    /// ZD, ZDF: F or D for signs; ZDC: C or D. The sign in the last byte.
    Zoned { length: usize, plus: u8, sign: SignPlace, page: CodePage },
    /// CSL, CST: `+` or `-` in a byte of its own.
    Separate { length: usize, leading: bool, page: CodePage },
    /// BI, FI: two's complement.
    Binary { length: usize },
    /// FS, CSF, UFF, SFF: text with leading zeros suppressed.
    Text(Pattern, usize),
}

/// Where a zoned number has its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignPlace {
    First,
    Last,
}

impl Target {
    /// A format by its name, for numbers of so many digits. `binary` is the length of the BI or FI field they come from.
    pub fn new(
        name: &str,
        digits: usize,
        binary: Option<usize>,
        length: Option<usize>,
        page: CodePage,
    ) -> Self {
        let length = length.unwrap_or_else(|| default_length(name, digits, binary)).min(RECORD_MOST + 1);
        let text = |digits: usize, sign: bool| {
            // M25 has a leading sign, M10 none.
            let mask = if sign { 25 } else { 10 };
            Target::Text(Pattern::mask(mask, digits.min(38), None, Some(length), page), length)
        };
        match name {
            "PD" | "PDC" => Target::Packed { length, plus: 0xC },
            "PDF" => Target::Packed { length, plus: 0xF },
            "ZDC" => Target::Zoned { length, plus: 0xC, sign: SignPlace::Last, page },
            "CLO" | "OL" => Target::Zoned { length, plus: 0xC, sign: SignPlace::First, page },
            "CTO" | "OT" => Target::Zoned { length, plus: 0xC, sign: SignPlace::Last, page },
            "CSL" | "LS" => Target::Separate { length, leading: true, page },
            "CST" | "TS" => Target::Separate { length, leading: false, page },
            "BI" | "FI" => Target::Binary { length },
            "FS" | "CSF" | "SFF" => text(length.saturating_sub(1), true),
            "UFF" => text(length, false),
            _ => Target::Zoned { length, plus: 0xF, sign: SignPlace::Last, page },
        }
    }

    /// Bytes of each number.
    pub fn length(&self) -> usize {
        match self {
            Target::Packed { length, .. }
            | Target::Zoned { length, .. }
            | Target::Separate { length, .. }
            | Target::Binary { length }
            | Target::Text(_, length) => *length,
        }
    }

    /// Appends a number; what has no room of its high-order digits is lost.
    #[inline]
    pub fn put(&self, value: i128, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + self.length(), 0);
        let bytes = &mut out[start..];
        match self {
            Target::Packed { plus, .. } => {
                packed::encode(value, bytes, true);
                if let Some(last) = bytes.last_mut().filter(|_| value >= 0) {
                    *last = *last & 0xF0 | plus;
                }
            }
            Target::Zoned { plus, sign, page, .. } => put_zoned(value, bytes, *plus, *sign, *page),
            Target::Separate { leading, page, .. } => put_separate(value, bytes, *leading, *page),
            Target::Binary { .. } => {
                // Beyond sixteen bytes the sign goes on.
                bytes.fill(if value < 0 { 0xFF } else { 0 });
                crate::encoding::binary::encode(value, bytes);
            }
            Target::Text(pattern, _) => {
                out.truncate(start);
                pattern.put(value, out);
            }
        }
    }
}

/// The product's lengths for numbers of so many digits.
fn default_length(name: &str, digits: usize, binary: Option<usize>) -> usize {
    match name {
        "PD" | "PDC" | "PDF" => digits / 2 + 1,
        "BI" | "FI" => match binary {
            Some(1..=4) => 4,
            Some(_) => 8,
            None if digits <= 9 => 4,
            None => 8,
        },
        "FS" | "CSF" | "SFF" | "CSL" | "LS" | "CST" | "TS" => digits + 1,
        _ => digits,
    }
}

fn put_zoned(value: i128, bytes: &mut [u8], plus: u8, sign: SignPlace, page: CodePage) {
    spell(value.unsigned_abs(), bytes);
    bytes.iter_mut().for_each(|byte| *byte |= page.zero());
    let at = if sign == SignPlace::First { bytes.first_mut() } else { bytes.last_mut() };
    let Some(byte) = at else { return };
    let digit = *byte & 15;
    *byte = match (page.is_ebcdic(), value < 0) {
        (true, true) => 0xD0 | digit,
        (true, false) => plus << 4 | digit,
        // Without zones the letters carry the sign that EBCDIC has for C and D.
        (false, true) => {
            if digit == 0 {
                b'}'
            } else {
                b'J' + digit - 1
            }
        }
        (false, false) if plus == 0xC => {
            if digit == 0 {
                b'{'
            } else {
                b'A' + digit - 1
            }
        }
        (false, false) => b'0' + digit,
    };
}

fn put_separate(value: i128, bytes: &mut [u8], leading: bool, page: CodePage) {
    let sign = page.byte(if value < 0 { '-' } else { '+' }).unwrap_or(0);
    let digits = match leading {
        true => bytes.split_first_mut(),
        false => bytes.split_last_mut(),
    };
    let Some((place, digits)) = digits else { return };
    *place = sign;
    spell(value.unsigned_abs(), digits);
    digits.iter_mut().for_each(|byte| *byte |= page.zero());
}
