//! Edited pictures: the manual's examples, GnuCOBOL's results, and what is not valid.

use std::fmt::Write;
use std::process::Command;

use super::picture::{self, Picture};
use super::*;
use crate::diag::{Place, Span};
use crate::encoding::edited::EditMask;
use crate::encoding::{BadNumber, CodePage};

const PAGE: CodePage = CodePage::CP037;

fn read_picture(text: &str, options: &CopybookOptions) -> crate::diag::Result<Picture> {
    let source = Source::new("t", text);
    picture::parse(text, &Span::new(&source, 0..text.len()), options)
}

fn mask_with(text: &str, options: &CopybookOptions) -> Arc<EditMask> {
    match read_picture(text, options) {
        Ok(Picture::Edited(mask)) => mask,
        other => panic!("{text}: {other:?}"),
    }
}

fn mask(text: &str) -> Arc<EditMask> {
    mask_with(text, &CopybookOptions::default())
}

/// A number as `-12.50` to the integer of a scale.
fn scaled(text: &str, scale: i8) -> i128 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let decimals = format!("{decimals:0<20}");
    let places = usize::try_from(scale.max(0)).unwrap();
    let digits: i128 = format!("{whole}{}", &decimals[..places]).trim_start_matches('+').parse().unwrap();
    digits / 10i128.pow(u32::try_from(-scale.min(0)).unwrap())
}

fn edit(mask: &EditMask, value: i128) -> String {
    let mut out = vec![0; mask.length()];
    mask.encode(value, &mut out, PAGE);
    PAGE.decode(&out)
}

/// PICTURE, value, result: the examples of the Language Reference, "Simple insertion", "Special insertion", "Fixed
/// insertion", "Floating insertion" and "Zero suppression and replacement editing".
const MANUAL: &[(&str, &str, &str)] = &[
    ("99,B999,B000", "1234", "01, 234, 000"),
    ("99,999", "12345", "12,345"),
    ("999.99", "1.234", "001.23"),
    ("999.99", "12.34", "012.34"),
    ("999.99", "123.45", "123.45"),
    ("999.99", "1234.5", "234.50"),
    ("999.99+", "6555.556", "555.55+"),
    ("+9999.99", "-6555.555", "-6555.55"),
    ("9999.99", "+1234.56", "1234.56"),
    ("$999.99", "-123.45", "$123.45"),
    ("-$999.99", "-123.456", "-$123.45"),
    ("-$999.99", "+123.456", " $123.45"),
    ("$9999.99CR", "+123.45", "$0123.45  "),
    ("$9999.99DB", "-123.45", "$0123.45DB"),
    ("$$$$.99", ".123", "   $.12"),
    ("$$$9.99", ".12", "  $0.12"),
    ("$,$$$,999.99", "-1234.56", "   $1,234.56"),
    ("+,+++,999.99", "-123456.789", " -123,456.78"),
    ("$$,$$$,$$$.99CR", "-1234567", "$1,234,567.00CR"),
    ("++,+++,+++.+++", "0000.00", "              "),
    ("****.**", "0000.00", "****.**"),
    ("ZZZZ.ZZ", "0000.00", "       "),
    ("ZZZZ.99", "0000.00", "    .00"),
    ("****.99", "0000.00", "****.00"),
    ("ZZ99.99", "0000.00", "  00.00"),
    ("Z,ZZZ.ZZ+", "+123.456", "  123.45+"),
    ("*,***.**+", "-123.45", "**123.45-"),
    ("**,***,***.**+", "+12345678.9", "12,345,678.90+"),
    ("$Z,ZZZ,ZZZ.ZZCR", "+12345.67", "$   12,345.67  "),
    ("$B*,***,***.**BBDB", "-12345.67", "$ ***12,345.67  DB"),
];

#[test]
fn the_examples_of_the_manual() {
    for (picture, value, expected) in MANUAL {
        let mask = mask(picture);
        assert_eq!(edit(&mask, scaled(value, mask.scale())), *expected, "{picture} {value}");
    }
}

