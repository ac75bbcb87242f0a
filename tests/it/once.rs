//! Nothing is done twice and nothing is lost, whoever else is at work: runs that died beside runs that wait, files that change
//! while they are read, journals that are gone, clocks that go back.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use offhost::diag::codes;
use offhost::run::{Silent, Start, start};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{Fs, RealFs, Stop, stop};
use serde_json::Value;

use crate::crash::{COPYBOOK, records};
use crate::harness::{Job, Then, files_below, runs_of};

/// A step that adds to a ledger, and one that fails as long as its input is bad.
const LEDGER: &str = "
version: 1
job: LEDGER
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  b: { path: b.ebc, like: a }
  ledger: { path: ledger.ebc, like: a, disp: mod }
  out: { path: out.ebc, like: a, disp: replace }
steps:
  - step: ADD
    sort: { in: a, out: ledger, by: [ ACCT ] }
  - step: NEXT
    sort: { in: b, out: out, by: [ AMT ] }
";

fn ledger(publish: &str) -> Job {
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &records(1, 20))
        .file("b.ebc", &bad())
        .file("ledger.ebc", &records(9, 5))
        .yaml(&format!("{LEDGER}publish: {publish}\n"))
}

/// Records of which the last one is none.
fn bad() -> Vec<u8> {
    [&records(2, 20)[..], &[0xFF; 14]].concat()
}

#[test]
fn a_run_that_was_given_up_is_not_begun_again_by_its_name() {
    let job = ledger("per-step");
    job.run(&[]).status(80);
    let first = runs_of(&job).remove(0);
    job.put("b.ebc", &records(2, 20));
    job.run(&["--rerun"]).status(0);
    let before = files_below(job.path());
    let refused = job.offhost(&["restart", &first, "--root", &job.root()]);
    refused.status(76).says(&["RUN045", &format!("{first}.r2")]);
    assert_eq!(runs_of(&job).len(), 2);
    assert!(files_below(job.path()) == before);
}

#[test]
fn what_others_have_added_meanwhile_stays() {
    let job = ledger("at-end");
    job.run(&[]).status(80);
    let theirs = [records(9, 5), records(7, 3)].concat();
    job.put("ledger.ebc", &theirs);
    job.put("b.ebc", &records(2, 20));
    job.run(&[]).status(90).says(&["RUN031", "input b", "output ledger"]);
    let report = job.run(&["--accept-changes", "--json"]).status(0).json();
    assert_eq!(report["steps"][0]["status"], "ended");
    let now = job.read("ledger.ebc");
    assert_eq!(now.len(), theirs.len() + records(1, 20).len());
    assert!(now.starts_with(&theirs));
}

#[test]
fn a_step_whose_text_has_changed_is_done_again() {
    let job = ledger("at-end");
    job.run(&[]).status(80);
    job.put("b.ebc", &records(2, 20));
    let other = LEDGER.replace("out: ledger, by: [ ACCT ]", "out: ledger, by: [ AMT ]");
    job.put("job.yaml", format!("{other}publish: at-end\n").as_bytes());
    job.run(&[]).status(90).says(&["RUN032", "step ADD has changed"]);
    job.run(&["--accept-changes"]).status(0);
    let wanted = ledger("at-end").yaml(&other);
    wanted.put("b.ebc", &records(2, 20));
    wanted.run(&[]).status(0);
    assert!(job.read("ledger.ebc") == wanted.read("ledger.ebc"));

    // A copybook that it reads its data with counts as its text; a limit does not.
    let job = ledger("at-end");
    job.run(&[]).status(80);
    job.put("b.ebc", &records(2, 20));
    job.put("rec.cpy", COPYBOOK.replace("X(8)", "9(8)").as_bytes());
    job.run(&["--accept-changes"]).status(80);
    let job = ledger("at-end");
    job.run(&[]).status(80);
    job.put("b.ebc", &records(2, 20));
    job.put("job.yaml", format!("{LEDGER}limits: {{ time: 1h }}\n").as_bytes());
    let report = job.run(&["--accept-changes", "--json"]).status(0).json();
    assert_eq!(report["steps"][0]["status"], "kept");
}

