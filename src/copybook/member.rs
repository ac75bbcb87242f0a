//! The bytes of a member to text: whatever came off a host, through a transfer program or out of an editor.
//!
//! UTF-8 or Latin-1, with or without byte order mark, UTF-16 with one, or EBCDIC; lines ended by LF, CR LF, CR or NEL,
//! or 80-byte cards without any line end.

use std::sync::Arc;

use crate::diag::{Diagnostic, Result, Source, codes};
use crate::encoding::CodePage;

/// Bytes of a card.
const CARD: usize = 80;
/// The next-line control, U+0085: what EBCDIC X'15' becomes.
const NEL: char = '\u{85}';

/// Takes the bytes of a copybook under the name that messages will show.
///
/// # Errors
/// CPY033: the bytes are no text in any of the encodings.
pub fn source_from_bytes(name: &str, bytes: Vec<u8>) -> Result<Arc<Source>> {
    let text = lines(decoded(bytes));
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count() + 1;
        return Err(Diagnostic::error(codes::CPY033, format!("{name} is not text: line {line} holds X'00'"))
            .in_file(name)
            .hint("check that this is a copybook and not a data file or a compiled member"));
    }
    Ok(Source::new(name, text))
}

fn decoded(bytes: Vec<u8>) -> String {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    if is_ebcdic(&bytes) {
        return CodePage::CP037.decode(&bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text),
        Err(error) => CodePage::LATIN1.decode(error.as_bytes()),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// COBOL text in EBCDIC has blanks of X'40', and most of the rest are letters and digits above X'80'. In ASCII there is
/// hardly anything above X'80', and X'40' is the at sign.
fn is_ebcdic(bytes: &[u8]) -> bool {
    let letter = |b: u8| matches!(b, 0x81..=0x89 | 0x91..=0x99 | 0xA2..=0xA9 | 0xC1..=0xC9 | 0xD1..=0xD9 | 0xE2..=0xE9 | 0xF0..=0xF9);
    let count = |wanted: &dyn Fn(u8) -> bool| bytes.iter().filter(|byte| wanted(**byte)).count();
    let (blanks, letters) = (count(&|b| b == 0x40), count(&letter));
    blanks > count(&|b| b == 0x20) && 2 * letters > bytes.len() - blanks
}

/// The text with LF at the end of every line.
fn lines(text: String) -> String {
    let text = if text.contains(NEL) { text.replace(NEL, "\n") } else { text };
    if text.contains('\n') {
        return text;
    }
    if text.contains('\r') {
        return text.replace('\r', "\n");
    }
    let count = text.chars().count();
    if count <= CARD || !count.is_multiple_of(CARD) {
        return text;
    }
    let mut cards = String::with_capacity(text.len() + count / CARD);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % CARD == 0 {
            cards.push('\n');
        }
        cards.push(c);
    }
    cards
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copybook::{CopybookOptions, parse};

    fn text(bytes: &[u8]) -> String {
        source_from_bytes("t", bytes.to_vec()).unwrap().text().to_owned()
    }

    /// Every way a member comes in, and always the same layout.
    #[test]
    fn all_forms_have_one_layout() {
        let lines = [
            "       01  A.",
            "           05  B PIC X(3) VALUE 'a]b'.",
            "      * comment \u{e9}",
            "           05  C PIC 9.",
        ];
        let cards: String = lines.iter().map(|line| format!("{line:<72}00000000")).collect();
        let with = |end: &str| lines.iter().map(|line| format!("{line}{end}")).collect::<String>();
        let ebcdic = |text: &str| CodePage::CP037.encode(text).unwrap();
        let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let forms: Vec<Vec<u8>> = vec![
            with("\n").into_bytes(),
            with("\r\n").into_bytes(),
            with("\r").into_bytes(),
            with("\u{85}").into_bytes(),
            [b"\xEF\xBB\xBF".to_vec(), with("\n").into_bytes()].concat(),
            [b"\xFF\xFE".to_vec(), utf16(&with("\r\n"))].concat(),
            CodePage::LATIN1.encode(&with("\r\n")).unwrap(),
            CodePage::LATIN1.encode(&with("\u{85}")).unwrap(),
            [with("\r\n").into_bytes(), vec![0x1A]].concat(),
            cards.clone().into_bytes(),
            ebcdic(&cards),
            ebcdic(&with("\u{85}")),
            ebcdic(&with("\n")),
            with("\n").to_lowercase().into_bytes(),
        ];
        for (index, bytes) in forms.into_iter().enumerate() {
            let source = source_from_bytes("t", bytes).unwrap();
            let (layout, diagnostics) = parse(&source, &CopybookOptions::default());
            let layout = layout.unwrap_or_else(|| panic!("form {index}: {diagnostics}"));
            assert_eq!((layout.length(), diagnostics.list().len()), (4, 0), "form {index}");
        }
    }

    #[test]
    fn short_text_is_left_alone() {
        assert_eq!(text(b""), "");
        assert_eq!(text("caf\u{e9}".as_bytes()), "café");
        assert_eq!(text(b"caf\xE9"), "café");
        assert_eq!(text(&[b'x'; 81]), "x".repeat(81));
        assert_eq!(text(&[b'x'; 160]).lines().count(), 2);
    }

    #[test]
    fn data_are_not_text() {
        let error = source_from_bytes("data", b"\x00\x01\x02".to_vec()).unwrap_err();
        assert_eq!(error.code, codes::CPY033);
    }
}
