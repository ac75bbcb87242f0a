//! Sorts that take a temporary in while it is written: the bytes, the report and the journal of steps one after the other, whatever
//! the order of the records, and whoever fails.

use std::time::Duration;

use offhost::run::{Resources, Silent, Start, start};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{RealFs, Stop, stop};
use serde_json::Value;

use crate::harness::{Job, Random, Run, Then, rounds, runs_of, settled, text, with_rdw, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  K         PIC 9(6).
           05  SEQ       PIC 9(8).
           05  AMT       PIC 9(4).
           05  REST      PIC X(22).
";

const RULES: &str = "version: 1
program: P
rules:
  - rule: BAD
    do: [ { reject: BAD, when: SEQ = 99999999 } ]
  - rule: ALL
    do: [ { emit: POSTED, from: REC } ]
reject-record: [ { move: REC, to: GONE } ]
";

/// A job that posts and sorts what it has posted.
fn yaml(recfm: &str, sort: &str, more: &str) -> String {
    format!(
        "version: 1
job: PIPE
datasets:
  a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: {recfm} }} }}
  \"@posted\": {{ like: a }}
  out: {{ path: out.ebc, like: a, disp: replace }}
  rest: {{ path: rest.ebc, like: a, disp: replace }}
  gone: {{ path: gone.ebc, record: {{ copybook: gone.cpy, recfm: FB }}, disp: replace }}
