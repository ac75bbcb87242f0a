//! Floating-point and edited items in conditions and moves: what COBOL takes for a number and what for text.

use std::sync::Arc;

use offhost::copybook::{CopybookOptions, parse};
use offhost::diag::{Result, Source, Span};
use offhost::encoding::{CodePage, FloatFormat, float};
use offhost::expr::{Compiler, Fault, Meaning, Rules, Scope, SingleFrame};
use offhost::record::{Origin, Overflow, RecordFormat};

use crate::harness::{Random, ebcdic, packed, rounds, text};

const COPYBOOK: &str = "
       01  REC.
           05  SHORT-F    COMP-1.
               88  TENTH  VALUE 0.1.
               88  SMALL  VALUE -1.5 THRU 1.5E0.
           05  LONG-F     COMP-2.
               88  IS-TENTH VALUE 0.1.
               88  NOUGHT VALUE ZERO.
               88  VAST   VALUE 1.0E50 THRU 1.0E70.
           05  OTHER-F    COMP-2.
           05  EXT        PIC +9.99E+99.
           05  AMT        PIC S9(5)V99 COMP-3.
           05  WHOLE      PIC 9(3).
           05  SHOWN      PIC ZZ,ZZ9.99-.
           05  CHEQUE     PIC ***9.
           05  NAME       PIC X(6).
           05  WIDE-TEXT  PIC N(2).
           05  PART.
               10  P-1    PIC X(8).
";

const LENGTH: usize = 4 + 8 + 8 + 9 + 4 + 3 + 10 + 4 + 6 + 4 + 8;

fn scope(format: FloatFormat) -> Scope {
    let (layout, found) = parse(&Source::new("rec.cpy", COPYBOOK), &CopybookOptions::default());
    let layout = layout.unwrap_or_else(|| panic!("{:?}", found.list()));
    assert_eq!(layout.length(), LENGTH);
    let meaning = Meaning::new(&layout, Rules { float: format, ..Rules::default() });
    Scope::single_with("INPUT", RecordFormat { layout: Arc::new(layout), page: CodePage::CP037 }, meaning)
}

fn record(format: FloatFormat, short: &str, long: &str, other: &str) -> Vec<u8> {
    let stored = |text: &str, length: usize| {
        let mut bytes = vec![0; length];
        float::parse(text, format, &mut bytes).unwrap();
        bytes
    };
    [
        stored(short, 4),
        stored(long, 8),
        stored(other, 8),
        ebcdic("+1.25E+02"),
        packed(-150, 7, true),
        ebcdic("012"),
        text(" 1,234.50-", 10),
        ebcdic("**42"),
        text("ABC", 6),
        vec![0, 0x41, 0, 0x42],
        text("GROUP", 8),
    ]
    .concat()
}

fn span(text: &str) -> Span {
    Span::new(&Source::new("test", text), 0..text.len())
}

fn holds_in(format: FloatFormat, condition: &str, record: &[u8]) -> Result<bool> {
    let scope = scope(format);
    let condition = Compiler::new(&scope).condition(&span(condition))?;
    condition.holds(&SingleFrame { record, origin: Origin { dataset: "input", ..Origin::default() } })
}

/// Record of the usual values: SHORT-F and LONG-F 0.1, OTHER-F -2.5.
fn usual(format: FloatFormat) -> Vec<u8> {
    record(format, "0.1", "0.1", "-2.5")
}

const FORMATS: [FloatFormat; 4] =
    [FloatFormat::IbmHex, FloatFormat::IbmHexLittle, FloatFormat::IeeeBig, FloatFormat::IeeeLittle];

#[test]
fn floats_compare_by_value() {
    for format in FORMATS {
        let record = usual(format);
        for (condition, wanted) in [
            ("LONG-F = 0.1", true),
            ("0.1 = LONG-F", true),
            ("LONG-F = 0.10000", true),
            ("IS-TENTH", true),
            // A short float holds another number than the long one next to 0.1, as COMP-1 does.
            ("SHORT-F = 0.1", false),
            ("SHORT-F = LONG-F", false),
            ("TENTH", false),
            ("SHORT-F > 0.0999999 AND SHORT-F < 0.1000001", true),
            ("SMALL", true),
            ("OTHER-F = -2.5", true),
            ("OTHER-F < AMT", true),
            ("AMT > OTHER-F", true),
            ("OTHER-F = AMT - 1", true),
            ("OTHER-F + 1 = 0", false),
            ("OTHER-F IS NEGATIVE", true),
            ("LONG-F IS POSITIVE AND NOT LONG-F IS ZERO", true),
            ("NOUGHT", false),
            ("LONG-F NOT = ZERO", true),
            ("VAST", false),
            ("LONG-F < 99999999999999999999999999999999999999", true),
            ("LONG-F IS NUMERIC", true),
            ("EXT = 125", true),
            ("EXT > LONG-F", true),
            ("EXT IS NUMERIC", true),
        ] {
            match holds_in(format, condition, &record) {
                Ok(found) => assert_eq!(found, wanted, "{condition} {format:?}"),
                // Arithmetic with floats is refused.
                Err(error) => assert!(condition.contains("OTHER-F + 1"), "{condition}: {}", error.message),
            }
        }
        let zeros = self::record(format, "0", "1E60", "-0");
        for condition in ["SHORT-F = 0", "OTHER-F = ZERO", "OTHER-F IS ZERO", "VAST", "SHORT-F = OTHER-F"] {
            assert!(holds_in(format, condition, &zeros).unwrap(), "{condition} {format:?}");
        }
    }
}