#[test]
fn what_is_published_and_adds_is_not_done_again() {
    let job = ledger("per-step");
    job.run(&[]).status(80);
    let (run, added) = (runs_of(&job).remove(0), job.read("ledger.ebc"));
    job.put("b.ebc", &records(2, 20));
    let restart = |more: &[&str]| {
        job.offhost(&[&["restart", &run, "--root", &job.root(), "--accept-changes"], more].concat())
    };
    restart(&["--from", "ADD"]).status(76).says(&["RUN046", "ledger is added to"]);
    // Nor if what it read is something else now.
    job.put("a.ebc", &records(8, 20));
    restart(&[]).status(76).says(&["RUN046", "step ADD"]);
    job.put("a.ebc", &records(1, 20));
    assert!(job.read("ledger.ebc") == added);
    restart(&["--from", "NEXT"]).status(0);
    assert!(job.read("ledger.ebc") == added);
    // Whoever asks for all of it once more is told what that is.
    job.run(&[]).status(76).says(&["RUN030", "ledger is added to"]);
}

#[test]
fn a_file_that_was_added_to_names_what_it_was_before() {
    let job = ledger("at-end");
    job.put("b.ebc", &records(2, 20));
    let verify = |file: &str, more: &[&str]| {
        job.offhost(&[&["verify", file, "--root", &job.root()], more].concat()).status(0)
    };
    job.run(&[]).status(0);
    let told = verify("ledger.ebc", &["--json"]).json();
    let old = &told["origin"]["added_to"][0];
    assert_eq!(
        (&old["name"], &old["now"], &old["from"]),
        (&"ledger".into(), &"added to".into(), &Value::Null)
    );
    job.run(&["--rerun"]).status(0);
    let runs = runs_of(&job);
    let told = verify("ledger.ebc", &["--json"]).json();
    assert_eq!(told["origin"]["run"], runs[1].as_str(), "{told:#}");
    let old = &told["origin"]["added_to"][0];
    assert_eq!(old["from"]["run"], runs[0].as_str(), "{told:#}");
    assert_eq!(old["from"]["added_to"][0]["from"], Value::Null);
    verify("ledger.ebc", &[]).stdout_contains(&format!("ledger before: ledger is of run {}", runs[0]));
    assert_eq!(verify("out.ebc", &["--json"]).json()["origin"]["added_to"], Value::Null);
}

#[test]
fn whoever_recovers_a_run_that_committed_writes_its_report() {
    // Killed with the commit in the journal, and just before.
    for is_written in [true, false] {
        let job = ledger("at-end");
        job.put("b.ebc", &records(2, 20));
        job.run(&[]).status(0);
        let run = runs_of(&job).remove(0);
        let folder = format!(".offhost/runs/{run}");
        let whole: Value = serde_json::from_slice(&job.read(&format!("{folder}/report.json"))).unwrap();
        for file in ["report.json", "report.html"] {
            std::fs::remove_file(job.path().join(&folder).join(file)).unwrap();
        }
        let journal = String::from_utf8(job.read(&format!("{folder}/journal.jsonl"))).unwrap();
        let lines: Vec<&str> = journal.split_inclusive('\n').collect();
        let at = lines.iter().position(|line| line.contains("\"committed\"")).unwrap();
        job.put(
            &format!("{folder}/journal.jsonl"),
            lines[..at + usize::from(is_written)].concat().as_bytes(),
        );
        job.put(&format!(".offhost/active/{run}"), b"");
        let other = LEDGER.replace("job: LEDGER", "job: OTHER").replace("ledger.ebc", "other.ebc");
        job.put("other.yaml", other.replace("out.ebc", "others.ebc").as_bytes());
        job.offhost(&["run", "other.yaml", "--root", &job.root()]).status(0);
        let told: Value = serde_json::from_slice(&job.read(&format!("{folder}/report.json"))).unwrap();
        for same in ["run", "job", "rc", "exit_status", "inputs", "published", "params", "sources", "error"] {
            assert_eq!(told[same], whole[same], "{same}");
        }
        assert_eq!((&told["recovered"], told["steps"].as_array().unwrap().len()), (&true.into(), 2));
        let page = String::from_utf8(job.read(&format!("{folder}/report.html"))).unwrap();
        assert!(page.contains("ended well") && page.contains("another start has told it"), "{page}");
    }
}

