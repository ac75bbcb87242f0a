//! Proof that a text gives its records back byte for byte.

use super::import::Records;
use super::lines::{Item, LineReader, Pattern};
use crate::diag::hex;
use crate::record::Origin;

/// A record that its text does not give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Number of the record, from 1.
    pub record: u64,
    /// Its place in the file.
    pub offset: u64,
    /// Why.
    pub reason: String,
}

/// Encodes lines again and compares.
pub(super) struct Verifier<'f> {
    reader: LineReader<'f>,
}

impl<'f> Verifier<'f> {
    /// A verifier of lines that look like this.
    pub(super) fn new(pattern: Pattern<'f>) -> Self {
        Verifier { reader: LineReader::like(pattern) }
    }

    /// Encodes a line, adds the result to `rebuilt`, and says where it is not the record.
    pub(super) fn check(
        &mut self,
        line: &[u8],
        record: &[u8],
        origin: Origin<'_>,
        rebuilt: &mut Records,
    ) -> Option<Mismatch> {
        let reason = match self.reader.next(line, origin) {
            Ok(Item::Record(_, encoded, around)) => {
                rebuilt.push(encoded, around);
                if encoded == record {
                    return None;
                }
                difference(encoded, record)
            }
            Ok(Item::End(_)) => "the line is empty".to_owned(),
            Err(error) => error.message.clone(),
        };
        let (number, offset) = (origin.record.unwrap_or_default(), origin.offset.unwrap_or_default());
        Some(Mismatch { record: number, offset, reason })
    }
}

fn difference(encoded: &[u8], record: &[u8]) -> String {
    let common = encoded.iter().zip(record).position(|(ours, theirs)| ours != theirs);
    match common {
        Some(at) => {
            let shown = |bytes: &[u8]| hex(&bytes[at..bytes.len().min(at + 8)]);
            format!("byte {} is {}, encoded again {}", at + 1, shown(record), shown(encoded))
        }
        None => format!("the record has {} bytes, encoded again {}", record.len(), encoded.len()),
    }
}
