//! Intrinsic functions against a COBOL compiler: the same fields, the same calls, the same stored values.
//!
//! One generated program holds all calls; it runs with GnuCOBOL if `cobc` is on the PATH. Calls whose results depend on the
//! collating sequence, and those that the compiler answers otherwise than the manual, are not among them: they have tests of
//! their own below.

use std::fmt::Write;
use std::sync::Arc;

use offhost::copybook::{CopybookOptions, parse};
use offhost::decimal::Rounding;
use offhost::diag::{Source, Span};
use offhost::encoding::CodePage;
use offhost::expr::{Compiler, Fault, Scope, SingleFrame, function_names};
use offhost::record::{Origin, Overflow, RecordFormat, initial_record};

use crate::harness::{Random, cobol, displayed, repository};

const FIELDS: &str = "       01  REC.
           05  P      PIC S9(7)V99 COMP-3 VALUE 1234.56.
           05  N      PIC S9(7)V99 VALUE -17.85.
           05  I      PIC S9(5) COMP VALUE -11.
           05  J      PIC 9(3) VALUE 5.
           05  Z      PIC S9(3) VALUE 0.
           05  D      PIC 9(8) VALUE 20260228.
           05  DY     PIC 9(7) VALUE 2024366.
           05  YMD    PIC 9(6) VALUE 991231.
           05  TXT    PIC X(12) VALUE '  aB c1  '.
           05  NUM    PIC X(10) VALUE ' -12.50 '.
           05  MONEY  PIC X(14) VALUE ' $1,234.56CR'.
           05  BAD    PIC X(6) VALUE '12A4'.
           05  BLANK-TEXT PIC X(4) VALUE SPACES.
           05  R      PIC S9(12)V9(6) SIGN LEADING SEPARATE.
           05  T      PIC X(30).
";

/// Calls that give numbers.
const NUMBERS: &[&str] = &[
    "FUNCTION ABS(N)",
    "FUNCTION ABS(P) + FUNCTION ABS(I)",
    "FUNCTION INTEGER(N)",
    "FUNCTION INTEGER(P)",
    "FUNCTION INTEGER-PART(N)",
    "FUNCTION INTEGER-PART(P / 7)",
    "FUNCTION FRACTION-PART(N)",
    "FUNCTION MOD(I, J)",
    "FUNCTION MOD(11, -5)",
    "FUNCTION MOD(-11, -5)",
    "FUNCTION REM(I, J)",
    "FUNCTION REM(N, J)",
    "FUNCTION REM(P, -3)",
    "FUNCTION SUM(P, N, I, J)",
    "FUNCTION SUM(P -1 J)",
    "FUNCTION MAX(N, I, J, P)",
    "FUNCTION MIN(N, I, J, P) * 2",
    "FUNCTION RANGE(N, I, J, P)",
    "FUNCTION MEDIAN(N, I, J, P)",
    "FUNCTION MEDIAN(N, I, J)",
    "FUNCTION MIDRANGE(N, I, J, P)",
    "FUNCTION ORD-MAX(N, P, J, P)",
    "FUNCTION ORD-MIN(N, I, N)",
    "FUNCTION FACTORIAL(J)",
    "FUNCTION SIGN(N) + 10 * FUNCTION SIGN(Z) + 100 * FUNCTION SIGN(P)",
    "FUNCTION INTEGER-OF-DATE(D)",
    "FUNCTION INTEGER-OF-DATE(16010101)",
    "FUNCTION INTEGER-OF-DATE(99991231)",
    "FUNCTION DATE-OF-INTEGER(FUNCTION INTEGER-OF-DATE(D) + 1)",
    "FUNCTION INTEGER-OF-DAY(DY)",
    "FUNCTION DAY-OF-INTEGER(FUNCTION INTEGER-OF-DATE(D))",
    "FUNCTION YEAR-TO-YYYY(76, 50, 2026)",
    "FUNCTION YEAR-TO-YYYY(77, 50, 2026)",
    "FUNCTION YEAR-TO-YYYY(4, 23, 1995)",
    "FUNCTION YEAR-TO-YYYY(4, -15, 1995)",
    "FUNCTION DATE-TO-YYYYMMDD(YMD, 50, 2026)",
    "FUNCTION DAY-TO-YYYYDDD(10004, 20, 1994)",
    "FUNCTION TEST-DATE-YYYYMMDD(D)",
    "FUNCTION TEST-DATE-YYYYMMDD(D + 1)",
    "FUNCTION TEST-DATE-YYYYMMDD(20261301)",
    "FUNCTION TEST-DATE-YYYYMMDD(16000101)",
    "FUNCTION TEST-DAY-YYYYDDD(DY)",
    "FUNCTION TEST-DAY-YYYYDDD(2026366)",
    "FUNCTION NUMVAL(NUM)",
    "FUNCTION NUMVAL('+ 7.125')",
    "FUNCTION NUMVAL(' .5 -')",
    "FUNCTION NUMVAL-C(MONEY)",
    "FUNCTION NUMVAL-C('- 1,000', '$')",
    "FUNCTION TEST-NUMVAL(NUM)",
    "FUNCTION TEST-NUMVAL(BAD)",
    "FUNCTION TEST-NUMVAL-C(MONEY)",
    "FUNCTION LENGTH(TXT)",
    "FUNCTION LENGTH(P)",
    "FUNCTION LENGTH('abc')",
    "FUNCTION LENGTH(FUNCTION TRIM(TXT))",
    "FUNCTION BYTE-LENGTH(DY)",
];

