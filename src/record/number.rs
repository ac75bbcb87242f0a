//! Numbers in fields: reading them, and storing results by COBOL's rules.

use std::ops::Range;

use crate::copybook::{NumberShape, SignPlace, Usage};
use crate::decimal::{Decimal, Rounding, SizeError, pow10, small_pow10};
use crate::encoding::{BadNumber, ByteOrder, CodePage, Window, binary, packed, zoned};

/// What a result that is too large for its field becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// A SIZE ERROR; the field keeps its value.
    #[default]
    Error,
    /// High-order digits are lost, as in COBOL without ON SIZE ERROR.
    Truncate,
}

/// The number in a field.
#[inline]
pub fn read_number(shape: NumberShape, bytes: &[u8], page: CodePage) -> Result<Decimal, BadNumber> {
    read_integer(shape, bytes, page).map(|value| Decimal::new(value, i16::from(shape.scale)))
}

/// The integer that the digits of a field spell, without regard to its scale.
#[inline]
pub fn read_integer(shape: NumberShape, bytes: &[u8], page: CodePage) -> Result<i128, BadNumber> {
    match shape.usage {
        Usage::Packed => packed::decode(bytes, shape.signed),
        Usage::Zoned(place) => zoned::decode(bytes, zoned_sign(place, shape.signed), page),
        Usage::PackedUnsigned => packed::decode_unsigned(bytes),
        Usage::National(place) => {
            zoned::decode_national(bytes, zoned_sign(place, shape.signed), ByteOrder::Big)
        }
        Usage::Binary(form) => binary::decode_order(bytes, shape.signed, form.order),
    }
}

/// The NUMERIC class test, which asks more than that a number can be read: a sign must be C, D or F, and F where the PICTURE
/// has none (Programming Guide, "Checking for incompatible data (numeric class test)", with NUMPROC(NOPFD) and NUMCLS(PRIM)).
pub fn is_numeric(shape: NumberShape, bytes: &[u8], page: CodePage) -> bool {
    let last = bytes.last().copied().unwrap_or(0);
    let sign = match shape.usage {
        Usage::Zoned(_) if !shape.signed => last.wrapping_sub(page.zero()) <= 9,
        Usage::National(_) if !shape.signed => last.is_ascii_digit(),
        _ => match sign_nibble(shape, bytes, page) {
            Some((_, nibble)) if shape.signed => matches!(nibble, 0xC | 0xD | 0xF),
            Some((_, nibble)) => nibble == 0xF,
            None => true,
        },
    };
    sign && read_integer(shape, bytes, page).is_ok()
}

/// The half byte that has the sign of a packed or zoned number, and the byte that it is in; none where a sign is no half byte.
pub fn sign_nibble(shape: NumberShape, bytes: &[u8], page: CodePage) -> Option<(usize, u8)> {
    match (shape.usage, bytes) {
        (Usage::Packed, [.., last]) => Some((bytes.len() - 1, last & 0x0F)),
        (Usage::Zoned(SignPlace::Trailing), [.., last]) if page.is_ebcdic() => {
            Some((bytes.len() - 1, last >> 4))
        }
        (Usage::Zoned(SignPlace::Leading), [first, ..]) if page.is_ebcdic() => Some((0, first >> 4)),
        _ => None,
    }
}

/// The integer that the digits of a field spell, if the field is of the usual kinds and lengths and holds a number.
#[inline]
pub fn read_word(shape: NumberShape, bytes: &[u8], page: CodePage) -> Option<i64> {
    match shape.usage {
        Usage::Packed => packed::decode_word(bytes, shape.signed),
        Usage::Zoned(place) => zoned::decode_word(bytes, zoned_sign(place, shape.signed), page),
        Usage::Binary(form) => {
            i64::try_from(binary::decode_order(bytes, shape.signed, form.order).ok()?).ok()
        }
        Usage::PackedUnsigned | Usage::National(_) => None,
    }
}

