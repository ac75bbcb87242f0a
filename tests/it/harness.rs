//! A job in a fresh folder, the real binary run on it, and what can be said about the result.
//!
//! ```ignore
//! Job::new()
//!     .file("in.ebc", &records)
//!     .text("rec.cpy", COPYBOOK)
//!     .yaml("...")
//!     .run(&[])
//!     .status(80)
//!     .stderr_contains("record 2")
//!     .nothing_published();
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use offhost::job::{Plan, Request, load};
use offhost::run::{Observer, StepReport, settle};
use offhost::sys::{Fs, RealFs, Root};
use tempfile::TempDir;

/// Longest time that any run of a test job may take.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A folder with a job, its copybooks and its inputs.
pub struct Job {
    folder: TempDir,
}

/// What a run of the program did.
pub struct Run<'j> {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    job: &'j Job,
    before: BTreeMap<PathBuf, Vec<u8>>,
}

impl Job {
    /// An empty folder.
    pub fn new() -> Self {
        Job { folder: tempfile::tempdir().unwrap() }
    }

    /// The folder, which is the root of the job.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The same as an argument.
    pub fn root(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }

    /// Puts a file there.
    pub fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.put(name, bytes);
        self
    }

    /// Puts a text there.
    pub fn text(self, name: &str, text: &str) -> Self {
        self.file(name, text.as_bytes())
    }

    /// The job file, `job.yaml`.
    pub fn yaml(self, text: &str) -> Self {
        self.text("job.yaml", text)
    }

    /// Its plan with these parameters, and its root.
    pub fn plan(&self, settings: &[(&str, &str)]) -> (Root, Plan) {
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let root = Root::new(self.path()).unwrap();
        let request = Request { job: "job.yaml".to_owned(), root: root.clone(), settings, explained: false };
        let (plan, _) = load(&RealFs, &request).unwrap_or_else(|errors| panic!("{:?}", errors.list()));
        (root, plan)
    }

    /// Puts or replaces a file.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The bytes of a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// `offhost run job.yaml --root FOLDER` with more arguments.
    pub fn run(&self, arguments: &[&str]) -> Run<'_> {
        self.run_with(arguments, &[])
    }

    /// As `run`, with environment variables.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run<'_> {
        let root = self.path().to_str().unwrap();
        let mut all = vec!["run", "job.yaml", "--root", root];
        all.extend(arguments);
        self.offhost_with(&all, environment)
    }

    /// Any command of the program.
    pub fn offhost(&self, arguments: &[&str]) -> Run<'_> {
        self.offhost_with(arguments, &[])
    }

    /// Any command of the program, with environment variables.
    pub fn offhost_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run<'_> {
        let before = files_below(self.path());
        let streams = tempfile::tempdir().unwrap();
        let stream = |name: &str| File::create(streams.path().join(name)).unwrap();
        let clock = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_offhost"))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(stream("out"))
            .stderr(stream("err"))
            .spawn()
            .unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if clock.elapsed() > TIME_LIMIT {
                child.kill().unwrap();
                panic!("offhost {arguments:?} did not end within {TIME_LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let text =
            |name: &str| String::from_utf8_lossy(&fs::read(streams.path().join(name)).unwrap()).into_owned();
        Run {
            status: status.code().unwrap_or(-1),
            stdout: text("out"),
            stderr: text("err"),
            took: clock.elapsed(),
            job: self,
            before,
        }
    }
}

impl Run<'_> {
    /// The exit status must be this one.
    #[track_caller]
    pub fn status(self, wanted: i32) -> Self {
        assert_eq!(self.status, wanted, "exit status\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The messages must hold this text.
    #[track_caller]
    pub fn stderr_contains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in:\n{}", self.stderr);
        self
    }

    /// The answer must hold this text.
    #[track_caller]
    pub fn stdout_contains(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "{text:?} is not in:\n{}", self.stdout);
        self
    }

    /// The messages must hold all of these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        texts.iter().fold(self, |run, text| run.stderr_contains(text))
    }

    /// It must have ended within this time.
    #[track_caller]
    pub fn within(self, limit: Duration) -> Self {
        assert!(self.took <= limit, "took {:?}", self.took);
        self
    }

    /// The file must hold these bytes.
    #[track_caller]
    pub fn published(self, name: &str, bytes: &[u8]) -> Self {
        let found = self.job.read(name);
        assert!(
            found == bytes,
            "{name}: {} bytes, {} wanted; {}",
            found.len(),
            bytes.len(),
            first_difference(&found, bytes)
        );
        self
    }

    /// Every file below the root must be what it was before the run, and no part may be left.
    #[track_caller]
    pub fn nothing_published(self) -> Self {
        let after = files_below(self.job.path());
        let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&after), names(&self.before), "files came or went");
        assert!(after == self.before, "a file was changed");
        self
    }

    /// The JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {:?}", self.stdout))
    }
}

