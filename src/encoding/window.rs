//! Zoned and packed numbers of the usual kinds at a known place of a record, through a window of sixteen bytes (eight if packed)
//! that ends where the number does. What lies in the window before the number is masked, so that a number of any length is read
//! and written by the same few instructions.
//!
//! ```text
//!   S9(9)V99 at 20, value 1.25     record  ... 40 40 40 40 40 F0 F0 F0 F0 F0 F0 F0 F0 F1 F2 C5 ...
//!                                  window      -- masked --- |        the number         |
//! ```
//!
//! Of a number that ends before the eighth byte of the record the window is the first eight bytes, shifted to where it ends.
//!
//! Only what is usual is understood: digits, zones and signs as they are written, of an EBCDIC page, in records long enough for the
//! window. Whoever gets no answer asks the codecs, which know the rest and what is wrong with a byte.

use super::{packed, words};

/// A number in a record.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Where the number ends.
    end: u32,
    /// Where the word of eight bytes begins in which the number begins.
    at: u32,
    /// Bits by which that word must be shifted to end where the number's part of it does.
    shift: u8,
    /// Bits before it in the word of eight bytes in which it begins.
    beyond: u8,
    /// The digits that it holds.
    digits: u8,
    signed: bool,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// Up to eight digits; the last byte has the sign in its zone.
    Zoned,
    /// Up to sixteen.
    LongZoned,
    /// Up to fifteen digits in eight bytes.
    Packed,
}

/// Eight zeros, EBCDIC.
const ZEROS: u64 = 0xF0F0_F0F0_F0F0_F0F0;

/// For each number of digits the first magnitude that they do not hold.
const LIMITS: [u64; 17] = {
    let mut limits = [1; 17];
    let mut digits = 1;
    while digits < limits.len() {
        limits[digits] = limits[digits - 1] * 10;
        digits += 1;
    }
    limits
};

impl Window {
    /// A zoned number of an EBCDIC page with so many digits that ends there; its sign, if it has one, in the zone of the last.
    pub fn zoned(end: usize, digits: usize, signed: bool) -> Option<Window> {
        let form = match digits {
            1..=8 => Form::Zoned,
            9..=16 => Form::LongZoned,
            _ => return None,
        };
        Window::new(end, digits, digits, signed, form)
    }

    /// A packed number in so many bytes that end there.
    pub fn packed(end: usize, bytes: usize, digits: usize, signed: bool) -> Option<Window> {
        let usual = (1..=8).contains(&bytes) && digits < 2 * bytes;
        usual.then(|| Window::new(end, bytes, digits, signed, Form::Packed)).flatten()
    }

    fn new(end: usize, bytes: usize, digits: usize, signed: bool, form: Form) -> Option<Window> {
        let (beyond, digits) = (8 * (bytes.wrapping_neg() % 8) as u8, digits as u8);
        let window = if matches!(form, Form::LongZoned) { 16 } else { 8 };
        let (at, shift) = (end.saturating_sub(window) as u32, 8 * window.saturating_sub(end) as u8);
        Some(Window { end: u32::try_from(end).ok()?, at, shift, beyond, digits, signed, form })
    }

    /// Which bytes are the number's of the word in which it begins, if the first byte of the word is the lowest.
    #[inline]
    fn own(&self) -> u64 {
        u64::MAX << self.beyond
    }

    /// The word in which the number begins.
    #[inline]
    fn word<'r>(&self, record: &'r [u8]) -> Option<&'r [u8; 8]> {
        record.get(self.at as usize..)?.first_chunk()
    }

    #[inline]
    fn word_mut<'r>(&self, record: &'r mut [u8]) -> Option<&'r mut [u8; 8]> {
        record.get_mut(self.at as usize..)?.first_chunk_mut()
    }

    /// What no other window has, and never zero: where the number ends, which has the high 32 bits, and its shape.
    #[inline]
    pub fn id(&self) -> u64 {
        let shape = u32::from_le_bytes([self.beyond, self.digits, u8::from(self.signed), self.form as u8]);
        u64::from(self.end) << 32 | u64::from(shape)
    }

    /// The number, if the record has it in the usual form.
    #[inline]
    pub fn read(&self, record: &[u8]) -> Option<i64> {
        let word = self.word(record)?;
        let (magnitude, negative) = match self.form {
            Form::Zoned => {
                let (last, negative) = self.signed_digits(u64::from_le_bytes(*word) << self.shift)?;
                (words::eight_of(last & self.own())?, negative)
            }
            Form::LongZoned => {
                let last = record.get(..self.end as usize)?.last_chunk::<8>()?;
                let (last, negative) = self.signed_digits(u64::from_le_bytes(*last))?;
                let first = (u64::from_le_bytes(*word) << self.shift ^ ZEROS) & self.own();
                (words::sixteen_of(first, last)?, negative)
            }
            Form::Packed => {
                let word = u64::from_be_bytes(*word) >> self.shift & u64::MAX >> self.beyond;
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
    fn signed_digits(&self, word: u64) -> Option<(u64, bool)> {
        let digits = word ^ ZEROS;
        if !self.signed {
            return Some((digits, false));
        }
        // Of A to F, which are 5 to 0 now, B and D are minus.
        let zone = digits >> 60;
        (zone <= 5).then_some((digits << 4 >> 4, 0b1_0100 >> zone & 1 == 1))
    }

    /// Stores a number as the codecs do; false, and nothing is stored, if it does not fit, or the record is too short for the
    /// window.
    #[inline]
    pub fn store(&self, record: &mut [u8], value: i64) -> bool {
        let magnitude = value.unsigned_abs();
        if magnitude >= LIMITS.get(usize::from(self.digits)).copied().unwrap_or(0) {
            return false;
        }
        let negative = self.signed && value < 0;
        match self.form {
            Form::Zoned => {
                let Some(word) = self.word_mut(record) else { return false };
                put(word, self.zoned_digits(magnitude, negative) >> self.shift, self.own() >> self.shift);
            }
            Form::LongZoned => {
                let Some(before) = record.get_mut(..self.end as usize) else { return false };
                let Some(last) = before.last_chunk_mut::<8>() else { return false };
                let (high, low) = match magnitude {
                    small if small < words::EIGHT_DIGITS => (0, small),
                    large => {
                        let high = words::spread((large / words::EIGHT_DIGITS) as u32);
                        (high.swap_bytes(), large % words::EIGHT_DIGITS)
                    }
                };
                put(last, self.zoned_digits(low, negative), u64::MAX);
                let Some(word) = self.word_mut(record) else { return false };
                put(word, (high | ZEROS) >> self.shift, self.own() >> self.shift);
            }
            Form::Packed => {
                let Some(window) = self.word_mut(record) else { return false };
                let mask = u64::MAX >> self.beyond << self.shift;
                let sign = packed::preferred_sign(negative, self.signed);
                let word = (words::nibbles(magnitude) << 4 | u64::from(sign)) << self.shift;
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
