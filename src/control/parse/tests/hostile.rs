//! Cards that mean harm: no panic, no hang, no message without a place.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::control::deck::Cards;
use crate::sys::clock::thread_time;

/// Words and signs of the language.
const TOKENS: &[&str] = &[
    " SORT ",
    " OUTREC ",
    " INREC ",
    " OUTFIL ",
    " INCLUDE ",
    " OPTION ",
    " SUM ",
    " JOINKEYS ",
    "FIELDS=",
    "BUILD=",
    "OVERLAY=",
    "COND=",
    "IFTHEN=",
    "WHEN=",
    "INIT",
    "GROUP",
    "NONE",
    "(",
    ")",
    "(",
    ")",
    ",",
    ",",
    ",",
    ";",
    ":",
    "/",
    "1,5",
    "1",
    "5",
    "32752",
    "99999999999999999999999",
    "CH",
    "ZD",
    "PD",
    "BI",
    "Y2T",
    "Y4T",
    "SS",
    "EQ",
    "NE",
    "AND",
    "OR",
    "C'A'",
    "X'00'",
    "B'1.'",
    "B'10101010'",
    "'",
    "''",
    "5X",
    "3C'AB'",
    "4095X'FF'",
    "%00",
    "%",
    "PARSE=",
    "FIXLEN=5",
    "SEQNUM,",
    "START=",
    "RESTART=",
    "DATE1",
    "DATE1(",
    "DATE=(4MD/)",
    "TOGREG=Y4T",
    "ADDDAYS,",
    "DATEDIFF,",
    "M11",
    "EDIT=(",
    "SIGNS=(",
    "LENGTH=",
    "TO=ZD",
    "ADD",
    "MUL",
    "+5",
    "-5",
    "CHANGE=(",
    "NOMATCH=",
    "JFY=(",
    "SHIFT=LEFT",
    "FINDREP=(",
    "INOUT=(",
    "SECTIONS=(",
    "HEADER1=(",
    "TRAILER1=(",
    "COUNT",
    "TOTAL=(",
    "NUM",
    "Y'DATE1'",
    "ALL",
    "A",
    "D",
    "\n",
    "\n ",
    ",\n  ",
    "* comment\n",
    " remark ",
    "\t",
    "\0",
    "\u{e9}",
    "\u{4e00}",
    "FORMAT=",
    "F1:",
    "?",
];

/// Reads in both dialects, and shows what was found.
fn survive(text: &str) {
    let symbols = Symbols::read(&Source::new("SYMNAMES", text), CodePage::CP037, &SystemSymbols::default());
    let symbols = symbols.ok();
    for dialect in [Dialect::Dfsort, Dialect::Syncsort] {
        for kind in [DeckKind::Main, DeckKind::ToolUsing] {
            let context = ParseContext { page: CodePage::CP037, dialect, kind };
            match deck(&[Source::new("SYSIN", text)], symbols.as_ref(), &context) {
                Ok(deck) => {
                    assert!(deck.warnings.iter().all(|d| d.severity == crate::diag::Severity::Warning))
                }
                Err(diagnostics) => {
                    assert!(diagnostics.has_errors());
                    let _ = diagnostics.to_string();
                }
            }
        }
    }
    let mut diagnostics = Diagnostics::new();
    Cards::read_tool(&Source::new("TOOLIN", text), &mut diagnostics);
    let _ = diagnostics.to_string();
}

/// Reads within a time that only a quadratic pass would exceed.
fn quick(name: &str, text: &str) -> Result<Deck, Diagnostics> {
    let start = thread_time();
    let result = deck(&[Source::new("SYSIN", text)], None, &CONTEXT);
    if let Err(diagnostics) = &result {
        let _ = diagnostics.to_string();
    }
    assert!(thread_time() - start < Duration::from_secs(8), "{name} took {:?}", thread_time() - start);
    result
}

/// `head`, then one card for each of many parts, then `tail`.
fn many(head: &str, count: usize, part: &str, tail: &str) -> String {
    let mut text = format!(" {head}\n");
    for _ in 0..count {
        text.push_str("   ");
        text.push_str(part);
        text.push('\n');
    }
    text + "   " + tail
}

#[test]
fn large_decks_are_read_quickly() {
    const MANY: usize = 100_000;
    for (name, text, good) in [
        (
            "keys",
            many("SORT FIELDS=(", MANY, "1,5,CH,A,", "9,1,CH,A)").replacen("(\n", "(1,5,CH,A,\n", 1),
            true,
        ),
        ("items", many("OUTREC BUILD=(1,5,", MANY, "C'A',5X,", "X)"), true),
        (
            "comparisons",
            many("INCLUDE COND=(1,1,CH,EQ,C'A',OR,", MANY, "1,1,CH,EQ,C'A',AND,", "1,1,BI,EQ,1)"),
            true,
        ),
        (
            "clauses",
            many(
                "INREC IFOUTLEN=5,",
                MANY,
                "IFTHEN=(WHEN=INIT,BUILD=(1,5)),",
                "IFTHEN=(WHEN=ANY,BUILD=(1,5))",
            ),
            true,
        ),
        ("sums", many("SUM FIELDS=(1,2,PD,", MANY, "5,2,PD,", "9,2,PD)"), false),
        ("statements", " OUTFIL FNAMES=A\n".repeat(20_000), true),
        ("nonsense", " NONSENSE X=Y\n".repeat(MANY), false),
        ("options", many("OPTION COPY,", MANY, "EQUALS,", "EQUALS"), true),
        ("outfil operands", many("OUTFIL FNAMES=A,", MANY, "FNAMES=B,", "FNAMES=C"), true),
        (
            "parse",
            many("INREC PARSE=(%1=(FIXLEN=1),", MANY, "%2=(FIXLEN=1),", "%=(FIXLEN=1)),BUILD=(%1)"),
            true,
        ),
        (
            "many parses",
            many("INREC BUILD=(1,5),", MANY, "PARSE=(%1=(FIXLEN=1)),", "PARSE=(%1=(FIXLEN=1))"),
            false,
        ),
    ] {
        let result = quick(name, &text);
        assert_eq!(
            result.is_ok(),
            good,
            "{name}: {}",
            result.err().map(|d| d.to_string()).unwrap_or_default()
        );
    }
    let one_line = format!(" SORT FIELDS=({}", "1,5,CH,A,".repeat(MANY));
    assert!(quick("one line", &one_line).is_err());
}

