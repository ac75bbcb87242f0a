//! What verbs on texts and tables refuse: before the run what cannot be meant, in the run what has no meaning.

use crate::harness::{Job, ebcdic};

const WORKING: &str = "
working: |
  01 W.
     05 FALLING OCCURS 4 DESCENDING KEY IS D-KEY ASCENDING D-MINOR.
        10 D-KEY PIC 9.
        10 D-MINOR PIC X.
        10 D-TEXT PIC X.
     05 A PIC X(6) VALUE 'AB,CD'.
     05 B PIC X(2).
     05 N PIC 9(2).
     05 SMALL PIC 9 VALUE 9.
     05 CENTS PIC 9(3)V99 VALUE 1.
     05 PACKED PIC S9(5) COMP-3.
     05 COUNTER PIC 9 VALUE 7.
     05 T OCCURS 1 TO 5 DEPENDING ON COUNTER.
        10 K PIC X.
     05 NINE OCCURS 9 PIC X.
     05 ONE PIC 9.
";

/// A job with one action on one transaction.
fn job(action: &str) -> Job {
    let rules = format!(
        "version: 1\nprogram: T\n{WORKING}rules:\n  - rule: R\n    then: done\n    do: [ {action} ]\n"
    );
    Job::new()
        .text("item.cpy", "01 ITEM.\n  05 REGION PIC X(2).\n  05 AMOUNT PIC X(4).\n")
        .text("rules.yaml", &rules)
        .file("items.dat", &ebcdic("AA12.4"))
        .yaml(
            "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }\nsteps:\n  - step: P\n    post: { in: items, rules: rules.yaml }\n",
        )
}

#[test]
fn what_cannot_be_meant_is_refused_before_the_run() {
    for (action, says) in [
        ("{ inspect: A }", ["RUL004", "tallying"]),
        ("{ inspect: PACKED, tallying: N FOR ALL 'A' }", ["EXP004", "PACKED is a number"]),
        ("{ inspect: A, tallying: N ALL 'A' }", ["EXP001", "expected FOR"]),
        ("{ inspect: A, tallying: N FOR FIRST 'A' }", ["EXP001", "expected ALL, LEADING or CHARACTERS"]),
        ("{ inspect: A, tallying: CENTS FOR ALL 'A' }", ["EXP004", "CENTS counts nothing"]),
        ("{ inspect: A, replacing: ALL 'A' BY 'XY' }", ["EXP006", "takes the place of 1"]),
        ("{ inspect: A, replacing: CHARACTERS BY 'XY' }", ["EXP006", "takes the place of 1"]),
        ("{ inspect: A, replacing: ALL 'A' TO 'X' }", ["EXP001", "expected BY"]),
        ("{ inspect: A, converting: \"'AB' TO 'X'\" }", ["EXP006", "takes the place of 2"]),
        ("{ inspect: REGION, replacing: ALL 'A' BY 'B' }", ["RUL003", "REGION cannot be changed"]),
        ("{ unstring: A, delimited-by: SPACE }", ["RUL004", "into"]),
        ("{ unstring: A, into: B COUNT IN N }", ["RUL004", "need delimiters"]),
        ("{ unstring: PACKED, into: B }", ["EXP004", "PACKED is a number"]),
        ("{ unstring: A, into: REGION }", ["RUL003", "REGION cannot be changed"]),
        ("{ unstring: A, into: B, tallying: [ N, SMALL ] }", ["RUL004", "one field"]),
        ("{ unstring: A, into: B, on-size-error: reject, code: X }", ["RUL004", "cannot reject"]),
        ("{ string: PACKED, to: A }", ["EXP004", "PACKED is a number"]),
        ("{ string: [ B ], to: A, into: B }", ["RUL004", "does not take into"]),
        ("{ search: T, varying: N }", ["RUL004", "where"]),
        ("{ search: A, varying: N, where: B = 'X' }", ["EXP004", "does not occur"]),
        ("{ search: T(1), varying: N, where: B = 'X' }", ["EXP004", "has subscripts"]),
        ("{ search: NINE, varying: ONE, where: NINE(ONE) = 'X' }", ["RUL004", "cannot count to 10"]),
        ("{ search-all: T, varying: N, where: K(N) > 'X' }", ["EXP004", "not KEY = value"]),
        ("{ search-all: T, varying: N, where: B = 'X' }", ["EXP004", "key of the table"]),
        (
            "{ search-all: FALLING, varying: N, where: D-TEXT(N) = 'X' }",
            ["EXP004", "D-TEXT(N) is no key of FALLING"],
        ),
        (
            "{ search-all: FALLING, varying: N, where: D-MINOR(N) = 'X' }",
            ["EXP004", "a key before D-MINOR(N)"],
        ),
        (
            "{ search-all: FALLING, varying: N, where: D-KEY(N) = 1 AND D-KEY(N) = 2 }",
            ["EXP004", "two values"],
        ),
        ("{ move: A, to: B, at-end: [] }", ["RUL004", "does not take at-end"]),
        ("{ compute: N, is: 4 ** 0.5 }", ["EXP004", "a whole exponent"]),
        ("{ add: 1, to: [ N, SMALL ], on-size-error: [] }", ["RUL004", "need one receiver"]),
        ("{ compute: N, is: FUNCTION NOSUCH (A) }", ["EXP008", "no function NOSUCH"]),
    ] {
        job(action).run(&[]).status(65).says(&says);
    }
}

