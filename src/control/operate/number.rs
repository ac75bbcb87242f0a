//! Numbers in the bytes of a field.
//!
//! The rules are those of a sort ([`SortFormat::decimal`]); binary numbers are unsigned in BI and signed in FI. Fields of
//! the usual lengths are read a word at a time, everything else digit by digit.

use super::{Setting, machine_date};
use crate::control::syntax::Format;
use crate::diag::{DataPlace, Diagnostic, Result, codes};
use crate::encoding::{BadNumber, binary, float};
use crate::key::SortFormat;

/// What reading gives: a number or what is wrong with the bytes.
type Reading = std::result::Result<i128, BadNumber>;

/// The number in a field; a field without one is a data exception that shows the bytes.
pub fn read(bytes: &[u8], format: Format, setting: &Setting) -> Result<i128> {
    if let Some(number) = machine_date::read(bytes, format, setting) {
        return Ok(number);
    }
    value(bytes, format, setting.page.is_ebcdic()).map_err(|bad| exception(bytes, bad))
}

/// The number in a field, or what is wrong with it.
#[inline]
pub fn value(bytes: &[u8], format: Format, ebcdic: bool) -> Reading {
    match format {
        Format::Sort(SortFormat::Packed) if bytes.len() <= 8 => quick_packed(bytes),
        Format::Sort(SortFormat::Zoned) if bytes.len() <= 16 && ebcdic => quick_zoned(bytes),
        Format::Sort(SortFormat::Binary) => binary::decode(short(bytes, false), false),
        Format::Sort(SortFormat::Fixed) => binary::decode(short(bytes, true), true),
        Format::Sort(SortFormat::HexFloat) => hex_float(bytes),
        Format::Sort(format) => format.decimal(bytes, ebcdic),
        _ => Err(BadNumber::Length),
    }
}

/// Digits that a field of so many bytes is shown with (DFSORT Application Programming Guide, "OUTFIL", digits needed for
/// numeric fields); `None` if the format is not numeric.
pub fn digits(format: Format, length: usize) -> Option<usize> {
    let Format::Sort(sort) = format else { return machine_date::digits(format) };
    Some(match sort {
        SortFormat::Packed => (2 * length).saturating_sub(1),
        SortFormat::PackedMiddle => (2 * length).saturating_sub(2),
        SortFormat::Zoned | SortFormat::LeadingOverpunch => length,
        SortFormat::LeadingSeparate | SortFormat::TrailingSeparate => length.saturating_sub(1),
        SortFormat::FloatingSign | SortFormat::UnsignedFree | SortFormat::SignedFree => length.min(31),
        SortFormat::Binary | SortFormat::Fixed => match length {
            0 => 0,
            1 => 3,
            2 => 5,
            3 => 8,
            4 => 10,
            5 => 13,
            6 => 15,
            7 => 17,
            _ => 20,
        },
        SortFormat::HexFloat => 20,
        _ => return None,
    })
}

/// Why a numeric field cannot have so many bytes.
pub fn refuses(format: Format, length: usize) -> Option<String> {
    let Format::Sort(sort) = format else { return None };
    let (least, most) = match sort {
        SortFormat::Packed => (1, 16),
        SortFormat::PackedMiddle => (2, 8),
        SortFormat::Zoned | SortFormat::LeadingOverpunch => (1, 31),
        SortFormat::LeadingSeparate | SortFormat::TrailingSeparate => (2, 32),
        SortFormat::FloatingSign => (1, 32),
        SortFormat::UnsignedFree | SortFormat::SignedFree => (1, 44),
        SortFormat::Binary | SortFormat::Fixed => (1, 8),
        SortFormat::HexFloat => (4, 8),
        _ => return None,
    };
    (length < least || length > most)
        .then(|| format!("it has {length} bytes, a number of this format has {least} to {most}"))
}

/// Every nibble of a word that holds digits without zones, the sign cut off: the number they spell, or `None` if one is
/// no digit.
#[inline]
fn spelled(digits: u64) -> Option<u64> {
    // A nibble is above 9 if 8 is in it and 4 or 2 as well.
    if digits & (digits << 1 | digits << 2) & 0x8888_8888_8888_8888 != 0 {
        return None;
    }
    let pairs = (digits & 0x0F0F_0F0F_0F0F_0F0F) + 10 * (digits >> 4 & 0x0F0F_0F0F_0F0F_0F0F);
    Some(joined(pairs))
}

/// The number whose base-100 digits are the bytes of a word.
#[inline]
fn joined(pairs: u64) -> u64 {
    let fours = (pairs & 0x00FF_00FF_00FF_00FF) + 100 * (pairs >> 8 & 0x00FF_00FF_00FF_00FF);
    let eights = (fours & 0x0000_FFFF_0000_FFFF) + 10_000 * (fours >> 16 & 0x0000_FFFF_0000_FFFF);
    (eights & 0xFFFF_FFFF) + 100_000_000 * (eights >> 32)
}

/// The last eight bytes at most as a number, zeros before them.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    if let Some(eight) = bytes.last_chunk::<8>() {
        return u64::from_be_bytes(*eight);
    }
    bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// Every odd nibble from 1 to 9, B and D are minus.
#[inline]
fn is_minus(nibble: u8) -> bool {
    0b0010_1010_1010_1010 >> nibble & 1 == 1
}

/// Packed digits of at most eight bytes.
#[inline]
fn quick_packed(bytes: &[u8]) -> Reading {
    let word = word(bytes);
    match spelled(word >> 4) {
        Some(value) if !bytes.is_empty() => {
            let value = i128::from(value);
            Ok(if is_minus(word as u8 & 15) { -value } else { value })
        }
        _ => SortFormat::Packed.decimal(bytes, true),
    }
}

