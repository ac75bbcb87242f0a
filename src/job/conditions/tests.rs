//! COND and IF line by line: the rules of the MVS JCL Reference ("COND parameter" with its summary tables, "Relational-expression
//! keywords") and the example of the User's Guide, in their order, each with what shows it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cond::Cond;
use super::if_test::{Decision, Decisions, IfTest};
use super::outcome::{Abend, StepOutcome};

type Steps = Vec<(String, StepOutcome)>;

/// Steps in the words of the tables: `A 4` ended with 4, `A -` was passed over, `A S0C7` abended.
fn steps(text: &str) -> Steps {
    let step = |words: &str| {
        let (name, end) = words.trim().split_once(' ').unwrap();
        let outcome = match end.parse() {
            Ok(rc) => StepOutcome::Ended(rc),
            Err(_) if end == "-" => StepOutcome::Bypassed,
            Err(_) => StepOutcome::Abended(Abend(end.to_owned())),
        };
        (name.to_owned(), outcome)
    };
    text.split(',').filter(|words| !words.trim().is_empty()).map(step).collect()
}

fn bypasses(cond: &str, earlier: &str) -> bool {
    Cond::parse(cond).unwrap_or_else(|error| panic!("{cond}: {error}")).bypasses(&steps(earlier))
}

/// A rule, and cases of it: COND, the steps before, whether the step is bypassed.
type CondRule = (&'static str, &'static [(&'static str, &'static str, bool)]);