#[test]
fn what_has_no_meaning_stops_the_run() {
    for (action, status, says) in [
        ("{ unstring: A, delimited-by: \"','\", into: N }", 80, ["DAT024", "cannot be moved to N"]),
        ("{ inspect: A, tallying: SMALL FOR CHARACTERS }", 80, ["DAT009", "SMALL"]),
        ("{ inspect: A, replacing: ALL B BY FUNCTION TRIM ('x') }", 80, ["DAT024", "in the place of 2"]),
        ("{ search: T, varying: N, where: K(N) = 'X' }", 80, ["DAT006", "7 entries"]),
        ("{ compute: CENTS, is: FUNCTION NUMVAL (REGION) }", 80, ["DAT024", "'AA' is no number"]),
        ("{ move: 123, to: N }", 80, ["DAT009", "does not fit N"]),
        ("{ move: D-TEXT(SMALL), to: B }", 80, ["DAT013", "subscript 9 of D-TEXT"]),
        ("{ compute: N, is: 4 ** (CENTS / 2) }", 80, ["DAT009", "the exponent 0.50 is not whole"]),
    ] {
        job(action).run(&[]).status(status).says(&says).says(&["in rule R, transaction 1"]);
    }
    // Bytes of the transaction are a reject, if the step says so.
    let mut rejected = job("{ compute: CENTS, is: FUNCTION NUMVAL (REGION) }");
    let yaml = String::from_utf8(rejected.read("job.yaml")).unwrap();
    let yaml = yaml
        .replace("rules: rules.yaml", "rules: rules.yaml, rejects: { to: bad }, invalid-data: reject")
        .replace(
            "steps:",
            "  bad: { path: bad.dat, record: { copybook: item.cpy, recfm: F }, disp: replace }\nsteps:",
        );
    rejected = rejected.yaml(&yaml);
    rejected.run(&[]).status(4);
    assert_eq!(rejected.read("bad.dat").len(), 6);
}

#[test]
fn functions_stand_wherever_values_do() {
    let rules = "
      - { move: FUNCTION CONCATENATE ('<' FUNCTION LOWER-CASE (REGION) '>'), to: A }
      - { compute: CENTS, is: FUNCTION NUMVAL (AMOUNT) * 2, rounded: nearest-even }
      - { string: [ A DELIMITED BY SPACE, FUNCTION TRIM (AMOUNT), FUNCTION REVERSE (REGION) ], to: TEXT }
      - { reject: LONG, reason: too long, when: FUNCTION LENGTH (FUNCTION TRIM (TEXT)) > 10 }
      - { reject: CENTS, reason: wrong, when: CENTS NOT = 24.8 }
      - { emit: OUT, from: TEXT }
";
    let text = format!(
        "version: 1\nprogram: T\n{WORKING}  01 V.\n     05 TEXT PIC X(12) VALUE SPACES.\nrules:\n  - rule: R\n    do:{rules}"
    );
    let job = job("").text("rules.yaml", &text);
    let yaml = String::from_utf8(job.read("job.yaml")).unwrap();
    let yaml = yaml.replace("rules: rules.yaml", "rules: rules.yaml, out: { OUT: out }").replace(
        "steps:",
        "  out: { path: out.dat, record: { copybook: line.cpy, recfm: F }, disp: replace }\nsteps:",
    );
    let job = job.text("line.cpy", "01 LINE.\n  05 L PIC X(12).\n").yaml(&yaml);
    job.run(&[]).status(0);
    assert_eq!(job.read("out.dat"), ebcdic("<aa>12.4AA  "));
}

