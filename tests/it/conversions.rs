//! `offhost convert` as its users run it.

use crate::harness::{Job, text};

const SEGMENTS: &str = "
       01  COMPANY-REC.
           05  SEG-TYPE      PIC X.
           05  COMPANY-ID    PIC 9(3).
           05  COMPANY-NAME  PIC X(6).
       01  CONTACT-REC.
           05  SEG-TYPE      PIC X.
           05  PHONE         PIC X(9).
       01  NOTE-REC.
           05  SEG-TYPE      PIC X.
           05  NOTE          PIC X(9).
";

const KINDS: [&str; 10] = [
    "--record",
    "COMPANY-REC: SEG-TYPE OF COMPANY-REC = 'C'",
    "--record",
    "CONTACT-REC: SEG-TYPE OF CONTACT-REC = 'P'",
    "--record",
    "NOTE-REC",
    "--parent",
    "CONTACT-REC: COMPANY-REC(COMPANY-ID)",
    "--parent",
    "NOTE-REC: CONTACT-REC(PHONE)",
];

fn segments() -> Job {
    let records = ["C001ACME", "P555-1000", "Nfirst", "P555-2000", "C002BELL", "Norphan", "P555-3000"];
    let bytes: Vec<u8> = records.iter().flat_map(|record| text(record, 10)).collect();
    Job::new().text("seg.cpy", SEGMENTS).file("in.dat", &bytes)
}

fn convert<'j>(job: &'j Job, input: &str, copybook: &str, more: &[&str]) -> crate::harness::Run<'j> {
    let (input, copybook) = (job.path().join(input), job.path().join(copybook));
    let mut arguments = vec!["convert", input.to_str().unwrap(), "-c", copybook.to_str().unwrap()];
    arguments.extend(more);
    job.offhost(&arguments)
}

/// Children know the keys of all their parents; a new parent makes those below it forgotten.
#[test]
fn kinds_of_records_and_their_parents() {
    let job = segments();
    let out = job.path().join("out.jsonl");
    let to = ["--to", "jsonl", "--verify", "-o", out.to_str().unwrap()];
    convert(&job, "in.dat", "seg.cpy", &[&KINDS[..], &to].concat()).status(0);
    let lines = String::from_utf8(job.read("out.jsonl")).unwrap();
    let expected = [
        r#"{"_record":"COMPANY-REC","SEG-TYPE":"C","COMPANY-ID":1,"COMPANY-NAME":"ACME"}"#,
        r#"{"_record":"CONTACT-REC","_parent":{"COMPANY-REC":{"COMPANY-ID":1}},"SEG-TYPE":"P","PHONE":"555-1000"}"#,
        r#"{"_record":"NOTE-REC","_parent":{"COMPANY-REC":{"COMPANY-ID":1},"CONTACT-REC":{"PHONE":"555-1000"}},"SEG-TYPE":"N","NOTE":"first"}"#,
        r#"{"_record":"CONTACT-REC","_parent":{"COMPANY-REC":{"COMPANY-ID":1}},"SEG-TYPE":"P","PHONE":"555-2000"}"#,
        r#"{"_record":"COMPANY-REC","SEG-TYPE":"C","COMPANY-ID":2,"COMPANY-NAME":"BELL"}"#,
        r#"{"_record":"NOTE-REC","_parent":{"COMPANY-REC":{"COMPANY-ID":2}},"SEG-TYPE":"N","NOTE":"orphan"}"#,
        r#"{"_record":"CONTACT-REC","_parent":{"COMPANY-REC":{"COMPANY-ID":2}},"SEG-TYPE":"P","PHONE":"555-3000"}"#,
    ];
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    let back = job.path().join("back.dat");
    let to = ["--to", "data", "-o", back.to_str().unwrap()];
    convert(&job, "out.jsonl", "seg.cpy", &[&KINDS[..], &to].concat()).status(0);
    assert_eq!(job.read("back.dat"), job.read("in.dat"));
    let csv = convert(&job, "in.dat", "seg.cpy", &[&KINDS[..], &["--to", "csv", "-q"]].concat()).status(0);
    let rows: Vec<String> = csv.stdout.lines().map(str::to_owned).collect();
    let columns = "_record,COMPANY-REC.COMPANY-ID,CONTACT-REC.PHONE,COMPANY-REC.SEG-TYPE,COMPANY-ID,COMPANY-NAME,\
                   CONTACT-REC.SEG-TYPE,PHONE,NOTE-REC.SEG-TYPE,NOTE";
    assert_eq!(rows[0], columns);
    assert_eq!(rows[3], "NOTE-REC,1,555-1000,,,,,,N,first");
}