const COND: &[CondRule] = &[
    (
        "true means bypass, and it reads code op RC: (4,LT) bypasses if 4 < RC",
        &[("(4,LT)", "A 5", true), ("(4,LT)", "A 4", false), ("(4,LT)", "A 3", false)],
    ),
    ("GT", &[("(4,GT)", "A 3", true), ("(4,GT)", "A 4", false), ("(4,GT)", "A 5", false)]),
    ("GE", &[("(4,GE)", "A 3", true), ("(4,GE)", "A 4", true), ("(4,GE)", "A 5", false)]),
    ("EQ", &[("(4,EQ)", "A 3", false), ("(4,EQ)", "A 4", true), ("(4,EQ)", "A 5", false)]),
    ("NE", &[("(4,NE)", "A 3", true), ("(4,NE)", "A 4", false), ("(4,NE)", "A 5", true)]),
    ("LT", &[("(4,LT)", "A 3", false), ("(4,LT)", "A 4", false), ("(4,LT)", "A 5", true)]),
    ("LE", &[("(4,LE)", "A 3", false), ("(4,LE)", "A 4", true), ("(4,LE)", "A 5", true)]),
    ("code 0-4095", &[("(0,EQ)", "A 0", true), ("(4095,EQ)", "A 4095", true), ("(4095,GT)", "A 4094", true)]),
    (
        "up to 8 tests, any of which bypasses",
        &[
            ("((1,EQ),(2,EQ),(3,EQ),(4,EQ),(5,EQ),(6,EQ),(7,EQ),(8,EQ))", "A 8", true),
            ("((1,EQ),(2,EQ),(3,EQ),(4,EQ),(5,EQ),(6,EQ),(7,EQ),(8,EQ))", "A 9", false),
        ],
    ),
    (
        "EVEN and ONLY may stand before, between and behind the tests",
        &[
            ("(EVEN,(4,LT),(8,EQ,A))", "A 4, B S0C7", false),
            ("((4,LT),EVEN,(8,EQ,A))", "A 4, B S0C7", false),
            ("((4,LT),(8,EQ,A),EVEN)", "A 4, B S0C7", false),
            ("(ONLY,(4,LT),(8,EQ,A))", "A 4, B S0C7", false),
            ("((4,LT),ONLY,(8,EQ,A))", "A 4, B S0C7", false),
            ("((4,LT),(8,EQ,A),ONLY)", "A 4, B S0C7", false),
        ],
    ),
    (
        "no step named: against every earlier step that produced a code, any hit bypasses",
        &[
            ("(8,EQ)", "A 8, B 0, C 0", true),
            ("(8,EQ)", "A 0, B 8, C 4", true),
            ("(8,EQ)", "A 0, B 0, C 8", true),
            ("(8,EQ)", "A 0, B -, C 4", false),
            ("(8,EQ)", "", false),
        ],
    ),
    (
        "a step named: against that one alone, in a procedure by both names",
        &[
            ("(8,EQ,A)", "A 8, B 0", true),
            ("(8,EQ,B)", "A 8, B 0", false),
            ("(8,EQ,CALL.PROC)", "CALL.PROC 8, CALL.OTHER 0", true),
            ("(8,EQ,CALL.OTHER)", "CALL.PROC 8, CALL.OTHER 0", false),
        ],
    ),
    (
        "a step that did not run has no code: its test is false and never bypasses",
        &[
            ("(0,LE,A)", "A -", false),
            ("(0,NE,A)", "A -", false),
            ("(0,LE,A)", "", false),
            ("(0,LE)", "A -", false),
            ("((0,LE,A),EVEN)", "A S0C7", false),
        ],
    ),
    (
        "of two steps with one name the first is meant",
        &[("(8,EQ,A)", "A 8, A 0", true), ("(8,EQ,A)", "A 0, A 8", false)],
    ),
    ("none, no abend, no test true: runs", &[("(4,LT)", "A 0", false)]),
    ("none, no abend, a test true: does not", &[("(4,LT)", "A 8", true)]),
    (
        "none, an abend, any test: does not",
        &[("(4,LT)", "A 0, B S0C7", true), ("(4,LT)", "A 8, B S0C7", true)],
    ),
    ("EVEN, no abend, no test true: runs", &[("((4,LT),EVEN)", "A 0", false), ("EVEN", "A 0", false)]),
    ("EVEN, no abend, a test true: does not", &[("((4,LT),EVEN)", "A 8", true)]),
    (
        "EVEN, an abend, no test true: runs",
        &[("((4,LT),EVEN)", "A 0, B S0C7", false), ("EVEN", "B U0100", false)],
    ),
    ("EVEN, an abend, a test true: does not", &[("((4,LT),EVEN)", "A 8, B S0C7", true)]),
    (
        "ONLY, no abend, any test: does not",
        &[
            ("((4,LT),ONLY)", "A 0", true),
            ("((4,LT),ONLY)", "A 8", true),
            ("ONLY", "A 0", true),
            ("ONLY", "", true),
        ],
    ),
    (
        "ONLY, an abend, no test true: runs",
        &[("((4,LT),ONLY)", "A 0, B S0C7", false), ("ONLY", "B S0C7", false)],
    ),
    ("ONLY, an abend, a test true: does not", &[("((4,LT),ONLY)", "A 8, B S0C7", true)]),
];

#[test]
fn cond_line_by_line() {
    for (rule, cases) in COND {
        for (cond, earlier, bypassed) in *cases {
            assert_eq!(bypasses(cond, earlier), *bypassed, "{rule}: {cond} after {earlier}");
        }
    }
}

#[test]
fn what_is_a_cond_and_what_is_none() {
    let tests = |count: usize, more: &str| format!("({}{more})", vec!["(4,LT)"; count].join(","));
    for good in
        [&tests(8, ""), &tests(7, ",EVEN"), &tests(7, ",ONLY"), "(0,LT)", "(4095,LT)", "4,LT", "(4,LT,A.B)"]
    {
        assert!(Cond::parse(good).is_ok(), "{good}");
    }
    let bad =
        ["", "()", "(4)", "(4,XX)", "(4096,LT)", "((4,LT)", "(EVEN,ONLY)", "(4,LT,)", "(-1,LT)", "((4,LT)))"];
    for bad in
        [&tests(9, ""), &tests(8, ",EVEN"), &tests(8, ",ONLY")].into_iter().map(String::as_str).chain(bad)
    {
        assert!(Cond::parse(bad).is_err(), "{bad}");
    }
}

