//! Where a record is that something is wrong with.

use crate::diag::{DataPlace, Diagnostic, Place};

/// Bytes of a record that a message shows at most.
const SHOWN: usize = 80;

/// The error of an operator with the record it was about. An error that points at the cards keeps that place, and the record
/// becomes a note.
pub(super) fn placed(
    mut error: Box<Diagnostic>,
    dd: &str,
    number: Option<u64>,
    record: &[u8],
) -> Box<Diagnostic> {
    match &mut error.place {
        Place::Data(place) => {
            if place.dataset.is_empty() {
                dd.clone_into(&mut place.dataset);
            }
            place.record = place.record.or(number);
            error
        }
        Place::None => {
            let bytes = record[..record.len().min(SHOWN)].to_vec();
            let place = DataPlace { dataset: dd.to_owned(), record: number, bytes, ..DataPlace::default() };
            error.in_data(place)
        }
        Place::Text { .. } | Place::File(_) => {
            let hex: String =
                record[..record.len().min(SHOWN)].iter().map(|byte| format!("{byte:02X}")).collect();
            let which = number.map_or(String::new(), |number| format!(" {number}"));
            error.note(format!("record{which} of {dd}: X'{hex}'"))
        }
    }
}
