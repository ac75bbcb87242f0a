//! Sorts that are stopped, killed or damaged and gone on with: the bytes of an undisturbed run, runs of the earlier attempt
//! taken over, and nothing left in the work folders.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use offhost::job::{Plan, Request, load};
use offhost::run::{Observer, Outcome, Resources, Silent, Start, StepReport, start, watch};
use offhost::sort::SortReport;
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{Fs, RealFs, Root, Stop, stop};

use crate::harness::{Job, Random, copy_folder, rounds, text, with_rdw, zoned};
use crate::sort_faults::SmallDisk;

const COPYBOOK: &str = "
       01  REC.
           05  K         PIC 9(6).
           05  SEQ       PIC 9(8).
           05  REST      PIC X(26).
";

/// Two inputs, a filter, totals that want to see every record, and keys that are met often, so that their order in the
/// input shows.
fn yaml(recfm: &str, more: &str) -> String {
    format!(
        "version: 1\njob: SORT\ndatasets:\n  \
           a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: {recfm} }} }}\n  \
           b: {{ path: b.ebc, like: a }}\n  \
           out: {{ path: out.ebc, like: a, disp: replace }}\n\
         steps:\n  - step: ONE\n    sort: {{ in: [ a, b ], out: out, by: [ K ], include: \"SEQ <> 7\" }}\n    \
             totals: [ {{ name: a, over: a, sum: SEQ }}, {{ name: b, over: b, sum: SEQ }}, {{ name: out, over: out, sum: SEQ }} ]\n  \
           - step: BALANCE\n    balance: [ a.sum + b.sum = out.sum + 14 ]\n{more}"
    )
}

fn records(seed: u64, count: usize, variable: bool) -> Vec<u8> {
    let mut random = Random::new(seed);
    let record = |sequence: usize| {
        let length = if variable { random.below(27) } else { 26 };
        let key = zoned(random.below(2_000) as i128, 6, false);
        let record =
            [key, zoned(sequence as i128, 8, false), text(if length > 0 { "x" } else { "" }, length)]
                .concat();
        if variable { with_rdw(&record) } else { record }
    };
    (0..count).flat_map(record).collect()
}

/// A job of so many records in each input.
fn job_of(recfm: &str, count: usize, more: &str) -> Job {
    let variable = recfm.starts_with('V');
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &records(1, count, variable))
        .file("b.ebc", &records(2, count, variable))
        .file("out.ebc", b"old")
        .yaml(&yaml(recfm, more))
}

fn job() -> Job {
    job_of("FB", 100_000, "")
}

/// The bytes of an undisturbed run, in memory.
fn undisturbed(recfm: &str, count: usize) -> Vec<u8> {
    let job = job_of(recfm, count, "");
    job.run(&[]).status(0);
    job.read("out.ebc")
}

fn plan(job: &Job) -> (Root, Plan) {
    let root = Root::new(job.path()).unwrap();
    let request =
        Request { job: "job.yaml".to_owned(), root: root.clone(), settings: Vec::new(), explained: false };
    let (plan, _) = load(&RealFs, &request).unwrap_or_else(|errors| panic!("{:?}", errors.list()));
    (root, plan)
}

/// What a small sort may use, with a work folder of its own.
fn small(job: &Job) -> Resources {
    let work_folders = vec![job.path().join("work")];
    Resources { memory: 1 << 20, threads: 2, work_folders, ..Resources::default() }
}

fn attempt(job: &Job, fs: &dyn Fs, options: Start, observer: &dyn Observer) -> Outcome {
    let (root, plan) = plan(job);
    start(fs, &plan, &root, &options, observer)
}

/// An attempt that must go well.
fn complete(job: &Job, resources: Resources) -> SortReport {
    let outcome = attempt(job, &RealFs, Start { resources, ..Start::default() }, &Silent);
    assert_eq!(outcome.status, 0, "{:?}", outcome.error);
    sort_of(&outcome)
}

fn sort_of(outcome: &Outcome) -> SortReport {
    let step = outcome.report.steps.iter().find(|step| step.step == "ONE").unwrap();
    step.sorts[0].1.clone()
}

