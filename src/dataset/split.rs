//! Where the records are in a stretch of a file.

use super::fault::Fault;
use super::format::{BLOCK_MAX, DatasetFormat, LineEnd, Recfm};
use super::word::{Segment, WORD};
use crate::diag::Result;
use crate::record::{Apart, Block, Length, RecordStart};

/// Bytes of a file that have been read and not yet been split. The first begins a record, or the frame of one.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub bytes: &'a [u8],
    /// True if no record lies behind these bytes.
    pub at_end: bool,
    /// Whom a message is about.
    pub fault: Fault<'a>,
}

/// The records found.
#[derive(Default)]
pub(super) struct Found {
    /// Bytes up to the end of the last record found, and what was skipped behind it.
    pub used: usize,
    /// Start and end of each record, where records lie in the file as they are.
    pub spans: Vec<(u32, u32)>,
    /// Ends of their frames, if those go on behind the data.
    pub ends: Vec<u32>,
    /// Records that lie otherwise in the file, and where.
    pub apart: Option<(Vec<u8>, Apart)>,
    /// Records that are none: a header says so.
    pub skipped: u64,
}

/// What must be remembered between stretches.
pub(super) struct Splitter {
    pub format: DatasetFormat,
    /// Bytes left of the block whose descriptor word has been read.
    pub block_left: usize,
    /// The line end of the file, once one has been seen.
    pub line_end: Option<LineEnd>,
}

impl Splitter {
    pub fn new(format: DatasetFormat) -> Self {
        Splitter { format, block_left: 0, line_end: None }
    }

    /// The records that are whole in this stretch. Nothing used means that more bytes are needed; at the end of the file
    /// that is an error, except behind the last line.
    pub fn split(&mut self, stretch: Stretch<'_>) -> Result<Found> {
        let framing = &self.format.framing;
        let found = match self.format.recfm {
            Recfm::Text => return self.lines(stretch),
            Recfm::Spanned => self.segments(stretch)?,
            _ if framing.bdw.is_some() => self.blocks(stretch)?,
            Recfm::Variable => self.words(stretch)?,
            Recfm::Fixed if framing.header.is_some() => self.headers(stretch)?,
            Recfm::Fixed if framing.length.is_some() => self.measured(stretch)?,
            Recfm::Fixed | Recfm::Undefined => self.pieces(stretch),
        };
        if stretch.at_end && found.used < stretch.bytes.len() {
            return Err(stretch.fault.torn(found.used, found.records(), &stretch.bytes[found.used..]));
        }
        if stretch.at_end && self.block_left > 0 {
            return Err(stretch.fault.short_block(found.used, found.records(), self.block_left));
        }
        Ok(found)
    }

    /// V without BDWs: one walk from word to word.
    fn words(&self, stretch: Stretch<'_>) -> Result<Found> {
        let (bytes, word, lrecl) = (stretch.bytes, self.format.framing.rdw, self.format.lrecl);
        let mut found = Found::with_capacity(bytes.len(), lrecl);
        let mut at = 0;
        while let Some(descriptor) = word_at(bytes, at) {
            let Some(length) = word.record(descriptor).filter(|length| *length <= lrecl) else {
                return Err(stretch.fault.bad_rdw(&self.format, at, found.records(), descriptor));
            };
            let (start, end) = (at + WORD, at + WORD + length);
            if end > bytes.len() {
                break;
            }
            found.spans.push((start as u32, end as u32));
            at = end;
        }
        found.used = at;
        Ok(found)
    }

