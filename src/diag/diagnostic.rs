//! The diagnostic itself and the collector that parsers fill.

use super::code::{Class, Code};
use super::source::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; the work goes on.
    Warning,
    /// The work stops, at the latest when the current check is complete.
    Error,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere in particular (a command-line argument, say).
    None,
    /// A stretch of source text, with what is wrong right there.
    Text {
        /// The stretch.
        span: Span,
        /// A few words beside the caret; may be empty.
        label: String,
    },
    /// A spot in a dataset.
    Data(Box<DataPlace>),
    /// A file as a whole.
    File(String),
}

impl Place {
    /// How the text came to where it is used: `copied at FILE:LINE:COLUMN`, from the inside outward.
    pub fn copied_at(&self) -> Vec<String> {
        let Place::Text { span, .. } = self else { return Vec::new() };
        std::iter::successors(span.source().copied_at(), |outer| outer.source().copied_at())
            .map(|at| format!("copied at {}", at.shown()))
            .collect()
    }
}

/// A spot in a dataset. What is not known stays `None` and is not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataPlace {
    /// Name of the dataset in the job.
    pub dataset: String,
    /// Number of the record, from 1.
    pub record: Option<u64>,
    /// Byte offset in the file of the record or of the framing mark, from 0.
    pub offset: Option<u64>,
    /// Qualified name of the field.
    pub field: Option<String>,
    /// Offset of the field in its record, from 0, and its length in bytes.
    pub extent: Option<(usize, usize)>,
    /// PIC and USAGE as the copybook says them.
    pub shape: Option<String>,
    /// The offending bytes.
    pub bytes: Vec<u8>,
}

/// One message: what, where, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code; it also decides the exit status.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// Where it is.
    pub place: Place,
    /// Further facts, a sentence each.
    pub notes: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Box<Self> {
        Box::new(Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: Place::None,
            notes: Vec::new(),
            hint: None,
        })
    }

    /// A warning without a place yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Box<Self> {
        let mut diagnostic = Self::error(code, message);
        diagnostic.severity = Severity::Warning;
        diagnostic
    }

    /// Points at source text, or at where that was taken from.
    #[must_use]
    pub fn at(mut self: Box<Self>, span: &Span, label: impl Into<String>) -> Box<Self> {
        self.place = Place::Text { span: span.original(), label: label.into() };
        self
    }

    /// The number of the record that it is about.
    pub fn record(&self) -> Option<u64> {
        match &self.place {
            Place::Data(place) => place.record,
            _ => None,
        }
    }

    /// Points at a spot in data.
    #[must_use]
    pub fn in_data(mut self: Box<Self>, place: DataPlace) -> Box<Self> {
        self.place = Place::Data(Box::new(place));
        self
    }

    /// Points at a file as a whole.
    #[must_use]
    pub fn in_file(mut self: Box<Self>, path: impl Into<String>) -> Box<Self> {
        self.place = Place::File(path.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self: Box<Self>, note: impl Into<String>) -> Box<Self> {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::render(self, super::Style::Plain))
    }
}

impl std::error::Error for Diagnostic {}

/// Everything a check found. Keeps the first [`Diagnostics::LIMIT`] messages and counts the rest, so that a file of
/// random bytes cannot flood the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    suppressed: usize,
    errors: usize,
}

impl Diagnostics {
    /// Messages kept.
    pub const LIMIT: usize = 50;

    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message. It comes boxed because that is how diagnostics travel.
    #[expect(clippy::boxed_local, reason = "diagnostics travel boxed")]
    pub fn push(&mut self, diagnostic: Box<Diagnostic>) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.list.len() < Self::LIMIT {
            self.list.push(*diagnostic);
        } else {
            self.suppressed += 1;
        }
    }

    /// Adds the messages of another collection.
    pub fn extend(&mut self, other: Diagnostics) {
        self.suppressed += other.suppressed;
        self.errors += other.errors - other.list.iter().filter(|d| d.severity == Severity::Error).count();
        other.list.into_iter().for_each(|d| self.push(Box::new(d)));
    }

    /// Keeps a value or collects its error.
    pub fn take<T>(&mut self, result: super::Result<T>) -> Option<T> {
        result.map_err(|diagnostic| self.push(diagnostic)).ok()
    }

    /// True if something must stop the work.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Number of errors, kept or not.
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// The messages kept, in the order found.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// Lets each message kept be completed with what only its maker's caller knows.
    pub fn for_each_mut(&mut self, complete: impl FnMut(&mut Diagnostic)) {
        self.list.iter_mut().for_each(complete);
    }

    /// Number of messages beyond the limit.
    pub fn suppressed(&self) -> usize {
        self.suppressed
    }

    /// The class that decides the exit status: that of the first error.
    pub fn class(&self) -> Option<Class> {
        self.list.iter().find(|d| d.severity == Severity::Error).map(|d| d.code.class())
    }

    /// `Ok(value)` if there is no error, else all that was found.
    pub fn into_result<T>(self, value: T) -> std::result::Result<T, Diagnostics> {
        if self.has_errors() { Err(self) } else { Ok(value) }
    }
}

impl From<Box<Diagnostic>> for Diagnostics {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        let mut all = Diagnostics::new();
        all.push(diagnostic);
        all
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for diagnostic in &self.list {
            writeln!(f, "{diagnostic}")?;
        }
        if self.suppressed > 0 {
            writeln!(f, "... and {} more messages", self.suppressed)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
