//! How long the archive keeps what runs kept: the policy of the root, holds, and what a crash in the middle of it leaves.

use std::time::{Duration, SystemTime};

use offhost::archive::Archive;
use offhost::run::{Start, prune_by_policy, start};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{RealFs, Root, stop};
use serde_json::Value;

use crate::harness::{Job, Run, Then};

const NIGHT: &str = "version: 1
job: NIGHT
archive: all
params: { business-date: { type: date } }
datasets:
  day: { path: day.dat, record: { copybook: rec.cpy, recfm: F, code-page: latin-1 } }
  out: { path: out.dat, disp: replace, like: day }
steps:
  - step: SORT
    sort: { in: day, out: out, by: [ KEY1 ] }
";

const POLICY: &str = "version: 1\narchive:\n  keep: { runs: 2, days: 30, month-ends: 7y }\n";

fn job() -> Job {
    Job::new().text("rec.cpy", "       01  REC.\n           05  KEY1 PIC X(4).\n").yaml(NIGHT)
}

fn night(job: &Job, date: &str) -> Value {
    job.put("day.dat", format!("{}ZZZZAAAA", &date[6..]).replace('-', "x").as_bytes());
    job.run(&["--date", date, "--json"]).status(0).json()
}

/// As if what the run kept had been kept years ago.
fn age(job: &Job, run: &str) {
    let list = job.path().join(".offhost/archive/runs").join(format!("{run}.jsonl"));
    let then = SystemTime::now() - Duration::from_secs(4 * 365 * 86_400);
    std::fs::File::options().append(true).open(list).unwrap().set_modified(then).unwrap();
}

/// Six nights of three months, none of them young; the names of the runs.
fn nights(job: &Job) -> Vec<String> {
    let dates = ["2024-01-30", "2024-01-31", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-04"];
    let run = |date: &&str| {
        let run = night(job, date)["run"].as_str().unwrap().to_owned();
        age(job, &run);
        run
    };
    dates.iter().map(run).collect()
}

fn archive<'j>(job: &'j Job, arguments: &[&str]) -> Run<'j> {
    let root = job.path().to_str().unwrap().to_owned();
    let mut all = vec!["archive"];
    all.extend(arguments);
    all.extend(["--root", &root]);
    job.offhost(&all)
}

