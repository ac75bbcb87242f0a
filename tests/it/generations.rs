//! Generation data groups: relative numbers are fixed for a job, a generation and its file appear together or not at all,
//! what is over the limit leaves after the commit.

use std::process::{Command, Stdio};
use std::time::Duration;

use offhost::catalog::Catalog;
use offhost::run::{Outcome, Silent, Start, start};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{Fs, RealFs, Root};
use serde_json::Value;

use crate::harness::{Job, Random, copy_folder, files_below, rounds, settled};

const RECORD: &str = "       01  REC.\n           05  KEY1 PIC X(4).\n";

/// A job on records of four characters: `datasets` and `steps` as YAML.
fn yaml(datasets: &str, steps: &str) -> String {
    let with_record = datasets.replace("REC", "record: { copybook: rec.cpy, recfm: F, code-page: latin-1 }");
    format!("version: 1\njob: GDG\ndatasets:\n{with_record}steps:\n{steps}")
}

fn job(datasets: &str, steps: &str) -> Job {
    Job::new().text("rec.cpy", RECORD).text("in.dat", "CCCCAAAABBBB").yaml(&yaml(datasets, steps))
}

/// A start of a run that may have been done already.
fn anew() -> Start {
    Start { rerun: true, ..Start::default() }
}

const NIGHT: &str = "  input: { path: in.dat, REC }
  fresh: { gdg: { base: data/post, generation: +1, limit: 3, scratch: true }, REC }
";
const SORT: &str = "  - step: SORT\n    sort: { in: input, out: fresh, by: [ KEY1 ] }\n";

