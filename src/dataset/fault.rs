//! What can be wrong with the framing of a file, in words.

use std::path::Path;

use super::format::{BLOCK_MAX, DatasetFormat, Recfm};
use super::word::{Order, Segment, WORD, Word};
use crate::diag::{DataPlace, Diagnostic, codes, hex};
use crate::record::Origin;

/// Most bytes of a file that a message shows.
const SHOWN: usize = 64;

/// Whom a message is about: a dataset, and where in it a stretch of bytes begins. The places below are offsets in the
/// stretch (`at`) and records before the one that is wrong (`index`).
#[derive(Clone, Copy)]
pub(super) struct Fault<'a> {
    pub dataset: &'a str,
    pub path: &'a Path,
    pub offset: u64,
    pub number: u64,
}

impl<'a> Fault<'a> {
    pub fn origin(&self, at: usize, index: u64) -> Origin<'a> {
        Origin {
            dataset: self.dataset,
            record: Some(self.number + index),
            offset: Some(self.offset + at as u64),
            above: None,
        }
    }

    fn place(&self, at: usize, index: u64, bytes: &[u8]) -> DataPlace {
        DataPlace {
            dataset: self.dataset.to_owned(),
            record: Some(self.number + index),
            offset: Some(self.offset + at as u64),
            bytes: bytes[..bytes.len().min(SHOWN)].to_vec(),
            ..DataPlace::default()
        }
    }

    pub fn torn(&self, at: usize, index: u64, tail: &[u8]) -> Box<Diagnostic> {
        Diagnostic::error(
            codes::DAT004,
            format!("the file ends inside a record: {} bytes are left over", tail.len()),
        )
        .in_data(self.place(at, index, tail))
        .note(format!("file {}", self.path.display()))
        .hint("the transfer was cut short, or the record format is another one")
    }

    pub fn short_block(&self, at: usize, index: u64, missing: usize) -> Box<Diagnostic> {
        Diagnostic::error(codes::DAT004, format!("the file ends inside a block: {missing} bytes are missing"))
            .in_data(self.place(at, index, &[]))
            .note(format!("file {}", self.path.display()))
            .hint("the transfer was cut short, or bdw has another form")
    }

    pub fn bad_rdw(
        &self,
        format: &DatasetFormat,
        at: usize,
        index: u64,
        bytes: [u8; WORD],
    ) -> Box<Diagnostic> {
        let word = format.framing.rdw;
        if let Some(length) = word.record(bytes) {
            return self.long_record(at, index, bytes, length, format.lrecl);
        }
        let error =
            Diagnostic::error(codes::DAT003, format!("{} is not a record descriptor word", hex(&bytes)));
        let hint = match likely_form(word, bytes) {
            Some(other) => format!("it would be one with rdw: {other}"),
            None => {
                "check that the file was transferred in binary with its RDWs, that recfm is V or VB, and \
                     the form given as rdw"
                    .to_owned()
            }
        };
        error.in_data(self.place(at, index, &bytes)).note(form(word)).hint(hint)
    }

    pub fn long_record(
        &self,
        at: usize,
        index: u64,
        bytes: [u8; WORD],
        length: usize,
        lrecl: usize,
    ) -> Box<Diagnostic> {
        let message = if length > lrecl {
            format!("a record of {length} bytes is longer than LRECL {lrecl}")
        } else {
            format!("the segments of a record are scattered over more than {BLOCK_MAX} bytes")
        };
        Diagnostic::error(codes::DAT003, message)
            .in_data(self.place(at, index, &bytes))
            .note("LRECL is here in data bytes, without the descriptor word")
            .hint("check lrecl and the copybook")
    }

    pub fn bad_sdw(&self, at: usize, index: u64, bytes: [u8; WORD]) -> Box<Diagnostic> {
        Diagnostic::error(codes::DAT003, format!("{} is not a segment descriptor word", hex(&bytes)))
            .in_data(self.place(at, index, &bytes))
            .note("it is two bytes of length, which counts itself, a control code of 0 to 3, and zero")
            .hint("check that the file was transferred in binary with its descriptor words; for V and VB use these")
    }

    pub fn out_of_sequence(
        &self,
        at: usize,
        index: u64,
        bytes: [u8; WORD],
        segment: Segment,
    ) -> Box<Diagnostic> {
        let message = match segment {
            Segment::Whole => "a whole record begins before the last segment of this one",
            Segment::First => "a first segment follows before the last segment of this record",
            Segment::Last => "a last segment comes without a first one",
            Segment::Middle => "a middle segment comes without a first one",
        };
        Diagnostic::error(codes::DAT003, message)
            .in_data(self.place(at, index, &bytes))
            .note("segments of a record are first (1), middle (3), last (2), or the whole record (0)")
            .hint("segments were lost, or the file does not begin with a record")
    }

    pub fn bad_bdw(
        &self,
        format: &DatasetFormat,
        at: usize,
        index: u64,
        bytes: [u8; WORD],
        length: Option<usize>,
    ) -> Box<Diagnostic> {
        let word = format.framing.bdw.unwrap_or(Word::IBM);
        let lrecl = format.lrecl;
        let message = match length {
            None => format!("{} is not a block descriptor word", hex(&bytes)),
            Some(length) if length > BLOCK_MAX => format!("a block of {length} bytes is too long"),
            Some(length) => match format.recfm {
                Recfm::Fixed => format!("a block of {length} bytes is not a multiple of LRECL {lrecl}"),
                Recfm::Undefined => format!("a block of {length} bytes is longer than LRECL {lrecl}"),
                _ => format!("a block of {length} bytes has no room for a record"),
            },
        };
        Diagnostic::error(codes::DAT003, message)
            .in_data(self.place(at, index, &bytes))
            .note(format!("{}; with the first bit set all but it are the length", form(word)))
            .hint("check the form given as bdw; without block descriptor words leave bdw out")
    }

    pub fn beyond_block(&self, at: usize, index: u64, bytes: [u8; WORD], left: usize) -> Box<Diagnostic> {
        Diagnostic::error(
            codes::DAT003,
            format!("the record or segment goes on behind the {left} bytes left of its block"),
        )
        .in_data(self.place(at, index, &bytes))
        .note("a block descriptor word or a record descriptor word states a wrong length")
        .hint("check the forms given as bdw and rdw (payload: the length does not count the word)")
    }

    pub fn bad_header(
        &self,
        at: usize,
        index: u64,
        header: &[u8],
        length: Option<usize>,
        lrecl: usize,
    ) -> Box<Diagnostic> {
        let message = match length {
            Some(length) => format!("a record of {length} bytes is longer than LRECL {lrecl}"),
            None => "the header states a length of less than nothing".to_owned(),
        };
        Diagnostic::error(codes::DAT003, message)
            .in_data(self.place(at, index, header))
            .hint("check header, length-adjust and lrecl")
    }

    pub fn bad_length(
        &self,
        at: usize,
        index: u64,
        bytes: &[u8],
        length: usize,
        lrecl: usize,
    ) -> Box<Diagnostic> {
        let message = match length {
            0 => "the rule for the length says that the record has no bytes".to_owned(),
            _ => format!("a record of {length} bytes is longer than LRECL {lrecl}"),
        };
        Diagnostic::error(codes::DAT004, message)
            .in_data(self.place(at, index, bytes))
            .note("the length comes from the record itself")
            .hint("check the rule for the length, length-adjust and lrecl; the record before may have been measured wrongly")
    }

    pub fn no_length(&self, at: usize, index: u64, bytes: &[u8], wanted: usize) -> Box<Diagnostic> {
        Diagnostic::error(
            codes::DAT004,
            format!("the length of the record cannot be found: its rule asks for {wanted} bytes"),
        )
        .in_data(self.place(at, index, bytes))
        .note(format!("{} bytes of it have been read", bytes.len()))
        .hint("check the rule for the length")
    }

    pub fn long_line(&self, at: usize, index: u64, line: &[u8], lrecl: usize) -> Box<Diagnostic> {
        Diagnostic::error(
            codes::DAT015,
            format!("a line of {} bytes is longer than LRECL {lrecl}", line.len()),
        )
        .in_data(self.place(at, index, line))
        .hint("check lrecl and line-end, and that the file is text")
    }
}

/// A sentence about what a descriptor word looks like.
fn form(word: Word) -> String {
    let order = match word.order {
        Order::Big => "two bytes of length, then two bytes of zero",
        Order::Little => "two bytes of zero, then two bytes of length, low byte first",
        Order::Swapped => "two bytes of length, low byte first, then two bytes of zero",
    };
    let counts =
        if word.counts_itself { "at least 4 because it counts itself" } else { "not counting itself" };
    format!("it is {order}; the length is {counts}")
}

/// Another form in which these bytes would be a descriptor word of a plausible length.
fn likely_form(word: Word, bytes: [u8; WORD]) -> Option<Word> {
    let orders = [Order::Big, Order::Little].into_iter();
    let forms =
        orders.flat_map(|order| [true, false].map(|counts_itself| Word { order, counts_itself, ..word }));
    let plausible = |form: &Word| form.record(bytes).is_some_and(|length| length > 0);
    forms.filter(|form| *form != word).find(plausible)
}