/// Calls that give text.
const TEXTS: &[&str] = &[
    "FUNCTION UPPER-CASE(TXT)",
    "FUNCTION LOWER-CASE(TXT)",
    "FUNCTION REVERSE(TXT)",
    "FUNCTION TRIM(TXT)",
    "FUNCTION TRIM(TXT LEADING)",
    "FUNCTION TRIM(TXT, TRAILING)",
    "FUNCTION TRIM(BLANK-TEXT)",
    "FUNCTION CONCATENATE(FUNCTION TRIM(TXT), '|', NUM, D)",
    "FUNCTION SUBSTITUTE(TXT, 'a', 'xyz', ' ', '.')",
    "FUNCTION SUBSTITUTE('abcabc', 'bc', 'cb', 'a', '-+', 'c', '!')",
    "FUNCTION UPPER-CASE(FUNCTION TRIM(TXT))(2:3)",
    "FUNCTION REVERSE(TXT)(5:)",
    "FUNCTION MAX(TXT, NUM, BAD)",
    "FUNCTION MIN('b', 'ab', 'abc')",
];

fn span(text: &str) -> Span {
    Span::new(&Source::new("call", text), 0..text.len())
}

fn scope(page: CodePage) -> Scope {
    let (layout, found) = parse(&Source::new("rec.cpy", FIELDS), &CopybookOptions::default());
    let layout = Arc::new(layout.unwrap_or_else(|| panic!("{:?}", found.list())));
    Scope::single("REC", RecordFormat { layout, page })
}

/// A number at six decimals, as `cobc` displays R.
fn number(call: &str, page: CodePage) -> Result<String, Fault> {
    let scope = scope(page);
    let record = initial_record(&scope.slot(0).format);
    let frame = SingleFrame { record: &record, origin: Origin { dataset: "REC", ..Origin::default() } };
    let compiled =
        Compiler::new(&scope).arithmetic(&span(call), 6).unwrap_or_else(|e| panic!("{call}: {e:?}"));
    let value = compiled.scaled(&frame, 6, Rounding::Truncation)?;
    let sign = if value < 0 { '-' } else { '+' };
    let digits = format!("{:018}", value.unsigned_abs());
    Ok(format!("{sign}{}.{}", &digits[..12], &digits[12..]))
}

