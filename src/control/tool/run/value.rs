//! Values of fields of records.

use super::session::place;
use crate::control::operate::{self, Setting};
use crate::control::syntax::{CardField, Format};
use crate::control::tool::syntax::OnField;
use crate::diag::{DataPlace, Diagnostic, Result, codes, hex};
use crate::key::SortFormat;

/// The message of a decimal field with a digit that is none.
pub(super) const INVALID: &str = "ICE618A";

/// The bytes of a field; an error if the record is too short for it.
pub(super) fn bytes<'r>(field: &CardField, record: &'r [u8], number: u64, dataset: &str) -> Result<&'r [u8]> {
    let (position, length) = place(field);
    let start = position as usize - 1;
    record.get(start..start + length as usize).ok_or_else(|| {
        let length = record.len();
        Diagnostic::error(codes::CTL104, format!("a record of {length} bytes is too short for an ON field"))
            .at(&field.span, "this field")
            .note(format!("it is record {number} of {dataset}"))
    })
}

/// The length of a record: bytes with its RDW if it has one.
pub(super) fn length(record: &[u8]) -> i128 {
    record.len() as i128
}

/// True for a field in which a zero can have a sign.
pub(super) fn has_sign(on: &OnField) -> bool {
    let OnField::Field(field) = on else { return false };
    matches!(
        field.format,
        Format::Sort(
            SortFormat::Packed
                | SortFormat::Zoned
                | SortFormat::FloatingSign
                | SortFormat::SignedFree
                | SortFormat::LeadingSeparate
                | SortFormat::TrailingSeparate
                | SortFormat::LeadingOverpunch
        )
    )
}

/// True if a field holds zero with a minus.
pub(super) fn is_negative_zero(on: &OnField, record: &[u8]) -> bool {
    let OnField::Field(field) = on else { return false };
    let (position, length) = place(field);
    let start = position as usize - 1;
    let Some(bytes) = record.get(start..start + length as usize) else { return false };
    let minus = |nibble: u8| matches!(nibble, 0xB | 0xD | 1 | 3 | 5 | 7 | 9);
    let Some((last, body)) = bytes.split_last() else { return false };
    match field.format {
        Format::Sort(SortFormat::Packed) => {
            minus(last & 15) && last >> 4 == 0 && body.iter().all(|byte| *byte == 0)
        }
        Format::Sort(SortFormat::Zoned) => {
            minus(last >> 4) && last & 15 == 0 && body.iter().all(|byte| byte & 15 == 0)
        }
        Format::Sort(SortFormat::LeadingOverpunch) => {
            minus(bytes[0] >> 4) && bytes.iter().all(|byte| byte & 15 == 0)
        }
        // A sign and zeros: the code page's minus is X'60', ASCII's X'2D'.
        Format::Sort(_) => {
            let sign = bytes.iter().any(|byte| matches!(byte, 0x60 | 0x2D));
            sign && !bytes.iter().any(|byte| matches!(byte & 15, 1..=9) && matches!(byte >> 4, 0xF | 3))
        }
        _ => false,
    }
}

/// The number in a field; `None` if its bytes are none.
pub(super) fn number(field: &CardField, bytes: &[u8], setting: &Setting) -> Option<i128> {
    if matches!(field.format, Format::MachineDate(..) | Format::MachineTime(..)) {
        return operate::machine_date::read(bytes, field.format, setting);
    }
    operate::number::value(bytes, field.format, setting.page.is_ebcdic()).ok()
}

/// What is said of a field whose bytes are no number.
pub(super) fn invalid_text(field: &CardField, bytes: &[u8], number: u64) -> String {
    let name = super::super::layout::field_name(field);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("INVALID {name:<17} VALUE - RECORD: {number:015}, HEX VALUE: {hex}")
}

/// The same as an error.
pub(super) fn invalid(field: &CardField, bytes: &[u8], number: u64, dataset: &str) -> Box<Diagnostic> {
    let (position, length) = place(field);
    let place = DataPlace {
        dataset: dataset.to_owned(),
        record: Some(number),
        extent: Some((position as usize - 1, length as usize)),
        bytes: bytes.to_vec(),
        ..DataPlace::default()
    };
    let name = super::super::layout::field_name(field);
    Diagnostic::error(codes::CTL107, format!("the field {name} holds {}, which is no number", hex(bytes)))
        .in_data(place)
        .note(format!("{INVALID} {}", invalid_text(field, bytes, number)))
        .hint("VERIFY finds all such values of a dataset")
}