#[test]
fn equal_bytes_elsewhere_are_no_origin() {
    let job = ledger("at-end");
    job.put("b.ebc", &records(2, 20));
    job.run(&[]).status(0);
    job.put("a.ebc", &job.read("out.ebc"));
    job.run(&["--rerun"]).status(0);
    let verify = |file: &str, more: &[&str]| {
        job.offhost(&[&["verify", file, "--root", &job.root()], more].concat()).status(0)
    };
    let told = verify("ledger.ebc", &["--json"]).json();
    let input = &told["origin"]["inputs"][0];
    assert_eq!((&input["from"], &input["same_bytes"]["path"]), (&Value::Null, &"out.ebc".into()), "{told:#}");
    verify("ledger.ebc", &[]).stdout_contains("a: the same bytes as out.ebc, elsewhere, which the run ");
    verify("a.ebc", &[]).stdout_contains("no run published it here; the same bytes as out.ebc, elsewhere");
}

#[test]
fn what_others_added_meanwhile_is_added_to_as_the_hint_says() {
    let job = ledger("at-end");
    job.put("b.ebc", &records(2, 20));
    let others = [records(9, 5), records(4, 3)].concat();
    let (root, plan) = job.plan(&[]);
    let observer = Then("NEXT", || job.put("ledger.ebc", &others));
    let outcome = start(&RealFs, &plan, &root, &Start::default(), &observer);
    let error = outcome.error.unwrap();
    assert_eq!(error.code, codes::DAT016);
    let hint = error.hint.unwrap_or_default();
    assert!(hint.contains("run again with --accept-changes"), "{hint}");
    job.run(&["--accept-changes"]).status(0);
    let ledger = job.read("ledger.ebc");
    assert!(ledger.starts_with(&others) && ledger.len() == others.len() + records(1, 20).len());
}

