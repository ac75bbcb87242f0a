//! Data formats of keys as sort control statements name them, and how their bytes are read.
//!
//! These are the rules of a sort, not those of COBOL: it looks at digits and signs alone. The zones of zoned numbers are
//! ignored, so that leading blanks are zeros, and every nibble is a sign (DFSORT Application Programming Guide, appendix
//! "Data format descriptions"). A field of a copybook without a format of its own is read by COBOL's rules.

use crate::encoding::BadNumber;

/// A data format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortFormat {
    /// CH: characters in the order of their bytes.
    Character,
    /// AC: characters in the order of ISO 8859-1, whatever their code page.
    Ascii,
    /// AQ: characters in the order of the alternate collating table.
    Alternate,
    /// BI: unsigned binary, any bits.
    Binary,
    /// FI: binary with a sign (two's complement).
    Fixed,
    /// PD: packed decimal.
    Packed,
    /// PD0: packed decimal without its first digit and its sign.
    PackedMiddle,
    /// ZD, CTO: zoned decimal, the sign in the zone of the last byte.
    Zoned,
    /// CLO: zoned decimal, the sign in the zone of the first byte.
    LeadingOverpunch,
    /// CSL, LS: digits behind a sign.
    LeadingSeparate,
    /// CST, TS: digits before a sign.
    TrailingSeparate,
    /// CSF, FS: the digits at the end of the field; minus if a `-` stands before them.
    FloatingSign,
    /// UFF: the digits among whatever else there is.
    UnsignedFree,
    /// SFF: as UFF, negative if there is a `-` or a `)`.
    SignedFree,
    /// FL: hexadecimal floating point, 2 to 8 bytes.
    HexFloat,
    /// BF: IEEE 754 floating point, 4 or 8 bytes, sign first.
    IeeeFloat,
    /// Y2..: a date with a year of two digits.
    Date(DateForm),
}

/// A date: how its digits are stored and where the year is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateForm {
    /// How the digits are stored.
    pub digits: DateDigits,
    /// True if the year stands last.
    pub year_last: bool,
}

/// How the digits of a date are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateDigits {
    /// A digit a byte; blanks, zeros, nines, X'00' and X'FF' throughout are no dates and collate apart (Y2T, Y2W, Y2S).
    Character,
    /// As `Character`, but whatever is no special indicator must be digits (Y2C, Y2Z).
    Zoned,
    /// Two digits a byte with a sign at the end (Y2U, Y2X).
    Packed,
    /// The same with a first digit that is padding (Y2P, Y2V, Y2Y).
    PackedPadded,
    /// Two digits a byte without a sign (Y2D).
    PackedUnsigned,
    /// A binary number (Y2B).
    Binary,
}

