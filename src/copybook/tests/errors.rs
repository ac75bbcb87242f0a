//! One reproducer for every kind of mistake, with the exact place of the caret.

use super::*;
use crate::diag::{Place, Severity};

/// Text, format letter (f fixed, - free), code, line, column, part of the message.
type Case = (&'static str, char, &'static str, usize, usize, &'static str);

const CASES: &[Case] = &[
    ("01 A%B PIC X.", '-', "CPY001", 1, 5, "`%` cannot stand here"),
    ("01 :TAG:-A PIC X.", '-', "CPY001", 1, 4, "`:` cannot stand here"),
    ("      X01 A PIC X.", 'f', "CPY001", 1, 7, "`X` in column 7 is not an indicator"),
    ("01 A PIC X VALUE 'A.\n01 B PIC X.", '-', "CPY002", 1, 18, "does not end"),
    ("RECORD.\n01 A PIC X.", '-', "CPY003", 1, 1, "must begin with a level number, not with `RECORD`"),
    ("01 A.\n 50 B PIC X.\n 05 C PIC X.", '-', "CPY004", 2, 2, "`50` is not a level number"),
    ("01 A PIC X COMPP-3.", '-', "CPY005", 1, 12, "`COMPP-3` is not a clause"),
    ("01 A FLOAT-EXTENDED.", '-', "CPY005", 1, 6, "USAGE FLOAT-EXTENDED is not supported"),
    ("01 A PIC X ANY LENGTH.", '-', "CPY005", 1, 12, "ANY LENGTH is not supported"),
    ("01 A PIC X DYNAMIC LENGTH.", '-', "CPY005", 1, 12, "DYNAMIC LENGTH is not supported"),
    ("01 A TYPEDEF PIC X.", '-', "CPY005", 1, 6, "TYPEDEF is not supported"),
    ("01 A USAGE FOO PIC X.", '-', "CPY005", 1, 12, "`FOO` is not a USAGE"),
    ("COPY ARTAX.\n01 A PIC X.", '-', "CPY031", 1, 1, "there is no member ARTAX"),
    ("COPY A OF LIB.", '-', "CPY031", 1, 1, "there is no member A of library LIB"),
    ("COPY .", '-', "CPY030", 1, 6, "COPY lacks the name of a member"),
    ("COPY", '-', "CPY030", 1, 5, "COPY lacks the name of a member"),
    ("COPY REPLACING A BY B.", '-', "CPY030", 1, 6, "COPY lacks the name of a member"),
    ("COPY ''.", '-', "CPY030", 1, 6, "the name of a member is empty"),
    ("COPY A OF .", '-', "CPY030", 1, 11, "OF lacks the name of a library"),
    ("COPY A\n01 B PIC X.", '-', "CPY030", 2, 1, "`01` cannot stand in a COPY statement"),
    ("COPY A", '-', "CPY030", 1, 7, "the COPY statement lacks a period at its end"),
    ("COPY A REPLACING .", '-', "CPY030", 1, 18, "REPLACING lacks the text to be replaced"),
    ("COPY A REPLACING B.", '-', "CPY030", 1, 19, "`B` lacks BY and the text in its place"),
    ("COPY A REPLACING ==B== BY .", '-', "CPY030", 1, 27, "BY lacks the text in its place"),
    ("COPY A REPLACING ==B BY C.", '-', "CPY030", 1, 18, "this pseudo-text does not end"),
    ("COPY A REPLACING ==== BY ==C==.", '-', "CPY030", 1, 20, "nothing between the delimiters to look for"),
    ("COPY A REPLACING ==COPY B== BY ==C==.", '-', "CPY030", 1, 20, "must not hold a COPY statement"),
    (
        "COPY A REPLACING LEADING B BY ==C==.",
        '-',
        "CPY030",
        1,
        26,
        "REPLACING lacks pseudo-text such as ==TEXT==",
    ),
    ("COPY A REPLACING LEADING ==B C== BY ==D==.", '-', "CPY030", 1, 28, "a part of one word, not more"),
    ("COPY A REPLACING TRAILING ==B== BY ==C D==.", '-', "CPY030", 1, 38, "a part of one word, not more"),
    ("REPLACE.\n01 A PIC X.", '-', "CPY030", 1, 8, "REPLACE lacks the text to be replaced"),
    ("REPLACE A BY B.", '-', "CPY030", 1, 9, "REPLACE lacks pseudo-text such as ==TEXT=="),
    ("REPLACE OFF\n01 A PIC X.", '-', "CPY030", 2, 1, "`01` cannot stand in a REPLACE statement"),
    ("01 A PIC X VALUE B'1'.", '-', "CPY005", 1, 18, "of a kind that is not supported"),
    ("01 A PIC X PIC X.", '-', "CPY006", 1, 12, "PICTURE is given twice"),
    (
        "01 A PIC X.\n 88 B PIC X VALUE 'A'.",
        '-',
        "CPY006",
        2,
        11,
        "PICTURE cannot stand in an entry of level 88",
    ),
    ("01 A RENAMES B PIC X.", '-', "CPY006", 1, 6, "RENAMES is for level 66"),
    ("01 A PIC .", '-', "CPY007", 1, 10, "PICTURE lacks a character-string"),
    ("01 A PIC X VALUE .", '-', "CPY007", 1, 18, "VALUE lacks a literal"),
    ("01 A.\n 05 B PIC X OCCURS TIMES.", '-', "CPY007", 2, 20, "OCCURS lacks a number"),
    ("01 A.\n 05 B PIC X\n 05 C PIC X.", '-', "CPY008", 2, 12, "the entry of `B` does not end with a period"),
    ("01 A PIC X", '-', "CPY008", 1, 11, "does not end with a period"),
    ("01 A PIC 9.\n 88 B VALUE 1\n 88 C VALUE 2.", '-', "CPY008", 2, 14, "the entry of `B` does not end"),
    ("01 A PIC N(3)9.", '-', "CPY009", 1, 14, "`9` cannot stand with N"),
    ("01 A PIC XG.", '-', "CPY009", 1, 10, "cannot stand with"),
    ("01 A PIC X GROUP-USAGE NATIONAL.", '-', "CPY010", 1, 24, "GROUP-USAGE is for groups"),
    ("01 A GROUP-USAGE NATIONAL.\n 05 B PIC X.", '-', "CPY010", 2, 2, "in a group of another GROUP-USAGE"),
    ("01 A GROUP-USAGE COMP.", '-', "CPY007", 1, 18, "GROUP-USAGE lacks NATIONAL or UTF-8"),
    ("01 A PIC U BYTE-LENGTH .", '-', "CPY007", 1, 24, "BYTE-LENGTH lacks a number of bytes"),
    ("01 A USAGE COMP-1 PIC 9.", '-', "CPY010", 1, 23, "USAGE COMP-1 takes no PICTURE"),
    ("01 A POINTER BLANK WHEN ZERO.", '-', "CPY010", 1, 14, "does not go with `A`, which is USAGE POINTER"),
    ("01 A PIC S9 COMP-6.", '-', "CPY010", 1, 13, "COMP-6 has no sign"),
    ("01 A PIC S9 NATIONAL.", '-', "CPY010", 1, 13, "needs SIGN SEPARATE"),
    ("01 A PIC 9 UTF-8.", '-', "CPY010", 1, 12, "USAGE UTF-8 is for text, and `A` is a number"),
    ("01 A PIC N COMP.", '-', "CPY010", 1, 12, "does not go with the PICTURE of `A`"),
    ("01 A PIC G SIGN LEADING.", '-', "CPY010", 1, 12, "this clause is for numbers"),
    ("01 A PIC X(9) COMP-X.", '-', "CPY012", 1, 10, "takes at most 8 bytes"),
    ("01 A PIC X BYTE-LENGTH 4.", '-', "CPY010", 1, 12, "BYTE-LENGTH is for PIC U"),
    ("01 A PIC U(2) BYTE-LENGTH 4.", '-', "CPY010", 1, 15, "BYTE-LENGTH goes with a single U"),
    ("01 A BYTE-LENGTH 4.\n 05 B PIC U.", '-', "CPY010", 1, 6, "BYTE-LENGTH is for elementary items"),
    ("01 A PIC X(2.", '-', "CPY009", 1, 11, "not closed"),
    ("01 A PIC X COMP-3.", '-', "CPY010", 1, 12, "this USAGE is for numbers, and `A` is text"),
    ("01 A PIC 9 SIGN LEADING.", '-', "CPY010", 1, 12, "`A` has no S in its PICTURE"),
    ("01 A PIC S9 COMP SIGN LEADING.", '-', "CPY010", 1, 18, "is not USAGE DISPLAY"),
    ("01 A PIC 9 JUSTIFIED.", '-', "CPY010", 1, 12, "JUSTIFIED is for text"),
    ("01 A PIC S9 BLANK WHEN ZERO.", '-', "CPY010", 1, 13, "BLANK WHEN ZERO is for unsigned"),
    ("01 A.\n 05 B.\n 05 C PIC X.", '-', "CPY011", 2, 2, "`B` has no PICTURE and no items below it"),
    ("01 A PIC X.\n 05 B PIC X.", '-', "CPY011", 1, 10, "`A` has a PICTURE, and yet `B` is subordinate"),
    ("01 A PIC 9(39) COMP.", '-', "CPY012", 1, 10, "39 digits, but 38 is the most"),
    ("01 A PIC 9(39).", '-', "CPY012", 1, 10, "39 digits, but 38 is the most"),
    ("77 A PIC X.\n 05 B PIC X.", '-', "CPY013", 2, 2, "level 05 cannot follow level 77"),
    ("01 A.\n 05 B PIC X.\n66 C RENAMES B.\n 05 D PIC X.", '-', "CPY013", 4, 2, "cannot follow the RENAMES"),
    ("01 A.\n 05 B PIC X.\n 05 C REDEFINES D PIC X.", '-', "CPY014", 3, 17, "`D` is not defined"),
    ("01 A.\n 05 B REDEFINES B PIC X.", '-', "CPY014", 2, 17, "cannot redefine itself"),
    (
        "01 A.\n 05 B PIC X.\n 05 C PIC X.\n 05 D REDEFINES B PIC XX.",
        '-',
        "CPY014",
        4,
        17,
        "`D` does not fit into `B`",
    ),
    (
        "01 A.\n 05 B PIC X.\n 04 C REDEFINES B PIC X.",
        '-',
        "CPY014",
        3,
        17,
        "has level 05, but its redefinition",
    ),
    ("01 A.\n 05 B PIC X OCCURS 0 TIMES.", '-', "CPY015", 2, 20, "room for one occurrence"),
    ("01 A.\n 05 B PIC X OCCURS UNBOUNDED.", '-', "CPY015", 2, 20, "OCCURS UNBOUNDED is not supported"),
    ("01 A.\n 05 B PIC X OCCURS -1 TIMES.", '-', "CPY015", 2, 20, "`-1` is not a number of occurrences"),
    (
        "01 A.\n 05 N PIC 9.\n 05 B PIC X OCCURS 5 TO 2 DEPENDING ON N.",
        '-',
        "CPY015",
        3,
        25,
        "above the largest",
    ),
    ("01 A.\n 05 B PIC X OCCURS 1 TO 5 TIMES.", '-', "CPY016", 2, 13, "needs DEPENDING ON"),
    (
        "01 A.\n 05 NN PIC 9.\n 05 B PIC X OCCURS 5 DEPENDING ON NM.",
        '-',
        "CPY016",
        3,
        35,
        "`NM` is not defined",
    ),
    (
        "01 A.\n 05 B PIC X OCCURS 5 DEPENDING ON N.\n 05 N PIC 9.",
        '-',
        "CPY016",
        2,
        35,
        "the place of the counter `N` depends on the table",
    ),
    (
        "01 A.\n 05 N PIC 9V9.\n 05 B PIC X OCCURS 5 DEPENDING ON N.",
        '-',
        "CPY016",
        3,
        35,
        "is not a whole number",
    ),
    (
        "01 A.\n 05 B OCCURS 0 TO 5 DEPENDING ON N.\n 10 N PIC 9.",
        '-',
        "CPY016",
        2,
        34,
        "inside its own table",
    ),
    ("01 A.\n 05 B OCCURS 999999999.\n 10 C PIC X(99).", '-', "CPY017", 2, 7, "is the most"),
    ("01 A.\n 05 B PIC X.\n66 C RENAMES D.", '-', "CPY018", 3, 14, "`D` is not defined"),
    (
        "01 A.\n 05 B PIC X.\n 05 C PIC X.\n66 D RENAMES C THRU B.",
        '-',
        "CPY018",
        4,
        21,
        "does not end after `C`",
    ),
    ("66 D RENAMES C.", '-', "CPY018", 1, 1, "no record before it"),
    ("88 D VALUE 1.", '-', "CPY019", 1, 1, "no item before it"),
    ("01 A PIC 9.\n 88 B.", '-', "CPY019", 2, 2, "level 88 entry `B` has no VALUE"),
    ("01 A PIC 9.\n 88 B VALUE 5 THRU 2.", '-', "CPY019", 2, 20, "the range ends at 2"),
    ("01 A PIC 9 VALUE 10.", '-', "CPY020", 1, 18, "10 does not fit"),
    ("01 A PIC X VALUE 1.", '-', "CPY020", 1, 18, "a number cannot be the VALUE of text"),
    ("01 A PIC 9 VALUE '1'.", '-', "CPY020", 1, 18, "text cannot be the VALUE of a number"),
    ("01 A PIC X VALUE X'G1'.", '-', "CPY020", 1, 20, "`G` is not a hexadecimal digit"),
    ("01 A PIC X VALUE NULL.", '-', "CPY020", 1, 18, "NULL is the VALUE of an address only"),
    ("01 A POINTER VALUE 'X'.", '-', "CPY020", 1, 20, "an address can have the VALUE NULL only"),
    ("01 A COMP-1 VALUE 'X'.", '-', "CPY020", 1, 19, "only a number can be the VALUE"),
    ("01 A COMP-2 VALUE 1.0E100.", '-', "CPY020", 1, 19, "the exponent of a literal"),
    ("01 A PIC N VALUE NX'D800'.", '-', "CPY020", 1, 18, "is not text in Unicode"),
    ("01 A PIC 9 COMP VALUE SPACES.", '-', "CPY020", 1, 23, "is not a number"),
    ("      * nothing\n", 'f', "CPY021", 1, 1, "no data description"),
    ("       01 A PIC X.\n      -    B PIC X.", 'f', "CPY024", 2, 7, "nothing to continue"),
    ("       01 A PIC X VALUE 'B\n      -    C'.", 'f', "CPY024", 2, 7, "must begin with its quotation mark"),
];

#[test]
fn every_mistake_is_reported_at_its_place() {
    for &(text, format, code, line, column, message) in CASES {
        let format = if format == 'f' { SourceFormat::Fixed } else { SourceFormat::Free };
        let (layout, diagnostics) = read_with(text, format, Area::File);
        assert!(layout.is_none(), "{text}");
        let first = diagnostics.list().iter().find(|d| d.severity == Severity::Error).unwrap();
        let Place::Text { span, .. } = &first.place else { panic!("{text}: no place") };
        let found = (first.code.id(), span.position());
        assert_eq!(found, (code, (line, column)), "{text}\n{diagnostics}");
        assert!(first.message.contains(message), "{text}\n{diagnostics}");
        assert!(first.hint.is_some(), "{text}");
    }
}

#[test]
fn mistakes_do_not_spread() {
    // One mistake each, so a second message would be noise.
    let noisy = ["CPY002", "CPY024"];
    for &(text, format, code, ..) in CASES.iter().filter(|case| !noisy.contains(&case.2)) {
        let format = if format == 'f' { SourceFormat::Fixed } else { SourceFormat::Free };
        let (_, diagnostics) = read_with(text, format, Area::File);
        let errors = diagnostics.error_count();
        assert_eq!(errors, 1, "{code} in {text}\n{diagnostics}");
    }
}

#[test]
fn every_code_has_a_reproducer() {
    let elsewhere = ["CPY022", "CPY023", "CPY032", "CPY033"];
    let codes = crate::diag::ALL_CODES.iter().map(|code| code.id()).filter(|id| id.starts_with("CPY"));
    for id in codes.filter(|id| !elsewhere.contains(id)) {
        assert!(CASES.iter().any(|case| case.2 == id), "{id}");
    }
}

#[test]
fn warnings_leave_the_layout() {
    let long = format!("01 {} PIC X.", "A".repeat(31));
    let cases: &[(&str, usize, usize)] = &[
        ("01 A PIC X OCCURS 3.", 1, 12),
        ("01 A.\n 05 B PIC X OCCURS 2.\n 05 C REDEFINES B PIC X.", 3, 17),
        ("01 A.\n 05 B PIC X.\n 05 C PIC X.\n 05 D REDEFINES B PIC X.", 4, 17),
        ("01 A.\n 05 N PIC X.\n 05 B PIC X OCCURS 5 DEPENDING ON N.", 3, 35),
        ("01 A.\n 05 B OCCURS 5 DEPENDING ON N.\n 10 N PIC 9.", 2, 29),
        ("01 A PIC 9(19) COMP.", 1, 10),
        ("01 A PIC 9(32).", 1, 10),
        ("01 COUNT PIC 9.", 1, 4),
        ("01 VALUE PIC 9.", 1, 4),
        ("01 INDEX PIC 9.", 1, 4),
        (
            "01 A.\n 05 N PIC 9.\n 05 B PIC X(5).\n 05 C REDEFINES B.\n 10 D PIC X OCCURS 0 TO 5 DEPENDING ON N.",
            4,
            17,
        ),
        ("01 A.\n 05 N PIC 9.\n01 B.\n 05 C PIC X OCCURS 1 TO 2 DEPENDING ON N.", 4, 40),
        ("01 A.\n 05 Z PIC X.\n 05 B PIC X(4).\n 05 C REDEFINES B PIC S9(9) COMP SYNC.", 4, 17),
        ("77 A PIC X.", 1, 1),
        ("01 A.\n 05 B PIC X.\n 05 C REDEFINES B PIC XX.", 3, 17),
        ("01 A COMP-3.\n 05 B PIC 9 COMP.", 2, 13),
        (&long, 1, 4),
    ];
    for &(text, line, column) in cases {
        let (layout, diagnostics) = read(text);
        assert!(layout.is_some(), "{text}\n{diagnostics}");
        let [only] = diagnostics.list() else { panic!("{text}\n{diagnostics}") };
        let Place::Text { span, .. } = &only.place else { panic!("{text}") };
        assert_eq!((only.code, span.position()), (codes::CPY023, (line, column)), "{text}");
    }
}

#[test]
fn nearest_names_are_offered() {
    let hint = |text: &str| read(text).1.list()[0].hint.clone().unwrap();
    assert_eq!(hint("01 A PIC X OCCRUS 3."), "did you mean OCCURS?");
    assert_eq!(
        hint("01 A.\n 05 LINE-CNT PIC 9.\n 05 B PIC X OCCURS 5 DEPENDING ON LINE-CTN."),
        "did you mean LINE-CNT?"
    );
}

#[test]
fn several_mistakes_are_found_in_one_go() {
    let text =
        "01 A.\n 05 B PIC Q.\n 05 C PIC 9 VALUE 'X'.\n 05 D.\n 99 E PIC X.\n 05 F PIC X FOO BAR VALUE 'Z'.";
    assert_eq!(codes_of(&read(text).1), ["CPY009", "CPY004", "CPY005", "CPY011", "CPY020"]);
}
