//! The frames that a writer gives to records: descriptor words, blocks, segments, line ends.

use super::format::{DatasetFormat, Recfm};
use super::word::{Segment, WORD};
use crate::record::{Frame, FrameNote};

/// Decides, record by record, what is written around it.
///
/// The block descriptor words it puts into a [`FrameNote`] are zero, because the length of a block is known only at its
/// end. A converter runs a framer beside its reader: a frame for which [`Framer::would_write`] holds needs no note.
#[derive(Clone, Debug)]
pub struct Framer {
    format: DatasetFormat,
    /// Bytes of the block begun, its descriptor word included; 0 if none is.
    used: usize,
    scratch: FrameNote,
}

impl Framer {
    /// A framer at the start of a file.
    pub fn new(format: DatasetFormat) -> Self {
        Framer { format, used: 0, scratch: FrameNote::default() }
    }

    /// Puts the frame of the next record, of `length` bytes, into `note`. `None` if the record format has no frame for
    /// a record of this length.
    pub fn next(&mut self, length: usize, note: &mut FrameNote) -> Option<()> {
        note.clear();
        let framing = &self.format.framing;
        let (header, alone) = (framing.header, !framing.blocked);
        match self.format.recfm {
            Recfm::Text => {
                note.push(&[], &[], length);
                note.push_after(framing.lines.end.bytes(self.format.page));
            }
            Recfm::Variable => {
                let word = framing.rdw.of_record(length)?;
                let bdw = self.enter(WORD + length, alone);
                note.push(bdw, &word, length);
            }
            Recfm::Spanned => self.segments(length, note)?,
            Recfm::Undefined => note.push(self.enter(length, true), &[], length),
            Recfm::Fixed => match header {
                Some(header) => note.push(&header.of(length)?, &[], length),
                None => note.push(self.enter(length, alone), &[], length),
            },
        }
        Some(())
    }

    /// Goes on as if the next record had been written in this frame.
    pub fn follow(&mut self, note: &FrameNote) {
        let parts: Vec<(usize, usize)> = note.parts().map(|(frame, data)| (frame.len(), data)).collect();
        parts.into_iter().for_each(|(frame, data)| self.follow_part(frame, data));
    }

    /// True if the next record's frame is what [`Framer::next`] gives; goes on to the record after it in either case. A
    /// block descriptor word is what is written if it has the usual form of the length it states.
    pub fn would_write(&mut self, frame: &Frame<'_>) -> bool {
        let before = self.used;
        let length = frame.parts().map(|(_, data)| data.len()).sum();
        let mut note = std::mem::take(&mut self.scratch);
        let same = self.next(length, &mut note).is_some() && self.is(frame, &note);
        self.scratch = note;
        if !same {
            self.used = before;
            frame.parts().for_each(|(bytes, data)| self.follow_part(bytes.len(), data.len()));
        }
        same
    }

    /// Bytes of a piece's frame that are a block descriptor word, given all of them.
    pub(super) fn block_word(&self, frame: &[u8]) -> Option<[u8; WORD]> {
        self.format.framing.bdw?;
        let own = self.format.recfm.word_length();
        frame.first_chunk::<WORD>().copied().filter(|_| frame.len() == WORD + own)
    }

    fn is(&self, frame: &Frame<'_>, note: &FrameNote) -> bool {
        let same = |(bytes, data): (&[u8], &[u8]), (wanted, length): (&[u8], usize)| {
            let skip = match (self.block_word(wanted), self.format.framing.bdw) {
                (Some(_), Some(bdw)) if bytes.len() == wanted.len() => {
                    let stated = bytes.first_chunk::<WORD>();
                    match stated.and_then(|word| Some((word, bdw.block(*word)?))) {
                        Some((word, length)) if bdw.of_block(length) == *word => WORD,
                        _ => return false,
                    }
                }
                _ => 0,
            };
            data.len() == length && bytes.len() == wanted.len() && bytes[skip..] == wanted[skip..]
        };
        frame.parts().count() == note.pieces()
            && frame.parts().zip(note.parts()).all(|(found, wanted)| same(found, wanted))
            && frame.after() == note.after()
    }

    /// Takes room in a block; the descriptor word of a new one, still zero, if one must begin.
    fn enter(&mut self, bytes: usize, alone: bool) -> &'static [u8] {
        let framing = &self.format.framing;
        if framing.bdw.is_none() && self.format.recfm != Recfm::Spanned {
            return &[];
        }
        // The block size of F and U does not count the descriptor word, which the mainframe does not have there.
        let most = framing.block_size + if self.format.recfm.word_length() > 0 { 0 } else { WORD };
        let new = alone || self.used == 0 || self.used + bytes > most;
        self.used = if new { WORD + bytes } else { self.used + bytes };
        if new && framing.bdw.is_some() { &[0; WORD] } else { &[] }
    }

    /// A record goes whole into its block if it fits, else as much of it as does (DFSMS Using Data Sets, "Spanned
    /// format-VBS records"). VS begins a block for each segment. Without BDWs segments end where blocks would.
    fn segments(&mut self, length: usize, note: &mut FrameNote) -> Option<()> {
        let (size, word, blocked) =
            (self.format.framing.block_size, self.format.framing.rdw, self.format.framing.blocked);
        let mut left = length;
        loop {
            let open = if blocked && self.used > 0 { size.saturating_sub(self.used) } else { 0 };
            let room = if open > WORD { open } else { size - WORD };
            let data = left.min(room - WORD);
            let segment = match (left == length, data == left) {
                (true, true) => Segment::Whole,
                (true, false) => Segment::First,
                (false, true) => Segment::Last,
                (false, false) => Segment::Middle,
            };
            let descriptor = word.of_segment(data, segment).filter(|_| word.counts_itself || data > 0)?;
            let bdw = self.enter(WORD + data, !blocked || open <= WORD);
            note.push(bdw, &descriptor, data);
            left -= data;
            if left == 0 {
                return Some(());
            }
        }
    }

    fn follow_part(&mut self, frame: usize, data: usize) {
        let framing = &self.format.framing;
        let own = self.format.recfm.word_length();
        let content = own + data;
        let new = match framing.bdw {
            Some(_) => frame == WORD + own || self.used == 0,
            // Nobody sees where the block ended; a new one when it would have been too long.
            None => !framing.blocked || self.used == 0 || self.used + content > framing.block_size,
        };
        self.used = if new { WORD + content } else { self.used + content };
    }
}