/// How a number at this place of every record is read and stored quickly, if it is of the usual kinds and lengths.
pub fn window(shape: NumberShape, place: &Range<usize>, page: CodePage) -> Option<Window> {
    let digits = usize::from(shape.digits);
    match shape.usage {
        Usage::Packed => Window::packed(place.end, place.len(), digits, shape.signed),
        Usage::Zoned(sign) if page.is_ebcdic() && digits == place.len() => {
            let usual = !shape.signed || sign == SignPlace::Trailing;
            usual.then(|| Window::zoned(place.end, digits, shape.signed)).flatten()
        }
        _ => None,
    }
}

/// The integer that the digits of a field spell, and whether the field is canonical: exactly the bytes that storing the
/// integer gives.
#[inline]
pub fn read_exact(shape: NumberShape, bytes: &[u8], page: CodePage) -> Result<(i128, bool), BadNumber> {
    match shape.usage {
        Usage::Packed => packed::decode_exact(bytes, shape.digits, shape.signed),
        Usage::PackedUnsigned => packed::decode_unsigned_exact(bytes, shape.digits),
        Usage::Zoned(place) => zoned::decode_exact(bytes, zoned_sign(place, shape.signed), page),
        Usage::National(place) => {
            let sign = zoned_sign(place, shape.signed);
            let value = zoned::decode_national(bytes, sign, ByteOrder::Big)?;
            Ok((value, zoned::is_canonical_national(bytes, sign, ByteOrder::Big)))
        }
        Usage::Binary(form) => {
            let value = binary::decode_order(bytes, shape.signed, form.order)?;
            Ok((value, fits(shape, value)))
        }
    }
}

/// Stores a number: cut or rounded to the field's decimals, the sign dropped if the field has none, and checked
/// against (or cut to) its digits. Binary fields follow TRUNC(STD): they hold what the PICTURE holds; COMP-5 holds what
/// its bytes hold.
pub fn store_number(
    shape: NumberShape,
    bytes: &mut [u8],
    page: CodePage,
    value: Decimal,
    rounding: Rounding,
    overflow: Overflow,
) -> Result<(), SizeError> {
    let integer = value.rescale(i16::from(shape.scale), rounding)?.coefficient();
    store_integer(shape, bytes, page, integer, overflow)
}

/// Stores an integer already at the field's scale.
#[inline]
pub fn store_integer(
    shape: NumberShape,
    bytes: &mut [u8],
    page: CodePage,
    integer: i128,
    overflow: Overflow,
) -> Result<(), SizeError> {
    if store_word(shape, bytes, page, integer) {
        return Ok(());
    }
    store_any(shape, bytes, page, integer, overflow)
}

/// Stores an integer that fits a field of the usual kinds and lengths; false if it does not.
#[inline]
fn store_word(shape: NumberShape, bytes: &mut [u8], page: CodePage, integer: i128) -> bool {
    let Ok(small) = i64::try_from(integer) else { return false };
    let magnitude = small.unsigned_abs();
    // Of eighteen digits sixteen go quickly.
    let limit = small_pow10(u32::from(shape.digits).min(WORD_DIGITS)).unwrap_or(0);
    if magnitude >= limit.unsigned_abs() {
        return false;
    }
    match shape.usage {
        Usage::Packed => packed::encode_word(magnitude, shape.signed && small < 0, bytes, shape.signed),
        Usage::Zoned(SignPlace::Trailing) if page.is_ebcdic() || small >= 0 || !shape.signed => {
            let value = if shape.signed { small } else { small.abs() };
            zoned::encode(i128::from(value), bytes, zoned_sign(SignPlace::Trailing, shape.signed), page);
        }
        Usage::Binary(form) if form.order == ByteOrder::Big => {
            let value = if shape.signed { small } else { small.abs() };
            binary::encode(i128::from(value), bytes);
        }
        _ => return false,
    }
    true
}

/// Digits of a number that goes quickly.
const WORD_DIGITS: u32 = 16;