#[test]
fn sizes_digits_scales_and_signs() {
    let euro = CurrencySign::new("EUR", "€").unwrap();
    let options = CopybookOptions { currency: vec![euro], ..CopybookOptions::default() };
    let comma = CopybookOptions { decimal_point_is_comma: true, ..CopybookOptions::default() };
    let plain = CopybookOptions::default();
    // PICTURE, options, bytes, digits, scale, signed.
    let cases: [(&str, &CopybookOptions, usize, u8, i8, bool); 14] = [
        ("$$,$$$,$$9.99CR", &plain, 15, 9, 2, true),
        ("$**,***,**9.99", &plain, 14, 10, 2, false),
        ("---,---,--9.99", &plain, 14, 10, 2, true),
        ("$ZZZZ9999", &plain, 9, 8, 0, false),
        ("9(5)BB9", &plain, 8, 6, 0, false),
        ("-(6)9", &plain, 7, 6, 0, true),
        ("99/99/9999", &plain, 10, 8, 0, false),
        ("ZZ9V99", &plain, 5, 5, 2, false),
        ("ZZ9PP", &plain, 3, 3, -2, false),
        ("VPPZZ", &plain, 2, 2, 4, false),
        ("€€€9.99", &options, 9, 5, 2, false),
        ("€ZZ9", &options, 6, 3, 0, false),
        ("+999,99", &comma, 7, 5, 2, true),
        ("Z.ZZ9,99", &comma, 8, 6, 2, false),
    ];
    for (picture, options, length, digits, scale, signed) in cases {
        let mask = mask_with(picture, options);
        let found = (mask.length(), mask.digits(), mask.scale(), mask.signed());
        assert_eq!(found, (length, digits, scale, signed), "{picture}");
    }
    assert_eq!(edit(&mask_with("€€€9.99", &options), 1234), " EUR12.34");
    assert_eq!(edit(&mask_with("€ZZ9", &options), 7), "EUR  7");
    assert_eq!(edit(&mask_with("Z.ZZ9,99", &comma), 123_456), "1.234,56");
    assert_eq!(edit(&mask("ZZ9").as_ref().clone().with_blank_when_zero(), 0), "   ");
    assert_eq!(edit(&EditMask::plain(3, 0).unwrap(), 0), "   ");
    assert_eq!(edit(&EditMask::plain(3, 0).unwrap(), 12), "012");
}

#[test]
fn only_edited_numbers_are_read_strictly() {
    let read = |picture: &str, text: &str| mask(picture).decode(&PAGE.encode(text).unwrap(), PAGE);
    assert_eq!(read("ZZ,ZZ9.99-", " 1,234.50-"), Ok(-123_450));
    assert_eq!(read("ZZ,ZZ9.99-", "  ,234.50-"), Err(BadNumber::Digit(2)));
    assert_eq!(read("ZZ,ZZ9.99-", "01,234.50 "), Err(BadNumber::Digit(0)));
    assert_eq!(read("ZZ9.99CR", "  1.00XX"), Err(BadNumber::Sign(6)));
    assert_eq!(read("ZZ9", " 1"), Err(BadNumber::Digit(2)));
    assert_eq!(read("ZZZ", "   "), Ok(0));
    assert_eq!(read("***.**", "***.**"), Ok(0));
    assert_eq!(read("ZZ9", "   "), Err(BadNumber::Digit(2)));
    assert_eq!(read("$$$9-", " $12-"), Ok(-12));
}

