//! What the values of a record do not say about its bytes, so that it can be rebuilt byte for byte.
//!
//! ```text
//!   record   | F1 F2 C3 | 00 00 | ...      S9(3) with a preferred sign: the value says it all
//!                         FILLER, not blank: a patch, "@3": "0000"
//! ```

use std::fmt::Write;
use std::ops::Range;

use super::leaf::append_hex_digits;
use crate::diag::from_hex;

/// Bytes that many equal ones are written short for.
const SHORT: usize = 4;

/// Notes on one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    patches: Vec<(usize, Range<usize>)>,
    bytes: Vec<u8>,
    /// Length of the record, if it is not where its last field ends.
    pub length: Option<usize>,
}

impl Notes {
    /// Forgets everything, to be used again.
    pub fn clear(&mut self) {
        self.patches.clear();
        self.bytes.clear();
        self.length = None;
    }

    /// True if the values say it all.
    pub fn is_empty(&self) -> bool {
        self.patches.is_empty() && self.length.is_none()
    }

    /// These bytes are at this offset of the record.
    pub fn patch(&mut self, offset: usize, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.patches.push((offset, start..self.bytes.len()));
    }

    /// Every patch: offset and bytes.
    pub fn patches(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.patches.iter().map(|(offset, range)| (*offset, &self.bytes[range.clone()]))
    }

    /// Number of patches.
    pub(super) fn len(&self) -> usize {
        self.patches.len()
    }

    /// The position of the patch that covers exactly these bytes. Patches must be in the order of their offsets.
    pub(super) fn find(&self, offset: usize, length: usize) -> Option<usize> {
        let index = self.patches.partition_point(|(at, _)| *at < offset);
        let (at, range) = self.patches.get(index)?;
        (*at == offset && range.len() == length).then_some(index)
    }

    /// The patch at a position.
    pub(super) fn patch_at(&self, index: usize) -> (usize, &[u8]) {
        let (offset, range) = &self.patches[index];
        (*offset, &self.bytes[range.clone()])
    }

    /// Puts the patches in the order of their offsets.
    pub fn sort(&mut self) {
        self.patches.sort_by_key(|(offset, _)| *offset);
    }
}

/// Appends the bytes of a patch as text: hexadecimal digits, or `00*250` for a byte that repeats.
pub fn append_patch(bytes: &[u8], out: &mut Vec<u8>) {
    match bytes {
        [first, rest @ ..] if rest.len() >= SHORT && rest.iter().all(|byte| byte == first) => {
            append_hex_digits(&[*first], out);
            let mut count = String::new();
            // Writing to a string cannot fail.
            let _ = write!(count, "*{}", bytes.len());
            out.extend_from_slice(count.as_bytes());
        }
        _ => append_hex_digits(bytes, out),
    }
}

/// The bytes that the text of a patch stands for, at most `limit` of them.
pub fn parse_patch(text: &str, limit: usize) -> Option<Vec<u8>> {
    let Some((byte, count)) = text.split_once('*') else {
        return from_hex(text).filter(|bytes| bytes.len() <= limit);
    };
    let count: usize = count.parse().ok().filter(|count| *count <= limit)?;
    match from_hex(byte)?.as_slice() {
        [byte] => Some(vec![*byte; count]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_as_text() {
        for (bytes, text) in [
            (&[0u8; 250][..], "00*250"),
            (&[0x40, 0x40], "4040"),
            (&[0xC1, 0xC2, 0xC3, 0xC4, 0xC5], "C1C2C3C4C5"),
            (&[], ""),
        ] {
            let mut out = Vec::new();
            append_patch(bytes, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(parse_patch(text, 1000).unwrap(), bytes);
        }
        for bad in ["0", "0G", "00*", "*5", "0000*5", "00*1001", "00*-1"] {
            assert_eq!(parse_patch(bad, 1000), None, "{bad}");
        }
    }
}