/// The same bytes on any number of threads, also where records know those before them.
#[test]
fn parents_reach_over_blocks() {
    let one: Vec<u8> = ["C001ACME", "P555-1000", "Nx"].iter().flat_map(|record| text(record, 10)).collect();
    let notes = text("Nx", 10).repeat(150_000);
    let job = Job::new().text("seg.cpy", SEGMENTS).file("in.dat", &[one, notes].concat());
    let run = |threads: &str| {
        let out = job.path().join(format!("out{threads}.jsonl"));
        let to = ["--to", "jsonl", "--threads", threads, "-o", out.to_str().unwrap()];
        convert(&job, "in.dat", "seg.cpy", &[&KINDS[..], &to].concat()).status(0);
        job.read(&format!("out{threads}.jsonl"))
    };
    let (one, three) = (run("1"), run("3"));
    assert!(one == three);
    let last = String::from_utf8(one).unwrap().lines().last().unwrap().to_owned();
    assert!(last.contains(r#""COMPANY-REC":{"COMPANY-ID":1},"CONTACT-REC":{"PHONE":"555-1000"}"#), "{last}");
}

#[test]
fn kinds_that_are_wrong() {
    let job = segments();
    let cases: [(&[&str], i32, &[&str]); 9] = [
        (&[], 64, &["the copybook describes 3 records: COMPANY-REC, CONTACT-REC, NOTE-REC", "--record"]),
        (&["--record", "COMPANY: SEG-TYPE = 'C'"], 64, &["has no field COMPANY"]),
        (&["--record", "COMPANY-REC: SEG-TYP = 'C'"], 65, &["--record:1:14", "did you mean SEG-TYPE"]),
        (&["--record", "NOTE-REC", "--record", "CONTACT-REC"], 64, &["no record is left for CONTACT-REC"]),
        (&KINDS[..4], 80, &["the record is of no kind", "record 3"]),
        (&["--record", "COMPANY-REC", "--parent", "X: COMPANY-REC(PHONE)"], 64, &["no kind of record X"]),
        (&["--record", "NOTE-REC", "--parent", "NOTE-REC: NOTE-REC(NOTE)"], 64, &["its own ancestor"]),
        (
            &[&KINDS[..6], &["--parent", "NOTE-REC: COMPANY-REC(PHONE)"]].concat(),
            64,
            &["PHONE is no field of COMPANY-REC"],
        ),
        (&["--record", "NOTE-REC", "--parent", "NOTE-REC"], 64, &["CHILD: PARENT(KEY-FIELD)"]),
    ];
    for (more, status, messages) in cases {
        let run = convert(&job, "in.dat", "seg.cpy", &[more, &["--to", "jsonl"]].concat());
        run.status(status).says(messages);
    }
}

/// A name without qualifiers means the field of the kind's own 01 level, and in a condition on all records the field that is
/// the same in all of them; a field of another kind is none of this record.
#[test]
fn names_in_conditions_of_kinds() {
    let job = segments();
    let kinds = [
        "--record",
        "COMPANY-REC: SEG-TYPE = 'C'",
        "--record",
        "CONTACT-REC: SEG-TYPE = 'P'",
        "--record",
        "NOTE-REC",
        "--to",
        "csv",
        "-q",
        "--where",
    ];
    let rows = |condition: &str, status: i32| {
        let run = convert(&job, "in.dat", "seg.cpy", &[&kinds[..], &[condition]].concat()).status(status);
        (run.stdout.lines().count().saturating_sub(1), run.stderr)
    };
    assert_eq!(rows("SEG-TYPE = 'P'", 0).0, 3);
    assert_eq!(rows("CONTACT-REC AND PHONE > '555-1999'", 0).0, 2);
    assert_eq!(rows("NOT NOTE-REC", 0).0, 5);
    let refused = rows("COMPANY-ID = 1", 80).1;
    for text in ["DAT022", "record 2", "the record is a CONTACT-REC, which has no COMPANY-ID OF COMPANY-REC"]
    {
        assert!(refused.contains(text), "{refused}");
    }
}

const VIEWS: &str = "
       01  REC.
           05  KIND    PIC X.
           05  BODY    PIC X(5).
           05  MONEY   REDEFINES BODY PIC S9(7)V99 COMP-3.
           05  DAY-OF  REDEFINES BODY.
               10  YY  PIC 9(2).
               10  DDD PIC 9(3).
";

/// Without conditions every view is read, and those that do not fit are nothing; with them one is, and it is written back.
#[test]
fn views_of_storage() {
    let bytes =
        [text("D26325", 6), [text("M", 1), vec![0x12, 0x34, 0x56, 0x78, 0x9D]].concat(), text("Xhello", 6)]
            .concat();
    let job = Job::new().text("v.cpy", VIEWS).file("in.dat", &bytes);
    let all = convert(&job, "in.dat", "v.cpy", &["--to", "jsonl", "-q"]).status(0).stdout;
    assert_eq!(
        all.lines().next().unwrap(),
        r#"{"KIND":"D","BODY":"26325","MONEY":null,"DAY-OF":{"YY":26,"DDD":325}}"#
    );
    let views = ["--view", "MONEY: KIND = 'M'", "--view", "DAY-OF: KIND = 'D'"];
    let chosen = convert(&job, "in.dat", "v.cpy", &[&views[..], &["--to", "jsonl", "-q"]].concat())
        .status(0)
        .stdout
        .clone();
    let expected = [
        r#"{"KIND":"D","DAY-OF":{"YY":26,"DDD":325}}"#,
        r#"{"KIND":"M","MONEY":-1234567.89}"#,
        r#"{"KIND":"X","BODY":"hello"}"#,
    ];
    assert_eq!(chosen.lines().collect::<Vec<_>>(), expected);
    job.put("edited.jsonl", chosen.replace("1234567.89", "1.00").as_bytes());
    let back = job.path().join("back.dat");
    let to = ["--to", "data", "-o", back.to_str().unwrap()];
    convert(&job, "edited.jsonl", "v.cpy", &[&views[..], &to].concat()).status(0);
    let mut expected = bytes;
    expected[7..12].copy_from_slice(&[0x00, 0x00, 0x00, 0x10, 0x0D]);
    assert_eq!(job.read("back.dat"), expected);
}

const PLAIN: &str = "
       01  REC.
           05  CODE-NO   PIC 9(3).
           05  FILLER  PIC X(2).
           05  NAME    PIC X(5).
           05  AMOUNT  PIC S9(3)V99.
";

fn plain() -> Job {
    let rows = ["001..ANN  0012C", "002  B\"B, 0012L", "003  CY   9999I"];
    let bytes: Vec<u8> = rows.iter().flat_map(|row| text(row, 15)).collect();
    Job::new().text("p.cpy", PLAIN).file("in.dat", &bytes)
}

#[test]
fn csv_there_and_back() {
    let job = plain();
    let csv = convert(&job, "in.dat", "p.cpy", &["--to", "csv", "-q"]).status(0).stdout;
    assert_eq!(csv, "CODE-NO,NAME,AMOUNT\n1,ANN,1.23\n2,\"B\"\"B,\",-1.23\n3,CY,999.99\n");
    let tabs =
        convert(&job, "in.dat", "p.cpy", &["--to", "csv", "-q", "--delimiter", "\\t", "--filler"]).status(0);
    assert_eq!(tabs.stdout.lines().nth(1), Some("1\t..\tANN\t1.23"));
    convert(&job, "in.dat", "p.cpy", &["--to", "csv", "--verify"]).status(80).says(&[
        "1 records of in.dat do not come back",
        "record 1",
        "byte 4",
        "--notes",
    ]);
    convert(&job, "in.dat", "p.cpy", &["--to", "csv", "--verify", "--notes"]).status(0);
    // Columns in another order, one left out, a byte order mark, CRLF: as a spreadsheet saves it.
    job.put("sheet.csv", b"\xEF\xBB\xBFNAME,CODE-NO\r\n\"D,D\",7\r\nEE,8\r\n");
    let back = job.path().join("back.dat");
    convert(&job, "sheet.csv", "p.cpy", &["--to", "data", "-o", back.to_str().unwrap()]).status(0);
    assert_eq!(
        job.read("back.dat"),
        [text("007  D,D  0000", 14), vec![0xC0], text("008  EE   0000", 14), vec![0xC0]].concat()
    );
    for (sheet, messages) in [
        ("CODE-NO,NAMES\n1,x\n", &["no field has the name of column NAMES; did you mean NAME?"][..]),
        ("CODE-NO,NAME\n1\n", &["the row has 1 cells, the header 2", "record 2"]),
        ("CODE-NO,NAME\n1,x\n1x,y\n", &["'1x' cannot be stored in CODE-NO: it is not a number", "record 3"]),
        ("CODE-NO,CODE-NO\n1,2\n", &["column CODE-NO is there twice"]),
    ] {
        job.put("bad.csv", sheet.as_bytes());
        convert(&job, "bad.csv", "p.cpy", &["--to", "data"]).status(80).says(messages);
    }
}

#[test]
fn some_records_and_fields() {
    let job = plain();
    let lines = |more: &[&str]| {
        let run = convert(&job, "in.dat", "p.cpy", &[more, &["--to", "jsonl", "-q"]].concat());
        run.status(0).stdout
    };
    assert_eq!(
        lines(&["--where", "AMOUNT > 1 AND NAME NOT = 'CY'"]),
        "{\"CODE-NO\":1,\"NAME\":\"ANN\",\"AMOUNT\":1.23}\n"
    );
    assert_eq!(lines(&["--skip", "1", "--take", "1", "--fields", "AMOUNT"]), "{\"AMOUNT\":-1.23}\n");
    assert!(lines(&[]).lines().next().unwrap().ends_with(r#""_raw":{"@3":"4B4B"}}"#), "{}", lines(&[]));
    assert!(lines(&["--no-notes"]).lines().next().unwrap().ends_with("1.23}"));
}

/// Text and zoned numbers change their code page, packed and binary ones stay; the record format changes beside it.
#[test]
fn data_to_other_data() {
    let job = plain();
    let out = job.path().join("out.txt");
    let to = ["--to", "data", "--to-code-page", "ascii", "--to-recfm", "text", "-o", out.to_str().unwrap()];
    convert(&job, "in.dat", "p.cpy", &to).status(0);
    assert_eq!(
        String::from_utf8(job.read("out.txt")).unwrap(),
        "001..ANN  0012C\n002  B\"B, 0012L\n003  CY   9999I\n"
    );
    let out = job.path().join("out.v");
    convert(&job, "in.dat", "p.cpy", &["--to", "data", "--to-recfm", "V", "-o", out.to_str().unwrap()])
        .status(0);
    let variable: Vec<u8> =
        job.read("in.dat").chunks(15).flat_map(|record| [&[0, 19, 0, 0], record].concat()).collect();
    assert_eq!(job.read("out.v"), variable);
}

#[test]
fn an_output_appears_complete_or_not_at_all() {
    let job = plain();
    job.put("out.csv", b"old");
    let out = job.path().join("out.csv");
    let to = ["--to", "csv", "-o", out.to_str().unwrap()];
    convert(&job, "in.dat", "p.cpy", &to).status(73).says(&["exists already"]);
    job.put("bad.dat", &[job.read("in.dat"), text("0x0  ANN  0012C", 15)].concat());
    convert(&job, "bad.dat", "p.cpy", &[&to[..], &["--replace"]].concat())
        .status(80)
        .says(&["CODE-NO", "record 4"]);
    assert_eq!(job.read("out.csv"), b"old");
    assert_eq!(std::fs::read_dir(job.path()).unwrap().count(), 4, "no part is left");
    convert(&job, "in.dat", "p.cpy", &[&to[..], &["--replace"]].concat()).status(0);
    assert!(job.read("out.csv").starts_with(b"CODE-NO"));
}

#[test]
fn the_report_counts_what_was_found() {
    let job = plain();
    job.put("bad.dat", &[text("     ANN  0012C", 15), vec![0x00; 15], text("0x0  ANN  0012C", 15)].concat());
    let out = job.path().join("out.jsonl");
    let more = ["--to", "jsonl", "--bad-numbers", "null", "--verify", "--json", "-o", out.to_str().unwrap()];
    let report = convert(&job, "bad.dat", "p.cpy", &more).status(0).json();
    assert_eq!((&report["records"], &report["verified"]), (&3.into(), &true.into()));
    let code = &report["bad_numbers"][0];
    assert_eq!(code["field"], "CODE-NO OF REC");
    assert_eq!(code["classes"], serde_json::json!({ "blank": 1, "low": 1, "high": 0, "invalid": 1 }));
}
