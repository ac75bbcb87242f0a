//! Crashes at every operation of a run, disks that fill up, kills at any moment: each published dataset is the old one
//! or the complete new one, and running again gives the bytes of an undisturbed run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use offhost::run::{Outcome, Resources, Silent, Start, run, start};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{RealFs, Stop};

use crate::harness::{Job, Random, files_below, packed, rounds, text};

/// An account and an amount.
pub const COPYBOOK: &str = "
       01  REC.
           05  ACCT      PIC X(8).
           05  AMT       PIC S9(9)V99 COMP-3.
";

/// Three steps, a temporary dataset, and two outputs of which one must not exist and one is replaced.
const YAML: &str = "
version: 1
job: CRASH
datasets:
  input: { path: in.ebc, record: { copybook: rec.cpy } }
  fresh: { path: new/fresh.ebc, like: input, disp: new }
  again: { path: again.ebc, like: input, disp: replace }
steps:
  - step: ONE
    sort: { in: input, out: \"@sorted\", by: [ ACCT ] }
    totals: [ { name: before, over: input, sum: AMT } ]
  - step: TWO
    sort: { in: \"@sorted\", out: fresh, by: [ AMT ] }
    totals: [ { name: fresh, over: fresh, sum: AMT } ]
  - step: THREE
    sort: { in: \"@sorted\", out: again }
    totals: [ { name: again, over: again, sum: AMT } ]
  - step: BALANCE
    balance: [ before.sum = fresh.sum, fresh.count = again.count ]
";

const OUTPUTS: [&str; 3] = ["new/fresh.ebc", "again.ebc", "manifest.json"];

/// The same, each step published when it has ended, and a list of all behind them.
fn step_by_step() -> String {
    format!("{YAML}publish: per-step\nmanifest: manifest.json\n")
}

fn job(records: usize) -> Job {
    job_of(YAML, records)
}

/// So many records of accounts and amounts.
pub fn records(seed: u64, count: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let record = |_| {
        let account = format!("A{:06}", random.below(1_000_000));
        [text(&account, 8), packed(random.below(1_000_000) as i128, 11, true)].concat()
    };
    (0..count).flat_map(record).collect()
}

fn job_of(yaml: &str, records: usize) -> Job {
    let bytes = self::records(5, records);
    Job::new().text("rec.cpy", COPYBOOK).file("in.ebc", &bytes).file("again.ebc", b"the old one").yaml(yaml)
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What an undisturbed run leaves behind.
fn undisturbed(yaml: &str, records: usize) -> Files {
    let job = job_of(yaml, records);
    job.run(&[]).status(0);
    files_below(job.path())
}

/// Every output must be as before or complete, every input untouched.
fn check_whole(job: &Job, before: &Files, complete: &Files, when: &str) {
    let after = files_below(job.path());
    for output in OUTPUTS.map(PathBuf::from) {
        let found = after.get(&output);
        assert!(
            found == before.get(&output) || found == complete.get(&output),
            "{when}: {output:?} is neither old nor new"
        );
    }
    for (name, bytes) in before.iter().filter(|(name, _)| !OUTPUTS.map(PathBuf::from).contains(name)) {
        assert!(after.get(name) == Some(bytes), "{when}: {name:?} was changed");
    }
}

/// Goes on with the run until it succeeds. If nothing but tidying was left to do, it is complete already.
fn run_again(job: &Job, complete: &Files, when: &str) {
    let again = job.run(&[]);
    let done = again.status == 76 && files_below(job.path()) == *complete;
    assert!(again.status == 0 || done, "{when}: {}", again.stderr);
    let after = files_below(job.path());
    assert!(after.keys().eq(complete.keys()), "{when}: {:?}", after.keys());
    assert!(after == *complete, "{when}: other bytes than in an undisturbed run");
}

/// Fails operation after operation until a run gets through; returns how many there were.
fn fail_everywhere(fault: Fault) -> u64 {
    fail_everywhere_with(fault, (YAML, 40), &Start::default(), 1)
}

/// As `fail_everywhere`, for a job of so many records started like this, at every operation or at one in `step`.
fn fail_everywhere_with(fault: Fault, (yaml, records): (&str, usize), options: &Start, step: usize) -> u64 {
    let complete = undisturbed(yaml, records);
    for fail_at in (1..20_000).step_by(step) {
        let job = job_of(yaml, records);
        let before = files_below(job.path());
        let (root, plan) = job.plan(&[]);
        let fs = FaultFs::new(RealFs, fault, fail_at);
        // A limit that stopped one attempt would stop the next.
        let options = Start { stop: Stop::default(), ..options.clone() };
        let Outcome { error, .. } = start(&fs, &plan, &root, &options, &Silent);
        let when = format!("{fault:?} at operation {fail_at}");
        check_whole(&job, &before, &complete, &when);
        if error.is_none() && fs.operations() < fail_at {
            return fail_at - 1;
        }
        run_again(&job, &complete, &when);
    }
    panic!("no end of operations");
}

#[test]
fn an_operation_that_fails_once_leaves_old_or_complete_outputs() {
    assert!(fail_everywhere(Fault::Once) > 20);
}

#[test]
fn a_crash_at_any_operation_leaves_old_or_complete_outputs() {
    assert!(fail_everywhere(Fault::Forever) > 20);
}

#[test]
fn a_full_disk_at_any_operation_leaves_old_or_complete_outputs() {
    assert!(fail_everywhere(Fault::NoSpace) > 20);
}

/// The sorts write runs and merge them, and the temporary goes to a work file.
#[test]
fn sorts_that_spill_leave_old_or_complete_outputs() {
    let means = Resources { memory: 1 << 20, threads: 2, ..Resources::default() };
    let step = if rounds(1) > 1 { 1 } else { 41 };
    let options = Start { resources: means, ..Start::default() };
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        assert!(fail_everywhere_with(fault, (YAML, 60_000), &options, step) > 100, "{fault:?}");
    }
}

/// A crash between the outputs of two steps, of which one is visible and stays; one by one and side by side.
#[test]
fn steps_published_one_by_one_leave_old_or_complete_outputs() {
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        for jobs in [1, 2] {
            let options = Start { jobs, ..Start::default() };
            assert!(fail_everywhere_with(fault, (&step_by_step(), 40), &options, 1) > 30, "{fault:?}");
        }
    }
}

#[test]
fn a_full_disk_is_called_that() {
    for fail_at in 1..400 {
        let job = job(40);
        let (root, plan) = job.plan(&[]);
        let fs = FaultFs::new(RealFs, Fault::NoSpace, fail_at);
        let Outcome { error: Some(error), .. } = run(&fs, &plan, &root, &Resources::default(), &Silent)
        else {
            return;
        };
        assert_eq!(error.code.class().exit_status(), 82, "operation {fail_at}: {}", error.message);
    }
}

#[test]
fn a_run_that_failed_leaves_no_temporary_data() {
    let job = job(40);
    let bad = String::from_utf8(job.read("job.yaml"))
        .unwrap()
        .replace("before.sum = fresh.sum", "before.sum > fresh.sum");
    job.put("job.yaml", bad.as_bytes());
    job.run(&[]).status(87).nothing_published();
    assert_eq!(temporary_files(&job), Vec::<PathBuf>::new());
    let hidden: Vec<_> = files_below(job.path())
        .into_keys()
        .filter(|name| name.extension().is_some_and(|e| e == "part"))
        .collect();
    assert_eq!(hidden, Vec::<PathBuf>::new());
}

#[test]
fn temporary_data_of_a_killed_run_is_removed_by_the_next_one() {
    for fail_at in (10..60).step_by(5) {
        let job = job(40);
        let (root, plan) = job.plan(&[]);
        let _ =
            run(&FaultFs::new(RealFs, Fault::Forever, fail_at), &plan, &root, &Resources::default(), &Silent);
        job.run(&[]);
        assert_eq!(temporary_files(&job), Vec::<PathBuf>::new(), "operation {fail_at}");
    }
}

/// Files in the folders for temporary datasets below `.offhost`.
fn temporary_files(job: &Job) -> Vec<PathBuf> {
    let all = files_below(&job.path().join(".offhost"));
    all.into_keys().filter(|name| name.components().any(|part| part.as_os_str() == "tmp")).collect()
}

#[test]
fn two_runs_of_one_process_in_one_second_do_not_disturb_each_other() {
    let job = job(40);
    let (root, plan) = job.plan(&[]);
    for _ in 0..2 {
        let _ = std::fs::remove_file(job.path().join(OUTPUTS[0]));
        let again = Start { rerun: true, ..Start::default() };
        let Outcome { error, .. } = start(&RealFs, &plan, &root, &again, &Silent);
        assert!(error.is_none(), "{}", error.unwrap().message);
    }
    let journals = files_below(&job.path().join(".offhost"));
    for (name, bytes) in journals.into_iter().filter(|(name, _)| name.ends_with("journal.jsonl")) {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.matches("\"started\"").count() <= 1, "{name:?} holds two runs");
    }
}

#[test]
fn two_runs_at_the_same_time_leave_complete_outputs() {
    let complete = undisturbed(YAML, 20_000);
    let job = job(20_000);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let status = Command::new(env!("CARGO_BIN_EXE_offhost"))
                    .args(["run", "job.yaml", "--quiet", "--root"])
                    .arg(job.path())
                    .stderr(Stdio::null())
                    .status()
                    .unwrap();
                assert!([0, 75, 76].contains(&status.code().unwrap()), "{status}");
            });
        }
    });
    assert!(files_below(job.path()) == complete);
}

#[test]
fn a_kill_at_any_moment_leaves_old_or_complete_outputs() {
    let records = 60_000;
    let complete = undisturbed(YAML, records);
    let timed = job(records);
    let whole = timed.run(&[]).status(0).took.as_micros() as usize;
    let mut random = Random::new(11);
    for round in 0..rounds(20) {
        let job = job(records);
        let before = files_below(job.path());
        let mut child = Command::new(env!("CARGO_BIN_EXE_offhost"))
            .args(["run", "job.yaml", "--quiet", "--root"])
            .arg(job.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(random.below(whole) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let when = format!("killed in round {round}");
        check_whole(&job, &before, &complete, &when);
        run_again(&job, &complete, &when);
    }
}
