//! How runs stand, as people and programs are told: what stopped one, what one waits for, the latest of a job; and what a command
//! line or a job is refused for before anything runs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use offhost::sys::{Fs, RealFs};
use serde_json::Value;

use crate::crash::{COPYBOOK, records};
use crate::harness::{Job, Run, runs_of};

const COPY: &str = "
version: 1
job: COPY
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  out: { path: out.ebc, like: a, disp: replace }
steps:
  - step: SORT
    sort: { in: a, out: out, by: [ AMT ] }
  - step: NEVER
    when: rc(SORT) > 0
    sort: { in: a, out: \"@nowhere\" }
";

fn copy(input: &[u8]) -> Job {
    Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", input).yaml(COPY)
}

fn of<'j>(job: &'j Job, arguments: &[&str]) -> Run<'j> {
    let root = job.path().to_str().unwrap();
    job.offhost(&[arguments, &["--root", root]].concat())
}

/// A job that archives all, and its first run.
fn archived() -> (Job, String) {
    let job = Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &records(1, 40))
        .yaml(&COPY.replace("job: COPY", "job: COPY\narchive: all"));
    job.run(&[]).status(0);
    let run = runs_of(&job).remove(0);
    (job, run)
}

/// Records of which the second has blanks where a packed number should be.
fn spoiled() -> Vec<u8> {
    let mut bytes = records(1, 4);
    let length = bytes.len() / 4;
    bytes[length..2 * length].fill(0x40);
    bytes
}

