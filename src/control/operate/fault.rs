//! What goes wrong with a record. Number and dataset of the record are added by those who know them.

use super::calculation::NumberField;
use super::{Spot, number};
use crate::control::message::Familiar;
use crate::control::syntax::Format;
use crate::diag::{DataPlace, Diagnostic, codes};
use crate::encoding::BadNumber;
use crate::key::SortFormat;

/// A variable-length record that ends before a field does.
const SHORT: Familiar = Familiar { number: "ICE218A", text: "RECORD IS SHORTER THAN THE FIELDS" };

/// Items that do not suit records with an RDW.
pub(super) const INCONSISTENT: Familiar =
    Familiar { number: "ICE126A", text: "INCONSISTENT REFORMATTING FOUND" };

/// The name of a format, as cards write it.
pub(super) fn format_name(format: Format) -> String {
    match format {
        Format::Sort(sort) => SortFormat::names()
            .find(|name| SortFormat::named(name) == Some(sort))
            .unwrap_or("number")
            .to_owned(),
        Format::Year4(letter) => format!("Y4{}", char::from(letter)),
        Format::Substring => "SS".to_owned(),
        Format::MachineDate(letters, number) | Format::MachineTime(letters, number) => {
            format!("{}{}{number}", char::from(letters[0]), char::from(letters[1]))
        }
    }
}

/// Where a field is, for messages.
pub(super) fn place(spot: &Spot, format: Option<Format>, bytes: &[u8]) -> DataPlace {
    let format = format.map(|format| format!(",{}", format_name(format))).unwrap_or_default();
    let extent = match spot {
        Spot::Record { start, end } => Some((*start, end - start)),
        Spot::Parsed { .. } => None,
    };
    let field = Some(format!("{}{format}", spot.shown()));
    DataPlace { field, extent, bytes: bytes.to_vec(), ..DataPlace::default() }
}

/// A field that holds no number.
#[cold]
pub(super) fn no_number(field: &NumberField, bytes: &[u8], bad: BadNumber) -> Box<Diagnostic> {
    number::exception(bytes, bad).in_data(place(&field.spot, Some(field.format), bytes))
}

/// A field that holds no date.
#[cold]
pub(super) fn no_date(spot: &Spot, format: Format, bytes: &[u8]) -> Box<Diagnostic> {
    Diagnostic::error(codes::DAT001, "a field holds no date").in_data(place(spot, Some(format), bytes))
}

/// A record that ends before all fields do that are needed.
#[cold]
pub(super) fn too_short(record: &[u8], reach: usize, what: &str) -> Box<Diagnostic> {
    let length = record.len();
    Diagnostic::error(
        codes::CTL104,
        format!("the record has {length} bytes with its RDW, the fields of {what} reach to byte {reach}"),
    )
    .in_data(DataPlace { bytes: record.to_vec(), ..DataPlace::default() })
    .note(SHORT.shown())
    .hint("VLSCMP compares short fields as if padded, VLFILL fills them in an OUTFIL")
}
