//! Zoned numbers: known values, and every two-byte field against a reading digit by digit.

use super::*;
use crate::sys::chance;

const PAGE: CodePage = CodePage::CP037;

#[test]
fn known_values() {
    assert_eq!(decode(&[0xF1, 0xF2, 0xD3], Sign::Trailing, PAGE), Ok(-123));
    assert_eq!(decode(&[0xF1, 0xF2, 0xC3], Sign::Trailing, PAGE), Ok(123));
    assert_eq!(decode(&[0xF1, 0xF2, 0xF3], Sign::Trailing, PAGE), Ok(123));
    assert_eq!(decode(&[0xD1, 0xF2, 0xF3], Sign::Leading, PAGE), Ok(-123));
    assert_eq!(decode(&[0x60, 0xF1, 0xF2], Sign::LeadingSeparate, PAGE), Ok(-12));
    assert_eq!(decode(&[0xF1, 0xF2, 0x4E], Sign::TrailingSeparate, PAGE), Ok(12));
    assert_eq!(decode(b"12L", Sign::Trailing, CodePage::LATIN1), Ok(-123));
    assert_eq!(decode(&[0xF1, 0x40], Sign::None, PAGE), Err(BadNumber::Digit(1)));
    assert_eq!(decode(&[0x40, 0xF1], Sign::None, PAGE), Err(BadNumber::Digit(0)));
    assert_eq!(decode(&[0xF1, 0xD1], Sign::None, PAGE), Err(BadNumber::NegativeUnsigned));
    assert_eq!(decode(&[0xF1, 0xC1], Sign::None, PAGE), Ok(11));
}

/// What each byte that carries digit and sign means, spelled out: digit and minus.
fn sign_bytes(page: CodePage) -> Vec<(u8, u8, bool)> {
    let plain = |from: u8, minus| (0..10u8).map(move |digit| (from + digit, digit, minus));
    if page.is_ebcdic() {
        let zones = [(0xA0, false), (0xB0, true), (0xC0, false), (0xD0, true), (0xE0, false), (0xF0, false)];
        return zones.into_iter().flat_map(|(zone, minus)| plain(zone, minus)).collect();
    }
    let letters = |text: &str, minus| {
        let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
        (0u8..).zip(bytes).map(|(digit, byte)| (byte, digit, minus)).collect::<Vec<_>>()
    };
    let others = match page.to_string().as_str() {
        "latin-1" => [letters("{ABCDEFGHI", false), letters("}JKLMNOPQR", true)].concat(),
        "latin-1,ibm-273" => [letters("äABCDEFGHI", false), letters("üJKLMNOPQR", true)].concat(),
        "latin-1,microfocus" => letters("pqrstuvwxy", true),
        "latin-1,realia" => letters(" !\"#$%&'()", true),
        "latin-1,strict" => vec![],
        other => panic!("{other}"),
    };
    plain(b'0', false).chain(others).collect()
}

fn pages() -> Vec<CodePage> {
    [
        "cp037",
        "cp273",
        "cp930",
        "latin-1",
        "latin-1,ibm-273",
        "latin-1,microfocus",
        "latin-1,realia",
        "latin-1,strict",
    ]
    .map(|name| name.parse().unwrap())
    .to_vec()
}

/// The value of a two-byte field by looking its bytes up, position by position.
fn twin(bytes: [u8; 2], sign: Sign, page: CodePage) -> Option<i128> {
    let signs = sign_bytes(page);
    let digit = |byte: u8| page.char(byte).to_digit(10).map(i128::from);
    let signed = |byte: u8| {
        signs.iter().find(|(known, ..)| *known == byte).map(|(_, digit, minus)| (i128::from(*digit), *minus))
    };
    let separate = |byte: u8| match page.char(byte) {
        '+' => Some(false),
        '-' => Some(true),
        _ => None,
    };
    let (value, minus) = match sign {
        Sign::None | Sign::Trailing => {
            let (low, minus) = signed(bytes[1])?;
            (digit(bytes[0])? * 10 + low, minus)
        }
        Sign::Leading => {
            let (high, minus) = signed(bytes[0])?;
            (high * 10 + digit(bytes[1])?, minus)
        }
        Sign::TrailingSeparate => (digit(bytes[0])?, separate(bytes[1])?),
        Sign::LeadingSeparate => (digit(bytes[1])?, separate(bytes[0])?),
    };
    if minus && sign == Sign::None { None } else { Some(if minus { -value } else { value }) }
}

