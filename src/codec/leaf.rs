//! One elementary field: its bytes to a value as text, and back.
//!
//! Values are text: that of a number is its digits with point and sign, exactly; that of characters is UTF-8.

use std::sync::Arc;

use super::coding::{BadClass, Coding, Edited, Seen, UnsignedSign};
use super::digits::{ParseFault, append_bcd, append_decimal, parse_bcd, parse_decimal, parse_short};
use crate::copybook::{Edit, Field, FieldId, NumberShape, Shape, SignPlace, Usage};
use crate::diag::from_hex;
use crate::encoding::bcd::{self, Bcd};
use crate::encoding::edited::{EditMask, FloatMask, Floating};
use crate::encoding::{BadNumber, ByteOrder, CodePage, FloatFormat, float, unicode};
use crate::record::{Overflow, read_exact, read_integer, sign_nibble, store_integer};

/// The blank of double-byte text, X'4040'.
const DBCS_BLANK: char = '\u{3000}';
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;

/// How the bytes of an elementary field become a value.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The field.
    pub id: FieldId,
    /// Bytes.
    pub length: usize,
    /// Code page.
    pub page: CodePage,
    /// What a record that nobody filled has here: VALUE, else zero or blanks.
    pub initial: Vec<u8>,
    kind: Kind,
    /// The decimals of a number whose digits go from the field to the text and back without arithmetic.
    decimals: Option<usize>,
    zoned_blanks: bool,
    unsigned_sign: UnsignedSign,
    /// NUMPROC(PFD): only preferred signs are signs.
    preferred_signs: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Text { justified: bool },
    Number(NumberShape),
    Edited { mask: Arc<EditMask>, lenient: bool },
    ExternalFloat(FloatMask),
    Float(FloatFormat),
    National(ByteOrder),
    Dbcs,
    Utf8,
    Bytes,
}

/// A fixed-point number without its decimal point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedPoint {
    /// The integer that its digits spell.
    pub value: i128,
    /// Whether storing it gives the same bytes.
    pub canonical: bool,
}

/// A value that comes in from a text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// No value.
    Null,
    /// Characters.
    Text(&'a str),
    /// A number, as it was written.
    Number(&'a str),
    /// True or false, which no field can hold.
    Bool,
    /// An object or an array.
    Composite,
}

/// Why a value cannot be stored in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// It is no number.
    NotANumber,
    /// It has decimals that the field has no room for.
    Decimals,
    /// It has digits or a magnitude that the field has no room for.
    TooLarge,
    /// It is negative and the field has no sign.
    Negative,
    /// It has more characters than fit: so many bytes.
    TooLong(usize),
    /// The code page has no such character.
    Character(char),
    /// It is not a text but a composite or true or false.
    Kind,
    /// X'..' without an even number of hexadecimal digits, or of another length than the field.
    Hex,
    /// There is no value.
    Missing,
}

impl std::fmt::Display for StoreFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreFault::NotANumber => f.write_str("it is not a number"),
            StoreFault::Decimals => f.write_str("it has more decimals than the field"),
            StoreFault::TooLarge => f.write_str("it has more digits than the field"),
            StoreFault::Negative => f.write_str("it is negative, but the field has no sign"),
            StoreFault::TooLong(bytes) => write!(f, "it takes {bytes} bytes, more than the field has"),
            StoreFault::Character(c) => write!(f, "the code page has no `{}`", c.escape_default()),
            StoreFault::Kind => f.write_str("it is neither a text nor a number"),
            StoreFault::Hex => f.write_str("its X'..' is not hexadecimal digits for every byte of the field"),
            StoreFault::Missing => f.write_str("there is no value"),
        }
    }
}

impl From<ParseFault> for StoreFault {
    fn from(fault: ParseFault) -> Self {
        match fault {
            ParseFault::NotANumber => StoreFault::NotANumber,
            ParseFault::Decimals => StoreFault::Decimals,
            ParseFault::TooLarge => StoreFault::TooLarge,
        }
    }
}

