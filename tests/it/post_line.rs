//! Masters in a balanced line: whatever a run leaves must not tell whether they were in memory. Data that are all of one key, that
//! are none, and that are wrong in places; rules and data by chance are in [`crate::post_threads`].

use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use offhost::diag::{Style, render};
use offhost::job::{Request, load};
use offhost::run::{How, Observer, Resources, Silent, Start, StepReport, forecast, start};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::stop::{self, Stop};
use offhost::sys::{RealFs, Root};

use crate::harness::{Job, Random, ebcdic, files_below, packed, rounds, runs_of, with_rdw};
use crate::sort_faults::SmallDisk;

const BOOKS: [(&str, &str); 6] = [
    ("tx", "01 TX.\n  05 T-ACCT PIC 9(4).\n  05 T-SUB PIC 9.\n  05 T-AMT PIC S9(5) COMP-3.\n"),
    // Keys of other shapes: values meet, not bytes.
    ("account", "01 ACCOUNT.\n  05 A-ID PIC S9(7) COMP-3.\n  05 A-BAL PIC S9(9) COMP-3.\n"),
    ("subs", "01 SUBS.\n  05 S-SUB PIC 9.\n  05 S-ACCT PIC 9(6).\n  05 S-SUM PIC S9(9) COMP-3.\n"),
    ("limit", "01 LIMITS.\n  05 L-ACCT PIC 9(4)V9.\n  05 L-MAX PIC S9(5) COMP-3.\n"),
    ("rate", "01 RATE.\n  05 R-SUB PIC 9.\n  05 R-PER PIC 9.\n"),
    (
        "line",
        "01 LINE.\n  05 O-ACCT PIC 9(4).\n  05 O-NUM PIC 9(6).\n  05 O-BAL PIC S9(9) COMP-3.\n  05 O-SUM PIC S9(9) COMP-3.\n",
    ),
];

const RULES: &str = "version: 1
program: LINE
totals:
  - total: MOVED
    in: [ { sum: T-AMT - T-AMT } ]
    out: [ { sum: A-BAL - A-BAL, change-of: ACCOUNT } ]
edits:
  - rule: ACCOUNT
    do: [ { lookup: ACCOUNT, key: T-ACCT, missing: reject, code: NOACCT } ]
  - rule: LIMIT
    do:
      - { lookup: LIMITS, key: T-ACCT, missing: continue }
      - { reject: OVER, when: LIMITS-FOUND AND T-AMT > L-MAX }
rules:
  - rule: POST
    do:
      - { lookup: ACCOUNT, key: T-ACCT, missing: stop }
      - { lookup: RATE, key: T-SUB, missing: continue }
      - { lookup: SUBS, key: [ T-SUB, T-ACCT ], missing: create }
      - { compute: A-BAL, is: A-BAL + T-AMT * R-PER, on-size-error: truncate }
      - { add: T-AMT, to: S-SUM }
      - { warn: LOW, reason: BELOW ZERO, when: A-BAL < 0 }
      - { reject: LATE, when: T-AMT = 4242 }
      - { stop: NO SUCH AMOUNT, when: T-AMT = 31313 }
      - emit: OUT
        do: [ { move: T-ACCT, to: O-ACCT }, { move: RECORD-NUMBER, to: O-NUM }, { move: A-BAL, to: O-BAL }, { move: S-SUM, to: O-SUM } ]
  - rule: CLOSE
    when: T-AMT = 77
    do: [ { lookup: ACCOUNT, key: T-ACCT, missing: stop }, { delete: ACCOUNT }, { lookup: SUBS, key: [ T-SUB, T-ACCT ], missing: stop }, { delete: SUBS } ]
end: [ { emit: OUT, do: [ { move: ACCOUNT-ROWS, to: O-NUM }, { move: SUBS-ROWS, to: O-BAL } ] } ]
reject-record: [ { move: T-ACCT, to: O-ACCT }, { move: RECORD-NUMBER, to: O-NUM } ]
";