#[test]
fn nesting_is_limited() {
    for depth in [50, 200, 100_000] {
        let parentheses = |open: &str, inner: &str, close: &str| {
            let mut text = String::from(" ");
            text.push_str(open);
            for _ in 0..depth {
                text.push_str("(\n");
            }
            text.push_str(inner);
            text.push_str(&")".repeat(depth));
            text.push_str(close);
            text
        };
        let deep = |open, inner, close| {
            // Parentheses do not continue a card, so that each is broken off in column 72.
            let text: String = parentheses(open, inner, close).replace('\n', "");
            let mut cards = String::new();
            let mut rest = text.as_str();
            let mut first = true;
            while !rest.is_empty() {
                let room = if first { 71 } else { 56 };
                let (card, behind) = rest.split_at(room.min(rest.len()));
                let indent = if first { 0 } else { 15 };
                cards.push_str(&format!("{:indent$}{card:<room$}X\n", ""));
                (rest, first) = (behind, false);
            }
            quick("deep", cards.trim_end().trim_end_matches('X'))
        };
        assert_eq!(deep("INCLUDE COND=", "1,1,CH,EQ,C'A'", "").is_ok(), depth < 100);
        assert_eq!(deep("OUTREC BUILD=(", "1,2,ZD,ADD,+5", ")").is_ok(), depth < 99);
    }
    let long = many("OUTREC BUILD=(1,2,ZD,", 5_000, "ADD,+1,", "ADD,+1)");
    assert!(quick("chain", &long).is_err(), "a long chain would be a deep tree");
}

#[test]
fn odd_bytes() {
    for text in [
        "",
        "\0",
        "\u{feff}",
        " \0SORT",
        " SORT\0FIELDS=COPY",
        " SORT FIELDS=(\0)",
        "\r\r\r",
        "'",
        " '",
        " SORT '",
        "*",
        " OUTREC BUILD=(C'\u{4e00}')",
        " OUTREC BUILD=(C'\u{1F600}",
        " SORT FIELDS=(1,5,CH,A)\u{a0}X",
        "\u{85} SORT",
        " OPTION \u{e9}",
        " OUTREC BUILD=(1,5,ZD,EDIT=(\u{4e00}T))",
        " OUTREC BUILD=(DATE1(\u{4e00}))",
        " OUTREC BUILD=(1,5,BI,SIGNS=(\u{4e00}))",
        " OUTREC BUILD=(DATE=(\u{4e00}\u{4e00}))",
        " INCLUDE COND=(1,1,CH,EQ,Y'\u{4e00}')",
        " ALTSEQ CODE=(\u{4e00})",
        " OUTREC BUILD=(DATE1(",
        " OUTREC BUILD=(1,5,BI,SIGNS=(",
        " OUTREC BUILD=(1,5,BI,EDIT=(",
    ] {
        survive(text);
        survive(&format!("{text}\n{text}"));
    }
    let wide = format!(" OUTREC BUILD=(C'{}", "\u{e9}".repeat(100));
    survive(&wide);
    let mark = format!("{:<71}\u{4e00}\n{:15}')", " OUTREC BUILD=(C'A", "");
    survive(&mark);
}

fn soup() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop::sample::select(TOKENS), 0..60).prop_map(|tokens| tokens.concat())
}

/// A good deck with some characters changed, taken out or put in.
fn damaged() -> impl Strategy<Value = String> {
    let decks = prop::sample::select(super::DECKS);
    let edits =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8, prop::sample::select(TOKENS)), 1..5);
    (decks, edits).prop_map(|(deck, edits)| {
        let mut text: Vec<char> = cards(deck).chars().collect();
        for (index, kind, token) in edits {
            if text.is_empty() {
                break;
            }
            let at = index.index(text.len());
            match kind {
                0 => drop(text.remove(at)),
                1 => text[at] = token.chars().next().unwrap_or(' '),
                2 => drop(text.splice(at..at, token.chars())),
                _ => text.truncate(at),
            }
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_survives(text in "[ -~\n\t\u{0}\u{e4}\u{4e00}']{0,300}") {
        survive(&text);
    }

    #[test]
    fn any_tokens_survive(text in soup()) {
        survive(&text);
    }

    #[test]
    fn damaged_decks_survive(text in damaged()) {
        survive(&text);
    }
}

/// Few in the usual run; more with OFFHOST_ROUNDS or PROPTEST_CASES.
fn cases() -> u32 {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    number("PROPTEST_CASES").unwrap_or(300 * number("OFFHOST_ROUNDS").unwrap_or(1))
}
