//! Source format: columns, comments, continuation. What is left is one stretch of text that knows where each character
//! stands in the source.
//!
//! ```text
//!   1    6 7 8   11 12                                    72 73      80
//!   000100 *comment        indicator in 7, text in 8-72        program id
//! ```
//!
//! Fixed format follows the Language Reference, "Reference format".

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Source, Span, codes};

/// How the lines of a copybook are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceFormat {
    /// Fixed, unless the text is plainly free.
    #[default]
    Auto,
    /// Columns 1-6 sequence, 7 indicator, 8-72 text.
    Fixed,
    /// The whole line is text; `*>` begins a comment.
    Free,
}

const INDICATOR: usize = 6;
const TEXT_START: usize = 7;
const TEXT_END: usize = 72;
const TAB_STOP: usize = 8;

/// Text without columns, comments and continuations.
pub(super) struct CleanText {
    pub source: Arc<Source>,
    pub characters: Vec<char>,
    /// Byte offset in the source of each character, and of the end.
    pub offsets: Vec<u32>,
    /// Index of the first character of each line that begins anew (not a continuation).
    pub line_starts: Vec<u32>,
}

impl CleanText {
    /// The span of a range of characters.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let from = self.offsets[start.min(self.offsets.len() - 1)] as usize;
        let last = self.offsets[end.saturating_sub(1).max(start).min(self.offsets.len() - 1)] as usize;
        let width =
            if end > start { self.source.text()[last..].chars().next().map_or(0, char::len_utf8) } else { 0 };
        Span::new(&self.source, from..last + width)
    }
}

/// One line of the source, tabs expanded.
struct Line {
    /// Characters with their byte offsets.
    cells: Vec<(char, u32)>,
    end: u32,
}

/// Removes columns, comments and continuations.
pub(super) fn clean(source: &Arc<Source>, format: SourceFormat, found: &mut Diagnostics) -> CleanText {
    let lines = lines(source);
    let free = match format {
        SourceFormat::Free => true,
        SourceFormat::Fixed => false,
        SourceFormat::Auto => looks_free(source, &lines),
    };
    let mut cleaner = Cleaner {
        text: CleanText {
            source: Arc::clone(source),
            characters: Vec::new(),
            offsets: Vec::new(),
            line_starts: Vec::new(),
        },
        quote: None,
        found,
    };
    for line in &lines {
        if free { cleaner.free_line(line) } else { cleaner.fixed_line(line) }
    }
    cleaner.text.offsets.push(source.text().len() as u32);
    cleaner.text
}

fn lines(source: &Source) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for raw in source.text().split_inclusive('\n') {
        let line = raw.trim_end_matches(['\n', '\r', '\u{1A}']);
        let mut cells = Vec::with_capacity(line.len());
        for (at, character) in line.char_indices() {
            let offset = (start + at) as u32;
            if character == '\t' {
                let stop = (cells.len() / TAB_STOP + 1) * TAB_STOP;
                cells.resize(stop, (' ', offset));
            } else {
                cells.push((character, offset));
            }
        }
        lines.push(Line { cells, end: (start + line.len()) as u32 });
        start += raw.len();
    }
    lines
}

/// Free format if a directive says so, or if more entries begin before column 8 than in it or behind it.
fn looks_free(source: &Source, lines: &[Line]) -> bool {
    let head: String = source.text().chars().take(2000).collect::<String>().to_ascii_uppercase();
    if head.contains(">>SOURCE") && head.contains("FREE")
        || head.contains("SOURCEFORMAT") && head.contains("FREE")
    {
        return true;
    }
    let begins_entry = |cells: &[(char, u32)]| {
        let text: String = cells.iter().map(|(c, _)| *c).skip_while(|c| *c == ' ').take(3).collect();
        let digits = text.chars().take_while(char::is_ascii_digit).count();
        (1..=2).contains(&digits) && text.chars().nth(digits).is_none_or(|c| c == ' ')
    };
    let (mut fixed, mut free) = (0, 0);
    for line in lines {
        let area = line.cells.get(TEXT_START..).unwrap_or_default();
        let indicator = line.cells.get(INDICATOR).map_or(' ', |(c, _)| *c);
        if matches!(indicator, ' ' | '*' | '/' | '-' | 'D' | 'd') && (begins_entry(area) || indicator == '*')
        {
            fixed += 1;
        } else if begins_entry(&line.cells) {
            free += 1;
        }
    }
    free > fixed
}

struct Cleaner<'a> {
    text: CleanText,
    /// The quote of a literal that is open at the end of the last line.
    quote: Option<char>,
    found: &'a mut Diagnostics,
}

