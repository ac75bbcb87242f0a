//! Every page against itself, and against the tables of the JDK and of Python.

use proptest::prelude::*;

use super::mixed::{SHIFT_IN, SHIFT_OUT};
use super::*;

mod fixtures;

fn mixed_pages() -> Vec<CodePage> {
    CodePage::all().filter(|page| page.is_double_byte()).collect()
}

fn variants(page: CodePage) -> [CodePage; 2] {
    [page, page.with_line_ends_swapped(true)]
}

#[test]
fn every_byte_of_every_page_comes_back() {
    assert_eq!(CodePage::all().count(), 59);
    assert_eq!(mixed_pages().len(), 10);
    for page in CodePage::all().flat_map(variants) {
        for byte in 0..=255u8 {
            assert_eq!(page.byte(page.char(byte)), Some(byte), "{page} X'{byte:02X}'");
            let text = page.decode(&[byte]);
            assert_eq!(page.encode(&text).unwrap(), [byte], "{page} X'{byte:02X}' {text:?}");
        }
        let all: Vec<u8> = (0..=255).collect();
        let text = page.decode(&all);
        assert_eq!(page.encode(&text).unwrap(), all, "{page}");
        if !page.is_double_byte() {
            assert_eq!(text, all.iter().map(|byte| page.char(*byte)).collect::<String>());
        }
    }
}

/// Every pair of bytes, between shifts and in fields without shifts.
#[test]
fn every_pair_of_every_page_comes_back() {
    for page in mixed_pages() {
        let mut characters = 0;
        for pair in 0..=u16::MAX {
            let pair = pair.to_be_bytes();
            let text = page.decode_dbcs(&pair);
            assert_eq!(page.encode_dbcs(&text).unwrap(), pair, "{page} {pair:02X?}");
            let shifted = [SHIFT_OUT, pair[0], pair[1], SHIFT_IN];
            let mixed = page.decode(&shifted);
            assert_eq!(page.encode(&mixed).unwrap(), shifted, "{page} {pair:02X?} {mixed:?}");
            if !text.contains(crate::encoding::is_escape) {
                characters += 1;
                assert_eq!(text, mixed, "{page} {pair:02X?}");
            }
        }
        assert!(characters > 8_000, "{page} has {characters} pairs");
        assert_eq!(page.decode_dbcs(&[0x40, 0x40]), "\u{3000}");
    }
}

/// Places that hold for EBCDIC as a whole; the codecs of numbers rely on them.
#[test]
fn invariant_places() {
    for page in CodePage::all() {
        assert_eq!(page.char(page.space()), ' ', "{page}");
        for digit in 0..10u8 {
            assert_eq!(page.char(page.zero() + digit), char::from(b'0' + digit), "{page}");
        }
        if page.is_ebcdic() {
            assert_eq!((page.char(0x4E), page.char(0x60)), ('+', '-'), "{page}");
            assert_eq!(
                page.encode("AIJRSZ.,/").unwrap(),
                [0xC1, 0xC9, 0xD1, 0xD9, 0xE2, 0xE9, 0x4B, 0x6B, 0x61]
            );
        }
    }
}

#[test]
fn known_places() {
    let page = |name: &str| -> CodePage { name.parse().unwrap() };
    assert_eq!(CodePage::CP037.encode("AZaz09 ").unwrap(), [0xC1, 0xE9, 0x81, 0xA9, 0xF0, 0xF9, 0x40]);
    assert_eq!(CodePage::CP037.byte('['), Some(0xBA));
    assert_eq!(CodePage::CP500.byte('['), Some(0x4A));
    assert_eq!(CodePage::CP1047.byte('['), Some(0xAD));
    assert_eq!(CodePage::CP1140.byte('€'), Some(0x9F));
    assert_eq!(CodePage::CP037.encode("a€"), Err('€'));
    assert_eq!(page("273").decode(&[0xC0, 0xD0, 0x4A, 0xA1]), "äüÄß");
    assert_eq!(page("930").encode("Aｱ日本").unwrap(), [0xC1, 0x81, 0x0E, 0x45, 0x62, 0x45, 0x66, 0x0F]);
    assert_eq!(page("939").decode(&[0x81, 0x0E, 0x45, 0x62, 0x45, 0x66, 0x0F, 0x40]), "a日本 ");
    // Only to EBCDIC: a full-width letter in a page that has no such letters.
    assert_eq!(CodePage::CP037.byte('Ａ'), Some(0xC1));
    // Only from EBCDIC: shown as an escape, because the character is written as another byte.
    let thai = page("838");
    assert!((0..=255).filter(|byte| crate::encoding::is_escape(thai.char(*byte))).count() >= 5);
    assert_eq!(page("1390").decode_dbcs(&page("1390").encode_dbcs("か\u{309A}").unwrap()), "か\u{309A}");
}