impl Leaf {
    /// The codec of an elementary field.
    pub fn new(id: FieldId, field: &Field, page: CodePage, coding: &Coding, initial: Vec<u8>) -> Self {
        let kind = match field.shape {
            Shape::Edited(_) => match &field.edit {
                Some(Edit::Number(mask)) if coding.edited != Edited::Text => {
                    Kind::Edited { mask: Arc::clone(mask), lenient: coding.edited == Edited::Lenient }
                }
                Some(Edit::Float(mask)) if coding.edited != Edited::Text => Kind::ExternalFloat(*mask),
                _ => Kind::Text { justified: false },
            },
            Shape::Text | Shape::Group => Kind::Text { justified: field.justified },
            Shape::Number(shape) => Kind::Number(shape),
            Shape::Float(_) => Kind::Float(coding.float),
            Shape::National => Kind::National(coding.national),
            Shape::Dbcs => Kind::Dbcs,
            Shape::Utf8 => Kind::Utf8,
            Shape::Address => Kind::Bytes,
        };
        let decimals = match &kind {
            Kind::Number(shape) => decimals_as_digits(*shape, page),
            _ => None,
        };
        Leaf {
            id,
            length: field.length,
            page,
            initial,
            kind,
            decimals,
            zoned_blanks: coding.zoned_blanks,
            unsigned_sign: coding.unsigned_sign,
            preferred_signs: coding.preferred_signs,
        }
    }