/// Golden vector 1, from the User's Guide: JOB COND=(10,LT), and of each step its COND, the code that it ends with, whether it
/// runs. After S7 the COND of the job is true: it ends, and nobody looks at a COND any more.
#[test]
fn the_users_guides_job() {
    let job = Cond::parse("(10,LT)").unwrap();
    let golden = [
        ("S1", None, 6, true),
        ("S2", Some("((2,EQ),(4,EQ))"), 2, true),
        ("S3", Some("ONLY"), 0, false),
        ("S4", Some("((5,GT,S1),(2,EQ))"), 0, false),
        ("S5", None, 9, true),
        ("S6", Some("((8,GT,S5),EVEN)"), 10, true),
        ("S7", Some("(4,GT,S4)"), 12, true),
        ("S8", None, 0, false),
        ("S9", Some("ONLY"), 0, false),
    ];
    let (mut earlier, mut ended_at) = (Steps::new(), None);
    for (name, cond, rc, runs) in golden {
        let passed = |cond: &str| Cond::parse(cond).unwrap().bypasses(&earlier);
        let ran = ended_at.is_none() && !cond.is_some_and(passed);
        assert_eq!(ran, runs, "{name}");
        earlier.push((name.to_owned(), if ran { StepOutcome::Ended(rc) } else { StepOutcome::Bypassed }));
        if ran && job.ends_job(rc) {
            ended_at.get_or_insert(name);
        }
    }
    assert_eq!(ended_at, Some("S7"));
}

fn holds(text: &str, earlier: &str) -> bool {
    IfTest::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).holds(&steps(earlier))
}

/// A rule, and cases of it: expression, the steps before, whether THEN runs.
type IfRule = (&'static str, &'static [(&'static str, &'static str, bool)]);

