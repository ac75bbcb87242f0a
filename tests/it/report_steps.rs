//! What a report step refuses, and what it does with odd data.

use crate::harness::{Job, Run, ebcdic, packed, repository, text, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  BRANCH    PIC X(3).
           05  ACCT      PIC 9(4).
           05  AMT       PIC S9(5)V99 COMP-3.
           05  NOTE      PIC X(10).
           05  FLOATED   COMP-2.
";

fn record(branch: &str, account: i128, cents: i128, note: &[u8]) -> Vec<u8> {
    let mut note = note.to_vec();
    note.resize(10, 0x40);
    [text(branch, 3), zoned(account, 4, false), packed(cents, 7, true), note, vec![0; 8]].concat()
}

fn yaml(report: &str) -> String {
    format!(
        "version: 1\njob: TEST\nmax-rc: 4\ndatasets:\n  in: {{ path: in.ebc, record: {{ copybook: rec.cpy, recfm: FB }} }}\n  \
         out: {{ path: out }}\n  out2: {{ path: out2 }}\nsteps:\n  - step: LIST\n    report:\n      in: in\n{report}"
    )
}

fn job(report: &str, records: &[Vec<u8>]) -> Job {
    Job::new().text("rec.cpy", COPYBOOK).file("in.ebc", &records.concat()).yaml(&yaml(report))
}

/// Runs `check`, which must refuse the report for this reason.
fn refused(report: &str, texts: &[&str]) {
    let job = job(report, &[]);
    let root = job.path().to_str().unwrap().to_owned();
    job.offhost(&["check", "job.yaml", "--root", &root]).status(65).says(texts);
}

fn listed(report: &str, records: &[Vec<u8>]) -> String {
    let job = job(report, records);
    job.run(&[]).status(0);
    String::from_utf8(job.read("out")).unwrap()
}

fn failed<'j>(job: &'j Job, status: i32, texts: &[&str]) -> Run<'j> {
    job.run(&[]).status(status).says(texts).nothing_published()
}

const SIMPLE: &str =
    "      columns: [ { field: BRANCH }, { field: AMT, totals: [ sum ], total-pic: 'ZZ9.99-' } ]
      breaks: [ { break: B, on: BRANCH, totals: SUM } ]
      totals: ALL
      out: [ { to: out } ]
";

#[test]
fn a_line_that_does_not_fit_is_refused_where_it_is_written() {
    let wide = "      columns: [ { field: BRANCH }, { field: NOTE, column: 20 } ]
      page-header: [ [ { text: HELLO, column: 18 } ] ]
      out: [ { to: out, recfm: FBA, lrecl: 22 } ]
";
    refused(
        wide,
        &[
            "RPT001",
            "ends in column 29",
            "room for 21",
            "job.yaml:12:37",
            "ends in column 22",
            "job.yaml:13:22",
        ],
    );
    let narrow = "      columns: [ { field: NOTE, width: 4 } ]\n      out: [ { to: out } ]\n";
    refused(narrow, &["RPT001", "NOTE needs 10 bytes", "cut: true"]);
    let back =
        "      columns: [ { field: BRANCH }, { field: NOTE, column: 2 } ]\n      out: [ { to: out } ]\n";
    refused(back, &["RPT001", "NOTE begins before column 7"]);
    let item = "      columns: [ { field: BRANCH } ]
      page-header: [ [ LONG TEXT, { text: AGAIN, column: 3 } ] ]
      out: [ { to: out } ]
";
    refused(item, &["RPT001", "come to column 10 already"]);
    let short = "      columns: [ { field: BRANCH } ]\n      lines: 2\n      out: [ { to: out } ]\n";
    refused(short, &["RPT001", "a page of 2 lines has no room", "need 3"]);
    let label =
        "      columns: [ { field: AMT, totals: [ sum ] } ]\n      totals: ALL\n      out: [ { to: out } ]\n";
    refused(label, &["RPT001", "the label of totals has 3 bytes, room for 0"]);
}