/// Manifests of sorts, of all runs below a root.
fn manifests(job: &Job) -> Vec<PathBuf> {
    let list = |folder: PathBuf| RealFs.list(&folder).unwrap_or_default();
    let steps = list(job.path().join(".offhost/runs")).into_iter().flat_map(|run| list(run.join("sorts")));
    steps.flat_map(list).filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect()
}

fn kept_runs(job: &Job) -> usize {
    let texts = manifests(job).into_iter().map(|path| fs::read_to_string(path).unwrap_or_default());
    texts.map(|text| text.matches("{\"run\":").count()).sum()
}

/// The name of the run whose sort is kept.
fn run_of(job: &Job) -> String {
    manifests(job)[0].components().rev().nth(3).unwrap().as_os_str().to_str().unwrap().to_owned()
}

/// Work files that have names.
fn work_files(job: &Job) -> Vec<PathBuf> {
    RealFs.list(&job.path().join("work")).unwrap_or_default()
}

/// No work file, no manifest.
fn nothing_is_left(job: &Job, when: &str) {
    assert_eq!(work_files(job), Vec::<PathBuf>::new(), "{when}");
    assert_eq!(manifests(job), Vec::<PathBuf>::new(), "{when}");
}

/// Ends a run when its sorts have kept so many runs.
struct StopAt<'j>(&'j Job, usize, Stop);

impl Observer for StopAt<'_> {
    fn step_started(&self, _: &str, _: &str, _: u64) {}
    fn progress(&self, _: u64, _: u64) {
        if kept_runs(self.0) >= self.1 {
            self.2.ask(stop::TERMINATED);
        }
    }
    fn step_finished(&self, _: &StepReport) {}
    fn note(&self, _: &str) {}
}

/// Stops the sort when it has so many runs, as SIGTERM would.
fn stopped(job: &Job, resources: Resources, runs: usize) {
    let options = Start { resources, ..Start::default() };
    let outcome = attempt(job, &RealFs, options.clone(), &StopAt(job, runs, options.stop.clone()));
    assert_eq!(outcome.status, 143, "{:?}", outcome.error);
    assert!(kept_runs(job) >= runs);
    assert_eq!(job.read("out.ebc"), b"old");
}

#[test]
fn a_sort_that_was_stopped_goes_on_with_its_runs() {
    for recfm in ["FB", "VB"] {
        let wanted = undisturbed(recfm, 60_000);
        let whole = complete(&job_of(recfm, 60_000, ""), small(&job_of(recfm, 60_000, "")));
        let others: [&dyn Fn(Resources) -> Resources; 5] = [
            &|same| same,
            &|other| Resources { memory: 3 << 20, threads: 1, ..other },
            &|other| Resources { memory: 1 << 30, threads: 3, ..other },
            &|other| Resources { compress: true, fan_in: Some(2), ..other },
            &|other| Resources { work_folders: Vec::new(), ..other },
        ];
        for (number, other) in others.into_iter().enumerate() {
            let job = job_of(recfm, 60_000, "");
            stopped(&job, small(&job), 4);
            let report = complete(&job, other(small(&job)));
            let when = format!("{recfm}, {number}: {report:?}");
            assert!(job.read("out.ebc") == wanted, "{when}");
            assert!(report.taken_over >= 4, "{when}");
            assert_eq!((report.records, report.bytes), (whole.records, whole.bytes), "{when}");
            if number == 0 {
                assert_eq!(report.runs + report.taken_over, whole.runs, "{when}");
                assert!(report.spilled < whole.spilled, "{when}");
            }
            nothing_is_left(&job, &when);
        }
    }
}

/// Without a work folder, work files are in the run's own.
#[test]
fn attempts_add_to_each_other() {
    let wanted = undisturbed("FB", 100_000);
    let job = job();
    let own = Resources { work_folders: Vec::new(), ..small(&job) };
    for runs in [2, 5, 8] {
        stopped(&job, own.clone(), runs);
    }
    assert!(work_files(&job).is_empty());
    assert!(complete(&job, own).taken_over >= 8);
    assert!(job.read("out.ebc") == wanted);
    nothing_is_left(&job, "at the end");
}