const IF: &[IfRule] = &[
    (
        "AND, OR and NOT in words and signs; AND binds more than OR, NOT more than both",
        &[
            ("A.RC=4 AND B.RC=8", "A 4, B 8", true),
            ("A.RC=4 & B.RC=0", "A 4, B 8", false),
            ("A.RC=0 OR B.RC=8", "A 4, B 8", true),
            ("A.RC=0 | B.RC=0", "A 4, B 8", false),
            ("A.RC=0 AND B.RC=8 OR A.RC=4", "A 4, B 8", true),
            ("A.RC=4 OR A.RC=0 AND RC=0", "A 4, B 8", true),
            ("(A.RC=4 OR A.RC=0) & RC=0", "A 4, B 8", false),
            ("NOT (A.RC = 4 | RC = 0)", "A 4, B 8", false),
            ("¬(A.RC = 5)", "A 4, B 8", true),
            ("!(A.RC GE 5) && B.RC NG 8", "A 4, B 8", true),
            ("NOT A.RC = 0 & B.RC = 0", "A 4, B 8", false),
            ("a.rc eq 4", "A 4, B 8", true),
        ],
    ),
    (
        "RC alone is the highest code so far of steps that ran to an end",
        &[("RC = 8", "A 8, B 4", true), ("RC > 4", "A 4, B 8", true), ("RC = 4", "A 8, B 4", false)],
    ),
    ("RC is 0 at the start", &[("RC = 0", "", true), ("RC = 0", "A -", true), ("RC ¬= 0", "", false)]),
    (
        "STEP.RC, STEP.PSTEP.RC",
        &[
            ("A.RC = 4", "A 4, B 8", true),
            ("C.P1.RC = 8", "A 4, C.P1 8", true),
            ("C.P1.RC = 8", "C.P2 8", false),
        ],
    ),
    (
        "a step that did not start or abended is not in RC",
        &[("RC = 4", "A 4, B -", true), ("RC = 4", "A 4, B S0C7", true), ("RC = 0", "A S0C7", true)],
    ),
    (
        "a term on a step that did not run is false, also with < and ¬=",
        &[
            ("B.RC = 0", "A 4, B -", false),
            ("B.RC < 4", "A 4, B -", false),
            ("B.RC ¬= 4", "A 4, B -", false),
            ("B.ABEND", "A 4, B -", false),
            ("¬B.ABEND", "A 4, B -", false),
            ("B.¬ABEND", "A 4, B -", false),
            ("B.ABEND=FALSE", "A 4, B -", false),
            ("B.ABENDCC=S0C7", "A 4, B -", false),
            ("B.ABENDCC¬=S0C7", "A 4, B -", false),
            ("B.RUN", "A 4, B -", false),
            ("NONE.RC = 0", "A 4, B -", false),
            ("NOT (B.RC = 0)", "A 4, B -", true),
            ("NOT (B.ABEND)", "A 4, B -", true),
        ],
    ),
    (
        "only STEP.¬RUN is there to catch that",
        &[
            ("B.¬RUN", "A 4, B -", true),
            ("¬B.RUN", "A 4, B -", true),
            ("NOT B.RUN", "A 4, B -", true),
            ("B.RUN=FALSE", "A 4, B -", true),
            ("B.¬RUN=TRUE", "A 4, B -", true),
            ("A.¬RUN", "A 4, B -", false),
            ("A.RUN", "A 4, B -", true),
            ("A.RUN = TRUE", "A S0C7", true),
        ],
    ),
    (
        "ABEND asks all steps unless one is named; ¬ABEND is its contrary",
        &[
            ("ABEND", "A 4", false),
            ("ABEND", "A S0C7, B 0", true),
            ("ABEND=TRUE", "A S0C7, B 0", true),
            ("¬ABEND", "A 4", true),
            ("¬ABEND", "A S0C7, B 0", false),
            ("ABEND=FALSE", "A S0C7, B 0", false),
            ("A.ABEND", "A S0C7, B 0", true),
            ("B.ABEND", "A S0C7, B 0", false),
            ("B.¬ABEND", "A S0C7, B 0", true),
        ],
    ),
    (
        "ABENDCC matches any step unless one is named",
        &[
            ("ABENDCC=S0C7", "A 4", false),
            ("ABENDCC=S0C7", "A S0C7", true),
            ("ABENDCC=S0C7", "A S0C7, B 0", true),
            ("ABENDCC=S0C7", "A S0C7, B U0100", true),
            ("ABENDCC = U0100", "A S0C7, B U0100", true),
            ("ABENDCC = S0C4", "A S0C7, B U0100", false),
            ("A.ABENDCC=S0C7", "A S0C7, B U0100", true),
            ("B.ABENDCC=S0C7", "A S0C7, B U0100", false),
            ("B.ABENDCC NE S0C7", "A S0C7, B U0100", true),
            ("A.ABENDCC=S0C7", "A U0100, A S0C7", false),
            ("ABENDCC NE S0C7", "A S0C7, B U0100", false),
            ("ABENDCC NE S0C4", "A S0C7, B U0100", true),
            ("ABENDCC NE S0C4", "A 4", false),
        ],
    ),
];

#[test]
fn if_line_by_line() {
    for (rule, cases) in IF {
        for (text, earlier, wanted) in *cases {
            assert_eq!(holds(text, earlier), *wanted, "{rule}: {text} after {earlier}");
        }
    }
}

/// The operators in words and signs, against a code below, equal and above.
#[test]
fn operators_of_if() {
    let table = [
        (["GT", ">"], [false, false, true]),
        (["GE", ">="], [false, true, true]),
        (["EQ", "="], [false, true, false]),
        (["NE", "¬="], [true, false, true]),
        (["NL", "¬<"], [false, true, true]),
        (["NG", "¬>"], [true, true, false]),
        (["LT", "<"], [true, false, false]),
        (["LE", "<="], [true, true, false]),
    ];
    for (words, wanted) in table {
        for word in words {
            for (rc, wanted) in [3, 4, 5].into_iter().zip(wanted) {
                let earlier = format!("A {rc}");
                assert_eq!(holds(&format!("A.RC {word} 4"), &earlier), wanted, "{rc} {word} 4");
                assert_eq!(holds(&format!("RC {word} 4"), &earlier), wanted, "{rc} {word} 4");
            }
        }
    }
}

