//! Colours of what is shown.

use anstyle::{AnsiColor, Style as Ansi};

use crate::diag::Style;

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// A value.
    Plain,
    /// The head of a record.
    Head,
    /// The name of a field.
    Label,
    /// What matters less: bytes, remarks, other views.
    Dim,
    /// What is wrong.
    Bad,
    /// A condition name that holds.
    Name,
}

/// Where text is shown: its width in columns, if it has one, and whether it has colours.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns; `None` if lines may be of any length.
    pub columns: Option<usize>,
    /// Colours or not.
    pub style: Style,
}

impl Screen {
    /// Appends a piece of text in its colour.
    pub fn put(&self, out: &mut String, ink: Ink, text: &str) {
        let style = match ink {
            Ink::Plain => Ansi::new(),
            Ink::Head => Ansi::new().bold(),
            Ink::Label => Ansi::new().fg_color(Some(AnsiColor::Cyan.into())),
            Ink::Dim => Ansi::new().dimmed(),
            Ink::Bad => Ansi::new().fg_color(Some(AnsiColor::Red.into())).bold(),
            Ink::Name => Ansi::new().fg_color(Some(AnsiColor::Green.into())),
        };
        if self.style == Style::Plain || style.is_plain() || text.trim().is_empty() {
            out.push_str(text);
        } else {
            out.push_str(&format!("{style}{text}{style:#}"));
        }
    }
}
