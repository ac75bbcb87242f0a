//! What a plan knows of the contents of inputs before the run, and inputs that are something else when they are read.

use std::path::{Path, PathBuf};

use offhost::diag::codes;
use offhost::run::{Observer, Start, StepReport, start};
use offhost::sys::{Fs, RealFs};
use serde_json::{Value, json};

use crate::crash::{COPYBOOK, records};
use crate::harness::{Job, files_below, runs_of};

/// Two steps, each with an input of its own.
const TWO: &str = "
version: 1
job: TWO
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  b: { path: b.ebc, like: a }
  left: { path: out/left.ebc, like: a, disp: replace }
  right: { path: out/right.ebc, like: a, disp: replace }
steps:
  - step: LEFT
    sort: { in: a, out: left, by: [ ACCT ] }
  - step: RIGHT
    sort: { in: b, out: right, by: [ AMT ] }
";

fn two(more: &str) -> Job {
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &records(1, 30))
        .file("b.ebc", &records(2, 30))
        .yaml(&format!("{TWO}{more}\n"))
}

/// Hash of bytes as journals have it, by the crate alone.
fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes))
}

/// The frozen plan of a run, with its bytes.
fn frozen(job: &Job, run: &str) -> (Value, Vec<u8>) {
    let bytes = job.read(&format!(".offhost/runs/{run}/plan.json"));
    (serde_json::from_slice(&bytes).unwrap(), bytes)
}

/// What the frozen plan of the latest run of a job knows of an input in one file.
fn known(job: &Job, name: &str, dataset: &str) -> Value {
    let run = runs_of(job).into_iter().rfind(|run| run.starts_with(&format!("{name}."))).unwrap();
    let (plan, _) = frozen(job, &run);
    let hashes = plan["datasets"][dataset]["hashes"].as_object().unwrap().clone();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
    hashes.into_iter().next().unwrap().1
}

/// One byte of an amount turned over.
fn other(bytes: &[u8]) -> Vec<u8> {
    let mut other = bytes.to_vec();
    other[10] ^= 0x10;
    other
}

/// The bytes of a file changed as nobody can by means of the system alone: everything that tells a file from a changed one is as
/// it was. Times cannot be set back, so that the note of its hash is moved instead.
fn forge(job: &Job, file: &str, bytes: &[u8]) {
    let path = job.path().join(file);
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, bytes).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let note = job.path().join(".offhost/known").join(file.replace('/', "%2F"));
    let mut text: Value = serde_json::from_slice(&std::fs::read(&note).unwrap()).unwrap();
    let changed = RealFs.meta(&path).unwrap().changed;
    assert_ne!(
        text["found"]["changed"],
        json!(i64::try_from(changed).unwrap()),
        "the time of the change tells of it"
    );
    text["found"]["changed"] = json!(i64::try_from(changed).unwrap());
    std::fs::write(&note, text.to_string()).unwrap();
}

fn outputs(job: &Job) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    files_below(&job.path().join("out"))
}

#[test]
fn a_file_changed_behind_its_stamp_is_found_before_anything_is_visible() {
    for publish in ["at-end", "per-step"] {
        let job = two(&format!("publish: {publish}"));
        job.run(&[]).status(0);
        assert_eq!(known(&job, "TWO", "a"), json!({ "xxh3": null, "source": "not-known" }));
        let (before, was, is) = (outputs(&job), records(1, 30), other(&records(1, 30)));
        let first = runs_of(&job).remove(0);
        forge(&job, "a.ebc", &is);
        let told = ["RUN048", "input a ", &hash(&was), &hash(&is), &first, "--accept-changes"];
        job.run(&["--rerun"]).status(90).says(&told).nothing_published();
        assert_eq!(known(&job, "TWO", "a"), json!({ "xxh3": hash(&was), "source": "read", "run": first }));
        // Nothing was done: the run is begun again with what it knew.
        job.run(&[]).status(90).says(&["RUN048"]).nothing_published();
        assert!(outputs(&job) == before);
        let report = job.run(&["--accept-changes", "--json"]).status(0).json();
        assert_eq!(report["attempt"], 3);
        let wanted = two("");
        wanted.put("a.ebc", &is);
        wanted.run(&[]).status(0);
        assert!(outputs(&job) == outputs(&wanted), "{publish}");
        // From now on that is what is known of it.
        job.run(&["--rerun"]).status(0);
        assert_eq!(known(&job, "TWO", "a")["xxh3"], hash(&is));
    }
}

