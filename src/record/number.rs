//! Numbers in fields: reading them, and storing results by COBOL's rules.

use crate::copybook::{NumberShape, SignPlace, Usage};
use crate::decimal::{Decimal, Rounding, SizeError, pow10};
use crate::encoding::{BadNumber, ByteOrder, CodePage, binary, packed, zoned};

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

    const PAGE: CodePage = CodePage::CP037;

    fn shape(digits: u8, scale: i8, signed: bool, usage: Usage) -> NumberShape {
        NumberShape { digits, scale, signed, usage }
    }

    fn store(shape: NumberShape, value: &str, overflow: Overflow) -> Result<String, SizeError> {
        let mut bytes = vec![0; shape.length()];
        store_number(shape, &mut bytes, PAGE, value.parse().unwrap(), Rounding::Truncation, overflow)?;
        Ok(read_number(shape, &bytes, PAGE).unwrap().to_string())
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
}