fn store_any(
    shape: NumberShape,
    bytes: &mut [u8],
    page: CodePage,
    integer: i128,
    overflow: Overflow,
) -> Result<(), SizeError> {
    // A negative result in a field without S is stored as its magnitude (Language Reference, "SIGN clause").
    let integer = if shape.signed { integer } else { integer.checked_abs().ok_or(SizeError)? };
    let integer = match (fits(shape, integer), overflow) {
        (true, _) => integer,
        (false, Overflow::Error) => return Err(SizeError),
        (false, Overflow::Truncate) => truncate(shape, integer),
    };
    if integer < 0 && !has_minus(shape, page) {
        return Err(SizeError);
    }
    match shape.usage {
        Usage::Packed => packed::encode(integer, bytes, shape.signed),
        Usage::Zoned(place) => zoned::encode(integer, bytes, zoned_sign(place, shape.signed), page),
        Usage::PackedUnsigned => packed::encode_unsigned(integer, bytes),
        Usage::National(place) => {
            let sign = zoned_sign(place, shape.signed);
            zoned::encode_national(integer, bytes, sign, ByteOrder::Big).map_err(|_| SizeError)?;
        }
        Usage::Binary(form) => binary::encode_order(integer, bytes, form.order),
    }
    Ok(())
}

/// False for a field that has an S but whose code page leaves no byte for a minus.
fn has_minus(shape: NumberShape, page: CodePage) -> bool {
    match shape.usage {
        Usage::Zoned(place) => zoned::has_minus(zoned_sign(place, shape.signed), page),
        _ => true,
    }
}

/// True if an integer at the field's scale loses nothing when stored.
#[inline]
pub fn fits(shape: NumberShape, integer: i128) -> bool {
    match shape.usage {
        Usage::Binary(form) if form.native => {
            let (low, high) = binary::range(shape.length(), shape.signed);
            (low..=high).contains(&integer)
        }
        _ => pow10(u32::from(shape.digits)).is_none_or(|limit| -limit < integer && integer < limit),
    }
}

/// Drops the high-order digits (of a COMP-5 field: bits) that have no room.
fn truncate(shape: NumberShape, integer: i128) -> i128 {
    match shape.usage {
        // Storing keeps the low-order bytes anyway.
        Usage::Binary(form) if form.native => integer,
        _ => pow10(u32::from(shape.digits)).map_or(integer, |limit| integer % limit),
    }
}