#[test]
fn where_something_else_was_read_size_and_times_tell_nothing() {
    let begun = || {
        let job = two("");
        job.run(&[]).status(0);
        forge(&job, "b.ebc", &other(&records(2, 30)));
        job.run(&["--rerun"]).status(90).says(&["RUN048", "input b "]);
        job
    };
    let job = begun();
    job.run(&[]).status(90).says(&["RUN031", "input b has changed"]).nothing_published();
    let report = job.run(&["--accept-changes", "--json"]).status(0).json();
    assert_eq!(report["steps"][0]["status"], "kept");
    assert!(
        outputs(&job)[Path::new("right.ebc")] == {
            let wanted = two("");
            wanted.put("b.ebc", &other(&records(2, 30)));
            wanted.run(&[]).status(0);
            outputs(&wanted)[Path::new("right.ebc")].clone()
        }
    );
    // A file that is put back is what was known; nothing need be accepted.
    let job = begun();
    job.put("b.ebc", &records(2, 30));
    let report = job.run(&["--json"]).status(0).json();
    assert_eq!((&report["steps"][0]["status"], &report["attempt"]), (&json!("kept"), &json!(2)));
}

/// What one job publishes another one reads.
const DOWN: &str = "
version: 1
job: DOWN
datasets:
  left: { path: out/left.ebc, record: { copybook: rec.cpy } }
  bad: { path: bad.ebc, like: left }
  sums: { path: out/sums.ebc, like: left, disp: replace }
  rest: { path: out/rest.ebc, like: left, disp: replace }
steps:
  - step: REST
    sort: { in: bad, out: rest, by: [ AMT ] }
  - step: SUMS
    sort: { in: left, out: sums, by: [ AMT ] }
";

#[test]
fn what_a_run_published_is_known_to_the_jobs_behind_it_and_to_their_restarts() {
    let job = two("").text("down.yaml", DOWN).file("bad.ebc", &[&records(3, 5)[..], &[0xFF; 14]].concat());
    let root = job.root();
    let down = |more: &[&str]| job.offhost(&[&["run", "down.yaml", "--root", &root], more].concat());
    job.run(&[]).status(0);
    let (up, left) = (runs_of(&job).remove(0), hash(&job.read("out/left.ebc")));
    let said = format!("published by {up}");
    let plan = job.offhost(&["plan", "down.yaml", "--root", &root]).status(0);
    plan.stdout_contains(&left).stdout_contains(&said).stdout_contains("not known before it is read");
    let plan = job.offhost(&["plan", "down.yaml", "--root", &root, "--json"]).status(0).json();
    let wanted = json!({ "xxh3": left, "source": "published", "run": up });
    assert_eq!(plan["inputs"][1], json!({ "dataset": "left", "file": "out/left.ebc", "hash": wanted }));
    assert_eq!(plan["inputs"][0]["hash"]["xxh3"], Value::Null);

    down(&[]).status(80);
    assert_eq!(known(&job, "DOWN", "left"), wanted);
    let run = runs_of(&job).into_iter().find(|run| run.starts_with("DOWN.")).unwrap();
    let (_, before) = frozen(&job, &run);
    // A restart has the same plan, whatever is known by then.
    std::fs::remove_dir_all(job.path().join(".offhost/known")).unwrap();
    down(&[]).status(80);
    assert!(frozen(&job, &run).1 == before);
    // The file is what the plan says, though it is a copy.
    job.put("out/left.ebc", &job.read("out/left.ebc"));
    job.put("bad.ebc", &records(3, 5));
    let report = down(&["--json"]).status(0).json();
    let input = report["inputs"].as_array().unwrap().iter().find(|file| file["dataset"] == "left").unwrap();
    assert_eq!(input["hash"], left);
    let shown = job.offhost(&["runs", "show", &run, "--json", "--root", &root]).status(0).json();
    assert!(shown["plan"]["datasets"]["left"]["hashes"].is_object(), "{shown:#}");
}

#[test]
fn the_page_says_from_where_a_hash_was_known() {
    let job = two("").text("down.yaml", DOWN).file("bad.ebc", &records(3, 5));
    job.run(&[]).status(0);
    let up = runs_of(&job).remove(0);
    job.offhost(&["run", "down.yaml", "--root", &job.root()]).status(0);
    let run = runs_of(&job).into_iter().find(|run| run.starts_with("DOWN.")).unwrap();
    let page = String::from_utf8(job.read(&format!(".offhost/runs/{run}/report.html"))).unwrap();
    assert!(page.contains(&format!("published by {up}")), "{page}");
}

/// Does something when a step begins.
struct When<'a, F: Fn() + Sync>(&'a str, F);

impl<F: Fn() + Sync> Observer for When<'_, F> {
    fn step_started(&self, step: &str, _: &str, _: u64) {
        if step == self.0 {
            self.1();
        }
    }
    fn progress(&self, _: u64, _: u64) {}
    fn step_finished(&self, _: &StepReport) {}
    fn note(&self, _: &str) {}
}

