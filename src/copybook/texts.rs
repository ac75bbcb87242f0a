//! The texts a copybook is made of, laid end to end, so that one number is a place in any of them.
//!
//! ```text
//!   0            base of A          base of B
//!   | main.cpy   | A as copied here | B as copied by A |
//! ```
//!
//! A member copied twice is there twice: its messages must name different COPY statements.

use std::ops::Range;
use std::sync::Arc;

use crate::diag::{Source, Span};

/// The texts, in the order in which they were taken in.
pub(super) struct Texts {
    /// Where each begins, and the text.
    list: Vec<(usize, Arc<Source>)>,
}

impl Texts {
    /// Only the copybook itself.
    pub(super) fn new(main: &Arc<Source>) -> Self {
        Texts { list: vec![(0, Arc::clone(main))] }
    }

    /// Lays another text behind the others and returns where it begins.
    pub(super) fn add(&mut self, source: &Arc<Source>) -> usize {
        // One place more than the text has, so that the end of a text is not the start of the next.
        let base = self.list.last().map_or(0, |(base, last)| base + last.text().len() + 1);
        self.list.push((base, Arc::clone(source)));
        base
    }

    /// The stretch between two places. If they are in different texts, it ends with the line of the first.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        let (base, source) = self.at(range.start);
        let start = range.start - base;
        if (range.start..=base + source.text().len()).contains(&range.end) {
            return Span::new(source, start..range.end - base);
        }
        let rest = source.text().get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_end();
        Span::new(source, start..start + line.len())
    }

    /// The places that a stretch of one of the texts has.
    pub(super) fn places(&self, span: &Span) -> Option<Range<usize>> {
        let (base, _) = self.list.iter().find(|(_, source)| Arc::ptr_eq(source, span.source()))?;
        Some(base + span.range().start..base + span.range().end)
    }

    fn at(&self, place: usize) -> &(usize, Arc<Source>) {
        let after = self.list.partition_point(|(base, _)| *base <= place);
        &self.list[after.max(1) - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_in_one_text() {
        let (a, b) = (Source::new("a", "abc def"), Source::new("b", "xyz"));
        let mut texts = Texts::new(&a);
        assert_eq!((texts.add(&b), texts.add(&b)), (8, 12));
        assert_eq!(texts.span(4..7).text(), "def");
        assert_eq!(texts.span(7..7).source().name(), "a");
        assert_eq!(texts.span(8..10).text(), "xy");
        assert_eq!(texts.span(4..10).text(), "def", "into the next text");
        assert_eq!(texts.places(&Span::new(&b, 1..2)), Some(9..10));
    }
}