#[test]
fn what_stopped_a_run_is_told_with_its_place() {
    let job = copy(&spoiled());
    job.run(&[]).status(80);
    for arguments in [&["status"][..], &["runs"], &["runs", "show", "last"], &["status", "COPY"]] {
        let told = of(&job, arguments).status(0).stdout;
        for part in [
            "failed",
            "dataset a, record 2",
            "file offset 14",
            "field AMT",
            "bytes X'40",
            "hint: ",
            "report.html",
        ] {
            assert!(told.contains(part), "{arguments:?}: {part:?} is not in\n{told}");
        }
        let page = told.split("page ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert!(job.path().join(page).is_file(), "{page}");
    }
    let all = of(&job, &["status", "--json"]).status(0).json();
    assert_eq!(all[0]["error"]["place"]["record"], 2, "{all:#}");
    // What an error ended has no return code.
    assert!(all[0]["rc"].is_null(), "{all:#}");
    assert!(!of(&job, &["runs", "show", "last"]).status(0).stdout.contains("rc 0"));
    assert!(job.path().join(all[0]["report"].as_str().unwrap()).is_file());
}

#[test]
fn the_latest_run_has_names() {
    let job = copy(&records(1, 4));
    job.run(&[]).status(0);
    job.run(&["--rerun"]).status(0);
    let runs = of(&job, &["runs", "--json"]).status(0).json();
    let latest = runs[0]["run"].as_str().unwrap().to_owned();
    assert!(latest.ends_with(".r2"), "{latest}");
    for name in ["last", "last:COPY", "COPY", &latest, &format!(".offhost/runs/{latest}")] {
        let shown = of(&job, &["runs", "show", name, "--json"]).status(0).json();
        assert_eq!(shown["run"], latest, "{name}");
    }
    for name in ["last:OTHER", "OTHER", "COPY.2026-01-01.00000000"] {
        of(&job, &["runs", "show", name]).status(66).says(&["RUN040", name]);
    }
    let root = job.path().to_str().unwrap();
    job.offhost(&["restart", "last:COPY", "--root", root]).status(76).says(&["RUN030", &latest]);
    // A complete run is one line in a list, and says where its page is when it is looked at.
    assert!(!of(&job, &["runs"]).status(0).stdout.contains("report.html"));
    of(&job, &["runs", "show", "last"]).status(0).stdout_contains("report.html");
}

#[test]
fn a_run_that_waits_says_for_what() {
    let job = copy(&records(1, 4));
    std::fs::create_dir_all(job.path().join(".offhost/locks")).unwrap();
    let path = job.path().join(".offhost/locks/out.ebc");
    let lock =
        offhost::sys::Fs::lock_as(&offhost::sys::RealFs, &path, false, "run OTHER (process 1)").unwrap();
    let started = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_offhost"))
            .args(["run", "job.yaml", "--root", job.path().to_str().unwrap()])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut child = started(&[]);
    let clock = Instant::now();
    let waits = loop {
        let all = of(&job, &["status", "--json"]).status(0).json();
        if all[0]["state"] == "waiting" {
            break all[0].clone();
        }
        assert!(clock.elapsed() < Duration::from_secs(30), "{all:#}");
    };
    assert_eq!((&waits["job"], waits["attempts"].as_u64()), (&Value::from("COPY"), Some(0)));
    let text = of(&job, &["status"]).status(0).stdout;
    assert!(text.contains("waiting for out.ebc, which run OTHER (process 1) has"), "{text}");
    of(&job, &["runs", "show", "last"]).status(0).stdout_contains("waiting for out.ebc");
    // Killed while it waited: nothing has begun, and what it said of itself is no longer believed.
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(of(&job, &["runs", "--json"]).status(0).json(), Value::Array(Vec::new()));
    drop(lock);
    job.run(&[]).status(0);
    let shown = of(&job, &["runs", "show", "last", "--json"]).status(0).json();
    assert_eq!(shown["state"], "complete");
    assert!(!job.path().join(".offhost/runs").join(shown["run"].as_str().unwrap()).join("waiting").exists());
}

/// The lines of stderr as objects.
fn events(run: &Run<'_>) -> Vec<Value> {
    run.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[test]
fn steps_are_told_with_how_they_ended() {
    let finished = |job: &Job, status: i32| -> Vec<(Value, Value, Value)> {
        let run = job.run(&["--log-format", "json"]).status(status);
        let all = events(&run).into_iter().filter(|event| event["event"] == "step.finished");
        all.map(|event| (event["status"].clone(), event["rc"].clone(), event["abend"].clone())).collect()
    };
    let none = Value::Null;
    let passed = ("bypassed".into(), none.clone(), none.clone());
    let good = copy(&records(1, 4));
    assert_eq!(finished(&good, 0), [("ended".into(), 0.into(), none.clone()), passed.clone()]);
    let bad = copy(&spoiled());
    assert_eq!(finished(&bad, 80), [("abended".into(), none.clone(), "S0C7".into()), passed]);
    // For people too.
    bad.run(&[]).status(80).says(&["SORT: ", "abended S0C7", "NEVER: passed over"]);
}

#[test]
fn a_wrong_command_line_is_an_event_too() {
    let job = Job::new();
    for arguments in [
        &["run", "job.yaml", "--log-format", "json", "--nix"][..],
        &["--log-format=json", "run"],
        &["--log-format", "json", "nix"],
    ] {
        let run = job.offhost(arguments).status(64);
        let told = events(&run);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((&told[0]["event"], &told[0]["code"]), (&"message".into(), &"RUN013".into()), "{told:?}");
        assert!(told[0]["time"].is_string() && !told[0]["message"].as_str().unwrap().is_empty());
    }
    job.offhost(&["run", "--nix"]).status(64).says(&["error: unexpected argument '--nix'"]);
    // What is asked for is an answer in any format.
    job.offhost(&["--log-format", "json", "--version"]).status(0).stdout_contains("offhost ");
}

#[test]
fn names_that_would_be_in_the_way_are_refused() {
    let hyphen = COPY.replace("job: COPY", "job: -x");
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 4)).yaml(&hyphen);
    job.run(&[]).status(65).says(&["JOB003", "'-x' is not a well-formed name", "job.yaml:3:6", "hyphen"]);
    // The name of the file fits, but not with that of the run behind it while it is written.
    let named = |length: usize| {
        let yaml = COPY.replace("path: out.ebc", &format!("path: {}", "o".repeat(length)));
        Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 4)).yaml(&yaml)
    };
    let long = named(250);
    let root = long.path().to_str().unwrap().to_owned();
    let yaml = long.path().join("job.yaml").to_str().unwrap().to_owned();
    for verb in ["check", "plan", "run"] {
        let run = long.offhost(&[verb, &yaml, "--root", &root]).status(65);
        run.says(&["JOB003", "the file name of the output out has 250 bytes", "218 bytes are the most"]);
    }
    named(219).run(&[]).status(65);
    named(218).run(&[]).status(0);
}

