//! An empty record: VALUE clauses where there are some, else blanks and zeros as INITIALIZE would leave them.

use super::RecordFormat;
use super::number::{Overflow, store_number};
use crate::copybook::{Edit, Field, FieldId, Literal, Shape};
use crate::decimal::{Decimal, Rounding};
use crate::encoding::edited::Floating;
use crate::encoding::{CodePage, FloatFormat, float};

/// A record of the layout's full length: VALUE where given, else zero in numbers and blanks elsewhere, FILLER included.
pub fn initial_record(format: &RecordFormat) -> Vec<u8> {
    let mut record = vec![format.page.space(); format.layout.length()];
    let roots: Vec<FieldId> = format.layout.roots().map(|(id, _)| id).collect();
    for id in roots.into_iter().rev() {
        initialize_at(format, &mut record, id, 0);
    }
    record
}

/// A record of the layout's full length that is one of this 01 level: its initial values, and blanks behind it.
pub fn initial_level(format: &RecordFormat, root: FieldId) -> Vec<u8> {
    let mut record = vec![format.page.space(); format.layout.length()];
    initialize_at(format, &mut record, root, 0);
    record
}

/// Sets one field, and all below it, to its initial value. `start` is the place of the field in the record.
pub fn initialize_field(format: &RecordFormat, record: &mut [u8], id: FieldId, start: usize) {
    let shift = start as isize - format.layout.field(id).offset as isize;
    initialize_at(format, record, id, shift);
}

/// Walks a subtree; `shift` is the distance of this occurrence from occurrence 1.
fn initialize_at(format: &RecordFormat, record: &mut [u8], id: FieldId, shift: isize) {
    let field = format.layout.field(id);
    // A redefinition describes storage that its object initialises.
    if field.redefines.is_some() && field.parent.is_some() {
        return;
    }
    let occurrences = field.occurs.as_ref().map_or(1, |occurs| occurs.max as usize);
    for occurrence in 0..occurrences {
        let shift = shift + (occurrence * field.length) as isize;
        let Some(start) = field.offset.checked_add_signed(shift) else { return };
        let Some(bytes) = record.get_mut(start..start + field.length) else { return };
        put_initial(field, bytes, format.page);
        if field.value.is_none() || field.is_elementary() {
            for &child in &field.children {
                initialize_at(format, record, child, shift);
            }
        }
    }
}

/// The bytes that one occurrence of a field begins with: VALUE, else zero or blanks.
pub fn initial_bytes(field: &Field, page: CodePage) -> Vec<u8> {
    let mut bytes = vec![page.space(); field.length];
    put_initial(field, &mut bytes, page);
    bytes
}

fn put_initial(field: &Field, bytes: &mut [u8], page: CodePage) {
    match (&field.value, field.shape) {
        (Some(value), _) => put_literal(field, bytes, value, page),
        (None, Shape::Number(_) | Shape::Edited(_)) => put_number(field, bytes, Decimal::ZERO, page),
        (None, Shape::Float(_) | Shape::Address) => bytes.fill(0x00),
        (None, Shape::National | Shape::Dbcs | Shape::Utf8) => put_wide(field, bytes, "", page),
        (None, _) => bytes.fill(page.space()),
    }
}

fn put_literal(field: &Field, bytes: &mut [u8], literal: &Literal, page: CodePage) {
    let wide = matches!(field.shape, Shape::National | Shape::Dbcs | Shape::Utf8);
    match literal {
        // A character takes more than a byte, or another one than in the code page.
        Literal::Zeros if wide => put_wide(field, bytes, &"0".repeat(bytes.len()), page),
        Literal::Quotes if wide => put_wide(field, bytes, &"\"".repeat(bytes.len()), page),
        Literal::All(text) if wide => put_wide(field, bytes, &text.repeat(bytes.len()), page),
        Literal::Number(number) if is_number(field) => put_number(field, bytes, *number, page),
        Literal::Zeros if is_number(field) => put_number(field, bytes, Decimal::ZERO, page),
        Literal::Number(number) => put_text(field, bytes, &number.to_string(), page),
        Literal::Text(text) => put_text(field, bytes, text, page),
        Literal::Hex(hex) => put_bytes(bytes, hex, page),
        Literal::Zeros => bytes.fill(page.zero()),
        Literal::Spaces => put_text(field, bytes, "", page),
        Literal::LowValues | Literal::Null => bytes.fill(0x00),
        Literal::Classed(_, text) => put_text(field, bytes, text, page),
        Literal::ZeroEnded(text) => put_text(field, bytes, &format!("{text}\0"), page),
        Literal::Float { mantissa, exponent } => put_float(bytes, &format!("{mantissa}E{exponent}")),
        Literal::HighValues => bytes.fill(0xFF),
        Literal::Quotes => bytes.fill(page.byte('"').unwrap_or_default()),
        Literal::All(text) => {
            let pattern = page.encode(text).unwrap_or_default();
            bytes.iter_mut().zip(pattern.iter().cycle()).for_each(|(byte, &value)| *byte = value);
        }
    }
}

