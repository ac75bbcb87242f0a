//! Folders that vanish while a run is at work, as a cleaning script or an unmounted disk takes them: a clean error before anything
//! is half published, every output the old one or the new one, and the next start goes on.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use offhost::diag::Diagnostic;
use offhost::run::{Observer, Outcome, Resources, Start, StepReport, start};
use offhost::sys::RealFs;

use crate::crash::{COPYBOOK, records};
use crate::harness::{Job, files_below, runs_of};

/// Four steps, three outputs, and a temporary dataset between them that is larger than the memory for it.
const THREE: &str = "
version: 1
job: THREE
datasets:
  a: { path: a.ebc, record: { copybook: rec.cpy } }
  one: { path: out/one.ebc, like: a, disp: replace }
  two: { path: out/deep/two.ebc, like: a, disp: new }
  three: { path: three.ebc, like: a, disp: replace }
steps:
  - step: ONE
    sort: { in: a, out: \"@sorted\", by: [ ACCT ] }
  - step: TWO
    sort: { in: \"@sorted\", out: one }
  - step: THREE
    sort: { in: \"@sorted\", out: two, by: [ AMT ] }
  - step: FOUR
    sort: { in: \"@sorted\", out: three }
";

const RECORDS: usize = 100_000;

fn three(publish: &str) -> Job {
    Job::new()
        .text("rec.cpy", COPYBOOK)
        .file("a.ebc", &records(1, RECORDS))
        .file("out/one.ebc", b"")
        .file("three.ebc", b"")
        .yaml(&format!("{THREE}publish: {publish}\n"))
}

/// When something happens: as a step begins, when it has read half of its records, when it has ended.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Begins(&'static str),
    Reads(&'static str),
    Ended(&'static str),
}

struct At<'a> {
    moment: Moment,
    /// Records that it has read, once it is the step.
    reading: AtomicBool,
    read: AtomicU64,
    done: AtomicBool,
    act: &'a (dyn Fn() + Sync),
}

impl At<'_> {
    fn act(&self) {
        if !self.done.swap(true, Ordering::SeqCst) {
            (self.act)();
        }
    }
}

impl Observer for At<'_> {
    fn step_started(&self, step: &str, _: &str, _: u64) {
        match self.moment {
            Moment::Begins(wanted) if wanted == step => self.act(),
            Moment::Reads(wanted) => self.reading.store(wanted == step, Ordering::SeqCst),
            _ => {}
        }
    }
    fn progress(&self, records: u64, _: u64) {
        if self.reading.load(Ordering::SeqCst)
            && self.read.fetch_add(records, Ordering::SeqCst) > RECORDS as u64 / 2
        {
            self.act();
        }
    }
    fn step_finished(&self, report: &StepReport) {
        if matches!(self.moment, Moment::Ended(wanted) if wanted == report.step) {
            self.act();
        }
    }
    fn note(&self, _: &str) {}
}

fn run(job: &Job, moment: Moment, work: Option<PathBuf>, act: &(dyn Fn() + Sync)) -> Outcome {
    let (root, plan) = job.plan(&[]);
    let resources = Resources {
        memory: 1 << 20,
        threads: 2,
        work_folders: work.into_iter().collect(),
        ..Resources::default()
    };
    let at = At {
        moment,
        reading: AtomicBool::new(false),
        read: AtomicU64::new(0),
        done: AtomicBool::new(false),
        act,
    };
    let outcome = start(&RealFs, &plan, &root, &Start { resources, ..Start::default() }, &at);
    assert!(at.done.into_inner(), "{moment:?}: it never came to that");
    outcome
}

const OUTPUTS: [&str; 3] = ["out/one.ebc", "out/deep/two.ebc", "three.ebc"];

fn outputs(job: &Job) -> Vec<Option<Vec<u8>>> {
    let files = files_below(job.path());
    OUTPUTS.iter().map(|name| files.get(Path::new(name)).cloned()).collect()
}

fn undisturbed() -> Vec<Option<Vec<u8>>> {
    let job = three("at-end");
    job.run(&["--memory", "1M"]).status(0);
    outputs(&job)
}

fn told(error: Option<&Diagnostic>) -> String {
    error.map_or("nothing".to_owned(), |error| {
        format!("{} {} {:?}", error.code.id(), error.message, error.notes)
    })
}

/// When the folder is taken away, and whether the run can still end well.
type Case = (&'static str, Moment, bool);

const AT_END: &[Case] = &[
    // Nothing is in it yet, and it is made again.
    ("out", Moment::Begins("ONE"), true),
    ("out", Moment::Ended("ONE"), true),
    ("out", Moment::Reads("TWO"), false),
    ("out", Moment::Ended("TWO"), false),
    ("out", Moment::Ended("FOUR"), false),
    ("out/deep", Moment::Ended("TWO"), true),
    ("out/deep", Moment::Reads("THREE"), false),
    ("tmp", Moment::Begins("ONE"), true),
    ("tmp", Moment::Reads("ONE"), false),
    ("tmp", Moment::Ended("ONE"), false),
    ("tmp", Moment::Reads("THREE"), false),
    // The last step has it open.
    ("tmp", Moment::Reads("FOUR"), true),
    ("work", Moment::Begins("ONE"), true),
    // The sorts have their files open.
    ("work", Moment::Reads("ONE"), true),
    ("work", Moment::Reads("THREE"), true),
    ("run", Moment::Begins("ONE"), false),
    ("run", Moment::Ended("TWO"), false),
    ("run", Moment::Ended("FOUR"), false),
    ("state", Moment::Reads("THREE"), false),
    ("state", Moment::Ended("FOUR"), false),
];

/// Step by step, where what was published already is not the run's any more.
const PER_STEP: &[Case] = &[
    ("out", Moment::Reads("TWO"), false),
    ("out/deep", Moment::Ended("THREE"), false),
    ("out/deep", Moment::Begins("FOUR"), true),
    ("tmp", Moment::Ended("ONE"), false),
    ("tmp", Moment::Begins("FOUR"), false),
    ("run", Moment::Ended("TWO"), false),
    ("run", Moment::Reads("THREE"), false),
];

/// True if there was something in it.
fn taken_away(job: &Job, what: &str) -> bool {
    let run = || job.path().join(".offhost/runs").join(&runs_of(job)[0]);
    let folder = match what {
        "tmp" => run().join("tmp"),
        "run" => run(),
        "state" => job.path().join(".offhost"),
        other => job.path().join(other),
    };
    let held = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
    let _ = std::fs::remove_dir_all(folder);
    held
}

#[test]
fn folders_that_vanish_cost_a_run_and_nothing_else() {
    let complete = undisturbed();
    let cases =
        AT_END.iter().map(|case| ("at-end", case)).chain(PER_STEP.iter().map(|case| ("per-step", case)));
    for (publish, (what, moment, well)) in cases {
        let job = three(publish);
        let work = job.path().join("work");
        std::fs::create_dir(&work).unwrap();
        let held = AtomicBool::new(false);
        let outcome =
            run(&job, *moment, Some(work.clone()), &|| held.store(taken_away(&job, what), Ordering::SeqCst));
        let (error, status) = (told(outcome.error.as_deref()), outcome.status);
        let when = format!("{what}, {publish}, {moment:?}: {status} {error}");
        assert_eq!(status == 0, *well, "{when}");
        assert!(
            held.into_inner() || matches!(moment, Moment::Begins("ONE")) || *what == "out/deep",
            "nothing was there: {when}"
        );
        assert!(status == 0 || [66, 74].contains(&status), "{when}");
        // Each output is the old one, the new one, or gone with its folder.
        let old = [None, Some(Vec::new())];
        for (now, new) in outputs(&job).iter().zip(&complete) {
            assert!(old.contains(now) || now == new, "mixed: {when}");
        }
        assert!(!outcome.report.committing, "it can go forward only: {when}");
        std::fs::create_dir_all(&work).unwrap();
        if !well {
            // Whoever has lost the journal has lost what it said of outputs that are there already.
            let forgotten = publish == "per-step" && *what == "run";
            if forgotten {
                let _ = std::fs::remove_dir_all(job.path().join("out/deep"));
            }
            job.run(&["--memory", "1M", "--accept-changes"]).status(0);
            assert!(outputs(&job) == complete, "{when}");
            let left = files_below(job.path());
            assert!(
                left.keys().all(|file| !file.to_string_lossy().contains(".part")),
                "{when}: {:?}",
                left.keys()
            );
        }
    }
}