    /// True if its values are texts, so that JSON puts them in quotes.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text { .. } | Kind::National(_) | Kind::Dbcs | Kind::Utf8 | Kind::Bytes)
    }

    /// Decimals and digits, if it is a fixed-point number.
    pub fn number(&self) -> Option<NumberShape> {
        match self.kind {
            Kind::Number(shape) => Some(shape),
            _ => None,
        }
    }

    /// True if it is a floating-point number.
    pub fn is_float(&self) -> bool {
        matches!(self.kind, Kind::Float(_) | Kind::ExternalFloat(_))
    }

    /// Most digits and the decimals of its values, if it is a fixed-point number.
    pub fn precision(&self) -> Option<(u32, i16)> {
        match &self.kind {
            Kind::Number(shape) => {
                let digits = match shape.usage {
                    // Two's complement holds more than its PICTURE says, and what it holds is read.
                    Usage::Binary(form) => match form.length {
                        1 => 3,
                        2 => 5,
                        3 => 8,
                        4 => 10,
                        5 => 13,
                        6 => 15,
                        7 => 17,
                        8 => 20,
                        _ => 38,
                    },
                    // The padding nibble of an even number of digits is read as a digit.
                    Usage::Packed => u32::from(shape.digits) | 1,
                    _ => u32::from(shape.digits),
                };
                Some((digits, i16::from(shape.scale)))
            }
            Kind::Edited { mask, .. } => Some((u32::from(mask.digits()), i16::from(mask.scale()))),
            _ => None,
        }
    }

    /// The integer that a fixed-point number spells, or what its bytes look like and what is wrong with them.
    pub fn fixed_point(&self, bytes: &[u8]) -> Result<FixedPoint, (BadClass, BadNumber)> {
        let result = match &self.kind {
            Kind::Number(shape) => self.integer(*shape, bytes),
            Kind::Edited { mask, lenient } => match mask.decode(bytes, self.page) {
                Err(_) if *lenient => mask.decode_lenient(bytes, self.page).map(|value| (value, false)),
                strict => strict.map(|value| (value, true)),
            },
            _ => Err(BadNumber::Digit(0)),
        };
        result
            .map(|(value, canonical)| FixedPoint { value, canonical })
            .map_err(|fault| (BadClass::of(bytes, self.page), fault))
    }

    /// Appends the value of its bytes as text; nothing if they have none. Text may be cut short by the end of the record.
    #[inline]
    pub fn append(&self, bytes: &[u8], out: &mut Vec<u8>) -> Seen {
        match &self.kind {
            Kind::Text { justified } => {
                let shown =
                    if *justified { trim_start(bytes, self.page) } else { trim_end(bytes, self.page) };
                self.page.append_utf8(shown, out);
                Seen::Canonical
            }
            Kind::Number(shape) => {
                if let Some(decimals) = self.decimals
                    && let Some(number) = read_digits(*shape, bytes)
                {
                    append_bcd(number, decimals, out);
                    return Seen::Canonical;
                }
                self.append_number(*shape, bytes, out)
            }
            Kind::Float(format) => match float::append_decimal(bytes, *format, out) {
                Ok(true) => Seen::Canonical,
                Ok(false) => Seen::Odd,
                Err(fault) => Seen::Bad(BadClass::of(bytes, self.page), fault),
            },
            Kind::Edited { mask, lenient } => self.append_edited(mask, *lenient, bytes, out),
            Kind::ExternalFloat(mask) => match mask.decode(bytes, self.page) {
                Ok(value) => {
                    append_decimal(value.mantissa, 0, out);
                    out.extend_from_slice(format!("E{}", value.exponent).as_bytes());
                    if mask.is_canonical(bytes, self.page) { Seen::Canonical } else { Seen::Odd }
                }
                Err(fault) => Seen::Bad(BadClass::of(bytes, self.page), fault),
            },
            Kind::Bytes => {
                append_hex(bytes, out);
                Seen::Canonical
            }
            Kind::National(_) | Kind::Dbcs | Kind::Utf8 => self.append_wide(bytes, out),
        }
    }

    fn append_number(&self, shape: NumberShape, bytes: &[u8], out: &mut Vec<u8>) -> Seen {
        match self.integer(shape, bytes) {
            Ok((value, canonical)) => {
                append_decimal(value, i16::from(shape.scale), out);
                if canonical { Seen::Canonical } else { Seen::Odd }
            }
            Err(fault) => Seen::Bad(BadClass::of(bytes, self.page), fault),
        }
    }

    fn append_edited(&self, mask: &EditMask, lenient: bool, bytes: &[u8], out: &mut Vec<u8>) -> Seen {
        let scale = i16::from(mask.scale());
        let fault = match mask.decode(bytes, self.page) {
            Ok(value) => {
                append_decimal(value, scale, out);
                return Seen::Canonical;
            }
            Err(fault) => fault,
        };
        match mask.decode_lenient(bytes, self.page) {
            Ok(value) if lenient => {
                append_decimal(value, scale, out);
                Seen::Odd
            }
            _ => Seen::Bad(BadClass::of(bytes, self.page), fault),
        }
    }

    /// Text that is not of the code page's single bytes. Its blanks at the end go; storing it brings them back.
    fn append_wide(&self, bytes: &[u8], out: &mut Vec<u8>) -> Seen {
        let (text, blank) = match &self.kind {
            Kind::National(order) => (unicode::decode_utf16(bytes, *order), ' '),
            Kind::Dbcs => (self.page.decode_dbcs(bytes), DBCS_BLANK),
            _ => (unicode::decode_utf8(bytes), ' '),
        };
        let shown = text.trim_end_matches(blank);
        out.extend_from_slice(shown.as_bytes());
        let mut again = vec![0; bytes.len()];
        match self.store_wide(shown, &mut again) {
            Ok(()) if again == bytes => Seen::Canonical,
            _ => Seen::Odd,
        }
    }

    /// The integer that the digits spell, and whether storing it would give these bytes.
    #[inline]
    pub fn integer(&self, shape: NumberShape, bytes: &[u8]) -> Result<(i128, bool), BadNumber> {
        match read_exact(shape, bytes, self.page) {
            Ok((value, true)) => Ok((value, true)),
            Ok((value, false)) => {
                if self.unsigned_sign == UnsignedSign::Error && !shape.signed {
                    self.refuse_sign(shape, bytes)?;
                }
                if self.preferred_signs {
                    self.refuse_other_signs(shape, bytes)?;
                }
                Ok((value, false))
            }
            Err(fault) => self.integer_leniently(shape, bytes, fault),
        }
    }

    /// An unsigned field whose sign is not the preferred one.
    #[cold]
    fn refuse_sign(&self, shape: NumberShape, bytes: &[u8]) -> Result<(), BadNumber> {
        let Some(&last) = bytes.last() else { return Ok(()) };
        let plain = match shape.usage {
            Usage::Packed => matches!(last & 0x0F, 0xF | 0xC),
            Usage::Zoned(_) if self.page.is_ebcdic() => last >> 4 == 0xF,
            Usage::Zoned(_) => last.is_ascii_digit(),
            _ => true,
        };
        if plain { Ok(()) } else { Err(BadNumber::Sign(bytes.len() - 1)) }
    }

    /// Under NUMPROC(PFD) the sign of a decimal item is C or D, or F if it is unsigned (Programming Guide, "NUMPROC").
    #[cold]
    fn refuse_other_signs(&self, shape: NumberShape, bytes: &[u8]) -> Result<(), BadNumber> {
        let Some((at, nibble)) = sign_nibble(shape, bytes, self.page) else { return Ok(()) };
        let preferred = if shape.signed { matches!(nibble, 0xC | 0xD) } else { nibble == 0xF };
        if preferred { Ok(()) } else { Err(BadNumber::Sign(at)) }
    }

    /// What the declared leniency makes of bytes that are no number strictly.
    #[cold]
    fn integer_leniently(
        &self,
        shape: NumberShape,
        bytes: &[u8],
        fault: BadNumber,
    ) -> Result<(i128, bool), BadNumber> {
        if fault == BadNumber::NegativeUnsigned && self.unsigned_sign == UnsignedSign::Accept {
            let signed = NumberShape { signed: true, ..shape };
            return read_integer(signed, bytes, self.page).map(|value| (value, false));
        }
        if self.zoned_blanks && matches!(shape.usage, Usage::Zoned(_)) {
            let blank = self.page.space();
            let first = bytes.iter().position(|&byte| byte != blank);
            let last = bytes.iter().rposition(|&byte| byte != blank);
            if let (Some(first), Some(last)) = (first, last) {
                return read_integer(shape, &bytes[first..=last], self.page).map(|value| (value, false));
            }
        }
        Err(fault)
    }

    /// True if the part of a field that the end of the record leaves is a value.
    pub fn is_cuttable(&self) -> bool {
        matches!(self.kind, Kind::Text { justified: false })
    }

    /// What a counter of occurrences says: a number, or a text that stands for one.
    pub fn count(&self, bytes: &[u8], texts: &[(String, u32)]) -> Result<i128, BadNumber> {
        if !texts.is_empty() {
            let text = self.page.decode(bytes);
            let found = texts.iter().find(|(known, _)| known.as_str() == text.trim());
            return found.map(|(_, count)| i128::from(*count)).ok_or(BadNumber::Digit(0));
        }
        match &self.kind {
            Kind::Number(shape) => self.integer(*shape, bytes).map(|(value, _)| value),
            // A text counter without a list of texts: its digits.
            _ => {
                let text = self.page.decode(bytes);
                text.trim().parse::<u32>().map(i128::from).map_err(|_| BadNumber::Digit(0))
            }
        }
    }

    /// Stores a value in all of the field's bytes. On a fault they are undefined.
    pub fn store(&self, value: Scalar<'_>, bytes: &mut [u8]) -> Result<(), StoreFault> {
        match value {
            Scalar::Null => Err(StoreFault::Missing),
            Scalar::Bool | Scalar::Composite => Err(StoreFault::Kind),
            Scalar::Text(text) | Scalar::Number(text) => self.store_value(text, bytes),
        }
    }

    /// As [`Leaf::store`], for a value that is a text or a number.
    #[inline]
    pub(super) fn store_value(&self, text: &str, bytes: &mut [u8]) -> Result<(), StoreFault> {
        match &self.kind {
            Kind::Text { justified } => self.store_text(text, *justified, bytes),
            Kind::Number(shape) => {
                if let Some(decimals) = self.decimals
                    && let Some(number) = parse_bcd(text.as_bytes(), decimals)
                    && store_digits(*shape, number, bytes)
                {
                    return Ok(());
                }
                match parse_short(text.as_bytes(), shape.scale) {
                    Some(value) => self.store_integer(*shape, i128::from(value), bytes),
                    None => self.store_number(*shape, text, bytes),
                }
            }
            _ => self.store_other(text, bytes),
        }
    }

    fn store_number(&self, shape: NumberShape, text: &str, bytes: &mut [u8]) -> Result<(), StoreFault> {
        if text.starts_with("X'") {
            return store_hex(text, bytes);
        }
        let integer = parse_decimal(text.as_bytes(), i16::from(shape.scale))?;
        self.store_integer(shape, integer, bytes)
    }

    #[inline]
    fn store_integer(&self, shape: NumberShape, integer: i128, bytes: &mut [u8]) -> Result<(), StoreFault> {
        if integer < 0 && !shape.signed {
            return Err(StoreFault::Negative);
        }
        store_integer(shape, bytes, self.page, integer, Overflow::Error).map_err(|_| StoreFault::TooLarge)
    }

    fn store_other(&self, text: &str, bytes: &mut [u8]) -> Result<(), StoreFault> {
        match &self.kind {
            Kind::Text { .. } | Kind::Number(_) => self.store_value(text, bytes),
            Kind::Bytes => store_hex(text, bytes),
            Kind::National(_) | Kind::Dbcs | Kind::Utf8 => self.store_wide(text, bytes),
            Kind::Float(_) | Kind::Edited { .. } | Kind::ExternalFloat(_) if text.starts_with("X'") => {
                store_hex(text, bytes)
            }
            Kind::Float(format) => float::parse(text, *format, bytes).map_err(|fault| match fault {
                BadNumber::Overflow | BadNumber::TooLong => StoreFault::TooLarge,
                _ => StoreFault::NotANumber,
            }),
            Kind::Edited { mask, .. } => {
                let value = parse_decimal(text.as_bytes(), i16::from(mask.scale()))?;
                if value < 0 && !mask.signed() {
                    return Err(StoreFault::Negative);
                }
                let limit = crate::decimal::pow10(u32::from(mask.digits())).unwrap_or(i128::MAX);
                if value.checked_abs().is_none_or(|magnitude| magnitude >= limit) {
                    return Err(StoreFault::TooLarge);
                }
                mask.encode(value, bytes, self.page);
                Ok(())
            }
            Kind::ExternalFloat(mask) => {
                let value = floating(text).ok_or(StoreFault::NotANumber)?;
                mask.encode(value, bytes, self.page).map_err(|_| StoreFault::TooLarge)
            }
        }
    }

    fn store_wide(&self, text: &str, bytes: &mut [u8]) -> Result<(), StoreFault> {
        let (encoded, blank) = match &self.kind {
            Kind::National(order) => {
                (unicode::encode_utf16(text, *order), unicode::encode_utf16(" ", *order))
            }
            Kind::Dbcs => {
                (self.page.encode_dbcs(text).map_err(StoreFault::Character)?, vec![self.page.space(); 2])
            }
            _ => (unicode::encode_utf8(text), b" ".to_vec()),
        };
        let Some((start, padding)) = bytes.split_at_mut_checked(encoded.len()) else {
            return Err(StoreFault::TooLong(encoded.len()));
        };
        start.copy_from_slice(&encoded);
        padding.iter_mut().zip(blank.iter().cycle()).for_each(|(byte, &blank)| *byte = blank);
        Ok(())
    }

    #[inline]
    fn store_text(&self, text: &str, justified: bool, bytes: &mut [u8]) -> Result<(), StoreFault> {
        let blank = self.page.space();
        // Most text is ASCII, a byte a character, and goes straight into the field.
        if let Some(padding) = bytes.len().checked_sub(text.len()) {
            let (room, rest) = if justified {
                let (rest, room) = bytes.split_at_mut(padding);
                (room, rest)
            } else {
                bytes.split_at_mut(text.len())
            };
            if self.page.encode_ascii(text.as_bytes(), room) {
                rest.fill(blank);
                return Ok(());
            }
        }
        let encoded = self.page.encode(text).map_err(StoreFault::Character)?;
        let Some(padding) = bytes.len().checked_sub(encoded.len()) else {
            return Err(StoreFault::TooLong(encoded.len()));
        };
        let start = if justified { padding } else { 0 };
        bytes.fill(blank);
        bytes[start..start + encoded.len()].copy_from_slice(&encoded);
        Ok(())
    }
}