const SIGNS: [Sign; 5] =
    [Sign::None, Sign::Trailing, Sign::Leading, Sign::TrailingSeparate, Sign::LeadingSeparate];

/// All two-byte fields, in every form of the sign, under every set of sign letters; and canonical means what it says.
#[test]
fn all_two_byte_fields() {
    for page in pages() {
        for sign in SIGNS {
            let (mut numbers, mut canonical) = (0, 0);
            for word in 0..=u16::MAX {
                let bytes = word.to_be_bytes();
                let value = decode(&bytes, sign, page).ok();
                assert_eq!(value, twin(bytes, sign, page), "X'{word:04X}' {sign:?} {page}");
                let again = value.is_some_and(|value| {
                    let mut again = [0; 2];
                    encode(value, &mut again, sign, page);
                    again == bytes
                });
                assert_eq!(is_canonical(&bytes, sign, page), again, "X'{word:04X}' {sign:?} {page}");
                numbers += usize::from(value.is_some());
                canonical += usize::from(again);
            }
            let expected = match sign {
                Sign::None => 100,
                // Plus and minus, and zero once.
                Sign::Trailing | Sign::Leading if has_minus(sign, page) => 199,
                Sign::Trailing | Sign::Leading => 100,
                Sign::TrailingSeparate | Sign::LeadingSeparate => 19,
            };
            assert_eq!(canonical, expected, "{sign:?} {page}");
            assert!(numbers >= canonical);
        }
    }
}

/// GnuCOBOL 4 writes `12p`, `123`, `q23`, `123` for -120, +123, -123 (leading), +123 (leading), and with -fsign=EBCDIC
/// `12}`, `12C`, `J23`, `A23`.
#[test]
fn what_gnucobol_writes() {
    let fields = [
        (-120, Sign::Trailing, b"12p", b"12}"),
        (123, Sign::Trailing, b"123", b"12C"),
        (-123, Sign::Leading, b"q23", b"J23"),
        (123, Sign::Leading, b"123", b"A23"),
    ];
    for (value, sign, own, ebcdic) in fields {
        for (overpunch, expected) in [(Overpunch::MicroFocus, own), (Overpunch::IBM, ebcdic)] {
            let page = CodePage::LATIN1.with_overpunch(overpunch);
            let mut bytes = [0; 3];
            encode(value, &mut bytes, sign, page);
            assert_eq!(&bytes, expected);
            assert_eq!(decode_exact(&bytes, sign, page), Ok((value, true)));
        }
    }
}

#[test]
fn thirty_eight_digits() {
    let most = 10i128.pow(38) - 1;
    for page in pages() {
        for sign in SIGNS {
            let length = 38 + usize::from(matches!(sign, Sign::TrailingSeparate | Sign::LeadingSeparate));
            let mut bytes = vec![0; length];
            for value in [most, -most, 10i128.pow(37), 0] {
                if value < 0 && !has_minus(sign, page) {
                    continue;
                }
                encode(value, &mut bytes, sign, page);
                assert_eq!(decode_exact(&bytes, sign, page), Ok((value, true)), "{sign:?} {page}");
            }
            let nines = vec![page.zero() + 9; length + 1];
            assert!(decode(&nines, sign, page).is_err());
        }
    }
    let order = ByteOrder::Little;
    let mut bytes = [0; 78];
    encode_national(-most, &mut bytes, Sign::LeadingSeparate, order).unwrap();
    assert_eq!(decode_national(&bytes, Sign::LeadingSeparate, order), Ok(-most));
}