/// The manifest is published like an output, so that it has to keep to the same rules.
#[test]
fn a_manifest_in_the_way_of_something_is_refused() {
    let listed = |path: &str| {
        let yaml = format!("{COPY}manifest: {path}\n");
        Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 4)).yaml(&yaml)
    };
    let long = "o".repeat(250);
    for (path, words) in [
        (long.as_str(), ["JOB003", "the file name of the manifest has 250 bytes", "218 bytes are the most"]),
        ("out.ebc", ["JOB008", "out and the manifest are one file", "out.ebc"]),
        ("a.ebc", ["JOB008", "a and the manifest are one file", "a.ebc"]),
        (
            ".offhost/active/x",
            ["JOB008", "the manifest lies in the folder where offhost keeps its state", ""],
        ),
        ("offhost.yaml", ["JOB008", "the manifest is the policy of the root", ""]),
        ("job.yaml", ["JOB008", "the manifest is one of the texts", ""]),
        ("rec.cpy", ["JOB008", "the manifest is one of the texts", ""]),
    ] {
        listed(path).run(&[]).status(65).says(&words).nothing_published();
    }
    listed(&"o".repeat(219)).run(&[]).status(65);
    listed(&"o".repeat(218)).run(&[]).status(0);
    let folder = listed("folder");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    folder.run(&[]).status(73).says(&["RUN015", "output (manifest) cannot be a folder"]).nothing_published();
}

#[test]
fn a_file_is_held_against_the_hash_that_is_known() {
    // Nothing is kept: what the journal says of the input is its XXH3; texts have a SHA-256.
    let job = copy(&records(1, 4));
    job.run(&[]).status(0);
    let lines = |text: &str, of: &str| text.lines().filter(|line| line.contains(of)).count();
    let told = of(&job, &["verify", "out.ebc"]).status(0).stdout;
    assert!(
        told.contains("bytes, XXH3 ") && lines(&told, " XXH3 ") == 2 && lines(&told, " SHA-256 ") == 2,
        "{told}"
    );
    assert!(
        told.lines()
            .any(|line| line.contains(" input ") && line.contains(" XXH3 ") && line.contains(" same ")),
        "{told}"
    );
    let known = of(&job, &["verify", "out.ebc", "--json"]).status(0).json();
    let input = &known["origin"]["inputs"][0];
    assert!(input["sha256"].is_null() && input["xxh3"].as_str().unwrap().len() == 32, "{known:#}");
    job.put("a.ebc", &records(7, 4));
    let known = of(&job, &["verify", "out.ebc", "--json"]).status(0).json();
    assert_eq!(known["origin"]["inputs"][0]["now"], "changed");
}

