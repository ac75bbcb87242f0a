//! Every code that rules can lead to, with the shortest rules that do: what is said, where, and that nothing is published.

use std::collections::BTreeMap;

use crate::harness::{Job, ebcdic};

const ITEM: &str = "01 ITEM.\n  05 K PIC X(2).\n  05 N PIC 9(4).\n";
const ROW: &str = "01 ROW.\n  05 M-KEY PIC X(2).\n  05 M-N PIC 9(4).\n";
const WORKING: &str = "working: |\n  01 W.\n     05 A PIC 9(4).\n     05 B PIC 9(2).\n     05 T PIC X(4).\n     05 G1.\n        10 TWICE PIC 9.\n     05 G2.\n        10 TWICE PIC 9.\n     05 ENTRIES PIC 9 OCCURS 3.\n";

/// Rules, or the actions of one rule, that lead to a code; and something that the message must say.
enum Case {
    Action(&'static str, &'static str),
    Rules(&'static str, &'static str),
    /// Rules with a calendar file of this text.
    Calendar(&'static str, &'static str, &'static str),
    /// An action on these transactions.
    Data(&'static str, &'static str, &'static str),
    /// Rules of a step without a dataset for rejects.
    NoRejects(&'static str, &'static str),
}

use Case::{Action, Calendar, Data, NoRejects, Rules};

const POSTINGS: &str = "double-entry: { postings: [ { to: OUT, debit: N, when: K = 'D' }, { to: OUT, credit: N, when: K = 'C' } ] }\nrules:\n  - rule: R\n    do: [ { emit: OUT, from: ITEMS } ]\n";
const LOST: &str = "totals: [ { total: CASH, in: [ { sum: N } ], out: [ { sum: N, to: OUT, when: K = 'C' } ] } ]\nrules:\n  - rule: R\n    do: [ { emit: OUT, from: ITEMS } ]\n";

fn cases() -> BTreeMap<&'static str, Case> {
    let deep = format!("{{ compute: A, is: {}1{} }}", "(".repeat(300), ")".repeat(300));
    BTreeMap::from([
        ("EXP001", Action("{ compute: A, is: N + }", "")),
        ("EXP002", Action("{ compute: A, is: NN + 1 }", "did you mean N?")),
        ("EXP003", Action("{ move: 1, to: TWICE }", "qualify it with OF")),
        ("EXP004", Action("{ compute: T, is: N }", "T is not a number")),
        ("EXP005", Action("{ move: \"T (3:5)\", to: T }", "T")),
        ("EXP006", Action("{ move: \"'€'\", to: T }", "no character")),
        ("EXP007", Action(deep.leak(), "")),
        ("EXP008", Action("{ compute: A, is: FUNCTION NONE (N) }", "NONE")),
        ("RUL001", Action("{ move: 1, to: A, add: 2 }", "more than one verb")),
        ("RUL002", Action("{ lookup: MM, key: K }", "no master MM")),
        ("RUL003", Action("{ move: 1, to: N OF ITEMS }", "never changed")),
        ("RUL004", Action("{ move: 1, to: A, key: K }", "does not take key")),
        ("RUL005", Action("{ delete: M }", "not looked up before")),
        ("RUL006", NoRejects("reject-record: [ { move: 1, to: A } ]\nrules: []\n", "no dataset for rejects")),
        ("CAL001", Calendar("holidays\n", "FUNCTION NEXT-BUSINESS-DAY (20260101)", "us.cal")),
        (
            "CAL002",
            Calendar(
                "covers 2020 2021\n2020-12-25 x\n",
                "FUNCTION NEXT-BUSINESS-DAY (20260101)",
                "2026-01-01",
            ),
        ),
        ("BAL001", Rules(POSTINGS, "debits 1, credits 0")),
        ("BAL002", Rules(POSTINGS.replace("'D'", "'E'").leak(), "neither debit nor credit")),
        ("BAL003", Rules(LOST, "in 1, out 0")),
        ("DAT001", Data("{ move: N OF ITEMS, to: A }", "D 00.1", "field N")),
        ("DAT009", Action("{ compute: B, is: N OF ITEMS * 1000 }", "SIZE ERROR")),
        ("DAT012", Action("{ lookup: M, key: \"'ZZ'\" }", "no row")),
        ("DAT013", Action("{ move: 1, to: ENTRIES (N) }", "ENTRIES").with("D 0009")),
        ("DAT014", Action("{ compute: A, is: 1 / (N OF ITEMS - 1) }", "division by zero")),
        ("DAT024", Action("{ compute: A, is: FUNCTION INTEGER-OF-DATE (N OF ITEMS) }", "is no date")),
        ("RUN008", NoRejects("rules: [ { rule: R, do: [ { reject: C } ] } ]\n", "no dataset for rejects")),
        ("RUN009", Action("{ stop: ENOUGH }", "ENOUGH")),
    ])
}

impl Case {
    /// The same action on other transactions.
    fn with(self, items: &'static str) -> Case {
        match self {
            Action(action, words) => Data(action, items, words),
            other => other,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Action(_, words) | Rules(_, words) | Calendar(_, _, words) | Data(_, _, words) => words,
            NoRejects(_, words) => words,
        }
    }

