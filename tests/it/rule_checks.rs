//! What is found in rules before the run, and where: paragraphs that nothing performs, names given twice, places in scalars of every
//! style.

use crate::harness::{Job, Run, ebcdic};

const HEAD: &str = "version: 1\njob: T\ndatasets:\n  items: { path: items.dat, record: { copybook: item.cpy, recfm: F } }\n  out: { path: out.dat, record: { copybook: item.cpy, recfm: F } }\nsteps:\n  - step: P\n    post:\n      in: items\n      out: { OUT: out }\n";

/// A job with its rules in the job file; `{}` takes eight blanks of indentation.
fn inline(rules: &str) -> (Job, String) {
    let yaml = format!("{HEAD}      rules:\n{rules}");
    let job = Job::new()
        .text("item.cpy", "01 ITEM.\n  05 REGION PIC X(2).\n  05 AMOUNT PIC 9(4).\n")
        .file("items.dat", &ebcdic("AA0012"))
        .yaml(&yaml);
    (job, yaml)
}

fn check(job: &Job) -> Run<'_> {
    job.offhost(&["check", "job.yaml", "--root", &job.root()])
}

/// Line and column of a word, both from 1.
fn place_of(yaml: &str, word: &str) -> String {
    let at = yaml.find(word).unwrap();
    let line = yaml[..at].matches('\n').count() + 1;
    let column = yaml[..at].rsplit('\n').next().unwrap().chars().count() + 1;
    format!("job.yaml:{line}:{column}")
}

const WORKING: &str =
    "        working: |\n          01 W.\n             05 N PIC 9(4).\n             05 S PIC X(4).\n";
const RULE: &str = "        rules:\n          - rule: R\n            do: [ { emit: OUT, from: ITEM } ]\n";

#[test]
fn a_paragraph_that_nothing_performs_is_checked() {
    let (job, yaml) = inline(&format!(
        "{WORKING}        paragraphs:\n          LOST: [ {{ perform: DEEP }}, {{ move: NOWHERE, to: N }} ]\n          DEEP: [ {{ move: 1, to: ABSENT }} ]\n{RULE}"
    ));
    let run =
        check(&job).status(65).says(&["EXP002", &place_of(&yaml, "NOWHERE"), &place_of(&yaml, "ABSENT")]);
    assert_eq!(run.stderr.matches("no field ABSENT").count(), 1, "said once: {}", run.stderr);
    for (paragraph, says) in [
        ("LOST: [ { perform: LOST } ]", "LOST performs itself"),
        ("LOST: [ { perform: GONE } ]", "there is no paragraph GONE"),
        ("LOST: [ { move: 1, to: REGION OF ITEMS } ]", "a transaction is never changed"),
    ] {
        let (job, _) = inline(&format!("{WORKING}        paragraphs:\n          {paragraph}\n{RULE}"));
        check(&job).status(65).says(&[says]);
    }
}

#[test]
fn a_good_paragraph_that_nothing_performs_is_a_warning() {
    for paragraph in ["{ move: 1, to: N }", "{ move: 1, to: AMOUNT OF OUT }", "{ reject: X, reason: Y }"] {
        let (job, yaml) = inline(&format!(
            "{WORKING}        paragraphs:\n          LOST: [ {paragraph} ]\n          USED: [ {{ move: 1, to: N }} ]\n{}",
            RULE.replace("do: [ ", "do: [ { perform: USED }, ")
        ));
        let place = place_of(&yaml, paragraph);
        let run = check(&job).status(0).says(&["RUL007", "no rule performs the paragraph LOST", &place]);
        assert!(!run.stderr.contains("USED"), "{}", run.stderr);
    }
}

