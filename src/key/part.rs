//! One part of a key: a field, its data format and direction, and the bits it becomes.

use std::sync::Arc;

use super::bits::{BitSink, mask};
use super::format::{Reading, SortFormat};
use super::special;
use crate::copybook::{NumberShape, Shape, Usage};
use crate::decimal::pow10;
use crate::diag::Result;
use crate::encoding::{BadNumber, CodePage, FloatFormat};
use crate::expr::{FieldRef, Frame};
use crate::record::read_integer;

/// Direction of a key part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// What becomes of a record whose key has bytes without a value in their format, such as a packed field of blanks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvalidKeys {
    /// The step stops.
    #[default]
    Stop,
    /// It is lower than every record with a value, ordered by the bytes of the field among its like.
    Lowest,
    /// It is higher than every record with a value, ordered by the bytes of the field among its like.
    Highest,
}

/// What a data format needs beside the bytes.
#[derive(Clone, Debug)]
pub struct FormatContext {
    /// The alternate collating table of AQ: the weight of each byte.
    pub alternate: Option<Arc<[u8; 256]>>,
    /// First year of the hundred that dates with two-digit years fall into.
    pub century: u16,
}

impl Default for FormatContext {
    /// No alternate table; years 1950 to 2049.
    fn default() -> Self {
        FormatContext { alternate: None, century: 1950 }
    }
}

/// A field to order by.
#[derive(Clone, Debug)]
pub struct KeyPart {
    /// The field.
    pub field: FieldRef,
    /// The direction.
    pub order: Order,
    pub(super) form: Form,
    /// Bits that the form has.
    pub(super) bits: u32,
    invalid: InvalidKeys,
    /// The format given for it; `None` for the field's own type.
    format: Option<SortFormat>,
}

/// How a part becomes bits.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// Bytes through a collating table if there is one, padded with blanks to this length.
    Text { length: usize, table: Option<Arc<[u8; 256]>> },
    /// A COBOL number: the integer times `factor`, plus `bias`.
    Number { shape: NumberShape, factor: i128, bias: i128 },
    /// A number by the rules of a sort, plus `bias`.
    Decimal { format: SortFormat, bias: i128 },
    /// Bits as they are, from this one of the field on; the first turned over if it is a sign.
    Bits { first: u32, signed: bool },
    /// Hexadecimal floating point, its bytes perhaps reversed.
    HexFloat { reversed: bool },
    /// IEEE 754 floating point, its bytes perhaps reversed.
    IeeeFloat { reversed: bool },
    /// A date in the window of a hundred years from this one.
    Date { form: super::format::DateForm, century: u16 },
}

impl KeyPart {
    /// A part ordered by the field's own type: numbers by value, text by its bytes.
    pub fn new(field: FieldRef, order: Order) -> Self {
        let (form, bits) = natural_form(&field);
        KeyPart { field, order, form, bits, invalid: InvalidKeys::Stop, format: None }
    }

    /// A part ordered as a data format of the sort language has it. The error says why the field cannot have the format.
    pub fn with_format(
        field: FieldRef,
        order: Order,
        format: SortFormat,
        context: &FormatContext,
    ) -> std::result::Result<Self, String> {
        let Some(range) = field.fixed_range() else {
            return Err("its place depends on the record".to_owned());
        };
        if let Some(why) = format.refuses(range.len()) {
            return Err(why);
        }
        let (form, bits) = format_form(format, range.len(), field.format.page, context)?;
        Ok(KeyPart { field, order, form, bits, invalid: InvalidKeys::Stop, format: Some(format) })
    }

    /// A part of so many bits, from bit `first` (from 0) of the field on: BI with bit positions.
    pub fn with_bits(
        field: FieldRef,
        order: Order,
        first: u32,
        bits: u32,
    ) -> std::result::Result<Self, String> {
        let Some(range) = field.fixed_range() else {
            return Err("its place depends on the record".to_owned());
        };
        let has = range.len() as u64 * 8;
        if bits == 0 || u64::from(first) + u64::from(bits) > has {
            return Err(format!(
                "bits {first} to {} are not in it: it has {has}",
                u64::from(first) + u64::from(bits)
            ));
        }
        let form = Form::Bits { first, signed: false };
        Ok(KeyPart { field, order, form, bits, invalid: InvalidKeys::Stop, format: Some(SortFormat::Binary) })
    }

    /// The same part with another rule for bytes without a value.
    #[must_use]
    pub fn with_invalid(self, invalid: InvalidKeys) -> Self {
        KeyPart { invalid, ..self }
    }

    /// A part of a given form, for keys that are compared with those of another record.
    pub(super) fn with_form(field: FieldRef, form: Form, bits: u32) -> Self {
        KeyPart { field, order: Order::Ascending, form, bits, invalid: InvalidKeys::Stop, format: None }
    }

