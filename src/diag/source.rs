//! Source text and stretches of it.

use std::ops::Range;
use std::sync::Arc;

use super::{Diagnostic, codes};

/// A named text that diagnostics can point into: a copybook, a job file, a rules file, an inline fragment.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    line_starts: Arc<[usize]>,
    copied_at: Option<Span>,
    taken_from: Option<TakenFrom>,
}

/// The text that another one was taken from, and where each byte of the other one stands in it.
#[derive(Debug, PartialEq, Eq)]
struct TakenFrom {
    source: Arc<Source>,
    places: Vec<usize>,
}

impl Source {
    /// Takes a text under the name that messages will show (normally its path as the user wrote it).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let (name, text): (String, String) = (name.into(), text.into());
        let line_starts = line_starts(&text);
        Arc::new(Source {
            name: name.into(),
            text: text.into(),
            line_starts,
            copied_at: None,
            taken_from: None,
        })
    }

    /// A text that stands in another one, but not byte by byte: folded, indented, with escapes, or put together of several pieces.
    /// `places` says where each of its bytes stands there; messages point there.
    pub fn taken(from: &Arc<Source>, text: impl Into<String>, places: Vec<usize>) -> Arc<Self> {
        let text: String = text.into();
        let line_starts = line_starts(&text);
        let taken_from = Some(TakenFrom { source: Arc::clone(from), places });
        Arc::new(Source {
            name: Arc::clone(&from.name),
            text: text.into(),
            line_starts,
            copied_at: None,
            taken_from,
        })
    }

    /// The same text as it is copied into another at `at`, which messages will name. The text itself is shared.
    pub fn copied(&self, at: Span) -> Arc<Self> {
        Arc::new(Source {
            name: Arc::clone(&self.name),
            text: Arc::clone(&self.text),
            line_starts: Arc::clone(&self.line_starts),
            copied_at: Some(at),
            taken_from: None,
        })
    }

    /// The statement that copied this text into another.
    pub fn copied_at(&self) -> Option<&Span> {
        self.copied_at.as_ref()
    }

    /// Takes the bytes of a file, which must be text in UTF-8.
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> super::Result<Arc<Self>> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Diagnostic::error(codes::JOB017, format!("{name} is not text in UTF-8: see byte {}", at + 1))
                .in_file(name)
                .hint("convert it to UTF-8; an EBCDIC member must be translated first")
        })?;
        Ok(Source::new(name, text))
    }

    /// The name messages show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = floor_char_boundary(&self.text, offset);
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (line, self.text[start..offset].chars().count() + 1)
    }

    /// Byte offset of the first character of a line (from 1); the end of the text if there is no such line.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }
}

/// A stretch of a [`Source`], in bytes. Cheap to clone, so every token and field can keep its own and complain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Span {
    /// A stretch of bytes, clipped to the text and moved to character boundaries.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let start = floor_char_boundary(source.text(), range.start);
        let end = floor_char_boundary(source.text(), range.end.max(start));
        Span { source: Arc::clone(source), start, end }
    }

    /// All of a text that stands on its own: an option, a name, a generated expression. `name` is what it is called in messages.
    pub fn whole(name: impl Into<String>, text: impl Into<String>) -> Self {
        let source = Source::new(name, text);
        Span::new(&source, 0..source.text().len())
    }

    /// The text it points into.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// First byte and one past the last.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The text it covers.
    pub fn text(&self) -> &str {
        &self.source.text[self.start..self.end]
    }

    /// Where it stands in the text that its own was taken from; of several lines the first one. Itself if its text stands on its own.
    #[must_use]
    pub fn original(&self) -> Span {
        let Some(TakenFrom { source, places }) = &self.source.taken_from else { return self.clone() };
        let end = places.last().map_or(0, |last| last + 1);
        let start = places.get(self.start).copied().unwrap_or(end);
        let last = self.start.max(self.end.saturating_sub(1));
        let end = places.get(last).map_or(end, |last| last + 1).max(start);
        let rest = source.text().get(start..end).unwrap_or_default();
        Span::new(source, start..start + rest.find('\n').unwrap_or(end - start)).original()
    }

    /// Where each of its bytes stands in the text that its own was taken from.
    pub fn places(&self) -> Vec<usize> {
        match &self.source.taken_from {
            Some(TakenFrom { places, .. }) => places.get(self.range()).unwrap_or_default().to_vec(),
            None => self.range().collect(),
        }
    }

    /// Line and column of its start, both from 1, in the text that its own was taken from.
    pub fn position(&self) -> (usize, usize) {
        let original = self.original();
        original.source.position(original.start)
    }

    /// `FILE:LINE:COLUMN` of its start.
    pub fn shown(&self) -> String {
        let (line, column) = self.position();
        format!("{}:{line}:{column}", self.source.name())
    }

    /// A part of this span, by byte offsets relative to its start.
    pub fn slice(&self, range: Range<usize>) -> Span {
        let end = (self.start + range.end).min(self.end.max(self.start));
        Span::new(&self.source, (self.start + range.start).min(end)..end)
    }

    /// From the start of this span to the end of another in the same source.
    pub fn to(&self, other: &Span) -> Span {
        Span::new(&self.source, self.start..other.end.max(self.end))
    }
}

fn line_starts(text: &str) -> Arc<[usize]> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_survive_wild_offsets() {
        let source = Source::new("x.cpy", "ab\ncdé f\n");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(3), (2, 1));
        assert_eq!(source.position(7), (2, 4));
        assert_eq!(source.position(6), (2, 3), "inside é counts as é");
        assert_eq!(source.position(999), (3, 1));
        assert_eq!(Span::new(&source, 900..901).text(), "");
    }

    #[test]
    fn a_text_that_was_taken_from_another_points_there() {
        let file = Source::new("x.yaml", "when: >\n  A =\n  'é'\n");
        let taken = Source::taken(&file, "A = 'é'", vec![10, 11, 12, 13, 16, 17, 18, 19]);
        let span = Span::new(&taken, 4..8);
        assert_eq!(
            (span.text(), span.original().text(), span.shown().as_str()),
            ("'é'", "'é'", "x.yaml:3:3")
        );
        assert_eq!(Span::new(&taken, 0..8).original().text(), "A =", "of several lines the first");
        assert_eq!(Span::new(&taken, 8..8).position(), (3, 6), "behind the end");
    }
}