fn text(call: &str, page: CodePage) -> Result<String, Fault> {
    let scope = scope(page);
    let record = initial_record(&scope.slot(0).format);
    let frame = SingleFrame { record: &record, origin: Origin { dataset: "REC", ..Origin::default() } };
    let compiler = Compiler::new(&scope);
    let to = compiler.field(&span("T")).unwrap();
    let movement = compiler.movement(&span(call), to, Overflow::Truncate);
    let mut bytes = Vec::new();
    movement.unwrap_or_else(|e| panic!("{call}: {e:?}")).prepare(&frame, &mut bytes)?;
    Ok(page.decode(&bytes))
}

/// What the compiler's program displays for each call, or `None` without a compiler.
fn compiled(calls: &[(String, bool)]) -> Option<Vec<String>> {
    let mut program = String::from(
        "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. CALLS.\n       DATA DIVISION.\n       WORKING-STORAGE SECTION.\n",
    );
    program.push_str(FIELDS);
    program.push_str("       PROCEDURE DIVISION.\n");
    for (call, is_text) in calls {
        let statement = match is_text {
            true => format!("MOVE\n           {call}\n           TO T DISPLAY T."),
            false => format!("COMPUTE R =\n           {call}\n           DISPLAY R."),
        };
        let _ = writeln!(program, "           {statement}");
    }
    program.push_str("           STOP RUN.\n");
    let folder = tempfile::tempdir().unwrap();
    let options = ["-std=default", "-free", "-fno-arithmetic-osvs"];
    if !cobol(folder.path(), "calls", &program, &options, "functions") {
        return None;
    }
    let lines = displayed(folder.path(), "calls", &[]);
    assert_eq!(lines.len(), calls.len());
    Some(lines)
}

/// Calls with arguments made up: dates, remainders, extremes, numbers in text.
fn made_up(random: &mut Random) -> Vec<(String, bool)> {
    let mut calls = Vec::new();
    for _ in 0..120 {
        let date = (1601 + random.below(2000)) * 10_000 + (1 + random.below(12)) * 100 + 1 + random.below(28);
        let day = 1 + random.below(3_067_671);
        let (a, b) = (random.below(200_000) as i64 - 100_000, random.below(2000) as i64 - 1000);
        let b = if b == 0 { 7 } else { b };
        // A whole number with decimals of zero is not rounded down, whatever the compiler makes of it.
        let decimals = 1 + random.below(999);
        calls.push((format!("FUNCTION INTEGER-OF-DATE({date})"), false));
        calls.push((format!("FUNCTION DATE-OF-INTEGER({day})"), false));
        calls.push((format!("FUNCTION DAY-OF-INTEGER({day})"), false));
        calls.push((format!("FUNCTION MOD({a}, {b})"), false));
        calls.push((format!("FUNCTION REM({a}.{decimals:03}, {b})"), false));
        calls.push((format!("FUNCTION INTEGER({a}.{decimals:03})"), false));
        calls.push((format!("FUNCTION MEDIAN({a}, {b}, {decimals}, -{decimals})"), false));
        calls.push((format!("FUNCTION NUMVAL(' {a}.{decimals:03}  ')"), false));
        let yy = random.below(100);
        let window = random.below(100);
        calls.push((format!("FUNCTION YEAR-TO-YYYY({yy}, {window}, {})", 1950 + random.below(150)), false));
    }
    calls
}

