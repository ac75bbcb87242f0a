//! One card image: columns of a line.

use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Source, Span};

/// Columns that any card can have.
pub(super) const CARD_END: usize = 80;

/// A line of a text, cut to what can be on a card.
pub(super) struct Card<'a> {
    source: &'a Arc<Source>,
    /// Where the line starts in the text.
    start: usize,
    line: &'a str,
    /// Columns that the line has, at most one more than a card.
    width: usize,
}

impl<'a> Card<'a> {
    /// The lines of a text.
    pub(super) fn all(source: &'a Arc<Source>) -> impl Iterator<Item = Card<'a>> {
        let mut start = 0;
        let text = source.text().trim_end_matches(['\u{1A}', '\n', '\r']);
        text.split('\n').map(move |line| {
            let card = Card::new(source, start, line.trim_end_matches('\r'));
            start += line.len() + 1;
            card
        })
    }

    fn new(source: &'a Arc<Source>, start: usize, line: &'a str) -> Self {
        let width = line.chars().take(CARD_END + 1).count();
        Card { source, start, line, width }
    }

    /// The byte at which a column (from 1) starts, or the end of the line.
    fn byte(&self, column: usize) -> usize {
        self.line.char_indices().nth(column - 1).map_or(self.line.len(), |(at, _)| at)
    }

    /// The text of columns, without what the line does not have.
    pub(super) fn columns(&self, columns: Range<usize>) -> &'a str {
        if columns.start > self.width {
            return "";
        }
        &self.line[self.byte(columns.start)..self.byte(columns.end)]
    }

    /// Where a column starts in the text.
    pub(super) fn place(&self, column: usize) -> usize {
        self.start + self.byte(column)
    }

    /// The character of a column; a blank beyond the end of the line.
    pub(super) fn column(&self, column: usize) -> char {
        self.columns(column..column + 1).chars().next().unwrap_or(' ')
    }

    /// Columns as a place for messages.
    pub(super) fn span(&self, columns: Range<usize>) -> Span {
        Span::new(self.source, self.place(columns.start)..self.place(columns.end))
    }

    /// The first column among these that is not blank.
    pub(super) fn first(&self, columns: Range<usize>) -> Option<usize> {
        let at = self.columns(columns.clone()).chars().position(|c| !is_blank(c))?;
        Some(columns.start + at)
    }

    /// True if there is nothing up to a column.
    pub(super) fn is_blank_to(&self, column: usize) -> bool {
        self.first(1..column + 1).is_none()
    }

    /// True for a comment.
    pub(super) fn is_comment(&self) -> bool {
        self.line.starts_with('*')
    }

    /// True if the line goes on where no card does, other than with blanks.
    pub(super) fn is_too_wide(&self) -> bool {
        self.width > CARD_END && !self.line[self.byte(CARD_END + 1)..].trim_end().is_empty()
    }
}

/// Blanks; a tab is one, since editors leave them in texts that were cards.
pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}
