//! Conditions and arithmetic by COBOL's rules: numbers by value, text padded with blanks and in EBCDIC order, class and
//! sign tests, abbreviated relations, condition names, subscripts and reference modification; mistakes with their place.

use std::sync::Arc;

use offhost::copybook::{CopybookOptions, parse};
use offhost::decimal::Decimal;
use offhost::diag::{Class, Diagnostic, Place, Result, Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Compiler, Fault, Scope, SingleFrame};
use offhost::record::{Origin, RecordFormat};

use crate::harness::{packed, text, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  NAME        PIC X(5).
           05  SHORT       PIC X(3).
           05  ZONED       PIC S9(3)V99.
           05  PACKED      PIC S9(5)V9 COMP-3.
           05  BINARY-N    PIC S9(4) COMP.
           05  COUNTER     PIC 9(3).
               88  FEW     VALUE 1 THRU 3.
               88  MANY    VALUES ARE 10, 20 THRU 29.
           05  FLAG        PIC X.
               88  YES     VALUE 'Y' 'y'.
               88  LETTER  VALUE 'A' THRU 'I'.
           05  TAB         PIC 9(2) OCCURS 4.
           05  PARTS.
               10  PART-A  PIC X(2).
               10  PART-B  PIC 9(2).
           05  DIGITS      PIC X(3).
";

/// NAME 'AB', SHORT 'AB', ZONED -1.50, PACKED 20.0, BINARY-N -7, COUNTER 3, FLAG 'y', TAB 1 2 3 4, PARTS 'XY42'.
fn record() -> Vec<u8> {
    [
        text("AB", 5),
        text("AB", 3),
        zoned(-150, 5, true),
        packed(200, 6, true),
        (-7i16).to_be_bytes().to_vec(),
        zoned(3, 3, false),
        text("y", 1),
        (1..=4).flat_map(|n| zoned(n, 2, false)).collect(),
        text("XY42", 4),
        text("012", 3),
    ]
    .concat()
}

fn scope() -> Scope {
    let (layout, found) = parse(&Source::new("rec.cpy", COPYBOOK), &CopybookOptions::default());
    let layout = layout.unwrap_or_else(|| panic!("{:?}", found.list()));
    Scope::single("INPUT", RecordFormat { layout: Arc::new(layout), page: CodePage::CP037 })
}

fn span(text: &str) -> Span {
    Span::new(&Source::new("test", text), 0..text.len())
}

fn try_holds(condition: &str, record: &[u8]) -> Result<bool> {
    let scope = scope();
    let condition = Compiler::new(&scope).condition(&span(condition))?;
    condition.holds(&SingleFrame {
        record,
        origin: Origin { dataset: "input", record: Some(7), offset: Some(0), above: None },
    })
}

#[track_caller]
fn holds(condition: &str) {
    assert!(
        try_holds(condition, &record()).unwrap_or_else(|e| panic!("{condition}: {}", e.message)),
        "{condition}"
    );
}

#[track_caller]
fn fails(condition: &str) {
    assert!(
        !try_holds(condition, &record()).unwrap_or_else(|e| panic!("{condition}: {}", e.message)),
        "{condition}"
    );
}

#[track_caller]
fn refused(condition: &str, code: &str, place: &str) {
    let error: Box<Diagnostic> =
        try_holds(condition, &record()).err().unwrap_or_else(|| panic!("{condition} is accepted"));
    assert_eq!(
        (error.code.id(), error.code.class()),
        (code, Class::BadSpecification),
        "{condition}: {}",
        error.message
    );
    let Place::Text { span, .. } = &error.place else { panic!("{condition}: no place") };
    assert!(span.text().contains(place) || place.is_empty(), "{condition}: at {:?}", span.text());
}

fn value(expression: &str, decimals: i16) -> std::result::Result<String, Fault> {
    let (scope, record) = (scope(), record());
    let arithmetic = Compiler::new(&scope)
        .arithmetic(&span(expression), decimals)
        .unwrap_or_else(|e| panic!("{}", e.message));
    arithmetic
        .value(&SingleFrame { record: &record, origin: Origin::default() })
        .map(|value| value.to_string())
}

/// The value must equal this one, whatever decimals it is written with.
#[track_caller]
fn is(expression: &str, wanted: &str) {
    let found: Decimal =
        value(expression, 2).unwrap_or_else(|_| panic!("{expression} has no value")).parse().unwrap();
    assert_eq!(found, wanted.parse::<Decimal>().unwrap(), "{expression}");
}

#[test]
fn numbers_are_compared_by_value_whatever_their_form() {
    holds("ZONED = -1.5");
    holds("ZONED = -1.500");
    holds("ZONED < BINARY-N + 6");
    holds("PACKED = 20 AND PACKED = 020.0");
    holds("PACKED > ZONED");
    holds("BINARY-N < ZONED");
    holds("BINARY-N <= -7 AND BINARY-N >= -7");
    holds("COUNTER NOT = 4 AND COUNTER NOT > 3 AND COUNTER NOT < 3");
    holds("COUNTER IS GREATER THAN 2 AND COUNTER IS LESS THAN OR EQUAL TO 3");
    fails("ZONED = ZERO");
    holds("ZERO > ZONED");
}

#[test]
fn text_is_compared_after_padding_with_blanks() {
    holds("NAME = SHORT");
    holds("NAME = 'AB'");
    holds("NAME = 'AB      '");
    holds("NAME NOT = 'ABC'");
    holds("NAME < 'ABC'");
    holds("SPACES < NAME");
    holds("DIGITS = COUNTER OR DIGITS NOT = COUNTER");
    holds("NAME > LOW-VALUES AND NAME < HIGH-VALUES");
    holds("NAME = X'C1C2'");
}

#[test]
fn text_is_ordered_as_ebcdic_does() {
    holds("'a' < NAME");
    holds("NAME < '0'");
    holds("SHORT < '9'");
    holds("'z' < 'A' OR NAME > 'z'");
    holds("NAME > ' '");
}

#[test]
fn a_zoned_integer_can_be_compared_with_digits_as_text() {
    holds("COUNTER = '003'");
    fails("COUNTER = '3'");
    holds("PART-B = '42'");
}

#[test]
fn condition_names_have_values_and_ranges() {
    holds("FEW");
    holds("NOT MANY");
    holds("YES");
    fails("LETTER");
    holds("FEW AND NOT LETTER OR MANY");
    holds("FEW OF REC");
    let with = |counter: i128| {
        let mut bytes = record();
        let at = 5 + 3 + 5 + 4 + 2;
        bytes[at..at + 3].copy_from_slice(&zoned(counter, 3, false));
        bytes
    };
    for (counter, few, many) in [
        (0, false, false),
        (1, true, false),
        (4, false, false),
        (10, false, true),
        (19, false, false),
        (20, false, true),
        (29, false, true),
        (30, false, false),
    ] {
        assert_eq!(try_holds("FEW", &with(counter)).unwrap(), few, "{counter}");
        assert_eq!(try_holds("MANY", &with(counter)).unwrap(), many, "{counter}");
    }
}

#[test]
fn not_binds_before_and_and_and_before_or() {
    holds("COUNTER = 3 OR COUNTER = 4 AND COUNTER = 5");
    fails("(COUNTER = 3 OR COUNTER = 4) AND COUNTER = 5");
    holds("NOT COUNTER = 4 AND COUNTER = 3");
    fails("NOT (COUNTER = 4 OR COUNTER = 3)");
}

#[test]
fn relations_can_be_abbreviated() {
    holds("COUNTER = 1 OR 2 OR 3");
    holds("COUNTER > 1 AND < 4");
    holds("COUNTER > 1 AND NOT > 3");
    holds("COUNTER NOT = 1 AND 2");
    fails("COUNTER NOT = 1 AND 3");
    holds("FLAG = 'x' OR 'y'");
    holds("COUNTER = 9 OR > 2");
}

#[test]
fn class_tests_look_at_the_bytes() {
    holds("DIGITS IS NUMERIC");
    holds("NAME IS NOT NUMERIC");
    holds("NAME IS ALPHABETIC");
    holds("ZONED NUMERIC AND PACKED NUMERIC");
    let mut bad = record();
    bad[5 + 3 + 5] = 0xAA;
    assert!(!try_holds("PACKED IS NUMERIC", &bad).unwrap());
    assert!(try_holds("PACKED IS NOT NUMERIC", &bad).unwrap());
}

#[test]
fn sign_tests_look_at_the_value() {
    holds("ZONED IS NEGATIVE");
    holds("PACKED IS POSITIVE");
    holds("COUNTER - 3 IS ZERO");
    fails("ZONED IS NOT NEGATIVE");
    fails("ZONED IS POSITIVE");
}

#[test]
fn invalid_digits_are_reported_with_their_place_and_not_compared() {
    let mut bad = record();
    bad[5 + 3 + 5] = 0xAA;
    let error = try_holds("PACKED > 0", &bad).unwrap_err();
    assert_eq!(error.code.id(), "DAT001");
    let Place::Data(place) = &error.place else { panic!("no place") };
    assert_eq!((place.dataset.as_str(), place.record, place.extent), ("input", Some(7), Some((13, 4))));
    assert!(!try_holds("NAME = 'x' AND PACKED > 0", &bad).unwrap(), "the second half is not needed");
}

#[test]
fn tables_are_subscripted_from_one() {
    holds("TAB(1) = 1 AND TAB(4) = 4");
    holds("TAB(COUNTER) = 3");
    holds("TAB(COUNTER - 1) = 2");
    refused("TAB = 1", "EXP005", "TAB");
    refused("TAB(0) = 1", "EXP005", "TAB");
    refused("TAB(5) = 1", "EXP005", "TAB");
    refused("TAB(1, 1) = 1", "EXP005", "TAB");
    refused("COUNTER(1) = 1", "EXP005", "COUNTER");
    let error = try_holds("TAB(COUNTER + 2) = 1", &record()).unwrap_err();
    assert_eq!((error.code.id(), error.code.class()), ("DAT013", Class::DataException));
    let error = try_holds("TAB(BINARY-N) = 1", &record()).unwrap_err();
    assert_eq!(error.code.id(), "DAT013");
}

#[test]
fn reference_modification_takes_bytes() {
    holds("NAME(1:1) = 'A'");
    holds("NAME(2:1) = 'B'");
    holds("NAME(3:) = SPACES");
    holds("PARTS(3:2) = '42'");
    holds("NAME(COUNTER - 1:1) = 'B'");
    holds("ZONED(1:2) = '00'");
    refused("NAME(0:1) = 'A'", "EXP005", "NAME");
    refused("NAME(5:2) = 'A'", "EXP005", "NAME");
    refused("NAME(1:0) = 'A'", "EXP005", "NAME");
    let error = try_holds("NAME(COUNTER:4) = 'A'", &record()).unwrap_err();
    assert_eq!(error.code.class(), Class::DataException, "{}", error.message);
}

#[test]
fn groups_are_text() {
    holds("PARTS = 'XY42'");
    holds("PARTS NOT NUMERIC");
    refused("PARTS = 42", "EXP004", "");
    refused("PARTS + 1 = 43", "EXP004", "PARTS");
}

#[test]
fn types_that_do_not_go_together_are_refused_with_their_place() {
    refused("NAME = 5", "EXP004", "");
    refused("ZONED = 'A'", "EXP004", "");
    refused("PACKED = NAME", "EXP004", "");
    refused("NAME + 1 > 0", "EXP004", "NAME");
    refused("NAME IS POSITIVE", "EXP004", "NAME");
    refused("COUNTER", "EXP004", "COUNTER");
    refused("NOPE = 1", "EXP002", "NOPE");
    refused("NAME = 'caf\u{4e2d}'", "EXP006", "");
}

#[test]
fn texts_that_are_no_conditions_are_refused() {
    for bad in [
        "",
        " ",
        "=",
        "NAME =",
        "NAME = 'A",
        "(COUNTER = 1",
        "COUNTER = 1)",
        "COUNTER == 1",
        "COUNTER = 1 AND",
        "COUNTER = 1 COUNTER = 2",
        "NAME(1:",
        "TAB(",
        "NOT",
        "COUNTER <> = 3",
        "\u{0}",
        "COUNTER = 1.2.3",
        "X'C' = NAME",
        "COUNTER = 99999999999999999999999999999999999999999999",
    ] {
        let error = try_holds(bad, &record()).err().unwrap_or_else(|| panic!("{bad:?} is accepted"));
        assert_eq!(error.code.class(), Class::BadSpecification, "{bad:?}");
    }
}

#[test]
fn sums_and_products_are_exact() {
    is("ZONED + PACKED", "18.50");
    is("ZONED * ZONED", "2.25");
    is("ZONED - -1.5", "0");
    is("- ZONED", "1.50");
    is("BINARY-N * (COUNTER + 1) - 2", "-30");
    is("COUNTER ** 4", "81");
    is("2 + 3 * 4 ** 2", "50");
    is("123456789012345.67 * 98765432109876.54", "12193263113702178247065999503.5818");
}

#[test]
fn quotients_keep_the_decimals_of_the_receiver() {
    is("100.00 / 3 * 3", "99.99");
    is("COUNTER / 2", "1.50");
    is("1 / 8", "0.12");
    assert_eq!(value("1 / 8", 3).unwrap().parse::<Decimal>().unwrap(), "0.125".parse().unwrap());
}

#[test]
fn a_division_by_zero_is_a_fault_not_a_value() {
    assert!(matches!(value("1 / (COUNTER - 3)", 2), Err(Fault::DivideByZero)));
    assert!(matches!(value("COUNTER / 0", 2), Err(Fault::DivideByZero)));
}

#[test]
fn a_result_beyond_all_digits_is_a_fault_not_a_wrap() {
    let huge = "9999999999999999999999999999999";
    assert!(matches!(value(&format!("{huge} * {huge}"), 0), Err(Fault::Size)));
    assert!(matches!(value("10 ** 200", 0), Err(Fault::Size)));
    assert!(matches!(value("COUNTER ** 999999999", 0), Err(Fault::Size)));
}