/// Comparing two floats agrees with the machine's own comparison of the same values.
#[test]
fn the_order_is_that_of_the_numbers() {
    let mut random = Random::new(7);
    for _ in 0..rounds(200) {
        let mut number = || {
            let scale = 10f64.powi(i32::try_from(random.below(20)).unwrap() - 10);
            (random.below(2000) as f64 - 1000.0) * scale
        };
        let (a, b) = (number(), number());
        let texts = (format!("{a:e}"), format!("{b:e}"));
        for format in FORMATS {
            let record = record(format, "0", &texts.0, &texts.1);
            let (less, equal) = (
                holds_in(format, "LONG-F < OTHER-F", &record),
                holds_in(format, "LONG-F = OTHER-F", &record),
            );
            assert_eq!((less.unwrap(), equal.unwrap()), (a < b, a == b), "{a} {b} {format:?}");
        }
    }
}

#[test]
fn hexadecimal_floats_need_not_be_normalised() {
    let mut record = usual(FloatFormat::IbmHex);
    // 0.01 (hex) x 16^2 is 1, and so is 0.1 (hex) x 16.
    record[4..12].copy_from_slice(&[0x42, 0x01, 0, 0, 0, 0, 0, 0]);
    assert!(holds_in(FloatFormat::IbmHex, "LONG-F = 1", &record).unwrap());
    // A minus zero, and a zero with an exponent, are zero.
    for word in [[0x80, 0, 0, 0, 0, 0, 0, 0], [0x42, 0, 0, 0, 0, 0, 0, 0]] {
        record[4..12].copy_from_slice(&word);
        assert!(holds_in(FloatFormat::IbmHex, "LONG-F = 0 AND NOUGHT", &record).unwrap());
    }
}

#[test]
fn floats_that_are_no_numbers() {
    let mut record = usual(FloatFormat::IeeeBig);
    record[4..12].copy_from_slice(&f64::INFINITY.to_be_bytes());
    let error = holds_in(FloatFormat::IeeeBig, "LONG-F > 1", &record).unwrap_err();
    assert_eq!((error.code.id(), error.message.contains("infinity")), ("DAT001", true), "{}", error.message);
    assert!(!holds_in(FloatFormat::IeeeBig, "LONG-F IS NUMERIC", &record).unwrap());
}

#[test]
fn what_floats_and_edited_items_do_not_go_with() {
    for (condition, words) in [
        ("LONG-F = 'A'", "LONG-F is a number, 'A' is not"),
        ("NAME = LONG-F", "LONG-F is a number, NAME is not"),
        ("LONG-F = SPACES", "LONG-F is a number, SPACES is not"),
        ("LONG-F + 1 > 0", "LONG-F is a floating-point number, which is not exact"),
        ("SHOWN + 1 > 0", "SHOWN is numeric-edited, not a number"),
        ("SHOWN = 1234.5", "1234.5 is a number, SHOWN is not"),
        ("SHOWN > AMT", "AMT is a number, SHOWN is not"),
        ("LONG-F IS ALPHABETIC AND LONG-F + 1 = 0", "floating-point"),
    ] {
        let error = holds_in(FloatFormat::IbmHex, condition, &usual(FloatFormat::IbmHex)).unwrap_err();
        assert!(
            error.code.id() == "EXP004" && error.message.contains(words),
            "{condition}: {}",
            error.message
        );
    }
}

/// A numeric-edited item is of the class alphanumeric (Language Reference, "Classes and categories of data").
#[test]
fn edited_items_compare_as_text() {
    let record = usual(FloatFormat::IbmHex);
    for (condition, wanted) in [
        ("SHOWN = ' 1,234.50-'", true),
        ("SHOWN = '1234.50-'", false),
        ("SHOWN = SPACES", false),
        ("CHEQUE = '**42'", true),
        ("CHEQUE < '0042'", true),
        ("CHEQUE IS NUMERIC", false),
        ("SHOWN(2:1) = '1'", true),
        ("WHOLE = '012'", true),
    ] {
        assert_eq!(holds_in(FloatFormat::IbmHex, condition, &record).unwrap(), wanted, "{condition}");
    }
}

/// The bytes of `to` after `MOVE from TO to`, or the message.
fn moved(
    format: FloatFormat,
    from: &str,
    to: &str,
    overflow: Overflow,
) -> std::result::Result<Vec<u8>, String> {
    moved_in(format, &usual(format), from, to, overflow)
}