    /// The format given for the part; `None` if it is ordered by the field's own type.
    pub fn format(&self) -> Option<SortFormat> {
        self.format
    }

    /// The rule for bytes without a value.
    pub fn invalid(&self) -> InvalidKeys {
        self.invalid
    }

    /// True if every field's bytes have a value.
    pub(super) fn is_total(&self) -> bool {
        matches!(self.form, Form::Text { .. } | Form::Bits { .. } | Form::HexFloat { .. })
    }

    /// Bits of the encoded part.
    pub(super) fn width(&self) -> u32 {
        if self.invalid == InvalidKeys::Stop || self.is_total() { self.bits } else { 1 + self.body() }
    }

    /// Bits behind the one that says whether there is a value.
    fn body(&self) -> u32 {
        self.bits.max(self.field.length_max() as u32 * 8)
    }

    /// Puts the part of the record in this frame.
    #[inline]
    pub(super) fn encode<F: Frame + ?Sized>(&self, frame: &F, sink: &mut impl BitSink) -> Result<()> {
        let complement = if self.order == Order::Descending { u64::MAX } else { 0 };
        let bytes = self.field.bytes(frame)?;
        match &self.form {
            Form::Text { length, table } => {
                let kept = &bytes[..bytes.len().min(*length)];
                sink.put_bytes(kept, table.as_deref(), complement);
                for _ in kept.len()..*length {
                    sink.put_bytes(&[self.field.format.page.space()], table.as_deref(), complement);
                }
                Ok(())
            }
            Form::Bits { first, signed } => {
                put_bits(bytes, *first, self.bits, *signed, complement, sink);
                Ok(())
            }
            _ => match self.value(bytes) {
                Ok(value) => {
                    self.put_value(value, sink);
                    Ok(())
                }
                Err(fault) if self.invalid == InvalidKeys::Stop => {
                    Err(self.field.not_a_number(frame, bytes, fault))
                }
                Err(_) => {
                    self.put_invalid(bytes, sink);
                    Ok(())
                }
            },
        }
    }

    /// The number that the part becomes.
    #[inline]
    fn value(&self, bytes: &[u8]) -> Reading<u128> {
        let page = self.field.format.page;
        match &self.form {
            Form::Number { shape, factor: 1, bias } => {
                Ok((read_integer(*shape, bytes, page)? + bias) as u128)
            }
            Form::Number { shape, factor, bias } => {
                Ok((read_integer(*shape, bytes, page)? * factor + bias) as u128)
            }
            Form::Decimal { format, bias } => Ok((format.decimal(bytes, page.is_ebcdic())? + bias) as u128),
            Form::HexFloat { reversed } => Ok(special::hex_float(bytes, *reversed)),
            Form::IeeeFloat { reversed } => special::ieee_float(bytes, *reversed),
            Form::Date { form, century } => special::date(bytes, *form, *century, page.is_ebcdic()),
            Form::Text { .. } | Form::Bits { .. } => Err(BadNumber::Length),
        }
    }

    #[inline]
    pub(super) fn put_value(&self, value: u128, sink: &mut impl BitSink) {
        if self.invalid == InvalidKeys::Stop {
            let turn = if self.order == Order::Descending { mask(self.bits) } else { 0 };
            return sink.put(value ^ turn, self.bits);
        }
        let width = self.width();
        let flag = if width > self.bits && self.invalid == InvalidKeys::Lowest { 1 } else { 0 };
        let turn = if self.order == Order::Descending { u128::MAX } else { 0 };
        if width > self.bits {
            sink.put(flag ^ (turn & 1), 1);
            let padding = width - 1 - self.bits;
            put_long(0, padding, turn, sink);
        }
        sink.put((value ^ turn) & mask(self.bits), self.bits);
    }

    fn put_invalid(&self, bytes: &[u8], sink: &mut impl BitSink) {
        let turn = if self.order == Order::Descending { u128::MAX } else { 0 };
        let flag = if self.invalid == InvalidKeys::Highest { 1 } else { 0 };
        sink.put(flag ^ (turn & 1), 1);
        bytes.iter().for_each(|byte| sink.put((u128::from(*byte) ^ turn) & 0xFF, 8));
        put_long(0, self.body() - bytes.len() as u32 * 8, turn, sink);
    }
}

/// Puts a small value in a field of any number of bits.
fn put_long(value: u128, bits: u32, turn: u128, sink: &mut impl BitSink) {
    let mut left = bits;
    while left > 64 {
        sink.put(turn & mask(64), 64);
        left -= 64;
    }
    sink.put((value ^ turn) & mask(left), left);
}

