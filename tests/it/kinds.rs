//! Records of several kinds in one dataset of a job: conditions checked with the job, fields that only some records have,
//! segments that know their parents, views by condition, lengths by kind and by expression, floats.

use crate::harness::{Job, text, with_rdw, zoned};

const COPYBOOK: &str = "
       01  HEADER.
           05  REC-TYPE    PIC X.
           05  RUN-DATE    PIC 9(8).
       01  DETAIL.
           05  REC-TYPE    PIC X.
           05  ACCT        PIC X(4).
           05  AMT         PIC 9(4).
       01  TRAILER.
           05  REC-TYPE    PIC X.
           05  TRL-COUNT   PIC 9(4).
           05  TRL-AMT     PIC 9(4).
";

const RECORDS: &str = "
      records:
        - { layout: HEADER,  when: \"REC-TYPE = 'H'\" }
        - { layout: DETAIL,  when: \"REC-TYPE = 'D'\" }
        - { layout: TRAILER, when: \"REC-TYPE = 'T'\" }
";

fn records() -> Vec<Vec<u8>> {
    ["H20260313", "DB   0200", "DA   0100", "DC   0300", "T00030600"].map(|record| text(record, 9)).to_vec()
}

/// A job on `in` with these steps; `record` says more about its records.
fn job_with(record: &str, expect: &str, steps: &str, bytes: &[u8]) -> Job {
    let yaml = format!(
        "version: 1\njob: T\ndatasets:\n  input:\n    path: in\n    record:\n      copybook: rec.cpy{record}    \
         {expect}\n  output: {{ path: out, disp: replace, like: input }}\nsteps:\n  - step: S\n{steps}"
    );
    Job::new().text("rec.cpy", COPYBOOK).yaml(&yaml).file("in", bytes)
}

fn job(steps: &str) -> Job {
    job_with(RECORDS, "", steps, &records().concat())
}

fn sorted() -> Vec<u8> {
    let [_, b, a, c, _] = &records()[..] else { panic!("five records") };
    [a.clone(), b.clone(), c.clone()].concat()
}

#[test]
fn fields_of_a_kind_in_filters_keys_totals_and_trailers() {
    let expect =
        "expect: { trailer: { where: TRAILER, details: DETAIL, count: TRL-COUNT, sum: { AMT: TRL-AMT } } }";
    let steps = "    sort: { in: input, out: output, include: DETAIL AND AMT > 50, by: [ ACCT ] }
    totals: [ { name: all, over: input, where: DETAIL, sum: AMT, by: REC-TYPE } ]\n";
    let job = job_with(RECORDS, expect, steps, &records().concat());
    job.run(&[]).status(0).published("out", &sorted());
    // The record type is the same field in every kind, by whatever name of them it is called.
    for include in ["REC-TYPE = 'D'", "REC-TYPE OF HEADER = 'D'", "NOT (HEADER OR TRAILER)"] {
        let steps = format!("    sort: {{ in: input, out: output, include: \"{include}\", by: [ ACCT ] }}\n");
        self::job(&steps).run(&[]).status(0).published("out", &sorted());
    }
    let omit = "    sort: { in: input, out: output, omit: HEADER OR TRAILER, by: [ { field: AMT, order: descending } ] }\n";
    let mut descending: Vec<Vec<u8>> = records()[1..4].to_vec();
    descending.sort_by(|a, b| b[5..].cmp(&a[5..]));
    self::job(omit).run(&[]).status(0).published("out", &descending.concat());
    let mut wrong = records();
    wrong[4] = text("T00030601", 9);
    job_with(RECORDS, expect, steps, &wrong.concat())
        .run(&[])
        .status(87)
        .says(&["RUN007", "the trailer says 601, the records make 600"])
        .nothing_published();
}

const OF_HEADER: &[&str] = &[
    "DAT022",
    "the record is a HEADER, which has no",
    "dataset input, record 1, file offset 0",
    "X'C8F2F0F2F6",
];

#[test]
fn a_field_of_another_kind_is_a_data_error() {
    for steps in [
        "    sort: { in: input, out: output, include: AMT > 50 }\n",
        "    sort: { in: input, out: output, omit: ACCT = 'A' }\n",
        "    sort: { in: input, out: output, by: [ ACCT ] }\n",
        "    sort: { in: input, out: output }\n    totals: [ { name: t, over: input, sum: AMT } ]\n",
        "    sort: { in: input, out: output }\n    totals: [ { name: t, over: input, by: ACCT } ]\n",
        "    match: { left: input, right: input, on: [ ACCT ], left-only: output }\n",
    ] {
        job(steps).run(&[]).status(80).says(OF_HEADER).nothing_published();
    }
    let expect = "expect: { trailer: { where: TRAILER, sum: { AMT: TRL-AMT } } }";
    let steps = "    sort: { in: input, out: output }\n";
    job_with(RECORDS, expect, steps, &records().concat())
        .run(&[])
        .status(80)
        .says(OF_HEADER)
        .nothing_published();
}

/// Each 01 level may have a copybook of its own: one that copies the others holds them all.
#[test]
fn a_copybook_that_copies_those_of_the_kinds() {
    let levels: Vec<&str> = COPYBOOK.split("       01").skip(1).collect();
    let level = |at: usize| format!("       01{}", levels[at]);
    let steps = "    sort: { in: input, out: output, include: DETAIL AND AMT > 50, by: [ ACCT ] }\n";
    let job = job(steps).text("head.cpy", &level(0)).text("det.cpy", &level(1)).text("trl.cpy", &level(2));
    job.put("rec.cpy", b"       COPY HEAD.\n       COPY DET.\n       COPY TRL.\n");
    job.run(&[]).status(0).published("out", &sorted());
}

#[test]
fn a_record_of_no_kind_is_a_data_error() {
    let mut unknown = records();
    unknown[2] = text("?A   0100", 9);
    let job = job_with(RECORDS, "", "    sort: { in: input, out: output }\n", &unknown.concat());
    job.run(&[])
        .status(80)
        .says(&["DAT019", "the record is of no kind", "dataset input, record 3, file offset 18", "X'6FC1"])
        .nothing_published();
    let otherwise = "
      records:
        - { layout: HEADER, when: \"REC-TYPE = 'H'\" }
        - { layout: TRAILER, when: \"REC-TYPE = 'T'\" }
        - { layout: DETAIL }
";
    let steps = "    sort: { in: input, out: output, include: DETAIL, by: [ ACCT ] }\n";
    let mut wanted = unknown[1..4].to_vec();
    wanted.sort_by(|a, b| a[1..].cmp(&b[1..]));
    job_with(otherwise, "", steps, &unknown.concat()).run(&[]).status(0).published("out", &wanted.concat());
}

#[test]
fn kinds_are_checked_with_the_job() {
    let steps = "    sort: { in: input, out: output }\n";
    for (records, texts) in [
        (
            "[ { layout: HEADR } ]",
            &["JOB006", "the copybook has no field HEADR", "did you mean HEADER", "job.yaml:"][..],
        ),
        ("[ { layout: HEADER, when: REC-TYP = 'H' } ]", &["EXP002", "did you mean REC-TYPE", "job.yaml:"]),
        ("[ { layout: HEADER, when: RUN-DATE } ]", &["EXP004", "RUN-DATE"]),
        (
            "[ { layout: HEADER, when: first }, { layout: DETAIL } ]",
            &["JOB006", "a job cannot tell a kind", "first"],
        ),
        ("[ { layout: HEADER }, { layout: DETAIL } ]", &["JOB006", "no record is left for DETAIL"]),
        (
            "[ { layout: HEADER, when: REC-TYPE = 'H', parent: DETAIL(ACCT) } ]",
            &["JOB006", "no kind of record DETAIL"],
        ),
        (
            "[ { layout: HEADER, parent: HEADER } ]",
            &["JOB006", "does not say a parent and its key", "PARENT(KEY-FIELD)"],
        ),
        ("[ { layout: HEADER, parent: HEADER(AMT) } ]", &["JOB006", "AMT is no field of HEADER"]),
        ("[ { layout: HEADER, parent: HEADER(RUN-DATE) } ]", &["JOB006", "its own ancestor"]),
        ("[ { layuot: HEADER } ]", &["JOB002", "there is no field layuot", "did you mean layout"]),
    ] {
        let record = format!("\n      records: {records}\n");
        job_with(&record, "", steps, b"").run(&[]).status(65).says(texts).nothing_published();
    }
    for (more, texts) in [
        (
            "views: [ { view: AMOUNT, when: REC-TYPE OF DETAIL = 'D' } ]",
            &["JOB006", "has no field AMOUNT"][..],
        ),
        ("views: [ { view: AMT, when: AMT } ]", &["EXP004", "a condition is needed"]),
        ("float: ieee", &["JOB006", "float cannot be `ieee`", "ieee-be"]),
        ("length-expression: AMT +", &["EXP001", "job.yaml:"]),
        ("length-expression: ACCT", &["EXP004", "ACCT is not a number"]),
        ("{ length-expression: AMT, length-field: AMT }", &["JOB006", "both say how long a record is"]),
        (
            "{ recfm: VB, length-expression: AMT }",
            &["JOB006", "length-expression has no meaning for recfm VB"],
        ),
    ] {
        let lines = more.trim_start_matches('{').trim_end_matches('}').replace(", length", "\n      length");
        let lines = if more.starts_with('{') { lines } else { more.to_owned() };
        let record = format!("\n      {}\n", lines.trim());
        job_with(&record, "", steps, b"").run(&[]).status(65).says(texts).nothing_published();
    }
}

/// Pairs keep what is known of each of their records.
#[test]
fn pairs_of_records_have_the_kinds_of_both() {
    let yaml = |include: &str| {
        format!(
            "version: 1\njob: T\ndatasets:\n  input:\n    path: in\n    record:\n      copybook: rec.cpy{RECORDS}  \
             other: {{ path: other, like: input }}\n  output: {{ path: out, disp: replace }}\nsteps:\n  - step: M\n    \
             match: {{ left: input, right: other, on: [ REC-TYPE ], paired: \"@pairs\" }}\n  - step: S\n    \
             sort: {{ in: \"@pairs\", out: output, include: \"{include}\" }}\n"
        )
    };
    let (head, detail) = (text("H20260313", 9), text("DA   0100", 9));
    let files = |include: &str| {
        Job::new()
            .text("rec.cpy", COPYBOOK)
            .yaml(&yaml(include))
            .file("in", &[head.clone(), detail.clone()].concat())
            .file("other", &[head.clone(), text("DZ   0900", 9)].concat())
    };
    let pair = [detail.clone(), text("DZ   0900", 9)].concat();
    let include = "DETAIL OF OTHER AND AMT OF OTHER > AMT OF INPUT";
    files(include).run(&[]).status(0).published("out", &pair);
    files("AMT OF OTHER > 5").run(&[]).status(80).says(&[
        "DAT022",
        "the record is a HEADER",
        "AMT OF DETAIL OF OTHER",
    ]);
}

const SEGMENTS: &str = "
       01  COMPANY.
           05  SEG-TYPE      PIC X.
           05  COMPANY-ID    PIC 9(3).
           05  LIMIT         PIC 9(3).
       01  CONTACT.
           05  SEG-TYPE      PIC X.
           05  PHONE         PIC X(3).
           05  FILLER        PIC X(3).
       01  BILL.
           05  SEG-TYPE      PIC X.
           05  BILL-AMT      PIC 9(3).
           05  FILLER        PIC X(3).
";

fn segments_job(steps: &str, segments: &[&str]) -> Job {
    let bytes: Vec<u8> = segments.iter().flat_map(|segment| text(segment, 7)).collect();
    let yaml = format!(
        "version: 1\njob: T\ndatasets:\n  input:\n    path: in\n    record:\n      copybook: seg.cpy\n      records:
        - {{ layout: COMPANY, when: \"SEG-TYPE = 'C'\" }}
        - {{ layout: CONTACT, when: \"SEG-TYPE = 'P'\", parent: \"COMPANY(COMPANY-ID, LIMIT)\" }}
        - {{ layout: BILL, when: \"SEG-TYPE = 'B'\", parent: \"CONTACT(PHONE)\" }}
  output: {{ path: out, disp: replace, like: input }}\nsteps:\n{steps}"
    );
    Job::new().text("seg.cpy", SEGMENTS).yaml(&yaml).file("in", &bytes)
}

const FILE: [&str; 7] = ["C001100", "P111", "B050", "B150", "C002200", "P222", "B250"];

#[test]
fn children_know_the_keys_of_their_parents() {
    let out = |chosen: &[&str]| chosen.iter().flat_map(|segment| text(segment, 7)).collect::<Vec<u8>>();
    let filter = |condition: &str| {
        format!("  - step: S\n    sort: {{ in: input, out: output, include: \"{condition}\" }}\n")
    };
    let over = filter("BILL AND BILL-AMT > LIMIT OF COMPANY");
    segments_job(&over, &FILE).run(&[]).status(0).published("out", &out(&["B150", "B250"]));
    // The key is that of the nearest record above, on every record below it and on the parent itself.
    let second = filter("COMPANY-ID = 2");
    segments_job(&second, &FILE).run(&[]).status(0).published("out", &out(&FILE[4..]));
    let phone = filter("BILL AND PHONE = '222'");
    segments_job(&phone, &FILE).run(&[]).status(0).published("out", &out(&["B250"]));
    let totals = "  - step: S\n    sort: { in: input, out: output }
    totals: [ { name: billed, over: input, where: BILL, sum: BILL-AMT, by: COMPANY-ID } ]\n";
    let run = segments_job(totals, &FILE);
    let run = run.run(&["--json"]).status(0);
    assert!(run.stdout.contains("\"001\"") && run.stdout.contains("200"), "{}", run.stdout);
    // Over many blocks, in whatever threads.
    let mut many = vec!["C001100", "P111"];
    many.extend(std::iter::repeat_n("B150", 400_000));
    let over = filter("BILL AND BILL-AMT > LIMIT");
    segments_job(&over, &many).run(&[]).status(0).published("out", &out(&many[2..]));
}

#[test]
fn children_without_parents_and_parents_that_a_step_forgot() {
    let filter = "  - step: S\n    sort: { in: input, out: output, include: BILL AND PHONE = '222' }\n";
    segments_job(filter, &["C001100", "P111", "C002200", "B050"])
        .run(&[])
        .status(80)
        .says(&["DAT023", "the record is a BILL without a CONTACT before it", "record 4, file offset 21"])
        .nothing_published();
    let key = "  - step: S\n    sort: { in: input, out: output, by: [ COMPANY-ID ] }\n";
    segments_job(key, &FILE)
        .run(&[])
        .status(80)
        .says(&["DAT022", "the record is a CONTACT", "made of each record's own bytes"])
        .nothing_published();
    let again = "  - step: S\n    sort: { in: input, out: \"@sorted\", by: [ SEG-TYPE ] }
  - step: U\n    sort: { in: \"@sorted\", out: output, include: BILL AND PHONE = '222' }\n";
    segments_job(again, &FILE)
        .run(&[])
        .status(80)
        .says(&["DAT022", "the record is a BILL"])
        .nothing_published();
}

const RULES_COPYBOOK: &str = "
       01  OUT-REC.
           05  OUT-ACCT    PIC X(4).
           05  OUT-AMT     PIC 9(5).
";

fn posting(rules: &str, more: &str) -> Job {
    let yaml = format!(
        "version: 1\njob: T\nmax-rc: 4\ndatasets:\n  input:\n    path: in\n    record:\n      copybook: rec.cpy{RECORDS}  \
         output: {{ path: out, record: {{ copybook: out.cpy }} }}\n  rejected: {{ path: rejected, like: output }}\n  \
         other: {{ path: other, like: input }}\nsteps:\n  - step: P\n    \
         post: {{ in: input, rules: rules.yaml, out: {{ OUT: output }}{more} }}\n"
    );
    let rules = format!("version: 1\nprogram: P\n{rules}");
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .text("out.cpy", RULES_COPYBOOK)
        .text("rules.yaml", &rules)
        .yaml(&yaml)
        .file("in", &records().concat())
}

#[test]
fn rules_read_the_fields_of_a_kind() {
    let good = "rules:
  - rule: DETAILS
    when: DETAIL
    do:
      - emit: OUT
        do: [ { move: ACCT, to: OUT-ACCT }, { compute: OUT-AMT, is: AMT * 2 } ]
  - rule: REST
    when: HEADER OR TRAILER
    do: [ { stop: none } ]
";
    // Whatever a rule does with a header is stopped before; here every transaction but details is refused by name.
    let rules =
        good.replace("    do: [ { stop: none } ]\n", "    do: [ { reject: X1, reason: no detail } ]\n");
    let rejects = ", rejects: { to: rejected }";
    let wanted = ["B   00400", "A   00200", "C   00600"].map(|record| text(record, 9)).concat();
    posting(&rules, rejects).run(&[]).published("out", &wanted);
    let bad = "rules:
  - rule: ALL
    do:
      - emit: OUT
        do: [ { move: ACCT, to: OUT-ACCT } ]
";
    posting(bad, "").run(&[]).status(80).says(OF_HEADER).nothing_published();
    // Invalid data can be rejected, and this is some.
    let rejects = ", rejects: { to: rejected }, invalid-data: reject";
    posting(bad, rejects)
        .run(&[])
        .published("out", &["B", "A", "C"].map(|a| [text(a, 4), zoned(0, 5, false)].concat()).concat());
}

/// Records that rules build are of a kind when they are complete, and of V as long as their kind.
#[test]
fn built_records_are_of_a_kind() {
    let yaml = |output: &str| {
        format!(
            "version: 1\njob: T\ndatasets:\n  input: {{ path: in, record: {{ copybook: out.cpy }} }}\n  output:\n    path: out\n    \
             record:\n      copybook: seg.cpy\n      {output}\n      records:\n        \
             - {{ layout: COMPANY, when: \"SEG-TYPE = 'C'\" }}\n        - {{ layout: NOTE, when: \"SEG-TYPE = 'N'\" }}\n\
             steps:\n  - step: P\n    post: {{ in: input, rules: rules.yaml, out: {{ OUT: output }} }}\n"
        )
    };
    let copybook = "
       01  COMPANY.
           05  SEG-TYPE      PIC X.
           05  COMPANY-ID    PIC 9(5).
       01  NOTE.
           05  SEG-TYPE      PIC X.
           05  NOTE-TEXT     PIC X(2).
";
    let rules = |kind: &str| {
        format!(
            "version: 1\nprogram: P\nrules:\n  - rule: A\n    do:\n      - emit: OUT\n        do: [ {{ move: \"'{kind}'\", to: SEG-TYPE }}, {{ move: OUT-AMT, to: COMPANY-ID }} ]\n      - emit: OUT\n        do: [ {{ move: \"'N'\", to: SEG-TYPE }}, {{ move: OUT-ACCT, to: NOTE-TEXT }} ]\n"
        )
    };
    let job = |output: &str, kind: &str| {
        Job::new()
            .text("seg.cpy", copybook)
            .text("out.cpy", RULES_COPYBOOK)
            .text("rules.yaml", &rules(kind))
            .yaml(&yaml(output))
            .file("in", &text("AB  00042", 9))
    };
    let written = [with_rdw(&text("C00042", 6)), with_rdw(&text("NAB", 3))].concat();
    job("recfm: VB", "C").run(&[]).status(0).published("out", &written);
    job("recfm: VB", "X").run(&[]).status(80).says(&["DAT019", "dataset OUT", "X'E7"]).nothing_published();
}

#[test]
fn views_by_condition() {
    let copybook = "
       01  REC.
           05  KIND        PIC X.
           05  BODY        PIC X(4).
           05  MONEY       REDEFINES BODY PIC 9(4).
           05  DAY-OF      REDEFINES BODY PIC X(4).
";
    let yaml = |steps: &str| {
        format!(
            "version: 1\njob: T\ndatasets:\n  input:\n    path: in\n    record:\n      copybook: view.cpy\n      views:
        - {{ view: MONEY, when: KIND = 'M' }}\n        - {{ view: DAY-OF, when: KIND = 'D' }}\n  \
         output: {{ path: out, like: input }}\nsteps:\n  - step: S\n{steps}"
        )
    };
    let file = ["M0100", "D2026", "M0050"].map(|record| text(record, 5)).concat();
    let job = |steps: &str| Job::new().text("view.cpy", copybook).yaml(&yaml(steps)).file("in", &file);
    let good = "    sort: { in: input, out: output, include: KIND = 'M', by: [ MONEY ] }\n";
    job(good).run(&[]).status(0).published("out", &["M0050", "M0100"].map(|record| text(record, 5)).concat());
    let all = "    sort: { in: input, out: output, by: [ BODY ] }\n";
    job(all).run(&[]).status(0);
    let bad = "    sort: { in: input, out: output, by: [ MONEY ] }\n";
    job(bad)
        .run(&[])
        .status(80)
        .says(&["DAT022", "the record has no MONEY", "record 2, file offset 5", "X'C4F2F0F2F6'"])
        .nothing_published();
}

#[test]
fn lengths_by_expression_and_by_kind() {
    let copybook = "
       01  REC.
           05  KIND   PIC X.
           05  LEN    PIC 9.
           05  LEN-2  PIC 9.
           05  REST   PIC X(6).
";
    let job = |record: &str, bytes: &[u8]| {
        let yaml = format!(
            "version: 1\njob: T\ndatasets:\n  input: {{ path: in, record: {{ copybook: len.cpy, {record} }} }}\n  \
             output: {{ path: out, record: {{ copybook: len.cpy, recfm: VB }} }}\nsteps:\n  - step: S\n    \
             sort: {{ in: input, out: output, by: [ KIND ] }}\n"
        );
        Job::new().text("len.cpy", copybook).yaml(&yaml).file("in", bytes)
    };
    let records = [text("C12xyz", 6), text("A00", 3), text("B11xy", 5)];
    let sorted = [&records[1], &records[2], &records[0]].map(|record| with_rdw(record)).concat();
    let rule = "length-expression: LEN + LEN-2 + 3";
    job(rule, &records.concat()).run(&[]).status(0).published("out", &sorted);
    let torn = [records.concat(), text("D99", 3)].concat();
    job(rule, &torn).run(&[]).status(81).says(&["DAT004", "record 4"]).nothing_published();
    let negative = "length-expression: LEN - 9";
    job(negative, &records.concat()).run(&[]).status(81).says(&[
        "DAT004",
        "the length of the record would be -8",
        "dataset input, record 1",
    ]);
    let none = [records[0].clone(), text("A?0", 3)].concat();
    job(rule, &none).run(&[]).status(80).says(&[
        "DAT001",
        "LEN is not a valid number",
        "record 2, file offset 6",
    ]);

    let kinds = "
      length: computed
      records: [ { layout: COMPANY, when: SEG-TYPE = 'C' }, { layout: NOTE } ]
";
    let copybook = "
       01  COMPANY.
           05  SEG-TYPE      PIC X.
           05  COMPANY-ID    PIC 9(5).
       01  NOTE.
           05  SEG-TYPE      PIC X.
           05  NOTE-TEXT     PIC X(2).
";
    let yaml = format!(
        "version: 1\njob: T\ndatasets:\n  input:\n    path: in\n    record:\n      copybook: seg.cpy{kinds}  output: {{ path: out, \
         record: {{ copybook: seg.cpy, recfm: VB }} }}\nsteps:\n  - step: S\n    sort: {{ in: input, out: output, by: [ SEG-TYPE ] }}\n"
    );
    let file = ["NAB", "C00042", "NCD"].map(|record| text(record, record.len())).concat();
    let sorted = ["C00042", "NAB", "NCD"].map(|record| with_rdw(&text(record, record.len()))).concat();
    Job::new()
        .text("seg.cpy", copybook)
        .yaml(&yaml)
        .file("in", &file)
        .run(&[])
        .status(0)
        .published("out", &sorted);
}

#[test]
fn floats_in_a_job() {
    let copybook = "
       01  REC.
           05  NAME   PIC X.
           05  RATE   COMP-2.
";
    let job = |record: &str, steps: &str, bytes: &[u8]| {
        let yaml = format!(
            "version: 1\njob: T\ndatasets:\n  input: {{ path: in, record: {{ copybook: f.cpy{record} }} }}\n  \
             output: {{ path: out, like: input }}\n  hex: {{ path: hex, record: {{ copybook: f.cpy }} }}\nsteps:\n  - step: S\n{steps}"
        );
        Job::new().text("f.cpy", copybook).yaml(&yaml).file("in", bytes)
    };
    let filter = "    sort: { in: input, out: output, include: RATE > 1 }\n";
    let ieee = |name: &str, value: f64| [text(name, 1), value.to_be_bytes().to_vec()].concat();
    let file = [ieee("A", 0.5), ieee("B", 1.5), ieee("C", -3.0), ieee("D", 1e300)].concat();
    let wanted = [ieee("B", 1.5), ieee("D", 1e300)].concat();
    job(", float: ieee-be", filter, &file).run(&[]).status(0).published("out", &wanted);
    // X'4118000000000000' is 1.5 in the form of the mainframe, X'4080000000000000' 0.5.
    let host = |name: &str, word: u64| [text(name, 1), word.to_be_bytes().to_vec()].concat();
    let file = [host("A", 0x4080_0000_0000_0000), host("B", 0x4118_0000_0000_0000)].concat();
    job("", filter, &file).run(&[]).status(0).published("out", &host("B", 0x4118_0000_0000_0000));
    let nan = ieee("A", f64::NAN);
    job(", float: ieee-be", filter, &nan).run(&[]).status(80).says(&[
        "DAT001",
        "RATE",
        "infinity or no number",
    ]);
    let key = "    sort: { in: input, out: output, by: [ RATE ] }\n";
    let down = [host("B", 0x4118_0000_0000_0000), host("A", 0x4080_0000_0000_0000)].concat();
    job("", key, &down).run(&[]).status(0).published("out", &file);
    let down = [ieee("D", 1e300), ieee("B", 1.5), ieee("A", 0.5), ieee("C", -3.0)].concat();
    let up = [ieee("C", -3.0), ieee("A", 0.5), ieee("B", 1.5), ieee("D", 1e300)].concat();
    job(", float: ieee-be", key, &down).run(&[]).status(0).published("out", &up);
    let other = "    sort: { in: input, out: hex }\n";
    job(", float: ieee-be", other, &file).run(&[]).status(65).says(&["JOB013", "hex"]).nothing_published();
}