/// The names of the formats.
const NAMES: &[(&str, SortFormat)] = &[
    ("CH", SortFormat::Character),
    ("AC", SortFormat::Ascii),
    ("AQ", SortFormat::Alternate),
    ("BI", SortFormat::Binary),
    ("FI", SortFormat::Fixed),
    ("PD", SortFormat::Packed),
    ("PD0", SortFormat::PackedMiddle),
    ("ZD", SortFormat::Zoned),
    ("CTO", SortFormat::Zoned),
    ("OT", SortFormat::Zoned),
    ("CLO", SortFormat::LeadingOverpunch),
    ("OL", SortFormat::LeadingOverpunch),
    ("CSL", SortFormat::LeadingSeparate),
    ("LS", SortFormat::LeadingSeparate),
    ("ASL", SortFormat::LeadingSeparate),
    ("CST", SortFormat::TrailingSeparate),
    ("TS", SortFormat::TrailingSeparate),
    ("AST", SortFormat::TrailingSeparate),
    ("CSF", SortFormat::FloatingSign),
    ("FS", SortFormat::FloatingSign),
    ("UFF", SortFormat::UnsignedFree),
    ("SFF", SortFormat::SignedFree),
    ("FL", SortFormat::HexFloat),
    ("BF", SortFormat::IeeeFloat),
    ("Y2C", SortFormat::Date(DateForm { digits: DateDigits::Zoned, year_last: false })),
    ("Y2Z", SortFormat::Date(DateForm { digits: DateDigits::Zoned, year_last: false })),
    ("Y2S", SortFormat::Date(DateForm { digits: DateDigits::Character, year_last: false })),
    ("Y2T", SortFormat::Date(DateForm { digits: DateDigits::Character, year_last: false })),
    ("Y2W", SortFormat::Date(DateForm { digits: DateDigits::Character, year_last: true })),
    ("Y2P", SortFormat::Date(DateForm { digits: DateDigits::PackedPadded, year_last: false })),
    ("Y2U", SortFormat::Date(DateForm { digits: DateDigits::Packed, year_last: false })),
    ("Y2V", SortFormat::Date(DateForm { digits: DateDigits::PackedPadded, year_last: false })),
    ("Y2X", SortFormat::Date(DateForm { digits: DateDigits::Packed, year_last: true })),
    ("Y2Y", SortFormat::Date(DateForm { digits: DateDigits::PackedPadded, year_last: true })),
    ("Y2D", SortFormat::Date(DateForm { digits: DateDigits::PackedUnsigned, year_last: false })),
    ("Y2B", SortFormat::Date(DateForm { digits: DateDigits::Binary, year_last: false })),
];

/// Digits that a decimal key may have.
pub(super) const DIGITS_MAX: usize = 37;

/// Digits that count of a free form number; of more of them the last.
const FREE_DIGITS: usize = 31;

/// A field that has no value in its format; it is ordered by the policy for invalid keys.
pub(super) type Reading<T> = Result<T, BadNumber>;

impl SortFormat {
    /// The format of a name such as `PD`, in either case.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, format)| *format)
    }

    /// Every name, for messages.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Why a field of so many bytes cannot have this format.
    pub(super) fn refuses(self, length: usize) -> Option<String> {
        let range = match self {
            SortFormat::Packed => (1, DIGITS_MAX / 2 + 1),
            SortFormat::PackedMiddle => (2, DIGITS_MAX / 2 + 1),
            SortFormat::Zoned | SortFormat::LeadingOverpunch => (1, DIGITS_MAX),
            SortFormat::LeadingSeparate | SortFormat::TrailingSeparate => (2, DIGITS_MAX + 1),
            SortFormat::FloatingSign => (1, DIGITS_MAX),
            SortFormat::UnsignedFree | SortFormat::SignedFree => (1, 44),
            SortFormat::HexFloat => (2, 8),
            SortFormat::IeeeFloat if length != 4 => (8, 8),
            SortFormat::Date(form) => match form.digits {
                DateDigits::Character | DateDigits::Zoned => (2, 6),
                DateDigits::Packed | DateDigits::PackedPadded => (2, 4),
                DateDigits::PackedUnsigned | DateDigits::Binary => (1, 1),
            },
            _ => return (length == 0).then(|| "it has no bytes".to_owned()),
        };
        (length < range.0 || length > range.1)
            .then(|| format!("it has {length} bytes, the format takes {} to {}", range.0, range.1))
    }

    /// Digits that a field of so many bytes has, for the decimal formats.
    pub(super) fn digits(self, length: usize) -> Option<usize> {
        match self {
            SortFormat::Packed => Some(length * 2 - 1),
            SortFormat::PackedMiddle => Some(length * 2 - 2),
            SortFormat::Zoned | SortFormat::LeadingOverpunch => Some(length),
            SortFormat::LeadingSeparate | SortFormat::TrailingSeparate => Some(length - 1),
            SortFormat::FloatingSign => Some(length),
            SortFormat::UnsignedFree | SortFormat::SignedFree => Some(length.min(FREE_DIGITS)),
            _ => None,
        }
    }

    /// The number in a field of a decimal format. `plus`, `minus` and the digits are those of EBCDIC or ASCII.
    pub fn decimal(self, bytes: &[u8], ebcdic: bool) -> Result<i128, BadNumber> {
        match self {
            SortFormat::Packed => packed(bytes),
            SortFormat::PackedMiddle => packed_middle(bytes),
            SortFormat::Zoned => zoned(bytes, bytes.len().saturating_sub(1), ebcdic),
            SortFormat::LeadingOverpunch => zoned(bytes, 0, ebcdic),
            SortFormat::LeadingSeparate => {
                let (sign, digits) = bytes.split_first().ok_or(BadNumber::Sign(0))?;
                separate(*sign, 0, digits, 1, ebcdic)
            }
            SortFormat::TrailingSeparate => {
                let (sign, digits) = bytes.split_last().ok_or(BadNumber::Sign(0))?;
                separate(*sign, digits.len(), digits, 0, ebcdic)
            }
            SortFormat::FloatingSign => floating(bytes, ebcdic),
            SortFormat::UnsignedFree => Ok(free(bytes, ebcdic).0),
            SortFormat::SignedFree => {
                let (value, negative) = free(bytes, ebcdic);
                Ok(if negative { -value } else { value })
            }
            _ => Err(BadNumber::Digit(0)),
        }
    }
}