/// `offhost catalog` with the root of the job.
fn catalog(job: &Job, arguments: &[&str], status: i32) -> Value {
    let mut all = vec!["catalog"];
    all.extend(arguments);
    all.extend(["--json", "--root", job.path().to_str().unwrap()]);
    let run = job.offhost(&all);
    assert_eq!(run.status, status, "{arguments:?}\n{}\n{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| Value::String(run.stderr.clone()))
}

/// Names of the generations of a base, the oldest first.
fn names(job: &Job, base: &str) -> Vec<String> {
    let list = catalog(job, &["list", base], 0);
    let names = list["generations"].as_array().unwrap().iter();
    names.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// Files below a folder, by name.
fn files(job: &Job, folder: &str) -> Vec<String> {
    let all = files_below(&job.path().join(folder));
    all.into_keys().map(|name| name.display().to_string()).collect()
}

fn is_sound(job: &Job) {
    let found = catalog(job, &["verify"], 0);
    assert_eq!(found["troubles"], 0, "{found:#}");
}

#[test]
fn nights_make_generations_and_old_ones_leave_with_their_files() {
    let job = job(NIGHT, SORT);
    for night in 1..=5 {
        job.put("in.dat", format!("N00{night}AAAA").as_bytes());
        job.run(&["--rerun"]).status(0);
    }
    assert_eq!(names(&job, "data/post"), ["G0003V00", "G0004V00", "G0005V00"]);
    assert_eq!(files(&job, "data/post"), ["G0003V00", "G0004V00", "G0005V00"]);
    assert_eq!(job.read("data/post/G0005V00"), b"AAAAN005");
    is_sound(&job);
    let newest = catalog(&job, &["list", "data/post"], 0)["generations"][2].clone();
    assert_eq!((&newest["relative"], &newest["records"]), (&Value::from("(0)"), &Value::from(2)));
    assert!(newest["run"].as_str().unwrap().starts_with("GDG."));
    let history = catalog(&job, &["history"], 0);
    assert!(history.as_array().unwrap().len() >= 5, "{history:#}");
}

#[test]
fn numbers_are_fixed_for_the_whole_job() {
    let datasets = "  input: { path: in.dat, REC }
  fresh: { gdg: { base: data/post, generation: +1 }, REC }
  old: { gdg: { base: data/post, generation: 0 }, REC }
  older: { gdg: { base: data/post, generation: -1 }, REC }
  from-new: { path: from-new.dat, REC }
  from-old: { path: from-old.dat, REC }
  from-older: { path: from-older.dat, REC }
";
    let steps = "  - step: NEW\n    sort: { in: input, out: fresh, by: [ KEY1 ] }
  - step: READNEW\n    sort: { in: fresh, out: from-new }
  - step: READOLD\n    sort: { in: old, out: from-old }
  - step: READOLDER\n    sort: { in: older, out: from-older }
";
    let job = job(NIGHT, SORT);
    job.put("in.dat", b"1111");
    job.run(&["--rerun"]).status(0);
    job.put("in.dat", b"2222");
    job.run(&["--rerun"]).status(0);
    job.put("in.dat", b"3333");
    job.put("job.yaml", yaml(datasets, steps).as_bytes());
    job.run(&["--rerun"]).status(0);
    let found = [job.read("from-new.dat"), job.read("from-old.dat"), job.read("from-older.dat")].concat();
    assert_eq!(found, b"333322221111");
    // The plan that is shown names absolute generations and says what was meant.
    job.offhost(&["plan", "job.yaml", "--root", job.path().to_str().unwrap()])
        .status(0)
        .stdout_contains("data/post/G0004V00 (+1)")
        .stdout_contains("data/post/G0003V00 (0)");
}

#[test]
fn a_job_may_write_two_generations_and_all_are_read_newest_first() {
    let datasets = "  input: { path: in.dat, REC }
  second: { gdg: { base: data/post, generation: +2 }, REC }
  first: { gdg: { base: data/post, generation: +1 }, REC }
";
    // The later number is written by the earlier step.
    let steps = "  - step: TWO\n    sort: { in: input, out: second, by: [ KEY1 ] }
  - step: ONE\n    sort: { in: input, out: first }
";
    let job = job(datasets, steps);
    job.run(&["--rerun"]).status(0);
    assert_eq!(names(&job, "data/post"), ["G0001V00", "G0002V00"]);
    assert_eq!(job.read("data/post/G0002V00"), b"AAAABBBBCCCC");
    let all = "  all: { gdg: { base: data/post }, REC }
  oldest: { gdg: { base: data/post, order: oldest-first }, REC }
  newest-first: { path: newest-first.dat, REC }
  oldest-first: { path: oldest-first.dat, REC }
";
    let read = "  - step: N\n    sort: { in: all, out: newest-first }
  - step: O\n    sort: { in: oldest, out: oldest-first }
";
    job.put("job.yaml", yaml(all, read).as_bytes());
    job.run(&["--rerun"]).status(0);
    assert_eq!(job.read("newest-first.dat"), b"AAAABBBBCCCCCCCCAAAABBBB");
    assert_eq!(job.read("oldest-first.dat"), b"CCCCAAAABBBBAAAABBBBCCCC");
}

#[test]
fn a_run_that_fails_loses_no_generation_and_enters_none() {
    let job = job(NIGHT, SORT);
    for _ in 0..3 {
        job.run(&["--rerun"]).status(0);
    }
    let before = names(&job, "data/post");
    let failing = format!(
        "{SORT}    totals: [ {{ name: out, over: fresh }} ]\n  - step: BALANCE\n    balance: [ \"out.count = 99\" ]\n"
    );
    job.put("job.yaml", yaml(NIGHT, &failing).as_bytes());
    job.run(&["--rerun"]).status(87).nothing_published();
    assert_eq!(names(&job, "data/post"), before);
    is_sound(&job);
}

#[test]
fn policies_are_empty_or_not_and_scratch_or_not() {
    for (policy, left, on_disk) in [
        ("limit: 2, on-limit: drop-oldest, scratch: true", vec!["G0002V00", "G0003V00"], 2),
        ("limit: 2, on-limit: drop-oldest, scratch: false", vec!["G0002V00", "G0003V00"], 3),
        ("limit: 2, on-limit: drop-all, scratch: true", vec!["G0003V00"], 1),
        ("limit: 2, on-limit: drop-all", vec!["G0003V00"], 3),
    ] {
        let job = job(&NIGHT.replace("limit: 3, scratch: true", policy), SORT);
        for _ in 0..3 {
            job.run(&["--rerun"]).status(0);
        }
        assert_eq!(names(&job, "data/post"), left, "{policy}");
        assert_eq!(files(&job, "data/post").len(), on_disk, "{policy}");
    }
}

#[test]
fn a_policy_is_altered_by_the_operator_and_not_by_a_job() {
    let job = job(NIGHT, SORT);
    let root = job.path().to_str().unwrap().to_owned();
    catalog(&job, &["define", "AR.POST", "--folder", "data/post", "--limit", "5"], 0);
    for _ in 0..4 {
        job.run(&["--rerun"]).status(0).says(&["CAT003", "AR.POST is defined with another policy"]);
    }
    assert_eq!(names(&job, "AR.POST").len(), 4);
    let alter = ["define", "AR.POST", "--alter", "--limit", "2", "--scratch"];
    let all = [&["catalog"], &alter[..], &["--root", &root]].concat();
    job.offhost(&all).status(64).says(&["CAT008", "the files of 2 generations", "--yes"]);
    let would = catalog(&job, &[&alter[..], &["--dry-run"]].concat(), 0);
    assert_eq!(would["left"], serde_json::json!(["G0001V00", "G0002V00"]));
    assert_eq!(names(&job, "AR.POST").len(), 4);
    let altered = catalog(&job, &[&alter[..], &["--yes"]].concat(), 0);
    assert_eq!(altered["left"], serde_json::json!(["G0001V00", "G0002V00"]));
    assert_eq!(files(&job, "data/post"), ["G0003V00", "G0004V00"]);
    // The name of the base and its folder are the same base.
    let by_name = NIGHT.replace("base: data/post", "base: AR.POST").replace(", limit: 3, scratch: true", "");
    job.put("job.yaml", yaml(&by_name, SORT).as_bytes());
    job.run(&["--rerun"]).status(0);
    assert_eq!(names(&job, "AR.POST"), ["G0004V00", "G0005V00"]);
    let again = ["catalog", "define", "OTHER", "--folder", "data/post", "--root", &root];
    job.offhost(&again).status(73).says(&["CAT005", "belongs to the base AR.POST"]);
    job.offhost(&["catalog", "forget", "AR.POST", "--root", &root]).status(73).says(&["CAT005"]);
    job.offhost(&["catalog", "define", "X", "--limit", "1000", "--root", &root]).status(65).says(&["CAT003"]);
}

#[test]
fn generations_are_taken_back_and_their_numbers_used_again() {
    let job = job(NIGHT, SORT);
    let root = job.path().to_str().unwrap().to_owned();
    for night in 1..=3 {
        job.put("in.dat", format!("000{night}").as_bytes());
        job.run(&["--rerun"]).status(0);
    }
    job.offhost(&["catalog", "rollback", "data/post", "--root", &root])
        .status(64)
        .says(&["CAT008", "--yes"])
        .nothing_published();
    let run = catalog(&job, &["list", "data/post"], 0)["generations"][1]["run"].as_str().unwrap().to_owned();
    job.offhost(&["catalog", "rollback", "--run", &run, "--yes", "--root", &root])
        .status(73)
        .says(&["CAT009"]);
    job.offhost(&["catalog", "rollback", "--run", "nobody", "--yes", "--root", &root])
        .status(66)
        .says(&["CAT002"]);
    catalog(&job, &["rollback", "data/post", "--dry-run"], 0);
    assert_eq!(names(&job, "data/post").len(), 3);
    catalog(&job, &["rollback", "data/post", "--yes"], 0);
    catalog(&job, &["rollback", "--run", &run, "--yes"], 0);
    assert_eq!(names(&job, "data/post"), ["G0001V00"]);
    assert_eq!(files(&job, "data/post").len(), 3, "files are put aside");
    is_sound(&job);
    job.put("in.dat", b"new2");
    job.run(&["--rerun"]).status(0);
    assert_eq!(job.read("data/post/G0002V00"), b"new2");
    catalog(&job, &["prune", "data/post", "--taken-back", "--yes"], 0);
    assert_eq!(files(&job, "data/post"), ["G0001V00", "G0002V00"]);
    catalog(&job, &["prune", "data/post", "--keep", "1", "--yes"], 0);
    assert_eq!(files(&job, "data/post"), ["G0002V00"]);
    job.offhost(&["catalog", "rollback", "data/post", "--count", "2", "--yes", "--root", &root]).status(66);
}

#[test]
fn a_catalog_that_is_gone_is_not_taken_for_an_empty_one() {
    let job = job(NIGHT, SORT);
    job.run(&[]).status(0);
    let path = job.path().join(".offhost/catalog/catalog.json");
    let kept = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    job.run(&["--rerun"]).status(74).says(&["CAT001", "the catalog is gone", "put back a copy"]);
    assert_eq!(files(&job, "data/post"), ["G0001V00"]);
    std::fs::write(&path, kept).unwrap();
    job.run(&["--rerun"]).status(0);
    // What the message says of a new one works.
    for name in ["catalog.json", "history.jsonl"] {
        std::fs::remove_file(path.with_file_name(name)).unwrap();
    }
    catalog(&job, &["define", "data/post", "--adopt", "--limit", "3"], 0);
    assert_eq!(names(&job, "data/post"), ["G0001V00", "G0002V00"]);
}

#[test]
fn nothing_is_taken_from_a_run_at_work() {
    let job = job(NIGHT, SORT);
    job.run(&[]).status(0);
    let root = job.path().to_str().unwrap().to_owned();
    let locks = job.path().join(".offhost/locks");
    let reading = RealFs.lock_as(&locks.join("data%2Fpost"), true, "run OTHER (process 1)").unwrap().unwrap();
    for verb in [
        &["rollback", "data/post", "--yes"][..],
        &["prune", "data/post", "--strays", "--yes"],
        &["forget", "data/post"],
        &["define", "data/post", "--alter", "--limit", "9"],
    ] {
        job.offhost(&[&["catalog"], verb, &["--root", &root]].concat()).status(75).says(&[
            "RUN036",
            "data/post",
            "run OTHER",
        ]);
    }
    drop(reading);
    let all = ["catalog", "rollback", "data/post", "--yes", "--root", &root];
    job.offhost(&all).status(0).stdout_contains("--rerun");
}

#[test]
fn files_that_are_there_already_are_adopted_and_strays_are_seen() {
    let job = job(NIGHT, SORT).text("data/post/G0007V00", "7777").text("data/post/G0009V00", "9999");
    catalog(&job, &["define", "data/post", "--adopt", "--limit", "5"], 0);
    assert_eq!(names(&job, "data/post"), ["G0007V00", "G0009V00"]);
    job.run(&["--rerun"]).status(0);
    assert_eq!(job.read("data/post/G0010V00"), b"AAAABBBBCCCC");
    job.put("data/post/G0042V00", b"stray");
    let found = catalog(&job, &["verify"], 81);
    assert_eq!(found["troubles"], 1, "{found:#}");
    catalog(&job, &["prune", "data/post", "--strays", "--yes"], 0);
    is_sound(&job);
}

#[test]
fn a_changed_generation_is_found_before_it_is_read() {
    let job = job(NIGHT, SORT);
    job.run(&["--rerun"]).status(0);
    let read = "  old: { gdg: { base: data/post, generation: 0 }, REC }\n  out: { path: out.dat, REC }\n";
    job.put("job.yaml", yaml(read, "  - step: READ\n    sort: { in: old, out: out }\n").as_bytes());
    job.put("data/post/G0001V00", b"AAAABBBBCCCX");
    let found = catalog(&job, &["verify"], 81);
    assert_eq!(found["findings"][0]["found"], "changed");
    job.put("data/post/G0001V00", b"AAAABBBB");
    job.run(&["--rerun"]).status(81).says(&["CAT006", "G0001V00"]).nothing_published();
    std::fs::remove_file(job.path().join("data/post/G0001V00")).unwrap();
    assert_eq!(catalog(&job, &["verify", "--quick"], 81)["findings"][0]["found"], "missing");
    job.run(&["--rerun"]).status(66);
}

#[test]
fn wrong_references_are_refused_before_the_night() {
    let read = |generation: &str| {
        let dataset =
            "  old: { gdg: { base: data/post, generation: NN }, REC }\n  out: { path: out.dat, REC }\n";
        yaml(&dataset.replace("NN", generation), "  - step: READ\n    sort: { in: old, out: out }\n")
    };
    let write = |gdg: &str, more: &str| {
        let dataset = "  input: { path: in.dat, REC }\n  out: { gdg: { GG }, MM REC }\n";
        let dataset = dataset.replace("GG", gdg).replace("MM", more);
        yaml(&dataset, "  - step: WRITE\n    sort: { in: input, out: out }\n")
    };
    for (text, status, says) in [
        (read("0"), 66, ["CAT002", "it has none"]),
        (read("-3"), 66, ["CAT002", "(-3)"]),
        (read("G0001V00"), 66, ["CAT002", "G0001V00"]),
        (read("+1"), 65, ["CAT003", "no step writes old"]),
        (read("1"), 65, ["CAT003", "1 is no generation"]),
        (read("G1V0"), 65, ["CAT003", "GnnnnVyy"]),
        (write("base: data/post", ""), 65, ["CAT003", "needs the number of a new generation"]),
        (write("base: data/post, generation: 0", ""), 65, ["CAT003", "cannot be written"]),
        (write("base: data/post, generation: G0001V00", ""), 65, ["CAT003", "absolute name"]),
        (write("base: data/post, generation: +1, limit: 0", ""), 65, ["CAT003", "limit of 0"]),
        (write("base: data/post, generation: +1", "disp: mod,"), 65, ["CAT003", "disp: mod"]),
        (write("base: ../post, generation: +1", ""), 77, ["RUN003", "leaves the root"]),
    ] {
        let job = job(NIGHT, SORT);
        job.put("job.yaml", text.as_bytes());
        job.run(&["--rerun"]).status(status).says(&says).nothing_published();
    }
    // A check looks at the job and not at tonight's data.
    let job = job(NIGHT, SORT);
    job.put("job.yaml", read("0").as_bytes());
    job.offhost(&["check", "job.yaml", "--root", job.path().to_str().unwrap()]).status(0).says(&["CAT002"]);
}

#[test]
fn names_that_are_not_there_are_refused() {
    let job = job(NIGHT, SORT);
    let root = job.path().to_str().unwrap().to_owned();
    for arguments in [
        vec!["list", "NOBODY"],
        vec!["forget", "NOBODY"],
        vec!["define", "NOBODY", "--alter"],
        vec!["verify", "NOBODY"],
        vec!["prune", "NOBODY", "--keep", "1", "--yes"],
    ] {
        let mut all = vec!["catalog"];
        all.extend(arguments);
        all.extend(["--root", &root]);
        job.offhost(&all).status(66).says(&["CAT007"]).nothing_published();
    }
    catalog(&job, &["define", "AR.RATES", "--path", "in.dat"], 0);
    let named = "  input: { dsn: AR.RATES, REC }\n  fresh: { path: out.dat, REC }\n";
    job.put("job.yaml", yaml(named, SORT).as_bytes());
    job.run(&["--rerun"]).status(0).published("out.dat", b"AAAABBBBCCCC");
    job.put("job.yaml", yaml(&named.replace("AR.RATES", "AR.RATE"), SORT).as_bytes());
    job.run(&["--rerun"]).status(66).says(&["CAT007", "did you mean AR.RATES?"]);
}

#[test]
fn a_damaged_catalog_is_never_taken_for_an_empty_one() {
    let job = job(NIGHT, SORT);
    job.run(&["--rerun"]).status(0);
    let path = ".offhost/catalog/catalog.json";
    let good = String::from_utf8(job.read(path)).unwrap();
    for bad in [good.replacen("G0001V00", "G0002V00", 1), good[..good.len() / 2].to_owned(), String::new()] {
        job.put(path, bad.as_bytes());
        job.run(&["--rerun"]).status(74).says(&["CAT001"]).nothing_published();
    }
    job.put(path, good.as_bytes());
    job.run(&["--rerun"]).status(0);
    let history = ".offhost/catalog/history.jsonl";
    let text = String::from_utf8(job.read(history)).unwrap();
    job.put(history, text.replacen("GDG.", "XXX.", 1).as_bytes());
    job.offhost(&["catalog", "history", "--root", job.path().to_str().unwrap()]).status(74).says(&["CAT001"]);
}

#[test]
fn a_plan_whose_generations_changed_is_not_run() {
    let job = job(NIGHT, SORT);
    job.run(&["--rerun"]).status(0);
    let (root, plan) = job.plan(&[]);
    job.run(&["--rerun"]).status(0);
    let before = files_below(job.path());
    let Outcome { error, .. } = start(&RealFs, &plan, &root, &anew(), &Silent);
    assert_eq!(error.unwrap().code.id(), "CAT004");
    assert_eq!(files_below(job.path()), before);
}

/// Two generations and a plain output, the base at its limit.
fn crash_job() -> Job {
    let datasets = "  input: { path: in.dat, REC }
  first: { gdg: { base: data/post, generation: +1, limit: 2, scratch: true }, REC }
  second: { gdg: { base: data/post, generation: +2 }, REC }
  plain: { path: plain.dat, disp: replace, REC }
";
    let steps = "  - step: ONE\n    sort: { in: input, out: first, by: [ KEY1 ] }
  - step: TWO\n    sort: { in: input, out: second }
  - step: THREE\n    sort: { in: input, out: plain }
";
    let job = job(NIGHT, SORT);
    job.put("in.dat", b"old1");
    job.run(&["--rerun"]).status(0);
    job.put("in.dat", b"old2");
    job.run(&["--rerun"]).status(0);
    job.put("plain.dat", b"olds");
    job.put("in.dat", b"bbbbaaaa");
    job.put("job.yaml", yaml(datasets, steps).replace("limit: 2, ", "").as_bytes());
    job
}

/// After recovery the catalog and the files tell one story: that of before the run, or that of after it.
fn one_story(job: &Job, when: &str) -> bool {
    settled(job, when);
    let root = Root::new(job.path()).unwrap();
    let _ = Catalog::new(&RealFs, &root).sweep();
    let found = Catalog::new(&RealFs, &root).verify(None, true).unwrap();
    let troubles: Vec<_> = found.iter().filter(|finding| finding.kind.is_trouble()).collect();
    assert!(troubles.is_empty(), "{when}: {troubles:?}");
    let catalog = Catalog::new(&RealFs, &root).read().unwrap();
    let names: Vec<String> =
        catalog.bases["data/post"].generations.iter().map(|one| one.name.to_string()).collect();
    let files = files(job, "data/post");
    assert_eq!(names, files, "{when}");
    let new = job.read("plain.dat") == b"bbbbaaaa";
    let wanted: &[&str] = if new { &["G0002V00", "G0003V00", "G0004V00"] } else { &["G0001V00", "G0002V00"] };
    assert_eq!(names, wanted, "{when}");
    if new {
        assert_eq!(job.read("data/post/G0003V00"), b"aaaabbbb", "{when}");
        assert_eq!(job.read("data/post/G0004V00"), b"bbbbaaaa", "{when}");
    }
    new
}

/// A base of limit 3 holds 2; two more come and the oldest leaves.
#[test]
fn a_crash_at_any_operation_leaves_catalog_and_files_in_step() {
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        let mut stories = [0, 0];
        let before = crash_job();
        for fail_at in 1.. {
            let job = Job::new();
            copy_folder(before.path(), job.path());
            let (root, plan) = job.plan(&[]);
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let Outcome { error, .. } = start(&fs, &plan, &root, &anew(), &Silent);
            let when = format!("{fault:?} at operation {fail_at}");
            let new = one_story(&job, &when);
            stories[usize::from(new)] += 1;
            assert!(new || error.is_some(), "{when}");
            if error.is_none() && fs.operations() < fail_at {
                break;
            }
        }
        assert!(stories[0] > 10 && stories[1] > 5, "{fault:?}: {stories:?}");
    }
}

#[test]
fn a_kill_at_any_moment_leaves_catalog_and_files_in_step() {
    let timed = crash_job();
    let whole = timed.run(&["--rerun"]).status(0).took.as_micros() as usize;
    let mut random = Random::new(7);
    let before = crash_job();
    for round in 0..rounds(25) {
        let job = Job::new();
        copy_folder(before.path(), job.path());
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
        one_story(&job, &format!("killed in round {round}"));
    }
}