steps:
  - step: POST
    post: {{ in: a, rules: rules.yaml, out: {{ POSTED: \"@posted\" }}, rejects: {{ to: gone }} }}
    totals: [ {{ name: posted, over: \"@posted\", sum: SEQ }} ]
{more}  - step: SORT
    sort: {{ in: \"@posted\", out: out, by: [ K ]{sort} }}
    totals: [ {{ name: read, over: \"@posted\", sum: SEQ }}, {{ name: out, over: out, sum: SEQ }} ]
  - step: BALANCE
    balance: [ posted.sum = read.sum ]
"
    )
}

fn job(records: &[Vec<u8>], text: &str) -> Job {
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .text("gone.cpy", "01 GONE.\n  05 G PIC X(40).\n")
        .text("rules.yaml", RULES)
        .file("a.ebc", &records.concat())
        .file("out.ebc", b"old")
        .file("rest.ebc", b"old")
        .file("gone.ebc", b"old")
        .yaml(text)
}

fn record(key: usize, sequence: usize, filler: usize) -> Vec<u8> {
    let number = |value: usize, digits| zoned(value as i128, digits, false);
    [number(key, 6), number(sequence, 8), number(sequence % 7, 4), text("x", filler)].concat()
}

/// Where an input is out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disorder {
    Nowhere,
    Everywhere,
    /// A low key behind so many records.
    Behind(usize),
}

/// Records with ascending keys, each key so often, and this disorder among them.
fn records(count: usize, each: usize, disorder: Disorder) -> Vec<Vec<u8>> {
    let mut random = Random::new(7);
    let key = |number: usize, random: &mut Random| match disorder {
        Disorder::Behind(place) if number == place => 3,
        Disorder::Everywhere => 10 + random.below(count / each + 1),
        _ => 10 + number / each,
    };
    (0..count).map(|number| record(key(number, &mut random), number, 22)).collect()
}

const MEANS: [&[&str]; 4] = [
    &["--memory", "16M", "--threads", "1"],
    &["--memory", "16M", "--threads", "3"],
    &["--memory", "16M", "--jobs", "3"],
    &[],
];

/// What reports say without times, memory and the way that records took.
fn told(run: &Run<'_>) -> Vec<Value> {
    let mut steps = run.json()["steps"].as_array().unwrap().clone();
    for step in &mut steps {
        for name in ["start", "seconds", "sorts", "temporaries"] {
            step[name].take();
        }
    }
    steps
}

#[test]
fn bytes_and_reports_are_those_of_steps_one_after_the_other() {
    const COUNT: usize = 12_000;
    let disorders = [0, 1, COUNT / 2, COUNT - 1].map(Disorder::Behind);
    let disorders = disorders.into_iter().chain([Disorder::Nowhere, Disorder::Everywhere]);
    let sorts = [
        "",
        ", duplicates: { keep: first, to: rest }",
        ", duplicates: { keep: last }",
        ", duplicates: { keep: unique }",
        ", sum: [ AMT ]",
        ", include: \"SEQ <> 5\"",
        ", include: \"SEQ <> 5\", reformat: [ K, SEQ, REST, AMT ]",
    ];
    for (round, (disorder, each)) in disorders.flat_map(|it| [(it, 1), (it, 3)]).enumerate() {
        let records = records(COUNT, each, disorder);
        for (number, sort) in sorts.into_iter().enumerate() {
            let job = job(&records, &yaml("FB", sort, ""));
            let plain = job.run(&["--json", "--no-pipes", "--memory", "16M", "-q"]);
            let files = ["out.ebc", "rest.ebc", "gone.ebc"].map(|name| job.read(name));
            let means = MEANS[(round + number) % MEANS.len()];
            job.put("out.ebc", b"old");
            job.put("rest.ebc", b"old");
            let piped = job.run(&[&["--json", "--rerun", "-q"], means].concat());
            let what = format!("{disorder:?}, {each} of a key, {sort:?}, {means:?}: {}", piped.stderr);
            assert_eq!(piped.status, plain.status, "{what}");
            assert!(["out.ebc", "rest.ebc", "gone.ebc"].map(|name| job.read(name)) == files, "{what}");
            assert_eq!(told(&piped), told(&plain), "{what}");
            let report = piped.json();
            assert_eq!(plain.json()["steps"][0]["temporaries"][0]["in"], "memory");
            assert_eq!(report["steps"][0]["temporaries"][0]["in"], "pipe", "{what}");
            if piped.status == 0 {
                let distinct = each == 1 && disorder != Disorder::Everywhere;
                let looked_at = sort.contains("duplicates") || sort.contains("sum");
                let passes = disorder == Disorder::Nowhere || disorder == Disorder::Behind(0);
                let passes = passes && (distinct || !looked_at) && !sort.contains("reformat");
                assert_eq!(report["steps"][1]["sorts"][0]["passed"], passes, "{what}");
            }
        }
    }
}

/// Variable records, and a sort into another temporary: what has left is brought back from memory.
#[test]
fn what_has_left_comes_back_from_wherever_it_went() {
    let mut records = records(9000, 2, Disorder::Behind(8000));
    records.iter_mut().enumerate().for_each(|(number, record)| record.truncate(18 + number % 22));
    let variable: Vec<Vec<u8>> = records.iter().map(|record| with_rdw(record)).collect();
    let post = "post: { in: a, rules: rules.yaml, out: { POSTED: \"@posted\" }, rejects: { to: gone } }";
    let text = yaml("V, lrecl: 44", "", "")
        .replace(post, "sort: { in: a, out: \"@posted\" }")
        .replace("out: out, by", "out: \"@out\", by")
        .replace(
            "  - step: BALANCE\n",
            "  - step: COPY\n    sort: { in: \"@out\", out: out }\n  - step: BALANCE\n",
        );
    let text =
        text.replace("  out: {", "  \"@out\": { like: a }\n  out: {").replace("over: out", "over: \"@out\"");
    let job = job(&variable, &text);
    let mut sorted = records.clone();
    sorted.sort_by(|one, other| one[..6].cmp(&other[..6]));
    let sorted: Vec<u8> = sorted.iter().flat_map(|record| with_rdw(record)).collect();
    for means in MEANS {
        let run = job.run(&[&["--json", "--rerun"], means].concat()).status(0).published("out.ebc", &sorted);
        assert_eq!(run.json()["steps"][0]["temporaries"][0]["in"], "pipe");
    }
}

/// Fixed records that leave as variable ones, so that what is read back is in other blocks than what is still to come.
#[test]
fn the_output_may_have_another_format() {
    let records = records(9000, 2, Disorder::Behind(8000));
    let mut sorted = records.clone();
    sorted.sort_by(|one, other| one[..6].cmp(&other[..6]));
    let sorted: Vec<u8> = sorted.iter().flat_map(|record| with_rdw(record)).collect();
    let fixed = "out: { path: out.ebc, like: a, disp: replace }";
    let variable = "out: { path: out.ebc, record: { copybook: rec.cpy, recfm: V }, disp: replace }";
    let job = job(&records, &yaml("FB", "", "").replace(fixed, variable));
    for means in MEANS {
        let run = job.run(&[&["--json", "--rerun"], means].concat()).status(0).published("out.ebc", &sorted);
        assert_eq!(run.json()["steps"][0]["temporaries"][0]["in"], "pipe");
    }
}

/// A writer that ends badly behind its last record: the sort was not to run, and what it did is gone.
#[test]
fn a_sort_whose_writer_fails_has_never_run() {
    for disorder in [Disorder::Nowhere, Disorder::Everywhere] {
        let mut records = records(9000, 1, disorder);
        records.push(record(999_999, 99_999_999, 22));
        let strict = yaml("FB", "", "    max-rc: 0\n");
        let job = job(&records, &strict);
        let run = job.run(&["--json", "--memory", "16M"]).status(4).nothing_published();
        let report = run.json();
        let statuses: Vec<&Value> =
            report["steps"].as_array().unwrap().iter().map(|step| &step["status"]).collect();
        assert_eq!(statuses, ["failed", "bypassed", "bypassed"], "{report}");
        assert_eq!(report["steps"][1]["reason"], "an earlier step failed");
        let after = strict.replace("max-rc: 0", "max-rc: 4");
        job.put("job.yaml", after.as_bytes());
        let again = job.run(&["--json", "--accept-changes"]);
        assert!(again.status == 4 || again.status == 0, "{}", again.stderr);
        assert_eq!(job.read("out.ebc").len(), 9000 * 40);
        let verify = job.offhost(&["verify", "out.ebc", "--root", &job.root()]);
        assert_eq!(verify.status, 0, "{}", verify.stderr);
    }
}

/// A step between writer and sort has its turn before the sort: when it fails, the sort has never run.
#[test]
fn steps_between_writer_and_sort_come_first() {
    let records = records(9000, 1, Disorder::Nowhere);
    let between =
        |sort: &str| yaml("FB", "", &format!("  - step: FIRST\n    sort: {{ in: a, out: rest{sort} }}\n"));
    let order = |run: &Run<'_>| {
        let steps = run.json()["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| step["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for means in MEANS {
        let doubled: Vec<Vec<u8>> = records.iter().chain(&records[..1]).cloned().collect();
        let text = between(", by: [ SEQ ], duplicates: { keep: unique }");
        let job = job(&doubled, &text);
        let run = job.run(&[&["--json"], means].concat()).nothing_published();
        if !means.contains(&"--jobs") {
            assert_eq!(order(&run), ["ended", "abended", "bypassed", "bypassed"], "{}", run.stderr);
        }
        job.put("job.yaml", between("").as_bytes());
        let again = job.run(&[&["--json", "--accept-changes"], means].concat()).status(0);
        assert_eq!(job.read("out.ebc").len(), 9001 * 40, "{}", again.stderr);
    }
}

/// A sort that fails leaves its writer done: what it wrote is kept for the next attempt if it is little, and made again if not.
#[test]
fn a_writer_whose_sort_fails_has_ended_well() {
    for (count, filler, kept) in [(9000, 22, true), (90_000, 200, false)] {
        let mut records: Vec<Vec<u8>> =
            (0..count).map(|number| record(number + 10, number, filler)).collect();
        let double = records[count - 2].clone();
        records.push(double);
        let unique = yaml("FB", ", duplicates: { keep: unique }", "");
        let job = job(&records, &unique);
        job.put("rec.cpy", COPYBOOK.replace("X(22)", &format!("X({filler})")).as_bytes());
        let run = job.run(&["--json", "--memory", "256M"]).nothing_published().stderr_contains("DAT008");
        let report = run.json();
        assert_eq!(report["steps"][0]["status"], "ended", "{report}");
        assert_eq!(report["steps"][0]["temporaries"][0]["in"], "pipe");
        assert_eq!(report["steps"][1]["status"], "abended", "{report}");
        job.put("job.yaml", unique.replace("unique", "first").as_bytes());
        let again = job.run(&["--json", "--accept-changes"]).status(0);
        assert_eq!(job.read("out.ebc").len(), count * (18 + filler));
        let how = if kept { "kept" } else { "ended" };
        assert_eq!(again.json()["steps"][0]["status"], how, "{}", again.stdout);
    }
}

/// Files fail at any operation, those of the sort among them while the writer is still at work: nobody waits for ever, what is
/// published is whole, and the next attempt makes it good.
#[test]
fn a_pipe_that_fails_at_any_operation_is_laid_again() {
    for (disorder, fault) in [
        (Disorder::Nowhere, Fault::Once),
        (Disorder::Behind(3000), Fault::Forever),
        (Disorder::Behind(3000), Fault::Once),
        (Disorder::Everywhere, Fault::NoSpace),
    ] {
        let records = records(4000, 1, disorder);
        let resources = Resources { threads: 2, memory: 1 << 20, ..Resources::default() };
        let options = || Start { resources: resources.clone(), jobs: 2, ..Start::default() };
        let mut sorted = records.clone();
        sorted.sort_by(|one, other| one[..6].cmp(&other[..6]));
        let whole = sorted.concat();
        let mut failed = 0;
        for fail_at in (1..20_000).step_by(if rounds(1) > 1 { 1 } else { 3 }) {
            let job = job(&records, &yaml("FB", "", ""));
            let (root, plan) = job.plan(&[]);
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let first = start(&fs, &plan, &root, &options(), &Silent);
            let when = format!("{disorder:?}, {fault:?} at operation {fail_at}: {:?}", first.error);
            let left = job.read("out.ebc");
            assert!(left == b"old" || left == whole, "{when}");
            let again = start(&RealFs, &plan, &root, &options(), &Silent);
            assert!([0, 76].contains(&again.status), "{when}, then {:?}", again.error);
            assert!(job.read("out.ebc") == whole, "{when}");
            if first.error.is_none() && fs.operations() < fail_at {
                assert!(first.report.steps[1].sorts[0].1.passed == (disorder == Disorder::Nowhere), "{when}");
                break;
            }
            failed += u64::from(first.error.is_some());
        }
        assert!(failed > 5, "{fault:?}: {failed}");
    }
}

/// A writer that makes more than was expected of it: the sort writes work files, and leaves none.
#[test]
fn more_than_was_expected_goes_to_work_files() {
    let records = records(10_000, 1, Disorder::Everywhere);
    let five = RULES.replace("{ emit: POSTED, from: REC }", &["{ emit: POSTED, from: REC }"; 5].join(", "));
    let mut sorted: Vec<Vec<u8>> = records.iter().flat_map(|record| vec![record.clone(); 5]).collect();
    sorted.sort_by(|one, other| one[..6].cmp(&other[..6]));
    let job = job(&records, &yaml("FB", "", ""));
    job.put("rules.yaml", five.as_bytes());
    let means = ["--json", "--memory", "2M", "--threads", "2"];
    let report = job.run(&means).status(0).published("out.ebc", &sorted.concat()).json();
    assert_eq!(report["steps"][0]["temporaries"][0]["in"], "pipe");
    assert!(report["steps"][1]["sorts"][0]["runs"].as_u64().unwrap() > 0, "{}", report["steps"][1]);
    settled(&job, "a sort behind a pipe that spilled");
}

/// A signal while both are at work: both stop, and the next attempt does both.
#[test]
fn a_run_that_is_stopped_has_neither() {
    let records = records(9000, 1, Disorder::Nowhere);
    let text = yaml("FB", "", "  - step: FIRST\n    sort: { in: a, out: rest }\n");
    let text = text.replace("job: PIPE", "job: PIPE\nlimits: { time: 1h }");
    let job = job(&records, &text);
    let (root, plan) = job.plan(&[]);
    let stop_it = Stop::default();
    let options = |stop: &Stop| Start { stop: stop.clone(), jobs: 1, ..Start::default() };
    let observer = Then("POST", || stop_it.ask(stop::TERMINATED));
    let first = start(&RealFs, &plan, &root, &options(&stop_it), &observer);
    assert!(first.error.is_some() && job.read("out.ebc") == b"old", "{first:?}");
    let again = start(&RealFs, &plan, &root, &options(&Stop::default()), &Silent);
    assert_eq!(again.status, 0, "{:?}", again.error);
    assert!(job.read("out.ebc") == records.concat());
}

#[test]
fn the_plan_says_which_sorts_begin_with_their_writer() {
    let job = job(&records(40_000, 1, Disorder::Nowhere), &yaml("FB", "", ""));
    let root = job.root();
    let plan =
        |more: &[&str]| job.offhost(&[&["plan", "job.yaml", "--root", &root], more].concat()).status(0);
    plan(&[]).stdout_contains("SORT begins with POST: it takes @posted in while it is written");
    let json = plan(&["--json"]).json();
    assert_eq!(json["pipes"][0]["reader"], "SORT", "{}", json["pipes"]);
    assert_eq!(plan(&["--json", "--no-pipes"]).json()["pipes"].as_array().unwrap().len(), 0);
    // What would have gone to a file is there for another attempt.
    let json = plan(&["--json", "--memory", "1M"]).json();
    assert_eq!(json["pipes"].as_array().unwrap().len(), 0);
    let run = job.run(&["--json", "--memory", "1M"]).status(0).json();
    assert_eq!(run["steps"][0]["temporaries"][0]["in"], "work file");
}

#[test]
fn the_plan_names_pipes_whose_size_only_the_run_knows() {
    let again = "  - step: AGAIN
    post: { in: \"@sorted\", rules: rules.yaml, out: { POSTED: \"@again\" }, rejects: { to: more } }
  - step: LAST
    sort: { in: \"@again\", out: out, by: [ K ] }
";
    let text = yaml("FB", "", "")
        .replace("out: out, by", "out: \"@sorted\", by")
        .replace("over: out", "over: \"@sorted\"")
        .replace(
            "steps:\n",
            "  \"@sorted\": { like: a }
  \"@again\": { like: a }
  more: { path: more.ebc, like: gone, disp: replace }
steps:
",
        )
        + again;
    let job = job(&records(400, 1, Disorder::Nowhere), &text);
    let plan =
        |more: &[&str]| job.offhost(&[&["plan", "job.yaml", "--root", &job.root()], more].concat()).status(0);
    plan(&[]).stdout_contains(
        "LAST begins with AGAIN if @again fits into memory; its size is not known before AGAIN begins",
    );
    let json = plan(&["--json"]).json();
    let named = |at: usize| (&json["pipes"][at]["dataset"], json["pipes"][at]["bytes"].as_u64());
    assert_eq!(named(0), (&"@posted".into(), Some(400 * 40)), "{}", json["pipes"]);
    assert_eq!(named(1), (&"@again".into(), None), "{}", json["pipes"]);
    // The run knows it.
    let run = job.run(&["--json"]).status(0).json();
    let again = run["steps"].as_array().unwrap().iter().find(|step| step["step"] == "AGAIN").unwrap();
    assert_eq!(again["temporaries"][0]["in"], "pipe", "{again}");
}

/// Conditions and further readers: where a step might not run, or others want the records too, it begins when its turn comes.
#[test]
fn only_what_is_sure_to_run_begins_ahead() {
    let records = records(2000, 1, Disorder::Nowhere);
    let sort = "  - step: SORT\n";
    let base = yaml("FB", "", "")
        .replace("    balance: [ posted.sum = read.sum ]\n", "    balance: [ posted.count >= 0 ]\n");
    let second = "  - step: MORE\n    sort: { in: \"@posted\", out: rest }\n";
    let variants = [
        base.replace(sort, &format!("{sort}    when: rc(POST) = 0\n")),
        base.replace(sort, &format!("{sort}    run-if: always\n")),
        base.replace("  - step: BALANCE\n", &format!("{second}  - step: BALANCE\n")),
    ];
    for text in variants {
        let job = job(&records, &text);
        let report = job.run(&["--json"]).status(0).within(Duration::from_secs(30)).json();
        assert_eq!(report["steps"][0]["temporaries"][0]["in"], "memory", "{text}");
        assert_eq!(runs_of(&job).len(), 1);
    }
}