#[test]
fn what_cannot_be_shown_is_refused() {
    let column = |column: &str| format!("      columns: [ {column} ]\n      out: [ {{ to: out }} ]\n");
    let cases: [(&str, &[&str]); 13] = [
        ("{ field: AMT, pic: ZZZZ9 }", &["RPT002", "does not show all decimals of AMT", "rounded"]),
        ("{ field: AMT, pic: S9(5)V99 }", &["RPT002", "S shows no sign"]),
        ("{ field: AMT, pic: X(5) }", &["RPT002", "it is one of text"]),
        ("{ field: AMT, pic: ZZQ }", &["RPT002", "ZZQ is no PICTURE"]),
        ("{ field: AMT, pic: '9 9' }", &["RPT002", "it has blanks"]),
        ("{ field: FLOATED }", &["RPT002", "FLOATED is neither a decimal number nor text"]),
        ("{ field: NOTE, totals: [ sum ] }", &["RPT002", "text cannot be added up"]),
        ("{ field: NOTE, pic: ZZ9 }", &["RPT002", "NOTE is text, so it takes no picture"]),
        ("{ value: AMT * 2, name: TWICE }", &["RPT002", "a computed value needs a picture"]),
        ("{ value: AMT * 2, pic: ZZ9.99 }", &["RPT002", "a computed column needs a name"]),
        (
            "{ field: AMT, totals: [ sum ], total-pic: ZZZZ9 }",
            &["RPT002", "has not the decimals of the column"],
        ),
        ("{ field: AMOUNT }", &["EXP002", "AMOUNT"]),
        ("{ field: AMT }, { field: AMT }", &["JOB004", "two columns are called AMT"]),
    ];
    for (text, says) in cases {
        refused(&column(text), says);
    }
    let more =
        |more: &str| format!("      columns: [ {{ field: AMT }} ]\n{more}      out: [ {{ to: out }} ]\n");
    let cases: [(&str, &[&str]); 7] = [
        ("      page-header: [ [ { sum: AMT } ] ]\n", &["RPT002", "a header comes before the records"]),
        (
            "      footer: [ [ { sum: AMTT } ] ]\n",
            &["RPT002", "there is no column AMTT", "did you mean AMT?"],
        ),
        ("      footer: [ [ { sum: AMT, of: page } ] ]\n", &["RPT002", "page is no level around this line"]),
        ("      footer: [ [ { text: A, field: AMT } ] ]\n", &["RPT002", "an item shows one thing, not 2"]),
        ("      totals: ALL\n", &["RPT002", "no column has totals"]),
        ("      breaks: [ { break: page, on: BRANCH } ]\n", &["JOB004", "called page"]),
        ("      breaks: [ { break: B, on: BRANCH, restart-pages: true } ]\n", &["RPT002", "begin none"]),
    ];
    for (text, says) in cases {
        refused(&more(text), says);
    }
    let out = |out: &str| format!("      columns: [ {{ field: NOTE }} ]\n      out: [ {out} ]\n");
    let cases: [(&str, &[&str]); 6] = [
        ("{ to: out, recfm: FBM }", &["RPT002", "cannot have the record format FBM"]),
        ("{ to: out, as: csv, lrecl: 80 }", &["RPT002", "are for text"]),
        ("{ to: out, code-page: klingon }", &["RPT002", "klingon is not known"]),
        ("{ to: out, recfm: FB, carriage: form-feed }", &["RPT002", "form feeds are for lines"]),
        ("{ to: out, recfm: FBA, carriage: none }", &["RPT002", "FBA and VBA have ANSI control characters"]),
        ("{ to: out }, { to: out }", &["JOB008", "out is written twice"]),
    ];
    for (text, says) in cases {
        refused(&out(text), says);
    }
    let heading = "      columns: [ { field: NOTE, heading: \u{3a9} } ]\n      out: [ { to: out } ]\n";
    refused(heading, &["RPT002", "the code page latin-1 has no \u{3a9}"]);
}

#[test]
fn records_whose_group_comes_too_late_stop_the_report_or_are_counted() {
    let records = [record("A", 1, 100, b""), record("C", 2, 100, b""), record("B", 3, 100, b"")];
    let stopped = job(SIMPLE, &records);
    failed(
        &stopped,
        80,
        &["DAT007", "the break B of the report", "record 3", "out-of-order: warn", "X'C24040'"],
    );
    let warned = job(&format!("{SIMPLE}      out-of-order: warn\n"), &records);
    warned.run(&["--json"]).status(0).stdout_contains("groups out of order");
    let listing = String::from_utf8(warned.read("out")).unwrap();
    assert_eq!(listing.matches("SUM").count(), 3, "{listing}");
    let allowed = job(&format!("{SIMPLE}      out-of-order: allow\n"), &records);
    let run = allowed.run(&["--json"]).status(0);
    assert!(!run.stdout.contains("out of order"));
    let descending = SIMPLE.replace("on: BRANCH,", "on: BRANCH, descending: true,");
    failed(&job(&descending, &records), 80, &["DAT007", "record 2"]);
}

