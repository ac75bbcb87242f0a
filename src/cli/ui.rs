//! Where things are shown and how.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use serde_json::{Value, json};

use super::args::{Display, LogFormat, When};
use crate::diag::{Diagnostic, Diagnostics, Style, render, to_json};
use crate::sys::clock::timestamp;

/// The two streams and what they can show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ui {
    style: Style,
    /// Colours of the answer, where it has some.
    pub answer_style: Style,
    /// True if stdout is a terminal.
    pub screen: bool,
    /// True if stderr is a terminal that can redraw lines.
    pub live: bool,
    /// Only errors and warnings.
    pub quiet: bool,
    /// More detail.
    pub verbose: bool,
    /// stderr is for programs: an event a line.
    pub events: bool,
}

impl Ui {
    pub fn new(display: &Display) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let events = display.log_format == LogFormat::Json;
        let live = std::io::stderr().is_terminal() && !dumb && !events;
        let screen = std::io::stdout().is_terminal();
        let style = |shown: bool| {
            let colour = match display.color {
                When::Always => true,
                When::Never => false,
                When::Auto => shown && !dumb && !is_set("NO_COLOR"),
            };
            if colour { Style::Colour } else { Style::Plain }
        };
        Ui {
            style: style(live),
            answer_style: style(screen),
            screen,
            live,
            quiet: display.quiet,
            verbose: display.verbose,
            events,
        }
    }

    /// As a command line wants it that could not be read, as far as one can see.
    pub fn untold(arguments: impl Iterator<Item = OsString>) -> Self {
        let words: Vec<OsString> = arguments.take_while(|word| word != "--").collect();
        let json = words.iter().any(|word| word == "--log-format=json")
            || words.windows(2).any(|pair| pair[0] == "--log-format" && pair[1] == "json");
        let log_format = if json { LogFormat::Json } else { LogFormat::Text };
        Ui::new(&Display { color: When::Auto, log_format, quiet: false, verbose: false })
    }

    /// A diagnostic on stderr.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) {
        if self.events {
            self.log("message", to_json(diagnostic));
        } else {
            self.message(&render(diagnostic, self.style));
        }
    }

    /// All diagnostics on stderr. Quiet or not: nobody is told in another way what a warning says.
    pub fn diagnostics(&self, all: &Diagnostics) {
        all.list().iter().for_each(|diagnostic| self.diagnostic(diagnostic));
        if all.suppressed() > 0 {
            self.message(&format!("... and {} more messages", all.suppressed()));
        }
    }

    /// An event on stderr, if that is for programs: `what` with the name and the time of it.
    pub fn event(&self, name: &str, what: impl FnOnce() -> Value) {
        if self.events && !self.quiet {
            self.log(name, what());
        }
    }

    fn log(&self, name: &str, what: Value) {
        let mut event = json!({ "time": timestamp(), "event": name });
        if let (Value::Object(event), Value::Object(what)) = (&mut event, what) {
            event.extend(what);
        }
        self.line(&event.to_string());
    }

    /// A line on stderr for people; for programs it is a note.
    pub fn message(&self, text: &str) {
        if self.events {
            self.log("note", json!({ "text": text }));
        } else {
            self.line(text);
        }
    }

    fn line(&self, text: &str) {
        // Nobody is left to tell if stderr is closed.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// The answer on stdout. A reader that has seen enough (a closed pipe) is no error.
    pub fn answer(&self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}
