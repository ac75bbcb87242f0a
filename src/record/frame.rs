//! What lies in a file around the data of a record: descriptor words, headers, line ends.

use std::str::FromStr;

use crate::diag::from_hex;

/// The bytes of a file around the data of one record, as they were read.
///
/// A record usually is one piece; a spanned one (VS, VBS) may be several with a descriptor word before each. The file
/// is the frames of all records with their data filled in, then [`Block::tail`](super::Block::tail).
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    raw: &'a [u8],
    start: usize,
    end: usize,
    pieces: Pieces<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Pieces<'a> {
    One((u32, u32)),
    Many(&'a [(u32, u32)]),
}

impl<'a> Frame<'a> {
    /// The bytes `start..end` of a buffer, of which `pieces` are data.
    pub(super) fn new(raw: &'a [u8], start: usize, end: usize, pieces: Pieces<'a>) -> Self {
        Frame { raw, start, end, pieces }
    }

    /// In the order of the file: frame bytes, and the data that follows them.
    pub fn parts(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let (raw, mut at) = (self.raw, self.start);
        let count = self.pieces.as_slice().len();
        let pieces = self.pieces;
        (0..count).map(move |index| {
            let (start, end) = pieces.as_slice()[index];
            let (start, end) = (start as usize, end as usize);
            let part = (&raw[at..start], &raw[start..end]);
            at = end;
            part
        })
    }

    /// Frame bytes behind the last data: a line end.
    pub fn after(&self) -> &'a [u8] {
        let data_end = self.pieces.as_slice().last().map_or(self.start, |(_, end)| *end as usize);
        &self.raw[data_end..self.end]
    }
}

impl Pieces<'_> {
    fn as_slice(&self) -> &[(u32, u32)] {
        match self {
            Pieces::One(piece) => std::slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }
}

/// A frame without its data, to be kept and written again.
///
/// As text (`_frame` of a converted record): each stretch of frame bytes in hex, `*` and the length of the data that
/// follows; last the bytes behind the data, if there are any. `00060000*2` is a record of two bytes with its RDW,
/// `*3 0D0A` a line of three.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameNote {
    bytes: Vec<u8>,
    /// Frame bytes, then data bytes; what is left of `bytes` is behind the data.
    parts: Vec<(usize, usize)>,
}

impl FrameNote {
    /// Forgets everything, for another record.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.parts.clear();
    }

    /// Appends frame bytes, given in two stretches, and the length of the data that follows them.
    pub fn push(&mut self, outer: &[u8], inner: &[u8], data: usize) {
        self.bytes.extend_from_slice(outer);
        self.bytes.extend_from_slice(inner);
        self.parts.push((outer.len() + inner.len(), data));
    }

    /// Appends the bytes behind the data.
    pub fn push_after(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// In the order of the file: frame bytes, and the length of the data that follows them.
    pub fn parts(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let mut at = 0;
        self.parts.iter().map(move |&(frame, data)| {
            at += frame;
            (&self.bytes[at - frame..at], data)
        })
    }

    /// Number of pieces of data.
    pub fn pieces(&self) -> usize {
        self.parts.len()
    }

    /// Frame bytes behind the last data.
    pub fn after(&self) -> &[u8] {
        &self.bytes[self.parts.iter().map(|(frame, _)| frame).sum::<usize>()..]
    }

    /// Bytes of the record it was made for.
    pub fn data_length(&self) -> usize {
        self.parts.iter().fold(0, |sum, (_, data)| sum.saturating_add(*data))
    }
}

impl From<&Frame<'_>> for FrameNote {
    fn from(frame: &Frame<'_>) -> Self {
        let mut note = FrameNote::default();
        frame.parts().for_each(|(bytes, data)| note.push(bytes, &[], data.len()));
        note.push_after(frame.after());
        note
    }
}

impl std::fmt::Display for FrameNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hex = |f: &mut std::fmt::Formatter<'_>, bytes: &[u8]| {
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
        };
        for (index, (bytes, data)) in self.parts().enumerate() {
            f.write_str(if index == 0 { "" } else { " " })?;
            hex(f, bytes)?;
            write!(f, "*{data}")?;
        }
        if !self.after().is_empty() {
            f.write_str(" ")?;
            hex(f, self.after())?;
        }
        Ok(())
    }
}

impl FromStr for FrameNote {
    type Err = String;

    /// Reads what `Display` writes; the error says which word is wrong.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut note = FrameNote::default();
        let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            let bad = || format!("'{word}' is not frame bytes in hex, * and a length");
            match word.split_once('*') {
                Some((hex, length)) => {
                    let bytes = from_hex(hex).ok_or_else(bad)?;
                    note.push(&bytes, &[], length.parse().map_err(|_| bad())?);
                }
                None if words.peek().is_none() && !note.parts.is_empty() => {
                    note.push_after(&from_hex(word).ok_or_else(bad)?);
                }
                None => return Err(bad()),
            }
        }
        if note.parts.is_empty() {
            Err("a frame has at least one piece of data".to_owned())
        } else {
            Ok(note)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_as_text() {
        for text in ["00060000*2", "*3 0D0A", "000C00000008*4 00080200*4", "*0"] {
            assert_eq!(text.parse::<FrameNote>().unwrap().to_string(), text);
        }
        let note: FrameNote = "0001*2 0003*4 05".parse().unwrap();
        assert_eq!(note.parts().collect::<Vec<_>>(), [(&[0, 1][..], 2), (&[0, 3][..], 4)]);
        assert_eq!((note.after(), note.data_length(), note.pieces()), (&[5][..], 6, 2));
        for bad in ["", "0D0A", "000*2", "00*x", "00 00*1", "xx*1", "00*1 0G", "é*1"] {
            assert!(bad.parse::<FrameNote>().is_err(), "{bad}");
        }
    }
}