#[test]
fn with_hash_first_every_input_is_known_and_a_byte_that_changes_then_is_found() {
    let job = two("");
    job.run(&["--hash-first"]).status(0);
    for (name, bytes) in [("a", records(1, 30)), ("b", records(2, 30))] {
        assert_eq!(
            known(&job, "TWO", name),
            json!({ "xxh3": hash(&bytes), "source": "hashed-first" }),
            "{name}"
        );
    }
    for publish in ["at-end", "per-step"] {
        for flag in [true, false] {
            let job = two(&format!("publish: {publish}\nhash-first: {}", !flag));
            let (root, plan) = job.plan(&[]);
            let begin = Start { hash_first: flag, ..Start::default() };
            let change = || std::fs::write(job.path().join("b.ebc"), other(&records(2, 30))).unwrap();
            let outcome = start(&RealFs, &plan, &root, &begin, &When("RIGHT", change));
            let error = outcome.error.unwrap();
            assert_eq!((error.code, outcome.status), (codes::RUN048, 90), "{}", error.message);
            let published: Vec<PathBuf> = outputs(&job).into_keys().collect();
            let wanted: &[&str] = if publish == "at-end" { &[] } else { &["left.ebc"] };
            assert_eq!(published, wanted.iter().map(PathBuf::from).collect::<Vec<_>>());
            // As it is now it is another file.
            job.run(&[]).status(90).says(&["RUN031"]);
            job.run(&["--accept-changes"]).status(0);
        }
    }
}

/// A restart that asks for it hashes what the run was begun without.
#[test]
fn a_restart_may_ask_for_hashes_too() {
    let job = two("");
    job.put("b.ebc", &[&records(2, 30)[..], &[0xFF; 14]].concat());
    job.run(&[]).status(80);
    let run = runs_of(&job).remove(0);
    let bad = job.read("b.ebc");
    job.offhost(&["restart", &run, "--hash-first", "--root", &job.root()]).status(80);
    assert_eq!(known(&job, "TWO", "b"), json!({ "xxh3": hash(&bad), "source": "hashed-first" }));
    let (_, before) = frozen(&job, &run);
    job.offhost(&["restart", &run, "--hash-first", "--root", &job.root()]).status(80);
    assert!(frozen(&job, &run).1 == before, "what is known is not hashed again");
}

#[test]
fn a_file_whose_stamp_differs_is_not_known() {
    let job = two("");
    job.run(&[]).status(0);
    job.put("a.ebc", &other(&records(1, 30)));
    job.run(&["--rerun"]).status(0);
    assert_eq!(known(&job, "TWO", "a"), json!({ "xxh3": null, "source": "not-known" }));
    assert_eq!(known(&job, "TWO", "b")["xxh3"], hash(&records(2, 30)));
    // A note that is torn says nothing, and stops nobody.
    std::fs::write(job.path().join(".offhost/known/b.ebc"), b"{ \"file\":").unwrap();
    job.run(&["--rerun"]).status(0);
    assert_eq!(known(&job, "TWO", "b")["source"], "not-known");
    job.run(&["--rerun"]).status(0);
    assert_eq!(known(&job, "TWO", "b")["source"], "read");
    // Notes of files that are gone go with the next pruning.
    std::fs::remove_file(job.path().join("out/left.ebc")).unwrap();
    assert!(job.path().join(".offhost/known/out%2Fleft.ebc").exists());
    job.offhost(&["runs", "prune", "--keep", "1", "--yes", "--root", &job.root()]).status(0);
    assert!(!job.path().join(".offhost/known/out%2Fleft.ebc").exists());
    assert!(job.path().join(".offhost/known/b.ebc").exists());
}

#[test]
fn what_the_catalog_and_the_archive_have_hashed_is_known() {
    let yaml = TWO.replace("b: { path: b.ebc,", "b: { gdg: { base: data/day, generation: 0 },");
    let job = two("").yaml(&yaml).file("data/day/G0007V00", &records(2, 30));
    job.offhost(&["catalog", "define", "data/day", "--adopt", "--root", &job.root()]).status(0);
    job.run(&[]).status(0);
    assert_eq!(known(&job, "TWO", "b"), json!({ "xxh3": hash(&records(2, 30)), "source": "catalog" }));

    // The archive reads inputs before the first step: what it found is what steps must read, in the same run too.
    let job = two("archive: inputs");
    job.run(&[]).status(0);
    let run = runs_of(&job).remove(0);
    job.run(&["--rerun"]).status(0);
    assert_eq!(
        known(&job, "TWO", "a"),
        json!({ "xxh3": hash(&records(1, 30)), "source": "archived", "run": run })
    );
    let job = two("archive: inputs");
    let (root, plan) = job.plan(&[]);
    let change = || std::fs::write(job.path().join("b.ebc"), other(&records(2, 30))).unwrap();
    let outcome = start(&RealFs, &plan, &root, &Start::default(), &When("RIGHT", change));
    assert_eq!(outcome.error.unwrap().code, codes::RUN048);
    assert!(outputs(&job).is_empty());
}
