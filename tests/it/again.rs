//! A night done again: from the archive, with its date, its texts and its generations, in a place of its own; and where a file
//! came from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Job, files_below};

const RECORD: &str = "       01  REC.\n           05  KEY1 PIC X(4).\n           05  NOTE PIC X(4).\n";

/// Sorts the day's file behind the last generation into the next one, and makes a list named by the date.
const NIGHT: &str = "version: 1
job: NIGHT
archive: all
params: { business-date: { type: date, default: 2026-03-11 } }
datasets:
  day: { path: day.dat, record: { copybook: rec.cpy, recfm: F, code-page: latin-1 } }
  old: { gdg: { base: data/all, generation: 0 }, like: day }
  new: { gdg: { base: data/all, generation: +1, limit: 2, scratch: true }, like: day }
  list: { path: \"out/list.${business-date:%Y%m%d}\", like: day }
  last: { path: out/last, disp: replace, like: day }
steps:
  - step: ADD
    sort: { in: [ old, day ], out: new, by: [ KEY1 ] }
  - step: LIST
    sort: { in: day, out: list, by: [ KEY1 ] }
  - step: LAST
    sort: { in: new, out: last }
";

/// Three nights; generations of the first are gone by then, and every input has been replaced.
fn nights() -> Job {
    let job = Job::new().text("rec.cpy", RECORD).yaml(NIGHT).text("data/all/G0001V00", "0000zero");
    offhost(&job, &["catalog", "define", "data/all", "--adopt", "--limit", "2", "--scratch"], 0);
    for (date, day) in
        [("2026-03-11", "CCCCone.AAAAone."), ("2026-03-12", "BBBBtwo."), ("2026-03-13", "DDDD3...")]
    {
        job.put("day.dat", day.as_bytes());
        job.run(&["--date", date]).status(0);
    }
    job
}

fn offhost(job: &Job, arguments: &[&str], status: i32) -> String {
    let root = job.path().to_str().unwrap().to_owned();
    let mut all = arguments.to_vec();
    all.extend(["--root", &root]);
    let run = job.offhost(&all);
    assert_eq!(run.status, status, "{arguments:?}\n{}\n{}", run.stdout, run.stderr);
    format!("{}{}", run.stdout, run.stderr)
}

fn json(job: &Job, arguments: &[&str], status: i32) -> Value {
    let root = job.path().to_str().unwrap().to_owned();
    let mut all = arguments.to_vec();
    all.extend(["--json", "--root", &root]);
    let run = job.offhost(&all);
    assert_eq!(run.status, status, "{arguments:?}\n{}\n{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// No hash is known of a file that was not read to its end.
#[test]
fn inputs_of_which_no_hash_is_known_must_be_accepted() {
    let job = Job::new().text("rec.cpy", RECORD).file("day.dat", &b"BBBB....AAAA....".repeat(1 << 19));
    job.put(
        "job.yaml",
        b"version: 1
job: FIRST
datasets:
  day: { path: day.dat, record: { copybook: rec.cpy, recfm: F, code-page: latin-1 } }
  first: { path: first.dat, like: day }
steps:
  - step: FIRST
    sort: { control: \" OPTION COPY,STOPAFT=1\", dd: { SORTIN: day, SORTOUT: first } }
",
    );
    job.run(&[]).status(0).published("first.dat", b"BBBB....");
    let text = offhost(&job, &["replay", "last"], 66);
    assert!(text.contains("ARC004") && text.contains("day (day.dat)"), "{text}");
    let found = json(&job, &["replay", "last", "--accept-inputs"], 0);
    assert!(found[0]["notes"][0].as_str().unwrap().contains("as it is today"), "{found:#}");
}

/// The job's own files and its catalog, but not what a replay may make.
fn outside(job: &Job) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files_below(job.path());
    files.insert("catalog".into(), job.read(".offhost/catalog/catalog.json"));
    files
}

#[test]
fn every_night_is_done_again_from_the_archive() {
    let job = nights();
    let before = outside(&job);
    for date in ["2026-03-11", "2026-03-12", "2026-03-13"] {
        let found = json(&job, &["replay", "--date", date], 0);
        assert_eq!(
            (&found[0]["equal"], &found[0]["business_date"]),
            (&true.into(), &date.into()),
            "{found:#}"
        );
        assert_eq!(found[0]["datasets"].as_array().unwrap().len(), 3, "{found:#}");
    }
    assert_eq!(outside(&job), before, "nothing outside of the new roots is touched");
    let text = offhost(&job, &["replay", "NIGHT", "--date", "2026-03-12", "--into", &path(&job, "again")], 0);
    assert!(text.contains("everything is as it was then"), "{text}");
    assert_eq!(job.read("again/data/all/G0003V00"), b"0000zeroAAAAone.BBBBtwo.CCCCone.");
    assert_eq!(job.read("again/out/list.20260312"), b"BBBBtwo.");
    let text = offhost(&job, &["replay", "last", "--into", &path(&job, "again")], 73);
    assert!(text.contains("ARC005"), "{text}");
    let text = offhost(&job, &["replay", "--date", "2026-03-14"], 66);
    assert!(text.contains("WHY001"), "{text}");
}

fn path(job: &Job, name: &str) -> String {
    job.path().join(name).display().to_string()
}

#[test]
fn a_changed_job_shows_where_it_differs() {
    let job = nights();
    // The texts of then are in the archive; those of today do not matter.
    job.put("job.yaml", b"version: 1\njob: OTHER\nsteps: []\n");
    job.put("rec.cpy", b"       01  X PIC X.\n");
    json(&job, &["replay", "--date", "2026-03-11"], 0);
    job.put("fix/rec.cpy", RECORD.as_bytes());
    std::fs::remove_file(job.path().join("rec.cpy")).unwrap();
    let fixed =
        NIGHT.replace("out: list, by: [ KEY1 ]", "out: list, by: [ { field: KEY1, order: descending } ]");
    job.put("fix/fixed.yaml", fixed.as_bytes());
    let found = json(&job, &["replay", "--date", "2026-03-11", "--job", "fix/fixed.yaml"], 1);
    let verdicts: BTreeMap<&str, &str> = found[0]["datasets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["dataset"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
        .collect();
    let wanted = [("last", "equal"), ("list", "differs: first in record 1, at position 1"), ("new", "equal")];
    assert_eq!(verdicts, BTreeMap::from(wanted));
    // Field by field, by the key of the sort: the same records in another order.
    let datasets = found[0]["datasets"].as_array().unwrap();
    let of = |name: &str| datasets.iter().find(|one| one["dataset"] == name).unwrap();
    let (list, diff) = (of("list"), &of("list")["diff"]);
    assert_eq!(
        (&diff["answer"], &diff["same_order"], &diff["pairing"]),
        (&"equal".into(), &false.into(), &"key KEY1".into()),
        "{diff:#}"
    );
    assert!(std::fs::read_to_string(list["page"].as_str().unwrap()).unwrap().starts_with("<!doctype html>"));
    assert!(of("last")["diff"].is_null());
    let fewer =
        NIGHT.replace("out: list, by: [ KEY1 ]", "out: list, include: \"KEY1 = 'AAAA'\", by: [ KEY1 ]");
    job.put("fix/fewer.yaml", fewer.as_bytes());
    let text = offhost(&job, &["replay", "--date", "2026-03-11", "--job", "fix/fewer.yaml"], 1);
    for part in ["list, now and then: different: 1 only in list then", "page: ", "list.html"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // An output less, one more; the old bytes of a file that was replaced come from the archive.
    let other = fixed
        .replace("list: {", "fresh: {")
        .replace("out: list", "out: fresh")
        .replace("in: new, out: last", "in: day, out: last");
    job.put("fix/other.yaml", other.as_bytes());
    let text = offhost(&job, &["replay", "--date", "2026-03-11", "--job", "fix/other.yaml"], 1);
    for part in
        ["not published now", "not published then", "first in record 1, at position 1", "not everything"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn without_an_archive_only_hashes_let_inputs_pass() {
    let job = Job::new().text("rec.cpy", RECORD).text("day.dat", "BBBB....AAAA....");
    job.put("job.yaml", NIGHT.replace("archive: all\n", "").as_bytes());
    job.put("data/all/G0001V00", b"0000zero");
    offhost(&job, &["catalog", "define", "data/all", "--adopt"], 0);
    job.run(&[]).status(0);
    // What was read to its end is known by the hash in the journal.
    json(&job, &["replay", "last"], 0);
    job.put("day.dat", b"AAAA....");
    for accept in [&["replay", "last"][..], &["replay", "last", "--accept-inputs"]] {
        let text = offhost(&job, accept, 66);
        assert!(
            text.contains("ARC004") && text.contains("day (day.dat)") && !text.contains("old ("),
            "{text}"
        );
    }
    job.put("day.dat", b"BBBB....AAAA....");
    job.put("data/all/G0001V00", b"0000one.");
    let text = offhost(&job, &["replay", "last", "--accept-inputs"], 66);
    assert!(text.contains("ARC004") && text.contains("old ("), "{text}");
    job.put("rec.cpy", format!("{RECORD}      * changed\n").as_bytes());
    let text = offhost(&job, &["replay", "last", "--accept-inputs"], 66);
    assert!(text.contains("ARC004") && text.contains("rec.cpy"), "{text}");
}

#[test]
fn the_archive_is_verified_and_pruned() {
    let job = nights();
    let list = json(&job, &["archive", "list"], 0);
    assert_eq!(list["runs"].as_array().unwrap().len(), 3, "{list:#}");
    let run = list["runs"][0]["run"].as_str().unwrap().to_owned();
    let kept = json(&job, &["archive", "list", &run], 0);
    // The job and its copybook, two inputs, three outputs.
    assert_eq!(kept.as_array().unwrap().len(), 7, "{kept:#}");
    assert_eq!(json(&job, &["archive", "verify"], 0)["troubles"], Value::Array(Vec::new()));
    let text = offhost(&job, &["archive", "prune", "--keep", "2"], 64);
    assert!(text.contains("CAT008"), "{text}");
    offhost(&job, &["archive", "prune", "--keep", "2", "--dry-run"], 0);
    json(&job, &["replay", &run], 0);
    offhost(&job, &["archive", "prune", "--keep", "2", "--yes"], 0);
    let text = offhost(&job, &["replay", &run], 66);
    assert!(text.contains("ARC004"), "{text}");
    json(&job, &["replay", "--date", "2026-03-12"], 0);
    let input = kept.as_array().unwrap().iter().find(|one| one["role"] == "text").unwrap();
    let sha256 = input["sha256"].as_str().unwrap();
    let object = format!(".offhost/archive/objects/{}/{sha256}.lz4", &sha256[..2]);
    job.put(&object, b"rubbish");
    assert_eq!(json(&job, &["archive", "verify"], 81)["troubles"].as_array().unwrap().len(), 1);
}

/// Two jobs; the second reads what the first wrote.
#[test]
fn a_file_tells_what_it_was_made_of() {
    let job = nights();
    let second = NIGHT
        .replace("job: NIGHT", "job: SECOND")
        .replace("path: day.dat", "path: out/last")
        .replace("out/list", "out/second")
        .replace("path: out/last, disp", "path: out/other, disp")
        .replace("base: data/all, generation: +1", "base: data/more, generation: +1");
    job.put("second.yaml", second.as_bytes());
    offhost(&job, &["run", "second.yaml", "--date", "2026-03-13"], 0);
    let found = json(&job, &["verify", "out/second.20260313"], 0);
    let origin = &found["origin"];
    assert_eq!((&origin["job"], &origin["dataset"]), (&"SECOND".into(), &"list".into()), "{found:#}");
    assert_eq!(origin["steps"], serde_json::json!(["LIST"]));
    assert_eq!(origin["texts"].as_array().unwrap().len(), 2);
    let input = &origin["inputs"][0];
    assert_eq!((&input["now"], &input["archived"]), (&"same".into(), &true.into()));
    // The file that it read is of the last night, and that night read the day's file and a generation of the night before.
    let parent = &input["from"];
    assert_eq!((&parent["job"], &parent["dataset"]), (&"NIGHT".into(), &"last".into()), "{found:#}");
    assert_eq!(parent["steps"], serde_json::json!(["ADD", "LAST"]));
    let old = parent["inputs"].as_array().unwrap().iter().find(|one| one["name"] == "old").unwrap();
    assert_eq!(old["from"]["business_date"], "2026-03-12", "{found:#}");
    assert_eq!(old["from"]["dataset"], "new");
    let text = offhost(&job, &["verify", "out/second.20260313"], 0);
    assert!(text.contains("through LIST") && text.contains("offhost replay SECOND."), "{text}");

    job.put("copy.dat", &job.read("out/last"));
    assert!(
        offhost(&job, &["verify", "copy.dat"], 0).contains("no run published it here; the same bytes as ")
    );
    job.put("out/last", b"changed!");
    assert!(offhost(&job, &["verify", "out/last"], 81).contains("ARC007"));
    // What another run published is recognised even so.
    job.put("out/last", &job.read("out/list.20260313"));
    assert!(offhost(&job, &["verify", "out/last"], 81).contains("it is what the run NIGHT."));
    assert!(offhost(&job, &["verify", "job.yaml"], 66).contains("ARC006"));
}
