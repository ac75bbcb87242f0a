//! Two runs of a job, and two folders, beside each other.

use serde_json::Value;

use crate::diff_twins::{COPYBOOK, Edit, LRECL, Mode, Record, edited, records};
use crate::harness::{Job, Random};

const NIGHTLY: &str = "\
version: 1
job: NIGHTLY
params:
  copy: { type: text, default: a }
datasets:
  input: { path: input, record: { copybook: rec.cpy, recfm: FB, lrecl: 50 } }
  ordered: { path: \"out/${copy}/ordered\" }
  rates: { path: \"out/${copy}/rates\" }
  latest: { path: out/latest, disp: replace }
steps:
  - step: ORDER
    sort: { in: input, out: ordered, by: [ ID ] }
  - step: RATES
    sort: { in: input, out: rates, include: RATE-CODE = 'V' }
  - step: LATEST
    sort: { in: input, out: latest, by: [ ID ] }
";

fn run(job: &Job, copy: &str, input: &[Record]) {
    job.put("input", &input.concat());
    let root = job.path().to_str().unwrap().to_owned();
    job.offhost(&["run", "job.yaml", "--root", &root, "--set", &format!("copy={copy}")]).status(0);
}

/// The folder of the only run that is not among these.
fn new_run(job: &Job, known: &[String]) -> String {
    let list = std::fs::read_dir(job.path().join(".offhost/runs")).unwrap();
    let names = list.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| !known.contains(name)).unwrap()
}

#[test]
fn what_a_later_run_replaced_is_taken_out_of_the_archive() {
    let mut random = Random::new(72);
    let ours = records(50, &mut random);
    let (theirs, _) = edited(&ours, &[Edit::Delete], Mode::Key, &mut random);
    let yaml = NIGHTLY.replace("datasets:", "archive: all\ndatasets:");
    let job = Job::new().text("rec.cpy", COPYBOOK).text("job.yaml", &yaml);
    run(&job, "a", &ours);
    let first = new_run(&job, &[]);
    run(&job, "b", &theirs);
    let root = job.path().to_str().unwrap().to_owned();
    let compare = ["diff-runs", &first, "last", "--only", "latest", "--json", "--root", &root];
    let answer = job.offhost(&compare).status(1).json();
    assert_eq!(answer["files"][0]["records"]["left_only"], 1, "{answer:#}");
}

#[test]
fn two_runs_of_a_job() {
    let mut random = Random::new(71);
    let ours = records(400, &mut random);
    let (theirs, _) = edited(&ours, &[Edit::Round, Edit::Delete], Mode::Key, &mut random);
    let job = Job::new().text("rec.cpy", COPYBOOK).text("job.yaml", NIGHTLY);
    let root = job.path().to_str().unwrap().to_owned();
    run(&job, "a", &ours);
    let first = new_run(&job, &[]);
    run(&job, "b", &theirs);
    let second = new_run(&job, std::slice::from_ref(&first));

    let compare = ["diff-runs", &first, &second, "--root", &root];
    // What the second run has replaced is not there any more, and nothing is made up.
    job.offhost(&compare).status(66).says(&["DIF004", "latest is no longer what the run"]);
    let both = [&compare[..], &["--only", "ordered,rates", "--key", "rates=ID"]].concat();
    let answer = job.offhost(&[&both[..], &["--json"]].concat()).status(1).json();
    assert_eq!(answer["answer"], "different");
    let file =
        |name: &str| answer["files"].as_array().unwrap().iter().find(|file| file["file"] == name).unwrap();
    assert_eq!(file("ordered")["pairing"], "key ID");
    assert_eq!(
        (&file("ordered")["records"]["different"], &file("ordered")["records"]["left_only"]),
        (&1.into(), &1.into())
    );
    assert_eq!(file("rates")["pairing"], "key ID");
    let why = file("ordered")["clusters"][0]["why"].as_str().unwrap().to_owned();
    assert!(why.starts_with(&format!("offhost why {first} --output ordered:")), "{why}");
    // A run beside itself is equal; `last` and the job's name are the second one.
    let same = ["diff-runs", "last", "NIGHTLY", "--root", &root];
    job.offhost(&same).status(0).stdout_contains("equal");
    job.offhost(&["diff-runs", &first, "NOBODY", "--root", &root]).status(66).says(&["WHY001"]);
    job.offhost(&[&both[..], &["--key", "orderd=ID"]].concat()).status(65).says(&["DIF001", "orderd"]);

    // The pages, and one that leads to them.
    let pages = job.path().join("pages").to_str().unwrap().to_owned();
    job.offhost(&[&both[..], &["--pages", &pages]].concat()).status(1);
    let index = String::from_utf8(job.read("pages/index.html")).unwrap();
    assert!(index.contains("href=\"ordered.html\"") && index.contains("different"), "{index}");
    assert!(job.read("pages/ordered.html").starts_with(b"<!doctype html>"));
}

#[test]
fn a_file_of_a_run_leads_to_why() {
    let mut random = Random::new(72);
    let ours = records(50, &mut random);
    let job = Job::new().text("rec.cpy", COPYBOOK).text("job.yaml", NIGHTLY);
    run(&job, "a", &ours);
    let (theirs, _) = edited(&ours, &[Edit::Round], Mode::Key, &mut random);
    job.put("theirs", &theirs.concat());
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (left, right, copybook, root) = (path("out/a/ordered"), path("theirs"), path("rec.cpy"), path(""));
    let arguments = ["diff", &left, &right, "-c", &copybook, "--key", "ID", "--root", &root, "--json"];
    let answer = job.offhost(&arguments).status(1).json();
    let expected = format!("offhost why {} --output ordered:", new_run(&job, &[]));
    assert_eq!(answer["why"], Value::from(expected));
    // A file that somebody has changed since is not that of the run.
    let mut changed = job.read("out/a/ordered");
    changed[0] = 0xF9;
    job.put("out/a/ordered", &changed);
    assert_eq!(job.offhost(&arguments).status(1).json()["why"], Value::Null);
}

#[test]
fn two_folders_by_a_manifest() {
    let mut random = Random::new(73);
    let ours = records(300, &mut random);
    let (theirs, _) = edited(&ours, &[Edit::Nibble, Edit::Nibble], Mode::Key, &mut random);
    let turned: Vec<Record> = theirs.iter().rev().cloned().collect();
    let manifest = "\
version: 1
defaults: { copybook: rec.cpy, recfm: FB, lrecl: 50 }
files:
  - { file: one, theirs: one.ebc, key: [ ID ] }
  - { file: two, key: ID, equivalent: sign-nibbles }
  - { file: three, multiset: true }
  - { file: lonely }
";
    let job = Job::new()
        .text("rec.cpy", COPYBOOK)
        .text("nightly.yaml", manifest)
        .file("ours/one", &ours.concat())
        .file("theirs/one.ebc", &turned.concat())
        .file("ours/two", &ours.concat())
        .file("theirs/two", &theirs.concat())
        .file("ours/three", &ours.concat())
        .file("theirs/three", &ours.concat())
        .file("ours/lonely", &ours.concat());
    let path = |name: &str| job.path().join(name).to_str().unwrap().to_owned();
    let (left, right, list) = (path("ours"), path("theirs"), path("nightly.yaml"));
    let compare = ["diff-runs", &left, &right, "--manifest", &list];
    let answer = job.offhost(&[&compare[..], &["--json"]].concat()).status(1).json();
    let answers: Vec<(&str, &str)> = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["file"].as_str().unwrap(), file["answer"].as_str().unwrap()))
        .collect();
    assert_eq!(answers, [("one", "different"), ("two", "equivalent"), ("three", "equal")]);
    assert_eq!(answer["only_left"], serde_json::json!(["lonely"]));
    job.offhost(&[&compare[..], &["--only", "two,three"]].concat()).status(0).stdout_contains("equivalent");
    job.offhost(&[&compare[..], &["--only", "two", "--strict"]].concat()).status(1);
    let bad = |text: &str, says: &[&str]| {
        job.put("nightly.yaml", text.as_bytes());
        job.offhost(&compare).status(65).says(says);
    };
    bad("version: 2\nfiles: []\n", &["DIF005", "write version: 1"]);
    bad("version: 1\nfiles: [ { copybook: rec.cpy } ]\n", &["DIF005", "say file: NAME"]);
    bad(
        "version: 1\nfiles: [ { file: one, theirs: one.ebc, copybook: rec.cpy, kee: ID } ]\n",
        &["DIF005", "--kee"],
    );
    assert_eq!(ours[0].len(), LRECL);
}
