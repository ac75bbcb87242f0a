//! Comparisons as steps of jobs, and night after night.

use serde_json::Value;

use crate::diff_twins::{COPYBOOK, Edit, LRECL, Mode, Record, edited, records};
use crate::harness::{Job, Random};

/// A job that sorts ours and compares it with theirs; `more` are lines of the diff step.
fn job(ours: &[Record], theirs: &[Record], more: &str) -> Job {
    let text = format!(
        "\
version: 1
job: NIGHTLY
params:
  business-date: {{ type: date, default: \"2026-11-25\" }}
datasets:
  ours: {{ path: ours, record: {{ copybook: rec.cpy, recfm: FB, lrecl: {LRECL} }} }}
  theirs: {{ path: theirs, record: {{ copybook: rec.cpy, recfm: FB, lrecl: {LRECL} }} }}
  page: {{ path: out/page.html, disp: replace }}
  answer: {{ path: out/answer.json, disp: replace }}
  rows: {{ path: out/rows.csv, disp: replace }}
  differing: {{ path: out/differing, disp: replace }}
steps:
  - step: ORDER
    sort: {{ in: ours, out: \"@ordered\", by: [ ID ] }}
  - step: COMPARE
    diff:
      ours: \"@ordered\"
      theirs: theirs
      report: {{ html: page, json: answer, csv: rows }}
      differing: {{ ours: differing }}
{more}    totals:
      - {{ name: both, over: theirs, sum: INT-AMT }}
"
    );
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .text("job.yaml", &text)
        .file("ours", &ours.concat())
        .file("theirs", &theirs.concat())
}

fn run<'j>(job: &'j Job, settings: &[&str]) -> crate::harness::Run<'j> {
    let root = job.path().to_str().unwrap().to_owned();
    let mut arguments = vec!["run", "job.yaml", "--rerun", "--root", &root];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    job.offhost(&arguments)
}

fn answer(job: &Job) -> Value {
    serde_json::from_slice(&job.read("out/answer.json")).unwrap()
}

#[test]
fn a_step_compares_what_other_steps_wrote() {
    let mut random = Random::new(61);
    let ours = records(3000, &mut random);
    let edits = [Edit::Round, Edit::Round, Edit::Delete, Edit::Insert, Edit::Nibble];
    let (mut theirs, _) = edited(&ours, &edits, Mode::Key, &mut random);
    theirs.reverse();
    let given = job(&ours, &theirs, "      key: [ ID ]\n      rules:\n        - equivalent: sign-nibbles\n");
    let ran = run(&given, &[]).status(8);
    for part in ["COMPARE", "different", "INT-AMT", "rounding of the last digit"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let answer = answer(&given);
    assert_eq!(answer["answer"], "different");
    assert_eq!(answer["records"]["different"], 2);
    assert_eq!(answer["rules"][0]["records"], 1);
    let page = String::from_utf8(given.read("out/page.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("different: 2 records differ"));
    let rows = String::from_utf8(given.read("out/rows.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1 + 5, "{rows}");
    // The two that were rounded, and the one that theirs lacks.
    assert_eq!(given.read("out/differing").len(), 3 * LRECL);
    // What is equal ends well, and is published too.
    let same = job(&ours, &ours, "      key: ID\n");
    run(&same, &[]).status(0);
    assert_eq!(self::answer(&same)["answer"], "equal");
}

#[test]
fn what_counts_as_a_failure_is_for_the_job_to_say() {
    let mut random = Random::new(62);
    let ours = records(100, &mut random);
    let (theirs, _) = edited(&ours, &[Edit::Nibble], Mode::Key, &mut random);
    let with = |more: &str, status: i32| {
        let given = job(&ours, &theirs, &format!("      key: ID\n{more}"));
        run(&given, &[]).status(status);
    };
    with("", 8);
    with("      rc: 4\n", 4);
    with("      fail-on: never\n", 0);
    with("      rules: [ { equivalent: sign-nibbles } ]\n", 0);
    with("      rules: [ { equivalent: sign-nibbles } ]\n      fail-on: equivalent\n", 8);
}

#[test]
fn mistakes_in_a_diff_step() {
    let bad = |more: &str, says: &[&str]| {
        let given = job(&[], &[], more);
        let root = given.path().to_str().unwrap().to_owned();
        given.offhost(&["check", "job.yaml", "--root", &root]).status(65).says(says);
    };
    bad("      key: ID\n      pair: multiset\n", &["DIF001", "not both"]);
    bad("      key: NAME\n", &["DIF001", "NAME"]);
    bad("      rc: 64\n", &["JOB002", "1 to 63"]);
    bad("      rules: [ { tolerance: \"0.01\", fields: INT-AMTT } ]\n", &["DIF001", "did you mean INT-AMT?"]);
    bad("      rules-file: none.yaml\n", &["JOB016", "none.yaml"]);
}

#[test]
fn a_history_says_since_when() {
    let mut random = Random::new(63);
    let ours = records(200, &mut random);
    let given = job(&ours, &ours, "      key: ID\n      history: out/history.jsonl\n");
    let mut night = |date: &str, edits: &[Edit], status: i32| -> Value {
        let (theirs, _) = edited(&ours, edits, Mode::Key, &mut random);
        given.put("theirs", &theirs.concat());
        run(&given, &[&format!("business-date={date}")]).status(status);
        answer(&given)
    };
    night("2026-11-23", &[], 0);
    let second = night("2026-11-24", &[Edit::Round, Edit::Case], 8);
    assert_eq!(second["clusters"][0]["first_night"], "2026-11-24");
    // The same night once more takes the place of its first answer.
    night("2026-11-24", &[Edit::Round, Edit::Case], 8);
    let third = night("2026-11-25", &[Edit::Round, Edit::Round, Edit::Day], 8);
    let of =
        |field: &str| third["clusters"].as_array().unwrap().iter().find(|c| c["field"] == field).unwrap();
    assert_eq!((&of("INT-AMT")["first_night"], &of("INT-AMT")["nights"]), (&"2026-11-24".into(), &2.into()));
    assert_eq!(
        (&of("DUE-DATE")["first_night"], &of("DUE-DATE")["nights"]),
        (&"2026-11-25".into(), &1.into())
    );
    assert_eq!(third["gone"], serde_json::json!([{ "field": "CUST-NAME", "cause": "upper and lower case" }]));
    let trend: Vec<(&str, u64)> = third["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|night| (night["night"].as_str().unwrap(), night["different"].as_u64().unwrap()))
        .collect();
    assert_eq!(trend, [("2026-11-23", 0), ("2026-11-24", 2), ("2026-11-25", 3)]);
    // The command adds to the same file, and shows it.
    let path = |name: &str| given.path().join(name).to_str().unwrap().to_owned();
    let history = path("out/history.jsonl");
    let (ours, theirs, copybook) = (path("ours"), path("theirs"), path("rec.cpy"));
    let command = ["diff", &ours, &theirs, "-c", &copybook, "--key", "ID", "--history", &history];
    given
        .offhost(&[&command[..], &["--as-of", "2026-11-26"]].concat())
        .status(1)
        .stdout_contains("since")
        .stdout_contains("2026-11-23");
    assert_eq!(given.read("out/history.jsonl").iter().filter(|byte| **byte == b'\n').count(), 4);
    given.put("out/history.jsonl", b"{\"night\":\n");
    given.offhost(&command).status(65).says(&["DIF003", "line 1"]);
}
