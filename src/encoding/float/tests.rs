//! Floating point against known bytes and a slow twin that computes with fractions.

use num_bigint::BigInt;
use proptest::prelude::*;

use super::*;

const FORMATS: [FloatFormat; 4] =
    [FloatFormat::IbmHex, FloatFormat::IbmHexLittle, FloatFormat::IeeeBig, FloatFormat::IeeeLittle];

fn text(bytes: &[u8], format: FloatFormat) -> String {
    let mut out = Vec::new();
    append_decimal(bytes, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn written(number: &str, format: FloatFormat, length: usize) -> Vec<u8> {
    let mut bytes = vec![0xAA; length];
    parse(number, format, &mut bytes).unwrap();
    bytes
}

/// Values from manuals and from public test data with known results.
#[test]
fn known_hexadecimal_numbers() {
    let short: [(u32, &str); 9] = [
        (0x4314_2EFC, "322.9365"),
        (0x434D_2000, "1234"),
        (0x4110_0000, "1"),
        (0xC276_A000, "-118.625"),
        (0x4554_3AE9, "345006.56"),
        (0x4019_999A, "0.1"),
        (0x60FF_FFFF, "3.4028235E+38"),
        (0x7FFF_FFFF, "7.237005E+75"),
        (0x0010_0000, "5.397606E-79"),
    ];
    for (word, number) in short {
        assert_eq!(text(&word.to_be_bytes(), FloatFormat::IbmHex), number, "X'{word:08X}'");
        assert_eq!(written(number, FloatFormat::IbmHex, 4), word.to_be_bytes());
        assert_eq!(text(&word.to_le_bytes(), FloatFormat::IbmHexLittle), number);
    }
    let long: [(u64, &str); 5] = [
        (0x4110_0000_0000_0000, "1"),
        (0x4019_9999_9999_999A, "0.1"),
        (0xCAF7_09B7_4314_2EFC, "-1061019927316.18353"),
        (0x4554_3AE9_15B5_73E8, "345006.56779999996"),
        (0x0010_0000_0000_0000, "5.39760534693402790E-79"),
    ];
    for (word, number) in long {
        let shown = text(&word.to_be_bytes(), FloatFormat::IbmHex);
        assert_eq!(written(&shown, FloatFormat::IbmHex, 8), word.to_be_bytes());
        assert_eq!(written(number, FloatFormat::IbmHex, 8), word.to_be_bytes(), "{number} is not {shown}");
        assert!(shown.len() <= number.len(), "{shown} for {number}");
    }
}

#[test]
fn known_ieee_numbers() {
    let pi = [0x40, 0x49, 0x0F, 0xDA];
    assert_eq!(text(&pi, FloatFormat::IeeeBig), "3.1415925");
    assert_eq!(text(&[0xDA, 0x0F, 0x49, 0x40], FloatFormat::IeeeLittle), "3.1415925");
    let pi = [0x40, 0x09, 0x21, 0xFB, 0x54, 0x44, 0x2E, 0xEA];
    assert_eq!(text(&pi, FloatFormat::IeeeBig), "3.14159265359");
    assert_eq!(text(&1e300f64.to_be_bytes(), FloatFormat::IeeeBig), "1E+300");
    assert_eq!(text(&5e-324f64.to_be_bytes(), FloatFormat::IeeeBig), "5E-324");
    assert_eq!(text(&1e21f64.to_be_bytes(), FloatFormat::IeeeBig), "1E+21");
    assert_eq!(text(&1e20f64.to_be_bytes(), FloatFormat::IeeeBig), "100000000000000000000");
    assert_eq!(text(&0.00000125f64.to_be_bytes(), FloatFormat::IeeeBig), "0.00000125");
    for word in [0x7F80_0000u32, 0xFF80_0000, 0x7FC0_0000, 0xFFFF_FFFF] {
        assert_eq!(decode(&word.to_be_bytes(), FloatFormat::IeeeBig), Err(BadNumber::NotFinite));
    }
    assert_eq!(parse("3.5e38", FloatFormat::IeeeBig, &mut [0; 4]), Err(BadNumber::Overflow));
    assert_eq!(parse("1.8e308", FloatFormat::IeeeBig, &mut [0; 8]), Err(BadNumber::Overflow));
}

#[test]
fn what_is_not_canonical() {
    for (bytes, canonical) in [
        ([0, 0, 0, 0], true),
        ([0x80, 0, 0, 0], false),
        ([0x42, 0, 0, 0], false),
        ([0x41, 0x10, 0, 0], true),
        ([0x42, 0x01, 0, 0], false),
        ([0x00, 0x01, 0, 0], false),
    ] {
        assert_eq!(decode(&bytes, FloatFormat::IbmHex).unwrap().canonical, canonical, "{bytes:02X?}");
    }
    assert_eq!(text(&[0x42, 0x01, 0, 0], FloatFormat::IbmHex), "1");
    assert_eq!(text(&[0xC2, 0, 0, 0], FloatFormat::IbmHex), "0");
    assert!(!decode(&[0x80, 0, 0, 0], FloatFormat::IeeeBig).unwrap().canonical);
    assert_eq!(decode(&[0; 5], FloatFormat::IbmHex), Err(BadNumber::Length));
    assert_eq!(parse("1", FloatFormat::IbmHex, &mut [0; 5]), Err(BadNumber::Length));
}

#[test]
fn texts_that_are_read_and_refused() {
    let one = written("1", FloatFormat::IbmHex, 8);
    for same in
        ["1", "+1", "1.", "01.000", "10e-1", "0.1E1", ".1e+1", "1000000000000000000000000000000000000000e-39"]
    {
        assert_eq!(written(same, FloatFormat::IbmHex, 8), one, "{same}");
    }
    for zero in ["0", "-0", "0.000", "0e99", "1e-99", "-1e-999999999999", "1e-2147483648"] {
        for format in [FloatFormat::IbmHex, FloatFormat::IeeeBig] {
            assert_eq!(written(zero, format, 4), [0; 4], "{zero}");
        }
    }
    for (bad, error) in [
        ("", BadNumber::Digit(0)),
        ("-", BadNumber::Digit(1)),
        (".", BadNumber::Digit(1)),
        ("1.2.3", BadNumber::Digit(3)),
        ("1 ", BadNumber::Digit(1)),
        ("1e", BadNumber::Digit(2)),
        ("1e+-3", BadNumber::Digit(2)),
        ("nan", BadNumber::Digit(0)),
        ("1e76", BadNumber::Overflow),
        ("-1e999999999999", BadNumber::Overflow),
        ("123456789012345678901234567890123456789", BadNumber::TooLong),
    ] {
        let mut bytes = [0xAA; 8];
        assert_eq!(parse(bad, FloatFormat::IbmHex, &mut bytes), Err(error), "{bad}");
        assert_eq!(bytes, [0xAA; 8]);
    }
    // Rounded half up, also into the next power of 16.
    assert_eq!(written("1.00000047683715820312", FloatFormat::IbmHex, 4), [0x41, 0x10, 0, 0]);
    assert_eq!(written("1.000000476837158203125", FloatFormat::IbmHex, 4), [0x41, 0x10, 0, 1]);
    assert_eq!(written("15.9999999", FloatFormat::IbmHex, 4), [0x42, 0x10, 0, 0]);
    assert_eq!(written("7.2370053e75", FloatFormat::IbmHex, 4), [0x7F, 0xFF, 0xFF, 0xFF]);
    assert_eq!(parse("7.2370054e75", FloatFormat::IbmHex, &mut [0; 4]), Err(BadNumber::Overflow));
}

/// The slow twin: a fraction and the bytes it should become, with integers of any size.
fn twin(digits: u64, exponent: i32, fraction_bits: u32) -> Option<u64> {
    let ten = |power: i32| BigInt::from(10).pow(power.max(0).unsigned_abs());
    let (above, below) = (BigInt::from(digits) * ten(exponent), ten(-exponent));
    // Every characteristic is tried; the right one gives a fraction of full length.
    for characteristic in 0..128i64 {
        let power = 4 * (characteristic - 64) - i64::from(fraction_bits);
        let (above, below) = match u64::try_from(power) {
            Ok(up) => (above.clone(), &below << up),
            Err(_) => (&above << power.unsigned_abs(), below.clone()),
        };
        let fraction = (above * 2 + &below) / (below * 2);
        if fraction < BigInt::from(1u64 << fraction_bits) {
            let fraction = u64::try_from(fraction).unwrap();
            return Some((characteristic as u64) << fraction_bits | fraction);
        }
    }
    None
}

/// True if a number with fewer digits, or a nearer one with as many, is written as the same bytes: then the number was
/// not the right one to show. The word decides what "nearer" means.
fn better(float: &Float, word: u64, fraction_bits: u32) -> bool {
    let short = (float.digits / 10, float.exponent + 1);
    let shorter =
        [short.0, short.0 + 1].into_iter().any(|digits| twin(digits, short.1, fraction_bits) == Some(word));
    let exact = |digits: u64| {
        // |digits x 10^exponent - word|, times what makes it whole.
        let ten = |power: i32| BigInt::from(10).pow(power.max(0).unsigned_abs());
        let two = |power: i32| BigInt::from(2).pow(power.max(0).unsigned_abs());
        let power = 4 * ((word >> fraction_bits) as i32 - 64) - fraction_bits as i32;
        let value = BigInt::from(word & ((1 << fraction_bits) - 1)) * two(power) * ten(-float.exponent);
        let number = BigInt::from(digits) * ten(float.exponent) * two(-power);
        let off = value - number;
        if off < BigInt::from(0) { -off } else { off }
    };
    let nearer = [float.digits - 1, float.digits + 1].into_iter().any(|digits| {
        exact(digits) < exact(float.digits) && twin(digits, float.exponent, fraction_bits) == Some(word)
    });
    shorter || nearer
}

fn check(word: u64, fraction_bits: u32) {
    let length = fraction_bits as usize / 8 + 1;
    let bytes = &word.to_be_bytes()[8 - length..];
    let float = decode(bytes, FloatFormat::IbmHex).unwrap();
    assert!(float.canonical);
    assert_eq!(twin(float.digits, float.exponent, fraction_bits), Some(word), "{bytes:02X?} {float:?}");
    assert!(!better(&float, word, fraction_bits), "{bytes:02X?} {float:?}");
    assert_eq!(written(&text(bytes, FloatFormat::IbmHex), FloatFormat::IbmHex, length), bytes);
}

/// Numbers spread over everything a format has, without a random generator's luck.
fn spread(count: u64) -> impl Iterator<Item = u64> {
    (1..=count).map(|at| at.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ at << 7)
}

/// A hundred thousand normalised numbers of each length there and back; some of them against the twin.
#[test]
fn hexadecimal_numbers_there_and_back() {
    for fraction_bits in [24, 56] {
        let length = fraction_bits as usize / 8 + 1;
        for (at, number) in spread(100_000).enumerate() {
            let normalised = number >> (64 - fraction_bits - 8) | 1 << (fraction_bits - 4);
            let bytes = &normalised.to_be_bytes()[8 - length..];
            let mut out = Vec::new();
            assert!(append_decimal(bytes, FloatFormat::IbmHex, &mut out).unwrap());
            let shown = std::str::from_utf8(&out).unwrap();
            assert_eq!(written(shown, FloatFormat::IbmHex, length), bytes, "{shown}");
            if at % 100 == 0 {
                check(normalised & !(1 << (fraction_bits + 7)), fraction_bits);
            }
        }
    }
}

/// The ends of every exponent, where the distance between numbers changes.
#[test]
fn first_and_last_fraction_of_every_exponent() {
    for fraction_bits in [24, 56] {
        let (first, last) = (1u64 << (fraction_bits - 4), (1u64 << fraction_bits) - 1);
        for exponent in 0..128u64 {
            for fraction in [first, first + 1, last - 1, last] {
                // Below the least number there is nothing a shorter text could be rounded from.
                if exponent > 0 || fraction > first {
                    check(exponent << fraction_bits | fraction, fraction_bits);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_number_or_an_error(bytes in prop::collection::vec(any::<u8>(), 8)) {
        for format in FORMATS {
            for bytes in [&bytes[..4], &bytes[..]] {
                let mut out = Vec::new();
                let Ok(canonical) = append_decimal(bytes, format, &mut out) else { continue };
                let back = written(std::str::from_utf8(&out).unwrap(), format, bytes.len());
                prop_assert_eq!(back == bytes, canonical);
            }
        }
    }

    #[test]
    fn any_decimal_is_written_as_the_twin_does(digits in 1u64.., exponent in -80i32..54) {
        for (fraction_bits, length) in [(24, 4), (56, 8)] {
            let mut bytes = vec![0; length];
            encode(false, u128::from(digits), exponent, FloatFormat::IbmHex, &mut bytes).unwrap();
            let word = bytes.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
            prop_assert_eq!(Some(word), twin(digits, exponent, fraction_bits));
        }
    }
}