const JOB: &str = "version: 1
job: LINE
datasets:
  tx: { path: tx, record: { copybook: tx.cpy, recfm: F } }
  account: { path: account, record: { copybook: account.cpy, recfm: F } }
  subs: { path: subs, record: { copybook: subs.cpy, recfm: F } }
  limit: { path: limit, record: { copybook: limit.cpy, recfm: F } }
  rate: { path: rate, record: { copybook: rate.cpy, recfm: F } }
  account-new: { path: account-new, like: account, disp: replace }
  subs-new: { path: subs-new, like: subs, disp: replace }
  limit-new: { path: limit-new, like: limit, disp: replace }
  out: { path: out, record: { copybook: line.cpy, recfm: F }, disp: replace }
  rejects: { path: rejects, like: out, disp: replace }
steps:
  - step: POST
    post:
      in: tx
      rules: rules.yaml
      masters:
        ACCOUNT: { dataset: account, key: [ A-ID ], new: account-new }
        SUBS: { dataset: subs, key: [ S-SUB, S-ACCT ], new: subs-new }
        LIMITS: { dataset: limit, key: [ L-ACCT ], new: limit-new }
        RATE: { dataset: rate, key: [ R-SUB ] }
      out: { OUT: out }
      rejects: { to: rejects }
";

const WRITTEN: [&str; 5] = ["out", "rejects", "account-new", "subs-new", "limit-new"];

/// Files of the job: transactions of so many accounts, rows of most of these and of others.
struct Data {
    tx: Vec<Vec<u8>>,
    account: Vec<Vec<u8>>,
    subs: Vec<Vec<u8>>,
    limit: Vec<Vec<u8>>,
    rate: Vec<Vec<u8>>,
}

fn account(id: usize, balance: i128) -> Vec<u8> {
    [packed(id as i128, 7, true), packed(balance, 9, true)].concat()
}

fn transaction(account: usize, sub: usize, amount: i128) -> Vec<u8> {
    [ebcdic(&format!("{account:04}{sub}")), packed(amount, 5, true)].concat()
}

fn data(seed: u64, accounts: usize, transactions: usize) -> Data {
    let mut chance = Random::new(seed);
    let mut some = |count: usize| -> Vec<Vec<u8>> {
        let mut one = || {
            let amount = [chance.below(9000) as i128 - 3000, 77, 4242]
                [[0, 0, 0, 0, 0, 0, 0, 0, 1, 2][chance.below(10)]];
            transaction(chance.below(accounts), chance.below(4), amount)
        };
        (0..count).map(|_| one()).collect()
    };
    let tx = some(transactions);
    let rows = |keep: usize| (0..accounts + 50).rev().filter(move |id| id % keep > 0);
    Data {
        tx,
        account: rows(7).map(|id| account(id, id as i128 * 10)).collect(),
        subs: rows(3)
            .map(|id| [ebcdic(&format!("{}{id:06}", id % 4)), packed(5, 9, true)].concat())
            .collect(),
        limit: rows(2).map(|id| [ebcdic(&format!("{id:04}0")), packed(5000, 5, true)].concat()).collect(),
        rate: (0..3).map(|sub| ebcdic(&format!("{sub}{}", sub + 1))).collect(),
    }
}

fn job(data: &Data, text: &str, rules: &str) -> Job {
    let mut job = Job::new().yaml(text).text("rules.yaml", rules);
    for (name, book) in BOOKS {
        job = job.text(&format!("{name}.cpy"), book);
    }
    let Data { tx, account, subs, limit, rate } = data;
    let files = [("tx", tx), ("account", account), ("subs", subs), ("limit", limit), ("rate", rate)];
    files.into_iter().for_each(|(name, records)| job.put(name, &records.concat()));
    job
}

/// All that a run leaves.
#[derive(PartialEq)]
struct Left {
    files: Vec<Option<Vec<u8>>>,
    told: String,
}