/// A job that emits what these actions leave in V, whose fields are given.
fn emitting(fields: &str, actions: &[&str]) -> Job {
    let mut text =
        format!("version: 1\nprogram: T\nworking: |\n  01 V.\n{fields}rules:\n  - rule: R\n    do:\n");
    for action in actions {
        text.push_str(&format!("      - {action}\n"));
    }
    text.push_str("      - { emit: OUT, from: V }\n");
    let job = job("").text("rules.yaml", &text);
    let yaml = String::from_utf8(job.read("job.yaml")).unwrap();
    let yaml = yaml.replace("rules: rules.yaml", "rules: rules.yaml, out: { OUT: out }").replace(
        "steps:",
        "  out: { path: out.dat, record: { copybook: out.cpy, recfm: F }, disp: replace }\nsteps:",
    );
    job.text("out.cpy", "01 O PIC X(40).\n").yaml(&yaml)
}

/// What `emitting` gives.
fn emitted(fields: &str, actions: &[&str]) -> String {
    let job = emitting(fields, actions);
    job.run(&[]).status(0);
    offhost::encoding::CodePage::CP037.decode(&job.read("out.dat")).trim_end().to_owned()
}

/// Entries descend by the major key and ascend by the minor one; conditions may name them in any order.
#[test]
fn a_search_by_halves_goes_by_the_keys_of_the_table() {
    let fields = "     05 T OCCURS 5 DESCENDING KEY K ASCENDING KEY IS M OF T.\n        10 K PIC 9.\n        10 M PIC X.\n        10 W PIC X.\n     05 I PIC 9.\n     05 R PIC X(5) VALUE SPACES.\n";
    for (number, (wanted, found)) in [
        ("M(I) = 'B' AND K(I) = 7", "q"),
        ("K(I) = 7 AND M(I) = 'A'", "p"),
        ("K(I) = 1 AND M(I) = 'C'", "t"),
        ("8 = K(I)", "o"),
        ("K(I) = 7 AND M(I) = 'C'", "-"),
        ("K(I) = 9", "-"),
    ]
    .into_iter()
    .enumerate()
    {
        let search = format!(
            "{{ search-all: T, varying: I, where: {wanted}, do: [ {{ move: W(I), to: R }} ], at-end: [ {{ move: \"'-'\", to: R }} ] }}"
        );
        let table = "{ move: \"'8Ao7Ap7Bq5Ar1Ct0     '\", to: V }";
        let shown = emitted(fields, &[table, &search]);
        assert_eq!(shown.get(16..), Some(found), "{number}: {wanted}: {shown}");
    }
}

/// Language Reference, "MOVE statement", "PICTURE clause" (simple insertion editing, symbol P), "VALUE clause" and
/// "JUSTIFIED clause".
#[test]
fn texts_are_edited_and_numbers_have_the_zeros_that_p_stands_for() {
    let shown = |field: &str, source: &str| {
        emitted(
            &format!("     05 F {field}.\n     05 END PIC X VALUE '|'.\n"),
            &[&format!("{{ move: \"{source}\", to: F }}")],
        )
    };
    assert_eq!(shown("PIC XXXX/XX/XX", "'20260131'"), "2026/01/31|");
    assert_eq!(shown("PIC XXBXX", "'abcde'"), "ab cd|");
    assert_eq!(shown("PIC X(3)/X(2)0", "'ab'"), "ab /  0|");
    assert_eq!(shown("PIC XX/XX", "SPACES"), "  /  |");
    assert_eq!(shown("PIC XX/XX", "FUNCTION UPPER-CASE ('abcd')"), "AB/CD|");
    // A part of it, and a group around it, have no editing.
    let part = emitted("     05 F PIC XX/XX VALUE 'ab/cd'.\n", &["{ move: \"'xyz'\", to: F(1:3) }"]);
    assert_eq!(part, "xyzcd");
    assert_eq!(emitted("     05 F PIC XX/XX.\n", &["{ move: \"'abcde'\", to: V }"]), "abcde");
    let from = |sender: &str, receiver: &str| {
        emitted(
            &format!("     05 R {receiver}.\n     05 END PIC X VALUE '|'.\n     05 P {sender}.\n"),
            &["{ move: P, to: R }", "{ move: SPACES, to: P(1:2) }"],
        )
    };
    assert_eq!(from("PIC 9(3)PPP VALUE 123000", "PIC X(8)").split('|').next(), Some("123000  "));
    assert_eq!(from("PIC 9(3)PPP VALUE 123000", "PIC X(8) JUST").split('|').next(), Some("  123000"));
    assert_eq!(from("PIC 9(2)PP COMP-3 VALUE 1200", "PIC X(3)").split('|').next(), Some("120"));
    let value = emitted(
        "     05 A PIC X(6) JUST RIGHT VALUE 'AB'.\n     05 B PIC X(3) JUST.\n        88 IS-B VALUE 'C'.\n     05 E PIC X/X.\n        88 IS-E VALUE 'D'.\n",
        &["{ set: IS-B }", "{ set: IS-E }"],
    );
    assert_eq!(value, "AB    C  D");
}

