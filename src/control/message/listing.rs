//! The listing that an operator knows: statements as they were coded, then messages.

use std::fmt::Write;

use jiff::civil::DateTime;

use crate::diag::{Diagnostics, Source};

/// Lines of a listing, as SYSOUT would have them.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    text: String,
}

impl Listing {
    /// An empty listing.
    pub fn new() -> Self {
        Listing::default()
    }

    /// The head of a listing of control statements.
    pub fn begin(&mut self, what: &str, clock: DateTime) {
        let shown = clock.strftime("%H:%M ON %a %b %d, %Y").to_string().to_uppercase();
        let version = env!("CARGO_PKG_VERSION");
        self.message("ICE000I", &format!("0 - CONTROL STATEMENTS FOR OFFHOST {what} {version} - {shown} -"));
    }

    /// A line as it is.
    pub fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    /// A message under its number, such as `ICE055I`, whose severity stands behind the digits.
    pub fn message(&mut self, number: &str, text: &str) {
        let _ = writeln!(self.text, "{number} {}", text.trim_end());
    }

    /// The cards of a deck, as they were coded.
    pub fn echo(&mut self, source: &Source) {
        for card in source.text().lines() {
            let _ = writeln!(self.text, "         {}", card.trim_end());
        }
        self.line("");
    }

    /// The end of a pass that failed: the familiar messages of what is wrong.
    pub fn fail(&mut self, problems: &Diagnostics) {
        let familiar = |note: &&String| note.starts_with("ICE") || note.starts_with("WER");
        for note in problems.list().iter().flat_map(|problem| &problem.notes).filter(familiar) {
            self.line(note);
        }
        self.message("ICE052I", "3 END OF DFSORT");
    }

    /// All lines.
    pub fn text(&self) -> &str {
        &self.text
    }
}