/// All two-unit national fields of digits, signs and some others, in both orders.
#[test]
fn national_fields() {
    let units: Vec<u16> = (0x20..0x7F).chain([0xFF11, 0x3020, 0x0130, 0, u16::MAX]).collect();
    for order in [ByteOrder::Big, ByteOrder::Little] {
        for sign in [Sign::None, Sign::LeadingSeparate, Sign::TrailingSeparate] {
            let mut canonical = 0;
            for (a, b) in units.iter().flat_map(|a| units.iter().map(move |b| (*a, *b))) {
                let bytes = [order.bytes(a), order.bytes(b)].concat();
                let text: String =
                    [a, b].iter().map(|unit| char::from_u32(u32::from(*unit)).unwrap_or('?')).collect();
                // The standard library reads `+` and `-` in front.
                let text = match sign {
                    Sign::TrailingSeparate => text.chars().rev().collect(),
                    _ => text,
                };
                let has_sign = text.starts_with(['+', '-']);
                let value = text.parse::<i128>().ok().filter(|_| has_sign == (sign != Sign::None));
                assert_eq!(decode_national(&bytes, sign, order).ok(), value, "{text:?} {sign:?}");
                let again = value.is_some_and(|value| {
                    let mut again = [0; 4];
                    encode_national(value, &mut again, sign, order).unwrap();
                    again == bytes[..]
                });
                assert_eq!(is_canonical_national(&bytes, sign, order), again, "{text:?} {sign:?}");
                canonical += usize::from(again);
            }
            assert_eq!(canonical, if sign == Sign::None { 100 } else { 19 });
        }
    }
    let big = ByteOrder::Big;
    assert_eq!(decode_national(&[0, 0x31, 0], Sign::None, big), Err(BadNumber::Digit(2)));
    assert_eq!(decode_national(&[0, 0x31, 0, 0x41], Sign::None, big), Err(BadNumber::Digit(2)));
    assert_eq!(decode_national(&[0, 0x31, 0, 0x32], Sign::TrailingSeparate, big), Err(BadNumber::Sign(2)));
    assert_eq!(decode_national(&[0, 0x31], Sign::Trailing, big), Err(BadNumber::Sign(0)));
    assert_eq!(decode_national(&[], Sign::None, big), Err(BadNumber::Digit(0)));
    assert_eq!(encode_national(1, &mut [0; 2], Sign::Leading, big), Err(BadNumber::Sign(0)));
    assert_eq!(encode_national(1, &mut [0; 3], Sign::None, big), Err(BadNumber::Digit(2)));
}

#[test]
fn all_forms_there_and_back() {
    let forms = [Sign::Trailing, Sign::Leading, Sign::TrailingSeparate, Sign::LeadingSeparate];
    for page in [PAGE, CodePage::LATIN1] {
        for sign in forms {
            for value in [0i128, 1, -1, 98_765, -90_000] {
                let mut bytes = [0u8; 6];
                encode(value, &mut bytes, sign, page);
                assert_eq!(decode(&bytes, sign, page), Ok(value), "{value} {sign:?}");
            }
        }
        let mut long = [0u8; 31];
        encode(-(10i128.pow(31) - 1), &mut long, Sign::Trailing, page);
        assert_eq!(decode(&long, Sign::Trailing, page), Ok(-(10i128.pow(31) - 1)));
    }
}

/// Fields of every length and sign with digits by chance, some of them spoilt: the quick way reads what the slow one does, and what
/// is written is what digits one by one are.
#[test]
fn quick_ways_are_the_slow_ones() {
    let mut below = chance::below(11);
    let mut read = 0;
    for round in 0..80_000 {
        let page = [CodePage::CP037, CodePage::LATIN1][below(2) as usize];
        let sign = [Sign::None, Sign::Trailing, Sign::Leading, Sign::TrailingSeparate, Sign::LeadingSeparate]
            [below(5) as usize];
        let length = round % 38 + 1;
        let zeros = below(length as u64 + 1) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| page.zero() + below(10) as u8).collect();
        bytes[..zeros].fill(page.zero());
        if page.is_ebcdic() && below(2) == 0 {
            bytes[length - 1] = bytes[length - 1] & 15 | (below(16) as u8) << 4;
        }
        if below(8) == 0 {
            bytes[below(length as u64) as usize] = below(256) as u8;
        }
        let value = decode(&bytes, sign, page);
        assert_eq!(value, decode_any(&bytes, sign, page), "{bytes:02X?} {sign:?}");
        let Ok(value) = value else { continue };
        read += 1;
        let room = 1 + below(38) as usize;
        let mut written = vec![0x55; room];
        put_digits(value.unsigned_abs(), &mut written, page);
        let mut rest = value.unsigned_abs();
        for byte in written.iter().rev() {
            assert_eq!(*byte, page.zero() + (rest % 10) as u8, "{value} in {room}");
            rest /= 10;
        }
    }
    assert!(read > 20_000);
    assert_eq!(decode(&[], Sign::None, CodePage::CP037), decode_any(&[], Sign::None, CodePage::CP037));
}