fn put_bits(bytes: &[u8], first: u32, bits: u32, signed: bool, complement: u64, sink: &mut impl BitSink) {
    let turned = |at: u32| u16::from(signed && at == first) << 7;
    let (mut at, end) = (first, first + bits);
    while at < end {
        let count = (end - at).min(8);
        let (byte, shift) = ((at / 8) as usize, at % 8);
        let pair = u16::from(bytes[byte]) << 8 | bytes.get(byte + 1).map_or(0, |next| u16::from(*next));
        let eight = (pair << shift >> 8) ^ turned(at);
        sink.put(u128::from((eight >> (8 - count)) ^ complement as u16) & mask(count), count);
        at += count;
    }
}

/// The form of a field's own type.
fn natural_form(field: &FieldRef) -> (Form, u32) {
    match field.shape {
        Shape::Number(shape) => {
            number_form(shape, i16::from(shape.scale), integer_limit(shape), shape.signed)
        }
        Shape::Float(width) => {
            let format = field.float_format();
            let reversed = matches!(format, FloatFormat::IbmHexLittle | FloatFormat::IeeeLittle);
            match format {
                FloatFormat::IbmHex | FloatFormat::IbmHexLittle => {
                    (Form::HexFloat { reversed }, special::hex_float_bits(width.length()))
                }
                FloatFormat::IeeeBig | FloatFormat::IeeeLittle => {
                    (Form::IeeeFloat { reversed }, width.length() as u32 * 8)
                }
            }
        }
        _ => text_form(field.length_max(), None),
    }
}

pub(super) fn text_form(length: usize, table: Option<Arc<[u8; 256]>>) -> (Form, u32) {
    (Form::Text { length, table }, length as u32 * 8)
}

/// The form of a number compared at `scale`, its integers at that scale below `limit` in magnitude.
pub(super) fn number_form(shape: NumberShape, scale: i16, limit: i128, signed: bool) -> (Form, u32) {
    let raise = u32::try_from(scale - i16::from(shape.scale)).unwrap_or(0);
    let factor = pow10(raise).unwrap_or(1);
    let (bias, highest) = if signed { (limit, limit * 2 - 1) } else { (0, limit - 1) };
    (Form::Number { shape, factor, bias }, bits_of(highest))
}

fn bits_of(highest: i128) -> u32 {
    128 - highest.leading_zeros()
}

/// One more than the largest integer that the bytes of a field can spell.
pub(super) fn integer_limit(shape: NumberShape) -> i128 {
    let digits = match shape.usage {
        // An even number of digits leaves a nibble that is read as a digit.
        Usage::Packed => u32::from(shape.digits) | 1,
        Usage::Zoned(_) | Usage::National(_) => u32::from(shape.digits),
        Usage::PackedUnsigned => u32::from(shape.digits) + u32::from(shape.digits % 2),
        Usage::Binary(_) => {
            let bits = shape.length() as u32 * 8 - u32::from(shape.signed);
            return 1i128.checked_shl(bits).filter(|limit| *limit > 0).unwrap_or(i128::MAX / 4);
        }
    };
    pow10(digits).unwrap_or(i128::MAX / 4)
}

fn format_form(
    format: SortFormat,
    length: usize,
    page: CodePage,
    context: &FormatContext,
) -> std::result::Result<(Form, u32), String> {
    let bits = length as u32 * 8;
    Ok(match format {
        SortFormat::Character | SortFormat::Binary => text_form(length, None),
        SortFormat::Ascii => text_form(length, Some(Arc::new(latin_order(page)))),
        SortFormat::Alternate => match &context.alternate {
            Some(table) => text_form(length, Some(Arc::clone(table))),
            None => return Err("AQ needs an alternate collating table".to_owned()),
        },
        SortFormat::Fixed => (Form::Bits { first: 0, signed: true }, bits),
        SortFormat::HexFloat => (Form::HexFloat { reversed: false }, special::hex_float_bits(length)),
        SortFormat::IeeeFloat => (Form::IeeeFloat { reversed: false }, bits),
        SortFormat::Date(form) => (Form::Date { form, century: context.century }, special::DATE_BITS),
        _ => {
            let digits = format.digits(length).unwrap_or(0);
            let limit = pow10(digits as u32).ok_or("it has too many digits")?;
            (Form::Decimal { format, bias: limit }, bits_of(limit * 2 - 1))
        }
    })
}

/// The weight of each byte in the order of its character in ISO 8859-1 or Unicode: the table of AC.
pub fn latin_order(page: CodePage) -> [u8; 256] {
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.sort_by_key(|byte| (page.char(*byte), *byte));
    let mut table = [0; 256];
    for (weight, byte) in bytes.into_iter().enumerate() {
        table[usize::from(byte)] = weight as u8;
    }
    table
}
