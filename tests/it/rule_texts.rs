//! What verbs on texts and tables refuse: before the run what cannot be meant, in the run what has no meaning.

use crate::harness::{Job, ebcdic};

const WORKING: &str = "
working: |
  01 W.
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
        ("{ move: A, to: B, at-end: [] }", ["RUL004", "does not take at-end"]),
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
    ] {
        job(action).run(&[]).status(status).says(&says);
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
