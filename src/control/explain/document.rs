//! What is explained, before it is text or JSON.

use std::fmt::Write;

use serde_json::{Value, json};

/// Longest line of text.
const WIDTH: usize = 100;

/// An explanation: chapters in the order in which records meet them.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// The chapters.
    pub chapters: Vec<Chapter>,
}

/// A part of an explanation under a heading.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// What it is about.
    pub heading: String,
    /// Sentences with their depth.
    pub lines: Vec<(usize, String)>,
    /// Record maps.
    pub maps: Vec<MapTable>,
}

/// What a record holds.
#[derive(Clone, Debug, Default)]
pub struct MapTable {
    /// Which record.
    pub title: String,
    /// Columns, what they hold, where it comes from.
    pub rows: Vec<[String; 3]>,
}

impl Explanation {
    /// Adds chapters of another explanation, one level deeper in their headings.
    pub fn append(&mut self, under: &str, other: Explanation) {
        self.chapters.extend(other.chapters.into_iter().map(|mut chapter| {
            chapter.heading = format!("{under}: {}", chapter.heading);
            chapter
        }));
    }

    /// As text for people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (index, chapter) in self.chapters.iter().enumerate() {
            if index > 0 {
                out.push('\n');
            }
            chapter.write(&mut out);
        }
        out
    }

    /// As a document for programs, with the same content.
    pub fn json(&self) -> Value {
        let map = |map: &MapTable| {
            let row = |row: &[String; 3]| json!({ "columns": row[0], "holds": row[1], "from": row[2] });
            json!({ "title": map.title, "rows": map.rows.iter().map(row).collect::<Vec<_>>() })
        };
        let chapter = |chapter: &Chapter| {
            let line = |(depth, text): &(usize, String)| json!({ "depth": depth, "text": text });
            json!({
                "heading": chapter.heading,
                "lines": chapter.lines.iter().map(line).collect::<Vec<_>>(),
                "maps": chapter.maps.iter().map(map).collect::<Vec<_>>(),
            })
        };
        json!({ "chapters": self.chapters.iter().map(chapter).collect::<Vec<_>>() })
    }
}

impl Chapter {
    /// An empty one.
    pub fn new(heading: impl Into<String>) -> Self {
        Chapter { heading: heading.into(), ..Chapter::default() }
    }

    /// Adds a sentence.
    pub fn say(&mut self, text: impl Into<String>) {
        self.lines.push((0, text.into()));
    }

    /// Adds a sentence below the one before.
    pub fn detail(&mut self, depth: usize, text: impl Into<String>) {
        self.lines.push((depth, text.into()));
    }

    /// True if nothing is said.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.maps.is_empty()
    }

    fn write(&self, out: &mut String) {
        let _ = writeln!(out, "{}", self.heading);
        let _ = writeln!(out, "{}", "─".repeat(self.heading.chars().count()));
        for (depth, text) in &self.lines {
            wrapped(&"  ".repeat(depth + 1), text, out);
        }
        for map in self.maps.iter().filter(|map| !map.rows.is_empty()) {
            let _ = writeln!(out, "\n  {}", map.title);
            map.write(out);
        }
    }
}

impl MapTable {
    fn write(&self, out: &mut String) {
        let head = ["columns", "what it holds", "comes from"].map(str::to_owned);
        let width = |at: usize| {
            let all = std::iter::once(&head).chain(&self.rows);
            all.map(|row| row[at].chars().count()).max().unwrap_or(0)
        };
        let (first, second) = (width(0), width(1));
        for row in std::iter::once(&head).chain(&self.rows) {
            let line = format!("  {:first$} │ {:second$} │ {}", row[0], row[1], row[2]);
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
}

/// Writes a text in lines that begin with blanks.
fn wrapped(indent: &str, text: &str, out: &mut String) {
    let mut line = indent.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{}", line.trim_end());
            line = format!("{indent}    ");
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(out, "{}", line.trim_end());
}
