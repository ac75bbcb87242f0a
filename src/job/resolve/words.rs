//! Keeping what was written beside what it was compiled to, for runs that are explained.

use std::cell::RefCell;

use super::super::file::Str;
use super::rules::RuleCompiler;
use crate::diag::Span;
use crate::expr::FieldRef;
use crate::post::{Action, Said, Text};

/// Most characters of an action that are kept.
const LONGEST: usize = 400;

/// Fields that the action being compiled speaks of.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub reads: &'a RefCell<Vec<FieldRef>>,
}

/// What an outer action had noted when an inner one began.
pub(super) struct Outer(Vec<FieldRef>, Vec<FieldRef>);

impl<'a> RuleCompiler<'a> {
    /// Keeps what was written. `noted` is used for what the expressions speak of.
    pub fn keep_words(&mut self, noted: &'a RefCell<Vec<FieldRef>>) {
        self.compiler = self.compiler.noting(noted);
        self.words = Some(Words { reads: noted });
    }

    /// Begins to note fields for a text of its own; what was noted for the one around it comes back at the end.
    pub(super) fn begin_words(&mut self) -> Outer {
        let reads = self.words.map(|words| words.reads.take()).unwrap_or_default();
        Outer(reads, std::mem::take(&mut self.receivers))
    }

    /// A receiver: unless it is spoken of elsewhere too, it is only written.
    pub(super) fn note_receiver(&mut self, field: &FieldRef) {
        if let Some(words) = self.words {
            words.reads.borrow_mut().pop();
            self.receivers.push(field.clone());
        }
    }

    /// The condition of a rule as it was written.
    pub(super) fn condition_said(&mut self, outer: Outer, when: &Str) -> Option<Text> {
        let (reads, _) = self.end_words(outer)?;
        let text = self.texts.text(when);
        Some(Text { words: text.value.clone(), place: self.place(&self.texts.span_of(when)), reads })
    }

    /// Actions under a condition.
    pub(super) fn when_said(&mut self, outer: Outer, when: &Str, actions: Vec<Action>) -> Vec<Action> {
        let Some((reads, writes)) = self.end_words(outer) else { return actions };
        let text = self.texts.text(when);
        let words = format!("when: {}", text.value);
        let text = Text { words, place: self.place(&self.texts.span_of(when)), reads };
        vec![Action::Said(Box::new(Said { text, writes, actions }))]
    }

    /// An action as it was written at this place.
    pub(super) fn action_said(&mut self, outer: Outer, span: &Span, actions: Vec<Action>) -> Vec<Action> {
        let Some((reads, writes)) = self.end_words(outer) else { return actions };
        let words = item_at(span.source().text(), span.range().start);
        let text = Text { words, place: self.place(span), reads };
        vec![Action::Said(Box::new(Said { text, writes, actions }))]
    }

    /// What was noted, each field once.
    fn end_words(&mut self, outer: Outer) -> Option<(Vec<FieldRef>, Vec<FieldRef>)> {
        let writes = std::mem::replace(&mut self.receivers, outer.1);
        let words = self.words?;
        let mut reads: Vec<FieldRef> = Vec::new();
        for field in words.reads.replace(outer.0) {
            let same = |known: &FieldRef| {
                (known.slot, known.id, known.shape) == (field.slot, field.id, field.shape)
                    && known.fixed_range() == field.fixed_range()
            };
            if !reads.iter().any(same) {
                reads.push(field);
            }
        }
        Some((reads, writes))
    }

    fn place(&self, span: &Span) -> String {
        format!("{}:{}", span.source().name(), span.position().0)
    }
}

/// The item of a YAML list that begins there, on one line, without the actions within it.
fn item_at(text: &str, start: usize) -> String {
    let Some(rest) = text.get(start..) else { return String::new() };
    let item = if rest.starts_with('{') { flow_item(rest) } else { block_item(text, start) };
    let mut line = item.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
        line.push_str(" ...");
    }
    line
}

/// `{ verb: A, to: B }` without its braces.
fn flow_item(text: &str) -> String {
    let (mut depth, mut quote, mut before, mut out) = (0, None, ' ', String::new());
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (_, Some(mark)) if c == mark => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) if !before.is_alphanumeric() => quote = Some(c),
            ('{' | '[', None) => depth += 1,
            ('}' | ']', None) => depth -= 1,
            ('d', None) if depth == 1 && !before.is_alphanumeric() && text[at..].starts_with("do:") => break,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if at > 0 {
            out.push(c);
        }
        before = c;
    }
    out.trim().trim_end_matches(',').to_owned()
}

/// `verb: A` and the lines below it that stand under it.
fn block_item(text: &str, start: usize) -> String {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = text[line_start..start].chars().count();
    let mut parts = Vec::new();
    for (number, line) in text[start..].lines().enumerate() {
        let own = line.chars().take_while(|c| *c == ' ').count();
        let words = without_comment(line).trim();
        if number > 0 && (own < indent && !words.is_empty()) || words == "do:" || words == "else:" {
            break;
        }
        if !words.is_empty() {
            parts.push(words.to_owned());
        }
        if words.starts_with("do:") || words.starts_with("else:") {
            parts.pop();
            break;
        }
    }
    parts.join(", ")
}

/// A line without the remark at its end.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in line.char_indices() {
        match (c, quote) {
            (_, Some(mark)) if c == mark => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) if !before.is_alphanumeric() => quote = Some(c),
            ('#', None) if before == ' ' => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::item_at;

    #[test]
    fn an_item_is_shown_as_it_was_written() {
        let text = "do:\n  - { add: A, to: B, when: A >= 0 }\n  - lookup: X   # the card\n    key: [ A, \
                    'it''s # one' ]\n\n    missing: reject\n  - emit: P\n    from: T\n    do:\n      - { move: 1, to: Q }\n";
        let at = |part: &str| item_at(text, text.find(part).unwrap());
        assert_eq!(at("{ add"), "add: A, to: B, when: A >= 0");
        assert_eq!(at("lookup"), "lookup: X, key: [ A, 'it''s # one' ], missing: reject");
        assert_eq!(at("emit"), "emit: P, from: T");
        assert_eq!(item_at("{ emit: P, from: T, do: [ { move: 1, to: Q } ] }", 0), "emit: P, from: T");
        assert_eq!(item_at("{ move: \"'}'\", to: X }", 0), "move: \"'}'\", to: X");
        assert_eq!(item_at("", 7), "");
    }
}