/// Decided once, when it is reached: the steps inside an IF do not change what it has been decided to, and an abend inside THEN
/// does not move control to ELSE (example 9).
#[test]
fn a_decision_is_made_once() {
    let test = IfTest::parse("RC = 4 & ¬ABEND").unwrap();
    let among = ["A", "B"].map(str::to_owned).into();
    let decisions =
        Decisions::from([("D".to_owned(), Arc::new(Decision { name: "D".to_owned(), test, among }))]);
    let holds =
        |text: &str, earlier: &str| IfTest::parse_with(text, &decisions).unwrap().holds(&steps(earlier));
    for (inside, then) in
        [("A 4, B -", true), ("A 4, B -, C 8", true), ("A 4, B -, C S0C7", true), ("A 8, B -, C 4", false)]
    {
        assert_eq!(holds("d", inside), then, "THEN after {inside}");
        assert_eq!(holds("NOT D", inside), !then, "ELSE after {inside}");
    }
    assert!(holds("D & C.RC = 8", "A 4, B -, C 8") && !holds("¬D | B.RUN", "A 4, B -, C 8"));
    let test = IfTest::parse_with("NOT D", &decisions).unwrap();
    assert!(test.looks_at_all() && test.text().contains("RC = 4"), "{}", test.text());
    let governed: BTreeSet<String> = test.decisions().iter().flat_map(|one| one.among.clone()).collect();
    assert_eq!(governed, ["A", "B"].map(str::to_owned).into());
    assert!(IfTest::parse("D").is_err());
}

/// After an abend only steps run whose IF asks for one of ABEND, ¬ABEND and ABENDCC, with a step or without.
#[test]
fn an_if_that_asks_for_an_abend_survives_one() {
    for text in
        ["ABEND", "¬ABEND", "A.ABEND", "A.¬ABEND", "ABENDCC=S0C7", "A.ABENDCC=U0100", "A.RC=0 | ABEND"]
    {
        assert!(IfTest::parse(text).unwrap().tests_abend(), "{text}");
    }
    for text in ["RC = 0", "A.RC = 0", "A.RUN", "A.¬RUN", "NOT (A.RC = 0)"] {
        assert!(!IfTest::parse(text).unwrap().tests_abend(), "{text}");
    }
}

/// Only RC, ABEND, ABENDCC and RUN are keywords; a constant that is compared is accepted by z/OS and does not do what it says.
#[test]
fn what_is_no_expression() {
    let bad = [
        "",
        "(",
        "RC",
        "RC >",
        "RC > X",
        "RUN",
        "1 EQ 1",
        "0 EQ 1",
        "A.FOO=1",
        "ABENDCC=0C7",
        "RC = 4096",
        "A.RC=0 A.RC=0",
        "RC = 0)",
        "%",
        "ABEND=1",
        "MAXCC = 0",
        "LASTCC = 0",
        "ABENDCC = S0C",
        "ABENDCC = U100",
    ];
    for bad in bad {
        assert!(IfTest::parse(bad).is_err(), "{bad}");
    }
    assert!(IfTest::parse("RC = 4095").is_ok());
    // Nesting to 15 is enough for JCL; nobody is overrun by more.
    assert!(IfTest::parse(&format!("{}RC=0{}", "(".repeat(15), ")".repeat(15))).is_ok());
    assert!(IfTest::parse(&format!("{}RC=0", "NOT ".repeat(60))).is_ok());
    assert!(IfTest::parse(&"(".repeat(10_000)).is_err());
}
