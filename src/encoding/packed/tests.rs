//! Packed numbers: known values, and every two-byte field against a reading nibble by nibble.

use super::*;
use crate::sys::chance;

#[test]
fn known_values() {
    assert_eq!(decode(&[0x12, 0x34, 0x56, 0x7D], true), Ok(-1_234_567));
    assert_eq!(decode(&[0x00, 0x01, 0x2C], true), Ok(12));
    assert_eq!(decode(&[0x1F], false), Ok(1));
    assert_eq!(decode(&[0x1D], false), Err(BadNumber::NegativeUnsigned));
    assert_eq!(decode(&[0x40, 0x40], true), Err(BadNumber::Sign(1)), "blanks");
    assert_eq!(decode(&[], true), Err(BadNumber::Sign(0)));
    let longest = [0x99; 20];
    assert_eq!(decode(&longest, true), Err(BadNumber::TooLong));
}

/// All two-byte fields against reading nibble by nibble, signed and not, with an odd and an even number of digits; and
/// canonical means what it says.
#[test]
fn all_two_byte_fields() {
    for signed in [true, false] {
        for digits in [2u8, 3] {
            let mut canonical = 0;
            for word in 0..=u16::MAX {
                let bytes = word.to_be_bytes();
                let nibbles = [bytes[0] >> 4, bytes[0] & 15, bytes[1] >> 4];
                let minus = match bytes[1] & 15 {
                    0xA | 0xC | 0xE | 0xF => Some(false),
                    0xB | 0xD => Some(true).filter(|_| signed),
                    _ => None,
                };
                let value = minus.filter(|_| nibbles.iter().all(|nibble| *nibble <= 9)).map(|minus| {
                    let value = nibbles.iter().fold(0i128, |v, n| v * 10 + i128::from(*n));
                    if minus { -value } else { value }
                });
                assert_eq!(decode(&bytes, signed).ok(), value, "X'{word:04X}'");
                let again = value.is_some_and(|value| {
                    let mut again = [0; 2];
                    encode(value % 10i128.pow(u32::from(digits)), &mut again, signed);
                    again == bytes
                });
                assert_eq!(is_canonical(&bytes, digits, signed), again, "X'{word:04X}'");
                canonical += usize::from(again);
            }
            let numbers = 10usize.pow(u32::from(digits));
            assert_eq!(canonical, if signed { 2 * numbers - 1 } else { numbers });
        }
    }
}

/// All two-byte fields without a sign nibble.
#[test]
fn all_two_byte_fields_without_sign() {
    for digits in [3u8, 4] {
        let mut canonical = 0;
        for word in 0..=u16::MAX {
            let bytes = word.to_be_bytes();
            let value: Option<i128> = format!("{word:04X}").parse().ok();
            assert_eq!(decode_unsigned(&bytes).ok(), value, "X'{word:04X}'");
            let again = value.is_some_and(|value| {
                let mut again = [0; 2];
                encode_unsigned(value % 10i128.pow(u32::from(digits)), &mut again);
                again == bytes
            });
            let exact = decode_unsigned_exact(&bytes, digits);
            assert_eq!(exact.is_ok_and(|(_, canonical)| canonical), again, "X'{word:04X}'");
            canonical += usize::from(again);
        }
        assert_eq!(canonical, 10usize.pow(u32::from(digits)));
    }
}

#[test]
fn thirty_eight_digits() {
    let most = 10i128.pow(38) - 1;
    let mut bytes = [0u8; 20];
    for value in [most, -most, 0] {
        encode(value, &mut bytes, true);
        assert_eq!(decode_exact(&bytes, 38, true), Ok((value, true)));
    }
    let mut bytes = [0u8; 19];
    encode_unsigned(most, &mut bytes);
    assert_eq!(bytes, [0x99; 19]);
    assert_eq!(decode_unsigned_exact(&bytes, 38), Ok((most, true)));
    assert_eq!(decode_unsigned(&[0x99; 20]), Err(BadNumber::TooLong));
    assert_eq!(decode_unsigned(&[0x12, 0x3F]), Err(BadNumber::Digit(1)));
}

#[test]
fn thirty_one_digits_there_and_back() {
    let value = 10i128.pow(31) - 1;
    let mut bytes = [0u8; 16];
    for signed in [value, -value, 0, 7] {
        encode(signed, &mut bytes, true);
        assert_eq!(decode(&bytes, true), Ok(signed));
    }
    let mut short = [0u8; 2];
    encode(12_345, &mut short, true);
    assert_eq!(short, [0x34, 0x5C], "high-order digits go");
}

/// Fields of every length with digits, padding and signs by chance, some of them spoilt: the quick ways read and write what the slow
/// ones do.
#[test]
fn quick_ways_are_the_slow_ones() {
    let mut below = chance::below(7);
    let mut read = 0;
    for round in 0..60_000 {
        let length = (round % 20) + 1;
        let zeros = below(length as u64 + 1) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| (below(10) << 4 | below(10)) as u8).collect();
        bytes[..zeros].fill(0);
        let sign = [0xC, 0xD, 0xF, 0xA, 0xB, 0xE, below(16) as u8][below(7) as usize];
        bytes[length - 1] = bytes[length - 1] & 0xF0 | sign;
        if below(8) == 0 {
            bytes[below(length as u64) as usize] = below(256) as u8;
        }
        let signed = below(2) == 0;
        let value = decode(&bytes, signed);
        assert_eq!(value, decode_any(&bytes, signed), "{bytes:02X?} {signed}");
        let Ok(value) = value else { continue };
        read += 1;
        for value in [value, -value] {
            let (mut one, mut other) = (vec![0x55; length], vec![0xAA; length]);
            encode(value, &mut one, signed);
            encode_any(value, &mut other, signed);
            assert_eq!(one, other, "{value} {signed}");
            // Into a field with less room or more.
            let room = 1 + below(20) as usize;
            let (mut one, mut other) = (vec![0x55; room], vec![0xAA; room]);
            encode(value, &mut one, signed);
            encode_any(value, &mut other, signed);
            assert_eq!(one, other, "{value} {signed}");
        }
    }
    assert!(read > 30_000);
    assert_eq!(decode(&[], true), decode_any(&[], true));
}
