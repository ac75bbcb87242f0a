//! Strings of a YAML file with their places.

use std::sync::Arc;

use serde_saphyr::{Location, Spanned};

use super::scalar;
use crate::diag::{Source, Span};

/// A string and where it stands. Expressions are parsed from the span, so that their carets point into the file.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub value: String,
    pub span: Span,
}

/// The file that the strings of a shape came from.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    source: Arc<Source>,
}

impl Texts {
    pub fn new(source: &Arc<Source>) -> Self {
        Texts { source: Arc::clone(source) }
    }

    /// Name of the file.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// The text of the file.
    pub fn whole(&self) -> &str {
        self.source.text()
    }

    /// A string with a span whose text is the string itself. Where YAML indents, escapes or folds it, so that the file's text
    /// differs, the span is of a copy that knows where in the file each of its characters stands.
    pub fn text(&self, spanned: &Spanned<String>) -> Text {
        let value = spanned.value.clone();
        let raw = self.span(spanned.referenced);
        let start = raw.range().start;
        let whole = self.source.text();
        for skip in [0, 1] {
            if whole.get(start + skip..).is_some_and(|rest| rest.starts_with(&value)) {
                return Text {
                    span: Span::new(&self.source, start + skip..start + skip + value.len()),
                    value,
                };
            }
        }
        match scalar::places(whole, start, &value) {
            Some(places) => self.taken(value, places),
            None => self.made(&[(&value, &raw)]),
        }
    }

    /// A string that is a text of its own, a copybook say, whose places in the file are known.
    pub fn source_of(&self, spanned: &Spanned<String>) -> Arc<Source> {
        let text = self.text(spanned);
        Source::taken(&self.source, text.value, text.span.places())
    }

    /// A text put together of pieces, each with the place that it stands for: where that has the piece word for word, every character
    /// points at itself, else at the place as a whole.
    pub fn made(&self, pieces: &[(&str, &Span)]) -> Text {
        let (mut value, mut places) = (String::new(), Vec::new());
        for (piece, at) in pieces {
            value.push_str(piece);
            if *piece == at.text() {
                places.extend(at.places());
                continue;
            }
            let whole = at.original().range();
            places.extend(std::iter::repeat_n(whole.start, piece.len()));
            if let (Some(last), 2..) = (places.last_mut(), piece.len()) {
                *last = whole.end.max(whole.start + 1) - 1;
            }
        }
        self.taken(value, places)
    }

    fn taken(&self, value: String, places: Vec<usize>) -> Text {
        let source = Source::taken(&self.source, value.as_str(), places);
        Text { span: Span::new(&source, 0..value.len()), value }
    }

    /// A string that does not stand in the file as it is.
    pub fn copy(&self, value: &str, origin: &str) -> Text {
        let span = Span::whole(format!("{} ({origin})", self.source.name()), value);
        Text { value: value.to_owned(), span }
    }

    /// The span of a YAML location, as good as the parser knows it.
    pub fn span(&self, location: Location) -> Span {
        let span = location.span();
        let start = match span.byte_offset() {
            Some(offset) => offset as usize,
            None => {
                self.source.line_start(location.line() as usize)
                    + (location.column() as usize).saturating_sub(1)
            }
        };
        // A mapping or block text spans many lines; its first line is the place to look at.
        let length = span.byte_len().unwrap_or(1).max(1) as usize;
        let rest = self.source.text().get(start..).unwrap_or_default();
        let line_length = rest.find('\n').unwrap_or(rest.len());
        Span::new(&self.source, start..start + length.min(line_length.max(1)))
    }

    /// The span of any spanned value.
    pub fn span_of<T>(&self, spanned: &Spanned<T>) -> Span {
        self.span(spanned.referenced)
    }
}