#[test]
fn other_programs_fill_fields_otherwise() {
    let read = |picture: &str, text: &str| mask(picture).decode_lenient(&PAGE.encode(text).unwrap(), PAGE);
    assert_eq!(read("9(8).9(2)", "789.09     "), Ok(78_909));
    assert_eq!(read("9(8).9(2)", "    78945.9"), Ok(7_894_590));
    assert_eq!(read("9(8).9(2)", "        789"), Ok(78_900));
    assert_eq!(read("9(8).9(2)", "           "), Ok(0));
    assert_eq!(read("ZZ9V99", "12345"), Ok(12_345));
    assert_eq!(read("ZZ,ZZ9.99-", "-1,234.500"), Ok(-123_450));
    assert_eq!(read("ZZ,ZZ9.99-", "-1,234.501"), Err(BadNumber::Digit(9)));
    assert_eq!(read("$$$9.99", "  $ 1.5"), Ok(150));
    assert_eq!(read("ZZ9.99CR", "  1.00DB"), Ok(-100));
    assert_eq!(read("ZZ9", "-12"), Err(BadNumber::NegativeUnsigned));
    assert_eq!(read("ZZ9", "1X2"), Err(BadNumber::Digit(1)));
    assert_eq!(read("+++9", "+-12"), Err(BadNumber::Sign(1)));
    let comma = CopybookOptions { decimal_point_is_comma: true, ..CopybookOptions::default() };
    let comma = mask_with("+999,99", &comma);
    let read = |text: &str| comma.decode_lenient(&PAGE.encode(text).unwrap(), PAGE);
    assert_eq!((read("+112,34"), read(" -23,45"), read("+005,00")), (Ok(11_234), Ok(-2_345), Ok(500)));
}

/// PICTURE, column of the caret, part of the message.
const WRONG: &[(&str, usize, &str)] = &[
    ("9.9.9", 4, "this is a second decimal point"),
    ("9V9.9", 4, "this is a second decimal point"),
    ("ZZ9CRDB", 4, "CR must stand at the right end"),
    ("+9CR", 3, "`CR` is a second sign beside `+`"),
    ("+99+", 4, "`+` is a second sign beside `+`"),
    ("-9+", 3, "`+` is a second sign beside `-`"),
    ("++9DB", 4, "`DB` is a second sign beside `+`"),
    ("CR99", 1, "CR must stand at the right end"),
    ("9+9", 2, "a single `+` must stand at one end"),
    ("Z*9", 2, "`*` and `Z` cannot both suppress zeros"),
    ("$$Z9", 3, "`Z` and `$` cannot both suppress zeros"),
    ("ZZ$$9", 3, "`$` and `Z` cannot both suppress zeros"),
    ("$$--9", 3, "`-` and `$` cannot both suppress zeros"),
    ("9Z", 2, "`Z` cannot stand to the right of 9"),
    ("Z9.ZZ", 4, "`Z` cannot stand to the right of 9"),
    ("ZZ.Z9", 5, "9 cannot follow a suppressed or floating decimal"),
    ("$$.$9", 5, "9 cannot follow a suppressed or floating decimal"),
    ("9$", 2, "`$` must stand at the left end"),
    ("$99$", 4, "`$` is a second currency symbol"),
    ("S9.9", 1, "`S` cannot stand in an edited PICTURE"),
    ("ZP9", 3, "a digit cannot stand to the right of P"),
    ("ZZPP.", 5, "a decimal point cannot stand with P"),
    ("Z.P", 3, "a decimal point cannot stand with P"),
    ("Z9VP", 4, "`P` must stand at one end"),
    ("$,.", 1, "this PICTURE has no digit"),
    ("Z(39)", 1, "at most 38 digits"),
    ("9B(300)", 1, "at most 255 positions"),
    ("X(3)Z", 5, "`Z` cannot stand with X"),
    ("N(3)CR", 5, "`CR` cannot stand with N"),
    ("99€", 3, "`\\u{20ac}` is not a PICTURE symbol"),
    ("9.9E99", 1, "begins with one + or -"),
    ("+9.9E99", 5, "E must be followed by"),
    ("+9.9E+9", 5, "E must be followed by"),
    ("+99E+99", 1, "needs a decimal point or a V"),
    ("+9(17).E+99", 1, "has 17 digits, but must have 1 to 16"),
    ("+Z.9E+99", 2, "`Z` cannot stand here"),
];

#[test]
fn a_picture_that_is_not_valid_points_at_its_symbol() {
    for (text, column, message) in WRONG {
        let error = read_picture(text, &CopybookOptions::default()).expect_err(text);
        let Place::Text { span, .. } = &error.place else { panic!("{text}") };
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert_eq!((error.code, span.position().1), (codes::CPY009, *column), "{text}: {}", error.message);
        assert!(error.hint.is_some(), "{text}");
    }
}