fn is_number(field: &Field) -> bool {
    matches!(field.shape, Shape::Number(_) | Shape::Edited(_) | Shape::Float(_))
}

/// The copybook passes have checked that a VALUE fits its PICTURE.
fn put_number(field: &Field, bytes: &mut [u8], number: Decimal, page: CodePage) {
    match (field.shape, &field.edit) {
        (Shape::Number(shape), _) => {
            let _ = store_number(shape, bytes, page, number, Rounding::Truncation, Overflow::Truncate);
        }
        (Shape::Float(_), _) => put_float(bytes, &number.to_string()),
        (_, Some(Edit::Number(mask))) => {
            let value = number.rescale(i16::from(mask.scale()), Rounding::Truncation);
            mask.encode(value.map_or(0, Decimal::coefficient), bytes, page);
        }
        (_, Some(Edit::Float(mask))) => {
            let value = Floating { mantissa: number.coefficient(), exponent: -i32::from(number.scale()) };
            let _ = mask.encode(value, bytes, page);
        }
        _ => {}
    }
}

/// Hexadecimal floating point, as compilers of the host initialise it; zero has the same bytes in every format.
fn put_float(bytes: &mut [u8], text: &str) {
    if float::parse(text, FloatFormat::IbmHex, bytes).is_err() {
        bytes.fill(0x00);
    }
}

fn put_text(field: &Field, bytes: &mut [u8], text: &str, page: CodePage) {
    if matches!(field.shape, Shape::National | Shape::Dbcs | Shape::Utf8) {
        return put_wide(field, bytes, text, page);
    }
    let encoded: Vec<u8> = text.chars().map(|c| page.byte(c).unwrap_or(page.space())).collect();
    put_bytes(bytes, &encoded, page);
}

/// UTF-16, UTF-8 or double-byte blanks behind the text; text that a double-byte item cannot hold is left out.
fn put_wide(field: &Field, bytes: &mut [u8], text: &str, page: CodePage) {
    let (encoded, blank): (Vec<u8>, &[u8]) = match field.shape {
        Shape::National => (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), &[0x00, 0x20]),
        Shape::Utf8 => (text.as_bytes().to_vec(), &[0x20]),
        _ => (
            page.encode_dbcs(text).unwrap_or_default(),
            if page.space() == b' ' { &[0x81, 0x40] } else { &[0x40, 0x40] },
        ),
    };
    bytes.iter_mut().zip(blank.iter().cycle()).for_each(|(byte, &value)| *byte = value);
    // A character is never cut in the middle.
    let unit = blank.len();
    let mut length = encoded.len().min(bytes.len() / unit * unit);
    while field.shape == Shape::Utf8 && encoded.get(length).is_some_and(|byte| byte & 0xC0 == 0x80) {
        length -= 1;
    }
    bytes[..length].copy_from_slice(&encoded[..length]);
}

/// From the left, padded with blanks: JUSTIFIED has no effect on VALUE (Language Reference, "VALUE clause", format 1).
fn put_bytes(bytes: &mut [u8], value: &[u8], page: CodePage) {
    let length = value.len().min(bytes.len());
    bytes.fill(page.space());
    bytes[..length].copy_from_slice(&value[..length]);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::copybook::{CopybookOptions, SourceFormat, parse};
    use crate::diag::Source;

    #[test]
    fn every_class_has_its_blanks_and_zeros() {
        let text = "01 R. 05 A PIC N(2) VALUE N'a'. 05 B PIC N(2) VALUE ZERO. 05 C PIC U BYTE-LENGTH 4 VALUE UX'C3A9C3A9C3A9'.
                    05 D PIC G(1). 05 E POINTER. 05 F COMP-1. 05 G PIC X(3) VALUE Z'a'. 05 H PIC 99 BLANK WHEN ZERO.";
        let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
        let (layout, found) = parse(&Source::new("t", text), &options);
        let layout = Arc::new(layout.unwrap_or_else(|| panic!("{found}")));
        let record = initial_record(&RecordFormat { layout, page: CodePage::CP037 });
        let expected: [&[u8]; 8] = [
            &[0x00, b'a', 0x00, 0x20],
            &[0x00, b'0', 0x00, b'0'],
            &[0xC3, 0xA9, 0xC3, 0xA9],
            &[0x40, 0x40],
            &[0; 4],
            &[0; 4],
            &[0x81, 0x00, 0x40],
            &[0x40, 0x40],
        ];
        assert_eq!(record, expected.concat());
    }
}
