//! Sorts that cannot go well: full and damaged work disks, inputs that change, keys that a record does not have. Each says
//! so, and leaves old outputs as they were.

use std::path::Path;
use std::process::Command;

use offhost::job::{Request, load};
use offhost::run::{Outcome, Resources, Silent, run};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{RealFs, Root};

use crate::harness::{Job, Random, text, with_rdw, zoned};

const COPYBOOK: &str = "
       01  REC.
           05  K         PIC 9(10).
           05  REST      PIC X(30).
";

fn yaml(recfm: &str, sort: &str) -> String {
    format!(
        "version: 1\njob: TEST\ndatasets:\n  \
           a: {{ path: a.ebc, record: {{ copybook: rec.cpy, recfm: {recfm} }} }}\n  \
           b: {{ path: b.ebc, like: a }}\n  \
           out: {{ path: out.ebc, like: a, disp: replace }}\n\
         steps:\n  - step: ONE\n    sort: {{ out: out, {sort} }}\n"
    )
}

fn records(count: usize) -> Vec<u8> {
    let mut random = Random::new(9);
    (0..count)
        .flat_map(|_| [zoned(random.below(1_000_000) as i128, 10, false), text("x", 30)].concat())
        .collect()
}

/// A sort of 4 MB with an old output.
fn large() -> Job {
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(100_000)).file("out.ebc", b"old");
    job.yaml(&yaml("FB", "in: a, by: [ K ]"))
}