fn run(folder: &Path, threads: usize, masters: Option<u64>) -> (Left, Option<String>) {
    let root = Root::new(folder).unwrap();
    let request =
        Request { job: "job.yaml".to_owned(), root: root.clone(), settings: Vec::new(), explained: false };
    let (plan, _) = load(&RealFs, &request).unwrap_or_else(|found| {
        panic!("{:?}", found.list().iter().map(|it| render(it, Style::Plain)).collect::<String>())
    });
    WRITTEN.iter().for_each(|name| drop(std::fs::remove_file(folder.join(name))));
    let resources = Resources { threads, memory: 1 << 20, masters, ..Resources::default() };
    let outcome =
        start(&RealFs, &plan, &root, &Start { resources, rerun: true, ..Start::default() }, &Silent);
    let mut told = format!("status {}\n", outcome.status);
    let mut line = None;
    match outcome.error {
        Some(error) => told += &render(&error, Style::Plain),
        None => {
            let step = &outcome.report.steps[0];
            let mut json = step.to_json();
            let document = json.as_object_mut().unwrap();
            ["start", "seconds", "sorts", "masters"].iter().for_each(|name| drop(document.remove(*name)));
            write!(told, "{json:#}").unwrap();
            line = step.masters.clone();
        }
    }
    (Left { files: WRITTEN.iter().map(|name| std::fs::read(folder.join(name)).ok()).collect(), told }, line)
}