    /// F, V and U in blocks with descriptor words.
    fn blocks(&mut self, stretch: Stretch<'_>) -> Result<Found> {
        let (bytes, recfm, lrecl) = (stretch.bytes, self.format.recfm, self.format.lrecl);
        let mut found = Found::with_capacity(bytes.len(), lrecl);
        let mut at = 0;
        loop {
            let index = found.records();
            let Some((mut left, mut start)) = self.block(stretch, at, self.block_left, index)? else {
                break;
            };
            let length = match recfm {
                Recfm::Variable => {
                    let Some(descriptor) = word_at(bytes, start) else { break };
                    let length = self.format.framing.rdw.record(descriptor);
                    let Some(length) = length.filter(|length| *length <= lrecl) else {
                        return Err(stretch.fault.bad_rdw(&self.format, start, index, descriptor));
                    };
                    if left < WORD + length {
                        return Err(stretch.fault.beyond_block(start, index, descriptor, left));
                    }
                    (start, left) = (start + WORD, left - WORD);
                    length
                }
                Recfm::Undefined => left,
                _ => lrecl,
            };
            let end = start + length;
            if end > bytes.len() {
                break;
            }
            found.spans.push((start as u32, end as u32));
            at = end;
            self.block_left = left - length;
        }
        found.used = at;
        Ok(found)
    }

    /// The bytes left of the block at `at` and where its next content is, a new block's descriptor word read if need be;
    /// `None` if that has not been read in full.
    fn block(
        &self,
        stretch: Stretch<'_>,
        at: usize,
        left: usize,
        index: u64,
    ) -> Result<Option<(usize, usize)>> {
        let Some(bdw) = self.format.framing.bdw else { return Ok(Some((usize::MAX, at))) };
        if left > 0 {
            return Ok(Some((left, at)));
        }
        let Some(descriptor) = word_at(stretch.bytes, at) else { return Ok(None) };
        let length = bdw.block(descriptor);
        let fits = length.filter(|length| match self.format.recfm {
            _ if *length > BLOCK_MAX => false,
            Recfm::Fixed => length.is_multiple_of(self.format.lrecl),
            Recfm::Undefined => *length <= self.format.lrecl,
            _ => *length >= WORD,
        });
        match fits {
            Some(length) => Ok(Some((length, at + WORD))),
            None => Err(stretch.fault.bad_bdw(&self.format, at, index, descriptor, length)),
        }
    }

    /// VS and VBS: segments put together.
    fn segments(&mut self, stretch: Stretch<'_>) -> Result<Found> {
        let (mut data, mut apart) = (Vec::with_capacity(stretch.bytes.len()), Apart::default());
        let mut at = 0;
        loop {
            let (pieces, length) = (apart.pieces.len(), data.len());
            let Some((end, left)) = self.record(stretch, at, &mut data, &mut apart)? else {
                apart.pieces.truncate(pieces);
                data.truncate(length);
                break;
            };
            apart.ends.push((apart.pieces.len() as u32, end as u32));
            at = end;
            self.block_left = left;
        }
        Ok(Found { used: at, apart: Some((data, apart)), ..Found::default() })
    }

    /// One spanned record that begins at `at`: where it ends, and what is left of the block there; `None` if it has not
    /// been read in full.
    fn record(
        &self,
        stretch: Stretch<'_>,
        at: usize,
        data: &mut Vec<u8>,
        apart: &mut Apart,
    ) -> Result<Option<(usize, usize)>> {
        let (bytes, index) = (stretch.bytes, apart.ends.len() as u64);
        let (mut next, mut left, before) = (at, self.block_left, data.len());
        loop {
            let Some((in_block, start)) = self.block(stretch, next, left, index)? else {
                return Ok(None);
            };
            let Some(descriptor) = word_at(bytes, start) else { return Ok(None) };
            let Some((length, segment)) = self.format.framing.rdw.segment(descriptor) else {
                return Err(stretch.fault.bad_sdw(start, index, descriptor));
            };
            if in_block < WORD + length {
                return Err(stretch.fault.beyond_block(start, index, descriptor, in_block));
            }
            let opens = matches!(segment, Segment::Whole | Segment::First);
            if opens != (next == at) {
                return Err(stretch.fault.out_of_sequence(start, index, descriptor, segment));
            }
            let end = start + WORD + length;
            let total = data.len() - before + length;
            if total > self.format.lrecl || end - at > BLOCK_MAX {
                return Err(stretch.fault.long_record(start, index, descriptor, total, self.format.lrecl));
            }
            let Some(content) = bytes.get(start + WORD..end) else { return Ok(None) };
            data.extend_from_slice(content);
            apart.pieces.push(((start + WORD) as u32, end as u32));
            // Without BDWs the block has no end.
            left = if self.format.framing.bdw.is_some() { in_block - WORD - length } else { 0 };
            next = end;
            if matches!(segment, Segment::Whole | Segment::Last) {
                return Ok(Some((end, left)));
            }
        }
    }

