//! UNSTRING: a text cut into pieces at delimiters (Language Reference, "UNSTRING statement").

use std::ops::Range;

use super::arithmetic::Fault;
use super::compile::Compiler;
use super::fields::See;
use super::function::TextPart;
use super::phrase;
use super::scope::Frame;
use crate::diag::{Result, Span};
use crate::encoding::CodePage;

/// What ends a piece.
#[derive(Clone, Debug)]
pub struct Delimiter {
    text: TextPart,
    /// True if several in a row are one.
    all: bool,
}

/// A text that is being cut.
#[derive(Debug)]
pub struct Cutter {
    /// The text.
    pub text: Vec<u8>,
    delimiters: Vec<(Vec<u8>, bool)>,
    /// How far it is cut.
    pub at: usize,
}

/// A piece: its place in the text, and the number of the delimiter behind it if it does not end with the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where it is.
    pub range: Range<usize>,
    /// What ended it.
    pub delimiter: Option<usize>,
}

impl Compiler<'_> {
    /// Compiles `',' OR ALL SPACE`.
    pub fn delimiters(&self, text: &Span, page: CodePage) -> Result<Vec<Delimiter>> {
        let delimiter = |(node, all)| Ok(Delimiter { text: self.part(&node, page)?, all });
        phrase::delimiters(text)?.into_iter().map(delimiter).collect()
    }
}

impl Delimiter {
    /// The fields that are read.
    pub fn reads<'e>(&'e self, see: See<'_, 'e>) {
        self.text.reads(see);
    }
}

impl Cutter {
    /// A text to be cut from a position on.
    pub fn new<F: Frame + ?Sized>(
        text: Vec<u8>,
        delimiters: &[Delimiter],
        at: usize,
        frame: &F,
    ) -> std::result::Result<Self, Fault> {
        let mut ready = Vec::new();
        for delimiter in delimiters {
            ready.push((delimiter.text.bytes(frame)?.into_owned(), delimiter.all));
        }
        Ok(Cutter { text, delimiters: ready, at })
    }

    /// True if nothing is left.
    pub fn is_done(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The bytes of a delimiter.
    pub fn delimiter(&self, number: usize) -> &[u8] {
        self.delimiters.get(number).map_or(&[], |(bytes, _)| bytes)
    }

    /// The next piece; without delimiters it has `length` bytes, or those that are left.
    pub fn cut(&mut self, length: usize) -> Cut {
        let start = self.at;
        if self.delimiters.is_empty() {
            self.at = (start + length).min(self.text.len());
            return Cut { range: start..self.at, delimiter: None };
        }
        let found = (start..self.text.len()).find_map(|at| Some((at, self.delimiter_at(at)?)));
        let Some((end, number)) = found else {
            self.at = self.text.len();
            return Cut { range: start..self.at, delimiter: None };
        };
        let (bytes, all) = &self.delimiters[number];
        self.at = end + bytes.len();
        while *all && self.text[self.at..].starts_with(bytes) {
            self.at += bytes.len();
        }
        Cut { range: start..end, delimiter: Some(number) }
    }

    fn delimiter_at(&self, at: usize) -> Option<usize> {
        let fits = |(bytes, _): &(Vec<u8>, bool)| !bytes.is_empty() && self.text[at..].starts_with(bytes);
        self.delimiters.iter().position(fits)
    }
}