/// The names of all runs, the first one first.
pub fn runs_of(job: &Job) -> Vec<String> {
    let mut names: Vec<String> = RealFs
        .list(&job.path().join(".offhost/runs"))
        .unwrap()
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Does something when a step of this name has ended.
pub struct Then<'a, F: Fn() + Sync>(pub &'a str, pub F);

impl<F: Fn() + Sync> Observer for Then<'_, F> {
    fn step_started(&self, _: &str, _: &str, _: u64) {}
    fn progress(&self, _: u64, _: u64) {}
    fn step_finished(&self, report: &StepReport) {
        if report.step == self.0 {
            self.1();
        }
    }
    fn note(&self, _: &str) {}
}

/// Every regular file below a folder but those under `.offhost`, with its bytes; links are not followed.
pub fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() && path.file_name().is_some_and(|name| name != ".offhost") {
                folders.push(path);
            } else if kind.is_file() {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Copies a folder and all in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            // Not fs::copy: the copy must be writable even where the original is not.
            fs::write(target, fs::read(&path).unwrap()).unwrap();
        }
    }
}

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of the material that is not part of this repository, or `None` after saying loudly that it is not there.
/// `OFFHOST_MATERIAL` says where the material is if it is not beside the repository.
pub fn material(part: &str) -> Option<PathBuf> {
    let beside = repository().join("../shared/material");
    let folder = std::env::var_os("OFFHOST_MATERIAL").map_or(beside, PathBuf::from).join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not there; set OFFHOST_MATERIAL to check it", folder.display());
    None
}

/// The folders of samples in a folder: those with a `data.bin`, by name.
pub fn samples(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut samples: Vec<PathBuf> = entries.filter(|path| path.join("data.bin").is_file()).collect();
    samples.sort();
    samples
}