#[test]
fn functions_give_what_cobol_gives() {
    let mut calls: Vec<(String, bool)> = NUMBERS.iter().map(|call| ((*call).to_owned(), false)).collect();
    calls.extend(TEXTS.iter().map(|call| ((*call).to_owned(), true)));
    calls.extend(made_up(&mut Random::new(2026)));
    let Some(theirs) = compiled(&calls) else { return };
    let mut different = String::new();
    for ((call, is_text), theirs) in calls.iter().zip(theirs) {
        for page in [CodePage::LATIN1, CodePage::CP037] {
            let ours = if *is_text { text(call, page) } else { number(call, page) };
            let ours = ours.unwrap_or_else(|fault| format!("{fault:?}"));
            // Extremes of texts are those of the code page's own order.
            let ordered = call.contains("MAX(TXT") || call.contains("MIN('b'");
            if ours != theirs && !(ordered && page == CodePage::CP037) {
                let _ = writeln!(different, "  {call} in {}: {ours:?} instead of {theirs:?}", page.name());
            }
        }
    }
    assert!(different.is_empty(), "{} of {} differ:\n{different}", different.lines().count(), calls.len());
}

#[test]
fn positions_and_order_are_those_of_the_code_page() {
    let pages = [CodePage::CP037, CodePage::LATIN1];
    // ORD counts from 1 in the collating sequence of the records.
    assert_eq!(
        pages.map(|page| number("FUNCTION ORD('A')", page).unwrap()),
        [194, 66].map(|n| format!("+{n:012}.000000"))
    );
    assert_eq!(
        pages.map(|page| text("FUNCTION CHAR(194)", page).unwrap().trim().to_owned()),
        ["A", "\u{c1}"]
    );
    assert_eq!(number("FUNCTION ORD(FUNCTION CHAR(200))", CodePage::CP037).unwrap(), "+000000000200.000000");
    // In EBCDIC letters come before digits.
    assert_eq!(pages.map(|page| text("FUNCTION MAX('A' '1')", page).unwrap().trim().to_owned()), ["1", "A"]);
    assert_eq!(pages.map(|page| text("FUNCTION MIN('a' 'A')", page).unwrap().trim().to_owned()), ["a", "A"]);
}

#[test]
fn conditions_compare_what_functions_give() {
    for page in [CodePage::CP037, CodePage::LATIN1] {
        let scope = scope(page);
        let record = initial_record(&scope.slot(0).format);
        let frame = SingleFrame { record: &record, origin: Origin::default() };
        for (condition, wanted) in [
            ("FUNCTION TRIM(TXT) = 'aB c1'", true),
            ("'AB C1' = FUNCTION UPPER-CASE(FUNCTION TRIM(TXT))", true),
            ("FUNCTION TRIM(BLANK-TEXT) = SPACES", true),
            ("FUNCTION REVERSE('ab') = FUNCTION LOWER-CASE('BA')", true),
            ("FUNCTION NUMVAL(NUM) < I AND FUNCTION TEST-NUMVAL(BAD) > 0", true),
            ("FUNCTION MOD(J, 2) = 0", false),
            ("FUNCTION LENGTH(TXT) = 12 OR 13", true),
            ("FUNCTION TRIM(TXT) = NUM OR MONEY", false),
        ] {
            let compiled = Compiler::new(&scope).condition(&span(condition));
            let compiled = compiled.unwrap_or_else(|e| panic!("{condition}: {e:?}"));
            assert_eq!(compiled.holds(&frame).unwrap(), wanted, "{condition} in {}", page.name());
        }
    }
}

