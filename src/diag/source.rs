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
}

impl Source {
    /// Takes a text under the name that messages will show (normally its path as the user wrote it).
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let (name, text): (String, String) = (name.into(), text.into());
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Arc::new(Source { name: name.into(), text: text.into(), line_starts, copied_at: None })
    }

    /// The same text as it is copied into another at `at`, which messages will name. The text itself is shared.
    pub fn copied(&self, at: Span) -> Arc<Self> {
        Arc::new(Source {
            name: Arc::clone(&self.name),
            text: Arc::clone(&self.text),
            line_starts: Arc::clone(&self.line_starts),
            copied_at: Some(at),
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
            Diagnostic::error(codes::JOB017, format!("{name} is not text in UTF-8: see byte {at}"))
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

    /// Line and column of its start, both from 1.
    pub fn position(&self) -> (usize, usize) {
        self.source.position(self.start)
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
}