/// Runs a job in memory and in lines of several windows and threads; answers what it told.
fn same(job: &Job) -> String {
    let (wanted, in_memory) = run(job.path(), 1, None);
    assert_eq!(in_memory, None);
    for (threads, masters) in [(1, 0), (2, 0), (3, 0), (1, 700), (2, 2000), (3, 5000)] {
        let (found, line) = run(job.path(), threads, Some(masters));
        assert_eq!(found.told, wanted.told, "{threads} threads, {masters} bytes");
        assert!(found.files == wanted.files, "{threads} threads, {masters} bytes");
        // A run that was stopped does not say, and what fits is no line.
        if masters == 0 && !wanted.told.contains("error[") {
            let line = line.unwrap_or_default();
            assert!(line.starts_with("balanced line: transactions and ACCOUNT, SUBS"), "{line}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(job.path().join(".offhost/runs")).unwrap().flatten().collect();
    for folder in left {
        assert!(!folder.path().join("tmp").exists(), "{}", folder.path().display());
    }
    wanted.told
}

#[test]
fn a_line_leaves_what_memory_leaves() {
    for (seed, accounts, transactions) in [(1, 30, 900), (2, 60, 3000), (3, 900, 9000)] {
        let told = same(&job(&data(seed, accounts, transactions), JOB, RULES));
        let wanted = [
            "status 4",
            "reject NOACCT",
            "reject OVER",
            "reject LATE",
            "warning LOW",
            "deleted from",
            "created in",
        ];
        wanted.iter().for_each(|text| assert!(told.contains(text), "{text} in {told}"));
    }
}

#[test]
fn skew_and_nothing() {
    let same = |data: &Data| same(&job(data, JOB, RULES));
    let one_key = data(5, 1, 4000);
    same(&Data { account: vec![account(0, 0)], ..one_key });
    let empty = || data(6, 40, 600);
    same(&Data { tx: Vec::new(), ..empty() });
    same(&Data { account: Vec::new(), ..empty() });
    same(&Data { subs: Vec::new(), limit: Vec::new(), ..empty() });
    // Rows that no transaction comes for, and transactions that no row is there for.
    same(&Data { account: (5000..5400).map(|id| account(id, 1)).collect(), ..empty() });
}

#[test]
fn the_first_that_fails_is_told_wherever_it_stands_in_the_line() {
    let whole = || data(8, 60, 2000);
    let told = |change: &dyn Fn(&mut Data), text: &str, rules: &str| {
        let mut data = whole();
        change(&mut data);
        same(&job(&data, text, rules))
    };
    let bad = |record: &mut Vec<u8>| record[5] = 0xFF;
    let text =
        told(&|data| [1500, 700, 701, 1900].into_iter().for_each(|at| bad(&mut data.tx[at])), JOB, RULES);
    assert!(text.contains("DAT001") && text.contains("dataset tx, record 701, file offset 5600"), "{text}");
    let invalid = JOB.replace("rules: rules.yaml", "rules: rules.yaml\n      invalid-data: reject");
    let text = told(&|data| [9, 700].into_iter().for_each(|at| bad(&mut data.tx[at])), &invalid, RULES);
    assert!(text.contains("INVALID-DATA"), "{text}");
    // Rows whose bytes are wrong: a key, an amount that a transaction needs, an amount that a balance needs.
    let text = told(&|data| data.account[30][0] = 0xFF, JOB, RULES);
    assert!(text.contains("A-ID") && text.contains("record 31"), "{text}");
    let text = told(&|data| (20..40).for_each(|at| data.subs[at][8] = 0xFF), JOB, RULES);
    assert!(text.contains("S-SUM"), "{text}");
    let text = told(&|data| [40, 20].into_iter().for_each(|at| data.account[at][5] = 0xFF), JOB, RULES);
    assert!(text.contains("A-BAL"), "{text}");
    // Keys that occur twice: the first of the file is told, of the first master.
    let twice = |data: &mut Data| {
        for (from, to) in [(3, 50), (40, 45), (41, 44)] {
            data.subs[to] = data.subs[from].clone();
            data.account[to] = data.account[from].clone();
        }
    };
    let text = told(&twice, JOB, RULES);
    assert!(text.contains("DAT008") && text.contains("dataset account, record 45"), "{text}");
    // A transaction that a rule stops, before and behind one that cannot be read.
    let stop = |data: &mut Data, at: usize| data.tx[at] = transaction(64, 1, 31313);
    let text = told(&|data| [1200, 300].into_iter().for_each(|at| stop(data, at)), JOB, RULES);
    assert!(text.contains("NO SUCH AMOUNT") && text.contains("301"), "{text}");
    let cut = |data: &mut Data| data.tx.last_mut().unwrap().truncate(3);
    let text = told(&cut, JOB, RULES);
    assert!(text.contains("dataset tx") || text.contains("tx"), "{text}");
}

/// Work files, outputs and the journal fail at any operation: what is published is all there or not at all, and is right in the end.
#[test]
fn a_line_that_fails_at_any_operation_is_done_again() {
    let whole = || job(&data(4, 60, 4_000), JOB, RULES);
    let complete = run(whole().path(), 1, None).0.files;
    let resources = Resources { threads: 2, memory: 1 << 20, masters: Some(2000), ..Resources::default() };
    let options = || Start { resources: resources.clone(), ..Start::default() };
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        let mut failed = 0;
        for fail_at in (1..20_000).step_by(if rounds(1) > 1 { 1 } else { 7 }) {
            let job = whole();
            let (root, plan) = job.plan(&[]);
            let files = || WRITTEN.map(|name| std::fs::read(job.path().join(name)).ok()).to_vec();
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let first = start(&fs, &plan, &root, &options(), &Silent);
            let when = format!("{fault:?} at operation {fail_at}: {:?}", first.error);
            let left = files();
            let mut each = left.iter().zip(&complete);
            assert!(each.all(|(found, whole)| found.is_none() || found == whole), "{when}");
            let again = start(&RealFs, &plan, &root, &options(), &Silent);
            assert!([4, 76].contains(&again.status), "{when}, then {:?}", again.error);
            assert!(files() == complete, "{when}");
            let tmp = std::fs::read_dir(job.path().join(".offhost/runs")).unwrap().flatten();
            assert!(tmp.into_iter().all(|run| !run.path().join("tmp").exists()), "{when}");
            if first.error.is_none() && fs.operations() < fail_at {
                break;
            }
            failed += u64::from(first.error.is_some());
        }
        assert!(failed > 5, "{fault:?}: {failed}");
    }
}

#[test]
fn one_reject_too_many_is_the_same_one() {
    let data = data(9, 60, 2000);
    for most in [0, 1, 57, 300, 100_000] {
        let text = JOB.replace("to: rejects }", &format!("to: rejects, max-count: {most} }}"));
        let told = same(&job(&data, &text, RULES));
        assert_eq!(told.contains("RUN008"), most < 100_000, "{told}");
    }
}

#[test]
fn what_a_line_cannot_take_is_said() {
    let how = |text: &str, rules: &str| {
        let job = job(&data(3, 20, 100), text, rules);
        let root = Root::new(job.path()).unwrap();
        let request = Request {
            job: "job.yaml".to_owned(),
            root: root.clone(),
            settings: Vec::new(),
            explained: false,
        };
        let (plan, _) = load(&RealFs, &request).unwrap_or_else(|found| {
            panic!("{:?}", found.list().iter().map(|it| render(it, Style::Plain)).collect::<String>())
        });
        let resources = Resources { memory: 1 << 20, masters: Some(0), ..Resources::default() };
        let size = |name: &str| std::fs::metadata(job.path().join(name)).ok().map(|meta| meta.len());
        match &forecast(&plan, &resources, &size).masters[0].how {
            How::Memory => panic!("in memory"),
            How::Line(partition) => {
                let names = partition.masters.iter().map(|it| if it.is_some() { "divided" } else { "whole" });
                let whys = partition.whole.iter().map(|(_, why)| why.clone());
                names.map(str::to_owned).chain(whys).collect::<Vec<_>>().join(", ")
            }
            How::Whole(reasons) => reasons.join(", "),
        }
    };
    let rate = "divided, divided, divided, whole, RATE is not looked up by what divides the transactions";
    assert_eq!(how(JOB, RULES), rate);
    let ended = RULES.replace("end: [", "end: [ { lookup: ACCOUNT, key: \"1\", missing: continue },");
    assert_eq!(how(JOB, &ended), "ACCOUNT is looked up at the start or the end");
    let ended = RULES.replace("end: [", "end: [ { lookup: LIMITS, key: \"1\", missing: continue },");
    assert!(
        how(JOB, &ended)
            .contains("divided, divided, whole, whole, LIMITS is looked up at the start or the end")
    );
    let alternate = JOB.replace("key: [ L-ACCT ]", "key: [ L-ACCT ], alternate: { BY-MAX: [ L-MAX ] }");
    assert!(how(&alternate, RULES).contains("LIMITS has an alternate key"));
}

/// A second input whose records are shorter, of accounts too, and rejected where there is no limit for them; it leaves accounts alone.
#[test]
fn several_inputs_are_one_line() {
    let text = JOB.replace("in: tx\n", "in: [ tx, notes, late ]\n").replace(
        "  account: {",
        "  notes: { path: notes, record: { copybook: note.cpy, recfm: F } }
  late: { path: late, record: { copybook: late.cpy, recfm: V } }
  account: {",
    );
    let rules = RULES
        .replace("{ sum: T-AMT - T-AMT }", "{ sum: T-AMT - T-AMT, input: tx }")
        .replace("edits:\n  - rule: ACCOUNT\n", "edits:\n  - rule: ACCOUNT\n    input: tx\n")
        .replace("  - rule: LIMIT\n", "  - rule: LIMIT\n    input: tx\n")
        .replace("  - rule: POST\n", "  - rule: POST\n    input: tx\n")
        .replace("  - rule: CLOSE\n    when: T-AMT = 77\n", "  - rule: CLOSE\n    input: tx\n    when: T-AMT = 77\n")
        .replace(
            "end: [",
            "  - rule: NOTE
    input: notes
    do:
      - { lookup: RATE, key: N-SUB, missing: reject, code: NORATE }
      - { emit: OUT, do: [ { move: R-PER, to: O-ACCT }, { move: RECORD-NUMBER, to: O-NUM } ] }
  - rule: LATE
    input: late
    do: [ { emit: OUT, do: [ { move: L-WHAT, to: O-ACCT }, { move: RECORD-LENGTH, to: O-NUM } ], when: L-WHAT > 2 } ]
end: [",
        );
    let with = |data: &Data| {
        let records: Vec<u8> = (0..500).flat_map(|at| ebcdic(&format!("{}", at % 5))).collect();
        let late: Vec<u8> =
            (0..700).flat_map(|at| with_rdw(&ebcdic(&format!("{}{}", at % 6, "X".repeat(at % 9))))).collect();
        job(data, &text, &rules)
            .text("note.cpy", "01 NOTES.\n  05 N-SUB PIC 9.\n")
            .text(
                "late.cpy",
                "01 LATES.\n  05 L-WHAT PIC 9.\n  05 L-MANY PIC X OCCURS 0 TO 9 DEPENDING ON L-WHAT.\n",
            )
            .file("notes", &records)
            .file("late", &late)
    };
    let told = same(&with(&data(12, 60, 2500)));
    for text in ["status 4", "reject NOACCT", "reject NORATE", "reject NO-RULE", "\"notes\"", "\"late\""] {
        assert!(told.contains(text), "{text} in {told}");
    }
    same(&with(&Data { tx: Vec::new(), ..data(13, 30, 0) }));
}

/// What an observer saw of the walk.
#[derive(Default)]
struct Walk {
    begun: Mutex<Option<(String, u64)>>,
    gone: AtomicU64,
    /// Asked to end when so many records are gone through.
    stop: Option<(u64, Stop)>,
}

impl Observer for Walk {
    fn step_started(&self, _: &str, _: &str, _: u64) {}
    fn progress(&self, _: u64, _: u64) {
        assert!(self.begun.lock().unwrap().is_none(), "something is read while the line is walked");
    }
    fn stage_started(&self, step: &str, stage: &str, records: u64) {
        assert_eq!(step, "POST");
        *self.begun.lock().unwrap() = Some((stage.to_owned(), records));
    }
    fn stage_progress(&self, records: u64) {
        let gone = self.gone.fetch_add(records, Ordering::Relaxed) + records;
        if let Some((at, stop)) = &self.stop
            && gone >= *at
        {
            stop.ask(stop::TERMINATED);
        }
    }
    fn step_finished(&self, _: &StepReport) {}
    fn note(&self, _: &str) {}
}

fn options(memory: u64) -> Start {
    let resources = Resources { threads: 2, memory, masters: Some(2000), ..Resources::default() };
    Start { resources, ..Start::default() }
}

fn written(job: &Job) -> Vec<Option<Vec<u8>>> {
    WRITTEN.map(|name| std::fs::read(job.path().join(name)).ok()).to_vec()
}

/// No output is there, and nothing that the run has made beside its journal.
fn nothing_is_left(job: &Job, when: &str) {
    assert!(written(job).iter().all(Option::is_none), "{when}");
    let runs = std::fs::read_dir(job.path().join(".offhost/runs")).unwrap().flatten();
    for run in runs {
        let names: Vec<_> =
            std::fs::read_dir(run.path()).unwrap().flatten().map(|it| it.file_name()).collect();
        assert!(!names.iter().any(|name| name == "tmp" || name == "sorts"), "{when}: {names:?}");
    }
    assert!(files_below(job.path()).keys().all(|path| !path.to_string_lossy().contains(".part")), "{when}");
}

#[test]
fn progress_goes_along_the_line() {
    let transactions = 3000;
    let whole = job(&data(14, 60, transactions), JOB, RULES);
    let (root, plan) = whole.plan(&[]);
    let walk = Walk::default();
    assert_eq!(start(&RealFs, &plan, &root, &options(1 << 20), &walk).status, 4);
    assert_eq!(*walk.begun.lock().unwrap(), Some(("balanced line".to_owned(), transactions as u64)));
    assert_eq!(walk.gone.into_inner(), transactions as u64);
    // In memory there is no such thing.
    let whole = job(&data(14, 60, transactions), JOB, RULES);
    let (root, plan) = whole.plan(&[]);
    let walk = Walk::default();
    assert_eq!(start(&RealFs, &plan, &root, &Start::default(), &walk).status, 4);
    assert_eq!(*walk.begun.lock().unwrap(), None);
}

#[test]
fn the_log_tells_when_the_walk_begins() {
    let accounts: Vec<Vec<u8>> = (0..90_000).map(|id| account(id, 5)).collect();
    let whole = job(&Data { account: accounts, ..data(15, 60, 3000) }, JOB, RULES);
    let run = whole.run(&["--log-format", "json", "--memory", "1M"]).status(4);
    let events: Vec<serde_json::Value> =
        run.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stage = events.iter().find(|event| event["event"] == "step.stage").unwrap();
    let told = (&stage["step"], &stage["stage"], &stage["records"]);
    assert_eq!(told, (&"POST".into(), &"balanced line".into(), &3000.into()));
}

#[test]
fn a_signal_ends_the_walk_and_is_written_down() {
    let complete = run(job(&data(16, 60, 20_000), JOB, RULES).path(), 1, None).0.files;
    for at in [1, 9_000, 15_000] {
        let whole = job(&data(16, 60, 20_000), JOB, RULES);
        let (root, plan) = whole.plan(&[]);
        let stop = Stop::default();
        let walk = Walk { stop: Some((at, stop.clone())), ..Walk::default() };
        let outcome = start(&RealFs, &plan, &root, &Start { stop, ..options(1 << 20) }, &walk);
        assert_eq!(outcome.status, 143, "{:?}", outcome.error);
        assert!(walk.gone.into_inner() < 20_000);
        nothing_is_left(&whole, "stopped");
        let journal = runs_of(&whole);
        let text =
            std::fs::read_to_string(whole.path().join(format!(".offhost/runs/{}/journal.jsonl", journal[0])))
                .unwrap();
        assert!(text.contains("cancelled"), "{text}");
        let again = start(&RealFs, &plan, &root, &options(1 << 20), &Silent);
        assert_eq!(again.status, 4, "{:?}", again.error);
        assert!(written(&whole) == complete);
    }
}

/// The job allows so much temporary data: wherever in the line that is too little, the run ends cleanly, and says so.
#[test]
fn a_line_within_a_limit_of_temporary_data() {
    let data = || data(17, 300, 30_000);
    let complete = run(job(&data(), JOB, RULES).path(), 1, None).0.files;
    let (mut failed, mut while_walking) = (0, 0);
    for limit in (0..12).map(|at| 1000 + at * 400_000u64) {
        let text = JOB.replace("datasets:", &format!("limits: {{ temp: {limit} }}\ndatasets:"));
        let whole = job(&data(), &text, RULES);
        let (root, plan) = whole.plan(&[]);
        let walk = Walk::default();
        let outcome = start(&RealFs, &plan, &root, &options(1 << 20), &walk);
        let when = format!("{limit} bytes");
        match outcome.error {
            None => assert!(written(&whole) == complete, "{when}"),
            Some(error) => {
                assert_eq!((error.code.id(), outcome.status), ("RUN039", 82), "{when}: {}", error.message);
                nothing_is_left(&whole, &when);
                failed += 1;
                while_walking += usize::from(walk.begun.lock().unwrap().is_some());
            }
        }
    }
    assert!((2..12).contains(&failed) && while_walking > 0, "{failed} failed, {while_walking} while walking");
}

#[test]
fn work_files_that_have_no_room_are_known_before_the_first_byte() {
    let Some(disk) = SmallDisk::new("1m") else { return };
    let accounts: Vec<Vec<u8>> = (0..90_000).map(|id| account(id, 5)).collect();
    let whole = job(&Data { account: accounts, ..data(15, 60, 3000) }, JOB, RULES);
    let folder = disk.path().to_str().unwrap();
    let run = whole.run(&["--memory", "1M", "--work-dir", folder]).status(82).nothing_published();
    run.says(&["RUN005", "bytes of work space", "--work-dir"]);
}

/// What a plan says of the work files of a line is no less than what they take where nearly all is posted, and not twice as much;
/// and no run does with less than the least.
#[test]
fn the_plan_tells_the_work_files() {
    for (accounts, transactions) in [(300, 30_000), (4000, 2000)] {
        let mut files = data(18, accounts, 0);
        files.tx = (0..transactions).map(|at| transaction(at % (accounts / 7) * 7 + 1, 1, 5)).collect();
        let planned = job(&files, JOB, RULES);
        let (_, plan) = planned.plan(&[]);
        let size = |name: &str| std::fs::metadata(planned.path().join(name)).ok().map(|meta| meta.len());
        let told = forecast(&plan, &options(1 << 20).resources, &size).masters[0].work;
        let keeps = |limit: u64| {
            let text = JOB.replace("datasets:", &format!("limits: {{ temp: {limit} }}\ndatasets:"));
            let limited = job(&files, &text, RULES);
            let (root, plan) = limited.plan(&[]);
            start(&RealFs, &plan, &root, &options(1 << 20), &Silent).error.is_none()
        };
        assert!(keeps(told.expected), "{told:?} is not enough");
        assert!(!keeps(told.expected / 2), "{told:?} is twice what it takes");
        assert!(!keeps(told.least / 10 * 9), "{told:?} is more than it takes at least");
    }
}