/// The sign that any nibble means to a sort: the odd ones from 1 to 9, B and D are minus.
fn is_minus(nibble: u8) -> bool {
    matches!(nibble, 0xB | 0xD | 1 | 3 | 5 | 7 | 9)
}

fn append(value: i128, nibble: u8, at: usize) -> Reading<i128> {
    if nibble > 9 {
        return Err(BadNumber::Digit(at));
    }
    value.checked_mul(10).and_then(|value| value.checked_add(i128::from(nibble))).ok_or(BadNumber::TooLong)
}

fn packed(bytes: &[u8]) -> Reading<i128> {
    let (last, body) = bytes.split_last().ok_or(BadNumber::Sign(0))?;
    let mut value = 0;
    for (at, byte) in body.iter().enumerate() {
        value = append(append(value, byte >> 4, at)?, byte & 15, at)?;
    }
    value = append(value, last >> 4, body.len())?;
    Ok(if is_minus(last & 15) { -value } else { value })
}

fn packed_middle(bytes: &[u8]) -> Reading<i128> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 {
            value = append(value, byte >> 4, at)?;
        }
        if at + 1 < bytes.len() {
            value = append(value, byte & 15, at)?;
        }
    }
    Ok(value)
}

/// Zoned digits whose byte at `sign` holds the sign. In ASCII the letters `{` to `I` and `}` to `R` carry it, as a
/// translation of the text leaves them.
fn zoned(bytes: &[u8], sign: usize, ebcdic: bool) -> Reading<i128> {
    let (mut value, mut negative) = (0, false);
    for (at, &byte) in bytes.iter().enumerate() {
        let mut digit = byte & 15;
        if at == sign {
            (digit, negative) = if ebcdic { (digit, is_minus(byte >> 4)) } else { ascii_sign(byte, at)? };
        }
        value = append(value, digit, at)?;
    }
    Ok(if negative { -value } else { value })
}

fn ascii_sign(byte: u8, at: usize) -> Reading<(u8, bool)> {
    match byte {
        b'0'..=b'9' => Ok((byte - b'0', false)),
        b'{' => Ok((0, false)),
        b'A'..=b'I' => Ok((byte - b'A' + 1, false)),
        b'}' => Ok((0, true)),
        b'J'..=b'R' => Ok((byte - b'J' + 1, true)),
        _ => Err(BadNumber::Sign(at)),
    }
}

/// Plus and minus.
fn signs(ebcdic: bool) -> (u8, u8) {
    if ebcdic { (0x4E, 0x60) } else { (b'+', b'-') }
}

fn separate(sign: u8, sign_at: usize, digits: &[u8], first: usize, ebcdic: bool) -> Reading<i128> {
    // ASL and AST are numbers of ASCII characters, whatever the rest of the record is in.
    let ((plus, minus), (other_plus, other_minus)) = (signs(ebcdic), signs(!ebcdic));
    if ![plus, minus, other_plus, other_minus].contains(&sign) {
        return Err(BadNumber::Sign(sign_at));
    }
    let value =
        digits.iter().enumerate().try_fold(0, |value, (at, byte)| append(value, byte & 15, first + at))?;
    Ok(if sign == minus || sign == other_minus { -value } else { value })
}

