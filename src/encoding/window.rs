//! Zoned and packed numbers of the usual kinds at a known place of a record, through a window of sixteen bytes (eight if packed)
//! that ends where the number does. What lies in the window before the number is masked, so that a number of any length is read
//! and written by the same few instructions.
//!
//! ```text
//!   S9(9)V99 at 20, value 1.25     record  ... 40 40 40 40 40 F0 F0 F0 F0 F0 F0 F0 F0 F1 F2 C5 ...
//!                                  window      -- masked --- |        the number         |
//! ```
//!
//! Only what is usual is understood: digits, zones and signs as they are written, of an EBCDIC page, in records long enough for the
//! window. Whoever gets no answer asks the codecs, which know the rest and what is wrong with a byte.

use super::{packed, words};

/// A number in a record.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Where the number ends.
    end: usize,
    signed: bool,
    /// The first magnitude that it does not hold.
    limit: u64,
    form: Form,
}

/// Which bytes of the window are the number's.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Up to eight digits; the last byte has the sign in its zone. The first byte is the lowest.
    Zoned { low: u64 },
    /// Up to sixteen.
    LongZoned { high: u64 },
    /// Up to fifteen digits, the first byte is the highest.
    Packed { mask: u64 },
}

/// Eight zeros, EBCDIC.
const ZEROS: u64 = 0xF0F0_F0F0_F0F0_F0F0;

impl Window {
    /// A zoned number of an EBCDIC page with so many digits that ends there; its sign, if it has one, in the zone of the last.
    pub fn zoned(end: usize, digits: usize, signed: bool) -> Option<Window> {
        let form = match digits {
            1..=8 => Form::Zoned { low: u64::MAX << (64 - 8 * digits) },
            9..=15 => Form::LongZoned { high: u64::MAX << (128 - 8 * digits) },
            16 => Form::LongZoned { high: u64::MAX },
            _ => return None,
        };
        Some(Window { end, signed, limit: 10u64.pow(digits as u32), form })
    }

    /// A packed number in so many bytes that end there.
    pub fn packed(end: usize, bytes: usize, digits: usize, signed: bool) -> Option<Window> {
        let mask = match bytes {
            1..=7 => (1 << (8 * bytes)) - 1,
            8 => u64::MAX,
            _ => return None,
        };
        let limit = 10u64.checked_pow(digits as u32).filter(|_| digits < 2 * bytes)?;
        Some(Window { end, signed, limit, form: Form::Packed { mask } })
    }

    /// The number, if the record has it in the usual form.
    #[inline]
    pub fn read(&self, record: &[u8]) -> Option<i64> {
        let before = record.get(..self.end)?;
        let (magnitude, negative) = match self.form {
            Form::Zoned { low } => {
                let (last, negative) = self.signed_digits(before)?;
                (words::eight_of(last & low)?, negative)
            }
            Form::LongZoned { high } => {
                let (last, negative) = self.signed_digits(before)?;
                let first = before.get(before.len().checked_sub(16)?..)?.first_chunk::<8>()?;
                let first = (u64::from_le_bytes(*first) ^ ZEROS) & high;
                (words::sixteen_of(first, last)?, negative)
            }
            Form::Packed { mask } => {
                let word = u64::from_be_bytes(*before.last_chunk::<8>()?) & mask;
                let negative = super::nibble_is_negative((word & 15) as u8)?;
                (words::number(word >> 4)?, negative)
            }
        };
        match (negative, self.signed) {
            (false, _) => Some(magnitude as i64),
            (true, true) => Some(-(magnitude as i64)),
            (true, false) => None,
        }
    }

    /// The last eight digits without their zones, and whether the zone of the last one is a minus.
    #[inline]
    fn signed_digits(&self, before: &[u8]) -> Option<(u64, bool)> {
        let digits = u64::from_le_bytes(*before.last_chunk::<8>()?) ^ ZEROS;
        if !self.signed {
            return Some((digits, false));
        }
        // Of A to F, which are 5 to 0 now, B and D are minus.
        let zone = digits >> 60;
        (zone <= 5).then_some((digits << 4 >> 4, 0b1_0100 >> zone & 1 == 1))
    }

    /// Stores a number as the codecs do; false, and nothing is stored, if it does not fit, or the record is too short for the window.
    #[inline]
    pub fn store(&self, record: &mut [u8], value: i64) -> bool {
        let magnitude = value.unsigned_abs();
        let Some(before) = record.get_mut(..self.end) else { return false };
        if magnitude >= self.limit {
            return false;
        }
        let negative = self.signed && value < 0;
        match self.form {
            Form::Zoned { low } => {
                let Some(window) = before.last_chunk_mut::<8>() else { return false };
                put(window, self.zoned_digits(magnitude, negative), low);
            }
            Form::LongZoned { high } => {
                let Some(window) = before.last_chunk_mut::<16>() else { return false };
                let (first, last) = window.split_at_mut(8);
                let (Some(first), Some(last)) = (first.first_chunk_mut(), last.first_chunk_mut()) else {
                    return false;
                };
                put(first, words::spread((magnitude / 100_000_000) as u32).swap_bytes() | ZEROS, high);
                put(last, self.zoned_digits(magnitude % 100_000_000, negative), u64::MAX);
            }
            Form::Packed { mask } => {
                let Some(window) = before.last_chunk_mut::<8>() else { return false };
                let sign = packed::preferred_sign(negative, self.signed);
                let word = words::nibbles(magnitude) << 4 | u64::from(sign);
                *window = (u64::from_be_bytes(*window) & !mask | word & mask).to_be_bytes();
            }
        }
        true
    }

    /// The last eight digits with their zones, and the sign if there is one.
    #[inline]
    fn zoned_digits(&self, number: u64, negative: bool) -> u64 {
        let zone = match (self.signed, negative) {
            (false, _) => 0xF,
            (true, false) => 0xC,
            (true, true) => 0xD,
        };
        (words::spread(number as u32).swap_bytes() | ZEROS) & (u64::MAX >> 4) | zone << 60
    }
}

#[inline]
fn put(window: &mut [u8; 8], bytes: u64, mask: u64) {
    *window = (u64::from_le_bytes(*window) & !mask | bytes & mask).to_le_bytes();
}