/// Where two byte strings begin to differ, for messages.
pub fn first_difference(found: &[u8], wanted: &[u8]) -> String {
    let at = found.iter().zip(wanted).position(|(a, b)| a != b).unwrap_or(found.len().min(wanted.len()));
    let part = |bytes: &[u8]| hex(&bytes[at.min(bytes.len())..(at + 16).min(bytes.len())]);
    format!("from byte {at}: {} instead of {}", part(found), part(wanted))
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Characters of cp037 that the tests use besides letters, digits and blanks.
const SPECIALS: &[(char, u8)] = &[
    (' ', 0x40),
    ('.', 0x4B),
    ('<', 0x4C),
    ('(', 0x4D),
    ('+', 0x4E),
    ('|', 0x4F),
    ('&', 0x50),
    ('!', 0x5A),
    ('$', 0x5B),
    ('*', 0x5C),
    (')', 0x5D),
    (';', 0x5E),
    ('-', 0x60),
    ('/', 0x61),
    (',', 0x6B),
    ('%', 0x6C),
    ('_', 0x6D),
    ('>', 0x6E),
    ('?', 0x6F),
    (':', 0x7A),
    ('#', 0x7B),
    ('@', 0x7C),
    ('\'', 0x7D),
    ('=', 0x7E),
    ('"', 0x7F),
];

/// A text in cp037.
pub fn ebcdic(text: &str) -> Vec<u8> {
    let row = |base: u8, first: char, c: char| base + (c as u8 - first as u8);
    text.chars()
        .map(|c| match c {
            'A'..='I' => row(0xC1, 'A', c),
            'J'..='R' => row(0xD1, 'J', c),
            'S'..='Z' => row(0xE2, 'S', c),
            'a'..='i' => row(0x81, 'a', c),
            'j'..='r' => row(0x91, 'j', c),
            's'..='z' => row(0xA2, 's', c),
            '0'..='9' => row(0xF0, '0', c),
            _ => SPECIALS.iter().find(|(special, _)| *special == c).unwrap_or_else(|| panic!("{c:?}")).1,
        })
        .collect()
}

/// A text in cp037, padded with blanks to a length.
pub fn text(text: &str, length: usize) -> Vec<u8> {
    let mut bytes = ebcdic(text);
    assert!(bytes.len() <= length, "{text:?} is longer than {length}");
    bytes.resize(length, 0x40);
    bytes
}

/// A packed number: digits in nibbles, and the sign C, D or (unsigned) F in the last one.
pub fn packed(value: i128, digits: usize, signed: bool) -> Vec<u8> {
    let length = digits / 2 + 1;
    let spelled = format!("{:0width$}", value.unsigned_abs(), width = length * 2 - 1);
    let sign = if !signed {
        'F'
    } else if value < 0 {
        'D'
    } else {
        'C'
    };
    let nibbles: Vec<u8> = spelled
        .chars()
        .chain([sign])
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    assert_eq!(nibbles.len(), length * 2, "{value} has more than {digits} digits");
    nibbles.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// A zoned number with its sign in the zone of the last digit: C, D or (unsigned) F.
pub fn zoned(value: i128, digits: usize, signed: bool) -> Vec<u8> {
    let spelled = format!("{:0digits$}", value.unsigned_abs());
    assert_eq!(spelled.len(), digits, "{value} has more than {digits} digits");
    let mut bytes: Vec<u8> = spelled.bytes().map(|digit| 0xF0 | (digit - b'0')).collect();
    if signed {
        let last = bytes.last_mut().unwrap();
        *last = (if value < 0 { 0xD0 } else { 0xC0 }) | *last & 0x0F;
    }
    bytes
}

/// The value of a packed number.
pub fn unpacked(bytes: &[u8]) -> i128 {
    let (last, front) = bytes.split_last().unwrap();
    let digits = front.iter().flat_map(|byte| [byte >> 4, byte & 15]).chain([last >> 4]);
    let magnitude = digits.fold(0, |value, digit| {
        assert!(digit < 10, "{}", hex(bytes));
        value * 10 + i128::from(digit)
    });
    if matches!(last & 15, 0xB | 0xD) { -magnitude } else { magnitude }
}

/// The value of a zoned number.
pub fn unzoned(bytes: &[u8]) -> i128 {
    let magnitude = bytes.iter().fold(0, |value, byte| value * 10 + i128::from(byte & 15));
    if matches!(bytes.last().unwrap() >> 4, 0xB | 0xD) { -magnitude } else { magnitude }
}

/// A record with its descriptor word in front.
pub fn with_rdw(record: &[u8]) -> Vec<u8> {
    let length = u16::try_from(record.len() + 4).unwrap().to_be_bytes();
    [&length[..], &[0, 0], record].concat()
}

/// A small, repeatable source of numbers.
pub struct Random(u64);

impl Random {
    /// A sequence of its own for every seed.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Rounds of a random test: `usual` in the short lane, times the variable OFFHOST_ROUNDS in the long one.
pub fn rounds(usual: u64) -> u64 {
    let factor = std::env::var("OFFHOST_ROUNDS").ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(1);
    usual * factor.max(1)
}

/// Checks a seed after the other on all processors, those of the short lane or the one that the variable OFFHOST_SEED names,
/// until so many have failed. `check` is told whether it is that one.
#[track_caller]
pub fn check_seeds(usual: u64, failures_max: usize, check: impl Fn(u64, bool) -> Result<(), String> + Sync) {
    let one: Option<u64> = std::env::var("OFFHOST_SEED").ok().and_then(|seed| seed.parse().ok());
    let (first, last) = one.map_or((0, rounds(usual)), |seed| (seed, seed + 1));
    let next = AtomicU64::new(first);
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= last || failures.lock().unwrap().len() >= failures_max {
                        break;
                    }
                    if let Err(failure) = check(seed, one.is_some()) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Compiles a COBOL program to `NAME` in a folder; false, with a loud word of what goes without comparison, if there is no
/// compiler.
#[must_use]
pub fn cobol(folder: &Path, name: &str, program: &str, options: &[&str], what: &str) -> bool {
    let source = format!("{name}.cob");
    fs::write(folder.join(&source), program).unwrap();
    let compiler =
        Command::new("cobc").arg("-x").args(options).args(["-o", name, &source]).current_dir(folder).output();
    let Ok(compiler) = compiler else {
        eprintln!("SKIPPED: there is no cobc to compare {what} with");
        return false;
    };
    assert!(compiler.status.success(), "{}", String::from_utf8_lossy(&compiler.stderr));
    true
}

/// Runs a program that was compiled there; the lines that it displays.
pub fn displayed(folder: &Path, name: &str, arguments: &[&str]) -> Vec<String> {
    let run = Command::new(folder.join(name)).args(arguments).current_dir(folder).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Finishes or takes back every run below the folder that died, and says what was done beside a test that fails.
pub fn settled(job: &Job, when: &str) {
    struct Told;
    impl Observer for Told {
        fn step_started(&self, _step: &str, _operator: &str, _bytes: u64) {}
        fn progress(&self, _records: u64, _bytes: u64) {}
        fn step_finished(&self, _report: &StepReport) {}
        fn note(&self, text: &str) {
            println!("{text}");
        }
    }
    let root = Root::new(job.path()).unwrap();
    // A process that another test is just starting holds our locks until it has become another program.
    for _ in 0..1000 {
        settle(&RealFs, &root, &Told).unwrap_or_else(|error| panic!("{when}: {}", error.message));
        let marks = job.path().join(".offhost/active");
        if !marks.exists() || files_below(&marks).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{when}: a run is still marked as living");
}

/// A folder in memory, if the system has such a thing: the tests publish thousands of files.
pub fn memory_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).unwrap()
}