/// An input in order stays one, in the report too.
#[test]
fn what_was_in_order_is_said_to_be() {
    let record =
        |n: usize| [zoned(n as i128, 6, false), zoned(n as i128 * 3 + 1, 8, false), text("x", 26)].concat();
    for disorder in [None, Some(5), Some(199_990)] {
        let mut all: Vec<Vec<u8>> = (0..200_000).map(record).collect();
        if let Some(at) = disorder {
            all.swap(at, at + 1);
        }
        let job = job();
        job.put("a.ebc", &all[..100_000].concat());
        job.put("b.ebc", &all[100_000..].concat());
        let text = yaml("FB", "").replace("SEQ <> 7", "SEQ > 0").replace("+ 14", "+ 0");
        job.put("job.yaml", text.as_bytes());
        stopped(&job, small(&job), 3);
        let report = complete(&job, small(&job));
        assert!(report.taken_over >= 3, "{report:?}");
        assert_eq!(report.presorted, disorder.is_none(), "{disorder:?}");
        all.sort();
        assert!(job.read("out.ebc") == all.concat());
    }
}

const MATCH: &str = "version: 1
job: MATCH
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  b: { path: b.ebc, like: a }
  left: { path: left.ebc, like: a, disp: replace }
  right: { path: right.ebc, like: a, disp: replace }
steps:
  - step: ONE
    match:
      left: a
      right: b
      on: [ SEQ ]
      left-paired: left
      right-paired: right
";

#[test]
fn both_sides_of_a_match_go_on() {
    let make = || {
        let job = job();
        let mut random = Random::new(3);
        for (name, seed) in [("a.ebc", 1), ("b.ebc", 2)] {
            let mut all: Vec<Vec<u8>> = records(seed, 30_000, false).chunks(40).map(<[u8]>::to_vec).collect();
            (1..all.len()).for_each(|at| all.swap(at, random.below(at + 1)));
            job.put(name, &all.concat());
        }
        job.yaml(MATCH)
    };
    let whole = make();
    whole.run(&[]).status(0);
    let job = make();
    let options = Start { resources: small(&job), ..Start::default() };
    let outcome = attempt(&job, &RealFs, options.clone(), &StopAt(&job, 6, options.stop.clone()));
    assert_eq!(outcome.status, 143, "{:?}", outcome.error);
    assert_eq!(manifests(&job).len(), 2);
    let options = Start { resources: small(&job), ..Start::default() };
    let outcome = attempt(&job, &RealFs, options, &Silent);
    assert_eq!(outcome.status, 0, "{:?}", outcome.error);
    let taken: u64 = outcome.report.steps[0].sorts.iter().map(|(_, sort)| sort.taken_over).sum();
    assert!(taken >= 6, "{taken}");
    for name in ["left.ebc", "right.ebc"] {
        assert!(job.read(name) == whole.read(name), "{name}");
    }
    nothing_is_left(&job, "at the end");
}

/// While runs are written, while they are merged in levels, while the last merge goes on: a process that ends there leaves
/// what the next one goes on with, whatever it may use.
#[test]
fn a_crash_at_any_operation_is_gone_on_from() {
    let wanted = ["FB", "VB"].map(|recfm| undisturbed(recfm, 60_000));
    let step = if rounds(1) > 1 { 3 } else { 61 };
    let (mut ended, mut taken_over) = (0, 0);
    for (number, fail_at) in (1..5_000).step_by(step).enumerate() {
        let fault = [Fault::Forever, Fault::Once, Fault::NoSpace][number % 3];
        let recfm = number / 3 % 2;
        let (job, wanted) = (job_of(["FB", "VB"][recfm], 60_000, ""), &wanted[recfm]);
        let few = Resources { fan_in: Some(2 + number % 4), compress: number % 2 == 1, ..small(&job) };
        let options = Start { resources: few.clone(), ..Start::default() };
        let fs = FaultFs::new(RealFs, fault, fail_at as u64);
        let outcome = attempt(&job, &fs, options, &Silent);
        let when = format!("{fault:?} at operation {fail_at}");
        let there = job.read("out.ebc");
        assert!(there == b"old" || there == *wanted, "{when}");
        if outcome.error.is_none() && fs.operations() < fail_at as u64 {
            ended = number;
            break;
        }
        let memory = few.memory * (1 + number as u64 % 3);
        let again = Start { resources: Resources { memory, ..few }, ..Start::default() };
        let outcome = attempt(&job, &RealFs, again, &Silent);
        assert!(outcome.status == 0 || outcome.status == 76, "{when}: {:?}", outcome.error);
        taken_over +=
            outcome.report.steps.iter().flat_map(|step| &step.sorts).map(|(_, s)| s.taken_over).sum::<u64>();
        assert!(job.read("out.ebc") == *wanted, "{when}");
        nothing_is_left(&job, &when);
    }
    assert!(ended > 12 && taken_over > 20, "{ended} attempts, {taken_over} runs taken over");
}