#[test]
fn inputs_are_the_same_for_all_steps() {
    let other = records(3, 20);
    let path = |job: &Job| job.path().join("a.ebc");
    let replaced = |job: &Job| std::fs::write(path(job), &other).unwrap();
    // Not even the time of the last change tells of it.
    let hidden = |job: &Job| {
        let modified = std::fs::metadata(path(job)).unwrap().modified().unwrap();
        std::fs::write(path(job), &other).unwrap();
        std::fs::File::options().write(true).open(path(job)).unwrap().set_modified(modified).unwrap();
    };
    let removed = |job: &Job| std::fs::remove_file(path(job)).unwrap();
    let touched = |job: &Job| {
        std::fs::write(path(job).with_extension("new"), records(1, 20)).unwrap();
        std::fs::rename(path(job).with_extension("new"), path(job)).unwrap();
    };
    type Doing<'a> = &'a (dyn Fn(&Job) + Sync);
    let cases: [(Doing<'_>, u8); 4] = [(&replaced, 90), (&hidden, 90), (&removed, 90), (&touched, 0)];
    for (at, (change, status)) in cases.into_iter().enumerate() {
        for publish in ["at-end", "per-step"] {
            let job = ledger(publish);
            job.put("b.ebc", &records(2, 20));
            let before = files_below(job.path());
            let (root, plan) = job.plan(&[]);
            // The observer is told before the step is published.
            let observer = Then("ADD", || change(&job));
            let outcome = start(&RealFs, &plan, &root, &Start::default(), &observer);
            let code = outcome.error.map(|error| error.code);
            assert_eq!((outcome.status, code.is_some()), (status, status != 0), "case {at}: {code:?}");
            if status != 0 {
                assert_eq!(code.unwrap(), codes::RUN031, "case {at}");
                let after = files_below(job.path());
                for output in ["ledger.ebc", "out.ebc"].map(Path::new) {
                    assert!(after.get(output) == before.get(output), "case {at}, {publish}: {output:?}");
                }
            }
        }
    }
}

#[test]
fn a_journal_that_is_gone_is_no_new_run() {
    for what in ["gone", "empty"] {
        let job = ledger("per-step");
        job.run(&[]).status(80);
        let (run, added) = (runs_of(&job).remove(0), job.read("ledger.ebc"));
        let journal = job.path().join(".offhost/runs").join(&run).join("journal.jsonl");
        match what {
            "gone" => std::fs::remove_file(&journal).unwrap(),
            _ => std::fs::write(&journal, b"").unwrap(),
        }
        let listed = job.offhost(&["runs", "--json", "--root", &job.root()]).status(0).json();
        assert_eq!(listed[0]["state"], "unreadable", "{what}");
        job.offhost(&["status", "--root", &job.root()]).stdout_contains("gone or empty");
        job.put("b.ebc", &records(2, 20));
        job.run(&[]).status(74).says(&["RUN035", "gone or empty"]);
        assert!(job.read("ledger.ebc") == added, "{what}");
        job.run(&["--rerun"]).status(0).stdout_contains(".r2");
    }
}

/// A job whose run died between its commit point and its last rename.
fn died_while_publishing(build: &dyn Fn() -> Job) -> Job {
    for fail_at in 1..10_000 {
        let job = build();
        let (root, plan) = job.plan(&[]);
        let fs = FaultFs::new(RealFs, Fault::Forever, fail_at);
        let outcome = start(&fs, &plan, &root, &Start::default(), &Silent);
        if outcome.report.committing {
            return job;
        }
    }
    panic!("it never died while publishing");
}

fn good(publish: &str) -> Job {
    let job = ledger(publish);
    job.put("b.ebc", &records(2, 20));
    job
}

#[test]
fn a_run_that_died_while_publishing_has_ended_well_for_whoever_started_it() {
    let complete = good("at-end");
    complete.run(&[]).status(0);
    let job = died_while_publishing(&|| good("at-end"));
    // Somebody else finishes it first.
    job.offhost(&["catalog", "define", "data/x", "--root", &job.root()]).status(0);
    let report = job.run(&["--json", "--metrics", &job.root()]).status(0).json();
    assert_eq!(report["published"].as_array().unwrap().len(), 2);
    assert!(job.path().join(".offhost/runs").join(&runs_of(&job)[0]).join("report.html").exists());
    for output in ["ledger.ebc", "out.ebc"] {
        assert!(job.read(output) == complete.read(output));
    }
    job.run(&[]).status(76);
}

#[test]
fn what_a_dead_run_was_publishing_is_finished_before_it_is_read() {
    let complete = good("at-end");
    complete.run(&[]).status(0);
    let job = died_while_publishing(&|| good("at-end"));
    let dead = runs_of(&job).remove(0);
    job.put(
        "job.yaml",
        b"
version: 1
job: READER
datasets:
  ledger: { path: ledger.ebc, record: { copybook: rec.cpy } }
  out: { path: out.ebc, like: ledger }
  both: { path: both.ebc, like: ledger, disp: replace }
steps:
  - step: BOTH
    sort: { in: [ ledger, out ], out: both }
",
    );
    let (root, plan) = job.plan(&[]);
    // Whoever looks how the dead run stands has its lock for a while.
    let lock =
        RealFs.lock(&job.path().join(".offhost/runs").join(dead).join("lock"), false).unwrap().unwrap();
    let outcome = std::thread::scope(|scope| {
        let reader = scope.spawn(|| start(&RealFs, &plan, &root, &Start::default(), &Silent));
        std::thread::sleep(Duration::from_millis(300));
        drop(lock);
        reader.join().unwrap()
    });
    assert_eq!(outcome.status, 0, "{:?}", outcome.error);
    assert!(job.read("both.ebc") == [complete.read("ledger.ebc"), complete.read("out.ebc")].concat());
}

#[test]
fn a_second_attempt_may_die_anywhere_too() {
    for publish in ["at-end", "per-step"] {
        let wanted = good(publish);
        wanted.put("ledger.ebc", &[records(9, 5), records(7, 3)].concat());
        wanted.run(&[]).status(0);
        for fail_at in 1..10_000 {
            let job = good(publish);
            let (root, plan) = job.plan(&[]);
            let first = Start::default();
            let stop_asked = first.stop.clone();
            start(&RealFs, &plan, &root, &first, &Then("ADD", || stop_asked.ask(stop::TERMINATED)));
            // What the second attempt is to take over has changed, so that it freezes another plan.
            if publish == "at-end" {
                job.put("ledger.ebc", &[records(9, 5), records(7, 3)].concat());
            }
            let second = Start { accept_changes: true, stop: Stop::default(), ..Start::default() };
            let fs = FaultFs::new(RealFs, Fault::Forever, fail_at);
            let outcome = start(&fs, &plan, &root, &second, &Silent);
            let when = format!("{publish}, operation {fail_at}");
            job.run(&["--accept-changes"]);
            assert_eq!(job.run(&[]).status, 76, "{when}");
            if publish == "at-end" {
                assert!(job.read("ledger.ebc") == wanted.read("ledger.ebc"), "{when}");
            }
            assert_eq!(
                job.read("ledger.ebc").len(),
                if publish == "at-end" { 28 } else { 25 } * 14,
                "{when}"
            );
            assert!(job.read("out.ebc") == wanted.read("out.ebc"), "{when}");
            if outcome.error.is_none() && fs.operations() < fail_at {
                break;
            }
        }
    }
}

#[test]
fn a_run_can_be_given_up() {
    let job = ledger("per-step");
    job.run(&[]).status(80);
    let (run, at) = (runs_of(&job).remove(0), job.root());
    let abandon = |run: &str, more: &[&str]| {
        job.offhost(&[&["runs", "abandon", run, "--reason", "wrong file", "--root", &at], more].concat())
    };
    abandon(&run, &[]).status(64).says(&["--yes"]);
    abandon("NONE", &["--yes"]).status(66).says(&["RUN040"]);
    abandon(&run, &["--dry-run"]).status(0).stdout_contains("ledger is published and stays");
    abandon(&run, &["--dry-run"])
        .status(0)
        .stdout_contains("does once more")
        .stdout_contains("ledger is added to");
    let silent = ["runs", "abandon", &run, "--reason", " ", "--yes", "--root", &at];
    job.offhost(&silent).status(64).says(&["say why"]);
    job.run(&[]).status(80);
    abandon(&run, &["--yes"]).status(0).stdout_contains("is given up");
    abandon(&run, &["--yes"]).status(76).says(&["RUN045"]);
    job.offhost(&["runs", "show", &run, "--root", &at]).status(0).stdout_contains("abandoned");
    job.put("b.ebc", &records(2, 20));
    job.run(&[]).status(0).stdout_contains(".r2");
    abandon(&format!("{run}.r2"), &["--yes"]).status(76).says(&["RUN030"]);

    // One that died while publishing, and whose target is in the way now.
    let job = died_while_publishing(&|| good("at-end"));
    let (run, at) = (runs_of(&job).remove(0), job.root());
    std::fs::remove_file(job.path().join("out.ebc")).ok();
    std::fs::create_dir(job.path().join("out.ebc")).unwrap();
    job.run(&[]).status(74).says(&["out.ebc", "offhost runs abandon"]);
    let given_up = job.offhost(&["runs", "abandon", &run, "--reason", "folder", "--yes", "--root", &at]);
    given_up.status(0).stdout_contains("out.ebc is as it was before");
    std::fs::remove_dir(job.path().join("out.ebc")).unwrap();
    let parts = files_below(job.path()).into_keys().filter(|name| name.to_string_lossy().ends_with(".part"));
    assert_eq!(parts.count(), 0);
    job.run(&[]).status(0).stdout_contains(".r2");
}

#[test]
fn a_step_that_would_add_once_for_every_attempt_is_refused() {
    let job = ledger("per-step");
    let with = |text: &str| {
        let yaml = format!(
            "{}publish: per-step\n",
            LEDGER.replace("  - step: ADD", &format!("  - step: ADD\n    {text}"))
        );
        job.put("job.yaml", yaml.as_bytes());
        job.offhost(&["check", "job.yaml", "--root", &job.root()])
    };
    with("run-if: always").status(65).says(&["JOB042", "step ADD", "at-end"]);
    with("cond: EVEN").status(65).says(&["JOB042"]);
    with("run-if: failed").status(0);
    with("max-rc: 0").status(0);
}

#[test]
fn two_jobs_of_one_name_are_told_apart() {
    let job = good("at-end");
    job.run(&[]).status(0);
    job.put("other.yaml", LEDGER.as_bytes());
    let refused = job.offhost(&["run", "other.yaml", "--root", &job.root()]);
    refused.status(76).says(&["RUN030", "job.yaml", "other.yaml", "two names"]);
}

#[test]
fn another_parameter_is_another_run_and_that_is_said() {
    let job = ledger("at-end");
    job.put("job.yaml", format!("{LEDGER}params: {{ day: {{ type: text, default: one }} }}\n").as_bytes());
    job.run(&[]).status(80);
    let run = runs_of(&job).remove(0);
    job.run(&["--set", "day=two"]).status(80).says(&["this is a new run", &run]);
}

#[test]
fn a_clock_that_was_set_back_begins_nothing() {
    let later = |job: &Job| {
        let run = runs_of(job).remove(0);
        let mut parts = run.split('.');
        let (name, hash) = (parts.next().unwrap(), parts.nth(1).unwrap());
        let folder = job.path().join(".offhost/runs");
        std::fs::rename(folder.join(&run), folder.join(format!("{name}.2999-12-31.{hash}"))).unwrap();
    };
    let job = good("at-end");
    job.run(&[]).status(0);
    later(&job);
    let before = files_below(job.path());
    job.run(&[]).status(75).says(&["RUN044", "2999-12-31"]);
    assert!(files_below(job.path()) == before);
    let refused = job.run(&[]).status(75).says(&["ledger is added to", "add --rerun"]);
    assert!(!refused.stderr.contains("--date"), "the job has no business date: {}", refused.stderr);
    job.run(&["--rerun"]).status(0);
    job.run(&[]).status(76).says(&["RUN030"]);

    let job = ledger("per-step");
    job.run(&[]).status(80);
    later(&job);
    let added = job.read("ledger.ebc");
    job.put("b.ebc", &records(2, 20));
    job.run(&["--accept-changes"]).status(0);
    assert!(job.read("ledger.ebc") == added);
    assert_eq!(runs_of(&job).len(), 1);
}

#[test]
fn a_file_beyond_the_limit_of_the_shell_is_a_full_disk() {
    let job = good("at-end");
    job.put("a.ebc", &records(1, 5_000));
    let before = files_below(job.path());
    let mut shell = Command::new("sh");
    let limited = "ulimit -f 32; exec \"$0\" run job.yaml --quiet --root \"$1\"";
    shell.args(["-c", limited, env!("CARGO_BIN_EXE_offhost"), &job.root()]).stderr(Stdio::null());
    let ended = shell.process_group(0).status().unwrap();
    assert_eq!(ended.code(), Some(82), "{ended:?}");
    assert!(files_below(job.path()) == before);
    job.run(&[]).status(0);
}

/// A job that reads the newest generation of a base waits for one that makes another, and reads that.
#[test]
fn whoever_waited_for_a_base_counts_its_generations_anew() {
    let job = good("at-end");
    let maker = "
version: 1
job: MAKER
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  made: { gdg: { base: data/day, generation: +1, limit: 5 }, like: a }
steps:
  - step: MAKE
    sort: { in: a, out: made }
";
    let reader = "
version: 1
job: READER
datasets:
  day: { gdg: { base: data/day, generation: 0 }, record: { copybook: rec.cpy } }
  out: { path: out.ebc, like: day, disp: replace }
steps:
  - step: READ
    sort: { in: day, out: out }
";
    job.put("job.yaml", maker.as_bytes());
    job.run(&[]).status(0);
    job.put("reader.yaml", reader.as_bytes());
    job.put("a.ebc", &records(4, 30));
    let (root_of, plan) = job.plan(&[]);
    let waiting = Mutex::new(None);
    let observer = Then("MAKE", || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_offhost"));
        command.args(["run", "reader.yaml", "--root", &job.root()]).stderr(Stdio::piped());
        *waiting.lock().unwrap() = Some(command.stdout(Stdio::null()).spawn().unwrap());
        std::thread::sleep(Duration::from_millis(700));
    });
    let again = Start { rerun: true, ..Start::default() };
    assert_eq!(start(&RealFs, &plan, &root_of, &again, &observer).status, 0);
    let ended = waiting.into_inner().unwrap().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.contains("waiting for") && said.contains("planned again"), "{said}");
    assert!(job.read("out.ebc") == records(4, 30));
}