/// Two records of one output are built one after the other.
#[test]
fn an_emit_within_an_emit_to_the_same_output_is_refused() {
    let inner = "{ emit: OUT, do: [ { perform: P } ] }";
    let mut job = emitting("     05 F PIC X.\n", &[inner]);
    let rules = String::from_utf8(job.read("rules.yaml")).unwrap();
    job = job.text("rules.yaml", &format!("{rules}paragraphs:\n  P: [ {{ emit: OUT }} ]\n"));
    job.run(&[]).status(65).says(&["RUL004", "an emit to OUT stands within another"]);
}

/// Language Reference, "Class condition": letters of one case and blanks.
#[test]
fn class_conditions_know_the_case_of_letters() {
    for (text, lower, upper, any) in [
        ("ab c", true, false, true),
        ("AB C", false, true, true),
        ("aB", false, false, true),
        ("    ", true, true, true),
        ("a1", false, false, false),
    ] {
        let shown = emitted(
            "     05 R PIC X(3) VALUE '---'.\n     05 T PIC X(4).\n",
            &[
                &format!("{{ move: \"'{text}'\", to: T }}"),
                "{ move: \"'L'\", to: R (1:1), when: T IS ALPHABETIC-LOWER }",
                "{ move: \"'U'\", to: R (2:1), when: NOT (T NOT ALPHABETIC-UPPER) }",
                "{ move: \"'A'\", to: R (3:1), when: T ALPHABETIC }",
                "{ move: SPACES, to: T }",
            ],
        );
        let wanted: String =
            [(lower, 'L'), (upper, 'U'), (any, 'A')].map(|(is, c)| if is { c } else { '-' }).iter().collect();
        assert_eq!(shown, wanted, "{text}");
    }
    job("{ move: 1, to: N, when: PACKED IS ALPHABETIC-LOWER }")
        .run(&[])
        .status(65)
        .says(&["EXP004", "cannot be alphabetic"]);
}

/// In the order of the code page: in EBCDIC letters come before digits, small ones before capitals. The first of equal ones counts.
#[test]
fn the_place_of_the_greatest_and_the_least_text_is_known() {
    let shown = emitted(
        "     05 R PIC 9 OCCURS 6.\n     05 A PIC X(3) VALUE 'abc'.\n     05 B PIC X(5) VALUE 'ABC'.\n",
        &[
            "{ compute: R (1), is: \"FUNCTION ORD-MAX (A, B, '9')\" }",
            "{ compute: R (2), is: \"FUNCTION ORD-MIN (B, A, '9')\" }",
            "{ compute: R (3), is: \"FUNCTION ORD-MAX ('ABC', B, A)\" }",
            "{ compute: R (4), is: \"FUNCTION ORD-MIN ('X', 'B', 'B  ')\" }",
            "{ compute: R (5), is: \"FUNCTION ORD-MAX (A)\" }",
            "{ compute: R (6), is: \"FUNCTION ORD-MAX (1, 3, 2)\" }",
        ],
    );
    assert_eq!(&shown[..6], "321212");
    job("{ compute: N, is: \"FUNCTION ORD-MAX (1, A)\" }")
        .run(&[])
        .status(65)
        .says(&["EXP004", "numbers and texts"]);
}

/// Language Reference, "INSPECT statement": an unsigned number is its digits; of one with a sign the digits are looked into, and the
/// sign is what it was.
#[test]
fn the_digits_of_numbers_are_inspected() {
    let fields = "     05 U PIC 9(4)V9 VALUE 120.3.\n     05 S PIC S9(4) VALUE -1010.\n     05 L PIC S9(3) SIGN LEADING VALUE -110.\n     05 E PIC S9(3) SIGN TRAILING SEPARATE VALUE -101.\n     05 H PIC S9(3) SIGN LEADING SEPARATE VALUE -111.\n     05 C PIC 9 OCCURS 5.\n";
    let counts = ["U", "S", "L", "E", "H"].iter().enumerate().map(|(at, field)| {
        format!("{{ inspect: {field}, tallying: C ({}) FOR ALL '1', replacing: ALL '1' BY '7' }}", at + 1)
    });
    let counts: Vec<String> = counts.collect();
    let mut actions = vec!["{ move: ZEROS, to: [ C (1), C (2), C (3), C (4), C (5) ] }"];
    actions.extend(counts.iter().map(String::as_str));
    actions.push("{ inspect: S, converting: \"'70' TO '05'\" }");
    actions.push("{ inspect: E, tallying: C (4) FOR CHARACTERS }");
    assert_eq!(emitted(fields, &actions), "07203050NP70707--77712253");
}