/// The codec's name for where a zoned field has its sign.
#[inline]
pub fn zoned_sign(place: SignPlace, signed: bool) -> zoned::Sign {
    match (signed, place) {
        (false, _) => zoned::Sign::None,
        (true, SignPlace::Trailing) => zoned::Sign::Trailing,
        (true, SignPlace::Leading) => zoned::Sign::Leading,
        (true, SignPlace::TrailingSeparate) => zoned::Sign::TrailingSeparate,
        (true, SignPlace::LeadingSeparate) => zoned::Sign::LeadingSeparate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copybook::BinaryForm;
    use crate::sys::chance;

    const PAGE: CodePage = CodePage::CP037;

    fn shape(digits: u8, scale: i8, signed: bool, usage: Usage) -> NumberShape {
        NumberShape { digits, scale, signed, usage }
    }

    fn store(shape: NumberShape, value: &str, overflow: Overflow) -> Result<String, SizeError> {
        let mut bytes = vec![0; shape.length()];
        store_number(shape, &mut bytes, PAGE, value.parse().unwrap(), Rounding::Truncation, overflow)?;
        Ok(read_number(shape, &bytes, PAGE).unwrap().to_string())
    }

    /// NUMPROC(NOPFD), NUMCLS(PRIM): C, D and F for signed items, F alone for others, though more can be read.
    #[test]
    fn a_class_test_knows_the_signs_of_the_compiler() {
        let zoned = |place, signed| shape(3, 0, signed, Usage::Zoned(place));
        for sign in 0..16u8 {
            let (signed, unsigned) = (matches!(sign, 0xC | 0xD | 0xF), sign == 0xF);
            let (packed, last, first) =
                ([0x12, 0x30 | sign], [0xF1, 0xF2, sign << 4 | 3], [sign << 4 | 1, 0xF2, 0xF3]);
            for (bytes, usage) in [
                (&packed[..], Usage::Packed),
                (&last[..], Usage::Zoned(SignPlace::Trailing)),
                (&first[..], Usage::Zoned(SignPlace::Leading)),
            ] {
                assert_eq!(is_numeric(shape(3, 0, true, usage), bytes, PAGE), signed, "{usage:?} {sign:X}");
            }
            assert_eq!(is_numeric(shape(3, 0, false, Usage::Packed), &packed, PAGE), unsigned, "{sign:X}");
            assert_eq!(is_numeric(zoned(SignPlace::Trailing, false), &last, PAGE), unsigned, "{sign:X}");
        }
        assert!(!is_numeric(shape(3, 0, true, Usage::Packed), &[0x1A, 0x3C], PAGE));
        assert!(is_numeric(zoned(SignPlace::LeadingSeparate, true), &[0x60, 0xF1, 0xF2, 0xF3], PAGE));
        let ascii: CodePage = "latin-1".parse().unwrap();
        assert!(is_numeric(zoned(SignPlace::Trailing, false), b"123", ascii));
        assert!(!is_numeric(zoned(SignPlace::Trailing, false), b"12C", ascii));
        assert!(is_numeric(zoned(SignPlace::Trailing, true), b"12C", ascii));
    }

    /// The cases of the arithmetic reference: cut decimals, lost digits, lost sign, TRUNC(STD), COMP-5.
    #[test]
    fn cobol_store_rules() {
        let unsigned = shape(5, 2, false, Usage::Zoned(SignPlace::Trailing));
        assert_eq!(store(unsigned, "1234.567", Overflow::Truncate).unwrap(), "234.56");
        assert_eq!(store(unsigned, "1234.567", Overflow::Error), Err(SizeError));
        assert_eq!(store(unsigned, "-1.50", Overflow::Error).unwrap(), "1.50");
        let packed = shape(5, 2, true, Usage::Packed);
        assert_eq!(store(packed, "1000.00", Overflow::Truncate).unwrap(), "0.00");
        assert_eq!(store(packed, "-12.349", Overflow::Error).unwrap(), "-12.34");
        let binary = shape(4, 0, true, Usage::Binary(BinaryForm::ibm(4, false)));
        assert_eq!(store(binary, "10000", Overflow::Truncate).unwrap(), "0");
        assert_eq!(store(binary, "10000", Overflow::Error), Err(SizeError));
        let native = shape(4, 0, true, Usage::Binary(BinaryForm::ibm(4, true)));
        assert_eq!(store(native, "10000", Overflow::Error).unwrap(), "10000");
        assert_eq!(store(native, "40000", Overflow::Error), Err(SizeError));
        assert_eq!(store(native, "40000", Overflow::Truncate).unwrap(), "-25536");
    }

    /// Numbers by chance in the middle of random bytes, some of them damaged: through the window the same numbers are seen and left
    /// as by the codecs, and nothing else is touched.
    #[test]
    fn through_a_window_numbers_are_the_same() {
        let mut below = chance::below(11);
        let usages = [
            Usage::Packed,
            Usage::Zoned(SignPlace::Trailing),
            Usage::Zoned(SignPlace::Leading),
            Usage::Zoned(SignPlace::TrailingSeparate),
        ];
        let (mut seen, mut unseen, mut stored) = (0, 0, 0);
        for _ in 0..200_000 {
            let shape = shape(1 + below(18) as u8, 0, below(2) == 0, usages[below(4) as usize]);
            let page = [PAGE, CodePage::CP1047, CodePage::LATIN1][below(3) as usize];
            let start = below(20) as usize;
            let place = start..start + shape.length();
            let Some(window) = window(shape, &place, page) else { continue };
            let mut record: Vec<u8> = (0..place.end + below(9) as usize).map(|_| below(256) as u8).collect();
            let digits = pow10(1 + below(u64::from(shape.digits)) as u32).unwrap();
            let value = (i128::from(below(1 << 31)) << 31 | i128::from(below(1 << 31))) % digits;
            let value = [value, -value, digits - 1, digits, 1 - digits][below(5) as usize];
            let (mut one, mut other) = (record.clone(), record.clone());
            if window.store(&mut one, value as i64) {
                store_any(shape, &mut other[place.clone()], page, value, Overflow::Error).unwrap();
                assert_eq!(one, other, "{shape:?} {place:?} {value}");
                stored += 1;
                record = one;
            } else {
                assert_eq!(one, record);
                // A magnitude that fits is refused only if the record is shorter than the window.
                assert!(record.len() < 8 || !fits(shape, value), "{shape:?} {place:?} {value}");
            }
            if below(3) == 0 {
                let at = place.start + below(place.len() as u64) as usize;
                record[at] = [below(256) as u8, 0xF0 | below(16) as u8, record[at] ^ 0x30][below(3) as usize];
            }
            let exact = read_word(shape, &record[place.clone()], page);
            match window.read(&record) {
                Some(value) => {
                    assert_eq!(Some(value), exact, "{shape:?} {place:?} {record:02X?}");
                    seen += 1;
                }
                None => {
                    assert!(record.len() < 8 || exact.is_none(), "{shape:?} {place:?} {record:02X?}");
                    unseen += 1;
                }
            }
            assert_eq!(window.read(&record[..place.end - 1]), None);
        }
        assert!(seen > 20_000 && unseen > 5_000 && stored > 20_000, "{seen} {unseen} {stored}");
    }

    #[test]
    fn national_digits_and_a_sign_that_has_no_byte() {
        let national = shape(4, 1, true, Usage::National(SignPlace::LeadingSeparate));
        assert_eq!(store(national, "-12.5", Overflow::Error).unwrap(), "-12.5");
        let strict: CodePage = "latin-1,strict".parse().unwrap();
        let zoned = shape(2, 0, true, Usage::Zoned(SignPlace::Trailing));
        let mut bytes = *b"??";
        assert_eq!(store_integer(zoned, &mut bytes, strict, -12, Overflow::Truncate), Err(SizeError));
        assert_eq!(&bytes, b"??");
        assert_eq!(store_integer(zoned, &mut bytes, strict, 12, Overflow::Error), Ok(()));
        assert_eq!(&bytes, b"12");
    }

    /// Integers by chance into fields of every usage and 1 to 38 digits: the quick way stores what the slow one does.
    #[test]
    fn quick_stores_are_the_slow_ones() {
        let mut below = chance::below(3);
        let little = BinaryForm { order: ByteOrder::Little, ..BinaryForm::ibm(8, false) };
        let usages = [
            Usage::Packed,
            Usage::PackedUnsigned,
            Usage::Zoned(SignPlace::Trailing),
            Usage::Zoned(SignPlace::Leading),
            Usage::Zoned(SignPlace::TrailingSeparate),
            Usage::Binary(BinaryForm::ibm(4, false)),
            Usage::Binary(BinaryForm::ibm(9, false)),
            Usage::Binary(BinaryForm::ibm(18, false)),
            Usage::Binary(BinaryForm::ibm(9, true)),
            Usage::Binary(little),
        ];
        let mut stored = 0;
        for _ in 0..100_000 {
            let usage = usages[below(usages.len() as u64) as usize];
            let most = if let Usage::Binary(form) = usage { (form.length * 2).min(18) } else { 38 };
            let digits = 1 + below(u64::from(most)) as u8;
            let shape = shape(digits, 0, below(2) == 0, usage);
            let page = [PAGE, CodePage::LATIN1, "latin-1,strict".parse().unwrap()][below(3) as usize];
            let used = 1 + below(u64::from(digits) + 1) as u32;
            let wide = (i128::from(below(1 << 31)) << 90)
                | (i128::from(below(1 << 31)) << 45)
                | i128::from(below(1 << 31));
            let magnitude = wide % pow10(used.min(38)).unwrap();
            let value = [magnitude, -magnitude, pow10(used.min(38)).unwrap() - 1][below(3) as usize];
            let overflow = [Overflow::Error, Overflow::Truncate][below(2) as usize];
            let (mut one, mut other) = (vec![0x55; shape.length()], vec![0x55; shape.length()]);
            let result = store_integer(shape, &mut one, page, value, overflow);
            assert_eq!(result, store_any(shape, &mut other, page, value, overflow), "{shape:?} {value}");
            assert_eq!(one, other, "{shape:?} {value} {overflow:?}");
            stored += usize::from(result.is_ok());
        }
        assert!(stored > 50_000);
    }
}