#[test]
fn what_old_runs_left_is_removed_but_for_their_records() {
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 40)).yaml(
        &COPY.replace("job: COPY", "job: COPY\narchive: all\nparams: { n: { type: text, default: one } }"),
    );
    let names = |all: &Value| -> Vec<String> {
        all.as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect()
    };
    for number in ["one", "two", "three"] {
        job.run(&["--set", &format!("n={number}")]).status(0);
    }
    // One that failed keeps what it has.
    job.put("a.ebc", &spoiled());
    job.run(&["--set", "n=four"]).status(80);
    let before = of(&job, &["runs", "--json"]).status(0).json();
    let all = names(&before);
    let there = |run: &str, file: &str| job.path().join(".offhost/runs").join(run).join(file).exists();
    let kept = |status: i32| {
        of(&job, &["archive", "list", "--json"]).status(status).json()["runs"].as_array().unwrap().len()
    };
    of(&job, &["runs", "prune", "--keep", "2"]).status(64).says(&["CAT008", "--yes"]);
    of(&job, &["runs", "prune", "--yes"]).status(78).says(&["PGM002", "says nothing of runs", "--keep"]);
    of(&job, &["runs", "prune", "--older-than", "soon", "--yes"]).status(64).says(&["90d"]);
    // Nothing is that old.
    let none = of(&job, &["runs", "prune", "--older-than", "90d", "--yes", "--json"]).status(0).json();
    assert_eq!((&none["files"], &none["contents"]), (&0.into(), &0.into()), "{none:#}");
    let would = of(&job, &["runs", "prune", "--keep", "0", "--dry-run", "--json"]).status(0).json();
    assert_eq!((would["files"].as_u64(), kept(0)), (Some(6), 4), "{would:#}");
    let done = of(&job, &["runs", "prune", "--keep", "2", "--yes", "--json"]).status(0).json();
    assert_eq!(done["runs"].as_array().unwrap().len(), 2, "{done:#}");
    for (at, run) in all.iter().enumerate() {
        assert_eq!(there(run, "report.html"), at < 2, "{run}");
        assert!(there(run, "journal.jsonl") && there(run, "plan.json"), "{run}");
    }
    assert_eq!(kept(0), 2);
    of(&job, &["archive", "verify"]).status(0);
    let rest = of(&job, &["runs", "prune", "--keep", "0", "--yes"]).status(0);
    let row = rest.stdout.lines().find(|line| line.contains(&all[0])).unwrap_or_default();
    assert!(row.contains("keeps what it has") && row.ends_with("it is not over"), "{}", rest.stdout);
    assert!(there(&all[0], "report.html") && !there(&all[1], "report.html"));
    // What is done stays done, and the list still knows it.
    job.run(&["--set", "n=one"]).status(76).says(&["RUN030"]);
    assert_eq!(names(&of(&job, &["runs", "--json"]).status(0).json()), all);
    of(&job, &["runs", "show", &all[3]]).status(0).stdout_contains("complete");
    of(&job, &["verify", "out.ebc"]).status(0);
}

#[test]
fn roots_of_replays_go_by_the_same_choice() {
    let (job, run) = archived();
    for _ in 0..3 {
        of(&job, &["replay", "last"]).status(0);
    }
    let there = || {
        let places = (1..=3).map(|number| format!(".offhost/replay/{run}-{number}"));
        places.map(|place| job.path().join(place).exists()).collect::<Vec<_>>()
    };
    let none = of(&job, &["runs", "prune", "--older-than", "1d", "--yes", "--json"]).status(0).json();
    assert_eq!(none["replays"].as_array().unwrap().len(), 0, "{none:#}");
    of(&job, &["runs", "prune", "--keep", "1", "--dry-run"]).status(0).stdout_contains("would go");
    assert_eq!(there(), [true, true, true]);
    let done = of(&job, &["runs", "prune", "--keep", "1", "--yes"]).status(0);
    assert!(done.stdout.contains(&format!(".offhost/replay/{run}-1")), "{}", done.stdout);
    assert!(
        done.stdout.contains("0 runs: 0 files") && done.stdout.contains("and 2 replays: "),
        "{}",
        done.stdout
    );
    assert_eq!(there(), [false, false, true]);
    // One that is being made, and one that somebody works on, stay.
    std::fs::create_dir(job.path().join(".offhost/replay/COPY.new-1")).unwrap();
    let lock = job.path().join(format!(".offhost/replay/{run}-3/.offhost/runs"));
    let inside = std::fs::read_dir(&lock).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(inside.join("journal.jsonl")).unwrap();
    let open: Vec<&str> = text.split_inclusive('\n').filter(|line| !line.contains("\"committed\"")).collect();
    std::fs::write(inside.join("journal.jsonl"), open.concat()).unwrap();
    let held = RealFs.lock(&inside.join("lock"), false).unwrap().unwrap();
    let spared = of(&job, &["runs", "prune", "--keep", "0", "--yes", "--json"]).status(0).json();
    assert_eq!(spared["spared"].as_array().unwrap().len(), 2, "{spared:#}");
    drop(held);
    assert!(there()[2] && job.path().join(".offhost/replay/COPY.new-1").exists());
}