impl Cleaner<'_> {
    fn free_line(&mut self, line: &Line) {
        let first = line.cells.iter().find(|(c, _)| *c != ' ').map_or(' ', |(c, _)| *c);
        let directive: String = line.cells.iter().map(|(c, _)| *c).filter(|c| *c != ' ').take(2).collect();
        if first == '*' || directive == ">>" {
            return;
        }
        self.text.line_starts.push(self.text.characters.len() as u32);
        self.quote = None;
        self.append(&line.cells);
        self.push(' ', line.end);
    }

    fn fixed_line(&mut self, line: &Line) {
        let indicator = line.cells.get(INDICATOR).copied().unwrap_or((' ', line.end));
        let area = line.cells.get(TEXT_START..line.cells.len().min(TEXT_END)).unwrap_or_default();
        match indicator.0 {
            '*' | '/' | 'D' | 'd' | '$' => {}
            '-' => self.continuation(area, line),
            ' ' => {
                if is_listing_control(area) {
                    return;
                }
                self.text.line_starts.push(self.text.characters.len() as u32);
                self.quote = None;
                self.append(area);
                self.pad(area, line.end);
            }
            other => {
                let at = indicator.1 as usize;
                let span = Span::new(&self.text.source, at..at + other.len_utf8());
                self.found.push(
                    Diagnostic::error(codes::CPY024, format!("'{other}' in column 7 is not an indicator"))
                        .at(&span, "column 7")
                        .hint("column 7 is blank, * or / for a comment, - for a continuation; text begins in column 8"),
                );
            }
        }
    }

    /// A literal left open runs to column 72 and goes on after the quote of the next line; a word goes on at once.
    fn continuation(&mut self, area: &[(char, u32)], line: &Line) {
        let Some(start) = area.iter().position(|(c, _)| *c != ' ') else { return };
        if self.text.characters.is_empty() {
            let at = area[start].1 as usize;
            self.found.push(
                Diagnostic::error(codes::CPY024, "a continuation line continues nothing")
                    .at(&Span::new(&self.text.source, at..at + 1), "")
                    .hint("remove the - in column 7"),
            );
            return;
        }
        match self.quote {
            Some(quote) if area[start].0 == quote => self.append(&area[start + 1..]),
            Some(_) => self.append(&area[start..]),
            None => {
                while self.text.characters.last() == Some(&' ') {
                    self.text.characters.pop();
                    self.text.offsets.pop();
                }
                self.append(&area[start..]);
            }
        }
        self.pad(area, line.end);
    }

    /// Appends text up to a `*>` comment, keeping track of literals.
    fn append(&mut self, cells: &[(char, u32)]) {
        for (index, &(character, offset)) in cells.iter().enumerate() {
            match self.quote {
                None if character == '*' && cells.get(index + 1).is_some_and(|(c, _)| *c == '>') => return,
                None if character == '\'' || character == '"' => self.quote = Some(character),
                Some(quote) if character == quote => self.quote = None,
                _ => {}
            }
            self.push(character, offset);
        }
    }

    /// An open literal includes the blanks up to column 72; otherwise one blank ends the line.
    fn pad(&mut self, area: &[(char, u32)], end: u32) {
        let blanks =
            if self.quote.is_some() { (TEXT_END - TEXT_START).saturating_sub(area.len()) } else { 1 };
        (0..blanks).for_each(|_| self.push(' ', end));
    }

    fn push(&mut self, character: char, offset: u32) {
        self.text.characters.push(character);
        self.text.offsets.push(offset);
    }
}

/// EJECT, SKIP1-3 and TITLE steer the listing and may stand with or without a period.
fn is_listing_control(area: &[(char, u32)]) -> bool {
    let text: String = area.iter().map(|(c, _)| c.to_ascii_uppercase()).collect();
    let word = text.split_whitespace().next().unwrap_or_default();
    matches!(word.trim_end_matches('.'), "EJECT" | "SKIP1" | "SKIP2" | "SKIP3" | "TITLE")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> (String, usize) {
        let mut found = Diagnostics::new();
        let clean = clean(&Source::new("t.cpy", text), SourceFormat::Auto, &mut found);
        let words: String = clean.characters.iter().collect();
        (words.split_whitespace().collect::<Vec<_>>().join(" "), found.error_count())
    }

    #[test]
    fn fixed_columns_and_comments() {
        let text = "000100 01  REC.                                                         ABCD0001\n\
                    000200*    A COMMENT 99\n\
                    000300     05  A PIC X. *> NOTE\n\
                    000400/\n      D    05 DEBUG PIC X.\n\
                    \tEJECT\n           05 B PIC 9.";
        assert_eq!(cleaned(text), ("01 REC. 05 A PIC X. 05 B PIC 9.".to_owned(), 0));
    }

    #[test]
    fn continued_literals_and_words() {
        let literal = format!("       01  A PIC X(80) VALUE '{}\n      -    'END'.", "A".repeat(30));
        let (text, errors) = cleaned(&literal);
        assert_eq!(errors, 0);
        assert!(text.ends_with("END'."), "{text}");
        let (text, _) = cleaned("       01  LONG-NA\n      -    ME PIC X.");
        assert_eq!(text, "01 LONG-NAME PIC X.");
    }

    #[test]
    fn free_text_is_recognised() {
        assert_eq!(cleaned("01 REC.\n  05 A PIC X. *> note\n* comment\n").0, "01 REC. 05 A PIC X.");
        assert_eq!(cleaned("      Q 01 REC.\n").1, 1);
        assert_eq!(cleaned("      -01 REC.\n").1, 1);
    }
}