#[test]
fn the_documents_list_every_page() {
    let list: String = CodePage::all()
        .map(|page| format!("| {} | {} | {} |\n", page.name(), page.description(), page.source()))
        .collect();
    let document = include_str!("../../../docs/code-pages.md");
    assert!(document.ends_with(&list), "docs/code-pages.md must end with:\n{list}");
}

#[test]
fn line_ends_are_swapped_on_demand() {
    let plain = CodePage::CP1047;
    let swapped = plain.with_line_ends_swapped(true);
    assert_eq!((plain.char(0x15), plain.char(0x25)), ('\u{85}', '\n'));
    assert_eq!((swapped.char(0x15), swapped.char(0x25)), ('\n', '\u{85}'));
    assert_eq!((swapped.byte('\n'), swapped.byte('\u{85}')), (Some(0x15), Some(0x25)));
    assert_eq!(CodePage::LATIN1.with_line_ends_swapped(true), CodePage::LATIN1);
}

/// What a user sees of bytes that are shifted in another way than the writer shifts.
#[test]
fn shifts_out_of_place() {
    let page: CodePage = "939".parse().unwrap();
    for (bytes, text) in [
        (&[0x0E, 0x45, 0x62][..], "日\u{10F90F}"),
        (&[0x0E, 0x45, 0x62, 0x45, 0x0F], "日\u{10F845}"),
        (&[0x0E, 0x0F], "\u{10F80E}"),
        (&[0x0E, 0x0F, 0xC1], "\u{10F80E}A"),
        (&[0x0F, 0xC1], "\u{10F80F}A"),
        (&[0x0E, 0x45, 0x62, 0x0F, 0x0E, 0x45, 0x66, 0x0F], "日\u{10F80F}本"),
        (&[0x0E, 0x0E, 0x45, 0x62, 0x0F], "\u{10F80E}\u{10F80E}日"),
        (&[0x0E, 0x45, 0x62, 0x0F, 0xC1, 0x0F], "日A\u{10F80F}"),
        (&[0x0E], "\u{10F80E}\u{10F90F}"),
        (&[0x0E, 0xFF, 0xFF, 0x0F, 0xC1], "\u{10F80E}\u{10F8FF}\u{10F8FF}A"),
    ] {
        assert_eq!(page.decode(bytes), text, "{bytes:02X?}");
        assert_eq!(page.encode(text).unwrap(), bytes);
    }
}

/// Bytes as they come in mixed fields: shifts in any order, pairs with and without characters.
fn mixed_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(SHIFT_OUT),
        4 => Just(SHIFT_IN),
        8 => 0x41..=0x7Fu8,
        2 => Just(0x40u8),
        2 => 0xEC..=0xECu8,
        4 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_bytes_come_back(bytes in mixed_bytes()) {
        for page in mixed_pages() {
            let text = page.decode(&bytes);
            prop_assert_eq!(page.encode(&text), Ok(bytes.clone()), "{} {:?}", page, text);
            let pairs = page.decode_dbcs(&bytes);
            prop_assert_eq!(page.encode_dbcs(&pairs), Ok(bytes.clone()), "{} {:?}", page, pairs);
        }
        for page in [CodePage::CP037, CodePage::LATIN1] {
            let pairs = page.decode_dbcs(&bytes);
            prop_assert_eq!(page.encode_dbcs(&pairs), Ok(bytes.clone()));
        }
    }

    /// Long enough for the ways that take many bytes at once.
    #[test]
    fn bulk_is_the_same_as_one_by_one(bytes in prop::collection::vec(any::<u8>(), 0..100), mostly in any::<[u8; 4]>()) {
        for page in CodePage::all().filter(|page| !page.is_double_byte()) {
            for bytes in [bytes.clone(), bytes.iter().map(|byte| mostly[usize::from(*byte) % 4]).collect()] {
                let text = page.decode(&bytes);
                prop_assert_eq!(&text, &bytes.iter().map(|byte| page.char(*byte)).collect::<String>());
                prop_assert_eq!(page.encode(&text), Ok(bytes));
            }
        }
    }

    /// Any text: what can be written reads back as itself, unless it holds escapes or a character that is only written.
    #[test]
    fn text_is_written_or_refused(text in "[ -~äöü€АБЯア-ワ一-三가-각か\u{309A}]{0,12}") {
        for page in CodePage::all() {
            match page.encode(&text) {
                Ok(bytes) => prop_assert_eq!(page.decode(&bytes), text.clone(), "{}", page),
                Err(lacks) => prop_assert!(text.contains(lacks)),
            }
        }
    }
}