/// The decimals of a number that is packed, or zoned in EBCDIC with its sign (if any) in the last digit, and short enough.
fn decimals_as_digits(shape: NumberShape, page: CodePage) -> Option<usize> {
    let in_digits = match shape.usage {
        Usage::Packed => true,
        Usage::Zoned(place) => page.is_ebcdic() && (!shape.signed || place == SignPlace::Trailing),
        _ => false,
    };
    let decimals = usize::try_from(shape.scale).ok()?;
    (in_digits && shape.digits <= bcd::MOST && decimals < usize::from(bcd::MOST)).then_some(decimals)
}

/// The digits of such a number, if its bytes are what storing it gives.
#[inline]
fn read_digits(shape: NumberShape, bytes: &[u8]) -> Option<Bcd> {
    match shape.usage {
        Usage::Packed => bcd::read_packed(bytes, shape.digits, shape.signed),
        _ => bcd::read_zoned(bytes, shape.signed),
    }
}

/// Stores such a number; false if it has no room.
#[inline]
fn store_digits(shape: NumberShape, number: Bcd, bytes: &mut [u8]) -> bool {
    match shape.usage {
        Usage::Packed => bcd::write_packed(number, bytes, shape.digits, shape.signed),
        _ => bcd::write_zoned(number, bytes, shape.signed),
    }
}

