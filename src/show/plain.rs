//! Text that a terminal shows and does not obey.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::encoding::{CodePage, is_escape};

/// Text with every character that a terminal would obey, or not show, written as `‹HH›`: its byte in the code page, or its
/// number in Unicode.
pub fn printable(text: &str, page: CodePage) -> Cow<'_, str> {
    if text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match page.byte(character) {
            _ if is_shown(character) => shown.push(character),
            Some(byte) => shown.push_str(&format!("‹{byte:02X}›")),
            None => shown.push_str(&format!("‹U+{:04X}›", u32::from(character))),
        }
    }
    Cow::Owned(shown)
}

/// True for a character that takes room and changes nothing else: no control, no format or bidirectional mark, no escape.
pub(super) fn is_shown(character: char) -> bool {
    !character.is_control()
        && !is_escape(character)
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..)
        && character.width().is_some_and(|columns| columns > 0)
}

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text in so many columns: if it needs more, its beginning and `…`.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut shown = take(text, columns.saturating_sub(1)).0.to_owned();
    shown.push('…');
    Cow::Owned(shown)
}

/// The beginning of a text that takes so many columns, and the rest.
pub(super) fn take(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > columns
    });
    text.split_at(end.map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_that_it_obeys() {
        let page: CodePage = "cp037".parse().unwrap();
        let all: Vec<u8> = (0..=255).collect();
        let decoded = page.decode(&all);
        let text = printable(&decoded, page);
        assert!(text.chars().all(is_shown), "{text:?}");
        assert!(text.contains("‹00›") && text.contains("‹27›") && text.contains('A'));
        assert_eq!(printable("a\u{202E}b\u{1B}[2J\u{9B}", page), "a‹U+202E›b‹27›[2J‹3B›");
        assert_eq!(printable("Zürich €", page), "Zürich €");
    }

    #[test]
    fn cut_text_keeps_its_columns() {
        assert_eq!((cut("abcd", 4), cut("abcde", 4)), ("abcd".into(), "abc…".into()));
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(take("日本語", 5), ("日本", "語"));
        assert_eq!(cut("ab", 0), "…");
    }
}