/// Zoned digits of at most sixteen bytes, zones ignored but for the last.
#[inline]
fn quick_zoned(bytes: &[u8]) -> Reading {
    let (high, low) = bytes.split_at(bytes.len().saturating_sub(8));
    let mut value = 0;
    if bytes.is_empty() {
        return Err(BadNumber::Digit(0));
    }
    for part in [high, low] {
        let digits = word(part) & 0x0F0F_0F0F_0F0F_0F0F;
        if digits.wrapping_add(0x0606_0606_0606_0606) & 0x1010_1010_1010_1010 != 0 {
            return SortFormat::Zoned.decimal(bytes, true);
        }
        let pairs = (digits & 0x000F_000F_000F_000F) + 10 * (digits >> 8 & 0x000F_000F_000F_000F);
        // Pairs in every second byte: closed up by the next two steps alone.
        let fours = (pairs & 0x0000_FFFF_0000_FFFF) + 100 * (pairs >> 16 & 0x0000_FFFF_0000_FFFF);
        value = value * 100_000_000 + (fours & 0xFFFF_FFFF) + 10_000 * (fours >> 32);
    }
    let negative = bytes.last().is_some_and(|last| is_minus(last >> 4));
    Ok(if negative { -i128::from(value) } else { i128::from(value) })
}

/// A binary field without the bytes that only repeat its sign, if it is longer than what numbers are read from.
#[inline]
fn short(bytes: &[u8], signed: bool) -> &[u8] {
    if bytes.len() <= 8 {
        return bytes;
    }
    let sign = if signed && bytes[0] & 0x80 != 0 { 0xFF } else { 0 };
    let extra = bytes.iter().take(bytes.len() - 8).take_while(|byte| **byte == sign).count();
    let kept = &bytes[extra..];
    // A byte of sign stays where the next one would read as the other sign.
    let turned = signed && kept[0] & 0x80 != sign & 0x80;
    &bytes[extra - usize::from(turned && extra > 0)..]
}

/// Hexadecimal floating point, decimals cut off.
fn hex_float(bytes: &[u8]) -> Reading {
    let number = float::decode(bytes, float::FloatFormat::IbmHex)?;
    let mut digits = i128::from(number.digits);
    for _ in 0..number.exponent.unsigned_abs().min(60) {
        digits = if number.exponent < 0 {
            digits / 10
        } else {
            digits.checked_mul(10).ok_or(BadNumber::TooLong)?
        };
    }
    Ok(if number.negative { -digits } else { digits })
}

/// The data exception (S0C7) of a field that holds no number.
#[cold]
pub fn exception(bytes: &[u8], bad: BadNumber) -> Box<Diagnostic> {
    Diagnostic::error(codes::DAT001, format!("a field holds no number: {bad}"))
        .in_data(DataPlace { bytes: bytes.to_vec(), ..DataPlace::default() })
        .note("this is a data exception, S0C7 on the mainframe")
        .hint("check the position and format of the field; blanks and X'00' are no decimal numbers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::chance;

    const PD: Format = Format::Sort(SortFormat::Packed);
    const ZD: Format = Format::Sort(SortFormat::Zoned);

    #[test]
    fn words_are_read_as_digit_by_digit() {
        let mut words = chance::words(7);
        let mut next = || (words() >> 33) as u8;
        for round in 0..200_000u32 {
            let length = 1 + usize::from(next()) % 16;
            // Mostly digits; now and then anything.
            let bytes: Vec<u8> = (0..length)
                .map(|_| match next() {
                    byte if byte < 3 && round % 4 == 0 => next(),
                    byte => (byte % 10) | (next() % 10) << 4,
                })
                .collect();
            for format in [SortFormat::Packed, SortFormat::Zoned] {
                let slow = format.decimal(&bytes, true);
                assert_eq!(value(&bytes, Format::Sort(format), true), slow, "{format:?} {bytes:02X?}");
            }
        }
        assert!(value(&[], PD, true).is_err() && value(&[], ZD, true).is_err());
    }

    #[test]
    fn every_format_gives_its_number() {
        let read = |name: &str, bytes: &[u8]| {
            value(bytes, Format::Sort(SortFormat::named(name).unwrap()), true).ok()
        };
        assert_eq!(read("BI", &[0xFF, 0xFE]), Some(65534));
        assert_eq!(read("FI", &[0xFF, 0xFE]), Some(-2));
        assert_eq!(read("BI", &[0xFF; 8]), Some(i128::from(u64::MAX)));
        assert_eq!(read("BI", &[[0; 12].as_slice(), &[0xFF; 8]].concat()), Some(i128::from(u64::MAX)));
        assert_eq!(read("FI", &[0xFF; 40]), Some(-1));
        assert_eq!(
            read("FI", &[[0xFF; 30].as_slice(), &[0x7F; 9]].concat()).map(|value| value < 0),
            Some(true)
        );
        assert_eq!(read("FI", &[[0; 30].as_slice(), &[0x80; 8]].concat()).map(|value| value > 0), Some(true));
        assert_eq!(read("FI", &[[1].as_slice(), &[0; 30]].concat()), None);
        assert_eq!(read("PD", &[0x12, 0x3D]), Some(-123));
        assert_eq!(read("ZD", &[0x40, 0x40, 0xF2, 0xD5]), Some(-25));
        assert_eq!(read("FL", &[0xC2, 0x64, 0x80, 0x00]), Some(-100), "decimals are cut off");
        assert_eq!(read("ZD", &[0xF1, 0x4B, 0xF2]), None);
        assert_eq!(read("SFF", b"\x5B\xF1\x6B\xF0\x5D"), Some(-10));
    }
}