/// A small disk of memory; `None`, said loudly, where it cannot be mounted.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub fn new(size: &str) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let arguments = ["-t", "tmpfs", "-o", &options, "none"];
        let mounted = Command::new("mount").args(arguments).arg(folder.path()).output();
        if !mounted.is_ok_and(|done| done.status.success()) {
            eprintln!("SKIPPED: a tmpfs cannot be mounted here, so that no full work disk was tried");
            return None;
        }
        Some(SmallDisk(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

#[test]
fn work_space_that_will_not_do_is_known_before_the_first_byte() {
    let Some(disk) = SmallDisk::new("2m") else { return };
    let job = large();
    let work = disk.path().to_str().unwrap();
    job.run(&["--memory", "1M", "--work-dir", work])
        .status(82)
        .says(&["RUN005", "the sort needs 4000000 bytes of work space", "--work-dir"])
        .nothing_published();
    assert_eq!(job.read("out.ebc"), b"old");
    assert!(!job.path().join(".offhost/active").read_dir().is_ok_and(|mut list| list.next().is_some()));
}

#[test]
fn a_work_disk_that_fills_up_is_status_82() {
    let Some(disk) = SmallDisk::new("2m") else { return };
    let job = large();
    let work = disk.path().to_str().unwrap();
    // With compression nobody can tell beforehand; these records do not compress to half.
    let mut random = Random::new(4);
    let noise: Vec<u8> = (0..100_000 * 40)
        .map(|at| if at % 40 < 10 { 0xF0 + random.below(10) as u8 } else { random.next() as u8 })
        .collect();
    job.put("a.ebc", &noise);
    job.run(&["--memory", "1M", "--work-dir", work, "--compress-work"])
        .status(82)
        .says(&["RUN005", "cannot write to a work file in", work])
        .nothing_published();
    assert_eq!(job.read("out.ebc"), b"old");
    assert_eq!(disk.path().read_dir().unwrap().count(), 0, "something is left on the work disk");
}

#[test]
fn a_damaged_work_file_is_found() {
    let job = large();
    let root = Root::new(job.path()).unwrap();
    let request =
        Request { job: "job.yaml".to_owned(), root: root.clone(), settings: Vec::new(), explained: false };
    let (plan, _) = load(&RealFs, &request).unwrap_or_else(|errors| panic!("{:?}", errors.list()));
    for (compress, bits) in [(false, 1), (false, 0x80), (true, 4)] {
        let means = Resources { memory: 1 << 20, threads: 2, compress, ..Resources::default() };
        let fs = FaultFs::new(RealFs, Fault::Corrupt(bits), 0);
        let Outcome { error, .. } = run(&fs, &plan, &root, &means, &Silent);
        let error = error.expect("a bit was turned over");
        assert_eq!((error.code.id(), error.code.class().exit_status()), ("RUN016", 74), "{}", error.message);
        assert!(error.message.contains("is not what was written"), "{}", error.message);
        assert_eq!(job.read("out.ebc"), b"old");
    }
}

#[test]
fn an_input_that_changes_while_it_is_read_is_status_81() {
    let job = large();
    let root = Root::new(job.path()).unwrap();
    let request =
        Request { job: "job.yaml".to_owned(), root: root.clone(), settings: Vec::new(), explained: false };
    let (plan, _) = load(&RealFs, &request).unwrap_or_else(|errors| panic!("{:?}", errors.list()));
    let path = job.path().join("a.ebc");
    let watcher = Appending { path };
    let means = Resources { memory: 1 << 20, threads: 2, ..Resources::default() };
    let Outcome { error, .. } = run(&RealFs, &plan, &root, &means, &watcher);
    let error = error.expect("the input grew");
    assert_eq!(error.code.id(), "DAT016", "{}", error.message);
    assert_eq!(job.read("out.ebc"), b"old");
}

/// Appends to a file as soon as something has been read of it.
struct Appending {
    path: std::path::PathBuf,
}

impl offhost::run::Observer for Appending {
    fn step_started(&self, _step: &str, _operator: &str, _bytes: u64) {}
    fn progress(&self, _records: u64, _bytes: u64) {
        use std::io::Write;
        let mut file = std::fs::OpenOptions::new().append(true).open(&self.path).unwrap();
        file.write_all(&[0x40; 40]).unwrap();
    }
    fn step_finished(&self, _report: &offhost::run::StepReport) {}
    fn note(&self, _text: &str) {}
}

#[test]
fn a_key_beyond_the_end_of_a_record_is_status_81() {
    let good = with_rdw(&[zoned(1, 10, false), text("x", 30)].concat());
    let short = with_rdw(&zoned(2, 10, false)[..7]);
    let job =
        Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &[good, short].concat()).file("out.ebc", b"old");
    job.yaml(&yaml("VB", "in: a, by: [ K ]"))
        .run(&[])
        .status(81)
        .says(&["DAT005", "the record has 7 bytes, too few for K", "record 2"])
        .nothing_published();
}

#[test]
fn a_merge_input_out_of_order_is_named_with_its_record() {
    let record = |key: i128| [zoned(key, 10, false), text("x", 30)].concat();
    let a: Vec<u8> = [1, 5, 9].into_iter().flat_map(record).collect();
    let b: Vec<u8> = [2, 7, 6].into_iter().flat_map(record).collect();
    let job =
        Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &a).file("b.ebc", &b).file("out.ebc", b"old");
    job.yaml(&yaml("FB", "in: [ a, b ], by: [ K ], merge: true"))
        .run(&[])
        .status(80)
        .says(&["DAT007", "dataset b is not in the order of its keys", "record 3", "remove merge: true"])
        .nothing_published();
}

#[test]
fn memory_stays_within_the_budget() {
    let job = Job::new().text("rec.cpy", COPYBOOK).file("a.ebc", &records(1_000_000));
    let job = job.yaml(&yaml("FB", "in: a, by: [ K ]"));
    let run = job.run(&["--memory", "4M", "--json"]).status(0);
    let report = run.json();
    let peak = report["peak_memory"].as_u64().unwrap();
    assert!(report["steps"][0]["sorts"][0]["runs"].as_u64().unwrap() > 3);
    // Beside the budget there are the program itself, its threads, and what the allocator has in stock.
    assert!(peak <= (4 + 40) << 20, "{} MiB", peak >> 20);
}
