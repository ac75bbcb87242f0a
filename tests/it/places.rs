//! Datasets that are not simply one file: concatenations, lines of the job, dummies, and outputs that are added to.

use offhost::job::{Request, load};
use offhost::run::{Outcome, Resources, Silent, run};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{RealFs, Root};

use crate::harness::{Job, files_below, settled, text};

const RECORD: &str = "       01  REC.\n           05  KEY1 PIC X(4).\n";

fn yaml(datasets: &str, steps: &str) -> String {
    let with_record = datasets.replace("REC", "record: { copybook: rec.cpy, recfm: F, code-page: latin-1 }");
    format!("version: 1\njob: PLACES\ndatasets:\n{with_record}steps:\n{steps}")
}

fn job(datasets: &str, steps: &str) -> Job {
    Job::new()
        .text("rec.cpy", RECORD)
        .text("wide.cpy", &RECORD.replace("X(4)", "X(5)"))
        .text("a.dat", "CCCCAAAA")
        .text("b.dat", "DDDDBBBB")
        .yaml(&yaml(datasets, steps))
}

const SORT: &str = "  - step: SORT\n    sort: { in: input, out: out, by: [ KEY1 ] }\n";
const COPY: &str = "  - step: COPY\n    sort: { in: input, out: out }\n";
const OUT: &str = "  out: { path: out.dat, REC }\n";

#[test]
fn files_are_read_one_after_the_other() {
    let input = format!("  input: {{ path: [ b.dat, a.dat ], REC }}\n{OUT}");
    job(&input, COPY).run(&[]).status(0).published("out.dat", b"DDDDBBBBCCCCAAAA");
    job(&input, SORT).run(&[]).status(0).published("out.dat", b"AAAABBBBCCCCDDDD");
    let members = format!(
        "  one: {{ path: a.dat, REC }}\n  two: {{ data: \"EE\\nFFFF\\n\", REC }}\n  none: {{ dummy: true, REC }}
  input: {{ concat: [ two, one, none ] }}\n{OUT}"
    );
    job(&members, COPY).run(&[]).status(0).published("out.dat", b"EE  FFFFCCCCAAAA");
    // A dummy ends a concatenation, as on the mainframe.
    let ended = members.replace("two, one, none", "two, none, one");
    job(&ended, COPY)
        .run(&[])
        .status(0)
        .says(&["CAT003", "one stands behind the dummy none"])
        .published("out.dat", b"EE  FFFF");
}

#[test]
fn a_member_that_is_missing_or_torn_stops_the_run_before_its_first_step() {
    let input = format!("  input: {{ path: [ b.dat, a.dat ], REC }}\n{OUT}");
    let torn = job(&input, COPY);
    torn.put("a.dat", b"CCCCAAA");
    torn.run(&[]).status(81).says(&["DAT002", "a.dat"]).nothing_published();
    std::fs::remove_file(torn.path().join("a.dat")).unwrap();
    torn.run(&[]).status(66).says(&["a.dat"]).nothing_published();
}

#[test]
fn members_have_records_of_one_length_and_code_page() {
    let wide = "record: { copybook: wide.cpy, recfm: F, code-page: latin-1 }";
    let ebcdic = "record: { copybook: rec.cpy, recfm: F }";
    for (member, says) in [(wide, "LRECL 5"), (ebcdic, "cp037")] {
        let members = format!(
            "  one: {{ path: a.dat, REC }}\n  two: {{ path: b.dat, {member} }}\n  input: {{ concat: [ one, two ] }}\n{OUT}"
        );
        job(&members, COPY)
            .run(&[])
            .status(65)
            .says(&["CAT003", "cannot be concatenated", says])
            .nothing_published();
    }
}

#[test]
fn in_stream_data_is_encoded_padded_and_checked() {
    let lines = |data: &str| {
        format!(
            "  input: {{ data: \"{data}\", record: {{ copybook: rec.cpy, recfm: F }} }}
  out: {{ path: out.dat, record: {{ copybook: rec.cpy, recfm: F }} }}\n"
        )
    };
    let wanted = [text("B", 4), text("", 4), text("A12", 4)].concat();
    job(&lines("B\\n\\nA12\\n"), COPY).run(&[]).status(0).published("out.dat", &wanted);
    job(&lines("TOO LONG"), COPY).run(&[]).status(65).says(&["CAT003", "more than LRECL 4"]);
    job(&lines("\u{20ac}"), COPY).run(&[]).status(65).says(&["CAT003", "does not have"]);
    let block = "  input:\n    data: |\n      BBBB\n      AAAA\n    REC\n"
        .replace("REC", "record: { copybook: rec.cpy, recfm: F, code-page: latin-1 }");
    job(&format!("{block}{OUT}"), SORT).run(&[]).status(0).published("out.dat", b"AAAABBBB");
    let written = "  input: { path: a.dat, REC }\n  out: { data: \"x\", REC }\n";
    job(written, COPY).run(&[]).status(65).says(&["CAT003", "no step can write it"]);
}