/// A decimal text with an exponent, `-12.5E-3`, as mantissa and exponent.
fn floating(text: &str) -> Option<Floating> {
    let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let scale = i16::try_from(decimals).ok()?;
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() < 10_000)?;
    let mantissa = parse_decimal(mantissa.as_bytes(), scale).ok()?;
    Some(Floating { mantissa, exponent: exponent - i32::from(scale) })
}

/// The text without the blanks at its end; inside a double-byte stretch there are none.
#[inline]
fn trim_end(bytes: &[u8], page: CodePage) -> &[u8] {
    let blank = page.space();
    let end = bytes.iter().rposition(|&byte| byte != blank).map_or(0, |at| at + 1);
    if page.is_double_byte() && bytes.contains(&SHIFT_OUT) {
        let single = bytes.iter().rposition(|byte| matches!(*byte, SHIFT_OUT | SHIFT_IN));
        // Behind a shift-out without its shift-in blanks are halves of characters.
        return if single.is_some_and(|at| bytes[at] == SHIFT_OUT) { bytes } else { &bytes[..end] };
    }
    &bytes[..end]
}

fn trim_start(bytes: &[u8], page: CodePage) -> &[u8] {
    let blank = page.space();
    let start = bytes.iter().position(|&byte| byte != blank).unwrap_or(bytes.len());
    &bytes[start..]
}