#[test]
fn external_floating_point() {
    let read = |text: &str| match read_picture(text, &CopybookOptions::default()) {
        Ok(Picture::ExternalFloat(mask)) => (mask.length(), mask.digits()),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(read("+9(3).99E+99"), (11, (5, 2)));
    assert_eq!(read("-9(3).9(6)E+99"), (15, (9, 6)));
    assert_eq!(read("-9V9(6)E-99"), (12, (7, 6)));
}

#[test]
fn currency_signs_are_checked() {
    for (sign, symbol) in [("EUR", "A"), ("EUR", "UR"), ("", "$"), ("E1", "$"), ("EUR", "9"), ("EUR", "")] {
        assert!(CurrencySign::new(sign, symbol).is_err(), "{sign} {symbol}");
    }
    assert_eq!(CurrencySign::new("$", "$"), Ok(CurrencySign { symbol: '$', sign: "$".to_owned() }));
}

/// Pictures of every kind of editing.
fn pictures() -> Vec<String> {
    let heads = ["", "+", "-", "$", "+$", "-$", "$B"];
    let bodies = [
        "999", "9(4)", "ZZ9", "ZZZ", "Z,ZZ9", "ZZ,ZZZ", "**9", "***", "*,**9", "**,***", "Z99", "9,999",
        "99B99", "9/99", "Z/Z9", "90", "Z0Z", "ZZBZ9",
    ];
    let floats = [
        "$$$9", "$$$", "$,$$9", "$$,$$$", "+++9", "++++", "+,++9", "---9", "----", "--,--9", "--B-9", "++/+9",
    ];
    let tails = ["", "+", "-", "CR", "DB"];
    let decimals = ["", ".99", ".9", "V99", "suppressed"];
    let mut all = Vec::new();
    let whole: Vec<String> = heads
        .iter()
        .flat_map(|head| bodies.iter().map(move |body| format!("{head}{body}")))
        .chain(floats.iter().map(|float| (*float).to_owned()))
        .chain(floats.iter().filter(|float| !float.starts_with('$')).map(|float| format!("${float}")))
        .collect();
    for whole in whole {
        for (decimal, tail) in
            decimals.iter().flat_map(|decimal| tails.iter().map(move |tail| (decimal, tail)))
        {
            let last = whole.chars().last().unwrap();
            let decimal =
                if *decimal == "suppressed" { format!(".{last}{last}") } else { (*decimal).to_owned() };
            let picture = format!("{whole}{decimal}{tail}");
            // GnuCOBOL takes the last symbol of a floating string for a trailing currency sign here.
            let refused =
                picture.contains("$$") && picture.trim_end_matches(tail).ends_with('$') && !tail.is_empty();
            if !refused
                && matches!(read_picture(&picture, &CopybookOptions::default()), Ok(Picture::Edited(_)))
            {
                all.push(picture);
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

const VALUES: [&str; 9] = ["0", "1", "-1", "12.34", "-12.34", "0.05", "-0.50", "123456.78", "-9000"];

fn program(vectors: &[(String, &str)]) -> String {
    let mut text = String::from(
        "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. EDITED.\n       ENVIRONMENT DIVISION.\n       \
         INPUT-OUTPUT SECTION.\n       FILE-CONTROL.\n           SELECT OUT ASSIGN TO 'edited.out'\n           \
         ORGANIZATION IS SEQUENTIAL.\n       DATA DIVISION.\n       FILE SECTION.\n       FD  OUT.\n       01  REC.\n",
    );
    for (n, (picture, _)) in vectors.iter().enumerate() {
        let _ = writeln!(text, "           05  E-{n} PIC {picture}.");
    }
    text.push_str("       WORKING-STORAGE SECTION.\n       01  V PIC S9(9)V99.\n       PROCEDURE DIVISION.\n           OPEN OUTPUT OUT.\n");
    for (n, (_, value)) in vectors.iter().enumerate() {
        let _ = writeln!(text, "           MOVE {value} TO V.\n           MOVE V TO E-{n}.");
    }
    text.push_str("           WRITE REC.\n           CLOSE OUT.\n           STOP RUN.\n");
    text
}

/// Line of the first picture in the program.
const FIRST_LINE: usize = 12;

/// The record, or `None` without a compiler.
fn compiled(vectors: &[(String, &str)]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("edited.cob"), program(vectors)).unwrap();
    let compiler = Command::new("cobc")
        .args(["-x", "-std=ibm", "-o", "edited", "edited.cob"])
        .current_dir(folder.path())
        .output();
    let Ok(compiler) = compiler else {
        eprintln!("SKIPPED: there is no cobc to compare edited pictures with");
        return None;
    };
    let complaints = String::from_utf8_lossy(&compiler.stderr);
    let mut refused: Vec<&str> = complaints
        .lines()
        .filter_map(|line| line.split(':').nth(1)?.parse::<usize>().ok())
        .filter_map(|line| Some(vectors.get(line.checked_sub(FIRST_LINE)?)?.0.as_str()))
        .collect();
    refused.dedup();
    assert!(compiler.status.success(), "{refused:?}\n{}", complaints.lines().next().unwrap_or_default());
    assert!(Command::new("./edited").current_dir(folder.path()).status().unwrap().success());
    Some(std::fs::read(folder.path().join("edited.out")).unwrap())
}

/// True if high-order digits are lost, or a negative number is cut to zero. GnuCOBOL then takes the lost digits for the
/// end of the leading zeros, and shows a minus at zero; the manual has the item's own value decide both.
fn is_cut(mask: &EditMask, value: &str) -> bool {
    let number = scaled(value, mask.scale());
    let lost = number.unsigned_abs() >= 10u128.pow(u32::from(mask.digits()));
    lost || (number == 0 && value.starts_with('-'))
}

/// Where GnuCOBOL does not do what the Language Reference says: it shows `0` and `/` among suppressed digits, which are
/// part of the string, and keeps the sign and the currency sign beside the asterisks of a zero, which replace the entire
/// item but the decimal point; and it shows the wrong sign to the left of a currency sign.
fn differs_from_the_manual(picture: &str, number: i128) -> bool {
    let suppressed =
        picture.contains(['Z', '*']) || ["++", "--", "$$"].iter().any(|two| picture.contains(two));
    let shown = suppressed && picture.contains(['0', '/']);
    let asterisks = number == 0 && picture.contains('*') && !picture.contains('9');
    let sign = picture.starts_with("+$") || picture.starts_with("-$");
    shown || sign || (asterisks && picture.contains(['$', '+', '-', 'C', 'D']))
}

#[test]
fn gnucobol_edits_alike() {
    let pictures = pictures();
    assert!(pictures.len() > 300, "{}", pictures.len());
    let vectors: Vec<(String, &str)> = pictures
        .iter()
        .flat_map(|picture| VALUES.iter().map(move |value| (picture.clone(), *value)))
        .collect();
    let Some(theirs) = compiled(&vectors) else { return };
    let page = CodePage::LATIN1;
    let (mut at, mut compared, mut different) = (0, 0, String::new());
    for (picture, value) in &vectors {
        let mask = mask(picture);
        let number = scaled(value, mask.scale());
        let mut ours = vec![0; mask.length()];
        mask.encode(number, &mut ours, page);
        let wanted = &theirs[at..at + mask.length()];
        at += mask.length();
        if is_cut(&mask, value) || differs_from_the_manual(picture, number) {
            continue;
        }
        compared += 1;
        if ours != wanted {
            let (ours, wanted) = (page.decode(&ours), page.decode(wanted));
            let _ = writeln!(different, "  {picture:16} {value:10} `{ours}` instead of `{wanted}`");
            continue;
        }
        let read = mask.decode(&ours, page).unwrap();
        mask.encode(read, &mut ours, page);
        assert_eq!(ours, wanted, "{picture} {value}: there and back");
        assert_eq!(mask.decode_lenient(wanted, page), Ok(read), "{picture} {value}");
    }
    assert_eq!(at, theirs.len());
    assert!(compared > 5_000, "{compared}");
    assert!(different.is_empty(), "{} of {} differ:\n{different}", different.lines().count(), vectors.len());
}