#[test]
fn two_rules_or_breaks_of_one_name_are_refused() {
    let second = "          - rule: r\n            do: [ { move: 1, to: N } ]\n";
    let (job, yaml) = inline(&format!("{WORKING}{RULE}{second}"));
    let (first, other) = (place_of(&yaml, "R\n"), place_of(&yaml, "r\n            do: [ { move"));
    check(&job).status(65).says(&["JOB004", "two rules are called r", &first, &other]);
    let (job, yaml) =
        inline(&format!("{WORKING}        edits:\n{}{RULE}", second.replace("rule: r", "rule: R")));
    check(&job).status(65).says(&[
        "JOB004",
        "two rules are called R",
        &place_of(&yaml, "R\n            do: [ { move"),
    ]);
    let breaks = "        breaks:\n          - { break: B, on: REGION OF ITEMS }\n          - { break: B, on: AMOUNT OF ITEMS }\n";
    let (job, yaml) = inline(&format!("{WORKING}{breaks}{RULE}"));
    let (first, other) = (place_of(&yaml, "B, on: REGION"), place_of(&yaml, "B, on: AMOUNT"));
    check(&job).status(65).says(&["JOB004", "two breaks are called B", &first, &other]);
}

/// However YAML writes a text, a message points at the word of the file that it is about.
#[test]
fn messages_point_at_the_word_in_scalars_of_every_style() {
    for action in [
        "{ compute: N, is: 1 + NOWHERE }",
        "{ compute: N, is: \"1 + NOWHERE\" }",
        "{ compute: N, is: \"1\\t+ \\\n                   NOWHERE\" }",
        "{ reject: X, when: 'S = ''A''''B'' OR NOWHERE = 1' }",
        "{ reject: X, when: \"S = '\\u00e9' OR NOWHERE = 1\" }",
        "{ reject: X, when: S = 'é'\n                  OR NOWHERE = 1 }",
        "compute: N\n                is: |\n                  1\n                    + NOWHERE",
        "compute: N\n                is: >-\n                  1 +\n                  2\n                  + NOWHERE",
        "compute: N\n                is: >\n                  NOWHERE\n                  + 2",
        "compute: N\n                is: |2\n                    1 +\n                    NOWHERE",
        "compute: N\n                is: 1 +\n                  NOWHERE",
        "{ add: NOWHERE, to: N }",
        "{ add: \"1 + NOWHERE\", to: [ N ] }",
        "{ string: [ S DELIMITED BY NOWHERE ], to: S }",
        "{ string: [ 'S DELIMITED BY ''x''', \"NOWHERE\" ], to: S }",
        "{ lookup: NOWHERE, key: N }",
        "{ move: N, to: [ N, 'NOWHERE' ] }",
    ] {
        let rules = format!(
            "        # früh\n{WORKING}        rules:\n          - rule: R\n            do:\n              - {action}\n"
        );
        let (job, yaml) = inline(&rules);
        let run = check(&job).status(65);
        let place = format!("{}\n", place_of(&yaml, "NOWHERE"));
        assert!(run.stderr.contains(&place), "{action}\nnot {place}{}", run.stderr);
        // Carets below the whole word: of a name that is not known, all seven characters.
        assert!(
            run.stderr.contains("^^^^^^^") && !run.stderr.contains("^^^^^^^^"),
            "{action}\n{}",
            run.stderr
        );
    }
}

#[test]
fn working_storage_and_what_is_filled_in_point_into_the_file_too() {
    let (job, yaml) = inline(&format!("{}{RULE}", WORKING.replace("9(4)", "9(4)Q")));
    check(&job)
        .status(65)
        .says(&["CPY009", &place_of(&yaml, "Q.")[..place_of(&yaml, "Q.").rfind(':').unwrap()]]);
    let (job, yaml) = inline(RULE);
    let yaml = yaml.replace("job: T\n", "job: T\nparams:\n  word: { type: text, default: ALIAS }\n").replace(
        "steps:\n",
        "  more: { path: more.dat, record: { copybook: item.cpy, recfm: F } }\nsteps:\n  - step: S\n    sort: { in: items, out: more, include: 'REGION = ''A'' OR ${word} = NOWHERE' }\n",
    );
    let job = job.yaml(&yaml);
    check(&job).status(65).says(&["ALIAS", &place_of(&yaml, "${word}")]);
}
