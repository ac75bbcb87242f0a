//! Text that means harm: no panic, no hang.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::sys::clock::thread_time;

/// Reads in every format and renders what was found.
fn survive(text: &str) {
    for format in [SourceFormat::Auto, SourceFormat::Fixed, SourceFormat::Free] {
        for area in [Area::File, Area::WorkingStorage] {
            let (layout, diagnostics) = read_with(text, format, area);
            assert_eq!(layout.is_none(), diagnostics.has_errors());
            if let Some(layout) = &layout {
                table_rows(layout);
                to_json(layout);
                to_json_schema(layout);
                to_sql(layout);
                to_arrow(layout);
            }
            let _ = diagnostics.to_string();
        }
    }
}

/// Reads within a time that only a quadratic pass would exceed.
fn quick(name: &str, text: &str) -> Diagnostics {
    let start = thread_time();
    let (_, diagnostics) = read(text);
    assert!(thread_time() - start < Duration::from_secs(8), "{name} took {:?}", thread_time() - start);
    diagnostics
}

fn repeat(head: &str, count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(head.to_owned(), |mut text, i| {
        text.push_str(&line(i));
        text
    })
}

#[test]
fn large_copybooks_are_read_quickly() {
    let fields = repeat("01 R.\n", 65_000, |i| format!("05 F{i} PIC X.\n"));
    assert!(!quick("fields", &fields).has_errors());
    let same = repeat("01 R. 05 A PIC 9.\n", 30_000, |_| "05 A PIC 9 OCCURS 1 TO 2 DEPENDING ON A.\n".into());
    assert!(quick("same name", &same).has_errors());
    let chain = repeat("01 R. 05 A PIC 9.\n", 60_000, |_| "05 B REDEFINES A PIC 9.\n".into());
    assert!(!quick("chain", &chain).has_errors());
    let renames =
        repeat("01 R. 05 A PIC 9. 05 B PIC 9.\n", 60_000, |i| format!("66 C{i} RENAMES A THRU B.\n"));
    assert!(!quick("renames", &renames).has_errors());
    let unknown = repeat("01 R.\n", 60_000, |i| format!("05 F{i} REDEFINES G{i} PIC X.\n"));
    assert!(quick("unknown names", &unknown).has_errors());
    let deep = repeat("", 10_000, |i| format!("{:02} A{i}.\n", i % 49 + 1));
    assert!(quick("levels", &deep).has_errors());
    let values = repeat("01 A PIC 9.\n88 B VALUE", 300_000, |_| " 1".into()) + ".";
    assert!(!quick("values", &values).has_errors());
}

#[test]
fn limits_are_reported() {
    // Two million entries would take a minute here; the limit itself is one comparison.
    const { assert!(parser::MAX_ENTRIES >= 1_000_000 && MAX_SOURCE >= 50_000_000) };
    assert_eq!(codes_of(&quick("too large", &" ".repeat(MAX_SOURCE + 1))), ["CPY022"]);
    let nested = repeat("01 R.\n", 7, |i| format!("{:02} T{i} OCCURS 999999999.\n", i + 2)) + "20 A PIC X.";
    assert_eq!(codes_of(&quick("product", &nested))[0], "CPY017");
    let many = repeat("01 R.\n", 3, |_| "05 A PIC X(2000000000).\n".into());
    assert_eq!(codes_of(&quick("sum", &many)), ["CPY017"]);
    let eight = repeat("01 R.\n", 8, |i| format!("{:02} T{i} OCCURS 2.\n", i + 2)) + "20 A PIC X.";
    assert_eq!(codes_of(&quick("dimensions", &eight)), ["CPY015"]);
    let name = format!("01 {} PIC X.", "A".repeat(1 << 20));
    assert_eq!(codes_of(&quick("name", &name)), ["CPY022"]);
}

#[test]
fn strange_text_is_survived() {
    let long_lines = ["(", "'", "A", "1", ".", "-", "\t", "\u{0}", "PIC X(", "VALUE 1 ", "é"]
        .map(|part| format!("01 A PIC {}", part.repeat((1 << 18) / part.len())));
    long_lines.iter().for_each(|text| survive(text));
    for text in [
        "",
        "\u{1A}",
        "\u{0}\u{0}",
        "01",
        "01 ",
        "01 A PIC",
        "88",
        "66 A RENAMES",
        "05 A OCCURS",
        "'",
        ".",
        "\n\n",
        "01 A VALUE ALL ALL ALL",
        "01 A. 05 B REDEFINES A REDEFINES B.",
        "      -",
        "       01 A\n      -'",
    ] {
        survive(text);
    }
}

fn soup() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "01",
        "05",
        "10",
        "49",
        "50",
        "66",
        "77",
        "88",
        "A",
        "B",
        "C",
        "A-B",
        "FILLER",
        "PIC",
        "PICTURE",
        "X",
        "9(5)V99",
        "S9(4)",
        "X(3)",
        "ZZ9",
        "COMP",
        "COMP-3",
        "COMP-1",
        "COMP-6",
        "COMP-X",
        "POINTER",
        "INDEX",
        "BINARY-SHORT",
        "UNSIGNED",
        "NATIONAL",
        "GROUP-USAGE",
        "BYTE-LENGTH",
        "N(3)",
        "U(2)",
        "G",
        "9(20)",
        "NX'0041'",
        "N'a'",
        "Z'z'",
        "1.5E3",
        "NULL",
        "SYNC",
        "COUNT",
        "USAGE",
        "IS",
        "OCCURS",
        "3",
        "0",
        "TO",
        "TIMES",
        "DEPENDING",
        "ON",
        "REDEFINES",
        "RENAMES",
        "THRU",
        "VALUE",
        "VALUES",
        "ZERO",
        "SPACES",
        "ALL",
        "'x'",
        "X'C1'",
        "-1.5",
        "SIGN",
        "LEADING",
        "SEPARATE",
        "BLANK",
        "WHEN",
        "JUST",
        "SYNC",
        "OF",
        "INDEXED",
        "BY",
        "ASCENDING",
        "KEY",
        "COPY",
        "REPLACE",
        "REPLACING",
        "LEADING",
        "==A==",
        "====",
        "==",
        ":A:",
        "OFF",
        "DATA DIVISION.",
        "PROCEDURE DIVISION.",
        "$$,$$9.99CR",
        "+9.9E+99",
        "N(3)B",
        "(",
        ")",
        ",",
        ".",
        ".",
        ".",
        ".\n",
        ".\n",
        "\n      -",
        "\n       ",
        "\t",
        "'",
        "*>",
        "%",
        "999999999",
    ]);
    prop::collection::vec(words, 0..80).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_words_are_survived(text in soup()) {
        survive(&text);
        survive(&format!("       {}", text.replace('\n', "\n       ")));
    }
}
