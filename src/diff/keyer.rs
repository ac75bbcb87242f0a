//! The keys that records of both sides are paired by, and records that carry theirs through a sort.
//!
//! ```text
//!   carrier   key, padded to whole bytes | number of the record, 8 bytes | the record
//! ```
//!
//! A carrier is sorted by the bytes of its key alone, so that keys are made once, records of any layout sort alike, and the number
//! of a record is still known when it comes back.

use std::sync::Arc;

use super::batch::Numbered;
use super::canon::Canon;
use super::compare::Comparer;
use super::side::Which;
use crate::copybook::{self, CopybookOptions, SourceFormat};
use crate::diag::{Diagnostic, Result, Source, Span, codes};
use crate::encoding::CodePage;
use crate::expr::{Compiler, Scope, SingleFrame};
use crate::key::{Key, KeyPart, Keys, Order, parts_of};
use crate::record::{Block, RecordFormat};

/// Bytes of a record's number in a carrier.
const NUMBER: usize = 8;

/// What records are paired by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keyer<'a> {
    /// Nothing: they stay as they come.
    None,
    /// Fields. With true, a record that does not have them gets a key of its own, lower than all others.
    Fields(&'a Key, bool),
    /// All that counts of them.
    Content(&'a Comparer<'a>, Which),
}

impl Keyer<'_> {
    /// Bytes of a key.
    pub fn length(&self) -> usize {
        match self {
            Keyer::None => 0,
            Keyer::Fields(key, lenient) => key.length() + usize::from(*lenient),
            Keyer::Content(..) => 16,
        }
    }

    /// The keys of a block's records.
    pub fn of_block(&self, block: &Block, dataset: &str) -> Result<Keys> {
        match self {
            Keyer::None => Ok(Keys::default()),
            Keyer::Fields(key, false) => key.of_block(block, dataset),
            Keyer::Fields(key, true) => Ok(self.lenient(key, block, dataset)),
            Keyer::Content(comparer, which) => {
                let mut canon = Canon::new(comparer, *which);
                let hash = |(slot, bytes)| canon.hash(Numbered { bytes, number: block.number(slot) });
                Ok(Keys::narrow(block.slots().map(hash).collect()))
            }
        }
    }

    fn lenient(&self, key: &Key, block: &Block, dataset: &str) -> Keys {
        let length = self.length();
        let mut keys = Keys::with_capacity(block.len(), length);
        let mut bytes = Vec::with_capacity(length);
        for (slot, record) in block.slots() {
            bytes.clear();
            bytes.push(1);
            let frame = SingleFrame { record, origin: block.origin(dataset, slot) };
            if key.encode(&frame, &mut bytes).is_err() {
                bytes.clear();
            }
            bytes.resize(length, 0);
            let (prefix, rest) = parts_of(&bytes);
            keys.push_parts(prefix, rest);
        }
        keys
    }
}

/// Records with their keys and numbers in front.
pub(super) fn carriers(block: &Block, keys: &Keys, key_length: usize) -> Block {
    let head = key_length + NUMBER;
    let size = block.size() + block.len() * head;
    let mut carriers = Block::with_capacity(block.fixed_length().map(|length| length + head), size);
    let mut front = Vec::with_capacity(head);
    for (index, (slot, record)) in block.slots().enumerate() {
        front.clear();
        let prefix = keys.prefixes()[index].to_be_bytes();
        front.extend_from_slice(&prefix[..key_length.min(16)]);
        front.extend_from_slice(keys.rest(index));
        front.extend_from_slice(&block.number(slot).to_be_bytes());
        carriers.push_joined(&front, record);
    }
    carriers
}

/// Bytes of the records in carriers.
pub(super) fn record_bytes(carriers: &Block, key_length: usize) -> u64 {
    carriers.size().saturating_sub(carriers.len() * (key_length + NUMBER)) as u64
}

/// The number and the record of a carrier.
#[inline]
pub(super) fn carried(carrier: &[u8], key_length: usize) -> Numbered<'_> {
    let (number, bytes) = carrier[key_length..].split_at(NUMBER);
    let number = number.try_into().map_or(0, u64::from_be_bytes);
    Numbered { bytes, number }
}

/// The key by which carriers are sorted.
pub(super) fn carrier_key(key_length: usize) -> Result<Key> {
    let text = format!("01 CARRIER. 05 CARRIED-KEY PIC X({key_length}). 05 CARRIED-NUMBER PIC X({NUMBER}).");
    let options = CopybookOptions { format: SourceFormat::Free, ..CopybookOptions::default() };
    let (layout, _) = copybook::parse(&Source::new("carriers", text), &options);
    let Some(layout) = layout else {
        return Err(Diagnostic::error(codes::DIF002, format!("a key of {key_length} bytes is too long"))
            .hint("give a shorter key"));
    };
    let format = RecordFormat { layout: Arc::new(layout), page: CodePage::CP037 };
    let scope = Scope::single("CARRIER", format);
    let source = Source::new("carriers", "CARRIED-KEY");
    let field = Compiler::new(&scope).field(&Span::new(&source, 0..source.text().len()))?;
    Ok(Key::new(vec![KeyPart::new(field, Order::Ascending)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that are made of records are those that a sort makes of their carriers, whatever their length.
    #[test]
    fn carriers_have_the_keys_of_their_records() {
        for length in [1, 7, 16, 17, 40] {
            let (mut block, mut keys) = (Block::empty(None), Keys::with_capacity(3, length));
            for record in 0..3u8 {
                block.push(&[record; 5][..usize::from(record) + 2]);
                let mut bytes: Vec<u8> =
                    (0..length).map(|at| 251u8.wrapping_mul(record + at as u8)).collect();
                bytes.resize(length.max(16), 0);
                let mut prefix = [0; 16];
                prefix.copy_from_slice(&bytes[..16]);
                keys.push_parts(u128::from_be_bytes(prefix), &bytes[16..]);
            }
            let carriers = carriers(&block, &keys, length);
            let made = carrier_key(length).unwrap().of_block(&carriers, "carriers").unwrap();
            assert_eq!(made.len(), keys.len());
            for at in 0..3 {
                assert!(made.compare(at, &keys, at).is_eq(), "{length} {at}");
                let back = carried(carriers.record(at), length);
                assert_eq!((back.bytes, back.number), (block.record(at), at as u64 + 1));
            }
        }
    }
}