fn archived(job: &Job) -> Vec<String> {
    let list = archive(job, &["list", "--json"]).status(0).json();
    list["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_policy_says_what_goes_and_why_the_rest_stays() {
    let job = job();
    let runs = nights(&job);
    archive(&job, &["prune", "--yes"]).status(78).says(&["PGM002", "says nothing of the archive"]);
    job.put("offhost.yaml", POLICY.as_bytes());
    archive(&job, &["prune"]).status(64).says(&["CAT008"]);
    archive(&job, &["hold", &runs[2], "--reason", "audit 7"]).status(0);
    let told = archive(&job, &["prune", "--dry-run"]).status(0).stdout;
    for (run, why) in [
        (&runs[0], "would go"),
        (&runs[1], "last date of its month, kept for 7 years"),
        (&runs[2], "it is held: audit 7"),
        (&runs[3], "last date of its month"),
        (&runs[4], "one of the 2 latest"),
        (&runs[5], "one of the 2 latest"),
    ] {
        assert!(
            told.lines().any(|line| line.contains(run.as_str()) && line.contains(why)),
            "{run} {why}\n{told}"
        );
    }
    assert_eq!(archived(&job).len(), 6);
    let done = archive(&job, &["prune", "--yes", "--json"]).status(0).json();
    assert_eq!(done["runs"], serde_json::json!([runs[0]]));
    // Its input and its output; the texts belong to all.
    assert_eq!(done["contents"].as_array().unwrap().len(), 2, "{done:#}");
    archive(&job, &["verify"]).status(0);
    let journal = String::from_utf8(job.read(".offhost/archive/journal.jsonl")).unwrap();
    assert!(
        journal.contains(done["contents"][0].as_str().unwrap()) && journal.contains("audit 7"),
        "{journal}"
    );
    // No verb takes what is held.
    archive(&job, &["prune", "--keep", "0", "--dry-run"]).status(0).stdout_contains("it is held: audit 7");
    archive(&job, &["release", &runs[2], "--reason", "audit over"]).status(0);
    archive(&job, &["release", &runs[2], "--reason", "again"]).status(75).says(&["ARC008"]);
    archive(&job, &["prune", "--yes"]).status(0);
    assert_eq!(archived(&job), [&runs[1], &runs[3], &runs[4], &runs[5]].map(Clone::clone));
    // A journal that was changed is a reason to remove nothing.
    job.put(".offhost/archive/journal.jsonl", journal.replacen("audit 7", "audit 8", 1).as_bytes());
    archive(&job, &["prune", "--yes"]).status(74).says(&["RUN035"]);
    archive(&job, &["verify"]).status(81).stdout_contains("journal.jsonl");
}

#[test]
fn a_run_lets_go_of_what_is_due_once_it_is_a_part_of_the_archive() {
    let job = job();
    let runs = nights(&job);
    job.put("offhost.yaml", b"version: 1\narchive:\n  jobs: { NIGHT: { runs: 3, days: 30 } }\n");
    // Lists of another job, of which the policy says nothing.
    for number in 0..100 {
        job.put(&format!(".offhost/archive/runs/OTHER.2024-01-01.{number:08x}.jsonl"), b"");
    }
    // Four of 107 are due with this one, which is young itself.
    let report = night(&job, "2024-03-05");
    assert_eq!(report["archive_pruned"]["runs"], serde_json::json!(runs[..4]));
    age(&job, report["run"].as_str().unwrap());
    let report = night(&job, "2024-03-06");
    assert_eq!(report["archive_pruned"], Value::Null, "one of 104 can wait");
    let done = archive(&job, &["prune", "--yes", "--json"]).status(0).json();
    assert_eq!(done["runs"], serde_json::json!([runs[4]]));
}

#[test]
fn a_run_that_ended_well_applies_the_policy_to_its_job() {
    let job = job();
    let runs = nights(&job);
    job.put("offhost.yaml", POLICY.as_bytes());
    let report = night(&job, "2024-03-05");
    // Before it, the two latest were 03-01 and 03-04; the last date of March moves on.
    assert_eq!(
        report["archive_pruned"]["runs"],
        serde_json::json!([runs[0], runs[2], runs[4]]),
        "{report:#}"
    );
    assert_eq!(archived(&job).len(), 4);
    archive(&job, &["verify"]).status(0);
    let page = String::from_utf8(
        job.read(&format!(".offhost/runs/{}/report.html", report["run"].as_str().unwrap())),
    );
    assert!(page.unwrap().contains("The archive let go of"), "the page says so");
    // A policy that is not valid changes nothing about a run, and says so.
    for bad in ["keep: {}", "keep: { days: -1 }", "keep: { month-ends: 7 }", "keep: { runs: 0 }", "keeps: {}"]
    {
        job.put("offhost.yaml", format!("version: 1\narchive: {{ {bad} }}\n").as_bytes());
        archive(&job, &["prune", "--yes"]).status(78).says(&["PGM002", "offhost.yaml:2"]);
    }
    job.put("day.dat", b"AAAA");
    job.run(&["--date", "2024-03-06"]).status(0).says(&["the policy of the archive could not be applied"]);
}

/// Nothing of a run that is to be gone on with is taken, whoever asks for it.
#[test]
fn what_an_unfinished_run_kept_stays() {
    let job = job();
    let runs = nights(&job);
    // One night is told to end when it has sorted: it has kept its input, and is to be gone on with.
    job.put("day.dat", b"QQQQPPPP");
    let (root, plan) = job.plan(&[("business-date", "2024-01-29")]);
    let options = Start { date_given: true, ..Start::default() };
    let told = Then("SORT", || options.stop.ask(stop::TERMINATED));
    let outcome = start(&RealFs, &plan, &root, &options, &told);
    assert_eq!(outcome.status, 143, "{:?}", outcome.error);
    let open = outcome.report.run;
    assert_eq!(archived(&job).len(), runs.len() + 1, "it has kept its input");
    age(&job, &open);
    job.put("offhost.yaml", b"version: 1\narchive:\n  keep: { days: 30 }\n");
    for arguments in [&["prune", "--yes"][..], &["prune", "--keep", "0", "--yes"]] {
        archive(&job, arguments).status(0).stdout_contains("it is not over");
        assert!(archived(&job).contains(&open), "{arguments:?}");
        archive(&job, &["verify"]).status(0);
    }
    assert_eq!(archived(&job), [open.as_str()]);
    // Now it is over, and goes as any other.
    job.run(&["--date", "2024-01-29"]).status(0);
    archive(&job, &["prune", "--keep", "0", "--yes"]).status(0);
    assert_eq!(archived(&job), [""; 0]);
}

#[test]
fn a_crash_at_any_operation_of_pruning_leaves_a_sound_archive() {
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        let source = job();
        nights(&source);
        source.put("offhost.yaml", POLICY.as_bytes());
        let mut fail_at = 1;
        loop {
            let copy = tempfile::tempdir().unwrap();
            copy_tree(source.path(), copy.path());
            let root = Root::new(copy.path()).unwrap();
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let done = prune_by_policy(&fs, &root, None, false);
            let archive = Archive::new(&RealFs, &root);
            assert_eq!(archive.verify().unwrap().1, Vec::new(), "{fault:?} at {fail_at}");
            assert!(archive.runs().len() >= 4, "{fault:?} at {fail_at}");
            // Whoever does it again brings it to its end.
            prune_by_policy(&RealFs, &root, None, false).unwrap();
            assert_eq!(
                (archive.runs().len(), archive.verify().unwrap().1),
                (4, Vec::new()),
                "{fault:?} at {fail_at}"
            );
            assert_eq!(archive.size().0, 2 + 2 * 4, "{fault:?} at {fail_at}: nothing is left behind");
            if done.is_ok() && fs.operations() < fail_at {
                break;
            }
            fail_at += 1;
        }
        assert!(fail_at > 20, "{fail_at}");
    }
}

/// With the times of the files.
fn copy_tree(from: &std::path::Path, to: &std::path::Path) {
    let done = std::process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap();
    assert!(done.success());
}