#[test]
fn a_killed_sort_is_gone_on_with() {
    let (count, mut random) = (60_000, Random::new(21));
    let wanted = ["FB", "VB"].map(|recfm| undisturbed(recfm, count));
    let begin = |job: &Job| {
        let work = job.path().join("work");
        Command::new(env!("CARGO_BIN_EXE_offhost"))
            .args(["run", "job.yaml", "--quiet", "--json", "--memory", "1M", "--work-dir"])
            .arg(work)
            .arg("--root")
            .arg(job.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let timed = job_of("FB", count, "");
    let clock = std::time::Instant::now();
    assert!(begin(&timed).wait_with_output().unwrap().status.success());
    let whole = clock.elapsed().as_micros() as usize;
    let mut taken_over = 0;
    for round in 0..rounds(20) {
        let recfm = (round % 2) as usize;
        let job = job_of(["FB", "VB"][recfm], count, "");
        for _ in 0..1 + round % 3 {
            let mut child = begin(&job);
            std::thread::sleep(Duration::from_micros(random.below(whole) as u64));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let last = begin(&job).wait_with_output().unwrap();
        assert!([Some(0), Some(76)].contains(&last.status.code()), "round {round}: {:?}", last.status);
        let report: serde_json::Value = serde_json::from_slice(&last.stdout).unwrap_or_default();
        taken_over += report["steps"][0]["sorts"][0]["taken_over"].as_u64().unwrap_or_default();
        assert!(job.read("out.ebc") == wanted[recfm], "round {round}");
        nothing_is_left(&job, &format!("round {round}"));
    }
    assert!(taken_over > 0, "no kill left a run");
}

/// A work file that is not what was written is worth the runs before the damage, a list the lines before: what is behind
/// is sorted again. So it is after a crash of the machine, which leaves what had come to the disk. Nothing wrong is ever
/// written, and nothing ends with an error.
#[test]
fn what_is_damaged_is_sorted_again() {
    let wanted = ["FB", "VB"].map(|recfm| undisturbed(recfm, 60_000));
    let mut random = Random::new(8);
    let (mut lost, mut taken_over) = (0, 0);
    for round in 0..rounds(16) {
        let recfm = (round / 2 % 2) as usize;
        let job = job_of(["FB", "VB"][recfm], 60_000, "");
        stopped(&job, small(&job), 4);
        let kept = kept_runs(&job) as u64;
        let files = if round % 4 == 0 { manifests(&job) } else { work_files(&job) };
        let path = files[random.below(files.len())].clone();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        let at = random.below(length as usize) as u64;
        match round % 8 {
            3 => fs::remove_file(&path).unwrap(),
            4 | 5 => file.set_len(at).unwrap(),
            6 => file.write_all_at(&vec![0; (length - at) as usize], at).unwrap(),
            _ => {
                let mut byte = [0];
                file.read_exact_at(&mut byte, at).unwrap();
                file.write_all_at(&[byte[0] ^ 1 << random.below(8)], at).unwrap();
            }
        }
        let when = format!("round {round}, byte {at} of {}", path.display());
        let report = complete(&job, small(&job));
        assert!(job.read("out.ebc") == wanted[recfm], "{when}");
        nothing_is_left(&job, &when);
        lost += kept - report.taken_over;
        taken_over += report.taken_over;
    }
    assert!(lost > 0 && taken_over > 0, "{lost} lost, {taken_over} taken over");
}

#[test]
fn an_input_that_changed_is_sorted_from_the_start() {
    let job = job();
    stopped(&job, small(&job), 4);
    job.put("a.ebc", &records(5, 100_000, false));
    let report = complete(&job, small(&job));
    assert_eq!(report.taken_over, 0);
    let other = self::job();
    other.put("a.ebc", &records(5, 100_000, false));
    other.run(&[]).status(0);
    assert!(job.read("out.ebc") == other.read("out.ebc"));
    nothing_is_left(&job, "at the end");
}

/// Runs that are in the order of other keys, or of other records of the same input, are of no use.
#[test]
fn a_sort_that_changed_is_begun_anew() {
    for (old, new) in [("by: [ K ]", "by: [ REST, K ]"), ("SEQ <> 7", "SEQ <> 70")] {
        let job = job();
        stopped(&job, small(&job), 4);
        let text = yaml("FB", "")
            .replace(old, new)
            .replace("+ 14", if old == "SEQ <> 7" { "+ 140" } else { "+ 14" });
        job.put("job.yaml", text.as_bytes());
        let options = Start { accept_changes: true, resources: small(&job), ..Start::default() };
        let outcome = attempt(&job, &RealFs, options, &Silent);
        assert_eq!(outcome.status, 0, "{:?}", outcome.error);
        assert_eq!(sort_of(&outcome).taken_over, 0);
        let other = self::job();
        other.put("job.yaml", text.as_bytes());
        other.run(&[]).status(0);
        assert!(job.read("out.ebc") == other.read("out.ebc"), "{new}");
        nothing_is_left(&job, new);
    }
}

/// Lets two records with equal keys change places once a step has begun.
struct Swapping<'j>(&'j Job);

impl Observer for Swapping<'_> {
    fn step_started(&self, _: &str, _: &str, _: u64) {
        let mut bytes = self.0.read("a.ebc");
        let same = (1..100_000).find(|at| bytes[at * 40..at * 40 + 6] == bytes[..6]).unwrap();
        let first = bytes[..40].to_vec();
        bytes.copy_within(same * 40..same * 40 + 40, 0);
        bytes[same * 40..same * 40 + 40].copy_from_slice(&first);
        let file = File::options().write(true).open(self.0.path().join("a.ebc")).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
    }
    fn progress(&self, _: u64, _: u64) {}
    fn step_finished(&self, _: &StepReport) {}
    fn note(&self, _: &str) {}
}

/// An input changes when the attempt that goes on has looked at it already: its records are not those of the runs.
#[test]
fn an_input_that_changes_under_kept_runs_is_noticed() {
    let job = job();
    stopped(&job, small(&job), 4);
    let options = Start { resources: small(&job), ..Start::default() };
    let outcome = attempt(&job, &RealFs, options, &Swapping(&job));
    let error = outcome.error.expect("the input is another");
    assert_eq!((error.code.id(), outcome.status), ("RUN047", 90), "{}", error.message);
    assert_eq!(job.read("out.ebc"), b"old");
    nothing_is_left(&job, "noticed");
    assert_eq!(complete(&job, small(&job)).taken_over, 0);
    let other = self::job();
    other.put("a.ebc", &job.read("a.ebc"));
    other.run(&[]).status(0);
    assert!(job.read("out.ebc") == other.read("out.ebc"));
}

#[test]
fn runs_that_nobody_will_want_are_removed() {
    let job = job();
    let root = job.path().display().to_string();
    let work = job.path().join("work").display().to_string();
    // Begun anew.
    stopped(&job, small(&job), 4);
    assert!(!work_files(&job).is_empty());
    job.run(&["--rerun", "--memory", "1M", "--work-dir", &work]).status(0);
    nothing_is_left(&job, "begun anew");
    // The step is done anew.
    job.put("out.ebc", b"old");
    let options = Start { rerun: true, resources: small(&job), ..Start::default() };
    let outcome = attempt(&job, &RealFs, options.clone(), &StopAt(&job, 4, options.stop.clone()));
    assert_eq!(outcome.status, 143);
    let name = run_of(&job);
    let again = job.offhost(&[
        "restart",
        &name,
        "--from",
        "ONE",
        "--memory",
        "1M",
        "--work-dir",
        &work,
        "--json",
        "--root",
        &root,
    ]);
    let report = again.status(0).json();
    assert_eq!(report["steps"][0]["sorts"][0]["taken_over"], 0, "{report:#}");
    nothing_is_left(&job, "done anew");
}

/// Runs may be what takes the room.
#[test]
fn a_run_without_room_keeps_nothing() {
    let job = job_of("FB", 100_000, "limits: { temp: 2MB }\n");
    let work = job.path().join("work").display().to_string();
    job.run(&["--memory", "1M", "--work-dir", &work]).status(82).says(&["RUN039"]);
    nothing_is_left(&job, "without room");
}

/// What is there already is no more needed, and is counted.
#[test]
fn kept_runs_count_as_room_that_is_taken() {
    let job = job_of("FB", 100_000, "limits: { temp: 9MB }\n");
    stopped(&job, small(&job), 6);
    let report = complete(&job, small(&job));
    assert!(report.taken_over >= 6);
    nothing_is_left(&job, "at the end");
    let Some(disk) = SmallDisk::new("11m") else { return };
    let job = self::job();
    let on_disk = Resources { work_folders: vec![disk.path().to_owned()], ..small(&job) };
    stopped(&job, on_disk.clone(), 9);
    assert!(RealFs.space(disk.path()).unwrap().unwrap() < 8_000_000);
    // Another job that wants the disk is told who has it.
    let other = self::job();
    other.put("job.yaml", yaml("FB", "").replace("job: SORT", "job: OTHER").as_bytes());
    copy_folder(&job.path().join(".offhost"), &other.path().join(".offhost"));
    let work = disk.path().display().to_string();
    other
        .run(&["--memory", "1M", "--work-dir", &work])
        .status(82)
        .says(&["RUN005", "of sorted records to be gone on with"]);
    assert!(complete(&job, on_disk).taken_over >= 9);
    assert_eq!(disk.path().read_dir().unwrap().count(), 0);
}

#[test]
fn the_report_says_what_was_taken_over() {
    let job = job();
    let (root, work) = (job.path().display().to_string(), job.path().join("work").display().to_string());
    // What the attempt that was stopped says itself.
    let options = Start { resources: small(&job), ..Start::default() };
    let outcome = attempt(&job, &RealFs, options.clone(), &StopAt(&job, 4, options.stop.clone()));
    let (runs, document) = (kept_runs(&job) as u64, watch::document(&plan(&job).1, &outcome));
    let kept = document["kept_sorts"]["ONE"].clone();
    assert!(runs >= 4 && kept["runs"] == runs, "{runs}: {kept}");
    let page = watch::page(&document).unwrap();
    assert!(page.contains(&format!("ONE keeps {runs} sorted runs")), "{page}");
    // What is found of it afterwards.
    let run = run_of(&job);
    let shown = job.offhost(&["runs", "show", &run, "--root", &root]).status(0);
    shown.stdout_contains("ONE goes on with").stdout_contains(&format!("of sorted records in {runs} runs"));
    let shown = job.offhost(&["runs", "show", &run, "--json", "--root", &root]).status(0).json();
    assert_eq!(shown["kept_sorts"]["ONE"], kept);
    let files: u64 = work_files(&job).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    let bytes = kept["bytes"].as_u64().unwrap();
    assert!(bytes > files / 2 && bytes <= files, "{bytes} in files of {files}");
    // What the one that went on with it says.
    let done = job.run(&["--memory", "1M", "--work-dir", &work]).status(0);
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(said.contains("of an earlier attempt"), "{said}");
    let folder = format!(".offhost/runs/{run}");
    let report: serde_json::Value =
        serde_json::from_slice(&job.read(&format!("{folder}/report.json"))).unwrap();
    let sort = &report["steps"][0]["sorts"][0];
    assert_eq!((&sort["taken_over"], &sort["taken_bytes"]), (&kept["runs"], &kept["bytes"]), "{sort}");
    let page = String::from_utf8(job.read(&format!("{folder}/report.html"))).unwrap();
    assert!(page.contains(&format!("{runs} runs taken over (")), "{page}");
    let shown = job.offhost(&["runs", "show", &run, "--root", &root]).status(0);
    shown.stdout_contains(&format!("ONE took over {runs} sorted runs ("));
}

/// A deck that sorts what it has reformatted, and one whose main sort comes behind those of a join. Names of the DDs of each.
const DECKS: [(&str, &str); 2] = [
    (
        "dd: { SORTIN: [ a, b ], SORTOUT: out }
      control: |
          SORT FIELDS=(1,6,CH,A),EQUALS
          OMIT COND=(7,8,ZD,EQ,7)
          INREC OVERLAY=(15:SEQNUM,8,ZD,24:DATE1)",
        "SORTIN",
    ),
    (
        "dd: { SORTJNF1: a, SORTJNF2: b, SORTOUT: out }
      control: |
          JOINKEYS FILE=F1,FIELDS=(1,6,A)
          JOINKEYS FILE=F2,FIELDS=(1,6,A)
          REFORMAT FIELDS=(F1:1,14,F2:7,34)
          SORT FIELDS=(15,8,CH,A),EQUALS",
        "JOIN SORTJNF1 SORTJNF2",
    ),
];

fn deck_job(deck: &str, date: &str) -> Job {
    let mut random = Random::new(5);
    let mut file = |count: usize| -> Vec<u8> {
        let record = |sequence: usize| {
            [zoned(random.below(30_000) as i128, 6, false), zoned(sequence as i128, 8, false), text("x", 26)]
                .concat()
        };
        (0..count).flat_map(record).collect()
    };
    let wide = "01 WIDE.\n  05 F PIC X(48).\n";
    let out = if deck.contains("JOINKEYS") { "record: { copybook: wide.cpy }" } else { "like: a" };
    Job::new().text("rec.cpy", COPYBOOK).text("wide.cpy", wide).file("a.ebc", &file(45_000)).file("b.ebc", &file(45_000)).yaml(
        &format!(
            "version: 1\njob: CARDS\nparams: {{ business-date: {{ type: date, default: {date} }} }}\ndatasets:\n  \
               a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: FB }} }}\n  b: {{ path: b.ebc, like: a }}\n  \
               out: {{ path: out.ebc, disp: replace, {out} }}\nsteps:\n  - step: ONE\n    sort:\n      {deck}\n"
        ),
    )
}

/// Sorts of control cards, those of the sides of a join among them, are gone on with wherever an attempt died.
#[test]
fn sorts_of_control_cards_go_on_too() {
    for (deck, dds) in DECKS {
        let whole = deck_job(deck, "2026-03-31");
        whole.run(&["--memory", "64M"]).status(0);
        let wanted = whole.read("out.ebc");
        let fs = FaultFs::new(RealFs, Fault::Forever, 0);
        let counted = deck_job(deck, "2026-03-31");
        let with = |job: &Job| Start { resources: small(job), ..Start::default() };
        assert_eq!(attempt(&counted, &fs, with(&counted), &Silent).status, 0);
        let (operations, mut taken) = (fs.operations(), std::collections::BTreeMap::<String, u64>::new());
        for part in 1..12 {
            let job = deck_job(deck, "2026-03-31");
            let fs = FaultFs::new(RealFs, Fault::Forever, operations * part / 12);
            assert_ne!(attempt(&job, &fs, with(&job), &Silent).status, 0);
            let kept = kept_runs(&job);
            let outcome = attempt(&job, &RealFs, with(&job), &Silent);
            assert_eq!(outcome.status, 0, "{part}: {:?}", outcome.error);
            assert!(job.read("out.ebc") == wanted, "{part} of 12: other bytes than in an undisturbed run");
            let sorts = &outcome.report.steps[0].sorts;
            assert_eq!(sorts.iter().map(|(dd, _)| dd.as_str()).collect::<Vec<_>>().join(" "), dds);
            let again: u64 = sorts.iter().map(|(_, sort)| sort.taken_over).sum();
            assert!(again <= kept as u64, "{part}: {again} of {kept}");
            for (dd, sort) in sorts {
                *taken.entry(dd.clone()).or_default() += sort.taken_over;
            }
            nothing_is_left(&job, "at the end");
        }
        println!("{operations} operations, {taken:?}");
        assert!(taken.values().all(|taken| *taken > 0), "{operations} operations: {taken:?}");
    }
}