/// The digits at the end, whatever stands before the byte to their left, which is the sign.
fn floating(bytes: &[u8], ebcdic: bool) -> Reading<i128> {
    let zone = if ebcdic { 0xF0 } else { 0x30 };
    let is_digit = |byte: &u8| byte & 0xF0 == zone && byte & 15 < 10;
    let first = bytes.iter().rposition(|byte| !is_digit(byte)).map_or(0, |sign| sign + 1);
    let digits = bytes[first..].iter().enumerate();
    let value = digits.into_iter().try_fold(0, |value, (at, byte)| append(value, byte & 15, first + at))?;
    let negative = first > 0 && bytes[first - 1] == signs(ebcdic).1;
    Ok(if negative { -value } else { value })
}

/// The digits wherever they stand, and whether a `-` or `)` stands among them.
fn free(bytes: &[u8], ebcdic: bool) -> (i128, bool) {
    let zone = if ebcdic { 0xF0 } else { 0x30 };
    let (minus, close) = if ebcdic { (0x60, 0x5D) } else { (b'-', b')') };
    let digit = |byte: &u8| (byte & 0xF0 == zone && byte & 15 < 10).then_some(byte & 15);
    let most = 10i128.pow(FREE_DIGITS as u32);
    let value =
        bytes.iter().filter_map(digit).fold(0, |value, digit| (value * 10 + i128::from(digit)) % most);
    (value, bytes.iter().any(|byte| *byte == minus || *byte == close))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, hex: &str) -> Reading<i128> {
        let bytes: Vec<u8> =
            (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect();
        SortFormat::named(name).unwrap().decimal(&bytes, true)
    }

    #[test]
    fn every_nibble_is_a_sign_of_packed_and_zoned() {
        for nibble in 0..16 {
            let minus = [0xB, 0xD, 1, 3, 5, 7, 9].contains(&nibble);
            let expected = if minus { -123 } else { 123 };
            assert_eq!(read("PD", &format!("123{nibble:X}")), Ok(expected), "{nibble:X}");
            assert_eq!(read("ZD", &format!("F1F2{nibble:X}3")), Ok(expected), "{nibble:X}");
            assert_eq!(read("CLO", &format!("{nibble:X}1F2F3")), Ok(expected), "{nibble:X}");
        }
    }

    #[test]
    fn formats_of_the_sort_language() {
        assert_eq!(read("ZD", "4040F2F5"), Ok(25), "leading blanks are zeros");
        assert_eq!(read("ZD", "F14BF2"), Err(BadNumber::Digit(1)), "a period is no digit");
        assert_eq!(read("PD0", "1234567C"), Ok(234567), "neither the first digit nor the sign");
        assert_eq!((read("CSL", "60F1F2"), read("CST", "F1F24E")), (Ok(-12), Ok(12)));
        assert_eq!(read("CSL", "40F1F2"), Err(BadNumber::Sign(0)));
        assert_eq!((read("FS", "4060F1F2"), read("FS", "40404040")), (Ok(-12), Ok(0)));
        assert_eq!(
            (read("FS", "F140F2"), read("FS", "6060F2")),
            (Ok(2), Ok(-2)),
            "the byte to the left is the sign"
        );
        assert_eq!((read("ASL", "2D3132"), read("AST", "31322B")), (Ok(-12), Ok(12)));
        assert_eq!((read("UFF", "5BF4F0F04BF1"), read("UFF", "F4F0F04BF1F0")), (Ok(4001), Ok(40010)));
        assert_eq!((read("SFF", "4DF1F25D"), read("SFF", "F1F2F360")), (Ok(-12), Ok(-123)));
        assert!(SortFormat::named("zd").is_some() && SortFormat::named("D1").is_none());
    }
}