fn moved_in(
    format: FloatFormat,
    record: &[u8],
    from: &str,
    to: &str,
    overflow: Overflow,
) -> std::result::Result<Vec<u8>, String> {
    let scope = scope(format);
    let compiler = Compiler::new(&scope);
    let target = compiler.field(&span(to)).unwrap();
    let movement = compiler.movement(&span(from), target, overflow).map_err(|error| error.message)?;
    let mut bytes = Vec::new();
    let frame = SingleFrame { record, origin: Origin::default() };
    movement
        .prepare(&frame, &mut bytes)
        .map_err(|fault: Fault| fault.into_diagnostic(|| to.to_owned()).message)?;
    Ok(bytes)
}

#[test]
fn a_move_takes_editing_away_and_edits() {
    let hex = FloatFormat::IbmHex;
    let moved = |from: &str, to: &str| moved(hex, from, to, Overflow::Error);
    assert_eq!(moved("SHOWN", "AMT").unwrap(), packed(-123_450, 7, true));
    assert_eq!(moved("CHEQUE", "AMT").unwrap(), packed(4_200, 7, true));
    assert_eq!(moved("CHEQUE", "WHOLE").unwrap(), ebcdic("042"));
    assert!(moved("SHOWN", "WHOLE").unwrap_err().contains("SIZE ERROR"));
    assert_eq!(self::moved(hex, "SHOWN", "WHOLE", Overflow::Truncate).unwrap(), ebcdic("234"));
    assert_eq!(moved("CHEQUE", "SHOWN").unwrap(), ebcdic("    42.00 "));
    assert_eq!(moved("AMT", "SHOWN").unwrap(), ebcdic("     1.50-"));
    assert_eq!(moved("AMT", "CHEQUE").unwrap(), ebcdic("***1"));
    assert_eq!(moved("7.257", "SHOWN").unwrap(), ebcdic("     7.25 "));
    assert_eq!(moved("WHOLE * 2", "CHEQUE").unwrap(), ebcdic("**24"));
    assert_eq!(moved("ZERO", "CHEQUE").unwrap(), ebcdic("***0"));
    assert_eq!(moved("SPACES", "CHEQUE").unwrap(), ebcdic("    "));
    assert_eq!(moved("SHOWN", "NAME").unwrap(), ebcdic(" 1,234"));
    assert!(moved("99999", "CHEQUE").unwrap_err().contains("SIZE ERROR"));
    assert!(moved("'AB'", "CHEQUE").unwrap_err().contains("'AB' is not a number"));
    let mut record = usual(hex);
    record[36..46].copy_from_slice(&text("1,234.50", 10));
    let error = moved_in(hex, &record, "SHOWN", "AMT", Overflow::Error).unwrap_err();
    assert!(error.contains("SHOWN is not a valid number"), "{error}");
}

/// A float is rounded where other numbers are cut (Programming Guide, "Conversions and precision").
#[test]
fn floats_in_moves() {
    for format in FORMATS {
        let stored = |text: &str| {
            let mut bytes = vec![0; 8];
            float::parse(text, format, &mut bytes).unwrap();
            bytes
        };
        let moved = |from: &str, to: &str| moved(format, from, to, Overflow::Error);
        assert_eq!(moved("OTHER-F", "AMT").unwrap(), packed(-250, 7, true));
        assert_eq!(moved("OTHER-F", "WHOLE").unwrap(), ebcdic("003"), "rounded, and the sign is dropped");
        assert_eq!(moved("OTHER-F", "SHOWN").unwrap(), ebcdic("     2.50-"));
        assert_eq!(moved("EXT", "AMT").unwrap(), packed(12_500, 7, true));
        assert_eq!(moved("AMT", "LONG-F").unwrap(), stored("-1.5"));
        assert_eq!(moved("0.1", "OTHER-F").unwrap(), stored("0.1"));
        assert_eq!(moved("OTHER-F", "LONG-F").unwrap(), stored("-2.5"));
        assert_eq!(moved("SHOWN", "LONG-F").unwrap(), stored("-1234.5"));
        assert!(moved("SHORT-F", "LONG-F").unwrap_err().contains("different floats"));
        assert!(moved("LONG-F", "NAME").unwrap_err().contains("cannot be moved to text"));
        assert!(moved("WIDE-TEXT", "AMT").unwrap_err().contains("is no number"));
        assert!(moved("AMT", "EXT").unwrap_err().contains("external floating point"));
        let vast = record(format, "0", "1E60", "1E-60");
        let from_vast = |to| moved_in(format, &vast, "LONG-F", to, Overflow::Error);
        assert!(from_vast("AMT").unwrap_err().contains("SIZE ERROR"));
        assert_eq!(moved_in(format, &vast, "OTHER-F", "AMT", Overflow::Error).unwrap(), packed(0, 7, true));
    }
}