#[test]
fn nothing_is_cut_in_silence() {
    let large = [record("A", 1, 60_000, b""), record("A", 1, 60_000, b"")];
    failed(
        &job(SIMPLE, &large),
        80,
        &[
            "RPT102",
            "the sum of AMT is 1200.00, which PIC ZZ9.99- does not show",
            "dataset in, record 2, file offset",
            "shown is the last record of the",
            "total-pic",
        ],
    );
    let pic = |pic: &str| {
        format!(
            "      columns: [ {{ field: BRANCH }}, {{ field: AMT, pic: {pic} }} ]\n      out: [ {{ to: out }} ]\n"
        )
    };
    let told =
        ["RPT101", "AMT is 600.00, which PIC Z9.99 does not show", "record 1", "more digits", "06 00 00 0C"];
    failed(&job(&pic("Z9.99"), &large), 80, &told[..4]);
    let negative = [record("A", 1, -100, b"")];
    failed(&job(&pic("ZZ9.99"), &negative), 80, &["RPT101", "AMT is -1.00", "give the picture a sign"]);
    let third =
        "      columns: [ { value: AMT / 3, name: THIRD, pic: ZZ9.99 } ]\n      out: [ { to: out } ]\n";
    job(third, &large).run(&[]).status(0);
}

#[test]
fn a_quotient_is_shown_as_the_column_says() {
    let records = [record("A", 1, 200, b"")];
    let third = |rounded: &str| {
        format!(
            "      headings: none\n      columns: [ {{ value: AMT / 3, name: THIRD, pic: ZZ9.99{rounded} }} ]\n      out: [ {{ to: out }} ]\n"
        )
    };
    failed(
        &job(&third(""), &records),
        80,
        &["RPT101", "the value of AMT / 3 does not fit", "say how the value is rounded"],
    );
    assert_eq!(listed(&third(", rounded: nearest-away-from-zero"), &records), "  0.67\n");
    assert_eq!(listed(&third(", rounded: truncation"), &records), "  0.66\n");
}

#[test]
fn bytes_that_are_no_number_are_shown_with_their_place() {
    let mut bad = record("A", 2, 0, b"");
    bad[7..11].copy_from_slice(&[0x40; 4]);
    let records = [record("A", 1, 100, b""), bad];
    let told = ["DAT001", "AMT is not a valid number", "dataset in, record 2, file offset 29", "X'40404040'"];
    failed(&job(SIMPLE, &records), 80, &told);
    let by_amount = "      columns: [ { field: BRANCH } ]\n      breaks: [ { break: A, on: AMT } ]\n      out: [ { to: out } ]\n";
    failed(&job(by_amount, &records), 80, &told);
}

#[test]
fn an_empty_input_gives_headers_and_zeros_or_nothing() {
    assert_eq!(listed(SIMPLE, &[]), "BRANCH        AMT\n------  ---------\nALL         0.00\n");
    assert_eq!(listed(&format!("{SIMPLE}      when-empty: nothing\n"), &[]), "");
    let json = SIMPLE.replace("{ to: out }", "{ to: out, as: json }");
    let value: serde_json::Value = serde_json::from_str(&listed(&json, &[])).unwrap();
    assert_eq!(value["count"], 0);
    assert_eq!(value["totals"]["AMT"]["sum"].as_f64(), Some(0.0));
    assert_eq!(value["groups"], serde_json::json!([]));
}

#[test]
fn characters_that_no_printer_shows_become_dots_and_are_counted() {
    let note = [0xC1, 0x25, 0x00, 0x4F, 0xC2];
    let report = "      headings: none\n      columns: [ { field: NOTE } ]\n      out: [ { to: out }, { to: out2, recfm: FB } ]\n";
    let job = job(report, &[record("A", 1, 0, &note)]);
    job.run(&["--json"]).status(0).stdout_contains("characters shown as dots");
    assert_eq!(job.read("out"), b"A..|B\n");
    // In the code page of the records they stay what they are.
    assert_eq!(job.read("out2")[..5], note);
    let html = report.replace("{ to: out }", "{ to: out, as: html }");
    let shown = [ebcdic("<b>&\"x"), vec![0x25]].concat();
    let page = listed(&html, &[record("A", 1, 0, &shown)]);
    assert!(page.contains("<td>&lt;b&gt;&amp;&quot;x.</td>"), "{page}");
    let csv = report.replace("{ to: out }", "{ to: out, as: csv }");
    assert_eq!(listed(&csv, &[record("A", 1, 0, &ebcdic("a,\"b"))]), "NOTE\n\"a,\"\"b\"\n");
    let json = report.replace("{ to: out }", "{ to: out, as: json }");
    let value: serde_json::Value = serde_json::from_str(&listed(&json, &[record("A", 1, 0, &note)])).unwrap();
    assert_eq!(value["details"][0]["NOTE"], "A\n\0|B");
}

