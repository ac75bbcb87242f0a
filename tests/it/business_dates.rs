//! The business date of a run: where it comes from, what is computed from it, and that overriding it is written down.

use crate::harness::{Job, files_below};

const RECORD: &str = "       01  REC.\n           05  KEY1 PIC X(4).\n";
const HOLIDAYS: &str = "covers 2025 2027\n2026-04-03 Good Friday\n2026-04-06 Easter Monday\n";

fn job(head: &str, path: &str) -> Job {
    let yaml = format!(
        "version: 1\njob: DATES\n{head}datasets:\n  input: {{ path: in.dat, record: {{ copybook: rec.cpy, recfm: F }} }}
  out: {{ path: \"{path}\", like: input }}\nsteps:\n  - step: COPY\n    sort: {{ in: input, out: out }}\n"
    );
    Job::new().text("rec.cpy", RECORD).text("in.dat", "AAAA").text("bank.txt", HOLIDAYS).yaml(&yaml)
}

const HEAD: &str =
    "calendar: bank.txt\nparams:\n  business-date: { type: date, default: previous-business-day }
  cutoff: { type: date, default: \"business-date - 1 month, month-end\" }\n";

#[test]
fn dates_are_computed_by_the_calendar() {
    for (path, expected) in [
        ("o.${business-date:%Y%m%d}", "o.20260402"),
        ("o.${next-business-day:%Y%m%d}", "o.20260407"),
        ("o.${business-date - 1 business-day:%y%j}", "o.26091"),
        ("o.${business-date, last-business-day}", "o.2026-04-30"),
        ("o.${cutoff:%m%d}", "o.0331"),
        ("o.${cutoff + 3 business-days}", "o.2026-04-07"),
    ] {
        let job = job(HEAD, path);
        job.run(&["--date", "2026-04-02"]).status(0).published(expected, b"AAAA");
    }
}

#[test]
fn the_date_of_the_command_line_wins_and_is_journalled() {
    let job = job(HEAD, "o.${business-date:%Y%m%d}");
    job.run(&["--set", "business-date=2026-01-05", "--date", "2026-04-02, previous-business-day"])
        .status(0)
        .published("o.20260401", b"AAAA");
    let state = files_below(&job.path().join(".offhost"));
    let journal = state.iter().find(|(name, _)| name.ends_with("journal.jsonl")).unwrap().1;
    let started: serde_json::Value =
        serde_json::from_str(std::str::from_utf8(journal).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(started["data"]["business_date"], "2026-04-01");
    assert_eq!(started["data"]["given"][1]["value"], "2026-04-02, previous-business-day");
    let sources = started["data"]["sources"].to_string();
    assert!(sources.contains("bank.txt"), "the calendar is a source: {sources}");
}

#[test]
fn a_holiday_is_told_and_a_year_that_is_not_covered_stops_the_job() {
    let job = job(HEAD, "o.dat");
    job.run(&["--date", "2026-04-03"]).status(0).says(&["CAL003", "Good Friday"]);
    job.run(&["--date", "2031-04-03"]).status(78).says(&["CAL002", "2025-01-01 to 2027-12-31"]);
    job.put("bank.txt", b"2026-13-01\nholiday\n");
    job.run(&["--date", "2026-04-02"]).status(65).says(&["CAL001", "bank.txt:1", "bank.txt:2"]);
}

#[test]
fn what_is_no_date_is_refused_with_its_place() {
    for (head, path, code) in [
        (HEAD, "o.${business-dat - 1 day}", "JOB011"),
        (HEAD, "o.${business-date - 1 fortnight}", "JOB011"),
        (HEAD, "o.${next-busines-day}", "JOB011"),
        ("params:\n  run-date: { type: date, default: \"2026-02-30\" }\n", "o.${run-date}", "JOB010"),
        ("", "o.${month-end}", "JOB011"),
    ] {
        job(head, path).run(&[]).status(65).says(&[code, "job.yaml"]).nothing_published();
    }
    job(HEAD, "o.dat")
        .run(&["--date", "yesterday"])
        .status(65)
        .says(&["JOB010", "yesterday"])
        .nothing_published();
}
