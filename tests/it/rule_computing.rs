//! Verbs that compute, with GIVING, REMAINDER and ON SIZE ERROR, against a COBOL compiler; rows that are inserted; warnings; several
//! rejects of one transaction; how many rejects there may be.

use std::fmt::Write;

use offhost::encoding::CodePage;

use crate::harness::{Job, Random, cobol, displayed, ebcdic};

const OUT: &str = "
 05 X PIC S9(6)V99 SIGN LEADING SEPARATE.
 05 Y PIC S9(6)V99 SIGN LEADING SEPARATE.
 05 P PIC S9(9)V9 SIGN LEADING SEPARATE.
 05 M PIC S9(9)V99 SIGN LEADING SEPARATE.
 05 D PIC S9(4)V99 SIGN LEADING SEPARATE.
 05 G PIC X.
 05 Q PIC S9(3)V9 SIGN LEADING SEPARATE.
 05 R PIC S9(6)V9(4) SIGN LEADING SEPARATE.
 05 F PIC X.
";

const RULES: &str = "
rules:
  - rule: R
    do:
      - emit: OUT
        do:
          - { move: SPACE, to: [ G, F ] }
          - { move: 1000.5, to: X }
          - { add: A, to: [ X ] }
          - { subtract: A, from: X, giving: Y }
          - { multiply: A, by: B, giving: P, rounded: nearest-away-from-zero }
          - { move: B, to: M }
          - { multiply: A + 1, by: M }
          - { move: A, to: D, on-size-error: truncate }
          - { divide: B, into: D, on-size-error: [ { move: \"'Z'\", to: G } ] }
          - divide: A
            by: B
            giving: Q
            remainder: R
            rounded: nearest-away-from-zero
            on-size-error: [ { move: \"'S'\", to: F } ]
            not-on-size-error: [ { move: \"'N'\", to: F } ]
";

/// What a compiler makes of the same statements, a line for each pair of operands.
fn compiled(operands: &[(i64, i64)]) -> Option<Vec<String>> {
    let mut program = "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. VERBS.\n       DATA DIVISION.\n       WORKING-STORAGE SECTION.\n       01 A PIC S9(5)V99.\n       01 B PIC S9(3)V9.\n       01 A1 PIC S9(6)V99.\n       01 O.\n".to_owned();
    for line in OUT.lines().filter(|line| !line.is_empty()) {
        let _ = writeln!(program, "      {line}");
    }
    program.push_str("       PROCEDURE DIVISION.\n");
    for (a, b) in operands {
        let number = |value: i64, power: i64, width: usize| {
            let (sign, value) = (if value < 0 { "-" } else { "" }, value.abs());
            format!("{sign}{}.{:0width$}", value / power, value % power)
        };
        for statement in [
            &format!("MOVE {} TO A", number(*a, 100, 2)),
            &format!("MOVE {} TO B", number(*b, 10, 1)),
            "MOVE SPACE TO G F",
            "MOVE ZERO TO Q R",
            "MOVE 1000.5 TO X",
            "ADD A TO X",
            "SUBTRACT A FROM X GIVING Y",
            "MULTIPLY A BY B GIVING P ROUNDED",
            "MOVE B TO M",
            "ADD 1 A GIVING A1",
            "MULTIPLY A1 BY M",
            "MOVE A TO D",
            "DIVIDE B INTO D ON SIZE ERROR MOVE 'Z' TO G",
            "DIVIDE A BY B GIVING Q ROUNDED REMAINDER R",
            "ON SIZE ERROR MOVE 'S' TO F",
            "NOT ON SIZE ERROR MOVE 'N' TO F",
        ] {
            let end =
                if statement.starts_with("DIVIDE A") || statement.starts_with("ON SIZE") { "" } else { "." };
            let _ = writeln!(program, "           {statement}{end}");
        }
        program.push_str("           DISPLAY O.\n");
    }
    program.push_str("           STOP RUN.\n");
    let folder = tempfile::tempdir().unwrap();
    let options = ["-std=ibm", "-fno-arithmetic-osvs"];
    cobol(folder.path(), "verbs", &program, &options, "verbs that compute")
        .then(|| displayed(folder.path(), "verbs", &[]))
}

#[test]
fn verbs_that_compute_give_what_a_compiler_gives() {
    let mut random = Random::new(5);
    let mut operands = vec![(0, 0), (100, 0), (-9_999_999, 1), (9_999_999, -9999), (1, 30), (-700, 30)];
    for _ in 0..150 {
        let (most_a, most_b) = (random.of(&[200, 20_000, 10_000_000]), random.of(&[20, 10_000]));
        let sign = |random: &mut Random| if random.below(2) == 0 { -1 } else { 1 };
        let a = random.below(most_a) as i64 * sign(&mut random);
        operands.push((a, random.below(most_b) as i64 * sign(&mut random)));
    }
    let Some(wanted) = compiled(&operands) else { return };
    let signed = |value: i64, digits: usize| {
        let sign = if value < 0 { '-' } else { '+' };
        format!("{sign}{:0digits$}", value.abs())
    };
    let items: String = operands.iter().map(|(a, b)| format!("{}{}", signed(*a, 7), signed(*b, 4))).collect();
    let job = Job::new()
        .text(
            "item.cpy",
            "01 ITEM.\n 05 A PIC S9(5)V99 SIGN LEADING SEPARATE.\n 05 B PIC S9(3)V9 SIGN LEADING SEPARATE.\n",
        )
        .text("out.cpy", &format!("01 O.{OUT}"))
        .text("rules.yaml", &format!("version: 1\nprogram: T{RULES}"))
        .file("items.dat", &ebcdic(&items))
        .yaml(
            "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }\n  out: { path: out.dat, record: { copybook: out.cpy, recfm: F } }\nsteps:\n  - step: P\n    post: { in: items, rules: rules.yaml, out: { OUT: out } }\n",
        );
    job.run(&[]).status(0);
    let text = CodePage::CP037.decode(&job.read("out.dat"));
    let length = wanted[0].len();
    let found: Vec<&str> = (0..operands.len()).map(|n| &text[n * length..(n + 1) * length]).collect();
    // A compiler may store a zero with the sign of what was cut.
    let plain = |line: &str| {
        let mut line = line.to_owned();
        for (start, digits) in [(0, 8), (9, 8), (18, 10), (29, 11), (41, 6), (49, 4), (54, 10)] {
            if line[start + 1..start + 1 + digits].bytes().all(|digit| digit == b'0') {
                line.replace_range(start..=start, "+");
            }
        }
        line
    };
    let mut seen = String::new();
    for ((operands, wanted), found) in operands.iter().zip(&wanted).zip(found) {
        // After a size error of the quotient the remainder stays as it was (Language Reference, "REMAINDER phrase"); this compiler
        // stores it all the same.
        let compared = if wanted.ends_with('S') { 53 } else { length };
        assert_eq!(plain(found)[..compared], plain(wanted)[..compared], "{operands:?}");
        assert!(!wanted.ends_with('S') || found.ends_with("+0000000000S"), "{operands:?}: {found}");
        seen.push_str(&wanted[48..49]);
        seen.push_str(&wanted[length - 1..]);
    }
    assert!(['Z', 'S', 'N'].iter().all(|flag| seen.contains(*flag)), "{seen}");
}

/// A job over items of a letter and a number.
fn job(rules: &str, items: &str, rejects: &str) -> Job {
    let set = |name: &str, copybook: &str, disp: &str| {
        format!("  {name}: {{ path: {name}.dat, record: {{ copybook: {copybook}.cpy, recfm: F }}{disp} }}\n")
    };
    let datasets = [
        set("items", "item", ""),
        set("rows", "row", ""),
        set("new", "row", ", disp: replace"),
        set("out", "out", ", disp: replace"),
        set("rejects", "reject", ", disp: replace"),
    ];
    let step = "steps:\n  - step: P\n    post:\n      in: items\n      rules: rules.yaml\n      masters: { M: { dataset: rows, key: [ M-KEY ], new: new } }\n      out: { OUT: out }\n";
    Job::new()
        .text("item.cpy", "01 ITEM.\n  05 K PIC X.\n  05 N PIC 9(2).\n")
        .text("out.cpy", "01 ITEM.\n  05 K PIC X.\n  05 N PIC 9(2).\n")
        .text("row.cpy", "01 ROW.\n  05 M-KEY PIC X.\n  05 M-N PIC 9(2).\n")
        .text("reject.cpy", "01 REJECT.\n  05 J-K PIC X.\n  05 J-CODE PIC X(3).\n")
        .text("rules.yaml", &format!("version: 1\nprogram: T\n{rules}"))
        .file("items.dat", &ebcdic(items))
        .file("rows.dat", &ebcdic("B20"))
        .yaml(&format!(
            "version: 1\njob: T\ndatasets:\n{}{step}      rejects: {{ to: rejects{rejects} }}\n",
            datasets.concat()
        ))
}

const REJECT_RECORD: &str =
    "reject-record: [ { move: K, to: J-K }, { move: \"REJECT-CODE (1:3)\", to: J-CODE } ]\n";

#[test]
fn a_row_is_inserted_once() {
    let insert = |duplicate: &str| {
        format!(
            "{REJECT_RECORD}rules:\n  - rule: R\n    do:\n      - {{ insert: M, key: K{duplicate} }}\n      - {{ add: N, to: M-N }}\n"
        )
    };
    job(&insert(", duplicate: reject, code: DUP"), "A01B02C03A04", "")
        .run(&[])
        .status(4)
        .published("new.dat", &ebcdic("A01B20C03"))
        .published("rejects.dat", &ebcdic("BDUPADUP"));
    job(&insert(", duplicate: continue"), "A01B02C03A04", "")
        .run(&[])
        .status(0)
        .published("new.dat", &ebcdic("A05B22C03"));
    job(&insert(""), "A01B02", "").run(&[]).status(89).says(&["RUN009", "M has a row with this key already"]);
    let refused = |duplicate: &str, words: &[&str]| {
        job(&insert(duplicate), "A01", "").run(&[]).status(65).says(words);
    };
    refused(", duplicate: reject", &["RUL004", "a reject needs a code"]);
    refused(", missing: create", &["RUL004", "does not take missing"]);
}

#[test]
fn warnings_are_counted_and_post_all_the_same() {
    let rules = format!(
        "{REJECT_RECORD}rules:\n  - rule: R\n    do:\n      - {{ warn: LOW, reason: a low number, when: N < 10 }}\n      - {{ reject: BAD, when: K = 'X' }}\n      - {{ emit: OUT, from: ITEMS }}\n"
    );
    let warned = job(&rules, "A01B20C03X04", "");
    let document = warned.run(&["--json"]).status(4).published("out.dat", &ebcdic("A01B20C03")).json();
    let details = document["steps"][0]["details"].as_array().unwrap();
    let of = |name: &str| details.iter().find(|detail| detail["name"] == name).map(|detail| &detail["count"]);
    // What a rejected transaction warned of does not count.
    assert_eq!(of("warning LOW a low number"), Some(&2.into()), "{details:?}");
    job(&rules, "B20", "").run(&[]).status(0);
}

#[test]
fn each_reject_of_a_transaction_can_have_a_record() {
    let rules = |report: &str| {
        format!(
            "{REJECT_RECORD}report: {report}\nedits:\n  - rule: E\n    do:\n      - {{ reject: ONE, when: K = 'X', then: continue }}\n      - {{ reject: TWO, when: N > 10, then: continue }}\n      - {{ reject: TRE, when: N > 20, then: continue }}\nrules:\n  - rule: R\n    do: [ {{ emit: OUT, from: ITEMS }} ]\n"
        )
    };
    let run = |report: &str, records: &str| {
        let job = job(&rules(report), "X01X30A05B11", "");
        let document = job.run(&["--json"]).status(4).published("rejects.dat", &ebcdic(records)).json();
        // Each transaction has one fate, however many checks it fails.
        assert_eq!(document["steps"][0]["rejected"], 3);
    };
    run("first", "XONEXONEBTWO");
    run("last", "XONEXTREBTWO");
    run("all", "XONEXONEXTWOXTREBTWO");
}

#[test]
fn only_so_many_of_a_hundred_are_rejected() {
    let rules = format!(
        "{REJECT_RECORD}rules:\n  - rule: R\n    do:\n      - {{ reject: BAD, when: K = 'X' }}\n      - {{ emit: OUT, from: ITEMS }}\n"
    );
    job(&rules, "A01X02C03D04", ", max-percent: \"25\"").run(&[]).status(4);
    job(&rules, "A01X02C03D04", ", max-percent: \"24.99\"")
        .run(&[])
        .status(88)
        .says(&["RUN008", "1 of 4 transactions", "24.99 percent"])
        .nothing_published();
    job(&rules, "", ", max-percent: \"0\"").run(&[]).status(0);
    job(&rules, "A01", ", max-percent: many").run(&[]).status(65).says(&["JOB001", "many is no percentage"]);
    job(&rules, "A01", ", max-percent: \"101\"").run(&[]).status(65).says(&["JOB001", "0 to 100"]);
}

#[test]
fn forms_that_cobol_does_not_have_are_refused() {
    let check = |action: &str, words: &[&str]| {
        let rules = format!(
            "working: |\n  01 W.\n     05 A PIC 9(4).\n     05 B PIC 9(4).\n     05 R PIC 9(4).\n     05 T PIC X.\nrules:\n  - rule: R\n    do: [ {action} ]\n"
        );
        job(&rules, "A01", "").run(&[]).status(65).says(words).nothing_published();
    };
    check("{ divide: N, by: 2 }", &["RUL004", "needs giving"]);
    check("{ divide: N, by: 2, into: A, giving: B }", &["RUL004", "no into"]);
    check("{ divide: N }", &["RUL004", "needs into"]);
    check("{ multiply: N, giving: A }", &["RUL004", "needs by"]);
    check("{ multiply: N, by: 3 }", &["EXP"]);
    check("{ add: 1, to: [ A, B ], giving: R }", &["RUL004", "one value under to"]);
    check("{ divide: N, into: A, remainder: R }", &["RUL004", "one quotient"]);
    check("{ divide: A, by: B, giving: [ R, A ], remainder: R }", &["RUL004", "one quotient"]);
    check("{ divide: A, by: N, giving: A, remainder: R }", &["RUL004", "A is still needed"]);
    check("{ divide: A, by: N, giving: B, remainder: T }", &["EXP004", "T is not a number"]);
    check("{ multiply: A, by: B, remainder: R }", &["RUL004", "does not take remainder"]);
    check("{ compute: A, is: 1, giving: B }", &["RUL004", "does not take giving"]);
    check("{ add: 1, to: [ A, B ], on-size-error: [] }", &["RUL004", "one receiver"]);
    check("{ add: 1, to: A, not-on-size-error: [] }", &["RUL004", "list of actions"]);
    check("{ add: 1, to: A, on-size-error: wrap }", &["JOB001", "wrap"]);
    check("{ add: 1, to: A, on-size-error: [ { move: 1 } ] }", &["RUL004", "move needs to"]);
    check("{ warn: W, to: A }", &["RUL004", "does not take to"]);
    check("{ add: 1, to: A, code: X }", &["RUL004", "nothing here rejects"]);
    check("{ add: 1, to: A, on-size-error: truncate, reason: full }", &["RUL004", "nothing here rejects"]);
}

/// A job whose rule does these actions on the fields of an output record; N is 7.
fn stored(fields: &str, actions: &[&str]) -> Job {
    let mut rules = format!("{REJECT_RECORD}rules:\n  - rule: R\n    do:\n      - emit: OUT\n        do:\n");
    for action in actions {
        let _ = writeln!(rules, "          - {action}");
    }
    job(&rules, "A07", "").text("out.cpy", &format!("01 RESULT.\n{fields}"))
}

#[test]
fn numeric_edited_fields_take_results() {
    let fields = "  05 E PIC ZZ9.9-.\n  05 Q PIC Z9.\n  05 R PIC S9(3) SIGN TRAILING SEPARATE.\n";
    stored(fields, &["{ compute: E, is: 0 - N / 2 }", "{ divide: 100, by: N, giving: Q, remainder: R }"])
        .run(&[])
        .status(0)
        .published("out.dat", &ebcdic("  3.5-14002+"));
    stored(fields, &["{ multiply: N, by: 1000, giving: E }"]).run(&[]).status(80).says(&["DAT009"]);
}

#[test]
fn a_remainder_goes_by_the_quotient_that_is_stored() {
    let fields = "  05 Q PIC 9(2)PP.\n  05 R PIC 9(4).\n  05 F PIC X.\n";
    // The quotient loses its last two digits, 12345 = 1700 * 7 + 445; with a size error nothing is stored.
    let divide = |quotient: &str, room: &str| {
        format!(
            "{{ divide: {quotient}, by: N, giving: Q, remainder: {room}, on-size-error: [ {{ move: \"'E'\", to: F }} ], not-on-size-error: [ {{ move: \"'N'\", to: F }} ] }}"
        )
    };
    stored(fields, &[&divide("12345", "R")]).run(&[]).status(0).published("out.dat", &ebcdic("170445N"));
    stored(fields, &["{ move: 5, to: R }", &divide("123456", "R")])
        .run(&[])
        .status(0)
        .published("out.dat", &ebcdic("000005E"));
    // The quotient has room, the remainder not: the quotient stays, and NOT ON SIZE ERROR is not done.
    let fields = fields.replace("R PIC 9(4)", "R PIC 9(2)");
    stored(&fields, &["{ move: 5, to: R }", &divide("12345", "R")])
        .run(&[])
        .status(0)
        .published("out.dat", &ebcdic("1705E"));
}