#[test]
fn control_characters_space_and_eject() {
    let report = "      page-header: [ TOP, '', '' , UNDER ]
      headings: none
      lines: 7
      columns: [ { field: BRANCH } ]
      breaks: [ { break: B, on: BRANCH, skip: 1 } ]
      out: [ { to: out, recfm: FBA, lrecl: 6, code-page: latin-1 }, { to: out2, recfm: VBA, lrecl: 20, code-page: latin-1 } ]
";
    let records = [record("A", 1, 0, b""), record("B", 1, 0, b""), record("C", 1, 0, b"")];
    let job = job(report, &records);
    job.run(&[]).status(0);
    let lines = ["1TOP", "-UNDER", " A", "0B", "1TOP", "-UNDER", " C"];
    let fixed: String = lines.iter().map(|line| format!("{line:<6}")).collect();
    assert_eq!(String::from_utf8(job.read("out")).unwrap(), fixed);
    let variable: Vec<u8> =
        lines.iter().flat_map(|line| [&[0, line.len() as u8 + 4, 0, 0], line.as_bytes()].concat()).collect();
    assert_eq!(job.read("out2"), variable);
}

#[test]
fn totals_of_outer_groups_and_pages_run_along() {
    let report = "      headings: none
      columns: [ { field: AMT, pic: ZZ9.99 } ]
      breaks:
        - { break: B, on: BRANCH, footer: [ [ B, { sum: AMT }, ' SO FAR', { sum: AMT, of: report, pic: ZZZ9.99 }, { count: Z9, of: report } ] ] }
      page-footer: [ [ P, { sum: AMT, pic: ZZ9.99 }, { maximum: AMT }, { average: AMT } ] ]
      lines: 3
      out: [ { to: out } ]
";
    let records = [record("A", 1, 100, b""), record("A", 1, 250, b""), record("B", 1, 50, b"")];
    assert_eq!(
        listed(report, &records),
        "  1.00\n  2.50\nP  3.50  2.50  1.75\n\u{c}B  3.50 SO FAR   3.50 2\n  0.50\nP  0.50  0.50  0.50\n\u{c}B  0.50 SO FAR   4.00 3\n\nP  0.00  0.00  0.00\n"
    );
}

#[test]
fn a_report_can_show_parts_of_what_it_reads() {
    let report = "      include: AMT > 0
      omit: ACCT = 3
      headings: plain
      columns: [ { field: ACCT, heading: 'ACCOUNT|NUMBER', align: center }, { field: NOTE, width: 3, cut: true, heading: N } ]
      out: [ { to: out } ]
";
    let records = [record("A", 1, 100, &ebcdic("LONGER")), record("A", 2, -1, b""), record("A", 3, 100, b"")];
    assert_eq!(listed(report, &records), "ACCOUNT\nNUMBER   N\n    1    LON\n");
}

#[test]
fn the_sample_job_lists_the_open_items() {
    let job = Job::new();
    for part in ["jobs/open-items.yaml", "copybooks/openitem.cpy", "fixtures/ar/openitem.ebc"] {
        job.put(part, &std::fs::read(repository().join(part)).unwrap());
    }
    let root = job.path().to_str().unwrap().to_owned();
    job.offhost(&["run", "jobs/open-items.yaml", "--root", &root]).status(0);
    let listing = job.read("out/ar/OPENITEM.LIST");
    assert!(listing.len().is_multiple_of(133));
    let json: serde_json::Value = serde_json::from_slice(&job.read("out/ar/open-items.json")).unwrap();
    let shown = String::from_utf8(job.read("out/ar/open-items.txt")).unwrap();
    let count = json["count"].as_u64().unwrap();
    // The last amount has a comma, the count is edited with one as well.
    let last = shown.lines().last().unwrap().trim().replace(',', "");
    assert!(count > 0 && last == format!("{count} OPEN ITEMS"));
    let totals = String::from_utf8(job.read("out/ar/open-items.csv")).unwrap();
    let last = totals.lines().last().unwrap();
    assert!(last.starts_with(&format!("report,,,{count},")), "{last}");
    // What the documentation shows is what comes out.
    let manual = std::fs::read_to_string(repository().join("docs/reports.md")).unwrap();
    let document = String::from_utf8(job.read("out/ar/open-items.json")).unwrap();
    let blocks: Vec<&str> = manual.split("```").skip(1).step_by(2).collect();
    assert!(
        blocks.len() > 2 && shown.contains(blocks[1].trim_start()),
        "docs/reports.md shows another listing"
    );
    let parts = blocks[2].trim_start_matches("json").split('\u{2026}');
    parts
        .for_each(|part| assert!(document.contains(part.trim()), "docs/reports.md shows other JSON: {part}"));
}
