//! Which run a start is, what a restart does again, and what it refuses; conditions, locks, limits and signals as an operator
//! meets them.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use offhost::job::Plan;
use offhost::run::{Start, read_journal, start};
use offhost::sys::{Fs, RealFs, Root, stop};

use crate::crash::{COPYBOOK, records};
use crate::harness::{Job, Random, Then, files_below, rounds, runs_of};

/// Six steps: two independent branches, a condition, a step for failures, a balance.
const SIX: &str = "
version: 1
job: SIX
params:
  business-date: { type: date, default: previous-business-day }
  note: { type: text, default: none, identifying: false }
max-rc: 4
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  b: { path: b.ebc, like: a }
  left: { path: out/left.ebc, like: a, disp: new }
  right: { path: out/right.ebc, like: a, disp: replace }
  both: { path: out/both.ebc, like: a, disp: new }
  failed: { path: out/failed.ebc, like: a, disp: replace }
steps:
  - step: LEFT
    sort: { in: a, out: \"@left\", by: [ ACCT ] }
    totals: [ { name: a, over: a, sum: AMT } ]
  - step: RIGHT
    sort: { in: b, out: right, by: [ AMT ] }
    totals: [ { name: b, over: b, sum: AMT } ]
  - step: COPY
    sort: { in: \"@left\", out: left }
  - step: BOTH
    when: rc(COPY) = 0 and param(\"note\") <> 'skip'
    sort: { in: [ \"@left\", right ], out: both, by: [ AMT, ACCT ] }
    totals: [ { name: both, over: both, sum: AMT } ]
  - step: CLEAN
    run-if: failed
    sort: { in: a, out: failed }
  - step: BALANCE
    when: ran(BOTH)
    balance: [ a.sum + b.sum = both.sum ]
manifest: out/manifest.json
";

fn six(count: usize) -> Job {
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &records(1, count))
        .file("b.ebc", &records(2, count))
        .file("out/right.ebc", b"")
        .yaml(SIX)
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn outputs(job: &Job) -> Files {
    files_below(&job.path().join("out"))
}

/// What an undisturbed run publishes; the manifest names the run, which is the same.
fn undisturbed(count: usize) -> Files {
    let job = six(count);
    job.run(&[]).status(0);
    outputs(&job)
}

/// The name of the only run below a root.
fn run_of(job: &Job) -> String {
    let mut names = runs_of(job);
    assert_eq!(names.len(), 1, "{names:?}");
    names.remove(0)
}

/// True if the only run below a root has a journal.
fn has_begun(job: &Job) -> bool {
    let runs = RealFs.list(&job.path().join(".offhost/runs")).unwrap_or_default();
    runs.iter().any(|run| run.join("journal.jsonl").exists())
}

/// What happened to a run, in the words of its journal, whose chain must hold.
fn events(job: &Job, run: &str) -> Vec<(String, serde_json::Value)> {
    let path = job.path().join(".offhost/runs").join(run).join("journal.jsonl");
    let entries = read_journal(&RealFs, &path).unwrap().entries;
    entries.into_iter().map(|entry| (entry.event, entry.data)).collect()
}

fn steps(report: &serde_json::Value) -> Vec<(String, String)> {
    let steps = report["steps"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    steps.map(|step| (text(&step["step"]), text(&step["status"]))).collect()
}

/// Starts the job and ends it after a step, as SIGTERM would.
fn stopped_after(job: &Job, step: &str) {
    let (root, plan) = job.plan(&[]);
    stopped_as(&root, &plan, Start::default(), step);
}

fn stopped_as(root: &Root, plan: &Plan, options: Start, step: &str) {
    let observer = Then(step, || options.stop.ask(stop::TERMINATED));
    let outcome = start(&RealFs, plan, root, &options, &observer);
    assert_eq!(outcome.status, 143, "{step}: {:?}", outcome.error.map(|error| error.message));
}

#[test]
fn a_complete_run_is_refused_unless_it_is_wanted_again() {
    let job = six(50);
    job.run(&[]).status(0);
    let before = outputs(&job);
    let refused =
        job.run(&[]).status(76).says(&["RUN030", "complete already", "--rerun"]).nothing_published();
    assert_eq!(refused.stdout, "");
    job.run(&["--set", "business-date=2026-03-13"]).status(73).says(&["RUN002"]);
    job.run(&["--set", "note=other"]).status(76);
    for output in ["out/left.ebc", "out/both.ebc"] {
        std::fs::remove_file(job.path().join(output)).unwrap();
    }
    job.run(&["--rerun"]).status(0).stdout_contains(".r2");
    let mut after = outputs(&job);
    let manifest = PathBuf::from("manifest.json");
    assert!(String::from_utf8_lossy(&after[&manifest]).contains(".r2"));
    after.insert(manifest.clone(), before[&manifest].clone());
    assert!(after == before);
    let listed = job.offhost(&["runs", "--json", "--root", job.path().to_str().unwrap()]).status(0).json();
    let states: Vec<_> =
        listed.as_array().unwrap().iter().map(|run| run["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "complete").count(), 2, "{states:?}");
}

#[test]
fn a_plan_knows_the_memory_that_the_job_allows_itself() {
    let yaml = |limit: &str| {
        format!(
            "version: 1\njob: SMALL\nlimits: {{ memory: {limit} }}\ndatasets:
  in: {{ path: in, record: {{ copybook: r.cpy }} }}
  out: {{ path: out, like: in }}
steps:
  - step: S
    sort: {{ in: in, out: out, by: [ R ] }}
"
        )
    };
    let records: Vec<u8> =
        (0..4 << 20).map(|at: u32| b'0' + (at.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
    let job = Job::new().text("r.cpy", "01 R PIC X(8).\n").file("in", &records).yaml(&yaml("1M"));
    let verb = |verb: &str| job.offhost(&[verb, "job.yaml", "--root", &job.root()]);
    let plan = verb("plan").status(0);
    assert!(
        plan.stdout.contains("1.0 MiB of memory") && !plan.stdout.contains("in memory"),
        "{}",
        plan.stdout
    );
    job.put("job.yaml", yaml("1").as_bytes());
    for name in ["check", "plan", "run"] {
        verb(name).status(65).says(&["JOB040", "1 bytes of memory", "at least 1024K"]);
    }
}

#[test]
fn the_file_that_replaces_another_has_its_mode() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let yaml = "version: 1\njob: MODES
datasets:
  in: { path: in, record: { copybook: r.cpy } }
  replaced: { path: replaced, like: in, disp: replace }
  added: { path: added, like: in, disp: mod }
steps:
  - step: R
    sort: { in: in, out: replaced }
  - step: A
    sort: { in: in, out: added }
";
    let job = Job::new().text("r.cpy", "01 R PIC X(4).\n").text("in", "AAAA").yaml(yaml);
    let modes = [("replaced", 0o600), ("added", 0o440)];
    for (name, mode) in modes {
        job.put(name, b"BBBB");
        std::fs::set_permissions(job.path().join(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    job.run(&[]).status(0).published("added", b"BBBBAAAA");
    for (name, mode) in modes {
        let found = std::fs::metadata(job.path().join(name)).unwrap().mode() & 0o7777;
        assert_eq!(found, mode, "{name} {found:o}");
    }
}

#[test]
fn a_run_is_gone_on_with_however_its_job_is_named() {
    let job = six(50);
    stopped_after(&job, "LEFT");
    let beside = tempfile::tempdir().unwrap();
    let link = beside.path().join("root");
    std::os::unix::fs::symlink(job.path(), &link).unwrap();
    let (link, up) = (link.to_str().unwrap(), job.path().join("out/../job.yaml"));
    let as_linked = format!("{link}/job.yaml");
    let report = job.offhost(&["run", up.to_str().unwrap(), "--json", "--root", &job.root()]).status(0);
    assert_eq!(report.json()["steps"][0]["status"], "kept");
    let refused = job.offhost(&["run", &as_linked, "--root", link]).status(76).says(&["RUN030"]);
    assert!(!refused.stderr.contains("two jobs"), "{}", refused.stderr);
}

#[test]
fn a_run_is_gone_on_with_after_each_of_its_steps() {
    let complete = undisturbed(300);
    let order = ["LEFT", "RIGHT", "COPY", "BOTH", "CLEAN", "BALANCE"];
    for (done, step) in order.iter().enumerate() {
        for restart in [false, true] {
            let job = six(300);
            let before = outputs(&job);
            stopped_after(&job, step);
            assert!(outputs(&job) == before, "after {step}: something is visible, or a part is left");
            let (run, root) = (run_of(&job), job.path().to_str().unwrap().to_owned());
            job.offhost(&["status", "--root", &root]).status(0).stdout_contains("cancelled");
            let again = if restart {
                job.offhost(&["restart", &run, "--json", "--root", &root])
            } else {
                job.run(&["--json"])
            };
            let report = again.status(0).json();
            assert_eq!(report["attempt"], 2);
            for (at, (name, status)) in steps(&report).iter().enumerate() {
                let wanted = match (name.as_str(), at <= done) {
                    ("CLEAN", _) => "bypassed",
                    (_, true) => "kept",
                    _ => "ended",
                };
                assert_eq!(status, wanted, "{name} when stopped after {step}");
            }
            assert!(outputs(&job) == complete, "after {step}: other bytes than in an undisturbed run");
            let told: Vec<String> = events(&job, &run).into_iter().map(|(event, _)| event).collect();
            assert!(
                told.contains(&"cancelled".to_owned()) && told.last().unwrap() == "committed",
                "{told:?}"
            );
            job.offhost(&["status", "--root", &root]).status(0).stdout_contains("every run has ended well");
        }
    }
}

/// The six steps with a generation that is read, one in a base at its limit, and one of a new base.
fn with_generations(publish: &str) -> Job {
    let yaml = SIX
        .replace("b: { path: b.ebc, like: a }", "b: { gdg: { base: data/day, generation: 0 }, like: a }")
        .replace(
            "left: { path: out/left.ebc, like: a, disp: new }",
            "left: { gdg: { base: data/left, generation: +1 }, like: a }",
        )
        .replace(
            "both: { path: out/both.ebc, like: a, disp: new }",
            "both: { gdg: { base: data/both, generation: +1, limit: 2, scratch: true }, like: a }",
        )
        .replace("manifest:", &format!("publish: {publish}\nmanifest:"));
    let job = six(100).yaml(&yaml);
    job.put("data/day/G0007V00", &records(2, 100));
    job.put("data/left/G0001V00", b"");
    job.put("data/left/G0002V00", b"");
    let root = job.path().to_str().unwrap().to_owned();
    for base in [&["data/day"][..], &["data/left", "--limit", "2", "--scratch"]] {
        job.offhost(&[&["catalog", "define"], base, &["--adopt", "--root", &root]].concat()).status(0);
    }
    job
}

#[test]
fn generations_are_entered_once_wherever_a_run_was_stopped() {
    for publish in ["at-end", "per-step"] {
        let all = |job: &Job| -> Files {
            let files = files_below(&job.path().join("data"));
            files.into_iter().chain(outputs(job)).collect()
        };
        let undisturbed = with_generations(publish);
        undisturbed.run(&[]).status(0);
        let complete = all(&undisturbed);
        assert!(
            complete.contains_key(Path::new("left/G0003V00"))
                && !complete.contains_key(Path::new("left/G0001V00"))
        );
        for step in ["LEFT", "RIGHT", "COPY", "BOTH", "CLEAN", "BALANCE"] {
            let job = with_generations(publish);
            stopped_after(&job, step);
            let root = job.path().to_str().unwrap().to_owned();
            job.run(&[]).status(0);
            assert!(all(&job) == complete, "{publish}, after {step}: {:?}", all(&job).keys());
            job.offhost(&["catalog", "verify", "--root", &root]).status(0);
            let list =
                job.offhost(&["catalog", "list", "data/left", "--json", "--root", &root]).status(0).json();
            assert_eq!(list["generations"].as_array().unwrap().len(), 2, "{publish}, after {step}: {list:#}");
        }
    }
}

#[test]
fn the_date_and_parameters_of_a_run_do_not_move() {
    let job = six(20);
    job.put("b.ebc", &[&records(2, 20)[..], &[0xFF; 14]].concat());
    job.run(&["--set", "business-date=2026-03-13", "--set", "note=skip"]).status(80);
    let (run, root) = (run_of(&job), job.path().to_str().unwrap().to_owned());
    assert!(run.starts_with("SIX.2026-03-13."), "{run}");
    job.put("b.ebc", &records(2, 20));
    let report =
        job.offhost(&["restart", &run, "--accept-changes", "--json", "--root", &root]).status(0).json();
    assert_eq!(report["business_date"], "2026-03-13");
    assert!(steps(&report).contains(&("BOTH".to_owned(), "bypassed".to_owned())), "{report}");
    job.offhost(&["restart", &run, "--root", &root]).status(76);
    job.offhost(&["restart", "NONE", "--root", &root]).status(66).says(&["RUN040"]);
}

/// The clock has gone past the day for which a run was begun; nobody had chosen that day.
#[test]
fn a_date_of_the_clock_stays_that_of_the_unfinished_run() {
    let earlier = [("business-date", "2026-03-13")];
    let job = six(20);
    let (root, plan) = job.plan(&earlier);
    stopped_as(&root, &plan, Start::default(), "COPY");
    let run = run_of(&job);
    let shown = job.offhost(&["plan", "job.yaml", "--root", job.path().to_str().unwrap()]).status(0);
    assert!(shown.stdout.contains(&format!("run {run}, which has been begun")), "{}", shown.stdout);
    let report = job.run(&["--json"]).status(0).says(&["goes on with", "2026-03-13"]).json();
    assert_eq!((&report["run"], &report["attempt"]), (&run.clone().into(), &2.into()));
    assert_eq!(run_of(&job), run);
    assert!(outputs(&job)[&PathBuf::from("both.ebc")] == undisturbed(20)[&PathBuf::from("both.ebc")]);
    // What it did is not done for the day that follows, either.
    job.run(&[]).status(73).says(&["RUN002"]);

    // The replay of an old night is nobody's to go on with but who asks for that night.
    let job = six(20);
    let (root, plan) = job.plan(&earlier);
    stopped_as(&root, &plan, Start { date_given: true, ..Start::default() }, "COPY");
    let report = job.run(&["--json"]).status(0).json();
    assert_eq!(report["attempt"], 1);
    assert_ne!(report["business_date"], "2026-03-13");
}

#[test]
fn what_changed_since_the_run_began_is_refused_unless_accepted() {
    let bad = [&records(2, 20)[..], &[0xFF; 14]].concat();
    let begun = || {
        let job = six(20);
        job.put("b.ebc", &bad);
        job.run(&[]).status(80).says(&["record 21"]);
        job.run(&[]).status(80);
        job
    };
    // The input that was wrong, and one that a finished step has read.
    let job = begun();
    job.put("b.ebc", &records(2, 20));
    job.run(&[]).status(90).says(&["RUN031", "input b", "--accept-changes"]);
    let report = job.run(&["--accept-changes", "--json"]).status(0).json();
    assert_eq!(steps(&report)[0], ("LEFT".to_owned(), "kept".to_owned()));
    let accepted: Vec<_> = events(&job, &run_of(&job))
        .into_iter()
        .filter(|(event, data)| {
            event == "attempt" && data["accepted"][0].as_str().is_some_and(|t| t.contains("input b"))
        })
        .collect();
    assert_eq!(accepted.len(), 1);

    let job = begun();
    let mut other = records(1, 20);
    other[3] ^= 1;
    job.put("a.ebc", &other);
    job.put("b.ebc", &records(2, 20));
    job.run(&[]).status(90).says(&["RUN031", "input a", "input b"]);
    let report = job.run(&["--accept-changes", "--json"]).status(0).json();
    assert_eq!(
        steps(&report)[0],
        ("LEFT".to_owned(), "ended".to_owned()),
        "a step whose input changed runs again"
    );

    // A file that was copied is the same file.
    let job = begun();
    job.put("a.ebc", &records(1, 20));
    job.run(&[]).status(80);

    let job = begun();
    job.put("job.yaml", SIX.replace("max-rc: 4", "max-rc: 8").as_bytes());
    job.run(&[]).status(90).says(&["RUN032", "job.yaml"]);
    job.run(&["--rerun"]).status(80);

    // An output that somebody else has replaced meanwhile.
    let job = begun();
    job.put("out/right.ebc", b"of somebody else");
    job.run(&[]).status(73).says(&["RUN034", "right"]);
}

#[test]
fn one_changed_byte_is_noticed() {
    let complete = undisturbed(60);
    let kept =
        |job: &Job, name: &str| job.path().join(".offhost/runs").join(run_of(job)).join("kept").join(name);
    let flip = |path: &std::path::Path, at: usize| {
        let mut bytes = std::fs::read(path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    // What is not visible yet is simply made again.
    let job = six(60);
    stopped_after(&job, "COPY");
    flip(&kept(&job, "left"), 17);
    let again = job.run(&["--json"]).status(0).says(&["left is not what it wrote"]);
    assert_eq!(steps(&again.json())[2], ("COPY".to_owned(), "ended".to_owned()));
    assert!(outputs(&job) == complete);

    let job = six(60);
    stopped_after(&job, "COPY");
    flip(&job.path().join(".offhost/runs").join(run_of(&job)).join("journal.jsonl"), 90);
    job.run(&[]).status(74).says(&["RUN035", "line 1"]);
    job.run(&["--rerun"]).status(0);

    let job = six(60);
    stopped_after(&job, "COPY");
    flip(&job.path().join(".offhost/runs").join(run_of(&job)).join("plan.json"), 20);
    job.run(&[]).status(74).says(&["RUN035", "plan.json"]);

    // What others may have used already is not made again behind their backs.
    let job = six(60);
    job.put("job.yaml", SIX.replace("manifest:", "publish: per-step\nmanifest:").as_bytes());
    stopped_after(&job, "COPY");
    flip(&job.path().join("out/left.ebc"), 17);
    job.run(&[]).status(90).says(&["RUN033", "left"]);
}

#[test]
fn steps_are_done_again_from_where_one_says() {
    let job = six(40);
    stopped_after(&job, "COPY");
    let (run, root) = (run_of(&job), job.path().to_str().unwrap().to_owned());
    job.offhost(&["restart", &run, "--from", "CPY", "--root", &root])
        .status(66)
        .says(&["did you mean --from COPY"]);
    let report =
        job.offhost(&["restart", &run, "--from", "COPY", "--json", "--root", &root]).status(0).json();
    let done: Vec<String> = steps(&report).into_iter().map(|(_, status)| status).collect();
    assert_eq!(done, ["kept", "kept", "ended", "ended", "bypassed", "ended"]);
    assert!(outputs(&job) == undisturbed(40));
}

#[test]
fn outputs_published_step_by_step_are_published_once() {
    let job = six(40);
    job.put("job.yaml", SIX.replace("manifest:", "publish: per-step\nmanifest:").as_bytes());
    stopped_after(&job, "COPY");
    let inode = |name: &str| RealFs.meta(&job.path().join(name)).unwrap().identity;
    let (left, right) = (inode("out/left.ebc"), inode("out/right.ebc"));
    job.run(&[]).status(0);
    assert_eq!((inode("out/left.ebc"), inode("out/right.ebc")), (left, right));
    let mut complete = undisturbed(40);
    let mut after = outputs(&job);
    let manifest = PathBuf::from("manifest.json");
    let text = |files: &mut Files| -> serde_json::Value {
        serde_json::from_slice(&files.remove(&manifest).unwrap()).unwrap()
    };
    assert_eq!(text(&mut after)["outputs"].as_array().unwrap().len(), 3);
    assert_eq!(text(&mut complete)["outputs"].as_array().unwrap().len(), 3);
    assert!(after == complete);
}

#[test]
fn steps_side_by_side_give_the_same_bytes_and_the_same_journal() {
    let facts = |job: &Job| -> Vec<(String, u64, String, String)> {
        let mut facts: Vec<_> = events(job, &run_of(job))
            .into_iter()
            .filter(|(event, _)| event == "step")
            .map(|(_, step)| {
                let outputs = step["files"]["outputs"].as_array().cloned().unwrap_or_default();
                let hashes: Vec<_> = outputs.iter().map(|o| o["fingerprint"].to_string()).collect();
                (
                    step["step"].to_string(),
                    step["rc"].as_u64().unwrap(),
                    step["status"].to_string(),
                    hashes.join(" "),
                )
            })
            .collect();
        facts.sort();
        facts
    };
    let alone = six(3000);
    alone.run(&[]).status(0);
    for jobs in ["2", "4"] {
        let job = six(3000);
        let report = job.run(&["--jobs", jobs, "--memory", "8M", "--json"]).status(0).json();
        assert!(outputs(&job) == outputs(&alone), "--jobs {jobs}");
        assert_eq!(facts(&job), facts(&alone));
        let names: Vec<String> = steps(&report).into_iter().map(|(step, _)| step).collect();
        assert_eq!(names, ["LEFT", "RIGHT", "COPY", "BOTH", "CLEAN", "BALANCE"]);
    }
}

#[test]
fn a_step_for_failures_runs_after_one_and_the_run_still_fails() {
    let job = six(20);
    job.put("job.yaml", SIX.replace("manifest:", "publish: per-step\nmanifest:").as_bytes());
    job.put("b.ebc", &[0xFF; 14]);
    let run = job.run(&["--json"]).status(80);
    let all = steps(&run.json());
    let of = |name: &str| all.iter().find(|(step, _)| step == name).unwrap().1.clone();
    assert_eq!([of("LEFT"), of("RIGHT"), of("BOTH"), of("CLEAN")].join(" "), "ended abended bypassed ended");
    let abend =
        run.json()["steps"].as_array().unwrap().iter().find(|s| s["step"] == "RIGHT").unwrap()["abend"]
            .clone();
    assert_eq!(abend, "S0C7");
    assert_eq!(job.read("out/failed.ebc"), records(1, 20));
}

/// ICETOOL's COUNT sets the return code to 4 for an input that is not empty.
const CODES: &str = "
version: 1
job: CODES
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  out: { path: out.ebc, like: a, disp: replace }
JOB-COND
steps:
  - step: FIRST
    STEP-RC
    tool:
      dd: { IN: a }
      control: |
        COUNT FROM(IN) NOTEMPTY RC4
  - step: SECOND
    CONDITION
    sort: { in: a, out: out }
";

#[test]
fn conditions_decide_which_steps_run() {
    for (condition, job_cond, step_rc, status, ran) in [
        ("when: rc(FIRST) = 4", "", "", 4, true),
        ("when: rc(FIRST) < 4 or max-rc() = 0", "", "", 4, false),
        ("cond: (4,EQ,FIRST)", "", "", 4, false),
        ("cond: (4,LT)", "", "", 4, true),
        ("cond: ONLY", "", "", 4, false),
        ("if: FIRST.RC = 4 & FIRST.RUN", "", "", 4, true),
        ("if: ABEND", "", "", 4, false),
        ("run-if: failed", "", "", 4, false),
        ("description: none", "cond: (4,LE)", "", 4, false),
        ("description: none", "", "max-rc: 3", 4, false),
        ("description: none", "", "max-rc: 4", 4, true),
        ("run-if: always", "", "max-rc: 0", 4, true),
        ("cond: EVEN", "", "max-rc: 0", 4, true),
        ("cond: ((8,EQ,FIRST),EVEN)", "", "max-rc: 0", 4, true),
        ("cond: ((4,EQ,FIRST),EVEN)", "", "", 4, false),
        ("cond: ((8,EQ,FIRST),ONLY)", "", "", 4, false),
        // IF is asked first; both have to agree.
        ("if: FIRST.RC = 4\n    cond: (4,EQ,FIRST)", "", "", 4, false),
        ("if: FIRST.RC = 4\n    cond: (8,EQ,FIRST)", "", "", 4, true),
        ("if: FIRST.RC = 8\n    cond: (8,EQ,FIRST)", "", "", 4, false),
    ] {
        let yaml =
            CODES.replace("CONDITION", condition).replace("JOB-COND", job_cond).replace("STEP-RC", step_rc);
        let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 3)).yaml(&yaml);
        let run = job.run(&["--json"]);
        assert_eq!(run.status, status, "{condition} {job_cond} {step_rc}: {}", run.stderr);
        let found = steps(&run.json()).contains(&("SECOND".to_owned(), "ended".to_owned()));
        assert_eq!(found, ran, "{condition} {job_cond} {step_rc}");
        // What runs after a failure is not published with the job.
        let failed = run.stderr.contains("RUN043");
        assert_eq!(job.path().join("out.ebc").exists(), ran && !failed, "{condition} {job_cond} {step_rc}");
    }
}

#[test]
fn an_if_around_several_steps_is_decided_once() {
    let yaml = CODES
        .replace("JOB-COND", "decisions: { inside: { if: FIRST.RC = 4 & NOT SECOND.RUN, before: SECOND } }");
    let yaml = yaml.replace("STEP-RC", "").replace("CONDITION", "if: inside");
    let more = "  - step: THIRD
    if: INSIDE
    sort: { in: a, out: \"@third\" }
  - step: OTHERWISE
    if: NOT inside
    sort: { in: a, out: \"@fourth\" }
  - step: ALONE
    if: FIRST.RC = 4 & NOT SECOND.RUN
    sort: { in: a, out: \"@fifth\" }
";
    let job =
        Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 3)).yaml(&format!("{yaml}{more}"));
    for jobs in ["1", "4"] {
        let report = job.run(&["--json", "--rerun", "--jobs", jobs]).status(4).json();
        let ran: Vec<String> = steps(&report)
            .into_iter()
            .filter(|(_, status)| status == "ended")
            .map(|(name, _)| name)
            .collect();
        assert_eq!(ran, ["FIRST", "SECOND", "THIRD"]);
    }
    for (from, to, says) in [
        ("before: SECOND", "before: NOWHERE", "NOWHERE"),
        ("before: SECOND", "before: THIRD", "stands before INSIDE is decided"),
        ("FIRST.RC = 4 & NOT SECOND.RUN, before", "FIRST.XX, before", "cannot be read"),
        ("if: INSIDE", "if: OUTSIDE", "no decision"),
    ] {
        job.put("job.yaml", format!("{yaml}{more}").replace(from, to).as_bytes());
        job.offhost(&["check", "job.yaml", "--root", job.path().to_str().unwrap()])
            .status(65)
            .says(&["JOB040", says]);
    }
}

#[test]
fn conditions_that_cannot_be_decided_are_found_before_the_night() {
    for (condition, code) in [
        ("when: rc(FIRST) = ", "JOB040"),
        ("when: rc(FRST) = 0", "JOB040"),
        ("cond: (4,XX)", "JOB040"),
        ("cond: (4,LT,NOSTEP)", "JOB040"),
        ("if: 1 EQ 1", "JOB040"),
    ] {
        let yaml = CODES.replace("CONDITION", condition).replace("JOB-COND", "").replace("STEP-RC", "");
        let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 3)).yaml(&yaml);
        job.run(&[]).status(65).says(&[code, "SECOND"].map(|t| if t == "SECOND" { "job.yaml" } else { t }));
    }
    // A term on a step that may not have run, and data of one.
    let yaml = CODES
        .replace("STEP-RC", "when: max-rc() > 0")
        .replace("CONDITION", "when: rc(FIRST) = 0")
        .replace("JOB-COND", "");
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 3)).yaml(&yaml);
    job.run(&[]).status(65).says(&["JOB041", "ran(FIRST)"]);
    job.put("job.yaml", yaml.replace("when: rc(FIRST) = 0", "when: ran(FIRST) and rc(FIRST) = 0").as_bytes());
    job.run(&[]).status(0);
}

#[test]
fn datasets_are_locked_for_as_long_as_a_run_needs_them() {
    let job = six(20);
    let folder = job.path().join(".offhost/locks");
    std::fs::create_dir_all(&folder).unwrap();
    let reading = RealFs.lock_as(&folder.join("a.ebc"), true, "run OTHER").unwrap().unwrap();
    let writing =
        RealFs.lock_as(&folder.join("out%2Fright.ebc"), false, "run OTHER (process 1)").unwrap().unwrap();
    job.run(&["--no-wait"]).status(75).says(&["RUN036", "out/right.ebc", "run OTHER"]).nothing_published();
    let waited = job
        .run(&["--wait", "400ms"])
        .status(75)
        .says(&["waiting for out/right.ebc", "run OTHER (process 1)"]);
    assert!(waited.took >= Duration::from_millis(400));
    drop(writing);
    job.run(&["--no-wait"]).status(0);
    drop(reading);

    // Two processes do not work on one run.
    let job = six(20);
    stopped_after(&job, "LEFT");
    let run = run_of(&job);
    let _lock =
        RealFs.lock_as(&job.path().join(".offhost/runs").join(&run).join("lock"), false, "run SIX").unwrap();
    job.run(&[]).status(75).says(&["RUN014", &run]);
}

/// Each of two jobs writes what the other reads, so that whoever locked them as they are written would wait for ever.
#[test]
fn jobs_with_datasets_in_opposite_order_do_not_wait_for_each_other() {
    let yaml = |name: &str, from: &str, to: &str| {
        format!(
            "version: 1\njob: {name}\nparams:\n  round: {{ type: integer }}\ndatasets:\n  from: {{ path: {from}, record: {{ copybook: rec.cpy }} }}\n  to: {{ path: {to}, like: from, disp: replace }}\nsteps:\n  - step: COPY\n    sort: {{ in: from, out: to }}\n"
        )
    };
    let (x, y) = (records(1, 500), records(2, 500));
    let job = Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("x.ebc", &x)
        .file("y.ebc", &y)
        .text("xy.yaml", &yaml("XY", "x.ebc", "y.ebc"))
        .text("yx.yaml", &yaml("YX", "y.ebc", "x.ebc"));
    let root = job.path().to_str().unwrap();
    std::thread::scope(|scope| {
        for file in ["xy.yaml", "yx.yaml"] {
            let job = &job;
            scope.spawn(move || {
                for round in 0..rounds(8) {
                    job.offhost(&[
                        "run",
                        file,
                        "--quiet",
                        "--root",
                        root,
                        "--set",
                        &format!("round={round}"),
                    ])
                    .status(0);
                }
            });
        }
    });
    let now = (job.read("x.ebc"), job.read("y.ebc"));
    assert!(now == (x.clone(), x) || now == (y.clone(), y));
}

#[test]
fn limits_end_a_run_with_their_own_status() {
    let limited = |limits: &str| {
        let job = six(20_000);
        job.put(
            "job.yaml",
            SIX.replace("manifest:", &format!("limits: {{ {limits} }}\nmanifest:")).as_bytes(),
        );
        job
    };
    limited("time: 1ms").run(&[]).status(85).says(&["RUN037"]).nothing_published();
    limited("output: 100K").run(&[]).status(82).says(&["RUN039", "outputs"]).nothing_published();
    limited("temp: 100K")
        .run(&["--memory", "1M"])
        .status(82)
        .says(&["RUN039", "temporary"])
        .nothing_published();
    limited("memory: 1M, time: 1h, temp: 1G, output: 1G").run(&[]).status(0);
    limited("time: soon").run(&[]).status(65).says(&["JOB040", "soon"]);
}

#[test]
fn a_signal_ends_a_run_at_once_and_is_written_down() {
    let complete = undisturbed(30_000);
    let timed = six(30_000);
    let whole = timed.run(&[]).status(0).took.as_micros() as usize;
    let mut random = Random::new(3);
    let mut cancelled = 0;
    for round in 0..rounds(12) {
        let job = six(30_000);
        let before = outputs(&job);
        let mut child = spawn(&job);
        std::thread::sleep(Duration::from_micros(random.below(whole) as u64));
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        let status = child.wait().unwrap().code();
        // Before it listens a signal ends it as it ends any process.
        let after = outputs(&job);
        match status {
            Some(143) => assert!(after == before || after == complete, "round {round}: a part is left"),
            Some(0) => assert!(after == complete),
            other => assert!(other.is_none() && after == before, "round {round}: {other:?}"),
        }
        // A run that was told to end before it began has nothing to write down.
        if status == Some(143) && after == before && has_begun(&job) {
            cancelled += 1;
            let told = events(&job, &run_of(&job));
            assert_eq!(told.last().unwrap().0, "cancelled", "round {round}");
        }
        let again = job.run(&[]);
        assert!([0, 76].contains(&again.status), "round {round}: {}", again.stderr);
        assert!(outputs(&job) == complete, "round {round}");
    }
    assert!(cancelled > 0);
}

fn spawn(job: &Job) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_offhost"))
        .args(["run", "job.yaml", "--quiet", "--jobs", "2", "--root"])
        .arg(job.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_kill_at_any_moment_costs_nothing_but_time() {
    let count = 4_000;
    let complete = undisturbed(count);
    let timed = six(count);
    let whole = timed.run(&[]).status(0).took.as_micros() as usize;
    let mut random = Random::new(17);
    for round in 0..rounds(100) {
        let job = six(count);
        let before = outputs(&job);
        let mut child = spawn(&job);
        std::thread::sleep(Duration::from_micros(random.below(whole) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, bytes) in
            outputs(&job).iter().filter(|(name, _)| !name.to_string_lossy().ends_with(".part"))
        {
            let known = before.get(name) == Some(bytes) || complete.get(name) == Some(bytes);
            assert!(known, "round {round}: {name:?} is neither old nor new");
        }
        let again = job.run(&[]);
        assert!([0, 76].contains(&again.status), "round {round}: {}", again.stderr);
        assert!(outputs(&job) == complete, "round {round}: other files than in an undisturbed run");
        let committed = events(&job, &run_of(&job)).iter().filter(|(event, _)| event == "committed").count();
        assert_eq!(committed, 1, "round {round}: published more than once");
    }
}

#[test]
fn a_full_disk_is_left_as_it_was() {
    let job = six(20_000);
    let out = job.path().join("out");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=400k", "none"])
        .arg(&out)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: a small file system cannot be mounted here");
        return;
    }
    std::fs::write(out.join("right.ebc"), b"the old one").unwrap();
    let run = job.run(&[]);
    let left = outputs(&job);
    Command::new("umount").arg(&out).status().unwrap();
    assert_eq!(run.status, 82, "{}", run.stderr);
    assert!(
        left == Files::from([(PathBuf::from("right.ebc"), b"the old one".to_vec())]),
        "{:?}",
        left.keys()
    );
    job.run(&["--rerun"]).status(0);
}

/// The disk of the runs' own records is full, at whatever line or file, while that of the data is not.
#[test]
fn a_full_disk_below_the_runs_is_gone_on_from_once_there_is_room() {
    let complete = undisturbed(50);
    let mut refused = 0;
    for pages in 1.. {
        let job = six(50);
        let before = outputs(&job);
        let kept = job.path().join(".offhost");
        std::fs::create_dir(&kept).unwrap();
        let mount = |options: &str| {
            let mut command = Command::new("mount");
            let done = command
                .args(["-t", "tmpfs", "-o", options, "none"])
                .arg(&kept)
                .stderr(Stdio::null())
                .status();
            done.is_ok_and(|status| status.success())
        };
        if !mount(&format!("size={}k", pages * 4)) {
            eprintln!("SKIPPED: a small file system cannot be mounted here");
            return;
        }
        let first = job.run(&[]);
        let left = outputs(&job);
        let room = mount("remount,size=8m");
        let again = job.run(&[]);
        let journal = events(&job, &run_of(&job));
        let unmounted = Command::new("umount").arg(&kept).status().is_ok_and(|status| status.success());
        assert!(room && unmounted);
        assert!([0, 82].contains(&first.status), "{pages} pages: {} {}", first.status, first.stderr);
        assert!([0, 76].contains(&again.status), "{pages} pages: {}", again.stderr);
        for (name, bytes) in left.iter().filter(|(name, _)| !name.to_string_lossy().ends_with(".part")) {
            let known = before.get(name) == Some(bytes) || complete.get(name) == Some(bytes);
            assert!(known, "{pages} pages: {name:?} is neither old nor new");
        }
        assert!(outputs(&job) == complete, "{pages} pages: other files than in an undisturbed run");
        let committed = journal.iter().filter(|(event, _)| event == "committed").count();
        assert_eq!(committed, 1, "{pages} pages: published more than once");
        if first.status == 0 {
            break;
        }
        refused += 1;
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn folders_that_cannot_be_written_and_targets_that_are_none() {
    let job = six(20);
    for folder in [job.path().to_owned(), job.path().join("out")] {
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    }
    std::fs::create_dir(job.path().join(".offhost")).unwrap();
    std::fs::set_permissions(job.path().join(".offhost"), PermissionsExt::from_mode(0o777)).unwrap();
    std::fs::set_permissions(job.path().join("out"), PermissionsExt::from_mode(0o555)).unwrap();
    let run = |job: &Job| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_offhost"));
        command.args(["run", "job.yaml", "--quiet", "--root"]).arg(job.path());
        // Nobody's rights bind the superuser.
        if std::fs::metadata("/proc/self").unwrap().permissions().mode() != 0 && is_root() {
            command.uid(65534);
        }
        command.output().unwrap()
    };
    let before = outputs(&job);
    let refused = run(&job);
    assert_eq!(refused.status.code(), Some(77), "{}", String::from_utf8_lossy(&refused.stderr));
    assert!(outputs(&job) == before);
    std::fs::set_permissions(job.path().join("out"), PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(run(&job).status.code(), Some(0));

    let job = six(20);
    std::fs::create_dir(job.path().join("out/both.ebc")).unwrap();
    job.run(&[]).status(73).says(&["RUN015"]);
    std::fs::remove_dir(job.path().join("out/both.ebc")).unwrap();
    std::os::unix::fs::symlink("/tmp/elsewhere.ebc", job.path().join("out/both.ebc")).unwrap();
    job.run(&[]).status(77);
    std::fs::remove_file(job.path().join("out/both.ebc")).unwrap();
    stopped_after(&job, "LEFT");
    std::fs::remove_file(job.path().join("b.ebc")).unwrap();
    job.run(&[]).status(66).says(&["b.ebc"]);
    job.put("b.ebc", &records(2, 20));
    std::fs::remove_dir_all(job.path().join("out")).unwrap();
    job.run(&["--accept-changes"]).status(0);
    let mut wanted = undisturbed(20);
    let mut found = outputs(&job);
    for files in [&mut wanted, &mut found] {
        files.remove(&PathBuf::from("manifest.json"));
    }
    assert!(found == wanted);
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").unwrap().lines().any(|line| line.starts_with("Uid:\t0\t"))
}

#[test]
fn a_run_that_is_late_says_so() {
    for (hours, late) in [(7, false), (1, true), (-1, false)] {
        let job = six(20);
        let after = offhost::sys::clock::local() - jiff::SignedDuration::from_hours(hours);
        let text = format!("late-after: \"{}\"\nmanifest:", after.strftime("%H:%M"));
        job.put("job.yaml", SIX.replace("manifest:", &text).as_bytes());
        let report = job.run(&["--json"]).status(0).json();
        assert_eq!(report["late"], late, "{hours} hours after it");
    }
}