#[test]
fn the_policy_of_the_root_says_which_runs_keep_what_they_left() {
    let yaml =
        COPY.replace("job: COPY", "job: COPY\narchive: all\nparams: { business-date: { type: date } }");
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 40)).yaml(&yaml);
    for date in ["2024-01-30", "2024-01-31", "2024-02-01", "2024-02-02"] {
        job.run(&["--date", date]).status(0);
        of(&job, &["replay", "last"]).status(0);
    }
    let runs = runs_of(&job);
    job.put("offhost.yaml", b"version: 1\nruns:\n  keep: { runs: 1, month-ends: forever }\n");
    let told = of(&job, &["runs", "prune", "--dry-run"]).status(0).stdout;
    for (run, why) in [
        (&runs[0], "would go"),
        (&runs[1], "last date of its month"),
        (&runs[2], "would go"),
        (&runs[3], "one of the 1 latest"),
    ] {
        let rows: Vec<&str> = told.lines().filter(|line| line.contains(run.as_str())).collect();
        assert!(rows.len() == 2 && rows.iter().all(|row| row.contains(why)), "{run} {why}\n{told}");
    }
    let done = of(&job, &["runs", "prune", "--yes", "--json"]).status(0).json();
    assert_eq!(done["runs"], serde_json::json!([runs[0], runs[2]]), "{done:#}");
    assert_eq!(done["replays"].as_array().unwrap().len(), 2, "{done:#}");
    for (at, run) in runs.iter().enumerate() {
        let stays = at % 2 == 1;
        assert_eq!(job.path().join(format!(".offhost/runs/{run}/report.html")).exists(), stays, "{run}");
        assert_eq!(job.path().join(format!(".offhost/replay/{run}-1")).exists(), stays, "{run}");
        assert!(job.path().join(format!(".offhost/runs/{run}/journal.jsonl")).exists(), "{run}");
    }
}

#[test]
fn last_is_a_run_everywhere_and_unknown_ones_are_told() {
    let (job, run) = archived();
    let named = of(&job, &["archive", "list", "last", "--json"]).status(0).json();
    assert_eq!(named, of(&job, &["archive", "list", &run, "--json"]).status(0).json());
    assert!(!named.as_array().unwrap().is_empty());
    of(&job, &["archive", "list", "NOPE"]).status(66).says(&["RUN040", "there is no run NOPE"]);
    of(&job, &["archive", "hold", "last", "--reason", "audit"]).status(0).stdout_contains(&run);
    of(&job, &["archive", "release", "last", "--reason", "over"]).status(0).stdout_contains(&run);
    of(&job, &["runs", "show", "last"]).status(0).stdout_contains(&run);
    of(&job, &["status", "last"]).status(0).stdout_contains(&run);
    job.put("a.ebc", &spoiled());
    job.run(&["--rerun"]).status(80);
    let failed = runs_of(&job).remove(1);
    let gone = of(&job, &["runs", "abandon", "last", "--reason", "a test", "--yes"]).status(0);
    gone.stdout_contains(&format!("{failed} is given up"));
    of(&job, &["runs", "abandon", "NOPE", "--reason", "a test", "--yes"]).status(66).says(&["RUN040"]);
    of(&job, &["runs", "prune"]).status(64).says(&["CAT008", "--yes", "--dry-run"]);
    of(&job, &["runs", "prune", "--keep", "many"]).status(64).says(&["--keep", "many"]);
}

#[test]
fn runs_that_the_catalog_names_keep_what_they_have() {
    let yaml = COPY
        .replace("path: out.ebc", "gdg: { base: data/out, generation: +1, limit: 2 }")
        .replace(", disp: replace", "");
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1, 4)).yaml(&yaml);
    for _ in 0..3 {
        job.run(&["--rerun"]).status(0);
    }
    let done = of(&job, &["runs", "prune", "--keep", "0", "--yes", "--json"]).status(0).json();
    let spared: Vec<&str> =
        done["spared"].as_array().unwrap().iter().map(|one| one["why"].as_str().unwrap()).collect();
    assert_eq!(spared, ["the catalog has a generation of it"; 2], "{done:#}");
    assert_eq!(done["runs"].as_array().unwrap().len(), 1);
}