    fn job(&self) -> Job {
        let rule = |action: &str| format!("rules:\n  - rule: R\n    do:\n      - {action}\n");
        let (rules, items, calendar, rejects) = match self {
            Action(action, _) => (rule(action), "D 0001", "", true),
            Data(action, items, _) => (rule(action), *items, "", true),
            Rules(rules, _) => ((*rules).to_owned(), "D 0001", "", true),
            NoRejects(rules, _) => ((*rules).to_owned(), "D 0001", "", false),
            Calendar(calendar, function, _) => {
                let action = format!("{{ compute: A, is: {function} }}");
                (format!("calendars: {{ US: us.cal }}\n{}", rule(&action)), "D 0001", *calendar, true)
            }
        };
        let set = |name: &str, copybook: &str, disp: &str| {
            format!(
                "  {name}: {{ path: {name}.dat, record: {{ copybook: {copybook}.cpy, recfm: F }}{disp} }}\n"
            )
        };
        let datasets = [
            set("items", "item", ""),
            set("rows", "row", ""),
            set("new", "row", ", disp: replace"),
            set("out", "item", ", disp: replace"),
            set("rejects", "item", ", disp: replace"),
        ];
        let rejects = if rejects { "      rejects: { to: rejects }\n" } else { "" };
        let step = "    post:\n      in: items\n      rules: rules.yaml\n      masters: { M: { dataset: rows, key: [ M-KEY ], new: new } }\n      out: { OUT: out }\n";
        Job::new()
            .text("item.cpy", ITEM)
            .text("row.cpy", ROW)
            .text("us.cal", calendar)
            .text("rules.yaml", &format!("version: 1\nprogram: T\n{WORKING}{rules}"))
            .file("items.dat", &ebcdic(items))
            .file("rows.dat", &ebcdic("AA0001"))
            .yaml(&format!(
                "version: 1\njob: T\ndatasets:\n{}steps:\n  - step: P\n{step}{rejects}",
                datasets.concat()
            ))
    }
}

#[test]
fn every_code_of_rules_has_rules_that_lead_to_it() {
    let cases = cases();
    let of_rules = |id: &str| ["RUL", "EXP", "BAL", "CAL"].iter().any(|prefix| id.starts_with(prefix));
    let missing: Vec<&str> = offhost::diag::ALL_CODES
        .iter()
        .map(|code| code.id())
        // Warnings: CAL003 about the business date of a job, whatever its rules (business_dates.rs); RUL007 (rule_checks.rs).
        .filter(|id| of_rules(id) && !["CAL003", "RUL007"].contains(id) && !cases.contains_key(id))
        .collect();
    assert!(missing.is_empty(), "codes without a reproducer: {missing:?}");
    for (id, case) in &cases {
        let code = offhost::diag::ALL_CODES.iter().find(|code| code.id() == *id).unwrap();
        let job = case.job();
        let run = job.run(&[]).nothing_published();
        let stderr = run.says(&[&format!("error[{id}]"), case.words()]);
        // What is wrong with the rules is shown where it stands in them.
        let placed = id.starts_with("RUL") || id.starts_with("EXP");
        let run = if placed { stderr.says(&["rules.yaml"]) } else { stderr };
        run.status(code.class().exit_status().into());
    }
}