    /// A header of its own kind before each record.
    fn headers(&self, stretch: Stretch<'_>) -> Result<Found> {
        let (bytes, lrecl) = (stretch.bytes, self.format.lrecl);
        let mut found = Found::default();
        let Some(header) = self.format.framing.header else { return Ok(found) };
        let mut at = 0;
        while let Some(head) = bytes.get(at..at + header.length) {
            let stated = header.data(head, lrecl);
            let Some(length) = stated.filter(|length| *length <= lrecl) else {
                return Err(stretch.fault.bad_header(at, found.records(), head, stated, lrecl));
            };
            let (start, end) = (at + header.length, at + header.length + length);
            if end > bytes.len() {
                break;
            }
            if header.keeps(head) {
                found.spans.push((start as u32, end as u32));
            } else {
                found.skipped += 1;
            }
            at = end;
        }
        found.used = at;
        Ok(found)
    }

    /// F whose length a rule finds.
    fn measured(&self, stretch: Stretch<'_>) -> Result<Found> {
        let lrecl = self.format.lrecl;
        let mut found = Found::default();
        let Some(rule) = &self.format.framing.length else { return Ok(found) };
        let mut at = 0;
        while at < stretch.bytes.len() {
            let bytes = &stretch.bytes[at..];
            let index = found.records();
            let origin = stretch.fault.origin(at, index);
            match rule.length(RecordStart { origin, bytes, at_end: stretch.at_end })? {
                Length::Known(length) if length == 0 || length > lrecl => {
                    return Err(stretch.fault.bad_length(at, index, bytes, length, lrecl));
                }
                Length::Known(length) if length <= bytes.len() => {
                    found.spans.push((at as u32, (at + length) as u32));
                    at += length;
                }
                Length::NeedAtLeast(length) if length <= bytes.len() || length > BLOCK_MAX => {
                    return Err(stretch.fault.no_length(at, index, bytes, length));
                }
                Length::Known(_) | Length::NeedAtLeast(_) => break,
            }
        }
        found.used = at;
        Ok(found)
    }

    /// U without blocks: pieces of one length, the last as short as it is.
    fn pieces(&self, stretch: Stretch<'_>) -> Found {
        let (length, size) = (self.format.lrecl, stretch.bytes.len());
        let used = if stretch.at_end { size } else { size / length * length };
        let starts = (0..used).step_by(length);
        let spans = starts.map(|start| (start as u32, (start + length).min(used) as u32)).collect();
        Found { used, spans, ..Found::default() }
    }
}

impl Found {
    fn with_capacity(bytes: usize, lrecl: usize) -> Self {
        // Half the longest record is a fair guess at the mean; a wrong guess costs a little time.
        let records = bytes / (lrecl / 2 + WORD).max(8);
        Found { spans: Vec::with_capacity(records), ..Found::default() }
    }

    /// Records found so far.
    pub fn records(&self) -> u64 {
        match &self.apart {
            Some((_, apart)) => apart.ends.len() as u64,
            None => self.spans.len() as u64,
        }
    }

    /// The block of these records; `bytes` are the ones used.
    pub fn block(self, bytes: Vec<u8>, fixed_length: Option<usize>, number: u64, offset: u64) -> Block {
        match self.apart {
            Some((data, mut apart)) => {
                apart.raw = bytes;
                Block::apart(data, fixed_length, apart, number, offset)
            }
            None if self.ends.is_empty() => Block::spans(bytes, self.spans, number, offset),
            None => Block::framed(bytes, self.spans, self.ends, number, offset),
        }
    }
}

/// The descriptor word at a place, if all of it has been read.
#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<[u8; WORD]> {
    bytes.get(at..at + WORD)?.try_into().ok()
}