/// Appends `X'..'`.
pub fn append_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"X'");
    append_hex_digits(bytes, out);
    out.push(b'\'');
}

/// Two hexadecimal digits a byte.
pub fn hex_digits(bytes: &[u8]) -> String {
    let mut digits = Vec::with_capacity(2 * bytes.len());
    append_hex_digits(bytes, &mut digits);
    String::from_utf8_lossy(&digits).into_owned()
}

/// Appends two hexadecimal digits a byte.
pub fn append_hex_digits(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

fn store_hex(text: &str, bytes: &mut [u8]) -> Result<(), StoreFault> {
    let digits = text.strip_prefix("X'").and_then(|rest| rest.strip_suffix('\'')).ok_or(StoreFault::Hex)?;
    let parsed = from_hex(digits).filter(|parsed| parsed.len() == bytes.len()).ok_or(StoreFault::Hex)?;
    bytes.copy_from_slice(&parsed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copybook::{CopybookOptions, SourceFormat, parse};
    use crate::diag::Source;

    /// Digits that go straight into the field are those that the number would have.
    #[test]
    fn numbers_are_stored_as_their_values() {
        let text = "01 R. 05 A PIC 9(4). 05 B PIC S9(3)V99. 05 C PIC S9(4) COMP-3. 05 D PIC 9V9(4) COMP-3. 05 E PIC SVPP99.
            05 F PIC S9(15) COMP-3. 05 G PIC S9(16). 05 H PIC S9(3)V9 SIGN LEADING. 05 I PIC S9(4)V9 COMP. 05 J PIC 9(3)PP.";
        let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
        let layout = parse(&Source::new("t.cpy", text), &options).0.unwrap();
        let signed = ["", "-", "+"].iter();
        let texts: Vec<String> = signed
            .flat_map(|sign| {
                [
                    "0",
                    "0.00",
                    "1",
                    "12.5",
                    "123.45",
                    "1234",
                    "12345",
                    "9.9999",
                    "0.0012",
                    "0.1",
                    "99999.9",
                    "500",
                    "007",
                    "999999999999999",
                    "1234567890123456",
                    "12345678901234567",
                    ".5",
                    "5.",
                    "1e2",
                    "",
                    "X'F0'",
                    "1,5",
                    " 1",
                ]
                .map(|digits| format!("{sign}{digits}"))
            })
            .collect();
        for (id, field) in layout.fields().filter(|(_, field)| field.children.is_empty()) {
            let leaf = Leaf::new(id, field, CodePage::CP037, &Coding::default(), Vec::new());
            let shape = leaf.number().unwrap();
            for text in &texts {
                let (mut quick, mut slow) = (vec![0; leaf.length], vec![0; leaf.length]);
                let result = leaf.store(Scalar::Number(text), &mut quick);
                assert_eq!(result, leaf.store_number(shape, text, &mut slow), "{text} in {shape:?}");
                assert!(
                    result.is_err() || quick == slow,
                    "{text} in {shape:?}: {quick:02X?}, not {slow:02X?}"
                );
                let (mut quick, mut slow) = (Vec::new(), Vec::new());
                let seen = leaf.append(&slow_bytes(&leaf, text), &mut quick);
                assert_eq!(seen, leaf.append_number(shape, &slow_bytes(&leaf, text), &mut slow));
                assert_eq!(quick, slow, "{shape:?}");
            }
        }
    }

    fn slow_bytes(leaf: &Leaf, text: &str) -> Vec<u8> {
        let mut bytes = vec![0; leaf.length];
        // What cannot be stored is no number or an odd one, which is as good.
        let _ = leaf.store_number(leaf.number().unwrap(), text, &mut bytes);
        bytes
    }
}
