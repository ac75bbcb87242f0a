//! Text without cards that knows where it came from.

use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Source, Span};

/// The text of an operand field (or of an ICETOOL statement), put together from its cards.
#[derive(Clone, Debug)]
pub struct Text {
    source: Arc<Source>,
    text: String,
    /// Where each piece starts in `text` and in the source, and how long it is.
    pieces: Vec<(usize, usize, usize)>,
    /// Where the statement starts in the source, for an empty text.
    start: usize,
}

impl Text {
    /// An empty text that belongs to a place of the source.
    pub(super) fn new(source: &Arc<Source>, start: usize) -> Self {
        Text { source: Arc::clone(source), text: String::new(), pieces: Vec::new(), start }
    }

    /// A text that is a stretch of a source.
    pub fn of(span: &Span) -> Self {
        let mut text = Text::new(span.source(), span.range().start);
        text.push(span.text(), span.range().start);
        text
    }

    /// A text that stands in place of another, such as the value of a symbol: every place in it is that of the other.
    pub fn in_place_of(span: &Span, text: impl Into<String>) -> Self {
        Text { text: text.into(), ..Text::new(span.source(), span.range().start) }
    }

    /// Appends what stands at a byte of the source.
    pub(super) fn push(&mut self, part: &str, at: usize) {
        if !part.is_empty() {
            self.pieces.push((self.text.len(), at, part.len()));
            self.text.push_str(part);
        }
    }

    /// Appends blanks that the source does not have.
    pub(super) fn pad(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a stretch came from. What goes over several cards is shown on the first of them.
    pub fn span(&self, range: Range<usize>) -> Span {
        let index = self.pieces.partition_point(|(at, ..)| *at <= range.start).saturating_sub(1);
        let Some(&(at, place, length)) = self.pieces.get(index) else {
            return Span::new(&self.source, self.start..self.start);
        };
        let clip = |offset: usize| place + offset.saturating_sub(at).min(length);
        Span::new(&self.source, clip(range.start)..clip(range.end.max(range.start)))
    }
}