#[test]
fn arguments_without_meaning_are_errors_of_the_data() {
    for (call, part) in [
        ("FUNCTION INTEGER-OF-DATE(D + 2)", "20260230 is no date"),
        ("FUNCTION INTEGER-OF-DAY(2026366)", "2026366 is no date"),
        ("FUNCTION DATE-OF-INTEGER(0)", "0 is no day number"),
        ("FUNCTION DAY-OF-INTEGER(3067672)", "no day number"),
        ("FUNCTION MOD(N, 2)", "-17.85 is no whole number"),
        ("FUNCTION NUMVAL(BAD)", "'12A4  ' is no number, from its character 3 on"),
        ("FUNCTION NUMVAL(BLANK-TEXT)", "is no number"),
        ("FUNCTION NUMVAL-C('1.2,3')", "is no number"),
        ("FUNCTION FACTORIAL(I)", "-11 is negative"),
        ("FUNCTION ORD(FUNCTION TRIM(BLANK-TEXT))", "the text is empty"),
        ("FUNCTION ORD(FUNCTION CHAR(257))", "257 is no position"),
        ("FUNCTION YEAR-TO-YYYY(100, 50, 2026)", "100 has no year"),
    ] {
        match number(call, CodePage::CP037) {
            Err(Fault::Data(error)) => {
                assert_eq!(error.code.id(), "DAT024", "{call}");
                assert!(error.message.contains(part), "{call}: {}", error.message);
            }
            other => panic!("{call}: {other:?}"),
        }
    }
    assert!(matches!(number("FUNCTION REM(P, Z)", CodePage::CP037), Err(Fault::DivideByZero)));
    assert!(matches!(number("FUNCTION FACTORIAL(50)", CodePage::CP037), Err(Fault::Size)));
    let beyond = number("FUNCTION LENGTH(FUNCTION TRIM(TXT)(4:9))", CodePage::CP037);
    assert!(matches!(beyond, Err(Fault::Data(error)) if error.code.id() == "DAT013"));
    // The field at fault is named with its place.
    let Err(Fault::Data(error)) = number("FUNCTION NUMVAL(BAD)", CodePage::CP037) else { panic!() };
    assert!(format!("{:?}", error.place).contains("BAD"), "{:?}", error.place);
}

#[test]
fn calls_are_checked_before_the_run() {
    let scope = scope(CodePage::CP037);
    for (call, code, part) in [
        ("FUNCTION TRIMM(TXT)", "EXP008", "did you mean TRIM?"),
        ("FUNCTION NOSUCHTHING(TXT)", "EXP008", "the functions are"),
        ("FUNCTION MOD(I)", "EXP008", "takes 2 arguments, 1 given"),
        ("FUNCTION NUMVAL(TXT, '$')", "EXP008", "takes 1 arguments"),
        ("FUNCTION YEAR-TO-YYYY(76)", "EXP008", "each run gives the same"),
        ("FUNCTION SUBSTITUTE(TXT, 'a', 'b', 'c')", "EXP008", "nothing to put in its place"),
        ("FUNCTION TRIM(TXT BOTH)", "EXP008", "LEADING or TRAILING"),
        ("FUNCTION ABS(N)(1:2)", "EXP008", "no part"),
        ("FUNCTION UPPER-CASE(P)", "EXP004", "P is a number"),
        ("FUNCTION ABS(TXT)", "EXP004", "TXT is not a number"),
        ("FUNCTION MAX(P, TXT)", "EXP004", "numbers and texts"),
        ("FUNCTION ABS(FUNCTION TRIM(TXT))", "EXP004", "the function gives text"),
        ("FUNCTION", "EXP002", "FUNCTION"),
        ("FUNCTION MOD(1, 2", "EXP001", "')'"),
    ] {
        let error = Compiler::new(&scope).operand(&span(call)).unwrap_err();
        let whole = format!("{error:?}");
        assert_eq!(error.code.id(), code, "{call}: {whole}");
        assert!(whole.contains(part), "{call}: {whole}");
    }
}

#[test]
fn every_function_is_documented_and_compared() {
    let page = std::fs::read_to_string(repository().join("docs/posting.md")).unwrap();
    let compared = format!("{NUMBERS:?}{TEXTS:?} FUNCTION ORD( FUNCTION CHAR( ");
    // Dates and business days are no functions of COBOL; they are compared with counting.
    let counted = include_str!("rule_dates.rs");
    for name in function_names().filter(|name| *name != "CONCAT") {
        assert!(page.contains(&format!("`{name}`")), "docs/posting.md does not speak of FUNCTION {name}");
        if counted.contains(&format!("{name}(")) {
            continue;
        }
        assert!(compared.contains(&format!("FUNCTION {name}(")), "no test of FUNCTION {name}");
    }
}