#[test]
fn a_dummy_is_empty_when_read_and_drops_what_is_written() {
    let read = format!("  input: {{ dummy: true, REC }}\n{OUT}");
    job(&read, SORT).run(&[]).status(0).published("out.dat", b"");
    let written = "  input: { path: a.dat, REC }\n  out: { dummy: true, REC }\n";
    let counted = format!("{COPY}    totals: [ {{ name: dropped, over: out }} ]\n");
    let job = job(written, &counted);
    let document = job.run(&["--json"]).nothing_published().json();
    assert_eq!(document["steps"][0]["totals"][0]["groups"][0]["count"], 2, "{document:#}");
    assert_eq!(document["published"], serde_json::json!([]));
}

#[test]
fn one_way_of_saying_where_is_enough() {
    for (dataset, code) in [
        ("  input: { path: a.dat, dummy: true, REC }\n", "JOB002"),
        ("  input: { REC }\n", "JOB002"),
        ("  input: { concat: [ input ], REC }\n", "CAT003"),
        ("  input: { concat: [ nobody ], REC }\n", "JOB005"),
        ("  input: { path: a.dat, disp: mod, REC }\n", "CAT003"),
    ] {
        job(&format!("{dataset}{OUT}"), COPY).run(&[]).status(65).says(&[code]).nothing_published();
    }
}

#[test]
fn a_new_output_must_not_be_there_and_an_old_one_must() {
    let datasets = |disp: &str| {
        format!("  input: {{ path: a.dat, REC }}\n  out: {{ path: out.dat, disp: {disp}, REC }}\n")
    };
    let there = job(&datasets("new"), COPY);
    there.put("out.dat", b"KEEP");
    there.run(&[]).status(73).says(&["RUN002"]).nothing_published();
    job(&datasets("old"), COPY).run(&[]).status(66).says(&["RUN001"]).nothing_published();
    job(&datasets("shr"), COPY).run(&[]).status(65).says(&["CAT003"]).nothing_published();
}

const ADDED: &str = "  input: { path: a.dat, REC }\n  out: { path: out.dat, disp: mod, REC }\n";

#[test]
fn records_are_added_behind_those_that_are_there() {
    let job = job(ADDED, &format!("{SORT}    totals: [ {{ name: added, over: out }} ]\n"));
    job.run(&[]).status(0).published("out.dat", b"AAAACCCC");
    let document = job.run(&["--json", "--rerun"]).published("out.dat", b"AAAACCCCAAAACCCC").json();
    assert_eq!(document["steps"][0]["totals"][0]["groups"][0]["count"], 2, "only what was added is counted");
    // A file that is not made of these records is not added to.
    job.put("out.dat", b"AAAAC");
    job.run(&["--rerun"]).status(81).says(&["DAT002"]).nothing_published();
}

#[test]
fn a_last_line_without_its_end_stays_a_line() {
    let lines = ADDED.replace("REC", "record: { copybook: rec.cpy, recfm: text, code-page: latin-1 }");
    let job = job(&lines, COPY);
    job.put("a.dat", b"BBBB\n");
    job.put("out.dat", b"AAAA");
    job.run(&[]).status(0).published("out.dat", b"AAAA\nBBBB\n");
}

#[test]
fn what_is_added_is_there_whole_or_not_at_all() {
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        for fail_at in 1.. {
            let job = job(ADDED, SORT);
            job.put("out.dat", b"OLD1OLD2");
            let root = Root::new(job.path()).unwrap();
            let request = Request {
                job: "job.yaml".to_owned(),
                root: root.clone(),
                settings: Vec::new(),
                explained: false,
            };
            let (plan, _) = load(&RealFs, &request).unwrap();
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let Outcome { error, .. } = run(&fs, &plan, &root, &Resources::default(), &Silent);
            let when = format!("{fault:?} at operation {fail_at}");
            let found = job.read("out.dat");
            assert!(found == b"OLD1OLD2" || found == b"OLD1OLD2AAAACCCC", "{when}: {found:?}");
            assert!(error.is_some() || found.len() == 16, "{when}");
            settled(&job, &when);
            let after = job.read("out.dat");
            assert!(after == b"OLD1OLD2" || after == b"OLD1OLD2AAAACCCC", "{when}: {after:?}");
            let parts =
                files_below(job.path()).into_keys().filter(|name| name.to_string_lossy().contains(".part"));
            assert_eq!(parts.count(), 0, "{when}");
            if error.is_none() && fs.operations() < fail_at {
                break;
            }
        }
    }
}
